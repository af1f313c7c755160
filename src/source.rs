//! Loaded files: decoding, identity, and positions.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::prelude::*;

/// The identity of a loaded file within one run; an index into [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A region of a loaded file, in bytes of its decoded (UTF-8) text. `end` is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// Why a file could not be loaded.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadError {
    /// The file system said no.
    #[error("cannot read {path}: {reason}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        reason: String,
    },
    /// The file is larger than files may be.
    #[error("{path} is larger than the {limit} bytes that are read; raise --max-file-size if it is meant to be read")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The bytes that are read at most.
        limit: u64,
    },
}

/// The largest file that is read by default, in bytes. Azure takes templates of 4 MB.
pub const MAX_FILE_SIZE: u64 = 32 << 20;

/// How the bytes of a file became its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 (a text that came from no file, too).
    Utf8,
    /// UTF-8 after a byte order mark.
    Utf8WithMark,
    /// UTF-16, with or without a mark.
    Utf16,
}

/// One loaded file.
#[derive(Debug)]
pub struct Source {
    /// Its identity in this run.
    pub id: FileId,
    /// The path it was loaded from, absolute and without `.` and `..`.
    pub path: PathBuf,
    /// The text, decoded to UTF-8, without a byte order mark.
    pub text: String,
    /// Whether the bytes were not valid in their encoding and were replaced.
    pub lossy: bool,
    /// What the bytes were.
    pub encoding: Encoding,
    lines: OnceLock<Vec<u32>>,
    /// Where UTF-16 code units stand, for columns; `None` where every byte is one.
    units: OnceLock<Option<Units>>,
}

impl Source {
    /// Line and column of a byte offset. An offset past the end gives the end; one inside a character gives its start.
    pub fn position(&self, offset: u32) -> Position {
        let starts = self.line_starts();
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = starts.partition_point(|&s| s as usize <= offset) - 1;
        let column = self.units_before(offset) - self.units_before(starts[line] as usize);
        Position { line: line as u32 + 1, column: column as u32 + 1 }
    }

    /// How many UTF-16 code units a line (from 1) has, without its line ending; 0 past the end.
    pub fn line_width(&self, line: u32) -> u32 {
        let line = self.line_range(line);
        (self.units_before(line.end) - self.units_before(line.start)) as u32
    }

    /// The part of a line (from 1) around a UTF-16 column: `reach` bytes to both sides, or a few more, so as not to cut a
    /// character. The line may be megabytes long; nothing beyond the part is looked at.
    pub fn line_part(&self, line: u32, column: u32, reach: usize) -> LinePart<'_> {
        let line = self.line_range(line);
        let start = self.units_before(line.start);
        let at = self.byte_of(start + column.saturating_sub(1) as usize).clamp(line.start, line.end);
        let whole = |mut i: usize| {
            while !self.text.is_char_boundary(i) {
                i -= 1;
            }
            i
        };
        let from = whole(at.saturating_sub(reach).max(line.start));
        let to = if line.end - at > reach { whole(at + reach) } else { line.end };
        LinePart {
            text: self.text.get(from..to).unwrap_or(""),
            column: (self.units_before(from) - start) as u32 + 1,
            from_start: from == line.start,
            to_end: to == line.end,
        }
    }

    /// The bytes of a line (from 1) without its line ending; empty, at the end of the text, past the end.
    pub fn line_range(&self, line: u32) -> std::ops::Range<usize> {
        let starts = self.line_starts();
        let index = (line as usize).saturating_sub(1);
        let Some(&start) = starts.get(index) else { return self.text.len()..self.text.len() };
        let start = start as usize;
        let end = starts.get(index + 1).map_or(self.text.len(), |&next| next as usize - 1);
        // One only: a line may end with a million of them.
        let end = if self.text[start..end].ends_with('\r') { end - 1 } else { end };
        start..end
    }

    fn units(&self) -> Option<&Units> {
        self.units.get_or_init(|| (!self.text.is_ascii()).then(|| Units::of(&self.text))).as_ref()
    }

    /// How many UTF-16 code units stand before a byte, which begins a character.
    fn units_before(&self, byte: usize) -> usize {
        self.units().map_or(byte, |units| units.before(&self.text, byte))
    }

    /// The byte at which the character stands that has a UTF-16 code unit; the end of the text past it.
    fn byte_of(&self, unit: usize) -> usize {
        self.units().map_or(unit, |units| units.byte(&self.text, unit)).min(self.text.len())
    }

    /// The text of a line (from 1), without its line ending; empty past the end.
    pub fn line_text(&self, line: u32) -> &str {
        self.text.get(self.line_range(line)).unwrap_or("")
    }

    fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let ends = || memchr::memchr_iter(b'\n', self.text.as_bytes());
            let mut starts = Vec::with_capacity(ends().count() + 1);
            starts.push(0);
            starts.extend(ends().map(|i| i as u32 + 1));
            starts
        })
    }

    /// The text of a span of this file; empty if it does not fit.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }
}

