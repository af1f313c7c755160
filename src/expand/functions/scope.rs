//! Where a template is deployed: `subscription()`, `resourceGroup()`, `tenant()`, `managementGroup()`, `deployment()`,
//! `environment()`.
//!
//! What the context does not know is a residual access (`subscription().displayName`), so that the rest is decided.

use super::args::{refuse, some};
use super::{FunctionError, Outcome};
use crate::expand::Context;
use crate::expand::residual::Residual;
use crate::expand::text::id::IdPart::{Given, Text};
use crate::expand::text::id::joined;
use crate::expand::value::{Object, Value};
use crate::model::ScopeKind;

/// `function().key`, which only Azure knows.
fn access(function: &str, key: &str) -> Value {
    Value::residual(Residual::access(Value::residual(Residual::call(function, Vec::new())), Value::str(key)))
}

fn known_or(value: Option<Value>, function: &str, key: &str) -> Value {
    value.unwrap_or_else(|| access(function, key))
}

fn object(members: Vec<(&str, Value)>) -> Value {
    let mut out = Object::default();
    for (key, value) in members {
        out.set(key.into(), None, value);
    }
    Value::object(out)
}

/// An object with these members, and those that somebody says over them.
fn with(members: Vec<(&str, Value)>, given: Option<&Object>) -> Value {
    let mut out = Object::default();
    for (key, value) in members {
        out.set(key.into(), None, value);
    }
    for member in given.iter().flat_map(|given| &given.members) {
        out.set(member.key.clone(), None, member.value.clone());
    }
    Value::object(out)
}

fn only_at(function: &str, here: ScopeKind, scopes: &[ScopeKind]) -> Result<(), FunctionError> {
    if scopes.contains(&here) {
        return Ok(());
    }
    let name = match here {
        ScopeKind::ResourceGroup => "a resource group",
        ScopeKind::Subscription => "a subscription",
        ScopeKind::ManagementGroup => "a management group",
        ScopeKind::Tenant => "a tenant",
    };
    Err(refuse(function, format_args!("there is none where a template is deployed to {name}")))
}

pub(super) fn subscription(context: &Context, _: &[Value]) -> Outcome {
    only_at("subscription", context.scope, &[ScopeKind::ResourceGroup, ScopeKind::Subscription])?;
    let Some(id) = context.subscription_id.clone() else { return Ok(None) };
    let mut members = vec![
        ("id", joined(&[Text("/subscriptions/"), Given(&id)])),
        ("subscriptionId", id),
        ("tenantId", known_or(context.tenant_id.clone(), "subscription", "tenantId")),
        ("displayName", known_or(context.subscription_name.clone(), "subscription", "displayName")),
    ];
    members.extend(context.subscription_state.clone().map(|state| ("state", state)));
    some(object(members))
}

pub(super) fn resource_group(context: &Context, _: &[Value]) -> Outcome {
    only_at("resourceGroup", context.scope, &[ScopeKind::ResourceGroup])?;
    if context.resource_group.is_none() && context.location.is_none() && context.tags.is_none() {
        return Ok(None);
    }
    let both = context.subscription_id.as_ref().zip(context.resource_group.as_ref());
    let id = both.map(|(subscription, group)| {
        joined(&[Text("/subscriptions/"), Given(subscription), Text("/resourceGroups/"), Given(group)])
    });
    let of = |value: Option<Value>, key: &str| known_or(value, "resourceGroup", key);
    some(object(vec![
        ("id", of(id, "id")),
        ("name", of(context.resource_group.clone(), "name")),
        ("type", Value::str("Microsoft.Resources/resourceGroups")),
        ("location", of(context.location.clone(), "location")),
        ("tags", of(context.tags.clone(), "tags")),
        ("managedBy", of(None, "managedBy")),
        // A group that is not there yet, or is being deleted, takes no deployment.
        ("properties", with(vec![("provisioningState", Value::str("Succeeded"))], context.group_properties.as_ref())),
    ]))
}

/// Whether the value of a member is that of one which is perhaps not there: only the group that a service manages has `managedBy`
/// (<https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-resource#resourcegroup>).
pub(super) fn may_be_absent(member: &Value) -> bool {
    const GROUP: &str = "resourceGroup().managedBy";
    member.as_residual().is_some_and(|r| r.text_within(GROUP.len() + 1).as_deref() == Some(GROUP))
}

pub(super) fn management_group(context: &Context, _: &[Value]) -> Outcome {
    only_at("managementGroup", context.scope, &[ScopeKind::ManagementGroup])?;
    let Some(name) = context.management_group.clone() else { return Ok(None) };
    some(object(vec![
        ("id", joined(&[Text("/providers/Microsoft.Management/managementGroups/"), Given(&name)])),
        ("name", name),
        ("properties", management_group_properties(context)),
        ("type", Value::str("/providers/Microsoft.Management/managementGroups")),
    ]))
}

