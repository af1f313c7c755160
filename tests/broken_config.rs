//! What people write wrong in options, pages and documents: each file of `tests/fixtures/broken-config` is one mistake, and comes to
//! one clear error with its place and status 2.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::fmt::Write as _;
use std::path::Path;

use common::{Folder, Run};

const PAGE: &str = "armlint: { rules: { folders: [rules] } }\n";

/// A folder in which a fixture is what its name begins with.
fn laid_out(name: &str, bytes: &[u8]) -> Folder {
    let folder = Folder::with(&[]);
    let (kind, _) = name.split_once('-').unwrap();
    let place = match kind {
        "own" => "armlint.yaml",
        "psrule" => "ps-rule.yaml",
        "page" => "rules/Contoso.Storage.Owner.md",
        "document" => ".ps-rule/A.Rule.yaml",
        other => panic!("{other}"),
    };
    // A repository, so that nothing above it counts.
    folder.write(".git/HEAD", "");
    folder.write("infra/main.bicep", "param a string\n");
    folder.write(place, "");
    std::fs::write(folder.path(place), bytes).unwrap();
    if kind == "page" {
        folder.write("armlint.yaml", PAGE);
    }
    folder
}

/// The errors of a run, without the folder.
fn errors(folder: &Folder, run: &Run) -> Vec<String> {
    let root = format!("{}/", folder.path("").canonicalize().unwrap().display());
    let own = format!("{}/", folder.path("").display().to_string().trim_end_matches('/'));
    let lines = run.stderr.lines().filter_map(|l| l.strip_prefix("armlint: error: "));
    lines.map(|l| l.replace(&root, "").replace(&own, "").replace(own.trim_end_matches('/'), ".")).collect()
}

#[test]
fn every_mistake_is_an_error_with_its_place() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/broken-config");
    let mut names: Vec<String> =
        std::fs::read_dir(&fixtures).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert!(names.len() >= 100, "{}", names.len());
    let one = |name: &String| {
        let folder = laid_out(name, &std::fs::read(fixtures.join(name)).unwrap());
        let run = folder.run(&["config"]);
        (run.status, errors(&folder, &run), run.stderr)
    };
    let half = names.len() / 2;
    let runs: Vec<_> = std::thread::scope(|s| {
        let first = s.spawn(|| names[..half].iter().map(one).collect::<Vec<_>>());
        let second: Vec<_> = names[half..].iter().map(one).collect();
        first.join().unwrap().into_iter().chain(second).collect()
    });
    let mut told = String::new();
    for (name, (status, errors, stderr)) in names.iter().zip(&runs) {
        // Of a page, everything that is wrong is told at once.
        let enough = errors.len() == 1 || name.starts_with("page") && errors.len() == 2;
        assert!(*status == 2 && enough, "{name}: {status} {stderr}");
        writeln!(told, "{name}").unwrap();
        for error in errors {
            assert!(error.len() < 700, "{name}: {error}");
            writeln!(told, "    {error}").unwrap();
            // A page that is no text has no place in it.
            let line = error.split(": ").next().unwrap_or("").rsplit(':').next().unwrap_or("").parse::<u32>();
            assert!(line.is_ok() || name == "page-not-utf-8.md", "{name} has no place: {error}");
        }
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_scan_says_the_same_and_what_can_be_judged_is() {
    for name in ["own-rule-typo.yaml", "psrule-break-typo.yaml", "page-operator-typo.md", "document-no-condition.yaml"]
    {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/broken-config").join(name);
        let folder = laid_out(name, &std::fs::read(fixture).unwrap());
        let run = folder.scan(&["--outcome", "all"]);
        assert_eq!(run.status, 2, "{name}");
        let broken_rule = name.starts_with("page") || name.starts_with("document");
        assert_eq!(run.report.is_object(), broken_rule, "{name}");
        if broken_rule {
            let levels: Vec<_> = run.diagnostics().into_iter().filter(|(d, _)| d.starts_with("error")).collect();
            assert_eq!(levels.len(), 1, "{name}: {:?}", run.messages());
            assert!(!run.report["results"].as_array().unwrap().is_empty(), "{name}");
        }
    }
}
