//! Moments with an offset, and how .NET writes them in the invariant culture ([`date_format`]).

use std::fmt::Write as _;

use crate::expand::text::date_format::{self, Field};

/// Ticks (of 100 ns) in a second.
pub(super) const SECOND: i64 = 10_000_000;
/// Ticks in a day.
pub(super) const DAY: i64 = 86_400 * SECOND;
/// The days from 0001-01-01 to 1970-01-01.
const EPOCH_DAYS: i64 = 719_162;
/// The ticks of 0001-01-01 to 9999-12-31, all there are.
const END: i64 = 3_652_059 * DAY;

/// A moment as it reads on a clock somewhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moment {
    /// What the clock shows, in ticks since 0001-01-01.
    pub clock: i64,
    /// How many minutes that clock is ahead of UTC.
    pub offset: i64,
    /// It is UTC by kind, not only by offset (`K` and `o` then say `Z`).
    pub utc: bool,
}

/// The parts of a moment.
struct Parts {
    year: i64,
    month: i64,
    day: i64,
    weekday: i64,
    hour: i64,
    minute: i64,
    second: i64,
    fraction: i64,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The month whose name or three-letter short name this is, from 1.
pub(super) fn month_named(name: &str) -> Option<i64> {
    let at = MONTHS.iter().position(|m| m.eq_ignore_ascii_case(name) || m[..3].eq_ignore_ascii_case(name))?;
    i64::try_from(at + 1).ok()
}

/// Whether it is the name or short name of a day.
pub(super) fn is_weekday(name: &str) -> bool {
    DAYS.iter().any(|d| d.eq_ignore_ascii_case(name) || d[..3].eq_ignore_ascii_case(name))
}

fn leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_before_year(year: i64) -> i64 {
    let y = year - 1;
    y * 365 + y / 4 - y / 100 + y / 400
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days from 0001-01-01 to a date, if there is one.
pub(super) fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=month_length(year, month)).contains(&day) {
        return None;
    }
    let before: i64 = (1..month).map(|m| month_length(year, m)).sum();
    Some(days_before_year(year) + before + day - 1)
}

impl Moment {
    /// A moment that exists on the calendar, at its own clock and in UTC.
    pub fn new(clock: i64, offset: i64) -> Option<Self> {
        let there = |t: i64| (0..END).contains(&t);
        (there(clock) && there(clock.checked_sub(offset * 60 * SECOND)?)).then_some(Moment {
            clock,
            offset,
            utc: false,
        })
    }

    /// Seconds since 1970.
    pub fn from_epoch(seconds: i64) -> Option<Self> {
        Moment::new(seconds.checked_mul(SECOND)?.checked_add(EPOCH_DAYS * DAY)?, 0)
    }

    /// Seconds since 1970, whole ones.
    pub fn epoch(self) -> i64 {
        (self.clock - self.offset * 60 * SECOND - EPOCH_DAYS * DAY).div_euclid(SECOND)
    }

    fn at_utc(self) -> Self {
        Moment { clock: self.clock - self.offset * 60 * SECOND, offset: 0, utc: self.utc }
    }

    fn parts(self) -> Parts {
        let total = self.clock.div_euclid(DAY);
        let rest = self.clock.rem_euclid(DAY);
        // The average year is a bit longer than 365 days, so this guess is never too small.
        let mut year = total / 365 + 1;
        while days_before_year(year) > total {
            year -= 1;
        }
        let (mut month, mut day) = (1, total - days_before_year(year));
        while day >= month_length(year, month) {
            day -= month_length(year, month);
            month += 1;
        }
        let seconds = rest / SECOND;
        Parts {
            year,
            month,
            day: day + 1,
            weekday: (total + 1) % 7,
            hour: seconds / 3600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            fraction: rest % SECOND,
        }
    }

    /// Written in a standard (one letter) or custom format; `None` if there is no such format.
    pub fn format(self, spec: &str) -> Option<String> {
        let format = date_format::read(spec)?;
        if format.utc_only && !self.utc {
            return None;
        }
        let moment = if format.at_utc { self.at_utc() } else { self };
        let parts = moment.parts();
        let mut out = String::new();
        for field in &format.fields {
            match field {
                Field::Text(text) => out.push_str(text),
                Field::Letters(letter, run) => moment.field(&parts, *letter, *run, &mut out)?,
                Field::Zone => moment.zone(&mut out),
            }
        }
        Some(out)
    }

    fn zone(self, out: &mut String) {
        if self.utc {
            out.push('Z');
            return;
        }
        let minutes = self.offset.abs();
        let _ = write!(out, "{}{:02}:{:02}", if self.offset < 0 { '-' } else { '+' }, minutes / 60, minutes % 60);
    }

