//! `--write-known` and `--known`: only what is new counts.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Folder, Run};

const TLS: &str = "Azure.Storage.MinTLS";

/// Storage accounts with old TLS.
fn accounts(names: &[&str]) -> String {
    let one = |name: &&str| {
        format!(
            "resource {name} 'Microsoft.Storage/storageAccounts@2023-05-01' = {{\n  name: 'st{name}'\n  location: 'westeurope'\n  \
             kind: 'StorageV2'\n  sku: {{ name: 'Standard_GRS' }}\n  properties: {{ minimumTlsVersion: 'TLS1_0' }}\n}}\n"
        )
    };
    names.iter().map(one).collect()
}

fn scan(folder: &Folder, args: &[&str]) -> Run {
    folder.run(&[&["scan", "--format", "text", "--rule", TLS], args].concat())
}

/// The exit status, and the last line of the report.
fn end(run: &Run) -> (i32, String) {
    (run.status, run.stdout.lines().last().unwrap_or(&run.stderr).to_owned())
}

fn summary(status: i32, words: &str) -> (i32, String) {
    (status, words.to_owned())
}

#[test]
fn what_is_known_does_not_count_and_is_not_shown() {
    let folder = Folder::with(&[]);
    folder.write("main.bicep", &accounts(&["a", "b"]));
    assert_eq!(scan(&folder, &[]).status, 1);
    let run = scan(&folder, &["--write-known", "known.txt"]);
    assert_eq!(end(&run), summary(0, "0 new, 2 known, 0 gone"));
    assert!(!run.stdout.contains("main.bicep:"), "{}", run.stdout);
    let known = folder.read("known.txt");
    let lines: Vec<Vec<&str>> = known.lines().skip(1).map(|l| l.split('\t').collect()).collect();
    assert_eq!(lines.len(), 2, "{known}");
    assert_eq!((lines[0][0], lines[0][1], lines[0][3]), (TLS, "main.bicep", "1"));
    assert!(lines[0][2] < lines[1][2]);
    // What is new counts.
    folder.write("main.bicep", &accounts(&["c", "a", "b"]));
    let run = scan(&folder, &["--known", "known.txt"]);
    assert_eq!(end(&run), summary(1, "1 new, 2 known, 0 gone"));
    assert!(run.stdout.contains("stc (") && !run.stdout.contains("sta ("), "{}", run.stdout);
    assert_eq!(folder.read("known.txt"), known);
    for format in ["github", "markdown"] {
        let run = folder.run(&["scan", "--rule", TLS, "--known", "known.txt", "--format", format]);
        assert!(run.stdout.contains(":6") || run.stdout.contains("line=6"), "{}", run.stdout);
        assert!(!run.stdout.contains(":13") && !run.stdout.contains("line=13"), "{}", run.stdout);
    }
    let run = folder.run(&["scan", "--rule", TLS, "--known", "known.txt", "--format", "counts"]);
    assert!(
        run.stdout.starts_with("findings=1\n") && run.stdout.contains("suppressed=0\nknown=2\ngone=0\n"),
        "{}",
        run.stdout
    );
    // Code scanning would open alerts for what is suppressed, so that is there only if somebody asks.
    let sarif = |args: &[&str]| {
        let run = folder.run(&[&["scan", "--rule", TLS, "--known", "known.txt", "--format", "sarif"], args].concat());
        run.report["runs"][0]["results"].as_array().unwrap().clone()
    };
    assert_eq!(sarif(&[]).len(), 1);
    let all = sarif(&["--outcome", "all"]);
    assert_eq!(all.len(), 3);
    let suppressions: Vec<_> = all.iter().filter_map(|r| r["suppressions"].get(0)).collect();
    assert_eq!(suppressions.len(), 2);
    assert_eq!((&suppressions[0]["kind"], &suppressions[0]["justification"]), (&"external".into(), &"known".into()));
}

