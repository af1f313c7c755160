//! `format`, in the invariant culture.

use ecow::EcoString;

use super::Outcome;
use super::args::{MAX_TEXT, refuse, string, text, undecided, unknown};
use crate::expand::text::{utf16, written};
use crate::expand::value::Value;
use crate::model::format_string::{self, Piece};

pub(super) fn format(args: &[Value]) -> Outcome {
    if unknown(args.get(..1).unwrap_or_default()) {
        return Ok(None);
    }
    let template = string("format", args, 0)?;
    let pieces = format_string::pieces(template).map_err(|e| refuse("format", e))?;
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
                let Some(s) = written::in_hole(v, spec) else {
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