    /// One field, its letter `run` times. `None` if that is no field.
    fn field(self, p: &Parts, letter: char, run: usize, out: &mut String) -> Option<()> {
        let short = run.min(2);
        let name = |names: &[&'static str], at: i64, short: bool| {
            let name = usize::try_from(at).ok().and_then(|i| names.get(i)).copied().unwrap_or_default();
            if short { &name[..3] } else { name }
        };
        let number = |out: &mut String, n: i64, width: usize| {
            let _ = write!(out, "{n:0width$}");
        };
        let twelve = if p.hour % 12 == 0 { 12 } else { p.hour % 12 };
        match letter {
            'd' if run > 2 => out.push_str(name(&DAYS, p.weekday, run == 3)),
            'd' => number(out, p.day, short),
            'M' if run > 2 => out.push_str(name(&MONTHS, p.month - 1, run == 3)),
            'M' => number(out, p.month, short),
            'y' if run <= 2 => number(out, p.year % 100, run),
            'y' => number(out, p.year, run.min(16)),
            'h' => number(out, twelve, short),
            'H' => number(out, p.hour, short),
            'm' => number(out, p.minute, short),
            's' => number(out, p.second, short),
            't' => {
                let half = if p.hour < 12 { "AM" } else { "PM" };
                out.push_str(&half[..short]);
            }
            'g' => out.push_str("A.D."),
            'f' | 'F' => {
                let digits = format!("{:07}", p.fraction);
                let cut = digits.get(..run)?;
                if letter == 'f' {
                    out.push_str(cut);
                } else {
                    let trimmed = cut.trim_end_matches('0');
                    // Nothing left: the point in front goes too.
                    if trimmed.is_empty() && out.ends_with('.') {
                        out.pop();
                    }
                    out.push_str(trimmed);
                }
            }
            'z' if run > 2 => Moment { utc: false, ..self }.zone(out),
            'z' => {
                out.push(if self.offset < 0 { '-' } else { '+' });
                number(out, self.offset.abs() / 60, short);
            }
            _ => return None,
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        let clock = days(2024, 3, 5).unwrap() * DAY + (7 * 3600 + 8 * 60 + 9) * SECOND + 1_230_000;
        let m = Moment::new(clock, -90).unwrap();
        for (spec, want) in [
            ("", "03/05/2024 07:08:09 -01:30"),
            ("R", "Tue, 05 Mar 2024 08:38:09 GMT"),
            ("o", "2024-03-05T07:08:09.1230000-01:30"),
            ("Y", "2024 March"),
            ("dddd d/M/yy h:m:s t", "Tuesday 5/3/24 7:8:9 A"),
            ("ss.FFFF", "09.123"),
            ("fffffff", "1230000"),
            ("%h", "7"),
            ("z zz zzz K", "-1 -01 -01:30 -01:30"),
            ("yyyyy g", "02024 A.D."),
            ("'it''s' \\d\"d\"", "its dd"),
        ] {
            assert_eq!(m.format(spec).as_deref(), Some(want), "{spec}");
        }
        for bad in ["q", "K", "%", "'a", "ffffffff", "a\\", "U"] {
            assert_eq!(m.format(bad), None, "{bad}");
        }
        assert_eq!(Moment { utc: true, ..m }.format("U").as_deref(), Some("Tuesday, 05 March 2024 07:08:09"));
    }

    #[test]
    fn the_calendar_has_an_end() {
        assert_eq!(Moment::from_epoch(0).unwrap().format("s").unwrap(), "1970-01-01T00:00:00");
        assert_eq!(Moment::from_epoch(-62_135_596_800).unwrap().format("s").unwrap(), "0001-01-01T00:00:00");
        assert_eq!(Moment::from_epoch(253_402_300_799).unwrap().format("s").unwrap(), "9999-12-31T23:59:59");
        assert_eq!(Moment::from_epoch(253_402_300_800), None);
        assert_eq!(Moment::from_epoch(i64::MAX), None);
        assert_eq!(days(2023, 2, 29), None);
        assert_eq!(Moment::from_epoch(1_709_251_199).unwrap().format("s").unwrap(), "2024-02-29T23:59:59");
    }

    proptest::proptest! {
        #[test]
        fn any_format_of_any_moment(seconds in -62_135_596_800..=253_402_300_799i64, spec in "[dfFghHKmMstyz%'\\\\:/ ]{0,10}") {
            let m = Moment::from_epoch(seconds).unwrap();
            proptest::prop_assert_eq!(m.epoch(), seconds);
            let _ = m.format(&spec);
        }
    }
}
