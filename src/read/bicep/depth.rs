//! How deep a node is, from its children, which know it.

use super::ast::{
    ArrayItem, Body, Decorator, Expr, ExprKind, Key, Object, ObjectItem, Part, Type, TypeKind, TypeProperty,
};

fn most(depths: impl Iterator<Item = u16>) -> u16 {
    depths.max().unwrap_or(0)
}

fn of_exprs(exprs: &[Expr]) -> u16 {
    most(exprs.iter().map(|e| e.depth))
}

fn of_object(object: Option<&Object>) -> u16 {
    object.map_or(0, |o| o.depth)
}

fn of_decorators(decorators: &[Decorator]) -> u16 {
    most(decorators.iter().map(|d| d.expr.depth))
}

fn of_parts(parts: &[Part]) -> u16 {
    most(parts.iter().map(|part| match part {
        Part::Text(_) => 0,
        Part::Expr(e) => e.depth,
    }))
}

impl ExprKind {
    /// The depth of the deepest child.
    pub(super) fn depth(&self) -> u16 {
        match self {
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Str(_)
            | ExprKind::Var(_)
            | ExprKind::Invalid => 0,
            ExprKind::Interpolated(parts) => of_parts(parts),
            ExprKind::Array(items) => most(items.iter().map(|item| match item {
                ArrayItem::Value(e) | ArrayItem::Spread(e) => e.depth,
            })),
            ExprKind::Object(object) => object.depth,
            ExprKind::For(it) => it.each.list.depth.max(it.body.depth),
            ExprKind::Binary { left, right, .. } => left.depth.max(right.depth),
            ExprKind::Unary { operand: e, .. }
            | ExprKind::Member { base: e, .. }
            | ExprKind::Nested { base: e, .. }
            | ExprKind::Lambda { body: e, .. }
            | ExprKind::NonNull(e)
            | ExprKind::Paren(e) => e.depth,
            ExprKind::Ternary { condition, then, otherwise } => condition.depth.max(then.depth).max(otherwise.depth),
            ExprKind::Index { base, index, .. } => base.depth.max(index.depth),
            ExprKind::Call { args, .. } => of_exprs(args),
            ExprKind::MethodCall { base, args, .. } => base.depth.max(of_exprs(args)),
        }
    }
}

impl ObjectItem {
    /// Its depth as a child of the object.
    pub(super) fn depth(&self) -> u16 {
        match self {
            ObjectItem::Property(property) => {
                let key = match &property.key {
                    Key::Name(_) => 0,
                    Key::Computed(e) => e.depth,
                };
                key.max(property.value.depth)
            }
            ObjectItem::Spread(e) => e.depth,
            ObjectItem::Resource(nested) => {
                let resource = &nested.resource;
                1 + of_decorators(&nested.decorators).max(resource.ty.depth).max(of_body(&resource.body))
            }
        }
    }
}

fn of_body(body: &Body) -> u16 {
    let list = body.each.as_ref().map_or(0, |each| each.list.depth);
    let condition = body.condition.as_ref().map_or(0, |e| e.depth);
    list.max(condition).max(of_object(body.object.as_ref()))
}

impl TypeKind {
    /// The depth of the deepest child.
    pub(super) fn depth(&self) -> u16 {
        let of_types = |types: &[Type]| most(types.iter().map(|t| t.depth));
        match self {
            TypeKind::Named(_)
            | TypeKind::Str(_)
            | TypeKind::Int(_)
            | TypeKind::Bool(_)
            | TypeKind::Null
            | TypeKind::Invalid => 0,
            TypeKind::Interpolated(parts) => of_parts(parts),
            TypeKind::Unary { operand: t, .. }
            | TypeKind::Array(t)
            | TypeKind::Nullable(t)
            | TypeKind::NonNull(t)
            | TypeKind::Member { base: t, .. }
            | TypeKind::Items(t)
            | TypeKind::Additional(t)
            | TypeKind::Paren(t) => t.depth,
            TypeKind::Union(types) => of_types(types),
            TypeKind::Tuple(items) => most(items.iter().map(|i| i.ty.depth.max(of_decorators(&i.decorators)))),
            TypeKind::Object(properties) => most(properties.iter().map(of_property)),
            TypeKind::Index { base, index } => base.depth.max(index.depth),
            TypeKind::Apply { base, args, .. } => of_types(args).max(base.as_ref().map_or(0, |t| t.depth)),
            TypeKind::Resource(ty) => ty.as_ref().map_or(0, |e| e.depth),
        }
    }
}

fn of_property(property: &TypeProperty) -> u16 {
    property.ty.depth.max(of_decorators(&property.decorators))
}
