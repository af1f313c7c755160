//! PSRule's options file, as far as it means something here.
//!
//! What would change verdicts and is not supported is one warning for each option, at its place, so that nobody believes in an
//! option that does nothing. What changes no verdict is one note for all. What asks for something that armlint does anyway is fine.

use super::effective::Origin;
use super::kinds;
use super::names::{Kind, Named};
use super::yaml::{ConfigError, Member, Value, Yaml, wrong};
use super::{Config, FailOn, Suppression, context, names};
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::documents::bare;
use crate::read::{Source, Sources, Span};
use crate::rules::language::Word;
use crate::rules::similar;
use crate::walk::patterns::Ignore;

/// What armlint makes of an option that it does not carry out.
#[derive(Debug, Clone, Copy)]
enum Effect {
    /// It changes no verdict: how PSRule writes, logs, or finds its own parts.
    None,
    /// It asks for what is so anyway, whatever its value.
    AsAsked,
    /// It would change verdicts, unless it has one of these values (in any case).
    Unless(&'static [&'static str]),
    /// It would change verdicts.
    Verdicts,
}

use Effect::{AsAsked, None as Nothing, Unless, Verdicts};

/// What there is to object to in an option that has an effect.
enum Objection<'v> {
    /// This value of it.
    Value(&'v str),
    /// That it is there at all.
    Option,
}

impl Effect {
    /// What there is to object to where `name` is set to some values. What changes no verdict is noted.
    fn objection<'v>(
        self,
        name: &str,
        values: &'v [String],
        place: &Place,
        without_effect: &mut WithoutEffect,
    ) -> Option<Objection<'v>> {
        match self {
            Nothing => {
                without_effect.add(name, place);
                None
            }
            AsAsked => None,
            Unless(same) => {
                let is_same = |s: &str, v: &str| match s.parse::<bool>() {
                    Ok(wanted) => boolean(v) == Some(wanted),
                    Err(_) => s.eq_ignore_ascii_case(v),
                };
                let different = |v: &&String| !same.iter().any(|s| is_same(s, v));
                values.iter().find(different).map(|value| Objection::Value(value))
            }
            Verdicts => Some(Objection::Option),
        }
    }
}

/// How bad PSRule takes something to be, where only an error changes what a run comes to.
const REPORTED: Effect = Unless(&["ignore", "warn", "debug"]);

/// Options that are not carried out, with what that means. A name that ends with a dot stands for all that begin with it.
const OTHERS: [(&str, Effect); 44] = [
    ("binding.field", Nothing),
    ("binding.ignoreCase", Unless(&["true"])),
    ("binding.nameSeparator", Nothing),
    ("binding.preferTargetInfo", Nothing),
    ("binding.targetName", Unless(&["name", "resourceName", "displayName"])),
    ("binding.targetType", Unless(&["type", "resourceType"])),
    ("binding.useQualifiedName", Unless(&["false"])),
    ("capabilities.", Nothing),
    ("convention.include", Verdicts),
    ("execution.aliasReference", REPORTED),
    ("execution.aliasReferenceWarning", Nothing),
    ("execution.duplicateResourceId", Nothing),
    ("execution.hashAlgorithm", Nothing),
    ("execution.inconclusiveWarning", Nothing),
    ("execution.initialSessionState", Nothing),
    ("execution.invariantCulture", REPORTED),
    ("execution.invariantCultureWarning", Nothing),
    ("execution.languageMode", Nothing),
    ("execution.noValidSources", Nothing),
    ("execution.notProcessedWarning", Nothing),
    ("execution.restrictScriptSource", Nothing),
    ("execution.ruleExcluded", REPORTED),
    ("execution.ruleInconclusive", REPORTED),
    ("execution.ruleSuppressed", REPORTED),
    ("execution.suppressedRuleWarning", Nothing),
    ("execution.suppressionGroupExpired", REPORTED),
    ("execution.unprocessedObject", REPORTED),
    ("include.module", Unless(&["PSRule.Rules.Azure"])),
    ("input.fileObjects", Nothing),
    ("input.format", Unless(&["None", "File", "Detect"])),
    ("input.ignoreGitPath", Unless(&["true"])),
    ("input.ignoreObjectSource", Unless(&["false"])),
    ("input.ignoreRepositoryCommon", Nothing),
    ("input.ignoreUnchangedPath", Unless(&["false"])),
    ("input.objectPath", Verdicts),
    ("input.stringFormat", Nothing),
    ("logging.", Nothing),
    ("output.", Nothing),
    ("pipeline.", Nothing),
    ("repository.", Nothing),
    ("requires.PSRule", AsAsked),
    ("requires.PSRule.Rules.Azure", AsAsked),
    ("requires.", Nothing),
    ("run.", Nothing),
];

