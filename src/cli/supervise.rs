//! The process that watches the one that does the work.
//!
//! It reads nothing of what strangers wrote, so nothing they write can end it. When the other one dies, it starts it anew
//! without what it died of: work that was alone in the making is left out, work that was in the making together is done
//! one after the other, so that a healthy neighbour is not blamed.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, PipeReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};
use std::time::{Duration, Instant};

use super::{status, stdin};
use crate::journal::{Plan, VARIABLE, WorkId};

/// After so many deaths, all that was in the making is left out at once. Each death costs a run of the whole scan, and a
/// pull request that holds more than a few files of which armlint dies is an attack: its neighbours have no claim to care.
const CAREFUL: usize = 8;

/// After so many deaths nothing is evaluated any more.
const MOST: usize = 16;

/// Nor when so much time has gone by since the first start; a job on GitHub waits for it.
const LONGEST: Duration = Duration::from_secs(120);

/// Between two looks into the journal. The end of a run is noticed so much later at most.
const PAUSE: Duration = Duration::from_millis(1);

/// Bytes that a pipe holds on most systems.
const PIPE: usize = 64 << 10;

/// Watches a process that does what the command line says, and gives its exit status. `None` if this process must do it
/// itself: where no other can be started, and where `inputs` (the paths on the command line) can be read only once.
pub(super) fn supervise<'p>(mut inputs: impl Iterator<Item = &'p PathBuf>) -> Option<ExitCode> {
    // A second process would find it empty.
    if inputs.any(|path| stdin::is_meant(path) || stdin::is_of_kernel(path)) {
        return None;
    }
    let program = std::env::current_exe().ok()?;
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    let (mut started, mut deaths) = (Instant::now(), 0);
    let mut plan = Plan::default();
    loop {
        let (status, Followed { doing, rested }) = match run(&program, &args, &plan) {
            Ok(ended) => ended,
            Err(_) if deaths == 0 => return None,
            Err(e) => return Some(give_up(&format!("armlint died and could not be started anew: {e}"))),
        };
        if let Some(status) = regular(status) {
            return Some(status);
        }
        if rested {
            // It had done all there was to do and was at something new: files have changed since.
            (plan, started, deaths) = (Plan::default(), Instant::now(), 0);
        }
        deaths += 1;
        match next(&plan, &doing, deaths, started.elapsed()) {
            Ok(next) => plan = next,
            Err(why) => return Some(give_up(&format!("{why} ({status})"))),
        }
    }
}

fn give_up(why: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "armlint: error: {why}; there is no report. Please report this with the files");
    ExitCode::from(status::INCOMPLETE)
}

/// Runs the process to its end. Gives how it ended, and what it was doing then.
fn run(program: &Path, args: &[OsString], plan: &Plan) -> io::Result<(ExitStatus, Followed)> {
    let (reader, writer) = io::pipe()?;
    let mut child = {
        // The command holds this side's end for writing; it must go before the pipe is read to its end.
        let mut command = Command::new(program);
        command.args(args).env(VARIABLE, plan.to_string()).stdin(writer);
        command.spawn()?
    };
    let followed = follow(reader);
    Ok((child.wait()?, followed))
}

/// A pipe that is read now and then: a reader that waits for every line is woken by every line, which costs both processes
/// more than many a file does.
struct Unhurried {
    pipe: PipeReader,
    begun: bool,
}

impl Read for Unhurried {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.begun {
            std::thread::sleep(PAUSE);
        }
        self.begun = true;
        self.pipe.read(buffer)
    }
}

/// What a journal says at its end.
#[derive(Debug, Default, PartialEq, Eq)]
struct Followed {
    /// What was begun and not done.
    doing: BTreeSet<WorkId>,
    /// There was a time at which all was done.
    rested: bool,
}

/// Reads the journal to its end.
fn follow(pipe: PipeReader) -> Followed {
    let Followed { mut doing, mut rested } = Followed::default();
    let reader = BufReader::with_capacity(PIPE, Unhurried { pipe, begun: false });
    for line in reader.lines().map_while(Result::ok) {
        match line.split_at_checked(1) {
            Some(("+", id)) => doing.extend(id.parse::<WorkId>()),
            Some(("-", id)) => {
                doing.retain(|d| id.parse::<WorkId>() != Ok(*d));
            }
            Some(("=", _)) => rested = true,
            _ => {}
        }
    }
    Followed { doing, rested }
}

