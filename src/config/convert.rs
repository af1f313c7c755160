//! An `armlint.yaml` that says what PSRule's options say.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value as Json;

use super::names::Rules;
use super::{Config, FailOn, Suppression};
use crate::diagnostic::Level;
use crate::glob::is_glob;
use crate::rules::PSRULE_BASELINE;
use crate::rules::language::Word;
use crate::walk::path_ignore::as_ignored;

/// The first line of an `armlint.yaml`: editors find the schema by it.
pub const SCHEMA_LINE: &str =
    concat!("# yaml-language-server: $schema=", env!("CARGO_PKG_REPOSITORY"), "/raw/main/schemas/armlint.schema.json");

/// Writes the options that were read from a file of PSRule, of this name, as an `armlint.yaml`: verdicts stay the same. What has no
/// effect here stands in comments.
pub fn converted(config: &Config, name: &str) -> String {
    let there = Rules { documents: &config.documents, pages: &config.pages };
    let mut lost: Vec<String> = config.diagnostics.iter().map(|d| d.message.clone()).collect();
    lost.dedup();
    let is_rule = |name: &String| !there.ids(name).is_empty();
    let mut out =
        Writer { text: format!("{SCHEMA_LINE}\n# Made of {name} by `armlint init`; it counts instead of {name}.\n") };
    for line in lost {
        // A message never ends a comment.
        out.line(0, &format!("# {}", line.replace(['\n', '\r'], " ")));
    }
    out.line(0, "armlint:");
    out.line(1, &format!("baseline: {}", scalar(config.baseline.as_deref().unwrap_or(PSRULE_BASELINE))));
    out.line(1, &format!("fail-on: {}", config.fail_on.unwrap_or(FailOn::Level(Level::Error)).word()));
    if config.allow_empty {
        out.line(1, "allow-empty: true");
    }
    if config.ignored.iter().any(|line| !as_ignored(line).is_empty()) {
        out.line(1, "files:");
        let ignored: Vec<String> = config.ignored.iter().flat_map(|line| as_ignored(line)).collect();
        out.list(2, "ignore", &ignored);
    }
    out.line(1, "rules:");
    out.line(2, "# Levels are PSRule's: nearly all rules are errors there.");
    out.line(2, "psrule-levels: true");
    // A file that includes no rule that is known here includes none.
    let include: Vec<String> = config.include_rules.iter().filter(|n| is_rule(n)).cloned().collect();
    let exclude: Vec<String> = config.exclude_rules.iter().filter(|n| is_rule(n)).cloned().collect();
    out.list(2, "include", &include);
    if include.is_empty() && !config.include_rules.is_empty() {
        out.line(2, "# None of the rules that were included is known here.");
        out.list(2, "exclude", &["*".to_owned()]);
    } else {
        out.list(2, "exclude", &exclude);
    }
    let levels: Vec<_> = config.levels.iter().filter(|(n, _)| is_rule(n)).collect();
    if !levels.is_empty() {
        out.line(2, "levels:");
        levels.iter().for_each(|(name, level)| out.line(3, &format!("{}: {}", scalar(name), level.as_str())));
    }
    for (key, marks) in [("tags", &config.filter.tags), ("labels", &config.filter.labels)] {
        if !marks.is_empty() {
            out.line(2, &format!("{key}:"));
            marks.iter().for_each(|(name, values)| out.line(3, &format!("{}: {}", scalar(name), flow(values))));
        }
    }
    out.list(2, "target-types", &config.target_types);
    // A folder that is not there is no mistake in PSRule's options.
    let folder = config.file.as_deref().and_then(Path::parent).unwrap_or(Path::new("."));
    let documents: Vec<String> =
        config.document_paths.iter().filter(|path| folder.join(path).exists()).cloned().collect();
    out.list(2, "documents", &documents);
    match (config.include_local, config.local_apart) {
        (true, _) => out.line(2, "include-local: true"),
        (false, true) => out.line(2, "include-local: false"),
        (false, false) => {}
    }
    if !config.values.is_empty() {
        out.line(1, "configuration:");
        config.values.iter().for_each(|(key, value)| out.line(2, &format!("{}: {value}", scalar(key))));
    }
    // One without targets, or of a glob of rules, covers nothing there, and would here.
    let covers = |s: &&Suppression| {
        let is_glob = s.literal && is_glob(&s.rule);
        is_rule(&s.rule) && !is_glob && s.targets.as_ref().is_none_or(|targets| !targets.is_empty())
    };
    let suppressions: Vec<_> = config.suppressions.iter().filter(covers).collect();
    if !suppressions.is_empty() {
        out.line(1, "suppressions:");
        for s in suppressions {
            out.line(2, &format!("- rule: {}", scalar(&s.rule)));
            // Names stand there, and globs here.
            let target = |name: &String| if s.literal && is_glob(name) { globset::escape(name) } else { name.clone() };
            let targets: Vec<String> = s.targets.iter().flatten().map(target).collect();
            out.list(3, "targets", &targets);
            out.line(3, &format!("reason: {}", scalar(&format!("Accepted in {name}."))));
        }
    }
    out.text
}

struct Writer {
    text: String,
}

impl Writer {
    fn line(&mut self, depth: usize, line: &str) {
        let _ = writeln!(self.text, "{:1$}{line}", "", depth * 2);
    }

    fn list(&mut self, depth: usize, key: &str, items: &[String]) {
        if items.is_empty() {
            return;
        }
        self.line(depth, &format!("{key}:"));
        items.iter().for_each(|item| self.line(depth + 1, &format!("- {}", scalar(item))));
    }
}

fn flow(values: &[String]) -> String {
    Json::from(values).to_string()
}

/// A text as YAML reads it: plain where it can be nothing else.
fn scalar(text: &str) -> String {
    const OTHERS: [&str; 11] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "inf", "nan"];
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | '-'))
        && !OTHERS.iter().any(|o| o.eq_ignore_ascii_case(text));
    // What JSON quotes, YAML reads.
    if plain { text.to_owned() } else { Json::from(text).to_string() }
}
