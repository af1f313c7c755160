//! One file never loses the others: circles, depth, globs, and the death of the process.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Folder, Run};
use serde_json::Value;

const GOOD: &str = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0", "resources": [{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2022-09-01",
  "name": "good", "location": "westeurope", "properties": {"minimumTlsVersion": "TLS1_0"}}]}"#;

const TLS: &str = "Azure.Storage.MinTLS";

/// The finding of the good file is there.
fn good_is_judged(report: &Value) -> bool {
    report["results"].as_array().unwrap().iter().any(|r| r["rule"] == TLS && r["resource"]["name"] == "good")
}

fn codes(run: &Run, file: &str) -> Vec<String> {
    let here = |d: &&Value| d["location"]["file"] == file;
    let code = |d: &Value| d["code"].as_str().unwrap().to_owned();
    run.report["diagnostics"].as_array().unwrap().iter().filter(here).map(code).collect()
}

/// Scans a Bicep file beside a good template; the codes of its diagnostics.
fn beside(text: &str) -> (Run, Vec<String>) {
    let folder = Folder::with(&[]);
    folder.write("good.json", GOOD);
    folder.write("main.bicep", text);
    let run = folder.scan(&["."]);
    assert!(good_is_judged(&run.report), "{}", run.stderr);
    let codes = codes(&run, "main.bicep");
    (run, codes)
}

#[test]
fn resources_in_a_circle_are_a_diagnostic_and_the_rest_is_judged() {
    const GROUP: &str = "Microsoft.Resources/resourceGroups@2022-09-01";
    let circles = [
        format!("resource a '{GROUP}' = {{\n  scope: a\n  name: 'a'\n  location: 'westeurope'\n}}\n"),
        format!("resource a '{GROUP}' existing = {{\n  scope: a\n  name: 'a'\n}}\n"),
        format!("resource a '{GROUP}' existing = {{\n  scope: b\n  name: 'a'\n}}\nresource b '{GROUP}' existing = {{\n  scope: a\n  name: 'b'\n}}\n"),
        format!("resource a '{GROUP}' = [for i in range(0, 2): {{\n  scope: a[i]\n  name: 'a${{i}}'\n  location: 'x'\n}}]\n"),
        "resource m 'Microsoft.Management/managementGroups@2021-04-01' existing = {\n  scope: m\n  name: 'a'\n}\n".into(),
        "resource l 'Microsoft.Authorization/locks@2020-05-01' = {\n  scope: l\n  name: 'a'\n  properties: { level: 'ReadOnly' }\n}\n".into(),
        "resource s 'Microsoft.Storage/storageAccounts@2022-09-01' = {\n  parent: s\n  name: 'a'\n}\n".into(),
        "resource s 'a.b/c@2022-09-01' = {\n  parent: t\n  name: 'a'\n}\nresource t 'a.b/c@2022-09-01' = {\n  parent: s\n  name: 'b'\n}\n".into(),
    ];
    for circle in circles {
        let (run, codes) = beside(&circle);
        assert!(codes.iter().any(|c| c == "cycle"), "{circle}{codes:?}");
        let located = |d: &Value| d["code"] != "cycle" || d["location"]["startLine"].as_u64().is_some();
        assert!(run.report["diagnostics"].as_array().unwrap().iter().all(located));
        assert_eq!(run.status, 1);
    }
}

#[test]
fn long_chains_of_definitions_do_not_end_the_process() {
    let chain = |one: &dyn Fn(usize) -> String, end: &str| (0..5_000).map(one).collect::<String>() + end;
    let texts = [
        chain(&|i| format!("var v{i} = [v{}]\n", i + 1), "var v5000 = 1\noutput o array = v0\n"),
        chain(
            &|i| format!("func f{i}(x int) int => f{}(x)\n", i + 1),
            "func f5000(x int) int => x\noutput o int = f0(1)\n",
        ),
        chain(&|i| format!("type t{i} = t{}[]\n", i + 1), "type t5000 = string\nparam p t0\n"),
    ];
    for text in texts {
        let (run, codes) = beside(&text);
        assert!(codes.iter().all(|c| c != "internal"), "{codes:?}");
        assert_eq!(run.stderr, "");
    }
}

