//! What somebody meets who starts: levels, filters, text that can be read, and the rules there are.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;

use common::{Folder, Run};

/// Breaks rules of each severity and of several pillars.
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
const REPLICATION: &str = "Azure.Storage.UseReplication";
const TAGS: &str = "Azure.Resource.UseTags";
const LABEL: &str = "Azure.MCSB.v1/control";

fn old() -> Folder {
    let folder = Folder::with(&[]);
    folder.write("main.bicep", OLD);
    folder.write("armlint.yaml", "armlint: {}\n");
    folder
}

fn found(run: &Run) -> BTreeSet<(String, String)> {
    let results = run.report["results"].as_array().unwrap_or_else(|| panic!("{}{}", run.stdout, run.stderr));
    let text = |v: &serde_json::Value| v.as_str().unwrap().to_owned();
    results.iter().map(|r| (text(&r["rule"]), text(&r["level"]))).collect()
}

/// The rules of ours that a scan with these arguments finds something for.
fn rules(folder: &Folder, args: &[&str]) -> Vec<String> {
    found(&folder.scan(args)).into_iter().map(|(rule, _)| rule).collect()
}

#[test]
fn levels_follow_severities_but_for_those_who_come_from_psrule() {
    let folder = old();
    let level = |rule: &str, args: &[&str]| {
        let all = found(&folder.scan(args));
        all.into_iter().find(|(r, _)| r == rule).map(|(_, level)| level).unwrap_or_default()
    };
    let levels = |args: &[&str]| [TLS, REPLICATION, TAGS].map(|rule| level(rule, args));
    assert_eq!(levels(&[]), ["error", "warning", "note"]);
    assert_eq!(levels(&["--baseline", "Azure.Default"]), ["error", "warning", "note"]);
    assert_eq!(folder.scan(&["--rule", REPLICATION]).status, 0, "what is important does not fail a run by itself");
    assert_eq!(folder.scan(&["--rule", REPLICATION, "--fail-on", "warning"]).status, 1);
    assert_eq!(folder.scan(&["--rule", TLS]).status, 1);
    let sarif = folder.run(&["scan", "-f", "sarif", "--rule", REPLICATION, "--rule", TAGS]).report;
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let configured: Vec<_> = rules.iter().map(|r| r["defaultConfiguration"]["level"].as_str().unwrap()).collect();
    assert_eq!(configured, ["note", "warning"], "by id: tags, replication");

    folder
        .write("armlint.yaml", &format!("armlint: {{ rules: {{ levels: {{ {REPLICATION}: error, {TLS}: note }} }} }}"));
    assert_eq!(levels(&[]), ["note", "error", "note"]);
    std::fs::remove_file(folder.path("armlint.yaml")).unwrap();
    assert_eq!(levels(&[]), ["error", "warning", "note"], "whoever configures nothing has the severities' levels");
    folder.write("ps-rule.yaml", &format!("override: {{ level: {{ {TLS}: Warning }} }}"));
    assert_eq!(levels(&[]), ["warning", "error", "error"]);
    assert_eq!(folder.scan(&["--rule", REPLICATION]).status, 1);
}

#[test]
fn filters_keep_the_rules_that_matter() {
    let folder = old();
    let all = rules(&folder, &[]);
    let kept = |args: &[&str]| rules(&folder, args);
    assert_eq!(kept(&["--min-severity", "awareness"]), all);
    let critical = kept(&["--min-severity", "Critical"]);
    assert!(critical.contains(&TLS.to_owned()) && !critical.contains(&REPLICATION.to_owned()), "{critical:?}");
    let pillars = kept(&["--pillar", "reliability", "--pillar", "cost-optimization"]);
    assert!(pillars.contains(&REPLICATION.to_owned()) && pillars.contains(&TAGS.to_owned()));
    assert!(!pillars.contains(&TLS.to_owned()));
    for service in ["storage account", "Storage"] {
        let storage = kept(&["--service", service]);
        assert!(storage.len() > 2 && storage.iter().all(|r| r.contains(".Storage.")), "{storage:?}");
    }
    let labelled = kept(&["--label", &format!("{LABEL}=DP-3"), "--tag", "release=GA"]);
    assert!(labelled.contains(&TLS.to_owned()) && labelled.len() < all.len(), "{labelled:?}");
    let both = kept(&["--min-severity", "important", "--pillar", "Reliability", "--service", "storage"]);
    assert!(both.contains(&REPLICATION.to_owned()) && !both.contains(&TLS.to_owned()), "{both:?}");
    assert_eq!(kept(&["--rule", "Azure.Storage.*", "--rule", TAGS, "--min-severity", "critical"]), [TLS]);
    // What a file says of another kind stays; of the same kind the command line wins.
    std::fs::remove_file(folder.path("armlint.yaml")).unwrap();
    folder.write("ps-rule.yaml", "rule: { tag: { Azure.WAF/pillar: Security } }");
    assert!(!kept(&["--service", "storage"]).contains(&REPLICATION.to_owned()));
    assert!(kept(&["--tag", "release=GA"]).contains(&REPLICATION.to_owned()));
}

