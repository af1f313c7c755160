//! The rules of a run, as the user wants them: which, at which level, and what is accepted.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use ecow::EcoString;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use rustc_hash::{FxHashMap, FxHashSet};

use super::language::Language;
use super::overridden::{self, Overridden};
use super::{Judge, Looked, Project};
use crate::check::{self, CheckInput, CheckResult, FileKind, FileTarget, Noted, types};
use crate::config::effective::Origin;
use crate::config::{Config, names};
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::documents::judge::Active;
use crate::documents::{BaselineDocument, Documents, RuleDocument, bare};
use crate::expand::{Deployed, Value};
use crate::glob;
use crate::read::Sources;
use crate::rules::{
    self, DEFAULT_BASELINE, Filter, Levels, Marks, Pages, Rule, RuleSet, Selection, SelectionError, Settings,
};
use crate::suppress::{self, Configured};
use crate::walk::classify::Kind;
use crate::walk::inputs::Input;
use crate::walk::root::relative;

/// PSRule's baseline that holds all its rules.
const PSRULE_ALL: &str = "Azure.All";

/// What the command line says about rules.
#[derive(Debug, Clone, Default)]
pub struct Wanted<'a> {
    /// `--baseline`; without it, the configuration decides.
    pub baseline: Option<&'a str>,
    /// `--rule`
    pub rules: &'a [String],
    /// `--exclude-rule`
    pub exclude: &'a [String],
    /// `--min-severity`, `--pillar`, …: stronger than the same kind of filter in a file.
    pub filter: Filter,
    /// The clock.
    pub now: Timestamp,
    /// Nobody asks for the targets that keep a rule, or that it does not apply to.
    pub without_passes: bool,
    /// The Bicep language's own checks run at the levels that the nearest `bicepconfig.json` gives them, and not all of them.
    pub configured_levels: bool,
}

/// The rules of a run.
pub struct Rules {
    set: RuleSet,
    settings: Settings,
    /// What the rules came to that is the same for other targets.
    noted: Noted,
    levels: FxHashMap<EcoString, Level>,
    /// What the configuration accepts.
    configured: Configured,
    /// A suppression without a reason does not count.
    need_reason: bool,
    /// The command line narrows the rules that run.
    narrowed: bool,
    /// Somebody leaves out the rule about suppressions that cover nothing.
    unused_is_off: bool,
    documents: Arc<Documents>,
    pages: Arc<Pages>,
    /// The rules of the repository that run, as places in its documents.
    local: Vec<usize>,
    /// The rules that a name in a suppression group means.
    meant: FxHashMap<EcoString, FxHashSet<EcoString>>,
    now: Timestamp,
    without_passes: bool,
    /// The Bicep language's own checks, if any of them runs.
    language: Option<Language>,
    sources: Arc<Sources>,
    /// Rules that the configuration takes away.
    left_out: usize,
    /// What is different for some files.
    overrides: Vec<Overridden>,
    /// Only targets of these types are judged; all if empty.
    target_types: Vec<String>,
    /// The rules by their ids, once somebody asks for one.
    by_id: OnceLock<FxHashMap<EcoString, Arc<Rule>>>,
}

