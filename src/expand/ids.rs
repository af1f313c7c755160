//! Resource ids.

use std::rc::Rc;

use ecow::{EcoString, eco_format};

use super::context::Context;
use super::known::identity::canonical;
use super::residual::Residual;
use super::value::{Data, Value};
use crate::model::{Builtin, ScopeKind};

/// The id of the scope itself: `/subscriptions/…/resourceGroups/…`. `None` where a part of it is not known.
pub fn scope_id(context: &Context) -> Option<EcoString> {
    let text = |v: &Option<Value>| v.as_ref()?.as_str().cloned();
    Some(match context.scope {
        ScopeKind::ResourceGroup => {
            eco_format!(
                "/subscriptions/{}/resourceGroups/{}",
                text(&context.subscription_id)?,
                text(&context.resource_group)?
            )
        }
        ScopeKind::Subscription => eco_format!("/subscriptions/{}", text(&context.subscription_id)?),
        ScopeKind::ManagementGroup => {
            eco_format!("/providers/Microsoft.Management/managementGroups/{}", text(&context.management_group)?)
        }
        ScopeKind::Tenant => EcoString::new(),
    })
}

/// The id of a resource of this type and name in this context, below `scope` if it extends something.
pub fn resource_id(context: &Context, scope: Option<&Value>, type_: &str, name: &Value) -> Value {
    match scope.map(|s| &s.data) {
        None | Some(Data::Null) => in_context(context, type_, name),
        Some(Data::Str(scope)) => in_scope(context, scope, type_, name),
        Some(_) => {
            let mut args = vec![scope.cloned().unwrap_or_else(Value::null), Value::str(type_)];
            args.extend(segments(type_, name));
            Value::residual(Residual::call("extensionResourceId", args))
        }
    }
}

fn in_scope(context: &Context, scope: &str, type_: &str, name: &Value) -> Value {
    // `/` is the tenant; a scope without a leading slash is relative: `Microsoft.Storage/storageAccounts/x` in this group.
    let scope: EcoString = if scope == "/" {
        EcoString::new()
    } else if scope.starts_with('/') {
        scope.trim_end_matches('/').into()
    } else {
        match relative_scope(context, scope) {
            Some(full) => full,
            None => scope.into(),
        }
    };
    match (&name.data, path(type_, name.as_str().map_or("", EcoString::as_str))) {
        (Data::Str(_), Some(path)) => Value::str(eco_format!("{scope}{path}")),
        _ => {
            let mut args = vec![Value::str(scope), Value::str(type_)];
            args.extend(segments(type_, name));
            Value::residual(Residual::call("extensionResourceId", args))
        }
    }
}

/// An id as it is, or one written without a leading slash below the context's own scope.
pub fn absolute(context: &Context, id: &str) -> EcoString {
    if id.starts_with('/') {
        return id.into();
    }
    relative_scope(context, id).unwrap_or_else(|| id.into())
}

/// A scope written without a leading slash is a resource of the deployment's own scope.
fn relative_scope(context: &Context, scope: &str) -> Option<EcoString> {
    let lower = scope.to_ascii_lowercase();
    if lower.starts_with("microsoft.management/managementgroups/") {
        return Some(eco_format!("/providers/{scope}"));
    }
    if lower.starts_with("subscriptions/") || lower.starts_with("providers/") {
        return Some(eco_format!("/{scope}"));
    }
    let (type_, name) = split_pairs(scope)?;
    let base = scope_id(context)?;
    Some(eco_format!("{base}{}", path(&type_, &name)?))
}

/// `Microsoft.A/b/n1/c/n2` as type `Microsoft.A/b/c` and name `n1/n2`.
fn split_pairs(text: &str) -> Option<(String, String)> {
    let mut parts = text.split('/');
    let mut type_ = parts.next()?.to_owned();
    let mut names = Vec::new();
    let rest: Vec<&str> = parts.collect();
    for pair in rest.chunks(2) {
        let [t, n] = pair else { return None };
        type_.push('/');
        type_.push_str(t);
        names.push(*n);
    }
    Some((type_, names.join("/")))
}

