//! The functions of PSRule's expressions: read from a document, and what they give.

use ecow::EcoString;

use super::compare::{Dates, Kind};
use super::expression::Reader;
use super::language::{Argument, Function, Literal};
use super::path::{Found, Path};
use super::tree::Wrong;
use crate::config::yaml::{Member, Value as Node, Yaml};
use crate::expand::{Data, Object, Value};
use crate::nesting;
use crate::rules::similar;

const NAMES: [&str; 14] = [
    "path",
    "configuration",
    "boolean",
    "string",
    "integer",
    "concat",
    "substring",
    "replace",
    "trim",
    "first",
    "last",
    "split",
    "padLeft",
    "padRight",
];

/// The longest text that a function makes of shorter ones: UTF-16 units of one that it fills up, else bytes. A few lines could make one that
/// fills any memory, each doubling the one before.
pub const LONGEST: usize = 100_000;

impl Reader<'_> {
    /// Reads what stands below `$`.
    pub(super) fn function(&self, y: &Yaml, depth: usize) -> Result<Function, Wrong> {
        if !nesting::TYPE.allows(depth) {
            return Err(Wrong::new(y.span, "this function is nested too deeply"));
        }
        let members = y.members().unwrap_or_default();
        let is_name = |m: &&Member| NAMES.iter().any(|n| m.key.eq_ignore_ascii_case(n));
        let Some(m) = members.iter().find(is_name) else {
            let span = members.first().map_or(y.span, |m| m.key_span);
            let hint = members.first().and_then(|m| similar(&m.key, NAMES.iter().copied()));
            let hint =
                hint.map_or_else(|| format!("there are {}", NAMES.join(", ")), |h| format!("did you mean `{h}`?"));
            return Err(Wrong::new(span, format!("this is no function of PSRule's expressions; {hint}")));
        };
        let parameter = |name: &str| {
            let needs = || Wrong::new(m.key_span, format!("the function `{}` needs `{name}`", m.key));
            y.get(name).ok_or_else(needs)
        };
        let text = |y: &Yaml| {
            let message = || Wrong::new(y.span, format!("expected a text, found {}", y.what()));
            self.scalars.text(y).ok_or_else(message)
        };
        let of = || self.argument(&m.value, depth);
        Ok(match m.key.to_ascii_lowercase().as_str() {
            "path" => {
                let path = text(&m.value)?;
                let wrong = |why: String| Wrong::new(m.value.span, format!("the path `{path}` cannot be read: {why}"));
                Function::Path(Path::read(&path).map_err(wrong)?)
            }
            "configuration" => Function::Configuration(text(&m.value)?),
            "boolean" => Function::Boolean(of()?),
            "string" => Function::String(of()?),
            "integer" => Function::Integer(of()?),
            "concat" => Function::Concat(match &m.value.value {
                Node::List(items) => items.iter().map(|i| self.argument(i, depth)).collect::<Result<_, _>>()?,
                _ => vec![of()?],
            }),
            "substring" => Function::Substring(of()?, self.scalars.integer(parameter("length")?)?.max(0)),
            "replace" => Function::Replace {
                in_: of()?,
                old: text(parameter("oldString")?)?,
                new: text(parameter("newString")?)?,
                case_sensitive: y.get("caseSensitive").map_or(Ok(false), |c| self.scalars.boolean(c))?,
            },
            "trim" => Function::Trim(of()?),
            "first" => Function::First(of()?),
            "last" => Function::Last(of()?),
            "split" => Function::Split(of()?, self.scalars.texts(parameter("delimiter")?)?),
            name => {
                let length = y.get("totalLength").map_or(Ok(0), |l| self.scalars.integer(l))?;
                let length = usize::try_from(length).unwrap_or(0).min(LONGEST);
                let with = match y.get("paddingCharacter") {
                    Some(c) => {
                        let text = text(c)?;
                        let mut chars = text.chars();
                        match (chars.next(), chars.next()) {
                            (Some(one), None) => one,
                            _ => return Err(Wrong::new(c.span, "`paddingCharacter` is one character")),
                        }
                    }
                    None => ' ',
                };
                Function::Pad { of: of()?, length, with, left: name == "padleft" }
            }
        })
    }

    fn argument(&self, y: &Yaml, depth: usize) -> Result<Argument, Wrong> {
        if let Node::Map(_) = y.value {
            let inner = y.get("$").unwrap_or(y);
            return Ok(Argument::Function(Box::new(self.function(inner, depth + 1)?)));
        }
        Ok(Argument::Literal(self.scalars.literal(y)?))
    }
}

