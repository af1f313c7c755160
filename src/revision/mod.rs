//! What a git revision holds where that is not what the working tree holds: the other side of `--since` and `diff`.
//!
//! Nothing is checked out. [`Revision::of`] asks git which files differ ([`changes`]), reads the old ones from its objects, and
//! gives them as texts that stand in memory for what is on disk ([`Sources::put_over`](crate::source::Sources::put_over)). So both
//! sides go through the same walk, the same gate and the same paths, and what a revision shares with the working tree is read
//! from disk. [`base`] says which revision is meant where nobody names one, [`git`] is the only place that starts git.

mod base;
mod changes;
mod git;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use base::{AUTO, Environment, default};
pub use changes::Rename;
pub use git::Git;

/// Why there is no revision to compare with.
#[derive(Debug, thiserror::Error)]
pub enum RevisionError {
    /// No repository.
    #[error("{} lies in no git repository, so there is no revision to compare with; run armlint in a clone", .0.display())]
    NoRepository(PathBuf),
    /// Git cannot be started.
    #[error("cannot start git, which reads revisions: {0}; install it, or put it on the PATH")]
    NoGit(std::io::Error),
    /// A name that git could take for an option, or that cannot be a name.
    #[error("`{0}` is no name of a revision")]
    Name(String),
    /// Git knows no such revision.
    #[error("there is no revision `{name}` in this clone{}", shallow_hint(*.shallow))]
    Unknown {
        /// As it was asked for.
        name: String,
        /// The clone lacks history.
        shallow: bool,
    },
    /// Two revisions share no history.
    #[error("`{one}` and `{other}` have no commit in common in this clone{}", shallow_hint(*.shallow))]
    Apart {
        /// One side.
        one: String,
        /// The other.
        other: String,
        /// The clone lacks history.
        shallow: bool,
    },
    /// Nobody says what to compare with.
    #[error("{0}")]
    NoBase(String),
    /// Git failed.
    #[error("git {what} failed: {why}")]
    Failed {
        /// Its command.
        what: String,
        /// Its first words.
        why: String,
    },
}

fn shallow_hint(shallow: bool) -> &'static str {
    if shallow {
        ": the clone is shallow and lacks the history; fetch it (`git fetch --unshallow`; on GitHub, `fetch-depth: 0` for actions/checkout)"
    } else {
        "; fetch it first, or name another one"
    }
}

/// A revision of the repository that the working tree belongs to.
#[derive(Debug, Clone)]
pub struct Revision {
    /// What it was asked for as: `main`, `HEAD~1`, or words that say where it was found.
    pub name: String,
    /// The commit, in hexadecimal.
    pub commit: String,
    /// The folder at the top of the working tree, absolute.
    pub top: PathBuf,
    /// Files that it holds and the working tree does not, or otherwise: absolute paths and what is in them.
    pub texts: Vec<(PathBuf, Vec<u8>)>,
    /// Files that the working tree holds and it does not: absolute paths.
    pub absent: Vec<PathBuf>,
    /// What was renamed between it and what is in git's index.
    pub renames: Vec<Rename>,
    /// What cannot be compared, and why: one sentence each.
    pub notes: Vec<String>,
}

impl Revision {
    /// Reads a revision. `name` is what git takes for one, or two with `...` between them for their merge base (`main...` is
    /// that of `main` and `HEAD`). Files of more than `limit` bytes are not read.
    ///
    /// # Errors
    /// [`RevisionError`] if there is none, or git fails.
    pub fn of(git: &Git, name: &str, limit: u64) -> Result<Self, RevisionError> {
        let commit = match name.split_once("...") {
            Some((one, other)) => {
                let side = |side: &str| git.commit(if side.is_empty() { "HEAD" } else { side });
                let (from, to) = (side(one)?, side(other)?);
                git.merge_base(&from, &to)?.ok_or_else(|| RevisionError::Apart {
                    one: one.to_owned(),
                    other: other.to_owned(),
                    shallow: git.is_shallow(),
                })?
            }
            None => git.commit(name)?,
        };
        Self::at(git, name.to_owned(), commit, limit)
    }

    /// Reads the commit with this hash.
    ///
    /// # Errors
    /// [`RevisionError::Failed`] if git fails.
    pub fn at(git: &Git, name: String, commit: String, limit: u64) -> Result<Self, RevisionError> {
        let mut out = Revision {
            name,
            commit,
            top: git.top().to_path_buf(),
            texts: Vec::new(),
            absent: Vec::new(),
            renames: Vec::new(),
            notes: Vec::new(),
        };
        changes::read(git, &mut out, limit)?;
        Ok(out)
    }

    /// The first digits of the commit, as people write it.
    pub fn short(&self) -> &str {
        self.commit.get(..10).unwrap_or(&self.commit)
    }

    /// `main (3de36ce012)`
    pub fn shown(&self) -> String {
        if self.commit.starts_with(&self.name) {
            self.short().to_owned()
        } else {
            format!("{} ({})", self.name, self.short())
        }
    }

    /// Every file that is not the same on both sides.
    pub fn changed(&self) -> impl Iterator<Item = &Path> {
        self.texts.iter().map(|(path, _)| path.as_path()).chain(self.absent.iter().map(PathBuf::as_path))
    }
}
