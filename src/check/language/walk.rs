//! Every node of a syntax tree in the order of the text, for checks that look for a shape wherever it stands.

use crate::read::bicep::ast::{
    ArrayItem, Body, Decorator, Expr, ExprKind, Key, Loop, Object, ObjectItem, Part, Property, Resource, Statement,
    StatementKind, Type, TypeKind,
};

/// What a walk comes by.
#[derive(Clone, Copy)]
pub enum Node<'f> {
    /// An expression.
    Expr(&'f Expr),
    /// A type.
    Type(&'f Type),
    /// A property of an object, before its key and value.
    Property(&'f Property),
    /// A decorator, before what is in it.
    Decorator(&'f Decorator),
}

/// Says of a node whether what is below it is looked at as well.
pub type Look<'l, 'f> = dyn FnMut(Node<'f>) -> bool + 'l;

/// A declaration with its decorators.
pub fn statement<'f>(s: &'f Statement, look: &mut Look<'_, 'f>) {
    decorators(&s.decorators, look);
    match &s.kind {
        StatementKind::TargetScope { value }
        | StatementKind::Metadata { value, .. }
        | StatementKind::Assert { value, .. } => expr(value, look),
        StatementKind::Param(p) => {
            p.ty.iter().for_each(|t| ty(t, look));
            p.value.iter().for_each(|v| expr(v, look));
        }
        StatementKind::Var(v) => {
            v.ty.iter().for_each(|t| ty(t, look));
            expr(&v.value, look);
        }
        StatementKind::Resource(r) => resource(r, look),
        StatementKind::Module(m) => body(&m.body, look),
        StatementKind::Output(o) => {
            ty(&o.ty, look);
            expr(&o.value, look);
        }
        StatementKind::Type { value, .. } => ty(value, look),
        StatementKind::Func(f) => {
            f.params.iter().for_each(|p| ty(&p.ty, look));
            ty(&f.result, look);
            expr(&f.body, look);
        }
        StatementKind::Extension(e) => e.config.iter().for_each(|o| object(o, look)),
        StatementKind::Using(u) => u.config.iter().for_each(|o| object(o, look)),
        StatementKind::Test { body, .. } => body.iter().for_each(|o| object(o, look)),
        StatementKind::ExtensionConfig { config, .. } => config.iter().for_each(|o| object(o, look)),
        StatementKind::Import(_) | StatementKind::Extends { .. } | StatementKind::Invalid => {}
    }
}

fn decorators<'f>(list: &'f [Decorator], look: &mut Look<'_, 'f>) {
    for d in list {
        if look(Node::Decorator(d)) {
            expr(&d.expr, look);
        }
    }
}

fn resource<'f>(r: &'f Resource, look: &mut Look<'_, 'f>) {
    body(&r.body, look);
}

/// What follows the `=` of a resource or module.
pub fn body<'f>(b: &'f Body, look: &mut Look<'_, 'f>) {
    b.each.iter().for_each(|l| each(l, look));
    b.condition.iter().for_each(|c| expr(c, look));
    b.object.iter().for_each(|o| object(o, look));
}

fn each<'f>(l: &'f Loop, look: &mut Look<'_, 'f>) {
    expr(&l.list, look);
}

/// The properties between braces.
pub fn object<'f>(o: &'f Object, look: &mut Look<'_, 'f>) {
    for item in &o.items {
        match item {
            ObjectItem::Property(p) => {
                if look(Node::Property(p)) {
                    if let Key::Computed(key) = &p.key {
                        expr(key, look);
                    }
                    expr(&p.value, look);
                }
            }
            ObjectItem::Spread(e) => expr(e, look),
            ObjectItem::Resource(nested) => {
                decorators(&nested.decorators, look);
                resource(&nested.resource, look);
            }
        }
    }
}

/// An expression and all in it.
pub fn expr<'f>(e: &'f Expr, look: &mut Look<'_, 'f>) {
    if !look(Node::Expr(e)) {
        return;
    }
    match &e.kind {
        ExprKind::Interpolated(parts) => {
            for part in parts {
                if let Part::Expr(e) = part {
                    expr(e, look);
                }
            }
        }
        ExprKind::Array(items) => {
            for item in items {
                let (ArrayItem::Value(e) | ArrayItem::Spread(e)) = item;
                expr(e, look);
            }
        }
        ExprKind::Object(o) => object(o, look),
        ExprKind::For(f) => {
            each(&f.each, look);
            expr(&f.body, look);
        }
        ExprKind::Binary { left, right, .. } => [left, right].into_iter().for_each(|e| expr(e, look)),
        ExprKind::Unary { operand: e, .. }
        | ExprKind::Member { base: e, .. }
        | ExprKind::Nested { base: e, .. }
        | ExprKind::Lambda { body: e, .. }
        | ExprKind::NonNull(e)
        | ExprKind::Paren(e) => expr(e, look),
        ExprKind::Ternary { condition, then, otherwise } => {
            [condition, then, otherwise].into_iter().for_each(|e| expr(e, look));
        }
        ExprKind::Index { base, index, .. } => [base, index].into_iter().for_each(|e| expr(e, look)),
        ExprKind::Call { args, .. } => args.iter().for_each(|e| expr(e, look)),
        ExprKind::MethodCall { base, args, .. } => {
            expr(base, look);
            args.iter().for_each(|e| expr(e, look));
        }
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Str(_)
        | ExprKind::Var(_)
        | ExprKind::Invalid => {}
    }
}

/// A type and all in it.
pub fn ty<'f>(t: &'f Type, look: &mut Look<'_, 'f>) {
    if !look(Node::Type(t)) {
        return;
    }
    match &t.kind {
        TypeKind::Union(list) => list.iter().for_each(|t| ty(t, look)),
        TypeKind::Array(t)
        | TypeKind::Nullable(t)
        | TypeKind::NonNull(t)
        | TypeKind::Items(t)
        | TypeKind::Additional(t)
        | TypeKind::Paren(t)
        | TypeKind::Unary { operand: t, .. }
        | TypeKind::Member { base: t, .. } => ty(t, look),
        TypeKind::Index { base, .. } => ty(base, look),
        TypeKind::Tuple(items) => {
            for item in items {
                decorators(&item.decorators, look);
                ty(&item.ty, look);
            }
        }
        TypeKind::Object(properties) => {
            for p in properties {
                decorators(&p.decorators, look);
                ty(&p.ty, look);
            }
        }
        TypeKind::Apply { base, args, .. } => {
            base.iter().for_each(|t| ty(t, look));
            args.iter().for_each(|t| ty(t, look));
        }
        TypeKind::Named(_)
        | TypeKind::Str(_)
        | TypeKind::Interpolated(_)
        | TypeKind::Int(_)
        | TypeKind::Bool(_)
        | TypeKind::Null
        | TypeKind::Resource(_)
        | TypeKind::Invalid => {}
    }
}

/// An expression without the parentheses around it.
pub fn bare(e: &Expr) -> &Expr {
    let mut at = e;
    while let ExprKind::Paren(inner) = &at.kind {
        at = inner;
    }
    at
}

/// The text of a string without interpolation.
pub fn text(e: &Expr) -> Option<&str> {
    if let ExprKind::Str(t) = &e.kind { Some(t.value.as_str()) } else { None }
}
