//! One finding as one SARIF result.

use std::collections::{BTreeMap, HashMap};

use serde::{Serialize, Serializer};
use serde_sarif::sarif as s;

use super::{ROOT, limits, plain};
use crate::check::{Acceptance, AcceptedBy, Outcome, Related, Target};
use crate::diagnostic::Level;
use crate::read::{Position, Span};
use crate::report::finding::Finding;
use crate::report::fingerprint::{IDENTITY, LINE_HASH};
use crate::report::place::{Place, Places, encode};
use crate::report::{cut, escape, words};

/// A finding with what tells it apart from its like.
pub struct Numbered<'a> {
    /// The finding.
    pub finding: Finding<'a>,
    identity: String,
}

/// The findings that have a place: code scanning refuses results without one. Those that look alike (two elements of an
/// array) are numbered within their file.
pub fn numbered(findings: Vec<Finding<'_>>) -> Vec<Numbered<'_>> {
    let mut seen: HashMap<(String, String), u32> = HashMap::new();
    findings
        .into_iter()
        .filter(has_location)
        .map(|finding| {
            let file = finding.place.as_ref().map(|p| p.file.shown.clone()).unwrap_or_default();
            let identity = finding.identity();
            let nth = seen.entry((file, identity.clone())).or_insert(0);
            *nth += 1;
            Numbered { finding, identity: format!("{identity}:{nth}") }
        })
        .collect()
}

/// The results of findings, each made when it is written: all of them at once would be the largest thing of a run.
pub struct Results<'a> {
    /// The findings.
    pub findings: &'a [Numbered<'a>],
    /// Where rules stand in the list of rules, by id.
    pub rules: HashMap<&'a str, i64>,
    /// Where things are.
    pub places: &'a Places<'a>,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.findings.iter().filter_map(|n| {
            let rule = self.rules.get(n.finding.rule.id.as_str()).copied();
            result(n, rule, self.places)
        }))
    }
}

fn result(n: &Numbered, rule: Option<i64>, places: &Places) -> Option<s::Result> {
    let f = &n.finding;
    let location = location(f)?;
    let mut fingerprints = BTreeMap::from([(IDENTITY.to_owned(), n.identity.clone())]);
    if let Some(hash) = f.place.as_ref().and_then(|p| p.file.line_hash(p.start.line)) {
        fingerprints.insert(LINE_HASH.to_owned(), hash);
    }
    let related = related(f, places);
    let flows = flows(f, places);
    // What was there before is a result like any other: whoever reads the file compares for himself.
    let before = f.suppression.is_some_and(|s| s.by == AcceptedBy::Before);
    let suppression = (f.outcome == Outcome::Suppressed && !before).then(|| {
        vec![
            s::Suppression::builder()
                .kind(f.suppression.map_or("external", |s| s.by.kind()))
                .status("accepted")
                .opt_justification(justification(f))
                .opt_location(f.suppression.and_then(|s| said_at(s, places)))
                .build(),
        ]
    });
    let result = s::Result::builder()
        .rule_id(f.rule.id.as_str())
        .opt_rule_index(rule)
        .kind(s::ResultKind::Fail)
        .level(level(f.level))
        .message(message(f, &related))
        .locations(vec![location])
        .opt_related_locations(
            (!related.is_empty()).then(|| related.into_iter().map(|r| r.location).collect::<Vec<_>>()),
        )
        .opt_code_flows((!flows.is_empty()).then_some(flows))
        .opt_fixes(fix(f, places).map(|fix| vec![fix]))
        .partial_fingerprints(fingerprints)
        .opt_suppressions(suppression)
        .opt_baseline_state(f.state.map(|s| s.as_str().into()))
        .build();
    Some(result)
}

fn justification(f: &Finding) -> Option<String> {
    let reason = f.suppression?.reason.as_deref()?;
    Some(cut::visible(reason, limits::MESSAGE).into_owned())
}

