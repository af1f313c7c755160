//! Copies of a target that are the same in every respect: what holds of one holds of all, and one is judged.
//!
//! A loop over `['init', 'idem']` deploys a module twice, and so does a module that is called from two places with the same values.

use super::forest::{Forest, Node};
use crate::expand::residual::{Node as Expression, ParameterUse, Residual};
use crate::expand::{Data, Deployed, Origin, Value};

/// How deep values and children are compared; what lies deeper counts as different.
const DEEPEST: usize = 60;

/// The first of each kind of the copies of a target.
pub fn distinct(forest: &Forest, deployed: Option<&Deployed>, copies: &[usize]) -> Vec<usize> {
    let mut out: Vec<usize> = Vec::with_capacity(1);
    for copy in copies {
        // Among many that are all different, each would be held against each.
        let known = out.iter().rev().take(4).any(|one| same_node(forest, deployed, *one, *copy, 0));
        if !known {
            out.push(*copy);
        }
    }
    out
}

fn same_node(forest: &Forest, deployed: Option<&Deployed>, a: usize, b: usize, depth: usize) -> bool {
    if a == b {
        return true;
    }
    let (Some(x), Some(y)) = (forest.nodes.get(a), forest.nodes.get(b)) else { return false };
    // A deployment is judged by its template and all that is given to it.
    let plain = |n: &Node| n.deploys.is_none();
    depth < DEEPEST
        && plain(x)
        && plain(y)
        && (x.place, x.declared, &x.pointer, &x.symbol) == (y.place, y.declared, &y.pointer, &y.symbol)
        && x.other_types == y.other_types
        && x.conditions.len() == y.conditions.len()
        && x.conditions.iter().zip(&y.conditions).all(|(a, b)| a.text == b.text)
        && same_way(deployed, x.declared_in, y.declared_in)
        && x.children.len() == y.children.len()
        && [(&x.type_, &y.type_), (&x.name, &y.name), (&x.id, &y.id), (&x.kind, &y.kind), (&x.body, &y.body)]
            .iter()
            .all(|(a, b)| same(a, b, 0))
        && x.children.iter().zip(&y.children).all(|(a, b)| same_node(forest, deployed, *a, *b, depth + 1))
}

/// Whether two deployments are of one template and were called from the same places.
fn same_way(deployed: Option<&Deployed>, mut a: Option<usize>, mut b: Option<usize>) -> bool {
    let Some(deployed) = deployed else { return a == b };
    for _ in 0..=deployed.deployments.len() {
        if a == b {
            return true;
        }
        let both = a.and_then(|a| deployed.deployments.get(a)).zip(b.and_then(|b| deployed.deployments.get(b)));
        let Some((x, y)) = both else { return false };
        let span = |r: Option<usize>| Some(deployed.resources.get(r?)?.span);
        if !std::sync::Arc::ptr_eq(&x.template, &y.template)
            || x.place != y.place
            || span(x.resource) != span(y.resource)
        {
            return false;
        }
        (a, b) = (x.parent, y.parent);
    }
    false
}

/// Whether two values are the same, and were decided at the same places; `depth` is how deep they lie.
pub fn same(a: &Value, b: &Value, depth: usize) -> bool {
    depth < DEEPEST && same_origin(&a.origin, &b.origin) && same_data(&a.data, &b.data, depth)
}

fn same_data(a: &Data, b: &Data, depth: usize) -> bool {
    match (a, b) {
        (Data::Null, Data::Null) => true,
        (Data::Bool(a), Data::Bool(b)) => a == b,
        (Data::Int(a), Data::Int(b)) => a == b,
        (Data::Float(a), Data::Float(b)) => a.to_bits() == b.to_bits(),
        (Data::Str(a), Data::Str(b)) => a == b,
        (Data::Array(a), Data::Array(b)) => std::rc::Rc::ptr_eq(a, b) || all(a, b, depth),
        (Data::Object(a), Data::Object(b)) => {
            std::rc::Rc::ptr_eq(a, b)
                || a.open == b.open
                    && a.members.len() == b.members.len()
                    && a.members
                        .iter()
                        .zip(&b.members)
                        .all(|(a, b)| a.key == b.key && a.key_span == b.key_span && same(&a.value, &b.value, depth + 1))
        }
        (Data::Residual(a), Data::Residual(b)) => std::rc::Rc::ptr_eq(a, b) || same_residual(a, b, depth),
        _ => false,
    }
}

fn all(a: &[Value], b: &[Value], depth: usize) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b, depth + 1))
}

fn same_residual(a: &Residual, b: &Residual, depth: usize) -> bool {
    let same = |a: &Value, b: &Value| same(a, b, depth + 1);
    a.secret == b.secret
        && match (&a.node, &b.node) {
            (Expression::Call { name, args }, Expression::Call { name: other, args: others }) => {
                name == other && all(args, others, depth)
            }
            (Expression::Access { base, key }, Expression::Access { base: other, key: with }) => {
                same(base, other) && same(key, with)
            }
            (Expression::Parameter(a), Expression::Parameter(b)) => same_parameter(a, b),
            (Expression::Failed(a), Expression::Failed(b)) | (Expression::Text(a), Expression::Text(b)) => a == b,
            (Expression::Loop { name, count, item }, Expression::Loop { name: other, count: counts, item: items }) => {
                name == other && same(count, counts) && same(item, items)
            }
            _ => false,
        }
}

/// Whether it is one use of one parameter.
fn same_parameter(a: &ParameterUse, b: &ParameterUse) -> bool {
    (a.key, &a.name, &a.part) == (b.key, &b.name, &b.part)
}

fn same_origin(a: &Origin, b: &Origin) -> bool {
    let (mut a, mut b) = (a, b);
    loop {
        if (a.place, a.computed, a.secret, a.assumed) != (b.place, b.computed, b.secret, b.assumed) {
            return false;
        }
        match (&a.from, &b.from) {
            (None, None) => return true,
            (Some(x), Some(y)) if std::rc::Rc::ptr_eq(x, y) => return true,
            (Some(x), Some(y)) => (a, b) = (x, y),
            _ => return false,
        }
    }
}
