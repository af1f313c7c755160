//! `armlint scan -`: a text on standard input stands for a file, as editors and hooks have it.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::Folder;

const TLS: &str = "Azure.Storage.MinTLS";

fn account(tls: &str) -> String {
    format!(
        "resource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {{\n  name: 'st'\n  properties: {{ minimumTlsVersion: {tls} }}\n}}\n"
    )
}

#[test]
fn the_text_counts_and_not_the_file() {
    let folder = Folder::with(&[]);
    folder.write("infra/main.bicep", &account("'TLS1_2'"));
    folder.write("infra/other.bicep", &account("'TLS1_0'"));
    let args = ["scan", "-", "--stdin-filename", "infra/main.bicep", "--rule", TLS, "-f", "json"];
    let run = folder.run_on(&account("'TLS1_0'"), &args);
    let results = run.report["results"].as_array().unwrap();
    assert_eq!((run.status, results.len()), (1, 1), "nothing of other files: {}", run.stderr);
    assert_eq!(results[0]["location"]["file"], "infra/main.bicep");
    assert_eq!(folder.read("infra/main.bicep"), account("'TLS1_2'"));
}

#[test]
fn it_reads_what_lies_beside_its_name() {
    let folder = Folder::with(&[]);
    folder.write("infra/modules/st.bicep", &format!("param tls string\n{}", account("tls")));
    let text = "module m 'modules/st.bicep' = {\n  name: 'm'\n  params: { tls: 'TLS1_0' }\n}\n";
    let run = folder.run_on(text, &["scan", "-", "--stdin-filename", "infra/new.bicep", "--rule", TLS, "-f", "json"]);
    let location = &run.report["results"][0]["location"];
    assert_eq!((&location["file"], &location["startLine"]), (&"infra/new.bicep".into(), &3.into()), "{}", run.stdout);
}

#[test]
fn without_a_name_the_text_says_what_it_is() {
    let folder = Folder::with(&[]);
    let run = folder.run_on(&account("'TLS1_0'"), &["scan", "-", "--rule", TLS, "-f", "json"]);
    assert_eq!(run.report["results"][0]["location"]["file"], "stdin.bicep");
    let run = folder.run_on("{\"a\": 1}", &["scan", "-"]);
    assert_eq!(run.status, 2, "nothing to check: {}", run.stderr);
}

#[test]
fn what_makes_no_sense_is_wrong_usage() {
    let folder = Folder::with(&[]);
    for args in [&["scan", "--stdin-filename", "a.bicep"][..], &["scan", "-", "--fix"]] {
        let run = folder.run_on(&account("'TLS1_0'"), args);
        assert_eq!(run.status, 2, "{args:?}: {}", run.stderr);
    }
}
