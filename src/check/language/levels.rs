//! At which level the Bicep CLI reports each check, and what a `bicepconfig.json` says of that.

use std::path::Path;

use rustc_hash::FxHashMap;

use crate::diagnostic::Level;
use crate::model::Library;
use crate::model::bicep_config::{BicepConfig, Setting};
use crate::read::json::{Kind, Node};

/// What there is to know of a check without its page.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// The Bicep CLI's code.
    pub code: &'static str,
    /// The level that the CLI reports it at unless somebody says otherwise; `None` if it does not.
    pub level: Option<Level>,
    /// It brings fixes.
    pub fixable: bool,
}

const fn check(code: &'static str, level: Option<Level>, fixable: bool) -> Check {
    Check { code, level, fixable }
}

const ERROR: Option<Level> = Some(Level::Error);
const WARNING: Option<Level> = Some(Level::Warning);

/// Every check, by code.
pub const CHECKS: &[Check] = &[
    check("BCP028", ERROR, false),
    check("BCP029", ERROR, false),
    check("BCP033", ERROR, false),
    check("BCP034", ERROR, false),
    check("BCP035", ERROR, false),
    check("BCP036", ERROR, false),
    check("BCP037", ERROR, false),
    check("BCP048", ERROR, false),
    check("BCP052", ERROR, false),
    check("BCP053", ERROR, false),
    check("BCP057", ERROR, false),
    check("BCP059", ERROR, false),
    check("BCP060", ERROR, false),
    check("BCP061", ERROR, false),
    check("BCP062", ERROR, false),
    check("BCP070", ERROR, false),
    check("BCP071", ERROR, false),
    check("BCP072", ERROR, false),
    check("BCP073", ERROR, false),
    check("BCP077", ERROR, false),
    check("BCP078", ERROR, false),
    check("BCP079", ERROR, false),
    check("BCP080", ERROR, false),
    check("BCP081", WARNING, false),
    check("BCP082", ERROR, false),
    check("BCP083", ERROR, false),
    check("BCP088", ERROR, false),
    check("BCP089", ERROR, false),
    check("BCP104", ERROR, false),
    check("BCP107", ERROR, false),
    check("BCP108", ERROR, false),
    check("BCP120", ERROR, false),
    check("BCP137", ERROR, false),
    check("BCP139", ERROR, false),
    check("BCP142", ERROR, false),
    check("BCP145", ERROR, false),
    check("BCP152", ERROR, false),
    check("BCP165", ERROR, false),
    check("BCP177", ERROR, false),
    check("BCP178", ERROR, false),
    check("BCP180", ERROR, false),
    check("BCP182", ERROR, false),
    check("BCP187", WARNING, false),
    check("BCP190", ERROR, false),
    check("BCP265", ERROR, false),
    check("BCP287", ERROR, false),
    check("BCP302", ERROR, false),
    check("BCP318", WARNING, true),
    check("BCP332", ERROR, false),
    check("BCP333", ERROR, false),
    check("BCP334", WARNING, false),
    check("BCP335", WARNING, false),
    check("BCP360", ERROR, false),
    check("BCP426", ERROR, false),
    check("adminusername-should-not-be-literal", WARNING, false),
    check("artifacts-parameters", WARNING, true),
    check("decompiler-cleanup", WARNING, false),
    check("explicit-values-for-loc-params", None, false),
    check("max-asserts", ERROR, false),
    check("max-outputs", ERROR, false),
    check("max-params", ERROR, false),
    check("max-resources", ERROR, false),
    check("max-variables", ERROR, false),
    check("nested-deployment-template-scoping", ERROR, false),
    check("no-conflicting-metadata", WARNING, false),
    check("no-deployments-resources", WARNING, false),
    check("no-explicit-any", WARNING, false),
    check("no-hardcoded-env-urls", WARNING, false),
    check("no-hardcoded-location", None, true),
    check("no-hardcoded-outputs", None, false),
    check("no-loc-expr-outside-params", None, false),
    check("no-module-name", None, true),
    check("no-unnecessary-dependson", WARNING, true),
    check("no-unused-existing-resources", WARNING, true),
    check("no-unused-imports", WARNING, true),
    check("no-unused-params", WARNING, true),
    check("no-unused-types", WARNING, true),
    check("no-unused-vars", WARNING, true),
    check("outputs-should-not-contain-secrets", WARNING, false),
    check("prefer-interpolation", WARNING, true),
    check("prefer-unquoted-property-names", WARNING, true),
    check("protect-commandtoexecute-secrets", WARNING, false),
    check("secure-parameter-default", WARNING, true),
    check("secure-params-in-nested-deploy", WARNING, false),
    check("secure-params-in-parameters-file", WARNING, false),
    check("secure-secrets-in-params", WARNING, true),
    check("simplify-interpolation", WARNING, true),
    check("simplify-json-null", WARNING, true),
    check("use-description-outputs", None, false),
    check("use-description-params", None, false),
    check("use-description-type-properties", None, false),
    check("use-description-types", None, false),
    check("use-description-vars", None, false),
    check("use-parent-property", WARNING, false),
    check("use-recent-api-versions", None, true),
    check("use-recent-az-powershell-version", WARNING, false),
    check("use-recognized-resource-type", WARNING, false),
    check("use-resource-id-functions", None, false),
    check("use-resource-symbol-reference", WARNING, true),
    check("use-safe-access", WARNING, true),
    check("use-secure-value-for-secure-inputs", WARNING, false),
    check("use-stable-resource-identifiers", WARNING, false),
    check("use-stable-vm-image", WARNING, false),
    check("use-user-defined-types", None, false),
    check("what-if-short-circuiting", None, false),
];

