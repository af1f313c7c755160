//! What Azure's types say of a place in an ARM template: which properties and values can stand there, and what a property takes.

use std::ops::Range;
use std::sync::Arc;

use crate::read::json::{Document, Kind as Json, Member, Node};
use crate::source::{Source, Sources, Span};
use crate::types::{Damaged, Kind, Property, Type, azure};

/// Something that can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// A property, or a value, without quotes.
    pub text: String,
    /// What it takes; for a value nothing.
    pub detail: String,
    /// It is the name of a property.
    pub property: bool,
}

/// What can stand in a text, and which bytes it takes the place of.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The bytes within the quotes.
    pub bytes: Range<usize>,
    /// What can stand there, by name.
    pub words: Vec<Word>,
}

/// What can stand in the quotes at a byte of a text: a property that is not there yet, or a value that is known.
pub fn words(text: &str, byte: usize) -> Option<Words> {
    let parsed = |text: &str| Document::parse(&Sources::new().add("", text));
    in_document(&parsed(text), byte).or_else(|| in_document(&parsed(&with_value(text, byte)?), byte))
}

/// The same text, with a value for the key at a byte that has none yet; `None` if no text ends there.
fn with_value(text: &str, byte: usize) -> Option<String> {
    let rest = text.get(byte..)?;
    let end = byte + rest.find(['"', '\n']).filter(|at| rest.as_bytes().get(*at) == Some(&b'"'))? + 1;
    let mut out = text.to_owned();
    out.insert_str(end, if text.get(end..)?.trim_start().starts_with('"') { ":0," } else { ":0" });
    Some(out)
}

fn in_document(document: &Document, byte: usize) -> Option<Words> {
    let place = Place::at(document, byte)?;
    let type_ = place.type_()?;
    let (span, mut words) = match place.on {
        On::Key(member) => {
            let taken = |name: &str| {
                let same = |m: &Member<'_>| m.key().eq_ignore_ascii_case(name) && m.key_span() != member.key_span();
                place.object.members().any(|m| same(&m))
            };
            let open = |p: &Property<'static>| !p.flags.read_only() && !taken(p.name);
            let all = properties(&type_, place.object).ok()?;
            let word = |p: &Property<'static>| Word { text: p.name.to_owned(), detail: described(p), property: true };
            (member.key_span(), all.iter().filter(|p| open(p)).map(word).collect::<Vec<_>>())
        }
        On::Value(member) => {
            let property = type_.property(&member.key()).ok()??;
            let word = |text: &&str| Word { text: (*text).to_owned(), detail: String::new(), property: false };
            (member.value().span(), literals(&property.type_).ok()?.iter().map(word).collect())
        }
    };
    words.sort_by(|a, b| a.text.cmp(&b.text));
    Some(Words { bytes: within(document, span), words })
}

/// What is known of the property whose key stands at a byte: in Markdown, with the place of the key.
pub fn explained(source: &Arc<Source>, byte: usize) -> Option<(String, Span)> {
    let document = Document::parse(source);
    let place = Place::at(&document, byte)?;
    let On::Key(member) = place.on else { return None };
    let property = place.type_()?.property(&member.key()).ok()??;
    let (type_, version) = &place.resource;
    Some((format!("`{}`: {} ({type_}@{version})", property.name, described(&property)), member.key_span()))
}

/// The bytes between the quotes of a string; one that does not end goes on to the end of its line.
fn within(document: &Document, span: Span) -> Range<usize> {
    let text = document.source().slice(span);
    let start = span.start as usize + 1;
    let inner = text.get(1..).unwrap_or_default();
    let closed = inner.ends_with('"');
    let inner = if closed { &inner[..inner.len() - 1] } else { inner.lines().next().unwrap_or_default() };
    start..start + inner.len()
}

/// What a place is on.
enum On<'d> {
    /// The key of a property.
    Key(Member<'d>),
    /// The text that a property has for a value.
    Value(Member<'d>),
}

/// A place within a resource.
struct Place<'d> {
    /// Type and API version of the resource.
    resource: (String, String),
    /// The names from the resource to the object that holds the place; `None` for the item of an array.
    way: Vec<Option<String>>,
    /// The nodes on that way, from the resource on.
    nodes: Vec<Node<'d>>,
    /// The object that holds the place.
    object: Node<'d>,
    on: On<'d>,
}

