//! The members that an object which is not decided has for certain.

use std::cell::Cell;

use ecow::EcoString;
use rustc_hash::FxHashSet;

use super::presence::can_be_null;
use crate::expand::value::{Data, Object, Value};
use crate::model::Builtin;
use crate::model::arm::expression::is_expression;
use crate::nesting;

/// The member that an undecided object has for certain: `union(parameters('tags'), createObject('team', 'x')).team` is `x`.
pub fn member(v: &Value, key: &str) -> Option<Value> {
    let (function, args) = v.as_residual()?.as_call()?;
    let merges = function == Builtin::Union;
    let objects = match (function, args) {
        (Builtin::ShallowMerge, [only]) => only.as_array()?,
        (Builtin::Union, many) => many,
        _ => return None,
    };
    for o in objects.iter().rev() {
        match o.as_object()?.get(key) {
            // What it does not show would win, too.
            None if o.as_object()?.open => return None,
            None => {}
            // In a union a null gives way, an object is joined with what is there before, and a residual may be either.
            Some(found) if merges && matches!(found.data, Data::Null | Data::Object(_) | Data::Residual(_)) => {
                return None;
            }
            Some(found) => return Some(found.clone()),
        }
    }
    None
}

/// How many members an object has at the least, whatever it comes to.
pub fn least_members(v: &Value) -> usize {
    least(v, 0, &Cell::new(MOST))
}

/// So many objects and members are looked at: objects that are joined with themselves double.
const MOST: usize = 10_000;

/// Takes some of what may still be looked at; false if it is used up.
fn take(left: &Cell<usize>, some: usize) -> bool {
    let rest = left.get().checked_sub(some);
    left.set(rest.unwrap_or_default());
    rest.is_some()
}

fn least(v: &Value, depth: usize, left: &Cell<usize>) -> usize {
    if !nesting::RESIDUAL.allows(depth) || !take(left, 1) {
        return 0;
    }
    let call = v.as_residual().and_then(|r| r.as_call());
    let certain = |v: &Value| certain(v, depth, left);
    let least = |v: &Value| least(v, depth + 1, left);
    let of_each = |all: &[Value]| all.iter().map(least).max().unwrap_or_default();
    match (&v.data, call) {
        // Of members whose names are not decided, some may have the same.
        (Data::Object(_), _) => certain(v).len().max(usize::from(v.as_object().is_some_and(has_undecided))),
        (_, Some((Builtin::If, [_, yes, no]))) => least(yes).min(least(no)),
        (_, Some((Builtin::Union, all))) => certain(v).len().max(of_each(all)),
        (_, Some((Builtin::ShallowMerge, [list]))) => certain(v).len().max(list.as_array().map_or(0, of_each)),
        _ => 0,
    }
}

/// The names, in small letters, of members that an object has for certain, with values that are no null.
fn certain(v: &Value, depth: usize, left: &Cell<usize>) -> FxHashSet<EcoString> {
    let members = v.as_object().map_or(1, |o| 1 + o.members.len());
    if !nesting::RESIDUAL.allows(depth) || !take(left, members) {
        return FxHashSet::default();
    }
    let of_all = |all: &[Value]| all.iter().flat_map(|v| certain(v, depth + 1, left)).collect();
    match &v.data {
        Data::Object(o) => {
            let there = o.members.iter().filter(|m| !is_expression(&m.key) && is_there(&m.value));
            there.map(|m| m.key.to_lowercase()).collect()
        }
        Data::Residual(r) => match r.as_call() {
            Some((Builtin::Union, all)) => of_all(all),
            Some((Builtin::ShallowMerge, [list])) => list.as_array().map(of_all).unwrap_or_default(),
            Some((Builtin::If, [_, yes, no])) => {
                let other = certain(no, depth + 1, left);
                certain(yes, depth + 1, left).into_iter().filter(|key| other.contains(key)).collect()
            }
            _ => FxHashSet::default(),
        },
        _ => FxHashSet::default(),
    }
}

/// Whether there is a member whose key is not decided: that is an expression in brackets.
fn has_undecided(o: &Object) -> bool {
    o.members.iter().any(|m| is_expression(&m.key) && is_there(&m.value))
}

fn is_there(v: &Value) -> bool {
    match &v.data {
        Data::Null => false,
        Data::Residual(r) => !can_be_null(r),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::known::samples::{call, r, s};

    #[test]
    fn members_that_win_in_any_case() {
        let mut o = crate::expand::Object::default();
        o.set("team".into(), None, s("x"));
        o.set("none".into(), None, Value::null());
        let known = Value::object(o);
        let joined = call("union", vec![r(), known.clone()]);
        assert_eq!(member(&joined, "TEAM").and_then(|v| v.as_str().cloned()).as_deref(), Some("x"));
        assert!(member(&joined, "none").is_none());
        assert!(member(&joined, "other").is_none());
        assert!(member(&call("union", vec![known.clone(), r()]), "team").is_none());
        let asked = std::rc::Rc::new(crate::expand::Residual::call("reference", vec![Value::str("x")]));
        let shown =
            crate::expand::Object::of_declaration(&Value::object(crate::expand::Object::default()), Some(&asked));
        assert!(member(&call("union", vec![r(), known.clone(), shown]), "team").is_none());
        let merged = call("shallowMerge", vec![Value::array(vec![r(), known])]);
        assert!(member(&merged, "none").is_some_and(|v| v.is_null()));
    }
    #[test]
    fn an_object_has_at_least_what_its_parts_have() {
        let object = |members: &[(&str, Value)]| {
            let mut o = Object::default();
            members.iter().for_each(|(key, value)| o.set((*key).into(), None, value.clone()));
            Value::object(o)
        };
        let (a, b, none) = (object(&[("a", s("x"))]), object(&[("b", r())]), object(&[("n", Value::null())]));
        let named = object(&[("[parameters('n')]", s("x"))]);
        for (value, least) in [
            (call("union", vec![r(), a.clone()]), 1),
            (call("union", vec![a.clone(), r(), b.clone(), a.clone()]), 2),
            (call("union", vec![r(), none.clone()]), 0),
            (call("union", vec![r(), named]), 1),
            (call("shallowMerge", vec![Value::array(vec![a.clone(), r()])]), 1),
            (call("if", vec![r(), call("union", vec![r(), a.clone()]), b.clone()]), 1),
            (call("if", vec![r(), a, none]), 0),
            (call("shallowMerge", vec![r()]), 0),
            (r(), 0),
            // What doubles is given up.
            (call("union", vec![(0..60).fold(r(), |v, _| call("union", vec![v.clone(), v])), b.clone()]), 0),
        ] {
            assert_eq!(least_members(&value), least, "{value:?}");
        }
    }
}
