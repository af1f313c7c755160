//! `armlint fix` as users run it: what is changed in which file, what is left alone, and that nothing is changed twice.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use armlint::rules::page;
use common::Folder;
use proptest::prelude::*;
use serde_json::{Value, json};

const TLS: &str = "Azure.Storage.MinTLS";

/// A storage account with one finding of [`TLS`].
fn account(tls: &str) -> String {
    format!(
        "// keep me\nresource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {{\n  name: 'stshop'\n  location: 'westeurope'\n  \
         kind: 'StorageV2'\n  sku: {{ name: 'Standard_GRS' }}\n  properties: {{\n    minimumTlsVersion: {tls} // and me\n  }}\n}}\n"
    )
}

#[test]
fn safe_fixes_are_made_and_nothing_else_changes() {
    let folder = Folder::with(&[]);
    folder.write("infra/main.bicep", &account("'TLS1_0'"));
    let run = folder.run(&["fix", "--rule", TLS]);
    assert_eq!((run.status, folder.read("infra/main.bicep")), (0, account("'TLS1_2'")), "{}", run.stderr);
    assert_eq!(run.stdout, format!("infra/main.bicep\n  {TLS}: Set `properties.minimumTlsVersion` to 'TLS1_2'\n"));
    assert!(run.stderr.contains("Made 1 change in 1 file"), "{}", run.stderr);
    let again = folder.run(&["fix", "--rule", TLS]);
    assert_eq!((again.status, again.stdout.as_str()), (0, ""));
}

#[test]
fn marks_encodings_and_line_ends_stay() {
    let folder = Folder::with(&[]);
    let lines = |tls: &str| account(tls).replace('\n', "\r\n");
    let utf16 = |text: &str| format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    fs::write(folder.path("a.bicep"), format!("\u{feff}{}", lines("'TLS1_0'"))).unwrap();
    fs::write(folder.path("b.bicep"), utf16(&lines("'TLS1_1'"))).unwrap();
    assert_eq!(folder.run(&["fix", "--rule", TLS]).status, 0);
    assert_eq!(folder.read("a.bicep"), format!("\u{feff}{}", lines("'TLS1_2'")));
    assert_eq!(fs::read(folder.path("b.bicep")).unwrap(), utf16(&lines("'TLS1_2'")));
}

#[test]
fn a_patch_is_what_git_applies() {
    let folder = Folder::with(&[]);
    folder.git(&["init", "-q"]);
    folder.write("infra/main.bicep", &account("'TLS1_0'"));
    let run = folder.run(&["fix", "--rule", TLS, "--diff", "infra"]);
    assert_eq!((run.status, folder.read("infra/main.bicep")), (1, account("'TLS1_0'")));
    assert!(run.stderr.contains("Would make 1 change in 1 file"), "{}", run.stderr);
    folder.write("fix.patch", &run.stdout);
    folder.git(&["apply", "fix.patch"]);
    assert_eq!(folder.read("infra/main.bicep"), account("'TLS1_2'"));
    let run = folder.run(&["fix", "--rule", TLS, "--diff", "infra"]);
    assert_eq!((run.status, run.stdout.as_str()), (0, ""));
}

/// Each of them by itself, since `git apply` refuses a patch as a whole.
#[test]
#[cfg(target_os = "linux")]
fn a_patch_of_a_file_with_any_name_is_what_git_applies() {
    use std::os::unix::ffi::OsStrExt;
    for name in [
        &b"a\tb.bicep"[..],
        b"a\nb.bicep",
        b"a\"b\\c.bicep",
        b"inv\xff.bicep",
        b"esc\x1b[31m.bicep",
        "\u{fc} x\u{202e}.bicep".as_bytes(),
        b"a b 2020-01-01 10:00:00.bicep",
    ] {
        let folder = Folder::with(&[]);
        folder.git(&["init", "-q"]);
        let path = folder.path("").join(std::ffi::OsStr::from_bytes(name));
        fs::write(&path, account("'TLS1_0'")).unwrap();
        let run = folder.run(&["fix", "--rule", TLS, "--diff"]);
        assert_eq!(run.status, 1, "{name:?} {}", run.stderr);
        folder.write("fix.patch", &run.stdout);
        folder.git(&["apply", "fix.patch"]);
        assert_eq!(fs::read_to_string(&path).unwrap(), account("'TLS1_2'"), "{name:?}");
    }
}

