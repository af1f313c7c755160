//! What is deployed, as a picture, in each format. Ids are our own; what strangers call things stands in labels only.

mod dot;
mod mermaid;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use super::{escape, words};
use crate::diagnostic::Level;
use crate::graph::{Graph, Node};

/// How pictures are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For Markdown on GitHub and elsewhere
    Mermaid,
    /// For Graphviz
    Dot,
}

/// Characters of a line of a label.
const LABEL: usize = 60;

/// Writes a picture. The same picture gives the same bytes.
///
/// # Errors
/// The writer's.
pub(crate) fn write(format: Format, graph: &Graph, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Mermaid => mermaid::write(graph, out),
        Format::Dot => dot::write(graph, out),
    }
}

/// A text of strangers within the quotes of a label of Mermaid's, on one line and not too long.
pub(super) fn mermaid_text(text: &str) -> String {
    mermaid::text(&line(text))
}

/// The lines of a node's label.
fn lines(node: &Node) -> Vec<String> {
    let what = match (node.count, node.type_.as_str()) {
        (1, type_) => type_.to_owned(),
        (count, "") => words::count(count, "resource"),
        (count, type_) => format!("{count} × {type_}"),
    };
    [node.label.as_str(), &what].into_iter().filter(|l| !l.is_empty()).map(line).collect()
}

/// The label of a box.
fn title(graph: &Graph, index: usize) -> String {
    let Some(b) = graph.boxes.get(index) else { return String::new() };
    if b.count > 1 { line(&format!("{} × {}", b.count, b.label)) } else { line(&b.label) }
}

/// One line that can be seen, and is not too long.
fn line(text: &str) -> String {
    let seen = escape::visible(text);
    match seen.char_indices().nth(LABEL) {
        Some((end, _)) => format!("{}…", seen.get(..end).unwrap_or_default()),
        None => seen.into_owned(),
    }
}

/// A colour that black text can be read on, and the one of its frame.
fn colors(level: Level) -> (&'static str, &'static str) {
    match level {
        Level::Error => ("#f8b4b4", "#c81e1e"),
        Level::Warning => ("#fde68a", "#b45309"),
        Level::Note => ("#bfdbfe", "#1d4ed8"),
    }
}

/// The boxes that lie in one, and the nodes.
fn inside(graph: &Graph, within: Option<usize>) -> (Vec<usize>, Vec<usize>) {
    let boxes = graph.boxes.iter().enumerate().filter(|(_, b)| b.within == within).map(|(i, _)| i);
    let nodes = graph.nodes.iter().enumerate().filter(|(_, n)| Some(n.within) == within).map(|(i, _)| i);
    (boxes.collect(), nodes.collect())
}
