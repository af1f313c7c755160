//! What a scan leaves for the next one: the same bytes, whatever has changed in between, and no secret.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::PathBuf;

use common::{Folder, Run};

const MAIN: &str = "module store 'store.bicep' = {
  name: 'store'
  params: { name: 'store1', tls: 'TLS1_0' }
}
";

/// A repository with a template that uses a module, and a folder for what is kept beside it.
fn repository() -> Folder {
    let folder = Folder::with(&[]);
    fs::create_dir_all(folder.path("repo/.git")).unwrap();
    folder.write("repo/main.bicep", MAIN);
    folder.write("repo/store.bicep", common::STORE);
    folder
}

fn kept(folder: &Folder) -> Run {
    folder.run_in("repo", &["scan", "-f", "json", "--outcome", "all", "--cache", "../kept"])
}

fn without(folder: &Folder) -> Run {
    folder.run_in("repo", &["scan", "-f", "json", "--outcome", "all", "--no-cache"])
}

fn records(folder: &Folder) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.path("kept")).into_iter().flatten();
    entries.map(|e| e.unwrap().path()).collect()
}

fn tls(run: &Run) -> usize {
    let of_rule = |r: &&serde_json::Value| r["rule"] == "Azure.Storage.MinTLS" && r["outcome"] == "fail";
    run.report["results"].as_array().unwrap().iter().filter(of_rule).count()
}

#[test]
fn what_is_found_again_is_what_would_be_found() {
    let folder = repository();
    let cold = without(&folder);
    assert_eq!((cold.status, tls(&cold)), (1, 1));
    for _ in 0..3 {
        let warm = kept(&folder);
        assert_eq!((&warm.stdout, &warm.stderr, warm.status), (&cold.stdout, &cold.stderr, cold.status));
    }
    // One for the reports, one for what entry points came to.
    assert_eq!(records(&folder).len(), 2);
}

#[test]
fn a_kept_report_is_used() {
    let folder = repository();
    kept(&folder);
    let before: Vec<_> = records(&folder).iter().map(|p| fs::metadata(p).unwrap().modified().unwrap()).collect();
    kept(&folder);
    let after: Vec<_> = records(&folder).iter().map(|p| fs::metadata(p).unwrap().modified().unwrap()).collect();
    assert_eq!(before.iter().zip(&after).filter(|(a, b)| a < b).count(), 1, "the reports were looked up, and no more");
}

#[test]
fn every_change_counts() {
    let folder = repository();
    let agree = || {
        let cold = without(&folder);
        for _ in 0..2 {
            let warm = kept(&folder);
            assert_eq!((&warm.stdout, &warm.stderr, warm.status), (&cold.stdout, &cold.stderr, cold.status));
        }
        cold
    };
    agree();
    folder.write("repo/main.bicep", &MAIN.replace("TLS1_0", "TLS1_2"));
    assert_eq!(tls(&agree()), 0);
    // A module alone, of the same length.
    folder.write("repo/store.bicep", &common::STORE.replace("minimumTlsVersion: tls", "minimumTlsVersion: nil"));
    agree();
    folder.write("repo/store.bicep", common::STORE);
    folder.write("repo/main.bicepparam", "using 'main.bicep'\n");
    agree();
    // Options, and a module that goes.
    folder.write("repo/armlint.yaml", "armlint:\n  rules:\n    exclude: [Azure.Storage.MinTLS]\n");
    folder.write("repo/main.bicep", MAIN);
    assert_eq!(tls(&agree()), 0);
    fs::remove_file(folder.path("repo/armlint.yaml")).unwrap();
    assert_eq!(tls(&agree()), 1);
    fs::remove_file(folder.path("repo/store.bicep")).unwrap();
    assert_eq!(tls(&agree()), 0);
    folder.write("repo/store.bicep", common::STORE);
    assert_eq!(tls(&agree()), 1);
}

