//! Whether two values that are not decided can be the same.

use super::alphabet::Open;
use super::bounds::bounds;
use super::fits::can_be;
use super::kind::certainly_string;
use super::parts::parts;
use super::stretch::common;
use crate::expand::residual::{Node, Residual};
use crate::expand::text::order;
use crate::expand::value::{Data, Value};

/// Whether two values, at least one of them residual, are different whatever the residuals come to.
pub fn cannot_be_equal(a: &Value, b: &Value) -> bool {
    match (&a.data, &b.data) {
        (Data::Residual(r), _) if excludes(r, b) => return true,
        (_, Data::Residual(r)) if excludes(r, a) => return true,
        _ => {}
    }
    if let (Data::Int(n), other) | (other, Data::Int(n)) = (&a.data, &b.data)
        && matches!(other, Data::Residual(_))
    {
        let known = bounds(if a.is_residual() { a } else { b });
        if *n < known.least || *n > known.most {
            return true;
        }
    }
    match (certainly_string(a), certainly_string(b)) {
        (true, true) => {}
        // A string is nothing else.
        (true, false) => return !b.is_residual() && b.as_str().is_none(),
        (false, true) => return !a.is_residual() && a.as_str().is_none(),
        (false, false) => return false,
    }
    match (a.as_str(), b.as_str()) {
        (Some(text), None) => !can_be(&parts(b), text, true),
        (None, Some(text)) => !can_be(&parts(a), text, true),
        _ => {
            let (x, y) = (parts(a), parts(b));
            let agree = |p: &str, q: &str, last: bool| {
                let n = common(p, q, last).len();
                n == p.len() || n == q.len()
            };
            !agree(x.start(), y.start(), false) || !agree(x.end(), y.end(), true) || differ(x.blurred(), y.blurred())
        }
    }
}

/// Whether two texts are surely different by their lengths or characters.
fn differ(a: Open, b: Open) -> bool {
    let shorter = |a: Open, b: Open| a.most.is_some_and(|most| most < b.least);
    shorter(a, b) || shorter(b, a) || a.least.max(b.least) > 0 && !a.chars.meets(b.chars)
}

/// Whether a parameter's choices leave a scalar out. (Choices are compared without regard to case when a deployment is checked.)
fn excludes(r: &Residual, v: &Value) -> bool {
    let Node::Parameter(p) = &r.node else { return false };
    let Some(choices) = &p.allowed else { return false };
    let same = |c: &Value| match (&c.data, &v.data) {
        (Data::Str(x), Data::Str(y)) => order::fold(x) == order::fold(y),
        (Data::Int(x), Data::Int(y)) => x == y,
        (Data::Bool(x), Data::Bool(y)) => x == y,
        (Data::Str(_) | Data::Int(_) | Data::Bool(_), Data::Str(_) | Data::Int(_) | Data::Bool(_)) => false,
        _ => true,
    };
    !choices.iter().any(same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::known::samples::{call, r, s};

    #[test]
    fn what_cannot_be() {
        let host = call("concat", vec![s("https://"), r(), s(".net")]);
        assert!(cannot_be_equal(&host, &s("http://a.net")));
        assert!(cannot_be_equal(&host, &s("https://")));
        assert!(cannot_be_equal(&host, &Value::null()));
        assert!(!cannot_be_equal(&host, &s("https://a.net")));
        assert!(!cannot_be_equal(&r(), &s("x")));
        assert!(cannot_be_equal(&call("concat", vec![s("a"), r()]), &call("concat", vec![s("b"), r()])));
        assert!(!cannot_be_equal(&call("concat", vec![s("a"), r()]), &call("concat", vec![s("ab"), r()])));
        assert!(cannot_be_equal(&call("guid", vec![r()]), &s("short")));
        assert!(cannot_be_equal(&call("guid", vec![r()]), &call("uniqueString", vec![r()])));
        assert!(cannot_be_equal(&call("utcNow", vec![s("dd")]), &s("1a")));
        assert!(!cannot_be_equal(&call("utcNow", vec![s("dd")]), &s("11")));
        let length = call("length", vec![host.clone()]);
        assert!(cannot_be_equal(&length, &Value::int(11)) && !cannot_be_equal(&Value::int(12), &length));
    }
}
