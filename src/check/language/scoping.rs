//! Deployments written as resources whose template is evaluated on its own, and names of this file in it.

use super::Context;
use super::descriptions::named;
use super::resources::full_type;
use super::scope::{Kind, Meaning};
use super::walk::{self, Node};
use crate::read::bicep::ast::{Expr, ExprKind, Object, StatementKind, TypeKind};

pub fn check(c: &Context<'_>) {
    let mut own_by_default = None;
    for (i, d) in c.scope.declarations.iter().enumerate() {
        let (Kind::Resource(_), Some(object)) = (d.kind, d.object()) else { continue };
        if !full_type(c, i).eq_ignore_ascii_case("Microsoft.Resources/deployments") {
            continue;
        }
        let Some(ExprKind::Object(properties)) = object.get("properties").map(|p| &p.kind) else { continue };
        let Some(template) = properties.get("template") else { continue };
        if !is_inner(c, properties) && !*own_by_default.get_or_insert_with(|| needs_symbols(c)) {
            continue;
        }
        walk::expr(template, &mut |node| {
            if let Node::Expr(Expr { kind: ExprKind::Var(name) | ExprKind::Call { name, .. }, .. }) = node
                && let Meaning::Declared(to) = c.scope.meaning(name)
                && c.scope.declarations.get(to).is_some_and(|d| d.parent.is_none())
            {
                let message = format!(
                    "`{}` belongs to this file, and the nested template is evaluated on its own, where there is no such name. Hand it over as a parameter, or use a module.",
                    name.text
                );
                c.say("nested-deployment-template-scoping", name.span, message);
            }
            true
        });
    }
}

fn is_inner<'f>(c: &Context<'f>, properties: &'f Object) -> bool {
    let options = properties.get("expressionEvaluationOptions").map(|e| &e.kind);
    let Some(ExprKind::Object(options)) = options else { return false };
    options.get("scope").and_then(|e| c.fixed_text(e)).is_some_and(|scope| scope.eq_ignore_ascii_case("inner"))
}

/// The compiler writes a template with symbolic names for this file, in which nested templates are evaluated on their own unless they
/// say otherwise.
fn needs_symbols(c: &Context<'_>) -> bool {
    c.file().statements.iter().any(|s| {
        let declares = match &s.kind {
            StatementKind::Type { .. }
            | StatementKind::Func(_)
            | StatementKind::Import(_)
            | StatementKind::Extension(_) => true,
            StatementKind::Var(v) => v.ty.is_some(),
            StatementKind::Module(m) => m.body.object.as_ref().is_some_and(|o| o.get("name").is_none()),
            StatementKind::Output(_) => named(&s.decorators, "secure").is_some(),
            StatementKind::Resource(_) => {
                ["retryOn", "nullIfNotFound", "onlyIfNotExists"].iter().any(|d| named(&s.decorators, d).is_some())
            }
            _ => false,
        };
        let mut found = declares;
        walk::statement(s, &mut |node| {
            if let Node::Type(t) = node {
                found |= matches!(
                    t.kind,
                    TypeKind::Object(_)
                        | TypeKind::Array(_)
                        | TypeKind::Tuple(_)
                        | TypeKind::Union(_)
                        | TypeKind::Nullable(_)
                );
            }
            !found
        });
        found
    })
}
