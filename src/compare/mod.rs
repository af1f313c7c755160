//! What another tool says of the same files, held against what we say: for teams that come from elsewhere.

mod theirs;

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::check::{CheckResult, Outcome};
use crate::rules::{self, catalogue};
use crate::session::Verdicts;
use crate::walk::root::relative;

pub use theirs::{TheirFinding, TheirReport, read};

/// What both tools come to.
#[derive(Debug, Default)]
pub struct Comparison {
    /// What both say: theirs, with the rule of ours.
    pub both: Vec<(TheirFinding, String)>,
    /// What only they say, and why we do not.
    pub only_theirs: Vec<(TheirFinding, Why)>,
    /// What only we say.
    pub only_ours: Vec<OurFinding>,
}

/// Why we do not say what they say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// No rule of ours covers their check.
    NoRule,
    /// A rule covers it, and does not run: not in the baseline, or left out.
    NotRun {
        /// The rule's id.
        rule: String,
    },
    /// The file was not scanned, or not in full.
    NotAnalysed {
        /// What became of it.
        what: String,
    },
    /// Our rule comes to something else there.
    Other {
        /// The rule's id.
        rule: String,
        /// What it comes to.
        outcome: Outcome,
        /// Why, if there is something to say.
        message: String,
    },
    /// Our rule judged nothing there: no resource of its type, or its conditions do not hold.
    NothingThere {
        /// The rule's id.
        rule: String,
    },
}

/// A finding of ours that they do not have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OurFinding {
    /// The rule's id.
    pub rule: String,
    /// The file.
    pub file: String,
    /// The line, from 1; 0 if there is none.
    pub line: u32,
    /// The name of the resource.
    pub resource: String,
    /// Whether they have a check that our rule covers.
    pub they_have_one: bool,
}

/// A verdict of ours with what it can be recognised by.
struct Ours<'v> {
    result: &'v CheckResult,
    /// The files that it is about: where it is shown, where it was used, the modules on the way.
    files: BTreeSet<String>,
    line: u32,
    matched: std::cell::Cell<bool>,
}

/// Compares a report with verdicts (passes included).
pub fn compare(theirs: &TheirReport, verdicts: &Verdicts) -> Comparison {
    let root = &verdicts.scanned().root;
    let place = |span| verdicts.region(span).map(|r| (relative(&r.path, root), r.start.line));
    let ours: Vec<Ours<'_>> = verdicts.results().iter().map(|result| ours(result, &place)).collect();
    let mut by_rule: HashMap<&str, Vec<&Ours<'_>>> = HashMap::new();
    for one in &ours {
        by_rule.entry(one.result.rule.id.as_str()).or_default().push(one);
    }
    let files: HashMap<String, String> =
        verdicts.files().iter().map(|f| (relative(&f.path, root), f.reason.clone())).collect();
    let mut out = Comparison::default();
    let mut seen = HashSet::new();
    for finding in theirs.findings.iter().filter(|f| seen.insert(*f)) {
        match judge(finding, &by_rule, &files) {
            Ok(rule) => out.both.push((finding.clone(), rule)),
            Err(why) => out.only_theirs.push((finding.clone(), why)),
        }
    }
    let tool = theirs.tool.to_ascii_lowercase();
    let mut only_ours: Vec<OurFinding> = ours
        .iter()
        .filter(|o| o.result.outcome == Outcome::Fail && !o.matched.get())
        .map(|o| OurFinding {
            rule: o.result.rule.id.to_string(),
            file: o.files.first().cloned().unwrap_or_default(),
            line: o.line,
            resource: o.result.target.label.to_string(),
            they_have_one: they_have_one(&tool, &o.result.rule.id),
        })
        .collect();
    only_ours.sort();
    only_ours.dedup();
    out.only_ours = only_ours;
    out
}

fn ours<'v>(result: &'v CheckResult, place: &impl Fn(crate::read::Span) -> Option<(String, u32)>) -> Ours<'v> {
    let first = result.location.as_ref().and_then(|l| place(l.span));
    let others = result.related.iter().chain(&result.flow).filter_map(|r| Some(place(r.span)?.0));
    let line = first.as_ref().map_or(0, |(_, line)| *line);
    // Rules about files name them.
    let itself = result.target.type_.starts_with('.').then(|| result.target.name.to_string());
    let files = first.into_iter().map(|(file, _)| file).chain(others).chain(itself).collect();
    Ours { result, files, line, matched: std::cell::Cell::default() }
}

