//! `armlint compare`: what another tool says of the same files.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Folder, Run};
use serde_json::{Value, json};

const TEMPLATE: &str = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
"contentVersion": "1.0.0.0", "parameters": {"tls": {"type": "string"}}, "resources": [
{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "bad", "location": "westeurope",
 "properties": {"minimumTlsVersion": "TLS1_0", "supportsHttpsTrafficOnly": true}},
{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "open", "location": "westeurope",
 "properties": {"minimumTlsVersion": "[parameters('tls')]", "supportsHttpsTrafficOnly": false}}]}"#;

fn folder(report: &Value) -> Folder {
    let folder = Folder::with(&[]);
    folder.write("infra/main.json", TEMPLATE);
    folder.write("report.json", &report.to_string());
    folder
}

fn checkov() -> Value {
    let failed = |id: &str, name: &str| {
        json!({"check_id": id, "check_name": id, "file_path": "/infra/main.json", "file_line_range": [3, 4],
            "resource": format!("Microsoft.Storage/storageAccounts.{name}")})
    };
    let elsewhere =
        json!({"check_id": "CKV_AZURE_44", "check_name": "TLS", "file_path": "/other/main2.json", "resource": "x"});
    json!({"check_type": "arm", "results": {"failed_checks": [
        failed("CKV_AZURE_44", "bad"), failed("CKV_AZURE_9999", "bad"), elsewhere]}})
}

fn compare(folder: &Folder, more: &[&str]) -> Run {
    folder.run(&[&["compare", "report.json", "infra"], more].concat())
}

#[test]
fn a_report_may_be_utf_16() {
    let folder = folder(&checkov());
    let usual = compare(&folder, &[]);
    let text = checkov().to_string();
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    std::fs::write(folder.path("report.json"), units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()).unwrap();
    let run = compare(&folder, &[]);
    assert_eq!((run.status, run.stdout), (0, usual.stdout), "{}", run.stderr);
    std::fs::write(folder.path("report.json"), b"{\"a\": \"\xff\"}").unwrap();
    let run = compare(&folder, &[]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("it is neither UTF-8 nor UTF-16"), "{}", run.stderr);
}

#[test]
fn what_both_say_and_what_only_one_says_with_the_reason() {
    let folder = folder(&checkov());
    let run = compare(&folder, &["--format", "json"]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    assert_eq!(run.report["tool"], "Checkov");
    let both = run.report["both"].as_array().unwrap();
    assert_eq!(both.len(), 1, "{}", run.stdout);
    assert_eq!(both[0]["rule"], "Azure.Storage.MinTLS");
    let only: Vec<_> =
        run.report["onlyTheirs"].as_array().unwrap().iter().map(|o| o["why"].as_str().unwrap()).collect();
    assert_eq!(only, ["armlint has no such rule", "of the file: it was not scanned"]);
    let ours = run.report["onlyOurs"].as_array().unwrap();
    let secure = ours.iter().find(|o| o["rule"] == "Azure.Storage.SecureTransfer").unwrap();
    assert_eq!((&secure["resource"], &secure["theyHaveOne"]), (&json!("open"), &json!(true)));
}

#[test]
fn a_verdict_that_differs_is_told() {
    let record = |rule: &str, target: &str| json!({"ruleName": rule, "targetName": target, "outcome": "Fail"});
    let report = json!([record("Azure.Storage.MinTLS", "open"), record("Azure.Storage.SecureTransfer", "bad")]);
    let run = compare(&folder(&report), &["--format", "json"]);
    let only: Vec<_> =
        run.report["onlyTheirs"].as_array().unwrap().iter().map(|o| o["why"].as_str().unwrap()).collect();
    assert!(only[0].starts_with("Azure.Storage.MinTLS cannot know before deployment: "), "{only:?}");
    assert_eq!(only[1], "Azure.Storage.SecureTransfer passes");
}

#[test]
fn the_text_groups_by_check_and_ends_with_the_sums() {
    let run = compare(&folder(&checkov()), &[]);
    assert!(
        run.stdout.contains("Both say:\n      1  CKV_AZURE_44 is Azure.Storage.MinTLS\n         /infra/main.json:3"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("Only Checkov says:"), "{}", run.stdout);
    assert!(
        run.stdout.lines().last().unwrap().starts_with("Both: 1. Only Checkov: 2. Only armlint: "),
        "{}",
        run.stdout
    );
}

#[test]
fn what_is_no_report_is_wrong_usage() {
    let folder = folder(&json!({}));
    assert_eq!(compare(&folder, &[]).status, 2);
    folder.write("report.json", "{");
    let run = compare(&folder, &[]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("report.json: line 1, column 1: the report is no JSON"), "{}", run.stderr);
    assert_eq!(folder.run(&["compare", "none.json"]).status, 2);
}
