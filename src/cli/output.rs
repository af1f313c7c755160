//! Where reports go: a file is whole or as it was, and never something that is also read.

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Read as _, Write};
use std::path::{Path, PathBuf};

use super::Error;
use super::color::Color;
use crate::read::Sources;
use crate::read::reach::Refusal;
use crate::report::{Screen, begins_report};
use crate::source::resolved;
use crate::walk::classify::{Kind, by_extension};
use crate::walk::inputs::{self, Wanted};
use crate::walk::root::Roots;

/// Refuses the files that a report must not be written to: one of `inputs`, one that is named twice, one that holds Azure code,
/// and one that a link of the repository puts elsewhere ([`check_links`]). To be asked before anything is read or written, with
/// paths that the working directory resolves. `root` is `--root`.
///
/// # Errors
/// [`Error::Usage`] with the file and why.
pub fn check(outputs: &[&Path], inputs: &[&Path], root: Option<&Path>) -> Result<(), Error> {
    check_links(outputs, root)?;
    let read = identities(inputs.iter());
    let mut taken: Vec<Identity> = Vec::new();
    // Devices and pipes take any number of reports and hold none.
    for path in outputs.iter().filter(|p| !is_stream(p)) {
        let refuse = |why: &str| Err(refused(path, why));
        if path.is_dir() {
            return refuse("it is a folder; name a file");
        }
        if !folder(path).is_dir() {
            return refuse(&format!("there is no folder {}; create it first", folder(path).display()));
        }
        let identity = Identity::of(path);
        if read.contains(&identity) {
            return refuse(IS_READ);
        }
        if taken.contains(&identity) {
            return refuse("another report goes there; give each report a file of its own");
        }
        if let Some(kind) = azure_code(path) {
            return refuse(&format!("it is there and holds Azure code ({}); name another file", kind.as_str()));
        }
        taken.push(identity);
    }
    Ok(())
}

/// Refuses the files that a report must not be written to because they are one of `inputs`, which came to light only after
/// [`check`]: that looks into what is there, and an old report takes long to read.
///
/// # Errors
/// As [`check`].
pub fn check_against(outputs: &[&Path], inputs: &[PathBuf]) -> Result<(), Error> {
    let read = identities(inputs.iter());
    let is_read = |path: &&&Path| !is_stream(path) && read.contains(&Identity::of(path));
    match outputs.iter().find(is_read) {
        Some(path) => Err(refused(path, IS_READ)),
        None => Ok(()),
    }
}

/// Refuses the files that lie elsewhere than they seem to, because of a link in what is scanned: a pull request can hold one
/// that leads to any file of the machine, or to one of git's. A link that lies elsewhere is the user's own.
///
/// # Errors
/// As [`check`].
pub fn check_links(outputs: &[&Path], root: Option<&Path>) -> Result<(), Error> {
    let base = super::working_directory()?;
    let roots = Roots::new(root, &base);
    for path in outputs {
        let whole = resolved(&base.join(path));
        // The system's own names for what is open, in whatever folder one works.
        let named = ["/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/null", "/dev/tty"];
        let is_system = named.iter().any(|own| whole == Path::new(own))
            || ["/dev/fd", "/proc/self/fd"].iter().any(|folder| whole.starts_with(folder));
        if let Some(refusal) = roots.escapes(&whole).filter(|_| !is_system) {
            return Err(refused(path, leads_away(refusal)));
        }
    }
    Ok(())
}

/// What is wrong with a path that a link of the repository leads away, and what to do.
pub fn leads_away(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Git => "a symbolic link in its path leads into `.git`; remove the link, or name another file",
        _ => {
            "a symbolic link in its path leads out of the repository that holds the link; remove the link, or name the file that it leads to"
        }
    }
}

const IS_READ: &str = "it is a file that this run reads; name another one";

fn refused(path: &Path, why: &str) -> Error {
    Error::Usage(format!("cannot write a report to {}: {why}", path.display()))
}

fn identities(paths: impl Iterator<Item = impl AsRef<Path>>) -> Vec<Identity> {
    paths.filter(|p| p.as_ref().is_file()).map(|p| Identity::of(p.as_ref())).collect()
}

