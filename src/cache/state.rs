//! What is at the paths that a run asked for, so that the next one can tell whether it is still so.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Sum, sum};
use crate::source::PathMap;

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    /// Nothing.
    Absent,
    /// Something of which only that counts: `.git`.
    There,
    /// A file with these bytes.
    File(Sum),
    /// A folder with these names in it.
    Folder(Sum),
    /// A link to there, and what is at the end of it.
    Link(PathBuf, Box<State>),
}

/// Fewer paths are looked at by one thread: others would cost more than they bring. A thread takes so many at a time.
const FEW: usize = 64;

/// What `one` says of each: on all threads, where there are many.
fn of_each<T: Sync, R: Send>(all: &[T], one: impl Fn(&T) -> R + Sync) -> Vec<R> {
    match all.len() {
        0..FEW => all.iter().map(one).collect(),
        _ => all.par_iter().with_max_len(FEW).map(&one).collect(),
    }
}

/// What is known of paths without looking.
#[derive(Clone, Copy)]
pub struct Noticed<'k> {
    /// The digest of what was read of a file, if it was.
    pub read: &'k (dyn Fn(&Path) -> Option<Sum> + Sync),
    /// What was there when this run began; what comes out is said to be of that time.
    pub seen: &'k FirstLook,
}

/// What was at some paths, by the path as it is written: paths that mean the same are told apart, which costs a look.
#[derive(Debug, Clone, Default)]
pub struct FirstLook(PathMap<State>);

impl FirstLook {
    /// The digest of a file that was there, under a path as it is written; `None` if it is not known, or what was there is a link.
    pub fn sum(&self, path: &Path) -> Option<Sum> {
        match self.0.get(path)? {
            State::File(sum) => Some(*sum),
            State::Absent | State::There | State::Folder(_) | State::Link(..) => None,
        }
    }
}

impl From<States> for FirstLook {
    fn from(states: States) -> Self {
        FirstLook(states.0.into_iter().collect())
    }
}

impl Noticed<'_> {
    /// Of files of which this was read; nobody has looked before.
    pub fn of_read(read: &(dyn Fn(&Path) -> Option<Sum> + Sync)) -> Noticed<'_> {
        static NOTHING: LazyLock<FirstLook> = LazyLock::new(FirstLook::default);
        Noticed { read, seen: &NOTHING }
    }

    /// Nobody has looked or read.
    #[cfg(test)]
    pub fn nothing() -> Noticed<'static> {
        Noticed::of_read(&|_| None)
    }

    fn state(&self, path: &Path) -> Option<State> {
        let read = (self.read)(path);
        match (self.seen.0.get(path), read) {
            (Some(State::File(_)), Some(sum)) => Some(State::File(sum)),
            (Some(seen), _) => Some(seen.clone()),
            (None, read) => State::of(path, read),
        }
    }
}

/// What is at some paths.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct States(Vec<(PathBuf, State)>);

impl States {
    /// What is at these paths. `None` if something is there of which nobody can tell whether it changes: a pipe, a device.
    pub fn of(paths: Vec<PathBuf>, noticed: &Noticed<'_>) -> Option<Self> {
        let states = of_each(&paths, |path| noticed.state(path));
        let states = paths.into_iter().zip(states).map(|(path, state)| Some((path, state?)));
        states.collect::<Option<_>>().map(States)
    }

    /// Whether there are so many that more than one thread looks at them.
    pub fn are_many(&self) -> bool {
        self.0.len() >= FEW
    }

