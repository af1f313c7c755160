//! How values are written as texts: in `concat`, `string`, `format`, JSON and URIs.

use ecow::EcoString;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

use super::number::{self, Number};
use crate::expand::value::{Data, Value};

/// All but RFC 3986's unreserved characters.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A boolean as strings are made of it.
pub fn boolean(b: bool) -> &'static str {
    if b { "True" } else { "False" }
}

/// What `concat` and `join` make of a string, an integer or a boolean.
pub fn scalar(v: &Value) -> Option<EcoString> {
    match &v.data {
        Data::Str(s) => Some(s.clone()),
        Data::Int(i) => Some(ecow::eco_format!("{i}")),
        Data::Bool(b) => Some(boolean(*b).into()),
        _ => None,
    }
}

/// A text with everything but letters, digits and `-_.~` percent-encoded.
pub fn component(s: &str) -> EcoString {
    percent_encoding::utf8_percent_encode(s, COMPONENT).to_string().into()
}

/// A known argument as the hole of a format string writes it; `None` if the format is not for a number.
pub fn in_hole(v: &Value, spec: &str) -> Option<EcoString> {
    Some(match &v.data {
        Data::Str(s) => s.clone(),
        Data::Int(i) if spec.is_empty() => ecow::eco_format!("{i}"),
        Data::Int(i) => number::format(Number::Int(*i), spec)?.into(),
        Data::Float(f) => number::format(Number::Float(*f), spec)?.into(),
        Data::Bool(b) => boolean(*b).into(),
        Data::Null => EcoString::new(),
        Data::Array(_) | Data::Object(_) => json(v, '\'')?.into(),
        Data::Residual(_) => return None,
    })
}

/// A value as compact JSON with strings in `quote`s; `None` if it is not wholly known.
pub fn json(v: &Value, quote: char) -> Option<String> {
    let mut out = String::new();
    write(v, quote, &mut out).then_some(out)
}

fn write(v: &Value, quote: char, out: &mut String) -> bool {
    match &v.data {
        Data::Null => out.push_str("null"),
        Data::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Data::Int(i) => out.push_str(&i.to_string()),
        Data::Float(f) => out.push_str(&number::json_float(*f)),
        Data::Str(s) => write_string(s, quote, out),
        Data::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                if !write(item, quote, out) {
                    return false;
                }
            }
            out.push(']');
        }
        Data::Object(o) if o.open => return false,
        Data::Object(o) => {
            out.push('{');
            for (i, m) in o.members.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_string(&m.key, quote, out);
                out.push(':');
                if !write(&m.value, quote, out) {
                    return false;
                }
            }
            out.push('}');
        }
        Data::Residual(_) => return false,
    }
    true
}

fn write_string(s: &str, quote: char, out: &mut String) {
    out.push(quote);
    for c in s.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            _ if c == quote => {
                out.push('\\');
                out.push(c);
            }
            '\0'..='\u{1f}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => out.push(c),
        }
    }
    out.push(quote);
}