/// Options that are carried out, besides those of whole sections.
const CARRIED_OUT: [&str; 15] = [
    "baseline.group",
    "configuration",
    "execution.break",
    "execution.noMatchingRules",
    "execution.noValidInput",
    "include.path",
    "input.pathIgnore",
    "input.targetType",
    "override.level",
    "rule.baseline",
    "rule.exclude",
    "rule.include",
    "rule.includeLocal",
    "rule.labels",
    "rule.tag",
];

/// Sections that hold options, and are nothing by themselves.
const SECTIONS: [&str; 10] =
    ["baseline", "binding", "convention", "execution", "format", "include", "input", "override", "requires", "rule"];

/// Keys of `configuration` that steer an expansion that is done here in another way.
const EXPANSION: [(&str, Effect); 10] = [
    ("AZURE_PARAMETER_FILE_EXPANSION", Unless(&["true"])),
    ("AZURE_BICEP_FILE_EXPANSION", Unless(&["true"])),
    ("AZURE_BICEP_PARAMS_FILE_EXPANSION", Unless(&["true"])),
    ("AZURE_TERRAFORM_PLAN_EXPANSION", Unless(&["false"])),
    // There is no Bicep CLI here whose version or time could matter.
    ("AZURE_BICEP_CHECK_TOOL", Nothing),
    ("AZURE_BICEP_FILE_EXPANSION_TIMEOUT", Nothing),
    ("AZURE_BICEP_MINIMUM_VERSION", Nothing),
    ("AZURE_POLICY_IGNORE_LIST", Verdicts),
    ("AZURE_POLICY_RULE_PREFIX", Verdicts),
    ("AZURE_DEPLOYER", Verdicts),
];

/// The extensions that PSRule reads in each format, unless `format.*.type` says otherwise.
const FORMATS: [(&str, &[&str]); 6] = [
    ("bicep", &[".bicep"]),
    ("bicepparam", &[".bicepparam"]),
    ("json", &[".json", ".jsonc", ".sarif"]),
    ("markdown", &[".md", ".markdown"]),
    ("powershell_data", &[".psd1"]),
    ("yaml", &[".yaml", ".yml"]),
];

/// The names of those keys.
pub(super) fn expansion_keys() -> impl Iterator<Item = &'static str> {
    EXPANSION.iter().map(|(key, _)| *key)
}

