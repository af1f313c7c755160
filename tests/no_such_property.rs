//! A property that the API version, or the type, does not have excuses nothing: Azure drops it, or refuses what has it. Pages show
//! what can be deployed, so the examples of this stand in `fixtures/no_such_property`, named after the rule that each breaks.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::fs;
use std::path::Path;

use common::Folder;

#[test]
fn what_azure_does_not_know_excuses_nothing() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/no_such_property");
    let mut files: Vec<_> = fs::read_dir(fixtures).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap();
        let rule: Vec<&str> = name.split('.').take(3).collect();
        let folder = Folder::with(&[]);
        folder.write(name, &fs::read_to_string(&path).unwrap());
        let run = folder.scan(&["--rule", &rule.join(".")]);
        let outcomes: Vec<_> = run.report["results"].as_array().unwrap().iter().map(|r| &r["outcome"]).collect();
        assert_eq!(outcomes, ["fail"], "{name}: {}", run.stderr);
    }
}
