//! The Bicep reader: text to a tree that knows its bytes.
//!
//! [`parse`] reads a `.bicep` file, [`parse_params`] a `.bicepparam` file. Both read all of it whatever is wrong with it:
//! an error costs a declaration, a property or an element, and is a [`Problem`](ast::Problem) of the [`File`].

pub mod ast;
mod brackets;
mod depth;
mod lexer;
mod parser;
mod problems;
mod token;

pub use ast::File;
pub use brackets::{Brackets, brackets};
pub use lexer::unescape;

use crate::read::Source;
use parser::Dialect;

/// Reads a `.bicep` file.
pub fn parse(source: &Source) -> File {
    parser::parse(source, Dialect::Template)
}

/// Reads a `.bicepparam` file.
pub fn parse_params(source: &Source) -> File {
    parser::parse(source, Dialect::Parameters)
}

/// Whether a path that a file names is a module in a registry, or a template spec.
pub fn is_registry(path: &str) -> bool {
    ["br:", "br/", "ts:", "ts/"].iter().any(|scheme| path.starts_with(scheme))
}

#[cfg(test)]
mod tests;
