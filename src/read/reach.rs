//! What an input may make armlint read: files below certain folders, links followed, and nothing that git keeps to itself.
//!
//! A pull request is written by strangers. What a template, a parameter file, a Bicep file, a link or an options file asks
//! for is held against a [`Reach`] before the file system is asked to open it; what the command line names is not.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use crate::lock::lock;
use crate::source::PathMap;

/// Why a path is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is written so that it leads out of the folders.
    #[error(
        "this path leads out of the folder that templates may read; move the file below it, or name a wider folder with --root"
    )]
    Outside,
    /// It is, or goes through, a link out of the folders.
    #[error(
        "this path is a link out of the folder that templates may read; name a wider folder with --root to allow it"
    )]
    Link,
    /// Git keeps it to itself: configuration there may hold the credentials of a checkout.
    #[error("this path leads into `.git`, which is never read")]
    Git,
    /// It is a pipe, a device or a socket: to open one may never end, or do something.
    #[error("this is no regular file but a pipe, a device or a socket, and is not opened")]
    NotRegular,
}

impl Refusal {
    /// The code of the diagnostic it becomes.
    pub fn code(self) -> &'static str {
        match self {
            Refusal::Outside | Refusal::Link | Refusal::Git => "outside-root",
            Refusal::NotRegular => "not-a-regular-file",
        }
    }
}

/// The folders that files named by an input may lie in.
#[derive(Debug)]
pub struct Reach {
    folders: Vec<PathBuf>,
    /// The same, links followed; a folder that is not there holds nothing.
    real: OnceLock<Vec<PathBuf>>,
    /// What was asked before: a deployment names its modules again and again, and the file system is slow.
    known: Mutex<PathMap<Option<Refusal>>>,
    /// Where folders lead when links are followed, `None` if nowhere: to follow each link above a file takes a call for each part
    /// of its path, and many files lie in one folder.
    lead_to: Mutex<PathMap<Option<PathBuf>>>,
}

impl Reach {
    /// Files below these folders (absolute paths without `..`) may be read.
    pub fn new(folders: impl IntoIterator<Item = PathBuf>) -> Self {
        Reach {
            folders: folders.into_iter().collect(),
            real: OnceLock::new(),
            known: Mutex::default(),
            lead_to: Mutex::default(),
        }
    }

    /// Checks an absolute path without `..`. The file system is asked only about paths that are written to lie in one of the
    /// folders, so that no share of another machine is touched because an input names it. What is not there is not refused.
    ///
    /// # Errors
    /// [`Refusal`] says why the path is not to be opened.
    pub fn check(&self, path: &Path) -> Result<(), Refusal> {
        let below = self.folders.iter().filter_map(|f| path.strip_prefix(f).ok()).min_by_key(|b| b.as_os_str().len());
        if in_git(below.ok_or(Refusal::Outside)?) {
            return Err(Refusal::Git);
        }
        let known = lock(&self.known).get(path).copied();
        let refusal = known.unwrap_or_else(|| {
            let refusal = self.leads_to(path).err();
            lock(&self.known).insert(path.to_path_buf(), refusal);
            refusal
        });
        refusal.map_or(Ok(()), Err)
    }

    /// Forgets what the file system said: links may lead elsewhere by now.
    pub fn forget(&self) {
        lock(&self.known).clear();
        lock(&self.lead_to).clear();
    }

    /// Checks where a path leads when links are followed.
    fn leads_to(&self, path: &Path) -> Result<(), Refusal> {
        let own = std::fs::symlink_metadata(path).ok().filter(|meta| !meta.is_symlink());
        let real =
            path.parent().zip(path.file_name()).and_then(|(folder, name)| Some(self.real_folder(folder)?.join(name)));
        let (real, meta) = match (real, own) {
            (Some(real), Some(meta)) => (real, meta),
            _ => match (std::fs::canonicalize(path), std::fs::metadata(path)) {
                (_, Err(_)) => return self.would_lead_to(path),
                // Something is there that has no path: `/proc/self/fd/0` leads to a pipe.
                (Err(_), Ok(_)) => return Err(Refusal::Link),
                (Ok(real), Ok(meta)) => (real, meta),
            },
        };
        self.holds(&real)?;
        if meta.is_file() || meta.is_dir() { Ok(()) } else { Err(Refusal::NotRegular) }
    }