/// What [`Source::line_part`] gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinePart<'a> {
    /// The text.
    pub text: &'a str,
    /// The UTF-16 column, from 1, of its first character.
    pub column: u32,
    /// It begins where the line does.
    pub from_start: bool,
    /// It ends where the line does.
    pub to_end: bool,
}

/// How many UTF-16 code units stand before every [`Units::STEP`]th byte of a text: a column is found by counting from there,
/// and not from the start of a line that may hold the whole file.
#[derive(Debug)]
struct Units {
    /// For each step, the units before the first character that begins there or later.
    before: Vec<u32>,
}

impl Units {
    const STEP: usize = 256;

    fn of(text: &str) -> Self {
        let mut before = Vec::with_capacity(text.len() / Self::STEP + 1);
        let mut units = 0;
        for (byte, c) in text.char_indices() {
            if byte >= before.len() * Self::STEP {
                before.push(units);
            }
            units += c.len_utf16() as u32;
        }
        Units { before }
    }

    /// The first character that begins at a step or after it.
    fn start(text: &str, step: usize) -> usize {
        let mut byte = step * Self::STEP;
        while !text.is_char_boundary(byte) {
            byte += 1;
        }
        byte.min(text.len())
    }

    fn before(&self, text: &str, byte: usize) -> usize {
        let mut step = (byte / Self::STEP).min(self.before.len().saturating_sub(1));
        if Self::start(text, step) > byte {
            step = step.saturating_sub(1);
        }
        let from = Self::start(text, step);
        let known = self.before.get(step).map_or(0, |&n| n as usize);
        known + text.get(from..byte).map_or(0, |part| part.encode_utf16().count())
    }

    fn byte(&self, text: &str, unit: usize) -> usize {
        let step = self.before.partition_point(|&n| n as usize <= unit).saturating_sub(1);
        let from = Self::start(text, step);
        let mut units = self.before.get(step).map_or(0, |&n| n as usize);
        for (byte, c) in text.get(from..).unwrap_or("").char_indices() {
            units += c.len_utf16();
            if units > unit {
                return from + byte;
            }
        }
        text.len()
    }
}

/// Every file loaded in a run. Shared between threads; a file is read once.
#[derive(Debug)]
pub struct Sources {
    inner: Mutex<Inner>,
    /// The bytes that are read of a file at most.
    limit: u64,
}

impl Default for Sources {
    fn default() -> Self {
        Sources::with_limit(MAX_FILE_SIZE)
    }
}

#[derive(Debug, Default)]
struct Inner {
    files: Vec<Arc<Source>>,
    by_path: HashMap<PathBuf, FileId>,
    /// Files of restored modules, with what their module is called.
    restored: HashMap<PathBuf, Arc<str>>,
    /// What the command line names: read even if it is a pipe.
    named: HashSet<PathBuf>,
}

impl Sources {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty set that takes no file of more bytes. (A span addresses 4 GiB.)
    pub fn with_limit(bytes: u64) -> Self {
        Sources { inner: Mutex::default(), limit: bytes.min(u64::from(u32::MAX)) }
    }

