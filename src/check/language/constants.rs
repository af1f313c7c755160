//! Values that have to be known when the deployment starts, and hang on what is deployed.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::Context;
use super::bodies::type_of;
use super::scope::{Kind, Meaning};
use super::shapes::{Shape, Takes};
use super::walk::{self, Node, bare};
use crate::nesting;
use crate::read::Span;
use crate::read::bicep::ast::{Body, Expr, ExprKind, Key, StatementKind};

/// Properties of every resource that have to be known.
const OF_RESOURCES: [&str; 15] = [
    "name",
    "location",
    "kind",
    "subscriptionId",
    "resourceGroup",
    "managedBy",
    "extendedLocation",
    "zones",
    "placement",
    "plan",
    "sku",
    "identity",
    "managedByExtended",
    "tags",
    "asserts",
];

/// Properties of references to resources: a symbol can stand there as it is.
const REFERENCES: [&str; 2] = ["scope", "parent"];

/// What can be read of a resource before it is deployed.
const KNOWN: [&str; 4] = ["apiVersion", "id", "name", "type"];

pub fn check(c: &Context<'_>) {
    let late = Late { c, variables: RefCell::default() };
    for (i, d) in c.scope.declarations.iter().enumerate() {
        let (Some(body), Some(object)) = (d.body(), d.object()) else { continue };
        late.around(body);
        let is_module = matches!(d.kind, Kind::Module(_));
        // What a type does not have is no constant of it.
        let has = match type_of(c, i).map(|t| Takes::Azure(t).shape()) {
            Some(Shape::Object(o)) => Some(o.members.iter().map(|m| m.name).collect::<Vec<_>>()),
            _ => None,
        };
        for p in object.properties() {
            let Key::Name(name) = &p.key else { continue };
            let text = name.text.as_str();
            let constant = match is_module {
                true => matches!(text, "name" | "scope"),
                false => {
                    REFERENCES.contains(&text)
                        || OF_RESOURCES.contains(&text)
                            && (text == "name" || has.as_ref().is_none_or(|has| has.contains(&text)))
                }
            };
            let symbol = REFERENCES.contains(&text) && is_reference(c, &p.value);
            if constant && !symbol {
                for at in late.of(&p.value) {
                    let what = c.slice(at);
                    let message = format!(
                        "`{text}` has to be known when the deployment starts, and `{what}` is known only afterwards."
                    );
                    c.say("BCP120", at, message);
                }
            }
        }
    }
    for s in &c.file().statements {
        if let StatementKind::Var(v) = &s.kind
            && let ExprKind::For(f) = &v.value.kind
        {
            for at in late.of(&f.body) {
                let message = format!(
                    "The items of `{}` have to be known when the deployment starts, and `{}` is known only afterwards.",
                    v.name.text,
                    c.slice(at)
                );
                c.say("BCP182", at, message);
            }
        }
        walk::statement(s, &mut |node| {
            if let Node::Expr(Expr { kind: ExprKind::For(f), .. }) = node {
                late.list(&f.each.list);
            }
            true
        });
    }
}

/// A resource or module, or an item of a list of them, and nothing else.
fn is_reference(c: &Context<'_>, e: &Expr) -> bool {
    let at = match &bare(e).kind {
        ExprKind::Index { base, .. } => bare(base),
        _ => bare(e),
    };
    c.scope.target(at).is_some()
}

struct Late<'c, 'f> {
    c: &'c Context<'f>,
    /// Whether variables are known late.
    variables: RefCell<FxHashMap<usize, bool>>,
}

impl Late<'_, '_> {
    /// The condition and the list of a resource or module.
    fn around(&self, body: &Body) {
        for at in body.condition.iter().flat_map(|e| self.of(e)) {
            let message = format!(
                "The condition has to be known when the deployment starts, and `{}` is known only afterwards.",
                self.c.slice(at)
            );
            self.c.say("BCP177", at, message);
        }
        body.each.iter().for_each(|each| self.list(&each.list));
    }

    fn list(&self, list: &Expr) {
        for at in self.of(list) {
            let message = format!(
                "The list of a loop has to be known when the deployment starts, and `{}` is known only afterwards.",
                self.c.slice(at)
            );
            self.c.say("BCP178", at, message);
        }
    }

    /// The parts of an expression that are known late.
    fn of(&self, e: &Expr) -> Vec<Span> {
        let mut out = Vec::new();
        self.add(e, 0, &mut out);
        out
    }

    fn add(&self, e: &Expr, depth: usize, out: &mut Vec<Span>) {
        if !nesting::EXPRESSION.allows(depth) {
            return;
        }
        walk::expr(e, &mut |node| {
            let Node::Expr(e) = node else { return true };
            match &e.kind {
                ExprKind::Member { base, name, .. } => match self.resource(base) {
                    Some(i) => {
                        if !self.is_known(i, &name.text) {
                            out.push(Span { end: name.span.end, ..e.span });
                        }
                        false
                    }
                    None => true,
                },
                ExprKind::Index { base, index, .. } => {
                    if let Some(i) = self.resource(base) {
                        let name = self.c.fixed_text(index);
                        if !name.is_some_and(|name| self.is_known(i, &name)) {
                            out.push(e.span);
                        }
                        return false;
                    }
                    let list = self.c.scope.target(bare(base));
                    if list.is_some() {
                        // An item of a list, looked at as a whole.
                        out.push(base.span);
                    }
                    list.is_none()
                }
                // It asks for the name of what is written there, and for nothing of it.
                ExprKind::Call { name, .. } if name.text == "nameof" => false,
                ExprKind::Nested { .. } if self.c.scope.target(e).is_some() => {
                    out.push(e.span);
                    false
                }
                ExprKind::MethodCall { base, .. } => self.resource(base).is_none(),
                ExprKind::Call { name, .. }
                    if name.text == "reference" && !self.c.scope.top.contains_key("reference") =>
                {
                    out.push(e.span);
                    false
                }
                ExprKind::Var(name) => {
                    if let Meaning::Declared(i) = self.c.scope.meaning(name)
                        && self.is_late(i, depth)
                    {
                        out.push(name.span);
                    }
                    true
                }
                _ => true,
            }
        });
    }

    /// The resource or module, or the item of a list of such, that an expression is.
    fn resource(&self, e: &Expr) -> Option<usize> {
        let e = bare(e);
        let (at, item) = match &e.kind {
            ExprKind::NonNull(inner) => return self.resource(inner),
            ExprKind::Index { base, .. } => (bare(base), true),
            _ => (e, false),
        };
        let i = self.c.scope.target(at)?;
        (self.c.scope.declarations.get(i)?.is_collection() == item).then_some(i)
    }

    fn is_known(&self, index: usize, name: &str) -> bool {
        match self.c.scope.declarations.get(index).map(|d| d.kind) {
            Some(Kind::Module(_)) => name == "name",
            _ => KNOWN.contains(&name),
        }
    }

    fn is_late(&self, index: usize, depth: usize) -> bool {
        match self.c.scope.declarations.get(index).map(|d| d.kind) {
            Some(Kind::Resource(_) | Kind::Module(_)) => true,
            Some(Kind::Var(v)) => {
                if let Some(known) = self.variables.borrow().get(&index) {
                    return *known;
                }
                // One that is made of itself is nothing to wait for.
                self.variables.borrow_mut().insert(index, false);
                let mut out = Vec::new();
                self.add(&v.value, depth + 1, &mut out);
                self.variables.borrow_mut().insert(index, !out.is_empty());
                !out.is_empty()
            }
            _ => false,
        }
    }
}
