//! Results with one root cause become one finding that lists its targets, in an order that never changes.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::place::{Place, Places};
use super::{Report, fingerprint};
use crate::check::Fix;
use crate::check::{Acceptance, AcceptedBy, CheckResult, Outcome, Related, State, Target};
use crate::diagnostic::{Diagnostic, Level};
use crate::read::Span;
use crate::rules::Rule;

/// How many ways and how many other places one finding collects: as many as SARIF's readers show, so that a literal which
/// thousands of resources share costs no more than one that ten share.
const FLOWS: usize = 10;
const RELATED: usize = 100;

/// Fewer results are put in order by one thread: others would cost more than they bring.
const FEW: usize = 2_048;

/// One thing to edit.
#[derive(Debug, Clone)]
pub struct Finding<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// Its level in this run.
    pub level: Level,
    /// `Fail`, or `Error` and `Suppressed` where they were asked for.
    pub outcome: Outcome,
    /// What fails for this reason, without repetition.
    pub targets: Vec<&'a Target>,
    /// Why, in the words of the first target.
    pub message: &'a str,
    /// Where to edit.
    pub place: Option<Place>,
    /// The same in bytes.
    pub span: Option<Span>,
    /// The JSON pointer of the first target's property.
    pub pointer: &'a str,
    /// The property that failed, as a path within the resource.
    pub path: &'a str,
    /// The ways the value took from where it was decided to where it is used.
    pub flows: Vec<&'a [Related]>,
    /// Other places, without repetition.
    pub related: Vec<&'a Related>,
    /// A certain fix, if every target agrees on it.
    pub fix: Option<&'a Fix>,
    /// Whether it is new, where it was compared with another side.
    pub state: Option<State>,
    /// Who accepted it and why.
    pub suppression: Option<&'a Acceptance>,
}

impl Finding<'_> {
    /// The first target. There is always one.
    pub fn target(&self) -> Option<&Target> {
        self.targets.first().copied()
    }

    /// The path of the file that a finding is about as a whole.
    pub fn file(&self) -> Option<&str> {
        self.target().filter(|t| t.type_.starts_with('.')).map(|t| t.name.as_str())
    }

    /// What survives edits: see [`fingerprint::identity`].
    pub fn identity(&self) -> String {
        self.target().map(|t| fingerprint::identity(&self.rule.id, t, self.path)).unwrap_or_default()
    }

    /// What a finding is known again by in another report of the same files, before and after a change: by the one resource that it
    /// is about, where that is known. What several resources share is known by their declaration, which stays where some go.
    pub fn known_again_by(&self) -> String {
        let one = match self.targets.as_slice() {
            [target] => fingerprint::of_resource(&self.rule.id, target, self.path),
            _ => None,
        };
        one.unwrap_or_else(|| self.identity())
    }
}

/// What makes two results one finding: the rule, its verdict, the text to edit and the property. Results without a place
/// are one only if they are about the same target.
#[derive(PartialEq, Eq, Hash)]
enum Cause<'a> {
    Span(Verdict<'a>, Span, String),
    Target(Verdict<'a>, &'a Target),
}

/// A rule, what it came to, at which level, who accepts it, and whether it is new.
type Verdict<'a> = (&'a str, Outcome, Level, Option<AcceptedBy>, Option<State>);

impl<'a> Cause<'a> {
    fn of(result: &'a CheckResult) -> Self {
        let by = result.suppression.as_ref().map(|s| s.by);
        let verdict = (result.rule.id.as_str(), result.outcome, result.level, by, result.state);
        match &result.location {
            // Elements of one loop differ in their index only.
            Some(at) => Cause::Span(verdict, at.span, fingerprint::without_indexes(&result.path)),
            None => Cause::Target(verdict, &result.target),
        }
    }
}

/// The findings of a report with these outcomes, ordered by path, line, column, rule and target.
pub fn findings<'a>(report: &'a Report<'a>, places: &Places, outcomes: &[Outcome]) -> Vec<Finding<'a>> {
    gathered(report, places, outcomes, |_, _| {})
}

