//! Findings to text, JSON, SARIF and the rest: the last step of the pipeline. A report never evaluates anything.
//!
//! A format is one file with one function, `write(&Report, &mut dyn Write)`, and one line in the table below.
//! What formats share: [`place`] (paths, URIs, lines), [`finding`] (merging and order), [`escape`] (hostile text),
//! [`cut`] (lengths),
//! [`fingerprint`] (identities that survive edits).

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use rustc_hash::FxHashSet;

use crate::check::{CheckResult, Outcome};
use crate::diagnostic::Diagnostic;
use crate::graph::outline::Outline;
use crate::known::Since;
use crate::read::{Sources, Span};

mod azure;
pub mod changes;
mod concise;
mod counts;
mod csv;
pub mod cut;
pub mod escape;
pub mod finding;
pub mod fingerprint;
mod github;
mod gitlab;
pub mod graph;
mod html;
mod json;
mod junit;
mod long_list;
mod markdown;
mod mask;
pub mod merge;
pub mod place;
mod sarif;
mod sonar;
pub(crate) mod tally;
mod text;
pub(crate) mod words;

pub use text::Screen;

#[cfg(test)]
mod tests;

/// The table of formats: name of the variant, the word users type, what it is for, and the function that writes it.
macro_rules! formats {
    ($($variant:ident, $word:literal, $about:literal, $write:path;)*) => {
        /// What a report can be written as.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Format { $(#[doc = $about] $variant,)* }

        impl Format {
            /// Every format, in the order of the help text.
            pub const ALL: &'static [Format] = &[$(Format::$variant,)*];

            /// The word users type.
            pub fn as_str(self) -> &'static str {
                match self { $(Format::$variant => $word,)* }
            }

            /// One line for the help text.
            pub fn about(self) -> &'static str {
                match self { $(Format::$variant => $about,)* }
            }
        }

        /// Writes a report. The same report gives the same bytes.
        ///
        /// # Errors
        /// What `out` answers.
        pub fn write(format: Format, report: &Report, out: &mut dyn Write) -> io::Result<()> {
            match format { $(Format::$variant => $write(report, out),)* }
        }
    };
}

formats! {
    Text, "text", "For people: the worst first, with source lines and a summary", text::write;
    Concise, "concise", "For grep and editors: file:line:column: level rule message", concise::write;
    Json, "json", "For programs: one result per rule, target and root deployment", json::write;
    Sarif, "sarif", "For GitHub code scanning and other SARIF 2.1.0 readers", sarif::write;
    Github, "github", "Workflow commands that annotate a pull request", github::write;
    Azure, "azure", "Logging commands that show issues in Azure Pipelines", azure::write;
    Gitlab, "gitlab", "GitLab's Code Quality report", gitlab::write;
    Sonar, "sonar", "SonarQube's generic format for issues", sonar::write;
    Html, "html", "A page to look at and to keep: one file that needs nothing else", html::write;
    Markdown, "markdown", "A summary for a GitHub job or a comment", markdown::write;
    Junit, "junit", "For test dashboards", junit::write;
    Csv, "csv", "For spreadsheets", csv::write;
    Counts, "counts", "For scripts: the numbers of the run as name=value lines", counts::write;
}

/// Whether a file that begins so is a report of ours in JSON or SARIF. (These grow to many megabytes, and so their beginning has to
/// do.)
pub fn begins_report(head: &[u8]) -> bool {
    let mut dense = head.to_vec();
    dense.retain(|byte| !byte.is_ascii_whitespace());
    [json::BEGINNING, sarif::BEGINNING].iter().any(|beginning| dense.starts_with(beginning.as_bytes()))
}

impl Format {
    /// Whether it shows what is deployed, and not only what is wrong with it.
    pub fn shows_deployed(self) -> bool {
        self == Format::Html
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|f| f.as_str() == word).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|f| f.as_str()).collect();
            format!("unknown format {word:?}; the formats are {}", known.join(", "))
        })
    }
}

