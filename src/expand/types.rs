//! What a declared type says of a parameter: may it be null, which values are there.

use super::value::{Data, Object, Value};
use crate::model::{Expr, ExprKind, Template, Type, TypeKind};

/// References to references end somewhere; a cycle ends here.
const MAX_REFERENCES: usize = 16;

/// So many items are held against values that are allowed.
const MOST_COMPARED: usize = 1_000_000;

/// The type itself, behind its references.
pub fn resolve<'t>(template: &'t Template, ty: &'t Type) -> &'t Type {
    let mut at = ty;
    for _ in 0..MAX_REFERENCES {
        match &at.kind {
            TypeKind::Ref(name) => match template.type_definition(name) {
                Some(definition) => at = &definition.ty,
                None => break,
            },
            _ => break,
        }
    }
    at
}

/// Whether `null` is a value of the type.
pub fn nullable(template: &Template, ty: &Type) -> bool {
    ty.nullable || resolve(template, ty).nullable
}

/// The only values there are, if the type lists them.
pub fn allowed<'t>(template: &'t Template, ty: &'t Type) -> Option<&'t [Expr]> {
    ty.allowed.as_deref().or_else(|| resolve(template, ty).allowed.as_deref())
}

/// Whether a type has the values `true` and `false` only.
pub fn is_bool(template: &Template, ty: &Type) -> bool {
    matches!(resolve(template, ty).kind, TypeKind::Bool)
}

/// Whether a type is a secret's, through named types.
pub fn is_secure(template: &Template, ty: &Type) -> bool {
    matches!(resolve(template, ty).kind, TypeKind::SecureString | TypeKind::SecureObject(_))
}

/// Whether a type is a secret's, or something in it is: a property, an item, a property of a variant.
pub fn has_secret(template: &Template, ty: &Type) -> bool {
    // Nearly all have nothing in them.
    if !matches!(ty.kind, TypeKind::Ref(_) | TypeKind::Array { .. } | TypeKind::Object(_)) {
        return matches!(ty.kind, TypeKind::SecureString | TypeKind::SecureObject(_));
    }
    // A type that holds itself says nothing new the second time.
    let mut seen: Vec<&str> = Vec::new();
    let mut todo = vec![ty];
    while let Some(ty) = todo.pop() {
        match &ty.kind {
            TypeKind::SecureString | TypeKind::SecureObject(_) => return true,
            TypeKind::Ref(name) if seen.iter().any(|n| n.eq_ignore_ascii_case(name)) => {}
            TypeKind::Ref(name) => {
                seen.push(name);
                todo.extend(template.type_definition(name).map(|d| &d.ty));
            }
            kind => todo.extend(parts(kind)),
        }
    }
    false
}

/// The types of all that a value of this kind has directly in it.
pub fn parts(kind: &TypeKind) -> impl Iterator<Item = &Type> {
    let (items, object) = match kind {
        TypeKind::Array { items, prefix, .. } => (Some((items.as_deref(), prefix)), None),
        TypeKind::Object(o) | TypeKind::SecureObject(o) => (None, Some(o)),
        _ => (None, None),
    };
    let members = object.into_iter().flat_map(|o| {
        let variants = o.discriminator.iter().flat_map(|(_, variants)| variants);
        o.properties.iter().chain(variants).map(|(_, ty)| ty).chain(o.additional.as_deref())
    });
    items.into_iter().flat_map(|(items, prefix)| prefix.iter().chain(items)).chain(members)
}

/// The types that the member of this name of a value of an object type can have: one, or one for each variant.
pub fn members<'t>(template: &'t Template, ty: &'t Type, name: &str) -> Vec<&'t Type> {
    members_of(template, ty, name, None)
}

/// The same of the member of a value: what it says of itself decides which variant it is.
pub fn members_of<'t>(template: &'t Template, ty: &'t Type, name: &str, value: Option<&Object>) -> Vec<&'t Type> {
    let mut out = Vec::new();
    let mut todo = vec![(ty, 0)];
    while let Some((ty, depth)) = todo.pop() {
        let (TypeKind::Object(o) | TypeKind::SecureObject(o)) = &resolve(template, ty).kind else { continue };
        let named = o.properties.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, ty)| ty);
        out.extend(named.or(o.additional.as_deref()));
        if depth < MAX_REFERENCES {
            let Some((by, variants)) = &o.discriminator else { continue };
            let said = value.and_then(|v| v.get(by)).and_then(Value::as_str);
            let one = said.and_then(|said| variants.iter().find(|(name, _)| name.eq_ignore_ascii_case(said)));
            match one {
                Some((_, ty)) => todo.push((ty, depth + 1)),
                None => todo.extend(variants.iter().map(|(_, ty)| (ty, depth + 1))),
            }
        }
    }
    out
}

/// What a value is, as far as types tell values apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// Any other number.
    Fraction,
    /// `true` or `false`.
    Truth,
    /// An array.
    List,
    /// An object.
    Object,
}

