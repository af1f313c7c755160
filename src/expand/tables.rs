//! Where large objects have their members, for those that are looked into again and again: a variable that is a table.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::value::{Object, Places};

/// Objects with fewer members are looked through.
const LARGE: usize = 64;
/// So many objects are remembered at a time: what is computed anew for each use must not stay.
const MOST: usize = 32;

/// The large objects of a run that were looked into.
#[derive(Default)]
pub struct Tables(RefCell<FxHashMap<*const Object, Table>>);

struct Table {
    /// Kept, so that no other object can have its address.
    object: Rc<Object>,
    /// Made at the second look.
    places: Option<Places>,
}

impl Tables {
    /// Where an object has a member, by its key without regard to (ASCII) case.
    pub fn find(&self, object: &Rc<Object>, key: &str) -> Option<usize> {
        let members = object.members.len();
        if members < LARGE {
            return Places::default().find(object, key);
        }
        let mut all = self.0.borrow_mut();
        if let Some(table) = all.get_mut(&Rc::as_ptr(object)) {
            return table.places.get_or_insert_with(|| Places::of(&table.object, members)).find(object, key);
        }
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(Rc::as_ptr(object), Table { object: object.clone(), places: None });
        Places::default().find(object, key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::Value;

    #[test]
    fn a_table_finds_what_a_walk_finds() {
        let object = |from: usize, to: usize| {
            let mut o = Object::default();
            (from..to).for_each(|i| o.set(format!("Key{i}").into(), None, Value::int(0)));
            Rc::new(o)
        };
        let tables = Tables::default();
        for o in [object(0, 3), object(0, LARGE), object(100, 100 + 3 * LARGE)] {
            for _ in 0..3 {
                for key in ["key0", "KEY2", "key101", "key5000", ""] {
                    assert_eq!(tables.find(&o, key), Places::default().find(&o, key), "{key}");
                }
            }
        }
        // What is gone makes room, and an object at its place is another one.
        for i in 0..10 * MOST {
            let o = object(i, i + LARGE);
            assert_eq!(tables.find(&o, &format!("key{i}")), Some(0));
            assert_eq!(tables.find(&o, "key"), None);
        }
        assert!(tables.0.borrow().len() <= MOST);
    }
}
