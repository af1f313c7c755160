//! An expansion as plain data that can be compared: it belongs to no thread, and its places are lines of files.

use ecow::EcoString;
use serde_json::{Map, Value as Json};

use crate::expand::known::secret::MASK;
use crate::model::arm::expression::is_expression;
use crate::nesting;
use crate::read::Position;

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file, relative to the root of its side.
    pub file: EcoString,
    /// The first character: line and UTF-16 column, from 1.
    pub start: Position,
    /// The one after the last.
    pub end: Position,
}

/// A value with the place that decided it.
#[derive(Debug, Clone)]
pub struct Branch {
    /// What it is.
    pub node: Node,
    /// Where it was decided, if a text says so.
    pub place: Option<Place>,
    /// It is, or tells, a secret, and is not shown.
    pub secret: bool,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// A number, as JSON writes it.
    Number(EcoString),
    /// A text.
    Text(EcoString),
    /// What is not decided.
    Open(Open),
    /// An array whose length is not known, and what each item is like.
    Loop {
        /// The length.
        count: Open,
        /// The item.
        item: Box<Branch>,
    },
    /// An array.
    Array(Vec<Branch>),
    /// An object, its members in the order of the text.
    Object(Vec<(EcoString, Branch)>),
}

/// An expression that is not decided.
#[derive(Debug, Clone)]
pub struct Open {
    /// Written in one way, whatever it was written in: what is the same is the same text.
    pub key: String,
    /// For people, in brackets, without secrets.
    pub shown: String,
    /// The parameters that it hangs on, each once.
    pub parameters: Vec<EcoString>,
}

/// By what they mean, not by how they are written.
impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

/// Two values are the same whatever decided them, and whatever order and case their keys have.
impl PartialEq for Branch {
    fn eq(&self, other: &Self) -> bool {
        match (&self.node, &other.node) {
            (Node::Object(a), Node::Object(b)) => {
                a.len() == b.len() && a.iter().all(|(key, value)| member(b, key).is_some_and(|other| value == other))
            }
            (a, b) => a == b,
        }
    }
}

/// The member with a key, whatever its case.
pub fn member<'b>(members: &'b [(EcoString, Branch)], key: &str) -> Option<&'b Branch> {
    members.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, value)| value)
}

/// A resource that is deployed.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its type and id, or what is known of it, in small letters: what tells it apart.
    pub key: String,
    /// Its id as far as it is known; `null` if it has none.
    pub id: Branch,
    /// Its type.
    pub type_: EcoString,
    /// Its whole name for people.
    pub name: EcoString,
    /// Its API version.
    pub api_version: Option<EcoString>,
    /// Its symbolic name.
    pub symbol: Option<EcoString>,
    /// Where it is declared.
    pub place: Option<Place>,
    /// The calls of modules that it came through, from the outside, by their names in the text.
    pub through: Vec<EcoString>,
    /// It may not be deployed: its condition, or the length of its loop, is not decided.
    pub open: bool,
    /// What is said of it: `condition`, `name`, `location`, `properties`, …
    pub body: Vec<(EcoString, Branch)>,
}

/// A parameter of the root that has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its name in small letters.
    pub name: EcoString,
    /// Its type.
    pub type_: &'static str,
}

/// A module or nested deployment whose template could not be read: what it deploys is not known.
#[derive(Debug, Clone)]
pub struct Call {
    /// What it deploys, as far as that is said: the template that is named, where to, the values of its parameters. Of two
    /// calls with the same one, both deploy the same.
    pub key: String,
    /// The calls of modules that lead to it, from the outside, itself the last, by their names in the text.
    pub through: Vec<EcoString>,
    /// The template, as it is named: `br:…`, a path; empty where a value says it.
    pub template: String,
    /// Where that is written, else the declaration.
    pub place: Option<Place>,
}

/// All that an entry point deploys.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The resources, in the order of the text.
    pub items: Vec<Item>,
    /// What deploys more of them, and could not be read, in the order of the text.
    pub unread: Vec<Call>,
    /// The parameters without values, in the order of the text.
    pub asked: Vec<Asked>,
    /// What could not be expanded: the first error.
    pub error: Option<String>,
}

impl Open {
    /// Changes how the expression is written.
    fn rewrite(&mut self, change: &dyn Fn(&str) -> Option<String>) {
        if let Some(new) = change(&self.key) {
            self.key = new;
        }
    }
}

impl Branch {
    /// Whether it, or something in it, is not decided.
    pub fn is_open(&self) -> bool {
        match &self.node {
            Node::Open(_) | Node::Loop { .. } => true,
            Node::Array(items) => items.iter().any(Branch::is_open),
            Node::Object(members) => members.iter().any(|(_, value)| value.is_open()),
            _ => false,
        }
    }

    /// The value as JSON: what is not decided is its expression in brackets, a secret is masked.
    pub fn json(&self) -> Json {
        self.json_at(0)
    }

