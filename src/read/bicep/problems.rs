//! Collecting what is wrong with a text.

use super::ast::Problem;
use crate::diagnostic::Level;
use crate::read::Span;

/// A file that is not Bicep at all must not drown the report.
pub(super) const MAX_PROBLEMS: usize = 250;

#[derive(Debug, Default)]
pub(super) struct Problems {
    list: Vec<Problem>,
}

impl Problems {
    pub fn error(&mut self, span: Span, message: impl Into<String>) {
        self.add(Level::Error, span, message.into());
    }

    pub fn warning(&mut self, span: Span, message: impl Into<String>) {
        self.add(Level::Warning, span, message.into());
    }

    pub fn is_full(&self) -> bool {
        self.list.len() >= MAX_PROBLEMS
    }

    fn add(&mut self, level: Level, span: Span, message: String) {
        if !self.is_full() {
            self.list.push(Problem { code: "bicep-syntax", message, span, level });
        }
    }

    /// Those of the lexer and those of the parser, in order of place.
    pub fn merge(self, other: Problems) -> Vec<Problem> {
        let mut list = self.list;
        list.extend(other.list);
        list.sort_by_key(|p| (p.span.start, p.span.end));
        list.truncate(MAX_PROBLEMS);
        list
    }
}
