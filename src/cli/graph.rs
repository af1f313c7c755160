//! `armlint graph`

use std::path::{Path, PathBuf};

use super::args::GraphArgs;
use super::output::{self, write_file};
use super::scan::variables;
use super::{Error, print, status, working_directory};
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::graph::{self, Drawn};
use crate::report::{escape, graph as formats, words};
use crate::session::{Options, Session, Verdicts};
use crate::walk::root::relative;

/// Errors that are told one by one.
const ERRORS: usize = 10;

pub(super) fn run(args: &GraphArgs) -> Result<u8, Error> {
    let outputs: Vec<&Path> = args.output.iter().map(PathBuf::as_path).collect();
    let named: Vec<&Path> = args.paths.iter().chain(&args.config).map(PathBuf::as_path).collect();
    output::check(&outputs, &named, args.reach.root.as_deref())?;
    let mut session = Session::new(Options {
        paths: args.paths.clone(),
        exclude: args.exclude.clone(),
        config: args.config.clone(),
        variables: variables(),
        baseline: args.baseline.clone(),
        now: args.now,
        once: true,
        ..args.reach.options(working_directory()?)
    })?;
    output::check_against(&outputs, session.config().file.as_slice())?;
    let Drawn { graph, verdicts } = graph::of(&mut session)?;
    let errors: Vec<&Diagnostic> = verdicts.diagnostics().iter().filter(|d| d.level == Level::Error).collect();
    for error in errors.iter().take(ERRORS) {
        eprintln!("armlint: error: {}", escape::visible(&shown(error, &verdicts)));
    }
    if errors.len() > ERRORS {
        eprintln!("armlint: error: {}; `armlint scan` shows them", words::count(errors.len() - ERRORS, "more error"));
    }
    if graph.nodes.is_empty() && errors.is_empty() {
        return Err(Error::Usage(
            "nothing to draw: no template, Bicep file or parameter file that is looked at deploys a resource; mend the paths and globs"
                .to_owned(),
        ));
    }
    match &args.output {
        Some(file) => write_file(file, |out| formats::write(args.format, &graph, out))?,
        None => print(|out| formats::write(args.format, &graph, out))?,
    }
    Ok(if errors.is_empty() { status::GOOD } else { status::INCOMPLETE })
}

fn shown(error: &Diagnostic, verdicts: &Verdicts) -> String {
    let root = &verdicts.scanned().root;
    let place = match (&error.place, verdicts.place_of(error)) {
        (_, Some(at)) => format!("{}:{}:{}: ", relative(&at.path, root), at.start.line, at.start.column),
        (Place::Path(path), None) => format!("{}: ", relative(path, root)),
        _ => String::new(),
    };
    format!("{place}{}", error.message)
}
