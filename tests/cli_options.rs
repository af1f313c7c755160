//! What options files say about rules, and what is told of what they say in vain.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Folder, Run};

const OLD: &str = r#"
resource a 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: 'stlegacy001'
  location: 'westeurope'
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: { minimumTlsVersion: 'TLS1_0' }
}
"#;
const TLS: &str = "Azure.Storage.MinTLS";

/// A scan of an old storage account with these options.
fn with(file: &str, options: &str, args: &[&str]) -> Run {
    let folder = Folder::with(&[]);
    folder.write("main.bicep", OLD);
    folder.write(file, options);
    folder.scan(args)
}

fn rules(run: &Run) -> Vec<String> {
    let results = run.report["results"].as_array().unwrap_or_else(|| panic!("{}{}", run.stdout, run.stderr));
    results.iter().map(|r| r["rule"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn rules_are_chosen_by_their_tags_and_labels() {
    let all = rules(&with("ps-rule.yaml", "{}", &[]));
    assert!(all.iter().any(|r| r == "Azure.Storage.UseReplication"), "{all:?}");
    let secure = with("ps-rule.yaml", "rule: { tag: { Azure.WAF/pillar: [Security, Nothing] } }", &[]);
    assert!(rules(&secure).contains(&TLS.to_owned()));
    assert!(!rules(&secure).contains(&"Azure.Storage.UseReplication".to_owned()));
    let none = with("ps-rule.yaml", "rule: { tag: { Azure.WAF/pillar: Security, release: preview } }", &[]);
    assert!(none.status == 2 && none.stderr.contains("no rule is left"), "{}", none.stderr);
    let labelled = with("ps-rule.yaml", "rule: { labels: { Azure.MCSB.v1/control: '*' } }", &[]);
    assert!(rules(&labelled).contains(&TLS.to_owned()), "{:?}", rules(&labelled));
    assert!(rules(&labelled).len() < all.len());
    // What the command line names runs.
    let named = with("ps-rule.yaml", "rule: { tag: { Azure.WAF/pillar: Reliability } }", &["--rule", TLS]);
    assert_eq!(rules(&named), [TLS]);
}

#[test]
fn a_group_stands_for_its_baseline() {
    let groups = "baseline: { group: { latest: 'PSRule.Rules.Azure\\Azure.GA_2024_09', two: [a, b] } }\n";
    let run = with("ps-rule.yaml", &format!("{groups}rule: {{ baseline: '@latest' }}"), &[]);
    assert!(rules(&run).contains(&TLS.to_owned()));
    for (name, wanted) in [("@late", "there is `@latest`, `@two`"), ("@two", "2 baselines")] {
        let run = with("ps-rule.yaml", &format!("{groups}rule:\n  baseline: '{name}'"), &[]);
        assert_eq!(run.status, 2);
        assert!(run.stderr.contains("ps-rule.yaml:3:13") && run.stderr.contains(wanted), "{}", run.stderr);
    }
}

#[test]
fn a_suppression_that_covers_nothing_is_told() {
    let options = format!(
        "armlint:\n  suppressions:\n    - {{ rule: {TLS}, targets: [stlegacy001, stlegacy002] }}\n    - {{ rule: Azure.AKS.*, targets: ['x*'] }}\n"
    );
    // A finding where the rule about them runs, else a word.
    let told = |run: &Run| -> Vec<String> {
        let of = |list: &str, key: &str, value: &str| -> Vec<String> {
            let all = run.report[list].as_array().unwrap().iter().filter(|one| one[key] == value);
            all.map(|one| one["message"].as_str().unwrap().to_owned()).collect()
        };
        [of("results", "rule", "Armlint.Suppression.Unused"), of("diagnostics", "code", "suppression-unused")].concat()
    };
    let run = with("armlint.yaml", &options, &[]);
    let first = format!("The suppression of {TLS} for `stlegacy002` covers no finding; remove it.");
    assert_eq!(told(&run), [first.as_str(), "The suppression of Azure.AKS.* for `x*` covers no finding; remove it."]);
    // Of rules that did not run, and of a part of the folder, nothing is known.
    let word = format!("the suppression of {TLS} for `stlegacy002` covers no finding; remove it");
    assert_eq!(told(&with("armlint.yaml", &options, &["--rule", TLS])), [word]);
    assert_eq!(told(&with("armlint.yaml", &options, &["main.bicep"])), [] as [&str; 0]);
    let many: String = (0..30).map(|i| format!("    - {{ rule: {TLS}, targets: [s{i}] }}\n")).collect();
    let run = with("armlint.yaml", &format!("armlint:\n  suppressions:\n{many}"), &[]);
    assert_eq!(told(&run).len(), 20);
    assert!(told(&run)[19].ends_with("remove it; 10 more suppressions cover nothing."), "{}", told(&run)[19]);
}

#[test]
fn a_scan_of_nothing_is_no_clean_scan() {
    let folder = Folder::with(&[]);
    folder.write("notes.txt", "no template");
    folder.write("package.json", "{}");
    let run = folder.scan(&[]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("no file to check"), "{}", run.stderr);
    assert!(run.report["files"].is_array());
    assert_eq!(folder.scan(&["--allow-empty"]).status, 0);
    let run = folder.scan(&["--rule", "Azure.Storge.*"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("there is no rule `Azure.Storge.*`"), "{}", run.stderr);
}