/// Reads a whole options file.
pub(super) fn read(root: &Yaml, source: &Source, config: &mut Config) -> Result<(), ConfigError> {
    let r = Reader { source };
    config.files.push(source.path.clone());
    let mut without_effect = WithoutEffect::default();
    for section in r.mapping(root, "the file")? {
        match section.key.to_ascii_lowercase().as_str() {
            "configuration" => {
                for member in r.mapping(&section.value, "configuration")? {
                    let place = Place::Span(member.value.span);
                    let value = match member.key.eq_ignore_ascii_case(context::PARAMETER_DEFAULTS) {
                        true => parameter_defaults(&member.value),
                        false => member.value.texts(),
                    };
                    let value = fitted_or_told(&member.key, value, place, config);
                    tell_context(&member.key, &value, Place::Span(member.value.span), config);
                    expansion_key(&member.key, &value, Some(member.key_span), config, &mut without_effect);
                    config.named.push(Named::of_psrule(Kind::Key, &member.key, Some(member.key_span)));
                    let key = format!("configuration.{}", member.key);
                    config.effective.set(&key, value.clone(), Origin::File(member.key_span));
                    config.set(member.key.clone(), value);
                }
            }
            "suppression" => {
                for member in r.mapping(&section.value, "suppression")? {
                    let targets = member.value.get("targetName").unwrap_or(&member.value);
                    let targets = Some(r.strings(targets, &member.key)?);
                    let suppression = Suppression::of(member.key.clone(), targets);
                    config.suppress(suppression, source, member.key_span)?;
                }
            }
            _ => match section.value.members() {
                // `format` has a section for each kind of file.
                Some(members) if section.key.eq_ignore_ascii_case("format") => {
                    for kind in members {
                        for member in r.mapping(&kind.value, &format!("format.{}", kind.key))? {
                            let values = member.value.strings();
                            if values.is_none_or(|values| !is_so_anyway(&kind.key, &member.key, &values)) {
                                let option = format!("format.{}.{}", kind.key, member.key);
                                not_supported(&option, Place::Span(member.key_span), config);
                            }
                        }
                    }
                }
                Some(members) => {
                    for member in members {
                        r.option(&section.key, member, config, &mut without_effect)?;
                    }
                }
                None if SECTIONS.iter().any(|s| section.key.eq_ignore_ascii_case(s)) => {
                    r.mapping(&section.value, &section.key)?;
                }
                None => {
                    let values = section.value.strings().unwrap_or_default();
                    let place = Place::Span(section.key_span);
                    other(&format!("{}.", section.key), &values, place, config, &mut without_effect);
                }
            },
        }
    }
    without_effect.tell(config);
    Ok(())
}

/// The values of `AZURE_PARAMETER_DEFAULTS`: a scalar is a text, of which the parameter's type says what it is. Within lists and
/// objects nothing says so.
fn parameter_defaults(value: &Yaml) -> serde_json::Value {
    let Value::Map(members) = &value.value else { return value.json() };
    let one = |m: &Member| match m.value.scalar() {
        Some(text) => (m.key.clone(), text.into()),
        None => (m.key.clone(), m.value.json()),
    };
    serde_json::Value::Object(members.iter().map(one).collect())
}

/// Tells what is wrong with a key of the deployment context.
pub(super) fn tell_context(key: &str, value: &serde_json::Value, place: Place, config: &mut Config) {
    for why in context::objections(key, value) {
        let message = format!("{why}; it has no effect");
        config.diagnostics.push(Diagnostic {
            level: Level::Warning,
            code: "config-not-supported",
            message,
            place: place.clone(),
        });
    }
}

/// Options that change no verdict: told together.
#[derive(Default)]
pub(super) struct WithoutEffect {
    names: Vec<String>,
    first: Option<Place>,
}

impl WithoutEffect {
    /// Adds one.
    pub(super) fn add(&mut self, name: &str, place: &Place) {
        self.names.push(name.to_owned());
        self.first.get_or_insert_with(|| place.clone());
    }

    /// Tells them in one line.
    pub(super) fn tell(self, config: &mut Config) {
        let Some(place) = self.first else { return };
        let message =
            format!("options of PSRule that change no verdict have no effect here: {}", self.names.join(", "));
        config.diagnostics.push(Diagnostic { level: Level::Note, code: "config-without-effect", message, place });
    }
}

