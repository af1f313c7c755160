//! The texts of a run and what they mean: sources, and for each root a library of the templates below it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::diagnostic::{Diagnostic, Level};
use crate::model::parameters::ParameterFile;
use crate::model::{Library, arm, bicep, registry};
use crate::read::Sources;
use crate::walk::Roots;
use crate::walk::classify::{self, Kind};
use crate::walk::inputs::Input;
use crate::walk::links::Finder;

/// The texts of a run and the templates in them.
#[derive(Debug)]
pub struct Project {
    /// Every text.
    pub sources: Arc<Sources>,
    /// What templates may read.
    pub roots: Roots,
    cache: Option<PathBuf>,
    libraries: Mutex<BTreeMap<PathBuf, Arc<Library>>>,
}

impl Project {
    /// A project. `cache` is `--cache-dir`.
    pub fn new(roots: Roots, cache: Option<&Path>) -> Self {
        let cache = cache.map(|c| roots.base().join(c));
        Project { sources: Arc::default(), roots, cache, libraries: Mutex::default() }
    }

    /// The same, with no file read that has more bytes than this.
    #[must_use]
    pub fn with_max_file_size(self, bytes: u64) -> Self {
        Project { sources: Arc::new(Sources::with_limit(bytes)), ..self }
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
            }
            if let Some(file) = input.bicep.take() {
                self.library(&input.path).adopt_bicep(&input.path, file);
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
        let restored = |from: &Path, reference: &str| registry::locate(&self.library(from), from, reference);
        f(&Finder::new(&self.roots, &restored))
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
        let document = library.document(path)?;
        if document.root().is_none() {
            let message = "this parameter file holds nothing that can be read";
            return Err(Diagnostic::at_path(Level::Error, "not-parameters", path, message));
        }
        Ok(arm::parameters::load(&document))
    }
}
