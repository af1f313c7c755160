//! Options from the environment: `PSRULE_<PARENT>_<NAME>` and `PSRULE_CONFIGURATION_<KEY>`.

use std::collections::BTreeSet;

use super::effective::Origin;
use super::kinds;
use super::names::{Kind, Named};
use super::psrule::{
    self, WithoutEffect, breaks, expansion_key, fitted_or_told, is_so_anyway, not_supported, other, reported, slashed,
    tell_context,
};
use super::{Config, ConfigError};
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::rules::language::Word;
use crate::walk::patterns::Ignore;

/// How all variables begin.
const PREFIX: &str = "PSRULE_";

/// Options that PSRule reads from files only, as a variable would be called.
const OF_FILES: [&str; 4] = ["BINDING_FIELD", "RULE_LABELS", "RULE_TAG", "SUPPRESSION"];

/// Lays environment variables over a configuration. Lists are separated by `;`. To PSRule an empty variable is none, unless it holds
/// a list: workflows set variables to inputs that nobody gave.
///
/// # Errors
/// [`ConfigError::Environment`] if a variable has a value that makes no sense.
pub fn apply(config: &mut Config, variables: impl IntoIterator<Item = (String, String)>) -> Result<(), ConfigError> {
    let of_psrule = |name: &str| name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX));
    // The same each time, however the system orders them.
    let variables: BTreeSet<(String, String)> = variables.into_iter().filter(|(name, _)| of_psrule(name)).collect();
    let mut all = Variables { config, without_effect: WithoutEffect::default() };
    for (name, value) in variables {
        all.apply(&name, &value)?;
    }
    let Variables { config, without_effect } = all;
    without_effect.tell(config);
    Ok(())
}

struct Variables<'c> {
    config: &'c mut Config,
    without_effect: WithoutEffect,
}

