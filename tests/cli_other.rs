//! `armlint rules`, `armlint init`, and the examples of the README.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::Folder;

#[test]
fn rules_are_listed_and_shown() {
    let folder = Folder::with(&[]);
    let list = folder.run(&["rules"]);
    assert_eq!(list.status, 0);
    assert!(list.stdout.lines().any(|l| l.starts_with("Azure.APIM.HTTPBackend") && l.contains("AZR-000044")));
    let all = folder.run(&["rules", "--format", "json"]).report;
    assert_eq!(all.as_array().unwrap().len(), list.stdout.lines().count());
    for name in ["Azure.APIM.HTTPBackend", "azr-000044"] {
        let page = folder.run(&["rules", name]);
        assert!(
            page.stdout.starts_with("Azure.APIM.HTTPBackend · AZR-000044 · Critical · Security"),
            "{}",
            page.stdout
        );
        assert!(page.stdout.contains("## Examples"));
    }
    let one = folder.run(&["rules", "AZR-000044", "-f", "json"]).report;
    assert_eq!((one["ref"].as_str(), one["help"].is_string()), (Some("AZR-000044"), true));
    assert_eq!(folder.run(&["rules", "Azure.None"]).status, 2);
}

#[test]
fn init_writes_what_scan_reads() {
    let folder = Folder::with(&["api/azuredeploy.json"]);
    let run = folder.run(&["init", "--action"]);
    assert_eq!((run.status, run.stdout.as_str()), (0, "wrote armlint.yaml\nwrote .github/workflows/armlint.yml\n"));
    assert!(folder.read("armlint.yaml").starts_with('#'));
    // The action compares pull requests with what they start from.
    assert!(folder.read(".github/workflows/armlint.yml").contains("fetch-depth: 2"));
    assert_eq!(folder.scan(&["--fail-on", "none"]).status, 0);
    // What is there is not written over, and nothing is written by halves.
    std::fs::remove_file(folder.path("armlint.yaml")).unwrap();
    assert_eq!(folder.run(&["init", "--action"]).status, 2);
    assert!(!folder.path("armlint.yaml").exists());
    assert_eq!(folder.run(&["init"]).status, 0);
}

#[test]
fn init_writes_a_workflow_beside_a_configuration() {
    for name in ["armlint.yaml", "armlint.yml"] {
        let folder = Folder::with(&[]);
        folder.write(name, "armlint: { fail-on: none }\n");
        let run = folder.run(&["init", "--action"]);
        let said = format!("wrote .github/workflows/armlint.yml\n{name} is there already, and stays as it is\n");
        assert_eq!((run.status, run.stdout), (0, said), "{}", run.stderr);
        assert_eq!(folder.read(name), "armlint: { fail-on: none }\n");
        assert_eq!(folder.path("armlint.yaml").exists(), name == "armlint.yaml");
        // Neither can be written.
        let again = folder.run(&["init", "--action"]);
        assert_eq!(again.status, 2);
        assert!(again.stderr.contains(".github/workflows/armlint.yml is there already"), "{}", again.stderr);
        let alone = folder.run(&["init"]);
        assert_eq!(alone.status, 2);
        assert!(alone.stderr.contains(&format!("{name} is there already")), "{}", alone.stderr);
    }
}

#[test]
fn the_examples_show_findings() {
    let folder = Folder::with(&[]);
    for name in [
        "shop/azuredeploy.json",
        "shop/azuredeploy.parameters.json",
        "shop/linked/security-group.json",
        "export/resources.json",
    ] {
        let from = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
        folder.write(&format!("examples/{name}"), &std::fs::read_to_string(from).unwrap());
    }
    let run = folder.scan(&["examples"]);
    assert_eq!(run.status, 1);
    assert_eq!(
        run.report["diagnostics"],
        serde_json::json!([]),
        "our own examples hold mistakes of the intended kind only"
    );
    assert!(run.report["results"].as_array().unwrap().len() >= 4);
    let statuses: Vec<_> =
        run.report["files"].as_array().unwrap().iter().map(|f| f["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["analysed"; 4]);
}

#[test]
fn shards_are_merged_into_one_sarif() {
    let folder = Folder::with(&["api/azuredeploy.json", "api/azuredeploy.parameters.json", "export/resources.json"]);
    for part in ["1/2", "2/2"] {
        let file = format!("{}.sarif", &part[..1]);
        let run = folder.run(&["scan", "--shard", part, "-f", "sarif", "-o", &file, "--fail-on", "none"]);
        assert_eq!(run.status, 0, "{}", run.stderr);
    }
    let results = |report: &serde_json::Value| report["runs"][0]["results"].as_array().unwrap().len();
    let whole = folder.run(&["scan", "-f", "sarif"]).report;
    let merged = folder.run(&["merge", "1.sarif", "2.sarif"]);
    assert_eq!((merged.status, results(&merged.report)), (0, results(&whole)));
    folder.write("other.sarif", "{}");
    assert_eq!(folder.run(&["merge", "1.sarif", "no.sarif"]).status, 2);
    assert_eq!(folder.run(&["merge", "other.sarif"]).status, 2);
}

#[test]
fn a_new_rule_is_a_page_like_another() {
    let folder = Folder::with(&[]);
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/rules");
    let like = ["--like", "Azure.Storage.MinTLS", "--rules"];
    let new = folder.run(&[&["rules", "new", "Armlint.Storage.Sample"][..], &like[..], &[rules]].concat());
    assert_eq!(new.status, 0, "{}", new.stderr);
    let page = armlint_rules::page::parse(&new.stdout, None).unwrap();
    let like_text = std::fs::read_to_string(format!("{rules}/storage/Azure.Storage.MinTLS.md")).unwrap();
    let other = armlint_rules::page::parse(&like_text, None).unwrap();
    assert_eq!(
        (page.id.as_str(), &page.check, page.examples.len()),
        ("Armlint.Storage.Sample", &other.check, other.examples.len())
    );
    assert!(page.reference.starts_with("ALR-") && page.peers.is_empty() && page.reviewed.is_none());

    folder.write("rules/storage/Azure.Storage.MinTLS.md", &like_text);
    let write = ["rules", "new", "Armlint.Batch.Sample", "--like", "AZR-000200", "--write"];
    assert_eq!(folder.run(&write).status, 0);
    assert!(folder.read("rules/batch/Armlint.Batch.Sample.md").contains("id: Armlint.Batch.Sample\n"));
    // What is there is not written over, ids are not given twice, and there must be a page to start from.
    assert_eq!(folder.run(&write).status, 2);
    for (id, like) in [
        ("Azure.Storage.Name", "AZR-000200"),
        ("Sample", "AZR-000200"),
        ("Armlint.A.B", "Azure.None"),
        ("Armlint.A.B", "AZR-000201"),
    ] {
        assert_eq!(folder.run(&["rules", "new", id, "--like", like]).status, 2, "{id} {like}");
    }
}

#[test]
fn the_version_says_where_the_resource_types_are_from() {
    let folder = Folder::with(&[]);
    let plain = folder.run(&["--version"]);
    assert_eq!((plain.status, plain.stdout.lines().count()), (0, 1));
    let source = armlint::types::azure().unwrap().source().unwrap();
    let verbose = folder.run(&["--version", "--verbose"]).stdout;
    assert!(verbose.starts_with(&plain.stdout) && verbose.contains(source.commit), "{verbose}");
    assert!(verbose.contains(&format!("({})", source.date)), "{verbose}");
}
