//! The rules in the binary, and which of them run.

use std::sync::{Arc, LazyLock, OnceLock};

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::filter::UnknownName;
use super::keys::Keys;
use super::language::{Baseline, Check, Entry, page_path};
use super::pages::{KEPT, Kept, kept};
use crate::glob::{self, Against};
use crate::rules::rule::{Levels, Rule};
use crate::rules::settings::defaults;

static INDEX: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/index.bin"));
static CHECKS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/checks.bin"));
static TEXTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/texts.bin"));

/// The web page of a rule is this and the path of its page.
const PAGES: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/rules/");

static ENTRIES: LazyLock<Result<Vec<Entry<'static>>, CatalogueError>> =
    LazyLock::new(|| postcard::from_bytes(INDEX).map_err(|e| CatalogueError::new("index", e)));

/// The rules in the binary cannot be read: it was not built as it should be. Nothing may run without rules as if there were
/// none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the rules in this binary cannot be read ({part}: {reason}); install armlint again")]
pub struct CatalogueError {
    /// Which part: the index, the defaults, or the checks of a rule.
    pub part: String,
    /// What the decoder says.
    pub reason: String,
}

impl CatalogueError {
    fn new(part: &str, reason: impl ToString) -> Self {
        CatalogueError { part: part.to_string(), reason: reason.to_string() }
    }
}

/// Whether the rules in the binary can be read. To be asked before any of them is used.
///
/// # Errors
/// The part that cannot be decoded.
pub fn verify() -> Result<(), CatalogueError> {
    let entries = ENTRIES.as_ref().map_err(Clone::clone)?;
    super::settings::decoded().as_ref().map_err(|e| CatalogueError::new("defaults", e))?;
    let out_of_bounds = |e: &&Entry<'_>| slice(CHECKS, e.check).and(slice(TEXTS, e.help)).is_none();
    entries.iter().find(out_of_bounds).map_or(Ok(()), |e| Err(CatalogueError::new(e.id, "out of bounds")))
}

/// Every built-in rule, by id.
pub fn entries() -> &'static [Entry<'static>] {
    ENTRIES.as_deref().unwrap_or_default()
}

/// The rule of this id, reference or former name, without regard to case.
pub fn find(name: &str) -> Option<&'static Entry<'static>> {
    entries().iter().find(|e| e.names().any(|n| n.eq_ignore_ascii_case(name)))
}

/// The rules that a name means: the one of this id, reference or former name, else all that cover this check of another tool.
pub fn named(name: &str) -> Vec<&'static Entry<'static>> {
    // A check of the Bicep CLI is a rule here, and others may cover it.
    match find(name) {
        Some(entry) if !entry.is_of_language() => vec![entry],
        found => found.into_iter().chain(entries().iter().filter(|e| e.covers(name))).collect(),
    }
}

/// The baseline of this name, without regard to case.
pub fn baseline(name: &str) -> Option<&'static Baseline> {
    defaults().baselines.iter().find(|b| b.name.eq_ignore_ascii_case(name))
}

/// What a rule checks.
///
/// # Errors
/// The bytes in the binary are no check.
pub fn check_of(entry: &Entry<'_>) -> Result<Check, CatalogueError> {
    if let Some(page) = of_repository(entry.check) {
        return Ok(page.check.clone());
    }
    let bytes = slice(CHECKS, entry.check).ok_or_else(|| CatalogueError::new(entry.id, "out of bounds"))?;
    postcard::from_bytes(bytes).map_err(|e| CatalogueError::new(entry.id, e))
}

/// The page of a rule as Markdown, without front matter.
pub fn markdown(entry: &Entry<'_>) -> &'static str {
    if let Some(page) = of_repository(entry.help) {
        return &page.body;
    }
    slice(TEXTS, entry.help).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or_default()
}

/// Whether a glob finds one of the names of a rule, or a check of another tool that it covers.
pub fn is_like(entry: &Entry<'_>, glob: &globset::GlobMatcher) -> bool {
    let former = |p: &&str| p.starts_with("AZU-") && glob.is_match(format!("AVD-{p}"));
    entry.names().any(|n| glob.is_match(n)) || entry.peers.iter().any(|p| glob.is_match(p) || former(p))
}

/// The page of a rule that a repository brings along.
fn of_repository((start, number): (u32, u32)) -> Option<&'static Kept> {
    if start == KEPT { kept(number) } else { None }
}

