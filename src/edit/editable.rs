//! Which files people edit.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::rounds::compiled;
use crate::read::{Reach, Sources};
use crate::session::Verdicts;

/// The files that may be changed: those below the root that nobody generates, and that belong to no module of the cache.
pub struct Editable {
    reach: Reach,
    compiled: BTreeSet<PathBuf>,
    sources: Arc<Sources>,
}

impl Editable {
    /// Those of a check.
    pub fn of(verdicts: &Verdicts) -> Self {
        let root = verdicts.scanned().root.clone();
        Editable { reach: Reach::new([root]), compiled: compiled(verdicts), sources: verdicts.sources().clone() }
    }

    /// Whether this one may be.
    pub fn may(&self, path: &Path) -> bool {
        self.is_within(path) && self.is_written(path)
    }

    /// Whether a file lies below the root, links followed.
    pub fn is_within(&self, path: &Path) -> bool {
        self.reach.check(path).is_ok()
    }

    /// Whether people write a file. One of a module may lie below the root, and be scanned like any other.
    pub fn is_written(&self, path: &Path) -> bool {
        !self.compiled.contains(path) && !self.sources.is_restored_path(path)
    }
}
