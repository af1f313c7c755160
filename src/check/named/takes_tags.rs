//! Whether resources of a type can have tags.

use crate::check::types::kinds;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::truth::Truth;
use crate::rules::language::Operand;
use crate::types::{self, Damaged};

/// An API version of the type has `tags` that can be given. Of types that are not published nothing is known: they may have some.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    let Some(node) = e.world.forest.nodes.get(s.node) else { return Truth::True };
    match has_tags(node.type_text()) {
        Ok(has) => Truth::from(has),
        Err(damaged) => {
            let _ = e.damaged.set(damaged);
            Truth::Unknown
        }
    }
}

/// Types of which the published types lack `tags`, and that take them by Azure's list
/// (<https://learn.microsoft.com/azure/azure-resource-manager/management/tag-support>).
const UNPUBLISHED: [&str; 1] = ["Microsoft.Authorization/resourceManagementPrivateLinks"];

fn has_tags(type_: &str) -> Result<bool, Damaged> {
    // Resources of extensions, whose types have a version in them, are none of Azure's.
    if type_.contains('@') {
        return Ok(false);
    }
    if UNPUBLISHED.iter().any(|known| known.eq_ignore_ascii_case(type_)) {
        return Ok(true);
    }
    let Some(known) = kinds::resource_type(types::azure()?, type_)? else { return Ok(true) };
    // The newest version mostly decides.
    for version in known.versions().rev() {
        if version?.body.property("tags")?.is_some_and(|tags| !tags.flags.read_only()) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_of_extensions_have_no_tags() {
        let has = |type_: &str| has_tags(type_).unwrap();
        assert!(has("Microsoft.Storage/storageAccounts") && has("Microsoft.Nobody/knows"));
        assert!(!has("Microsoft.DSC.Debug/Echo@1.0.0"));
    }
}
