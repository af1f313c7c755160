//! What entry points and files came to, written down so that another process can use it: what did not change since is not
//! evaluated again.
//!
//! Places name files by number in one process only, so each piece has a list of its own of the files that it speaks of. No
//! secret is written down, only where it stands.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::allotment::Cost;
use super::unreached::Reached;
use super::{Evaluated, Judge, Project};
use crate::cache::{Choice, Noticed, Parts, States};
use crate::check::secrets::{Places, Secrets};
use crate::check::{Acceptance, CheckResult, Fix, Location, Outcome, Related, Stand, State, Target};
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::expand::Allowance;
use crate::read::{FileId, Sources, Span};
use crate::source::asked::{self, Asked};
use crate::walk::entries::Entry;

/// What is known of the run before, and what is to be left for the next one.
#[derive(Debug, Default)]
pub struct Kept {
    before: Record,
    /// What was there when this run began, of the paths that somebody looked at.
    seen: Arc<States>,
    /// The pieces that hold for what is looked at, by what they are of.
    holds: RwLock<FxHashMap<Of, usize>>,
    /// Nothing is left for the next run.
    only_read: bool,
    /// What was made in this run.
    new: Mutex<Vec<(Of, Asked, Vec<u8>)>>,
    /// What was used of the run before.
    used: Mutex<FxHashSet<usize>>,
}

/// What a piece is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
enum Of {
    /// An entry point.
    Entry(Entry),
    /// A file as such, a parameter file with the name of its template.
    File(PathBuf, Option<String>),
}

/// What entry points and files came to, each with the files that it hangs on.
#[derive(Debug, Default)]
pub struct Record {
    /// What the pieces are of.
    pub table: Table,
    /// The pieces, each a [`Piece`] as it is written.
    pub pieces: Parts,
}

/// Which pieces a record has.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Table {
    states: States,
    /// What each is of, with the files that it hangs on, by their place in `states`.
    pieces: Vec<(Of, Vec<u32>)>,
}

#[derive(Serialize, Deserialize)]
struct Piece {
    /// The files of all places, with the reference of the module that each was restored for.
    files: Vec<(PathBuf, Option<String>)>,
    results: Vec<Verdict>,
    said: Vec<Said>,
    /// What was wrong with files that were only read on the way.
    aside: Vec<Said>,
    resources: usize,
    reached: Vec<(PathBuf, Vec<Span>)>,
    secrets: Places,
    /// Steps and bytes.
    spent: (u64, u64),
    needed: (u64, u64),
}

/// A diagnostic.
#[derive(Serialize, Deserialize)]
struct Said {
    level: Level,
    code: String,
    message: String,
    place: Place,
}

/// A [`CheckResult`], with its rule by its id.
#[derive(Serialize, Deserialize)]
struct Verdict {
    rule: EcoString,
    level: Level,
    outcome: Outcome,
    target: Arc<Target>,
    message: EcoString,
    location: Option<Location>,
    path: EcoString,
    flow: Vec<Related>,
    related: Vec<Related>,
    fix: Option<Fix>,
    suppression: Option<Acceptance>,
    state: Option<State>,
    stands: Vec<Stand>,
}

impl Kept {
    /// What another process wrote down is of use. `seen` is what was at some paths when this run began.
    pub fn of(record: Record, seen: Arc<States>) -> Self {
        Kept { before: record, seen, ..Kept::default() }
    }

    /// The same, and this process leaves nothing: what it looks at is not all there on the disk.
    pub fn only_read(record: Record) -> Self {
        Kept { only_read: true, ..Kept::of(record, Arc::default()) }
    }

    /// Finds out which pieces still hold, now that the files of the run are read. Of those that look at a file that another
    /// revision says, or at a folder above one, none does: what they were held against lies on the disk.
    pub fn look(&self, project: &Project) {
        let Table { states, pieces } = &self.before.table;
        let unchanged = states.unchanged(&Noticed { read: &|path| project.sources.sum(path), seen: &self.seen });
        let other = project.sources.said_by_memory();
        let other: FxHashSet<&Path> = other.iter().flat_map(|path| path.ancestors()).collect();
        let same: Vec<bool> = states.paths().zip(unchanged).map(|(path, same)| same && !other.contains(path)).collect();
        let holds = |i: &u32| same.get(*i as usize).copied().unwrap_or_default();
        let pieces = pieces.iter().enumerate().filter(|(_, (_, asked))| asked.iter().all(holds));
        let pieces = pieces.map(|(i, (of, _))| (of.clone(), i)).collect();
        *self.holds.write().unwrap_or_else(PoisonError::into_inner) = pieces;
    }

    /// What an entry point came to before, if it still does and costs no more than it may.
    pub(super) fn entry(
        &self,
        entry: &Entry,
        may: Allowance,
        project: &Project,
        judge: &dyn Judge,
    ) -> Option<Evaluated> {
        let fits = |e: &Evaluated| e.cost.needed.steps <= may.steps && e.cost.needed.bytes <= may.bytes;
        self.find(&Of::Entry(entry.clone()), project, judge).filter(fits)
    }

