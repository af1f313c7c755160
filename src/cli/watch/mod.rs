//! `armlint scan --watch`: a scan, and another one whenever something changes that its result hangs on.
//!
//! All scans are checks of one session, which does not read, model or judge again what has not changed. Each of them is preceded by a
//! look at the folders, which from then on are watched ([`watcher`]), so that nothing changes unseen between the look and the
//! wait. Which changes count is said in [`relevance`], what people are told in [`news`].

mod news;
mod relevance;
mod watcher;

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use super::args::ScanArgs;
use super::progress::Progress;
use super::{Error, offer, output, scan, status, stdin, working_directory};
use crate::cache::Sum;
use crate::expand::Deployed;
use crate::graph::outline::Watch;
use crate::journal;
use crate::report::tally::Tally;
use crate::report::{Format, escape};
use crate::scan::{ScanError, panic_text};
use crate::session::{Options, Session, Verdicts};
use crate::source::resolved;
use crate::walk::{WalkError, Walked};
use relevance::{Bearing, Happened, Relevance};
use watcher::Watcher;

/// So often a scan is repeated at once because files change while it goes on.
const REPEATS: usize = 3;

/// So often folders are looked for because there are new ones.
const LOOKS: usize = 5;

/// What ends the screen of a terminal and begins a new one.
const CLEAR: &[u8] = b"\x1b[2J\x1b[H";

/// Scans and waits, until somebody stops it, nobody reads what it writes, or the working directory is gone. `options` are those of
/// the session.
///
/// # Errors
/// [`Error`] if what is asked for makes no sense, as a scan has it. What goes wrong after the first report is told and does not
/// end it.
pub(super) fn run(args: &ScanArgs, options: impl Fn() -> Result<Options, Error>) -> Result<u8, Error> {
    refuse(args)?;
    scan::check_outputs(args)?;
    let base = working_directory()?;
    let mut rounds = Rounds {
        args,
        options: &options,
        session: Session::new(options()?)?,
        spoilt: false,
        watcher: Watcher::new(args.poll),
        relevance: Relevance::new(&base, own_files(args, &base)),
        walked: None,
        outline: Watch::default(),
        day: today(),
        before: None,
        base,
    };
    let mut changed: Option<Vec<PathBuf>> = None;
    loop {
        let started = Instant::now();
        match rounds.scan_and_show(changed.as_deref(), started) {
            Ok(true) => {}
            // Nobody reads it.
            Ok(false) => return Ok(status::GOOD),
            // What is wrong from the beginning is no change that somebody takes back.
            Err(error) if changed.is_none() => return Err(error),
            Err(error) => {
                rounds.clear()?;
                say(&format!("error: {error}"));
                say(&news::of_failure(changed.as_deref(), &rounds.base, started.elapsed()));
            }
        }
        journal::at_rest();
        changed = Some(rounds.wait()?);
    }
}

/// Says why something does not go together with waiting for changes.
///
/// # Errors
/// [`Error::Usage`]
fn refuse(args: &ScanArgs) -> Result<(), Error> {
    let why = if args.fix {
        "--fix: files would be changed under the hands of whoever edits them; run `armlint fix` when you want the changes made".to_owned()
    } else if args.since.is_some() {
        "--since: what is compared with would move on with every commit; run `armlint scan --since` when you want to compare".to_owned()
    } else if args.write_known.is_some() {
        "--write-known: everything that comes up would be accepted unseen; run it once and watch with --known"
            .to_owned()
    } else if args.cache.is_some() {
        "--cache: what is found out stays in memory and is not written down; leave --cache out".to_owned()
    } else if args.stdin_filename.is_some() || args.paths.iter().any(|path| stdin::is_meant(path)) {
        "standard input: it can be read only once; name a file".to_owned()
    } else if let Some(path) = scan::inputs(args).find(|path| stdin::is_of_kernel(path)) {
        format!("{}: it can be read only once; name a file", path.display())
    } else {
        return Ok(());
    };
    Err(Error::Usage(format!("--watch does not go together with {why}")))
}

/// The files that the reports go to, by all names that the system may have for them.
fn own_files(args: &ScanArgs, base: &Path) -> Vec<PathBuf> {
    let files = scan::outputs(args).into_iter().map(|file| resolved(&base.join(file)));
    files.flat_map(|file| file.canonicalize().ok().into_iter().chain([file])).collect()
}

fn today() -> Date {
    Offset::UTC.to_datetime(Timestamp::now()).date()
}

/// Paths, and what the links among them lead to: it changes there.
fn with_led_to(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    let led_to = paths.iter().filter(|path| path.is_symlink()).filter_map(|path| path.canonicalize().ok());
    paths.extend(led_to.collect::<Vec<_>>());
    paths
}

/// One line on standard error.
fn say(text: &str) {
    eprintln!("armlint: {}", escape::visible(text));
}

