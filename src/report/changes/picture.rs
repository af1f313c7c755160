//! Changes as a picture: Mermaid, which GitHub draws in comments and summaries. Boxes are entry points and the modules within
//! them, nodes are resources, and colours say what becomes of them.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::{Report, Same, blocks, heading, names};
use crate::diff::{Change, Effect, Kind};
use crate::report::graph;

/// More nodes nobody can read.
const NODES: usize = 300;

/// Characters of the name of an entry point.
const TITLE: usize = 50;

/// What becomes of a resource: the name of a class, and how it is drawn.
const CLASSES: [(&str, &str); 5] = [
    ("created", "fill:#bbf7d0,stroke:#15803d,color:#000000"),
    ("changed", "fill:#fde68a,stroke:#b45309,color:#000000"),
    ("removed", "fill:#e5e7eb,stroke:#6b7280,color:#000000,stroke-dasharray:4 3"),
    ("replaced", "fill:#fbcfe8,stroke:#be185d,color:#000000"),
    ("refused", "fill:#f8b4b4,stroke:#c81e1e,color:#000000,stroke-width:3px"),
];

/// A box, with the numbers of the nodes right in it and the boxes in it by what they are called.
#[derive(Default)]
struct Box {
    nodes: Vec<usize>,
    boxes: BTreeMap<String, Box>,
}

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let blocks = blocks(report.changes);
    let mut root = Box::default();
    let mut shown: Vec<&Same<'_>> = Vec::new();
    let mut hidden = 0;
    for block in &blocks {
        for same in block.changes.iter().filter(|s| !s.change.is_api_only()) {
            if shown.len() >= NODES {
                hidden += 1;
                continue;
            }
            let entry = root.boxes.entry(end_of(&heading(block))).or_default();
            let at = same.change.through.iter().fold(entry, |at, call| at.boxes.entry(call.to_string()).or_default());
            at.nodes.push(shown.len());
            shown.push(same);
        }
    }
    writeln!(out, "flowchart LR")?;
    within(&root, &shown, &mut 0, 1, out)?;
    if hidden > 0 {
        writeln!(out, "  more[\"…and {hidden} more\"]")?;
    }
    for (class, style) in CLASSES {
        let nodes = shown.iter().enumerate().filter(|(_, s)| self::class(s.change) == class);
        let nodes: Vec<String> = nodes.map(|(i, _)| format!("n{i}")).collect();
        if !nodes.is_empty() {
            writeln!(out, "  classDef {class} {style}")?;
            writeln!(out, "  class {} {class}", nodes.join(","))?;
        }
    }
    Ok(())
}

fn within(inside: &Box, shown: &[&Same<'_>], boxes: &mut usize, depth: usize, out: &mut dyn Write) -> io::Result<()> {
    let pad = "  ".repeat(depth);
    for i in &inside.nodes {
        let Some(same) = shown.get(*i) else { continue };
        let c = same.change;
        let type_ = c.type_.split_once('/').map_or(&*c.type_, |(_, rest)| rest);
        let lines = [names(same), format!("{}: {type_}", class(c))].map(|l| graph::mermaid_text(&l));
        writeln!(out, "{pad}n{i}[\"{}\"]", lines.join("<br/>"))?;
    }
    for (title, inner) in &inside.boxes {
        writeln!(out, "{pad}subgraph b{boxes}[\"{}\"]", graph::mermaid_text(title))?;
        *boxes += 1;
        writeln!(out, "{pad}  direction LR")?;
        within(inner, shown, boxes, depth + 1, out)?;
        writeln!(out, "{pad}end")?;
    }
    Ok(())
}

/// Of a long path its end, which tells more than its beginning.
fn end_of(title: &str) -> String {
    match title.char_indices().rev().nth(TITLE) {
        Some((at, _)) => format!("…{}", title.get(at..).unwrap_or_default()),
        None => title.to_owned(),
    }
}

/// What becomes of a resource, in a word.
fn class(c: &Change) -> &'static str {
    match (c.kind, c.effect()) {
        (_, Some(effect @ (Effect::Refused | Effect::Replaced))) => effect.as_str(),
        (kind @ (Kind::Created | Kind::Changed | Kind::Removed), None) => kind.as_str(),
    }
}
