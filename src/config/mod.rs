//! What the user wants: options from `armlint.yaml`, from a PSRule options file, and from the environment, in one shape.
//!
//! [`load`] finds and reads the file, [`environment::apply`] lays the environment over it; the command line comes last and is
//! laid over both by the caller. Nothing that is written is passed over in silence: what armlint does not support is one
//! warning per option, with its place, and a mistake in our own file is an error.

pub mod context;
mod convert;
pub mod effective;
pub mod environment;
mod file;
mod kinds;
pub mod names;
mod own;
mod psrule;
mod typed;
pub mod yaml;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::diagnostic::{Diagnostic, Level, Place};
use crate::documents::{self, Documents};
use crate::read::{Reach, Source, Sources, Span};
use crate::rules::language::Word;
use crate::rules::{Filter, PSRULE_BASELINE, Pages};
use crate::source::{absolute, asked, resolved};
use crate::walk::patterns::{Ignore, PathGlobs};
pub use convert::converted;
use effective::{Effective, Origin};
use names::{Kind, Named};
pub use yaml::ConfigError;

/// Names of our own file, in the order they are looked for.
pub(crate) const OWN_NAMES: [&str; 2] = ["armlint.yaml", "armlint.yml"];

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

impl Word for FailOn {
    const ALL: &'static [(&'static str, Self)] = &[
        ("error", FailOn::Level(Level::Error)),
        ("warning", FailOn::Level(Level::Warning)),
        ("note", FailOn::Level(Level::Note)),
        ("none", FailOn::None),
    ];
}

impl Word for Level {
    const ALL: &'static [(&'static str, Self)] =
        &[("error", Level::Error), ("warning", Level::Warning), ("note", Level::Note)];
}

impl FailOn {
    /// Reads `error`, `warning`, `note` or `none`, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        FailOn::of(&text.to_ascii_lowercase())
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
    /// The names are taken as they are: nothing in them is a glob.
    pub literal: bool,
    /// Globs of the files that it is about; `None` for all.
    pub paths: Option<Vec<String>>,
    /// What they start at: the folder of the file that it stands in.
    pub folder: PathBuf,
    /// Why.
    pub reason: Option<String>,
    /// The last day on which it counts.
    pub until: Option<jiff::civil::Date>,
    /// Where it stands.
    pub span: Option<Span>,
}

impl Suppression {
    /// Of a rule for targets, in all files and for all time, as PSRule has it: by their names.
    fn of(rule: String, targets: Option<Vec<String>>) -> Self {
        let folder = PathBuf::new();
        Suppression { rule, targets, literal: true, paths: None, folder, reason: None, until: None, span: None }
    }
}

/// What is different for some files: those that deploy something, and those that findings stand in.
#[derive(Debug, Clone)]
pub struct Override {
    /// The files.
    pub paths: PathGlobs,
    /// What is said of findings of the rules that do not run for them.
    pub reason: String,
    /// Rules that do not run for them.
    pub exclude: Vec<String>,
    /// Rules whose level is another one for them.
    pub levels: Vec<(String, Level)>,
    /// Configuration keys for what they deploy.
    pub values: Vec<(String, Json)>,
}

/// Values for parameters that have neither a default nor a value.
#[derive(Debug, Clone)]
pub struct ParameterDefaults {
    /// The templates; none for all.
    pub templates: Option<PathGlobs>,
    /// Values by the names of parameters.
    pub values: Vec<(String, Json)>,
    /// The same names, and where they stand.
    pub names: Vec<(String, Span)>,
    /// The folder of the file that says so.
    pub folder: PathBuf,
}

