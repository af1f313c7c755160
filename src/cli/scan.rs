//! `armlint scan`

use std::path::{Path, PathBuf};

use super::args::ScanArgs;
use super::output::{self, screen, write_file};
use super::progress::Progress;
use super::recall::{self, Both, Kept, Recall};
use super::{Error, base, git, offer, status, stdin, watch, working_directory};
use crate::check::Outcome;
use crate::config::{Config, FailOn};
use crate::diagnostic::Level;
use crate::graph::outline::{Outline, Watch};
use crate::journal::{self, Work};
use crate::report::{self, FileStatus, Format, LeftOut, Report, Screen, escape};
use crate::scan::judge::See;
use crate::scan::{Scanned, with_threads};
use crate::session::{Options, Session, Verdicts};
use crate::source::resolved;

/// The baseline of `armlint check`.
const LANGUAGE: &str = "Bicep.CLI";

pub(super) fn run(args: &ScanArgs) -> Result<u8, Error> {
    with(args, "scan", |options| options)
}

/// `armlint check`: the Bicep language's own checks, and nothing else.
pub(super) fn check(args: &ScanArgs) -> Result<u8, Error> {
    if let Some(baseline) = &args.baseline {
        let message = format!(
            "`check` runs the checks of the Bicep CLI; run `armlint scan --baseline {baseline}` for those of a baseline"
        );
        return Err(Error::Usage(message));
    }
    with(args, "check", |options| Options { baseline: Some(LANGUAGE.to_owned()), bicep_levels: true, ..options })
}

/// A scan with options that a command changes.
fn with(args: &ScanArgs, command: &str, change: impl Fn(Options) -> Options) -> Result<u8, Error> {
    if args.watch {
        return watch::run(args, || Ok(Options { once: false, ..change(options(args, None)?) }));
    }
    let stdin = stdin::read(&args.paths, args.stdin_filename.as_deref(), args.reach.max_file_size)?;
    if args.fix && stdin.is_some() {
        return Err(Error::Usage("--fix changes files, and standard input is none; leave one of them out".to_owned()));
    }
    check_outputs(args)?;
    if args.fix {
        super::fix::before_a_scan(change(options(args, None)?))?;
    }
    let (base, no_base) = match &args.since {
        Some(name) => {
            // The repository of what is scanned, which need not be that of the working directory.
            let here = working_directory()?;
            let first = args.paths.first().map_or_else(|| here.clone(), |path| resolved(&here.join(path)));
            base::of(name, &first, args.reach.max_file_size)?
        }
        None => (None, None),
    };
    if let Some(why) = &no_base {
        eprintln!(
            "armlint: warning: not compared with what was there before, so every finding counts: {}",
            escape::visible(why)
        );
    }
    let mut recall = Recall::of(args, command, no_base.as_deref())?;
    let mut session = Session::new(change(options(args, stdin.as_ref())?))?;
    if let Some(stdin::Given { path, text }) = stdin {
        session.set(path, text);
    }
    if let Some(note) = which_counts(session.config()) {
        eprintln!("armlint: warning: {}", escape::visible(&note));
    }
    let found = session.config().file.clone();
    output::check_against(&outputs(args), found.as_slice())?;
    if let Some((status, reports)) = recall.as_mut().and_then(|recall| recall.known(&mut session)) {
        recall::write(args, &reports)?;
        return Ok(status);
    }
    // What is deployed is only seen where it is evaluated.
    let watched = formats(args).any(Format::shows_deployed);
    if let Some(recall) = recall.as_mut().filter(|_| !watched) {
        recall.lend(&mut session);
    }
    let watch = watched.then(Watch::default);
    let progress = Progress::new();
    let see: &See<'_> = &|deployed, path| {
        progress.step();
        if let Some(watch) = &watch {
            watch.see(deployed, path);
        }
    };
    let verdicts = match &base {
        Some(base) => session.check_since(base, see)?,
        None => session.check_and_see(see)?,
    };
    drop(progress);
    let outline = watch.map(|watch| watch.finish(&verdicts.scanned().secrets));
    let (scanned, config) = (verdicts.scanned(), session.config());
    let report = report(args, &verdicts, config, outline.as_ref(), no_base.as_deref());
    let kept = write(args, report, recall.as_ref())?.map(|written| written.kept);
    if let (Some(file), Some(known)) = (&args.write_known, verdicts.known()) {
        write_file(file, |out| out.write_all(known.text.as_bytes()))?;
    }
    let status = exit_status(args, config, scanned);
    if let (Some(recall), Some(kept)) = (recall, kept) {
        recall.keep(&mut session, &verdicts, kept, status);
    }
    // The process ends here; giving back every text and tree one by one would take a good part of the run. Under a fuzzer it
    // goes on.
    if !cfg!(fuzzing) {
        std::mem::forget((session, verdicts));
    }
    Ok(status)
}

