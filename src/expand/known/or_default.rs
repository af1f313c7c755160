//! The default of a parameter in the place of what is given where that is null.
//!
//! Azure takes the default of a parameter that is given null
//! (<https://learn.microsoft.com/azure/azure-resource-manager/templates/parameters#nullable-parameters>). Where a condition that is not decided
//! chooses between null and something, the default is one of the choices.

use crate::expand::residual::Residual;
use crate::expand::value::Value;
use crate::model::Builtin;
use crate::nesting;

/// So many values are looked at: conditions that are used twice double.
const MOST: usize = 500;

/// What the choices in a value come to.
enum Choices {
    /// None of them is null, as far as they show.
    There,
    /// Some are, and here they are what is to stand in their place.
    Put(Value),
    /// There are too many to look at each.
    Many,
}

/// Whether one of the choices in a value that is given is null; what is null as a whole is none.
pub fn may_be_null(given: &Value) -> bool {
    given.is_residual() && !matches!(put(given, &Value::null(), 0, &mut { MOST }), Choices::There)
}

/// The value with the default wherever it may be null.
pub fn or_default(given: Value, default: Value) -> Value {
    match put(&given, &default, 0, &mut { MOST }) {
        Choices::There => given,
        Choices::Put(value) => value,
        Choices::Many => {
            let origin = given.origin.clone();
            Value { origin, ..Value::residual(Residual::call("coalesce", vec![given, default])) }
        }
    }
}

fn put(value: &Value, default: &Value, depth: usize, left: &mut usize) -> Choices {
    if value.is_null() {
        return Choices::Put(default.clone());
    }
    let Some((function, args)) = value.as_residual().and_then(|r| r.as_call()) else { return Choices::There };
    let first = match (function, args) {
        (Builtin::If, [_, _, _]) => 1,
        // It is null where all of its arguments are.
        (Builtin::Coalesce, [.., _]) if args.iter().all(|a| a.is_null() || a.is_residual()) => args.len() - 1,
        _ => return Choices::There,
    };
    if !nesting::RESIDUAL.allows(depth) || *left == 0 {
        return Choices::Many;
    }
    *left -= 1;
    let mut new = args.to_vec();
    let mut is_new = false;
    for arg in new.iter_mut().skip(first) {
        match put(arg, default, depth + 1, left) {
            Choices::There => {}
            Choices::Put(value) => {
                *arg = value;
                is_new = true;
            }
            Choices::Many => return Choices::Many,
        }
    }
    match is_new {
        true => {
            let name = function.name();
            Choices::Put(Value { origin: value.origin.clone(), ..Value::residual(Residual::call(name, new)) })
        }
        false => Choices::There,
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{call, r, s};
    use super::*;

    fn shown(given: Value) -> String {
        let mut out = String::new();
        crate::expand::residual::write_value(&or_default(given, s("d")), &mut out);
        out
    }

    #[test]
    fn the_default_is_one_of_the_choices() {
        let open = |yes: Value, no: Value| call("if", vec![r(), yes, no]);
        let nested = open(s("x"), open(Value::null(), s("y")));
        assert!(may_be_null(&nested));
        assert_eq!(shown(nested.clone()), "if(reference('x'), 'x', if(reference('x'), 'd', 'y'))");
        assert_eq!(
            shown(call("coalesce", vec![r(), nested])),
            "coalesce(reference('x'), if(reference('x'), 'x', if(reference('x'), 'd', 'y')))"
        );
        // What is there, and what is within something else, stays.
        for there in
            [r(), open(s("x"), r()), call("coalesce", vec![r(), s("x")]), call("createArray", vec![r(), Value::null()])]
        {
            assert!(!may_be_null(&there), "{there:?}");
        }
        assert!(!may_be_null(&Value::null()));
    }

    #[test]
    fn what_doubles_is_not_looked_through() {
        let many = (0..60).fold(Value::null(), |v, _| call("if", vec![r(), v.clone(), v]));
        assert!(may_be_null(&many));
        let value = or_default(many, s("d"));
        assert!(matches!(value.as_residual().and_then(|r| r.as_call()), Some((Builtin::Coalesce, [_, _]))));
    }
}
