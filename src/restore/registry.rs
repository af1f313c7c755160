//! Modules from registries, by the protocol of the Open Container Initiative's distribution specification.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::RestoreError;
use super::access::{Client, SMALL};
use super::store::Files;
use crate::model::module_reference::Version;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// What `bicep publish` says that it published, and the part of it that is the template.
const MODULE: &str = "application/vnd.ms.bicep.module.artifact";
const TEMPLATE: &str = "application/vnd.ms.bicep.module.layer.v1+json";

/// The files of a module, as the Bicep CLI keeps them.
///
/// # Errors
/// [`RestoreError`] if it is not there, is no module, or is not what its digest says.
pub(super) fn module(
    client: &Client,
    registry: &str,
    repository: &str,
    version: &Version,
) -> Result<Files, RestoreError> {
    let (Version::Tag(reference) | Version::Digest(reference)) = version;
    if !is_host(registry) || !is_repository(repository) || !is_reference(version) {
        return Err(RestoreError::Name(format!("{registry}/{repository}:{reference}")));
    }
    let other = |what: String| RestoreError::NotAModule { host: registry.to_owned(), what };
    let manifest = client.get_from(registry, &format!("/v2/{repository}/manifests/{reference}"), MANIFEST, SMALL)?.body;
    let digest = digest(&manifest);
    if matches!(version, Version::Digest(wanted) if *wanted != digest) {
        return Err(other(format!("the manifest has the digest {digest}, not {reference}")));
    }
    let json: Value = serde_json::from_slice(&manifest).map_err(|e| other(format!("the manifest is no JSON: {e}")))?;
    let layer = layer(&json).map_err(other)?;
    if layer.size > client.max_size {
        let most = client.max_size;
        return Err(other(format!("it has {} bytes, more than the {most} that --max-file-size allows", layer.size)));
    }
    let template =
        client.get_from(registry, &format!("/v2/{repository}/blobs/{}", layer.digest), "*/*", client.max_size)?.body;
    let found = self::digest(&template);
    if found != layer.digest {
        return Err(other(format!("the template has the digest {found}, not {}", layer.digest)));
    }
    let metadata = serde_json::json!({ "manifestDigest": digest }).to_string();
    Ok(vec![("main.json", template), ("manifest", manifest), ("metadata", metadata.into()), ("lock", Vec::new())])
}

struct Layer<'a> {
    digest: &'a str,
    /// In bytes.
    size: u64,
}

/// The part of a manifest that is the template.
fn layer(manifest: &Value) -> Result<Layer<'_>, String> {
    let kind = manifest.get("artifactType").and_then(Value::as_str);
    // Versions of the CLI before 0.20 did not say what they published.
    if let Some(kind) = kind.filter(|k| *k != MODULE) {
        return Err(format!("its kind is {kind}, not {MODULE}"));
    }
    let layers = manifest.get("layers").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_template = |l: &&Value| l.get("mediaType").and_then(Value::as_str) == Some(TEMPLATE);
    let layer = layers.iter().find(is_template).ok_or_else(|| format!("no layer of it is {TEMPLATE}"))?;
    let digest = layer.get("digest").and_then(Value::as_str).filter(|d| is_digest(d));
    let digest = digest.ok_or("the layer of its template has no sha256 digest")?;
    Ok(Layer { digest, size: layer.get("size").and_then(Value::as_u64).unwrap_or_default() })
}

fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    let hex: String = hash.iter().map(|b| format!("{b:02x}")).collect();
    format!("sha256:{hex}")
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:")
        .is_some_and(|h| h.len() == 64 && h.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
}

fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').unwrap_or((text, "443"));
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    !name.is_empty() && name.bytes().all(plain) && !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit())
}

/// Names as the specification allows them: nothing that has a meaning in a URL.
fn is_repository(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_');
    text.len() <= 255 && text.split('/').all(|part| !part.is_empty() && part.bytes().all(plain))
}

fn is_reference(version: &Version) -> bool {
    match version {
        Version::Digest(digest) => is_digest(digest),
        Version::Tag(tag) => {
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
            !tag.is_empty() && tag.len() <= 128 && tag.bytes().all(plain)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_that_mean_something_in_a_url_are_refused() {
        assert!(is_host("r.azurecr.io") && is_host("localhost:5000"));
        assert!(!is_host("user@host") && !is_host("h:") && !is_host("h/x") && !is_host(""));
        assert!(is_repository("bicep/avm/res/web/site") && !is_repository("a?b") && !is_repository("a//b"));
        assert!(is_reference(&Version::Tag("1.0.0-beta_1".into())));
        assert!(!is_reference(&Version::Tag("1#x".into())));
        assert!(!is_reference(&Version::Digest("sha256:00".into())));
    }

    #[test]
    fn the_template_is_the_layer_that_says_so() {
        let digest = format!("sha256:{}", "0".repeat(64));
        let source = json!({"mediaType": "application/vnd.ms.bicep.module.source.v1.tgz", "digest": digest, "size": 1});
        let template = json!({"mediaType": TEMPLATE, "digest": digest, "size": 7});
        let manifest = json!({"artifactType": MODULE, "layers": [source, template]});
        assert_eq!(layer(&manifest).map(|l| l.size), Ok(7));
        assert!(layer(&json!({"artifactType": "image", "layers": []})).is_err_and(|e| e.contains("its kind is image")));
        assert!(layer(&json!({"layers": []})).is_err_and(|e| e.contains("no layer")));
        let wrong = json!({"layers": [{"mediaType": TEMPLATE, "digest": "sha256:../x"}]});
        assert!(layer(&wrong).is_err_and(|e| e.contains("no sha256 digest")));
    }
}