    fn real_folder(&self, folder: &Path) -> Option<PathBuf> {
        let known = lock(&self.lead_to).get(folder).cloned();
        known.unwrap_or_else(|| {
            // One that is no link lies where the folder above it does, which its neighbours have asked about. That of the folders
            // themselves, and of what is above them, is for the file system to say: it knows how they are spelled.
            let is_below = self.folders.iter().any(|f| folder != f && folder.starts_with(f));
            let is_itself = || std::fs::symlink_metadata(folder).is_ok_and(|meta| meta.is_dir());
            let above = folder.parent().zip(folder.file_name());
            let above = above.filter(|(_, name)| is_below && has_one_spelling(name) && is_itself());
            let real = match above {
                Some((above, name)) => self.real_folder(above).map(|real| real.join(name)),
                None => std::fs::canonicalize(folder).ok(),
            };
            lock(&self.lead_to).insert(folder.to_path_buf(), real.clone());
            real
        })
    }

    /// Checks where a path that is not there would lie: nobody is told what there is elsewhere.
    fn would_lead_to(&self, path: &Path) -> Result<(), Refusal> {
        let within = path.ancestors().skip(1).take_while(|p| self.folders.iter().any(|f| p.starts_with(f)));
        match within.into_iter().find_map(|p| std::fs::canonicalize(p).ok()) {
            Some(real) => self.holds(&real),
            None => Ok(()),
        }
    }

    /// Checks a real path: one in which no part is a link.
    ///
    /// # Errors
    /// [`Refusal::Link`] if it lies in none of the folders, [`Refusal::Git`] if it lies in `.git`.
    pub fn holds(&self, real: &Path) -> Result<(), Refusal> {
        let folders =
            self.real.get_or_init(|| self.folders.iter().filter_map(|f| std::fs::canonicalize(f).ok()).collect());
        let below = folders.iter().filter_map(|f| real.strip_prefix(f).ok()).min_by_key(|b| b.as_os_str().len());
        if in_git(below.ok_or(Refusal::Link)?) { Err(Refusal::Git) } else { Ok(()) }
    }
}

/// Whether no other name than this stands for the same folder, but for the case of its letters: neither a short one of Windows
/// (`LONGNA~1`) nor one with letters that macOS passes over.
fn has_one_spelling(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.is_ascii() && !name.contains('~'))
}

/// Whether a path goes through something that is `.git` to git itself on some system.
pub fn in_git(path: &Path) -> bool {
    path.iter().any(is_git)
}

/// Whether a name is `.git` on some file system: in any case, with trailing dots and spaces or a stream's name (NTFS), or as
/// the short name that Windows gives it. Git refuses to check out the same names on every system (`core.protectNTFS`).
pub fn is_git(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    let plain = name.split(':').next().unwrap_or(name).trim_end_matches(['.', ' ']);
    plain.eq_ignore_ascii_case(".git") || plain.eq_ignore_ascii_case("git~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_has_many_names() {
        for name in [".git", ".GIT", ".Git ", ".git. .", "git~1", "GIT~1", ".git::$INDEX_ALLOCATION"] {
            assert!(is_git(OsStr::new(name)), "{name}");
        }
        for name in [".github", ".gitignore", "git", "a.git", "git~2"] {
            assert!(!is_git(OsStr::new(name)), "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_what_they_lead_to_decides() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().canonicalize().unwrap();
        let at = |p: &str| base.join(p);
        for folder in ["root/sub", "root/.git", "root/real/.GIT", "far"] {
            std::fs::create_dir_all(at(folder)).unwrap();
        }
        for file in ["root/a", "root/.git/config", "root/real/.GIT/x", "far/b"] {
            std::fs::write(at(file), "").unwrap();
        }
        symlink(at("far"), at("root/far")).unwrap();
        symlink(at("root/far"), at("root/sub/chain")).unwrap();
        symlink(at("root/a"), at("root/sub/near")).unwrap();
        symlink(at("root/.git"), at("root/shy")).unwrap();
        symlink("/proc/self/fd/0", at("root/input")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(at("root/pipe")).status().unwrap().success());
        let reach = Reach::new([at("root")]);
        let of = |p: &str| reach.check(&at(p)).err();
        assert_eq!(["root/a", "root/sub/near", "root/not there", "root/sub"].map(of), [None; 4]);
        assert_eq!(["far/b", "root2/a"].map(of), [Some(Refusal::Outside); 2]);
        assert_eq!(["root/far/b", "root/sub/chain/b", "root/far", "root/far/none/x"].map(of), [Some(Refusal::Link); 4]);
        assert_eq!(["root/.git/config", "root/shy/config", "root/real/.GIT/x"].map(of), [Some(Refusal::Git); 3]);
        assert_eq!(of("root/pipe"), Some(Refusal::NotRegular));
        if cfg!(target_os = "linux") {
            assert_eq!(of("root/input"), Some(Refusal::Link));
        }
    }
}