/// The report of a run that used what entry points had come to hangs on what these had hung on.
#[test]
fn what_was_not_evaluated_again_still_hangs_on_its_files() {
    let folder = repository();
    // Neither of these is walked.
    folder.write("repo/main.bicep", &MAIN.replace("'TLS1_0'", "loadTextContent('tls.txt')"));
    folder.write("repo/tls.txt", "TLS1_2");
    let other = |i: usize| folder.write("repo/other.bicep", &format!("param p{i} string\noutput o string = p{i}\n"));
    let agree = || {
        let cold = without(&folder);
        let warm = kept(&folder);
        assert_eq!((&warm.stdout, warm.status), (&cold.stdout, cold.status));
        tls(&cold)
    };
    other(0);
    assert_eq!((agree(), agree()), (0, 0));
    other(1);
    assert_eq!((agree(), agree()), (0, 0));
    folder.write("repo/tls.txt", "TLS1_0");
    assert_eq!((agree(), agree()), (1, 1));
    // Nor is this there yet.
    other(2);
    assert_eq!(agree(), 1);
    folder.write("repo/bicepconfig.json", r#"{"moduleAliases": {"br": {"a" {}}}}"#);
    assert_eq!((agree(), agree()), (1, 1));
}

/// One that needs more than its share is known to, and gets what others leave over; one that needs more than there is, is stopped at
/// the same place.
#[test]
fn what_needs_much_comes_to_the_same() {
    let folder = repository();
    // Texts of 100 kB each: what may be made in a run is 64 MiB.
    let large = |texts: usize| {
        let outputs = (0..texts).map(|i| format!("output o{i} string = padLeft('x', {})\n", 100_000 + i));
        format!("{MAIN}{}", outputs.collect::<String>())
    };
    for i in 0..60 {
        folder.write(&format!("repo/small{i}.bicep"), &format!("param p{i} string\noutput o string = p{i}\n"));
    }
    folder.write("repo/large.bicep", &large(30));
    let agree = |i: usize| {
        folder.write("repo/small0.bicep", &format!("param q{i} string\noutput o string = q{i}\n"));
        let cold = without(&folder);
        for _ in 0..2 {
            let warm = kept(&folder);
            assert_eq!((&warm.stdout, &warm.stderr, warm.status), (&cold.stdout, &cold.stderr, cold.status));
        }
        cold
    };
    let stopped = |run: &Run| run.diagnostics().iter().filter(|(code, _)| code == "error evaluation-limit").count();
    assert_eq!([0, 1].map(|i| stopped(&agree(i))), [0, 0]);
    // With one that takes all, there is less left over.
    folder.write("repo/larger.bicep", &large(300));
    assert_eq!([2, 3].map(|i| stopped(&agree(i))), [1, 1]);
    fs::remove_file(folder.path("repo/larger.bicep")).unwrap();
    assert_eq!([4, 5].map(|i| stopped(&agree(i))), [0, 0]);
}

#[test]
fn what_is_wrong_with_a_file_that_is_none_of_ours_is_told_as_without() {
    let folder = repository();
    folder.write("repo/bicepconfig.json", r#"{"moduleAliases": {"br": {"a" {"registry": "x.azurecr.io"}}}}"#);
    folder.write("repo/aliased.bicep", "module m 'br/a:m:1.0' = { name: 'm' }\n");
    folder.write("repo/nested.json", r#"{"resources": [] "outputs": {}}"#);
    let nested = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0", "resources": [{"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01",
        "name": "n", "properties": {"mode": "Incremental", "templateLink": {"relativePath": "nested.json"}}}]}"#;
    folder.write("repo/linking.json", nested);
    let cold = without(&folder);
    assert!(cold.stdout.contains("nested.json") && cold.stdout.contains("bicepconfig.json"), "{}", cold.stdout);
    for i in 0..4 {
        let warm = kept(&folder);
        assert_eq!((&warm.stdout, warm.status), (&cold.stdout, cold.status), "{i}");
        // The others are looked at again.
        folder.write("repo/main.bicep", &format!("{MAIN}// {i}\n"));
    }
}

