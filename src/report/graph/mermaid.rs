//! Mermaid: <https://mermaid.js.org/syntax/flowchart.html>

use std::io::{self, Write};

use super::{Graph, colors, inside, lines, title};
use crate::diagnostic::Level;
use crate::graph::{End, Node};

pub(super) fn write(graph: &Graph, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "flowchart LR")?;
    within(graph, None, 1, out)?;
    for e in &graph.edges {
        let arrow = if e.waits { "-.->" } else { "-->" };
        writeln!(out, "  {} {arrow} {}", end(e.from), end(e.to))?;
    }
    for level in [Level::Error, Level::Warning, Level::Note] {
        let (fill, stroke) = colors(level);
        let name = level.as_str();
        let style = format!("fill:{fill},stroke:{stroke},color:#000000");
        class(graph, name, &style, |n| n.level == Some(level), out)?;
    }
    class(graph, "open", "stroke-dasharray:4 3", |n| n.open, out)?;
    class(graph, "existing", "fill:none,stroke-dasharray:1 3", |n| n.existing, out)
}

fn within(graph: &Graph, outer: Option<usize>, depth: usize, out: &mut dyn Write) -> io::Result<()> {
    let (boxes, nodes) = inside(graph, outer);
    let pad = "  ".repeat(depth);
    for i in nodes {
        let Some(node) = graph.nodes.get(i) else { continue };
        let label: Vec<String> = lines(node).iter().map(|l| text(l)).collect();
        writeln!(out, "{pad}n{i}[\"{}\"]", label.join("<br/>"))?;
    }
    for i in boxes {
        writeln!(out, "{pad}subgraph b{i}[\"{}\"]", text(&title(graph, i)))?;
        // Else a box goes the other way than what is around it, and a large picture becomes too wide.
        writeln!(out, "{pad}  direction LR")?;
        within(graph, Some(i), depth + 1, out)?;
        writeln!(out, "{pad}end")?;
    }
    Ok(())
}

fn class(graph: &Graph, name: &str, style: &str, of: impl Fn(&Node) -> bool, out: &mut dyn Write) -> io::Result<()> {
    let nodes = graph.nodes.iter().enumerate().filter(|(_, n)| of(n));
    let nodes: Vec<String> = nodes.map(|(i, _)| format!("n{i}")).collect();
    if nodes.is_empty() {
        return Ok(());
    }
    writeln!(out, "  classDef {name} {style}")?;
    writeln!(out, "  class {} {name}", nodes.join(","))
}

fn end(end: End) -> String {
    match end {
        End::Box(i) => format!("b{i}"),
        End::Node(i) => format!("n{i}"),
    }
}

/// A text within quotes. All that Mermaid, its Markdown or HTML could obey is an entity code of Mermaid's.
pub(super) fn text(text: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    for c in text.chars() {
        // A dot or hyphen behind the start or a space can be a list of Markdown; an underscore there, emphasis.
        let inside = before.is_alphanumeric();
        let plain =
            c.is_alphanumeric() || c == ' ' || matches!(c, '…' | '×' | '/') || inside && matches!(c, '-' | '_' | '.');
        match c {
            '"' => out.push_str("#quot;"),
            c if plain => out.push(c),
            c => out.push_str(&format!("#{};", u32::from(c))),
        }
        before = c;
    }
    out
}
