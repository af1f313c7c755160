//! Text to spanned syntax: the second step of the pipeline.
//!
//! [`reach`] says which files an input may name; [`crate::source`] loads files (any encoding Azure's tools accept) and turns byte offsets
//! into lines and UTF-16 columns;
//! [`json`] and [`bicep`] parse a text into syntax whose every node knows its bytes. The two languages do not know each
//! other, and neither knows what a template is.

pub mod bicep;
pub mod json;
pub mod reach;
pub mod yaml;

pub use crate::source::{Encoding, FileId, Position, ReadError, Source, Sources, Span};
pub use reach::{Reach, Refusal};
