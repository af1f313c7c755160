//! Arithmetic: 64-bit integers that refuse to overflow. Floating-point numbers only have an order and two conversions.

use super::args::{arg, array, int, refuse, some, undecided, wrong};
use super::{FunctionError, Outcome, comparison};
use crate::expand::value::{Data, Value};

fn arithmetic(function: &str, args: &[Value], operation: fn(i64, i64) -> Option<i64>) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let (a, b) = (int(function, args, 0)?, int(function, args, 1)?);
    match operation(a, b) {
        Some(n) => some(Value::int(n)),
        None if b == 0 => Err(refuse(function, format_args!("{a} cannot be divided by zero"))),
        None => Err(refuse(function, format_args!("the result of {a} and {b} does not fit into 64 bits"))),
    }
}

pub(super) fn add(args: &[Value]) -> Outcome {
    arithmetic("add", args, i64::checked_add)
}

pub(super) fn sub(args: &[Value]) -> Outcome {
    arithmetic("sub", args, i64::checked_sub)
}

pub(super) fn mul(args: &[Value]) -> Outcome {
    arithmetic("mul", args, i64::checked_mul)
}

pub(super) fn div(args: &[Value]) -> Outcome {
    arithmetic("div", args, i64::checked_div)
}

pub(super) fn r#mod(args: &[Value]) -> Outcome {
    arithmetic("mod", args, i64::checked_rem)
}

/// The numbers `min` and `max` are about: the arguments, or the items of the only one.
fn candidates<'a>(function: &str, args: &'a [Value]) -> Result<Option<&'a [Value]>, FunctionError> {
    let found = match args {
        [only] if only.as_array().is_some() => array(function, args, 0)?,
        _ => args,
    };
    if found.is_empty() {
        return Err(refuse(function, "there is no number to choose from"));
    }
    if undecided(found) {
        return Ok(None);
    }
    match found.iter().enumerate().find(|(_, v)| !matches!(v.data, Data::Int(_) | Data::Float(_))) {
        Some((i, v)) => Err(wrong(function, i, "a number", v)),
        None => Ok(Some(found)),
    }
}

fn choose(function: &str, args: &[Value], better: std::cmp::Ordering) -> Outcome {
    let Some(found) = candidates(function, args)? else { return Ok(None) };
    let mut best: Option<&Value> = None;
    for v in found {
        if best.is_none_or(|b| comparison::numbers(v, b) == Some(better)) {
            best = Some(v);
        }
    }
    Ok(best.cloned())
}

pub(super) fn min(args: &[Value]) -> Outcome {
    choose("min", args, std::cmp::Ordering::Less)
}

pub(super) fn max(args: &[Value]) -> Outcome {
    choose("max", args, std::cmp::Ordering::Greater)
}

pub(super) fn to_int(args: &[Value]) -> Outcome {
    let v = arg(args, 0);
    match &v.data {
        Data::Residual(_) => Ok(None),
        Data::Int(i) => some(Value::int(*i)),
        Data::Str(s) => match s.trim().parse() {
            Ok(i) => some(Value::int(i)),
            Err(_) => Err(refuse("int", format_args!("`{s}` is not an integer"))),
        },
        _ => Err(wrong("int", 0, "an integer or a string", &v)),
    }
}

#[allow(clippy::cast_precision_loss, reason = "that is what the function is for")]
pub(super) fn float(args: &[Value]) -> Outcome {
    let v = arg(args, 0);
    let number = match &v.data {
        Data::Residual(_) => return Ok(None),
        Data::Int(i) => *i as f64,
        Data::Float(f) => *f,
        Data::Str(s) => match parse_float(s) {
            Some(f) => f,
            None => return Err(refuse("float", format_args!("`{s}` is not a number"))),
        },
        _ => return Err(wrong("float", 0, "a number or a string", &v)),
    };
    some(Value::new(Data::Float(number)))
}

/// A number as the invariant culture writes it: sign, digits with commas between them, a point, an exponent.
fn parse_float(s: &str) -> Option<f64> {
    let s = s.trim();
    let whole = s.split(['.', 'e', 'E']).next()?;
    if !s.bytes().all(|b| b.is_ascii_digit() || b"+-.,eE".contains(&b))
        || s.matches(',').count() > whole.matches(',').count()
    {
        return None;
    }
    let number: f64 = s.replace(',', "").parse().ok()?;
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_do_not_overflow() {
        let call =
            |f: fn(&[Value]) -> Outcome, a, b| f(&[Value::int(a), Value::int(b)]).map(|v| v.unwrap().as_int().unwrap());
        assert_eq!(call(add, 40, 2), Ok(42));
        assert!(call(add, i64::MAX, 1).is_err());
        assert!(call(mul, i64::MAX, 2).is_err());
        assert!(call(div, i64::MIN, -1).is_err());
        assert!(call(div, 1, 0).unwrap_err().0.contains("zero"));
        assert_eq!(call(div, -9, 4), Ok(-2));
        assert_eq!(call(r#mod, -9, 4), Ok(-1));
    }

    #[test]
    fn numbers_are_chosen_and_converted() {
        assert_eq!(max(&[Value::array(vec![Value::int(4), Value::int(8)])]).unwrap().unwrap().as_int(), Some(8));
        assert!(min(&[Value::array(vec![])]).is_err());
        assert_eq!(to_int(&[Value::str(" -12 ")]).unwrap().unwrap().as_int(), Some(-12));
        for (text, want) in
            [("1,234.5", Some(1234.5)), ("-.5", Some(-0.5)), ("1e400", None), ("inf", None), ("1.2,3", None)]
        {
            assert_eq!(parse_float(text), want, "{text}");
        }
    }
}
