//! From tokens to the arena: a state machine with its own stack, and the recovery from mistakes.

use std::sync::Arc;

use super::Problem;
use super::keys::{self, KeyMark};
use super::lexer::Token;
use super::tree::{ESCAPES, Entry, Tag};
use crate::diagnostic::Level;
use crate::read::{Source, Span};

/// Problems of one level listed per file. A file with more is not JSON, and nobody reads further.
const MAX_PROBLEMS: usize = 100;
/// No offset in the text.
const NONE: usize = usize::MAX;

/// What parsing gives.
pub(super) struct Parsed {
    pub entries: Vec<Entry>,
    pub comments: Vec<Span>,
    pub problems: Vec<Problem>,
    pub has_errors: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Context {
    Root,
    Array,
    Object,
}

/// A container that is open, or the text as a whole.
#[derive(Debug, Clone, Copy)]
struct Frame {
    context: Context,
    /// Its entry.
    node: usize,
    /// Members or items so far.
    count: u32,
    /// Its first key among `Parser::keys`.
    keys: usize,
    /// Entries from here on come from a value in the wrong place, and go when that value is read.
    discard: usize,
}

/// What the next token must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A value, after a colon or in an array or at the start; in an array also the closing bracket.
    Value,
    /// A key or the closing brace.
    Key,
    /// A comma or a closing bracket.
    After,
    /// Nothing more: the rest is not read.
    Done,
}

/// What to do about a closing bracket that does not fit the innermost open one.
enum Mismatch {
    /// The innermost bracket was not closed: close it, then look again.
    Unclosed,
    /// The wrong bracket was typed.
    Wrong,
    /// There is one bracket too many.
    Extra,
}

pub(super) struct Parser<'s> {
    source: &'s Source,
    pub(super) text: &'s str,
    pub(super) bytes: &'s [u8],
    pub(super) pos: usize,
    /// The end of the last token: where a missing one belongs.
    pub(super) prev_end: usize,
    /// How far a closing quote was searched for in vain.
    pub(super) searched_to: usize,
    pub(super) comments: Vec<Span>,
    entries: Vec<Entry>,
    problems: Vec<Problem>,
    /// Problems by level, those not listed included.
    counts: [usize; 3],
    stack: Vec<Frame>,
    top: Frame,
    open_arrays: usize,
    open_objects: usize,
    keys: Vec<KeyMark>,
    /// The comma just read, while what must follow it has not been read.
    comma: usize,
}

/// Parses the text of a source.
pub(super) fn parse(source: &Arc<Source>) -> Parsed {
    let text = source.text.as_str();
    let fits = u32::try_from(text.len()).is_ok();
    let text = if fits { text } else { "" };
    let mut parser = Parser {
        source,
        text,
        bytes: text.as_bytes(),
        pos: 0,
        prev_end: 0,
        searched_to: 0,
        comments: Vec::new(),
        // A guess that fits indented templates; the list grows when it must.
        entries: Vec::with_capacity((text.len() / 24).min(1 << 20) + 8),
        problems: Vec::new(),
        counts: [0; 3],
        stack: Vec::new(),
        top: Frame { context: Context::Root, node: 0, count: 0, keys: 0, discard: NONE },
        open_arrays: 0,
        open_objects: 0,
        keys: Vec::new(),
        comma: NONE,
    };
    if fits {
        parser.run();
    } else {
        parser.error(0, 0, |_| "the file is too large: the limit is 4 GiB".into());
    }
    let mut problems = parser.problems;
    // Duplicate keys are found when their object closes, so after what is in it.
    problems.sort_by_key(|p| p.span.start);
    Parsed { entries: parser.entries, comments: parser.comments, problems, has_errors: parser.counts[0] > 0 }
}

