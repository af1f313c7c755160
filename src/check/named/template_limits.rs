//! Whether a template has more of something than Azure takes.

use crate::check::named::support::declared;
use crate::check::template_limits::{OUTPUTS, PARAMETERS, RESOURCES, VARIABLES};
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::truth::Truth;
use crate::rules::language::Operand;

/// The deployment's template has no more parameters, variables and outputs than Azure takes, and its loops come to no more resources.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    let Some(deployment) = declared::deployment(e, s.node) else { return Truth::True };
    let t = &deployment.template;
    let mut resources = declared::own(e, s.node);
    resources.retain(|r| !r.existing && r.condition.is_none());
    let sections = [
        ("parameters", t.parameters.len(), PARAMETERS, t.parameters.get(PARAMETERS).map(|p| p.name_span)),
        ("variables", t.variables.len(), VARIABLES, t.variables.get(VARIABLES).map(|v| v.name_span)),
        ("outputs", t.outputs.len(), OUTPUTS, t.outputs.get(OUTPUTS).map(|o| o.name_span)),
        ("resources", resources.len(), RESOURCES, resources.get(RESOURCES).map(|r| r.place)),
    ];
    let mut truth = Truth::True;
    for (what, has, most, place) in sections {
        let Some(place) = place.filter(|_| has > most) else { continue };
        truth = Truth::False;
        let words = format!("the template has {has} {what}, and Azure takes {most}");
        declared::say(e, s.node, words, place, ecow::eco_format!("{}/{what}", t.pointer));
    }
    truth
}
