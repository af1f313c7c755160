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
//! [`Session`] is the way in: files in, verdicts out, again and again. [`rules`] says which rules there are. [`scan`] runs the steps one after the other for all files; [`config`] says what the user wants,
//! [`source`] holds texts and places in them, [`diagnostic`] what there is to say about the input itself, and [`cli`] is the
//! command line.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod walk;

pub mod read;

pub mod model;

pub mod expand;

pub mod rules;

pub mod check;

pub mod report;

pub mod cli;
pub mod config;
pub mod diagnostic;
pub mod glob;
pub mod journal;
pub mod nesting;
pub mod scan;
pub mod session;
pub mod source;
pub mod status;

pub use session::{Options, Session, SessionError, Verdicts};
