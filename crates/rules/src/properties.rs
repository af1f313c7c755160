//! Which properties the resource types have, so that a page cannot ask for one that there is not.

use std::collections::{HashMap, HashSet};

use crate::language::{
    Clause, Comparison, Condition, Demand, Items, Operand, Path, Quantifier, Root, Segment, TextPart,
};
use crate::page::Page;

/// The names of the properties of each resource type, at any depth and in any API version.
#[derive(Debug, Default)]
pub struct Properties {
    types: HashMap<String, HashSet<String>>,
}

impl Properties {
    /// Reads the table that `scripts/property-names` makes: `type: name name …` a line, names below which all is allowed as
    /// `name.*`, comments after `#`.
    pub fn parse(table: &str) -> Self {
        let lines = table.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once(':'));
        let names = |l: &str| l.split_whitespace().map(str::to_ascii_lowercase).collect();
        Properties { types: lines.map(|(type_, l)| (type_.to_ascii_lowercase(), names(l))).collect() }
    }

    /// What a page asks for though no version of the types that it looks at has it: the property and the types. Types that are
    /// not in the table have everything, and so has what Azure's tools export.
    pub fn unknown(&self, page: &Page) -> Vec<(String, String)> {
        if !page.bicep {
            return Vec::new();
        }
        let targets: Vec<&str> = page.targets.iter().map(String::as_str).collect();
        let mut search = Search { known: self, targets: &targets, unknown: Vec::new() };
        if let Some(when) = &page.check.when {
            search.condition(when, &targets);
        }
        for clause in &page.check.clauses {
            search.clause(clause);
        }
        search.unknown
    }

    /// What the types say of a property that follows another.
    fn says(&self, types: &[&str], before: Option<&str>, name: &str) -> Says {
        let name = name.to_ascii_lowercase();
        let open = before.map(|b| format!("{}.*", b.to_ascii_lowercase()));
        let one = |t: &&str| match self.types.get(&t.to_ascii_lowercase()) {
            Some(names) if open.as_ref().is_some_and(|o| names.contains(o)) => Says::Anything,
            Some(names) if names.contains(&name) => Says::Known,
            Some(_) => Says::Unknown,
            None => Says::Anything,
        };
        types.iter().map(one).max().unwrap_or(Says::Anything)
    }
}

/// What resource types say of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Says {
    /// There is none of this name.
    Unknown,
    /// There is one.
    Known,
    /// It can be called anything, and so can all that is below it.
    Anything,
}

struct Search<'p> {
    known: &'p Properties,
    targets: &'p [&'p str],
    unknown: Vec<(String, String)>,
}

