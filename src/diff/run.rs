//! Expands both sides, as far as they can differ, and holds their entry points against each other.
//!
//! A revision and the working tree, or two revisions, are looked at in one session: what both share is expanded once, only to
//! learn which files it asks for, and nothing is kept of it. Folders are expanded each for itself.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value as Json;

use super::change::{Change, Kind, changes};
use super::entries;
use super::side::{Key, Side, Wrong};
use super::tree::{self, Snapshot};
use crate::check::secrets::Secrets;
use crate::revision::Revision;
use crate::scan::judge::NoRules;
use crate::session::{Options, Session, SessionError};
use crate::source::resolved;
use crate::walk::root::relative;

/// What is to be compared.
#[derive(Debug)]
pub enum Which {
    /// The working tree.
    Tree,
    /// A revision.
    Revision(Box<Revision>),
    /// A folder or a file (absolute).
    Path(PathBuf),
    /// What `expand` printed: a file's name and text.
    Printed(String, String),
}

/// What changes.
#[derive(Debug, Default)]
pub struct Changes {
    /// The side before, for people.
    pub before: String,
    /// The side now, for people.
    pub after: String,
    /// The entry points with changes, in the order of their files.
    pub entries: Vec<Entry>,
    /// How many entry points were held against each other; those that no changed file can reach are not among them.
    pub compared: usize,
    /// Resources that stay as they are, in entry points that were held against each other.
    pub unchanged: usize,
    /// What could not be compared, and why: one sentence each.
    pub notes: Vec<String>,
    /// What could not be expanded on the side of now.
    pub errors: Vec<String>,
}

/// An entry point with changes.
#[derive(Debug)]
pub struct Entry {
    /// Its files before; `None` if it is new.
    pub before: Option<Key>,
    /// Its files now; `None` if it is gone.
    pub after: Option<Key>,
    /// What changes, the worst first.
    pub changes: Vec<Change>,
}

impl Entry {
    /// What it is called.
    pub fn shown(&self) -> String {
        self.after.as_ref().or(self.before.as_ref()).map(Key::shown).unwrap_or_default()
    }
}

impl Changes {
    /// How many resources are of a kind of change.
    pub fn count(&self, of: impl Fn(&Change) -> bool) -> usize {
        self.entries.iter().flat_map(|e| &e.changes).filter(|c| of(c)).count()
    }

    /// All that can change was compared.
    pub fn is_whole(&self) -> bool {
        self.notes.is_empty() && self.errors.is_empty()
    }

