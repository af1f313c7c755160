//! The spelling of resource types: the compiler writes a known type as Azure does, however it was typed.

use std::sync::OnceLock;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

/// A provider per line, then its types.
const NAMES: &str = include_str!("resource-types.txt");

/// The types by their names in lower case, made when first asked for.
fn names() -> &'static FxHashMap<String, EcoString> {
    static TABLE: OnceLock<FxHashMap<String, EcoString>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = FxHashMap::default();
        for line in NAMES.lines().filter(|l| !l.starts_with(['#', '<'])) {
            let Some((provider, types)) = line.split_once(": ") else { continue };
            // A few providers spell their own name in two ways; a line gives each.
            for t in types.split(' ') {
                let full = eco_format!("{provider}/{t}");
                table.insert(full.to_ascii_lowercase().to_string(), full);
            }
        }
        table
    })
}

/// The types that were once spelled in another way, with the last version for which that holds.
fn older() -> &'static [(&'static str, &'static str)] {
    static TABLE: OnceLock<Vec<(&str, &str)>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let lines = NAMES.lines().take_while(|l| l.starts_with(['#', '<']));
        let words = |line: &'static str| {
            let mut words = line.split(' ').skip(1);
            Some((words.next()?, words.next()?))
        };
        lines.filter_map(words).collect()
    })
}

/// A type as Azure spells it in an API version; as it is, if it is not known.
pub(super) fn spelled(type_: EcoString, version: Option<&str>) -> EcoString {
    let once = older()
        .iter()
        .find(|(older, until)| older.eq_ignore_ascii_case(&type_) && version.is_some_and(|version| version <= *until));
    if let Some((older, _)) = once {
        return (*older).into();
    }
    names().get(type_.to_ascii_lowercase().as_str()).cloned().unwrap_or(type_)
}

/// Whether a type is one of Azure's that are known.
pub(super) fn is_known(type_: &str) -> bool {
    names().contains_key(type_.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_types_are_spelled_as_azure_does() {
        assert_eq!(spelled("microsoft.network/publicIpAddresses".into(), None), "Microsoft.Network/publicIPAddresses");
        let older = spelled("Microsoft.Insights/diagnosticSettings".into(), Some("2017-05-01-preview"));
        assert_eq!(older, "microsoft.insights/diagnosticSettings");
        assert_eq!(spelled("Contoso.Own/things".into(), None), "Contoso.Own/things");
    }
}
