//! ARM JSON templates.

pub mod expression;