#[test]
fn filters_are_about_the_rules_of_a_repository_as_well() {
    let folder = old();
    let rule = |name: &str, about: &str| {
        format!(
            "---\napiVersion: github.com/microsoft/PSRule/v1\nkind: Rule\nmetadata: {{ name: {name}, {about} }}\nspec: {{ condition: {{ \
             field: name, equals: x }}, type: [Microsoft.Storage/storageAccounts] }}\n"
        )
    };
    let annotations = "annotations: { severity: Critical, pillar: Reliability, resource: Our Storage }";
    folder.write(
        ".ps-rule/Org.Rule.yaml",
        &[rule("Org.A", &format!("{annotations}, tags: {{ team: red }}")), rule("Org.B", "labels: { team: blue }")]
            .concat(),
    );
    let ours =
        |args: &[&str]| -> Vec<String> { rules(&folder, args).into_iter().filter(|r| r.starts_with("Org.")).collect() };
    assert_eq!(ours(&[]), ["Org.A", "Org.B"]);
    for only_a in [
        ["--tag", "team=red"],
        ["--min-severity", "critical"],
        ["--pillar", "reliability"],
        ["--service", "our-storage"],
    ] {
        assert_eq!(ours(&only_a), ["Org.A"], "{only_a:?}");
    }
    assert_eq!(ours(&["--label", "team=*"]), ["Org.B"]);
    assert_eq!(ours(&["--rule", "Org.*", "--label", "team=blue"]), ["Org.B"]);
    folder.write("ps-rule.yaml", "rule: { includeLocal: true }");
    assert_eq!(ours(&["--tag", "team=red"]), ["Org.A"]);
}

#[test]
fn a_filter_that_means_nothing_is_wrong_usage() {
    let folder = old();
    for (args, wanted) in [
        (["--pillar", "securty"], "did you mean `Security`? There are Security, Reliability, Cost Optimization"),
        (["--min-severity", "high"], "no rule has the severity `high`; there are Critical, Important, Awareness"),
        (["--service", "Storge"], "did you mean `Storage`? There are AI Search, "),
        (["--tag", "relase=GA"], "did you mean `release`?"),
        (["--tag", "release=GAA"], "no rule has the tag release with the value `GAA`; did you mean `GA`?"),
        (["--label", "Azure.MCSB=x"], "no rule has the label `Azure.MCSB`"),
        (["--label", "Azure.MCSB"], "NAME=VALUE"),
    ] {
        for command in ["scan", "rules"] {
            let run = folder.run(&[command, args[0], args[1]]);
            assert_eq!(run.status, 2, "{args:?}");
            assert!(run.stderr.contains(wanted), "{args:?}: {}", run.stderr);
        }
    }
    let run = folder.scan(&["--pillar", "Reliability", "--rule", TLS]);
    assert_eq!(run.status, 2, "a scan that checks nothing must not look clean");
    assert!(run.stderr.contains("no rule is left: the filters keep none of the 1 that would run"), "{}", run.stderr);
}