/// Says what becomes of an option that is not carried out. A name that ends with a dot is that of a whole section.
pub(super) fn other(
    option: &str,
    values: &[String],
    place: Place,
    config: &mut Config,
    without_effect: &mut WithoutEffect,
) {
    let means = |known: &str| {
        known.eq_ignore_ascii_case(option)
            || known.ends_with('.') && option.get(..known.len()).is_some_and(|o| o.eq_ignore_ascii_case(known))
    };
    let shown = option.trim_end_matches('.');
    let message = match OTHERS.iter().find(|(known, _)| means(known)) {
        Some((_, effect)) => match effect.objection(shown, values, &place, without_effect) {
            None => return,
            Some(Objection::Value(value)) => format!(
                "the PSRule option `{shown}` is not supported with the value `{value}`: verdicts can differ from PSRule's"
            ),
            Some(Objection::Option) => {
                format!("the PSRule option `{shown}` is not supported: verdicts can differ from PSRule's")
            }
        },
        None => {
            let all = OTHERS.iter().map(|(known, _)| *known).chain(CARRIED_OUT);
            let hint = similar(shown, all).map(|s| format!("; did you mean `{s}`?")).unwrap_or_default();
            format!("`{shown}` is no option of PSRule and has no effect{hint}")
        }
    };
    config.diagnostics.push(Diagnostic { level: Level::Warning, code: "config-not-supported", message, place });
}

/// The baseline that a name stands for: in place of `@group` the one of the group, and without the module that PSRule writes in
/// front (`PSRule.Rules.Azure\Azure.Default`).
///
/// # Errors
/// What is wrong with the group.
pub(super) fn baseline(name: &str, groups: &[(String, Vec<String>)]) -> Result<String, String> {
    let Some(group) = name.strip_prefix('@') else { return Ok(bare(name).to_owned()) };
    match groups.iter().find(|(n, _)| n.eq_ignore_ascii_case(group)).map(|(_, members)| members.as_slice()) {
        Some([one]) => Ok(bare(one).to_owned()),
        Some(members) => {
            Err(format!("the group `{name}` has {} baselines; armlint runs one, so name it", members.len()))
        }
        None => {
            let there: Vec<String> = groups.iter().map(|(n, _)| format!("`@{n}`")).collect();
            let known =
                if there.is_empty() { "there is none".to_owned() } else { format!("there is {}", there.join(", ")) };
            Err(format!("`baseline.group` has no group `{name}`; {known}"))
        }
    }
}

/// Puts the baseline that is meant in the place of what a file, or a variable, names it by.
pub(super) fn settle_baseline(config: &mut Config, sources: &Sources) -> Result<(), ConfigError> {
    let Some((span, name)) = config.baseline_by.take().zip(config.baseline.clone()) else { return Ok(()) };
    config.local_apart = true;
    let source = span.and_then(|span| sources.get(span.file));
    let meant = baseline(&name, &config.groups).map_err(|message| match span.zip(source) {
        Some((span, source)) => wrong(&source, span, message),
        None => ConfigError::Environment { name: names::BASELINE_VARIABLE.to_owned(), message },
    })?;
    let origin = span.map_or_else(|| Origin::Environment(names::BASELINE_VARIABLE.to_owned()), Origin::File);
    config.effective.set("baseline", meant.as_str().into(), origin);
    config.named.push(Named::of_psrule(Kind::Baseline, &meant, span));
    config.baseline = Some(meant);
    Ok(())
}

pub(super) fn not_supported(option: &str, place: Place, config: &mut Config) {
    let message = format!("the PSRule option `{option}` is not supported: verdicts can differ from PSRule's");
    config.diagnostics.push(Diagnostic { level: Level::Warning, code: "config-not-supported", message, place });
}

/// Whether what `format` says of a kind of file is what happens here without a word.
pub(super) fn is_so_anyway(kind: &str, key: &str, values: &[String]) -> bool {
    match key.to_ascii_lowercase().as_str() {
        // What YAML takes for true is told to be it.
        "enabled" => matches!(values, [one] if boolean(one) == Some(true)),
        "type" => {
            let read = FORMATS.iter().find(|(name, _)| name.eq_ignore_ascii_case(kind)).map(|(_, all)| *all);
            read.is_some_and(|all| values.iter().all(|a| all.iter().any(|e| e.eq_ignore_ascii_case(a))))
        }
        _ => false,
    }
}

/// A boolean as PSRule reads the text of one; also a number, and the words of YAML.
pub(super) fn boolean(text: &str) -> Option<bool> {
    let text = text.trim();
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" => Some(true),
        "false" | "no" | "off" | "n" => Some(false),
        _ => text.parse::<i64>().ok().map(|number| number > 0),
    }
}

