//! Children whose parent is not known: of which resources they may be children.
//!
//! A child that is named after a parameter hangs below none of the resources here for sure, and perhaps below one of them: what
//! it says, that resource has, or lacks. So does an extension resource whose scope is a parameter.

use rustc_hash::FxHashMap;

use super::parent_names::{parent_of_id, type_of_id};
use crate::expand::known::identity::Identity;

/// So many pairs of a child and a resource are compared in one deployment. Beyond that the children are nobody's, as they are where
/// their names fit nobody: who names thousands of resources after parameters gets findings, and no scan without end.
pub const MOST_PAIRS: usize = 20_000;

/// Finds the resources that may be the parent of what has none.
pub struct Parents<'a> {
    /// The resources by the types in their ids, and the segments of those ids.
    by_type: FxHashMap<String, Vec<(usize, Vec<&'a str>)>>,
    /// All of them.
    all: Vec<usize>,
    /// How many pairs may still be compared.
    left: usize,
}

impl<'a> Parents<'a> {
    /// Of resources with these ids, as [`canonical`](crate::expand::known::identity::canonical) has them.
    pub fn of(ids: impl Iterator<Item = (usize, &'a str)>) -> Self {
        let mut by_type: FxHashMap<String, Vec<(usize, Vec<&'a str>)>> = FxHashMap::default();
        let mut all = Vec::new();
        for (node, id) in ids {
            all.push(node);
            if let Some(type_) = type_of(id) {
                by_type.entry(type_).or_default().push((node, id.split('/').collect()));
            }
        }
        Parents { by_type, all, left: MOST_PAIRS }
    }

    /// The resources that `own`, another node of which none is the parent for sure, may be a child of, or may extend; `None` if
    /// there are too many to ask.
    pub fn perhaps(&mut self, node: usize, own: &Identity) -> Option<Vec<usize>> {
        if !own.scope.is_empty() && !has_known(&own.scope) {
            self.left = self.left.checked_sub(self.all.len())?;
            return Some(self.all.iter().copied().filter(|other| *other != node).collect());
        }
        self.by_id(&own.id)
    }

    fn by_id(&mut self, id: &str) -> Option<Vec<usize>> {
        let parent = parent_of_id(id).unwrap_or_default();
        let Some(alike) = type_of(&parent).and_then(|t| self.by_type.get(&t)) else { return Some(Vec::new()) };
        self.left = self.left.checked_sub(alike.len())?;
        let parent: Vec<&str> = parent.split('/').collect();
        Some(alike.iter().filter(|(_, other)| may_be_same(&parent, other)).map(|(node, _)| *node).collect())
    }
}

/// The type that an id names; `None` where not all of it is known.
fn type_of(id: &str) -> Option<String> {
    type_of_id(id).filter(|type_| type_.contains('/') && !type_.contains('{'))
}

/// Whether two ids, one of which is not known as a whole, may be the same.
fn may_be_same(a: &[&str], b: &[&str]) -> bool {
    let open = |id: &[&str]| id.iter().any(|segment| segment.contains('{'));
    // What stands before the path is one unknown part where nobody said which group it is.
    (open(a) || open(b)) && a.len() == b.len() && a.iter().zip(b).all(|(a, b)| may_be_equal(a, b))
}

/// Whether two segments may be equal: unknown parts, in braces, may be any text, but the same one wherever they are the same.
pub fn may_be_equal(a: &str, b: &str) -> bool {
    let start = common(a.bytes(), b.bytes(), b'{', b'}');
    let (a, b) = (&a[start..], &b[start..]);
    let end = common(a.bytes().rev(), b.bytes().rev(), b'}', b'{');
    let (a, b) = (&a[..a.len() - end], &b[..b.len() - end]);
    if a.is_empty() || b.is_empty() {
        // Nothing is left of one: what is left of the other has to be nothing, too.
        return !has_known(a) && !has_known(b);
    }
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

/// How many bytes two texts have in common from where they are read, without a part of what stands in braces.
fn common(a: impl Iterator<Item = u8>, b: impl Iterator<Item = u8>, opens: u8, closes: u8) -> usize {
    let (mut depth, mut whole) = (0usize, 0);
    for (at, (a, b)) in a.zip(b).enumerate() {
        if a != b {
            break;
        }
        depth = match a {
            _ if a == opens => depth + 1,
            _ if a == closes => depth.saturating_sub(1),
            _ => depth,
        };
        // Within a character of several bytes it is no end either.
        if depth == 0 && a.is_ascii() {
            whole = at + 1;
        }
    }
    whole
}

/// Whether a segment has letters outside of braces.
fn has_known(segment: &str) -> bool {
    let mut depth = 0usize;
    segment.bytes().any(|b| {
        match b {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    })
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
        let mut parents = Parents::of(ids.iter().enumerate().map(|(i, id)| (i, id.as_str())));
        let mut perhaps = |name: &str| parents.by_id(&format!("{}/b/c", id("g", name))).unwrap();
        assert_eq!(perhaps("{parameters('m')}"), [0, 1, 3]);
        assert_eq!(perhaps("sh{parameters('m')}"), [0, 1]);
        assert_eq!(perhaps("{parameters('m')}p"), [0]);
        assert_eq!(perhaps("known-x"), [1]);
        assert_eq!(perhaps("known"), [] as [usize; 0]);
        let extension = format!("{}/providers/m.i/settings/d", id("g", "st{parameters('m')}"));
        assert_eq!(parents.by_id(&extension).unwrap(), [1, 3]);
        assert_eq!(parents.by_id("{parameters('id')}").unwrap(), [] as [usize; 0]);
        let within = |scope: &str| Identity {
            name: "d".into(),
            id: format!("{scope}/providers/m.i/settings/d"),
            scope: scope.into(),
        };
        assert_eq!(parents.perhaps(9, &within("{parameters('id')}")).unwrap(), [0, 1, 2, 3]);
        assert_eq!(parents.perhaps(3, &within("{parameters('id')}")).unwrap(), [0, 1, 2]);
        assert_eq!(parents.perhaps(9, &within(&id("g", "st{parameters('m')}"))).unwrap(), [1, 3]);
        while parents.left >= 4 {
            assert!(parents.by_id(&extension).is_some());
        }
        assert_eq!(parents.by_id(&extension), None);
    }

    #[test]
    fn the_same_unknown_part_is_the_same_text() {
        let p = "{parameters('p')}";
        for (a, b, may) in [
            (p.to_owned(), format!("{p}-shared"), false),
            (format!("{p}{{u()}}"), format!("{p}shared{{u()}}"), false),
            (format!("{p}{{u()}}"), format!("{p}{{v()}}"), true),
            (format!("{p}{{u()}}"), p.to_owned(), true),
            (format!("kv-{p}"), "kv-shop".to_owned(), true),
            (format!("kv-{p}"), "st-shop".to_owned(), false),
            (format!("é{p}"), format!("è{p}"), false),
            ("{parameters('a')}x".to_owned(), "{parameters('ab')}x".to_owned(), true),
        ] {
            assert_eq!((may_be_equal(&a, &b), may_be_equal(&b, &a)), (may, may), "{a} {b}");
        }
    }
}
