//! DOT: <https://graphviz.org/doc/info/lang.html>

use std::io::{self, Write};

use super::{Graph, colors, inside, lines, title};
use crate::graph::End;

pub(super) fn write(graph: &Graph, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "digraph armlint {{")?;
    writeln!(out, "  compound=true; rankdir=LR; fontname=\"Helvetica\";")?;
    writeln!(out, "  node [shape=box, style=\"filled,rounded\", fillcolor=\"#f3f4f6\", fontname=\"Helvetica\"];")?;
    within(graph, None, 1, out)?;
    for e in &graph.edges {
        let (Some((from, tail)), Some((to, head))) = (end(graph, e.from), end(graph, e.to)) else { continue };
        let clusters = [("ltail", tail), ("lhead", head)].into_iter();
        let mut said: Vec<String> = clusters.filter_map(|(key, b)| Some(format!("{key}=cluster_b{}", b?))).collect();
        said.extend(e.waits.then(|| "style=dashed".to_owned()));
        let said = if said.is_empty() { String::new() } else { format!(" [{}]", said.join(", ")) };
        writeln!(out, "  n{from} -> n{to}{said};")?;
    }
    writeln!(out, "}}")
}

fn within(graph: &Graph, outer: Option<usize>, depth: usize, out: &mut dyn Write) -> io::Result<()> {
    let (boxes, nodes) = inside(graph, outer);
    let pad = "  ".repeat(depth);
    for i in nodes {
        let Some(node) = graph.nodes.get(i) else { continue };
        let label: Vec<String> = lines(node).iter().map(|l| text(l)).collect();
        let style = match (node.existing, node.open) {
            (true, _) => ", style=\"dotted,rounded\"",
            (false, true) => ", style=\"filled,dashed,rounded\"",
            (false, false) => "",
        };
        let color = node.level.map(colors);
        let color = color.map(|(fill, frame)| format!(", fillcolor=\"{fill}\", color=\"{frame}\"")).unwrap_or_default();
        writeln!(out, "{pad}n{i} [label=\"{}\"{style}{color}];", label.join("\\n"))?;
    }
    for i in boxes {
        writeln!(out, "{pad}subgraph cluster_b{i} {{")?;
        writeln!(out, "{pad}  label=\"{}\";", text(&title(graph, i)))?;
        within(graph, Some(i), depth + 1, out)?;
        writeln!(out, "{pad}}}")?;
    }
    Ok(())
}

/// A node for an end, and the box that is meant: edges go between nodes, and are cut where a box begins.
fn end(graph: &Graph, end: End) -> Option<(usize, Option<usize>)> {
    match end {
        End::Node(i) => Some((i, None)),
        End::Box(b) => {
            let node = (0..graph.nodes.len()).find(|i| graph.is_within(End::Node(*i), End::Box(b)))?;
            Some((node, Some(b)))
        }
    }
}

/// A text within quotes. Graphviz reads backslashes and HTML's entities in labels.
pub(super) fn text(text: &str) -> String {
    text.replace('&', "&amp;").replace('\\', "\\\\").replace('"', "\\\"").replace('<', "&lt;").replace('>', "&gt;")
}