/// The value of a configuration key as rules read it. One of another kind stays as it is, and is told: only PSRule's rules know what
/// they make of it.
pub(super) fn fitted_or_told(
    key: &str,
    value: serde_json::Value,
    place: Place,
    config: &mut Config,
) -> serde_json::Value {
    match kinds::fitted(key, value.clone(), None) {
        Ok(value) => value,
        Err(why) => {
            let message = format!("{why}; verdicts can differ from PSRule's");
            config.diagnostics.push(Diagnostic { level: Level::Warning, code: "config-not-supported", message, place });
            value
        }
    }
}

/// Tells of a configuration key that steers an expansion that is done here in another way.
pub(super) fn expansion_key(
    key: &str,
    value: &serde_json::Value,
    span: Option<Span>,
    config: &mut Config,
    without_effect: &mut WithoutEffect,
) {
    let Some((key, effect)) = EXPANSION.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)) else { return };
    let place = span.map_or(Place::Run, Place::Span);
    let written = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if effect.objection(key, &[written], &place, without_effect).is_some() {
        let message = format!("the configuration key `{key}` is not supported and has no effect");
        config.diagnostics.push(Diagnostic { level: Level::Warning, code: "config-not-supported", message, place });
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
        value.strings_of(option, self.source)
    }

    fn option(
        &self,
        section: &str,
        member: &Member,
        config: &mut Config,
        without_effect: &mut WithoutEffect,
    ) -> Result<(), ConfigError> {
        let option = format!("{section}.{}", member.key);
        let value = &member.value;
        match option.to_ascii_lowercase().as_str() {
            "rule.include" => config.include_rules = self.rules(value, &option, Kind::Include, config)?,
            "rule.exclude" => config.exclude_rules = self.rules(value, &option, Kind::Exclude, config)?,
            "rule.baseline" => {
                let names = self.strings(value, &option)?;
                if let [_, second, ..] = names.as_slice() {
                    let message = format!("`{option}` is one baseline; take `{second}` out, or name another one");
                    return Err(wrong(self.source, value.item_span(1), message));
                }
                config.baseline_by = (!names.is_empty()).then_some(Some(value.span));
                config.baseline = names.into_iter().next();
            }
            "rule.tag" => config.filter.tags = self.marks(value, &option, Kind::Tag, config)?,
            "rule.labels" => config.filter.labels = self.marks(value, &option, Kind::Label, config)?,
            "baseline.group" => config.groups = self.by_name(value, &option)?,
            "input.pathignore" => {
                let usable = |lines: &[String]| Ignore::of_psrule(lines).map(drop);
                let lines = value.globs(slashed(self.strings(value, &option)?), self.source, usable)?;
                config.effective.replace("files.ignore", &lines, &Origin::File(value.span));
                // Line by line, each can be used.
                config.ignore = vec![Ignore::of_psrule(&lines).unwrap_or_default()];
                config.ignored = lines;
            }
            "input.targettype" => {
                config.target_types = self.strings(value, &option)?;
                for (i, type_) in config.target_types.iter().enumerate() {
                    config.named.push(Named::of_psrule(Kind::TargetType, type_, Some(value.item_span(i))));
                }
                config.effective.replace("rules.target-types", &config.target_types, &Origin::File(value.span));
            }
            "execution.break" => {
                let fail_on = self.one_of(value, &option, breaks, "Never, OnError, OnWarning or OnInformation")?;
                config.effective.set("fail-on", fail_on.word().into(), Origin::File(value.span));
                config.fail_on = Some(fail_on);
            }
            "execution.novalidinput" => {
                config.allow_empty = self.passes(value, &option)?;
                config.effective.set("allow-empty", config.allow_empty.into(), Origin::File(value.span));
            }
            "execution.nomatchingrules" => config.allow_no_rules = self.passes(value, &option)?,
            "rule.includelocal" => {
                let asks = || format!("`{option}` is true or false, not {}", value.what());
                config.include_local = value.as_bool().ok_or_else(|| wrong(self.source, value.span, asks()))?;
                config.effective.set("rules.include-local", config.include_local.into(), Origin::File(value.span));
            }
            "include.path" => {
                config.document_paths = self.strings(value, &option)?;
                config.document_spans = (0..config.document_paths.len()).map(|i| value.item_span(i)).collect();
                config.effective.replace("rules.documents", &config.document_paths, &Origin::File(value.span));
            }
            "override.level" => {
                for m in self.mapping(value, &option)? {
                    let level = self.one_of(&m.value, &m.key, level, "Error, Warning or Information")?;
                    config.named.push(Named::of_psrule(Kind::Level, &m.key, Some(m.key_span)));
                    let key = format!("rules.levels.{}", m.key);
                    config.effective.set(&key, level.as_str().into(), Origin::File(m.key_span));
                    config.levels.push((m.key.clone(), level));
                }
            }
            _ if says_nothing(value) => {}
            _ => {
                let values = value.strings().unwrap_or_default();
                other(&option, &values, Place::Span(member.key_span), config, without_effect);
            }
        }
        Ok(())
    }

    /// Names of rules, each at its place.
    fn rules(&self, value: &Yaml, option: &str, kind: Kind, config: &mut Config) -> Result<Vec<String>, ConfigError> {
        let names = value.names(self.strings(value, option)?, self.source)?;
        let key = if kind == Kind::Include { "rules.include" } else { "rules.exclude" };
        for (i, name) in names.iter().enumerate() {
            let span = value.item_span(i);
            config.named.push(Named::of_psrule(kind, name, Some(span)));
            config.effective.add(key, name.as_str().into(), Origin::File(span));
        }
        Ok(names)
    }

    fn marks(
        &self,
        value: &Yaml,
        option: &str,
        kind: Kind,
        config: &mut Config,
    ) -> Result<Vec<(String, Vec<String>)>, ConfigError> {
        let marks = self.by_name(value, option)?;
        let key = if kind == Kind::Tag { "rules.tags" } else { "rules.labels" };
        for ((name, values), member) in marks.iter().zip(value.members().unwrap_or_default()) {
            config.named.push(Named::of_psrule(kind, name, Some(member.key_span)).with(values.clone()));
            let told = values.as_slice().into();
            config.effective.set(&format!("{key}.{name}"), told, Origin::File(member.key_span));
        }
        Ok(marks)
    }

    /// A mapping of names to a text or a list of texts.
    fn by_name(&self, value: &Yaml, option: &str) -> Result<Vec<(String, Vec<String>)>, ConfigError> {
        let members = self.mapping(value, option)?.iter();
        members.map(|m| Ok((m.key.clone(), self.strings(&m.value, &format!("{option}.{}", m.key))?))).collect()
    }

    /// Whether something may be so, by how it is reported.
    fn passes(&self, value: &Yaml, option: &str) -> Result<bool, ConfigError> {
        self.one_of(value, option, |t| reported(t).map(|error| !error), "Ignore, Warn, Error or Debug")
    }

    fn one_of<T>(
        &self,
        value: &Yaml,
        option: &str,
        read: impl Fn(&str) -> Option<T>,
        words: &str,
    ) -> Result<T, ConfigError> {
        let text = value.scalar().unwrap_or_default();
        let message = || format!("`{option}` is {words}, not {}", if text.is_empty() { value.what() } else { &text });
        read(&text).ok_or_else(|| wrong(self.source, value.span, message()))
    }
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

/// Whether something is an error, by the value of an option such as `execution.noValidInput`.
pub(super) fn reported(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "error" => Some(true),
        "ignore" | "warn" | "debug" => Some(false),
        _ => None,
    }
}

pub(super) fn level(text: &str) -> Option<Level> {
    Some(match text.to_ascii_lowercase().as_str() {
        "error" => Level::Error,
        "warning" => Level::Warning,
        "information" => Level::Note,
        _ => return None,
    })
}

/// Lines of `input.pathIgnore`: to PSRule, either slash parts folders.
pub(super) fn slashed(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().map(|line| line.replace('\\', "/")).collect()
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
