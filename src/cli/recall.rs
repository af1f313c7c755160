//! What a scan leaves for the next one, and what it makes of what another left: reports that are still true are written as they
//! were.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::Offset;

use super::args::ScanArgs;
use super::output::{self, write_file};
use super::{Error, git, print, scan, status, stdin, working_directory};
use crate::cache::{Cache, FirstLook, Key, Noticed, Outcome, Parts, States, Unread};
use crate::read::Sources;
use crate::scan::{Record, Scanned, with_threads};
use crate::session::{Session, Verdicts};
use crate::source::{asked, resolved};

/// A run of fewer files is as quick as the look for what another one left.
const FEWEST: usize = 20;

/// Nothing of a report that has more bytes is kept.
const LARGEST: usize = 48 << 20;

/// Where this run looks for what another one left, and leaves its own.
pub(super) struct Recall {
    cache: Cache,
    /// What decides all that is kept.
    base: Key,
    /// Of the reports of the whole.
    key: Key,
    /// Of what entry points came to.
    pieces: Option<Key>,
    /// What was there when this run began, of the paths that the one before had asked for.
    seen: Arc<FirstLook>,
    /// The bytes of the reports that the one before wrote.
    lengths: Vec<usize>,
    /// Somebody named the folder: everything is kept, however small.
    named: bool,
    /// Two sides are compared, so that what comes out is no answer to another run, and of one side not all lies on the disk:
    /// what entry points came to before is of use, and nothing is left.
    only_read: bool,
}

impl Recall {
    /// `None` where nothing is kept: because nobody wants that, or because more than the files decides what comes out. `command` is
    /// what is done; where it was to be compared with a revision and could not be, `no_base` says why.
    ///
    /// # Errors
    /// [`Error::Usage`] if the folder that is named is part of what is scanned.
    pub(super) fn of(args: &ScanArgs, command: &str, no_base: Option<&str>) -> Result<Option<Self>, Error> {
        let here = working_directory()?;
        let named = args.cache.as_ref().map(|folder| resolved(&here.join(folder)));
        let Some(cache) = named.clone().map(Cache::new).or_else(Cache::of_platform) else { return Ok(None) };
        let paths = if args.paths.is_empty() { vec![PathBuf::from(".")] } else { args.paths.clone() };
        let scanned: Vec<PathBuf> = paths.iter().map(|path| resolved(&here.join(path))).collect();
        if scanned.iter().any(|path| is_part(cache.folder(), path)) {
            return match named {
                Some(folder) => Err(Error::Usage(format!(
                    "--cache {} is part of what is scanned: a pull request could bring a folder of its own, with results that are not \
                     true; name one outside of the repository",
                    folder.display()
                ))),
                None => Ok(None),
            };
        }
        let only_read = args.since.is_some() && no_base.is_none();
        let other = args.no_cache || args.fix || args.write_known.is_some();
        // What lies in the kernel's folders is no file that stays as it is.
        let stdin = args.paths.iter().any(|path| stdin::is_meant(path));
        if other || stdin || scan::inputs(args).any(stdin::is_of_kernel) {
            return Ok(None);
        }
        let Some(base) = base() else { return Ok(None) };
        let mut key = base.clone();
        key.add("command", command);
        key.add("options", &format!("{:?}", without_places(args)));
        key.add("not compared", no_base.unwrap_or_default());
        key.add("folder", &here.to_string_lossy());
        key.add("screen", &format!("{:?}", output::screen(args.color, args.show_all)));
        asked::record();
        let (seen, lengths) = (Arc::default(), Vec::new());
        Ok(Some(Recall { cache, base, key, pieces: None, seen, lengths, named: named.is_some(), only_read }))
    }

    /// The exit status of a run that was asked for the same, with its reports, if all is still as it was. If not, the session is told
    /// what was walked.
    pub(super) fn known(&mut self, session: &mut Session) -> Option<(u8, Parts)> {
        if self.only_read {
            return None;
        }
        let root = session.root().ok()?;
        self.key.add("repository", &format!("{:?}", git::provenance(&root, |name| std::env::var(name).ok())));
        let (outcome, reports) = self.cache.get::<Outcome>(&self.key)?;
        let (walked, seen) = match outcome.states.are_many() {
            true => with_threads(|| rayon::join(|| session.walked(), || outcome.states.again())).ok()?,
            false => (session.walked(), outcome.states.again()),
        };
        let walked = walked?;
        let same = seen == outcome.states && walked.sum() == outcome.walked;
        self.lengths = reports.lengths().to_vec();
        if let Some(reports) = same.then(|| read(reports)).flatten() {
            self.cache.used(&self.key);
            return Some((outcome.status, reports));
        }
        self.seen = Arc::new(seen.into());
        session.has_walked(walked);
        None
    }

    /// Lets the session use what entry points came to in another run. To be asked if not all is as it was.
    pub(super) fn lend(&mut self, session: &mut Session) {
        let Some(basis) = session.basis() else { return };
        let mut key = self.base.clone();
        key.add("pieces", &basis);
        let record = self.cache.get(&key).and_then(|(table, pieces)| Some(Record { table, pieces: read(pieces)? }));
        if self.only_read {
            if let Some(record) = record {
                self.cache.used(&key);
                session.keep_only_read(record);
            }
            return;
        }
        session.keep(record.unwrap_or_default(), self.seen.clone());
        self.pieces = Some(key);
    }

    /// Room for the report with this number, in the order in which they are written.
    pub(super) fn room(&self, report: usize) -> Kept {
        Kept::of_length(self.lengths.get(report).copied().unwrap_or_default())
    }

