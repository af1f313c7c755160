//! `armlint scan`

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::args::ScanArgs;
use super::output::{self, write_file};
use super::{Error, git, print, status, working_directory};
use crate::check::Outcome;
use crate::config::{self, Config, FailOn, environment};
use crate::diagnostic::Level;
use crate::journal::{self, Work};
use crate::read::Reach;
use crate::report::{self, FileStatus, Format, LeftOut, Report};
use crate::scan::judge::{Rules, Wanted};
use crate::scan::{Project, Request, Scanned, scan};
use crate::source::resolved;
use crate::walk::{Patterns, Roots};

pub(super) fn run(args: &ScanArgs) -> Result<u8, Error> {
    let base = working_directory()?;
    let project = Project::new(Roots::new(args.reach.root.as_deref(), &base), args.reach.cache_dir.as_deref())
        .with_max_file_size(args.reach.max_file_size);
    let named = args.paths.iter().chain(&args.parameters).chain(&args.config).map(PathBuf::as_path);
    let outputs: Vec<&Path> =
        args.output.iter().chain(args.reports.iter().map(|r| &r.file)).map(PathBuf::as_path).collect();
    output::check(&outputs, &named.collect::<Vec<_>>())?;
    // Options are the working directory's, which `--root` need not hold.
    let reach =
        Reach::new([project.roots.report(&base)].into_iter().chain(project.roots.given().map(Path::to_path_buf)));
    let mut config = config::load(args.config.as_deref(), &base, &reach, &project.sources)?;
    let variables = std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
    output::check(&outputs, &config.file.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
    environment::apply(&mut config, variables)?;
    let wanted = Wanted {
        baseline: args.baseline.as_deref(),
        rules: &args.rules,
        exclude: &args.exclude_rules,
        now: args.now.unwrap_or_else(Timestamp::now),
        without_passes: ![Outcome::Pass, Outcome::None].into_iter().any(|o| args.outcome.contains(o)),
    };
    let rules = Rules::new(&wanted, &mut config, project.sources.clone())?;
    let request = Request {
        paths: args.paths.clone(),
        parameters: args.parameters.clone(),
        patterns: patterns(args, &config)?,
        config: &config,
        now: args.now,
        shard: args.shard,
    };
    let mut scanned = scan(&project, &request, &rules)?;
    // A part of the folder says nothing of what covers the rest.
    if args.shard.is_none() && args.paths.iter().any(|p| resolved(&base.join(p)) == base) {
        scanned.diagnostics.extend(rules.unused());
    }
    let (rules, levels) = rules.changed_by_config();
    let left_out = LeftOut {
        file: config.file.as_deref(),
        baseline: config.baseline.as_deref().filter(|_| args.baseline.is_none()),
        rules,
        levels,
        files: scanned.excluded.by_options,
        never_fails: args.fail_on.is_none() && config.fail_on == Some(FailOn::None),
        files_by_command_line: scanned.excluded.by_command_line,
    };
    // A death over the report is nobody's file's fault: it is never left out.
    if let Ok(written) = journal::during(Work::Report, Path::new(""), || write(args, &project, &scanned, left_out)) {
        written?;
    }
    let status = exit_status(args, &config, &scanned);
    // The process ends here; giving back every text and tree one by one would take a good part of the run. Under a fuzzer it
    // goes on.
    if !cfg!(fuzzing) {
        std::mem::forget((project, scanned));
    }
    Ok(status)
}

fn patterns(args: &ScanArgs, config: &Config) -> Result<Patterns, Error> {
    let both = |first: &[String], second: &[String]| [first, second].concat();
    let include = both(&args.include, &config.include_files);
    Ok(Patterns::new(&include, &args.exclude, &config.ignore)?.with_options(&config.exclude_files)?)
}

/// Findings outrank what could not be read.
fn exit_status(args: &ScanArgs, config: &Config, scanned: &Scanned) -> u8 {
    let fail_on = args.fail_on.or(config.fail_on).unwrap_or(FailOn::Level(Level::Error));
    let failed = scanned.results.iter().any(|r| r.outcome == Outcome::Fail && fail_on.includes(r.level));
    if failed {
        status::FINDINGS
    } else if !args.allow_incomplete && incomplete(scanned) {
        status::INCOMPLETE
    } else if !args.allow_empty && args.shard.is_none() && is_empty(scanned) {
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

fn write(args: &ScanArgs, project: &Project, scanned: &Scanned, left_out: LeftOut<'_>) -> Result<(), Error> {
    let mut report = Report {
        results: &scanned.results,
        files: &scanned.files,
        diagnostics: &scanned.diagnostics,
        sources: &project.sources,
        secrets: &scanned.secrets.spans,
        root: &scanned.root,
        category: args.category.as_deref(),
        max_results: args.max_results,
        outcomes: args.outcome,
        stats: scanned.stats,
        left_out,
        provenance: git::provenance(&scanned.root, |name| std::env::var(name).ok()),
        color: false,
    };
    let extra: Vec<(Format, PathBuf)> = args.reports.iter().map(|r| (r.format, r.file.clone())).collect();
    let main = args.output.iter().map(|file| (args.format, file.clone()));
    for (format, file) in main.chain(extra) {
        write_file(&file, |out| report::write(format, &report, out))?;
    }
    if args.output.is_none() {
        let choice = anstream::AutoStream::choice(&std::io::stdout());
        report.color = choice != anstream::ColorChoice::Never && std::io::stdout().is_terminal();
        print(|out| report::write(args.format, &report, out))?;
    }
    Ok(())
}
