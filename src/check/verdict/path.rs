//! From a path to the values it leads to.

use std::borrow::Cow;
use std::rc::Rc;

use crate::check::verdict::compare::Lit;
use crate::check::verdict::condition::{Evaluator, Leaf};
use crate::check::verdict::evidence::{Evidence, Found, Outer, Scope, Step, Trail, View};
use crate::check::verdict::member::Member;
use crate::expand::known::secret::tells_within;
use crate::expand::known::{self, Truth};
use crate::expand::residual::{Node as Expression, Residual};
use crate::expand::{Data, Value};
use crate::rules::language::{Path, Root, Segment};

/// So many conditions are followed both ways for one path: those that stand in one another's branches double.
const MOST_BRANCHES: usize = 1_000;

impl<'a> Evaluator<'a> {
    /// Calls `leaf` with what is at a path; with `[*]`, what holds for all.
    pub fn at(&mut self, path: &'a Path, s: Scope<'a>, leaf: Leaf<'_, 'a>) -> Truth {
        let before = std::mem::take(&mut self.branches);
        let truth = self.from(&path.root, &path.segments, s, leaf);
        self.branches = before;
        truth
    }

    fn from(&mut self, root: &'a Root, segments: &'a [Segment], s: Scope<'a>, leaf: Leaf<'_, 'a>) -> Truth {
        let world = self.world;
        let node = &world.forest.nodes[s.node];
        let (here, depth) = (std::mem::replace(&mut self.here, s.node), self.trail.len());
        let truth = match root {
            Root::Here => match s.over {
                // Where the child says nothing, what its parent says holds.
                Some((other, base, view)) if !matches!(self.spot(base, view, segments), Spot::Nowhere) => {
                    // The parent answers alike wherever the child says nothing, and is asked once.
                    let mut answer: Option<(Truth, usize, Vec<Evidence<'a>>)> = None;
                    self.view(s.base, s.view, segments, &mut |e, found| {
                        if !matches!(found, Found::Missing) {
                            return leaf(e, found);
                        }
                        let mark = e.evidence.len();
                        if let Some((truth, known, evidence)) = &mut answer {
                            // What spoke for it may have been given up since.
                            if mark <= *known {
                                e.evidence.extend(evidence.iter().cloned());
                                *known = mark;
                            }
                            return *truth;
                        }
                        let truth = e.elsewhere(other, leaf, &mut |e, leaf| e.view(base, view, segments, leaf));
                        answer = Some((truth, mark, e.evidence[mark.min(e.evidence.len())..].to_vec()));
                        truth
                    })
                }
                _ => self.view(s.base, s.view, segments, leaf),
            },
            Root::Target => self.other(Some(self.target), segments, leaf),
            Root::Parent => self.other(self.parent(s.node), segments, leaf),
            Root::Name | Root::ShortName if s.item => match (s.key, s.base.get("name")) {
                (Some(_), _) => leaf(self, Found::Missing),
                (None, Some(v)) => self.settled(v, segments, &[], leaf),
                (None, None) => leaf(self, Found::Missing),
            },
            Root::Name => self.settled(&node.name, segments, &[], leaf),
            Root::ShortName => self.settled(&node.short_name, segments, &[], leaf),
            Root::Type => self.settled(&node.type_, segments, &[], leaf),
            Root::Id => self.settled(&node.id, segments, &[], leaf),
            Root::Exported => self.settled(&node.exported, segments, &[], leaf),
            Root::Kind => self.settled(&node.kind, segments, &[], leaf),
            Root::Template if node.template.is_null() => leaf(self, Found::Missing),
            Root::Template => self.settled(&node.template, segments, &[], leaf),
            Root::Outer(inner) => match s.outer {
                Some(outer) => self.around(inner, segments, outer, leaf),
                None => leaf(self, Found::Missing),
            },
            // Only lists are asked of it: `Evaluator::items` does that.
            Root::Children(_) => leaf(self, Found::Missing),
            // A configuration value has no place in a template; `ask` looks it up.
            Root::Config(_) => leaf(self, Found::Missing),
        };
        self.trail.truncate(depth);
        self.here = here;
        truth
    }

    /// Looks into what is around an item.
    fn around(&mut self, root: &'a Root, segments: &'a [Segment], outer: Outer<'a>, leaf: Leaf<'_, 'a>) -> Truth {
        let (node, way) = (self.here, self.trail.clone());
        self.elsewhere(outer.node, leaf, &mut |e, leaf| {
            e.from(root, segments, outer.scope(), &mut |e, found| {
                // Nobody knows the way from the node to what is around an item: the place is the node. What is not there has none.
                let (here, trail) = match found {
                    Found::Missing => (node, way.clone()),
                    _ => (e.here, Trail::new()),
                };
                let (here, trail) = (std::mem::replace(&mut e.here, here), std::mem::replace(&mut e.trail, trail));
                let truth = leaf(e, found);
                (e.here, e.trail) = (here, trail);
                truth
            })
        })
    }

    fn other(&mut self, node: Option<usize>, segments: &'a [Segment], leaf: Leaf<'_, 'a>) -> Truth {
        let Some(node) = node else { return leaf(self, Found::Missing) };
        let body = &self.world.forest.nodes[node].body;
        self.elsewhere(node, leaf, &mut |e, leaf| e.walk(body, segments, &[], leaf))
    }

    /// Looks at another node than the scope's.
    fn elsewhere(
        &mut self,
        node: usize,
        leaf: Leaf<'_, 'a>,
        look: &mut dyn FnMut(&mut Self, Leaf<'_, 'a>) -> Truth,
    ) -> Truth {
        let trail = std::mem::take(&mut self.trail);
        let here = std::mem::replace(&mut self.here, node);
        let truth = look(self, leaf);
        self.here = here;
        self.trail = trail;
        truth
    }

    fn view(&mut self, base: &'a Value, view: View<'a>, segments: &'a [Segment], leaf: Leaf<'_, 'a>) -> Truth {
        let segments = flattened(view, segments);
        if view.prefix.is_empty() {
            self.walk(base, segments, &[], leaf)
        } else {
            self.walk(base, view.prefix, segments, leaf)
        }
    }

    fn walk(&mut self, value: &'a Value, first: &'a [Segment], rest: &'a [Segment], leaf: Leaf<'_, 'a>) -> Truth {
        if first.is_empty() && !rest.is_empty() {
            return self.walk(value, rest, &[], leaf);
        }
        self.settled(value, first, rest, leaf)
    }

    /// Goes on from a value, through what is known of residuals.
    fn settled(&mut self, value: &'a Value, first: &'a [Segment], rest: &'a [Segment], leaf: Leaf<'_, 'a>) -> Truth {
        let Data::Residual(r) = &value.data else { return self.step(value, first, rest, leaf) };
        match &r.node {
            Expression::Parameter(p) => match &p.hidden {
                Some(hidden) => {
                    let mut secret = |e: &mut Self, found: Found<'a>| {
                        let found = if let Found::Value(v) = found { Found::Secret(v) } else { found };
                        leaf(e, found)
                    };
                    self.step(hidden, first, rest, &mut secret)
                }
                None => self.open(r, first, rest, leaf),
            },
            // Whatever the condition comes to: if both branches agree, that is the answer.
            Expression::Call { name, args }
                if name.eq_ignore_ascii_case("if") && args.len() == 3 && self.branches < MOST_BRANCHES =>
            {
                self.branches += 1;
                let mark = self.evidence.len();
                let yes = self.walk(&args[1], first, rest, leaf);
                let no = self.walk(&args[2], first, rest, leaf);
                if yes == no {
                    return yes;
                }
                self.evidence.truncate(mark);
                self.open(r, first, rest, leaf)
            }
            // A loop of unknown length: what holds for the item holds for all.
            Expression::Loop { item, .. } if matches!(first.first().or(rest.first()), Some(Segment::Each)) => {
                let (first, rest) = if first.is_empty() { (&[][..], &rest[1..]) } else { (&first[1..], rest) };
                let mark = self.evidence.len();
                match self.enter(Step::Item(Some(0), item), item, first, rest, leaf) {
                    // There may be no item at all.
                    Truth::False => {
                        self.evidence.truncate(mark);
                        self.open(r, first, rest, leaf)
                    }
                    truth => truth,
                }
            }
            _ => {
                let Some((segment, tail, further)) = next(first, rest) else { return leaf(self, Found::Unknown(r)) };
                match segment {
                    Segment::Key(key) => match self.member(value, key) {
                        Member::There(step, v) => self.enter(step, v, tail, further, leaf),
                        Member::Nowhere => self.missing(segment, tail, further, leaf),
                        Member::Open(_) => self.open(r, first, rest, leaf),
                    },
                    Segment::Each => {
                        let mark = self.evidence.len();
                        // What is joined to a list takes nothing out of it.
                        let items = known::joined(r).map(|list| list.placed().collect::<Vec<_>>()).unwrap_or_default();
                        let each = |t: Truth, (i, v)| t.and(self.enter(Step::Item(i, v), v, tail, further, leaf));
                        if items.into_iter().fold(Truth::True, each) == Truth::False {
                            return Truth::False;
                        }
                        self.evidence.truncate(mark);
                        self.open(r, first, rest, leaf)
                    }
                    Segment::Index(_) | Segment::Deep(_) => self.open(r, first, rest, leaf),
                }
            }
        }
    }

