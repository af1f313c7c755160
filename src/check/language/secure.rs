//! Which values are secrets by their types: secure parameters, secure parts of them, and what variables take of either.

use std::cell::RefCell;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Context;
use super::scope::{Kind, Meaning};
use super::walk::{self, bare};
use crate::model::{self, Template, TypeKind};
use crate::nesting;
use crate::read::bicep::ast::{ArrayItem, BinaryOp, Expr, ExprKind, Object};

/// A step from a value into it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Step<'f> {
    /// The property of this name.
    Property(&'f str),
    /// The item at this place.
    Item(usize),
    /// Any item.
    Any,
}

/// More steps into a value are not followed: no real value is deeper.
const MOST_STEPS: usize = 64;

/// So many ways into declarations are followed in a file: with two steps to choose from at each of many variables there would be no end.
const MOST_WAYS: usize = 10_000;

/// A declaration or list, a way into it, and whether only a part is taken of what is there.
type Way<'f> = (usize, Vec<Step<'f>>, bool);

/// Whether values are secrets, or hold some. What a declaration comes to is worked out once for each way into it.
pub struct Secure<'c, 'f> {
    /// The file.
    pub c: &'c Context<'f>,
    known: RefCell<FxHashMap<Way<'f>, bool>>,
}

impl<'c, 'f> Secure<'c, 'f> {
    /// Of a file.
    pub fn new(c: &'c Context<'f>) -> Self {
        Secure { c, known: RefCell::default() }
    }

    /// Whether a value is a secret; or, unless only a part of it is taken, has one in it.
    pub fn holds(&self, e: &'f Expr, part: bool) -> bool {
        self.at(e, &[], part, 0)
    }

    /// The same of what some steps lead to.
    fn at(&self, e: &'f Expr, steps: &[Step<'f>], part: bool, depth: usize) -> bool {
        let too_many = steps.len() > MOST_STEPS || self.known.borrow().len() >= MOST_WAYS;
        if too_many || !nesting::EXPRESSION.allows(depth) {
            return false;
        }
        let after = |base: &'f Expr, first: Step<'f>| {
            let all: Vec<Step<'f>> = std::iter::once(first).chain(steps.iter().cloned()).collect();
            self.at(base, &all, part, depth + 1)
        };
        let same = |e: &'f Expr| self.at(e, steps, part, depth + 1);
        match &e.kind {
            ExprKind::Paren(inner) | ExprKind::NonNull(inner) => same(inner),
            ExprKind::Ternary { then, otherwise, .. } => same(then) || same(otherwise),
            ExprKind::Binary { op: BinaryOp::Coalesce, left, right } => same(left) || same(right),
            ExprKind::Member { base, name, .. } => after(base, Step::Property(name.text.as_str())),
            ExprKind::Index { base, index, from_end, .. } => after(base, step(index, *from_end)),
            ExprKind::Object(o) => self.object(o, steps, part, depth),
            ExprKind::Array(items) => self.items(items, steps, part, depth),
            ExprKind::For(f) => match steps {
                [Step::Item(_) | Step::Any, rest @ ..] => self.at(&f.body, rest, part, depth + 1),
                [] if !part => self.at(&f.body, steps, part, depth + 1),
                _ => false,
            },
            ExprKind::Var(name) => match self.c.scope.meaning(name) {
                Meaning::Item(list) => {
                    let Some(of) = self.c.scope.lists.get(list) else { return false };
                    // Lists have numbers of their own.
                    let key = (usize::MAX - list, steps.to_vec(), part);
                    if let Some(known) = self.known.borrow().get(&key) {
                        return *known;
                    }
                    let found = after(of, Step::Any);
                    self.known.borrow_mut().insert(key, found);
                    found
                }
                Meaning::Declared(i) => self.declared(i, steps, part, depth),
                _ => false,
            },
            _ => false,
        }
    }

    fn object(&self, o: &'f Object, steps: &[Step<'f>], part: bool, depth: usize) -> bool {
        match steps {
            [Step::Property(name), rest @ ..] => o.get(name).is_some_and(|e| self.at(e, rest, part, depth + 1)),
            [] if !part => o.properties().any(|p| self.at(&p.value, steps, part, depth + 1)),
            _ => false,
        }
    }

    fn items(&self, items: &'f [ArrayItem], steps: &[Step<'f>], part: bool, depth: usize) -> bool {
        let value = |i: &'f ArrayItem| if let ArrayItem::Value(e) = i { Some(e) } else { None };
        match steps {
            [Step::Item(at), rest @ ..] => {
                items.get(*at).and_then(value).is_some_and(|e| self.at(e, rest, part, depth + 1))
            }
            [Step::Any, rest @ ..] => items.iter().filter_map(value).any(|e| self.at(e, rest, part, depth + 1)),
            [] if !part => items.iter().filter_map(value).any(|e| self.at(e, steps, part, depth + 1)),
            _ => false,
        }
    }

    fn declared(&self, index: usize, steps: &[Step<'f>], part: bool, depth: usize) -> bool {
        let Some(d) = self.c.scope.declarations.get(index).filter(|_| !self.c.cyclic.contains(&index)) else {
            return false;
        };
        let key = (index, steps.to_vec(), part);
        if let Some(known) = self.known.borrow().get(&key) {
            return *known;
        }
        let own = self.c.others.own();
        let found = match d.kind {
            Kind::Var(v) => self.at(bare(&v.value), steps, part, depth + 1),
            Kind::Param(p) => own
                .and_then(|own| Some((own, &own.parameter(&p.name.text)?.1.ty)))
                .is_some_and(|(own, t)| of_type(own, t, steps, part)),
            Kind::Module(m) => {
                let steps = match steps {
                    [Step::Item(_) | Step::Any, rest @ ..] if d.is_collection() => rest,
                    _ => steps,
                };
                match (steps, self.c.others.template(&m.path)) {
                    ([Step::Property("outputs"), Step::Property(name), rest @ ..], Some(template)) => template
                        .outputs
                        .iter()
                        .find(|o| o.name == *name)
                        .is_some_and(|o| of_type(template, &o.ty, rest, part)),
                    _ => false,
                }
            }
            _ => false,
        };
        self.known.borrow_mut().insert(key, found);
        found
    }
}