    /// Nothing is known to change in Azure.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// Compares two sides. `options` say what is looked at of working trees and revisions, and what of the configuration counts.
///
/// # Errors
/// [`SessionError`] for paths and configurations that make no sense.
pub fn run(options: &Options, before: Which, after: Which) -> Result<Changes, SessionError> {
    let mut out =
        Changes { before: name(&before, &options.base), after: name(&after, &options.base), ..Changes::default() };
    for which in [&before, &after] {
        if let Which::Revision(revision) = which {
            out.notes.extend(revision.notes.iter().cloned());
        }
    }
    let now = Timestamp::now();
    let revision = |which: &Which| match which {
        Which::Revision(revision) => Some(Some(revision.as_ref().clone())),
        Which::Tree => Some(None),
        Which::Path(_) | Which::Printed(..) => None,
    };
    let (old, new, renamed) = match (revision(&before), revision(&after)) {
        (Some(a), Some(b)) => of_one_repository(options, a.as_ref(), b.as_ref(), now)?,
        _ => (alone(options, before, now, &mut out)?, alone(options, after, now, &mut out)?, FxHashMap::default()),
    };
    compare(old, new, &renamed, &mut out);
    Ok(out)
}

/// What people call a side; paths are told from a folder.
fn name(which: &Which, base: &Path) -> String {
    match which {
        Which::Tree => "the working tree".to_owned(),
        Which::Revision(revision) => revision.shown(),
        Which::Path(path) => relative(path, base),
        Which::Printed(name, _) => name.clone(),
    }
}

type Both = (Side, Side, FxHashMap<String, String>);

fn of_one_repository(
    options: &Options,
    before: Option<&Revision>,
    after: Option<&Revision>,
    now: Timestamp,
) -> Result<Both, SessionError> {
    let mut session = Session::new(Options { once: false, ..options.clone() })?;
    session.set_clock(now);
    let root = session.root()?;
    // Which files each entry point asks for.
    session.look_at(after);
    session.expand(&NoRules)?;
    session.look_at(before);
    let old = Side::of(&mut session, &root)?;
    session.look_at(after);
    let new = Side::of(&mut session, &root)?;
    // Git tells for each revision how its files are called in the working tree.
    let renames = |r: Option<&'_ Revision>| r.map(|r| r.renames.clone()).unwrap_or_default();
    let (from_old, from_new) = (renames(before), renames(after));
    let mut back: FxHashMap<&Path, &Path> = from_new.iter().map(|r| (r.to.as_path(), r.from.as_path())).collect();
    let mut renamed: FxHashMap<String, String> = FxHashMap::default();
    for r in &from_old {
        let to = back.remove(r.to.as_path()).unwrap_or(&r.to);
        renamed.insert(relative(&r.from, &root), relative(to, &root));
    }
    renamed.extend(back.into_iter().map(|(tree, new)| (relative(tree, &root), relative(new, &root))));
    renamed.retain(|from, to| from != to);
    // The process ends soon; giving everything back one by one takes longer.
    if !cfg!(fuzzing) {
        std::mem::forget(session);
    }
    Ok((old, new, renamed))
}

fn alone(options: &Options, which: Which, now: Timestamp, out: &mut Changes) -> Result<Side, SessionError> {
    let (options, folder) = match &which {
        Which::Printed(name, text) => return Ok(printed(name, text, out)),
        Which::Path(path) => {
            let folder = if path.is_dir() { Some(path.clone()) } else { path.parent().map(Path::to_path_buf) };
            (Options { paths: vec![path.clone()], ..options.clone() }, folder)
        }
        Which::Tree | Which::Revision(_) => (options.clone(), None),
    };
    let base = options.base.clone();
    let mut session = Session::new(Options { once: false, ..options })?;
    session.set_clock(now);
    if let Which::Revision(revision) = &which {
        session.look_at(Some(revision));
    }
    let folder = folder.map_or_else(|| base.clone(), |f| resolved(&base.join(f)));
    Side::of(&mut session, &folder)
}

fn printed(name: &str, text: &str, out: &mut Changes) -> Side {
    let mut side = Side::default();
    match tree::read(text) {
        Ok(snapshot) => {
            side.entries.insert(Key { template: name.to_owned(), parameters: None }, snapshot);
        }
        Err(why) => out.errors.push(format!("{name}: {why}")),
    }
    side
}

fn compare(before: Side, after: Side, renamed: &FxHashMap<String, String>, out: &mut Changes) {
    let pairs = entries::pairs(&before, &after, renamed);
    let nothing = Snapshot::default();
    let held = |pair: (Option<Key>, Option<Key>)| {
        let side = |side: &'_ Side, key: &Option<Key>| key.as_ref().and_then(|k| side.entries.get(k)).cloned();
        let (old, new) = (side(&before, &pair.0), side(&after, &pair.1));
        let (mut changes, same, unread) = changes(old.as_ref().unwrap_or(&nothing), new.as_ref().unwrap_or(&nothing));
        let error = new.and_then(|s| s.error);
        redact(&mut changes, &before.secrets, &after.secrets);
        (pair, changes, same, unread, error)
    };
    let held: Vec<_> = pairs.into_par_iter().map(held).collect();
    let wrong: FxHashSet<_> = after.errors.iter().filter_map(|w| Some((w.file.as_str(), w.place?))).collect();
    let mut said = FxHashSet::default();
    for ((old, new), changes, same, unread, error) in held {
        // An entry point that is on one side only may be used by another template on the other side, or be broken there.
        let other = |side: &Side, key: &Key, now: &dyn Fn(&str) -> String| {
            let (template, file) = (now(&key.template), now(key.file()));
            match key.parameters {
                _ if side.failed_at(&file) || side.failed_at(&template) => Some("cannot be expanded"),
                None if side.looked_at(&template) => Some("is used by other files"),
                _ => None,
            }
        };
        let now = |file: &str| renamed.get(file).cloned().unwrap_or_else(|| file.to_owned());
        let why = match (&old, &new) {
            (Some(key), None) => other(&after, key, &now)
                .map(|why| format!("{} {why} now, and is not compared as a deployment of its own", key.shown())),
            (None, Some(key)) => other(&before, key, &|f| before_name(renamed, f)).map(|why| {
                format!(
                    "{} {} before, and is not compared as a deployment of its own",
                    key.shown(),
                    why.replace("is ", "was ").replace("cannot", "could not")
                )
            }),
            _ => None,
        };
        if let (Some(error), Some(key)) = (error, &new) {
            out.errors.push(format!("{}: {error}", key.shown()));
        }
        if let Some(why) = why {
            if why.contains("cannot be expanded now") {
                out.errors.push(why.clone());
            }
            out.notes.push(why);
            continue;
        }
        if let Some(key) = new.as_ref().or(old.as_ref()) {
            out.notes.extend(unread.notes(key));
        }
        for (call, message) in unread.errors() {
            // What is an error in the file itself is told as one.
            let is_told = call.place.as_ref().is_some_and(|p| wrong.contains(&(p.file.as_str(), p.start)));
            if !is_told && said.insert(message.clone()) {
                out.errors.push(message);
            }
        }
        out.compared += 1;
        out.unchanged += same;
        if !changes.is_empty() {
            out.entries.push(Entry { before: old, after: new, changes });
        }
    }
    let (errors, notes): (Vec<&Wrong>, Vec<&Wrong>) =
        newly_wrong(&before, &after, renamed, &out.errors).into_iter().partition(|w| w.is_error);
    out.notes.extend(shown(&notes));
    out.errors.extend(shown(&errors));
}

/// What is wrong with files now and was not before, beyond what is said already: what such a file deploys is not all that it is
/// meant to, so a comparison shows less than there is, or more.
fn newly_wrong<'s>(
    before: &Side,
    after: &'s Side,
    renamed: &FxHashMap<String, String>,
    said: &[String],
) -> Vec<&'s Wrong> {
    // Lines that a message names move; versions of modules do not.
    let key = |file: &str, wrong: &Wrong| {
        let counts = |c: &char| wrong.message.contains("br:") || wrong.message.contains("ts:") || !c.is_ascii_digit();
        (file.to_owned(), wrong.message.chars().filter(counts).collect::<String>(), wrong.text)
    };
    let mut old: FxHashMap<_, usize> = FxHashMap::default();
    for wrong in &before.errors {
        let file = renamed.get(&wrong.file).unwrap_or(&wrong.file);
        *old.entry(key(file, wrong)).or_default() += 1;
    }
    let is_new = |wrong: &&Wrong| match old.get_mut(&key(&wrong.file, wrong)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => !said.iter().any(|said| said.contains(&wrong.file) && said.ends_with(&wrong.message)),
    };
    after.errors.iter().filter(is_new).collect()
}

