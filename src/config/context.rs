//! The deployment context: PSRule's constants, unless the configuration says otherwise.

use std::borrow::Cow;
use std::path::Path;

use ecow::EcoString;
use jiff::Timestamp;
use serde_json::Value as Json;

use super::Config;
use crate::expand::context::{ASSUMED_GROUP, ASSUMED_MANAGEMENT_GROUP, ASSUMED_SUBSCRIPTION};
use crate::expand::{Context, Data, Object, Value};
use crate::model::parameters::{Given, GivenValue, ParameterFile};
use crate::model::{Expr, ExprKind, Parameter, Property, ScopeKind, Template, TypeKind};
use crate::read::Span;
use crate::rules::similar;

/// The configuration keys that are read here.
pub const KEYS: [&str; 6] = [
    "AZURE_SUBSCRIPTION",
    "AZURE_RESOURCE_GROUP",
    "AZURE_TENANT",
    "AZURE_MANAGEMENT_GROUP",
    "AZURE_DEPLOYMENT",
    PARAMETER_DEFAULTS,
];

/// The key of values for parameters.
pub(super) const PARAMETER_DEFAULTS: &str = "AZURE_PARAMETER_DEFAULTS";

/// What a member of one of the keys holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Text,
    Object,
}

/// Members of a key.
type Members = &'static [(&'static str, Holds)];

/// The members of each key, and whether a text alone stands for the name.
const MEMBERS: [(&str, bool, Members); 5] = [
    (
        "AZURE_SUBSCRIPTION",
        false,
        &[
            ("subscriptionId", Holds::Text),
            ("displayName", Holds::Text),
            ("state", Holds::Text),
            ("tenantId", Holds::Text),
        ],
    ),
    (
        "AZURE_RESOURCE_GROUP",
        true,
        &[("name", Holds::Text), ("location", Holds::Text), ("tags", Holds::Object), ("properties", Holds::Object)],
    ),
    ("AZURE_TENANT", false, &[("tenantId", Holds::Text), ("displayName", Holds::Text), ("countryCode", Holds::Text)]),
    ("AZURE_MANAGEMENT_GROUP", true, &[("name", Holds::Text), ("properties", Holds::Object)]),
    ("AZURE_DEPLOYMENT", true, &[("name", Holds::Text)]),
];

/// What is wrong with the value of one of these keys: each would be passed over.
pub(super) fn objections(key: &str, value: &Json) -> Vec<String> {
    let what = |value: &Json| match value {
        Json::Null => "nothing",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "a mapping",
    };
    if key.eq_ignore_ascii_case(PARAMETER_DEFAULTS) && !(value.is_object() || value.is_null()) {
        return vec![format!("`{key}` holds a mapping of parameters to values, not {}", what(value))];
    }
    let Some((key, by_name, known)) = MEMBERS.iter().find(|(k, ..)| k.eq_ignore_ascii_case(key)) else {
        return Vec::new();
    };
    let names = || known.iter().map(|(name, _)| *name);
    let members = match value {
        Json::Object(members) => members,
        Json::Null => return Vec::new(),
        Json::String(_) if *by_name => return Vec::new(),
        other => {
            let all: Vec<&str> = names().collect();
            return vec![format!("`{key}` holds a mapping of {}, not {}", all.join(", "), what(other))];
        }
    };
    let one = |(name, value): (&String, &Json)| {
        let Some((_, holds)) = known.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)) else {
            let all: Vec<&str> = names().collect();
            let hint = match similar(name, names()) {
                Some(hint) => format!("did you mean `{hint}`?"),
                None => format!("there are {}", all.join(", ")),
            };
            return Some(format!("`{name}` is not a key of `{key}`; {hint}"));
        };
        let (fits, wanted) = match holds {
            Holds::Text => (value.is_string(), "a text"),
            Holds::Object => (value.is_object(), "a mapping"),
        };
        (!fits && !value.is_null()).then(|| format!("`{name}` of `{key}` is {wanted}, not {}", what(value)))
    };
    members.iter().filter_map(one).collect()
}

