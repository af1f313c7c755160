//! The way into the library: files in, verdicts out, again and again.
//!
//! A [`Session`] looks at files below some paths, on disk and in memory. [`Session::check`] judges them as they are now; what has
//! not changed since the check before is not read, modelled or judged again. The command line is one user of it, an editor
//! another: it gives the texts that are being edited to [`Session::set`].

mod options;
mod unused;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecow::EcoString;
use jiff::Timestamp;

use crate::cache::{FirstLook, Noticed, States};
use crate::check::{CheckResult, Fix, Outcome};
use crate::config::{self, Config, ConfigError};
use crate::diagnostic::{Diagnostic, Place};
use crate::known::{self, KnownError, List, Side, Since, Touched};
use crate::model::Library;
use crate::model::module_reference::MissingModule;
use crate::model::parameters::ParameterFile;
use crate::read::json::Document;
use crate::read::{Position, Reach, Source, Sources, Span};
use crate::report::FileRecord;
use crate::revision::Revision;
use crate::rules::SelectionError;
use crate::scan::judge::{NoRules, Rules, See, Seen, Wanted};
use crate::scan::{self, Judge, Kept, Memory, Project, Record, Request, ScanError, Scanned};
use crate::source::asked::{self, Asked};
use crate::source::resolved;
use crate::suppress::Names;
use crate::walk::classify;
use crate::walk::{BadGlob, Patterns, Roots, Walked};
pub use options::Options;

