//! What of which file is judged, and which modules no deployment reaches.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::expand::Deployed;
use crate::read::{FileId, Sources, Span};
use crate::source::PathMap;
use crate::walk::entries::{Entry, Links};
use crate::walk::inputs::Input;

/// The files that deployments were made of, each with the resources that it declares and that were judged.
#[derive(Debug, Clone, Default)]
pub struct Reached(PathMap<FxHashSet<Span>>);

impl Reached {
    /// The files of a deployment and of those below it.
    pub fn of(deployed: &Deployed, sources: &Sources) -> Self {
        // By file first, so that each path is looked up and hashed once: thousands of deployments are made of a few files.
        let files = deployed.deployments.iter().map(|d| (d.template.file, FxHashSet::default()));
        let mut declared: FxHashMap<FileId, FxHashSet<Span>> = files.collect();
        for resource in deployed.resources.iter().filter(|r| !r.existing) {
            let file = deployed.deployments.get(resource.deployment).map(|d| d.template.file);
            if let Some(declarations) = file.and_then(|file| declared.get_mut(&file)) {
                declarations.insert(resource.span);
            }
        }
        let mut out = Reached::default();
        for (file, declarations) in declared {
            if let Some(source) = sources.stored(file) {
                out.0.entry(source.path.clone()).or_default().extend(declarations);
            }
        }
        out
    }

    /// A resource of a file was judged. What a loop makes of one declaration counts once.
    pub fn declared(&mut self, path: &Path, declaration: Span) {
        self.0.entry(path.to_path_buf()).or_default().insert(declaration);
    }

    /// The files in order, each with the declarations in it in order.
    pub fn declarations(&self) -> Vec<(PathBuf, Vec<Span>)> {
        let sorted = |(path, spans): (&Path, &FxHashSet<Span>)| {
            let mut spans: Vec<Span> = spans.iter().copied().collect();
            spans.sort();
            (path.to_path_buf(), spans)
        };
        let mut all: Vec<_> = self.0.iter().map(sorted).collect();
        all.sort();
        all
    }

    /// What [`Reached::declarations`] gave.
    pub fn from_declarations(all: Vec<(PathBuf, Vec<Span>)>) -> Self {
        Reached(all.into_iter().map(|(path, spans)| (path, spans.into_iter().collect())).collect())
    }

    /// Adds what another deployment reached.
    pub fn join(&mut self, other: Reached) {
        for (path, declarations) in other.0 {
            self.0.entry(path).or_default().extend(declarations);
        }
    }

    /// How many resources that a file declares were judged.
    pub fn resources(&self, path: &Path) -> usize {
        self.0.get(path).map_or(0, FxHashSet::len)
    }

    /// Whether a deployment was made of the file.
    pub fn holds(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }
}

/// The modules to judge that no deployment reaches: each call is switched off, or lies in a deployment that failed. `entries` are
/// those that were evaluated; a module that others reach, or may reach, is theirs.
pub fn unreached(inputs: &[Input], links: &Links, entries: &[&Entry], reached: &Reached) -> BTreeSet<PathBuf> {
    let evaluated: FxHashSet<&Path> = entries.iter().map(|e| e.path()).collect();
    let others = links.entries.iter().filter(|e| !evaluated.contains(e.path())).filter_map(Entry::template);
    let elsewhere = links.used_by(others);
    let started: FxHashSet<&Path> = entries.iter().filter_map(|e| e.template()).collect();
    let lost = |i: &&Input| {
        i.judged
            && i.kind.is_template()
            && links.used.contains(&i.path)
            && !links.is_generated(i)
            && !reached.holds(&i.path)
            && !started.contains(i.path.as_path())
            && !elsewhere.contains(&i.path)
    };
    inputs.iter().filter(lost).map(|i| i.path.clone()).collect()
}

/// Those of the unreached modules that no other of them uses: the ones to begin with. In a ring that is the first.
pub fn first(unreached: &BTreeSet<PathBuf>, links: &Links) -> Vec<Entry> {
    let used: FxHashSet<&PathBuf> =
        unreached.iter().flat_map(|by| links.uses.get(by).into_iter().flatten().filter(move |of| *of != by)).collect();
    let mut starts: Vec<&PathBuf> = unreached.iter().filter(|p| !used.contains(p)).collect();
    if starts.is_empty() {
        starts.extend(unreached.first());
    }
    starts.into_iter().map(|p| Entry::Deployment { template: p.clone(), parameters: None }).collect()
}
