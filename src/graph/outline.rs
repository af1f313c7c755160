//! What a scan deploys, for reports that show it: resources in their deployments, nothing folded, without edges.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ecow::EcoString;
use rustc_hash::FxHashSet;

use super::{Graph, build, redact};
use crate::check::secrets::Secrets;
use crate::expand::Deployed;
use crate::read::Span;

/// The entry points of a scan, each with what it deploys, by the path of the file it is named after.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// In the order of their paths.
    pub entries: Vec<EntryPoint>,
}

/// An entry point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryPoint {
    /// The file it is named after, absolute.
    pub path: PathBuf,
    /// Its deployments as boxes, and its resources as nodes.
    pub graph: Graph,
    /// What findings know each node by.
    pub keys: Vec<Key>,
}

/// What findings know a resource by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The whole type, in lower case.
    pub type_: EcoString,
    /// The id in lower case; none where that is not known as a whole.
    pub id: Option<EcoString>,
    /// The declaration.
    pub span: Span,
}

/// Takes down what is deployed while a scan goes on.
#[derive(Debug, Default)]
pub struct Watch(Mutex<BTreeMap<PathBuf, build::Entry>>);

impl Watch {
    /// Takes down one expansion; `path` is the file it is named after.
    pub fn see(&self, deployed: &Deployed, path: &Path) {
        let entry = build::outline(deployed, EcoString::new());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_path_buf(), entry);
    }

    /// All that was seen, without the secrets in it.
    pub fn finish(self, secrets: &Secrets) -> Outline {
        outline(self.0.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter(), secrets)
    }

    /// All that was seen so far of the entry points that are `there`, as [`Watch::finish`] has it. The others are forgotten.
    pub fn so_far(&self, there: &FxHashSet<PathBuf>, secrets: &Secrets) -> Outline {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|path, _| there.contains(path));
        outline(seen.clone().into_iter(), secrets)
    }
}

fn outline(entries: impl Iterator<Item = (PathBuf, build::Entry)>, secrets: &Secrets) -> Outline {
    let finder = secrets.finder();
    let entries = entries.map(|(path, build::Entry { mut graph, ids })| {
        redact(&mut graph, finder.as_ref());
        let keys = ids.into_iter().zip(&graph.nodes);
        let keys = keys.map(|((type_, id), node)| Key { type_, id, span: node.span }).collect();
        EntryPoint { path, graph, keys }
    });
    Outline { entries: entries.collect() }
}
