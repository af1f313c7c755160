//! What is compared: a side's entry points, each with what it deploys.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::snapshot;
use super::tree::Snapshot;
use crate::check::secrets::Secrets;
use crate::expand::Deployed;
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
        let take = |deployed: &Deployed, path: &Path| {
            let template = deployed.deployments.first().and_then(|d| sources.get(d.template.file));
            let template = template.map_or_else(|| path.to_path_buf(), |source| source.path.clone());
            let parameters = (template != path).then(|| relative(path, folder));
            let key = Key { template: relative(&template, folder), parameters };
            let snapshot = snapshot::of(deployed, &sources, &root);
            taken.lock().unwrap_or_else(PoisonError::into_inner).insert(key, snapshot);
        };
        let Scanned { files, secrets, .. } = session.expand(&Seen { rules: &NoRules, see: &take })?;
        let entries = taken.into_inner().unwrap_or_else(PoisonError::into_inner);
        let files = files.into_iter().map(|f| (relative(&f.path, folder), f.status)).collect();
        Ok(Side { entries, files, secrets })
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
