//! `scan --since`: only what is new against a git revision counts.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Folder, Run};
use serde_json::Value;

const TLS: &str = "Azure.Storage.MinTLS";

fn account(name: &str, tls: &str) -> String {
    format!(
        "resource {name} 'Microsoft.Storage/storageAccounts@2023-05-01' = {{\n  name: 'st{name}'\n  location: 'westeurope'\n  \
         kind: 'StorageV2'\n  sku: {{ name: 'Standard_GRS' }}\n  properties: {{ minimumTlsVersion: {tls} }}\n}}\n"
    )
}

fn scan(folder: &Folder, args: &[&str]) -> Run {
    folder.run(&[&["scan", "--format", "text", "--rule", TLS, "--since", "HEAD"], args].concat())
}

/// The exit status, and the last line of the report without the commit.
fn end(run: &Run) -> (i32, String) {
    let last = run.stdout.lines().last().unwrap_or(&run.stderr);
    (run.status, last.split(" (").next().unwrap().to_owned())
}

fn summary(status: i32, words: &str) -> (i32, String) {
    (status, words.to_owned())
}

fn states(run: &Run) -> Vec<(&str, &str)> {
    let all = run.report["results"].as_array().unwrap();
    all.iter().map(|r| (r["resource"]["name"].as_str().unwrap(), r["baselineState"].as_str().unwrap_or(""))).collect()
}

#[test]
fn only_what_is_new_counts_and_sarif_stays_whole() {
    let old = [account("a", "'TLS1_0'"), account("b", "'TLS1_0'")].concat();
    let folder = Folder::repository(&[("main.bicep", &old), ("other.bicep", &account("o", "'TLS1_0'"))]);
    assert_eq!(end(&scan(&folder, &[])), summary(0, "0 new, 0 changed, 3 unchanged, 0 fixed since HEAD"));
    folder.write("main.bicep", &(account("c", "'TLS1_0'") + &old));
    let run = scan(&folder, &[]);
    assert_eq!(end(&run), summary(1, "1 new, 0 changed, 3 unchanged, 0 fixed since HEAD"));
    assert!(run.stdout.contains("stc (") && !run.stdout.contains("sta ("), "{}", run.stdout);
    let args = ["scan", "--rule", TLS, "--since", "HEAD"];
    let json = folder.run(&[&args[..], &["--format", "json"]].concat());
    assert_eq!(states(&json), [("stc", "new")]);
    let all = folder.run(&[&args[..], &["--format", "json", "--outcome", "fail,suppressed"]].concat());
    assert_eq!(states(&all), [("stc", "new"), ("sta", "unchanged"), ("stb", "unchanged"), ("sto", "unchanged")]);
    let sarif: Value = serde_json::from_str(&folder.run(&[&args[..], &["--format", "sarif"]].concat()).stdout).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let mut found: Vec<_> = results.iter().map(|r| r["baselineState"].as_str().unwrap()).collect();
    found.sort_unstable();
    assert_eq!(found, ["new", "unchanged", "unchanged", "unchanged"]);
    assert!(results.iter().all(|r| r["suppressions"].is_null()));
    let annotations = folder.run(&[&args[..], &["--format", "github"]].concat()).stdout;
    assert_eq!(annotations.lines().filter(|l| l.starts_with("::")).count(), 1, "{annotations}");
    let counts = folder.run(&[&args[..], &["--format", "counts"]].concat()).stdout;
    assert!(
        counts.starts_with("findings=1\n") && counts.contains("new=1\nchanged=0\nunchanged=3\nfixed=0\n"),
        "{counts}"
    );
}

