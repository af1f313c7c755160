//! The six steps one after the other, for all files of a run.
//!
//! Files are read and parsed in parallel, and so are entry points evaluated and judged, each on one thread. What comes out
//! is in an order that hangs on the input only. A panic in one entry point, and the death of the process over it
//! ([`crate::journal`]), lose that entry point and no other.

mod absent;
mod account;
mod again;
mod allotment;
mod declared;
mod gathered;
mod generated;
mod identified;
pub mod judge;
mod kept;
pub mod language;
mod memory;
mod overridden;
pub mod project;
mod runner;
mod secret;
mod shard;
mod stale;
mod unreached;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::cache::Sum;
use crate::check::CheckResult;
use crate::check::secrets::Secrets;
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::expand::{Allowance, Deployed, Value};
use crate::journal::{self, Lost, Work};
use crate::read::{FileId, Span};
use crate::report::{FileRecord, Stats, cut};
use crate::rules::Rule;
use crate::source::asked::{self, Asked};
use crate::source::{PathMap, resolved};
use crate::suppress;
use crate::walk::claims::claims;
use crate::walk::classify::Kind;
use crate::walk::entries::{self, Entry, Links};
use crate::walk::inputs::{Input, Wanted};
use crate::walk::root::relative;
use crate::walk::{self, Excluder, Patterns, WalkError, Walked};
pub use account::{in_order, panic_text};
pub use again::{Asking, again};
use gathered::Gathered;
pub use generated::DIFFERS;
pub use identified::Identified;
pub use kept::{Kept, Record};
pub use memory::Memory;
pub use project::Project;
use runner::{Entries, Evaluated, Opened, Runner};
pub use secret::{broken_lines as suspect_lines, of_entry as secrets_of};
pub use shard::Shard;

/// Evaluation calls itself as deep as templates nest; threads get room for that.
pub const STACK: usize = 64 << 20;

/// What to scan, and how.
#[derive(Debug)]
pub struct Request<'a> {
    /// Folders, files and globs.
    pub paths: Vec<PathBuf>,
    /// `--parameters`
    pub parameters: Vec<PathBuf>,
    /// Which files are looked at.
    pub patterns: Patterns,
    /// The configuration.
    pub config: &'a Config,
    /// `--now`
    pub now: Option<Timestamp>,
    /// `--shard`
    pub shard: Option<Shard>,
    /// A module that is not in the cache is an error.
    pub require_modules: bool,
}

/// A request that makes no sense: wrong usage.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// A path or glob.
    #[error(transparent)]
    Walk(#[from] WalkError),
    /// `--parameters` needs one template.
    #[error("--parameters takes exactly one template or Bicep file to evaluate; {0} were given")]
    NotOneTemplate(usize),
    /// What `--parameters` names is none.
    #[error("`{}` is not a parameter file: {reason}", path.display())]
    NotParameters {
        /// The file.
        path: PathBuf,
        /// What it is.
        reason: String,
    },
    /// The threads could not be started.
    #[error("cannot start threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// What came out.
#[derive(Debug)]
pub struct Scanned {
    /// Every verdict, in the order of entry points and files.
    pub results: Vec<CheckResult>,
    /// Every file, by path.
    pub files: Vec<FileRecord>,
    /// What there is to say about the input, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// What was made one diagnostic of: each place where a module is named that was not restored.
    pub absent: Vec<Diagnostic>,
    /// The texts that decide secrets: no report shows them.
    pub secrets: Secrets,
    /// Numbers for summaries.
    pub stats: Stats,
    /// Files that an options file leaves out, and those that `--exclude` does.
    pub excluded: Excluded,
    /// What paths in reports are relative to.
    pub root: PathBuf,
    /// The digest of what was walked, where a record is kept of what is asked for.
    pub walked: Option<Sum>,
    /// The files that entry points are named after which came to something.
    pub entry_points: FxHashSet<PathBuf>,
    /// What each entry point deploys, where that is known.
    pub identified: Vec<Identified>,
}

/// Files that somebody left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Excluded {
    /// An options file did.
    pub by_options: usize,
    /// The command line did.
    pub by_command_line: usize,
}

