//! The properties that Azure's types mark as secrets.

use std::sync::{Arc, LazyLock, Mutex};

use rustc_hash::{FxHashMap, FxHashSet};

use super::kinds::kind;
use crate::types::{Damaged, Kind, Property, Type, Types};

/// Ends of the names of passwords and keys. What else is marked are addresses, certificates and ids, which a template may say.
const NAMES: &[&str] = &[
    "password",
    "passphrase",
    "clientsecret",
    "sharedkey",
    "accountkey",
    "accesskey",
    "primarykey",
    "secondarykey",
    "sastoken",
    "sshprivatekey",
    "apikey",
    "radiusserversecret",
    "masterkey",
];

/// Providers of what nobody declares: registrations, and secrets wrapped in objects that are encrypted.
const LEFT_OUT: &[&str] = &["microsoft.providerhub/", "microsoft.hybridnetwork/", "microsoft.computebulkactions/"];

/// How far down properties are looked for: types can contain themselves.
const DEEPEST: usize = 12;

/// The paths to passwords and keys in resources of a type, such as `properties.secrets[*].password`, in alphabetical order: what its
/// newest version marks as secret, that can be set.
///
/// # Errors
///
/// The table is damaged.
pub fn paths(types: Types<'static>, type_: &str) -> Result<Arc<[String]>, Damaged> {
    static KNOWN: LazyLock<Mutex<FxHashMap<String, Arc<[String]>>>> = LazyLock::new(Mutex::default);
    let type_ = type_.to_ascii_lowercase();
    let known = || KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(paths) = known().get(&type_) {
        return Ok(paths.clone());
    }
    let mut out = Vec::new();
    if !LEFT_OUT.iter().any(|l| type_.starts_with(l))
        && !type_.contains("/locations/")
        && let Some(resource_type) = types.resource_type(&type_)?
        && let Some(newest) = resource_type.newest()?
    {
        // Few types have any, and the ways through a type are far more than the types on them.
        if marks_any(newest.body)? {
            below(newest.body, "", &mut Vec::new(), &mut out)?;
        }
    }
    out.sort();
    out.dedup();
    let paths: Arc<[String]> = out.into();
    known().insert(type_, paths.clone());
    Ok(paths)
}

/// Whether anything that a type leads to is marked as a secret.
fn marks_any(type_: Type<'static>) -> Result<bool, Damaged> {
    let (mut seen, mut next) = (FxHashSet::from_iter([type_]), vec![type_]);
    while let Some(type_) = next.pop() {
        let mut add = |type_: Type<'static>| {
            if seen.insert(type_) {
                next.push(type_);
            }
        };
        let mut members =
            |all: &[Property<'static>]| all.iter().filter(|p| !p.flags.read_only()).for_each(|p| add(p.type_));
        match &*kind(type_)? {
            Kind::Text(text) if text.sensitive => return Ok(true),
            Kind::Array(array) => add(array.item),
            Kind::Union(list) => list.iter().copied().for_each(add),
            Kind::Object(object) => members(&object.properties),
            Kind::Discriminated(object) => {
                members(&object.properties);
                object.elements.iter().for_each(|(_, type_)| add(*type_));
            }
            _ => {}
        }
    }
    Ok(false)
}

fn below(
    type_: Type<'static>,
    path: &str,
    around: &mut Vec<Type<'static>>,
    out: &mut Vec<String>,
) -> Result<(), Damaged> {
    if around.len() > DEEPEST || around.contains(&type_) {
        return Ok(());
    }
    around.push(type_);
    match &*kind(type_)? {
        Kind::Text(text) if text.sensitive => {
            let last = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
            if NAMES.iter().any(|n| last.ends_with(n)) {
                out.push(path.to_owned());
            }
        }
        Kind::Array(array) => below(array.item, &format!("{path}[*]"), around, out)?,
        Kind::Union(list) => list.iter().try_for_each(|t| below(*t, path, around, out))?,
        Kind::Object(object) => members(&object.properties, path, around, out)?,
        Kind::Discriminated(object) => {
            members(&object.properties, path, around, out)?;
            object.elements.iter().try_for_each(|(_, t)| below(*t, path, around, out))?;
        }
        _ => {}
    }
    around.pop();
    Ok(())
}

fn members(
    properties: &[Property<'static>],
    path: &str,
    around: &mut Vec<Type<'static>>,
    out: &mut Vec<String>,
) -> Result<(), Damaged> {
    for p in properties.iter().filter(|p| !p.flags.read_only()) {
        let path = if path.is_empty() { p.name.to_owned() } else { format!("{path}.{}", p.name) };
        below(p.type_, &path, around, out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_that_can_be_set() {
        let paths = |type_: &str| paths(crate::types::azure().unwrap(), type_).unwrap().to_vec();
        assert!(paths("microsoft.compute/virtualMachines").contains(&"properties.osProfile.adminPassword".to_owned()));
        assert!(
            paths("Microsoft.Cdn/profiles").is_empty() && paths("Microsoft.Nobody/nothing").is_empty(),
            "nothing is marked"
        );
        // Registrations of providers are no resources that somebody declares.
        assert!(paths("Microsoft.ProviderHub/providerRegistrations").is_empty());
        let batch = paths("Microsoft.Batch/batchAccounts/pools");
        assert!(batch.iter().any(|p| p.contains("[*]")) && batch.is_sorted(), "{batch:?}");
    }
}
