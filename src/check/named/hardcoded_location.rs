//! Whether a template writes down the regions of its resources.

use crate::check::explain::phrases::show_value;
use crate::check::named::support::declared;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::Value;
use crate::expand::known::truth::Truth;
use crate::model::{Builtin, Expr, ExprKind, Template};
use crate::rules::language::Operand;

/// The `location` of no resource of the deployment's template is a text, itself or by a variable, but `global`.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    let mut truth = Truth::True;
    for declared in declared::of(e, s.node, false).iter() {
        for (resource, _) in declared::resources(&declared.template) {
            let Some(location) = resource.body.member("location").map(|m| &m.value) else { continue };
            let Some(text) = written(location, &declared.scope, 0).filter(|t| !t.eq_ignore_ascii_case("global")) else {
                continue;
            };
            truth = Truth::False;
            let words = format!("a resource has the region {}", show_value(&Value::str(text)));
            declared::say(e, s.node, words, location.span, ecow::eco_format!("{}/location", resource.pointer));
        }
    }
    truth
}

/// The text that an expression is, itself or by a variable. Variables that take one another end after some steps.
fn written<'t>(expr: &'t Expr, scope: &'t Template, depth: usize) -> Option<&'t str> {
    match &expr.kind {
        ExprKind::Str(text) => Some(text.as_str()).filter(|t| !t.is_empty()),
        ExprKind::Expression(inner) => written(inner, scope, depth),
        ExprKind::Call(call) if Builtin::of(call) == Some(Builtin::Variables) && depth < 16 => {
            let (_, variable) = scope.variable(call.args.first()?.as_str()?)?;
            written(&variable.value, scope, depth + 1)
        }
        _ => None,
    }
}
