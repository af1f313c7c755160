//! What entry points and files came to, written down so that another process can use it: what did not change since is not
//! evaluated again, nor read into syntax. [`piece`] says what is written down, [`verdict`] how verdicts are.

mod piece;
mod verdict;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rustc_hash::{FxHashMap, FxHashSet};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::allotment::Short;
use super::{Evaluated, Judge, Project};
use crate::cache::{FirstLook, Noticed, Parts, States, Taken};
use crate::check::CheckResult;
use crate::diagnostic::Diagnostic;
use crate::expand::Allowance;
use crate::read::FileId;
use crate::source::asked::{self, Asked};
use crate::source::{PathMap, Stored};
use crate::walk::classify::{Kind, by_extension};
use crate::walk::entries::Entry;
use crate::walk::inputs::{Input, Wanted};
use piece::{Piece, Told};

/// What is known of the run before, and what is to be left for the next one.
#[derive(Debug, Default)]
pub struct Kept {
    before: Record,
    /// What was there when this run began, of the paths that somebody looked at.
    seen: Arc<FirstLook>,
    /// The pieces that hold for what is looked at, by what they are of.
    holds: RwLock<FxHashMap<Of, usize>>,
    /// Nothing is left for the next run.
    only_read: bool,
    /// What is known of a file may do without its syntax.
    without_syntax: AtomicBool,
    /// The files of this run in which something could not be read: what is said of a piece of one may be the rest of a secret.
    broken: RwLock<FxHashSet<PathBuf>>,
    /// What was made in this run.
    new: Mutex<Vec<(Of, Asked, Vec<u8>)>>,
    /// What was used of the run before.
    used: Mutex<FxHashSet<usize>>,
    /// The files that pieces speak of, by path, and whether it is known that they were restored: each piece speaks of dozens,
    /// and most of the same.
    files: RwLock<PathMap<(FileId, bool)>>,
}

/// What a piece is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
enum Of {
    /// An entry point.
    Entry(Entry),
    /// A file as such, a parameter file with the name of its template.
    File(PathBuf, Option<String>),
    /// A file as it was read, whether somebody had named it, and whether it was Bicep by another name.
    Input(PathBuf, bool, bool),
}

impl Of {
    fn input(path: &Path, explicit: bool, bicep: bool) -> Self {
        Of::Input(path.to_path_buf(), explicit, bicep && by_extension(path).is_none())
    }
}

/// What entry points and files came to, each with the files that it hangs on.
#[derive(Debug, Default)]
pub struct Record {
    /// What the pieces are of.
    pub table: Table,
    /// The pieces, each a [`Piece`] or a [`Told`] as it is written.
    pub pieces: Parts,
}

/// Which pieces a record has.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Table {
    states: States,
    /// What each is of, with the files that it hangs on, by their place in `states`.
    pieces: Vec<(Of, Vec<u32>)>,
}

impl Kept {
    /// What another process wrote down is of use. `seen` is what was at some paths when this run began.
    pub fn of(record: Record, seen: Arc<FirstLook>) -> Self {
        Kept { before: record, seen, ..Kept::default() }
    }

    /// The same, and this process leaves nothing: what it looks at is not all there on the disk.
    pub fn only_read(record: Record) -> Self {
        Kept { only_read: true, ..Kept::of(record, Arc::default()) }
    }

