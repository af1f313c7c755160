//! What a configuration key takes: a value of the kind that its default is of.

use serde_json::Value as Json;

use crate::rules::defaults;
use crate::rules::language::Literal;
use crate::rules::settings::{FORMER, json};

/// A value for a key as rules read it. `written` is how it stands in its file: a text keeps each digit of what YAML takes for a
/// number, so that the version `1.30` is not `1.3`.
///
/// # Errors
/// What is wrong and wanted, where the key takes another kind of value.
pub(super) fn fitted(key: &str, value: Json, written: Option<&str>) -> Result<Json, String> {
    let (Some((usual, is_default)), false) = (usual(key), value.is_null()) else { return Ok(value) };
    let word = |text: &str| text.trim().to_ascii_lowercase();
    let (wanted, fits) = match &usual {
        Literal::Null => return Ok(value),
        Literal::Str(_) => match value {
            Json::Number(_) | Json::Bool(_) => {
                let as_written = written.map(str::trim).filter(|text| is_scalar(text));
                return Ok(as_written.map_or_else(|| value.to_string(), str::to_owned).into());
            }
            _ => ("a text", value.is_string()),
        },
        // Options of PSRule and of the environment hold texts only.
        Literal::Bool(_) => match value.as_str().map(|s| (word(s).parse::<bool>(), s.trim().parse::<i64>())) {
            Some((Ok(b), _)) => return Ok(b.into()),
            Some((_, Ok(number))) => return Ok((number > 0).into()),
            _ => ("a boolean", value.is_boolean()),
        },
        Literal::Int(_) => match value.as_str().map(|s| s.trim().parse::<i64>()) {
            Some(Ok(number)) => return Ok(number.into()),
            _ => ("a whole number", value.is_i64()),
        },
        Literal::Float(_) => match value.as_str().map(|s| s.trim().parse::<f64>()) {
            Some(Ok(number)) if number.is_finite() => return Ok(number.into()),
            _ => ("a number", value.is_number()),
        },
        Literal::List(_) => ("a list", value.is_array() || value.is_string()),
    };
    let such_as = if is_default { "such as its default" } else { "such as" };
    match fits {
        true => Ok(value),
        false => Err(format!("`{key}` takes {wanted}, {such_as} {}, and not {}", json(&usual), what(&value))),
    }
}

/// Whether a key takes a number or a boolean.
pub(super) fn is_plain(key: &str) -> bool {
    usual(key).is_some_and(|(usual, _)| matches!(usual, Literal::Bool(_) | Literal::Int(_) | Literal::Float(_)))
}

/// A value of the kind that a key takes, and whether that is its default.
fn usual(key: &str) -> Option<(Literal, bool)> {
    let now = FORMER.iter().find(|(_, former)| former.eq_ignore_ascii_case(key)).map_or(key, |(now, _)| now);
    let default = defaults().configuration.iter().find(|(k, _)| k.eq_ignore_ascii_case(now)).map(|(_, v)| v);
    match default {
        Some(default) => Some((default.clone(), true)),
        // These say nothing unless somebody sets them.
        None if now.eq_ignore_ascii_case("AZURE_RESOURCE_ALLOWED_LOCATIONS") => {
            Some((Literal::List(vec![Literal::Str("westeurope".to_owned())]), false))
        }
        None if now.to_ascii_uppercase().starts_with("AZURE_TAG_FORMAT_FOR_") => {
            Some((Literal::Str("^[a-z]+$".to_owned()), false))
        }
        None => None,
    }
}

/// Whether this can be what a number or a boolean was read from; where an alias stands, it is not.
fn is_scalar(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-' | '_'))
}

fn what(value: &Json) -> String {
    match value {
        Json::Array(_) => "a list".to_owned(),
        Json::Object(_) => "a mapping".to_owned(),
        Json::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_keeps_what_is_written() {
        let version = |value: Json, written| fitted("AZURE_AKS_CLUSTER_MINIMUM_VERSION", value, written);
        assert_eq!(version(json!(1.3), Some("1.30")), Ok(json!("1.30")));
        assert_eq!(version(json!(1.3), Some("*v")), Ok(json!("1.3")));
        assert_eq!(version(json!(1), None), Ok(json!("1")));
        assert_eq!(version(json!("1.30"), Some("'1.30'")), Ok(json!("1.30")));
        assert_eq!(fitted("azure_aksminimumversion", json!(1.3), Some("1.30")), Ok(json!("1.30")));
        assert_eq!(fitted("MY_KEY", json!(1.3), Some("1.30")), Ok(json!(1.3)));
    }

    #[test]
    fn a_text_becomes_the_number_or_boolean_that_a_rule_wants() {
        for (key, text, value) in [
            ("AZURE_AKS_POOL_MINIMUM_MAXPODS", " 60", json!(60)),
            ("AZURE_VNET_DNS_WITH_IDENTITY", "True", json!(true)),
            ("AZURE_VNET_DNS_WITH_IDENTITY", "0", json!(false)),
            ("MY_KEY", "60", json!("60")),
        ] {
            assert_eq!(fitted(key, json!(text), None), Ok(value), "{key}");
        }
        assert!(is_plain("azure_aks_pool_minimum_maxpods") && !is_plain("AZURE_VNET_NAME_FORMAT"));
    }

    #[test]
    fn values_are_of_the_kind_of_the_default() {
        for (key, good, bad) in [
            ("AZURE_RESOURCE_ALLOWED_LOCATIONS", json!("eastus"), json!({"a": 1})),
            ("AZURE_ALLOWEDREGIONS", json!(["eastus"]), json!(5)),
            ("AZURE_AKS_POOL_MINIMUM_MAXPODS", json!("50"), json!([50])),
            ("AZURE_AKS_POOL_MINIMUM_MAXPODS", json!(50), json!(50.5)),
            ("AZURE_VNET_DNS_WITH_IDENTITY", json!("True"), json!("yes")),
            ("AZURE_VNET_NAME_FORMAT", json!("^a"), json!(["^a"])),
            ("AZURE_VNET_NAME_FORMAT", json!(null), json!({})),
        ] {
            assert!(fitted(key, good.clone(), None).is_ok(), "{key} {good}");
            let said = fitted(key, bad.clone(), None).unwrap_err();
            assert!(said.contains("such as"), "{said}");
        }
    }
}
