//! The templates of a run that are within reach: those that are used most, and among these those that were used last.
//!
//! A template takes many times the room of its text, and a scan of a large repository looks at thousands: at most of them
//! from one place, at a few from everywhere. The texts stay; a template that has to give way to others is made again when somebody
//! asks for it.
//!
//! What a template is worth is how often it was asked for, counted from what the last one was worth that had to go ("least
//! frequently used with dynamic aging"): what everybody needed an hour ago does not stay for ever.

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
    /// The paths by what they are worth: the first one goes first.
    order: BTreeMap<Worth, Arc<Path>>,
    /// The bytes of text of all.
    taken: usize,
    /// Counts up with every use.
    clock: u64,
    /// What the last one was worth that had to go.
    least: u64,
}

/// What a template is worth, and its last use among those of the same worth.
type Worth = (u64, u64);

#[derive(Debug, Default)]
struct Place {
    cell: Cell,
    size: usize,
    /// How often somebody asked for it.
    uses: u64,
    worth: Worth,
}

impl Shelf {
    /// The template of a file, to be made if it is not yet there.
    pub fn get(&mut self, path: &Path) -> Cell {
        self.clock += 1;
        let known = self.places.remove_entry(path);
        let (path, mut place) = known.unwrap_or_else(|| (path.into(), Place::default()));
        self.order.remove(&place.worth);
        place.uses += 1;
        place.worth = (self.least + place.uses, self.clock);
        let cell = place.cell.clone();
        self.order.insert(place.worth, path.clone());
        self.places.insert(path, place);
        cell
    }

    /// Whether the template of a file is here, or somebody makes it.
    pub fn holds(&self, path: &Path) -> bool {
        self.places.contains_key(path)
    }

    /// Takes the template of a file away.
    pub fn forget(&mut self, path: &Path) {
        if let Some(place) = self.places.remove(path) {
            self.order.remove(&place.worth);
            self.taken -= place.size;
        }
    }

    /// Says how long the text of a template is, now that it is made. Gives back what has to go for it.
    pub fn made(&mut self, path: &Path, size: usize) -> Vec<Cell> {
        let Some(place) = self.places.get_mut(path) else { return Vec::new() };
        self.taken = self.taken - place.size + size;
        place.size = size;
        let mut gone = Vec::new();
        while self.taken > ROOM {
            let other = |(_, of): &(&Worth, &Arc<Path>)| ***of != *path;
            let Some((worth, oldest)) = self.order.iter().find(other).map(|(w, p)| (*w, p.clone())) else { break };
            self.order.remove(&worth);
            self.least = worth.0;
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
    use std::path::PathBuf;

    #[test]
    fn what_is_used_most_stays() {
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
    #[test]
    fn what_was_used_often_long_ago_goes_in_the_end() {
        let mut shelf = Shelf::default();
        let once = Path::new("once");
        let first = (0..5).map(|_| shelf.get(once)).last().unwrap();
        shelf.made(once, ROOM / 2);
        let others = (0..).map(|i| PathBuf::from(format!("other{i}")));
        let gone = others.take(50).position(|path| {
            shelf.get(&path);
            shelf.made(&path, ROOM / 2).iter().any(|cell| Arc::ptr_eq(cell, &first))
        });
        assert!(gone.is_some_and(|after| after > 3), "{gone:?}");
    }
}
