//! Answers that a thread remembers: what many targets ask of tables and expressions that do not change.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::hash::Hash;

use rustc_hash::FxHashMap;

/// Answers by what was asked, at most so many: a stranger's templates can ask any number of things.
pub struct Memo<K, V> {
    known: RefCell<FxHashMap<K, V>>,
    most: usize,
}

impl<K: Hash + Eq, V: Clone> Memo<K, V> {
    /// Nothing is known yet.
    pub fn of_most(most: usize) -> Self {
        Memo { known: RefCell::default(), most }
    }

    /// The answer, which is made and remembered if it is not known.
    pub fn answer<'q, Q: Hash + Eq + ?Sized>(&self, asked: &'q Q, make: impl FnOnce() -> V) -> V
    where
        K: Borrow<Q> + From<&'q Q>,
    {
        self.get(asked).unwrap_or_else(|| {
            let answer = make();
            self.keep(asked.into(), answer.clone());
            answer
        })
    }

    /// The answer, if it is known.
    pub fn get<Q: Hash + Eq + ?Sized>(&self, asked: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.known.borrow().get(asked).cloned()
    }

    /// Remembers an answer; once there are too many, those before are forgotten.
    pub fn keep(&self, asked: K, answer: V) {
        let mut known = self.known.borrow_mut();
        if known.len() >= self.most {
            known.clear();
        }
        known.insert(asked, answer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_forgotten() {
        let memo: Memo<String, u32> = Memo::of_most(2);
        (0..2).for_each(|i| memo.keep(i.to_string(), i));
        assert_eq!((memo.get("0"), memo.get("1"), memo.get("2")), (Some(0), Some(1), None));
        memo.keep("2".to_owned(), 2);
        assert_eq!((memo.get("0"), memo.get("2")), (None, Some(2)));
    }
}
