//! GitLab's Code Quality report, which a merge request shows beside the changed lines.
//!
//! An array of issues; GitLab takes two with one fingerprint for one, and knows an issue again by it. What has no place in a file
//! cannot be shown there and stands at the first line of its file; what is about no file is left to the other reports.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::place::{Place, Places};
use super::{Report, cut, escape, finding, words};
use crate::check::Outcome;
use crate::diagnostic::Level;

/// The longest description, in characters.
const DESCRIPTION: usize = 1_000;

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    let mut issues = Issues { list: Vec::new(), seen: HashMap::new() };
    for f in finding::findings(report, &places, &[Outcome::Fail, Outcome::Error]) {
        let severity = match f.level {
            Level::Error => "critical",
            Level::Warning => "major",
            Level::Note => "info",
        };
        issues.add(f.place.as_ref(), f.file(), &f.rule.id, severity, &words::message(&f), &f.known_again_by());
    }
    for (d, place, path) in finding::diagnostics(report, &places) {
        let severity = match d.level {
            Level::Error => "blocker",
            Level::Warning => "minor",
            Level::Note => "info",
        };
        let file = Some(path.as_str()).filter(|p| !p.is_empty());
        issues.add(place.as_ref(), file, d.code, severity, &d.message, &format!("{}:{}", d.code, d.message));
    }
    escape::write_json(&issues.list, out)
}

struct Issues {
    list: Vec<Issue>,
    /// How often an identity came up in a file.
    seen: HashMap<(String, String), u32>,
}

impl Issues {
    fn add(
        &mut self,
        place: Option<&Place>,
        file: Option<&str>,
        check: &str,
        severity: &'static str,
        message: &str,
        identity: &str,
    ) {
        let Some(path) = place.map(|p| p.file.path()).or(file.map(str::to_owned)) else { return };
        let nth = self.seen.entry((path.clone(), identity.to_owned())).or_default();
        *nth += 1;
        let digest = Sha256::digest(format!("{path}\0{identity}\0{nth}"));
        let fingerprint = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let lines = place.map_or(Lines { begin: 1, end: 1 }, |p| {
            let (start, end) = p.tight();
            Lines { begin: start.line, end: end.line }
        });
        let description = cut::visible(message, DESCRIPTION).into_owned();
        let location = Location { path, lines };
        self.list.push(Issue { description, check_name: check.to_owned(), fingerprint, severity, location });
    }
}
