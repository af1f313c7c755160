//! Every text of a run: read from disk, or held in memory.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::stored::{Recent, Stored};
use super::text::{Decoded, Unread, decode};
use super::{FileId, PathMap, Source, absolute, asked};
use crate::cache::{Sum, sum};
use crate::lock::lock;

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

impl ReadError {
    fn io(path: &Path, why: &std::io::Error) -> Self {
        ReadError::Io { path: path.to_path_buf(), reason: why.to_string() }
    }
}

/// The bytes of a file, no more than `limit`. Of what is no regular file only where somebody `named` it.
///
/// # Errors
/// [`ReadError`] if it cannot be read or is too large.
pub(super) fn bytes(path: &Path, limit: u64, named: bool) -> Result<Vec<u8>, ReadError> {
    let io = |e: std::io::Error| ReadError::io(path, &e);
    let too_large = || ReadError::TooLarge { path: path.to_path_buf(), limit };
    let meta = std::fs::metadata(path).map_err(io)?;
    if !meta.is_file() && !meta.is_dir() && !named {
        // To open a pipe may never end; to open a device may do something.
        return Err(io(std::io::Error::other("it is not a regular file")));
    }
    if meta.is_file() && meta.len() > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len().min(limit)).unwrap_or(0) + 1);
    // What a pipe or a growing file has is known only at its end.
    File::open(path).map_err(io)?.take(limit + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > limit { Err(too_large()) } else { Ok(bytes) }
}

/// The largest file that is read by default, in bytes. Azure takes templates of 4 MB.
pub const MAX_FILE_SIZE: u64 = 32 << 20;

/// So many bytes of text are kept as they are; what is beyond is packed as soon as it was read.
const WHOLE: usize = 16 << 20;

/// So many files are read before those are packed that are beyond.
const BEFORE_PACKING: usize = 1_024;

/// Every file loaded in a run. Shared between threads; a file is read once.
#[derive(Debug)]
pub struct Sources {
    inner: Mutex<Inner>,
    /// The bytes that are read of a file at most.
    limit: u64,
    /// Whether it is told what has changed since it was read.
    observant: bool,
    ahead: Mutex<Ahead>,
}

/// Texts that were read before anybody asked.
#[derive(Debug, Default)]
struct Ahead {
    texts: PathMap<Decoded>,
    /// The bytes of all that were read so.
    bytes: usize,
}

impl Default for Sources {
    fn default() -> Self {
        Sources::with_limit(MAX_FILE_SIZE)
    }
}

#[derive(Debug, Default)]
struct Inner {
    files: Vec<Arc<Stored>>,
    /// The bytes of text that are kept whole.
    whole: usize,
    recent: Arc<Recent>,
    by_path: PathMap<FileId>,
    /// Files of restored modules, with what their module is called.
    restored: PathMap<Arc<str>>,
    /// What the command line names: read even if it is a pipe.
    named: HashSet<PathBuf>,
    /// Texts in memory that stand for what is on disk.
    held: HashMap<PathBuf, Held>,
    /// What stands above these and the disk as long as another side is looked at.
    over: HashMap<PathBuf, Held>,
    /// Folders that hold something of that, with a stamp: what is in them is not what the disk says.
    over_folders: HashMap<PathBuf, Stamp>,
    /// What was there when it was read, of what is to be read anew once it has changed.
    stamps: HashMap<PathBuf, Stamp>,
    /// Texts that are no longer those of their paths.
    replaced: Vec<FileId>,
    /// What stands for such a text once it is given up, by path: an editor makes one at every key, so that each must cost nothing.
    given_up: HashMap<PathBuf, Arc<Stored>>,
    /// Counts up with every text that is put into memory.
    clock: u64,
    /// The digests of the files that were read, where a record is kept of what is asked for.
    sums: PathMap<Sum>,
}

#[derive(Debug)]
struct Held {
    /// The bytes; `None` where there is nothing, whatever the disk says.
    bytes: Option<Vec<u8>>,
    stamp: Stamp,
}

