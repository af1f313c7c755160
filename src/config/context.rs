//! The deployment context: PSRule's constants, unless the configuration says otherwise.

use ecow::EcoString;
use jiff::Timestamp;
use serde_json::Value as Json;

use super::Config;
use crate::expand::{Context, Object, Value};
use crate::model::ScopeKind;

/// The subscription and tenant of a scan.
const NOBODY: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/// The context that `scan` evaluates a template of this scope in.
pub fn of_scan(config: &Config, scope: ScopeKind, now: Option<Timestamp>) -> Context {
    let member = |key: &str, name: &str| config.value(key).and_then(|v| member(v, name)).cloned();
    let text = |key: &str, name: &str, default: &str| {
        let given = member(key, name).and_then(|v| v.as_str().map(EcoString::from));
        given.unwrap_or_else(|| default.into())
    };
    // A name alone stands for the object that has it.
    let named = |key: &str, default: &str| match config.value(key).and_then(Json::as_str) {
        Some(name) => EcoString::from(name),
        None => text(key, "name", default),
    };
    let tenant = member("AZURE_TENANT", "tenantId").or_else(|| member("AZURE_SUBSCRIPTION", "tenantId"));
    let tags = member("AZURE_RESOURCE_GROUP", "tags").filter(Json::is_object);
    Context {
        subscription_id: Some(Value::str(text("AZURE_SUBSCRIPTION", "subscriptionId", NOBODY))),
        subscription_name: Some(text("AZURE_SUBSCRIPTION", "displayName", "PSRule Test Subscription")),
        tenant_id: Some(tenant.as_ref().map_or_else(|| Value::str(NOBODY), value)),
        resource_group: Some(Value::str(named("AZURE_RESOURCE_GROUP", "ps-rule-test-rg"))),
        location: Some(Value::str(text("AZURE_RESOURCE_GROUP", "location", "eastus"))),
        tags: Some(tags.as_ref().map_or_else(|| Value::object(Object::default()), value)),
        management_group: Some(Value::str(named("AZURE_MANAGEMENT_GROUP", "psrule-test"))),
        deployment_name: Some(Value::str(named("AZURE_DEPLOYMENT", "ps-rule-test-deployment"))),
        now,
        ..Context::unknown(scope)
    }
}

/// `AZURE_PARAMETER_DEFAULTS`: values for parameters that have none, by name.
pub fn parameter_defaults(config: &Config) -> Vec<(EcoString, Value)> {
    let defaults = config.value("AZURE_PARAMETER_DEFAULTS").and_then(Json::as_object);
    defaults.into_iter().flatten().map(|(name, v)| (name.as_str().into(), value(v))).collect()
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
