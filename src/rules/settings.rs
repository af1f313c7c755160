//! Configuration values that rules read: PSRule's `configuration:` keys.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value as Json;

use crate::rules::language::{Baseline, Defaults, Literal};

static DEFAULTS: LazyLock<Result<Defaults, postcard::Error>> = LazyLock::new(|| {
    // The bytes were written by build.rs from the same types.
    postcard::from_bytes(include_bytes!(concat!(env!("OUT_DIR"), "/defaults.bin")))
});

/// Baselines, defaults and zones, or why they cannot be read.
pub(super) fn decoded() -> &'static Result<Defaults, postcard::Error> {
    &DEFAULTS
}

/// The baselines, defaults and zones compiled into the binary.
pub fn defaults() -> &'static Defaults {
    static NONE: LazyLock<Defaults> = LazyLock::new(Defaults::default);
    DEFAULTS.as_ref().unwrap_or_else(|_| &NONE)
}

/// Keys and their former names, in upper case.
pub const FORMER: &[(&str, &str)] = &[
    ("AZURE_AKS_CLUSTER_MINIMUM_VERSION", "AZURE_AKSMINIMUMVERSION"),
    ("AZURE_AKS_POOL_MINIMUM_MAXPODS", "AZURE_AKSNODEMINIMUMMAXPODS"),
    ("AZURE_APIM_MINIMUM_CERTIFICATE_LIFETIME", "AZURE_MINIMUMCERTIFICATELIFETIME"),
    ("AZURE_RESOURCE_ALLOWED_LOCATIONS", "AZURE_ALLOWEDREGIONS"),
];

/// The configuration of a run: what the user sets, on top of the baseline's values, on top of the defaults.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    values: serde_json::Map<String, Json>,
    version: u64,
}

impl Settings {
    /// The defaults.
    pub fn new() -> Self {
        let mut out = Settings::default();
        out.add(&defaults().configuration);
        out
    }

    /// The defaults with those of a baseline.
    pub fn for_baseline(baseline: &Baseline) -> Self {
        let mut out = Settings::new();
        out.add(&baseline.configuration);
        out
    }

    fn add(&mut self, values: &[(String, Literal)]) {
        for (k, v) in values {
            self.set(k, json(v));
        }
    }

    /// Sets a key; keys do not differ by case.
    pub fn set(&mut self, key: &str, value: Json) {
        static CHANGES: AtomicU64 = AtomicU64::new(0);
        self.values.insert(key.to_ascii_uppercase(), value);
        self.version = CHANGES.fetch_add(1, Ordering::Relaxed) + 1;
    }

    /// A number that those with other values do not have, in this process.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Sets all keys of a `configuration:` map.
    pub fn extend(&mut self, values: &serde_json::Map<String, Json>) {
        for (k, v) in values {
            self.set(k, v.clone());
        }
    }

    /// The value of a key; one given under its former name comes first, as in PSRule.
    pub fn get(&self, key: &str) -> Option<&Json> {
        if let Some((_, former)) = FORMER.iter().find(|(k, _)| k.eq_ignore_ascii_case(key))
            && let Some(v) = self.values.get(*former)
        {
            return Some(v);
        }
        match self.values.get(key) {
            Some(v) => Some(v),
            None => self.values.get(&key.to_ascii_uppercase()),
        }
    }

    /// A text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    /// A number, also one written as a text.
    pub fn integer(&self, key: &str) -> Option<i64> {
        let value = self.get(key)?;
        value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
    }

    /// A boolean, also one written as a text.
    pub fn boolean(&self, key: &str) -> Option<bool> {
        let value = self.get(key)?;
        value.as_bool().or_else(|| value.as_str()?.trim().to_ascii_lowercase().parse().ok())
    }

    /// Texts: a list, or a single one.
    pub fn texts(&self, key: &str) -> Vec<&str> {
        match self.get(key) {
            Some(Json::Array(a)) => a.iter().filter_map(Json::as_str).collect(),
            Some(Json::String(s)) if !s.is_empty() => vec![s],
            _ => Vec::new(),
        }
    }
}

/// A default as a value.
pub fn json(literal: &Literal) -> Json {
    match literal {
        Literal::Null => Json::Null,
        Literal::Bool(b) => Json::Bool(*b),
        Literal::Int(i) => Json::from(*i),
        Literal::Float(f) => Json::from(*f),
        Literal::Str(s) => Json::String(s.clone()),
        Literal::List(l) => Json::Array(l.iter().map(json).collect()),
    }
}

/// A region as an identifier: `East US 2` is `eastus2`.
pub fn region(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// Whether a region has availability zones for a resource type; `additional` is a configured list of `{location, zones}`.
pub fn has_zones(name: &str, type_: &str, additional: Option<&Json>) -> bool {
    let here = region(name);
    let configured = additional.and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let member = |o: &Json, key: &str| {
        o.as_object().and_then(|o| o.iter().find(|(k, _)| k.eq_ignore_ascii_case(key))).map(|(_, v)| v.clone())
    };
    for entry in configured {
        let location = member(entry, "location").and_then(|l| l.as_str().map(region));
        if location.as_deref() == Some(here.as_str()) {
            return member(entry, "zones").is_some_and(|z| z.as_array().is_some_and(|z| !z.is_empty()));
        }
    }
    let type_ = type_.to_ascii_lowercase();
    let regions = defaults().other_zones.iter().find(|(t, _)| *t == type_).map_or(&defaults().zones, |(_, r)| r);
    regions.contains(&here)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_and_overrides() {
        let mut s = Settings::new();
        assert_eq!(s.integer("AZURE_AKS_CLUSTER_MINIMUM_SYSTEM_NODES"), Some(3));
        s.set("azure_aks_cluster_minimum_system_nodes", Json::from("5"));
        assert_eq!(s.integer("AZURE_AKS_CLUSTER_MINIMUM_SYSTEM_NODES"), Some(5));
        assert_eq!(s.get("AZURE_NOT_THERE"), None);
    }

    #[test]
    fn zones() {
        let type_ = "Microsoft.Compute/virtualMachineScaleSets";
        assert!(has_zones("East US", type_, None));
        assert!(!has_zones("westus", type_, None));
        assert!(!has_zones("westus3", "Microsoft.Web/hostingEnvironments", None));
        let more = serde_json::json!([{"Location": "Antarctica North", "Zones": ["1"]}]);
        assert!(has_zones("antarcticanorth", type_, Some(&more)));
    }
}
