//! Texts that are known in part: `https://${host}` starts with `https://` whatever `host` is.
//!
//! What is known of an expression is the evaluator's knowledge ([`crate::expand::partial`]); here it meets the operators.

use super::automaton;
use super::compare::{Part, text_has};
use super::truth::Truth;
use crate::expand::Value;
use crate::expand::alphabet::Open;
use crate::expand::partial::{self, Part as Stretch};
use crate::expand::residual::{Node, Residual};

/// A text of which some parts are known.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    stretches: Vec<Stretch>,
    length: Open,
    certain: bool,
}

/// What is known of a value as a text; `None` if nothing is.
pub fn text(value: &Value) -> Option<Text> {
    let certain = partial::certainly_string(value);
    let stretches = partial::parts(value);
    let known = stretches.iter().any(|s| *s != Stretch::Open(Open::ANYTHING));
    (certain || known).then(|| Text::of(stretches, certain))
}

/// What is known of a value that is a text for certain, such as the name of a resource.
pub fn certain_text(value: &Value) -> Text {
    Text::of(partial::parts(value), true)
}

/// Functions whose value is never empty, beyond what their known parts say.
const NEVER_EMPTY: &[&str] =
    &["utcnow", "resourceid", "subscriptionresourceid", "tenantresourceid", "extensionresourceid"];

/// Whether a value is surely there and not empty.
pub fn not_empty(r: &Residual) -> bool {
    matches!(&r.node, Node::Call { name, .. } if NEVER_EMPTY.contains(&name.to_ascii_lowercase().as_str()))
}

impl Text {
    fn of(stretches: Vec<Stretch>, certain: bool) -> Self {
        Text { length: partial::blurred(&stretches), stretches, certain }
    }

    fn start(&self) -> &str {
        match self.stretches.first() {
            Some(Stretch::Known(s)) => s,
            _ => "",
        }
    }

    fn end(&self) -> &str {
        match self.stretches.last() {
            Some(Stretch::Known(s)) => s,
            _ => "",
        }
    }

    /// The fewest characters it has.
    pub fn min_length(&self) -> usize {
        self.length.least
    }

    /// The most characters it has, if there is a bound.
    pub fn max_length(&self) -> Option<usize> {
        self.length.most
    }

    /// Whether it matches a regular expression.
    pub fn matches(&self, pattern: &str, case_sensitive: bool) -> Truth {
        match automaton::matches(&self.stretches, pattern, case_sensitive) {
            Truth::True if !self.certain => Truth::Unknown,
            truth => truth,
        }
    }

    /// Whether it is a text and nothing else.
    pub fn is_certain(&self) -> bool {
        self.certain
    }

    /// Whether it has a word at a place.
    pub fn has(&self, word: &str, part: Part, case_sensitive: bool) -> Truth {
        let within = |known: &str, p| text_has(known, word, p, case_sensitive);
        let yes = if self.certain { Truth::True } else { Truth::Unknown };
        match part {
            Part::Start if within(self.start(), Part::Start) => yes,
            Part::Start => maybe(text_has(word, self.start(), Part::Start, case_sensitive)),
            Part::End if within(self.end(), Part::End) => yes,
            Part::End => maybe(text_has(word, self.end(), Part::End, case_sensitive)),
            Part::Anywhere => {
                let known = |s: &Stretch| matches!(s, Stretch::Known(s) if within(s, Part::Anywhere));
                if self.stretches.iter().any(known) { yes } else { Truth::Unknown }
            }
        }
    }

    /// Whether it equals a word: no, or unknown.
    pub fn equals(&self, word: &str, case_sensitive: bool) -> Truth {
        maybe(
            text_has(word, self.start(), Part::Start, case_sensitive)
                && text_has(word, self.end(), Part::End, case_sensitive)
                && self.length.least <= word.chars().count()
                && self.length.most.is_none_or(|most| most >= word.chars().count()),
        )
    }
}

fn maybe(possible: bool) -> Truth {
    if possible { Truth::Unknown } else { Truth::False }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(name: &str) -> Value {
        Value::residual(Residual::call(name, vec![]))
    }

    fn format(pattern: &str) -> Value {
        Value::residual(Residual::call("format", vec![Value::str(pattern), unknown("x")]))
    }

    #[test]
    fn the_scheme_of_an_address_is_known() {
        let t = text(&format("https://{0}/api")).unwrap();
        assert_eq!(t.has("http://", Part::Start, false), Truth::False);
        assert_eq!(t.has("https://", Part::Start, false), Truth::True);
        assert_eq!(t.has("https://a", Part::Start, false), Truth::Unknown);
        assert_eq!(t.has("/api", Part::End, false), Truth::True);
        assert_eq!(t.equals("http://x", false), Truth::False);
        assert_eq!(t.equals("https://x/api", false), Truth::Unknown);
        assert_eq!(text(&format("{0}")).unwrap().has("a", Part::Start, false), Truth::Unknown);
        assert!(text(&unknown("reference")).is_none());
    }
}
