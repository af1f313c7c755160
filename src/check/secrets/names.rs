//! Properties and parameters that hold secrets, by their names: the one table of them.
//!
//! Most of it is what the pages of three rules say, `Azure.Deployment.SecureValue` and `Armlint.Deployment.SecretValue` for
//! properties of resources, `Azure.Deployment.SecureParameter` for parameters. Below stand the names that Azure's API documentation marks as secret and
//! that no rule asks for.

use std::sync::LazyLock;

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::check::memo::Memo;
use crate::check::types::sensitive;
use crate::check::verdict::compare::wildcard;
use crate::lower_case::in_lower_case;
use crate::rules::catalogue::{self, find};
use crate::rules::language::{Clause, Condition, Demand, Literal, Operand};

/// Properties that hold a secret in whatever resource they stand; all of what a [`WHOLE`] one holds is one.
const MORE: &[&str] = &[
    "accessToken",
    "accountKey",
    "adminPassword",
    "administratorLoginPassword",
    "apiKey",
    "certificatePassword",
    "clientSecret",
    "connectionString",
    "domainUserPassword",
    "joinPassword",
    "licenseKey",
    "masterKey",
    "microsoftAppPassword",
    "password",
    "passphrase",
    "personalAccessToken",
    "preSharedKey",
    "primaryConnectionString",
    "primaryMasterKey",
    "privateKey",
    "privateKeyPem",
    "pwd",
    "refreshToken",
    "registrationToken",
    "registryPassword",
    "sasToken",
    "sasUri",
    "sasUrl",
    "secondaryConnectionString",
    "secretAccessKey",
    "secretKey",
    "secretValue",
    "securePassword",
    "serverPassword",
    "servicePrincipalKey",
    "servicePrincipalSecret",
    "sharedAccessKey",
    "sharedAccessSignature",
    "sharedSecret",
    "sqlAdministratorLoginPassword",
    "sshPrivateKey",
    "storageAccountAccessKey",
    "storageAccountKey",
    "userPassword",
    "vmAdminPassword",
    "vpnSharedKey",
    "webhookSecret",
    "workspaceKey",
];

/// Properties that hold nothing but secrets, at any depth.
const WHOLE: &[&str] = &["protectedSettings", "protectedSettingsFromKeyVault", "secureProperties", "secureSettings"];

/// Paths to what is secret by the type of the resource alone, and what no rule about secret properties asks for.
const BY_TYPE: &[(&str, &[&str])] = &[
    ("Microsoft.DevTestLab/labs/secrets", &["properties.value"]),
    ("Microsoft.DevTestLab/labs/users/secrets", &["properties.value"]),
];

/// Last parts of paths that are secret only where the path leads.
const PLAIN: &[&str] = &["value", "data", "secret"];

/// What the pages and the lists above come to, in lower case; names as bytes, as they are looked up by a copy in lower case on the
/// stack.
struct Table {
    names: FxHashSet<Vec<u8>>,
    whole: FxHashSet<Vec<u8>>,
    paths: FxHashMap<String, Vec<String>>,
    like: Vec<String>,
    not_like: Vec<String>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table {
        names: MORE.iter().map(|n| n.to_ascii_lowercase().into_bytes()).collect(),
        whole: WHOLE.iter().map(|n| n.to_ascii_lowercase().into_bytes()).collect(),
        paths: FxHashMap::default(),
        like: Vec::new(),
        not_like: Vec::new(),
    };
    let rules = ["Azure.Deployment.SecureValue", "Armlint.Deployment.SecretValue"];
    for (type_, paths) in rules.into_iter().flat_map(|rule| arguments(rule, "secure-value")) {
        for path in &paths {
            let last = path.trim_end_matches("[*]").rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
            if !PLAIN.contains(&last.as_str()) && !last.contains('\'') {
                table.names.insert(last.into_bytes());
            }
        }
        table.paths.entry(type_.to_ascii_lowercase()).or_default().extend(paths);
    }
    for (name, list) in arguments("Azure.Deployment.SecureParameter", "secure-parameter") {
        match name.as_str() {
            "like" => table.like = list,
            _ => table.not_like = list,
        }
    }
    table
});

