//! PSRule's documents of a repository: rules, selectors, suppression groups and baselines in `.ps-rule/**/*.Rule.yaml` (`.yml`,
//! `.json`, `.jsonc`).
//!
//! [`load`] finds and reads them: a file is one or several trees ([`tree`]), each of which is a [`document`] with expressions
//! ([`expression`], [`language`]). [`judge`] asks them of targets ([`evaluate`]): a [`path`] leads to a value, of which a
//! [`condition`] holds, does not hold, or is not known to hold before deployment; of a list it may not be known how many items
//! it has ([`open_list`]). What PSRule's engine decides is decided here:
//! how it takes values ([`compare`]), dates ([`date`]), [`version`]s and regular expressions ([`regex`]).
//!
//! What is wrong with a document is a diagnostic of level error and costs that document; nothing is passed over in silence.

mod compare;
mod condition;
mod date;
mod document;
mod evaluate;
mod expression;
mod function;
pub mod judge;
mod language;
mod message;
mod of_the_module;
mod open_list;
mod path;
mod path_text;
pub mod regex;
mod script;
mod tree;
mod version;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustc_hash::FxHashSet;

use crate::diagnostic::{Diagnostic, Level};
use crate::glob;
use crate::read::{Reach, ReadError, Sources};
use crate::rules;
use crate::source::{absolute, asked};
use crate::types;
use document::Document;
pub use document::{BaselineDocument, RuleDocument, Selector, SuppressionGroup, bare};
use tree::WRONG;

/// Where documents lie unless somebody says otherwise.
const FOLDER: &str = ".ps-rule/";

/// How many documents a repository may hold.
const MOST: usize = 10_000;

/// The documents of a repository.
#[derive(Debug, Default)]
pub struct Documents {
    /// The rules, in the order of files.
    pub rules: Vec<RuleDocument>,
    /// The selectors.
    pub selectors: Vec<Selector>,
    /// The suppression groups.
    pub groups: Vec<SuppressionGroup>,
    /// The baselines.
    pub baselines: Vec<BaselineDocument>,
    /// The folder that paths in expressions start at.
    pub base: PathBuf,
    /// A document could not be used: the configuration is broken, whatever else was found.
    pub broken: bool,
}

impl Documents {
    /// The baseline of this name.
    pub fn baseline(&self, name: &str) -> Option<&BaselineDocument> {
        self.baselines.iter().find(|b| b.name.eq_ignore_ascii_case(bare(name)))
    }

    /// The rules that a name (id, reference, alias) or glob means, as places in the list.
    pub fn named(&self, name: &str) -> Vec<usize> {
        let name = bare(name);
        let glob = glob::is_glob(name).then(|| glob::name(name)).flatten();
        let means = |n: &str| n.eq_ignore_ascii_case(name) || glob.as_ref().is_some_and(|g| g.is_match(n));
        (0..self.rules.len()).filter(|i| self.rules[*i].names().any(means)).collect()
    }

    /// Whether a rule names a type among its targets.
    pub fn is_about(&self, rule: usize, type_: &str) -> bool {
        self.rules.get(rule).is_some_and(|r| r.about.names(type_))
    }

    /// The selector of this name.
    pub fn selector(&self, name: &str) -> Option<&Selector> {
        self.selectors.iter().find(|s| s.name.eq_ignore_ascii_case(bare(name)))
    }

    /// Adds a document, unless there is one of its kind and name already.
    fn add(&mut self, document: Document, diagnostics: &mut Vec<Diagnostic>) {
        let (there, what, name, span) = match &document {
            Document::Rule(r) => {
                let built_in = rules::find(&r.rule.id).is_some();
                let there = built_in || self.rules.iter().any(|o| o.rule.id.eq_ignore_ascii_case(&r.rule.id));
                (there, "rule", &r.rule.id, r.span)
            }
            Document::Selector(s) => (self.selector(&s.name).is_some(), "selector", &s.name, s.span),
            Document::SuppressionGroup(g) => {
                let there = self.groups.iter().any(|o| o.name.eq_ignore_ascii_case(&g.name));
                (there, "suppression group", &g.name, g.span)
            }
            Document::Baseline(b) => (self.baseline(&b.name).is_some(), "baseline", &b.name, b.span),
            Document::ModuleConfig { name, span } => {
                let message = format!("`{name}` configures a module of PSRule and has no effect in a repository");
                diagnostics.push(Diagnostic { level: Level::Note, ..Diagnostic::warning(WRONG_KIND, *span, message) });
                return;
            }
            Document::Other { span } => {
                let message = "this is no document of PSRule (its `apiVersion` is not github.com/microsoft/PSRule/…) and is left alone";
                diagnostics.push(Diagnostic::warning(WRONG_KIND, *span, message));
                return;
            }
        };
        if there && what == "rule" {
            let message = format!("there is a rule `{name}` already; give this one another name");
            diagnostics.push(Diagnostic::error(WRONG, span, message));
            self.broken = true;
            return;
        }
        if there {
            // As the engine takes them.
            let which = match what {
                "selector" => "the last one counts",
                "baseline" => "the first one counts",
                _ => "each of them counts",
            };
            let message = format!("there is a {what} `{name}` already; {which}");
            diagnostics.push(Diagnostic::warning(ODD, span, message));
        }
        match document {
            Document::Rule(r) => self.rules.push(r),
            Document::Selector(s) => {
                self.selectors.retain(|o| !o.name.eq_ignore_ascii_case(&s.name));
                self.selectors.push(s);
            }
            Document::SuppressionGroup(g) => self.groups.push(g),
            Document::Baseline(b) => self.baselines.push(b),
            Document::ModuleConfig { .. } | Document::Other { .. } => {}
        }
    }

