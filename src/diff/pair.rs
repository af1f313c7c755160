//! Which resources of two sides are the same.
//!
//! By id; else by the symbolic name in the same modules, where that names one resource; else by likeness. A resource of a loop is
//! only paired by its id: what a loop does not make any more is gone, whatever else it makes by now.

use std::collections::VecDeque;
use std::hash::Hash;

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::tree::{Branch, Item, Node, Place};

/// The part of their values that two resources must share to be taken for the same, in percent.
const ALIKE: usize = 70;

/// Resources of one type that are held against each other by likeness at most, of each side.
const MOST: usize = 100;

/// Pairs of resources, as indices: those before in their order, then the new ones.
pub fn pairs(before: &[Item], after: &[Item]) -> Vec<(Option<usize>, Option<usize>)> {
    let mut to: Vec<Option<usize>> = vec![None; before.len()];
    let mut taken = vec![false; after.len()];
    // The same resource may stand there twice, under conditions.
    for with_symbol in [true, false] {
        let key = |i: &Item| Some((i.key.clone(), i.symbol.clone().filter(|_| with_symbol)));
        by(before, after, &mut to, &mut taken, key, key);
    }
    let (a, b) = (single(before), single(after));
    let names = |items: &[Item], single: &Single<'_>| once(items, |i| declared(i, single));
    let (there, here) = (names(before, &a), names(after, &b));
    let unique = |single: &Single<'_>, i: &Item| declared(i, single).filter(|n| there.contains(n) && here.contains(n));
    by(before, after, &mut to, &mut taken, |i| unique(&a, i), |i| unique(&b, i));
    by_likeness((before, &a), (after, &b), &mut to, &mut taken);
    let paired = to.iter().enumerate().map(|(i, to)| (Some(i), *to));
    let new = taken.iter().enumerate().filter(|(_, taken)| !**taken).map(|(i, _)| (None, Some(i)));
    paired.chain(new).collect()
}

/// Pairs what has the same key, in order.
fn by<K: Hash + Eq>(
    before: &[Item],
    after: &[Item],
    to: &mut [Option<usize>],
    taken: &mut [bool],
    old: impl Fn(&Item) -> Option<K>,
    new: impl Fn(&Item) -> Option<K>,
) {
    let mut there: FxHashMap<K, VecDeque<usize>> = FxHashMap::default();
    for (i, item) in after.iter().enumerate().filter(|(i, _)| taken.get(*i) == Some(&false)) {
        if let Some(key) = new(item) {
            there.entry(key).or_default().push_back(i);
        }
    }
    for (item, to) in before.iter().zip(to).filter(|(_, to)| to.is_none()) {
        *to = old(item).and_then(|k| there.get_mut(&k)?.pop_front());
        if let Some(taken) = to.and_then(|i| taken.get_mut(i)) {
            *taken = true;
        }
    }
}

/// A declaration, by its place and the modules on the way to it.
type Declaration<'i> = (&'i Place, &'i [EcoString]);

/// The declarations that make one resource.
type Single<'i> = FxHashSet<Declaration<'i>>;

fn declaration(i: &Item) -> Option<Declaration<'_>> {
    i.place.as_ref().map(|p| (p, i.through.as_slice()))
}

fn single(items: &[Item]) -> Single<'_> {
    once(items, declaration)
}

/// It is the only resource of its declaration, as far as anybody knows.
fn is_alone(i: &Item, single: &Single<'_>) -> bool {
    declaration(i).is_none_or(|d| single.contains(&d))
}

/// What names the declaration of a resource that is alone.
fn declared(i: &Item, single: &Single<'_>) -> Option<(EcoString, EcoString, Vec<EcoString>)> {
    let name = (i.type_.to_ascii_lowercase(), i.symbol.clone()?, i.through.clone());
    is_alone(i, single).then_some(name)
}

/// The keys that one item has.
fn once<'i, K: Hash + Eq + 'i>(items: &'i [Item], key: impl Fn(&'i Item) -> Option<K>) -> FxHashSet<K> {
    let mut count: FxHashMap<K, usize> = FxHashMap::default();
    items.iter().filter_map(key).for_each(|k| *count.entry(k).or_default() += 1);
    count.into_iter().filter(|(_, n)| *n == 1).map(|(k, _)| k).collect()
}

