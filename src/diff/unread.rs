//! What nobody knows of a comparison, because a template could not be read that a module or a nested deployment names: what that
//! deploys is neither created nor removed, but not compared.

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::change::{Change, Kind};
use super::side::Key;
use super::tree::{Call, Item, Snapshot};
use crate::read::bicep::is_registry;

/// So many calls and resources are named in one sentence.
const NAMED: usize = 5;

/// What is not known of one side.
#[derive(Debug, Default)]
pub struct Unknown {
    /// The calls whose templates could not be read, without those that are the same on the other side.
    calls: Vec<Call>,
    /// The resources of the other side of which nobody knows whether this one deploys them: name and type.
    resources: Vec<String>,
}

/// What is not known of both sides.
#[derive(Debug, Default)]
pub struct Unread {
    /// Of the side before.
    pub before: Unknown,
    /// Of the side of now.
    pub after: Unknown,
}

/// Takes out of both sides what cannot be held against the other one.
pub fn taken_out(before: &mut Snapshot, after: &mut Snapshot) -> Unread {
    let mut out = Unread::default();
    out.before.calls = only(&before.unread, &after.unread);
    out.after.calls = only(&after.unread, &before.unread);
    let (here, there) = (keys(&before.items), keys(&after.items));
    out.after.resources = through(&out.after.calls, &mut before.items, &there);
    out.before.resources = through(&out.before.calls, &mut after.items, &here);
    // Of one that could not be read before either, it is enough to speak once.
    let now: FxHashSet<&[EcoString]> = out.after.calls.iter().map(|c| c.through.as_slice()).collect();
    out.before.calls.retain(|c| !now.contains(c.through.as_slice()));
    out
}

/// How many calls are not the same on both sides.
pub fn differing(before: &Snapshot, after: &Snapshot) -> usize {
    only(&before.unread, &after.unread).len() + only(&after.unread, &before.unread).len()
}

/// The calls of one side that are not those of the other.
fn only(these: &[Call], those: &[Call]) -> Vec<Call> {
    let mut there: FxHashMap<&str, usize> = FxHashMap::default();
    those.iter().for_each(|call| *there.entry(&call.key).or_default() += 1);
    let is_new = |call: &&Call| match there.get_mut(call.key.as_str()) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    these.iter().filter(is_new).cloned().collect()
}

fn keys(items: &[Item]) -> FxHashSet<String> {
    items.iter().map(|i| i.key.clone()).collect()
}

/// Takes out the resources that come through the same calls and that the other side does not deploy by another way.
fn through(calls: &[Call], items: &mut Vec<Item>, there: &FxHashSet<String>) -> Vec<String> {
    if calls.is_empty() {
        return Vec::new();
    }
    let ways: FxHashSet<&[EcoString]> = calls.iter().map(|c| c.through.as_slice()).collect();
    let mut out = Vec::new();
    items.retain(|item| {
        let is_kept = there.contains(&item.key) || !prefixes(&item.through).any(|way| ways.contains(way));
        if !is_kept {
            out.push(format!("{} ({})", item.name, item.type_));
        }
        is_kept
    });
    out
}

fn prefixes(way: &[EcoString]) -> impl Iterator<Item = &[EcoString]> {
    (1..=way.len()).filter_map(|n| way.get(..n))
}

impl Unread {
    /// Takes out of the changes what may be there all the same: a call that the other side does not have may deploy anything.
    /// `before` and `after` are the sides as a whole.
    pub fn take_out(&mut self, before: &Snapshot, after: &Snapshot, changes: &mut Vec<Change>) {
        for (unknown, other, kind) in
            [(&mut self.after, before, Kind::Removed), (&mut self.before, after, Kind::Created)]
        {
            if unknown.calls.is_empty() {
                continue;
            }
            let there = has(other);
            if unknown.calls.iter().all(|c| there.contains(c.through.as_slice())) {
                continue;
            }
            changes.retain(|c| {
                if c.kind == kind {
                    unknown.resources.push(format!("{} ({})", c.name, c.type_));
                }
                c.kind != kind
            });
        }
    }

    /// What could not be compared: one sentence for each side.
    pub fn notes(&self, entry: &Key) -> impl Iterator<Item = String> {
        let before = self.before.sentence(entry, ["deployed before", "deployed before"], "are new");
        let after = self.after.sentence(entry, ["deploys now", "deploy now"], "are still deployed");
        before.into_iter().chain(after)
    }

    /// What could not be expanded now, each with its file and the line and column there.
    pub fn errors(&self) -> impl Iterator<Item = (&Call, String)> {
        self.after.calls.iter().map(|call| {
            let at = call.place.as_ref();
            let at = at.map(|p| format!("{}:{}:{}: ", p.file, p.start.line, p.start.column)).unwrap_or_default();
            let fetch = if is_registry(&call.template) { "; fetch it with 'armlint restore'" } else { "" };
            let message =
                format!("the template of {} could not be read, and what it deploys is not compared", shown(call));
            (call, format!("{at}{message}{fetch}"))
        })
    }
}

/// All calls that lead to something in a side.
fn has(side: &Snapshot) -> FxHashSet<&[EcoString]> {
    let known = side.items.iter().flat_map(|i| prefixes(&i.through));
    known.chain(side.unread.iter().map(|c| c.through.as_slice())).collect()
}

impl Unknown {
    fn sentence(&self, entry: &Key, [one, many]: [&str; 2], question: &str) -> Option<String> {
        let (does, whose) = match self.calls.len() {
            0 => return None,
            1 => (one, "its template"),
            _ => (many, "their templates"),
        };
        let calls = listed(self.calls.iter().map(shown).collect());
        let mut out = format!("{}: what {calls} {does} is not known: {whose} could not be read", entry.shown());
        if !self.resources.is_empty() {
            let resources = listed(self.resources.clone());
            out.push_str(&format!(". Nor is it known whether these {question}: {resources}"));
        }
        Some(out)
    }
}

/// `prod` (br:…)
fn shown(call: &Call) -> String {
    let name = call.through.last().map_or("", |n| n.as_str());
    match call.template.as_str() {
        "" => format!("`{name}`"),
        template => format!("`{name}` ({template})"),
    }
}

/// The first few, each once.
fn listed(mut all: Vec<String>) -> String {
    let mut seen = FxHashSet::default();
    all.retain(|one| seen.insert(one.clone()));
    let more = all.len().saturating_sub(NAMED);
    all.truncate(NAMED);
    let shown = all.join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}
