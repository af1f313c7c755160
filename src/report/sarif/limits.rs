//! GitHub's limits, kept before GitHub keeps them ("SARIF support for code scanning"): over some an upload is rejected as a
//! whole, over others it is cut where GitHub likes.

use std::io::{self, Write};

/// Results per run; an upload with more is rejected.
pub const RESULTS: usize = 25_000;
/// Locations of a result that are kept.
pub const LOCATIONS: usize = 100;
/// Steps of all code flows of a result that are kept.
pub const STEPS: usize = 1_000;
/// Tags of a rule that are shown.
pub const TAGS: usize = 10;
/// Characters of a rule's name, and of its short and full description.
pub const NAME: usize = 255;
/// Characters of a description.
pub const DESCRIPTION: usize = 1_024;
/// Bytes of a rule's help: no limit of GitHub's, but its share of the file's.
pub const HELP: usize = 64 * 1024;
/// Characters of a message. No limit of GitHub's; a value of a megabyte helps nobody.
pub const MESSAGE: usize = 4_000;
/// Targets that a result names.
pub const TARGETS: usize = 20;
/// Notifications of a run. No limit of GitHub's, which does not show them.
pub const NOTIFICATIONS: usize = 1_000;
/// Bytes of the whole file, compressed: 10 MB, less what another compressor than ours might need more.
pub const COMPRESSED: usize = 9_500_000;

/// Keeps the `limit` items that matter most, in the order they are in. Equal ones are kept from the front.
pub fn keep_worst<T, K: Ord>(items: &mut Vec<T>, limit: usize, importance: impl Fn(&T) -> K) {
    if items.len() <= limit {
        return;
    }
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|&i| (importance(&items[i]), i));
    let mut keep = vec![false; items.len()];
    for &i in &order[..limit] {
        keep[i] = true;
    }
    let mut index = 0;
    items.retain(|_| {
        index += 1;
        keep[index - 1]
    });
}

/// A file that is written but may yet turn out too large. It grows in parts, so that nothing of it ever moves: a log of
/// thirty megabytes needs thirty, and not twice that while it grows.
#[derive(Default)]
pub struct Draft {
    parts: Vec<Vec<u8>>,
    size: usize,
}

/// Bytes of a part of a [`Draft`].
const PART: usize = 1 << 18;

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = |part: &Vec<u8>| part.capacity() - part.len() >= bytes.len();
        match self.parts.last_mut().filter(|p| room(p)) {
            Some(part) => part.extend_from_slice(bytes),
            None => {
                let mut part = Vec::with_capacity(PART.max(bytes.len()));
                part.extend_from_slice(bytes);
                self.parts.push(part);
            }
        }
        self.size += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Draft {
    /// Whether it is too large to be uploaded, and if so which share of it would not be.
    pub fn too_large(&self) -> Option<f64> {
        // What is small as it is needs no trial, and that is nearly every file.
        if self.size <= COMPRESSED {
            return None;
        }
        let size = self.compressed_size().ok()?;
        // A bit less than the share, as a part compresses worse than the whole.
        (size > COMPRESSED).then(|| COMPRESSED as f64 / size as f64 * 0.95)
    }

    /// Hands it on.
    ///
    /// # Errors
    /// What `out` answers.
    pub fn write_to(self, out: &mut dyn Write) -> io::Result<()> {
        self.parts.into_iter().try_for_each(|part| out.write_all(&part))
    }

    fn compressed_size(&self) -> io::Result<usize> {
        struct Counter(usize);
        impl Write for Counter {
            fn write(&mut self, part: &[u8]) -> io::Result<usize> {
                self.0 += part.len();
                Ok(part.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        // The fastest level never compresses better than the one the upload uses.
        let mut encoder = flate2::write::GzEncoder::new(Counter(0), flate2::Compression::fast());
        self.parts.iter().try_for_each(|part| encoder.write_all(part))?;
        Ok(encoder.finish()?.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_are_kept_in_their_order() {
        let mut items = vec![(3, 'a'), (1, 'b'), (2, 'c'), (1, 'd'), (1, 'e')];
        keep_worst(&mut items, 3, |i| i.0);
        assert_eq!(items, [(1, 'b'), (1, 'd'), (1, 'e')]);
        keep_worst(&mut items, 2, |i| i.0);
        assert_eq!(items, [(1, 'b'), (1, 'd')]);
    }

    #[test]
    fn size_is_judged_compressed() {
        let draft = |bytes: &[u8]| {
            let mut draft = Draft::default();
            bytes.chunks(7_000).for_each(|part| draft.write_all(part).unwrap());
            draft
        };
        assert_eq!(draft(&vec![b'a'; 30_000_000]).too_large(), None);
        // Numbers of a simple generator do not compress.
        let mut state = 1u64;
        let noise: Vec<u8> = (0..20_000_000)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            })
            .collect();
        let share = draft(&noise).too_large().unwrap();
        assert!((0.4..0.5).contains(&share), "{share}");
        let mut whole = Vec::new();
        draft(&noise).write_to(&mut whole).unwrap();
        assert!(whole == noise);
    }
}
