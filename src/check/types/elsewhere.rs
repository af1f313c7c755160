//! Where else there is a property that a type has not: for messages, and to tell a hole in the published types.

use ecow::EcoString;

use super::kinds::kind;
use crate::check::memo::Memo;
use crate::types::{Damaged, Kind, Property, Resource, ResourceType, Type, is_stable};

/// Where there is a property.
#[derive(Debug, Clone, Copy, Default)]
pub struct Elsewhere {
    /// The property beside it that holds one of this name.
    pub below: Option<&'static str>,
    /// The steps from the resource to what is around the object that should not hold it, if that has one of this name.
    pub above: Option<usize>,
    /// The first API version after this one that has it.
    pub newer: Option<&'static str>,
    /// The last before this one that has it.
    pub older: Option<&'static str>,
    /// The version right before this one, no preview, has it.
    right_before: bool,
}

impl Elsewhere {
    /// Looks for a property. `names` lead from the resource to it, nothing for items; `known` are those beside it.
    ///
    /// # Errors
    ///
    /// The table is damaged.
    pub fn of(
        key: &str,
        known: &[Property<'static>],
        names: &[Option<&str>],
        resource_type: &ResourceType<'static>,
        version: &Resource<'static>,
    ) -> Result<Self, Damaged> {
        let holders = names.split_last().map_or(&[][..], |(_, holders)| holders);
        let mut out = Elsewhere::by_versions(key, holders, resource_type, version)?;
        for p in known.iter().filter(|p| !p.flags.read_only()) {
            if out.below.is_none() && can_be_set(p.type_.property(key)?) {
                out.below = Some(p.name);
            }
        }
        Ok(out)
    }

    /// What can be said without the properties beside it. Known from before for what was asked already: a resource is held against its
    /// type anew for each fix, and its type can have dozens of versions.
    fn by_versions(
        key: &str,
        holders: &[Option<&str>],
        resource_type: &ResourceType<'static>,
        version: &Resource<'static>,
    ) -> Result<Self, Damaged> {
        type Asked = (&'static str, &'static str, Vec<Option<EcoString>>, EcoString);
        thread_local! {
            static KNOWN: Memo<Asked, Elsewhere> = Memo::of_most(1 << 10);
        }
        let way = holders.iter().map(|name| name.map(EcoString::from)).collect();
        let asked = (resource_type.name, version.api_version, way, key.into());
        if let Some(known) = KNOWN.with(|all| all.get(&asked)) {
            return Ok(known);
        }
        let mut out = Elsewhere::default();
        if let [around @ .., Some(_)] = holders {
            out.above = can_be_set(find(version.body, around, key)?).then_some(around.len());
        }
        let mut before = true;
        for other in resource_type.versions() {
            let other = other?;
            if other.api_version == version.api_version {
                before = false;
                continue;
            }
            let has = can_be_set(find(other.body, holders, key)?);
            if before {
                out.older = has.then_some(other.api_version).or(out.older);
                out.right_before = has && is_stable(other.api_version);
            } else if has {
                out.newer = Some(other.api_version);
                break;
            }
        }
        KNOWN.with(|all| all.keep(asked, out));
        Ok(out)
    }

    /// Whether the published types have a hole: what the version right before has, and a later one again, this one has as well;
    /// and where the types wrap in `properties` what a later version says plainly, the service took it plainly before.
    pub fn is_a_hole(&self) -> bool {
        self.newer.is_some() && (self.right_before || self.below == Some("properties"))
    }
}

fn can_be_set(property: Option<Property<'static>>) -> bool {
    property.is_some_and(|p| !p.flags.read_only())
}

/// The property of this name in what lies at the end of a way, by the names of what holds it, nothing for items.
pub fn find(body: Type<'static>, holders: &[Option<&str>], key: &str) -> Result<Option<Property<'static>>, Damaged> {
    let mut at = body;
    for name in holders {
        let property = name.map(|name| at.property(name)).transpose()?.flatten();
        let next = match property {
            Some(p) => Some(p.type_),
            None => match (name, &*kind(at)?) {
                (None, Kind::Array(a)) => Some(a.item),
                (Some(_), Kind::Object(o)) => o.additional,
                _ => None,
            },
        };
        let Some(next) = next else { return Ok(None) };
        at = next;
    }
    at.property(key)
}
