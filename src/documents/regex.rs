//! Regular expressions of .NET for an engine that takes linear time.
//!
//! What is written differently is translated. What looks ahead or behind at the very beginning or end becomes expressions of its
//! own, which have to match as well, or must not. What such an engine cannot do is refused: nothing passes because it was not
//! understood.

use std::sync::Arc;

use ecow::EcoString;
use regex::Regex;

use super::compare::{Dates, Kind};
use crate::check::regex as compiled;
use crate::expand::Value;
use crate::expand::known::{self, Truth};

/// An expression, ready to be used.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// As written.
    pub text: EcoString,
    /// The expressions that must match (or must not).
    parts: Vec<(String, Arc<Regex>, bool)>,
    case_sensitive: bool,
}

impl Pattern {
    /// Translates an expression.
    ///
    /// # Errors
    /// What in it cannot be used, as the end of a sentence that begins with the expression.
    pub fn new(text: &str, case_sensitive: bool) -> Result<Pattern, String> {
        let (main, around) = apart(text);
        let parts = std::iter::once((main, true)).chain(around).map(|(part, wanted)| {
            let rust = translate(&part)?;
            let regex = compiled(&rust, case_sensitive).map_err(|reason| format!("cannot be used: {reason}"))?;
            Ok::<_, String>((rust, regex, wanted))
        });
        Ok(Pattern { text: text.into(), parts: parts.collect::<Result<_, _>>()?, case_sensitive })
    }

    /// Whether a known text matches.
    pub fn is_match(&self, text: &str) -> bool {
        self.parts.iter().all(|(_, regex, wanted)| regex.is_match(text) == *wanted)
    }

    /// Whether a value is a text that matches.
    pub fn matches(&self, v: &Value, dates: Dates) -> Truth {
        match Kind::of(v, dates) {
            Kind::Text(s) => self.is_match(s).into(),
            Kind::Open(v) => known::of_text(v).map_or(Truth::Unknown, |text| self.matches_part(&text)),
            _ => Truth::False,
        }
    }

    /// Whether a text that is known in part matches.
    pub fn matches_part(&self, text: &known::Text) -> Truth {
        self.parts.iter().fold(Truth::True, |t, (pattern, _, wanted)| {
            let one = text.matches(pattern, self.case_sensitive);
            t.and(if *wanted { one } else { one.not() })
        })
    }
}

/// An expression without what looks ahead right after `^`, and behind right before `$`; and these, with whether they must match.
fn apart(text: &str) -> (String, Vec<(String, bool)>) {
    let mut around = Vec::new();
    let mut flags = String::new();
    let mut rest = text;
    // Flags may stand on either side of `^`.
    let mut anchored = false;
    loop {
        if let Some(after) = rest.strip_prefix('^').or_else(|| rest.strip_prefix("\\A")).filter(|_| !anchored) {
            anchored = true;
            rest = after;
        } else if let Some((set, after)) = rest
            .strip_prefix("(?")
            .and_then(|r| r.split_once(')'))
            .filter(|(set, _)| !set.is_empty() && set.chars().all(|c| matches!(c, 'i' | 'm' | 's' | 'n' | 'x' | '-')))
        {
            flags.push_str(&format!("(?{set})"));
            rest = after;
        } else {
            break;
        }
    }
    if has_alternatives(rest) || flags.contains('m') {
        return (text.to_owned(), around);
    }
    if anchored {
        while let Some((group, after)) = group_at(rest) {
            let (inner, wanted) = match (group.strip_prefix("?="), group.strip_prefix("?!")) {
                (Some(inner), _) => (inner, true),
                (_, Some(inner)) => (inner, false),
                _ => break,
            };
            around.push((format!("^{flags}(?:{inner})"), wanted));
            rest = after;
        }
    }
    let mut kept = rest.to_owned();
    for end in ["$", "\\z", "\\Z"] {
        while let Some(before) = kept.strip_suffix(end).filter(|b| !escapes(b)) {
            let Some((start, inner, wanted)) = looks_behind(before) else { break };
            around.push((format!("{flags}(?:{inner}){end}"), wanted));
            kept = format!("{start}{end}");
        }
    }
    if around.is_empty() {
        return (text.to_owned(), around);
    }
    (format!("{}{flags}{kept}", if anchored { "^" } else { "" }), around)
}

