//! The JSON report that `contract.md` promises to scripts.

use std::io::{self, Write};
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::place::{File, Place, Places};
use super::{Report, finding, long_list};
use crate::check::{CheckResult, Related, State, Target};
use crate::diagnostic::{self, Diagnostic};
use crate::known::Earlier;
use crate::read::Position;

/// How the report begins, without spaces.
pub(super) const BEGINNING: &str = r#"{"version":1,"tool":{"name":"armlint","#;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    version: u32,
    tool: Tool,
}

/// What comes after the results.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Tail<'a> {
    files: Vec<FileEntry<'a>>,
    diagnostics: Vec<DiagnosticEntry<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<SinceEntry<'a>>,
}

/// What the results were compared with, and what is gone.
#[derive(Serialize)]
struct SinceEntry<'a> {
    name: &'a str,
    commit: &'a str,
    fixed: Vec<FixedEntry<'a>>,
    #[serde(rename = "notCompared")]
    not_compared: &'a [String],
}

/// A finding that was there and is not there any more, with the place that it had.
#[derive(Serialize)]
struct FixedEntry<'a> {
    rule: &'a str,
    resource: Resource<'a>,
    message: &'a str,
    location: Region,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct ResultEntry<'a> {
    rule: &'a str,
    #[serde(rename = "ref")]
    reference: &'a str,
    outcome: &'static str,
    level: &'static str,
    severity: &'static str,
    pillar: &'static str,
    resource: Resource<'a>,
    message: &'a str,
    location: Option<Location<'a>>,
    related: Vec<RelatedEntry<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixEntry<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppression: Option<SuppressionEntry<'a>>,
    /// `new`, `updated` or `unchanged`, as in SARIF.
    #[serde(rename = "baselineState", skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
}

/// A change that makes the finding go: `text` takes the place of the region, which is empty for an insertion.
#[derive(Serialize)]
struct FixEntry<'a> {
    description: &'a str,
    safety: &'static str,
    text: &'a str,
    #[serde(flatten)]
    region: Region,
}

/// Who accepted a result, in SARIF's words.
#[derive(Serialize)]
struct SuppressionEntry<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Region>,
}

#[derive(Serialize)]
struct Resource<'a> {
    #[serde(rename = "type")]
    type_: &'a str,
    name: &'a str,
    id: &'a str,
    symbol: Option<&'a str>,
}

#[derive(Serialize)]
struct Location<'a> {
    #[serde(flatten)]
    region: Region,
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<&'a str>,
}

/// A place; only the file is there where there is no text to point at.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    file: Name,
    #[serde(flatten)]
    lines: Option<Lines>,
}

/// What a file is called.
enum Name {
    Of(Arc<File>),
    Text(String),
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Name::Of(file) => &file.shown,
            Name::Text(text) => text,
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Lines {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
struct RelatedEntry<'a> {
    message: &'a str,
    #[serde(flatten)]
    region: Region,
}

#[derive(Serialize)]
struct FileEntry<'a> {
    path: String,
    kind: &'a str,
    status: &'static str,
    reason: &'a str,
    resources: usize,
}

#[derive(Serialize)]
struct DiagnosticEntry<'a> {
    level: &'static str,
    code: &'a str,
    message: &'a str,
    location: Option<Region>,
}

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    let mut files: Vec<_> = report.files.iter().map(|f| (places.shown(&f.path), f)).collect();
    files.sort_by(|(a, x), (b, y)| (a, x.kind, x.status, &x.reason).cmp(&(b, y.kind, y.status, &y.reason)));
    let tool = Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };
    let ordered = finding::ordered(report, &places, |r| report.outcomes.contains(r.outcome));
    let tail = Tail {
        files: files
            .into_iter()
            .map(|(path, f)| FileEntry {
                path,
                kind: f.kind,
                status: f.status.as_str(),
                reason: &f.reason,
                resources: f.resources,
            })
            .collect(),
        diagnostics: finding::diagnostics(report, &places)
            .into_iter()
            .map(|(d, place, _)| said(d, place, &places))
            .collect(),
        since: report.since.map(|since| SinceEntry {
            name: &since.name,
            commit: &since.commit,
            fixed: since.fixed.iter().map(fixed).collect(),
            not_compared: &since.notes,
        }),
    };
    let results = ("results", &ordered[..], |one| entry(one, &places));
    long_list::write(&Head { version: 1, tool }, results, &tail, out)
}

fn entry<'a>((result, place): &(&'a CheckResult, Option<Place>), places: &Places) -> ResultEntry<'a> {
    let mut related: Vec<&Related> = Vec::with_capacity(result.flow.len() + result.related.len());
    for step in result.flow.iter().chain(&result.related) {
        if !related.contains(&step) {
            related.push(step);
        }
    }
    ResultEntry {
        rule: &result.rule.id,
        reference: &result.rule.reference,
        outcome: result.outcome.as_str(),
        level: result.level.as_str(),
        severity: result.rule.severity.as_str(),
        pillar: result.rule.pillar.as_str(),
        resource: resource(&result.target),
        message: &result.message,
        location: place
            .as_ref()
            .map(|p| Location { region: region(p), pointer: result.location.as_ref().map(|l| l.pointer.as_str()) }),
        related: related
            .into_iter()
            .filter_map(|r| Some(RelatedEntry { message: &r.message, region: region(&places.place(r.span)?) }))
            .collect(),
        fix: result.shown_fix().and_then(|f| {
            let region = region(&places.place(f.span)?);
            Some(FixEntry { description: &f.description, safety: f.safety.as_str(), text: &f.text, region })
        }),
        suppression: result.suppression.as_ref().map(|s| SuppressionEntry {
            kind: s.by.kind(),
            justification: s.reason.as_deref(),
            location: s.place.and_then(|span| places.place(span)).map(|place| region(&place)),
        }),
        state: result.state.map(State::as_str),
    }
}

fn resource(target: &Target) -> Resource<'_> {
    Resource { type_: &target.type_, name: &target.name, id: &target.id, symbol: target.symbol.as_deref() }
}

fn fixed(gone: &Earlier) -> FixedEntry<'_> {
    let lines = gone.region.map(|(start, end)| lines(start, end));
    let location = Region { file: Name::Text(gone.file.clone()), lines };
    FixedEntry { rule: &gone.rule.id, resource: resource(&gone.target), message: &gone.message, location }
}

fn said<'a>(d: &'a Diagnostic, place: Option<Place>, places: &Places) -> DiagnosticEntry<'a> {
    let location = match (&d.place, place) {
        (_, Some(place)) => Some(region(&place)),
        (diagnostic::Place::Path(path), None) => Some(Region { file: Name::Text(places.shown(path)), lines: None }),
        _ => None,
    };
    DiagnosticEntry { level: d.level.as_str(), code: d.code, message: &d.message, location }
}

fn region(place: &Place) -> Region {
    Region { file: Name::Of(place.file.clone()), lines: Some(lines(place.start, place.end)) }
}

fn lines(start: Position, end: Position) -> Lines {
    Lines { start_line: start.line, start_column: start.column, end_line: end.line, end_column: end.column }
}
