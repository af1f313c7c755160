//! What a whole run came to: its reports as they were written, and its exit status.

use serde::{Deserialize, Serialize};

use super::{Cache, Key, States, Sum};

/// What a run came to, and what it hung on.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// What was at the paths that were asked for.
    pub states: States,
    /// The digest of what was walked.
    pub walked: Sum,
    /// The reports, in the order in which they are written.
    #[serde(with = "bytes")]
    pub reports: Vec<Vec<u8>>,
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

/// Reports as runs of bytes; a vector of numbers would be taken apart one by one.
mod bytes {
    use serde::ser::SerializeSeq as _;
    use serde::{Deserialize, Deserializer, Serializer};

    struct One<'a>(&'a [u8]);

    impl serde::Serialize for One<'_> {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            to.serialize_bytes(self.0)
        }
    }

    struct Owned(Vec<u8>);

    impl<'de> Deserialize<'de> for Owned {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            let bytes: &[u8] = Deserialize::deserialize(from)?;
            Ok(Owned(bytes.to_vec()))
        }
    }

    pub(super) fn serialize<S: Serializer>(reports: &[Vec<u8>], to: S) -> Result<S::Ok, S::Error> {
        let mut seq = to.serialize_seq(Some(reports.len()))?;
        reports.iter().try_for_each(|r| seq.serialize_element(&One(r)))?;
        seq.end()
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Vec<u8>>, D::Error> {
        let owned: Vec<Owned> = Deserialize::deserialize(from)?;
        Ok(owned.into_iter().map(|o| o.0).collect())
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
        let outcome = Outcome { states, walked: [7; 32], reports: vec![b"a\0b".to_vec(), Vec::new()], status: 1 };
        outcome.save(&cache, &key);
        assert_eq!(Outcome::load(&cache, &key), Some(outcome));
    }
}
