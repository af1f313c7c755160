//! Strings: case, parts, and what they begin and end with.

use ecow::EcoString;

use super::args::{MAX_TEXT, arg, cut, int, items, kind, refuse, some, string, text, undecided, wrong};
use super::{FunctionError, Outcome};
use crate::expand::known::{self, Place};
use crate::expand::text::{order, utf16};
use crate::expand::value::{Data, Value};

fn mapped(function: &str, args: &[Value], change: fn(&str) -> EcoString) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    text(function, change(string(function, args, 0)?))
}

/// The widest that a text is filled to.
const MAX_WIDTH: usize = 262_144;

pub(super) fn to_lower(args: &[Value]) -> Outcome {
    mapped("toLower", args, order::lowered)
}

pub(super) fn to_upper(args: &[Value]) -> Outcome {
    mapped("toUpper", args, order::uppered)
}

pub(super) fn trim(args: &[Value]) -> Outcome {
    mapped("trim", args, |s| s.trim().into())
}

pub(super) fn substring(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let s = string("substring", args, 0)?;
    let start = int("substring", args, 1)?;
    let length = utf16::length(s);
    let outside = || refuse("substring", format_args!("a part from {start} does not lie within a text of {length}"));
    let from = usize::try_from(start).ok().filter(|f| *f <= length).ok_or_else(outside)?;
    let to = match args.get(2) {
        None => length,
        Some(_) => {
            let count = int("substring", args, 2)?;
            let end = usize::try_from(count).ok().and_then(|c| from.checked_add(c)).filter(|e| *e <= length);
            end.ok_or_else(|| {
                refuse(
                    "substring",
                    format_args!("{count} characters from {start} do not lie within a text of {length}"),
                )
            })?
        }
    };
    text("substring", cut("substring", s, from..to)?)
}

pub(super) fn pad_left(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let v = arg(args, 0);
    let source = match &v.data {
        Data::Str(s) => s.clone(),
        Data::Int(i) => ecow::eco_format!("{i}"),
        _ => return Err(wrong("padLeft", 0, "a string or an integer", &v)),
    };
    let width = int("padLeft", args, 1)?;
    let fill = match args.get(2) {
        None => " ",
        Some(_) => string("padLeft", args, 2)?,
    };
    if utf16::length(fill) != 1 {
        return Err(refuse("padLeft", format_args!("the text is filled with one character, not with `{fill}`")));
    }
    let Some(width) = usize::try_from(width).ok().filter(|w| *w <= MAX_WIDTH) else {
        return Err(refuse("padLeft", format_args!("{width} is no width")));
    };
    let room = width.saturating_sub(utf16::length(&source));
    let mut out = EcoString::with_capacity(room * fill.len() + source.len());
    (0..room).for_each(|_| out.push_str(fill));
    out.push_str(&source);
    text("padLeft", out)
}

pub(super) fn replace(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let (s, old, new) = (string("replace", args, 0)?, string("replace", args, 1)?, string("replace", args, 2)?);
    if old.is_empty() {
        return Err(refuse("replace", "there is no text to look for"));
    }
    let hits = s.matches(old.as_str()).count();
    if hits.saturating_mul(new.len()).saturating_add(s.len()) > MAX_TEXT {
        return Err(refuse("replace", format_args!("the text would be longer than {MAX_TEXT} bytes")));
    }
    text("replace", s.replace(old.as_str(), new))
}

/// The strings to split at.
fn delimiters(v: &Value) -> Result<Vec<EcoString>, FunctionError> {
    match &v.data {
        Data::Str(s) => Ok(vec![s.clone()]),
        Data::Array(a) => {
            let mut out = Vec::new();
            for item in a.iter() {
                match item.as_str() {
                    Some(s) => out.push(s.clone()),
                    None => {
                        return Err(refuse(
                            "split",
                            format_args!("a delimiter should be a string, but is {}", kind(item)),
                        ));
                    }
                }
            }
            Ok(out)
        }
        _ => Err(wrong("split", 1, "a string or an array of strings", v)),
    }
}

pub(super) fn split(args: &[Value]) -> Outcome {
    if undecided(args) || super::args::unknown(args) {
        return Ok(None);
    }
    let s = string("split", args, 0)?;
    let delimiters = delimiters(&arg(args, 1))?;
    let parts: Vec<Value> = match delimiters.as_slice() {
        // The engine's framework takes no delimiters at all to mean white space.
        [] => s.split(char::is_whitespace).map(Value::str).collect(),
        [one] if one.is_empty() => vec![Value::str(s.clone())],
        [one] => s.split(one.as_str()).map(Value::str).collect(),
        many => split_at_any(s, many),
    };
    items("split", parts)
}

