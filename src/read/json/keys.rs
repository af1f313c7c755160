//! Duplicate keys: found when an object closes, in time that does not grow with the square of its size.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::escape;
use super::tree::{ESCAPES, Entry};

/// A key of an object that is still open.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeyMark {
    hash: u32,
    /// Its entry in the arena.
    pub entry: u32,
}

/// Objects up to this size are compared pairwise.
const SMALL: usize = 32;

impl KeyMark {
    pub fn new(text: &str, entries: &[Entry], entry: usize) -> Self {
        let found = &entries[entry];
        let hash = if found.has(ESCAPES) {
            hash(folded(text, found).as_bytes())
        } else {
            hash(text.as_bytes().get(found.content()).unwrap_or_default())
        };
        KeyMark { hash, entry: entry as u32 }
    }
}

/// Calls `report` with the entries of each key that stood before, and of its first occurrence.
pub(super) fn duplicates(text: &str, entries: &[Entry], keys: &[KeyMark], report: impl FnMut(u32, u32)) {
    if keys.len() <= SMALL { small(text, entries, keys, report) } else { large(text, entries, keys, report) }
}

fn small(text: &str, entries: &[Entry], keys: &[KeyMark], mut report: impl FnMut(u32, u32)) {
    let mut seen = 0u64;
    for (i, key) in keys.iter().enumerate() {
        let bit = 1 << (key.hash >> 26);
        if seen & bit != 0
            && let Some(first) =
                keys[..i].iter().find(|k| k.hash == key.hash && compare(text, entries, k, key) == Ordering::Equal)
        {
            report(key.entry, first.entry);
        }
        seen |= bit;
    }
}

fn large(text: &str, entries: &[Entry], keys: &[KeyMark], mut report: impl FnMut(u32, u32)) {
    let mut sorted = keys.to_vec();
    sorted.sort_unstable_by_key(|k| (k.hash, k.entry));
    for run in sorted.chunk_by_mut(|a, b| a.hash == b.hash).filter(|run| run.len() > 1) {
        // Sorted rather than compared pairwise: a file can be made so that all its keys have one hash.
        run.sort_unstable_by(|a, b| compare(text, entries, a, b).then(a.entry.cmp(&b.entry)));
        for same in run.chunk_by(|a, b| compare(text, entries, a, b) == Ordering::Equal) {
            for later in &same[1..] {
                report(later.entry, same[0].entry);
            }
        }
    }
}

fn compare(text: &str, entries: &[Entry], a: &KeyMark, b: &KeyMark) -> Ordering {
    let a = folded(text, &entries[a.entry as usize]);
    let b = folded(text, &entries[b.entry as usize]);
    let lower = |c: u8| c.to_ascii_lowercase();
    a.bytes().map(lower).cmp(b.bytes().map(lower))
}

/// The key, escapes decoded.
fn folded<'t>(text: &'t str, key: &Entry) -> Cow<'t, str> {
    let raw = text.get(key.content()).unwrap_or("");
    if key.has(ESCAPES) { Cow::Owned(escape::decode(raw)) } else { Cow::Borrowed(raw) }
}

/// A hash that ignores ASCII case (and more: equal hashes are always verified). It reads both ends of the key only.
fn hash(key: &[u8]) -> u32 {
    const FOLD: u64 = 0x2020_2020_2020_2020;
    let (a, b) = if let (Some(a), Some(b)) = (key.first_chunk::<8>(), key.last_chunk::<8>()) {
        (u64::from_le_bytes(*a), u64::from_le_bytes(*b))
    } else if let (Some(a), Some(b)) = (key.first_chunk::<4>(), key.last_chunk::<4>()) {
        (u64::from(u32::from_le_bytes(*a)), u64::from(u32::from_le_bytes(*b)))
    } else if let (Some(&first), Some(&last)) = (key.first(), key.last()) {
        (u64::from_le_bytes([first, key[key.len() / 2], last, 0, 0, 0, 0, 0]), 0)
    } else {
        (0, 0)
    };
    let mixed = ((a | FOLD) ^ (key.len() as u64) << 56).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ (b | FOLD).wrapping_mul(0xC2B2_AE3D_27D4_EB4F).rotate_left(23);
    (mixed.wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 32) as u32
}
