//! What became of every file: the `files` of a report.

use std::path::{Path, PathBuf};

use super::unreached::Reached;
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::expand::Deployed;
use crate::read::Sources;
use crate::report::{FileRecord, FileStatus};
use crate::source::{PathMap, PathSet};
use crate::walk::Skipped;
use crate::walk::classify::Kind;
use crate::walk::entries::Links;
use crate::walk::inputs::Input;
use crate::walk::root::relative;

/// What happened while entry points were evaluated.
#[derive(Debug, Default)]
pub struct Happened {
    /// Files of entry points that were lost (a panic, no template), with the reason.
    pub lost: PathMap<String>,
    /// Files that were left to another shard.
    pub elsewhere: PathSet,
    /// What was judged of which file.
    pub reached: Reached,
}

/// Accounts for every file.
pub fn records(
    skipped: &[Skipped],
    inputs: &[Input],
    links: &Links,
    happened: &Happened,
    diagnostics: &[Diagnostic],
    sources: &Sources,
) -> Vec<FileRecord> {
    let troubles = troubles(diagnostics, sources);
    let mut out: Vec<FileRecord> = inputs
        .iter()
        .filter(|i| i.judged || links.tells_of(i))
        .map(|input| {
            let (status, reason) = status(input, links, happened, &troubles);
            let resources = happened.reached.resources(&input.path);
            FileRecord { path: input.path.clone(), kind: input.kind.as_str(), status, reason, resources }
        })
        .collect();
    out.extend(skipped.iter().map(|s| FileRecord {
        path: s.path.clone(),
        kind: s.kind,
        status: if s.failed { FileStatus::Failed } else { FileStatus::Skipped },
        reason: s.reason.clone(),
        resources: 0,
    }));
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

fn status(input: &Input, links: &Links, happened: &Happened, troubles: &PathMap<Trouble<'_>>) -> (FileStatus, String) {
    let path = &input.path;
    if input.source.is_none() {
        return (FileStatus::Failed, input.reason.clone());
    }
    if input.kind == Kind::Other {
        return (FileStatus::Skipped, input.reason.clone());
    }
    if let (Some(source), false) = (links.generated.get(path), input.explicit) {
        let name = relative(source, path.parent().unwrap_or(Path::new("")));
        return (FileStatus::Generated, format!("compiled from {name}, which is scanned itself"));
    }
    if happened.elsewhere.contains(path) {
        return (FileStatus::Skipped, "belongs to another shard".to_owned());
    }
    if let Some(reason) = happened.lost.get(path) {
        return (FileStatus::Failed, reason.clone());
    }
    if let Some(reason) = links.unlinked.get(path) {
        return (FileStatus::Partly, format!("judged as a file, not evaluated: {reason}"));
    }
    match troubles.get(path) {
        Some(trouble) => (FileStatus::Partly, trouble.to_string()),
        None => (FileStatus::Analysed, String::new()),
    }
}

/// What keeps a file from being analysed as a whole.
struct Trouble<'d> {
    count: usize,
    first: &'d Diagnostic,
    line: u32,
}

impl std::fmt::Display for Trouble<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.first.message)?;
        match self.count {
            1 => Ok(()),
            n => write!(f, " (and {} more)", n - 1),
        }
    }
}

/// The troubles of each file: errors, and warnings about what was left out. A warning of the readers costs nothing.
fn troubles<'d>(diagnostics: &'d [Diagnostic], sources: &Sources) -> PathMap<Trouble<'d>> {
    let costs = |d: &&Diagnostic| match d.level {
        Level::Error => true,
        Level::Warning => {
            // Nor does one about what somebody accepts, or about what was judged on an assumption.
            !["json-", "bicep-", "encoding", "generated-differs", "suppression-", "template-assumed"]
                .iter()
                .any(|of| d.code.starts_with(of))
        }
        Level::Note => false,
    };
    let mut out: PathMap<Trouble<'d>> = PathMap::default();
    for d in diagnostics.iter().filter(costs) {
        let Place::Span(span) = d.place else { continue };
        let Some(source) = sources.get(span.file) else { continue };
        let line = source.position(span.start).line;
        out.entry(source.path.clone()).and_modify(|t| t.count += 1).or_insert(Trouble { count: 1, first: d, line });
    }
    out
}

