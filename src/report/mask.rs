//! Lines of sources without the secrets in them.

use std::ops::Range;

use rustc_hash::FxHashSet;

use super::place::Place;
use crate::check::secrets::{ByFile, by_file};
use crate::expand::known::secret::MASK;
use crate::read::{FileId, Span};
use crate::source::LinePart;

/// How many bytes of a line before and after the start of a region are looked at: more than anybody is shown.
const AROUND: usize = 1_000;

/// The texts of a run that are not to be shown.
#[derive(Debug, Default)]
pub struct Masks {
    files: ByFile,
}

/// A line, or the part of a long one around a region, with secrets masked.
#[derive(Debug, PartialEq, Eq)]
pub struct Masked {
    /// The text.
    pub text: String,
    /// Where the region begins in it: a column as in [`crate::read::Position`].
    pub start: u32,
    /// Where the region ends.
    pub end: u32,
    /// It begins where the line does, and ends where it does.
    whole: (bool, bool),
}

impl Masked {
    /// The text as a part of its line whose columns count from here.
    pub fn part(&self) -> LinePart<'_> {
        LinePart { text: &self.text, column: 1, from_start: self.whole.0, to_end: self.whole.1 }
    }
}

impl Masks {
    /// Of the texts that decide secrets.
    pub fn new(secrets: &FxHashSet<Span>) -> Self {
        Masks { files: by_file(secrets) }
    }

    /// Whether there is a secret in a range of bytes of a file.
    pub fn hide(&self, file: FileId, range: &Range<usize>) -> bool {
        let secrets = self.files.get(&file).map_or(&[][..], Vec::as_slice);
        let first = secrets.partition_point(|s| s.end <= range.start);
        secrets.get(first).is_some_and(|s| s.start < range.end)
    }

    /// The first line of a region, if there is a secret on it; else it can be shown as it is.
    pub fn line(&self, place: &Place) -> Option<Masked> {
        let source = place.file.source();
        let secrets = self.files.get(&source.id)?;
        let line = source.line_range(place.start.line);
        let first = secrets.partition_point(|s| s.end <= line.start);
        let secrets = secrets.get(first..).unwrap_or_default();
        if secrets.first().is_none_or(|s| s.start >= line.end) {
            return None;
        }
        let boundary = |mut at: usize| {
            while !source.text().is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = boundary((place.span.start as usize).clamp(line.start, line.end));
        let end = boundary((place.span.end as usize).clamp(start, line.end));
        let shown = boundary(start.saturating_sub(AROUND).max(line.start))..boundary((start + AROUND).min(line.end));
        let mut out = Builder { text: String::new(), column: 1, region: start..end, start: None, end: None };
        let mut at = shown.start;
        for secret in secrets.iter().take_while(|s| s.start < shown.end).filter(|s| s.end > shown.start) {
            out.plain(source.text(), at..boundary(secret.start.max(at)));
            at = boundary(secret.end.min(line.end));
            out.secret(secret);
        }
        out.plain(source.text(), at..shown.end.max(at));
        let (start, end) = (out.start.unwrap_or(out.column), out.end.unwrap_or(out.column));
        let whole = (shown.start == line.start, shown.end.max(at) >= line.end);
        Some(Masked { text: out.text, start, end: end.max(start + 1), whole })
    }
}

/// A masked line in the making.
struct Builder {
    text: String,
    column: u32,
    region: Range<usize>,
    start: Option<u32>,
    end: Option<u32>,
}

impl Builder {
    fn plain(&mut self, source: &str, range: Range<usize>) {
        let Some(text) = source.get(range.clone()) else { return };
        for (i, c) in text.char_indices() {
            self.meet(range.start + i);
            self.text.push(c);
            self.column += c.len_utf16() as u32;
        }
        self.meet(range.end);
    }

    fn secret(&mut self, secret: &Range<usize>) {
        // A region that begins within a secret begins with its mask, and one that ends there ends with it.
        self.meet(secret.start);
        if self.region.start < secret.end {
            self.start.get_or_insert(self.column);
        }
        self.text.push_str(MASK);
        self.column += MASK.len() as u32;
        if self.region.end <= secret.end {
            self.end.get_or_insert(self.column);
        }
    }

    fn meet(&mut self, at: usize) {
        if at >= self.region.start {
            self.start.get_or_insert(self.column);
        }
        if at >= self.region.end {
            self.end.get_or_insert(self.column);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::place::Places;
    use crate::report::tests::sample::{Sample, at};

    /// The masked line with the region in brackets.
    fn line(text: &str, secrets: &[&str], region: &str) -> Option<String> {
        let mut sample = Sample::empty();
        let source = sample.text("a.json", text);
        let spans: FxHashSet<Span> = secrets.iter().map(|s| at(&source, s)).collect();
        let report = sample.report();
        let place = Places::new(&report).place(at(&source, region)).unwrap();
        let m = Masks::new(&spans).line(&place)?;
        let units: Vec<u16> = m.text.encode_utf16().collect();
        let cut = |a: u32, b: u32| String::from_utf16(&units[a as usize - 1..b as usize - 1]).unwrap();
        Some(format!("{}[{}]{}", cut(1, m.start), cut(m.start, m.end), cut(m.end, units.len() as u32 + 1)))
    }

    #[test]
    fn secrets_on_the_line_are_masked_and_the_region_follows() {
        let is = |text: &str, secrets: &[&str], region: &str| line(text, secrets, region).unwrap_or_default();
        assert_eq!(is("a: 'xyz', b: 1", &["'xyz'"], "b: 1"), "a: (secret), [b: 1]");
        assert_eq!(is("a: 'xyz', b: 1", &["'xyz'"], "'xyz'"), "a: [(secret)], b: 1");
        assert_eq!(is("ä😀 'ü' é", &["'ü'"], "é"), "ä😀 (secret) [é]");
        assert_eq!(is("a: 'xyz', b: 1", &["'xyz'"], "yz', b"), "a: [(secret), b]: 1");
        assert_eq!(is("a: 'xyz', b: 1", &["'xyz'", "xyz"], "a"), "[a]: (secret), b: 1");
        assert_eq!(is("x\na: '''one\ntwo'''\ny", &["'''one\ntwo'''"], "a:"), "[a:] (secret)");
        assert_eq!(is("x\na: '''one\ntwo''' z", &["'''one\ntwo'''"], "z"), "(secret) [z]");
        assert_eq!(line("a: 'xyz'\nb: 1", &["'xyz'"], "b"), None);
    }

    #[test]
    fn of_a_long_line_only_what_is_near_is_looked_at() {
        let text = format!("{}'s1'{}here{}'s2'", "x".repeat(5_000), "y".repeat(500), "z".repeat(5_000));
        let masked = line(&text, &["'s1'", "'s2'"], "here").unwrap();
        assert!(masked.len() < 3_000 && masked.contains("(secret)y") && masked.contains("y[here]z"), "{masked}");
    }
}
