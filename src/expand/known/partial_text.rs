//! Texts that are known in part against words: `https://${host}` starts with `https://` whatever `host` is.

use super::alphabet::Open;
use super::automaton;
use super::kind::certainly_string;
use super::parts::parts;
use super::stretch::{Part as Stretch, blurred};
use super::truth::Truth;
use crate::expand::Value;

/// A test of a text against a list of words: starts with, ends with, contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At the start.
    Start,
    /// At the end.
    End,
    /// Anywhere.
    Anywhere,
}

/// A text of which some parts are known.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    stretches: Vec<Stretch>,
    length: Open,
    certain: bool,
}

/// What is known of a value as a text; `None` if nothing is.
pub fn of_text(value: &Value) -> Option<Text> {
    let certain = certainly_string(value);
    let stretches = parts(value);
    let known = stretches.iter().any(|s| *s != Stretch::Open(Open::ANYTHING));
    (certain || known).then(|| Text::of(stretches, certain))
}

/// What is known of a value that is a text for certain, such as the name of a resource.
pub fn certain_text(value: &Value) -> Text {
    Text::of(parts(value), true)
}

impl Text {
    fn of(stretches: Vec<Stretch>, certain: bool) -> Self {
        Text { length: blurred(&stretches), stretches, certain }
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
    pub fn has(&self, word: &str, part: Place, case_sensitive: bool) -> Truth {
        let within = |known: &str, p| text_has(known, word, p, case_sensitive);
        let yes = if self.certain { Truth::True } else { Truth::Unknown };
        match part {
            Place::Start if within(self.start(), Place::Start) => yes,
            Place::Start => maybe(text_has(word, self.start(), Place::Start, case_sensitive)),
            Place::End if within(self.end(), Place::End) => yes,
            Place::End => maybe(text_has(word, self.end(), Place::End, case_sensitive)),
            Place::Anywhere => {
                let known = |s: &Stretch| matches!(s, Stretch::Known(s) if within(s, Place::Anywhere));
                if self.stretches.iter().any(known) { yes } else { Truth::Unknown }
            }
        }
    }

    /// Whether it equals a word: no, or unknown.
    pub fn equals(&self, word: &str, case_sensitive: bool) -> Truth {
        maybe(
            text_has(word, self.start(), Place::Start, case_sensitive)
                && text_has(word, self.end(), Place::End, case_sensitive)
                && self.length.least <= word.chars().count()
                && self.length.most.is_none_or(|most| most >= word.chars().count()),
        )
    }
}

fn maybe(possible: bool) -> Truth {
    if possible { Truth::Unknown } else { Truth::False }
}

/// Whether a known text has a word at a place.
pub fn text_has(text: &str, word: &str, part: Place, case_sensitive: bool) -> bool {
    if case_sensitive {
        return match part {
            Place::Start => text.starts_with(word),
            Place::End => text.ends_with(word),
            Place::Anywhere => text.contains(word),
        };
    }
    if !text.is_ascii() || !word.is_ascii() || word.len() > SHORT {
        return text_has(&text.to_lowercase(), &word.to_lowercase(), part, true);
    }
    let Some(last) = text.len().checked_sub(word.len()) else { return false };
    match part {
        Place::Start => is_at(text, 0, word),
        Place::End => is_at(text, last, word),
        Place::Anywhere => find(text, word).is_some(),
    }
}

/// Where an ASCII word begins first in a text, whatever the case.
fn find(text: &str, word: &str) -> Option<usize> {
    let Some(first) = word.bytes().next() else { return Some(0) };
    let mut starts = memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text.as_bytes());
    starts.find(|at| is_at(text, *at, word))
}

fn is_at(text: &str, at: usize, word: &str) -> bool {
    text.as_bytes().get(at..at + word.len()).is_some_and(|there| there.eq_ignore_ascii_case(word.as_bytes()))
}

/// Words up to this length are looked for at every place of a text, which needs no copies in lower case; a long word in a
/// long text could keep that busy.
const SHORT: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::residual::Residual;

    fn unknown(name: &str) -> Value {
        Value::residual(Residual::call(name, vec![]))
    }

    fn format(pattern: &str) -> Value {
        Value::residual(Residual::call("format", vec![Value::str(pattern), unknown("x")]))
    }

    #[test]
    fn the_scheme_of_an_address_is_known() {
        let t = of_text(&format("https://{0}/api")).unwrap();
        assert_eq!(t.has("http://", Place::Start, false), Truth::False);
        assert_eq!(t.has("https://", Place::Start, false), Truth::True);
        assert_eq!(t.has("https://a", Place::Start, false), Truth::Unknown);
        assert_eq!(t.has("/api", Place::End, false), Truth::True);
        assert_eq!(t.equals("http://x", false), Truth::False);
        assert_eq!(t.equals("https://x/api", false), Truth::Unknown);
        assert_eq!(of_text(&format("{0}")).unwrap().has("a", Place::Start, false), Truth::Unknown);
        assert!(of_text(&unknown("reference")).is_none());
    }

    #[test]
    fn words_in_texts() {
        let has = |text: &str, word: &str, part| text_has(text, word, part, false);
        assert!(has("adminPassword", "PASS", Place::Anywhere) && has("adminPassword", "word", Place::End));
        assert!(has("adminPassword", "ADMIN", Place::Start) && !has("adminPassword", "pass", Place::Start));
        assert!(!has("a", "ab", Place::Anywhere) && has("a", "", Place::Anywhere) && has("", "", Place::End));
        assert!(has("x\u{c4}y", "\u{e4}", Place::Anywhere) && !has("x\u{c4}y", "\u{e4}", Place::End));
        let long = "Ab".repeat(SHORT);
        assert!(has(&format!("x{long}"), &long.to_lowercase(), Place::End));
        assert!(!text_has("Ab", "ab", Place::Anywhere, true));
    }
}
