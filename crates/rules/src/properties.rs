//! Which properties the resource types have, so that a page cannot ask for one that there is not.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use armlint_types::{Damaged, Kind, Property, Type, Types};

use crate::language::{
    Clause, Comparison, Condition, Demand, Items, Operand, Path, Quantifier, Root, Segment, TextPart,
};
use crate::page::Page;

/// The names of the properties of resource types, at any depth and in any API version.
pub struct Properties {
    types: Types<'static>,
    known: RefCell<HashMap<String, Option<Rc<Names>>>>,
}

/// The names of a type's properties, in lower case.
#[derive(Debug, Default)]
struct Names {
    all: HashSet<String>,
    /// Those below which anything is allowed.
    open: HashSet<String>,
}

impl Properties {
    /// Those of all resource types in a table.
    pub fn of(types: Types<'static>) -> Self {
        Properties { types, known: RefCell::default() }
    }

    /// What a page asks for though no version of the types that it looks at has it: the property and the types. Types that are
    /// not published have everything, and so has what Azure's tools export.
    ///
    /// # Errors
    ///
    /// The table is damaged.
    pub fn unknown(&self, page: &Page) -> Result<Vec<(String, String)>, Damaged> {
        if !page.bicep {
            return Ok(Vec::new());
        }
        let targets: Vec<&str> = page.targets.iter().map(String::as_str).collect();
        let mut search = Search { known: self, targets: &targets, unknown: Vec::new(), damaged: Cell::new(None) };
        if let Some(when) = &page.check.when {
            search.condition(when, &targets);
        }
        for clause in &page.check.clauses {
            search.clause(clause);
        }
        search.damaged.get().map_or(Ok(search.unknown), Err)
    }

    /// What the types say of a property that follows another.
    fn says(&self, types: &[&str], before: Option<&str>, name: &str) -> Result<Says, Damaged> {
        let (name, before) = (name.to_ascii_lowercase(), before.map(str::to_ascii_lowercase));
        let mut most = None;
        for type_ in types {
            let says = match self.names(type_)? {
                Some(names) if before.as_ref().is_some_and(|b| names.open.contains(b)) => Says::Anything,
                Some(names) if names.all.contains(&name) => Says::Known,
                Some(_) => Says::Unknown,
                None => Says::Anything,
            };
            most = most.max(Some(says));
        }
        Ok(most.unwrap_or(Says::Anything))
    }

    /// Those of a type, if it is published.
    fn names(&self, type_: &str) -> Result<Option<Rc<Names>>, Damaged> {
        let type_ = type_.to_ascii_lowercase();
        if let Some(known) = self.known.borrow().get(&type_) {
            return Ok(known.clone());
        }
        let names = match self.types.resource_type(&type_)? {
            Some(resource_type) => {
                let (mut names, mut seen) = (Names::default(), HashSet::new());
                for version in resource_type.versions() {
                    names.add(version?.body, "", &mut seen)?;
                }
                Some(Rc::new(names))
            }
            None => None,
        };
        self.known.borrow_mut().insert(type_, names.clone());
        Ok(names)
    }
}

impl Names {
    /// Adds what a type has; `inside` is the property that is of it.
    fn add(
        &mut self,
        type_: Type<'static>,
        inside: &str,
        seen: &mut HashSet<(Type<'static>, String)>,
    ) -> Result<(), Damaged> {
        if !seen.insert((type_, inside.to_owned())) {
            return Ok(());
        }
        match type_.kind()? {
            Kind::Any => drop(self.open.insert(inside.to_owned())),
            Kind::Array(array) => self.add(array.item, inside, seen)?,
            Kind::Union(list) => list.iter().try_for_each(|t| self.add(*t, inside, seen))?,
            Kind::Object(object) => {
                if let Some(more) = object.additional {
                    self.open.insert(inside.to_owned());
                    self.add(more, inside, seen)?;
                }
                self.members(&object.properties, seen)?;
            }
            Kind::Discriminated(object) => {
                self.all.insert(object.discriminator.to_ascii_lowercase());
                self.members(&object.properties, seen)?;
                object.elements.iter().try_for_each(|(_, t)| self.add(*t, inside, seen))?;
            }
            Kind::Bool | Kind::Integer(_) | Kind::Text(_) | Kind::Literal(_) => {}
        }
        Ok(())
    }

    fn members(
        &mut self,
        properties: &[Property<'static>],
        seen: &mut HashSet<(Type<'static>, String)>,
    ) -> Result<(), Damaged> {
        for p in properties {
            let name = p.name.to_ascii_lowercase();
            self.add(p.type_, &name, seen)?;
            self.all.insert(name);
        }
        Ok(())
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
    damaged: Cell<Option<Damaged>>,
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
        for path in clause.message.iter().filter_map(TextPart::path) {
            self.path(path, types);
        }
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
        for path in operand.paths() {
            self.path(path, types);
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
                let says = self.known.says(types, before, key).unwrap_or_else(|damaged| {
                    self.damaged.set(Some(damaged));
                    Says::Anything
                });
                match says {
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
    use crate::sample;

    fn unknown(check: &str) -> Vec<String> {
        let found = Properties::of(armlint_types::azure().unwrap()).unknown(&sample::page(check)).unwrap();
        found.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn a_property_that_no_version_has() {
        assert_eq!(unknown("expect: { properties.minTlsVersion: 1 }"), ["minTlsVersion"]);
        assert_eq!(unknown("expect: { properties.networkAcls.ipRules: { each: { vlaue: 1 } } }"), ["vlaue"]);
        assert_eq!(
            unknown(
                "for: Microsoft.Storage/storageAccounts\n    none: { not: { kind: { in: [1], as: lastSegment } } }\n    message: \"{properties.x}\""
            ),
            ["x"]
        );
    }

    #[test]
    fn a_property_that_can_be_called_anything() {
        let items =
            "expect: { properties.networkAcls.IPRULES: { each: { value: \"${$target.kind}\" } }, tags.owner: x }";
        assert!(unknown(items).is_empty());
        assert!(unknown("expect: { tags.a: { some: { b.c: 1 } } }").is_empty());
        assert!(unknown("for: Microsoft.Nobody/nothing\n    expect: { properties.x: 1, $target.kind: 2 }").is_empty());
    }
}
