//! Which files are not the same in a revision and in the working tree.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;
use walkdir::{DirEntry, WalkDir};

use super::{Git, Revision, RevisionError};
use crate::model::module_reference::is_restored;
use crate::walk::patterns::is_left_out;

/// A file that has another name by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// What it was called, absolute.
    pub from: PathBuf,
    /// What it is called, absolute.
    pub to: PathBuf,
}

/// The mode of a submodule, and that of a link, in a tree.
const SUBMODULE: &str = "160000";
const LINK: &str = "120000";
const NOTHING: &str = "000000";

/// So many files and folders are looked through in folders of which git knows nothing.
const MOST_FILES: usize = 100_000;

/// A line of `git diff-index --raw`.
#[derive(Debug, PartialEq, Eq)]
struct Line<'a> {
    before: &'a str,
    after: &'a str,
    object: &'a str,
    path: &'a [u8],
    /// Where it is by now, of what was renamed.
    to: Option<&'a [u8]>,
}

/// Adds to a revision what differs.
///
/// # Errors
/// [`RevisionError::Failed`] if git fails.
pub(super) fn read(git: &Git, out: &mut Revision, limit: u64) -> Result<(), RevisionError> {
    // By the index: what only looks touched is in the list, and told apart below without git reading, and filtering, files.
    let raw = ["diff-index", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--no-textconv"];
    let changed = git.run(raw.into_iter().chain(["--ignore-submodules=dirty", &out.commit, "--"]))?;
    let lines = lines(&changed);
    let top = out.top.clone();
    let full = |path: &[u8]| Some(top.join(inside(path)?));
    let (mut asked, mut objects) = (Vec::new(), Vec::new());
    let (mut folders, mut submodules) = (Vec::new(), Vec::new());
    for line in &lines {
        let Some(path) = full(line.path) else { continue };
        let shown = String::from_utf8_lossy(line.path).into_owned();
        if line.before == SUBMODULE {
            out.notes.push(format!(
                "the submodule {shown} is at another commit; what is in it is taken as it is now on both sides"
            ));
            submodules.push(path);
            continue;
        }
        if line.after == SUBMODULE {
            folders.push(path.clone());
        }
        if line.after == SUBMODULE && line.before == NOTHING {
            // What is new is what is in it.
        } else if line.before == LINK {
            out.notes.push(format!("{shown} was a link at {}, which is not followed there", out.name));
            out.absent.push(path);
        } else if line.before == NOTHING {
            out.absent.push(path);
        } else {
            asked.push((path, shown));
            objects.push(line.object);
        }
    }
    let mut same = Vec::new();
    for ((path, shown), bytes) in asked.into_iter().zip(git.contents(&objects, limit)?) {
        match bytes {
            Some(bytes) if is_same(&path, &bytes) => same.push(path),
            Some(bytes) => out.texts.push((path, bytes)),
            None => {
                out.notes.push(format!(
                    "{shown} cannot be read at {}: it has more than {limit} bytes, or is not in this clone",
                    out.name
                ));
                out.absent.push(path);
            }
        }
    }
    let others = ["ls-files", "--others", "--exclude-standard", "-z", "--full-name"];
    let new = git.run(others)?;
    // What git was told to ignore is scanned like anything else. Folders that are ignored are named as a whole.
    let ignored = git.run(others.into_iter().chain(["--ignored", "--directory"]))?;
    for path in new.split(|b| *b == 0).chain(ignored.split(|b| *b == 0)).filter(|p| !p.is_empty()) {
        let Some(inside) = inside(path) else { continue };
        // What ends with `/` is such a folder, or a repository of its own.
        if !path.ends_with(b"/") {
            out.absent.push(top.join(inside));
        } else if !inside.iter().any(is_left_out) {
            folders.push(top.join(inside));
        }
    }
    // Of what is in a submodule that was there, nobody knows what the revision had.
    folders.retain(|folder| !submodules.iter().any(|known| folder.starts_with(known)));
    if !below(folders, &mut out.absent) {
        out.notes.push(format!(
            "more than {MOST_FILES} files lie in folders that git ignores, or that are repositories of their own; the others of \
             them are taken as they are now on both sides"
        ));
    }
    // A file that was deleted from the index only is in both lists.
    let there: FxHashSet<&PathBuf> = out.texts.iter().map(|(path, _)| path).chain(&same).collect();
    out.absent.retain(|path| !there.contains(path));
    out.absent.sort();
    out.absent.dedup();
    out.renames = renames(git, &out.commit)?;
    Ok(())
}

/// Adds the files and links below folders that a scan may look at; `false` if there are too many. Modules that were restored are
/// the same whatever the revision is.
fn below(mut folders: Vec<PathBuf>, out: &mut Vec<PathBuf>) -> bool {
    folders.sort();
    // One may lie in another.
    folders.dedup_by(|folder, before| folder.starts_with(&*before));
    let left_out = |entry: &DirEntry| is_left_out(entry.file_name()) || is_restored(entry.path());
    let entries = |folder: &PathBuf| {
        let all = WalkDir::new(folder).follow_root_links(false).into_iter();
        all.filter_entry(move |entry| !left_out(entry)).flatten()
    };
    let mut left = MOST_FILES;
    for entry in folders.iter().flat_map(entries) {
        let Some(less) = left.checked_sub(1) else { return false };
        left = less;
        if !entry.file_type().is_dir() {
            out.push(entry.into_path());
        }
    }
    true
}

/// What git takes for renamed between a commit and the index.
fn renames(git: &Git, commit: &str) -> Result<Vec<Rename>, RevisionError> {
    let raw = ["--raw", "-z", "--no-abbrev", "-M", "-l2000", "--diff-filter=R", "--no-ext-diff", "--no-textconv"];
    let args = ["diff-index", "--cached"].into_iter().chain(raw).chain(["--ignore-submodules=all", commit, "--"]);
    let found = git.run(args)?;
    let full = |path: &[u8]| Some(git.top().join(inside(path)?));
    let one = |line: &Line<'_>| Some(Rename { from: full(line.path)?, to: full(line.to?)? });
    Ok(lines(&found).iter().filter_map(one).collect())
}

/// The lines of `--raw -z`: `:mode mode hash hash status`, the path, and of what was renamed the second path.
fn lines(raw: &[u8]) -> Vec<Line<'_>> {
    let mut parts = raw.split(|b| *b == 0);
    let mut out = Vec::new();
    while let (Some(head), Some(path)) = (parts.next(), parts.next()) {
        let Some(head) = std::str::from_utf8(head).ok().and_then(|h| h.strip_prefix(':')) else { break };
        let mut words = head.split(' ');
        let (Some(before), Some(after), Some(object), Some(_), Some(status)) =
            (words.next(), words.next(), words.next(), words.next(), words.next())
        else {
            break;
        };
        let to = if status.starts_with(['R', 'C']) { parts.next() } else { None };
        out.push(Line { before, after, object, path, to });
    }
    out
}

