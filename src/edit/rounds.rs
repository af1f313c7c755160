//! Tries changes on texts in memory and judges everything anew: what does not keep its word is taken back.
//!
//! Changes that do not touch each other are made together, as one round. If the round is not as promised (each finding gone, none
//! new, no new error, none accepted but those that were meant), its halves are tried, down to the change that is at fault; that one is refused for the rest of the run. What
//! touched a change that was made comes in the next round, from the findings as they are then.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecow::EcoString;

use super::change::{self, About, Change};
use super::hidden::Hidden;
use crate::check::{CheckResult, Outcome};
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::read::{Source, Sources};
use crate::report::FileStatus;
use crate::scan::DIFFERS;
use crate::session::{Session, SessionError, Verdicts};

/// A round leaves less to do than it found; this bounds what nobody has thought of.
const ROUNDS: usize = 100;

/// Makes the changes of a round of verdicts, unfiltered.
pub type Propose<'p> = dyn FnMut(&Verdicts) -> Vec<Change> + 'p;

/// Says whether a change may be made, with the text of its file as it is then, and the secrets in it. Asked once for each.
pub type Choose<'c> = dyn FnMut(&Change, &str, &[Range<usize>]) -> bool + 'c;

/// A file that is different now.
#[derive(Debug)]
pub struct Edited {
    /// The text that was read, and what it was read from.
    pub before: Arc<Source>,
    /// The text that it has now.
    pub after: String,
    /// Where secrets stand in the text that was read.
    pub hidden: Vec<Range<usize>>,
}

/// A change that was not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The change; its place is that in the text when it was tried.
    pub change: Change,
    /// What would have come of it, such as `the finding stays`.
    pub why: String,
}

/// What came of all rounds.
#[derive(Debug)]
pub struct Fixed {
    /// The files that are different, by path.
    pub files: BTreeMap<PathBuf, Edited>,
    /// The changes that were made, in the order in which they were.
    pub made: Vec<Change>,
    /// Those that did not keep their word.
    pub refused: Vec<Refused>,
    /// The verdicts on the texts as they are now.
    pub verdicts: Verdicts,
}

/// Makes the changes that are proposed and chosen, until nothing more comes of it. The session remembers the new texts; nothing
/// is written.
///
/// # Errors
/// As [`Session::check`].
pub fn fix(session: &mut Session, propose: &mut Propose<'_>, choose: &mut Choose<'_>) -> Result<Fixed, SessionError> {
    let mut verdicts = session.check()?;
    let mut run = Run {
        files: BTreeMap::new(),
        made: Vec::new(),
        refused: Vec::new(),
        settled: BTreeMap::new(),
        meant: BTreeSet::new(),
    };
    for _ in 0..ROUNDS {
        let hidden = Hidden::of(&verdicts);
        let wanted = run.wanted(change::merged(propose(&verdicts)), &verdicts, &hidden, choose);
        run.meant.extend(wanted.iter().flat_map(|c| &c.about).cloned());
        let round = change::apart(wanted);
        if round.is_empty() {
            break;
        }
        let before = State::of(&verdicts);
        let texts = round.iter().filter_map(|c| Some((c.path.clone(), source(&verdicts, &c.path)?)));
        let mut trial = Trial { texts: texts.collect(), accepted: Vec::new(), judged: None };
        let made = run.made.len();
        trial.attempt(session, &mut run, &round, before)?;
        verdicts = match trial.judged.take() {
            Some(verdicts) => verdicts,
            // What was tried last was taken back.
            None => {
                trial.show(session, &[]);
                session.check()?
            }
        };
        run.keep(&trial, &hidden);
        if run.made.len() == made {
            break;
        }
    }
    let Run { files, made, refused, .. } = run;
    Ok(Fixed { files, made, refused, verdicts })
}

fn source(verdicts: &Verdicts, path: &Path) -> Option<Arc<Source>> {
    verdicts.sources().load(path).ok()
}

/// What makes two changes the same from round to round, while places move.
type Name = (PathBuf, EcoString, Vec<About>);

fn name(change: &Change) -> Name {
    (change.path.clone(), change.text.clone(), change.about.clone())
}

struct Run {
    files: BTreeMap<PathBuf, Edited>,
    made: Vec<Change>,
    refused: Vec<Refused>,
    /// What was decided about changes: they may be made, or not.
    settled: BTreeMap<Name, bool>,
    /// The findings that changes were chosen for.
    meant: BTreeSet<About>,
}

impl Run {
    /// The changes that may be made.
    fn wanted(
        &mut self,
        proposed: Vec<Change>,
        verdicts: &Verdicts,
        hidden: &Hidden,
        choose: &mut Choose<'_>,
    ) -> Vec<Change> {
        let mut may = |change: &Change| {
            let name = name(change);
            if let Some(known) = self.settled.get(&name) {
                return *known;
            }
            let chosen = source(verdicts, &change.path);
            let chosen = chosen.is_some_and(|s| choose(change, s.text(), hidden.in_file(s.id)));
            self.settled.insert(name, chosen);
            chosen
        };
        proposed.into_iter().filter(|c| may(c)).collect()
    }