    /// Nobody knows this, or what is in it.
    fn open(&mut self, r: &'a Rc<Residual>, first: &'a [Segment], rest: &'a [Segment], leaf: Leaf<'_, 'a>) -> Truth {
        if first.is_empty() && rest.is_empty() {
            return leaf(self, Found::Unknown(r));
        }
        let keys =
            || first.iter().chain(rest).map_while(|s| if let Segment::Key(k) = s { Some(k.as_str()) } else { None });
        let secret = r.secret && tells_within(&Value::new(Data::Residual(r.clone())), &keys().collect::<Vec<_>>());
        leaf(self, Found::Within { object: r, secret })
    }

    fn step(&mut self, value: &'a Value, first: &'a [Segment], rest: &'a [Segment], leaf: Leaf<'_, 'a>) -> Truth {
        let Some((segment, first, rest)) = next(first, rest) else { return leaf(self, Found::Value(value)) };
        match segment {
            Segment::Key(key) => match self.member(value, key) {
                Member::There(step, v) => self.enter(step, v, first, rest, leaf),
                Member::Nowhere => self.missing(segment, first, rest, leaf),
                Member::Open(r) => self.open(r, std::slice::from_ref(segment), first, leaf),
            },
            Segment::Index(i) => match value.as_array().and_then(|a| a.get(*i as usize)) {
                Some(v) => self.enter(Step::Item(Some(*i as usize), v), v, first, rest, leaf),
                None => self.missing(segment, first, rest, leaf),
            },
            Segment::Each => match &value.data {
                Data::Array(a) => a
                    .iter()
                    .enumerate()
                    .fold(Truth::True, |t, (i, v)| t.and(self.enter(Step::Item(Some(i), v), v, first, rest, leaf))),
                Data::Object(o) => o
                    .members
                    .iter()
                    .fold(Truth::True, |t, m| t.and(self.enter(Step::Member(m), &m.value, first, rest, leaf))),
                _ => Truth::True,
            },
            Segment::Deep(key) => self.deep(value, key, first, rest, leaf),
        }
    }