/// Writes a file: all of it, or, where that fails or the process ends, nothing, and what was there stays. A target that is no
/// file (`/dev/stdout`, a pipe) is written to directly, and may have seen enough.
///
/// # Errors
/// [`Error::Write`] with what the system says.
pub fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
    let wrong = |reason| Error::Write { what: path.display().to_string(), reason };
    if is_stream(path) {
        let mut out = BufWriter::new(File::options().write(true).open(path).map_err(wrong)?);
        return match write(&mut out).and_then(|()| out.flush()) {
            Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(wrong(e)),
            _ => Ok(()),
        };
    }
    // The file that a link leads to is replaced, not the link.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let before = fs::metadata(&target).ok();
    if before.as_ref().is_some_and(|m| m.permissions().readonly()) {
        return Err(wrong(io::ErrorKind::PermissionDenied.into()));
    }
    // Dropped on the way out, it is removed.
    let draft = draft(folder(&target)).map_err(wrong)?;
    let mut out = BufWriter::new(draft);
    write(&mut out).and_then(|()| out.flush()).map_err(wrong)?;
    let draft = out.into_inner().map_err(|e| wrong(e.into_error()))?;
    if let Some(before) = before {
        fs::set_permissions(draft.path(), before.permissions()).map_err(wrong)?;
    }
    draft.persist(&target).map(|_| ()).map_err(|e| wrong(e.error))
}

/// How text looks on standard output.
pub fn screen(color: Color, all: bool) -> Screen {
    let stdout = io::stdout();
    let wide = terminal_size::terminal_size_of(&stdout).map(|(terminal_size::Width(columns), _)| usize::from(columns));
    let variable = |name: &str| std::env::var(name).ok();
    let width = wide.filter(|columns| *columns > 0).unwrap_or(Screen::default().width);
    Screen { color: color.is_on(variable, stdout.is_terminal()), width, all }
}

/// A new file in the folder of the one that it will become, with the permissions that new files have.
fn draft(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(DRAFT.0).suffix(DRAFT.1);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// How the names of drafts begin and end.
const DRAFT: (&str, &str) = (".armlint-", ".tmp");

/// Whether a file is called like the draft of a report.
pub fn is_draft(path: &Path) -> bool {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    name.starts_with(DRAFT.0) && name.ends_with(DRAFT.1)
}

/// Whether something is there that is neither a file nor a folder.
fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir())
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What an existing file is, if it is something that armlint judges.
fn azure_code(path: &Path) -> Option<Kind> {
    if !path.is_file() || by_extension(path).is_none() && holds_report(path) {
        return None;
    }
    let wanted = Wanted { path: path.to_path_buf(), explicit: false, judged: false, bicep: false };
    inputs::read(&Sources::new(), vec![wanted]).pop().map(|i| i.kind).filter(|kind| *kind != Kind::Other)
}

/// Whether a file is an old report, by its first bytes: all of it takes long to read.
fn holds_report(path: &Path) -> bool {
    let mut head = Vec::new();
    File::open(path).and_then(|file| file.take(512).read_to_end(&mut head)).is_ok() && begins_report(&head)
}

/// What makes two paths one file, however they are spelled.
#[derive(PartialEq, Eq)]
enum Identity {
    /// A file that is there, by device and number, which hard links share.
    #[cfg(unix)]
    Node(u64, u64),
    /// Any other: its folder without links, and its name, without case where the system does not regard it.
    Path(PathBuf),
}

