//! In which properties two values differ.
//!
//! Objects are compared member by member, arrays item by item: items that have a name or an id are paired by that, others by
//! being the same; what is left is paired in its order.

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value as Json;

use super::tree::{Branch, Node, Open, Place, member};

/// Members that tell the items of an array apart, the best first.
const NAMES: [&str; 4] = ["name", "id", "key", "objectId"];

/// Pairs of items that are compared with each other at most; longer arrays are compared in their order.
const MOST_PAIRS: usize = 1 << 20;

/// The most characters of a name in a path.
const LONGEST_NAME: usize = 60;

/// A property that is not the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// `properties.subnets[web].properties.addressPrefix`
    pub path: String,
    /// What happened to it.
    pub kind: PropertyKind,
    /// What it was.
    pub old: Option<Shown>,
    /// What it is.
    pub new: Option<Shown>,
    /// A side is not decided before deployment, so both may come to the same.
    pub may: bool,
    /// The parameters without values that it hangs on.
    pub depends_on: Vec<EcoString>,
}

/// What happened to a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PropertyKind {
    /// It was not there.
    Added,
    /// It is not there any more.
    Removed,
    /// It has another value.
    Changed,
    /// The items of an array are the same in another order.
    Order,
}

impl PropertyKind {
    /// The word of the JSON report.
    pub fn as_str(self) -> &'static str {
        match self {
            PropertyKind::Added => "added",
            PropertyKind::Removed => "removed",
            PropertyKind::Changed => "changed",
            PropertyKind::Order => "order",
        }
    }
}

/// A value as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The value; what is not decided is its expression in brackets.
    pub value: Json,
    /// Where it was decided.
    pub place: Option<Place>,
}

impl Shown {
    fn of(value: &Branch) -> Self {
        Shown { value: value.json(), place: value.place.clone() }
    }
}

/// The differences between what is said of a resource before and after.
pub fn bodies(before: &[(EcoString, Branch)], after: &[(EcoString, Branch)]) -> Vec<Property> {
    let mut out = Vec::new();
    members(&mut String::new(), before, after, &mut out);
    out
}

fn members(path: &mut String, before: &[(EcoString, Branch)], after: &[(EcoString, Branch)], out: &mut Vec<Property>) {
    let length = path.len();
    for (key, old) in before {
        push_key(path, key);
        match member(after, key) {
            Some(new) => values(path, old, new, out),
            None => out.push(one_sided(path, old, PropertyKind::Removed)),
        }
        path.truncate(length);
    }
    for (key, new) in after.iter().filter(|(key, _)| member(before, key).is_none()) {
        push_key(path, key);
        out.push(one_sided(path, new, PropertyKind::Added));
        path.truncate(length);
    }
}

fn values(path: &mut String, old: &Branch, new: &Branch, out: &mut Vec<Property>) {
    match (&old.node, &new.node) {
        _ if old.secret || new.secret => {
            if old != new {
                out.push(changed(path, old, new));
            }
        }
        (Node::Object(before), Node::Object(after)) => members(path, before, after, out),
        (Node::Array(before), Node::Array(after)) => arrays(path, (old, before), (new, after), out),
        (Node::Loop { count: a, item: before }, Node::Loop { count: b, item: after }) => {
            let length = path.len();
            path.push_str("[*]");
            values(path, before, after, out);
            path.truncate(length);
            if a != b {
                path.push_str(" (count)");
                let count = |open: &Open, side: &Branch| Branch {
                    node: Node::Open(open.clone()),
                    place: side.place.clone(),
                    secret: false,
                };
                out.push(changed(path, &count(a, old), &count(b, new)));
                path.truncate(length);
            }
        }
        _ if old == new => {}
        _ => out.push(changed(path, old, new)),
    }
}

/// A value that is another.
pub fn changed(path: &str, old: &Branch, new: &Branch) -> Property {
    let mut depends_on = Vec::new();
    old.parameters(&mut depends_on);
    new.parameters(&mut depends_on);
    Property {
        path: path.to_owned(),
        kind: PropertyKind::Changed,
        old: Some(Shown::of(old)),
        new: Some(Shown::of(new)),
        may: old.is_open() || new.is_open(),
        depends_on,
    }
}

fn one_sided(path: &str, value: &Branch, kind: PropertyKind) -> Property {
    let mut depends_on = Vec::new();
    value.parameters(&mut depends_on);
    let shown = Some(Shown::of(value));
    let (old, new) = if kind == PropertyKind::Added { (None, shown) } else { (shown, None) };
    Property { path: path.to_owned(), kind, old, new, may: false, depends_on }
}

