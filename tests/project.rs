//! What the project's own files promise.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;

fn read(name: &str) -> String {
    fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The names in a table of `Cargo.toml`.
fn names(manifest: &str, table: &str) -> Vec<String> {
    let mut lines = manifest.lines().skip_while(|l| l.trim() != table);
    assert!(lines.next().is_some(), "Cargo.toml has no {table}");
    let of = |l: &str| l.split_once(" =").map(|(name, _)| name.trim().to_owned());
    lines.take_while(|l| !l.starts_with('[')).filter(|l| !l.starts_with('#')).filter_map(of).collect()
}

#[test]
fn every_dependency_has_its_reason() {
    let (manifest, contributing) = (read("Cargo.toml"), read("CONTRIBUTING.md"));
    let musl = "[target.'cfg(target_env = \"musl\")'.dependencies]";
    for table in ["[dependencies]", musl, "[build-dependencies]", "[dev-dependencies]"] {
        let names = names(&manifest, table);
        assert!(!names.is_empty(), "{table}");
        for name in names {
            assert!(contributing.contains(&format!("`{name}`")), "CONTRIBUTING.md says nothing about {name}");
        }
    }
}

#[test]
fn readme_and_manifest_name_the_same_rust() {
    let manifest = read("Cargo.toml");
    let version =
        manifest.lines().find_map(|l| l.strip_prefix("rust-version = ")).unwrap().trim_matches('"').to_owned();
    assert!(read("README.md").contains(&format!("({version} or newer)")), "README.md does not name Rust {version}");
}
