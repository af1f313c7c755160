//! Parameters that stand for all of their allowed values.

use std::rc::Rc;

use super::targets::{Forest, Node, last_segment};
use crate::expand::functions::{Implementation, lookup};
use crate::expand::residual::{Node as Expression, ParameterUse, Residual};
use crate::expand::{Data, Object, Value, value::Member};

/// Values for parameters that have none.
#[derive(Debug, Clone, Default)]
pub struct Substitution {
    /// The parameter's key and the value that stands for it.
    pub values: Vec<((u32, u32), Value)>,
}

/// Works a residual out again with a substitution; what the evaluator knows better than this module.
pub type Reevaluate<'r> = &'r dyn Fn(&Residual, &Substitution) -> Option<Value>;

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
        Expression::Loop { count, item, .. } => {
            in_value(count, out);
            in_value(item, out);
        }
        Expression::Failed(_) | Expression::Text(_) => {}
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
    let mut out = vec![Substitution::default()];
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
                    s.values.push((p.key, c.clone()));
                    s
                })
            })
            .collect();
    }
    out
}

/// The target with its children, with a substitution in all of their values. The target is the first node.
pub fn substituted(forest: &Forest, target: usize, s: &Substitution, hook: Option<Reevaluate<'_>>) -> Forest {
    let old = forest.subtree(target);
    let new = |i: &usize| old.iter().position(|o| o == i);
    let nodes = old.iter().map(|&i| {
        let n = &forest.nodes[i];
        let name = value(&n.name, s, hook);
        Node {
            short_name: last_segment(&name),
            name,
            body: value(&n.body, s, hook),
            parent: n.parent.as_ref().and_then(new),
            children: n.children.iter().filter_map(new).collect(),
            ..n.clone()
        }
    });
    Forest { nodes: nodes.collect(), targets: vec![vec![0]] }
}

/// A value with a substitution.
pub fn value(v: &Value, s: &Substitution, hook: Option<Reevaluate<'_>>) -> Value {
    let data = match &v.data {
        Data::Residual(r) => {
            let mut new = residual(r, s, hook);
            // A hand-over of the choice is still a hand-over.
            if let (Some(place), Expression::Parameter(_)) = (v.origin.place, &r.node) {
                new.origin = new.origin.handed_over(place);
            } else if !new.is_residual() {
                new.origin = v.origin.clone();
            }
            return if new.is_residual() { Value { data: new.data, origin: v.origin.clone() } } else { new };
        }
        Data::Array(a) if !v.is_known() => Data::Array(Rc::new(a.iter().map(|v| value(v, s, hook)).collect())),
        Data::Object(o) if !v.is_known() => {
            let member = |m: &Member| Member { key: m.key.clone(), key_span: m.key_span, value: value(&m.value, s, hook) };
            Data::Object(Rc::new(Object { members: o.members.iter().map(member).collect() }))
        }
        _ => return v.clone(),
    };
    Value { data, origin: v.origin.clone() }
}

fn residual(r: &Rc<Residual>, s: &Substitution, hook: Option<Reevaluate<'_>>) -> Value {
    let same = || Value::new(Data::Residual(r.clone()));
    match &r.node {
        Expression::Parameter(p) => {
            s.values.iter().find(|(k, _)| *k == p.key).map_or_else(same, |(_, v)| v.clone())
        }
        Expression::Access { base, key } => {
            let (base, key) = (value(base, s, hook), value(key, s, hook));
            let found = match (&base.data, &key.data) {
                (Data::Object(o), Data::Str(k)) => o.get(k).cloned(),
                (Data::Array(a), Data::Int(i)) => usize::try_from(*i).ok().and_then(|i| a.get(i).cloned()),
                _ => None,
            };
            found.unwrap_or_else(|| Value::residual(Residual::access(base, key)))
        }
        Expression::Call { name, args } => {
            let args: Vec<Value> = args.iter().map(|a| value(a, s, hook)).collect();
            if name.eq_ignore_ascii_case("if") {
                match (args.first().and_then(Value::as_bool), args.get(1), args.get(2)) {
                    (Some(true), Some(v), _) | (Some(false), _, Some(v)) => return v.clone(),
                    _ => {}
                }
            }
            if let (Some(Implementation::Pure(f)), true) = (lookup(name).map(|b| b.implementation), args.iter().all(Value::is_known)) {
                if let Ok(Some(v)) = f(&args) {
                    return v;
                }
            }
            let new = Residual::call(name.clone(), args);
            hook.and_then(|h| h(&new, s)).unwrap_or_else(|| Value::residual(new))
        }
        Expression::Failed(_) | Expression::Text(_) | Expression::Loop { .. } => same(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(index: u32, allowed: &[&str]) -> Value {
        let node = Expression::Parameter(Rc::new(ParameterUse {
            name: "p".into(),
            key: (0, index),
            allowed: Some(allowed.iter().map(|a| Value::str(*a)).collect()),
            hidden: None,
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

    #[test]
    fn a_choice_decides_a_branch() {
        let v = Value::residual(Residual::call("if", vec![parameter(0, &["x"]), Value::int(1), Value::int(2)]));
        let s = Substitution { values: vec![((0, 0), Value::bool(true))] };
        assert_eq!(value(&v, &s, None).as_int(), Some(1));
    }
}
