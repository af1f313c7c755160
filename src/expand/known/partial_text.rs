//! Texts that are known in part against words: `https://${host}` starts with `https://` whatever `host` is.

use super::alphabet::Open;
use super::automaton;
use super::fits::{can_be, can_have};
use super::kind::certainly_string;
use super::parts::parts;
use super::stretch::{Part as Stretch, Shape};
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
    stretches: Shape,
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

/// Whether a string contains a text for certain, to the letter.
pub fn certainly_contains(v: &Value, text: &str) -> bool {
    let has = |s: &Stretch| matches!(s, Stretch::Known(s) if s.contains(text));
    certainly_string(v) && (text.is_empty() || parts(v).iter().any(has))
}

/// Whether a value, if it is a string, can have a word at a place.
pub fn may_have(v: &Value, word: &str, place: Place, case_sensitive: bool) -> bool {
    can_have(&parts(v), word, place, case_sensitive)
}

impl Text {
    fn of(stretches: Shape, certain: bool) -> Self {
        Text { length: stretches.blurred(), stretches, certain }
    }

    /// The fewest characters it has.
    pub fn min_length(&self) -> usize {
        let least = |stretch: &Stretch| match stretch {
            Stretch::Known(s) => s.chars().count(),
            // A character beyond ASCII is one unit or two.
            Stretch::Open(open) if open.chars.has_others() => open.least.div_ceil(2),
            Stretch::Open(open) => open.least,
        };
        self.stretches.iter().map(least).fold(0, usize::saturating_add)
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

    /// Whether it is made like a point in time: it may begin with a year and has a `T`, or the other way round.
    pub fn is_like_a_moment(&self) -> bool {
        let year = automaton::matches(&self.stretches, r"^\s*[-+]?[0-9]{4}", true);
        let time = automaton::matches(&self.stretches, "T", true);
        year != Truth::False && time != Truth::False && (year == Truth::True || time == Truth::True)
    }

    /// Whether it has a word at a place.
    pub fn has(&self, word: &str, place: Place, case_sensitive: bool) -> Truth {
        let within = |known: &str| text_has(known, word, place, case_sensitive);
        let has = match place {
            Place::Start => within(self.stretches.start()),
            Place::End => within(self.stretches.end()),
            Place::Anywhere => self.stretches.iter().any(|s| matches!(s, Stretch::Known(s) if within(s))),
        };
        // The word may go on where what is known ends.
        let possible = match place {
            Place::Start => text_has(word, self.stretches.start(), Place::Start, case_sensitive),
            Place::End => text_has(word, self.stretches.end(), Place::End, case_sensitive),
            Place::Anywhere => true,
        };
        match has {
            true if self.certain => Truth::True,
            true => Truth::Unknown,
            false => maybe(possible && can_have(&self.stretches, word, place, case_sensitive)),
        }
    }

    /// Whether it equals a word.
    pub fn equals(&self, word: &str, case_sensitive: bool) -> Truth {
        match self.stretches.text() {
            Some(text) if self.certain && text == word => Truth::True,
            _ => maybe(can_be(&self.stretches, word, case_sensitive)),
        }
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
    fn points_in_time_are_told_from_names() {
        let call = |name: &str, args: Vec<Value>| Value::residual(Residual::call(name, args));
        let date = |spec: &str| call("dateTimeAdd", vec![unknown("x"), Value::str("P1D"), Value::str(spec)]);
        let like = |v: Value| certain_text(&v).is_like_a_moment();
        assert!(like(date("yyyy-MM-ddTHH:mm:ssZ")) && like(date("o")) && like(call("utcNow", vec![])));
        assert!(like(call("concat", vec![unknown("x"), Value::str("T00:00:00Z")])));
        assert!(!like(date("yyyy-MM-dd")) && !like(date("d")) && !like(unknown("uniqueString")));
        // Nearly every text might be one.
        assert!(!like(unknown("x")) && !like(call("take", vec![unknown("x"), Value::int(24)])));
    }

    #[test]
    fn what_no_text_of_the_kind_has_is_decided() {
        let guid = of_text(&unknown("newGuid")).unwrap();
        assert_eq!(guid.has("-", Place::Anywhere, false), Truth::True);
        assert_eq!(guid.has("_", Place::Anywhere, false), Truth::False);
        assert_eq!(guid.has("DEAD", Place::Start, false), Truth::Unknown);
        assert_eq!(guid.has("DEAD", Place::Start, true), Truth::False);
        assert_eq!(guid.equals("00000000-0000-0000-0000-000000000000", true), Truth::Unknown);
        assert_eq!(guid.equals("00000000", true), Truth::False);
        assert_eq!(guid.matches("^[a-z0-9]*$", true), Truth::False);
        let group = Value::residual(Residual::access(unknown("resourceGroup"), Value::str("name")));
        assert_eq!(of_text(&group).unwrap().min_length(), 1);
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
