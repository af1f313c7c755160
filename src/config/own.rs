//! Our own file: everything below the key `armlint:`.
//!
//! A key that is not known is an error here: in a file written for armlint it can only be a mistake.

use super::yaml::{ConfigError, Member, Value, Yaml, wrong};
use super::{Config, FailOn, Suppression};
use crate::diagnostic::Level;
use crate::read::{Source, Span};
use crate::walk::Patterns;

const KEYS: [&str; 6] = ["baseline", "fail-on", "files", "rules", "configuration", "suppressions"];

/// Reads the value of `armlint:`. `root` is everything at the top of the file: nothing else may stand there.
pub(super) fn read(own: &Yaml, root: &[Member], source: &Source, config: &mut Config) -> Result<(), ConfigError> {
    if let Some(other) = root.iter().find(|m| !m.key.eq_ignore_ascii_case("armlint")) {
        let message = format!("`{}` stands beside `armlint`; move it below, or remove it", other.key);
        return Err(wrong(source, other.key_span, message));
    }
    let r = Reader { source };
    for (key, value, span) in r.members(own, "armlint", &KEYS)? {
        match key {
            "baseline" => config.baseline = Some(r.string(value, key)?),
            "fail-on" => {
                let text = r.string(value, key)?;
                let fail_on = FailOn::parse(&text);
                config.fail_on = Some(fail_on.ok_or_else(|| {
                    wrong(source, value.span, format!("`fail-on` is error, warning, note or none, not `{text}`"))
                })?);
            }
            "files" => {
                for (key, value, _) in r.members(value, key, &["include", "exclude"])? {
                    let usable = |globs: &[String]| Patterns::new(globs, &[], &[]).map(drop);
                    let globs = value.globs(r.strings(value, key)?, source, usable)?;
                    if key == "include" { config.include_files = globs } else { config.exclude_files = globs }
                }
            }
            "rules" => {
                for (key, value, _) in r.members(value, key, &["include", "exclude", "levels"])? {
                    match key {
                        "include" => config.include_rules = value.names(r.strings(value, key)?, source)?,
                        "exclude" => config.exclude_rules = value.names(r.strings(value, key)?, source)?,
                        _ => config.levels = r.levels(value)?,
                    }
                }
            }
            "configuration" => {
                for member in r.mapping(value, key)? {
                    config.set(member.key.clone(), member.value.json());
                }
            }
            _ => r.suppressions(value, span, config)?,
        }
    }
    Ok(())
}

struct Reader<'a> {
    source: &'a Source,
}

impl<'a> Reader<'a> {
    fn expected(&self, value: &Yaml, what: &str, key: &str) -> ConfigError {
        wrong(self.source, value.span, format!("`{key}` is {what}, not {}", value.what()))
    }

    fn mapping<'y>(&self, value: &'y Yaml, key: &str) -> Result<&'y [Member], ConfigError> {
        value.members().ok_or_else(|| self.expected(value, "a mapping", key))
    }

    /// The members of a mapping in which only `known` keys may stand.
    fn members<'y>(
        &self,
        value: &'y Yaml,
        key: &str,
        known: &'static [&'static str],
    ) -> Result<Vec<(&'static str, &'y Yaml, Span)>, ConfigError> {
        let one = |m: &'y Member| match known.iter().find(|k| **k == m.key) {
            Some(k) => Ok((*k, &m.value, m.key_span)),
            None => {
                let message = format!("`{}` is not a key of `{key}`; there are {}", m.key, known.join(", "));
                Err(wrong(self.source, m.key_span, message))
            }
        };
        self.mapping(value, key)?.iter().map(one).collect()
    }

    fn string(&self, value: &Yaml, key: &str) -> Result<String, ConfigError> {
        value.as_str().map(str::to_owned).ok_or_else(|| self.expected(value, "a string", key))
    }

    fn strings(&self, value: &Yaml, key: &str) -> Result<Vec<String>, ConfigError> {
        value.strings().ok_or_else(|| self.expected(value, "a list of strings", key))
    }

    fn levels(&self, value: &Yaml) -> Result<Vec<(String, Level)>, ConfigError> {
        let one = |m: &Member| {
            let level = match FailOn::parse(m.value.as_str().unwrap_or("")) {
                Some(FailOn::Level(level)) => level,
                _ => return Err(self.expected(&m.value, "error, warning or note", &m.key)),
            };
            Ok((m.key.clone(), level))
        };
        self.mapping(value, "levels")?.iter().map(one).collect()
    }

    fn suppressions(&self, value: &Yaml, span: Span, config: &mut Config) -> Result<(), ConfigError> {
        let Value::List(items) = &value.value else {
            return Err(wrong(self.source, span, "`suppressions` is a list of `{rule, targets, reason}`".to_owned()));
        };
        for item in items {
            let (mut rule, mut targets, mut reason) = (None, None, None);
            for (key, value, _) in self.members(item, "suppressions", &["rule", "targets", "reason"])? {
                match key {
                    "rule" => rule = Some(self.string(value, key)?),
                    "targets" => targets = Some(self.strings(value, key)?),
                    _ => reason = Some(self.string(value, key)?),
                }
            }
            let Some(rule) = rule else {
                return Err(wrong(self.source, item.span, "a suppression needs a `rule`".to_owned()));
            };
            config.suppress(Suppression { rule, targets, reason, span: None }, self.source, item.span)?;
        }
        Ok(())
    }
}
