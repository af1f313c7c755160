//! The types of expressions, as far as the file itself says: parameters, variables, types declared here, functions of the language.
//! What it does not say is [`Ty::Unknown`], of which nothing is ever wrong.

use std::rc::Rc;

use super::scope::{Kind, Meaning};
use super::{Context, walk};
use crate::model::Builtin;
use crate::nesting;
use crate::read::bicep::ast::{BinaryOp, Expr, ExprKind, Key, Object, Part, Type, TypeKey, TypeKind, UnaryOp};

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
    /// An array.
    Array(Rc<Ty<'f>>),
    /// An object as it is written.
    Object(&'f Object),
    /// A type as it is written in this file.
    Written(&'f Type),
    /// A resource or module.
    Resource,
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
        matches!(self, Ty::Text(_))
    }
}

/// What an access of a property or item comes to within its chain.
pub struct Accessed<'f> {
    /// What is accessed, with its `null` if that is not cared for here.
    pub base: Ty<'f>,
    /// The type of what is found there, of a chain that is not cut short.
    pub value: Ty<'f>,
    /// The chain can be cut short by a `.?`.
    pub cut: bool,
}

impl<'f> Context<'f> {
    /// The type of an expression.
    pub fn ty(&self, e: &'f Expr) -> Ty<'f> {
        self.of(e, 0)
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
            ExprKind::Array(_) | ExprKind::For(_) => Ty::Array(Rc::new(Ty::Unknown)),
            ExprKind::Object(o) => Ty::Object(o),
            ExprKind::Binary { op: BinaryOp::Coalesce, left, right } => {
                match (self.shape(of(left)), self.shape(of(right))) {
                    (Ty::Nullable(left), right) if left.is_text() && right.is_text() => Ty::Text(None),
                    (left @ (Ty::Text(_) | Ty::Int | Ty::Bool), _) => left,
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
            ExprKind::Ternary { then, otherwise, .. } => match (self.shape(of(then)), self.shape(of(otherwise))) {
                (Ty::Text(_), Ty::Text(_)) => Ty::Text(None),
                (Ty::Null, other) | (other, Ty::Null) => other.or_null(),
                (Ty::Nullable(one), other) | (other, Ty::Nullable(one))
                    if one.is_text() && other.clone().there().is_text() =>
                {
                    Ty::Text(None).or_null()
                }
                (Ty::Int, Ty::Int) => Ty::Int,
                (Ty::Bool, Ty::Bool) => Ty::Bool,
                _ => Ty::Unknown,
            },
            ExprKind::Paren(inner) => of(inner),
            ExprKind::NonNull(inner) => self.shape(of(inner)).there(),
            ExprKind::Var(name) => self.named(name, depth),
            ExprKind::Member { .. } | ExprKind::Index { .. } => {
                let accessed = self.access(e, depth);
                let value = self.shape(accessed.value);
                if accessed.cut { value.or_null() } else { value }
            }
            ExprKind::Nested { .. } => self.scope.target(e).map_or(Ty::Unknown, |_| Ty::Resource),
            ExprKind::Call { name, args } if !self.scope.top.contains_key(name.text.as_str()) => match name
                .text
                .as_str()
            {
                // More than one way to read its arguments: the compiler leaves the type open.
                "resourceId" | "subscriptionResourceId" | "managementGroupResourceId" if args.len() > 2 => Ty::Unknown,
                name => returns(name),
            },
            ExprKind::MethodCall { base, name, .. } => match &base.kind {
                ExprKind::Var(n) if self.scope.meaning(n) == Meaning::Namespace => returns(&name.text),
                _ if name.text == "getSecret" && self.scope.target(base).is_some() => Ty::Text(None),
                _ => Ty::Unknown,
            },
            ExprKind::Call { .. } | ExprKind::Lambda { .. } | ExprKind::Invalid => Ty::Unknown,
        }
    }

    fn named(&self, name: &'f crate::read::bicep::ast::Name, depth: usize) -> Ty<'f> {
        let i = match self.scope.meaning(name) {
            Meaning::Declared(i) => i,
            Meaning::Item(list) => {
                let list = self.scope.lists.get(list).map(|list| self.shape(self.of(list, depth + 1)));
                return if let Some(Ty::Array(item)) = list { self.shape((*item).clone()) } else { Ty::Unknown };
            }
            _ => return Ty::Unknown,
        };
        match self.scope.declarations.get(i).map(|d| d.kind) {
            Some(Kind::Param(p)) => p.ty.as_ref().map_or(Ty::Unknown, |t| self.shape(Ty::Written(t))),
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
            Some(Kind::Resource(_) | Kind::Module(_)) => Ty::Resource,
            _ => Ty::Unknown,
        }
    }

    /// What an access comes to.
    pub fn accessed(&self, e: &'f Expr) -> Accessed<'f> {
        self.access(e, 0)
    }

    fn access(&self, e: &'f Expr, depth: usize) -> Accessed<'f> {
        let nothing = Accessed { base: Ty::Unknown, value: Ty::Unknown, cut: false };
        if !nesting::EXPRESSION.allows(depth) {
            return nothing;
        }
        let (ExprKind::Member { base, safe, .. } | ExprKind::Index { base, safe, .. }) = &e.kind else {
            return nothing;
        };
        let (mut ty, mut cut, before_safe) = match &base.kind {
            ExprKind::Member { safe, .. } | ExprKind::Index { safe, .. } => {
                let inner = self.access(base, depth + 1);
                (self.shape(inner.value), inner.cut, *safe)
            }
            _ => (self.shape(self.of(base, depth + 1)), false, false),
        };
        if before_safe || *safe {
            if matches!(ty, Ty::Nullable(_) | Ty::Null) {
                cut = true;
            }
            ty = ty.there();
            if *safe && self.scope.target(base).is_some_and(|i| self.may_be_off(i)) {
                cut = true;
            }
        }
        let there = ty.clone().there();
        let value = match &e.kind {
            ExprKind::Member { name, .. } => self.property(&there, &name.text, depth),
            ExprKind::Index { index, .. } => match (&there, walk::text(index)) {
                (Ty::Array(item), None) => (**item).clone(),
                (other, Some(text)) => self.property(other, text, depth),
                _ => Ty::Unknown,
            },
            _ => Ty::Unknown,
        };
        Accessed { base: ty, value, cut }
    }

    fn property(&self, of: &Ty<'f>, name: &str, depth: usize) -> Ty<'f> {
        match of {
            Ty::Object(o) => {
                let named =
                    |p: &&'f crate::read::bicep::ast::Property| matches!(&p.key, Key::Name(n) if n.text == name);
                // A spread may bring it as well.
                let all = o.properties().count() == o.items.len();
                match o.properties().find(named) {
                    Some(p) if all => self.of(&p.value, depth + 1),
                    _ => Ty::Unknown,
                }
            }
            Ty::Written(Type { kind: TypeKind::Object(properties), .. }) => {
                let named = |p: &&'f crate::read::bicep::ast::TypeProperty| matches!(&p.key, TypeKey::Name(n) if n.text == name);
                properties.iter().find(named).map_or(Ty::Unknown, |p| self.shape(Ty::Written(&p.ty)))
            }
            // What is said of every resource.
            Ty::Resource if matches!(name, "id" | "name" | "type" | "apiVersion" | "location") => Ty::Text(None),
            _ => Ty::Unknown,
        }
    }

    /// A written type as what it stands for.
    pub fn shape(&self, ty: Ty<'f>) -> Ty<'f> {
        let mut at = match ty {
            Ty::Written(t) => t,
            other => return other,
        };
        for _ in 0..64 {
            match &at.kind {
                TypeKind::Paren(inner) => at = inner,
                TypeKind::Named(name) => match self.scope.declared(name).map(|d| d.kind) {
                    Some(Kind::Type(value)) => at = value,
                    Some(_) => return Ty::Unknown,
                    None => {
                        return match name.text.as_str() {
                            "string" => Ty::Text(None),
                            "int" => Ty::Int,
                            "bool" => Ty::Bool,
                            "array" => Ty::Array(Rc::new(Ty::Unknown)),
                            _ => Ty::Unknown,
                        };
                    }
                },
                TypeKind::Str(text) => return Ty::Text(Some(text.value.as_str())),
                TypeKind::Int(_) => return Ty::Int,
                TypeKind::Bool(_) => return Ty::Bool,
                TypeKind::Null => return Ty::Null,
                TypeKind::Array(item) => return Ty::Array(Rc::new(Ty::Written(item))),
                TypeKind::Nullable(inner) => return self.shape(Ty::Written(inner)).or_null(),
                TypeKind::NonNull(inner) => return self.shape(Ty::Written(inner)).there(),
                TypeKind::Union(list) => {
                    let null = list.iter().any(|t| matches!(t.kind, TypeKind::Null));
                    let text = |t: &Type| matches!(t.kind, TypeKind::Str(_) | TypeKind::Null);
                    let all = if list.iter().all(text) { Ty::Text(None) } else { Ty::Unknown };
                    return if null { all.or_null() } else { all };
                }
                TypeKind::Object(_) => return Ty::Written(at),
                _ => return Ty::Unknown,
            }
        }
        Ty::Unknown
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
        self.fixed(e, 0)
    }

    fn fixed(&self, e: &Expr, depth: usize) -> Option<String> {
        if !nesting::EXPRESSION.allows(depth) {
            return None;
        }
        let e = walk::bare(e);
        match &e.kind {
            ExprKind::Str(text) => Some(text.value.to_string()),
            ExprKind::Interpolated(parts) => {
                let mut out = String::new();
                for part in parts {
                    match part {
                        Part::Text(text) => out.push_str(&text.value),
                        Part::Expr(e) => out.push_str(&self.fixed(e, depth + 1)?),
                    }
                }
                Some(out)
            }
            ExprKind::Var(_) => self.fixed(&self.scope.variable(e)?.1.value, depth + 1),
            _ => None,
        }
    }

    /// A resource or module that is perhaps not deployed.
    pub fn may_be_off(&self, index: usize) -> bool {
        let mut at = Some(index);
        while let Some(d) = at.and_then(|i| self.scope.declarations.get(i)) {
            let conditional = d.body().and_then(|b| b.condition.as_ref());
            if conditional.is_some_and(|e| !self.is_true(e))
                || super::descriptions::named(d.decorators, "nullIfNotFound").is_some()
            {
                return true;
            }
            at = d.parent;
        }
        false
    }
}

fn returns<'f>(name: &str) -> Ty<'f> {
    use crate::model::Returns;
    match Builtin::named(name).map(|b| b.facts().returns) {
        Some(Returns::Text) => Ty::Text(None),
        Some(Returns::Boolean) => Ty::Bool,
        Some(Returns::Integer) => Ty::Int,
        Some(Returns::Array) => Ty::Array(Rc::new(Ty::Unknown)),
        _ => Ty::Unknown,
    }
}
