//! Whether secrets are handed to parameters that record them.

use crate::check::named::support::declared;
use crate::check::secrets::reveals;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::secret::tells;
use crate::expand::known::truth::Truth;
use crate::rules::language::Operand;

/// No parameter of the deployment has a secret for its value, unless it is secure, or something in its type is.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    let Some(deployment) = declared::deployment(e, s.node) else { return Truth::True };
    let template = &deployment.template;
    let mut truth = Truth::True;
    for (p, value) in template.parameters.iter().zip(&deployment.parameters) {
        // What the template itself writes for a secret stands in clear text wherever it is handed to.
        let written = || tells(value) && value.is_known();
        // Values are asked first: few reveal anything, and some types are large.
        if !reveals(value) || written() || declared::has_secret(template, &p.ty) {
            continue;
        }
        truth = Truth::False;
        let words = format!("the parameter `{}` takes a secret, but is not secure", p.name);
        let place = value.origin.place.unwrap_or(p.name_span);
        declared::say(e, s.node, words, place, declared::pointer(template, "parameters", &p.name));
    }
    truth
}
