//! Whether a deployment hands out a secret in an output.

use crate::check::condition::Evaluator;
use crate::check::evidence::{Found, Scope};
use crate::check::language::Operand;
use crate::check::truth::Truth;
use crate::expand::residual::{Node, holds_secret};
use crate::expand::{Data, Value};
use crate::model::TypeKind;
use crate::model::expr::ExprKind;
use crate::model::{Expr, Template, Type, expr::Call};

/// Looks at the outputs of the deployment that is judged: one that is not marked as secure must not hold a secure parameter
/// or what a `list…` function returns.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    let node = &e.world.forest.nodes[s.node];
    let (Some(deployed), Some(index)) = (e.world.deployed, node.deploys) else { return Truth::True };
    let Some(deployment) = deployed.deployments.get(index) else { return Truth::True };
    let template = &deployment.template;
    let mut truth = Truth::True;
    for output in &template.outputs {
        if is_secure(template, &output.ty, 0) {
            continue;
        }
        let value = deployment.outputs.iter().find(|(n, _)| n.eq_ignore_ascii_case(&output.name)).map(|(_, v)| v);
        // The value tells of secrets that came from elsewhere, the expression of those that were evaluated away.
        if !value.is_some_and(|v| holds_secret(v) || calls_list(v)) && !mentions_secret(template, &output.value, 0) {
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

/// Whether a type is, or refers to, a secure one.
fn is_secure(template: &Template, ty: &Type, depth: usize) -> bool {
    match &ty.kind {
        TypeKind::SecureString | TypeKind::SecureObject(_) => true,
        TypeKind::Ref(name) if depth < 8 => {
            template.type_definition(name).is_some_and(|t| is_secure(template, &t.ty, depth + 1))
        }
        _ => false,
    }
}

fn calls_list(v: &Value) -> bool {
    match &v.data {
        Data::Residual(r) => match &r.node {
            Node::Call { name, args } => is_list(name) || args.iter().any(calls_list),
            Node::Access { base, key } => calls_list(base) || calls_list(key),
            _ => false,
        },
        Data::Array(a) => a.iter().any(calls_list),
        Data::Object(o) => o.members.iter().any(|m| calls_list(&m.value)),
        _ => false,
    }
}

/// `listKeys`, `listSecrets`, `list`, …: functions that ask a resource for its secrets.
fn is_list(name: &str) -> bool {
    let name = name.rsplit('.').next().unwrap_or(name);
    name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("list"))
}

/// Whether an expression takes a secure parameter or calls a `list…` function, itself or through variables.
fn mentions_secret(template: &Template, expr: &Expr, depth: usize) -> bool {
    if depth > 64 {
        return false;
    }
    let any = |e: &Expr| mentions_secret(template, e, depth + 1);
    match &expr.kind {
        ExprKind::Call(call) => call_mentions(template, call, depth) || call.args.iter().any(any),
        ExprKind::Access { base, key, .. } => any(base) || any(key),
        ExprKind::Expression(inner) => any(inner),
        ExprKind::Array(items) => items.iter().any(any),
        ExprKind::Object(members) => members.iter().any(|m| any(&m.value)),
        ExprKind::Loop(l) => any(&l.input),
        _ => false,
    }
}

fn call_mentions(template: &Template, call: &Call, depth: usize) -> bool {
    let argument = || call.args.first().and_then(Expr::as_str);
    match call.name.to_ascii_lowercase().as_str() {
        "parameters" => {
            argument().and_then(|n| template.parameter(n)).is_some_and(|(_, p)| is_secure(template, &p.ty, 0))
        }
        "variables" => argument()
            .and_then(|n| template.variable(n))
            .is_some_and(|(_, v)| mentions_secret(template, &v.value, depth + 8)),
        // A length or an id of a secret is no secret, but a list function is one whatever is done with it.
        _ => is_list(&call.name),
    }
}
