//! What template functions do; [`Builtin`] says what each is.
//!
//! A function gets values and gives a value, or says that it stays residual; the evaluator turns that into a
//! [`super::Residual`] call. What needs the template itself (`parameters`, `variables`, `reference`, `copyIndex`, lazy
//! `if`/`and`/`or`/`coalesce`) is in the evaluator.
//!
//! The functions are those of
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions>. A function that hands a value on
//! (`first`, `tryGet`, a member in `union`) leaves its origin alone; a computed value has none, and the evaluator gives it one.

mod args;
mod array;
mod calendar;
mod cidr;
pub mod comparison;
mod date;
mod encode;
mod format;
mod hash;
mod json;
mod lambda;
mod logical;
mod numeric;
mod object;
mod resource_id;
mod scope;
mod string;
#[cfg(test)]
mod tests;

use super::context::Context;
use super::value::Value;
use crate::model::function_table::Builtin;
pub(super) use encode::resolved;
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

/// How a function is carried out; `None` if its arguments are not all evaluated first, or Bicep's compiler does it.
pub fn implementation(function: Builtin) -> Option<Implementation> {
    use Builtin as F;
    use Implementation::{Context, Lambda, Pure, Residual};
    Some(match function {
        F::Add => Pure(numeric::add),
        F::And => Pure(logical::and),
        F::ArrayOf => Pure(array::array),
        F::Base64 => Pure(encode::base64),
        F::Base64ToJson => Pure(encode::base64_to_json),
        F::Base64ToString => Pure(encode::base64_to_string),
        F::Bool => Pure(logical::bool),
        F::CidrHost => Pure(cidr::cidr_host),
        F::CidrSubnet => Pure(cidr::cidr_subnet),
        F::Coalesce => Pure(logical::coalesce),
        F::Concat => Pure(array::concat),
        F::Contains => Pure(array::contains),
        F::CreateArray => Pure(array::create_array),
        F::CreateObject => Pure(object::create_object),
        F::DataUri => Pure(encode::data_uri),
        F::DataUriToString => Pure(encode::data_uri_to_string),
        F::DateTimeAdd => Pure(date::date_time_add),
        F::DateTimeFromEpoch => Pure(date::date_time_from_epoch),
        F::DateTimeToEpoch => Pure(date::date_time_to_epoch),
        F::Deployment => Context(scope::deployment),
        F::Distinct => Pure(array::distinct_items),
        F::Div => Pure(numeric::div),
        F::Empty => Pure(array::empty),
        F::EndsWith => Pure(string::ends_with),
        F::Environment => Pure(scope::environment),
        F::Equals => Pure(comparison::equals),
        F::ExtensionResourceId => Pure(resource_id::extension_resource_id),
        F::Fail => Pure(string::fail),
        F::False => Pure(logical::r#false),
        F::Filter => Lambda(lambda::filter),
        F::First => Pure(array::first),
        F::Flatten => Pure(array::flatten),
        F::Float => Pure(numeric::float),
        F::Format => Pure(format::format),
        F::Greater => Pure(comparison::greater),
        F::GreaterOrEquals => Pure(comparison::greater_or_equals),
        F::GroupBy => Lambda(lambda::group_by),
        F::Guid => Context(hash::guid),
        F::If => Pure(logical::r#if),
        F::IndexFromEnd => Pure(array::index_from_end),
        F::IndexOf => Pure(array::index_of),
        F::Int => Pure(numeric::to_int),
        F::Intersection => Pure(array::intersection),
        F::Items => Pure(array::items_of),
        F::Join => Pure(array::join),
        F::Json => Pure(json::json),
        F::Last => Pure(array::last),
        F::LastIndexOf => Pure(array::last_index_of),
        F::Length => Pure(array::length),
        F::Less => Pure(comparison::less),
        F::LessOrEquals => Pure(comparison::less_or_equals),
        F::Like => Pure(string::like),
        F::ManagementGroup => Context(scope::management_group),
        F::ManagementGroupResourceId => Context(resource_id::management_group_resource_id),
        F::Map => Lambda(lambda::map),
        F::MapValues => Lambda(lambda::map_values),
        F::Max => Pure(numeric::max),
        F::Min => Pure(numeric::min),
        F::Mod => Pure(numeric::r#mod),
        F::Mul => Pure(numeric::mul),
        F::Not => Pure(logical::not),
        F::Null => Pure(logical::null),
        F::ObjectKeys => Pure(object::object_keys),
        F::Or => Pure(logical::or),
        F::PadLeft => Pure(string::pad_left),
        F::ParseCidr => Pure(cidr::parse_cidr),
        F::Range => Pure(array::range),
        F::Reduce => Lambda(lambda::reduce),
        F::Replace => Pure(string::replace),
        F::ResourceGroup => Context(scope::resource_group),
        F::ResourceId => Context(resource_id::resource_id),
        F::ShallowMerge => Pure(object::shallow_merge),
        F::Skip => Pure(array::skip),
        F::Sort => Lambda(lambda::sort),
        F::Split => Pure(string::split),
        F::StartsWith => Pure(string::starts_with),
        F::StringOf => Pure(json::to_string),
        F::Sub => Pure(numeric::sub),
        F::Subscription => Context(scope::subscription),
        F::SubscriptionResourceId => Context(resource_id::subscription_resource_id),
        F::Substring => Pure(string::substring),
        F::Take => Pure(array::take),
        F::Tenant => Context(scope::tenant),
        F::TenantResourceId => Pure(resource_id::tenant_resource_id),
        F::ToLower => Pure(string::to_lower),
        F::ToObject => Lambda(lambda::to_object),
        F::ToUpper => Pure(string::to_upper),
        F::Trim => Pure(string::trim),
        F::True => Pure(logical::r#true),
        F::TryGet => Context(|_, args| object::try_get(args)),
        F::TryIndexFromEnd => Pure(array::try_index_from_end),
        F::Union => Pure(array::union),
        F::UniqueString => Context(hash::unique_string),
        F::Uri => Pure(encode::uri),
        F::UriComponent => Pure(encode::uri_component),
        F::UriComponentToString => Pure(encode::uri_component_to_string),
        F::UtcNow => Context(date::utc_now),
        F::BuildUri
        | F::Deployer
        | F::Extensions
        | F::ExternalInput
        | F::ExternalInputs
        | F::NewGuid
        | F::ParseUri
        | F::PickZones
        | F::Providers
        | F::ReadCliArg
        | F::ReadEnvVar
        | F::ReadEnvironmentVariable
        | F::RoleDefinitions
        | F::Target
        | F::ToLogicalZone
        | F::ToLogicalZones
        | F::ToPhysicalZone
        | F::ToPhysicalZones => Residual,
        F::Any
        | F::CopyIndex
        | F::ExistingResource
        | F::Exists
        | F::GetSecret
        | F::Lambda
        | F::LambdaVariables
        | F::List
        | F::LoadDirectoryFileInfo
        | F::LoadFileAsBase64
        | F::LoadJsonContent
        | F::LoadTextContent
        | F::LoadYamlContent
        | F::NameOf
        | F::Parameters
        | F::Reference
        | F::References
        | F::ResourceInfo
        | F::Variables => return None,
    })
}

/// How often a function compares one part of its arguments with another, where that is more than their size tells.
pub fn pairs(function: Builtin, args: &[Value]) -> u64 {
    match (function, args) {
        (Builtin::Split, [text, delimiters]) => {
            let length = text.as_str().map_or(0, |s| s.len());
            // Characters are compared faster than values.
            delimiters.as_array().map_or(0, |d| d.len() as u64 * length as u64 / 4)
        }
        (Builtin::Union | Builtin::Intersection | Builtin::Distinct, args) => {
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
