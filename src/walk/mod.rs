//! The first step: which files there are.
//!
//! [`walk`] turns the PATHs of a command line into a list of files, in an order that hangs on nothing but their names.
//! Nothing is left out without a word: a folder that is not descended into, a link that is not followed, a file that
//! somebody excluded are all in [`Walked::skipped`] with the reason. What the files are is told later, by content
//! ([`classify`]), and which of them are deployed together by [`links`].

pub mod claims;
pub mod classify;
pub mod entries;
pub mod inputs;
pub mod mentions;
pub mod path_ignore;
pub mod patterns;
pub mod remotes;
pub mod root;
mod symlinks;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::cache::{Sum, sum};
use crate::diagnostic::{Diagnostic, Level};
use crate::glob::is_glob;
use crate::read::reach::{in_git, is_git};
use crate::source::resolved;
pub use patterns::{BadGlob, Excluder, Patterns};
use patterns::{Choice, split_glob};
pub use root::Roots;

/// A PATH that cannot be scanned: wrong usage, found before anything is read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WalkError {
    /// There is nothing of that name.
    #[error("there is no file or folder `{}`", .0.display())]
    NotFound(PathBuf),
    /// A glob that no file matches.
    #[error("no file matches `{0}`")]
    NoMatch(String),
    /// A glob that cannot be read.
    #[error(transparent)]
    Glob(#[from] BadGlob),
}

/// A file to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its absolute path, as it was reached.
    pub path: PathBuf,
    /// It was named on the command line.
    pub explicit: bool,
}

/// A file or folder that is not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its absolute path.
    pub path: PathBuf,
    /// `file`, `folder` or `link`.
    pub kind: &'static str,
    /// Why.
    pub reason: String,
    /// It should have been looked at and could not be.
    pub failed: bool,
    /// Who left it out, where somebody did.
    pub excluded: Option<Excluder>,
}

/// What a walk came to.
#[derive(Debug, Default)]
pub struct Walked {
    /// The files to look at, each once, sorted by path.
    pub files: Vec<Found>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
    /// Folders and links that could not be read.
    pub diagnostics: Vec<Diagnostic>,
    /// The folders that were descended into, as they were reached, sorted.
    pub folders: Vec<PathBuf>,
}

impl Walked {
    /// A digest that is another one where any file is. A folder in which nothing is found makes no difference.
    pub fn sum(&self) -> Sum {
        let Walked { files, skipped, diagnostics, folders: _ } = self;
        sum(format!("{files:?} {skipped:?} {diagnostics:?}").as_bytes())
    }
}

/// Finds the files below the given paths. Relative paths and globs start at the working directory. A file that is named
/// is looked at wherever it lies; of what a folder or a glob finds, links are followed where they lead to something below
/// the root, and pipes and devices are left alone. `held` are the files of which there is a text in memory, `absent` those that
/// are not there, whatever the disk says (absolute paths). `met` is told of each file to look at as soon as it is met.
///
/// # Errors
/// [`WalkError`] for a path that is not there, and for a glob that cannot be read or matches nothing.
pub fn walk(
    paths: &[PathBuf],
    roots: &Roots,
    patterns: &Patterns,
    held: &[PathBuf],
    absent: FxHashSet<PathBuf>,
    met: &dyn Fn(&Path),
) -> Result<Walked, WalkError> {
    let mut walker = Walker { absent, ..Walker::new(roots, patterns, met) };
    for path in paths {
        let full = resolved(&roots.base().join(path));
        // What is only in memory lies where it would be saved.
        let unsaved = held.iter().filter(|p| p.starts_with(&full) && std::fs::symlink_metadata(p).is_err());
        for file in unsaved {
            if *file == full { walker.file(file, true, true) } else { walker.choose(file, true) }
        }
        match std::fs::symlink_metadata(&full) {
            Ok(_) => walker.start(&full),
            Err(_) if held.contains(&full) => {}
            Err(_) => match path.to_str().filter(|p| is_glob(p)) {
                Some(glob) => walker.glob(glob)?,
                None => return Err(WalkError::NotFound(path.clone())),
            },
        }
    }
    walker.follow_links();
    Ok(walker.finish())
}

