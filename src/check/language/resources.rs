//! Resources as they are declared: types, names, ids, dependencies.

use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};

use super::descriptions::named;
use super::reach::{self, Look};
use super::scope::{Declaration, Kind, Meaning};
use super::walk::{self, Node, bare};
use super::{Context, Edit, modules};
use crate::model::bicep::type_reference::is_extension_version;
use crate::read::bicep::ast::{ArrayItem, Expr, ExprKind, Key, Object, Property};

/// As many steps from one declaration to another are taken in one file, to see what a dependency is there by.
const MOST_STEPS: usize = 1_000_000;

pub fn check(c: &Context<'_>) {
    let implied = implied(c);
    let known = reach::all(
        c,
        |kind| match kind {
            Kind::Var(v) => Some(&v.value),
            Kind::Param(p) => p.value.as_ref(),
            _ => None,
        },
        &|e| unstable(c, e),
    );
    let mut fine = FxHashMap::default();
    let mut steps = MOST_STEPS;
    for (i, d) in c.scope.declarations.iter().enumerate() {
        if let Some(object) = d.object() {
            dependencies(c, &implied, i, object, &mut steps);
        }
        match d.kind {
            Kind::Resource(r) => {
                let type_ = full_type(c, i);
                if type_.eq_ignore_ascii_case("Microsoft.Resources/deployments") {
                    let message = format!("`{}` is a deployment written as a resource. Use a module.", d.name.text);
                    c.say("no-deployments-resources", r.ty.span, message);
                }
                if let Some(object) = &r.body.object {
                    named_by_decompiler(c, d, object);
                    images(c, object);
                    scripts(c, &type_, object, d);
                    stable(c, &known, d, object);
                    ids(c, &type_, object, &mut fine);
                }
            }
            Kind::Var(_) if decompiled(&d.name.text, "_var") => {
                let message = format!(
                    "`{}` is a name that the decompiler made up. Give the variable one that says what it is.",
                    d.name.text
                );
                c.say("decompiler-cleanup", d.name.span, message);
            }
            _ => {}
        }
        if let Some([argument]) = named(d.decorators, "metadata")
            && let ExprKind::Object(o) = &argument.kind
            && named(d.decorators, "description").is_some()
        {
            let description = |p: &&Property| matches!(&p.key, Key::Name(n) if n.text == "description");
            for p in o.properties().filter(description) {
                if let Key::Name(n) = &p.key {
                    let message = "`@metadata` has a description and `@description` says another, which counts. Keep one of them.";
                    c.say("no-conflicting-metadata", n.span, message);
                }
            }
        }
    }
}

/// The type of a resource without its version, with that of its parent.
pub fn full_type(c: &Context<'_>, index: usize) -> String {
    let mut parts = Vec::new();
    let mut at = Some(index);
    while let Some(d) = at.and_then(|i| c.scope.declarations.get(i)) {
        let Kind::Resource(r) = d.kind else { break };
        let text = walk::text(&r.ty).unwrap_or_default();
        let own = text.split('@').next().unwrap_or_default();
        // The namespace can be named.
        let own = own.strip_prefix("az:").unwrap_or(own);
        parts.push(own);
        // A child that gives its whole type needs nothing of its parent.
        if own.contains('.') && own.contains('/') {
            break;
        }
        at = d.parent;
    }
    parts.reverse();
    parts.join("/")
}

/// The API version of a resource: that of its type, else its parent's.
pub fn version_of<'f>(c: &Context<'f>, index: usize) -> Option<&'f str> {
    let mut at = Some(index);
    while let Some(d) = at.and_then(|i| c.scope.declarations.get(i)) {
        let Kind::Resource(r) = d.kind else { return None };
        if let Some((_, version)) = walk::text(&r.ty)?.split_once('@') {
            return Some(version);
        }
        at = d.parent;
    }
    None
}

/// Whether a resource is an extension's and not Azure's: its version is none of Azure's, and only the extension knows what its properties are.
pub fn is_of_extension(c: &Context<'_>, index: usize) -> bool {
    version_of(c, index).is_some_and(is_extension_version)
}

