//! One text: how it was decoded, its lines and its columns.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::paths::{is_arm, is_bicep, is_bicep_parameters};
use super::sources::bytes;
use super::{FileId, Position, Span, asked};
use crate::cache::{Sum, sum};

/// How the bytes of a file became its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 (a text that came from no file, too).
    Utf8,
    /// UTF-8 after a byte order mark.
    Utf8WithMark,
    /// UTF-16, with or without a mark.
    Utf16,
}

/// One loaded file.
#[derive(Debug)]
pub struct Source {
    /// Its identity in this run.
    pub id: FileId,
    /// The path it was loaded from, absolute and without `.` and `..`.
    pub path: PathBuf,
    /// Empty until somebody asks, of a file that is read on demand.
    decoded: OnceLock<Decoded>,
    /// How it is read on demand.
    unread: Option<Unread>,
    lines: OnceLock<Vec<u32>>,
    /// Where UTF-16 code units stand, for columns; `None` where every byte is one.
    units: OnceLock<Option<Units>>,
    is_bicep: OnceLock<bool>,
}

impl Source {
    pub(super) fn new(id: FileId, path: PathBuf, decoded: Decoded) -> Self {
        Source::with(id, path, OnceLock::from(decoded), None)
    }

    /// A file that is read once somebody asks for its text.
    pub(super) fn on_demand(id: FileId, path: PathBuf, unread: Unread) -> Self {
        Source::with(id, path, OnceLock::new(), Some(unread))
    }

    fn with(id: FileId, path: PathBuf, decoded: OnceLock<Decoded>, unread: Option<Unread>) -> Self {
        let (lines, units, is_bicep) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Source { id, path, decoded, unread, lines, units, is_bicep }
    }

    fn decoded(&self) -> &Decoded {
        let read = || self.unread.as_ref().map(|unread| unread.read(&self.path));
        self.decoded.get_or_init(|| read().unwrap_or_else(|| String::new().into()))
    }

    /// The bytes of its text that are held now: none of a file that is read on demand and was not yet.
    pub(super) fn length_in_memory(&self) -> usize {
        self.decoded.get().map_or(0, |decoded| decoded.text.len())
    }

    /// The text, decoded to UTF-8, without a byte order mark.
    pub fn text(&self) -> &str {
        &self.decoded().text
    }

    /// Whether it is Bicep, of a file that somebody names as a template, or as what belongs to one. Where its name does not say so, its text does:
    /// a template in JSON begins with a brace, and nothing in Bicep does.
    pub fn is_bicep(&self) -> bool {
        let named = is_bicep(&self.path) || is_bicep_parameters(&self.path);
        // A comment at the beginning may be long, and many ask.
        named || !is_arm(&self.path) && *self.is_bicep.get_or_init(|| !begins_as_json(self.text()))
    }

    /// Whether the bytes were not valid in their encoding and were replaced.
    pub fn is_lossy(&self) -> bool {
        self.decoded().lossy
    }

    /// What the bytes were.
    pub fn encoding(&self) -> Encoding {
        self.decoded().encoding
    }

    /// Line and column of a byte offset. An offset past the end gives the end; one inside a character gives its start.
    pub fn position(&self, offset: u32) -> Position {
        let starts = self.line_starts();
        let mut offset = (offset as usize).min(self.text().len());
        while !self.text().is_char_boundary(offset) {
            offset -= 1;
        }
        let line = starts.partition_point(|&s| s as usize <= offset) - 1;
        let column = self.units_before(offset) - self.units_before(starts[line] as usize);
        Position { line: line as u32 + 1, column: column as u32 + 1 }
    }

    /// How many UTF-16 code units a line (from 1) has, without its line ending; 0 past the end.
    pub fn line_width(&self, line: u32) -> u32 {
        let line = self.line_range(line);
        (self.units_before(line.end) - self.units_before(line.start)) as u32
    }

