//! Words to the tree.
//!
//! Recursive descent. A function that cannot go on reports what it expected and returns [`Failed`]; the element it was
//! called for (declaration, property, item, argument, operand) catches that with [`Parser::recover`] and skips to where the
//! next one may start. What is reported twice for the same word is reported once: the second is a consequence of the first.

mod decl;
mod expr;
mod string;
mod types;

use super::ast::{Expr, ExprKind, File, Name, Object, Statement, Type, TypeKind};
use super::lexer::{Lexed, lex};
use super::problems::Problems;
use super::token::{Kind, Set, Token};
use crate::nesting;
use crate::read::{Source, Span};

/// The problem has been reported.
#[derive(Debug)]
struct Failed;

type Parse<T> = Result<T, Failed>;

/// Where an operand can end.
const OPERAND_STOPS: Set =
    Set::new(&[Kind::RBrace, Kind::RParen, Kind::RSquare, Kind::NewLine, Kind::Comma, Kind::Colon]);
const LINE: Set = Set::new(&[Kind::NewLine]);

/// The words that start a declaration followed by a name.
const DECLARATIONS: [&str; 11] =
    ["param", "var", "resource", "module", "output", "type", "func", "metadata", "assert", "test", "extensionConfig"];

/// Which of the two languages is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Template,
    Parameters,
}

struct Parser<'a> {
    source: &'a Source,
    dialect: Dialect,
    tokens: Vec<Token>,
    pos: usize,
    /// How many calls deep the parser is; bounds its stack.
    depth: u16,
    problems: Problems,
    /// What could be read of accesses that lack their names.
    fragments: Vec<Expr>,
    /// The word at which something was last reported.
    reported: Option<usize>,
}

pub(super) fn parse(source: &Source, dialect: Dialect) -> File {
    let Lexed { tokens, comments, directives, problems } = lex(source.id, source.text());
    let mut parser = Parser {
        source,
        dialect,
        tokens,
        pos: 0,
        depth: 0,
        problems: Problems::default(),
        fragments: Vec::new(),
        reported: None,
    };
    let statements = parser.file();
    let Parser { fragments, problems: more, .. } = parser;
    File { statements, comments, directives, fragments, problems: problems.merge(more) }
}

