//! Every template of a run, read once: from a path to a [`Template`], in whatever language.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use super::shelf::Shelf;
use crate::diagnostic::{Diagnostic, Level};
use crate::lock::lock;
use crate::model::bicep_config::BicepConfig;
use crate::model::module_reference::MissingModule;
use crate::model::parameters::ParameterFile;
use crate::model::{Loader, Template, arm, bicep};
use crate::read::bicep::File;
use crate::read::json::Document;
use crate::read::{FileId, Reach, Refusal, Source, Sources, Span};
use crate::source::asked::{self, Asked};
use crate::source::{PathMap, PathSet, absolute, is_arm, is_bicep, is_bicep_parameters};

/// Settings that were looked for, and what was looked at for that.
type Settings = (Option<Arc<BicepConfig>>, Asked);
type Cell<T> = Arc<OnceLock<Result<T, Diagnostic>>>;

/// Reads templates and everything they name, within the bounds of the root. Each is read once, as far as anybody can see:
/// syntax is given up when the template is made of it, and templates give way to others when they are many.
#[derive(Debug)]
pub struct Library {
    /// The files.
    pub sources: Arc<Sources>,
    root: PathBuf,
    cache: Option<PathBuf>,
    /// What templates may name: files below the root, and in the cache.
    reach: Reach,
    /// What is read of each module cache.
    caches: Mutex<PathMap<Arc<Reach>>>,
    templates: Mutex<Shelf>,
    /// Compiled templates from which others import.
    imported: Mutex<Shelf>,
    documents: Mutex<PathMap<Cell<Arc<Document>>>>,
    files: Mutex<PathMap<Cell<Arc<File>>>>,
    /// The settings of Bicep that count in folders.
    settings: Mutex<PathMap<Arc<OnceLock<Settings>>>>,
    /// Files whose syntax others than their own template use: it is kept.
    shared: Mutex<PathSet>,
    /// Files whose syntax was read before: what is wrong with it has been said.
    parsed: Mutex<PathSet>,
    /// Files whose template was made before: the same.
    made: Mutex<PathSet>,
    /// What was wrong with files, by file.
    diagnostics: Mutex<PathMap<Vec<Diagnostic>>>,
    /// What was read for each template, where that is looked at again.
    needs: Mutex<PathMap<Arc<Asked>>>,
    missing: Mutex<BTreeSet<MissingModule>>,
}

impl Library {
    /// A library of the templates below `root`. `cache` is the Bicep CLI's module cache (its folder with `br` in it).
    pub fn new(sources: Arc<Sources>, root: &Path, cache: Option<PathBuf>) -> Self {
        let (root, cache) = (absolute(root), cache.map(|c| absolute(&c)));
        Library {
            sources,
            reach: Reach::new(std::iter::once(root.clone()).chain(cache.clone())),
            root,
            cache,
            caches: Mutex::default(),
            templates: Mutex::default(),
            imported: Mutex::default(),
            documents: Mutex::default(),
            files: Mutex::default(),
            settings: Mutex::default(),
            shared: Mutex::default(),
            parsed: Mutex::default(),
            made: Mutex::default(),
            diagnostics: Mutex::default(),
            needs: Mutex::default(),
            missing: Mutex::default(),
        }
    }

    /// The root that bounds what templates may name.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The module cache, if one was given.
    pub fn cache(&self) -> Option<&Path> {
        self.cache.as_deref()
    }

    /// What was wrong with the files read so far, in no particular order; takes it away.
    pub fn take_diagnostics(&self) -> Vec<Diagnostic> {
        std::mem::take(&mut *lock(&self.diagnostics)).into_iter().flat_map(|(_, of)| of).collect()
    }

    /// Notes a module that the cache does not hold.
    pub fn miss(&self, module: MissingModule) {
        lock(&self.missing).insert(module);
    }

    /// The modules that were asked for and are not in the cache.
    pub fn missing_modules(&self) -> Vec<MissingModule> {
        lock(&self.missing).iter().cloned().collect()
    }

