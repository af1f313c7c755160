//! Whether secrets are handed to parameters that record them.

use crate::check::condition::Evaluator;
use crate::check::evidence::Scope;
use crate::check::language::Operand;
use crate::check::secrets::reveals;
use crate::check::templates;
use crate::check::truth::Truth;
use crate::expand::secrets::tells;

/// No parameter of the deployment has a secret for its value, unless it is secure, or something in its type is.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    let Some(deployment) = templates::deployment(e, s.node) else { return Truth::True };
    let template = &deployment.template;
    let mut truth = Truth::True;
    for (p, value) in template.parameters.iter().zip(&deployment.parameters) {
        // What the template itself writes for a secret stands in clear text wherever it is handed to.
        let written = tells(value) && value.is_known();
        if templates::has_secret(template, &p.ty) || written || !reveals(value) {
            continue;
        }
        truth = Truth::False;
        let words = format!("the parameter {} takes a secret, but is not secure", p.name);
        let place = value.origin.place.unwrap_or(p.name_span);
        templates::say(e, s.node, words, place, templates::pointer(template, "parameters", &p.name));
    }
    truth
}
