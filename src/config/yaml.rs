//! YAML as a tree whose every key and value knows its place.

use std::fmt;
use std::path::PathBuf;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use crate::glob::{self, BadGlob};
use crate::read::{Source, Span};

/// How many globs a list may hold.
pub(super) const MAX_GLOBS: usize = 1_000;
pub(super) const TOO_MANY: &str = "a list holds at most 1,000 globs, and this is one more; write fewer and wider ones";

/// A configuration that cannot be used. Says where, what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Something in it is wrong.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u32,
        /// Column in UTF-16 code units, from 1.
        column: u32,
        /// What is wrong and what to do.
        message: String,
    },
    /// An environment variable is wrong.
    #[error("the environment variable {name}: {message}")]
    Environment {
        /// Its name.
        name: String,
        /// What is wrong and what to do.
        message: String,
    },
}

/// A YAML value and its place.
#[derive(Debug, Clone)]
pub struct Yaml {
    /// What it is.
    pub value: Value,
    /// Where it stands.
    pub span: Span,
    /// A number, a boolean or nothing as it is written, where somebody who wants a text would not get it back: `1.30`, `no`, `null`.
    pub written: Option<String>,
}

/// What a YAML value is.
#[derive(Debug, Clone)]
pub enum Value {
    /// `null`, or nothing at all.
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// A string.
    String(String),
    /// A sequence.
    List(Vec<Yaml>),
    /// A mapping with plain keys.
    Map(Vec<Member>),
}

/// A key and its value.
#[derive(Debug, Clone)]
pub struct Member {
    /// The key as written.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Yaml,
}

/// Reads a YAML (or JSON) text. Aliases are expanded within limits; a text without a document is `null`.
///
/// # Errors
/// [`ConfigError::Wrong`] at the place of the mistake.
pub fn parse(source: &Source) -> Result<Yaml, ConfigError> {
    parse_part(source, 0..source.text().len())
}

/// Reads a part of a text, in bytes, as [`parse`] reads the whole.
///
/// # Errors
/// [`ConfigError::Wrong`] at the place of the mistake.
pub fn parse_part(source: &Source, part: std::ops::Range<usize>) -> Result<Yaml, ConfigError> {
    let start = part.start;
    let text = source.text().get(part).unwrap_or_default();
    let root: Option<Spanned<Raw>> = serde_saphyr::from_str(text).map_err(|e| syntax(source, start, &e))?;
    Ok(match root {
        Some(raw) => place(raw, source, start),
        None => Yaml::none(Span::new(source.id, start, start)),
    })
}

/// An error at a place of a configuration file.
pub fn wrong(source: &Source, span: Span, message: impl Into<String>) -> ConfigError {
    let at = source.position(span.start);
    ConfigError::Wrong { path: source.path.clone(), line: at.line, column: at.column, message: message.into() }
}

fn syntax(source: &Source, start: usize, error: &serde_saphyr::Error) -> ConfigError {
    let bare = error.without_snippet();
    let location = bare.location().unwrap_or(Location::UNKNOWN);
    let message = format!("this is not YAML that can be read: {}", crate::read::yaml::reason(error));
    // Where the part begins; its first line may begin within a line of the text.
    let before = source.position(u32::try_from(start).unwrap_or(u32::MAX));
    let line = u32::try_from(location.line()).unwrap_or(u32::MAX).max(1);
    let column = u32::try_from(location.column()).unwrap_or(u32::MAX).max(1);
    ConfigError::Wrong {
        path: source.path.clone(),
        line: line.saturating_add(before.line - 1),
        column: if line == 1 { column.saturating_add(before.column - 1) } else { column },
        message,
    }
}

fn place(raw: Spanned<Raw>, source: &Source, part: usize) -> Yaml {
    let span = span_of(&raw.referenced, source, part);
    let value = match raw.value {
        Raw::Null => Value::Null,
        Raw::Bool(b) => Value::Bool(b),
        Raw::Number(n) => Value::Number(n),
        Raw::String(s) => Value::String(s),
        Raw::List(items) => Value::List(items.into_iter().map(|i| place(i, source, part)).collect()),
        Raw::Map(members) => Value::Map(
            members
                .into_iter()
                .map(|(key, value)| Member {
                    key_span: span_of(&key.referenced, source, part),
                    key: key.value,
                    value: place(value, source, part),
                })
                .collect(),
        ),
    };
    // Where an alias stands, the text is elsewhere.
    let text = source.slice(span_of(&raw.defined, source, part));
    let is_other = match &value {
        Value::Number(n) => {
            n.to_string() != text && text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        }
        // YAML 1.1 has eleven words for each.
        Value::Bool(b) => b.to_string() != text && !text.is_empty() && text.bytes().all(|c| c.is_ascii_alphabetic()),
        Value::Null => text == "~" || text.eq_ignore_ascii_case("null"),
        _ => false,
    };
    let written = is_other.then(|| text.to_owned());
    Yaml { value, span, written }
}

