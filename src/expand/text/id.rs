//! Resource ids as texts, part by part.

use crate::expand::value::Value;
use crate::model::Builtin;

/// Where the type stands among the arguments: the one with a slash in it.
pub fn type_place(args: &[Value], from: usize) -> Option<usize> {
    let slash = |v: &Value| v.as_str().is_some_and(|s| s.contains('/'));
    args.iter().skip(from).position(slash).map(|at| at + from)
}

/// `Namespace/type/a/child/b` after `/providers/`, from `Namespace/type/child` and the names `a` and `b`.
pub fn path(resource_type: &str, names: &[Value]) -> Option<Vec<Value>> {
    let mut segments = resource_type.trim_matches('/').split('/');
    let namespace = segments.next()?;
    let mut out = vec![Value::str(format!("/providers/{namespace}"))];
    let mut names = names.iter();
    for segment in segments {
        out.push(Value::str(format!("/{segment}/")));
        out.push(names.next()?.clone());
    }
    if names.next().is_some() { None } else { Some(out) }
}

/// What stands in front of `/providers/`, given what the function has before its type.
pub fn front(leading: &[Value]) -> Option<Vec<Value>> {
    match leading {
        [] => Some(Vec::new()),
        [subscription] => Some(vec![Value::str("/subscriptions/"), subscription.clone()]),
        [subscription, group] => Some(vec![
            Value::str("/subscriptions/"),
            subscription.clone(),
            Value::str("/resourceGroups/"),
            group.clone(),
        ]),
        _ => None,
    }
}

/// The parts of the id that a call, complete but for residuals, comes to; for what is known of a residual call.
pub fn parts(function: Builtin, args: &[Value]) -> Option<Vec<Value>> {
    let extension = function == Builtin::ExtensionResourceId;
    let at = type_place(args, usize::from(extension))?;
    let (leading, rest) = args.split_at(at);
    let (resource_type, names) = rest.split_first()?;
    let mut out = match (function, leading) {
        (Builtin::ResourceId, [_, _]) | (Builtin::SubscriptionResourceId, [_]) | (Builtin::TenantResourceId, []) => {
            front(leading)?
        }
        (Builtin::ManagementGroupResourceId, [group]) => {
            vec![Value::str("/providers/Microsoft.Management/managementGroups/"), group.clone()]
        }
        (Builtin::ExtensionResourceId, [base]) => vec![base.clone()],
        _ => return None,
    };
    out.extend(path(resource_type.as_str()?, names)?);
    Some(out)
}
