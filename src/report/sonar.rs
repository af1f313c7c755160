//! SonarQube's generic format for issues of other tools, as it has been since 10.3: the rules, then the issues.
//!
//! Lines count from 1, columns from 0 in UTF-16 code units. A range must not be empty, else the whole file is refused.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::place::{Place, Places};
use super::{Report, cut, escape, finding, words};
use crate::check::Outcome;
use crate::diagnostic::Level;
use crate::rules::{Pillar, Rule, Severity};

/// The longest message, in characters.
const MESSAGE: usize = 2_000;
/// Other places of an issue that are shown.
const SECONDARY: usize = 10;

#[derive(Serialize)]
struct Import<'a> {
    rules: Vec<RuleEntry<'a>>,
    issues: Vec<Issue>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleEntry<'a> {
    id: &'a str,
    name: &'a str,
    description: &'a str,
    engine_id: &'static str,
    clean_code_attribute: &'static str,
    impacts: [Impact; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Impact {
    software_quality: &'static str,
    severity: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Issue {
    rule_id: String,
    primary_location: Location,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    secondary_locations: Vec<Location>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    message: String,
    file_path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_range: Option<TextRange>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TextRange {
    start_line: u32,
    end_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<u32>,
}

/// Where the rule is about what could not be read.
const INPUT: &str = "armlint.input";

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    let findings = finding::findings(report, &places, &[Outcome::Fail, Outcome::Error]);
    let rules: BTreeMap<&str, &Rule> = findings.iter().map(|f| (f.rule.id.as_str(), f.rule)).collect();
    let mut rules: Vec<RuleEntry> = rules.into_values().map(entry).collect();
    let mut issues = Vec::new();
    for f in &findings {
        let Some(primary_location) = location(f.place.as_ref(), f.file(), &words::message(f)) else { continue };
        let steps = f.flows.iter().copied().flatten().chain(f.related.iter().copied()).take(SECONDARY);
        let secondary = steps.filter_map(|step| location(places.place(step.span).as_ref(), None, &step.message));
        let secondary_locations = secondary.collect();
        issues.push(Issue { rule_id: f.rule.id.to_string(), primary_location, secondary_locations });
    }
    let errors = finding::diagnostics(report, &places);
    for (d, place, path) in errors.into_iter().filter(|(d, ..)| d.level == Level::Error) {
        let file = Some(path.as_str()).filter(|p| !p.is_empty());
        let Some(primary_location) = location(place.as_ref(), file, &format!("{}: {}", d.code, d.message)) else {
            continue;
        };
        issues.push(Issue { rule_id: INPUT.to_owned(), primary_location, secondary_locations: Vec::new() });
    }
    if issues.iter().any(|i| i.rule_id == INPUT) {
        rules.push(RuleEntry {
            id: INPUT,
            name: "Every file can be analysed",
            description: "What cannot be read or expanded hides what may be wrong in it.",
            engine_id: "armlint",
            clean_code_attribute: "COMPLETE",
            impacts: [Impact { software_quality: "RELIABILITY", severity: "HIGH" }],
        });
    }
    escape::write_json(&Import { rules, issues }, out)
}

fn entry(rule: &Rule) -> RuleEntry<'_> {
    let (software_quality, clean_code_attribute) = match rule.pillar {
        Pillar::Security => ("SECURITY", "TRUSTWORTHY"),
        Pillar::Reliability => ("RELIABILITY", "COMPLETE"),
        Pillar::PerformanceEfficiency => ("RELIABILITY", "EFFICIENT"),
        Pillar::CostOptimization => ("MAINTAINABILITY", "EFFICIENT"),
        Pillar::OperationalExcellence => ("MAINTAINABILITY", "CONVENTIONAL"),
    };
    let severity = match rule.severity {
        Severity::Critical => "HIGH",
        Severity::Important => "MEDIUM",
        Severity::Awareness => "LOW",
    };
    RuleEntry {
        id: &rule.id,
        name: &rule.title,
        description: &rule.synopsis,
        engine_id: "armlint",
        clean_code_attribute,
        impacts: [Impact { software_quality, severity }],
    }
}

fn location(place: Option<&Place>, file: Option<&str>, message: &str) -> Option<Location> {
    let file_path = place.map(|p| p.file.path()).or(file.map(str::to_owned))?;
    let text_range = place.map(|p| {
        let (start, end) = p.tight();
        // An empty line has no column that a range could span.
        let columns = (start.column < end.column).then_some((start.column - 1, end.column - 1));
        TextRange {
            start_line: start.line,
            end_line: end.line,
            start_column: columns.map(|c| c.0),
            end_column: columns.map(|c| c.1),
        }
    });
    Some(Location { message: cut::visible(message, MESSAGE).into_owned(), file_path, text_range })
}
