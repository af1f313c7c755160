//! `armlint init`

use std::io::Write;
use std::path::Path;

use super::args::InitArgs;
use super::output::leads_away;
use super::{Error, print, status, working_directory};
use crate::config::{OWN_NAMES, converted};
use crate::session::{Options, Session};
use crate::source::absolute;
use crate::walk::root::Roots;

const CONFIG: &str = include_str!("init/armlint.yaml");
const WORKFLOW: &str = include_str!("../../examples/workflows/armlint.yml");
const WORKFLOW_AT: &str = ".github/workflows/armlint.yml";

pub(super) fn run(args: &InitArgs) -> Result<u8, Error> {
    let base = working_directory()?;
    let is_there = |name: &&str| base.join(name).exists();
    let config = OWN_NAMES.into_iter().find(is_there);
    // Nothing is written if anything is in the way. Where a workflow is wanted, a configuration is not: it stays as it is.
    let in_the_way = if args.action { Some(WORKFLOW_AT).filter(is_there) } else { config };
    if let Some(name) = in_the_way {
        return Err(Error::Usage(format!("{name} is there already; remove it first if it is to be written anew")));
    }
    let made = if config.is_none() { from_psrule(&base)? } else { None };
    let mut files = Vec::new();
    if config.is_none() {
        files.push(("armlint.yaml", made.as_ref().map_or(CONFIG, |(_, text)| text.as_str())));
    }
    if args.action {
        files.push((WORKFLOW_AT, WORKFLOW));
    }
    let roots = Roots::new(None, &base);
    for (name, _) in &files {
        if let Some(refusal) = roots.escapes(&absolute(&base.join(name))) {
            return Err(Error::Usage(format!("cannot write {name}: {}", leads_away(refusal))));
        }
    }
    for (name, text) in &files {
        create(&base.join(name), text)?;
    }
    print(|out| {
        files.iter().try_for_each(|(name, _)| writeln!(out, "wrote {name}"))?;
        if let Some(name) = config {
            writeln!(out, "{name} is there already, and stays as it is")?;
        }
        match &made {
            Some((from, _)) => writeln!(
                out,
                "armlint.yaml says what {from} says, and counts from now on; remove {from} unless PSRule runs as well"
            ),
            None => Ok(()),
        }
    })?;
    Ok(status::GOOD)
}

/// What the options file of PSRule that counts here says, as an `armlint.yaml`, and its name.
fn from_psrule(base: &Path) -> Result<Option<(String, String)>, Error> {
    let session = Session::new(Options { variables: Vec::new(), once: true, ..Options::new(base) })?;
    let config = session.config();
    let Some(file) = config.file.as_ref().filter(|_| config.psrule) else { return Ok(None) };
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = converted(config, &name);
    Ok(Some((name, text)))
}

fn create(path: &Path, text: &str) -> Result<(), Error> {
    let wrong = |reason| Error::Write { what: path.display().to_string(), reason };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(wrong)?;
    }
    let mut file = std::fs::File::create_new(path).map_err(wrong)?;
    file.write_all(text.as_bytes()).map_err(wrong)
}