#[test]
fn what_moves_is_unchanged() {
    let text = account("a", "'TLS1_0'");
    let (module, call) = (text.as_str(), "module m 'parts/store.bicep' = { name: 'm' }\n");
    let folder = Folder::repository(&[
        ("main.bicep", call),
        ("parts/store.bicep", module),
        ("two.bicep", &account("t", "'TLS1_0'")),
    ]);
    // The lines, the name and the folder of the file, the way to it.
    folder.git(&["mv", "parts/store.bicep", "storage.bicep"]);
    folder.write("storage.bicep", &format!("// A comment.\n\n{module}"));
    folder.write("main.bicep", &call.replace("parts/store", "storage"));
    std::fs::rename(folder.path("two.bicep"), folder.path("three.bicep")).unwrap();
    assert_eq!(end(&scan(&folder, &[])), summary(0, "0 new, 0 changed, 2 unchanged, 0 fixed since HEAD"));
}

#[test]
fn another_value_is_a_change_and_a_good_one_a_fix() {
    let text = account("a", "'TLS1_0'") + &account("b", "'TLS1_0'");
    let folder = Folder::repository(&[("main.bicep", &text)]);
    folder.write("main.bicep", &(account("a", "'TLS1_1'") + &account("b", "'TLS1_2'")));
    let run = scan(&folder, &[]);
    assert_eq!(end(&run), summary(1, "0 new, 1 changed, 0 unchanged, 1 fixed since HEAD"));
    let json = folder.run(&["scan", "--rule", TLS, "--since", "HEAD", "--format", "json"]);
    assert_eq!(states(&json), [("sta", "updated")]);
    let fixed = &json.report["since"]["fixed"][0];
    assert_eq!((fixed["resource"]["name"].as_str(), fixed["location"]["startLine"].as_u64()), (Some("stb"), Some(13)));
    // A file that is gone takes its findings along.
    folder.commit();
    std::fs::remove_file(folder.path("main.bicep")).unwrap();
    folder.write("other.bicep", &account("z", "'TLS1_2'"));
    assert_eq!(end(&scan(&folder, &[])), summary(0, "0 new, 0 changed, 0 unchanged, 1 fixed since HEAD"));
}

#[test]
fn what_a_parameter_file_causes_in_a_module_is_new_and_stands_there() {
    let module = "param tls string = 'TLS1_2'\n".to_owned() + &account("a", "tls");
    let main = "param tls string\nmodule m 'store.bicep' = { name: 'm', params: { tls: tls } }\n";
    let main = main.replace(", params", "\n  params").replace("{ name", "{\n  name").replace("} }", "}\n}");
    let with = |tls: &str| format!("using 'main.bicep'\nparam tls = '{tls}'\n");
    let folder =
        Folder::repository(&[("store.bicep", &module), ("main.bicep", &main), ("prod.bicepparam", &with("TLS1_2"))]);
    folder.write("prod.bicepparam", &with("TLS1_0"));
    let json = folder.run(&["scan", "--rule", TLS, "--since", "HEAD", "--format", "json"]);
    assert_eq!(states(&json), [("sta", "new")]);
    let place = &json.report["results"][0]["location"];
    assert_eq!((place["file"].as_str(), place["startLine"].as_u64()), (Some("prod.bicepparam"), Some(2)));
    // A cause in another file that was touched, beside one that was there: the one that was there stays.
    folder.write("test.bicepparam", &with("TLS1_0"));
    folder.commit();
    folder.write("more.bicepparam", &with("TLS1_0"));
    assert_eq!(end(&scan(&folder, &[])), summary(1, "1 new, 0 changed, 2 unchanged, 0 fixed since HEAD"));
}

#[test]
fn loaded_files_and_folders_of_the_revision_are_those_of_the_revision() {
    let text = "var tls = loadTextContent('tls.txt')\nvar n = length(loadDirectoryFileInfo('d'))\n".to_owned();
    let text = text + &account("a", "n > 1 ? 'TLS1_0' : tls");
    let folder = Folder::repository(&[("main.bicep", &text), ("tls.txt", "TLS1_2"), ("d/one.txt", "1")]);
    folder.write("tls.txt", "TLS1_0");
    assert_eq!(end(&scan(&folder, &[])), summary(1, "1 new, 0 changed, 0 unchanged, 0 fixed since HEAD"));
    folder.write("tls.txt", "TLS1_2");
    folder.write("d/two.txt", "2");
    assert_eq!(end(&scan(&folder, &[])), summary(1, "1 new, 0 changed, 0 unchanged, 0 fixed since HEAD"));
}