impl<'d> Place<'d> {
    fn at(document: &'d Document, byte: usize) -> Option<Self> {
        let at = u32::try_from(byte).ok()?;
        let inside = |span: Span| span.start < at && at <= span.end;
        let mut node = document.root()?;
        let mut resource: Option<(String, String)> = None;
        let (mut way, mut nodes): (Vec<Option<String>>, Vec<Node<'d>>) = Default::default();
        let mut parent_list = false;
        loop {
            if let Json::Object = node.kind() {
                let text = |key: &str| node.get(key).and_then(Node::str).map(|s| s.into_owned());
                if let (Some(type_), Some(version)) = (text("type"), text("apiVersion")) {
                    // A child names the last part of its type only.
                    let whole = match &resource {
                        Some((parent, _)) if parent_list && !type_.contains('.') => format!("{parent}/{type_}"),
                        _ => type_,
                    };
                    resource = Some((whole, version));
                    way.clear();
                    nodes.clear();
                }
                nodes.push(node);
                if let Some(member) = node.members().find(|m| inside(m.key_span())) {
                    return Some(Place { resource: resource?, way, nodes, object: node, on: On::Key(member) });
                }
                let member = node.members().find(|m| inside(m.value().span()))?;
                let value = member.value();
                if let Json::String = value.kind() {
                    return Some(Place { resource: resource?, way, nodes, object: node, on: On::Value(member) });
                }
                parent_list = member.key().eq_ignore_ascii_case("resources");
                way.push(Some(member.key().into_owned()));
                node = value;
            } else {
                nodes.push(node);
                node = node.items().find(|item| inside(item.span()))?;
                way.push(None);
            }
        }
    }

    /// The type of the object that holds the place.
    fn type_(&self) -> Option<Type<'static>> {
        let (type_, version) = &self.resource;
        let mut type_ = azure().ok()?.resource(type_, version).ok()??.body;
        for (step, node) in self.way.iter().zip(&self.nodes) {
            type_ = match (step, type_.kind().ok()?) {
                (Some(name), Kind::Object(o)) => {
                    let own = o.properties.iter().find(|p| p.name.eq_ignore_ascii_case(name));
                    own.map(|p| p.type_).or(o.additional)?
                }
                (Some(name), Kind::Discriminated(_)) => {
                    let all = properties(&type_, *node).ok()?;
                    all.iter().find(|p| p.name.eq_ignore_ascii_case(name))?.type_
                }
                (None, Kind::Array(array)) => array.item,
                _ => return None,
            };
        }
        Some(type_)
    }
}

/// The properties of an object: those of the variant that it says it is, or of all.
fn properties(type_: &Type<'static>, object: Node<'_>) -> Result<Vec<Property<'static>>, Damaged> {
    match type_.kind()? {
        Kind::Object(o) => Ok(o.properties),
        Kind::Discriminated(d) => {
            let chosen = object.get(d.discriminator).and_then(Node::str);
            let mut all = d.properties;
            for (value, element) in d.elements {
                let meant = chosen.as_ref().is_none_or(|c| c.eq_ignore_ascii_case(value));
                if let (true, Kind::Object(o)) = (meant, element.kind()?) {
                    all.extend(o.properties);
                }
            }
            let mut seen = std::collections::HashSet::new();
            all.retain(|p| seen.insert(p.name));
            Ok(all)
        }
        _ => Ok(Vec::new()),
    }
}

/// The texts that a type knows.
fn literals(type_: &Type<'static>) -> Result<Vec<&'static str>, Damaged> {
    Ok(match type_.kind()? {
        Kind::Literal(text) => vec![text],
        Kind::Union(types) => {
            let mut all = Vec::new();
            for one in types {
                if let Kind::Literal(text) = one.kind()? {
                    all.push(text);
                }
            }
            all
        }
        _ => Vec::new(),
    })
}

/// What a property takes, in words.
fn described(property: &Property<'static>) -> String {
    let takes = match property.type_.kind() {
        Ok(Kind::Bool) => "true or false".to_owned(),
        Ok(Kind::Integer(_)) => "a whole number".to_owned(),
        Ok(Kind::Text(_)) => "a text".to_owned(),
        Ok(Kind::Array(_)) => "an array".to_owned(),
        Ok(Kind::Object(_) | Kind::Discriminated(_)) => "an object".to_owned(),
        Ok(Kind::Literal(_) | Kind::Union(_)) => {
            let known = literals(&property.type_).unwrap_or_default();
            if known.is_empty() { "a text".to_owned() } else { known.join(" | ") }
        }
        Ok(Kind::Any) | Err(_) => "anything".to_owned(),
    };
    let marks = [(property.flags.required(), "required"), (property.flags.read_only(), "read-only")];
    let marks: Vec<&str> = marks.iter().filter(|(holds, _)| *holds).map(|(_, word)| *word).collect();
    if marks.is_empty() { takes } else { format!("{takes}; {}", marks.join(", ")) }
}
