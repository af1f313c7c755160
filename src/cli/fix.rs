//! `armlint fix`

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use ecow::EcoString;
use jiff::Timestamp;
use jiff::tz::Offset;

use super::args::FixArgs;
use super::output::write_file;
use super::{Error, print, scan, status, working_directory};
use crate::check::Outcome;
use crate::check::result::Safety;
use crate::config::names::Rules;
use crate::diagnostic::Level;
use crate::edit::{self, Change, Editable, Edited, Fixed, Hidden, patch, suppress, text};
use crate::report::escape::visible;
use crate::report::words;
use crate::session::{Options, Session, Verdicts};
use crate::source::resolved;
use crate::walk::root::{relative, relative_bytes};

pub(super) fn run(args: &FixArgs) -> Result<u8, Error> {
    if args.interactive && !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        let wanted = "--interactive asks on a terminal, and there is none; leave it out, or look at --diff first";
        return Err(Error::Usage(wanted.to_owned()));
    }
    let mut session = Session::new(options(args)?)?;
    if let Some(note) = scan::which_counts(session.config()) {
        eprintln!("armlint: warning: {}", visible(&note));
    }
    let named: Option<HashSet<EcoString>> = named(&args.rules, &session)?;
    let words = args.suppress.as_ref().map(|rule| words_of(rule, args)).transpose()?;
    let accepted = args.suppress.as_ref().map(|rule| named_by(rule, &session)).transpose()?;
    let wanted = Wanted { named: accepted.or(named), words, unsafe_too: args.unsafe_fixes || args.interactive };
    let mut asking = args.interactive.then(Asking::default);
    let (fixed, left) = fixed(&mut session, &wanted, &args.paths, |change, name, text, hidden| {
        asking.as_mut().is_none_or(|asking| asking.may(change, name, text, hidden))
    })?;
    let root = fixed.verdicts.scanned().root.clone();
    if args.diff {
        let is_read = io::stdout().is_terminal();
        let hidden = Hidden::of(&fixed.verdicts);
        let mut left_out = Vec::new();
        print(|out| {
            fixed.files.iter().try_for_each(|(path, edited)| {
                // Where secrets stand is known of the text that was judged last, and of no other.
                let after = fixed.verdicts.sources().load(path).ok().filter(|s| s.text() == edited.after);
                let patch = after.and_then(|after| {
                    let old = patch::Side { text: edited.before.text(), hidden: &edited.hidden };
                    let new = patch::Side { text: &edited.after, hidden: hidden.in_file(after.id) };
                    patch::unified(&relative_bytes(path, &root), old, new)
                });
                match patch {
                    Some(patch) => out.write_all(shown(patch, is_read).as_bytes()),
                    None => {
                        left_out.push(path);
                        Ok(())
                    }
                }
            })
        })?;
        for path in left_out {
            eprintln!(
                "armlint: note: {} is left out of the patch, which would show a secret that stands there; without --diff it is changed",
                visible(&relative(path, &root))
            );
        }
    }
    let unwritten = if args.diff { BTreeSet::new() } else { written(&fixed.files) };
    if !args.diff {
        print(|out| said(out, &fixed, &unwritten, &root))?;
    }
    told(&fixed, &unwritten, left, args.diff);
    let incomplete = fixed.verdicts.diagnostics().iter().any(|d| d.level == Level::Error);
    Ok(match () {
        () if args.diff && !fixed.files.is_empty() => status::FINDINGS,
        () if !unwritten.is_empty() || incomplete => status::INCOMPLETE,
        () => status::GOOD,
    })
}

/// Applies the safe fixes of what a scan is about to look at; says what it did on standard error.
pub(super) fn before_a_scan(options: Options) -> Result<(), Error> {
    let paths = options.paths.clone();
    let mut session = Session::new(Options { once: false, write_known: None, ..options })?;
    let wanted = Wanted { named: None, words: None, unsafe_too: false };
    let (fixed, left) = fixed(&mut session, &wanted, &paths, |_, _, _, _| true)?;
    let unwritten = written(&fixed.files);
    told(&fixed, &unwritten, left, false);
    Ok(())
}

/// What is to be done.
struct Wanted {
    /// The rules whose findings are meant; all if nobody names one.
    named: Option<HashSet<EcoString>>,
    /// Findings are accepted in these words, and not mended.
    words: Option<suppress::Words>,
    /// Fixes that somebody should look at are applied as well.
    unsafe_too: bool,
}

