//! Workflow commands, which GitHub's runner turns into annotations on the lines of a pull request.
//!
//! The runner shows at most ten of each level per step and drops the rest without a word (GitHub's documentation of
//! workflow commands), so the worst come first and a plain line says what is missing.

use std::io::{self, Write};

use super::finding::{self, Finding};
use super::place::{Place, Places};
use super::{Report, cut, escape, words};
use crate::check::Outcome;
use crate::diagnostic::Level;

/// Annotations of a level that one step can show.
const PER_LEVEL: usize = 10;
/// Places kept for diagnostics where findings would take them all: a file that was not read hides more findings.
const FOR_DIAGNOSTICS: usize = 2;
/// The longest message, in characters; the annotation shows a few lines.
const MESSAGE: usize = 2_000;

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let places = Places::new(report);
    let mut findings = finding::findings(report, &places, &[Outcome::Fail, Outcome::Error]);
    finding::worst_first(&mut findings);
    let diagnostics = finding::diagnostics(report, &places);

    let mut left = Vec::new();
    for level in [Level::Error, Level::Warning, Level::Note] {
        let of_level: Vec<_> = findings.iter().filter(|f| f.level == level).collect();
        let said: Vec<_> = diagnostics.iter().filter(|(d, ..)| d.level == level).collect();
        let shown = of_level.len().min(PER_LEVEL - said.len().min(FOR_DIAGNOSTICS));
        let said_shown = said.len().min(PER_LEVEL - shown);
        for finding in &of_level[..shown] {
            annotate(finding, &mut out)?;
        }
        for (d, place, path) in &said[..said_shown] {
            let uri = match (&d.place, place) {
                (_, Some(place)) => Some(place.file.path()),
                (crate::diagnostic::Place::Path(_), None) => Some(path.clone()),
                _ => None,
            };
            command(level, uri.as_deref(), place.as_ref(), &format!("armlint: {}", d.code), &d.message, &mut out)?;
        }
        if of_level.len() > shown {
            left.push(words::count(of_level.len() - shown, &format!("more {}", level.as_str())));
        }
        if said.len() > said_shown {
            let more = words::count(said.len() - said_shown, &format!("more {}", level.as_str()));
            left.push(format!("{more} about the input"));
        }
    }
    if !left.is_empty() {
        writeln!(
            out,
            "armlint: not shown as annotations: {}. The SARIF and the job summary hold more.",
            left.join(", ")
        )?;
    }
    out.flush()
}

fn annotate(finding: &Finding, out: &mut impl Write) -> io::Result<()> {
    let title = format!("{} ({}): {}", finding.rule.id, finding.rule.severity.as_str(), finding.rule.title);
    let mut message = words::message(finding);
    let targets = words::targets(finding, 10);
    if !targets.is_empty() {
        message.push_str(&format!(" Affects {targets}."));
    }
    let path = finding.place.as_ref().map(|p| p.file.path()).or(finding.file().map(str::to_owned));
    command(finding.level, path.as_deref(), finding.place.as_ref(), &title, &message, out)
}

fn command(
    level: Level,
    path: Option<&str>,
    place: Option<&Place>,
    title: &str,
    message: &str,
    out: &mut impl Write,
) -> io::Result<()> {
    let word = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let mut properties = Vec::new();
    if let Some(path) = path {
        properties.push(format!("file={}", escape::command_path(path)));
    }
    if let Some(place) = place {
        let (start, end) = place.tight();
        properties.push(format!("line={},endLine={}", start.line, end.line));
        properties.push(format!("col={},endColumn={}", start.column, end.column));
    }
    properties.push(format!("title={}", escape::command_property(&cut::visible(title, 255))));
    let message = escape::command_data(&cut::visible(message, MESSAGE));
    writeln!(out, "::{word} {}::{message}", properties.join(","))
}
