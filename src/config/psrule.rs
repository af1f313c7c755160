//! PSRule's options file, as far as it means something here.
//!
//! What is not supported is one warning for each option, at its place, so that nobody believes in an option that does
//! nothing. What asks for something that armlint does anyway is fine as it is.

use super::yaml::{ConfigError, Member, Value, Yaml, wrong};
use super::{Config, FailOn, Suppression};
use crate::diagnostic::{Diagnostic, Level};
use crate::read::{Source, Span};
use crate::walk::patterns::Ignore;

/// Options that ask for what armlint does anyway, with the value that does.
const AS_ASKED: [(&str, &str); 11] = [
    ("input.ignoreGitPath", "true"),
    ("input.ignoreObjectSource", "false"),
    ("input.ignoreUnchangedPath", "false"),
    ("binding.ignoreCase", "true"),
    ("binding.useQualifiedName", "false"),
    ("output.as", "Detail"),
    ("output.sarifProblemsOnly", "true"),
    ("execution.ruleExcluded", "Ignore"),
    ("include.module", "PSRule.Rules.Azure"),
    ("requires.PSRule", ""),
    ("requires.PSRule.Rules.Azure", ""),
];

/// Keys of `configuration` that steer an expansion that is done here in another way, and the value that is no different.
const EXPANSION: [(&str, Option<bool>); 9] = [
    ("AZURE_PARAMETER_FILE_EXPANSION", Some(true)),
    ("AZURE_BICEP_FILE_EXPANSION", Some(true)),
    ("AZURE_BICEP_PARAMS_FILE_EXPANSION", Some(true)),
    ("AZURE_TERRAFORM_PLAN_EXPANSION", Some(false)),
    ("AZURE_BICEP_CHECK_TOOL", Some(false)),
    ("AZURE_BICEP_FILE_EXPANSION_TIMEOUT", None),
    ("AZURE_BICEP_MINIMUM_VERSION", None),
    ("AZURE_POLICY_IGNORE_LIST", None),
    ("AZURE_POLICY_RULE_PREFIX", None),
];

/// Reads a whole options file.
pub(super) fn read(root: &Yaml, source: &Source, config: &mut Config) -> Result<(), ConfigError> {
    let r = Reader { source };
    for section in r.mapping(root, "the file")? {
        match section.key.to_ascii_lowercase().as_str() {
            "configuration" => {
                for member in r.mapping(&section.value, "configuration")? {
                    expansion_key(member, config);
                    config.set(member.key.clone(), member.value.json());
                }
            }
            "suppression" => {
                for member in r.mapping(&section.value, "suppression")? {
                    let targets = member.value.get("targetName").unwrap_or(&member.value);
                    let targets = Some(r.strings(targets, &member.key)?);
                    let suppression = Suppression { rule: member.key.clone(), targets, reason: None, span: None };
                    config.suppress(suppression, source, member.key_span)?;
                }
            }
            _ => match section.value.members() {
                Some(members) => {
                    for member in members {
                        r.option(&section.key, member, config)?;
                    }
                }
                None => not_supported(&section.key, section.key_span, config),
            },
        }
    }
    group(root, source, config)
}

/// Puts the baseline in the place of `@group`.
fn group(root: &Yaml, source: &Source, config: &mut Config) -> Result<(), ConfigError> {
    let Some(name) = config.baseline.as_ref().and_then(|b| b.strip_prefix('@')) else { return Ok(()) };
    let span = root.get("rule").and_then(|r| r.get("baseline")).map_or(root.span, |b| b.span);
    let members =
        config.groups.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, members)| members.as_slice());
    match members {
        Some([one]) => config.baseline = Some(without_module(one.clone())),
        Some(members) => {
            let message = format!("the group `@{name}` has {} baselines; armlint runs one, so name it", members.len());
            return Err(wrong(source, span, message));
        }
        None => {
            let there: Vec<String> = config.groups.iter().map(|(n, _)| format!("`@{n}`")).collect();
            let known =
                if there.is_empty() { "there is none".to_owned() } else { format!("there is {}", there.join(", ")) };
            return Err(wrong(source, span, format!("`baseline.group` has no group `@{name}`; {known}")));
        }
    }
    Ok(())
}

/// `PSRule.Rules.Azure\Azure.Default` is how PSRule writes a baseline with its module.
fn without_module(name: String) -> String {
    name.rsplit('\\').next().map(str::to_owned).unwrap_or(name)
}

fn not_supported(option: &str, span: Span, config: &mut Config) {
    let message = format!("the PSRule option `{option}` is not supported and has no effect");
    config.diagnostics.push(Diagnostic::warning("config-not-supported", span, message));
}

