//! Findings that are known already: what was there when somebody wrote them down does not count any more, what is new does.
//!
//! [`list`] is the file. A finding is known by its rule, the resources it is about ([`resources`]) and the property, not by its line.
//! Where the ids of resources are not known, or none of them is there any more, it is known by its fingerprint
//! ([`fingerprint::identity`]: the rule, the declared resource, the property). So it stays known when lines move, files are renamed,
//! resources change their order, and when they or their symbols are renamed; another resource of the same declaration is not. Of
//! findings that are alike only as many are known as were written down, those in the same file first. [`since`] holds two sides
//! against each other by the same.

mod list;
mod resources;
mod since;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Component, Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::check::{Acceptance, AcceptedBy, CheckResult, Outcome};
use crate::read::{ReadError, Sources, Span};
use crate::report::{FileRecord, FileStatus, fingerprint};
use crate::scan::Identified;
use crate::source::asked;
use crate::walk::root::relative;
pub use list::{Entry, List};
use resources::Resource;
pub use since::{Earlier, Side, Since, Touched};

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

/// How many resources of one line of code are written down; the others are known with them.
const RESOURCES: usize = 64;

/// What a run looked at.
pub struct Looked<'a> {
    sources: &'a Sources,
    /// The files that were looked at.
    files: FxHashSet<String>,
    root: &'a Path,
    /// What was deployed.
    identified: &'a [Identified],
    runs: &'a dyn Fn(&str) -> bool,
}

/// Findings that count as one: alike, and in one place.
struct Unit {
    entry: Entry,
    place: Option<Span>,
    /// The target is called like its file.
    nameless: bool,
    /// The resources whose ids are known, and the property, as they are written down.
    resources: BTreeSet<String>,
    property: String,
    results: Vec<usize>,
}

impl<'a> Looked<'a> {
    /// From the texts and files of a run, what it deploys, what paths are relative to, and whether a rule ran.
    pub fn new(
        sources: &'a Sources,
        files: &[FileRecord],
        identified: &'a [Identified],
        root: &'a Path,
        runs: &'a dyn Fn(&str) -> bool,
    ) -> Self {
        // Where a file could be read in part only, what is not found any more is taken for gone: it comes back as new at worst.
        let read =
            |f: &&FileRecord| matches!(f.status, FileStatus::Analysed | FileStatus::Partly | FileStatus::Generated);
        let read = files.iter().filter(read);
        Looked { sources, files: read.map(|f| relative(&f.path, root)).collect(), root, identified, runs }
    }

