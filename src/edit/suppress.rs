//! Changes that accept findings: a comment with the reason above the place that breaks the rule, or before it where its line
//! holds more.

use std::collections::BTreeMap;

use ecow::{EcoString, eco_format};

use super::change::Change;
use super::rounds::about as about_result;
use crate::check::result::Safety;
use crate::check::{CheckResult, Outcome};
use crate::read::{FileId, Source, Span};
use crate::session::Verdicts;
use crate::suppress::{Room, rooms};

/// What a comment says.
#[derive(Debug, Clone)]
pub struct Words {
    /// The rule, as the user names it.
    pub rule: String,
    /// Why the findings are accepted; one line.
    pub reason: String,
    /// The last day on which they are, as `2027-01-31`.
    pub until: Option<String>,
}

impl Words {
    fn said(&self) -> EcoString {
        let until = self.until.as_ref().map(|day| eco_format!(" until={day}")).unwrap_or_default();
        eco_format!("armlint: ignore {}{until} -- {}", self.rule, self.reason)
    }
}

/// The comments that accept these verdicts' failures.
pub fn changes(verdicts: &Verdicts, words: &Words) -> Vec<Change> {
    commented(verdicts.results().iter().filter(|r| r.outcome == Outcome::Fail), verdicts, words)
}

/// The comments that accept one of these verdicts.
pub fn of(result: &CheckResult, verdicts: &Verdicts, words: &Words) -> Vec<Change> {
    commented(std::iter::once(result), verdicts, words)
}

fn commented<'r>(results: impl Iterator<Item = &'r CheckResult>, verdicts: &Verdicts, words: &Words) -> Vec<Change> {
    let mut by_file: BTreeMap<FileId, Vec<(Span, &CheckResult)>> = BTreeMap::new();
    for result in results {
        let places = result.stands.iter().flat_map(|s| &s.places).copied();
        let places = places.chain(result.location.as_ref().map(|l| l.span).filter(|_| result.stands.is_empty()));
        for place in places {
            by_file.entry(place.file).or_default().push((place, result));
        }
    }
    let mut out = Vec::new();
    for about in by_file.into_values() {
        let Some(source) = about.first().and_then(|(place, _)| verdicts.source(*place)) else { continue };
        let places: Vec<Span> = about.iter().map(|(place, _)| *place).collect();
        let rooms = rooms(&source, &places);
        out.extend(rooms.into_iter().zip(about).filter_map(|(room, (_, result))| {
            let (at, text) = written(&source, room, words)?;
            Some(Change {
                path: source.path.clone(),
                range: at..at,
                text,
                description: eco_format!("Accept {} here", words.rule),
                safety: Safety::Safe,
                accepts: true,
                about: vec![about_result(result)],
            })
        }));
    }
    out
}

/// A comment, and where it is put.
fn written(source: &Source, room: Room, words: &Words) -> Option<(usize, EcoString)> {
    match room {
        Room::Above(start) => {
            let line = source.text().get(start..)?;
            let indent = line.get(..line.find(|c: char| c != ' ' && c != '\t').unwrap_or(line.len()))?;
            // The line end that the file has.
            let end = if source.text().contains("\r\n") { "\r\n" } else { "\n" };
            Some((start, eco_format!("{indent}// {}{end}", words.said())))
        }
        // What ends a comment must not stand in it.
        Room::Before(at) => Some((at, eco_format!("/* {} */ ", words.said().replace("*/", "* /")))),
    }
}
