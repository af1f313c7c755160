//! What values are to PSRule's engine, and how it converts and compares them.

use std::cmp::Ordering;

use ecow::{EcoString, eco_format};
use jiff::Timestamp;

use super::{date, open_list};
use crate::expand::known::{self, Truth, certainly_string, not_empty};
use crate::expand::{Data, Value};

/// Whether texts that are points in time are taken for such, and what time it is.
#[derive(Debug, Clone, Copy)]
pub struct Dates {
    /// The engine takes them for dates where it reads a file of objects, and leaves them alone in a template.
    pub read: bool,
    /// Numbers are days from now where they are compared with dates.
    pub now: Timestamp,
}

impl Dates {
    /// Whether a text is read as a date.
    pub fn is_date(self, text: &str) -> bool {
        self.read && date::is_json_date(text)
    }
}

/// How texts are compared and values converted.
#[derive(Debug, Clone, Copy, Default)]
pub struct How {
    /// Letters have case.
    pub case_sensitive: bool,
    /// What is expected is converted.
    pub expected: bool,
    /// What is there is converted.
    pub actual: bool,
}

/// What a value is.
#[derive(Debug, Clone, Copy)]
pub enum Kind<'v> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'v str),
    Date(Timestamp),
    List(&'v [Value]),
    Object,
    /// Not known before deployment.
    Open(&'v Value),
}

impl<'v> Kind<'v> {
    /// What a value is.
    pub fn of(v: &'v Value, dates: Dates) -> Kind<'v> {
        match &v.data {
            Data::Null => Kind::Null,
            Data::Bool(b) => Kind::Bool(*b),
            Data::Int(i) => Kind::Int(*i),
            Data::Float(f) => Kind::Float(*f),
            Data::Str(s) if dates.is_date(s) => date::parse(s, dates.now).map_or(Kind::Text(s), Kind::Date),
            Data::Str(s) => Kind::Text(s),
            Data::Array(items) => Kind::List(items),
            Data::Object(_) => Kind::Object,
            Data::Residual(_) => Kind::Open(v),
        }
    }

    /// The text that it is, or is converted to.
    pub fn text(self, convert: bool) -> Option<EcoString> {
        match self {
            Kind::Text(s) => Some(s.into()),
            Kind::Int(i) if convert => Some(eco_format!("{i}")),
            Kind::Bool(b) if convert => Some(if b { "True".into() } else { "False".into() }),
            _ => None,
        }
    }

    /// The boolean that it is, or is converted to.
    pub fn boolean(self, convert: bool) -> Option<bool> {
        match self {
            Kind::Bool(b) => Some(b),
            Kind::Text(s) if convert => match s.trim() {
                s if s.eq_ignore_ascii_case("true") => Some(true),
                s if s.eq_ignore_ascii_case("false") => Some(false),
                _ => None,
            },
            Kind::Int(i) if convert => Some(i > 0),
            _ => None,
        }
    }

    /// The integer that it is, or is converted to.
    pub fn integer(self, convert: bool) -> Option<i64> {
        match self {
            Kind::Int(i) => Some(i),
            Kind::Text(s) if convert => s.trim().strip_prefix('+').unwrap_or(s.trim()).parse().ok(),
            _ => None,
        }
    }

    /// Whether it is a number with a fraction, or is converted to one.
    pub fn is_float(self, convert: bool) -> bool {
        match self {
            Kind::Float(_) => true,
            Kind::Text(s) if convert => s.trim().replace(',', "").parse::<f64>().is_ok_and(f64::is_finite),
            _ => false,
        }
    }

    /// The date that it is, or is converted to.
    pub fn date(self, convert: bool, now: Timestamp) -> Option<Timestamp> {
        match self {
            Kind::Date(d) => Some(d),
            Kind::Text(s) if convert => date::parse(s, now),
            Kind::Int(i) if convert => date::from_now(now, i32::try_from(i).ok()?),
            _ => None,
        }
    }

    /// How many items, or letters, it has.
    pub fn length(self) -> Option<usize> {
        match self {
            Kind::Text(s) => Some(s.encode_utf16().count()),
            Kind::List(items) => Some(items.len()),
            _ => None,
        }
    }
}

/// Whether a value equals what is expected.
pub fn equal(expected: &Value, actual: &Value, how: How, dates: Dates) -> Truth {
    let (e, a) = (Kind::of(expected, dates), Kind::of(actual, dates));
    match (e, a) {
        (Kind::Open(_), _) | (_, Kind::Open(_)) => return maybe(expected, actual, how),
        (Kind::Null, Kind::Null) => return Truth::True,
        (Kind::Null, _) | (_, Kind::Null) => return Truth::False,
        (Kind::Date(e), Kind::Date(a)) => return (e == a).into(),
        _ => {}
    }
    if let (Some(e), Some(a)) = (e.text(false), a.text(how.actual)) {
        return same(&e, &a, how.case_sensitive).into();
    }
    if let (Some(e), Some(a)) = (e.boolean(how.expected), a.boolean(how.actual)) {
        return (e == a).into();
    }
    if let (Some(e), Some(a)) = (e.integer(how.expected), a.integer(how.actual)) {
        return (e == a).into();
    }
    match (e, a) {
        // Objects are the same if they are one.
        (Kind::Object, Kind::Object) => match (&expected.data, &actual.data) {
            (Data::Object(e), Data::Object(a)) => std::rc::Rc::ptr_eq(e, a).into(),
            _ => Truth::False,
        },
        (Kind::List(e), Kind::List(a)) => alike(e, a, dates),
        (Kind::Float(e), Kind::Float(a)) => (e == a).into(),
        _ => Truth::False,
    }
}

/// Whether two lists have the same items, to the letter and without conversion.
fn alike(e: &[Value], a: &[Value], dates: Dates) -> Truth {
    if e.len() != a.len() {
        return Truth::False;
    }
    let exact = How { case_sensitive: true, ..How::default() };
    e.iter().zip(a).fold(Truth::True, |t, (e, a)| t.and(equal(e, a, exact, dates)))
}

/// Whether values can be equal, one of which is not known.
fn maybe(expected: &Value, actual: &Value, how: How) -> Truth {
    match (expected.as_str(), actual.as_str()) {
        (Some(word), _) if !how.actual => {
            text_of(actual).map_or(Truth::Unknown, |t| t.equals(word, how.case_sensitive))
        }
        (_, Some(word)) => text_of(expected).map_or(Truth::Unknown, |t| t.equals(word, how.case_sensitive)),
        _ => Truth::Unknown,
    }
}

/// What is known of an undecided value as a text.
fn text_of(v: &Value) -> Option<known::Text> {
    known::of_text(v).filter(known::Text::is_certain)
}

/// Whether two texts are the same.
pub fn same(a: &str, b: &str, case_sensitive: bool) -> bool {
    a == b || !case_sensitive && folded(a) == folded(b)
}

/// A text in which letters have no case.
pub fn folded(s: &str) -> String {
    s.chars().flat_map(char::to_uppercase).collect()
}

/// Whether a value stands to a number (or what is converted to one) as wanted, on one side of it. Texts and lists go by their length.
pub fn ordered(actual: &Value, bound: &Value, convert: bool, dates: Dates, wanted: fn(Ordering) -> bool) -> Truth {
    let (a, b) = (Kind::of(actual, dates), Kind::of(bound, dates));
    if let (Kind::Open(v), Some(b)) = (a, b.integer(true))
        && let Some((least, most)) = open_list::length(v)
    {
        let at = |n: usize| wanted(i64::try_from(n).unwrap_or(i64::MAX).cmp(&b));
        let (least, most) = (at(least), most.map_or_else(|| wanted(Ordering::Greater), at));
        return if least == most { least.into() } else { Truth::Unknown };
    }
    if matches!(a, Kind::Open(_)) || matches!(b, Kind::Open(_)) {
        return Truth::Unknown;
    }
    if let (Some(a), Some(b)) = (a.integer(convert), b.integer(true)) {
        return wanted(a.cmp(&b)).into();
    }
    if let (Some(a), Some(b)) = (a.date(convert, dates.now), b.date(true, dates.now)) {
        return wanted(a.cmp(&b)).into();
    }
    match (a.length().and_then(|n| i64::try_from(n).ok()), b.integer(true)) {
        (Some(a), Some(b)) => wanted(a.cmp(&b)).into(),
        _ => Truth::False,
    }
}

/// Whether a value, or one of its items, equals what is expected.
pub fn any(actual: &Value, expected: &Value, case_sensitive: bool, dates: Dates) -> Truth {
    let how = How { case_sensitive, ..How::default() };
    let items = actual.as_array().unwrap_or_default();
    let of_items = items.iter().fold(Truth::False, |t, item| t.or(equal(expected, item, how, dates)));
    of_items.or(equal(expected, actual, how, dates))
}

/// How many items equal what is expected: those that surely do, and those that may.
pub fn count(actual: &[Value], expected: &Value, case_sensitive: bool, dates: Dates) -> (usize, usize) {
    let how = How { case_sensitive, ..How::default() };
    let number =
        |wanted: &[Truth]| actual.iter().filter(|item| wanted.contains(&equal(expected, item, how, dates))).count();
    (number(&[Truth::True]), number(&[Truth::True, Truth::Unknown]))
}

/// Whether a value is nothing, an empty list or an empty text.
pub fn empty(v: &Value, dates: Dates) -> Truth {
    match Kind::of(v, dates) {
        Kind::Null => Truth::True,
        Kind::Text(s) => s.is_empty().into(),
        Kind::List(items) => items.is_empty().into(),
        Kind::Open(v) if v.as_residual().is_some_and(|r| not_empty(r)) => Truth::False,
        Kind::Open(v) if open_list::length(v).is_some_and(|(least, _)| least > 0) => Truth::False,
        Kind::Open(v) if text_of(v).is_some_and(|t| t.min_length() > 0) => Truth::False,
        Kind::Open(_) => Truth::Unknown,
        _ => Truth::False,
    }
}

/// Whether a value is a text.
pub fn is_text(v: &Value, dates: Dates) -> Truth {
    match Kind::of(v, dates) {
        Kind::Text(_) => Truth::True,
        Kind::Open(v) if certainly_string(v) => Truth::True,
        Kind::Open(_) => Truth::Unknown,
        _ => Truth::False,
    }
}
