//! Modules that were not restored: one word about all of them.
//!
//! A repository that was not restored names hundreds; as many warnings would bury everything else.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Level, Place};
use crate::model::registry::NOT_RESTORED;
use crate::read::Sources;

/// How many modules are named.
const NAMED: usize = 10;

/// Whether a diagnostic is about a module that is not in the cache.
pub fn is_about(d: &Diagnostic) -> bool {
    d.code == NOT_RESTORED
}

/// Makes one diagnostic of those about modules that are not in the cache, at the place of the first; an error if modules are
/// required.
pub fn grouped(diagnostics: Vec<Diagnostic>, required: bool, sources: &Sources) -> Vec<Diagnostic> {
    let mut modules: BTreeMap<String, usize> = BTreeMap::new();
    for d in diagnostics.iter().filter(|d| is_about(d)) {
        *modules.entry(name(d, sources)).or_default() += 1;
    }
    let message = (modules.len() > 1 || modules.values().any(|n| *n > 1)).then(|| message(&modules));
    let mut first = true;
    let mut out = Vec::with_capacity(diagnostics.len());
    for mut d in diagnostics {
        if is_about(&d) {
            if !std::mem::take(&mut first) {
                continue;
            }
            d.message = message.clone().unwrap_or(d.message);
            d.level = if required { Level::Error } else { d.level };
        }
        out.push(d);
    }
    out
}

/// The reference as it is written.
fn name(d: &Diagnostic, sources: &Sources) -> String {
    let Place::Span(span) = d.place else { return String::new() };
    let source = sources.get(span.file);
    let text = source.as_ref().and_then(|s| s.text().get(span.start as usize..span.end as usize)).unwrap_or_default();
    text.trim_matches(['\'', '"']).to_owned()
}

fn message(modules: &BTreeMap<String, usize>) -> String {
    let one = |(name, places): (&String, &usize)| match places {
        1 => name.clone(),
        n => format!("{name} ({n} places)"),
    };
    let mut names: Vec<String> = modules.iter().take(NAMED).map(one).collect();
    if modules.len() > NAMED {
        names.push(format!("and {} more", modules.len() - NAMED));
    }
    let (what, is) = if modules.len() == 1 { ("a module", "is") } else { ("modules", "are") };
    let count = if modules.len() == 1 { String::new() } else { format!("{} ", modules.len()) };
    format!(
        "{count}{what} {is} not in the module cache, and what is deployed through {} is not checked: {}; fetch with 'armlint restore', or \
         name the cache with --cache-dir",
        if modules.len() == 1 { "it" } else { "them" },
        names.join(", ")
    )
}