fn in_context(context: &Context, type_: &str, name: &Value) -> Value {
    let is_group = type_.eq_ignore_ascii_case("Microsoft.Resources/resourceGroups");
    let known = |v: &Option<Value>| v.as_ref().and_then(|v| v.as_str().cloned());
    if let Data::Str(text) = &name.data {
        if is_group && let Some(subscription) = known(&context.subscription_id) {
            return Value::str(eco_format!("/subscriptions/{subscription}/resourceGroups/{text}"));
        }
        if let (Some(scope), Some(path)) = (scope_id(context), path(type_, text)) {
            return Value::str(eco_format!("{scope}{path}"));
        }
    }
    let or_open = |v: &Option<Value>, function: &str, member: &str| {
        v.clone().unwrap_or_else(|| {
            Value::residual(Residual::access(Value::residual(Residual::call(function, Vec::new())), Value::str(member)))
        })
    };
    let subscription = || or_open(&context.subscription_id, "subscription", "subscriptionId");
    let (function, mut args) = match context.scope {
        ScopeKind::ResourceGroup => {
            ("resourceId", vec![subscription(), or_open(&context.resource_group, "resourceGroup", "name")])
        }
        ScopeKind::Subscription => ("subscriptionResourceId", vec![subscription()]),
        ScopeKind::ManagementGroup => {
            ("managementGroupResourceId", vec![or_open(&context.management_group, "managementGroup", "name")])
        }
        ScopeKind::Tenant => ("tenantResourceId", Vec::new()),
    };
    args.push(Value::str(type_));
    args.extend(segments(type_, name));
    Value::residual(Residual::call(function, args))
}

/// `/providers/Microsoft.A/b/n1/c/n2` for type `Microsoft.A/b/c` and name `n1/n2`; `None` if the counts do not fit.
fn path(type_: &str, name: &str) -> Option<EcoString> {
    let mut types = type_.split('/');
    let mut names = name.split('/').filter(|n| !n.is_empty()).peekable();
    let mut out = EcoString::from("/providers/");
    out.push_str(types.next()?);
    for t in types {
        out.push('/');
        out.push_str(t);
        if t.eq_ignore_ascii_case("providers") {
            // `…/providers/diagnosticSettings` with a name `…/Microsoft.Insights/x`: the provider stands in the name.
            out.push('/');
            out.push_str(names.next()?);
            continue;
        }
        out.push('/');
        out.push_str(names.next()?);
    }
    names.peek().is_none().then_some(out)
}

/// `extensionResourceId(format('/subscriptions/{0}/resourceGroups/{1}', s, g), type, name)`, as compilers write the id of a
/// resource in another group or subscription, as the `resourceId(s, g, type, name)` that it is. `None` of any other expression.
pub fn without_format(r: &Residual) -> Option<Rc<Residual>> {
    let (Builtin::ExtensionResourceId, [scope, rest @ ..]) = r.as_call()? else { return None };
    let (Builtin::Format, [text, parts @ ..]) = scope.as_residual()?.as_call()? else { return None };
    let function = match (text.as_str()?.as_str(), parts.len()) {
        ("/subscriptions/{0}/resourceGroups/{1}", 2) => "resourceId",
        ("/subscriptions/{0}", 1) => "subscriptionResourceId",
        _ => return None,
    };
    Some(Rc::new(Residual::call(function, [parts, rest].concat())))
}

/// What tells a resource of the deployment's own scope apart where its id is an expression: its type and its name, however that
/// is put together.
pub fn own_key(type_: &str, name: &Value) -> String {
    key(type_, std::slice::from_ref(name))
}

/// The same for `resourceId(type, names…)`.
pub fn own_key_of_call(r: &Residual) -> Option<String> {
    let Some((Builtin::ResourceId, args)) = r.as_call() else { return None };
    let (type_, names) = args.split_first()?;
    Some(key(type_.as_str()?, names))
}

fn key(type_: &str, names: &[Value]) -> String {
    let names: Vec<String> = names.iter().map(canonical).collect();
    format!("{}\n{}", type_.to_ascii_lowercase(), names.join("/"))
}

/// The name of each segment of a type, as the engine writes it where the whole name is not known.
fn segments(type_: &str, name: &Value) -> Vec<Value> {
    let count = type_.split('/').count().saturating_sub(1).max(1);
    if count == 1 {
        return vec![name.clone()];
    }
    if let Some(text) = name.as_str() {
        return text.split('/').filter(|s| !s.is_empty()).map(Value::str).collect();
    }
    let split = Value::residual(Residual::call("split", vec![name.clone(), Value::str("/")]));
    let variable = Value::residual(Residual::call("lambdaVariables", vec![Value::str("x")]));
    let empty = Value::residual(Residual::call("empty", vec![variable]));
    let not = Value::residual(Residual::call("not", vec![empty]));
    let lambda = Value::residual(Residual::call("lambda", vec![Value::str("x"), not]));
    let parts = Value::residual(Residual::call("filter", vec![split, lambda]));
    (0..count).map(|i| Value::residual(Residual::access(parts.clone(), Value::int(i as i64)))).collect()
}
