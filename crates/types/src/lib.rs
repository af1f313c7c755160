//! The types of all Azure resources in all API versions, as Microsoft publishes them.
//!
//! `azure.bin` holds them: `scripts/type-table` makes it from <https://github.com/Azure/bicep-types-az>, and says what is in it.
//! Types that several versions share are in it once, and it is read where it lies: to ask for one resource reads a few hundred
//! bytes, and whoever asks for nothing pays nothing.
//!
//! ```
//! let types = armlint_types::azure()?;
//! let account = types.resource("Microsoft.Storage/storageAccounts", "2023-01-01")?.expect("there is one");
//! let properties = account.body.property("properties")?.expect("it has properties");
//! assert!(properties.type_.property("minimumTlsVersion")?.is_some());
//! assert!(properties.type_.property("minTlsVersion")?.is_none());
//! # Ok::<(), armlint_types::Damaged>(())
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod bytes;
mod kind;
mod resource;
pub mod sensitive;
mod table;
#[cfg(test)]
mod tests;

pub use kind::{Array, Discriminated, Flags, Integer, Kind, Object, Property, Text, Type};
pub use resource::{Function, Resource, ResourceType, Scopes, is_api_version, is_stable};
pub use table::{Source, Types};

static AZURE: &[u8] = include_bytes!("../azure.bin");

/// The types of Azure's resources. To ask for them costs nothing: nothing is read.
///
/// # Errors
///
/// The table is damaged.
pub fn azure() -> Result<Types<'static>, Damaged> {
    Types::read(AZURE)
}

/// The table of types cannot be read: it is damaged, or of another version of armlint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the table of resource types is damaged ({0}); scripts/type-table makes it")]
pub struct Damaged(pub(crate) &'static str);