/// What stands in memory for a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InMemory {
    /// A file with these bytes.
    File(Vec<u8>),
    /// Nothing, whatever the disk says.
    Absent,
}

impl Inner {
    fn held(&self, path: &Path) -> Option<&Held> {
        self.over.get(path).or_else(|| self.held.get(path))
    }
}

/// What is at a path, so that it shows whether it has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stamp {
    /// Nothing.
    Absent,
    /// A file or folder: when it was changed, and its length in bytes.
    Disk(Option<SystemTime>, u64),
    /// A text in memory: which one of all.
    Memory(u64),
    /// Something else than is there now, whatever that is.
    Doubted,
}

impl Stamp {
    fn of(path: &Path) -> Self {
        std::fs::metadata(path).map_or(Stamp::Absent, |meta| Stamp::Disk(meta.modified().ok(), meta.len()))
    }
}

impl Sources {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty set that takes no file of more bytes. (A span addresses 4 GiB.)
    pub fn with_limit(bytes: u64) -> Self {
        Sources {
            inner: Mutex::default(),
            limit: bytes.min(u64::from(u32::MAX)),
            observant: false,
            ahead: Mutex::default(),
        }
    }

    /// The same, for more than one look: it can say which files have changed since they were read.
    #[must_use]
    pub fn observant(self) -> Self {
        Sources { observant: true, ..self }
    }

    /// Whether files are looked at more than once.
    pub fn is_observant(&self) -> bool {
        self.observant
    }

    /// Loads a file, or gives the one loaded before.
    ///
    /// # Errors
    /// [`ReadError`] if the file cannot be read or is too large.
    pub fn load(&self, path: &Path) -> Result<Arc<Source>, ReadError> {
        let path = absolute(path);
        asked::about(&path);
        if let Some(known) = self.known(&path) {
            return Ok(known.source());
        }
        let decoded = self.read(&path)?;
        let (stored, is_beyond) = self.insert(path, |id, path| Source::new(id, path, decoded));
        let source = stored.source();
        if is_beyond {
            stored.pack();
        }
        Ok(source)
    }

    /// Allows a path that is no regular file: the command line names it, as in `--config <(…)`.
    pub fn allow_stream(&self, path: &Path) {
        self.lock().named.insert(absolute(path));
    }

    fn read(&self, path: &Path) -> Result<Decoded, ReadError> {
        self.note(path);
        match self.in_memory(path) {
            Some(InMemory::File(bytes)) => return Ok(decode(bytes)),
            Some(InMemory::Absent) => return Err(ReadError::io(path, &std::io::ErrorKind::NotFound.into())),
            None => {}
        }
        // A statement of its own: others read meanwhile.
        let named = self.lock().named.contains(path);
        let bytes = bytes(path, self.limit, named)?;
        if asked::is_recorded() {
            let sum = sum(&bytes);
            self.lock().sums.insert(path.to_path_buf(), sum);
        }
        Ok(decode(bytes))
    }

    /// The file at a path (absolute, without `..`), which holds bytes with this digest: it is read once somebody asks for its text.
    /// Neither may a text in memory stand for it, nor may it be looked at again.
    pub fn on_demand(&self, path: &Path, sum: Sum) -> Arc<Source> {
        let unread = Unread { sum, limit: self.limit };
        self.insert(path.to_path_buf(), |id, path| Source::on_demand(id, path, unread)).0.source()
    }

    /// The digest of what was read of a file, where a record is kept of what is asked for.
    pub fn sum(&self, path: &Path) -> Option<Sum> {
        self.lock().sums.get(path).copied()
    }

    /// Whether somebody wants to know what is asked for: to look again, or for a record.
    pub fn are_noted(&self) -> bool {
        self.observant || asked::is_recorded()
    }