impl Identity {
    fn of(path: &Path) -> Identity {
        #[cfg(unix)]
        if let Ok(meta) = fs::metadata(path) {
            use std::os::unix::fs::MetadataExt;
            return Identity::Node(meta.dev(), meta.ino());
        }
        let whole = path.canonicalize().or_else(|_| {
            let folder = folder(path).canonicalize()?;
            Ok::<_, io::Error>(path.file_name().map_or(folder.clone(), |name| folder.join(name)))
        });
        let whole = whole.unwrap_or_else(|_| path.to_path_buf());
        if cfg!(any(windows, target_os = "macos")) {
            return Identity::Path(whole.to_string_lossy().to_lowercase().into());
        }
        Identity::Path(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_written_whole_stays_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.txt");
        fs::write(&path, "old").unwrap();
        let failed = write_file(&path, |out| {
            out.write_all(&[b'x'; 100_000])?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert!(failed.is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        write_file(&path, |out| out.write_all(b"new")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    #[cfg(unix)]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("a.txt"), dir.path().join("link"));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("a.txt", &link).unwrap();
        write_file(&link, |out| out.write_all(b"new")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn a_report_goes_to_no_file_twice_and_to_no_input() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("sub")).unwrap();
        fs::write(at("options.yaml"), "").unwrap();
        fs::write(at("main.bicep"), "").unwrap();
        fs::write(at("old.json"), "{}").unwrap();
        let why = |outputs: &[&str]| {
            let paths: Vec<PathBuf> = outputs.iter().map(|n| at(n)).collect();
            let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
            check(&paths, &[&at("options.yaml")], None).err().map(|e| e.to_string()).unwrap_or_default()
        };
        assert_eq!(why(&["new.json", "old.json"]), "");
        assert!(why(&["new.json", "sub/../new.json"]).contains("another report"));
        assert!(why(&["sub/../options.yaml"]).contains("this run reads"));
        let late = check_against(&[&at("new.json"), &at("options.yaml")], &[at("options.yaml")]);
        assert!(late.is_err_and(|e| e.to_string().contains("this run reads")));
        assert!(check_against(&[&at("new.json"), &at("old.json")], &[at("options.yaml"), at("none.yaml")]).is_ok());
        assert!(why(&["main.bicep"]).contains("Azure code (bicep)"));
        assert!(why(&["sub"]).contains("is a folder"));
        assert!(why(&["none/x.json"]).contains("create it first"));
    }

    #[test]
    #[cfg(unix)]
    fn links_are_the_files_they_lead_to() {
        let dir = tempfile::tempdir().unwrap();
        let (a, soft, hard) = (dir.path().join("a.json"), dir.path().join("soft"), dir.path().join("hard"));
        fs::write(&a, "{}").unwrap();
        std::os::unix::fs::symlink(&a, &soft).unwrap();
        fs::hard_link(&a, &hard).unwrap();
        assert!(check(&[&soft], &[&a], None).is_err());
        assert!(check(&[&hard, &a], &[], None).is_err());
        assert!(check_against(&[&soft], &[hard]).is_err());
        let null = Path::new("/dev/null");
        assert!(check(&[null, null], &[], None).is_ok());
        write_file(null, |out| out.write_all(b"x")).unwrap();
    }

    #[test]
    #[cfg(unix)]
    fn no_link_of_the_repository_leads_a_report_away() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().canonicalize().unwrap();
        let at = |name: &str| base.join(name);
        for folder in ["repo/.git", "repo/sub", "far"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        for file in ["repo/.git/HEAD", "repo/near.txt", "far/x.txt"] {
            fs::write(at(file), "old").unwrap();
        }
        for (to, link) in [
            ("../far/x.txt", "repo/out.sarif"),
            (".git/HEAD", "repo/head.sarif"),
            ("../far", "repo/folder"),
            ("/dev/null", "repo/device"),
            ("near.txt", "repo/in.sarif"),
            ("sub", "repo/within"),
            ("repo/near.txt", "own.sarif"),
            ("far", "own"),
        ] {
            symlink(to, at(link)).unwrap();
        }
        let why = |name: &str, root: Option<&Path>| {
            check(&[&at(name)], &[], root).err().map(|e| e.to_string()).unwrap_or_default()
        };
        for name in ["repo/out.sarif", "repo/folder/x.txt", "repo/folder/new.txt", "repo/device"] {
            assert!(why(name, None).contains("leads out of the repository"), "{name}: {}", why(name, None));
        }
        assert!(why("repo/head.sarif", None).contains("into `.git`"));
        for name in ["repo/in.sarif", "repo/within/new.txt", "own.sarif", "own/new.txt", "far/x.txt"] {
            assert_eq!(why(name, None), "", "{name}");
        }
        // Who names a wider root trusts what lies below it.
        assert_eq!(why("repo/out.sarif", Some(&base)), "");
    }
}
