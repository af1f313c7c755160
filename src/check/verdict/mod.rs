//! From conditions to verdicts, with the evidence for them.
//!
//! A [`clause`] demands something of what it [`look`]s at, a [`condition`] holds or not, a [`path`] leads to values, [`member`]s of what is not decided count where they are known, [`operators`] test what a path leads
//! to, [`compare`] and [`version`] test single values, and values that are worked out on the way are [`kept`].
//! [`evidence`] is why; [`choices`] judges what is open by its possible values, and [`supposed`] is what a target is with each.

pub mod choices;
pub mod clause;
pub mod compare;
pub mod condition;
pub mod evidence;
pub mod kept;
pub mod look;
pub mod member;
mod operators;
pub mod path;
pub mod supposed;
mod version;
