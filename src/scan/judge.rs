//! The rules of a run, as the user wants them: which, at which level, and what is accepted.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ecow::EcoString;
use globset::GlobMatcher;
use jiff::Timestamp;

use super::Judge;
use crate::check::{self, CheckInput, CheckResult, FileKind, FileTarget, Outcome};
use crate::config::{Config, Suppression};
use crate::diagnostic::{self, Diagnostic, Level};
use crate::expand::{Deployed, Value};
use crate::glob::{self, Against};
use crate::read::Sources;
use crate::rules::{self, DEFAULT_BASELINE, RuleSet, Selection, SelectionError, Settings};
use crate::walk::classify::Kind;
use crate::walk::inputs::Input;

/// The most suppressions that are told to cover nothing.
const MOST_UNUSED: usize = 20;

/// What the command line says about rules.
#[derive(Debug, Clone, Default)]
pub struct Wanted<'a> {
    /// `--baseline`; without it, the configuration decides.
    pub baseline: Option<&'a str>,
    /// `--rule`
    pub rules: &'a [String],
    /// `--exclude-rule`
    pub exclude: &'a [String],
    /// The clock.
    pub now: Timestamp,
    /// Nobody asks for the targets that keep a rule, or that it does not apply to.
    pub without_passes: bool,
}

/// The rules of a run.
pub struct Rules {
    set: RuleSet,
    settings: Settings,
    levels: HashMap<&'static str, Level>,
    /// By rule.
    accepted: HashMap<&'static str, Accepted>,
    /// The reason of each suppression.
    reasons: Vec<EcoString>,
    /// The suppressions as they are written.
    suppressions: Vec<Suppression>,
    now: Timestamp,
    without_passes: bool,
    sources: Arc<Sources>,
    /// Rules that the configuration takes away.
    left_out: usize,
}

/// The suppressions of one rule. Where several cover a result, the first that is written gives the reason.
#[derive(Default)]
struct Accepted {
    /// The first for all targets.
    all: Option<Place>,
    /// The first for each target that is given by its whole name, in small letters.
    named: HashMap<String, Place>,
    globs: Vec<(GlobMatcher, Place)>,
}

/// What a suppression says of a target, or of all.
struct Place {
    /// Which suppression.
    suppression: usize,
    /// Which of its targets.
    target: usize,
    /// Whether it covered a result.
    used: AtomicBool,
}

impl Rules {
    /// Rules from the command line and, below it, the configuration. What the configuration says about rules that are not
    /// there is added to its diagnostics.
    ///
    /// # Errors
    /// [`SelectionError`] for a baseline, or a rule on the command line, that is not there.
    pub fn new(wanted: &Wanted<'_>, config: &mut Config, sources: Arc<Sources>) -> Result<Self, SelectionError> {
        let explicit = wanted.baseline.is_some() || config.baseline.is_some();
        let baseline = wanted.baseline.or(config.asked_baseline()).unwrap_or(DEFAULT_BASELINE).to_owned();
        let mut unknown = Vec::new();
        let mut known = |names: &[String], level: Level, what: &str| -> Vec<String> {
            let there = |n: &&String| {
                let there = !ids(n).is_empty();
                if !there {
                    unknown.push((level, format!("{what} `{n}`, which is no rule of armlint and has no effect")));
                }
                there
            };
            names.iter().filter(there).cloned().collect()
        };
        let exclude = known(&config.exclude_rules, Level::Note, "the configuration excludes");
        let include = known(&config.include_rules, Level::Warning, "the configuration includes");
        // What the command line names is not taken away by a file.
        let named: Vec<&str> = wanted.rules.iter().flat_map(|r| rules::named(r)).map(|e| e.id).collect();
        let exclude = exclude.iter().flat_map(|e| ids(e)).filter(|id| !named.contains(id)).map(str::to_owned);
        let exclude: Vec<String> = exclude.chain(wanted.exclude.iter().cloned()).collect();
        // A file that includes only rules that are not there includes none, not all.
        let nothing = wanted.rules.is_empty() && include.is_empty() && !config.include_rules.is_empty();
        let rules = if wanted.rules.is_empty() { include.as_slice() } else { wanted.rules };
        let selection = Selection { baseline: Some(&baseline), rules, exclude: &exclude };
        let set = RuleSet::select(&selection)?;
        let set = if nothing { RuleSet::default() } else { set };
        let carries = |e: &rules::language::Entry<'static>| {
            config.tags.iter().all(|(name, wanted)| e.is_tagged(name, wanted))
                && config.labels.iter().all(|(name, wanted)| e.is_labelled(name, wanted))
        };
        let set = match config.tags.is_empty() && config.labels.is_empty() || !wanted.rules.is_empty() {
            true => set,
            false => set.only(carries),
        };
        let without_config = Selection { baseline: wanted.baseline, rules: wanted.rules, exclude: wanted.exclude };
        let left_out = match config.chooses_rules() {
            true => {
                let chosen: HashSet<&str> = set.rules().iter().map(|r| r.entry.id).collect();
                let all = RuleSet::select(&without_config)?;
                all.rules().iter().filter(|r| !chosen.contains(r.entry.id)).count()
            }
            false => 0,
        };