#[test]
fn moves_and_renames_change_nothing() {
    let folder = Folder::with(&[]);
    folder.write("main.bicep", &accounts(&["a", "b"]));
    folder.write("other.bicep", &accounts(&["a"]));
    scan(&folder, &["--write-known", "known.txt"]);
    let known = |folder: &Folder| end(&scan(folder, &["--known", "known.txt"]));
    // Lines move, and resources change their order.
    folder.write("main.bicep", &format!("// a line\n\n{}", accounts(&["b", "a"])));
    assert_eq!(known(&folder), summary(0, "0 new, 3 known, 0 gone"));
    // A file gets another name.
    folder.write("infra/app.bicep", &folder.read("main.bicep"));
    std::fs::remove_file(folder.path("main.bicep")).unwrap();
    assert_eq!(known(&folder), summary(0, "0 new, 3 known, 0 gone"));
    // A resource moves to another file.
    folder.write("infra/app.bicep", &accounts(&["b"]));
    folder.write("other.bicep", &accounts(&["a"]));
    folder.write("third.bicep", &accounts(&["a"]));
    assert_eq!(known(&folder), summary(0, "0 new, 3 known, 0 gone"));
    // One more that is alike is one too many, wherever it stands.
    folder.write("fourth.bicep", &accounts(&["a"]));
    assert_eq!(known(&folder), summary(1, "1 new, 3 known, 0 gone"));
}

#[test]
fn what_is_said_of_a_file_follows_it_only_where_it_goes() {
    let folder = Folder::with(&[]);
    let run = |args: &[&str]| {
        end(&folder.run(&[&["scan", "--rule", "Azure.Template.TemplateScheme", "--fail-on", "note"], args].concat()))
    };
    let old = r#"{ "$schema": "http://schema.management.azure.com/schemas/2015-01-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0", "resources": [] }"#;
    folder.write("a.json", old);
    assert_eq!(run(&["--write-known", "known.txt"]).1, "0 new, 1 known, 0 gone");
    folder.write("b.json", old);
    std::fs::remove_file(folder.path("a.json")).unwrap();
    assert_eq!(run(&["--known", "known.txt"]), summary(0, "0 new, 1 known, 0 gone"));
    // It is still there, and another one begins.
    folder.write("a.json", &old.replace("http:", "https:").replace("2015-01-01", "2019-04-01"));
    assert_eq!(run(&["--known", "known.txt"]), summary(1, "1 new, 0 known, 1 gone"));
}

#[test]
fn what_is_gone_is_told_and_taken_out() {
    let folder = Folder::with(&[]);
    folder.write("main.bicep", &accounts(&["a", "b"]));
    folder.write("other.bicep", &accounts(&["c"]));
    scan(&folder, &["--write-known", "known.txt"]);
    let before = folder.read("known.txt");
    folder.write("main.bicep", &accounts(&["a"]));
    assert_eq!(end(&scan(&folder, &["--known", "known.txt"])), summary(0, "0 new, 2 known, 1 gone"));
    // What a run did not look at is not gone: another file, another rule.
    assert_eq!(end(&scan(&folder, &["main.bicep", "--known", "known.txt"])), summary(0, "0 new, 1 known, 1 gone"));
    let other = ["scan", "--rule", "Azure.Storage.Name", "--known", "known.txt", "--write-known", "known.txt"];
    folder.run(&other);
    assert_eq!(folder.read("known.txt"), before);
    scan(&folder, &["main.bicep", "--write-known", "known.txt"]);
    assert_eq!(folder.read("known.txt").lines().count(), 3);
    assert!(folder.read("known.txt").contains("other.bicep"));
    std::fs::remove_file(folder.path("other.bicep")).unwrap();
    assert_eq!(end(&scan(&folder, &["--write-known", "known.txt"])), summary(0, "0 new, 1 known, 1 gone"));
    assert!(!folder.read("known.txt").contains("other.bicep"));
}

