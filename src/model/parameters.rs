//! Values given to a root template from outside: a parameter file of either language.

use std::sync::{Arc, OnceLock};

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::{Expr, Template};
use crate::read::{FileId, Span};

/// The values of a parameter file.
#[derive(Debug, Clone)]
pub struct ParameterFile {
    /// The file.
    pub file: FileId,
    /// The values in document order; the last of two with one name wins.
    given: Vec<Given>,
    /// The template it names (`metadata.template`, `using`), with the place of the name.
    pub template: Option<(EcoString, Span)>,
    /// The variables and functions that the values may use (Bicep), as a template without resources.
    pub definitions: Option<Arc<Template>>,
    /// Where the last value of each name (in lower case) is, made when first asked for.
    places: OnceLock<FxHashMap<EcoString, usize>>,
}

impl ParameterFile {
    /// Values in document order, for no template in particular.
    pub fn new(file: FileId, given: Vec<Given>) -> Self {
        ParameterFile { file, given, template: None, definitions: None, places: OnceLock::new() }
    }

    /// The values in document order.
    pub fn given(&self) -> &[Given] {
        &self.given
    }

    /// The values themselves, in document order.
    pub fn into_given(self) -> Vec<Given> {
        self.given
    }

    /// The value given to a parameter, without regard to case.
    pub fn get(&self, name: &str) -> Option<&Given> {
        self.given.get(*self.places().get(name.to_ascii_lowercase().as_str())?)
    }

    /// Adds values; they win over those of the same names that are there.
    pub fn extend(&mut self, more: impl IntoIterator<Item = Given>) {
        self.places.take();
        self.given.extend(more);
    }

    fn places(&self) -> &FxHashMap<EcoString, usize> {
        let last = || self.given.iter().enumerate().map(|(i, g)| (g.name.to_ascii_lowercase(), i)).collect();
        self.places.get_or_init(last)
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
    /// What else stands in its entry (JSON), where nothing but a value or a reference has a meaning.
    pub beside: Vec<Span>,
}

/// What a parameter file says of a parameter.
#[derive(Debug, Clone)]
pub enum GivenValue {
    /// A value; for JSON a literal, for Bicep an expression without references to a template.
    Value(Expr),
    /// A secret in a Key Vault.
    Secret(Span),
    /// What is put together of something that is looked up when deploying (`externalInputs('x')`).
    Expression(Expr),
    /// Neither value nor reference.
    Nothing(Span),
}