/// Carries out what is wanted in memory. `may` is asked about each change, with the name of its file, its text and the secrets in it; also gives how
/// many changes are left for somebody to look at.
fn fixed(
    session: &mut Session,
    wanted: &Wanted,
    paths: &[PathBuf],
    mut may: impl FnMut(&Change, &str, &str, &[Range<usize>]) -> bool,
) -> Result<(Fixed, usize), Error> {
    let here = working_directory()?;
    let explicit: HashSet<PathBuf> = paths.iter().map(|p| resolved(&here.join(p))).collect();
    let root = session.root()?;
    let mut left = HashSet::new();
    let mut propose = |verdicts: &Verdicts| {
        let editable = Editable::of(verdicts);
        let changes = match &wanted.words {
            Some(words) => suppress::changes(verdicts, words),
            None => verdicts.results().iter().filter_map(|r| edit::offered(r, verdicts)).collect(),
        };
        let may = |path: &PathBuf| {
            (editable.is_within(path) || explicit.contains(path)) && editable.is_written(path) && path.is_file()
        };
        let meant = |c: &Change| {
            wanted.named.as_ref().is_none_or(|named| c.about.iter().any(|about| named.contains(&about.rule)))
        };
        changes.into_iter().filter(|c| meant(c) && may(&c.path)).collect()
    };
    let mut choose = |change: &Change, text: &str, hidden: &[Range<usize>]| {
        let path = &change.path;
        if change.safety == Safety::Review && !wanted.unsafe_too {
            left.insert((path.clone(), change.range.clone(), change.text.clone()));
            return false;
        }
        may(change, &relative(path, &root), text, hidden)
    };
    let fixed = edit::fix(session, &mut propose, &mut choose)?;
    Ok((fixed, left.len()))
}

fn options(args: &FixArgs) -> Result<Options, Error> {
    // All rules are judged, so that no change makes another one fail; a rule that is named exactly as well.
    let rules = match args.rules.iter().chain(&args.suppress).cloned().collect::<Vec<_>>() {
        named if named.is_empty() => named,
        named => std::iter::once("*".to_owned()).chain(named).collect(),
    };
    Ok(Options {
        paths: args.paths.clone(),
        include: args.include.clone(),
        exclude: args.exclude.clone(),
        baseline: args.baseline.clone(),
        rules,
        config: args.config.clone(),
        now: args.now,
        variables: scan::variables(),
        ..args.reach.options(working_directory()?)
    })
}

fn named(rules: &[String], session: &Session) -> Result<Option<HashSet<EcoString>>, Error> {
    let mut out = HashSet::new();
    for rule in rules {
        out.extend(named_by(rule, session)?);
    }
    Ok((!rules.is_empty()).then_some(out))
}

fn named_by(rule: &str, session: &Session) -> Result<HashSet<EcoString>, Error> {
    match session.rules_named(rule) {
        ids if ids.is_empty() => {
            let config = session.config();
            let similar = Rules { documents: &config.documents, pages: &config.pages }.similar(rule);
            let hint = match similar {
                Some(similar) => format!("did you mean `{similar}`?"),
                None => "`armlint rules` lists them".to_owned(),
            };
            Err(Error::Usage(format!("there is no rule `{rule}`; {hint}")))
        }
        ids => Ok(ids.into_iter().collect()),
    }
}

fn words_of(rule: &str, args: &FixArgs) -> Result<suppress::Words, Error> {
    let reason = args.reason.as_deref().unwrap_or_default().trim();
    if reason.is_empty() || reason.contains(['\n', '\r']) {
        let wanted = "--suppress needs a --reason of one line: why the finding is accepted";
        return Err(Error::Usage(wanted.to_owned()));
    }
    let today = Offset::UTC.to_datetime(args.now.unwrap_or_else(Timestamp::now)).date();
    if let Some(day) = args.until.filter(|day| *day < today) {
        let wanted =
            format!("--until {day} is past, so nothing would be accepted; it is the last day on which the finding is");
        return Err(Error::Usage(wanted));
    }
    let until = args.until.map(|day| day.to_string());
    Ok(suppress::Words { rule: rule.to_owned(), reason: reason.to_owned(), until })
}

/// Writes what is different; gives the files that could not be, which is said on standard error.
fn written(files: &BTreeMap<PathBuf, Edited>) -> BTreeSet<&Path> {
    let mut failed = BTreeSet::new();
    for (path, edited) in files {
        if let Err(why) = write(path, edited) {
            failed.insert(path.as_path());
            eprintln!("armlint: error: {} is as it was: {}", visible(&path.to_string_lossy()), visible(&why));
        }
    }
    failed
}

fn write(path: &Path, edited: &Edited) -> Result<(), String> {
    let old = fs::read(path).map_err(|e| format!("it cannot be read: {e}"))?;
    let Some(bytes) = text::encoded(&edited.after, &old, edited.before.text()) else {
        return Err("it has changed meanwhile, or holds bytes that are no text in its encoding".to_owned());
    };
    write_file(path, |out| out.write_all(&bytes)).map_err(|e| e.to_string())
}

