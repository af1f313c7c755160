//! What other hosts than GitHub read: the forms that they document, and the pipeline that we offer.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use common::Folder;
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What is scanned below a folder, in a format.
fn report(folder: &Path, path: &str, format: &str) -> Value {
    let args = ["scan", path, "--allow-incomplete", "--fail-on", "none", "--format", format];
    let run = Command::new(env!("CARGO_BIN_EXE_armlint")).args(args).current_dir(folder).output().unwrap();
    serde_json::from_slice(&run.stdout).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&run.stderr)))
}

/// Files that are broken in places, with names and texts that are not plain.
fn broken() -> Folder {
    let folder = Folder::with(&[]);
    let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
    folder.write("a b/cut.json", &format!("{{ \"$schema\": \"{schema}\",\n\n"));
    folder.write(
        "ü/main.bicep",
        "param a string = '\u{1F600}\nresource s 'Microsoft.Storage/storageAccounts@2023-05-01' = {\n  name: 'x\u{1F600}' /* */\n  properties: {\n    \
         minimumTlsVersion: '\u{1F600}'\n    supportsHttpsTrafficOnly:\n  }\n}\n\n",
    );
    folder
}

/// The keys of an object: all that must be there, and none that is not known.
fn keys(value: &Value, required: &[&str], optional: &[&str]) {
    let there: BTreeSet<&str> =
        value.as_object().unwrap_or_else(|| panic!("{value}")).keys().map(String::as_str).collect();
    for key in required {
        assert!(there.contains(key), "no {key} in {value}");
    }
    for key in there {
        assert!(required.contains(&key) || optional.contains(&key), "{key} in {value}");
    }
}

fn text(value: &Value) -> &str {
    value.as_str().filter(|s| !s.is_empty()).unwrap_or_else(|| panic!("{value} is no text"))
}

fn number(value: &Value, from: u64) -> u64 {
    value.as_u64().filter(|n| *n >= from).unwrap_or_else(|| panic!("{value} is no number from {from}"))
}

/// <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>
#[test]
fn gitlab_reads_its_report() {
    let folder = broken();
    assert!(gitlab(root(), &report(root(), "examples", "gitlab")) > 20);
    assert!(gitlab(&folder.path(""), &report(&folder.path(""), ".", "gitlab")) > 2);
}

/// Holds a report against the form; how many issues it has.
fn gitlab(root: &Path, report: &Value) -> usize {
    let issues = report.as_array().unwrap();
    let mut fingerprints = BTreeSet::new();
    for issue in issues {
        keys(issue, &["description", "check_name", "fingerprint", "severity", "location"], &[]);
        assert!(!text(&issue["description"]).contains('\n'), "a description is one line: {issue}");
        text(&issue["check_name"]);
        assert!(fingerprints.insert(text(&issue["fingerprint"])), "two issues are one to GitLab: {issue}");
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&text(&issue["severity"])), "{issue}");
        let location = &issue["location"];
        keys(location, &["path", "lines"], &[]);
        let path = text(&location["path"]);
        assert!(!path.starts_with("./") && root.join(path).is_file(), "{path} is not relative to the repository");
        keys(&location["lines"], &["begin"], &["end"]);
        let begin = number(&location["lines"]["begin"], 1);
        number(&location["lines"]["end"], begin);
    }
    issues.len()
}

/// <https://docs.sonarsource.com/sonarqube-server/analyzing-source-code/importing-external-issues/generic-issue-import-format>
#[test]
fn sonarqube_reads_its_report() {
    let folder = broken();
    assert!(sonar(root(), &report(root(), "examples", "sonar")) > 20);
    assert!(sonar(&folder.path(""), &report(&folder.path(""), ".", "sonar")) > 2);
}