    /// What was wrong with these files, in no particular order.
    pub fn diagnostics_of(&self, files: &Asked) -> Vec<Diagnostic> {
        let all = lock(&self.diagnostics);
        all.iter().filter(|(path, _)| files.contains(path)).flat_map(|(_, of)| of.iter().cloned()).collect()
    }

    /// Keeps diagnostics of a file.
    pub fn report(&self, path: &Path, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        let mut diagnostics = diagnostics.into_iter().peekable();
        if diagnostics.peek().is_some() {
            lock(&self.diagnostics).entry(path.to_path_buf()).or_default().extend(diagnostics);
        }
    }

    /// Every file that a template was made of.
    pub fn files(&self) -> Asked {
        let needs = lock(&self.needs);
        needs.iter().flat_map(|(path, of)| of.iter().chain([path])).map(Path::to_path_buf).collect()
    }

    /// Forgets these files, and the templates that were made of them.
    pub fn forget(&self, changed: &Asked) {
        self.reach.forget();
        lock(&self.caches).clear();
        let stale = |(path, of): (&Path, &Arc<Asked>)| {
            (changed.contains(path) || !of.is_disjoint(changed)).then(|| path.to_path_buf())
        };
        let mut gone: Asked = lock(&self.needs).iter().filter_map(stale).collect();
        gone.extend(changed.iter().map(Path::to_path_buf));
        // They are few, and soon found again.
        lock(&self.settings).clear();
        lock(&self.missing).retain(|module| !gone.contains(&module.from));
        let mut shelves = [&self.templates, &self.imported].map(lock);
        for path in gone.iter() {
            shelves.iter_mut().for_each(|shelf| shelf.forget(path));
            lock(&self.needs).remove(path);
            lock(&self.documents).remove(path);
            lock(&self.files).remove(path);
            lock(&self.parsed).remove(path);
            lock(&self.made).remove(path);
            lock(&self.diagnostics).remove(path);
        }
    }

    /// Takes in a document that was read elsewhere (with its diagnostics), so that it is not read again.
    pub fn adopt(&self, document: Arc<Document>) {
        let path = document.source().path.clone();
        lock(&self.parsed).insert(path.clone());
        let cell = lock(&self.documents).entry(path).or_default().clone();
        let _ = cell.set(Ok(document));
    }

    /// Takes in a Bicep file that was read elsewhere (with its diagnostics), so that it is not read again.
    pub fn adopt_bicep(&self, path: &Path, file: Arc<File>) {
        let path = absolute(path);
        lock(&self.parsed).insert(path.clone());
        let cell = lock(&self.files).entry(path).or_default().clone();
        let _ = cell.set(Ok(file));
    }

    /// Takes note that a file was read elsewhere (with its diagnostics): if it is read again, nothing is said twice.
    pub fn has_been_parsed(&self, path: &Path) {
        lock(&self.parsed).insert(absolute(path));
    }

    /// The template in a file that the command line or a folder names: it may lie anywhere.
    ///
    /// # Errors
    /// A diagnostic that says why there is none.
    pub fn open(&self, path: &Path) -> Result<Arc<Template>, Diagnostic> {
        let path = absolute(path);
        let cell = lock(&self.templates).get(&path);
        let mut size = None;
        let template = cell.get_or_init(|| {
            let (template, length) = self.read_noted(&path)?;
            size = Some(length);
            Ok(template)
        });
        if size.is_none()
            && let Some(needs) = lock(&self.needs).get(&path)
        {
            asked::also(needs);
        }
        asked::about(&path);
        if let Some(size) = size {
            // Taken apart only after the lock is free again.
            let gone = lock(&self.templates).made(&path, size);
            drop(gone);
        }
        template.clone()
    }

    /// As [`Library::open`], for a template that nobody else will ask for: it takes no room from those that are asked for again.
    ///
    /// # Errors
    /// As [`Library::open`].
    pub fn open_once(&self, path: &Path) -> Result<Arc<Template>, Diagnostic> {
        let path = absolute(path);
        if lock(&self.templates).holds(&path) {
            return self.open(&path);
        }
        asked::about(&path);
        self.read_noted(&path).map(|(template, _)| template)
    }

