//! What is deployed, as a picture: the plain data that its formats are made of.
//!
//! [`of`] expands and judges in one scan. [`build`] makes nodes, boxes and edges of each entry point's resources, deployments and
//! references, and [`fold`] joins what is alike where there is too much to be read. The formats are in
//! [`report::graph`](crate::report::graph). [`outline`] is the same for reports of findings: nodes and boxes, as they are.

mod build;
mod fold;
mod levels;
mod links;
pub mod outline;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use ecow::EcoString;

use crate::check::secrets::Finder;
use crate::diagnostic::Level;
use crate::read::Span;
use crate::session::{Session, SessionError, Verdicts};
use crate::walk::root::relative;

/// All that is drawn. Ids are indices; what holds something else comes before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    /// Entry points, and the deployments within them.
    pub boxes: Vec<Box>,
    /// Resources.
    pub nodes: Vec<Node>,
    /// What needs what, each pair once, in order.
    pub edges: Vec<Edge>,
}

/// A deployment with its resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Box {
    /// The box around it; `None` for an entry point.
    pub within: Option<usize>,
    /// The file of an entry point, the symbolic name of a module, or what is known of a deployment's name.
    pub label: EcoString,
    /// How many deployments of one declaration it stands for.
    pub count: usize,
    /// The declaration.
    place: Span,
}

/// A resource, or some that are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The box that holds it.
    pub within: usize,
    /// The symbolic name, or what is known of its name.
    pub label: EcoString,
    /// The type without its namespace: `storageAccounts/blobServices`; empty where resources of several types are one node.
    pub type_: EcoString,
    /// How many resources it stands for.
    pub count: usize,
    /// The worst of what its resources break.
    pub level: Option<Level>,
    /// It is not deployed here, only referred to.
    pub existing: bool,
    /// Nobody knows before deployment whether, or how often, it is deployed.
    pub open: bool,
    /// What it is called where it is one of many of its symbolic name.
    name: EcoString,
    /// The declaration.
    span: Span,
}

/// One end of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// A box.
    Box(usize),
    /// A node.
    Node(usize),
}

/// That something needs something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// What needs the other.
    pub from: End,
    /// What is needed.
    pub to: End,
    /// It only waits for it (`dependsOn`), and refers to nothing of it.
    pub waits: bool,
}

/// A picture and the scan that it comes from.
pub struct Drawn {
    /// The picture.
    pub graph: Graph,
    /// What else the scan came to.
    pub verdicts: Verdicts,
}

/// Draws what the files of a session deploy. The session must not have been asked before: what it remembers is not drawn again.
///
/// # Errors
/// [`SessionError`] for paths and configurations that make no sense.
pub fn of(session: &mut Session) -> Result<Drawn, SessionError> {
    let root = session.root()?;
    let taken: Mutex<BTreeMap<PathBuf, build::Entry>> = Mutex::default();
    let verdicts = session.check_and_see(&|deployed, path| {
        let entry = build::entry(deployed, relative(path, &root).into());
        taken.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_path_buf(), entry);
    })?;
    let scanned = verdicts.scanned();
    let levels = levels::Levels::of(&scanned.results, verdicts.sources());
    let mut graph = Graph::default();
    for (path, mut entry) in taken.into_inner().unwrap_or_else(PoisonError::into_inner) {
        levels.color(&path, &mut entry);
        graph.add(entry.graph);
    }
    let mut graph = fold::fold(graph);
    redact(&mut graph, scanned.secrets.finder().as_ref());
    Ok(Drawn { graph, verdicts })
}

impl Graph {
    /// Adds another one behind what is there.
    fn add(&mut self, other: Graph) {
        let (boxes, nodes) = (self.boxes.len(), self.nodes.len());
        let end = |end: End| match end {
            End::Box(i) => End::Box(i + boxes),
            End::Node(i) => End::Node(i + nodes),
        };
        self.boxes.extend(other.boxes.into_iter().map(|b| Box { within: b.within.map(|i| i + boxes), ..b }));
        self.nodes.extend(other.nodes.into_iter().map(|n| Node { within: n.within + boxes, ..n }));
        self.edges.extend(other.edges.into_iter().map(|e| Edge { from: end(e.from), to: end(e.to), ..e }));
    }

    /// Whether one end is, or lies within, another, which is a box: nothing needs what it is a part of.
    pub(crate) fn is_within(&self, end: End, other: End) -> bool {
        let first = match end {
            End::Box(i) => Some(i),
            End::Node(i) => self.nodes.get(i).map(|n| n.within),
        };
        // What holds something comes before it, so that this ends.
        let outwards = std::iter::successors(first, |i| self.boxes.get(*i)?.within.filter(|outer| outer < i));
        end == other || outwards.map(End::Box).any(|b| b == other)
    }
}

/// Takes secrets out of what is shown: a name that is one knows that itself, but others may hold its text.
fn redact(graph: &mut Graph, secrets: Option<&Finder>) {
    let Some(finder) = secrets else { return };
    let boxes = graph.boxes.iter_mut().map(|b| &mut b.label);
    for label in boxes.chain(graph.nodes.iter_mut().map(|n| &mut n.label)) {
        let new = finder.redacted(label).into_owned();
        *label = new.into();
    }
}