/// Says which of two options files counts.
pub(super) fn which_counts(config: &Config) -> Option<String> {
    let (counts, hidden) = (config.file.as_ref()?, config.hidden.as_ref()?);
    Some(format!(
        "{} counts, {} is not read; remove the one that is of no use any more (`armlint init` makes an armlint.yaml of a ps-rule.yaml)",
        counts.display(),
        hidden.display()
    ))
}

fn options(args: &ScanArgs, stdin: Option<&stdin::Given>) -> Result<Options, Error> {
    let files = args.paths.iter().filter(|path| !stdin::is_meant(path)).cloned();
    Ok(Options {
        paths: files.chain(stdin.map(|s| s.path.clone())).collect(),
        parameters: args.parameters.clone(),
        include: args.include.clone(),
        exclude: args.exclude.clone(),
        config: args.config.clone(),
        variables: variables(),
        baseline: args.baseline.clone(),
        rules: args.rules.clone(),
        exclude_rules: args.exclude_rules.clone(),
        filter: args.narrow.filter(),
        now: args.now,
        shard: args.shard,
        known: args.known.clone(),
        write_known: args.write_known.clone(),
        with_passes: [Outcome::Pass, Outcome::None].into_iter().any(|o| args.outcome.contains(o)),
        require_modules: args.require_modules,
        // What is deployed is taken down while it is judged, so both sides of a comparison are.
        once: (args.since.is_none() || formats(args).any(Format::shows_deployed)) && stdin.is_none(),
        ..args.reach.options(working_directory()?)
    })
}

/// The environment, as far as it is text.
pub(super) fn variables() -> Vec<(String, String)> {
    std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect()
}

/// Findings outrank what could not be read.
pub(super) fn exit_status(args: &ScanArgs, config: &Config, scanned: &Scanned) -> u8 {
    let fail_on = args.fail_on.or(config.fail_on).unwrap_or(FailOn::Level(Level::Error));
    if config.broken {
        // What a broken document would have found is not known: no other status may hide that.
        eprintln!(
            "armlint: error: not all rules of the repository could be read; the report's diagnostics say where and why"
        );
        return status::USAGE;
    }
    let failed = scanned.results.iter().any(|r| r.outcome == Outcome::Fail && fail_on.includes(r.level));
    if failed {
        status::FINDINGS
    } else if !args.allow_incomplete && incomplete(scanned) {
        status::INCOMPLETE
    } else if scanned.stats.rules == 0 && !args.allow_empty && !config.allow_no_rules {
        let by = config.file.as_ref().map_or_else(|| "what is asked for".to_owned(), |file| file.display().to_string());
        eprintln!(
            "armlint: error: no rule is left, so nothing was checked: {} leaves out every rule; mend what it says of rules, or allow it with \
             --allow-empty",
            escape::visible(&by)
        );
        status::USAGE
    } else if !args.allow_empty && !config.allow_empty && args.shard.is_none() && is_empty(scanned) {
        // A path that was mistyped must not look like a clean repository.
        let files = scanned.files.len();
        eprintln!(
            "armlint: error: no file to check: of {files} files that were looked at, none is a template, a Bicep file, a parameter file or \
             exported resources that is not left out; mend the paths and globs, or allow it with --allow-empty"
        );
        status::USAGE
    } else {
        status::GOOD
    }
}

/// Nothing was there that rules are about.
fn is_empty(scanned: &Scanned) -> bool {
    scanned.files.iter().all(|f| f.status == FileStatus::Skipped)
}

/// Something was not analysed, or a rule could not be carried out.
fn incomplete(scanned: &Scanned) -> bool {
    scanned.diagnostics.iter().any(|d| d.level == Level::Error)
        || scanned.results.iter().any(|r| r.outcome == Outcome::Error)
}

