//! Text to words.
//!
//! All of it at once: a word is twelve bytes, and the parser looks ahead as it likes. Strings with interpolation make
//! this modal: a `}` either closes a brace or continues the string around it, so the open ones are kept on a stack.

use ecow::EcoString;

use super::ast::{Directive, DirectiveKind, Name};
use super::problems::Problems;
use super::token::{Kind, Token};
use crate::read::{FileId, Span};

/// The compiler's limit.
const MAX_IDENTIFIER: usize = 255;

/// What the lexer makes of a text. The last token is always [`Kind::Eof`], and there is no other.
#[derive(Debug)]
pub(super) struct Lexed {
    pub tokens: Vec<Token>,
    pub comments: Vec<Span>,
    pub directives: Vec<Directive>,
    pub problems: Problems,
}

/// What a `}` closes while a string is open.
#[derive(Debug, Clone, Copy)]
enum Open {
    Brace,
    /// The hole of a string in single quotes.
    Hole,
    /// The hole of a multi-line string that takes this many `$` before a `{`.
    MultiHole(usize),
}

pub(super) fn lex(file: FileId, text: &str) -> Lexed {
    let mut lexer = Lexer {
        file,
        text,
        bytes: text.as_bytes(),
        pos: 0,
        open: Vec::new(),
        // Measured: real files have a word for every seven bytes or so.
        out: Lexed {
            tokens: Vec::with_capacity(text.len() / 6 + 2),
            comments: Vec::new(),
            directives: Vec::new(),
            problems: Problems::default(),
        },
    };
    while lexer.pos < text.len() {
        lexer.step();
    }
    lexer.close_strings();
    lexer.push(Kind::Eof, text.len(), false);
    lexer.out
}

struct Lexer<'a> {
    file: FileId,
    text: &'a str,
    bytes: &'a [u8],
    pos: usize,
    open: Vec<Open>,
    out: Lexed,
}

