//! The operators on single values.
//!
//! The semantics are those of PSRule's rule language where its rules depend on them: texts compare without regard to case, a
//! boolean equals its text, "greater" counts the items of an array and the characters of a text.

use std::borrow::Cow;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use ipnet::IpNet;
use jiff::Timestamp;
use regex::{Regex, RegexBuilder};

use crate::check::memo::Memo;
use crate::documents::regex::Pattern;
use crate::expand::known::compiled::{self, Compiled};
use crate::expand::known::truth::Truth;
use crate::expand::known::{self, Place, text_has};
use crate::expand::{Data, Value};
use crate::rules::language::{LARGEST_REGEX, Literal};
use crate::source::asked;

/// A value as the operators see it.
#[derive(Debug, Clone, PartialEq)]
pub enum Lit<'a> {
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Str(Cow<'a, str>),
    /// Several.
    List(Vec<Lit<'a>>),
    /// An object; operators on objects look at the value itself.
    Object,
    /// Not known before deployment; texts may be known in part.
    Unknown(Option<known::Text>),
}

impl<'a> Lit<'a> {
    /// A value of a template.
    pub fn of(value: &'a Value) -> Lit<'a> {
        match &value.data {
            Data::Null => Lit::Null,
            Data::Bool(b) => Lit::Bool(*b),
            Data::Int(i) => Lit::Int(*i),
            Data::Float(f) => Lit::Float(*f),
            Data::Str(s) => Lit::Str(Cow::Borrowed(s)),
            Data::Array(a) => Lit::List(a.iter().map(Lit::of).collect()),
            Data::Object(_) => Lit::Object,
            Data::Residual(_) => Lit::Unknown(known::of_text(value)),
        }
    }

    /// A value of a page.
    pub fn literal(literal: &'a Literal) -> Lit<'a> {
        match literal {
            Literal::Null => Lit::Null,
            Literal::Bool(b) => Lit::Bool(*b),
            Literal::Int(i) => Lit::Int(*i),
            Literal::Float(f) => Lit::Float(*f),
            Literal::Str(s) => Lit::Str(Cow::Borrowed(s)),
            Literal::List(l) => Lit::List(l.iter().map(Lit::literal).collect()),
        }
    }

    /// A value of a configuration.
    pub fn json(value: &'a serde_json::Value) -> Lit<'a> {
        match value {
            serde_json::Value::Null => Lit::Null,
            serde_json::Value::Bool(b) => Lit::Bool(*b),
            serde_json::Value::Number(n) => n.as_i64().map_or_else(|| Lit::Float(n.as_f64().unwrap_or(0.0)), Lit::Int),
            serde_json::Value::String(s) => Lit::Str(Cow::Borrowed(s)),
            serde_json::Value::Array(a) => Lit::List(a.iter().map(Lit::json).collect()),
            serde_json::Value::Object(_) => Lit::Object,
        }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Lit::Str(s) => Cow::Borrowed(s),
            Lit::Bool(b) => Cow::Borrowed(if *b { "true" } else { "false" }),
            Lit::Int(i) => Cow::Owned(i.to_string()),
            Lit::Float(f) => Cow::Owned(f.to_string()),
            _ => return None,
        })
    }

    /// The items of a list, or the value itself.
    pub fn items(&self) -> &[Lit<'a>] {
        match self {
            Lit::List(l) => l,
            other => std::slice::from_ref(other),
        }
    }
}

/// Whether two values are equal. The second is what is expected.
pub fn equal(actual: &Lit<'_>, expected: &Lit<'_>, case_sensitive: bool) -> Truth {
    match (actual, expected) {
        (Lit::Unknown(Some(t)), Lit::Str(e)) => t.equals(e, case_sensitive),
        (Lit::Unknown(_), _) | (_, Lit::Unknown(_)) => Truth::Unknown,
        (Lit::Str(a), Lit::Str(e)) => same_text(a, e, case_sensitive).into(),
        (Lit::Bool(_) | Lit::Int(_) | Lit::Float(_), Lit::Str(e)) => {
            actual.text().is_some_and(|a| same_text(&a, e, false)).into()
        }
        (Lit::Int(a), Lit::Float(e)) => (*a as f64 == *e).into(),
        (Lit::Float(a), Lit::Int(e)) => (*a == *e as f64).into(),
        (Lit::List(a), Lit::List(e)) if a.len() == e.len() => {
            a.iter().zip(e).map(|(a, e)| equal(a, e, case_sensitive)).fold(Truth::True, Truth::and)
        }
        (a, e) => (a == e && !matches!(a, Lit::Object)).into(),
    }
}

fn same_text(a: &str, b: &str, case_sensitive: bool) -> bool {
    if case_sensitive {
        return a == b;
    }
    // Texts of ASCII, that is nearly all, need no copies in lower case.
    a.eq_ignore_ascii_case(b) || !(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase()
}

/// Whether the value, or an item of it, is one of a list.
pub fn one_of(actual: &Lit<'_>, list: &Lit<'_>, case_sensitive: bool) -> Truth {
    let loose = |a: &Lit<'_>, e: &Lit<'_>| match (a, e) {
        // A list of numbers holds a number written as a text.
        (Lit::Str(a), Lit::Int(_) | Lit::Float(_)) => Truth::from(e.text().is_some_and(|e| e == *a)),
        _ => equal(a, e, case_sensitive),
    };
    actual.items().iter().fold(Truth::False, |t, a| list.items().iter().fold(t, |t, e| t.or(loose(a, e))))
}

/// Whether the text has one of these words at a place; of an array with [`Place::Anywhere`], whether it has such an item.
pub fn has_part(actual: &Lit<'_>, words: &Lit<'_>, part: Place, case_sensitive: bool) -> Truth {
    if let (Lit::List(_), Place::Anywhere) = (actual, part) {
        return one_of(actual, words, case_sensitive);
    }
    let mut truth = Truth::False;
    for word in words.items() {
        let Some(word) = word.text() else {
            truth = truth.or(if matches!(word, Lit::Unknown(_)) { Truth::Unknown } else { Truth::False });
            continue;
        };
        truth = truth.or(match actual {
            Lit::Unknown(Some(text)) => text.has(&word, part, case_sensitive),
            Lit::Unknown(None) => Truth::Unknown,
            other => other.text().is_some_and(|t| text_has(&t, &word, part, case_sensitive)).into(),
        });
    }
    truth
}

/// Whether the text matches one of these patterns with `*` and `?`.
pub fn like(actual: &Lit<'_>, patterns: &Lit<'_>, case_sensitive: bool) -> Truth {
    let mut truth = Truth::False;
    for pattern in patterns.items() {
        let Some(pattern) = pattern.text() else {
            truth = truth.or(if matches!(pattern, Lit::Unknown(_)) { Truth::Unknown } else { Truth::False });
            continue;
        };
        truth = truth.or(match actual {
            Lit::Unknown(text) => like_unknown(text.as_ref(), &pattern, case_sensitive),
            other => other.text().is_some_and(|t| wildcard(&t, &pattern, case_sensitive)).into(),
        });
    }
    truth
}

fn like_unknown(text: Option<&known::Text>, pattern: &str, case_sensitive: bool) -> Truth {
    // It may be no text at all.
    let Some(text) = text else { return Truth::Unknown };
    let simple = |s: &str| !s.contains(['*', '?']);
    match (pattern.strip_suffix('*'), pattern.strip_prefix('*')) {
        (Some(start), _) if simple(start) => text.has(start, Place::Start, case_sensitive),
        (_, Some(end)) if simple(end) => text.has(end, Place::End, case_sensitive),
        _ => Truth::Unknown,
    }
}

/// Whether a text matches a pattern with `*` (any text) and `?` (any character), in linear space and without recursion.
pub fn wildcard(text: &str, pattern: &str, case_sensitive: bool) -> bool {
    // Texts of ASCII, that is nearly all, need no copies.
    if text.is_ascii() && pattern.is_ascii() {
        if let Some((word, place)) = one_word(pattern) {
            return match place {
                Some(place) => text_has(text, word, place, case_sensitive),
                None => same_text(text, word, case_sensitive),
            };
        }
        let (text, pattern) = (text.as_bytes(), pattern.as_bytes());
        return match case_sensitive {
            true => fits(text, pattern, b'*', |p, t| *p == b'?' || p == t),
            false => fits(text, pattern, b'*', |p, t| *p == b'?' || p.eq_ignore_ascii_case(t)),
        };
    }
    let fold = |s: &str| -> Vec<char> {
        if case_sensitive { s.chars().collect() } else { s.to_lowercase().chars().collect() }
    };
    fits(&fold(text), &fold(pattern), '*', |p, t| *p == '?' || p == t)
}

/// The one word that a pattern such as `*key` asks for, and where; nowhere in particular if it is all of the text.
fn one_word(pattern: &str) -> Option<(&str, Option<Place>)> {
    let (word, after) = pattern.strip_prefix('*').map_or((pattern, false), |rest| (rest, true));
    let (word, before) = word.strip_suffix('*').map_or((word, false), |rest| (rest, true));
    let place = match (after, before) {
        (true, true) => Some(Place::Anywhere),
        (true, false) => Some(Place::End),
        (false, true) => Some(Place::Start),
        (false, false) => None,
    };
    memchr::memchr2(b'*', b'?', word.as_bytes()).is_none().then_some((word, place))
}

fn fits<T: PartialEq>(text: &[T], pattern: &[T], star: T, same: impl Fn(&T, &T) -> bool) -> bool {
    let (mut t, mut p) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(c) if *c == star => {
                retry = Some((p, t));
                p += 1;
            }
            Some(c) if same(c, &text[t]) => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((star, from)) => {
                    retry = Some((star, from + 1));
                    p = star + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == star)
}

/// Whether a text matches a regular expression; `Err` says what is wrong with the expression.
pub fn matches(actual: &Lit<'_>, pattern: &str, case_sensitive: bool) -> Result<Truth, String> {
    let regex = of_thread(pattern, case_sensitive)?;
    Ok(matching(actual, |text| regex.is_match(text), |text| text.matches(pattern, case_sensitive)))
}

/// Whether it is certain that nothing within a value matches a regular expression: to ask that of all of it at once takes a fraction of
/// the time that it takes to ask each text by itself. Of a wrong expression nothing is certain.
pub fn matches_nothing(value: &Value, pattern: &str, case_sensitive: bool) -> bool {
    fn nothing(value: &Value, regex: &Regex) -> bool {
        match &value.data {
            Data::Null => true,
            Data::Str(s) => !regex.is_match(s),
            Data::Bool(_) | Data::Int(_) | Data::Float(_) => !Lit::of(value).text().is_some_and(|t| regex.is_match(&t)),
            Data::Array(items) => items.iter().all(|v| nothing(v, regex)),
            Data::Object(o) => o.members.iter().all(|m| nothing(&m.value, regex)),
            Data::Residual(_) => false,
        }
    }
    of_thread(pattern, case_sensitive).is_ok_and(|regex| nothing(value, &regex))
}

/// As [`regex`], one for each thread: a rule asks each text of a file, and threads that use one expression wait for each other.
fn of_thread(pattern: &str, case_sensitive: bool) -> Result<Rc<Regex>, String> {
    thread_local! {
        static OWN: [Memo<String, Rc<Regex>>; 2] = [(); 2].map(|()| Memo::of_most(compiled::MOST));
    }
    let place = usize::from(case_sensitive);
    if let Some(own) = OWN.with(|all| all[place].get(pattern)) {
        return Ok(own);
    }
    let own = Rc::new(regex(pattern, case_sensitive)?.as_ref().clone());
    OWN.with(|all| all[place].keep(pattern.to_owned(), own.clone()));
    Ok(own)
}

/// The same for an expression that a configuration gives: it is written for .NET.
///
/// # Errors
/// What is wrong with the expression.
pub fn matches_configured(actual: &Lit<'_>, pattern: &str, case_sensitive: bool) -> Result<Truth, String> {
    let pattern = Pattern::new(pattern, case_sensitive)?;
    Ok(matching(actual, |text| pattern.is_match(text), |text| pattern.matches_part(text)))
}

fn matching(actual: &Lit<'_>, whole: impl Fn(&str) -> bool, part: impl Fn(&known::Text) -> Truth) -> Truth {
    let one = |l: &Lit<'_>| match l {
        Lit::Unknown(text) => text.as_ref().map_or(Truth::Unknown, &part),
        other => other.text().is_some_and(|t| whole(&t)).into(),
    };
    match actual {
        Lit::List(items) => items.iter().map(one).fold(Truth::False, Truth::or),
        other => one(other),
    }
}

static REGEXES: LazyLock<Compiled<Result<Arc<Regex>, String>>> = LazyLock::new(Default::default);

/// A regular expression, compiled at its first use.
///
/// # Errors
/// What is wrong with the expression.
pub fn regex(pattern: &str, case_sensitive: bool) -> Result<Arc<Regex>, String> {
    REGEXES.get(pattern, case_sensitive, || {
        let built = RegexBuilder::new(pattern).case_insensitive(!case_sensitive).size_limit(LARGEST_REGEX).build();
        built.map(Arc::new).map_err(|e| e.to_string().lines().last().unwrap_or("wrong").to_string())
    })
}

/// The number a comparison is about: the number itself, the items of an array, the characters of a text, or the days from now
/// until a point in time.
pub fn magnitude(actual: &Lit<'_>, now: Timestamp) -> Option<f64> {
    Some(match actual {
        Lit::Null => 0.0,
        Lit::Int(i) => *i as f64,
        Lit::Float(f) => *f,
        Lit::List(l) => l.len() as f64,
        // A date without a time is a text.
        Lit::Str(s) => match s.contains('T').then(|| days_until(s, now)).flatten() {
            Some(days) => days as f64,
            None => s.chars().count() as f64,
        },
        _ => return None,
    })
}

/// Whole days from now until a date or point in time.
pub fn days_until(text: &str, now: Timestamp) -> Option<i64> {
    let text = text.trim();
    let at = match text.parse::<Timestamp>() {
        Ok(at) => at,
        Err(_) => {
            // A time without an offset, and a date alone, count as UTC.
            let civil = text
                .parse::<jiff::civil::DateTime>()
                .ok()
                .or_else(|| Some(text.parse::<jiff::civil::Date>().ok()?.at(0, 0, 0, 0)))?;
            jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()?
        }
    };
    asked::time();
    Some((at.as_second() - now.as_second()) / 86_400)
}

/// Whether a value is of a kind of [`crate::rules::page::condition::KINDS`].
pub fn is_kind(actual: &Lit<'_>, kind: &str) -> Truth {
    let known = match (actual, kind) {
        (Lit::Unknown(Some(t)), "string") if t.is_certain() => true,
        (Lit::Unknown(Some(t)), "integer" | "number" | "boolean" | "array" | "object") if t.is_certain() => false,
        (Lit::Unknown(_), _) => return Truth::Unknown,
        (Lit::Str(_), "string") | (Lit::Int(_), "integer" | "number") | (Lit::Float(_), "number") => true,
        (Lit::Bool(_), "boolean") | (Lit::List(_), "array") | (Lit::Object, "object") => true,
        (Lit::Str(s), "date") => days_until(s, Timestamp::UNIX_EPOCH).is_some(),
        (Lit::Str(s), "lower") => !s.chars().any(char::is_uppercase),
        (Lit::Str(s), "upper") => !s.chars().any(char::is_lowercase),
        _ => false,
    };
    known.into()
}

/// Whether the value is an IP address in one of these ranges, such as `10.0.0.0/16`.
pub fn in_network(actual: &Lit<'_>, ranges: &Lit<'_>) -> Truth {
    if matches!(actual, Lit::Unknown(_)) {
        return Truth::Unknown;
    }
    let Some(address) = actual.text().and_then(|t| t.trim().parse::<IpAddr>().ok()) else { return Truth::False };
    let holds = |range: &Lit<'_>| match range {
        Lit::Unknown(_) => Truth::Unknown,
        range => range.text().and_then(|t| t.trim().parse::<IpNet>().ok()).is_some_and(|n| n.contains(&address)).into(),
    };
    ranges.items().iter().map(holds).fold(Truth::False, Truth::or)
}

/// The first and last port of `22`, `20-25` or `*`, as security rules name them.
pub fn port_range(text: &str) -> Option<(u16, u16)> {
    let text = text.trim();
    if text == "*" || text.eq_ignore_ascii_case("any") {
        return Some((0, u16::MAX));
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some((first.trim().parse().ok()?, last.trim().parse().ok()?))
}

/// Whether the value is a port, or a range of ports, that one of these ports is in.
pub fn covers_port(actual: &Lit<'_>, ports: &Lit<'_>) -> Truth {
    if matches!(actual, Lit::Unknown(_)) {
        return Truth::Unknown;
    }
    let Some((first, last)) = actual.text().and_then(|t| port_range(&t)) else { return Truth::False };
    let holds = |port: &Lit<'_>| match port {
        Lit::Unknown(_) => Truth::Unknown,
        port => port.text().and_then(|t| t.parse().ok()).is_some_and(|p| (first..=last).contains(&p)).into(),
    };
    ports.items().iter().map(holds).fold(Truth::False, Truth::or)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_matches_where_no_text_does() {
        let value = |text: &str| {
            let mut object = crate::expand::Object::default();
            object.set("a".into(), None, Value::array(vec![Value::str(text), Value::int(12)]));
            Value::object(object)
        };
        for (text, pattern, nothing) in [("x", "X", true), ("xX", "X", false), ("x", "1.", false), ("x", "", false)] {
            assert_eq!(matches_nothing(&value(text), pattern, true), nothing, "{text} {pattern}");
        }
        assert!(!matches_nothing(&value("x"), "X", false));
        // An expression that is wrong, and what is not known.
        assert!(!matches_nothing(&value("x"), "(", true));
        let open = Value::residual(crate::expand::residual::Residual::call("utcNow", Vec::new()));
        assert!(!matches_nothing(&open, "X", true) && matches_nothing(&Value::null(), "X", true));
    }

    #[test]
    fn a_range_covers_the_ports_in_it() {
        let ports = Lit::List(vec![Lit::Int(22), Lit::Int(3389)]);
        let covers = |text| covers_port(&s(text), &ports);
        for text in ["22", "20-25", "3389-3389", "*", "Any", "0-65535", " 22 "] {
            assert_eq!(covers(text), Truth::True, "{text}");
        }
        for text in ["23", "23-3388", "", "ssh", "25-20", "70000"] {
            assert_eq!(covers(text), Truth::False, "{text}");
        }
        assert_eq!(covers_port(&Lit::Int(22), &ports), Truth::True);
    }

    fn s(t: &str) -> Lit<'_> {
        Lit::Str(Cow::Borrowed(t))
    }

    #[test]
    fn equality_follows_psrule() {
        assert_eq!(equal(&s("ABC"), &s("abc"), false), Truth::True);
        assert_eq!(equal(&s("ABC"), &s("abc"), true), Truth::False);
        assert_eq!(equal(&Lit::Bool(true), &s("true"), false), Truth::True);
        assert_eq!(equal(&s("true"), &Lit::Bool(true), false), Truth::False);
        assert_eq!(equal(&Lit::Int(1), &s("1"), false), Truth::True);
        assert_eq!(equal(&Lit::Null, &Lit::Null, false), Truth::True);
        assert_eq!(equal(&Lit::Unknown(None), &s("x"), false), Truth::Unknown);
    }

    #[test]
    fn wildcards() {
        assert!(wildcard("abc def", "a*F", false));
        assert!(!wildcard("abc def", "a*F", true));
        assert!(wildcard("Microsoft.Web/sites", "Microsoft.*/*", true));
        assert!(!wildcard("Microsoft.Web/sites", "Microsoft.*/*/*", true));
        assert!(wildcard("", "*", true));
        assert!(wildcard("", "", true) && !wildcard("a", "", true) && wildcard("a", "**", true));
        assert!(wildcard("aKey", "*key", false) && !wildcard("aKey", "*key", true) && !wildcard("keys", "*key", false));
        assert!(
            wildcard("KeyId", "key*", false) && !wildcard("aKeyId", "key*", false) && !wildcard("k", "key*", false)
        );
        assert!(wildcard("myTokenId", "*token*", false) && !wildcard("tokn", "*token*", false));
        assert!(wildcard("Name", "name", false) && !wildcard("names", "name", false) && wildcard("ab", "a?", true));
        assert!(wildcard("a\u{c4}b", "A?B", false));
        assert!(wildcard("a\u{c4}b", "*\u{e4}B", false));
        assert!(!wildcard("a\u{c4}b", "*\u{e4}*", true));
    }

    #[test]
    fn magnitudes() {
        let now = "2026-07-09T00:00:00Z".parse().unwrap();
        assert_eq!(magnitude(&s("10"), now), Some(2.0));
        assert_eq!(magnitude(&s("2026-07-19T12:00:00Z"), now), Some(10.0));
        assert_eq!(magnitude(&Lit::List(vec![]), now), Some(0.0));
        assert_eq!(magnitude(&Lit::Bool(true), now), None);
        assert_eq!(days_until("2099-01-01T12:00:00+00:00", now), Some(26474));
    }

    #[test]
    fn a_wrong_expression_is_no_panic() {
        assert!(matches(&s("x"), "(", true).is_err());
        assert_eq!(matches(&s("x"), "^[a-z]$", true), Ok(Truth::True));
    }
}