/// The exit status of a process that came to its own end, or that somebody asked to stop.
fn regular(ended: ExitStatus) -> Option<ExitCode> {
    if let Some(code) = ended.code() {
        return u8::try_from(code).ok().filter(|c| *c <= status::INCOMPLETE).map(ExitCode::from);
    }
    u8::try_from(128 + asked(ended)?).ok().map(ExitCode::from)
}

/// The signal by which somebody asked a process to stop.
#[cfg(unix)]
fn asked(ended: ExitStatus) -> Option<i32> {
    const ASKED: [i32; 3] = [1, 2, 15]; // SIGHUP, SIGINT, SIGTERM
    std::os::unix::process::ExitStatusExt::signal(&ended).filter(|s| ASKED.contains(s))
}

#[cfg(not(unix))]
fn asked(_: ExitStatus) -> Option<i32> {
    None
}

/// What to do after a death.
///
/// # Errors
/// What to say if there is nothing left to try.
fn next(plan: &Plan, doing: &BTreeSet<WorkId>, deaths: usize, gone: Duration) -> Result<Plan, String> {
    if doing.contains(&WorkId::report()) {
        return Err("armlint died while it wrote the report".to_owned());
    }
    if doing.is_empty() || plan.nothing_else {
        return Err("armlint died, and of no file that can be left out".to_owned());
    }
    let mut next = plan.clone();
    if doing.len() == 1 || deaths > CAREFUL {
        next.lost.extend(doing);
    } else {
        next.suspects.extend(doing);
    }
    next.nothing_else = deaths >= MOST || gone > LONGEST;
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Work;

    fn ids(names: &[&str]) -> BTreeSet<WorkId> {
        names.iter().map(|n| WorkId::new(Work::Evaluate, Path::new(n))).collect()
    }

    #[test]
    fn one_that_was_alone_is_left_out_and_several_are_tried_alone() {
        let one = next(&Plan::default(), &ids(&["a"]), 1, Duration::ZERO).unwrap();
        assert_eq!((one.lost.len(), one.suspects.len()), (1, 0));
        let two = next(&one, &ids(&["b", "c"]), 2, Duration::ZERO).unwrap();
        assert_eq!((two.lost.len(), two.suspects.len(), two.nothing_else), (1, 2, false));
    }

    #[test]
    fn deaths_and_time_are_bounded() {
        let many = next(&Plan::default(), &ids(&["b", "c"]), CAREFUL + 1, Duration::ZERO).unwrap();
        assert_eq!(many.lost.len(), 2);
        assert!(next(&many, &ids(&["d"]), MOST, Duration::ZERO).unwrap().nothing_else);
        let late = next(&Plan::default(), &ids(&["b"]), 1, LONGEST + BEFORE).unwrap();
        assert!(late.nothing_else);
        assert!(next(&late, &ids(&["c"]), 2, Duration::ZERO).is_err());
    }

    const BEFORE: Duration = Duration::from_secs(1);

    #[test]
    fn a_death_of_no_file_or_over_the_report_ends_it() {
        assert!(next(&Plan::default(), &ids(&[]), 1, Duration::ZERO).is_err());
        assert!(next(&Plan::default(), &[WorkId::report()].into(), 1, Duration::ZERO).is_err());
    }

    #[test]
    fn what_was_begun_and_not_done_is_in_the_making() {
        let (reader, mut writer) = io::pipe().unwrap();
        let [a, b] = [ids(&["a"]), ids(&["b"])].map(|i| i.into_iter().next().unwrap());
        write!(writer, "+{a}\n.\n+{b}\n-{a}\n+x\n").unwrap();
        drop(writer);
        assert_eq!(follow(reader), Followed { doing: ids(&["b"]), rested: false });
        let (reader, mut writer) = io::pipe().unwrap();
        write!(writer, "+{a}\n-{a}\n=\n.\n").unwrap();
        drop(writer);
        assert_eq!(follow(reader), Followed { doing: ids(&[]), rested: true });
    }
}