    fn enter(
        &mut self,
        s: Step<'a>,
        v: &'a Value,
        first: &'a [Segment],
        rest: &'a [Segment],
        leaf: Leaf<'_, 'a>,
    ) -> Truth {
        self.trail.push(s);
        let truth = self.walk(v, first, rest, leaf);
        self.trail.pop();
        truth
    }

    fn missing(&mut self, s: &'a Segment, first: &'a [Segment], rest: &'a [Segment], leaf: Leaf<'_, 'a>) -> Truth {
        let depth = self.trail.len();
        for segment in std::iter::once(s).chain(first).chain(rest) {
            match segment {
                Segment::Key(k) | Segment::Deep(k) => self.trail.push(Step::Missing(k)),
                // Nothing to look at.
                Segment::Each => {
                    self.trail.truncate(depth);
                    return Truth::True;
                }
                Segment::Index(_) => {}
            }
        }
        let truth = leaf(self, Found::Missing);
        self.trail.truncate(depth);
        truth
    }

    fn deep(
        &mut self,
        value: &'a Value,
        key: &'a str,
        first: &'a [Segment],
        rest: &'a [Segment],
        leaf: Leaf<'_, 'a>,
    ) -> Truth {
        let mut truth = Truth::True;
        if key == "*" && !matches!(value.data, Data::Object(_) | Data::Array(_)) {
            return self.walk(value, first, rest, leaf);
        }
        match &value.data {
            Data::Object(o) => {
                for m in &o.members {
                    self.trail.push(Step::Member(m));
                    if m.key.eq_ignore_ascii_case(key) {
                        truth = truth.and(self.walk(&m.value, first, rest, leaf));
                    } else {
                        truth = truth.and(self.deep(&m.value, key, first, rest, leaf));
                    }
                    self.trail.pop();
                }
            }
            Data::Array(a) => {
                for (i, v) in a.iter().enumerate() {
                    self.trail.push(Step::Item(Some(i), v));
                    truth = truth.and(self.deep(v, key, first, rest, leaf));
                    self.trail.pop();
                }
            }
            _ => {}
        }
        truth
    }

