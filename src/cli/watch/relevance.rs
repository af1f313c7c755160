//! Which changes of files bear on what a scan came to.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use crate::cli::output;
use crate::read::reach::in_git;
use crate::walk::patterns::built_in;

/// What has happened at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Happened {
    /// What is there has another content, or other permissions.
    Content,
    /// Something came, went, or was renamed.
    Existence,
}

/// What a change means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bearing {
    /// Nothing hangs on it.
    None,
    /// The result hangs on it.
    Result,
    /// The walk may find other files now, or other folders.
    Walk,
}

/// What the last scan looked at.
#[derive(Debug, Default)]
pub(super) struct Relevance {
    /// Paths that had a part in it, whether there was something or not.
    looked_at: FxHashSet<PathBuf>,
    /// The folders above these.
    above: FxHashSet<PathBuf>,
    /// The folders that were walked.
    walked: FxHashSet<PathBuf>,
    /// The folders of the files in the report: in them, templates are looked for by their names.
    of_files: FxHashSet<PathBuf>,
    /// The working directory.
    base: PathBuf,
    /// The files that the scan itself writes.
    outputs: Vec<PathBuf>,
    /// The system does not regard the case of names: what is looked for need not be called as it is on the disk.
    caseless: bool,
    /// It came to no result, and it is not known what that hangs on.
    failed: bool,
    /// It came to no result, and it is known what that hangs on: nothing else counts.
    narrow: bool,
}

impl Relevance {
    /// What hangs on what, for a scan in a working directory that writes to `outputs` (absolute paths) and looked at nothing yet.
    pub(super) fn new(base: &Path, outputs: Vec<PathBuf>) -> Self {
        Relevance {
            base: base.to_path_buf(),
            outputs,
            caseless: cfg!(any(windows, target_os = "macos")),
            ..Relevance::default()
        }
    }