    /// The part of a line (from 1) around a UTF-16 column: `reach` bytes to both sides, or a few more, so as not to cut a
    /// character. The line may be megabytes long; nothing beyond the part is looked at.
    pub fn line_part(&self, line: u32, column: u32, reach: usize) -> LinePart<'_> {
        let line = self.line_range(line);
        let start = self.units_before(line.start);
        let at = self.byte_of(start + column.saturating_sub(1) as usize).clamp(line.start, line.end);
        let whole = |mut i: usize| {
            while !self.text().is_char_boundary(i) {
                i -= 1;
            }
            i
        };
        let from = whole(at.saturating_sub(reach).max(line.start));
        let to = if line.end - at > reach { whole(at + reach) } else { line.end };
        LinePart {
            text: self.text().get(from..to).unwrap_or(""),
            column: (self.units_before(from) - start) as u32 + 1,
            from_start: from == line.start,
            to_end: to == line.end,
        }
    }

    /// The bytes of a line (from 1) without its line ending; empty, at the end of the text, past the end.
    pub fn line_range(&self, line: u32) -> std::ops::Range<usize> {
        let starts = self.line_starts();
        let index = (line as usize).saturating_sub(1);
        let Some(&start) = starts.get(index) else { return self.text().len()..self.text().len() };
        let start = start as usize;
        let Some(&next) = starts.get(index + 1) else { return start..self.text().len() };
        // One line end only: what stands before it is the end of another line.
        let ends_with_both = self.text().get(start..next as usize).is_some_and(|line| line.ends_with("\r\n"));
        start..next as usize - if ends_with_both { 2 } else { 1 }
    }

    fn units(&self) -> Option<&Units> {
        self.units.get_or_init(|| (!self.text().is_ascii()).then(|| Units::of(self.text()))).as_ref()
    }

    /// How many UTF-16 code units stand before a byte, which begins a character.
    fn units_before(&self, byte: usize) -> usize {
        self.units().map_or(byte, |units| units.before(self.text(), byte))
    }

    /// The byte at which the character stands that has a UTF-16 code unit; the end of the text past it.
    fn byte_of(&self, unit: usize) -> usize {
        self.units().map_or(unit, |units| units.byte(self.text(), unit)).min(self.text().len())
    }

    /// The text of a line (from 1), without its line ending; empty past the end.
    pub fn line_text(&self, line: u32) -> &str {
        self.text().get(self.line_range(line)).unwrap_or("")
    }

    /// Where lines begin: after `\n`, `\r\n` and a `\r` alone, as for the compiler, editors and code scanning.
    fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let bytes = self.text().as_bytes();
            let is_end = |&at: &usize| bytes.get(at) != Some(&b'\r') || bytes.get(at + 1) != Some(&b'\n');
            // Lines of templates have about so many bytes; what is too much room is given back.
            let mut starts = Vec::with_capacity(bytes.len() / 24 + 1);
            starts.push(0);
            starts.extend(memchr::memchr2_iter(b'\n', b'\r', bytes).filter(is_end).map(|i| i as u32 + 1));
            starts.shrink_to_fit();
            starts
        })
    }

    /// The text of a span of this file; empty if it does not fit.
    pub fn slice(&self, span: Span) -> &str {
        self.text().get(span.range()).unwrap_or("")
    }
}

/// What [`Source::line_part`] gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinePart<'a> {
    /// The text.
    pub text: &'a str,
    /// The UTF-16 column, from 1, of its first character.
    pub column: u32,
    /// It begins where the line does.
    pub from_start: bool,
    /// It ends where the line does.
    pub to_end: bool,
}

/// How many UTF-16 code units stand before every [`Units::STEP`]th byte of a text: a column is found by counting from there,
/// and not from the start of a line that may hold the whole file.
#[derive(Debug)]
struct Units {
    /// For each step, the units before the first character that begins there or later.
    before: Vec<u32>,
}

impl Units {
    const STEP: usize = 256;

    fn of(text: &str) -> Self {
        let mut before = Vec::with_capacity(text.len() / Self::STEP + 1);
        let mut units = 0;
        for (byte, c) in text.char_indices() {
            if byte >= before.len() * Self::STEP {
                before.push(units);
            }
            units += c.len_utf16() as u32;
        }
        Units { before }
    }

    /// The first character that begins at a step or after it.
    fn start(text: &str, step: usize) -> usize {
        let mut byte = step * Self::STEP;
        while !text.is_char_boundary(byte) {
            byte += 1;
        }
        byte.min(text.len())
    }

    fn before(&self, text: &str, byte: usize) -> usize {
        let mut step = (byte / Self::STEP).min(self.before.len().saturating_sub(1));
        if Self::start(text, step) > byte {
            step = step.saturating_sub(1);
        }
        let from = Self::start(text, step);
        let known = self.before.get(step).map_or(0, |&n| n as usize);
        known + text.get(from..byte).map_or(0, |part| part.encode_utf16().count())
    }

    fn byte(&self, text: &str, unit: usize) -> usize {
        let step = self.before.partition_point(|&n| n as usize <= unit).saturating_sub(1);
        let from = Self::start(text, step);
        let mut units = self.before.get(step).map_or(0, |&n| n as usize);
        for (byte, c) in text.get(from..).unwrap_or("").char_indices() {
            units += c.len_utf16();
            if units > unit {
                return from + byte;
            }
        }
        text.len()
    }
}

/// A file of which is known what it holds.
#[derive(Debug)]
pub(super) struct Unread {
    /// The digest of its bytes.
    pub(super) sum: Sum,
    /// The bytes that are read of it at most.
    pub(super) limit: u64,
}

impl Unread {
    /// Reads it. If it is not what it was, what comes out of this run is of no single moment, and nothing that another run may
    /// take for true.
    fn read(&self, path: &Path) -> Decoded {
        let bytes = bytes(path, self.limit, false).unwrap_or_default();
        if sum(&bytes) != self.sum {
            asked::torn();
        }
        decode(bytes)
    }
}

/// A text, whether bytes of it were replaced, and what it was.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) lossy: bool,
    pub(super) encoding: Encoding,
}

impl From<String> for Decoded {
    fn from(text: String) -> Self {
        Decoded { text, lossy: false, encoding: Encoding::Utf8 }
    }
}

