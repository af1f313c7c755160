//! Texts that are known in part: `https://${host}` starts with `https://` whatever `host` is.

use super::compare::{Part, text_has};
use super::truth::Truth;
use crate::expand::residual::{Node, Residual};
use crate::expand::{Data, Value};

/// A text of which some parts are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The parts in order; never two known ones in a row.
    pub parts: Vec<Piece>,
}

/// A part of a [`Text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Known.
    Known(String),
    /// An expression, as its text.
    Unknown(String),
}

/// Functions whose value is always a text that is not empty.
const NEVER_EMPTY: &[&str] = &[
    "resourceid", "subscriptionresourceid", "tenantresourceid", "managementgroupresourceid", "extensionresourceid",
    "uniquestring", "guid", "newguid", "utcnow",
];

/// What is known of a residual that is a text; `None` if it need not be one.
pub fn text(residual: &Residual) -> Option<Text> {
    let mut out = Text { parts: Vec::new() };
    let Node::Call { name, args } = &residual.node else { return None };
    match name.to_ascii_lowercase().as_str() {
        "concat" if args.iter().any(|a| a.as_str().is_some() || a.as_residual().is_some_and(|r| text(r).is_some())) => {
            args.iter().for_each(|a| out.push_value(a));
        }
        "format" => out.push_format(args),
        name if NEVER_EMPTY.contains(&name) => out.push_unknown(residual.text()),
        _ => return None,
    }
    Some(out)
}

/// A value as a text whose unknown parts stand in braces, so that two values that are surely the same have the same text.
/// Slashes within the braces are replaced, so that a slash always separates segments.
pub fn canonical(value: &Value) -> String {
    let mut all = Text { parts: Vec::new() };
    all.push_value(value);
    all.parts
        .iter()
        .map(|p| match p {
            Piece::Known(s) => s.to_ascii_lowercase(),
            Piece::Unknown(s) => format!("{{{}}}", s.replace('/', "|").to_ascii_lowercase()),
        })
        .collect()
}

impl Text {
    fn push_known(&mut self, s: &str) {
        if s.is_empty() {
            return;
        }
        match self.parts.last_mut() {
            Some(Piece::Known(last)) => last.push_str(s),
            _ => self.parts.push(Piece::Known(s.to_string())),
        }
    }

    fn push_unknown(&mut self, s: String) {
        self.parts.push(Piece::Unknown(s));
    }

    fn push_value(&mut self, value: &Value) {
        match &value.data {
            Data::Str(s) => self.push_known(s),
            Data::Int(i) => self.push_known(&i.to_string()),
            Data::Bool(b) => self.push_known(if *b { "True" } else { "False" }),
            Data::Residual(r) => match text(r) {
                Some(t) if !matches!(t.parts.as_slice(), [Piece::Unknown(_)]) => {
                    for p in t.parts {
                        match p {
                            Piece::Known(s) => self.push_known(&s),
                            Piece::Unknown(s) => self.push_unknown(s),
                        }
                    }
                }
                _ => self.push_unknown(r.text()),
            },
            _ => self.push_unknown("?".to_string()),
        }
    }

    /// `format('a{0}b', x)`; a format that says more than `{n}` is unknown as a whole.
    fn push_format(&mut self, args: &[Value]) {
        let Some(pattern) = args.first().and_then(Value::as_str) else {
            return self.push_unknown("format".to_string());
        };
        let mut rest = pattern.as_str();
        while let Some(at) = rest.find(['{', '}']) {
            self.push_known(&rest[..at]);
            let brace = &rest[at..=at];
            let after = &rest[at + 1..];
            if let Some(tail) = after.strip_prefix(brace) {
                self.push_known(brace);
                rest = tail;
                continue;
            }
            let Some((index, tail)) = after.split_once('}') else { return self.push_unknown("format".to_string()) };
            match index.parse::<usize>().ok().and_then(|i| args.get(i + 1)) {
                Some(v) => self.push_value(v),
                None => self.push_unknown(index.to_string()),
            }
            rest = tail;
        }
        self.push_known(rest);
    }

    fn start(&self) -> &str {
        match self.parts.first() {
            Some(Piece::Known(s)) => s,
            _ => "",
        }
    }

    fn end(&self) -> &str {
        match self.parts.last() {
            Some(Piece::Known(s)) => s,
            _ => "",
        }
    }

    /// The fewest characters it has.
    pub fn min_length(&self) -> usize {
        self.parts.iter().map(|p| if let Piece::Known(s) = p { s.chars().count() } else { 0 }).sum()
    }

    /// Whether it is surely not empty.
    pub fn not_empty(&self) -> bool {
        self.min_length() > 0
            || self.parts.iter().any(|p| match p {
                Piece::Unknown(s) => {
                    let name = s.split('(').next().unwrap_or("").to_ascii_lowercase();
                    NEVER_EMPTY.contains(&name.as_str())
                }
                Piece::Known(_) => false,
            })
    }

    /// Whether it has a word at a place.
    pub fn has(&self, word: &str, part: Part, case_sensitive: bool) -> Truth {
        let within = |known: &str, p| text_has(known, word, p, case_sensitive);
        match part {
            Part::Start if within(self.start(), Part::Start) => Truth::True,
            Part::Start => maybe(text_has(word, self.start(), Part::Start, case_sensitive)),
            Part::End if within(self.end(), Part::End) => Truth::True,
            Part::End => maybe(text_has(word, self.end(), Part::End, case_sensitive)),
            Part::Anywhere => {
                let known = |p: &Piece| matches!(p, Piece::Known(s) if within(s, Part::Anywhere));
                if self.parts.iter().any(known) { Truth::True } else { Truth::Unknown }
            }
        }
    }

    /// Whether it equals a word: no, or unknown.
    pub fn equals(&self, word: &str, case_sensitive: bool) -> Truth {
        maybe(
            text_has(word, self.start(), Part::Start, case_sensitive)
                && text_has(word, self.end(), Part::End, case_sensitive)
                && self.min_length() <= word.chars().count(),
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

    fn format(pattern: &str) -> Text {
        text(&Residual::call("format", vec![Value::str(pattern), unknown("x")])).unwrap()
    }

    #[test]
    fn the_scheme_of_an_address_is_known() {
        let t = format("https://{0}/api");
        assert_eq!(t.has("http://", Part::Start, false), Truth::False);
        assert_eq!(t.has("https://", Part::Start, false), Truth::True);
        assert_eq!(t.has("https://a", Part::Start, false), Truth::Unknown);
        assert_eq!(t.has("/api", Part::End, false), Truth::True);
        assert_eq!(t.equals("http://x", false), Truth::False);
        assert_eq!(t.equals("https://x/api", false), Truth::Unknown);
        assert!(t.not_empty());
        assert_eq!(format("{0}").has("a", Part::Start, false), Truth::Unknown);
    }

    #[test]
    fn names_with_unknown_parts_can_be_compared() {
        let name = Value::residual(Residual::call("format", vec![Value::str("{0}/Web"), unknown("x/y")]));
        assert_eq!(canonical(&name), "{x|y()}/web");
    }
}
