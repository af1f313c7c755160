//! `format`: .NET's composite formatting
//! (<https://learn.microsoft.com/dotnet/standard/base-types/composite-formatting>), in the invariant culture.

use ecow::EcoString;

use super::args::{MAX_TEXT, bool_text, refuse, string, text, undecided, unknown};
use super::number::{self, Number};
use super::{Outcome, json, utf16};
use crate::expand::value::{Data, Value};

/// The widest field.
const MAX_WIDTH: usize = 262_144;

/// One piece of a format string.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::expand) enum Piece {
    /// What is written as it is, braces undoubled.
    Text(String),
    /// `{index,width:spec}`; a negative width fills on the right.
    Hole {
        /// Which argument, from 0.
        index: usize,
        /// The fewest characters.
        width: i64,
        /// The format of a number.
        spec: String,
    },
}

/// Takes a format string apart.
pub(in crate::expand) fn pieces(format: &str) -> Result<Vec<Piece>, String> {
    let mut out = Vec::new();
    let mut literal = String::new();
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        literal.push_str(before);
        let brace = &from[..1];
        rest = &from[1..];
        if let Some(after) = rest.strip_prefix(brace) {
            literal.push_str(brace);
            rest = after;
            continue;
        }
        if brace == "}" {
            return Err("a `}` that closes nothing (write `}}` for a brace)".into());
        }
        let Some((hole, after)) = rest.split_once('}') else {
            return Err("a `{` that is never closed (write `{{` for a brace)".into());
        };
        if !literal.is_empty() {
            out.push(Piece::Text(std::mem::take(&mut literal)));
        }
        out.push(read_hole(hole)?);
        rest = after;
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        out.push(Piece::Text(literal));
    }
    Ok(out)
}

fn read_hole(hole: &str) -> Result<Piece, String> {
    let wrong = || format!("`{{{hole}}}` is no placeholder");
    let (place, spec) = hole.split_once(':').unwrap_or((hole, ""));
    if spec.contains('{') {
        return Err(wrong());
    }
    let (index, width) = place.split_once(',').map_or((place, None), |(i, w)| (i, Some(w)));
    let digits = |s: &str| -> Option<usize> {
        let s = s.trim_end_matches(' ');
        (!s.is_empty() && s.bytes().all(|b| b.is_ascii_digit()))
            .then(|| s.parse().ok())
            .flatten()
            .filter(|n| *n < MAX_WIDTH)
    };
    let index = digits(index).ok_or_else(wrong)?;
    let width = match width.map(|w| w.trim_start_matches(' ')) {
        None => 0,
        Some(w) => {
            let (sign, w) = w.strip_prefix('-').map_or((1, w), |w| (-1, w));
            sign * i64::try_from(digits(w).ok_or_else(wrong)?).unwrap_or(0)
        }
    };
    Ok(Piece::Hole { index, width, spec: spec.to_owned() })
}

/// A known argument as its placeholder writes it; `None` if the format is not for a number.
pub(in crate::expand) fn written(v: &Value, spec: &str) -> Option<EcoString> {
    Some(match &v.data {
        Data::Str(s) => s.clone(),
        Data::Int(i) if spec.is_empty() => ecow::eco_format!("{i}"),
        Data::Int(i) => number::format(Number::Int(*i), spec)?.into(),
        Data::Float(f) => number::format(Number::Float(*f), spec)?.into(),
        Data::Bool(b) => bool_text(*b).into(),
        Data::Null => EcoString::new(),
        Data::Array(_) | Data::Object(_) => json::text(v, '\'')?.into(),
        Data::Residual(_) => return None,
    })
}

pub(super) fn format(args: &[Value]) -> Outcome {
    if unknown(args.get(..1).unwrap_or_default()) {
        return Ok(None);
    }
    let template = string("format", args, 0)?;
    let pieces = pieces(template).map_err(|e| refuse("format", e))?;
    let values = args.get(1..).unwrap_or_default();
    for piece in &pieces {
        if let Piece::Hole { index, .. } = piece
            && *index >= values.len()
        {
            let message = format_args!("there is no argument for {{{index}}}; {} given", values.len());
            return Err(refuse("format", message));
        }
    }
    // The engine waits for every argument, used or not.
    if undecided(values) || unknown(values) {
        return Ok(None);
    }
    let mut out = EcoString::new();
    for piece in &pieces {
        match piece {
            Piece::Text(t) => out.push_str(t),
            Piece::Hole { index, width, spec } => {
                let Some(v) = values.get(*index) else { continue };
                let Some(s) = written(v, spec) else {
                    return Err(refuse("format", format_args!("`{spec}` is no format for argument {index}")));
                };
                let room = usize::try_from(width.unsigned_abs()).unwrap_or(0).saturating_sub(utf16::length(&s));
                if out.len() + s.len() + room > MAX_TEXT {
                    return Err(refuse("format", format_args!("the text would be longer than {MAX_TEXT} bytes")));
                }
                let fill = " ".repeat(room);
                if *width > 0 {
                    out.push_str(&fill);
                }
                out.push_str(&s);
                if *width < 0 {
                    out.push_str(&fill);
                }
            }
        }
    }
    text("format", out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(args: &[Value]) -> Result<String, String> {
        format(args).map(|v| v.unwrap().as_str().unwrap().to_string()).map_err(|e| e.0)
    }

    #[test]
    fn placeholders() {
        let s = Value::str;
        assert_eq!(call(&[s("{0}/{1}/{0}"), s("a"), Value::int(4)]).as_deref(), Ok("a/4/a"));
        assert_eq!(call(&[s("{{{0}}}"), s("a")]).as_deref(), Ok("{a}"));
        assert_eq!(call(&[s("[{0,4}|{0,-4 }]"), s("a")]).as_deref(), Ok("[   a|a   ]"));
        assert_eq!(call(&[s("{0 :000}"), Value::int(7)]).as_deref(), Ok("007"));
        assert_eq!(call(&[s("{0}{1}"), Value::bool(false), Value::null()]).as_deref(), Ok("False"));
        assert_eq!(call(&[s("{0}"), Value::array(vec![s("x"), Value::null()])]).as_deref(), Ok("['x',null]"));
    }

    #[test]
    fn what_is_no_format() {
        for bad in ["{", "}", "{}", "{ 0}", "{0", "{1}", "{0:{0}}", "{0,}", "{0:Q}", "{a}"] {
            assert!(call(&[Value::str(bad), Value::int(1)]).is_err(), "{bad}");
        }
    }
}