impl Lexer<'_> {
    /// The byte so far ahead; 0 past the end.
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.pos + ahead).copied().unwrap_or(0)
    }

    fn at_end(&self) -> bool {
        self.pos >= self.bytes.len()
    }

    fn span(&self, start: usize) -> Span {
        Span::new(self.file, start, self.pos)
    }

    fn push(&mut self, kind: Kind, start: usize, bad: bool) {
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        let end = u32::try_from(self.pos).unwrap_or(u32::MAX);
        self.out.tokens.push(Token { start, end, kind, bad });
    }

    /// Takes `length` bytes as a word.
    fn take(&mut self, kind: Kind, length: usize) {
        let start = self.pos;
        self.pos += length;
        self.push(kind, start, false);
    }

    /// Takes bytes while they satisfy the condition.
    fn skip_while(&mut self, condition: impl Fn(u8) -> bool) {
        while self.bytes.get(self.pos).is_some_and(|&b| condition(b)) {
            self.pos += 1;
        }
    }

    /// One word, comment or stretch of white space.
    fn step(&mut self) {
        let next = self.peek(1);
        match self.peek(0) {
            b' ' | b'\t' => self.skip_while(|b| matches!(b, b' ' | b'\t')),
            b'\n' | b'\r' => self.newline(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.identifier(),
            b'0'..=b'9' => {
                let start = self.pos;
                self.skip_while(|b| b.is_ascii_digit());
                self.push(Kind::Int, start, false);
            }
            b'\'' => self.string_start(),
            b'$' => self.dollar(),
            b'/' if next == b'/' => self.line_comment(),
            b'/' if next == b'*' => self.block_comment(),
            b'#' => self.hash(),
            b'{' => {
                if !self.open.is_empty() {
                    self.open.push(Open::Brace);
                }
                self.take(Kind::LBrace, 1);
            }
            b'}' => self.close_brace(),
            b'(' => self.take(Kind::LParen, 1),
            b')' => self.take(Kind::RParen, 1),
            b'[' => self.take(Kind::LSquare, 1),
            b']' => self.take(Kind::RSquare, 1),
            b'@' => self.take(Kind::At, 1),
            b',' => self.take(Kind::Comma, 1),
            b'.' if next == b'.' && self.peek(2) == b'.' => self.take(Kind::Ellipsis, 3),
            b'.' => self.take(Kind::Dot, 1),
            b'?' if next == b'?' => self.take(Kind::Coalesce, 2),
            b'?' => self.take(Kind::Question, 1),
            b':' if next == b':' => self.take(Kind::DoubleColon, 2),
            b':' => self.take(Kind::Colon, 1),
            b';' => self.take(Kind::Semicolon, 1),
            b'+' => self.take(Kind::Plus, 1),
            b'-' => self.take(Kind::Minus, 1),
            b'%' => self.take(Kind::Percent, 1),
            b'*' => self.take(Kind::Star, 1),
            b'/' => self.take(Kind::Slash, 1),
            b'^' => self.take(Kind::Hat, 1),
            b'!' if next == b'=' => self.take(Kind::NotEq, 2),
            b'!' if next == b'~' => self.take(Kind::NotEqFold, 2),
            b'!' => self.take(Kind::Bang, 1),
            b'<' if next == b'=' => self.take(Kind::Le, 2),
            b'<' => self.take(Kind::Lt, 1),
            b'>' if next == b'=' => self.take(Kind::Ge, 2),
            b'>' => self.take(Kind::Gt, 1),
            b'=' if next == b'=' => self.take(Kind::Eq, 2),
            b'=' if next == b'~' => self.take(Kind::EqFold, 2),
            b'=' if next == b'>' => self.take(Kind::Arrow, 2),
            b'=' => self.take(Kind::Assign, 1),
            b'&' if next == b'&' => self.take(Kind::And, 2),
            b'|' if next == b'|' => self.take(Kind::Or, 2),
            b'|' => self.take(Kind::Pipe, 1),
            _ => self.unknown(),
        }
    }

    /// Ends every open string: the hole of a string may not go over several lines. So each `StrLeft` has its `StrRight`
    /// on the same line, whatever is between them, and the parser may rely on that.
    fn close_strings(&mut self) {
        if self.open.is_empty() {
            return;
        }
        self.out.problems.error(self.span(self.pos), "The `${` of a string must be closed with `}` on the same line");
        for open in std::mem::take(&mut self.open) {
            if !matches!(open, Open::Brace) {
                self.push(Kind::StrRight, self.pos, true);
            }
        }
    }

    fn newline(&mut self) {
        self.close_strings();
        let start = self.pos;
        self.skip_while(|b| matches!(b, b'\n' | b'\r'));
        match self.out.tokens.last_mut() {
            // Only comments in between: one line end is as good as two.
            Some(last) if last.kind == Kind::NewLine => last.end = u32::try_from(self.pos).unwrap_or(u32::MAX),
            _ => self.push(Kind::NewLine, start, false),
        }
    }

    fn identifier(&mut self) {
        let start = self.pos;
        self.skip_while(is_word);
        let word = &self.text[start..self.pos];
        let kind = match word {
            "true" => Kind::True,
            "false" => Kind::False,
            "null" => Kind::Null,
            _ => Kind::Ident,
        };
        if word.len() > MAX_IDENTIFIER {
            let message = format!("This name has {} characters; Bicep allows {MAX_IDENTIFIER}", word.len());
            self.out.problems.error(self.span(start), message);
        }
        self.push(kind, start, false);
    }

    fn line_comment(&mut self) {
        let start = self.pos;
        self.pos = memchr::memchr2(b'\n', b'\r', &self.bytes[start..]).map_or(self.bytes.len(), |i| start + i);
        self.out.comments.push(self.span(start));
    }

    fn block_comment(&mut self) {
        let start = self.pos;
        match memchr::memmem::find(&self.bytes[start + 2..], b"*/") {
            Some(i) => self.pos = start + 2 + i + 2,
            None => {
                let opening = Span::new(self.file, start, start + 2);
                self.out.problems.error(opening, "This comment is never closed: `*/` is missing");
                self.pos = self.bytes.len();
            }
        }
        self.out.comments.push(self.span(start));
    }

    /// A `#`: a directive if it is the first thing on its line.
    fn hash(&mut self) {
        const DIRECTIVES: [(&str, DirectiveKind); 3] = [
            ("#disable-next-line", DirectiveKind::DisableNextLine),
            ("#disable-diagnostics", DirectiveKind::Disable),
            ("#restore-diagnostics", DirectiveKind::Restore),
        ];
        let start = self.pos;
        let rest = &self.text[start..];
        let known = DIRECTIVES.iter().find(|(word, _)| rest.starts_with(word));
        let first = self.out.tokens.last().is_none_or(|t| t.kind == Kind::NewLine)
            && self.out.comments.last().is_none_or(|c| self.starts_line(c.end as usize));
        let Some(&(word, kind)) = known.filter(|_| first && self.open.is_empty()) else {
            return self.unknown();
        };
        self.pos += word.len();
        let mut end = self.pos;
        let mut codes = Vec::new();
        loop {
            self.skip_while(|b| matches!(b, b' ' | b'\t'));
            let from = self.pos;
            // The compiler's codes have no dots. The ids of rules do, and who writes one is told so once rules are known.
            self.skip_while(|b| is_word(b) || matches!(b, b'-' | b'.'));
            if from == self.pos {
                break;
            }
            end = self.pos;
            codes.push(Name { text: EcoString::from(&self.text[from..end]), span: self.span(from) });
        }
        self.pos = end;
        if codes.is_empty() {
            let message = format!("`{word}` names no diagnostic code; write for example `{word} no-unused-params`");
            self.out.problems.warning(self.span(start), message);
        }
        self.out.directives.push(Directive { kind, codes, span: self.span(start) });
    }

    /// Whether there is a line end between this offset and here.
    fn starts_line(&self, from: usize) -> bool {
        self.bytes.get(from..self.pos).is_some_and(|b| b.iter().any(|b| matches!(b, b'\n' | b'\r')))
    }

    /// Anything that is no word of the language, up to the next byte that may be one.
    fn unknown(&mut self) {
        let start = self.pos;
        self.pos += 1;
        if self.bytes[start] >= 0x80 {
            self.skip_while(|b| b >= 0x80);
        }
        let text = &self.text[start..self.pos];
        let message = if text == "\"" {
            "`\"` is not part of the language; a string is written in single quotes".to_owned()
        } else {
            let shown: String = text.chars().take(20).flat_map(char::escape_debug).collect();
            format!("`{shown}` is not part of the language")
        };
        self.out.problems.error(self.span(start), message);
        self.push(Kind::Unknown, start, true);
    }

    fn close_brace(&mut self) {
        match self.open.last() {
            None => self.take(Kind::RBrace, 1),
            Some(Open::Brace) => {
                self.open.pop();
                self.take(Kind::RBrace, 1);
            }
            Some(&Open::Hole) => {
                let start = self.pos;
                self.pos += 1;
                self.string(start, false);
            }
            Some(&Open::MultiHole(dollars)) => {
                let start = self.pos;
                self.pos += 1;
                self.multi_string(start, dollars, false);
            }
        }
    }

    fn string_start(&mut self) {
        let start = self.pos;
        if self.peek(1) == b'\'' && self.peek(2) == b'\'' {
            self.pos += 3;
            self.multi_string(start, 0, true);
        } else {
            self.pos += 1;
            self.string(start, true);
        }
    }

    /// `$'''` starts a multi-line string with interpolation, anything else is wrong.
    fn dollar(&mut self) {
        let start = self.pos;
        self.skip_while(|b| b == b'$');
        if self.bytes[self.pos..].starts_with(b"'''") {
            let dollars = self.pos - start;
            self.pos += 3;
            self.multi_string(start, dollars, true);
        } else {
            self.pos = start;
            self.unknown();
        }
    }

    /// A piece of a string on one line, after its `'` or `}`.
    fn string(&mut self, start: usize, first: bool) {
        let mut bad = false;
        loop {
            self.skip_while(|b| !matches!(b, b'\'' | b'\\' | b'$' | b'\n' | b'\r'));
            match self.peek(0) {
                b'\'' => {
                    self.pos += 1;
                    return self.piece(start, first, None, bad);
                }
                b'$' if self.peek(1) == b'{' => {
                    self.pos += 2;
                    return self.piece(start, first, Some(Open::Hole), bad);
                }
                b'$' => self.pos += 1,
                b'\\' => bad |= !self.escape(),
                _ => {
                    let what = if self.at_end() { "the file" } else { "the line" };
                    let message = format!("This string is not closed: `'` is missing before the end of {what}");
                    self.out.problems.error(self.span(start), message);
                    return self.piece(start, first, None, true);
                }
            }
        }
    }

    /// A piece of a multi-line string, after its `'''` or `}`.
    fn multi_string(&mut self, start: usize, dollars: usize, first: bool) {
        loop {
            let Some(stop) = memchr::memchr2(b'\'', b'$', &self.bytes[self.pos..]) else {
                self.pos = self.bytes.len();
                let opening = Span::new(self.file, start, start + if first { dollars + 3 } else { 1 });
                self.out.problems.error(opening, "This string is never closed: `'''` is missing");
                return self.piece(start, first, None, true);
            };
            self.pos += stop;
            let from = self.pos;
            if self.peek(0) == b'\'' {
                self.skip_while(|b| b == b'\'');
                if self.pos - from >= 3 {
                    return self.piece(start, first, None, false);
                }
            } else {
                self.skip_while(|b| b == b'$');
                if dollars > 0 && self.pos - from >= dollars && self.peek(0) == b'{' {
                    self.pos += 1;
                    return self.piece(start, first, Some(Open::MultiHole(dollars)), false);
                }
            }
        }
    }

    /// Ends a piece of a string, which `hole` follows.
    fn piece(&mut self, start: usize, first: bool, hole: Option<Open>, bad: bool) {
        let kind = match (first, hole.is_some()) {
            (true, false) => Kind::Str,
            (true, true) => Kind::StrLeft,
            (false, true) => Kind::StrMiddle,
            (false, false) => Kind::StrRight,
        };
        match (kind, hole) {
            (Kind::StrLeft, Some(hole)) => self.open.push(hole),
            (Kind::StrRight, _) => {
                self.open.pop();
            }
            _ => {}
        }
        self.push(kind, start, bad);
    }

    /// Takes an escape; `false` and a problem if it is none.
    fn escape(&mut self) -> bool {
        let start = self.pos;
        if let Some((_, length)) = unescape(&self.text[start..]) {
            self.pos += length;
            return true;
        }
        self.pos += 1;
        match self.bytes.get(self.pos) {
            // The loop around this says that the string is not closed.
            None | Some(b'\n' | b'\r') => {}
            Some(b'u') => {
                self.pos += 1;
                if self.peek(0) == b'{' {
                    self.pos += 1;
                    self.skip_while(|b| b.is_ascii_hexdigit());
                    if self.peek(0) == b'}' {
                        self.pos += 1;
                    }
                }
                let message = "This is no Unicode escape: write `\\u{…}` with a hexadecimal number of at most 10FFFF";
                self.out.problems.error(self.span(start), message);
            }
            _ => {
                let character = self.text[self.pos..].chars().next();
                self.pos += character.map_or(1, char::len_utf8);
                let message = format!(
                    "`{}` is no escape; there are `\\n`, `\\r`, `\\t`, `\\\\`, `\\'`, `\\$` and `\\u{{…}}`",
                    &self.text[start..self.pos]
                );
                self.out.problems.error(self.span(start), message);
            }
        }
        false
    }
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

/// The character that an escape at the start of the text stands for, and the escape's length.
/// A surrogate, which no UTF-8 text can hold, becomes the replacement character.
pub fn unescape(text: &str) -> Option<(char, usize)> {
    let bytes = text.as_bytes();
    let character = match bytes.get(1)? {
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'\\' => '\\',
        b'\'' => '\'',
        b'$' => '$',
        b'u' if bytes.get(2) == Some(&b'{') => {
            let digits = bytes[3..].iter().take_while(|b| b.is_ascii_hexdigit()).count();
            if digits == 0 || bytes.get(3 + digits) != Some(&b'}') {
                return None;
            }
            let code = u32::from_str_radix(&text[3..3 + digits], 16).ok().filter(|&c| c <= 0x10_FFFF)?;
            return Some((char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 3 + digits + 1));
        }
        _ => return None,
    };
    Some((character, 2))
}
