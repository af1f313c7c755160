//! Whether a value is of a declared type, down to its items and properties.

use std::fmt;

use rustc_hash::FxHashSet;

use super::types::{mismatch, nullable, resolve};
use super::value::{Data, Object, Places, Value};
use crate::model::{ObjectType, Template, Type, TypeKind};
use crate::nesting;

/// What is wrong with a value, or with a part of it.
#[derive(Debug, Clone)]
pub struct Misfit<'v> {
    /// The path to the part, from the name of the whole: `rules[1].port`.
    pub path: String,
    /// What is wrong, to be read after the path: `is missing`.
    pub why: String,
    /// The part; what it is missing in where it is missing.
    pub part: &'v Value,
}

/// The first part that is wrong of a value that goes by a name; `None` if all fits, or nobody can say.
pub fn misfit<'v>(template: &Template, ty: &Type, value: &'v Value, name: &str) -> Option<Misfit<'v>> {
    of(template, ty, value, Path::Whole(name), 0)
}

/// Whether types of a template say what is in objects and arrays: those of the first version of the language do not.
fn has_parts(template: &Template) -> bool {
    template.symbolic || !template.types.is_empty()
}

/// Whether a type says nothing.
fn is_open(kind: &TypeKind) -> bool {
    matches!(kind, TypeKind::Any | TypeKind::Ref(_))
}

/// The path to a part of a value; formatted only if something is wrong there.
#[derive(Clone, Copy)]
enum Path<'a> {
    /// The value itself.
    Whole(&'a str),
    /// A member of what stands above.
    Member(&'a Path<'a>, &'a str),
    /// An item of what stands above.
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Whole(name) => f.write_str(name),
            Path::Member(above, key) => write!(f, "{above}.{key}"),
            Path::Item(above, at) => write!(f, "{above}[{at}]"),
        }
    }
}

impl Path<'_> {
    fn wrong<'v>(&self, part: &'v Value, why: impl Into<String>) -> Misfit<'v> {
        Misfit { path: self.to_string(), why: why.into(), part }
    }
}

fn of<'v>(template: &Template, ty: &Type, value: &'v Value, path: Path<'_>, depth: usize) -> Option<Misfit<'v>> {
    // A region or subscription that nobody named may be another one.
    if value.is_residual() || value.origin.assumed || !nesting::TYPE.allows(depth) {
        return None;
    }
    let kind = &resolve(template, ty).kind;
    if value.is_null() {
        return (!is_open(kind) && !nullable(template, ty)).then(|| path.wrong(value, "is null"));
    }
    if let Some(why) = mismatch(template, ty, value) {
        return Some(path.wrong(value, format!("does not fit: {why}")));
    }
    if !has_parts(template) {
        return None;
    }
    match (kind, &value.data) {
        (TypeKind::Object(shape) | TypeKind::SecureObject(shape), Data::Object(object)) => {
            of_object(template, shape, &[], value, object, path, depth)
        }
        (TypeKind::Array { items, prefix, sealed }, Data::Array(values)) => {
            if values.len() < prefix.len() || *sealed && values.len() > prefix.len() {
                return Some(path.wrong(value, format!("does not fit: it takes {} items", prefix.len())));
            }
            values.iter().enumerate().find_map(|(i, v)| {
                let ty = prefix.get(i).or(items.as_deref())?;
                of(template, ty, v, Path::Item(&path, i), depth + 1)
            })
        }
        _ => None,
    }
}

