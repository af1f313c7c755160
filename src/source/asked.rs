//! Which files and folders somebody looked at: what is made of them holds as long as these stay as they are.
//!
//! A template is made, and an entry point evaluated, on one thread from beginning to end, so each thread notes what it asks for
//! by itself. Nothing is noted unless somebody wants to know.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

/// Paths that were looked at, whether there was something or not.
pub type Asked = FxHashSet<PathBuf>;

thread_local! {
    /// What was asked since each of those who want to know began.
    static LEVELS: RefCell<Vec<Asked>> = const { RefCell::new(Vec::new()) };
}

/// Notes that somebody looks at a path.
pub fn about(path: &Path) {
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

/// Notes what was asked for something that is used here and was made before.
pub fn also(asked: &Asked) {
    LEVELS.with_borrow_mut(|levels| {
        if let Some(level) = levels.last_mut() {
            level.extend(asked.iter().cloned());
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
        let lost = std::panic::catch_unwind(|| noted(|| std::panic::resume_unwind(Box::new(()))));
        assert!(lost.is_err());
        assert!(LEVELS.with_borrow(Vec::is_empty));
    }
}