fn decompiled(name: &str, end: &str) -> bool {
    name.strip_suffix(end).and_then(|rest| rest.bytes().next_back()).is_some_and(|b| b.is_ascii_alphanumeric())
}

fn named_by_decompiler(c: &Context<'_>, d: &Declaration<'_>, object: &Object) {
    if let Some(name) = object.get("name")
        && matches!(name.kind, ExprKind::Str(_) | ExprKind::Interpolated(_))
        && decompiled(&d.name.text, "_resource")
    {
        let message = format!(
            "`{}` is a name that the decompiler made up. Give the resource one that says what it is.",
            d.name.text
        );
        c.say("decompiler-cleanup", name.span, message);
    }
}

fn images(c: &Context<'_>, object: &Object) {
    let at = |o: &'_ Expr, key: &str| if let ExprKind::Object(o) = &o.kind { o.get(key).cloned() } else { None };
    let Some(image) =
        object.get("properties").and_then(|p| at(p, "storageProfile")).and_then(|s| at(&s, "imageReference"))
    else {
        return;
    };
    let written = match &image.kind {
        ExprKind::Object(o) => Some(o),
        ExprKind::Var(_) => match c.scope.variable(&image) {
            Some((_, v)) => {
                if let ExprKind::Object(o) = &v.value.kind {
                    Some(o)
                } else {
                    None
                }
            }
            None => None,
        },
        _ => None,
    };
    for key in ["offer", "sku", "version"] {
        if let Some(value) = written.and_then(|o| o.get(key))
            && walk::text(value).is_some_and(|t| t.to_ascii_lowercase().contains("preview"))
        {
            c.say(
                "use-stable-vm-image",
                value.span,
                format!("The `{key}` of the image is a preview. Use a stable image."),
            );
        }
    }
}

fn scripts(c: &Context<'_>, type_: &str, object: &Object, d: &Declaration<'_>) {
    if type_ != "Microsoft.Resources/deploymentScripts" {
        return;
    }
    let is_powershell =
        object.get("kind").and_then(walk::text).is_some_and(|k| k.eq_ignore_ascii_case("AzurePowerShell"));
    let version = match object.get("properties").map(|p| &p.kind) {
        Some(ExprKind::Object(o)) => o.get("azPowerShellVersion").and_then(walk::text),
        _ => None,
    };
    let number = |v: &str| {
        let mut parts = v.split('.').map(|p| p.parse::<u32>().ok());
        Some((parts.next()??, parts.next()??))
    };
    if let Some(version) = version.filter(|_| is_powershell)
        && number(version).is_some_and(|v| v < (11, 0))
    {
        let message = format!("The script runs with Az PowerShell {version}. Use 11.0 or newer.");
        let span = c.file().statements.get(d.statement).filter(|_| d.parent.is_none()).map_or(d.name.span, |s| s.span);
        c.say("use-recent-az-powershell-version", span, message);
    }
}

/// What a function gives that differs with every deployment.
fn unstable<'f>(c: &Context<'f>, e: &'f Expr) -> Look<&'f str> {
    match c.scope.builtin(e) {
        Some((name, _)) if matches!(name.text.as_str(), "newGuid" | "utcNow") => Look::Is(name.text.as_str()),
        _ => Look::Within,
    }
}

/// A name that differs with every deployment.
fn stable<'f>(c: &Context<'f>, known: &FxHashMap<usize, &'f str>, d: &Declaration<'f>, object: &'f Object) {
    for key in ["name", "scope"] {
        let Some(value) = object.get(key) else { continue };
        if let Some(function) = reach::of(c, value, known, &|e| unstable(c, e)) {
            let message = format!(
                "The {key} of `{}` comes from `{function}`, which gives something else with every deployment. Use `guid()` or `uniqueString()` of what stays the same.",
                d.name.text
            );
            c.say("use-stable-resource-identifiers", value.span, message);
        }
    }
}