    /// The JSON document in a file, for others than its own template.
    ///
    /// # Errors
    /// A diagnostic if it cannot be read; syntax errors are kept apart and do not stop it.
    pub fn document(&self, path: &Path) -> Result<Arc<Document>, Diagnostic> {
        let path = absolute(path);
        asked::about(&path);
        lock(&self.shared).insert(path.clone());
        self.json_syntax(&path)
    }

    /// The values in a JSON parameter file.
    ///
    /// # Errors
    /// A diagnostic if it cannot be read, or is no JSON at all.
    pub fn parameters(&self, path: &Path) -> Result<ParameterFile, Diagnostic> {
        let document = self.document(path)?;
        if document.root().is_none() {
            let message = "this parameter file holds nothing that can be read";
            return Err(Diagnostic::at_path(Level::Error, "not-parameters", path, message));
        }
        Ok(arm::parameters::load(&document))
    }

    /// The settings of Bicep in a folder, found by `find` the first time.
    pub fn settings(&self, folder: &Path, find: impl FnOnce() -> Option<BicepConfig>) -> Option<Arc<BicepConfig>> {
        let cell = lock(&self.settings).entry(folder.to_path_buf()).or_default().clone();
        let (settings, asked) = cell.get_or_init(|| asked::noted(|| find().map(Arc::new)));
        asked::also(asked);
        settings.clone()
    }

    /// The compiled template in a document, for those that import from it: many files import the same few. What is wrong with it
    /// is not said here. `None` if there is none.
    pub fn imported(&self, document: &Document) -> Option<Arc<Template>> {
        let source = document.source();
        let cell = lock(&self.imported).get(&source.path);
        let mut made = false;
        let template = cell.get_or_init(|| {
            made = true;
            arm::load(document, &mut Vec::new()).ok_or_else(|| no_template(&source.path))
        });
        if made {
            let gone = lock(&self.imported).made(&source.path, source.text().len());
            drop(gone);
        }
        template.clone().ok()
    }

    /// The syntax of a Bicep or Bicep parameter file, for others than its own template.
    ///
    /// # Errors
    /// A diagnostic if it cannot be read.
    pub fn bicep(&self, path: &Path) -> Result<Arc<File>, Diagnostic> {
        let path = absolute(path);
        asked::about(&path);
        lock(&self.shared).insert(path.clone());
        self.bicep_syntax(&path)
    }

    fn json_syntax(&self, path: &Path) -> Result<Arc<Document>, Diagnostic> {
        let cell = lock(&self.documents).entry(path.to_path_buf()).or_default().clone();
        cell.get_or_init(|| {
            let source = self.source(path)?;
            let document = Document::parse(&source);
            if lock(&self.parsed).insert(path.to_path_buf()) {
                self.report(
                    path,
                    document.problems().iter().map(|p| Diagnostic {
                        level: p.level,
                        code: p.code,
                        message: p.message.clone(),
                        place: crate::diagnostic::Place::Span(p.span),
                    }),
                );
            }
            Ok(Arc::new(document))
        })
        .clone()
    }

    fn bicep_syntax(&self, path: &Path) -> Result<Arc<File>, Diagnostic> {
        let cell = lock(&self.files).entry(path.to_path_buf()).or_default().clone();
        cell.get_or_init(|| {
            let source = self.source(path)?;
            let file = if is_bicep_parameters(path) {
                crate::read::bicep::parse_params(&source)
            } else {
                crate::read::bicep::parse(&source)
            };
            if lock(&self.parsed).insert(path.to_path_buf()) {
                self.report(
                    path,
                    file.problems.iter().map(|p| Diagnostic {
                        level: p.level,
                        code: p.code,
                        message: p.message.clone(),
                        place: crate::diagnostic::Place::Span(p.span),
                    }),
                );
            }
            Ok(Arc::new(file))
        })
        .clone()
    }

