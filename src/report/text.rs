//! For people at a terminal: the line to edit with a caret under it, why, what is affected, and a summary.
//!
//! Drawn here and not by a crate: a line may be a megabyte long (minified templates) or hold what a terminal would obey,
//! so only a window of it is looked at, and the caret must follow what the escaping did to the text.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthChar;

use super::finding::{self, Finding};
use super::mask::Masks;
use super::place::{Place, Places};
use super::{FileStatus, Report, escape, words};
use crate::check::Outcome;
use crate::diagnostic::Level;
use crate::rules::Severity;
use crate::source::LinePart;

/// How much of a line is shown, in characters, and how much of it before the caret.
const WINDOW: usize = 120;
const BEFORE: usize = 40;
/// How many bytes of a line to each side of the caret are enough for that, as no character has more than four.
const REACH: usize = 4 * WINDOW;
/// How many targets of one finding are named.
const TARGETS: usize = 5;
/// How many files that were not analysed are named; the JSON report has them all.
const FILES: usize = 50;

struct Paint {
    color: bool,
}

impl Paint {
    fn text(&self, style: Style, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn level(&self, level: Level, text: &str) -> String {
        let color = match level {
            Level::Error => AnsiColor::Red,
            Level::Warning => AnsiColor::Yellow,
            Level::Note => AnsiColor::Cyan,
        };
        self.text(color.on_default().bold(), text)
    }

    fn faint(&self, text: &str) -> String {
        self.text(AnsiColor::Blue.on_default().bold(), text)
    }

    fn strong(&self, text: &str) -> String {
        self.text(Style::new().bold(), text)
    }
}

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let paint = Paint { color: report.color };
    let places = Places::new(report);
    let masks = Masks::new(report.secrets);
    let findings = finding::findings(report, &places, &[Outcome::Fail, Outcome::Error]);
    for finding in &findings {
        write_finding(finding, &places, &masks, &paint, &mut out)?;
    }
    for (d, place, path) in finding::diagnostics(report, &places) {
        writeln!(
            out,
            "{}: {}",
            paint.level(d.level, &format!("{}[{}]", d.level.as_str(), d.code)),
            escape::visible(&d.message)
        )?;
        match place {
            Some(place) => snippet(&place, d.level, &masks, &paint, &mut out)?,
            None if !path.is_empty() => writeln!(out, "  {} {}", paint.faint("-->"), escape::visible(&path))?,
            None => {}
        }
        writeln!(out)?;
    }
    summary(report, &findings, &places, &paint, &mut out)?;
    out.flush()
}

fn write_finding(f: &Finding, places: &Places, masks: &Masks, paint: &Paint, out: &mut impl Write) -> io::Result<()> {
    let what = if f.outcome == Outcome::Error { "rule failed to run" } else { &*f.rule.title };
    writeln!(
        out,
        "{}: {} {}",
        paint.level(f.level, &format!("{}[{}]", f.level.as_str(), escape::visible(&f.rule.id))),
        paint.strong(&escape::visible(what)),
        escape::visible(&format!("({}, {}, {})", f.rule.severity.as_str(), f.rule.pillar.as_str(), f.rule.reference)),
    )?;
    if let Some(place) = &f.place {
        snippet(place, f.level, masks, paint, out)?;
    }
    let note = |out: &mut dyn Write, label: &str, text: &str| {
        writeln!(out, "   {} {} {}", paint.faint("="), paint.strong(&format!("{label}:")), escape::visible(text))
    };
    note(out, "why", &words::message(f))?;
    let label = match f.targets.as_slice() {
        [t] if t.type_.starts_with('.') => "file",
        [_] => "resource",
        _ => "resources",
    };
    note(out, label, &words::targets(f, TARGETS))?;
    // The value's way, or, where there is none to tell, the places that belong to it.
    let steps: Vec<_> = f.flows.first().map(|flow| flow.iter().collect()).unwrap_or_default();
    for step in steps.into_iter().chain(f.related.iter().copied()).take(2 * TARGETS) {
        if Some(step.span) == f.span {
            continue; // That is the line above.
        }
        let at = places.place(step.span).map(|p| p.shown()).unwrap_or_default();
        note(out, "see", &format!("{at}: {}", step.message))?;
    }
    if let Some(fix) = f.fix {
        note(out, "fix", &fix.description)?;
    }
    if !f.rule.help_uri.is_empty() {
        note(out, "help", &f.rule.help_uri)?;
    }
    writeln!(out)
}