fn management_group_properties(context: &Context) -> Value {
    let properties = access("managementGroup", "properties");
    let Some(given) = &context.management_group_properties else { return properties };
    let of = |key| (key, Value::residual(Residual::access(properties.clone(), Value::str(key))));
    with(["details", "displayName", "tenantId"].map(of).into(), Some(given))
}

pub(super) fn tenant(context: &Context, _: &[Value]) -> Outcome {
    let Some(id) = context.tenant_id.clone() else { return Ok(None) };
    some(object(vec![
        ("countryCode", known_or(context.tenant_country.clone(), "tenant", "countryCode")),
        ("displayName", known_or(context.tenant_name.clone(), "tenant", "displayName")),
        ("id", joined(&[Text("/tenants/"), Given(&id)])),
        ("tenantId", id),
    ]))
}

/// `deployment()`: its name and, other than in a resource group, its location. The template itself is the evaluator's.
pub(super) fn deployment(context: &Context, _: &[Value]) -> Outcome {
    if context.deployment_name.is_none() && context.location.is_none() {
        return Ok(None);
    }
    let mut members = vec![("name", known_or(context.deployment_name.clone(), "deployment", "name"))];
    if context.scope != ScopeKind::ResourceGroup {
        members.push(("location", known_or(context.location.clone(), "deployment", "location")));
    }
    members.push(("properties", access("deployment", "properties")));
    some(object(members))
}

/// `environment()`: the public cloud, as documented at
/// <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-deployment#environment>.
pub(super) fn environment(_: &[Value]) -> Outcome {
    let s = |text: &str| Value::str(text);
    let authentication = object(vec![
        ("loginEndpoint", s("https://login.microsoftonline.com/")),
        (
            "audiences",
            Value::array(vec![s("https://management.core.windows.net/"), s("https://management.azure.com/")]),
        ),
        ("tenant", s("common")),
        ("identityProvider", s("AAD")),
    ]);
    let suffixes = object(vec![
        ("acrLoginServer", s(".azurecr.io")),
        ("azureDatalakeAnalyticsCatalogAndJob", s("azuredatalakeanalytics.net")),
        ("azureDatalakeStoreFileSystem", s("azuredatalakestore.net")),
        ("azureFrontDoorEndpointSuffix", s("azurefd.net")),
        ("keyvaultDns", s(".vault.azure.net")),
        ("sqlServerHostname", s(".database.windows.net")),
        ("storage", s("core.windows.net")),
    ]);
    let aliases = "https://raw.githubusercontent.com/Azure/azure-rest-api-specs/master/arm-compute/quickstart-templates/aliases.json";
    some(object(vec![
        ("name", s("AzureCloud")),
        ("gallery", s("https://gallery.azure.com/")),
        ("graph", s("https://graph.windows.net/")),
        ("portal", s("https://portal.azure.com")),
        ("graphAudience", s("https://graph.windows.net/")),
        ("activeDirectoryDataLake", s("https://datalake.azure.net/")),
        ("batch", s("https://batch.core.windows.net/")),
        ("media", s("https://rest.media.azure.net")),
        ("sqlManagement", s("https://management.core.windows.net:8443/")),
        ("vmImageAliasDoc", s(aliases)),
        ("resourceManager", s("https://management.azure.com/")),
        ("authentication", authentication),
        ("suffixes", suffixes),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(v: &Value) -> String {
        let mut out = String::new();
        crate::expand::residual::write_value(v, &mut out);
        out
    }

    #[test]
    fn what_is_not_known_stays() {
        let mut context = Context::unknown(ScopeKind::ResourceGroup);
        assert!(subscription(&context, &[]).unwrap().is_none());
        assert!(resource_group(&context, &[]).unwrap().is_none());
        context.resource_group = Some(Value::str("rg"));
        let group = resource_group(&context, &[]).unwrap().unwrap();
        assert_eq!(text(group.get("id").unwrap()), "resourceGroup().id");
        assert_eq!(text(group.get("name").unwrap()), "'rg'");
        context.subscription_id = Some(Value::str("s"));
        let group = resource_group(&context, &[]).unwrap().unwrap();
        assert_eq!(text(group.get("id").unwrap()), "'/subscriptions/s/resourceGroups/rg'");
        assert_eq!(text(group.get("tags").unwrap()), "resourceGroup().tags");
    }

    #[test]
    fn a_scope_has_what_is_above_it() {
        let context = Context::unknown(ScopeKind::ManagementGroup);
        assert!(resource_group(&context, &[]).is_err());
        assert!(subscription(&context, &[]).is_err());
        assert!(management_group(&context, &[]).unwrap().is_none());
        assert!(management_group(&Context::unknown(ScopeKind::Tenant), &[]).is_err());
    }
}
