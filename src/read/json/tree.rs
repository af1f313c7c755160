//! The syntax tree: a flat list of entries in document order, and the views that walk it.

use std::borrow::Cow;
use std::fmt;

use super::{Document, escape};
use crate::read::Span;

/// What an entry of the arena is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Tag {
    Null = 0,
    False = 1,
    True = 2,
    Number = 3,
    String = 4,
    Array = 5,
    Object = 6,
    Key = 7,
}

/// The string holds at least one backslash and must be decoded.
pub(super) const ESCAPES: u32 = 1 << 3;
/// The closing quote is missing.
pub(super) const UNCLOSED: u32 = 1 << 4;
/// There are no quotes at all.
pub(super) const BARE: u32 = 1 << 5;

const TAG_MASK: u32 = 7;
const COUNT_SHIFT: u32 = 6;
/// Larger counts do not fit beside the tag; they are found by walking.
const COUNT_MAX: u32 = u32::MAX >> COUNT_SHIFT;

/// One value or key. Sixteen bytes; a container is followed by its contents (for an object: key, value, key, value).
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub start: u32,
    pub end: u32,
    /// The index after the last entry of this subtree, which is the next sibling if there is one.
    pub next: u32,
    info: u32,
}

impl Entry {
    pub fn new(tag: Tag, flags: u32, start: usize, end: usize, next: usize) -> Self {
        // The parser refuses texts whose offsets do not fit, and there are fewer entries than bytes.
        Entry { start: start as u32, end: end as u32, next: next as u32, info: tag as u32 | flags }
    }

    pub fn tag(&self) -> Tag {
        match self.info & TAG_MASK {
            1 => Tag::False,
            2 => Tag::True,
            3 => Tag::Number,
            4 => Tag::String,
            5 => Tag::Array,
            6 => Tag::Object,
            7 => Tag::Key,
            _ => Tag::Null,
        }
    }

    /// Moves the end of a string and adds flags.
    pub fn extend(&mut self, end: usize, flags: u32) {
        self.end = end as u32;
        self.info |= flags;
    }

    pub fn has(&self, flag: u32) -> bool {
        self.info & flag != 0
    }

    pub fn flags(&self) -> u32 {
        self.info & (ESCAPES | UNCLOSED | BARE)
    }

    pub fn set_count(&mut self, count: u32) {
        self.info = (self.info & !(COUNT_MAX << COUNT_SHIFT)) | (count.min(COUNT_MAX) << COUNT_SHIFT);
    }

    pub fn count(&self) -> Option<u32> {
        let count = self.info >> COUNT_SHIFT;
        (count < COUNT_MAX).then_some(count)
    }

    /// For a string or key: the bytes between the quotes.
    pub fn content(&self) -> std::ops::Range<usize> {
        let (start, end) = (self.start as usize, self.end as usize);
        if self.has(BARE) {
            start..end
        } else if self.has(UNCLOSED) {
            start + 1..end
        } else {
            start + 1..end - 1
        }
    }
}

/// What a value is. Numbers carry their value; the text of a number is found through its span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// `null`, and values that could not be read (`NaN`).
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number without fraction and exponent that fits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A string: see [`Node::str`].
    String,
    /// An array: see [`Node::items`].
    Array,
    /// An object: see [`Node::members`] and [`Node::get`].
    Object,
}

/// A value in a [`Document`]. Copying it costs nothing.
#[derive(Clone, Copy)]
pub struct Node<'d> {
    pub(super) doc: &'d Document,
    pub(super) index: u32,
}

