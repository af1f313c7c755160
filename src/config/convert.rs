//! An `armlint.yaml` that says what PSRule's options say.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value as Json;

use super::names::{self, Kind, Rules};
use super::yaml::MAX_GLOBS;
use super::{Config, FailOn, Suppression, context, kinds};
use crate::diagnostic::Level;
use crate::glob::is_glob;
use crate::rules::PSRULE_BASELINE;
use crate::rules::language::Word;
use crate::walk::path_ignore::as_ignored;
use crate::walk::patterns::Ignore;

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
    if config.allow_no_rules {
        out.line(
            1,
            "# execution.noMatchingRules: a scan for which no rule is left ends with 2 unless --allow-empty is given.",
        );
    }
    let (ignored, too_wide) = ignored(&config.ignored);
    for line in too_wide {
        out.line(
            1,
            &format!("# A line of input.pathIgnore has more wildcards than a glob may have: {}", Json::from(line)),
        );
    }
    if !ignored.is_empty() {
        out.line(1, "files:");
        out.list(2, "ignore", &ignored);
    }
    out.line(1, "rules:");
    out.line(2, "# Levels are PSRule's: nearly all rules are errors there.");
    out.line(2, "psrule-levels: true");
    // A file that includes no rule that is known here includes none.
    let include: Vec<String> = config.include_rules.iter().filter(|n| is_rule(n)).cloned().collect();
    let exclude: Vec<String> = config.exclude_rules.iter().filter(|n| is_rule(n)).cloned().collect();
    out.list(2, "include", &include);
    let is_mark = |kind, (name, values): &(String, Vec<String>)| !names::is_refused(kind, name, values, there, false);
    let (tags, labels) = (&config.filter.tags, &config.filter.labels);
    let are_marks = tags.iter().all(|t| is_mark(Kind::Tag, t)) && labels.iter().all(|l| is_mark(Kind::Label, l));
    let none = if include.is_empty() && !config.include_rules.is_empty() {
        Some("# None of the rules that were included is known here.")
    } else {
        (!are_marks).then_some("# No rule has the tags or labels that were asked for.")
    };
    match none {
        Some(why) => {
            out.line(2, why);
            out.list(2, "exclude", &["*".to_owned()]);
        }
        None => out.list(2, "exclude", &exclude),
    }
    let levels: Vec<_> = config.levels.iter().filter(|(n, _)| is_rule(n)).collect();
    if !levels.is_empty() {
        out.line(2, "levels:");
        levels.iter().for_each(|(name, level)| out.line(3, &format!("{}: {}", scalar(name), level.as_str())));
    }
    for (key, marks) in [("tags", tags), ("labels", labels)] {
        if are_marks && !marks.is_empty() {
            out.line(2, &format!("{key}:"));
            marks.iter().for_each(|(name, values)| out.line(3, &format!("{}: {}", scalar(name), flow(values))));
        }
    }
    let types = types(&config.target_types, there);
    if types.is_empty() && !config.target_types.is_empty() {
        out.line(2, "# There is none of the types of targets that were asked for, so nothing is judged.");
        out.list(2, "target-types", &[NO_TYPE.to_owned()]);
    } else {
        out.list(2, "target-types", &types);
    }
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
    let usable = |(key, value): (&String, &Json)| {
        let value = context::usable(key, value)?;
        let is_good =
            !names::is_refused(Kind::Key, key, &[], there, false) && kinds::fitted(key, value.clone(), None).is_ok();
        is_good.then(|| format!("{}: {value}", scalar(key)))
    };
    let values: Vec<String> = config.values.iter().filter_map(usable).collect();
    if !values.is_empty() {
        out.line(1, "configuration:");
        values.iter().for_each(|line| out.line(2, line));
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

/// What is of no type that a target has: files have extensions.
const NO_TYPE: &str = ".none";

/// How many types that are not there are held against all that are. The files of ours are held against no more.
const HINTS: usize = 50;

/// The types of targets that a file of ours may name.
fn types(all: &[String], there: Rules<'_>) -> Vec<String> {
    let mut hints = HINTS;
    let mut is_usable = |name: &&String| {
        if names::is_type(name, there) {
            return true;
        }
        let hinted = hints > 0;
        hints = hints.saturating_sub(1);
        hinted && !names::is_refused(Kind::TargetType, name, &[], there, true)
    };
    all.iter().filter(|name| is_usable(name)).cloned().collect()
}

/// What says in `files.ignore` what lines of `input.pathIgnore` say, and the lines of which no glob that is short enough can.
fn ignored(lines: &[String]) -> (Vec<String>, Vec<&str>) {
    let (mut globs, mut too_wide) = (Vec::new(), Vec::new());
    for line in lines {
        let ours = as_ignored(line);
        if Ignore::new(&ours).is_ok() && globs.len() + ours.len() <= MAX_GLOBS {
            globs.extend(ours);
        } else {
            too_wide.push(line.as_str());
        }
    }
    (globs, too_wide)
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