    /// A file's text.
    ///
    /// # Errors
    /// A diagnostic if it cannot be read.
    pub fn source(&self, path: &Path) -> Result<Arc<Source>, Diagnostic> {
        self.sources.load(path).map_err(|e| Diagnostic::at_path(Level::Error, "unreadable", path, e.to_string()))
    }

    /// Checks that a path a template names may be read: it lies below the root or in the module cache, links followed, and is no
    /// pipe or device.
    ///
    /// # Errors
    /// A diagnostic at the naming text if it may not.
    pub fn permit(&self, path: &Path, from: Span) -> Result<PathBuf, Diagnostic> {
        let path = absolute(path);
        asked::about(&path);
        match self.reach.check(&path) {
            Ok(()) => Ok(path),
            // It was held against the cache when it was found there.
            Err(Refusal::Outside) if self.sources.is_restored_path(&path) => Ok(path),
            Err(refusal) => Err(Diagnostic::error(refusal.code(), from, refusal.to_string())),
        }
    }

    /// What templates may name.
    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    /// What may be read of a module cache (an absolute path): what is in it, links followed.
    pub fn reach_of_cache(&self, cache: &Path) -> Arc<Reach> {
        let made = || Arc::new(Reach::new([cache.to_path_buf()]));
        lock(&self.caches).entry(cache.to_path_buf()).or_insert_with(made).clone()
    }

    /// The folder of the file that holds a span.
    pub fn folder_of(&self, file: FileId) -> Option<PathBuf> {
        self.sources.stored(file)?.path.parent().map(Path::to_path_buf)
    }

    /// As [`Library::read`]; remembers what was read for it, if that is looked at again.
    fn read_noted(&self, path: &Path) -> Result<(Arc<Template>, usize), Diagnostic> {
        if !self.sources.are_noted() {
            return self.read(path);
        }
        let (read, needs) = asked::noted(|| self.read(path));
        needs.iter().for_each(|path| self.sources.note(path));
        lock(&self.needs).insert(path.to_path_buf(), Arc::new(needs));
        read
    }

    /// Makes a template; also the length of its text.
    fn read(&self, path: &Path) -> Result<(Arc<Template>, usize), Diagnostic> {
        // The text of most files is not needed for that.
        let is_other = || !is_arm(path) && !is_bicep_parameters(path);
        let is_bicep = is_bicep(path) || is_other() && self.source(path)?.is_bicep();
        let mut diagnostics = Vec::new();
        let (template, size) = if is_bicep {
            let file = self.bicep_syntax(path)?;
            let source = self.source(path)?;
            let (template, room) = bicep::load(self, &source, &file, &mut diagnostics);
            (Some(template), room)
        } else {
            let document = self.json_syntax(path)?;
            (arm::load(&document, &mut diagnostics), document.source().text().len())
        };
        if lock(&self.made).insert(path.to_path_buf()) {
            self.report(path, diagnostics);
        }
        if !lock(&self.shared).contains(path) {
            lock(&self.files).remove(path);
            lock(&self.documents).remove(path);
        }
        Ok((template.ok_or_else(|| no_template(path))?, size))
    }
}

impl Loader for Library {
    fn load(&self, path: &Path, from: Span) -> Result<Arc<Template>, Diagnostic> {
        let path = self.permit(path, from)?;
        if !self.sources.is_file(&path) {
            let message = format!("there is no file {} to read the template from", self.shown(&path));
            return Err(Diagnostic::warning("template-missing", from, message));
        }
        self.open(&path)
    }

    fn values(&self, path: &Path, from: Span) -> Result<ParameterFile, Diagnostic> {
        self.parameters(&self.permit(path, from)?)
    }

    fn folder(&self, from: Span) -> Option<PathBuf> {
        self.folder_of(from.file)
    }

    fn name(&self, file: FileId) -> String {
        self.sources.stored(file).map(|s| self.shown(&s.path)).unwrap_or_default()
    }
}

/// A library as one root deployment sees it: a file is the same template throughout, whatever the library lets go of
/// meanwhile, and is asked for once.
pub struct Held<'l> {
    library: &'l Library,
    templates: RefCell<PathMap<Arc<Template>>>,
}

