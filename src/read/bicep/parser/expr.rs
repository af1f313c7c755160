//! Expressions.

use super::super::ast::{
    ArrayItem, BinaryOp, Expr, ExprKind, For, Key, Loop, Name, Object, ObjectItem, Property, UnaryOp,
};
use super::super::token::{Kind, Set, Token};
use super::string::as_name;
use super::{Failed, LINE, OPERAND_STOPS, Parse, Parser, invalid, object};
use crate::read::Span;

/// What an expression may contain where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allow {
    /// Array and object literals; not in the hole of a string.
    pub literals: bool,
    /// Nested resources; only right in a resource's body.
    pub resources: bool,
}

impl Allow {
    pub const NOTHING: Allow = Allow { literals: false, resources: false };
    pub const LITERALS: Allow = Allow { literals: true, resources: false };
    pub const RESOURCES: Allow = Allow { literals: true, resources: true };
}

const VALUE: &str = "a value";

/// The words that a lambda's body on the next line cannot start with, so that an unfinished lambda ends there.
const NO_BODY: [&str; 9] = ["assert", "import", "metadata", "param", "var", "resource", "output", "module", "type"];

fn binary(kind: Kind) -> Option<(BinaryOp, u8)> {
    Some(match kind {
        Kind::Star => (BinaryOp::Multiply, 7),
        Kind::Slash => (BinaryOp::Divide, 7),
        Kind::Percent => (BinaryOp::Modulo, 7),
        Kind::Plus => (BinaryOp::Add, 6),
        Kind::Minus => (BinaryOp::Subtract, 6),
        Kind::Gt => (BinaryOp::Greater, 5),
        Kind::Ge => (BinaryOp::GreaterEqual, 5),
        Kind::Lt => (BinaryOp::Less, 5),
        Kind::Le => (BinaryOp::LessEqual, 5),
        Kind::Eq => (BinaryOp::Equal, 4),
        Kind::NotEq => (BinaryOp::NotEqual, 4),
        Kind::EqFold => (BinaryOp::EqualFold, 4),
        Kind::NotEqFold => (BinaryOp::NotEqualFold, 4),
        Kind::And => (BinaryOp::And, 3),
        Kind::Or => (BinaryOp::Or, 2),
        Kind::Coalesce => (BinaryOp::Coalesce, 1),
        _ => return None,
    })
}

pub(super) fn unary(kind: Kind) -> Option<UnaryOp> {
    match kind {
        Kind::Bang => Some(UnaryOp::Not),
        Kind::Minus => Some(UnaryOp::Minus),
        _ => None,
    }
}