impl Search<'_> {
    fn clause(&mut self, clause: &Clause) {
        let own: Vec<&str> = clause.selectors.iter().map(|s| s.type_.as_str()).collect();
        let types = if own.is_empty() { self.targets } else { own.as_slice() };
        if let Some(when) = &clause.when {
            self.condition(when, types);
        }
        match &clause.demand {
            Demand::Each(c) | Demand::Some(c) | Demand::None(c) => self.condition(c, types),
            Demand::Count(comparisons) => self.comparisons(comparisons, types),
            Demand::Sum(paths, comparisons) => {
                for path in paths {
                    self.path(path, types);
                }
                self.comparisons(comparisons, types);
            }
            Demand::Never => {}
        }
        self.parts(&clause.message, types);
        clause.otherwise.iter().for_each(|c| self.clause(c));
    }

    fn condition(&mut self, condition: &Condition, types: &[&str]) {
        match condition {
            Condition::All(list) | Condition::Any(list) => list.iter().for_each(|c| self.condition(c, types)),
            Condition::Not(c) => self.condition(c, types),
            Condition::Test(t) => {
                self.path(&t.path, types);
                self.operand(&t.operand, types);
            }
            Condition::Items(items) => self.items(items, types),
            Condition::Use(..) => {}
        }
    }

    fn items(&mut self, items: &Items, types: &[&str]) {
        if self.path(&items.path, types) == Says::Anything {
            return;
        }
        let children;
        let types = match &items.path.root {
            Root::Children(type_) => {
                children = [type_.as_str()];
                &children[..]
            }
            Root::Target => self.targets,
            _ => types,
        };
        if let Some(filter) = &items.filter {
            self.condition(filter, types);
        }
        match &items.quantifier {
            Quantifier::Each(c) | Quantifier::Some(c) | Quantifier::None(c) => self.condition(c, types),
            Quantifier::Count(comparisons) => self.comparisons(comparisons, types),
        }
    }

    fn comparisons(&mut self, comparisons: &[Comparison], types: &[&str]) {
        comparisons.iter().for_each(|c| self.operand(&c.operand, types));
    }

    fn operand(&mut self, operand: &Operand, types: &[&str]) {
        match operand {
            Operand::Path(path) => drop(self.path(path, types)),
            Operand::Text(parts) => self.parts(parts, types),
            Operand::List(list) => list.iter().for_each(|o| self.operand(o, types)),
            Operand::Literal(_) | Operand::Config(_) => {}
        }
    }

    fn parts(&mut self, parts: &[TextPart], types: &[&str]) {
        for part in parts {
            if let TextPart::Property(path) = part {
                self.path(path, types);
            }
        }
    }

    /// Looks a path up; what is said of its end.
    fn path(&mut self, path: &Path, types: &[&str]) -> Says {
        let types = match &path.root {
            Root::Here => types,
            Root::Target => self.targets,
            // What is around an item, or above a resource, can be of another type.
            _ => return Says::Known,
        };
        if !types.iter().all(|t| t.contains('/')) {
            return Says::Anything;
        }
        let mut before = None;
        for segment in &path.segments {
            let (Segment::Key(key) | Segment::Deep(key)) = segment else { continue };
            // Of the deployment of the file itself a page can ask whether it is that.
            if key != "rootDeployment" && key != "*" {
                match self.known.says(types, before, key) {
                    Says::Known => {}
                    Says::Anything => return Says::Anything,
                    Says::Unknown => {
                        self.unknown.push((key.clone(), types.join(", ")));
                        return Says::Unknown;
                    }
                }
            }
            before = Some(key.as_str());
        }
        Says::Known
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page;

    const TABLE: &str = "# made\nmicrosoft.a/b: properties list kind free free.* tags tags.*\n";

    fn unknown(check: &str) -> Vec<String> {
        let front = "id: Armlint.A.B\nref: ALR-0001\nseverity: Critical\npillar: Security\ncategory: c\nresource: r\nrelease: GA\nsince: \"2026_12\"\nlevel: Error\ntargets: Microsoft.A/b";
        let body = "# T\n\n## Synopsis\n\ns\n\n## Description\n\nd\n\n## Recommendation\n\nr\n\n## Examples\n\n```json pass\n```\n\n```json fail\n```\n\n```bicep pass\n```\n\n```bicep fail\n```\n\n## Links\n\nl\n";
        let page = page::parse(&format!("---\n{front}\ncheck:\n  - {check}\n---\n\n{body}"), None).unwrap();
        Properties::parse(TABLE).unknown(&page).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn a_property_that_no_version_has() {
        assert_eq!(unknown("expect: { properties.lst: 1 }"), ["lst"]);
        assert_eq!(unknown("expect: { properties.list: { each: { knid: 1 } } }"), ["knid"]);
        assert_eq!(
            unknown(
                "for: Microsoft.A/b\n    none: { not: { kind: { in: [1], as: lastSegment } } }\n    message: \"{properties.x}\""
            ),
            ["x"]
        );
    }

    #[test]
    fn a_property_that_can_be_called_anything() {
        assert!(
            unknown("expect: { properties.LIST: { each: { kind: \"${$target.kind}\" } }, tags.owner: x }").is_empty()
        );
        assert!(unknown("expect: { properties.free.a: { some: { b.c: 1 } } }").is_empty());
        assert!(unknown("for: Microsoft.A/b/unlisted\n    expect: { properties.x: 1, $target.kind: 2 }").is_empty());
    }
}
