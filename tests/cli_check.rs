//! `armlint check`, and the other ways to have what the Bicep CLI says of Bicep files.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Folder, Run};

const UNUSED: &str = "param old string\nvar url = 'https://management.azure.com'\noutput out string = url\n";

/// Level, code and line of each finding.
fn found(run: &Run) -> Vec<(String, String, u64)> {
    let results = run.report["results"].as_array().unwrap_or_else(|| panic!("{}{}", run.stdout, run.stderr));
    let text = |v: &serde_json::Value| v.as_str().unwrap().to_owned();
    let fails = results.iter().filter(|r| r["outcome"] == "fail");
    fails.map(|r| (text(&r["level"]), text(&r["ref"]), r["location"]["startLine"].as_u64().unwrap())).collect()
}

fn one(level: &str, code: &str, line: u64) -> (String, String, u64) {
    (level.to_owned(), code.to_owned(), line)
}

fn check(files: &[(&str, &str)], args: &[&str]) -> Run {
    let folder = Folder::with(&[]);
    files.iter().for_each(|(name, text)| folder.write(name, text));
    folder.run(&[args, &["--format", "json"]].concat())
}

#[test]
fn check_runs_at_the_levels_of_the_nearest_configuration() {
    let plain = check(&[("main.bicep", UNUSED)], &["check"]);
    let wanted = [one("warning", "no-unused-params", 1), one("warning", "no-hardcoded-env-urls", 2)];
    assert_eq!(found(&plain), wanted);
    assert_eq!(plain.status, 0);
    let config = r#"{"analyzers": {"core": {"rules": {
        "no-unused-params": {"level": "error"},
        "no-hardcoded-env-urls": {"level": "off"},
        "use-description-vars": {"level": "info"}
    }}}}"#;
    let run = check(&[("main.bicep", UNUSED), ("bicepconfig.json", config)], &["check"]);
    assert_eq!(found(&run), [one("error", "no-unused-params", 1), one("note", "use-description-vars", 2)]);
    assert_eq!(run.status, 1, "an error fails the run");
    // The nearest counts alone.
    let nearer = [("a/main.bicep", UNUSED), ("bicepconfig.json", config), ("a/bicepconfig.json", "{}")];
    assert_eq!(found(&check(&nearer, &["check"])), wanted);
    let off = r#"{"analyzers": {"core": {"enabled": false}}}"#;
    let compiler = "param old string\noutput out string = nothing\n";
    let run = check(&[("main.bicep", compiler), ("bicepconfig.json", off)], &["check"]);
    assert_eq!(found(&run), [one("error", "BCP057", 2)], "the compiler is no rule of the linter");
}

#[test]
fn the_baseline_runs_all_whatever_the_configuration_says() {
    let config = r#"{"analyzers": {"core": {"rules": {"no-unused-params": {"level": "off"}}}}}"#;
    let run = check(&[("main.bicep", UNUSED), ("bicepconfig.json", config)], &["scan", "--baseline", "Bicep.CLI"]);
    let wanted = [
        one("warning", "no-unused-params", 1),
        one("warning", "use-description-params", 1),
        one("warning", "use-description-vars", 2),
        one("warning", "no-hardcoded-env-urls", 2),
        one("warning", "use-description-outputs", 3),
    ];
    let mut found = found(&run);
    found.sort_by_key(|(_, _, line)| *line);
    assert_eq!(found, wanted);
}

#[test]
fn the_directives_of_the_compiler_count() {
    let text = "#disable-next-line no-unused-params // gone soon\nparam a string\nparam b string\n\
                #disable-diagnostics no-unused-params\nparam c string\n#restore-diagnostics no-unused-params\nparam d string\n";
    for args in [&["check"][..], &["scan", "--baseline", "Bicep.CLI", "--rule", "no-unused-params"]] {
        let run = check(&[("main.bicep", text)], args);
        let lines: Vec<u64> = found(&run).into_iter().filter(|f| f.1 == "no-unused-params").map(|f| f.2).collect();
        assert_eq!(lines, [3, 7], "{args:?}");
        assert!(run.diagnostics().is_empty(), "{:?}", run.diagnostics());
    }
}

#[test]
fn a_scan_has_them_if_the_configuration_asks() {
    let plain = check(&[("main.bicep", UNUSED)], &["scan"]);
    assert!(found(&plain).iter().all(|f| f.1 != "no-unused-params"));
    let asked = [("main.bicep", UNUSED), ("armlint.yaml", "armlint: { bicep-checks: true }\n")];
    let run = check(&asked, &["scan"]);
    assert!(found(&run).contains(&one("warning", "no-unused-params", 1)), "{:?}", found(&run));
    assert!(found(&run).iter().all(|f| f.1 != "use-description-params"), "off unless somebody asks");
    // Who names rules gets those.
    let named = check(&asked, &["scan", "--rule", "Azure.Storage.MinTLS"]);
    assert_eq!(found(&named), []);
}

#[test]
fn check_takes_no_baseline() {
    let run = check(&[("main.bicep", UNUSED)], &["check", "--baseline", "Azure.Default"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("armlint scan --baseline Azure.Default"), "{}", run.stderr);
}

#[test]
fn a_fix_says_whether_it_is_safe() {
    let run = check(&[("main.bicep", "param old string\nvar v = 1\n")], &["check"]);
    let results = run.report["results"].as_array().unwrap();
    let fix = |code: &str| results.iter().find(|r| r["ref"] == code).map(|r| r["fix"]["safety"].clone()).unwrap();
    assert_eq!(fix("no-unused-params"), "review");
    assert_eq!(fix("no-unused-vars"), "safe");
}
