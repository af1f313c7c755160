//! Types.

use super::super::ast::{ExprKind, Name, TupleItem, Type, TypeKey, TypeKind, TypeProperty, UnaryOp};
use super::super::token::{Kind, Set};
use super::expr::{Allow, unary};
use super::string::as_name;
use super::{Failed, OPERAND_STOPS, Parse, Parser, invalid_type};

const TYPE: &str = "a type";

impl Parser<'_> {
    /// A type where `resource 'type@version'` is one too. An output may leave out the string.
    pub(super) fn declared_type(&mut self, optional: bool, what: &str) -> Parse<Type> {
        if !self.at_keyword("resource") || self.peek_ahead(1) == Kind::Lt {
            return self.type_expression_as(what);
        }
        let keyword = self.bump();
        let string = if optional && !matches!(self.peek(), Kind::Str | Kind::StrLeft) {
            None
        } else {
            Some(Box::new(self.expect_string("a string with the resource's type and version")?))
        };
        let span = self.span_from(keyword.start);
        Ok(self.ty(TypeKind::Resource(string), span))
    }

    /// A type; an invalid one if it cannot be read, and then skips to `stops`.
    pub(super) fn declared_type_or(&mut self, optional: bool, what: &str, stops: Set) -> Type {
        let start = self.start();
        match self.declared_type(optional, what) {
            Ok(ty) => ty,
            Err(Failed) => {
                self.sync(stops);
                invalid_type(self.span_from(start))
            }
        }
    }

    fn type_or(&mut self, stops: Set) -> Type {
        let start = self.start();
        match self.type_expression_as(TYPE) {
            Ok(ty) => ty,
            Err(Failed) => {
                self.sync(stops);
                invalid_type(self.span_from(start))
            }
        }
    }

    fn type_expression_as(&mut self, what: &str) -> Parse<Type> {
        self.nested(|p| p.union(what))
    }

    /// `a`, `a | b`, `| a | b`; a bar may start a line.
    fn union(&mut self, what: &str) -> Parse<Type> {
        let start = self.token(self.after_newlines(self.pos)).start;
        let leading = self.eat_bar();
        let first = self.suffixed(what)?;
        if !leading && !self.at_bar() {
            return Ok(first);
        }
        let mut members = vec![first];
        while self.eat_bar() {
            if self.at(Kind::NewLine) {
                // Not on the next line: what stands there is likely to be the next declaration.
                let _ = self.expected("a type after `|`");
                members.push(self.missing_type());
                continue;
            }
            let start = self.start();
            match self.suffixed(TYPE) {
                Ok(ty) => members.push(ty),
                Err(Failed) => {
                    self.sync(OPERAND_STOPS);
                    members.push(invalid_type(self.span_from(start)));
                }
            }
        }
        let span = self.span_from(start);
        Ok(self.ty(TypeKind::Union(members), span))
    }

    fn at_bar(&self) -> bool {
        self.token(self.after_newlines(self.pos)).kind == Kind::Pipe
    }

    fn eat_bar(&mut self) -> bool {
        let there = self.at_bar();
        if there {
            self.eat_newlines();
            self.bump();
        }
        there
    }

    /// A type with `?` or `!` after it, or without.
    fn suffixed(&mut self, what: &str) -> Parse<Type> {
        let mut ty = self.signed(what)?;
        loop {
            let kind: fn(Box<Type>) -> TypeKind = match self.peek() {
                Kind::Question => TypeKind::Nullable,
                Kind::Bang => TypeKind::NonNull,
                _ => return Ok(ty),
            };
            self.bump();
            let span = self.span_from(ty.span.start);
            ty = self.ty(kind(Box::new(ty)), span);
        }
    }

    fn signed(&mut self, what: &str) -> Parse<Type> {
        let Some(op) = unary(self.peek()) else {
            return self.accessed(what);
        };
        let sign = self.bump();
        if op == UnaryOp::Minus && self.is_smallest() {
            self.bump();
            let span = self.span_from(sign.start);
            return Ok(self.ty(TypeKind::Int(i64::MIN), span));
        }
        let start = self.start();
        let operand = match self.accessed(TYPE) {
            Ok(ty) => ty,
            Err(Failed) => {
                self.sync(OPERAND_STOPS);
                invalid_type(self.span_from(start))
            }
        };
        let span = self.token_span(sign).to(operand.span);
        Ok(self.ty(TypeKind::Unary { op, operand: Box::new(operand) }, span))
    }

    /// A type and what is accessed of it: `T[]`, `T[*]`, `T[0]`, `T.*`, `T.name`, `T.name<…>`.
    fn accessed(&mut self, what: &str) -> Parse<Type> {
        let mut base = self.primary_type(what)?;
        loop {
            let start = base.span.start;
            let kind = match self.peek() {
                Kind::LSquare => {
                    self.bump();
                    if self.eat(Kind::RSquare) {
                        TypeKind::Array(Box::new(base))
                    } else if self.eat(Kind::Star) {
                        self.expect(Kind::RSquare, "`]` after `[*`")?;
                        TypeKind::Items(Box::new(base))
                    } else {
                        let index = Box::new(self.expression(Allow::NOTHING)?);
                        self.expect(Kind::RSquare, "`]` after the index")?;
                        TypeKind::Index { base: Box::new(base), index }
                    }
                }
                Kind::Dot => {
                    self.bump();
                    if self.eat(Kind::Star) {
                        TypeKind::Additional(Box::new(base))
                    } else {
                        match self.name("the name of a type or a property after `.`") {
                            Err(Failed) => TypeKind::Invalid,
                            Ok(name) if self.at(Kind::Lt) => {
                                let args = self.type_arguments();
                                TypeKind::Apply { base: Some(Box::new(base)), name, args }
                            }
                            Ok(name) => TypeKind::Member { base: Box::new(base), name },
                        }
                    }
                }
                _ => return Ok(base),
            };
            let span = self.span_from(start);
            base = self.ty(kind, span);
        }
    }

    fn primary_type(&mut self, what: &str) -> Parse<Type> {
        let token = self.current();
        let kind = match token.kind {
            Kind::Null => TypeKind::Null,
            Kind::True => TypeKind::Bool(true),
            Kind::False => TypeKind::Bool(false),
            Kind::Int => TypeKind::Int(self.integer()?),
            Kind::Str | Kind::StrLeft => {
                let string = self.string_expr();
                let kind = match string.kind {
                    ExprKind::Str(text) => TypeKind::Str(text),
                    ExprKind::Interpolated(parts) => TypeKind::Interpolated(parts),
                    _ => TypeKind::Invalid,
                };
                return Ok(self.ty(kind, string.span));
            }
            Kind::LBrace => return Ok(self.object_type()),
            Kind::LSquare => return Ok(self.tuple()),
            Kind::LParen => return Ok(self.paren_type()),
            Kind::Ident => return self.named(what),
            _ => return Err(self.expected(what)),
        };
        self.bump();
        let span = self.token_span(token);
        Ok(self.ty(kind, span))
    }

    fn named(&mut self, what: &str) -> Parse<Type> {
        let name = self.name(what)?;
        let start = name.span.start;
        let kind = if self.at(Kind::Lt) {
            let args = self.type_arguments();
            TypeKind::Apply { base: None, name, args }
        } else {
            TypeKind::Named(name)
        };
        let span = self.span_from(start);
        Ok(self.ty(kind, span))
    }

    /// `<a, b>`; the next word must be the `<`.
    fn type_arguments(&mut self) -> Vec<Type> {
        const STOPS: Set = Set::new(&[Kind::NewLine, Kind::Comma, Kind::Gt]);
        let open = self.bump();
        let mut args = Vec::new();
        self.arguments(open, Kind::Gt, |p| args.push(p.type_or(STOPS)));
        args
    }

    fn paren_type(&mut self) -> Type {
        let start = self.start();
        let (mut items, extra_comma) = self.paren_list(false, |p| p.type_or(OPERAND_STOPS));
        let span = self.span_from(start);
        match items.pop() {
            Some(inner) if items.is_empty() && !extra_comma => self.ty(TypeKind::Paren(Box::new(inner)), span),
            _ => {
                self.problems.error(span, "Parentheses hold exactly one type");
                invalid_type(span)
            }
        }
    }

    fn tuple(&mut self) -> Type {
        const STOPS: Set = Set::new(&[Kind::NewLine, Kind::RSquare, Kind::Comma]);
        let open = self.bump();
        let mut items = Vec::new();
        self.elements(open, Kind::RSquare, false, |p| {
            let decorators = p.decorators();
            items.push(TupleItem { decorators, ty: p.type_or(STOPS) });
        });
        let span = self.span_from(open.start);
        self.ty(TypeKind::Tuple(items), span)
    }

    fn object_type(&mut self) -> Type {
        let open = self.bump();
        let mut properties = Vec::new();
        self.elements(open, Kind::RBrace, false, |p| properties.extend(p.type_property()));
        let span = self.span_from(open.start);
        self.ty(TypeKind::Object(properties), span)
    }

    fn type_property(&mut self) -> Option<TypeProperty> {
        const STOPS: Set = Set::new(&[Kind::NewLine, Kind::RBrace, Kind::Comma]);
        let start = self.start();
        let decorators = self.decorators();
        let key_start = self.start();
        let key = match self.type_key() {
            Ok(key) => key,
            Err(Failed) => {
                self.sync(STOPS.and(Kind::Colon));
                if !self.at(Kind::Colon) {
                    return None;
                }
                TypeKey::Invalid(self.span_from(key_start))
            }
        };
        let ty = if self.at(Kind::Question) && self.peek_ahead(1) == Kind::Colon {
            let _ = self.report("The `?` of an optional property follows its type, not its name: `name: string?`");
            self.bump();
            self.bump();
            self.type_or(STOPS)
        } else if self.expect(Kind::Colon, "`:` and a type after the property's name").is_ok() {
            self.type_or(STOPS)
        } else {
            self.sync(STOPS);
            self.missing_type()
        };
        Some(TypeProperty { decorators, key, ty, span: self.span_from(start) })
    }

    fn type_key(&mut self) -> Parse<TypeKey> {
        const WHAT: &str = "the name of a property or `*`";
        match self.peek() {
            Kind::Ident => Ok(TypeKey::Name(self.name(WHAT)?)),
            Kind::Star => {
                let star = self.bump();
                Ok(TypeKey::Any(self.token_span(star)))
            }
            _ => {
                let string = self.expect_string(WHAT)?;
                let name: Result<Name, _> = as_name(string);
                Ok(match name {
                    Ok(name) => TypeKey::Name(name),
                    Err(computed) => {
                        // The compiler says so later; nothing but a literal can be a key here.
                        self.problems.error(computed.span, "The name of a property in a type has no interpolation");
                        TypeKey::Invalid(computed.span)
                    }
                })
            }
        }
    }
}