/// An object. `others` are names that it has beside those of the type.
fn of_object<'v>(
    template: &Template,
    shape: &ObjectType,
    others: &[&str],
    value: &'v Value,
    object: &'v Object,
    path: Path<'_>,
    depth: usize,
) -> Option<Misfit<'v>> {
    let said = shape.discriminator.as_ref().map(|d| variant(template, d, value, object, path));
    let variant = match said.transpose() {
        Err(wrong) => return Some(wrong),
        Ok(said) => said.flatten(),
    };
    // What the variant says of a property counts. (Both would be looked at twice, and what is in them four times.)
    let again = |key: &str| variant.is_some_and(|v| v.properties.iter().any(|(k, _)| k.eq_ignore_ascii_case(key)));
    let places = Places::of(object, shape.properties.len());
    for (key, ty) in shape.properties.iter().filter(|(key, _)| !again(key)) {
        let path = Path::Member(&path, key);
        let wrong = match places.find(object, key).and_then(|at| object.members.get(at)) {
            Some(member) => of(template, ty, &member.value, path, depth + 1),
            None if nullable(template, ty) || is_open(&resolve(template, ty).kind) => None,
            None => Some(path.wrong(value, "is missing")),
        };
        if wrong.is_some() {
            return wrong;
        }
    }
    if let (Some((by, _)), Some(variant)) = (&shape.discriminator, variant) {
        let own = shape.properties.iter().map(|(key, _)| key.as_str()).chain([by.as_str()]);
        let own: Vec<&str> = own.chain(others.iter().copied()).collect();
        if !nesting::TYPE.allows(depth + 1) {
            return None;
        }
        return of_object(template, variant, &own, value, object, path, depth + 1);
    }
    if shape.discriminator.is_some() || shape.additional.is_none() && !shape.sealed {
        return None;
    }
    let names = shape.properties.iter().map(|(key, _)| key.as_str()).chain(others.iter().copied());
    let known: FxHashSet<_> = names.map(str::to_ascii_lowercase).collect();
    let is_named = |key: &str| known.contains(key.to_ascii_lowercase().as_str());
    object.members.iter().filter(|m| !is_named(&m.key)).find_map(|m| {
        let path = Path::Member(&path, &m.key);
        match &shape.additional {
            Some(ty) => of(template, ty, &m.value, path, depth + 1),
            None => Some(path.wrong(&m.value, "is no property of its type")),
        }
    })
}

