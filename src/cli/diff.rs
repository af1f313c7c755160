//! `armlint diff`

use std::io::Read;
use std::path::{Path, PathBuf};

use super::args::DiffArgs;
use super::output::{self, screen, write_file};
use super::{Error, base, git, print, status, working_directory};
use crate::diff::{self, Which};
use crate::report::changes::{self, Report};
use crate::revision::{Git, Revision, RevisionError};
use crate::session::Options;
use crate::source::resolved;
use crate::walk::root::repository;

pub(super) fn run(args: &DiffArgs) -> Result<u8, Error> {
    let here = working_directory()?;
    let outputs: Vec<&Path> = args.output.iter().map(PathBuf::as_path).collect();
    let named: Vec<&Path> = args.paths.iter().chain(&args.config).map(PathBuf::as_path).collect();
    output::check(&outputs, &named, args.reach.root.as_deref())?;
    // The repository of what is compared, which need not be that of the working directory.
    let first = args.paths.first().map_or_else(|| here.clone(), |path| resolved(&here.join(path)));
    let before = match &args.base {
        Some(name) => which(name, &here, &first, args.reach.max_file_size)?,
        None => {
            let git = Git::at(&first)?;
            Which::Revision(Box::new(base::auto(&git, args.reach.max_file_size)?))
        }
    };
    let after = match &args.head {
        Some(name) => which(name, &here, &first, args.reach.max_file_size)?,
        None => Which::Tree,
    };
    let is_now = matches!(after, Which::Tree);
    let options = Options {
        paths: args.paths.clone(),
        exclude: args.exclude.clone(),
        config: args.config.clone(),
        now: args.now,
        ..args.reach.options(here)
    };
    let changes = diff::run(&options, before, after)?;
    // Links lead to lines of what is checked out.
    let top = repository(&first).filter(|_| is_now);
    let provenance = top.and_then(|top| git::provenance(&top, |name| std::env::var(name).ok()));
    let mut report = Report { changes: &changes, screen: Default::default(), provenance };
    match &args.output {
        Some(file) => write_file(file, |out| changes::write(args.format, &report, out))?,
        None => {
            report.screen = screen(args.color, args.show_all);
            print(|out| changes::write(args.format, &report, out))?;
        }
    }
    Ok(match () {
        () if args.exit_code && !changes.is_empty() => status::FINDINGS,
        () if !changes.errors.is_empty() => status::INCOMPLETE,
        () => status::GOOD,
    })
}

/// What a word on the command line means: a path if it looks like one, else a revision if there is such a one, else a path.
fn which(name: &str, here: &Path, first: &Path, limit: u64) -> Result<Which, Error> {
    let path = resolved(&here.join(name));
    let looks_like_a_path = name.starts_with(['.', '/', '~']) && !name.contains("...") || Path::new(name).is_absolute();
    let revision = match looks_like_a_path {
        true => None,
        false => Some(Git::at(first).and_then(|git| Revision::of(&git, name, limit))),
    };
    match revision {
        Some(Ok(revision)) => Ok(Which::Revision(Box::new(revision))),
        Some(Err(e)) if !path.exists() => Err(e.into()),
        Some(Err(e @ RevisionError::Failed { .. })) => Err(e.into()),
        _ => at(name, path, limit),
    }
}

fn at(name: &str, path: PathBuf, limit: u64) -> Result<Which, Error> {
    let json = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json"));
    if !path.is_dir() && (json || !path.is_file()) {
        let wrong = |what: String| Error::Usage(format!("{name}: {what}"));
        let file = std::fs::File::open(&path).map_err(|e| wrong(e.to_string()))?;
        let mut text = Vec::new();
        file.take(limit.saturating_add(1)).read_to_end(&mut text).map_err(|e| wrong(e.to_string()))?;
        if text.len() as u64 > limit {
            return Err(wrong(format!("it has more than {limit} bytes")));
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        if text.contains("\"predictedResources\"") {
            return Ok(Which::Printed(name.to_owned(), text));
        }
    }
    Ok(Which::Path(path))
}