/// Properties that end like ids and are none.
const NO_IDS: [&str; 40] = [
    "appId",
    "clientId",
    "contentId",
    "connectorId",
    "DataTypeId",
    "defaultMenuItemId",
    "deploymentSpecId",
    "detector",
    "groupId",
    "IllusiveIncidentId",
    "keyId",
    "keyVaultId",
    "keyVaultSecretId",
    "locations",
    "menuId",
    "metadata",
    "metricId",
    "nodeAgentSkuId",
    "objectId",
    "parentId",
    "policyDefinitionReferenceId",
    "requestedServiceObjectiveId",
    "resource",
    "ruleId",
    "schemaId",
    "servicePrincipalClientId",
    "sid",
    "StartingDeviceID",
    "subscriptionId",
    "storageAccountSubscriptionId",
    "SyntheticMonitorId",
    "tags",
    "targetProtectionContainerId",
    "targetWorkerSizeId",
    "tenantId",
    "timezoneId",
    "vlanId",
    "workerSizeId",
    "UniqueFindingId",
    "principalId",
];

/// Functions that give an id.
const ID_FUNCTIONS: [&str; 10] = [
    "extensionResourceId",
    "if",
    "guid",
    "managementGroupResourceId",
    "reference",
    "resourceId",
    "roleDefinitions",
    "subscription",
    "subscriptionResourceId",
    "tenantResourceId",
];

fn ids<'f>(c: &Context<'f>, type_: &str, object: &'f Object, fine: &mut FxHashMap<usize, bool>) {
    let lower = type_.to_ascii_lowercase();
    let whole =
        ["microsoft.portal/dashboards", "microsoft.logic/workflows", "microsoft.apimanagement/service/backends"];
    let collections = lower.starts_with("microsoft.documentdb/databaseaccounts/") && lower.ends_with("/collections");
    if whole.contains(&lower.as_str()) || lower.starts_with("microsoft.web/sites/config") || collections {
        return;
    }
    let Some(ExprKind::Object(properties)) = object.get("properties").map(|p| &p.kind) else { return };
    walk::object(properties, &mut |node| {
        let Node::Property(p) = node else { return true };
        let Key::Name(name) = &p.key else { return true };
        let text = name.text.as_str();
        let owner = lower == "microsoft.apimanagement/service/subscriptions" && text.eq_ignore_ascii_case("ownerId");
        if owner || NO_IDS.iter().any(|n| n.eq_ignore_ascii_case(text)) {
            return false;
        }
        let is_id = text.to_ascii_lowercase().ends_with("id") && !text.ends_with("uid") && !text.ends_with("UID");
        if !is_id {
            return true;
        }
        let text_or_null = c.shape(c.ty(&p.value)).there();
        if text_or_null.is_text() && !is_fine(c, &p.value, fine) {
            let message = format!(
                "`{text}` is put together as a text. Use the `id` of a resource, or a function such as `resourceId`."
            );
            c.say("use-resource-id-functions", name.span, message);
        }
        false
    });
}

/// Whether an id comes from where ids come from. `known` holds what was found of variables.
fn is_fine<'f>(c: &Context<'f>, value: &'f Expr, known: &mut FxHashMap<usize, bool>) -> bool {
    let mut variables = Vec::new();
    let fine = is_id(c, value, known, &mut variables);
    known.extend(variables.into_iter().map(|v| (v, fine)));
    fine
}

