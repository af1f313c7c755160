//! Resource ids from types and names.

use super::Outcome;
use super::args::{refuse, some, wrong};
use crate::expand::Context;
use crate::expand::residual::Residual;
use crate::expand::text::id::{IdPart, add_path, front, joined, parts, type_place};
use crate::expand::value::Value;
use crate::model::{Builtin, ScopeKind};

/// Checks the arguments and puts the context's `defaults` in front where they are left out. `Ok(None)` if the type is not known.
fn build(
    function: &'static str,
    args: &[Value],
    defaults: &[Option<&Value>],
    assemble: for<'v> fn(&'v [Value]) -> Option<Vec<IdPart<'v>>>,
) -> Outcome {
    let extension = usize::from(function == "extensionResourceId");
    for (i, a) in args.iter().enumerate() {
        if !a.is_residual() && a.as_str().is_none() {
            return Err(wrong(function, i, "a string", a));
        }
    }
    let Some(at) = type_place(args, extension) else {
        if args.iter().skip(extension).any(Value::is_residual) {
            return Ok(None);
        }
        return Err(refuse(
            function,
            "none of the arguments is a resource type such as `Microsoft.Storage/storageAccounts`",
        ));
    };
    if let Some(other) = type_place(args, at + 1) {
        let message =
            format_args!("argument {} has a slash in it, but names come one by one after the type", other + 1);
        return Err(refuse(function, message));
    }
    let resource_type = args.get(at).and_then(Value::as_str).map(ecow::EcoString::as_str).unwrap_or_default();
    let wanted = resource_type.trim_matches('/').split('/').count() - 1;
    let names = args.len() - at - 1;
    if wanted == 0 || wanted != names {
        let message = format_args!("the type `{resource_type}` takes {wanted} names, but there are {names}");
        return Err(refuse(function, message));
    }
    let most = defaults.len() + extension;
    if at > most {
        return Err(refuse(
            function,
            format_args!("there are {at} arguments before the type, and at most {most} are expected"),
        ));
    }
    let mut all = Vec::new();
    for default in defaults.iter().take(most - at) {
        match default {
            Some(v) => all.push((*v).clone()),
            None => return Ok(None),
        }
    }
    all.extend_from_slice(args);
    if all.iter().any(Value::is_residual) {
        return some(Value::residual(Residual::call(function, all)));
    }
    match assemble(&all) {
        Some(parts) => some(joined(&parts)),
        None => Ok(None),
    }
}

fn with_front(args: &[Value]) -> Option<Vec<IdPart<'_>>> {
    let (leading, rest) = args.split_at(type_place(args, 0)?);
    let (resource_type, names) = rest.split_first()?;
    let mut out = front(leading)?;
    // A resource group's id names no provider.
    if let ([_], [group]) = (leading, names)
        && resource_type.as_str()?.eq_ignore_ascii_case("Microsoft.Resources/resourceGroups")
    {
        out.extend([IdPart::Text("/resourceGroups/"), IdPart::Given(group)]);
        return Some(out);
    }
    add_path(resource_type.as_str()?, names, &mut out)?;
    Some(out)
}

pub(super) fn resource_id(context: &Context, args: &[Value]) -> Outcome {
    let subscription = context.subscription_id.as_ref();
    let leading = type_place(args, 0);
    match (context.scope, leading) {
        (ScopeKind::ResourceGroup, _) | (_, Some(2)) => {
            build("resourceId", args, &[subscription, context.resource_group.as_ref()], with_front)
        }
        (ScopeKind::Subscription, _) => build("resourceId", args, &[subscription], with_front),
        // Above a subscription, ids are the tenant's own unless a subscription is given.
        (_, Some(1)) => build("resourceId", args, &[None], with_front),
        _ => build("resourceId", args, &[], with_front),
    }
}

pub(super) fn subscription_resource_id(context: &Context, args: &[Value]) -> Outcome {
    build("subscriptionResourceId", args, &[context.subscription_id.as_ref()], with_front)
}

pub(super) fn tenant_resource_id(args: &[Value]) -> Outcome {
    build("tenantResourceId", args, &[], with_front)
}