/// What was asked for makes no sense. What is wrong with files is in the [`Verdicts`].
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The options file, or a variable.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Paths and parameter files.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// Rules and baselines.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// A glob of the options.
    #[error(transparent)]
    Glob(#[from] BadGlob),
    /// The findings that are known.
    #[error(transparent)]
    Known(#[from] KnownError),
}

/// Files that are looked at, and what is known of them.
#[derive(Debug)]
pub struct Session {
    options: Options,
    project: Project,
    memory: Memory,
    config: Config,
    /// What was looked at for the configuration, whether it was right or wrong.
    config_files: Asked,
    /// What is wrong with it, as long as none of these files has changed; `config` is then what counted before.
    config_error: Option<ConfigError>,
    /// The time that rules about ages go by while two sides are compared, where nobody set one.
    judged_at: Option<Timestamp>,
}

impl Session {
    /// A session; reads the configuration, and no other file.
    ///
    /// # Errors
    /// [`SessionError::Config`] if the options file cannot be read or says something that makes no sense.
    pub fn new(options: Options) -> Result<Self, SessionError> {
        Session::with_texts(options, std::iter::empty())
    }

    /// A session in which these texts stand for what is at their (absolute) paths from the beginning: the configuration may be
    /// one of them.
    ///
    /// # Errors
    /// As [`Session::new`].
    pub fn with_texts<'t>(
        options: Options,
        texts: impl IntoIterator<Item = (&'t Path, &'t str)>,
    ) -> Result<Self, SessionError> {
        let roots = Roots::new(options.root.as_deref(), &options.base);
        let project = Project::new(roots, options.cache_dir.as_deref()).with_max_file_size(options.max_file_size);
        let project = if options.once { project } else { project.observant() };
        texts.into_iter().for_each(|(path, text)| project.sources.hold(path.to_path_buf(), text.to_owned()));
        let (config, config_files) = asked::noted(|| configuration(&options, &project));
        config_files.iter().for_each(|path| project.sources.note(path));
        Ok(Session {
            config: config?,
            options,
            project,
            memory: Memory::default(),
            config_files,
            config_error: None,
            judged_at: None,
        })
    }

    /// Gives a text that stands for what is at a path, whether a file is there or not.
    pub fn set(&mut self, path: impl AsRef<Path>, text: impl Into<String>) {
        self.project.sources.hold(self.full(path.as_ref()), text.into());
    }

    /// Takes the text of a path away: what is on disk counts again.
    pub fn remove(&mut self, path: impl AsRef<Path>) {
        self.project.sources.release(&self.full(path.as_ref()));
    }

    /// Whether what is at an (absolute) path had a part in the last check, even if only that nothing was there.
    pub fn has_looked_at(&self, path: &Path) -> bool {
        self.project.sources.is_noted(path)
    }

    /// The (absolute) paths that had a part in the last check, in no order.
    pub(crate) fn looked_at(&self) -> Vec<PathBuf> {
        self.project.sources.noted()
    }

    /// The (absolute) paths that were looked at for the configuration, whether it is right or wrong.
    pub(crate) fn config_files(&self) -> impl Iterator<Item = &Path> {
        self.config_files.iter().filter(|path| !path.as_os_str().is_empty())
    }

    /// What has changed since of what had a part in the last check. New files are not looked for.
    pub(crate) fn outdated(&self) -> Vec<PathBuf> {
        self.looked_at().into_iter().filter(|path| self.project.sources.has_changed(path)).collect()
    }

    /// What is at an (absolute) path has changed, even if it looks as it did: it is read anew. A file that is written twice
    /// within a tick of the file system's clock shows no other time.
    pub(crate) fn touch(&self, path: &Path) {
        self.project.sources.doubt(path);
    }

    /// Forgets what files and entry points came to: all is judged anew, by the day that it is now.
    pub(crate) fn judge_anew(&mut self) {
        self.memory = Memory::default();
    }

    /// Judges all files as they are now.
    ///
    /// # Errors
    /// [`SessionError`] for paths, globs and rules that are not there, and for a configuration that has become wrong.
    pub fn check(&mut self) -> Result<Verdicts, SessionError> {
        self.check_and_see(&|_, _| {})
    }

    /// Judges all files as they are now, and tells what is new since a revision. Both sides are judged by the rules and
    /// configuration of now; what the revision shares with the files of now is judged once, unless the session was opened for one
    /// check only. Each expansion of now is shown to `see`, as [`Session::check_and_see`] does.
    ///
    /// # Errors
    /// As [`Session::check`].
    pub(crate) fn check_since(&mut self, base: &Revision, see: &See<'_>) -> Result<Verdicts, SessionError> {
        // One clock for both sides.
        self.judged_at = Some(Timestamp::now());
        self.look_at(Some(base));
        let sources = self.project.sources.clone();
        let before = self.judged(None);
        // What follows reads the texts of now, and forgets those of the revision: nothing of them is needed any more.
        let earlier = before.map(|(scanned, rules)| {
            let runs = |rule: &str| rules.runs(rule);
            known::Looked::new(&sources, &scanned.files, &scanned.identified, &scanned.root, &runs)
                .side(&scanned.results)
        });
        self.look_at(None);
        let verdicts = earlier.and_then(|earlier| {
            let judged = self.judged(Some(see))?;
            self.verdicts(judged, Some((base, earlier)))
        });
        self.judged_at = None;
        verdicts
    }

    /// What functions that ask for the time say, where neither the options nor the configuration set it.
    pub(crate) fn set_clock(&mut self, now: Timestamp) {
        self.options.now = self.options.now.or(self.config.now).or(Some(now));
    }

    /// From now on, files are those of a revision; of the working tree if there is none. The configuration stays that of now.
    pub(crate) fn look_at(&self, revision: Option<&Revision>) {
        let sources = &self.project.sources;
        sources.take_off();
        let Some(revision) = revision else { return };
        let ours = |path: &&Path| !self.config_files.contains(path);
        let texts = revision.texts.iter().map(|(path, bytes)| (path.as_path(), bytes.as_slice()));
        sources
            .put_over(texts.filter(|(path, _)| ours(path)), revision.absent.iter().map(PathBuf::as_path).filter(ours));
    }

    /// Expands all files as they are now, and hands each expansion that is not known from before to a judge. Rules of the
    /// configuration do not count.
    pub(crate) fn expand(&mut self, judge: &dyn Judge) -> Result<Scanned, SessionError> {
        if !self.options.once {
            self.refresh()?;
        }
        let request = request(&self.options, &self.config, self.project.roots.base())?;
        Ok(scan::scan(&self.project, &request, judge, &mut self.memory)?)
    }

    /// Expands the entry points once more that a file (an absolute path) had a part in at the last check, and reads something
    /// from each. Gives what was read, and how many there are in all.
    pub(crate) fn ask<T: Send>(&self, asking: &scan::Asking<'_, T>) -> (Vec<T>, usize) {
        match request(&self.options, &self.config, self.project.roots.base()) {
            Ok(request) => scan::again(&self.project, &request, &self.memory, asking),
            Err(_) => (Vec::new(), 0),
        }
    }

    /// The parameter files with which a template was deployed at the last check, in order.
    pub(crate) fn parameter_files_of(&self, template: &Path) -> Vec<PathBuf> {
        self.memory.parameter_files_of(template)
    }

    /// The rules of the repository: id and title.
    pub(crate) fn own_rules(&self) -> Vec<(String, String)> {
        let pages = self.config.pages.entries().iter().map(|e| (e.id.to_owned(), e.title.to_owned()));
        let documents = self.config.documents.rules.iter().map(|r| (r.rule.id.to_string(), r.rule.title.to_string()));
        pages.chain(documents).collect()
    }

    /// The values in a parameter file; `None` for any other file.
    pub(crate) fn parameters(&self, file: &Path) -> Option<ParameterFile> {
        let kind = match classify::by_extension(file) {
            Some(kind) => kind,
            None => classify::json(&Document::parse(&self.sources().load(file).ok()?)).0,
        };
        kind.is_parameters().then(|| self.project.parameters(file, &mut Vec::new()).ok()).flatten()
    }

    /// The templates that a file belongs to.
    pub(crate) fn library(&self, file: &Path) -> Arc<Library> {
        self.project.library(file)
    }

    /// What paths in reports are relative to.
    pub(crate) fn root(&self) -> Result<PathBuf, SessionError> {
        let request = request(&self.options, &self.config, self.project.roots.base())?;
        Ok(scan::root_of(&self.project, &request))
    }

    /// What decides what entry points come to, but for the files that they are made of.
    pub(crate) fn basis(&self) -> Option<String> {
        // How often this process looks says nothing of what it finds.
        let options = Options { variables: Vec::new(), known: None, once: true, ..self.options.clone() };
        if self.config_error.is_some() {
            return None;
        }
        let mut files: Vec<PathBuf> = self.config_files.iter().map(Path::to_path_buf).collect();
        files.sort();
        let states = States::of(files, &Noticed::of_read(&|path| self.project.sources.sum(path)))?;
        Some(format!("{options:?} {:?} {states:?}", self.root().ok()?))
    }

    /// What entry points came to in another process, as [`Session::kept`] gave it, is of use.
    /// `seen` is what lay at some paths when this run began.
    pub(crate) fn keep(&mut self, record: Record, seen: Arc<FirstLook>) {
        self.memory.keep(Kept::of(record, seen));
    }

    /// The same, and nothing is found out for another process.
    pub(crate) fn keep_only_read(&mut self, record: Record) {
        self.memory.keep(Kept::only_read(record));
    }

    /// What entry points came to, for another process; `None` if nothing has changed.
    pub(crate) fn kept(&mut self) -> Option<Record> {
        self.memory.take_kept()?.record(&self.project)
    }

    /// What would be walked now; `None` where that makes no sense.
    pub(crate) fn walked(&self) -> Option<Walked> {
        let request = request(&self.options, &self.config, self.project.roots.base()).ok()?;
        scan::walked(&self.project, &request).ok()
    }

    /// The next check is of what [`Session::walked`] came to just now.
    pub(crate) fn has_walked(&mut self, walked: Walked) {
        self.memory.has_walked(walked);
    }

    /// Judges all files as they are now, and shows each expansion, with the file it is named after, to `see`. What is known from
    /// a check before is not shown again.
    pub(crate) fn check_and_see(&mut self, see: &See<'_>) -> Result<Verdicts, SessionError> {
        let judged = self.judged(Some(see))?;
        self.verdicts(judged, None)
    }

    fn verdicts(
        &mut self,
        (mut scanned, rules): (Scanned, Rules),
        beside: Option<(&Revision, Side)>,
    ) -> Result<Verdicts, SessionError> {
        let (known, before) = self.known(&self.config)?;
        let changed = rules.changed_by_config();
        let runs = |rule: &str| rules.runs(rule);
        let mut results = std::mem::take(&mut scanned.results);
        let Scanned { files, identified, root, .. } = &scanned;
        let looked = known::Looked::new(&self.project.sources, files, identified, root, &runs);
        let gone = known.map(|known| looked.mark(&known, &mut results).len());
        let new = results.iter().filter(|r| r.outcome == Outcome::Fail).count();
        let known = before.map(|before| looked.all(&before, &results)).map(|all| {
            looked.mark(&all, &mut results);
            WrittenDown { text: all.text(), findings: all.len(), new }
        });
        let gone = gone.or(known.as_ref().map(|_| 0));
        let since = beside.map(|(base, earlier)| {
            let renames = base.renames.iter().map(|r| (r.from.as_path(), r.to.as_path()));
            let touched = Touched::new(base.changed(), renames, &scanned.root);
            let fixed = looked.compare(earlier, &touched, &mut results);
            Since { name: base.shown(), commit: base.commit.clone(), fixed, notes: base.notes.clone() }
        });
        scanned.results = results;
        Ok(Verdicts { scanned, sources: self.project.sources.clone(), changed, gone, known, since })
    }

    /// Judges all files; nothing is said of what is known.
    fn judged(&mut self, see: Option<&See<'_>>) -> Result<(Scanned, Rules), SessionError> {
        if !self.options.once {
            self.refresh()?;
        }
        let wanted = Wanted {
            baseline: self.options.baseline.as_deref(),
            rules: &self.options.rules,
            exclude: &self.options.exclude_rules,
            filter: self.options.filter.clone(),
            now: self.options.now.or(self.config.now).or(self.judged_at).unwrap_or_else(Timestamp::now),
            without_passes: !self.options.with_passes,
            configured_levels: self.options.bicep_levels,
        };
        // What there is to say about the rules that it names is said anew.
        let mut config = self.config.clone();
        let rules = Rules::new(&wanted, &mut config, self.project.sources.clone())?;
        let request = request(&self.options, &config, self.project.roots.base())?;
        let (paths, patterns) = (request.paths.clone(), request.patterns.clone());
        let judge = Seen { rules: &rules, see: see.unwrap_or(&|_, _| {}) };
        let mut scanned = scan::scan(&self.project, &request, &judge, &mut self.memory)?;
        // A part of the folder says nothing of what covers the rest.
        let base = self.project.roots.base();
        if self.options.shard.is_none() {
            let walked: Vec<PathBuf> = paths.iter().map(|p| resolved(&base.join(p))).collect();
            // Modules, too, are files that a glob can be about.
            scanned.files.iter().for_each(|f| config.path_globs().for_each(|globs| globs.see(&f.path)));
            let unused = unused::told(&patterns, &config, &walked, &scanned, &self.project.sources);
            scanned.diagnostics.extend(unused);
        }
        Ok((scanned, rules))
    }

    /// The findings that are known, and, where they are to be written down, those that were before.
    fn known(&self, config: &Config) -> Result<(Option<List>, Option<List>), KnownError> {
        let full = |path: &PathBuf| self.full(path);
        let given = self.options.known.as_ref().map(full).or_else(|| config.known.clone());
        let target = self.options.write_known.as_ref().map(full);
        let sources = &self.project.sources;
        if !self.options.once {
            // Nothing else is made of them that would tell.
            given.iter().chain(&target).filter(|path| sources.has_changed(path)).for_each(|path| sources.forget(path));
        }
        let there = |path: &PathBuf| target.as_ref() != Some(path) || sources.is_file(path);
        let given = given.filter(there).map(|path| known::read(&path, sources)).transpose()?;
        let Some(target) = target else { return Ok((given, None)) };
        // What is there must be such a file as well: nothing else is written over.
        let written = Some(&target).filter(|t| sources.is_file(t)).map(|t| known::read(t, sources)).transpose()?;
        let before = written.or_else(|| given.clone());
        Ok((given.or_else(|| before.clone()), Some(before.unwrap_or_default())))
    }

    /// The modules that the files ask for and the cache does not hold. Nothing is judged.
    ///
    /// # Errors
    /// [`SessionError`] for paths and globs that make no sense.
    pub fn missing_modules(&mut self) -> Result<BTreeSet<MissingModule>, SessionError> {
        self.expand(&NoRules)?;
        Ok(self.project.missing_modules())
    }

    /// The ids of the rules that a name means: an id, a reference, a check of another tool, a glob.
    pub fn rules_named(&self, name: &str) -> Vec<EcoString> {
        config::names::Rules { documents: &self.config.documents, pages: &self.config.pages }.ids(name)
    }

    /// The configuration that counts.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// Every text that was read.
    pub(crate) fn sources(&self) -> &Arc<Sources> {
        &self.project.sources
    }

    /// Forgets what has changed since the last check.
    fn refresh(&mut self) -> Result<(), SessionError> {
        let sources = &self.project.sources;
        if !self.config_files.iter().any(|path| sources.has_changed(path)) {
            return self.config_error.clone().map_or(Ok(()), |wrong| Err(wrong.into()));
        }
        self.project.forget_changed(std::mem::take(&mut self.config_files));
        self.memory = Memory::default();
        let (config, files) = asked::noted(|| configuration(&self.options, &self.project));
        files.iter().for_each(|path| self.project.sources.note(path));
        // Of a wrong one as well: when one of them changes, it may be mended.
        self.config_files = files;
        self.config_error = config.as_ref().err().cloned();
        self.config = config?;
        Ok(())
    }

    fn full(&self, path: &Path) -> PathBuf {
        resolved(&self.project.roots.base().join(path))
    }
}

