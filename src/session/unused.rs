//! What of a configuration was of no use in a scan.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use crate::config::names::{self, Rules};
use crate::config::{Config, ParameterDefaults};
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::read::bicep;
use crate::read::bicep::ast::{Statement, StatementKind};
use crate::read::{Source, Sources, Span};
use crate::report::{FileRecord, FileStatus};
use crate::scan::Scanned;
use crate::walk::Patterns;
use crate::walk::patterns::PathGlobs;

const CODE: &str = "config-unused";

/// A message for each glob that matched no file - of the command line, and of options files whose whole folder was walked -, for
/// each default of a parameter that nothing there declares, and for types of targets where there is none of them.
pub(super) fn told(
    patterns: &Patterns,
    config: &Config,
    walked: &[PathBuf],
    scanned: &Scanned,
    sources: &Sources,
) -> Vec<Diagnostic> {
    let whole = |folder: &Path| walked.iter().any(|w| folder.starts_with(w));
    let mut out = globs(patterns, config, &whole);
    out.extend(defaults(config, &whole, &scanned.files, sources));
    out.extend(nothing_judged(config, scanned, sources));
    out
}

fn globs(patterns: &Patterns, config: &Config, whole: &dyn Fn(&Path) -> bool) -> Vec<Diagnostic> {
    let of_line = patterns.unused().map(|(option, glob)| Diagnostic {
        level: Level::Warning,
        code: CODE,
        message: format!("{option} `{glob}` matches no file"),
        place: Place::Run,
    });
    let of_files = config.path_globs().filter(|globs| whole(globs.folder())).flat_map(PathGlobs::unused);
    let of_files = of_files.map(|(glob, span)| {
        Diagnostic::warning(CODE, span, format!("the glob `{glob}` matches no file; mend or remove it"))
    });
    of_line.chain(of_files).collect()
}

/// Defaults of parameters that no template declares which they are for.
fn defaults(
    config: &Config,
    whole: &dyn Fn(&Path) -> bool,
    files: &[FileRecord],
    sources: &Sources,
) -> Vec<Diagnostic> {
    let all = config.parameter_defaults.iter().filter(|d| whole(&d.folder));
    let mut open: Vec<(&ParameterDefaults, &str, Span)> =
        all.flat_map(|d| d.names.iter().map(move |(name, span)| (d, name.as_str(), *span))).collect();
    for file in files.iter().filter(|file| file.status != FileStatus::Skipped) {
        if open.is_empty() {
            break;
        }
        let Ok(source) = sources.load(&file.path) else { continue };
        let declared = declared(file, &source);
        open.retain(|(d, name, _)| {
            !(declared.contains(&name.to_ascii_lowercase())
                && d.templates.as_ref().is_none_or(|globs| globs.holds(&file.path)))
        });
    }
    let one = |(_, name, span): (&ParameterDefaults, &str, Span)| {
        let message = format!("no template that this is for declares a parameter `{name}`; mend or remove it");
        Diagnostic { level: Level::Note, code: CODE, message, place: Place::Span(span) }
    };
    open.into_iter().map(one).collect()
}

/// The parameters that a file may declare, in small letters. In JSON, whatever is called so may be one, of the template or of one
/// within it.
fn declared(file: &FileRecord, source: &Source) -> FxHashSet<String> {
    if file.kind != "bicep" {
        return source.text().split('"').map(str::to_ascii_lowercase).collect();
    }
    let name = |s: &Statement| match &s.kind {
        StatementKind::Param(p) => Some(p.name.text.to_ascii_lowercase().into()),
        _ => None,
    };
    bicep::parse(source).statements.iter().filter_map(name).collect()
}

/// That no file names a type of which the targets are to be judged: such a run is green whatever the files say.
fn nothing_judged(config: &Config, scanned: &Scanned, sources: &Sources) -> Option<Diagnostic> {
    if config.target_types.is_empty() || scanned.files.is_empty() || !scanned.results.is_empty() {
        return None;
    }
    // A child may be declared within its parent, by the end of its type only, and what another file declares is in no text here.
    let elsewhere = ["'br:", "'br/", "'ts:", "'ts/", "\"templatelink\""];
    // A template is a deployment itself, and there are targets that no text names: a subscription, a resource group.
    let there = Rules { documents: &config.documents, pages: &config.pages };
    let is_told = |type_: &String| {
        let lower = type_.to_ascii_lowercase();
        lower.starts_with('.')
            || lower.contains('/') && !lower.starts_with("microsoft.resources/")
            || !names::is_type(type_, there)
    };
    if !config.target_types.iter().all(is_told) {
        return None;
    }
    let types: Vec<String> = config.target_types.iter().map(|t| t.to_ascii_lowercase()).collect();
    for file in scanned.files.iter().filter(|file| file.status != FileStatus::Skipped) {
        let Ok(source) = sources.load(&file.path) else { continue };
        let text = source.text().to_ascii_lowercase();
        let name = file.path.to_string_lossy().to_ascii_lowercase();
        let may_be =
            |type_: &String| names_type(&text, type_) || type_.starts_with('.') && name.ends_with(type_.as_str());
        if types.iter().any(may_be) || elsewhere.iter().any(|word| text.contains(word)) {
            return None;
        }
    }
    let option = if config.psrule { "input.targetType" } else { "rules.target-types" };
    let message = format!(
        "`{option}` leaves nothing to judge: no file that was looked at names {}; mend or remove it",
        config.target_types.join(", ")
    );
    Some(Diagnostic { level: Level::Warning, code: CODE, message, place: Place::Run })
}

/// Whether a text names a type, both in small letters: what it begins with as a whole, and its end, which is all that stands where a
/// child is declared within its parent. A name without a slash is no type of a resource.
fn names_type(text: &str, type_: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let holds = |word: &str| {
        text.match_indices(word).any(|(at, _)| {
            let before = text.get(..at).and_then(|t| t.chars().next_back());
            let after = text.get(at + word.len()..).and_then(|t| t.chars().next());
            !before.is_some_and(is_part) && !after.is_some_and(is_part)
        })
    };
    let top = match type_.match_indices('/').nth(1) {
        Some((end, _)) => type_.get(..end).unwrap_or(type_),
        None => type_,
    };
    type_.contains('/') && holds(top) && holds(type_.rsplit('/').next().unwrap_or(type_))
}

#[cfg(test)]
mod tests {
    use super::names_type;

    #[test]
    fn types_are_named_as_a_whole() {
        let text = "resource a 'microsoft.storage/storageaccounts@2023-05-01' = {\n resource b 'blobservices' = {";
        for (type_, wanted) in [
            ("microsoft.storage/storageaccounts", true),
            ("microsoft.storage/storageaccount", false),
            ("microsoft.storag/storageaccounts", false),
            ("icrosoft.storage/storageaccounts", false),
            ("microsoft.storage/storageaccounts/blobservices", true),
            ("microsoft.storage/storageaccounts/blobservice", false),
            ("microsoft.storag/storageaccounts/blobservices", false),
            ("storageaccounts", false),
            ("", false),
        ] {
            assert_eq!(names_type(text, type_), wanted, "{type_}");
        }
    }
}
