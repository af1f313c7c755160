//! A text as a run keeps it: whole, or packed where there are many, so that a large repository does not have to fit into memory.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};

use super::text::{Decoded, Encoding};
use super::{FileId, Source};
use crate::lock::lock;

/// Shorter texts, in bytes, are not worth packing.
const SHORTEST: usize = 512;

/// Longer ones stay whole: to bring one back for each place that is asked for would take longer than all else.
const LONGEST: usize = 64 << 10;

/// So many bytes of text are kept whole of what was unpacked last: who asks for a place in a file asks for the next one soon.
const RECENT: usize = 2 << 20;

/// A loaded file, with its text or what brings it back.
#[derive(Debug)]
pub struct Stored {
    /// Its identity in this run.
    pub id: FileId,
    /// The path it was loaded from, absolute and without `.` and `..`.
    pub path: PathBuf,
    state: Mutex<State>,
    recent: Arc<Recent>,
}

#[derive(Debug)]
enum State {
    Whole(Arc<Source>),
    Packed(Packed),
}

/// A text in the block format of LZ4, in which templates take about a fifth.
#[derive(Debug)]
struct Packed {
    bytes: Box<[u8]>,
    /// Bytes of text.
    length: usize,
    lossy: bool,
    encoding: Encoding,
    /// The text, as long as somebody uses it.
    used: Weak<Source>,
}

/// The texts that were unpacked last, and the bytes of all.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<(VecDeque<Arc<Source>>, usize)>);

impl Recent {
    fn keep(&self, source: &Arc<Source>) {
        let mut kept = lock(&self.0);
        let (sources, bytes) = &mut *kept;
        sources.push_back(source.clone());
        *bytes += source.text().len();
        while *bytes > RECENT
            && let Some(gone) = sources.pop_front()
        {
            *bytes -= gone.text().len();
        }
    }
}

impl Stored {
    pub(super) fn new(source: Source, recent: Arc<Recent>) -> Self {
        let (id, path) = (source.id, source.path.clone());
        Stored { id, path, state: Mutex::new(State::Whole(Arc::new(source))), recent }
    }

    /// The file with its text.
    pub fn source(&self) -> Arc<Source> {
        let mut state = lock(&self.state);
        let packed = match &mut *state {
            State::Whole(source) => return source.clone(),
            State::Packed(packed) => packed,
        };
        if let Some(used) = packed.used.upgrade() {
            return used;
        }
        let source = Arc::new(Source::new(self.id, self.path.clone(), packed.unpacked()));
        packed.used = Arc::downgrade(&source);
        drop(state);
        self.recent.keep(&source);
        source
    }

    /// The bytes of its text.
    pub fn length(&self) -> usize {
        match &*lock(&self.state) {
            State::Whole(source) => source.text().len(),
            State::Packed(packed) => packed.length,
        }
    }

    /// Keeps no more than what brings the text back, once nobody uses it.
    pub(super) fn pack(&self) {
        let source = match &*lock(&self.state) {
            State::Whole(source) => source.clone(),
            State::Packed(_) => return,
        };
        let packed = Some(source.text()).filter(|text| (SHORTEST..=LONGEST).contains(&text.len())).map(|text| Packed {
            bytes: lz4_flex::block::compress(text.as_bytes()).into_boxed_slice(),
            length: text.len(),
            lossy: source.is_lossy(),
            encoding: source.encoding(),
            used: Arc::downgrade(&source),
        });
        if let Some(packed) = packed {
            *lock(&self.state) = State::Packed(packed);
        }
    }
}

impl Packed {
    fn unpacked(&self) -> Decoded {
        let bytes = lz4_flex::block::decompress(&self.bytes, self.length).unwrap_or_default();
        Decoded { text: String::from_utf8(bytes).unwrap_or_default(), lossy: self.lossy, encoding: self.encoding }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Position, Sources};

    #[test]
    fn what_is_packed_comes_back_as_it_was() {
        let text = "é😀 param a string\r\n".repeat(1_000);
        let sources = Sources::new();
        sources.add("a.bicep", text.clone());
        let stored = sources.stored(FileId::new(0)).unwrap();
        stored.pack();
        assert!(matches!(&*lock(&stored.state), State::Packed(packed) if packed.bytes.len() < text.len() / 5));
        let source = stored.source();
        assert_eq!((source.text(), stored.length(), source.encoding()), (&*text, text.len(), Encoding::Utf8));
        assert_eq!(source.position(7), Position { line: 1, column: 5 });
        // Who asks while it is used gets the same one.
        assert!(Arc::ptr_eq(&source, &stored.source()));
    }

    fn packed(text: &str, number: usize) -> Vec<Arc<Stored>> {
        let sources = Sources::new();
        let stored = |n| sources.stored(sources.add(format!("{n}.json"), text).id);
        let all: Vec<Arc<Stored>> = (0..number).filter_map(stored).collect();
        all.iter().for_each(|stored| stored.pack());
        all
    }

    #[test]
    fn few_of_those_unpacked_last_are_kept() {
        let text = "a".repeat(LONGEST);
        let few = RECENT / LONGEST;
        let all = packed(&text, few + 3);
        all.iter().for_each(|stored| assert_eq!(stored.source().text(), text));
        let whole =
            |stored: &Arc<Stored>| matches!(&*lock(&stored.state), State::Packed(p) if p.used.upgrade().is_some());
        assert_eq!(all.iter().map(whole).collect::<Vec<_>>(), [vec![false; 3], vec![true; few]].concat());
    }

    #[test]
    fn a_long_text_stays_whole() {
        let all = packed(&"a".repeat(LONGEST + 1), 1);
        assert!(matches!(&*lock(&all[0].state), State::Whole(_)));
    }
}
