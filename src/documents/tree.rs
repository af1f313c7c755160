//! A document as a tree whose values know their places, whether it is written in YAML or in JSON.

use std::sync::Arc;

use ecow::EcoString;

use super::language::Literal;
use crate::config::ConfigError;
use crate::config::yaml::{self, Member, Value, Yaml};
use crate::diagnostic::Diagnostic;
use crate::nesting;
use crate::read::json::{Document, Kind, Node};
use crate::read::{Source, Span};

/// The code of what is wrong with a document.
pub const WRONG: &str = "document-invalid";

/// What is wrong with a document, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Where.
    pub span: Span,
    /// What, and what to do.
    pub message: String,
}

impl Wrong {
    /// Something wrong.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Wrong { span, message: message.into() }
    }
}

/// A document in a file.
#[derive(Debug)]
pub struct Tree {
    /// The document.
    pub root: Yaml,
    /// It is JSON: literals are what they look like. In YAML each is a text.
    pub json: bool,
    /// The comment in front that begins with `Synopsis:`.
    pub synopsis: Option<EcoString>,
}

/// The documents of a file. What cannot be read is a diagnostic, and costs one document of a YAML file, or the whole of a JSON
/// file.
pub fn documents(source: &Arc<Source>, json: bool, diagnostics: &mut Vec<Diagnostic>) -> Vec<Tree> {
    if json { of_json(source, diagnostics) } else { of_yaml(source, diagnostics) }
}

fn of_yaml(source: &Arc<Source>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Tree> {
    let mut out = Vec::new();
    for range in parts(source.text()) {
        let text = source.text().get(range.clone()).unwrap_or_default();
        match yaml::parse_part(source, range.clone()) {
            Ok(root) if matches!(root.value, Value::Null) => {}
            Ok(root) => out.push(Tree { root, json: false, synopsis: synopsis(text.lines()) }),
            Err(ConfigError::Wrong { line, column, message, .. }) => {
                let start = offset(source, line, column);
                diagnostics.push(Diagnostic::error(WRONG, Span::new(source.id, start, start), message));
            }
            Err(other) => {
                let span = Span::new(source.id, range.start, range.start);
                diagnostics.push(Diagnostic::error(WRONG, span, other.to_string()));
            }
        }
    }
    out
}

/// The byte of a line and column.
fn offset(source: &Source, line: u32, column: u32) -> usize {
    let range = source.line_range(line);
    let text = source.text().get(range.clone()).unwrap_or_default();
    let within = text.char_indices().nth(column.saturating_sub(1) as usize).map_or(text.len(), |(i, _)| i);
    range.start + within
}

/// The documents of a YAML text, which begin at lines with `---`.
fn parts(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut out = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let next = at + line.len();
        if line.strip_prefix("---").is_some_and(|rest| rest.trim_start().is_empty() || rest.starts_with([' ', '\t'])) {
            out.push(start..at);
            // What follows on the same line belongs to the document.
            start = at + 3;
        } else if line.trim_end() == "..." {
            out.push(start..at);
            start = next;
        }
        at = next;
    }
    out.push(start..text.len());
    out
}

/// The synopsis of a document: a comment before its first key.
fn synopsis<'t>(lines: impl Iterator<Item = &'t str>) -> Option<EcoString> {
    let comments = lines.map(str::trim).take_while(|l| l.is_empty() || l.starts_with(['#', '/']));
    comments.filter_map(told).last()
}

fn told(comment: &str) -> Option<EcoString> {
    let text = comment.trim_start_matches(['#', '/', '*']).trim();
    let (word, rest) = text.split_once(':')?;
    let rest = rest.trim().trim_end_matches("*/").trim();
    (word.trim().eq_ignore_ascii_case("synopsis") && !rest.is_empty()).then(|| rest.into())
}

fn of_json(source: &Arc<Source>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Tree> {
    let document = Document::parse(source);
    if document.has_errors() {
        let first = document.problems().iter().find(|p| p.level == crate::diagnostic::Level::Error);
        let (span, message) = match first {
            Some(p) => (p.span, p.message.clone()),
            None => (Span::new(source.id, 0, 0), "this is not JSON that can be read".to_owned()),
        };
        diagnostics.push(Diagnostic::error(WRONG, span, message));
        return Vec::new();
    }
    let Some(root) = document.root() else { return Vec::new() };
    let nodes: Vec<Node<'_>> = if root.kind() == Kind::Array { root.items().collect() } else { vec![root] };
    let mut before = 0;
    let mut out = Vec::new();
    for node in nodes {
        let first_value = node.members().next().map_or(node.span().end, |m| m.value().span().start);
        let comments = document.comments().iter().filter(|c| c.start >= before && c.end <= first_value);
        let synopsis = comments.rev().find_map(|c| told(source.slice(*c)));
        before = node.span().end;
        match yaml(node, 0) {
            Some(root) => out.push(Tree { root, json: true, synopsis }),
            None => diagnostics.push(Diagnostic::error(WRONG, node.span(), "this document is nested too deeply")),
        }
    }
    out
}

fn yaml(node: Node<'_>, depth: usize) -> Option<Yaml> {
    if !nesting::TYPE.allows(depth) {
        return None;
    }
    let value = match node.kind() {
        Kind::Null => Value::Null,
        Kind::Bool(b) => Value::Bool(b),
        Kind::Int(i) => Value::Number(i.into()),
        Kind::Float(f) => serde_json::Number::from_f64(f).map_or(Value::Null, Value::Number),
        Kind::String => Value::String(node.str().unwrap_or_default().into_owned()),
        Kind::Array => Value::List(node.items().map(|n| yaml(n, depth + 1)).collect::<Option<_>>()?),
        Kind::Object => Value::Map(
            node.members()
                .map(|m| {
                    let value = yaml(m.value(), depth + 1)?;
                    Some(Member { key: m.key().into_owned(), key_span: m.key_span(), value })
                })
                .collect::<Option<_>>()?,
        ),
    };
    Some(Yaml { value, span: node.span(), written: None })
}

/// How scalars are read.
#[derive(Debug, Clone, Copy)]
pub struct Scalars<'s> {
    /// The text.
    pub source: &'s Source,
    /// Literals are what they look like.
    pub json: bool,
}

