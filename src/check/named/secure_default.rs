//! Whether secure parameters have defaults that everybody who reads the template knows.

use crate::check::named::support::declared::{self, Uses, Variables, secure_parts};
use crate::check::named::support::noted::{self, Said};
use crate::check::secrets;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::truth::Truth;
use crate::model::{Builtin, Expr, ExprKind, Template};
use crate::nesting;
use crate::rules::language::Operand;

/// No secure parameter of the deployment, nor a secure member of one, has a default, but one that is empty, new at each
/// deployment, or a secret from elsewhere.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    noted::each(e, s, false, ("secure-default", args), |_, declared| {
        let (mut out, mut variables) = (Vec::new(), Variables::default());
        let template = &declared.template;
        for p in &template.parameters {
            let Some(default) = &p.default else { continue };
            let mut secure = Vec::new();
            secure_parts(template, &[&p.ty], default, &p.name, &mut secure, 0);
            for (path, value) in secure {
                if is_empty(value) || is_new(value) || Uses::with(value, template, &mut variables).is_secret(template) {
                    continue;
                }
                let what = if path == p.name.as_str() { "the secure parameter" } else { "the secure member" };
                // The value is a secret: it is not said.
                let how = match is_written(value, template, 0) {
                    true => "is written in the template",
                    false => "can be worked out by whoever reads the template",
                };
                let words = format!("the default of {what} {path} {how}");
                let pointer = ecow::eco_format!("{}/defaultValue", declared::pointer(template, "parameters", &p.name));
                out.push(Said { words, span: value.span, pointer });
            }
        }
        out
    })
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
    if !nesting::TYPE.allows(depth) {
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
