//! Resources against rules: the fifth step of the pipeline.
//!
//! A rule is a page in `rules/` ([`crate::rules`]). [`check`] judges every target ([`targets`]) with the rules for its type: [`verdict`] comes to
//! a verdict, [`explain`] to a message, a place and a fix. [`named`] holds what needs an algorithm, [`secrets`] keeps secrets out of
//! what is said.

mod engine;
mod explain;
mod named;
pub mod result;
pub mod secrets;
mod targets;
mod verdict;

pub use engine::{CheckInput, check};
pub use result::{CheckResult, Fix, Location, Outcome, Related, Target};
pub use targets::as_written::as_written;
pub use targets::exported::looks_like as looks_exported;
pub use targets::files::{FileKind, FileTarget};

#[cfg(test)]
mod tests;
