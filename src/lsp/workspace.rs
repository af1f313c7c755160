//! The folders of the editor, and what is found in each: a session for every folder, and for every open file outside of them.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashSet;

use super::diagnostics::{self, Shows};
use super::document::{Documents, unmarked};
use super::summary::Summary;
use crate::expand::Deployed;
use crate::session::{Options, Session, SessionError, Verdicts};

/// A folder that the editor has open, or a file that lies in none of them.
#[derive(Debug)]
pub struct Folder {
    /// Where relative paths start, and whose options file counts.
    pub base: PathBuf,
    /// The file, if this is one that lies in no folder.
    pub file: Option<PathBuf>,
    /// What was found when it was judged last.
    pub found: Found,
    /// The same for the editor.
    pub shows: Shows,
    /// What each entry point deploys, by the file that it is known by.
    summaries: BTreeMap<PathBuf, Summary>,
    session: Option<Session>,
    dirty: bool,
}

/// What judging came to.
#[derive(Debug, Default)]
pub enum Found {
    /// It was not judged yet.
    #[default]
    Nothing,
    /// Verdicts.
    Verdicts(Box<Verdicts>),
    /// What was asked for makes no sense, such as the configuration.
    Wrong(SessionError),
    /// A mistake of armlint, in its words.
    Panic(String),
}

impl Folder {
    fn new(base: PathBuf, file: Option<PathBuf>) -> Self {
        Folder {
            base,
            file,
            found: Found::Nothing,
            shows: Shows::default(),
            summaries: BTreeMap::new(),
            session: None,
            dirty: true,
        }
    }

    /// Whether a file belongs to it.
    pub fn holds(&self, path: &Path) -> bool {
        self.file.as_ref().map_or_else(|| path.starts_with(&self.base), |file| file == path)
    }

    /// What was found, if it could be judged.
    pub fn verdicts(&self) -> Option<&Verdicts> {
        match &self.found {
            Found::Verdicts(verdicts) => Some(verdicts),
            _ => None,
        }
    }

    /// The text of a file as it was judged.
    pub fn text(&self, path: &Path) -> Option<String> {
        let source = self.session.as_ref()?.sources().load(path).ok()?;
        Some(source.text().to_owned())
    }

    /// What each entry point deploys, by the file that it is known by, in order.
    pub fn summaries(&self) -> impl Iterator<Item = (&Path, &Summary)> {
        self.summaries.iter().map(|(path, summary)| (path.as_path(), summary))
    }

    /// Whether a file was looked at as a template.
    pub fn is_template(&self, path: &Path) -> bool {
        let files = self.verdicts().map(Verdicts::files).unwrap_or_default();
        files.iter().any(|f| f.path == path && f.kind == "template")
    }

    /// The session, to look at.
    pub fn peek(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// The session, to work with; it is there once the folder was judged.
    pub fn session(&mut self) -> Option<&mut Session> {
        self.session.as_mut()
    }

    /// What the session did besides judging is forgotten: the open texts count, and all is judged again.
    pub fn restore(&mut self, documents: &Documents, others: impl IntoIterator<Item = PathBuf>) {
        self.dirty = true;
        let Some(session) = &mut self.session else { return };
        for path in others {
            match documents.get(&path) {
                Some(document) => session.set(path, unmarked(&document.text)),
                None => session.remove(path),
            }
        }
    }

    /// Judges all its files, if something has changed. Gives whether it did.
    fn judge(&mut self, options: &Options, documents: &Documents, related: bool) -> bool {
        if !std::mem::take(&mut self.dirty) {
            return false;
        }
        // What is known from before is not shown again.
        let seen = Mutex::new(std::mem::take(&mut self.summaries));
        self.found = found(|| {
            let session = match &mut self.session {
                Some(session) => session,
                none => {
                    let paths = self.file.iter().cloned().collect();
                    let options = Options { base: self.base.clone(), paths, ..options.clone() };
                    let texts = documents.iter().map(|(path, document)| (path, unmarked(&document.text)));
                    none.insert(Session::with_texts(options, texts)?)
                }
            };
            let see = |deployed: &Deployed, entry: &Path| {
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.insert(entry.to_path_buf(), Summary::of(deployed));
            };
            session.check_and_see(&see)
        });
        if let Found::Panic(_) = self.found {
            // What it was about to remember may be half of it.
            self.session = None;
        }
        self.summaries = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Found::Verdicts(verdicts) = &self.found {
            let there: FxHashSet<&Path> = verdicts.files().iter().map(|f| f.path.as_path()).collect();
            self.summaries.retain(|path, _| there.contains(path.as_path()));
        }
        self.shows = diagnostics::of(self, documents, related);
        true
    }
}

/// What judging comes to. A mistake of ours costs what was judged, and nothing else.
fn found(judge: impl FnOnce() -> Result<Verdicts, SessionError>) -> Found {
    match catch_unwind(AssertUnwindSafe(judge)) {
        Ok(Ok(verdicts)) => Found::Verdicts(Box::new(verdicts)),
        Ok(Err(wrong)) => Found::Wrong(wrong),
        Err(panic) => Found::Panic(crate::scan::panic_text(panic.as_ref())),
    }
}

/// All folders.
#[derive(Debug)]
pub struct Workspace {
    /// What is the same for all of them.
    options: Options,
    related: bool,
    folders: Vec<Folder>,
}

impl Workspace {
    /// The folders of an editor. Of the options, the folder and the paths do not count. `related` says whether the editor takes
    /// other places along with a finding.
    pub fn new(options: Options, related: bool, bases: Vec<PathBuf>) -> Self {
        let mut folders: Vec<Folder> = Vec::new();
        for base in bases {
            if !folders.iter().any(|f| f.base == base) {
                folders.push(Folder::new(base, None));
            }
        }
        Workspace { options, related, folders }
    }