impl Rules {
    /// Rules from the command line and, below it, the configuration. What the configuration says about rules that are not
    /// there is added to its diagnostics.
    ///
    /// # Errors
    /// [`SelectionError`] for a baseline, or something on the command line, that is not there.
    pub fn new(wanted: &Wanted<'_>, config: &mut Config, sources: Arc<Sources>) -> Result<Self, SelectionError> {
        let documents = config.documents.clone();
        if !wanted.filter.is_empty() {
            let built_in = rules::entries().iter().map(Marks::from);
            wanted
                .filter
                .check(&built_in.chain(documents.rules.iter().map(RuleDocument::marks)).collect::<Vec<_>>())?;
        }
        let explicit = wanted.baseline.is_some() || config.baseline.is_some();
        let baseline = match wanted.baseline {
            Some(asked) => config.baseline_meant(asked),
            None => config.asked_baseline().unwrap_or(DEFAULT_BASELINE).to_owned(),
        };
        // A baseline of the repository chooses among all rules.
        let own = documents.baseline(&baseline);
        let chosen_from = if own.is_some() { PSRULE_ALL } else { baseline.as_str() };
        let asked = Asked::of(config, own, wanted);
        let pages = config.pages.clone();
        let there = names::Rules { documents: &documents, pages: &pages };
        // Names that are not there were told when the configuration was read.
        let known =
            |names: &[String]| names.iter().filter(|n| !there.ids(n).is_empty()).cloned().collect::<Vec<String>>();
        if let Some(name) = wanted.exclude.iter().find(|n| there.ids(n).is_empty()) {
            let error = SelectionError::Rule { name: name.clone(), similar: there.similar(name), unusable: None };
            return Err(error.beside(|| unusable(config, &sources)));
        }
        // But those of a baseline of the repository: which one counts shows only here.
        let names = own.into_iter().flat_map(|o| o.rules().map(|(name, level)| (name, level, o.span)));
        let of_baseline = names.filter(|(name, ..)| there.ids(name).is_empty()).map(|(name, level, span)| {
            let message = format!("the baseline names `{name}`, which is no rule of armlint and has no effect");
            Diagnostic { level, ..Diagnostic::warning("config-unknown-rule", span, message) }
        });
        let levels_named = own.into_iter().flat_map(|o| o.levels.iter().map(|(name, _)| (name, o.span)));
        let of_levels = levels_named.filter(|(name, _)| there.ids(name).is_empty()).map(|(name, span)| {
            let message =
                format!("the baseline sets the level of `{name}`, which is no rule of armlint and has no effect");
            Diagnostic { level: Level::Note, ..Diagnostic::warning("config-unknown-rule", span, message) }
        });
        let of_baseline: Vec<Diagnostic> = of_baseline.chain(of_levels).collect();
        let exclude = known(asked.exclude);
        let include = known(asked.include);
        // What the command line names is not taken away by a file.
        let exactly = |r: &&String| !glob::is_glob(r);
        let named: Vec<&str> = wanted.rules.iter().filter(exactly).flat_map(|r| there.of_pages(r)).collect();
        let excluded =
            exclude.iter().flat_map(|e| there.of_pages(bare(e))).filter(|id| !named.contains(id)).map(str::to_owned);
        let excluded: Vec<String> = excluded.chain(only_pages(wanted.exclude, &there)).collect();
        let chosen = if wanted.rules.is_empty() { include.as_slice() } else { wanted.rules };
        let rules = only_pages(chosen, &there);
        // A file that includes only rules that are not there, or are none of ours, includes none, not all.
        let nothing = rules.is_empty() && !(asked.include.is_empty() && wanted.rules.is_empty());
        let set = RuleSet::select(&Selection {
            baseline: Some(chosen_from),
            rules: &rules,
            exclude: &excluded,
            pages: pages.entries(),
        })
        .map_err(|e| e.beside(|| unusable(config, &sources)))?;
        let set = if nothing { RuleSet::default() } else { set };
        let set = kept(set, &asked.filter);
        let before = set.rules().len();
        let added = config.bicep_checks && wanted.baseline.is_none() && wanted.rules.is_empty();
        let set = if added { set.and(rules::entries().iter().filter(|e| e.is_of_language())) } else { set };
        let set = kept(set, &wanted.filter).with_levels(levels_of(config));
        let apart = wanted.baseline.is_some() || config.local_apart;
        let local = local(wanted, &asked, apart && own.is_none(), &documents);
        if set.rules().is_empty() && local.is_empty() && before > 0 {
            return Err(SelectionError::NothingLeft(before));
        }
        let left_out = match config.chooses_rules() {
            true => {
                let chosen: FxHashSet<&str> = set.rules().iter().map(|r| r.entry.id).collect();
                let baseline = wanted.baseline.map(|_| chosen_from);
                let rules = only_pages(wanted.rules, &there);
                let exclude = only_pages(wanted.exclude, &there);
                let all =
                    RuleSet::select(&Selection { baseline, rules: &rules, exclude: &exclude, pages: pages.entries() })?;
                kept(all, &wanted.filter).rules().iter().filter(|r| !chosen.contains(r.entry.id)).count()
            }
            false => 0,
        };

        let mut levels = FxHashMap::default();
        // The levels of a baseline that is asked for take the place of those of the options.
        let of_baseline_or_options = match own.map(|o| &o.levels) {
            Some(own) if !own.is_empty() => own,
            _ => &config.levels,
        };
        for (name, level) in of_baseline_or_options {
            levels.extend(there.ids(name).into_iter().map(|id| (id, *level)));
        }
        let mut configured = Configured::new(config.is_elsewhere);
        let mut of_suppressions = Vec::new();
        for s in &config.suppressions {
            let is_meant = !(s.literal && glob::is_glob(&s.rule));
            let meant = is_meant.then(|| there.ids(&s.rule)).into_iter().flatten().collect();
            of_suppressions.extend(configured.add(s, meant, day(wanted.now), config.need_reason));
        }
        let unused_is_off = excluded.iter().any(|name| there.of_pages(name).contains(&suppress::UNUSED));
        let is_rule = |name: &str| !there.ids(name).is_empty();
        let of_groups = documents.check_groups(wanted.now, is_rule);
        let of_pages = rules::entries().iter().chain(pages.entries().iter().copied());
        let of_types = documents.check_types(of_pages.flat_map(|e| e.targets.iter().copied()).filter(|t| *t != "*"));
        // In a group, a name is a name.
        let names = documents.groups.iter().flat_map(|g| &g.rules).map(|(name, _)| name).filter(|n| !glob::is_glob(n));
        let meant = names.map(|n| (n.clone(), there.ids(n).into_iter().collect())).collect();
        let settings = settings(&baseline, explicit, config, own);
        let obsolete = obsolete(&baseline, wanted.baseline.is_some(), config, own);
        config.diagnostics.extend(of_groups);
        config.diagnostics.extend(of_types);
        config.diagnostics.extend(obsolete);
        config.diagnostics.extend(of_suppressions);
        config.diagnostics.extend(of_baseline);
        let overrides = config.overrides.iter().map(|o| Overridden::of(o, &there)).collect();
        let target_types = config.target_types.clone();
        let Wanted { now, without_passes, .. } = *wanted;
        let language = Language::new(&set, wanted.configured_levels || added, without_passes, day(now));
        let narrowed = !wanted.rules.is_empty()
            || !wanted.exclude.is_empty()
            || !wanted.filter.is_empty()
            || wanted.baseline.is_some();
        Ok(Rules {
            set,
            settings,
            noted: Noted::default(),
            levels,
            configured,
            need_reason: config.need_reason,
            narrowed,
            unused_is_off,
            documents,
            pages,
            local,
            meant,
            now,
            without_passes,
            language,
            sources,
            left_out,
            overrides,
            target_types,
            by_id: OnceLock::new(),
        })
    }

