//! Pages of a repository: rules that users bring along, in the language of our own.
//!
//! A page that can be used becomes an entry like those in the binary, and is kept as long as the process runs, each text once: so
//! nothing that asks for rules has to know where they come from. One that cannot be used is a diagnostic of level error and costs
//! that rule.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::language::{Check, Entry, OWN_RULES};
use super::page::yaml::Problem;
use super::page::{self, Example, Page};
use crate::check::named_checks;
use crate::diagnostic::{Diagnostic, Level};
use crate::documents::Documents;
use crate::read::{Reach, ReadError, Source, Sources, Span};
use crate::source::asked;

/// The code of what is wrong with a page.
const WRONG: &str = "rule-page-invalid";

/// How many pages a repository may have.
const MOST: usize = 10_000;

/// How the ids of rules begin that a repository cannot have.
const TAKEN: [&str; 2] = ["Azure.", OWN_RULES];

/// [`Entry::check`] of a page that is kept here is this and its number.
pub(super) const KEPT: u32 = u32::MAX;

/// A page that is kept.
pub(super) struct Kept {
    entry: Entry<'static>,
    pub(super) check: Check,
    pub(super) body: String,
    /// The whole text, by which it is found again.
    text: String,
}

static ALL: Mutex<Vec<&'static Kept>> = Mutex::new(Vec::new());

/// The page of a number.
pub(super) fn kept(number: u32) -> Option<&'static Kept> {
    let all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    all.get(usize::try_from(number).ok()?).copied()
}

/// The pages of a repository.
#[derive(Debug, Default)]
pub struct Pages {
    entries: Vec<&'static Entry<'static>>,
    /// The examples of each, and the file that they stand in.
    examples: Vec<(PathBuf, Vec<Example>)>,
    /// A page could not be used.
    pub broken: bool,
}

impl Pages {
    /// The rules, in the order of files.
    pub fn entries(&self) -> &[&'static Entry<'static>] {
        &self.entries
    }

    /// Each rule with the file of its page and its examples.
    pub fn examples(&self) -> impl Iterator<Item = (&'static Entry<'static>, &Path, &[Example])> {
        self.entries.iter().zip(&self.examples).map(|(e, (path, examples))| (*e, path.as_path(), examples.as_slice()))
    }

    /// Reads the pages (`*.md`, but no `README.md`) below some folders, at any depth; the span says where a folder is named. They
    /// must lie within `reach`.
    pub fn load(
        folders: &[(PathBuf, Span)],
        documents: &Documents,
        reach: &Reach,
        sources: &Sources,
    ) -> (Self, Vec<Diagnostic>) {
        let mut out = Pages::default();
        let mut diagnostics = Vec::new();
        for (folder, span) in folders {
            asked::about(folder);
            if let Err(refusal) = reach.check(folder) {
                diagnostics.push(Diagnostic::error(refusal.code(), *span, refusal.to_string()));
                out.broken = true;
                continue;
            }
            let before = out.entries.len() + diagnostics.len();
            out.folder(folder, documents, reach, sources, &mut diagnostics);
            if before == out.entries.len() + diagnostics.len() {
                let message = format!("there is no page (*.md) in {}", folder.display());
                diagnostics.push(Diagnostic::warning("rule-folder-empty", *span, message));
            }
        }
        (out, diagnostics)
    }

    /// Reads the pages of one folder.
    pub fn folder(
        &mut self,
        folder: &Path,
        documents: &Documents,
        reach: &Reach,
        sources: &Sources,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(e) => {
                    let path = e.path().unwrap_or(folder).to_path_buf();
                    let message = format!("this folder cannot be read: {e}");
                    diagnostics.push(Diagnostic::at_path(Level::Error, "rule-page-unreadable", path, message));
                    self.broken = true;
                    continue;
                }
            };
            // A page that is put there later counts, too.
            if entry.file_type().is_dir() {
                asked::about(entry.path());
                continue;
            }
            let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
            if !name.ends_with(".md") || name == "readme.md" {
                continue;
            }
            if self.entries.len() >= MOST {
                let message = format!("there are more than {MOST} pages; the rest is not read");
                diagnostics.push(Diagnostic::at_path(Level::Error, WRONG, entry.path(), message));
                self.broken = true;
                return;
            }
            match page_of(entry.path(), reach, sources).and_then(|(source, page)| self.add(&source, page, documents)) {
                Ok(()) => {}
                Err(mut wrong) => {
                    self.broken = true;
                    diagnostics.append(&mut wrong);
                }
            }
        }
    }

    fn add(&mut self, source: &Source, page: Page, documents: &Documents) -> Result<(), Vec<Diagnostic>> {
        let at_id = |message: String| {
            let line = source.text().lines().position(|l| l.starts_with("id:")).map_or(1, |i| i + 1);
            Err(vec![diagnostic(source, &Problem::new(line, message))])
        };
        let id = &page.id;
        if let Some(taken) = TAKEN.iter().find(|t| id.get(..t.len()).is_some_and(|s| s.eq_ignore_ascii_case(t))) {
            return at_id(format!(
                "ids that begin with `{taken}` are armlint's own, so `{id}` needs another first part"
            ));
        }
        for name in [id, &page.reference].into_iter().chain(&page.aliases).filter(|n| !n.is_empty()) {
            let same = |other: &Entry<'_>| other.names().any(|n| n.eq_ignore_ascii_case(name));
            let page = self.entries.iter().copied().find(|e| same(e)).or(super::find(name)).map(|e| e.id);
            let document = documents.rules.iter().find(|r| r.names().any(|n| n.eq_ignore_ascii_case(name)));
            if let Some(other) = page.or(document.map(|d| d.rule.id.as_str())) {
                return at_id(format!("`{name}` is the name of the rule {other}; give this one another name"));
            }
        }
        self.examples.push((source.path.clone(), page.examples.clone()));
        self.entries.push(keep(page, source.text()));
        Ok(())
    }
}

