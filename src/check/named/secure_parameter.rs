//! Whether parameters that are named like secrets are secure.

use std::cell::OnceCell;

use crate::check::named::support::declared;
use crate::check::named::support::noted::NamedBy;
use crate::check::verdict::compare::{Lit, wildcard};
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::truth::Truth;
use crate::expand::{Data, Value};
use crate::model::{Expr, Template, Type, TypeKind};
use crate::nesting;
use crate::rules::language::Operand;

/// `with: {like: […], notLike: […]}`: a parameter whose name is like one of these, but none of those, is secure.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    // Whoever has only numbers and secure parameters needs no names.
    let lists = OnceCell::new();
    let is_fixed = !args.iter().any(|(_, operand)| operand.is_of_target());
    let remembered = e.world.noted.filter(|_| is_fixed).map(|n| (n, NamedBy::of(args, e.world.settings.version())));
    let mut truth = Truth::True;
    let deployed = e.world.forest.nodes[s.node].deploys;
    let deployment = deployed.and_then(|d| e.world.deployed.and_then(|all| all.deployments.get(d)));
    for declared in declared::of(e, s.node, false).iter() {
        let template = &declared.template;
        for (i, p) in template.parameters.iter().enumerate() {
            let value = deployment.and_then(|d| d.parameters.get(i));
            let is_fine =
                || holds(template, &p.ty, 0) && !(matches!(p.ty.kind, TypeKind::Any) && value.is_some_and(is_plain));
            let is_named_so = || {
                let (secret, other) = lists.get_or_init(|| {
                    let arg =
                        |name: &str| args.iter().find(|(n, _)| n == name).map_or(Lit::Null, |(_, o)| e.operand(o, s));
                    (arg("like"), arg("notLike"))
                });
                is_like(&p.name, secret) && !is_like(&p.name, other)
            };
            // What is remembered of a name takes less time than to look at a type; to compare a name, more.
            let is_wrong = match remembered {
                Some((noted, by)) => noted.of_name(by, &p.name, is_named_so) && !is_fine(),
                None => !is_fine() && is_named_so(),
            };
            if !is_wrong {
                continue;
            }
            truth = Truth::False;
            let words = format!(
                "the parameter `{}` is named like a secret, but its value is recorded in clear text: its type is {}",
                p.name,
                declared::type_name(declared::resolved(template, &p.ty))
            );
            let pointer = declared::pointer(template, "parameters", &p.name);
            // Its type is what is to be changed.
            declared::say(e, s.node, words, p.ty.span.unwrap_or(p.name_span), pointer);
        }
    }
    truth
}

/// Whether a name is like one of these.
fn is_like(name: &str, list: &Lit<'_>) -> bool {
    list.items().iter().any(|p| p.text().is_some_and(|p| wildcard(name, &p, false)))
}

/// Whether a value shows that a type that nobody knows here, being derived from a resource, is no secure one. (A text may be of
/// a secure one.)
fn is_plain(value: &Value) -> bool {
    matches!(value.data, Data::Array(_) | Data::Object(_))
}

/// Whether the type keeps secrets, or holds none: numbers, booleans, and types of the template's own, which say by
/// themselves what is secret in them. One that is only another name for a string, or for an object that says nothing, is as
/// that. What takes one of several words that are listed is a choice; a single value, or one with digits, may be the secret.
fn holds(template: &Template, ty: &Type, depth: usize) -> bool {
    let (named, is_ref) = (declared::resolved(template, ty), matches!(ty.kind, TypeKind::Ref(_)));
    let is_word = |value: &Expr| {
        value
            .as_str()
            .is_some_and(|s| !s.is_empty() && s.chars().all(|c| c.is_ascii_alphabetic() || "-_. ".contains(c)))
    };
    if declared::allowed(template, ty).is_some_and(|values| values.len() > 1 && values.iter().all(is_word)) {
        return true;
    }
    match &named.kind {
        TypeKind::Any | TypeKind::Bool | TypeKind::Int | TypeKind::Ref(_) => true,
        TypeKind::Object(o) if is_ref => {
            !o.properties.is_empty() || o.discriminator.is_some() || declared::has_secret(template, named)
        }
        TypeKind::SecureString | TypeKind::SecureObject(_) => true,
        TypeKind::String | TypeKind::Object(_) => false,
        // As its items are, whatever it is called.
        TypeKind::Array { .. } if declared::has_secret(template, named) => true,
        TypeKind::Array { items: Some(items), .. } if nesting::TYPE.allows(depth) => match &items.kind {
            TypeKind::Any => false,
            TypeKind::Object(o) if is_ref => !o.properties.is_empty() || o.discriminator.is_some(),
            _ => holds(template, items, depth + 1),
        },
        TypeKind::Array { .. } => false,
    }
}
