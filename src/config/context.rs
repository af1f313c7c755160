//! The deployment context: PSRule's constants, unless the configuration says otherwise.

use std::path::Path;

use ecow::EcoString;
use jiff::Timestamp;
use serde_json::Value as Json;

use super::Config;
use crate::expand::{Context, Object, Value};
use crate::model::parameters::{Given, GivenValue, ParameterFile};
use crate::model::{Expr, ExprKind, Parameter, Property, ScopeKind, Template};
use crate::read::Span;

/// The configuration keys that are read here.
pub const KEYS: [&str; 6] = [
    "AZURE_SUBSCRIPTION",
    "AZURE_RESOURCE_GROUP",
    "AZURE_TENANT",
    "AZURE_MANAGEMENT_GROUP",
    "AZURE_DEPLOYMENT",
    "AZURE_PARAMETER_DEFAULTS",
];

/// The subscription and tenant of a scan.
const NOBODY: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/// The context that `scan` evaluates a template of this scope in.
pub fn of_scan(config: &Config, scope: ScopeKind, now: Option<Timestamp>) -> Context {
    let member = |key: &str, name: &str| config.value(key).and_then(|v| member(v, name)).cloned();
    let given = |key: &str, name: &str| member(key, name).and_then(|v| v.as_str().map(EcoString::from));
    let text = |key: &str, name: &str, default: &str| match given(key, name) {
        Some(text) => Value::str(text),
        None => Value::str(default).assumed(),
    };
    // A name alone stands for the object that has it.
    let named = |key: &str, default: &str| match config.value(key).and_then(Json::as_str) {
        Some(name) => Value::str(name),
        None => text(key, "name", default),
    };
    let tenant = member("AZURE_TENANT", "tenantId").or_else(|| member("AZURE_SUBSCRIPTION", "tenantId"));
    let tags = member("AZURE_RESOURCE_GROUP", "tags").filter(Json::is_object);
    let subscription = text("AZURE_SUBSCRIPTION", "subscriptionId", NOBODY);
    Context {
        placeholder: subscription.as_str().is_some_and(|s| s == NOBODY),
        snapshot: false,
        subscription_id: Some(subscription),
        subscription_name: given("AZURE_SUBSCRIPTION", "displayName").or(Some("PSRule Test Subscription".into())),
        tenant_id: Some(tenant.as_ref().map_or_else(|| Value::str(NOBODY).assumed(), value)),
        resource_group: Some(named("AZURE_RESOURCE_GROUP", "ps-rule-test-rg")),
        location: Some(text("AZURE_RESOURCE_GROUP", "location", "eastus")),
        // A name and a region are all alike to most rules. Which tags a group has decides what is deployed, and nobody said.
        tags: tags.as_ref().map(value),
        management_group: Some(named("AZURE_MANAGEMENT_GROUP", "psrule-test")),
        deployment_name: Some(named("AZURE_DEPLOYMENT", "ps-rule-test-deployment")),
        now,
        ..Context::unknown(scope)
    }
}

/// Adds `parameter-defaults` and `AZURE_PARAMETER_DEFAULTS`: values for parameters that have neither a value nor a default. No
/// text says such a value, so it stands where the parameter is declared. `path` is that of the template.
pub fn with_defaults(
    config: &Config,
    path: &Path,
    template: &Template,
    given: Option<ParameterFile>,
) -> Option<ParameterFile> {
    let ours = config.parameter_defaults.iter().filter(|d| d.templates.as_ref().is_none_or(|t| t.holds(path)));
    let ours = ours.flat_map(|d| &d.values).map(|(k, v)| (k, v));
    let theirs = config.value("AZURE_PARAMETER_DEFAULTS").and_then(Json::as_object).into_iter().flatten();
    let defaults: Vec<(&String, &Json)> = ours.chain(theirs).collect();
    if defaults.is_empty() {
        return given;
    }
    let open = |p: &&Parameter| p.default.is_none() && given.as_ref().is_none_or(|g| g.get(&p.name).is_none());
    let add = |p: &Parameter| {
        let (_, value) = defaults.iter().find(|(k, _)| k.eq_ignore_ascii_case(&p.name))?;
        let value = GivenValue::Value(expression(value, p.name_span));
        Some(Given { name: p.name.clone(), name_span: p.name_span, value })
    };
    let added: Vec<Given> = template.parameters.iter().filter(open).filter_map(add).collect();
    if added.is_empty() {
        return given;
    }
    let nothing = || ParameterFile::new(template.file, Vec::new());
    let mut file = given.unwrap_or_else(nothing);
    file.extend(added);
    Some(file)
}

/// A configured value as a literal that stands at `span`.
fn expression(json: &Json, span: Span) -> Expr {
    let kind = match json {
        Json::Null => ExprKind::Null,
        Json::Bool(b) => ExprKind::Bool(*b),
        Json::Number(n) => n.as_i64().map_or_else(|| ExprKind::Float(n.as_f64().unwrap_or(0.0)), ExprKind::Int),
        Json::String(s) => ExprKind::Str(s.as_str().into()),
        Json::Array(items) => ExprKind::Array(items.iter().map(|i| expression(i, span)).collect()),
        Json::Object(members) => {
            let property = |(k, v): (&String, &Json)| Property {
                key: Expr::new(ExprKind::Str(k.as_str().into()), span),
                value: expression(v, span),
            };
            ExprKind::Object(members.iter().map(property).collect())
        }
    };
    Expr::new(kind, span)
}

fn member<'v>(object: &'v Json, name: &str) -> Option<&'v Json> {
    object.as_object()?.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| v).filter(|v| !v.is_null())
}

/// A configured value as the evaluator has it, without a place: no template says it.
pub fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::null(),
        Json::Bool(b) => Value::bool(*b),
        Json::Number(n) => match n.as_i64() {
            Some(i) => Value::int(i),
            None => Value::new(crate::expand::Data::Float(n.as_f64().unwrap_or(0.0))),
        },
        Json::String(s) => Value::str(s.as_str()),
        Json::Array(items) => Value::array(items.iter().map(value).collect()),
        Json::Object(members) => {
            let mut object = Object::default();
            for (key, v) in members {
                object.set(key.as_str().into(), None, value(v));
            }
            Value::object(object)
        }
    }
}
