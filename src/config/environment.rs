//! Options from the environment: `PSRULE_<PARENT>_<NAME>` and `PSRULE_CONFIGURATION_<KEY>`.

use super::effective::Origin;
use super::names::{Kind, Named};
use super::psrule::{WithoutEffect, breaks, expansion_key, fitted_or_told, other, reported, slashed};
use super::{Config, ConfigError};
use crate::diagnostic::Place;
use crate::rules::language::Word;
use crate::walk::patterns::Ignore;

/// Lays environment variables over a configuration. Lists are separated by `;`.
///
/// # Errors
/// [`ConfigError::Environment`] if a variable has a value that makes no sense.
pub fn apply(config: &mut Config, variables: impl IntoIterator<Item = (String, String)>) -> Result<(), ConfigError> {
    let ours = |(name, _): &(String, String)| name.to_ascii_uppercase().starts_with("PSRULE_");
    let mut variables: Vec<_> = variables.into_iter().filter(ours).collect();
    variables.sort();
    let mut without_effect = WithoutEffect::default();
    for (name, value) in variables {
        let option = name.to_ascii_uppercase();
        let option = option.trim_start_matches("PSRULE_");
        let list = || value.split(';').map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()).collect::<Vec<_>>();
        let origin = Origin::Environment(name.clone());
        let wrong = |message: String| ConfigError::Environment { name: name.clone(), message };
        match option {
            "RULE_INCLUDE" | "RULE_EXCLUDE" => {
                let (kind, key, into) = match option {
                    "RULE_INCLUDE" => (Kind::Include, "rules.include", &mut config.include_rules),
                    _ => (Kind::Exclude, "rules.exclude", &mut config.exclude_rules),
                };
                *into = list();
                config.named.extend(list().iter().map(|n| Named::of_psrule(kind, n, None)));
                config.effective.replace(key, &list(), &origin);
            }
            "RULE_BASELINE" => {
                config.effective.set("baseline", value.as_str().into(), origin);
                config.baseline = Some(value.clone());
                config.local_apart = true;
            }
            "INPUT_PATHIGNORE" => {
                let lines = slashed(list());
                config.ignore = vec![Ignore::new(&lines).map_err(|bad| wrong(bad.to_string()))?];
                config.effective.replace("files.ignore", &lines, &origin);
                config.ignored = lines;
            }
            "INPUT_TARGETTYPE" => {
                config.target_types = list();
                config.named.extend(list().iter().map(|t| Named::of_psrule(Kind::TargetType, t, None)));
                config.effective.replace("rules.target-types", &list(), &origin);
            }
            "EXECUTION_BREAK" => {
                let message = || wrong(format!("Never, OnError, OnWarning or OnInformation, not `{value}`"));
                let fail_on = breaks(&value).ok_or_else(message)?;
                config.effective.set("fail-on", fail_on.word().into(), origin);
                config.fail_on = Some(fail_on);
            }
            "EXECUTION_NOVALIDINPUT" => {
                let message = || wrong(format!("Ignore, Warn, Error or Debug, not `{value}`"));
                config.allow_empty = !reported(&value).ok_or_else(message)?;
                config.effective.set("allow-empty", config.allow_empty.into(), origin);
            }
            "RULE_INCLUDELOCAL" => {
                let message = || wrong(format!("true or false, not `{value}`"));
                config.include_local = value.trim().to_ascii_lowercase().parse().map_err(|_| message())?;
                config.effective.set("rules.include-local", config.include_local.into(), origin);
            }
            _ => match option.strip_prefix("CONFIGURATION_") {
                Some(key) => {
                    let read = typed(&value);
                    let before = config.diagnostics.len();
                    let value = fitted_or_told(key, read, Some(&value), Place::Run, config);
                    named_after(&name, config, before);
                    expansion_key(key, &value, None, config, &mut without_effect);
                    config.named.push(Named::of_psrule(Kind::Key, key, None));
                    config.effective.set(&format!("configuration.{key}"), value.clone(), origin);
                    config.set(key.to_owned(), value);
                }
                None => {
                    let before = config.diagnostics.len();
                    other(&option.replacen('_', ".", 1), &list(), Place::Run, config, &mut without_effect);
                    named_after(&name, config, before);
                }
            },
        }
    }
    without_effect.tell(config);
    Ok(())
}

/// Says in the diagnostics from one on which variable they are about.
fn named_after(name: &str, config: &mut Config, before: usize) {
    for said in config.diagnostics.iter_mut().skip(before) {
        said.message = format!("the environment variable {name}: {}", said.message);
    }
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
