//! Names that a configuration gives of rules, baselines, keys, services, tags: each must be there.
//!
//! In a file of ours, one that is not is a mistake, and an error at its place. Options of PSRule may name what only PSRule has: that
//! is told.

use std::sync::LazyLock;

use ecow::EcoString;

use super::yaml::{ConfigError, wrong};
use super::{Config, context};
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::documents::regex::Pattern;
use crate::documents::{Documents, bare};
use crate::glob::{self, Against};
use crate::read::{Sources, Span};
use crate::rules::language::Entry;
use crate::rules::settings::FORMER;
use crate::rules::{self, Filter, Marks, Pages, distance, similar};
use crate::types;

/// What a name is of, and what is done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The baseline.
    Baseline,
    /// A rule that is included.
    Include,
    /// A rule that is excluded.
    Exclude,
    /// A rule whose level is set.
    Level,
    /// A rule that is suppressed.
    Suppress,
    /// A configuration key.
    Key,
    /// A service.
    Service,
    /// A tag and its values.
    Tag,
    /// A label and its values.
    Label,
    /// The type of a target.
    TargetType,
}

/// A name that a configuration gives.
#[derive(Debug, Clone)]
pub struct Named {
    kind: Kind,
    name: String,
    /// Of a tag or label.
    values: Vec<String>,
    /// Where it stands; none for the environment.
    span: Option<Span>,
    /// It stands in a file of ours.
    own: bool,
}

impl Named {
    /// A name in a file of ours.
    pub fn of_file(kind: Kind, name: &str, span: Span) -> Self {
        Named { kind, name: name.to_owned(), values: Vec::new(), span: Some(span), own: true }
    }

    /// A name in options of PSRule, or in the environment.
    pub fn of_psrule(kind: Kind, name: &str, span: Option<Span>) -> Self {
        Named { kind, name: name.to_owned(), values: Vec::new(), span, own: false }
    }

    /// The same with the values of a tag or label.
    pub fn with(self, values: Vec<String>) -> Self {
        Named { values, ..self }
    }
}

/// The rules of a run by their names: those in the binary, and those of the repository.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'r> {
    /// PSRule's documents.
    pub documents: &'r Documents,
    /// Pages of the repository.
    pub pages: &'r Pages,
}

impl Rules<'_> {
    /// The ids of the rules that a name (id, reference, former name, a check of another tool) or glob means.
    pub fn ids(&self, name: &str) -> Vec<EcoString> {
        let local = self.documents.named(name).into_iter();
        let local = local.filter_map(|i| Some(self.documents.rules.get(i)?.rule.id.clone()));
        self.of_pages(bare(name)).into_iter().map(EcoString::from).chain(local).collect()
    }

    /// Those of them that are pages, in the binary or in the repository.
    pub fn of_pages(&self, name: &str) -> Vec<&'static str> {
        let own = self.pages.entries();
        let named = rules::named(name);
        if !named.is_empty() {
            return named.iter().map(|e| e.id).collect();
        }
        if let Some(page) = own.iter().find(|e| e.names().any(|n| n.eq_ignore_ascii_case(name))) {
            return vec![page.id];
        }
        if !glob::is_glob(name) {
            return Vec::new();
        }
        let Ok(glob) = glob::compile(name, Against::Name) else { return Vec::new() };
        self.all().filter(|e| rules::catalogue::is_like(e, &glob)).map(|e| e.id).collect()
    }

    fn all(&self) -> impl Iterator<Item = &'static Entry<'static>> {
        rules::entries().iter().chain(self.pages.entries().iter().copied())
    }

    /// The name that is most like this one.
    pub fn similar(&self, name: &str) -> Option<String> {
        let local = self.documents.rules.iter().map(|r| r.rule.id.as_str());
        similar(bare(name), self.all().map(|e| e.id).chain(local))
    }
}

/// The variable that names the baseline.
pub(super) const BASELINE_VARIABLE: &str = "PSRULE_RULE_BASELINE";

/// How many of them are told with the nearest name. A file can hold tens of thousands, and each takes a look at all names.
const HINTS: usize = 50;

