//! An expansion as JSON: what `armlint expand` prints.
//!
//! The shape is that of `bicep snapshot`: `predictedResources`, `diagnostics`, `outputs`. With origins there is a fourth
//! member, `origins`: for each leaf of the first and the last, named by its JSON pointer, the places that decided it, the
//! deciding one first and then the hand-overs back to where the value is used.

use std::path::Path;

use serde_json::{Map, Value as Json, json};

use crate::diagnostic::{Diagnostic, Place};
use crate::expand::residual::Node;
use crate::expand::value::way;
use crate::expand::{Data, Deployed, Resource, Value};
use crate::read::json::pointer::{push_index, push_key};
use crate::read::{Sources, Span};
use crate::walk::root::relative;

/// Turns expansions into JSON; paths are relative to a root.
pub struct Printer<'a> {
    /// The texts that spans point into.
    pub sources: &'a Sources,
    /// What paths are relative to.
    pub root: &'a Path,
}

impl Printer<'_> {
    /// The whole document. `diagnostics` are those of the run, in order.
    pub fn document(&self, deployed: &Deployed, diagnostics: &[Diagnostic], origins: bool) -> Json {
        let resources: Vec<&Resource> = deployed.resources.iter().filter(|r| r.is_predicted()).collect();
        let outputs = deployed.deployments.first().map(|root| root.outputs.as_slice()).unwrap_or_default();
        let mut document = json!({
            "predictedResources": resources.iter().map(|r| resource(r)).collect::<Vec<_>>(),
            "diagnostics": diagnostics.iter().map(|d| self.diagnostic(d)).collect::<Vec<_>>(),
            "outputs": outputs.iter().map(|(name, v)| (name.to_string(), value(v))).collect::<Map<_, _>>(),
        });
        if origins {
            let mut leaves = Map::new();
            for (i, r) in resources.iter().enumerate() {
                for (key, v) in r.members() {
                    self.leaf(&mut format!("/predictedResources/{i}"), Step::Key(&key), v, &[], &mut leaves);
                }
            }
            for (name, v) in outputs {
                self.leaf(&mut String::from("/outputs"), Step::Key(name), v, &[], &mut leaves);
            }
            document["origins"] = Json::Object(leaves);
        }
        document
    }

    /// A diagnostic as the JSON of every command shows it.
    pub fn diagnostic(&self, d: &Diagnostic) -> Json {
        let location = match &d.place {
            Place::Span(span) => self.place(*span),
            Place::Path(path) => json!({"file": relative(path, self.root)}),
            Place::Run => Json::Null,
        };
        json!({"level": d.level.as_str(), "code": d.code, "message": d.message, "location": location})
    }

    fn place(&self, span: Span) -> Json {
        let Some(source) = self.sources.get(span.file) else { return Json::Null };
        let (start, end) = (source.position(span.start), source.position(span.end));
        json!({
            "file": relative(&source.path, self.root),
            "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column,
        })
    }

    /// Adds the origins of a value and all that it holds. `above` are the hand-overs of what holds it.
    fn leaf(&self, pointer: &mut String, step: Step<'_>, v: &Value, above: &[Span], out: &mut Map<String, Json>) {
        let before = pointer.len();
        match step {
            Step::Key(key) => push_key(pointer, key),
            Step::Index(i) => push_index(pointer, i),
        }
        let below = || above.iter().copied().chain(v.origin.chain()).collect::<Vec<Span>>();
        match &v.data {
            Data::Array(items) if !items.is_empty() => {
                let above = below();
                for (i, item) in items.iter().enumerate() {
                    self.leaf(pointer, Step::Index(i), item, &above, out);
                }
            }
            Data::Object(o) if !o.members.is_empty() => {
                let above = below();
                for m in &o.members {
                    self.leaf(pointer, Step::Key(&m.key), &m.value, &above, out);
                }
            }
            _ => match open_loop(v) {
                Some(item) => self.leaf(pointer, Step::Index(0), item, &below(), out),
                None => {
                    out.insert(pointer.clone(), self.origin(v, above));
                }
            },
        }
        pointer.truncate(before);
    }

    /// The places from the deciding one to the one where the value, or what holds it, is used.
    fn origin(&self, v: &Value, above: &[Span]) -> Json {
        let mut places: Vec<Json> = way(above, &v.origin).iter().rev().map(|span| self.place(*span)).collect();
        if let Some(first) = places.first_mut() {
            let decided = v.origin.decided();
            first["computed"] = (decided.computed || decided.place.is_none()).into();
        }
        Json::Array(places)
    }
}

enum Step<'k> {
    Key(&'k str),
    Index(usize),
}

fn resource(r: &Resource) -> Json {
    let mut out = Map::new();
    if !r.id.is_null() {
        out.insert("id".to_owned(), Json::Null);
    }
    out.insert("type".to_owned(), Json::Null);
    for (key, v) in r.members() {
        out.insert(key, value(v));
    }
    out.insert("type".to_owned(), r.type_.as_str().into());
    if let Some(version) = &r.api_version {
        out.entry("apiVersion").or_insert_with(|| version.as_str().into());
    }
    Json::Object(out)
}

/// A value as JSON. What is not decided is its expression in brackets.
pub fn value(v: &Value) -> Json {
    match &v.data {
        Data::Null => Json::Null,
        Data::Bool(b) => (*b).into(),
        Data::Int(i) => (*i).into(),
        Data::Float(f) => (*f).into(),
        Data::Str(s) => s.as_str().into(),
        Data::Array(items) => items.iter().map(value).collect(),
        Data::Object(o) => Json::Object(o.members.iter().map(|m| (m.key.to_string(), value(&m.value))).collect()),
        Data::Residual(r) => match open_loop(v) {
            Some(item) => Json::Array(vec![value(item)]),
            None => Json::String(format!("[{}]", r.text())),
        },
    }
}

/// The item of a property loop of unknown length, which is printed once.
fn open_loop(v: &Value) -> Option<&Value> {
    match &v.as_residual()?.node {
        Node::Loop { item, .. } => Some(item),
        _ => None,
    }
}
