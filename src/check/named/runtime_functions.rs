//! Whether a template uses functions where Azure does not have what they ask for yet: resources that are not deployed, variables
//! that are not worked out.

use std::ops::ControlFlow;
use std::sync::Arc;

use ecow::{EcoString, eco_format};

use crate::check::named::support::declared;
use crate::check::named::support::noted::{self, Said};
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::truth::Truth;
use crate::model::{Builtin, Expr, ExprKind, Template};
use crate::rules::language::Operand;

/// `reference`, `references` and `list*` stand in no variable, default value, function, name, type, API version, condition, number
/// of copies and `dependsOn` of the deployment's template. What Bicep's variables
/// ask for, the compiler writes where they are used; the rest it refuses. No default value and no function has `variables`: Azure
/// works out parameters first, and a function sees its own parameters only.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    noted::each(e, s, false, ("runtime-functions", args), |_, declared| {
        let t = &declared.template;
        // What is written in a nested template of outer scope is evaluated with the properties of the deployment. Templates with
        // symbolic names are Bicep's.
        let own = Arc::ptr_eq(t, &declared.scope) && !t.symbolic;
        if own { in_template(t) } else { Vec::new() }
    })
}

fn in_template(t: &Template) -> Vec<Said> {
    let mut out = Vec::new();
    let at = |of: &str, name: &EcoString| declared::pointer(t, of, name);
    let early = Place::BeforeVariables;
    for p in &t.parameters {
        p.default.iter().for_each(|d| look(d, early, "a default value", &at("parameters", &p.name), &mut out));
    }
    t.variables.iter().for_each(|v| look(&v.value, Place::Before, "a variable", &at("variables", &v.name), &mut out));
    let functions = eco_format!("{}/functions", t.pointer);
    t.functions.iter().for_each(|f| look(&f.body, early, "a function", &functions, &mut out));
    for (r, _) in declared::resources(t) {
        let mut in_part = |e: &Expr, what: &str, part: &str| {
            look(e, Place::Before, what, &eco_format!("{}{part}", r.pointer), &mut out);
        };
        in_part(&r.type_, "a type", "/type");
        in_part(&r.name, "a name", "/name");
        r.api_version.iter().for_each(|e| in_part(e, "an API version", "/apiVersion"));
        r.condition.iter().for_each(|e| in_part(e, "a condition", "/condition"));
        r.copy.iter().for_each(|copy| in_part(&copy.count, "the number of copies", "/copy/count"));
        r.depends_on.iter().for_each(|e| in_part(e, "a dependsOn", "/dependsOn"));
    }
    out
}

/// What is worked out before resources are deployed.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Once the variables are known.
    Before,
    /// While they are not, or where nobody sees them.
    BeforeVariables,
}

/// The first of them in an expression: what is said of it holds of all.
fn look(e: &Expr, place: Place, what: &str, pointer: &EcoString, out: &mut Vec<Said>) {
    // Only JSON has expressions in texts.
    let _ = declared::each(e, &mut |part| {
        let ExprKind::Expression(inner) = &part.kind else { return ControlFlow::Continue(()) };
        let Some((function, name)) = asks(inner, place) else { return ControlFlow::Continue(()) };
        let words = match function {
            Builtin::Variables => format!("{what} uses {name}(), which Azure does not have there"),
            _ => format!("{what} asks {name}() for what Azure only knows once it deploys"),
        };
        out.push(Said { words, span: part.span, pointer: pointer.clone() });
        ControlFlow::Break(())
    });
}

/// A function that asks, with its name, unless it stands in an arm of `if`, which may never be evaluated.
fn asks(e: &Expr, place: Place) -> Option<(Builtin, EcoString)> {
    let mut found = None;
    let mut open = vec![e];
    while let (Some(e), None) = (open.pop(), &found) {
        match &e.kind {
            ExprKind::Call(call) => match Builtin::of(call) {
                Some(function @ (Builtin::Reference | Builtin::References | Builtin::List)) => {
                    found = Some((function, call.name.clone()));
                }
                Some(Builtin::Variables) if place == Place::BeforeVariables => {
                    found = Some((Builtin::Variables, call.name.clone()));
                }
                Some(Builtin::If) => open.extend(call.args.first()),
                _ => open.extend(&call.args),
            },
            ExprKind::Access { base, key, .. } => open.extend([&**base, key]),
            ExprKind::Array(items) => open.extend(items),
            ExprKind::Object(members) => open.extend(members.iter().map(|m| &m.value)),
            ExprKind::Expression(inner) => open.push(inner),
            _ => {}
        }
    }
    found
}
