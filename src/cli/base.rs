//! The revision that a command line, or what surrounds it, compares with.

use std::path::Path;

use super::Error;
use crate::revision::{AUTO, Environment, Git, Revision, RevisionError, default};

/// The largest event that is read, in bytes.
const MAX_EVENT: u64 = 32 << 20;

/// The revision that is asked for. Where it is `auto` and cannot be found, why; whoever asked for that gets everything.
///
/// # Errors
/// [`Error::Revision`] if a revision was named and is not there, or git fails to say what it is.
pub fn of(name: &str, base: &Path, limit: u64) -> Result<(Option<Revision>, Option<String>), Error> {
    let git = Git::at(base);
    if name != AUTO {
        return Ok((Some(Revision::of(&git?, name, limit)?), None));
    }
    match git.and_then(|git| auto(&git, limit)) {
        Ok(revision) => Ok((Some(revision), None)),
        Err(why) => Ok((None, Some(why.to_string()))),
    }
}

/// The revision that the surroundings name.
///
/// # Errors
/// [`RevisionError`] if there is none.
pub fn auto(git: &Git, limit: u64) -> Result<Revision, RevisionError> {
    let variable = |name: &str| std::env::var(name).ok();
    let file = |path: &str| {
        let small = std::fs::metadata(path).is_ok_and(|m| m.is_file() && m.len() <= MAX_EVENT);
        small.then(|| std::fs::read_to_string(path).ok()).flatten()
    };
    let (commit, words) = default(git, &Environment { variable: &variable, file: &file })?;
    Revision::at(git, words, commit, limit)
}
