//! Whether a Bicep file means the same when one of its names is another: it is read once more with the new name, and all names in it
//! must stand for what they stood for.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use super::names;
use crate::check::language::scope::{Meaning, Scope};
use crate::read::Sources;
use crate::source::Span;

/// What a name stands for, and which of the locals that is.
type Stands = (Meaning, Option<usize>);

/// Words that stand for a value.
const VALUES: [&str; 3] = ["true", "false", "null"];

/// Why a text is no name of Bicep.
pub fn no_name(text: &str) -> Option<&'static str> {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    if !text.starts_with(letter) || !text.chars().all(|c| letter(c) || c.is_ascii_digit()) {
        return Some("a name of Bicep is made of letters, digits and underscores, and does not begin with a digit");
    }
    VALUES.contains(&text).then_some("in Bicep, this word stands for a value")
}

/// What would be otherwise in a file, other than the name itself, if `new` stood at these places, which are in order; `None` if
/// nothing would.
pub fn otherwise(path: &Path, text: &str, spans: &[Span], new: &str) -> Option<String> {
    let renamed = with(text, spans, new);
    // One text each: a path has one in a collection.
    let before = names::parsed(Sources::new().add(path, text))?;
    let after = names::parsed(Sources::new().add(path, renamed))?;
    if after.file.problems.len() > before.file.problems.len() {
        return Some(format!("with it, {} could not be read any more", path.display()));
    }
    let (old, now) = (Scope::of(&before.file), Scope::of(&after.file));
    let twice = |scope: &Scope<'_>| {
        let names: BTreeSet<_> = scope.declarations.iter().map(|d| (d.parent, d.name.text.as_str())).collect();
        let locals: BTreeSet<_> = scope.locals.iter().map(|l| (l.binder, l.name.text.as_str())).collect();
        scope.declarations.len() + scope.locals.len() - names.len() - locals.len()
    };
    if twice(&now) > twice(&old) {
        return Some(format!("it is declared in {} already", path.display()));
    }
    let moves = Moves::of(spans, new);
    // Of two things that lambdas bind, each stands for itself.
    let bound = |scope: &Scope<'_>| -> HashMap<u32, usize> {
        let each = scope.locals.iter().enumerate();
        each.flat_map(|(i, local)| local.uses.iter().map(move |name| (name.span.start, i))).collect()
    };
    let (was, is) = (bound(&old), bound(&now));
    let meant: HashMap<u32, Stands> =
        old.meanings().map(|(start, m)| (moves.at(start), (m, was.get(&start).copied()))).collect();
    let means: HashMap<u32, Stands> = now.meanings().map(|(start, m)| (start, (m, is.get(&start).copied()))).collect();
    let of = |all: &HashMap<u32, Stands>, start: u32| all.get(&start).copied().unwrap_or((Meaning::Unknown, None));
    let starts: BTreeSet<u32> = meant.keys().chain(means.keys()).copied().collect();
    let start = starts.into_iter().find(|start| of(&meant, *start) != of(&means, *start))?;
    let line = after.source.position(start).line;
    let place = format!("{}:{line}", path.display());
    Some(match spans.iter().any(|s| moves.at(s.start) == start) {
        true => format!("at {place} it would stand for what a loop, a lambda, a function or a resource binds there"),
        false => format!("{place} uses `{new}` for something else: a function, a type, a namespace or another name"),
    })
}

/// A text with another name at some places, which are in order.
fn with(text: &str, spans: &[Span], new: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for span in spans.iter().filter(|s| text.get(s.range()).is_some()) {
        out.push_str(text.get(from..span.range().start).unwrap_or_default());
        out.push_str(new);
        from = span.range().end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// Where bytes are once that is done.
struct Moves {
    /// The end of each place, and by how much all behind it has moved.
    ends: Vec<(u32, i64)>,
}

impl Moves {
    fn of(spans: &[Span], new: &str) -> Self {
        let mut by = 0;
        let ends = spans.iter().map(|s| {
            by += new.len() as i64 - i64::from(s.end - s.start);
            (s.end, by)
        });
        Moves { ends: ends.collect() }
    }

    fn at(&self, byte: u32) -> u32 {
        let before = self.ends.partition_point(|(end, _)| *end <= byte);
        let by = before.checked_sub(1).and_then(|last| self.ends.get(last)).map_or(0, |(_, by)| *by);
        u32::try_from(i64::from(byte) + by).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    #[test]
    fn what_stands_behind_a_name_moves_with_it() {
        let text = "ab + ab + c";
        let spans = [Span::new(FileId::new(0), 0, 2), Span::new(FileId::new(0), 5, 7)];
        assert_eq!(with(text, &spans, "long"), "long + long + c");
        let moves = Moves::of(&spans, "long");
        assert_eq!([0, 2, 5, 7, 10].map(|byte| moves.at(byte)), [0, 4, 7, 11, 14]);
    }
}
