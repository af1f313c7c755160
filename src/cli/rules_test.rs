//! `armlint rules test`: the examples of the pages of a repository.

use std::io::{self, Write};
use std::path::Path;

use super::config::told;
use super::{Error, print, status, working_directory};
use crate::documents::Documents;
use crate::examples::{self, Ran};
use crate::read::{Reach, Sources};
use crate::report::escape;
use crate::rules::language::Entry;
use crate::rules::page::Example;
use crate::rules::{Pages, RuleSet};
use crate::scan::with_threads;
use crate::source::resolved;
use crate::walk::root::relative;

/// How an example came out.
struct Line {
    ok: bool,
    text: String,
    details: Vec<String>,
}

pub(super) fn run(folder: &Path) -> Result<u8, Error> {
    let base = working_directory()?;
    let full = resolved(&base.join(folder));
    if !full.is_dir() {
        return Err(Error::Usage(format!("there is no folder {}", folder.display())));
    }
    let sources = Sources::new();
    let mut pages = Pages::default();
    let mut wrong = Vec::new();
    // The command line names the folder: what lies in it is read, wherever that is.
    let reach = Reach::new([full.clone()]);
    pages.folder(&full, &Documents::default(), &reach, &sources, &mut wrong);
    if pages.entries().is_empty() && wrong.is_empty() {
        return Err(Error::Usage(format!("there is no page (*.md) in {}", folder.display())));
    }
    let lines = with_threads(|| {
        let one = |(entry, path, examples): (&'static Entry<'static>, &Path, &[Example])| {
            let rules = RuleSet::of(std::iter::once(entry));
            let at = relative(path, &base);
            examples.iter().map(|e| line(entry, &at, e, &rules)).collect::<Vec<_>>()
        };
        pages.examples().flat_map(one).collect::<Vec<Line>>()
    })?;
    let failed = lines.iter().filter(|l| !l.ok).count();
    print(|out| {
        for line in &lines {
            writeln!(out, "{:6}  {}", if line.ok { "ok" } else { "FAILED" }, escape::visible(&line.text))?;
            line.details.iter().try_for_each(|d| writeln!(out, "        {}", escape::visible(d)))?;
        }
        wrong.iter().try_for_each(|d| writeln!(out, "error   {}", escape::visible(&told(d, &base, &sources))))?;
        summary(pages.entries().len(), lines.len(), failed, wrong.len(), out)
    })?;
    Ok(match (pages.broken, failed) {
        (true, _) => status::USAGE,
        (false, 0) => status::GOOD,
        (false, _) => status::FINDINGS,
    })
}

fn line(entry: &Entry<'static>, path: &str, example: &Example, rules: &RuleSet) -> Line {
    let text = format!("{path}:{}  {}  {} {}", example.line, entry.id, example.language, example.outcome);
    let ran = match examples::run(rules, example) {
        Ok(ran) => ran,
        Err(why) => return Line { ok: false, text: format!("{text}: {why}"), details: Vec::new() },
    };
    let got = ran.outcome();
    if got == example.outcome {
        return Line { ok: true, text, details: Vec::new() };
    }
    Line { ok: false, text: format!("{text}: it comes to {got}"), details: details(&ran) }
}

fn details(ran: &Ran) -> Vec<String> {
    let verdict = |r: &crate::check::CheckResult| format!("{} {}: {}", r.outcome.as_str(), r.target.label, r.message);
    let verdicts = ran.results.iter().map(verdict);
    verdicts.chain(ran.diagnostics.iter().cloned()).map(|d| d.trim_end_matches([' ', ':']).to_owned()).collect()
}

fn summary(rules: usize, run: usize, failed: usize, wrong: usize, out: &mut dyn Write) -> io::Result<()> {
    let counted = crate::check::phrases::counted;
    write!(out, "\n{}, {}: {} ok, {failed} FAILED", counted(rules, "rule"), counted(run, "example"), run - failed)?;
    match wrong {
        0 => writeln!(out),
        _ => writeln!(out, "; {} in pages that cannot be used", counted(wrong, "error")),
    }
}