    fn refuse(&mut self, change: &Change, why: String) {
        self.settled.insert(name(change), false);
        self.refused.push(Refused { change: change.clone(), why });
    }

    /// Notes what files have become.
    fn keep(&mut self, trial: &Trial, hidden: &Hidden) {
        for (path, before) in &trial.texts {
            let Some(after) = trial.text(path, &[]).filter(|after| *after != before.text()) else { continue };
            let edited = self.files.entry(path.clone());
            let new = || {
                let hidden = hidden.in_file(before.id).to_vec();
                Edited { before: before.clone(), after: String::new(), hidden }
            };
            edited.or_insert_with(new).after = after;
        }
    }
}

/// One round on the texts that it began with.
struct Trial {
    texts: BTreeMap<PathBuf, Arc<Source>>,
    accepted: Vec<Change>,
    /// The verdicts on the texts with what is accepted, if these were judged last.
    judged: Option<Verdicts>,
}

impl Trial {
    /// The text of a file with what is accepted and what is tried.
    fn text(&self, path: &Path, tried: &[Change]) -> Option<String> {
        let all = self.accepted.iter().chain(tried).filter(|c| c.path == path);
        change::applied(self.texts.get(path)?.text(), all)
    }

    /// Gives the session the texts with what is accepted and what is tried.
    fn show(&self, session: &mut Session, tried: &[Change]) -> bool {
        let texts: Option<Vec<_>> = self.texts.keys().map(|path| Some((path, self.text(path, tried)?))).collect();
        let fits = texts.is_some();
        texts.into_iter().flatten().for_each(|(path, text)| session.set(path, text));
        fits
    }

    /// Accepts as many of these changes as keep their word; gives the state after them.
    fn attempt(
        &mut self,
        session: &mut Session,
        run: &mut Run,
        changes: &[Change],
        before: State,
    ) -> Result<State, SessionError> {
        if changes.is_empty() {
            return Ok(before);
        }
        let objections = match self.show(session, changes) {
            false => changes.iter().map(|_| Some(Objection::other("it does not fit the text"))).collect(),
            true => {
                let verdicts = session.check()?;
                let after = State::of(&verdicts);
                let objections = before.objections(&after, changes, &run.meant);
                if objections.iter().all(Option::is_none) {
                    self.accepted.extend_from_slice(changes);
                    run.made.extend_from_slice(changes);
                    self.judged = Some(verdicts);
                    return Ok(after);
                }
                self.judged = None;
                objections
            }
        };
        let blamed: Vec<(&Change, &Objection)> =
            changes.iter().zip(&objections).filter_map(|(c, o)| Some((c, o.as_ref()?))).collect();
        if blamed.len() < changes.len() {
            let good = changes.iter().zip(&objections).filter(|(_, o)| o.is_none());
            let good: Vec<Change> = good.map(|(c, _)| c.clone()).collect();
            let bad: Vec<Change> = blamed.into_iter().map(|(c, _)| c.clone()).collect();
            let middle = self.attempt(session, run, &good, before)?;
            return self.attempt(session, run, &bad, middle);
        }
        // Each that leaves its own finding where it is, and one alone, is to blame for itself.
        if changes.len() == 1 || blamed.iter().all(|(_, objection)| objection.stays) {
            blamed.into_iter().for_each(|(change, objection)| run.refuse(change, objection.why.clone()));
            return Ok(before);
        }
        let (first, second) = changes.split_at(changes.len() / 2);
        let middle = self.attempt(session, run, first, before)?;
        self.attempt(session, run, second, middle)
    }
}

/// What is wrong with a change.
struct Objection {
    /// In words.
    why: String,
    /// Its own finding stays: it is to blame for itself.
    stays: bool,
}

impl Objection {
    fn other(why: &str) -> Self {
        Objection { why: why.to_owned(), stays: false }
    }
}

/// What there is to mend: how many places break which rule, and what could not be read; and in which files.
struct State {
    findings: HashMap<About, Known>,
    errors: HashMap<(&'static str, PathBuf), Known>,
}

#[derive(Default)]
struct Known {
    places: usize,
    files: BTreeSet<PathBuf>,
}

impl State {
    fn of(verdicts: &Verdicts) -> State {
        let mut state = State { findings: HashMap::new(), errors: HashMap::new() };
        let compiled = compiled(verdicts);
        for result in verdicts.results().iter().filter(|r| matches!(r.outcome, Outcome::Fail | Outcome::Error)) {
            let file = result.location.as_ref().and_then(|l| Some(verdicts.source(l.span)?.path.clone()));
            // A template that was compiled before the change still holds what its Bicep file held.
            if file.as_ref().is_some_and(|f| compiled.contains(f)) {
                continue;
            }
            let known = state.findings.entry(about(result)).or_default();
            known.places += places(result);
            known.files.extend(file);
        }
        for diagnostic in verdicts.diagnostics().iter().filter(|d| d.level == Level::Error) {
            let path = path_of(diagnostic, verdicts.sources());
            let known = state.errors.entry((diagnostic.code, path.clone())).or_default();
            known.places += 1;
            known.files.insert(path);
        }
        state
    }