/// Everything that can be configured.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The file it was read from.
    pub file: Option<PathBuf>,
    /// It lies elsewhere than all files that may be read.
    pub is_elsewhere: bool,
    /// That file and those that it extends, in the order in which they were laid over one another.
    pub files: Vec<PathBuf>,
    /// Another options file that would count if this one were not there.
    pub hidden: Option<PathBuf>,
    /// What is looked at if the command line names nothing.
    pub paths: Vec<PathBuf>,
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
    /// Levels are those that PSRule for Azure gives its rules.
    pub psrule_levels: bool,
    /// What is different for some files, the later ones over the earlier.
    pub overrides: Vec<Override>,
    /// Accepted results.
    pub suppressions: Vec<Suppression>,
    /// A suppression without a reason does not count.
    pub need_reason: bool,
    /// The Bicep language's own checks run as well, at their configured levels.
    pub bicep_checks: bool,
    /// The file of findings that are known.
    pub known: Option<PathBuf>,
    /// Globs of files to look at on top of the built-in patterns.
    pub include_files: Vec<PathGlobs>,
    /// Globs of files not to look at.
    pub exclude_files: Vec<PathGlobs>,
    /// Lists in the style of gitignore: `files.ignore`, `input.pathIgnore`.
    pub ignore: Vec<Ignore>,
    /// The lines of `input.pathIgnore`, as written.
    pub ignored: Vec<String>,
    /// `input.targetType`: only targets of these types are judged; all if empty.
    pub target_types: Vec<String>,
    /// A scan that finds no file to check is no mistake.
    pub allow_empty: bool,
    /// `execution.noMatchingRules`: a scan for which no rule is left is no mistake.
    pub allow_no_rules: bool,
    /// The clock, unless the command line says otherwise.
    pub now: Option<Timestamp>,
    /// Values for parameters without one.
    pub parameter_defaults: Vec<ParameterDefaults>,
    /// When `scan` fails.
    pub fail_on: Option<FailOn>,
    /// What was read and is not supported.
    pub diagnostics: Vec<Diagnostic>,
    /// The baselines that a group's name stands for, in PSRule's options.
    groups: Vec<(String, Vec<String>)>,
    /// The baseline is named as PSRule names it, which is not settled yet: at a place of its options, or in a variable.
    baseline_by: Option<Option<Span>>,
    /// The globs among the targets and paths of all suppressions.
    target_globs: usize,
    /// `rule.includeLocal`: rules of the repository run even if others are chosen by name.
    pub include_local: bool,
    /// Rules of the repository's documents run only if they are included by name.
    pub local_apart: bool,
    /// `include.path`: where documents lie.
    pub document_paths: Vec<String>,
    /// Where PSRule's options name them; none for the environment.
    document_spans: Vec<Span>,
    /// The environment names them.
    documents_by_variable: bool,
    /// Folders of pages that are rules of the repository, and where they are named.
    rule_folders: Vec<(PathBuf, Span)>,
    /// The pages of the repository.
    pub pages: Arc<Pages>,
    /// A page or document could not be used: the configuration is broken, whatever else was found.
    pub broken: bool,
    /// Names that have to be there.
    named: Vec<Named>,
    /// What counts, and where it comes from.
    pub effective: Effective,
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

    /// The baseline that the command line means: a group's (`@latest`), or one with its module, as PSRule names them.
    pub fn baseline_meant(&self, asked: &str) -> String {
        psrule::baseline(asked, &self.groups).unwrap_or_else(|_| asked.to_owned())
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
        self.target_globs += suppression.paths.as_ref().map_or(0, Vec::len);
        if self.target_globs > yaml::MAX_GLOBS {
            return Err(yaml::wrong(
                source,
                span,
                "suppressions hold at most 1,000 globs in all; write fewer and wider ones",
            ));
        }
        suppression.span = Some(span);
        self.named.push(match self.psrule {
            true => Named::of_psrule(Kind::Suppress, &suppression.rule, Some(span)),
            false => Named::of_file(Kind::Suppress, &suppression.rule, span),
        });
        let told = match &suppression.targets {
            Some(targets) => format!("{} for {}", suppression.rule, targets.join(", ")),
            None => suppression.rule.clone(),
        };
        self.effective.add("suppressions", told.into(), Origin::File(span));
        self.suppressions.push(suppression);
        Ok(())
    }

    /// Sets a configuration key, whatever its case was before.
    fn set(&mut self, key: String, value: serde_json::Value) {
        self.values.retain(|k, _| !k.eq_ignore_ascii_case(&key));
        self.values.insert(key, value);
    }

    /// Sets a member of a configuration key that holds an object; a name alone stands for the object that has it.
    fn set_member(&mut self, key: &str, member: &str, value: Json) {
        let mut object = match self.value(key) {
            Some(Json::Object(object)) => object.clone(),
            Some(Json::String(name)) => serde_json::Map::from_iter([("name".to_owned(), Json::from(name.as_str()))]),
            _ => serde_json::Map::new(),
        };
        object.retain(|k, _| !k.eq_ignore_ascii_case(member));
        object.insert(member.to_owned(), value);
        self.set(key.to_owned(), Json::Object(object));
    }

    /// The values of configuration keys for what a file deploys.
    pub fn values_for(&self, file: &Path) -> Vec<(&str, &Json)> {
        let overrides = self.overrides.iter().filter(|o| !o.values.is_empty() && o.paths.holds(file));
        overrides.flat_map(|o| &o.values).map(|(k, v)| (k.as_str(), v)).collect()
    }

    /// The configuration for what a file deploys, if it is another one.
    pub fn for_file(&self, file: &Path) -> Option<Config> {
        let values = self.values_for(file);
        if values.is_empty() {
            return None;
        }
        // Only what the expansion asks for is needed.
        let mut out = Config { parameter_defaults: self.parameter_defaults.clone(), ..Config::default() };
        out.values.clone_from(&self.values);
        values.into_iter().for_each(|(k, v)| out.set(k.to_owned(), v.clone()));
        Some(out)
    }

    /// The globs of files in options files.
    pub fn path_globs(&self) -> impl Iterator<Item = &PathGlobs> {
        let overrides = self.overrides.iter().map(|o| &o.paths);
        let defaults = self.parameter_defaults.iter().filter_map(|d| d.templates.as_ref());
        self.include_files.iter().chain(&self.exclude_files).chain(overrides).chain(defaults)
    }

    /// Tells every name in it that is not there, once everything was read.
    ///
    /// # Errors
    /// [`ConfigError`] at the first one in a file of ours.
    pub fn check_names(&mut self, sources: &Sources) -> Result<(), ConfigError> {
        names::check(self, sources)
    }
}