impl<'d> Node<'d> {
    pub(super) fn entry(self) -> &'d Entry {
        &self.doc.entries[self.index as usize]
    }

    fn at(self, index: u32) -> Node<'d> {
        Node { doc: self.doc, index }
    }

    fn is_text(self) -> bool {
        matches!(self.entry().tag(), Tag::String | Tag::Key)
    }

    /// What the value is.
    pub fn kind(self) -> Kind {
        match self.entry().tag() {
            Tag::Null => Kind::Null,
            Tag::False => Kind::Bool(false),
            Tag::True => Kind::Bool(true),
            Tag::Number => number(self.doc.source.slice(self.span())),
            Tag::String | Tag::Key => Kind::String,
            Tag::Array => Kind::Array,
            Tag::Object => Kind::Object,
        }
    }

    /// The bytes of the value: strings with their quotes, containers with their brackets.
    pub fn span(self) -> Span {
        let entry = self.entry();
        Span { file: self.doc.source.id, start: entry.start, end: entry.end }
    }

    /// Whether a text stands without quotes for a value that somebody puts there before this is JSON: `${x}`, `{{x}}`, `$x`. It
    /// may be a number or a list as well.
    pub fn is_token(self) -> bool {
        let bare = self.entry().tag() == Tag::String && self.entry().has(BARE);
        bare && self.raw_str().is_some_and(|text| text.starts_with(['$', '{', '<', '#', '_', '%', '@']))
    }

    /// For a string: its text, escapes decoded.
    pub fn str(self) -> Option<Cow<'d, str>> {
        let raw = self.raw_str()?;
        Some(if self.has_escapes() { Cow::Owned(escape::decode(raw)) } else { Cow::Borrowed(raw) })
    }

    /// For a string: the text between the quotes, escapes as written.
    pub fn raw_str(self) -> Option<&'d str> {
        self.is_text().then(|| self.doc.source.text().get(self.entry().content()).unwrap_or(""))
    }

    /// For a string: where what stands in its decoded text stands in the file. Of other values, all is at their start.
    pub fn offsets(self) -> Offsets<'d> {
        match self.raw_str() {
            Some(raw) => Offsets { raw, start: self.entry().content().start as u32, escapes: self.has_escapes() },
            None => Offsets { raw: "", start: self.entry().start, escapes: false },
        }
    }

    /// For a string: whether it holds escapes, so that the decoded text is not the text between the quotes.
    pub fn has_escapes(self) -> bool {
        self.is_text() && self.entry().has(ESCAPES)
    }

    /// The members of an object in document order, duplicates included; nothing for other values.
    pub fn members(self) -> Members<'d> {
        let entry = self.entry();
        let end = if entry.tag() == Tag::Object { entry.next } else { 0 };
        Members { doc: self.doc, next: self.index + 1, end }
    }

    /// The items of an array; nothing for other values.
    pub fn items(self) -> Items<'d> {
        let entry = self.entry();
        let end = if entry.tag() == Tag::Array { entry.next } else { 0 };
        Items { doc: self.doc, next: self.index + 1, end }
    }

    /// The value of a member by key, without regard to ASCII case; the last one if there are several, as in Azure.
    pub fn get(self, key: &str) -> Option<Node<'d>> {
        self.member(key).map(Member::value)
    }

    /// As [`Node::get`] for several keys, which takes one look at the members.
    pub fn pick<const N: usize>(self, keys: [&str; N]) -> [Option<Node<'d>>; N] {
        let mut found = [None; N];
        for member in self.members() {
            let key = member.key();
            let place = keys.iter().position(|k| k.len() == key.len() && k.eq_ignore_ascii_case(&key));
            if let Some(place) = place.and_then(|i| found.get_mut(i)) {
                *place = Some(member.value());
            }
        }
        found
    }

    /// A member by key, without regard to ASCII case; the last one if there are several.
    pub fn member(self, key: &str) -> Option<Member<'d>> {
        self.members().filter(|m| m.key_is(key)).last()
    }

    /// The number of members (duplicates included) or items; 0 for other values.
    pub fn len(self) -> usize {
        match (self.entry().tag(), self.entry().count()) {
            (Tag::Array | Tag::Object, Some(count)) => count as usize,
            (Tag::Array, None) => self.items().count(),
            (Tag::Object, None) => self.members().count(),
            _ => 0,
        }
    }

    /// Whether there are no members and no items.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The document the value belongs to.
    pub fn document(self) -> &'d Document {
        self.doc
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}@{}..{}", self.kind(), self.entry().start, self.entry().end)
    }
}

/// A key and its value in an object.
#[derive(Clone, Copy)]
pub struct Member<'d> {
    /// The key's entry; the value's is the one after it.
    key: Node<'d>,
}

impl<'d> Member<'d> {
    /// The key, escapes decoded.
    pub fn key(self) -> Cow<'d, str> {
        self.key.str().unwrap_or_default()
    }

    /// The bytes of the key with its quotes.
    pub fn key_span(self) -> Span {
        self.key.span()
    }

    /// The key seen as a string value, for [`Node::offsets`] and the like.
    pub fn key_node(self) -> Node<'d> {
        self.key
    }

    /// The value.
    pub fn value(self) -> Node<'d> {
        self.key.at(self.key.index + 1)
    }

    /// From the start of the key to the end of the value.
    pub fn span(self) -> Span {
        self.key_span().to(self.value().span())
    }

    /// Whether the key is this one, without regard to ASCII case.
    pub fn key_is(self, key: &str) -> bool {
        let written = |key: Node<'d>| key.raw_str().unwrap_or("");
        if self.key.has_escapes() {
            return escape::decode(written(self.key)).eq_ignore_ascii_case(key);
        }
        // Most keys are of another length, and not looked at.
        self.key.entry().content().len() == key.len() && written(self.key).eq_ignore_ascii_case(key)
    }
}

impl fmt::Debug for Member<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {:?}", self.key(), self.value())
    }
}

/// Maps offsets in the decoded text of a string to offsets in the file: [`Node::offsets`].
#[derive(Debug, Clone, Copy)]
pub struct Offsets<'d> {
    /// The text between the quotes.
    raw: &'d str,
    /// Where it begins in the file.
    start: u32,
    escapes: bool,
}

impl Offsets<'_> {
    /// The byte offset in the file of a byte offset into the decoded string. An offset inside a character gives the start of that
    /// character or escape; one at or past the end gives the end of the text (where the closing quote stands).
    pub fn of(&self, decoded: usize) -> u32 {
        let within = if self.escapes { escape::source_offset(self.raw, decoded) } else { floor(self.raw, decoded) };
        self.start + within as u32
    }
}

/// See [`Node::members`].
#[derive(Clone)]
pub struct Members<'d> {
    doc: &'d Document,
    next: u32,
    end: u32,
}

impl<'d> Iterator for Members<'d> {
    type Item = Member<'d>;

    fn next(&mut self) -> Option<Member<'d>> {
        if self.next >= self.end {
            return None;
        }
        let member = Member { key: Node { doc: self.doc, index: self.next } };
        self.next = member.value().entry().next;
        Some(member)
    }
}

/// See [`Node::items`].
#[derive(Clone)]
pub struct Items<'d> {
    doc: &'d Document,
    next: u32,
    end: u32,
}

impl<'d> Iterator for Items<'d> {
    type Item = Node<'d>;

    fn next(&mut self) -> Option<Node<'d>> {
        if self.next >= self.end {
            return None;
        }
        let node = Node { doc: self.doc, index: self.next };
        self.next = node.entry().next;
        Some(node)
    }
}

/// Reads the text of a number, valid JSON or nearly so. What is no number at all is null (and was reported).
fn number(text: &str) -> Kind {
    if let Ok(int) = text.parse::<i64>() {
        return Kind::Int(int);
    }
    match text.parse::<f64>() {
        Ok(float) => Kind::Float(float),
        Err(_) => Kind::Null,
    }
}

fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}