/// The rule of ours that says the same as a finding of theirs, or why there is none.
fn judge(
    finding: &TheirFinding,
    by_rule: &HashMap<&str, Vec<&Ours<'_>>>,
    files: &HashMap<String, String>,
) -> Result<String, Why> {
    let rules = rules::named(&finding.id);
    let Some(first) = rules.first() else { return Err(Why::NoRule) };
    let of_rules = || rules.iter().filter_map(|r| by_rule.get(r.id)).flatten().filter(|o| is_about(o, finding));
    let mut fails = of_rules().filter(|o| o.result.outcome == Outcome::Fail).peekable();
    if let Some(found) = fails.peek() {
        let id = found.result.rule.id.to_string();
        fails.for_each(|o| o.matched.set(true));
        return Ok(id);
    }
    if let Some(file) = &finding.file {
        let known = files.iter().find(|(name, _)| same_file(name, file));
        match known {
            None => return Err(Why::NotAnalysed { what: "it was not scanned".to_owned() }),
            Some((_, reason)) if !reason.is_empty() && of_rules().next().is_none() => {
                return Err(Why::NotAnalysed { what: reason.clone() });
            }
            Some(_) => {}
        }
    }
    if let Some(other) = of_rules().min_by_key(|o| o.result.outcome) {
        let message = match &other.result.suppression {
            Some(by) => by.reason.as_deref().unwrap_or("no reason is given").to_owned(),
            None => other.result.message.to_string(),
        };
        return Err(Why::Other { rule: other.result.rule.id.to_string(), outcome: other.result.outcome, message });
    }
    let ran = rules.iter().find(|r| by_rule.contains_key(r.id));
    Err(match ran {
        Some(rule) => Why::NothingThere { rule: rule.id.to_owned() },
        None => Why::NotRun { rule: first.id.to_owned() },
    })
}

/// Whether a verdict is about what they found: the same resource by name, or the same file.
fn is_about(ours: &Ours<'_>, finding: &TheirFinding) -> bool {
    let by_name = finding.resource.as_deref().is_some_and(|name| same_resource(&ours.result.target.name, name));
    match &finding.file {
        // Another tool may know a template by the parameter file that it was deployed with, and cannot know all names.
        Some(file) => by_name || ours.files.iter().any(|f| same_file(f, file)),
        None => by_name,
    }
}

/// Names as tools write them: `type.name`, `type/name`, `name`.
fn same_resource(ours: &str, theirs: &str) -> bool {
    let theirs = theirs.to_lowercase();
    let ours = ours.to_lowercase();
    let Some(before) = theirs.strip_suffix(&ours) else { return false };
    !ours.is_empty() && (before.is_empty() || before.ends_with(['.', '/', ' ']))
}

/// Paths from different starting points: one is the end of the other.
fn same_file(ours: &str, theirs: &str) -> bool {
    let theirs = theirs.replace('\\', "/");
    let theirs = theirs.trim_start_matches("./").trim_start_matches('/');
    let ends = |long: &str, short: &str| {
        long.strip_suffix(short).is_some_and(|before| before.is_empty() || before.ends_with('/'))
    };
    !theirs.is_empty() && !ours.is_empty() && (ends(ours, theirs) || ends(theirs, ours))
}

/// Whether a tool has a check that a rule of ours covers.
fn they_have_one(tool: &str, rule: &str) -> bool {
    let Some(entry) = catalogue::find(rule) else { return false };
    if tool.contains("psrule") {
        return !entry.is_own();
    }
    entry.peers.iter().any(|peer| match peer.split(['_', '-']).next().unwrap_or_default() {
        "CKV" | "CKV2" => tool.contains("checkov"),
        "AZU" => tool.contains("trivy"),
        "TA" => tool.contains("template"),
        _ => tool.contains("kics"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_the_same_from_different_starting_points() {
        assert!(same_file("infra/main.bicep", "/infra/main.bicep"));
        assert!(same_file("infra/main.bicep", "main.bicep"));
        assert!(same_file("main.bicep", "/home/me/repo/infra/main.bicep"));
        assert!(same_file("infra/main.bicep", ".\\infra\\main.bicep"));
        assert!(!same_file("infra/main.bicep", "domain.bicep") && !same_file("a", ""));
    }

    #[test]
    fn resources_are_the_same_with_and_without_their_type() {
        assert!(same_resource("st", "Microsoft.Storage/storageAccounts.st"));
        assert!(same_resource("ST", "st") && same_resource("a/b", "a/b"));
        assert!(!same_resource("st", "best") && !same_resource("", "st"));
    }
}