    /// How many rules the configuration takes away, and of how many it sets the level.
    pub fn changed_by_config(&self) -> (usize, usize) {
        (self.left_out, self.levels.len())
    }

    /// Judges a file by the rules about files.
    fn file_as_target(&self, input: &Input, name: &str, template: Option<&str>) -> Vec<CheckResult> {
        let extension = input.path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let type_ = ecow::eco_format!(".{extension}");
        if self.set.for_type(&type_).is_empty() && !self.local.iter().any(|i| self.documents.is_about(*i, &type_)) {
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
            content: input.syntax().as_ref().and_then(|d| d.root()).map(check::as_written),
            template: template.map(Into::into),
        };
        self.check(CheckInput { files: &[file], ..CheckInput::at(self.now) }, &input.path)
    }

    fn check(&self, input: CheckInput<'_>, path: &Path) -> Vec<CheckResult> {
        let noted = Some(&self.noted);
        let input = CheckInput { sources: Some(&self.sources), noted, without_passes: self.without_passes, ..input };
        let settings = overridden::settings(&self.settings, &self.overrides, path);
        let mut results = check::check(&input, &self.set, &settings);
        let active = Active { documents: &self.documents, rules: &self.local };
        if !active.is_empty() {
            let means = |name: &str, id: &str| self.meant.get(name).is_some_and(|ids| ids.contains(id));
            active.judge(&input, &settings, &mut results, &means);
        }
        if !self.target_types.is_empty() {
            results.retain(|r| self.target_types.iter().any(|t| t.eq_ignore_ascii_case(&r.target.type_)));
        }
        for r in &mut results {
            if let Some(level) = self.levels.get(r.rule.id.as_str()) {
                r.level = *level;
            }
        }
        overridden::apply(&self.overrides, path, &self.sources, &mut results);
        results
    }
}

