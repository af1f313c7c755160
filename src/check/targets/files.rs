//! Files as targets, for rules about files.

use ecow::EcoString;

use crate::expand::Value;

/// A file to be judged by rules about files.
#[derive(Debug)]
pub struct FileTarget {
    /// The extension with its dot.
    pub type_: EcoString,
    /// Its path as reports show it.
    pub name: EcoString,
    /// What it is.
    pub kind: FileKind,
    /// The JSON as it stands, expressions unevaluated; `None` for other files.
    pub content: Option<Value>,
    /// Of a parameter file: the template that it belongs to, if that is there.
    pub template: Option<EcoString>,
}

/// What a file is, told by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// An ARM template.
    Template,
    /// A parameter file.
    Parameters,
    /// A Bicep file.
    Bicep,
    /// Anything else.
    Other,
}

impl FileKind {
    /// The word of `$kind`.
    pub fn as_str(self) -> &'static str {
        match self {
            FileKind::Template => "template",
            FileKind::Parameters => "parameters",
            FileKind::Bicep => "bicep",
            FileKind::Other => "other",
        }
    }
}
