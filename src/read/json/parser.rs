//! From tokens to the arena: a state machine with its own stack, and the recovery from mistakes.

use std::sync::Arc;

use super::Problem;
use super::keys::{self, KeyMark};
use super::lexer::{Token, token_in_braces};
use super::tree::{Entry, Tag};
use crate::diagnostic::Level;
use crate::read::{Source, Span};

/// Problems of one level listed per file. A file with more is not JSON, and nobody reads further.
const MAX_PROBLEMS: usize = 100;
/// No offset in the text.
pub(super) const NONE: usize = usize::MAX;

/// What parsing gives.
pub(super) struct Parsed {
    pub entries: Vec<Entry>,
    pub comments: Vec<Span>,
    pub problems: Vec<Problem>,
    pub has_errors: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    Root,
    Array,
    Object,
}

/// A container that is open, or the text as a whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) context: Context,
    /// Its entry.
    pub(super) node: usize,
    /// Members or items so far.
    pub(super) count: u32,
    /// Its first key among `Parser::keys`.
    pub(super) keys: usize,
    /// Entries from here on come from a value in the wrong place, and go when that value is read.
    pub(super) discard: usize,
    /// An array in which members stand.
    pub(super) has_keys: bool,
}

/// What the next token must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// A value, after a colon or in an array or at the start; in an array also the closing bracket.
    Value,
    /// A key or the closing brace.
    Key,
    /// A comma or a closing bracket.
    After,
    /// Nothing more: the rest is not read.
    Done,
}

pub(super) struct Parser<'s> {
    pub(super) source: &'s Source,
    pub(super) text: &'s str,
    pub(super) bytes: &'s [u8],
    pub(super) pos: usize,
    /// The end of the last token: where a missing one belongs.
    pub(super) prev_end: usize,
    /// How far a closing quote was searched for in vain.
    pub(super) searched_to: usize,
    /// There is no `*/` in the rest of the text.
    pub(super) no_comment_end: bool,
    pub(super) comments: Vec<Span>,
    pub(super) entries: Vec<Entry>,
    problems: Vec<Problem>,
    /// Problems by level, those not listed included.
    pub(super) counts: [usize; 3],
    pub(super) stack: Vec<Frame>,
    pub(super) top: Frame,
    pub(super) open_arrays: usize,
    pub(super) open_objects: usize,
    pub(super) keys: Vec<KeyMark>,
    /// The comma just read, while what must follow it has not been read.
    pub(super) comma: usize,
    /// Where a comma was missing last.
    pub(super) missing_comma: usize,
}

/// Parses the text of a source.
pub(super) fn parse(source: &Arc<Source>) -> Parsed {
    let text = source.text();
    let fits = u32::try_from(text.len()).is_ok();
    let text = if fits { text } else { "" };
    let mut parser = Parser {
        source,
        text,
        bytes: text.as_bytes(),
        pos: 0,
        prev_end: 0,
        searched_to: 0,
        no_comment_end: false,
        comments: Vec::new(),
        // A guess that fits indented templates; the list grows when it must.
        entries: Vec::with_capacity((text.len() / 24).min(1 << 20) + 8),
        problems: Vec::new(),
        counts: [0; 3],
        stack: Vec::new(),
        top: Frame { context: Context::Root, node: 0, count: 0, keys: 0, discard: NONE, has_keys: false },
        open_arrays: 0,
        open_objects: 0,
        keys: Vec::new(),
        comma: NONE,
        missing_comma: 0,
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
    pub(super) fn listening(&self) -> bool {
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

    #[inline]
    fn value(&mut self, byte: u8) -> State {
        match byte {
            b'"' => {
                let token = self.string(false);
                self.push(Tag::String, token)
            }
            b'{' if self.bytes.get(self.pos + 1) == Some(&b'{') && self.is_token() => self.word_value(),
            b'{' => self.open(Context::Object),
            b'[' => self.open(Context::Array),
            b'-' | b'0'..=b'9' | b'+' | b'.' => {
                let (tag, token) = self.number();
                self.push(tag, token)
            }
            b']' | b'}' | b',' | b':' => self.no_value(byte),
            b'\'' => {
                let token = self.single_quoted(false);
                self.push(Tag::String, token)
            }
            _ => self.word_value(),
        }
    }

    #[cold]
    fn is_token(&self) -> bool {
        token_in_braces(&self.bytes[self.pos..]).is_some()
    }

    #[inline]
    pub(super) fn push(&mut self, tag: Tag, token: Token) -> State {
        self.top.count = self.top.count.saturating_add(1);
        let next = self.entries.len() + 1;
        self.entries.push(Entry::new(tag, token.flags, token.start, token.end, next));
        State::After
    }

    #[inline]
    pub(super) fn open(&mut self, context: Context) -> State {
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
        self.top = Frame { context, node, count: 0, keys: self.keys.len(), discard: NONE, has_keys: false };
        self.pos += 1;
        self.prev_end = self.pos;
        self.comma = NONE;
        state
    }

    /// Forgets a key that has no value.
    pub(super) fn drop_key(&mut self) {
        if self.top.discard == NONE {
            self.entries.pop();
            self.keys.pop();
        }
    }

    pub(super) fn take(&mut self) {
        self.pos += 1;
        self.prev_end = self.pos;
    }

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
    pub(super) fn push_key(&mut self, token: Token) {
        let index = self.entries.len();
        self.entries.push(Entry::new(Tag::Key, token.flags, token.start, token.end, index + 1));
        self.keys.push(KeyMark::new(self.text, &self.entries, index));
    }

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
    pub(super) fn discard(&mut self) {
        if self.entries.len() > self.top.discard {
            self.entries.truncate(self.top.discard);
            self.top.count = self.top.count.saturating_sub(1);
        }
        self.top.discard = NONE;
    }

    /// Closes the innermost container at the bracket that stands at the position.
    #[inline]
    pub(super) fn close(&mut self) {
        self.close_at(self.pos + 1);
        self.pos += 1;
        self.prev_end = self.pos;
    }

    #[inline]
    pub(super) fn close_at(&mut self, end: usize) {
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
            // Recovery may go on with a key or an item at once, which must not count as a part of the value.
            if parent.discard != NONE {
                self.discard();
            }
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

pub(super) fn closer(context: Context) -> u8 {
    if context == Context::Object { b'}' } else { b']' }
}