/// The text of bytes that are no source, as that of a source is read; `None` if they are no text.
pub fn text_of(bytes: Vec<u8>) -> Option<String> {
    let decoded = decode(bytes);
    (!decoded.lossy).then_some(decoded.text)
}

/// Decodes by byte order mark (UTF-8, UTF-16), by the zero bytes of UTF-16 without a mark, else as UTF-8.
pub(super) fn decode(bytes: Vec<u8>) -> Decoded {
    let decoded = |by: &'static encoding_rs::Encoding, bytes: &[u8]| {
        let (text, lossy) = by.decode_without_bom_handling(bytes);
        let encoding = if by == encoding_rs::UTF_8 { Encoding::Utf8WithMark } else { Encoding::Utf16 };
        Decoded { text: text.into_owned(), lossy, encoding }
    };
    if let Some((encoding, skip)) = encoding_rs::Encoding::for_bom(&bytes) {
        return decoded(encoding, &bytes[skip..]);
    }
    match bytes.get(..2) {
        Some([0, b]) if *b != 0 => decoded(encoding_rs::UTF_16BE, &bytes),
        Some([b, 0]) if *b != 0 => decoded(encoding_rs::UTF_16LE, &bytes),
        _ => match String::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(e) => Decoded { lossy: true, ..String::from_utf8_lossy(e.as_bytes()).into_owned().into() },
        },
    }
}

/// Whether a text begins as a template in JSON does, comments left out, which both languages write alike.
fn begins_as_json(text: &str) -> bool {
    let mut rest = text.trim_start();
    while let Some(comment) = rest.strip_prefix('/') {
        let behind = match comment.strip_prefix('*') {
            Some(comment) => comment.split_once("*/"),
            None => comment.split_once(['\n', '\r']),
        };
        rest = behind.map_or("", |(_, behind)| behind.trim_start());
    }
    rest.starts_with(['{', '[', '"'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    #[test]
    fn columns_count_utf16_units() {
        let s = Sources::new().add("a.json", "a\r\n😀é x");
        assert_eq!(s.position(3), Position { line: 2, column: 1 });
        assert_eq!(s.position(7), Position { line: 2, column: 3 });
        assert_eq!(s.position(10), Position { line: 2, column: 5 });
        assert_eq!(s.position(99), Position { line: 2, column: 6 });
        assert_eq!(s.line_text(1), "a");
    }

    #[test]
    fn each_kind_of_line_end_ends_a_line() {
        let s = Sources::new().add("a.bicep", "a\rb\r\nc\n\r\r\nd\r");
        let lines: Vec<&str> = (1..=8).map(|line| s.line_text(line)).collect();
        assert_eq!(lines, ["a", "b", "c", "", "", "d", "", ""]);
        for (offset, line, column) in [(0, 1, 1), (2, 2, 1), (3, 2, 2), (4, 2, 3), (5, 3, 1), (10, 6, 1), (12, 7, 1)] {
            assert_eq!(s.position(offset), Position { line, column }, "{offset}");
        }
        assert_eq!(s.line_width(1), 1);
    }

    #[test]
    fn columns_of_long_lines_are_those_that_counting_gives() {
        let line = "aé😀\u{301}x".repeat(300);
        let s = Sources::new().add("a.json", format!("first é\n{line}\r\nlast"));
        let start = s.text().find('\n').unwrap() + 1;
        for (byte, _) in line.char_indices() {
            let column = line[..byte].encode_utf16().count() as u32 + 1;
            assert_eq!(s.position((start + byte) as u32), Position { line: 2, column });
            let part = s.line_part(2, column, 100);
            let from = line.char_indices().map(|(i, _)| i).rfind(|i| *i <= byte.saturating_sub(100)).unwrap_or(0);
            assert_eq!(part.column, line[..from].encode_utf16().count() as u32 + 1);
            assert!(line[from..].starts_with(part.text) && part.text.len() <= 204 && from + part.text.len() > byte);
            assert_eq!((part.from_start, part.to_end), (from == 0, from + part.text.len() == line.len()));
        }
        assert_eq!(s.line_width(2), line.encode_utf16().count() as u32);
        assert_eq!((s.line_width(1), s.line_width(3), s.line_width(9)), (7, 4, 0));
        assert_eq!(s.line_part(9, 1, 10).text, "");
        assert_eq!(s.line_part(3, 99, 2).text, "st");
    }

    #[test]
    fn decodes_what_azure_tools_write() {
        let read = |bytes: &[u8]| {
            let d = decode(bytes.to_vec());
            (d.text, d.lossy, d.encoding)
        };
        assert_eq!(read(b"\xef\xbb\xbf{}"), ("{}".into(), false, Encoding::Utf8WithMark));
        assert_eq!(read(b"\xff\xfe{\0}\0"), ("{}".into(), false, Encoding::Utf16));
        assert_eq!(read(b"\0{\0}"), ("{}".into(), false, Encoding::Utf16));
        assert_eq!(read(b"{}"), ("{}".into(), false, Encoding::Utf8));
        assert_eq!(read(b"a\xff"), ("a\u{fffd}".into(), true, Encoding::Utf8));
    }
}