#[test]
fn another_deployment_of_the_same_line_is_not_new() {
    let folder = Folder::with(&[]);
    folder
        .write("main.bicep", &format!("param tls string = 'TLS1_0'\n{}", accounts(&["a"]).replace("'TLS1_0'", "tls")));
    folder.write("a.bicepparam", "using 'main.bicep'\n");
    scan(&folder, &["--write-known", "known.txt"]);
    folder.write("b.bicepparam", "using 'main.bicep'\n");
    assert_eq!(end(&scan(&folder, &["--known", "known.txt"])), summary(0, "0 new, 1 known, 0 gone"));
    // The same literal in a file of its own is another mistake.
    folder.write("c.bicepparam", "using 'main.bicep'\nparam tls = 'TLS1_0'\n");
    assert_eq!(end(&scan(&folder, &["--known", "known.txt"])), summary(1, "1 new, 1 known, 0 gone"));
}

#[test]
fn the_configuration_names_the_file() {
    let folder = Folder::with(&[]);
    folder.write("main.bicep", &accounts(&["a"]));
    folder.write("armlint.yaml", "armlint: { known: .armlint/known.txt }");
    let run = scan(&folder, &[]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("known.txt") && run.stderr.contains("write them with --write-known"), "{}", run.stderr);
    std::fs::create_dir(folder.path(".armlint")).unwrap();
    assert_eq!(scan(&folder, &["--write-known", ".armlint/known.txt"]).status, 0);
    assert_eq!(end(&scan(&folder, &[])), summary(0, "0 new, 1 known, 0 gone"));
    // The command line comes first, and a configuration reaches no file elsewhere.
    folder.write("none.txt", "");
    assert_eq!(end(&scan(&folder, &["--known", "none.txt"])), summary(1, "1 new, 0 known, 0 gone"));
    folder.write("armlint.yaml", "armlint: { known: ../known.txt }");
    let run = scan(&folder, &[]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("known.txt"), "{}", run.stderr);
}