/// Tells every name that is not there.
///
/// # Errors
/// [`ConfigError`] at the first one in a file of ours.
pub(super) fn check(config: &mut Config, sources: &Sources) -> Result<(), ConfigError> {
    let (documents, pages) = (config.documents.clone(), config.pages.clone());
    let there = Rules { documents: &documents, pages: &pages };
    let mut hints = HINTS;
    for named in std::mem::take(&mut config.named) {
        let told = match named.kind {
            Kind::Key => pattern_fits(config, &named.name).or_else(|| missing(&named, there, hints > 0)),
            _ => missing(&named, there, hints > 0),
        };
        let Some((level, message)) = told else { continue };
        hints = hints.saturating_sub(1);
        let source = named.span.and_then(|span| sources.get(span.file));
        let is_mistake = named.own && is_slip(named.kind, level);
        // What is meant may be what cannot be used: that is told, and everything else judged.
        let is_of_rules = !matches!(named.kind, Kind::Baseline | Kind::Key | Kind::TargetType);
        let is_mistake = is_mistake && !(config.broken && is_of_rules);
        let message = match config.broken && named.kind == Kind::Baseline {
            true => format!("{message}{}", unusable(config, sources)),
            false => message,
        };
        if let (true, Some(span), Some(source)) = (is_mistake || level == Level::Error, named.span, source) {
            return Err(wrong(&source, span, message));
        }
        if level == Level::Error {
            let name = match named.kind {
                Kind::Baseline => BASELINE_VARIABLE.to_owned(),
                _ => format!("PSRULE_CONFIGURATION_{}", named.name),
            };
            return Err(ConfigError::Environment { name, message });
        }
        let code = match named.kind {
            Kind::Key => "config-unknown-key",
            Kind::TargetType => "config-unknown-type",
            _ => "config-unknown-rule",
        };
        let message = match named.kind {
            Kind::TargetType => format!("{message} Nothing of that type is judged."),
            _ => format!("{message} It has no effect here."),
        };
        config.diagnostics.push(Diagnostic { level, code, message, place: named.span.map_or(Place::Run, Place::Span) });
    }
    Ok(())
}

/// Whether a file of ours may not name this. `hinted` is the type of a target held against all that there are.
pub(super) fn is_refused(kind: Kind, name: &str, values: &[String], there: Rules<'_>, hinted: bool) -> bool {
    let named = Named { own: true, ..Named::of_psrule(kind, name, None).with(values.to_vec()) };
    missing(&named, there, hinted).is_some_and(|(level, _)| is_slip(kind, level))
}

/// Azure has types that nobody has published yet: only what is nearly another one is surely a mistake.
fn is_slip(kind: Kind, level: Level) -> bool {
    kind != Kind::TargetType || level != Level::Note
}

/// The first rule, or other document, that cannot be used, where a name is missing that may be its.
fn unusable(config: &Config, sources: &Sources) -> String {
    let Some(first) = config.diagnostics.iter().find(|d| d.level == Level::Error) else { return String::new() };
    format!(" What cannot be used may be it: {}", first.placed(sources, |path| path.display().to_string()))
}

/// What is wrong with a regular expression that a configuration key holds; nobody could say whether anything matches it.
fn pattern_fits(config: &Config, key: &str) -> Option<(Level, String)> {
    let upper = key.to_ascii_uppercase();
    if !(upper.ends_with("_NAME_FORMAT") || upper.starts_with("AZURE_TAG_FORMAT_FOR_")) {
        return None;
    }
    let pattern = config.value(key)?.as_str()?;
    let why = Pattern::new(pattern, true).err()?;
    Some((Level::Error, format!("`{key}` holds `{pattern}`, which {why}")))
}

/// What is said of a name that is not there, and how bad that is in options of PSRule; `hinted` is it with the nearest name, which
/// takes a look at all names.
fn missing(named: &Named, there: Rules<'_>, hinted: bool) -> Option<(Level, String)> {
    let name = named.name.as_str();
    let hint = |similar: Option<String>| similar.map(|s| format!(" Did you mean `{s}`?")).unwrap_or_default();
    let nearest = |names: &mut dyn Iterator<Item = &str>| if hinted { similar(name, names) } else { None };
    match named.kind {
        Kind::Baseline => {
            let all = &mut baselines(there.documents);
            (!has_baseline(name, there.documents))
                .then(|| (Level::Error, format!("there is no baseline `{name}`.{}", hint(nearest(all)))))
        }
        Kind::Suppress if !named.own && glob::is_glob(name) => {
            Some((Level::Note, format!("PSRule takes `{name}` for the name of a rule, and no rule is called so.")))
        }
        Kind::TargetType => unknown_type(named, there, hinted),
        Kind::Include | Kind::Exclude | Kind::Level | Kind::Suppress => {
            if !there.ids(name).is_empty() {
                return None;
            }
            let level = if named.kind == Kind::Include { Level::Warning } else { Level::Note };
            let message = match glob::is_glob(name) {
                true => format!("no rule matches `{name}`."),
                false => format!("there is no rule `{name}`.{}", hint(if hinted { there.similar(name) } else { None })),
            };
            Some((level, message))
        }
        Kind::Key => {
            let ours = name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("AZURE_"));
            let known = |key: &str| match key.strip_suffix('*') {
                Some(start) => name.get(..start.len()).is_some_and(|s| s.eq_ignore_ascii_case(start)),
                None => key.eq_ignore_ascii_case(name),
            };
            if !ours || keys(there).any(known) {
                return None;
            }
            let similar = nearest(&mut keys(there));
            Some((Level::Warning, format!("there is no configuration key `{name}`.{}", hint(similar))))
        }
        Kind::Service => {
            let known = there.all().any(|e| is_about(e, name));
            let all = there.all().flat_map(|e| [service(e), e.resource]);
            (!known).then(|| {
                (Level::Warning, format!("no rule is about a service `{name}`.{}", hint(nearest(&mut { all }))))
            })
        }
        Kind::Tag | Kind::Label => {
            let tag = named.kind == Kind::Tag;
            let wanted = vec![(name.to_owned(), named.values.clone())];
            let filter = match tag {
                true => Filter { tags: wanted, ..Filter::default() },
                false => Filter { labels: wanted, ..Filter::default() },
            };
            let carries = |e: &'static Entry<'static>| filter.keeps(&Marks::from(e));
            let local = |r: &crate::documents::RuleDocument| filter.keeps(&r.marks());
            let known = there.all().any(carries) || there.documents.rules.iter().any(local);
            let what = if tag { "tag" } else { "label" };
            let known_names = there.all().flat_map(|e| e.labels.iter().map(|(k, _)| *k)).chain(TAGS);
            let hint = hint(nearest(&mut { known_names }).filter(|s| !s.eq_ignore_ascii_case(name)));
            (!known).then(|| {
                (Level::Warning, format!("no rule has the {what} `{name}: {}`.{hint}", named.values.join(", ")))
            })
        }
    }
}

