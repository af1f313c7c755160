//! The files of a run as those who accept findings see them: which are looked at, and what they declare as a whole.

use std::path::Path;

use crate::check::{CheckResult, Outcome, Stand};
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::read::{Source, Sources, Span};
use crate::source::{PathMap, PathSet};
use crate::suppress::Looked;
use crate::walk::classify::Kind;
use crate::walk::entries::Links;
use crate::walk::inputs::Input;

/// The files that could not be read or evaluated as a whole: what is found in them is not all that there is to find.
pub fn broken(diagnostics: &[Diagnostic], lost: &PathMap<String>, sources: &Sources) -> PathSet {
    let errors = diagnostics.iter().filter(|d| d.level == Level::Error);
    let paths = errors.filter_map(|d| match &d.place {
        Place::Span(span) => sources.stored(span.file).map(|source| source.path.clone()),
        Place::Path(path) => Some(path.clone()),
        Place::Run => None,
    });
    paths.chain(lost.paths().map(Path::to_path_buf)).collect()
}

/// The files in which findings may be accepted. Of those that are broken nobody knows what covers nothing.
pub fn looked_at(inputs: &[Input], links: &Links, broken: &PathSet) -> Vec<Looked> {
    let one = |i: &Input| {
        let source = i.source.clone().filter(|_| i.kind != Kind::Other)?;
        // What Bicep generated nobody edits.
        let edited = i.explicit || !links.generated.contains_key(&i.path);
        let judged = i.judged && edited && !broken.contains(&i.path);
        Some(Looked { source, judged, alone: i.explicit })
    };
    inputs.iter().filter_map(one).collect()
}

/// Adds a place of a file to what results are declared by: what is said of that place is said of them.
pub fn by(results: &mut [CheckResult], place: Span) {
    let counts = |r: &&mut CheckResult| matches!(r.outcome, Outcome::Fail | Outcome::Unknown | Outcome::Suppressed);
    for result in results.iter_mut().filter(counts) {
        if result.stands.is_empty() {
            result.stands.push(Stand::default());
        }
        result.stands.iter_mut().for_each(|stand| stand.declared.push(place));
    }
}

/// Where a parameter file begins, which stands for all that is deployed with it: its `using`, or the outermost brace.
pub fn head_of(source: &Source) -> Span {
    let mut start = 0;
    for line in source.text().split_inclusive('\n') {
        let code = line.trim_start_matches('\u{feff}').trim_start();
        if code.starts_with('{') || code.strip_prefix("using").is_some_and(|rest| rest.starts_with([' ', '\t', '\''])) {
            let start = start + line.len() - code.len();
            return Span::new(source.id, start, start);
        }
        start += line.len();
    }
    Span::new(source.id, 0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Sources;

    #[test]
    fn where_parameter_files_begin() {
        let start = |text: &str| head_of(&Sources::new().add("a", text)).start;
        assert_eq!(start("// using\n  using 'a'\nparam x = {"), 11);
        assert_eq!(start("// a\n{ }"), 5);
        assert_eq!(start("usings\n"), 0);
    }
}
