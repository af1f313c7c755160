//! Which files and folders somebody looked at: what is made of them holds as long as these stay as they are.
//!
//! A template is made, and an entry point evaluated, on one thread from beginning to end, so each thread notes what it asks for
//! by itself. Nothing is noted unless somebody wants to know. A process that remembers what it found for the next one keeps a
//! record of all threads as well ([`record`]).

use std::cell::RefCell;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use rustc_hash::FxHashSet;

use super::PathSet;

/// Paths that were looked at, whether there was something or not.
pub type Asked = PathSet;

thread_local! {
    /// What was asked since each of those who want to know began.
    static LEVELS: RefCell<Vec<Asked>> = const { RefCell::new(Vec::new()) };
}

/// What all threads of the process asked for, once somebody wants a record; by the paths as they are written, since to take each apart
/// costs more than the look.
static RECORD: OnceLock<Mutex<FxHashSet<OsString>>> = OnceLock::new();

/// Somebody asked for the time, to the second.
static TIME: AtomicBool = AtomicBool::new(false);

/// From now on, all that this process asks for is recorded.
pub fn record() {
    let _ = RECORD.set(Mutex::default());
}

/// Whether a record is kept.
pub fn is_recorded() -> bool {
    RECORD.get().is_some()
}

/// What was asked for since [`record`], in order, and whether somebody asked for the time.
pub fn recorded() -> (Vec<PathBuf>, bool) {
    let record = RECORD.get().map(|r| r.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap_or_default();
    let mut paths: Vec<OsString> = record.into_iter().collect();
    paths.sort_unstable();
    (paths.into_iter().map(PathBuf::from).collect(), TIME.load(Ordering::Relaxed))
}

/// Notes, for whoever wants to know, that what somebody says hangs on the time, to the second; that it may hang on the day goes
/// without saying.
pub fn time() {
    if is_recorded() {
        TIME.store(true, Ordering::Relaxed);
    }
    LEVELS.with_borrow_mut(|levels| {
        if let Some(level) = levels.last_mut() {
            level.insert(PathBuf::new());
        }
    });
}

/// A file is not what it was when somebody looked first.
static TORN: AtomicBool = AtomicBool::new(false);

/// Notes that a file has changed while this process looked: what it says is of no single moment.
pub fn torn() {
    TORN.store(true, Ordering::Relaxed);
    time();
}

/// Whether a file has changed while this process looked.
pub fn is_torn() -> bool {
    TORN.load(Ordering::Relaxed)
}

/// Whether somebody asked for the time.
pub fn for_time(asked: &Asked) -> bool {
    asked.contains(Path::new(""))
}

/// Notes that somebody looks at a path.
pub fn about(path: &Path) {
    if let Some(record) = RECORD.get() {
        let mut record = record.lock().unwrap_or_else(PoisonError::into_inner);
        if !record.contains(path.as_os_str()) {
            record.insert(path.as_os_str().to_owned());
        }
    }
    LEVELS.with_borrow_mut(|levels| {
        if let Some(level) = levels.last_mut()
            && !level.contains(path)
        {
            level.insert(path.to_path_buf());
        }
    });
}

/// Whether there is a file on the disk, and notes the question.
pub fn is_file(path: &Path) -> bool {
    about(path);
    path.is_file()
}

/// Whether there is anything on the disk, and notes the question.
pub fn exists(path: &Path) -> bool {
    about(path);
    path.exists()
}

/// Notes what was asked for something that is used here and was made before.
pub fn also(asked: &Asked) {
    LEVELS.with_borrow_mut(|levels| {
        if let Some(level) = levels.last_mut() {
            level.extend(asked.iter().map(Path::to_path_buf));
        }
    });
}

/// Ends a level, however what was done in it ended.
struct Level;

impl Drop for Level {
    fn drop(&mut self) {
        LEVELS.with_borrow_mut(|levels| levels.pop());
    }
}

/// Does something and gives what it asked for.
pub fn noted<T>(f: impl FnOnce() -> T) -> (T, Asked) {
    LEVELS.with_borrow_mut(|levels| levels.push(Asked::default()));
    let level = Level;
    let out = f();
    let asked = LEVELS.with_borrow_mut(|levels| levels.last_mut().map(std::mem::take)).unwrap_or_default();
    drop(level);
    also(&asked);
    (out, asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_within_is_asked_without() {
        let path = Path::new;
        about(path("/nobody/listens"));
        let (inner, outer) = noted(|| {
            about(path("/a"));
            let (_, inner) = noted(|| about(path("/b")));
            about(path("/c"));
            inner
        });
        assert_eq!(inner.len(), 1);
        assert_eq!(outer.len(), 3);
        let (_, of_time) = noted(time);
        assert!(for_time(&of_time) && !for_time(&outer));
        let lost = std::panic::catch_unwind(|| noted(|| std::panic::resume_unwind(Box::new(()))));
        assert!(lost.is_err());
        assert!(LEVELS.with_borrow(Vec::is_empty));
    }
}
