//! `bicepconfig.json`: the nearest one above a file, with those that it extends.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use smallvec::SmallVec;

use super::Library;
use crate::diagnostic::{Diagnostic, Level};
use crate::read::json::{Document, Kind, Node};
use crate::read::{Reach, Refusal};
use crate::source::{absolute, asked};

/// As many files extend one another; the compiler takes as many.
const MOST_FILES: usize = 64;

/// The settings that count for a file.
#[derive(Debug)]
pub struct BicepConfig {
    /// The nearest first, then what it extends, and so on.
    files: Vec<Arc<Document>>,
}

impl BicepConfig {
    /// Those of the nearest `bicepconfig.json` above a file. If what it extends cannot be read, no settings count, as with the
    /// compiler; a diagnostic says why. All files of a folder share them: they are looked for once.
    pub fn above(library: &Library, from: &Path) -> Option<Arc<BicepConfig>> {
        let folder = from.parent()?;
        library.settings(folder, || {
            let mut files = vec![nearest(library, folder)?];
            while let Some(next) = extended(library, &files).ok()? {
                files.push(next);
            }
            Some(BicepConfig { files })
        })
    }

    /// Whether files have an extension without naming it.
    pub fn implies_extension(&self) -> bool {
        let implicit = self.root().and_then(|root| root.get("implicitExtensions").map(|s| s.texts()));
        implicit.unwrap_or_default().iter().any(|name| !matches!(name.as_str(), "az" | "sys"))
    }

    /// Everything that is in them.
    pub fn root(&self) -> Option<Setting<'_>> {
        Setting::of(self.files.iter().filter_map(|d| d.root()))
    }
}

/// A setting, as several files say it: the nearest file first. Objects are put together; of everything else the nearest counts.
pub struct Setting<'d>(SmallVec<[Node<'d>; 2]>);

impl<'d> Setting<'d> {
    fn of(said: impl Iterator<Item = Node<'d>>) -> Option<Self> {
        let is_object = |n: &Node<'_>| matches!(n.kind(), Kind::Object);
        // `null` says nothing.
        let mut said = said.filter(|n| !matches!(n.kind(), Kind::Null));
        let nearest = said.next()?;
        let mut all = SmallVec::from_iter([nearest]);
        if is_object(&nearest) {
            all.extend(said.take_while(is_object));
        }
        Some(Setting(all))
    }

    /// A part of an object.
    pub fn get(&self, key: &str) -> Option<Setting<'d>> {
        Setting::of(self.0.iter().filter_map(|n| n.get(key)))
    }

    /// What the nearest file says.
    pub fn value(&self) -> Option<Node<'d>> {
        self.0.first().copied()
    }

    /// The text that it is.
    pub fn text(&self) -> Option<String> {
        Some(self.value()?.str()?.into_owned())
    }

    /// The texts in an array.
    pub fn texts(&self) -> Vec<String> {
        let items = self.value().into_iter().flat_map(Node::items);
        items.filter_map(|n| n.str().map(|s| s.into_owned())).collect()
    }

    /// Whether it is this.
    pub fn is(&self, value: bool) -> bool {
        self.value().is_some_and(|n| n.kind() == Kind::Bool(value))
    }
}

fn nearest(library: &Library, folder: &Path) -> Option<Arc<Document>> {
    let mut folder = Some(folder);
    while let Some(at) = folder {
        let candidate = at.join("bicepconfig.json");
        asked::about(&candidate);
        // Below the root it is the repository's, which may hold a link; above, it is the user's own.
        let refusal = candidate.starts_with(library.root()).then(|| library.reach().check(&candidate).err()).flatten();
        if let Some(refusal) = refusal {
            let message = format!("the settings of Bicep are not read: {refusal}");
            let refused = Diagnostic::at_path(Level::Error, refusal.code(), candidate.clone(), message);
            library.report(&candidate, [refused]);
            return None;
        }
        if library.sources.is_file(&candidate) {
            return library.document(&candidate).ok();
        }
        folder = at.parent();
    }
    None
}

