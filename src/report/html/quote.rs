//! Lines of sources as the page shows them: what a finding is about, and what a fix changes.

use similar::{ChangeTag, TextDiff};

use crate::check::Fix;
use crate::report::escape;
use crate::report::mask::Masks;
use crate::report::place::Place;
use crate::source::LinePart;

/// How many UTF-16 code units of a line are shown before the region and from its start on.
const BEFORE: u32 = 80;
const AFTER: u32 = 160;
/// Bytes of a line to each side that are enough for that.
const REACH: usize = 4 * AFTER as usize;
/// A change of more bytes is told in words only.
const CHANGE: usize = 2_000;
/// Bytes of a line around a change that are shown.
const AROUND: usize = 100;
/// Lines of a change.
const LINES: usize = 30;

/// A line, or the part of a long one around a region, without its indentation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Line {
    /// The text; everything in it can be seen.
    pub text: String,
    /// Where the region begins and ends in it, in UTF-16 code units.
    pub region: (u32, u32),
}

/// The first line of a place.
pub(super) fn line(place: &Place, masks: &Masks) -> Line {
    let (start, end) = place.tight();
    match masks.line(place) {
        Some(masked) => shown(masked.part(), masked.start, masked.end),
        None => shown(place.file.source().line_part(start.line, start.column, REACH), start.column, end.column),
    }
}

/// A part of a line around a region from one UTF-16 column to another.
fn shown(part: LinePart<'_>, start: u32, end: u32) -> Line {
    let first = start.saturating_sub(BEFORE).max(part.column);
    let last = start.saturating_add(AFTER);
    let mut text = String::new();
    let mut units = 0;
    let (mut from, mut to) = (None, None);
    if !part.from_start || first > part.column {
        text.push('…');
        units += 1;
    }
    let mut column = part.column;
    let mut cut = !part.to_end;
    for c in part.text.chars() {
        let (at, next) = (column, column + c.len_utf16() as u32);
        column = next;
        if at < first || (text.is_empty() && c.is_whitespace() && at < start) {
            continue;
        }
        if at > last {
            cut = true;
            break;
        }
        if at >= start {
            from.get_or_insert(units);
        }
        if at >= end {
            to.get_or_insert(units);
        }
        let before = text.len();
        match c {
            '\t' => text.push_str("    "),
            c => escape::push_visible(&mut text, c),
        }
        units += text.get(before..).map_or(0, |new| new.encode_utf16().count() as u32);
    }
    let from = from.unwrap_or(units);
    let to = to.unwrap_or(units).max(from);
    if cut {
        text.push('…');
    }
    Line { text: text.trim_end().to_owned(), region: (from, to) }
}

/// What a fix changes, as lines that begin with ` `, `-` or `+`; `None` where it is too long, or where a secret stands beside it.
/// `place` is the one of the fix.
pub(super) fn change(fix: &Fix, place: &Place, masks: &Masks) -> Option<String> {
    let source = place.file.source();
    let lines = source.line_range(place.start.line).start..source.line_range(place.end.line).end;
    let span = place.span.range();
    if masks.hide(source.id, &lines) || span.len() + fix.text.len() > CHANGE {
        return None;
    }
    let head = source.text().get(lines.start..span.start)?;
    let tail = source.text().get(span.end..lines.end).unwrap_or_default();
    let (head, tail) = (end_of(head), start_of(tail));
    // Both end alike, so that a last line that stays is the same.
    let before = format!("{head}{}{tail}\n", source.text().get(span)?);
    let after = format!("{head}{}{tail}\n", fix.text);
    let diff = TextDiff::from_lines(before.as_str(), after.as_str());
    let lines: Vec<(char, String)> = diff
        .iter_all_changes()
        .map(|change| {
            let sign = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            let line = change.value().trim_end_matches(['\n', '\r']).replace('\t', "    ");
            (sign, escape::visible(&line).into_owned())
        })
        .collect();
    let indentation = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let written = lines.iter().filter(|(_, line)| !line.trim().is_empty());
    let common = written.map(|(_, line)| indentation(line)).min().unwrap_or(0);
    let mut out = String::new();
    for (sign, line) in lines.iter().take(LINES) {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push(*sign);
        out.push_str(line.get(common..).unwrap_or_default());
    }
    if lines.len() > LINES {
        out.push_str("\n …");
    }
    Some(out)
}