#[test]
fn the_rules_of_now_judge_both_sides() {
    let folder = Folder::repository(&[
        ("main.bicep", &account("a", "'TLS1_0'")),
        ("armlint.yaml", "armlint:\n  rules:\n    exclude: [Azure.Storage.MinTLS]\n"),
    ]);
    folder.write("armlint.yaml", "armlint:\n  rules:\n    include: [Azure.Storage.MinTLS]\n");
    let run = folder.run(&["scan", "--since", "HEAD"]);
    assert_eq!(end(&run), summary(0, "0 new, 0 changed, 1 unchanged, 0 fixed since HEAD"));
    // What somebody accepted and does not accept any more is new.
    std::fs::remove_file(folder.path("armlint.yaml")).unwrap();
    let accepted = "// armlint: ignore Azure.Storage.MinTLS -- today\n".to_owned() + &account("a", "'TLS1_0'");
    folder.write("main.bicep", &accepted);
    folder.commit();
    folder.write("main.bicep", &account("a", "'TLS1_0'"));
    assert_eq!(end(&scan(&folder, &[])), summary(1, "1 new, 0 changed, 0 unchanged, 0 fixed since HEAD"));
}

#[test]
fn a_revision_that_is_not_there_is_wrong_usage_and_auto_without_one_counts_everything() {
    let folder = Folder::repository(&[("main.bicep", &account("a", "'TLS1_0'"))]);
    let run = folder.run(&["scan", "--since", "nowhere"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("there is no revision `nowhere`"), "{}", run.stderr);
    assert!(folder.run(&["scan", "--since=--output=x"]).stderr.contains("is no name of a revision"));
    let outside = Folder::with(&[]);
    outside.write("main.bicep", &account("a", "'TLS1_0'"));
    // The repository is that of what is scanned.
    let there = folder.path("");
    let run = outside.run(&["scan", "--rule", TLS, "--since", "HEAD", there.to_str().unwrap()]);
    assert_eq!(end(&run), summary(0, "0 new, 0 changed, 1 unchanged, 0 fixed since HEAD"));
    let run = outside.run(&["scan", "--rule", TLS, "--since", "auto"]);
    assert_eq!(run.status, 1);
    assert!(
        run.stdout.contains("every finding counts") && run.stderr.contains("in no git repository"),
        "{}",
        run.stdout
    );
}

#[test]
fn what_is_known_is_not_fixed() {
    let folder = Folder::repository(&[("main.bicep", &account("a", "'TLS1_0'"))]);
    folder.run(&["scan", "--rule", TLS, "--write-known", "known.txt"]);
    folder.commit();
    let run = scan(&folder, &["--known", "known.txt"]);
    assert_eq!((run.status, run.stdout.contains("1 fixed")), (0, false), "{}", run.stdout);
    folder.write("main.bicep", &account("a", "'TLS1_2'"));
    let run = scan(&folder, &["--known", "known.txt"]);
    assert!(run.stdout.contains("1 fixed"), "{}", run.stdout);
}

/// A module that is called with a name and a value, deployed from `main.bicep` once for each.
fn calls(all: &[(&str, &str)]) -> String {
    let call = |(name, tls): &(&str, &str)| {
        format!("module {name} 'st.bicep' = {{\n  params: {{ name: 'st{name}', tls: '{tls}' }}\n}}\n")
    };
    all.iter().map(call).collect()
}

fn module() -> String {
    format!("param name string\nparam tls string\n{}", account("a", "tls").replace("'sta'", "name"))
}

#[test]
fn what_another_resource_had_is_new() {
    // Two parameter files of one template, also where names are the same.
    let with = |name: &str, tls: &str| format!("using 'st.bicep'\nparam name = 'st{name}'\nparam tls = '{tls}'\n");
    for prod in ["prod", "dev"] {
        let folder = Folder::repository(&[
            ("st.bicep", &module()),
            ("dev.bicepparam", &with("dev", "TLS1_0")),
            ("prod.bicepparam", &with(prod, "TLS1_2")),
        ]);
        folder.write("dev.bicepparam", &with("dev", "TLS1_2"));
        folder.write("prod.bicepparam", &with(prod, "TLS1_0"));
        assert_eq!(end(&scan(&folder, &[])), summary(1, "1 new, 0 changed, 0 unchanged, 1 fixed since HEAD"));
        std::fs::remove_file(folder.path("dev.bicepparam")).unwrap();
        assert_eq!(end(&scan(&folder, &[])), summary(1, "1 new, 0 changed, 0 unchanged, 1 fixed since HEAD"));
        // A parameter file that is called otherwise is the same.
        folder.commit();
        std::fs::rename(folder.path("prod.bicepparam"), folder.path("live.bicepparam")).unwrap();
        assert_eq!(end(&scan(&folder, &[])), summary(0, "0 new, 0 changed, 1 unchanged, 0 fixed since HEAD"));
    }
    // Two calls of one module.
    let folder = Folder::repository(&[
        ("st.bicep", &module()),
        ("main.bicep", &calls(&[("dev", "TLS1_0"), ("prod", "TLS1_2")])),
    ]);
    folder.write("main.bicep", &calls(&[("dev", "TLS1_2"), ("prod", "TLS1_0")]));
    assert_eq!(end(&scan(&folder, &[])), summary(1, "1 new, 0 changed, 0 unchanged, 1 fixed since HEAD"));
    // One that was not there before, for one that is gone.
    folder.write("main.bicep", &calls(&[("test", "TLS1_0"), ("prod", "TLS1_2")]));
    assert_eq!(end(&scan(&folder, &[])), summary(1, "1 new, 0 changed, 0 unchanged, 1 fixed since HEAD"));
    // Another resource in another file.
    let folder = Folder::repository(&[("old.bicep", &account("a", "'TLS1_0'"))]);
    std::fs::remove_file(folder.path("old.bicep")).unwrap();
    let other =
        format!("// The shop.\nparam shop string = 'stshop'\noutput shop string = shop\n{}", account("a", "'TLS1_0'"));
    folder.write("shop/main.bicep", &other.replace("'sta'", "shop"));
    assert_eq!(end(&scan(&folder, &[])), summary(1, "1 new, 0 changed, 0 unchanged, 1 fixed since HEAD"));
}

#[test]
fn another_symbol_name_or_language_is_unchanged() {
    let folder = Folder::repository(&[("main.bicep", &account("a", "'TLS1_0'"))]);
    folder.write("main.bicep", &account("a", "'TLS1_0'").replace("resource a", "resource account"));
    let unchanged = summary(0, "0 new, 0 changed, 1 unchanged, 0 fixed since HEAD");
    assert_eq!(end(&scan(&folder, &[])), unchanged);
    folder.write("main.bicep", &account("a", "'TLS1_0'").replace("'sta'", "'stnew'"));
    assert_eq!(end(&scan(&folder, &[])), unchanged);
    // All that a declaration deploys gets another name.
    let many = |prefix: &str| {
        let one = account("a", "'TLS1_0'").replace("= {", "= [for i in range(0, 3): {");
        one.replace("'sta'", &format!("'{prefix}${{i}}'")) + "]\n"
    };
    folder.write("main.bicep", &many("st"));
    folder.commit();
    folder.write("main.bicep", &many("stnew"));
    assert_eq!(end(&scan(&folder, &[])), unchanged);
    let json = r#"{ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
      "resources": [{ "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-05-01", "name": "sta", "location": "westeurope",
        "sku": { "name": "Standard_GRS" }, "kind": "StorageV2", "properties": { "minimumTlsVersion": "TLS1_0" } }] }"#;
    let folder = Folder::repository(&[("main.json", json)]);
    std::fs::remove_file(folder.path("main.json")).unwrap();
    folder.write("main.bicep", &account("a", "'TLS1_0'"));
    assert_eq!(end(&scan(&folder, &[])), unchanged);
}

