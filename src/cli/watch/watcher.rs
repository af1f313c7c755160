//! The folders that the system watches for us, and what it says of them.
//!
//! Where the system tells of everything below a folder at no cost, the folders at the top are enough. Elsewhere (Linux) each folder is
//! watched by itself, so that those which no scan looks into, such as `node_modules`, cost nothing. Where the system cannot or must not
//! be asked, whoever waits is woken every second to look for himself.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _, recommended_watcher};

use super::relevance::Happened;

/// After so long a silence, what an editor or git had to do is done.
const QUIET: Duration = Duration::from_millis(150);

/// Who never is silent is interrupted.
const LONGEST: Duration = Duration::from_secs(2);

/// Between two looks where the system does not tell.
const PAUSE: Duration = Duration::from_secs(1);

/// Whether one watch for a folder costs the same as for all that is below.
const DEEP: bool = cfg!(any(windows, target_os = "macos"));

/// What has happened until there was silence.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Where something has happened, and the most that has.
    pub(super) changes: BTreeMap<PathBuf, Happened>,
    /// Nobody knows what has happened: anything may have changed.
    pub(super) uncertain: bool,
    /// The system does not watch any more, and why.
    broken: Option<String>,
}

impl Batch {
    fn fail(&mut self, error: &notify::Error) {
        self.uncertain = true;
        self.broken = Some(why(error)).filter(|_| !is_of_one_folder(error));
    }

    fn add(&mut self, path: PathBuf, happened: Happened) {
        let most = self.changes.entry(path).or_insert(happened);
        *most = happened.max(*most);
    }
}

/// Watches folders.
pub(super) struct Watcher {
    /// `None` where the system is not asked.
    system: Option<System>,
    /// Each folder that is watched, and where the scan looks for it.
    folders: BTreeMap<PathBuf, Vec<PathBuf>>,
    /// The same the other way round.
    real: BTreeMap<PathBuf, PathBuf>,
    /// Why the system is not asked, where it could not be.
    handicap: Option<String>,
}

struct System {
    watcher: RecommendedWatcher,
    events: Receiver<notify::Result<Event>>,
    /// Watches are for all that is below a folder.
    deep: bool,
}

impl System {
    fn new() -> notify::Result<Self> {
        let (sender, events) = channel();
        Ok(System { watcher: recommended_watcher(handler(sender))?, events, deep: DEEP })
    }
}

impl Watcher {
    /// Watches nothing yet. With `poll`, the system is not asked.
    pub(super) fn new(poll: bool) -> Self {
        if poll {
            return Watcher::of(None, None);
        }
        match System::new() {
            Ok(system) => Watcher::of(Some(system), None),
            Err(e) => Watcher::of(None, Some(why(&e))),
        }
    }

    fn of(system: Option<System>, handicap: Option<String>) -> Self {
        Watcher { system, folders: BTreeMap::new(), real: BTreeMap::new(), handicap }
    }

    /// What the user should know of how changes are noticed.
    pub(super) fn handicap(&self) -> Option<&str> {
        self.handicap.as_deref()
    }

    /// From now on, these folders are watched, and no others: `walked` with all that is walked below them, and `others`. Those that
    /// are not there are left out. Gives whether there is one that was not watched before.
    pub(super) fn follow(&mut self, walked: &[PathBuf], others: &[PathBuf]) -> bool {
        self.try_follow(walked, others).unwrap_or_else(|e| {
            *self = Watcher::of(None, Some(why(&e)));
            false
        })
    }

    fn try_follow(&mut self, walked: &[PathBuf], others: &[PathBuf]) -> notify::Result<bool> {
        let Some(deep) = self.system.as_ref().map(|system| system.deep) else { return Ok(false) };
        let wanted = plan(walked, others, deep);
        let gone: Vec<PathBuf> = self.real.keys().filter(|f| !wanted.contains_key(f.as_path())).cloned().collect();
        gone.iter().for_each(|folder| self.release(folder));
        let mut new = false;
        for (folder, mode) in wanted {
            if self.real.contains_key(folder) {
                continue;
            }
            let Ok(real) = fs::canonicalize(folder) else { continue };
            if let Some(system) = self.system.as_mut().filter(|_| !self.folders.contains_key(&real)) {
                match system.watcher.watch(&real, mode) {
                    Ok(()) => {}
                    // It has gone meanwhile, or nobody can look into it: a scan says so if it matters.
                    Err(e) if is_of_one_folder(&e) => continue,
                    Err(e) => return Err(e),
                }
            }
            self.folders.entry(real.clone()).or_default().push(folder.to_path_buf());
            self.real.insert(folder.to_path_buf(), real);
            new = true;
        }
        Ok(new)
    }

