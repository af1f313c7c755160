//! What the user wants: options from `armlint.yaml`, from a PSRule options file, and from the environment, in one shape.
//!
//! [`load`] finds and reads the file, [`environment::apply`] lays the environment over it; the command line comes last and is
//! laid over both by the caller. Nothing that is written is passed over in silence: what armlint does not support is one
//! warning per option, with its place, and a mistake in our own file is an error.

pub mod context;
pub mod environment;
mod own;
mod psrule;
pub mod yaml;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Level};
use crate::documents::{self, Documents};
use crate::read::{Reach, Source, Sources, Span};
use crate::rules::{Filter, PSRULE_BASELINE};
use crate::source::{absolute, asked, resolved};
pub use yaml::ConfigError;

/// Names of our own file, in the order they are looked for.
const OWN_NAMES: [&str; 2] = ["armlint.yaml", "armlint.yml"];

/// Names of PSRule's options file, in the order they are looked for.
const PSRULE_NAMES: [&str; 4] = ["ps-rule.yaml", "ps-rule.yml", "psrule.yaml", "psrule.yml"];

/// From which level on findings make `scan` exit with 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// Findings of this level and worse.
    Level(Level),
    /// Never.
    None,
}

impl FailOn {
    /// Reads `error`, `warning`, `note` or `none`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text.to_ascii_lowercase().as_str() {
            "error" => FailOn::Level(Level::Error),
            "warning" => FailOn::Level(Level::Warning),
            "note" => FailOn::Level(Level::Note),
            "none" => FailOn::None,
            _ => return None,
        })
    }

    /// Whether a finding of this level is one to fail on.
    pub fn includes(self, level: Level) -> bool {
        // `Error` is the smallest.
        matches!(self, FailOn::Level(at) if level <= at)
    }
}

/// Results of a rule that somebody accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// The rule: its name, its AZR reference or an alias.
    pub rule: String,
    /// The names of the targets; `None` for all.
    pub targets: Option<Vec<String>>,
    /// Why.
    pub reason: Option<String>,
    /// Where it stands.
    pub span: Option<Span>,
}

/// Everything that can be configured.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The file it was read from.
    pub file: Option<PathBuf>,
    /// It holds options of PSRule.
    pub psrule: bool,
    /// `configuration:` - the keys that rules and the expansion read, as written.
    pub values: BTreeMap<String, serde_json::Value>,
    /// The set of rules to run.
    pub baseline: Option<String>,
    /// Only these rules of the set; all if empty.
    pub include_rules: Vec<String>,
    /// Not these.
    pub exclude_rules: Vec<String>,
    /// Only rules like this.
    pub filter: Filter,
    /// Rules whose level is changed.
    pub levels: Vec<(String, Level)>,
    /// Accepted results.
    pub suppressions: Vec<Suppression>,
    /// Globs of files to look at on top of the built-in patterns.
    pub include_files: Vec<String>,
    /// Globs of files not to look at.
    pub exclude_files: Vec<String>,
    /// `input.pathIgnore`, in the style of gitignore.
    pub ignore: Vec<String>,
    /// When `scan` fails.
    pub fail_on: Option<FailOn>,
    /// What was read and is not supported.
    pub diagnostics: Vec<Diagnostic>,
    /// The baselines that a group's name stands for, in PSRule's options.
    groups: Vec<(String, Vec<String>)>,
    /// The globs among the targets of all suppressions.
    target_globs: usize,
    /// `rule.includeLocal`: rules of the repository run even if others are chosen by name.
    pub include_local: bool,
    /// `include.path`: where documents lie.
    pub document_paths: Vec<String>,
    /// The rules, selectors, suppression groups and baselines of the repository.
    pub documents: Arc<Documents>,
}

