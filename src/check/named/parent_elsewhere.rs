//! Whether what a resource hangs below is declared elsewhere, so that nobody knows here what it is like.

use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Found, Scope};
use crate::expand::known::truth::Truth;
use crate::rules::language::Operand;

/// Unknown where the parent is not in the template: it may be what excuses its child, or not. False elsewhere: what the parent is
/// like, or what may be the parent, conditions on `$parent` say.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    // What was exported from Azure is all there is.
    let is_here = || e.parent(s.node).is_some() || !e.world.forest.homes_of(s.node).is_empty();
    if e.world.deployed.is_none() || is_here() {
        return Truth::False;
    }
    let words = "the resource that it belongs to is declared elsewhere, and what that is like is not known here";
    e.say(s.node, &[], Found::Missing, words, true);
    Truth::Unknown
}
