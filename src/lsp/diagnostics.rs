//! What was found, as the editor shows it: the findings and diagnostics of a folder, by file.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gen_lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    Range as LspRange, Uri,
};
use rustc_hash::{FxHashMap, FxHashSet};

use super::document::Documents;
use super::position::Lines;
use super::workspace::{Folder, Found};
use crate::check::{CheckResult, Outcome};
use crate::config::ConfigError;
use crate::diagnostic::{Level, Place};
use crate::report::escape::visible;
use crate::session::{SessionError, Verdicts};
use crate::source::{FileId, Source, Span};

/// Who says it.
const NAME: &str = "armlint";

/// How many other places one finding shows: as many as the readers of SARIF do.
const RELATED: usize = 100;

/// What the rules about things that nobody uses are called: editors fade what they are about.
const UNUSED: &str = "Bicep.NoUnused";

/// A diagnostic of the editor, and what it was made of.
#[derive(Debug, Clone)]
pub struct Shown {
    /// What the editor gets.
    pub diagnostic: Diagnostic,
    /// The bytes of its place.
    pub bytes: Range<usize>,
    /// The result among [`Verdicts::results`], if it is one of a rule.
    pub result: Option<usize>,
}

/// What is shown in each file, and what is said of no file.
#[derive(Debug, Default)]
pub struct Shows {
    /// By path; in order of place.
    pub files: BTreeMap<PathBuf, Vec<Shown>>,
    /// What stands at no place.
    pub elsewhere: Vec<(Level, String)>,
}

/// What was found in a folder. `related` says whether the editor takes other places along with a finding.
pub fn of(folder: &Folder, documents: &Documents, related: bool) -> Shows {
    let mut shows = Shows::default();
    match &folder.found {
        Found::Nothing => {}
        Found::Verdicts(verdicts) => shows.add_verdicts(verdicts, documents, related),
        Found::Wrong(SessionError::Config(ConfigError::Wrong { path, line, column, message })) => {
            let text = documents.get(path).map(|d| d.text.clone()).or_else(|| std::fs::read_to_string(path).ok());
            let lines = documents.lines(path, text.as_deref().unwrap_or_default());
            // The column counts UTF-16 units, whatever was agreed.
            let bytes = lines.line_from(line.saturating_sub(1), column.saturating_sub(1));
            let diagnostic = plain(Level::Error, "config", message, lines.range(bytes.clone()));
            shows.add(path.clone(), Shown { diagnostic, bytes, result: None });
        }
        Found::Wrong(SessionError::Config(ConfigError::Read { path, reason })) => {
            shows.at_beginning(path, Level::Error, "config", &format!("the configuration cannot be read: {reason}"));
        }
        Found::Wrong(other) => shows.elsewhere.push((Level::Error, other.to_string())),
        Found::Panic(what) => {
            let said = "armlint made a mistake and could not judge this; please report it with the file";
            shows.elsewhere.push((Level::Error, format!("{}: {said} ({what})", folder.base.display())));
        }
    }
    for shown in shows.files.values_mut() {
        shown.sort_by_key(|s| (s.bytes.start, s.bytes.end));
    }
    shows
}

impl Shows {
    fn add(&mut self, path: PathBuf, shown: Shown) {
        self.files.entry(path).or_default().push(shown);
    }

    fn at_beginning(&mut self, path: &Path, level: Level, code: &str, message: &str) {
        let diagnostic = plain(level, code, message, LspRange::default());
        self.add(path.to_path_buf(), Shown { diagnostic, bytes: 0..0, result: None });
    }

