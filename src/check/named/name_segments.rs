//! Whether names have as many segments as their types.

use crate::check::explain::phrases::show_value;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Found, Scope, Step};
use crate::expand::Data;
use crate::expand::known::identity::pieces;
use crate::expand::known::truth::Truth;
use crate::rules::language::Operand;

/// The name of the resource, and of each that belongs to it, has one segment for each part of its type behind the namespace. Unknown
/// where it has too few as far as it is known. What was exported from Azure has its name from there.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    if e.world.deployed.is_none() {
        return Truth::True;
    }
    let mut truth = Truth::True;
    let forest = e.world.forest;
    for index in forest.subtree(s.node) {
        let Some(node) = forest.nodes.get(index) else { continue };
        let type_ = node.type_text();
        let Some(member) = node.body.as_object().and_then(|o| o.member("name")) else { continue };
        // `[…]` is a type that is not known.
        if type_.contains('[') || !type_.contains('/') {
            continue;
        }
        let wanted = type_.matches('/').count();
        let slashes = match &node.name.data {
            Data::Str(name) => name.matches('/').count(),
            Data::Residual(_) => {
                pieces(&node.name).iter().filter_map(|p| p.as_str()).map(|p| p.matches('/').count()).sum()
            }
            _ => continue,
        };
        let has = slashes + 1;
        let open = node.name.is_residual();
        if has == wanted || node.name.as_str().is_some_and(|name| name.split('/').any(str::is_empty)) {
            continue;
        }
        let steps = [Step::Member(member)];
        if open && has < wanted {
            let words = format!("whether the name has {} is not known", segments(wanted));
            e.say(index, &steps, Found::Missing, words, true);
            truth = truth.and(Truth::Unknown);
            continue;
        }
        truth = Truth::False;
        let name = if open { "the name".to_owned() } else { format!("the name {}", show_value(&node.name)) };
        let words = format!("{name} has {}, and the type {type_} needs {wanted}", segments(has));
        e.say(index, &steps, Found::Value(&member.value), words, false);
    }
    truth
}

fn segments(n: usize) -> String {
    if n == 1 { "1 segment".to_owned() } else { format!("{n} segments") }
}
