//! What is deployed, with the findings on it: entry points, the modules within them, and resources.
//!
//! Boxes are entry points and deployments, each behind the one that holds it: `within` (a box, or -1), `label`, `count` and
//! `findings` that are about nothing smaller. Nodes are resources: `within` (a box), `label`, `type`, `count` and `findings`.
//! What is alike in one box, down to its findings, is one row that says how many there are.

use std::io::{self, Write};

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use super::store::Table;
use super::{FINDINGS, Found};
use crate::check::{CheckResult, Outcome};
use crate::graph::outline::{EntryPoint, Key};
use crate::read::{FileId, Span};
use crate::report::place::shown;
use crate::report::{Report, cut};

/// Characters of a name.
const NAME: usize = 120;
/// How many rows are shown; who deploys more does not look for it in a tree.
const ROWS: usize = 50_000;

#[derive(Serialize, Default)]
pub(super) struct Tree {
    boxes: Boxes,
    nodes: Nodes,
    /// How many resources are left out.
    omitted: usize,
}

#[derive(Serialize, Default)]
struct Boxes {
    within: Vec<i64>,
    label: Vec<usize>,
    count: Vec<usize>,
    findings: Vec<Vec<usize>>,
}

#[derive(Serialize, Default)]
struct Nodes {
    within: Vec<usize>,
    label: Vec<usize>,
    #[serde(rename = "type")]
    type_: Vec<usize>,
    count: Vec<usize>,
    findings: Vec<Vec<usize>>,
}

/// Whether there is a tree to show.
pub(super) fn is_shown(report: &Report) -> bool {
    report.deployed.is_some_and(|outline| !outline.entries.is_empty())
}

/// Where the script shows it.
pub(super) fn section(report: &Report, out: &mut impl Write) -> io::Result<()> {
    if !is_shown(report) {
        return Ok(());
    }
    writeln!(
        out,
        "<section id=\"deployed\" aria-labelledby=\"deployed-title\">\n<h2 id=\"deployed-title\">What is deployed</h2>\n\
         <div id=\"tree\"></div>\n</section>"
    )
}

/// The tree, with numbers of findings.
pub(super) fn tree(report: &Report, found: &Found, strings: &mut Table<String>) -> Tree {
    let mut tree = Tree::default();
    let Some(outline) = report.deployed else { return tree };
    let on = On::new(found);
    for entry in &outline.entries {
        add(entry, &on, report, strings, &mut tree);
    }
    tree
}

fn add(entry: &EntryPoint, on: &On, report: &Report, strings: &mut Table<String>, tree: &mut Tree) {
    let first = tree.boxes.within.len();
    let file = report.sources.load(&entry.path).map(|source| source.id).ok();
    let mut told: FxHashSet<usize> = FxHashSet::default();
    let mut alike: FxHashMap<(usize, usize, usize, Vec<usize>), usize> = FxHashMap::default();
    for (node, key) in entry.graph.nodes.iter().zip(&entry.keys) {
        let findings = file.map(|file| on.node(file, key)).unwrap_or_default();
        told.extend(&findings);
        let label = strings.text(&cut::visible(&node.label, NAME));
        let type_ = strings.text(&cut::visible(&node.type_, NAME));
        let within = first + node.within;
        let all = &mut tree.nodes;
        let row = (within, label, type_, findings);
        if let Some(same) = alike.get(&row).and_then(|at| all.count.get_mut(*at)) {
            *same += node.count;
            continue;
        }
        if all.within.len() >= ROWS {
            tree.omitted += node.count;
            continue;
        }
        alike.insert(row.clone(), all.within.len());
        all.within.push(within);
        all.label.push(label);
        all.type_.push(type_);
        all.count.push(node.count);
        all.findings.push(row.3);
    }
    for b in &entry.graph.boxes {
        let (label, within, findings) = match b.within {
            Some(within) => (b.label.to_string(), i64::try_from(first + within).unwrap_or(-1), Vec::new()),
            None => {
                let rest = file.map(|file| on.entry(file)).unwrap_or_default();
                let rest = rest.iter().copied().filter(|f| !told.contains(f)).collect();
                (shown(&entry.path, report.root), -1, rest)
            }
        };
        tree.boxes.within.push(within);
        tree.boxes.label.push(strings.text(&cut::visible(&label, NAME)));
        tree.boxes.count.push(b.count);
        tree.boxes.findings.push(findings);
    }
}

/// Which findings are on which resources. Each belongs to the entry point whose file declares it at last: the template, or the
/// parameter file that it is deployed with.
#[derive(Default)]
struct On {
    by_id: FxHashMap<(FileId, EcoString, EcoString), Vec<usize>>,
    /// By the declaration, where the id is not known.
    by_place: FxHashMap<(FileId, EcoString, Span), Vec<usize>>,
    by_entry: FxHashMap<FileId, Vec<usize>>,
}

impl On {
    fn new(found: &Found) -> Self {
        let mut out = On::default();
        let counts = |r: &CheckResult, at: usize| r.outcome != Outcome::Suppressed && at < FINDINGS;
        for (r, at) in found.results.iter().filter(|(r, at)| counts(r, *at)) {
            let type_ = r.target.type_.to_lowercase();
            for stand in &r.stands {
                let Some(last) = stand.declared.last() else { continue };
                out.by_entry.entry(last.file).or_default().push(*at);
                out.by_id.entry((last.file, type_.clone(), r.target.id.to_lowercase())).or_default().push(*at);
                for place in &stand.declared {
                    out.by_place.entry((last.file, type_.clone(), *place)).or_default().push(*at);
                }
            }
        }
        out.by_id.values_mut().chain(out.by_place.values_mut()).chain(out.by_entry.values_mut()).for_each(|list| {
            list.sort_unstable();
            list.dedup();
        });
        out
    }

    fn node(&self, file: FileId, key: &Key) -> Vec<usize> {
        let type_ = key.type_.clone();
        let found = match &key.id {
            Some(id) => self.by_id.get(&(file, type_, id.clone())),
            None => self.by_place.get(&(file, type_, key.span)),
        };
        found.cloned().unwrap_or_default()
    }

    fn entry(&self, file: FileId) -> &[usize] {
        self.by_entry.get(&file).map_or(&[], Vec::as_slice)
    }
}
