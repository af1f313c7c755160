//! What is found by path. Paths are told apart by their letters, which takes a fraction of the time that it takes to compare them part
//! by part: they are absolute, without `.` and `..`, and so have one spelling each.

use std::collections::hash_map::Entry;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};

/// Values by path.
#[derive(Debug, Clone)]
pub struct PathMap<V>(FxHashMap<OsString, V>);

impl<V> Default for PathMap<V> {
    fn default() -> Self {
        PathMap(FxHashMap::default())
    }
}

impl<V> PathMap<V> {
    /// The value of a path.
    pub fn get(&self, path: &Path) -> Option<&V> {
        self.0.get(path.as_os_str())
    }

    /// The value of a path, to be changed.
    pub fn get_mut(&mut self, path: &Path) -> Option<&mut V> {
        self.0.get_mut(path.as_os_str())
    }

    /// Whether a path has a value.
    pub fn contains_key(&self, path: &Path) -> bool {
        self.0.contains_key(path.as_os_str())
    }

    /// Gives a path a value; returns the one before.
    pub fn insert(&mut self, path: PathBuf, value: V) -> Option<V> {
        self.0.insert(path.into_os_string(), value)
    }

    /// The place of a path.
    pub fn entry(&mut self, path: PathBuf) -> Entry<'_, OsString, V> {
        self.0.entry(path.into_os_string())
    }

    /// Takes the value of a path away.
    pub fn remove(&mut self, path: &Path) -> Option<V> {
        self.0.remove(path.as_os_str())
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &V)> {
        self.0.iter().map(|(path, value)| (Path::new(path), value))
    }

    /// The paths, in no order.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.keys().map(Path::new)
    }

    /// The values, in no order.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.0.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes all away.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl<V> FromIterator<(PathBuf, V)> for PathMap<V> {
    fn from_iter<I: IntoIterator<Item = (PathBuf, V)>>(all: I) -> Self {
        PathMap(all.into_iter().map(|(path, value)| (path.into_os_string(), value)).collect())
    }
}

impl<V> IntoIterator for PathMap<V> {
    type Item = (PathBuf, V);
    type IntoIter =
        std::iter::Map<std::collections::hash_map::IntoIter<OsString, V>, fn((OsString, V)) -> (PathBuf, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().map(|(path, value)| (PathBuf::from(path), value))
    }
}

/// Paths, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathSet(FxHashSet<OsString>);

impl PathSet {
    /// Whether a path is among them.
    pub fn contains(&self, path: &Path) -> bool {
        self.0.contains(path.as_os_str())
    }

    /// Adds a path; `false` if it was among them.
    pub fn insert(&mut self, path: PathBuf) -> bool {
        self.0.insert(path.into_os_string())
    }

    /// Takes a path out; `false` if it was not among them.
    pub fn remove(&mut self, path: &Path) -> bool {
        self.0.remove(path.as_os_str())
    }

    /// Whether it shares no path with another set.
    pub fn is_disjoint(&self, other: &PathSet) -> bool {
        self.0.is_disjoint(&other.0)
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().map(Path::new)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<PathBuf> for PathSet {
    fn from_iter<I: IntoIterator<Item = PathBuf>>(all: I) -> Self {
        PathSet(all.into_iter().map(PathBuf::into_os_string).collect())
    }
}

impl Extend<PathBuf> for PathSet {
    fn extend<I: IntoIterator<Item = PathBuf>>(&mut self, all: I) {
        self.0.extend(all.into_iter().map(PathBuf::into_os_string));
    }
}

impl IntoIterator for PathSet {
    type Item = PathBuf;
    type IntoIter = std::iter::Map<std::collections::hash_set::IntoIter<OsString>, fn(OsString) -> PathBuf>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().map(PathBuf::from)
    }
}
