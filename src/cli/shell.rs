//! `armlint completions` and `armlint man`: what a shell and `man` are to know of the command line, made from its definition.

use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::args::Cli;
use super::{Error, print, status};

/// Options of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// Options of `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The folder that the pages are written to
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// Prints the script that makes a shell complete armlint's commands, options and their values.
pub(super) fn completions(args: &CompletionsArgs) -> Result<u8, Error> {
    // What is made is written at once, and the generators expect a writer that never fails.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "armlint", &mut script);
    print(|out| out.write_all(&script))?;
    Ok(status::GOOD)
}

/// Writes a manual page for armlint and one for each of its commands.
pub(super) fn man(args: &ManArgs) -> Result<u8, Error> {
    let wrong = |reason| Error::Write { what: args.folder.display().to_string(), reason };
    std::fs::create_dir_all(&args.folder).map_err(wrong)?;
    clap_mangen::generate_to(Cli::command(), &args.folder).map_err(wrong)?;
    Ok(status::GOOD)
}