/// `--> path:line:column`, the line, and carets below the region.
fn snippet(place: &Place, level: Level, masks: &Masks, paint: &Paint, out: &mut impl Write) -> io::Result<()> {
    let (start, end) = place.tight();
    let number = start.line.to_string();
    let pad = " ".repeat(number.len());
    let (line, before, width) = match masks.line(place) {
        Some(masked) => window(masked.part(), masked.start, masked.end),
        None => window(place.file.line_part(start, REACH), start.column, end.column),
    };
    let (arrow, bar) = (paint.faint("-->"), paint.faint("|"));
    writeln!(out, "{pad}{arrow} {}", escape::visible(&place.shown()))?;
    writeln!(out, "{pad} {bar}")?;
    writeln!(out, "{} {bar} {}", paint.faint(&number), line.trim_end())?;
    let carets = paint.level(level, &"^".repeat(width.max(1)));
    writeln!(out, "{pad} {bar} {}{carets}", " ".repeat(before))
}

/// The part of a line around a region that begins there and ends at a UTF-16 column, made harmless; the columns on the
/// screen before the region, and the width of the region itself.
fn window(part: LinePart<'_>, start: u32, end: u32) -> (String, usize, usize) {
    let mut chars = Vec::with_capacity(part.text.len());
    let mut column = part.column;
    for c in part.text.chars() {
        chars.push((column, c));
        column += c.len_utf16() as u32;
    }
    let region = chars.iter().position(|&(column, _)| column >= start).unwrap_or(chars.len());
    // A short line is shown from its start, a long one from a bit before the region.
    let from = if part.from_start && region <= WINDOW - BEFORE { 0 } else { region.saturating_sub(BEFORE) };
    let to = (from + WINDOW).min(chars.len());
    let (mut shown, mut before, mut width) = (String::new(), 0, 0);
    if !part.from_start || from > 0 {
        shown.push('…');
        before = 1;
    }
    for &(column, c) in &chars[from..to] {
        let at = shown.len();
        match c {
            '\t' => shown.push_str("    "),
            c => escape::push_visible(&mut shown, c),
        }
        let cells: usize = shown[at..].chars().map(|c| c.width().unwrap_or(0)).sum();
        if column < start {
            before += cells;
        } else if column < end {
            width += cells;
        }
    }
    if !part.to_end || to < chars.len() {
        shown.push('…');
    }
    (shown, before, width)
}

fn summary(
    report: &Report,
    findings: &[Finding],
    places: &Places,
    paint: &Paint,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut left: Vec<_> = report
        .files
        .iter()
        .filter(|f| matches!(f.status, FileStatus::Failed | FileStatus::Partly))
        .map(|f| (places.shown(&f.path), f))
        .collect();
    left.sort_by(|(a, _), (b, _)| a.cmp(b));
    if !left.is_empty() {
        writeln!(out, "{}", paint.strong("Not analysed, or only in part:"))?;
        for (path, file) in left.iter().take(FILES) {
            let part = if file.status == FileStatus::Partly { "in part: " } else { "" };
            writeln!(out, "  {}: {part}{}", escape::visible(path), escape::visible(&file.reason))?;
        }
        if left.len() > FILES {
            writeln!(out, "  and {} (all are in --format json)", words::count(left.len() - FILES, "more file"))?;
        }
        writeln!(out)?;
    }
    writeln!(out, "{}", words::looked_at(report))?;
    if let Some(left_out) = words::left_out(report, |p| places.shown(p)) {
        writeln!(out, "{}", escape::visible(&left_out))?;
    }
    let failures: Vec<_> = findings.iter().filter(|f| f.outcome == Outcome::Fail).collect();
    if failures.is_empty() {
        write!(out, "{}", paint.strong("No findings"))?;
    } else {
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
        match words::outcomes(report, outcome) {
            0 => {}
            n => also.push(format!("{n} {word}")),
        }
    }
    if !also.is_empty() {
        write!(out, " ({})", also.join(", "))?;
    }
    writeln!(out)
}