/// Holds a report against the form, and against what SonarQube's scanner refuses a whole report for; how many issues it has.
fn sonar(root: &Path, report: &Value) -> usize {
    keys(report, &["rules", "issues"], &[]);
    let mut rules = BTreeSet::new();
    for rule in report["rules"].as_array().unwrap() {
        let required = ["id", "name", "engineId", "cleanCodeAttribute", "impacts"];
        keys(rule, &required, &["description", "type", "severity"]);
        assert!(rules.insert(text(&rule["id"])), "{rule} is there twice");
        text(&rule["name"]);
        let attributes = [
            "FORMATTED",
            "CONVENTIONAL",
            "IDENTIFIABLE",
            "CLEAR",
            "LOGICAL",
            "COMPLETE",
            "EFFICIENT",
            "FOCUSED",
            "DISTINCT",
            "MODULAR",
            "TESTED",
            "LAWFUL",
            "TRUSTWORTHY",
            "RESPECTFUL",
        ];
        assert!(attributes.contains(&text(&rule["cleanCodeAttribute"])), "{rule}");
        assert!(!rule["impacts"].as_array().unwrap().is_empty(), "{rule}");
        for impact in rule["impacts"].as_array().unwrap() {
            keys(impact, &["softwareQuality", "severity"], &[]);
            assert!(
                ["SECURITY", "RELIABILITY", "MAINTAINABILITY"].contains(&text(&impact["softwareQuality"])),
                "{impact}"
            );
            let severities = ["BLOCKER", "HIGH", "MEDIUM", "LOW", "INFO"];
            assert!(severities.contains(&text(&impact["severity"])), "{impact}");
        }
    }
    let issues = report["issues"].as_array().unwrap();
    for issue in issues {
        keys(issue, &["ruleId", "primaryLocation"], &["effortMinutes", "secondaryLocations"]);
        assert!(rules.contains(text(&issue["ruleId"])), "{issue} has no rule");
        for location in issue["secondaryLocations"].as_array().into_iter().flatten() {
            assert!(location["textRange"].is_object(), "only a primary location may be a whole file: {issue}");
            is_location(root, location);
        }
        is_location(root, &issue["primaryLocation"]);
    }
    issues.len()
}

fn is_location(root: &Path, location: &Value) {
    keys(location, &["message", "filePath"], &["textRange"]);
    text(&location["message"]);
    let file = std::fs::read_to_string(root.join(text(&location["filePath"])));
    let file = file.unwrap_or_else(|e| panic!("{location}: {e}"));
    let range = &location["textRange"];
    if range.is_null() {
        return;
    }
    keys(range, &["startLine"], &["endLine", "startColumn", "endColumn"]);
    let (start, end) = (number(&range["startLine"], 1), number(&range["endLine"], 1));
    assert!(start <= end, "{range}");
    // Columns count from 0, in units of UTF-16, and may not lie behind the end of their line.
    let columns = |line: u64| file.split('\n').nth(line as usize - 1).map(|l| l.encode_utf16().count() as u64);
    assert!(columns(end).is_some(), "{location}: there is no such line");
    if let (Some(first), Some(last)) = (range["startColumn"].as_u64(), range["endColumn"].as_u64()) {
        assert!((start, first) < (end, last), "SonarQube refuses an empty range: {range}");
        assert!(Some(first) <= columns(start) && Some(last) <= columns(end), "{location}: there is no such column");
    } else {
        assert!(range["startColumn"].is_null() && range["endColumn"].is_null(), "one column of two: {range}");
    }
}

/// The step of the pipeline that scans, as an agent runs it.
#[test]
#[cfg(unix)]
fn the_pipeline_for_azure_scans_and_leaves_its_reports() {
    let pipeline = std::fs::read_to_string(root().join("examples/pipelines/azure-pipelines.yml")).unwrap();
    let pipeline: Value = serde_saphyr::from_str(&pipeline).unwrap();
    let steps = pipeline["steps"].as_array().unwrap();
    let scan = steps.iter().find(|s| s["displayName"] == "Scan").unwrap()["bash"].as_str().unwrap();
    let folder = Folder::with(&[]);
    folder.write("repository/main.bicep", "resource s 'Microsoft.Storage/storageAccounts@2023-05-01' = {\n  name: 'st1'\n  properties: { minimumTlsVersion: 'TLS1_0' }\n}\n");
    folder.write("staging/keep", "");
    let script = scan.replace("$(Build.ArtifactStagingDirectory)", folder.path("staging").to_str().unwrap());
    assert!(!script.contains("$("), "{script}");
    let binary = Path::new(env!("CARGO_BIN_EXE_armlint")).parent().unwrap().display();
    let path = format!("{binary}:{}", std::env::var("PATH").unwrap());
    let run = Command::new("bash")
        .args(["-c", &script])
        .current_dir(folder.path("repository"))
        .env("PATH", path)
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(1));
    let said = String::from_utf8(run.stdout).unwrap();
    assert!(said.contains("##vso[task.logissue type=error;sourcepath=main.bicep;linenumber=3;"), "{said}");
    assert!(
        folder.read("staging/armlint.xml").contains("<testsuites")
            && folder.read("staging/armlint.html").contains("</html>")
    );
    // What the other steps publish is what this one writes.
    let text = pipeline.to_string();
    for name in ["armlint.xml", "armlint.html"] {
        assert!(text.matches(name).count() > 1, "{name} is written and not published");
    }
}