/// As much of the value of a configuration key as there is nothing to object to.
pub(super) fn usable(key: &str, value: &Json) -> Option<Json> {
    let Json::Object(members) = value else { return objections(key, value).is_empty().then(|| value.clone()) };
    let is_good = |name: &str, member: &Json| {
        let alone = serde_json::Map::from_iter([(name.to_owned(), member.clone())]);
        objections(key, &Json::Object(alone)).is_empty()
    };
    let good = members.iter().filter(|(name, member)| is_good(name, member));
    let good: serde_json::Map<_, _> = good.map(|(name, member)| (name.clone(), member.clone())).collect();
    (members.is_empty() || !good.is_empty()).then_some(Json::Object(good))
}

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
    let said = |key: &str, name: &str| given(key, name).map(Value::str);
    let properties = |key: &str| match member(key, "properties").filter(Json::is_object).as_ref().map(value)?.data {
        Data::Object(object) => Some(object.as_ref().clone()),
        _ => None,
    };
    let tenant = member("AZURE_TENANT", "tenantId").or_else(|| member("AZURE_SUBSCRIPTION", "tenantId"));
    let tags = member("AZURE_RESOURCE_GROUP", "tags").filter(Json::is_object);
    let subscription = text("AZURE_SUBSCRIPTION", "subscriptionId", ASSUMED_SUBSCRIPTION);
    Context {
        placeholder: subscription.as_str().is_some_and(|s| s == ASSUMED_SUBSCRIPTION),
        snapshot: false,
        subscription_id: Some(subscription),
        subscription_name: Some(text("AZURE_SUBSCRIPTION", "displayName", "PSRule Test Subscription")),
        subscription_state: said("AZURE_SUBSCRIPTION", "state"),
        tenant_name: said("AZURE_TENANT", "displayName"),
        tenant_country: said("AZURE_TENANT", "countryCode"),
        group_properties: properties("AZURE_RESOURCE_GROUP"),
        management_group_properties: properties("AZURE_MANAGEMENT_GROUP"),
        tenant_id: Some(tenant.as_ref().map_or_else(|| Value::str(ASSUMED_SUBSCRIPTION).assumed(), value)),
        resource_group: Some(named("AZURE_RESOURCE_GROUP", ASSUMED_GROUP)),
        location: Some(text("AZURE_RESOURCE_GROUP", "location", "eastus")),
        // A name and a region are all alike to most rules. Which tags a group has decides what is deployed, and nobody said.
        tags: tags.as_ref().map(value),
        management_group: Some(named("AZURE_MANAGEMENT_GROUP", ASSUMED_MANAGEMENT_GROUP)),
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
    let theirs = config.value(PARAMETER_DEFAULTS).and_then(Json::as_object).into_iter().flatten();
    let defaults: Vec<(&String, &Json)> = ours.chain(theirs).collect();
    if defaults.is_empty() {
        return given;
    }
    let open = |p: &&Parameter| p.default.is_none() && given.as_ref().is_none_or(|g| g.get(&p.name).is_none());
    let add = |p: &Parameter| {
        let (_, value) = defaults.iter().find(|(k, _)| k.eq_ignore_ascii_case(&p.name))?;
        let value = GivenValue::Value(expression(&as_typed(value, &p.ty.kind, config.psrule), p.name_span));
        Some(Given { name: p.name.clone(), name_span: p.name_span, value, beside: Vec::new() })
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

/// PSRule's options hold texts only: a parameter of another type takes what the text says.
fn as_typed<'v>(value: &'v Json, kind: &TypeKind, psrule: bool) -> Cow<'v, Json> {
    let text = value.as_str().filter(|_| psrule && !matches!(kind, TypeKind::String | TypeKind::SecureString));
    let Some(text) = text.map(str::trim) else { return Cow::Borrowed(value) };
    match (text.parse::<i64>(), text.to_ascii_lowercase().parse::<bool>()) {
        (Ok(number), _) => Cow::Owned(number.into()),
        (_, Ok(b)) => Cow::Owned(b.into()),
        _ => Cow::Borrowed(value),
    }
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
            None => Value::new(Data::Float(n.as_f64().unwrap_or(0.0))),
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
