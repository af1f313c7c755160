//! What types are, read from the table once in a thread: a scan walks through the same few hundred of them again and again.

use std::cell::RefCell;
use std::rc::Rc;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use crate::types::{Damaged, Kind, Resource, ResourceType, Type, Types};

thread_local! {
    /// There is one table in a process, so a type's number tells it.
    static KNOWN: RefCell<FxHashMap<Type<'static>, Rc<Kind<'static>>>> = RefCell::default();
    /// The resource types that were asked for, by how they were written. What there is not is not remembered: that can be anything.
    static RESOURCES: RefCell<FxHashMap<EcoString, ResourceType<'static>>> = RefCell::default();
    /// Their versions, by the names of both in the table.
    static VERSIONS: RefCell<FxHashMap<(&'static str, EcoString), Resource<'static>>> = RefCell::default();
}

/// So many of them are remembered at most, in each thread: a stranger can write a name in any letters.
const MOST: usize = 1 << 13;

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

/// A resource type.
///
/// # Errors
///
/// The table is damaged.
pub fn resource_type(types: Types<'static>, name: &str) -> Result<Option<ResourceType<'static>>, Damaged> {
    if let Some(known) = RESOURCES.with_borrow(|all| all.get(name).copied()) {
        return Ok(Some(known));
    }
    let found = types.resource_type(name)?;
    if let Some(found) = found {
        RESOURCES.with_borrow_mut(|all| all.len() < MOST && all.insert(name.into(), found).is_none());
    }
    Ok(found)
}

/// A version of a resource type.
///
/// # Errors
///
/// The table is damaged.
pub fn version(type_: &ResourceType<'static>, api_version: &EcoString) -> Result<Option<Resource<'static>>, Damaged> {
    let key = (type_.name, api_version.clone());
    if let Some(known) = VERSIONS.with_borrow(|all| all.get(&key).copied()) {
        return Ok(Some(known));
    }
    let found = type_.version(api_version)?;
    if let Some(found) = found {
        VERSIONS.with_borrow_mut(|all| all.len() < MOST && all.insert(key, found).is_none());
    }
    Ok(found)
}
