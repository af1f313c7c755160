//! Fixes as a reader of SARIF applies them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::process::Command;

use serde_json::Value;

/// A file after the fix of its one finding of a rule; `None` where none is offered.
fn fixed(rule: &str, name: &str, text: &str) -> Option<String> {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(name), text).unwrap();
    let root = dir.path().to_str().unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_armlint"))
        .args(["scan", "-f", "sarif", "--fail-on", "none", "--rule", rule, "--root", root, root])
        .output()
        .unwrap();
    let sarif: Value = serde_json::from_slice(&out.stdout).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 1, "{sarif:#}");
    let replacement = results[0].pointer("/fixes/0/artifactChanges/0/replacements/0")?;
    let at = |line: &str, column: &str| {
        let number = |key: &str| replacement["deletedRegion"][key].as_u64().unwrap() as usize;
        let start: usize = text.split_inclusive('\n').take(number(line) - 1).map(str::len).sum();
        start + number(column) - 1
    };
    let new = replacement["insertedContent"]["text"].as_str().unwrap();
    let (start, end) = (at("startLine", "startColumn"), at("endLine", "endColumn"));
    Some(format!("{}{new}{}", &text[..start], &text[end..]))
}

const MIN_TLS: &str = "Azure.Storage.MinTLS";

fn bicep(properties: &str) -> String {
    format!(
        "resource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {{\n  name: 'st'\n  location: 'westeurope'\n  kind: 'StorageV2'\n  \
         sku: {{ name: 'Standard_GRS' }}\n{properties}}}\n"
    )
}

fn template(properties: &str) -> String {
    format!(
        r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
  "resources": [{{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "st", "location": "westeurope",
    {properties}}}]}}"#
    )
}

#[track_caller]
fn bicep_becomes(before: &str, after: Option<&str>) {
    assert_eq!(fixed(MIN_TLS, "main.bicep", &bicep(before)), after.map(bicep));
}

#[track_caller]
fn template_becomes(before: &str, after: Option<&str>) {
    assert_eq!(fixed(MIN_TLS, "main.json", &template(before)), after.map(template));
}

#[test]
fn a_literal_is_replaced_in_the_words_of_its_language() {
    bicep_becomes(
        "  properties: { minimumTlsVersion: 'TLS1_0' }\n",
        Some("  properties: { minimumTlsVersion: 'TLS1_2' }\n"),
    );
    template_becomes(
        r#""properties": {"minimumTlsVersion": "TLS1_0"}"#,
        Some(r#""properties": {"minimumTlsVersion": "TLS1_2"}"#),
    );
}

#[test]
fn what_is_missing_is_inserted_as_its_neighbours_stand() {
    bicep_becomes(
        "  properties: {\n    accessTier: 'Hot'\n  }\n",
        Some("  properties: {\n    minimumTlsVersion: 'TLS1_2'\n    accessTier: 'Hot'\n  }\n"),
    );
    bicep_becomes(
        "  properties: {\r\n    accessTier: 'Hot'\r\n  }\r\n",
        Some("  properties: {\r\n    minimumTlsVersion: 'TLS1_2'\r\n    accessTier: 'Hot'\r\n  }\r\n"),
    );
    bicep_becomes("  properties: {}\n", Some("  properties: { minimumTlsVersion: 'TLS1_2' }\n"));
    template_becomes(
        "\"properties\": {\n      \"accessTier\": \"Hot\"\n    }",
        Some("\"properties\": {\n      \"minimumTlsVersion\": \"TLS1_2\",\n      \"accessTier\": \"Hot\"\n    }"),
    );
    template_becomes(
        r#""properties": { "accessTier": "Hot" }"#,
        Some(r#""properties": { "minimumTlsVersion": "TLS1_2", "accessTier": "Hot" }"#),
    );
}

#[test]
fn nothing_is_inserted_where_it_is_not_certain() {
    // No object, a comment that could be a directive, a spread, a value from elsewhere.
    bicep_becomes("", None);
    bicep_becomes("  properties: {\n    // why\n    accessTier: 'Hot'\n  }\n", None);
    bicep_becomes("  properties: {\n    accessTier: 'Hot'\n    ...{}\n  }\n", None);
    assert_eq!(
        fixed(MIN_TLS, "main.bicep", &format!("var p = {{ accessTier: 'Hot' }}\n{}", bicep("  properties: p\n"))),
        None
    );
}

#[test]
fn a_parameter_gets_no_value_that_it_does_not_allow() {
    let template = |allowed: &str| {
        format!("{allowed}param tls string = 'TLS1_0'\n{}", bicep("  properties: { minimumTlsVersion: tls }\n"))
    };
    let all = "@allowed(['TLS1_0', 'TLS1_2'])\n";
    let new = template(all).replace("= 'TLS1_0'", "= 'TLS1_2'");
    assert_eq!(fixed(MIN_TLS, "main.bicep", &template(all)), Some(new));
    assert_eq!(fixed(MIN_TLS, "main.bicep", &template("@allowed(['TLS1_0', 'TLS1_1'])\n")), None);
}

#[test]
fn one_of_several_alternatives_is_enough() {
    let rule = "Azure.Storage.SecureTransfer";
    let before = template(r#""properties": {"supportsHttpsTrafficOnly": false}"#);
    assert_eq!(fixed(rule, "main.json", &before), Some(before.replace("false", "true")));
}
