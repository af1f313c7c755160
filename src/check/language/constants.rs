//! Values that have to be known when the deployment starts, and hang on what is deployed.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::Context;
use super::bodies::type_of;
use super::resources::is_of_extension;
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

/// Whether only Azure can say what a function of the language gives, while it deploys.
pub fn is_evaluated_late(function: &str) -> bool {
    matches!(function, "reference" | "toLogicalZone" | "toLogicalZones" | "toPhysicalZone" | "toPhysicalZones")
        || function.starts_with("list")
}

pub fn check(c: &Context<'_>) {
    let late = Late { c, variables: RefCell::default(), existing: RefCell::default() };
    for (i, d) in c.scope.declarations.iter().enumerate() {
        let (Some(body), Some(object)) = (d.body(), d.object()) else { continue };
        if c.cyclic.contains(&i) {
            continue;
        }
        // What is there already can be looked up at any time.
        if matches!(d.kind, Kind::Resource(r) if r.existing.is_some()) {
            continue;
        }
        late.around(body);
        // Only the extension knows which of its properties have to be known.
        if is_of_extension(c, i) {
            continue;
        }
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
                true => matches!(text, "name" | "scope" | "identity"),
                false => {
                    REFERENCES.contains(&text)
                        || OF_RESOURCES.contains(&text)
                            && (text == "name" || has.as_ref().is_none_or(|has| has.contains(&text)))
                }
            };
            let symbol = reference(c, &p.value).filter(|_| REFERENCES.contains(&text));
            if let Some(to) = symbol.filter(|to| late.is_found_late(*to)) {
                let message = format!(
                    "`{text}` has to be known when the deployment starts, and what names `{}` is known only afterwards.",
                    c.scope.declarations.get(to).map_or("it", |d| d.name.text.as_str())
                );
                c.say("BCP120", p.value.span, message);
            } else if constant && symbol.is_none() {
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
fn reference(c: &Context<'_>, e: &Expr) -> Option<usize> {
    let at = match &bare(e).kind {
        ExprKind::Index { base, .. } => bare(base),
        _ => bare(e),
    };
    c.scope.target(at)
}

struct Late<'c, 'f> {
    c: &'c Context<'f>,
    /// Whether variables are known late.
    variables: RefCell<FxHashMap<usize, bool>>,
    /// Whether resources that are there already are found late.
    existing: RefCell<FxHashMap<usize, bool>>,
}

impl<'f> Late<'_, 'f> {
    /// The condition and the list of a resource or module.
    fn around(&self, body: &'f Body) {
        for at in body.condition.iter().flat_map(|e| self.of(e)) {
            let message = format!(
                "The condition has to be known when the deployment starts, and `{}` is known only afterwards.",
                self.c.slice(at)
            );
            self.c.say("BCP177", at, message);
        }
        body.each.iter().for_each(|each| self.list(&each.list));
    }

    fn list(&self, list: &'f Expr) {
        for at in self.of(list) {
            let message = format!(
                "The list of a loop has to be known when the deployment starts, and `{}` is known only afterwards.",
                self.c.slice(at)
            );
            self.c.say("BCP178", at, message);
        }
    }

    /// The parts of an expression that are known late.
    fn of(&self, e: &'f Expr) -> Vec<Span> {
        let mut out = Vec::new();
        self.add(e, 0, &mut out);
        out
    }

    fn add(&self, e: &'f Expr, depth: usize, out: &mut Vec<Span>) {
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
                        let fixed = self.c.fixed_text(index);
                        let known = match (fixed, self.c.shape(self.c.ty(index)).texts()) {
                            (Some(name), _) => self.is_known(i, &name),
                            (None, Some(names)) => names.iter().all(|name| self.is_known(i, name)),
                            (None, None) => false,
                        };
                        if !known {
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
                ExprKind::Nested { .. } if self.c.scope.target(e).is_some() => {
                    out.push(e.span);
                    false
                }
                ExprKind::MethodCall { base, args, .. } if self.resource(base).is_some() || self.is_this(base) => {
                    // It is asked of what is deployed.
                    out.push(e.span);
                    args.iter().for_each(|a| self.add(a, depth + 1, out));
                    false
                }
                ExprKind::Call { .. } | ExprKind::MethodCall { .. } => match self.c.scope.builtin(e) {
                    // It asks for the name of what is written there, and for nothing of it.
                    Some((name, _)) if name.text == "nameof" => false,
                    Some((name, _)) => {
                        if is_evaluated_late(&name.text) {
                            out.push(e.span);
                        }
                        true
                    }
                    None => true,
                },
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

    /// `this`: the resource around it as Azure has it.
    fn is_this(&self, e: &Expr) -> bool {
        matches!(&e.kind, ExprKind::Var(name) if name.text == "this" && self.c.scope.meaning(name) == Meaning::Local)
    }

    /// The resource or module, or the item of a list of such, that an expression is.
    fn resource(&self, e: &'f Expr) -> Option<usize> {
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
            // Which properties of a resource of an extension are its keys, only the extension knows.
            Some(Kind::Resource(_)) if is_of_extension(self.c, index) => true,
            _ if matches!(name, "id" | "name") && self.is_found_late(index) => false,
            _ => KNOWN.contains(&name),
        }
    }

    /// A resource that is there already, whose name or place hangs on what is deployed.
    fn is_found_late(&self, index: usize) -> bool {
        let Some(d) = self.c.scope.declarations.get(index) else { return false };
        let (Kind::Resource(r), Some(object)) = (d.kind, d.object()) else { return false };
        if r.existing.is_none() {
            return false;
        }
        if let Some(known) = self.existing.borrow().get(&index) {
            return *known;
        }
        // One that is found by itself is nothing to wait for.
        self.existing.borrow_mut().insert(index, false);
        let late = ["name", "scope", "parent"].iter().any(|key| {
            object.get(key).is_some_and(|value| match reference(self.c, value).filter(|_| *key != "name") {
                Some(to) => self.is_found_late(to),
                None => !self.of(value).is_empty(),
            })
        });
        self.existing.borrow_mut().insert(index, late);
        late
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
