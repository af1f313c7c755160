//! Bicep types to template types.

use ecow::{EcoString, eco_format};

use super::bounds::type_nodes;
use super::symbols::{Env, ImportSource, Symbol};
use super::{Lowering, string};
use crate::model::{Derived, Expr, ExprKind, ObjectType, Step, Type, TypeKind};
use crate::nesting;
use crate::read::bicep::ast::{self, TypeKey};

impl Lowering<'_> {
    /// A type, as far as it decides values.
    pub(super) fn ty(&mut self, ty: &ast::Type, unit: usize) -> Type {
        if !nesting::TYPE.allows(self.depth) {
            return Type::default();
        }
        self.depth += 1;
        let mut out = self.ty_below(ty, unit);
        self.depth -= 1;
        out.span = out.span.or(Some(ty.span));
        out
    }

    fn ty_below(&mut self, ty: &ast::Type, unit: usize) -> Type {
        let of = |kind: TypeKind| Type { kind, ..Type::default() };
        match &ty.kind {
            ast::TypeKind::Named(name) => self.named_type(&name.text, unit),
            ast::TypeKind::Str(text) => literal(TypeKind::String, ExprKind::Str(text.value.clone()), ty),
            ast::TypeKind::Interpolated(_) => of(TypeKind::String),
            ast::TypeKind::Int(i) => literal(TypeKind::Int, ExprKind::Int(*i), ty),
            ast::TypeKind::Bool(b) => literal(TypeKind::Bool, ExprKind::Bool(*b), ty),
            ast::TypeKind::Null => Type { nullable: true, ..Type::default() },
            ast::TypeKind::Unary { operand, .. } => match &operand.kind {
                ast::TypeKind::Int(i) => literal(TypeKind::Int, ExprKind::Int(i.wrapping_neg()), ty),
                _ => of(TypeKind::Bool),
            },
            ast::TypeKind::Union(members) => self.union(members, unit),
            ast::TypeKind::Array(item) => {
                let items = Some(Box::new(self.ty(item, unit)));
                of(TypeKind::Array { items, prefix: Vec::new(), sealed: false })
            }
            ast::TypeKind::Nullable(inner) => Type { nullable: true, ..self.ty(inner, unit) },
            ast::TypeKind::NonNull(inner) => Type { nullable: false, ..self.ty(inner, unit) },
            ast::TypeKind::Tuple(items) => {
                let prefix = items.iter().map(|i| self.decorated(&i.ty, &i.decorators, unit)).collect();
                of(TypeKind::Array { items: None, prefix, sealed: true })
            }
            ast::TypeKind::Object(properties) => of(TypeKind::Object(Box::new(self.object_type(properties, unit)))),
            ast::TypeKind::Paren(inner) => self.ty(inner, unit),
            ast::TypeKind::Member { base, name } => self.type_member(base, &name.text, unit),
            ast::TypeKind::Items(base) => {
                let base = self.structure(base, unit);
                match (base.derived, base.kind) {
                    (Some(derived), _) => part_of(&derived, Step::Items),
                    (None, TypeKind::Array { items: Some(items), .. }) => *items,
                    _ => Type::default(),
                }
            }
            ast::TypeKind::Additional(base) => {
                let base = self.structure(base, unit);
                match (base.derived, base.kind) {
                    (Some(derived), _) => part_of(&derived, Step::Additional),
                    (None, TypeKind::Object(o) | TypeKind::SecureObject(o)) => {
                        o.additional.map(|t| *t).unwrap_or_default()
                    }
                    _ => Type::default(),
                }
            }
            ast::TypeKind::Index { base, index } => match (self.structure(base, unit).kind, &index.kind) {
                (TypeKind::Array { prefix, .. }, ast::ExprKind::Int(i)) => {
                    usize::try_from(*i).ok().and_then(|i| prefix.into_iter().nth(i)).unwrap_or_default()
                }
                _ => Type::default(),
            },
            ast::TypeKind::Apply { name, args, .. } => match (name.text.as_str(), args.as_slice()) {
                ("resourceInput" | "resourceOutput", [ast::Type { kind: ast::TypeKind::Str(resource), .. }]) => {
                    let output = name.text == "resourceOutput";
                    let derived = Derived { resource: resource.value.clone(), path: Vec::new(), output };
                    Type { derived: Some(Box::new(derived)), ..Type::default() }
                }
                _ => Type::default(),
            },
            ast::TypeKind::Resource(_) | ast::TypeKind::Invalid => Type::default(),
        }
    }

    fn decorated(&mut self, ty: &ast::Type, decorators: &[ast::Decorator], unit: usize) -> Type {
        let mut out = self.ty(ty, unit);
        self.decorate(&mut out, decorators, &Env::root(unit));
        out
    }

    fn object_type(&mut self, properties: &[ast::TypeProperty], unit: usize) -> ObjectType {
        let mut out =
            ObjectType { properties: Vec::with_capacity(properties.len()), listed: true, ..ObjectType::default() };
        for p in properties {
            let ty = self.decorated(&p.ty, &p.decorators, unit);
            match &p.key {
                TypeKey::Name(name) => out.properties.push((name.text.clone(), ty)),
                TypeKey::Any(_) => out.additional = Some(Box::new(ty)),
                TypeKey::Invalid(_) => {}
            }
        }
        out
    }

    /// A union: of literals it lists the values there are; of anything else it says as much as its members agree on.
    fn union(&mut self, members: &[ast::Type], unit: usize) -> Type {
        let mut allowed: Vec<Expr> = Vec::new();
        let mut all_literal = true;
        let mut out = Type::default();
        for m in members {
            let ty = match self.ty(m, unit) {
                t if matches!(t.kind, TypeKind::Ref(_)) => self.structure(m, unit),
                t => t,
            };
            out.nullable |= ty.nullable;
            if matches!(m.kind, ast::TypeKind::Null) {
                continue;
            }
            match ty.allowed {
                Some(values) if self.charge(values.len(), m.span) => allowed.extend(values),
                _ => all_literal = false,
            }
            if matches!(out.kind, TypeKind::Any) {
                out.kind = ty.kind;
            }
        }
        if all_literal {
            out.allowed = Some(allowed);
        } else {
            out.kind = TypeKind::Any;
        }
        out
    }

    fn named_type(&mut self, name: &str, unit: usize) -> Type {
        let of = |kind: TypeKind| Type { kind, ..Type::default() };
        let there = self.units[unit].clone();
        match there.symbols.get(name) {
            Some(Symbol::Type) => {
                self.emit_type(unit, name);
                of(TypeKind::Ref(there.full(name)))
            }
            Some(Symbol::Imported { from, name }) => self.imported_type(*from, name),
            _ => builtin_type(name),
        }
    }

    pub(super) fn imported_type(&mut self, from: ImportSource, name: &str) -> Type {
        match from {
            ImportSource::Unit(unit) => self.named_type(name, unit),
            ImportSource::Json(index) => {
                Type { kind: TypeKind::Ref(self.emit_json_type(index, name)), ..Type::default() }
            }
            ImportSource::Missing => Type::default(),
        }
    }

    /// `base.name` of a type: a property of an object type, or a type of a namespace.
    fn type_member(&mut self, base: &ast::Type, name: &str, unit: usize) -> Type {
        if let ast::TypeKind::Named(namespace) = &base.kind {
            match self.units[unit].symbols.get(&namespace.text) {
                Some(Symbol::Namespace(from)) => {
                    let from = *from;
                    return match self.exports(from, name, base.span) {
                        true => self.imported_type(from, name),
                        false => Type::default(),
                    };
                }
                _ if self.is_language(&namespace.text, unit) => return builtin_type(name),
                _ => {}
            }
        }
        let base = self.structure(base, unit);
        match (base.derived, base.kind) {
            (Some(derived), _) => part_of(&derived, Step::Property(name.into())),
            (None, TypeKind::Object(o) | TypeKind::SecureObject(o)) => {
                o.properties.into_iter().find(|(n, _)| n == name).map(|(_, t)| t).unwrap_or_default()
            }
            _ => Type::default(),
        }
    }

    /// A type with the name it goes by resolved.
    fn structure(&mut self, ty: &ast::Type, unit: usize) -> Type {
        let mut at = self.ty(ty, unit);
        for _ in 0..16 {
            let TypeKind::Ref(name) = &at.kind else { break };
            match self.type_places.get(name).and_then(|at| self.types.get(*at)) {
                Some(definition) => {
                    let size = type_nodes(&definition.ty);
                    at = definition.ty.clone();
                    if !self.charge(size, ty.span) {
                        return Type::default();
                    }
                }
                None => return Type::default(),
            }
        }
        at
    }

    /// The variants of a union of object types by the value of one property.
    pub(super) fn discriminate(&mut self, ty: &mut Type, members: &[ast::Type], property: &str, unit: usize) {
        let mut variants = Vec::new();
        for m in members {
            let variant = self.ty(m, unit);
            let shape = self.structure(m, unit);
            let (TypeKind::Object(o) | TypeKind::SecureObject(o)) = shape.kind else { continue };
            if let Some((_, inner)) = &o.discriminator {
                variants.extend(inner.iter().cloned());
            }
            let value = o.properties.iter().find(|(n, _)| n == property).and_then(|(_, t)| t.allowed.as_ref()?.first());
            if let Some(value) = value.and_then(Expr::as_str) {
                variants.push((value.clone(), variant));
            }
        }
        let object = ObjectType { discriminator: Some((EcoString::from(property), variants)), ..ObjectType::default() };
        ty.kind = TypeKind::Object(Box::new(object));
        ty.allowed = None;
    }

    /// A name for a type of another template.
    pub(super) fn json_prefix(index: usize) -> EcoString {
        eco_format!("json{index}::")
    }
}

/// A type of the language itself.
fn builtin_type(name: &str) -> Type {
    let kind = match name {
        "string" => TypeKind::String,
        "int" => TypeKind::Int,
        "bool" => TypeKind::Bool,
        "array" => TypeKind::Array { items: None, prefix: Vec::new(), sealed: false },
        "object" => TypeKind::Object(Box::default()),
        _ => TypeKind::Any,
    };
    Type { kind, ..Type::default() }
}

fn part_of(derived: &Derived, step: Step) -> Type {
    Type { derived: Some(derived.then(step)), ..Type::default() }
}

fn literal(kind: TypeKind, value: ExprKind, ty: &ast::Type) -> Type {
    let value = match value {
        ExprKind::Str(s) => string(&s, ty.span),
        other => Expr::new(other, ty.span),
    };
    Type { kind, allowed: Some(vec![value]), ..Type::default() }
}
