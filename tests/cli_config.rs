//! `armlint.yaml`, `ps-rule.yaml`, `armlint config`, what `armlint init` makes of one, and rules of a repository.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Folder, Run};
use serde_json::{Value, json};

const OLD: &str = r#"
param name string
resource a 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: name
  location: resourceGroup().location
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: { minimumTlsVersion: 'TLS1_0' }
}
"#;
const TLS: &str = "Azure.Storage.MinTLS";
const COPIES: &str = "Azure.Storage.UseReplication";

/// A repository with these files, and an old storage account in two folders.
fn repository(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::with(&[]);
    folder.write(".git/HEAD", "");
    folder.write("infra/dev/main.bicep", &OLD.replace("param name string", "param name string = 'stdev001'"));
    folder.write("infra/prod/main.bicep", &OLD.replace("param name string", "param name string = 'stprod001'"));
    files.iter().for_each(|(name, text)| folder.write(name, text));
    folder
}

/// `rule file outcome level` of each result.
fn results(run: &Run) -> Vec<String> {
    let results = run.report["results"].as_array().unwrap_or_else(|| panic!("{}{}", run.stdout, run.stderr));
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let line = |r: &Value| {
        format!("{} {} {} {}", text(&r["rule"]), text(&r["location"]["file"]), text(&r["outcome"]), text(&r["level"]))
    };
    let mut all: Vec<String> = results.iter().map(line).collect();
    all.sort();
    all
}

fn has(run: &Run, rule: &str, file: &str, outcome: &str) -> bool {
    results(run).iter().any(|r| r.starts_with(&format!("{rule} {file} {outcome} ")))
}