    /// Loads a file, or gives the one loaded before.
    ///
    /// # Errors
    /// [`ReadError`] if the file cannot be read or is too large.
    pub fn load(&self, path: &Path) -> Result<Arc<Source>, ReadError> {
        let path = absolute(path);
        if let Some(known) = self.known(&path) {
            return Ok(known);
        }
        let decoded = self.read(&path)?;
        Ok(self.insert(path, decoded))
    }

    /// Allows a path that is no regular file: the command line names it, as in `--config <(…)`.
    pub fn allow_stream(&self, path: &Path) {
        self.lock().named.insert(absolute(path));
    }

    fn read(&self, path: &Path) -> Result<Decoded, ReadError> {
        let io = |e: std::io::Error| ReadError::Io { path: path.to_path_buf(), reason: e.to_string() };
        let too_large = || ReadError::TooLarge { path: path.to_path_buf(), limit: self.limit };
        let meta = std::fs::metadata(path).map_err(io)?;
        if !meta.is_file() && !meta.is_dir() && !self.lock().named.contains(path) {
            // To open a pipe may never end; to open a device may do something.
            return Err(io(std::io::Error::other("it is not a regular file")));
        }
        if meta.is_file() && meta.len() > self.limit {
            return Err(too_large());
        }
        let mut bytes = Vec::with_capacity(usize::try_from(meta.len().min(self.limit)).unwrap_or(0) + 1);
        // What a pipe or a growing file has is known only at its end.
        File::open(path).map_err(io)?.take(self.limit + 1).read_to_end(&mut bytes).map_err(io)?;
        if bytes.len() as u64 > self.limit {
            return Err(too_large());
        }
        Ok(decode(bytes))
    }

    /// Loads many files in parallel. Their identities follow the order of `paths`, however many threads there are.
    pub fn load_all(&self, paths: &[&Path]) -> Vec<Result<Arc<Source>, ReadError>> {
        let one = |path: &&Path| {
            let path = absolute(path);
            let decoded = if self.known(&path).is_some() { Ok(Decoded::from(String::new())) } else { self.read(&path) };
            decoded.map(|decoded| (path, decoded))
        };
        let texts: Vec<_> = paths.par_iter().map(one).collect();
        texts.into_iter().map(|loaded| loaded.map(|(path, decoded)| self.insert(path, decoded))).collect()
    }

    /// Adds a text that is not on disk (tests, generated input) under a path.
    pub fn add(&self, path: impl Into<PathBuf>, text: impl Into<String>) -> Arc<Source> {
        self.insert(path.into(), Decoded::from(text.into()))
    }

    /// Marks a file as part of a module that was restored from a registry, with the module's reference: nobody edits it.
    pub fn mark_restored(&self, path: &Path, reference: &str) {
        self.lock().restored.insert(absolute(path), reference.into());
    }

    /// Whether a path is that of a restored module.
    pub fn is_restored_path(&self, path: &Path) -> bool {
        self.lock().restored.contains_key(path)
    }

    /// Whether a file belongs to a restored module.
    pub fn is_restored(&self, id: FileId) -> bool {
        self.restored(id).is_some()
    }

    /// The reference of the restored module that a file belongs to, with its version: `br/public:avm/res/web/site:0.15.1`.
    pub fn restored(&self, id: FileId) -> Option<Arc<str>> {
        let inner = self.lock();
        if inner.restored.is_empty() {
            return None;
        }
        inner.restored.get(&inner.files.get(id.0 as usize)?.path).cloned()
    }

    /// The file with this identity; `None` only for an identity of another run.
    pub fn get(&self, id: FileId) -> Option<Arc<Source>> {
        self.lock().files.get(id.0 as usize).cloned()
    }

    fn known(&self, path: &Path) -> Option<Arc<Source>> {
        let inner = self.lock();
        let id = inner.by_path.get(path)?;
        inner.files.get(id.0 as usize).cloned()
    }