fn configuration(options: &Options, project: &Project) -> Result<Config, ConfigError> {
    let base = project.roots.base();
    // Options are the folder's, which the root need not hold.
    let reach =
        Reach::new([project.roots.report(base)].into_iter().chain(project.roots.given().map(Path::to_path_buf)));
    let top = project.roots.report(base);
    let given = options.config.as_deref();
    let mut config = config::load(given, &options.variables, base, &top, &reach, &project.sources)?;
    config.check_names(&project.sources)?;
    Ok(config)
}

fn request<'a>(options: &Options, config: &'a Config, base: &Path) -> Result<Request<'a>, BadGlob> {
    Ok(Request {
        paths: paths(options, config),
        parameters: options.parameters.clone(),
        patterns: patterns(options, config, base)?,
        config,
        now: options.now.or(config.now),
        shard: options.shard,
        require_modules: options.require_modules,
    })
}

/// What is looked at: what the options say, else the configuration, else the folder.
fn paths(options: &Options, config: &Config) -> Vec<PathBuf> {
    match (options.paths.is_empty(), config.paths.is_empty()) {
        (false, _) => options.paths.clone(),
        (true, false) => config.paths.clone(),
        (true, true) => vec![PathBuf::from(".")],
    }
}

fn patterns(options: &Options, config: &Config, base: &Path) -> Result<Patterns, BadGlob> {
    let patterns = Patterns::new(&options.include, &options.exclude)?;
    Ok(patterns.with_options(base, &config.include_files, &config.exclude_files, &config.ignore))
}

