//! Paths made absolute, and what their names say.

use std::path::{Component, Path, PathBuf, Prefix};

/// Whether a file is named as one of JSON.
pub fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json") || e.eq_ignore_ascii_case("jsonc"))
}

/// Whether a file is named as a template in JSON is. Bicep's compiler takes a module, an import or what `using` names for one by these extensions alone,
/// and everything else for Bicep, whatever it is called (Azure/bicep, `SourceFileFactory` and `HasArmTemplateLikeExtension`).
pub fn is_arm(path: &Path) -> bool {
    is_json(path) || path.extension().is_some_and(|e| e.eq_ignore_ascii_case("arm"))
}

/// Whether a file is named as one of Bicep is; a parameter file is another thing.
pub fn is_bicep(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("bicep"))
}

/// Whether a file is named as a parameter file of Bicep is.
pub fn is_bicep_parameters(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("bicepparam"))
}

/// Makes a path absolute and resolves `.` and `..` by name, without asking the file system about links.
pub fn absolute(path: &Path) -> PathBuf {
    if cfg!(unix) && is_tidy(path) {
        return path.to_path_buf();
    }
    taken_apart(path, |_| {})
}

/// A path of the command line made absolute, with `..` where the system has it: `link/..` is the folder above what the link
/// leads to. Paths within inputs are compiled by name, as Azure's tools do it.
pub fn resolved(path: &Path) -> PathBuf {
    if cfg!(windows) || !path.components().any(|c| c == Component::ParentDir) {
        // Windows takes `..` by name itself.
        return absolute(path);
    }
    taken_apart(path, |folder| {
        if folder.is_symlink()
            && let Ok(real) = std::fs::canonicalize(&*folder)
        {
            *folder = real;
        }
    })
}

/// A path made absolute, part by part, without `.` and `..`. `leave` is told the folder before `..` leads out of it.
fn taken_apart(path: &Path, leave: impl Fn(&mut PathBuf)) -> PathBuf {
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut out = PathBuf::new();
    for part in full.components() {
        match part {
            // One file has one name here, however its drive is written.
            Component::Prefix(prefix) => match prefix.kind() {
                Prefix::Disk(drive) => out.push(format!("{}:", char::from(drive.to_ascii_uppercase()))),
                _ => out.push(part),
            },
            Component::CurDir => {}
            Component::ParentDir => {
                leave(&mut out);
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// Whether a path with `/` is as [`absolute`] would make it. Nearly all are, and taking them apart costs.
fn is_tidy(path: &Path) -> bool {
    let Some(parts) = path.as_os_str().as_encoded_bytes().strip_prefix(b"/") else { return false };
    parts.is_empty() || parts.split(|&b| b == b'/').all(|part| !matches!(part, b"" | b"." | b".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn absolute_paths_are_tidy() {
        for (path, tidy) in [("/", "/"), ("/a/b.c", "/a/b.c"), ("/a//b/./../c/", "/a/c"), ("//a/..", "/"), ("/..", "/")]
        {
            assert_eq!(absolute(Path::new(path)).as_os_str(), tidy);
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_above_a_link_is_that_of_its_target() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(base.join("far/deep")).unwrap();
        std::os::unix::fs::symlink(base.join("far/deep"), base.join("link")).unwrap();
        assert_eq!(resolved(&base.join("link/../x")), base.join("far/x"));
        assert_eq!(resolved(&base.join("far/../link/x")), base.join("link/x"));
        assert_eq!(resolved(&base.join("none/../x")), base.join("x"));
    }
}