/// The rules of a run: the fifth step.
pub trait Judge: Sync {
    /// Judges a root deployment; `path` is the file it comes from and is named after, `name` what reports call that.
    fn deployment(&self, deployed: &Deployed, path: &Path, name: &str) -> Vec<CheckResult>;
    /// Judges exported resources of a file: the items of an array in order (some may be no resources).
    fn resources(&self, resources: &[Value], path: &Path) -> Vec<CheckResult>;
    /// Judges a file as such, as it is written. `name` is its path in reports; `template` that of a parameter file's template.
    fn file(&self, project: &Project, input: &Input, name: &str, template: Option<&str>) -> Vec<CheckResult>;
    /// It judges Bicep files by their syntax, and what they name belongs to that.
    fn reads_syntax(&self) -> bool {
        false
    }
    /// The rule with an id, of those that it may have judged by.
    fn rule(&self, id: &str) -> Option<Arc<Rule>>;
    /// How many rules could be applied.
    fn rules(&self) -> usize;
    /// Marks what is accepted of all results of a run; gives what there is to say about that.
    fn accept(&self, looked: &Looked<'_>, results: &mut Vec<CheckResult>) -> Vec<Diagnostic>;
}

/// The files of a run, in which somebody may have accepted findings.
pub struct Looked<'a> {
    /// Each of them.
    pub files: &'a [suppress::Looked],
    /// What paths in reports are relative to.
    pub root: &'a Path,
    /// They are all files of the working directory.
    pub whole: bool,
    /// They are all files of the folders that were asked for.
    pub complete: bool,
}

/// Runs `f` where threads have room for deep evaluation.
///
/// # Errors
/// [`ScanError::Threads`] if the system gives none.
pub fn with_threads<T: Send>(f: impl FnOnce() -> T + Send) -> Result<T, ScanError> {
    // Made once: those of a pool that is dropped are there for a while yet, and a scan soon after finds no room for its own where
    // memory is short.
    static POOL: OnceLock<ThreadPool> = OnceLock::new();
    if let Some(pool) = POOL.get() {
        return Ok(pool.install(f));
    }
    let pool = ThreadPoolBuilder::new().stack_size(STACK).thread_name(|i| format!("armlint-{i}")).build()?;
    Ok(POOL.get_or_init(|| pool).install(f))
}

/// Scans. `memory` is what is remembered from the scan before, if the project is [observant](Project::observant).
///
/// # Errors
/// [`ScanError`] for a request that makes no sense; what is wrong with files is in the result.
pub fn scan(
    project: &Project,
    request: &Request<'_>,
    judge: &dyn Judge,
    memory: &mut Memory,
) -> Result<Scanned, ScanError> {
    memory.refresh(project);
    with_threads(|| run(project, request, judge, memory))?
}

/// What paths in reports are relative to.
pub fn root_of(project: &Project, request: &Request<'_>) -> PathBuf {
    let first = request.paths.first().map(PathBuf::as_path).unwrap_or(Path::new("."));
    project.roots.report(&resolved(&project.roots.base().join(first)))
}

/// Finds the files to look at.
///
/// # Errors
/// [`WalkError`] for paths and globs that make no sense.
pub fn walked(project: &Project, request: &Request<'_>) -> Result<Walked, WalkError> {
    walk(project, request, &|_| {})
}

fn walk(project: &Project, request: &Request<'_>, met: &dyn Fn(&Path)) -> Result<Walked, WalkError> {
    let sources = &project.sources;
    walk::walk(&request.paths, &project.roots, &request.patterns, &sources.held(), sources.absent(), met)
}

/// Finds the files to look at, and reads them meanwhile.
fn walked_and_read(project: &Project, request: &Request<'_>) -> Result<Walked, WalkError> {
    let sources = &project.sources;
    rayon::in_place_scope(|scope| {
        walk(project, request, &|path| {
            let path = path.to_path_buf();
            scope.spawn(move |_| sources.read_ahead(&path));
        })
    })
}

