//! The numbers of a run as `name=value` lines, in the form that `$GITHUB_OUTPUT` takes; the action's outputs are these.
//!
//! Only names of ours and numbers, so there is nothing to escape and a shell needs no JSON parser.

use std::io::{self, Write};

use super::finding::{self, Finding};
use super::place::Places;
use super::{FileStatus, Report, words};
use crate::check::{Outcome, State};
use crate::diagnostic::Level;
use crate::rules::Severity;

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    let states = words::States::new(report, &places);
    let findings = finding::findings(report, &places, &[Outcome::Fail]);
    let count = |keep: &dyn Fn(&Finding) -> bool| findings.iter().filter(|f| keep(f)).count();
    let level = |level: Level| count(&|f: &Finding| f.level == level);
    let severity = |severity: Severity| count(&|f: &Finding| f.rule.severity == severity);
    let files = |status: &[FileStatus]| report.files.iter().filter(|f| status.contains(&f.status)).count();
    for (name, n) in [
        ("findings", findings.len()),
        ("errors", level(Level::Error)),
        ("warnings", level(Level::Warning)),
        ("notes", level(Level::Note)),
        ("critical", severity(Severity::Critical)),
        ("important", severity(Severity::Important)),
        ("awareness", severity(Severity::Awareness)),
        ("suppressed", words::suppressed(report)),
        ("known", words::known_findings(report, &places)),
        ("gone", report.gone.unwrap_or_default()),
        ("new", states.of(State::New)),
        ("changed", states.of(State::Changed)),
        ("unchanged", states.of(State::Unchanged)),
        ("fixed", report.since.map_or(0, |s| s.fixed.len())),
        ("files-scanned", files(&[FileStatus::Analysed, FileStatus::Partly])),
        ("files-partly", files(&[FileStatus::Partly])),
        ("files-failed", files(&[FileStatus::Failed])),
        ("resources", report.stats.resources),
        ("deployments", report.stats.deployments),
    ] {
        writeln!(out, "{name}={n}")?;
    }
    Ok(())
}
