//! The other files that a file names: modules and imports, found and read once.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Subject;
use super::walk;
use crate::model::bicep::exports;
use crate::model::registry::{self, NoModule};
use crate::model::{Library, Template};
use crate::nesting;
use crate::read::bicep::ast::{self, Expr, StatementKind};
use crate::read::bicep::{File, is_registry, relative_path};
use crate::source::{is_arm, is_bicep_parameters};

/// What became of a path.
#[derive(Clone)]
pub enum Found {
    /// The file.
    File(Arc<Path>),
    /// A module of a registry that is not in the cache.
    NotRestored,
    /// Nothing that can be used; what, nobody knows for sure.
    Nothing,
}

/// The templates of a file: its own, and those of its modules and of the template that a parameter file is for.
#[derive(Default)]
pub struct Templates {
    own: Option<Arc<Template>>,
    others: FxHashMap<String, Arc<Template>>,
}

impl Templates {
    /// Those of a file, as far as they can be read.
    pub fn of(subject: &Subject<'_>) -> Self {
        let mut out = Templates { own: subject.library.open(&subject.source.path).ok(), ..Templates::default() };
        for s in &subject.file.statements {
            let path = match &s.kind {
                StatementKind::Module(m) => &m.path,
                StatementKind::Using(ast::Using { path: Some(path), .. }) => path,
                _ => continue,
            };
            let Some(text) = walk::text(path).filter(|text| !out.others.contains_key(*text)) else { continue };
            if let Found::File(file) = locate(subject.library, &subject.source.path, text, path)
                && let Ok(template) = subject.library.open(&file)
            {
                out.others.insert(text.to_owned(), template);
            }
        }
        out
    }
}

/// The files that a file names.
pub struct Others<'f> {
    library: &'f Library,
    templates: &'f Templates,
    from: &'f Path,
    found: RefCell<FxHashMap<String, Found>>,
    /// Whether a file has errors, its modules included.
    wrong: RefCell<FxHashMap<PathBuf, bool>>,
    /// What files export.
    exported: RefCell<FxHashMap<PathBuf, Option<Exports>>>,
}

/// The names that a file exports.
type Exports = Rc<FxHashSet<EcoString>>;

impl<'f> Others<'f> {
    /// Those of a file.
    pub fn new(subject: &Subject<'f>, templates: &'f Templates) -> Self {
        Others {
            library: subject.library,
            templates,
            from: &subject.source.path,
            found: RefCell::default(),
            wrong: RefCell::default(),
            exported: RefCell::default(),
        }
    }

    /// The file that the path of a module or import means.
    pub fn find(&self, path: &Expr) -> Found {
        let Some(text) = walk::text(path) else { return Found::Nothing };
        if let Some(known) = self.found.borrow().get(text) {
            return known.clone();
        }
        let found = locate(self.library, self.from, text, path);
        self.found.borrow_mut().insert(text.to_owned(), found.clone());
        found
    }

    /// What the file itself declares.
    pub fn own(&self) -> Option<&'f Template> {
        self.templates.own.as_deref()
    }

    /// The template of a module.
    pub fn template(&self, path: &Expr) -> Option<&'f Arc<Template>> {
        self.templates.others.get(walk::text(path)?)
    }

    /// The syntax of a module or import that is Bicep.
    pub fn syntax(&self, path: &Expr) -> Option<Arc<File>> {
        match self.find(path) {
            Found::File(path) if is_bicep(&path) => self.library.bicep(&path).ok(),
            _ => None,
        }
    }

    /// The names that the file of an import exports. `None` if it is not there, or cannot be read as a whole.
    pub fn exports(&self, path: &Expr) -> Option<Exports> {
        let Found::File(path) = self.find(path) else { return None };
        if let Some(known) = self.exported.borrow().get(&*path) {
            return known.clone();
        }
        let names = match is_bicep(&path) {
            true => self.library.bicep(&path).ok().filter(|f| f.problems.is_empty()).map(|f| exports::of_bicep(&f)),
            false => self.library.document(&path).ok().filter(|d| !d.has_errors()).map(|d| exports::of_json(&d)),
        };
        let names = names.map(Rc::new);
        self.exported.borrow_mut().insert(path.to_path_buf(), names.clone());
        names
    }

    /// A module that is Bicep.
    pub fn is_bicep(&self, path: &Expr) -> bool {
        matches!(self.find(path), Found::File(path) if is_bicep(&path))
    }

    /// Whether the file of a module or import has errors.
    pub fn has_errors(&self, path: &Expr) -> bool {
        match self.find(path) {
            Found::File(path) => self.wrong(&path, 0),
            _ => false,
        }
    }

    fn wrong(&self, path: &Path, depth: usize) -> bool {
        if !is_bicep(path) || !nesting::TEMPLATE.allows(depth) {
            return false;
        }
        if let Some(known) = self.wrong.borrow().get(path) {
            return *known;
        }
        // A file that is on its way is no reason for errors of its own.
        self.wrong.borrow_mut().insert(path.to_path_buf(), false);
        let Ok(file) = self.library.bicep(path) else { return false };
        let below = |e: &Expr| match walk::text(e).map(|text| locate(self.library, path, text, e)) {
            Some(Found::File(other)) => self.wrong(&other, depth + 1),
            Some(Found::NotRestored) => true,
            _ => false,
        };
        let wrong = !file.problems.is_empty()
            || super::names::has_errors(&file)
            || self.hands_on_secrets(path, &file)
            || file.statements.iter().any(|s| match &s.kind {
                StatementKind::Module(m) => below(&m.path),
                StatementKind::Import(i) => below(&i.path),
                _ => false,
            });
        self.wrong.borrow_mut().insert(path.to_path_buf(), wrong);
        wrong
    }

    /// Whether a file does with secrets what the compiler refuses.
    fn hands_on_secrets(&self, path: &Path, file: &File) -> bool {
        let Ok(source) = self.library.source(path) else { return false };
        // Few files speak of secrets at all.
        if !["getSecret", ".outputs."].iter().any(|word| source.text().contains(word)) {
            return false;
        }
        let today = jiff::civil::Date::MIN;
        let subject = Subject { library: self.library, source: &source, file, is_parameters: false, today };
        let templates = Templates::of(&subject);
        super::places::has_errors(&super::Context::new(&subject, &templates, super::levels::Settings::default()))
    }
}

/// Whether the compiler takes a file for a module in Bicep.
fn is_bicep(path: &Path) -> bool {
    !is_arm(path) && !is_bicep_parameters(path)
}

fn locate(library: &Library, from: &Path, text: &str, at: &Expr) -> Found {
    if is_registry(text) {
        return match registry::locate(library, from, text) {
            Ok(path) => Found::File(path.into()),
            Err(NoModule::NotRestored(_)) => Found::NotRestored,
            Err(NoModule::Wrong(_)) => Found::Nothing,
        };
    }
    let Ok(relative) = relative_path(text) else { return Found::Nothing };
    let Some(path) = from.parent().map(|folder| folder.join(relative)) else { return Found::Nothing };
    match library.permit(&path, at.span) {
        Ok(path) if library.sources.is_file(&path) => Found::File(path.into()),
        _ => Found::Nothing,
    }
}