/// How many results of a run GitHub keeps, by its documentation on SARIF support; the default of `--max-results`.
pub const DEFAULT_MAX_RESULTS: usize = 5_000;

/// All that a run has to say.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    /// Every verdict, of every outcome, in any order that is the same for the same input.
    pub results: &'a [CheckResult],
    /// Every file that was a candidate.
    pub files: &'a [FileRecord],
    /// What could not be read or expanded.
    pub diagnostics: &'a [Diagnostic],
    /// The texts that spans point into.
    pub sources: &'a Sources,
    /// The texts that decide secrets: where sources are quoted, these are masked.
    pub secrets: &'a FxHashSet<Span>,
    /// The root of the repository (else the working directory), absolute; every path is shown relative to it.
    pub root: &'a Path,
    /// `--category`: the middle part of the SARIF run's `automationDetails.id`.
    pub category: Option<&'a str>,
    /// `--max-results`: how many results a SARIF holds.
    pub max_results: usize,
    /// `--outcome`: which outcomes `json`, `csv` and `junit` hold; `sarif` holds suppressed results if they are in it.
    pub outcomes: OutcomeSet,
    /// What was looked at.
    pub stats: Stats,
    /// What somebody left out.
    pub left_out: LeftOut<'a>,
    /// How many findings are gone of those that are known; `None` where nobody said what is known.
    pub gone: Option<usize>,
    /// What the comparison with a revision came to, where there was one.
    pub since: Option<&'a Since>,
    /// Why there was none, where somebody asked for one.
    pub no_base: Option<&'a str>,
    /// Where the repository comes from, if git or the environment knows.
    pub provenance: Option<Provenance>,
    /// What is deployed, where somebody asked for a format that [shows it](Format::shows_deployed).
    pub deployed: Option<&'a Outline>,
    /// How `text` is to look.
    pub screen: Screen,
}

/// Numbers for the summaries that cannot be counted from the results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Root deployments that were expanded.
    pub deployments: usize,
    /// Resources that were checked, over all root deployments.
    pub resources: usize,
    /// Rules that could have been applied.
    pub rules: usize,
}

/// What options keep from being judged, or from failing a run. A pull request may change an options file, so every
/// summary says it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut<'a> {
    /// The options file; without one, the environment says what follows.
    pub file: Option<&'a Path>,
    /// The baseline that it chooses.
    pub baseline: Option<&'a str>,
    /// Rules that would be applied without it.
    pub rules: usize,
    /// Rules whose level it sets.
    pub levels: usize,
    /// Files that it leaves out.
    pub files: usize,
    /// It says that findings never fail a run.
    pub never_fails: bool,
    /// What it says is looked at, and nothing else.
    pub paths: &'a [PathBuf],
    /// Files that the command line leaves out.
    pub files_by_command_line: usize,
}

/// The repository and the revision that was scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// `https://github.com/owner/repository`, without credentials (see [`Provenance::new`]).
    repository: String,
    /// The commit.
    revision: Option<String>,
    /// The branch.
    branch: Option<String>,
}

impl Provenance {
    /// From a remote's URL as git writes it. `user:token@` is dropped: reports are uploaded. `None` for what is not a
    /// web address or an SSH address of one (a folder, for example, would tell where somebody's home is).
    pub fn new(remote: &str, revision: Option<&str>, branch: Option<&str>) -> Option<Self> {
        let tidy = |s: Option<&str>| s.map(str::to_owned).filter(|s| !s.is_empty());
        let (revision, branch) = (tidy(revision), tidy(branch));
        Some(Provenance { repository: place::web_address(remote)?, revision, branch })
    }

    /// What people call it (`https://github.com/owner/repository at 0123456789 (main)`), and its address.
    pub fn shown(&self) -> (String, &str) {
        let revision = self.revision.as_deref().map(|r| format!(" at {}", r.get(..10).unwrap_or(r)));
        let branch = self.branch.as_deref().map(|b| format!(" ({b})"));
        let parts = [Some(self.repository.clone()), revision, branch];
        (parts.into_iter().flatten().collect(), &self.repository)
    }

