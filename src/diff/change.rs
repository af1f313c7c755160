//! What changes between two expansions of one entry point.

use ecow::EcoString;
use serde_json::Value as Json;

use super::compare::{self, Property, PropertyKind};
use super::defaults::{self, NewDefault};
use super::pair;
use super::tree::{Asked, Item, Place, Snapshot};
use super::unread::{self, Unread};
use crate::check::updates::{self, Effect};

/// A resource that is created, removed or changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What happens to it.
    pub kind: Kind,
    /// Its id now, else before, as far as it is known; an expression stands in brackets.
    pub id: Json,
    /// Its type.
    pub type_: EcoString,
    /// Its name for people: that of now, else that before.
    pub name: EcoString,
    /// Its name before, where that is another.
    pub old_name: Option<EcoString>,
    /// Its symbolic name.
    pub symbol: Option<EcoString>,
    /// The calls of modules that it comes through, from the outside.
    pub through: Vec<EcoString>,
    /// Where it is declared now.
    pub place: Option<Place>,
    /// Where it was declared.
    pub old_place: Option<Place>,
    /// It may not be deployed: its condition or the length of its loop is not decided.
    pub open: bool,
    /// The API version before and now, where they differ.
    pub api_version: Option<(EcoString, EcoString)>,
    /// What nobody writes, and comes to something else with the API version of now.
    pub defaults: Vec<NewDefault>,
    /// What differs, the worst first; of a resource that is created or removed, nothing.
    pub properties: Vec<(Property, Option<Effect>)>,
}

/// What happens to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// It is new.
    Created,
    /// It is there before and now, and not the same.
    Changed,
    /// No template deploys it any more.
    Removed,
}

impl Kind {
    /// The word of the JSON report.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Created => "created",
            Kind::Changed => "changed",
            Kind::Removed => "removed",
        }
    }
}

impl Change {
    /// The worst that becomes of it.
    pub fn effect(&self) -> Option<Effect> {
        self.properties.iter().filter_map(|(_, effect)| *effect).max()
    }

    /// Only the API version differs, and nothing hangs on it as far as is known.
    pub fn is_api_only(&self) -> bool {
        self.kind == Kind::Changed && self.properties.is_empty() && self.defaults.is_empty()
    }

    /// How much somebody wants to know of it: the higher, the more.
    pub fn weight(&self) -> u8 {
        match (self.kind, self.effect()) {
            (_, Some(Effect::Refused)) => 5,
            (_, Some(Effect::Replaced)) => 4,
            (Kind::Removed, _) => 3,
            (Kind::Changed, _) if self.is_api_only() => 0,
            (Kind::Changed, _) => 2,
            (Kind::Created, _) => 1,
        }
    }
}

/// What changes, the worst first, how many resources stay as they are, and what is not known.
pub fn changes(before: &Snapshot, after: &Snapshot) -> (Vec<Change>, usize, Unread) {
    let renamed = with_renamed_parameters(before, after);
    let before = renamed.as_ref().unwrap_or(before);
    if before.unread.is_empty() && after.unread.is_empty() {
        let (changes, same) = held(before, after);
        return (changes, same, Unread::default());
    }
    let (mut old, mut new) = (before.clone(), after.clone());
    let mut unread = unread::taken_out(&mut old, &mut new);
    let (mut changes, same) = held(&old, &new);
    unread.take_out(before, after, &mut changes);
    (changes, same, unread)
}

fn held(before: &Snapshot, after: &Snapshot) -> (Vec<Change>, usize) {
    let (mut out, mut same) = (Vec::new(), 0);
    for (old, new) in pair::pairs(&before.items, &after.items) {
        match (old.and_then(|i| before.items.get(i)), new.and_then(|i| after.items.get(i))) {
            (Some(old), Some(new)) => match both(old, new) {
                Some(change) => out.push(change),
                None => same += 1,
            },
            (Some(old), None) => out.push(alone(Kind::Removed, old)),
            (None, Some(new)) => out.push(alone(Kind::Created, new)),
            (None, None) => {}
        }
    }
    out.sort_by_key(|c| std::cmp::Reverse(c.weight()));
    (out, same)
}

