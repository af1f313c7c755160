//! One entry point: its resources as nodes, its deployments as boxes.

use ecow::EcoString;
use rustc_hash::FxHashSet;

use super::links::Links;
use super::{Box, Edge, End, Graph, Node};
use crate::expand::known::label;
use crate::expand::{Deployed, Resource};

/// An entry point as a picture of its own.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The picture, in which nothing is folded yet.
    pub graph: Graph,
    /// For each node its whole type and its id; none where that is not known as a whole.
    pub ids: Vec<(EcoString, Option<EcoString>)>,
}

/// Draws what was expanded of a file, without edges, and without what is only referred to.
pub(super) fn outline(deployed: &Deployed, file: EcoString) -> Entry {
    let mut out = Entry::boxes(deployed, file);
    for r in deployed.resources.iter().filter(|r| !r.existing && r.deploys.is_none()) {
        out.node(r);
    }
    out
}

/// Draws what was expanded of a file.
pub(super) fn entry(deployed: &Deployed, file: EcoString) -> Entry {
    let mut out = Entry::boxes(deployed, file);
    let links = Links::of(deployed);
    let found: Vec<(usize, Vec<(usize, bool)>)> = deployed
        .resources
        .iter()
        .enumerate()
        .filter(|(_, r)| !r.existing)
        .map(|(i, r)| (i, links.from(deployed, i, r)))
        .collect();
    // What is only referred to is there if something that is deployed does so.
    let needed: FxHashSet<usize> = found.iter().flat_map(|(_, to)| to).map(|(to, _)| *to).collect();
    let mut ends: Vec<Option<End>> = Vec::new();
    for (i, r) in deployed.resources.iter().enumerate() {
        ends.push(match r.deploys {
            Some(deployment) => Some(End::Box(deployment)),
            None if r.existing && !needed.contains(&i) => None,
            None => Some(End::Node(out.node(r))),
        });
    }
    let end = |i: usize| ends.get(i).copied().flatten();
    let mut edges = Vec::new();
    for (from, to) in found {
        for (to, waits) in to {
            if let (Some(from), Some(to)) = (end(from), end(to)) {
                edges.push(Edge { from, to, waits });
            }
        }
    }
    out.graph.edges = edges;
    out
}

impl Entry {
    /// The deployments, with nothing in them.
    fn boxes(deployed: &Deployed, file: EcoString) -> Self {
        let mut out = Entry { graph: Graph::default(), ids: Vec::new() };
        for d in &deployed.deployments {
            let call = d.resource.and_then(|i| deployed.resources.get(i));
            let label = match call {
                Some(call) => call.symbol.clone().unwrap_or_else(|| label(&call.name)),
                None => file.clone(),
            };
            out.graph.boxes.push(Box { within: d.parent, label, count: 1, place: d.place });
        }
        out
    }

    fn node(&mut self, r: &Resource) -> usize {
        let name = label(&r.name);
        let node = Node {
            within: r.deployment,
            label: r.symbol.clone().unwrap_or_else(|| name.clone()),
            type_: short(&r.type_),
            count: 1,
            level: None,
            existing: r.existing,
            open: r.repeated.is_some() || r.condition.is_some(),
            name,
            span: r.span,
        };
        self.ids.push((r.type_.to_lowercase(), r.id.as_str().map(|id| id.to_lowercase())));
        self.graph.nodes.push(node);
        self.graph.nodes.len() - 1
    }
}

/// A type without its namespace.
fn short(type_: &str) -> EcoString {
    type_.split_once('/').map_or(type_, |(_, rest)| rest).into()
}