/// What functions ask of what is around them.
pub trait Around {
    /// The target.
    fn target(&self) -> &Value;
    /// The value of a key of the configuration.
    fn configuration(&self, key: &str) -> Option<Value>;
    /// How dates are read.
    fn dates(&self) -> Dates;
    /// Is told of a text that is not made, since it would be longer than [`LONGEST`].
    fn too_long(&self);
}

/// A literal as a value.
pub fn literal(l: &Literal) -> Value {
    match l {
        Literal::Null => Value::null(),
        Literal::Bool(b) => Value::bool(*b),
        Literal::Int(i) => Value::int(*i),
        Literal::Float(f) => Value::new(Data::Float(*f)),
        Literal::Text(t) => Value::str(t.clone()),
        Literal::List(items) => Value::array(items.iter().map(|t| Value::str(t.clone())).collect()),
    }
}

/// A value of the configuration.
pub fn of_json(v: &serde_json::Value) -> Value {
    match v {
        serde_json::Value::Null => Value::null(),
        serde_json::Value::Bool(b) => Value::bool(*b),
        serde_json::Value::Number(n) => {
            n.as_i64().map_or_else(|| Value::new(Data::Float(n.as_f64().unwrap_or_default())), Value::int)
        }
        serde_json::Value::String(s) => Value::str(s.as_str()),
        serde_json::Value::Array(items) => Value::array(items.iter().map(of_json).collect()),
        serde_json::Value::Object(members) => {
            let mut object = Object::default();
            members.iter().for_each(|(k, v)| object.set(k.as_str().into(), None, of_json(v)));
            Value::object(object)
        }
    }
}

/// An argument that is a literal: what looks like a boolean or a number is one.
fn plain(l: &Literal) -> Value {
    if let Literal::Text(t) = l {
        if let Some(b) = Kind::Text(t).boolean(true) {
            return Value::bool(b);
        }
        if let Some(i) = Kind::Text(t).integer(true) {
            return Value::int(i);
        }
    }
    literal(l)
}

fn argument(a: &Argument, around: &dyn Around) -> Option<Value> {
    match a {
        Argument::Literal(l) => Some(plain(l)),
        Argument::Function(f) => value(f, around),
    }
}

