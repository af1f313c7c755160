//! Which entry points of two sides are the same: by their files, what those are called by now, or what they deploy.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::side::{Key, Side};
use super::tree::Snapshot;

/// The part of its resources that an entry point must share with another to be taken for the same, in percent.
const ALIKE: usize = 50;

/// Entry points that are held against each other by what they deploy, of each side.
const MOST: usize = 200;

/// What an entry point is called, on the side before (`true`) or now.
type Naming<'a> = dyn Fn(&Key, bool) -> (String, String) + 'a;

/// Pairs of entry points, in the order of their files now. `renamed` are files with the names that they have by now.
pub fn pairs(before: &Side, after: &Side, renamed: &FxHashMap<String, String>) -> Vec<(Option<Key>, Option<Key>)> {
    let mut old: BTreeMap<&Key, &Snapshot> = before.entries.iter().collect();
    let mut new: BTreeMap<&Key, &Snapshot> = after.entries.iter().collect();
    let mut out = Vec::new();
    if let (1, 1, Some(a), Some(b)) = (old.len(), new.len(), old.keys().next(), new.keys().next()) {
        return vec![(Some((*a).clone()), Some((*b).clone()))];
    }
    let now = |file: &str| renamed.get(file).cloned().unwrap_or_else(|| file.to_owned());
    let names: [&Naming<'_>; 3] = [
        // The same files, whatever they are called by now.
        &|k, is_old| match is_old {
            true => (now(&k.template), k.parameters.as_deref().map(now).unwrap_or_default()),
            false => (k.template.clone(), k.parameters.clone().unwrap_or_default()),
        },
        // The same parameter file of another template.
        &|k, is_old| (if is_old { now(k.file()) } else { k.file().to_owned() }, String::new()),
        // The same files in another language.
        &|k, _| (plain(&k.template).to_owned(), k.parameters.as_deref().map(plain).unwrap_or_default().to_owned()),
    ];
    for name in names {
        let there: FxHashMap<(String, String), &Key> = new.keys().map(|k| (name(k, false), *k)).collect();
        let found: Vec<(&Key, &Key)> = old.keys().filter_map(|k| Some((*k, *there.get(&name(k, true))?))).collect();
        for (a, b) in found {
            if new.remove(b).is_some() {
                old.remove(a);
                out.push((Some(a.clone()), Some(b.clone())));
            }
        }
    }
    for (a, b) in of_one_template(&old, &new, &now) {
        old.remove(a);
        new.remove(b);
        out.push((Some(a.clone()), Some(b.clone())));
    }
    for (a, b) in alike(&old, &new) {
        old.remove(a);
        new.remove(b);
        out.push((Some(a.clone()), Some(b.clone())));
    }
    out.extend(old.into_keys().map(|k| (Some(k.clone()), None)));
    out.extend(new.into_keys().map(|k| (None, Some(k.clone()))));
    out.sort_by(|x, y| x.1.as_ref().or(x.0.as_ref()).cmp(&y.1.as_ref().or(y.0.as_ref())));
    out
}

/// A path without what says which language it is: `main`, for `main.json`, `main.bicep`, `main.parameters.json`, `main.bicepparam`.
fn plain(path: &str) -> &str {
    let folder = path.rfind('/').map_or(0, |slash| slash + 1);
    let stem = path.rfind('.').filter(|dot| *dot > folder).map_or(path, |dot| &path[..dot]);
    stem.strip_suffix(".parameters").unwrap_or(stem)
}

/// Entry points of the same template, where there is one on each side: values that stood in the template stand in a parameter
/// file by now, or the other way round.
fn of_one_template<'k>(
    old: &BTreeMap<&'k Key, &Snapshot>,
    new: &BTreeMap<&'k Key, &Snapshot>,
    now: &dyn Fn(&str) -> String,
) -> Vec<(&'k Key, &'k Key)> {
    let mut by: BTreeMap<String, (Vec<&'k Key>, Vec<&'k Key>)> = BTreeMap::new();
    old.keys().for_each(|k| by.entry(now(&k.template)).or_default().0.push(k));
    new.keys().for_each(|k| by.entry(k.template.clone()).or_default().1.push(k));
    let single = |(a, b): (Vec<&'k Key>, Vec<&'k Key>)| match (a.as_slice(), b.as_slice()) {
        ([a], [b]) if a.parameters.is_some() != b.parameters.is_some() => Some((*a, *b)),
        _ => None,
    };
    by.into_values().filter_map(single).collect()
}

/// Entry points that deploy mostly the same, the most alike first.
fn alike<'k>(old: &BTreeMap<&'k Key, &Snapshot>, new: &BTreeMap<&'k Key, &Snapshot>) -> Vec<(&'k Key, &'k Key)> {
    if old.len() > MOST || new.len() > MOST {
        return Vec::new();
    }
    let keys = |s: &Snapshot| s.items.iter().map(|i| i.key.clone()).collect::<FxHashSet<String>>();
    let there: Vec<(&Key, FxHashSet<String>)> = new.iter().map(|(k, s)| (*k, keys(s))).collect();
    let mut found = Vec::new();
    for (a, snapshot) in old {
        let own = keys(snapshot);
        for (b, other) in there.iter().filter(|(b, _)| a.parameters.is_some() == b.parameters.is_some()) {
            let all = own.len().max(other.len());
            let like = own.intersection(other).count() * 100;
            if all > 0 && like >= ALIKE * all {
                found.push((std::cmp::Reverse(like / all), *a, *b));
            }
        }
    }
    found.sort();
    let (mut from, mut to) = (FxHashSet::default(), FxHashSet::default());
    found.retain(|(_, a, b)| !from.contains(*a) && !to.contains(*b) && from.insert(*a) && to.insert(*b));
    found.into_iter().map(|(_, a, b)| (a, b)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_points_are_paired_by_file_by_new_name_and_by_language() {
        let side = |keys: &[(&str, &str)]| {
            let key = |(t, p): &(&str, &str)| Key {
                template: (*t).to_owned(),
                parameters: Some((*p).to_owned()).filter(|p| !p.is_empty()),
            };
            Side { entries: keys.iter().map(|k| (key(k), Snapshot::default())).collect(), ..Side::default() }
        };
        let before =
            side(&[("a.bicep", "a.bicepparam"), ("b.json", ""), ("c.json", "c.parameters.json"), ("x.json", "")]);
        let after =
            side(&[("n/a.bicep", "n/a.bicepparam"), ("b.json", ""), ("c.bicep", "c.bicepparam"), ("y.json", "")]);
        let renamed = [("a.bicep", "n/a.bicep"), ("a.bicepparam", "n/a.bicepparam")];
        let renamed = renamed.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let shown = |k: Option<Key>| k.map_or_else(|| "-".to_owned(), |k| k.shown());
        let pairs: Vec<String> =
            pairs(&before, &after, &renamed).into_iter().map(|(a, b)| format!("{} = {}", shown(a), shown(b))).collect();
        assert_eq!(
            pairs,
            [
                "b.json = b.json",
                "c.parameters.json (c.json) = c.bicepparam (c.bicep)",
                "a.bicepparam (a.bicep) = n/a.bicepparam (n/a.bicep)",
                "x.json = -",
                "- = y.json"
            ]
        );
    }
}
