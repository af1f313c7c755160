//! Tokens: white space, comments, strings, numbers and words, and what can be wrong inside each.

use super::escape::{self, Verdict};
use super::parser::Parser;
use super::tree::{BARE, ESCAPES, Tag, UNCLOSED};
use crate::diagnostic::Level;

/// A string, key or word: its bytes (quotes included) and the flags for its entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub start: usize,
    pub end: usize,
    pub flags: u32,
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;
const SPACES: u64 = ONES * b' ' as u64;

/// The index of the next quote, backslash or control character, or the length. Eight bytes at a time: most strings
/// are too short for a vectorised search to pay off.
fn next_special(bytes: &[u8], mut at: usize) -> usize {
    let equals = |word: u64, byte: u8| {
        let x = word ^ (ONES * u64::from(byte));
        x.wrapping_sub(ONES) & !x
    };
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let control = word.wrapping_sub(SPACES) & !word;
        // A borrow can set bits above the first hit, never below it.
        let hits = (equals(word, b'"') | equals(word, b'\\') | control) & HIGHS;
        if hits != 0 {
            return at + (hits.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|&b| b != b'"' && b != b'\\' && b >= b' ') {
        at += 1;
    }
    at
}

/// How much of a line is the text of a string that was not closed: not a comma at its end, nor closing brackets that
/// nothing in the text opens.
fn text_length(line: &[u8]) -> usize {
    let count = |open, close| {
        let count = |byte| memchr::memchr_iter(byte, line).count();
        count(close).saturating_sub(count(open))
    };
    let (mut braces, mut brackets) = (count(b'{', b'}'), count(b'[', b']'));
    let mut text = line.trim_ascii_end();
    loop {
        text = match text {
            [rest @ .., b','] => rest,
            [rest @ .., b'}'] if braces > 0 => {
                braces -= 1;
                rest
            }
            [rest @ .., b']'] if brackets > 0 => {
                brackets -= 1;
                rest
            }
            _ => return text.len(),
        }
        .trim_ascii_end();
    }
}

/// Tokens in braces that somebody replaces before this is read as JSON: a pipeline, the Azure Developer CLI, a template engine.
const IN_BRACES: [(&[u8], &[u8]); 3] = [(b"#{", b"}#"), (b"${", b"}"), (b"{{", b"}}")];

/// The bytes of a token `#{x}#`, `${x}` or `{{x}}` at the start; `None` if there is none within the line.
pub(super) fn token_in_braces(bytes: &[u8]) -> Option<usize> {
    /// A longer one is none: what looks for more of them takes linear time.
    const LONGEST: usize = 256;
    let (open, close) = IN_BRACES.iter().find(|(open, _)| bytes.starts_with(open))?;
    let inner = bytes.get(open.len()..)?;
    // The default in `${x=a,b}` may hold a comma.
    let ends = |b: &u8| matches!(b, b'{' | b'}' | b'\n' | b'"') || *b == b',' && *open != b"${";
    let length = inner.iter().take(LONGEST).position(ends).filter(|length| *length > 0)?;
    inner.get(length..)?.starts_with(close).then_some(open.len() + length + close.len())
}

/// Bytes that end a word.
fn ends_word(byte: u8) -> bool {
    matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':' | b'"' | b' ' | b'\n' | b'\r' | b'\t')
}

