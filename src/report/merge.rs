//! The SARIF files of several shards as one: the same tool, results together, rules united.
//!
//! Code scanning refuses a file in which two runs have the same tool and category, so the runs become one run.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde_sarif::sarif as s;

use super::escape;
use super::sarif::{category, left_out, limits};

/// Why SARIF files could not be merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// There is nothing to merge.
    #[error("no SARIF file was given")]
    Nothing,
    /// Not JSON, or not SARIF.
    #[error("{name} is not a SARIF file: {reason}")]
    Unreadable {
        /// The file, as it was named.
        name: String,
        /// The parser's words.
        reason: String,
    },
    /// A run of something else.
    #[error("{name} holds a run of {tool:?}; only runs of armlint can be merged")]
    OtherTool {
        /// The file, as it was named.
        name: String,
        /// The run's tool.
        tool: String,
    },
    /// A run of another version, whose rules may say something else.
    #[error("{name} was written by armlint {found}, another file by {first}; merge files of one version")]
    OtherVersion {
        /// The file, as it was named.
        name: String,
        /// The version of this one.
        found: String,
        /// The version of the first one.
        first: String,
    },
    /// The result cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Merges SARIF files (name for messages, content) in any order into one, with the category given or none. Equal results
/// are taken once. At most `max_results` are kept, most severe first.
///
/// # Errors
/// [`MergeError`]; nothing is written then, unless `out` itself fails.
pub fn merge(
    files: &[(String, Vec<u8>)],
    given: Option<&str>,
    max_results: usize,
    out: &mut dyn Write,
) -> Result<(), MergeError> {
    let mut merged: Option<s::Run> = None;
    let mut parts = Parts::default();
    let (mut schema, mut version) = (None, serde_json::Value::Null);
    for (name, bytes) in files {
        // Windows' PowerShell likes to put a byte order mark in front.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let log: s::Sarif = serde_json::from_slice(bytes)
            .map_err(|e| MergeError::Unreadable { name: name.clone(), reason: e.to_string() })?;
        (schema, version) = (log.schema, log.version);
        for mut run in log.runs {
            check(name, &run, merged.as_ref())?;
            parts.take(&mut run);
            merged.get_or_insert(run);
        }
    }
    let mut run = merged.ok_or(MergeError::Nothing)?;
    run.automation_details = Some(s::RunAutomationDetails::builder().id(category(given)).build());
    let kept = parts.results(max_results.min(limits::RESULTS));
    parts.finish(&mut run, kept);
    let mut log = s::Sarif::builder().opt_schema(schema).version(version).runs(vec![run]).build();
    let mut draft = limits::Draft::default();
    escape::write_json(&log, &mut draft)?;
    while let Some(share) = draft.too_large()? {
        let run = &mut log.runs[0];
        let count = run.results.as_ref().map_or(0, Vec::len);
        if count <= 1 {
            break;
        }
        let kept = parts.results(((count as f64 * share) as usize).clamp(1, count - 1));
        parts.finish(run, kept);
        draft = limits::Draft::default();
        escape::write_json(&log, &mut draft)?;
    }
    Ok(draft.write_to(out)?)
}

fn check(name: &str, run: &s::Run, first: Option<&s::Run>) -> Result<(), MergeError> {
    let driver = &run.tool.driver;
    if driver.name != env!("CARGO_PKG_NAME") {
        return Err(MergeError::OtherTool { name: name.into(), tool: driver.name.clone() });
    }
    match first.map(|run| &run.tool.driver.version) {
        Some(first) if *first != driver.version => {
            let words = |v: &Option<String>| v.clone().unwrap_or_else(|| "(no version)".into());
            Err(MergeError::OtherVersion { name: name.into(), found: words(&driver.version), first: words(first) })
        }
        _ => Ok(()),
    }
}

/// What is collected from all runs, each by a key that makes the order of the files irrelevant.
#[derive(Default)]
struct Parts {
    rules: BTreeMap<String, s::ReportingDescriptor>,
    results: BTreeMap<Key, s::Result>,
    notifications: BTreeMap<String, s::Notification>,
    provenance: BTreeMap<String, s::VersionControlDetails>,
    successful: Option<bool>,
}

