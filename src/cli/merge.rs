//! `armlint merge`

use std::path::{Path, PathBuf};

use super::args::MergeArgs;
use super::output::{self, write_file};
use super::{Error, print, status};
use crate::report::merge::merge;

pub(super) fn run(args: &MergeArgs) -> Result<u8, Error> {
    let paths: Vec<&Path> = args.files.iter().map(PathBuf::as_path).collect();
    output::check(&args.output.iter().map(PathBuf::as_path).collect::<Vec<_>>(), &paths, None)?;
    let mut files = Vec::new();
    for path in &args.files {
        let bytes = std::fs::read(path).map_err(|e| Error::Usage(format!("cannot read {}: {e}", path.display())))?;
        files.push((path.display().to_string(), bytes));
    }
    let mut merged = Vec::new();
    merge(&files, args.category.as_deref(), args.max_results, &mut merged)?;
    match &args.output {
        Some(file) => write_file(file, |out| out.write_all(&merged))?,
        None => print(|out| out.write_all(&merged))?,
    }
    Ok(status::GOOD)
}
