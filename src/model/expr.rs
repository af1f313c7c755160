//! Expressions: JSON values, ARM's `[…]` expressions and Bicep's, all in one tree.

use ecow::EcoString;

use super::Builtin;
use crate::read::Span;

/// An expression and the text it was written as.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its text. A JSON string or a Bicep string includes its quotes.
    pub span: Span,
}

impl Expr {
    /// An expression at a place.
    pub fn new(kind: ExprKind, span: Span) -> Self {
        Expr { kind, span }
    }

    /// How many expressions it is made of.
    pub fn nodes(&self) -> usize {
        1 + match &self.kind {
            ExprKind::Array(items) => items.iter().map(Expr::nodes).sum(),
            ExprKind::Object(properties) => properties.iter().map(|p| p.key.nodes() + p.value.nodes()).sum(),
            ExprKind::Call(call) => call.args.iter().map(Expr::nodes).sum(),
            ExprKind::Access { base, key, .. } => base.nodes() + key.nodes(),
            ExprKind::Loop(l) => l.count.nodes() + l.input.nodes(),
            ExprKind::Expression(inner) => inner.nodes(),
            _ => 0,
        }
    }

    /// The text of a plain string literal.
    pub fn as_str(&self) -> Option<&EcoString> {
        match &self.kind {
            ExprKind::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The properties of an object literal.
    pub fn as_object(&self) -> Option<&[Property]> {
        match &self.kind {
            ExprKind::Object(p) => Some(p),
            _ => None,
        }
    }

    /// The value of the property with this plain name in an object literal, without regard to case; the last of several.
    pub fn get(&self, name: &str) -> Option<&Expr> {
        self.member(name).map(|p| &p.value)
    }

    /// As [`Expr::get`], with the key.
    pub fn member(&self, name: &str) -> Option<&Property> {
        let same = |p: &&Property| p.key.as_str().is_some_and(|k| k.eq_ignore_ascii_case(name));
        self.as_object()?.iter().rev().find(same)
    }
}

/// The kinds of [`Expr`].
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A whole number of 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A literal string, unescaped.
    Str(EcoString),
    /// An array literal.
    Array(Vec<Expr>),
    /// An object literal, in document order. Two keys that differ only in case: the last wins.
    Object(Vec<Property>),
    /// A function call.
    Call(Box<Call>),
    /// `base.name`, `base[index]`, in ARM and Bicep one thing. `safe` yields null where there is nothing (`.?`).
    Access {
        /// What is looked into.
        base: Box<Expr>,
        /// A string (property) or integer (item).
        key: Box<Expr>,
        /// Nothing there is null, not an error.
        safe: bool,
    },
    /// A copy loop that yields an array (property, variable or output `copy`).
    Loop(Box<Loop>),
    /// A whole expression in a string: `"[…]"` with its own span; inside is the expression.
    Expression(Box<Expr>),
    /// A text that could not be parsed (a diagnostic has been given), or a token that a pipeline replaces: nobody knows its
    /// value. Holds what was written.
    Invalid(EcoString),
}

/// One member of an object literal.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// A plain or computed key.
    pub key: Expr,
    /// The value.
    pub value: Expr,
}

/// A call. `namespace.name(args)` or `name(args)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The namespace of a user-defined function.
    pub namespace: Option<EcoString>,
    /// The name as written.
    pub name: EcoString,
    /// Where the name stands.
    pub name_span: Span,
    /// The arguments.
    pub args: Vec<Expr>,
    /// The function of the language that is meant, if it is one.
    builtin: Option<Builtin>,
}

impl Call {
    /// A call.
    pub fn new(namespace: Option<EcoString>, name: EcoString, name_span: Span, args: Vec<Expr>) -> Self {
        let builtin = Builtin::named(&name).filter(|_| namespace.is_none());
        Call { namespace, name, name_span, args, builtin }
    }

    /// The function of the language that is meant; `None` for one that the template declares itself, and for one that is not there.
    pub fn builtin(&self) -> Option<Builtin> {
        self.builtin
    }
}

/// A loop: `count` times `input`, with `copyIndex(name)` as the index.
#[derive(Debug, Clone, PartialEq)]
pub struct Loop {
    /// The loop's name, for `copyIndex('name')`.
    pub name: EcoString,
    /// How often.
    pub count: Expr,
    /// What is repeated. For the `copy` of a resource this is `null`: the resource itself is repeated.
    pub input: Expr,
    /// Where the loop is written.
    pub span: Span,
}
