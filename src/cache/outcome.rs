//! What a whole run came to: its reports as they were written, and its exit status.

use serde::{Deserialize, Serialize};

use super::{Bytes, States, Sum};

/// What a run came to, and what it hung on.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// What was at the paths that were asked for.
    pub states: States,
    /// The digest of what was walked.
    pub walked: Sum,
    /// The reports, in the order in which they are written.
    pub reports: Vec<Bytes>,
    /// The exit status.
    pub status: u8,
}

#[cfg(test)]
mod tests {
    use rustc_hash::FxHashMap;

    use super::*;
    use crate::cache::{Cache, Key};

    #[test]
    fn an_outcome_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().join("records"));
        let mut key = Key::of_build().unwrap();
        key.add("test", "outcome");
        let states = States::of(vec![dir.path().join("x")], &FxHashMap::default()).unwrap();
        let outcome =
            Outcome { states, walked: [7; 32], reports: vec![Bytes(b"a\0b".to_vec()), Bytes(Vec::new())], status: 1 };
        cache.put(&key, &outcome);
        assert_eq!(cache.get(&key), Some(outcome));
    }
}
