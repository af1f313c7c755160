//! What a whole run came to: its reports as they were written, and its exit status.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{States, Sum};

/// What a run came to, and what it hung on.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// What was at the paths that were asked for.
    pub states: States,
    /// The digest of what was walked.
    pub walked: Sum,
    /// The reports, in the order in which they are written.
    pub reports: Vec<ByteBuf>,
    /// The exit status.
    pub status: u8,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::{Cache, Key};

    #[test]
    fn an_outcome_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().join("records"));
        let mut key = Key::of_build().unwrap();
        key.add("test", "outcome");
        let states = States::of(vec![dir.path().join("x")], &|_| None).unwrap();
        let outcome =
            Outcome { states, walked: [7; 32], reports: vec![ByteBuf::from(*b"a\0b"), ByteBuf::new()], status: 1 };
        cache.put(&key, &outcome);
        assert_eq!(cache.get(&key), Some(outcome));
    }
}
