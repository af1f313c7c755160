//! Whether a deployment hands out a secret in an output.

use crate::check::condition::Evaluator;
use crate::check::evidence::{Found, Scope};
use crate::check::language::Operand;
use crate::check::templates;
use crate::check::truth::Truth;
use crate::expand::secrets::tells;

/// Looks at the outputs of the deployment that is judged: one that is not marked as secure must not hold a secure parameter
/// or what a `list…` function returns.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    let Some(deployment) = templates::deployment(e, s.node) else { return Truth::True };
    let template = &deployment.template;
    let values = templates::outputs(deployment);
    let mut truth = Truth::True;
    for output in &template.outputs {
        if templates::has_secret(template, &output.ty) {
            continue;
        }
        let value = values.get(output.name.to_ascii_lowercase().as_str()).copied();
        if !value.is_some_and(tells) {
            continue;
        }
        truth = Truth::False;
        let words = format!(
            "the output {} hands out a secret, and everybody who can read the deployment can read it",
            output.name
        );
        let found = value.map_or(Found::Missing, Found::Value);
        e.say(s.node, &[], found, words, false);
        if let Some(last) = e.evidence.last_mut() {
            last.place = Some(output.value.span);
            last.pointer = Some(ecow::eco_format!(
                "{}/outputs/{}",
                template.pointer,
                output.name.replace("~", "~0").replace("/", "~1")
            ));
        }
    }
    truth
}