#[test]
fn text_is_coloured_where_somebody_asks_for_it() {
    let folder = old();
    let colored = |args: &[&str], variables: &[(&str, &str)]| {
        let run = folder.run_with(&[&["scan", "--rule", TLS], args].concat(), variables);
        run.stdout.contains("\x1b[")
    };
    assert!(!colored(&[], &[]));
    assert!(colored(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(colored(&[], &[("FORCE_COLOR", "1")]) && colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&[], &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
    assert!(!colored(&["--color", "never"], &[("FORCE_COLOR", "1")]));
    assert_eq!(folder.run(&["scan", "--color", "sometimes"]).status, 2);
}

#[test]
fn concise_is_one_line_for_each_finding() {
    let folder = old();
    folder.write("b.bicep", "module x 'br/public:not/there:1.0' = {\n  name: 'x'\n}\n");
    let run = folder.run(&["scan", "-f", "concise", "--rule", TLS, "--rule", REPLICATION]);
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!((run.status, lines.len()), (1, 3), "{}", run.stdout);
    assert!(lines[0].starts_with("b.bicep:1:10: warning module-not-restored "), "{}", lines[0]);
    assert!(lines[1].starts_with(&format!("main.bicep:6:16: warning {REPLICATION} The data of")), "{}", lines[1]);
    assert!(lines[2].starts_with(&format!("main.bicep:7:36: error {TLS} The storage account")), "{}", lines[2]);
}

#[test]
fn text_shows_the_worst_and_all_on_request() {
    let folder = Folder::with(&[]);
    for i in 0..40 {
        folder.write(&format!("{i:02}.bicep"), OLD);
    }
    folder.write("armlint.yaml", "armlint: {}\n");
    let run = folder.run(&["scan", "--rule", TLS, "--rule", TAGS]);
    let blocks = |run: &Run, head: &str| run.stdout.lines().filter(|l| l.starts_with(head)).count();
    assert_eq!((blocks(&run, "error["), blocks(&run, "note[")), (40, 10));
    assert!(run.stdout.contains("And 30 more findings of 1 rule in 30 files"), "{}", run.stdout);
    assert!(
        run.stdout
            .ends_with("40 errors, 40 notes; a fix is known for 40 of them\n80 findings: 40 Critical, 40 Awareness\n")
    );
    let all = folder.run(&["scan", "--rule", TLS, "--rule", TAGS, "--show-all", "--report", "text=all.txt"]);
    assert_eq!((blocks(&all, "error["), blocks(&all, "note[")), (40, 40));
    assert_eq!(folder.read("all.txt"), all.stdout);
}

#[test]
fn rules_are_searched_and_narrowed() {
    let folder = Folder::with(&[]);
    let listed = |args: &[&str]| -> Vec<String> {
        let run = folder.run(&[&["rules"], args].concat());
        assert_eq!(run.status, 0, "{}", run.stderr);
        run.stdout.lines().map(|l| l.split_whitespace().next().unwrap().to_owned()).collect()
    };
    let all = listed(&[]).len();
    for words in [&["tls", "STORAGE accounts"] as &[&str], &["Azure.Storage.Min*"], &["minimum", "storage", "tls"][1..]]
    {
        assert!(listed(words).contains(&TLS.to_owned()), "{words:?}");
        assert!(listed(words).len() < 20, "{words:?}");
    }
    let storage = listed(&["--service", "storage", "--severity", "critical", "--severity", "Awareness"]);
    assert!(storage.contains(&TLS.to_owned()) && !storage.contains(&REPLICATION.to_owned()), "{storage:?}");
    let secure = listed(&["--pillar", "security"]);
    assert!(secure.contains(&TLS.to_owned()) && !secure.contains(&REPLICATION.to_owned()) && secure.len() < all);
    let both = listed(&["--pillar", "security", "--pillar", "Reliability"]);
    assert!(both.len() > secure.len() && both.contains(&REPLICATION.to_owned()));
    let fixable = listed(&["--fixable"]);
    assert!(fixable.contains(&TLS.to_owned()) && !fixable.contains(&TAGS.to_owned()) && fixable.len() < all);
    let psrule = listed(&["--baseline", "Azure.Default"]);
    assert!(psrule.len() < all && psrule.iter().all(|r| r.starts_with("Azure.")));
    let json = folder.run(&["rules", "--fixable", "--format", "json", "--min-severity", "critical"]).report;
    assert_eq!(folder.run(&["rules", "--fixable", "--json", "--min-severity", "critical"]).report, json);
    let tls = json.as_array().unwrap().iter().find(|r| r["rule"] == TLS).unwrap();
    assert_eq!((&tls["fixable"], &tls["level"], &tls["psruleLevel"]), (&true.into(), &"error".into(), &"Error".into()));
    for (args, wanted) in [
        (
            &["Azure.Storage.MinTSL"] as &[&str],
            "there is no rule `Azure.Storage.MinTSL`; did you mean `Azure.Storage.MinTLS`?",
        ),
        (&["Azure.Storge.*"], "there is no rule `Azure.Storge.*`"),
        (&["no", "such", "words"], "no rule has these words"),
        (&["--baseline", "Azure.Defualt"], "did you mean `Azure.Default`?"),
        (&["--service", "Storge"], "did you mean `Storage`?"),
        (&["--pillar", "securty"], "securty"),
        (&["--severity", "high"], "high"),
        (&[TLS, "--pillar", "Reliability"], "the options keep none of the 1 rules"),
    ] {
        let run = folder.run(&[&["rules"], args].concat());
        assert_eq!(run.status, 2, "{args:?}");
        assert!(run.stderr.contains(wanted), "{args:?}: {}", run.stderr);
    }
}