/// No rule at all: for what evaluation alone finds out.
#[derive(Debug, Clone, Copy)]
pub struct NoRules;

impl Judge for NoRules {
    fn deployment(&self, _: &Deployed, _: &Path, _: &str) -> Vec<CheckResult> {
        Vec::new()
    }

    fn resources(&self, _: &[Value], _: &Path) -> Vec<CheckResult> {
        Vec::new()
    }

    fn file(&self, _: &Project, _: &Input, _: &str, _: Option<&str>) -> Vec<CheckResult> {
        Vec::new()
    }

    fn rule(&self, _: &str) -> Option<Arc<Rule>> {
        None
    }

    fn rules(&self) -> usize {
        0
    }

    fn accept(&self, _: &Looked<'_>, _: &mut Vec<CheckResult>) -> Vec<Diagnostic> {
        Vec::new()
    }
}

/// Somebody who looks at each expansion, with the file it is named after.
pub type See<'s> = dyn Fn(&Deployed, &Path) + Sync + 's;

/// Rules, or none, and somebody who looks at what they judge.
pub struct Seen<'a> {
    /// The rules.
    pub rules: &'a dyn Judge,
    /// Who looks.
    pub see: &'a See<'a>,
}

impl Judge for Seen<'_> {
    fn deployment(&self, deployed: &Deployed, path: &Path, name: &str) -> Vec<CheckResult> {
        (self.see)(deployed, path);
        self.rules.deployment(deployed, path, name)
    }

    fn resources(&self, resources: &[Value], path: &Path) -> Vec<CheckResult> {
        self.rules.resources(resources, path)
    }

    fn reads_syntax(&self) -> bool {
        self.rules.reads_syntax()
    }

    fn file(&self, project: &Project, input: &Input, name: &str, template: Option<&str>) -> Vec<CheckResult> {
        self.rules.file(project, input, name, template)
    }

    fn rule(&self, id: &str) -> Option<Arc<Rule>> {
        self.rules.rule(id)
    }

    fn rules(&self) -> usize {
        self.rules.rules()
    }

    fn accept(&self, looked: &Looked<'_>, results: &mut Vec<CheckResult>) -> Vec<Diagnostic> {
        self.rules.accept(looked, results)
    }
}

impl Judge for Rules {
    fn deployment(&self, deployed: &Deployed, path: &Path, name: &str) -> Vec<CheckResult> {
        self.check(CheckInput { deployed: Some(deployed), root_name: name.into(), ..CheckInput::at(self.now) }, path)
    }

    fn resources(&self, resources: &[Value], path: &Path) -> Vec<CheckResult> {
        self.check(CheckInput { exported: resources, ..CheckInput::at(self.now) }, path)
    }

    fn reads_syntax(&self) -> bool {
        self.language.is_some()
    }

    fn file(&self, project: &Project, input: &Input, name: &str, template: Option<&str>) -> Vec<CheckResult> {
        let mut results = self.file_as_target(input, name, template);
        if let Some(language) = &self.language {
            let mut more = language.judge(project, input, name);
            for r in &mut more {
                if let Some(level) = self.levels.get(r.rule.id.as_str()) {
                    r.level = *level;
                }
            }
            overridden::apply(&self.overrides, &input.path, &self.sources, &mut more);
            results.append(&mut more);
        }
        results
    }

    fn rule(&self, id: &str) -> Option<Arc<Rule>> {
        let all = || {
            let own = self.set.rules().iter().map(rules::Active::rule);
            let local = self.local.iter().filter_map(|i| Some(self.documents.rules.get(*i)?.rule.clone()));
            own.chain(local).map(|rule| (rule.id.clone(), rule)).collect()
        };
        self.by_id.get_or_init(all).get(id).cloned()
    }