    /// The verdicts on a file that was judged as such with this template.
    pub fn file(
        &self,
        file: &Path,
        template: Option<&str>,
        project: &Project,
        judge: &dyn Judge,
    ) -> Option<Vec<CheckResult>> {
        Some(self.find(&Of::File(file.to_path_buf(), template.map(str::to_owned)), project, judge)?.results)
    }

    fn find(&self, of: &Of, project: &Project, judge: &dyn Judge) -> Option<Evaluated> {
        let at = *self.holds.read().unwrap_or_else(PoisonError::into_inner).get(of)?;
        let piece: Piece = postcard::from_bytes(self.before.pieces.get(at)?).ok()?;
        let mut found = piece.evaluated(project, judge)?;
        if project.sources.is_observant() {
            let Table { states, pieces } = &self.before.table;
            found.asked = asked_of(states, &pieces.get(at)?.1);
        }
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(at);
        Some(found)
    }

    /// Writes down what an entry point came to.
    pub(super) fn keep_entry(&self, project: &Project, entry: &Entry, evaluated: &Evaluated) {
        let complete = !evaluated.cost.stopped && !evaluated.panicked && evaluated.lost.is_none();
        if complete {
            self.keep(project, Of::Entry(entry.clone()), evaluated);
        }
    }

    /// Writes down the verdicts on a file.
    pub fn keep_file(
        &self,
        project: &Project,
        file: &Path,
        template: Option<&str>,
        results: Vec<CheckResult>,
        mut asked: Asked,
    ) {
        asked.insert(file.to_path_buf());
        let evaluated = Evaluated { results, asked, ..Evaluated::default() };
        self.keep(project, Of::File(file.to_path_buf(), template.map(str::to_owned)), &evaluated);
    }

    fn keep(&self, project: &Project, of: Of, evaluated: &Evaluated) {
        if self.only_read || asked::for_time(&evaluated.asked) {
            return;
        }
        let piece = Piece::of(project, evaluated).and_then(|piece| postcard::to_stdvec(&piece).ok());
        if let Some(piece) = piece {
            let new = (of, evaluated.asked.clone(), piece);
            self.new.lock().unwrap_or_else(PoisonError::into_inner).push(new);
        }
    }

    /// What to leave for the next run; `None` if that is what is there.
    pub fn record(self, project: &Project) -> Option<Record> {
        let new = self.new.into_inner().unwrap_or_else(PoisonError::into_inner);
        if new.is_empty() {
            return None;
        }
        let used = self.used.into_inner().unwrap_or_else(PoisonError::into_inner);
        let Record { table: Table { states, pieces: known }, pieces: parts } = self.before;
        let old = known.into_iter().enumerate().filter(|(at, _)| used.contains(at));
        let old = old.map(|(at, (of, asked))| (of, asked_of(&states, &asked), Choice::Old(at)));
        let new = new.into_iter().map(|(of, asked, piece)| (of, asked, Choice::New(piece)));
        let mut pieces: Vec<(Of, Asked, Choice)> = old.chain(new).collect();
        pieces.sort_by(|a, b| a.0.cmp(&b.0));
        pieces.dedup_by(|a, b| a.0 == b.0);
        let mut paths: Vec<PathBuf> =
            pieces.iter().flat_map(|p| &p.1).cloned().collect::<Asked>().into_iter().collect();
        paths.sort();
        let at: FxHashMap<&PathBuf, u32> = paths.iter().zip(0..).collect();
        let numbered = |(of, asked, piece): (Of, Asked, Choice)| {
            let mut asked: Vec<u32> = asked.iter().filter_map(|path| at.get(path).copied()).collect();
            asked.sort_unstable();
            ((of, asked), piece)
        };
        let (pieces, chosen): (Vec<_>, Vec<_>) = pieces.into_iter().map(numbered).unzip();
        let states = States::of(paths, &Noticed { read: &|path| project.sources.sum(path), seen: &self.seen })?;
        Some(Record { table: Table { states, pieces }, pieces: parts.chosen(chosen) })
    }
}

/// The paths of these places.
fn asked_of(states: &States, places: &[u32]) -> Asked {
    places.iter().filter_map(|at| states.path(*at as usize)).map(Path::to_path_buf).collect()
}

impl Piece {
    /// `None` if a place is in no file, or a secret cannot be read again from where it stands.
    fn of(project: &Project, evaluated: &Evaluated) -> Option<Self> {
        let sources = &project.sources;
        let mut files = Files::default();
        let said = |d: &Diagnostic| Said {
            level: d.level,
            code: d.code.to_owned(),
            message: d.message.clone(),
            place: d.place.clone(),
        };
        let mut piece = Piece {
            files: Vec::new(),
            results: evaluated.results.iter().map(Verdict::of).collect(),
            said: evaluated.diagnostics.iter().map(said).collect(),
            aside: project.diagnostics_of(&evaluated.asked).iter().map(said).collect(),
            resources: evaluated.resources,
            reached: evaluated.reached.declarations(),
            secrets: evaluated.secrets.places(sources)?,
            spent: (evaluated.cost.spent.steps, evaluated.cost.spent.bytes),
            needed: (evaluated.cost.needed.steps, evaluated.cost.needed.bytes),
        };
        let mut fits = true;
        piece.spans(&mut |span| match files.number(span.file, sources) {
            Some(number) => span.file = FileId(number),
            None => fits = false,
        });
        piece.files = files.files;
        fits.then_some(piece)
    }

