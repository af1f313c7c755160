//! The types of expressions, as far as the file itself says: parameters, variables, types declared here, functions of the language.
//! What it does not say is [`Ty::Unknown`], of which nothing is ever wrong.

mod access;
mod calls;

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::scope::{Kind, Meaning};
use super::shapes::Takes;
use super::{Context, walk};
use crate::nesting;
use crate::read::bicep::ast::{ArrayItem, BinaryOp, Expr, ExprKind, Object, Part, Type, UnaryOp};

pub use calls::Facts;

/// So many conditions ask for one another's resources at most.
const MOST_ASKED_OFF: usize = 100;

/// A type.
#[derive(Clone)]
pub enum Ty<'f> {
    /// Nothing is known.
    Unknown,
    /// `null`
    Null,
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `string`, perhaps one certain text.
    Text(Option<&'f str>),
    /// One of these texts.
    Texts(Rc<[&'f str]>),
    /// An array.
    Array(Rc<Ty<'f>>),
    /// An array as it is written.
    List(&'f [ArrayItem]),
    /// An object as it is written.
    Object(&'f Object),
    /// A type as it is written in this file.
    Written(&'f Type),
    /// What a place takes, and the object that is written there: not yet told what that is.
    Place(Takes<'f>, Option<&'f Object>),
    /// An object that a place takes, or one of several, and what is written there.
    Takes(Takes<'f>, Option<&'f Object>),
    /// An object that a function of the language returns.
    Facts(&'static Facts),
    /// One of the namespaces `sys` and `az`.
    Namespace(&'f str),
    /// A lambda.
    Lambda,
    /// A resource.
    Resource(usize),
    /// A module.
    Module(usize),
    /// What a module hands back.
    Outputs(usize),
    /// That, or `null`.
    Nullable(Rc<Ty<'f>>),
}

impl<'f> Ty<'f> {
    fn or_null(self) -> Self {
        match self {
            Ty::Nullable(_) | Ty::Null => self,
            other => Ty::Nullable(Rc::new(other)),
        }
    }

    /// Without `null`.
    pub fn there(self) -> Self {
        match self {
            Ty::Nullable(inner) => (*inner).clone(),
            other => other,
        }
    }

    /// Surely a string that is not null.
    pub fn is_text(&self) -> bool {
        matches!(self, Ty::Text(_) | Ty::Texts(_))
    }

    /// One of two.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Ty::Null, other) | (other, Ty::Null) => other.or_null(),
            (Ty::Nullable(one), other) => match (*one).clone().or(other.there()) {
                Ty::Unknown => Ty::Unknown,
                known => known.or_null(),
            },
            (one, Ty::Nullable(other)) => Ty::Nullable(other).or(one),
            (Ty::Int, Ty::Int) => Ty::Int,
            (Ty::Bool, Ty::Bool) => Ty::Bool,
            (one, other) if one.is_text() && other.is_text() => match (one.texts(), other.texts()) {
                (Some(a), Some(b)) if a.len() + b.len() <= MOST_TEXTS => {
                    Ty::Texts(a.iter().chain(&b).copied().collect())
                }
                _ => Ty::Text(None),
            },
            _ => Ty::Unknown,
        }
    }

    /// The texts that it can be, if they are known.
    pub fn texts(&self) -> Option<Vec<&'f str>> {
        match self {
            Ty::Text(text) => Some(vec![(*text)?]),
            Ty::Texts(texts) => Some(texts.to_vec()),
            _ => None,
        }
    }
}

/// As many texts are kept apart.
const MOST_TEXTS: usize = 64;

/// The types of expressions that more than one way leads to, by where they stand in memory. Without them a chain of twenty names, each
/// of which names the one before twice, would be looked into a million times.
#[derive(Default)]
pub struct Known<'f> {
    expressions: RefCell<FxHashMap<usize, Ty<'f>>>,
    /// What any item of a list is, and whether its items stand there one by one.
    items: RefCell<FxHashMap<usize, (Ty<'f>, bool)>>,
}

/// As many parts of a fixed text are put together, and as many bytes: no name that is looked up is longer.
const MOST_FIXED: usize = 1000;

impl<'f> Context<'f> {
    /// The type of an expression.
    pub fn ty(&self, e: &'f Expr) -> Ty<'f> {
        self.of(e, 0)
    }

    /// The type of an expression that is found elsewhere: in an object, a list, or what a loop goes through.
    fn shared(&self, e: &'f Expr, depth: usize) -> Ty<'f> {
        let key = std::ptr::from_ref(e) as usize;
        if let Some(known) = self.known.expressions.borrow().get(&key) {
            return known.clone();
        }
        // One that leads to itself has no type.
        self.known.expressions.borrow_mut().insert(key, Ty::Unknown);
        let ty = self.of(e, depth);
        self.known.expressions.borrow_mut().insert(key, ty.clone());
        ty
    }

    fn of(&self, e: &'f Expr, depth: usize) -> Ty<'f> {
        if !nesting::EXPRESSION.allows(depth) {
            return Ty::Unknown;
        }
        let of = |e: &'f Expr| self.of(e, depth + 1);
        match &e.kind {
            ExprKind::Null => Ty::Null,
            ExprKind::Bool(_) => Ty::Bool,
            ExprKind::Int(_) => Ty::Int,
            ExprKind::Str(text) => Ty::Text(Some(text.value.as_str())),
            ExprKind::Interpolated(_) => Ty::Text(None),
            ExprKind::Array(items) => Ty::List(items),
            ExprKind::For(f) => Ty::Array(Rc::new(of(&f.body))),
            ExprKind::Object(o) => Ty::Object(o),
            ExprKind::Binary { op: BinaryOp::Coalesce, left, right } => {
                match (self.shape(of(left)), self.shape(of(right))) {
                    (Ty::Nullable(left), right) if left.is_text() && right.is_text() => (*left).clone().or(right),
                    (left @ (Ty::Text(_) | Ty::Texts(_) | Ty::Int | Ty::Bool), _) => left,
                    _ => Ty::Unknown,
                }
            }
            ExprKind::Binary { op, .. } => match op {
                BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Modulo => {
                    Ty::Int
                }
                _ => Ty::Bool,
            },
            ExprKind::Unary { op: UnaryOp::Not, .. } => Ty::Bool,
            ExprKind::Unary { op: UnaryOp::Minus, .. } => Ty::Int,
            ExprKind::Ternary { condition, then, otherwise } => match walk::bare(condition).kind {
                ExprKind::Bool(true) => of(then),
                ExprKind::Bool(false) => of(otherwise),
                _ => self.shape(of(then)).or(self.shape(of(otherwise))),
            },
            ExprKind::Paren(inner) => of(inner),
            ExprKind::NonNull(inner) => self.shape(of(inner)).there(),
            ExprKind::Var(name) => self.named(name, depth),
            ExprKind::Member { .. } | ExprKind::Index { .. } => {
                let accessed = self.access(e, depth);
                let value = self.shape(accessed.value);
                if accessed.cut { value.or_null() } else { value }
            }
            ExprKind::Nested { .. } => self.scope.target(e).map_or(Ty::Unknown, |i| self.declared_as(i)),
            ExprKind::Call { name, args } => match self.scope.top.get(name.text.as_str()) {
                Some(own) => match self.scope.declarations.get(*own).map(|d| d.kind) {
                    Some(Kind::Func(f)) => self.shape(Ty::Written(&f.result)),
                    _ => Ty::Unknown,
                },
                None => self.call(&name.text, args, depth),
            },
            ExprKind::MethodCall { base, name, args } => match &base.kind {
                ExprKind::Var(n) if self.scope.meaning(n) == Meaning::Namespace => self.call(&name.text, args, depth),
                _ if name.text == "getSecret" && self.scope.target(base).is_some() => Ty::Text(None),
                _ => Ty::Unknown,
            },
            ExprKind::Lambda { .. } => Ty::Lambda,
            ExprKind::Invalid => Ty::Unknown,
        }
    }

    /// A resource or module, or the list of them.
    fn declared_as(&self, index: usize) -> Ty<'f> {
        if self.cyclic.contains(&index) {
            return Ty::Unknown;
        }
        let Some(d) = self.scope.declarations.get(index) else { return Ty::Unknown };
        let one = match d.kind {
            Kind::Resource(_) => Ty::Resource(index),
            Kind::Module(_) => Ty::Module(index),
            _ => return Ty::Unknown,
        };
        if d.is_collection() { Ty::Array(Rc::new(one)) } else { one }
    }

    fn named(&self, name: &'f crate::read::bicep::ast::Name, depth: usize) -> Ty<'f> {
        let i = match self.scope.meaning(name) {
            Meaning::Declared(i) => i,
            Meaning::Item(list) => {
                let list =
                    self.scope.lists.get(list).map_or(Ty::Unknown, |list| self.shape(self.shared(list, depth + 1)));
                return self.item(&list.there(), None, depth);
            }
            Meaning::Index => return Ty::Int,
            Meaning::Namespace => return Ty::Namespace(self.scope.namespace(name)),
            _ => return Ty::Unknown,
        };
        if self.cyclic.contains(&i) {
            return Ty::Unknown;
        }
        match self.scope.declarations.get(i).map(|d| d.kind) {
            Some(Kind::Param(p)) => match self.others.own().and_then(|own| Some((own, own.parameter(&p.name.text)?.1)))
            {
                Some((own, declared)) => self.shape(Ty::Place(Takes::Declared(own, &declared.ty), None)),
                None => p.ty.as_ref().map_or(Ty::Unknown, |t| self.shape(Ty::Written(t))),
            },
            Some(Kind::Var(v)) => {
                if let Some(t) = &v.ty {
                    return self.shape(Ty::Written(t));
                }
                if let Some(known) = self.variables.borrow().get(&i) {
                    return known.clone();
                }
                // One that is made of itself has no type.
                self.variables.borrow_mut().insert(i, Ty::Unknown);
                let ty = self.of(&v.value, depth + 1);
                self.variables.borrow_mut().insert(i, ty.clone());
                ty
            }
            Some(Kind::Resource(_) | Kind::Module(_)) => self.declared_as(i),
            _ => Ty::Unknown,
        }
    }

    /// It is `true` as it is written, or a variable that is.
    fn is_true(&self, e: &Expr) -> bool {
        let mut at = walk::bare(e);
        // A variable that is made of itself ends here.
        for _ in 0..64 {
            match (&at.kind, self.scope.variable(at)) {
                (ExprKind::Bool(value), _) => return *value,
                (_, Some((_, v))) => at = walk::bare(&v.value),
                _ => return false,
            }
        }
        false
    }

    /// The text that an expression surely is, put together from others if need be.
    pub fn fixed_text(&self, e: &Expr) -> Option<String> {
        let (mut parts, mut out) = (MOST_FIXED, String::new());
        self.fixed(e, 0, &mut parts, &mut out).then_some(out)
    }

    fn fixed(&self, e: &Expr, depth: usize, parts: &mut usize, out: &mut String) -> bool {
        if !nesting::EXPRESSION.allows(depth) || *parts == 0 || out.len() > MOST_FIXED {
            return false;
        }
        *parts -= 1;
        let e = walk::bare(e);
        match &e.kind {
            ExprKind::Str(text) => {
                out.push_str(&text.value);
                true
            }
            ExprKind::Interpolated(list) => list.iter().all(|part| match part {
                Part::Text(text) => {
                    out.push_str(&text.value);
                    true
                }
                Part::Expr(e) => self.fixed(e, depth + 1, parts, out),
            }),
            ExprKind::Var(_) => {
                self.scope.variable(e).is_some_and(|(_, v)| self.fixed(&v.value, depth + 1, parts, out))
            }
            _ => false,
        }
    }

    /// A resource or module that is perhaps not deployed.
    pub fn may_be_off(&self, index: usize) -> bool {
        if let Some(known) = self.off.borrow().get(&index) {
            return *known;
        }
        // A condition may ask for what has a condition of its own, and so on; one that asks for itself is none.
        if self.asked_off.get() >= MOST_ASKED_OFF {
            return false;
        }
        self.asked_off.set(self.asked_off.get() + 1);
        self.off.borrow_mut().insert(index, false);
        let found = self.is_perhaps_off(index);
        self.asked_off.set(self.asked_off.get() - 1);
        self.off.borrow_mut().insert(index, found);
        found
    }

    fn is_perhaps_off(&self, index: usize) -> bool {
        let mut at = Some(index);
        while let Some(d) = at.and_then(|i| self.scope.declarations.get(i)) {
            let conditional = d.body().and_then(|b| b.condition.as_ref());
            // A condition of a resource of which nobody knows what it is, is none to the compiler; of a module it is one.
            let counts = |e: &'f Expr| match d.kind {
                Kind::Resource(_) => matches!(self.shape(self.ty(e)), Ty::Bool) && !self.is_true(e),
                _ => !self.is_true(e),
            };
            if conditional.is_some_and(counts) || super::descriptions::named(d.decorators, "nullIfNotFound").is_some() {
                return true;
            }
            at = d.parent;
        }
        false
    }
}
