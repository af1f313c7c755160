//! ARM JSON to the template model.
//!
//! [`load`] reads a template document, [`parameters`] a parameter file, [`expression`] the language inside `"[…]"`. Nothing
//! here evaluates: a text becomes a tree, and what cannot be understood becomes a diagnostic and an [`ExprKind::Invalid`].

pub mod expression;
mod loops;
pub mod parameters;
mod resources;
mod template;
mod types;
mod values;

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::model::Template;
use crate::read::json::{Document, Node};

pub(crate) use template::scope_kind;
pub use values::literal;

/// Reads a template document.
///
/// Gives `None` only if the root is not an object. Everything that cannot be understood is a diagnostic with its place.
pub fn load<'d>(document: &'d Document, diagnostics: &'d mut Vec<Diagnostic>) -> Option<Arc<Template>> {
    let mut reader = Reader {
        file: document.source().id,
        diagnostics,
        depth: 0,
        escaped: false,
        evaluated_above: false,
        variables: None,
        second: false,
        taken: 0,
    };
    let root = document.root()?;
    reader.template(root, "").map(Arc::new)
}

/// Turns the nodes of one document into model values.
struct Reader<'a> {
    file: crate::read::FileId,
    diagnostics: &'a mut Vec<Diagnostic>,
    /// How deep the value being read is nested.
    depth: usize,
    /// Expressions are written with two brackets: what is read was escaped once.
    escaped: bool,
    /// What is read lies in a template that is evaluated where it is written (outer), with all that is nested in it.
    evaluated_above: bool,
    /// The variables of the template being read: a nested template may be one of them.
    variables: Option<Node<'a>>,
    /// The template being read is written in the second version of the language: nested templates are evaluated on their own unless they say
    /// otherwise, and resources can be such that exist.
    second: bool,
    /// The bytes of the templates in variables that were read: one may be that of many deployments, and hold such itself.
    taken: usize,
}

/// The text of a string node.
fn text(node: Option<Node<'_>>) -> Option<String> {
    node?.str().map(|s| s.into_owned())
}