/// What an index leads to.
fn step<'f>(index: &'f Expr, from_end: bool) -> Step<'f> {
    match (walk::text(index), &index.kind) {
        (Some(text), _) => Step::Property(text),
        (None, ExprKind::Int(at)) if !from_end => usize::try_from(*at).map_or(Step::Any, Step::Item),
        _ => Step::Any,
    }
}

/// Whether what steps lead to in a declared type is a secret, or has one in it.
fn of_type<'t>(template: &'t Template, t: &'t model::Type, steps: &[Step<'_>], part: bool) -> bool {
    let mut at = vec![t];
    for step in steps {
        let mut next = Vec::new();
        // Where there are several ways to one type, one is as good as another.
        let mut seen = FxHashSet::default();
        let followed = at.into_iter().filter_map(|t| followed(template, t));
        for t in followed.filter(|t| seen.insert(std::ptr::from_ref(*t))) {
            match (&t.kind, step) {
                (TypeKind::Object(o), Step::Property(name)) => match o.properties.iter().find(|p| p.0 == *name) {
                    Some((_, t)) => next.push(t),
                    None => next.extend(o.additional.as_deref()),
                },
                (TypeKind::Array { items, prefix, .. }, Step::Item(at)) => match prefix.get(*at) {
                    Some(t) => next.push(t),
                    None => next.extend(items.as_deref()),
                },
                (TypeKind::Array { items, prefix, .. }, Step::Any) => {
                    next.extend(items.as_deref().into_iter().chain(prefix))
                }
                _ => {}
            }
        }
        at = next;
    }
    let mut seen = FxHashSet::default();
    let mut last = at.into_iter().filter(|t| seen.insert(followed(template, t).map(std::ptr::from_ref)));
    last.any(|t| is_secret(template, t, part))
}

/// A type as what it stands for.
fn followed<'t>(template: &'t Template, t: &'t model::Type) -> Option<&'t model::Type> {
    let mut at = t;
    // A type that is made of itself ends here.
    for _ in 0..nesting::TYPE.levels() {
        match &at.kind {
            TypeKind::Ref(name) => at = &template.type_definition(name)?.ty,
            _ => return Some(at),
        }
    }
    None
}

/// Whether a type is a secret, or has one in it. Each type is looked into once, however many name it.
fn is_secret<'t>(template: &'t Template, t: &'t model::Type, part: bool) -> bool {
    let mut seen = FxHashSet::default();
    let mut ahead = vec![t];
    while let Some(t) = ahead.pop() {
        match &t.kind {
            TypeKind::SecureString | TypeKind::SecureObject(_) => return true,
            TypeKind::Ref(name) => {
                let new = seen.insert(name.as_str());
                ahead.extend(template.type_definition(name).filter(|_| new).map(|d| &d.ty));
            }
            TypeKind::Object(o) if !part => {
                let variants = o.discriminator.iter().flat_map(|d| &d.1);
                ahead.extend(o.properties.iter().chain(variants).map(|p| &p.1).chain(o.additional.as_deref()));
            }
            TypeKind::Array { items, prefix, .. } if !part => ahead.extend(items.as_deref().into_iter().chain(prefix)),
            _ => {}
        }
    }
    false
}

/// The modules that an expression can be, through variables, branches and items. Empty if it can be anything else.
pub fn modules<'f>(c: &Context<'f>, e: &'f Expr) -> Vec<usize> {
    let (mut out, mut seen, mut ahead) = (Vec::new(), FxHashSet::default(), vec![e]);
    while let Some(at) = ahead.pop() {
        let at = bare(at);
        if let Some(i) = c.scope.target(at) {
            match c.scope.declarations.get(i).map(|d| d.kind) {
                Some(Kind::Module(_)) => out.push(i),
                _ => return Vec::new(),
            }
            continue;
        }
        match &at.kind {
            ExprKind::NonNull(inner) | ExprKind::Index { base: inner, .. } => ahead.push(inner),
            ExprKind::Ternary { then, otherwise, .. } => ahead.extend([&**then, &**otherwise]),
            ExprKind::Var(name) => match (c.scope.meaning(name), c.scope.variable(at)) {
                (_, Some((_, v))) => {
                    if seen.insert(std::ptr::from_ref(v) as usize) {
                        ahead.push(&v.value);
                    }
                }
                (Meaning::Item(list), _) => match c.scope.lists.get(list) {
                    Some(list) => ahead.push(list),
                    None => return Vec::new(),
                },
                _ => return Vec::new(),
            },
            _ => return Vec::new(),
        }
    }
    out
}
