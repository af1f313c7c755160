//! What conditions look at, and why they fail.

use std::rc::Rc;

use ecow::EcoString;
use smallvec::SmallVec;

use crate::expand::known::secret::tells;
use crate::expand::residual::Residual;
use crate::expand::{Value, value::Member};
use crate::read::Span;
use crate::rules::language::{Comparison, Literal, Op, Operand, Root, Segment, Test};

/// A step from an object to a value within it.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// A member that is there.
    Member(&'a Member),
    /// An item that is there, and its index, if that is known: there may be more before it.
    Item(Option<usize>, &'a Value),
    /// A member that is not there.
    Missing(&'a str),
}

impl<'a> Step<'a> {
    /// The key of a member, there or not; items have none.
    pub fn key(&self) -> Option<&'a str> {
        match *self {
            Step::Member(member) => Some(&member.key),
            Step::Missing(key) => Some(key),
            Step::Item(..) => None,
        }
    }
}

/// The way from a node to something within it. Most are short, and one is made for each thing that a rule looks at.
pub type Trail<'a> = SmallVec<[Step<'a>; 4]>;

/// What is at the end of a path.
#[derive(Debug, Clone, Copy)]
pub enum Found<'a> {
    /// A value.
    Value(&'a Value),
    /// The value of a secure parameter: it decides, but nobody may see it.
    Secret(&'a Value),
    /// Nothing.
    Missing,
    /// What cannot be known before deployment.
    Unknown(&'a Rc<Residual>),
    /// Nobody knows whether it is there at all: what it would be in cannot be known before deployment.
    Within {
        /// What it would be in.
        object: &'a Rc<Residual>,
        /// That shows a secret there.
        secret: bool,
    },
}

/// What a condition asked that decided the outcome.
#[derive(Debug, Clone, Copy)]
pub enum Asked<'a> {
    /// A test that did not hold.
    Test(&'a Test),
    /// A test that held, but must not.
    Not(&'a Test),
    /// The number of items.
    Count(&'a [Comparison], usize),
    /// There is no item as demanded.
    NoItem,
    /// What a named check found, in words.
    Said,
    /// No resource elsewhere is as it should be: what is wrong here, the page's message says.
    Elsewhere,
}

/// Why a condition does not hold, or cannot be known.
#[derive(Debug, Clone)]
pub struct Evidence<'a> {
    /// The node.
    pub node: usize,
    /// The way to the value.
    pub steps: Vec<Step<'a>>,
    /// The value.
    pub found: Found<'a>,
    /// What was asked of it.
    pub asked: Asked<'a>,
    /// Words of a named check.
    pub words: String,
    /// A place that no value tells of.
    pub place: Option<Span>,
    /// Its JSON pointer.
    pub pointer: Option<EcoString>,
    /// To change this value is enough.
    pub sufficient: bool,
    /// It is about something unknown.
    pub unknown: bool,
    /// What the test was about; `None` for what the clause looks at.
    pub scope: Option<Scope<'a>>,
}

/// How far something is from keeping a condition: how much of that is in no resource, how much speaks against it, and how much of it
/// is not even there.
pub fn distance(evidence: &[Evidence<'_>]) -> (usize, usize, usize, usize) {
    let number = |of: fn(&Evidence<'_>) -> bool| evidence.iter().filter(|e| of(e)).count();
    (number(is_configured), evidence.len(), number(leaves_out), number(|e| matches!(e.found, Found::Missing)))
}

/// It is about a configuration value: to change that is no way to keep a rule.
fn is_configured(e: &Evidence<'_>) -> bool {
    matches!(e.asked, Asked::Test(t) | Asked::Not(t) if matches!(t.path.root, Root::Config(_)))
}

/// It would hold if what is there were left out: rarely what a person wants who wrote it.
fn leaves_out(e: &Evidence<'_>) -> bool {
    let Asked::Test(t) = e.asked else { return false };
    matches!((t.op, &t.operand), (Op::Exists | Op::HasValue, Operand::Literal(Literal::Bool(false))))
        || matches!((t.op, &t.operand), (Op::Equals, Operand::Literal(Literal::Null)))
}

/// Puts the groups of evidence that begin at these marks in order: the nearest miss first. Of two that lack as much, the one of
/// whose conditions (`sizes` says how many each has) more hold.
pub fn nearest_first(evidence: &mut Vec<Evidence<'_>>, marks: &[usize], sizes: &[usize]) {
    let Some(&first) = marks.first() else { return };
    let mut rest = evidence.split_off(first);
    let mut groups = Vec::with_capacity(marks.len());
    for mark in marks.iter().rev() {
        groups.push(rest.split_off(mark - first));
    }
    groups.reverse();
    let mut groups: Vec<_> = groups.into_iter().zip(sizes.iter().copied().chain(std::iter::repeat(0))).collect();
    groups.retain(|(g, _)| !g.is_empty());
    groups.sort_by_key(|(g, size)| (distance(g), std::cmp::Reverse(size.saturating_sub(g.len()))));
    evidence.extend(groups.into_iter().flat_map(|(g, _)| g));
}

/// How paths are read in a [`Scope`]: after a prefix, perhaps without a leading `properties`.
#[derive(Debug, Clone, Copy, Default)]
pub struct View<'a> {
    /// Walked first.
    pub prefix: &'a [Segment],
    /// A leading `properties` is left out.
    pub flat: bool,
}

/// What a condition is about: a node, or an item within it.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The node.
    pub node: usize,
    /// The object.
    pub base: &'a Value,
    /// How paths are read.
    pub view: View<'a>,
    /// Where to look for what is not there.
    pub over: Option<(usize, &'a Value, View<'a>)>,
    /// The key of a member of an object that is looked at as an item.
    pub key: Option<&'a EcoString>,
    /// It is an item, not the node itself.
    pub item: bool,
    /// What holds the list whose item it is.
    pub outer: Option<Outer<'a>>,
}

/// The thing around an item, as far as `$outer` can ask.
#[derive(Debug, Clone, Copy)]
pub struct Outer<'a> {
    /// The node.
    pub node: usize,
    base: &'a Value,
    view: View<'a>,
    key: Option<&'a EcoString>,
    item: bool,
}

impl<'a> Scope<'a> {
    /// An item of a list or a member of an object in this scope, on a node.
    pub fn item(self, node: usize, base: &'a Value, key: Option<&'a EcoString>) -> Scope<'a> {
        Scope { node, base, view: View::default(), over: None, key, item: true, outer: Some(self.as_outer()) }
    }

    /// This scope as what is around another.
    pub fn as_outer(self) -> Outer<'a> {
        Outer { node: self.node, base: self.base, view: self.view, key: self.key, item: self.item }
    }
}

impl<'a> Outer<'a> {
    /// The scope again.
    pub fn scope(self) -> Scope<'a> {
        let Outer { node, base, view, key, item } = self;
        Scope { node, base, view, over: None, key, item, outer: None }
    }
}

impl<'a> Evidence<'a> {
    /// Evidence about a place.
    pub fn about(node: usize, steps: &[Step<'a>], found: Found<'a>, asked: Asked<'a>, unknown: bool) -> Self {
        Evidence {
            node,
            steps: steps.to_vec(),
            found,
            asked,
            words: String::new(),
            place: None,
            pointer: None,
            sufficient: false,
            unknown,
            scope: None,
        }
    }
}

/// Whether evidence may be quoted.
pub fn is_secret(found: Found<'_>) -> bool {
    match found {
        Found::Secret(_) => true,
        Found::Value(v) => tells(v),
        Found::Unknown(r) | Found::Within { object: r, .. } => r.secret,
        Found::Missing => false,
    }
}