/// Whether a property of this name holds a secret.
pub fn is_secret(property: &str) -> bool {
    has(&TABLE.names, property)
}

/// Whether all that a property of this name holds are secrets.
pub fn is_whole(property: &str) -> bool {
    has(&TABLE.whole, property)
}

/// The paths to secrets in resources of a type.
pub fn paths(type_: &str) -> &'static [String] {
    TABLE.paths.get(&type_.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
}

/// The same, and those that Azure's types mark.
pub fn paths_and_marked(type_: &str) -> impl Iterator<Item = &'static str> {
    paths(type_).iter().map(String::as_str).chain(sensitive::paths(type_))
}

/// The paths to secrets in resources of a type that are in no page.
pub fn paths_by_type(type_: &str) -> &'static [&'static str] {
    BY_TYPE.iter().find(|(t, _)| t.eq_ignore_ascii_case(type_)).map_or(&[], |(_, paths)| *paths)
}

/// Whether a parameter, a setting or a variable of this name is named like a secret.
pub fn looks_secret(name: &str) -> bool {
    thread_local! {
        /// Templates call their parameters and variables alike, and the lists are long.
        static KNOWN: Memo<EcoString, bool> = Memo::of_most(1 << 12);
    }
    let like = |list: &[String]| list.iter().any(|p| wildcard(name, p, false));
    KNOWN.with(|all| all.answer(name, || is_secret(name) || like(&TABLE.like) && !like(&TABLE.not_like)))
}

/// Whether a name is one of those that parameters have which are named like a secret and are none: `secretName`, `adminUsername`.
pub fn looks_plain(name: &str) -> bool {
    TABLE.not_like.iter().any(|p| wildcard(name, p, false))
}

/// Looks a name up without making it lower case first: most names are in no list.
fn has(set: &FxHashSet<Vec<u8>>, name: &str) -> bool {
    in_lower_case(name, |name| set.contains(name.as_bytes()))
}

/// The arguments that a rule's page gives to a named check, each with its texts.
fn arguments(rule: &str, check: &str) -> Vec<(String, Vec<String>)> {
    let Some(entry) = find(rule) else { return Vec::new() };
    let check_of = |clause: &Clause| match &clause.demand {
        Demand::Each(c) | Demand::Some(c) | Demand::None(c) => used(c, check),
        _ => Vec::new(),
    };
    // What cannot be decoded is an error of its rule, and tests decode every page.
    catalogue::check_of(entry).unwrap_or_default().clauses.iter().flat_map(check_of).collect()
}

fn used(condition: &Condition, check: &str) -> Vec<(String, Vec<String>)> {
    match condition {
        Condition::All(list) | Condition::Any(list) => list.iter().flat_map(|c| used(c, check)).collect(),
        Condition::Use(name, args) if name == check => args.iter().map(|(n, o)| (n.clone(), texts(o))).collect(),
        _ => Vec::new(),
    }
}

fn texts(operand: &Operand) -> Vec<String> {
    fn literal(l: &Literal) -> Vec<String> {
        match l {
            Literal::Str(s) => vec![s.clone()],
            Literal::List(list) => list.iter().flat_map(literal).collect(),
            _ => Vec::new(),
        }
    }
    match operand {
        Operand::Literal(l) => literal(l),
        Operand::List(list) => list.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_what_the_rules_ask_for() {
        assert!(
            is_secret("AdministratorLoginPassword") && is_secret("trustPassword") && is_secret("radiusServerSecret")
        );
        assert!(is_secret("secureValue") && is_secret("repositoryToken") && is_whole("protectedSettings"));
        assert!(!is_secret("value") && !is_secret("adminUsername") && !is_secret("name") && !is_secret("publicKey"));
        assert_eq!(paths("microsoft.keyvault/vaults/Secrets"), ["properties.value"]);
        assert!(looks_secret("dbPassword") && looks_secret("apiToken") && looks_secret("storageKey"));
        assert!(looks_plain("adminUsername") && looks_plain("tenantId") && !looks_plain("p"));
        assert!(!looks_secret("secretName") && !looks_secret("tokenType") && !looks_secret("location"));
    }
}
