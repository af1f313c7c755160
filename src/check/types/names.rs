//! The names of all resource types, found by what of a name is right: to hold one against each of thousands would cost more
//! than all else that is asked of a resource.

use std::hash::{Hash, Hasher};
use std::sync::OnceLock;

use rustc_hash::{FxHashSet, FxHasher};

use super::nearest::{LONGEST, slips};
use crate::types::{Damaged, Types};

/// A name that is meant differs by so many slips at most.
const SLIPS: usize = 3;

/// The names of the resource types that are published.
#[derive(Debug, Default)]
pub struct TypeNames<'n> {
    namespaces: FxHashSet<String>,
    /// The names by a hash of what is left of them without one of their segments, in lower case (`microsoft.storage//blobservices`),
    /// in order.
    by_rest: Vec<(u64, &'n str)>,
}

impl TypeNames<'static> {
    /// The names that a table holds. They are read once in a process: there is one table.
    ///
    /// # Errors
    ///
    /// The table is damaged.
    pub fn of(types: Types<'static>) -> Result<&'static Self, Damaged> {
        static NAMES: OnceLock<TypeNames<'static>> = OnceLock::new();
        if let Some(known) = NAMES.get() {
            return Ok(known);
        }
        let names = types.resource_types().map(|t| Ok(t?.name)).collect::<Result<Vec<_>, Damaged>>()?;
        Ok(NAMES.get_or_init(|| TypeNames::new(names.into_iter())))
    }
}

impl<'n> TypeNames<'n> {
    fn new(names: impl Iterator<Item = &'n str>) -> Self {
        let mut all = TypeNames::default();
        for name in names {
            let low = name.to_ascii_lowercase();
            let namespace = low.split('/').next().unwrap_or_default();
            if !all.namespaces.contains(namespace) {
                all.namespaces.insert(namespace.to_owned());
            }
            all.by_rest.extend(rests(&low).map(|(rest, _)| (rest, name)));
        }
        all.by_rest.sort_unstable();
        all
    }

    /// Whether a namespace has types here, whatever the case.
    pub fn knows_namespace(&self, namespace: &str) -> bool {
        self.namespaces.contains(&namespace.to_ascii_lowercase())
    }

    /// The resource type that was meant: one that differs in one of its segments by a slip.
    pub fn nearest(&self, type_: &str) -> Option<&'n str> {
        let low = type_.to_ascii_lowercase();
        let mut best: Option<(usize, &'n str)> = None;
        for (index, (rest, own)) in rests(&low).enumerate() {
            let first = self.by_rest.partition_point(|(hash, _)| *hash < rest);
            for (_, name) in self.by_rest.iter().skip(first).take_while(|(hash, _)| *hash == rest) {
                if !differ_only_in(index, type_, name) {
                    continue;
                }
                let theirs = name.split('/').nth(index).unwrap_or_default();
                // So many letters are missing or too many at least.
                let can_be = own.len() <= LONGEST && theirs.len().abs_diff(own.len()) <= SLIPS;
                let apart = if can_be { slips(own, theirs) } else { None };
                // The first by name of those that are as near.
                if let Some(apart) = apart.filter(|apart| *apart <= SLIPS && best.is_none_or(|b| (*apart, *name) < b)) {
                    best = Some((apart, name));
                }
            }
        }
        best.map(|(_, name)| name)
    }
}

/// A hash of a name without each of its segments in turn, and that segment. A name of more segments than any type has gives
/// nothing.
fn rests(name: &str) -> impl Iterator<Item = (u64, &str)> {
    const MOST_SEGMENTS: usize = 16;
    let all = name.split('/');
    let few = all.clone().nth(MOST_SEGMENTS).is_none();
    all.clone().enumerate().filter(move |_| few).map(move |(i, own)| {
        let mut hasher = FxHasher::default();
        all.clone().enumerate().for_each(|(j, s)| (if i == j { "" } else { s }).hash(&mut hasher));
        (hasher.finish(), own)
    })
}

/// Whether two names say the same, whatever the case, but for one of their segments: hashes can be the same of others.
fn differ_only_in(index: usize, a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.split('/'), b.split('/'));
    for i in 0.. {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if i == index || a.eq_ignore_ascii_case(b) => {}
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_are_near() {
        let names =
            ["Microsoft.Storage/storageAccounts", "Microsoft.Insights/logprofiles", "Microsoft.AAD/domainServices"];
        let names = TypeNames::new(names.into_iter());
        let near = |type_| names.nearest(type_);
        assert_eq!(near("Microsoft.Storage/storageAccount"), Some("Microsoft.Storage/storageAccounts"));
        assert_eq!(near("Microsft.Storage/storageAccounts"), Some("Microsoft.Storage/storageAccounts"));
        assert_eq!(near("microsoft.storage/STORAGEACCOUNT"), Some("Microsoft.Storage/storageAccounts"));
        assert_eq!(near("Microsoft.Insights/alertrules"), None);
        assert_eq!(near("Microsoft.Media/mediaServices"), None);
        assert_eq!(near("Microsoft.Storage/storageAccount/blobServices"), None);
        assert_eq!(near("Microsoft.Storage/storageAccounts"), None);
        assert_eq!(near(&"Microsoft.Storage/".repeat(100_000)), None);
        assert!(names.knows_namespace("MICROSOFT.aad") && !names.knows_namespace("Contoso.Things"));
    }

    #[test]
    fn names_of_the_table() {
        let names = TypeNames::of(crate::types::azure().unwrap()).unwrap();
        let near = names.nearest("Microsoft.Network/virtualNetwork/subnets").unwrap_or_default();
        assert!(near.eq_ignore_ascii_case("Microsoft.Network/virtualNetworks/subnets"), "{near}");
    }
}
