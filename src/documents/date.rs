//! Dates as .NET reads them from texts.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use crate::source::asked;

/// Whether a text of a JSON document is read as a date: date and time as ISO 8601 has them.
pub fn is_json_date(text: &str) -> bool {
    let shape = |from: usize, shape: &str| {
        let Some(part) = text.get(from..from + shape.len()) else { return false };
        part.bytes().zip(shape.bytes()).all(|(b, s)| if s == b'0' { b.is_ascii_digit() } else { b == s })
    };
    shape(0, "0000-00-00T00:00:00") && text.len() <= 40 && iso(text).is_some()
}

/// Some days from a point in time.
pub fn from_now(now: Timestamp, days: i32) -> Option<Timestamp> {
    asked::time();
    now.checked_add(SignedDuration::from_hours(i64::from(days) * 24)).ok()
}

/// Reads a text as .NET does for people in the United States. What has no zone is universal time.
pub fn parse(text: &str, now: Timestamp) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > 60 {
        return None;
    }
    iso(text).or_else(|| in_parts(text, now))
}

fn iso(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(10)?;
    let date: Date = date.parse().ok()?;
    let (date_time, offset) = match rest.strip_prefix(['T', ' ']) {
        Some(rest) => {
            let (time, offset) = zone(rest)?;
            (date.to_datetime(clock(time)?), offset)
        }
        None if rest.is_empty() => (date.to_datetime(Time::midnight()), Offset::UTC),
        None => return None,
    };
    at(date_time, offset)
}

fn at(date_time: DateTime, offset: Offset) -> Option<Timestamp> {
    offset.to_timestamp(date_time).ok()
}

/// A time and its zone apart.
fn zone(text: &str) -> Option<(&str, Offset)> {
    if let Some(time) = text.strip_suffix(['Z', 'z']) {
        return Some((time, Offset::UTC));
    }
    let Some(sign) = text.rfind(['+', '-']) else { return Some((text, Offset::UTC)) };
    let (time, offset) = text.split_at(sign);
    let digits: String = offset.chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) =
        (digits.get(..2)?.parse::<i32>().ok()?, digits.get(2..4).unwrap_or("0").parse::<i32>().ok()?);
    let seconds = (hours * 60 + minutes) * 60;
    Some((time, Offset::from_seconds(if offset.starts_with('-') { -seconds } else { seconds }).ok()?))
}

/// `10:00`, `10:00:00`, `10:00:00.123`, with `AM` or `PM`.
fn clock(text: &str) -> Option<Time> {
    let text = text.trim();
    let upper = text.to_ascii_uppercase();
    let (text, half) = match (upper.strip_suffix("AM"), upper.strip_suffix("PM")) {
        (Some(t), _) => (t.trim().to_owned(), Some(0)),
        (_, Some(t)) => (t.trim().to_owned(), Some(12)),
        _ => (text.to_owned(), None),
    };
    let mut parts = text.split(':');
    let hour: i8 = parts.next()?.parse().ok()?;
    let minute: i8 = match parts.next() {
        Some(m) => m.parse().ok()?,
        None if half.is_some() => 0,
        None => return None,
    };
    let (second, fraction) = match parts.next() {
        Some(s) => s.split_once('.').unwrap_or((s, "")),
        None => ("0", ""),
    };
    if parts.next().is_some() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let nanos: i32 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    let hour = match half {
        Some(add) => hour % 12 + add,
        None => hour,
    };
    Time::new(hour, minute, second.parse().ok()?, nanos).ok()
}

/// `1/31/2027`, `1.2.3`, `2027/1/31`, `31 January 2027`, `Jan 31, 2027 10:00`: in the order month, day, year where that is open.
fn in_parts(text: &str, now: Timestamp) -> Option<Timestamp> {
    let today = Offset::UTC.to_datetime(now).date();
    let year_now = today.year();
    let (date, time) = match text.find(':') {
        // The hour stands before the colon, after a blank.
        Some(colon) => match text.get(..colon)?.rfind([' ', 'T']) {
            Some(blank) => (text.get(..blank)?, text.get(blank + 1..)?),
            None => ("", text),
        },
        None => (text, ""),
    };
    let (time, offset) = if time.is_empty() {
        (Time::midnight(), Offset::UTC)
    } else {
        let (time, offset) = zone(time)?;
        (clock(time)?, offset)
    };
    let words: Vec<&str> = date
        .split(|c: char| matches!(c, '/' | '-' | '.' | ',') || c.is_whitespace())
        .filter(|w| !w.is_empty())
        .collect();
    let number = |w: &str| w.bytes().all(|b| b.is_ascii_digit()).then(|| w.parse::<i16>().ok()).flatten();
    let whole_year = |w: &str| match (number(w)?, w.len()) {
        (y, 1 | 2) => Some(if y < 50 { 2000 + y } else { 1900 + y }),
        (y, 3 | 4) => Some(y),
        _ => None,
    };
    let is_year = |w: &str| w.len() == 4 && number(w).is_some();
    let small = |w: &str| number(w).filter(|_| w.len() <= 2).and_then(|n| i8::try_from(n).ok());
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let is_day = |w: &&&str| !days.iter().any(|d| named(w, d));
    let words: Vec<&str> = words.iter().filter(is_day).copied().collect();
    let (year, month, day) = match *words.as_slice() {
        [] if date.is_empty() => (today.year(), today.month(), today.day()),
        [y, m, d] if is_year(y) => (number(y)?, month(m).or_else(|| small(m))?, small(d)?),
        [d, m, y] if month(m).is_some() => (whole_year(y)?, month(m)?, small(d)?),
        [m, d, y] => (whole_year(y)?, month(m).or_else(|| small(m))?, small(d)?),
        [y, m] if is_year(y) => (number(y)?, month(m).or_else(|| small(m))?, 1),
        [m, y] if is_year(y) => (number(y)?, month(m).or_else(|| small(m))?, 1),
        [d, m] if month(m).is_some() => (year_now, month(m)?, small(d)?),
        [m, d] => (year_now, month(m).or_else(|| small(m))?, small(d)?),
        _ => return None,
    };
    at(Date::new(year, month, day).ok()?.to_datetime(time), offset)
}

fn named(word: &str, name: &str) -> bool {
    let word = word.to_ascii_lowercase();
    word == name || word.len() == 3 && name.starts_with(&word)
}

fn month(word: &str) -> Option<i8> {
    let months = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let at = months.iter().position(|m| named(word, m))?;
    i8::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        parse(text, now).map(|t| t.to_string())
    }

    #[test]
    fn texts_are_read_as_dates() {
        for (text, date) in [
            ("2027-01-31", "2027-01-31T00:00:00Z"),
            ("2027-01-31T10:00:00+01:00", "2027-01-31T09:00:00Z"),
            ("1.2.3", "2003-01-02T00:00:00Z"),
            ("1/31/2027 5:30 PM", "2027-01-31T17:30:00Z"),
            ("31 January 2027", "2027-01-31T00:00:00Z"),
            ("Jan 31, 2027", "2027-01-31T00:00:00Z"),
            ("1.5", "2026-01-05T00:00:00Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(date), "{text}");
        }
        for text in ["", "1", "10", "abc", "2021-06-01-preview", "TLS1_2", "13/13/2027", "a b", "v2.0.1-alpha.1"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn only_whole_points_in_time_are_dates_of_json() {
        assert!(is_json_date("2026-11-23T10:00:00Z") && is_json_date("2026-11-23T10:00:00.5"));
        assert!(!is_json_date("2026-11-23") && !is_json_date("2026-11-23T25:00:00Z") && !is_json_date("é"));
    }
}
