//! The JSON reader: a text in, a tree out whose every key and value knows its bytes, together with what is wrong.
//!
//! It reads what Azure Resource Manager reads, which is more than JSON: comments, trailing commas, strings over several
//! lines. Mistakes do not end the reading; each costs one message, and the tree holds everything around it. Nothing
//! here recurses, so nesting is limited by memory only. The tree is one flat list per file ([`Document`]); strings and
//! numbers stay in the source text until someone asks for them.

mod escape;
mod keys;
mod lexer;
mod parser;
pub mod pointer;
mod recover;
#[cfg(test)]
mod tests;
mod tree;

use std::fmt;
use std::sync::Arc;

pub use tree::{Items, Kind, Member, Members, Node, Offsets};

use crate::diagnostic::{Diagnostic, Level, Place};
use crate::read::{Source, Span};

/// Something wrong, or worth a word, in the text of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is: an error means that Azure would refuse the file or that something was left out of the tree.
    pub level: Level,
    /// A stable code: `json-syntax`, `json-string`, `json-number`, `json-duplicate-key`, `json-trailing-comma`,
    /// `json-whitespace`.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub message: String,
    /// Where. Empty where something is missing: it belongs at this place.
    pub span: Span,
}

impl From<Problem> for Diagnostic {
    fn from(problem: Problem) -> Self {
        let Problem { level, code, message, span } = problem;
        Diagnostic { level, code, message, place: Place::Span(span) }
    }
}

/// A parsed JSON text. Owns its tree and keeps its source alive.
pub struct Document {
    source: Arc<Source>,
    entries: Vec<tree::Entry>,
    comments: Vec<Span>,
    problems: Vec<Problem>,
    has_errors: bool,
}

impl Document {
    /// Parses a text. Always gives a document; what is wrong is in [`Document::problems`].
    pub fn parse(source: &Arc<Source>) -> Document {
        let parsed = parser::parse(source);
        Document {
            source: source.clone(),
            entries: parsed.entries,
            comments: parsed.comments,
            problems: parsed.problems,
            has_errors: parsed.has_errors,
        }
    }

    /// The outermost value; `None` if the text holds no value.
    pub fn root(&self) -> Option<Node<'_>> {
        (!self.entries.is_empty()).then_some(Node { doc: self, index: 0 })
    }

    /// What is wrong with the text, in the order of the text. Long lists are cut, which the last message says.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The comments in the order of the text, each with its `//` or `/*` and `*/`, without the line ending.
    pub fn comments(&self) -> &[Span] {
        &self.comments
    }

    /// The text the spans refer to.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Whether there was an error, listed or not.
    pub fn has_errors(&self) -> bool {
        self.has_errors
    }

    /// The JSON pointer of the innermost value or member that holds a byte offset; the root's (empty) if none does.
    pub fn pointer_at(&self, offset: u32) -> String {
        pointer::at_offset(self, offset)
    }

    /// The value at a JSON pointer. Keys are compared exactly first, then without regard to ASCII case; of several the
    /// last is taken.
    pub fn resolve(&self, pointer: &str) -> Option<Node<'_>> {
        pointer::resolve(self, pointer)
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("path", &self.source.path)
            .field("entries", &self.entries.len())
            .field("problems", &self.problems)
            .finish()
    }
}