#[test]
fn a_comparison_uses_what_entry_points_came_to_and_leaves_nothing() {
    let (folder, elsewhere) = (Folder::with(&[]), Folder::with(&[]));
    let cache = elsewhere.path("kept").display().to_string();
    folder.git(&["init", "-q", "-b", "main"]);
    folder.write("main.bicep", MAIN);
    folder.write("store.bicep", common::STORE);
    folder.write("other.bicep", &MAIN.replace("store1", "other1"));
    folder.commit();
    folder.run(&["scan", "-f", "json", "--cache", &cache]);
    let since = |more: &[&str]| folder.run(&[&["scan", "-f", "json", "--since", "HEAD"], more].concat());
    let before = records(&elsewhere);
    assert_eq!(before.len(), 2);
    let edits: [&dyn Fn(); 5] = [
        &|| {},
        // One entry point is another, one is new, one is gone; then what all of them use is another.
        &|| folder.write("other.bicep", &MAIN.replace("TLS1_0", "TLS1_1").replace("store1", "other1")),
        &|| folder.write("new.bicep", &MAIN.replace("store1", "new1")),
        &|| fs::remove_file(folder.path("main.bicep")).unwrap(),
        &|| folder.write("store.bicep", &common::STORE.replace("StorageV2", "BlobStorage")),
    ];
    for (i, edit) in edits.iter().enumerate() {
        edit();
        let (cold, warm) = (since(&["--no-cache"]), since(&["--cache", &cache]));
        assert_eq!((&warm.stdout, &warm.stderr, warm.status), (&cold.stdout, &cold.stderr, cold.status), "edit {i}");
        assert_eq!(records(&elsewhere), before, "edit {i}");
    }
}

#[test]
fn what_is_damaged_counts_for_nothing() {
    let folder = repository();
    let cold = kept(&folder);
    for record in records(&folder) {
        let mut bytes = fs::read(&record).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(record, bytes).unwrap();
    }
    assert_eq!(kept(&folder).stdout, cold.stdout);
}

#[test]
fn a_pull_request_brings_no_results() {
    let folder = repository();
    for inside in ["kept", "a/../kept", "."] {
        let run = folder.run_in("repo", &["scan", "--cache", inside]);
        assert_eq!(run.status, 2, "{inside}");
        assert!(run.stderr.contains("name one outside of the repository"), "{}", run.stderr);
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(folder.path("repo"), folder.path("link")).unwrap();
        assert_eq!(folder.run_in("repo", &["scan", "--cache", "../link/kept"]).status, 2);
    }
    assert_eq!(folder.run_in("repo", &["scan", "--cache", "../kept", "--no-cache"]).status, 2);
}

#[test]
fn no_secret_is_kept_but_in_the_files_that_say_it() {
    let folder = repository();
    let secret = "Blue-Harbor-77";
    folder.write(
        "repo/main.bicep",
        &format!(
            "{MAIN}@secure()\nparam password string = '{secret}'
resource sql 'Microsoft.Sql/servers@2023-08-01' = {{
  name: 'sql1'
  location: 'westeurope'
  properties: {{ administratorLogin: password, administratorLoginPassword: '{secret}' }}
}}\n"
        ),
    );
    let cold = without(&folder);
    assert_eq!(kept(&folder).stdout, cold.stdout);
    // One that is not the same file, but says the secret by itself.
    folder.write("repo/other.bicep", &format!("param note string = '{secret}'\noutput note string = note\n"));
    let cold = without(&folder);
    assert_eq!(kept(&folder).stdout, cold.stdout);
    let holds = |bytes: Vec<u8>| bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
    assert_eq!(records(&folder).len(), 2);
    assert!(!records(&folder).into_iter().any(|record| holds(fs::read(record).unwrap())));
}

#[test]
fn what_hangs_on_the_time_is_not_kept() {
    let folder = repository();
    folder.write(
        "repo/.ps-rule/Groups.Rule.yaml",
        "apiVersion: github.com/microsoft/PSRule/2025-01-01
kind: SuppressionGroup
metadata:
  name: Local.Until
spec:
  expiresOn: '2099-01-01T00:00:00Z'
  rule: [Azure.Storage.MinTLS]
  if:
    name: '.'
    equals: store1
",
    );
    let cold = without(&folder);
    assert_eq!(tls(&cold), 0, "{}", cold.stdout);
    assert_eq!(kept(&folder).stdout, cold.stdout);
    // What the files are is kept, and no verdict on them.
    let left: Vec<Vec<u8>> = records(&folder).iter().map(|record| fs::read(record).unwrap()).collect();
    let holds = |what: &str| left.iter().any(|bytes| bytes.windows(what.len()).any(|w| w == what.as_bytes()));
    assert!(holds("main.bicep") && !holds("Azure.Storage"));
}
