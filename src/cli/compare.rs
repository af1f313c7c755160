//! `armlint compare`

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use serde_json::json;

use super::args::CompareArgs;
use super::{Error, print, status, working_directory};
use crate::check::Outcome;
use crate::compare::{self, Comparison, OurFinding, TheirFinding, TheirReport, Why};
use crate::report::escape;
use crate::session::{Options, Session};
use crate::source::text_of;

/// How many places of one check are shown in text; JSON has all.
const PLACES: usize = 5;
/// A larger report is not read, in bytes.
const LARGEST: u64 = 256 << 20;

pub(super) fn run(args: &CompareArgs) -> Result<u8, Error> {
    let name = args.report.display().to_string();
    let wrong = |what: String| Error::Usage(format!("{name}: {what}"));
    let mut text = Vec::new();
    let file = std::fs::File::open(&args.report).map_err(|e| wrong(e.to_string()))?;
    file.take(LARGEST + 1).read_to_end(&mut text).map_err(|e| wrong(e.to_string()))?;
    if text.len() as u64 > LARGEST {
        return Err(wrong(format!("it has more than {LARGEST} bytes")));
    }
    // What older shells of Windows redirect is UTF-16.
    let text = text_of(text).ok_or_else(|| wrong("it is neither UTF-8 nor UTF-16".to_owned()))?;
    let theirs = compare::read(&text).map_err(|e| wrong(e.to_string()))?;
    let mut session = Session::new(Options {
        paths: args.paths.clone(),
        config: args.config.clone(),
        baseline: args.baseline.clone(),
        with_passes: true,
        once: true,
        ..args.reach.options(working_directory()?)
    })?;
    let verdicts = session.check()?;
    let comparison = compare::compare(&theirs, &verdicts);
    print(|out| match args.format.as_str() {
        "json" => json_report(&theirs, &comparison, out),
        _ => text_report(&theirs, &comparison, out),
    })?;
    Ok(status::GOOD)
}

/// The reason, in words.
fn why(why: &Why) -> String {
    match why {
        Why::NoRule => "armlint has no such rule".to_owned(),
        Why::NotRun { rule } => {
            format!("{rule} does not run; see 'armlint rules {rule}' for its baselines, or name it with --baseline")
        }
        Why::NotAnalysed { what } => format!("of the file: {what}"),
        Why::Other { rule, outcome, message } => match outcome {
            Outcome::Unknown => format!("{rule} cannot know before deployment: {message}"),
            Outcome::Suppressed => format!("{rule} is suppressed: {message}"),
            Outcome::Error => format!("{rule} failed to run: {message}"),
            Outcome::None => format!("{rule} does not apply"),
            Outcome::Pass | Outcome::Fail => format!("{rule} passes"),
        },
        Why::NothingThere { rule } => format!("{rule} finds nothing there to judge"),
    }
}

fn place(finding: &TheirFinding) -> String {
    let file = match (&finding.file, finding.line) {
        (Some(file), Some(line)) => format!("{file}:{line}"),
        (Some(file), None) => file.clone(),
        (None, _) => String::new(),
    };
    match (&finding.resource, file.is_empty()) {
        (Some(resource), true) => resource.clone(),
        (Some(resource), false) => format!("{file} {resource}"),
        (None, _) => file,
    }
}

fn places(all: &[String]) -> String {
    let mut shown: Vec<&str> = all.iter().take(PLACES).map(String::as_str).collect();
    let more = format!("and {} more", all.len().saturating_sub(PLACES));
    if all.len() > PLACES {
        shown.push(&more);
    }
    shown.join(", ")
}

/// Groups by a heading, in its order.
fn grouped<T>(
    items: &[T],
    heading: impl Fn(&T) -> String,
    place: impl Fn(&T) -> String,
) -> BTreeMap<String, Vec<String>> {
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for item in items {
        out.entry(heading(item)).or_default().push(place(item));
    }
    out
}

fn text_report(theirs: &TheirReport, c: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    let mut section = |title: &str, groups: BTreeMap<String, Vec<String>>| -> io::Result<()> {
        if groups.is_empty() {
            return Ok(());
        }
        writeln!(out, "{}", escape::visible(title))?;
        for (heading, at) in groups {
            writeln!(out, "  {:>5}  {}", at.len(), escape::visible(&heading))?;
            writeln!(out, "         {}", escape::visible(&places(&at)))?;
        }
        writeln!(out)
    };
    let titled = |f: &TheirFinding| match f.title.is_empty() {
        true => f.id.clone(),
        false => format!("{} ({})", f.id, f.title),
    };
    let tool = &theirs.tool;
    let both = grouped(
        &c.both,
        |(f, rule)| if f.id == *rule { f.id.clone() } else { format!("{} is {rule}", f.id) },
        |(f, _)| place(f),
    );
    section("Both say:", both)?;
    let only = grouped(&c.only_theirs, |(f, w)| format!("{}: {}", titled(f), why(w)), |(f, _)| place(f));
    section(&format!("Only {tool} says:"), only)?;
    let ours = |o: &OurFinding| match o.they_have_one {
        true => format!("{}: {tool} has a check for it and says nothing here", o.rule),
        false => format!("{}: {tool} has no check for it", o.rule),
    };
    section("Only armlint says:", grouped(&c.only_ours, ours, |o| format!("{}:{} {}", o.file, o.line, o.resource)))?;
    let (both, theirs, ours) = (c.both.len(), c.only_theirs.len(), c.only_ours.len());
    writeln!(out, "{}", escape::visible(&format!("Both: {both}. Only {tool}: {theirs}. Only armlint: {ours}.")))
}

fn json_report(theirs: &TheirReport, c: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    let finding = |f: &TheirFinding| json!({"id": f.id, "title": f.title, "file": f.file, "line": f.line, "resource": f.resource});
    let both: Vec<_> = c.both.iter().map(|(f, rule)| json!({"theirs": finding(f), "rule": rule})).collect();
    let only_theirs: Vec<_> = c.only_theirs.iter().map(|(f, w)| json!({"theirs": finding(f), "why": why(w)})).collect();
    let ours = |o: &OurFinding| json!({"rule": o.rule, "file": o.file, "line": o.line, "resource": o.resource, "theyHaveOne": o.they_have_one});
    let only_ours: Vec<_> = c.only_ours.iter().map(ours).collect();
    let report = json!({"tool": theirs.tool, "both": both, "onlyTheirs": only_theirs, "onlyOurs": only_ours});
    writeln!(out, "{report:#}")
}