/// What a check came to. Places in files that change have no lines any more once the session has checked again.
#[derive(Debug)]
pub struct Verdicts {
    scanned: Scanned,
    sources: Arc<Sources>,
    changed: (usize, usize),
    gone: Option<usize>,
    known: Option<WrittenDown>,
    since: Option<Since>,
}

/// The findings that are known from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenDown {
    /// The text of the file.
    pub text: String,
    /// How many findings it holds.
    pub findings: usize,
    /// How many results were not known before.
    pub new: usize,
}

/// A stretch of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// The file, absolute.
    pub path: PathBuf,
    /// Its first character: line and UTF-16 column, from 1.
    pub start: Position,
    /// The one after its last.
    pub end: Position,
}

/// A replacement of a stretch of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty where something is put in.
    pub region: Region,
    /// What takes its place.
    pub text: String,
}

impl Verdicts {
    /// Every verdict, in the order of entry points and files.
    pub fn results(&self) -> &[CheckResult] {
        &self.scanned.results
    }

    /// What there is to say about the input itself, by place.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.scanned.diagnostics
    }

    /// What became of every file, by path.
    pub fn files(&self) -> &[FileRecord] {
        &self.scanned.files
    }

    /// Where a span lies.
    pub fn region(&self, span: Span) -> Option<Region> {
        let source = self.source(span)?;
        let (start, end) = (source.position(span.start), source.position(span.end));
        Some(Region { path: source.path.clone(), start, end })
    }

    /// Where a diagnostic is to be shown; one about a file as a whole has no region.
    pub fn place_of(&self, diagnostic: &Diagnostic) -> Option<Region> {
        match &diagnostic.place {
            Place::Span(span) => self.region(*span),
            Place::Path(_) | Place::Run => None,
        }
    }

    /// What is to be done for a fix.
    pub fn edit(&self, fix: &Fix) -> Option<Edit> {
        Some(Edit { region: self.region(fix.span)?, text: fix.text.to_string() })
    }

    /// The text that holds a span.
    pub fn source(&self, span: Span) -> Option<Arc<Source>> {
        self.sources.get(span.file)
    }

    /// The findings that are known from now on, if [`Options::write_known`] asks for them.
    pub fn known(&self) -> Option<&WrittenDown> {
        self.known.as_ref()
    }

    /// How many findings are gone of those that were known; `None` where nobody said what is known.
    pub fn gone(&self) -> Option<usize> {
        self.gone
    }

    /// What the comparison with a revision came to.
    pub(crate) fn since(&self) -> Option<&Since> {
        self.since.as_ref()
    }

    /// All that came out.
    pub(crate) fn scanned(&self) -> &Scanned {
        &self.scanned
    }

    /// Every text.
    pub(crate) fn sources(&self) -> &Arc<Sources> {
        &self.sources
    }

    /// How many rules the configuration takes away, and of how many it sets the level.
    pub(crate) fn changed_by_config(&self) -> (usize, usize) {
        self.changed
    }
}