/// Reads the configuration: the file given, else the first that is found in the working directory, else an `armlint.yaml` in the
/// folders above it up to the root of the repository, else none. One that is found must lie within `reach`, links followed: a
/// pull request can hold a link to anything. `top` is where looking upwards ends. The variables of the environment are laid over it.
///
/// # Errors
/// [`ConfigError`] if the file cannot be read, is not YAML, or it or a variable says something that makes no sense.
pub fn load(
    given: Option<&Path>,
    variables: &[(String, String)],
    base: &Path,
    top: &Path,
    reach: &Reach,
    sources: &Sources,
) -> Result<Config, ConfigError> {
    let mut folder = base.to_path_buf();
    let mut config = match given {
        Some(path) => {
            let path = resolved(&base.join(path));
            sources.allow_stream(&path);
            read(&path, false, reach, sources)?
        }
        None => discover(base, top, reach, sources)?,
    };
    config.is_elsewhere = config.file.as_ref().is_some_and(|file| reach.check(&own::folder_of(file)).is_err());
    environment::apply(&mut config, variables.iter().cloned())?;
    psrule::settle_baseline(&mut config, sources)?;
    if let (None, false, Some(file)) = (given, config.psrule, &config.file) {
        folder = own::folder_of(file);
    }
    tell_missing_folders(&mut config, &folder);
    if let Some(known) = &config.known {
        reach.check(known).map_err(|refusal| ConfigError::Read { path: known.clone(), reason: refusal.to_string() })?;
    }
    let (documents, mut said) = documents::load(&folder, &config.document_paths, reach, sources);
    config.diagnostics.append(&mut said);
    let (pages, mut said) = Pages::load(&config.rule_folders, &documents, reach, sources);
    config.diagnostics.append(&mut said);
    config.broken = documents.broken || pages.broken;
    config.documents = Arc::new(documents);
    config.pages = Arc::new(pages);
    Ok(config)
}

/// Tells of folders and files of documents that PSRule's options, or the environment, name and that are not there.
fn tell_missing_folders(config: &mut Config, base: &Path) {
    let from_psrule = config.psrule || config.documents_by_variable;
    for (i, path) in config.document_paths.iter().enumerate().filter(|_| from_psrule) {
        let full = absolute(&base.join(path.trim_end_matches(['/', '\\'])));
        // The one that counts without a word need not be there.
        if asked::exists(&full) || full == absolute(&base.join(".ps-rule")) {
            continue;
        }
        let place = config.document_spans.get(i).map_or(Place::Run, |span| Place::Span(*span));
        let message =
            format!("`include.path` names `{path}`, and there is no such folder or file: no rules are read from it");
        config.diagnostics.push(Diagnostic { level: Level::Warning, code: "config-not-there", message, place });
    }
}

