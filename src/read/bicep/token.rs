//! The words of Bicep.

/// A word of the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub start: u32,
    pub end: u32,
    pub kind: Kind,
    /// The lexer has already said what is wrong with it.
    pub bad: bool,
}

/// Every kind of word. A string is one `Str`, or `StrLeft expr (StrMiddle expr)* StrRight`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(super) enum Kind {
    Eof,
    /// One or more line ends, with the comments between them.
    NewLine,
    Ident,
    Int,
    True,
    False,
    Null,
    Str,
    StrLeft,
    StrMiddle,
    StrRight,
    LBrace,
    RBrace,
    LParen,
    RParen,
    LSquare,
    RSquare,
    At,
    Comma,
    Dot,
    Ellipsis,
    Question,
    Coalesce,
    Colon,
    DoubleColon,
    Semicolon,
    Plus,
    Minus,
    Percent,
    Star,
    Slash,
    Hat,
    Bang,
    NotEq,
    NotEqFold,
    Lt,
    Le,
    Gt,
    Ge,
    Assign,
    Eq,
    EqFold,
    Arrow,
    And,
    Or,
    Pipe,
    Unknown,
}

impl Kind {
    /// How words of this kind are written, for those that are always written the same.
    pub fn text(self) -> Option<&'static str> {
        Some(match self {
            Kind::True => "true",
            Kind::False => "false",
            Kind::Null => "null",
            Kind::LBrace => "{",
            Kind::RBrace => "}",
            Kind::LParen => "(",
            Kind::RParen => ")",
            Kind::LSquare => "[",
            Kind::RSquare => "]",
            Kind::At => "@",
            Kind::Comma => ",",
            Kind::Dot => ".",
            Kind::Ellipsis => "...",
            Kind::Question => "?",
            Kind::Coalesce => "??",
            Kind::Colon => ":",
            Kind::DoubleColon => "::",
            Kind::Semicolon => ";",
            Kind::Plus => "+",
            Kind::Minus => "-",
            Kind::Percent => "%",
            Kind::Star => "*",
            Kind::Slash => "/",
            Kind::Hat => "^",
            Kind::Bang => "!",
            Kind::NotEq => "!=",
            Kind::NotEqFold => "!~",
            Kind::Lt => "<",
            Kind::Le => "<=",
            Kind::Gt => ">",
            Kind::Ge => ">=",
            Kind::Assign => "=",
            Kind::Eq => "==",
            Kind::EqFold => "=~",
            Kind::Arrow => "=>",
            Kind::And => "&&",
            Kind::Or => "||",
            Kind::Pipe => "|",
            _ => return None,
        })
    }
}

/// A set of kinds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Set(u64);

impl Set {
    pub const fn new(kinds: &[Kind]) -> Self {
        let mut bits = 0;
        let mut i = 0;
        while i < kinds.len() {
            bits |= 1 << kinds[i] as u64;
            i += 1;
        }
        Set(bits)
    }

    pub const fn contains(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u64) != 0
    }

    pub const fn and(self, kind: Kind) -> Self {
        Set(self.0 | 1 << kind as u64)
    }
}