/// Path, line, column, rule, and the whole result as text, which tells different ones apart.
type Key = (String, i64, i64, String, String);

impl Parts {
    fn take(&mut self, run: &mut s::Run) {
        let driver = &mut run.tool.driver;
        for rule in driver.rules.take().unwrap_or_default() {
            self.rules.entry(rule.id.clone()).or_insert(rule);
        }
        for mut result in run.results.take().unwrap_or_default() {
            result.rule_index = None;
            self.results.insert(key(&result), result);
        }
        for invocation in run.invocations.take().unwrap_or_default() {
            // A shard that could analyse nothing does not make the others' results worthless.
            let successful = self.successful.unwrap_or(false) || invocation.execution_successful;
            self.successful = Some(successful);
            for said in invocation.tool_execution_notifications.unwrap_or_default() {
                self.notifications.insert(text(&said), said);
            }
        }
        for details in run.version_control_provenance.take().unwrap_or_default() {
            self.provenance.insert(text(&details), details);
        }
    }

    /// The worst results, in order.
    fn results(&self, limit: usize) -> Vec<s::Result> {
        let score: BTreeMap<&str, u32> = self
            .rules
            .iter()
            .map(|(id, rule)| {
                let bag = rule.properties.as_ref().map(|p| &p.additional_properties);
                let score = bag.and_then(|b| b.get("security-severity")).and_then(|v| v.as_str());
                // Tenths, upside down, so that the worst sorts first.
                let tenths = score.and_then(|s| s.parse::<f64>().ok()).map_or(0, |s| (s * 10.0) as u32);
                (id.as_str(), 100u32.saturating_sub(tenths))
            })
            .collect();
        let mut all: Vec<_> = self.results.values().collect();
        limits::keep_worst(&mut all, limit, |r| {
            let level = match r.level {
                Some(s::ResultLevel::Error) => 0,
                None | Some(s::ResultLevel::Warning) => 1,
                _ => 2,
            };
            let suppressed = r.suppressions.as_ref().is_some_and(|s| !s.is_empty());
            (suppressed, level, r.rule_id.as_deref().and_then(|id| score.get(id)).copied())
        });
        all.into_iter().cloned().collect()
    }

    fn finish(&self, run: &mut s::Run, mut results: Vec<s::Result>) {
        let used: BTreeSet<&str> = results.iter().filter_map(|r| r.rule_id.as_deref()).collect();
        let rules: Vec<_> = self.rules.values().filter(|r| used.contains(r.id.as_str())).cloned().collect();
        let index: BTreeMap<&str, i64> = rules.iter().enumerate().map(|(i, r)| (r.id.as_str(), i as i64)).collect();
        for result in &mut results {
            result.rule_index = result.rule_id.as_deref().and_then(|id| index.get(id)).copied();
        }
        let mut said: Vec<_> = self.notifications.values().take(limits::NOTIFICATIONS).cloned().collect();
        let left = self.results.len() - results.len();
        if left > 0 {
            said.push(left_out(left, results.len(), self.results.len()));
        }
        run.tool.driver.rules = Some(rules);
        run.results = Some(results);
        run.invocations = Some(vec![
            s::Invocation::builder()
                .execution_successful(self.successful.unwrap_or(true))
                .tool_execution_notifications(said)
                .build(),
        ]);
        run.version_control_provenance =
            (!self.provenance.is_empty()).then(|| self.provenance.values().cloned().collect());
    }
}

fn key(result: &s::Result) -> Key {
    let physical = result.locations.as_ref().and_then(|l| l.first()).and_then(|l| l.physical_location.as_ref());
    let uri = physical.and_then(|p| p.artifact_location.as_ref()).and_then(|a| a.uri.clone()).unwrap_or_default();
    let region = physical.and_then(|p| p.region.as_ref());
    let (line, column) = region.map_or((0, 0), |r| (r.start_line.unwrap_or(0), r.start_column.unwrap_or(0)));
    (uri, line, column, result.rule_id.clone().unwrap_or_default(), text(result))
}

fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
