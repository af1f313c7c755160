//! Findings that are known already: what was there when somebody wrote them down does not count any more, what is new does.
//!
//! [`list`] is the file. A finding is known by its rule and its fingerprint ([`fingerprint::identity`]: the rule, the declared
//! resource, the property), not by its line. So it stays known when lines move, files are renamed and resources change their order.
//! Of findings that are alike only as many are known as were written down, those in the same file first. [`since`] holds two sides
//! against each other by the same.

mod list;
mod since;

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use rustc_hash::FxHashSet;

use crate::check::{Acceptance, AcceptedBy, CheckResult, Outcome};
use crate::read::{ReadError, Sources, Span};
use crate::report::{FileRecord, FileStatus, fingerprint};
use crate::source::asked;
use crate::walk::root::relative;
pub use list::{Entry, List};
pub use since::{Earlier, Since, Touched};

/// A file of known findings that cannot be used. Says where, what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KnownError {
    /// It cannot be read.
    #[error("cannot read the known findings in {}: {reason}; write them with --write-known", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It is no such file, or a broken one.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column in UTF-16 code units, from 1.
        column: usize,
        /// What is wrong and what to do.
        message: String,
    },
}

/// Reads a file of known findings.
///
/// # Errors
/// [`KnownError`] if it cannot be read or is none.
pub fn read(path: &Path, sources: &Sources) -> Result<List, KnownError> {
    let source = sources.load(path).map_err(|e| KnownError::Read {
        path: path.to_path_buf(),
        reason: match e {
            ReadError::Io { reason, .. } => reason,
            ReadError::TooLarge { limit, .. } => format!("it is larger than {limit} bytes"),
        },
    })?;
    List::read(source.text()).map_err(|wrong| KnownError::Wrong {
        path: path.to_path_buf(),
        line: wrong.line,
        column: wrong.column,
        message: wrong.message,
    })
}

/// What is told of a finding that is known.
const JUSTIFICATION: &str = "known";

/// How many hexadecimal digits of a fingerprint are written: 64 bits are enough to tell the findings of a repository apart.
const DIGITS: usize = 16;

/// What a run looked at.
pub struct Looked<'a> {
    sources: &'a Sources,
    /// The files that were looked at.
    files: FxHashSet<String>,
    root: &'a Path,
    runs: &'a dyn Fn(&str) -> bool,
}

/// Findings that count as one: alike, and in one place.
struct Unit {
    entry: Entry,
    place: Option<Span>,
    /// The target is called like its file.
    nameless: bool,
    results: Vec<usize>,
}

impl<'a> Looked<'a> {
    /// From the texts and files of a run, what paths are relative to, and whether a rule ran.
    pub fn new(sources: &'a Sources, files: &[FileRecord], root: &'a Path, runs: &'a dyn Fn(&str) -> bool) -> Self {
        // Where a file could be read in part only, what is not found any more is taken for gone: it comes back as new at worst.
        let read =
            |f: &&FileRecord| matches!(f.status, FileStatus::Analysed | FileStatus::Partly | FileStatus::Generated);
        let read = files.iter().filter(read);
        Looked { sources, files: read.map(|f| relative(&f.path, root)).collect(), root, runs }
    }

    /// Marks the failures that are known. Gives those that are written down and are gone.
    pub fn mark(&self, known: &List, results: &mut [CheckResult]) -> List {
        let mut left = known.clone();
        let units = self.units(results);
        let mut found = vec![false; units.len()];
        for (unit, found) in units.iter().zip(&mut found) {
            *found = left.take(&unit.entry);
        }
        // What is left stood in other files, or has moved. What this run did not look at may stand where it stood.
        let mut elsewhere: BTreeMap<(&str, &str), Vec<&Entry>> = BTreeMap::new();
        let before = left.clone();
        for entry in before.entries().filter(|entry| self.was_looked_at(entry)) {
            elsewhere.entry((&entry.rule, &entry.fingerprint)).or_default().push(entry);
        }
        for (unit, found) in units.iter().zip(&mut found).filter(|(_, found)| !**found) {
            let alike = elsewhere.get(&(unit.entry.rule.as_str(), unit.entry.fingerprint.as_str()));
            // A file that is still there keeps what is said of it as a whole.
            let may_be = |entry: &&&Entry| !unit.nameless || !self.is_there(&entry.file);
            *found = alike.into_iter().flatten().filter(may_be).any(|entry| left.take(entry));
        }
        for unit in units.iter().zip(&found).filter(|(_, found)| **found).map(|(unit, _)| unit) {
            for result in &unit.results {
                if let Some(result) = results.get_mut(*result) {
                    result.outcome = Outcome::Suppressed;
                    let reason = Some(JUSTIFICATION.into());
                    result.suppression = Some(Acceptance { by: AcceptedBy::Known, reason, place: None });
                }
            }
        }
        left.retain(|entry| self.was_looked_at(entry));
        left
    }

    /// All failures that there are, and of those that were known before what this run did not look at.
    pub fn all(&self, before: &List, results: &[CheckResult]) -> List {
        let mut all = before.clone();
        all.retain(|entry| !self.was_looked_at(entry));
        for unit in self.units(results) {
            all.add(unit.entry);
        }
        all
    }

    /// Whether a finding would have been found if it were still there.
    fn was_looked_at(&self, entry: &Entry) -> bool {
        (self.runs)(&entry.rule) && (self.files.contains(&entry.file) || !self.is_there(&entry.file))
    }

    fn is_there(&self, file: &str) -> bool {
        let path = Path::new(file);
        // A list that was merged from elsewhere asks for nothing outside.
        let inside = path.components().all(|c| matches!(c, Component::Normal(_)));
        inside && asked::is_file(&self.root.join(path))
    }

    /// The failures, and those that are known already, by what they are about, then in the order of their places.
    fn units(&self, results: &[CheckResult]) -> Vec<Unit> {
        let mut units: BTreeMap<(Entry, Option<Span>), Unit> = BTreeMap::new();
        let counts = |r: &CheckResult| {
            r.outcome == Outcome::Fail || r.suppression.as_ref().is_some_and(|s| s.by == AcceptedBy::Known)
        };
        for (i, result) in results.iter().enumerate().filter(|(_, r)| counts(r)) {
            let place = result.location.as_ref().map(|l| l.span);
            let mut fingerprint = fingerprint::identity(&result.rule.id, &result.target, &result.path);
            fingerprint.truncate(DIGITS);
            let nameless = fingerprint::is_file(&result.target);
            let at = place.and_then(|p| self.sources.get(p.file)).map(|source| relative(&source.path, self.root));
            let file = at.unwrap_or_else(|| if nameless { result.target.name.to_string() } else { String::new() });
            let entry = Entry { rule: result.rule.id.to_string(), file, fingerprint };
            let unit = units.entry((entry.clone(), place));
            unit.or_insert_with(|| Unit { entry, place, nameless, results: Vec::new() }).results.push(i);
        }
        let mut units: Vec<Unit> = units.into_values().collect();
        // The identities of files hang on the order in which they were read; within one file places have an order.
        units.sort_by(|a, b| {
            (&a.entry, a.place.map(|p| (p.start, p.end))).cmp(&(&b.entry, b.place.map(|p| (p.start, p.end))))
        });
        units
    }
}