impl Parser<'_> {
    fn file(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        while !self.at(Kind::Eof) {
            let before = self.pos;
            if self.eat(Kind::NewLine) {
                continue;
            }
            statements.push(self.statement());
            if !self.at(Kind::NewLine) && !self.at(Kind::Eof) && !self.at_statement(self.pos) {
                let _ = self.expected("a new line after this declaration");
                self.sync(LINE);
            }
            if self.pos == before {
                self.bump();
            }
        }
        statements.shrink_to_fit();
        statements
    }

    // Words.

    fn token(&self, index: usize) -> Token {
        // The lexer always ends with `Eof`.
        self.tokens.get(index).or(self.tokens.last()).copied().unwrap_or(Token {
            start: 0,
            end: 0,
            kind: Kind::Eof,
            bad: false,
        })
    }

    fn current(&self) -> Token {
        self.token(self.pos)
    }

    fn peek(&self) -> Kind {
        self.tokens.get(self.pos).map_or(Kind::Eof, |token| token.kind)
    }

    fn peek_ahead(&self, ahead: usize) -> Kind {
        self.token(self.pos + ahead).kind
    }

    /// The index of the next word that is no line end. The lexer never gives two line ends in a row.
    fn after_newlines(&self, from: usize) -> usize {
        from + usize::from(self.token(from).kind == Kind::NewLine)
    }

    fn at(&self, kind: Kind) -> bool {
        self.peek() == kind
    }

    fn at_keyword(&self, keyword: &str) -> bool {
        self.is_keyword(self.pos, keyword)
    }

    fn is_keyword(&self, index: usize, keyword: &str) -> bool {
        let token = self.token(index);
        token.kind == Kind::Ident && self.text(token) == keyword
    }

    fn text(&self, token: Token) -> &str {
        self.source.text().get(token.start as usize..token.end as usize).unwrap_or("")
    }

    fn bump(&mut self) -> Token {
        let token = self.current();
        if token.kind != Kind::Eof {
            self.pos += 1;
        }
        token
    }

    fn eat(&mut self, kind: Kind) -> bool {
        let there = self.at(kind);
        if there {
            self.bump();
        }
        there
    }

    fn eat_newlines(&mut self) {
        self.eat(Kind::NewLine);
    }

    fn expect(&mut self, kind: Kind, what: &str) -> Parse<Token> {
        if self.at(kind) { Ok(self.bump()) } else { Err(self.expected(what)) }
    }

    fn expect_keyword(&mut self, keyword: &str, what: &str) -> Parse<Token> {
        if self.at_keyword(keyword) { Ok(self.bump()) } else { Err(self.expected(what)) }
    }

    fn name(&mut self, what: &str) -> Parse<Name> {
        let token = self.expect(Kind::Ident, what)?;
        Ok(Name { text: self.text(token).into(), span: self.token_span(token) })
    }

    // Spans.

    fn token_span(&self, token: Token) -> Span {
        Span { file: self.source.id, start: token.start, end: token.end }
    }

    /// The place where the next word starts.
    fn start(&self) -> u32 {
        self.current().start
    }

    /// From a place to the end of the last word taken.
    fn span_from(&self, start: u32) -> Span {
        let end = self.pos.checked_sub(1).map_or(start, |last| self.token(last).end);
        Span { file: self.source.id, start, end: end.max(start) }
    }

    /// Where to point at the next word: at it, or, if the line ends there, right behind the last one.
    fn here(&self) -> Span {
        let token = self.current();
        match (token.kind, self.pos.checked_sub(1).map(|last| self.token(last))) {
            (Kind::NewLine | Kind::Eof, Some(last)) if last.kind != Kind::NewLine => {
                Span { file: self.source.id, start: last.end, end: last.end }
            }
            (Kind::NewLine | Kind::Eof, _) => Span { file: self.source.id, start: token.start, end: token.start },
            _ => self.token_span(token),
        }
    }

    // Problems.

    /// Reports that something else should be here.
    fn expected(&mut self, what: &str) -> Failed {
        if self.problems.is_full() {
            return Failed;
        }
        let found = self.found();
        self.report(format!("Expected {what}, found {found}"))
    }

    /// Reports at the next word, unless it is known to be wrong.
    fn report(&mut self, message: impl Into<String>) -> Failed {
        if self.reported != Some(self.pos) && !self.current().bad {
            let here = self.here();
            self.problems.error(here, message);
        }
        self.reported = Some(self.pos);
        Failed
    }

    fn found(&self) -> String {
        let token = self.current();
        match token.kind {
            Kind::Eof => "the end of the file".to_owned(),
            Kind::NewLine => "the end of the line".to_owned(),
            Kind::Str | Kind::StrLeft => "a string".to_owned(),
            Kind::StrMiddle | Kind::StrRight => "`}`".to_owned(),
            kind => {
                let text = kind.text().unwrap_or_else(|| self.text(token));
                let shown: String = text.chars().take(40).collect();
                format!("`{shown}`{}", if shown.len() < text.len() { "…" } else { "" })
            }
        }
    }

    // Recovery.

    /// Runs a part; if it fails, skips to a word of `stops` on this level.
    fn recover<T>(&mut self, stops: Set, part: impl FnOnce(&mut Self) -> Parse<T>) -> Option<T> {
        match part(self) {
            Ok(value) => Some(value),
            Err(Failed) => {
                self.sync(stops);
                None
            }
        }
    }

    /// Skips to a word of `stops`. What is in brackets is skipped with them, and the hole of a string is never left.
    fn sync(&mut self, stops: Set) {
        loop {
            let kind = self.peek();
            if stops.contains(kind) || matches!(kind, Kind::Eof | Kind::StrMiddle | Kind::StrRight) {
                return;
            }
            match kind {
                Kind::LBrace | Kind::LParen | Kind::LSquare => self.skip_group(),
                Kind::StrLeft => self.skip_string(),
                _ => {
                    self.bump();
                }
            }
        }
    }

    /// Skips a bracket and what is in it. A bracket that is never closed ends before the next declaration.
    fn skip_group(&mut self) {
        let mut open = 0;
        loop {
            match self.peek() {
                Kind::Eof | Kind::StrMiddle | Kind::StrRight => return,
                Kind::LBrace | Kind::LParen | Kind::LSquare => open += 1,
                Kind::RBrace | Kind::RParen | Kind::RSquare => open -= 1,
                Kind::NewLine if self.at_statement(self.pos + 1) => return,
                Kind::StrLeft => {
                    self.skip_string();
                    continue;
                }
                _ => {}
            }
            self.bump();
            if open == 0 {
                return;
            }
        }
    }

    /// Skips a string with interpolation, to its own end.
    fn skip_string(&mut self) {
        let mut open = 0;
        loop {
            match self.bump().kind {
                Kind::Eof => return,
                Kind::StrLeft => open += 1,
                Kind::StrRight => open -= 1,
                _ => {}
            }
            if open == 0 {
                return;
            }
        }
    }

    /// Whether a declaration starts at this word, as only a declaration can: unindented and followed by a name
    /// (or a string, where the name is missing).
    fn at_statement(&self, index: usize) -> bool {
        let token = self.token(index);
        let unindented = match (token.start as usize).checked_sub(1) {
            Some(before) => matches!(self.source.text().as_bytes().get(before), Some(b'\n' | b'\r')),
            None => true,
        };
        unindented
            && token.kind == Kind::Ident
            && matches!(self.token(index + 1).kind, Kind::Ident | Kind::Str | Kind::StrLeft)
            && DECLARATIONS.contains(&self.text(token))
    }

    /// Whether the list in brackets that is being read will not be closed: the string around it ends, or a declaration
    /// starts where only an element could be.
    fn unclosed(&self, resources: bool) -> bool {
        let next = self.after_newlines(self.pos);
        matches!(self.peek(), Kind::StrMiddle | Kind::StrRight)
            || (self.at_statement(next) && !(resources && self.is_keyword(next, "resource")))
    }

    /// Takes a closing bracket, or reports that it is missing.
    fn close(&mut self, open: Token, close: Kind) {
        if self.eat(close) {
            return;
        }
        if self.pos > 0
            && self.token(self.pos - 1).kind == Kind::NewLine
            && (self.at(Kind::Eof) || self.unclosed(false))
        {
            // Missing where the text before this line ends, not where the next declaration starts.
            self.pos -= 1;
        }
        if self.reported == Some(self.pos) || self.problems.is_full() {
            // Not only for speed: to find the line takes as long as the line is.
            self.reported = Some(self.pos);
            return;
        }
        let (open_text, close_text) = (open.kind.text().unwrap_or(""), close.text().unwrap_or(""));
        let line = self.source.position(open.start).line;
        let _ = self.expected(&format!("`{close_text}` to close the `{open_text}` of line {line}"));
    }

    /// The elements between two brackets, separated by lines or by commas, with the closing bracket.
    fn elements(&mut self, open: Token, close: Kind, resources: bool, mut element: impl FnMut(&mut Self)) {
        self.eat_newlines();
        let mut separated = true;
        while !self.at(Kind::Eof) && !self.at(close) && !self.unclosed(resources) {
            if separated {
                element(self);
                separated = false;
                continue;
            }
            if self.eat(Kind::Comma) {
                if self.at(Kind::NewLine) {
                    let _ = self.report("Remove the comma: a new line separates by itself");
                    self.bump();
                }
            } else if !self.eat(Kind::NewLine) {
                let _ = self.expected("a new line or `,` before the next element");
            }
            separated = true;
        }
        self.close(open, close);
    }

    /// The arguments between two brackets, separated by commas, with the closing bracket.
    fn arguments(&mut self, open: Token, close: Kind, mut argument: impl FnMut(&mut Self)) {
        self.eat_newlines();
        let mut separated = true;
        while !self.at(Kind::Eof) && !self.at(close) && !self.unclosed(false) {
            if separated {
                argument(self);
                separated = false;
                continue;
            }
            match self.peek() {
                Kind::Comma => {
                    self.bump();
                    self.eat_newlines();
                    if self.at(close) {
                        let _ = self.expected("another argument after `,`");
                    }
                }
                Kind::NewLine => {
                    let next = self.peek_ahead(1);
                    if next != close {
                        // A property or the end of a list on the next line: this list was not closed.
                        let over = matches!(next, Kind::Eof | Kind::RBrace | Kind::RSquare);
                        if over || self.peek_ahead(2) == Kind::Colon {
                            break;
                        }
                        let _ = self.expected("`,` between arguments");
                    }
                    self.bump();
                }
                _ => {
                    let _ = self.expected("`,` between arguments");
                }
            }
            separated = true;
        }
        self.close(open, close);
    }

    // Depth.

    /// Runs a part one level deeper, if there is room.
    fn nested<T>(&mut self, part: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if !nesting::BICEP_SYNTAX.allows(usize::from(self.depth)) {
            return Err(self.report(too_deep()));
        }
        self.depth += 1;
        let result = part(self);
        self.depth -= 1;
        result
    }

    /// Makes an expression; one that would be too deep becomes invalid.
    fn expr(&mut self, kind: ExprKind, span: Span) -> Expr {
        let depth = kind.depth() + 1;
        if usize::from(depth) > nesting::BICEP_SYNTAX.levels() {
            self.reported = None;
            let _ = self.report(too_deep());
            return invalid(span);
        }
        Expr { kind, span, depth }
    }

    /// Makes a type; one that would be too deep becomes invalid.
    fn ty(&mut self, kind: TypeKind, span: Span) -> Type {
        let depth = kind.depth() + 1;
        if usize::from(depth) > nesting::BICEP_SYNTAX.levels() {
            self.reported = None;
            let _ = self.report(too_deep());
            return invalid_type(span);
        }
        Type { kind, span, depth }
    }

    /// An invalid expression where there is nothing.
    fn missing(&self) -> Expr {
        invalid(self.here())
    }

    /// An invalid type where there is nothing.
    fn missing_type(&self) -> Type {
        invalid_type(self.here())
    }

    fn is_params(&self) -> bool {
        self.dialect == Dialect::Parameters
    }
}

fn too_deep() -> String {
    format!("This is nested too deeply: armlint reads {} levels", nesting::BICEP_SYNTAX.levels())
}

fn invalid(span: Span) -> Expr {
    Expr { kind: ExprKind::Invalid, span, depth: 1 }
}

fn invalid_type(span: Span) -> Type {
    Type { kind: TypeKind::Invalid, span, depth: 1 }
}

fn object(items: Vec<super::ast::ObjectItem>, span: Span) -> Object {
    let depth = items.iter().map(super::ast::ObjectItem::depth).max().unwrap_or(0);
    Object { items, span, depth }
}