fn discover(base: &Path, top: &Path, reach: &Reach, sources: &Sources) -> Result<Config, ConfigError> {
    // A link that leads nowhere, or a pipe, is there as well: it must not turn the options off in silence.
    let there = |folder: &Path, names: &[&str]| {
        let mut paths = names.iter().map(|n| absolute(&folder.join(n)));
        paths.find(|p| {
            asked::about(p);
            std::fs::symlink_metadata(p).is_ok() && !p.is_dir()
        })
    };
    let folders = base.ancestors().take_while(|f| f.starts_with(top));
    let own: Vec<PathBuf> = folders.filter_map(|folder| there(folder, &OWN_NAMES)).collect();
    let theirs = there(base, &PSRULE_NAMES);
    let here = own.first().filter(|p| p.parent() == Some(base));
    // The nearest counts; in one folder, ours.
    let Some(path) = here.or(theirs.as_ref()).or(own.first()) else {
        return Ok(Config::default());
    };
    reach.check(path).map_err(|refusal| ConfigError::Read { path: path.clone(), reason: refusal.to_string() })?;
    let mut config = read(path, true, reach, sources)?;
    let hidden = match &theirs {
        Some(theirs) if theirs != path => Some(theirs),
        // What lies above an options file of PSRule would count without it.
        Some(_) => own.first(),
        None => None,
    };
    if let Some(hidden) = hidden {
        let message = format!("this file is not read, because {} counts", path.display());
        config.diagnostics.push(Diagnostic::at_path(Level::Warning, "config-not-read", hidden.clone(), message));
        config.hidden = Some(hidden.clone());
    }
    // The same options under the other names that they may have.
    let others = |names: &'static [&'static str], first: &Path| -> Vec<PathBuf> {
        let folder = first.parent().unwrap_or(base);
        names.iter().filter_map(|name| there(folder, &[*name])).filter(|other| other != first).collect()
    };
    let ours = own.contains(path).then(|| others(&OWN_NAMES, path));
    let of_psrule = theirs.as_ref().map(|first| others(&PSRULE_NAMES, first));
    for other in ours.into_iter().chain(of_psrule).flatten() {
        let message = format!("this file is not read, because {} counts", path.display());
        config.diagnostics.push(Diagnostic::at_path(Level::Warning, "config-not-read", other, message));
    }
    Ok(config)
}

/// The text of an options file.
fn load_source(path: &Path, sources: &Sources) -> Result<Arc<Source>, ConfigError> {
    let refuse = |reason: String| ConfigError::Read { path: path.to_path_buf(), reason };
    let source = sources.load(path).map_err(|e| {
        refuse(match e {
            crate::read::ReadError::Io { reason, .. } => reason,
            crate::read::ReadError::TooLarge { limit, .. } => format!("it is larger than {limit} bytes"),
        })
    })?;
    if source.is_lossy() {
        let at = source.text().find('\u{fffd}').unwrap_or_default();
        let span = Span::new(source.id, at, at + '\u{fffd}'.len_utf8());
        return Err(yaml::wrong(&source, span, "this byte is no text in UTF-8; save the file as UTF-8"));
    }
    Ok(source)
}

/// Reads a file. One that was `found` by its name is ours if it is called so.
fn read(path: &Path, found: bool, reach: &Reach, sources: &Sources) -> Result<Config, ConfigError> {
    let source = load_source(path, sources)?;
    let root = yaml::parse(&source)?;
    let Some(members) = root.members() else {
        return Err(yaml::wrong(&source, root.span, format!("expected a mapping of options, found {}", root.what())));
    };
    let mut config = Config { file: Some(path.to_path_buf()), ..Config::default() };
    let called_ours = path.file_name().is_some_and(|name| OWN_NAMES.iter().any(|own| name == *own));
    match (root.get("armlint"), members.first()) {
        (Some(own), _) => own::Files::new(sources, reach).read(own, members, &source, &mut config)?,
        (None, None) if called_ours => {}
        (None, Some(first)) if called_ours && found => {
            let message =
                format!("`{}` stands at the top; options of armlint stand below the key `armlint:`", first.key);
            return Err(yaml::wrong(&source, first.key_span, message));
        }
        (None, _) => {
            config.psrule = true;
            config.psrule_levels = true;
            psrule::read(&root, &source, &mut config)?;
        }
    }
    Ok(config)
}

#[cfg(test)]
mod psrule_tests;
#[cfg(test)]
mod schema_tests;
#[cfg(test)]
mod tests;