    /// Marks the failures that are known. Gives those that are written down and are gone.
    pub fn mark(&self, known: &List, results: &mut [CheckResult]) -> List {
        let mut left = known.clone();
        let units = self.units(results);
        let mut found = vec![false; units.len()];
        for (unit, found) in units.iter().zip(&mut found) {
            *found = left.take(&unit.entry);
        }
        // What is left is about others of the resources, stood in other files, or has moved. What this run did not look at may stand
        // where it stood.
        let before = left.clone();
        let lines: Vec<(&Entry, bool)> = before.entries().map(|entry| (entry, self.was_looked_at(entry))).collect();
        let deployed: FxHashSet<String> = match lines.iter().any(|(entry, _)| !entry.resources.is_empty()) {
            true => self.resources().ids().map(of_resource).collect(),
            false => FxHashSet::default(),
        };
        for step in [Step::Resource, Step::ResourceElsewhere, Step::Declaration, Step::Moved] {
            let mut alike: FxHashMap<[&str; 4], VecDeque<&Entry>> = FxHashMap::default();
            let may_move = |looked: &bool| *looked || matches!(step, Step::Resource | Step::Declaration);
            for (entry, _) in lines.iter().filter(|(entry, looked)| may_move(looked) && left.has(entry)) {
                for key in self.keys_of_line(step, entry, &deployed) {
                    alike.entry(key).or_default().push_back(entry);
                }
            }
            for (unit, found) in units.iter().zip(&mut found).filter(|(_, found)| !**found) {
                for key in keys_of_unit(step, unit) {
                    let Some(lines) = alike.get_mut(&key) else { continue };
                    while lines.front().is_some_and(|line| !left.has(line)) {
                        lines.pop_front();
                    }
                    if lines.front().is_some_and(|line| left.take(line)) {
                        *found = true;
                        break;
                    }
                }
            }
        }
        for unit in units.iter().zip(&found).filter(|(_, found)| **found).map(|(unit, _)| unit) {
            for result in &unit.results {
                if let Some(result) = results.get_mut(*result) {
                    result.outcome = Outcome::Suppressed;
                    let reason = Some(JUSTIFICATION.into());
                    result.suppression = Some(Box::new(Acceptance { by: AcceptedBy::Known, reason, place: None }));
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

    /// What a result is written down as but for its resource, its place, and whether its target is called like its file.
    fn entry(&self, result: &CheckResult) -> (Entry, Option<Span>, bool) {
        let place = result.location.as_ref().map(|l| l.span);
        let mut fingerprint = fingerprint::identity(&result.rule.id, &result.target, &result.path);
        fingerprint.truncate(DIGITS);
        let nameless = fingerprint::is_file(&result.target);
        let at = place.and_then(|p| self.sources.stored(p.file)).map(|source| relative(&source.path, self.root));
        let file = at.unwrap_or_else(|| if nameless { result.target.name.to_string() } else { String::new() });
        let (resources, property) = (String::new(), String::new());
        (Entry { rule: result.rule.id.to_string(), file, fingerprint, resources, property }, place, nameless)
    }

    /// The failures, and those that are known already, by what they are about, then in the order of their places.
    fn units(&self, results: &[CheckResult]) -> Vec<Unit> {
        let mut units: BTreeMap<(Entry, Option<Span>), Unit> = BTreeMap::new();
        let none = FxHashSet::default();
        for (i, result) in results.iter().enumerate().filter(|(_, r)| counts(r)) {
            let (entry, place, nameless) = self.entry(result);
            let unit = units.entry((entry.clone(), place)).or_insert_with(|| {
                let property = digits(&fingerprint::without_indexes(&result.path));
                Unit { entry, place, nameless, resources: BTreeSet::new(), property, results: Vec::new() }
            });
            let resource = self.resource(result, &none).filter(Resource::is_known);
            unit.resources.extend(resource.map(|r| of_resource(&r.id)));
            unit.results.push(i);
        }
        let mut units: Vec<Unit> = units.into_values().collect();
        for unit in units.iter_mut().filter(|unit| !unit.resources.is_empty()) {
            let first: Vec<&str> = unit.resources.iter().take(RESOURCES).map(String::as_str).collect();
            unit.entry.resources = first.join(",");
            unit.entry.property.clone_from(&unit.property);
        }
        // The identities of files hang on the order in which they were read; within one file places have an order.
        units.sort_by(|a, b| {
            (&a.entry, a.place.map(|p| (p.start, p.end))).cmp(&(&b.entry, b.place.map(|p| (p.start, p.end))))
        });
        units
    }

    /// By what a line is found. `deployed` are the resources that are there now: a line about one of them is about no other.
    fn keys_of_line<'e>(&self, step: Step, line: &'e Entry, deployed: &FxHashSet<String>) -> Vec<[&'e str; 4]> {
        let Entry { rule, file, fingerprint, resources, property } = line;
        let each = || resources.split(',').filter(|r| !r.is_empty());
        let is_open = || !each().any(|resource| deployed.contains(resource));
        match step {
            Step::Resource => each().map(|r| [rule, r, property, file]).collect(),
            Step::ResourceElsewhere => each().map(|r| [rule, r, property, ""]).collect(),
            Step::Declaration if is_open() => vec![[rule, fingerprint, "", file]],
            Step::Moved if is_open() => {
                let about = if resources.is_empty() { "" } else { NAMED };
                // A file that is still there keeps what is said of it as a whole.
                let left = (!self.is_there(file)).then_some([rule.as_str(), fingerprint, about, GONE]);
                [[rule.as_str(), fingerprint, about, ""]].into_iter().chain(left).collect()
            }
            Step::Declaration | Step::Moved => Vec::new(),
        }
    }
}

/// By what a line and a unit are one, the likeliest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The resource and the property, in the same file.
    Resource,
    /// The same in another file.
    ResourceElsewhere,
    /// The declaration and the property, in the same file.
    Declaration,
    /// The same in another file.
    Moved,
}

/// Marks of keys, which no file and no digit is: the line names resources; its file is not there any more.
const NAMED: &str = "\t";
const GONE: &str = "\t";

/// By which lines a unit is known.
fn keys_of_unit(step: Step, unit: &Unit) -> Vec<[&str; 4]> {
    let Entry { rule, file, fingerprint, .. } = &unit.entry;
    let each = unit.resources.iter().map(String::as_str);
    match step {
        Step::Resource => each.map(|r| [rule, r, &unit.property, file]).collect(),
        Step::ResourceElsewhere => each.map(|r| [rule, r, &unit.property, ""]).collect(),
        Step::Declaration => vec![[rule, fingerprint, "", file]],
        Step::Moved => {
            let file = if unit.nameless { GONE } else { "" };
            // What has another name and stands in another file is another resource.
            let named = unit.resources.is_empty().then_some([rule.as_str(), fingerprint, NAMED, file]);
            [[rule.as_str(), fingerprint, "", file]].into_iter().chain(named).collect()
        }
    }
}

/// Whether a result is a failure, or was one before somebody knew it.
fn counts(result: &CheckResult) -> bool {
    result.outcome == Outcome::Fail || result.suppression.as_ref().is_some_and(|s| s.by == AcceptedBy::Known)
}

/// What stands for an id in the file.
fn of_resource(id: &str) -> String {
    digits(id)
}

fn digits(text: &str) -> String {
    let mut digits = fingerprint::digest(text);
    digits.truncate(DIGITS);
    digits
}
