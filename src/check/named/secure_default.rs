//! Whether secure parameters have defaults that everybody who reads the template knows.

use crate::check::named::support::declared::{self, Uses, is_secure};
use crate::check::secrets;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::truth::Truth;
use crate::model::{Builtin, Expr, ExprKind, Template};
use crate::rules::language::Operand;

/// No secure parameter of the deployment has a default, but one that is empty, new at each deployment, or a secret from elsewhere.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    let mut truth = Truth::True;
    for declared in declared::of(e, s.node, false) {
        let template = &declared.template;
        for p in template.parameters.iter().filter(|p| is_secure(template, &p.ty)) {
            let Some(default) = &p.default else { continue };
            if is_empty(default) || is_new(default) || Uses::of(default, template, true).is_secret(template) {
                continue;
            }
            truth = Truth::False;
            // The value is a secret: it is not said.
            let words = match is_written(default, template, 0) {
                true => format!("the default of the secure parameter {} is written in the template", p.name),
                false => {
                    format!(
                        "the default of the secure parameter {} can be worked out by whoever reads the template",
                        p.name
                    )
                }
            };
            let pointer = ecow::eco_format!("{}/defaultValue", declared::pointer(template, "parameters", &p.name));
            declared::say(e, s.node, words, default.span, pointer);
        }
    }
    truth
}

/// No secret is in it: `''`, `null`, `{}`, `[]`, an object of such, a choice between such.
fn is_empty(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Float(_) => true,
        // `?` and the like stand for nothing, too.
        ExprKind::Str(text) => !text.contains(char::is_alphanumeric) || secrets::is_placeholder(text),
        // A token that a pipeline replaces.
        ExprKind::Invalid(_) => true,
        ExprKind::Expression(inner) => is_empty(inner),
        ExprKind::Array(items) => items.iter().all(is_empty),
        ExprKind::Object(members) => members.iter().all(|m| is_empty(&m.value)),
        ExprKind::Call(call) => match (Builtin::of(call), call.args.as_slice()) {
            (Some(Builtin::Null | Builtin::CreateObject | Builtin::CreateArray), []) => true,
            (Some(Builtin::Json), [text]) => {
                text.as_str().is_some_and(|t| matches!(t.trim(), "null" | "{}" | "[]" | "\"\""))
            }
            (Some(Builtin::If), [_, a, b]) => is_empty(a) && is_empty(b),
            _ => false,
        },
        _ => false,
    }
}

/// It is another one at each deployment, and nobody can guess it: it takes `newGuid()`, in each branch that is not empty.
fn is_new(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Expression(inner) => is_new(inner),
        ExprKind::Array(items) => items.iter().all(|i| is_empty(i) || is_new(i)),
        ExprKind::Object(members) => members.iter().all(|m| is_empty(&m.value) || is_new(&m.value)),
        ExprKind::Call(call) => match Builtin::of(call) {
            Some(Builtin::NewGuid) => true,
            Some(Builtin::If) => call.args.iter().skip(1).all(|a| is_empty(a) || is_new(a)),
            _ => call.args.iter().any(is_new),
        },
        _ => false,
    }
}

/// It stands in the template as it is, in an object or an array as well, or in a variable.
fn is_written(expr: &Expr, template: &Template, depth: usize) -> bool {
    if !crate::nesting::TYPE.allows(depth) {
        return false;
    }
    match &expr.kind {
        ExprKind::Expression(inner) => is_written(inner, template, depth + 1),
        ExprKind::Call(call) => {
            let variable =
                call.args.first().and_then(Expr::as_str).filter(|_| Builtin::of(call) == Some(Builtin::Variables));
            variable.and_then(|n| template.variable(n)).is_some_and(|(_, v)| is_written(&v.value, template, depth + 1))
        }
        _ => true,
    }
}
