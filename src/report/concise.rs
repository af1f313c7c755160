//! One line for each finding and each diagnostic, `file:line:column: level rule message`, for `grep`, editors and `wc -l`.
//!
//! Nothing else is written. What has no place in a file stands at its first character; what is about no file, at `.`.

use std::fmt;
use std::io::{self, Write};

use super::finding::{self, Finding};
use super::place::{Place, Places};
use super::{Report, escape, words};
use crate::check::Outcome;
use crate::diagnostic::Level;

/// A line in the making. The order of the members is that of the report.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    file: String,
    at: (u32, u32),
    level: Level,
    /// The rule, or the code of a diagnostic.
    what: String,
    message: String,
}

impl Line {
    fn of(f: &Finding) -> Line {
        let failed = if f.outcome == Outcome::Error { "rule failed to run: " } else { "" };
        Line::new(f.place.as_ref(), f.file(), f.level, &f.rule.id, format!("{failed}{}", words::message(f)))
    }

    fn new(place: Option<&Place>, file: Option<&str>, level: Level, what: &str, message: String) -> Line {
        let at = place.map_or((1, 1), |p| {
            let (start, _) = p.tight();
            (start.line, start.column)
        });
        let file = place.map(|p| p.file.shown.as_str()).or(file).filter(|f| !f.is_empty()).unwrap_or(".");
        Line { file: file.to_owned(), at, level, what: what.to_owned(), message }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Line { file, at: (line, column), level, what, message } = self;
        let (file, what, message) = (escape::visible(file), escape::visible(what), escape::visible(message));
        write!(f, "{}:{line}:{column}: {} {what} {}", escape::line_start(&file), level.as_str(), message.trim())
    }
}

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let places = Places::new(report);
    let findings = finding::findings(report, &places, &[Outcome::Fail, Outcome::Error]);
    let said = finding::diagnostics(report, &places);
    let of_findings = findings.iter().map(Line::of);
    let of_input =
        said.iter().map(|(d, place, path)| Line::new(place.as_ref(), Some(path), d.level, d.code, d.message.clone()));
    let mut lines: Vec<Line> = of_findings.chain(of_input).collect();
    lines.sort();
    for line in &lines {
        writeln!(out, "{line}")?;
    }
    out.flush()
}

/// The line of a finding.
pub(super) fn line(finding: &Finding) -> String {
    Line::of(finding).to_string()
}
