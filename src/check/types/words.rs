//! What is said of a mistake.

use crate::check::explain::phrases::show_value;
use crate::expand::{Data, Value};
use crate::types::{Kind, Scopes};

/// How many of several names a message holds.
const FEW: usize = 8;

/// `"a", "b" or "c"`, the first of many.
pub fn choices(all: &[&str]) -> String {
    let quoted: Vec<String> = all.iter().take(FEW).map(|s| format!("\"{s}\"")).collect();
    let more = all.len().saturating_sub(FEW);
    match quoted.split_last() {
        _ if more > 0 => format!("{} or one of {more} more", quoted.join(", ")),
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => "nothing".to_owned(),
    }
}

/// What a value is, as the author sees it.
pub fn value(v: &Value) -> String {
    match &v.data {
        Data::Array(_) => "an array".to_owned(),
        Data::Object(_) => "an object".to_owned(),
        Data::Str(_) => format!("the text {}", show_value(v)),
        _ => show_value(v),
    }
}

/// What a type wants.
pub fn wanted(kind: &Kind<'_>) -> &'static str {
    match kind {
        Kind::Any => "anything",
        Kind::Bool => "true or false",
        Kind::Integer(_) => "a whole number",
        Kind::Text(_) | Kind::Literal(_) | Kind::Union(_) => "a text",
        Kind::Array(_) => "an array",
        Kind::Object(_) | Kind::Discriminated(_) => "an object",
    }
}

/// What a number or length must be: `at least 3`, `at most 24`.
pub fn bound(less: bool, limit: impl std::fmt::Display) -> String {
    format!("{} {limit}", if less { "at least" } else { "at most" })
}

/// Scopes in words, each after this one: `to a resource group or to a subscription`.
pub fn scopes(scopes: Scopes) -> String {
    let all = [
        (Scopes::RESOURCE_GROUP, "a resource group"),
        (Scopes::SUBSCRIPTION, "a subscription"),
        (Scopes::MANAGEMENT_GROUP, "a management group"),
        (Scopes::TENANT, "a tenant"),
        (Scopes::EXTENSION, "another resource, which it extends"),
    ];
    let named: Vec<&str> = all.iter().filter(|(s, _)| scopes.has(*s)).map(|(_, name)| *name).collect();
    match named.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => (*last).to_owned(),
        None => "nothing".to_owned(),
    }
}
