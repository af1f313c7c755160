//! Options from the environment: `PSRULE_<PARENT>_<NAME>` and `PSRULE_CONFIGURATION_<KEY>`.

use super::psrule::breaks;
use super::{Config, ConfigError};
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::glob::BadGlob;
use crate::walk::patterns::Ignore;

/// Lays environment variables over a configuration. Lists are separated by `;`.
///
/// # Errors
/// [`ConfigError::Environment`] if a variable has a value that makes no sense.
pub fn apply(config: &mut Config, variables: impl IntoIterator<Item = (String, String)>) -> Result<(), ConfigError> {
    let ours = |(name, _): &(String, String)| name.to_ascii_uppercase().starts_with("PSRULE_");
    let mut variables: Vec<_> = variables.into_iter().filter(ours).collect();
    variables.sort();
    for (name, value) in variables {
        let option = name.to_ascii_uppercase();
        let option = option.trim_start_matches("PSRULE_");
        let list = || value.split(';').map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()).collect::<Vec<_>>();
        match option {
            "RULE_INCLUDE" => config.include_rules = list(),
            "RULE_EXCLUDE" => config.exclude_rules = list(),
            "RULE_BASELINE" => config.baseline = Some(value.clone()),
            "INPUT_PATHIGNORE" => {
                let wrong = |bad: BadGlob| ConfigError::Environment { name: name.clone(), message: bad.to_string() };
                config.ignore = list();
                Ignore::new(&config.ignore).map_err(wrong)?;
            }
            "EXECUTION_BREAK" => {
                let wrong = || ConfigError::Environment {
                    name: name.clone(),
                    message: format!("Never, OnError, OnWarning or OnInformation, not `{value}`"),
                };
                config.fail_on = Some(breaks(&value).ok_or_else(wrong)?);
            }
            _ => match option.strip_prefix("CONFIGURATION_") {
                Some(key) => config.set(key.to_owned(), typed(&value)),
                None => config.diagnostics.push(Diagnostic {
                    level: Level::Warning,
                    code: "config-not-supported",
                    message: format!("the environment variable {name} is not supported and has no effect"),
                    place: Place::Run,
                }),
            },
        }
    }
    Ok(())
}

/// A value from text: a boolean, an integer, JSON of an object or array, a `;`-separated list, else the text.
fn typed(text: &str) -> serde_json::Value {
    let trimmed = text.trim();
    if let Ok(b) = trimmed.to_ascii_lowercase().parse::<bool>() {
        return b.into();
    }
    if let Ok(n) = trimmed.parse::<i64>() {
        return n.into();
    }
    if trimmed.starts_with(['{', '['])
        && let Ok(json) = serde_json::from_str(trimmed)
    {
        return json;
    }
    if trimmed.contains(';') {
        return trimmed.split(';').map(str::trim).filter(|s| !s.is_empty()).map(serde_json::Value::from).collect();
    }
    text.into()
}