/// Which of several types an object has: one of its properties says so. `None` if nobody knows.
fn variant<'t, 'v>(
    template: &'t Template,
    (by, variants): &'t (ecow::EcoString, Vec<(ecow::EcoString, Type)>),
    value: &'v Value,
    object: &'v Object,
    path: Path<'_>,
) -> Result<Option<&'t ObjectType>, Misfit<'v>> {
    let at = Path::Member(&path, by);
    let Some(said) = object.get(by) else { return Err(at.wrong(value, "is missing")) };
    let Some(name) = said.as_str() else { return Ok(None) };
    let Some((_, ty)) = variants.iter().find(|(variant, _)| variant.eq_ignore_ascii_case(name)) else {
        let names: Vec<&str> = variants.iter().map(|(variant, _)| variant.as_str()).collect();
        return Err(at.wrong(said, format!("does not fit: it takes one of {}", names.join(", "))));
    };
    Ok(match &resolve(template, ty).kind {
        TypeKind::Object(shape) | TypeKind::SecureObject(shape) => Some(shape),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::object;
    use crate::expand::residual::Residual;
    use crate::model::{Expr, ExprKind, ScopeKind};
    use crate::read::{FileId, Span};

    fn ty(kind: TypeKind) -> Type {
        Type { kind, ..Type::default() }
    }

    fn object_type(properties: Vec<(&str, Type)>) -> ObjectType {
        let properties = properties.into_iter().map(|(name, ty)| (name.into(), ty)).collect();
        ObjectType { properties, ..ObjectType::default() }
    }

    fn said(ty: &Type, value: &Value) -> String {
        let span = Span::new(FileId::new(0), 0, 0);
        let template = Template { symbolic: true, ..Template::empty(FileId::new(0), span, ScopeKind::ResourceGroup) };
        misfit(&template, ty, value, "p").map(|m| format!("{} {}", m.path, m.why)).unwrap_or_default()
    }

    #[test]
    fn what_is_wrong_is_named_by_its_path() {
        let mut item = object_type(vec![("b", ty(TypeKind::String))]);
        item.additional = Some(Box::new(ty(TypeKind::Int)));
        let items = Some(Box::new(ty(TypeKind::Object(Box::new(item)))));
        let whole = object_type(vec![("a", ty(TypeKind::Array { items, prefix: Vec::new(), sealed: false }))]);
        let whole = ty(TypeKind::Object(Box::new(whole)));
        let said = |items: Vec<Value>| said(&whole, &object([("a", Value::array(items))]));
        let right = || object([("b", Value::str("x"))]);
        assert_eq!(said(vec![right()]), "");
        assert!(said(vec![right(), object([("b", Value::int(1))])]).starts_with("p.a[1].b does not fit: "));
        assert_eq!(said(vec![object([])]), "p.a[0].b is missing");
        assert_eq!(said(vec![object([("b", Value::null())])]), "p.a[0].b is null");
        let other = object([("b", Value::str("x")), ("c", Value::str("y"))]);
        assert!(said(vec![other]).starts_with("p.a[0].c does not fit: "));
    }

    #[test]
    fn a_sealed_type_has_no_other_properties_and_a_tuple_no_fewer_items() {
        let mut shape = object_type(vec![("n", ty(TypeKind::String))]);
        let value = object([("n", Value::str("x")), ("zz", Value::int(1))]);
        let of = |shape: &ObjectType| ty(TypeKind::Object(Box::new(shape.clone())));
        assert_eq!(said(&of(&shape), &value), "");
        shape.sealed = true;
        assert_eq!(said(&of(&shape), &value), "p.zz is no property of its type");
        let pair = vec![ty(TypeKind::String), ty(TypeKind::Int)];
        let tuple = ty(TypeKind::Array { items: None, prefix: pair, sealed: false });
        let few = Value::array(vec![Value::str("a")]);
        assert_eq!(said(&tuple, &few), "p does not fit: it takes 2 items");
        let many = Value::array(vec![Value::str("a"), Value::int(1), Value::int(2)]);
        assert_eq!(said(&tuple, &many), "");
        let TypeKind::Array { items, prefix, .. } = tuple.kind else { return };
        let sealed = ty(TypeKind::Array { items, prefix, sealed: true });
        assert_eq!(said(&sealed, &many), "p does not fit: it takes 2 items");
    }

    #[test]
    fn one_property_says_which_type_an_object_has() {
        let literal = |text: &str| {
            let span = Span::new(FileId::new(0), 0, 0);
            Type { allowed: Some(vec![Expr::new(ExprKind::Str(text.into()), span)]), ..ty(TypeKind::String) }
        };
        let variant = |name: &str, key: &'static str, of| {
            (name.into(), ty(TypeKind::Object(Box::new(object_type(vec![("kind", literal(name)), (key, ty(of))])))))
        };
        let variants = vec![variant("x", "v", TypeKind::Int), variant("y", "w", TypeKind::String)];
        let shape = ObjectType { discriminator: Some(("kind".into(), variants)), ..ObjectType::default() };
        let shape = ty(TypeKind::Object(Box::new(shape)));
        let of = |members: Vec<(&'static str, Value)>| said(&shape, &object(members));
        assert_eq!(of(vec![("kind", Value::str("x")), ("v", Value::int(1))]), "");
        assert_eq!(of(vec![("kind", Value::str("y")), ("v", Value::int(1))]), "p.w is missing");
        assert_eq!(of(vec![("kind", Value::str("z"))]), "p.kind does not fit: it takes one of x, y");
        assert_eq!(of(vec![]), "p.kind is missing");
        let open = Value::residual(Residual::call("parameters", vec![Value::str("kind")]));
        assert_eq!(of(vec![("kind", open)]), "");
    }
}
