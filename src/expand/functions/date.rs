//! `utcNow`, `dateTimeAdd`, `dateTimeToEpoch`, `dateTimeFromEpoch`.

use super::args::{arg, refuse, string, text, undecided, wrong};
use super::calendar::{self, DAY, Moment, SECOND};
use super::json::shortened;
use super::{FunctionError, Outcome};
use crate::expand::Context;
use crate::expand::value::{Data, Value};

/// The format of a date that nobody chose a format for. Its `Z` is a letter like any other: the clock's own time is written.
const ISO: &str = "yyyy-MM-ddTHH:mm:ssZ";

/// Reads through a text from the left.
struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn eat(&mut self, prefix: &str) -> bool {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', ',']);
    }

    /// A number of so many digits.
    fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        let n = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if n < least {
            return None;
        }
        let (digits, rest) = self.rest.split_at(n);
        self.rest = rest;
        digits.parse().ok()
    }

    fn word(&mut self) -> &'t str {
        let n = self.rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (word, rest) = self.rest.split_at(n);
        self.rest = rest;
        word
    }

    /// A fraction of a second in ticks.
    fn fraction(&mut self) -> Option<i64> {
        let n = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if n == 0 {
            return None;
        }
        let (digits, rest) = self.rest.split_at(n);
        self.rest = rest;
        format!("{digits:0<7}").get(..7)?.parse().ok()
    }

    /// A date: its days.
    fn date(&mut self) -> Option<i64> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 8 {
            return calendar::days(self.number(4, 4)?, self.number(2, 2)?, self.number(2, 2)?);
        }
        if digits == 0 {
            let mut name = self.word();
            if calendar::is_weekday(name) {
                self.space();
                if self.rest.starts_with(|c: char| c.is_ascii_digit()) {
                    return self.date();
                }
                name = self.word();
            }
            let month = calendar::month_named(name)?;
            self.space();
            let day = self.number(1, 2)?;
            self.space();
            return calendar::days(self.number(4, 4)?, month, day);
        }
        let first = self.number(1, 4)?;
        let separator = ["-", "/", " "].into_iter().find(|s| self.eat(s))?;
        if self.rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let month = calendar::month_named(self.word())?;
            self.space();
            self.eat(separator);
            return calendar::days(self.number(4, 4)?, month, first);
        }
        let second = self.number(1, 2)?;
        if digits == 4 {
            let day = if self.eat(separator) { self.number(1, 2)? } else { 1 };
            return calendar::days(first, second, day);
        }
        if !self.eat(separator) {
            return None;
        }
        calendar::days(self.number(4, 4)?, first, second)
    }

    /// A time of day in ticks.
    fn time(&mut self) -> Option<i64> {
        let basic = self.rest.bytes().take_while(u8::is_ascii_digit).count() == 6;
        let mut hour = self.number(1, 2)?;
        let colon = |reader: &mut Self| basic || reader.eat(":");
        let minute = if colon(self) { self.number(2, 2)? } else { return None };
        let second = if colon(self) { self.number(2, 2)? } else { 0 };
        let fraction = if self.eat(".") { self.fraction()? } else { 0 };
        let before = self.rest;
        self.space();
        match self.word().to_ascii_uppercase().as_str() {
            "AM" if (1..=12).contains(&hour) => hour %= 12,
            "PM" if (1..=12).contains(&hour) => hour = hour % 12 + 12,
            _ => self.rest = before,
        }
        let there = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
        there.then_some(((hour * 60 + minute) * 60 + second) * SECOND + fraction)
    }

    /// The offset from UTC in minutes; UTC where nothing is said.
    fn zone(&mut self) -> Option<i64> {
        self.space();
        let sign = match self.rest.bytes().next() {
            None => return Some(0),
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => {
                let word = self.word().to_ascii_uppercase();
                return matches!(word.as_str(), "Z" | "GMT" | "UTC").then_some(0);
            }
        };
        self.rest = self.rest.get(1..)?;
        let hours = self.number(1, 2)?;
        self.eat(":");
        let minutes = if self.rest.is_empty() { 0 } else { self.number(2, 2)? };
        (hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes))
    }
}