    /// Adds the selectors of PSRule for Azure that documents name and the repository does not have itself.
    fn add_selectors_of_the_module(&mut self) {
        let of_rules = self.rules.iter().map(|r| &r.about);
        let of_others = self.groups.iter().map(|g| &g.about).chain(self.selectors.iter().map(|s| &s.about));
        let mut added: Vec<Selector> = Vec::new();
        for (name, span) in of_rules.chain(of_others).flat_map(|about| &about.with) {
            let Some(selector) = of_the_module::selector(bare(name), *span) else { continue };
            if self.selector(&selector.name).is_none() && added.iter().all(|s| s.name != selector.name) {
                added.push(selector);
            }
        }
        self.selectors.append(&mut added);
    }

    /// What documents name and is not there: that costs the documents that name it.
    fn check_selectors(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        self.add_selectors_of_the_module();
        let own = self.selectors.iter().map(|s| s.name.to_string());
        let names: Vec<String> = own.chain(of_the_module::names().map(str::to_owned)).collect();
        let mut broken = false;
        let mut there = |about: &document::Preconditions| {
            let missing = about.with.iter().find(|(w, _)| !names.iter().any(|n| n.eq_ignore_ascii_case(bare(w))));
            let Some((name, span)) = missing else { return true };
            let hint = rules::similar(bare(name), names.iter().map(String::as_str));
            let hint = hint.map(|h| format!("; did you mean `{h}`?")).unwrap_or_default();
            diagnostics.push(Diagnostic::error(WRONG, *span, format!("there is no selector `{name}`{hint}")));
            broken = true;
            false
        };
        self.rules.retain(|r| there(&r.about));
        self.groups.retain(|g| there(&g.about));
        self.selectors.retain(|s| there(&s.about));
        self.broken |= broken;
    }

    /// A warning for each suppression group that is out of date, and each name of a rule in one that is no rule.
    pub fn check_groups(&self, now: Timestamp, is_rule: impl Fn(&str) -> bool) -> Vec<Diagnostic> {
        let mut out = Vec::new();
        for g in &self.groups {
            if g.expires.is_some() {
                asked::time();
            }
            if let Some(expires) = g.expires.filter(|e| *e <= now) {
                let message =
                    format!("the suppression group `{}` expired on {expires} and has no effect any more", g.name);
                out.push(Diagnostic::warning("suppression-expired", g.span, message));
            }
            for (rule, span) in &g.rules {
                if glob::is_glob(rule) {
                    // As the engine: a name is a name here, whatever it looks like.
                    let message = format!(
                        "PSRule takes `{rule}` in a suppression group for the name of a rule, and no rule is called so: it has no \
                         effect; name each rule, or leave `rule` out to mean all of them"
                    );
                    out.push(Diagnostic::warning("config-unknown-rule", *span, message));
                } else if !is_rule(bare(rule)) {
                    let message =
                        format!("`{rule}` is no rule of armlint and no rule of this repository; it has no effect here");
                    out.push(Diagnostic {
                        level: Level::Note,
                        ..Diagnostic::warning("config-unknown-rule", *span, message)
                    });
                }
            }
        }
        out
    }

    /// What is said of each type that a document names and nobody knows. `others` are types that Azure has not published, and
    /// somebody means.
    pub fn check_types<'t>(&self, others: impl Iterator<Item = &'t str>) -> Vec<Diagnostic> {
        let others: Vec<&str> = others.collect();
        let lower: FxHashSet<String> = others.iter().map(|t| t.to_ascii_lowercase()).collect();
        let of_rules = self.rules.iter().map(|r| &r.about);
        let abouts =
            of_rules.chain(self.selectors.iter().map(|s| &s.about)).chain(self.groups.iter().map(|g| &g.about));
        let table = types::azure().ok();
        let is_known = |name: &str| {
            name.starts_with('.')
                || table.is_some_and(|table| table.resource_type(name).is_ok_and(|t| t.is_some()))
                || lower.contains(&name.to_ascii_lowercase())
        };
        let published = || table.iter().flat_map(|t| t.resource_types()).flatten().map(|t| t.name);
        let mut hints = HINTS;
        let mut out = Vec::new();
        for (name, span) in abouts.flat_map(|a| &a.types).filter(|(name, _)| !is_known(name)) {
            if name.contains(['*', '?']) {
                let message = format!(
                    "`type` takes no wildcards: nothing is of the type `{name}`; name each type, or write `where` with `type: .` and `like`"
                );
                out.push(Diagnostic::warning(ODD, *span, message));
                continue;
            }
            let nearest =
                (hints > 0).then(|| rules::similar(name, published().chain(others.iter().copied()))).flatten();
            hints = hints.saturating_sub(1);
            // Azure has types that nobody has published yet: only what is nearly another one is surely a mistake.
            let apart = |other: &String| rules::distance(&name.to_ascii_lowercase(), &other.to_ascii_lowercase());
            let is_slip = nearest.as_ref().is_some_and(|other| apart(other) <= SLIP);
            let hint = nearest.map(|s| format!("; did you mean `{s}`?")).unwrap_or_default();
            let level = if is_slip { Level::Warning } else { Level::Note };
            let message = format!("there is no type of resource `{name}`{hint}");
            out.push(Diagnostic { level, ..Diagnostic::warning(ODD, *span, message) });
        }
        out
    }
}

