//! Whether two resources are deployed to the same resource group, subscription, management group or tenant.

use std::borrow::Cow;

use super::forest::Node;
use super::strays::may_be_equal;
use crate::expand::context::{ASSUMED_GROUP, ASSUMED_MANAGEMENT_GROUP, ASSUMED_SUBSCRIPTION};
use crate::expand::known::Truth;
use crate::expand::known::identity::canonical;

const PROVIDERS: &str = "/providers/";

/// What stands before the path of a resource in its id, as [`canonical`] has it; nothing where a function that is not known makes
/// all of it.
fn front(id: &str) -> Option<&str> {
    let group = "/providers/microsoft.management/managementgroups/";
    let skipped = if id.starts_with(group) { group.len() } else { 0 };
    match id[skipped..].find(PROVIDERS) {
        Some(at) => Some(&id[..skipped + at]),
        // A management group itself belongs to the tenant.
        None => id.starts_with(PROVIDERS).then_some(""),
    }
}

/// The scope of a resource with this id. Where its id does not tell, it is that of the deployment: the first of the nodes
/// are those of the deployments, in their order.
pub fn of<'i>(id: &'i str, declared_in: Option<usize>, deployments: &[Node]) -> Option<Cow<'i, str>> {
    if let Some(own) = front(id) {
        return Some(own.into());
    }
    let deployment = deployments.get(declared_in?)?;
    front(&canonical(&deployment.id)).map(|scope| scope.to_owned().into())
}

/// Whether two scopes are the same. What nobody named may be what somebody named elsewhere.
pub fn same(a: &str, b: &str) -> Truth {
    if a == b {
        return Truth::True;
    }
    if a.starts_with('{') || b.starts_with('{') {
        return Truth::Unknown;
    }
    let assumed = |s: &str| [ASSUMED_SUBSCRIPTION, ASSUMED_GROUP, ASSUMED_MANAGEMENT_GROUP].contains(&s);
    let may_be = |(a, b): (&str, &str)| assumed(a) || assumed(b) || may_be_equal(a, b);
    let as_long = a.split('/').count() == b.split('/').count();
    if as_long && a.split('/').zip(b.split('/')).all(|(a, b)| a == b || may_be((a, b))) {
        Truth::Unknown
    } else {
        Truth::False
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_of_ids() {
        let group = "/subscriptions/s/resourcegroups/g";
        assert_eq!(front(&format!("{group}/providers/n.x/a/1")), Some(group));
        assert_eq!(front(&format!("{group}/providers/n.x/a/1/providers/n.y/b/2")), Some(group));
        let above = "/providers/microsoft.management/managementgroups/m";
        assert_eq!(front(&format!("{above}/providers/n.x/a/1")), Some(above));
        assert_eq!((front(above), front("/providers/n.x/a/1")), (Some(""), Some("")));
        assert_eq!(front("{reference('x').id}"), None);
    }

    #[test]
    fn scopes_that_are_the_same() {
        let group = |s: &str, g: &str| format!("/subscriptions/{s}/resourcegroups/{g}");
        let truth = |a: String, b: String| {
            assert_eq!(same(&a, &b), same(&b, &a));
            same(&a, &b)
        };
        assert_eq!(truth(group("s", "a"), group("s", "a")), Truth::True);
        assert_eq!(truth(group("s", "a"), group("s", "b")), Truth::False);
        assert_eq!(truth(group("s", "a"), group("t", "a")), Truth::False);
        assert_eq!(truth(group("s", "a"), "/subscriptions/s".into()), Truth::False);
        assert_eq!(truth(group("s", "a"), group("s", "{p()}")), Truth::Unknown);
        assert_eq!(truth(group("s", "{p()}"), group("s", "{p()}-x")), Truth::False);
        assert_eq!(truth(group("s", "a"), "{p()}".into()), Truth::Unknown);
        assert_eq!(truth(group("s", "a"), group(ASSUMED_SUBSCRIPTION, "a")), Truth::Unknown);
        assert_eq!(truth(group("s", "a"), group(ASSUMED_SUBSCRIPTION, "b")), Truth::False);
        assert_eq!(truth(group("s", "a"), group("s", ASSUMED_GROUP)), Truth::Unknown);
    }
}