    /// What is wrong with each of some changes that led from here to there. Where something new comes, or something is accepted that
    /// nobody `meant`, the changes of the files where it stands are blamed; all of them if it stands elsewhere.
    fn objections(&self, after: &State, changes: &[Change], meant: &BTreeSet<About>) -> Vec<Option<Objection>> {
        let count = |state: &State, about: &About| state.findings.get(about).map_or(0, |k| k.places);
        let errors = after.errors.iter().filter(|(key, k)| self.errors.get(*key).is_none_or(|b| k.places > b.places));
        let errors =
            errors.map(|((code, path), k)| (format!("the error {code} would come up in {}", path.display()), k));
        let new = after.findings.iter().filter(|(about, k)| k.places > count(self, about));
        let new = new.map(|(about, k)| (format!("something else would break {}", about.rule), k));
        let mut new: Vec<(String, &Known)> = errors.chain(new).collect();
        new.sort_by(|a, b| (&a.0, &a.1.files).cmp(&(&b.0, &b.1.files)));
        // A change that mends something may mend more; one that accepts something must accept nothing else.
        let accepts = changes.iter().any(|c| c.accepts);
        let gone = self.findings.iter().filter(|(about, k)| accepts && k.places > count(after, about));
        let gone = gone.filter(|(about, _)| !meant.contains(about));
        let gone = gone.map(|(about, k)| (format!("it would accept {} of {} as well", about.rule, about.target), k));
        let mut gone: Vec<(String, &Known)> = gone.collect();
        gone.sort_by(|a, b| (&a.0, &a.1.files).cmp(&(&b.0, &b.1.files)));
        let here = |known: &Known| changes.iter().any(|c| known.files.contains(&c.path));
        let objection = |change: &Change| {
            let stays = change.about.iter().find(|about| count(after, about) >= count(self, about));
            let stays =
                stays.map(|about| Objection { why: format!("the finding of {} would stay", about.rule), stays: true });
            let blames = |known: &Known| known.files.contains(&change.path) || !here(known);
            let more = gone.iter().filter(|_| change.accepts);
            stays.or_else(|| new.iter().chain(more).find(|(_, k)| blames(k)).map(|(why, _)| Objection::other(why)))
        };
        changes.iter().map(objection).collect()
    }
}

/// The templates that were compiled from Bicep files beside them, whether they still are what those make or not: nobody edits them.
pub(super) fn compiled(verdicts: &Verdicts) -> BTreeSet<PathBuf> {
    let generated = verdicts.files().iter().filter(|f| f.status == FileStatus::Generated).map(|f| f.path.clone());
    let differ = verdicts.diagnostics().iter().filter(|d| d.code == DIFFERS);
    generated.chain(differ.map(|d| path_of(d, verdicts.sources()))).collect()
}

/// What a result is about.
pub fn about(result: &CheckResult) -> About {
    let target = if result.target.id.is_empty() { &result.target.name } else { &result.target.id };
    About { rule: result.rule.id.clone(), type_: result.target.type_.clone(), target: target.clone() }
}

/// How many places break the rule.
fn places(result: &CheckResult) -> usize {
    result.stands.iter().map(|s| s.places.len()).sum::<usize>().max(1)
}

fn path_of(diagnostic: &Diagnostic, sources: &Sources) -> PathBuf {
    match &diagnostic.place {
        Place::Span(span) => sources.stored(span.file).map(|s| s.path.clone()).unwrap_or_default(),
        Place::Path(path) => path.clone(),
        Place::Run => PathBuf::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::result::Safety;

    fn about(rule: &str, target: &str) -> About {
        About { rule: rule.into(), type_: "t".into(), target: target.into() }
    }

    fn change(path: &str, accepts: bool, about: About) -> Change {
        let (description, safety) = ("".into(), Safety::Safe);
        Change { path: path.into(), range: 0..0, text: "x".into(), description, safety, accepts, about: vec![about] }
    }

    fn state(findings: &[(&str, &str)]) -> State {
        let known = |path: &str| Known { places: 1, files: BTreeSet::from([PathBuf::from(path)]) };
        let findings = findings.iter().map(|(target, path)| (about("R", target), known(path)));
        State { findings: findings.collect(), errors: HashMap::new() }
    }

    #[test]
    fn what_accepts_a_finding_accepts_no_other() {
        let (before, after) = (state(&[("a", "f"), ("b", "f"), ("c", "g")]), state(&[("c", "g")]));
        let objections = |accepts: bool, meant: &[&str]| {
            let meant = meant.iter().map(|target| about("R", target)).collect();
            let objections = before.objections(&after, &[change("f", accepts, about("R", "a"))], &meant);
            objections.into_iter().map(|o| o.map(|o| o.why)).collect::<Vec<_>>()
        };
        assert_eq!(objections(true, &["a"]), [Some("it would accept R of b as well".to_owned())]);
        assert_eq!(objections(true, &["a", "b"]), [None]);
        assert_eq!(objections(false, &["a"]), [None], "to mend more is no harm");
    }
}
