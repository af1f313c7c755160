//! Places in texts as editors count them: lines and columns from 0, columns in the unit that both sides agreed on.

use std::ops::Range;

use gen_lsp_types::{Position, PositionEncodingKind, Range as LspRange};

/// U+FEFF at the beginning of a text: an editor may count it, and no [`crate::read::Source`] holds it.
const MARK: char = '\u{feff}';

/// What columns count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units: what every client knows.
    Utf16,
    /// Code points.
    Utf32,
}

impl Encoding {
    /// The cheapest for us of those that a client offers; UTF-16 if it says nothing.
    pub fn agreed(offered: Option<&[PositionEncodingKind]>) -> Self {
        let offered = offered.unwrap_or_default();
        match () {
            () if offered.contains(&PositionEncodingKind::UTF8) => Encoding::Utf8,
            () if offered.contains(&PositionEncodingKind::UTF16) || offered.is_empty() => Encoding::Utf16,
            () if offered.contains(&PositionEncodingKind::UTF32) => Encoding::Utf32,
            () => Encoding::Utf16,
        }
    }

    /// Its name in the protocol.
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
            Encoding::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    fn width(self, c: char) -> usize {
        match self {
            Encoding::Utf8 => c.len_utf8(),
            Encoding::Utf16 => c.len_utf16(),
            Encoding::Utf32 => 1,
        }
    }
}

/// The lines of a text. Bytes are those of the text without a byte order mark, as the rest of armlint counts them.
#[derive(Debug)]
pub struct Lines<'t> {
    text: &'t str,
    /// Where lines begin: after `\n`, `\r\n` and `\r`, as the protocol wants it.
    starts: Vec<usize>,
    encoding: Encoding,
    mark: usize,
}

impl<'t> Lines<'t> {
    /// The lines of a text, which may begin with a byte order mark.
    pub fn new(text: &'t str, encoding: Encoding) -> Self {
        let bytes = text.as_bytes();
        let ends = memchr::memchr2_iter(b'\n', b'\r', bytes);
        let ends = ends.filter(|&at| !(bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n')));
        let starts = std::iter::once(0).chain(ends.map(|at| at + 1)).collect();
        let mark = if text.starts_with(MARK) { MARK.len_utf8() } else { 0 };
        Lines { text, starts, encoding, mark }
    }

    /// The byte at a position. A column past the end of its line is that end, a line past the last the end of the text, and one
    /// within a character the beginning of that.
    pub fn offset(&self, at: Position) -> usize {
        let Some(&start) = self.starts.get(at.line as usize) else { return self.text.len() - self.mark };
        let end = self.starts.get(at.line as usize + 1).copied().unwrap_or(self.text.len());
        let line = self.text.get(start..end).unwrap_or_default().trim_end_matches(['\r', '\n']);
        let wanted = at.character as usize;
        let byte = if line.is_ascii() { wanted.min(line.len()) } else { self.byte(line, wanted) };
        (start + byte).saturating_sub(self.mark)
    }

    fn byte(&self, line: &str, wanted: usize) -> usize {
        let mut column = 0;
        for (byte, c) in line.char_indices() {
            column += self.encoding.width(c);
            if column > wanted {
                return byte;
            }
        }
        line.len()
    }

    /// The bytes from a UTF-16 column, from 0, to the end of its line, from 0, whatever columns count elsewhere.
    pub fn line_from(&self, line: u32, column: u32) -> Range<usize> {
        let at = |character| Position { line, character };
        let utf16 = Lines { encoding: Encoding::Utf16, starts: self.starts.clone(), ..*self };
        utf16.offset(at(column))..utf16.offset(at(u32::MAX))
    }

    /// The position of a byte. One past the end is the end, one within a character its beginning.
    pub fn position(&self, byte: usize) -> Position {
        let mut at = (byte + self.mark).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let line = self.starts.partition_point(|&s| s <= at).saturating_sub(1);
        let before = self.text.get(self.starts.get(line).copied().unwrap_or(0)..at).unwrap_or_default();
        let column: usize = match before.is_ascii() {
            true => before.len(),
            false => before.chars().map(|c| self.encoding.width(c)).sum(),
        };
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Position { line: number(line), character: number(column) }
    }

    /// The range of a stretch of bytes.
    pub fn range(&self, bytes: Range<usize>) -> LspRange {
        LspRange { start: self.position(bytes.start), end: self.position(bytes.end.max(bytes.start)) }
    }

    /// The bytes of a range; empty, at its beginning, if it ends before it begins.
    pub fn bytes(&self, range: LspRange) -> Range<usize> {
        let start = self.offset(range.start);
        start..self.offset(range.end).max(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn every_byte_is_found_again_in_every_encoding() {
        let text = "aé😀x\r\nsecond\rthird é\n\n😀";
        for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
            let lines = Lines::new(text, encoding);
            for (byte, c) in text.char_indices() {
                let after_return = c == '\n' && text[..byte].ends_with('\r');
                if !after_return {
                    assert_eq!(lines.offset(lines.position(byte)), byte, "{encoding:?} {byte}");
                }
            }
            assert_eq!(lines.position(text.len()).line, 4);
        }
    }

    #[test]
    fn columns_count_what_was_agreed() {
        let text = "\na😀b";
        let column = |encoding| Lines::new(text, encoding).position(text.len()).character;
        assert_eq!([Encoding::Utf8, Encoding::Utf16, Encoding::Utf32].map(column), [6, 4, 3]);
    }

    #[test]
    fn what_lies_outside_is_brought_in() {
        let lines = Lines::new("ab\n😀c", Encoding::Utf16);
        assert_eq!(lines.offset(at(0, 99)), 2);
        assert_eq!(lines.offset(at(9, 0)), 8);
        // Between the two halves of a character.
        assert_eq!(lines.offset(at(1, 1)), 3);
        assert_eq!(lines.bytes(LspRange { start: at(1, 2), end: at(0, 0) }), 7..7);
    }

    #[test]
    fn a_byte_order_mark_is_counted_by_the_editor_only() {
        let lines = Lines::new("\u{feff}ab", Encoding::Utf16);
        assert_eq!(lines.position(0), at(0, 1));
        assert_eq!(lines.offset(at(0, 2)), 1);
        assert_eq!(lines.offset(at(0, 0)), 0);
    }

    #[test]
    fn the_cheapest_encoding_on_offer_is_taken() {
        use PositionEncodingKind as Kind;
        assert_eq!(Encoding::agreed(None), Encoding::Utf16);
        assert_eq!(Encoding::agreed(Some(&[Kind::UTF32])), Encoding::Utf32);
        assert_eq!(Encoding::agreed(Some(&[Kind::UTF16, Kind::UTF8])), Encoding::Utf8);
        assert_eq!(Encoding::agreed(Some(&[Kind::UTF32, Kind::UTF16])), Encoding::Utf16);
    }
}
