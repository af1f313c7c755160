//! The templates of a run that are within reach: those that were used last.
//!
//! A template takes many times the room of its text, and a scan of a large repository looks at thousands, most of them for a
//! short while. The texts stay; a template that has to give way to others is made again when somebody asks for it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use super::Template;
use crate::diagnostic::Diagnostic;

/// A template, once somebody has made it.
pub type Cell = Arc<OnceLock<Result<Arc<Template>, Diagnostic>>>;

/// So many bytes of text may have their templates here. Files that use each other lie close to each other and are looked
/// at one after the other, so few are made twice.
const ROOM: usize = 6 << 20;

/// Templates by path.
#[derive(Debug, Default)]
pub struct Shelf {
    places: FxHashMap<PathBuf, Place>,
    /// The bytes of text of all.
    taken: usize,
    /// Counts up with every use.
    clock: u64,
}

#[derive(Debug, Default)]
struct Place {
    cell: Cell,
    size: usize,
    used: u64,
}

impl Shelf {
    /// The template of a file, to be made if it is not yet there.
    pub fn get(&mut self, path: &Path) -> Cell {
        self.clock += 1;
        match self.places.get_mut(path) {
            Some(place) => {
                place.used = self.clock;
                place.cell.clone()
            }
            None => {
                let place = Place { used: self.clock, ..Place::default() };
                self.places.entry(path.to_path_buf()).or_insert(place).cell.clone()
            }
        }
    }

    /// Says how long the text of a template is, now that it is made. Gives back what has to go for it.
    pub fn made(&mut self, path: &Path, size: usize) -> Vec<Cell> {
        if let Some(place) = self.places.get_mut(path) {
            self.taken = self.taken - place.size + size;
            place.size = size;
        }
        let mut gone = Vec::new();
        while self.taken > ROOM {
            let others = self.places.iter().filter(|(p, place)| place.size > 0 && p.as_path() != path);
            let Some(oldest) = others.min_by_key(|(_, place)| place.used).map(|(p, _)| p.clone()) else { break };
            if let Some(place) = self.places.remove(&oldest) {
                self.taken -= place.size;
                gone.push(place.cell);
            }
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_last_stays() {
        let mut shelf = Shelf::default();
        let path = |name: &str| PathBuf::from(name);
        let first = shelf.get(&path("a"));
        assert!(Arc::ptr_eq(&first, &shelf.get(&path("a"))));
        let second = shelf.get(&path("b"));
        assert!(shelf.made(&path("a"), ROOM / 2).is_empty());
        assert!(shelf.made(&path("b"), ROOM / 2).is_empty());
        shelf.get(&path("a"));
        shelf.get(&path("c"));
        let gone = shelf.made(&path("c"), ROOM / 4);
        assert!(matches!(&gone[..], [one] if Arc::ptr_eq(one, &second)));
        assert!(Arc::ptr_eq(&first, &shelf.get(&path("a"))));
        // One that is larger than the room has the place to itself.
        shelf.get(&path("d"));
        assert_eq!(shelf.made(&path("d"), 2 * ROOM).len(), 2);
        assert_eq!(shelf.made(&path("d"), 2 * ROOM).len(), 0);
    }
}