/// Whether a text ends in the middle of an escape.
fn escapes(text: &str) -> bool {
    text.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1
}

/// The last group of an expression, if it looks behind: what stands before it, what it holds, whether that must be there.
fn looks_behind(text: &str) -> Option<(&str, &str, bool)> {
    let at = text.rfind("(?<=").max(text.rfind("(?<!"))?;
    let (start, group) = text.split_at(at);
    let (inner, after) = group_at(group)?;
    if !after.is_empty() || escapes(start) {
        return None;
    }
    Some((start, inner.get(3..)?, inner.starts_with("?<=")))
}

/// The inside of the group that a text begins with, and what follows; nothing if that repeats the group.
fn group_at(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix('(')?;
    let mut depth = 1usize;
    let end = outside_classes(rest).find_map(|(i, c)| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(i)
    })?;
    let after = rest.get(end + 1..)?;
    (!after.starts_with(['*', '+', '?', '{'])).then_some((rest.get(..end)?, after))
}

fn has_alternatives(text: &str) -> bool {
    let mut depth = 0i32;
    outside_classes(text).any(|(_, c)| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        c == '|' && depth == 0
    })
}

/// The signs of an expression that mean something: not escaped, and not in a class.
fn outside_classes(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let (mut escaped, mut class) = (false, 0usize);
    text.char_indices().filter(move |(i, c)| {
        let plain = !escaped && class == 0;
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' if class == 0 || text.get(..*i).is_some_and(|b| b.ends_with('-')) => class += 1,
            // `[]a]` and `[^]a]` hold a bracket.
            ']' if class > 0 && !text.get(..*i).is_some_and(|b| b.ends_with('[') || b.ends_with("[^")) => class -= 1,
            _ => {}
        }
        plain && *c != '\\'
    })
}

/// An expression in the other engine's words.
fn translate(text: &str) -> Result<String, String> {
    let mut t = Translator { rest: text.chars().peekable(), out: String::new(), several_lines: text.contains("(?m") };
    while let Some(c) = t.rest.next() {
        match c {
            '\\' => t.escape(false)?,
            '[' => t.class(0)?,
            '(' => t.group()?,
            // Before a last line end, too.
            '$' if !t.several_lines => t.out.push_str("(?:\\n?\\z)"),
            '{' => t.braces(),
            '}' => t.out.push_str("\\}"),
            c => t.out.push(c),
        }
    }
    Ok(t.out)
}

struct Translator<'t> {
    rest: std::iter::Peekable<std::str::Chars<'t>>,
    out: String,
    several_lines: bool,
}

