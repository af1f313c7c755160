//! What a change of the files changes in Azure, in each format.
//!
//! What many entry points share is told once: [`blocks`] are changes with the entry points in which they are the same.

mod json;
mod markdown;
mod picture;
mod text;

use std::io::{self, Write};

use rustc_hash::FxHashMap;
use serde_json::Value as Json;

use super::{Provenance, Screen, cut, words};
use crate::diff::{Change, Changes, Effect, Kind, NewDefault, Place, Property, PropertyKind, Shown};
use crate::model::arm::expression::is_expression;

/// How changes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people at a terminal
    Text,
    /// For scripts; see docs/diff.md
    Json,
    /// For a pull request's comment or a job's summary
    Markdown,
    /// As a picture, for Markdown on GitHub and elsewhere
    Mermaid,
}

/// What is written, and for whom.
pub struct Report<'a> {
    /// What changes.
    pub changes: &'a Changes,
    /// For text.
    pub screen: Screen,
    /// Where lines can be linked to.
    pub provenance: Option<Provenance>,
}

/// Writes what changes.
///
/// # Errors
/// The writer's.
pub fn write(format: Format, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => text::write(report, out),
        Format::Json => json::write(report, out),
        Format::Markdown => markdown::write(report, out),
        Format::Mermaid => picture::write(report, out),
    }
}

/// Changes that are the same in some entry points.
struct Block<'a> {
    /// What the entry points are called.
    entries: Vec<String>,
    /// Their changes, the worst first.
    changes: Vec<Same<'a>>,
}

/// A change that is the same in some entry points.
struct Same<'a> {
    change: &'a Change,
    /// What the resource is called in each, without repetition.
    names: Vec<&'a str>,
}

