//! Strings as the template engine has them: sequences of UTF-16 units.

use std::ops::Range;

use super::order::fold;

/// How many units a string has.
pub fn length(s: &str) -> usize {
    if s.is_ascii() { s.len() } else { s.chars().map(char::len_utf16).sum() }
}

/// The byte offset of a unit, or `None` within a pair or beyond the end.
fn offset(s: &str, unit: usize) -> Option<usize> {
    if s.is_ascii() {
        return (unit <= s.len()).then_some(unit);
    }
    let mut units = 0;
    for (at, c) in s.char_indices() {
        if units == unit {
            return Some(at);
        }
        units += c.len_utf16();
        if units > unit {
            return None;
        }
    }
    (units == unit).then_some(s.len())
}

/// The part of a string between two units; `None` if a cut goes through a pair, which leaves half a character.
pub fn slice(s: &str, units: Range<usize>) -> Option<&str> {
    offset(s, units.start).zip(offset(s, units.end)).and_then(|(a, b)| s.get(a..b))
}

/// Where a part stands first or last in a string, in units and without regard to case.
pub fn find(s: &str, part: &str, last: bool) -> Option<usize> {
    if part.is_empty() {
        // The engine's framework finds nothing, last, before the last character.
        return Some(if last { length(s).saturating_sub(1) } else { 0 });
    }
    let (s, part) = (fold(s), fold(part));
    let at = if last { s.rfind(&part) } else { s.find(&part) };
    at.and_then(|at| s.get(..at)).map(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_counted_and_cut() {
        assert_eq!(length("x😀y"), 4);
        assert_eq!(slice("x😀y", 1..3), Some("😀"));
        assert!(slice("x😀y", 2..3).is_none());
        assert_eq!(slice("äbc", 1..3), Some("bc"));
        assert_eq!(find("x😀Yy", "y", false), Some(3));
        assert_eq!(find("x😀Yy", "Y", true), Some(4));
        assert_eq!(find("abc", "", true), Some(2));
        assert_eq!(find("abc", "d", true), None);
    }
}