/// Splits where the first delimiter, in their order, stands.
fn split_at_any(s: &str, delimiters: &[EcoString]) -> Vec<Value> {
    let (mut out, mut start, mut at) = (Vec::new(), 0, 0);
    while let Some(rest) = s.get(at..).filter(|r| !r.is_empty()) {
        match delimiters.iter().find(|d| !d.is_empty() && rest.starts_with(d.as_str())) {
            Some(d) => {
                out.push(Value::str(s.get(start..at).unwrap_or_default()));
                at += d.len();
                start = at;
            }
            None => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    out.push(Value::str(s.get(start..).unwrap_or_default()));
    out
}

/// Whether a text, known in part, begins (or ends) with another, without regard to case; `None` if that is not known.
fn begins(function: &str, args: &[Value], from_end: bool) -> Outcome {
    let [whole, part] = args else { return Ok(None) };
    if part.is_residual() {
        return Ok(None);
    }
    if !whole.is_residual() {
        let (whole, part) = (order::fold(string(function, args, 0)?), order::fold(string(function, args, 1)?));
        return some(Value::bool(if from_end { whole.ends_with(&part) } else { whole.starts_with(&part) }));
    }
    let part = order::fold(string(function, args, 1)?);
    if !known::certainly_string(whole) {
        return Ok(None);
    }
    let known = order::fold(&if from_end { known::known_suffix(whole) } else { known::known_prefix(whole) });
    let agrees = if from_end { known.ends_with(&part) } else { known.starts_with(&part) };
    let may_agree = if from_end { part.ends_with(&known) } else { part.starts_with(&known) };
    let place = if from_end { Place::End } else { Place::Start };
    match agrees || may_agree && known::may_have(whole, string(function, args, 1)?, place, false) {
        true if agrees => some(Value::bool(true)),
        true => Ok(None),
        false => some(Value::bool(false)),
    }
}

pub(super) fn starts_with(args: &[Value]) -> Outcome {
    begins("startsWith", args, false)
}

pub(super) fn ends_with(args: &[Value]) -> Outcome {
    begins("endsWith", args, true)
}

/// `like`: whether a text is of a pattern in which `*` stands for any characters; case does not matter.
pub(super) fn like(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let (text, pattern) = (order::fold(string("like", args, 0)?), order::fold(string("like", args, 1)?));
    some(Value::bool(matches_wildcard(&text, &pattern)))
}

fn matches_wildcard(text: &str, pattern: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return text == pattern };
    let Some(mut left) = text.strip_prefix(head) else { return false };
    let mut stretches: Vec<&str> = rest.split('*').collect();
    let tail = stretches.pop().unwrap_or_default();
    // Each stretch is taken where it is found first: that leaves the most for the others.
    for stretch in stretches {
        let Some(at) = left.find(stretch) else { return false };
        left = left.get(at + stretch.len()..).unwrap_or_default();
    }
    left.ends_with(tail)
}

/// `fail`: the author's own error.
pub(super) fn fail(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    Err(FunctionError(string("fail", args, 0)?.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::residual::Residual;

    fn s(text: &str) -> Value {
        Value::str(text)
    }

    fn list(v: Outcome) -> Vec<String> {
        v.unwrap().unwrap().as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_string()).collect()
    }

    #[test]
    fn parts_of_strings() {
        assert_eq!(list(split(&[s("one;two,three"), Value::array(vec![s(","), s(";")])])), ["one", "two", "three"]);
        assert_eq!(list(split(&[s("a b"), Value::array(vec![])])), ["a", "b"]);
        assert_eq!(list(split(&[s("ab"), s("")])), ["ab"]);
        assert_eq!(list(split(&[s("/x/"), s("/")])), ["", "x", ""]);
        assert!(split(&[s("a"), Value::int(1)]).is_err());
        let sub = |args: &[Value]| substring(args).map(|v| v.unwrap().as_str().unwrap().to_string());
        assert_eq!(sub(&[s("template"), Value::int(4), Value::int(3)]).unwrap(), "lat");
        assert_eq!(sub(&[s("template"), Value::int(8)]).unwrap(), "");
        assert!(sub(&[s("template"), Value::int(9)]).is_err());
        assert!(sub(&[s("template"), Value::int(5), Value::int(4)]).is_err());
    }

    #[test]
    fn filling_is_bounded() {
        assert_eq!(pad_left(&[Value::int(42), Value::int(5), s("0")]).unwrap().unwrap().as_str().unwrap(), "00042");
        assert!(pad_left(&[s("x"), Value::int(i64::MAX)]).is_err());
        assert!(pad_left(&[s("x"), Value::int(-1)]).is_err());
        assert!(pad_left(&[s("x"), Value::int(3), s("ab")]).is_err());
    }

    #[test]
    fn what_is_known_in_part_may_be_enough() {
        let r = Value::residual(Residual::call("reference", vec![s("x")]));
        let url = Value::residual(Residual::call("concat", vec![s("HTTPS://"), r.clone(), s(".net/")]));
        let ask = |f: fn(&[Value]) -> Outcome, v: &Value, part: &str| {
            f(&[v.clone(), s(part)]).unwrap().and_then(|v| v.as_bool())
        };
        assert_eq!(ask(starts_with, &url, "https:"), Some(true));
        assert_eq!(ask(starts_with, &url, "ftp:"), Some(false));
        assert_eq!(ask(starts_with, &url, "https://a"), None);
        assert_eq!(ask(ends_with, &url, ".NET/"), Some(true));
        assert_eq!(ask(ends_with, &url, "m/"), Some(false));
        assert_eq!(ask(starts_with, &r, ""), None);
        let unique = Value::residual(Residual::call("uniqueString", vec![r]));
        assert_eq!(ask(starts_with, &unique, "0"), Some(false));
        assert_eq!(ask(ends_with, &unique, "A2"), None);
    }

    #[test]
    fn likeness() {
        for (text, pattern, yes) in [
            ("abc", "ABC", true),
            ("abcd", "abc", false),
            ("abcdef", "a*c*", true),
            ("aXbYa", "a*b*a", true),
            ("a", "a*a", false),
            ("", "***", true),
            ("ab", "*ab*b", false),
            ("abab", "*ab*b", true),
            ("a", "?", false),
        ] {
            assert_eq!(matches_wildcard(&order::fold(text), &order::fold(pattern)), yes, "{text} {pattern}");
        }
        assert!(like(&[Value::int(1), s("*")]).is_err());
    }
}
