//! armlint reads Azure infrastructure as code, works out what it would deploy, checks every resource against rules, and
//! reports findings where a person would fix them.
//!
//! Data flows one way, through six steps:
//!
//! | step | module | from | to |
//! | --- | --- | --- | --- |
//! | 1 | [`walk`] | paths and globs | files, told apart by content, and entry points |
//! | 2 | [`read`] | text | spanned syntax, JSON or Bicep |
//! | 3 | [`model`] | syntax | one template model for both languages |
//! | 4 | [`expand`] | template and parameters | deployed resources, by partial evaluation |
//! | 5 | [`check`] | resources and rules | findings |
//! | 6 | [`report`] | findings | SARIF, text, JSON, … |
//!
//! [`Session`] is the way in for programs: files on disk and in memory in, verdicts with places and fixes out, again and again, and
//! what did not change is not read, modelled or judged again. [`cli`] is the command line, the first user of it. [`rules`] says
//! which rules there are, [`types`] which resource types and what they hold, [`diagnostic`] what there is to say about the input itself. [`examples`] runs those of rule pages. Within, `scan` runs the steps one after the
//! other for all files, `config` says what the user wants, `documents` are the rules of a repository, `diff` says what a change of the files changes in Azure, `graph` draws what is deployed, `edit` carries out fixes, `cache` holds what a run leaves for the next one, `lsp` serves editors, `source` holds texts and places in them.
//!
//! ```no_run
//! use armlint::{Options, Session};
//!
//! let mut session = Session::new(Options::new("infra"))?;
//! session.set("main.bicep", "param location string");
//! let verdicts = session.check()?;
//! for result in verdicts.results() {
//!     let place = result.location.as_ref().and_then(|l| verdicts.region(l.span));
//!     println!("{}: {} at {place:?}", result.rule.id, result.message);
//! }
//! # Ok::<(), armlint::SessionError>(())
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod walk;

pub mod read;

pub mod model;

pub mod expand;

pub mod rules;

pub use armlint_types as types;

pub mod check;

pub mod report;

pub mod restore;

mod cache;
pub mod cli;
mod compare;
mod config;
pub mod diagnostic;
mod diff;
mod documents;
mod edit;
pub mod examples;
mod glob;
mod graph;
mod journal;
mod known;
mod lock;
mod lower_case;
mod lsp;
mod nesting;
mod revision;
mod scan;
mod session;
mod source;
pub mod status;
mod suppress;

pub use config::ConfigError;
pub use known::KnownError;
pub use scan::{ScanError, Shard};
pub use session::{Edit, Options, Region, Session, SessionError, Verdicts, WrittenDown};