#[test]
fn another_value_of_the_same_text_is_a_change() {
    let text = "var loaded = loadYamlContent('tls.yaml')\n".to_owned() + &account("a", "loaded.tls");
    let folder = Folder::repository(&[("main.bicep", &text), ("tls.yaml", "tls: TLS1_1\n")]);
    folder.write("tls.yaml", "tls: TLS1_0\n");
    let changed = summary(1, "0 new, 1 changed, 0 unchanged, 0 fixed since HEAD");
    assert_eq!(end(&scan(&folder, &[])), changed);
    folder.write("main.bicep", &("param minor int = 1\n".to_owned() + &account("a", "'TLS1_${minor}'")));
    folder.commit();
    folder.write("main.bicep", &("param minor int = 0\n".to_owned() + &account("a", "'TLS1_${minor}'")));
    assert_eq!(end(&scan(&folder, &[])), changed);
    // The value is the same, and the parameter that gives it has another name.
    let with = |name: &str| format!("using 'main.bicep'\nparam {name} = 'TLS1_0'\n");
    let main = |name: &str| format!("param {name} string\n{}", account("a", name));
    folder.write("main.bicep", &main("tls"));
    folder.write("main.bicepparam", &with("tls"));
    folder.commit();
    folder.write("main.bicep", &main("minTls"));
    folder.write("main.bicepparam", &with("minTls"));
    assert_eq!(end(&scan(&folder, &[])), summary(0, "0 new, 0 changed, 1 unchanged, 0 fixed since HEAD"));
}