    fn rules(&self) -> usize {
        self.set.rules().len() + self.local.len()
    }

    fn accept(&self, looked: &Looked<'_>, results: &mut Vec<CheckResult>) -> Vec<Diagnostic> {
        let about = self.set.rules().iter().find(|r| r.entry.id == suppress::UNUSED).map(rules::Active::rule);
        let level = |rule: &Rule| self.levels.get(&rule.id).copied().unwrap_or(rule.level);
        let run = suppress::Run {
            sources: &self.sources,
            files: looked.files,
            configured: &self.configured,
            names: self,
            today: day(self.now),
            need_reason: self.need_reason,
            narrowed: self.narrowed,
            whole: looked.whole,
            complete: looked.complete,
            unused: about.map(|rule| (rule.clone(), level(&rule))),
            unused_is_off: self.unused_is_off,
            shown: &|source| relative(&source.path, looked.root),
        };
        suppress::accept(&run, results)
    }
}

impl suppress::Names for Rules {
    fn takes(&self, code: &str) -> bool {
        // The rules about types ask what the compiler asks. Others go on where its linter is told to be silent, as PSRule does.
        let about_types = |r: &&rules::catalogue::Active| r.entry.id.starts_with(types::PREFIX);
        let covered = || self.set.rules().iter().filter(about_types).any(|r| r.entry.covers(code));
        suppress::may_be_ours(code) || self.language.as_ref().is_some_and(|l| l.has(code)) || covered()
    }

    fn meant(&self, name: &str) -> Vec<EcoString> {
        names::Rules { documents: &self.documents, pages: &self.pages }.ids(name)
    }

    fn runs(&self, rule: &str) -> bool {
        let local = |i: &usize| self.documents.rules.get(*i).is_some_and(|r| r.rule.id == rule);
        self.set.rules().iter().any(|r| r.entry.id == rule) || self.local.iter().any(local)
    }

    fn reference(&self, rule: &str) -> Option<EcoString> {
        rules::find(rule).map(|e| e.reference.into())
    }

    fn similar(&self, name: &str) -> Option<String> {
        rules::similar(name, rules::entries().iter().map(|e| e.id))
    }
}

/// The day of a point in time, where no place has another.
fn day(now: Timestamp) -> Date {
    Offset::UTC.to_datetime(now).date()
}

/// What is asked of rules below the command line: by a baseline of the repository, and where that says nothing by the options.
struct Asked<'a> {
    include: &'a [String],
    exclude: &'a [String],
    /// What the command line leaves of it.
    filter: Filter,
    include_local: bool,
}

impl<'a> Asked<'a> {
    fn of(config: &'a Config, own: Option<&'a BaselineDocument>, wanted: &Wanted<'_>) -> Self {
        // What the command line names is not taken away by a file.
        let left = |filter: Filter| match wanted.rules.is_empty() {
            true => filter.below(&wanted.filter),
            false => Filter::default(),
        };
        let Some(own) = own else {
            let Config { include_rules, exclude_rules, filter, include_local, .. } = config;
            return Asked {
                include: include_rules,
                exclude: exclude_rules,
                filter: left(filter.clone()),
                include_local: *include_local,
            };
        };
        let first = |own: &'a Vec<String>, other: &'a Vec<String>| if own.is_empty() { other } else { own };
        Asked {
            include: first(&own.include, &config.include_rules),
            exclude: first(&own.exclude, &config.exclude_rules),
            filter: left(own.filter.clone().or(&config.filter)),
            include_local: own.include_local || config.include_local,
        }
    }
}

