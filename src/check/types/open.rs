//! What is not known before deployment, and what of it a type could refuse.

use super::{Kind as Wrong, Kinds};
use crate::expand::known::{can_be_null, certainly_string};
use crate::expand::residual::Residual;
use crate::expand::{Data, Value};
use crate::model::function_table::Returns;
use crate::model::{Builtin, Template, TypeKind};
use crate::types::Kind;

/// What a value can be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    Boolean,
    Integer,
    Array,
    Object,
}

/// Whether a value may come to null, which leaves out what it is the value of. `root` declares the parameters that have no value.
pub fn may_be_null(value: &Value, root: &Template) -> bool {
    let Data::Residual(r) = &value.data else { return value.is_null() };
    match parameter(r) {
        Some(name) => root.parameter(name).is_none_or(|(_, p)| p.ty.nullable),
        None => can_be_null(r),
    }
}

/// What can be wrong with a value that is not known, where a type is wanted.
pub fn may_be(value: &Value, kind: &Kind<'_>, root: &Template) -> Kinds {
    let shape = match &value.data {
        Data::Residual(r) => shape(value, r, root),
        _ => None,
    };
    let scalar = |wanted: Shape, own: Kinds| match shape {
        Some(shape) if shape == wanted => own,
        Some(_) => Kinds::of(&[Wrong::Type, Wrong::Notation]),
        None => own.with(Kinds::of(&[Wrong::Type, Wrong::Notation])),
    };
    match kind {
        Kind::Any => Kinds::default(),
        Kind::Bool => scalar(Shape::Boolean, Kinds::default()),
        Kind::Integer(i) if i.min.is_none() && i.max.is_none() => scalar(Shape::Integer, Kinds::default()),
        Kind::Integer(_) => scalar(Shape::Integer, Kinds::of(&[Wrong::Bound])),
        Kind::Text(t) if t.min.is_none() && t.max.is_none() => scalar(Shape::Text, Kinds::default()),
        Kind::Text(_) => scalar(Shape::Text, Kinds::of(&[Wrong::Length])),
        Kind::Literal(_) | Kind::Union(_) => scalar(Shape::Text, Kinds::of(&[Wrong::Value])),
        // Whatever is in it.
        Kind::Array(_) | Kind::Object(_) | Kind::Discriminated(_) => Kinds::IN_VALUES,
    }
}

/// The parameter that a value is, if it is nothing but that.
fn parameter(r: &Residual) -> Option<&str> {
    match r.as_call()? {
        (Builtin::Parameters, [name]) => name.as_str().map(|n| n.as_str()),
        _ => None,
    }
}

fn shape(value: &Value, r: &Residual, root: &Template) -> Option<Shape> {
    if certainly_string(value) {
        return Some(Shape::Text);
    }
    if let Some(name) = parameter(r) {
        return match root.parameter(name)?.1.ty.kind {
            TypeKind::String | TypeKind::SecureString => Some(Shape::Text),
            TypeKind::Int => Some(Shape::Integer),
            TypeKind::Bool => Some(Shape::Boolean),
            TypeKind::Array { .. } => Some(Shape::Array),
            TypeKind::Object { .. } | TypeKind::SecureObject(_) => Some(Shape::Object),
            _ => None,
        };
    }
    match r.as_call()?.0.facts().returns {
        Returns::Text => Some(Shape::Text),
        Returns::Boolean => Some(Shape::Boolean),
        Returns::Integer => Some(Shape::Integer),
        Returns::Array => Some(Shape::Array),
        Returns::Object => Some(Shape::Object),
        _ => None,
    }
}
