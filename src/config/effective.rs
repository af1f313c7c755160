//! What the configuration comes to, value by value, and where each comes from: for `armlint config`.

use serde_json::Value as Json;

use crate::read::Span;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A place in an options file.
    File(Span),
    /// An environment variable.
    Environment(String),
    /// The baseline, which was asked for by name.
    Baseline(String),
    /// An option of the command line.
    CommandLine(&'static str),
    /// Nobody said anything else.
    Default,
}

/// A value that counts.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The key as `armlint.yaml` has it: `rules.exclude`, `configuration.AZURE_…`.
    pub key: String,
    /// The value; of a list, one item.
    pub value: Json,
    /// Where it comes from.
    pub origin: Origin,
}

/// All values that somebody set, in the order in which they were read.
#[derive(Debug, Clone, Default)]
pub struct Effective {
    settings: Vec<Setting>,
}

impl Effective {
    /// Sets a single value: what was there before does not count any more.
    pub fn set(&mut self, key: &str, value: Json, origin: Origin) {
        self.settings.retain(|s| !s.key.eq_ignore_ascii_case(key));
        self.add(key, value, origin);
    }

    /// Adds an item to a list.
    pub fn add(&mut self, key: &str, value: Json, origin: Origin) {
        self.settings.push(Setting { key: key.to_owned(), value, origin });
    }

    /// Puts a list in the place of the one that was there.
    pub fn replace(&mut self, key: &str, values: &[String], origin: &Origin) {
        self.settings.retain(|s| s.key != key);
        values.iter().for_each(|v| self.add(key, v.as_str().into(), origin.clone()));
    }

    /// Adds what counts where nobody said anything.
    pub fn or_default(&mut self, key: &str, value: Json) {
        if !self.settings.iter().any(|s| s.key.eq_ignore_ascii_case(key)) {
            self.add(key, value, Origin::Default);
        }
    }

    /// Where the value of a key comes from.
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        self.settings.iter().find(|s| s.key.eq_ignore_ascii_case(key)).map(|s| &s.origin)
    }

    /// The values by key; items of a list in the order in which they count.
    pub fn sorted(&self) -> Vec<&Setting> {
        let mut all: Vec<&Setting> = self.settings.iter().collect();
        all.sort_by(|a, b| a.key.cmp(&b.key));
        all
    }
}
