//! Whether a template has more of something than Azure takes.

use crate::check::named::support::declared;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::truth::Truth;
use crate::rules::language::Operand;

/// Source: <https://learn.microsoft.com/azure/azure-resource-manager/templates/best-practices#template-limits>
const PARAMETERS: usize = 256;
const VARIABLES: usize = 512;
const RESOURCES: usize = 800;
const OUTPUTS: usize = 64;

/// The deployment's template has no more parameters, variables and outputs than Azure takes, and its loops come to no more resources.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    let (Some(deployed), Some(index)) = (e.world.deployed, e.world.forest.nodes[s.node].deploys) else {
        return Truth::True;
    };
    let Some(deployment) = deployed.deployments.get(index) else { return Truth::True };
    let t = &deployment.template;
    let surely = |i: &usize| deployed.resources.get(*i).is_some_and(|r| !r.existing && r.condition.is_none());
    let resources = deployed.declared_in(index).iter().filter(|i| surely(i));
    let sections = [
        ("parameters", t.parameters.len(), PARAMETERS, t.parameters.get(PARAMETERS).map(|p| p.name_span)),
        ("variables", t.variables.len(), VARIABLES, t.variables.get(VARIABLES).map(|v| v.name_span)),
        ("outputs", t.outputs.len(), OUTPUTS, t.outputs.get(OUTPUTS).map(|o| o.name_span)),
        (
            "resources",
            resources.clone().count(),
            RESOURCES,
            resources.clone().nth(RESOURCES).and_then(|i| deployed.resources.get(*i)).map(|r| r.place),
        ),
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
