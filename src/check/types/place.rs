//! The resource as a whole: its type, its API version, its scope.

use super::names::TypeNames;
use super::walk::Walk;
use super::{At, Held, Kind, Kinds, Mistake, Open, kinds, words};
use crate::check::targets::forest::Node;
use crate::expand::known::identity::canonical;
use crate::expand::{Data, Deployed, Object, Value};
use crate::model::{Builtin, ScopeKind, Template};
use crate::types::{Damaged, ResourceType, Scopes, Types};

/// A namespace and types: what else there is comes from extensions of Bicep.
fn is_azure(type_: &str) -> bool {
    type_.split_once('/').is_some_and(|(namespace, _)| {
        namespace.contains('.') && !namespace.starts_with('[') && !namespace.eq_ignore_ascii_case("Microsoft.Graph")
    })
}

/// Whether a deployment is none that somebody wrote as a resource, which must say its mode: a module, or the template as a whole.
fn is_module(node: &Node, body: &Object) -> bool {
    let says_mode = || body.get("properties").and_then(|p| p.get("mode")).is_some();
    node.is("Microsoft.Resources/deployments") && !says_mode()
}

/// What a node has against its type.
///
/// # Errors
///
/// The table is damaged.
pub fn held(types: Types<'static>, deployed: &Deployed, node: &Node) -> Result<Held, Damaged> {
    let nothing = Held::default();
    let Some(body) = node.body.as_object().filter(|body| !is_module(node, body)) else { return Ok(nothing) };
    let Some(root) = deployed.deployments.first() else { return Ok(nothing) };
    let unknown = |key: &str| Held { open: vec![Open::new(Kinds::ALL, member(body, key), key)], ..Held::default() };
    // An extension resource written as `X/providers/Y` is a Y.
    let declared = node.type_text();
    let type_ = match &node.other_types[..] {
        [own, ..] if declared.to_ascii_lowercase().contains("/providers/") => own.as_str(),
        // Its name does not tell what it is.
        _ if declared.to_ascii_lowercase().contains("/providers/") => return Ok(unknown("name")),
        _ => declared,
    };
    // What has no name is of an extension, which Azure's types know nothing about.
    if !is_azure(type_) || body.get("name").is_none() {
        return Ok(nothing);
    }
    let only = |mistake: Option<Mistake>| Held { mistakes: mistake.into_iter().collect(), ..Held::default() };
    let Some(known) = kinds::resource_type(types, type_)? else { return Ok(only(unknown_type(types, type_, body)?)) };
    let Some(api_version) = body.get("apiVersion") else { return Ok(nothing) };
    let Some(api_version) = api_version.as_str() else { return Ok(unknown("apiVersion")) };
    let Some(version) = kinds::version(&known, api_version)? else {
        return Ok(only(unknown_version(types, known, api_version, body)?));
    };
    let mut walk = Walk::new(known, version, node, &root.template);
    match misplaced(deployed, node, version.writable, known.name) {
        Place::Wrong(words) => walk.say(Kind::Scope, words, false),
        Place::Unknown => walk.held.open.push(Open {
            kinds: Kinds::of(&[Kind::Scope]),
            way: Vec::new(),
            words: "at which scope it is deployed is not known before deployment".to_owned(),
        }),
        Place::Right => {}
    }
    walk.body(body)?;
    Ok(walk.held)
}

fn member(body: &Object, key: &str) -> Vec<At> {
    body.members.iter().position(|m| m.key.eq_ignore_ascii_case(key)).map(At::Member).into_iter().collect()
}

fn unknown_type(types: Types<'static>, type_: &str, body: &Object) -> Result<Option<Mistake>, Damaged> {
    let namespace = type_.split('/').next().unwrap_or_default();
    let names = TypeNames::of(types)?;
    let (kind, mut words) = (Kind::Unpublished, format!("the published types know no resource type {type_}"));
    let kind = match names.nearest(type_) {
        Some(near) => {
            words.push_str(&format!("; is {near} meant?"));
            Kind::ResourceType
        }
        None => kind,
    };
    // Of what others sell, and of namespaces that Microsoft publishes nothing of, nobody knows.
    if kind == Kind::Unpublished && !names.knows_namespace(namespace) {
        return Ok(None);
    }
    Ok(Some(Mistake { kind, way: member(body, "type"), words, key: false }))
}