/// Reads a page.
fn page_of(path: &Path, reach: &Reach, sources: &Sources) -> Result<(std::sync::Arc<Source>, Page), Vec<Diagnostic>> {
    let at = |code, message| Err(vec![Diagnostic::at_path(Level::Error, code, path, message)]);
    if let Err(refusal) = reach.check(path) {
        return at(refusal.code(), refusal.to_string());
    }
    let source = match sources.load(path) {
        Ok(source) => source,
        Err(ReadError::Io { reason, .. }) => {
            return at("rule-page-unreadable", format!("this page cannot be read: {reason}"));
        }
        Err(ReadError::TooLarge { limit, .. }) => {
            return at("rule-page-unreadable", format!("this page is larger than {limit} bytes and is not read"));
        }
    };
    if source.is_lossy() {
        return at(WRONG, "this page is no text in UTF-8; save it as UTF-8".to_owned());
    }
    match page::parse_custom(source.text(), named_checks()) {
        Ok(page) => Ok((source, page)),
        Err(problems) => Err(problems.iter().map(|p| diagnostic(&source, p)).collect()),
    }
}

/// What is wrong with a page, at what it quotes of the line, else at the line.
fn diagnostic(source: &Source, problem: &Problem) -> Diagnostic {
    let start: usize = source.text().split_inclusive('\n').take(problem.line.saturating_sub(1)).map(str::len).sum();
    let line = source.text().get(start..).unwrap_or_default().lines().next().unwrap_or_default();
    let quoted = problem.message.split('`').skip(1).step_by(2);
    // As a word of its own: `in` is no part of another one.
    let ends = |c: Option<char>| !c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    let stands = |at: usize, q: &str| {
        let (before, after) = (line.get(..at).unwrap_or_default(), line.get(at + q.len()..).unwrap_or_default());
        ends(before.chars().next_back()) && ends(after.chars().next())
    };
    let place = |q: &str| line.match_indices(q).map(|(at, _)| at).find(|at| stands(*at, q));
    let found = quoted.filter(|q| !q.is_empty()).find_map(|q| Some((place(q)?, q.len())));
    let (at, length) = found.unwrap_or_else(|| {
        let indent = line.len() - line.trim_start().len();
        (indent, line.trim().len())
    });
    Diagnostic::error(WRONG, Span::new(source.id, start + at, start + at + length), problem.message.clone())
}

/// Keeps a page and gives its entry.
fn keep(page: Page, text: &str) -> &'static Entry<'static> {
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = all.iter().find(|k| k.text == text) {
        return &known.entry;
    }
    let number = u32::try_from(all.len()).unwrap_or(u32::MAX);
    let (check, body) = (page.check.clone(), page.body.clone());
    let page: &'static Page = Box::leak(Box::new(page));
    let texts = |list: &'static [String]| list.iter().map(String::as_str).collect::<Vec<_>>();
    let targets = page.targets.iter().map(|t| &*String::leak(t.to_ascii_lowercase())).collect();
    let entry = Entry {
        id: &page.id,
        reference: &page.reference,
        aliases: texts(&page.aliases),
        peers: texts(&page.peers),
        cwe: texts(&page.cwe),
        reviewed: page.reviewed.as_deref(),
        opt_in: page.opt_in,
        retires: page.retires,
        caution: page.caution.as_deref(),
        title: &page.title,
        synopsis: &page.synopsis,
        severity: page.severity,
        pillar: page.pillar,
        category: &page.category,
        resource: &page.resource,
        release: page.release,
        since: &page.since,
        level: page.level,
        labels: page.labels.iter().map(|(k, v)| (k.as_str(), texts(v))).collect(),
        config: texts(&page.config),
        targets,
        check: (KEPT, number),
        help: (KEPT, number),
    };
    let kept: &'static Kept = Box::leak(Box::new(Kept { entry, check, body, text: text.to_owned() }));
    all.push(kept);
    &kept.entry
}
