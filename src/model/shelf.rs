//! The templates of a run that are within reach: those that were used last.
//!
//! A template takes many times the room of its text, and a scan of a large repository looks at thousands, most of them for a
//! short while. The texts stay; a template that has to give way to others is made again when somebody asks for it.

use std::collections::BTreeMap;
use std::path::Path;
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
    places: FxHashMap<Arc<Path>, Place>,
    /// The paths by their last use.
    order: BTreeMap<u64, Arc<Path>>,
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
        let known = self.places.get_mut(path).and_then(|place| {
            let path = self.order.remove(&place.used)?;
            place.used = self.clock;
            Some((path, place.cell.clone()))
        });
        let (path, cell) = known.unwrap_or_else(|| {
            let path: Arc<Path> = path.into();
            let place = Place { used: self.clock, ..Place::default() };
            let cell = place.cell.clone();
            self.places.insert(path.clone(), place);
            (path, cell)
        });
        self.order.insert(self.clock, path);
        cell
    }

    /// Takes the template of a file away.
    pub fn forget(&mut self, path: &Path) {
        if let Some(place) = self.places.remove(path) {
            self.order.remove(&place.used);
            self.taken -= place.size;
        }
    }

    /// Says how long the text of a template is, now that it is made. Gives back what has to go for it.
    pub fn made(&mut self, path: &Path, size: usize) -> Vec<Cell> {
        let Some(place) = self.places.get_mut(path) else { return Vec::new() };
        self.taken = self.taken - place.size + size;
        place.size = size;
        let mut gone = Vec::new();
        while self.taken > ROOM && self.order.len() > 1 {
            let Some((_, oldest)) = self.order.pop_first() else { break };
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
        let [a, b, c, d] = ["a", "b", "c", "d"].map(Path::new);
        let first = shelf.get(a);
        assert!(Arc::ptr_eq(&first, &shelf.get(a)));
        let second = shelf.get(b);
        assert!(shelf.made(a, ROOM / 2).is_empty());
        assert!(shelf.made(b, ROOM / 2).is_empty());
        shelf.get(a);
        shelf.get(c);
        let gone = shelf.made(c, ROOM / 4);
        assert!(matches!(&gone[..], [one] if Arc::ptr_eq(one, &second)));
        assert!(Arc::ptr_eq(&first, &shelf.get(a)));
        // One that is larger than the room has the place to itself, until it is made again.
        let large = shelf.get(d);
        assert_eq!(shelf.made(d, 2 * ROOM).len(), 2);
        assert!(shelf.made(d, 2 * ROOM).is_empty());
        assert!(Arc::ptr_eq(&large, &shelf.get(d)));
        // What is gone is made anew.
        assert!(!Arc::ptr_eq(&second, &shelf.get(b)));
    }
}
