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
    for table in ["[dependencies]", "[build-dependencies]", "[dev-dependencies]"] {
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

// Scripts of ours need Python by the name that Unix gives it.
#[test]
#[cfg(unix)]
fn installers_name_the_archives_that_a_release_has() {
    let release = read(".github/workflows/release.yml");
    assert!(read("scripts/build-release").contains("f\"armlint-v{version}-{target}.tar.gz\""));
    let url = "releases/download/v{ version }/armlint-v{ version }-{ target }.tar.gz";
    assert!(read("Cargo.toml").contains(url), "cargo binstall");
    let targets: Vec<&str> =
        release.lines().filter_map(|l| l.trim().strip_prefix("- { target: ")?.split(',').next()).collect();
    assert_eq!(targets.len(), 6, "{targets:?}");
    let files = read("scripts/release-files");
    assert!(
        targets.iter().all(|t| files.contains(&format!("\"{t}\""))),
        "scripts/release-files does not ask for {targets:?}"
    );
    let folder = tempfile::tempdir().unwrap();
    let (sums, all) = (folder.path().join("SHA256SUMS"), "0123456789abcdef".repeat(4));
    let formula = |lines: &str| {
        fs::write(&sums, lines).unwrap();
        let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/homebrew-formula");
        std::process::Command::new("python3").arg(script).arg("1.2.3").arg(&sums).output().unwrap()
    };
    let lines: String = targets.iter().map(|t| format!("{all}  armlint-v1.2.3-{t}.tar.gz\n")).collect();
    let made = formula(&lines);
    let text = String::from_utf8(made.stdout).unwrap();
    assert!(made.status.success(), "{text}");
    for target in targets.iter().filter(|t| !t.contains("windows")) {
        assert!(text.contains(&format!("/v1.2.3/armlint-v1.2.3-{target}.tar.gz\"\n      sha256 \"{all}\"")), "{text}");
    }
    assert_eq!(formula("").status.code(), Some(1), "nothing is installed without a checksum");
}

/// The fields that winget's schema demands, and what it says of their values.
#[test]
#[cfg(unix)]
fn winget_finds_the_archives_for_windows() {
    let folder = tempfile::tempdir().unwrap();
    let (sums, out, all) = (folder.path().join("SHA256SUMS"), folder.path().join("out"), "0123456789abcdef".repeat(4));
    let make = |lines: &str| {
        fs::write(&sums, lines).unwrap();
        let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/winget-manifests");
        std::process::Command::new("python3").arg(script).arg("1.2.3").arg(&sums).arg(&out).status().unwrap().code()
    };
    let line = |processor: &str| format!("{all}  armlint-v1.2.3-{processor}-pc-windows-msvc.zip\n");
    assert_eq!(make(&line("x86_64")), Some(1), "nothing is installed without a checksum");
    assert_eq!(make(&(line("x86_64") + &line("aarch64"))), Some(0));
    let manifest = |name: &str| -> serde_json::Value {
        serde_saphyr::from_str(&fs::read_to_string(out.join(format!("armlint.armlint{name}.yaml"))).unwrap()).unwrap()
    };
    let (version, installer, locale) = (manifest(""), manifest(".installer"), manifest(".locale.en-US"));
    for (manifest, kind, wanted) in [
        (&version, "version", &["DefaultLocale"][..]),
        (&installer, "installer", &["Installers", "InstallerType", "NestedInstallerFiles"]),
        (&locale, "defaultLocale", &["PackageLocale", "Publisher", "PackageName", "License", "ShortDescription"]),
    ] {
        assert_eq!((&manifest["ManifestType"], &manifest["ManifestVersion"]), (&kind.into(), &"1.10.0".into()));
        assert_eq!(
            (&manifest["PackageIdentifier"], &manifest["PackageVersion"]),
            (&"armlint.armlint".into(), &"1.2.3".into())
        );
        assert!(wanted.iter().all(|key| !manifest[key].is_null()), "{manifest}");
    }
    assert_eq!(version["DefaultLocale"], locale["PackageLocale"]);
    assert!(locale["ShortDescription"].as_str().unwrap().len() <= 256);
    let installers: Vec<_> =
        installer["Installers"].as_array().unwrap().iter().map(|i| i["Architecture"].as_str().unwrap()).collect();
    assert_eq!(installers, ["x64", "arm64"]);
    for one in installer["Installers"].as_array().unwrap() {
        assert!(one["InstallerUrl"].as_str().unwrap().ends_with("-pc-windows-msvc.zip"), "{one}");
        assert_eq!(one["InstallerSha256"], all.to_uppercase());
    }
}

#[test]
#[cfg(unix)]
fn npm_packages_are_of_the_version_and_name_their_platforms() {
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("binary");
    fs::write(&binary, "x").unwrap();
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/npm-packages");
    let make = |version: &str, out: &str, target: &str| {
        let out = folder.path().join(out);
        let run = std::process::Command::new("python3")
            .arg(&script)
            .args([version, out.to_str().unwrap()])
            .arg(format!("{target}={}", binary.display()))
            .output()
            .unwrap();
        (run.status.code(), out)
    };
    let version = env!("CARGO_PKG_VERSION");
    let (status, out) = make(version, "a", "aarch64-pc-windows-msvc");
    assert_eq!(status, Some(0));
    let package = |name: &str| -> serde_json::Value {
        serde_json::from_str(&fs::read_to_string(out.join(name).join("package.json")).unwrap()).unwrap()
    };
    assert_eq!(package("armlint")["optionalDependencies"]["@armlint/win32-arm64"], version);
    let windows = package("armlint-win32-arm64");
    assert_eq!((&windows["os"][0], &windows["cpu"][0]), (&"win32".into(), &"arm64".into()));
    assert!(out.join("armlint-win32-arm64/armlint.exe").is_file());
    assert_eq!(make("9.9.9", "b", "aarch64-pc-windows-msvc").0, Some(2), "it is not the version of Cargo.toml");
    assert_eq!(make(version, "c", "riscv64gc-unknown-linux-gnu").0, Some(2));
}