/// The check of a code.
pub fn of(code: &str) -> Option<&'static Check> {
    CHECKS.binary_search_by(|c| c.code.cmp(code)).ok().and_then(|i| CHECKS.get(i))
}

/// The hosts of one cloud that the Bicep CLI looks for.
const HOSTS: [&str; 12] = [
    "azuredatalakeanalytics.net",
    "azuredatalakestore.net",
    "batch.core.windows.net",
    "core.windows.net",
    "database.windows.net",
    "datalake.azure.net",
    "gallery.azure.com",
    "graph.windows.net",
    "login.microsoftonline.com",
    "management.azure.com",
    "management.core.windows.net",
    "vault.azure.net",
];

/// What the nearest `bicepconfig.json` says to the checks, with those that it extends.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `analyzers.core.enabled`
    enabled: bool,
    /// The levels of linter rules; `None` for off.
    levels: FxHashMap<String, Option<Level>>,
    /// The hosts that templates should not name, in lower case.
    pub hosts: Vec<String>,
    /// How old an API version may be, in days.
    pub most_days: i64,
    /// Hosts within which those may stand.
    pub excluded_hosts: Vec<String>,
    /// There is the decorator `@patch()`, an experiment of the compiler's.
    pub patch: bool,
    /// Files have an extension without naming it.
    pub extended: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            enabled: true,
            levels: FxHashMap::default(),
            most_days: crate::check::types::age::MOST_DAYS,
            hosts: HOSTS.iter().map(|h| (*h).to_owned()).collect(),
            excluded_hosts: vec!["schema.management.azure.com".to_owned()],
            patch: false,
            extended: false,
        }
    }
}

impl Settings {
    /// What counts for a file.
    pub fn for_file(library: &Library, file: &Path) -> Settings {
        let mut out = Settings::default();
        let config = BicepConfig::above(library, file);
        let Some(root) = config.as_deref().and_then(BicepConfig::root) else { return out };
        let experiments = root.get("experimentalFeaturesEnabled");
        out.patch = experiments.and_then(|e| e.get("patch")).is_some_and(|s| s.is(true));
        out.extended = config.as_deref().is_some_and(BicepConfig::implies_extension);
        let Some(core) = root.get("analyzers").and_then(|a| a.get("core")) else { return out };
        out.enabled = !core.get("enabled").is_some_and(|s| s.is(false));
        let Some(rules) = core.get("rules") else { return out };
        for check in CHECKS {
            let Some(rule) = rules.get(check.code) else { continue };
            if let Some(level) = rule.get("level").and_then(|s| s.text()) {
                let level = match level.to_ascii_lowercase().as_str() {
                    "off" => None,
                    "info" => Some(Level::Note),
                    "warning" => WARNING,
                    "error" => ERROR,
                    _ => continue,
                };
                out.levels.insert(check.code.to_owned(), level);
            }
            if check.code == "use-recent-api-versions"
                && let Some(Kind::Int(days)) = rule.get("maxAgeInDays").and_then(|s| s.value()).map(Node::kind)
                && days >= 0
            {
                out.most_days = days;
            }
            let texts = |s: Setting<'_>| s.texts().iter().map(|t| t.to_ascii_lowercase()).collect();
            if check.code == "no-hardcoded-env-urls" {
                let named = |name: &str| rule.get(name).or_else(|| rule.get(&name.to_ascii_lowercase()));
                if let Some(list) = named("disallowedHosts") {
                    out.hosts = texts(list);
                }
                if let Some(list) = named("excludedHosts") {
                    out.excluded_hosts = texts(list);
                }
            }
        }
        out
    }

    /// The level of a check here; `None` if it is off.
    pub fn level(&self, code: &str) -> Option<Level> {
        let default = of(code)?.level;
        // Diagnostics of the compiler are no rules of the linter, and stay.
        if code.starts_with("BCP") {
            return default;
        }
        if !self.enabled {
            return None;
        }
        self.levels.get(code).copied().unwrap_or(default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_in_order_and_every_one_has_a_page() {
        assert!(CHECKS.windows(2).all(|w| w[0].code < w[1].code));
        for check in CHECKS {
            let page = crate::rules::find(check.code);
            assert!(page.is_some_and(|p| p.id.starts_with(super::super::PREFIX)), "{}", check.code);
        }
    }
}
