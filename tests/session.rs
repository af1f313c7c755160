//! The library as an editor uses it: texts in memory, verdicts again and again.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use armlint::check::Outcome;
use armlint::{Options, Session, Verdicts};
use common::STORE;

const MIN_TLS: &str = "Azure.Storage.MinTLS";

fn main_file(tls: &str) -> String {
    format!("module store 'store.bicep' = {{\n  name: 'store'\n  params: {{ name: 'stexample', tls: {tls} }}\n}}\n")
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Folder(tempfile::tempdir().unwrap());
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder
    }

    fn path(&self) -> PathBuf {
        self.0.path().canonicalize().unwrap()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).unwrap();
    }

    fn options(&self) -> Options {
        let now = Some("2026-01-01T00:00:00Z".parse().unwrap());
        Options { now, baseline: Some("Azure.All".into()), ..Options::new(self.path()) }
    }

    fn session(&self) -> Session {
        Session::new(self.options()).unwrap()
    }
}

/// Where a rule fails: the file and its line.
fn failures(verdicts: &Verdicts, rule: &str) -> Vec<String> {
    let fails = verdicts.results().iter().filter(|r| r.outcome == Outcome::Fail && r.rule.id == rule);
    let place = |span| {
        let region = verdicts.region(span).unwrap();
        format!("{}:{}", region.path.file_name().unwrap().to_str().unwrap(), region.start.line)
    };
    fails.map(|r| place(r.location.as_ref().unwrap().span)).collect()
}

/// All that was said, in a form that does not tell one session from another.
fn all(verdicts: &Verdicts) -> Vec<String> {
    let result = |r: &armlint::check::CheckResult| {
        let region = r.location.as_ref().and_then(|l| verdicts.region(l.span));
        let related: Vec<_> = r.related.iter().map(|r| (&r.message, verdicts.region(r.span))).collect();
        let fix = r.fix.as_ref().and_then(|f| verdicts.edit(f));
        format!("{} {:?} {} {} {region:?} {related:?} {fix:?}", r.rule.id, r.outcome, r.target.name, r.message)
    };
    let diagnostic =
        |d: &armlint::diagnostic::Diagnostic| format!("{} {} {:?}", d.code, d.message, verdicts.place_of(d));
    let mut out: Vec<String> = verdicts.results().iter().map(result).collect();
    out.extend(verdicts.diagnostics().iter().map(diagnostic));
    out.extend(verdicts.files().iter().map(|f| format!("{f:?}")));
    out
}

#[test]
fn a_text_in_memory_stands_for_the_file() {
    fn is_send<T: Send>(_: &T) {}
    let folder = Folder::new(&[("main.bicep", &main_file("'TLS1_2'")), ("store.bicep", STORE)]);
    let mut session = folder.session();
    is_send(&session);
    assert!(failures(&session.check().unwrap(), MIN_TLS).is_empty());

    session.set("main.bicep", main_file("'TLS1_0'"));
    let verdicts = session.check().unwrap();
    is_send(&verdicts);
    assert_eq!(failures(&verdicts, MIN_TLS), ["main.bicep:3"]);
    let fix = verdicts.results().iter().find(|r| r.rule.id == MIN_TLS).unwrap().fix.as_ref().unwrap();
    let edit = verdicts.edit(fix).unwrap();
    assert_eq!((edit.text.as_str(), edit.region.start.line), ("'TLS1_2'", 3));
    assert_eq!(edit.region.path, folder.path().join("main.bicep"));

    session.remove("main.bicep");
    assert!(failures(&session.check().unwrap(), MIN_TLS).is_empty());
}

#[test]
fn a_file_that_is_not_saved_yet_is_there() {
    let folder = Folder::new(&[("main.bicep", &main_file("'TLS1_0'"))]);
    let mut session = folder.session();
    let missing = session.check().unwrap();
    assert!(missing.diagnostics().iter().any(|d| d.code == "module-missing"), "{:?}", missing.diagnostics());

    session.set("store.bicep", STORE);
    let verdicts = session.check().unwrap();
    assert_eq!(failures(&verdicts, MIN_TLS), ["main.bicep:3"]);
    assert!(verdicts.diagnostics().is_empty(), "{:?}", verdicts.diagnostics());
    assert!(verdicts.files().iter().any(|f| f.path.ends_with("store.bicep")));

    session.remove("store.bicep");
    assert_eq!(all(&session.check().unwrap()), all(&missing));
}

