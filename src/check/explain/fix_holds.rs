//! What a rule would say after a change: a fix is offered only if the rule holds then.

use std::rc::Rc;

use crate::check::result::Outcome;
use crate::check::targets::forest::{Forest, Node};
use crate::check::verdict::clause::Reason;
use crate::check::verdict::condition::{Evaluator, Kept, World};
use crate::check::verdict::evidence::{Asked, Step};
use crate::expand::value::Member;
use crate::expand::{Data, Value};
use crate::rules::language::{Check, Literal, Operand};

/// Whether the rule holds for a target once every test that failed finds the literal that it asks for.
pub fn holds(world: &World<'_>, target: usize, check: &Check, reasons: &[Reason<'_>]) -> bool {
    let old = world.forest.subtree(target);
    let new = |i: &usize| old.iter().position(|o| o == i);
    let nodes = old.iter().map(|&i| {
        let n = &world.forest.nodes[i];
        Node {
            parent: n.parent.as_ref().and_then(new),
            children: n.children.iter().filter_map(new).collect(),
            ..n.clone()
        }
    });
    let mut forest = Forest { nodes: nodes.collect(), targets: vec![vec![0]] };
    for e in reasons.iter().flat_map(|r| &r.evidence) {
        let (Asked::Test(test), Some(node)) = (e.asked, new(&e.node)) else { return false };
        let Some(value) = literal(&test.operand) else { return false };
        let Some(body) = changed(&forest.nodes[node].body, &e.steps, value) else { return false };
        forest.nodes[node].body = body;
    }
    let world = World { forest: &forest, kept: Kept::default(), ..*world };
    Evaluator::new(&world, 0).judge(check).outcome == Outcome::Pass
}

fn literal(operand: &Operand) -> Option<Value> {
    Some(match operand {
        Operand::Literal(Literal::Bool(b)) => Value::bool(*b),
        Operand::Literal(Literal::Int(i)) => Value::new(Data::Int(*i)),
        Operand::Literal(Literal::Str(s)) => Value::str(s.as_str()),
        _ => return None,
    })
}

/// A value with another one at the end of a way. Only what lies on the way is copied.
fn changed(value: &Value, way: &[Step<'_>], to: Value) -> Option<Value> {
    let Some((step, rest)) = way.split_first() else { return Some(to) };
    let data = match (step, &value.data) {
        (Step::Item(i, _), Data::Array(items)) => {
            let mut items = (**items).clone();
            let item = items.get_mut(*i)?;
            *item = changed(item, rest, to)?;
            Data::Array(Rc::new(items))
        }
        (Step::Member(Member { key, .. }), Data::Object(object)) => {
            let mut object = (**object).clone();
            let at = object.members.iter().position(|m| m.key.eq_ignore_ascii_case(key))?;
            let member = object.members.get_mut(at)?;
            member.value = changed(&member.value, rest, to)?;
            Data::Object(Rc::new(object))
        }
        (Step::Missing(key), Data::Object(object)) if rest.is_empty() => {
            let mut object = (**object).clone();
            object.set((*key).into(), None, to);
            Data::Object(Rc::new(object))
        }
        _ => return None,
    };
    Some(Value { data, origin: value.origin.clone() })
}
