//! armlint reads Azure infrastructure as code, works out what it would deploy, and checks it.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod check;
pub mod diagnostic;
pub mod expand;
pub mod model;
pub mod read;
pub mod report;