    /// The page of a line at the scanned revision: that of its file and `#L<line>`.
    pub fn link(&self, uri: &str, line: u32) -> Option<String> {
        Some(format!("{}#L{line}", self.page(uri)?))
    }

    /// The page of a file at the scanned revision: `<repository>/blob/<revision>/<uri>`, as GitHub (and GitLab) have it. `None`
    /// without a revision, and on hosts whose pages are known to be elsewhere.
    pub fn page(&self, uri: &str) -> Option<String> {
        const ELSEWHERE: [&str; 3] = ["dev.azure.com", "visualstudio.com", "bitbucket.org"];
        let host = self.repository.strip_prefix("https://")?.split('/').next()?;
        let revision = self.revision.as_deref().filter(|_| !ELSEWHERE.iter().any(|h| host.ends_with(h)))?;
        Some(format!("{}/blob/{}/{uri}", self.repository, place::encode(revision)))
    }
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileStatus {
    /// Read, expanded and checked.
    Analysed,
    /// Checked as far as it could be read or expanded.
    Partly,
    /// Not checked, though it should have been.
    Failed,
    /// Not checked, and rightly so.
    Skipped,
    /// Not checked because it is generated from another file that was.
    Generated,
}

impl FileStatus {
    /// The word of the JSON report.
    pub fn as_str(self) -> &'static str {
        match self {
            FileStatus::Analysed => "analysed",
            FileStatus::Partly => "partly",
            FileStatus::Failed => "failed",
            FileStatus::Skipped => "skipped",
            FileStatus::Generated => "generated",
        }
    }
}

/// A candidate and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRecord {
    /// Where it is.
    pub path: PathBuf,
    /// What it was taken for: `template`, `parameters`, `bicep`, …
    pub kind: &'static str,
    /// What became of it.
    pub status: FileStatus,
    /// Why; not empty unless `status` is `Analysed`.
    pub reason: String,
    /// How many of the resources that it declares were judged. A loop is one declaration.
    pub resources: usize,
}

/// A set of outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OutcomeSet(u8);

impl OutcomeSet {
    /// Every outcome.
    pub const ALL: OutcomeSet = OutcomeSet(0b11_1111);

    const EVERY: [Outcome; 6] =
        [Outcome::Fail, Outcome::Error, Outcome::Unknown, Outcome::Suppressed, Outcome::Pass, Outcome::None];

    /// The set of these outcomes.
    pub fn of(outcomes: &[Outcome]) -> Self {
        OutcomeSet(outcomes.iter().fold(0, |bits, o| bits | Self::bit(*o)))
    }

    /// Whether an outcome is in the set.
    pub fn contains(self, outcome: Outcome) -> bool {
        self.0 & Self::bit(outcome) != 0
    }

    fn bit(outcome: Outcome) -> u8 {
        1 << outcome as u8
    }
}

/// `fail,error`
impl Default for OutcomeSet {
    fn default() -> Self {
        OutcomeSet::of(&[Outcome::Fail, Outcome::Error])
    }
}

/// Reads `--outcome`: words separated by commas, or `all`.
impl FromStr for OutcomeSet {
    type Err = String;

    fn from_str(list: &str) -> Result<Self, String> {
        let mut set = OutcomeSet(0);
        for word in list.split(',').map(str::trim) {
            if word == "all" {
                set = Self::ALL;
            } else if let Some(outcome) = Self::EVERY.iter().find(|o| o.as_str() == word) {
                set.0 |= Self::bit(*outcome);
            } else {
                let known: Vec<_> = Self::EVERY.iter().map(|o| o.as_str()).collect();
                return Err(format!("unknown outcome {word:?}; the outcomes are {}, all", known.join(", ")));
            }
        }
        Ok(set)
    }
}
