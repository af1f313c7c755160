//! Joins what is alike, until what is left can be read.

use std::collections::BTreeMap;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::{Box, Edge, End, Graph, Node};

/// More items of one loop are one node.
const ITEMS: usize = 3;
/// In a picture with more nodes than this, resources of one type in one box are one node, and the calls of a module's loop one box.
const NODES: usize = 40;
/// With more nodes or edges than this, the innermost boxes are nodes. (Mermaid draws 500 edges, unless a page allows more.)
const MOST: usize = 120;
const MOST_EDGES: usize = 400;

/// Folds a picture as far as its size asks for. Boxes with nothing in them go.
pub(super) fn fold(graph: Graph) -> Graph {
    let many = graph.nodes.len() > NODES;
    let graph = if many { boxes(graph) } else { graph };
    let mut graph = nodes(graph, ITEMS, |n| (n.span.file.number(), n.span.start, EcoString::new()));
    if graph.nodes.len() > NODES {
        graph = nodes(graph, 1, |_| (0, 0, EcoString::new()));
    }
    graph = tidy(graph);
    while graph.nodes.len() > MOST || graph.edges.len() > MOST_EDGES {
        match innermost(&graph) {
            Some(depth) => graph = tidy(collapse(graph, depth)),
            None => break,
        }
    }
    name_apart(&mut graph);
    graph
}

/// The calls of one module at one place become one box.
fn boxes(mut graph: Graph) -> Graph {
    let mut first: FxHashMap<(Option<usize>, u32, usize), usize> = FxHashMap::default();
    let mut now: Vec<usize> = Vec::new();
    let mut out: Vec<Box> = Vec::new();
    for b in std::mem::take(&mut graph.boxes) {
        let within = b.within.and_then(|i| now.get(i).copied());
        let fresh = out.len();
        // Entry points stay apart.
        let at = match within {
            Some(_) => *first.entry((within, b.place.file.number(), b.place.start as usize)).or_insert(fresh),
            None => fresh,
        };
        match out.get_mut(at) {
            Some(same) => same.count += b.count,
            None => out.push(Box { within, ..b }),
        }
        now.push(at);
    }
    let to = |i: usize| now.get(i).copied().unwrap_or(i);
    graph.boxes = out;
    graph.nodes.iter_mut().for_each(|n| n.within = to(n.within));
    redirect(&mut graph, |end| match end {
        End::Box(i) => End::Box(to(i)),
        End::Node(_) => end,
    });
    graph
}

/// More than `most` nodes of one box, one type and one key become one node, where the first of them stands.
fn nodes<K: Ord>(mut graph: Graph, most: usize, key: impl Fn(&Node) -> K) -> Graph {
    let mut groups: BTreeMap<(usize, EcoString, bool, K), Vec<usize>> = BTreeMap::new();
    for (i, n) in graph.nodes.iter().enumerate() {
        groups.entry((n.within, n.type_.clone(), n.existing, key(n))).or_default().push(i);
    }
    let mut first: Vec<usize> = (0..graph.nodes.len()).collect();
    for group in groups.into_values() {
        let count: usize = group.iter().filter_map(|i| graph.nodes.get(*i)).map(|n| n.count).sum();
        if let ([one, ..], true) = (group.as_slice(), group.len() > 1 && count > most) {
            group.iter().for_each(|i| {
                if let Some(f) = first.get_mut(*i) {
                    *f = *one;
                }
            });
        }
    }
    let mut now: Vec<usize> = Vec::new();
    let mut out: Vec<Node> = Vec::new();
    for (i, (n, first)) in std::mem::take(&mut graph.nodes).into_iter().zip(first).enumerate() {
        let at = if first == i { out.len() } else { now.get(first).copied().unwrap_or(out.len()) };
        match out.get_mut(at) {
            Some(same) => join(same, &n),
            None => out.push(n),
        }
        now.push(at);
    }
    graph.nodes = out;
    redirect(&mut graph, |end| match end {
        End::Node(i) => End::Node(now.get(i).copied().unwrap_or(i)),
        End::Box(_) => end,
    });
    graph
}

