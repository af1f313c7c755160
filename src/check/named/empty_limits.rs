//! Whether there is a value that keeps the limits of its type.

use crate::check::named::support::declared;
use crate::check::named::support::noted::{self, Said};
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::truth::Truth;
use crate::model::{Template, Type, TypeKind};
use crate::rules::language::Operand;

/// No parameter, output and named type of the deployment's template has a limit from below that is above the one from above, down to
/// items and properties.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    noted::each(e, s, false, ("empty-limits", args), |_, declared| in_template(&declared.template))
}

fn in_template(t: &Template) -> Vec<Said> {
    let parameters = t.parameters.iter().map(|p| (("parameters", "parameter"), &p.name, p.name_span, &p.ty));
    let types = t.types.iter().map(|d| (("definitions", "type"), &d.name, d.name_span, &d.ty));
    let outputs = t.outputs.iter().map(|o| (("outputs", "output"), &o.name, o.name_span, &o.ty));
    let mut out = Vec::new();
    for ((section, what), name, span, ty) in parameters.chain(types).chain(outputs) {
        let mut open = vec![(ty, "")];
        while let Some((ty, part)) = open.pop() {
            if let Some(limits) = excluded(ty) {
                let words = format!("no value of {part}the {what} {name} has {limits}");
                out.push(Said { words, span, pointer: declared::pointer(t, section, name) });
            }
            open.extend(declared::type_parts(&ty.kind).map(|ty| (ty, "a part of ")));
        }
    }
    out
}

/// The limits of a type that nothing can keep both.
fn excluded(ty: &Type) -> Option<String> {
    let unit = match ty.kind {
        TypeKind::Array { .. } => "items",
        _ => "characters",
    };
    let above = |low: Option<i64>, high: Option<i64>| Some((low?, high?)).filter(|(low, high)| low > high);
    let length = above(ty.min_length, ty.max_length);
    let value = || above(ty.min_value, ty.max_value);
    length
        .map(|(low, high)| format!("at least {low} and at most {high} {unit}"))
        .or_else(|| value().map(|(low, high)| format!("{low} or more and {high} or less")))
}
