//! `armlint lsp`

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use super::args::Reach;
use super::{Error, scan, status, working_directory};
use crate::lsp;
use crate::session::Options;

const EXIT_LSP: &str = "\
The editor starts it and says which folders are open; docs/editors.md shows how for several editors.

Exit status:
  0  the editor said that it was done
  2  the editor broke the protocol, or went away without a word";

/// Options of `lsp`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_LSP)]
pub struct LspArgs {
    /// Speak on standard input and output; there is no other way, and editors that say so are right
    #[arg(long)]
    pub stdio: bool,
    /// Look at files that match, on top of the built-in patterns; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,
    /// Leave out files that match; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// The set of rules [default: Armlint.Default; with a ps-rule.yaml Azure.Default]
    #[arg(long, value_name = "NAME")]
    pub baseline: Option<String>,
    /// Read this instead of the armlint.yaml or ps-rule.yaml that is found in each folder
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The clock for rules and functions that ask for the time
    #[arg(long, value_name = "RFC3339")]
    pub now: Option<Timestamp>,
    /// What is pulled in.
    #[command(flatten)]
    pub reach: Reach,
}

pub(super) fn run(args: &LspArgs) -> Result<u8, Error> {
    let here = working_directory()?;
    // A session has the editor's folder for its working directory, and not ours.
    let options = Options {
        root: args.reach.root.as_ref().map(|root| here.join(root)),
        cache_dir: args.reach.cache_dir.as_ref().map(|cache| here.join(cache)),
        include: args.include.clone(),
        exclude: args.exclude.clone(),
        config: args.config.as_ref().map(|config| here.join(config)),
        variables: scan::variables(),
        baseline: args.baseline.clone(),
        now: args.now,
        ..args.reach.options(here)
    };
    let ended_well = lsp::serve(options).map_err(|e| Error::Usage(e.to_string()))?;
    Ok(if ended_well { status::GOOD } else { status::USAGE })
}