fn join(into: &mut Node, other: &Node) {
    into.count += other.count;
    into.open |= other.open;
    if into.label != other.label {
        into.label = EcoString::new();
    }
    if into.type_ != other.type_ {
        into.type_ = EcoString::new();
    }
    into.level = match (into.level, other.level) {
        // `Error` is the least of all levels.
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
}

fn redirect(graph: &mut Graph, to: impl Fn(End) -> End) {
    for e in &mut graph.edges {
        *e = Edge { from: to(e.from), to: to(e.to), ..*e };
    }
}

/// How many boxes are around a box.
fn depths(graph: &Graph) -> Vec<usize> {
    let mut out: Vec<usize> = Vec::new();
    for b in &graph.boxes {
        out.push(b.within.and_then(|i| out.get(i)).map_or(0, |d| d + 1));
    }
    out
}

/// How deep the innermost boxes are that can become nodes: an entry point stays a box.
fn innermost(graph: &Graph) -> Option<usize> {
    depths(graph).into_iter().max().filter(|depth| *depth > 0)
}

/// Boxes of a depth become nodes.
fn collapse(mut graph: Graph, depth: usize) -> Graph {
    let depths = depths(&graph);
    let mut of_box: Vec<Option<usize>> = vec![None; graph.boxes.len()];
    let mut now: Vec<usize> = Vec::new();
    let mut out: Vec<Node> = Vec::new();
    for n in std::mem::take(&mut graph.nodes) {
        let gone = graph.boxes.get(n.within).filter(|_| depths.get(n.within) == Some(&depth));
        let Some((b, outer)) = gone.and_then(|b| Some((b, b.within?))) else {
            now.push(out.len());
            out.push(n);
            continue;
        };
        let known = of_box.get(n.within).copied().flatten();
        match known.and_then(|at| Some((at, out.get_mut(at)?))) {
            Some((at, same)) => {
                let label = same.label.clone();
                join(same, &n);
                same.label = label;
                now.push(at);
            }
            None => {
                if let Some(place) = of_box.get_mut(n.within) {
                    *place = Some(out.len());
                }
                now.push(out.len());
                let label = b.label.clone();
                out.push(Node { within: outer, name: label.clone(), label, span: b.place, existing: false, ..n });
            }
        }
    }
    graph.nodes = out;
    redirect(&mut graph, |end| match end {
        End::Node(i) => End::Node(now.get(i).copied().unwrap_or(i)),
        End::Box(i) => of_box.get(i).copied().flatten().map_or(end, End::Node),
    });
    graph
}

/// Takes out boxes with nothing in them, and edges that say nothing or say it again.
fn tidy(mut graph: Graph) -> Graph {
    let mut used = vec![false; graph.boxes.len()];
    for n in &graph.nodes {
        let outwards = std::iter::successors(Some(n.within), |i| graph.boxes.get(*i)?.within.filter(|o| o < i));
        outwards.for_each(|i| {
            if let Some(used) = used.get_mut(i) {
                *used = true;
            }
        });
    }
    let mut now: Vec<Option<usize>> = Vec::new();
    let mut left = 0;
    for used in &used {
        now.push(used.then_some(left));
        left += usize::from(*used);
    }
    let to = |i: usize| now.get(i).copied().flatten();
    let all = std::mem::take(&mut graph.boxes).into_iter().zip(used).filter(|(_, used)| *used);
    graph.boxes = all.map(|(b, _)| Box { within: b.within.and_then(to), ..b }).collect();
    graph.nodes.iter_mut().for_each(|n| n.within = to(n.within).unwrap_or_default());
    let end = |end: End| match end {
        End::Box(i) => to(i).map(End::Box),
        End::Node(_) => Some(end),
    };
    let edges = std::mem::take(&mut graph.edges).into_iter();
    let edges = edges.filter_map(|e| Some(Edge { from: end(e.from)?, to: end(e.to)?, ..e }));
    let mut known: BTreeMap<(End, End), bool> = BTreeMap::new();
    for e in edges.filter(|e| !graph.is_within(e.from, e.to) && !graph.is_within(e.to, e.from)) {
        known.entry((e.from, e.to)).and_modify(|w| *w &= e.waits).or_insert(e.waits);
    }
    graph.edges = known.into_iter().map(|((from, to), waits)| Edge { from, to, waits }).collect();
    graph
}

/// Items of a loop that stand for themselves are called by their names: they share the symbolic one.
fn name_apart(graph: &mut Graph) {
    let mut same: FxHashMap<(usize, EcoString, EcoString), usize> = FxHashMap::default();
    let key = |n: &Node| (n.within, n.type_.clone(), n.label.clone());
    graph.nodes.iter().for_each(|n| *same.entry(key(n)).or_default() += 1);
    for n in &mut graph.nodes {
        if n.count == 1 && same.get(&key(n)).is_some_and(|count| *count > 1) {
            n.label = n.name.clone();
        }
    }
}