#[test]
fn types_and_resources_within_one_another_are_read_so_deep() {
    let folder = Folder::with(&[]);
    folder.write("good.json", GOOD);
    let head = r#"{"$schema": "x/deploymentTemplate.json#", "contentVersion": "1.0.0.0","#;
    let (open, close) = (r#"{"type": "array", "items": "#.repeat(50_000), "}".repeat(50_000));
    let types = format!(r#"{head} "definitions": {{"t": {open}{{"type": "int"}}{close}}}, "resources": []}}"#);
    folder.write("types.json", &types);
    let (open, close) = (r#"{"type": "a.b/c", "name": "x", "resources": ["#.repeat(5_000), "]}".repeat(5_000));
    folder.write("children.json", &format!(r#"{head} "resources": [{open}{close}]}}"#));
    let run = folder.scan(&["."]);
    assert!(good_is_judged(&run.report));
    for file in ["types.json", "children.json"] {
        assert!(codes(&run, file).iter().any(|c| c == "nesting-limit"), "{file}: {:?}", codes(&run, file));
    }
    assert_eq!(run.stderr, "");
}

/// Braces in one another, as many as end the engine of regular expressions.
fn braces() -> String {
    format!("{}a{}", "{".repeat(300), "}".repeat(300))
}

#[test]
fn a_glob_that_is_too_much_is_wrong_usage_with_its_place() {
    let folder = Folder::with(&[]);
    folder.write("good.json", GOOD);
    for (file, text, place) in [
        ("armlint.yaml", format!("armlint:\n  files:\n    exclude:\n      - \"{}\"\n", braces()), "armlint.yaml:4:9: "),
        ("armlint.yaml", format!("armlint:\n  files:\n    include: \"{}\"\n", braces()), "armlint.yaml:3:14: "),
        ("armlint.yaml", format!("armlint:\n  files:\n    ignore: [a, \"{}\"]\n", braces()), "armlint.yaml:3:17: "),
    ] {
        let folder = Folder::with(&[]);
        folder.write("good.json", GOOD);
        folder.write(file, &text);
        let run = folder.run(&["scan", "."]);
        assert_eq!(run.status, 2, "{}", run.stderr);
        assert!(run.stderr.contains(place) && run.stderr.contains("is not a glob"), "{}", run.stderr);
    }
    for args in [vec!["--exclude"], vec!["--include"], vec!["--rule"], vec!["--exclude-rule"], vec![]] {
        let run = folder.run(&[&["scan"], args.as_slice(), &[braces().as_str()]].concat());
        assert_eq!(run.status, 2, "{args:?} {}", run.stderr);
        assert!(!run.stderr.contains("panicked"));
    }
}

#[test]
fn a_glob_in_a_call_is_a_diagnostic_at_the_call() {
    let (run, codes) = beside(&format!("var a = loadDirectoryFileInfo('./', '{}')\n", braces()));
    assert_eq!(codes, ["bicep-meaning"]);
    assert_eq!(run.report["diagnostics"][0]["location"]["startLine"], 1);
}

/// Runs the command on two threads with less memory than some files need, which must end with this status. The report, and each file with
/// what became of it.
#[cfg(target_os = "linux")]
fn short_of_memory(folder: &Folder, command: &str, status: i32) -> (Value, Vec<String>) {
    let run = std::process::Command::new("sh")
        .args([
            "-c",
            &format!("ulimit -v 500000 && exec \"$0\" {command} --format json"),
            env!("CARGO_BIN_EXE_armlint"),
        ])
        .env("RAYON_NUM_THREADS", "2")
        .current_dir(folder.path("."))
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(status), "{}", String::from_utf8_lossy(&run.stderr));
    let report: Value = serde_json::from_slice(&run.stdout).unwrap();
    let one = |f: &Value| format!("{} {}", f["path"].as_str().unwrap(), f["status"].as_str().unwrap());
    let files = report["files"].as_array().unwrap().iter().map(one).collect();
    (report, files)
}

/// A parameter file that only came along with a template is lost as well: without it, nobody knows what would be found.
#[test]
#[cfg(target_os = "linux")]
fn a_file_that_came_along_is_not_lost_in_silence() {
    let folder = Folder::with(&[]);
    let template = GOOD.replacen('{', r#"{"parameters": {"tls": {"type": "string"}},"#, 1);
    folder.write("main.json", &template.replace("\"TLS1_0\"", "\"[parameters('tls')]\""));
    let parameters = format!(
        r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
        "contentVersion": "1.0.0.0", "metadata": {{"a": [{}1]}}, "parameters": {{"tls": {{"value": "TLS1_0"}}}}}}"#,
        "[],".repeat(9_000_000)
    );
    folder.write("main.parameters.json", &parameters);
    let (_, files) = short_of_memory(&folder, "scan main.json --fail-on none", 3);
    assert_eq!(files, ["main.json analysed", "main.parameters.json failed"]);
}

/// Two files that need more memory than there is, on two threads beside a good one: both are named, and nothing else is lost.
#[test]
#[cfg(target_os = "linux")]
fn a_file_that_the_process_dies_of_is_named_and_the_others_are_judged() {
    let folder = Folder::with(&[]);
    folder.write("good.json", GOOD);
    let large = GOOD.replacen('{', &format!(r#"{{"metadata": {{"a": [{}1]}},"#, "[],".repeat(9_000_000)), 1);
    folder.write("large1.json", &large);
    folder.write("large2.json", &large);
    let (report, files) = short_of_memory(&folder, "scan .", 1);
    assert!(good_is_judged(&report));
    assert_eq!(files, ["good.json analysed", "large1.json failed", "large2.json failed"]);
    let one =
        |d: &Value| [&d["level"], &d["code"], &d["location"]["file"]].map(|v| v.as_str().unwrap().to_owned()).join(" ");
    let diagnostics: Vec<String> = report["diagnostics"].as_array().unwrap().iter().map(one).collect();
    assert_eq!(diagnostics, ["error internal large1.json", "error internal large2.json"]);
}
