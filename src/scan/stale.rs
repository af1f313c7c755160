//! A compiled template that is older than its Bicep file: what both break is shown where it is edited, in the Bicep file.

use std::ops::Range;
use std::path::{Path, PathBuf};

use ecow::EcoString;
use rustc_hash::FxHashSet;

use crate::check::{CheckResult, Outcome};
use crate::source::PathMap;

/// Which of the results of a run came from which template.
#[derive(Debug, Default)]
pub struct Came(Vec<(PathBuf, Range<usize>)>);

impl Came {
    /// These results came from this template.
    pub fn from(&mut self, template: &Path, results: Range<usize>) {
        self.0.push((template.to_path_buf(), results));
    }

    /// Takes out the failures of templates (keys of `sources`) that the Bicep files they stem from have as well: the same rule
    /// fails for a resource of the same type and name. What fails in the template only stays.
    pub fn leave_out(&self, sources: &PathMap<PathBuf>, results: &mut Vec<CheckResult>) {
        if sources.is_empty() {
            return;
        }
        let edited: FxHashSet<&PathBuf> = sources.values().collect();
        let of = |range: &Range<usize>| results.get(range.clone()).unwrap_or_default();
        let mut known: FxHashSet<(&Path, Key)> = FxHashSet::default();
        for (template, range) in self.0.iter().filter(|(t, _)| edited.contains(t)) {
            known.extend(of(range).iter().filter(|r| r.outcome == Outcome::Fail).map(|r| (template.as_path(), key(r))));
        }
        let mut twice = vec![false; results.len()];
        for (template, range) in &self.0 {
            let Some(source) = sources.get(template) else { continue };
            for (r, twice) in of(range).iter().zip(twice.iter_mut().skip(range.start)) {
                *twice = r.outcome == Outcome::Fail && known.contains(&(source.as_path(), key(r)));
            }
        }
        let mut twice = twice.into_iter();
        results.retain(|_| !twice.next().unwrap_or_default());
    }
}

type Key = (EcoString, EcoString, EcoString);

fn key(r: &CheckResult) -> Key {
    // A root deployment is named after its file; what is said of it is the same.
    let root = [".json", ".bicep", ".jsonc"].iter().any(|end| r.target.name.ends_with(end));
    let name = if root { r.message.clone() } else { r.target.name.to_ascii_lowercase() };
    (r.rule.id.as_str().into(), r.target.type_.to_ascii_lowercase(), name)
}
