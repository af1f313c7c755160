use std::fs;

use super::*;

struct Dir(tempfile::TempDir);

impl Dir {
    fn new(files: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for f in files {
            let path = dir.path().join(f);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "{}").unwrap();
        }
        Dir(dir)
    }

    fn path(&self) -> PathBuf {
        fs::canonicalize(self.0.path()).unwrap()
    }

    fn walk(&self, paths: &[&str], patterns: &Patterns) -> Result<Walked, WalkError> {
        let paths: Vec<_> = paths.iter().map(PathBuf::from).collect();
        walk(&paths, &Roots::new(None, &self.path()), patterns, &[], FxHashSet::default(), &|_| {})
    }

    fn names(&self, walked: &Walked) -> Vec<String> {
        walked.files.iter().map(|f| self.name(&f.path)).collect()
    }

    fn name(&self, path: &Path) -> String {
        path.strip_prefix(self.path()).unwrap().to_str().unwrap().replace('\\', "/")
    }

    fn skips(&self, walked: &Walked) -> Vec<String> {
        walked.skipped.iter().map(|s| format!("{} {}: {}", s.kind, self.name(&s.path), s.reason)).collect()
    }
}

#[test]
fn folders_files_and_globs() {
    let d = Dir::new(&["a/x.json", "a/y.bicep", "a/readme.md", "b/z.json", "b/c/z.json", "t.tpl"]);
    let p = Patterns::default();
    assert_eq!(d.names(&d.walk(&["."], &p).unwrap()), ["a/x.json", "a/y.bicep", "b/c/z.json", "b/z.json"]);
    assert_eq!(d.names(&d.walk(&["t.tpl", "a"], &p).unwrap()), ["a/x.json", "a/y.bicep", "t.tpl"]);
    assert_eq!(d.names(&d.walk(&["b/**/z.json"], &p).unwrap()), ["b/c/z.json", "b/z.json"]);
    assert_eq!(d.names(&d.walk(&["b/*.json", "b/z.json"], &p).unwrap()), ["b/z.json"]);
    assert!(matches!(d.walk(&["nothing"], &p), Err(WalkError::NotFound(_))));
    assert!(matches!(d.walk(&["a/*.yaml"], &p), Err(WalkError::NoMatch(_))));
    assert!(d.walk(&["a"], &p).unwrap().files.iter().all(|f| !f.explicit));
    assert!(d.walk(&["a", "a/x.json"], &p).unwrap().files[0].explicit);
}

