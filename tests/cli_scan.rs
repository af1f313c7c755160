//! `armlint scan` as users run it: exit statuses, what is looked at, configuration, reports.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::fs;

use common::Folder;
use serde_json::{Value, json};

const HTTP: &str = "Azure.APIM.HTTPBackend";

/// Rule, outcome and target of each result.
fn verdicts(report: &Value) -> Vec<String> {
    let one = |r: &Value| {
        let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
        format!("{} {} {}", text(&r["rule"]), text(&r["outcome"]), text(&r["resource"]["name"]))
    };
    report["results"].as_array().unwrap().iter().map(one).collect()
}

fn files(report: &Value) -> Vec<String> {
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let one = |f: &Value| format!("{} {} {}", text(&f["path"]), text(&f["kind"]), text(&f["status"]));
    report["files"].as_array().unwrap().iter().map(one).collect()
}

#[test]
fn a_finding_stands_on_the_literal_that_decided_it() {
    let folder = Folder::with(&["api/azuredeploy.json", "api/azuredeploy.parameters.json"]);
    let run = folder.scan(&["--rule", HTTP]);
    assert_eq!(run.status, 1);
    assert_eq!(verdicts(&run.report), [format!("{HTTP} fail apim-shop")]);
    let result = &run.report["results"][0];
    let location = &result["location"];
    assert_eq!(location["file"], "api/azuredeploy.parameters.json");
    let (line, column) = (location["startLine"].as_u64().unwrap(), location["startColumn"].as_u64().unwrap());
    let text = fs::read_to_string(folder.path("api/azuredeploy.parameters.json")).unwrap();
    let at = &text.lines().nth(line as usize - 1).unwrap()[column as usize - 1..];
    assert!(at.starts_with("\"http://orders.contoso.com\""), "{at}");
    assert!(result["message"].as_str().unwrap().contains("http://orders.contoso.com"));
    assert_eq!(run.report["version"], 1);
    assert_eq!(run.report["tool"]["name"], "armlint");
}

#[test]
fn exit_statuses() {
    let folder = Folder::with(&["api/azuredeploy.json", "api/azuredeploy.parameters.json"]);
    folder.write(
        "broken.json",
        r#"{"$schema": "x/deploymentTemplate.json#", "contentVersion": "1.0.0.0" "resources": []}"#,
    );
    folder.write(
        "good.json",
        r#"{"$schema": "x/deploymentTemplate.json#", "contentVersion": "1.0.0.0", "resources": []}"#,
    );
    let status = |args: &[&str]| folder.run(args).status;
    assert_eq!(status(&["scan", "--rule", HTTP, "good.json"]), 0);
    assert_eq!(status(&["scan", "--rule", HTTP, "api"]), 1);
    assert_eq!(status(&["scan", "--rule", HTTP, "--fail-on", "none", "api"]), 0);
    assert_eq!(status(&["scan", "--rule", HTTP, "broken.json"]), 3);
    assert_eq!(status(&["scan", "--rule", HTTP, "--allow-incomplete", "broken.json"]), 0);
    assert_eq!(status(&["scan", "--rule", HTTP, "."]), 1, "findings outrank what could not be read");
    for wrong in [
        &["scan", "nothing-there"][..],
        &["scan", "none-*.json"],
        &["scan", "--rule", "Azure.No.Such"],
        &["scan", "--baseline", "Azure.None"],
        &["scan", "--format", "yaml"],
        &["scan", "--shard", "3/2"],
        &["scan", "--config", "missing.yaml"],
        &["scan", "--include", "a["],
        &["scan", "--parameters", "good.json", "api/azuredeploy.json"],
        &["scan", "--parameters", "api/azuredeploy.parameters.json", "."],
        &["scan", "--now", "yesterday"],
        &["scan", "--root", "no/such/folder"],
        &["frobnicate"],
    ] {
        let run = folder.run(wrong);
        assert_eq!(run.status, 2, "{wrong:?}: {}", run.stderr);
        assert!(run.stderr.contains("error"), "{wrong:?}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{wrong:?}");
    }
}

