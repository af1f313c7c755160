//! Whether what a template declares says what Azure cannot do without.

use ecow::eco_format;

use crate::check::named::support::declared;
use crate::check::named::support::noted::{self, Said};
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::truth::Truth;
use crate::model::{ExprKind, Template, Type, TypeKind};
use crate::rules::language::Operand;

/// Each resource of the deployment's template has an API version, and each parameter and output a type.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    noted::each(e, s, false, ("required-members", args), |_, declared| in_template(&declared.template))
}

fn in_template(t: &Template) -> Vec<Said> {
    let mut out = Vec::new();
    let untyped = |ty: &Type| matches!(ty.kind, TypeKind::Any) && ty.span.is_none() && ty.derived.is_none();
    for p in t.parameters.iter().filter(|p| untyped(&p.ty)) {
        let words = format!("the parameter {} has no type", p.name);
        out.push(Said { words, span: p.name_span, pointer: declared::pointer(t, "parameters", &p.name) });
    }
    for o in t.outputs.iter().filter(|o| untyped(&o.ty)) {
        let words = format!("the output {} has no type", o.name);
        out.push(Said { words, span: o.name_span, pointer: declared::pointer(t, "outputs", &o.name) });
    }
    if t.profile {
        return out;
    }
    for (r, type_) in declared::resources(t) {
        // A resource of an extension has the version of the extension; one without a type is an error of its own.
        if r.extension || type_.is_empty() {
            continue;
        }
        let Some(version) = &r.api_version else {
            let words = format!("a {type_} has no apiVersion");
            out.push(Said { words, span: r.place, pointer: r.pointer.clone() });
            continue;
        };
        let kind = match &version.kind {
            ExprKind::Null => "null",
            ExprKind::Bool(_) => "a boolean",
            ExprKind::Int(_) | ExprKind::Float(_) => "a number",
            ExprKind::Array(_) => "an array",
            ExprKind::Object(_) => "an object",
            _ => continue,
        };
        let words = format!("the apiVersion of a {type_} is {kind}, and not a string");
        out.push(Said { words, span: version.span, pointer: eco_format!("{}/apiVersion", r.pointer) });
    }
    out
}