#[test]
fn a_line_that_several_resources_share_counts_once() {
    let text = "var tls = 'TLS1_0'\n".to_owned() + &account("a", "tls") + &account("b", "tls");
    let folder = Folder::repository(&[("main.bicep", &text)]);
    folder.write("main.bicep", &text.replace("'TLS1_0'", "'TLS1_2'"));
    assert_eq!(end(&scan(&folder, &[])), summary(0, "0 new, 0 changed, 0 unchanged, 1 fixed since HEAD"));
    // Of one that goes the line stays.
    folder.write("main.bicep", &("var tls = 'TLS1_0'\n".to_owned() + &account("a", "tls") + &account("b", "'TLS1_2'")));
    assert_eq!(end(&scan(&folder, &[])), summary(0, "0 new, 0 changed, 1 unchanged, 0 fixed since HEAD"));
    // One that comes to it is new, and the line is shown for that one.
    folder.commit();
    folder.write("main.bicep", &text);
    let run = scan(&folder, &[]);
    assert_eq!(end(&run), summary(1, "1 new, 0 changed, 0 unchanged, 0 fixed since HEAD"));
    assert!(run.stdout.contains("stb (") && !run.stdout.contains("sta ("), "{}", run.stdout);
    // One that was not there before is another deployment of a line that was.
    folder.write(
        "main.bicep",
        &("var tls = 'TLS1_0'\n".to_owned() + &account("a", "tls") + &account("b", "'TLS1_2'") + &account("c", "tls")),
    );
    assert_eq!(end(&scan(&folder, &[])), summary(0, "0 new, 0 changed, 1 unchanged, 0 fixed since HEAD"));
}

