//! GitHub's limits, kept before GitHub keeps them ("SARIF support for code scanning"): over some an upload is rejected as a
//! whole, over others it is cut where GitHub likes.

use std::io::{self, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

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

/// A file that is written but may yet turn out too large. What is larger than an upload may be is compressed while it is
/// written: that tells its size, and a log of thirty megabytes takes little room.
#[derive(Default)]
pub struct Draft {
    /// In parts, so that nothing ever moves.
    parts: Vec<Vec<u8>>,
    size: usize,
    /// All of it, once it is large. The fastest level never compresses better than the one the upload uses.
    packed: Option<GzEncoder<Vec<u8>>>,
}

/// Bytes of a part of a [`Draft`].
const PART: usize = 1 << 18;

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.size += bytes.len();
        if self.packed.is_none() && self.size > COMPRESSED {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            std::mem::take(&mut self.parts).iter().try_for_each(|part| encoder.write_all(part))?;
            self.packed = Some(encoder);
        }
        let room = |part: &Vec<u8>| part.capacity() - part.len() >= bytes.len();
        match (&mut self.packed, self.parts.last_mut().filter(|p| room(p))) {
            (Some(encoder), _) => encoder.write_all(bytes)?,
            (None, Some(part)) => part.extend_from_slice(bytes),
            (None, None) => {
                let mut part = Vec::with_capacity(PART.max(bytes.len()));
                part.extend_from_slice(bytes);
                self.parts.push(part);
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Draft {
    /// Whether it is too large to be uploaded, and if so which share of it would not be. Nothing is written after that.
    ///
    /// # Errors
    /// None that compressing in memory is known to have.
    pub fn too_large(&mut self) -> io::Result<Option<f64>> {
        // What is small as it is needs no trial, and that is nearly every file.
        let Some(encoder) = &mut self.packed else { return Ok(None) };
        encoder.try_finish()?;
        let size = encoder.get_ref().len();
        // A bit less than the share, as a part compresses worse than the whole.
        Ok((size > COMPRESSED).then(|| COMPRESSED as f64 / size as f64 * 0.95))
    }

    /// Hands it on.
    ///
    /// # Errors
    /// What `out` answers.
    pub fn write_to(self, out: &mut dyn Write) -> io::Result<()> {
        match self.packed {
            Some(encoder) => {
                let packed = encoder.finish()?;
                io::copy(&mut GzDecoder::new(packed.as_slice()), out).map(|_| ())
            }
            None => self.parts.iter().try_for_each(|part| out.write_all(part)),
        }
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
        assert_eq!(draft(&vec![b'a'; 30_000_000]).too_large().unwrap(), None);
        // Numbers of a simple generator do not compress.
        let mut state = 1u64;
        let noise: Vec<u8> = (0..20_000_000)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            })
            .collect();
        let share = draft(&noise).too_large().unwrap().unwrap();
        assert!((0.4..0.5).contains(&share), "{share}");
        for bytes in [&noise[..], &noise[..COMPRESSED], b""] {
            let (mut draft, mut whole) = (draft(bytes), Vec::new());
            draft.too_large().unwrap();
            draft.write_to(&mut whole).unwrap();
            assert!(whole == bytes);
        }
    }
}