fn expansion_key(member: &Member, config: &mut Config) {
    let Some((key, same)) = EXPANSION.iter().find(|(k, _)| k.eq_ignore_ascii_case(&member.key)) else { return };
    if *same != member.value.as_bool() || same.is_none() {
        let message = format!("the configuration key `{key}` is not supported and has no effect");
        config.diagnostics.push(Diagnostic::warning("config-not-supported", member.key_span, message));
    }
}

struct Reader<'a> {
    source: &'a Source,
}

impl Reader<'_> {
    fn mapping<'y>(&self, value: &'y Yaml, what: &str) -> Result<&'y [Member], ConfigError> {
        let message = || format!("{what} holds a mapping of options, not {}", value.what());
        value.members().ok_or_else(|| wrong(self.source, value.span, message()))
    }

    fn strings(&self, value: &Yaml, option: &str) -> Result<Vec<String>, ConfigError> {
        let message = || format!("`{option}` is a list of strings, not {}", value.what());
        value.strings().ok_or_else(|| wrong(self.source, value.span, message()))
    }

    fn option(&self, section: &str, member: &Member, config: &mut Config) -> Result<(), ConfigError> {
        let option = format!("{section}.{}", member.key);
        let value = &member.value;
        match option.to_ascii_lowercase().as_str() {
            "rule.include" => {
                config.include_rules = value.names(self.strings(value, &option)?, self.source)?;
            }
            "rule.exclude" => {
                config.exclude_rules = value.names(self.strings(value, &option)?, self.source)?;
            }
            "rule.baseline" => config.baseline = self.strings(value, &option)?.into_iter().next().map(without_module),
            "rule.tag" => config.filter.tags = self.by_name(value, &option)?,
            "rule.labels" => config.filter.labels = self.by_name(value, &option)?,
            "baseline.group" => config.groups = self.by_name(value, &option)?,
            "input.pathignore" => {
                let usable = |lines: &[String]| Ignore::new(lines).map(drop);
                config.ignore = value.globs(self.strings(value, &option)?, self.source, usable)?;
            }
            "execution.break" => {
                config.fail_on =
                    Some(self.one_of(value, &option, breaks, "Never, OnError, OnWarning or OnInformation")?)
            }
            "rule.includelocal" => {
                let asks = || format!("`{option}` is true or false, not {}", value.what());
                config.include_local = value.as_bool().ok_or_else(|| wrong(self.source, value.span, asks()))?;
            }
            "include.path" => config.document_paths = self.strings(value, &option)?,
            "override.level" => {
                for m in self.mapping(value, &option)? {
                    let level = self.one_of(&m.value, &m.key, level, "Error, Warning or Information")?;
                    config.levels.push((m.key.clone(), level));
                }
            }
            _ if as_asked(&option, value) || says_nothing(value) => {}
            _ => not_supported(&option, member.key_span, config),
        }
        Ok(())
    }

    /// A mapping of names to a text or a list of texts.
    fn by_name(&self, value: &Yaml, option: &str) -> Result<Vec<(String, Vec<String>)>, ConfigError> {
        let members = self.mapping(value, option)?.iter();
        members.map(|m| Ok((m.key.clone(), self.strings(&m.value, &format!("{option}.{}", m.key))?))).collect()
    }

    fn one_of<T>(
        &self,
        value: &Yaml,
        option: &str,
        read: fn(&str) -> Option<T>,
        words: &str,
    ) -> Result<T, ConfigError> {
        let text = value.as_str().unwrap_or("");
        let message = || format!("`{option}` is {words}, not {}", if text.is_empty() { value.what() } else { text });
        read(text).ok_or_else(|| wrong(self.source, value.span, message()))
    }
}

fn as_asked(option: &str, value: &Yaml) -> bool {
    let Some((_, same)) = AS_ASKED.iter().find(|(o, _)| o.eq_ignore_ascii_case(option)) else { return false };
    same.is_empty() || value.strings().is_some_and(|all| all.iter().all(|s| s.eq_ignore_ascii_case(same)))
}

/// Reads the value of `execution.break`.
pub(super) fn breaks(text: &str) -> Option<FailOn> {
    Some(match text.to_ascii_lowercase().as_str() {
        "never" => FailOn::None,
        "onerror" => FailOn::Level(Level::Error),
        "onwarning" => FailOn::Level(Level::Warning),
        "oninformation" => FailOn::Level(Level::Note),
        _ => return None,
    })
}

fn level(text: &str) -> Option<Level> {
    Some(match text.to_ascii_lowercase().as_str() {
        "error" => Level::Error,
        "warning" => Level::Warning,
        "information" => Level::Note,
        _ => return None,
    })
}

/// An option that is set to nothing asks for nothing.
fn says_nothing(value: &Yaml) -> bool {
    match &value.value {
        Value::Null => true,
        Value::List(items) => items.is_empty(),
        Value::Map(members) => members.is_empty(),
        _ => false,
    }
}
