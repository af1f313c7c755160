//! What armlint has to say about the input itself: files it could not read, expressions it could not evaluate.
//!
//! A diagnostic is not a finding: findings come from rules and live in [`crate::check`].

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::source::{Sources, Span};

/// How bad a diagnostic is. `Error` means that something was not analysed that should have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// Something could not be read or expanded, or Azure would refuse it.
    Error,
    /// Something was left out that armlint cannot know (a module that was not restored, a template behind a URL).
    Warning,
    /// For information.
    Note,
}

impl Level {
    /// The word used in every report: `error`, `warning`, `note`.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        }
    }
}

/// Where a diagnostic stands: in a text that was read, or at a file or folder as such.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Place {
    /// A region of a file that was read.
    Span(Span),
    /// A file or folder that has no text to point at.
    Path(PathBuf),
    /// The run as a whole (a command line, a configuration).
    Run,
}

/// Whether a code is one of those that say that something could not be read, or means nothing.
pub fn is_of_syntax(code: &str) -> bool {
    ["json-syntax", "bicep-syntax", "bicep-meaning", "expression-syntax", "unknown-function"].contains(&code)
}

/// One message about the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub level: Level,
    /// A stable kebab-case code, such as `json-syntax`.
    pub code: &'static str,
    /// What is wrong and, where there is something to do, what to do.
    pub message: String,
    /// Where it is.
    pub place: Place,
}

impl Diagnostic {
    /// Whether it says that something could not be read, or means nothing: the words may be those of a value without its quotes.
    pub fn is_of_syntax(&self) -> bool {
        is_of_syntax(self.code)
    }

    /// An error at a region of a file.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Diagnostic { level: Level::Error, code, message: message.into(), place: Place::Span(span) }
    }

    /// A warning at a region of a file.
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Diagnostic { level: Level::Warning, code, message: message.into(), place: Place::Span(span) }
    }

    /// A message about a file or folder without a region.
    pub fn at_path(level: Level, code: &'static str, path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Diagnostic { level, code, message: message.into(), place: Place::Path(path.into()) }
    }

    /// The message behind its place, as far as that is known: `file:line:column: `. `shown` says what a file is called.
    pub fn placed<T: std::fmt::Display>(&self, sources: &Sources, shown: impl Fn(&Path) -> T) -> String {
        let message = &self.message;
        match &self.place {
            Place::Span(span) => match sources.get(span.file) {
                Some(source) => {
                    let at = source.position(span.start);
                    format!("{}:{}:{}: {message}", shown(&source.path), at.line, at.column)
                }
                None => message.clone(),
            },
            Place::Path(path) => format!("{}: {message}", shown(path)),
            Place::Run => message.clone(),
        }
    }
}