#[test]
fn config_prints_what_counts_and_where_it_comes_from() {
    let own = "armlint:\n  extends: base.yaml\n  rules:\n    exclude:\n      - AZR-000044\n  configuration:\n    AZURE_RESOURCE_ALLOWED_LOCATIONS: [westeurope]\n";
    let base = "armlint: { fail-on: warning, rules: { exclude: [Azure.Storage.Name] } }\n";
    let folder = repository(&[("armlint.yaml", own), ("base.yaml", base)]);
    let args = ["config", "--baseline", "Armlint.All"];
    let run = folder.run_with(&args, &[("PSRULE_CONFIGURATION_AZURE_AKS_CLUSTER_MINIMUM_SYSTEM_NODES", "5")]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let row = |key: &str| -> Vec<String> {
        let of_key = run.stdout.lines().filter(|l| l.split_whitespace().next() == Some(key));
        of_key.map(|l| l.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")).collect()
    };
    assert!(run.stdout.starts_with("options of base.yaml, armlint.yaml\n"), "{}", run.stdout);
    assert_eq!(row("baseline"), ["Armlint.All command line --baseline"]);
    assert_eq!(row("fail-on"), ["warning base.yaml:1"]);
    assert_eq!(row("rules.exclude"), ["Azure.Storage.Name base.yaml:1", "AZR-000044 armlint.yaml:5"]);
    assert_eq!(row("configuration.AZURE_RESOURCE_ALLOWED_LOCATIONS"), ["[\"westeurope\"] armlint.yaml:7"]);
    assert_eq!(row("context.location"), ["eastus default"]);
    let variable = row("configuration.AZURE_AKS_CLUSTER_MINIMUM_SYSTEM_NODES");
    assert!(variable[0].starts_with("5 environment PSRULE_CONFIGURATION_"), "{variable:?}");
    let json = folder.run(&["config", "--format", "json"]).report;
    let fail_on = json["settings"].as_array().unwrap().iter().find(|s| s["key"] == "fail-on").unwrap();
    let source = json!({"kind": "file", "file": "base.yaml", "line": 1, "column": 21});
    assert_eq!(fail_on, &json!({"key": "fail-on", "value": "warning", "source": source}));
}

#[test]
fn which_of_two_files_counts_is_said_first() {
    let folder =
        repository(&[("armlint.yaml", "armlint: {}"), ("ps-rule.yaml", "rule: { exclude: [Azure.Storage.MinTLS] }")]);
    let run = folder.scan(&[]);
    let first = run.stderr.lines().next().unwrap_or_default();
    assert!(first.contains("armlint.yaml counts") && first.contains("ps-rule.yaml is not read"), "{}", run.stderr);
    assert!(has(&run, TLS, "infra/dev/main.bicep", "fail"));
    assert!(folder.run(&["config"]).stdout.lines().next().unwrap().contains("ps-rule.yaml is not read"));
}

#[test]
fn ours_is_found_from_below_and_its_paths_start_at_it() {
    let own = "armlint: { files: { exclude: ['infra/dev/**'] } }";
    let folder = repository(&[("armlint.yaml", own)]);
    for (at, args) in [(".", vec![]), ("infra", vec![]), ("infra/prod", vec![".."])] {
        let run = folder.run_in(at, &[vec!["scan", "-f", "json"], args].concat());
        assert!(has(&run, TLS, "infra/prod/main.bicep", "fail"), "{at}");
        assert!(!has(&run, TLS, "infra/dev/main.bicep", "fail"), "{at}");
    }
    folder.write("armlint.yaml", "armlint: { paths: [infra/prod] }");
    let run = folder.scan(&[]);
    assert!(has(&run, TLS, "infra/prod/main.bicep", "fail") && !has(&run, TLS, "infra/dev/main.bicep", "fail"));
    assert!(has(&folder.scan(&["infra/dev"]), TLS, "infra/dev/main.bicep", "fail"));
    // A pull request may narrow what is looked at, so every summary says it.
    let said = "By armlint.yaml, nothing but infra/prod is looked at.";
    assert!(
        folder.run(&["scan"]).stdout.contains(said) && folder.run(&["scan", "-f", "markdown"]).stdout.contains(said)
    );
    assert!(!folder.run(&["scan", "infra/dev"]).stdout.contains("nothing but"));
}

#[test]
fn an_override_is_about_its_files() {
    let own = "armlint:
  overrides:
    - paths: [infra/dev/**]
      rules: { exclude: [Azure.Storage.UseReplication], levels: { Azure.Storage.MinTLS: note } }
      configuration: { AZURE_RESOURCE_ALLOWED_LOCATIONS: [westeurope], AZURE_RESOURCE_GROUP: { location: westus } }
";
    let folder = repository(&[("armlint.yaml", own)]);
    let run = folder.scan(&["--outcome", "all"]);
    let (dev, prod) = ("infra/dev/main.bicep", "infra/prod/main.bicep");
    assert!(has(&run, COPIES, dev, "suppressed") && has(&run, COPIES, prod, "fail"), "{:?}", results(&run));
    let level = |file: &str| results(&run).into_iter().find(|r| r.starts_with(&format!("{TLS} {file} fail"))).unwrap();
    assert!(level(dev).ends_with(" note") && !level(prod).ends_with(" note"), "{} {}", level(dev), level(prod));
    assert!(has(&run, "Azure.Resource.AllowedRegions", dev, "fail"));
    assert!(!has(&run, "Azure.Resource.AllowedRegions", prod, "fail"));
    let sarif = folder.run(&["scan", "-f", "sarif", "--outcome", "all"]).stdout;
    assert!(sarif.contains("the rule does not run for infra/dev/** (armlint.yaml:3)"));
}

#[test]
fn rules_are_chosen_by_what_they_are_about() {
    let rules = |own: &str| {
        let run = repository(&[("armlint.yaml", own)]).scan(&["--outcome", "all"]);
        let all: Vec<String> = results(&run).iter().map(|r| r.split(' ').next().unwrap().to_owned()).collect();
        all
    };
    let all = rules("armlint: {}");
    assert!(all.contains(&TLS.to_owned()) && all.contains(&COPIES.to_owned()));
    let critical = rules("armlint: { rules: { min-severity: critical } }");
    assert!(critical.contains(&TLS.to_owned()) && !critical.contains(&COPIES.to_owned()), "{critical:?}");
    let reliable = rules("armlint: { rules: { pillars: [Reliability] } }");
    assert!(!reliable.contains(&TLS.to_owned()) && reliable.contains(&COPIES.to_owned()), "{reliable:?}");
    let storage = rules("armlint: { rules: { services: storage } }");
    assert!(!storage.is_empty() && storage.iter().all(|r| r.split('.').nth(1) == Some("Storage")), "{storage:?}");
}

#[test]
fn parameters_without_a_value_get_one() {
    let own = "armlint:
  parameter-defaults:
    - { templates: [infra/prod/**], values: { NAME: UPPER } }
    - { values: { name: stlower01 } }
";
    let folder = repository(&[("armlint.yaml", own)]);
    folder.write("infra/dev/main.bicep", OLD);
    folder.write("infra/prod/main.bicep", OLD);
    let run = folder.scan(&["--outcome", "all", "--rule", "Azure.Storage.Name"]);
    assert!(has(&run, "Azure.Storage.Name", "infra/prod/main.bicep", "fail"), "{:?}", results(&run));
    assert!(!results(&run).iter().any(|r| r.contains("unknown")), "{:?}", results(&run));
}

#[test]
fn defaults_of_parameters_that_nothing_declares_are_told() {
    let own = "armlint:
  parameter-defaults:
    - { templates: [infra/prod/**], values: { onlyDev: 1, NAME: stprod01 } }
    - { values: { name: stlower01, nope: 3, inJson: 1, onlyDev: 1 } }
";
    let folder = repository(&[("armlint.yaml", own)]);
    folder.write("infra/dev/main.bicep", &format!("param onlyDev int\n// nope\n{OLD}"));
    folder.write("infra/prod/main.bicep", OLD);
    let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
    folder.write(
        "infra/app.json",
        &format!(
            r#"{{"$schema": "{schema}", "contentVersion": "1.0.0.0", "parameters": {{"injson": {{"type": "int"}}}}, "resources": []}}"#
        ),
    );
    let run = folder.scan(&[]);
    let told = |name: &str| format!("no template that this is for declares a parameter `{name}`; mend or remove it");
    assert_eq!(run.messages(), [told("onlyDev"), told("nope")]);
    assert_eq!(run.diagnostics()[0], ("note config-unused".to_owned(), 3));
    // A part of the folder says nothing of it.
    assert!(folder.scan(&["infra/prod"]).messages().is_empty());
}

#[test]
fn types_of_targets_that_are_nowhere_do_not_make_a_scan_green_in_silence() {
    let only = |types: &str| format!("armlint: {{ rules: {{ target-types: {types} }} }}");
    let folder = repository(&[("armlint.yaml", &only("[Microsoft.Storage/storageAcounts]"))]);
    let run = folder.run(&["scan"]);
    assert_eq!(run.status, 2);
    let wrong = "armlint.yaml:1:36: there is no type of resource `Microsoft.Storage/storageAcounts`. Did you mean \
                 `Microsoft.Storage/storageAccounts`?";
    assert!(run.stderr.contains(wrong), "{}", run.stderr);
    // What Azure has and nobody has published is no mistake.
    folder.write("armlint.yaml", &only("[Contoso.Unpublished/somethings]"));
    let run = folder.scan(&[]);
    let nothing = "`rules.target-types` leaves nothing to judge: no file that was looked at names \
                   Contoso.Unpublished/somethings; mend or remove it";
    let unknown = "there is no type of resource `Contoso.Unpublished/somethings`. Nothing of that type is judged.";
    let mut told = run.messages();
    told.sort_unstable();
    assert_eq!(told, [nothing, unknown]);
    folder.write("armlint.yaml", &only("[Microsoft.KeyVault/vaults]"));
    assert!(folder.scan(&[]).messages()[0].ends_with("names Microsoft.KeyVault/vaults; mend or remove it"));
    for types in ["[microsoft.storage/storageaccounts]", "[.bicep]", "Microsoft.Resources/deployments"] {
        folder.write("armlint.yaml", &only(types));
        assert!(folder.scan(&[]).messages().is_empty(), "{types}");
    }
    std::fs::remove_file(folder.path("armlint.yaml")).unwrap();
    // Neither a part of a name is one, nor what another provider calls so.
    let slips = ["Microsoft.Storage/storageAccount", "Microsoft.Storag/storageAccounts", "storageAccounts"];
    for types in slips.into_iter().chain(["Microsoft.Storage/storageAccount, Microsoft.Compute/virtualMachines"]) {
        folder.write("ps-rule.yaml", &format!("input: {{ targetType: [{types}] }}"));
        let nothing = format!("no file that was looked at names {types}; mend or remove it");
        assert!(folder.scan(&[]).messages().iter().any(|m| m.ends_with(&nothing)), "{types}");
    }
    folder.write("ps-rule.yaml", "input: { targetType: [Microsoft.Storage/storageAcounts] }");
    let run = folder.scan(&[]);
    let hint = "Did you mean `Microsoft.Storage/storageAccounts`? Nothing of that type is judged.";
    assert!(run.messages().iter().any(|m| m.ends_with(hint)), "{:?}", run.messages());
    assert!(run.messages().iter().any(|m| m.starts_with("`input.targetType` leaves nothing")), "{:?}", run.messages());
}

#[test]
fn globs_that_match_nothing_and_names_that_are_not_there_are_told() {
    let own = "armlint:\n  files:\n    exclude: ['infra/dev/**', 'infra/text/**']\n";
    let folder = repository(&[("armlint.yaml", own)]);
    let run = folder.scan(&["--exclude", "*.nope"]);
    let mut told = run.messages();
    told.sort_unstable();
    assert_eq!(
        told,
        ["--exclude `*.nope` matches no file", "the glob `infra/text/**` matches no file; mend or remove it"]
    );
    assert!(folder.scan(&["infra/prod"]).messages().is_empty());
    // A module is no entry point, and an override can be about it all the same.
    folder.write("infra/prod/part.bicep", &OLD.replace("param name string", "param name string = 'stpart001'"));
    folder.write("infra/prod/main.bicep", "module m 'part.bicep' = { name: 'm' }\n");
    let paths = "[infra/prod/part.bicep, infra/gone.bicep]";
    folder.write(
        "armlint.yaml",
        &format!("armlint: {{ overrides: [ {{ paths: {paths}, rules: {{ exclude: [{TLS}] }} }} ] }}"),
    );
    let run = folder.scan(&["--outcome", "all"]);
    assert_eq!(run.messages(), ["the glob `infra/gone.bicep` matches no file; mend or remove it"]);
    assert!(has(&run, TLS, "infra/prod/part.bicep", "suppressed"), "{:?}", results(&run));
    let wrong = folder.scan(&["--exclude-rule", "Azure.Storage.MinTSL"]);
    assert_eq!(wrong.status, 2);
    assert!(wrong.stderr.contains("did you mean `Azure.Storage.MinTLS`?"), "{}", wrong.stderr);
}

#[test]
fn init_makes_of_psrules_options_what_says_the_same() {
    let options = "configuration:
  AZURE_RESOURCE_ALLOWED_LOCATIONS: [westeurope]
  AZURE_STORAGE_ACCOUNT_NAME_FORMAT: '^(?i)STX'
input:
  pathIgnore: ['*', '!infra/**', 'infra/old/']
  targetType: [Microsoft.Storage/storageAccounts]
rule:
  exclude: [Azure.Resource.UseTags, CAF.Name.Nope]
  tag: { release: GA }
override:
  level: { Azure.Storage.MinTLS: Warning }
suppression:
  Azure.Storage.UseReplication: [stdev001, 'on']
execution: { break: OnWarning }
include: { path: [.ps-rule/, not-there/] }
output: { culture: [en-GB] }
binding: { useQualifiedName: true }
";
    for baseline in ["", "baseline: { group: { latest: 'PSRule.Rules.Azure\\Azure.GA_2024_12' } }\n"] {
        let named = if baseline.is_empty() { "rule:" } else { "rule:\n  baseline: '@latest'" };
        let options = format!("{baseline}{}", options.replace("rule:", named));
        let folder = repository(&[("ps-rule.yaml", &options), ("infra/old/main.bicep", OLD)]);
        let rule = "apiVersion: github.com/microsoft/PSRule/v1\nkind: Rule\nmetadata: { name: Org.A, tags: { release: GA } }\nspec: { type: [Microsoft.Storage/storageAccounts], condition: { field: tags.a, exists: true } }\n";
        folder.write(".ps-rule/Org.Rule.yaml", rule);
        let before = folder.scan(&["--outcome", "all"]);
        let init = folder.run(&["init"]);
        assert_eq!(init.status, 0, "{}", init.stderr);
        assert!(init.stdout.contains("armlint.yaml says what ps-rule.yaml says"), "{}", init.stdout);
        std::fs::remove_file(folder.path("ps-rule.yaml")).unwrap();
        let after = folder.scan(&["--outcome", "all"]);
        assert_eq!(
            (after.status, results(&after)),
            (before.status, results(&before)),
            "{}",
            folder.read("armlint.yaml")
        );
        assert!(results(&before).iter().any(|r| r.contains("suppressed")) && before.status == 1);
        assert_eq!(results(&before).iter().any(|r| r.starts_with("Org.A ")), baseline.is_empty());
        let text = folder.read("armlint.yaml");
        assert!(
            text.contains("# options of PSRule that change no verdict have no effect here: output.culture\n"),
            "{text}"
        );
        assert!(text.contains("# the PSRule option `binding.useQualifiedName` is not supported"), "{text}");
        assert!(text.contains("psrule-levels: true"), "{text}");
    }
}

#[test]
fn options_of_psrule_that_choose_targets_and_forgive_an_empty_scan_are_carried_out() {
    let folder = repository(&[("ps-rule.yaml", "input: { targetType: [Microsoft.Resources/deployments] }")]);
    let types: Vec<String> = folder.scan(&["--outcome", "all"]).report["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["resource"]["type"].as_str().unwrap().to_owned())
        .collect();
    assert!(!types.is_empty() && types.iter().all(|t| t == "Microsoft.Resources/deployments"), "{types:?}");
    let empty = Folder::with(&[]);
    empty.write("ps-rule.yaml", "execution: { noValidInput: Warn }");
    assert_eq!(empty.scan(&[]).status, 0);
    empty.write("ps-rule.yaml", "execution: { noValidInput: Error }");
    assert_eq!(empty.scan(&[]).status, 2);
    for (reported, status) in [("Ignore", 0), ("Warn", 0), ("Debug", 0), ("Error", 2)] {
        let options = format!("rule: {{ include: [Nope] }}\nexecution: {{ noMatchingRules: {reported} }}");
        let run = repository(&[("ps-rule.yaml", &options)]).scan(&[]);
        assert_eq!(run.status, status, "{reported}");
        assert!(run.messages().iter().all(|m| !m.contains("noMatchingRules")), "{:?}", run.messages());
    }
    let none = repository(&[("ps-rule.yaml", "rule: { include: [Nope] }")]);
    let variable = [("PSRULE_EXECUTION_NOMATCHINGRULES", "Warn")];
    assert_eq!(none.run_with(&["scan", "."], &variable).status, 0);
    assert_eq!(none.run(&["scan", "."]).status, 2);
}

#[test]
fn name_formats_are_expressions_of_net() {
    let outcome = |pattern: &str| {
        let options = format!("configuration: {{ AZURE_STORAGE_ACCOUNT_NAME_FORMAT: '{pattern}' }}");
        let folder = repository(&[("ps-rule.yaml", &options)]);
        let run = folder.scan(&["--outcome", "all", "--rule", "Azure.Storage.Naming", "infra/dev"]);
        run.report["results"][0]["outcome"].as_str().unwrap_or("").to_owned()
    };
    assert_eq!(
        ["^(?i)STdev", "^STdev", "^(?!stprod)st", "^(?!stdev)st"].map(outcome),
        ["pass", "fail", "pass", "fail"]
    );
}

const PAGE: &str = r#"---
id: Contoso.Storage.Owner
severity: Critical
pillar: Operational Excellence
targets: Microsoft.Storage/storageAccounts
check:
  - expect: { tags.owner: { hasValue: true } }
    message: The storage account has no owner.
---
# Name an owner

## Synopsis

Storage accounts name their owner.

## Examples

```bicep pass
resource a 'Microsoft.Storage/storageAccounts@2023-05-01' = { name: 'a', tags: { owner: 'me' } }
```

```bicep fail
resource a 'Microsoft.Storage/storageAccounts@2023-05-01' = { name: 'a' }
```
"#;

#[test]
fn pages_of_a_repository_are_rules() {
    let own = "armlint: { rules: { folders: [lint] } }";
    let folder =
        repository(&[("armlint.yaml", own), ("lint/storage/Contoso.Storage.Owner.md", PAGE), ("lint/README.md", "x")]);
    let rule = "Contoso.Storage.Owner";
    let run = folder.scan(&[]);
    assert!(has(&run, rule, "infra/dev/main.bicep", "fail"), "{:?} {}", results(&run), run.stderr);
    for args in [["--baseline", "Azure.GA_2024_12"], ["--rule", "contoso.*"], ["--rule", rule]] {
        assert!(has(&folder.scan(&args), rule, "infra/dev/main.bicep", "fail"), "{args:?}");
    }
    assert!(!has(&folder.scan(&["--exclude-rule", rule]), rule, "infra/dev/main.bicep", "fail"));
    let sarif = folder.run(&["scan", "-f", "sarif"]).report;
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().clone();
    let help = &rules.iter().find(|r| r["id"] == rule).unwrap()["help"];
    assert!(help["markdown"].as_str().unwrap().contains("Storage accounts name their owner."), "{help}");
    // It is listed and shown like ours.
    for args in [vec!["rules", rule], vec!["rules", "contoso.*"], vec!["rules", "storage", "owner"]] {
        assert!(folder.run(&args).stdout.contains("Contoso.Storage.Owner"), "{args:?}");
    }
    assert!(folder.run(&["rules", rule]).stdout.contains("Storage accounts name their owner."));
    // An options file can suppress it, and take it away.
    folder.write("armlint.yaml", "armlint: { rules: { folders: [lint], exclude: [Contoso.Storage.Owner] } }");
    assert!(!has(&folder.scan(&[]), rule, "infra/dev/main.bicep", "fail"));
    // A broken page costs its rule, and nothing else passes over it.
    folder.write("armlint.yaml", own);
    folder.write("lint/Contoso.Storage.Other.md", &PAGE.replace("Owner", "Other").replace("hasValue", "hasVal"));
    let run = folder.scan(&["--fail-on", "none"]);
    assert_eq!(run.status, 2, "{}", run.stderr);
    assert!(has(&run, rule, "infra/dev/main.bicep", "fail"));
    assert_eq!(run.diagnostics(), [("error rule-page-invalid".to_owned(), 7)]);
    // Who asks for that rule, or for what only that page may have, learns why it is not there.
    for args in [
        ["--rule", "Contoso.Storage.Other"],
        ["--exclude-rule", "Contoso.Storage.Other"],
        ["--rule", "Contoso.*.Other"],
    ] {
        let run = folder.run(&[&["scan"], &args[..]].concat());
        assert_eq!(run.status, 2, "{args:?}");
        assert!(
            run.stderr.contains("that could not be used: ") && run.stderr.contains("Contoso.Storage.Other.md:7:"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn examples_of_pages_are_tests() {
    let folder = Folder::with(&[]);
    folder.write("lint/a.md", PAGE);
    let run = folder.run(&["rules", "test", "lint"]);
    let ok = "ok      lint/a.md:18  Contoso.Storage.Owner  bicep pass\nok      lint/a.md:22  Contoso.Storage.Owner  bicep fail\n\n1 rule, 2 examples: 2 ok, 0 FAILED\n";
    assert_eq!((run.status, run.stdout.as_str()), (0, ok), "{}", run.stderr);
    folder.write("lint/a.md", &PAGE.replace("owner: 'me'", "other: 'me'"));
    let run = folder.run(&["rules", "test", "lint"]);
    assert_eq!(run.status, 1);
    let failed = "FAILED  lint/a.md:18  Contoso.Storage.Owner  bicep pass: it comes to fail\n        fail a: The storage account has no owner.";
    assert!(run.stdout.starts_with(failed), "{}", run.stdout);
    folder.write("lint/b.md", &PAGE.replace("Contoso.Storage.Owner", "Azure.Storage.Owner"));
    let run = folder.run(&["rules", "test", "lint"]);
    assert_eq!(run.status, 2);
    assert!(
        run.stdout.contains("error   lint/b.md:2:5: ids that begin with `Azure.` are armlint's own"),
        "{}",
        run.stdout
    );
    std::fs::create_dir(folder.path("none")).unwrap();
    assert_eq!(folder.run(&["rules", "test", "none"]).status, 2);
    assert_eq!(folder.run(&["rules", "test", "gone"]).status, 2);
}

#[test]
fn a_baseline_of_the_repository_tells_names_that_are_not_there() {
    let baseline = "apiVersion: github.com/microsoft/PSRule/v1\nkind: Baseline\nmetadata: { name: Org }\nspec: { rule: { exclude: [Azure.Nope, AZR-000200] } }\n";
    let folder = repository(&[("ps-rule.yaml", "rule: { baseline: Org }"), (".ps-rule/Org.Rule.yaml", baseline)]);
    let run = folder.scan(&[]);
    assert_eq!(run.messages(), ["the baseline names `Azure.Nope`, which is no rule of armlint and has no effect"]);
    assert!(!has(&run, TLS, "infra/dev/main.bicep", "fail") && has(&run, COPIES, "infra/dev/main.bicep", "fail"));
}

/// A run that checks nothing must not look like a clean one.
#[test]
fn options_that_leave_no_rule_are_an_error() {
    for (name, text) in [
        ("ps-rule.yaml", "rule: { include: [Azure.Storage.MinTLX] }"),
        ("ps-rule.yaml", "rule: { include: [Azure.Storage.MinTLS], exclude: [Azure.Storage.MinTLS] }"),
        ("ps-rule.yaml", "rule: { tag: { release: GAx } }"),
        ("armlint.yaml", "armlint: { rules: { include: [Azure.Storage.MinTLS], exclude: [Azure.Storage.MinTLS] } }"),
    ] {
        let run = repository(&[(name, text)]).run(&["scan", "."]);
        assert_eq!(run.status, 2, "{text}: {}{}", run.stdout, run.stderr);
        let told = run.stderr.contains("no rule is left") && run.stderr.contains(name);
        assert!(told, "{text}: {}", run.stderr);
    }
    let run = repository(&[]).run(&["scan", "--rule", TLS, "--exclude-rule", TLS]);
    assert!(run.status == 2 && run.stderr.contains("no rule is left"), "{}", run.stderr);
    assert_eq!(repository(&[]).run(&["scan", "--rule", TLS, "--exclude-rule", TLS, "--allow-empty"]).status, 0);
}

#[test]
fn names_in_psrules_suppression_are_no_globs() {
    let of = |names: &str| format!("suppression: {{ {TLS}: {names} }}");
    let outcome = |names: &str, outcome: &str| {
        let folder = repository(&[("ps-rule.yaml", &of(names))]);
        let run = folder.run(&["scan", "--format", "json", "--outcome", "all", "--rule", TLS]);
        assert!(has(&run, TLS, "infra/dev/main.bicep", outcome), "{names}: {:?}", results(&run));
        // What init makes of it says the same.
        let made = folder.run(&["init"]);
        assert_eq!(made.status, 0, "{}", made.stderr);
        std::fs::remove_file(folder.path("ps-rule.yaml")).unwrap();
        let run = folder.run(&["scan", "--format", "json", "--outcome", "all", "--rule", TLS]);
        assert!(has(&run, TLS, "infra/dev/main.bicep", outcome), "{names}: {}", folder.read("armlint.yaml"));
    };
    outcome("[stdev001]", "suppressed");
    outcome("['STDEV001']", "suppressed");
    outcome("['st*']", "fail");
    outcome("[]", "fail");
    let folder = repository(&[("ps-rule.yaml", "suppression: { 'Azure.Storage.*': [stdev001] }")]);
    assert_eq!(folder.run(&["init"]).status, 0);
    let made = folder.read("armlint.yaml");
    let note =
        "PSRule takes `Azure.Storage.*` for the name of a rule, and no rule is called so. It has no effect here.";
    assert!(made.contains(&format!("# {note}\n")) && !made.contains("suppressions:"), "{made}");
    let folder = repository(&[("ps-rule.yaml", "suppression: { 'Azure.Storage.*': [stdev001] }")]);
    assert_eq!(folder.scan(&["infra/dev"]).messages(), [note]);
}

#[test]
fn globs_on_the_command_line_find_nothing_that_is_ignored() {
    let folder = repository(&[("ps-rule.yaml", "input: { pathIgnore: ['infra\\dev\\', \"infra\\\\x\"] }")]);
    let files = |path: &str| {
        let run = folder.run(&["scan", path, "--format", "json", "--rule", TLS]);
        results(&run).len()
    };
    assert_eq!([files("infra"), files("infra/*/*.bicep"), files("infra/dev/main.bicep")], [1, 1, 1]);
    let run = folder.run(&["scan", "infra/**/*.bicep", "--format", "json", "--rule", TLS]);
    assert!(has(&run, TLS, "infra/prod/main.bicep", "fail"), "{:?}", results(&run));
}

#[test]
fn what_init_writes_can_be_read_whatever_psrules_options_say() {
    let wildcards = "a?*".repeat(32);
    let many: Vec<String> = (0..300).map(|i| format!("f{i}????")).collect();
    for options in [
        "configuration: { AZURE_RESOURCE_ALLOWED_LOCATION: [westus] }".to_owned(),
        "configuration: { AZURE_AKS_POOL_MINIMUM_MAXPODS: many, AZURE_VNET_DNS_WITH_IDENTITY: [1] }".to_owned(),
        "configuration: { AZURE_RESOURCE_GROUP: { name: rg1, tags: none, nmae: x }, AZURE_TENANT: [a] }".to_owned(),
        "configuration: { AZURE_SUBSCRIPTION: { dispalyName: x }, AZURE_PARAMETER_DEFAULTS: [1] }".to_owned(),
        "input: { targetType: Microsoft.Storage/storageAccount }".to_owned(),
        "input: { targetType: [Microsoft.Storage/storageAccount, Microsoft.Storage/storageAccounts] }".to_owned(),
        "input: { targetType: [Contoso.Unpublished/somethings] }".to_owned(),
        "rule: { tag: { release: XX } }".to_owned(),
        "rule: { labels: { nope: [x] } }".to_owned(),
        "rule: { tag: { release: [GA, XX] } }".to_owned(),
        format!("input: {{ pathIgnore: ['{wildcards}', 'infra/dev/'] }}"),
        format!("input: {{ pathIgnore: [{}] }}", many.join(", ")),
        "rule: { include: [Nope] }\nexecution: { noMatchingRules: Error }".to_owned(),
    ] {
        let folder = repository(&[("ps-rule.yaml", &options)]);
        let before = folder.scan(&["--outcome", "all"]);
        assert_eq!(folder.run(&["init"]).status, 0, "{options}");
        std::fs::remove_file(folder.path("ps-rule.yaml")).unwrap();
        let after = folder.scan(&["--outcome", "all"]);
        let written = folder.read("armlint.yaml");
        assert_eq!((after.status, results(&after)), (before.status, results(&before)), "{options}\n{written}");
    }
    let options = "configuration: { AZURE_RESOURCE_GROUP: { name: rg1, tags: none }, AZURE_NOPE: 1 }";
    let folder = repository(&[("ps-rule.yaml", options)]);
    folder.run(&["init"]);
    let text = folder.read("armlint.yaml");
    assert!(text.contains("AZURE_RESOURCE_GROUP: {\"name\":\"rg1\"}\n"), "{text}");
    assert!(text.contains("# there is no configuration key `AZURE_NOPE`."), "{text}");
}

#[test]
fn paths_that_psrule_ignores_are_ignored_and_init_writes_them_as_ours() {
    for (lines, ignored) in [
        ("['out/']", vec!["out/main.bicep"]),
        (
            "['infra/*.bicep', 'main.bicep']",
            vec!["infra/dev/main.bicep", "infra/out/main.bicep", "infra/prod/main.bicep", "main.bicep"],
        ),
        ("['in', '!infra/?rod/']", vec!["infra/dev/main.bicep", "infra/out/main.bicep"]),
    ] {
        let options = format!("input: {{ pathIgnore: {lines} }}\n");
        let folder = repository(&[("ps-rule.yaml", &options)]);
        for file in ["out/main.bicep", "infra/out/main.bicep", "main.bicep"] {
            folder.write(file, "output a string = 'x'\n");
        }
        let skipped = || {
            let run = folder.scan(&[]);
            let files = run.report["files"].as_array().unwrap().clone();
            let left_out =
                files.iter().filter(|f| f["status"] != "analysed" && f["path"].as_str().unwrap().ends_with("bicep"));
            let mut paths: Vec<String> = left_out.map(|f| f["path"].as_str().unwrap().to_owned()).collect();
            paths.sort();
            paths
        };
        assert_eq!(skipped(), ignored, "{lines}");
        assert_eq!(folder.run(&["init"]).status, 0);
        std::fs::remove_file(folder.path("ps-rule.yaml")).unwrap();
        assert_eq!(skipped(), ignored, "{lines} {}", folder.read("armlint.yaml"));
    }
}

#[test]
fn names_of_files_hold_below_the_folder_of_a_configuration() {
    let own = "armlint: { baseline: Azure.Default, suppressions: [ { rule: Azure.Storage.MinTLS, paths: main.bicep } ], overrides: [ { paths: '*.bicep', rules: { exclude: Azure.Storage.UseReplication } } ] }";
    let folder = repository(&[("infra/dev/lint.yaml", own)]);
    let elsewhere = repository(&[("lint.yaml", own)]);
    let outcomes = |config: &str| {
        let run = folder.scan(&["--outcome", "all", "--config", config]);
        [(TLS, "dev"), (TLS, "prod"), (COPIES, "dev"), (COPIES, "prod")]
            .map(|(rule, of)| has(&run, rule, &format!("infra/{of}/main.bicep"), "suppressed"))
    };
    assert_eq!(outcomes("infra/dev/lint.yaml"), [true, false, true, false]);
    // One that lies elsewhere is about all files of a name.
    assert_eq!(outcomes(&elsewhere.path("lint.yaml").to_string_lossy()), [true; 4]);
}

#[test]
fn what_psrule_is_told_of_a_deployment_counts() {
    let options = "configuration:
  AZURE_TENANT: { countryCode: NO }
  AZURE_SUBSCRIPTION: { state: Enabled }
  AZURE_RESOURCE_GROUP: { tags: { cost: 012 } }
  AZURE_PARAMETER_DEFAULTS: { version: 1.10, count: 2, more: yes, deep: { n: 3 } }
";
    let template = "param version string
param count int
param more bool
param deep object
resource a 'Microsoft.Storage/storageAccounts@2023-05-01' = [for i in range(0, count): if (more) {
  name: 'st${i}${deep.n + 1}'
  location: '${tenant().countryCode}-${subscription().state}-${resourceGroup().tags.cost}-${version}'
}]
";
    let folder = Folder::with(&[]);
    folder.write("ps-rule.yaml", options);
    folder.write("main.bicep", template);
    let run = folder.scan(&["--outcome", "all", "--rule", "Azure.Storage.Name"]);
    let names = run.report["results"].as_array().unwrap().iter().map(|r| r["resource"]["name"].as_str().unwrap_or(""));
    let names: std::collections::BTreeSet<&str> = names.collect();
    assert!(names.contains("st04") && names.contains("st14"), "{names:?} {}", run.stdout);
    let allowed = [("PSRULE_CONFIGURATION_AZURE_RESOURCE_ALLOWED_LOCATIONS", "westeurope")];
    let run = folder.run_with(&["scan", "-f", "json", "--rule", "Azure.Resource.AllowedRegions"], &allowed);
    assert!(run.stdout.contains("NO-Enabled-012-1.10"), "{}", run.stdout);
}
