//! What a clause looks at: the target, what hangs below it, and what is written in lists of it.

use std::rc::Rc;

use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use crate::check::targets::forest::Node;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Asked, Evidence, Found, Scope, Step, Trail, View};
use crate::check::verdict::member::At;
use crate::expand::known::identity::canonical;
use crate::expand::known::{self, Truth};
use crate::expand::residual::{Node as Expression, Residual};
use crate::expand::{Data, Value};
use crate::rules::language::{Clause, Demand, Inside, Segment, Selector};

/// What a clause looks at.
#[derive(Default)]
pub struct Looked<'a> {
    /// The things, each with the way to it from its node.
    pub items: SmallVec<[(Scope<'a>, Trail<'a>); 1]>,
    /// Things of which nobody knows whether they are looked at, and why.
    pub perhaps: Vec<(Scope<'a>, Trail<'a>, Evidence<'a>)>,
    /// What could hold more of them.
    pub open: Vec<Evidence<'a>>,
    /// Among the things of which nobody knows are such as stand for any number of them.
    pub many: bool,
}

/// Something below the target.
pub struct Below<'a> {
    /// It.
    pub scope: Scope<'a>,
    /// The way to it from its node.
    pub way: Trail<'a>,
    /// Why it may not be there.
    pub doubt: Option<Evidence<'a>>,
    /// It stands for any number of them.
    pub many: bool,
}

/// The items of a list that holds children.
struct Listed<'a> {
    items: Vec<(Scope<'a>, Trail<'a>)>,
    /// The item of a loop stands for a number of them that nobody knows.
    uncounted: Option<Evidence<'a>>,
    /// What could hold more of them.
    open: Vec<Evidence<'a>>,
}

fn view(inside: &Inside) -> View<'_> {
    View { prefix: &inside.path.segments, flat: inside.flat }
}

