//! What a rule is: the language of its page, the pages in the binary, which of them run, and what can be set about them.
//!
//! `build.rs` compiles the pages below `rules/` with [`page`] into the [`catalogue`] and refuses a wrong one. So the language and
//! its reader are a crate of their own, `crates/rules`.

pub mod catalogue;
pub mod filter;
pub mod pages;
pub mod rule;
pub mod settings;

pub use armlint_rules::{keys, language, page};
pub use catalogue::{
    Active, CatalogueError, DEFAULT_BASELINE, PSRULE_BASELINE, RuleSet, Selection, SelectionError, baseline, distance,
    entries, find, named, similar, verify,
};
pub use filter::{Filter, Marks, UnknownName};
pub use pages::Pages;
pub use rule::{Levels, Pillar, Rule, Severity};
pub use settings::{Settings, defaults};
