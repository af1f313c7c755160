//! Whether secrets are handed to parameters that record them.

use crate::check::condition::Evaluator;
use crate::check::evidence::Scope;
use crate::check::language::Operand;
use crate::check::templates;
use crate::check::truth::Truth;
use crate::expand::residual::Node;
use crate::expand::{Data, Value};

/// No parameter of the deployment has a secret for its value, unless it is secure, or something in its type is.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    let node = &e.world.forest.nodes[s.node];
    let (Some(deployed), Some(index)) = (e.world.deployed, node.deploys) else { return Truth::True };
    let Some(deployment) = deployed.deployments.get(index) else { return Truth::True };
    let template = &deployment.template;
    let mut truth = Truth::True;
    for (p, value) in template.parameters.iter().zip(&deployment.parameters) {
        if templates::has_secret(template, &p.ty) || !reveals(value) {
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
    "length",
    "empty",
    "equals",
    "not",
    "and",
    "or",
    "contains",
    "startswith",
    "endswith",
    "indexof",
    "lastindexof",
    "less",
    "lessorequals",
    "greater",
    "greaterorequals",
    "uniquestring",
    "guid",
    "resourceid",
];

/// `listKeys` and the like: functions that ask a resource for its secrets.
fn asks(name: &str) -> bool {
    name.len() > 4 && name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("list"))
}

/// Whether a value is a secret, or tells one.
fn reveals(value: &Value) -> bool {
    match &value.data {
        Data::Array(items) => items.iter().any(reveals),
        // What Azure says of a deployed resource as a whole has no secrets in it.
        Data::Object(o) => !o.open && o.members.iter().any(|m| reveals(&m.value)),
        Data::Residual(r) => match &r.node {
            // An empty secret tells nothing.
            Node::Parameter(p) => {
                r.secret && p.hidden.as_ref().and_then(Value::as_str).is_none_or(|given| !given.is_empty())
            }
            // Of an object that is put together, nobody knows which part is looked up.
            Node::Access { base, .. } => match base.as_residual().map(|r| &r.node) {
                Some(Node::Call { name, .. }) if !asks(name) && !name.eq_ignore_ascii_case("getSecret") => false,
                _ => reveals(base),
            },
            Node::Loop { item, .. } => reveals(item),
            Node::Call { name, args } => match name.to_ascii_lowercase().as_str() {
                "getsecret" => r.secret,
                "if" => args.iter().skip(1).any(reveals),
                name if DISCREET.contains(&name) => false,
                name => asks(name) || args.iter().any(reveals),
            },
            _ => r.secret,
        },
        _ => false,
    }
}
