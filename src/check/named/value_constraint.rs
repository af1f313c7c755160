//! Whether the values of parameters and outputs are of their types.

use crate::check::named::support::declared;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::truth::Truth;
use crate::expand::{Value, misfit};
use crate::model::Type;
use crate::rules::language::Operand;

/// Every parameter that is not secure, and every output, has a value that its type takes, down to items and properties.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    let Some(deployment) = declared::deployment(e, s.node) else { return Truth::True };
    let template = &deployment.template;
    let mut truth = Truth::True;
    let mut look = |kind: &str, name: &str, ty: &Type, value: &Value, span| {
        if let Some(wrong) = misfit(template, ty, value, name) {
            truth = Truth::False;
            let words = format!("the value of the {} {} {}", kind.trim_end_matches('s'), wrong.path, wrong.why);
            // A parameter is given its value somewhere; an output makes it.
            let origin = if kind == "parameters" { value.origin.decided() } else { &value.origin };
            let place = origin.place.unwrap_or(span);
            declared::say(e, s.node, words, place, declared::pointer(template, kind, name));
        }
    };
    for (p, value) in template.parameters.iter().zip(&deployment.parameters) {
        if !declared::is_secure(template, &p.ty) {
            look("parameters", &p.name, &p.ty, value, p.name_span);
        }
    }
    let values = declared::outputs(deployment);
    for o in template.outputs.iter().filter(|o| o.condition.is_none()) {
        let value = values.get(o.name.to_ascii_lowercase().as_str()).copied();
        // What is null here Azure may fill in.
        if let Some(value) = value.filter(|v| !v.is_null()) {
            look("outputs", &o.name, &o.ty, value, o.name_span);
        }
    }
    truth
}