/// The page of a rule on the web; empty for a rule of a repository.
pub fn uri(entry: &Entry<'_>) -> EcoString {
    if of_repository(entry.help).is_some() {
        return EcoString::new();
    }
    ecow::eco_format!("{PAGES}{}", page_path(entry.id))
}

impl Rule {
    /// What reports need to know of a rule of the catalogue.
    pub fn of(entry: &Entry<'_>, levels: Levels) -> Rule {
        Rule {
            id: entry.id.into(),
            reference: entry.reference.into(),
            title: entry.title.into(),
            synopsis: entry.synopsis.into(),
            help: markdown(entry).into(),
            help_uri: uri(entry),
            severity: entry.severity,
            pillar: entry.pillar,
            category: entry.category.into(),
            resource: entry.resource.into(),
            level: match levels {
                Levels::Severity => entry.severity.into(),
                Levels::Psrule => entry.level.into(),
            },
            cwe: entry.cwe.iter().map(|c| (*c).into()).collect(),
            labels: entry.labels.iter().map(|(k, v)| ((*k).into(), v.iter().map(|v| (*v).into()).collect())).collect(),
        }
    }
}

fn slice(blob: &'static [u8], (start, length): (u32, u32)) -> Option<&'static [u8]> {
    let start = start as usize;
    blob.get(start..start.checked_add(length as usize)?)
}

/// The rules of PSRule for Azure that are about what is generally available.
pub const PSRULE_BASELINE: &str = "Azure.Default";

/// These and armlint's own, but for those that somebody has to ask for.
pub const DEFAULT_BASELINE: &str = "Armlint.Default";

/// Which rules run.
#[derive(Debug, Clone, Default)]
pub struct Selection<'s> {
    /// The baseline; [`DEFAULT_BASELINE`] if there is none.
    pub baseline: Option<&'s str>,
    /// Ids, references, former names, checks of other tools, or globs that narrow the baseline; one named exactly runs even if
    /// the baseline lacks it.
    pub rules: &'s [String],
    /// The same, to leave out.
    pub exclude: &'s [String],
    /// The pages of the repository: they belong to every baseline.
    pub pages: &'s [&'static Entry<'static>],
}

/// Why there is no such selection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// There is nothing to select from.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// No such baseline.
    #[error("there is no baseline `{name}`{}", similar.as_ref().map(|s| format!("; did you mean `{s}`?")).unwrap_or_default())]
    Baseline {
        /// The name given.
        name: String,
        /// A similar name.
        similar: Option<String>,
    },
    /// No such rule.
    #[error(
        "there is no rule `{name}`{}{}",
        similar.as_ref().map(|s| format!("; did you mean `{s}`?")).unwrap_or_default(),
        unusable.as_ref().map(|u| format!("; it may be one of the repository's that could not be used: {u}")).unwrap_or_default()
    )]
    Rule {
        /// The name given.
        name: String,
        /// A similar name.
        similar: Option<String>,
        /// What is wrong with a page or document of the repository that brings rules along.
        unusable: Option<String>,
    },
    /// A glob that makes no sense.
    #[error("`{0}` is no pattern")]
    Pattern(String),
    /// A filter names something that no rule has.
    #[error(transparent)]
    Unknown(#[from] UnknownName),
    /// The filters of the command line keep none of the rules that would run.
    #[error("no rule is left: the filters keep none of the {0} that would run; widen them")]
    NothingLeft(usize),
}

impl SelectionError {
    /// The same, with what is wrong with the rules of the repository: a rule that is not there may be among them.
    pub fn beside(self, wrong: impl FnOnce() -> Option<String>) -> Self {
        match self {
            SelectionError::Rule { name, similar, .. } => SelectionError::Rule { name, similar, unusable: wrong() },
            other => other,
        }
    }
}

/// A rule that runs. Conditions and text are decoded at their first use.
#[derive(Debug)]
pub struct Active {
    /// Its entry in the catalogue.
    pub entry: &'static Entry<'static>,
    levels: Levels,
    gives_way: bool,
    check: OnceLock<Result<Check, CatalogueError>>,
    keys: OnceLock<Keys>,
    rule: OnceLock<Arc<Rule>>,
}

