//! Resources against rules: the fifth step of the pipeline.
//!
//! A rule is a page in `rules/`; `build.rs` compiles the pages into the catalogue. [`check`] judges every target with the
//! rules for its type.

mod ask;
mod automaton;
mod catalogue;
mod choices;
mod clause;
mod compare;
mod condition;
mod config;
mod editable;
mod engine;
mod evidence;
mod explain;
mod exported;
pub mod finding;
mod fix;
pub mod language;
mod named;
pub mod page;
mod partial;
mod policy;
mod raw;
pub mod secrets;
mod targets;
mod templates;
mod trial;
mod truth;
mod version;
mod walk;
mod words;

pub use catalogue::{Active, RuleSet, Selection, SelectionError, baseline, entries, find};
pub use config::{Settings, defaults};
pub use engine::{CheckInput, check};
pub use exported::looks_like as looks_exported;
pub use finding::{CheckResult, Location, Outcome, Pillar, Related, Rule, Severity, Target};
pub use raw::raw;
pub use targets::{FileKind, FileTarget};

#[cfg(test)]
mod tests;