/// Where in the repository it is said that a finding is accepted.
fn said_at(acceptance: &Acceptance, places: &Places) -> Option<s::Location> {
    let place = places.place(acceptance.place.filter(|_| acceptance.by == AcceptedBy::Source)?)?;
    Some(s::Location::builder().physical_location(physical(&place)).build())
}

fn level(level: Level) -> s::ResultLevel {
    match level {
        Level::Error => s::ResultLevel::Error,
        Level::Warning => s::ResultLevel::Warning,
        Level::Note => s::ResultLevel::Note,
    }
}

struct Linked {
    words: String,
    location: s::Location,
}

/// What the message links to: the places the value came through, then those that belong to it.
fn related(f: &Finding, places: &Places) -> Vec<Linked> {
    let mut seen: Vec<&Related> = Vec::new();
    for step in f.flows.iter().copied().flatten().chain(f.related.iter().copied()) {
        if seen.len() < limits::LOCATIONS && Some(step.span) != f.span && !seen.contains(&step) {
            seen.push(step);
        }
    }
    let mut out = Vec::with_capacity(seen.len());
    for step in seen {
        if let Some(place) = places.place(step.span) {
            let location = s::Location::builder()
                .id(out.len() as i64 + 1)
                .physical_location(physical(&place))
                .message(plain(&step.message))
                .build();
            out.push(Linked { words: step.message.to_string(), location });
        }
    }
    out
}

/// The message: check's own first sentence, which GitHub takes for the title of the alert; then what is affected; then
/// links to other places, in the form `[words](id)` that SARIF (3.11.6) and GitHub share.
fn message(f: &Finding, related: &[Linked]) -> s::Message {
    const LINKS: usize = 5;
    let why = words::message(f);
    let why = cut::visible(&why, limits::MESSAGE);
    let mut text = escape::sarif_text(&why);
    let mut markdown = escape::prose(&why);
    let resources: Vec<_> = f.targets.iter().copied().filter(|t| !t.type_.starts_with('.')).collect();
    if !resources.is_empty() {
        text.push_str(&format!(" Affects {}.", escape::sarif_text(&words::targets(f, limits::TARGETS))));
        let names: Vec<_> = resources
            .iter()
            .take(limits::TARGETS)
            .map(|t| format!("{} ({})", escape::code(words::name(t)), escape::code(&t.type_)))
            .collect();
        markdown.push_str(&format!("\n\nAffects {}", names.join(", ")));
        if resources.len() > limits::TARGETS {
            markdown.push_str(&format!(" and {} more", resources.len() - limits::TARGETS));
        }
        markdown.push('.');
    }
    if !related.is_empty() {
        let link = |words: String, id: usize| format!("[{words}]({})", id + 1);
        let shown = related.iter().enumerate().take(LINKS);
        // Brackets in the words of a link would end it.
        let words = |l: &Linked| escape::visible(&l.words).replace(['[', '('], "‹").replace([']', ')'], "›");
        let texts: Vec<_> = shown.clone().map(|(i, l)| link(words(l), i)).collect();
        let marks: Vec<_> = shown.map(|(i, l)| link(escape::markdown(&l.words), i)).collect();
        text.push_str(&format!(" See {}.", texts.join(", ")));
        markdown.push_str(&format!("\n\nSee {}.", marks.join(", ")));
    }
    s::Message::builder().text(text).markdown(markdown).build()
}

fn has_location(f: &Finding<'_>) -> bool {
    f.place.is_some() || f.file().is_some()
}