/// The file that the last of these extends, if it does. What is wrong with it has been reported.
fn extended(library: &Library, files: &[Arc<Document>]) -> Result<Option<Arc<Document>>, ()> {
    let (Some(nearest), Some(last)) = (files.first(), files.last()) else { return Ok(None) };
    let Some(written) = last.root().and_then(|r| r.get("extends")) else { return Ok(None) };
    if matches!(written.kind(), Kind::Null) {
        return Ok(None);
    }
    let naming = &last.source().path;
    let refuse = |path: &Path, code, why: String| {
        let message = format!("the settings of Bicep are not read: {why}");
        library.report(path, [Diagnostic::error(code, written.span(), message)]);
        Err(())
    };
    let Some(text) = written.str() else {
        return refuse(naming, "extends", "'extends' takes the path of another file".to_owned());
    };
    if text.trim().is_empty() {
        return Ok(None);
    }
    if is_absolute(&text) {
        let why = "'extends' takes a path that begins at this file, and no absolute one".to_owned();
        return refuse(naming, "extends", why);
    }
    let path = absolute(&naming.parent().unwrap_or(Path::new("")).join(&*text));
    asked::about(&path);
    if let Some(start) = files.iter().position(|f| f.source().path == path) {
        let around = files.iter().skip(start).map(|f| f.source().path.as_path());
        let names: Vec<String> = around.chain([path.as_path()]).map(|p| library.shown(p)).collect();
        return refuse(naming, "cycle", format!("this file extends itself: {}", names.join(" → ")));
    }
    if files.len() >= MOST_FILES {
        return refuse(naming, "extends", format!("more than {MOST_FILES} of such files extend one another"));
    }
    if let Err(refusal) = permitted(library, nearest, &path) {
        return refuse(&path, refusal.code(), refusal.to_string());
    }
    if !library.sources.is_file(&path) {
        return refuse(naming, "extends", format!("'extends' names '{text}', and there is no such file"));
    }
    match library.document(&path) {
        Ok(document) => Ok(Some(document)),
        Err(unreadable) => {
            library.report(&path, [unreadable]);
            Err(())
        }
    }
}

/// Whether a path may be read: what templates may name, and, if the nearest file is the user's own, what lies beside that or below.
fn permitted(library: &Library, nearest: &Document, path: &Path) -> Result<(), Refusal> {
    let own = &nearest.source().path;
    match (library.reach().check(path), own.parent()) {
        (Err(Refusal::Outside), Some(folder)) if !own.starts_with(library.root()) => {
            Reach::new([PathBuf::from(folder)]).check(path)
        }
        (checked, _) => checked,
    }
}