#[test]
fn a_value_that_a_parameter_file_decides_is_changed_there() {
    let folder = Folder::with(&[]);
    let module = format!("param tls string\n{}", account("tls"));
    folder.write("main.bicep", &module);
    let values = |tls: &str| format!("using 'main.bicep'\nparam tls = '{tls}'\n");
    folder.write("main.bicepparam", &values("TLS1_0"));
    // Through a parameter: somebody should look at it.
    let run = folder.run(&["fix", "--rule", TLS]);
    assert_eq!(folder.read("main.bicepparam"), values("TLS1_0"));
    assert!(run.stderr.contains("1 more fix should be looked at first"), "{}", run.stderr);
    let run = folder.run(&["fix", "--rule", TLS, "--unsafe"]);
    assert_eq!((run.status, folder.read("main.bicepparam"), folder.read("main.bicep")), (0, values("TLS1_2"), module));
}

#[test]
fn changes_that_touch_each_other_are_made_one_after_the_other() {
    let folder = Folder::with(&[]);
    folder.write(
        "main.bicep",
        "resource kv 'Microsoft.KeyVault/vaults@2023-07-01' = {\n  name: 'kv-shop'\n  location: 'westeurope'\n  properties: {\n    tenantId: \
         tenant().tenantId\n    sku: { family: 'A', name: 'standard' }\n  }\n}\n",
    );
    // Both want a property at the head of `properties`.
    let rules = ["Azure.KeyVault.PurgeProtect", "Azure.KeyVault.RBAC"];
    let run = folder.run(&["fix", "--unsafe", "--rule", rules[0], "--rule", rules[1]]);
    let after = folder.read("main.bicep");
    for line in ["    enablePurgeProtection: true\n", "    enableRbacAuthorization: true\n"] {
        assert_eq!(after.matches(line).count(), 1, "{after}\n{}", run.stderr);
    }
    assert_eq!(folder.scan(&["--rule", rules[0], "--rule", rules[1]]).report["results"], json!([]));
}

#[test]
fn what_lies_elsewhere_is_left_alone() {
    let folder = Folder::with(&[]);
    // A module of the cache, and what somebody else's root holds.
    folder.write("outside/module.bicep", &account("'TLS1_0'"));
    folder.write("root/main.bicep", "module m '../outside/module.bicep' = { name: 'm' }\n");
    folder.write("root/plain.bicep", &account("'TLS1_0'"));
    let run = folder.run_in("root", &["fix", "--rule", TLS, "--root", "."]);
    assert_eq!(folder.read("outside/module.bicep"), account("'TLS1_0'"));
    assert_eq!(folder.read("root/plain.bicep"), account("'TLS1_2'"));
    // The module is outside of what may be read, which is an error of its own.
    assert_eq!(run.status, 3, "{}", run.stderr);
}

#[test]
#[cfg(unix)]
fn a_file_that_cannot_be_written_is_said_and_the_others_are_written() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::with(&[]);
    folder.write("a.bicep", &account("'TLS1_0'"));
    folder.write("b.bicep", &account("'TLS1_0'"));
    fs::set_permissions(folder.path("a.bicep"), fs::Permissions::from_mode(0o444)).unwrap();
    let run = folder.run(&["fix", "--rule", TLS]);
    assert_eq!(run.status, 3);
    assert!(run.stderr.contains("a.bicep is as it was"), "{}", run.stderr);
    assert!(run.stdout.starts_with("b.bicep\n") && !run.stdout.contains("a.bicep"), "{}", run.stdout);
    assert!(run.stderr.contains("Made 1 change in 1 file"), "{}", run.stderr);
    assert_eq!((folder.read("a.bicep"), folder.read("b.bicep")), (account("'TLS1_0'"), account("'TLS1_2'")));
}

