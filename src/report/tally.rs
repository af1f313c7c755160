//! What a scan found, held against what the scan before it found: how much there is, what is new, how much is gone.

use std::collections::HashMap;

use super::finding::{self, Finding};
use super::place::Places;
use super::{Report, concise, words};
use crate::check::Outcome;
use crate::diagnostic::Level;

/// The findings of a scan, to be held against those of another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many there are of each level.
    levels: Vec<(Level, usize)>,
    /// How many diagnostics say that something could not be read or expanded: there may be more findings than are known.
    pub incomplete: usize,
    /// Each finding, in the order of reports.
    findings: Vec<Known>,
}

/// A finding of which its report is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    file: String,
    /// What survives edits: see [`Finding::known_again_by`].
    identity: String,
    /// The finding as one line for people.
    line: String,
}

/// What another scan found otherwise.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Difference<'t> {
    /// What it found more, each as one line for people.
    pub new: Vec<&'t str>,
    /// How many findings it has no more.
    pub gone: usize,
}

impl Tally {
    /// The findings of a report that count: what is known or accepted is not among them.
    pub fn of(report: &Report) -> Self {
        let places = Places::new(report);
        let findings = finding::findings(report, &places, &[Outcome::Fail]);
        let level = |level| (level, findings.iter().filter(|f| f.level == level).count());
        Tally {
            levels: [Level::Error, Level::Warning, Level::Note].map(level).to_vec(),
            incomplete: report.diagnostics.iter().filter(|d| d.level == Level::Error).count(),
            findings: findings.iter().map(Known::of).collect(),
        }
    }

    /// `3 errors, 2 warnings`, or `no findings`.
    pub fn words(&self) -> String {
        let some = self.levels.iter().filter(|(_, n)| *n > 0);
        let parts: Vec<String> = some.map(|(level, n)| words::count(*n, level.as_str())).collect();
        if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") }
    }

    /// What is otherwise than in the scan before. A finding that has moved within its file is the same.
    pub fn since(&self, before: &Tally) -> Difference<'_> {
        let mut left: HashMap<(&str, &str), usize> = HashMap::new();
        for known in &before.findings {
            *left.entry(known.key()).or_default() += 1;
        }
        let mut new = Vec::new();
        for known in &self.findings {
            match left.get_mut(&known.key()) {
                Some(n) if *n > 0 => *n -= 1,
                _ => new.push(known.line.as_str()),
            }
        }
        Difference { new, gone: left.values().sum() }
    }
}

impl Known {
    fn of(finding: &Finding) -> Self {
        let file = finding.place.as_ref().map(|p| p.file.shown.as_str()).or(finding.file());
        Known {
            file: file.unwrap_or_default().to_owned(),
            identity: format!("{} {}", finding.level.as_str(), finding.known_again_by()),
            line: concise::line(finding),
        }
    }

    fn key(&self) -> (&str, &str) {
        (&self.file, &self.identity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(findings: &[(&str, &str, &str)]) -> Tally {
        let known = |(file, identity, line): &(&str, &str, &str)| Known {
            file: (*file).to_owned(),
            identity: (*identity).to_owned(),
            line: (*line).to_owned(),
        };
        Tally { findings: findings.iter().map(known).collect(), ..Tally::default() }
    }

    #[test]
    fn what_moves_is_neither_new_nor_gone_and_of_what_is_alike_each_counts() {
        let before = tally(&[("a", "x", "a:1"), ("a", "x", "a:2"), ("b", "y", "b:1")]);
        let after = tally(&[("a", "x", "a:7"), ("b", "x", "b:3"), ("b", "y", "b:1"), ("b", "y", "b:9")]);
        assert_eq!(after.since(&before), Difference { new: vec!["b:3", "b:9"], gone: 1 });
        assert_eq!(after.since(&after), Difference::default());
        assert_eq!(Tally::default().since(&before).gone, 3);
    }

    #[test]
    fn levels_that_nothing_has_are_not_named() {
        let levels = |levels: &[(Level, usize)]| Tally { levels: levels.to_vec(), ..Tally::default() }.words();
        assert_eq!(levels(&[(Level::Error, 1), (Level::Warning, 0), (Level::Note, 3)]), "1 error, 3 notes");
        assert_eq!(levels(&[(Level::Error, 0)]), "no findings");
    }
}
