//! `if`, `and`, `or`, `not`, `coalesce` and the constants.
//!
//! The evaluator decides which arguments of the lazy ones are looked at; what is here takes arguments that are all there.

use super::Outcome;
use super::args::{arg, boolean, refuse, some, undecided, wrong};
use crate::expand::value::{Data, Value};

pub(super) fn r#true(_: &[Value]) -> Outcome {
    some(Value::bool(true))
}

pub(super) fn r#false(_: &[Value]) -> Outcome {
    some(Value::bool(false))
}

pub(super) fn null(_: &[Value]) -> Outcome {
    some(Value::null())
}

pub(super) fn r#if(args: &[Value]) -> Outcome {
    if args.first().is_some_and(Value::is_residual) {
        return Ok(None);
    }
    let branch = if boolean("if", args, 0)? { 1 } else { 2 };
    some(arg(args, branch))
}

/// `and` and `or`: the first argument that is `decides` ends it; what follows is not looked at.
fn until(function: &str, args: &[Value], decides: bool) -> Outcome {
    for (i, a) in args.iter().enumerate() {
        match a.data {
            Data::Bool(b) if b == decides => return some(Value::bool(decides)),
            Data::Bool(_) => {}
            // A later argument might decide, but if this one is no boolean the call fails: either way it is not ours to say.
            Data::Residual(_) => return Ok(None),
            _ => return Err(wrong(function, i, "a boolean", a)),
        }
    }
    some(Value::bool(!decides))
}

pub(super) fn and(args: &[Value]) -> Outcome {
    until("and", args, false)
}

pub(super) fn or(args: &[Value]) -> Outcome {
    until("or", args, true)
}

pub(super) fn not(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    some(Value::bool(!boolean("not", args, 0)?))
}

pub(super) fn coalesce(args: &[Value]) -> Outcome {
    for a in args {
        match a.data {
            Data::Null => {}
            Data::Residual(_) => return Ok(None),
            _ => return some(a.clone()),
        }
    }
    some(Value::null())
}

pub(super) fn bool(args: &[Value]) -> Outcome {
    let v = arg(args, 0);
    match &v.data {
        Data::Residual(_) => Ok(None),
        Data::Bool(b) => some(Value::bool(*b)),
        Data::Int(i) => some(Value::bool(*i != 0)),
        Data::Float(f) => some(Value::bool(*f != 0.0)),
        Data::Str(s) if s.trim().eq_ignore_ascii_case("true") => some(Value::bool(true)),
        Data::Str(s) if s.trim().eq_ignore_ascii_case("false") => some(Value::bool(false)),
        Data::Str(s) => Err(refuse("bool", format_args!("`{s}` is neither true nor false"))),
        _ => Err(wrong("bool", 0, "a boolean, a number or one of the strings true and false", &v)),
    }
}
