//! A JSON object with a long list in it: the items are written on all threads, and the bytes are those of one.

use std::io::{self, Write};

use rayon::in_place_scope;
use rayon::prelude::*;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::escape::json_bytes;

/// So many items are written by a thread at a time.
const PIECE: usize = 128;
/// The bytes of an item, about: a result has 900.
const ITEM: usize = 1_000;
/// So many pieces are made at a time, while those before them are written.
const PIECES: usize = 16;

/// Writes an object as [`write_json`](super::escape::write_json) would: the members of `before`, then `key` with the list of what `entry` makes of each item,
/// then the members of `after`. Both are objects with members.
///
/// # Errors
/// What `out` answers.
pub fn write<'t, T: Sync, E: Serialize>(
    before: &impl Serialize,
    (key, items, entry): (&str, &'t [T], impl Fn(&'t T) -> E + Sync),
    after: &impl Serialize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (start, end) = (b"{", b"\n}\n");
    out.write_all(start)?;
    out.write_all(inside(&json_bytes(before, 0)?, start, end)?)?;
    // What is around the items of a list that is alone in its object.
    let one = json_bytes(&Alone { key, items: &[()], entry: &|_: &()| 0 }, 0)?;
    let at = one.iter().rposition(|b| *b == b'[').ok_or_else(unexpected)?;
    let (head, close) = (&one[..=at], b"\n  ]\n}\n");
    out.write_all(b",")?;
    out.write_all(&head[start.len()..])?;
    let pieces_of = |items: &'t [T]| -> Vec<io::Result<Vec<u8>>> {
        let one = |items: &'t [T]| json_bytes(&Alone { key, items, entry: &entry }, items.len() * ITEM);
        items.par_chunks(PIECE).map(one).collect()
    };
    let mut all = items.chunks(PIECE * PIECES);
    let mut pieces = all.next().map(pieces_of).unwrap_or_default();
    let mut first = true;
    while !pieces.is_empty() {
        // This thread writes; the others make what comes next.
        let (mut next, coming) = (Vec::new(), all.next());
        in_place_scope(|scope| {
            if let Some(items) = coming {
                scope.spawn(|_| next = pieces_of(items));
            }
            pieces.into_iter().try_for_each(|piece| {
                out.write_all(if std::mem::take(&mut first) { b"" } else { b"," })?;
                out.write_all(inside(&piece?, head, close)?)
            })
        })?;
        pieces = next;
    }
    out.write_all(if items.is_empty() { b"]," } else { b"\n  ]," })?;
    out.write_all(inside(&json_bytes(after, 0)?, start, b"")?)
}

/// What stands between a start and an end.
fn inside<'b>(bytes: &'b [u8], start: &[u8], end: &[u8]) -> io::Result<&'b [u8]> {
    bytes.strip_prefix(start).and_then(|rest| rest.strip_suffix(end)).ok_or_else(unexpected)
}

fn unexpected() -> io::Error {
    io::Error::other("the list has another form than was expected")
}

/// An object with nothing but a list.
struct Alone<'a, 't, T, F> {
    key: &'a str,
    items: &'t [T],
    entry: &'a F,
}

impl<'t, T, E: Serialize, F: Fn(&'t T) -> E> Serialize for Alone<'_, 't, T, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.key, &List(self.items, self.entry))?;
        map.end()
    }
}

struct List<'a, 't, T, F>(&'t [T], &'a F);

impl<'t, T, E: Serialize, F: Fn(&'t T) -> E> Serialize for List<'_, 't, T, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(self.1))
    }
}

#[cfg(test)]
mod tests {
    use super::super::escape::write_json;
    use super::*;

    #[derive(Serialize)]
    struct Before {
        version: u32,
        tool: Vec<&'static str>,
    }

    #[derive(Serialize)]
    struct After {
        files: Vec<u32>,
    }

    #[derive(Serialize)]
    struct Whole {
        version: u32,
        tool: Vec<&'static str>,
        results: Vec<(usize, &'static str)>,
        files: Vec<u32>,
    }

    #[test]
    fn the_bytes_are_those_of_one_thread() {
        for many in [0, 1, 2, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE * PIECES + 7] {
            let items: Vec<usize> = (0..many).collect();
            let entry = |i: &usize| (*i, "##[group]\n\u{202e}");
            let (before, after) = (Before { version: 1, tool: vec!["a"] }, After { files: vec![] });
            let mut ours = Vec::new();
            write(&before, ("results", &items, entry), &after, &mut ours).unwrap();
            let whole =
                Whole { version: 1, tool: vec!["a"], results: items.iter().map(entry).collect(), files: vec![] };
            let mut theirs = Vec::new();
            write_json(&whole, &mut theirs).unwrap();
            assert!(ours == theirs, "{many} items");
        }
    }
}