/// A diagnostic about a restored module, moved to the call of the module: what is in it is not the project's to edit, and no
/// report could show it.
pub fn editable(mut d: Diagnostic, deployed: &Deployed, sources: &Sources) -> Diagnostic {
    let Place::Span(span) = d.place else { return d };
    let called = || deployed.called_from(0, span.file, |f| !sources.is_restored(f));
    if let (Some(module), Some(source)) = (sources.restored(span.file), sources.get(span.file))
        && let Some(call) = called()
    {
        let at = source.position(span.start);
        d.message = format!("{} (in the module {module}, line {}, column {})", d.message, at.line, at.column);
        d.place = Place::Span(call);
    }
    d
}

/// The most diagnostics of one file that a report holds. Who has so many has one mistake at the top of the file, or is a stranger
/// who wants reports of hundreds of megabytes.
const MOST_IN_A_FILE: usize = 1_000;

/// Puts diagnostics in the one order they have whatever the threads did, each once. Of a file with more than
/// [`MOST_IN_A_FILE`] the first are kept; one at the next place counts the others, and is as bad as the worst of them.
pub fn in_order(mut diagnostics: Vec<Diagnostic>, sources: &Sources) -> Vec<Diagnostic> {
    let key = |d: &Diagnostic| {
        let (path, start, end) = match &d.place {
            Place::Run => (PathBuf::new(), 0, 0),
            Place::Path(path) => (path.clone(), 0, 0),
            Place::Span(span) => {
                let path = sources.stored(span.file).map(|s| s.path.clone()).unwrap_or_default();
                (path, span.start, span.end)
            }
        };
        (path, start, end, d.level, d.code, d.message.clone())
    };
    diagnostics.sort_by_cached_key(key);
    diagnostics.dedup();
    let file = |d: &Diagnostic| match d.place {
        Place::Span(span) => Some(span.file),
        Place::Path(_) | Place::Run => None,
    };
    if !diagnostics.chunk_by(|a, b| file(a) == file(b)).any(|of_one| of_one.len() > MOST_IN_A_FILE) {
        return diagnostics;
    }
    let mut kept = Vec::new();
    for of_one in diagnostics.chunk_by(|a, b| file(a) == file(b)) {
        let (shown, rest) = of_one.split_at(of_one.len().min(MOST_IN_A_FILE));
        kept.extend_from_slice(shown);
        let worst = rest.iter().map(|d| d.level).min();
        if let (Some(level), Some(next)) = (worst, rest.first().filter(|d| file(d).is_some())) {
            let message = format!(
                "{} more problems in this file are not shown: a file has at most {MOST_IN_A_FILE} in a report. Mend the first \
                 ones and run armlint again",
                rest.len()
            );
            kept.push(Diagnostic { level, code: "more-problems", message, place: next.place.clone() });
        } else {
            kept.extend_from_slice(rest);
        }
    }
    kept
}

/// The first line of a panic's message.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text =
        panic.downcast_ref::<&str>().map(|s| (*s).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_default().lines().next().unwrap_or("").to_owned()
}

/// The diagnostic for an entry point that was lost to a mistake of ours.
pub fn internal(path: &Path, what: &str) -> Diagnostic {
    let message = format!("armlint made a mistake here and lost this file ({what}); please report it with the file");
    Diagnostic::at_path(Level::Error, "internal", path, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    #[test]
    fn a_file_has_so_many_diagnostics_and_no_more() {
        let sources = Sources::new();
        let (long, short) = (sources.add("a.bicep", " ".repeat(9_000)), sources.add("b.bicep", " "));
        let of = |source: &crate::source::Source, n: usize| {
            let at = source.id;
            (0..n).map(move |i| Diagnostic::warning("x", Span::new(at, i, i), "x"))
        };
        let mut all: Vec<Diagnostic> = of(&long, MOST_IN_A_FILE + 2).chain(of(&short, 1)).collect();
        let last = all.len() - 2;
        all[last].level = Level::Error;
        let shown = in_order(all, &sources);
        assert_eq!(shown.len(), MOST_IN_A_FILE + 2);
        let rest = &shown[MOST_IN_A_FILE];
        assert_eq!((rest.level, rest.code), (Level::Error, "more-problems"));
        assert!(rest.message.starts_with("2 more problems"), "{}", rest.message);
        // One fewer, and each has its own line.
        let few: Vec<Diagnostic> = of(&long, MOST_IN_A_FILE).chain(of(&short, 1)).collect();
        assert_eq!(in_order(few.clone(), &sources), few);
    }
}
