//! Declarations.

use super::super::ast::{
    Body, Decorator, Expr, ExprKind, Extension, Func, FuncParam, Import, ImportItem, Imported, Module, Name,
    NestedResource, Object, Output, Param, Resource, Statement, StatementKind, Using, Var,
};
use super::super::token::{Kind, Set};
use super::expr::Allow;
use super::string::as_name;
use super::{Failed, LINE, OPERAND_STOPS, Parse, Parser, invalid};

const EQUALS: Set = LINE.and(Kind::Assign);
const BODY: Set = EQUALS.and(Kind::LBrace);

impl Parser<'_> {
    pub(super) fn statement(&mut self) -> Statement {
        let start = self.start();
        let decorators = self.decorators();
        let kind = match self.declaration(!decorators.is_empty()) {
            Ok(kind) => kind,
            Err(Failed) => {
                self.sync(LINE);
                StatementKind::Invalid
            }
        };
        Statement { decorators, kind, span: self.span_from(start) }
    }

    fn declaration(&mut self, decorated: bool) -> Parse<StatementKind> {
        let token = self.current();
        let keyword = if token.kind == Kind::Ident { self.text(token) } else { "" };
        let string_next = matches!(self.peek_ahead(1), Kind::Str | Kind::StrLeft);
        match (keyword, self.is_params()) {
            ("targetScope", false) => self.target_scope(),
            ("metadata", false) => self.metadata(),
            ("param", false) => self.param(),
            ("param", true) => self.param_value(),
            ("var", _) => self.var(),
            ("resource", false) => self.resource().map(StatementKind::Resource),
            ("module", false) => self.module(),
            ("output", false) => self.output(),
            ("type", _) => self.type_declaration(),
            ("func", false) => self.func(),
            ("assert", false) => self.assert(),
            ("test", false) => self.test(),
            ("import", false) if string_next => self.extension(),
            ("import", _) => self.import(),
            ("extension", _) => self.extension(),
            ("provider", false) if string_next => self.extension(),
            ("using", true) => self.using(),
            ("extends", true) => self.extends(),
            ("extensionConfig", true) => self.extension_config(),
            _ if decorated => Err(self.expected("a declaration after the decorator")),
            (_, true) => Err(self.expected(
                "a declaration of a parameter file (`using`, `extends`, `param`, `var`, `type`, `import`, `extensionConfig`)",
            )),
            (_, false) => Err(self.expected("a declaration (`param`, `var`, `resource`, `module`, `output`, …)")),
        }
    }

    // Pieces that several declarations share.

    /// Every `@…` with the line end after it.
    pub(super) fn decorators(&mut self) -> Vec<Decorator> {
        let mut decorators = Vec::new();
        while self.at(Kind::At) {
            let at = self.bump();
            let start = self.start();
            let expr = self.recover(LINE, Self::decorator).unwrap_or_else(|| invalid(self.span_from(start)));
            decorators.push(Decorator { expr, span: self.span_from(at.start) });
            if !self.at(Kind::NewLine) {
                let _ = self.expected("a new line after the decorator");
                // What it stands above is on the same line, most likely.
                if !matches!(self.peek(), Kind::Ident | Kind::At) {
                    self.sync(LINE);
                }
            }
            self.eat_newlines();
        }
        if decorators.last().is_some_and(|d| matches!(d.expr.kind, ExprKind::Invalid)) {
            // It is being written: what it will stand above may be missing yet.
            self.reported = Some(self.pos);
        }
        decorators.shrink_to_fit();
        decorators
    }

    /// `name(…)` or `namespace.name(…)`, and whatever else of calls and properties is written there.
    fn decorator(&mut self) -> Parse<Expr> {
        let name = self.name("the name of a decorator after `@`")?;
        let start = name.span.start;
        let mut expr = if self.at(Kind::LParen) {
            let args = self.decorator_arguments();
            let span = self.span_from(start);
            self.expr(ExprKind::Call { name, args }, span)
        } else {
            let span = name.span;
            self.expr(ExprKind::Var(name), span)
        };
        while self.eat(Kind::Dot) {
            let name = self.name("the name of a decorator after `.`")?;
            let base = Box::new(expr);
            let kind = if self.at(Kind::LParen) {
                let args = self.decorator_arguments();
                ExprKind::MethodCall { base, name, args }
            } else {
                ExprKind::Member { base, name, safe: false }
            };
            let span = self.span_from(start);
            expr = self.expr(kind, span);
        }
        Ok(expr)
    }

    fn decorator_arguments(&mut self) -> Box<[Expr]> {
        self.call_arguments(Allow::LITERALS)
    }

    /// `= value`; an invalid expression if there is none.
    fn assigned(&mut self, what: &str) -> Expr {
        match self.expect(Kind::Assign, what) {
            Ok(_) => self.expression_or(Allow::LITERALS, LINE),
            Err(Failed) => {
                let missing = self.missing();
                self.sync(LINE);
                missing
            }
        }
    }

    /// The name that a declaration starts with, after its keyword. If something else is there, skips to `stops` and goes on
    /// behind it, so that the rest of the line is read.
    fn declared_name(&mut self, what: &str, stops: Set) -> Option<Name> {
        self.recover(stops, |p| p.name(what))
    }

    /// A string after a declaration's name.
    fn declared_string(&mut self, what: &str, stops: Set) -> Expr {
        let start = self.start();
        match self.expect_string(what) {
            Ok(expr) => expr,
            Err(Failed) => {
                self.sync(stops);
                invalid(self.span_from(start))
            }
        }
    }

    /// `= {…}`, `= if (…) {…}`, `= [for …]`
    fn body(&mut self, allow: Allow) -> Body {
        let assigned = self.recover(BODY, |p| p.expect(Kind::Assign, "`=` and a body")).is_some();
        if assigned && self.is_keyword(self.after_newlines(self.pos), "if") {
            self.eat_newlines();
        }
        let start = self.start();
        let mut body = Body { each: None, condition: None, object: None, span: self.here() };
        let result = if self.at_keyword("if") || self.at(Kind::LBrace) {
            self.conditional(allow, LINE, &mut body)
        } else if self.at_loop() {
            self.loop_body(allow, &mut body)
        } else if self.at(Kind::LSquare) {
            self.bump();
            Err(self.expected("`for` and a loop"))
        } else if assigned {
            Err(self.expected("`{`, `[for` or `if` to start the body"))
        } else {
            Err(Failed)
        };
        if result.is_err() {
            self.sync(LINE);
        }
        if self.start() > start {
            body.span = self.span_from(start);
        }
        body
    }

    /// `{…}` or `if (condition) {…}`
    fn conditional(&mut self, allow: Allow, stops: Set, body: &mut Body) -> Parse<()> {
        if self.at_keyword("if") {
            self.bump();
            let start = self.start();
            let condition = self.recover(stops.and(Kind::LBrace), |p| p.paren(Allow::LITERALS));
            body.condition = Some(condition.unwrap_or_else(|| invalid(self.span_from(start))));
        }
        body.object = Some(self.object(allow)?);
        Ok(())
    }

    /// `[for … in …: …]` around a body.
    fn loop_body(&mut self, allow: Allow, body: &mut Body) -> Parse<()> {
        const STOPS: Set = LINE.and(Kind::RSquare);
        let open = self.bump();
        let Some(each) = self.loop_head() else {
            body.each = Some(self.no_loop());
            self.sync(STOPS);
            self.loop_end(open);
            return Ok(());
        };
        body.each = Some(each);
        let _ = self.recover(STOPS, |p| {
            if p.at_keyword("if") || p.at(Kind::LBrace) {
                p.conditional(allow, STOPS, body)
            } else {
                Err(p.expected("`{` or `if` to start the body of the loop"))
            }
        });
        self.loop_end(open);
        Ok(())
    }

    // Declarations. Each takes its keyword first.

    fn target_scope(&mut self) -> Parse<StatementKind> {
        self.bump();
        Ok(StatementKind::TargetScope { value: self.assigned("`=` and a value after `targetScope`") })
    }

    fn metadata(&mut self) -> Parse<StatementKind> {
        self.bump();
        let name = self.declared_name("the metadata's name", EQUALS);
        let value = self.assigned("`=` and a value after the metadata's name");
        Ok(name.map_or(StatementKind::Invalid, |name| StatementKind::Metadata { name, value }))
    }

    fn param(&mut self) -> Parse<StatementKind> {
        self.bump();
        let name = self.declared_name("the parameter's name", LINE.and(Kind::Ident));
        let ty = Some(self.declared_type_or(false, "a type after the parameter's name", BODY));
        let value = match self.peek() {
            Kind::NewLine | Kind::Eof => None,
            Kind::Assign => {
                self.bump();
                Some(self.expression_or(Allow::LITERALS, LINE))
            }
            _ => {
                let _ = self.expected("`=` and a default, or a new line, after the parameter's type");
                self.sync(LINE);
                None
            }
        };
        Ok(name.map_or(StatementKind::Invalid, |name| StatementKind::Param(Param { name, ty, value })))
    }

    fn param_value(&mut self) -> Parse<StatementKind> {
        self.bump();
        let name = self.declared_name("the parameter's name", EQUALS);
        let value = Some(self.assigned("`=` and a value after the parameter's name"));
        Ok(name.map_or(StatementKind::Invalid, |name| StatementKind::Param(Param { name, ty: None, value })))
    }

    fn var(&mut self) -> Parse<StatementKind> {
        self.bump();
        let name = self.declared_name("the variable's name", LINE.and(Kind::Ident).and(Kind::Assign));
        let ty = match self.peek() {
            Kind::Eof | Kind::NewLine | Kind::Assign => None,
            _ => Some(self.declared_type_or(false, "`=` or a type after the variable's name", EQUALS)),
        };
        let value = self.assigned(if ty.is_some() {
            "`=` and a value after the variable's type"
        } else {
            "`=` and a value after the variable's name"
        });
        Ok(name.map_or(StatementKind::Invalid, |name| StatementKind::Var(Var { name, ty, value })))
    }

    fn resource(&mut self) -> Parse<Resource> {
        self.bump();
        let stops = EQUALS.and(Kind::Str).and(Kind::StrLeft);
        let name = self.declared_name("the resource's name", stops);
        let ty = self
            .declared_string("a string with the resource's type and version, such as 'Group/type@2024-01-01'", EQUALS);
        let existing = self.at_keyword("existing").then(|| {
            let word = self.bump();
            self.token_span(word)
        });
        let body = self.body(Allow::RESOURCES);
        let name = name.ok_or(Failed)?;
        Ok(Resource { name, ty, existing, body })
    }

    /// A resource within another one's body, with its decorators.
    pub(super) fn nested_resource(&mut self) -> Parse<NestedResource> {
        let start = self.start();
        let decorators = self.decorators();
        if !self.at_keyword("resource") {
            return Err(self.expected("a resource after the decorator"));
        }
        let resource = self.resource()?;
        Ok(NestedResource { decorators, resource, span: self.span_from(start) })
    }

    fn module(&mut self) -> Parse<StatementKind> {
        self.bump();
        let stops = EQUALS.and(Kind::Str).and(Kind::StrLeft);
        let name = self.declared_name("the module's name", stops);
        let path = self.declared_string("a string with the module's path", EQUALS);
        let body = self.body(Allow::LITERALS);
        Ok(name.map_or(StatementKind::Invalid, |name| StatementKind::Module(Module { name, path, body })))
    }

    fn test(&mut self) -> Parse<StatementKind> {
        self.bump();
        let stops = EQUALS.and(Kind::Str).and(Kind::StrLeft);
        let name = self.declared_name("the test's name", stops);
        let path = self.declared_string("a string with the path of the tested file", EQUALS);
        let assigned = self.recover(BODY, |p| p.expect(Kind::Assign, "`=` and a body")).is_some();
        let body = if assigned || self.at(Kind::LBrace) { self.configuration() } else { None };
        Ok(name.map_or(StatementKind::Invalid, |name| StatementKind::Test { name, path, body }))
    }

    fn output(&mut self) -> Parse<StatementKind> {
        self.bump();
        let name = self.declared_name("the output's name", LINE.and(Kind::Ident));
        let ty = self.declared_type_or(true, "a type after the output's name", EQUALS);
        let value = self.assigned("`=` and a value after the output's type");
        Ok(name.map_or(StatementKind::Invalid, |name| StatementKind::Output(Output { name, ty, value })))
    }

    fn type_declaration(&mut self) -> Parse<StatementKind> {
        self.bump();
        let name = self.declared_name("the type's name", EQUALS);
        let value = match self.expect(Kind::Assign, "`=` and a type after the type's name") {
            Ok(_) => self.declared_type_or(false, "a type", LINE),
            Err(Failed) => {
                let missing = self.missing_type();
                self.sync(LINE);
                missing
            }
        };
        Ok(name.map_or(StatementKind::Invalid, |name| StatementKind::Type { name, value }))
    }

    fn func(&mut self) -> Parse<StatementKind> {
        const STOPS: Set = LINE.and(Kind::RParen);
        self.bump();
        let name = self.declared_name("the function's name", EQUALS.and(Kind::LParen));
        if !self.at(Kind::LParen) {
            return Err(self.expected("`(` and the function's parameters"));
        }
        let (params, _) = self.paren_list(true, |p| {
            let name = p.name("the parameter's name");
            let ty = p.declared_type_or(false, "a type after the parameter's name", OPERAND_STOPS);
            Some(FuncParam { name: name.ok()?, ty })
        });
        let result = self.declared_type_or(false, "the type that the function gives", LINE.and(Kind::Arrow));
        let body = match self.expect(Kind::Arrow, "`=>` and what the function gives") {
            Ok(_) => self.lambda_body(),
            Err(Failed) => {
                let missing = self.missing();
                self.sync(STOPS);
                missing
            }
        };
        let params = params.into_iter().flatten().collect();
        Ok(name.map_or(StatementKind::Invalid, |name| StatementKind::Func(Func { name, params, result, body })))
    }

    fn assert(&mut self) -> Parse<StatementKind> {
        self.bump();
        let name = self.declared_name("the assertion's name", EQUALS);
        let value = self.assigned("`=` and a value after the assertion's name");
        Ok(name.map_or(StatementKind::Invalid, |name| StatementKind::Assert { name, value }))
    }

    fn import(&mut self) -> Parse<StatementKind> {
        self.bump();
        let what = match self.peek() {
            Kind::LBrace => self.import_items(),
            Kind::Star => self.import_all().unwrap_or(Imported::Invalid),
            _ => {
                let _ = self.expected("`{` and the names to import, or `* as` and a name");
                if !self.at_keyword("from") && !self.at(Kind::NewLine) {
                    self.bump();
                }
                Imported::Invalid
            }
        };
        self.expect_keyword("from", "`from` and the path of the file to import from")?;
        let path = self.declared_string("a string with the path of the file to import from", LINE);
        Ok(StatementKind::Import(Import { what, path }))
    }

    fn import_all(&mut self) -> Parse<Imported> {
        self.bump();
        self.expect_keyword("as", "`as` and a name after `*`")?;
        Ok(Imported::All(self.name("a name after `as`")?))
    }

    fn import_items(&mut self) -> Imported {
        const STOPS: Set = Set::new(&[Kind::NewLine, Kind::Comma, Kind::RBrace]);
        let open = self.bump();
        let mut items = Vec::new();
        self.elements(open, Kind::RBrace, false, |p| items.extend(p.recover(STOPS, Self::import_item)));
        Imported::Items(items)
    }

    fn import_item(&mut self) -> Parse<ImportItem> {
        const WHAT: &str = "the name of something to import";
        let quoted = !self.at(Kind::Ident);
        let name = if quoted {
            let string = self.expect_string(WHAT)?;
            as_name(string).map_err(|string| {
                self.problems.error(string.span, "The name of something to import has no interpolation");
                Failed
            })?
        } else {
            self.name(WHAT)?
        };
        if !self.at_keyword("as") {
            if quoted {
                return Err(self.expected("`as` and a name: what is imported by a quoted name needs one"));
            }
            return Ok(ImportItem { name, alias: None });
        }
        self.bump();
        let alias = Some(self.name("a name after `as`")?);
        Ok(ImportItem { name, alias })
    }

    fn extension(&mut self) -> Parse<StatementKind> {
        self.bump();
        let spec = if self.at(Kind::Ident) {
            let name = self.name("an extension")?;
            let span = name.span;
            self.expr(ExprKind::Var(name), span)
        } else {
            self.declared_string("the name of an extension or a string with its reference", LINE)
        };
        let after = "`with`, `as`, or a new line";
        let mut config = None;
        if !matches!(self.peek(), Kind::NewLine | Kind::Eof) && !self.at_keyword("as") {
            self.expect_keyword("with", after)?;
            config = self.configuration();
        }
        let mut alias = None;
        if !matches!(self.peek(), Kind::NewLine | Kind::Eof) {
            self.expect_keyword("as", after)?;
            alias = Some(self.name("a name after `as`")?);
        }
        Ok(StatementKind::Extension(Extension { spec, config, alias }))
    }

    /// The object after a `with`.
    fn configuration(&mut self) -> Option<Object> {
        self.recover(LINE, |p| p.object(Allow::LITERALS))
    }

    fn extension_config(&mut self) -> Parse<StatementKind> {
        self.bump();
        let name = self.name("the alias of an extension")?;
        self.expect_keyword("with", "`with` and a configuration")?;
        let config = self.configuration();
        Ok(StatementKind::ExtensionConfig { name, config })
    }

    fn using(&mut self) -> Parse<StatementKind> {
        self.bump();
        let path = if self.at_keyword("none") {
            self.bump();
            None
        } else {
            Some(self.declared_string("a string with the path of a template, or `none`", LINE))
        };
        let mut config = None;
        if !matches!(self.peek(), Kind::NewLine | Kind::Eof) {
            self.expect_keyword("with", "`with` or a new line")?;
            config = self.configuration();
        }
        Ok(StatementKind::Using(Using { path, config }))
    }

    fn extends(&mut self) -> Parse<StatementKind> {
        self.bump();
        let path = self.declared_string("a string with the path of the extended parameter file", LINE);
        Ok(StatementKind::Extends { path })
    }
}
