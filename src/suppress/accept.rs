//! Marks the results that somebody accepts, and says what is wrong with what is said about that.

use std::sync::Arc;

use ecow::EcoString;
use jiff::civil::Date;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::configured::{Configured, Files, Place, refusal, with_date};
use super::meaning::{Meanings, Name};
use super::source::{self, Found, Suppression, Way};
use super::unused::{self, Unused};
use crate::check::language;
use crate::check::{Acceptance, AcceptedBy, CheckResult, Outcome};
use crate::diagnostic::{Diagnostic, Level};
use crate::read::{FileId, Source, Sources, Span};
use crate::rules::Rule;
use crate::source::Stored;

/// How many suppressions one file may hold: each is held against results.
const MOST_IN_FILE: usize = 10_000;

/// How many suppressions of other tools are told.
const MOST_TOLD: usize = 20;

/// What the rules of a run are called.
pub trait Names: Sync {
    /// The ids of the rules that a name means: an id, a reference, a former name, a glob, the check of another tool.
    fn meant(&self, name: &str) -> Vec<EcoString>;
    /// Whether a code of a directive of the Bicep compiler is about a rule of this run.
    fn takes(&self, code: &str) -> bool;
    /// Whether a rule runs.
    fn runs(&self, rule: &str) -> bool;
    /// The reference of a rule, for those that have one.
    fn reference(&self, rule: &str) -> Option<EcoString>;
    /// The id of a rule that is written nearly so.
    fn similar(&self, name: &str) -> Option<String>;
}

/// A file of the run.
#[derive(Debug, Clone)]
pub struct Looked {
    /// Its text.
    pub source: Arc<Stored>,
    /// It is one of those that were asked for, and not only used by one, and was read and evaluated as a whole.
    pub judged: bool,
    /// It was named by itself: who uses it need not be there.
    pub alone: bool,
}

/// What is known of a run.
pub struct Run<'a> {
    /// Its texts.
    pub sources: &'a Sources,
    /// Its files.
    pub files: &'a [Looked],
    /// What the configuration accepts.
    pub configured: &'a Configured,
    /// Its rules.
    pub names: &'a dyn Names,
    /// The day.
    pub today: Date,
    /// The configuration asks for reasons.
    pub need_reason: bool,
    /// The command line narrows the rules that run.
    pub narrowed: bool,
    /// All files that the configuration is about were looked at.
    pub whole: bool,
    /// All files that a file can be used by were looked at, unless it was named by itself.
    pub complete: bool,
    /// The rule about suppressions that cover nothing, with its level; `None` if it does not run.
    pub unused: Option<(Arc<Rule>, Level)>,
    /// Somebody wants no word about suppressions that cover nothing.
    pub unused_is_off: bool,
    /// The path of a file as reports show it.
    pub shown: &'a dyn Fn(&Source) -> String,
}

/// Marks the results that are accepted, adds those about suppressions that cover nothing, and gives what else there is to say.
pub fn accept(run: &Run<'_>, results: &mut Vec<CheckResult>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let files = in_files(run, results);
    let mut live = Live::of(run, &files, &mut diagnostics);
    if live.all.is_empty() && run.configured.is_empty() {
        return diagnostics;
    }
    let paths = Files::new(run.sources);
    let mut used: FxHashSet<Place> = FxHashSet::default();
    let mut judge = |result: &mut CheckResult| {
        if matches!(result.outcome, Outcome::Fail | Outcome::Unknown | Outcome::Suppressed) {
            live.apply(result);
            if let Some((place, acceptance)) = run.configured.covers(result, &paths) {
                used.insert(place);
                take(result, acceptance);
            }
        }
    };
    results.iter_mut().for_each(&mut judge);
    let told = Unused { run, files: &files, live: &live.all, used: &used }.told();
    diagnostics.extend(live.peers());
    match &run.unused {
        Some((rule, level)) => {
            let shown = |span: Span| run.sources.get(span.file).map(|source| (run.shown)(&source)).unwrap_or_default();
            let mut new: Vec<CheckResult> = told.into_iter().map(|t| unused::result(t, rule, *level, shown)).collect();
            for result in &mut new {
                live.apply(result);
                if let Some((_, acceptance)) = run.configured.covers(result, &paths) {
                    take(result, acceptance);
                }
            }
            unused::instead_of_passes(results, &new);
            results.append(&mut new);
        }
        None if run.unused_is_off => {}
        None => {
            diagnostics.extend(told.into_iter().map(|t| Diagnostic::warning("suppression-unused", t.span, t.message)))
        }
    }
    diagnostics
}