#[test]
fn a_broken_configuration_names_its_place() {
    let folder = Folder::with(&["api/azuredeploy.json"]);
    folder.write("ps-rule.yaml", "rule:\n  include: [a\nexecution: {}\n");
    let run = folder.run(&["scan"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("ps-rule.yaml:"), "{}", run.stderr);
    folder.write("armlint.yaml", "armlint:\n  failon: error\n");
    let run = folder.run(&["scan"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("armlint.yaml:2:3: `failon` is not a key"), "{}", run.stderr);
}

#[test]
fn what_is_not_supported_is_a_warning_in_the_report() {
    let folder = Folder::with(&["api/azuredeploy.json"]);
    folder.write("ps-rule.yaml", "binding: { targetName: [id] }\nrule: { exclude: [Azure.Not.There] }\n");
    let run = folder.scan(&["--fail-on", "none"]);
    assert_eq!(run.status, 0);
    let codes: Vec<String> = run.diagnostics().into_iter().map(|d| d.0).collect();
    assert_eq!(codes, ["warning config-not-supported", "note config-unknown-rule"]);
}

#[test]
fn rules_are_chosen_by_the_command_line_before_the_file() {
    let folder = Folder::with(&["api/azuredeploy.json", "api/azuredeploy.parameters.json"]);
    let has = |run: &common::Run| verdicts(&run.report).iter().any(|v| v.starts_with(HTTP));
    assert!(has(&folder.scan(&[])));
    assert!(!has(&folder.scan(&["--exclude-rule", "azure.apim.*"])));
    assert!(has(&folder.scan(&["--rule", "AZR-000044"])));
    folder.write("ps-rule.yaml", "rule: { exclude: [AZR-000044] }");
    assert!(!has(&folder.scan(&[])));
    assert!(has(&folder.scan(&["--rule", HTTP])));
    folder.write("ps-rule.yaml", "rule: { include: [Azure.Storage.SecureTransfer] }");
    assert!(!has(&folder.scan(&[])));
    folder.write("ps-rule.yaml", "rule: { include: [Azure.Not.There] }");
    let run = folder.scan(&["--outcome", "all"]);
    assert!(run.status == 2 && run.stderr.contains("no rule is left"), "{}", run.stderr);
}

#[test]
fn levels_and_suppressions_of_a_file() {
    let folder = Folder::with(&["api/azuredeploy.json", "api/azuredeploy.parameters.json"]);
    folder.write("armlint.yaml", &format!("armlint: {{ rules: {{ levels: {{ {HTTP}: note }} }} }}"));
    let run = folder.scan(&["--rule", HTTP]);
    assert_eq!((run.status, &run.report["results"][0]["level"]), (0, &json!("note")));
    assert_eq!(folder.scan(&["--rule", HTTP, "--fail-on", "note"]).status, 1);
    let suppress = "armlint: { suppressions: [{ rule: AZR-000044, targets: [APIM-*], reason: known }] }";
    folder.write("armlint.yaml", suppress);
    let run = folder.scan(&["--rule", HTTP, "--outcome", "all"]);
    assert_eq!(run.status, 0);
    assert_eq!(verdicts(&run.report), [format!("{HTTP} suppressed apim-shop")]);
    folder.write("armlint.yaml", "armlint: { suppressions: [{ rule: AZR-000044, targets: [other] }] }");
    assert_eq!(folder.scan(&["--rule", HTTP]).status, 1);
}

#[test]
fn a_parameter_file_names_a_template_that_is_there() {
    let folder = Folder::with(&[]);
    let template = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0", "resources": []}"#;
    folder.write("templates/main.json", template);
    let parameters = |metadata: &str| {
        format!(
            r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#", "contentVersion": "1.0.0.0", {metadata} "parameters": {{}}}}"#
        )
    };
    let link = |to: &str| parameters(&format!(r#""metadata": {{"template": "{to}"}},"#));
    folder.write("a.parameters.json", &link("./templates/main.json"));
    folder.write("b.parameters.json", &link("templates/main.json"));
    folder.write("c.parameters.json", &link("./gone.json"));
    folder.write("d.parameters.json", &parameters(""));
    folder.write("ps-rule.yaml", "configuration:\n  AZURE_PARAMETER_FILE_METADATA_LINK: true\n");
    let rule = "Azure.Template.MetadataLink";
    let run = folder.scan(&["--rule", rule, "--outcome", "pass,fail"]);
    let found: Vec<String> = verdicts(&run.report);
    let of = |outcome: &str, file: &str| format!("{rule} {outcome} {file}.parameters.json");
    assert_eq!(found, [of("fail", "c"), of("fail", "d"), of("pass", "a"), of("pass", "b")]);
    assert!(run.report["results"][0]["message"].as_str().unwrap().starts_with("The template ./gone.json"));
}

#[test]
fn every_file_is_accounted_for() {
    let folder = Folder::with(&["api/azuredeploy.json", "api/azuredeploy.parameters.json", "export/resources.json"]);
    folder.write("package.json", "{}");
    folder.write("old/x.json", "{}");
    folder.write("node_modules/p/main.json", "{}");
    let run = folder.scan(&["--exclude", "old/**", "--fail-on", "none"]);
    assert_eq!(
        files(&run.report),
        [
            "api/azuredeploy.json template analysed",
            "api/azuredeploy.parameters.json parameters analysed",
            "export/resources.json resources analysed",
            "node_modules folder skipped",
            "old/x.json file skipped",
            "package.json other skipped",
        ]
    );
}

#[test]
fn several_reports_of_one_run() {
    let folder = Folder::with(&["api/azuredeploy.json", "api/azuredeploy.parameters.json"]);
    let args =
        ["scan", "--rule", HTTP, "-f", "csv", "-o", "out.csv", "--report", "json=a.json", "--report", "sarif=a.sarif"];
    let run = folder.run(&args);
    assert_eq!((run.status, run.stdout.as_str()), (1, ""));
    let json: Value = serde_json::from_str(&folder.read("a.json")).unwrap();
    assert_eq!(verdicts(&json).len(), 1);
    let sarif: Value = serde_json::from_str(&folder.read("a.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], HTTP);
    assert!(folder.read("out.csv").contains(HTTP));
    assert_eq!(folder.run(&["scan", "-o", "no/such/folder/x"]).status, 2);
}

#[test]
fn paths_are_relative_to_the_repository() {
    let folder = Folder::with(&["api/azuredeploy.json", "api/azuredeploy.parameters.json"]);
    fs::create_dir(folder.path(".git")).unwrap();
    let run = folder.run_in("api", &["scan", "-f", "json", "--rule", HTTP]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["results"][0]["location"]["file"], "api/azuredeploy.parameters.json");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let folder = Folder::with(&["api/azuredeploy.json", "api/azuredeploy.parameters.json", "export/resources.json"]);
    let args = ["scan", "-f", "json", "--outcome", "all", "--baseline", "Azure.All", "--now", "2026-01-01T00:00:00Z"];
    let first = folder.run(&args).stdout;
    for threads in ["1", "2", "8"] {
        assert_eq!(folder.run_with(&args, &[("RAYON_NUM_THREADS", threads)]).stdout, first);
    }
}

#[test]
fn shards_together_are_the_whole() {
    let folder = Folder::with(&["api/azuredeploy.json", "api/azuredeploy.parameters.json", "export/resources.json"]);
    let whole = verdicts(&folder.scan(&["--outcome", "all"]).report);
    let mut parts: Vec<String> = ["1/3", "2/3", "3/3"]
        .iter()
        .flat_map(|s| verdicts(&folder.scan(&["--outcome", "all", "--shard", s]).report))
        .collect();
    parts.sort();
    let mut whole = whole;
    whole.sort();
    assert_eq!(parts, whole);
}

#[test]
fn the_mistake_in_the_founding_page_costs_a_line() {
    let folder = Folder::with(&["founding.json"]);
    let run = folder.scan(&["--rule", HTTP, "founding.json", "--outcome", "all"]);
    assert_eq!(run.status, 3);
    let problems = run.diagnostics();
    assert_eq!(problems[0].0, "error json-syntax");
    let line = folder.read("founding.json").lines().position(|l| l.contains("\"type\": \"UserAssigned\"")).unwrap() + 1;
    assert!((line..=line + 1).contains(&problems[0].1), "line {} instead of {line}", problems[0].1);
    assert_eq!(verdicts(&run.report), [format!("{HTTP} pass apim-contoso-test-001")]);
}

#[test]
fn what_is_no_resource_is_an_error_wherever_it_stands() {
    let of = |template: &str| {
        let folder = Folder::with(&[]);
        folder.write(
            "t.json",
            &format!(r#"{{"$schema": "x/deploymentTemplate.json#", "contentVersion": "1.0.0.0", {template}}}"#),
        );
        let run = folder.scan(&["--rule", HTTP]);
        let said: Vec<String> =
            run.diagnostics().into_iter().map(|(d, _)| d).filter(|d| d.ends_with("template-shape")).collect();
        (run.status, said.len(), run.report["files"][0]["status"].as_str().unwrap().to_owned())
    };
    let nested = |resources: &str| {
        format!(
            r#""resources": [{{"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "n",
                "properties": {{"mode": "Incremental", "template": {{"resources": {resources}}}}}}}]"#
        )
    };
    let child = r#""resources": [{"type": "Microsoft.A/b", "apiVersion": "1", "name": "n", "resources": ["x", 1]}]"#;
    for (template, count) in [
        (r#""resources": null"#, 1),
        (r#""resources": "[variables('r')]""#, 1),
        (r#""resources": 3"#, 1),
        (r#""resources": ["x", 1, null, [], true]"#, 5),
        (r#""resources": {"a": "x", "b": null}"#, 2),
        (child, 2),
        (&nested("[7]"), 1),
        (&nested("{\"a\": []}"), 1),
        (&nested("null"), 1),
        (&nested("[]").replace(r#"{"resources": []}"#, "[1]"), 1),
        (r#""resources": [], "parameters": [], "variables": "x", "outputs": 3"#, 3),
        (r#""resources": [], "parameters": {"a": "x"}, "outputs": {"o": null}"#, 2),
    ] {
        assert_eq!(of(template), (3, count, "partly".to_owned()), "{template}");
    }
    // What Azure takes for a section that is not there.
    let nothing = r#""resources": [], "parameters": null, "variables": null, "outputs": null"#;
    assert_eq!(of(nothing), (0, 0, "analysed".to_owned()));
}

/// A template with one storage account of which more is said, as the rule about versions of TLS finds it, and what there is to say about the
/// template.
fn outdated(template: &str, more: &str, type_: &str) -> (Vec<String>, Vec<(String, usize)>) {
    let folder = Folder::with(&[]);
    let account = format!(
        r#"{{"type": "{type_}", "apiVersion": "2023-01-01", "name": "st", "location": "x", "kind": "StorageV2", "sku": {{"name": "Standard_LRS"}},
            "properties": {{"minimumTlsVersion": "TLS1_0"}}{more}}}"#
    );
    let text = format!(
        r#"{{"$schema": "x/deploymentTemplate.json#", "contentVersion": "1.0.0.0", {}}}"#,
        template.replace("ACCOUNT", &account)
    );
    folder.write("t.json", &text);
    let run = folder.scan(&["--rule", "Azure.Storage.MinTLS"]);
    (verdicts(&run.report), run.diagnostics())
}

#[test]
fn a_resource_that_exists_is_one_in_the_second_version_of_the_language_only() {
    let fail = || vec!["Azure.Storage.MinTLS fail st".to_owned()];
    let type_ = "Microsoft.Storage/storageAccounts";
    let existing = |template: &str| outdated(template, r#", "existing": true"#, type_);
    let (results, said) = existing(r#""resources": [ACCOUNT]"#);
    assert_eq!((results, said.len(), said[0].0.as_str()), (fail(), 1, "warning template-shape"));
    // Within a template that has symbolic names, it hangs on the one that is nested.
    let nested = r#""languageVersion": "2.0", "resources": {"d": {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01",
        "name": "d", "properties": {"mode": "Incremental", "template": {"$schema": "x/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
        "resources": [ACCOUNT]}}}}"#;
    assert_eq!(existing(nested).0, fail());
    for second in [r#""languageVersion": "2.0", "resources": {"a": ACCOUNT}"#, r#""resources": {"a": ACCOUNT}"#] {
        assert_eq!(existing(second), (vec![], vec![]), "{second}");
    }
    let not = outdated(r#""resources": [ACCOUNT]"#, r#", "existing": false"#, type_);
    assert_eq!(not, (fail(), vec![]));
}

#[test]
fn a_type_with_something_around_it_is_judged_as_what_it_is_meant_to_be() {
    for type_ in [
        " Microsoft.Storage/storageAccounts ",
        "Microsoft.Storage/storageAccounts/",
        "/Microsoft.Storage/storageAccounts",
        "Microsoft.Storage / storageAccounts",
        r"Microsoft.Storage/storageAccounts\n",
    ] {
        let (results, said) = outdated(r#""resources": [ACCOUNT]"#, "", type_);
        assert_eq!(results, ["Azure.Storage.MinTLS fail st"], "{type_}");
        assert_eq!(said.iter().map(|(d, _)| d.as_str()).collect::<Vec<_>>(), ["warning template-shape"], "{type_}");
    }
    // The first version of the language knows no extensions that a type could belong to.
    for stray in [r#", "extension": null"#, r#", "extension": "k""#] {
        let (results, _) = outdated(r#""resources": [ACCOUNT]"#, stray, "Microsoft.Storage/storageAccounts ");
        assert_eq!(results, ["Azure.Storage.MinTLS fail st"], "{stray}");
    }
    // What is nested in such a deployment is not lost.
    let nested = r#""resources": [{"type": "Microsoft.Resources/deployments ", "apiVersion": "2022-09-01", "name": "d", "properties": {
        "mode": "Incremental", "template": {"contentVersion": "1.0.0.0", "resources": [ACCOUNT]}}}]"#;
    let (results, said) = outdated(nested, "", "Microsoft.Storage/storageAccounts");
    assert_eq!((results, said.len()), (vec!["Azure.Storage.MinTLS fail st".to_owned()], 1));
}

#[test]
fn a_file_that_bicep_names_is_bicep_whatever_it_is_called() {
    let account = "resource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'st'\n  location: 'x'\n  kind: 'StorageV2'\n  \
                   sku: { name: 'Standard_LRS' }\n  properties: { minimumTlsVersion: TLS }\n}\n";
    let outdated = account.replace("TLS }", "'TLS1_0' }");
    let compiled = r#"{"$schema": "x/deploymentTemplate.json#", "languageVersion": "2.0", "contentVersion": "1.0.0.0",
        "metadata": {"__bicep_exported_variables!": [{"name": "tls"}]}, "variables": {"tls": "TLS1_0"}, "resources": {
        "a": {"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "st", "properties": {"minimumTlsVersion": "TLS1_0"}}}}"#;
    let failed_with = |files: &[(&str, &str)], more: &[&str]| {
        let folder = Folder::with(&[]);
        files.iter().for_each(|(name, text)| folder.write(name, text));
        let run = folder.scan(&[&["--rule", "Azure.Storage.MinTLS"], more].concat());
        assert_eq!(run.diagnostics(), [], "{files:?}");
        verdicts(&run.report)
    };
    let failed = |files: &[(&str, &str)]| failed_with(files, &[]);
    let fail = ["Azure.Storage.MinTLS fail st"];
    for module in ["mod", "mod.txt", "mod.bicep.tpl"] {
        let main = format!("module m '{module}' = {{ name: 'm' }}\n");
        assert_eq!(failed(&[("main.bicep", &main), (module, &outdated)]), fail, "{module}");
        let commented = format!("/* {{ */ // [\n#disable-next-line BCP081\n{outdated}");
        assert_eq!(failed(&[("main.bicep", &main), (module, &commented)]), fail, "{module}");
    }
    assert_eq!(failed(&[("main.bicep", "module m 'mod.arm' = { name: 'm' }\n"), ("mod.arm", compiled)]), fail);
    let used = [("main.bicepparam", "using 'template.txt'\n"), ("template.txt", outdated.as_str())];
    assert_eq!(failed(&used), fail);
    // Also where somebody asks for files that are called so.
    assert_eq!(failed_with(&used, &["--include", "**/*.txt"]), fail);
    for (name, text) in [("vars", "@export()\nvar tls = 'TLS1_0'\n"), ("vars.arm", compiled)] {
        let main = format!("import {{ tls }} from '{name}'\n{}", account.replace("TLS }", "tls }"));
        assert_eq!(failed(&[("main.bicep", &main), (name, text)]), fail, "{name}");
    }
    // What a template in JSON links is JSON.
    let main = r#"{"$schema": "x/deploymentTemplate.json#", "contentVersion": "1.0.0.0", "resources": [{"type": "Microsoft.Resources/deployments",
        "apiVersion": "2022-09-01", "name": "d", "properties": {"mode": "Incremental", "templateLink": {"relativePath": "n.txt"}}}]}"#;
    for end in ['\n', '\r'] {
        assert_eq!(failed(&[("main.json", main), ("n.txt", &format!("// linked{end}{compiled}"))]), fail);
    }
}

#[test]
fn what_options_leave_out_stands_in_the_summary() {
    let folder = Folder::with(&["api/azuredeploy.json", "api/azuredeploy.parameters.json"]);
    let summary = |format: &str, args: &[&str]| {
        let run = folder.run(&[&["scan", "--format", format], args].concat());
        let line = run.stdout.lines().find(|l| l.contains("Left out") || l.contains("By armlint")).map(str::to_owned);
        line.unwrap_or_default().replace('\\', "")
    };
    assert_eq!(summary("text", &[]), "");
    folder.write("old/a.json", "{}");
    folder.write(
        "armlint.yaml",
        "armlint:
  fail-on: none
  files: { exclude: ['old/**'] }
  rules: { exclude: [Azure.Template.*], levels: { Azure.APIM.Name: note } }
  suppressions: [{ rule: Azure.APIM.HTTPBackend }]
",
    );
    for format in ["text", "markdown"] {
        let line = summary(format, &["--exclude", "x.json"]);
        assert!(line.starts_with("Left out by armlint.yaml: "), "{line}");
        assert!(
            line.contains(" rules, 1 result, 1 file. By armlint.yaml, the level of 1 rule is changed, and "),
            "{line}"
        );
        assert!(line.ends_with("findings do not fail the run."), "{line}");
    }
    let line = summary("text", &["--fail-on", "error", "--exclude", "old/**"]);
    assert!(!line.contains("fail the run") && line.ends_with("Left out by --exclude: 1 file."), "{line}");
    folder.write("armlint.yaml", "armlint: { baseline: Azure.Pillar.Reliability }");
    let line = summary("text", &[]);
    assert!(line.ends_with(" (with the baseline Azure.Pillar.Reliability)."), "{line}");
    std::fs::remove_file(folder.path("armlint.yaml")).unwrap();
    folder.write("ps-rule.yaml", "input: { pathIgnore: ['old/'] }\nrule: { exclude: [Azure.APIM.Name] }");
    let line = summary("text", &[]);
    assert!(line.starts_with("Left out by ps-rule.yaml: ") && line.contains(" rules, 1 file"), "{line}");
    assert!(line.ends_with("(with the baseline Azure.Default)."), "{line}");
    // With that baseline asked for, only what the file itself takes away.
    assert_eq!(summary("text", &["--baseline", "Azure.Default"]), "Left out by ps-rule.yaml: 1 rule, 1 file.");
}

#[cfg(unix)]
#[test]
fn nothing_outside_the_root_is_read_because_a_file_asks() {
    use std::os::unix::fs::symlink;
    let (folder, far) = (Folder::with(&[]), Folder::with(&[]));
    far.write("far.json", r#"{"contentVersion": "1.0.0.0", "resources": [], "secret": "PLANTED" "x"}"#);
    far.write("bicepconfig.json", "PLANTED");
    folder.write(".git/config", "PLANTED");
    folder.write("infra/main.parameters.json", r#"{"contentVersion": "1.0.0.0", "parameters": {}}"#);
    folder.write("infra/ok.json", r#"{"contentVersion": "1.0.0.0", "resources": []}"#);
    let link = |from: &str, to: &str| symlink(far.path(from), folder.path(to)).unwrap();
    link("far.json", "infra/main.json");
    link("far.json", "infra/ok.parameters.json");
    link("bicepconfig.json", "infra/bicepconfig.json");
    folder.write(
        "infra/m.bicep",
        "var a = loadTextContent('../.git/config')
var b = loadJsonContent('main.json')
var c = loadFileAsBase64('pipe')
module m 'br/alias:x:1' = { name: 'm' }
output o string = '${a}${b}${c}'
",
    );
    assert!(std::process::Command::new("mkfifo").arg(folder.path("infra/pipe")).status().unwrap().success());
    let of = |args: &[&str]| {
        let run = folder.scan(args);
        assert_eq!(run.status, 3, "{args:?}");
        assert!(!run.stdout.contains("PLANTED") && !run.stderr.contains("PLANTED"), "{}", run.stdout);
        let code = |(d, _): (String, usize)| d;
        run.diagnostics().into_iter().map(code).collect::<Vec<_>>()
    };
    let rule = ["--rule", HTTP];
    assert!(of(&[&rule[..], &["infra/*.json"]].concat()).contains(&"error link-outside".to_owned()));
    // A parameter file that is named, and its template; a template that is named, and its parameter file.
    assert_eq!(of(&[&rule[..], &["infra/main.parameters.json"]].concat()), ["error outside-root"]);
    assert_eq!(of(&[&rule[..], &["infra/ok.json"]].concat()), ["error outside-root"]);
    let said = of(&[&rule[..], &["infra/m.bicep"]].concat());
    assert_eq!(said.iter().filter(|d| *d == "error outside-root").count(), 3, "{said:?}");
    assert!(said.contains(&"error not-a-regular-file".to_owned()), "{said:?}");
    // What is named itself is read.
    assert!(folder.scan(&["infra/main.json"]).stdout.contains("json-"));
    // The options of the working directory are read whatever --root is.
    folder.write("armlint.yaml", "armlint: { fail-on: nonsense }");
    assert_eq!(folder.run(&["scan", "--root", "infra", "infra"]).status, 2);
    fs::remove_file(folder.path("armlint.yaml")).unwrap();
    assert_eq!(folder.run(&["scan", "--root", "infra", "infra/*.bicep", "--rule", HTTP]).status, 3);
    link("far.json", "armlint.yaml");
    let run = folder.run(&["scan", "infra/ok.json"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("armlint.yaml") && run.stderr.contains("link out of"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn modules_come_from_the_cache_of_the_home_folder_and_of_no_folder_the_repository_chooses() {
    let folder = Folder::with(&[]);
    let module = r#"{"$schema": "x/deploymentTemplate.json#", "contentVersion": "1.0.0.0", "resources": [
        {"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "found"}]}"#;
    for cache in ["home/.bicep", "far", "repo/near"] {
        folder.write(&format!("{cache}/br/x.azurecr.io/m/1$/main.json"), module);
    }
    folder.write("repo/.git/HEAD", "");
    folder.write("repo/m.bicep", "module m 'br:x.azurecr.io/m:1' = { name: 'm' }");
    let home = folder.path("home");
    let codes = || {
        let args = ["scan", "--format", "json", "--rule", HTTP, "repo/m.bicep"];
        let run = folder.run_with(&args, &[("HOME", home.to_str().unwrap())]);
        run.diagnostics().into_iter().map(|(d, _)| d).collect::<Vec<_>>()
    };
    assert_eq!(codes(), Vec::<String>::new());
    let far = folder.path("far");
    for (cache, found) in [("near", true), ("~/.bicep", true), (far.to_str().unwrap(), false), ("../far", false)] {
        folder.write("repo/bicepconfig.json", &json!({ "cacheRootDirectory": cache }).to_string());
        assert_eq!(codes().is_empty(), found, "{cache}: {:?}", codes());
    }
    fs::remove_file(folder.path("repo/near/br/x.azurecr.io/m/1$/main.json")).unwrap();
    let there = far.join("br/x.azurecr.io/m/1$/main.json");
    std::os::unix::fs::symlink(there, folder.path("repo/near/br/x.azurecr.io/m/1$/main.json")).unwrap();
    folder.write("repo/bicepconfig.json", r#"{"cacheRootDirectory": "near"}"#);
    assert_eq!(codes(), ["warning module-reference"]);
}

#[test]
fn tokens_that_a_pipeline_replaces_are_unknown_values() {
    let folder = Folder::with(&[]);
    let schema = "https://schema.management.azure.com/schemas/2019-04-01";
    let account = |tls: &str| {
        format!(
            r#"{{"$schema": "{schema}/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
            "parameters": {{"tls": {{"type": "string", "defaultValue": "TLS1_0"}}}}, "resources": [
            {{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "st-#{{env}}#",
            "properties": {{"minimumTlsVersion": {tls}}}}}]}}"#
        )
    };
    folder.write("quoted.json", &account("\"__TLS__\""));
    folder.write("bare.json", &account("##TLS##"));
    folder.write("braces.json", &account("#{TLS}#"));
    folder.write("given.json", &account("\"[parameters('tls')]\""));
    folder.write(
        "given.parameters.json",
        &format!(
            r#"{{"$schema": "{schema}/deploymentParameters.json#", "contentVersion": "1.0.0.0",
            "parameters": {{"tls": {{"value": "$(tls)"}}}}}}"#
        ),
    );
    let bicep = "resource a 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'a'\n  properties: {\n    \
                 minimumTlsVersion: '{{tls}}'\n  }\n}\n";
    folder.write("main.bicep", bicep);
    let run = folder.scan(&["--rule", "Azure.Storage.MinTLS", "--fail-on", "none", "--outcome", "fail,pass,unknown"]);
    let outcomes: Vec<&str> =
        run.report["results"].as_array().unwrap().iter().filter_map(|r| r["outcome"].as_str()).collect();
    assert_eq!(outcomes, ["unknown"; 5], "{}", run.report);
    let codes: Vec<&str> =
        run.report["diagnostics"].as_array().unwrap().iter().filter_map(|d| d["code"].as_str()).collect();
    // Only the files that are no JSON as they stand.
    assert_eq!(codes, ["json-syntax"; 2], "{}", run.report["diagnostics"]);
}

/// The outcomes of a rule by file, and how many resources of each file were judged.
fn judged(folder: &Folder, rule: &str, more: &[&str]) -> (Vec<String>, Vec<String>) {
    let run = folder.scan(&[&["--rule", rule, "--fail-on", "none", "--outcome", "all"], more].concat());
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let verdict = |r: &Value| format!("{} {}", text(&r["location"]["file"]), text(&r["outcome"]));
    let count = |f: &Value| format!("{} {} {}", text(&f["path"]), text(&f["status"]), f["resources"]);
    let all = |of: &str, one: &dyn Fn(&Value) -> String| run.report[of].as_array().unwrap().iter().map(one).collect();
    (all("results", &verdict), all("files", &count))
}

#[test]
fn a_module_that_no_deployment_reaches_is_judged_by_itself() {
    let folder = Folder::with(&[]);
    let account = |name: &str| {
        format!(
            "resource {name} 'Microsoft.Storage/storageAccounts@2023-01-01' = {{\n  name: '{name}'\n  properties: {{\n    \
             minimumTlsVersion: 'TLS1_0'\n  }}\n}}\n"
        )
    };
    folder.write("off.bicep", &format!("{}module deep 'deep.bicep' = if (false) {{}}\n", account("a")));
    folder.write("deep.bicep", &format!("{}module ring 'off.bicep' = if (false) {{}}\n", account("b")));
    folder.write("loop.bicep", &account("c"));
    folder.write("on.bicep", &(account("d") + &account("e")));
    folder.write(
        "main.bicep",
        "module off 'off.bicep' = if (false) {}\nmodule on 'on.bicep' = [for i in range(0, 3): {\n  name: '${i}'\n}]\n\
         module none 'loop.bicep' = [for i in range(0, 0): {}]\n",
    );
    let (verdicts, files) = judged(&folder, "Azure.Storage.MinTLS", &[]);
    assert_eq!(verdicts.iter().filter(|v| *v == "off.bicep fail").count(), 1, "{verdicts:?}");
    for file in ["deep.bicep", "loop.bicep"] {
        assert_eq!(verdicts.iter().filter(|v| **v == format!("{file} fail")).count(), 1, "{verdicts:?}");
    }
    assert_eq!(
        files,
        [
            "deep.bicep analysed 1",
            "loop.bicep analysed 1",
            "main.bicep analysed 1",
            "off.bicep analysed 1",
            "on.bicep analysed 2"
        ]
    );
}

#[test]
fn the_modules_of_an_entry_point_that_is_lost_are_judged() {
    let folder = Folder::with(&[]);
    let storage = "resource a 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'a'\n  properties: {\n    \
                   minimumTlsVersion: 'TLS1_0'\n  }\n}\n";
    folder.write("part.bicep", storage);
    folder.write("main.bicep", "module a 'part.bicep' = {}\n");
    folder.write("main.bicepparam", "using 'main.bicep'\nextends 'main.bicepparam'\n");
    let (verdicts, files) = judged(&folder, "Azure.Storage.MinTLS", &[]);
    assert_eq!(verdicts, ["part.bicep fail"], "{files:?}");
}

#[test]
fn what_hangs_on_the_assumed_region_says_so() {
    let folder = Folder::with(&[]);
    let template = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"location": {"type": "string", "defaultValue": "[resourceGroup().location]", "allowedValues": ["westeurope"]}},
        "resources": [
            {"type": "Microsoft.Web/serverfarms", "apiVersion": "2023-12-01", "name": "p", "location": "[parameters('location')]",
             "sku": {"name": "P1v3"}, "properties": {}}]}"#;
    folder.write("main.json", template);
    let run = |more: &[&str]| folder.scan(&[&["--outcome", "all", "--rule", "Azure.*"], more].concat());
    let told = |run: &common::Run, rule: &str| {
        let all = run.report["results"].as_array().unwrap();
        let found = all.iter().find(|r| r["rule"] == rule).unwrap();
        let message = found["message"].as_str().unwrap();
        format!("{} {}", found["outcome"].as_str().unwrap(), message.contains("nobody named: armlint assumes one"))
    };
    let (zones, values) = ("Azure.AppService.AvailabilityZone", "Azure.Template.ValueConstraint");
    let assumed = run(&[]);
    assert_eq!((told(&assumed, zones).as_str(), told(&assumed, values).as_str()), ("fail true", "pass false"));
    // Who names a region is held to it.
    folder.write("options.yaml", "configuration:\n  AZURE_RESOURCE_GROUP:\n    location: northeurope\n");
    let named = run(&["--config", "options.yaml"]);
    assert_eq!((told(&named, zones).as_str(), told(&named, values).as_str()), ("fail false", "fail false"));
}

#[test]
fn what_the_assumed_group_does_not_have_is_not_known() {
    let folder = Folder::with(&[]);
    folder.write(
        "main.bicep",
        "var parts = split(resourceGroup().name, '-')\n\
         var short = substring(resourceGroup().name, 0, 20)\n\
         var region = { weu: 'westeurope', neu: 'northeurope' }[parts[1]]\n\
         resource st 'Microsoft.Storage/storageAccounts@2023-05-01' = {\n\
         \x20 name: '${parts[4]}${short}${int(last(parts))}'\n\
         \x20 location: region\n\
         \x20 kind: 'StorageV2'\n\
         \x20 sku: { name: 'Standard_LRS' }\n\
         \x20 properties: { minimumTlsVersion: 'TLS1_0' }\n\
         }\n",
    );
    let rules = ["--rule", "Azure.Storage.MinTLS", "--rule", "Azure.Storage.Name", "--outcome", "all"];
    let told = |run: &common::Run| {
        let results = run.report["results"].as_array().unwrap().iter();
        let outcomes: Vec<String> =
            results.map(|r| format!("{} {}", r["rule"], r["outcome"]).replace('"', "")).collect();
        (outcomes, run.report["diagnostics"].as_array().unwrap().iter().map(|d| d["code"].clone()).collect::<Vec<_>>())
    };
    let (outcomes, diagnostics) = told(&folder.scan(&rules));
    assert_eq!(outcomes, ["Azure.Storage.Name unknown", "Azure.Storage.MinTLS fail"], "{diagnostics:?}");
    assert_eq!(diagnostics, [] as [serde_json::Value; 0]);
    // Who names the group is held to it.
    folder.write("options.yaml", "configuration:\n  AZURE_RESOURCE_GROUP:\n    name: rg-shop\n");
    let (_, diagnostics) = told(&folder.scan(&[&rules[..], &["--config", "options.yaml"]].concat()));
    assert!(diagnostics.iter().any(|d| d == "expression"), "{diagnostics:?}");
}

#[test]
fn values_that_are_said_to_be_parameters_are_taken() {
    let folder = Folder::with(&[]);
    let storage = "param tls string\nresource a 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'stone'\n  location: 'westeurope'\n  sku: { name: 'Standard_LRS' }\n  kind: 'StorageV2'\n  properties: { minimumTlsVersion: tls }\n}\n";
    folder.write("main.bicep", storage);
    folder.write("whole.json", r#"{"parameters": {"tls": {"value": "TLS1_0"}}}"#);
    folder.write("bare.json", r#"{"tls": {"value": "TLS1_0"}}"#);
    folder.write("none.json", r#"{"tls": "TLS1_0"}"#);
    for (file, scanned, expanded) in [("whole.json", 1, 0), ("bare.json", 1, 0), ("none.json", 2, 2)] {
        let run = folder.run(&["scan", "main.bicep", "--parameters", file, "--rule", "Azure.Storage.MinTLS"]);
        assert_eq!(run.status, scanned, "{file}: {}", run.stderr);
        let run = folder.run(&["expand", "main.bicep", "--parameters", file]);
        assert_eq!(run.status, expanded, "{file}: {}", run.stderr);
    }
    // Nobody says it of a file that is only found.
    let run = folder.scan(&[".", "--rule", "Azure.Storage.MinTLS", "--outcome", "all"]);
    let outcomes: Vec<_> = run.report["results"].as_array().unwrap().iter().map(|r| &r["outcome"]).collect();
    assert_eq!(outcomes, ["unknown"], "{}", run.stdout);
}
