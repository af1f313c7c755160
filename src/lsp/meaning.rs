//! Whether a Bicep file means the same when one of its names is another: it is read once more with the new name, and all names in it
//! must stand for what they stood for.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use super::names;
use crate::check::language::scope::{Meaning, Scope};
use crate::read::Sources;
use crate::source::Span;

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
        scope.declarations.len() - names.len()
    };
    if twice(&now) > twice(&old) {
        return Some(format!("it is declared in {} already", path.display()));
    }
    let meant: HashMap<u32, Meaning> = old.meanings().map(|(start, m)| (moved(start, spans, new), m)).collect();
    let means: HashMap<u32, Meaning> = now.meanings().collect();
    let of = |all: &HashMap<u32, Meaning>, start: u32| all.get(&start).copied().unwrap_or(Meaning::Unknown);
    let starts: BTreeSet<u32> = meant.keys().chain(means.keys()).copied().collect();
    let start = starts.into_iter().find(|start| of(&meant, *start) != of(&means, *start))?;
    let line = after.source.position(start).line;
    let place = format!("{}:{line}", path.display());
    Some(match spans.iter().any(|s| moved(s.start, spans, new) == start) {
        true => format!("at {place} it would stand for what a loop, a lambda, a function or a resource binds there"),
        false => format!("{place} uses `{new}` for something else: a function, a type, a namespace or another name"),
    })
}

/// A text with another name at some places.
fn with(text: &str, spans: &[Span], new: &str) -> String {
    let mut out = text.to_owned();
    spans.iter().rev().filter(|s| text.get(s.range()).is_some()).for_each(|s| out.replace_range(s.range(), new));
    out
}

/// Where a byte is once that is done.
fn moved(byte: u32, spans: &[Span], new: &str) -> u32 {
    let new = u32::try_from(new.len()).unwrap_or(u32::MAX);
    let before = spans.iter().take_while(|s| s.end <= byte);
    before.fold(byte, |at, s| at.saturating_add(new).saturating_sub(s.end - s.start))
}