impl<'a> Evaluator<'a> {
    /// What a clause looks at.
    pub fn look(&mut self, clause: &'a Clause) -> Looked<'a> {
        let mut out = Looked::default();
        if clause.selectors.is_empty() {
            let scope = self.scope(self.target);
            self.counts(clause, scope, Trail::new(), None, &mut out);
        }
        let forest = self.world.forest;
        let below = if clause.selectors.is_empty() { SmallVec::new() } else { forest.subtree(self.target) };
        let strays = forest.perhaps_below(&below);
        for selector in &clause.selectors {
            let parent_type = selector.type_.rsplit_once('/').map_or("", |(p, _)| p);
            let mut declared: Vec<(usize, Option<usize>)> = Vec::new();
            for &n in &below {
                if forest.nodes[n].is(&selector.type_) {
                    let scope = self.overlaid(n, selector);
                    let doubt = self.doubt(n);
                    let certain = doubt.is_none();
                    if self.counts(clause, scope, Trail::new(), doubt, &mut out) {
                        out.many |= self.is_uncounted(n);
                        if certain {
                            declared.push((n, forest.nodes[n].parent));
                        }
                    }
                }
            }
            for &n in strays.iter().filter(|&&n| forest.nodes[n].is(&selector.type_)) {
                let scope = self.overlaid(n, selector);
                let doubt = self.why_not(n, true);
                let certain = doubt.is_none();
                if self.counts(clause, scope, Trail::new(), doubt, &mut out) {
                    if certain {
                        declared.push((n, self.parent(n)));
                    }
                    out.many |= self.is_uncounted(n);
                }
            }
            let each = below.iter().map(|n| (*n, false)).chain(strays.iter().map(|n| (*n, true)));
            for (n, is_stray) in each.filter(|(n, _)| forest.nodes[*n].is(parent_type)) {
                match &selector.inside {
                    // A property that is no array: it stands for the child where there is no child.
                    Some(inside) if !inside.path.segments.contains(&Segment::Each) => {
                        if !declared.iter().any(|(_, p)| *p == Some(n)) {
                            let base = &forest.nodes[n].body;
                            let scope = Scope { base, view: view(inside), ..self.scope(n) };
                            // A child that may be there, or that may be this one's, says it instead.
                            let perhaps: FxHashSet<usize> = forest.strays_of(n).iter().copied().collect();
                            let instead = |p: &&(Scope<'a>, _, Evidence<'a>)| {
                                forest.nodes[p.0.node].parent == Some(n) || perhaps.contains(&p.0.node)
                            };
                            match (self.why_not(n, is_stray), out.perhaps.iter().find(instead)) {
                                (None, None) => out.items.push((scope, Trail::new())),
                                (Some(why), _) => out.perhaps.push((scope, Trail::new(), why)),
                                (None, Some(other)) => out.perhaps.push((scope, Trail::new(), other.2.clone())),
                            }
                        }
                    }
                    Some(inside) => self.inside(clause, (n, is_stray), (&selector.type_, inside), &mut out),
                    None => self.in_properties(clause, (n, is_stray), &selector.type_, &mut out),
                }
            }
        }
        out
    }

    /// Whether a thing is looked at: the clause's `when` holds. `doubt` says why it may not even be there.
    fn counts(
        &mut self,
        clause: &'a Clause,
        scope: Scope<'a>,
        way: Trail<'a>,
        doubt: Option<Evidence<'a>>,
        out: &mut Looked<'a>,
    ) -> bool {
        let truth = match &clause.when {
            None => Truth::True,
            Some(when) => {
                let trail = std::mem::replace(&mut self.trail, way.clone());
                let truth = self.holds(when, scope);
                self.trail = trail;
                truth
            }
        };
        match (truth, doubt) {
            (Truth::False, _) => return false,
            (Truth::True, None) => out.items.push((scope, way)),
            (_, Some(why)) => out.perhaps.push((scope, way, why)),
            (Truth::Unknown, None) => {
                let why = clause.when.as_ref().map(|when| self.explained(|e| e.eval(when, scope, true), way.clone()).1);
                let why = why.into_iter().flatten().find(|e| e.unknown);
                let why = why.unwrap_or_else(|| Evidence::about(scope.node, &way, Found::Missing, Asked::Said, true));
                out.perhaps.push((scope, way, why));
            }
        }
        true
    }

    /// Why a resource below the target may not be there, though the target is.
    pub fn doubt(&self, node: usize) -> Option<Evidence<'a>> {
        let forest = self.world.forest;
        let condition = forest.nodes[node].hangs_on(&forest.nodes[self.target])?;
        let words = match condition.value {
            Some(_) => "whether the resource is deployed is not known before deployment",
            None => "how many of these resources are deployed is not known before deployment",
        };
        Some(self.unsure(node, condition.value.as_ref(), words))
    }

