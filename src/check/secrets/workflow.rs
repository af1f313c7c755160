//! What the definition of a workflow (Logic Apps) says of its parameters: which are secure stands there, and their values beside it.
//! <https://learn.microsoft.com/azure/logic-apps/logic-apps-securing-a-logic-app#secure-parameters-workflow>

use rustc_hash::FxHashSet;

use super::shape;
use crate::check::named::support::written::Written;
use crate::model::{Expr, Property, Template};

/// So many parameters of a workflow are looked at. Azure takes 50:
/// <https://learn.microsoft.com/azure/logic-apps/logic-apps-limits-and-config>.
const MOST: usize = 100;

/// What the parameters of a workflow are given that its definition declares as secure, each with its name.
pub fn secure_values<'t>(body: &'t Expr, type_: &str, scope: &'t Template) -> Vec<(&'t str, &'t Expr)> {
    if !type_.eq_ignore_ascii_case("Microsoft.Logic/workflows") {
        return Vec::new();
    }
    let mut written = Written::new(scope);
    let mut members = |path: &str| -> Vec<(&'t str, &'t Expr)> {
        let objects = written.at(body, path).into_iter().filter_map(|(_, value)| value.as_object());
        let named = |m: &'t Property| Some((m.key.as_str()?.as_str(), &m.value));
        objects.flatten().filter_map(named).take(MOST).collect()
    };
    let declared = members("properties.definition.parameters").into_iter();
    let secure = declared.filter(|(_, p)| shape::is_secure_type(p.get("type")));
    let secure: FxHashSet<String> = secure.map(|(name, _)| name.to_ascii_lowercase()).collect();
    if secure.is_empty() {
        return Vec::new();
    }
    let given = members("properties.parameters").into_iter();
    let given = given.filter(|(name, _)| secure.contains(&name.to_ascii_lowercase()));
    given.filter_map(|(name, p)| Some((name, p.get("value")?))).collect()
}
