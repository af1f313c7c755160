//! The root that bounds what a template may pull in, and that paths in reports are relative to.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::read::reach::{Reach, Refusal};
use crate::source::{PathMap, absolute, asked, resolved};

/// The roots of a run.
#[derive(Debug)]
pub struct Roots {
    /// `--root`
    given: Option<PathBuf>,
    /// The working directory.
    base: PathBuf,
    /// The repositories of folders that were asked for: the file system is asked once.
    known: Mutex<PathMap<Option<PathBuf>>>,
}

impl Roots {
    /// Roots from `--root`, relative to the working directory.
    pub fn new(given: Option<&Path>, base: &Path) -> Self {
        let base = absolute(base);
        Roots { given: given.map(|g| resolved(&base.join(g))), base, known: Mutex::default() }
    }

    /// The working directory.
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// `--root`, if it was given.
    pub fn given(&self) -> Option<&Path> {
        self.given.as_deref()
    }

    /// What a file may pull in lies below this: `--root`, else the repository that holds the file, else the working
    /// directory.
    pub fn of(&self, file: &Path) -> PathBuf {
        let own = || self.repository_of(file.parent()?);
        self.given.clone().or_else(own).unwrap_or_else(|| self.base.clone())
    }

    fn repository_of(&self, folder: &Path) -> Option<PathBuf> {
        let known = |f: &Path| self.known.lock().unwrap_or_else(PoisonError::into_inner).get(f).cloned();
        if let Some(known) = known(folder) {
            return known;
        }
        let here = asked::exists(&folder.join(".git")).then(|| folder.to_path_buf());
        let found = here.or_else(|| self.repository_of(folder.parent()?));
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_path_buf(), found.clone());
        found
    }

    /// Whether a path goes through a link that leads out of the root that holds the link (`--root`, else a repository, else
    /// the working directory), or into `.git`. Links that lie elsewhere are the user's own.
    pub fn escapes(&self, path: &Path) -> Option<Refusal> {
        path.ancestors().filter(|p| p.is_symlink()).find_map(|link| {
            let folder = link.parent()?;
            let holding = |root: &Path| folder.starts_with(root).then(|| root.to_path_buf());
            let given = self.given.as_deref().and_then(holding);
            let root = given.or_else(|| repository(folder)).or_else(|| holding(&self.base))?;
            Reach::new([root]).check(link).err()
        })
    }

    /// What paths in reports are relative to: the repository that holds `first` (else the one that holds the working
    /// directory, if `first` lies in it), else the working directory.
    pub fn report(&self, first: &Path) -> PathBuf {
        repository(first).unwrap_or_else(|| self.base.clone())
    }
}

/// The closest folder upward, the path itself included, that holds `.git` (a folder, or a file in a worktree or submodule).
pub fn repository(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|p| asked::exists(&p.join(".git"))).map(Path::to_path_buf)
}

/// A path relative to a folder with `/` between its parts; `../` where it lies outside, absolute only on another drive.
pub fn relative(path: &Path, folder: &Path) -> String {
    match relative_parts(path, folder) {
        None => path.to_string_lossy().replace('\\', "/"),
        Some(parts) if parts.is_empty() => ".".to_owned(),
        Some(parts) => parts.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/"),
    }
}

/// The same in the bytes that the system has for it.
pub fn relative_bytes(path: &Path, folder: &Path) -> Vec<u8> {
    match relative_parts(path, folder) {
        Some(parts) if !parts.is_empty() => {
            parts.iter().map(|part| part.as_encoded_bytes()).collect::<Vec<_>>().join(&b'/')
        }
        _ => relative(path, folder).into_bytes(),
    }
}

/// The parts of a path relative to a folder; `None` on another drive.
fn relative_parts<'p>(path: &'p Path, folder: &Path) -> Option<Vec<&'p OsStr>> {
    let (mut from, mut to) = (folder.components().peekable(), path.components().peekable());
    while let (Some(a), Some(b)) = (from.peek(), to.peek()) {
        if a != b {
            break;
        }
        from.next();
        to.next();
    }
    if from.clone().any(|c| matches!(c, std::path::Component::Prefix(_))) {
        return None;
    }
    Some(from.map(|_| OsStr::new("..")).chain(to.map(|c| c.as_os_str())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths() {
        let rel = |p: &str, f: &str| relative(Path::new(p), Path::new(f));
        assert_eq!(rel("/r/a/b.json", "/r"), "a/b.json");
        assert_eq!(rel("/x/b.json", "/r/a"), "../../x/b.json");
        assert_eq!(rel("/r", "/r"), ".");
        assert_eq!(relative_bytes(Path::new("/x/b.json"), Path::new("/r")), b"../x/b.json");
    }

    #[test]
    fn the_repository_is_the_closest() {
        let dir = tempfile::tempdir().unwrap();
        let at = |p: &str| dir.path().join(p);
        std::fs::create_dir_all(at("repo/.git")).unwrap();
        std::fs::create_dir_all(at("repo/a/b")).unwrap();
        std::fs::write(at("repo/a/.git"), "gitdir: elsewhere").unwrap();
        assert_eq!(repository(&at("repo/x.json")), Some(at("repo")));
        assert_eq!(repository(&at("repo/a/b/x.json")), Some(at("repo/a")));
        let roots = Roots::new(None, &at("repo"));
        assert_eq!(roots.of(&at("repo/a/b/x.json")), at("repo/a"));
        assert_eq!(roots.of(&at("repo/a/b/y.json")), at("repo/a"));
        assert_eq!(roots.of(&at("repo/x.json")), at("repo"));
        assert_eq!(Roots::new(Some(Path::new("a")), &at("repo")).of(&at("repo/x.json")), at("repo/a"));
    }
}