impl Active {
    /// A rule of the catalogue.
    pub fn new(entry: &'static Entry<'static>) -> Self {
        let (check, keys, rule) = Default::default();
        Active { entry, levels: Levels::default(), gives_way: false, check, keys, rule }
    }

    /// Whether it has nothing to say about what another rule finds to be of a service that is over: PSRule's rules about settings
    /// would only hide that finding in the baselines `Armlint.…`.
    pub fn gives_way(&self) -> bool {
        self.gives_way
    }

    /// Whether it names a type among its targets.
    pub fn targets(&self, type_: &str) -> bool {
        self.entry.targets.iter().any(|t| t.eq_ignore_ascii_case(type_))
    }

    /// What it checks.
    ///
    /// # Errors
    /// The bytes in the binary are no check.
    pub fn check(&self) -> Result<&Check, &CatalogueError> {
        self.check.get_or_init(|| check_of(self.entry)).as_ref()
    }

    /// The keys that it asks for, if it can be run.
    pub fn keys(&self) -> Option<&Keys> {
        let check = self.check().ok()?;
        Some(self.keys.get_or_init(|| Keys::of(check)))
    }

    /// What reports need to know.
    pub fn rule(&self) -> Arc<Rule> {
        self.rule.get_or_init(|| Arc::new(Rule::of(self.entry, self.levels))).clone()
    }
}

/// The rules that run, by what they are about.
#[derive(Debug, Default)]
pub struct RuleSet {
    rules: Vec<Active>,
    by_type: FxHashMap<&'static str, Vec<usize>>,
    everywhere: Vec<usize>,
}

impl RuleSet {
    /// Every rule of the catalogue.
    pub fn all() -> RuleSet {
        RuleSet::of(entries().iter())
    }

    /// The rules of a selection.
    ///
    /// # Errors
    /// A baseline or rule that does not exist.
    pub fn select(selection: &Selection<'_>) -> Result<RuleSet, SelectionError> {
        verify()?;
        let name = selection.baseline.unwrap_or(DEFAULT_BASELINE);
        let baseline = baseline(name).ok_or_else(|| SelectionError::Baseline {
            name: name.to_string(),
            similar: similar(name, defaults().baselines.iter().map(|b| b.name.as_str())),
        })?;
        let wanted = Patterns::new(selection.rules, selection.pages, true)?;
        // A configuration may leave out rules that only PSRule has.
        let unwanted = Patterns::new(selection.exclude, selection.pages, false)?;
        let is_page = |e: &Entry<'_>| selection.pages.iter().any(|p| p.id == e.id);
        let chosen = entries().iter().chain(selection.pages.iter().copied()).filter(|e| {
            let named = wanted.names(e);
            let narrowed = wanted.is_empty() || named || wanted.globs(e);
            (named || narrowed && (e.is_in(baseline) || is_page(e))) && !unwanted.names(e) && !unwanted.globs(e)
        });
        // One finding says that a service is retired: PSRule's about its settings would only hide it.
        let gives_way =
            |e: &Entry<'static>| baseline.own && !e.is_own() && !is_page(e) && !wanted.names(e) && !e.retires;
        let chosen = chosen.map(|e| Active { gives_way: gives_way(e), ..Active::new(e) });
        Ok(RuleSet::with(chosen))
    }

    pub(crate) fn of(entries: impl Iterator<Item = &'static Entry<'static>>) -> RuleSet {
        RuleSet::with(entries.map(Active::new))
    }

    /// The same rules with levels from elsewhere than their severity.
    pub fn with_levels(mut self, levels: Levels) -> RuleSet {
        for rule in &mut self.rules {
            rule.levels = levels;
            // What reports know of it holds the level.
            rule.rule = OnceLock::new();
        }
        self
    }

    /// These rules and others, each once.
    pub fn and(&self, more: impl Iterator<Item = &'static Entry<'static>>) -> RuleSet {
        let own: FxHashSet<&str> = self.rules.iter().map(|r| r.entry.id).collect();
        let kept = self.rules.iter().map(|r| Active { gives_way: r.gives_way, ..Active::new(r.entry) });
        let more = more.filter(|e| !own.contains(e.id)).map(Active::new);
        RuleSet::with(kept.chain(more))
    }