fn unknown_version(
    types: Types<'static>,
    known: ResourceType<'static>,
    api_version: &str,
    body: &Object,
) -> Result<Option<Mistake>, Damaged> {
    // What is younger than the table, it cannot know.
    if api_version.get(..10).is_some_and(|date| date > types.source().map_or("", |s| s.date)) {
        return Ok(None);
    }
    let mut all = known.api_versions()?;
    all.reverse();
    let count = all.len();
    // The nearest in time on both sides say the most.
    let newer = all.iter().rev().find(|v| **v > api_version).copied();
    let older = all.iter().find(|v| **v < api_version).copied();
    let near: Vec<&str> = [newer, older].into_iter().flatten().collect();
    let words = match near[..] {
        [] => return Ok(None),
        _ => format!(
            "the published types of {} know no API version {api_version}; of the {count} that they know, the next {} {}",
            known.name,
            if near.len() == 1 { "is" } else { "are" },
            near.join(" and ")
        ),
    };
    Ok(Some(Mistake { kind: Kind::ApiVersion, way: member(body, "apiVersion"), words, key: false }))
}

/// Whether a resource can be deployed where it is.
enum Place {
    /// It can.
    Right,
    /// It cannot, in words.
    Wrong(String),
    /// Nobody knows where it is.
    Unknown,
}

fn misplaced(deployed: &Deployed, node: &Node, writable: Scopes, type_: &str) -> Place {
    if writable.is_empty() {
        return Place::Wrong(format!("the published types say that {type_} can be referred to, but not deployed"));
    }
    let Some(around) = node.declared_in.and_then(|i| deployed.deployments.get(i)) else { return Place::Right };
    // The id of a resource group names no provider: it is where its template is deployed.
    let plain = node.id.as_str().is_some_and(|id| !id.to_ascii_lowercase().contains("/providers/"));
    let scope = if plain { scope_of_template(&around.template) } else { scope_of(&node.id) };
    match scope {
        Some(scope) if !writable.has(scope) => {
            let (here, there) = (words::scopes(scope), words::scopes(writable));
            Place::Wrong(format!("{type_} cannot be deployed to {here}, as here; it can to {there}"))
        }
        None if !plain && writable != Scopes::ALL => Place::Unknown,
        _ => Place::Right,
    }
}

/// The scope that a template is for. One that is written into another often says what it is not.
fn scope_of_template(template: &Template) -> Option<Scopes> {
    template.pointer.is_empty().then_some(match template.scope {
        ScopeKind::ResourceGroup => Scopes::RESOURCE_GROUP,
        ScopeKind::Subscription => Scopes::SUBSCRIPTION,
        ScopeKind::ManagementGroup => Scopes::MANAGEMENT_GROUP,
        ScopeKind::Tenant => Scopes::TENANT,
    })
}

/// The scope that a resource id is at, as far as it is known.
fn scope_of(id: &Value) -> Option<Scopes> {
    match &id.data {
        Data::Str(_) => {
            let id = canonical(id).to_ascii_lowercase();
            let (before, _) = id.rsplit_once("/providers/")?;
            let management_group = before.strip_prefix("/providers/microsoft.management/managementgroups/");
            Some(match before {
                "" => Scopes::TENANT,
                _ if management_group.is_some_and(|rest| !rest.contains('/')) => Scopes::MANAGEMENT_GROUP,
                _ if before.contains("/providers/") || management_group.is_some() => Scopes::EXTENSION,
                _ if !before.starts_with("/subscriptions/") => return None,
                _ if before.contains("/resourcegroups/") => Scopes::RESOURCE_GROUP,
                _ => Scopes::SUBSCRIPTION,
            })
        }
        Data::Residual(r) => match r.as_call()?.0 {
            Builtin::SubscriptionResourceId => Some(Scopes::SUBSCRIPTION),
            Builtin::TenantResourceId => Some(Scopes::TENANT),
            _ => None,
        },
        _ => None,
    }
}
