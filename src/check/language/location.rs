//! Where resources are deployed to: locations that are written down, and module parameters that mean one.

use rustc_hash::FxHashSet;

use super::scope::{Kind, Scope};
use super::walk::{self, Node, bare};
use super::{Context, Edit};
use crate::read::bicep::File;
use crate::read::bicep::ast::{Expr, ExprKind, Key, Module, Object, StatementKind};

pub fn check(c: &Context<'_>) {
    outside_parameters(c);
    let mut changed = FxHashSet::default();
    for d in &c.scope.declarations {
        match d.kind {
            Kind::Resource(r) => {
                if let Some(value) = r.body.object.as_ref().and_then(|o| property(o, "location")) {
                    hardcoded(c, value, None, &mut changed);
                }
            }
            Kind::Module(m) => of_module(c, m, &mut changed),
            _ => {}
        }
    }
}

/// The value of a property whose name is written without quotes or as a plain text.
pub fn property<'o>(o: &'o Object, name: &str) -> Option<&'o Expr> {
    o.get(name)
}

/// `resourceGroup().location`, `az.deployment().location`
fn is_place(e: &Expr) -> Option<&str> {
    let ExprKind::Member { base, name, safe: false } = &e.kind else { return None };
    let (ExprKind::Call { name: function, .. } | ExprKind::MethodCall { name: function, .. }) = &base.kind else {
        return None;
    };
    let place = matches!(function.text.as_str(), "resourceGroup" | "deployment") && name.text == "location";
    place.then_some(function.text.as_str())
}

fn outside_parameters(c: &Context<'_>) {
    for s in c.file().statements.iter().filter(|s| !matches!(s.kind, StatementKind::Param(_))) {
        walk::statement(s, &mut |node| {
            if let Node::Expr(e) = node
                && let Some(function) = is_place(e)
            {
                let message = format!(
                    "`{function}().location` stands outside the default value of a parameter. Declare a parameter with this default and use that, so that another location can be chosen."
                );
                c.say("no-loc-expr-outside-params", e.span, message);
            }
            true
        });
    }
}

/// The literal that a value comes to, and the name of the variable that holds it.
fn literal<'c>(c: &'c Context<'_>, e: &'c Expr) -> Option<(&'c str, Option<usize>)> {
    let mut at = e;
    let mut through = None;
    // A variable that is made of itself ends here.
    for _ in 0..64 {
        match &at.kind {
            ExprKind::Str(text) => return Some((text.value.as_str(), through)),
            ExprKind::Var(_) => {
                let (d, v) = c.scope.variable(at)?;
                through = c.scope.top.get(d.name.text.as_str()).copied();
                at = &v.value;
            }
            _ => return None,
        }
    }
    None
}

fn hardcoded(c: &Context<'_>, value: &Expr, parameter: Option<&str>, changed: &mut FxHashSet<usize>) {
    let Some((text, through)) = literal(c, value) else { return };
    if text.eq_ignore_ascii_case("global") {
        return;
    }
    if let Some(d) = through.and_then(|i| c.scope.declarations.get(i)) {
        if through.is_some_and(|i| changed.insert(i)) {
            let name = &d.name.text;
            let message = format!(
                "`{name}` is the location `{text}`, fixed in a variable. Make it a parameter, so that another can be chosen."
            );
            let span = c.file().statements.get(d.statement).map(|s| s.span);
            match (span, d.kind) {
                (Some(span), Kind::Var(v)) if d.decorators.is_empty() => {
                    let text = format!("param {name} string = {}", c.slice(v.value.span));
                    let description = format!("make `{name}` a parameter");
                    c.mend(
                        "no-hardcoded-location",
                        d.name.span,
                        message,
                        Edit { span, text, description, safe: false },
                    );
                }
                _ => c.say("no-hardcoded-location", d.name.span, message),
            }
        }
        return;
    }
    let whose = parameter
        .map_or("The resource's location".to_owned(), |p| format!("The value of the module's parameter `{p}`"));
    let message = format!("{whose} is fixed as `{text}`. Use a parameter, an expression, or `global`.");
    c.say("no-hardcoded-location", value.span, message);
}

fn of_module(c: &Context<'_>, m: &Module, changed: &mut FxHashSet<usize>) {
    let Some(body) = &m.body.object else { return };
    let Some(file) = c.others.syntax(&m.path) else { return };
    let params = body.get("params");
    let given = |name: &str| match params.map(|p| &p.kind) {
        Some(ExprKind::Object(o)) => o.get(name),
        _ => None,
    };
    let at = body
        .properties()
        .find(|p| matches!(&p.key, Key::Name(n) if n.text == "params"))
        .map_or(m.name.span, |p| p.span);
    for name in location_parameters(&file) {
        match given(&name) {
            Some(value) => hardcoded(c, value, Some(&name), changed),
            None => {
                let message = format!(
                    "The parameter `{name}` of the module `{}` decides a location and is left to its default. Give it a value.",
                    m.name.text
                );
                c.say("explicit-values-for-loc-params", at, message);
            }
        }
    }
}

/// The parameters with a default that say where something is deployed.
fn location_parameters(file: &File) -> Vec<String> {
    let scope = Scope::of(file);
    let mut out = Vec::new();
    for d in &scope.declarations {
        if let Kind::Param(p) = d.kind
            && let Some(default) = &p.value
        {
            let mut there = false;
            walk::expr(default, &mut |node| {
                there |= matches!(node, Node::Expr(e) if is_place(e).is_some());
                true
            });
            if there {
                out.push(p.name.text.to_string());
            }
        }
    }
    for d in &scope.declarations {
        let Kind::Resource(r) = d.kind else { continue };
        let Some(value) = r.body.object.as_ref().and_then(|o| o.get("location")) else { continue };
        walk::expr(value, &mut |node| {
            if let Node::Expr(e) = node
                && let ExprKind::Var(name) = &bare(e).kind
                && let Some(d) = scope.declared(name)
                && let Kind::Param(p) = d.kind
                && p.value.is_some()
                && !out.iter().any(|known| known == p.name.text.as_str())
            {
                out.push(p.name.text.to_string());
            }
            true
        });
    }
    out
}
