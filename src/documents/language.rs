//! What PSRule's expressions say: conditions, operators, functions.

use ecow::EcoString;

use super::path::Path;
use super::regex::Pattern;
use super::version::Range;
use crate::expand::known::Place;

/// Something that holds or does not.
#[derive(Debug, Clone)]
pub enum Expression {
    /// It always holds: nothing is asked.
    Always,
    /// A test of one thing.
    Condition(Box<Condition>),
    /// Several expressions, or one about each of several values.
    Operator(Box<Operator>),
}

/// `allOf`, `anyOf`, `not`.
#[derive(Debug, Clone)]
pub struct Operator {
    /// Which.
    pub kind: Junction,
    /// What it is about.
    pub of: Vec<Expression>,
    /// It is asked of each value of a path by itself.
    pub each: Option<Each>,
}

/// How expressions are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Junction {
    /// `allOf`
    All,
    /// `anyOf`
    Any,
    /// `not`
    Not,
}

/// The values that an operator is asked of.
#[derive(Debug, Clone)]
pub struct Each {
    /// Where they are.
    pub field: Path,
    /// Only those for which this holds.
    pub filter: Option<Expression>,
    /// For how many it has to hold; for all without it.
    pub number: Option<(Bound, i64)>,
}

/// A bound of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// `greaterOrEquals`
    AtLeast,
    /// `greater`
    MoreThan,
    /// `lessOrEquals`
    AtMost,
    /// `less`
    LessThan,
    /// `count`
    Exactly,
}

impl Bound {
    /// Whether a number keeps a bound.
    pub fn holds(self, number: i64, bound: i64) -> bool {
        match self {
            Bound::AtLeast => number >= bound,
            Bound::MoreThan => number > bound,
            Bound::AtMost => number <= bound,
            Bound::LessThan => number < bound,
            Bound::Exactly => number == bound,
        }
    }

    /// The word of a message: `at least 3`.
    pub fn words(self) -> &'static str {
        match self {
            Bound::AtLeast => "at least ",
            Bound::MoreThan => "more than ",
            Bound::AtMost => "at most ",
            Bound::LessThan => "less than ",
            Bound::Exactly => "",
        }
    }
}

/// A test of one thing.
#[derive(Debug, Clone)]
pub struct Condition {
    /// What is looked at, in the order in which it is looked for.
    pub operands: Vec<Operand>,
    /// What is asked of it.
    pub test: Test,
    /// `caseSensitive`
    pub case_sensitive: bool,
    /// `convert`
    pub convert: bool,
}

impl Condition {
    /// The path it looks at, if it looks at one.
    pub fn field(&self) -> Option<&Path> {
        self.operands.iter().find_map(|o| match o {
            Operand::Field(path) => Some(path),
            _ => None,
        })
    }
}

/// What a condition looks at.
#[derive(Debug, Clone)]
pub enum Operand {
    /// `field`: a property.
    Field(Path),
    /// `type: .`
    Type,
    /// `name: .`
    Name,
    /// `source`: the file that the target comes from, by what that is.
    Source(EcoString),
    /// `value`
    Value(Term),
    /// `scope: .`
    Scope,
}

/// A literal, or what a function gives.
#[derive(Debug, Clone)]
pub enum Term {
    /// As written.
    Literal(Literal),
    /// `$:`
    Function(Box<Function>),
}

/// A literal. A document in YAML knows texts only.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// Another number.
    Float(f64),
    /// A text.
    Text(EcoString),
    /// A list; its items are texts.
    List(Vec<EcoString>),
}

/// What is asked.
#[derive(Debug, Clone)]
pub enum Test {
    /// `exists`
    Exists(bool),
    /// `hasValue`
    HasValue(bool),
    /// `equals`, or `notEquals`
    Equals(Term, bool),
    /// `hasDefault`
    HasDefault(Literal),
    /// `match`, or `notMatch`
    Match(Pattern, bool),
    /// `in`, or `notIn`
    In(Vec<EcoString>, bool),
    /// `less`, `lessOrEquals`, `greater`, `greaterOrEquals`
    Number(Bound, Term),
    /// `startsWith`, `endsWith`, `contains`, or not
    Has(Place, Vec<EcoString>, bool),
    /// `isString`, …
    Is(Type, bool),
    /// `isLower`, `isUpper`
    Case(Case, bool),
    /// `setOf`
    SetOf(Vec<EcoString>),
    /// `subset`; whether each may be there once only
    Subset(Vec<EcoString>, bool),
    /// `count`, or `notCount`
    Count(Term, bool),
    /// `hasSchema`; whether `http` and `https` are the same
    HasSchema(Vec<EcoString>, bool),
    /// `version`, `apiVersion`
    Version(Range),
    /// `withinPath`, or `notWithinPath`
    WithinPath(Vec<EcoString>, bool),
    /// `like`, or `notLike`: as written, and as an expression
    Like(Vec<(EcoString, Pattern)>, bool),
}

impl Test {
    /// Whether it looks into what a function gives. To all others a function is something that is no value.
    pub fn looks_into_functions(&self) -> bool {
        matches!(self, Test::Equals(..) | Test::Count(..) | Test::Number(..))
    }
}

/// A type of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `isString`
    String,
    /// `isArray`
    Array,
    /// `isBoolean`
    Boolean,
    /// `isDateTime`
    DateTime,
    /// `isInteger`
    Integer,
    /// `isNumeric`
    Numeric,
}

/// The case of letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// Small.
    Lower,
    /// Capital.
    Upper,
}

/// A function.
#[derive(Debug, Clone)]
pub enum Function {
    /// The value of a path of the target.
    Path(Path),
    /// A key of the configuration.
    Configuration(EcoString),
    /// A boolean.
    Boolean(Argument),
    /// A text.
    String(Argument),
    /// An integer.
    Integer(Argument),
    /// Texts one after the other.
    Concat(Vec<Argument>),
    /// The first characters.
    Substring(Argument, i64),
    /// A text with another in the place of one.
    Replace { in_: Argument, old: EcoString, new: EcoString, case_sensitive: bool },
    /// A text without blanks around it.
    Trim(Argument),
    /// The first item or character.
    First(Argument),
    /// The last item or character.
    Last(Argument),
    /// The parts of a text.
    Split(Argument, Vec<EcoString>),
    /// A text that is filled up, at its beginning or its end.
    Pad { of: Argument, length: usize, with: char, left: bool },
}

/// What a function is given.
#[derive(Debug, Clone)]
pub enum Argument {
    /// A literal.
    Literal(Literal),
    /// What another function gives.
    Function(Box<Function>),
}
