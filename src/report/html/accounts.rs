//! What there is to account for besides findings: what is gone, what nobody knows before deployment, what was not analysed.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::check::Outcome;
use crate::report::place::Places;
use crate::report::{FileStatus, Report, cut, escape, finding, words};
use crate::rules::{Rule, Severity};

/// Rows of a table; the JSON report holds the rest.
const ROWS: usize = 500;
/// Characters of a message.
const MESSAGE: usize = 400;

/// A part of the page.
pub(super) struct Part {
    /// Its anchor.
    pub id: &'static str,
    /// Its heading.
    pub title: &'static str,
}

const FIXED: Part = Part { id: "fixed", title: "Fixed" };
const UNKNOWN: Part = Part { id: "unknown", title: "Unknown" };
const NOT_ANALYSED: Part = Part { id: "not-analysed", title: "Not analysed" };

/// The parts that this report has.
pub(super) fn parts(report: &Report) -> impl Iterator<Item = Part> {
    report.since.map(|_| FIXED).into_iter().chain([UNKNOWN, NOT_ANALYSED])
}

pub(super) fn write(report: &Report, places: &Places, out: &mut impl Write) -> io::Result<()> {
    for part in parts(report) {
        let Part { id, title } = &part;
        writeln!(out, "<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n<h2 id=\"{id}-title\">{title}</h2>")?;
        match *id {
            "fixed" => fixed(report, out)?,
            "unknown" => unknown(report, out)?,
            _ => not_analysed(report, places, out)?,
        }
        writeln!(out, "</section>")?;
    }
    Ok(())
}

/// What was there and is not there any more.
fn fixed(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let Some(since) = report.since else { return Ok(()) };
    writeln!(out, "<p>What was there at {} and is not there any more.</p>", escape::xml(&since.name))?;
    let rows: Vec<[String; 3]> = since
        .fixed
        .iter()
        .map(|gone| {
            let line = gone.region.map(|(start, _)| format!(":{}", start.line)).unwrap_or_default();
            [text(&gone.rule.id), text(&format!("{}{line}", gone.file)), prose(&gone.message)]
        })
        .collect();
    table(["Rule", "Where it stood", "Why"], &rows, "Nothing.", out)
}

/// Verdicts that hang on what only Azure or a missing parameter can decide.
fn unknown(report: &Report, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "<p>Verdicts that cannot be known before deployment. They are no findings.</p>")?;
    let mut by: BTreeMap<(Severity, &str), (usize, &Rule, &str)> = BTreeMap::new();
    for r in report.results.iter().filter(|r| r.outcome == Outcome::Unknown) {
        let entry = by.entry((r.rule.severity, &r.rule.id)).or_insert((0, &r.rule, &r.message));
        entry.0 += 1;
        // The order of results must not matter.
        entry.2 = entry.2.min(&r.message);
    }
    let rows: Vec<[String; 3]> = by
        .into_values()
        .map(|(n, rule, message)| [text(&rule.id), n.to_string(), prose(&format!("{}. {message}", rule.title))])
        .collect();
    table(["Rule", "Verdicts", "For example"], &rows, "Every verdict is known.", out)
}

fn not_analysed(report: &Report, places: &Places, out: &mut impl Write) -> io::Result<()> {
    let mut files: Vec<_> = report
        .files
        .iter()
        .filter(|f| matches!(f.status, FileStatus::Failed | FileStatus::Partly))
        .map(|f| {
            let what = if f.status == FileStatus::Partly { "in part" } else { "not at all" };
            (places.shown(&f.path), what, prose(&f.reason))
        })
        .collect();
    files.sort();
    let rows: Vec<[String; 3]> = files.into_iter().map(|(path, what, why)| [text(&path), what.into(), why]).collect();
    table(["File", "Analysed", "Why"], &rows, "Every file was analysed in full.", out)?;
    let of = |status| report.files.iter().filter(|f| f.status == status).count();
    let other = [(of(FileStatus::Generated), "generated from a file that was"), (of(FileStatus::Skipped), "skipped")];
    let other: Vec<String> = other.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    if !other.is_empty() {
        writeln!(out, "<p>Files that are rightly not analysed: {}.</p>", other.join(", "))?;
    }
    let rows: Vec<[String; 3]> = finding::diagnostics(report, places)
        .into_iter()
        .map(|(d, place, path)| {
            let at = place.map_or(path, |p| p.shown());
            [format!("{} <code>{}</code>", d.level.as_str(), text(d.code)), text(&at), prose(&d.message)]
        })
        .collect();
    writeln!(out, "<h3>Diagnostics</h3>")?;
    table(["Level", "Where", "What"], &rows, "There is nothing to say about the input itself.", out)
}

/// A table of HTML, or a sentence where it would be empty.
fn table(head: [&str; 3], rows: &[[String; 3]], empty: &str, out: &mut impl Write) -> io::Result<()> {
    if rows.is_empty() {
        return writeln!(out, "<p>{empty}</p>");
    }
    write!(out, "<div class=\"table\"><table class=\"wide\"><thead><tr>")?;
    for name in head {
        write!(out, "<th scope=\"col\">{name}</th>")?;
    }
    writeln!(out, "</tr></thead><tbody>")?;
    for [first, second, third] in rows.iter().take(ROWS) {
        writeln!(out, "<tr><th scope=\"row\">{first}</th><td>{second}</td><td>{third}</td></tr>")?;
    }
    writeln!(out, "</tbody></table></div>")?;
    if rows.len() > ROWS {
        let more = words::count(rows.len() - ROWS, "more row");
        writeln!(out, "<p class=\"note\">And {more}; the JSON report (--report json=FILE) holds all of them.</p>")?;
    }
    Ok(())
}

fn text(text: &str) -> String {
    escape::xml(&cut::visible(text, MESSAGE))
}

/// Text in which pairs of backticks mean code.
fn prose(words: &str) -> String {
    let seen = cut::visible(words, MESSAGE);
    let parts: Vec<&str> = seen.split('`').collect();
    let mut out = String::with_capacity(seen.len() + 32);
    for (i, part) in parts.iter().enumerate() {
        let part_of_pair = i % 2 == 1 && i + 1 < parts.len();
        match (part_of_pair, i % 2) {
            (true, _) => out.push_str(&format!("<code>{}</code>", escape::xml(part))),
            (false, 1) => out.push_str(&format!("`{}", escape::xml(part))),
            _ => out.push_str(&escape::xml(part)),
        }
    }
    out
}
