//! Whether the values of parameters and outputs are of their types.

use std::fmt;

use rustc_hash::FxHashSet;

use crate::check::named::support::declared;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::truth::Truth;
use crate::expand::value::Places;
use crate::expand::{Data, Value, nullable, type_mismatch};
use crate::model::{Template, Type, TypeKind};
use crate::nesting;
use crate::rules::language::Operand;

/// Every parameter that is not secure, and every output, has a value that its type takes, down to items and properties.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    let Some(deployment) = declared::deployment(e, s.node) else { return Truth::True };
    let template = &deployment.template;
    let mut truth = Truth::True;
    let mut look = |kind: &str, name: &str, ty: &Type, value: &Value, span| {
        if let Some(why) = wrong(template, ty, value, Path::Whole(name), 0) {
            truth = Truth::False;
            let words = format!("the value of the {} {why}", kind.trim_end_matches('s'));
            // A parameter is given its value somewhere; an output makes it.
            let origin = if kind == "parameters" { value.origin.decided() } else { &value.origin };
            let place = origin.place.unwrap_or(span);
            declared::say(e, s.node, words, place, declared::pointer(template, kind, name));
        }
    };
    for (p, value) in template.parameters.iter().zip(&deployment.parameters) {
        if !declared::is_secure(template, &p.ty) {
            look("parameters", &p.name, &p.ty, value, p.name_span);
        }
    }
    let values = declared::outputs(deployment);
    for o in template.outputs.iter().filter(|o| o.condition.is_none()) {
        let value = values.get(o.name.to_ascii_lowercase().as_str()).copied();
        // What is null here Azure may fill in.
        if let Some(value) = value.filter(|v| !v.is_null()) {
            look("outputs", &o.name, &o.ty, value, o.name_span);
        }
    }
    truth
}

/// The path to a part of the value of a parameter or an output; formatted only if something is wrong there.
#[derive(Clone, Copy)]
enum Path<'a> {
    /// The parameter or the output itself.
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

/// What is wrong with a value, after its path; `None` if nothing is, or nobody can say.
fn wrong(template: &Template, ty: &Type, value: &Value, path: Path<'_>, depth: usize) -> Option<String> {
    // A region or subscription that nobody named may be another one.
    if value.is_residual() || value.origin.assumed || !nesting::TYPE.allows(depth) {
        return None;
    }
    if value.is_null() {
        let any = matches!(declared::resolved(template, ty).kind, TypeKind::Any | TypeKind::Ref(_));
        return (!any && !nullable(template, ty)).then(|| format!("{path} is null"));
    }
    if let Some(why) = type_mismatch(template, ty, value) {
        return Some(format!("{path} does not fit: {why}"));
    }
    match (&declared::resolved(template, ty).kind, &value.data) {
        (TypeKind::Object(object) | TypeKind::SecureObject(object), Data::Object(members)) => {
            let places = Places::of(members, object.properties.len());
            for (key, ty) in &object.properties {
                let path = Path::Member(&path, key);
                match places.find(members, key).and_then(|at| members.members.get(at)).map(|m| &m.value) {
                    Some(v) => {
                        if let Some(why) = wrong(template, ty, v, path, depth + 1) {
                            return Some(why);
                        }
                    }
                    None if nullable(template, ty) => {}
                    None => return Some(format!("{path} is missing")),
                }
            }
            let additional = object.additional.as_ref()?;
            let known: FxHashSet<_> = object.properties.iter().map(|(k, _)| k.to_ascii_lowercase()).collect();
            let is_named = |key: &str| known.contains(key.to_ascii_lowercase().as_str());
            let mut unnamed = members.members.iter().filter(|m| !is_named(&m.key));
            unnamed.find_map(|m| wrong(template, additional, &m.value, Path::Member(&path, &m.key), depth + 1))
        }
        (TypeKind::Array { items, prefix }, Data::Array(values)) => {
            if values.len() < prefix.len() {
                return Some(format!("{path} has {} items instead of {}", values.len(), prefix.len()));
            }
            values.iter().enumerate().find_map(|(i, v)| {
                let ty = prefix.get(i).or(items.as_deref())?;
                wrong(template, ty, v, Path::Item(&path, i), depth + 1)
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::object;
    use crate::model::{ObjectType, ScopeKind};
    use crate::read::{FileId, Span};

    #[test]
    fn what_is_wrong_is_named_by_its_path() {
        let of = |kind| Type { kind, ..Type::default() };
        let object_of = |name: &str, ty, additional: Option<Type>| {
            let properties = vec![(name.into(), ty)];
            of(TypeKind::Object(Box::new(ObjectType {
                properties,
                additional: additional.map(Box::new),
                ..ObjectType::default()
            })))
        };
        let item = object_of("b", of(TypeKind::String), Some(of(TypeKind::Int)));
        let ty = object_of("a", of(TypeKind::Array { items: Some(Box::new(item)), prefix: Vec::new() }), None);
        let template = Template::empty(FileId(0), Span::new(FileId(0), 0, 0), ScopeKind::ResourceGroup);
        let said = |items: Vec<Value>| {
            let value = object([("a", Value::array(items))]);
            wrong(&template, &ty, &value, Path::Whole("p"), 0).unwrap_or_default()
        };
        let right = || object([("b", Value::str("x"))]);
        assert_eq!(said(vec![right()]), "");
        assert!(said(vec![right(), object([("b", Value::int(1))])]).starts_with("p.a[1].b does not fit: "));
        assert_eq!(said(vec![object([])]), "p.a[0].b is missing");
        assert_eq!(said(vec![object([("b", Value::null())])]), "p.a[0].b is null");
        assert!(
            said(vec![object([("b", Value::str("x")), ("c", Value::str("y"))])]).starts_with("p.a[0].c does not fit: ")
        );
    }
}