    /// The folders, those that files are alone in last.
    pub fn folders(&self) -> &[Folder] {
        &self.folders
    }

    /// A folder has been opened.
    pub fn add(&mut self, base: PathBuf, documents: &Documents) {
        if self.folders.iter().any(|f| f.file.is_none() && f.base == base) {
            return;
        }
        self.folders.insert(0, Folder::new(base, None));
        self.settle(documents);
    }

    /// A folder has been closed.
    pub fn remove(&mut self, base: &Path, documents: &Documents) {
        self.folders.retain(|f| f.file.is_some() || f.base != base);
        self.settle(documents);
    }

    /// An open text is new, or different.
    pub fn set(&mut self, path: &Path, documents: &Documents) {
        self.settle(documents);
        let Some(document) = documents.get(path) else { return };
        for folder in &mut self.folders {
            if let Some(session) = &mut folder.session {
                session.set(path, unmarked(&document.text));
                folder.dirty |= session.has_looked_at(path);
            }
            folder.dirty |= folder.holds(path);
        }
    }

    /// A text has been closed: the disk counts again.
    pub fn release(&mut self, path: &Path, documents: &Documents) {
        for folder in &mut self.folders {
            if let Some(session) = &mut folder.session {
                session.remove(path);
            }
        }
        self.touch(path);
        self.settle(documents);
    }

    /// Something has changed on disk.
    pub fn touch(&mut self, path: &Path) {
        for folder in &mut self.folders {
            folder.dirty |= folder.holds(path) || folder.session.as_ref().is_some_and(|s| s.has_looked_at(path));
        }
    }

    /// Nothing counts that is known from before: all is read and judged anew.
    pub fn renew(&mut self) {
        for folder in &mut self.folders {
            folder.session = None;
            folder.dirty = true;
        }
    }

    /// Whether something has changed since it was judged.
    pub fn is_dirty(&self) -> bool {
        self.folders.iter().any(|f| f.dirty)
    }

    /// Judges what has changed. Gives whether there was something.
    pub fn judge(&mut self, documents: &Documents) -> bool {
        let Workspace { options, related, folders } = self;
        folders.iter_mut().map(|folder| folder.judge(options, documents, *related)).filter(|judged| *judged).count() > 0
    }

    /// The folder whose findings are shown in a file: the innermost one that holds it. `None` for a file that lies in none, in
    /// which those of all are shown.
    pub fn owner(&self, path: &Path) -> Option<&Folder> {
        self.folders.iter().filter(|f| f.holds(path)).max_by_key(|f| f.base.components().count())
    }

    /// As [`Workspace::owner`], to work with.
    pub fn owner_mut(&mut self, path: &Path) -> Option<&mut Folder> {
        self.folders.iter_mut().filter(|f| f.holds(path)).max_by_key(|f| f.base.components().count())
    }

    /// Each open file that lies in no folder has one of its own, and no other has.
    fn settle(&mut self, documents: &Documents) {
        let (folders, mut alone): (Vec<Folder>, Vec<Folder>) =
            std::mem::take(&mut self.folders).into_iter().partition(|f| f.file.is_none());
        self.folders = folders;
        let mut kept = Vec::new();
        for (path, _) in documents.iter().filter(|(path, _)| !self.folders.iter().any(|f| f.holds(path))) {
            let known = alone.iter().position(|f| f.holds(path)).map(|i| alone.swap_remove(i));
            let base = path.parent().unwrap_or(path).to_path_buf();
            kept.push(known.unwrap_or_else(|| Folder::new(base, Some(path.to_path_buf()))));
        }
        self.folders.append(&mut kept);
    }
}

#[cfg(test)]
mod tests {
    use super::super::position::Encoding;
    use super::*;

    #[test]
    fn a_mistake_of_ours_costs_what_was_judged() {
        assert!(matches!(found(|| panic!("of ours")), Found::Panic(said) if said == "of ours"));
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("main.bicep"), "param tls string\n").unwrap();
        let documents = Documents::new(Encoding::Utf16);
        let mut folder = Folder::new(dir.path().to_path_buf(), None);
        folder.found = found(|| panic!("of ours"));
        let shows = diagnostics::of(&folder, &documents, false);
        assert!(shows.files.is_empty() && shows.elsewhere[0].1.contains("please report it"), "{shows:?}");
        // The next look is a fresh one.
        assert!(folder.judge(&Options::new("."), &documents, false));
        assert!(folder.verdicts().is_some_and(|v| v.files().len() == 1));
    }
}
