//! Texts that are known in part: `https://${host}` starts with `https://` whatever `host` is.
//!
//! What is known of an expression is the evaluator's knowledge ([`crate::expand::partial`]); here it meets the operators.

use super::compare::{Part, text_has};
use super::truth::Truth;
use crate::expand::partial::{self, Part as Stretch};
use crate::expand::residual::{Node, Residual};
use crate::expand::{Data, Value};

/// A text of which some parts are known.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    stretches: Vec<Stretch>,
    least: usize,
    certain: bool,
}

/// What is known of a value as a text; `None` if nothing is.
pub fn text(value: &Value) -> Option<Text> {
    let certain = partial::certainly_string(value);
    let stretches = partial::parts(value);
    let known = stretches.iter().any(|s| matches!(s, Stretch::Known(_)));
    (certain || known).then(|| Text { stretches, least: partial::min_length(value), certain })
}

/// Functions whose value is never empty, beyond what their known parts say.
const NEVER_EMPTY: &[&str] =
    &["utcnow", "resourceid", "subscriptionresourceid", "tenantresourceid", "extensionresourceid"];

/// Whether a value is surely there and not empty.
pub fn not_empty(r: &Residual) -> bool {
    matches!(&r.node, Node::Call { name, .. } if NEVER_EMPTY.contains(&name.to_ascii_lowercase().as_str()))
}

impl Text {
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
        self.least
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
                && self.least <= word.chars().count(),
        )
    }
}

fn maybe(possible: bool) -> Truth {
    if possible { Truth::Unknown } else { Truth::False }
}

/// A value as a text whose unknown parts stand in braces, so that two values that are surely the same have the same text.
/// Slashes within the braces are replaced, so that a slash always separates segments.
pub fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out, 0);
    out
}

fn write(value: &Value, out: &mut String, depth: usize) {
    match &value.data {
        Data::Str(s) => push_lower(out, s),
        Data::Int(i) => out.push_str(&i.to_string()),
        Data::Residual(r) => match &r.node {
            Node::Call { name, args } if depth < 32 && name.eq_ignore_ascii_case("concat") => {
                args.iter().for_each(|a| write(a, out, depth + 1));
            }
            Node::Call { name, args } if depth < 32 && name.eq_ignore_ascii_case("format") => {
                write_format(args, out, depth + 1);
            }
            _ => {
                out.push('{');
                out.push_str(&r.text().replace('/', "|").to_ascii_lowercase());
                out.push('}');
            }
        },
        _ => {}
    }
}

fn push_lower(out: &mut String, text: &str) {
    let from = out.len();
    out.push_str(text);
    out[from..].make_ascii_lowercase();
}

/// `format('a{0}b', x)`; what says more than `{n}` stays as it is.
fn write_format(args: &[Value], out: &mut String, depth: usize) {
    let Some(pattern) = args.first().and_then(Value::as_str) else { return out.push_str("{format}") };
    let mut rest = pattern.as_str();
    while let Some(at) = rest.find(['{', '}']) {
        push_lower(out, &rest[..at]);
        let (brace, after) = (&rest[at..=at], &rest[at + 1..]);
        if let Some(tail) = after.strip_prefix(brace) {
            out.push_str(brace);
            rest = tail;
            continue;
        }
        let Some((index, tail)) = after.split_once('}') else { break };
        match index.parse::<usize>().ok().and_then(|i| args.get(i + 1)) {
            Some(v) => write(v, out, depth),
            None => out.push_str(index),
        }
        rest = tail;
    }
    push_lower(out, rest);
}

/// The arguments of a `concat` or plain `format` in order, known texts among them: to take a name apart.
pub fn pieces(value: &Value) -> Vec<Value> {
    let mut out = Vec::new();
    take_apart(value, &mut out, 0);
    out
}

fn take_apart(value: &Value, out: &mut Vec<Value>, depth: usize) {
    let Some(Node::Call { name, args }) = value.as_residual().map(|r| &r.node) else { return out.push(value.clone()) };
    match args.split_first() {
        Some(_) if depth < 32 && name.eq_ignore_ascii_case("concat") => {
            args.iter().for_each(|a| take_apart(a, out, depth + 1));
        }
        Some((pattern, values)) if depth < 32 && name.eq_ignore_ascii_case("format") && pattern.as_str().is_some() => {
            let mut rest = pattern.as_str().map_or("", |s| s.as_str());
            while let Some((before, tail)) = rest.split_once('{') {
                out.push(Value::str(before));
                let (index, after) = tail.split_once('}').unwrap_or((tail, ""));
                match index.parse::<usize>().ok().and_then(|i| values.get(i)) {
                    Some(v) => take_apart(v, out, depth + 1),
                    None => return out.push(value.clone()),
                }
                rest = after;
            }
            out.push(Value::str(rest));
        }
        _ => out.push(value.clone()),
    }
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

    #[test]
    fn names_with_unknown_parts_can_be_compared() {
        let name = Value::residual(Residual::call("format", vec![Value::str("{0}/Web"), unknown("x/y")]));
        assert_eq!(canonical(&name), "{x|y()}/web");
        assert_eq!(pieces(&name).len(), 3);
    }
}
