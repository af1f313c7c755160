//! What the names of rules in files mean.

use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::accept::Names;
use super::source::{Named, Way};
use crate::diagnostic::Diagnostic;
use crate::glob;

/// How many different names, and globs among them, the files of a run may hold: each is held against all rules.
const MOST_NAMES: usize = 10_000;
const MOST_GLOBS: usize = 1_000;

/// How many names that mean nothing are looked at for what was meant.
const MOST_HINTS: usize = 20;

/// A name that means rules, as a place among all.
pub type Name = usize;

/// What names in files mean, each asked once.
pub struct Meanings<'a> {
    names: &'a dyn Names,
    known: FxHashMap<EcoString, Name>,
    meant: Vec<Arc<[EcoString]>>,
    globs: usize,
    hints: usize,
}

impl<'a> Meanings<'a> {
    /// By the rules of a run.
    pub fn new(names: &'a dyn Names) -> Self {
        Meanings { names, known: FxHashMap::default(), meant: Vec::new(), globs: 0, hints: 0 }
    }

    /// Looks a name up; `None` if it means nothing, which is told unless it is somebody else's.
    pub fn of(&mut self, way: Way, named: &Named, diagnostics: &mut Vec<Diagnostic>) -> Option<Name> {
        let text = named.text.as_str();
        match way {
            // `no-unused-params`, `BCP035`
            Way::Directive if !self.names.takes(text) => return None,
            Way::Directive if text.contains('.') => {
                diagnostics.push(self.dotted(named));
                return None;
            }
            _ => {}
        }
        let name = match self.known.get(text) {
            Some(name) => *name,
            None => {
                let glob = glob::is_glob(text);
                if self.known.len() >= MOST_NAMES || glob && self.globs >= MOST_GLOBS {
                    let message = format!(
                        "the suppression of `{text}` has no effect: the files of a run hold at most {MOST_NAMES} different names of rules, and {MOST_GLOBS} globs"
                    );
                    diagnostics.push(Diagnostic::warning("suppression-syntax", named.span, message));
                    return None;
                }
                self.globs += usize::from(glob);
                let name = self.meant.len();
                self.meant.push(self.names.meant(text).into());
                self.known.insert(named.text.clone(), name);
                name
            }
        };
        if self.meant.get(name).is_some_and(|ids| !ids.is_empty()) {
            return Some(name);
        }
        // What other tools check and we do not is theirs.
        if !matches!(way, Way::Peer(_)) {
            diagnostics.push(self.unknown(way, named));
        }
        None
    }

    /// The ids of the rules that a name means.
    pub fn meant(&self, name: Option<Name>) -> Arc<[EcoString]> {
        name.and_then(|name| self.meant.get(name)).cloned().unwrap_or_default()
    }

    /// All names with what they mean.
    pub fn all(&self) -> impl Iterator<Item = (Name, &Arc<[EcoString]>)> {
        self.meant.iter().enumerate()
    }

    fn unknown(&mut self, way: Way, named: &Named) -> Diagnostic {
        let hint = match self.hint(|names| names.similar(&named.text)) {
            Some(similar) => format!("; did you mean `{similar}`?"),
            None if way == Way::Comment => "; rules are parted by commas, and a reason follows ` -- `".to_owned(),
            None => String::new(),
        };
        let message = format!("`{}` is no rule of armlint and has no effect here{hint}", named.text);
        Diagnostic::warning("suppression-unknown-rule", named.span, message)
    }

    /// The id of a rule in a directive.
    fn dotted(&mut self, named: &Named) -> Diagnostic {
        let reference = self.hint(|names| names.reference(names.meant(&named.text).first()?));
        let instead = match reference {
            Some(reference) => format!("write the rule's reference, `{reference}`"),
            None => "write the reference of a rule, such as `AZR-000200`".to_owned(),
        };
        let message = format!(
            "`{}` has no effect here: the Bicep compiler takes no dots in a directive and reads the rest as code; {instead}",
            named.text
        );
        Diagnostic::warning("suppression-directive", named.span, message)
    }

    /// What was meant, for the first few: it is asked of all rules.
    fn hint<T>(&mut self, ask: impl Fn(&dyn Names) -> Option<T>) -> Option<T> {
        self.hints += 1;
        (self.hints <= MOST_HINTS).then(|| ask(self.names)).flatten()
    }
}