    fn release(&mut self, folder: &Path) {
        let Some(real) = self.real.remove(folder) else { return };
        let Some(reached) = self.folders.get_mut(&real) else { return };
        reached.retain(|r| r != folder);
        if reached.is_empty() {
            self.folders.remove(&real);
            // A folder that is gone is watched no more.
            let _ = self.system.as_mut().map(|system| system.watcher.unwatch(&real));
        }
    }

    /// A path came or went: what was watched there and below is no longer what is there. Gives whether something was.
    pub(super) fn forget(&mut self, path: &Path) -> bool {
        let below = |(folder, _): &(&PathBuf, &PathBuf)| folder.starts_with(path);
        let lost: Vec<PathBuf> =
            self.real.range(path.to_path_buf()..).take_while(below).map(|(folder, _)| folder.clone()).collect();
        lost.iter().for_each(|folder| self.release(folder));
        !lost.is_empty()
    }

    /// Waits until something happens that `bears` on the scan, and then until there is silence. Paths are those that a scan looks
    /// at.
    pub(super) fn wait(&mut self, bears: impl Fn(&Path, Happened) -> bool) -> Batch {
        let mut batch = Batch::default();
        let Some(System { events, .. }) = &self.system else {
            std::thread::sleep(PAUSE);
            batch.uncertain = true;
            return batch;
        };
        // When the last thing that counts happened, and the first.
        let (mut last, mut first) = (Instant::now(), None);
        let until = |first: Instant, last: Instant| (last + QUIET).min(first + LONGEST);
        loop {
            let event = match first {
                None => events.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(first) => events.recv_timeout(until(first, last).saturating_duration_since(Instant::now())),
            };
            match event {
                // Noise that others make is no reason to wait longer.
                Ok(event) if self.take(&event, &bears, &mut batch) => {
                    last = Instant::now();
                    first.get_or_insert(last);
                }
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => batch.broken = Some("it stopped".to_owned()),
            }
            if batch.broken.is_some() || first.is_some_and(|first| until(first, last) <= Instant::now()) {
                break;
            }
        }
        if let Some(why) = batch.broken.take() {
            *self = Watcher::of(None, Some(why));
            batch.uncertain = true;
        }
        batch
    }

    /// Takes an event in. Gives whether it counts.
    fn take(&self, event: &notify::Result<Event>, bears: &impl Fn(&Path, Happened) -> bool, batch: &mut Batch) -> bool {
        let event = match event {
            Ok(event) => event,
            Err(e) => {
                batch.fail(e);
                return true;
            }
        };
        batch.uncertain |= event.need_rescan();
        let mut counts = event.need_rescan();
        let Some(happened) = happened(event.kind) else { return counts };
        for path in event.paths.iter().flat_map(|path| self.as_reached(path)) {
            // What was watched there must be forgotten, whoever cares.
            if bears(&path, happened) || happened == Happened::Existence && self.real.contains_key(&path) {
                batch.add(path, happened);
                counts = true;
            }
        }
        counts
    }

    /// The paths that a scan has for one of the system's.
    fn as_reached(&self, path: &Path) -> Vec<PathBuf> {
        let Some((real, reached)) = path.ancestors().find_map(|a| self.folders.get_key_value(a)) else {
            return vec![path.to_path_buf()];
        };
        let below = path.strip_prefix(real).unwrap_or(Path::new(""));
        // To join nothing adds a slash.
        let at = |folder: &PathBuf| if below.as_os_str().is_empty() { folder.clone() } else { folder.join(below) };
        reached.iter().map(at).collect()
    }
}

/// What takes the system's events: reading is none of our business, and we read a lot.
fn handler(sender: Sender<notify::Result<Event>>) -> impl FnMut(notify::Result<Event>) {
    move |event| {
        let of_use = |e: &Event| e.need_rescan() || happened(e.kind).is_some();
        if event.as_ref().map_or(true, of_use) {
            let _ = sender.send(event);
        }
    }
}

