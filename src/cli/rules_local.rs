//! The rules in PSRule's documents of the repository, as `armlint rules` shows them.

use std::io::{self, Write};

use serde_json::{Value as Json, json};

use crate::documents::{RuleDocument, bare};
use crate::glob;
use crate::report::escape::visible;
use crate::session::Session;
use crate::walk::root::relative;

/// Those that words mean, and whether they are the name of one. Without words all.
pub(super) fn meant<'d>(words: &[String], all: &[&'d RuleDocument]) -> (Vec<&'d RuleDocument>, bool) {
    if let [name] = words {
        let is_called = |r: &&RuleDocument| r.names().any(|n| n.eq_ignore_ascii_case(bare(name)));
        let called: Vec<_> = all.iter().copied().filter(is_called).collect();
        if !called.is_empty() {
            return (called, true);
        }
        if glob::is_glob(name) {
            let Some(glob) = glob::name(name) else { return (Vec::new(), false) };
            return (all.iter().copied().filter(|r| r.names().any(|n| glob.is_match(n))).collect(), false);
        }
    }
    let has_all = super::rules::has_all(words);
    let found = |r: &&RuleDocument| has_all(&[r.rule.id.as_str(), &r.rule.title, &r.rule.synopsis]);
    (all.iter().copied().filter(found).collect(), false)
}

/// The file and line of a rule, from the working directory.
pub(super) fn place(rule: &RuleDocument, session: &Session) -> Option<String> {
    let source = session.sources().get(rule.span.file)?;
    let base = super::working_directory().ok()?;
    Some(format!("{}:{}", relative(&source.path, &base), source.position(rule.span.start).line))
}

pub(super) fn describe(rule: &RuleDocument, at: Option<&str>, with_help: bool) -> Json {
    let of = &rule.rule;
    let mut out = json!({
        "rule": of.id.as_str(), "ref": of.reference.as_str(), "aliases": texts(&rule.aliases), "title": of.title.as_str(),
        "synopsis": of.synopsis.as_str(), "severity": of.severity.as_str(), "pillar": of.pillar.as_str(),
        "category": of.category.as_str(), "resource": of.resource.as_str(), "level": of.level.as_str(), "fixable": false,
        "targets": rule.about.types.iter().map(|(t, _)| t.as_str()).collect::<Vec<_>>(),
        "labels": of.labels.iter().map(|(k, v)| (k.to_string(), texts(v).into())).collect::<serde_json::Map<_, _>>(),
        "helpUri": of.help_uri.as_str(), "document": at,
    });
    if with_help {
        out["help"] = of.help.as_str().into();
    }
    out
}

fn texts(all: &[ecow::EcoString]) -> Vec<&str> {
    all.iter().map(ecow::EcoString::as_str).collect()
}

/// A rule in the list.
pub(super) fn line(rule: &RuleDocument, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let (of, what) = (&rule.rule, visible(&rule.rule.title));
    writeln!(out, "{:width$}  {:10}  {:9}  {what}", visible(&of.id), visible(&of.reference), of.severity.as_str())
}

/// What there is to say about a rule.
pub(super) fn page(rule: &RuleDocument, at: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    let of = &rule.rule;
    let head = [of.id.as_str(), &of.reference, of.level.as_str()].into_iter().filter(|part| !part.is_empty());
    writeln!(out, "{}", head.map(visible).collect::<Vec<_>>().join(" \u{b7} "))?;
    if let Some(at) = at {
        writeln!(out, "A rule of this repository: {}", visible(at))?;
    }
    let about = rule.about.types.iter().map(|(t, _)| t.as_str()).collect::<Vec<_>>().join(", ");
    if !about.is_empty() {
        writeln!(out, "Targets: {}", visible(&about))?;
    }
    writeln!(out, "\n{}", visible(&of.synopsis))?;
    if let Some(recommend) = &rule.recommend {
        writeln!(out, "\n{}", visible(recommend))?;
    }
    Ok(())
}
