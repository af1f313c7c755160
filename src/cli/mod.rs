//! The command line: what is asked for, and what becomes of the answer.
//!
//! Each command is one file with a function that takes its options and gives the exit status. What goes wrong before there is
//! an answer is an [`Error`]: one line on standard error and status 2.

pub mod args;
mod base;
mod color;
mod compare;
mod config;
mod diff;
pub mod expand;
mod fix;
mod git;
mod graph;
mod init;
mod lsp;
mod merge;
mod narrow;
mod output;
pub mod predicted;
mod progress;
mod recall;
mod restore;
mod rules;
mod rules_local;
mod rules_new;
mod rules_test;
mod scan;
pub mod shell;
mod stdin;
mod supervise;
mod watch;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::config::ConfigError;
use crate::journal;
use crate::report::escape::visible;
use crate::scan::ScanError;
use crate::session::SessionError;
pub use crate::status;
use args::{Cli, Command};

/// Something is wrong with what was asked: exit status 2.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Paths and parameter files.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// Rules and baselines.
    #[error(transparent)]
    Selection(#[from] crate::rules::SelectionError),
    /// The rules in the binary.
    #[error(transparent)]
    Catalogue(#[from] crate::rules::CatalogueError),
    /// A glob of `--include` or `--exclude`, or their like in the configuration.
    #[error(transparent)]
    Glob(#[from] crate::walk::BadGlob),
    /// The file of known findings.
    #[error(transparent)]
    Known(#[from] crate::known::KnownError),
    /// The revision to compare with.
    #[error(transparent)]
    Revision(#[from] crate::revision::RevisionError),
    /// SARIF files that do not go together.
    #[error(transparent)]
    Merge(#[from] crate::report::merge::MergeError),
    /// Something could not be written.
    #[error("cannot write {what}: {reason}")]
    Write {
        /// A file, or `standard output`.
        what: String,
        /// Why.
        reason: io::Error,
    },
    /// The working directory is gone.
    #[error("cannot find out the working directory: {0}")]
    WorkingDirectory(io::Error),
    /// Wrong usage that only shows when looking.
    #[error("{0}")]
    Usage(String),
}

impl From<SessionError> for Error {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Config(e) => Error::Config(e),
            SessionError::Scan(e) => Error::Scan(e),
            SessionError::Selection(e) => Error::Selection(e),
            SessionError::Glob(e) => Error::Glob(e),
            SessionError::Known(e) => Error::Known(e),
        }
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => return not_a_command(&e),
    };
    // What reads the files of strangers is done by a process that may die.
    let watched = match &cli.command {
        Command::Scan(args) | Command::Check(args) => {
            let inputs = args.paths.iter().chain(&args.parameters).chain(&args.config);
            supervised(inputs)
        }
        Command::Compare(args) => supervised(args.paths.iter().chain([&args.report]).chain(&args.config)),
        Command::Restore(args) => supervised(args.paths.iter().chain(&args.config)),
        // A child that is watched has no standard input.
        Command::Fix(args) if !args.interactive => supervised(args.paths.iter().chain(&args.config)),
        Command::Diff(args) => supervised(args.paths.iter().chain(&args.config)),
        Command::Graph(args) => supervised(args.paths.iter().chain(&args.config)),
        Command::Expand(args) => supervised(std::iter::once(&args.file).chain(&args.parameters)),
        _ => None,
    };
    if let Some(status) = watched {
        return status;
    }
    match run(&cli.command) {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            let _ = writeln!(io::stderr(), "armlint: error: {}", visible(&error.to_string()));
            ExitCode::from(status::USAGE)
        }
    }
}

/// Help, the version or a mistake in what was asked. With `--version --verbose`, what facts the binary holds as well.
fn not_a_command(error: &clap::Error) -> ExitCode {
    let status = u8::try_from(error.exit_code()).unwrap_or(status::USAGE);
    let verbose = || std::env::args_os().any(|a| a == "--verbose");
    let _ = error.print();
    if error.kind() == clap::error::ErrorKind::DisplayVersion && verbose() {
        let said = match crate::types::azure().and_then(|types| types.source().map(|s| (s.commit, s.date))) {
            Ok((commit, date)) => format!("resource types: Azure/bicep-types-az {commit} ({date})"),
            Err(e) => format!("resource types: {e}"),
        };
        let _ = writeln!(io::stdout(), "{said}");
    }
    ExitCode::from(status)
}

/// The exit status of the process that did the work; `None` if it is for this one to do.
fn supervised<'p>(inputs: impl Iterator<Item = &'p PathBuf>) -> Option<ExitCode> {
    if journal::start() { None } else { supervise::supervise(inputs) }
}

/// Does what a command asks in the working directory and gives the exit status. Fuzz targets come in here.
///
/// # Errors
/// [`Error`] where there is no answer.
pub fn run(command: &Command) -> Result<u8, Error> {
    match command {
        Command::Scan(args) => scan::run(args),
        Command::Check(args) => scan::check(args),
        Command::Expand(args) => expand::run(args),
        Command::Fix(args) => fix::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Graph(args) => graph::run(args),
        Command::Lsp(args) => lsp::run(args),
        Command::Restore(args) => restore::run(args),
        Command::Compare(args) => compare::run(args),
        Command::Rules(args) => rules::run(args),
        Command::Config(args) => config::run(args),
        Command::Init(args) => init::run(args),
        Command::Merge(args) => merge::run(args),
        Command::Completions(args) => shell::completions(args),
        Command::Man(args) => shell::man(args),
    }
}

fn working_directory() -> Result<PathBuf, Error> {
    std::env::current_dir().map_err(Error::WorkingDirectory)
}

/// Writes to standard output. A reader that has seen enough (`| head`) is no error.
fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
    offer(write).map(|_| ())
}

/// As [`print`]; gives whether somebody still reads.
fn offer(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<bool, Error> {
    // Where a Windows console has to be told about colours, this tells it.
    let mut out = io::BufWriter::new(anstream::AutoStream::always(io::stdout().lock()));
    match write(&mut out).and_then(|()| out.flush()) {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(e) => Err(Error::Write { what: "standard output".to_owned(), reason: e }),
        Ok(()) => Ok(true),
    }
}
