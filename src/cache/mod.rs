//! What a run leaves behind for the next one: records in a folder, each under the digest of what was asked for.
//!
//! A record is written as a whole or not at all, so two runs at once do each other no harm; one that is damaged, or of
//! another build, counts for nothing. The folder belongs to the user and lies outside of what is scanned: a pull request cannot bring
//! a record of its own.
//!
//! What a record hangs on comes first, so that its parts are read only if it is of use: a text that says what it is, the length of
//! the head, the head with the lengths of the parts, a checksum of all that, the parts, and a checksum of these. [`state`] says what is
//! at a path, [`outcome`] holds what a whole run came to; its reports, and what entry points and files came to (written down
//! by `scan`), are [`parts`].

mod outcome;
mod parts;
mod state;

use std::fs::{self, File};
use std::io::{BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crc32fast::Hasher;
use etcetera::BaseStrategy as _;
use rayon::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

pub use outcome::Outcome;
pub use parts::{Parts, Taken};
pub use state::{FirstLook, Noticed, States};

/// The bytes of all records together; the oldest give way.
const ROOM: u64 = 256 << 20;

/// A record of more bytes is not worth its reading.
const LARGEST: usize = 64 << 20;

/// What records begin with. To be changed with what is in them.
const MAGIC: &[u8] = b"armlint record 6\n";

/// The digest of a text or file.
pub type Sum = [u8; 32];

/// The digest of some bytes. Nobody can make others that have the same.
pub fn sum(bytes: &[u8]) -> Sum {
    Sha256::digest(bytes).into()
}

/// Under which name a record lies: everything that decides what it holds, but for the files.
#[derive(Debug, Clone)]
pub struct Key(Sha256);

impl Key {
    /// The key of this build of armlint. `None` if it cannot be told from another one.
    pub fn of_build() -> Option<Self> {
        let about = fs::metadata(std::env::current_exe().ok()?).ok()?;
        let made = about.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        let mut key = Key(Sha256::new());
        key.add("version", env!("CARGO_PKG_VERSION"));
        key.add("length", &about.len().to_string());
        key.add("made", &made.as_nanos().to_string());
        Some(key)
    }

    /// Adds something that decides.
    pub fn add(&mut self, name: &str, value: &str) {
        for part in [name, value] {
            self.0.update((part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
    }

    fn name(&self) -> String {
        self.0.clone().finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The parts of a record, of which only the head was read.
#[derive(Debug)]
pub struct Unread {
    file: File,
    lengths: Vec<usize>,
    /// Where they begin in the file, in bytes, and how many bytes there are from there.
    from: u64,
    left: u64,
}

impl Unread {
    /// The length of each part in bytes.
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// The bytes of all of them; `None` if nobody can have so many.
    pub fn bytes(&self) -> Option<usize> {
        self.lengths.iter().try_fold(0_usize, |sum, length| sum.checked_add(*length))
    }

    /// Reads them; `None` if they are damaged.
    pub fn read(self) -> Option<Parts> {
        let length = self.bytes()?;
        // The head said how long they are, and the file how long it is.
        if self.left.checked_sub(size_of::<u32>() as u64)? != length as u64 || length > LARGEST {
            return None;
        }
        let mut bytes = vec![0; length];
        let read = |(i, part): (usize, &mut [u8])| {
            let at = self.from + (i * PIECE) as u64;
            read_at(&self.file, part, at).ok()?;
            let mut sum = Hasher::new();
            sum.update(part);
            Some(sum)
        };
        // On all threads, where there are any: most of the time goes into touching fresh memory.
        let sums: Vec<Option<Hasher>> = match rayon::current_thread_index() {
            Some(_) => bytes.par_chunks_mut(PIECE).enumerate().map(read).collect(),
            None => bytes.chunks_mut(PIECE).enumerate().map(read).collect(),
        };
        let mut sum = Hasher::new();
        for part in sums {
            sum.combine(&part?);
        }
        let mut checksum = [0; size_of::<u32>()];
        read_at(&self.file, &mut checksum, self.from + length as u64).ok()?;
        if checksum != sum.finalize().to_le_bytes() {
            return None;
        }
        Parts::of(bytes, &self.lengths)
    }
}

/// So many bytes of a record are read by one thread at a time.
const PIECE: usize = 1 << 20;

/// Reads from a place of a file, whoever else reads from it.
fn read_at(file: &File, into: &mut [u8], at: u64) -> std::io::Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::read_exact_at(file, into, at);
    #[cfg(not(unix))]
    {
        use std::io::{Seek as _, SeekFrom};
        // One after the other: each moves the place of the file.
        static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
        let _one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut file = file;
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(into)
    }
}

/// A folder of records.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Records in this folder, which is made when the first is written.
    pub fn new(folder: PathBuf) -> Self {
        Cache { folder }
    }

    /// The folder that the platform has for such things; `None` where it has none.
    pub fn of_platform() -> Option<Self> {
        let folder = etcetera::choose_base_strategy().ok()?.cache_dir();
        folder.is_absolute().then(|| Cache { folder: folder.join("armlint") })
    }

    /// Where the records lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The record under a key, if there is one that is not damaged, and its parts, which nobody has read yet.
    pub fn get<T: DeserializeOwned>(&self, key: &Key) -> Option<(T, Unread)> {
        let path = self.path(key);
        let about = fs::symlink_metadata(&path).ok()?;
        if !about.is_file() || about.len() > LARGEST as u64 + 64 {
            return None;
        }
        let mut file = File::open(&path).ok()?;
        // Another run may have put a new one there since.
        let about = file.metadata().ok()?;
        let mut head = vec![0; MAGIC.len() + size_of::<u32>()];
        file.read_exact(&mut head).ok()?;
        let (magic, length) = head.split_at(MAGIC.len());
        let length = u32::from_le_bytes(length.try_into().ok()?);
        if magic != MAGIC || u64::from(length) > about.len() {
            return None;
        }
        let from = head.len();
        head.resize(from + length as usize, 0);
        file.read_exact(head.get_mut(from..)?).ok()?;
        let mut checksum = [0; size_of::<u32>()];
        file.read_exact(&mut checksum).ok()?;
        if checksum != crc32fast::hash(&head).to_le_bytes() {
            return None;
        }
        let (record, lengths) = postcard::from_bytes(head.get(from..)?).ok()?;
        let from = (head.len() + checksum.len()) as u64;
        Some((record, Unread { file, lengths, from, left: about.len().checked_sub(from)? }))
    }

    /// Writes a record with parts of any number and length. That it cannot be written is nothing to speak of: the next run finds
    /// out by itself.
    pub fn put<T: Serialize>(&self, key: &Key, record: &T, parts: &Parts) {
        let lengths: Vec<usize> = parts.iter().map(<[u8]>::len).collect();
        if self.write(key, &(record, lengths), parts).is_ok() {
            self.make_room();
        }
    }

    /// Marks a record as used: it gives way after those that are not.
    pub fn used(&self, key: &Key) {
        let file = fs::File::options().append(true).open(self.path(key));
        let _ = file.and_then(|file| file.set_modified(SystemTime::now()));
    }

    fn write<T: Serialize>(&self, key: &Key, record: &T, parts: &Parts) -> std::io::Result<()> {
        let mut folders = fs::DirBuilder::new();
        folders.recursive(true);
        // Reports say what somebody deploys: that is nobody else's business.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folders, 0o700);
        folders.create(&self.folder)?;
        let draft = tempfile::Builder::new().prefix(".").suffix(".tmp").tempfile_in(&self.folder)?;
        let mut out = Summed { out: BufWriter::new(draft), sum: Hasher::new(), left: LARGEST };
        let head = postcard::to_stdvec(record).map_err(std::io::Error::other)?;
        let length = u32::try_from(head.len()).map_err(|_| std::io::ErrorKind::FileTooLarge)?;
        out.write_all(MAGIC)?;
        out.write_all(&length.to_le_bytes())?;
        out.write_all(&head)?;
        out.end()?;
        parts.iter().try_for_each(|part| out.write_all(part))?;
        out.end()?;
        let draft = out.out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        draft.persist(self.path(key)).map_err(|e| e.error)?;
        Ok(())
    }

    /// Removes the records that were not used for longest, and drafts that somebody left.
    fn make_room(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        let mut records: Vec<(SystemTime, u64, PathBuf)> = entries
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let about = entry.metadata().ok().filter(fs::Metadata::is_file)?;
                Some((about.modified().ok()?, about.len(), entry.path()))
            })
            .collect();
        records.sort();
        let mut taken: u64 = records.iter().map(|r| r.1).sum();
        for (_, length, path) in records {
            if taken <= ROOM {
                break;
            }
            let _ = fs::remove_file(path);
            taken -= length;
        }
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(key.name())
    }
}

/// Adds up the checksum of what is written, up to so many bytes. It is there to find damage: who can write into the folder can
/// make any record, whatever the sum.
struct Summed<W> {
    out: W,
    sum: Hasher,
    left: usize,
}

impl<W: Write> Summed<W> {
    /// Writes the checksum of what was written since the last one.
    fn end(&mut self) -> std::io::Result<()> {
        let sum = std::mem::take(&mut self.sum).finalize();
        self.out.write_all(&sum.to_le_bytes())
    }
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.left = self.left.checked_sub(bytes.len()).ok_or(std::io::ErrorKind::FileTooLarge)?;
        self.out.write_all(bytes)?;
        self.sum.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(value: &str) -> Key {
        let mut key = Key::of_build().unwrap();
        key.add("test", value);
        key
    }

    #[test]
    fn a_record_comes_back_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().join("deep/armlint"));
        let get =
            |name: &str| cache.get::<String>(&key(name)).and_then(|(record, unread)| unread.read().and(Some(record)));
        assert_eq!(get("a"), None);
        cache.put(&key("a"), &"what was found", &Parts::new([b"and more".to_vec()]));
        assert_eq!(get("a").as_deref(), Some("what was found"));
        assert_eq!(get("b"), None);
        let file = cache.path(&key("a"));
        let whole = fs::read(&file).unwrap();
        for (cut, change) in (0..whole.len()).map(|cut| (cut, 0)).chain((1..=whole.len()).map(|end| (end, 1))) {
            let mut bytes = whole[..cut].to_vec();
            if let Some(last) = bytes.last_mut() {
                *last ^= change;
            }
            bytes.extend(whole[cut..].iter().filter(|_| change > 0));
            fs::write(&file, &bytes).unwrap();
            assert_eq!(get("a"), None, "{cut} {change}");
        }
        assert_eq!(fs::read_dir(cache.folder()).unwrap().count(), 1, "no draft stays");
    }

    #[test]
    fn a_record_has_its_parts() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().to_path_buf());
        let parts = Parts::new([b"one".to_vec(), Vec::new(), vec![0; 70_000]]);
        cache.put(&key("a"), &"table", &parts);
        let (table, unread) = cache.get::<String>(&key("a")).unwrap();
        assert_eq!((table.as_str(), unread.lengths()), ("table", &[3, 0, 70_000][..]));
        let read = unread.read().unwrap();
        assert_eq!(read.iter().collect::<Vec<_>>(), parts.iter().collect::<Vec<_>>());
    }

    #[test]
    fn what_was_not_used_for_longest_gives_way() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().to_path_buf());
        // Beside it: the length of the head, the number of parts, and the length of this one.
        let part = |length: usize| Parts::new([vec![0; length]]);
        let largest = part(LARGEST - MAGIC.len() - 4 - 1 - 4);
        for name in ["a", "b", "c"] {
            cache.put(&key(name), &(), &largest);
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        cache.used(&key("a"));
        std::thread::sleep(std::time::Duration::from_millis(20));
        cache.put(&key("d"), &(), &largest);
        assert!(cache.get::<()>(&key("b")).is_none());
        assert!(["a", "c", "d"].iter().all(|name| cache.path(&key(name)).exists()));
        cache.put(&key("e"), &(), &part(LARGEST));
        assert!(!cache.path(&key("e")).exists());
    }

    #[test]
    fn what_decides_is_told_apart() {
        let (mut a, mut b) = (key(""), key(""));
        a.add("ab", "c");
        b.add("a", "bc");
        assert_ne!(a.name(), b.name());
    }
}
