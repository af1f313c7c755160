//! What `armlint.yaml` may hold, as types: the reader, the schema in `schemas/` and the reference in `docs/` are made of them.

use serde::Deserialize;
use serde_json::Value as Json;

use super::FailOn;
use super::typed::{At, List, Map, OneOf};
use crate::diagnostic::Level;
use crate::rules::language::{Pillar, Severity};

/// Options of armlint. Lists of this file and of those that it extends are joined; of anything else, the nearer counts. Paths
/// and globs start at the folder of the file that they stand in.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct File {
    /// Options files of this repository that this one builds on, the first one first.
    pub extends: List<String>,
    /// What `armlint scan` looks at if the command line names nothing: folders and files. Without it, the working directory.
    pub paths: List<String>,
    /// Which files are looked at.
    pub files: Files,
    /// The set of rules to run: `Armlint.Default`, `Armlint.Security`, `Armlint.All`, those of PSRule for Azure (`Azure.Default`,
    /// `Azure.GA_2026_03`, …), or a baseline document of the repository.
    pub baseline: Option<At<String>>,
    /// From which level on findings make `armlint scan` exit with 1.
    pub fail_on: Option<At<OneOf<FailOn>>>,
    /// A scan that finds no file to check ends with 0 instead of 2.
    pub allow_empty: Option<At<bool>>,
    /// Which rules of the baseline run, and at which level.
    pub rules: Rules,
    /// The Bicep language's own checks (`armlint check`) run as well, at the levels of the nearest `bicepconfig.json`.
    pub bicep_checks: Option<At<bool>>,
    /// What is different for some files.
    pub overrides: List<Override>,
    /// Keys that rules and the expansion read (`AZURE_…`); `armlint rules ID` names those of a rule.
    pub configuration: Map<Json>,
    /// What templates are deployed to. What is not given here is PSRule's: nobody's subscription, `ps-rule-test-rg` in `eastus`.
    pub context: Context,
    /// Values for parameters that have neither a default nor a value in a parameter file. The first that names a parameter counts.
    pub parameter_defaults: List<ParameterDefaults>,
    /// Findings that are accepted.
    pub suppressions: Option<Suppressions>,
    /// A suppression without a reason does not count.
    pub suppressions_need_reason: Option<At<bool>>,
    /// The file of findings that are known already, which `armlint scan --write-known` writes.
    pub known: Option<At<String>>,
}

/// Which files are looked at.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Files {
    /// Globs of files to look at on top of `*.json`, `*.jsonc`, `*.bicep` and `*.bicepparam`. A glob without a slash is held
    /// against file names, any other against paths.
    pub include: List<String>,
    /// Globs of files to leave out. The report names each of them.
    pub exclude: List<String>,
    /// Files to leave out, in the way of `.gitignore`: the last line that matches decides, `!` takes back in.
    pub ignore: List<String>,
}

/// Which rules of the baseline run, and at which level.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Rules {
    /// Only these, by id, reference, alias, or the id of another tool's check (`CKV_AZURE_9`); globs are allowed.
    pub include: List<String>,
    /// Not these.
    pub exclude: List<String>,
    /// Other levels than the rules' own, by rule: `error`, `warning`, `note`.
    pub levels: Map<OneOf<Level>>,
    /// Only rules that matter at least as much.
    pub min_severity: Option<At<OneOf<Severity>>>,
    /// Only rules of these pillars of the Well-Architected Framework.
    pub pillars: List<OneOf<Pillar>>,
    /// Only rules about these services, by the second part of a rule's id (`Storage`) or in words (`Storage Account`).
    pub services: List<String>,
    /// Only rules with each of these tags of PSRule, with one of the values: `release: GA`.
    pub tags: Map<List<String>>,
    /// Only rules with each of these labels, with one of the values: `Azure.MCSB.v1/control: [DP-3]`; `*` is any.
    pub labels: Map<List<String>>,
    /// Only resources, deployments and files of these types are judged: `Microsoft.Storage/storageAccounts`, `.json`.
    pub target_types: List<String>,
    /// Folders of pages that are rules of this repository.
    pub folders: List<String>,
    /// Folders and files of PSRule's documents (`*.Rule.yaml`). Without it, `.ps-rule/`.
    pub documents: List<String>,
    /// Whether the rules in PSRule's documents run although `include`, `tags` or `labels` do not name them (`true`), or only if
    /// `include` names them (`false`). Without it, they belong to every baseline.
    pub include_local: Option<At<bool>>,
    /// Levels are those that PSRule for Azure gives its rules, instead of following their severity.
    pub psrule_levels: Option<At<bool>>,
}

/// What is different for some files: those that deploy something, and those that findings stand in.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Override {
    /// Globs of files.
    pub paths: List<String>,
    /// Which rules do not run, and other levels.
    #[serde(default)]
    pub rules: OverrideRules,
    /// Keys that rules and the expansion read, for what these files deploy.
    #[serde(default)]
    pub configuration: Map<Json>,
}

/// Which rules do not run for some files, and other levels.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct OverrideRules {
    /// Not these.
    pub exclude: List<String>,
    /// Other levels, by rule: `error`, `warning`, `note`.
    pub levels: Map<OneOf<Level>>,
}

/// What templates are deployed to.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Context {
    /// The subscription.
    pub subscription_id: Option<At<String>>,
    /// The name of the subscription.
    pub subscription_name: Option<At<String>>,
    /// The resource group.
    pub resource_group: Option<At<String>>,
    /// The location of the resource group, or of the deployment.
    pub location: Option<At<String>>,
    /// The tags of the resource group.
    pub tags: Option<Map<Json>>,
    /// The tenant.
    pub tenant_id: Option<At<String>>,
    /// The management group.
    pub management_group: Option<At<String>>,
    /// The name of the deployment.
    pub deployment_name: Option<At<String>>,
    /// The clock for rules and functions that ask for the time, such as `2026-07-01T00:00:00Z`.
    pub now: Option<At<String>>,
}

/// Values for parameters without one.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ParameterDefaults {
    /// Globs of templates; without them, all.
    #[serde(default)]
    pub templates: List<String>,
    /// Values by the names of parameters.
    pub values: Map<Json>,
}

/// Findings that are accepted. (They are read by hand: [`super::own`].)
#[derive(Debug)]
pub struct Suppressions;

impl<'de> Deserialize<'de> for Suppressions {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Suppressions)
    }
}

/// A finding that is accepted.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[allow(dead_code)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Suppression {
    /// The rule: its id, reference or alias; globs are allowed.
    rule: String,
    /// The names of the resources, deployments or files; globs are allowed. Without them, all.
    targets: Option<List<String>>,
    /// Globs of the files that deploy them, or that findings stand in. Without them, all.
    paths: Option<List<String>>,
    /// Why.
    reason: Option<String>,
    /// The last day on which it counts: `2027-01-31`.
    until: Option<String>,
}

#[cfg(test)]
impl schemars::JsonSchema for Suppressions {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Suppressions".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let one = generator.subschema_for::<Suppression>();
        schemars::json_schema!({"type": ["array", "null"], "items": one})
    }
}
