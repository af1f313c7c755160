//! Template specs: templates that Azure itself keeps, with the token of the Azure CLI.

use serde_json::Value;

use super::RestoreError;
use super::access::{Client, checked, encoded, host_of, is_safe};
use super::credentials::azure;
use super::store::Files;

/// The oldest version of the API that has everything asked for.
const API: &str = "2021-05-01";
/// The files of a template spec, named by subscription, resource group, name and version.
///
/// # Errors
/// [`RestoreError`] if it is not there, or the Azure CLI gives no token.
pub(super) fn module(client: &Client, parts: [&str; 4]) -> Result<Files, RestoreError> {
    let [subscription, group, name, version] = parts;
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '(' | ')');
    if let Some(odd) = parts.iter().find(|part| !part.chars().all(plain)) {
        return Err(RestoreError::Name((*odd).to_owned()));
    }
    let no_token = |reason| RestoreError::AzureCli { what: format!("subscription {subscription}"), reason };
    // Which cloud it is says the user's own setting, not the repository's bicepconfig.json: a token goes there.
    let manager = manager().map_err(no_token)?;
    let host = host_of(&manager).to_owned();
    let url = format!(
        "{manager}/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Resources/templateSpecs/{}/versions/{}?api-version={API}",
        encoded(subscription),
        encoded(group),
        encoded(name),
        encoded(version)
    );
    let token = azure(&["account", "get-access-token", "--subscription", subscription, "--output", "json"]);
    let token = token.and_then(|json| text(&json, &["accessToken"])).map_err(no_token)?;
    let answer = client.get(&url, "application/json", Some(&format!("Bearer {token}")), client.max_size)?;
    let body = checked(&host, answer)?.body;
    let other = |what: String| RestoreError::NotAModule { host: host.clone(), what };
    let json: Value = serde_json::from_slice(&body).map_err(|e| other(format!("its answer is no JSON: {e}")))?;
    let template = json.get("properties").and_then(|p| p.get("mainTemplate"));
    let template = template.ok_or_else(|| other("its answer has no properties.mainTemplate".to_owned()))?;
    Ok(vec![("main.json", template.to_string().into_bytes()), ("lock", Vec::new())])
}

/// The URL of the resource manager of the cloud that the Azure CLI is signed in to, without a `/` at its end.
fn manager() -> Result<String, String> {
    let url = text(&azure(&["cloud", "show", "--output", "json"])?, &["endpoints", "resourceManager"])?;
    let url = url.trim_end_matches('/').to_owned();
    if is_safe(&url) { Ok(url) } else { Err(format!("the resource manager has the address {url}, without TLS")) }
}

fn text(json: &Value, path: &[&str]) -> Result<String, String> {
    let found = path.iter().try_fold(json, |at, key| at.get(key)).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| format!("its answer has no {}", path.join(".")))
}