    /// A scan came to a result: all paths are absolute. `files` are those in its report.
    pub(super) fn succeeded<'f>(&mut self, looked_at: Vec<PathBuf>, files: impl Iterator<Item = &'f Path>) {
        self.looked_at.clear();
        self.above.clear();
        self.of_files = files.filter_map(Path::parent).map(Path::to_path_buf).collect();
        self.add(looked_at);
        (self.failed, self.narrow) = (false, false);
    }

    /// A scan came to no result. What the last one looked at counts as well.
    pub(super) fn failed(&mut self, looked_at: Vec<PathBuf>) {
        self.add(looked_at);
        (self.failed, self.narrow) = (true, false);
    }

    /// A scan came to no result, and will come to none before something changes at one of these paths. Whatever else changes is no
    /// reason to try again - least of all what armlint says of it, where that goes to a file.
    pub(super) fn hangs_on(&mut self, paths: Vec<PathBuf>) {
        self.looked_at.clear();
        self.above.clear();
        self.of_files.clear();
        self.add(paths);
        (self.failed, self.narrow) = (false, true);
    }

    /// Whether only the paths that were looked at count.
    pub(super) fn is_narrow(&self) -> bool {
        self.narrow
    }

    /// These folders are walked.
    pub(super) fn walked(&mut self, folders: &[PathBuf]) {
        self.walked = folders.iter().cloned().collect();
    }

    /// The folders that hold something that was looked at, whether they are there or not.
    pub(super) fn folders(&self) -> impl Iterator<Item = &Path> {
        self.above.iter().map(PathBuf::as_path)
    }

    /// The folders that something which was looked at lies in directly.
    pub(super) fn parents(&self) -> FxHashSet<&Path> {
        self.looked_at.iter().filter_map(|path| path.parent()).collect()
    }

    fn add(&mut self, looked_at: Vec<PathBuf>) {
        for path in looked_at {
            for folder in path.ancestors().skip(1) {
                // Those above it are there already.
                if !self.above.insert(folder.to_path_buf()) {
                    break;
                }
            }
            self.looked_at.insert(path);
        }
    }

    /// What a change at an absolute path means. `is_folder` says what is there now.
    pub(super) fn of(&self, path: &Path, happened: Happened, is_folder: bool) -> Bearing {
        if self.is_own(path) || in_git(path.strip_prefix(&self.base).unwrap_or(path)) {
            return Bearing::None;
        }
        let looked_at = self.holds(&self.looked_at, path);
        if happened == Happened::Content {
            // What changes in a folder is told of what is in it.
            return if (looked_at || self.failed) && !is_folder { Bearing::Result } else { Bearing::None };
        }
        let beside = |folders: &FxHashSet<PathBuf>| path.parent().is_some_and(|parent| self.holds(folders, parent));
        if looked_at || self.holds(&self.above, path) || beside(&self.looked_at) || self.failed {
            Bearing::Result
        } else if beside(&self.walked) && !self.narrow {
            Bearing::Walk
        } else if beside(&self.of_files) && built_in(path) {
            Bearing::Result
        } else {
            Bearing::None
        }
    }

    /// Whether it means anything that something which was looked at is not as it was, where nobody told what has happened. A
    /// folder that the scan writes to never is.
    pub(super) fn of_outdated(&self, path: &Path) -> bool {
        let writes_into = self.outputs.iter().any(|output| output.parent() == Some(path));
        !writes_into && self.of(path, Happened::Existence, false) == Bearing::Result
    }

    /// Whether the scan itself writes there.
    pub(super) fn is_own(&self, path: &Path) -> bool {
        self.outputs.iter().any(|output| self.is_same(output, path)) || output::is_draft(path)
    }

    fn holds(&self, paths: &FxHashSet<PathBuf>, path: &Path) -> bool {
        paths.contains(path) || self.caseless && paths.iter().any(|p| self.is_same(p, path))
    }

    fn is_same(&self, a: &Path, b: &Path) -> bool {
        let small = |path: &Path| path.to_string_lossy().to_lowercase();
        a == b || self.caseless && a.as_os_str().len() == b.as_os_str().len() && small(a) == small(b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relevance() -> Relevance {
        let mut relevance = Relevance::new(Path::new("/r"), vec!["/r/out.json".into()]);
        let looked_at = ["/r/main.bicep", "/r/bicepconfig.json", "/s/lib/store.bicep", "/r/texts", "/r/out.json"];
        let files = ["/r/main.bicep", "/q/one.parameters.json"];
        relevance.walked(&["/r".into(), "/r/infra".into()]);
        relevance.succeeded(looked_at.map(PathBuf::from).to_vec(), files.iter().map(Path::new));
        relevance
    }

    fn of(relevance: &Relevance, path: &str) -> (Bearing, Bearing) {
        let path = Path::new(path);
        (relevance.of(path, Happened::Content, false), relevance.of(path, Happened::Existence, false))
    }

    #[test]
    fn what_was_looked_at_counts_if_it_changes_comes_or_goes() {
        let relevance = relevance();
        for path in ["/r/main.bicep", "/r/bicepconfig.json", "/s/lib/store.bicep"] {
            assert_eq!(of(&relevance, path), (Bearing::Result, Bearing::Result), "{path}");
        }
        // A folder that holds something of it, and one of which the content was listed.
        assert_eq!(of(&relevance, "/s/lib"), (Bearing::None, Bearing::Result));
        assert_eq!(of(&relevance, "/r/texts/new.txt"), (Bearing::None, Bearing::Result));
        assert_eq!(relevance.of(Path::new("/r/texts"), Happened::Content, true), Bearing::None);
    }

    #[test]
    fn new_files_count_where_the_walk_goes_and_where_names_are_looked_for() {
        let relevance = relevance();
        for path in ["/r/infra/new.bicep", "/r/new", "/r/readme.md"] {
            assert_eq!(of(&relevance, path), (Bearing::None, Bearing::Walk), "{path}");
        }
        assert_eq!(of(&relevance, "/q/one.json").1, Bearing::Result);
        for path in ["/q/one.txt", "/r/node_modules/a.json", "/s/lib/other.bicep", "/elsewhere/new.bicep"] {
            assert_eq!(of(&relevance, path), (Bearing::None, Bearing::None), "{path}");
        }
    }

    #[test]
    fn what_the_scan_and_git_write_themselves_never_counts() {
        let mut relevance = relevance();
        for failed in [false, true] {
            for path in ["/r/out.json", "/r/.armlint-Xy12.tmp", "/r/.git/index.lock", "/r/.git"] {
                assert_eq!(of(&relevance, path), (Bearing::None, Bearing::None), "{path} {failed}");
            }
            relevance.failed(Vec::new());
        }
        assert!(!relevance.of_outdated(Path::new("/r/out.json")) && !relevance.of_outdated(Path::new("/r")));
        assert!(relevance.of_outdated(Path::new("/r/main.bicep")) && relevance.of_outdated(Path::new("/r/texts")));
    }

    #[test]
    fn where_a_scan_failed_everything_may_be_the_cure() {
        let mut relevance = relevance();
        relevance.failed(vec!["/r/armlint.yaml".into()]);
        assert_eq!(of(&relevance, "/r/rules"), (Bearing::Result, Bearing::Result));
        assert_eq!(of(&relevance, "/r/main.bicep").0, Bearing::Result);
        relevance.succeeded(vec!["/r/armlint.yaml".into()], std::iter::empty());
        assert_eq!(of(&relevance, "/r/main.bicep"), (Bearing::None, Bearing::Walk));
    }

    #[test]
    fn where_it_is_known_what_a_failure_hangs_on_nothing_else_counts() {
        let mut relevance = relevance();
        relevance.hangs_on(vec!["/r/armlint.yaml".into()]);
        for path in ["/r/main.bicep", "/r/infra/new.bicep", "/r/watch.log", "/q/one.json"] {
            assert_eq!(of(&relevance, path), (Bearing::None, Bearing::None), "{path}");
        }
        assert_eq!(of(&relevance, "/r/armlint.yaml"), (Bearing::Result, Bearing::Result));
        relevance.succeeded(vec!["/r/armlint.yaml".into()], std::iter::empty());
        assert_eq!(of(&relevance, "/r/infra/new.bicep"), (Bearing::None, Bearing::Walk));
    }

    #[test]
    fn case_counts_where_the_system_regards_it() {
        let mut relevance = relevance();
        for caseless in [false, true] {
            relevance.caseless = caseless;
            let expected = if caseless { Bearing::Result } else { Bearing::None };
            assert_eq!(of(&relevance, "/S/Lib/Store.bicep").0, expected);
            assert_eq!(of(&relevance, "/r/OUT.json").1 == Bearing::None, caseless);
        }
    }

    #[test]
    fn folders_are_those_above_what_was_looked_at() {
        let mut relevance = Relevance::new(Path::new("/"), Vec::new());
        relevance.succeeded(vec!["/a/b/c".into(), "/a/d".into()], std::iter::empty());
        let mut folders: Vec<&Path> = relevance.folders().collect();
        folders.sort();
        assert_eq!(folders, ["/", "/a", "/a/b"].map(Path::new));
        assert_eq!(relevance.parents(), ["/a", "/a/b"].map(Path::new).into_iter().collect());
    }
}
