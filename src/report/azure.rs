//! Logging commands of Azure Pipelines, which show findings as issues of the run.
//!
//! The agent takes `##vso[task.logissue …]` for an error or a warning; there is no third level, so notes are plain lines. The worst
//! come first: the summary of a run shows the first few.

use std::io::{self, Write};

use super::finding::{self, Finding};
use super::place::{Place, Places};
use super::{Report, cut, escape, words};
use crate::check::Outcome;
use crate::diagnostic::Level;

/// The longest message, in characters.
const MESSAGE: usize = 2_000;

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let places = Places::new(report);
    let mut findings = finding::findings(report, &places, &[Outcome::Fail, Outcome::Error]);
    finding::worst_first(&mut findings);
    let diagnostics = finding::diagnostics(report, &places);
    // A file that was not read hides more findings.
    for (d, place, path) in diagnostics.iter().filter(|(d, ..)| d.level == Level::Error) {
        issue(d.level, place.as_ref(), Some(path), d.code, &d.message, &mut out)?;
    }
    for finding in &findings {
        issue(finding.level, finding.place.as_ref(), finding.file(), &finding.rule.id, &message(finding), &mut out)?;
    }
    for (d, place, path) in diagnostics.iter().filter(|(d, ..)| d.level != Level::Error) {
        issue(d.level, place.as_ref(), Some(path), d.code, &d.message, &mut out)?;
    }
    let count = |level| findings.iter().filter(|f| f.level == level).count();
    let [errors, warnings, notes] = [Level::Error, Level::Warning, Level::Note].map(count);
    let counts = [words::count(errors, "error"), words::count(warnings, "warning"), words::count(notes, "note")];
    writeln!(out, "armlint: {}. {}", counts.join(", "), words::looked_at(report))?;
    out.flush()
}

fn message(finding: &Finding) -> String {
    let targets = words::targets(finding, 10);
    match targets.is_empty() {
        true => words::message(finding),
        false => format!("{} Affects {targets}.", words::message(finding)),
    }
}

fn issue(
    level: Level,
    place: Option<&Place>,
    file: Option<&str>,
    code: &str,
    message: &str,
    out: &mut impl Write,
) -> io::Result<()> {
    let message = cut::visible(message, MESSAGE);
    let path = place.map(|p| p.file.path()).or(file.map(str::to_owned)).filter(|p| !p.is_empty());
    let start = place.map(|p| p.tight().0);
    if level == Level::Note {
        let at = path.unwrap_or_else(|| "armlint".to_owned());
        let at = start.map_or(at.clone(), |s| format!("{at}:{}:{}", s.line, s.column));
        let line = format!("{at}: note {code} {message}");
        return writeln!(out, "{}", escape::line_start(&escape::visible(&line)));
    }
    let mut properties = format!("type={};", level.as_str());
    if let Some(path) = path {
        properties.push_str(&format!("sourcepath={};", escape::pipeline_property(&path)));
    }
    if let Some(start) = start {
        properties.push_str(&format!("linenumber={};columnnumber={};", start.line, start.column));
    }
    properties.push_str(&format!("code={};", escape::pipeline_property(code)));
    writeln!(out, "##vso[task.logissue {properties}]{}", escape::pipeline_data(&message))
}
