//! What types are, read from the table once in a thread: a scan walks through the same few hundred of them again and again.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::types::{Damaged, Kind, Type};

thread_local! {
    /// There is one table in a process, so a type's number tells it.
    static KNOWN: RefCell<FxHashMap<Type<'static>, Rc<Kind<'static>>>> = RefCell::default();
}

/// What a type is.
///
/// # Errors
///
/// The table is damaged.
pub fn kind(type_: Type<'static>) -> Result<Rc<Kind<'static>>, Damaged> {
    if let Some(known) = KNOWN.with_borrow(|all| all.get(&type_).cloned()) {
        return Ok(known);
    }
    let kind = Rc::new(type_.kind()?);
    KNOWN.with_borrow_mut(|all| all.insert(type_, kind.clone()));
    Ok(kind)
}