fn is_id<'f>(c: &Context<'f>, value: &'f Expr, known: &FxHashMap<usize, bool>, variables: &mut Vec<usize>) -> bool {
    let mut at = value;
    // A variable that is made of itself ends here.
    for _ in 0..64 {
        let mut refers = false;
        walk::expr(at, &mut |node| {
            refers |=
                matches!(node, Node::Expr(e) if matches!(e.kind, ExprKind::Var(_)) && c.scope.target(e).is_some());
            true
        });
        if refers {
            return true;
        }
        match &at.kind {
            ExprKind::Call { name, .. } | ExprKind::MethodCall { name, .. } => {
                return ID_FUNCTIONS.contains(&name.text.as_str());
            }
            ExprKind::Ternary { .. } => return true,
            ExprKind::Str(t) => return !t.value.contains('/'),
            ExprKind::Paren(inner) | ExprKind::NonNull(inner) => at = inner,
            ExprKind::Member { base, .. } | ExprKind::Index { base, .. } => at = base,
            ExprKind::Var(_) => match c.scope.variable(at) {
                Some((_, v)) => {
                    let key = std::ptr::from_ref(v) as usize;
                    if let Some(known) = known.get(&key) {
                        return *known;
                    }
                    variables.push(key);
                    at = &v.value;
                }
                None => {
                    let ExprKind::Var(name) = &at.kind else { return false };
                    return c.scope.declared(name).is_some_and(|d| matches!(d.kind, Kind::Param(_)));
                }
            },
            _ => return false,
        }
    }
    true
}

/// The resources and modules that each takes something of, through variables as well, `dependsOn` left out.
fn implied(c: &Context<'_>) -> FxHashMap<usize, Vec<usize>> {
    let mut out = FxHashMap::default();
    for (i, d) in c.scope.declarations.iter().enumerate() {
        let mut uses = Vec::new();
        let mut add = |e: &Expr| {
            walk::expr(e, &mut |node| {
                if let Node::Expr(e) = node {
                    match &e.kind {
                        ExprKind::Var(name) | ExprKind::Nested { name, .. } => {
                            if let Meaning::Declared(to) = c.scope.meaning(name) {
                                uses.push(to);
                            }
                        }
                        _ => {}
                    }
                }
                true
            });
        };
        match (d.kind, d.object()) {
            (Kind::Var(v), _) => add(&v.value),
            (_, Some(object)) => {
                let body = d.body();
                body.and_then(|b| b.condition.as_ref()).into_iter().for_each(&mut add);
                body.and_then(|b| b.each.as_ref()).into_iter().for_each(|l| add(&l.list));
                let depends = |p: &&Property| !matches!(&p.key, Key::Name(n) if n.text == "dependsOn");
                object.properties().filter(depends).for_each(|p| add(&p.value));
            }
            _ => continue,
        }
        uses.extend(d.parent);
        out.insert(i, uses);
    }
    out
}

fn dependencies(
    c: &Context<'_>,
    implied: &FxHashMap<usize, Vec<usize>>,
    index: usize,
    object: &Object,
    steps: &mut usize,
) {
    let Some(value) = object.get("dependsOn") else { return };
    let ExprKind::Array(items) = &value.kind else { return };
    let mut known: FxHashSet<usize> = FxHashSet::default();
    let mut ahead: VecDeque<usize> = implied.get(&index).into_iter().flatten().copied().collect();
    while let Some(at) = ahead.pop_front() {
        if known.insert(at) {
            let next = implied.get(&at).map_or(&[][..], Vec::as_slice);
            *steps = steps.saturating_sub(next.len() + 1);
            ahead.extend(next);
        }
        if *steps == 0 {
            return;
        }
    }
    let mut explicit = FxHashSet::default();
    for item in items {
        let ArrayItem::Value(e) = item else { continue };
        let Some(target) = c.scope.target(bare(e)) else { continue };
        let Some(d) = c.scope.declarations.get(target).filter(|d| !d.is_collection()) else { continue };
        if !known.contains(&target) && explicit.insert(target) {
            continue;
        }
        let message =
            format!("The dependency on `{}` is there already, by what is used of it. Remove it.", d.name.text);
        match modules::line_of(c, e.span) {
            Some(span) if items.len() > 1 => {
                let edit =
                    Edit { span, text: String::new(), description: "remove the dependency".to_owned(), safe: true };
                c.mend("no-unnecessary-dependson", e.span, message, edit);
            }
            _ => c.say("no-unnecessary-dependson", e.span, message),
        }
    }
}
