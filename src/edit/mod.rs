//! Carries out the changes that findings offer, in the files that people edit.
//!
//! [`change`] is what one change does to a text, [`rounds`] tries changes and judges what comes of them, [`suppress`] makes the
//! changes that accept findings, [`text`] writes a text as the bytes that it was read from, [`patch`] shows what was changed.
//! Nothing on disk is touched before all is judged.

pub mod change;
pub mod patch;
pub mod rounds;
pub mod suppress;
pub mod text;

pub use change::Change;
pub use rounds::{Edited, Fixed, fix};