/// What an event means; `None` if nothing has changed.
fn happened(kind: EventKind) -> Option<Happened> {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(Happened::Content),
        EventKind::Access(_) => None,
        EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Metadata(_)) => Some(Happened::Content),
        // On Windows, a folder is modified whenever something in it is.
        EventKind::Modify(ModifyKind::Any | ModifyKind::Other) => Some(Happened::Content),
        EventKind::Modify(ModifyKind::Name(_)) | EventKind::Create(_) | EventKind::Remove(_) => {
            Some(Happened::Existence)
        }
        EventKind::Any | EventKind::Other => Some(Happened::Existence),
    }
}

/// What is to be watched, and how. Where watches are deep, a folder below another one needs none of its own.
fn plan<'p>(walked: &'p [PathBuf], others: &'p [PathBuf], deep: bool) -> BTreeMap<&'p Path, RecursiveMode> {
    let mut all: BTreeMap<&Path, RecursiveMode> = BTreeMap::new();
    let mode = if deep { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
    all.extend(others.iter().map(|folder| (folder.as_path(), RecursiveMode::NonRecursive)));
    all.extend(walked.iter().map(|folder| (folder.as_path(), mode)));
    if !deep {
        return all;
    }
    let tops = all.clone();
    let is_deep = |folder: &Path| tops.get(folder) == Some(&RecursiveMode::Recursive);
    all.retain(|folder, _| !folder.ancestors().skip(1).any(is_deep));
    all
}

fn is_of_one_folder(error: &notify::Error) -> bool {
    match &error.kind {
        notify::ErrorKind::PathNotFound => true,
        notify::ErrorKind::Io(e) => {
            use io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
            matches!(e.kind(), PermissionDenied | NotFound | NotADirectory)
        }
        _ => false,
    }
}

/// Why the system does not watch, and what to do.
fn why(error: &notify::Error) -> String {
    match &error.kind {
        notify::ErrorKind::MaxFilesWatch => {
            "the limit of folders that may be watched is reached; raise it with `sudo sysctl \
             fs.inotify.max_user_watches=524288`"
                .to_owned()
        }
        // EMFILE: with inotify, so many programs watch already.
        notify::ErrorKind::Io(e) if cfg!(target_os = "linux") && e.raw_os_error() == Some(24) => {
            "the limit of programs that watch is reached; raise it with `sudo sysctl fs.inotify.max_user_instances=512`"
                .to_owned()
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, DataChange, Flag, RemoveKind, RenameMode};

    use super::*;

    #[test]
    fn reading_is_no_change_and_renaming_is_one() {
        let close = |mode| EventKind::Access(AccessKind::Close(mode));
        for (kind, expected) in [
            (EventKind::Access(AccessKind::Open(AccessMode::Any)), None),
            (close(AccessMode::Read), None),
            (close(AccessMode::Write), Some(Happened::Content)),
            (EventKind::Modify(ModifyKind::Data(DataChange::Any)), Some(Happened::Content)),
            (EventKind::Modify(ModifyKind::Any), Some(Happened::Content)),
            (EventKind::Modify(ModifyKind::Name(RenameMode::To)), Some(Happened::Existence)),
            (EventKind::Create(CreateKind::Folder), Some(Happened::Existence)),
            (EventKind::Remove(RemoveKind::Any), Some(Happened::Existence)),
            (EventKind::Any, Some(Happened::Existence)),
        ] {
            assert_eq!(happened(kind), expected, "{kind:?}");
        }
    }

    #[test]
    fn of_several_events_the_most_counts_and_what_was_missed_is_known() {
        let watcher = Watcher::of(None, None);
        let bears = |path: &Path, _: Happened| path == Path::new("/a");
        let mut batch = Batch::default();
        let mut take = |event: notify::Result<Event>| {
            let counts = watcher.take(&event, &bears, &mut batch);
            (counts, batch.changes.clone(), batch.uncertain, batch.broken.clone())
        };
        let event = |kind, path: &str| Ok(Event::new(kind).add_path(path.into()));
        assert!(!take(event(EventKind::Create(CreateKind::File), "/b")).0);
        assert!(take(event(EventKind::Create(CreateKind::File), "/a")).0);
        let (counts, changes, uncertain, _) = take(event(EventKind::Modify(ModifyKind::Data(DataChange::Any)), "/a"));
        assert!(counts && !uncertain);
        assert_eq!(changes, BTreeMap::from([("/a".into(), Happened::Existence)]));
        let (counts, _, uncertain, broken) = take(Ok(Event::new(EventKind::Other).set_flag(Flag::Rescan)));
        assert!(counts && uncertain && broken.is_none());
        let gone = notify::Error::io(io::ErrorKind::NotFound.into());
        assert!(take(Err(gone)).3.is_none());
        assert!(take(Err(notify::Error::new(notify::ErrorKind::MaxFilesWatch))).3.is_some());
    }

    #[test]
    fn where_watches_are_deep_the_tops_are_enough() {
        let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
        let (walked, others) = (paths(&["/r", "/r/a", "/r/a/b"]), paths(&["/", "/r/a", "/s/lib"]));
        let planned =
            |deep| plan(&walked, &others, deep).into_iter().map(|(p, m)| (p.to_path_buf(), m)).collect::<Vec<_>>();
        let (deep, flat) = (RecursiveMode::Recursive, RecursiveMode::NonRecursive);
        let all =
            |folders: &[(&str, RecursiveMode)]| folders.iter().map(|(p, m)| (PathBuf::from(p), *m)).collect::<Vec<_>>();
        assert_eq!(planned(true), all(&[("/", flat), ("/r", deep), ("/s/lib", flat)]));
        assert_eq!(
            planned(false),
            all(&[("/", flat), ("/r", flat), ("/r/a", flat), ("/r/a/b", flat), ("/s/lib", flat)])
        );
    }

    #[test]
    fn limits_say_what_to_do() {
        let limit = notify::Error::new(notify::ErrorKind::MaxFilesWatch);
        assert!(why(&limit).contains("sysctl fs.inotify.max_user_watches"));
        assert!(!is_of_one_folder(&limit));
        assert!(is_of_one_folder(&notify::Error::io(io::ErrorKind::PermissionDenied.into())));
    }

    #[test]
    fn what_is_watched_follows_what_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let (a, b) = (root.join("a"), root.join("a/b"));
        fs::create_dir_all(&b).unwrap();
        let mut watcher = Watcher::new(false);
        watcher.system.as_mut().unwrap().deep = false;
        assert_eq!(watcher.handicap(), None);
        let all = [root.clone(), a.clone(), b.clone()];
        assert!(watcher.follow(&all, &[root.join("none")]));
        assert!(!watcher.follow(&all, &[]));
        fs::rename(&a, root.join("c")).unwrap();
        let seen = |watcher: &mut Watcher, path: &Path| while !watcher.wait(|_, _| true).changes.contains_key(path) {};
        seen(&mut watcher, &a);
        assert!(watcher.forget(&a) && !watcher.forget(&a));
        assert_eq!(watcher.real.len(), 1);
        fs::create_dir_all(&b).unwrap();
        assert!(watcher.follow(&all, &[]));
        fs::write(b.join("x"), "").unwrap();
        seen(&mut watcher, &b.join("x"));
    }

    #[test]
    fn where_the_system_is_not_asked_it_is_not_known_what_has_changed() {
        let mut watcher = Watcher::new(true);
        assert!(!watcher.follow(&[".".into()], &[]));
        let batch = watcher.wait(|_, _| false);
        assert!(batch.uncertain && batch.changes.is_empty() && watcher.handicap().is_none());
    }

    #[test]
    #[cfg(unix)]
    fn paths_are_those_that_the_scan_has() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        fs::create_dir(root.join("real")).unwrap();
        std::os::unix::fs::symlink("real", root.join("link")).unwrap();
        let mut watcher = Watcher::new(false);
        watcher.follow(&[], &[root.join("link")]);
        assert_eq!(watcher.as_reached(&root.join("real/x")), [root.join("link/x")]);
        assert_eq!(watcher.as_reached(&root.join("real")), [root.join("link")]);
        assert_eq!(watcher.as_reached(&root.join("other")), [root.join("other")]);
    }
}