    fn insert(&self, path: PathBuf, decoded: Decoded) -> Arc<Source> {
        let mut inner = self.lock();
        if let Some(id) = inner.by_path.get(&path) {
            // Another thread was faster.
            return inner.files[id.0 as usize].clone();
        }
        let id = FileId(inner.files.len() as u32);
        let Decoded { text, lossy, encoding } = decoded;
        let (lines, units) = (OnceLock::new(), OnceLock::new());
        let source = Arc::new(Source { id, path: path.clone(), text, lossy, encoding, lines, units });
        inner.files.push(source.clone());
        inner.by_path.insert(path, id);
        source
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        // A panic elsewhere must not lose the other files' results; the data is append-only and stays valid.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A text, whether bytes of it were replaced, and what it was.
#[derive(Debug, PartialEq, Eq)]
struct Decoded {
    text: String,
    lossy: bool,
    encoding: Encoding,
}

impl From<String> for Decoded {
    fn from(text: String) -> Self {
        Decoded { text, lossy: false, encoding: Encoding::Utf8 }
    }
}

/// Makes a path absolute and resolves `.` and `..` by name, without asking the file system about links.
pub fn absolute(path: &Path) -> PathBuf {
    if cfg!(unix) && is_tidy(path) {
        return path.to_path_buf();
    }
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut out = PathBuf::new();
    for part in full.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// A path of the command line made absolute, with `..` where the system has it: `link/..` is the folder above what the link
/// leads to. Paths within inputs are compiled by name, as Azure's tools do it.
pub fn resolved(path: &Path) -> PathBuf {
    if cfg!(windows) || !path.components().any(|c| c == Component::ParentDir) {
        // Windows takes `..` by name itself.
        return absolute(path);
    }
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut out = PathBuf::new();
    for part in full.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if out.is_symlink()
                    && let Ok(real) = std::fs::canonicalize(&out)
                {
                    out = real;
                }
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// Whether a path with `/` is as [`absolute`] would make it. Nearly all are, and taking them apart costs.
fn is_tidy(path: &Path) -> bool {
    let Some(parts) = path.as_os_str().as_encoded_bytes().strip_prefix(b"/") else { return false };
    parts.is_empty() || parts.split(|&b| b == b'/').all(|part| !matches!(part, b"" | b"." | b".."))
}

/// Decodes by byte order mark (UTF-8, UTF-16), by the zero bytes of UTF-16 without a mark, else as UTF-8.
fn decode(bytes: Vec<u8>) -> Decoded {
    let decoded = |by: &'static encoding_rs::Encoding, bytes: &[u8]| {
        let (text, lossy) = by.decode_without_bom_handling(bytes);
        let encoding = if by == encoding_rs::UTF_8 { Encoding::Utf8WithMark } else { Encoding::Utf16 };
        Decoded { text: text.into_owned(), lossy, encoding }
    };
    if let Some((encoding, skip)) = encoding_rs::Encoding::for_bom(&bytes) {
        return decoded(encoding, &bytes[skip..]);
    }
    match bytes.get(..2) {
        Some([0, b]) if *b != 0 => decoded(encoding_rs::UTF_16BE, &bytes),
        Some([b, 0]) if *b != 0 => decoded(encoding_rs::UTF_16LE, &bytes),
        _ => match String::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(e) => Decoded { lossy: true, ..String::from_utf8_lossy(e.as_bytes()).into_owned().into() },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_utf16_units() {
        let s = Sources::new().add("a.json", "a\r\n😀é x");
        assert_eq!(s.position(3), Position { line: 2, column: 1 });
        assert_eq!(s.position(7), Position { line: 2, column: 3 });
        assert_eq!(s.position(10), Position { line: 2, column: 5 });
        assert_eq!(s.position(99), Position { line: 2, column: 6 });
        assert_eq!(s.line_text(1), "a");
    }

    #[test]
    fn columns_of_long_lines_are_those_that_counting_gives() {
        let line = "aé😀\u{301}x".repeat(300);
        let s = Sources::new().add("a.json", format!("first é\n{line}\r\nlast"));
        let start = s.text.find('\n').unwrap() + 1;
        for (byte, _) in line.char_indices() {
            let column = line[..byte].encode_utf16().count() as u32 + 1;
            assert_eq!(s.position((start + byte) as u32), Position { line: 2, column });
            let part = s.line_part(2, column, 100);
            let from = line.char_indices().map(|(i, _)| i).rfind(|i| *i <= byte.saturating_sub(100)).unwrap_or(0);
            assert_eq!(part.column, line[..from].encode_utf16().count() as u32 + 1);
            assert!(line[from..].starts_with(part.text) && part.text.len() <= 204 && from + part.text.len() > byte);
            assert_eq!((part.from_start, part.to_end), (from == 0, from + part.text.len() == line.len()));
        }
        assert_eq!(s.line_width(2), line.encode_utf16().count() as u32);
        assert_eq!((s.line_width(1), s.line_width(3), s.line_width(9)), (7, 4, 0));
        assert_eq!(s.line_part(9, 1, 10).text, "");
        assert_eq!(s.line_part(3, 99, 2).text, "st");
    }

    #[test]
    fn decodes_what_azure_tools_write() {
        let read = |bytes: &[u8]| {
            let d = decode(bytes.to_vec());
            (d.text, d.lossy, d.encoding)
        };
        assert_eq!(read(b"\xef\xbb\xbf{}"), ("{}".into(), false, Encoding::Utf8WithMark));
        assert_eq!(read(b"\xff\xfe{\0}\0"), ("{}".into(), false, Encoding::Utf16));
        assert_eq!(read(b"\0{\0}"), ("{}".into(), false, Encoding::Utf16));
        assert_eq!(read(b"{}"), ("{}".into(), false, Encoding::Utf8));
        assert_eq!(read(b"a\xff"), ("a\u{fffd}".into(), true, Encoding::Utf8));
    }

    #[cfg(unix)]
    #[test]
    fn absolute_paths_are_tidy() {
        for (path, tidy) in [("/", "/"), ("/a/b.c", "/a/b.c"), ("/a//b/./../c/", "/a/c"), ("//a/..", "/"), ("/..", "/")]
        {
            assert_eq!(absolute(Path::new(path)).as_os_str(), tidy);
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_above_a_link_is_that_of_its_target() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(base.join("far/deep")).unwrap();
        std::os::unix::fs::symlink(base.join("far/deep"), base.join("link")).unwrap();
        assert_eq!(resolved(&base.join("link/../x")), base.join("far/x"));
        assert_eq!(resolved(&base.join("far/../link/x")), base.join("link/x"));
        assert_eq!(resolved(&base.join("none/../x")), base.join("x"));
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_read_only_if_it_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let sources = Sources::new();
        assert!(sources.load(&pipe).unwrap_err().to_string().contains("not a regular file"));
        sources.allow_stream(&pipe);
        let there = pipe.clone();
        let writer = std::thread::spawn(move || std::fs::write(there, "{}"));
        assert_eq!(sources.load(&pipe).unwrap().text, "{}");
        writer.join().unwrap().unwrap();
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.json");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(Sources::with_limit(5).load(&path).unwrap().text, "12345");
        let refused = Sources::with_limit(4).load(&path);
        assert!(matches!(refused, Err(ReadError::TooLarge { limit: 4, .. })));
        // Its length says nothing of what comes out of a device.
        if cfg!(unix) {
            let zero = Path::new("/dev/zero");
            let sources = Sources::with_limit(4);
            assert!(matches!(sources.load(zero), Err(ReadError::Io { .. })));
            sources.allow_stream(zero);
            assert!(matches!(sources.load(zero), Err(ReadError::TooLarge { limit: 4, .. })));
        }
    }

    #[test]
    fn a_file_is_read_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.json");
        std::fs::write(&path, "1").unwrap();
        let sources = Sources::new();
        let a = sources.load(&path).unwrap();
        let b = sources.load(&dir.path().join("y/../x.json")).unwrap();
        assert_eq!(a.id, b.id);
    }
}