fn alone(kind: Kind, item: &Item) -> Change {
    let place = item.place.clone();
    let (place, old_place) = if kind == Kind::Removed { (None, place) } else { (place, None) };
    Change {
        kind,
        id: item.id.json(),
        type_: item.type_.clone(),
        name: item.name.clone(),
        old_name: None,
        symbol: item.symbol.clone(),
        through: item.through.clone(),
        place,
        old_place,
        open: item.open,
        api_version: None,
        defaults: Vec::new(),
        properties: Vec::new(),
    }
}

fn both(old: &Item, new: &Item) -> Option<Change> {
    let mut properties = compare::bodies(&old.body, &new.body);
    let other = old.key != new.key;
    // Another group, subscription or parent: the name alone does not tell.
    if other && !properties.iter().any(|p| p.path == "name") && old.id != new.id {
        properties.push(compare::changed("id", &old.id, &new.id));
    }
    let api_version = match (&old.api_version, &new.api_version) {
        (a, b) if a == b => None,
        (a, b) => Some((a.clone().unwrap_or_default(), b.clone().unwrap_or_default())),
    };
    if properties.is_empty() && api_version.is_none() {
        return None;
    }
    let mut properties: Vec<(Property, Option<Effect>)> =
        properties.into_iter().map(|p| (effect(&new.type_, &p, other), p)).map(|(e, p)| (p, e)).collect();
    properties.sort_by_key(|(p, e)| (std::cmp::Reverse(*e), p.may));
    let old_name = (old.name != new.name).then(|| old.name.clone());
    let open = new.open;
    let defaults = if api_version.is_some() { defaults::of(old, new) } else { Vec::new() };
    Some(Change {
        old_name,
        old_place: old.place.clone(),
        api_version,
        defaults,
        properties,
        open,
        ..alone(Kind::Changed, new)
    })
}

/// What becomes of a resource whose property changes; `other` says that it has another id now.
fn effect(type_: &str, p: &Property, other: bool) -> Option<Effect> {
    match p.path.as_str() {
        "name" | "id" => other.then_some(Effect::Replaced),
        "location" if same_region(p) => None,
        // What was not said before may be what Azure took by itself.
        _ if p.kind == PropertyKind::Order => None,
        path => updates::of(type_, path),
    }
}

/// `West Europe` is `westeurope`.
fn same_region(p: &Property) -> bool {
    let region = |s: &Option<compare::Shown>| {
        let text = s.as_ref()?.value.as_str()?;
        Some(text.chars().filter(|c| *c != ' ').collect::<String>().to_ascii_lowercase())
    };
    region(&p.old).is_some_and(|old| Some(old) == region(&p.new))
}

/// Pairs of parameters that are tried as one that has another name by now.
const MOST: usize = 64;

/// The expansion before, with the names that parameters without values have by now; `None` if that makes nothing more alike.
fn with_renamed_parameters(before: &Snapshot, after: &Snapshot) -> Option<Snapshot> {
    let only = |these: &'_ [Asked], those: &[Asked]| -> Vec<Asked> {
        these.iter().filter(|a| !those.iter().any(|b| a.name == b.name)).cloned().collect()
    };
    let gone = only(&before.asked, &after.asked);
    let mut new = only(&after.asked, &before.asked);
    if gone.is_empty() || new.is_empty() || gone.len() * new.len() > MOST {
        return None;
    }
    let mut best: Option<Snapshot> = None;
    let mut weight = weigh(before, after);
    for old in &gone {
        let from = best.as_ref().unwrap_or(before);
        let tried = new.iter().enumerate().filter(|(_, n)| n.type_ == old.type_).map(|(i, n)| {
            let renamed = rename(from, &old.name, &n.name);
            (weigh(&renamed, after), i, renamed)
        });
        if let Some((less, i, renamed)) = tried.min_by_key(|(w, i, _)| (*w, *i)).filter(|(w, ..)| *w < weight) {
            weight = less;
            best = Some(renamed);
            new.remove(i);
        }
    }
    best
}

/// How much differs.
fn weigh(before: &Snapshot, after: &Snapshot) -> usize {
    let one = |c: &Change| match c.kind {
        Kind::Changed => c.properties.len(),
        Kind::Created | Kind::Removed => 10,
    };
    held(before, after).0.iter().map(one).sum::<usize>() + unread::differing(before, after)
}

fn rename(of: &Snapshot, old: &str, new: &str) -> Snapshot {
    let (from, to) = (format!("parameters('{old}')"), format!("parameters('{new}')"));
    let mut out = of.clone();
    out.rewrite(&|text| text.contains(&from).then(|| text.replace(&from, &to)));
    out
}
