//! Whether a resource is what Azure's types say.

use crate::check::types::{Kind, Mistake, Open, steps};
use crate::check::verdict::compare::Lit;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Found, Scope, Step};
use crate::expand::known::truth::Truth;
use crate::rules::language::Operand;

/// `with: {kind: property}`: no resource of the target, children included, has a mistake of this kind ([`Kind::named`]). Unknown
/// where a value that is not decided may be one. What was exported from Azure is as it is.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    let kind = args.iter().find(|(n, _)| n == "kind").map_or(Lit::Null, |(_, o)| e.operand(o, s));
    let (Some(kind), Some(deployed)) = (kind.text().and_then(|k| Kind::named(&k)), e.world.deployed) else {
        return Truth::True;
    };
    let mut truth = Truth::True;
    let forest = e.world.forest;
    for index in forest.subtree(s.node) {
        let Some(node) = forest.nodes.get(index) else { continue };
        let found = match e.world.mistakes.of(deployed, node, index) {
            Ok(found) => found,
            Err(damaged) => {
                let _ = e.damaged.set(damaged);
                return Truth::Unknown;
            }
        };
        let mut mistakes = found.mistakes.iter().filter(|m| m.kind == kind).peekable();
        if mistakes.peek().is_none() {
            for open in found.open.iter().filter(|o| o.kinds.has(kind)) {
                truth = truth.and(Truth::Unknown);
                unknown(e, index, open);
            }
        }
        for mistake in mistakes {
            truth = Truth::False;
            say(e, index, mistake);
        }
    }
    truth
}

fn unknown<'a>(e: &mut Evaluator<'a>, index: usize, open: &Open) {
    let Some(node) = e.world.forest.nodes.get(index) else { return };
    let steps = steps(&node.body, &open.way);
    // As a value, not as something unknown: to try all that it may come to takes longer than the answer is worth.
    let found = match steps.last() {
        Some(Step::Member(m)) => Found::Value(&m.value),
        Some(Step::Item(_, v)) => Found::Value(v),
        _ => Found::Missing,
    };
    e.say(index, &steps, found, open.words.clone(), true);
}

fn say<'a>(e: &mut Evaluator<'a>, index: usize, mistake: &Mistake) {
    let Some(node) = e.world.forest.nodes.get(index) else { return };
    let steps = steps(&node.body, &mistake.way);
    let (found, place) = match steps.last() {
        // The value says nothing: neither what it is nor where it is from.
        Some(Step::Member(m)) if mistake.key => (Found::Missing, m.key_span),
        Some(Step::Member(m)) => (Found::Value(&m.value), None),
        Some(Step::Item(_, v)) => (Found::Value(v), None),
        Some(Step::Missing(_)) | None => (Found::Missing, None),
    };
    e.say(index, &steps, found, mistake.words.clone(), false);
    if let Some(last) = e.evidence.last_mut().filter(|_| e.explain && place.is_some()) {
        last.place = place;
    }
}
