//! The syntax of a Bicep file: what was written and where, without any meaning.
//!
//! Every node knows its bytes. A part that could not be read is `Invalid` (or a missing `Option`) and has a
//! [`Problem`] in the file; everything around it is there.

mod decl;
mod expr;
mod types;

pub use decl::{
    Body, Decorator, Extension, Func, FuncParam, Import, ImportItem, Imported, Loop, Module, NestedResource, Output,
    Param, Resource, Statement, StatementKind, Using, Var,
};
pub use expr::{ArrayItem, BinaryOp, Expr, ExprKind, For, Key, Object, ObjectItem, Part, Property, UnaryOp};
pub use types::{TupleItem, Type, TypeKey, TypeKind, TypeProperty};

use ecow::EcoString;

use crate::diagnostic::Level;
use crate::read::Span;

/// One read file.
#[derive(Debug, Clone, Default)]
pub struct File {
    /// The declarations in the order they were written.
    pub statements: Vec<Statement>,
    /// Every `// …` and `/* … */`, in order.
    pub comments: Vec<Span>,
    /// Every `#disable-next-line` and its kin, in order.
    pub directives: Vec<Directive>,
    /// What could be read of accesses that lack their names: `a['b']` of `a['b'].`.
    pub fragments: Vec<Expr>,
    /// What could not be read, in order of place.
    pub problems: Vec<Problem>,
}

impl File {
    /// Whether it declares an extension: types may then have any form.
    pub fn declares_extension(&self) -> bool {
        self.statements.iter().any(|s| matches!(s.kind, StatementKind::Extension(_)))
    }
}

/// Something in the text that is not Bicep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Always `bicep-syntax` today.
    pub code: &'static str,
    /// What was expected and what is there.
    pub message: String,
    /// Where; empty (`start == end`) if something is missing at that place.
    pub span: Span,
    /// How bad it is.
    pub level: Level,
}

/// An identifier, or a quoted name without interpolation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name itself, without quotes and escapes.
    pub text: EcoString,
    /// Where it is written, with its quotes if it has them.
    pub span: Span,
}

/// A piece of literal text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text with its escapes resolved.
    pub value: EcoString,
    /// Where its content is written, without the quotes. As long as `value` unless there are escapes.
    pub span: Span,
}

/// A `#…` line that tells the compiler's diagnostics to be quiet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// Which lines it is about.
    pub kind: DirectiveKind,
    /// The diagnostic codes it names.
    pub codes: Vec<Name>,
    /// From the `#` to the last code.
    pub span: Span,
}

/// The directives of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectiveKind {
    /// `#disable-next-line`
    DisableNextLine,
    /// `#disable-diagnostics`: from here on.
    Disable,
    /// `#restore-diagnostics`: ends a `#disable-diagnostics`.
    Restore,
}
