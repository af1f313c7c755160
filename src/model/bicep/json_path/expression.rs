//! The regular expressions of filters.

use regex::{Regex, RegexBuilder};

use super::Visits;

/// To make a regular expression costs as much as that many values.
const EXPRESSION_VISITS: usize = 10_000;

/// How large a regular expression can be once it is made, in bytes, and what it then costs to hold a byte of text against it: that
/// takes as long as it is large. A large one has classes such as `\w`, or repeats something very often.
const SIZES: [(usize, usize); 2] = [(1 << 14, 1), (1 << 18, 16)];

/// A regular expression, and what it costs to hold a byte of text against it.
pub(super) struct Expression {
    regex: Regex,
    cost: usize,
}

impl Expression {
    /// The regular expression that a text is: `/…/`, with options behind it. What .NET understands otherwise than the library, or the library not at all, is
    /// none.
    pub(super) fn new(written: &str, visits: &Visits) -> Option<Self> {
        let (pattern, options) = written.strip_prefix('/')?.rsplit_once('/')?;
        if means_something_else(pattern) {
            return None;
        }
        let mut builder = RegexBuilder::new(pattern);
        builder
            .case_insensitive(options.contains('i'))
            .multi_line(options.contains('m'))
            .dot_matches_new_line(options.contains('s'));
        if !visits.take(EXPRESSION_VISITS) {
            return None;
        }
        let of = |(size, cost)| Some(Expression { regex: builder.size_limit(size).build().ok()?, cost });
        SIZES.into_iter().find_map(of)
    }

    pub(super) fn is_match(&self, text: &str, visits: &Visits) -> bool {
        visits.take(text.len().saturating_mul(self.cost)) && self.regex.is_match(text)
    }
}

/// Whether .NET understands something in an expression otherwise than the library, which would not say so: what a class can hold, and
/// escapes of what needs none.
fn means_something_else(pattern: &str) -> bool {
    let (mut class, mut escaped, mut before) = (false, false, ' ');
    for c in pattern.chars() {
        let other = match c {
            _ if escaped => matches!(c, '<' | '>'),
            '[' => class,
            '&' | '-' | '~' => class && before == c,
            _ => false,
        };
        if other {
            return true;
        }
        class = if escaped { class } else { c == '[' || class && c != ']' };
        escaped = c == '\\' && !escaped;
        before = c;
    }
    false
}
