//! The text that names the type of a resource and its API version: `'Microsoft.Storage/storageAccounts@2023-01-01'`.

use ecow::EcoString;

use crate::read::bicep::ast::{Expr, ExprKind, Part};
use crate::types::is_api_version;

/// Type and version as they are written; blanks and slashes around them, with which nothing compiles, left out. Of a text with an
/// interpolation (which does not compile either) what stands before it.
pub(super) fn written(reference: &Expr) -> (EcoString, Option<EcoString>) {
    let (text, whole) = match &reference.kind {
        ExprKind::Str(text) => (&text.value, true),
        ExprKind::Interpolated(parts) => match parts.first() {
            Some(Part::Text(text)) if text.value.contains('@') => (&text.value, false),
            _ => return (EcoString::new(), None),
        },
        _ => return (EcoString::new(), None),
    };
    let tidy = |text: &str| EcoString::from(text.trim_matches(|c: char| c.is_whitespace() || c == '/'));
    let text = without_namespace(text);
    match text.split_once('@') {
        Some((type_, version)) => (tidy(type_), whole.then(|| tidy(version)).filter(|version| !version.is_empty())),
        None => (tidy(text), None),
    }
}

/// The text without the name of the extension before it (`az:`).
fn without_namespace(text: &str) -> &str {
    match text.split_once(':') {
        Some((namespace, rest)) if namespace.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') => rest,
        _ => text,
    }
}

/// Whether a version is one that only extensions have: a word (`v1`, `beta`), or numbers with dots (`1.0.0-preview`). One that is
/// not quite a date (`2023-1-1`) is Azure's all the same.
pub fn is_extension_version(version: &str) -> bool {
    let rest = version.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() == version.len() || rest.starts_with('.')
}

/// Whether a text is a type of a resource with its version, as a declaration needs them; the compiler refuses everything else
/// (BCP029). Where a file has an `extension`, types may have any form.
pub fn is_reference(written: &str, extended: bool) -> bool {
    // The namespace can be named: the one of Azure, or whatever a file calls an extension.
    let written = match written.split_once(':') {
        Some((namespace, rest)) if namespace == "az" || extended && is_name(namespace) => rest,
        _ => written,
    };
    let (type_, version) = match written.split_once('@') {
        Some((type_, version)) => (type_, Some(version)),
        None => (written, None),
    };
    let fine = |part: &str| {
        part.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))
    };
    if !type_.split('/').chain(version).all(fine) {
        return false;
    }
    extended || version.is_some_and(is_api_version) || type_.starts_with("Microsoft.Graph/")
}

fn is_name(text: &str) -> bool {
    text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_azure_begin_with_a_date() {
        for version in ["v1", "beta", "v1.0", "1.0.0", "0.1.0-preview"] {
            assert!(is_extension_version(version), "{version}");
        }
        for version in ["2023-01-01", "2023-01-01-preview", "2023-1-1", "2023"] {
            assert!(!is_extension_version(version), "{version}");
        }
    }

    #[test]
    fn what_the_compiler_takes_for_a_type() {
        for fine in ["A.B/c@2023-01-01", "az:A.B/c@2023-01-01-preview", "Microsoft.Graph/groups@v1.0"] {
            assert!(is_reference(fine, false), "{fine}");
        }
        for wrong in ["A.B/c", "A.B/c@v1", "A.B/c@2021-6-1", "A.B/c @2023-01-01", "/A.B/c@2023-01-01", "A.B/c@"] {
            assert!(!is_reference(wrong, false), "{wrong}");
        }
        assert!(is_reference("core/Service@v1", true) && is_reference("k8s:core/Service@v1", true));
    }
}