/// Whether there is a baseline of this name: one of ours, or of the repository.
pub(crate) fn has_baseline(name: &str, documents: &Documents) -> bool {
    rules::baseline(name).is_some() || documents.baseline(name).is_some()
}

/// The names of all baselines.
pub(crate) fn baselines(documents: &Documents) -> impl Iterator<Item = &str> {
    let own = documents.baselines.iter().map(|b| b.name.as_str());
    rules::defaults().baselines.iter().map(|b| b.name.as_str()).chain(own)
}

/// The types that rules are about.
fn types_of_rules(there: Rules<'_>) -> impl Iterator<Item = &str> {
    let Rules { documents, pages } = there;
    let all = rules::entries().iter().chain(pages.entries().iter().copied());
    let of_pages = all.flat_map(|e| e.targets.iter().copied()).filter(|t| *t != "*");
    let local = documents.rules.iter().flat_map(|r| r.about.types.iter().map(|(t, _)| t.as_str()));
    of_pages.chain(local)
}

/// Whether there is a type of targets of this name: of Azure, of a file, or of a rule.
pub(crate) fn is_type(name: &str, there: Rules<'_>) -> bool {
    name.starts_with('.')
        || types::azure().is_ok_and(|table| table.resource_type(name).is_ok_and(|t| t.is_some()))
        || types_of_rules(there).any(|t| t.eq_ignore_ascii_case(name))
}

/// The same of the type of a target.
fn unknown_type(named: &Named, there: Rules<'_>, hinted: bool) -> Option<(Level, String)> {
    let name = named.name.as_str();
    if is_type(name, there) {
        return None;
    }
    let table = types::azure().ok();
    let published = || table.iter().flat_map(types::Types::resource_types).flatten().map(|t| t.name);
    let nearest = hinted.then(|| similar(name, published().chain(types_of_rules(there)))).flatten();
    // Long names are like others that nobody meant.
    let apart = |other: &String| distance(&name.to_ascii_lowercase(), &other.to_ascii_lowercase());
    let is_slip = nearest.as_ref().is_some_and(|other| apart(other) <= SLIP);
    let hint = nearest.map(|s| format!(" Did you mean `{s}`?")).unwrap_or_default();
    let level = if named.own && is_slip { Level::Warning } else { Level::Note };
    Some((level, format!("there is no type of resource `{name}`.{hint}")))
}

/// How many letters of a type may be wrong so that it is surely another one.
const SLIP: usize = 2;

/// The tags of PSRule that rules have besides their labels.
const TAGS: [&str; 5] = ["release", "ruleSet", "Azure.WAF/pillar", "category", "severity"];

/// The service that a rule is about, by its id: `Storage`.
pub fn service(entry: &Entry<'static>) -> &'static str {
    entry.id.split('.').nth(1).unwrap_or_default()
}

/// Whether a rule is about a service, by the second part of its id or in words.
pub fn is_about(entry: &Entry<'static>, wanted: &str) -> bool {
    service(entry).eq_ignore_ascii_case(wanted) || entry.resource.eq_ignore_ascii_case(wanted)
}

/// Every configuration key that means something, some with `*` at their end.
fn keys(there: Rules<'_>) -> impl Iterator<Item = &'static str> {
    static OF_RULES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let defaults = rules::defaults().configuration.iter().map(|(k, _)| k.as_str());
        let read = rules::entries().iter().flat_map(|e| e.config.iter().copied());
        let former = FORMER.iter().flat_map(|(now, former)| [*now, *former]);
        defaults.chain(read).chain(former).chain(context::KEYS).chain(super::psrule::expansion_keys()).collect()
    });
    let own = there.pages.entries().iter().flat_map(|e| e.config.iter().copied());
    OF_RULES.iter().copied().chain(own)
}
