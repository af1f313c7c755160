//! Findings that somebody accepts: in comments, directives, metadata and the configuration.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Folder, Run};
use serde_json::Value;

const TLS: &str = "Azure.Storage.MinTLS";
const SECURE: &str = "Azure.Storage.SecureTransfer";
const UNUSED: &str = "Armlint.Suppression.Unused";
const NOW: &str = "2026-11-27T12:00:00Z";

/// A storage account that breaks two rules. `head` stands above it, `top` on its first line, `line` above the version of TLS, `end`
/// behind it.
fn account(head: &str, top: &str, line: &str, end: &str) -> String {
    format!(
        "{head}\nresource a 'Microsoft.Storage/storageAccounts@2023-05-01' = {{ {top}\n  name: 'stlegacy001'\n  location: 'westeurope'\n  \
         kind: 'StorageV2'\n  sku: {{ name: 'Standard_GRS' }}\n  properties: {{\n    {line}\n    minimumTlsVersion: 'TLS1_0' {end}\n    \
         supportsHttpsTrafficOnly: false\n  }}\n}}\n"
    )
}

/// A scan with the rules of these tests, and all outcomes.
fn scan(folder: &Folder, args: &[&str]) -> Run {
    let rules = [
        "--fail-on",
        "warning",
        "--rule",
        TLS,
        "--rule",
        SECURE,
        "--rule",
        UNUSED,
        "--outcome",
        "fail,suppressed,unknown,error",
    ];
    folder.scan(&[&["--now", NOW], &rules[..], args].concat())
}

fn one(text: &str) -> Run {
    let folder = Folder::with(&[]);
    folder.write("main.bicep", text);
    scan(&folder, &["main.bicep"])
}

fn results(run: &Run) -> &Vec<Value> {
    run.report["results"].as_array().unwrap_or_else(|| panic!("{}{}", run.stdout, run.stderr))
}

/// The rules whose findings have an outcome, without the rest of their names.
fn with(run: &Run, outcome: &str) -> Vec<String> {
    let of = |r: &&Value| r["outcome"] == outcome;
    let mut all: Vec<String> = results(run)
        .iter()
        .filter(of)
        .map(|r| r["rule"].as_str().unwrap().rsplit('.').next().unwrap().to_owned())
        .collect();
    all.sort();
    all
}

fn codes(run: &Run) -> Vec<String> {
    run.diagnostics().into_iter().map(|(code, line)| format!("{code}:{line}")).collect()
}

#[test]
fn a_comment_covers_a_line_a_resource_or_a_file() {
    let ignore = |form: &str| format!("// armlint: {form} {TLS} -- old clients");
    for text in [
        account("", "", &ignore("ignore"), ""),
        account("", "", "", &ignore("ignore")),
        account("", "", "", "/* armlint: ignore AZR-000200 -- old clients */"),
        account("", "", "", "// ARMLINT: Ignore AZR-000200 -- old clients"),
        account(&ignore("ignore"), "", "", ""),
        account(&format!("{}\n@batchSize(1)", ignore("ignore")), "", "", ""),
        account("", &ignore("ignore"), "", ""),
        account("", "", "", &format!("\n{}", ignore("ignore-resource"))),
        account(&ignore("ignore-resource"), "", "", ""),
        format!("{}\n\nparam a string\n{}", ignore("ignore-file"), account("", "", "", "")),
        format!("{}\n/*\n * armlint: ignore-file {TLS} -- old clients\n */", account("", "", "", "")),
        account("", "", "#disable-next-line AZR-000200 // old clients", ""),
        account("#disable-next-line no-unused-params azr-000200 // old clients", "", "", ""),
        format!("#disable-diagnostics AZR-000200 // old clients\n{}", account("", "", "", "")),
        account("", "", "// checkov:skip=CKV_AZURE_44: old clients", ""),
    ] {
        let run = one(&text);
        assert_eq!(
            (with(&run, "suppressed"), with(&run, "fail")),
            (vec!["MinTLS".into()], vec!["SecureTransfer".into()]),
            "{text}"
        );
        let suppressed = results(&run).iter().find(|r| r["outcome"] == "suppressed").unwrap();
        assert_eq!(suppressed["suppression"]["kind"], "inSource", "{text}");
        assert_eq!(suppressed["suppression"]["justification"], "old clients", "{text}");
        assert_eq!(suppressed["suppression"]["location"]["file"], "main.bicep");
        assert_eq!(run.status, 1);
    }
    let both = account("", "", "", "// armlint: ignore-resource Azure.Storage.* -- a test");
    assert_eq!(with(&one(&both), "suppressed"), ["MinTLS", "SecureTransfer"]);
    assert_eq!(one(&both).status, 0);
    let list = account(&format!("// armlint: ignore {TLS}, {SECURE}"), "", "", "");
    assert_eq!(with(&one(&list), "suppressed"), ["MinTLS", "SecureTransfer"]);
}