impl Variables<'_> {
    fn apply(&mut self, name: &str, value: &str) -> Result<(), ConfigError> {
        let written = name.get(PREFIX.len()..).unwrap_or_default();
        let option = written.to_ascii_uppercase();
        let config = &mut *self.config;
        let origin = Origin::Environment(name.to_owned());
        let wrong = |message: String| ConfigError::Environment { name: name.to_owned(), message };
        let is_empty = value.trim().is_empty();
        match option.as_str() {
            "RULE_INCLUDE" | "RULE_EXCLUDE" => {
                let (kind, key, into) = match option.as_str() {
                    "RULE_INCLUDE" => (Kind::Include, "rules.include", &mut config.include_rules),
                    _ => (Kind::Exclude, "rules.exclude", &mut config.exclude_rules),
                };
                *into = list(value);
                config.named.extend(list(value).iter().map(|n| Named::of_psrule(kind, n, None)));
                config.effective.replace(key, &list(value), &origin);
            }
            "INPUT_PATHIGNORE" => {
                let lines = slashed(list(value));
                config.ignore = vec![Ignore::of_psrule(&lines).map_err(|bad| wrong(bad.to_string()))?];
                config.effective.replace("files.ignore", &lines, &origin);
                config.ignored = lines;
            }
            "INPUT_TARGETTYPE" => {
                config.target_types = list(value);
                config.named.extend(list(value).iter().map(|t| Named::of_psrule(Kind::TargetType, t, None)));
                config.effective.replace("rules.target-types", &list(value), &origin);
            }
            "INCLUDE_PATH" => {
                config.document_paths = list(value);
                config.document_spans.clear();
                config.documents_by_variable = true;
                config.effective.replace("rules.documents", &list(value), &origin);
            }
            "BASELINE_GROUP" => config.groups = groups(value),
            "RULE_BASELINE" if !is_empty => {
                config.baseline = Some(value.trim().to_owned());
                config.baseline_by = Some(None);
            }
            "EXECUTION_BREAK" if !is_empty => {
                let message = || wrong(format!("Never, OnError, OnWarning or OnInformation, not `{value}`"));
                let fail_on = breaks(value.trim()).ok_or_else(message)?;
                config.effective.set("fail-on", fail_on.word().into(), origin);
                config.fail_on = Some(fail_on);
            }
            "EXECUTION_NOVALIDINPUT" | "EXECUTION_NOMATCHINGRULES" if !is_empty => {
                let message = || wrong(format!("Ignore, Warn, Error or Debug, not `{value}`"));
                let passes = !reported(value.trim()).ok_or_else(message)?;
                if option == "EXECUTION_NOMATCHINGRULES" {
                    config.allow_no_rules = passes;
                } else {
                    config.allow_empty = passes;
                    config.effective.set("allow-empty", passes.into(), origin);
                }
            }
            "RULE_INCLUDELOCAL" if !is_empty => {
                let message = || wrong(format!("true, false, 1 or 0, not `{value}`"));
                config.include_local = boolean(value).ok_or_else(message)?;
                config.effective.set("rules.include-local", config.include_local.into(), origin);
            }
            "RULE_BASELINE"
            | "EXECUTION_BREAK"
            | "EXECUTION_NOVALIDINPUT"
            | "EXECUTION_NOMATCHINGRULES"
            | "RULE_INCLUDELOCAL" => {}
            _ => {
                let rest = |prefix: &str| option.strip_prefix(prefix).and_then(|_| written.get(prefix.len()..));
                if let Some(key) = rest("CONFIGURATION_") {
                    self.key(name, key, value);
                } else if let Some(rule) = rest("OVERRIDE_LEVEL_").filter(|_| !is_empty) {
                    let message = || wrong(format!("Error, Warning or Information, not `{value}`"));
                    let level = psrule::level(value.trim()).ok_or_else(message)?;
                    config.named.push(Named::of_psrule(Kind::Level, rule, None));
                    config.effective.set(&format!("rules.levels.{rule}"), level.as_str().into(), origin);
                    config.levels.retain(|(known, _)| !known.eq_ignore_ascii_case(rule));
                    config.levels.push((rule.to_owned(), level));
                } else if !is_empty {
                    self.other(name, &option, value);
                }
            }
        }
        Ok(())
    }

    /// A key of `configuration`.
    fn key(&mut self, name: &str, key: &str, value: &str) {
        // To rules that ask for a number or a boolean, an empty text is none.
        if value.trim().is_empty() && kinds::is_plain(key) {
            return;
        }
        let config = &mut *self.config;
        let before = config.diagnostics.len();
        let value = fitted_or_told(key, structured(value), Place::Run, config);
        tell_context(key, &value, Place::Run, config);
        named_after(name, config, before);
        expansion_key(key, &value, None, config, &mut self.without_effect);
        config.named.push(Named::of_psrule(Kind::Key, key, None));
        config.effective.set(&format!("configuration.{key}"), value.clone(), Origin::Environment(name.to_owned()));
        config.set(key.to_owned(), value);
    }

    /// What is not carried out, or is no option.
    fn other(&mut self, name: &str, option: &str, value: &str) {
        let config = &mut *self.config;
        let before = config.diagnostics.len();
        let format = option.strip_prefix("FORMAT_").and_then(|rest| rest.rsplit_once('_'));
        if let Some((kind, key)) = format {
            if !is_so_anyway(kind, key, &list(value)) {
                not_supported(&format!("format.{kind}.{key}").to_ascii_lowercase(), Place::Run, config);
            }
        } else if option.starts_with("AZURE_") {
            // How PSRule for Azure finds and calls the Bicep CLI, and what it warns of.
            self.without_effect.add(name, &Place::Run);
        } else if OF_FILES.iter().any(|o| option == *o || option.strip_prefix(o).is_some_and(|r| r.starts_with('_'))) {
            let message = "PSRule reads this option from files only, so it has no effect; set it in a file".to_owned();
            let (level, code, place) = (Level::Warning, "config-not-supported", Place::Run);
            config.diagnostics.push(Diagnostic { level, code, message, place });
        } else {
            // A variable without a second word is about a section.
            let dotted = if option.contains('_') { option.replacen('_', ".", 1) } else { format!("{option}.") };
            other(&dotted, &list(value), Place::Run, config, &mut self.without_effect);
        }
        named_after(name, config, before);
    }
}

/// Says in the diagnostics from one on which variable they are about.
fn named_after(name: &str, config: &mut Config, before: usize) {
    for said in config.diagnostics.iter_mut().skip(before) {
        said.message = format!("the environment variable {name}: {}", said.message);
    }
}

fn list(value: &str) -> Vec<String> {
    value.split(';').map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()).collect()
}

/// A boolean, or a number, of which those above zero are true.
fn boolean(value: &str) -> Option<bool> {
    let value = value.trim().to_ascii_lowercase();
    value.parse().ok().or_else(|| value.parse::<i64>().ok().map(|number| number > 0))
}

/// `latest=A;both=A,B`
fn groups(value: &str) -> Vec<(String, Vec<String>)> {
    let one = |pair: String| {
        let (name, members) = pair.split_once('=')?;
        let members: Vec<String> = members.split(',').map(|m| m.trim().to_owned()).filter(|m| !m.is_empty()).collect();
        (!name.trim().is_empty() && !members.is_empty()).then(|| (name.trim().to_owned(), members))
    };
    list(value).into_iter().filter_map(one).collect()
}

/// A value from text: JSON of an object or array, a `;`-separated list, else the text.
fn structured(text: &str) -> serde_json::Value {
    let trimmed = text.trim();
    if trimmed.starts_with(['{', '['])
        && let Ok(json) = serde_json::from_str(trimmed)
    {
        return json;
    }
    match trimmed.contains(';') {
        true => list(trimmed).into_iter().map(serde_json::Value::from).collect(),
        false => text.into(),
    }
}
