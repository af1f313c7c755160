//! `json` and `string`: values from and to JSON text.
//!
//! The engine reads JSON leniently: comments, strings in single quotes, keys without quotes, hexadecimal integers, commas before
//! a closing bracket. A number that is not an integer of 64 bits becomes a floating-point one; but a larger integer alone stays
//! `json('…')`, of which at least the text is known.

use ecow::EcoString;

use super::Outcome;
use super::args::{arg, refuse, string, text as decided, undecided, wrong};
use crate::expand::text::written;
use crate::expand::value::{Data, Member, Object, Value};
use crate::model::Builtin;
use crate::nesting;

pub(super) fn json(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let text = string("json", args, 0)?;
    match parse(text) {
        Some(_) if large_integer(text).is_some() => Ok(None),
        Some(v) => Ok(Some(v)),
        None => Err(refuse("json", format_args!("`{}` is not JSON", shortened(text)))),
    }
}

/// The digits of an integer that does not fit into 64 bits.
fn large_integer(text: &str) -> Option<&str> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0') && !digits.is_empty();
    (whole && text.parse::<i64>().is_err()).then_some(text)
}

/// The text of a large integer that stayed a call of `json`.
fn large_integer_text(v: &Value) -> Option<&str> {
    match v.as_residual()?.as_call()? {
        (Builtin::Json, [text]) => large_integer(text.as_str()?),
        _ => None,
    }
}

/// A text that is short enough for a message.
pub(super) fn shortened(text: &str) -> String {
    let mut out: String = text.chars().take(60).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}

/// Reads a JSON text.
pub(super) fn parse(text: &str) -> Option<Value> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.space()?;
    (reader.at == text.len()).then_some(value)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// White space and comments; `None` for a comment that never ends.
    fn space(&mut self) -> Option<()> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            let space = rest.len() - trimmed.len();
            let comment = if trimmed.starts_with("/*") {
                4 + trimmed.get(2..)?.find("*/")?
            } else if trimmed.starts_with("//") {
                trimmed.find(['\n', '\r']).unwrap_or(trimmed.len())
            } else {
                0
            };
            self.at += space + comment;
            if comment == 0 {
                return Some(());
            }
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if !nesting::JSON_TEXT.allows(depth) {
            return None;
        }
        self.space()?;
        match self.peek()? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' | b'\'' => Some(Value::str(self.string()?)),
            b'-' | b'+' | b'.' | b'0'..=b'9' => self.number(),
            _ => {
                let word = self.word();
                match word.as_str() {
                    "true" => Some(Value::bool(true)),
                    "false" => Some(Value::bool(false)),
                    "null" | "undefined" => Some(Value::null()),
                    _ => None,
                }
            }
        }
    }

    fn word(&mut self) -> EcoString {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(rest.len());
        let word = EcoString::from(rest.get(..end).unwrap_or_default());
        self.at += end;
        word
    }

    fn array(&mut self, depth: usize) -> Option<Value> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.space()?;
            if self.eat(b']') {
                return Some(Value::array(items));
            }
            items.push(self.value(depth + 1)?);
            self.space()?;
            if !self.eat(b',') && self.peek() != Some(b']') {
                return None;
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        self.at += 1;
        let mut object = Object::default();
        let mut places = rustc_hash::FxHashMap::<EcoString, usize>::default();
        loop {
            self.space()?;
            if self.eat(b'}') {
                return Some(Value::object(object));
            }
            let key = match self.peek()? {
                b'"' | b'\'' => self.string()?,
                _ => self.word(),
            };
            self.space()?;
            if !self.eat(b':') {
                return None;
            }
            let value = self.value(depth + 1)?;
            // One key twice: the last wins. Keys that differ in case only stay two members, as in the engine.
            match places.get(&key).and_then(|at| object.members.get_mut(*at)) {
                Some(member) => member.value = value,
                None => {
                    places.insert(key.clone(), object.members.len());
                    object.members.push(Member { key, key_span: None, value });
                }
            }
            self.space()?;
            if !self.eat(b',') && self.peek() != Some(b'}') {
                return None;
            }
        }
    }

    fn string(&mut self) -> Option<EcoString> {
        let quote = char::from(self.peek()?);
        self.at += 1;
        let mut out = EcoString::new();
        loop {
            let c = self.rest().chars().next()?;
            self.at += c.len_utf8();
            if c == quote {
                return Some(out);
            }
            if c != '\\' {
                out.push(c);
                continue;
            }
            let escape = self.rest().chars().next()?;
            self.at += escape.len_utf8();
            out.push(match escape {
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '"' | '\'' | '\\' | '/' => escape,
                'u' => self.escaped()?,
                _ => return None,
            });
        }
    }

    fn unit(&mut self) -> Option<u32> {
        let hex = self.rest().get(..4).filter(|h| h.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let unit = u32::from_str_radix(hex, 16).ok()?;
        self.at += 4;
        Some(unit)
    }

    /// The character after `\u`, which may take a second escape. Half a pair alone is a replacement character.
    fn escaped(&mut self) -> Option<char> {
        let first = self.unit()?;
        if (0xd800..0xdc00).contains(&first) && self.rest().starts_with("\\u") {
            let before = self.at;
            self.at += 2;
            let second = self.unit()?;
            if (0xdc00..0xe000).contains(&second) {
                return char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
            }
            self.at = before;
        }
        Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn number(&mut self) -> Option<Value> {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c))).unwrap_or(rest.len());
        let text = rest.get(..end)?.to_ascii_lowercase();
        self.at += end;
        let (minus, digits) = text.strip_prefix('-').map_or((false, text.as_str()), |d| (true, d));
        let signed = |n: u64| if minus { 0i64.checked_sub_unsigned(n) } else { i64::try_from(n).ok() };
        if let Some(hex) = digits.strip_prefix("0x") {
            return Some(Value::int(signed(u64::from_str_radix(hex, 16).ok()?)?));
        }
        if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()) {
            return Some(Value::int(signed(u64::from_str_radix(digits, 8).ok()?)?));
        }
        if let Ok(i) = text.parse() {
            return Some(Value::int(i));
        }
        let starts_well = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        let float: f64 = text.parse().ok().filter(|f: &f64| f.is_finite() && starts_well)?;
        Some(Value::new(Data::Float(float)))
    }
}

