//! SARIF 2.1.0 for GitHub code scanning and everybody else who reads it.
//!
//! What GitHub reads and where its limits lie: "SARIF support for code scanning" in GitHub's documentation. What the
//! fields mean: the OASIS standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
//!
//! The file is uploaded, so it names no user, machine, absolute path, time or environment; and it is the same for the
//! same input.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};

use serde::Serialize;
use serde_sarif::sarif as s;

use super::finding;
use super::place::Places;
use super::{FileStatus, Report, cut, escape, words};
use crate::check::Outcome;
use crate::diagnostic::{Level, Place as At};

pub(super) mod limits;
mod result;
mod rules;

use result::{Numbered, Results};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// How the file begins, without spaces.
pub(super) const BEGINNING: &str = concat!(
    r#"{"$schema":"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json","#,
    r#""runs":[{"automationDetails":{"id":"armlint/"#
);
/// The name of the repository's root in every URI.
const ROOT: &str = "%SRCROOT%";

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    let mut outcomes = vec![Outcome::Fail];
    let suppressed = report.outcomes.contains(Outcome::Suppressed);
    if suppressed || report.since.is_some() {
        outcomes.push(Outcome::Suppressed);
    }
    // What was there before is no less a result: code scanning compares by itself, and closes the alerts that it does not see.
    let is_result = |f: &finding::Finding<'_>| suppressed || f.outcome == Outcome::Fail || f.state.is_some();
    let found = finding::findings(report, &places, &outcomes).into_iter().filter(is_result).collect();
    let mut findings = result::numbered(found);
    let total = findings.len();
    let importance = |n: &Numbered<'_>| (n.finding.outcome, finding::importance(&n.finding));
    limits::keep_worst(&mut findings, report.max_results.min(limits::RESULTS), importance);
    loop {
        let mut draft = limits::Draft::default();
        escape::write_json(&log(report, &places, &findings, total), &mut draft)?;
        match draft.too_large()? {
            Some(share) if findings.len() > 1 => {
                let limit = ((findings.len() as f64 * share) as usize).clamp(1, findings.len() - 1);
                limits::keep_worst(&mut findings, limit, importance);
            }
            _ => return draft.write_to(out),
        }
    }
}

/// A [`s::Sarif`] with one run, member for member in the same order, whose results are made while it is written.
#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    runs: [Run<'a>; 1],
    version: &'static str,
}

/// See [`s::Run`].
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    automation_details: s::RunAutomationDetails,
    column_kind: &'static str,
    invocations: [s::Invocation; 1],
    original_uri_base_ids: BTreeMap<String, s::ArtifactLocation>,
    results: Results<'a>,
    tool: s::Tool,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_control_provenance: Option<Vec<s::VersionControlDetails>>,
}

