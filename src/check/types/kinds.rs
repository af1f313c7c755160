//! What types are, read from the table once in a thread: a scan walks through the same few hundred of them again and again.

use std::rc::Rc;

use ecow::EcoString;

use crate::check::memo::Memo;
use crate::types::{Damaged, Kind, Resource, ResourceType, Type, Types};

thread_local! {
    /// There is one table in a process, so a type's number tells it, and there are no others.
    static KNOWN: Memo<Type<'static>, Rc<Kind<'static>>> = Memo::of_most(usize::MAX);
    /// The resource types that were asked for, by how they were written. What there is not is not remembered: that can be anything.
    static RESOURCES: Memo<EcoString, ResourceType<'static>> = Memo::of_most(MOST);
    /// Their versions, by the names of both in the table.
    static VERSIONS: Memo<(&'static str, EcoString), Resource<'static>> = Memo::of_most(MOST);
}

/// So many of them are remembered: a name can be written in any letters.
const MOST: usize = 1 << 13;

/// What a type is.
///
/// # Errors
///
/// The table is damaged.
pub fn kind(type_: Type<'static>) -> Result<Rc<Kind<'static>>, Damaged> {
    if let Some(known) = KNOWN.with(|all| all.get(&type_)) {
        return Ok(known);
    }
    let kind = Rc::new(type_.kind()?);
    KNOWN.with(|all| all.keep(type_, kind.clone()));
    Ok(kind)
}

/// A resource type.
///
/// # Errors
///
/// The table is damaged.
pub fn resource_type(types: Types<'static>, name: &str) -> Result<Option<ResourceType<'static>>, Damaged> {
    if let Some(known) = RESOURCES.with(|all| all.get(name)) {
        return Ok(Some(known));
    }
    let found = types.resource_type(name)?;
    if let Some(found) = found {
        RESOURCES.with(|all| all.keep(name.into(), found));
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
    if let Some(known) = VERSIONS.with(|all| all.get(&key)) {
        return Ok(Some(known));
    }
    let found = type_.version(api_version)?;
    if let Some(found) = found {
        VERSIONS.with(|all| all.keep(key, found));
    }
    Ok(found)
}
