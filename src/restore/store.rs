//! Writes a module into the cache: whole or not at all.

use std::fs;
use std::io;
use std::path::Path;

use super::RestoreError;
use crate::read::Reach;
use crate::source::absolute;

/// The files of a module by name.
pub(super) type Files = Vec<(&'static str, Vec<u8>)>;

/// Puts files into a folder below the cache. Who comes first wins: a module with a version does not change.
///
/// # Errors
/// [`RestoreError`] if the folder lies elsewhere, by a link, or cannot be written.
pub(super) fn put(cache: &Path, folder: &Path, files: &Files) -> Result<(), RestoreError> {
    let cache = absolute(cache);
    let target = cache.join(folder);
    let failed = |reason| RestoreError::Store { path: target.clone(), reason };
    fs::create_dir_all(&cache).map_err(failed)?;
    // A cache in a repository may hold a link that leads out of it.
    let refused = |reason| RestoreError::Refused { path: target.clone(), reason };
    let reach = Reach::new([cache.clone()]);
    for above in target.ancestors().take_while(|a| a.starts_with(&cache)) {
        reach.check(above).map_err(refused)?;
    }
    let parent = target.parent().unwrap_or(&cache);
    fs::create_dir_all(parent).map_err(failed)?;
    let made = tempfile::Builder::new().prefix(".armlint-").tempdir_in(&cache).map_err(failed)?;
    for (name, text) in files {
        fs::write(made.path().join(name), text).map_err(failed)?;
    }
    match fs::rename(made.path(), &target) {
        Err(e) if target.join("main.json").is_file() && e.kind() != io::ErrorKind::PermissionDenied => Ok(()),
        Err(_) if target.is_dir() => replace(made.path(), &target).map_err(failed),
        other => other.map_err(failed),
    }
}

/// Moves the files into a folder that is there already, for want of a whole module; the module's own file last.
fn replace(made: &Path, target: &Path) -> io::Result<()> {
    let mut entries = fs::read_dir(made)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(|e| (e.file_name() == "main.json", e.file_name()));
    entries.iter().try_for_each(|e| fs::rename(e.path(), target.join(e.file_name())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(text: &str) -> Files {
        vec![("main.json", text.into()), ("lock", Vec::new())]
    }

    #[test]
    fn a_module_is_there_whole_and_nothing_else_is_left() {
        let cache = tempfile::tempdir().unwrap();
        let folder = Path::new("br/h/a/1$");
        put(cache.path(), folder, &files("1")).unwrap();
        put(cache.path(), folder, &files("2")).unwrap();
        assert_eq!(fs::read_to_string(cache.path().join(folder).join("main.json")).unwrap(), "1");
        assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 1, "a folder for the time between is left");
    }

    #[test]
    fn a_folder_without_a_module_is_filled() {
        let cache = tempfile::tempdir().unwrap();
        let folder = Path::new("br/h/a/1$");
        fs::create_dir_all(cache.path().join(folder)).unwrap();
        fs::write(cache.path().join(folder).join("lock"), "").unwrap();
        put(cache.path(), folder, &files("1")).unwrap();
        assert_eq!(fs::read_to_string(cache.path().join(folder).join("main.json")).unwrap(), "1");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_cache_is_not_followed() {
        let (cache, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::os::unix::fs::symlink(elsewhere.path(), cache.path().join("br")).unwrap();
        let refused = put(cache.path(), Path::new("br/h/a/1$"), &files("1")).unwrap_err();
        assert!(matches!(refused, RestoreError::Refused { .. }), "{refused}");
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    }
}