    fn add_verdicts(&mut self, verdicts: &Verdicts, documents: &Documents, related: bool) {
        let results = || verdicts.results().iter().enumerate().filter(|(_, r)| is_shown(r));
        let spans = results().flat_map(|(_, r)| {
            let others = r.flow.iter().chain(&r.related).take(RELATED).filter(move |_| related).map(|o| o.span);
            r.location.iter().map(|l| l.span).chain(others)
        });
        let of_input = verdicts.diagnostics().iter().filter_map(|d| match d.place {
            Place::Span(span) => Some(span),
            Place::Path(_) | Place::Run => None,
        });
        let ids: FxHashSet<FileId> = spans.chain(of_input).map(|span| span.file).collect();
        let sources: Vec<Arc<Source>> = ids.into_iter().filter_map(|id| verdicts.sources().get(id)).collect();
        let texts = Texts::new(&sources, documents);
        // One text can be wrong in the same way for several parameter files.
        let mut seen = FxHashSet::default();
        for (i, r) in results() {
            let Some(place) = r.location.as_ref().and_then(|l| texts.place(l.span)) else {
                self.elsewhere.push((r.level, format!("{}: {}", r.rule.id, r.message)));
                continue;
            };
            if !seen.insert((place.path, place.bytes.clone(), r.rule.id.as_str(), r.message.as_str(), r.level)) {
                continue;
            }
            let diagnostic = finding(r, place.range, related.then_some(&texts));
            self.add(place.path.to_path_buf(), Shown { diagnostic, bytes: place.bytes, result: Some(i) });
        }
        for d in verdicts.diagnostics() {
            match &d.place {
                Place::Span(span) => {
                    let Some(place) = texts.place(*span) else { continue };
                    if seen.insert((place.path, place.bytes.clone(), d.code, d.message.as_str(), d.level)) {
                        let diagnostic = plain(d.level, d.code, &d.message, place.range);
                        self.add(place.path.to_path_buf(), Shown { diagnostic, bytes: place.bytes, result: None });
                    }
                }
                Place::Path(path) => self.at_beginning(path, d.level, d.code, &d.message),
                Place::Run => self.elsewhere.push((d.level, d.message.clone())),
            }
        }
    }
}

/// Whether an editor shows a result: what a scan reports as well.
fn is_shown(result: &CheckResult) -> bool {
    matches!(result.outcome, Outcome::Fail | Outcome::Error)
}

fn severity(level: Level) -> DiagnosticSeverity {
    match level {
        Level::Error => DiagnosticSeverity::Error,
        Level::Warning => DiagnosticSeverity::Warning,
        Level::Note => DiagnosticSeverity::Information,
    }
}

fn plain(level: Level, code: &str, message: &str, range: LspRange) -> Diagnostic {
    Diagnostic {
        range,
        severity: Some(severity(level)),
        code: Some(code.to_owned().into()),
        source: Some(NAME.to_owned()),
        message: visible(message).into_owned().into(),
        ..Diagnostic::default()
    }
}

fn finding(result: &CheckResult, range: LspRange, texts: Option<&Texts<'_>>) -> Diagnostic {
    let others = result.flow.iter().chain(&result.related).take(RELATED);
    let other = |texts: &Texts<'_>, message: &str, span| {
        let place = texts.place(span)?;
        let location = Location { uri: place.uri.clone(), range: place.range };
        Some(DiagnosticRelatedInformation { location, message: visible(message).into_owned() })
    };
    let related = texts.map(|texts| others.filter_map(|o| other(texts, &o.message, o.span)).collect::<Vec<_>>());
    let page = &result.rule.help_uri;
    Diagnostic {
        code_description: (!page.is_empty()).then(|| CodeDescription { href: Uri(page.to_string()) }),
        tags: result.rule.id.starts_with(UNUSED).then(|| vec![DiagnosticTag::Unnecessary]),
        related_information: related.filter(|r| !r.is_empty()),
        ..plain(result.level, &result.rule.id, &result.message, range)
    }
}

/// A place, in bytes and as the editor counts.
pub struct ShownPlace<'t> {
    /// The file.
    pub path: &'t Path,
    /// What the editor calls it.
    pub uri: &'t Uri,
    /// The bytes.
    pub bytes: Range<usize>,
    /// The same for the editor.
    pub range: LspRange,
}

/// Texts with their lines, each counted once.
pub struct Texts<'t> {
    files: FxHashMap<FileId, (&'t Path, Uri, Lines<'t>)>,
}

impl<'t> Texts<'t> {
    /// Of these texts that were read; where one is open, its lines are those of the editor.
    pub fn new(sources: &'t [Arc<Source>], documents: &'t Documents) -> Self {
        let one = |source: &'t Arc<Source>| {
            let path = source.path.as_path();
            (source.id, (path, documents.uri_of(path), documents.lines(path, source.text())))
        };
        Texts { files: sources.iter().map(one).collect() }
    }

    /// Where a span lies; `None` if it is in none of the texts.
    pub fn place(&self, span: Span) -> Option<ShownPlace<'_>> {
        let (path, uri, lines) = self.files.get(&span.file)?;
        let bytes = span.range();
        Some(ShownPlace { path, uri, range: lines.range(bytes.clone()), bytes })
    }
}
