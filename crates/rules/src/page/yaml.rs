//! YAML as a tree in which every key and value knows its line.

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

/// A value and the line it stands on (from 1, within the text that was parsed).
#[derive(Debug, Clone)]
pub struct Tree {
    /// The value.
    pub value: Yaml,
    /// Its line.
    pub line: usize,
}

/// The kinds of values.
#[derive(Debug, Clone)]
pub enum Yaml {
    /// `null`, or nothing.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Str(String),
    /// A list.
    List(Vec<Tree>),
    /// A map, in order.
    Map(Vec<(String, usize, Tree)>),
}

/// What is wrong with a page, and on which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl Problem {
    /// A problem on a line.
    pub fn new(line: usize, message: impl Into<String>) -> Self {
        Problem { line, message: message.into() }
    }
}

/// Parses YAML.
///
/// # Errors
/// The first thing wrong with it.
pub fn parse(text: &str) -> Result<Tree, Problem> {
    match serde_saphyr::from_str::<Spanned<Yaml>>(text) {
        Ok(s) => Ok(Tree { line: line_of(&s.referenced), value: s.value }),
        Err(e) => {
            let line = e.location().map_or(1, |l| line_of(&l));
            let said = e.without_snippet().to_string();
            Err(Problem::new(line, reason(said.lines().next().unwrap_or("wrong YAML"))))
        }
    }
}

/// What the library says, without its place, which the problem has, and its words for programmers.
fn reason(said: &str) -> String {
    let said = said.trim_start_matches("error: ");
    let said = match said.strip_prefix("line ").and_then(|rest| rest.split_once(": ")) {
        Some((_, rest)) => rest,
        None => said.split(" at line ").next().unwrap_or(said),
    };
    match said.strip_prefix("duplicate mapping key: ").and_then(|key| key.split(", set ").next()) {
        Some(key) => format!("`{key}` is there twice"),
        None => said.to_string(),
    }
}

fn line_of(location: &serde_saphyr::Location) -> usize {
    usize::try_from(location.line()).unwrap_or(1).max(1)
}

impl Tree {
    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Yaml::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The members of a map.
    ///
    /// # Errors
    /// It is no map.
    pub fn map(&self, what: &str) -> Result<&[(String, usize, Tree)], Problem> {
        match &self.value {
            Yaml::Map(m) => Ok(m),
            _ => Err(Problem::new(self.line, format!("{what} must be a map, but is {}", self.kind()))),
        }
    }

    /// The text.
    ///
    /// # Errors
    /// It is no text.
    pub fn text(&self, what: &str) -> Result<&str, Problem> {
        self.as_str().ok_or_else(|| Problem::new(self.line, format!("{what} must be a text, but is {}", self.kind())))
    }

    /// One text or several.
    ///
    /// # Errors
    /// It is neither.
    pub fn texts(&self, what: &str) -> Result<Vec<String>, Problem> {
        match &self.value {
            Yaml::Str(s) => Ok(vec![s.clone()]),
            Yaml::List(l) => l.iter().map(|t| t.text(what).map(str::to_string)).collect(),
            _ => Err(Problem::new(
                self.line,
                format!("{what} must be a text or a list of texts, but is {}", self.kind()),
            )),
        }
    }

    /// What kind of value it is, in words.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Yaml::Null => "nothing",
            Yaml::Bool(_) => "a boolean",
            Yaml::Int(_) | Yaml::Float(_) => "a number",
            Yaml::Str(_) => "a text",
            Yaml::List(_) => "a list",
            Yaml::Map(_) => "a map",
        }
    }
}

impl<'de> Deserialize<'de> for Yaml {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Yaml;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a value")
            }
            fn visit_unit<E>(self) -> Result<Yaml, E> {
                Ok(Yaml::Null)
            }
            fn visit_none<E>(self) -> Result<Yaml, E> {
                Ok(Yaml::Null)
            }
            fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Yaml, D::Error> {
                Yaml::deserialize(d)
            }
            fn visit_bool<E>(self, v: bool) -> Result<Yaml, E> {
                Ok(Yaml::Bool(v))
            }
            fn visit_i64<E>(self, v: i64) -> Result<Yaml, E> {
                Ok(Yaml::Int(v))
            }
            fn visit_u64<E: de::Error>(self, v: u64) -> Result<Yaml, E> {
                i64::try_from(v).map(Yaml::Int).map_err(|_| E::custom("the number is too large"))
            }
            fn visit_f64<E>(self, v: f64) -> Result<Yaml, E> {
                Ok(Yaml::Float(v))
            }
            fn visit_str<E>(self, v: &str) -> Result<Yaml, E> {
                Ok(Yaml::Str(v.to_string()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Yaml, A::Error> {
                let mut out = Vec::new();
                while let Some(s) = seq.next_element::<Spanned<Yaml>>()? {
                    out.push(Tree { line: line_of(&s.referenced), value: s.value });
                }
                Ok(Yaml::List(out))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Yaml, A::Error> {
                let mut out: Vec<(String, usize, Tree)> = Vec::new();
                while let Some(k) = map.next_key::<Spanned<String>>()? {
                    let v = map.next_value::<Spanned<Yaml>>()?;
                    out.push((k.value, line_of(&k.referenced), Tree { line: line_of(&v.referenced), value: v.value }));
                }
                Ok(Yaml::Map(out))
            }
        }
        d.deserialize_any(V)
    }
}
