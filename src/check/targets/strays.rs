//! Children whose parent is not known: of which resources they may be children.
//!
//! A child that is named after a parameter hangs below none of the resources here for sure, and perhaps below one of them: what
//! it says, that resource has, or lacks.

use rustc_hash::FxHashMap;

use super::parent_names::parent_of_id;
use crate::expand::known::identity::PROVIDERS;

/// Finds the resources that may be the parent of what has none.
pub struct Parents<'a> {
    /// The resources by the types in their ids, and those ids.
    by_type: FxHashMap<String, Vec<(usize, &'a str)>>,
}

impl<'a> Parents<'a> {
    /// Of resources with these ids, as [`canonical`](crate::expand::known::identity::canonical) has them.
    pub fn of(ids: impl Iterator<Item = (usize, &'a str)>) -> Self {
        let mut by_type: FxHashMap<String, Vec<(usize, &'a str)>> = FxHashMap::default();
        for (node, id) in ids {
            if let Some(type_) = type_of(id) {
                by_type.entry(type_).or_default().push((node, id));
            }
        }
        Parents { by_type }
    }

    /// The resources that may be the parent of what has this id, and is not one of them for sure.
    pub fn perhaps(&self, id: &str) -> Vec<usize> {
        let Some(parent) = parent_of_id(id) else { return Vec::new() };
        let Some(alike) = type_of(&parent).and_then(|t| self.by_type.get(&t)) else { return Vec::new() };
        alike.iter().filter(|(_, other)| may_be_same(&parent, other)).map(|(node, _)| *node).collect()
    }
}

/// The type that an id names, with the slashes between its segments; `None` where not all of it is known.
fn type_of(id: &str) -> Option<String> {
    let path = &id[id.rfind(PROVIDERS)? + PROVIDERS.len()..];
    let mut segments = path.split('/');
    let mut out = segments.next()?.to_owned();
    let mut names = 0;
    while let Some(type_) = segments.next() {
        out.push('/');
        out.push_str(type_);
        names += usize::from(segments.next().is_some());
    }
    (names > 0 && !out.contains('{')).then_some(out)
}

/// Whether two ids, one of which is not known as a whole, may be the same.
fn may_be_same(a: &str, b: &str) -> bool {
    if !a.contains('{') && !b.contains('{') {
        return false;
    }
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split('/').collect(), b.split('/').collect());
    // What stands before the path is one unknown part where nobody said which group it is.
    a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| may_be_equal(a, b))
}

/// Whether two segments may be equal: unknown parts, in braces, may be any text.
fn may_be_equal(a: &str, b: &str) -> bool {
    let ends = |s: &str| Some((s.find('{')?, s.len() - s.rfind('}')? - 1));
    match (ends(a), ends(b)) {
        (None, None) => a == b,
        (Some((before, after)), None) => fits(a, before, after, b),
        (None, Some((before, after))) => fits(b, before, after, a),
        (Some((a1, a2)), Some((b1, b2))) => {
            let (before, after) = (a1.min(b1), a2.min(b2));
            a.as_bytes()[..before] == b.as_bytes()[..before]
                && a.as_bytes()[a.len() - after..] == b.as_bytes()[b.len() - after..]
        }
    }
}

/// Whether a known segment begins and ends as one does whose middle is unknown.
fn fits(open: &str, before: usize, after: usize, known: &str) -> bool {
    known.len() >= before + after
        && known.as_bytes()[..before] == open.as_bytes()[..before]
        && known.as_bytes()[known.len() - after..] == open.as_bytes()[open.len() - after..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_of_an_unknown_parent_may_be_any_that_fits() {
        let id = |group: &str, name: &str| format!("/subscriptions/s/resourcegroups/{group}/providers/n.x/a/{name}");
        let ids = [id("g", "shop"), id("g", "{parameters('n')}-x"), id("other", "shop"), id("g", "stock")];
        let parents = Parents::of(ids.iter().enumerate().map(|(i, id)| (i, id.as_str())));
        let perhaps = |name: &str| parents.perhaps(&format!("{}/b/c", id("g", name)));
        assert_eq!(perhaps("{parameters('m')}"), [0, 1, 3]);
        assert_eq!(perhaps("sh{parameters('m')}"), [0, 1]);
        assert_eq!(perhaps("{parameters('m')}p"), [0]);
        assert_eq!(perhaps("known-x"), [1]);
        assert_eq!(perhaps("known"), [] as [usize; 0]);
        let extension = format!("{}/providers/m.i/settings/d", id("g", "st{parameters('m')}"));
        assert_eq!(parents.perhaps(&extension), [1, 3]);
        assert_eq!(parents.perhaps("{parameters('id')}"), [] as [usize; 0]);
    }
}