/// What a function gives; `None` if that is not known before deployment, or too long.
pub fn value(f: &Function, around: &dyn Around) -> Option<Value> {
    let dates = around.dates();
    let known = |a: &Argument| argument(a, around).filter(|v| !v.is_residual());
    // Of what is no text these functions give nothing.
    let of_text = |a: &Argument, convert: bool, f: &dyn Fn(EcoString) -> Value| {
        let v = known(a)?;
        Some(Kind::of(&v, dates).text(convert).map_or_else(Value::null, f))
    };
    Some(match f {
        Function::Path(path) => match path.value(around.target(), dates) {
            Found::Missing => Value::null(),
            Found::Value(v) => v,
            Found::Unknown(v) => v,
        },
        Function::Configuration(key) => around.configuration(key).unwrap_or_else(Value::null),
        Function::Boolean(a) => Value::bool(Kind::of(&known(a)?, dates).boolean(true).unwrap_or(false)),
        Function::String(a) => return of_text(a, true, &Value::str),
        Function::Integer(a) => {
            let integer = Kind::of(&known(a)?, dates).integer(true).filter(|i| i32::try_from(*i).is_ok());
            Value::int(integer.unwrap_or(0))
        }
        Function::Concat(all) => {
            let mut out = String::new();
            for a in all {
                // Literals stay as they are written.
                let v = match a {
                    Argument::Literal(l) => literal(l),
                    Argument::Function(_) => known(a)?,
                };
                match &v.data {
                    Data::Float(f) => out.push_str(&f.to_string()),
                    Data::Str(s) => out.push_str(s),
                    _ => out.push_str(&Kind::of(&v, dates).text(true).unwrap_or_default()),
                }
                if out.len() > LONGEST && all.len() > 1 {
                    around.too_long();
                    return None;
                }
            }
            Value::str(out)
        }
        Function::Substring(a, length) => {
            let length = usize::try_from(*length).unwrap_or(usize::MAX);
            return of_text(a, false, &|s| Value::str(units(&s, 0, length)));
        }
        Function::Replace { in_, old, new, case_sensitive } => {
            let v = known(in_)?;
            let Some(s) = Kind::of(&v, dates).text(false) else { return Some(Value::null()) };
            let replaced = replaced(&s, old, new, *case_sensitive);
            if replaced.is_none() {
                around.too_long();
            }
            Value::str(replaced?)
        }
        Function::Trim(a) => return of_text(a, false, &|s| Value::str(s.trim())),
        Function::First(a) => end(&known(a)?, dates, false),
        Function::Last(a) => end(&known(a)?, dates, true),
        Function::Split(a, delimiters) => {
            return of_text(a, false, &|s| Value::array(split(&s, delimiters).into_iter().map(Value::str).collect()));
        }
        Function::Pad { of, length, with, left } => {
            let fill = |s: EcoString| {
                let missing = length.saturating_sub(s.encode_utf16().count());
                if missing == 0 {
                    return Value::str(s);
                }
                let fill: String = std::iter::repeat_n(*with, missing).collect();
                Value::str(if *left { format!("{fill}{s}") } else { format!("{s}{fill}") })
            };
            return of_text(of, true, &fill);
        }
    })
}

/// Some UTF-16 units of a text.
fn units(s: &str, from: usize, most: usize) -> String {
    let units: Vec<u16> = s.encode_utf16().skip(from).take(most).collect();
    String::from_utf16_lossy(&units)
}

/// The first or last item, or character; nothing if there is none.
fn end(v: &Value, dates: Dates, last: bool) -> Value {
    match Kind::of(v, dates) {
        Kind::Text("") => Value::null(),
        Kind::Text(s) => Value::str(units(s, if last { s.encode_utf16().count().saturating_sub(1) } else { 0 }, 1)),
        Kind::List(items) => (if last { items.last() } else { items.first() }).cloned().unwrap_or_else(Value::null),
        _ => Value::null(),
    }
}

/// A text with another in the place of one; `None` if that is longer than it was, and too long.
fn replaced(s: &str, old: &str, new: &str, case_sensitive: bool) -> Option<String> {
    if old.is_empty() {
        return Some(s.to_owned());
    }
    let fits = |found: (usize, usize)| {
        let (times, bytes) = found;
        times.saturating_mul(new.len()).saturating_add(s.len() - bytes) <= LONGEST.max(s.len())
    };
    let count = |(times, bytes): (usize, usize), found: &str| (times + 1, bytes + found.len());
    match crate::check::regex(&regex::escape(old), case_sensitive) {
        Ok(regex) => {
            let found = regex.find_iter(s).map(|m| m.as_str()).fold((0, 0), count);
            fits(found).then(|| regex.replace_all(s, regex::NoExpand(new)).into_owned())
        }
        Err(_) => fits(s.matches(old).fold((0, 0), count)).then(|| s.replace(old, new)),
    }
}

/// A text at each of some delimiters, of which the one that comes first counts.
fn split(s: &str, delimiters: &[EcoString]) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = s;
    loop {
        let found = delimiters.iter().filter(|d| !d.is_empty()).filter_map(|d| Some((rest.find(d.as_str())?, d.len())));
        match found.min_by_key(|(at, _)| *at) {
            Some((at, length)) => {
                let (before, after) = (rest.get(..at).unwrap_or(""), rest.get(at + length..).unwrap_or(""));
                out.push(before.to_owned());
                rest = after;
            }
            None => {
                out.push(rest.to_owned());
                return out;
            }
        }
    }
}
