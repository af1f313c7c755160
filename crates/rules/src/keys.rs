//! The keys that a check asks for. What stands under none of them it does not see, so that a change there leaves its verdict as it is.

use std::collections::HashSet;

use crate::language::{Check, Clause, Comparison, Condition, Demand, Items, Operand, Path, Quantifier, Root};
use crate::language::{Segment, Transform};

/// The member under which resources have nearly all they say.
const PROPERTIES: &str = "properties";

/// The keys that a check can look at.
#[derive(Debug, Default)]
pub struct Keys {
    /// In lower case. Not `properties`, unless a way ends there: all ways lead through it.
    all: HashSet<String>,
    /// It calls an algorithm, or looks at things as a whole: it can see anything.
    any: bool,
}

impl Keys {
    /// Those of a check.
    pub fn of(check: &Check) -> Self {
        let mut keys = Keys::default();
        check.of_type.iter().chain(&check.when).for_each(|c| keys.condition(c));
        check.clauses.iter().for_each(|c| keys.clause(c));
        keys
    }

    /// Whether the check may see a change of what stands at the end of a way, told by the keys from the resource on.
    pub fn can_see<'k>(&self, way: impl IntoIterator<Item = &'k str>) -> bool {
        let mut last = None;
        let on_the_way = way.into_iter().any(|key| {
            last = Some(key);
            self.all.contains(&key.to_ascii_lowercase())
        });
        self.any || on_the_way || last.is_none_or(|key| key.eq_ignore_ascii_case(PROPERTIES))
    }

    fn clause(&mut self, clause: &Clause) {
        for selector in &clause.selectors {
            self.listed(&selector.type_);
            selector.inside.iter().for_each(|inside| self.path(&inside.path));
        }
        clause.when.iter().for_each(|when| self.condition(when));
        match &clause.demand {
            Demand::Each(c) | Demand::Some(c) | Demand::None(c) => self.condition(c),
            Demand::Count(comparisons) => self.comparisons(comparisons),
            Demand::Sum(paths, comparisons) => {
                paths.iter().for_each(|path| self.path(path));
                self.comparisons(comparisons);
            }
            Demand::Never => {}
        }
        clause.otherwise.iter().for_each(|c| self.clause(c));
    }

    /// Resources of a type can be listed in a property of their parent, which is called like the type.
    fn listed(&mut self, type_: &str) {
        self.all.extend(type_.rsplit('/').next().map(str::to_ascii_lowercase));
    }

    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::All(list) | Condition::Any(list) => list.iter().for_each(|c| self.condition(c)),
            Condition::Not(c) => self.condition(c),
            Condition::Test(test) => {
                self.path(&test.path);
                self.operand(&test.operand);
                for transform in &test.transforms {
                    if let Transform::PercentOf(path) = transform {
                        self.path(path);
                    }
                }
            }
            Condition::Items(items) => self.items(items),
            Condition::Use(..) => self.any = true,
        }
    }

    fn items(&mut self, items: &Items) {
        self.path(&items.path);
        items.filter.iter().for_each(|filter| self.condition(filter));
        match &items.quantifier {
            Quantifier::Each(c) | Quantifier::Some(c) | Quantifier::None(c) => self.condition(c),
            Quantifier::Count(comparisons) => self.comparisons(comparisons),
        }
    }

    fn comparisons(&mut self, comparisons: &[Comparison]) {
        comparisons.iter().for_each(|c| self.operand(&c.operand));
    }

    fn operand(&mut self, operand: &Operand) {
        operand.paths().into_iter().for_each(|path| self.path(path));
    }

    fn path(&mut self, path: &Path) {
        for (i, segment) in path.segments.iter().enumerate() {
            let Segment::Key(key) = segment else {
                if let Segment::Deep(key) = segment {
                    self.any |= key == "*";
                    self.all.insert(key.to_ascii_lowercase());
                }
                continue;
            };
            let goes_on = matches!(path.segments.get(i + 1), Some(Segment::Key(_)));
            if !goes_on || !key.eq_ignore_ascii_case(PROPERTIES) {
                self.all.insert(key.to_ascii_lowercase());
            }
        }
        // Whatever there is: a thing as such, or each of its members.
        self.root(&path.root, !matches!(path.segments.first(), Some(Segment::Key(_))));
    }

    /// `whole` if what follows begins with no key.
    fn root(&mut self, root: &Root, whole: bool) {
        match root {
            Root::Here | Root::Target | Root::Parent => self.any |= whole,
            // That of an item stands in it.
            Root::Name | Root::ShortName => {
                self.all.insert("name".to_owned());
            }
            Root::Children(type_) => self.listed(type_),
            Root::Outer(inner) => self.root(inner, whole),
            Root::Type | Root::Id | Root::Exported | Root::Kind | Root::Template | Root::Config(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn keys(check: &str) -> Keys {
        Keys::of(&sample::page(check).check)
    }

    #[test]
    fn a_check_sees_what_is_on_its_ways() {
        let of_acls = keys("expect: { properties.networkAcls.defaultAction: Deny }");
        // What it asks for, what that stands in, and what could stand in it.
        assert!(of_acls.can_see(["properties", "networkACLs", "defaultAction"]));
        assert!(of_acls.can_see(["properties", "networkAcls"]) && of_acls.can_see(["properties"]));
        assert!(of_acls.can_see(["properties", "networkAcls", "bypass"]), "as it stands in what it looks into");
        assert!(!of_acls.can_see(["properties", "minimumTlsVersion"]) && !of_acls.can_see(["tags", "owner"]));

        let of_all = keys("expect: { properties: { exists: true } }");
        assert!(of_all.can_see(["properties", "x"]) && !of_all.can_see(["kind"]));
        assert!(keys("expect: { properties.rules: { each: { a.b: 1 } } }").can_see(["x", "b"]));
        let children = keys("for: Microsoft.Storage/storageAccounts/blobServices\n    expect: { kind: x }");
        assert!(children.can_see(["properties", "BlobServices", "y"]) && !children.can_see(["properties", "y"]));
    }

    #[test]
    fn what_looks_at_a_whole_sees_all() {
        assert!(keys("expect: { properties..*: { notEquals: x } }").can_see(["tags"]));
        let of_kind = keys("expect: { tags.a: { equals: \"${$target.kind}\" } }");
        assert!(of_kind.can_see(["kind"]) && of_kind.can_see(["tags"]) && !of_kind.can_see(["properties", "x"]));
        assert!(keys("expect: { properties.a: { each: { $name: x } } }").can_see(["properties", "b", "name"]));
        // A member more is one that does not keep it.
        assert!(keys("expect: { \"properties[*].x\": 1 }").can_see(["properties", "foo"]));
        assert!(keys("expect: { not: { \"properties..key\": { exists: true } } }").can_see(["properties", "foo"]));
        assert!(keys("expect: { \"..key\": 1 }").can_see(["foo"]));
    }
}
