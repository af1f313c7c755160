//! For people at a terminal: the worst first, each rule once for each file with the lines to edit, then what there is to say
//! about the input, and the totals.
//!
//! A large repository is as readable as a small one: what is not among the worst is counted, and the way to see it is told.

use std::io::{self, Write};

use super::finding::{self, Finding};
use super::mask::Masks;
use super::place::Places;
use super::{FileStatus, Report, cut, words};
use crate::check::Outcome;

mod block;
mod diagnostics;
mod excerpt;
mod paint;
mod totals;

use block::Block;
use paint::Paint;

/// How many blocks are shown. Who has more starts with the worst.
const BLOCKS: usize = 50;
/// How many files that were not analysed are named; the JSON report has them all.
const FILES: usize = 20;
/// How much is said about each, in UTF-16 code units: a diagnostic says it all.
const REASON: usize = 100;

/// How `text` is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// With colours.
    pub color: bool,
    /// Columns to a line.
    pub width: usize,
    /// All there is, not the worst of it.
    pub all: bool,
}

/// What a file gets: 100 columns and no colours.
impl Default for Screen {
    fn default() -> Self {
        Screen { color: false, width: 100, all: false }
    }
}

impl Screen {
    /// How many of something are shown.
    fn limit(&self, most: usize) -> usize {
        if self.all { usize::MAX } else { most }
    }
}

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let paint = Paint { screen: report.screen };
    let places = Places::new(report);
    let masks = Masks::new(report.secrets);
    let findings = finding::findings(report, &places, &[Outcome::Fail, Outcome::Error]);
    let blocks = block::blocks(&findings);
    let (shown, left) = blocks.split_at(blocks.len().min(report.screen.limit(BLOCKS)));
    let mut helped = std::collections::HashSet::new();
    for block in shown {
        let first_of_rule = helped.insert(&block.first.rule.id);
        block.write(first_of_rule, &places, &masks, &paint, &mut out)?;
    }
    if !left.is_empty() {
        paint.paragraph(&not_shown(left), &mut out)?;
        writeln!(out)?;
    }
    diagnostics::write(report, &places, &masks, &paint, &mut out)?;
    not_analysed(report, &places, &paint, &mut out)?;
    totals::write(report, &findings, &places, &paint, &mut out)?;
    out.flush()
}

/// `And 4310 more findings of 112 rules in 389 files, …`
fn not_shown(left: &[Block]) -> String {
    let findings: usize = left.iter().map(Block::len).sum();
    let number = |of: &dyn Fn(&Finding) -> String| {
        left.iter().map(|b| of(b.first)).collect::<std::collections::HashSet<_>>().len()
    };
    format!(
        "And {} of {} in {}, none of them worse: --show-all shows them here, --format concise one on each line, \
         --report json=FILE writes them all to a file.",
        words::count(findings, "more finding"),
        words::count(number(&|f| f.rule.id.to_string()), "rule"),
        words::count(number(&block::file), "file"),
    )
}

fn not_analysed(report: &Report, places: &Places, paint: &Paint, out: &mut impl Write) -> io::Result<()> {
    let mut left: Vec<_> = report
        .files
        .iter()
        .filter(|f| matches!(f.status, FileStatus::Failed | FileStatus::Partly))
        .map(|f| (places.shown(&f.path), f))
        .collect();
    if left.is_empty() {
        return Ok(());
    }
    left.sort_by(|(a, _), (b, _)| a.cmp(b));
    let shown = left.len().min(report.screen.limit(FILES));
    writeln!(out, "{}", paint.strong("Not analysed, or only in part:"))?;
    for (path, file) in &left[..shown] {
        let part = if file.status == FileStatus::Partly { "in part: " } else { "" };
        let reason = cut::text(&file.reason, report.screen.limit(REASON));
        paint.item(2, &format!("{path}: {part}{}", reason.as_ref().unwrap_or(&file.reason)), out)?;
    }
    if left.len() > shown {
        writeln!(out, "  and {} (--show-all)", words::count(left.len() - shown, "more file"))?;
    }
    writeln!(out)
}
