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

use std::path::PathBuf;

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

/// A path that a file names, as one relative to the folder of that file. The compiler takes none that could mean something else
/// on another system.
///
/// # Errors
/// What is wrong with it, and what to write.
pub fn relative_path(text: &str) -> Result<PathBuf, &'static str> {
    const FORBIDDEN: &[char] = &['"', '*', ':', '<', '>', '?', '|'];
    let drive = matches!(text.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    Err(match text {
        "" => "this path is empty; name a file",
        _ if text.starts_with('/') || drive => {
            "this is an absolute path, which Bicep does not take; write it relative to the folder of this file, as `./…`"
        }
        _ if text.contains('\\') => "a path has no `\\` in Bicep; write `/` between its parts",
        _ if text.contains(FORBIDDEN) => {
            "this path holds a character that no path may have in Bicep (`\"`, `*`, `:`, `<`, `>`, `?` or `|`)"
        }
        _ if text.chars().any(|c| c < ' ') => "this path holds a control character; take it out",
        _ if text.ends_with(['.', ' ']) => {
            "a path ends with neither a dot nor a blank in Bicep; take it off (a folder is `./`)"
        }
        _ => return Ok(text.split('/').collect()),
    })
}

#[cfg(test)]
mod tests;