/// The end of what stands before a change.
fn end_of(text: &str) -> String {
    let mut at = text.len().saturating_sub(AROUND);
    while !text.is_char_boundary(at) {
        at += 1;
    }
    if at == 0 { text.to_owned() } else { format!("…{}", text.get(at..).unwrap_or_default()) }
}

/// The start of what stands behind a change.
fn start_of(text: &str) -> String {
    let mut at = text.len().min(AROUND);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    if at == text.len() { text.to_owned() } else { format!("{}…", text.get(..at).unwrap_or_default()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Safety;
    use crate::read::Span;
    use crate::report::place::Places;
    use crate::report::tests::sample::{Sample, at};

    /// The line of a region, with the region in brackets.
    fn quoted(text: &str, region: &str) -> String {
        let mut sample = Sample::empty();
        let source = sample.text("a.bicep", text);
        let report = sample.report();
        let place = Places::new(&report).place(at(&source, region)).unwrap();
        let Line { text, region: (from, to) } = line(&place, &Masks::new(report.secrets));
        let units: Vec<u16> = text.encode_utf16().collect();
        let cut = |a: usize, b: usize| String::from_utf16(&units[a..b]).unwrap();
        let (from, to) = (from as usize, to as usize);
        format!("{}[{}]{}", cut(0, from), cut(from, to), cut(to, units.len()))
    }

    #[test]
    fn a_line_stands_without_its_indentation_and_its_region_follows() {
        assert_eq!(quoted("x\n  tls: 'old' // é\n", "'old'"), "tls: ['old'] // é");
        assert_eq!(quoted("/* 😀\t */ a: b", "b"), "/* 😀     */ a: [b]");
        assert_eq!(quoted("a: '\u{202e}x', b: 1", "b"), "a: '\\u{202e}x', [b]: 1");
        assert_eq!(quoted("  {\n}\n", "{\n}"), "[{]");
    }

    #[test]
    fn of_a_long_line_the_part_around_the_region_is_shown() {
        let long = format!("{}here{}", "x".repeat(5_000), "é".repeat(5_000));
        assert_eq!(quoted(&long, "here"), format!("…{}[here]{}…", "x".repeat(80), "é".repeat(157)));
    }

    fn changed(text: &str, old: &str, new: &str, secrets: &[&str]) -> Option<String> {
        let mut sample = Sample::empty();
        let source = sample.text("a.bicep", text);
        let secrets = secrets.iter().map(|s| at(&source, s)).collect();
        let start = text.find(old).unwrap();
        let span = Span::new(source.id, start, start + old.len());
        let fix = Fix { safety: Safety::Safe, description: "".into(), span, text: new.into(), tells: false };
        let report = sample.report();
        let place = Places::new(&report).place(span).unwrap();
        change(&fix, &place, &Masks::new(&secrets))
    }

    #[test]
    fn a_change_is_shown_as_lines() {
        let is = |text, old, new| changed(text, old, new, &[]).unwrap();
        assert_eq!(is("a\n  tls: 'old'\nb\n", "'old'", "'new'"), "-tls: 'old'\n+tls: 'new'");
        assert_eq!(is("  a: {\r\n    b: 1\r\n  }", "b: 1", "b: 1\n    c: 2"), " b: 1\n+c: 2");
        assert_eq!(is("a\nb\nc\n", "b\n", ""), "-b\n c");
        let minified = format!("{{{}\"tls\":0{}}}", "x".repeat(500), "y".repeat(500));
        let (x, y) = ("x".repeat(94), "y".repeat(100));
        assert_eq!(is(&minified, "0", "2"), format!("-…{x}\"tls\":0{y}…\n+…{x}\"tls\":2{y}…"));
    }

    #[test]
    fn a_change_beside_a_secret_and_a_long_one_are_not_shown() {
        assert_eq!(changed("key: 'k', tls: 0", "0", "2", &["'k'"]), None);
        assert!(changed("key: 'k'\ntls: 0", "0", "2", &["'k'"]).is_some());
        assert_eq!(changed("tls: 0", "0", &"x".repeat(3_000), &[]), None);
    }
}
