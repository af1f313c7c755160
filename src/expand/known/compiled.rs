//! What patterns are compiled to: each once in a process, at its first use.

use std::sync::{PoisonError, RwLock};

use rustc_hash::FxHashMap;

/// So many patterns are kept at most.
pub const MOST: usize = 4_096;

/// What was made of patterns so far, by the text of the pattern. Those that regard case are apart from those that do not, so that
/// a look takes no copy of the text.
#[derive(Debug)]
pub struct Compiled<T> {
    with_case: RwLock<FxHashMap<String, T>>,
    without_case: RwLock<FxHashMap<String, T>>,
}

impl<T> Default for Compiled<T> {
    fn default() -> Self {
        Compiled { with_case: RwLock::default(), without_case: RwLock::default() }
    }
}

impl<T: Clone> Compiled<T> {
    /// What a pattern is compiled to; `compile` is asked if that is not known.
    pub fn get(&self, pattern: &str, case_sensitive: bool, compile: impl FnOnce() -> T) -> T {
        let all = if case_sensitive { &self.with_case } else { &self.without_case };
        if let Some(known) = all.read().unwrap_or_else(PoisonError::into_inner).get(pattern) {
            return known.clone();
        }
        let new = compile();
        let mut all = all.write().unwrap_or_else(PoisonError::into_inner);
        // Rules have some hundreds, but those of a repository can take one from what they judge.
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(pattern.to_owned(), new.clone());
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_compiled_once() {
        let compiled = Compiled::default();
        assert_eq!(compiled.get("a", true, || 1), 1);
        assert_eq!(compiled.get("a", false, || 2), 2);
        assert_eq!(compiled.get("b", true, || 3), 3);
        assert_eq!(compiled.get("a", true, || 4), 1);
        assert_eq!(compiled.get("a", false, || 5), 2);
    }
}