fn shown(wrong: &[&Wrong]) -> Vec<String> {
    let mut shown: Vec<String> = wrong.iter().map(|w| w.shown()).collect();
    shown.dedup();
    shown
}

/// What a file of now was called.
fn before_name(renamed: &FxHashMap<String, String>, file: &str) -> String {
    let mut old: Vec<&String> = renamed.iter().filter(|(_, to)| *to == file).map(|(from, _)| from).collect();
    old.sort();
    old.first().map_or_else(|| file.to_owned(), |from| (*from).clone())
}

/// Takes secrets out of what is shown: a value that is one knows that itself, but others may hold its text.
fn redact(changes: &mut [Change], before: &Secrets, after: &Secrets) {
    let finders: Vec<_> = [before, after].into_iter().filter_map(Secrets::finder).collect();
    if finders.is_empty() {
        return;
    }
    let clean = |value: &mut Json| {
        for finder in &finders {
            visit(value, &|text| match finder.redacted(text) {
                Cow::Owned(new) => Some(new),
                Cow::Borrowed(_) => None,
            });
        }
    };
    for (property, _) in changes.iter_mut().filter(|c| c.kind == Kind::Changed).flat_map(|c| &mut c.properties) {
        property.old.iter_mut().chain(&mut property.new).for_each(|shown| clean(&mut shown.value));
    }
}

fn visit(value: &mut Json, change: &dyn Fn(&str) -> Option<String>) {
    match value {
        Json::String(text) => {
            if let Some(new) = change(text) {
                *text = new;
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|i| visit(i, change)),
        Json::Object(members) => members.values_mut().for_each(|v| visit(v, change)),
        _ => {}
    }
}