/// What to do with a file that lies in a walked folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hit {
    /// What the patterns say.
    Choose,
    /// A glob of the command line hit it: it is looked at whatever it is called.
    Take,
    /// Nothing.
    Pass,
}

struct Walker<'a> {
    roots: &'a Roots,
    patterns: &'a Patterns,
    met: &'a dyn Fn(&Path),
    /// What links may lead to lies below one of these.
    bounds: Vec<PathBuf>,
    /// Files to look at, as they are met, which is nearly in order.
    files: Vec<Found>,
    /// Where each of them is. By the letters of its path, as folders are: to take paths apart for each look costs as much as the
    /// walk.
    places: FxHashMap<OsString, usize>,
    skipped: BTreeMap<PathBuf, Skipped>,
    diagnostics: Vec<Diagnostic>,
    /// Real paths of the folders walked.
    folders: FxHashSet<OsString>,
    /// The same as they were reached.
    entered: Vec<PathBuf>,
    /// Files that are not there, whatever the disk says.
    absent: FxHashSet<PathBuf>,
    /// Links met, to be followed when everything else is known, and whether a glob of the command line hit them.
    links: BTreeMap<PathBuf, bool>,
}

impl<'a> Walker<'a> {
    fn new(roots: &'a Roots, patterns: &'a Patterns, met: &'a dyn Fn(&Path)) -> Self {
        Walker {
            roots,
            patterns,
            met,
            bounds: roots.given().map(Path::to_path_buf).into_iter().collect(),
            files: Vec::new(),
            places: FxHashMap::default(),
            skipped: BTreeMap::new(),
            diagnostics: Vec::new(),
            folders: FxHashSet::default(),
            entered: Vec::new(),
            absent: FxHashSet::default(),
            links: BTreeMap::new(),
        }
    }

    /// A path that was named: looked at whatever it is called. A file is, wherever it lies and whatever it is; a folder is
    /// not walked where a link of what is scanned makes it lie elsewhere.
    fn start(&mut self, path: &Path) {
        match std::fs::metadata(path) {
            Ok(meta) if meta.is_dir() => {
                if self.enter(path) {
                    self.folder(path, |_| Hit::Choose);
                }
            }
            Ok(_) => match self.patterns.excluded(&self.relative(path)) {
                Some((by, reason)) => self.exclude(path, "file", by, reason),
                None => self.file(path, true, true),
            },
            Err(e) => self.fail(path, "file", "file-unreadable", &e),
        }
    }

    /// Whether a named folder (or that of a glob) is walked; from then on, links may lead to what is in it.
    fn enter(&mut self, folder: &Path) -> bool {
        if let Some(refusal) = self.roots.escapes(folder) {
            self.outside(folder, refusal);
            return false;
        }
        if self.roots.given().is_none() {
            self.bounds.extend([self.roots.report(folder), folder.to_path_buf()]);
        }
        true
    }

    /// A glob that was given as a PATH: its files are looked at whatever they are called.
    fn glob(&mut self, glob: &str) -> Result<(), WalkError> {
        let (folder, matcher) = split_glob(glob)?;
        let start = resolved(&self.roots.base().join(folder));
        let hits = |path: &Path| path.strip_prefix(&start).is_ok_and(|below| matcher.is_match(below));
        let mut found = false;
        if start.is_dir() && !in_git(self.relative(&start).as_path()) && self.enter(&start) {
            self.folder(&start, |path| {
                let hit = hits(path);
                found |= hit;
                if hit { Hit::Take } else { Hit::Pass }
            });
        } else {
            // A diagnostic says why this folder is not walked.
            found = self.skipped.contains_key(&start);
        }
        if found { Ok(()) } else { Err(WalkError::NoMatch(glob.to_owned())) }
    }

