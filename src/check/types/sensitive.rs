//! The properties that Azure's types mark as secrets, and those that are called like one: a table that `build.rs` makes, as the ways
//! through the types are long.

use std::sync::LazyLock;

use crate::lower_case::in_lower_case;

/// Lines of a type in lower case and the paths to its secrets, with tabs between them, by the types.
static PATHS: &str = include_str!(concat!(env!("OUT_DIR"), "/sensitive.tsv"));

/// The same, by types.
static BY_TYPE: LazyLock<Vec<(&str, &str)>> =
    LazyLock::new(|| PATHS.lines().filter_map(|line| line.split_once('\t')).collect());

/// The paths to passwords and keys in resources of a type, as [`armlint_types::sensitive::paths`] finds them.
pub fn paths(type_: &str) -> impl Iterator<Item = &'static str> + Clone {
    let found = in_lower_case(type_, |type_| BY_TYPE.binary_search_by(|(name, _)| (*name).cmp(type_)).ok());
    let paths = found.and_then(|at| BY_TYPE.get(at)).map_or("", |(_, paths)| paths);
    paths.split('\t').filter(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_its_paths() {
        let mut with_some = 0;
        for line in PATHS.lines() {
            let (name, wanted) = line.split_once('\t').unwrap();
            assert_eq!(paths(&name.to_ascii_uppercase()).collect::<Vec<_>>().join("\t"), wanted, "{name}");
            with_some += 1;
        }
        assert!(with_some > 200, "{with_some}");
        for none in ["", "a", "Microsoft.Cdn/profiles", "Microsoft.Nobody/nothing", "zzz/zzz", "\t", "\u{e9}"] {
            assert_eq!(paths(none).count(), 0, "{none}");
        }
        assert!(paths("Microsoft.Compute/virtualMachines").any(|p| p == "properties.osProfile.adminPassword"));
    }
}