/// How many types that are not there are told with the nearest name, which takes a look at all names.
const HINTS: usize = 50;

/// How many letters of a type may be wrong so that it is surely another one.
const SLIP: usize = 2;

/// The code of what does no harm and is not what it looks like.
const ODD: &str = "document-odd";

/// The code of documents that are not ours to read.
const WRONG_KIND: &str = "document-left-alone";

/// Reads the documents below some folders (or files); without any those of `.ps-rule/`. They must lie within `reach`.
pub fn load(base: &Path, paths: &[String], reach: &Reach, sources: &Sources) -> (Documents, Vec<Diagnostic>) {
    let mut out = Documents { base: base.to_path_buf(), ..Documents::default() };
    let mut diagnostics = Vec::new();
    let default = [FOLDER.to_owned()];
    let paths = if paths.is_empty() { default.as_slice() } else { paths };
    let mut count = 0;
    for folder in paths {
        let folder = absolute(&base.join(folder.trim_end_matches(['/', '\\'])));
        asked::about(&folder);
        if let Err(refusal) = reach.check(&folder) {
            out.broken |= folder.exists();
            diagnostics.push(Diagnostic::at_path(Level::Error, refusal.code(), folder, refusal.to_string()));
            continue;
        }
        let files = walkdir::WalkDir::new(&folder).sort_by_file_name().into_iter().filter_map(Result::ok);
        for entry in files {
            // A file that is put there later counts, too.
            if entry.file_type().is_dir() {
                asked::about(entry.path());
                continue;
            }
            let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
            let ends = |ends: &[&str]| ends.iter().any(|e| name.ends_with(e));
            let (yaml, json) = (ends(&[".rule.yaml", ".rule.yml"]), ends(&[".rule.json", ".rule.jsonc"]));
            if !(yaml || json || ends(&[".rule.ps1"])) {
                continue;
            }
            let Some(source) = read(entry.path(), reach, sources, &mut diagnostics, &mut out.broken) else { continue };
            if !(yaml || json) {
                diagnostics.push(script::told(&source));
                continue;
            }
            let before = diagnostics.len();
            let trees = tree::documents(&source, json, &mut diagnostics);
            out.broken |= diagnostics.len() > before;
            for tree in trees {
                count += 1;
                if count > MOST {
                    let message = format!("there are more than {MOST} documents; the rest is not read");
                    diagnostics.push(Diagnostic::error(WRONG, tree.root.span, message));
                    out.broken = true;
                    return (out, diagnostics);
                }
                let mut warnings = Vec::new();
                match document::read(&tree, &source, &mut warnings) {
                    Ok(document) => out.add(document, &mut diagnostics),
                    Err(wrong) => {
                        out.broken = true;
                        diagnostics.push(Diagnostic::error(WRONG, wrong.span, wrong.message));
                    }
                }
                let warning = |w: tree::Wrong| Diagnostic::warning(ODD, w.span, w.message);
                diagnostics.extend(warnings.into_iter().map(warning));
            }
        }
    }
    out.check_selectors(&mut diagnostics);
    (out, diagnostics)
}

fn read(
    path: &Path,
    reach: &Reach,
    sources: &Sources,
    diagnostics: &mut Vec<Diagnostic>,
    broken: &mut bool,
) -> Option<std::sync::Arc<crate::read::Source>> {
    let (code, reason) = match reach.check(path) {
        Ok(()) => match sources.load(path) {
            Ok(source) => return Some(source),
            Err(ReadError::Io { reason, .. }) => ("document-unreadable", format!("this file cannot be read: {reason}")),
            Err(ReadError::TooLarge { limit, .. }) => {
                ("document-unreadable", format!("this file is larger than {limit} bytes and is not read"))
            }
        },
        Err(refusal) => (refusal.code(), refusal.to_string()),
    };
    *broken = true;
    diagnostics.push(Diagnostic::at_path(Level::Error, code, path, reason));
    None
}
