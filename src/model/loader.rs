//! Where the templates come from that a template names.

use std::path::Path;
use std::sync::Arc;

use super::Template;
use super::parameters::ParameterFile;
use crate::diagnostic::Diagnostic;
use crate::read::{FileId, Span};

/// Reads the templates that a template names: linked templates by relative path, modules.
pub trait Loader {
    /// The template at a path, asked for by the text at `from`.
    ///
    /// # Errors
    /// A diagnostic that says why there is none (missing, outside the root, not a template).
    fn load(&self, path: &Path, from: Span) -> Result<Arc<Template>, Diagnostic>;

    /// The values in the JSON parameter file at a path, asked for by the text at `from`.
    ///
    /// # Errors
    /// A diagnostic that says why there are none.
    fn values(&self, path: &Path, from: Span) -> Result<ParameterFile, Diagnostic> {
        Err(Diagnostic::warning("template-missing", from, format!("{} is not read here", path.display())))
    }

    /// The folder that holds the file of a span, for resolving relative paths.
    fn folder(&self, from: Span) -> Option<std::path::PathBuf>;

    /// A file's name for a message.
    fn name(&self, file: FileId) -> String {
        format!("file {}", file.number())
    }
}

/// A loader for templates that name no others.
#[derive(Debug, Default)]
pub struct NoFiles;

impl Loader for NoFiles {
    fn load(&self, path: &Path, from: Span) -> Result<Arc<Template>, Diagnostic> {
        Err(Diagnostic::warning("template-missing", from, format!("{} is not read here", path.display())))
    }

    fn folder(&self, _: Span) -> Option<std::path::PathBuf> {
        None
    }
}
