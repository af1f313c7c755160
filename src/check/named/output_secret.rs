//! Whether a deployment hands out a secret in an output.

use crate::check::named::support::declared;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Found, Scope};
use crate::expand::known::secret::tells;
use crate::expand::known::truth::Truth;
use crate::rules::language::Operand;

/// Looks at the outputs of the deployment that is judged: one that is not marked as secure must not hold a secure parameter
/// or what a `list…` function returns.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    let Some(deployment) = declared::deployment(e, s.node) else { return Truth::True };
    let template = &deployment.template;
    let values = declared::outputs(deployment);
    let mut truth = Truth::True;
    for output in &template.outputs {
        if declared::has_secret(template, &output.ty) {
            continue;
        }
        let value = values.get(output.name.to_ascii_lowercase().as_str()).copied();
        if !value.is_some_and(tells) {
            continue;
        }
        truth = Truth::False;
        let words = format!(
            "the output `{}` hands out a secret, and everybody who can read the deployment can read it",
            output.name
        );
        let found = value.map_or(Found::Missing, Found::Value);
        e.say(s.node, &[], found, words, false);
        if let Some(last) = e.evidence.last_mut() {
            last.place = Some(output.value.span);
            last.pointer = Some(declared::pointer(template, "outputs", &output.name));
        }
    }
    truth
}
