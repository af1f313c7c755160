//! What is found in a value: properties and items.

use std::rc::Rc;

use super::super::bodies;
use super::super::others::Found;
use super::super::scope::Kind;
use super::super::shapes::{Rest, Shape, Takes};
use super::super::walk;
use super::{Context, MOST_TEXTS, Ty};
use crate::nesting;
use crate::read::bicep::ast::{
    ArrayItem, Expr, ExprKind, Key, Object, Property, Type, TypeKey, TypeKind, TypeProperty,
};

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
    /// What an access comes to.
    pub fn accessed(&self, e: &'f Expr) -> Accessed<'f> {
        self.access(e, 0)
    }

    pub(super) fn access(&self, e: &'f Expr, depth: usize) -> Accessed<'f> {
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
            ExprKind::Index { index, from_end, .. } => match walk::text(index) {
                Some(text) => self.property(&there, text, depth),
                None => match self.numbers(index).filter(|_| !from_end) {
                    // Of many it is known that they are known, and no more.
                    Some(numbers) if numbers.len() <= MOST_TEXTS => {
                        let items = numbers.into_iter().map(|at| self.item(&there, Some(at), depth));
                        items.reduce(Ty::or).unwrap_or(Ty::Unknown)
                    }
                    _ => self.item(&there, None, depth),
                },
            },
            _ => Ty::Unknown,
        };
        Accessed { base: ty, value, cut }
    }

    /// The whole numbers that an expression can be, if they are known: a number, or a parameter that can be some.
    fn numbers(&self, e: &Expr) -> Option<Vec<i64>> {
        let mut at = walk::bare(e);
        // A variable that is made of itself ends here.
        for _ in 0..64 {
            at = match (&at.kind, self.scope.variable(at)) {
                (ExprKind::Int(number), _) => return Some(vec![*number]),
                (_, Some((_, v))) => walk::bare(&v.value),
                (ExprKind::Var(name), _) => {
                    let Kind::Param(p) = self.scope.declared(name)?.kind else { return None };
                    let own = self.others.own()?;
                    return match Takes::Declared(own, &own.parameter(&p.name.text)?.1.ty).shape() {
                        Shape::OneOfNumbers(numbers) => Some(numbers),
                        _ => None,
                    };
                }
                _ => return None,
            };
        }
        None
    }

    /// An item of an array: this one, or any.
    pub(super) fn item(&self, of: &Ty<'f>, at: Option<i64>, depth: usize) -> Ty<'f> {
        match of {
            Ty::Array(item) => self.shape((**item).clone()),
            Ty::List(items) => {
                // All of them are looked at once, for any and for each.
                let key = items.as_ptr() as usize;
                let known = self.known.items.borrow().get(&key).cloned();
                let (any, listed) = known.unwrap_or_else(|| {
                    // A list that is made of itself has items of no type.
                    self.known.items.borrow_mut().insert(key, (Ty::Unknown, false));
                    let any = self.any_item(items, depth);
                    self.known.items.borrow_mut().insert(key, any.clone());
                    any
                });
                match at {
                    None => any,
                    Some(_) if !listed => Ty::Unknown,
                    Some(at) => match usize::try_from(at).ok().and_then(|at| items.get(at)) {
                        Some(ArrayItem::Value(e)) => self.shape(self.shared(e, depth + 1)),
                        _ => Ty::Unknown,
                    },
                }
            }
            _ => Ty::Unknown,
        }
    }

    /// What any item of a list is, and whether its items stand there one by one.
    fn any_item(&self, items: &'f [ArrayItem], depth: usize) -> (Ty<'f>, bool) {
        let value = |i: &'f ArrayItem| if let ArrayItem::Value(e) = i { Some(e) } else { None };
        let Some(values) = items.iter().map(value).collect::<Option<Vec<&'f Expr>>>() else {
            return (Ty::Unknown, false);
        };
        let mut all = values.into_iter().map(|e| self.shape(self.shared(e, depth + 1)));
        (all.next().map_or(Ty::Unknown, |first| all.fold(first, Ty::or)), true)
    }

    pub(super) fn property(&self, of: &Ty<'f>, name: &str, depth: usize) -> Ty<'f> {
        match of {
            Ty::Object(o) => {
                let named = |p: &&'f Property| matches!(&p.key, Key::Name(n) if n.text == name);
                // A spread may bring it as well.
                let all = o.properties().count() == o.items.len();
                match o.properties().find(named) {
                    Some(p) if all => self.shared(&p.value, depth + 1),
                    _ => Ty::Unknown,
                }
            }
            Ty::Written(Type { kind: TypeKind::Object(properties), .. }) => {
                let named = |p: &&'f TypeProperty| matches!(&p.key, TypeKey::Name(n) if n.text == name);
                properties.iter().find(named).map_or(Ty::Unknown, |p| self.shape(Ty::Written(&p.ty)))
            }
            Ty::Takes(takes, written) => self.part(*takes, *written, name, depth),
            Ty::Facts(facts) => facts.get(name),
            // What is said of every resource.
            Ty::Resource(_) if matches!(name, "id" | "name" | "type" | "apiVersion" | "location") => Ty::Text(None),
            Ty::Resource(index) => {
                let written = self.scope.declarations.get(*index).and_then(|d| d.object());
                bodies::type_of(self, *index).map_or(Ty::Unknown, |t| self.part(Takes::Azure(t), written, name, depth))
            }
            Ty::Module(_) if name == "name" => Ty::Text(None),
            Ty::Module(index) if name == "outputs" && self.can_be_read(*index) => Ty::Outputs(*index),
            Ty::Outputs(index) => match self.scope.declarations.get(*index).map(|d| d.kind) {
                Some(Kind::Module(m)) => match self.others.template(&m.path) {
                    Some(template) => match template.outputs.iter().find(|o| o.name == name) {
                        Some(output) => self.shape(Ty::Place(Takes::Declared(template, &output.ty), None)),
                        None => Ty::Unknown,
                    },
                    None => Ty::Unknown,
                },
                _ => Ty::Unknown,
            },
            _ => Ty::Unknown,
        }
    }

    /// A module whose file is there.
    pub fn can_be_read(&self, module: usize) -> bool {
        let kind = self.scope.declarations.get(module).map(|d| d.kind);
        matches!(kind, Some(Kind::Module(m)) if matches!(self.others.find(&m.path), Found::File(_)))
    }

    /// A property of a value of a type. What is written there says which of several objects it is.
    fn part(&self, takes: Takes<'f>, written: Option<&'f Object>, name: &str, depth: usize) -> Ty<'f> {
        let value = written.and_then(|o| o.get(name)).map(|e| &walk::bare(e).kind);
        let within = if let Some(ExprKind::Object(o)) = value { Some(o) } else { None };
        if let Some(m) = takes.member(name) {
            return self.shape(Ty::Place(m.takes, within));
        }
        let Some(object) = self.narrowed_at(takes, written, depth) else { return Ty::Unknown };
        match (object.members.iter().find(|m| m.name == name), object.rest) {
            (Some(m), _) => self.shape(Ty::Place(m.takes, within)),
            (None, Rest::Of(takes)) => self.shape(Ty::Place(takes, within)),
            _ => Ty::Unknown,
        }
    }

    /// The object that a type is, where what is written says which.
    pub fn narrowed(&self, takes: Takes<'f>, written: Option<&'f Object>) -> Option<super::super::shapes::Object<'f>> {
        self.narrowed_at(takes, written, 0)
    }

    fn narrowed_at(
        &self,
        takes: Takes<'f>,
        written: Option<&'f Object>,
        depth: usize,
    ) -> Option<super::super::shapes::Object<'f>> {
        match takes.shape() {
            Shape::Object(o) => Some(o),
            Shape::OneOfObjects { by, common, variants } => {
                let value = written?.get(by)?;
                let Ty::Text(Some(text)) = self.shape(self.shared(value, depth + 1)) else { return None };
                let (_, takes) = variants.into_iter().find(|(name, _)| *name == text)?;
                let Shape::Object(mut object) = takes.shape() else { return None };
                for m in common {
                    if object.members.iter().all(|own| own.name != m.name) {
                        object.members.push(m);
                    }
                }
                Some(object)
            }
            _ => None,
        }
    }

    /// A type as what it stands for.
    pub fn shape(&self, ty: Ty<'f>) -> Ty<'f> {
        self.shape_within(ty, 0)
    }

    fn shape_within(&self, ty: Ty<'f>, depth: usize) -> Ty<'f> {
        let mut at = match ty {
            Ty::Written(t) => t,
            Ty::Place(takes, written) => {
                // Which properties it has is asked for later.
                if takes.declared_object().is_some() {
                    let object = Ty::Takes(takes, written);
                    return if takes.nullable() { object.or_null() } else { object };
                }
                let shape = match takes.shape() {
                    Shape::Anything => return Ty::Unknown,
                    Shape::Bool => Ty::Bool,
                    Shape::Integer | Shape::OneOfNumbers(_) => Ty::Int,
                    Shape::Text(..) => Ty::Text(None),
                    Shape::OneOf(texts) => match texts.as_slice() {
                        [one] => Ty::Text(Some(*one)),
                        _ => Ty::Texts(texts.into()),
                    },
                    Shape::Array(list) => Ty::Array(Rc::new(Ty::Place(list.item, None))),
                    Shape::Object(_) | Shape::OneOfObjects { .. } => Ty::Takes(takes, written),
                };
                return if takes.nullable() { shape.or_null() } else { shape };
            }
            other => return other,
        };
        // A type that is itself or `null` ends here.
        if !nesting::TYPE.allows(depth) {
            return Ty::Unknown;
        }
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
                TypeKind::Nullable(inner) => return self.shape_within(Ty::Written(inner), depth + 1).or_null(),
                TypeKind::NonNull(inner) => return self.shape_within(Ty::Written(inner), depth + 1).there(),
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
}