/// A patch: exactly what is to be applied, or, for a terminal, lines that do nothing to it.
fn shown(patch: String, on_terminal: bool) -> String {
    if !on_terminal {
        return patch;
    }
    patch.lines().flat_map(|line| [visible(line), "\n".into()]).collect()
}

/// What was done, file by file.
fn said(out: &mut dyn Write, fixed: &Fixed, unwritten: &BTreeSet<&Path>, root: &Path) -> io::Result<()> {
    for path in fixed.files.keys().filter(|path| !unwritten.contains(path.as_path())) {
        writeln!(out, "{}", visible(&relative(path, root)))?;
        let mut done: BTreeMap<(String, &str), usize> = BTreeMap::new();
        for change in fixed.made.iter().filter(|c| c.path == *path) {
            *done.entry((rules(change), change.description.as_str())).or_default() += 1;
        }
        for ((rules, description), n) in done {
            let times = if n == 1 { String::new() } else { format!(" ({n} times)") };
            writeln!(out, "  {}: {}{times}", visible(&rules), visible(description))?;
        }
    }
    Ok(())
}

fn rules(change: &Change) -> String {
    let mut rules: Vec<&str> = change.about.iter().map(|a| a.rule.as_str()).collect();
    rules.dedup();
    rules.join(", ")
}

/// What came of it all, on standard error: standard output may be a patch.
fn told(fixed: &Fixed, unwritten: &BTreeSet<&Path>, left: usize, only_shown: bool) {
    for refused in &fixed.refused {
        eprintln!(
            "armlint: note: not done in {}: {} ({}): {}",
            visible(&relative(&refused.change.path, &fixed.verdicts.scanned().root)),
            visible(&refused.change.description),
            visible(&rules(&refused.change)),
            visible(&refused.why),
        );
    }
    let remaining = fixed.verdicts.results().iter().filter(|r| r.outcome == Outcome::Fail).count();
    let verb = if only_shown { "Would make" } else { "Made" };
    let made = fixed.made.iter().filter(|change| !unwritten.contains(change.path.as_path())).count();
    let made = words::count(made, "change");
    let remaining = match remaining {
        1 => "1 finding remains".to_owned(),
        n => format!("{n} findings remain"),
    };
    eprintln!("{verb} {made} in {}; {remaining}.", words::count(fixed.files.len() - unwritten.len(), "file"));
    if left > 0 {
        let fixes = if left == 1 { "1 more fix".to_owned() } else { format!("{left} more fixes") };
        eprintln!(
            "{fixes} should be looked at first: `armlint fix --diff --unsafe` shows, --interactive asks, --unsafe makes them."
        );
    }
}

/// A person who decides.
#[derive(Default)]
struct Asking {
    /// Nothing is asked any more: what is answered instead.
    always: Option<bool>,
}

impl Asking {
    fn may(&mut self, change: &Change, name: &str, text: &str, hidden: &[Range<usize>]) -> bool {
        if let Some(answer) = self.always {
            return answer;
        }
        let unseen = if change.safety == Safety::Safe { "" } else { ", should be looked at" };
        eprintln!("\n{}: {}{unseen}", visible(&rules(change)), visible(&change.description));
        match edit::hidden::masked(text, &change.range, &change.text, hidden) {
            Some((before, after)) => {
                let patch = patch::plain(name.as_bytes(), &before, &after);
                patch.lines().for_each(|line| eprintln!("{}", visible(line)));
            }
            None => eprintln!("{} (what changes is a secret, and is not shown)", visible(name)),
        }
        let mut answers = io::stdin().lock().lines();
        loop {
            eprint!("Make this change? [y]es, [n]o, [a]ll that follow, [q]uit: ");
            let _ = io::stderr().flush();
            let answer = answers.next().and_then(Result::ok).unwrap_or_else(|| "q".to_owned());
            match answer.trim() {
                "y" | "yes" => return true,
                "n" | "no" => return false,
                "a" | "all" => {
                    self.always = Some(true);
                    return true;
                }
                "q" | "quit" => {
                    self.always = Some(false);
                    return false;
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_is_exact_unless_a_terminal_would_obey_it() {
        let patch = "--- a/x\n-a\u{1b}[2Jb\r\n+é\n";
        assert_eq!(shown(patch.to_owned(), false), patch);
        assert_eq!(shown(patch.to_owned(), true), "--- a/x\n-a\\u{1b}[2Jb\n+é\n");
    }
}