fn span_of(location: &Location, source: &Source, part: usize) -> Span {
    let span = location.span();
    let start = part + span.byte_offset().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let len = span.byte_len().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    Span::new(source.id, start, start + len)
}

impl Yaml {
    /// Nothing, at a place.
    pub fn none(span: Span) -> Self {
        Yaml { value: Value::Null, span, written: None }
    }

    /// The members of a mapping; none for `null`.
    pub fn members(&self) -> Option<&[Member]> {
        match &self.value {
            Value::Map(members) => Some(members),
            Value::Null => Some(&[]),
            _ => None,
        }
    }

    /// The value of a member, without regard to case.
    pub fn get(&self, key: &str) -> Option<&Yaml> {
        self.members()?.iter().find(|m| m.key.eq_ignore_ascii_case(key)).map(|m| &m.value)
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(s) => Some(s),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// Names that may be globs, but not more globs than anybody writes: each is held against every rule.
    ///
    /// # Errors
    /// [`ConfigError::Wrong`] at the first that is too many.
    pub(super) fn names(&self, strings: Vec<String>, source: &Source) -> Result<Vec<String>, ConfigError> {
        let too_many = strings.iter().enumerate().filter(|(_, s)| glob::is_glob(s)).nth(MAX_GLOBS);
        match too_many {
            Some((i, _)) => Err(wrong(source, self.item_span(i), TOO_MANY)),
            None => Ok(strings),
        }
    }

    /// Where an item of a list stands, or a single value that stands for one.
    pub(super) fn item_span(&self, i: usize) -> Span {
        match &self.value {
            Value::List(items) => items.get(i).map_or(self.span, |item| item.span),
            _ => self.span,
        }
    }

    /// Strings: a list of them, a single one, or none at all.
    pub fn strings(&self) -> Option<Vec<String>> {
        match &self.value {
            Value::Null => Some(Vec::new()),
            Value::List(items) => items.iter().map(Yaml::item).collect(),
            _ => Some(vec![self.scalar()?]),
        }
    }

    /// The same of an option of this name.
    ///
    /// # Errors
    /// [`ConfigError::Wrong`] at what is no string.
    pub(super) fn strings_of(&self, option: &str, source: &Source) -> Result<Vec<String>, ConfigError> {
        if let Value::List(items) = &self.value
            && let Some(other) = items.iter().find(|i| i.item().is_none())
        {
            let message = format!("an item of `{option}` is a string, not {}", other.what());
            return Err(wrong(source, other.span, message));
        }
        let message = || format!("`{option}` is a list of strings, not {}", self.what());
        self.strings().ok_or_else(|| wrong(source, self.span, message()))
    }

    /// Globs, as [`Yaml::strings`] has them; `check` says what keeps one from being used.
    ///
    /// # Errors
    /// [`ConfigError::Wrong`] at the first that cannot be.
    pub(super) fn globs(
        &self,
        strings: Vec<String>,
        source: &Source,
        check: impl Fn(&[String]) -> Result<(), BadGlob>,
    ) -> Result<Vec<String>, ConfigError> {
        if strings.len() > MAX_GLOBS {
            return Err(wrong(source, self.item_span(MAX_GLOBS), TOO_MANY));
        }
        for (i, glob) in strings.iter().enumerate() {
            check(std::slice::from_ref(glob)).map_err(|bad| wrong(source, self.item_span(i), bad.to_string()))?;
        }
        Ok(strings)
    }

    /// A scalar as text: names of rules and targets may look like numbers or booleans.
    pub(super) fn scalar(&self) -> Option<String> {
        let written = || self.written.clone();
        match &self.value {
            Value::String(s) => Some(s.clone()),
            Value::Number(n) => Some(written().unwrap_or_else(|| n.to_string())),
            Value::Bool(b) => Some(written().unwrap_or_else(|| b.to_string())),
            _ => None,
        }
    }

    /// An item of a list of texts; what is called `null` is there, too.
    fn item(&self) -> Option<String> {
        match self.value {
            Value::Null => self.written.clone(),
            _ => self.scalar(),
        }
    }

    /// The value without places.
    pub fn json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(b) => serde_json::Value::Bool(*b),
            Value::Number(n) => serde_json::Value::Number(n.clone()),
            Value::String(s) => serde_json::Value::String(s.clone()),
            Value::List(items) => items.iter().map(Yaml::json).collect(),
            Value::Map(members) => {
                serde_json::Value::Object(members.iter().map(|m| (m.key.clone(), m.value.json())).collect())
            }
        }
    }

    /// The same as PSRule has the values of `configuration`: each scalar is a text, as it is written.
    pub(super) fn texts(&self) -> serde_json::Value {
        match &self.value {
            Value::List(items) => items.iter().map(Yaml::texts).collect(),
            Value::Map(members) => {
                serde_json::Value::Object(members.iter().map(|m| (m.key.clone(), m.value.texts())).collect())
            }
            _ => self.scalar().map_or(serde_json::Value::Null, serde_json::Value::String),
        }
    }

    /// What it is, for messages: `a list`.
    pub fn what(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}

