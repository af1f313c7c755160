//! What a root deployment comes to, as a [`Snapshot`]: the same things are the same texts, whichever language, names and files
//! they are written with.
//!
//! A value that is not decided is its expression, written in one way: texts put together by `concat`, `format` or interpolation
//! are their parts, ids are ids, and which version of an API is asked does not count.

use std::fmt::Write as _;
use std::path::Path;

use ecow::EcoString;

use super::tree::{Asked, Branch, Call, Item, Node, Open, Place, Snapshot};
use crate::diagnostic::Level;
use crate::expand::known::secret::tells;
use crate::expand::known::{identity, label};
use crate::expand::residual::{Node as Expression, Residual};
use crate::expand::{Data, Deployed, Resource, Unread, Value};
use crate::model::{Builtin, Parameter, TypeKind};
use crate::nesting;
use crate::read::{Sources, Span};
use crate::walk::root::relative;

/// More characters of one expression are not told: nobody reads them, and what hangs on many modules can have millions.
const LONGEST: usize = 20_000;

/// Of an expansion; places are relative to a root.
pub fn of(deployed: &Deployed, sources: &Sources, root: &Path) -> Snapshot {
    let reader = Reader { deployed, sources, root };
    let items = deployed.resources.iter().filter(|r| r.is_predicted()).map(|r| reader.item(r)).collect();
    let asked = deployed.deployments.first().map(|root| {
        let declared = root.template.parameters.iter().zip(&root.parameters);
        let open = declared.filter(|(p, v)| is_parameter(v, &p.name));
        open.map(|(p, _)| Asked { name: p.name.to_ascii_lowercase(), type_: kind(p) }).collect()
    });
    let error = deployed.diagnostics.iter().find(|d| d.level == Level::Error);
    let unread = deployed.unread.iter().filter_map(|u| reader.call(u)).collect();
    Snapshot { items, unread, asked: asked.unwrap_or_default(), error: error.map(|d| d.message.to_string()) }
}

fn is_parameter(v: &Value, name: &str) -> bool {
    v.as_residual().is_some_and(|r| matches!(&r.node, Expression::Parameter(p) if p.name.eq_ignore_ascii_case(name)))
}

fn kind(p: &Parameter) -> &'static str {
    match &p.ty.kind {
        TypeKind::String => "string",
        TypeKind::SecureString => "securestring",
        TypeKind::Int => "int",
        TypeKind::Bool => "bool",
        TypeKind::Array { .. } => "array",
        TypeKind::SecureObject(_) => "secureobject",
        TypeKind::Object(_) => "object",
        _ => "",
    }
}

struct Reader<'a> {
    deployed: &'a Deployed,
    sources: &'a Sources,
    root: &'a Path,
}

