//! `equals`, `less`, `greater` and their like, and the two notions of equality.

use std::cmp::Ordering;

use super::args::{kind, refuse, some, undecided, wrong};
use super::{FunctionError, Outcome};
use crate::expand::known;
use crate::expand::text::order;
use crate::expand::value::{Data, Object, Value};

/// Whether two values are equal as `equals` has it: of one type (an integer is never equal to a floating-point number), strings
/// and keys to the letter, the members of objects in any order. `None` if that hangs on a residual.
pub fn equal(a: &Value, b: &Value) -> Option<bool> {
    match (&a.data, &b.data) {
        (Data::Residual(_), _) | (_, Data::Residual(_)) => {
            if known::cannot_be_equal(a, b) {
                Some(false)
            } else {
                None
            }
        }
        (Data::Null, Data::Null) => Some(true),
        (Data::Bool(x), Data::Bool(y)) => Some(x == y),
        (Data::Int(x), Data::Int(y)) => Some(x == y),
        (Data::Float(x), Data::Float(y)) => Some(x == y),
        (Data::Str(x), Data::Str(y)) => Some(x == y),
        (Data::Array(x), Data::Array(y)) => {
            if x.len() != y.len() {
                return Some(false);
            }
            all(x.iter().zip(y.iter()).map(|(a, b)| equal(a, b)))
        }
        (Data::Object(x), Data::Object(y)) => {
            if x.open || y.open {
                // They may have more than what is here; what only one has decides where the other has no more.
                let missing = |o: &Object| if o.open { None } else { Some(false) };
                let both = x.members.iter().map(|m| exact(y, &m.key).map_or(missing(y), |v| equal(&m.value, v)));
                let rest = y.members.iter().filter(|m| exact(x, &m.key).is_none()).map(|_| missing(x));
                return all(both.chain(rest)).filter(|equal| !equal);
            }
            if x.members.len() != y.members.len() {
                return Some(false);
            }
            all(x.members.iter().map(|m| match exact(y, &m.key) {
                Some(other) => equal(&m.value, other),
                None => Some(false),
            }))
        }
        _ => Some(false),
    }
}

/// Whether two values are the same as sets have it (`union`, `intersection`): like [`equal`], but the members of objects must
/// stand in one order too.
pub(super) fn same(a: &Value, b: &Value) -> Option<bool> {
    match equal(a, b) {
        Some(true) => Some(same_order(a, b)),
        other => other,
    }
}

fn same_order(a: &Value, b: &Value) -> bool {
    match (&a.data, &b.data) {
        (Data::Array(x), Data::Array(y)) => x.iter().zip(y.iter()).all(|(a, b)| same_order(a, b)),
        (Data::Object(x), Data::Object(y)) => {
            x.members.iter().zip(&y.members).all(|(a, b)| a.key == b.key && same_order(&a.value, &b.value))
        }
        _ => true,
    }
}

fn exact<'a>(o: &'a Object, key: &str) -> Option<&'a Value> {
    o.members.iter().find(|m| m.key == key).map(|m| &m.value)
}

/// `and` of three-valued truths: one false decides.
fn all(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(true);
    for part in parts {
        match part {
            Some(false) => return Some(false),
            Some(true) => {}
            None => result = None,
        }
    }
    result
}

/// `or` of three-valued truths: one true decides.
pub(super) fn any(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    all(parts.map(|p| p.map(|b| !b))).map(|b| !b)
}

pub(super) fn equals(args: &[Value]) -> Outcome {
    let [a, b] = args else { return Ok(None) };
    Ok(equal(a, b).map(Value::bool))
}

fn compare(function: &str, args: &[Value]) -> Result<Option<Ordering>, FunctionError> {
    let [a, b] = args else { return Ok(None) };
    if undecided(args) {
        return Ok(None);
    }
    match (&a.data, &b.data) {
        (Data::Str(x), Data::Str(y)) => Ok(Some(order::compare(x, y))),
        (Data::Str(_), _) => Err(wrong(function, 1, "a string like the first one", b)),
        (_, Data::Str(_)) => Err(wrong(function, 0, "a string like the second one", a)),
        _ => match numbers(a, b) {
            Some(o) => Ok(Some(o)),
            None => {
                let message = format_args!("expected two numbers or two strings, found {} and {}", kind(a), kind(b));
                Err(refuse(function, message))
            }
        },
    }
}

/// The order of two numbers, whole or not; `None` if one is no number.
#[allow(
    clippy::cast_precision_loss,
    reason = "the engine compares an integer with a floating-point number as the latter"
)]
pub(super) fn numbers(a: &Value, b: &Value) -> Option<Ordering> {
    match (&a.data, &b.data) {
        (Data::Int(x), Data::Int(y)) => Some(x.cmp(y)),
        (Data::Int(x), Data::Float(y)) => (*x as f64).partial_cmp(y),
        (Data::Float(x), Data::Int(y)) => x.partial_cmp(&(*y as f64)),
        (Data::Float(x), Data::Float(y)) => x.partial_cmp(y),
        _ => None,
    }
}

/// How two numbers compare that are not both known, if they compare so whatever they come to.
fn by_bounds(args: &[Value], holds: fn(Ordering) -> bool) -> Option<bool> {
    let [a, b] = args else { return None };
    let of = |v: &Value| (v.is_residual() || v.as_int().is_some()).then(|| known::bounds(v));
    let (a, b) = (of(a)?, of(b)?);
    let (low, high) = (holds(a.least.cmp(&b.most)), holds(a.most.cmp(&b.least)));
    // Every order holds for all numbers below or above one for which it does.
    (low == high).then_some(low)
}

fn decide(function: &str, args: &[Value], holds: fn(Ordering) -> bool) -> Outcome {
    if undecided(args) {
        return Ok(by_bounds(args, holds).map(Value::bool));
    }
    match compare(function, args)? {
        Some(o) => some(Value::bool(holds(o))),
        None => Ok(None),
    }
}

pub(super) fn less(args: &[Value]) -> Outcome {
    decide("less", args, Ordering::is_lt)
}

pub(super) fn less_or_equals(args: &[Value]) -> Outcome {
    decide("lessOrEquals", args, Ordering::is_le)
}

pub(super) fn greater(args: &[Value]) -> Outcome {
    decide("greater", args, Ordering::is_gt)
}

pub(super) fn greater_or_equals(args: &[Value]) -> Outcome {
    decide("greaterOrEquals", args, Ordering::is_ge)
}