type Side<'b> = (&'b Branch, &'b [Branch]);

fn arrays(
    path: &mut String,
    (old, before): (&Branch, &[Branch]),
    (new, after): (&Branch, &[Branch]),
    out: &mut Vec<Property>,
) {
    let named = NAMES.iter().find_map(|key| Some((names(before, key)?, names(after, key)?)));
    match named.filter(|_| !before.is_empty() || !after.is_empty()) {
        Some((a, b)) => by_name(path, ((old, before), &a), ((new, after), &b), out),
        None => by_value(path, (old, before), (new, after), out),
    }
}

/// What each item is called; `None` if one has no name, or two have the same.
fn names(items: &[Branch], key: &str) -> Option<Vec<String>> {
    let mut seen = FxHashSet::default();
    let name = |item: &Branch| {
        let Node::Object(members) = &item.node else { return None };
        let name = match &member(members, key).filter(|v| !v.secret)?.node {
            Node::Text(text) => text.to_ascii_lowercase().to_string(),
            Node::Number(number) => number.to_string(),
            Node::Open(open) => open.key.clone(),
            _ => return None,
        };
        seen.insert(name.clone()).then_some(name)
    };
    items.iter().map(name).collect()
}

/// What an item is called in a path.
fn label(item: &Branch) -> String {
    let Node::Object(members) = &item.node else { return String::new() };
    let name = NAMES.iter().find_map(|key| member(members, key)).map(|v| match &v.node {
        Node::Text(text) => text.to_string(),
        Node::Number(number) => number.to_string(),
        Node::Open(open) => open.shown.clone(),
        _ => String::new(),
    });
    // Brackets in a path are those around items.
    let name = name.unwrap_or_default();
    let name = name.strip_prefix('[').and_then(|n| n.strip_suffix(']')).unwrap_or(&name);
    let name = name.replace('[', "(").replace(']', ")");
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name,
    }
}

