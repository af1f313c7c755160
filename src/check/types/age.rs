//! How old an API version is, and which one takes its place.

use jiff::civil::Date;
use jiff::{Span as Days, ToSpan};

use crate::types::is_api_version;

/// How old a version may be, in days, unless the configuration says otherwise.
pub const MOST_DAYS: i64 = 365 * 2;

/// A version that is newer than this many days is not yet recommended to anybody.
const GRACE_DAYS: i64 = 90;

#[derive(Clone, PartialEq, Eq)]
struct Version {
    date: Date,
    suffix: String,
}

impl Version {
    fn parse(text: &str) -> Option<Version> {
        let date: Date = text.get(..10)?.parse().ok()?;
        let suffix = text.get(10..)?.to_ascii_lowercase();
        is_api_version(text).then_some(Version { date, suffix })
    }

    fn is_stable(&self) -> bool {
        self.suffix.is_empty()
    }

    fn text(&self) -> String {
        format!("{}{}", self.date, self.suffix)
    }
}

/// The version to use instead of one that is too old, or a preview that a stable one has taken the place of. `None` if it can stay, or is
/// none of `all`, which are those of its type.
pub fn newer(version: &str, all: &[&str], today: Date, most_days: i64) -> Option<String> {
    let own = Version::parse(version)?;
    let all: Vec<Version> = all.iter().filter_map(|v| Version::parse(v)).collect();
    let accepted = accepted(&all, today, most_days);
    let days = |n: i64| today.checked_sub(n.days()).ok();
    let is_new = GRACE_DAYS > 0 && days(GRACE_DAYS).is_some_and(|limit| own.date > limit);
    if is_new || accepted.contains(&own) || !all.contains(&own) {
        return None;
    }
    accepted.first().map(Version::text)
}

/// What is wrong with a version that is too old, as a sentence.
pub fn words(type_: &str, version: &str, most_days: i64) -> String {
    format!(
        "The API version {version} of `{type_}` is older than {most_days} days, or a preview that a newer version has taken the place of."
    )
}

/// The versions that nobody has to leave, the one to recommend first.
fn accepted(all: &[Version], today: Date, most_days: i64) -> Vec<Version> {
    let before = |n: Days| today.checked_sub(n).unwrap_or(Date::MIN);
    let settled = |v: &&Version| v.date <= before(GRACE_DAYS.days());
    let of = |stable: bool, settled_only: bool| -> Vec<&Version> {
        all.iter().filter(|v| v.is_stable() == stable).filter(|v| !settled_only || settled(v)).collect()
    };
    let only_settled = all.iter().any(|v| settled(&v));
    let (stable, previews) = (of(true, only_settled), of(false, only_settled));
    let is_recent = |v: &&&Version| v.date >= before(most_days.days());
    let newest = |list: &[&Version]| list.iter().map(|v| v.date).max();
    let of_date = |list: &[&Version]| -> Vec<Version> {
        let newest = newest(list);
        list.iter().filter(|v| Some(v.date) == newest).map(|v| (*v).clone()).collect()
    };
    let mut out: Vec<Version> = stable.iter().filter(is_recent).map(|v| (*v).clone()).collect();
    if out.is_empty() {
        out = of_date(&stable);
    }
    let recent = previews.iter().filter(is_recent).map(|v| (*v).clone());
    match newest(&stable) {
        Some(last) => out.extend(recent.filter(|v| v.date > last)),
        None => {
            out.extend(recent);
            if out.is_empty() {
                out = of_date(&previews);
            }
        }
    }
    out.sort_by(|a, b| b.date.cmp(&a.date).then(b.is_stable().cmp(&a.is_stable())).then(a.suffix.cmp(&b.suffix)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted_of(all: &[&str]) -> Vec<String> {
        let all: Vec<Version> = all.iter().map(|v| Version::parse(v).unwrap()).collect();
        accepted(&all, "2026-07-01".parse().unwrap(), MOST_DAYS).iter().map(Version::text).collect()
    }

    #[test]
    fn recent_stable_versions_and_newer_previews_are_accepted() {
        assert_eq!(accepted_of(&["2020-01-01", "2025-01-01", "2025-06-01"]), ["2025-06-01", "2025-01-01"]);
        assert_eq!(accepted_of(&["2020-01-01", "2021-01-01"]), ["2021-01-01"], "the newest of old ones");
        assert_eq!(
            accepted_of(&["2025-01-01", "2025-02-01-preview", "2024-12-01-preview"]),
            ["2025-02-01-preview", "2025-01-01"]
        );
        assert_eq!(accepted_of(&["2019-01-01-preview", "2020-01-01-preview"]), ["2020-01-01-preview"]);
        assert_eq!(accepted_of(&["2025-01-01", "2026-06-01"]), ["2025-01-01"], "too new to recommend");
        assert_eq!(accepted_of(&["2026-06-01"]), ["2026-06-01"], "there is no other");
    }

    #[test]
    fn the_newest_takes_the_place_of_old_ones() {
        let newer = |version| {
            newer(version, &["2019-06-01", "2025-01-01", "2025-06-01"], "2026-07-01".parse().unwrap(), MOST_DAYS)
        };
        assert_eq!(newer("2019-06-01").as_deref(), Some("2025-06-01"));
        assert_eq!(newer("2025-01-01"), None);
        assert_eq!(newer("2019-06-02"), None, "nobody knows it");
        assert_eq!(newer("latest"), None);
    }
}
