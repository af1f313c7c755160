//! What is compared: a side's entry points, each with what it deploys.

use std::collections::BTreeMap;
use std::hash::BuildHasher as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use super::snapshot;
use super::tree::Snapshot;
use crate::check::secrets::Secrets;
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::expand::Deployed;
use crate::model::registry::NOT_RESTORED;
use crate::read::{Position, Sources, Span};
use crate::report::FileStatus;
use crate::scan::Scanned;
use crate::scan::judge::{NoRules, Seen};
use crate::session::{Session, SessionError};
use crate::walk::root::relative;

/// An entry point.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The template: a path below the folder of its side.
    pub template: String,
    /// The parameter file.
    pub parameters: Option<String>,
}

impl Key {
    /// The file that the entry point is known by.
    pub fn file(&self) -> &str {
        self.parameters.as_deref().unwrap_or(&self.template)
    }

    /// `main.bicep`, or `prod.bicepparam (main.bicep)`.
    pub fn shown(&self) -> String {
        match &self.parameters {
            Some(parameters) => format!("{parameters} ({})", self.template),
            None => self.template.clone(),
        }
    }
}

/// A side that was expanded.
#[derive(Debug, Default)]
pub struct Side {
    /// The entry points that were expanded.
    pub entries: BTreeMap<Key, Snapshot>,
    /// What became of each file.
    pub files: FxHashMap<String, FileStatus>,
    /// The texts that no report shows.
    pub secrets: Secrets,
    /// What is wrong with files: each with its file, and where in it.
    pub errors: Vec<Wrong>,
}

/// What somebody learns by a warning only, and what is deployed is not whole by: the codes of the diagnostics. Modules and
/// templates of deployments are in the [`Snapshot`].
const LEFT_OUT: [&str; 5] = [NOT_RESTORED, "module-reference", "template-missing", "template-linked", ALONE];

/// A parameter file without a template that can be read.
const ALONE: &str = "template-not-found";

/// Something in a file that could not be read or expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The file; a path below the folder of its side.
    pub file: String,
    /// Line and column, where it is in one place.
    pub place: Option<Position>,
    /// What is wrong.
    pub message: String,
    /// It is an error, or something is left out that was asked for; else nobody says what a file is for.
    pub is_error: bool,
    /// The text of a file that is not looked at as a whole, as a number: if it is another one, what changes with it is not known.
    pub text: Option<u64>,
}

impl Wrong {
    /// Of a diagnostic, if what is deployed is not whole by it.
    fn of(d: Diagnostic, sources: &Sources, folder: &Path) -> Option<Self> {
        let (path, place) = match &d.place {
            Place::Span(span) => {
                let source = sources.get(span.file)?;
                (source.path.clone(), Some(source.position(span.start)))
            }
            Place::Path(path) => (path.clone(), None),
            Place::Run => return None,
        };
        if d.level != Level::Error && !LEFT_OUT.contains(&d.code) {
            return None;
        }
        let is_alone = d.code == ALONE;
        let text = is_alone.then(|| sources.load(&path).ok()).flatten().map(|s| FxBuildHasher.hash_one(s.text()));
        let is_error = d.level == Level::Error || !is_alone || place.is_some();
        Some(Wrong { file: relative(&path, folder), place, message: d.message, is_error, text })
    }

    /// `main.bicep:3:1: expected …`.
    pub fn shown(&self) -> String {
        match self.place {
            Some(Position { line, column }) => format!("{}:{line}:{column}: {}", self.file, self.message),
            None => format!("{}: {}", self.file, self.message),
        }
    }
}

impl Side {
    /// Expands what a session has not expanded before, of files whose paths are told below a folder.
    ///
    /// # Errors
    /// [`SessionError`] for paths and globs that make no sense.
    pub fn of(session: &mut Session, folder: &Path) -> Result<Self, SessionError> {
        let root = session.root()?;
        let sources = session.sources().clone();
        let taken = Mutex::new(BTreeMap::new());
        let called = Mutex::new(FxHashSet::default());
        let take = |deployed: &Deployed, path: &Path| {
            let template = deployed.deployments.first().and_then(|d| sources.stored(d.template.file));
            let template = template.map_or_else(|| path.to_path_buf(), |source| source.path.clone());
            let parameters = (template != path).then(|| relative(path, folder));
            let key = Key { template: relative(&template, folder), parameters };
            let snapshot = snapshot::of(deployed, &sources, &root);
            let unread = deployed.unread.iter().map(|u| u.named);
            called.lock().unwrap_or_else(PoisonError::into_inner).extend(unread);
            taken.lock().unwrap_or_else(PoisonError::into_inner).insert(key, snapshot);
        };
        let Scanned { files, secrets, diagnostics, absent, .. } =
            session.expand(&Seen { rules: &NoRules, see: &take })?;
        let entries = taken.into_inner().unwrap_or_else(PoisonError::into_inner);
        let files = files.into_iter().map(|f| (relative(&f.path, folder), f.status)).collect();
        // What deployments name is held against the other side in their snapshots.
        let called: FxHashSet<Span> = called.into_inner().unwrap_or_else(PoisonError::into_inner);
        let is_called =
            |d: &Diagnostic| d.level != Level::Error && matches!(d.place, Place::Span(span) if called.contains(&span));
        let diagnostics = diagnostics.into_iter().filter(|d| d.code != NOT_RESTORED).chain(absent);
        let errors = diagnostics.filter(|d| !is_called(d)).filter_map(|d| Wrong::of(d, &sources, folder)).collect();
        Ok(Side { entries, files, secrets, errors })
    }

    /// Whether a template of this path was expanded, whoever used it.
    pub fn looked_at(&self, file: &str) -> bool {
        matches!(self.files.get(file), Some(FileStatus::Analysed | FileStatus::Partly | FileStatus::Generated))
    }

    /// Whether a file could not be expanded.
    pub fn failed_at(&self, file: &str) -> bool {
        self.files.get(file) == Some(&FileStatus::Failed)
    }
}