/// The scans, one after the other.
struct Rounds<'a> {
    args: &'a ScanArgs,
    options: &'a dyn Fn() -> Result<Options, Error>,
    /// The working directory.
    base: PathBuf,
    session: Session,
    /// After a mistake of ours: what the session was about to remember may be half of it.
    spoilt: bool,
    watcher: Watcher,
    relevance: Relevance,
    /// What would have been walked before the last scan.
    walked: Option<Walked>,
    /// What is deployed, for reports that show it.
    outline: Watch,
    /// The day by which everything was judged.
    day: Date,
    /// What the last report said.
    before: Option<Tally>,
}

impl Rounds<'_> {
    /// A scan, its reports, and what is otherwise than before. `false` if nobody reads it.
    fn scan_and_show(&mut self, changed: Option<&[PathBuf]>, started: Instant) -> Result<bool, Error> {
        let verdicts = self.scan(changed.is_none())?;
        self.show(&verdicts, changed, started)
    }

    /// A scan of files that did not change while it went on, and were watched all the time.
    fn scan(&mut self, first: bool) -> Result<Verdicts, Error> {
        let mut repeats = 0;
        loop {
            self.look();
            let found = self.check(first);
            let looked_at = self.looked_at();
            match &found {
                Ok(verdicts) => {
                    self.relevance.succeeded(looked_at, verdicts.files().iter().map(|file| file.path.as_path()));
                }
                // These say which paths they hang on.
                Err(Error::Config(_)) => self.relevance.hangs_on(self.config_paths()),
                Err(Error::Scan(ScanError::Walk(WalkError::NotFound(_)))) => {
                    let all = self.config_paths().into_iter().chain(self.named());
                    self.relevance.hangs_on(all.collect());
                }
                Err(_) => self.relevance.failed(looked_at),
            }
            // Of what was only reached by reading it is not known whether it has changed before it was watched.
            let new = self.follow();
            repeats += 1;
            if found.is_err() || repeats > REPEATS || !new || self.session.outdated().is_empty() {
                return found;
            }
        }
    }

    /// Judges all files as they are now.
    fn check(&mut self, first: bool) -> Result<Verdicts, Error> {
        if self.spoilt {
            self.session = Session::new((self.options)()?)?;
            (self.spoilt, self.outline) = (false, Watch::default());
        }
        let session = &mut self.session;
        if self.day != today() {
            session.judge_anew();
            self.day = today();
        }
        let shows_deployed = scan::formats(self.args).any(Format::shows_deployed);
        let progress = Progress::new();
        let see = |deployed: &Deployed, path: &Path| {
            progress.step();
            if shows_deployed {
                self.outline.see(deployed, path);
            }
        };
        match catch_unwind(AssertUnwindSafe(|| session.check_and_see(&see))) {
            Ok(found) => Ok(found?),
            // Nothing is known yet that would be worth to go on for.
            Err(panic) if first => resume_unwind(panic),
            Err(panic) => {
                self.spoilt = true;
                let what = panic_text(panic.as_ref());
                Err(Error::Usage(format!("armlint made a mistake ({what}); please report it with the files")))
            }
        }
    }

    /// Writes the reports and says what is otherwise.
    fn show(&mut self, verdicts: &Verdicts, changed: Option<&[PathBuf]>, started: Instant) -> Result<bool, Error> {
        let (config, scanned) = (self.session.config(), verdicts.scanned());
        output::check_against(&scan::outputs(self.args), config.file.as_slice())?;
        output::check_links(&scan::outputs(self.args), self.args.reach.root.as_deref())?;
        let outline = scan::formats(self.args)
            .any(Format::shows_deployed)
            .then(|| self.outline.so_far(&scanned.entry_points, &scanned.secrets));
        let report = scan::report(self.args, verdicts, config, outline.as_ref(), None);
        let now = Tally::of(&report);
        self.clear()?;
        match scan::write(self.args, report, None)? {
            Some(written) if !written.is_read => return Ok(false),
            Some(_) => {}
            None => say("error: armlint died over the report before; there is none. Please report this with the files"),
        }
        if let Some(note) = scan::which_counts(config) {
            say(&format!("warning: {note}"));
        }
        // Of the exit status, only what is said about it is of use here.
        scan::exit_status(self.args, config, scanned);
        if let Some(why) = self.watcher.handicap() {
            say(&format!(
                "warning: the system cannot watch the folders ({why}); they are looked at every second instead"
            ));
        }
        let lines = news::of_report(&now, self.before.as_ref(), changed, &self.base, started.elapsed());
        lines.iter().for_each(|line| say(line));
        self.before = Some(now);
        Ok(true)
    }

    /// Takes the last report off the screen, where there is one.
    fn clear(&self) -> Result<(), Error> {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if self.args.output.is_none() && std::io::stdout().is_terminal() && !dumb {
            offer(|out| out.write_all(CLEAR))?;
        }
        Ok(())
    }

    /// What has a part in the result, as far as that is known.
    fn looked_at(&self) -> Vec<PathBuf> {
        with_led_to(self.session.looked_at().into_iter().chain(self.named()).collect())
    }

    /// What has a part in the configuration.
    fn config_paths(&self) -> Vec<PathBuf> {
        with_led_to(self.session.config_files().map(Path::to_path_buf).collect())
    }

    /// What the command line names.
    fn named(&self) -> impl Iterator<Item = PathBuf> {
        self.args.paths.iter().map(|path| resolved(&self.base.join(path)))
    }

    /// Sees which folders there are, until all of them are watched.
    fn look(&mut self) {
        for _ in 0..LOOKS {
            self.walked = self.session.walked();
            if let Some(walked) = &mut self.walked {
                // That its own reports come into being is nothing new.
                walked.files.retain(|file| !self.relevance.is_own(&file.path));
                walked.skipped.retain(|skipped| !self.relevance.is_own(&skipped.path));
            }
            self.relevance.walked(self.walked.as_ref().map(|w| w.folders.as_slice()).unwrap_or_default());
            if !self.follow() {
                break;
            }
        }
    }

    /// Watches all folders that matter. Gives whether one of them was not watched before.
    fn follow(&mut self) -> bool {
        let walked = self.walked.as_ref().map(|w| w.folders.as_slice()).unwrap_or_default();
        let there = |folder: &Path| folder.ancestors().find(|a| a.is_dir()).map(Path::to_path_buf);
        let mut others: BTreeSet<PathBuf> = self.relevance.parents().into_iter().filter_map(there).collect();
        // A folder within the working directory may be renamed with all that is in it.
        others.extend(self.relevance.folders().filter(|f| f.starts_with(&self.base)).map(Path::to_path_buf));
        others.insert(self.base.clone());
        let others: Vec<PathBuf> = others.into_iter().collect();
        self.watcher.follow(walked, &others)
    }

    /// Waits until something has changed that the result hangs on. Gives what.
    fn wait(&mut self) -> Result<Vec<PathBuf>, Error> {
        loop {
            let relevance = &self.relevance;
            let bears = |path: &Path, happened| relevance.of(path, happened, path.is_dir()) != Bearing::None;
            let batch = self.watcher.wait(bears);
            if !self.base.is_dir() {
                let message =
                    format!("the working directory {} is gone; there is nothing to watch", self.base.display());
                return Err(Error::Usage(message));
            }
            let (mut changed, mut folders, mut look) = (BTreeSet::new(), BTreeSet::new(), batch.uncertain);
            for (path, happened) in batch.changes {
                look |= happened == Happened::Existence && self.watcher.forget(&path);
                match self.relevance.of(&path, happened, path.is_dir()) {
                    Bearing::Result => drop(changed.insert(path)),
                    Bearing::Walk => drop(folders.insert(path)),
                    Bearing::None => {}
                }
            }
            if batch.uncertain {
                changed.extend(self.session.outdated().into_iter().filter(|path| self.relevance.of_outdated(path)));
            }
            let mut again = !changed.is_empty();
            if !again && (look || !folders.is_empty()) {
                let before = self.digest();
                self.look();
                // Other files are no reason while it is known what the scan hangs on.
                if before != self.digest() && !self.relevance.is_narrow() {
                    again = true;
                    changed.extend(folders);
                }
            }
            if again {
                changed.iter().for_each(|path| self.has_changed(path));
                return Ok(changed.into_iter().collect());
            }
        }
    }

    fn digest(&self) -> Option<Sum> {
        self.walked.as_ref().map(Walked::sum)
    }

    /// Something is read anew, and what armlint died of before is tried once more.
    fn has_changed(&self, path: &Path) {
        journal::retry(path);
        self.session.touch(path);
        self.session.parameter_files_of(path).iter().for_each(|file| journal::retry(file));
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::args::{Cli, Command};

    fn args(line: &str) -> Box<ScanArgs> {
        match Cli::try_parse_from(format!("armlint scan --watch {line}").split_whitespace()).unwrap().command {
            Command::Scan(args) => args,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_does_not_go_together_is_refused_with_the_reason() {
        for (line, why) in [
            ("--fix", "under the hands"),
            ("--since main", "every commit"),
            ("--write-known k.json", "accepted unseen"),
            ("--cache ../kept", "in memory"),
            ("-", "only once"),
            ("/dev/stdin", "/dev/stdin: it can be read only once"),
        ] {
            let refused = refuse(&args(line)).unwrap_err().to_string();
            assert!(refused.starts_with("--watch does not go together with") && refused.contains(why), "{refused}");
        }
        for line in ["", "infra --shard 1/2 --no-cache", "--known k.json --fail-on none", "--poll -o out.json"] {
            assert!(refuse(&args(line)).is_ok(), "{line}");
        }
    }

    #[test]
    fn the_files_of_a_scan_are_known_by_all_their_names() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().canonicalize().unwrap();
        std::fs::write(base.join("a.json"), "").unwrap();
        let own = own_files(&args("-o a.json --report sarif=b.sarif"), &base);
        assert!(own.contains(&base.join("a.json")) && own.contains(&base.join("b.sarif")), "{own:?}");
    }
}
