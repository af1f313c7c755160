//! The end of the report, which is what a person at a terminal sees first: how much there is of what.

use std::collections::HashMap;
use std::io::{self, Write};

use super::paint::Paint;
use crate::check::Outcome;
use crate::diagnostic::Level;
use crate::report::finding::{Finding, importance};
use crate::report::place::Places;
use crate::report::{Report, cut, escape, words};
use crate::rules::Severity;

/// How many rules are in the table.
const RULES: usize = 20;

/// A row of the table.
struct Row<'f> {
    first: &'f Finding<'f>,
    findings: usize,
    fixes: usize,
}

pub fn write(
    report: &Report,
    findings: &[Finding],
    places: &Places,
    paint: &Paint,
    out: &mut impl Write,
) -> io::Result<()> {
    let failures: Vec<_> = findings.iter().filter(|f| f.outcome == Outcome::Fail).collect();
    by_rule(&failures, paint, out)?;
    // Scripts look for these sentences: each stays one line.
    writeln!(out, "{}", words::looked_at(report))?;
    if let Some(left_out) = words::left_out(report, |p| places.shown(p)) {
        writeln!(out, "{}", escape::visible(&left_out))?;
    }
    if failures.is_empty() {
        write!(out, "{}", paint.strong("No findings"))?;
    } else {
        by_level(&failures, paint, out)?;
        let by = |severity| failures.iter().filter(|f| f.rule.severity == severity).count();
        let parts: Vec<_> = [Severity::Critical, Severity::Important, Severity::Awareness]
            .into_iter()
            .filter(|s| by(*s) > 0)
            .map(|s| format!("{} {}", by(s), s.as_str()))
            .collect();
        write!(out, "{}: {}", paint.strong(&words::count(failures.len(), "finding")), parts.join(", "))?;
    }
    let mut also = Vec::new();
    for (outcome, word) in [
        (Outcome::Unknown, "verdict unknown before deployment"),
        (Outcome::Suppressed, "suppressed"),
        (Outcome::Error, "rule that failed to run"),
    ] {
        let count = match outcome {
            Outcome::Suppressed => words::suppressed(report),
            other => words::outcomes(report, other),
        };
        match count {
            0 => {}
            n => also.push(format!("{n} {word}")),
        }
    }
    if !also.is_empty() {
        write!(out, " ({})", also.join(", "))?;
    }
    writeln!(out)?;
    for line in words::known(report, places).into_iter().chain(words::since(report, places)) {
        writeln!(out, "{}", escape::visible(&line))?;
    }
    Ok(())
}

/// `12 errors, 40 warnings; 7 findings have a fix`
fn by_level(failures: &[&Finding], paint: &Paint, out: &mut impl Write) -> io::Result<()> {
    let levels = [Level::Error, Level::Warning, Level::Note];
    let parts = levels.into_iter().filter_map(|level| {
        let n = failures.iter().filter(|f| f.level == level).count();
        (n > 0).then(|| paint.level(level, &words::count(n, level.as_str())))
    });
    write!(out, "{}", parts.collect::<Vec<_>>().join(", "))?;
    match failures.iter().filter(|f| f.fix.is_some()).count() {
        0 => writeln!(out),
        1 => writeln!(out, "; a fix is known for 1 of them"),
        n => writeln!(out, "; a fix is known for {n} of them"),
    }
}

/// One row for each rule, if there are several: worst first, then the most frequent.
fn by_rule(failures: &[&Finding], paint: &Paint, out: &mut impl Write) -> io::Result<()> {
    let mut rows: Vec<Row> = Vec::new();
    let mut index = HashMap::new();
    for f in failures {
        let at = *index.entry((&f.rule.id, f.level)).or_insert(rows.len());
        if at == rows.len() {
            rows.push(Row { first: f, findings: 0, fixes: 0 });
        }
        rows[at].findings += 1;
        rows[at].fixes += usize::from(f.fix.is_some());
    }
    if rows.len() < 2 {
        return Ok(());
    }
    rows.sort_by(|a, b| {
        let key = |r: &Row| importance(r.first);
        key(a).cmp(&key(b)).then(b.findings.cmp(&a.findings)).then_with(|| a.first.rule.id.cmp(&b.first.rule.id))
    });
    let shown = rows.len().min(paint.screen.limit(RULES));
    let (rows, left) = rows.split_at(shown);
    let id = |r: &Row| escape::visible(&r.first.rule.id).into_owned();
    let fixes = |r: &Row| match r.fixes {
        0 => String::new(),
        n => format!("{n} fixable"),
    };
    let wide = |of: &dyn Fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let columns = (
        wide(&|r| r.first.level.as_str().len()),
        wide(&|r| textwrap::core::display_width(&id(r))),
        wide(&|r| r.findings.to_string().len()),
        wide(&|r| fixes(r).len()),
    );
    writeln!(out, "{}", paint.strong("Findings by rule:"))?;
    for r in rows {
        let level = r.first.level;
        let word = paint.level(level, &format!("{:width$}", level.as_str(), width = columns.0));
        let id = id(r);
        let gap = " ".repeat(columns.1.saturating_sub(textwrap::core::display_width(&id)));
        let count = format!("{:>width$}", r.findings, width = columns.2);
        let fixes = format!("{:>width$}", fixes(r), width = columns.3);
        let before =
            [&fixes].into_iter().filter(|_| columns.3 > 0).fold(format!("  {id}{gap}  {count}"), |a, b| a + "  " + b);
        let room = paint.screen.width.saturating_sub(2 + columns.0 + textwrap::core::display_width(&before) + 2);
        let title = if room < 12 { String::new() } else { cut::visible(&r.first.rule.title, room).into_owned() };
        writeln!(out, "{}", format!("  {word}{before}  {title}").trim_end())?;
    }
    if !left.is_empty() {
        let findings = left.iter().map(|r| r.findings).sum();
        let (rules, findings) = (words::count(left.len(), "more rule"), words::count(findings, "finding"));
        writeln!(out, "  and {rules} with {findings} (--show-all)")?;
    }
    writeln!(out)
}
