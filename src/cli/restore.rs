//! `armlint restore`

use std::time::Duration;

use super::args::RestoreArgs;
use super::{Error, print, status, working_directory};
use crate::report::escape;
use crate::restore::{Restored, Settings, restore};
use crate::session::{Options, Session};
use crate::walk::root::relative;

/// How many files that ask for a module are named.
const FILES: usize = 3;

pub(super) fn run(args: &RestoreArgs) -> Result<u8, Error> {
    let base = working_directory()?;
    let mut session = Session::new(Options {
        paths: args.paths.clone(),
        exclude: args.exclude.clone(),
        config: args.config.clone(),
        once: true,
        ..args.reach.options(&base)
    })?;
    let missing = session.missing_modules()?;
    if args.dry_run {
        let mut wanted: Vec<String> = missing.iter().map(|m| m.reference.shown()).collect();
        wanted.dedup();
        print(|out| wanted.iter().try_for_each(|w| writeln!(out, "{}", escape::visible(w))))?;
        return Ok(status::GOOD);
    }
    let settings = Settings { timeout: Duration::from_secs(args.timeout), max_size: args.reach.max_file_size };
    let restored = restore(&missing, &settings);
    let failed = restored.iter().filter(|r| r.outcome.is_err()).count();
    print(|out| {
        for one in &restored {
            writeln!(out, "{}", escape::visible(&line(one, &base)))?;
        }
        match (restored.len() - failed, failed) {
            (0, 0) => writeln!(out, "Every module is in the cache."),
            (n, 0) => writeln!(out, "Fetched {n} {}.", modules(n)),
            (n, failed) => writeln!(out, "Fetched {n} {}, could not fetch {failed}.", modules(n)),
        }
    })?;
    Ok(if failed == 0 { status::GOOD } else { status::INCOMPLETE })
}

fn modules(n: usize) -> &'static str {
    if n == 1 { "module" } else { "modules" }
}

fn line(one: &Restored, base: &std::path::Path) -> String {
    let name = one.reference.shown();
    match &one.outcome {
        Ok(bytes) => format!("{name}: {} KB", bytes.div_ceil(1000)),
        Err(why) => {
            let mut files: Vec<String> = one.from.iter().take(FILES).map(|f| relative(f, base)).collect();
            if one.from.len() > FILES {
                files.push(format!("{} more", one.from.len() - FILES));
            }
            format!("{name}: error: {why} (asked for by {})", files.join(", "))
        }
    }
}
