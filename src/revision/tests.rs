//! Revisions of small repositories.

use std::path::Path;
use std::process::Command;

use super::*;

/// A repository in a folder of its own.
struct Repository {
    dir: tempfile::TempDir,
}

impl Repository {
    fn new() -> Self {
        let repository = Repository { dir: tempfile::tempdir().unwrap() };
        repository.git(&["init", "-q", "-b", "main"]);
        repository
    }

    fn path(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    fn git(&self, args: &[&str]) -> String {
        git_in(self.dir.path(), args)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn commit(&self) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "x", "--allow-empty"]);
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    fn at(&self, name: &str) -> Result<Revision, RevisionError> {
        Revision::of(&Git::at(&self.path()).unwrap(), name, 1_000)
    }
}

fn git_in(folder: &Path, args: &[&str]) -> String {
    let who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "protocol.file.allow=always"];
    let out = Command::new("git").arg("-C").arg(folder).args(who).args(args).output().unwrap();
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn names(paths: impl Iterator<Item = impl AsRef<Path>>, top: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        paths.map(|p| p.as_ref().strip_prefix(top).unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn what_differs_is_read_and_what_is_the_same_is_not() {
    let r = Repository::new();
    for name in ["same.json", "changed.json", "removed.json", "old name.json", "large.json"] {
        r.write(name, &format!("{name} {}", "long enough to be taken for the same file ".repeat(3)));
    }
    let first = r.commit();
    r.write("changed.json", "other");
    r.write("large.json", "other");
    r.git(&["rm", "-q", "removed.json"]);
    r.git(&["mv", "old name.json", "new.json"]);
    r.commit();
    r.write("untracked.json", "1");
    r.write("ignored.json", "1");
    r.write(".git/info/exclude", "ignored.json\n");
    // Touched only.
    r.write("same.json", &std::fs::read_to_string(r.path().join("same.json")).unwrap());
    let base = r.at("HEAD~1").unwrap();
    assert_eq!(base.commit, first);
    let texts = names(base.texts.iter().map(|t| &t.0), &base.top);
    assert_eq!(texts, ["changed.json", "large.json", "old name.json", "removed.json"]);
    assert_eq!(names(base.absent.iter(), &base.top), ["ignored.json", "new.json", "untracked.json"]);
    assert_eq!(base.renames, [Rename { from: r.path().join("old name.json"), to: r.path().join("new.json") }]);
    assert_eq!(base.notes, [""; 0]);
    // A file that is too large is said.
    let small = Revision::of(&Git::at(&r.path()).unwrap(), "HEAD~1", 10).unwrap();
    assert!(small.notes.iter().any(|n| n.starts_with("large.json")), "{:?}", small.notes);
    assert!(small.absent.iter().any(|p| p.ends_with("large.json")));
}

#[test]
fn a_name_is_never_an_option_and_one_that_is_not_there_is_told() {
    let r = Repository::new();
    r.write("a.json", "{}");
    r.commit();
    for name in ["--output=x", "-h", "", "a b", "x\n"] {
        assert!(matches!(r.at(name), Err(RevisionError::Name(_))), "{name}");
    }
    assert!(!r.path().join("x").exists());
    let error = r.at("nowhere").unwrap_err().to_string();
    assert!(error.contains("`nowhere`") && error.contains("fetch it first"), "{error}");
    let error = r.at(&"0".repeat(40)).unwrap_err().to_string();
    assert!(error.contains("there is no revision"), "{error}");
    let elsewhere = tempfile::tempdir().unwrap();
    assert!(matches!(Git::at(elsewhere.path()), Err(RevisionError::NoRepository(_))));
}

#[test]
fn a_shallow_clone_says_what_it_lacks() {
    let r = Repository::new();
    r.write("a.json", "1");
    let first = r.commit();
    r.write("a.json", "2");
    r.commit();
    let clone = tempfile::tempdir().unwrap();
    let from = format!("file://{}", r.path().display());
    git_in(clone.path(), &["clone", "-q", "--depth", "1", &from, "c"]);
    let git = Git::at(&clone.path().join("c").canonicalize().unwrap()).unwrap();
    assert!(git.is_shallow());
    let error = Revision::of(&git, &first, 1_000).unwrap_err().to_string();
    assert!(error.contains("fetch-depth: 0"), "{error}");
}

#[test]
fn the_merge_base_of_two_is_what_both_started_from() {
    let r = Repository::new();
    r.write("a.json", "1");
    let first = r.commit();
    r.git(&["checkout", "-q", "-b", "topic"]);
    r.write("b.json", "1");
    r.commit();
    r.git(&["checkout", "-q", "main"]);
    r.write("c.json", "1");
    r.commit();
    r.git(&["checkout", "-q", "topic"]);
    assert_eq!(r.at("main...").unwrap().commit, first);
    assert_eq!(r.at("main...topic").unwrap().commit, first);
    assert_ne!(r.at("main").unwrap().commit, first);
}

/// What a workflow's event names, with HEAD where it is.
fn from_event(r: &Repository, name: &str, base: &str, event: &str) -> Result<(String, String), RevisionError> {
    let variable = |v: &str| match v {
        "GITHUB_EVENT_NAME" => Some(name.to_owned()),
        "GITHUB_BASE_REF" => Some(base.to_owned()),
        "GITHUB_EVENT_PATH" => Some("event".to_owned()),
        _ => None,
    };
    let file = |_: &str| Some(event.to_owned());
    default(&Git::at(&r.path()).unwrap(), &Environment { variable: &variable, file: &file })
}

#[test]
fn the_event_on_github_names_the_base() {
    let r = Repository::new();
    r.write("a.json", "1");
    let first = r.commit();
    r.git(&["checkout", "-q", "-b", "topic"]);
    r.write("b.json", "1");
    let head = r.commit();
    r.git(&["checkout", "-q", "main"]);
    r.write("c.json", "1");
    let tip = r.commit();
    r.git(&["checkout", "-q", "topic"]);
    // The head is checked out: what it started from.
    let event =
        format!(r#"{{"pull_request": {{"head": {{"sha": "{head}"}}, "base": {{"sha": "{tip}", "ref": "main"}}}}}}"#);
    assert_eq!(from_event(&r, "pull_request", "main", &event).unwrap(), (first.clone(), "main".to_owned()));
    // The merge is checked out: the branch as it was merged into.
    r.git(&["checkout", "-q", "--detach", "main"]);
    r.git(&["merge", "-q", "--no-ff", "-m", "m", "topic"]);
    let old = format!(r#"{{"pull_request": {{"head": {{"sha": "{head}"}}, "base": {{"sha": "{first}"}}}}}}"#);
    assert_eq!(from_event(&r, "pull_request", "main", &old).unwrap().0, tip);
    let group = format!(r#"{{"merge_group": {{"base_sha": "{tip}"}}}}"#);
    assert_eq!(from_event(&r, "merge_group", "", &group).unwrap().0, tip);
    let push = format!(r#"{{"before": "{first}"}}"#);
    assert_eq!(from_event(&r, "push", "", &push).unwrap().0, first);
    let zero = format!(r#"{{"before": "{}", "repository": {{"default_branch": "main"}}}}"#, "0".repeat(40));
    assert_eq!(from_event(&r, "push", "", &zero).unwrap(), (tip.clone(), "main".to_owned()));
    assert_eq!(from_event(&r, "workflow_dispatch", "", "broken").unwrap().0, tip);
    // A hostile event names no option.
    let hostile = r#"{"before": "--output=/tmp/x", "merge_group": {"base_sha": "-h"}}"#;
    assert!(from_event(&r, "push", "", hostile).is_err() && from_event(&r, "merge_group", "", hostile).is_err());
}

#[cfg(unix)]
#[test]
fn a_hostile_repository_starts_no_program() {
    use std::os::unix::fs::PermissionsExt as _;
    let r = Repository::new();
    r.write("a.json", "1");
    r.write("b.json", "1");
    r.commit();
    let trap = r.path().join("trap.sh");
    let sprung = r.path().join("sprung");
    std::fs::write(&trap, format!("#!/bin/sh\necho $0 >>'{}'\ncat\n", sprung.display())).unwrap();
    std::fs::set_permissions(&trap, std::fs::Permissions::from_mode(0o755)).unwrap();
    let trap = trap.to_str().unwrap();
    for key in [
        "core.fsmonitor",
        "diff.external",
        "core.pager",
        "filter.x.clean",
        "filter.x.smudge",
        "diff.x.textconv",
        "diff.x.command",
    ] {
        r.git(&["config", key, trap]);
    }
    r.git(&["config", "filter.x.process", ""]);
    std::fs::create_dir_all(r.path().join(".git/hooks")).unwrap();
    std::fs::copy(trap, r.path().join(".git/hooks/post-index-change")).unwrap();
    std::fs::write(r.path().join(".gitattributes"), "*.json filter=x diff=x\n").unwrap();
    std::fs::rename(r.path().join("b.json"), r.path().join("c.json")).unwrap();
    r.write("a.json", "2");
    let base = r.at("HEAD").unwrap();
    assert_eq!(base.texts.len(), 2);
    assert!(!sprung.exists(), "{}", std::fs::read_to_string(&sprung).unwrap_or_default());
}

#[test]
fn submodules_and_links_are_explained() {
    let inner = Repository::new();
    inner.write("x.json", "1");
    inner.commit();
    let r = Repository::new();
    r.write("a.json", "1");
    r.git(&["submodule", "--quiet", "add", &format!("file://{}", inner.path().display()), "sub"]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("a.json", r.path().join("link.json")).unwrap();
    r.commit();
    inner.write("x.json", "2");
    inner.commit();
    git_in(&r.path().join("sub"), &["pull", "-q"]);
    #[cfg(unix)]
    std::fs::remove_file(r.path().join("link.json")).unwrap();
    let base = r.at("HEAD").unwrap();
    assert!(base.notes.iter().any(|n| n.contains("submodule sub")), "{:?}", base.notes);
    assert!(!cfg!(unix) || base.notes.iter().any(|n| n.contains("link.json was a link")), "{:?}", base.notes);
}

#[test]
fn what_the_revision_does_not_have_is_absent_whatever_git_makes_of_it() {
    let inner = Repository::new();
    inner.write("x.json", "1");
    inner.commit();
    let r = Repository::new();
    r.write(".gitignore", "/build/\n*.local.json\n/cache/\nnode_modules/\n");
    r.write("a/a.json", "1");
    r.write("moved.local.json", "1");
    r.git(&["add", "-f", "moved.local.json"]);
    r.commit();
    r.git(&["rm", "-q", "--cached", "moved.local.json"]);
    for name in ["build/x/b.json", "a/c.local.json", "nested/n.json", "build/nested/m.json"] {
        r.write(name, "1");
    }
    // What a scan does not look into, and what was restored.
    for name in
        ["node_modules/p.json", "build/node_modules/q.json", "cache/br/mcr.microsoft.com/bicep$x/1.0$/main.json"]
    {
        r.write(name, "1");
    }
    git_in(&r.path().join("nested"), &["init", "-q"]);
    git_in(&r.path().join("build/nested"), &["init", "-q"]);
    r.git(&["submodule", "--quiet", "add", &format!("file://{}", inner.path().display()), "added"]);
    let base = r.at("HEAD").unwrap();
    let absent = names(base.absent.iter(), &base.top);
    let new = ["a/c.local.json", "added/x.json", "build/nested/m.json", "build/x/b.json", "nested/n.json"];
    assert_eq!(absent, [&[".gitmodules"][..], &new].concat());
    assert_eq!(base.notes, [""; 0]);
}
