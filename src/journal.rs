//! What this process is working on, told to the process that watches it.
//!
//! A stack that runs out, memory that nobody has, or the system's own killer end a process at once: nothing inside it can
//! write a report any more. So the work is done by a process that another one started ([`crate::cli`] has that one), and
//! each piece of work is announced before it begins. A piece that the process died of is left out when it is started anew.
//!
//! The announcements are lines in a pipe that stands where standard input would: `+ID`, `-ID`, `.` for "still here",
//! and `=` where all is done and the process goes on.
//! A process that nobody watches announces nothing, and each call here is then a single look at a flag.

use std::collections::HashSet;
use std::fmt;
use std::hash::Hasher;
use std::io::{self, PipeWriter, Write};
use std::path::Path;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use crate::diagnostic::{Diagnostic, Level};
use crate::lock::lock;

/// The environment variable that makes a process one that is watched; its value is a [`Plan`].
pub const VARIABLE: &str = "ARMLINT_WATCHED";

/// How often a process says that it is still there, and so learns whether anybody listens.
const BEAT: Duration = Duration::from_millis(200);

/// A kind of work that is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// A file is parsed.
    Read,
    /// A file is judged as such.
    Judge,
    /// A compiled template is compared with its Bicep.
    Compare,
    /// An entry point is evaluated and judged.
    Evaluate,
    /// Reports are written.
    Report,
}

/// The name of a piece of work: the same in every process of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkId(u64);

impl WorkId {
    /// The name of this work on this file.
    pub fn new(work: Work, path: &Path) -> Self {
        let mut hasher = rustc_hash::FxHasher::default();
        hasher.write_u8(work as u8);
        hasher.write(path.as_os_str().as_encoded_bytes());
        WorkId(hasher.finish())
    }

    /// The writing of the reports.
    pub fn report() -> Self {
        WorkId::new(Work::Report, Path::new(""))
    }
}

impl fmt::Display for WorkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for WorkId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u64::from_str_radix(text, 16).map(WorkId)
    }
}

/// What a process that is started anew does otherwise than the one before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Work that is left out, because a process died of it.
    pub lost: Vec<WorkId>,
    /// Work that is done while nothing else is, because a process died of one of these.
    pub suspects: Vec<WorkId>,
    /// Files are read and reported, but none is evaluated or judged.
    pub nothing_else: bool,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = |ids: &[WorkId]| ids.iter().map(WorkId::to_string).collect::<Vec<_>>().join(",");
        write!(f, "{};{};{}", all(&self.lost), all(&self.suspects), u8::from(self.nothing_else))
    }
}

impl FromStr for Plan {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split(';').map(|p| p.split(',').filter(|id| !id.is_empty()));
        let mut ids = || parts.next().into_iter().flatten().map(str::parse).collect::<Result<Vec<_>, _>>();
        let (lost, suspects) = (ids()?, ids()?);
        Ok(Plan { lost, suspects, nothing_else: text.ends_with(";1") })
    }
}

/// Work that a process died of and that is therefore left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost;

impl Lost {
    /// Why a file is not analysed.
    pub const REASON: &str = "lost: armlint ran out of memory or stack over it, or made a mistake";

    /// The diagnostic about the file.
    pub fn diagnostic(self, path: &Path) -> Diagnostic {
        let message = "armlint died of this file (out of memory or stack, or a mistake of armlint) and went on without \
                       it; please report it with the file";
        Diagnostic::at_path(Level::Error, "internal", path, message)
    }
}

struct Journal {
    pipe: PipeWriter,
    lost: RwLock<HashSet<WorkId>>,
    suspects: HashSet<WorkId>,
    nothing_else: AtomicBool,
    /// Small work that is done, which nobody has been told yet: to tell of each piece by itself would take a good part of the run.
    done: Mutex<Vec<WorkId>>,
    /// Held for writing by work that is done alone.
    alone: RwLock<()>,
}

static JOURNAL: OnceLock<Journal> = OnceLock::new();

/// Makes this a process that is watched, if it was started as one. True if it was.
pub fn start() -> bool {
    let Some(plan) = std::env::var(VARIABLE).ok().and_then(|text| text.parse::<Plan>().ok()) else { return false };
    let Ok(pipe) = channel() else { return true };
    let journal = Journal {
        pipe,
        lost: RwLock::new(plan.lost.into_iter().collect()),
        suspects: plan.suspects.into_iter().collect(),
        nothing_else: AtomicBool::new(plan.nothing_else),
        done: Mutex::default(),
        alone: RwLock::new(()),
    };
    if JOURNAL.set(journal).is_ok() {
        let beat = || {
            while let Some(journal) = JOURNAL.get() {
                std::thread::sleep(BEAT);
                journal.say(format_args!("."));
            }
        };
        // Without it, the end of the watching process is only noticed at the next piece of work.
        let _ = std::thread::Builder::new().stack_size(64 << 10).spawn(beat);
    }
    true
}

