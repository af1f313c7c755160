//! Every template of a run, read once: from a path to a [`Template`], in whatever language.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::diagnostic::{Diagnostic, Level};
use crate::expand::Loader;
use crate::model::{Template, arm, bicep};
use crate::read::json::Document;
use crate::read::source::absolute;
use crate::read::{FileId, Source, Sources, Span};

type Cell<T> = Arc<OnceLock<Result<T, Diagnostic>>>;

/// Reads templates and everything they name, once each, within the bounds of the root.
#[derive(Debug)]
pub struct Library {
    /// The files.
    pub sources: Arc<Sources>,
    root: PathBuf,
    cache: Option<PathBuf>,
    templates: Mutex<HashMap<PathBuf, Cell<Arc<Template>>>>,
    documents: Mutex<HashMap<PathBuf, Cell<Arc<Document>>>>,
    files: Mutex<HashMap<PathBuf, Cell<Arc<crate::read::bicep::File>>>>,
    diagnostics: Mutex<Vec<Diagnostic>>,
}

impl Library {
    /// A library of the templates below `root`. `cache` is the Bicep CLI's module cache (its folder with `br` in it).
    pub fn new(sources: Arc<Sources>, root: &Path, cache: Option<PathBuf>) -> Self {
        Library {
            sources,
            root: absolute(root),
            cache: cache.map(|c| absolute(&c)),
            templates: Mutex::default(),
            documents: Mutex::default(),
            files: Mutex::default(),
            diagnostics: Mutex::default(),
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
        std::mem::take(&mut lock(&self.diagnostics))
    }

    /// Keeps diagnostics of a file that somebody else read.
    pub fn report(&self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        lock(&self.diagnostics).extend(diagnostics);
    }

    /// Takes in a document that was read elsewhere (with its diagnostics), so that it is not read again.
    pub fn adopt(&self, document: Arc<Document>) {
        let cell = lock(&self.documents).entry(document.source().path.clone()).or_default().clone();
        let _ = cell.set(Ok(document));
    }

    /// Takes in a Bicep file that was read elsewhere (with its diagnostics), so that it is not read again.
    pub fn adopt_bicep(&self, path: &Path, file: Arc<crate::read::bicep::File>) {
        let cell = lock(&self.files).entry(absolute(path)).or_default().clone();
        let _ = cell.set(Ok(file));
    }

    /// The template in a file that the command line or a folder names: it may lie anywhere.
    ///
    /// # Errors
    /// A diagnostic that says why there is none.
    pub fn open(&self, path: &Path) -> Result<Arc<Template>, Diagnostic> {
        let path = absolute(path);
        let cell = lock(&self.templates).entry(path.clone()).or_default().clone();
        cell.get_or_init(|| self.read(&path)).clone()
    }

    /// The JSON document in a file.
    ///
    /// # Errors
    /// A diagnostic if it cannot be read; syntax errors are kept apart and do not stop it.
    pub fn document(&self, path: &Path) -> Result<Arc<Document>, Diagnostic> {
        let path = absolute(path);
        let cell = lock(&self.documents).entry(path.clone()).or_default().clone();
        cell.get_or_init(|| {
            let source = self.source(&path)?;
            let document = Document::parse(&source);
            self.report(document.problems().iter().map(|p| Diagnostic {
                level: p.level,
                code: p.code,
                message: p.message.clone(),
                place: crate::diagnostic::Place::Span(p.span),
            }));
            Ok(Arc::new(document))
        })
        .clone()
    }

    /// The syntax of a Bicep or Bicep parameter file.
    ///
    /// # Errors
    /// A diagnostic if it cannot be read.
    pub fn bicep(&self, path: &Path) -> Result<Arc<crate::read::bicep::File>, Diagnostic> {
        let path = absolute(path);
        let cell = lock(&self.files).entry(path.clone()).or_default().clone();
        cell.get_or_init(|| {
            let source = self.source(&path)?;
            let is_parameters = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("bicepparam"));
            let file = if is_parameters {
                crate::read::bicep::parse_params(&source)
            } else {
                crate::read::bicep::parse(&source)
            };
            self.report(file.problems.iter().map(|p| Diagnostic {
                level: p.level,
                code: p.code,
                message: p.message.clone(),
                place: crate::diagnostic::Place::Span(p.span),
            }));
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

    /// Checks that a path a template names lies below the root (or in the module cache).
    ///
    /// # Errors
    /// A diagnostic at the naming text if it does not.
    pub fn permit(&self, path: &Path, from: Span) -> Result<PathBuf, Diagnostic> {
        let path = absolute(path);
        let inside = |base: &Path| path.starts_with(base);
        if !inside(&self.root) && !self.cache.as_deref().is_some_and(inside) {
            let message = "this path leads out of the folder that templates may read; \
                           move the file below it, or name a wider folder with --root";
            return Err(Diagnostic::error("outside-root", from, message));
        }
        // A link inside the root may lead out of it.
        if let (Ok(real), Ok(root)) = (path.canonicalize(), self.root.canonicalize())
            && !real.starts_with(&root)
            && !self.cache.as_ref().and_then(|c| c.canonicalize().ok()).is_some_and(|c| real.starts_with(c))
        {
            let message = "this path is a link out of the folder that templates may read";
            return Err(Diagnostic::error("outside-root", from, message));
        }
        Ok(path)
    }

    /// The folder of the file that holds a span.
    pub fn folder_of(&self, file: FileId) -> Option<PathBuf> {
        self.sources.get(file)?.path.parent().map(Path::to_path_buf)
    }

    fn read(&self, path: &Path) -> Result<Arc<Template>, Diagnostic> {
        let is_bicep = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("bicep"));
        let mut diagnostics = Vec::new();
        let template = if is_bicep {
            let file = self.bicep(path)?;
            let source = self.source(path)?;
            Some(bicep::load(self, &source, &file, &mut diagnostics))
        } else {
            arm::load(&*self.document(path)?, &mut diagnostics)
        };
        self.report(diagnostics);
        template.ok_or_else(|| {
            Diagnostic::at_path(
                Level::Error,
                "not-a-template",
                path,
                "this file holds no template: its root is not an object",
            )
        })
    }
}

impl Loader for Library {
    fn load(&self, path: &Path, from: Span) -> Result<Arc<Template>, Diagnostic> {
        let path = self.permit(path, from)?;
        if !path.is_file() {
            let message = format!("there is no file {} to read the template from", self.shown(&path));
            return Err(Diagnostic::warning("template-missing", from, message));
        }
        self.open(&path)
    }

    fn folder(&self, from: Span) -> Option<PathBuf> {
        self.folder_of(from.file)
    }

    fn name(&self, file: FileId) -> String {
        self.sources.get(file).map(|s| self.shown(&s.path)).unwrap_or_default()
    }
}

impl Library {
    /// A path for a message: relative to the root, with `/`.
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().replace('\\', "/")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // What is behind these locks only grows; a panic elsewhere leaves it usable.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
