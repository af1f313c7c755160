//! What Azure's resource types say of a resource and it does not keep: for the rules `Armlint.Type.…`.
//!
//! A resource is held against its type once, whichever rule asks first. Values that are not decided are never wrong, nor is what
//! a template says with `any`.

pub mod age;
mod elsewhere;
pub mod kinds;
mod names;
mod nearest;
mod open;
mod place;
pub mod sensitive;
mod walk;
mod words;

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::check::targets::forest::Node;
use crate::check::verdict::evidence::Step;
use crate::expand::residual::Node as Expression;
use crate::expand::{Data, Deployed, Value};
use crate::read::Span;
use crate::types::{Damaged, Kind as TypeKind, Types};

/// How the ids of the rules about types begin.
pub const PREFIX: &str = "Armlint.Type.";

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// There is no such resource type, but one that is nearly called so.
    ResourceType,
    /// The types of the namespace that are published do not hold this one.
    Unpublished,
    /// The resource type has no such API version.
    ApiVersion,
    /// The resource cannot be deployed at this scope.
    Scope,
    /// The type has no such property.
    Property,
    /// A property that must be given is not.
    Missing,
    /// A property is given that only Azure says.
    ReadOnly,
    /// A value is of another type.
    Type,
    /// A number or a boolean is written as a text, or the other way round: Azure often takes it.
    Notation,
    /// A text is none of those there are.
    Value,
    /// The property that tells the shape of an object has an unknown value.
    Discriminator,
    /// A text or an array is too short or too long.
    Length,
    /// A number is too small or too large.
    Bound,
}

impl Kind {
    const ALL: [(&'static str, Kind); 13] = [
        ("resource-type", Kind::ResourceType),
        ("unpublished", Kind::Unpublished),
        ("api-version", Kind::ApiVersion),
        ("scope", Kind::Scope),
        ("property", Kind::Property),
        ("missing", Kind::Missing),
        ("read-only", Kind::ReadOnly),
        ("type", Kind::Type),
        ("notation", Kind::Notation),
        ("value", Kind::Value),
        ("discriminator", Kind::Discriminator),
        ("length", Kind::Length),
        ("bound", Kind::Bound),
    ];

    /// The kind that a page names.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.iter().find(|(n, _)| *n == name).map(|(_, kind)| *kind)
    }
}

/// Several [`Kind`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kinds(u16);

impl Kinds {
    /// All there are.
    pub const ALL: Kinds = Kinds(u16::MAX);
    /// Those that a value of an unknown shape can have, at any depth.
    pub const IN_VALUES: Kinds = Kinds::of(&[
        Kind::Property,
        Kind::Missing,
        Kind::ReadOnly,
        Kind::Type,
        Kind::Notation,
        Kind::Value,
        Kind::Discriminator,
        Kind::Length,
        Kind::Bound,
    ]);

    /// These.
    pub const fn of(kinds: &[Kind]) -> Self {
        let (mut out, mut rest) = (0, kinds);
        while let [first, others @ ..] = rest {
            out |= 1 << *first as u16;
            rest = others;
        }
        Kinds(out)
    }

    /// These and others.
    pub fn with(self, others: Kinds) -> Self {
        Kinds(self.0 | others.0)
    }

    /// These without others.
    pub fn without(self, others: Kinds) -> Self {
        Kinds(self.0 & !others.0)
    }

