//! What is remembered from one look at the files to the next: what did not change is not read, modelled or judged again.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::{Evaluated, Kept, Project};
use crate::check::CheckResult;
use crate::source::asked::Asked;
use crate::walk::entries::Entry;
use crate::walk::inputs::{self, Input, Wanted};

/// What is known of files and entry points that have not changed since.
#[derive(Debug, Default)]
pub struct Memory {
    /// Files with their syntax.
    inputs: FxHashMap<PathBuf, Input>,
    /// What files came to that were judged as such: with which template, and the verdicts.
    files: FxHashMap<PathBuf, (Option<String>, Vec<CheckResult>)>,
    /// What entry points came to.
    entries: FxHashMap<Entry, Evaluated>,
    /// What another process knew, and what is to be left for the next one.
    kept: Option<Kept>,
}

impl Memory {
    /// What another process knew is of use, and what this one finds out is for the next.
    pub fn keep(&mut self, kept: Kept) {
        self.kept = Some(kept);
    }

    /// What another process knew, where that is of use.
    pub fn kept(&self) -> Option<&Kept> {
        self.kept.as_ref()
    }

    /// Takes what is to be left for the next process.
    pub fn take_kept(&mut self) -> Option<Kept> {
        self.kept.take()
    }

    /// Forgets what has changed: files, and what was made of one.
    pub fn refresh(&mut self, project: &Project) {
        if !project.sources.is_observant() {
            return;
        }
        let asked = self.entries.values().flat_map(|e| e.asked.iter()).chain(self.inputs.keys());
        let changed = project.forget_changed(asked.cloned().collect::<Asked>());
        self.inputs.retain(|path, _| !changed.contains(path));
        self.files.retain(|path, _| !changed.contains(path));
        self.entries.retain(|_, evaluated| evaluated.asked.is_disjoint(&changed));
    }

    /// As [`inputs::read`]; what is known is not read again.
    pub fn read(&mut self, project: &Project, wanted: Vec<Wanted>) -> Vec<Input> {
        if !project.sources.is_observant() {
            return inputs::read(&project.sources, wanted);
        }
        let known = |w: &Wanted| self.inputs.get(&w.path).is_some_and(|i| i.explicit == w.explicit);
        let fresh = inputs::read(&project.sources, wanted.iter().filter(|w| !known(w)).cloned().collect());
        for input in fresh {
            project.sources.note(&input.path);
            self.inputs.insert(input.path.clone(), input);
        }
        let one = |w: Wanted| Some(Input { judged: w.judged, ..self.inputs.get(&w.path)?.clone() });
        wanted.into_iter().filter_map(one).collect()
    }

    /// The verdicts on a file that was judged as such with this template.
    pub fn judged(&self, file: &Input, template: Option<&str>) -> Option<Vec<CheckResult>> {
        let (with, results) = self.files.get(&file.path)?;
        (with.as_deref() == template).then(|| results.clone())
    }

    /// Remembers the verdicts on a file.
    pub fn keep_judged(&mut self, file: PathBuf, template: Option<String>, results: Vec<CheckResult>) {
        self.files.insert(file, (template, results));
    }

    /// What an entry point came to.
    pub(super) fn evaluated(&self, entry: &Entry) -> Option<Evaluated> {
        self.entries.get(entry).cloned()
    }

    /// The parameter files with which a template was deployed, in order.
    pub fn parameter_files_of(&self, template: &Path) -> Vec<PathBuf> {
        let of = self.entries.keys().filter_map(|entry| match entry {
            Entry::Deployment { template: own, parameters } if own == template => parameters.clone(),
            _ => None,
        });
        let mut files: Vec<PathBuf> = of.collect();
        files.sort();
        files
    }

    /// The entry points that a file had a part in, in order.
    pub(super) fn entries_with(&self, file: &Path) -> Vec<Entry> {
        let with = self.entries.iter().filter(|(_, evaluated)| evaluated.asked.contains(file));
        let mut entries: Vec<Entry> = with.map(|(entry, _)| entry.clone()).collect();
        entries.sort();
        entries
    }

    /// Remembers what an entry point came to, unless it could have come further with more time.
    pub(super) fn keep_evaluated(&mut self, project: &Project, entry: &Entry, evaluated: &Evaluated) {
        if !evaluated.cost.stopped && !evaluated.panicked {
            evaluated.asked.iter().for_each(|path| project.sources.note(path));
            self.entries.insert(entry.clone(), evaluated.clone());
        }
    }
}