impl Reader<'_> {
    /// The calls around a resource, from the inside.
    fn around(&self, r: &Resource) -> impl Iterator<Item = &Resource> {
        let deployed = self.deployed;
        let above = move |r: &Resource| deployed.resources.get(deployed.deployments.get(r.deployment)?.resource?);
        std::iter::successors(above(r), move |r| above(r))
    }

    /// A deployment whose template could not be read.
    fn call(&self, unread: &Unread) -> Option<Call> {
        let r = self.deployed.resources.get(unread.resource)?;
        let source = self.sources.get(unread.named.file).filter(|_| unread.is_path);
        let named = source.as_ref().and_then(|s| s.text().get(unread.named.range())).unwrap_or_default();
        let template = named.trim_matches(['\'', '"']).to_owned();
        let mut through: Vec<EcoString> = std::iter::once(r).chain(self.around(r)).map(called).collect();
        through.reverse();
        // Where it deploys to; what the deployment itself is called changes nothing.
        let id = identity::of_resource(self.deployed, r, &r.name).id.to_ascii_lowercase();
        let scope = id.rfind("/providers/microsoft.resources/deployments").map_or(id.as_str(), |end| &id[..end]);
        let mut key = format!("{template} {scope}");
        let conditions: Vec<&Value> =
            std::iter::once(r).chain(self.around(r)).filter_map(|r| r.condition.as_ref()).collect();
        let properties = r.body.as_object().and_then(|o| o.get("properties"));
        for value in conditions.into_iter().chain(properties).chain(&unread.parameters).chain(&unread.template) {
            let _ = write!(key, " {}", expression_of(value, 0));
        }
        Some(Call { key, through, template, place: self.place(unread.named) })
    }

    fn item(&self, r: &Resource) -> Item {
        let mut key = self.key(r);
        let mut conditions: Vec<&Value> = r.condition.iter().collect();
        let mut repeated = r.repeated.is_some();
        for call in self.around(r) {
            conditions.extend(call.condition.iter());
            repeated |= call.repeated.is_some();
        }
        let mut through: Vec<EcoString> = self.around(r).map(called).collect();
        through.reverse();
        let mut body: Vec<(EcoString, Branch)> = Vec::new();
        for (name, value) in r.members() {
            match name.as_str() {
                "id" | "type" | "apiVersion" | "condition" => {}
                _ => body.push((name.into(), self.branch(value, None, 0))),
            }
        }
        if let Some(condition) = self.condition(&conditions) {
            body.insert(0, ("condition".into(), condition));
        }
        if repeated {
            key.push_str(" *");
        }
        Item {
            key,
            id: self.branch(&r.id, None, 0),
            type_: r.type_.clone(),
            name: label(&r.name),
            api_version: r.api_version.clone(),
            symbol: r.symbol.clone(),
            place: self.place(r.place),
            through,
            open: repeated || !conditions.is_empty(),
            body,
        }
    }

    fn key(&self, r: &Resource) -> String {
        let id = identity::of_resource(self.deployed, r, &r.name).id;
        format!("{} {id}", r.type_.to_ascii_lowercase())
    }

    /// All conditions around a resource decide, whichever way round they are written.
    fn condition(&self, all: &[&Value]) -> Option<Branch> {
        let (first, rest) = all.split_first()?;
        let mut out = self.branch(first, None, 0);
        let mut keys: Vec<String> = all.iter().map(|v| expression_of(v, 0)).collect();
        keys.sort();
        keys.dedup();
        if let Node::Open(open) = &mut out.node {
            open.key = keys.join(" && ");
            rest.iter().for_each(|v| asked_by(v, &mut open.parameters, 0));
        }
        Some(out)
    }

    fn place(&self, span: Span) -> Option<Place> {
        let source = self.sources.get(span.file)?;
        let file = relative(&source.path, self.root).into();
        Some(Place { file, start: source.position(span.start), end: source.position(span.end) })
    }

    /// Where somebody decided a value: nobody edits what was restored from a registry.
    fn decided(&self, v: &Value) -> Option<Span> {
        let own = |span: &Span| !self.sources.is_restored(span.file);
        v.origin.chain().filter(own).last()
    }

    /// A value as plain data. What no text says stands where what holds it does.
    fn branch(&self, v: &Value, above: Option<Span>, depth: usize) -> Branch {
        let span = self.decided(v).or(above);
        let node = match &v.data {
            _ if !nesting::WRITTEN_OUT.allows(depth) => Node::Text("…".into()),
            Data::Null => Node::Null,
            Data::Bool(b) => Node::Bool(*b),
            Data::Int(i) => Node::Number(ecow::eco_format!("{i}")),
            Data::Float(f) => Node::Number(ecow::eco_format!("{}", serde_json::Value::from(*f))),
            Data::Str(s) => Node::Text(s.clone()),
            Data::Array(items) => Node::Array(items.iter().map(|i| self.branch(i, span, depth + 1)).collect()),
            Data::Object(o) => Node::Object(
                o.members.iter().map(|m| (m.key.clone(), self.branch(&m.value, span, depth + 1))).collect(),
            ),
            Data::Residual(r) => match &r.node {
                Expression::Loop { count, item, .. } => {
                    Node::Loop { count: open(count), item: Box::new(self.branch(item, span, depth + 1)) }
                }
                _ => Node::Open(open(v)),
            },
        };
        let container = matches!(node, Node::Array(_) | Node::Object(_) | Node::Loop { .. });
        let secret = if container { v.origin.secret } else { tells(v) };
        Branch { node, place: span.and_then(|s| self.place(s)), secret }
    }
}

/// What a call of a module is called in the text.
fn called(call: &Resource) -> EcoString {
    call.symbol.clone().unwrap_or_else(|| label(&call.name))
}

fn open(v: &Value) -> Open {
    let mut parameters = Vec::new();
    asked_by(v, &mut parameters, 0);
    let shown = match v.as_residual() {
        Some(r) => {
            let text = r.discreet_start(LONGEST);
            let cut = text.char_indices().nth(LONGEST).map(|(end, _)| end);
            match cut.and_then(|end| text.get(..end)) {
                Some(start) => format!("[{start}…]"),
                None => format!("[{text}]"),
            }
        }
        None => label(v).to_string(),
    };
    Open { key: expression_of(v, 0), shown, parameters }
}

/// A part of an expression, written in one way.
fn expression_of(v: &Value, depth: usize) -> String {
    if !nesting::WRITTEN_OUT.allows(depth) {
        return "…".to_owned();
    }
    match &v.data {
        Data::Residual(r) => expression(r, depth),
        Data::Null => "null".to_owned(),
        Data::Bool(b) => b.to_string(),
        Data::Int(i) => i.to_string(),
        Data::Float(f) => f.to_string(),
        Data::Str(s) => format!("{s:?}"),
        Data::Array(items) => {
            let items: Vec<String> = items.iter().map(|i| expression_of(i, depth + 1)).collect();
            format!("[{}]", items.join(", "))
        }
        Data::Object(o) => {
            let members = o.members.iter();
            let mut members: Vec<String> = members
                .map(|m| format!("{:?}: {}", m.key.to_ascii_lowercase(), expression_of(&m.value, depth + 1)))
                .collect();
            members.sort();
            format!("{{{}}}", members.join(", "))
        }
    }
}

