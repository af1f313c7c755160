//! Whether a value that is not decided is surely a string.

use super::parts::Walk;
use crate::expand::residual::Node;
use crate::expand::text::written;
use crate::expand::value::{Data, Value};
use crate::model::Builtin;
use crate::model::function_table::Returns;
use crate::nesting;

/// Whether the expression, if it comes to anything, comes to a string.
pub fn certainly_string(v: &Value) -> bool {
    is_string(v, 0)
}

pub(super) fn is_string(v: &Value, depth: usize) -> bool {
    let r = match &v.data {
        Data::Str(_) => return true,
        Data::Residual(r) if nesting::TEXT.allows(depth) => r,
        _ => return false,
    };
    if let Node::Access { base, key } = &r.node {
        return is_split(base) || Walk::default().context_member(base, key).is_some();
    }
    // A parameter with choices may be null, or an array of the choices: its declaration is not known here.
    let Some((function, args)) = r.as_call() else { return false };
    match (function, args) {
        (Builtin::First | Builtin::Last | Builtin::IndexFromEnd, [list, ..]) if is_split(list) => return true,
        // Of a text it is a character.
        (Builtin::First | Builtin::Last, [only]) => return is_string(only, depth + 1),
        _ => {}
    }
    match function.facts().returns {
        Returns::Text => true,
        // One string, integer or boolean among the arguments, and none may be an array.
        Returns::Joined => args.iter().any(|a| written::scalar(a).is_some() || is_string(a, depth + 1)),
        Returns::LikeFirst => args.first().is_some_and(|a| is_string(a, depth + 1)),
        Returns::OneOf(from) => {
            let mut there =
                args.iter().skip(from).filter(|a| !(function == Builtin::Coalesce && a.is_null())).peekable();
            there.peek().is_some() && there.all(|a| is_string(a, depth + 1))
        }
        Returns::Anything | Returns::Boolean | Returns::Integer | Returns::Array | Returns::Object => false,
    }
}

/// Whether a value is what `split` makes: each of its items is a text, and there is one at least.
fn is_split(v: &Value) -> bool {
    matches!(v.as_residual().and_then(|r| r.as_call()), Some((Builtin::Split, _)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::residual::Residual;

    #[test]
    fn what_is_surely_a_string() {
        let call = |name: &str, args: Vec<Value>| Value::residual(Residual::call(name, args));
        let open = || call("reference", vec![]);
        let text = || call("toLower", vec![open()]);
        assert!(certainly_string(&call("concat", vec![text(), open()])));
        // All of them open: it may be arrays that are joined.
        assert!(!certainly_string(&call("concat", vec![open(), open()])));
        assert!(certainly_string(&call("if", vec![open(), text(), Value::str("")])));
        assert!(!certainly_string(&call("if", vec![open(), text(), Value::null()])));
        assert!(certainly_string(&call("coalesce", vec![Value::null(), text()])));
        assert!(!certainly_string(&call("coalesce", vec![Value::null()])));
        assert!(
            certainly_string(&call("take", vec![text(), open()])) && !certainly_string(&call("take", vec![open()]))
        );
        let split = || call("split", vec![open(), Value::str("-")]);
        assert!(certainly_string(&call("last", vec![split()])) && certainly_string(&call("first", vec![text()])));
        assert!(!certainly_string(&call("first", vec![open()])) && !certainly_string(&split()));
        assert!(certainly_string(&Value::residual(Residual::access(split(), Value::int(1)))));
        let group = Value::residual(Residual::access(call("resourceGroup", vec![]), Value::str("name")));
        assert!(certainly_string(&group));
    }
}