    /// Reads a file (absolute path, without `..`) that somebody is about to ask for, as long as such texts are few: while one thread
    /// still looks for files, the others can read. What cannot be read is read again, and told, by whoever asks.
    pub fn read_ahead(&self, path: &Path) {
        if self.observant || lock(&self.ahead).bytes > WHOLE || self.known(path).is_some() {
            return;
        }
        if let Ok(decoded) = self.read(path) {
            let mut ahead = lock(&self.ahead);
            ahead.bytes += decoded.text.len();
            ahead.texts.insert(path.to_path_buf(), decoded);
        }
    }

    /// Loads many files in parallel. Their identities follow the order of `paths`, however many threads there are.
    pub fn load_all(&self, paths: &[&Path]) -> Vec<Result<Arc<Stored>, ReadError>> {
        let one = |path: &&Path| {
            let path = absolute(path);
            asked::about(&path);
            if self.known(&path).is_some() {
                return Ok((path, Decoded::from(String::new())));
            }
            let ahead = lock(&self.ahead).texts.remove(&path);
            let decoded = ahead.map_or_else(|| self.read(&path), Ok);
            decoded.map(|decoded| (path, decoded))
        };
        let mut out = Vec::with_capacity(paths.len());
        for some in paths.chunks(BEFORE_PACKING) {
            let texts: Vec<_> = some.par_iter().map(one).collect();
            let mut beyond = Vec::new();
            for loaded in texts {
                out.push(loaded.map(|(path, decoded)| {
                    let (stored, is_beyond) = self.insert(path, |id, path| Source::new(id, path, decoded));
                    beyond.extend(is_beyond.then(|| stored.clone()));
                    stored
                }));
            }
            beyond.into_par_iter().for_each(|stored| stored.pack());
        }
        out
    }

    /// Adds a text that is not on disk (tests, generated input) under a path.
    pub fn add(&self, path: impl Into<PathBuf>, text: impl Into<String>) -> Arc<Source> {
        let decoded = Decoded::from(text.into());
        self.insert(path.into(), |id, path| Source::new(id, path, decoded)).0.source()
    }

    /// Puts a text into memory that stands for what is at a path (absolute, without `..`) until [`Sources::release`].
    pub fn hold(&self, path: PathBuf, text: String) {
        let mut inner = self.lock();
        inner.clock += 1;
        let stamp = Stamp::Memory(inner.clock);
        inner.held.insert(path, Held { bytes: Some(text.into_bytes()), stamp });
    }