    /// Why a resource that is below the target, or only may be, may not be there: it is not deployed, or another's.
    pub fn why_not(&self, node: usize, is_stray: bool) -> Option<Evidence<'a>> {
        if is_stray && !self.at_home { Some(self.stray(node)) } else { self.doubt(node) }
    }

    /// What a node hangs below; where nobody knows that, what of the target it may hang below, or what the target is taken to.
    pub fn parent(&self, node: usize) -> Option<usize> {
        let forest = self.world.forest;
        if node == self.target && self.home.is_some() {
            return self.home;
        }
        let homes = || {
            let of = |n: &usize| forest.strays_of(*n).iter().map(|stray| (*stray, *n)).collect::<Vec<_>>();
            forest.subtree(self.target).iter().rev().flat_map(of).collect()
        };
        let perhaps = || self.homes.get_or_init(homes).get(&node).copied();
        forest.nodes[node].parent.or_else(|| if forest.homes_of(node).is_empty() { None } else { perhaps() })
    }

    /// Whether a resource below the target stands for a number of them that nobody knows: it is declared in a loop of its own.
    pub fn is_uncounted(&self, node: usize) -> bool {
        let nodes = &self.world.forest.nodes;
        let of_target = &nodes[self.target].conditions;
        let own = |text: &str| of_target.iter().all(|c| c.text != text);
        nodes[node].conditions.iter().any(|c| c.value.is_none() && own(&c.text))
    }

    /// Why a resource may not be below the target: nobody knows its parent.
    pub fn stray(&self, node: usize) -> Evidence<'a> {
        let words = "which resource it belongs to is not known before deployment";
        self.unsure(node, Some(&self.world.forest.nodes[node].name), words)
    }

    /// What is not known of a resource, in words, and the value that decides it.
    fn unsure(&self, node: usize, by: Option<&'a Value>, words: &str) -> Evidence<'a> {
        let found = by.and_then(Value::as_residual).map_or(Found::Missing, Found::Unknown);
        if let Found::Unknown(r) = found {
            self.touch(r);
        }
        Evidence { words: words.to_owned(), ..Evidence::about(node, &[], found, Asked::Said, true) }
    }

    /// A child's scope; what it does not say itself, the property of its parent says.
    fn overlaid(&self, node: usize, selector: &'a Selector) -> Scope<'a> {
        let nodes = &self.world.forest.nodes;
        let mut scope = self.scope(node);
        if let (Some(inside), Some(parent)) = (&selector.inside, self.parent(node))
            && !inside.path.segments.contains(&Segment::Each)
        {
            scope.over = Some((parent, &nodes[parent].body, view(inside)));
        }
        scope
    }

    /// Children written as `properties.x[*]` of their parent, by the last segment of their type.
    fn in_properties(
        &mut self,
        clause: &'a Clause,
        (node, is_stray): (usize, bool),
        type_: &'a str,
        out: &mut Looked<'a>,
    ) {
        match self.property_of(node, type_) {
            At::There(list, way) => self.items_of(clause, (node, is_stray), (type_, false), list, way, out),
            At::Open(r, way) => out.open.push(self.opened(node, r, &way)),
            At::Nowhere(_) => {}
        }
    }

    /// The property of a parent that lists children of a type.
    fn property_of(&self, node: usize, type_: &'a str) -> At<'a> {
        let (parent_type, name) = type_.rsplit_once('/').unwrap_or_default();
        let at = self.follow(&self.world.forest.nodes[node].body, ["properties", name]);
        match at {
            // Most children are in no property of their parent.
            At::Open(_, way) if !self.may_list(parent_type, name) => At::Nowhere(way),
            at => at,
        }
    }

    /// What holds a list, and is not known: there may be more to look at.
    fn opened(&self, node: usize, r: &'a Rc<Residual>, way: &[Step<'a>]) -> Evidence<'a> {
        self.touch(r);
        Evidence::about(node, way, Found::Unknown(r), Asked::Said, true)
    }

    /// A node, what hangs below it, and what may hang there, as far as somebody asks for it; and whether it only may.
    pub fn reached(&self, node: usize, is: impl Fn(&Node) -> bool) -> Vec<(usize, bool)> {
        let forest = self.world.forest;
        let below = forest.subtree(node);
        let strays = forest.perhaps_below(&below);
        let all = below.into_iter().map(|n| (n, false)).chain(strays.into_iter().map(|n| (n, true)));
        all.filter(|(n, _)| is(&forest.nodes[*n])).collect()
    }

    /// The resources of a type below the target, and whether there may be more.
    pub fn below(&mut self, type_: &'a str) -> (Vec<Below<'a>>, bool) {
        let parent_type = type_.rsplit_once('/').map_or("", |(p, _)| p);
        let (mut out, mut open) = (Vec::new(), false);
        let whole = |(n, is_stray)| {
            let (scope, many) = (self.scope(n), self.is_uncounted(n));
            Below { scope, way: Trail::new(), doubt: self.why_not(n, is_stray), many }
        };
        out.extend(self.reached(self.target, |node| node.is(type_)).into_iter().map(whole));
        for (n, is_stray) in self.reached(self.target, |node| node.is(parent_type)) {
            let (list, way) = match self.property_of(n, type_) {
                At::There(list, way) => (list, way),
                At::Open(r, _) => {
                    self.touch(r);
                    open = true;
                    continue;
                }
                At::Nowhere(_) => continue,
            };
            let listed = self.listed(n, (type_, false, true), list, way);
            let many = listed.uncounted.is_some() || self.is_uncounted(n);
            let doubt = self.why_not(n, is_stray).or(listed.uncounted);
            open |= !listed.open.is_empty();
            out.extend(listed.items.into_iter().map(|(scope, way)| Below { scope, way, doubt: doubt.clone(), many }));
        }
        (out, open)
    }

    /// Children written at a path with `[*]` at its end.
    fn inside(
        &mut self,
        clause: &'a Clause,
        (node, is_stray): (usize, bool),
        (type_, inside): (&str, &'a Inside),
        out: &mut Looked<'a>,
    ) {
        let keys =
            inside.path.segments.iter().map_while(|s| if let Segment::Key(k) = s { Some(k.as_str()) } else { None });
        match self.follow(&self.world.forest.nodes[node].body, keys) {
            At::There(list, way) => self.items_of(clause, (node, is_stray), (type_, inside.flat), list, way, out),
            At::Open(r, way) => out.open.push(self.opened(node, r, &way)),
            At::Nowhere(_) => {}
        }
    }

    fn items_of(
        &mut self,
        clause: &'a Clause,
        (node, is_stray): (usize, bool),
        (type_, flat): (&str, bool),
        list: &'a Value,
        way: Trail<'a>,
        out: &mut Looked<'a>,
    ) {
        let listed = self.listed(node, (type_, flat, clause.demand.counts()), list, way);
        // What holds for the item of a loop holds for all of them, however many.
        if !matches!(clause.demand, Demand::Each(_) | Demand::None(_)) {
            out.open.extend(listed.uncounted.clone());
        }
        out.open.extend(listed.open);
        let doubt = self.why_not(node, is_stray).or(listed.uncounted);
        let many = self.is_uncounted(node);
        for (scope, way) in listed.items {
            out.many |= self.counts(clause, scope, way, doubt.clone(), out) && many;
        }
    }

    /// The names of the children of a type that are resources of their own, and deployed where their parent is: each says what
    /// an item of that name in a list of the parent says, and says it last.
    fn names_of_children(&self, node: usize, type_: &str) -> FxHashSet<String> {
        let nodes = &self.world.forest.nodes;
        let children = nodes[node].children.iter().map(|&c| &nodes[c]).filter(|c| c.is(type_));
        children.filter(|c| c.hangs_on(&nodes[node]).is_none()).map(|c| canonical(&c.short_name)).collect()
    }

    /// The items of a list that holds children of a type; `counted` if it matters how many they are.
    fn listed(
        &mut self,
        node: usize,
        (type_, flat, counted): (&str, bool, bool),
        list: &'a Value,
        way: Trail<'a>,
    ) -> Listed<'a> {
        let mut out = Listed { items: Vec::new(), uncounted: None, open: Vec::new() };
        let items: Vec<(Option<usize>, &'a Value)> = match &list.data {
            Data::Array(items) => items.iter().enumerate().map(|(i, item)| (Some(i), item)).collect(),
            // A loop of unknown length: its item stands for all, but nobody knows how many there are.
            Data::Residual(r) => match &r.node {
                Expression::Loop { item, .. } => {
                    out.uncounted = Some(Evidence::about(node, &way, Found::Unknown(r), Asked::Said, true));
                    vec![(Some(0), item)]
                }
                _ => {
                    out.open.push(self.opened(node, r, &way));
                    // What is joined to a list takes nothing out of it.
                    let joined = known::joined(r).filter(|list| !(counted && list.once));
                    joined.map(|list| list.placed().collect()).unwrap_or_default()
                }
            },
            _ => return out,
        };
        let named = self.names_of_children(node, type_);
        let said_again =
            |item: &Value| !named.is_empty() && item.get("name").is_some_and(|name| named.contains(&canonical(name)));
        for (i, item) in items.into_iter().filter(|(_, item)| !said_again(item)) {
            let mut way = way.clone();
            way.push(Step::Item(i, item));
            match &item.data {
                Data::Object(_) => {
                    let view = View { prefix: &[], flat };
                    let scope = Scope { view, ..self.scope(node).item(node, item, None) };
                    out.items.push((scope, way));
                }
                Data::Residual(r) => out.open.push(self.opened(node, r, &way)),
                _ => {}
            }
        }
        out
    }
}
