//! What a whole run came to: its reports as they were written, and its exit status.

use serde::{Deserialize, Serialize};

use super::{Bytes, Cache, Key, States, Sum};

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

impl Outcome {
    /// The outcome of a run that was asked for the same, if there was one. Whether it still holds is for the caller to find out.
    pub fn load(cache: &Cache, key: &Key) -> Option<Outcome> {
        postcard::from_bytes(&cache.get(key)?).ok()
    }

    /// Leaves the outcome for the next run.
    pub fn save(&self, cache: &Cache, key: &Key) {
        if let Ok(record) = postcard::to_stdvec(self) {
            cache.put(key, &record);
        }
    }
}

#[cfg(test)]
mod tests {
    use rustc_hash::FxHashMap;

    use super::*;

    #[test]
    fn an_outcome_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().join("records"));
        let mut key = Key::of_build().unwrap();
        key.add("test", "outcome");
        let states = States::of(vec![dir.path().join("x")], &FxHashMap::default()).unwrap();
        let outcome =
            Outcome { states, walked: [7; 32], reports: vec![Bytes(b"a\0b".to_vec()), Bytes(Vec::new())], status: 1 };
        outcome.save(&cache, &key);
        assert_eq!(Outcome::load(&cache, &key), Some(outcome));
    }
}
