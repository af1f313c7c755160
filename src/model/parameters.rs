//! Values given to a root template from outside: a parameter file of either language.

use std::sync::Arc;

use ecow::EcoString;

use super::{Expr, Template};
use crate::read::{FileId, Span};

/// The values of a parameter file.
#[derive(Debug, Clone)]
pub struct ParameterFile {
    /// The file.
    pub file: FileId,
    /// The values in document order; the last of two with one name wins.
    pub given: Vec<Given>,
    /// The template it names (`metadata.template`, `using`), with the place of the name.
    pub template: Option<(EcoString, Span)>,
    /// The variables and functions that the values may use (Bicep), as a template without resources.
    pub definitions: Option<Arc<Template>>,
}

impl ParameterFile {
    /// The value given to a parameter, without regard to case.
    pub fn get(&self, name: &str) -> Option<&Given> {
        self.given.iter().rev().find(|g| g.name.eq_ignore_ascii_case(name))
    }
}

/// A value for one parameter.
#[derive(Debug, Clone)]
pub struct Given {
    /// The parameter's name.
    pub name: EcoString,
    /// Where the name stands.
    pub name_span: Span,
    /// The value.
    pub value: GivenValue,
}

/// What a parameter file says of a parameter.
#[derive(Debug, Clone)]
pub enum GivenValue {
    /// A value; for JSON a literal, for Bicep an expression without references to a template.
    Value(Expr),
    /// A secret in a Key Vault.
    Secret(Span),
    /// Something that is looked up when deploying (`externalInput`), as it is written.
    External(EcoString, Span),
    /// Neither value nor reference.
    Nothing(Span),
}