impl Shape {
    /// That of a value; `None` for null, which every type may have, and for what is not decided.
    pub fn of(value: &Value) -> Option<Shape> {
        Some(match &value.data {
            Data::Str(_) => Shape::Text,
            Data::Int(_) => Shape::Integer,
            Data::Float(_) => Shape::Fraction,
            Data::Bool(_) => Shape::Truth,
            Data::Array(_) => Shape::List,
            Data::Object(_) => Shape::Object,
            Data::Null | Data::Residual(_) => return None,
        })
    }

    /// The same of what is written; `None` as well for what comes to its value only when it is evaluated.
    pub fn of_expr(value: &Expr) -> Option<Shape> {
        Some(match &value.kind {
            ExprKind::Str(_) => Shape::Text,
            ExprKind::Int(_) => Shape::Integer,
            ExprKind::Float(_) => Shape::Fraction,
            ExprKind::Bool(_) => Shape::Truth,
            ExprKind::Array(_) | ExprKind::Loop(_) => Shape::List,
            ExprKind::Object(_) => Shape::Object,
            _ => return None,
        })
    }

    /// Whether a value of one of these types can have it.
    pub fn fits(self, template: &Template, types: &[&Type]) -> bool {
        types.iter().any(|ty| self.is_of(&resolve(template, ty).kind))
    }

    fn is_of(self, kind: &TypeKind) -> bool {
        match kind {
            TypeKind::Any | TypeKind::Ref(_) => true,
            TypeKind::String | TypeKind::SecureString => self == Shape::Text,
            TypeKind::Int => self == Shape::Integer,
            TypeKind::Bool => self == Shape::Truth,
            TypeKind::Array { .. } => self == Shape::List,
            TypeKind::Object(_) | TypeKind::SecureObject(_) => self == Shape::Object,
        }
    }
}

/// Why a value is none of the type; `None` if it is one, or nobody can say.
pub fn mismatch(template: &Template, ty: &Type, value: &Value) -> Option<String> {
    let at = resolve(template, ty);
    if !Shape::of(value)?.is_of(&at.kind) {
        let wants = match &at.kind {
            TypeKind::String | TypeKind::SecureString => "a string",
            TypeKind::Int => "an integer",
            TypeKind::Bool => "a boolean",
            TypeKind::Array { .. } => "an array",
            _ => "an object",
        };
        return Some(format!("it takes {wants}"));
    }
    if let Some(values) = allowed(template, ty) {
        // An array may be given whose every item is allowed.
        let fits = match &value.data {
            Data::Array(items) if items.len().saturating_mul(values.len()) <= MOST_COMPARED => {
                items.iter().all(|item| values.iter().any(|e| is(e, item)))
            }
            _ => values.iter().any(|e| is(e, value)),
        };
        if !fits {
            let list: Vec<String> = values.iter().filter_map(said).take(12).collect();
            return Some(format!("it takes one of {}", list.join(", ")));
        }
    }
    let (length, unit) = match &value.data {
        Data::Str(s) => (Some(s.encode_utf16().count() as i64), "characters"),
        Data::Array(a) => (Some(a.len() as i64), "items"),
        Data::Int(i) => {
            let (low, high) = (ty.min_value.or(at.min_value), ty.max_value.or(at.max_value));
            if low.is_some_and(|l| *i < l) || high.is_some_and(|h| *i > h) {
                let bound = |b: Option<i64>| b.map_or_else(|| "…".to_owned(), |b| b.to_string());
                return Some(format!("it takes {} to {}", bound(low), bound(high)));
            }
            (None, "")
        }
        _ => (None, ""),
    };
    let n = length?;
    let (low, high) = (ty.min_length.or(at.min_length), ty.max_length.or(at.max_length));
    if low.is_some_and(|l| n < l) {
        return Some(format!("it takes at least {} {unit}", low.unwrap_or_default()));
    }
    if high.is_some_and(|h| n > h) {
        return Some(format!("it takes at most {} {unit}", high.unwrap_or_default()));
    }
    None
}

/// Whether a value is one that is allowed; anything computed, and anything but a text, a number or a truth value, may be.
fn is(allowed: &Expr, value: &Value) -> bool {
    match (&allowed.kind, &value.data) {
        (ExprKind::Str(a), Data::Str(b)) => a.eq_ignore_ascii_case(b),
        (ExprKind::Int(a), Data::Int(b)) => a == b,
        (ExprKind::Bool(a), Data::Bool(b)) => a == b,
        (ExprKind::Str(_), Data::Int(_) | Data::Bool(_))
        | (ExprKind::Int(_), Data::Str(_) | Data::Bool(_))
        | (ExprKind::Bool(_), Data::Str(_) | Data::Int(_)) => false,
        _ => true,
    }
}

/// A value as a message says it; anything but a text, a number or a truth value is left out.
fn said(e: &Expr) -> Option<String> {
    match &e.kind {
        ExprKind::Str(text) => Some(text.to_string()),
        ExprKind::Int(i) => Some(i.to_string()),
        ExprKind::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}