impl Config {
    /// The value of a configuration key, without regard to case.
    pub fn value(&self, key: &str) -> Option<&serde_json::Value> {
        self.values.get(key).or_else(|| self.values.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| v))
    }

    /// The baseline that it asks for; with options of PSRule that name none it is PSRule's, so that verdicts agree.
    pub fn asked_baseline(&self) -> Option<&str> {
        self.baseline.as_deref().or_else(|| self.psrule.then_some(PSRULE_BASELINE))
    }

    /// Whether it says which rules run.
    pub fn chooses_rules(&self) -> bool {
        self.asked_baseline().is_some()
            || [&self.include_rules, &self.exclude_rules].into_iter().any(|names| !names.is_empty())
            || !self.filter.is_empty()
    }

    /// Adds a suppression that stands at `span`. All together hold no more globs than a list may: each is held against every
    /// result of its rule.
    fn suppress(&mut self, mut suppression: Suppression, source: &Source, span: Span) -> Result<(), ConfigError> {
        let targets = suppression.targets.iter().flatten();
        self.target_globs += targets.filter(|t| crate::glob::is_glob(t)).count();
        if self.target_globs > yaml::MAX_GLOBS {
            return Err(yaml::wrong(
                source,
                span,
                "suppressions hold at most 1,000 globs in all; write fewer and wider ones",
            ));
        }
        suppression.span = Some(span);
        self.suppressions.push(suppression);
        Ok(())
    }

    /// Sets a configuration key, whatever its case was before.
    fn set(&mut self, key: String, value: serde_json::Value) {
        self.values.retain(|k, _| !k.eq_ignore_ascii_case(&key));
        self.values.insert(key, value);
    }
}

/// Reads the configuration: the file given, else the first that is found in the working directory, else none. One that is
/// found must lie within `reach`, links followed: a pull request can hold a link to anything.
///
/// # Errors
/// [`ConfigError`] if the file cannot be read, is not YAML, or says something that makes no sense.
pub fn load(given: Option<&Path>, base: &Path, reach: &Reach, sources: &Sources) -> Result<Config, ConfigError> {
    let mut config = match given {
        Some(path) => {
            let path = resolved(&base.join(path));
            sources.allow_stream(&path);
            read(&path, sources)?
        }
        None => discover(base, reach, sources)?,
    };
    let (documents, mut said) = documents::load(base, &config.document_paths, reach, sources);
    config.diagnostics.append(&mut said);
    config.documents = Arc::new(documents);
    Ok(config)
}

fn discover(base: &Path, reach: &Reach, sources: &Sources) -> Result<Config, ConfigError> {
    // A link that leads nowhere, or a pipe, is there as well: it must not turn the options off in silence.
    let there = |names: &[&str]| {
        let mut paths = names.iter().map(|n| absolute(&base.join(n)));
        paths.find(|p| {
            asked::about(p);
            std::fs::symlink_metadata(p).is_ok() && !p.is_dir()
        })
    };
    let (own, theirs) = (there(&OWN_NAMES), there(&PSRULE_NAMES));
    let Some(path) = own.as_ref().or(theirs.as_ref()) else { return Ok(Config::default()) };
    reach.check(path).map_err(|refusal| ConfigError::Read { path: path.clone(), reason: refusal.to_string() })?;
    let mut config = read(path, sources)?;
    if let (Some(own), Some(theirs)) = (&own, &theirs) {
        let name = own.file_name().unwrap_or_default().to_string_lossy();
        let message = format!("this file is not read, because {name} lies beside it");
        config.diagnostics.push(Diagnostic::at_path(Level::Note, "config-not-read", absolute(theirs), message));
    }
    Ok(config)
}

fn read(path: &Path, sources: &Sources) -> Result<Config, ConfigError> {
    let source = sources.load(path).map_err(|e| {
        let reason = match e {
            crate::read::ReadError::Io { reason, .. } => reason,
            crate::read::ReadError::TooLarge { limit, .. } => format!("it is larger than {limit} bytes"),
        };
        ConfigError::Read { path: path.to_path_buf(), reason }
    })?;
    let root = yaml::parse(&source)?;
    let Some(members) = root.members() else {
        return Err(yaml::wrong(&source, root.span, format!("expected a mapping of options, found {}", root.what())));
    };
    let mut config = Config { file: Some(path.to_path_buf()), ..Config::default() };
    match root.get("armlint") {
        Some(own) => own::read(own, members, &source, &mut config)?,
        None => {
            config.psrule = true;
            psrule::read(&root, &source, &mut config)?;
        }
    }
    Ok(config)
}

#[cfg(test)]
mod tests;