/// Accepts a failure.
fn take(result: &mut CheckResult, acceptance: Acceptance) {
    if result.outcome == Outcome::Fail {
        result.outcome = Outcome::Suppressed;
        result.suppression = Some(Box::new(acceptance));
    }
}

/// A file in which something is said.
pub struct Speaking<'a> {
    /// The file, if it is one of the run's own.
    pub looked: Option<&'a Looked>,
    /// What it says.
    pub found: Found,
}

/// What is said in the files of the run, and in those in which results stand: in the order of their paths.
fn in_files<'a>(run: &Run<'a>, results: &[CheckResult]) -> Vec<Speaking<'a>> {
    // By their numbers, as results have many places.
    let last = run.files.iter().map(|f| f.source.id.number() as usize).max();
    let mut own = vec![false; last.map_or(0, |last| last + 1)];
    for file in run.files {
        own[file.source.id.number() as usize] = true;
    }
    let is_own = |file: &FileId| own.get(file.number() as usize).is_some_and(|own| *own);
    let stands = results.iter().flat_map(|r| &r.stands);
    let spans = stands.flat_map(|s| s.places.iter().chain(&s.declared));
    let more: FxHashSet<FileId> = spans.map(|s| s.file).filter(|file| !is_own(file)).collect();
    let more: Vec<Arc<Stored>> = more.into_iter().filter_map(|f| run.sources.stored(f)).collect();
    let all: Vec<(&Arc<Stored>, Option<&Looked>)> =
        run.files.iter().map(|f| (&f.source, Some(f))).chain(more.iter().map(|s| (s, None))).collect();
    // What somebody else wrote in a module must not decide what is reported here.
    let ours = all.into_par_iter().filter(|(stored, _)| !run.sources.is_restored(stored.id));
    let speaking = ours.filter_map(|(stored, looked)| {
        let source = stored.source();
        let speaks = source::may_say(source.text(), |code| run.names.takes(code));
        speaks.then(|| (stored, Speaking { looked, found: source::read(&source) }))
    });
    let mut out: Vec<(&Arc<Stored>, Speaking<'a>)> = speaking.collect();
    out.sort_by(|(a, _), (b, _)| a.path.cmp(&b.path));
    out.into_iter().map(|(_, speaking)| speaking).collect()
}

/// A suppression in a file that counts.
pub struct One<'f> {
    /// As it is written.
    pub said: &'f Suppression,
    /// The place of its file among those in which something is said.
    pub file: usize,
    /// What each of its names means: ids of rules.
    pub meant: Vec<Arc<[EcoString]>>,
    /// Whether each of its names covered something.
    pub used: Vec<bool>,
}

/// What a rule's suppressions cover in one file.
struct Cover {
    start: usize,
    end: usize,
    /// The farthest end of this and of those before.
    farthest: usize,
    /// Which suppression, and which of its names.
    by: (usize, usize),
}

/// The suppressions in files that count.
struct Live<'f> {
    all: Vec<One<'f>>,
    /// By name, and not by rule: one glob can mean hundreds of rules, and stand thousands of times in a file.
    covers: FxHashMap<(Name, FileId), Vec<Cover>>,
    /// The names that mean a rule.
    names: FxHashMap<EcoString, Vec<Name>>,
}