#[test]
fn findings_are_accepted_with_a_comment() {
    let folder = Folder::with(&[]);
    folder.write("main.bicep", &account("'TLS1_0'"));
    folder.write(
        "main.json",
        r#"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "resources": [
    {
      "type": "Microsoft.Storage/storageAccounts",
      "apiVersion": "2023-01-01",
      "name": "stother",
      "location": "westeurope",
      "properties": {
        "minimumTlsVersion": "TLS1_0"
      }
    }
  ]
}
"#,
    );
    let accept = |more: &[&str]| folder.run(&[&["fix", "--suppress", TLS], more].concat());
    assert_eq!(accept(&[]).status, 2, "without a reason");
    assert_eq!(accept(&["--reason", " "]).status, 2);
    for (name, word) in
        [("Azure.Nowhere.NoRule", "`armlint rules` lists them"), ("Azure.Storage.MinTSL", "did you mean")]
    {
        let run = folder.run(&["fix", "--suppress", name, "--reason", "x"]);
        assert_eq!(run.status, 2);
        assert!(run.stderr.contains(word), "{}", run.stderr);
    }
    let run = accept(&["--reason", "the till cannot do better", "--until", "2099-01-31"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let comment = format!("// armlint: ignore {TLS} until=2099-01-31 -- the till cannot do better");
    assert!(folder.read("main.bicep").contains(&format!("\n    {comment}\n    minimumTlsVersion: 'TLS1_0'")));
    assert!(folder.read("main.json").contains(&format!("\n        {comment}\n        \"minimumTlsVersion\"")));
    let report = folder.scan(&["--rule", TLS, "--outcome", "fail,suppressed"]).report;
    let outcomes = report["results"].as_array().unwrap().iter().map(|r| r["outcome"].as_str().unwrap());
    assert_eq!(outcomes.collect::<Vec<_>>(), ["suppressed", "suppressed"]);
}

#[test]
fn a_comment_in_a_file_without_line_breaks_accepts_one_finding() {
    let account = |name: &str, tls: &str| {
        format!(
            r#"{{"type":"Microsoft.Storage/storageAccounts","apiVersion":"2023-05-01","name":"{name}","location":"westeurope","sku":{{"name":"Standard_GRS"}},"kind":"StorageV2","properties":{{"minimumTlsVersion":"{tls}"}}}}"#
        )
    };
    let folder = Folder::with(&[]);
    let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
    folder.write(
        "min.json",
        &format!(
            r#"{{"$schema":"{schema}","contentVersion":"1.0.0.0","parameters":{{"tls":{{"type":"string","defaultValue":"TLS1_2"}}}},"resources":[{},{}]}}"#,
            account("sttill", "TLS1_0"),
            account("stprod", "[parameters('tls')]")
        ),
    );
    folder.write(
        "p.parameters.json",
        r#"{"$schema":"https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#","contentVersion":"1.0.0.0","metadata":{"template":"min.json"},"parameters":{"tls":{"value":"TLS1_0"}}}"#,
    );
    let found = || {
        let report = folder.scan(&["--rule", TLS, "--fail-on", "none"]).report;
        let names =
            report["results"].as_array().unwrap().iter().map(|r| r["resource"]["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(found().len(), 2, "{:?}", found());
    let run = folder.run(&["fix", "--suppress", TLS, "--reason", "till */ later", "min.json"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let comment = format!(r#"{{/* armlint: ignore {TLS} -- till * / later */ "minimumTlsVersion":"TLS1_0"}}"#);
    assert!(folder.read("min.json").contains(&comment), "{}", folder.read("min.json"));
    assert_eq!(found(), ["stprod"]);
    // A value in a parameter file by itself, and not all that is deployed with the file.
    let run = folder.run(&["fix", "--suppress", TLS, "--reason", "later"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let comment = format!(r#"{{/* armlint: ignore {TLS} -- later */ "value":"TLS1_0"}}"#);
    assert!(folder.read("p.parameters.json").contains(&comment), "{}", folder.read("p.parameters.json"));
    assert_eq!(found(), [] as [&str; 0]);
}

#[test]
fn a_day_that_is_past_accepts_nothing_and_is_said() {
    let folder = Folder::with(&[]);
    folder.write("main.bicep", &account("'TLS1_0'"));
    let accept = |until: &str| {
        folder.run(&["fix", "--suppress", TLS, "--reason", "x", "--until", until, "--now", "2026-06-01T00:00:00Z"])
    };
    let run = accept("2026-05-31");
    assert_eq!((run.status, folder.read("main.bicep")), (2, account("'TLS1_0'")));
    assert!(run.stderr.contains("2026-05-31 is past"), "{}", run.stderr);
    assert_eq!(accept("2026-06-01").status, 0);
    assert!(folder.read("main.bicep").contains("until=2026-06-01"));
}

#[test]
fn a_scan_can_fix_first() {
    let folder = Folder::with(&[]);
    folder.write("main.bicep", &account("'TLS1_0'"));
    let run = folder.scan(&["--rule", TLS, "--fix"]);
    assert_eq!((run.status, folder.read("main.bicep")), (0, account("'TLS1_2'")), "{}", run.stderr);
    assert_eq!(run.report["results"], json!([]));
}

#[test]
fn wrong_usage_changes_nothing() {
    let folder = Folder::with(&[]);
    folder.write("main.bicep", &account("'TLS1_0'"));
    for args in [&["fix", "--rule", "Azure.No.Rule"][..], &["fix", "--interactive"], &["fix", "--reason", "x"]] {
        let run = folder.run(args);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{args:?}: {}", run.stderr);
    }
    assert_eq!(folder.read("main.bicep"), account("'TLS1_0'"));
}

/// Every text below a folder.
fn texts(folder: &Path) -> BTreeMap<PathBuf, String> {
    let files = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap).filter(|e| e.file_type().is_file());
    files.map(|e| (e.path().to_path_buf(), fs::read_to_string(e.path()).unwrap())).collect()
}

/// What a template that a rule page breaks its rule with becomes: the finding goes with the fix that the page offers, no other
/// comes, and a second run finds nothing more to do. Every fourth page, as all of them take minutes.
#[test]
fn to_fix_twice_is_to_fix_once() {
    let folder = Folder::with(&[]);
    let pages = walkdir::WalkDir::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).sort_by_file_name();
    let pages = pages.into_iter().map(|e| e.unwrap().into_path());
    let is_page = |path: &PathBuf| path.extension().is_some_and(|x| x == "md") && !path.ends_with("README.md");
    for path in pages.filter(is_page).step_by(4) {
        let page = page::parse(&fs::read_to_string(path).unwrap(), None).unwrap();
        let failing = page.examples.iter().filter(|e| e.outcome == "fail" && e.language == "bicep");
        for example in failing.take(1) {
            folder.write(&format!("{}.bicep", page.id), &example.text);
        }
    }
    let before = texts(&folder.path("."));
    let scanned = |folder: &Folder| folder.scan(&["--baseline", "Armlint.All", "--fail-on", "none"]).report;
    let findings = scanned(&folder)["results"].as_array().unwrap().len();
    let fix = || folder.run(&["fix", "--unsafe", "--baseline", "Armlint.All"]);
    let first = fix();
    let once = texts(&folder.path("."));
    let changed = once.iter().filter(|(path, text)| before.get(*path) != Some(text)).count();
    assert!(changed > 25, "{changed} of {} files: {}", before.len(), first.stderr);
    assert!(scanned(&folder)["results"].as_array().unwrap().len() < findings);
    let second = fix();
    assert_eq!(second.stdout, "", "{}", second.stderr);
    assert_eq!(texts(&folder.path(".")), once);
}

#[test]
fn a_template_that_was_compiled_is_mended_in_its_bicep_file() {
    let folder = Folder::with(&[]);
    folder.write("main.bicep", &account("'TLS1_0'"));
    let compiled = r#"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "metadata": {"_generator": {"name": "bicep", "version": "0.36.1.42791", "templateHash": "1"}},
  "resources": [
    {
      "type": "Microsoft.Storage/storageAccounts",
      "apiVersion": "2023-01-01",
      "name": "stshop",
      "location": "westeurope",
      "kind": "StorageV2",
      "sku": {"name": "Standard_GRS"},
      "properties": {"minimumTlsVersion": "TLS1_0"}
    }
  ]
}
"#;
    folder.write("main.json", compiled);
    let run = folder.run(&["fix", "--rule", TLS]);
    assert_eq!((run.status, folder.read("main.bicep")), (0, account("'TLS1_2'")), "{}", run.stderr);
    assert_eq!(folder.read("main.json"), compiled);
}

#[test]
fn modules_of_the_cache_are_left_alone() {
    let folder = Folder::with(&[]);
    let account = |name: &str, tls: &str| {
        json!({"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": name, "location": "eastus",
             "properties": {"minimumTlsVersion": tls}})
    };
    let module = json!({"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0", "parameters": {"tls": {"type": "string"}},
        "resources": [account("stgiven", "[parameters('tls')]"), account("stown", "TLS1_0")]})
    .to_string();
    // Below the root, where a scan comes by it.
    let cached = "cache/br/mcr.microsoft.com/bicep$shop$store/1.0.0$/main.json";
    folder.write(cached, &module);
    let caller =
        |tls: &str| format!("module store 'br/public:shop/store:1.0.0' = {{\n  params: {{ tls: '{tls}' }}\n}}\n");
    folder.write("main.bicep", &caller("TLS1_0"));
    let run = folder.run(&["fix", "--unsafe", "--rule", TLS, "--cache-dir", "cache"]);
    assert_eq!((run.status, folder.read("main.bicep")), (0, caller("TLS1_2")), "{}", run.stderr);
    assert_eq!(folder.read(cached), module);
}

/// `script` gives the command a terminal.
#[test]
#[cfg(target_os = "linux")]
fn a_person_is_asked_about_each_change() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let run = |folder: &Folder, answers: &str| {
        let command = format!("{} fix --rule {TLS} --interactive", env!("CARGO_BIN_EXE_armlint"));
        let mut script = Command::new("script");
        script.args(["-qec", &command, "/dev/null"]).current_dir(folder.path("."));
        let mut process = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        process.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
        String::from_utf8(process.wait_with_output().unwrap().stdout).unwrap().replace('\r', "")
    };
    let files = ["a.bicep", "b.bicep", "c.bicep", "d.bicep"];
    let folder = || {
        let folder = Folder::with(&[]);
        for name in files {
            folder.write(name, &account("'TLS1_0'").replace("stshop", &name.replace('.', "st")));
        }
        folder
    };
    let mended = |folder: &Folder| files.map(|name| folder.read(name).contains("TLS1_2"));
    let one = folder();
    // What is no answer is asked again.
    let said = run(&one, "y\nperhaps\nn\nyes\nq\n");
    assert_eq!(mended(&one), [true, false, true, false], "{said}");
    assert!(
        said.contains("-    minimumTlsVersion: 'TLS1_0' // and me\n+    minimumTlsVersion: 'TLS1_2' // and me\n"),
        "{said}"
    );
    assert!(said.contains("Made 2 changes in 2 files"), "{said}");
    let other = folder();
    let said = run(&other, "n\na\n");
    assert_eq!(mended(&other), [false, true, true, true], "{said}");
}

/// A property, and values that it may have.
type Property = (&'static str, &'static [&'static str]);

/// Types, what else such a resource needs, and properties that rules are about, with values that some keep and some break.
const RESOURCES: [(&str, &str, &[Property]); 5] = [
    (
        "Microsoft.Storage/storageAccounts@2023-01-01",
        "sku: { name: 'Standard_LRS' }\n  kind: 'StorageV2'",
        &[
            ("minimumTlsVersion", &["'TLS1_0'", "'TLS1_2'"]),
            ("allowBlobPublicAccess", &["true", "false"]),
            ("allowSharedKeyAccess", &["true", "false"]),
            ("supportsHttpsTrafficOnly", &["false", "true"]),
            ("networkAcls", &["{ defaultAction: 'Allow' }", "{ defaultAction: 'Deny', bypass: 'None' }", "{}"]),
        ],
    ),
    (
        "Microsoft.KeyVault/vaults@2023-07-01",
        "",
        &[
            ("tenantId", &["tenant().tenantId"]),
            ("sku", &["{ family: 'A', name: 'standard' }"]),
            ("enableSoftDelete", &["true", "false"]),
            ("enablePurgeProtection", &["true"]),
            ("enableRbacAuthorization", &["false", "true"]),
        ],
    ),
    (
        "Microsoft.Web/sites@2023-12-01",
        "kind: 'app'",
        &[
            ("httpsOnly", &["false", "true"]),
            ("siteConfig", &["{ minTlsVersion: '1.0', ftpsState: 'AllAllowed' }", "{ http20Enabled: false }", "{}"]),
            ("clientAffinityEnabled", &["true", "false"]),
        ],
    ),
    (
        "Microsoft.Cache/redis@2023-08-01",
        "",
        &[
            ("sku", &["{ name: 'Standard', family: 'C', capacity: 1 }"]),
            ("minimumTlsVersion", &["'1.0'", "'1.2'"]),
            ("enableNonSslPort", &["true", "false"]),
            ("publicNetworkAccess", &["'Enabled'", "'Disabled'"]),
        ],
    ),
    (
        "Microsoft.ContainerRegistry/registries@2023-07-01",
        "sku: { name: 'Premium' }",
        &[("adminUserEnabled", &["true", "false"]), ("anonymousPullEnabled", &["true", "false"])],
    ),
];

/// How a value comes to its property.
#[derive(Debug, Clone, Copy)]
enum By {
    Itself,
    Variable,
    Parameter,
}

/// A template: the resource, for each property which of its values it has and how, and whether it stands in one line.
fn small_template() -> impl Strategy<Value = String> {
    let by = prop_oneof![4 => Just(By::Itself), 1 => Just(By::Variable), 1 => Just(By::Parameter)];
    let property = (any::<prop::sample::Index>(), any::<bool>(), by);
    let properties = prop::collection::vec(property, 5);
    (0..RESOURCES.len(), properties, any::<bool>(), any::<bool>()).prop_map(|(which, chosen, one_line, crlf)| {
        let (kind, more, known) = RESOURCES[which];
        let (mut before, mut inside) = (String::new(), Vec::new());
        for ((name, values), (index, there, by)) in known.iter().zip(chosen) {
            let value = *index.get(values);
            match by {
                _ if !there => {}
                By::Itself => inside.push(format!("{name}: {value}")),
                By::Variable => {
                    before.push_str(&format!("var {name}Value = {value}\n"));
                    inside.push(format!("{name}: {name}Value"));
                }
                By::Parameter => {
                    let ty = match value.chars().next() {
                        Some('\'') => "string",
                        Some('{') => "object",
                        Some('t' | 'f') if !value.contains('(') => "bool",
                        _ => "string",
                    };
                    before.push_str(&format!("param {name}Given {ty} = {value} // given\n"));
                    inside.push(format!("{name}: {name}Given"));
                }
            }
        }
        let inside = match one_line {
            true => format!("{{ {} }}", inside.join(", ")),
            false => format!("{{\n    // what it is\n    {}\n  }}", inside.join("\n    ")),
        };
        let text = format!("{before}resource it '{kind}' = {{\n  name: 'itexample'\n  location: 'westeurope'\n  {more}\n  properties: {inside}\n}}\n");
        if crlf { text.replace('\n', "\r\n") } else { text }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn small_templates_are_mended_once_and_for_all(texts in prop::collection::vec(small_template(), 12)) {
        let folder = Folder::with(&[]);
        for (i, text) in texts.iter().enumerate() {
            // Names that are alike would be one target.
            folder.write(&format!("{i}/main.bicep"), &text.replace("itexample", &format!("it{i}")));
        }
        let errors = |folder: &Folder| {
            let report = folder.scan(&["--baseline", "Armlint.All", "--fail-on", "none"]).report;
            let of = |key: &str| report[key].as_array().unwrap().clone();
            let failed = of("results").into_iter().filter(|r| r["outcome"] == "fail").map(|r| (r["rule"].clone(), r["resource"]["name"].clone()));
            let failed: Vec<(Value, Value)> = failed.collect();
            (failed, of("diagnostics").iter().filter(|d| d["level"] == "error").count())
        };
        let before = errors(&folder);
        for args in [&["fix", "--baseline", "Armlint.All"][..], &["fix", "--unsafe", "--baseline", "Armlint.All"]] {
            let first = folder.run(args);
            let once = self::texts(&folder.path("."));
            let second = folder.run(args);
            prop_assert_eq!(&second.stdout, "", "{}\n{}", first.stdout, second.stderr);
            prop_assert_eq!(self::texts(&folder.path(".")), once);
        }
        let after = errors(&folder);
        prop_assert!(after.1 <= before.1);
        for finding in &after.0 {
            prop_assert!(before.0.contains(finding), "{:?} is new", finding);
        }
    }
}