/// Whether a path is absolute on some system.
fn is_absolute(path: &str) -> bool {
    let drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
    drive || path.starts_with(['/', '\\'])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files in a folder that goes away with it, and its path.
    struct Folder {
        _dir: tempfile::TempDir,
        root: PathBuf,
    }

    impl Folder {
        fn of(files: &[(&str, &str)]) -> Self {
            let dir = tempfile::tempdir().unwrap();
            let root = dir.path().canonicalize().unwrap();
            for (name, text) in files {
                let path = root.join(name);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            Folder { _dir: dir, root }
        }

        /// The text at a path of keys in what counts for `app/main.bicep`, and what was said; the root is `below`.
        fn setting(&self, below: &str, keys: &[&str]) -> (Option<String>, Vec<String>) {
            let library = Library::new(Arc::default(), &self.root.join(below), None);
            let config = BicepConfig::above(&library, &self.root.join("app/main.bicep"));
            let mut at = config.as_deref().and_then(BicepConfig::root);
            for key in keys {
                at = at.and_then(|s| s.get(key));
            }
            let said = library.take_diagnostics().into_iter().map(|d| format!("{}: {}", d.code, d.message));
            (at.and_then(|s| s.text()), said.collect())
        }
    }

    #[test]
    fn the_nearest_file_counts_and_then_what_it_extends() {
        let folder = Folder::of(&[
            ("app/bicepconfig.json", r#"{"extends": "../b/mid.json", "a": {"x": "near", "n": null, "o": {}}}"#),
            ("b/mid.json", r#"{"extends": "far.json", "a": {"x": "mid", "y": "mid", "o": "text", "l": ["mid"]}}"#),
            (
                "b/far.json",
                r#"{"a": {"y": "far", "z": "far", "n": "far", "o": {"p": "far"}, "l": ["far"]}, "extends": ""}"#,
            ),
        ]);
        let at = |key| folder.setting("", &["a", key]);
        assert_eq!(at("x").0.as_deref(), Some("near"));
        assert_eq!(at("y").0.as_deref(), Some("mid"));
        assert_eq!(at("z").0.as_deref(), Some("far"));
        assert_eq!(at("n"), (Some("far".to_owned()), vec![]), "null says nothing");
        assert_eq!(folder.setting("", &["a", "o", "p"]), (None, vec![]), "a text lies between both objects");
    }

    #[test]
    fn settings_are_looked_for_once_and_again_where_something_changed() {
        let folder = Folder::of(&[
            ("app/bicepconfig.json", r#"{"extends": "other.json"}"#),
            ("app/other.json", r#"{"a": "before"}"#),
        ]);
        let library = Library::new(Arc::default(), &folder.root, None);
        let above = |name: &str| asked::noted(|| BicepConfig::above(&library, &folder.root.join(name)).unwrap());
        let text = |config: &BicepConfig| config.root().and_then(|r| r.get("a")).and_then(|a| a.text());
        let ((first, looked), (second, again)) = (above("app/a.bicep"), above("app/b.bicep"));
        assert!(Arc::ptr_eq(&first, &second));
        let other = folder.root.join("app/other.json");
        assert!(looked.contains(&other) && again.contains(&other), "who uses them hangs on them, too");
        assert!(again.contains(&folder.root.join("app/bicepconfig.json")));

        std::fs::write(&other, r#"{"a": "after"}"#).unwrap();
        library.sources.forget(&other);
        library.forget(&asked::Asked::from_iter([other]));
        assert_eq!((text(&first), text(&above("app/a.bicep").0)), (Some("before".into()), Some("after".into())));
    }

    #[test]
    fn nothing_counts_if_what_is_extended_cannot_be_read() {
        let of = |extends: &str, other: &str| {
            let near = format!(r#"{{"a": "near", "extends": {extends}}}"#);
            let folder = Folder::of(&[("app/bicepconfig.json", &near), ("app/other.json", other)]);
            let (found, said) = folder.setting("app", &["a"]);
            assert_eq!(found, None, "{extends}");
            said.join("; ")
        };
        assert!(
            of("\"none.json\"", "")
                .starts_with("extends: the settings of Bicep are not read: 'extends' names 'none.json'")
        );
        assert!(of("1", "").contains("'extends' takes the path"));
        assert!(of("\"/etc/hosts\"", "").contains("no absolute one"));
        assert!(of("\"C:\\\\b.json\"", "").contains("no absolute one"));
        assert!(of("\"../../../etc/hosts\"", "").starts_with("outside-root: "));
        assert!(of("\".git/config\"", "").starts_with("outside-root: "));
        let cycle = of("\"other.json\"", r#"{"extends": "./bicepconfig.json"}"#);
        assert!(cycle.contains("bicepconfig.json → other.json → bicepconfig.json"), "{cycle}");
        assert!(of("\"bicepconfig.json\"", "").starts_with("cycle: "));
    }

    #[test]
    fn as_many_files_extend_one_another_as_with_the_compiler() {
        let chain = |files: usize| {
            let mut all = vec![("app/bicepconfig.json".to_owned(), r#"{"extends": "1.json"}"#.to_owned())];
            for i in 1..files {
                all.push((format!("app/{i}.json"), format!(r#"{{"extends": "{}.json"}}"#, i + 1)));
            }
            let last = all.len() - 1;
            all[last].1 = r#"{"a": "last"}"#.to_owned();
            let all: Vec<(&str, &str)> = all.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
            Folder::of(&all).setting("", &["a"])
        };
        assert_eq!(chain(64), (Some("last".to_owned()), vec![]));
        assert!(chain(65).1.iter().any(|m| m.contains("more than 64")));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_extended_is_no_way_out() {
        let folder = Folder::of(&[
            ("app/bicepconfig.json", r#"{"extends": "link.json"}"#),
            ("bicepconfig.json", r#"{"extends": "../secret.json"}"#),
            ("secret.json", r#"{"a": "secret"}"#),
        ]);
        std::os::unix::fs::symlink(folder.root.join("secret.json"), folder.root.join("app/link.json")).unwrap();
        let (found, said) = folder.setting("app", &["a"]);
        assert!(found.is_none() && said[0].starts_with("outside-root: "), "{said:?}");

        // One above the root is the user's own, and leads no further than what lies beside it.
        std::fs::remove_file(folder.root.join("app/bicepconfig.json")).unwrap();
        std::fs::create_dir_all(folder.root.join("app")).unwrap();
        let (found, said) = folder.setting("app", &["a"]);
        assert!(found.is_none() && said[0].starts_with("outside-root: "), "{said:?}");
        std::fs::write(folder.root.join("bicepconfig.json"), r#"{"extends": "secret.json"}"#).unwrap();
        assert_eq!(folder.setting("app", &["a"]), (Some("secret".to_owned()), vec![]));
    }
}
