//! Whether names and passwords that somebody must choose are written into templates.

use crate::check::explain::phrases::show_value;
use crate::check::named::support::declared;
use crate::check::named::support::noted::{self, Said};
use crate::check::named::support::written::Written;
use crate::check::secrets::is_secret;
use crate::check::verdict::compare::Lit;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::Value;
use crate::expand::known::truth::Truth;
use crate::model::{Builtin, Expr, ExprKind, Tells};
use crate::rules::language::Operand;

/// `with: {names: {config: KEY}}`: no resource of the deployment, or of those in it, has a property of such a name with a
/// literal in its value, or with a variable.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    noted::each(e, s, true, ("literal-property", args), |e, declared| {
        let names = args.iter().find(|(n, _)| n == "names").map_or(Lit::Null, |(_, o)| e.operand(o, s));
        let mut names: Vec<_> = names.items().iter().filter_map(Lit::text).collect();
        // A password is worse than a name: it is told first.
        names.sort_by_key(|n| !is_secret(n));
        let mut out = Vec::new();
        let mut written: Vec<Written<'_>> = names.iter().map(|_| Written::new(&declared.scope)).collect();
        for (resource, type_) in declared::resources(&declared.template) {
            if type_.eq_ignore_ascii_case("Microsoft.Resources/deployments") {
                continue;
            }
            for (name, written) in names.iter().zip(&mut written) {
                for value in written.deep(&resource.body, name).into_iter().filter(|v| is_literal(v)) {
                    let words = match value.as_str() {
                        // What is written there is known to whoever reads the file; nobody else learns it from here.
                        _ if is_secret(name) => {
                            format!("`{name}` is a password, and it is written into the template")
                        }
                        Some(text) => {
                            format!("`{name}` is written into the template: {}", show_value(&Value::str(text.clone())))
                        }
                        None => format!("`{name}` is written into the template"),
                    };
                    out.push(Said { words, span: value.span, pointer: resource.pointer.clone() });
                }
            }
        }
        Ok(out)
    })
}

/// Whether a value is, or has in it, a literal or a variable.
fn is_literal(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Str(s) => !s.is_empty(),
        ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Bool(_) => true,
        ExprKind::Null | ExprKind::Object(_) | ExprKind::Array(_) | ExprKind::Loop(_) => false,
        ExprKind::Expression(inner) => has_literal(inner),
        _ => has_literal(value),
    }
}

fn has_literal(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Str(_) | ExprKind::Int(_) | ExprKind::Float(_) => true,
        ExprKind::Expression(inner) => has_literal(inner),
        // What a value is looked up by is not the value.
        ExprKind::Access { base, .. } => has_literal(base),
        ExprKind::Call(call) => match Builtin::of(call) {
            Some(Builtin::Parameters) => false,
            Some(Builtin::Variables) => true,
            // A text of the repository is known to whoever reads it.
            Some(Builtin::LoadTextContent | Builtin::LoadJsonContent | Builtin::LoadYamlContent) => true,
            // What Azure answers is not what it is asked by.
            Some(f) if matches!(f.facts().tells, Tells::Secret | Tells::Elsewhere) => false,
            // What decides is no part of the value.
            Some(Builtin::If) => call.args.iter().skip(1).any(has_literal),
            _ => call.args.iter().any(has_literal),
        },
        ExprKind::Array(items) => items.iter().any(has_literal),
        ExprKind::Object(members) => members.iter().any(|m| has_literal(&m.value)),
        _ => false,
    }
}
