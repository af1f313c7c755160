//! A summary for a GitHub job (`GITHUB_STEP_SUMMARY`) or a comment: what was found, how bad, where to start.
//!
//! GitHub shows a summary of at most 1 MiB per step, and an error instead of a longer one.

use std::collections::HashMap;
use std::io::{self, Write};

use super::finding::{self, Finding};
use super::place::{Place, Places};
use super::{FileStatus, Report, cut, escape, words};
use crate::check::Outcome;
use crate::diagnostic::Level;
use crate::rules::{Pillar, Severity};

/// Rows of each table. A person reads the first ten; the SARIF and the JSON report hold the rest.
const ROWS: usize = 50;
/// Rows of one rule: where a rule fails a hundred times, the others are worth a look, too.
const ROWS_PER_RULE: usize = 10;
/// Characters of a message in a table, and of a path or name.
const MESSAGE: usize = 300;
const NAME: usize = 200;

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let places = Places::new(report);
    let mut findings = finding::findings(report, &places, &[Outcome::Fail]);
    finding::worst_first(&mut findings);

    let verdict = if findings.is_empty() { "no findings".into() } else { words::count(findings.len(), "finding") };
    writeln!(out, "## armlint: {verdict}\n")?;
    writeln!(out, "{}", words::looked_at(report))?;
    if let Some(known) = words::known(report, &places) {
        writeln!(out, "\n**{known}**\n")?;
    }
    if let Some(since) = words::since(report, &places) {
        writeln!(out, "\n**{}**\n", escape::markdown(&since))?;
    }
    let mut also = Vec::new();
    for (outcome, one, many) in [
        (Outcome::Unknown, "verdict cannot be known before deployment", "verdicts cannot be known before deployment"),
        (Outcome::Error, "rule failed to run on a target", "rules failed to run on a target"),
        (Outcome::Suppressed, "result is suppressed", "results are suppressed"),
    ] {
        let count = match outcome {
            Outcome::Suppressed => words::suppressed(report),
            other => words::outcomes(report, other),
        };
        match count {
            0 => {}
            1 => also.push(format!("1 {one}")),
            n => also.push(format!("{n} {many}")),
        }
    }
    if !also.is_empty() {
        writeln!(out, "Besides, {}.", also.join(", "))?;
    }
    if let Some(left_out) = words::left_out(report, |p| places.shown(p)) {
        writeln!(out, "\n{}", escape::prose(&left_out))?;
    }
    if !findings.is_empty() {
        counts(&findings, &mut out)?;
        table(report, &findings, &mut out)?;
    }
    not_analysed(report, &places, &mut out)?;
    out.flush()
}

fn counts(findings: &[Finding], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n| Pillar | {} | All |", words::SEVERITIES.map(Severity::as_str).join(" | "))?;
    writeln!(out, "| :-- | --: | --: | --: | --: |")?;
    let mut row = |name: &str, pillar: Option<Pillar>| {
        let ours = || findings.iter().filter(|f| pillar.is_none_or(|p| f.rule.pillar == p));
        let all = ours().count();
        if all == 0 {
            return Ok(());
        }
        let by = words::SEVERITIES.map(|s| ours().filter(|f| f.rule.severity == s).count().to_string());
        writeln!(out, "| {name} | {} | {all} |", by.join(" | "))
    };
    for pillar in words::PILLARS {
        row(pillar.as_str(), Some(pillar))?;
    }
    row("**All**", None)
}

fn table(report: &Report, findings: &[Finding], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n### Where to start\n")?;
    writeln!(out, "| Severity | Rule | Where | Why |\n| :-- | :-- | :-- | :-- |")?;
    let mut of_rule: HashMap<&str, usize> = HashMap::new();
    let few = findings.iter().filter(|f| {
        let n = of_rule.entry(&f.rule.id).or_default();
        *n += 1;
        *n <= ROWS_PER_RULE
    });
    let mut shown = 0;
    for f in few.take(ROWS) {
        shown += 1;
        let id = escape::code_in_table(&cut::visible(&f.rule.id, NAME));
        let rule = match escape::web(&f.rule.help_uri) {
            Some(uri) => format!("[{id}]({uri})"),
            None => id,
        };
        let place = f.place.as_ref().map_or_else(String::new, |p| linked(report, p));
        let mut why = escape::prose_in_table(&cut::visible(&words::message(f), MESSAGE));
        if f.targets.len() > 1 {
            why.push_str(&format!(" ({})", words::count(f.targets.len(), "resource")));
        }
        writeln!(out, "| {} | {rule} | {place} | {why} |", f.rule.severity.as_str())?;
    }
    if findings.len() > shown {
        writeln!(out, "\n…and {}.", words::count(findings.len() - shown, "more finding"))?;
    }
    Ok(())
}

/// `path:line`, as a link to the line at the scanned revision if that is known.
fn linked(report: &Report, place: &Place) -> String {
    let words = escape::code_in_table(&cut::visible(&format!("{}:{}", place.file.shown, place.start.line), NAME));
    match report.provenance.as_ref().and_then(|p| p.link(place.file.uri(), place.start.line)) {
        Some(link) => format!("[{words}]({link})"),
        None => words,
    }
}

fn not_analysed(report: &Report, places: &Places, out: &mut impl Write) -> io::Result<()> {
    let mut rows: Vec<(String, String)> = report
        .files
        .iter()
        .filter(|f| matches!(f.status, FileStatus::Failed | FileStatus::Partly))
        .map(|f| {
            let what = if f.status == FileStatus::Partly { "in part" } else { "not" };
            (places.shown(&f.path), format!("{what}: {}", f.reason))
        })
        .collect();
    rows.sort();
    let diagnostics = finding::diagnostics(report, places);
    for (d, place, path) in diagnostics.into_iter().filter(|(d, ..)| d.level == Level::Error) {
        rows.push((place.map_or(path, |p| p.shown()), d.message.clone()));
    }
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n### What could not be analysed\n\n| Where | Why |\n| :-- | :-- |")?;
    for (path, why) in rows.iter().take(ROWS) {
        let path = escape::code_in_table(&cut::visible(path, NAME));
        writeln!(out, "| {path} | {} |", escape::prose_in_table(&cut::visible(why, MESSAGE)))?;
    }
    if rows.len() > ROWS {
        writeln!(out, "\n…and {} more.", rows.len() - ROWS)?;
    }
    Ok(())
}