    /// The one value at a path, if there is one.
    pub fn value(&self, path: &'a Path, s: Scope<'a>) -> Spot<'a> {
        self.spot_from(&path.root, &path.segments, s)
    }

    fn spot_from(&self, root: &'a Root, segments: &'a [Segment], s: Scope<'a>) -> Spot<'a> {
        let node = &self.world.forest.nodes[s.node];
        let of = |value: Option<&'a Value>| value.map_or(Spot::Nowhere, Spot::There);
        let body = |n: usize| self.spot(&self.world.forest.nodes[n].body, View::default(), segments);
        match root {
            Root::Here => match (self.spot(s.base, s.view, segments), s.over) {
                (Spot::Nowhere, Some((_, base, view))) => self.spot(base, view, segments),
                (spot, _) => spot,
            },
            Root::Target => body(self.target),
            Root::Parent => self.parent(s.node).map_or(Spot::Nowhere, body),
            Root::Name | Root::ShortName if s.item => of(s.base.get("name")),
            Root::Name => Spot::There(&node.name),
            Root::ShortName => Spot::There(&node.short_name),
            Root::Type => Spot::There(&node.type_),
            Root::Id => Spot::There(&node.id),
            Root::Exported => Spot::There(&node.exported),
            Root::Kind => Spot::There(&node.kind),
            Root::Template => of(Some(&node.template).filter(|t| !t.is_null())),
            Root::Outer(inner) => s.outer.map_or(Spot::Nowhere, |o| self.spot_from(inner, segments, o.scope())),
            Root::Config(_) | Root::Children(_) => Spot::Nowhere,
        }
    }

    /// What is at the end of a way without `[*]`.
    fn spot(&self, base: &'a Value, view: View<'a>, segments: &'a [Segment]) -> Spot<'a> {
        let mut value = base;
        for segment in view.prefix.iter().chain(flattened(view, segments)) {
            value = match (segment, &value.data) {
                (Segment::Key(key), _) => match self.member(value, key) {
                    Member::There(_, v) => v,
                    Member::Nowhere => return Spot::Nowhere,
                    Member::Open(r) => return Spot::Open(r),
                },
                (Segment::Index(_), Data::Residual(r)) => return Spot::Open(r),
                (Segment::Index(i), Data::Array(a)) => match a.get(*i as usize) {
                    Some(v) => v,
                    None => return Spot::Nowhere,
                },
                (Segment::Index(_) | Segment::Each | Segment::Deep(_), _) => return Spot::Nowhere,
            };
        }
        Spot::There(value)
    }

    /// What an operand finds at a path: one value, or a list of all where the path has `[*]`.
    pub fn operand_value(&self, path: &'a Path, s: Scope<'a>) -> Option<Lit<'a>> {
        let (root, of) = match &path.root {
            Root::Outer(inner) => (&**inner, s.outer?.scope()),
            root => (root, s),
        };
        if let (Root::Name | Root::ShortName, Some(key)) = (root, of.key) {
            return Some(Lit::Str(Cow::Borrowed(key)));
        }
        let first = path.segments.iter().position(|s| matches!(s, Segment::Each | Segment::Deep(_)));
        let (one, many) = path.segments.split_at(first.unwrap_or(path.segments.len()));
        match self.spot_from(root, one, of) {
            Spot::There(value) if many.is_empty() => Some(Lit::of(value)),
            Spot::There(value) => {
                let mut out = Vec::new();
                all(value, many, &mut out);
                Some(Lit::List(out))
            }
            Spot::Nowhere => None,
            // What is compared with it hangs on what that comes to.
            Spot::Open(r) => {
                self.touch(r);
                Some(Lit::Unknown(None))
            }
        }
    }
}

/// The next segment of a path in two parts, and what is left of both; none at its end.
fn next<'a>(first: &'a [Segment], rest: &'a [Segment]) -> Option<(&'a Segment, &'a [Segment], &'a [Segment])> {
    match (first, rest) {
        ([s, tail @ ..], rest) => Some((s, tail, rest)),
        ([], [s, tail @ ..]) => Some((s, tail, &[])),
        ([], []) => None,
    }
}

/// What is at the end of a way to one value.
pub enum Spot<'a> {
    /// This.
    There(&'a Value),
    /// Nothing.
    Nowhere,
    /// It would be in this, which nobody knows before deployment.
    Open(&'a Rc<Residual>),
}

/// Every value that a path leads to; a list at its end counts by its items.
fn all<'a>(value: &'a Value, segments: &[Segment], out: &mut Vec<Lit<'a>>) {
    let Some((first, rest)) = segments.split_first() else {
        return match Lit::of(value) {
            Lit::List(items) => out.extend(items),
            one => out.push(one),
        };
    };
    match (first, &value.data) {
        (_, Data::Residual(_)) => out.push(Lit::Unknown(None)),
        (Segment::Key(k), _) => value.get(k).into_iter().for_each(|v| all(v, rest, out)),
        (Segment::Index(i), Data::Array(a)) => a.get(*i as usize).into_iter().for_each(|v| all(v, rest, out)),
        (Segment::Each, Data::Array(a)) => a.iter().for_each(|v| all(v, rest, out)),
        (Segment::Each, Data::Object(o)) => o.members.iter().for_each(|m| all(&m.value, rest, out)),
        // `..x` has no use among operands.
        _ => {}
    }
}

fn flattened<'a>(view: View<'a>, segments: &'a [Segment]) -> &'a [Segment] {
    match segments {
        [Segment::Key(k), rest @ ..] if view.flat && k.eq_ignore_ascii_case("properties") => rest,
        _ => segments,
    }
}