fn expression(r: &Residual, depth: usize) -> String {
    match &r.node {
        Expression::Call { name, args } => call(r, name, args, depth),
        Expression::Access { base, key } => {
            let safe = if is_safe(base) { "?" } else { "" };
            format!("{}{safe}[{}]", expression_of(base, depth + 1), key_of(key, depth))
        }
        Expression::Parameter(p) => {
            // What a secret is does count, and is never shown.
            let whole = p.hidden.as_ref().map(|v| expression_of(v, depth + 1));
            let whole = whole.unwrap_or_else(|| format!("parameters('{}')", p.name.to_ascii_lowercase()));
            format!("{whole}{}", p.part)
        }
        Expression::Loop { count, item, .. } => {
            format!("loop({}, {})", expression_of(count, depth + 1), expression_of(item, depth + 1))
        }
        Expression::Failed(text) | Expression::Text(text) => text.to_string(),
    }
}

/// Whether a value may be cut short: Bicep's `a.?b.c` has been compiled to `tryGet(a, 'b').c` and to `tryGet(a, 'b', 'c')`.
fn is_safe(v: &Value) -> bool {
    match v.as_residual().map(|r| &r.node) {
        Some(Expression::Access { base, .. }) => is_safe(base),
        Some(Expression::Call { name, .. }) => Builtin::named(name) == Some(Builtin::TryGet),
        _ => false,
    }
}

fn key_of(key: &Value, depth: usize) -> String {
    match &key.data {
        Data::Str(s) => format!("{:?}", s.to_ascii_lowercase()),
        _ => expression_of(key, depth + 1),
    }
}

fn call(r: &Residual, name: &str, args: &[Value], depth: usize) -> String {
    if let Some(id) = identity::of_call(r) {
        return format!("id({id})");
    }
    let function = Builtin::named(name);
    if matches!(function, Some(Builtin::Concat | Builtin::Format))
        && let Some(text) = text(r, depth)
    {
        return text;
    }
    // Which version of an API is asked changes nothing of what is deployed.
    match (function, args) {
        (Some(Builtin::Reference), [id, _, full]) => {
            let full = expression_of(full, depth + 1).to_ascii_lowercase();
            return format!("reference({}, {full})", target(id, depth));
        }
        (Some(Builtin::Reference), [id, ..]) => return format!("reference({})", target(id, depth)),
        (Some(Builtin::TryGet), [base, keys @ ..]) => {
            let keys: String = keys.iter().map(|k| format!("?[{}]", key_of(k, depth))).collect();
            return expression_of(base, depth + 1) + &keys;
        }
        (Some(function), [id, _, rest @ ..]) if function.asks_for_secret() && function.name().starts_with("list") => {
            let rest: String = rest.iter().map(|a| format!(", {}", expression_of(a, depth + 1))).collect();
            return format!("{}({}{rest})", name.to_ascii_lowercase(), target(id, depth));
        }
        _ => {}
    }
    let args: Vec<String> = args.iter().map(|a| expression_of(a, depth + 1)).collect();
    format!("{}({})", name.to_ascii_lowercase(), args.join(", "))
}

/// A text that is put together, by its parts; `None` of something else that `concat` joins.
fn text(r: &Residual, depth: usize) -> Option<String> {
    let pieces = identity::pieces(&Value::residual(r.clone()));
    if matches!(pieces.as_slice(), [only] if only.is_residual()) || pieces.iter().any(|p| p.as_array().is_some()) {
        return None;
    }
    let (mut out, mut known) = (String::from("text("), String::new());
    for piece in &pieces {
        match piece.as_str() {
            Some(text) => known.push_str(text),
            None => {
                let _ = write!(out, "{:?}{}", std::mem::take(&mut known), expression_of(piece, depth + 1));
            }
        }
    }
    let _ = write!(out, "{known:?})");
    Some(out)
}

/// What is referred to: an id in any form.
fn target(id: &Value, depth: usize) -> String {
    match id.as_str() {
        Some(text) => format!("id({})", text.to_ascii_lowercase()),
        None => expression_of(id, depth + 1),
    }
}

/// Adds the parameters that a value hangs on.
fn asked_by(v: &Value, out: &mut Vec<EcoString>, depth: usize) {
    if !nesting::WRITTEN_OUT.allows(depth) {
        return;
    }
    let mut each = |all: &[&Value]| all.iter().for_each(|v| asked_by(v, out, depth + 1));
    match &v.data {
        Data::Array(items) => each(&items.iter().collect::<Vec<_>>()),
        Data::Object(o) => each(&o.members.iter().map(|m| &m.value).collect::<Vec<_>>()),
        Data::Residual(r) => match &r.node {
            Expression::Call { args, .. } => each(&args.iter().collect::<Vec<_>>()),
            Expression::Access { base, key } => each(&[base, key]),
            Expression::Loop { count, item, .. } => each(&[count, item]),
            Expression::Parameter(p) if !out.iter().any(|o| o.eq_ignore_ascii_case(&p.name)) => {
                out.push(p.name.clone())
            }
            _ => {}
        },
        _ => {}
    }
}