impl Translator<'_> {
    fn take(&mut self, most: usize, wanted: fn(char) -> bool) -> String {
        let mut out = String::new();
        while out.chars().count() < most
            && let Some(c) = self.rest.next_if(|c| wanted(*c))
        {
            out.push(c);
        }
        out
    }

    fn escape(&mut self, in_class: bool) -> Result<(), String> {
        let Some(c) = self.rest.next() else { return Err("ends in the middle of an escape".to_owned()) };
        match c {
            'e' => self.out.push_str("\\x1b"),
            'b' if in_class => self.out.push_str("\\x08"),
            'Z' => self.out.push_str("(?:\\n?\\z)"),
            'G' => self.out.push_str("\\A"),
            '0' => {
                let digits = self.take(2, |c| ('0'..='7').contains(&c));
                let code = u32::from_str_radix(&digits, 8).unwrap_or(0);
                self.out.push_str(&format!("\\x{{{code:x}}}"));
            }
            'c' => {
                let code = self.rest.next().map_or(0, |c| u32::from(c.to_ascii_uppercase()) & 0x1f);
                self.out.push_str(&format!("\\x{{{code:x}}}"));
            }
            'k' => return Err("refers back to a group (`\\k`), which takes more than linear time".to_owned()),
            '1'..='9' => {
                return Err(format!("refers back to a group (`\\{c}`), which takes more than linear time"));
            }
            'p' | 'P' => self.property(c)?,
            'd' | 'D' | 's' | 'S' | 'w' | 'W' | 'A' | 'z' | 'b' | 'B' | 't' | 'n' | 'r' | 'f' | 'v' | 'a' | 'x'
            | 'u' => {
                self.out.push('\\');
                self.out.push(c);
            }
            c if c.is_ascii_alphanumeric() => return Err(format!("has the escape `\\{c}`, which means nothing")),
            c => self.out.push_str(&regex::escape(&c.to_string())),
        }
        Ok(())
    }

    fn property(&mut self, c: char) -> Result<(), String> {
        if self.rest.next_if_eq(&'{').is_none() {
            return Err(format!("has `\\{c}` without a name in braces"));
        }
        let name = self.take(60, |c| c != '}');
        self.rest.next();
        if name.starts_with("Is") {
            return Err(format!("names the block `{name}`; name its characters, or a script such as `\\p{{Greek}}`"));
        }
        self.out.push_str(&format!("\\{c}{{{name}}}"));
        Ok(())
    }

    fn class(&mut self, depth: usize) -> Result<(), String> {
        if depth > 20 {
            return Err("has classes that nest more than 20 levels deep".to_owned());
        }
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let Some(c) = self.rest.next() else { return Err("has a class `[` that does not end".to_owned()) };
            match c {
                ']' if !first => break,
                ']' => self.out.push_str("\\]"),
                '\\' => self.escape(true)?,
                '-' if self.rest.peek() == Some(&'[') => {
                    self.rest.next();
                    self.out.push_str("--");
                    self.class(depth + 1)?;
                }
                '[' if self.rest.peek() == Some(&':') => return Err("has a class as POSIX writes it (`[:`)".to_owned()),
                '[' => self.out.push_str("\\["),
                // What would be an operator of classes.
                '&' | '~' => self.out.push_str(&format!("\\{c}")),
                '-' if first || self.rest.peek() == Some(&']') => self.out.push_str("\\-"),
                c => self.out.push(c),
            }
            first = false;
        }
        self.out.push(']');
        Ok(())
    }

    fn group(&mut self) -> Result<(), String> {
        if self.rest.next_if_eq(&'?').is_none() {
            self.out.push('(');
            return Ok(());
        }
        let refused = |what: &str, sign: &str| {
            Err(format!(
                "{what} (`(?{sign}`), which takes more than linear time; write it without, or as several conditions"
            ))
        };
        match self.rest.next() {
            Some(':') => self.out.push_str("(?:"),
            Some('=') => return refused("looks ahead", "="),
            Some('!') => return refused("looks ahead", "!"),
            Some('>') => return refused("has an atomic group", ">"),
            Some('(') => return refused("has a conditional group", "("),
            Some('#') => {
                self.take(usize::MAX, |c| c != ')');
                self.rest.next();
            }
            Some(quote @ ('<' | '\'')) => {
                if quote == '<' && matches!(self.rest.peek(), Some('=' | '!')) {
                    return refused("looks behind", "<");
                }
                let name = self.take(100, |c| !matches!(c, '>' | '\''));
                self.rest.next();
                if name.contains('-') {
                    return refused("has a balancing group", "<");
                }
                // Nobody asks for what a group holds.
                self.out.push('(');
            }
            Some(c) => {
                let mut flags = c.to_string();
                flags.push_str(&self.take(20, |c| c.is_ascii_alphabetic() || c == '-'));
                let end = self.rest.next();
                if !flags.chars().all(|c| matches!(c, 'i' | 'm' | 's' | 'n' | 'x' | '-'))
                    || !matches!(end, Some(')' | ':'))
                {
                    return Err(format!("has a group `(?{flags}`, which means nothing"));
                }
                let flags = flags.replace('n', "");
                let flags = flags.strip_suffix('-').unwrap_or(&flags);
                match (flags.is_empty(), end) {
                    (true, Some(')')) => {}
                    (true, _) => self.out.push_str("(?:"),
                    (false, Some(end)) => self.out.push_str(&format!("(?{flags}{end}")),
                    (false, None) => {}
                }
            }
            None => return Err("has a group that does not end".to_owned()),
        }
        Ok(())
    }

    /// A repetition, or braces that are none.
    fn braces(&mut self) {
        let mut ahead = self.rest.clone();
        let mut inner = String::new();
        let ends = loop {
            match ahead.next() {
                Some('}') => break true,
                Some(c) if c.is_ascii_digit() || c == ',' => inner.push(c),
                _ => break false,
            }
        };
        let numbers: Vec<&str> = inner.split(',').collect();
        let repeats = ends && numbers.len() <= 2 && numbers.first().is_some_and(|n| !n.is_empty());
        if repeats {
            self.out.push_str(&format!("{{{inner}}}"));
            self.rest = ahead;
        } else {
            self.out.push_str("\\{");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_match(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern, true).unwrap_or_else(|e| panic!("{pattern} {e}")).is_match(text)
    }

    #[test]
    fn what_users_write_is_translated() {
        for (pattern, yes, no) in [
            ("^(?i)rg-", "RG-app", "xrg-"),
            ("^[a-z-[aeiou]]+$", "xyz", "abc"),
            ("^(?<env>dev|prod)-", "dev-x", "test-x"),
            ("^(?'env'dev)$", "dev", "Dev"),
            ("^abc$", "abc\n", "abc\nd"),
            ("^a{,3}$", "a{,3}", "aaa"),
            ("^{x}$", "{x}", "x"),
            ("^[[x]$", "[", "]"),
            ("^[]x]$", "]", "["),
            ("^\\<a\\>$", "<a>", "a"),
            ("^(?n)(a)b(?#said)$", "ab", "b"),
            ("^[a&&b]+$", "a&b", "c"),
            ("\\Aab\\Z", "ab", "abc"),
            ("^\\u0061\\/\\e?$", "a/", "b/"),
        ] {
            assert!(is_match(pattern, yes), "{pattern} {yes}");
            assert!(!is_match(pattern, no), "{pattern} {no}");
        }
    }

    #[test]
    fn looking_ahead_at_the_beginning_and_behind_at_the_end_is_translated() {
        for (pattern, yes, no) in [
            ("^(?!.*--)[a-z-]+$", "a-b", "a--b"),
            ("^(?=.*[0-9])(?!x)[a-z0-9]+$", "a1", "ab"),
            ("^(?=.*[0-9])(?!x)[a-z0-9]+$", "a1", "x1"),
            ("^[a-z-]+(?<!-)$", "a-b", "ab-"),
            ("^(?i)(?!test)[a-z]+$", "PROD", "TEST"),
            ("^[a-z0-9-]+(?<=[a-z])$", "1a", "a1"),
        ] {
            assert!(is_match(pattern, yes), "{pattern} {yes}");
            assert!(!is_match(pattern, no), "{pattern} {no}");
        }
    }

    #[test]
    fn what_takes_more_than_linear_time_is_refused() {
        for pattern in [
            "(a)\\1",
            "a(?=b)c",
            "(?>a)b",
            "(?<a>x)\\k<a>",
            "x(?<!y)z",
            "(?(1)a|b)",
            "^(?!a)b|c$",
            "\\p{IsGreek}",
            "[a",
            "a)",
        ] {
            assert!(Pattern::new(pattern, true).is_err(), "{pattern}");
        }
    }
}