fn log<'a>(report: &Report, places: &'a Places<'a>, findings: &'a [Numbered<'a>], total: usize) -> Log<'a> {
    let (rules, index) = rules::rules(findings.iter().map(|n| n.finding.rule));
    let notifications = notifications(report, places, findings.len(), total);
    let driver = s::ToolComponent::builder()
        .name(env!("CARGO_PKG_NAME"))
        .version(env!("CARGO_PKG_VERSION"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .information_uri(env!("CARGO_PKG_REPOSITORY"))
        .rules(rules)
        .build();
    let invocation = s::Invocation::builder()
        .execution_successful(successful(report))
        .tool_execution_notifications(notifications)
        .build();
    let root = s::ArtifactLocation::builder().description(plain("The root of the repository.")).build();
    let run = Run {
        automation_details: s::RunAutomationDetails::builder().id(category(report.category)).build(),
        column_kind: "utf16CodeUnits",
        invocations: [invocation],
        original_uri_base_ids: BTreeMap::from([(ROOT.to_owned(), root)]),
        results: Results { findings, rules: index, places },
        tool: s::Tool::builder().driver(driver).build(),
        version_control_provenance: provenance(report),
    };
    Log { schema: SCHEMA, runs: [run], version: "2.1.0" }
}

/// GitHub takes what stands before the last slash for the category, so an id ends with one.
pub(super) fn category(given: Option<&str>) -> String {
    let given = escape::visible(given.unwrap_or_default()).trim_matches(['/', ' ']).to_owned();
    if given.is_empty() { "armlint/".into() } else { format!("armlint/{given}/") }
}

/// A run is successful as long as something could be analysed: a broken file among others has its notification, and a
/// reader must not throw the other files' results away. It failed if every candidate did, or if there was none and an
/// error said why.
fn successful(report: &Report) -> bool {
    let analysed = |s| matches!(s, FileStatus::Analysed | FileStatus::Partly | FileStatus::Generated);
    let failed = report.files.iter().any(|f| f.status == FileStatus::Failed)
        || report.diagnostics.iter().any(|d| d.level == Level::Error);
    !failed || report.files.iter().any(|f| analysed(f.status))
}

fn provenance(report: &Report) -> Option<Vec<s::VersionControlDetails>> {
    let p = report.provenance.as_ref()?;
    let details = s::VersionControlDetails::builder()
        .repository_uri(&p.repository)
        .opt_revision_id(p.revision.clone())
        .opt_branch(p.branch.clone())
        .mapped_to(s::ArtifactLocation::builder().uri_base_id(ROOT).build())
        .build();
    Some(vec![details])
}

/// What there is to say besides results: diagnostics, rules that failed, results left out. Each names its kind in
/// `descriptor.id`; the kinds are not described in the tool, as a reader for GitHub would ask each for a page of help.
fn notifications(report: &Report, places: &Places, kept: usize, total: usize) -> Vec<s::Notification> {
    let mut said = Vec::new();
    for (d, place, _) in finding::diagnostics(report, places).into_iter().take(limits::NOTIFICATIONS) {
        let location = match (&d.place, place) {
            (_, Some(place)) => Some(result::physical(&place)),
            (At::Path(path), None) => {
                let artifact = result::artifact(&places.uri(path));
                Some(s::PhysicalLocation::builder().artifact_location(artifact).build())
            }
            _ => None,
        };
        let location = location.map(|l| s::Location::builder().physical_location(l).build());
        said.push(notification(d.code, d.level, &d.message, location, None));
    }
    let mut broken = HashSet::new();
    for f in finding::findings(report, places, &[Outcome::Error]) {
        if said.len() < limits::NOTIFICATIONS && broken.insert((f.rule.id.clone(), f.message)) {
            let location =
                f.place.as_ref().map(|p| s::Location::builder().physical_location(result::physical(p)).build());
            let text = format!("Rule {} failed to run: {}", f.rule.id, words::message(&f));
            said.push(notification("rule-failed", Level::Error, &text, location, Some(&f.rule.id)));
        }
    }
    if kept < total {
        said.push(left_out(total - kept, kept, total));
    }
    said
}

/// The one notification that says how much a file lacks.
pub(super) fn left_out(missing: usize, kept: usize, total: usize) -> s::Notification {
    let total = words::count(total, "finding");
    let text = format!(
        "{missing} of {total} are not in this file; the most severe {kept} are. The JSON report (--report json=FILE) \
         holds all of them."
    );
    notification("results-left-out", Level::Warning, &text, None, None)
}

fn notification(
    code: &str,
    level: Level,
    text: &str,
    location: Option<s::Location>,
    rule: Option<&str>,
) -> s::Notification {
    let refer = |id: &str| s::ReportingDescriptorReference::builder().id(id).build();
    s::Notification::builder()
        .descriptor(refer(code))
        .level(level.as_str())
        .message(plain(text))
        .opt_locations(location.map(|l| vec![l]))
        .opt_associated_rule(rule.map(refer))
        .build()
}

/// A message of plain text, in which nothing is a link.
fn plain(text: &str) -> s::Message {
    s::Message::builder().text(escape::sarif_text(&cut::visible(text, limits::MESSAGE))).build()
}
