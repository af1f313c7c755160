//! Tables in which everything stands once, so that a page of many findings stays small.

use rustc_hash::FxHashMap;
use std::hash::Hash;

/// Values in the order in which they came, each once.
#[derive(Debug)]
pub(super) struct Table<T> {
    list: Vec<T>,
    index: FxHashMap<T, usize>,
}

impl<T: Hash + Eq + Clone> Table<T> {
    pub fn new() -> Self {
        Table { list: Vec::new(), index: FxHashMap::default() }
    }

    /// The number of a value, which is added if it is new.
    pub fn of(&mut self, value: T) -> usize {
        let next = self.list.len();
        *self.index.entry(value).or_insert_with_key(|value| {
            self.list.push(value.clone());
            next
        })
    }

    /// Whether a value is there.
    pub fn get<Q: Hash + Eq + ?Sized>(&self, value: &Q) -> Option<usize>
    where
        T: std::borrow::Borrow<Q>,
    {
        self.index.get(value).copied()
    }

    pub fn list(&self) -> &[T] {
        &self.list
    }
}

/// Texts.
impl Table<String> {
    /// The number of a text.
    pub fn text(&mut self, text: &str) -> usize {
        self.get(text).unwrap_or_else(|| self.of(text.to_owned()))
    }
}
