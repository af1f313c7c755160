//! Template functions.
//!
//! A function gets values and gives a value, or says that it stays residual; the evaluator turns that into a
//! [`super::Residual`] call. What needs the template itself (`parameters`, `variables`, `reference`, `copyIndex`, lazy
//! `if`/`and`/`or`/`coalesce`) is in the evaluator.
//!
//! The functions are those of
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions>. A function that hands a value on
//! (`first`, `tryGet`, a member in `union`) leaves its origin alone; a computed value has none, and the evaluator gives it one.

mod args;
pub(super) mod array;
mod calendar;
mod cidr;
pub mod comparison;
mod date;
pub(super) mod encode;
pub(super) mod format;
mod hash;
mod json;
mod lambda;
mod logical;
mod number;
mod numeric;
mod object;
pub(super) mod order;
pub(super) mod resource_id;
mod scope;
pub(super) mod string;
#[cfg(test)]
mod tests;
pub(super) mod utf16;

use super::context::Context;
use super::value::Value;
pub(super) use object::try_get;

/// Why a function refuses its arguments, in words for a person: what was expected and what was there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FunctionError(pub String);

/// `Ok(None)` leaves the call residual.
pub type Outcome = Result<Option<Value>, FunctionError>;

/// Applies a lambda argument to values. It is given all that the function has for it (an item and its index, say), in order; a
/// lambda with fewer parameters takes the first ones.
pub type Lambda<'l> = &'l dyn Fn(&[Value]) -> Result<Value, FunctionError>;

