//! Versions and API versions in ranges: `>=1.2`, `^1.2.0`, `4.0 || >=8.0`, `>=2019-04-01`.

use std::cmp::Ordering;

/// A version: numbers, and the label of a preview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    numbers: [u64; 3],
    given: usize,
    label: Option<String>,
}

impl Version {
    /// `1`, `1.2`, `v1.2.3-alpha.1`
    pub fn semantic(text: &str) -> Option<Version> {
        let text = text.trim();
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let text = text.split_once('+').map_or(text, |(v, _)| v);
        Self::of(text, '.', text.split_once('-').map_or(text.len(), |(v, _)| v.len()))
    }

    /// `2021-06-01`, `2021-06-01-preview`
    pub fn date(text: &str) -> Option<Version> {
        let text = text.trim();
        let end = text.match_indices('-').nth(2).map_or(text.len(), |(i, _)| i);
        Self::of(text, '-', end).filter(|v| v.given == 3)
    }

    fn of(text: &str, separator: char, end: usize) -> Option<Version> {
        let (core, rest) = text.split_at(end);
        let mut numbers = [0; 3];
        let mut given = 0;
        for part in core.split(separator) {
            if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            *numbers.get_mut(given)? = part.parse().ok()?;
            given += 1;
        }
        let label = rest.strip_prefix('-').map(str::to_ascii_lowercase).filter(|l| !l.is_empty());
        Some(Version { numbers, given, label })
    }

    fn order(&self, other: &Version) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| match (&self.label, &other.label) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(a), Some(b)) => a.cmp(b),
        })
    }
}

/// Whether a version lies in a range; `None` if the range makes no sense.
///
/// Alternatives are separated by `||`, conditions that must all hold by blanks. A preview lies in no range unless
/// `prerelease` says that it counts as the version it announces.
pub fn in_range(version: &Version, range: &str, parse: fn(&str) -> Option<Version>, prerelease: bool) -> Option<bool> {
    let mut any = false;
    for alternative in range.split("||") {
        let mut all = prerelease || version.label.is_none();
        for condition in alternative.split_whitespace() {
            all &= holds(version, condition, parse)?;
        }
        any |= all;
    }
    Some(any)
}

fn holds(version: &Version, condition: &str, parse: fn(&str) -> Option<Version>) -> Option<bool> {
    let split = condition.find(|c: char| c.is_ascii_digit() || c == 'v').unwrap_or(condition.len());
    let (op, bound) = condition.split_at(split);
    let bound = parse(bound)?;
    let order = version.order(&bound);
    // The same numbers up to the n-th.
    let same = |n: usize| version.numbers[..n] == bound.numbers[..n];
    Some(match op {
        ">=" => order != Ordering::Less,
        ">" => order == Ordering::Greater,
        "<=" => order != Ordering::Greater,
        "<" => order == Ordering::Less,
        "^" => order != Ordering::Less && same(bound.numbers.iter().position(|n| *n > 0).map_or(1, |i| i + 1)),
        "~" => order != Ordering::Less && same(bound.given.min(2)),
        "" | "=" => order == Ordering::Equal,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn semantic(v: &str, range: &str) -> Option<bool> {
        in_range(&Version::semantic(v)?, range, Version::semantic, false)
    }

    #[test]
    fn semantic_versions() {
        assert_eq!(semantic("1.2", ">=1.2"), Some(true));
        assert_eq!(semantic("1.1", ">=1.2"), Some(false));
        assert_eq!(semantic("1.33.7", ">=1.33.7"), Some(true));
        assert_eq!(semantic("4.0", "4.0 || >=8.0"), Some(true));
        assert_eq!(semantic("6.0", "4.0 || >=8.0"), Some(false));
        assert_eq!(semantic("1.2.9", "~1.2"), Some(true));
        assert_eq!(semantic("1.9.0", "^1.2.0"), Some(true));
        assert_eq!(semantic("2.0.0", "^1.2.0"), Some(false));
        assert_eq!(semantic("None", ">=1.2"), None);
        assert_eq!(semantic("v2.0.1-alpha.1", ">=1.0"), Some(false));
        assert_eq!(semantic("3", ""), Some(true));
    }

    #[test]
    fn api_versions() {
        let at = |v: &str, range: &str, p| in_range(&Version::date(v).unwrap(), range, Version::date, p);
        assert_eq!(at("2021-06-01", ">=2019-04-01", false), Some(true));
        assert_eq!(at("2021-06-01-preview", ">=2019-04-01", false), Some(false));
        assert_eq!(at("2021-06-01-preview", ">=2019-04-01", true), Some(true));
        assert_eq!(at("2018-07-01", ">=2019-04-01", true), Some(false));
        assert!(Version::date("latest").is_none());
    }
}
