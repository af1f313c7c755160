//! Parameters that stand for all of their allowed values.

use std::rc::Rc;

use super::targets::{Forest, Node, last_segment};
use crate::expand::residual::{Node as Expression, ParameterUse, Residual};
use crate::expand::{Data, Value, substitute};

/// Values for parameters that have none: the parameter's key, and the value that stands for it.
pub type Substitution = Vec<((u32, u32), Value)>;

/// The most combinations of choices that are tried.
pub const MOST: usize = 64;

/// The parameters with allowed values within residuals, each once, in the order met.
pub fn parameters(touched: &[Rc<Residual>]) -> Vec<Rc<ParameterUse>> {
    let mut out: Vec<Rc<ParameterUse>> = Vec::new();
    for r in touched {
        in_residual(r, &mut out);
    }
    out
}

fn in_residual(r: &Residual, out: &mut Vec<Rc<ParameterUse>>) {
    match &r.node {
        Expression::Parameter(p) => {
            let choices = p.allowed.as_ref().is_some_and(|a| !a.is_empty()) && p.hidden.is_none() && !r.secret;
            if choices && !out.iter().any(|o| o.key == p.key) {
                out.push(p.clone());
            }
        }
        Expression::Call { args, .. } => args.iter().for_each(|a| in_value(a, out)),
        Expression::Access { base, key } => {
            in_value(base, out);
            in_value(key, out);
        }
        _ => {}
    }
}

fn in_value(v: &Value, out: &mut Vec<Rc<ParameterUse>>) {
    match &v.data {
        Data::Residual(r) => in_residual(r, out),
        Data::Array(a) => a.iter().for_each(|v| in_value(v, out)),
        Data::Object(o) => o.members.iter().for_each(|m| in_value(&m.value, out)),
        _ => {}
    }
}

/// Every combination of choices, or nothing if there are too many.
pub fn combinations(parameters: &[Rc<ParameterUse>]) -> Vec<Substitution> {
    let mut out = vec![Vec::new()];
    for p in parameters {
        let choices = p.allowed.as_deref().unwrap_or_default();
        if out.len() * choices.len() > MOST {
            return Vec::new();
        }
        out = out
            .iter()
            .flat_map(|s| {
                choices.iter().map(|c| {
                    let mut s = s.clone();
                    s.push((p.key, c.clone()));
                    s
                })
            })
            .collect();
    }
    out
}

/// The target with its children, with a substitution in all of their values. The target is the first node.
pub fn substituted(forest: &Forest, target: usize, s: &Substitution) -> Forest {
    let old = forest.subtree(target);
    let new = |i: &usize| old.iter().position(|o| o == i);
    let decide = |p: &ParameterUse| s.iter().find(|(k, _)| *k == p.key).map(|(_, v)| v.clone());
    let nodes = old.iter().map(|&i| {
        let n = &forest.nodes[i];
        let name = substitute(&n.name, &decide);
        Node {
            short_name: last_segment(&name),
            name,
            body: substitute(&n.body, &decide),
            parent: n.parent.as_ref().and_then(new),
            children: n.children.iter().filter_map(new).collect(),
            ..n.clone()
        }
    });
    Forest { nodes: nodes.collect(), targets: vec![vec![0]] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(index: u32, allowed: &[&str]) -> Value {
        let node = Expression::Parameter(Rc::new(ParameterUse {
            name: "p".into(),
            part: Default::default(),
            key: (0, index),
            allowed: Some(allowed.iter().map(|a| Value::str(*a)).collect()),
            hidden: None,
            typed: None,
        }));
        Value::residual(Residual { node, secret: false })
    }

    #[test]
    fn every_combination_within_bounds() {
        let touched = |v: &Value| v.as_residual().unwrap().clone();
        let (a, b) = (parameter(0, &["x", "y"]), parameter(1, &["1", "2", "3"]));
        let found = parameters(&[touched(&a), touched(&b), touched(&a)]);
        assert_eq!(found.len(), 2);
        assert_eq!(combinations(&found).len(), 6);
        let many: Vec<String> = (0..65).map(|i| i.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(combinations(&parameters(&[touched(&parameter(2, &many))])).is_empty());
    }
}