/// The files and folders that the command line names to be read.
pub(super) fn inputs(args: &ScanArgs) -> impl Iterator<Item = &Path> {
    let paths = args.paths.iter().chain(&args.parameters).chain(&args.config).chain(&args.known);
    paths.map(PathBuf::as_path)
}

/// Refuses files that no report may be written to.
///
/// # Errors
/// [`Error::Usage`], as [`output::check`].
pub(super) fn check_outputs(args: &ScanArgs) -> Result<(), Error> {
    let named = args.paths.iter().chain(&args.parameters).chain(&args.config).map(PathBuf::as_path);
    output::check(&outputs(args), &named.collect::<Vec<_>>(), args.reach.root.as_deref())
}

/// The files that are written.
pub(super) fn outputs(args: &ScanArgs) -> Vec<&Path> {
    let reports = args.output.iter().chain(args.reports.iter().map(|r| &r.file));
    reports.chain(&args.write_known).map(PathBuf::as_path).collect()
}

/// What is written.
pub(super) fn formats(args: &ScanArgs) -> impl Iterator<Item = Format> {
    args.reports.iter().map(|r| r.format).chain([args.format])
}

/// All that a scan has to say.
pub(super) fn report<'a>(
    args: &'a ScanArgs,
    verdicts: &'a Verdicts,
    config: &'a Config,
    deployed: Option<&'a Outline>,
    no_base: Option<&'a str>,
) -> Report<'a> {
    let scanned = verdicts.scanned();
    let (rules, levels) = verdicts.changed_by_config();
    let left_out = LeftOut {
        file: config.file.as_deref(),
        baseline: config.asked_baseline().filter(|_| args.baseline.is_none()),
        rules,
        levels,
        files: scanned.excluded.by_options,
        paths: if args.paths.is_empty() { &config.paths } else { &[] },
        never_fails: args.fail_on.is_none() && config.fail_on == Some(FailOn::None),
        files_by_command_line: scanned.excluded.by_command_line,
    };
    Report {
        results: &scanned.results,
        files: &scanned.files,
        diagnostics: &scanned.diagnostics,
        sources: verdicts.sources(),
        secrets: &scanned.secrets.spans,
        root: &scanned.root,
        category: args.category.as_deref(),
        max_results: args.max_results,
        outcomes: args.outcome,
        stats: scanned.stats,
        left_out,
        gone: verdicts.gone(),
        since: verdicts.since(),
        no_base,
        provenance: git::provenance(&scanned.root, |name| std::env::var(name).ok()),
        deployed,
        screen: Screen { all: args.show_all, ..Screen::default() },
    }
}

/// Where reports were written to.
pub(super) struct Written {
    /// What was written, if that is to be kept.
    kept: Vec<Kept>,
    /// Somebody still reads standard output, as far as that shows.
    pub(super) is_read: bool,
}

/// Writes a report in all places that are asked for. `None` if a process died of that: a death over the report is nobody's
/// file's fault, and it is never left out.
///
/// # Errors
/// [`Error::Write`] with the place and why.
pub(super) fn write(args: &ScanArgs, report: Report<'_>, recall: Option<&Recall>) -> Result<Option<Written>, Error> {
    // On the threads of the scan: others would have to be started, and a system that gives no more of them would end the run.
    let reports = || with_threads(|| write_each(args, report, recall))?;
    journal::during(Work::Report, Path::new(""), reports).ok().transpose()
}

fn write_each(args: &ScanArgs, mut report: Report<'_>, recall: Option<&Recall>) -> Result<Written, Error> {
    let extra = args.reports.iter().map(|r| (r.format, &r.file));
    let main = args.output.iter().map(|file| (args.format, file));
    let mut written = Written { kept: Vec::new(), is_read: true };
    for (format, file) in main.chain(extra) {
        let mut kept = recall.map(|recall| recall.room(written.kept.len()));
        write_file(file, |out| report::write(format, &report, &mut Both { out, kept: kept.as_mut() }))?;
        written.kept.extend(kept);
    }
    if args.output.is_none() {
        report.screen = screen(args.color, args.show_all);
        let mut kept = recall.map(|recall| recall.room(written.kept.len()));
        written.is_read = offer(|out| report::write(args.format, &report, &mut Both { out, kept: kept.as_mut() }))?;
        written.kept.extend(kept);
    }
    Ok(written)
}