/// A path of git's as one of the system's: below the top, and not in `.git`.
fn inside(path: &[u8]) -> Option<PathBuf> {
    #[cfg(unix)]
    let path = PathBuf::from(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(path));
    #[cfg(not(unix))]
    let path = PathBuf::from(std::str::from_utf8(path).ok()?);
    let plain = |c: std::path::Component<'_>| matches!(c, std::path::Component::Normal(_));
    (path.components().all(plain) && !crate::read::reach::in_git(&path)).then_some(path)
}

/// Whether a regular file on the disk has these bytes; CRLF for LF is no difference, as git checks out texts on Windows.
fn is_same(path: &Path, bytes: &[u8]) -> bool {
    let Ok(meta) = std::fs::symlink_metadata(path) else { return false };
    let near = meta.len() >= bytes.len() as u64 && meta.len() <= 2 * bytes.len() as u64;
    if !meta.is_file() || !near {
        return false;
    }
    let Ok(disk) = std::fs::read(path) else { return false };
    disk == bytes || disk.contains(&b'\r') && lf(&disk).eq(lf(bytes))
}

fn lf(bytes: &[u8]) -> impl Iterator<Item = u8> {
    bytes.iter().enumerate().filter(|(i, b)| **b != b'\r' || bytes.get(i + 1) != Some(&b'\n')).map(|(_, b)| *b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_lines_are_read_with_both_paths_of_a_rename() {
        let raw = b":100644 100644 aa bb M\0a b.json\0:100644 100644 cc cc R100\0old\0new\0:000000 100644 00 dd A\0x\0";
        let all = lines(raw);
        assert_eq!(all.len(), 3);
        assert_eq!((all[0].path, all[0].object, all[0].to), (&b"a b.json"[..], "aa", None));
        assert_eq!((all[1].path, all[1].to), (&b"old"[..], Some(&b"new"[..])));
        assert_eq!(all[2].before, NOTHING);
    }

    #[test]
    fn a_path_of_a_hostile_tree_stays_below_the_top() {
        assert_eq!(inside(b"a/b.json"), Some(PathBuf::from("a/b.json")));
        for path in [&b"../x"[..], b"/etc/passwd", b"a/../../x", b".git/config", b"a/.GIT/x"] {
            assert_eq!(inside(path), None);
        }
    }

    #[test]
    fn line_ends_are_no_difference() {
        assert!(lf(b"a\r\nb\rc\n").eq(*b"a\nb\rc\n"));
    }
}
