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
        walk(&paths, &Roots::new(None, &self.path()), patterns)
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
    let p = Patterns::new(&[], &["old/**".into()], &["gen/".into()]).unwrap();
    let walked = d.walk(&["."], &p).unwrap();
    assert_eq!(d.names(&walked), ["a/x.json"]);
    assert_eq!(
        d.skips(&walked),
        [
            "file gen/x.json: excluded by input.pathIgnore `gen/`",
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
            ("link-outside", Level::Warning),
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
