//! What is remembered from one look at the files to the next: what did not change is not read, modelled or judged again.

use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Evaluated, Kept, Project};
use crate::check::CheckResult;
use crate::source::asked::{self, Asked};
use crate::walk::Walked;
use crate::walk::entries::Entry;
use crate::walk::inputs::{self, Input, Syntax, Wanted};

/// What is known of files and entry points that have not changed since.
#[derive(Debug, Default)]
pub struct Memory {
    /// Files with their syntax.
    inputs: FxHashMap<PathBuf, Input>,
    /// What files came to that were judged as such.
    files: FxHashMap<PathBuf, Judged>,
    /// What entry points came to.
    entries: FxHashMap<Entry, Evaluated>,
    /// What another process knew, and what is to be left for the next one.
    kept: Option<Kept>,
    /// What a look at the folders came to that somebody just had.
    walked: Option<Walked>,
}

/// What a file came to that was judged as such.
#[derive(Debug)]
struct Judged {
    /// With which template.
    template: Option<String>,
    results: Vec<CheckResult>,
    /// What was looked at beside it.
    asked: Asked,
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

    /// The next scan is of what this walk came to.
    pub fn has_walked(&mut self, walked: Walked) {
        self.walked = Some(walked);
    }

    /// Takes what a walk before the scan came to.
    pub(super) fn take_walked(&mut self) -> Option<Walked> {
        self.walked.take()
    }

    /// Forgets what has changed: files, and what was made of one.
    pub fn refresh(&mut self, project: &Project) {
        if !project.sources.is_observant() {
            return;
        }
        let beside = self.files.values().flat_map(|f| f.asked.iter());
        let asked = self
            .entries
            .values()
            .flat_map(|e| e.asked.iter())
            .chain(beside)
            .chain(self.inputs.keys().map(PathBuf::as_path));
        let changed = project.forget_changed(asked.map(Path::to_path_buf).collect::<Asked>());
        self.inputs.retain(|path, _| !changed.contains(path));
        // The time always has changed.
        let holds = |asked: &Asked| !asked::for_time(asked) && asked.is_disjoint(&changed);
        self.files.retain(|path, judged| !changed.contains(path) && holds(&judged.asked));
        self.entries.retain(|_, evaluated| holds(&evaluated.asked));
    }

    /// Forgets all entry points but these: those of the last look.
    pub(super) fn keep_only(&mut self, entries: &FxHashSet<Entry>) {
        self.entries.retain(|entry, _| entries.contains(entry));
    }

    /// As [`inputs::read`]; what is known is not read again, and what another process knew is not parsed again.
    pub fn read(&mut self, project: &Project, wanted: Vec<Wanted>) -> Vec<Input> {
        self.read_and(project, wanted, Syntax::BOUNDED, &|_| {})
    }

    /// The same for the files of the walk, with which a run begins: once their texts are there, what another process knew is held
    /// against them. `without_syntax` as in [`Kept::look`].
    pub fn read_walked(&mut self, project: &Project, wanted: Vec<Wanted>, without_syntax: bool) -> Vec<Input> {
        let syntax = if without_syntax { Syntax::BOUNDED } else { Syntax::All };
        self.read_and(project, wanted, syntax, &|kept| kept.look(project, without_syntax))
    }

    fn read_and(
        &mut self,
        project: &Project,
        wanted: Vec<Wanted>,
        syntax: Syntax,
        loaded: &dyn Fn(&Kept),
    ) -> Vec<Input> {
        if !project.sources.is_observant() {
            return self.read_anew(project, wanted, syntax, loaded);
        }
        let known = |w: &Wanted| self.inputs.get(&w.path).is_some_and(|i| i.explicit == w.explicit);
        let unknown = wanted.iter().filter(|w| !known(w)).cloned().collect();
        let fresh = self.read_anew(project, unknown, syntax, loaded);
        for input in fresh {
            project.sources.note(&input.path);
            self.inputs.insert(input.path.clone(), input);
        }
        let one = |w: Wanted| Some(Input { judged: w.judged, ..self.inputs.get(&w.path)?.clone() });
        wanted.into_iter().filter_map(one).collect()
    }

    /// `loaded` is told once the texts are there, before any is parsed.
    fn read_anew(&self, project: &Project, wanted: Vec<Wanted>, syntax: Syntax, loaded: &dyn Fn(&Kept)) -> Vec<Input> {
        let texts = inputs::load(&project.sources, &wanted);
        let Some(kept) = self.kept() else { return inputs::parse(wanted, texts, syntax, &|_, _| None) };
        loaded(kept);
        let inputs = inputs::parse(wanted, texts, syntax, &|wanted, source| kept.input(wanted, source));
        inputs.iter().for_each(|input| kept.keep_input(input));
        inputs
    }

    /// The verdicts on a file that was judged as such with this template.
    pub fn judged(&self, file: &Input, template: Option<&str>) -> Option<Vec<CheckResult>> {
        let known = self.files.get(&file.path)?;
        (known.template.as_deref() == template).then(|| known.results.clone())
    }

    /// What was looked at beside files that were judged as such.
    pub(super) fn asked_of_files(&self) -> impl Iterator<Item = &Path> {
        self.files.values().flat_map(|f| f.asked.iter())
    }

    /// Remembers the verdicts on a file, and what was looked at for them.
    pub fn keep_judged(
        &mut self,
        project: &Project,
        file: &Path,
        template: Option<String>,
        results: &[CheckResult],
        asked: &Asked,
    ) {
        asked.iter().for_each(|path| project.sources.note(path));
        let judged = Judged { template, results: results.to_vec(), asked: asked.clone() };
        self.files.insert(file.to_path_buf(), judged);
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