/// The pipe that stands where standard input would.
fn channel() -> io::Result<PipeWriter> {
    #[cfg(unix)]
    let own = std::os::fd::AsFd::as_fd(&io::stdin()).try_clone_to_owned();
    #[cfg(windows)]
    let own = std::os::windows::io::AsHandle::as_handle(&io::stdin()).try_clone_to_owned();
    own.map(PipeWriter::from)
}

impl Journal {
    /// One line, after those about what is done by now. Where nobody listens any more, this process has no reason to go on.
    fn say(&self, what: fmt::Arguments<'_>) {
        // Nobody else says anything meanwhile: the lines of several threads do not mix, and what was done is told before what comes.
        let mut done = lock(&self.done);
        let mut lines: String = done.iter().map(|id| format!("-{id}\n")).collect();
        lines.push_str(&format!("{what}\n"));
        if (&self.pipe).write_all(lines.as_bytes()).is_err() {
            std::process::exit(i32::from(crate::status::INCOMPLETE));
        }
        done.clear();
    }
}

/// Says that a piece of work is done, however it ended: of small work with what comes next.
struct Done<'j> {
    journal: &'j Journal,
    id: WorkId,
    is_small: bool,
}

impl Drop for Done<'_> {
    fn drop(&mut self) {
        match self.is_small {
            true => lock(&self.journal.done).push(self.id),
            false => self.journal.say(format_args!("-{}", self.id)),
        }
    }
}

/// A file has changed: work on it that a process died of may be tried again. Where so much died that nothing was evaluated any
/// more, all may.
pub fn retry(path: &Path) {
    let Some(journal) = JOURNAL.get() else { return };
    journal.nothing_else.store(false, Ordering::Relaxed);
    let mut lost = journal.lost.write().unwrap_or_else(PoisonError::into_inner);
    for work in [Work::Read, Work::Judge, Work::Compare, Work::Evaluate, Work::Report] {
        lost.remove(&WorkId::new(work, path));
    }
}

/// Says that what was to be done is done, and that this process goes on all the same: it waits for something else to do.
pub fn at_rest() {
    if let Some(journal) = JOURNAL.get() {
        journal.say(format_args!("="));
    }
}

/// Says what is done by now: a process that dies from here on dies of something else.
pub fn so_far() {
    if let Some(journal) = JOURNAL.get() {
        journal.say(format_args!("."));
    }
}

/// Does a piece of work on a file, announced where somebody watches.
///
/// # Errors
/// [`Lost`] if a process of this run died of it: it is not done again.
pub fn during<T>(work: Work, path: &Path, f: impl FnOnce() -> T) -> Result<T, Lost> {
    let Some(journal) = JOURNAL.get() else { return Ok(f()) };
    let id = WorkId::new(work, path);
    let evaluates = matches!(work, Work::Judge | Work::Compare | Work::Evaluate);
    if journal.lost.read().unwrap_or_else(PoisonError::into_inner).contains(&id)
        || evaluates && journal.nothing_else.load(Ordering::Relaxed)
    {
        return Err(Lost);
    }
    let (_alone, _together);
    if journal.suspects.contains(&id) {
        _alone = journal.alone.write().unwrap_or_else(PoisonError::into_inner);
    } else {
        _together = journal.alone.read().unwrap_or_else(PoisonError::into_inner);
    }
    journal.say(format_args!("+{id}"));
    let _done = Done { journal, id, is_small: matches!(work, Work::Read | Work::Judge) };
    Ok(f())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_as_it_was_written() {
        let id = |name: &str| WorkId::new(Work::Read, Path::new(name));
        for nothing_else in [false, true] {
            for lost in [vec![], vec![id("a")], vec![id("a"), id("b")]] {
                let plan = Plan { lost, suspects: vec![id("c"), id("d")], nothing_else };
                assert_eq!(plan.to_string().parse::<Plan>().unwrap(), plan);
            }
        }
        assert!("x".parse::<Plan>().is_err());
    }

    #[test]
    fn what_is_done_is_told_before_what_comes() {
        let (reader, pipe) = io::pipe().unwrap();
        let (lost, suspects, nothing_else, done, alone) = Default::default();
        let journal = Journal { pipe, lost, suspects, nothing_else, done, alone };
        let [a, b, c] = ["a", "b", "c"].map(|name| WorkId::new(Work::Read, Path::new(name)));
        let end = |id, is_small| drop(Done { journal: &journal, id, is_small });
        end(a, true);
        end(b, true);
        journal.say(format_args!("+{c}"));
        end(c, false);
        end(a, true);
        journal.say(format_args!("."));
        drop(journal);
        assert_eq!(io::read_to_string(reader).unwrap(), format!("-{a}\n-{b}\n+{c}\n-{c}\n-{a}\n.\n"));
    }

    #[test]
    fn each_work_on_a_file_has_a_name_of_its_own() {
        let id = |work| WorkId::new(work, Path::new("a.json"));
        assert_ne!(id(Work::Read), id(Work::Judge));
        assert_ne!(id(Work::Read), WorkId::new(Work::Read, Path::new("b.json")));
    }
}
