//! The properties that Azure's types mark as secrets, and those that are called like one.

use std::collections::HashSet;

use crate::{Damaged, Kind, Property, ResourceType, Type};

/// Ends of the names of what is marked as a secret and may stand in a template all the same: addresses, which
/// `Armlint.Deployment.LiteralSecret` looks into, as it does into scripts; certificates, ids and names; settings that name another.
const PLAIN: &[&str] = &[
    "algorithm",
    "cert",
    "certificate",
    "certificateobject",
    "content",
    "customdata",
    "datasource",
    "email",
    "endpoint",
    "hostkey",
    "id",
    "name",
    "number",
    "passwordsecret",
    "path",
    "properties",
    "proxy",
    "publickey",
    "publickeydata",
    "sid",
    "state",
    "subject",
    "thumbprint",
    "uri",
    "url",
];

/// Ends of paths to texts that are secrets whether or not the types mark them: many of the older descriptions of resources mark
/// nothing.
const UNMARKED: &[&str] = &[
    "accountkey",
    "appsecret",
    "authentication.pfx",
    "authentication.secret",
    "clientsecret",
    "credentials.pat",
    "credentials.sas",
    "passphrase",
    "password",
    "pullsecret",
    "sastoken",
    "sharedkey",
    "sourcecontrolauthproperties.refreshtoken",
    "sourcecontrolauthproperties.token",
];

/// How the names of types begin that are left out: registrations that nobody declares, secrets wrapped in objects that are
/// encrypted, and what has settings for its properties, which are called as somebody chose.
const LEFT_OUT: &[&str] = &[
    "microsoft.providerhub/",
    "microsoft.hybridnetwork/",
    "microsoft.computebulkactions/",
    "microsoft.web/sites/config",
    "microsoft.web/sites/slots/config",
];

/// How far down properties are looked for: types can contain themselves.
const DEEPEST: usize = 12;

/// The paths to passwords and keys in resources of a type, such as `properties.secrets[*].password`, in alphabetical order: what its
/// newest version marks as secret or calls like one, that can be set. `[*]` leads to items as well as to members of any name.
///
/// This walks through all of the type, which takes long: armlint's build script makes a table of what comes out.
///
/// # Errors
///
/// The table is damaged.
pub fn paths(resource_type: ResourceType<'_>) -> Result<Vec<String>, Damaged> {
    let name = resource_type.name.to_ascii_lowercase();
    let mut out = Vec::new();
    if !LEFT_OUT.iter().any(|l| name.starts_with(l))
        && !name.contains("/locations/")
        && let Some(newest) = resource_type.newest()?
        // Few types have any, and the ways through a type are far more than the types on them.
        && has_any(newest.body)?
    {
        below(newest.body, "", &mut Vec::new(), &mut out)?;
    }
    out.sort();
    out.dedup();
    Ok(out)
}

/// Whether anything that a type leads to is marked as a secret, or has the last name of one that is not.
fn has_any<'t>(type_: Type<'t>) -> Result<bool, Damaged> {
    let (mut seen, mut next, mut named) = (HashSet::from([type_]), vec![type_], false);
    while let Some(type_) = next.pop() {
        if named {
            return Ok(true);
        }
        let mut add = |type_: Type<'t>| {
            if seen.insert(type_) {
                next.push(type_);
            }
        };
        let mut members = |all: &[Property<'t>]| {
            for p in all.iter().filter(|p| !p.flags.read_only()) {
                named |= UNMARKED.iter().filter_map(|path| path.rsplit('.').next()).any(|last| ends_with(p.name, last));
                add(p.type_);
            }
        };
        match &type_.kind()? {
            Kind::Text(text) if text.sensitive => return Ok(true),
            Kind::Array(array) => add(array.item),
            Kind::Union(list) => list.iter().copied().for_each(add),
            Kind::Object(object) => {
                members(&object.properties);
                object.additional.into_iter().for_each(add);
            }
            Kind::Discriminated(object) => {
                members(&object.properties);
                object.elements.iter().for_each(|(_, type_)| add(*type_));
            }
            _ => {}
        }
    }
    Ok(named)
}