/// A moment as ISO 8601 has it, or in one of the ways people write dates (month before day).
fn read(given: &str) -> Option<Moment> {
    let mut reader = Reader { rest: given.trim() };
    let days = reader.date()?;
    let mut time = 0;
    if reader.eat("T") || reader.rest.starts_with([' ', ',']) {
        reader.space();
        if reader.rest.starts_with(|c: char| c.is_ascii_digit()) {
            time = reader.time()?;
        }
    }
    let offset = reader.zone()?;
    reader.space();
    if reader.rest.is_empty() { Moment::new(days * DAY + time, offset) } else { None }
}

/// A duration of ISO 8601 in ticks: a year is 365 days and a month 30, a second may have a fraction, weeks there are none.
fn duration(given: &str) -> Option<i64> {
    let (sign, rest) = given.strip_prefix('-').map_or((1, given), |r| (-1, r));
    let rest = rest.strip_prefix('P')?;
    let (date, time) = rest.split_once('T').map_or((rest, None), |(d, t)| (d, Some(t)));
    if date.is_empty() && time.is_none() || time.is_some_and(str::is_empty) {
        return None;
    }
    let mut total = 0i64;
    let mut add = |text: &str, units: &[(u8, i64)]| -> Option<()> {
        let mut reader = Reader { rest: text };
        let mut units = units.iter();
        while !reader.rest.is_empty() {
            let n = reader.number(1, 10)?;
            let fraction = if reader.eat(".") { Some(reader.fraction()?) } else { None };
            let letter = *reader.rest.as_bytes().first()?;
            let (_, ticks) = units.find(|(l, _)| *l == letter)?;
            if fraction.is_some() && letter != b'S' {
                return None;
            }
            reader.rest = reader.rest.get(1..)?;
            total = total.checked_add(n.checked_mul(*ticks)?)?.checked_add(fraction.unwrap_or(0))?;
        }
        Some(())
    };
    add(date, &[(b'Y', 365 * DAY), (b'M', 30 * DAY), (b'D', DAY)])?;
    add(time.unwrap_or_default(), &[(b'H', 3600 * SECOND), (b'M', 60 * SECOND), (b'S', SECOND)])?;
    Some(sign * total)
}

fn moment(function: &str, args: &[Value]) -> Result<Moment, FunctionError> {
    let given = string(function, args, 0)?;
    read(given).ok_or_else(|| refuse(function, format_args!("`{}` is no date and time of ISO 8601", shortened(given))))
}

fn written(function: &str, m: Moment, format: &str) -> Outcome {
    match m.format(format) {
        Some(s) => text(function, s),
        None => Err(refuse(function, format_args!("`{}` is no format of a date and time", shortened(format)))),
    }
}

pub(super) fn date_time_add(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let step = string("dateTimeAdd", args, 1)?;
    let base = moment("dateTimeAdd", args)?;
    let Some(ticks) = duration(step) else {
        return Err(refuse("dateTimeAdd", format_args!("`{}` is no duration of ISO 8601", shortened(step))));
    };
    let format = match args.get(2) {
        None => ISO,
        Some(_) => string("dateTimeAdd", args, 2)?,
    };
    match base.clock.checked_add(ticks).and_then(|clock| Moment::new(clock, base.offset)) {
        Some(m) => written("dateTimeAdd", m, format),
        None => Err(refuse("dateTimeAdd", "the date would be before year 1 or after year 9999")),
    }
}

pub(super) fn date_time_to_epoch(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    Ok(Some(Value::int(moment("dateTimeToEpoch", args)?.epoch())))
}

pub(super) fn date_time_from_epoch(args: &[Value]) -> Outcome {
    let v = arg(args, 0);
    let seconds = match &v.data {
        Data::Residual(_) => return Ok(None),
        Data::Int(i) => Some(*i),
        #[allow(clippy::cast_possible_truncation, reason = "checked to be well within the range")]
        Data::Float(f) if f.abs() < 1e15 => Some(*f as i64),
        Data::Float(_) => None,
        Data::Str(s) => s.trim().parse().ok(),
        _ => return Err(wrong("dateTimeFromEpoch", 0, "an integer", &v)),
    };
    match seconds.and_then(Moment::from_epoch) {
        Some(m) => written("dateTimeFromEpoch", m, ISO),
        None => Err(refuse("dateTimeFromEpoch", "the argument is no number of seconds within the years 1 to 9999")),
    }
}