impl Parser<'_> {
    pub(super) fn expression(&mut self, allow: Allow) -> Parse<Expr> {
        self.nested(|p| p.ternary(allow))
    }

    /// An expression; an invalid one if it cannot be read, and then skips to `stops`.
    pub(super) fn expression_or(&mut self, allow: Allow, stops: Set) -> Expr {
        let start = self.start();
        match self.expression(allow) {
            Ok(expr) => expr,
            Err(Failed) => {
                self.sync(stops);
                invalid(self.span_from(start))
            }
        }
    }

    fn ternary(&mut self, allow: Allow) -> Parse<Expr> {
        let condition = self.binary(allow)?;
        if self.token(self.after_newlines(self.pos)).kind != Kind::Question {
            return Ok(condition);
        }
        self.eat_newlines();
        self.bump();
        let then = self.expression_or(allow, OPERAND_STOPS);
        if self.token(self.after_newlines(self.pos)).kind == Kind::Colon {
            self.eat_newlines();
        }
        let otherwise = if self.expect(Kind::Colon, "`:` and the value for when the condition is false").is_ok() {
            self.expression_or(allow, OPERAND_STOPS)
        } else {
            self.sync(OPERAND_STOPS);
            self.missing()
        };
        let span = condition.span.to(otherwise.span);
        let kind =
            ExprKind::Ternary { condition: Box::new(condition), then: Box::new(then), otherwise: Box::new(otherwise) };
        Ok(self.expr(kind, span))
    }

    /// Operators by precedence, all of them left-associative. With a stack of its own: a recursion would be eight calls
    /// deep for each level of brackets.
    fn binary(&mut self, allow: Allow) -> Parse<Expr> {
        let mut left = self.operand(allow)?;
        let mut waiting: Vec<(Expr, BinaryOp, u8)> = Vec::new();
        loop {
            let next = binary(self.peek());
            let power = next.map_or(0, |(_, power)| power);
            while let Some((before, op, _)) = waiting.pop_if(|(_, _, p)| *p >= power) {
                let span = before.span.to(left.span);
                left = self.expr(ExprKind::Binary { op, left: Box::new(before), right: Box::new(left) }, span);
            }
            let Some((op, power)) = next else {
                return Ok(left);
            };
            self.bump();
            waiting.push((left, op, power));
            let start = self.start();
            left = match self.operand(allow) {
                Ok(expr) => expr,
                Err(Failed) => {
                    self.sync(OPERAND_STOPS);
                    invalid(self.span_from(start))
                }
            };
        }
    }

    /// A value with a sign before it, or without.
    fn operand(&mut self, allow: Allow) -> Parse<Expr> {
        let Some(op) = unary(self.peek()) else {
            return self.member(allow);
        };
        let sign = self.bump();
        if op == UnaryOp::Minus && self.is_smallest() {
            self.bump();
            let span = self.span_from(sign.start);
            return Ok(self.expr(ExprKind::Int(i64::MIN), span));
        }
        let start = self.start();
        let operand = match self.member(allow) {
            Ok(expr) => expr,
            Err(Failed) => {
                self.sync(OPERAND_STOPS);
                invalid(self.span_from(start))
            }
        };
        let span = self.token_span(sign).to(operand.span);
        Ok(self.expr(ExprKind::Unary { op, operand: Box::new(operand) }, span))
    }

    /// Whether the next word is the number that only exists with a minus.
    pub(super) fn is_smallest(&self) -> bool {
        self.at(Kind::Int) && self.text(self.current()).trim_start_matches('0') == "9223372036854775808"
    }

    /// A value and what is accessed of it.
    fn member(&mut self, allow: Allow) -> Parse<Expr> {
        let mut base = self.primary(allow)?;
        loop {
            base = match self.peek() {
                Kind::LSquare => self.index(base, allow)?,
                Kind::Dot => self.dot(base, allow),
                Kind::DoubleColon => {
                    self.bump();
                    let Ok(name) = self.name("the name of a nested resource after `::`") else {
                        return Ok(self.broken(base));
                    };
                    let span = base.span.to(name.span);
                    self.expr(ExprKind::Nested { base: Box::new(base), name }, span)
                }
                Kind::Bang => {
                    let bang = self.bump();
                    let span = base.span.to(self.token_span(bang));
                    self.expr(ExprKind::NonNull(Box::new(base)), span)
                }
                _ => return Ok(base),
            };
        }
    }

    /// An access that lacks its name: unknown as a whole.
    fn broken(&mut self, base: Expr) -> Expr {
        let span = self.span_from(base.span.start);
        self.fragments.push(base);
        invalid(span)
    }

    fn index(&mut self, base: Expr, allow: Allow) -> Parse<Expr> {
        self.bump();
        let safe = self.eat(Kind::Question);
        let from_end = self.eat(Kind::Hat);
        let index = if self.at(Kind::RSquare) {
            let _ = self.report("Expected an index between `[` and `]`");
            self.missing()
        } else {
            self.expression(allow)?
        };
        self.expect(Kind::RSquare, "`]` after the index")?;
        let span = self.span_from(base.span.start);
        Ok(self.expr(ExprKind::Index { base: Box::new(base), index: Box::new(index), safe, from_end }, span))
    }

    fn dot(&mut self, base: Expr, allow: Allow) -> Expr {
        self.bump();
        let mark = self.current();
        let safe = self.eat(Kind::Question);
        let Ok(name) = self.name("the name of a property or a function after `.`") else {
            return self.broken(base);
        };
        if !self.at(Kind::LParen) {
            let span = base.span.to(name.span);
            return self.expr(ExprKind::Member { base: Box::new(base), name, safe }, span);
        }
        if safe {
            let span = self.token_span(mark).to(name.span);
            self.problems.error(span, "A function is called with `.`; `.?` is for properties");
        }
        let args = self.call_arguments(allow);
        let span = self.span_from(base.span.start);
        self.expr(ExprKind::MethodCall { base: Box::new(base), name, args }, span)
    }

    /// `(a, b)`; the next word must be the `(`.
    pub(super) fn call_arguments(&mut self, allow: Allow) -> Box<[Expr]> {
        const STOPS: Set = Set::new(&[Kind::NewLine, Kind::Comma, Kind::RParen]);
        let open = self.bump();
        let mut args = Vec::new();
        self.arguments(open, Kind::RParen, |p| args.push(p.expression_or(allow, STOPS)));
        args.into_boxed_slice()
    }

    fn primary(&mut self, allow: Allow) -> Parse<Expr> {
        let token = self.current();
        let span = self.token_span(token);
        let kind = match token.kind {
            Kind::Null => ExprKind::Null,
            Kind::True => ExprKind::Bool(true),
            Kind::False => ExprKind::Bool(false),
            Kind::Int => ExprKind::Int(self.integer()?),
            Kind::Str | Kind::StrLeft => return Ok(self.string_expr()),
            Kind::LBrace if allow.literals => {
                let object = self.object(allow)?;
                let span = object.span;
                return Ok(self.expr(ExprKind::Object(object), span));
            }
            Kind::LSquare if allow.literals => {
                return if self.at_loop() { self.for_value(allow) } else { Ok(self.array()) };
            }
            Kind::LBrace | Kind::LSquare => {
                return Err(self.report("Objects and arrays cannot be written here; put them into a variable"));
            }
            Kind::LParen => return self.paren_or_lambda(allow),
            Kind::Ident => return self.symbol(allow),
            _ => return Err(self.expected(VALUE)),
        };
        self.bump();
        Ok(self.expr(kind, span))
    }

    /// The value of the next word, which must be a number; does not take it.
    pub(super) fn integer(&mut self) -> Parse<i64> {
        match self.text(self.current()).parse() {
            Ok(value) => Ok(value),
            Err(_) => Err(self.report("This number does not fit into 64 bits with a sign")),
        }
    }

    /// Whether `[` starts a loop.
    pub(super) fn at_loop(&self) -> bool {
        self.at(Kind::LSquare) && self.is_keyword(self.after_newlines(self.pos + 1), "for")
    }

    /// A symbol, a call or a lambda.
    fn symbol(&mut self, allow: Allow) -> Parse<Expr> {
        let name = self.name(VALUE)?;
        let span = name.span;
        match self.peek() {
            Kind::LParen => {
                let args = self.call_arguments(allow);
                let span = self.span_from(span.start);
                Ok(self.expr(ExprKind::Call { name, args }, span))
            }
            Kind::Arrow => Ok(self.lambda(vec![name], span.start)),
            _ => Ok(self.expr(ExprKind::Var(name), span)),
        }
    }

    /// A lambda from its `=>`, which must be the next word.
    fn lambda(&mut self, params: Vec<Name>, start: u32) -> Expr {
        self.bump();
        let body = Box::new(self.lambda_body());
        let span = self.span_from(start);
        self.expr(ExprKind::Lambda { params, body }, span)
    }

    /// What follows a `=>`, maybe on the next line.
    pub(super) fn lambda_body(&mut self) -> Expr {
        const STOPS: Set = Set::new(&[Kind::NewLine, Kind::RParen]);
        let next = self.token(self.after_newlines(self.pos));
        if !(next.kind == Kind::Ident && NO_BODY.contains(&self.text(next))) {
            self.eat_newlines();
        }
        self.expression_or(Allow::LITERALS, STOPS)
    }

    fn paren_or_lambda(&mut self, allow: Allow) -> Parse<Expr> {
        let start = self.start();
        let (items, extra_comma) = self.paren_list(true, |p| p.expression_or(allow, OPERAND_STOPS));
        if self.at(Kind::Arrow) {
            let params = self.variables(items);
            return Ok(self.lambda(params, start));
        }
        let span = self.span_from(start);
        Ok(self.single(items, extra_comma, span))
    }

    /// `(x)`
    pub(super) fn paren(&mut self, allow: Allow) -> Parse<Expr> {
        let start = self.start();
        if !self.at(Kind::LParen) {
            return Err(self.expected("`(` and a condition"));
        }
        let (items, extra_comma) = self.paren_list(true, |p| p.expression_or(allow, OPERAND_STOPS));
        let span = self.span_from(start);
        Ok(self.single(items, extra_comma, span))
    }

    fn single(&mut self, mut items: Vec<Expr>, extra_comma: bool, span: Span) -> Expr {
        match items.pop() {
            Some(inner) if items.is_empty() && !extra_comma => self.expr(ExprKind::Paren(Box::new(inner)), span),
            _ => {
                self.problems.error(span, "Parentheses hold exactly one expression");
                invalid(span)
            }
        }
    }

    /// What is in parentheses and between commas; the next word must be the `(`. Also whether there is a comma too much.
    pub(super) fn paren_list<T>(&mut self, newlines: bool, mut item: impl FnMut(&mut Self) -> T) -> (Vec<T>, bool) {
        let open = self.bump();
        let mut items = Vec::new();
        let mut extra_comma = false;
        let skip = |p: &mut Self| {
            if newlines {
                p.eat_newlines();
            }
        };
        skip(self);
        while !self.at(Kind::RParen) && !self.unclosed(false) {
            extra_comma = false;
            items.push(item(self));
            if self.unclosed(false) {
                break;
            }
            skip(self);
            if !self.eat(Kind::Comma) {
                break;
            }
            extra_comma = true;
            skip(self);
        }
        self.close(open, Kind::RParen);
        (items, extra_comma)
    }

    /// The variables that the expressions before a `=>` are.
    fn variables(&mut self, items: Vec<Expr>) -> Vec<Name> {
        let mut names = Vec::with_capacity(items.len());
        for item in items {
            match item.kind {
                ExprKind::Var(name) => names.push(name),
                ExprKind::Invalid => {}
                _ => self.problems.error(item.span, "Expected the name of a lambda's parameter"),
            }
        }
        names
    }

    fn array(&mut self) -> Expr {
        const STOPS: Set = Set::new(&[Kind::NewLine, Kind::RSquare, Kind::Comma]);
        let open = self.bump();
        let mut items = Vec::new();
        self.elements(open, Kind::RSquare, false, |p| {
            items.push(if p.eat(Kind::Ellipsis) {
                ArrayItem::Spread(p.expression_or(Allow::LITERALS, STOPS))
            } else {
                ArrayItem::Value(p.expression_or(Allow::LITERALS, STOPS))
            });
        });
        items.shrink_to_fit();
        let span = self.span_from(open.start);
        self.expr(ExprKind::Array(items), span)
    }

    pub(super) fn object(&mut self, allow: Allow) -> Parse<Object> {
        let open = self.expect(Kind::LBrace, "`{`")?;
        let mut items = Vec::new();
        self.elements(open, Kind::RBrace, allow.resources, |p| items.extend(p.object_item(allow)));
        // A large tree is mostly objects of one or two members.
        items.shrink_to_fit();
        let span = self.span_from(open.start);
        Ok(object(items, span))
    }

    fn object_item(&mut self, allow: Allow) -> Option<ObjectItem> {
        const STOPS: Set = Set::new(&[Kind::NewLine, Kind::RBrace, Kind::Comma]);
        let nested = self.at_keyword("resource") && self.peek_ahead(1) == Kind::Ident;
        if allow.resources && (nested || self.at(Kind::At)) {
            let nested = self.recover(LINE.and(Kind::RBrace), |p| p.nested(Self::nested_resource))?;
            return Some(ObjectItem::Resource(Box::new(nested)));
        }
        if self.eat(Kind::Ellipsis) {
            return Some(ObjectItem::Spread(self.expression_or(Allow::LITERALS, STOPS)));
        }
        let start = self.start();
        let key = match self.property_name() {
            Ok(key) => key,
            Err(Failed) => {
                self.sync(STOPS.and(Kind::Colon));
                if !self.at(Kind::Colon) {
                    return None;
                }
                Key::Computed(Box::new(invalid(self.span_from(start))))
            }
        };
        let value = if self.expect(Kind::Colon, "`:` and a value after the property's name").is_ok() {
            self.expression_or(Allow::LITERALS, STOPS)
        } else {
            self.sync(STOPS);
            self.missing()
        };
        Some(ObjectItem::Property(Property { key, value, span: self.span_from(start) }))
    }

    fn property_name(&mut self) -> Parse<Key> {
        const WHAT: &str = "the name of a property";
        if self.at(Kind::Ident) {
            return Ok(Key::Name(self.name(WHAT)?));
        }
        let string = self.expect_string(WHAT)?;
        Ok(match as_name(string) {
            Ok(name) => Key::Name(name),
            Err(computed) => Key::Computed(Box::new(computed)),
        })
    }

    /// `[for … in …: value]` where a value is expected.
    fn for_value(&mut self, allow: Allow) -> Parse<Expr> {
        const STOPS: Set = Set::new(&[Kind::NewLine, Kind::RSquare]);
        let open = self.bump();
        let each = self.loop_head();
        let body = if each.is_some() {
            if self.at_keyword("if") && self.peek_ahead(1) == Kind::LParen {
                let _ = self
                    .report("Only a loop of a resource or a module has an `if`; use `filter` on what is looped over");
                self.bump();
                let _ = self.recover(STOPS.and(Kind::LBrace), |p| p.paren(Allow::LITERALS));
            }
            self.expression_or(Allow { literals: true, ..allow }, STOPS)
        } else {
            self.sync(STOPS);
            self.missing()
        };
        let each = each.unwrap_or_else(|| self.no_loop());
        self.loop_end(open);
        let span = self.span_from(open.start);
        Ok(self.expr(ExprKind::For(Box::new(For { each, body })), span))
    }

    pub(super) fn no_loop(&self) -> Loop {
        Loop { item: None, index: None, list: Box::new(self.missing()), span: self.here() }
    }

    /// The `]` of a loop.
    pub(super) fn loop_end(&mut self, open: Token) {
        const STOPS: Set = Set::new(&[Kind::NewLine, Kind::RSquare]);
        if self.token(self.after_newlines(self.pos)).kind == Kind::RSquare {
            self.eat_newlines();
            self.bump();
            return;
        }
        self.close(open, Kind::RSquare);
        self.sync(STOPS);
        self.eat(Kind::RSquare);
    }

    /// `for item in list:` with the colon. `None` if it is so broken that no body can follow.
    pub(super) fn loop_head(&mut self) -> Option<Loop> {
        const STOPS: Set = Set::new(&[Kind::Colon, Kind::RSquare, Kind::NewLine]);
        self.eat_newlines();
        let start = self.start();
        self.bump();
        let (item, index) = self.loop_variables();
        let list = match self.expect_keyword("in", "`in` and what to loop over") {
            Ok(_) => self.expression_or(Allow::LITERALS, STOPS),
            Err(Failed) => {
                self.sync(STOPS);
                self.missing()
            }
        };
        let span = self.span_from(start);
        self.expect(Kind::Colon, "`:` and the body of the loop").ok()?;
        Some(Loop { item, index, list: Box::new(list), span })
    }

    /// `item` or `(item, index)`
    fn loop_variables(&mut self) -> (Option<Name>, Option<Name>) {
        if !self.at(Kind::LParen) {
            return (self.name("the loop's variable or `(item, index)`").ok(), None);
        }
        let before = self.pos;
        let start = self.start();
        let (names, extra_comma) =
            self.paren_list(false, |p| p.recover(OPERAND_STOPS, |p| p.name("a variable of the loop")));
        let failed = self.reported.is_some_and(|at| at >= before);
        if (names.len() != 2 || extra_comma) && !failed {
            let span = self.span_from(start);
            let message = format!("Expected two variables, for the item and its index, found {}", names.len());
            self.problems.error(span, message);
        }
        let mut names = names.into_iter();
        (names.next().flatten(), names.next().flatten())
    }
}