pub(super) fn to_string(args: &[Value]) -> Outcome {
    let v = arg(args, 0);
    match &v.data {
        Data::Residual(_) => match large_integer_text(&v) {
            Some(digits) => decided("string", digits),
            None => Ok(None),
        },
        Data::Str(s) => decided("string", s.clone()),
        Data::Int(i) => decided("string", i.to_string()),
        Data::Bool(b) => decided("string", written::boolean(*b)),
        Data::Array(_) | Data::Object(_) => match written::json(&v, '"') {
            Some(s) => decided("string", s),
            None => Ok(None),
        },
        _ => Err(wrong("string", 0, "a string, an integer, a boolean, an array or an object", &v)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lenient_reading() {
        for (given, want) in [
            (" [1, 2.50, 'x', ] // end", "[1,2.5,\"x\"]"),
            ("{a: 1, 'b': null, \"c\": [true] /* x */}", "{\"a\":1,\"b\":null,\"c\":[true]}"),
            ("{\"a\":1,\"a\":2,\"A\":3}", "{\"a\":2,\"A\":3}"),
            ("0xff", "255"),
            ("-017", "-15"),
            ("1e2", "100.0"),
            ("\"\\u00e9\\ud83d\\ude00\\n\"", "\"é😀\\n\""),
            ("12345678901234567890", "1.2345678901234567E+19"),
        ] {
            assert_eq!(written::json(&parse(given).unwrap(), '"').unwrap(), want, "{given}");
        }
        for bad in ["", "{", "[1", "[1 2]", "tru", "{a}", "'x", "1 2", "--1", "/* x", "1e999", "\"\\q\""] {
            assert!(parse(bad).is_none(), "{bad}");
        }
        assert!(parse(&"[".repeat(100_000)).is_none());
    }
}