    /// Whether it is among them.
    pub fn has(self, kind: Kind) -> bool {
        self.0 & 1 << kind as u16 != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// What a resource has against its type.
#[derive(Debug, Default)]
pub struct Held {
    /// What is wrong with it.
    pub mistakes: Vec<Mistake>,
    /// What can be wrong with it; each kind once.
    pub open: Vec<Open>,
}

/// Something that is not known before deployment.
#[derive(Debug, Clone)]
pub struct Open {
    /// What can be wrong with it.
    pub kinds: Kinds,
    /// The way from the resource to it.
    pub way: Vec<At>,
    /// Words for a person.
    pub words: String,
}

impl Open {
    /// A value at the end of a way.
    pub fn new(kinds: Kinds, way: Vec<At>, path: &str) -> Self {
        Open { kinds, way, words: format!("`{path}` is not known before deployment") }
    }
}

/// Something that is wrong with a resource.
#[derive(Debug, Clone)]
pub struct Mistake {
    /// What.
    pub kind: Kind,
    /// The way from the resource to it.
    pub way: Vec<At>,
    /// Words for a person.
    pub words: String,
    /// The key is wrong, not its value.
    pub key: bool,
}

/// A step on the way to a value, as [`Step`]; by number, so that it can be kept beside the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The member of an object.
    Member(usize),
    /// The item of an array.
    Item(usize),
    /// A member that is not there.
    Missing(&'static str),
}

/// Gives the table of types: [`crate::types::azure`].
pub type Table = fn() -> Result<Types<'static>, Damaged>;

/// What the nodes that somebody asked about have against their types.
pub struct Mistakes {
    table: Table,
    found: RefCell<FxHashMap<usize, Rc<Held>>>,
}

impl Mistakes {
    /// By these types; nobody has asked yet.
    pub fn by(table: Table) -> Self {
        Mistakes { table, found: RefCell::default() }
    }

    /// The types.
    ///
    /// # Errors
    ///
    /// The table is damaged.
    pub fn types(&self) -> Result<Types<'static>, Damaged> {
        (self.table)()
    }

    /// By the same types, for other nodes.
    pub fn anew(&self) -> Self {
        Mistakes::by(self.table)
    }

    /// Those of a node (its index) of what is deployed.
    ///
    /// # Errors
    ///
    /// The table is damaged.
    pub fn of(&self, deployed: &Deployed, node: &Node, index: usize) -> Result<Rc<Held>, Damaged> {
        if let Some(known) = self.found.borrow().get(&index) {
            return Ok(known.clone());
        }
        let mut found = place::held(self.types()?, deployed, node)?;
        found.mistakes.retain(|m| !is_untyped(deployed, node, &m.way));
        found.open.retain(|o| !is_untyped(deployed, node, &o.way));
        let found = Rc::new(found);
        self.found.borrow_mut().insert(index, found.clone());
        Ok(found)
    }
}

/// Whether resources of a type list things in a property of `properties`: what is not published may.
///
/// # Errors
///
/// The table is damaged.
pub fn may_list(types: Types<'static>, type_: &str, property: &str) -> Result<bool, Damaged> {
    let Some(type_) = kinds::resource_type(types, type_)? else { return Ok(true) };
    let Some(newest) = type_.newest()? else { return Ok(true) };
    let Some(properties) = newest.body.property("properties")? else { return Ok(false) };
    let Some(list) = properties.type_.property(property)? else { return Ok(false) };
    Ok(matches!(*kinds::kind(list.type_)?, TypeKind::Array(_) | TypeKind::Any))
}

/// The steps of a way; as far as it leads.
pub fn steps<'a>(body: &'a Value, way: &[At]) -> Vec<Step<'a>> {
    let mut at = body;
    let mut out = Vec::with_capacity(way.len());
    for step in way {
        let next = match (*step, &at.data) {
            (At::Member(i), Data::Object(o)) => o.members.get(i).map(|m| (Step::Member(m), &m.value)),
            (At::Item(i), Data::Array(items)) => items.get(i).map(|v| (Step::Item(Some(i), v), v)),
            (At::Item(i), Data::Residual(r)) => match &r.node {
                Expression::Loop { item, .. } => Some((Step::Item(Some(i), item), &**item)),
                _ => None,
            },
            (At::Missing(name), _) => Some((Step::Missing(name), at)),
            _ => None,
        };
        let Some((step, value)) = next else { break };
        out.push(step);
        at = value;
    }
    out
}

/// Whether the author said with `any` that the type of what is wrong is nobody's business.
fn is_untyped(deployed: &Deployed, node: &Node, way: &[At]) -> bool {
    if deployed.deployments.iter().all(|d| d.template.untyped.is_empty()) {
        return false;
    }
    let within = |span: Span| deployed.deployments.iter().any(|d| d.template.untyped.iter().any(|u| u.contains(span)));
    steps(&node.body, way).iter().any(|s| match s {
        Step::Member(m) => m.key_span.is_some_and(within) || m.value.origin.chain().any(within),
        Step::Item(_, v) => v.origin.chain().any(within),
        Step::Missing(_) => false,
    })
}
