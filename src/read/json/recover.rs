//! Recovery: what is said about a mistake, and how reading goes on after it.
//!
//! Every function here is entered with a token that does not fit the state, and leaves a state in which the next one
//! does. Each either takes something from the text or closes a bracket, so reading ends; and each looks around for a
//! bounded distance only, or over text that is skipped with it, so that it ends in linear time.

use super::lexer::Token;
use super::parser::{Context, Frame, NONE, Parser, State, closer};
use super::tree::{ESCAPES, Entry, Tag};
use crate::diagnostic::Level;

/// How far, in bytes or brackets, recovery looks around.
const LOOK: usize = 500;

/// What to do about a closing bracket that does not fit the innermost open one.
enum Mismatch {
    /// The innermost bracket was not closed: close it, then look again.
    Unclosed,
    /// The wrong bracket was typed.
    Wrong,
    /// There is one bracket too many.
    Extra,
}

impl Parser<'_> {
    pub(super) fn word_value(&mut self) -> State {
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
                if text.starts_with("${") && text.ends_with('}') {
                    self.problem(Level::Warning, "json-placeholder", token.start, token.end, |_| {
                        "this is JSON only once a variable is put in its place, as the Azure Developer CLI does it; its value is not known here"
                            .into()
                    });
                    Tag::String
                } else {
                    let (tag, message) = wrong_word(text);
                    self.error(token.start, token.end, |_| message);
                    tag
                }
            }
        };
        if tag != Tag::String {
            token.flags = 0;
        }
        self.push(tag, token)
    }

    /// A bracket, comma or colon where a value must be.
    #[cold]
    pub(super) fn no_value(&mut self, byte: u8) -> State {
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
                self.missing_comma = at;
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

    #[cold]
    pub(super) fn no_colon(&mut self, token: Token) -> State {
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
    pub(super) fn no_key(&mut self, byte: u8) -> State {
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
                let token = self.single_quoted(true);
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

    /// Anything but a comma or the right closing bracket after a value.
    #[cold]
    pub(super) fn no_comma(&mut self, byte: u8) -> State {
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
            (Context::Array, b':') if self.leave_array() => {
                self.take();
                State::Value
            }
            (Context::Array, b':') => {
                self.error(at, at + 1, |_| "arrays have no keys: put braces around this key and its value".into());
                self.take();
                self.top.has_keys = true;
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

    /// At a colon in an array: if the string before it begins a line and others stand before it, it is the key of the
    /// next member, and the array was not closed. Closes it then and makes the string a key.
    fn leave_array(&mut self) -> bool {
        let in_object = self.stack.last().is_some_and(|f| f.context == Context::Object);
        let Some(last) = self.last_string(self.prev_end).map(|e| *e) else { return false };
        let start = last.start as usize;
        let begins_line = matches!(self.indent(start), Some((_, true)));
        if !in_object || self.top.has_keys || self.top.count < 2 || !begins_line || !self.listening() {
            return false;
        }
        self.entries.pop();
        self.top.count -= 1;
        let place = if self.comma == NONE { self.missing_comma } else { self.comma };
        let open = self.entries[self.top.node].start;
        self.error(place, place, |s| {
            format!("expected `]` to close the `[` of line {} before this member", s.position(open).line)
        });
        self.close_at(place);
        self.push_key(Token { start, end: last.end as usize, flags: last.flags() });
        true
    }

    fn comma_missing(&mut self, place: usize) {
        self.comma = NONE;
        self.missing_comma = place;
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
        // The value is what was meant.
        if let Some(entry) = self.last_string(start) {
            let escapes = memchr::memchr(b'\\', line).map_or(0, |_| ESCAPES);
            entry.extend(end, escapes);
        }
        true
    }

    /// The string that was read last, if it ends here and is still a part of the tree.
    fn last_string(&mut self, end: usize) -> Option<&mut Entry> {
        self.entries.last_mut().filter(|e| e.tag() == Tag::String && e.end as usize == end)
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
        self.top =
            Frame { context: Context::Object, node: 0, count, keys: self.keys.len(), discard: NONE, has_keys: false };
        self.open_objects += 1;
        true
    }

    fn trailing_comma(&mut self) {
        let at = self.comma;
        if at != NONE {
            self.problem(Level::Note, "json-trailing-comma", at, at + 1, |_| {
                "trailing comma: Azure accepts it, other tools do not; remove it".into()
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
        // `##X##`, `#{x}#`, `__x__`, `{{x}}`, …
        let token = text.len() > 4
            && ["#", "__", "<<", "$(", "{{"].iter().any(|open| text.starts_with(open))
            && ["#", "__", ">>", ")", "}}"].iter().any(|close| text.ends_with(close));
        let message = if token {
            "this is not a JSON value: put a token that a pipeline replaces in double quotes, or scan the file that comes out"
        } else {
            "this is not a JSON value: put text in double quotes"
        };
        return (Tag::String, message.into());
    };
    (tag, format!("`{text}` is not a JSON value: write `{word}`"))
}