    fn json_at(&self, depth: usize) -> Json {
        if self.secret {
            return MASK.into();
        }
        if !nesting::WRITTEN_OUT.allows(depth) {
            return "…".into();
        }
        match &self.node {
            Node::Null => Json::Null,
            Node::Bool(b) => (*b).into(),
            Node::Number(n) => serde_json::from_str(n).unwrap_or_else(|_| n.as_str().into()),
            Node::Text(text) => text.as_str().into(),
            Node::Open(open) => open.shown.as_str().into(),
            Node::Loop { item, .. } => Json::Array(vec![item.json_at(depth + 1)]),
            Node::Array(items) => items.iter().map(|i| i.json_at(depth + 1)).collect(),
            Node::Object(members) => {
                Json::Object(members.iter().map(|(k, v)| (k.to_string(), v.json_at(depth + 1))).collect::<Map<_, _>>())
            }
        }
    }

    /// Adds the parameters that it hangs on.
    pub fn parameters(&self, out: &mut Vec<EcoString>) {
        match &self.node {
            Node::Open(open) => add(&open.parameters, out),
            Node::Loop { count, item } => {
                add(&count.parameters, out);
                item.parameters(out);
            }
            Node::Array(items) => items.iter().for_each(|i| i.parameters(out)),
            Node::Object(members) => members.iter().for_each(|(_, v)| v.parameters(out)),
            _ => {}
        }
    }

    /// Changes every expression in it.
    fn rewrite(&mut self, change: &dyn Fn(&str) -> Option<String>) {
        match &mut self.node {
            Node::Open(open) => open.rewrite(change),
            Node::Loop { count, item } => {
                count.rewrite(change);
                item.rewrite(change);
            }
            Node::Array(items) => items.iter_mut().for_each(|i| i.rewrite(change)),
            Node::Object(members) => members.iter_mut().for_each(|(_, v)| v.rewrite(change)),
            _ => {}
        }
    }

    /// How many values it holds that are no containers; at least one.
    pub fn leaves(&self) -> usize {
        match &self.node {
            Node::Array(items) => items.iter().map(Branch::leaves).sum::<usize>().max(1),
            Node::Object(members) => members.iter().map(|(_, v)| v.leaves()).sum::<usize>().max(1),
            Node::Loop { item, .. } => item.leaves(),
            _ => 1,
        }
    }
}

fn add(new: &[EcoString], out: &mut Vec<EcoString>) {
    for parameter in new {
        if !out.contains(parameter) {
            out.push(parameter.clone());
        }
    }
}

impl Snapshot {
    /// Changes every expression in it.
    pub fn rewrite(&mut self, change: &dyn Fn(&str) -> Option<String>) {
        for item in &mut self.items {
            if let Some(key) = change(&item.key) {
                item.key = key;
            }
            item.id.rewrite(change);
            item.body.iter_mut().for_each(|(_, value)| value.rewrite(change));
        }
        for call in &mut self.unread {
            if let Some(key) = change(&call.key) {
                call.key = key;
            }
        }
    }
}

/// What `expand` printed, read again.
///
/// # Errors
/// What is wrong with it.
pub fn read(text: &str) -> Result<Snapshot, String> {
    let document: Json = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let resources = document.get("predictedResources").and_then(|r| r.as_array());
    let resources = resources.ok_or("it has no `predictedResources`: make it with `armlint expand`")?;
    Ok(Snapshot { items: resources.iter().map(printed_item).collect(), ..Snapshot::default() })
}

fn printed_item(r: &Json) -> Item {
    let text = |key: &str| r.get(key).and_then(|v| v.as_str()).unwrap_or_default();
    let said =
        r.as_object().into_iter().flatten().filter(|(key, _)| !["id", "type", "apiVersion"].contains(&key.as_str()));
    let key = if text("id").is_empty() { text("name") } else { text("id") };
    Item {
        key: format!("{} {}", text("type"), key).to_ascii_lowercase(),
        id: printed(r.get("id").unwrap_or(&Json::Null)),
        type_: text("type").into(),
        name: text("name").into(),
        api_version: Some(text("apiVersion")).filter(|v| !v.is_empty()).map(Into::into),
        symbol: None,
        place: None,
        through: Vec::new(),
        open: r.get("condition").is_some(),
        body: said.map(|(key, value)| (key.as_str().into(), printed(value))).collect(),
    }
}

fn printed(value: &Json) -> Branch {
    let node = match value {
        Json::Null => Node::Null,
        Json::Bool(b) => Node::Bool(*b),
        Json::Number(n) => Node::Number(n.to_string().into()),
        Json::String(s) if is_expression(s) => {
            Node::Open(Open { key: s.clone(), shown: s.clone(), parameters: Vec::new() })
        }
        Json::String(s) => Node::Text(s.as_str().into()),
        Json::Array(items) => Node::Array(items.iter().map(printed).collect()),
        Json::Object(members) => Node::Object(members.iter().map(|(k, v)| (k.as_str().into(), printed(v))).collect()),
    };
    Branch { node, place: None, secret: false }
}
