//! `armlint init`

use std::io::Write;
use std::path::Path;

use super::args::InitArgs;
use super::{Error, print, status, working_directory};

const CONFIG: &str = include_str!("init/armlint.yaml");
const WORKFLOW: &str = include_str!("../../examples/workflows/armlint.yml");

pub(super) fn run(args: &InitArgs) -> Result<u8, Error> {
    let base = working_directory()?;
    let mut files = vec![("armlint.yaml", CONFIG)];
    if args.action {
        files.push((".github/workflows/armlint.yml", WORKFLOW));
    }
    // Nothing is written if anything is in the way.
    if let Some((name, _)) = files.iter().find(|(name, _)| base.join(name).exists()) {
        return Err(Error::Usage(format!("{name} is there already; remove it first if it is to be written anew")));
    }
    for (name, text) in &files {
        create(&base.join(name), text)?;
    }
    print(|out| files.iter().try_for_each(|(name, _)| writeln!(out, "wrote {name}")))?;
    Ok(status::GOOD)
}

fn create(path: &Path, text: &str) -> Result<(), Error> {
    let wrong = |reason| Error::Write { what: path.display().to_string(), reason };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(wrong)?;
    }
    let mut file = std::fs::File::create_new(path).map_err(wrong)?;
    file.write_all(text.as_bytes()).map_err(wrong)
}
