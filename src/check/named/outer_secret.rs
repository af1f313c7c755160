//! Whether nested deployments of outer scope take secrets of the deployment around them.

use crate::check::named::support::declared::{self, Uses, is_secure};
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::truth::Truth;
use crate::model::{Expr, ExprKind, Resource, Template, is_deployment};
use crate::rules::language::Operand;

/// No resource of a nested deployment of outer scope takes a secure parameter or asks a resource for its keys.
/// `with: {exists: true}`: there is something to look at, resources in a nested deployment of outer scope; or, as PSRule has it, the
/// first resource is a nested deployment that says its scope.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    let mut any = Truth::False;
    let mut truth = Truth::True;
    for declared in declared::of(e, s.node, false).iter() {
        if !declared.template.symbolic && declared.template.resources.first().is_some_and(|r| says_scope(r)) {
            any = Truth::True;
        }
        for (outer, type_) in declared::resources(&declared.template) {
            let nested = outer.deployment.as_ref().filter(|d| !d.inner && is_deployment(&type_));
            let nested = nested.map(|d| d.template.inline());
            for (resource, type_) in nested.iter().flatten().flat_map(|inner| declared::resources(inner)) {
                any = Truth::True;
                let Some(value) = resource.body.get("properties").and_then(|p| secret(p, &declared.scope)) else {
                    continue;
                };
                truth = Truth::False;
                let words =
                    format!("a {type_} takes a secret, which is recorded with the nested deployment in clear text");
                declared::say(e, s.node, words, value.span, resource.pointer.clone());
            }
        }
    }
    if args.is_empty() { truth } else { any }
}

fn says_scope(r: &Resource) -> bool {
    let options = r.body.get("properties").and_then(|p| p.get("expressionEvaluationOptions"));
    options.and_then(|o| o.get("scope")).is_some()
}

/// The first expression that takes a secret.
fn secret<'t>(value: &'t Expr, scope: &Template) -> Option<&'t Expr> {
    match &value.kind {
        ExprKind::Object(members) => members.iter().find_map(|m| secret(&m.value, scope)),
        ExprKind::Array(items) => items.iter().find_map(|i| secret(i, scope)),
        ExprKind::Loop(l) => secret(&l.input, scope),
        ExprKind::Expression(_) | ExprKind::Call(_) | ExprKind::Access { .. } => {
            let uses = Uses::of(value, scope, true);
            let secure = |n: &ecow::EcoString| scope.parameter(n).is_some_and(|(_, p)| is_secure(scope, &p.ty));
            (uses.lists || uses.parameters.iter().any(secure)).then_some(value)
        }
        _ => None,
    }
}
