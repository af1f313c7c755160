//! The syntax of expressions.

use super::{Loop, Name, NestedResource, Text};
use crate::read::Span;

/// An expression.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it is.
    pub span: Span,
    /// Levels below, at most [`BICEP_SYNTAX`](crate::nesting::BICEP_SYNTAX).
    pub(in crate::read::bicep) depth: u16,
}

/// Every kind of expression.
#[derive(Debug, Clone)]
pub enum ExprKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A whole number. The smallest one has its minus folded in.
    Int(i64),
    /// A string without interpolation, on one line or several.
    Str(Text),
    /// A string with interpolation.
    Interpolated(Vec<Part>),
    /// `[…]`
    Array(Vec<ArrayItem>),
    /// `{…}`
    Object(Object),
    /// `[for …: …]` as a value.
    For(Box<For>),
    /// `left op right`
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Before it.
        left: Box<Expr>,
        /// After it.
        right: Box<Expr>,
    },
    /// `!x`, `-x`
    Unary {
        /// The operator.
        op: UnaryOp,
        /// After it.
        operand: Box<Expr>,
    },
    /// `condition ? then : otherwise`
    Ternary {
        /// Before the `?`.
        condition: Box<Expr>,
        /// Between.
        then: Box<Expr>,
        /// After the `:`.
        otherwise: Box<Expr>,
    },
    /// `base.name`, `base.?name`
    Member {
        /// Before the dot.
        base: Box<Expr>,
        /// After it.
        name: Name,
        /// Whether it is `.?`.
        safe: bool,
    },
    /// `base[index]`, `base[?index]`, `base[^index]`, `base[?^index]`
    Index {
        /// Before the bracket.
        base: Box<Expr>,
        /// Within.
        index: Box<Expr>,
        /// Whether there is a `?`.
        safe: bool,
        /// Whether there is a `^`.
        from_end: bool,
    },
    /// `base::name`
    Nested {
        /// The parent resource.
        base: Box<Expr>,
        /// The nested one.
        name: Name,
    },
    /// `name(args)`
    Call {
        /// The function.
        name: Name,
        /// Its arguments.
        args: Box<[Expr]>,
    },
    /// `base.name(args)`: a function of a namespace, an import or a resource.
    MethodCall {
        /// Before the dot.
        base: Box<Expr>,
        /// The function.
        name: Name,
        /// Its arguments.
        args: Box<[Expr]>,
    },
    /// `(a, b) => body`, `a => body`
    Lambda {
        /// Its parameters.
        params: Vec<Name>,
        /// What it gives.
        body: Box<Expr>,
    },
    /// `x!`
    NonNull(Box<Expr>),
    /// `(x)`
    Paren(Box<Expr>),
    /// A symbol.
    Var(Name),
    /// Unreadable or missing.
    Invalid,
}

/// A piece of an interpolated string. Empty texts are left out.
#[derive(Debug, Clone)]
pub enum Part {
    /// Literal text.
    Text(Text),
    /// `${…}`
    Expr(Expr),
}

/// One entry of an array.
#[derive(Debug, Clone)]
pub enum ArrayItem {
    /// A value.
    Value(Expr),
    /// `...x`
    Spread(Expr),
}

/// A loop as a value.
#[derive(Debug, Clone)]
pub struct For {
    /// The loop.
    pub each: Loop,
    /// The value for each item.
    pub body: Expr,
}

/// The properties between braces.
#[derive(Debug, Clone)]
pub struct Object {
    /// What is between the braces, in order.
    pub items: Vec<ObjectItem>,
    /// With the braces.
    pub span: Span,
    pub(in crate::read::bicep) depth: u16,
}

impl Object {
    /// The properties with their keys, without spreads and nested resources.
    pub fn properties(&self) -> impl Iterator<Item = &Property> {
        self.items.iter().filter_map(|item| match item {
            ObjectItem::Property(property) => Some(property),
            _ => None,
        })
    }

    /// The value of the first property with this literal key.
    pub fn get(&self, key: &str) -> Option<&Expr> {
        self.properties().find(|p| matches!(&p.key, Key::Name(name) if name.text == key)).map(|p| &p.value)
    }

    /// The nested resources.
    pub fn resources(&self) -> impl Iterator<Item = &NestedResource> {
        self.items.iter().filter_map(|item| match item {
            ObjectItem::Resource(nested) => Some(&**nested),
            _ => None,
        })
    }
}

/// One entry of an object.
#[derive(Debug, Clone)]
pub enum ObjectItem {
    /// `key: value`
    Property(Property),
    /// `...x`
    Spread(Expr),
    /// A nested resource; only directly within a resource's body.
    Resource(Box<NestedResource>),
}

/// `key: value`
#[derive(Debug, Clone)]
pub struct Property {
    /// The key.
    pub key: Key,
    /// The value.
    pub value: Expr,
    /// Both.
    pub span: Span,
}

/// The key of a property.
#[derive(Debug, Clone)]
pub enum Key {
    /// A literal name, quoted or not.
    Name(Name),
    /// `'…${x}…'`, or something unreadable. Boxed, as it is rare, and syntax is mostly properties.
    Computed(Box<Expr>),
}

/// The operators between two expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `??`
    Coalesce,
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`, equal but for case
    EqualFold,
    /// `!~`
    NotEqualFold,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
}

impl BinaryOp {
    /// How it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            BinaryOp::Coalesce => "??",
            BinaryOp::Or => "||",
            BinaryOp::And => "&&",
            BinaryOp::Equal => "==",
            BinaryOp::NotEqual => "!=",
            BinaryOp::EqualFold => "=~",
            BinaryOp::NotEqualFold => "!~",
            BinaryOp::Less => "<",
            BinaryOp::LessEqual => "<=",
            BinaryOp::Greater => ">",
            BinaryOp::GreaterEqual => ">=",
            BinaryOp::Add => "+",
            BinaryOp::Subtract => "-",
            BinaryOp::Multiply => "*",
            BinaryOp::Divide => "/",
            BinaryOp::Modulo => "%",
        }
    }
}

/// The operators before an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `!`
    Not,
    /// `-`
    Minus,
}

impl UnaryOp {
    /// How it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            UnaryOp::Not => "!",
            UnaryOp::Minus => "-",
        }
    }
}
