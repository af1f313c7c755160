//! Whether secrets are handed to parameters that record them.

use crate::check::condition::Evaluator;
use crate::check::evidence::Scope;
use crate::check::language::Operand;
use crate::check::templates;
use crate::check::truth::Truth;
use crate::expand::residual::Node;
use crate::expand::{Data, Value};

/// No parameter of the deployment that is not secure has a secret for its value.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    let node = &e.world.forest.nodes[s.node];
    let (Some(deployed), Some(index)) = (e.world.deployed, node.deploys) else { return Truth::True };
    let Some(deployment) = deployed.deployments.get(index) else { return Truth::True };
    let template = &deployment.template;
    let mut truth = Truth::True;
    for (p, value) in template.parameters.iter().zip(&deployment.parameters) {
        if templates::is_secure(template, &p.ty) || !reveals(value) {
            continue;
        }
        truth = Truth::False;
        let words = format!("the parameter {} takes a secret, but is not secure", p.name);
        let place = value.origin.place.unwrap_or(p.name_span);
        templates::say(e, s.node, words, place, templates::pointer(template, "parameters", &p.name));
    }
    truth
}

/// What functions make of a secret without telling it.
const DISCREET: &[&str] = &[
    "length", "empty", "equals", "not", "and", "or", "contains", "startswith", "endswith", "indexof", "lastindexof",
    "less", "lessorequals", "greater", "greaterorequals", "uniquestring", "guid", "resourceid",
];

/// Whether a value is a secret, or tells one.
fn reveals(value: &Value) -> bool {
    match &value.data {
        Data::Array(items) => items.iter().any(reveals),
        Data::Object(o) => o.members.iter().any(|m| reveals(&m.value)),
        Data::Residual(r) => match &r.node {
            Node::Parameter(_) => r.secret,
            Node::Access { base, .. } => reveals(base),
            Node::Loop { item, .. } => reveals(item),
            Node::Call { name, args } => match name.to_ascii_lowercase().as_str() {
                "getsecret" => r.secret,
                "if" => args.iter().skip(1).any(reveals),
                name if DISCREET.contains(&name) => false,
                name => name.starts_with("list") && name != "list" || args.iter().any(reveals),
            },
            _ => r.secret,
        },
        _ => false,
    }
}
