//! Many byte strings of one record, none of which is copied when the record is read.

use std::ops::Range;

/// Byte strings that a record holds, by number.
#[derive(Debug, Default)]
pub struct Parts {
    /// What was read: all parts of a record.
    read: Vec<u8>,
    parts: Vec<Part>,
}

/// Where a byte string of a new record comes from.
#[derive(Debug)]
pub enum Taken {
    /// The part of the old record with this number. If there is none, it is empty.
    Old(usize),
    /// It was made since.
    New(Vec<u8>),
}

#[derive(Debug)]
enum Part {
    /// It stands there in what was read.
    Read(Range<usize>),
    /// It was made since.
    Made(Vec<u8>),
}

impl Parts {
    /// Parts that were all made now.
    pub fn new(parts: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Parts { read: Vec::new(), parts: parts.into_iter().map(Part::Made).collect() }
    }

    /// The parts of these lengths that stand one after the other in what was read. `None` if they do not end where it ends.
    pub(super) fn of(read: Vec<u8>, lengths: &[usize]) -> Option<Self> {
        let mut from = 0_usize;
        let mut parts = Vec::with_capacity(lengths.len());
        for length in lengths {
            let to = from.checked_add(*length)?;
            parts.push(Part::Read(from..to));
            from = to;
        }
        (from == read.len()).then_some(Parts { read, parts })
    }

    /// The part with this number.
    pub fn get(&self, at: usize) -> Option<&[u8]> {
        match self.parts.get(at)? {
            Part::Read(range) => self.read.get(range.clone()),
            Part::Made(bytes) => Some(bytes),
        }
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.parts.len()).map(|at| self.get(at).unwrap_or_default())
    }

    /// The parts of a new record, in their order; none is taken twice.
    #[must_use]
    pub fn taken(self, parts: impl IntoIterator<Item = Taken>) -> Self {
        let Parts { read, parts: before } = self;
        let mut before: Vec<Option<Part>> = before.into_iter().map(Some).collect();
        let mut part = |taken| match taken {
            Taken::Old(at) => before.get_mut(at).and_then(Option::take).unwrap_or(Part::Made(Vec::new())),
            Taken::New(bytes) => Part::Made(bytes),
        };
        let parts = parts.into_iter().map(&mut part).collect();
        Parts { read, parts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(parts: &Parts) -> Vec<&[u8]> {
        parts.iter().collect()
    }

    #[test]
    fn parts_are_where_they_were_written() {
        let parts = Parts::of(b"abcde".to_vec(), &[2, 0, 3]).unwrap();
        assert_eq!(all(&parts), [&b"ab"[..], b"", b"cde"]);
        assert_eq!(parts.get(3), None);
        for lengths in [&[2, 2][..], &[2, 4], &[usize::MAX, 1]] {
            assert!(Parts::of(b"abcde".to_vec(), lengths).is_none(), "{lengths:?}");
        }
    }

    #[test]
    fn old_and_new_ones_come_in_the_order_in_which_they_are_taken() {
        let parts = Parts::of(b"abcde".to_vec(), &[2, 3]).unwrap();
        let parts = parts.taken([Taken::Old(1), Taken::New(b"new".to_vec()), Taken::Old(0), Taken::Old(9)]);
        assert_eq!(all(&parts), [&b"cde"[..], b"new", b"ab", b""]);
    }
}
