//! What a whole run came to. Its reports, as they were written, are the parts of the record, in the order in which they are
//! written.

use serde::{Deserialize, Serialize};

use super::{States, Sum};

/// What a run came to, and what it hung on.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// What was at the paths that were asked for.
    pub states: States,
    /// The digest of what was walked.
    pub walked: Sum,
    /// The exit status.
    pub status: u8,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::{Cache, Key, Noticed, Parts};

    #[test]
    fn an_outcome_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().join("records"));
        let mut key = Key::of_build().unwrap();
        key.add("test", "outcome");
        let states = States::of(vec![dir.path().join("x")], &Noticed::nothing()).unwrap();
        let outcome = Outcome { states, walked: [7; 32], status: 1 };
        cache.put(&key, &outcome, &Parts::new([b"a\0b".to_vec()]));
        let (read, unread) = cache.get::<Outcome>(&key).unwrap();
        assert_eq!((read, unread.read().unwrap().get(0)), (outcome, Some(&b"a\0b"[..])));
    }
}
