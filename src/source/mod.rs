//! Loaded files: their identity, and places in them.
//!
//! [`sources`] holds every text of a run, [`stored`] one of them as it is kept, [`text`] its lines and columns. [`paths`] makes paths absolute, [`asked`]
//! notes which files somebody looked at.

use std::fmt;
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

pub mod asked;
mod by_path;
mod paths;
mod sources;
mod stored;
mod text;

pub use by_path::{PathMap, PathSet};
pub use paths::{absolute, is_arm, is_bicep, is_bicep_parameters, is_json, resolved};
pub use sources::{InMemory, MAX_FILE_SIZE, ReadError, Sources};
pub use stored::Stored;
pub use text::{Encoding, LinePart, Source, text_of};

/// The identity of a loaded file within one run; an index into [`Sources`].
///
/// It is kept with one added, so that a place that is not there takes no more room than one that is: each value has one or two.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "u32", into = "u32")]
pub struct FileId(NonZeroU32);

impl FileId {
    /// The file with a number, from 0.
    pub const fn new(number: u32) -> Self {
        match NonZeroU32::new(number.wrapping_add(1)) {
            Some(next) => FileId(next),
            // So many files nobody has.
            None => FileId(NonZeroU32::MAX),
        }
    }

    /// The number, from 0.
    pub const fn number(self) -> u32 {
        self.0.get() - 1
    }
}

impl From<u32> for FileId {
    fn from(number: u32) -> Self {
        FileId::new(number)
    }
}

impl From<FileId> for u32 {
    fn from(file: FileId) -> Self {
        file.number()
    }
}

impl fmt::Debug for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileId({})", self.number())
    }
}

/// A region of a loaded file, in bytes of its decoded (UTF-8) text. `end` is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span from two byte offsets.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { file, start: clamp(start), end: clamp(end) }
    }

    /// Whether `other` lies within this span.
    pub fn contains(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// The smallest span that holds both; `self` if they are in different files.
    pub fn to(self, other: Span) -> Span {
        if self.file != other.file {
            return self;
        }
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The bytes as a range for slicing a text.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A line and a column, both from 1; the column counts UTF-16 code units, as SARIF and GitHub do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in UTF-16 code units, from 1.
    pub column: u32,
}