/// [`findings`], which tells for each result the index of its finding.
pub fn gathered<'a>(
    report: &'a Report<'a>,
    places: &Places,
    outcomes: &[Outcome],
    mut joins: impl FnMut(&'a CheckResult, usize),
) -> Vec<Finding<'a>> {
    let chosen = ordered(report, places, |r| outcomes.contains(&r.outcome));
    let mut all: Vec<Finding> = Vec::new();
    let mut index: HashMap<Cause, usize> = HashMap::new();
    let mut seen: HashSet<(usize, &Target)> = HashSet::new();
    for (result, place) in chosen {
        let next = all.len();
        let at = *index.entry(Cause::of(result)).or_insert(next);
        if at == next {
            all.push(Finding {
                rule: &result.rule,
                level: result.level,
                outcome: result.outcome,
                targets: Vec::new(),
                message: &result.message,
                place,
                span: result.location.as_ref().map(|l| l.span),
                pointer: result.location.as_ref().map_or("", |l| &l.pointer),
                path: &result.path,
                flows: Vec::new(),
                related: Vec::new(),
                fix: result.shown_fix(),
                state: result.state,
                suppression: result.suppression.as_deref(),
            });
        }
        joins(result, at);
        let finding = &mut all[at];
        if seen.insert((at, &result.target)) {
            finding.targets.push(&result.target);
        }
        if !result.flow.is_empty() && finding.flows.len() < FLOWS && !finding.flows.contains(&result.flow.as_slice()) {
            finding.flows.push(&result.flow);
        }
        for related in &result.related {
            if finding.related.len() < RELATED && !finding.related.contains(&related) {
                finding.related.push(related);
            }
        }
        if finding.fix != result.shown_fix() {
            finding.fix = None;
        }
    }
    all
}

/// The results that pass a filter with their places, ordered by path, line, column, rule and target; those without a
/// place come last.
pub fn ordered<'a>(
    report: &'a Report<'a>,
    places: &Places,
    keep: impl Fn(&CheckResult) -> bool + Sync,
) -> Vec<(&'a CheckResult, Option<Place>)> {
    type One<'a> = (&'a CheckResult, Option<Place>);
    let placed = |r: &'a CheckResult| (r, r.location.as_ref().and_then(|l| places.place(l.span)));
    let order =
        |(a, pa): &One<'_>, (b, pb): &One<'_>| by_place(pa.as_ref(), pb.as_ref()).then_with(|| key(a).cmp(&key(b)));
    if report.results.len() < FEW {
        let mut chosen: Vec<One<'a>> = report.results.iter().filter(|r| keep(r)).map(placed).collect();
        chosen.sort_by(order);
        return chosen;
    }
    let mut chosen: Vec<One<'a>> = report.results.par_iter().filter(|r| keep(r)).map(placed).collect();
    chosen.par_sort_by(order);
    chosen
}

fn key(r: &CheckResult) -> impl Ord + '_ {
    let target = (&*r.target.type_, &*r.target.name, &*r.target.id);
    (&*r.rule.id, r.outcome, target, &*r.path, &*r.message)
}

/// Path, line, column; what has no place comes last.
pub fn by_place(a: Option<&Place>, b: Option<&Place>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => {
            let same = Arc::ptr_eq(&a.file, &b.file);
            let by_file = if same { Ordering::Equal } else { a.file.shown.cmp(&b.file.shown) };
            by_file.then((a.start, a.end).cmp(&(b.start, b.end)))
        }
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// The order of importance: by level, then severity; what is equal keeps its order.
pub fn worst_first(findings: &mut [Finding]) {
    findings.sort_by_key(importance);
}

/// What [`worst_first`] sorts by.
pub fn importance(finding: &Finding) -> impl Ord + use<> {
    (finding.level, finding.rule.severity)
}

/// The diagnostics with their places, ordered by path, line, column, code and words, without repetition.
pub fn diagnostics<'a>(report: &'a Report<'a>, places: &Places) -> Vec<(&'a Diagnostic, Option<Place>, String)> {
    use crate::diagnostic::Place as At;
    let mut all: Vec<_> = report
        .diagnostics
        .iter()
        .map(|d| match &d.place {
            At::Span(span) => {
                let place = places.place(*span);
                let path = place.as_ref().map(|p| p.file.shown.clone()).unwrap_or_default();
                (d, place, path)
            }
            At::Path(path) => (d, None, places.shown(path)),
            At::Run => (d, None, String::new()),
        })
        .collect();
    all.sort_by(|(a, pa, fa), (b, pb, fb)| {
        let at = |p: &Option<Place>| p.as_ref().map(|p| (p.start, p.end));
        fa.cmp(fb)
            .then_with(|| at(pa).cmp(&at(pb)))
            .then_with(|| (a.level, a.code, &a.message).cmp(&(b.level, b.code, &b.message)))
    });
    all.dedup_by(|(a, ..), (b, ..)| a == b);
    all
}
