//! JSON pointers (RFC 6901): between a place in a document and its path.

use std::borrow::Cow;

use super::{Document, Kind, Node};

/// Escapes a key for use in a pointer: `~` becomes `~0`, `/` becomes `~1`.
pub fn escape_token(key: &str) -> Cow<'_, str> {
    if memchr::memchr2(b'~', b'/', key.as_bytes()).is_none() {
        return Cow::Borrowed(key);
    }
    Cow::Owned(key.replace('~', "~0").replace('/', "~1"))
}

/// The key of an escaped token: the inverse of [`escape_token`].
pub fn unescape_token(token: &str) -> Cow<'_, str> {
    if memchr::memchr(b'~', token.as_bytes()).is_none() {
        return Cow::Borrowed(token);
    }
    Cow::Owned(token.replace("~1", "/").replace("~0", "~"))
}

/// Appends a key to a pointer.
pub fn push_key(pointer: &mut String, key: &str) {
    pointer.push('/');
    pointer.push_str(&escape_token(key));
}

/// Appends an array index to a pointer.
pub fn push_index(pointer: &mut String, index: usize) {
    pointer.push('/');
    pointer.push_str(&index.to_string());
}

/// The keys and indexes of a pointer, unescaped; nothing for the empty pointer.
pub fn tokens(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    pointer.split('/').skip(1).map(unescape_token)
}

pub(super) fn at_offset(doc: &Document, offset: u32) -> String {
    let mut pointer = String::new();
    let mut node = doc.root();
    while let Some(current) = node {
        let holds = |start: u32, end: u32| start <= offset && offset < end;
        node = match current.kind() {
            Kind::Object => current.members().find(|m| holds(m.span().start, m.span().end)).map(|m| {
                push_key(&mut pointer, &m.key());
                m.value()
            }),
            Kind::Array => {
                current.items().enumerate().find(|(_, n)| holds(n.span().start, n.span().end)).map(|(i, n)| {
                    push_index(&mut pointer, i);
                    n
                })
            }
            _ => None,
        }
        // Without this, a document of nested brackets would be walked to its end for an offset in the key.
        .filter(|n| n.span().start <= offset);
    }
    pointer
}

pub(super) fn resolve<'d>(doc: &'d Document, pointer: &str) -> Option<Node<'d>> {
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return None;
    }
    tokens(pointer).try_fold(doc.root()?, |node, token| match node.kind() {
        Kind::Object => {
            node.members().filter(|m| m.key() == token).last().map(|m| m.value()).or_else(|| node.get(&token))
        }
        Kind::Array => index(&token).and_then(|i| node.items().nth(i)),
        _ => None,
    })
}

/// An array index as the RFC writes it: digits, without leading zeros.
fn index(token: &str) -> Option<usize> {
    let plain = token == "0" || token.starts_with(|c: char| matches!(c, '1'..='9'));
    if plain { token.parse().ok() } else { None }
}