        let mut levels = HashMap::new();
        for (name, level) in &config.levels {
            let found = known(std::slice::from_ref(name), Level::Note, "the configuration sets the level of");
            levels.extend(found.iter().flat_map(|n| ids(n)).map(|id| (id, *level)));
        }
        let mut accepted: HashMap<_, Accepted> = HashMap::new();
        let mut reasons = Vec::new();
        for s in &config.suppressions {
            for name in known(std::slice::from_ref(&s.rule), Level::Note, "the configuration suppresses") {
                for id in ids(&name) {
                    accepted.entry(id).or_default().add(s, reasons.len());
                }
            }
            reasons.push(s.reason.as_deref().unwrap_or("suppressed in the configuration").into());
        }
        config.diagnostics.extend(unknown.into_iter().map(|(level, message)| Diagnostic {
            level,
            code: "config-unknown-rule",
            message,
            place: config.file.clone().map_or(diagnostic::Place::Run, diagnostic::Place::Path),
        }));
        let settings = settings(&baseline, explicit, config);
        let Wanted { now, without_passes, .. } = *wanted;
        let suppressions = config.suppressions.clone();
        Ok(Rules { set, settings, levels, accepted, reasons, suppressions, now, without_passes, sources, left_out })
    }

    /// How many rules the configuration takes away, and of how many it sets the level.
    pub fn changed_by_config(&self) -> (usize, usize) {
        (self.left_out, self.levels.len())
    }

    /// A warning for each suppression of a rule that ran, or target of it, that covered no result: it is of use to nobody any
    /// more, and would cover what somebody adds. `results` are all there are, those remembered from an earlier scan among them.
    pub fn unused(&self, results: &[CheckResult]) -> Vec<Diagnostic> {
        for r in results.iter().filter(|r| r.outcome == Outcome::Suppressed) {
            let _ = self.accepted.get(r.rule.id.as_str()).and_then(|a| a.covers(&r.target.name));
        }
        let mut used: HashMap<(usize, usize), bool> = HashMap::new();
        for rule in self.set.rules() {
            for place in self.accepted.get(rule.entry.id).into_iter().flat_map(Accepted::places) {
                let one = used.entry((place.suppression, place.target)).or_default();
                *one |= place.used.load(Ordering::Relaxed);
            }
        }
        let mut unused: Vec<(usize, usize)> = used.into_iter().filter(|(_, used)| !used).map(|(at, _)| at).collect();
        unused.sort_unstable();
        let more = unused.len().saturating_sub(MOST_UNUSED);
        let mut out = Vec::new();
        for (nth, (suppression, target)) in unused.into_iter().take(MOST_UNUSED).enumerate() {
            let Some(s) = self.suppressions.get(suppression) else { continue };
            let what = match s.targets.as_ref().and_then(|t| t.get(target)) {
                Some(target) => format!("of {} for `{target}`", s.rule),
                None => format!("of {}", s.rule),
            };
            let rest = if nth + 1 == MOST_UNUSED && more > 0 {
                format!("; {more} more suppressions cover nothing")
            } else {
                String::new()
            };
            let message = format!("the suppression {what} covers no finding; remove it{rest}");
            if let Some(span) = s.span {
                out.push(Diagnostic::warning("suppression-unused", span, message));
            }
        }
        out
    }

    fn check(&self, input: CheckInput<'_>) -> Vec<CheckResult> {
        let input = CheckInput { sources: Some(&self.sources), without_passes: self.without_passes, ..input };
        let mut results = check::check(&input, &self.set, &self.settings);
        for r in &mut results {
            if let Some(level) = self.levels.get(r.rule.id.as_str()) {
                r.level = *level;
            }
            if r.outcome == Outcome::Fail
                && let Some(by) = self.accepted.get(r.rule.id.as_str()).and_then(|a| a.covers(&r.target.name))
            {
                r.outcome = Outcome::Suppressed;
                r.suppression = self.reasons.get(by).cloned();
            }
        }
        results
    }
}

