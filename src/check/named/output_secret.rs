//! Whether a deployment hands out a secret in an output.

use crate::check::condition::Evaluator;
use crate::check::evidence::{Found, Scope};
use crate::check::language::Operand;
use crate::check::templates;
use crate::check::truth::Truth;
use crate::expand::residual::{Node, holds_secret};
use crate::expand::{Data, Deployment, Value};
use crate::model::{Expr, ExprKind};

/// Looks at the outputs of the deployment that is judged: one that is not marked as secure must not hold a secure parameter
/// or what a `list…` function returns.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    let Some(deployment) = templates::deployment(e, s.node) else { return Truth::True };
    let template = &deployment.template;
    let values = templates::outputs(deployment);
    let mut truth = Truth::True;
    for output in &template.outputs {
        if templates::is_secure(template, &output.ty) {
            continue;
        }
        let value = values.get(output.name.to_ascii_lowercase().as_str()).copied();
        if !value.is_some_and(leaks) && !hands_over(deployment, &output.value, 0) {
            continue;
        }
        truth = Truth::False;
        let words = format!(
            "the output {} hands out a secret, and everybody who can read the deployment can read it",
            output.name
        );
        let found = value.map_or(Found::Missing, Found::Value);
        e.say(s.node, &[], found, words, false);
        if let Some(last) = e.evidence.last_mut() {
            last.place = Some(output.value.span);
            last.pointer = Some(ecow::eco_format!(
                "{}/outputs/{}",
                template.pointer,
                output.name.replace("~", "~0").replace("/", "~1")
            ));
        }
    }
    truth
}

/// Whether a value is, or contains, a secret: a secure parameter that is not empty, or what a `list…` function returns.
fn leaks(v: &Value) -> bool {
    match &v.data {
        Data::Residual(r) => match &r.node {
            Node::Parameter(p) => {
                r.secret && p.hidden.as_ref().is_none_or(|h| h.as_str().is_none_or(|s| !s.is_empty()))
            }
            Node::Call { name, .. } if TELLS_NOTHING.contains(&name.to_ascii_lowercase().as_str()) => false,
            // The condition of a choice is not handed out.
            Node::Call { name, args } if name.eq_ignore_ascii_case("if") => args.iter().skip(1).any(leaks),
            Node::Call { name, args } => {
                is_list(name) || args.iter().any(leaks) || r.secret && !args.iter().any(holds_secret)
            }
            Node::Access { base, key } => leaks(base) || leaks(key),
            Node::Loop { item, .. } => leaks(item),
            Node::Failed(_) | Node::Text(_) => r.secret,
        },
        Data::Array(a) => a.iter().any(leaks),
        // What Azure says of a deployed resource as a whole has no secrets in it.
        Data::Object(o) => !o.open && o.members.iter().any(|m| leaks(&m.value)),
        _ => false,
    }
}

/// Functions that tell nothing worth knowing of their arguments.
const TELLS_NOTHING: &[&str] =
    &["length", "empty", "equals", "contains", "startswith", "endswith", "uniquestring", "guid"];

/// Whether the expression of an output takes a secure parameter whose default the expander put in its place.
fn hands_over(deployment: &Deployment, expr: &Expr, depth: usize) -> bool {
    if depth > 64 {
        return false;
    }
    let any = |e: &Expr| hands_over(deployment, e, depth + 1);
    match &expr.kind {
        ExprKind::Call(call) => match call.name.to_ascii_lowercase().as_str() {
            "parameters" => {
                let named = call.args.first().and_then(Expr::as_str).and_then(|n| deployment.template.parameter(n));
                named.is_some_and(|(i, p)| {
                    let value = deployment.parameters.get(i).and_then(Value::as_str);
                    templates::is_secure(&deployment.template, &p.ty) && value.is_some_and(|v| !v.is_empty())
                })
            }
            lower if TELLS_NOTHING.contains(&lower) => false,
            "if" => call.args.iter().skip(1).any(any),
            _ => call.args.iter().any(any),
        },
        ExprKind::Expression(inner) => any(inner),
        ExprKind::Array(items) => items.iter().any(any),
        ExprKind::Object(members) => members.iter().any(|m| any(&m.value)),
        _ => false,
    }
}

/// `listKeys`, `listSecrets`, `list`, …: functions that ask a resource for its secrets.
fn is_list(name: &str) -> bool {
    let name = name.rsplit('.').next().unwrap_or(name);
    name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("list"))
}