/// Whether a name, or a path, ends so, whatever the case.
fn ends_with(name: &str, end: &str) -> bool {
    let start = name.len().checked_sub(end.len());
    start.and_then(|start| name.get(start..)).is_some_and(|last| last.eq_ignore_ascii_case(end))
}

/// Whether a text at a path is a secret to templates.
fn is_secret(path: &str, marked: bool) -> bool {
    let last = path.rsplit('.').next().unwrap_or_default();
    let ends = |list: &[&str], name: &str| list.iter().any(|end| ends_with(name, end));
    match marked {
        true => !ends(PLAIN, last.trim_end_matches("[*]")),
        false => ends(UNMARKED, path),
    }
}

fn below<'t>(type_: Type<'t>, path: &str, around: &mut Vec<Type<'t>>, out: &mut Vec<String>) -> Result<(), Damaged> {
    if around.len() > DEEPEST || around.contains(&type_) {
        return Ok(());
    }
    around.push(type_);
    match &type_.kind()? {
        Kind::Text(text) if is_secret(path, text.sensitive) => out.push(path.to_owned()),
        Kind::Array(array) => below(array.item, &format!("{path}[*]"), around, out)?,
        // A text among literals is one of them, as a rule: `apiKey` of a dashboard is `Enabled` or `Disabled`.
        Kind::Union(list) => {
            for t in list {
                if !matches!(&t.kind()?, Kind::Text(text) if !text.sensitive) {
                    below(*t, path, around, out)?;
                }
            }
        }
        Kind::Object(object) => {
            members(&object.properties, path, around, out)?;
            if let Some(any) = object.additional {
                below(any, &format!("{path}[*]"), around, out)?;
            }
        }
        Kind::Discriminated(object) => {
            members(&object.properties, path, around, out)?;
            object.elements.iter().try_for_each(|(_, t)| below(*t, path, around, out))?;
        }
        _ => {}
    }
    around.pop();
    Ok(())
}

fn members<'t>(
    properties: &[Property<'t>],
    path: &str,
    around: &mut Vec<Type<'t>>,
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
        let paths = |type_: &str| match crate::azure().unwrap().resource_type(type_).unwrap() {
            Some(type_) => paths(type_).unwrap(),
            None => Vec::new(),
        };
        assert!(paths("microsoft.compute/virtualMachines").contains(&"properties.osProfile.adminPassword".to_owned()));
        assert!(paths("Microsoft.Cdn/profiles").is_empty(), "nothing is marked");
        // Registrations of providers are no resources that somebody declares.
        assert!(paths("Microsoft.ProviderHub/providerRegistrations").is_empty());
        let batch = paths("Microsoft.Batch/batchAccounts/pools");
        // Whatever it is called, and in a member of any name; but no address, and no setting that names another one.
        let has = |type_: &str, path: &str| paths(type_).iter().any(|p| p == path);
        assert!(has("Microsoft.BotService/botServices/channels", "properties.properties.appSecret"));
        assert!(has("Microsoft.App/managedEnvironments/daprComponents", "properties.secrets[*].value"));
        assert!(!has("Microsoft.Web/sites/sitecontainers", "properties.passwordSecret"));
        assert!(paths("Microsoft.ContainerRegistry/registries/webhooks").is_empty());
        // Not marked: but a text among literals is none.
        assert!(has("Microsoft.RedHatOpenShift/openShiftClusters", "properties.clusterProfile.pullSecret"));
        assert!(has("Microsoft.Compute/virtualMachines/runCommands", "properties.runAsPassword"));
        assert!(!paths("Microsoft.Dashboard/grafana").iter().any(|p| p.ends_with("apiKey")));
        assert!(batch.iter().any(|p| p.contains("[*]")) && batch.is_sorted(), "{batch:?}");
    }
}
