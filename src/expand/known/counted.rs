//! Numbers that are counted up: the items of `range`, and sums with a number that is known.

use super::secret::tells;
use crate::expand::residual::Residual;
use crate::expand::value::Value;
use crate::model::Builtin;
use crate::nesting;

/// `range(a, n)[x]` is `a + x` wherever there is such an item, however many there are.
pub fn counted(base: &Value, at: &Value) -> Option<Value> {
    let (Builtin::Range, [start, _]) = base.as_residual()?.as_call()? else { return None };
    if tells(start) || tells(at) || at.as_int().is_some_and(|i| i < 0) {
        return None;
    }
    let (open, more) = parted(at, 0);
    // What is no number has no item, and Azure refuses to look.
    if !open.is_none_or(is_number) {
        return None;
    }
    Some(sum(open, start.as_int()?.checked_add(more)?))
}

/// Whether a value that is not known is a number, whatever it is.
fn is_number(value: &Value) -> bool {
    use Builtin::{Add, CopyIndex, Div, Int, Length, Max, Min, Mod, Mul, Sub};
    let call = value.as_residual().and_then(|r| r.as_call());
    call.is_some_and(|(f, _)| matches!(f, Add | CopyIndex | Div | Int | Length | Max | Min | Mod | Mul | Sub))
}

/// How many items a list has, if that is a number that another expression says: `length(range(a, n))` is `n`.
pub fn length_of(count: &Value) -> &Value {
    let list = match count.as_residual().and_then(|r| r.as_call()) {
        Some((Builtin::Length, [list])) => list.as_residual().and_then(|r| r.as_call()),
        _ => None,
    };
    match list {
        Some((Builtin::Range, [_, n])) => n,
        _ => count,
    }
}

/// A number with all that is added to it and taken from it in one: `sub(add(x, 1), 1)` is `x`.
pub fn settled(number: &Value) -> Option<Value> {
    let is_sum = matches!(number.as_residual()?.as_call()?, (Builtin::Add | Builtin::Sub, _));
    let (open, more) = parted(number, 0);
    (is_sum && !tells(number)).then(|| sum(open, more))
}

/// The part of a sum that is not known, and the number that comes to it.
fn parted(number: &Value, depth: usize) -> (Option<&Value>, i64) {
    if let Some(known) = number.as_int() {
        return (None, known);
    }
    let call = number.as_residual().and_then(|r| r.as_call()).filter(|_| nesting::IDENTITY.allows(depth));
    let parts = match call {
        Some((Builtin::Add, [open, known])) if known.as_int().is_some() => Some((open, known, false)),
        Some((Builtin::Add, [known, open])) if known.as_int().is_some() => Some((open, known, false)),
        Some((Builtin::Sub, [open, known])) => Some((open, known, true)),
        _ => None,
    };
    let added = |(open, known, less): (_, &Value, bool)| {
        let known = known.as_int()?;
        let (open, more) = parted(open, depth + 1);
        Some((open, if less { more.checked_sub(known)? } else { more.checked_add(known)? }))
    };
    parts.and_then(added).unwrap_or((Some(number), 0))
}

/// A number that is not known, and one that is, as the language adds them up.
fn sum(open: Option<&Value>, more: i64) -> Value {
    let Some(open) = open else { return Value::int(more) };
    let call =
        |function: &str, number: i64| Value::residual(Residual::call(function, vec![open.clone(), Value::int(number)]));
    match more {
        0 => Value { data: open.data.clone(), ..Value::null() },
        1.. => call("add", more),
        _ => more.checked_neg().map_or_else(|| call("add", more), |less| call("sub", less)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::known::samples::{call, r};

    fn text(value: Option<Value>) -> Option<String> {
        value.map(|v| {
            let mut out = String::new();
            crate::expand::residual::write_value(&v, &mut out);
            out
        })
    }

    #[test]
    fn the_items_of_a_range_are_numbers_counted_up() {
        let range = |from: i64| call("range", vec![Value::int(from), r()]);
        let index = || call("copyIndex", vec![]);
        let add = |a: Value, b: Value| call("add", vec![a, b]);
        let sub = |a: Value, b: Value| call("sub", vec![a, b]);
        for (from, at, item) in [
            (0, index(), "copyIndex()"),
            (1, index(), "add(copyIndex(), 1)"),
            (0, add(Value::int(2), index()), "add(copyIndex(), 2)"),
            (1, sub(add(index(), Value::int(1)), Value::int(1)), "add(copyIndex(), 1)"),
            (1, sub(index(), Value::int(1)), "copyIndex()"),
            (1, sub(index(), Value::int(3)), "sub(copyIndex(), 2)"),
            (3, Value::int(2), "5"),
        ] {
            assert_eq!(text(counted(&range(from), &at)).as_deref(), Some(item));
        }
        assert!(counted(&range(0), &Value::int(-1)).is_none());
        for at in [Value::bool(false), Value::str("TLS1_2"), Value::null(), call("equals", vec![r(), r()]), r()] {
            assert!(counted(&range(0), &at).is_none());
        }
        assert!(counted(&call("range", vec![r(), r()]), &index()).is_none());
        assert!(counted(&call("items", vec![r()]), &index()).is_none());
        assert_eq!(text(settled(&sub(add(index(), Value::int(1)), Value::int(1)))).as_deref(), Some("copyIndex()"));
        assert!(settled(&index()).is_none());
    }

    #[test]
    fn the_length_of_a_range_is_what_it_counts() {
        let n = call("length", vec![r()]);
        let counted = call("length", vec![call("range", vec![Value::int(0), n.clone()])]);
        assert_eq!(text(Some(length_of(&counted).clone())), text(Some(n.clone())));
        assert_eq!(text(Some(length_of(&n).clone())), text(Some(n)));
    }
}