fn by_likeness(
    (before, a): (&[Item], &Single<'_>),
    (after, b): (&[Item], &Single<'_>),
    to: &mut [Option<usize>],
    taken: &mut [bool],
) {
    let type_of = |i: &Item| i.type_.to_ascii_lowercase();
    let mut there: FxHashMap<EcoString, Vec<usize>> = FxHashMap::default();
    for (i, item) in after.iter().enumerate().filter(|(i, item)| taken.get(*i) == Some(&false) && is_alone(item, b)) {
        there.entry(type_of(item)).or_default().push(i);
    }
    let mut found: Vec<(usize, usize, usize)> = Vec::new();
    let mut held: FxHashMap<EcoString, usize> = FxHashMap::default();
    for (i, item) in before.iter().enumerate().filter(|(i, item)| to.get(*i) == Some(&None) && is_alone(item, a)) {
        let type_ = type_of(item);
        let count = held.entry(type_.clone()).or_default();
        *count += 1;
        let others = there.get(&type_).filter(|o| *count <= MOST && o.len() <= MOST);
        for other in others.into_iter().flatten() {
            let like = after.get(*other).map_or(0, |other| likeness(item, other));
            if like >= ALIKE {
                found.push((like, i, *other));
            }
        }
    }
    found.sort_by_key(|(like, i, other)| (std::cmp::Reverse(*like), *i, *other));
    for (_, i, other) in found {
        let (Some(to @ None), Some(taken @ false)) = (to.get_mut(i), taken.get_mut(other)) else { continue };
        *to = Some(other);
        *taken = true;
    }
}

/// How much of what is said of two resources is the same, names left out, in percent.
fn likeness(a: &Item, b: &Item) -> usize {
    let said = |i: &Item| i.body.iter().filter(|(k, _)| k != "name").map(|(_, v)| v.leaves()).sum::<usize>();
    let all = said(a).max(said(b));
    let named = |i: &'_ Item| i.body.iter().filter(|(k, _)| k != "name").cloned().collect::<Vec<_>>();
    let same = shared(&Node::Object(named(a)), &Node::Object(named(b)));
    // What says nothing of itself is like nothing.
    if all < 2 { 0 } else { 100 * same / all }
}

fn shared(a: &Node, b: &Node) -> usize {
    match (a, b) {
        (Node::Object(a), Node::Object(b)) => {
            let both = a.iter().filter_map(|(k, v)| Some((v, super::tree::member(b, k)?)));
            both.map(|(a, b)| shared(&a.node, &b.node)).sum()
        }
        (Node::Array(a), Node::Array(b)) => {
            a.iter().zip(b).map(|(a, b): (&Branch, &Branch)| shared(&a.node, &b.node)).sum()
        }
        (a, b) => usize::from(a == b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Position;

    fn item(key: &str, symbol: Option<&str>, line: u32, sku: &str) -> Item {
        let text = |t: &str| Branch { node: Node::Text(t.into()), place: None, secret: false };
        let at = |column| Position { line, column };
        Item {
            key: format!("t {key}"),
            id: text(key),
            type_: "T".into(),
            name: key.into(),
            api_version: None,
            symbol: symbol.map(Into::into),
            place: Some(Place { file: "a".into(), start: at(1), end: at(2) }),
            through: Vec::new(),
            open: false,
            body: [("name", key), ("location", "weu"), ("kind", "k"), ("sku", sku)]
                .map(|(k, v)| (k.into(), text(v)))
                .into(),
        }
    }

    #[test]
    fn ids_come_first_then_symbols_then_likeness() {
        let before = [item("a", Some("x"), 1, "s"), item("b", Some("y"), 2, "s"), item("c", None, 3, "s")];
        let after = [item("b", Some("x"), 1, "s"), item("z", Some("y"), 2, "other"), item("n", None, 9, "s")];
        // `b` is the same; `y` is taken by name no more, as `b` is; what is left is alike.
        assert_eq!(pairs(&before, &after)[1], (Some(1), Some(0)));
        assert_eq!(pairs(&before[..1], &[item("q", Some("x"), 5, "other")]), [(Some(0), Some(0))]);
        assert_eq!(pairs(&before[2..], &after[2..]), [(Some(0), Some(0))]);
    }

    #[test]
    fn what_a_loop_makes_is_paired_by_id_only() {
        let before = [item("a", Some("x"), 1, "s"), item("b", Some("x"), 1, "s")];
        let after = [item("b", Some("x"), 1, "s"), item("c", Some("x"), 1, "s")];
        assert_eq!(pairs(&before, &after), [(Some(0), None), (Some(1), Some(0)), (None, Some(1))]);
    }
}