/// Where to edit. A finding about a file without text (an empty file) stands on its first line.
fn location(f: &Finding) -> Option<s::Location> {
    let physical = match (&f.place, f.target()) {
        (Some(place), _) => physical(place),
        (None, Some(target)) if target.type_.starts_with('.') => {
            let uri: Vec<_> = target.name.split('/').map(encode).collect();
            s::PhysicalLocation::builder()
                .artifact_location(artifact(&uri.join("/")))
                .region(s::Region::builder().start_line(1).build())
                .build()
        }
        _ => return None,
    };
    let mut logical: Vec<_> = f.targets.iter().take(limits::TARGETS).filter_map(|t| resource(t)).collect();
    if let Some((_, name)) = f.pointer.rsplit_once('/') {
        logical.push(
            s::LogicalLocation::builder()
                .name(escape::visible(&name.replace("~1", "/").replace("~0", "~")))
                .fully_qualified_name(escape::visible(f.pointer))
                .kind("property")
                .build(),
        );
    }
    Some(
        s::Location::builder()
            .physical_location(physical)
            .opt_logical_locations((!logical.is_empty()).then_some(logical))
            .build(),
    )
}

fn resource(target: &Target) -> Option<s::LogicalLocation> {
    if target.type_.starts_with('.') {
        return None;
    }
    let full = if target.id.is_empty() { format!("{}/{}", target.type_, target.name) } else { target.id.to_string() };
    Some(
        s::LogicalLocation::builder()
            .name(escape::visible(words::name(target)))
            .fully_qualified_name(escape::visible(&full))
            .kind("resource")
            .build(),
    )
}

/// From the place that decided the value to the property that has it. `CheckResult::flow` goes the other way.
fn flows(f: &Finding, places: &Places) -> Vec<s::CodeFlow> {
    let mut left = limits::STEPS;
    let mut out = Vec::new();
    for flow in &f.flows {
        let decided = f.span.filter(|span| flow.last().is_none_or(|last| last.span != *span));
        let decided = decided.and_then(|span| step(span, "The value is decided here.", places));
        let steps: Vec<_> = decided
            .into_iter()
            .chain(flow.iter().rev().filter_map(|r| step(r.span, &r.message, places)))
            .take(left)
            .collect();
        // One step is no way.
        if steps.len() > 1 {
            left -= steps.len();
            let thread = s::ThreadFlow::builder().locations(steps).build();
            out.push(s::CodeFlow::builder().thread_flows(vec![thread]).build());
        }
    }
    out
}

fn step(span: Span, words: &str, places: &Places) -> Option<s::ThreadFlowLocation> {
    let place = places.place(span)?;
    let location = s::Location::builder().physical_location(physical(&place)).message(plain(words)).build();
    Some(s::ThreadFlowLocation::builder().location(location).build())
}

fn fix(f: &Finding, places: &Places) -> Option<s::Fix> {
    let fix = f.fix?;
    let place = places.place(fix.span)?;
    let replacement = s::Replacement::builder()
        .deleted_region(region(place.start, place.end))
        .inserted_content(s::ArtifactContent::builder().text(fix.text.as_str()).build())
        .build();
    let change = s::ArtifactChange::builder()
        .artifact_location(artifact(place.file.uri()))
        .replacements(vec![replacement])
        .build();
    let properties = s::PropertyBag::builder()
        .additional_properties(BTreeMap::from([("safety".to_owned(), fix.safety.as_str().into())]))
        .build();
    let fix = s::Fix::builder().description(plain(&fix.description)).artifact_changes(vec![change]);
    Some(fix.properties(properties).build())
}

/// A place with the tight region that is shown for it.
pub fn physical(place: &Place) -> s::PhysicalLocation {
    let (start, end) = place.tight();
    s::PhysicalLocation::builder().artifact_location(artifact(place.file.uri())).region(region(start, end)).build()
}

/// A file by its URI from the root of the repository.
pub fn artifact(uri: &str) -> s::ArtifactLocation {
    s::ArtifactLocation::builder().uri(uri).uri_base_id(ROOT).build()
}

fn region(start: Position, end: Position) -> s::Region {
    s::Region::builder()
        .start_line(start.line)
        .start_column(start.column)
        .end_line(end.line)
        .end_column(end.column)
        .build()
}
