//! Whether parameters have values of the kind that their metadata asks for.

use std::cell::OnceCell;

use crate::check::named::support::declared;
use crate::check::targets::parent_names::type_of_id;
use crate::check::verdict::compare::Lit;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Found, Scope};
use crate::expand::known::truth::Truth;
use crate::expand::{Data, Value};
use crate::model::{Expr, Parameter};
use crate::rules::language::Operand;
use crate::rules::settings::region;

/// `with: {locations: […]}`: a parameter with `metadata.strongType` (or `resourceType`) is a region, or the id of such a
/// resource.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    let Some(deployment) = declared::deployment(e, s.node) else { return Truth::True };
    let template = &deployment.template;
    // Few parameters ask for a region, and there are many regions.
    let regions = OnceCell::new();
    let mut truth = Truth::True;
    for (p, value) in template.parameters.iter().zip(&deployment.parameters) {
        let Some(wanted) = strong_type(p).filter(|_| !declared::is_secure(template, &p.ty)) else { continue };
        let is_location = wanted.eq_ignore_ascii_case("location");
        if value.is_null() || value.as_str().is_some_and(|s| s.is_empty()) || !is_location && !wanted.contains('/') {
            continue;
        }
        // An array holds several of the kind.
        let items = value.as_array().unwrap_or(std::slice::from_ref(value));
        if let Some(r) = items.iter().find_map(Value::as_residual) {
            let words = format!("the value of the parameter `{}` is not known before deployment", p.name);
            e.say(s.node, &[], Found::Unknown(r), words, true);
            truth = truth.and(Truth::Unknown);
            continue;
        }
        let is_good = |item: &&Value| match &item.data {
            Data::Str(text) if is_location => {
                let given = || args.iter().find(|(n, _)| n == "locations");
                is_one_of(text, regions.get_or_init(|| given().map_or(Lit::Null, |(_, o)| e.operand(o, s))))
            }
            Data::Str(text) => type_of(text).is_some_and(|t| t.eq_ignore_ascii_case(&wanted)),
            _ => false,
        };
        if let Some(value) = items.iter().find(|item| !is_good(item)) {
            truth = Truth::False;
            let what = if is_location { "the name of a region".to_string() } else { format!("the id of a {wanted}") };
            let given = value.as_str().map(|v| format!(": \"{v}\"")).unwrap_or_default();
            let words = format!("the value of the parameter `{}` is not {what}{given}", p.name);
            let place = value.origin.decided().place.unwrap_or(p.name_span);
            declared::say(e, s.node, words, place, declared::pointer(template, "parameters", &p.name));
        }
    }
    truth
}

fn is_one_of(text: &str, locations: &Lit<'_>) -> bool {
    let here = region(text);
    locations.items().iter().any(|l| l.text().is_some_and(|l| region(&l) == here))
}

/// `metadata.strongType`, else `metadata.resourceType` without an API version.
fn strong_type(p: &Parameter) -> Option<String> {
    let metadata = p.metadata.as_ref()?;
    let text = |key: &str| metadata.get(key).and_then(Expr::as_str);
    text("strongType")
        .map(|s| s.to_string())
        .or_else(|| text("resourceType").map(|s| s.split('@').next().unwrap_or_default().to_string()))
}

/// The type of the resource with this id.
fn type_of(id: &str) -> Option<String> {
    let segments: Vec<&str> = id.split('/').collect();
    if segments.iter().any(|s| s.eq_ignore_ascii_case("providers")) {
        return type_of_id(id);
    }
    match segments.as_slice() {
        ["", subscriptions, _] if subscriptions.eq_ignore_ascii_case("subscriptions") => {
            Some("Microsoft.Resources/subscriptions".to_string())
        }
        ["", _, _, groups, _] if groups.eq_ignore_ascii_case("resourceGroups") => {
            Some("Microsoft.Resources/resourceGroups".to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::type_of;

    #[test]
    fn types_of_ids() {
        let group = "/subscriptions/s/resourceGroups/g";
        let site = format!("{group}/providers/Microsoft.Web/sites/a/slots/b");
        assert_eq!(type_of(&site).as_deref(), Some("Microsoft.Web/sites/slots"));
        assert_eq!(type_of(group).as_deref(), Some("Microsoft.Resources/resourceGroups"));
        assert_eq!(type_of("site"), None);
    }
}