pub(super) fn utc_now(context: &Context, args: &[Value]) -> Outcome {
    let Some(now) = context.now else { return Ok(None) };
    if undecided(args) {
        return Ok(None);
    }
    let format = match args.first() {
        None => "yyyyMMddTHHmmssZ",
        Some(_) => string("utcNow", args, 0)?,
    };
    let ticks = i64::from(now.subsec_nanosecond()) / 100;
    let m = Moment::from_epoch(now.as_second()).and_then(|m| Moment::new(m.clock.checked_add(ticks)?, 0));
    match m {
        Some(m) => written("utcNow", Moment { utc: true, ..m }, format),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ScopeKind;

    fn iso(given: &str) -> Option<String> {
        read(given)?.format("o")
    }

    #[test]
    fn ways_to_write_a_date() {
        for (given, want) in [
            ("2024-05-06", "2024-05-06T00:00:00.0000000+00:00"),
            ("2024-05-06T07:08:09.5+01:30", "2024-05-06T07:08:09.5000000+01:30"),
            ("2024-05-06 07:08Z", "2024-05-06T07:08:00.0000000+00:00"),
            ("20240506T070809Z", "2024-05-06T07:08:09.0000000+00:00"),
            ("5/6/2024 7:08:09 PM", "2024-05-06T19:08:09.0000000+00:00"),
            ("Mon, 06 May 2024 07:08:09 GMT", "2024-05-06T07:08:09.0000000+00:00"),
            ("May 6, 2024", "2024-05-06T00:00:00.0000000+00:00"),
            ("6 May 2024", "2024-05-06T00:00:00.0000000+00:00"),
            ("2024-05", "2024-05-01T00:00:00.0000000+00:00"),
        ] {
            assert_eq!(iso(given).as_deref(), Some(want), "{given}");
        }
        for bad in ["", "2024", "2023-02-29", "2024-05-06T25:00:00Z", "2024-05-06x", "x", "2024-05-06T07:08:09+99:00"] {
            assert_eq!(iso(bad), None, "{bad}");
        }
    }

    #[test]
    fn durations() {
        assert_eq!(duration("P1Y2M3DT4H5M6.5S"), Some(428 * DAY + (4 * 3600 + 5 * 60 + 6) * SECOND + SECOND / 2));
        assert_eq!(duration("-PT90M"), Some(-5400 * SECOND));
        for bad in ["", "P", "PT", "P1", "1D", "P1W", "P1.5D", "P1D1Y", "PT1D", "P1DT", "P9999999999Y", "p1d"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn now_is_the_contexts() {
        let mut context = Context::unknown(ScopeKind::ResourceGroup);
        assert!(utc_now(&context, &[]).unwrap().is_none());
        context.now = Some(jiff::Timestamp::new(1_714_979_289, 0).unwrap());
        assert_eq!(utc_now(&context, &[]).unwrap().unwrap().as_str().unwrap(), "20240506T070809Z");
        assert_eq!(utc_now(&context, &[Value::str("d")]).unwrap().unwrap().as_str().unwrap(), "05/06/2024");
        assert!(utc_now(&context, &[Value::str("q")]).is_err());
    }

    #[test]
    fn adding() {
        let add = |base: &str, step: &str| {
            let v = date_time_add(&[Value::str(base), Value::str(step)])?.unwrap();
            Ok::<_, FunctionError>(v.as_str().unwrap().to_string())
        };
        assert_eq!(add("2023-12-31T12:00:00Z", "P1D").unwrap(), "2024-01-01T12:00:00Z");
        assert_eq!(add("2023-12-31T12:00:00+05:00", "PT1H").unwrap(), "2023-12-31T13:00:00Z");
        assert!(add("9999-12-31", "P1D").is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_date_or_not(given in "[0-9TZ:./ +,AMPMay-]{0,24}", step in "-?P[0-9YMDTHS.]{0,16}") {
            let _ = date_time_add(&[Value::str(given), Value::str(step)]);
        }
    }
}