/// GitLab holds the reports of two pipelines against each other by themselves.
#[test]
fn gitlab_tells_resources_apart_and_does_not_mind_symbols() {
    let folder = Folder::with(&[]);
    folder.write("st.bicep", &module());
    let fingerprints = |folder: &Folder| {
        let run = folder.run(&["scan", "--rule", TLS, "--format", "gitlab"]);
        let issues = run.report.as_array().unwrap().iter();
        issues.map(|i| i["fingerprint"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    folder.write("main.bicep", &calls(&[("dev", "TLS1_0"), ("prod", "TLS1_2")]));
    let before = fingerprints(&folder);
    folder.write("main.bicep", &calls(&[("dev", "TLS1_2"), ("prod", "TLS1_0")]));
    let after = fingerprints(&folder);
    assert_eq!((before.len(), after.len()), (1, 1));
    assert_ne!(before, after);
    folder.write("st.bicep", &module().replace("resource a", "resource account"));
    assert_eq!(fingerprints(&folder), after);
}

/// Whatever changes around it: what a resource had is unchanged, with another value it is changed, what it did not have is new.
#[test]
fn each_resource_is_told_by_what_it_had() {
    const VALUES: [&str; 3] = ["TLS1_0", "TLS1_1", "TLS1_2"];
    const NAMES: [&str; 7] = ["a", "dev", "prod", "l0", "l1", "pdev", "pprod"];
    let mut seed = 7_u64;
    let mut random = |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % n
    };
    let mut side = || {
        let values: Vec<&str> = NAMES.iter().map(|_| VALUES[random(3)]).collect();
        let symbol = ["account", "st"][random(2)];
        let [a, dev, prod, l0, l1, pdev, pprod] = values[..] else { panic!() };
        let mut parts = [
            account("a", &format!("'{a}'")).replace("resource a", &format!("resource {symbol}")),
            calls(&[("dev", dev), ("prod", prod)]),
            format!("var all = [\n  {{ n: 'stl0', tls: '{l0}' }}\n  {{ n: 'stl1', tls: '{l1}' }}\n]\n"),
            account("l", "e.tls").replace("= {", "= [for e in all: {").replace("'stl'", "e.n") + "]\n",
        ];
        parts.rotate_left(random(4));
        let module = module().replace("resource a", &format!("resource {symbol}"));
        let with = |name: &str, tls: &str| format!("using 'p.bicep'\nparam tls = '{tls}'\nparam name = 'st{name}'\n");
        let files = [
            ("main.bicep", parts.concat()),
            ("st.bicep", module.clone()),
            ("p.bicep", module),
            ("dev.bicepparam", with("pdev", pdev)),
            ("prod.bicepparam", with("pprod", pprod)),
        ];
        (values, files)
    };
    for round in 0..12 {
        let ((before, old), (after, new)) = (side(), side());
        let folder = Folder::repository(&old.each_ref().map(|(name, text)| (*name, text.as_str())));
        new.iter().for_each(|(name, text)| folder.write(name, text));
        let args = ["scan", "--rule", TLS, "--since", "HEAD", "--format", "json", "--outcome", "fail,suppressed"];
        let run = folder.run(&args);
        let mut found = states(&run);
        found.sort_unstable();
        let wanted = NAMES.iter().zip(before.iter().zip(&after)).filter_map(|(name, (before, after))| {
            let state = match (*before, *after) {
                (_, "TLS1_2") => return None,
                ("TLS1_2", _) => "new",
                (before, after) if before == after => "unchanged",
                _ => "updated",
            };
            Some((format!("st{name}"), state))
        });
        let mut wanted: Vec<_> = wanted.collect();
        wanted.sort_unstable();
        let wanted: Vec<_> = wanted.iter().map(|(name, state)| (name.as_str(), *state)).collect();
        assert_eq!(found, wanted, "round {round}: {before:?} {after:?}");
    }
}

#[test]
fn what_git_does_not_know_is_new() {
    let folder = Folder::repository(&[(".gitignore", "/build/\n"), ("main.bicep", &account("a", "'TLS1_0'"))]);
    folder.write("build/gen.bicep", &account("b", "'TLS1_0'"));
    folder.write("vendor/own.bicep", &account("c", "'TLS1_0'"));
    folder.git(&["init", "-q", "vendor"]);
    let run = scan(&folder, &[]);
    assert_eq!(end(&run), summary(1, "2 new, 0 changed, 1 unchanged, 0 fixed since HEAD"), "{}", run.stdout);
}