impl<'f> Live<'f> {
    fn of(run: &Run<'_>, files: &'f [Speaking<'_>], diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut meanings = Meanings::new(run.names);
        let mut live = Live { all: Vec::new(), covers: FxHashMap::default(), names: FxHashMap::default() };
        for (file, speaking) in files.iter().enumerate() {
            diagnostics.extend(speaking.found.diagnostics.iter().cloned());
            let said = &speaking.found.said;
            if let Some(first) = said.get(MOST_IN_FILE) {
                let message = format!(
                    "a file holds at most {MOST_IN_FILE} suppressions; this one and those that follow have no effect"
                );
                diagnostics.push(Diagnostic::warning("suppression-syntax", first.span, message));
            }
            for one in said.iter().take(MOST_IN_FILE) {
                live.add(run, one, file, &mut meanings, diagnostics);
            }
        }
        for (name, ids) in meanings.all() {
            for id in ids.iter() {
                live.names.entry(id.clone()).or_default().push(name);
            }
        }
        for covers in live.covers.values_mut() {
            // The narrowest comes last, and is the first that is asked.
            covers.sort_by_key(|c| (c.start, std::cmp::Reverse(c.end)));
            let mut farthest = 0;
            for cover in covers {
                farthest = farthest.max(cover.end);
                cover.farthest = farthest;
            }
        }
        live
    }

    fn add(
        &mut self,
        run: &Run<'_>,
        said: &'f Suppression,
        file: usize,
        meanings: &mut Meanings<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let named: Vec<Option<Name>> = said.rules.iter().map(|n| meanings.of(said.way, n, diagnostics)).collect();
        let Some(first) = named.iter().position(Option::is_some) else { return };
        let name = said.rules.get(first).map_or("", |n| n.text.as_str());
        if let Some((code, message)) = refusal(name, said.reason.is_some(), said.until, run.today, run.need_reason) {
            diagnostics.push(Diagnostic::warning(code, said.span, message));
            return;
        }
        let nth = self.all.len();
        for (which, name) in named.iter().enumerate() {
            let Some(name) = name else { continue };
            let (start, end) = (said.covers.start, said.covers.end);
            let covers = self.covers.entry((*name, said.span.file)).or_default();
            covers.push(Cover { start, end, farthest: end, by: (nth, which) });
        }
        let meant: Vec<Arc<[EcoString]>> = named.iter().map(|name| meanings.meant(*name)).collect();
        let used = vec![false; meant.len()];
        self.all.push(One { said, file, meant, used });
    }

    /// Accepts a failure that is covered wherever it stands. Where some of its places are covered only, it is shown at another.
    fn apply(&mut self, result: &mut CheckResult) {
        let Some(names) = self.names.get(result.rule.id.as_str()) else { return };
        // The compiler goes on to report its errors where a directive names them.
        let is_of_compiler = result.rule.id.starts_with(language::PREFIX) && result.rule.reference.starts_with("BCP");
        let is_error = is_of_compiler && result.level == Level::Error;
        let silenced = |nth: usize| is_error && self.all.get(nth).is_some_and(|one| one.said.way == Way::Directive);
        // The narrowest of what covers a place.
        let find = |span: &Span| {
            let at = span.start as usize;
            let one = |name: &Name| {
                let covers = self.covers.get(&(*name, span.file))?;
                let begun = covers.get(..covers.partition_point(|c| c.start <= at))?;
                begun.iter().rev().take_while(|c| c.farthest > at).find(|c| c.end > at && !silenced(c.by.0))
            };
            names.iter().filter_map(one).max_by_key(|c| (c.start, std::cmp::Reverse(c.end))).map(|c| c.by)
        };
        let mut by: Vec<(usize, usize)> = Vec::new();
        let mut open: Option<Span> = None;
        for stand in &result.stands {
            by.extend(stand.places.iter().filter_map(find));
            // What stands at the place itself says why better than what is said of all of it.
            let declared = stand.declared.iter().find_map(find);
            by.extend(declared);
            match stand.places.iter().find(|span| find(span).is_none()) {
                _ if declared.is_some() => {}
                Some(span) => {
                    open.get_or_insert(*span);
                }
                None if stand.places.is_empty() => return,
                None => {}
            }
        }
        let Some(first) = by.first().copied() else { return };
        for (nth, name) in by {
            if let Some(used) = self.all.get_mut(nth).and_then(|one| one.used.get_mut(name)) {
                *used = true;
            }
        }
        match open {
            None => {
                if let Some(one) = self.all.get(first.0) {
                    let reason = with_date(one.said.reason.clone(), one.said.until);
                    take(result, Acceptance { by: AcceptedBy::Source, reason, place: Some(one.said.span) });
                }
            }
            Some(span) if result.outcome == Outcome::Fail => moved(result, span),
            Some(_) => {}
        }
    }

    /// A word about the comments for other tools that covered something.
    fn peers(&self) -> impl Iterator<Item = Diagnostic> {
        let covering = self.all.iter().filter(|one| matches!(one.said.way, Way::Peer(_)) && one.used.contains(&true));
        covering.take(MOST_TOLD).map(|one| {
            let named = one.said.rules.iter().zip(&one.meant).zip(&one.used).filter(|(_, used)| **used);
            let words: Vec<String> =
                named.map(|((name, ids), _)| format!("{} ({})", name.text, ids.join(", "))).collect();
            Diagnostic {
                level: Level::Note,
                ..Diagnostic::warning(
                    "suppression-peer",
                    one.said.span,
                    format!("this comment for another tool is honoured: it accepts {}", words.join(", ")),
                )
            }
        })
    }
}

/// Shows a result at another of its places, with the words that belong to that.
fn moved(result: &mut CheckResult, to: Span) {
    let Some(location) = result.location.as_mut().filter(|l| l.span != to) else { return };
    location.span = to;
    result.fix = None;
    result.flow.clear();
    if let Some(at) = result.related.iter().position(|r| r.span == to) {
        let words = result.related.remove(at).message;
        if !words.starts_with("also ") {
            result.message = words;
        }
    }
}