impl Judge for Rules {
    fn deployment(&self, deployed: &Deployed, name: &str) -> Vec<CheckResult> {
        self.check(CheckInput { deployed: Some(deployed), root_name: name.into(), ..CheckInput::at(self.now) })
    }

    fn resources(&self, resources: &[Value]) -> Vec<CheckResult> {
        self.check(CheckInput { exported: resources, ..CheckInput::at(self.now) })
    }

    fn file(&self, input: &Input, name: &str, template: Option<&str>) -> Vec<CheckResult> {
        let extension = input.path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let type_ = ecow::eco_format!(".{extension}");
        if self.set.for_type(&type_).is_empty() {
            return Vec::new();
        }
        let file = FileTarget {
            type_,
            name: name.into(),
            kind: match input.kind {
                Kind::Template => FileKind::Template,
                Kind::Parameters => FileKind::Parameters,
                Kind::Bicep => FileKind::Bicep,
                Kind::Resources | Kind::BicepParam | Kind::Other => FileKind::Other,
            },
            content: input.document.as_ref().and_then(|d| d.root()).map(check::as_written),
            template: template.map(Into::into),
        };
        self.check(CheckInput { files: &[file], ..CheckInput::at(self.now) })
    }

    fn rules(&self) -> usize {
        self.set.rules().len()
    }
}

impl Accepted {
    /// Adds a suppression, known by its place among all.
    fn add(&mut self, suppression: &Suppression, nth: usize) {
        let at = |target| Place { suppression: nth, target, used: AtomicBool::new(false) };
        let Some(targets) = &suppression.targets else {
            self.all.get_or_insert(at(0));
            return;
        };
        for (i, target) in targets.iter().enumerate() {
            let place = at(i);
            if target.is_ascii() && !target.contains('\\') && !glob::is_glob(target) {
                self.named.entry(target.to_ascii_lowercase()).or_insert(place);
            } else if let Some(matcher) = glob::name(target) {
                self.globs.push((matcher, place));
            }
        }
    }

    /// The place of the first suppression that covers a target.
    fn covers(&self, target: &str) -> Option<usize> {
        let named = self.named.get(&target.to_ascii_lowercase());
        let glob = self.globs.iter().find(|(m, _)| m.is_match(target)).map(|(_, place)| place);
        let first = self.all.iter().chain(named).chain(glob).min_by_key(|place| place.suppression)?;
        first.used.store(true, Ordering::Relaxed);
        Some(first.suppression)
    }

    fn places(&self) -> impl Iterator<Item = &Place> {
        self.all.iter().chain(self.named.values()).chain(self.globs.iter().map(|(_, place)| place))
    }
}

/// The ids of the rules that a name (id, reference, former name, a check of another tool) or glob means.
fn ids(name: &str) -> Vec<&'static str> {
    let named = rules::named(name);
    if !named.is_empty() {
        return named.iter().map(|e| e.id).collect();
    }
    if !name.contains(['*', '?', '[']) {
        return Vec::new();
    }
    let Ok(glob) = glob::compile(name, Against::Name) else { return Vec::new() };
    rules::entries().iter().filter(|e| rules::catalogue::is_like(e, &glob)).map(|e| e.id).collect()
}

/// Values for rules: defaults, the baseline's, the user's, and once more the baseline's if it was asked for by name.
fn settings(baseline: &str, asked_for: bool, config: &Config) -> Settings {
    let Some(baseline) = rules::baseline(baseline) else { return Settings::new() };
    let of_baseline = Settings::for_baseline(baseline);
    let mut settings = of_baseline.clone();
    for (key, value) in &config.values {
        settings.set(key, value.clone());
    }
    if asked_for {
        for (key, _) in &baseline.configuration {
            if let Some(value) = of_baseline.get(key) {
                settings.set(key, value.clone());
            }
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_suppression_that_covers_a_target_counts() {
        let mut accepted = Accepted::default();
        let lists: [&[&str]; 4] = [&["prod-*", "Web"], &["web", "x", "ÄB"], &["prod-1"], &[]];
        for (place, targets) in lists.iter().enumerate() {
            let targets = (place < 3).then(|| targets.iter().map(|t| (*t).to_owned()).collect());
            accepted.add(&Suppression { rule: String::new(), targets, reason: None, span: None }, place);
        }
        let covers = |name| accepted.covers(name);
        assert_eq!([covers("PROD-1"), covers("wEB"), covers("X"), covers("Äb")], [Some(0), Some(0), Some(1), Some(1)]);
        assert_eq!(covers("other"), Some(3));
        accepted.all = None;
        assert_eq!(accepted.covers("other"), None);
    }
}
