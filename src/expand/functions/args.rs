//! What functions ask of their arguments, and how they refuse.

use std::ops::Range;

use ecow::EcoString;

use super::{FunctionError, Outcome};
use crate::expand::text::utf16;
use crate::expand::value::{Data, Object, Value};

/// The longest string a function makes, in bytes. A deployment may have 4 MB in all, so no real template comes near. What is
/// made counts once it is there; the bound keeps a single call from making more than all may have.
pub(super) const MAX_TEXT: usize = 2 << 20;

/// The most items a function puts into one array.
pub(super) const MAX_ITEMS: usize = 100_000;

/// The name of a value's type as template errors have it.
pub(super) fn kind(v: &Value) -> &'static str {
    match &v.data {
        Data::Null => "null",
        Data::Bool(_) => "a boolean",
        Data::Int(_) => "an integer",
        Data::Float(_) => "a floating-point number",
        Data::Str(_) => "a string",
        Data::Array(_) => "an array",
        Data::Object(_) => "an object",
        Data::Residual(_) => "an expression",
    }
}

/// An error in the words of `message`, with the function in front.
pub(super) fn refuse(function: &str, message: impl std::fmt::Display) -> FunctionError {
    FunctionError(format!("{function}: {message}"))
}

/// An argument of a wrong type. `index` counts from 0.
pub(super) fn wrong(function: &str, index: usize, expected: &str, found: &Value) -> FunctionError {
    refuse(function, format_args!("argument {} should be {expected}, but is {}", index + 1, kind(found)))
}

/// Whether one of the arguments is itself residual.
pub(super) fn undecided(args: &[Value]) -> bool {
    args.iter().any(Value::is_residual)
}

/// Whether one of the arguments is, or holds at some depth, a residual.
pub(super) fn unknown(args: &[Value]) -> bool {
    !args.iter().all(Value::is_known)
}

/// An argument; `null` where the evaluator passed too few.
pub(super) fn arg(args: &[Value], index: usize) -> Value {
    args.get(index).cloned().unwrap_or_else(Value::null)
}

fn at<'a>(function: &str, args: &'a [Value], index: usize) -> Result<&'a Value, FunctionError> {
    args.get(index).ok_or_else(|| refuse(function, format_args!("argument {} is missing", index + 1)))
}

/// A string argument.
pub(super) fn string<'a>(function: &str, args: &'a [Value], index: usize) -> Result<&'a EcoString, FunctionError> {
    let v = at(function, args, index)?;
    v.as_str().ok_or_else(|| wrong(function, index, "a string", v))
}

/// An integer argument.
pub(super) fn int(function: &str, args: &[Value], index: usize) -> Result<i64, FunctionError> {
    let v = at(function, args, index)?;
    v.as_int().ok_or_else(|| wrong(function, index, "an integer", v))
}

/// A boolean argument.
pub(super) fn boolean(function: &str, args: &[Value], index: usize) -> Result<bool, FunctionError> {
    let v = at(function, args, index)?;
    v.as_bool().ok_or_else(|| wrong(function, index, "a boolean", v))
}

/// An array argument.
pub(super) fn array<'a>(function: &str, args: &'a [Value], index: usize) -> Result<&'a [Value], FunctionError> {
    let v = at(function, args, index)?;
    v.as_array().ok_or_else(|| wrong(function, index, "an array", v))
}

/// An object argument.
pub(super) fn object<'a>(function: &str, args: &'a [Value], index: usize) -> Result<&'a Object, FunctionError> {
    let v = at(function, args, index)?;
    v.as_object().ok_or_else(|| wrong(function, index, "an object", v))
}

/// A decided value.
pub(super) fn some(v: Value) -> Outcome {
    Ok(Some(v))
}

/// A decided string, unless it has become too long.
pub(super) fn text(function: &str, s: impl Into<EcoString>) -> Outcome {
    let s = s.into();
    if s.len() > MAX_TEXT {
        return Err(refuse(function, format_args!("the text would be longer than {MAX_TEXT} bytes")));
    }
    some(Value::str(s))
}

/// A decided array, unless it has too many items.
pub(super) fn items(function: &str, items: Vec<Value>) -> Outcome {
    if items.len() > MAX_ITEMS {
        return Err(refuse(function, format_args!("the array would have more than {MAX_ITEMS} items")));
    }
    some(Value::array(items))
}

/// The part of a string between two UTF-16 units. A cut through a pair leaves half a character, which the engine cannot write
/// either.
pub(super) fn cut<'s>(function: &str, s: &'s str, units: Range<usize>) -> Result<&'s str, FunctionError> {
    let refused = || refuse(function, format_args!("the cut of `{s}` goes through a character of two UTF-16 units"));
    utf16::slice(s, units).ok_or_else(refused)
}
