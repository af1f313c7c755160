//! The syntax of types.

use super::{Decorator, Expr, Name, Part, Text, UnaryOp};
use crate::read::Span;

/// A type expression.
#[derive(Debug, Clone)]
pub struct Type {
    /// What it is.
    pub kind: TypeKind,
    /// Where it is.
    pub span: Span,
    /// Levels below, at most [`BICEP_SYNTAX`](crate::nesting::BICEP_SYNTAX).
    pub(in crate::read::bicep) depth: u16,
}

/// Every kind of type.
#[derive(Debug, Clone)]
pub enum TypeKind {
    /// `string`, `int`, a declared or an imported type.
    Named(Name),
    /// A string literal.
    Str(Text),
    /// An interpolated string, which the compiler refuses later.
    Interpolated(Vec<Part>),
    /// An integer literal. The smallest one has its minus folded in.
    Int(i64),
    /// `true`, `false`
    Bool(bool),
    /// `null`
    Null,
    /// `-1`, `!true`
    Unary {
        /// The operator.
        op: UnaryOp,
        /// After it.
        operand: Box<Type>,
    },
    /// `a | b`, also with a leading bar and over several lines.
    Union(Vec<Type>),
    /// `T[]`
    Array(Box<Type>),
    /// `T?`
    Nullable(Box<Type>),
    /// `T!`
    NonNull(Box<Type>),
    /// `[a, b]`
    Tuple(Vec<TupleItem>),
    /// `{…}`
    Object(Vec<TypeProperty>),
    /// `base.name`: a type of a namespace or an import, or the type of a property.
    Member {
        /// Before the dot.
        base: Box<Type>,
        /// After it.
        name: Name,
    },
    /// `base[0]`: the type of a tuple's item.
    Index {
        /// Before the bracket.
        base: Box<Type>,
        /// Within.
        index: Box<Expr>,
    },
    /// `T[*]`: the type of an array's items.
    Items(Box<Type>),
    /// `T.*`: the type of additional properties.
    Additional(Box<Type>),
    /// `name<args>`, such as `resourceInput<'…'>`.
    Apply {
        /// The namespace in `sys.resourceInput<'…'>`.
        base: Option<Box<Type>>,
        /// The parameterised type.
        name: Name,
        /// Its arguments.
        args: Vec<Type>,
    },
    /// `resource 'type@version'`; an output may leave out the string.
    Resource(Option<Box<Expr>>),
    /// `(T)`
    Paren(Box<Type>),
    /// Unreadable or missing.
    Invalid,
}

/// One item of a tuple type.
#[derive(Debug, Clone)]
pub struct TupleItem {
    /// What stands above it.
    pub decorators: Vec<Decorator>,
    /// Its type.
    pub ty: Type,
}

/// One property of an object type.
#[derive(Debug, Clone)]
pub struct TypeProperty {
    /// What stands above it.
    pub decorators: Vec<Decorator>,
    /// Its key.
    pub key: TypeKey,
    /// Its type.
    pub ty: Type,
    /// From the first decorator to the end.
    pub span: Span,
}

/// The key of a property in an object type.
#[derive(Debug, Clone)]
pub enum TypeKey {
    /// A name, quoted or not.
    Name(Name),
    /// `*`, for properties that are not named.
    Any(Span),
    /// Unreadable.
    Invalid(Span),
}