/// All changes, the worst first.
fn blocks(changes: &Changes) -> Vec<Block<'_>> {
    let mut same: Vec<(Same<'_>, Vec<usize>)> = Vec::new();
    let mut known: FxHashMap<String, usize> = FxHashMap::default();
    for (i, entry) in changes.entries.iter().enumerate() {
        for change in &entry.changes {
            let at = *known.entry(identity(change)).or_insert(same.len());
            if at == same.len() {
                same.push((Same { change, names: Vec::new() }, Vec::new()));
            }
            if let Some((one, entries)) = same.get_mut(at) {
                if !one.names.contains(&change.name.as_str()) {
                    one.names.push(&change.name);
                }
                if entries.last() != Some(&i) {
                    entries.push(i);
                }
            }
        }
    }
    let mut blocks: Vec<(Vec<usize>, Block<'_>)> = Vec::new();
    let mut places: FxHashMap<Vec<usize>, usize> = FxHashMap::default();
    for (one, entries) in same {
        let at = *places.entry(entries.clone()).or_insert(blocks.len());
        if at == blocks.len() {
            let shown = entries.iter().filter_map(|i| changes.entries.get(*i)).map(crate::diff::Entry::shown).collect();
            blocks.push((entries, Block { entries: shown, changes: Vec::new() }));
        }
        if let Some((_, block)) = blocks.get_mut(at) {
            block.changes.push(one);
        }
    }
    let mut blocks: Vec<Block<'_>> = blocks.into_iter().map(|(_, block)| block).collect();
    blocks.iter_mut().for_each(|b| b.changes.sort_by_key(|s| std::cmp::Reverse(s.change.weight())));
    blocks.sort_by_key(|b| std::cmp::Reverse(b.changes.first().map_or(0, |s| s.change.weight())));
    blocks
}

/// What is the same for two changes that are told once: all but names that only the entry points tell apart.
fn identity(c: &Change) -> String {
    let place = c.place.as_ref().or(c.old_place.as_ref());
    let named = |p: &&(Property, Option<Effect>)| p.0.path == "name" || p.0.path == "id";
    let name = if place.is_none() || c.properties.iter().any(|p| named(&p)) { c.name.as_str() } else { "" };
    format!(
        "{:?} {} {:?} {name} {:?} {:?} {:?} {:?}",
        c.kind, c.type_, c.symbol, place, c.api_version, c.defaults, c.properties
    )
}

/// `+`, `-`, `~`, or `!` for what cannot be updated.
fn sign(c: &Change) -> char {
    match (c.kind, c.effect()) {
        (_, Some(_)) => '!',
        (Kind::Created, _) => '+',
        (Kind::Removed, _) => '-',
        (Kind::Changed, _) => '~',
    }
}

/// The names of a resource in some entry points.
fn names(same: &Same<'_>) -> String {
    let shown = same.names.iter().take(3).copied().collect::<Vec<_>>().join(", ");
    match same.names.len().saturating_sub(3) {
        0 if shown.is_empty() => same.change.symbol.as_deref().unwrap_or("(no name)").to_owned(),
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The entry points of a block.
fn heading(block: &Block<'_>) -> String {
    let shown = block.entries.iter().take(2).map(String::as_str).collect::<Vec<_>>().join(", ");
    match block.entries.len().saturating_sub(2) {
        0 => shown,
        more => format!("{shown} and {}", words::count(more, "more entry point")),
    }
}

/// A value on one line, of at most so many characters.
fn value(shown: Option<&Shown>, most: usize) -> String {
    match shown.map(|s| &s.value) {
        None => String::new(),
        // An expression stands in its brackets, not in quotes: nobody wrote it as a text.
        Some(Json::String(text)) if is_expression(text) => cut::visible(text, most).into_owned(),
        Some(other) => cut::visible(&other.to_string(), most).into_owned(),
    }
}

/// `main.bicep:3:5`
fn place(place: &Place) -> String {
    format!("{}:{}:{}", place.file, place.start.line, place.start.column)
}

/// Where a property got the value that it has now, or lost it.
fn place_of(p: &Property) -> Option<&Place> {
    let of = |shown: &'_ Option<Shown>| shown.as_ref().and_then(|s| s.place.as_ref()).is_some();
    let shown = if of(&p.new) || p.kind == PropertyKind::Added { &p.new } else { &p.old };
    shown.as_ref().and_then(|s| s.place.as_ref())
}

/// Why a property that nobody writes changes.
fn default(d: &NewDefault) -> String {
    format!("not written: what Azure takes for it depends on the API version ({})", d.rule)
}

/// What there is to say about a property beyond its values.
fn remarks(p: &Property, effect: Option<Effect>) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(effect) = effect {
        out.push(effect.words().to_owned());
    }
    if p.kind == PropertyKind::Order {
        out.push("the same items in another order".to_owned());
    }
    let on = p.depends_on.iter().map(|d| format!("`{d}`")).collect::<Vec<_>>().join(", ");
    match (p.may, on.is_empty()) {
        (true, false) => out.push(format!("may be the same: it depends on {on}")),
        (true, true) => out.push("may be the same: only Azure can know".to_owned()),
        (false, false) => out.push(format!("depends on {on}")),
        (false, true) => {}
    }
    out
}

/// What there is to say about a resource that is created or removed.
fn fate(c: &Change) -> Option<&'static str> {
    match (c.kind, c.open) {
        (Kind::Removed, _) => Some("stays in incremental mode; complete mode or a deployment stack deletes it"),
        (Kind::Created, true) => Some("may be deployed: its condition or its loop is not decided"),
        _ => None,
    }
}

/// `2 created, 1 changed, 0 removed`, and how many of the changed are more than that.
fn totals(changes: &Changes) -> String {
    let kind = |kind| changes.count(|c| c.kind == kind && !c.is_api_only());
    let mut out =
        format!("{} created, {} changed, {} removed", kind(Kind::Created), kind(Kind::Changed), kind(Kind::Removed));
    for (n, what) in [
        (changes.count(|c| c.effect() == Some(Effect::Refused)), "cannot be updated"),
        (changes.count(|c| c.effect() == Some(Effect::Replaced)), "replaced by another"),
    ] {
        if n > 0 {
            out.push_str(&format!(" ({n} {what})"));
        }
    }
    let api = changes.count(Change::is_api_only);
    if api > 0 {
        out.push_str(&format!("; {api} with another API version only"));
    }
    out
}

/// What was looked at.
fn looked_at(changes: &Changes) -> String {
    format!(
        "{} compared, {} as before",
        words::count(changes.compared, "entry point"),
        words::count(changes.unchanged, "resource")
    )
}