    /// Walks a folder and takes the files and links that `wanted` agrees to. Links are only noted down.
    fn folder(&mut self, start: &Path, mut wanted: impl FnMut(&Path) -> Hit) {
        let real_start = std::fs::canonicalize(start).unwrap_or_else(|_| start.to_path_buf());
        let mut entries = walkdir::WalkDir::new(start).sort_by_file_name().into_iter();
        while let Some(entry) = entries.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(e) => {
                    let path = e.path().unwrap_or(start).to_path_buf();
                    self.fail(&path, "folder", "folder-unreadable", &e);
                    continue;
                }
            };
            let (path, kind) = (entry.path(), entry.file_type());
            // The start may itself be a link to a folder, and then is no entry of its own.
            if entry.depth() == 0 || kind.is_dir() {
                if let Some(reason) = self.patterns.prunes(entry.file_name()).filter(|_| entry.depth() > 0) {
                    self.skip(path, "folder", reason);
                    entries.skip_current_dir();
                } else if let Ok(below) = path.strip_prefix(start) {
                    // To join nothing would add a separator, and other letters are another folder here.
                    let real = if entry.depth() == 0 { real_start.clone() } else { real_start.join(below) };
                    self.folders.insert(real.into_os_string());
                    self.entered.push(path.to_path_buf());
                }
                continue;
            }
            let hit = wanted(path);
            // In a worktree, `.git` is a file.
            if hit == Hit::Pass || is_git(entry.file_name()) {
                continue;
            }
            if kind.is_symlink() {
                *self.links.entry(path.to_path_buf()).or_default() |= hit == Hit::Take;
            } else {
                self.found(path, kind.is_file(), hit);
            }
        }
    }

    /// A file found in a folder or by a glob.
    fn found(&mut self, path: &Path, regular: bool, hit: Hit) {
        match hit {
            Hit::Choose => self.choose(path, regular),
            Hit::Pass => {}
            Hit::Take => match self.patterns.choose_by_glob(&self.relative(path)) {
                Choice::Excluded(by, reason) => self.exclude(path, "file", by, reason),
                Choice::Take | Choice::NotOurs => self.file(path, regular, true),
            },
        }
    }

    /// A file found in a folder.
    fn choose(&mut self, path: &Path, regular: bool) {
        match self.patterns.choose(&self.relative(path)) {
            Choice::Take => self.file(path, regular, false),
            Choice::Excluded(by, reason) => self.exclude(path, "file", by, reason),
            Choice::NotOurs => {}
        }
    }

    /// A file to look at. A pipe or a device that was found, not named, is not read: that may never end.
    fn file(&mut self, path: &Path, regular: bool, explicit: bool) {
        if self.absent.contains(path) {
            return;
        }
        if regular {
            self.skipped.remove(path);
            let place = *self.places.entry(path.as_os_str().to_owned()).or_insert(self.files.len());
            match self.files.get_mut(place) {
                Some(found) => found.explicit |= explicit,
                None => {
                    (self.met)(path);
                    self.files.push(Found { path: path.to_path_buf(), explicit });
                }
            }
        } else {
            self.fail(path, "file", "file-unreadable", &"it is not a regular file");
        }
    }

    fn skip(&mut self, path: &Path, kind: &'static str, reason: String) {
        let skipped = Skipped { path: path.to_path_buf(), kind, reason, failed: false, excluded: None };
        self.leave_out(skipped);
    }

    fn exclude(&mut self, path: &Path, kind: &'static str, by: Excluder, reason: String) {
        let skipped = Skipped { path: path.to_path_buf(), kind, reason, failed: false, excluded: Some(by) };
        self.leave_out(skipped);
    }

    fn leave_out(&mut self, skipped: Skipped) {
        if !self.places.contains_key(skipped.path.as_os_str()) {
            self.skipped.entry(skipped.path.clone()).or_insert(skipped);
        }
    }

    fn fail(&mut self, path: &Path, kind: &'static str, code: &'static str, why: &dyn std::fmt::Display) {
        let reason = format!("cannot be read: {why}");
        let message = format!("this {kind} {reason}");
        self.diagnostics.push(Diagnostic::at_path(Level::Error, code, path, message));
        let skipped = Skipped { path: path.to_path_buf(), kind, reason, failed: true, excluded: None };
        self.skipped.insert(path.to_path_buf(), skipped);
    }

    /// The path as globs see it: relative to the working directory, where it lies below it.
    fn relative(&self, path: &Path) -> PathBuf {
        path.strip_prefix(self.roots.base()).unwrap_or(path).to_path_buf()
    }

    fn finish(self) -> Walked {
        let (mut files, mut folders) = (self.files, self.entered);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        folders.sort();
        folders.dedup();
        Walked { files, skipped: self.skipped.into_values().collect(), diagnostics: self.diagnostics, folders }
    }
}

#[cfg(test)]
mod tests;