impl Parser<'_> {
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source.id, start, end)
    }

    pub(super) fn error(&mut self, start: usize, end: usize, message: impl FnOnce(&Source) -> String) {
        self.problem(Level::Error, "json-syntax", start, end, message);
    }

    #[cold]
    pub(super) fn problem(
        &mut self,
        level: Level,
        code: &'static str,
        start: usize,
        end: usize,
        message: impl FnOnce(&Source) -> String,
    ) {
        let (index, plural) = match level {
            Level::Error => (0, "errors"),
            Level::Warning => (1, "warnings"),
            Level::Note => (2, "notes"),
        };
        self.counts[index] += 1;
        let message = match self.counts[index] {
            n if n <= MAX_PROBLEMS => message(self.source),
            n if n == MAX_PROBLEMS + 1 => {
                format!("this file has more than {MAX_PROBLEMS} {plural}: the others are not listed")
            }
            _ => return,
        };
        let span = self.span(start, end);
        self.problems.push(Problem { level, code, message, span });
    }

    /// Whether another error would still be listed. If not, it is not worth looking closely.
    fn listening(&self) -> bool {
        self.counts[0] < MAX_PROBLEMS
    }

    fn run(&mut self) {
        let mut state = State::Value;
        while let Some(byte) = self.peek() {
            state = match state {
                State::Value => self.value(byte),
                State::Key => self.key(byte),
                State::After => self.after(byte),
                State::Done => return,
            };
        }
        self.end(state);
    }

    // ---- values ----------------------------------------------------------------------------------------------------

    #[inline]
    fn value(&mut self, byte: u8) -> State {
        match byte {
            b'"' => {
                let token = self.string(false);
                self.push(Tag::String, token)
            }
            b'{' => self.open(Context::Object),
            b'[' => self.open(Context::Array),
            b'-' | b'0'..=b'9' => {
                let (tag, token) = self.number();
                self.push(tag, token)
            }
            b']' | b'}' | b',' | b':' => self.no_value(byte),
            b'\'' => {
                let token = self.single_quoted();
                self.push(Tag::String, token)
            }
            _ => self.word_value(),
        }
    }

    #[inline]
    fn push(&mut self, tag: Tag, token: Token) -> State {
        self.top.count = self.top.count.saturating_add(1);
        let next = self.entries.len() + 1;
        self.entries.push(Entry::new(tag, token.flags, token.start, token.end, next));
        State::After
    }

    #[inline]
    fn open(&mut self, context: Context) -> State {
        let (tag, state) = match context {
            Context::Object => (Tag::Object, State::Key),
            _ => (Tag::Array, State::Value),
        };
        match context {
            Context::Object => self.open_objects += 1,
            _ => self.open_arrays += 1,
        }
        let node = self.entries.len();
        self.push(tag, Token { start: self.pos, end: self.pos + 1, flags: 0 });
        self.stack.push(self.top);
        self.top = Frame { context, node, count: 0, keys: self.keys.len(), discard: NONE };
        self.pos += 1;
        self.prev_end = self.pos;
        self.comma = NONE;
        state
    }

    fn word_value(&mut self) -> State {
        let mut token = self.word();
        let text = self.text.get(token.start..token.end).unwrap_or("");
        let tag = match text {
            "true" => Tag::True,
            "false" => Tag::False,
            "null" => Tag::Null,
            _ => {
                // A missing opening quote leaves the closing one behind.
                let rest = self.bytes.get(token.end..).unwrap_or_default();
                if let [b'"', after @ ..] = rest
                    && matches!(after.first(), None | Some(b',' | b'}' | b']' | b'\r' | b'\n'))
                {
                    let end = token.end;
                    self.error(token.start, end + 1, |_| {
                        "this string has no opening quote: expected `\"` before it".into()
                    });
                    self.pos = end + 1;
                    self.prev_end = self.pos;
                    return self.push(Tag::String, token);
                }
                let (tag, message) = wrong_word(text);
                self.error(token.start, token.end, |_| message);
                tag
            }
        };
        if tag != Tag::String {
            token.flags = 0;
        }
        self.push(tag, token)
    }

    /// A bracket, comma or colon where a value must be.
    #[cold]
    fn no_value(&mut self, byte: u8) -> State {
        let at = self.pos;
        match (self.top.context, byte) {
            (Context::Array, b']') if self.top.discard == NONE => {
                self.trailing_comma();
                self.close();
                State::After
            }
            (Context::Object, b':') => {
                self.error(at, at + 1, |_| "expected a value instead of a second colon: remove the colon".into());
                self.take();
                State::Value
            }
            (Context::Object, _) => {
                let place = self.prev_end;
                self.error(place, place, |_| "expected a value after the colon".into());
                self.drop_key();
                State::After
            }
            (Context::Array, b',' | b':') if self.top.discard == NONE => {
                let name = byte as char;
                self.error(at, at + 1, |_| {
                    format!("expected a value before this `{name}`: add one or remove the `{name}`")
                });
                self.take();
                self.comma = NONE;
                State::Value
            }
            (Context::Array, _) => State::After,
            (Context::Root, _) => {
                let name = byte as char;
                self.error(at, at + 1, |_| format!("expected a JSON value, found `{name}`: remove it"));
                self.take();
                State::Value
            }
        }
    }

    /// Forgets a key that has no value.
    fn drop_key(&mut self) {
        if self.top.discard == NONE {
            self.entries.pop();
            self.keys.pop();
        }
    }

    fn take(&mut self) {
        self.pos += 1;
        self.prev_end = self.pos;
    }

    // ---- members ---------------------------------------------------------------------------------------------------

    #[inline]
    fn key(&mut self, byte: u8) -> State {
        if byte != b'"' {
            return self.no_key(byte);
        }
        let token = self.string(true);
        self.push_key(token);
        if self.bytes.get(self.pos) == Some(&b':') || self.peek() == Some(b':') {
            self.take();
            return State::Value;
        }
        self.no_colon(token)
    }

    #[inline]
    fn push_key(&mut self, token: Token) {
        let index = self.entries.len();
        self.entries.push(Entry::new(Tag::Key, token.flags, token.start, token.end, index + 1));
        self.keys.push(KeyMark::new(self.text, &self.entries, index));
    }

    #[cold]
    fn no_colon(&mut self, token: Token) -> State {
        let next = self.bytes.get(self.pos).copied();
        let starts_value = next.is_some_and(|b| !matches!(b, b',' | b'}' | b']'));
        if next.is_some() && self.pos == token.end {
            // Text directly after the quote: perhaps the quote belongs to the value.
            if let Some(token) = self.shorten_key(token) {
                self.drop_key();
                self.push_key(token);
                self.take();
                return State::Value;
            }
        }
        let place = self.prev_end;
        let new_line = memchr::memchr(b'\n', &self.bytes[place..self.pos]).is_some();
        if !starts_value || (new_line && matches!(next, Some(b'"' | b'\''))) {
            self.error(token.start, token.end, |_| {
                "this key has no value: expected a colon and a value after it".into()
            });
            self.drop_key();
            if starts_value { State::Key } else { State::After }
        } else {
            self.error(place, place, |_| "expected a colon after this key".into());
            State::Value
        }
    }

    /// Something that is no string where a key must be.
    #[cold]
    fn no_key(&mut self, byte: u8) -> State {
        let at = self.pos;
        match byte {
            b'}' => {
                self.trailing_comma();
                self.close();
                State::After
            }
            b',' => {
                self.error(at, at + 1, |_| "expected a key before this comma: remove the comma".into());
                self.take();
                self.comma = NONE;
                State::Key
            }
            b':' => {
                self.error(at, at, |_| "expected a key before this colon".into());
                self.take();
                self.top.discard = self.entries.len();
                State::Value
            }
            b']' => self.mismatch(byte),
            b'{' if self.comma != NONE && self.stack.last().is_some_and(|f| f.context == Context::Array) => {
                let open = self.entries[self.top.node].start;
                let place = self.comma;
                self.error(place, place, |s| {
                    format!("expected `}}` to close the `{{` of line {} before this comma", s.position(open).line)
                });
                self.close_at(place);
                State::Value
            }
            b'{' | b'[' => {
                self.error(at, at + 1, |_| "expected a key and a colon before this value".into());
                self.top.discard = self.entries.len();
                State::Value
            }
            b'\'' => {
                let token = self.single_quoted();
                self.push_key(token);
                if self.peek() == Some(b':') {
                    self.take();
                    return State::Value;
                }
                self.no_colon(token)
            }
            _ => {
                let token = self.word();
                if self.peek() != Some(b':') {
                    self.error(token.start, token.end, |_| {
                        "expected a key in double quotes, a colon and a value: remove this text or complete it".into()
                    });
                    return State::After;
                }
                self.error(token.start, token.end, |_| "keys are written in double quotes: add them".into());
                self.push_key(token);
                self.take();
                State::Value
            }
        }
    }

    // ---- after a value ---------------------------------------------------------------------------------------------

    #[inline]
    fn after(&mut self, byte: u8) -> State {
        if self.top.discard != NONE {
            self.discard();
        }
        match (byte, self.top.context) {
            (b',', Context::Object) => {
                self.comma = self.pos;
                self.take();
                State::Key
            }
            (b',', Context::Array) => {
                self.comma = self.pos;
                self.take();
                State::Value
            }
            (b'}', Context::Object) | (b']', Context::Array) => {
                self.close();
                State::After
            }
            _ => self.no_comma(byte),
        }
    }

    /// Removes the entries of a value in the wrong place.
    #[cold]
    fn discard(&mut self) {
        if self.entries.len() > self.top.discard {
            self.entries.truncate(self.top.discard);
            self.top.count = self.top.count.saturating_sub(1);
        }
        self.top.discard = NONE;
    }

    /// Anything but a comma or the right closing bracket after a value.
    #[cold]
    fn no_comma(&mut self, byte: u8) -> State {
        let (at, place) = (self.pos, self.prev_end);
        match (self.top.context, byte) {
            (Context::Root, _) => self.after_root(byte),
            (_, b'}' | b']') => self.mismatch(byte),
            (Context::Object, b':') => {
                self.error(at, at + 1, |_| {
                    "unexpected second colon: this member has its value already; \
                     put braces around the inner key and value, or a comma before it"
                        .into()
                });
                self.take();
                self.top.discard = self.entries.len();
                State::Value
            }
            (Context::Array, b':') => {
                self.error(at, at + 1, |_| "arrays have no keys: put braces around this key and its value".into());
                self.take();
                self.top.discard = self.entries.len();
                State::Value
            }
            (context, b'"' | b'\'') => {
                self.comma_missing(place);
                if context == Context::Object { State::Key } else { State::Value }
            }
            (Context::Array, b'{' | b'[' | b'-' | b'0'..=b'9') => {
                self.comma_missing(place);
                State::Value
            }
            (Context::Object, b'{' | b'[') => {
                self.error(at, at + 1, |_| "expected a comma or `}` before this: a member has one value".into());
                self.top.discard = self.entries.len();
                State::Value
            }
            (context, _) => self.stray_word(context),
        }
    }

    fn comma_missing(&mut self, place: usize) {
        self.comma = NONE;
        self.error(place, place, |_| "expected a comma after this value".into());
    }

    /// A word after a value: a value or unquoted key that lacks a comma, or text that has no place.
    fn stray_word(&mut self, context: Context) -> State {
        let place = self.prev_end;
        if self.pos == place && place > 0 && self.bytes[place - 1] == b'"' && self.skip_inner_quotes() {
            return State::After;
        }
        let Token { start, end, .. } = self.word();
        let literal = matches!(self.text.get(start..end), Some("true" | "false" | "null"));
        if context == Context::Object && self.peek() == Some(b':') {
            self.pos = start;
            self.comma_missing(place);
            return State::Key;
        }
        if context == Context::Array && literal {
            self.pos = start;
            self.comma_missing(place);
            return State::Value;
        }
        self.error(start, end, |_| "unexpected text after this value: remove it, or put it in double quotes".into());
        State::After
    }

    /// After a string that ended at a quote in the middle of its text (`"say "hi" now"`): skips to the end of the line
    /// if that ends with a quote.
    fn skip_inner_quotes(&mut self) -> bool {
        /// Lines longer than this were written by a program, which escapes its quotes.
        const LINE: usize = 2000;
        let start = self.pos;
        let rest = &self.bytes[start..self.bytes.len().min(start + LINE)];
        let Some(length) = memchr::memchr(b'\n', rest).filter(|_| self.listening()) else { return false };
        let line = rest[..length].trim_ascii_end();
        let line = line.strip_suffix(b",").unwrap_or(line).trim_ascii_end();
        if !line.ends_with(b"\"") || memchr::memchr(b':', line).is_some() {
            return false;
        }
        let end = start + line.len();
        self.error(start - 1, end, |_| "the string ends at this quote: inside a string write `\\\"`".into());
        self.pos = end;
        self.prev_end = end;
        // The value is what was meant; the last entry is the string.
        if let Some(entry) = self.entries.last_mut() {
            let escapes = memchr::memchr(b'\\', line).map_or(0, |_| ESCAPES);
            entry.extend(end, escapes);
        }
        true
    }

    /// Something after the outermost value.
    fn after_root(&mut self, byte: u8) -> State {
        let at = self.pos;
        if matches!(byte, b'}' | b']') {
            let name = byte as char;
            self.error(at, at + 1, |_| format!("unexpected `{name}`: no bracket is open here; remove it"));
            self.take();
            return State::After;
        }
        if byte == b',' && self.reopen() {
            self.comma = at;
            self.take();
            return State::Key;
        }
        let line = self.bytes[at..].split(|&b| b == b'\n').next().unwrap_or_default().trim_ascii_end();
        self.error(at, at + line.len(), |_| {
            "expected the end of the file: a JSON file holds one value; remove what follows it".into()
        });
        State::Done
    }

    /// If a member follows the root object, a brace too many closed it early: opens it again.
    fn reopen(&mut self) -> bool {
        let Some(root) = self.entries.first().filter(|e| e.tag() == Tag::Object).copied() else { return false };
        let follows = self.bytes[self.pos + 1..].iter().find(|b| !b.is_ascii_whitespace());
        if follows != Some(&b'"') || !self.listening() {
            return false;
        }
        let brace = root.end as usize - 1;
        self.error(brace, brace + 1, |_| {
            "the outermost object ends here, yet more members follow: remove this `}` or one before it".into()
        });
        let count = root.count().unwrap_or_default();
        self.stack.push(self.top);
        self.top = Frame { context: Context::Object, node: 0, count, keys: self.keys.len(), discard: NONE };
        self.open_objects += 1;
        true
    }

    // ---- closing brackets ------------------------------------------------------------------------------------------

    fn trailing_comma(&mut self) {
        let at = self.comma;
        if at != NONE {
            self.problem(Level::Note, "json-trailing-comma", at, at + 1, |_| {
                "trailing comma: Azure accepts it, other tools do not; remove it".into()
            });
        }
    }

    /// Closes the innermost container at the bracket that stands at the position.
    #[inline]
    fn close(&mut self) {
        self.close_at(self.pos + 1);
        self.pos += 1;
        self.prev_end = self.pos;
    }

    #[inline]
    fn close_at(&mut self, end: usize) {
        if self.top.discard != NONE {
            self.discard();
        }
        let Frame { context, node, count, keys, .. } = self.top;
        let next = self.entries.len() as u32;
        let entry = &mut self.entries[node];
        entry.end = end as u32;
        entry.next = next;
        entry.set_count(count);
        if context == Context::Object {
            self.open_objects -= 1;
            if self.keys.len() > keys + 1 {
                self.report_duplicates(keys);
            }
            self.keys.truncate(keys);
        } else {
            self.open_arrays -= 1;
        }
        if let Some(parent) = self.stack.pop() {
            self.top = parent;
        }
    }

    fn report_duplicates(&mut self, from: usize) {
        let mut found = Vec::new();
        keys::duplicates(self.text, &self.entries, &self.keys[from..], |later, first| found.push((later, first)));
        // Only large objects give them in another order than that of the text.
        found.sort_unstable();
        for (later, first) in found {
            let (later, first) = (self.entries[later as usize], self.entries[first as usize]);
            let name = self.text.get(later.content()).unwrap_or("").to_owned();
            self.problem(Level::Warning, "json-duplicate-key", later.start as usize, later.end as usize, |s| {
                let line = s.position(first.start).line;
                format!(
                    "duplicate key `{name}`: it stands in line {line} already, and the last one is used; remove one"
                )
            });
        }
    }

    /// A closing bracket that does not belong to the innermost container.
    #[cold]
    fn mismatch(&mut self, byte: u8) -> State {
        let at = self.pos;
        let expected = if self.top.context == Context::Object { '}' } else { ']' };
        let found = byte as char;
        let open = self.entries[self.top.node].start;
        match self.judge(byte) {
            Mismatch::Unclosed => {
                let (place, bracket) = (self.prev_end, self.text.as_bytes()[open as usize] as char);
                self.error(place, place, |s| {
                    format!("expected `{expected}` to close the `{bracket}` of line {}", s.position(open).line)
                });
                self.close_at(place);
            }
            Mismatch::Wrong => {
                self.error(at, at + 1, |s| {
                    let line = s.position(open).line;
                    format!("expected `{expected}` instead of `{found}`, for the bracket opened in line {line}")
                });
                self.close();
            }
            Mismatch::Extra => {
                self.error(at, at + 1, |_| format!("unexpected `{found}`: it closes nothing; remove it"));
                self.take();
            }
        }
        State::After
    }

    /// Guesses what went wrong at a closing bracket that does not fit, from the indentation and from what stands around.
    fn judge(&self, byte: u8) -> Mismatch {
        let (wanted, is_open) = match byte {
            b'}' => (Context::Object, self.open_objects > 0),
            _ => (Context::Array, self.open_arrays > 0),
        };
        let doubled = self.prev_end > 0 && self.bytes[self.prev_end - 1] == byte;
        let follows = self.bytes[self.pos + 1..].iter().take(LOOK).find(|b| !b.is_ascii_whitespace()).copied();
        if !is_open {
            // Closing the outermost bracket here would lose the rest.
            let ends_early = self.stack.len() == 1 && follows.is_some();
            return if doubled || ends_early { Mismatch::Extra } else { Mismatch::Wrong };
        }
        if !self.listening() {
            return Mismatch::Unclosed;
        }
        let depth = self.stack.iter().rev().take(LOOK).position(|f| f.context == wanted);
        let outer = depth.map(|d| self.stack[self.stack.len() - 1 - d].node);
        let opened_at = |node: usize| self.indent(self.entries[node].start as usize);
        if let (Some((here, true)), Some(outer)) = (self.indent(self.pos), outer)
            && let (Some((inner, _)), Some((outer, _))) = (opened_at(self.top.node), opened_at(outer))
            && inner != outer
        {
            if here == outer {
                return Mismatch::Unclosed;
            }
            if here == inner {
                return if doubled && follows == Some(closer(self.top.context)) {
                    Mismatch::Extra
                } else {
                    Mismatch::Wrong
                };
            }
        }
        let ends_early = depth.is_some_and(|d| d + 2 == self.stack.len()) && follows.is_some();
        match follows {
            Some(b) if doubled && b == closer(self.top.context) => Mismatch::Extra,
            Some(_) if ends_early && doubled => Mismatch::Extra,
            Some(_) if ends_early => Mismatch::Wrong,
            _ => Mismatch::Unclosed,
        }
    }

    /// The white space before the first character of a line, in bytes, and whether that character is the one at `at`.
    /// `None` if the start of the line is too far away.
    fn indent(&self, at: usize) -> Option<(usize, bool)> {
        let before = &self.bytes[at.saturating_sub(LOOK)..at];
        let line = match memchr::memrchr(b'\n', before) {
            Some(newline) => &before[newline + 1..],
            None if at <= LOOK => before,
            None => return None,
        };
        let indent = line.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        Some((indent, indent == line.len()))
    }

    /// The end of the text: closes what is open.
    fn end(&mut self, state: State) {
        if self.stack.is_empty() {
            if self.entries.is_empty() && self.counts[0] == 0 {
                self.error(0, 0, |_| "the file is empty: expected a JSON value".into());
            }
            return;
        }
        let place = self.prev_end;
        if state == State::Value && self.top.context == Context::Object {
            self.error(place, place, |_| "expected a value after the colon".into());
            self.drop_key();
        }
        let open = self.entries[self.top.node].start;
        let (wanted, bracket) = (closer(self.top.context) as char, self.bytes[open as usize] as char);
        let others = self.stack.len() - 1;
        self.error(place, place, |s| {
            let line = s.position(open).line;
            let rest = match others {
                0 => String::new(),
                1 => ", and 1 bracket around it is not closed either".into(),
                n => format!(", and {n} brackets around it are not closed either"),
            };
            format!("the file ends too early: expected `{wanted}` to close the `{bracket}` of line {line}{rest}")
        });
        while !self.stack.is_empty() {
            self.close_at(place);
        }
    }
}

/// How far, in bytes or brackets, recovery looks around.
const LOOK: usize = 500;

fn closer(context: Context) -> u8 {
    if context == Context::Object { b'}' } else { b']' }
}

/// What a word that is no JSON value was meant to be.
fn wrong_word(text: &str) -> (Tag, String) {
    let same = |word: &str| text.eq_ignore_ascii_case(word);
    let (tag, word) = if same("true") {
        (Tag::True, "true")
    } else if same("false") {
        (Tag::False, "false")
    } else if same("null") || same("none") || same("nil") || same("undefined") {
        (Tag::Null, "null")
    } else if same("nan") || same("infinity") || same("inf") {
        return (Tag::Null, format!("`{text}` is not a JSON value: use a number or `null`"));
    } else {
        return (Tag::String, "this is not a JSON value: put text in double quotes".into());
    };
    (tag, format!("`{text}` is not a JSON value: write `{word}`"))
}