fn run(project: &Project, request: &Request<'_>, judge: &dyn Judge, memory: &mut Memory) -> Result<Scanned, ScanError> {
    let sources = &project.sources;
    let observant = sources.is_observant();
    let walked = memory.take_walked().map_or_else(|| walked_and_read(project, request), Ok)?;
    let root = root_of(project, request);
    let digest = asked::is_recorded().then(|| walked.sum());
    let found =
        walked.files.iter().map(|f| Wanted { path: f.path.clone(), explicit: f.explicit, judged: true, bicep: false });
    let mut inputs = memory.read_walked(project, found.collect(), !judge.reads_syntax());
    let (links, stale) = link(project, request, memory, &mut inputs)?;

    let mut happened = account::Happened::default();
    let mine = |path: &Path| request.shard.is_none_or(|s| s.holds(&relative(path, &root)));
    let entries: Vec<&Entry> = links.entries.iter().filter(|e| mine(e.path())).collect();
    let needed: FxHashSet<&OsStr> = entries.iter().flat_map(|e| e.files()).map(Path::as_os_str).collect();
    let judged: Vec<&Input> = inputs.iter().filter(|i| i.judged && i.source.is_some()).collect();
    // What Bicep generated nobody edits.
    let generated = |i: &Input| links.generated.contains_key(&i.path) && !i.explicit;
    let files: Vec<&&Input> = judged.iter().filter(|i| mine(&i.path) && !generated(i)).collect();
    let other = judged.iter().filter(|i| !mine(&i.path) && !needed.contains(i.path.as_os_str()));
    happened.elsewhere.extend(other.map(|i| i.path.clone()));

    let template_of = |path: &Path| links.templates.get(path).map(|t| relative(t, &root));
    if judge.reads_syntax() {
        project.lend(&inputs);
    }
    // Files first: they are judged by their syntax, which evaluation uses up.
    let judge_file = |i: &&&Input| {
        let template = template_of(&i.path);
        if let Some(known) = memory.judged(i, template.as_deref()) {
            return (Ok(known), None);
        }
        // What the language's own checks look at beside the file is not all noted.
        let kept = memory.kept().filter(|_| !judge.reads_syntax());
        if let Some(known) = kept.and_then(|kept| kept.file(&i.path, template.as_deref(), project, judge)) {
            return (Ok(known), None);
        }
        let judge_now = || {
            journal::during(Work::Judge, &i.path, || {
                judge.file(project, i, &relative(&i.path, &root), template.as_deref())
            })
        };
        let (mut judged, asked) =
            if kept.is_some() || observant { asked::noted(judge_now) } else { (judge_now(), Asked::default()) };
        if let (Ok(results), Some(source)) = (&mut judged, &i.source) {
            declared::by(results, Span::new(source.id, 0, 0));
        }
        if let (Ok(results), Some(kept)) = (&judged, kept) {
            kept.keep_file(project, &i.path, template.as_deref(), results.clone(), asked.clone());
        }
        (judged, Some(asked))
    };
    let of_files: Vec<OfFile> = files.par_iter().with_max_len(16).map(judge_file).collect();
    journal::so_far();
    if observant {
        for (file, (judged, asked)) in files.iter().zip(&of_files) {
            if let (Ok(results), Some(asked)) = (judged, asked) {
                memory.keep_judged(project, &file.path, template_of(&file.path), results, asked);
            }
        }
    }
    let file_paths: Vec<PathBuf> = files.iter().map(|i| i.path.clone()).collect();
    project.adopt(&mut inputs);
    let documents = inputs.iter().filter_map(|i| Some((i.path.as_os_str(), i.document.as_deref()?))).collect();
    // Whoever looks again makes what changed again, and what it uses need not have.
    let once = if observant { FxHashSet::default() } else { links.needed_once() };
    let runner = Runner { project, request, judge, documents, once, root: &root };
    let (total, texts) = allowances(&inputs, &entries);
    let counted = inputs.iter().filter_map(|i| Some(i.source.as_ref()?.id.number() + 1)).max().unwrap_or_default();
    let mut evaluate = |entries: &[&Entry], total: Allowance, texts: &[u64]| -> (Vec<Evaluated>, Allowance) {
        let all = Entries { entries, runner: &runner, memory, counted: FileId::new(counted) };
        let (evaluated, left) = allotment::evaluate(total, texts, &all);
        if observant {
            let new = entries.iter().zip(&evaluated);
            new.for_each(|(entry, evaluated)| memory.keep_evaluated(project, entry, evaluated));
        }
        (evaluated, left)
    };

    let mut gathered = Gathered { diagnostics: walked.diagnostics, ..Gathered::default() };
    let (evaluated, mut left) = evaluate(&entries, total, &texts);
    gathered.take(&entries, evaluated, &mut happened);
    // What no deployment reaches is judged by itself.
    let mut unreached = unreached::unreached(&inputs, &links, &entries, &happened.reached);
    while !unreached.is_empty() {
        let alone = unreached::first(&unreached, &links);
        let alone: Vec<&Entry> = alone.iter().collect();
        let (_, texts) = allowances(&inputs, &alone);
        let evaluated;
        (evaluated, left) = evaluate(&alone, left, &texts);
        gathered.take(&alone, evaluated, &mut happened);
        let done: FxHashSet<&OsStr> = alone.iter().map(|e| e.path().as_os_str()).collect();
        unreached.retain(|p| !happened.reached.holds(p) && !done.contains(p.as_os_str()));
    }
    if let Some(kept) = memory.kept() {
        kept.note_used(project);
    }
    let Gathered {
        results: parts,
        count,
        mut diagnostics,
        mut secrets,
        deployments,
        resources,
        asked,
        came,
        evaluated,
        identified,
    } = gathered;
    // All at once: to make room again and again would take twice the memory.
    let of_files_alone: usize = of_files.iter().filter_map(|(judged, _)| Some(judged.as_ref().ok()?.len())).sum();
    let mut results = Vec::with_capacity(count + of_files_alone);
    parts.into_iter().for_each(|mut part| results.append(&mut part));
    let entry_points = evaluated.iter().filter(|(_, lost)| !lost).map(|(e, _)| e.path().to_path_buf()).collect();
    if observant {
        memory.keep_only(&evaluated.into_iter().map(|(entry, _)| entry).collect());
    }
    came.leave_out(&stale, &mut results);
    let stats = Stats { rules: judge.rules(), deployments, resources };
    for (file, (judged, _)) in file_paths.into_iter().zip(of_files) {
        match judged {
            Ok(mut judged) => results.append(&mut judged),
            Err(lost) => {
                diagnostics.push(lost.diagnostic(&file));
                happened.lost.insert(file, Lost::REASON.to_owned());
            }
        }
    }
    diagnostics.extend(request.config.diagnostics.iter().cloned());
    diagnostics.extend(links.diagnostics.iter().cloned());
    let reported = |i: &&Input| i.judged && !happened.elsewhere.contains(&i.path) || links.tells_of(i);
    diagnostics.extend(inputs.iter().filter(reported).flat_map(|i| i.diagnostics.iter().cloned()));
    diagnostics.extend(match observant {
        // What only the checks of a language looked at may be wrong as well.
        true => project.diagnostics_of(&asked.iter().chain(memory.asked_of_files()).map(Path::to_path_buf).collect()),
        false => project.take_diagnostics(),
    });
    let broken = declared::broken(&diagnostics, &happened.lost, &project.sources);
    let looked = declared::looked_at(&inputs, &links, &broken);
    let complete = request.shard.is_none();
    let base = project.roots.base();
    let whole = complete && request.paths.iter().any(|p| resolved(&base.join(p)) == base);
    diagnostics.extend(judge.accept(&Looked { files: &looked, root: &root, whole, complete }, &mut results));
    // Those of entry points are cut already, and stay as they are.
    results.par_chunks_mut(512).for_each(cut::results);
    let more = secret::elsewhere(project, &inputs, &links, &diagnostics, &secrets);
    secrets.join(more);
    // What is said to be a secret is one. (In a parameter file, the name of the parameter is told, and its value is known.)
    let parameters: FxHashSet<FileId> =
        inputs.iter().filter(|i| i.kind.is_parameters()).filter_map(|i| Some(i.source.as_ref()?.id)).collect();
    let literal = results.iter().filter(|r| r.rule.id == "Armlint.Deployment.LiteralSecret");
    let places =
        literal.flat_map(|r| r.location.iter().map(|l| l.span).chain(r.stands.iter().flat_map(|s| s.places.clone())));
    let values = places.filter(|span| !parameters.contains(&span.file));
    values.for_each(|span| secrets.reported(span, &project.sources));
    secret::broken_lines(inputs.iter(), &diagnostics, &project.sources, &mut secrets);
    // The rest of a secret that was taken for a property is none.
    secrets.leave_out_fragments(&mut results, &project.sources);
    // What was said of an entry point that is lost is said of its file as well.
    let lost: Vec<(PathBuf, usize)> = if happened.lost.is_empty() {
        Vec::new()
    } else {
        let said: FxHashMap<&str, usize> =
            diagnostics.iter().enumerate().map(|(i, d)| (d.message.as_str(), i)).collect();
        happened.lost.iter().filter_map(|(path, why)| Some((path.to_path_buf(), *said.get(why.as_str())?))).collect()
    };
    secrets.redact(&mut results, &mut diagnostics, &project.sources);
    for (path, i) in lost {
        happened.lost.insert(path, diagnostics[i].message.clone());
    }
    cut::diagnostics(&mut diagnostics);
    let diagnostics = account::in_order(diagnostics, &project.sources);
    let files = account::records(&walked.skipped, &inputs, &links, &happened, &diagnostics, &project.sources);
    let absent = diagnostics.iter().filter(|d| absent::is_about(d)).cloned().collect();
    let diagnostics = absent::grouped(diagnostics, request.require_modules, &project.sources);
    let by = |who| walked.skipped.iter().filter(|s| s.excluded == Some(who)).count();
    let excluded = Excluded { by_options: by(Excluder::Options), by_command_line: by(Excluder::CommandLine) };
    Ok(Scanned {
        results,
        files,
        diagnostics,
        absent,
        secrets,
        stats,
        excluded,
        root,
        walked: digest,
        entry_points,
        identified,
    })
}

