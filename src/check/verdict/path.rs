//! From a path to the values it leads to.

use std::borrow::Cow;

use crate::check::verdict::compare::Lit;
use crate::check::verdict::condition::{Evaluator, Leaf};
use crate::check::verdict::evidence::{Found, Scope, Step, View};
use crate::expand::known;
use crate::expand::known::truth::Truth;
use crate::expand::residual::Node as Expression;
use crate::expand::{Data, Value};
use crate::rules::language::{Path, Root, Segment};

impl<'a> Evaluator<'a> {
    /// Calls `leaf` with what is at a path; with `[*]`, what holds for all.
    pub fn at(&mut self, path: &'a Path, s: Scope<'a>, leaf: Leaf<'_, 'a>) -> Truth {
        let world = self.world;
        let node = &world.forest.nodes[s.node];
        let (here, depth) = (std::mem::replace(&mut self.here, s.node), self.trail.len());
        let truth = match &path.root {
            Root::Here => match s.over {
                // The child says nothing; what its parent says holds.
                Some((other, base, view))
                    if get(s.base, s.view, &path.segments).is_none() && get(base, view, &path.segments).is_some() =>
                {
                    self.elsewhere(other, leaf, &mut |e, leaf| e.view(base, view, &path.segments, leaf))
                }
                _ => self.view(s.base, s.view, &path.segments, leaf),
            },
            Root::Target => self.other(Some(self.target), &path.segments, leaf),
            Root::Parent => self.other(self.parent(s.node), &path.segments, leaf),
            Root::Name | Root::ShortName if s.item => match (s.key, s.base.get("name")) {
                (Some(_), _) => leaf(self, Found::Missing),
                (None, Some(v)) => self.settled(v, &path.segments, &[], leaf),
                (None, None) => leaf(self, Found::Missing),
            },
            Root::Name => self.settled(&node.name, &path.segments, &[], leaf),
            Root::ShortName => self.settled(&node.short_name, &path.segments, &[], leaf),
            Root::Type => self.settled(&node.type_, &path.segments, &[], leaf),
            Root::Id => self.settled(&node.id, &path.segments, &[], leaf),
            Root::Exported => self.settled(&node.exported, &path.segments, &[], leaf),
            Root::Kind => self.settled(&node.kind, &path.segments, &[], leaf),
            Root::Template if node.template.is_null() => leaf(self, Found::Missing),
            Root::Template => self.settled(&node.template, &path.segments, &[], leaf),
            // Nobody knows the way from the node to what is around an item: the place is the node.
            Root::Outer(_) => match (self.value(path, s), s.outer) {
                (Some(v), Some(outer)) => self.elsewhere(outer.node, leaf, &mut |e, leaf| e.settled(v, &[], &[], leaf)),
                _ => leaf(self, Found::Missing),
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
                None => leaf(self, Found::Unknown(r)),
            },
            // Whatever the condition comes to: if both branches agree, that is the answer.
            Expression::Call { name, args } if name.eq_ignore_ascii_case("if") && args.len() == 3 => {
                let mark = self.evidence.len();
                let yes = self.walk(&args[1], first, rest, leaf);
                let no = self.walk(&args[2], first, rest, leaf);
                if yes == no {
                    return yes;
                }
                self.evidence.truncate(mark);
                leaf(self, Found::Unknown(r))
            }
            // A loop of unknown length: what holds for the item holds for all.
            Expression::Loop { item, .. } if matches!(first.first().or(rest.first()), Some(Segment::Each)) => {
                let (first, rest) = if first.is_empty() { (&[][..], &rest[1..]) } else { (&first[1..], rest) };
                let mark = self.evidence.len();
                match self.enter(Step::Item(0, item), item, first, rest, leaf) {
                    // There may be no item at all.
                    Truth::False => {
                        self.evidence.truncate(mark);
                        leaf(self, Found::Unknown(r))
                    }
                    truth => truth,
                }
            }
            _ => match first.first().or(rest.first()) {
                // A member that an undecided object has for certain.
                Some(Segment::Key(key)) => match known::member(value, key) {
                    Some(v) => {
                        let (first, rest) = if first.is_empty() { (&[][..], &rest[1..]) } else { (&first[1..], rest) };
                        let world = self.world;
                        let v = world.kept.keep(v);
                        self.enter(Step::Missing(key), v, first, rest, leaf)
                    }
                    None => leaf(self, Found::Unknown(r)),
                },
                Some(Segment::Each) => {
                    let (first, rest) = if first.is_empty() { (&[][..], &rest[1..]) } else { (&first[1..], rest) };
                    let mark = self.evidence.len();
                    // What is joined to a list takes nothing out of it.
                    let items = known::joined(r).map(|list| list.items).unwrap_or_default();
                    let each = |t: Truth, (i, v)| t.and(self.enter(Step::Item(i, v), v, first, rest, leaf));
                    if items.into_iter().enumerate().fold(Truth::True, each) == Truth::False {
                        return Truth::False;
                    }
                    self.evidence.truncate(mark);
                    leaf(self, Found::Unknown(r))
                }
                _ => leaf(self, Found::Unknown(r)),
            },
        }
    }

