//! Sentences that several formats say.

use std::collections::HashSet;
use std::path::Path;

use super::finding::{self, Finding};
use super::fingerprint::without_indexes;
use super::place::Places;
use super::{FileStatus, Report, cut};
use crate::check::{AcceptedBy, Outcome, State, Target};
use crate::rules::{Pillar, Severity};

/// In the order in which tables have them: the worst first.
pub const SEVERITIES: [Severity; 3] = [Severity::Critical, Severity::Important, Severity::Awareness];

/// In the order in which tables have them.
pub const PILLARS: [Pillar; 5] = [
    Pillar::Security,
    Pillar::Reliability,
    Pillar::CostOptimization,
    Pillar::OperationalExcellence,
    Pillar::PerformanceEfficiency,
];

/// `1 finding`, `2 findings`
pub fn count(n: usize, noun: &str) -> String {
    match (n, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{n} {stem}ies"),
        _ => format!("{n} {noun}s"),
    }
}

/// `apim-01 (Microsoft.ApiManagement/service)`; a file is its path.
pub fn target(target: &Target) -> String {
    if target.type_.starts_with('.') { target.name.to_string() } else { format!("{} ({})", name(target), target.type_) }
}

/// What a target is called: by its symbolic name where its own is too long for any report.
pub fn name(target: &Target) -> &str {
    target.symbol.as_deref().filter(|_| cut::is_cut(&target.label)).unwrap_or(&target.label)
}

