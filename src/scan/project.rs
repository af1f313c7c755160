//! The texts of a run and what they mean: sources, and for each root a library of the templates below it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::check::Remembered;
use crate::check::secrets::Own;
use crate::diagnostic::Diagnostic;
use crate::model::module_reference::MissingModule;
use crate::model::parameters::ParameterFile;
use crate::model::{Library, bicep, registry};
use crate::read::Sources;
use crate::source::asked::Asked;
use crate::walk::Roots;
use crate::walk::classify::{self, Kind};
use crate::walk::entries::Finder;
use crate::walk::inputs::Input;

/// The texts of a run and the templates in them.
#[derive(Debug)]
pub struct Project {
    /// Every text.
    pub sources: Arc<Sources>,
    /// What templates may read.
    pub roots: Roots,
    cache: Option<PathBuf>,
    libraries: Mutex<BTreeMap<PathBuf, Arc<Library>>>,
    /// What templates say of secrets.
    pub secrets: Remembered<Own>,
}

impl Project {
    /// A project. `cache` is `--cache-dir`.
    pub fn new(roots: Roots, cache: Option<&Path>) -> Self {
        let cache = cache.map(|c| roots.base().join(c));
        Project { sources: Arc::default(), roots, cache, libraries: Mutex::default(), secrets: Remembered::default() }
    }

    /// The same, with no file read that has more bytes than this.
    #[must_use]
    pub fn with_max_file_size(self, bytes: u64) -> Self {
        Project { sources: Arc::new(Sources::with_limit(bytes)), ..self }
    }

    /// The same, for more than one look at files that change.
    #[must_use]
    pub fn observant(mut self) -> Self {
        if let Some(sources) = Arc::into_inner(std::mem::take(&mut self.sources)) {
            self.sources = Arc::new(sources.observant());
        }
        self
    }

    /// Forgets those of these files that have changed, and every template that was made of one. Gives them.
    pub fn forget_changed(&self, files: impl IntoIterator<Item = PathBuf>) -> Asked {
        let libraries = self.libraries.lock().unwrap_or_else(PoisonError::into_inner);
        let all = files.into_iter().chain(libraries.values().flat_map(|l| l.files()));
        let changed: Asked = all.collect::<Asked>().into_iter().filter(|p| self.sources.has_changed(p)).collect();
        changed.iter().for_each(|path| self.sources.forget(path));
        libraries.values().for_each(|library| library.forget(&changed));
        self.sources.sweep();
        changed
    }

    /// What was wrong with those of these files that were only read on the way.
    pub fn diagnostics_of(&self, files: &Asked) -> Vec<Diagnostic> {
        let libraries = self.libraries.lock().unwrap_or_else(PoisonError::into_inner);
        libraries.values().flat_map(|l| l.diagnostics_of(files)).collect()
    }

    /// The modules that were asked for so far and are not in the cache, in order.
    pub fn missing_modules(&self) -> BTreeSet<MissingModule> {
        let libraries = self.libraries.lock().unwrap_or_else(PoisonError::into_inner);
        libraries.values().flat_map(|l| l.missing_modules()).collect()
    }

    /// The library that a file belongs to.
    pub fn library(&self, file: &Path) -> Arc<Library> {
        let root = self.roots.of(file);
        let mut libraries = self.libraries.lock().unwrap_or_else(PoisonError::into_inner);
        let library = || Arc::new(Library::new(self.sources.clone(), &root, self.cache.clone()));
        libraries.entry(root.clone()).or_insert_with(library).clone()
    }

    /// Hands the syntax of files that were read to their libraries, so that nothing is parsed twice. It goes there for good,
    /// as a library gives it up when it has the template; only exported resources, which are no templates, stay.
    pub fn adopt(&self, inputs: &mut [Input]) {
        for input in inputs {
            if let Some(document) = input.document.take_if(|_| input.kind != Kind::Resources) {
                self.library(&input.path).adopt(document);
            } else if let Some(file) = input.bicep.take() {
                self.library(&input.path).adopt_bicep(&input.path, file);
            } else if !input.diagnostics.is_empty() {
                self.library(&input.path).has_been_parsed(&input.path);
            }
        }
    }

    /// Lets libraries read the syntax of Bicep files that were read, so that nothing is parsed twice; their owner keeps it.
    pub fn lend(&self, inputs: &[Input]) {
        for input in inputs {
            if let Some(file) = &input.bicep {
                self.library(&input.path).adopt_bicep(&input.path, file.clone());
            }
        }
    }

    /// Takes what was wrong with files that were only read on the way.
    pub fn take_diagnostics(&self) -> Vec<Diagnostic> {
        let libraries = self.libraries.lock().unwrap_or_else(PoisonError::into_inner);
        libraries.values().flat_map(|l| l.take_diagnostics()).collect()
    }

    /// Finds the template of a parameter file and hands it to `f` along with the way to look.
    pub fn with_finder<T>(&self, f: impl FnOnce(&Finder<'_>) -> T) -> T {
        let restored = |from: &Path, reference: &str| {
            registry::locate(&self.library(from), from, reference).map_err(|why| why.to_string())
        };
        f(&Finder::new(&self.roots, &restored, &self.sources))
    }

    /// The values in a parameter file of either language.
    ///
    /// # Errors
    /// A diagnostic if the file cannot be read.
    pub fn parameters(&self, path: &Path, diagnostics: &mut Vec<Diagnostic>) -> Result<ParameterFile, Diagnostic> {
        let library = self.library(path);
        if classify::by_extension(path) == Some(Kind::BicepParam) {
            let (source, file) = (library.source(path)?, library.bicep(path)?);
            return Ok(bicep::params::load(&library, &source, &file, diagnostics).values);
        }
        library.parameters(path)
    }
}