    /// The paths, in order.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().map(|(path, _)| path.as_path())
    }

    /// The path at a place among them.
    pub fn path(&self, at: usize) -> Option<&Path> {
        self.0.get(at).map(|(path, _)| path.as_path())
    }

    /// Whether a file with this digest is at a place among them.
    pub fn is_of(&self, at: usize, sum: &Sum) -> bool {
        fn of(state: &State, sum: &Sum) -> bool {
            match state {
                State::File(own) => own == sum,
                State::Link(_, end) => of(end, sum),
                State::Absent | State::There | State::Folder(_) => false,
            }
        }
        self.0.get(at).is_some_and(|(_, state)| of(state, sum))
    }

    /// Whether the same is at a place among them and at one among others.
    pub fn are_same(&self, at: usize, others: &States, other: usize) -> bool {
        let both = self.0.get(at).zip(others.0.get(other));
        both.is_some_and(|((_, own), (_, other))| own == other)
    }

    /// Which of the paths are as they were.
    pub fn unchanged(&self, noticed: &Noticed<'_>) -> Vec<bool> {
        of_each(&self.0, |(path, state)| noticed.state(path).as_ref() == Some(state))
    }

    /// What is at the same paths now, as far as anybody can tell. Nothing is kept of what is read for it.
    #[must_use]
    pub fn again(&self) -> Self {
        let states = of_each(&self.0, |(path, _)| Some((path.clone(), State::of(path, None)?)));
        States(states.into_iter().flatten().collect())
    }
}

impl State {
    fn of(path: &Path, read: Option<Sum>) -> Option<State> {
        let Ok(about) = fs::symlink_metadata(path) else { return Some(State::Absent) };
        if path.file_name().is_some_and(|name| name == ".git") {
            return Some(State::There);
        }
        if about.is_symlink() {
            let to = fs::read_link(path).ok()?;
            let end = fs::canonicalize(path).ok();
            let end = end.map_or(Some(State::Absent), |end| State::of(&end, read))?;
            return Some(State::Link(to, Box::new(end)));
        }
        if about.is_dir() {
            let mut names = Vec::new();
            for entry in fs::read_dir(path).ok()? {
                let entry = entry.ok()?;
                names.push((entry.file_name(), entry.file_type().ok()?.is_dir()));
            }
            names.sort();
            return Some(State::Folder(sum(format!("{names:?}").as_bytes())));
        }
        match read {
            _ if !about.is_file() => None,
            Some(known) => Some(State::File(known)),
            None => Some(State::File(sum(&fs::read(path).ok()?))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("folder")).unwrap();
        fs::write(at("a"), "1").unwrap();
        fs::create_dir(at(".git")).unwrap();
        let paths = || [".git", "a", "absent", "folder"].map(at).to_vec();
        let states = || States::of(paths(), &Noticed::nothing()).unwrap();
        let before = states();
        let seen = FirstLook::from(before.clone());
        assert_eq!(before.again(), before);
        fs::write(at(".git/index"), "").unwrap();
        assert_eq!(before.again(), before, "git writes there all the time");
        let noticed = |change: &dyn Fn(), back: &dyn Fn()| {
            change();
            assert_ne!(before.again(), before);
            assert!(before.unchanged(&Noticed::nothing()).contains(&false));
            // Who knows how it was does not look again, but for what was read meanwhile.
            assert!(!before.unchanged(&Noticed { seen: &seen, ..Noticed::nothing() }).contains(&false));
            let read = |path: &Path| Some(sum(&fs::read(path).ok()?));
            let other = before.unchanged(&Noticed { read: &read, seen: &seen }).contains(&false);
            assert_eq!(other, fs::read(at("a")).unwrap() != b"1");
            back();
            assert_eq!(before.again(), before);
        };
        // Of the same length, at nearly the same time.
        noticed(&|| fs::write(at("a"), "2").unwrap(), &|| fs::write(at("a"), "1").unwrap());
        noticed(&|| fs::write(at("absent"), "").unwrap(), &|| fs::remove_file(at("absent")).unwrap());
        noticed(&|| fs::write(at("folder/x"), "").unwrap(), &|| fs::remove_file(at("folder/x")).unwrap());
        noticed(&|| fs::remove_dir_all(at(".git")).unwrap(), &|| fs::create_dir(at(".git")).unwrap());
        #[cfg(unix)]
        {
            use std::os::unix::fs::symlink;
            fs::write(at("same"), "1").unwrap();
            fs::remove_file(at("a")).unwrap();
            symlink(at("same"), at("a")).unwrap();
            assert_ne!(before.again(), before, "a link is no file, whatever it leads to");
            let linked = states();
            assert_eq!(linked.again(), linked);
            fs::write(at("same"), "2").unwrap();
            assert_ne!(linked.again(), linked);
            std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap();
            assert!(States::of(vec![at("pipe")], &Noticed::nothing()).is_none());
        }
    }
}
