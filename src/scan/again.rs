//! Expands entry points once more, for somebody who wants to know something about them: what a name or an expression comes to.
//!
//! Nothing that is remembered changes, and nothing is judged.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::judge::NoRules;
use super::{Memory, Opened, Project, Request, Runner, with_threads};
use crate::diagnostic::Diagnostic;
use crate::expand::{self, Deployed, Limits};
use crate::model::{Held, Loader, Template};
use crate::read::{FileId, Span};
use crate::walk::entries::Entry;

/// Makes another template of one: the same with something more to evaluate. `None` if it is to stay as it is.
pub type Ask<'a> = dyn Fn(&Template) -> Option<Template> + Sync + 'a;

/// What is wanted.
pub struct Asking<'a, T> {
    /// The file that the entry points have a part of.
    pub file: &'a Path,
    /// How many entry points are looked at.
    pub most: usize,
    /// What is asked of templates.
    pub ask: &'a Ask<'a>,
    /// Reads the answer from an expansion; the path is that of the file that the entry point is known by.
    pub read: &'a (dyn Fn(&Deployed, &Path) -> T + Sync),
}

/// Expands the entry points that a file had a part in when all was looked at last. Gives what was read from each, in order, and how
/// many there are in all.
pub fn again<T: Send>(
    project: &Project,
    request: &Request<'_>,
    memory: &Memory,
    asking: &Asking<'_, T>,
) -> (Vec<T>, usize) {
    let entries = memory.entries_with(asking.file);
    let (documents, once) = (FxHashMap::default(), FxHashSet::default());
    let runner = Runner { project, request, judge: &NoRules, documents, once, root: Path::new("") };
    let one = |entry: &Entry| {
        let Entry::Deployment { template, parameters } = entry else { return None };
        let opened = runner.open(template, parameters.as_deref(), &mut Vec::new()).ok()?;
        let Opened { library, template, given, context } = opened;
        let loader = Asked { held: Held::new(&library), ask: asking.ask, templates: RefCell::default() };
        let root = loader.asked(template);
        let deployed = expand::expand(&loader, root, given.as_ref(), context, Limits::default());
        Some((asking.read)(&deployed, entry.path()))
    };
    let few = &entries[..entries.len().min(asking.most)];
    let read = with_threads(|| few.par_iter().filter_map(one).collect()).unwrap_or_default();
    (read, entries.len())
}

/// A loader whose templates are asked something.
struct Asked<'a> {
    held: Held<'a>,
    ask: &'a Ask<'a>,
    /// Those that are different: one deployment sees one template.
    templates: RefCell<FxHashMap<FileId, Arc<Template>>>,
}

impl Asked<'_> {
    fn asked(&self, template: Arc<Template>) -> Arc<Template> {
        if let Some(known) = self.templates.borrow().get(&template.file) {
            return known.clone();
        }
        let Some(other) = (self.ask)(&template).map(Arc::new) else { return template };
        self.templates.borrow_mut().insert(other.file, other.clone());
        other
    }
}

impl Loader for Asked<'_> {
    fn load(&self, path: &Path, from: Span) -> Result<Arc<Template>, Diagnostic> {
        self.held.load(path, from).map(|template| self.asked(template))
    }

    fn folder(&self, from: Span) -> Option<PathBuf> {
        self.held.folder(from)
    }

    fn name(&self, file: FileId) -> String {
        self.held.name(file)
    }
}
