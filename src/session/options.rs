//! What a session looks at, and how.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::rules::Filter;
use crate::scan::Shard;
use crate::source::MAX_FILE_SIZE;

/// What to look at, and how. [`Options::new`] has what the command line takes where nothing is said.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder that relative paths start at, and whose options file counts.
    pub base: PathBuf,
    /// Files, folders and globs; none for what the options file says, else the folder.
    pub paths: Vec<PathBuf>,
    /// Parameter files for the one template in `paths`; none to find them.
    pub parameters: Vec<PathBuf>,
    /// What templates may read lies below this; else the repository of each file.
    pub root: Option<PathBuf>,
    /// The module cache of the Bicep CLI.
    pub cache_dir: Option<PathBuf>,
    /// The largest file that is read, in bytes.
    pub max_file_size: u64,
    /// Globs of files to look at beyond those with the extensions of templates.
    pub include: Vec<String>,
    /// Globs of files to leave out.
    pub exclude: Vec<String>,
    /// The options file; else the one that lies in `base`.
    pub config: Option<PathBuf>,
    /// Environment variables that set configuration keys.
    pub variables: Vec<(String, String)>,
    /// The baseline.
    pub baseline: Option<String>,
    /// Rules that run, by id, reference or glob; none for those of the baseline.
    pub rules: Vec<String>,
    /// Rules that do not run.
    pub exclude_rules: Vec<String>,
    /// What rules have to be like to run.
    pub filter: Filter,
    /// The time that `utcNow()` and rules about ages go by; else the time of each check.
    pub now: Option<Timestamp>,
    /// A part of the entry points.
    pub shard: Option<Shard>,
    /// Verdicts on targets that keep a rule, or that it does not apply to, are wanted as well.
    pub with_passes: bool,
    /// A module that is not in the cache is an error.
    pub require_modules: bool,
    /// The file of findings that are known; else the one that the configuration names.
    pub known: Option<PathBuf>,
    /// All findings are known once they are written down here: see [`Verdicts::known`].
    pub write_known: Option<PathBuf>,
    /// The Bicep language's own checks run at the levels that the nearest `bicepconfig.json` gives them, and those that are off
    /// there do not; else all that the baseline has.
    pub bicep_levels: bool,
    /// There is one check only: nothing is remembered for another.
    pub once: bool,
}

impl Options {
    /// Looks at all files below a folder.
    pub fn new(base: impl Into<PathBuf>) -> Self {
        Options {
            base: base.into(),
            paths: Vec::new(),
            parameters: Vec::new(),
            root: None,
            cache_dir: None,
            max_file_size: MAX_FILE_SIZE,
            include: Vec::new(),
            exclude: Vec::new(),
            config: None,
            variables: Vec::new(),
            baseline: None,
            rules: Vec::new(),
            exclude_rules: Vec::new(),
            filter: Filter::default(),
            now: None,
            shard: None,
            with_passes: false,
            require_modules: false,
            known: None,
            write_known: None,
            bicep_levels: false,
            once: false,
        }
    }
}