    /// Finds out which pieces still hold, now that the files of the walk are read. Of those that look at a file that another
    /// revision says, or at a folder above one, none does: what they were held against lies on the disk.
    ///
    /// `without_syntax`: nobody needs the syntax of what is known.
    pub fn look(&self, project: &Project, without_syntax: bool) {
        let Table { states, pieces } = &self.before.table;
        let unchanged = states.unchanged(&Noticed { read: &|path| project.sources.sum(path), seen: &self.seen });
        let other = project.sources.said_by_memory();
        let other: FxHashSet<&Path> = other.iter().flat_map(|path| path.ancestors()).collect();
        let same: Vec<bool> = states.paths().zip(unchanged).map(|(path, same)| same && !other.contains(path)).collect();
        let holds = |i: &u32| same.get(*i as usize).copied().unwrap_or_default();
        self.without_syntax.store(without_syntax, Ordering::Relaxed);
        let may = |of: &Of| without_syntax || !matches!(of, Of::Input(..));
        let pieces = pieces.iter().enumerate().filter(|(_, (of, asked))| may(of) && asked.iter().all(holds));
        let pieces = pieces.map(|(i, (of, _))| (of.clone(), i)).collect();
        *self.holds.write().unwrap_or_else(PoisonError::into_inner) = pieces;
        self.files.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What an entry point came to before, if that is known and still holds: [`Short`] where it needs more than it may spend.
    pub(super) fn entry(
        &self,
        entry: &Entry,
        may: Allowance,
        project: &Project,
        judge: &dyn Judge,
    ) -> Option<Result<Evaluated, Short>> {
        let (at, piece) = self.piece::<Piece>(&Of::Entry(entry.clone()))?;
        if !may.is_enough_for(piece.needed) {
            // It says what is needed, and is to say it again.
            self.uses(at);
            return Some(Err(Short));
        }
        self.evaluated(at, piece, project, judge).map(Ok)
    }

    /// The verdicts on a file that was judged as such with this template.
    pub fn file(
        &self,
        file: &Path,
        template: Option<&str>,
        project: &Project,
        judge: &dyn Judge,
    ) -> Option<Vec<CheckResult>> {
        let (at, piece) = self.piece::<Piece>(&Of::File(file.to_path_buf(), template.map(str::to_owned)))?;
        Some(self.evaluated(at, piece, project, judge)?.results)
    }

    /// A file with this text as it was read before, without its syntax.
    pub fn input(&self, wanted: &Wanted, source: &Arc<Stored>) -> Option<Input> {
        let (at, told) = self.piece::<Told>(&Of::input(&wanted.path, wanted.explicit, wanted.bicep))?;
        self.uses(at);
        Some(told.input(wanted.clone(), source.clone()))
    }

    fn uses(&self, piece: usize) {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(piece);
    }

    /// A piece that holds, and its place.
    fn piece<T: DeserializeOwned>(&self, of: &Of) -> Option<(usize, T)> {
        let at = *self.holds.read().unwrap_or_else(PoisonError::into_inner).get(of)?;
        Some((at, postcard::from_bytes(self.before.pieces.get(at)?).ok()?))
    }

    /// What a piece says, at a place of the record.
    fn evaluated(&self, at: usize, piece: Piece, project: &Project, judge: &dyn Judge) -> Option<Evaluated> {
        let mut found = piece.evaluated(project, judge, |path, restored| self.file_id(project, path, restored))?;
        if project.sources.is_observant() {
            let Table { states, pieces } = &self.before.table;
            found.asked = asked_of(states, &pieces.get(at)?.1);
        }
        self.uses(at);
        Some(found)
    }

    /// A file that a piece speaks of, with the reference of the module that it was restored for.
    fn file_id(&self, project: &Project, path: &Path, restored: Option<&str>) -> Option<FileId> {
        let known = self.files.read().unwrap_or_else(PoisonError::into_inner).get(path).copied();
        if let Some((id, marked)) = known
            && (marked || restored.is_none())
        {
            return Some(id);
        }
        if let Some(reference) = restored {
            project.sources.mark_restored(path, reference);
        }
        // Of most files a piece says where something stands, and nobody looks there.
        let on_demand = |sum| Some(project.sources.on_demand(path, sum));
        let seen = self.seen.sum(path).filter(|_| !self.only_read && !project.sources.is_observant());
        let id = seen.map_or_else(|| project.sources.load(path).ok(), on_demand)?.id;
        self.files.write().unwrap_or_else(PoisonError::into_inner).insert(path.to_path_buf(), (id, restored.is_some()));
        Some(id)
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

    /// Writes down what a file is. Exported resources are judged as they stand, and need their syntax.
    pub fn keep_input(&self, input: &Input) {
        if input.diagnostics.iter().any(Diagnostic::is_of_syntax) {
            self.broken.write().unwrap_or_else(PoisonError::into_inner).insert(input.path.clone());
        }
        let of = Of::input(&input.path, input.explicit, input.kind == Kind::Bicep);
        let is_known = || self.holds.read().unwrap_or_else(PoisonError::into_inner).contains_key(&of);
        let is_of_use = self.without_syntax.load(Ordering::Relaxed) && !self.only_read;
        if !is_of_use || input.kind == Kind::Resources || is_known() {
            return;
        }
        let told = Told::of(input).and_then(|told| postcard::to_stdvec(&told).ok());
        self.leave(of, Asked::from_iter([input.path.clone()]), told);
    }

    fn keep(&self, project: &Project, of: Of, evaluated: &Evaluated) {
        let is_broken = || {
            let broken = self.broken.read().unwrap_or_else(PoisonError::into_inner);
            !broken.is_empty() && evaluated.asked.iter().any(|path| broken.contains(path))
        };
        if !self.only_read && !asked::for_time(&evaluated.asked) && !is_broken() {
            let piece = Piece::of(project, evaluated).and_then(|piece| postcard::to_stdvec(&piece).ok());
            self.leave(of, evaluated.asked.clone(), piece);
        }
    }

    /// Leaves a piece for the next run.
    fn leave(&self, of: Of, asked: Asked, piece: Option<Vec<u8>>) {
        if let Some(piece) = piece {
            self.new.lock().unwrap_or_else(PoisonError::into_inner).push((of, asked, piece));
        }
    }

    /// Notes what the pieces hang on that were used, as if this run had looked at it: what comes out of it hangs on that as well.
    /// If a file changed after that, and before somebody read it, what comes out is of no single moment, and nothing that
    /// another run may take for true.
    pub fn note_used(&self, project: &Project) {
        let Table { states, pieces } = &self.before.table;
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let places = used.iter().filter_map(|at| pieces.get(*at)).flat_map(|(_, places)| places);
        let places: FxHashSet<u32> = places.copied().collect();
        let mut torn = false;
        for at in places {
            let Some(path) = states.path(at as usize) else { continue };
            asked::about(path);
            torn |= project.sources.sum(path).is_some_and(|sum| !states.is_of(at as usize, &sum));
        }
        if torn {
            asked::time();
        }
    }

    /// What to leave for the next run; `None` if that is what is there.
    pub fn record(self, project: &Project) -> Option<Record> {
        let new = self.new.into_inner().unwrap_or_else(PoisonError::into_inner);
        if new.is_empty() || asked::is_torn() {
            return None;
        }
        let used = self.used.into_inner().unwrap_or_else(PoisonError::into_inner);
        let Record { table: Table { states, pieces: known }, pieces: parts } = self.before;
        let old: Vec<_> = known.into_iter().enumerate().filter(|(at, _)| used.contains(at)).collect();
        let split = |(of, asked, piece)| (asked, (of, Taken::New(piece)));
        let (asked, new): (Vec<Asked>, Vec<(Of, Taken)>) = new.into_iter().map(split).unzip();
        // Most pieces stay, and most of their paths are those of others: each path is moved once.
        let places: FxHashSet<u32> = old.iter().flat_map(|(_, (_, places))| places).copied().collect();
        let stays = places.iter().filter_map(|at| states.path(*at as usize));
        let paths = Numbers::of(asked.iter().flat_map(Asked::iter).chain(stays));
        let moved = |from: u32| Some((from, paths.of_path(states.path(from as usize)?)?));
        let moved: FxHashMap<u32, u32> = places.iter().copied().filter_map(moved).collect();
        let noticed = Noticed { read: &|path| project.sources.sum(path), seen: &self.seen };
        let now = States::of(paths.in_order(), &noticed)?;
        // One that holds for what was there before does not hold for what somebody read since.
        let same = |from: &u32| moved.get(from).is_some_and(|to| states.are_same(*from as usize, &now, *to as usize));
        let old = old.into_iter().filter(|(_, (_, places))| places.iter().all(same)).map(|(at, (of, places))| {
            let places = sorted(places.iter().filter_map(|from| moved.get(from).copied()));
            ((of, places), Taken::Old(at))
        });
        let new = new.into_iter().zip(&asked).map(|((of, piece), asked)| {
            let places = sorted(asked.iter().filter_map(|path| paths.of_path(path)));
            ((of, places), piece)
        });
        let mut pieces: Vec<_> = old.chain(new).collect();
        pieces.sort_by(|((a, _), _), ((b, _), _)| a.cmp(b));
        pieces.dedup_by(|((a, _), _), ((b, _), _)| a == b);
        let (pieces, chosen): (Vec<_>, Vec<_>) = pieces.into_iter().unzip();
        Some(Record { table: Table { states: now, pieces }, pieces: parts.taken(chosen) })
    }
}

/// Paths in order, and the number of each; as texts, since to compare paths part by part takes many times as long.
struct Numbers<'p> {
    paths: Vec<&'p OsStr>,
    numbers: FxHashMap<&'p OsStr, u32>,
}

impl<'p> Numbers<'p> {
    fn of(paths: impl Iterator<Item = &'p Path>) -> Self {
        let mut paths: Vec<&OsStr> = paths.map(Path::as_os_str).collect::<FxHashSet<_>>().into_iter().collect();
        paths.sort_unstable();
        let numbers = paths.iter().copied().zip(0..).collect();
        Numbers { paths, numbers }
    }

    fn of_path(&self, path: &Path) -> Option<u32> {
        self.numbers.get(path.as_os_str()).copied()
    }

    fn in_order(&self) -> Vec<PathBuf> {
        self.paths.iter().map(PathBuf::from).collect()
    }
}

fn sorted(places: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut places: Vec<u32> = places.collect();
    places.sort_unstable();
    places
}

/// The paths of these places.
fn asked_of(states: &States, places: &[u32]) -> Asked {
    places.iter().filter_map(|at| states.path(*at as usize)).map(Path::to_path_buf).collect()
}