    fn step(&mut self, value: &'a Value, first: &'a [Segment], rest: &'a [Segment], leaf: Leaf<'_, 'a>) -> Truth {
        let (segment, first, rest) = match (first, rest) {
            ([s, tail @ ..], rest) => (s, tail, rest),
            ([], [s, tail @ ..]) => (s, tail, &[][..]),
            ([], []) => return leaf(self, Found::Value(value)),
        };
        match segment {
            Segment::Key(key) => match value.as_object().and_then(|o| o.member(key)) {
                Some(m) => self.enter(Step::Member(m), &m.value, first, rest, leaf),
                None => self.missing(segment, first, rest, leaf),
            },
            Segment::Index(i) => match value.as_array().and_then(|a| a.get(*i as usize)) {
                Some(v) => self.enter(Step::Item(*i as usize, v), v, first, rest, leaf),
                None => self.missing(segment, first, rest, leaf),
            },
            Segment::Each => match &value.data {
                Data::Array(a) => a
                    .iter()
                    .enumerate()
                    .fold(Truth::True, |t, (i, v)| t.and(self.enter(Step::Item(i, v), v, first, rest, leaf))),
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
                    self.trail.push(Step::Item(i, v));
                    truth = truth.and(self.deep(v, key, first, rest, leaf));
                    self.trail.pop();
                }
            }
            _ => {}
        }
        truth
    }

    /// The one value at a path, if there is one.
    pub fn value(&self, path: &'a Path, s: Scope<'a>) -> Option<&'a Value> {
        self.value_from(&path.root, &path.segments, s)
    }

    fn value_from(&self, root: &'a Root, segments: &'a [Segment], s: Scope<'a>) -> Option<&'a Value> {
        let node = &self.world.forest.nodes[s.node];
        let none = View::default();
        match root {
            Root::Here => {
                get(s.base, s.view, segments).or_else(|| s.over.and_then(|(_, base, view)| get(base, view, segments)))
            }
            Root::Target => get(&self.world.forest.nodes[self.target].body, none, segments),
            Root::Parent => get(&self.world.forest.nodes[self.parent(s.node)?].body, none, segments),
            Root::Name | Root::ShortName if s.item => s.base.get("name"),
            Root::Name => Some(&node.name),
            Root::ShortName => Some(&node.short_name),
            Root::Type => Some(&node.type_),
            Root::Id => Some(&node.id),
            Root::Exported => Some(&node.exported),
            Root::Kind => Some(&node.kind),
            Root::Template => Some(&node.template).filter(|t| !t.is_null()),
            Root::Outer(inner) => self.value_from(inner, segments, s.outer?.scope()),
            Root::Config(_) | Root::Children(_) => None,
        }
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
        let Some(first) = path.segments.iter().position(|s| matches!(s, Segment::Each | Segment::Deep(_))) else {
            return self.value(path, s).map(Lit::of);
        };
        let start = self.value_from(root, &path.segments[..first], of)?;
        let mut out = Vec::new();
        all(start, &path.segments[first..], &mut out);
        Some(Lit::List(out))
    }
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

fn get<'a>(base: &'a Value, view: View<'a>, segments: &'a [Segment]) -> Option<&'a Value> {
    view.prefix.iter().chain(flattened(view, segments)).try_fold(base, |v, s| match s {
        Segment::Key(k) => v.get(k),
        Segment::Index(i) => v.as_array()?.get(*i as usize),
        Segment::Each | Segment::Deep(_) => None,
    })
}