#[test]
fn what_was_made_of_a_file_that_changes_is_made_again() {
    let main = "import { tls } from 'shared.bicep'\nmodule store 'store.bicep' = {\n  name: 'store'\n  params: { name: loadTextContent('name.txt'), tls: tls }\n}\n";
    let folder = Folder::new(&[
        ("main.bicep", main),
        ("store.bicep", STORE),
        ("shared.bicep", "@export()\nvar tls = 'TLS1_2'\n"),
        ("name.txt", "stone"),
    ]);
    let mut session = folder.session();
    assert!(failures(&session.check().unwrap(), MIN_TLS).is_empty());

    session.set("shared.bicep", "@export()\nvar tls = 'TLS1_0'\n");
    let verdicts = session.check().unwrap();
    assert_eq!(failures(&verdicts, MIN_TLS), ["shared.bicep:2"]);
    let name = |v: &Verdicts| v.results().iter().find(|r| r.rule.id == MIN_TLS).unwrap().target.name.to_string();
    assert_eq!(name(&verdicts), "stone");

    session.set("name.txt", "sttwo");
    assert_eq!(name(&session.check().unwrap()), "sttwo");
    // On disk as well.
    session.remove("name.txt");
    folder.write("name.txt", "stthree");
    assert_eq!(name(&session.check().unwrap()), "stthree");
}

#[test]
fn what_has_not_changed_is_not_read_again() {
    let folder = Folder::new(&[("main.bicep", &main_file("'TLS1_2'")), ("store.bicep", STORE)]);
    folder.write("other.bicep", "param p string\n");
    let mut session = folder.session();
    assert!(failures(&session.check().unwrap(), MIN_TLS).is_empty());

    // As long as before, and as old: nobody can tell without reading it.
    let path = folder.path().join("main.bicep");
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    let set_time = |time| fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    folder.write("main.bicep", &main_file("'TLS1_0'"));
    set_time(before);
    session.set("other.bicep", "param q string\n");
    let verdicts = session.check().unwrap();
    assert!(failures(&verdicts, MIN_TLS).is_empty());
    assert!(all(&verdicts).iter().any(|line| line.contains("other.bicep")));

    set_time(before + std::time::Duration::from_secs(2));
    assert_eq!(failures(&session.check().unwrap(), MIN_TLS), ["main.bicep:3"]);
}

#[test]
fn many_checks_come_to_what_one_comes_to() {
    let folder = Folder::new(&[("main.bicep", &main_file("'TLS1_2'")), ("store.bicep", STORE)]);
    fs::create_dir(folder.path().join("web")).unwrap();
    for file in ["main.bicep", "prod.bicepparam"] {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/web").join(file);
        folder.write(&format!("web/{file}"), &fs::read_to_string(example).unwrap());
    }
    let mut session = folder.session();
    let changes = [
        ("main.bicep", Some(main_file("'TLS1_0'"))),
        ("store.bicep", Some(STORE.replace("Standard_GRS", "Standard_LRS"))),
        ("web/prod.bicepparam", Some("using 'main.bicep'\nparam minTls = 'TLS1_2'\nparam = 3\n".to_owned())),
        ("main.bicep", Some("module store 'store.bicep' = {".to_owned())),
        ("main.bicep", None),
        ("web/prod.bicepparam", None),
    ];
    let mut held: Vec<(&str, String)> = Vec::new();
    for (path, text) in changes {
        held.retain(|(p, _)| *p != path);
        match text {
            Some(text) => {
                session.set(path, text.clone());
                held.push((path, text));
            }
            None => session.remove(path),
        }
        let mut fresh = folder.session();
        held.iter().for_each(|(path, text)| fresh.set(path, text.clone()));
        assert_eq!(all(&session.check().unwrap()), all(&fresh.check().unwrap()), "{path}");
    }
}

#[test]
fn options_that_change_count() {
    let folder = Folder::new(&[("main.bicep", &main_file("'TLS1_0'")), ("store.bicep", STORE)]);
    let mut session = folder.session();
    assert_eq!(failures(&session.check().unwrap(), MIN_TLS).len(), 1);
    folder.write("armlint.yaml", &format!("armlint:\n  rules:\n    exclude: [{MIN_TLS}]\n"));
    assert!(failures(&session.check().unwrap(), MIN_TLS).is_empty());
    folder.write("armlint.yaml", "armlint:\n  nonsense: 1\n");
    assert!(session.check().is_err() && session.check().is_err());
    fs::remove_file(folder.path().join("armlint.yaml")).unwrap();
    assert_eq!(failures(&session.check().unwrap(), MIN_TLS).len(), 1);
}
