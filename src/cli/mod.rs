//! The command line.
pub mod predicted;