impl Parser<'_> {
    /// Skips white space and comments and gives the byte after them, without taking it.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.bytes.get(self.pos)?;
            if byte > b' ' && byte < 0x80 && byte != b'/' {
                return Some(byte);
            }
            match byte {
                b' ' => self.skip_spaces(),
                // Most lines are indented.
                b'\n' => {
                    self.pos += 1;
                    self.skip_spaces();
                }
                b'\r' | b'\t' => self.pos += 1,
                _ if self.skip_unusual(byte) => {}
                _ => return Some(byte),
            }
        }
    }

    #[inline]
    fn skip_spaces(&mut self) {
        while let Some(chunk) = self.bytes.get(self.pos..).and_then(|rest| rest.first_chunk::<8>()) {
            let other = u64::from_le_bytes(*chunk) ^ SPACES;
            if other != 0 {
                self.pos += (other.trailing_zeros() / 8) as usize;
                return;
            }
            self.pos += 8;
        }
        while self.bytes.get(self.pos) == Some(&b' ') {
            self.pos += 1;
        }
    }

    /// Skips a comment or white space that JSON does not know. `false` if there is neither.
    #[cold]
    fn skip_unusual(&mut self, byte: u8) -> bool {
        let start = self.pos;
        if byte != b'/' {
            let Some(c) = self.char_at(start) else { return false };
            if c == '\u{feff}' && start == 0 {
                self.pos += c.len_utf8();
                return true;
            }
            if !c.is_whitespace() {
                return false;
            }
            self.pos += c.len_utf8();
            self.problem(Level::Note, "json-whitespace", start, self.pos, |_| {
                format!("U+{:04X} is not white space in JSON; use a space", u32::from(c))
            });
            return true;
        }
        let end = match self.bytes.get(start + 1) {
            Some(b'/') => start + self.line_length(start),
            Some(b'*') => match self.comment_end(start + 2) {
                Some(end) => end,
                None => {
                    self.error(start, start + 2, |_| "this comment is not closed: expected `*/`".into());
                    // What follows is more likely to be JSON than a comment.
                    start + self.line_length(start)
                }
            },
            _ => return false,
        };
        self.comments.push(self.span(start, end));
        self.pos = end;
        true
    }

    /// The offset after the `*/` that follows an offset.
    fn comment_end(&mut self, from: usize) -> Option<usize> {
        if self.no_comment_end {
            return None;
        }
        let length = memchr::memmem::find(&self.bytes[from..], b"*/");
        self.no_comment_end = length.is_none();
        length.map(|length| from + length + 2)
    }

    /// The bytes from an offset to the end of its line, without the line ending: LF, CRLF, or CR alone, which old editors write.
    fn line_length(&self, from: usize) -> usize {
        let rest = &self.bytes[from..];
        memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())
    }

    pub(super) fn char_at(&self, at: usize) -> Option<char> {
        self.text.get(at..)?.chars().next()
    }

    /// Reads the string whose opening quote (`"`) stands at the position.
    #[inline]
    pub(super) fn string(&mut self, is_key: bool) -> Token {
        let start = self.pos;
        let end = next_special(self.bytes, start + 1);
        if self.bytes.get(end) == Some(&b'"') {
            self.pos = end + 1;
            self.prev_end = self.pos;
            return Token { start, end: end + 1, flags: 0 };
        }
        self.string_slow(start, end, is_key)
    }

    fn string_slow(&mut self, start: usize, mut at: usize, is_key: bool) -> Token {
        // A text that was searched for a closing quote once, in vain, is not searched beyond the line again: otherwise
        // reading could take time that grows with the square of the size.
        let one_line = start < self.searched_to;
        let mut newline = None;
        let mut flags = 0;
        let mut suspect = false;
        loop {
            match self.bytes.get(at) {
                None => return self.unclosed_string(start, newline.unwrap_or(at), at, is_key),
                Some(b'"') => match newline {
                    Some(line_end) if !self.plausible_end(at) => {
                        return self.unclosed_string(start, line_end, at, is_key);
                    }
                    _ => break,
                },
                Some(b'\\') => {
                    let escape = escape::read(self.text, at);
                    flags |= ESCAPES;
                    suspect |= escape.verdict != Verdict::Valid;
                    at += escape.len;
                }
                Some(b'\n') if one_line => return self.unclosed_string(start, at, at, is_key),
                Some(b'\n') => {
                    newline.get_or_insert(at);
                    at += 1;
                }
                Some(b'\r' | b'\t') => at += 1,
                Some(_) => {
                    suspect = true;
                    at += 1;
                }
            }
            at = next_special(self.bytes, at);
        }
        self.pos = at + 1;
        self.prev_end = self.pos;
        if suspect {
            self.string_problems(start + 1, at, b'"');
        }
        Token { start, end: at + 1, flags }
    }

    /// Whether a quote after a line break ends the string. If the quote that was meant to end it is missing, the next
    /// one found is the opening quote of a key or value, and text follows it.
    fn plausible_end(&self, quote: usize) -> bool {
        let rest = &self.bytes[quote + 1..];
        let next = rest.iter().find(|&&b| b != b' ' && b != b'\t');
        match next {
            None | Some(b',' | b']' | b'}' | b':' | b'\n' | b'\r' | b'/') => true,
            Some(b'"') => self.bytes[..quote].iter().rev().find(|&&b| b != b' ' && b != b'\t') != Some(&b'\n'),
            Some(_) => false,
        }
    }

    /// Ends a string that has no closing quote at the end of its line, before what looks like structure.
    #[cold]
    fn unclosed_string(&mut self, start: usize, line_end: usize, searched: usize, is_key: bool) -> Token {
        self.searched_to = self.searched_to.max(searched);
        let colon = if is_key { memchr::memchr(b':', &self.bytes[start..line_end]) } else { None };
        let end = match colon {
            Some(colon) => start + colon,
            None => start + 1 + text_length(&self.bytes[start + 1..line_end]),
        };
        self.pos = end;
        self.prev_end = end;
        self.error(start, end, |_| "this string is not closed: expected `\"` at its end".into());
        self.string_problems(start + 1, end, b'"');
        let escapes = memchr::memchr(b'\\', &self.bytes[start..end]).map_or(0, |_| ESCAPES);
        Token { start, end, flags: UNCLOSED | escapes }
    }

    /// Ends a key before a colon that its missing quote made a part of it (`"name: "x"`): gives the shortened key if it
    /// looks like that.
    #[cold]
    pub(super) fn shorten_key(&mut self, key: Token) -> Option<Token> {
        let content = self.text.get(key.start + 1..key.end.checked_sub(1)?)?;
        let name = content.trim_end().strip_suffix(':')?;
        if key.flags != 0 || name.contains(':') {
            return None;
        }
        let end = key.start + 1 + name.len();
        self.error(key.start, end, |_| "this key is not closed: expected `\"` before the colon".into());
        self.pos = end;
        self.prev_end = end;
        Some(Token { start: key.start, end, flags: UNCLOSED })
    }

    /// Reads a string in single quotes, which ends with its line at the latest.
    #[cold]
    pub(super) fn single_quoted(&mut self, is_key: bool) -> Token {
        let start = self.pos;
        let mut at = start + 1;
        let mut closed = false;
        while let Some(found) = self.bytes.get(at..).and_then(|rest| memchr::memchr3(b'\'', b'\\', b'\n', rest)) {
            at += found;
            match self.bytes[at] {
                b'\\' if self.bytes.get(at + 1) == Some(&b'\n') => break,
                b'\\' => at += escape::read(self.text, at).len,
                byte => {
                    closed = byte == b'\'';
                    break;
                }
            }
        }
        let (end, next) = if closed { (at + 1, at + 1) } else { self.single_quoted_end(start, is_key) };
        self.pos = next;
        self.prev_end = next;
        self.error(start, next, |_| {
            let rest = if closed || end < next { "" } else { ", and this one is not closed" };
            format!("strings are written in double quotes{rest}: use `\"` on both sides")
        });
        self.string_problems(start + 1, if closed { end - 1 } else { end }, b'\'');
        let escapes = memchr::memchr(b'\\', &self.bytes[start..end]).map_or(0, |_| ESCAPES);
        Token { start, end, flags: escapes | if closed { 0 } else { UNCLOSED } }
    }

    /// Where a string in single quotes ends that is not closed, and where reading goes on.
    fn single_quoted_end(&self, start: usize, is_key: bool) -> (usize, usize) {
        let from = start + 1;
        let line = &self.bytes[from..start + self.line_length(start)];
        match memchr::memchr2(b'"', if is_key { b':' } else { b',' }, line) {
            // The right quote on one side.
            Some(length) if line[length] == b'"' => (from + length, from + length + 1),
            Some(length) => (from + length, from + length),
            None => (from + text_length(line), from + text_length(line)),
        }
    }

    /// Reports bad escapes and control characters between two offsets.
    #[cold]
    fn string_problems(&mut self, mut at: usize, end: usize, quote: u8) {
        while at < end {
            let byte = self.bytes[at];
            if byte == b'\\' {
                let escape = escape::read(self.text, at);
                let stop = (at + escape.len).min(end);
                let (level, message) = match escape.verdict {
                    Verdict::Valid => (None, ""),
                    Verdict::Quote if quote == b'\'' => (None, ""),
                    Verdict::Quote => (Some(Level::Note), "`\\'` is no escape in JSON: write `'`"),
                    Verdict::LoneSurrogate => (
                        Some(Level::Note),
                        "this escape is half of a character and is read as U+FFFD: write both halves",
                    ),
                    Verdict::BadUnicode => (Some(Level::Error), "expected four hexadecimal digits after `\\u`"),
                    Verdict::Unknown => {
                        (Some(Level::Error), "there is no such escape in JSON: for a backslash write `\\\\`")
                    }
                };
                if let Some(level) = level {
                    self.problem(level, "json-string", at, stop, |_| message.into());
                }
                at = stop;
            } else {
                if byte < b' ' && !matches!(byte, b'\n' | b'\r' | b'\t') {
                    self.problem(Level::Note, "json-string", at, at + 1, |_| {
                        format!("the string holds a raw control character: write `\\u{byte:04x}`")
                    });
                }
                at += 1;
            }
        }
    }

    /// Reads a word: everything up to white space, a bracket, comma, colon, double quote or comment. Takes at least
    /// one character.
    pub(super) fn word(&mut self) -> Token {
        let start = self.pos;
        let mut at = start;
        while let Some(&byte) = self.bytes.get(at) {
            if at > start && ends_word(byte) {
                if let (b'{', Some(length)) = (byte, token_in_braces(&self.bytes[at - 1..])) {
                    at = at - 1 + length;
                    continue;
                }
                break;
            }
            match byte {
                b'/' if at > start && matches!(self.bytes.get(at + 1), Some(b'/' | b'*')) => break,
                // A quote that is escaped does not open a string.
                b'\\' => at += 1 + self.char_at(at + 1).filter(|&c| c != '\n').map_or(0, char::len_utf8),
                0x80.. => {
                    let c = self.char_at(at).unwrap_or(' ');
                    if at > start && c.is_whitespace() {
                        break;
                    }
                    at += c.len_utf8();
                }
                _ => at += 1,
            }
        }
        let end = at.min(self.bytes.len());
        self.pos = end;
        self.prev_end = end;
        Token { start, end, flags: BARE }
    }

    /// Reads a number that starts with a digit, sign or point, and whatever is stuck to it.
    #[inline]
    pub(super) fn number(&mut self) -> (Tag, Token) {
        let start = self.pos;
        let first = start + usize::from(self.bytes[start] == b'-');
        let mut end = first;
        while self.bytes.get(end).is_some_and(u8::is_ascii_digit) {
            end += 1;
        }
        let plain = end > first && (end == first + 1 || self.bytes[first] != b'0');
        if plain && self.bytes.get(end).is_none_or(|&b| ends_word(b)) {
            self.pos = end;
            self.prev_end = end;
            return (Tag::Number, Token { start, end, flags: 0 });
        }
        self.number_slow()
    }

    #[cold]
    fn number_slow(&mut self) -> (Tag, Token) {
        let token = self.word();
        let Token { start, end, .. } = token;
        let text = self.text.get(start..end).unwrap_or("");
        let value = text.parse::<f64>().ok();
        let digits = text.bytes().any(|b| b.is_ascii_digit());
        let message = match value {
            Some(value) if digits && !value.is_finite() => "this number is too large",
            Some(_) if valid_number(text.as_bytes()) => return (Tag::Number, Token { flags: 0, ..token }),
            Some(_) if digits => {
                "this is not how JSON writes a number: no leading zeros, and digits on both sides of the decimal point"
            }
            _ if matches!(text, "-Infinity" | "-inf") => "infinity is not a JSON value: use a number or `null`",
            _ => "this is neither a number nor another value: put text in double quotes",
        };
        let message = message.to_owned();
        self.problem(Level::Error, "json-number", start, end, |_| message);
        if value.is_some() && digits {
            (Tag::Number, Token { flags: 0, ..token })
        } else if text.starts_with("-I") || text.starts_with("-i") {
            (Tag::Null, Token { flags: 0, ..token })
        } else {
            (Tag::String, token)
        }
    }
}

/// The grammar of RFC 8259.
fn valid_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|b| b.is_ascii_digit()).count();
    let mut rest = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest[0] == b'0') {
        return false;
    }
    rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = &fraction[count..];
    }
    if let Some(exponent) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) {
        let exponent = exponent.strip_prefix(b"+").or_else(|| exponent.strip_prefix(b"-")).unwrap_or(exponent);
        let count = digits(exponent);
        if count == 0 {
            return false;
        }
        rest = &exponent[count..];
    }
    rest.is_empty()
}