impl<'l> Held<'l> {
    /// Nothing of a library is held yet.
    pub fn new(library: &'l Library) -> Self {
        Held { library, templates: RefCell::default() }
    }
}

impl Loader for Held<'_> {
    fn load(&self, path: &Path, from: Span) -> Result<Arc<Template>, Diagnostic> {
        if let Some(known) = self.templates.borrow().get(path) {
            return Ok(known.clone());
        }
        let template = self.library.load(path, from)?;
        // Two ways of writing one path are two entries; the file must be the same template for both.
        let same = self.templates.borrow().values().find(|t| t.file == template.file).cloned();
        let template = same.unwrap_or(template);
        self.templates.borrow_mut().insert(path.to_path_buf(), template.clone());
        Ok(template)
    }

    fn values(&self, path: &Path, from: Span) -> Result<ParameterFile, Diagnostic> {
        self.library.values(path, from)
    }

    fn folder(&self, from: Span) -> Option<PathBuf> {
        self.library.folder(from)
    }

    fn name(&self, file: FileId) -> String {
        self.library.name(file)
    }
}

impl Library {
    /// A path for a message: relative to the root, with `/`.
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().replace('\\', "/")
    }
}

fn no_template(path: &Path) -> Diagnostic {
    Diagnostic::at_path(Level::Error, "not-a-template", path, "this file holds no template: its root is not an object")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_import_from_is_made_once() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().canonicalize().unwrap();
        let (path, list) = (folder.join("types.json"), folder.join("list.json"));
        std::fs::write(
            &path,
            r#"{"definitions": {"a": {"type": "string"}}, "resources": {}, "variables": {"v": "[concat(]"}}"#,
        )
        .unwrap();
        std::fs::write(&list, "[]").unwrap();
        let library = Library::new(Arc::default(), &folder, None);
        let imported = |path: &Path| library.imported(&library.document(path).unwrap());
        let first = imported(&path).unwrap();
        assert!(Arc::ptr_eq(&first, &imported(&path).unwrap()));
        assert!(imported(&list).is_none());
        assert_eq!(library.take_diagnostics(), [], "what is wrong is said where the template is deployed");

        library.forget(&Asked::from_iter([path.clone()]));
        assert!(!Arc::ptr_eq(&first, &imported(&path).unwrap()));
    }

    #[test]
    fn what_had_to_go_is_made_again_and_nothing_is_said_twice() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().canonicalize().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        // Broken as text and in its meaning.
        let json =
            write("a.json", r#"{"contentVersion": "1.0.0.0", "variables": {"v": "[concat(]"}, "resources": [],, }"#);
        let bicep = write("b.bicep", "param p string = missing\nvar = 1\n");
        let large = write("large.json", &format!(r#"{{"resources": [], "text": "{}"}}"#, "x".repeat(8 << 20)));
        let library = Library::new(Arc::default(), &folder, None);
        let source = library.source(&json).unwrap();
        let from = Span::new(source.id, 0, 1);
        let held = Held::new(&library);

        let first: Vec<_> = [&json, &bicep].map(|p| held.load(p, from).unwrap()).into();
        let said = library.take_diagnostics();
        let of = |file: FileId| {
            let here = |d: &&Diagnostic| matches!(d.place, crate::diagnostic::Place::Span(s) if s.file == file);
            said.iter().filter(here).map(|d| d.code).collect::<BTreeSet<_>>().len()
        };
        assert!(first.iter().all(|t| of(t.file) == 2), "{said:#?}");

        // The large one takes the place of both.
        library.open(&large).unwrap();
        for (path, before) in [&json, &bicep].into_iter().zip(&first) {
            let again = library.open(path).unwrap();
            assert!(!Arc::ptr_eq(&again, before));
            assert_eq!(format!("{:?}", again.variables), format!("{:?}", before.variables));
            assert!(Arc::ptr_eq(&held.load(path, from).unwrap(), before), "one deployment sees one template");
        }
        assert_eq!(library.take_diagnostics(), []);
    }
}