#[test]
fn a_broken_file_is_an_error_with_its_place() {
    let folder = Folder::with(&[]);
    folder.write("main.bicep", &accounts(&["a"]));
    for (text, place) in [
        ("# x\n<<<<<<< HEAD\n", "known.txt:2:1: git could not merge"),
        ("{}", "known.txt:1:1: this is no line of a file of known findings"),
    ] {
        folder.write("known.txt", text);
        for option in ["--known", "--write-known"] {
            let run = scan(&folder, &[option, "known.txt"]);
            assert_eq!((run.status, run.stdout.as_str()), (2, ""));
            assert!(run.stderr.contains(place), "{}", run.stderr);
        }
        assert_eq!(folder.read("known.txt"), text);
    }
    // Nor is anything else written over.
    let run = scan(&folder, &["--write-known", "main.bicep"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("holds Azure code"), "{}", run.stderr);
}

/// One that was known may still be where it was: what this run did not look at takes nothing from it.
#[test]
fn what_is_known_elsewhere_does_not_hide_what_is_new_in_a_part() {
    let folder = Folder::with(&[]);
    folder.write("a/main.bicep", &accounts(&["sta"]));
    scan(&folder, &["--write-known", "known.txt"]);
    folder.write("b/main.bicep", &accounts(&["sta"]).replace("'ststa'", "'other'"));
    assert_eq!(end(&scan(&folder, &["--known", "known.txt"])), summary(1, "1 new, 1 known, 0 gone"));
    for part in [&["b"][..], &["--exclude", "a/**"]] {
        let run = scan(&folder, &[part, &["--known", "known.txt"]].concat());
        assert_eq!(end(&run), summary(1, "1 new, 0 known, 0 gone"), "{part:?}");
    }
    let shard = |n: &str| scan(&folder, &["--known", "known.txt", "--shard", n]).status;
    assert_eq!(shard("1/2").max(shard("2/2")), 1);
    // What moved is known; another resource is not.
    std::fs::remove_file(folder.path("a/main.bicep")).unwrap();
    assert_eq!(end(&scan(&folder, &["b", "--known", "known.txt"])), summary(1, "1 new, 0 known, 1 gone"));
    folder.write("b/main.bicep", &accounts(&["sta"]));
    assert_eq!(end(&scan(&folder, &["b", "--known", "known.txt"])), summary(0, "0 new, 1 known, 0 gone"));
}

/// Two calls of one module, whose values stand in the file of the calls.
fn calls(dev: &str, prod: &str) -> String {
    let call = |name: &str, tls: &str| {
        format!("module {name} 'st.bicep' = {{\n  params: {{ name: 'st{name}', tls: '{tls}' }}\n}}\n")
    };
    call("dev", dev) + &call("prod", prod)
}

#[test]
fn another_resource_of_a_declaration_is_new_and_another_symbol_is_not() {
    let folder = Folder::with(&[]);
    let module = accounts(&["a"]).replace("'sta'", "name").replace("'TLS1_0'", "tls");
    folder.write("st.bicep", &format!("param name string\nparam tls string\n{module}"));
    folder.write("main.bicep", &calls("TLS1_0", "TLS1_2"));
    scan(&folder, &["--write-known", "known.txt"]);
    let known = folder.read("known.txt");
    // The place in the file is that of a line which is gone.
    folder.write("main.bicep", &calls("TLS1_2", "TLS1_0"));
    assert_eq!(end(&scan(&folder, &["--known", "known.txt"])), summary(1, "1 new, 0 known, 1 gone"));
    folder.write("main.bicep", &calls("TLS1_0", "TLS1_0"));
    assert_eq!(end(&scan(&folder, &["--known", "known.txt"])), summary(1, "1 new, 1 known, 0 gone"));
    folder.write("main.bicep", &calls("TLS1_0", "TLS1_2"));
    folder.write("st.bicep", &folder.read("st.bicep").replace("resource a", "resource account"));
    assert_eq!(end(&scan(&folder, &["--known", "known.txt"])), summary(0, "0 new, 1 known, 0 gone"));
    // A resource that is called otherwise is still known, as long as nothing else is called like that.
    folder.write("main.bicep", &calls("TLS1_0", "TLS1_2").replace("'stdev'", "'sttest'"));
    folder.write("st.bicep", &folder.read("st.bicep").replace("resource account", "resource a"));
    assert_eq!(end(&scan(&folder, &["--known", "known.txt"])), summary(0, "0 new, 1 known, 0 gone"));
    // A file of version 1 says nothing of resources, and goes on as it was.
    let lines = known.lines().skip(1).map(|line| line.split('\t').take(4).collect::<Vec<_>>().join("\t") + "\n");
    folder.write(
        "old.txt",
        &(known.lines().next().unwrap().replace("version 2", "version 1") + "\n" + &lines.collect::<String>()),
    );
    folder.write("main.bicep", &calls("TLS1_0", "TLS1_2"));
    assert_eq!(end(&scan(&folder, &["--known", "old.txt"])), summary(0, "0 new, 1 known, 0 gone"));
    scan(&folder, &["--known", "old.txt", "--write-known", "old.txt"]);
    assert_eq!(folder.read("old.txt"), known);
}

/// What a line deploys is known with it, also if some of it goes.
#[test]
fn what_one_line_deploys_is_known_together() {
    let folder = Folder::with(&[]);
    let main = |names: &str| {
        accounts(&["a"]).replace("= {", &format!("= [for n in [{names}]: {{")).replace("'sta'", "n") + "]\n"
    };
    let main = |names: &str| main(names).replace("}\n]", "}]");
    folder.write("main.bicep", &main("'sta', 'stb', 'stc'"));
    scan(&folder, &["--write-known", "known.txt"]);
    assert_eq!(folder.read("known.txt").lines().count(), 2);
    for names in ["'stb', 'stc'", "'stc'", "'stb', 'std'", "'std', 'ste'"] {
        folder.write("main.bicep", &main(names));
        assert_eq!(end(&scan(&folder, &["--known", "known.txt"])), summary(0, "0 new, 1 known, 0 gone"), "{names}");
    }
}