#[test]
fn a_comment_covers_nothing_else() {
    let ignore = format!("// armlint: ignore {TLS}");
    for text in [
        // Another line, another resource, another rule; a text that is no comment; behind a restored directive.
        account("", "", "", &format!("\n{ignore}")),
        format!("{}{ignore}\nvar x = 1\n", account("", "", "", "")),
        account("// armlint: ignore Azure.Storage.Name", "", "", ""),
        format!("var x = '{ignore}'\n{}", account("", "", "", "")),
        account("// see armlint: ignore Azure.Storage.MinTLS", "", "", ""),
        format!(
            "#disable-diagnostics AZR-000200\nvar x = 1\n#restore-diagnostics AZR-000200\n{}",
            account("", "", "", "")
        ),
        format!("{}#disable-diagnostics AZR-000200\n", account("", "", "", "")),
        account("// checkov:skip=CKV_AZURE_99999:x", "", "", ""),
    ] {
        let run = one(&text);
        assert!(with(&run, "suppressed").is_empty(), "{text}\n{}", run.stdout);
        assert!(with(&run, "fail").contains(&"MinTLS".into()), "{text}");
    }
}

#[test]
fn json_takes_comments_and_metadata() {
    let template = |before: &str, inside: &str, line: &str| {
        format!(
            r#"{{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0", {before}
  "resources": [
    {{ {inside}
      "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-05-01", "name": "stlegacy001", "location": "westeurope",
      "kind": "StorageV2", "sku": {{ "name": "Standard_GRS" }},
      "properties": {{ "supportsHttpsTrafficOnly": true,
        {line} "minimumTlsVersion": "TLS1_0" }}
    }}
  ]
}}"#
        )
    };
    let metadata = |entry: &str| format!(r#""metadata": {{ "armlint": {{ "ignore": {entry} }} }},"#);
    for (text, reason) in [
        (template("", "", "// armlint: ignore AZR-000200 -- why\n"), Some("why")),
        (template("", "// armlint: ignore Azure.Storage.MinTLS -- why", ""), Some("why")),
        (template("", "", "/* armlint: ignore-resource Azure.Storage.MinTLS */"), None),
        (template("", &metadata(r#"[{ "rule": "Azure.Storage.MinTLS", "reason": "why" }]"#), ""), Some("why")),
        (template("", &metadata(r#"[{ "rule": ["AZR-000200", "Azure.AKS.*"] }]"#), ""), None),
        (template("", &metadata(r#""CKV_AZURE_44""#), ""), None),
        (
            template(
                &metadata(r#"[{ "rule": "Azure.Storage.MinTLS", "reason": "why", "until": "2026-11-27" }]"#),
                "",
                "",
            ),
            Some("why (until 2026-11-27)"),
        ),
    ] {
        let folder = Folder::with(&[]);
        folder.write("main.json", &text);
        let run = scan(&folder, &[]);
        assert_eq!((with(&run, "suppressed"), run.status), (vec!["MinTLS".into()], 0), "{text}\n{}", run.stdout);
        let suppressed = results(&run).iter().find(|r| r["outcome"] == "suppressed").unwrap();
        assert_eq!(suppressed["suppression"]["justification"].as_str(), reason);
    }
    let folder = Folder::with(&[]);
    folder.write("main.json", &template("", r#""metadata": { "checkov": ["CKV_AZURE_44: why", "CKV_AZURE_1"] },"#, ""));
    let run = scan(&folder, &[]);
    assert_eq!(
        (with(&run, "suppressed"), codes(&run)),
        (vec!["MinTLS".into()], vec!["note suppression-peer:5".into()])
    );
    for (entry, word) in [
        (r#"[{ "reason": "why" }]"#, "a suppression is written"),
        ("[1]", "a suppression is written"),
        (r#"[{ "rule": "AZR-000200", "expires": "x" }]"#, "`expires` is not known here"),
        (r#"[{ "rule": "AZR-000200", "until": "soon" }]"#, "`soon` is no date"),
        (r#"[{ "rule": "AZR-000200", "until": 20270101 }]"#, "`until` is a text, such as \"2027-01-31\""),
        (r#"[{ "rule": "AZR-000200", "reason": 5 }]"#, "`reason` is a text"),
    ] {
        let folder = Folder::with(&[]);
        folder.write("main.json", &template("", &metadata(entry), ""));
        let run = scan(&folder, &[]);
        assert_eq!((run.status, codes(&run)), (1, vec!["warning suppression-syntax:5".into()]));
        assert!(run.messages()[0].contains(word), "{:?}", run.messages());
    }
}

#[test]
fn bicep_has_metadata_that_the_compiler_takes_over() {
    let with_metadata = |value: &str| one(&account(&format!("metadata armlint = {value}"), "", "", ""));
    for value in [
        "{ ignore: [{ rule: 'Azure.Storage.MinTLS', reason: 'why', until: '2026-11-27' }] }",
        "{ ignore: [{ rule: ['AZR-000200', 'Azure.AKS.*'] }] }",
        "{ ignore: 'AZR-000200' }",
    ] {
        assert_eq!(with(&with_metadata(value), "suppressed"), ["MinTLS"], "{value}");
    }
    for (value, word) in [
        ("'AZR-000200'", "it is written"),
        ("{ ignore: [{ rules: 'AZR-000200' }] }", "it is written"),
        ("{ ignore: [{ rule: 'AZR-000200', until: 'soon' }] }", "`soon` is no date"),
        ("{ ignore: [{ rule: 'AZR-000200', reason: 5 }] }", "it is written"),
    ] {
        let run = with_metadata(value);
        assert_eq!((with(&run, "suppressed").len(), codes(&run)), (0, vec!["warning suppression-syntax:1".into()]));
        assert!(run.messages()[0].contains(word), "{:?}", run.messages());
    }
}

#[test]
fn what_is_wrong_with_a_suppression_is_told_and_it_has_no_effect() {
    for (comment, code, word) in [
        ("// armlint: ignroe Azure.Storage.MinTLS", "suppression-syntax", "`armlint: ignroe` has no effect"),
        ("// armlint: ignore", "suppression-syntax", "names no rule"),
        ("// armlint: ignore Azure.Storage.MinTSL", "suppression-unknown-rule", "did you mean `Azure.Storage.MinTLS`?"),
        ("// armlint: ignore Azure.Storage.MinTLS until=2026-11-26 -- x", "suppression-expired", "until 2026-11-26"),
        ("// armlint: ignore Azure.Storage.MinTLS until=never", "suppression-syntax", "`never` is no date"),
        ("#disable-next-line Azure.Storage.MinTLS", "suppression-directive", "the rule's reference, `AZR-000200`"),
        ("#disable-next-line AZR-999999", "suppression-unknown-rule", "`AZR-999999` is no rule"),
    ] {
        let run = one(&account(comment, "", "", ""));
        assert_eq!(codes(&run), [format!("warning {code}:1")], "{comment}");
        assert!(run.messages()[0].contains(word), "{:?}", run.messages());
        assert_eq!(with(&run, "fail"), ["MinTLS", "SecureTransfer"]);
        assert_eq!(run.report["files"][0]["status"], "analysed");
    }
    // It counts on its last day.
    assert_eq!(
        with(&one(&account("// armlint: ignore Azure.Storage.MinTLS until=2026-11-27", "", "", "")), "suppressed"),
        ["MinTLS"]
    );
}

#[test]
fn a_reason_can_be_asked_for() {
    let folder = Folder::with(&[]);
    folder.write("armlint.yaml", "armlint: { suppressions-need-reason: true }");
    for (text, suppressed) in [
        (account("// armlint: ignore Azure.Storage.MinTLS -- why", "", "", ""), true),
        (account("// armlint: ignore Azure.Storage.MinTLS", "", "", ""), false),
        (account("#disable-next-line AZR-000200", "", "", ""), false),
        (account("#disable-next-line AZR-000200 // why", "", "", ""), true),
        (account("", "// checkov:skip=CKV_AZURE_44", "", ""), false),
    ] {
        folder.write("main.bicep", &text);
        let run = scan(&folder, &[]);
        assert_eq!(with(&run, "suppressed").len(), usize::from(suppressed), "{text}");
        assert_eq!(
            codes(&run).iter().any(|c| c.starts_with("warning suppression-without-reason")),
            !suppressed,
            "{text}"
        );
    }
}

#[test]
fn one_of_several_places_is_not_all_of_them() {
    let subnet = |name: &str, comment: &str| {
        format!(
            "      {comment}\n      {{\n        name: '{name}'\n        properties: {{ addressPrefix: '10.0.1.0/24' }}\n      }}\n"
        )
    };
    let network = |a: &str, b: &str| {
        format!(
            "resource v 'Microsoft.Network/virtualNetworks@2023-05-01' = {{\n  name: 'vnet'\n  location: 'westeurope'\n  properties: {{\n    \
             addressSpace: {{ addressPrefixes: ['10.0.0.0/16'] }}\n    subnets: [\n{}{}    ]\n  }}\n}}\n",
            subnet("snet-a", a),
            subnet("snet-b", b)
        )
    };
    let ignore = "// armlint: ignore Azure.VNET.UseNSGs -- no";
    let run = |text: &str| {
        let folder = Folder::with(&[]);
        folder.write("main.bicep", text);
        folder.scan(&["--rule", "Azure.VNET.UseNSGs", "--outcome", "fail,suppressed"])
    };
    let first = |run: &Run| {
        (
            results(run)[0]["outcome"].as_str().unwrap().to_owned(),
            results(run)[0]["location"]["startLine"].as_u64().unwrap(),
        )
    };
    assert_eq!(first(&run(&network("", ""))), ("fail".into(), 10));
    // What is left is shown where it stands.
    assert_eq!(first(&run(&network(ignore, ""))), ("fail".into(), 15));
    assert_eq!(first(&run(&network("", ignore))), ("fail".into(), 10));
    assert_eq!(first(&run(&network(ignore, ignore))), ("suppressed".into(), 10));
}

#[test]
fn every_copy_of_a_resource_must_be_covered() {
    let module = |name: &str| format!("module {name} '{name}.bicep' = {{ name: '{name}' }}\n");
    let folder = Folder::with(&[]);
    folder.write("main.bicep", &(module("m") + &module("n")));
    folder.write("m.bicep", &account("// armlint: ignore Azure.Storage.MinTLS -- here", "", "", ""));
    folder.write("n.bicep", &account("", "", "", ""));
    assert!(with(&scan(&folder, &[]), "fail").contains(&"MinTLS".into()));
    folder.write("n.bicep", &account("// armlint: ignore Azure.Storage.MinTLS -- there", "", "", ""));
    assert_eq!(with(&scan(&folder, &[]), "fail"), ["SecureTransfer"]);
}

#[test]
fn modules_are_covered_where_they_are_written_and_where_they_are_called() {
    let folder = Folder::with(&[]);
    let call = |comment: &str| format!("{comment}\nmodule m 'm.bicep' = {{\n  name: 'm'\n}}\n");
    folder.write("m.bicep", &account("", "", "// armlint: ignore Azure.Storage.MinTLS -- everywhere", ""));
    folder.write("one.bicep", &call(""));
    folder.write("two.bicep", &call("// armlint: ignore Azure.Storage.SecureTransfer -- here only"));
    let run = scan(&folder, &[]);
    assert_eq!(with(&run, "suppressed"), ["MinTLS", "MinTLS", "SecureTransfer"]);
    assert_eq!(with(&run, "fail"), ["SecureTransfer"]);
    // A file covers all that is called in it.
    folder.write("one.bicep", &call("// armlint: ignore-file Azure.Storage.SecureTransfer"));
    assert_eq!(with(&scan(&folder, &[]), "fail"), [] as [&str; 0]);
}

#[test]
fn a_parameter_file_is_covered_by_its_line_and_covers_its_deployment() {
    let folder = Folder::with(&[]);
    let template = account("param tls string", "", "", "").replace("'TLS1_0'", "tls");
    folder.write("main.bicep", &template);
    let given = |head: &str, line: &str| format!("using 'main.bicep' {head}\n{line}\nparam tls = 'TLS1_0'\n");
    folder.write("a.bicepparam", &given("", "// armlint: ignore Azure.Storage.MinTLS -- until the move"));
    folder.write("b.bicepparam", &given("", ""));
    let run = scan(&folder, &[]);
    assert_eq!(
        (with(&run, "suppressed"), with(&run, "fail")),
        (vec!["MinTLS".into()], vec!["MinTLS".into(), "SecureTransfer".into(), "SecureTransfer".into()])
    );
    folder.write("b.bicepparam", &given("// armlint: ignore Azure.Storage.* -- a test system", ""));
    assert_eq!(with(&scan(&folder, &[]), "fail"), ["SecureTransfer"]);
    // The resource covers all deployments.
    folder.write("b.bicepparam", &given("", ""));
    folder.write(
        "main.bicep",
        &format!(
            "param tls string\n// armlint: ignore Azure.Storage.* -- all\n{}",
            template.trim_start_matches("param tls string\n")
        ),
    );
    assert_eq!(with(&scan(&folder, &[]), "fail"), [] as [&str; 0]);
}

#[test]
fn a_module_of_somebody_else_says_nothing() {
    let folder = Folder::with(&[]);
    let template = r#"{ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
  // armlint: ignore-file Azure.* -- trust me
  "metadata": { "armlint": { "ignore": "Azure.*" } },
  "resources": [ { "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-05-01", "name": "stlegacy001", "location": "westeurope",
    "kind": "StorageV2", "sku": { "name": "Standard_GRS" }, "properties": { "minimumTlsVersion": "TLS1_0" } } ] }"#;
    folder.write("cache/br/mcr.microsoft.com/bicep$x/1.0$/main.json", template);
    let call = |comment: &str| format!("{comment}\nmodule m 'br:mcr.microsoft.com/bicep/x:1.0' = {{ name: 'm' }}\n");
    folder.write("infra/main.bicep", &call(""));
    let run = scan(&folder, &["infra", "--cache-dir", "cache"]);
    assert!(with(&run, "fail").contains(&"MinTLS".into()), "{}", run.stdout);
    assert_eq!(with(&run, "suppressed"), [] as [&str; 0]);
    folder.write("infra/main.bicep", &call("// armlint: ignore Azure.Storage.MinTLS -- no other version yet"));
    assert_eq!(with(&scan(&folder, &["infra", "--cache-dir", "cache"]), "suppressed"), ["MinTLS"]);
}

#[test]
fn one_that_covers_nothing_is_a_finding_with_a_fix() {
    let good =
        |comment: &str, end: &str| account(comment, "", "", end).replace("TLS1_0", "TLS1_2").replace("false", "true");
    let unused = |run: &Run| -> Vec<(u64, String)> {
        let of = |r: &&Value| r["rule"] == UNUSED;
        let one = |r: &Value| (r["location"]["startLine"].as_u64().unwrap(), r["message"].as_str().unwrap().to_owned());
        results(run).iter().filter(of).map(one).collect()
    };
    let gone = |what: &str| format!("The suppression of {what} covers no finding; remove it.");
    let folder = Folder::with(&[]);
    folder.write(
        "main.bicep",
        &good("// armlint: ignore Azure.Storage.MinTLS -- x", "// armlint: ignore AZR-000196, AZR-000200"),
    );
    let run = scan(&folder, &[]);
    assert_eq!(unused(&run), [(1, gone(TLS)), (9, gone("AZR-000196, AZR-000200"))]);
    assert_eq!((run.status, with(&run, "fail")), (0, vec!["Unused".into(), "Unused".into()]));
    // One of two rules, a directive among codes of the compiler, and what a comment takes away.
    folder.write(
        "main.bicep",
        &account(&format!("// armlint: ignore {TLS}, Azure.Storage.Name, {SECURE} -- x"), "", "", ""),
    );
    let run = folder.run(&["scan", "--rule", "Azure.Storage.*", "--rule", UNUSED, "--format", "sarif"]);
    let fixes: Vec<&Value> = run.report["runs"][0]["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|r| r["ruleId"] == UNUSED)
        .map(|r| &r["fixes"][0]["artifactChanges"][0]["replacements"][0])
        .collect();
    assert_eq!(fixes[0]["insertedContent"]["text"], format!("{TLS}, {SECURE}"));
    assert_eq!(
        (&fixes[0]["deletedRegion"]["startColumn"], &fixes[0]["deletedRegion"]["endColumn"]),
        (&20.into(), &90.into())
    );
    // Of rules that do not run, of files that are broken, of verdicts that are not known, and of a module that is looked at alone, nothing is said.
    for (text, args) in [
        (good("// armlint: ignore Azure.KeyVault.Logs -- x", ""), &[][..]),
        (good("// armlint: ignore Azure.Storage.MinTLS -- x", "") + "var x = \n", &[]),
        (
            account("// armlint: ignore Azure.Storage.MinTLS -- x\n", "", "", "").replace("'TLS1_0'", "tls")
                + "param tls string\n",
            &[],
        ),
        (good("// armlint: ignore Azure.Storage.MinTLS -- x\n", "") + "param x string = ''\n", &["main.bicep"]),
        (good("// checkov:skip=CKV_AZURE_44:x", ""), &[]),
    ] {
        folder.write("main.bicep", &text);
        assert_eq!(unused(&scan(&folder, args)), [], "{text}");
    }
    // It can be left out, and it is a word only where PSRule's baseline runs.
    folder.write("main.bicep", &good("// armlint: ignore Azure.Storage.MinTLS -- x", ""));
    let told = |args: &[&str]| {
        let run = folder.scan(args);
        (unused(&run).len(), codes(&run).iter().filter(|c| c.contains("suppression-unused")).count())
    };
    assert_eq!(told(&["--outcome", "fail"]), (1, 0));
    assert_eq!(told(&["--exclude-rule", UNUSED]), (0, 0));
    folder.write("ps-rule.yaml", "{}");
    assert_eq!(told(&[]), (0, 1));
}

#[test]
fn the_configuration_covers_paths_until_a_day() {
    let folder = Folder::with(&[]);
    folder.write("a/main.bicep", &account("", "", "", ""));
    folder.write("b/main.bicep", &account("", "", "", "").replace("stlegacy001", "stlegacy002"));
    let with_options = |suppression: &str| {
        folder.write("armlint.yaml", &format!("armlint:\n  suppressions:\n    - {{ rule: {TLS}, {suppression} }}\n"));
        scan(&folder, &[])
    };
    let run = with_options("paths: [a/**], reason: a test, until: '2026-11-27'");
    assert_eq!(with(&run, "suppressed"), ["MinTLS"]);
    let suppressed = results(&run).iter().find(|r| r["outcome"] == "suppressed").unwrap();
    assert_eq!(
        (&suppressed["suppression"]["kind"], &suppressed["suppression"]["justification"]),
        (&"external".into(), &"a test (until 2026-11-27)".into())
    );
    assert_eq!(suppressed["location"]["file"], "a/main.bicep");
    let run = with_options("paths: [a/**], targets: [stlegacy002]");
    assert_eq!((with(&run, "suppressed").len(), with(&run, "fail").contains(&"Unused".into())), (0, true));
    let run = with_options("until: 2026-11-26");
    assert_eq!((with(&run, "suppressed").len(), codes(&run)), (0, vec!["warning suppression-expired:3".into()]));
    for (wrong, word) in [
        ("until: soon", "the last day on which it counts"),
        ("paths: ['[']", "is not a glob"),
        ("path: a", "is not a key of"),
    ] {
        let run = with_options(wrong);
        assert_eq!(run.status, 2);
        assert!(run.stderr.contains("armlint.yaml:3:") && run.stderr.contains(word), "{}", run.stderr);
    }
}

#[test]
fn reports_show_who_accepts_what() {
    let folder = Folder::with(&[]);
    folder.write("main.bicep", &account("// armlint: ignore Azure.Storage.MinTLS -- <b>old</b> clients", "", "", ""));
    let run = |args: &[&str]| folder.run(&[&["scan", "--now", NOW, "--rule", TLS], args].concat());
    let text = run(&["--format", "text"]);
    assert!(text.stdout.contains("No findings (1 suppressed)"), "{}", text.stdout);
    assert_eq!(text.status, 0);
    assert!(run(&["--format", "markdown"]).stdout.contains("1 result is suppressed"));
    assert!(run(&["--format", "counts"]).stdout.contains("suppressed=1\nknown=0\ngone=0\n"));
    // Code scanning would open an alert for it.
    assert_eq!(run(&["--format", "sarif"]).report["runs"][0]["results"], serde_json::json!([]));
    let sarif = run(&["--format", "sarif", "--outcome", "all"]).report;
    let suppression = &sarif["runs"][0]["results"][0]["suppressions"][0];
    assert_eq!((&suppression["kind"], &suppression["status"]), (&"inSource".into(), &"accepted".into()));
    assert_eq!(suppression["justification"], "<b>old</b> clients");
    assert_eq!(suppression["location"]["physicalLocation"]["region"]["startLine"], 1);
    assert!(run(&["--format", "junit", "--outcome", "all"]).stdout.contains("&lt;b&gt;old"));
}

#[test]
fn comments_for_other_tools_are_named() {
    let run = one(&account("", "// checkov:skip=CKV_AZURE_44,CKV_AZURE_3:old", "", ""));
    assert_eq!(codes(&run), ["note suppression-peer:2"]);
    let message = run.messages()[0].to_owned();
    assert!(message.contains("CKV_AZURE_44 (Azure.Storage.MinTLS)") && message.contains("CKV_AZURE_3 ("), "{message}");
    let trivy = account("", "", "// trivy:ignore:AVD-AZU-0011:exp:2026-12-31", "");
    assert_eq!(with(&one(&trivy), "suppressed"), ["MinTLS"]);
    assert_eq!(with(&one(&trivy.replace("2026-12-31", "2026-01-31")), "suppressed"), [] as [&str; 0]);
}

#[test]
fn a_reason_tells_no_secret() {
    let folder = Folder::with(&[]);
    let text = account("// armlint: ignore Azure.Storage.MinTLS -- the key Zx81-Hq77-Lm05 is old", "", "", "");
    folder.write("main.bicep", &format!("{text}@secure()\nparam key string\n"));
    folder.write("main.parameters.json", r#"{ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#", "contentVersion": "1.0.0.0", "parameters": { "key": { "value": "Zx81-Hq77-Lm05" } } }"#);
    let run = scan(&folder, &[]);
    assert_eq!(with(&run, "suppressed"), ["MinTLS"], "{}", run.stdout);
    assert!(!run.stdout.contains("Zx81") && run.stdout.contains("is old"), "{}", run.stdout);
}