#[test]
fn what_is_left_out_is_accounted_for() {
    let d = Dir::new(&["a/x.json", "node_modules/p/q.json", "old/x.json", "gen/x.json"]);
    let p = Patterns::new(&[], &["old/**".into()]).unwrap().with_options(
        Path::new("/"),
        &[],
        &[],
        &[patterns::Ignore::new(&["gen/".into()]).unwrap()],
    );
    let walked = d.walk(&["."], &p).unwrap();
    assert_eq!(d.names(&walked), ["a/x.json"]);
    assert_eq!(
        d.skips(&walked),
        [
            "file gen/x.json: excluded by files.ignore `gen/`",
            "folder node_modules: a folder that is not looked into unless --include names it",
            "file old/x.json: excluded by --exclude `old/**`",
        ]
    );
    // Named on the command line, what a list in a file ignores is looked at, and what --exclude names is not.
    assert_eq!(d.names(&d.walk(&["gen/x.json", "old/x.json"], &p).unwrap()), ["gen/x.json"]);
    assert_eq!(d.names(&d.walk(&["node_modules"], &p).unwrap()), ["node_modules/p/q.json"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_once_and_not_out_of_the_root() {
    use std::os::unix::fs::symlink;
    let d = Dir::new(&["a/x.json", "store/deep/y.json"]);
    let outside = Dir::new(&["secret.json"]);
    let at = |p: &str| d.path().join(p);
    symlink(at("a"), at("a/loop")).unwrap();
    symlink(at("a/x.json"), at("a/same.json")).unwrap();
    symlink(at("store/deep"), at("a/deep")).unwrap();
    symlink(outside.path(), at("a/out")).unwrap();
    symlink(at("gone.json"), at("a/gone.json")).unwrap();
    symlink(at("a/ring2.json"), at("a/ring1.json")).unwrap();
    symlink(at("a/ring1.json"), at("a/ring2.json")).unwrap();
    let walked = d.walk(&["a"], &Patterns::default()).unwrap();
    assert_eq!(d.names(&walked), ["a/deep/y.json", "a/x.json"]);
    let codes: Vec<_> = walked.diagnostics.iter().map(|d| (d.code, d.level)).collect();
    assert_eq!(
        codes,
        [
            ("link-broken", Level::Error),
            ("link-loop", Level::Warning),
            ("link-outside", Level::Error),
            ("link-broken", Level::Error),
            ("link-broken", Level::Error),
        ]
    );
    assert_eq!(walked.skipped.len(), 6);
    // The same folder walked in its own place wins.
    let walked = d.walk(&["."], &Patterns::default()).unwrap();
    assert_eq!(d.names(&walked), ["a/x.json", "store/deep/y.json"]);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_read() {
    let d = Dir::new(&["x.json"]);
    let pipe = d.path().join("p.json");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let walked = d.walk(&["."], &Patterns::default()).unwrap();
    assert_eq!(d.names(&walked), ["x.json"]);
    assert_eq!(walked.diagnostics.len(), 1);
}

#[cfg(unix)]
#[test]
fn a_glob_obeys_the_root_and_a_name_does_not() {
    use std::os::unix::fs::symlink;
    let d = Dir::new(&["repo/a/x.json", "repo/a/t.tpl", "repo/b/y.json", "far/secret.json", "far/sub/s.json"]);
    fs::create_dir(d.path().join("repo/.git")).unwrap();
    fs::write(d.path().join("repo/.git/config.json"), "{}").unwrap();
    let at = |p: &str| d.path().join(p);
    symlink(at("far/secret.json"), at("repo/a/out.json")).unwrap();
    symlink(at("repo/a/out.json"), at("repo/a/chain.json")).unwrap();
    symlink(at("repo/b/y.json"), at("repo/a/near.json")).unwrap();
    symlink(at("far"), at("repo/folder")).unwrap();
    symlink(at("repo/.git"), at("repo/a/shy")).unwrap();
    symlink(at("repo/.git/config.json"), at("repo/a/shy.json")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(at("repo/a/pipe.json")).status().unwrap().success());
    let of = |paths: &[&str]| {
        let walked = d.walk(paths, &Patterns::default()).unwrap();
        let said: Vec<String> = walked
            .diagnostics
            .iter()
            .map(|x| match &x.place {
                crate::diagnostic::Place::Path(p) => format!("{} {}", x.code, d.name(p)),
                other => format!("{other:?}"),
            })
            .collect();
        assert!(walked.diagnostics.iter().all(|x| x.level == Level::Error));
        (d.names(&walked), said)
    };
    let refused = [
        "file-unreadable repo/a/pipe.json",
        "link-outside repo/a/chain.json",
        "link-outside repo/a/out.json",
        "link-outside repo/a/shy.json",
    ];
    let globbed = of(&["repo/a/*.json"]);
    assert_eq!(globbed.0, ["repo/a/near.json", "repo/a/x.json"]);
    assert_eq!(globbed.1, refused);
    let absolute = at("repo/a/*");
    let globbed = of(&[absolute.to_str().unwrap()]);
    assert_eq!(globbed.0, ["repo/a/near.json", "repo/a/t.tpl", "repo/a/x.json"]);
    assert!(refused.iter().all(|r| globbed.1.iter().any(|said| said == r)), "{:?}", globbed.1);
    assert!(globbed.1.contains(&"link-outside repo/a/shy".to_owned()));
    // The folder before the first special character is no way out either, nor is a folder that is named.
    assert_eq!(of(&["repo/folder/*.json"]), (Vec::new(), vec!["link-outside repo/folder".to_owned()]));
    assert_eq!(of(&["repo/folder/sub"]), (Vec::new(), vec!["link-outside repo/folder/sub".to_owned()]));
    // What is named itself is read; `..` is where the system has it.
    assert_eq!(of(&["repo/a/out.json"]).0, ["repo/a/out.json"]);
    assert_eq!(of(&["repo/a/pipe.json"]).0, ["repo/a/pipe.json"]);
    assert_eq!(of(&["repo/folder/../far/*.json"]).0, ["far/secret.json"]);
    assert!(d.walk(&["repo/.git/*.json"], &Patterns::default()).is_err());
    let including = Patterns::new(&[".git/**".into(), "**/.git/*".into()], &[]).unwrap();
    assert!(d.walk(&["repo"], &including).unwrap().files.iter().all(|f| !f.path.ends_with(".git/config.json")));
    assert_eq!(of(&["repo/a/shy"]), (Vec::new(), vec!["link-outside repo/a/shy".to_owned()]));
    // Links that lie outside everything that is scanned are the user's own; those below the working directory may not be.
    let other = Dir::new(&["theirs/o.json"]);
    symlink(other.path(), at("mine")).unwrap();
    assert_eq!(of(&["mine/theirs"]), (Vec::new(), vec!["link-outside mine/theirs".to_owned()]));
    assert_eq!(of(&["mine/theirs/*"]), (Vec::new(), vec!["link-outside mine/theirs".to_owned()]));
    symlink(other.path().join("theirs"), other.path().join("own")).unwrap();
    let own = other.path().join("own");
    let walked = d.walk(&[own.to_str().unwrap()], &Patterns::default()).unwrap();
    assert_eq!(walked.files.len(), 1);
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_root_can_be_left_out() {
    use std::os::unix::fs::symlink;
    let (d, far) = (Dir::new(&["a/x.json"]), Dir::new(&["s.json"]));
    symlink(far.path(), d.path().join("a/far")).unwrap();
    symlink(far.path().join("s.json"), d.path().join("a/s.json")).unwrap();
    let p = Patterns::new(&[], &["a/far/**".into(), "a/s.json".into()]).unwrap();
    let walked = d.walk(&["."], &p).unwrap();
    assert_eq!(walked.diagnostics, []);
    assert_eq!(walked.skipped.len(), 2);
    // Links that are not named like something to look at lead to nothing that is missed.
    symlink("/etc/passwd", d.path().join("a/notes.md")).unwrap();
    assert_eq!(d.walk(&["."], &p).unwrap().diagnostics, []);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_folder_that_a_walk_began_with_is_not_followed() {
    use std::os::unix::fs::symlink;
    let d = Dir::new(&["a/x.json", "b/y.json", "s1/z.json", "s2/z.json", "infra/w.json"]);
    let at = |p: &str| d.path().join(p);
    symlink(at("b"), at("a/link")).unwrap();
    let p = Patterns::default();
    assert_eq!(d.names(&d.walk(&["a", "b"], &p).unwrap()), ["a/x.json", "b/y.json"]);

    // Two links to one folder, and folders that lead to each other by two links each.
    symlink(at("s1"), at("infra/l")).unwrap();
    symlink(at("s1"), at("infra/m")).unwrap();
    for (from, to) in [("s1", "s2"), ("s2", "s1")] {
        (1..=2).for_each(|i| symlink(at(to), at(from).join(format!("to{i}"))).unwrap());
    }
    let within = Roots::new(Some(&d.path()), &d.path());
    let walked = walk(&[PathBuf::from("infra")], &within, &p, &[], FxHashSet::default(), &|_| {}).unwrap();
    assert_eq!(d.names(&walked), ["infra/l/to1/z.json", "infra/l/z.json", "infra/w.json"]);
}
