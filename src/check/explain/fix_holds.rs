//! What rules would say after a change: a fix is offered only if its rule holds then, and no other fails by it.

use std::rc::Rc;

use crate::check::explain::wanted::{Wanted, wanted};
use crate::check::result::Outcome;
use crate::check::verdict::clause::Reason;
use crate::check::verdict::condition::{Evaluator, World};
use crate::check::verdict::evidence::Step;
use crate::expand::value::{Member, Object};
use crate::expand::{Data, Value};
use crate::rules::Active;
use crate::rules::language::{Check, Literal};

/// Whether the rule holds for a target once every test that failed finds what it asks for, and none of the others fails that
/// did not fail before.
pub fn holds<'c>(
    world: &World<'_>,
    target: usize,
    check: &Check,
    reasons: &[Reason<'_>],
    others: impl Iterator<Item = &'c Active>,
) -> bool {
    // What it hangs below is asked, and not changed: other rules are about that.
    let (old, below) = world.forest.around(target);
    let new = |i: &usize| old.iter().take(below).position(|o| o == i);
    let mut forest = world.forest.part(&old, |_, node| node.clone());
    let mut touched = Vec::new();
    for e in reasons.iter().flat_map(|r| &r.evidence) {
        let (Some(wanted), Some(node)) = (wanted(e), new(&e.node)) else { return false };
        let Some(body) = changed(&forest.nodes[node].body, &e.steps, &wanted) else { return false };
        forest.nodes[node].body = body;
        if !touched.contains(&node) {
            touched.push(node);
        }
    }
    // What an API version does not have, or does not take, is not asked for.
    let before = mistakes(world, touched.iter().map(|&node| old[node]));
    let then = world.of(&forest);
    if mistakes(&then, touched.iter().copied()) > before {
        return false;
    }
    let fails = |world: &World<'_>, target, check| Evaluator::new(world, target).judge(check).outcome == Outcome::Fail;
    let ways = || reasons.iter().flat_map(|r| &r.evidence).map(|e| e.steps.iter().filter_map(Step::key));
    let sees = |other: &&Active| other.keys().is_some_and(|keys| ways().any(|way| keys.can_see(way)));
    Evaluator::new(&then, 0).judge(check).outcome == Outcome::Pass
        && others.filter(sees).filter_map(|other| other.check().ok()).all(|other| {
            // What broke it before is no fault of the fix.
            !fails(&then, 0, other) || fails(world, target, other)
        })
}

/// How much some nodes have against Azure's types; without a limit if those cannot be read.
fn mistakes(world: &World<'_>, nodes: impl Iterator<Item = usize>) -> usize {
    let Some(deployed) = world.deployed else { return 0 };
    let of = |i| world.mistakes.of(deployed, &world.forest.nodes[i], i).map_or(usize::MAX, |h| h.mistakes.len());
    nodes.map(of).fold(0, usize::saturating_add)
}

fn literal(literal: &Literal) -> Option<Value> {
    Some(match literal {
        Literal::Bool(b) => Value::bool(*b),
        Literal::Int(i) => Value::new(Data::Int(*i)),
        Literal::Str(s) => Value::str(s.as_str()),
        Literal::List(l) => Value::new(Data::Array(Rc::new(l.iter().map(self::literal).collect::<Option<_>>()?))),
        Literal::Null | Literal::Float(_) => return None,
    })
}

/// A value with what is wanted at the end of a way. Only what lies on the way is copied.
fn changed(value: &Value, way: &[Step<'_>], to: &Wanted<'_>) -> Option<Value> {
    let Some((step, rest)) = way.split_first() else { return ended(value, to) };
    let data = match (step, &value.data) {
        (Step::Item(Some(i), _), Data::Array(items)) => {
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
        (Step::Missing(key), Data::Object(object)) => {
            // Objects that are missing on the way are made.
            let below =
                if rest.is_empty() { Value::null() } else { Value::new(Data::Object(Rc::new(Object::default()))) };
            let mut object = (**object).clone();
            object.set((*key).into(), None, changed(&below, rest, to)?);
            Data::Object(Rc::new(object))
        }
        _ => return None,
    };
    Some(Value { data, origin: value.origin.clone() })
}

fn ended(value: &Value, to: &Wanted<'_>) -> Option<Value> {
    match (to, &value.data) {
        (Wanted::Value(l), _) => literal(l),
        (Wanted::Item(l), Data::Array(items)) => {
            let mut items = (**items).clone();
            items.push(literal(l)?);
            Some(Value { data: Data::Array(Rc::new(items)), origin: value.origin.clone() })
        }
        _ => None,
    }
}