/// The tree as serde builds it; the places are put on afterwards.
#[derive(Debug)]
enum Raw {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    String(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E: de::Error>(self, v: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(v))
    }

    fn visit_i64<E: de::Error>(self, v: i64) -> Result<Raw, E> {
        Ok(Raw::Number(v.into()))
    }

    fn visit_u64<E: de::Error>(self, v: u64) -> Result<Raw, E> {
        Ok(Raw::Number(v.into()))
    }

    fn visit_f64<E: de::Error>(self, v: f64) -> Result<Raw, E> {
        Ok(serde_json::Number::from_f64(v).map_or_else(|| Raw::String(v.to_string()), Raw::Number))
    }

    fn visit_str<E: de::Error>(self, v: &str) -> Result<Raw, E> {
        Ok(Raw::String(v.to_owned()))
    }

    fn visit_string<E: de::Error>(self, v: String) -> Result<Raw, E> {
        Ok(Raw::String(v))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Raw::Map(members))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::read::Sources;

    fn source(text: &str) -> Arc<Source> {
        Sources::new().add("/c/x.yaml", text)
    }

    #[test]
    fn keys_and_values_know_their_places() {
        let s = source("a:\n  - b: é1\n    cc: 2.5\n");
        let y = parse(&s).unwrap();
        let Value::List(items) = &y.get("A").unwrap().value else { panic!() };
        let members = items[0].members().unwrap();
        assert_eq!(s.slice(members[1].key_span), "cc");
        assert_eq!(s.slice(members[0].value.span), "é1");
        assert_eq!(y.json(), serde_json::json!({"a": [{"b": "é1", "cc": 2.5}]}));
    }

    #[test]
    fn a_text_is_what_is_written() {
        let s = source("a: &a no\nb: [*a, Yes, true, 1.10, 0x1f, null, on]\nc: {d: 'no', e: off}\n");
        let y = parse(&s).unwrap();
        let wanted = serde_json::json!({
            "a": "no", "b": ["no", "Yes", "true", "1.10", "0x1f", null, "on"], "c": {"d": "no", "e": "off"}
        });
        assert_eq!(y.texts(), wanted);
        let y = parse(&source("[no, &y n, *y, null, ~]")).unwrap();
        assert_eq!(y.strings().unwrap(), ["no", "n", "n", "null", "~"]);
        assert!(
            parse(&source("[a, ]")).unwrap().strings().is_some()
                && parse(&source("- a\n-\n")).unwrap().strings().is_none()
        );
    }

    #[test]
    fn json_is_yaml() {
        let y = parse(&source(r#"{"configuration": {"A": true, "B": ["x"], "C": null}}"#)).unwrap();
        assert_eq!(y.json()["configuration"], serde_json::json!({"A": true, "B": ["x"], "C": null}));
        assert!(matches!(parse(&source("# nothing\n")).unwrap().value, Value::Null));
    }

    #[test]
    fn a_mistake_has_a_place() {
        let e = parse(&source("a: 1\nb: [1, 2\nc: 3\n")).unwrap_err();
        let ConfigError::Wrong { line, .. } = &e else { panic!("{e}") };
        assert!(*line >= 2, "{e}");
        assert!(e.to_string().starts_with("/c/x.yaml:"), "{e}");
        assert!(matches!(parse(&source("a: 1\na: 2\n")), Err(ConfigError::Wrong { line: 2, .. })));
    }

    #[test]
    fn an_alias_bomb_is_refused() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for i in 1..9 {
            let list = vec![format!("*a{}", i - 1); 10].join(", ");
            text.push_str(&format!("a{i}: &a{i} [{list}]\n"));
        }
        assert!(parse(&source(&text)).is_err());
    }
}