    /// Leaves what came out for the next run, and what entry points came to.
    pub(super) fn keep(&self, session: &mut Session, verdicts: &Verdicts, reports: Vec<Kept>, status: u8) {
        let files = verdicts.files().len();
        let whole = || self.keep_whole(verdicts.scanned(), verdicts.sources(), reports, status);
        let mut pieces = || self.keep_pieces(session, files);
        if files < FEWEST {
            whole();
            pieces();
        } else {
            // Without threads there was no scan.
            let _ = with_threads(|| rayon::join(whole, pieces));
        }
    }

    /// Leaves what entry points came to for the next run.
    fn keep_pieces(&self, session: &mut Session, files: usize) {
        if let Some(key) = self.pieces.as_ref().filter(|_| self.is_worth(files)) {
            match session.kept() {
                Some(Record { table, pieces }) => self.cache.put(key, &table, &pieces),
                _ => self.cache.used(key),
            }
        }
    }

    /// Leaves what came out for the next run, unless it hangs on more than what lies on the disk.
    fn keep_whole(&self, scanned: &Scanned, sources: &Sources, reports: Vec<Kept>, status: u8) {
        if self.only_read {
            return;
        }
        let (paths, time) = asked::recorded();
        let lost = scanned.diagnostics.iter().any(|d| d.code == "internal");
        let holds = !time && !lost && status != status::USAGE && self.is_worth(scanned.files.len());
        let Some(walked) = scanned.walked.filter(|_| holds) else { return };
        let Some(reports) = reports.into_iter().map(|kept| kept.0).collect::<Option<Vec<_>>>() else { return };
        let noticed = Noticed { read: &|path| sources.sum(path), seen: &self.seen };
        let Some(states) = States::of(paths, &noticed) else { return };
        self.cache.put(&self.key, &Outcome { states, walked, status }, &Parts::new(reports));
    }

    /// Whether what so many files came to is kept.
    fn is_worth(&self, files: usize) -> bool {
        files >= FEWEST || self.named
    }
}

/// The parts of a record: on the threads of the scan, where there is much to read.
fn read(parts: Unread) -> Option<Parts> {
    const MUCH: usize = 4 << 20;
    match parts.bytes()? {
        ..MUCH => parts.read(),
        _ => with_threads(|| parts.read()).ok()?,
    }
}

/// The key of this build, for this user, today.
fn base() -> Option<Key> {
    let mut key = Key::of_build()?;
    key.add("home", &format!("{:?}", std::env::home_dir()));
    key.add("day", &Offset::UTC.to_datetime(Timestamp::now()).date().to_string());
    for (name, value) in variables() {
        key.add(&name, &value);
    }
    Some(key)
}

/// Writes reports as they were written before.
pub(super) fn write(args: &ScanArgs, reports: &Parts) -> Result<(), Error> {
    let mut reports = reports.iter();
    for file in args.output.iter().chain(args.reports.iter().map(|r| &r.file)) {
        let report = reports.next().unwrap_or_default();
        write_file(file, |out| out.write_all(report))?;
    }
    match reports.next() {
        Some(report) => print(|out| out.write_all(report)),
        None => Ok(()),
    }
}

/// Whether a folder lies in what is scanned, or in the repository that holds it.
fn is_part(folder: &Path, scanned: &Path) -> bool {
    let repository = crate::walk::root::repository(scanned);
    let inside = |of: &Path| folder.starts_with(of) || real(folder).starts_with(real(of));
    inside(scanned) || repository.is_some_and(|r| inside(&r))
}

/// A path with links followed as far as something is there.
fn real(path: &Path) -> PathBuf {
    let there = path.ancestors().find_map(|p| Some((p.canonicalize().ok()?, path.strip_prefix(p).ok()?)));
    there.map_or_else(|| path.to_path_buf(), |(real, rest)| real.join(rest))
}

/// What is asked for, whatever the files are called that the answers go to.
fn without_places(args: &ScanArgs) -> ScanArgs {
    let mut args = args.clone();
    args.cache = None;
    args.output = args.output.map(|_| PathBuf::new());
    args.reports.iter_mut().for_each(|report| report.file = PathBuf::new());
    args
}

/// The variables that decide what comes out.
fn variables() -> Vec<(String, String)> {
    let ours = |(name, _): &(String, String)| {
        let name = name.to_ascii_uppercase();
        name.starts_with("PSRULE_") || name.starts_with("ARMLINT_") && name != crate::journal::VARIABLE
    };
    let mut variables: Vec<_> = scan::variables().into_iter().filter(ours).collect();
    variables.sort();
    variables
}

/// A report as it is written, for [`Recall::keep`]; `None` if it is too long.
#[derive(Debug, Default)]
pub(super) struct Kept(Option<Vec<u8>>);

impl Kept {
    /// For a report of about so many bytes.
    pub(super) fn of_length(bytes: usize) -> Self {
        // A little more than the one before: to grow is to copy all of it.
        Kept(Some(Vec::with_capacity(bytes.min(LARGEST) + bytes.min(LARGEST) / 16)))
    }
}

/// Writes to two places.
pub(super) struct Both<'a> {
    /// Where the report goes.
    pub out: &'a mut dyn Write,
    /// What is kept of it, if anything is.
    pub kept: Option<&'a mut Kept>,
}

impl Write for Both<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        if let Some(Kept(kept)) = &mut self.kept {
            let part = bytes.get(..written).unwrap_or_default();
            match kept {
                Some(all) if all.len() + written <= LARGEST => all.extend_from_slice(part),
                _ => *kept = None,
            }
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
