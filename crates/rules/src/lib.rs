//! What a rule of armlint is: the language of its page, and how a page is read.
//!
//! `build.rs` of armlint compiles the pages below `rules/` with this crate, and the binary reads back what it made of them. What
//! is done with rules, and which of them run, is in armlint itself.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod keys;
pub mod language;
pub mod page;
pub mod properties;
#[cfg(test)]
mod sample;
mod words;
