//! Whether two values that are not decided can be the same.

use super::kind::certainly_string;
use super::parts::{min_length, parts};
use super::stretch::{Part, common, edge};
use crate::expand::residual::{Node, Residual};
use crate::expand::text::{order, utf16};
use crate::expand::value::{Data, Value};

/// Whether two values, at least one of them residual, are different whatever the residuals come to.
pub fn cannot_be_equal(a: &Value, b: &Value) -> bool {
    match (&a.data, &b.data) {
        (Data::Residual(r), _) if excludes(r, b) => return true,
        (_, Data::Residual(r)) if excludes(r, a) => return true,
        _ => {}
    }
    match (certainly_string(a), certainly_string(b)) {
        (true, true) => {}
        // A string is nothing else.
        (true, false) => return !b.is_residual() && b.as_str().is_none(),
        (false, true) => return !a.is_residual() && a.as_str().is_none(),
        (false, false) => return false,
    }
    match (a.as_str(), b.as_str()) {
        (Some(text), None) => !fits(&parts(b), text) || utf16::length(text) < min_length(b),
        (None, Some(text)) => !fits(&parts(a), text) || utf16::length(text) < min_length(a),
        _ => {
            let (x, y) = (parts(a), parts(b));
            let agree = |last: bool| {
                let (p, q) = (edge(&x, last), edge(&y, last));
                let n = common(&p, &q, last).len();
                n == p.len() || n == q.len()
            };
            !agree(false) || !agree(true)
        }
    }
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

/// Whether a text could be what the stretches stand for.
fn fits(parts: &[Part], text: &str) -> bool {
    let mut rest = text;
    let mut open = false;
    for (i, part) in parts.iter().enumerate() {
        let Part::Known(s) = part else {
            open = true;
            continue;
        };
        let last = i + 1 == parts.len();
        if !open {
            let Some(after) = rest.strip_prefix(s.as_str()) else { return false };
            rest = after;
        } else if last {
            return rest.ends_with(s.as_str());
        } else {
            let Some(at) = rest.find(s.as_str()) else { return false };
            rest = rest.get(at + s.len()..).unwrap_or_default();
        }
        open = false;
    }
    open || rest.is_empty()
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
    }

    #[test]
    fn texts_fit_or_not() {
        let host = parts(&call("concat", vec![s("a"), r(), s("b"), r(), s("c")]));
        for (text, yes) in
            [("abc", true), ("axbxc", true), ("ac", false), ("abcd", false), ("bbc", false), ("acbc", true)]
        {
            assert_eq!(fits(&host, text), yes, "{text}");
        }
    }
}