    /// Looks at another side: these files (absolute paths, without `..`) stand above what is on disk and held, and those that are
    /// `absent` are not there, until [`Sources::take_off`].
    pub fn put_over<'a>(
        &self,
        files: impl IntoIterator<Item = (&'a Path, &'a [u8])>,
        absent: impl IntoIterator<Item = &'a Path>,
    ) {
        let mut inner = self.lock();
        let files = files.into_iter().map(|(path, bytes)| (path, Some(bytes.to_vec())));
        for (path, bytes) in files.chain(absent.into_iter().map(|path| (path, None))) {
            inner.clock += 1;
            let stamp = Stamp::Memory(inner.clock);
            for folder in path.ancestors().skip(1) {
                inner.over_folders.insert(folder.to_path_buf(), stamp);
            }
            inner.over.insert(path.to_path_buf(), Held { bytes, stamp });
        }
    }

    /// Looks at what is on disk and held again.
    pub fn take_off(&self) {
        let mut inner = self.lock();
        inner.over.clear();
        inner.over_folders.clear();
    }

    /// The paths at which there is nothing, whatever the disk says.
    pub fn absent(&self) -> FxHashSet<PathBuf> {
        let inner = self.lock();
        inner.over.iter().filter(|(_, held)| held.bytes.is_none()).map(|(path, _)| path.clone()).collect()
    }

    /// The paths of which memory says what is there, and not the disk.
    pub fn said_by_memory(&self) -> Vec<PathBuf> {
        let inner = self.lock();
        inner.held.keys().chain(inner.over.keys()).cloned().collect()
    }

    /// Takes the text of a path out of memory: what is on disk counts again.
    pub fn release(&self, path: &Path) {
        self.lock().held.remove(path);
    }

    /// The paths of the texts in memory, in order.
    pub fn held(&self) -> Vec<PathBuf> {
        let inner = self.lock();
        let there = |path: &&PathBuf| inner.held(path).is_some_and(|held| held.bytes.is_some());
        let mut paths: Vec<PathBuf> = inner.held.keys().chain(inner.over.keys()).filter(there).cloned().collect();
        paths.sort();
        paths.dedup();
        paths
    }

    /// What stands in memory for what is at a path.
    pub fn in_memory(&self, path: &Path) -> Option<InMemory> {
        let inner = self.lock();
        let held = inner.held(path)?;
        Some(held.bytes.clone().map_or(InMemory::Absent, InMemory::File))
    }

    /// Whether there is a file at a path (absolute, without `..`).
    pub fn is_file(&self, path: &Path) -> bool {
        asked::about(path);
        let held = self.lock().held(path).map(|held| held.bytes.is_some());
        held.unwrap_or_else(|| path.is_file())
    }

    /// The files in a folder (absolute, without `..`), in order: those in memory, and those on disk that `may` keeps.
    ///
    /// # Errors
    /// The system's, if the folder cannot be read and nothing in memory lies in it.
    pub fn files_in(&self, folder: &Path, may: impl Fn(&Path) -> bool) -> std::io::Result<Vec<PathBuf>> {
        let held = self.held().into_iter().filter(|p| p.parent() == Some(folder));
        let mut files: Vec<PathBuf> = held.collect();
        match std::fs::read_dir(folder) {
            Ok(there) => {
                let there = there.filter_map(|e| Some(e.ok()?.path()));
                files.extend(there.filter(|p| may(p) && self.is_file(p)));
            }
            Err(_) if !files.is_empty() => {}
            Err(e) => return Err(e),
        }
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// Remembers what is at a path now, to see later whether it has changed.
    pub fn note(&self, path: &Path) {
        if self.observant && !self.lock().stamps.contains_key(path) {
            let stamp = self.stamp(path);
            self.lock().stamps.insert(path.to_path_buf(), stamp);
        }
    }

    /// Whether what is at a path is remembered.
    pub fn is_noted(&self, path: &Path) -> bool {
        self.lock().stamps.contains_key(path)
    }

    /// The paths of which is remembered what is there, in no order.
    pub fn noted(&self) -> Vec<PathBuf> {
        // The empty path stands for the time.
        self.lock().stamps.keys().filter(|path| !path.as_os_str().is_empty()).cloned().collect()
    }

    /// What is at a path counts as changed, if it is remembered.
    pub fn doubt(&self, path: &Path) {
        if let Some(stamp) = self.lock().stamps.get_mut(path) {
            *stamp = Stamp::Doubted;
        }
    }

    /// Whether what is at a path has changed since it was read, or noted.
    pub fn has_changed(&self, path: &Path) -> bool {
        let before = self.lock().stamps.get(path).copied();
        before != Some(self.stamp(path))
    }

    fn stamp(&self, path: &Path) -> Stamp {
        let inner = self.lock();
        let held = inner.held(path).map(|held| held.stamp).or_else(|| inner.over_folders.get(path).copied());
        drop(inner);
        held.unwrap_or_else(|| Stamp::of(path))
    }

    /// Forgets what is at a path: it is read anew, and then has another identity.
    pub fn forget(&self, path: &Path) {
        let mut inner = self.lock();
        inner.stamps.remove(path);
        if let Some(id) = inner.by_path.remove(path) {
            inner.replaced.push(id);
        }
    }

    /// Gives up the texts that were forgotten; places in them have no lines any more.
    pub fn sweep(&self) {
        let mut inner = self.lock();
        let Inner { files, replaced, given_up, recent, .. } = &mut *inner;
        for id in std::mem::take(replaced) {
            let Some(stored) = files.get_mut(id.number() as usize) else { continue };
            *stored = match given_up.get(&stored.path) {
                Some(nothing) => nothing.clone(),
                None => {
                    let nothing = Source::new(id, stored.path.clone(), Decoded::from(String::new()));
                    let nothing = Arc::new(Stored::new(nothing, recent.clone()));
                    given_up.insert(stored.path.clone(), nothing.clone());
                    nothing
                }
            };
        }
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
        inner.restored.get(&inner.files.get(id.number() as usize)?.path).cloned()
    }

    /// The file with this identity; `None` only for an identity of another run.
    pub fn get(&self, id: FileId) -> Option<Arc<Source>> {
        self.stored(id).map(|stored| stored.source())
    }

    /// The same for those who need not have its text.
    pub fn stored(&self, id: FileId) -> Option<Arc<Stored>> {
        self.lock().files.get(id.number() as usize).cloned()
    }

    fn known(&self, path: &Path) -> Option<Arc<Stored>> {
        let inner = self.lock();
        let id = inner.by_path.get(path)?;
        inner.files.get(id.number() as usize).cloned()
    }

    /// Also whether the text is beyond those that are kept whole.
    fn insert(&self, path: PathBuf, source: impl FnOnce(FileId, PathBuf) -> Source) -> (Arc<Stored>, bool) {
        let mut inner = self.lock();
        if let Some(id) = inner.by_path.get(&path) {
            // Another thread was faster.
            return (inner.files[id.number() as usize].clone(), false);
        }
        let id = FileId::new(inner.files.len() as u32);
        let source = source(id, path.clone());
        // Texts that change come and go, and are few.
        let length = if self.observant { 0 } else { source.length_in_memory() };
        let is_beyond = inner.whole + length > WHOLE;
        inner.whole += if is_beyond { 0 } else { length };
        let stored = Arc::new(Stored::new(source, inner.recent.clone()));
        inner.files.push(stored.clone());
        inner.by_path.insert(path, id);
        (stored, is_beyond)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        // A panic elsewhere must not lose the other files' results; the data is append-only and stays valid.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_ahead_is_read_once_and_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b, absent] = ["a.json", "b.json", "absent.json"].map(|name| folder.path().join(name));
        std::fs::write(&a, "[1]").unwrap();
        std::fs::write(&b, "[2, 3, 4]").unwrap();
        let sources = Sources::with_limit(4);
        [&b, &a, &absent].into_iter().for_each(|path| sources.read_ahead(path));
        std::fs::write(&a, "[5]").unwrap();
        let loaded = sources.load_all(&[&a, &b, &absent]);
        let text = |i: usize| loaded[i].as_ref().map(|stored| (stored.id, stored.source().text().to_owned()));
        assert_eq!(text(0).unwrap(), (FileId::new(0), "[1]".to_owned()));
        assert!(matches!(text(1), Err(ReadError::TooLarge { .. })) && matches!(text(2), Err(ReadError::Io { .. })));
        assert!(lock(&sources.ahead).texts.is_empty());
        // Whoever looks again wants what is there then.
        let observant = Sources::new().observant();
        observant.read_ahead(&a);
        std::fs::write(&a, "[6]").unwrap();
        assert_eq!(observant.load(&a).unwrap().text(), "[6]");
    }

    #[test]
    fn a_text_that_is_given_up_costs_nothing() {
        let sources = Sources::new().observant();
        let path = Path::new("/a/main.bicep");
        let ids: Vec<FileId> = (0..100)
            .map(|n| {
                sources.hold(path.to_path_buf(), format!("param a{n} string"));
                sources.forget(path);
                sources.sweep();
                sources.load(path).unwrap().id
            })
            .collect();
        let stale = sources.get(ids[0]).unwrap();
        assert_eq!((stale.text(), stale.path.as_path()), ("", path));
        assert!(ids[..99].iter().all(|id| Arc::ptr_eq(&sources.get(*id).unwrap(), &stale)));
        assert_eq!(sources.get(ids[99]).unwrap().text(), "param a99 string");
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
        assert_eq!(sources.load(&pipe).unwrap().text(), "{}");
        writer.join().unwrap().unwrap();
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.json");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(Sources::with_limit(5).load(&path).unwrap().text(), "12345");
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