    fn evaluated(mut self, project: &Project, judge: &dyn Judge) -> Option<Evaluated> {
        let sources = &project.sources;
        let mut ids = Vec::with_capacity(self.files.len());
        for (path, restored) in &self.files {
            if let Some(reference) = restored {
                sources.mark_restored(path, reference);
            }
            ids.push(sources.load(path).ok()?.id);
        }
        let mut fits = true;
        self.spans(&mut |span| match ids.get(span.file.0 as usize) {
            Some(id) => span.file = *id,
            None => fits = false,
        });
        if !fits {
            return None;
        }
        let said = |s: Said| Diagnostic { level: s.level, code: code_of(&s.code), message: s.message, place: s.place };
        let results = self.results.into_iter().map(|verdict| verdict.result(judge)).collect::<Option<Vec<_>>>()?;
        let allowance = |(steps, bytes)| Allowance { steps, bytes };
        Some(Evaluated {
            results,
            diagnostics: self.said.into_iter().chain(self.aside).map(said).collect(),
            resources: self.resources,
            reached: Reached::from_declarations(self.reached),
            secrets: Secrets::at(&self.secrets, sources)?,
            cost: Cost { spent: allowance(self.spent), needed: allowance(self.needed), stopped: false },
            ..Evaluated::default()
        })
    }

    /// Does something with every place.
    fn spans(&mut self, f: &mut dyn FnMut(&mut Span)) {
        for v in &mut self.results {
            let related = v.flow.iter_mut().chain(&mut v.related).map(|r| &mut r.span);
            let stands = v.stands.iter_mut().flat_map(|s| s.places.iter_mut().chain(&mut s.declared));
            let accepted = v.suppression.as_mut().and_then(|s| s.place.as_mut());
            let own = v.location.as_mut().map(|l| &mut l.span);
            let fix = v.fix.as_mut().map(|f| &mut f.span);
            own.into_iter().chain(related).chain(fix).chain(accepted).chain(stands).for_each(&mut *f);
        }
        for said in self.said.iter_mut().chain(&mut self.aside) {
            if let Place::Span(span) = &mut said.place {
                f(span);
            }
        }
        self.reached.iter_mut().flat_map(|(_, spans)| spans).for_each(&mut *f);
        self.secrets.masked.iter_mut().for_each(&mut *f);
        self.secrets.told.iter_mut().for_each(|(span, _)| f(span));
    }
}

/// The files of a piece as they are met.
#[derive(Default)]
struct Files {
    files: Vec<(PathBuf, Option<String>)>,
    numbers: FxHashMap<FileId, u32>,
}

impl Files {
    fn number(&mut self, file: FileId, sources: &Sources) -> Option<u32> {
        if let Some(known) = self.numbers.get(&file) {
            return Some(*known);
        }
        let path = sources.get(file)?.path.clone();
        let number = u32::try_from(self.files.len()).ok()?;
        self.files.push((path, sources.restored(file).map(|r| r.to_string())));
        self.numbers.insert(file, number);
        Some(number)
    }
}

impl Verdict {
    fn of(r: &CheckResult) -> Self {
        Verdict {
            rule: r.rule.id.clone(),
            level: r.level,
            outcome: r.outcome,
            target: r.target.clone(),
            message: r.message.clone(),
            location: r.location.clone(),
            path: r.path.clone(),
            flow: r.flow.clone(),
            related: r.related.clone(),
            fix: r.fix.clone(),
            suppression: r.suppression.clone(),
            state: r.state,
            stands: r.stands.clone(),
        }
    }

    /// `None` if the rule is not there any more.
    fn result(self, judge: &dyn Judge) -> Option<CheckResult> {
        Some(CheckResult {
            rule: judge.rule(&self.rule)?,
            level: self.level,
            outcome: self.outcome,
            target: self.target,
            message: self.message,
            location: self.location,
            path: self.path,
            flow: self.flow,
            related: self.related,
            fix: self.fix,
            suppression: self.suppression,
            state: self.state,
            stands: self.stands,
        })
    }
}

/// A code of a diagnostic. There are a few dozen, and each is kept once for as long as the process lives.
fn code_of(code: &str) -> &'static str {
    static CODES: Mutex<Option<FxHashSet<&'static str>>> = Mutex::new(None);
    let mut codes = CODES.lock().unwrap_or_else(PoisonError::into_inner);
    let codes = codes.get_or_insert_default();
    match codes.get(code) {
        Some(known) => known,
        None => {
            let kept: &'static str = Box::leak(code.to_owned().into_boxed_str());
            codes.insert(kept);
            kept
        }
    }
}