/// The verdicts on a file as such, and what was looked at for them if they are new.
type OfFile = (Result<Vec<CheckResult>, Lost>, Option<Asked>);

/// What the expansions of a run may cost together, and the bytes of text that belong to each entry point: a file that several
/// use belongs to each in part.
fn allowances(inputs: &[Input], entries: &[&Entry]) -> (Allowance, Vec<u64>) {
    let length = |i: &Input| i.source.as_ref().map_or(0, |text| text.length() as u64);
    let looked_at = |i: &&Input| i.kind != Kind::Other;
    let total = inputs.iter().filter(looked_at).map(length).sum();
    let lengths: FxHashMap<&OsStr, u64> = inputs.iter().map(|i| (i.path.as_os_str(), length(i))).collect();
    let mut users: FxHashMap<&OsStr, u64> = FxHashMap::default();
    for file in entries.iter().flat_map(|e| e.files()).map(Path::as_os_str) {
        *users.entry(file).or_default() += 1;
    }
    let own = |file: &OsStr| lengths.get(file).copied().unwrap_or(0) / users.get(file).copied().unwrap_or(1).max(1);
    (Allowance::of_run(total), entries.iter().map(|e| e.files().map(Path::as_os_str).map(own).sum()).collect())
}

/// Reads what belongs to the files of the walk and finds the entry points. Gives compiled templates that are older than their
/// Bicep files with these as well.
fn link(
    project: &Project,
    request: &Request<'_>,
    memory: &mut Memory,
    inputs: &mut Vec<Input>,
) -> Result<(Links, PathMap<PathBuf>), ScanError> {
    if request.parameters.is_empty() {
        return Ok(project.with_finder(|finder| {
            finder.find_all(inputs);
            let used = entries::used_by_bicep(inputs, finder);
            inputs.iter_mut().filter(|i| used.contains(&i.path)).for_each(Input::taken_for_bicep);
            let missing = entries::missing(inputs, finder);
            inputs.extend(memory.read(project, missing));
            let verified = generated::verify(project, request.config, &claims(inputs));
            let mut links = entries::link(inputs, finder, verified.sources);
            links.diagnostics.extend(verified.diagnostics);
            (links, verified.stale)
        }));
    }
    let templates: Vec<PathBuf> = inputs.iter().filter(|i| i.kind.is_template()).map(|i| i.path.clone()).collect();
    let [template] = templates.as_slice() else { return Err(ScanError::NotOneTemplate(templates.len())) };
    let base = project.roots.base();
    let paths: Vec<PathBuf> = request.parameters.iter().map(|p| resolved(&base.join(p))).collect();
    let there: FxHashSet<&Path> = inputs.iter().map(|i| i.path.as_path()).collect();
    let known = |path: &PathBuf| there.contains(path.as_path());
    let wanted = paths.iter().filter(|p| !known(p)).map(|path| Wanted {
        path: path.clone(),
        explicit: true,
        judged: true,
        bicep: false,
    });
    let more = memory.read(project, wanted.collect());
    inputs.extend(more);
    inputs.iter_mut().filter(|i| paths.contains(&i.path)).for_each(Input::taken_for_parameters);
    let read: FxHashMap<&Path, &Input> = inputs.iter().map(|i| (i.path.as_path(), i)).collect();
    for path in &paths {
        let input = read.get(path.as_path()).copied();
        if let Some(input) = input.filter(|i| !i.kind.is_parameters()) {
            let reason = match input.kind {
                Kind::Other => input.reason.clone(),
                kind => format!("it is a file of the kind `{}`", kind.as_str()),
            };
            return Err(ScanError::NotParameters { path: path.clone(), reason });
        }
    }
    let mut links = entries::given(template, &paths);
    links.templates = project.with_finder(|finder| entries::templates(inputs, finder));
    Ok((links, PathMap::default()))
}

#[cfg(test)]
mod tests;