pub(super) fn management_group_resource_id(context: &Context, args: &[Value]) -> Outcome {
    let here = context.scope == ScopeKind::ManagementGroup;
    if !here && type_place(args, 0) == Some(0) {
        let message = "the management group is left out, but the template is not deployed to one";
        return Err(refuse("managementGroupResourceId", message));
    }
    let group = context.management_group.as_ref();
    build("managementGroupResourceId", args, &[group], |all| parts(Builtin::ManagementGroupResourceId, all))
}

pub(super) fn extension_resource_id(args: &[Value]) -> Outcome {
    let trimmed = |v: &Value| match v.as_str() {
        Some(s) => Value::str(s.trim_end_matches('/')),
        None => v.clone(),
    };
    let mut args = args.to_vec();
    if let Some(base) = args.first_mut() {
        *base = trimmed(base);
    }
    build("extensionResourceId", &args, &[], |all| parts(Builtin::ExtensionResourceId, all))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(scope: ScopeKind) -> Context {
        let mut c = Context::unknown(scope);
        c.subscription_id = Some(Value::str("s"));
        c.management_group = Some(Value::str("m"));
        if scope == ScopeKind::ResourceGroup {
            c.resource_group = Some(Value::str("g"));
        }
        c
    }

    fn show(v: Outcome) -> String {
        let mut out = String::new();
        crate::expand::residual::write_value(&v.unwrap().unwrap(), &mut out);
        out
    }

    fn strings(args: &[&str]) -> Vec<Value> {
        args.iter().map(|a| Value::str(*a)).collect()
    }

    #[test]
    fn ids_by_scope() {
        let group = context(ScopeKind::ResourceGroup);
        assert_eq!(
            show(resource_id(&group, &strings(&["N.X/a/b", "p", "q"]))),
            "'/subscriptions/s/resourceGroups/g/providers/N.X/a/p/b/q'"
        );
        assert_eq!(
            show(resource_id(&group, &strings(&["h", "N.X/a", "p"]))),
            "'/subscriptions/s/resourceGroups/h/providers/N.X/a/p'"
        );
        let subscription = context(ScopeKind::Subscription);
        assert_eq!(show(resource_id(&subscription, &strings(&["N.X/a", "p"]))), "'/subscriptions/s/providers/N.X/a/p'");
        let tenant = context(ScopeKind::Tenant);
        assert_eq!(show(resource_id(&tenant, &strings(&["N.X/a", "p"]))), "'/providers/N.X/a/p'");
        let management = context(ScopeKind::ManagementGroup);
        assert_eq!(
            show(management_group_resource_id(&management, &strings(&["N.X/a", "p"]))),
            "'/providers/Microsoft.Management/managementGroups/m/providers/N.X/a/p'"
        );
        assert!(management_group_resource_id(&group, &strings(&["N.X/a", "p"])).is_err());
        assert_eq!(show(extension_resource_id(&strings(&["/x/", "N.X/a", "p"]))), "'/x/providers/N.X/a/p'");
    }

    #[test]
    fn residuals_get_the_context() {
        let r = Value::residual(Residual::call("f", vec![]));
        let group = context(ScopeKind::ResourceGroup);
        assert_eq!(show(resource_id(&group, &[Value::str("N.X/a"), r.clone()])), "resourceId('s', 'g', 'N.X/a', f())");
        assert!(resource_id(&group, &[r.clone(), Value::str("p")]).unwrap().is_none());
        let args = [Value::str("s"), r, Value::str("N.X/a"), Value::str("n")];
        assert_eq!(parts(Builtin::ResourceId, &args).unwrap().len(), 10);
    }

    #[test]
    fn wrong_names_are_refused() {
        let group = context(ScopeKind::ResourceGroup);
        for bad in [&["N.X/a", "p", "q"][..], &["N.X", "p"], &["N.X/a", "p/q"], &["1", "2", "3", "N.X/a", "p"]] {
            assert!(resource_id(&group, &strings(bad)).is_err(), "{bad:?}");
        }
    }
}