    /// Those of these rules that a condition keeps.
    pub fn only(&self, keep: impl Fn(&Entry<'static>) -> bool) -> RuleSet {
        let kept = self.rules.iter().filter(|r| keep(r.entry));
        RuleSet::with(kept.map(|r| Active { gives_way: r.gives_way, ..Active::new(r.entry) }))
    }

    fn with(rules: impl Iterator<Item = Active>) -> RuleSet {
        let mut out = RuleSet::default();
        for rule in rules {
            let at = out.rules.len();
            // They are judged by the syntax of files, and not as targets.
            let targets = if rule.entry.is_of_language() { &[][..] } else { &rule.entry.targets[..] };
            for &t in targets {
                if t == "*" {
                    out.everywhere.push(at);
                } else {
                    out.by_type.entry(t).or_default().push(at);
                }
            }
            out.rules.push(rule);
        }
        out
    }

    /// The rules, by id.
    pub fn rules(&self) -> &[Active] {
        &self.rules
    }

    /// The rules for a target type, by id.
    pub fn for_type(&self, type_: &str) -> Vec<&Active> {
        let lower = type_.to_ascii_lowercase();
        let mut out: Vec<usize> = self.by_type.get(lower.as_str()).cloned().unwrap_or_default();
        // Files are not resources.
        if !lower.starts_with('.') {
            out.extend(&self.everywhere);
        }
        out.sort_unstable();
        out.dedup();
        out.into_iter().map(|i| &self.rules[i]).collect()
    }

    /// The rules that name a target type, by id.
    pub fn naming(&self, type_: &str) -> Vec<&Active> {
        let named = self.by_type.get(type_.to_ascii_lowercase().as_str()).into_iter().flatten();
        named.map(|i| &self.rules[*i]).collect()
    }
}

struct Patterns {
    ids: FxHashSet<&'static str>,
    globs: Vec<globset::GlobMatcher>,
}

impl Patterns {
    fn new(patterns: &[String], pages: &[&'static Entry<'static>], must_exist: bool) -> Result<Self, SelectionError> {
        let all = || entries().iter().chain(pages.iter().copied());
        let mut out = Patterns { ids: FxHashSet::default(), globs: Vec::new() };
        for p in patterns {
            // `PSRule.Rules.Azure\Azure.X` is how PSRule writes a rule with its module.
            let p = p.rsplit('\\').next().unwrap_or(p);
            if p.contains(['*', '?', '[', '{']) {
                let glob = glob::compile(p, Against::Name);
                let glob = glob.map_err(|_| SelectionError::Pattern(p.to_string()))?;
                if must_exist && !all().any(|e| is_like(e, &glob)) {
                    return Err(SelectionError::Rule { name: p.to_string(), similar: None, unusable: None });
                }
                out.globs.push(glob);
                continue;
            }
            let mut named = named(p);
            named.extend(pages.iter().filter(|e| e.names().any(|n| n.eq_ignore_ascii_case(p))));
            if named.is_empty() && must_exist {
                let similar = similar(p, all().map(|e| e.id));
                return Err(SelectionError::Rule { name: p.to_string(), similar, unusable: None });
            }
            out.ids.extend(named.iter().map(|e| e.id));
        }
        Ok(out)
    }

    fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.globs.is_empty()
    }

    fn names(&self, e: &Entry<'static>) -> bool {
        self.ids.contains(e.id)
    }

    fn globs(&self, e: &Entry<'static>) -> bool {
        self.globs.iter().any(|g| is_like(e, g))
    }
}

/// The name that differs by the fewest letters, if few enough.
pub fn similar<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let name = name.to_ascii_lowercase();
    names
        .map(|n| (distance(&name, &n.to_ascii_lowercase()), n))
        .filter(|(d, n)| *d <= 3.max(n.len() / 6))
        .min_by_key(|(d, _)| *d)
        .map(|(_, n)| n.to_string())
}

/// How many letters make one text of the other: by changing, adding or removing them.
pub fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let next = (diagonal + usize::from(ca != *cb)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], next);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_decoded_is_an_error() {
        assert_eq!(verify(), Ok(()));
        let mut broken = entries()[0].clone();
        broken.check = (0, 0);
        assert_eq!(check_of(&broken).unwrap_err().part, broken.id);
        broken.check = (u32::MAX, 1);
        let message = check_of(&broken).unwrap_err().to_string();
        assert!(message.contains("out of bounds") && message.contains("install armlint again"), "{message}");
    }
}