fn by_name(
    path: &mut String,
    ((old, before), a): (Side<'_>, &[String]),
    ((new, after), b): (Side<'_>, &[String]),
    out: &mut Vec<Property>,
) {
    let length = path.len();
    let there: FxHashMap<&str, &Branch> = b.iter().map(String::as_str).zip(after).collect();
    let known: FxHashSet<&str> = a.iter().map(String::as_str).collect();
    for (name, item) in a.iter().zip(before) {
        path.push_str(&format!("[{}]", label(item)));
        match there.get(name.as_str()) {
            Some(other) => values(path, item, other, out),
            None => out.push(one_sided(path, item, PropertyKind::Removed)),
        }
        path.truncate(length);
    }
    for (_, item) in b.iter().zip(after).filter(|(name, _)| !known.contains(name.as_str())) {
        path.push_str(&format!("[{}]", label(item)));
        out.push(one_sided(path, item, PropertyKind::Added));
        path.truncate(length);
    }
    let common =
        |all: &[String], other: &dyn Fn(&str) -> bool| all.iter().filter(|n| other(n)).cloned().collect::<Vec<_>>();
    if common(a, &|n| there.contains_key(n)) != common(b, &|n| known.contains(n)) {
        let order = |items: &[Branch], side: &Branch| Shown {
            value: items.iter().map(|i| Json::from(label(i))).collect(),
            place: side.place.clone(),
        };
        let (old, new) = (order(before, old), order(after, new));
        out.push(reordered(path, old, new));
    }
}

fn reordered(path: &str, old: Shown, new: Shown) -> Property {
    let (old, new) = (Some(old), Some(new));
    Property { path: path.to_owned(), kind: PropertyKind::Order, old, new, may: false, depends_on: Vec::new() }
}

fn by_value(path: &mut String, (old, before): Side<'_>, (new, after): Side<'_>, out: &mut Vec<Property>) {
    let mut partner: Vec<Option<usize>> = vec![None; after.len()];
    let mut taken = vec![false; before.len()];
    if before.len().saturating_mul(after.len()) <= MOST_PAIRS {
        for (item, partner) in after.iter().zip(&mut partner) {
            let same = |(i, o): &(usize, &Branch)| !taken.get(*i).copied().unwrap_or(true) && *o == item;
            let found = before.iter().enumerate().find(same).map(|(i, _)| i);
            if let Some(taken) = found.and_then(|i| taken.get_mut(i)) {
                *taken = true;
            }
            *partner = found;
        }
    }
    let length = path.len();
    let mut left =
        before.iter().zip(&taken).enumerate().filter(|(_, (_, taken))| !**taken).map(|(i, (o, _))| (i, o)).peekable();
    let open: Vec<(usize, &Branch)> =
        after.iter().zip(&partner).enumerate().filter(|(_, (_, p))| p.is_none()).map(|(i, (n, _))| (i, n)).collect();
    let even = left.clone().count() == open.len();
    let container = |b: &Branch| matches!(b.node, Node::Object(_) | Node::Array(_) | Node::Loop { .. });
    for (i, item) in open {
        path.push_str(&format!("[{i}]"));
        match left.next_if(|(_, o)| even || container(o) && container(item)) {
            Some((_, other)) => values(path, other, item, out),
            None => out.push(one_sided(path, item, PropertyKind::Added)),
        }
        path.truncate(length);
    }
    for (i, item) in left {
        path.push_str(&format!("[{i}]"));
        out.push(one_sided(path, item, PropertyKind::Removed));
        path.truncate(length);
    }
    let order: Vec<usize> = partner.iter().flatten().copied().collect();
    if !order.is_sorted() {
        out.push(reordered(path, Shown::of(old), Shown::of(new)));
    }
}

fn push_key(path: &mut String, key: &str) {
    let plain =
        !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-' || b == b'$');
    if !plain {
        path.push_str(&format!("['{key}']"));
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::tree;

    fn body(json: Json) -> Vec<(EcoString, Branch)> {
        let document = serde_json::json!({"predictedResources": [json]});
        tree::read(&document.to_string()).unwrap().items.remove(0).body
    }

    fn told(before: Json, after: Json) -> Vec<String> {
        let one = |p: &Property| {
            let value = |s: &Option<Shown>| s.as_ref().map_or_else(|| "-".to_owned(), |s| s.value.to_string());
            format!(
                "{} {} {} -> {}{}",
                p.kind.as_str(),
                p.path,
                value(&p.old),
                value(&p.new),
                if p.may { " ?" } else { "" }
            )
        };
        bodies(&body(before), &body(after)).iter().map(one).collect()
    }

    #[test]
    fn members_are_compared_whatever_their_order_and_case() {
        let before = serde_json::json!({"properties": {"a": 1, "B": [true], "gone": null}, "tags": {"x y": "1"}});
        let after = serde_json::json!({"tags": {"x y": "2"}, "properties": {"b": [true], "A": 1, "new": {"c": 1}}});
        assert_eq!(
            told(before, after),
            [
                "removed properties.gone null -> -",
                "added properties.new - -> {\"c\":1}",
                "changed tags['x y'] \"1\" -> \"2\""
            ]
        );
    }

    #[test]
    fn items_are_paired_by_name_and_what_moved_is_not_changed() {
        let item = |name: &str, v: i64| serde_json::json!({"name": name, "v": v});
        let before = serde_json::json!({"subnets": [item("a", 1), item("b", 2), item("c", 3)]});
        let after = serde_json::json!({"subnets": [item("c", 3), item("A", 1), item("d", 2)]});
        assert_eq!(
            told(before, after),
            [
                "changed subnets[a].name \"a\" -> \"A\"",
                "removed subnets[b] {\"name\":\"b\",\"v\":2} -> -",
                "added subnets[d] - -> {\"name\":\"d\",\"v\":2}",
                "order subnets [\"a\",\"b\",\"c\"] -> [\"c\",\"A\",\"d\"]"
            ]
        );
    }

    #[test]
    fn values_without_names_are_paired_by_being_the_same() {
        let told = |a: Json, b: Json| told(serde_json::json!({"x": a}), serde_json::json!({"x": b}));
        assert_eq!(told(serde_json::json!([1, 2, 3]), serde_json::json!([1, 3])), ["removed x[1] 2 -> -"]);
        assert_eq!(told(serde_json::json!([1, 2]), serde_json::json!([1, 5])), ["changed x[1] 2 -> 5"]);
        assert_eq!(told(serde_json::json!([1, 2]), serde_json::json!([2, 1])), ["order x [1,2] -> [2,1]"]);
        assert_eq!(
            told(serde_json::json!([{"a": 1, "b": 2}]), serde_json::json!([{"a": 1, "b": 3}])),
            ["changed x[0].b 2 -> 3"]
        );
        assert_eq!(
            told(serde_json::json!([{"name": "[a()[0]]", "b": 2}]), serde_json::json!([{"name": "[a()[0]]", "b": 3}])),
            ["changed x[a()(0)].b 2 -> 3"]
        );
        assert_eq!(told(serde_json::json!("[p()]"), serde_json::json!("a")), ["changed x \"[p()]\" -> \"a\" ?"]);
    }
}