/// The targets of a finding beyond a number, in words: `a (T), b (T) and 3 more`.
pub fn targets(finding: &Finding, limit: usize) -> String {
    let total = finding.targets.len();
    let shown = if total > limit { limit.saturating_sub(1) } else { total };
    let mut names: Vec<_> = finding.targets.iter().take(shown).map(|t| target(t)).collect();
    if total > shown {
        names.push(format!("{} more", total - shown));
    }
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// The message as sentences: what check said, with a full stop; the title if it said nothing.
pub fn message(finding: &Finding) -> String {
    let text = if finding.message.trim().is_empty() { finding.rule.title.as_str() } else { finding.message.trim() };
    if text.ends_with(['.', '!', '?', ':']) { text.to_owned() } else { format!("{text}.") }
}

/// `Checked 12 files (10 in full, 1 in part, 1 not), 4 deployments with 45 resources.`
pub fn looked_at(report: &Report) -> String {
    let of = |status| report.files.iter().filter(|f| f.status == status).count();
    let (full, part, failed) = (of(FileStatus::Analysed), of(FileStatus::Partly), of(FileStatus::Failed));
    let mut text = format!("Checked {}", count(full + part + failed, "file"));
    if part + failed > 0 {
        text.push_str(&format!(" ({full} in full, {part} in part, {failed} not)"));
    }
    text.push_str(&format!(
        ", {} with {}.",
        count(report.stats.deployments, "deployment"),
        count(report.stats.resources, "resource")
    ));
    text
}

/// How many of the paths that options name are told.
const MOST_PATHS: usize = 5;

/// `Left out by armlint.yaml: 3 rules (baseline Azure.GA_2024_06), 2 results, 5 files.`; nothing where all is judged.
/// `shown` is the options file as paths are shown.
pub fn left_out(report: &Report, shown: impl Fn(&Path) -> String) -> Option<String> {
    let left = &report.left_out;
    let mut parts = Vec::new();
    let mut add = |n: usize, noun: &str| {
        if n > 0 {
            parts.push(count(n, noun));
        }
    };
    add(left.rules, "rule");
    add(accepted(report, AcceptedBy::Configuration), "result");
    add(left.files, "file");
    let mut also = Vec::new();
    if left.levels > 0 {
        also.push(format!("the level of {} is changed", count(left.levels, "rule")));
    }
    let paths: Vec<String> = left.paths.iter().map(|path| shown(path)).collect();
    if !paths.is_empty() && !paths.iter().any(|path| path == ".") {
        let more = paths.len().saturating_sub(MOST_PATHS);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let first = paths.get(..MOST_PATHS).unwrap_or(&paths).join(", ");
        also.push(format!("nothing but {first}{more} is looked at"));
    }
    if left.never_fails {
        also.push("findings do not fail the run".to_owned());
    }
    let by = left.file.map_or_else(|| "the environment".to_owned(), &shown);
    let mut text = String::new();
    if !parts.is_empty() {
        text = format!("Left out by {by}: {}", parts.join(", "));
        if let Some(baseline) = left.baseline.filter(|_| left.rules > 0) {
            text.push_str(&format!(" (with the baseline {baseline})"));
        }
        text.push('.');
    }
    if !also.is_empty() {
        text.push_str(&format!("{}By {by}, {}.", if text.is_empty() { "" } else { " " }, also.join(", and ")));
    }
    if left.files_by_command_line > 0 {
        let files = count(left.files_by_command_line, "file");
        text.push_str(&format!("{}Left out by --exclude: {files}.", if text.is_empty() { "" } else { " " }));
    }
    (!text.is_empty()).then_some(text)
}

/// How many results somebody accepts.
pub fn accepted(report: &Report, by: AcceptedBy) -> usize {
    report.results.iter().filter(|r| r.suppression.as_ref().is_some_and(|s| s.by == by)).count()
}

/// `2 new, 1 changed, 81 unchanged, 3 fixed since main (3de36ce012)`, in findings; why there is no such count where it was asked
/// for; nothing where it was not.
pub fn since(report: &Report, places: &Places) -> Option<String> {
    if let Some(why) = report.no_base {
        return Some(format!("Not compared with what was there before, so every finding counts: {why}."));
    }
    let since = report.since?;
    let states = States::new(report, places);
    let mut text = format!(
        "{} new, {} changed, {} unchanged, {} fixed since {}",
        states.of(State::New),
        states.of(State::Changed),
        states.of(State::Unchanged),
        since.fixed.len(),
        since.name
    );
    if !since.notes.is_empty() {
        text.push_str(&format!(" (not compared: {})", since.notes.join("; ")));
    }
    Some(text)
}

/// The states of the findings, where they were compared with a revision.
pub struct States(Vec<State>);

impl States {
    /// Looks at all findings once. A line that is new for some of its resources and unchanged for others is one finding, and counts
    /// for what is shown of it.
    pub fn new(report: &Report, places: &Places) -> Self {
        // Without a comparison none has a state.
        let outcomes: &[Outcome] = if report.since.is_some() { &[Outcome::Fail, Outcome::Suppressed] } else { &[] };
        let findings = finding::findings(report, places, outcomes);
        let whole = |f: &Finding| f.span.map(|span| (f.rule.id.clone(), f.level, span, without_indexes(f.path)));
        let shown = |f: &&Finding| f.state.is_some_and(|state| state != State::Unchanged);
        let all_shown: HashSet<_> = findings.iter().filter(shown).filter_map(whole).collect();
        let counts = |f: &&Finding| shown(f) || whole(f).is_none_or(|whole| !all_shown.contains(&whole));
        States(findings.iter().filter(counts).filter_map(|f| f.state).collect())
    }

    /// How many findings are in a state.
    pub fn of(&self, state: State) -> usize {
        self.0.iter().filter(|s| **s == state).count()
    }
}

/// `3 new, 81 known, 2 gone`, in findings; nothing where nobody said what is known.
pub fn known(report: &Report, places: &Places) -> Option<String> {
    let gone = report.gone?;
    let new = finding::findings(report, places, &[Outcome::Fail]).len();
    Some(format!("{new} new, {} known, {gone} gone", known_findings(report, places)))
}

/// How many findings are known.
pub fn known_findings(report: &Report, places: &Places) -> usize {
    if report.gone.is_none() {
        return 0;
    }
    let suppressed = finding::findings(report, places, &[Outcome::Suppressed]);
    suppressed.iter().filter(|f| f.suppression.is_some_and(|s| s.by == AcceptedBy::Known)).count()
}

/// How many results are suppressed: accepted, and not because they are known or were there before.
pub fn suppressed(report: &Report) -> usize {
    let other = accepted(report, AcceptedBy::Known) + accepted(report, AcceptedBy::Before);
    outcomes(report, Outcome::Suppressed) - other
}

/// How many results have an outcome.
pub fn outcomes(report: &Report, outcome: Outcome) -> usize {
    report.results.iter().filter(|r| r.outcome == outcome).count()
}