impl Scalars<'_> {
    /// The text of a scalar, as it is written.
    pub fn text(self, y: &Yaml) -> Option<EcoString> {
        Some(match &y.value {
            Value::String(s) => s.as_str().into(),
            Value::List(_) | Value::Map(_) => return None,
            Value::Null if self.json => return None,
            Value::Bool(b) if self.json => ecow::eco_format!("{b}"),
            Value::Number(n) if self.json => ecow::eco_format!("{n}"),
            Value::Null if y.span.start == y.span.end => EcoString::new(),
            // Where an alias stands, what it is read from is elsewhere.
            _ if self.source.slice(y.span).trim_start().starts_with('*') => match &y.value {
                Value::Number(n) => y.written.clone().unwrap_or_else(|| n.to_string()).into(),
                Value::Bool(b) => ecow::eco_format!("{b}"),
                _ => EcoString::new(),
            },
            _ => self.source.slice(y.span).trim().into(),
        })
    }

    /// A value of the configuration: in YAML, scalars are texts.
    pub fn json(self, y: &Yaml) -> serde_json::Value {
        match &y.value {
            _ if self.json => y.json(),
            Value::Null => serde_json::Value::Null,
            Value::List(items) => items.iter().map(|i| self.json(i)).collect(),
            Value::Map(members) => {
                serde_json::Value::Object(members.iter().map(|m| (m.key.clone(), self.json(&m.value))).collect())
            }
            _ => self.text(y).unwrap_or_default().as_str().into(),
        }
    }

    /// A scalar, or a list of them.
    pub fn literal(self, y: &Yaml) -> Result<Literal, Wrong> {
        let literal = match &y.value {
            Value::List(items) => Some(Literal::List(self.texts_of(items)?)),
            Value::Map(_) => None,
            Value::Null if self.json => Some(Literal::Null),
            Value::Bool(b) if self.json => Some(Literal::Bool(*b)),
            Value::Number(n) if self.json => {
                Some(n.as_i64().map_or_else(|| Literal::Float(n.as_f64().unwrap_or_default()), Literal::Int))
            }
            _ => self.text(y).map(Literal::Text),
        };
        literal.ok_or_else(|| Wrong::new(y.span, format!("expected a value, found {}", y.what())))
    }

    fn texts_of(self, items: &[Yaml]) -> Result<Vec<EcoString>, Wrong> {
        let one = |item: &Yaml| match self.text(item) {
            Some(text) => Ok(Some(text)),
            None if matches!(item.value, Value::Null) => Ok(None),
            None => Err(Wrong::new(item.span, format!("expected a text, found {}", item.what()))),
        };
        // The engine leaves out what is nothing, and in JSON what is empty.
        let texts = items.iter().map(one).collect::<Result<Vec<_>, _>>()?.into_iter().flatten();
        Ok(texts.filter(|t| !(self.json && t.is_empty())).collect())
    }

    /// A list of texts; a single one stands for a list.
    pub fn texts(self, y: &Yaml) -> Result<Vec<EcoString>, Wrong> {
        match &y.value {
            Value::List(items) => self.texts_of(items),
            _ => match self.text(y) {
                Some(text) => Ok(vec![text]),
                None => Err(Wrong::new(y.span, format!("expected a text or a list of texts, found {}", y.what()))),
            },
        }
    }

    /// `true` or `false`.
    pub fn boolean(self, y: &Yaml) -> Result<bool, Wrong> {
        let text = self.text(y).unwrap_or_default();
        match text.trim().to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(Wrong::new(y.span, format!("expected true or false, found {}", y.what()))),
        }
    }

    /// An integer.
    pub fn integer(self, y: &Yaml) -> Result<i64, Wrong> {
        let text = self.text(y).unwrap_or_default();
        text.trim().parse().map_err(|_| Wrong::new(y.span, format!("expected an integer, found {}", y.what())))
    }
}
