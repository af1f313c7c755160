//! Resource ids as texts, part by part.

use ecow::EcoString;

use crate::expand::residual::Residual;
use crate::expand::value::Value;
use crate::model::Builtin;

/// What the path of a resource begins with in an id; among [`parts`] it is one of its own.
pub const PROVIDERS: &str = "/providers/";

/// A part of an id.
#[derive(Debug, Clone, Copy)]
pub enum IdPart<'a> {
    /// A text that every such id has, or a part of the type.
    Text(&'a str),
    /// What the function is given.
    Given(&'a Value),
}

/// Parts one after the other: a string if all are known, else a residual `concat`.
pub fn joined(parts: &[IdPart<'_>]) -> Value {
    let mut text = EcoString::new();
    let mut assumed = false;
    for part in parts {
        match part {
            IdPart::Text(t) => text.push_str(t),
            IdPart::Given(v) => {
                assumed |= v.origin.assumed;
                let Some(t) = v.as_str() else {
                    let value = |part: &IdPart<'_>| match part {
                        IdPart::Text(t) => Value::str(*t),
                        IdPart::Given(v) => (*v).clone(),
                    };
                    return Value::residual(Residual::call("concat", parts.iter().map(value).collect::<Vec<_>>()));
                };
                text.push_str(t);
            }
        }
    }
    if assumed { Value::str(text).assumed() } else { Value::str(text) }
}

/// Where the type stands among the arguments: the one with a slash in it.
pub fn type_place(args: &[Value], from: usize) -> Option<usize> {
    let slash = |v: &Value| v.as_str().is_some_and(|s| s.contains('/'));
    args.iter().skip(from).position(slash).map(|at| at + from)
}

/// Adds `/providers/Namespace/type/a/child/b`, from `Namespace/type/child` and the names `a` and `b`; `None` if there are not as
/// many names as types.
pub fn add_path<'a>(resource_type: &'a str, names: &'a [Value], out: &mut Vec<IdPart<'a>>) -> Option<()> {
    let mut segments = resource_type.trim_matches('/').split('/');
    let namespace = segments.next()?;
    out.extend([IdPart::Text(PROVIDERS), IdPart::Text(namespace)]);
    let mut names = names.iter();
    for segment in segments {
        out.extend([IdPart::Text("/"), IdPart::Text(segment), IdPart::Text("/"), IdPart::Given(names.next()?)]);
    }
    names.next().is_none().then_some(())
}

/// What stands in front of `/providers/`, given what the function has before its type.
pub fn front(leading: &[Value]) -> Option<Vec<IdPart<'_>>> {
    match leading {
        [] => Some(Vec::new()),
        [subscription] => Some(vec![IdPart::Text("/subscriptions/"), IdPart::Given(subscription)]),
        [subscription, group] => Some(vec![
            IdPart::Text("/subscriptions/"),
            IdPart::Given(subscription),
            IdPart::Text("/resourceGroups/"),
            IdPart::Given(group),
        ]),
        _ => None,
    }
}

/// The parts of the id that a call, complete but for residuals, comes to; for what is known of a residual call.
pub fn parts(function: Builtin, args: &[Value]) -> Option<Vec<IdPart<'_>>> {
    let extension = function == Builtin::ExtensionResourceId;
    let at = type_place(args, usize::from(extension))?;
    let (leading, rest) = args.split_at(at);
    let (resource_type, names) = rest.split_first()?;
    let mut out = match (function, leading) {
        (Builtin::ResourceId, [_, _]) | (Builtin::SubscriptionResourceId, [_]) | (Builtin::TenantResourceId, []) => {
            front(leading)?
        }
        (Builtin::ManagementGroupResourceId, [group]) => {
            vec![IdPart::Text("/providers/Microsoft.Management/managementGroups/"), IdPart::Given(group)]
        }
        (Builtin::ExtensionResourceId, [base]) => vec![IdPart::Given(base)],
        _ => return None,
    };
    add_path(resource_type.as_str()?, names, &mut out)?;
    Some(out)
}