/// How a function is carried out.
#[derive(Clone, Copy)]
pub enum Implementation {
    /// From its arguments alone.
    Pure(fn(&[Value]) -> Outcome),
    /// From its arguments and the deployment context (`resourceGroup()`, `resourceId()`, `utcNow()`).
    Context(fn(&Context, &[Value]) -> Outcome),
    /// With lambdas: the other arguments in order, then the lambdas in order.
    Lambda(fn(&[Value], &[Lambda<'_>]) -> Outcome),
    /// Known to Azure, but decided by it alone (`newGuid`, `pickZones`, `providers`): always residual.
    Residual,
}

/// A template function.
pub struct Builtin {
    /// The name in Azure's own spelling.
    pub name: &'static str,
    /// The fewest arguments.
    pub min: usize,
    /// The most arguments; `usize::MAX` for any number.
    pub max: usize,
    /// What it does.
    pub implementation: Implementation,
}

const fn pure(name: &'static str, min: usize, max: usize, f: fn(&[Value]) -> Outcome) -> Builtin {
    Builtin { name, min, max, implementation: Implementation::Pure(f) }
}

const fn context(name: &'static str, min: usize, max: usize, f: fn(&Context, &[Value]) -> Outcome) -> Builtin {
    Builtin { name, min, max, implementation: Implementation::Context(f) }
}

const fn lambda(name: &'static str, min: usize, max: usize, f: fn(&[Value], &[Lambda<'_>]) -> Outcome) -> Builtin {
    Builtin { name, min, max, implementation: Implementation::Lambda(f) }
}

const fn residual(name: &'static str, min: usize, max: usize) -> Builtin {
    Builtin { name, min, max, implementation: Implementation::Residual }
}

/// Any number of arguments.
const MANY: usize = usize::MAX;

/// All functions, in the order of their names without regard to case.
static TABLE: &[Builtin] = &[
    pure("add", 2, 2, numeric::add),
    pure("and", 2, MANY, logical::and),
    pure("array", 1, 1, array::array),
    pure("base64", 1, 1, encode::base64),
    pure("base64ToJson", 1, 1, encode::base64_to_json),
    pure("base64ToString", 1, 1, encode::base64_to_string),
    pure("bool", 1, 1, logical::bool),
    residual("buildUri", 1, 1),
    pure("cidrHost", 2, 2, cidr::cidr_host),
    pure("cidrSubnet", 3, 3, cidr::cidr_subnet),
    pure("coalesce", 0, MANY, logical::coalesce),
    pure("concat", 1, MANY, array::concat),
    pure("contains", 2, 2, array::contains),
    pure("createArray", 0, MANY, array::create_array),
    pure("createObject", 0, MANY, object::create_object),
    pure("dataUri", 1, 1, encode::data_uri),
    pure("dataUriToString", 1, 1, encode::data_uri_to_string),
    pure("dateTimeAdd", 2, 3, date::date_time_add),
    pure("dateTimeFromEpoch", 1, 1, date::date_time_from_epoch),
    pure("dateTimeToEpoch", 1, 1, date::date_time_to_epoch),
    residual("deployer", 0, 0),
    context("deployment", 0, 0, scope::deployment),
    pure("distinct", 1, 1, array::distinct_items),
    pure("div", 2, 2, numeric::div),
    pure("empty", 1, 1, array::empty),
    pure("endsWith", 2, 2, string::ends_with),
    pure("environment", 0, 0, scope::environment),
    pure("equals", 2, 2, comparison::equals),
    pure("extensionResourceId", 3, MANY, resource_id::extension_resource_id),
    residual("externalInput", 1, 2),
    residual("externalInputs", 1, 1),
    pure("fail", 1, 1, string::fail),
    pure("false", 0, 0, logical::r#false),
    lambda("filter", 2, 2, lambda::filter),
    pure("first", 1, 1, array::first),
    pure("flatten", 1, 1, array::flatten),
    pure("float", 1, 1, numeric::float),
    pure("format", 1, MANY, format::format),
    pure("greater", 2, 2, comparison::greater),
    pure("greaterOrEquals", 2, 2, comparison::greater_or_equals),
    lambda("groupBy", 2, 2, lambda::group_by),
    context("guid", 1, MANY, hash::guid),
    pure("if", 3, 3, logical::r#if),
    pure("indexFromEnd", 2, 2, array::index_from_end),
    pure("indexOf", 2, 2, array::index_of),
    pure("int", 1, 1, numeric::to_int),
    pure("intersection", 2, MANY, array::intersection),
    pure("items", 1, 1, array::items_of),
    pure("join", 2, 2, array::join),
    pure("json", 1, 1, json::json),
    pure("last", 1, 1, array::last),
    pure("lastIndexOf", 2, 2, array::last_index_of),
    pure("length", 1, 1, array::length),
    pure("less", 2, 2, comparison::less),
    pure("lessOrEquals", 2, 2, comparison::less_or_equals),
    pure("like", 2, 2, string::like),
    context("managementGroup", 0, 0, scope::management_group),
    context("managementGroupResourceId", 2, MANY, resource_id::management_group_resource_id),
    lambda("map", 2, 2, lambda::map),
    lambda("mapValues", 2, 2, lambda::map_values),
    pure("max", 1, MANY, numeric::max),
    pure("min", 1, MANY, numeric::min),
    pure("mod", 2, 2, numeric::r#mod),
    pure("mul", 2, 2, numeric::mul),
    residual("newGuid", 0, 0),
    pure("not", 1, 1, logical::not),
    pure("null", 0, 0, logical::null),
    pure("objectKeys", 1, 1, object::object_keys),
    pure("or", 2, MANY, logical::or),
    pure("padLeft", 2, 3, string::pad_left),
    pure("parseCidr", 1, 1, cidr::parse_cidr),
    residual("parseUri", 1, 1),
    residual("pickZones", 3, 5),
    residual("providers", 1, 2),
    pure("range", 2, 2, array::range),
    residual("readCliArg", 1, 1),
    residual("readEnvironmentVariable", 1, 2),
    residual("readEnvVar", 1, 1),
    lambda("reduce", 3, 3, lambda::reduce),
    pure("replace", 3, 3, string::replace),
    context("resourceGroup", 0, 0, scope::resource_group),
    context("resourceId", 2, MANY, resource_id::resource_id),
    residual("roleDefinitions", 1, 1),
    pure("shallowMerge", 1, 1, object::shallow_merge),
    pure("skip", 2, 2, array::skip),
    lambda("sort", 2, 2, lambda::sort),
    pure("split", 2, 2, string::split),
    pure("startsWith", 2, 2, string::starts_with),
    pure("string", 1, 1, json::to_string),
    pure("sub", 2, 2, numeric::sub),
    context("subscription", 0, 0, scope::subscription),
    context("subscriptionResourceId", 2, MANY, resource_id::subscription_resource_id),
    pure("substring", 2, 3, string::substring),
    pure("take", 2, 2, array::take),
    residual("target", 0, 1),
    context("tenant", 0, 0, scope::tenant),
    pure("tenantResourceId", 2, MANY, resource_id::tenant_resource_id),
    residual("toLogicalZone", 3, 3),
    residual("toLogicalZones", 3, 3),
    pure("toLower", 1, 1, string::to_lower),
    lambda("toObject", 2, 3, lambda::to_object),
    residual("toPhysicalZone", 3, 3),
    residual("toPhysicalZones", 3, 3),
    pure("toUpper", 1, 1, string::to_upper),
    pure("trim", 1, 1, string::trim),
    pure("true", 0, 0, logical::r#true),
    context("tryGet", 2, MANY, object::try_get),
    pure("tryIndexFromEnd", 2, 2, array::try_index_from_end),
    pure("union", 2, MANY, array::union),
    context("uniqueString", 1, MANY, hash::unique_string),
    pure("uri", 2, 2, encode::uri),
    pure("uriComponent", 1, 1, encode::uri_component),
    pure("uriComponentToString", 1, 1, encode::uri_component_to_string),
    context("utcNow", 0, 1, date::utc_now),
];

/// The function of this name, without regard to case.
pub fn lookup(name: &str) -> Option<&'static Builtin> {
    let lower = |s: &'static str| s.bytes().map(|b| b.to_ascii_lowercase());
    let wanted = || name.bytes().map(|b| b.to_ascii_lowercase());
    TABLE.binary_search_by(|b| lower(b.name).cmp(wanted())).ok().and_then(|at| TABLE.get(at))
}

/// How often a function compares one part of its arguments with another, where that is more than their size tells.
pub fn pairs(name: &str, args: &[Value]) -> u64 {
    match (name, args) {
        ("split", [text, delimiters]) => {
            let length = text.as_str().map_or(0, |s| s.len());
            // Characters are compared faster than values.
            delimiters.as_array().map_or(0, |d| d.len() as u64 * length as u64 / 4)
        }
        ("union" | "intersection" | "distinct", args) => {
            let open = |a: &&Value| a.as_array().is_some_and(|items| items.iter().any(|v| !v.is_known()));
            if !args.iter().any(|a| open(&a)) {
                return 0;
            }
            let items: u64 = args.iter().filter_map(Value::as_array).map(|items| items.len() as u64).sum();
            items.saturating_mul(items)
        }
        _ => 0,
    }
}

/// All functions, in the order of their names.
pub fn all() -> &'static [Builtin] {
    TABLE
}
