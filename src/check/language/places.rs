//! What may stand where: in defaults of parameters; secrets that may only be handed on.

use rustc_hash::FxHashSet;

use super::resources::full_type;
use super::scope::{Kind, Meaning};
use super::shapes::{Shape, Takes};
use super::walk::{self, Node, bare};
use super::{Context, descriptions::named, secure};
use crate::model::TypeKind;
use crate::read::bicep::ast::{ArrayItem, Expr, ExprKind, Key, StatementKind};

pub fn check(c: &Context<'_>) {
    defaults(c);
    secrets(c);
}

/// Only other parameters may stand in the default of one.
fn defaults(c: &Context<'_>) {
    for s in &c.file().statements {
        let StatementKind::Param(p) = &s.kind else { continue };
        let Some(value) = &p.value else { continue };
        walk::expr(value, &mut |node| {
            if let Node::Expr(Expr { kind: ExprKind::Var(name), .. }) = node
                && let Meaning::Declared(i) = c.scope.meaning(name)
                && matches!(
                    c.scope.declarations.get(i).map(|d| d.kind),
                    Some(Kind::Var(_) | Kind::Resource(_) | Kind::Module(_))
                )
            {
                let message = format!("`{}` cannot stand in a default value: only other parameters can.", name.text);
                c.say("BCP072", name.span, message);
            }
            true
        });
    }
}

/// Secrets of a vault and secure outputs go into secure parameters of modules, and nowhere else.
fn secrets(c: &Context<'_>) {
    let mut fine: FxHashSet<(u32, u32)> = FxHashSet::default();
    for d in &c.scope.declarations {
        let Kind::Module(m) = d.kind else { continue };
        let (Some(object), Some(template)) = (&m.body.object, c.others.template(&m.path)) else { continue };
        if let Some(ExprKind::Object(configs)) = object.get("extensionConfigs").map(|p| &p.kind) {
            for p in configs.properties() {
                if let ExprKind::Object(config) = &p.value.kind {
                    fine.extend(config.properties().map(|p| (p.value.span.start, p.value.span.end)));
                }
            }
        }
        let Some(ExprKind::Object(params)) = object.get("params").map(|p| &p.kind) else { continue };
        for p in params.properties() {
            let Key::Name(name) = &p.key else { continue };
            if let Some((_, declared)) = template.parameter(&name.text) {
                direct(&p.value, Takes::Declared(template, &declared.ty), &mut fine);
            }
        }
    }
    let handed = |e: &Expr| fine.contains(&(e.span.start, e.span.end));
    let mut left = MOST_OUTPUTS;
    for s in &c.file().statements {
        // What an extension takes may be a secret.
        if matches!(s.kind, StatementKind::Extension(_)) {
            continue;
        }
        walk::statement(s, &mut |node| {
            let Node::Expr(e) = node else { return true };
            match &e.kind {
                ExprKind::MethodCall { base, name, .. } if name.text == "getSecret" => {
                    let vault = c
                        .scope
                        .target(bare(base))
                        .is_some_and(|i| full_type(c, i).eq_ignore_ascii_case("Microsoft.KeyVault/vaults"));
                    if vault && !handed(e) {
                        let message = "`getSecret` can only be the value of a secure parameter of a module.";
                        c.say("BCP180", e.span, message);
                    }
                }
                ExprKind::Member { base, name, .. } => {
                    if let ExprKind::Member { base: module, name: outputs, .. } = &bare(base).kind
                        && outputs.text == "outputs"
                        && !is_direct(c, module)
                        && is_secure_output(c, module, &name.text, &mut left)
                    {
                        let message = format!(
                            "The output `{}` is a secret: it can only be taken of the module itself, or of an item of a list of modules.",
                            name.text
                        );
                        c.say("BCP426", name.span, message);
                    }
                }
                _ => {}
            }
            true
        });
    }
}

/// A module, or an item of a list of them, with nothing around it.
fn is_direct(c: &Context<'_>, module: &Expr) -> bool {
    match &module.kind {
        ExprKind::Var(_) => c.scope.target(module).is_some(),
        ExprKind::NonNull(inner) => matches!(inner.kind, ExprKind::Index { .. }),
        ExprKind::Index { base, .. } => c.scope.target(base).is_some(),
        _ => false,
    }
}

/// What is put into places that are secure: the expression itself, its branches, what is in it.
fn direct(e: &Expr, takes: Takes<'_>, out: &mut FxHashSet<(u32, u32)>) {
    match (&e.kind, takes.shape()) {
        (ExprKind::Paren(inner), _) => direct(inner, takes, out),
        (ExprKind::Ternary { then, otherwise, .. }, _) => {
            direct(then, takes, out);
            direct(otherwise, takes, out);
        }
        (ExprKind::Array(items), Shape::Array(list)) => {
            for (i, item) in items.iter().enumerate() {
                let (ArrayItem::Value(e) | ArrayItem::Spread(e)) = item;
                direct(e, list.at(i), out);
            }
        }
        (ExprKind::Object(o), Shape::Object(object)) if !takes.is_secure() => {
            for p in o.properties() {
                let Key::Name(name) = &p.key else { continue };
                if let Some(m) = object.members.iter().find(|m| m.name == name.text) {
                    direct(&p.value, m.takes, out);
                }
            }
        }
        _ if takes.is_secure() => {
            out.insert((e.span.start, e.span.end));
        }
        _ => {}
    }
}

/// Whether a file hands secrets on as it may not.
pub fn has_errors(c: &Context<'_>) -> bool {
    secrets(c);
    !c.found.borrow().is_empty()
}

/// So many statements of modules are looked through in a file for outputs that are secrets.
const MOST_OUTPUTS: usize = 1_000_000;

/// Whether an output of a module, or of any that the expression can be, is a secret. What is looked through is taken from `left`.
fn is_secure_output<'f>(c: &Context<'f>, module: &'f Expr, output: &str, left: &mut usize) -> bool {
    if *left == 0 {
        return false;
    }
    let modules = secure::modules(c, module);
    *left = left.saturating_sub(modules.len());
    let mut seen = FxHashSet::default();
    modules.into_iter().any(|i| {
        let Some(Kind::Module(m)) = c.scope.declarations.get(i).map(|d| d.kind) else { return false };
        let length = c.others.syntax(&m.path).map_or(1, |file| file.statements.len());
        if *left == 0 || !seen.insert(super::walk::text(&m.path)) {
            return false;
        }
        *left = left.saturating_sub(length);
        if let Some(file) = c.others.syntax(&m.path) {
            return file.statements.iter().any(|s| {
                matches!(&s.kind, StatementKind::Output(o) if o.name.text == output)
                    && named(&s.decorators, "secure").is_some()
            });
        }
        let secure = |t: &TypeKind| matches!(t, TypeKind::SecureString | TypeKind::SecureObject(_));
        c.others.template(&m.path).is_some_and(|t| t.outputs.iter().any(|o| o.name == output && secure(&o.ty.kind)))
    })
}