/// A warning where somebody asks for a baseline that is not to be used any more.
fn obsolete(name: &str, by_argument: bool, config: &Config, own: Option<&BaselineDocument>) -> Option<Diagnostic> {
    let built_in = rules::baseline(name);
    let message = match (own, built_in) {
        (Some(own), _) if own.obsolete => format!("the baseline `{}` is marked as obsolete by its author", own.name),
        (None, Some(old)) if old.obsolete => {
            // The newest of its kind: `Azure.GA_…`, `Azure.Preview_…`.
            let kind = old.name.split('_').next().unwrap_or_default();
            let same = |b: &&rules::language::Baseline| !b.obsolete && b.name.split('_').next() == Some(kind);
            let newer = rules::defaults().baselines.iter().rfind(same);
            let newer = newer.map(|b| format!("`{}`, or ", b.name)).unwrap_or_default();
            format!(
                "the baseline `{}` is obsolete: no rule is added to it any more; use {newer}`{}`",
                old.name,
                rules::PSRULE_BASELINE
            )
        }
        _ => return None,
    };
    let asked_at = config.effective.origin("baseline").filter(|_| !by_argument);
    let place = match asked_at {
        Some(Origin::File(span)) => Place::Span(*span),
        _ => Place::Run,
    };
    Some(Diagnostic { level: Level::Warning, code: "baseline-obsolete", message, place })
}

/// The rules of the repository that run. Where a baseline of ours is asked for (`other`), or rules by name, they do not belong to
/// that unless somebody says so.
fn local(wanted: &Wanted<'_>, asked: &Asked<'_>, other: bool, documents: &Documents) -> Vec<usize> {
    let among = |names: &[String]| names.iter().flat_map(|n| documents.named(n)).collect::<FxHashSet<usize>>();
    let (by_user, by_file) = (among(wanted.rules), among(asked.include));
    let excluded = if wanted.rules.is_empty() { among(asked.exclude) } else { FxHashSet::default() };
    let taken_away = among(wanted.exclude);
    let runs = |i: &usize| {
        let Some(rule) = documents.rules.get(*i) else { return false };
        let marks = rule.marks();
        if excluded.contains(i) || taken_away.contains(i) || !wanted.filter.keeps(&marks) {
            return false;
        }
        if !wanted.rules.is_empty() {
            return by_user.contains(i);
        }
        let chosen = match asked.include.is_empty() {
            true => !other,
            false => by_file.contains(i),
        };
        asked.include_local || chosen && asked.filter.keeps(&marks)
    };
    (0..documents.rules.len()).filter(runs).collect()
}

/// What is wrong with pages and documents that could not be used: the first of it.
fn unusable(config: &Config, sources: &Sources) -> Option<String> {
    let mut wrong = config.diagnostics.iter().filter(|d| config.broken && d.level == Level::Error);
    let first = wrong.next()?;
    let said = first.placed(sources, |path| path.display().to_string());
    let more = wrong.count();
    let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
    Some(format!("{said}{more}"))
}

/// The rules of a set that a filter keeps.
fn kept(set: RuleSet, filter: &Filter) -> RuleSet {
    if filter.is_empty() { set } else { set.only(|e| filter.keeps(&Marks::from(e))) }
}

/// Those who come with options of PSRule have its levels, so that the same runs fail.
fn levels_of(config: &Config) -> Levels {
    if config.psrule_levels { Levels::Psrule } else { Levels::Severity }
}

/// These names without those that mean rules of the repository's documents only.
fn only_pages(names: &[String], there: &names::Rules<'_>) -> Vec<String> {
    let other = |n: &&String| there.documents.named(n).is_empty() || !there.of_pages(bare(n)).is_empty();
    names.iter().filter(other).cloned().collect()
}

/// Values for rules: defaults, the baseline's, the user's, and once more the baseline's if it was asked for by name.
fn settings(baseline: &str, asked_for: bool, config: &Config, own: Option<&BaselineDocument>) -> Settings {
    let built_in = rules::baseline(baseline);
    let of_baseline = built_in.map_or_else(Settings::new, Settings::for_baseline);
    let mut settings = of_baseline.clone();
    for (key, value) in &config.values {
        settings.set(key, value.clone());
    }
    if asked_for {
        for (key, _) in built_in.map(|b| b.configuration.as_slice()).unwrap_or_default() {
            if let Some(value) = of_baseline.get(key) {
                settings.set(key, value.clone());
            }
        }
        for (key, value) in own.map(|o| o.configuration.as_slice()).unwrap_or_default() {
            settings.set(key, value.clone());
        }
    }
    settings
}
