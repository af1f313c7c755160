//! Bicep expressions to template expressions.

use std::ops::Range;

use ecow::{EcoString, eco_format};

use super::symbols::{Env, ImportSource, Symbol};
use super::{Lowering, call, duplicates, string};
use crate::model::{Builtin, Call, Expr, ExprKind, Loop, Namespace, Property, placeholders};
use crate::read::Span;
use crate::read::bicep::ast::{self, ArrayItem, BinaryOp, Key, ObjectItem, Part, UnaryOp};

impl Lowering<'_> {
    /// A value as it stands in a property: literals stay literals, everything else is a whole expression.
    pub(super) fn value(&mut self, e: &ast::Expr, env: &Env<'_>) -> Expr {
        self.named_value(e, "value", env)
    }

    /// A value of the property, variable or output `name`; a loop in it gets that name.
    pub(super) fn named_value(&mut self, e: &ast::Expr, name: &str, env: &Env<'_>) -> Expr {
        match &e.kind {
            ast::ExprKind::Paren(inner) => self.named_value(inner, name, env),
            ast::ExprKind::For(each) => self.for_value(each, name, env, e.span),
            // Within an expression it is a text to look for: `replace(policy, '#{x}#', x)`.
            ast::ExprKind::Str(text) => {
                let plain = || ExprKind::Str(text.value.clone());
                wrapped(Expr::new(placeholders::with_tokens(&text.value, e.span).unwrap_or_else(plain), e.span))
            }
            _ => {
                let lowered = self.expr(e, env);
                wrapped(lowered)
            }
        }
    }

    /// An expression.
    pub(super) fn expr(&mut self, e: &ast::Expr, env: &Env<'_>) -> Expr {
        if !self.charge(1, e.span) {
            return Expr::new(ExprKind::Invalid(EcoString::new()), e.span);
        }
        let span = e.span;
        let kind = match &e.kind {
            ast::ExprKind::Null => ExprKind::Null,
            ast::ExprKind::Bool(b) => ExprKind::Bool(*b),
            ast::ExprKind::Int(i) => ExprKind::Int(*i),
            ast::ExprKind::Str(text) => ExprKind::Str(text.value.clone()),
            ast::ExprKind::Interpolated(parts) => return self.interpolated(parts, env, span),
            ast::ExprKind::Array(items) => return self.array(items, env, span),
            ast::ExprKind::Object(object) => return self.object(object, env),
            ast::ExprKind::For(each) => return self.for_value(each, "value", env, span),
            ast::ExprKind::Binary { op, left, right } => {
                let (left, right) = (self.expr(left, env), self.expr(right, env));
                return binary(*op, left, right, span);
            }
            ast::ExprKind::Unary { op: UnaryOp::Not, operand } => {
                return call("not", vec![self.expr(operand, env)], span);
            }
            ast::ExprKind::Unary { op: UnaryOp::Minus, operand } => match self.expr(operand, env) {
                Expr { kind: ExprKind::Int(i), .. } => ExprKind::Int(i.wrapping_neg()),
                other => return call("sub", vec![Expr::new(ExprKind::Int(0), span), other], span),
            },
            ast::ExprKind::Ternary { condition, then, otherwise } => {
                let args = vec![self.expr(condition, env), self.expr(then, env), self.expr(otherwise, env)];
                return call("if", args, span);
            }
            ast::ExprKind::Lambda { params, body } => return self.lambda(params, body, 0..0, env, span),
            ast::ExprKind::NonNull(inner) => return self.expr(inner, env),
            ast::ExprKind::Paren(inner) => return self.expr(inner, env),
            ast::ExprKind::Call { name, args } => return self.function(name, args, env, span),
            ast::ExprKind::Var(name) => return self.name(name, env),
            ast::ExprKind::Member { .. } | ast::ExprKind::Index { .. } | ast::ExprKind::Nested { .. } => {
                return self.access(e, env);
            }
            ast::ExprKind::MethodCall { base, name, args } => return self.method(base, name, args, env, span),
            ast::ExprKind::Invalid => ExprKind::Invalid(EcoString::new()),
        };
        Expr::new(kind, span)
    }

    fn interpolated(&mut self, parts: &[Part], env: &Env<'_>, span: Span) -> Expr {
        let mut format = EcoString::new();
        let mut args = Vec::new();
        for part in parts {
            match part {
                Part::Text(text) => {
                    for c in text.value.chars() {
                        if matches!(c, '{' | '}') {
                            format.push(c);
                        }
                        format.push(c);
                    }
                }
                Part::Expr(e) => {
                    format.push_str(&eco_format!("{{{}}}", args.len()));
                    args.push(self.expr(e, env));
                }
            }
        }
        args.insert(0, string(&format, span));
        call("format", args, span)
    }

    fn array(&mut self, items: &[ArrayItem], env: &Env<'_>, span: Span) -> Expr {
        let spread = items.iter().any(|i| matches!(i, ArrayItem::Spread(_)));
        let mut chunks: Vec<Expr> = Vec::new();
        let mut run: Vec<Expr> = Vec::new();
        for item in items {
            match item {
                ArrayItem::Value(e) => run.push(self.value(e, env)),
                ArrayItem::Spread(e) => {
                    if !run.is_empty() {
                        chunks.push(Expr::new(ExprKind::Array(std::mem::take(&mut run)), span));
                    }
                    chunks.push(self.expr(e, env));
                }
            }
        }
        if !spread {
            return Expr::new(ExprKind::Array(run), span);
        }
        if !run.is_empty() {
            chunks.push(Expr::new(ExprKind::Array(run), span));
        }
        call("flatten", vec![Expr::new(ExprKind::Array(chunks), span)], span)
    }

    /// An object literal; nested resources in it are not part of its value.
    pub(super) fn object(&mut self, object: &ast::Object, env: &Env<'_>) -> Expr {
        self.object_without(object, &[], env)
    }

    /// An object literal without some of its properties.
    pub(super) fn object_without(&mut self, object: &ast::Object, leave_out: &[&str], env: &Env<'_>) -> Expr {
        let span = object.span;
        for (key, at) in duplicates::keys(object) {
            self.error(at, format!("the property '{key}' stands more than once in this object: remove the others"));
        }
        let mut chunks: Vec<Expr> = Vec::new();
        let mut run: Vec<Property> = Vec::with_capacity(object.items.len());
        for item in &object.items {
            match item {
                ObjectItem::Property(p) => {
                    let key = match &p.key {
                        Key::Name(name) if leave_out.contains(&name.text.as_str()) => continue,
                        Key::Name(name) => string(&name.text, name.span),
                        Key::Computed(e) => wrapped(self.expr(e, env)),
                    };
                    let name = key.as_str().cloned().unwrap_or_else(|| "value".into());
                    let value = self.named_value(&p.value, &name, env);
                    run.push(Property { key, value });
                }
                ObjectItem::Spread(e) => {
                    if !run.is_empty() {
                        chunks.push(Expr::new(ExprKind::Object(std::mem::take(&mut run)), span));
                    }
                    chunks.push(self.expr(e, env));
                }
                ObjectItem::Resource(_) => {}
            }
        }
        if chunks.is_empty() {
            return Expr::new(ExprKind::Object(run), span);
        }
        if !run.is_empty() {
            chunks.push(Expr::new(ExprKind::Object(run), span));
        }
        call("shallowMerge", vec![Expr::new(ExprKind::Array(chunks), span)], span)
    }

    /// `[for item in list: body]` as a loop with an index of its own.
    fn for_value(&mut self, each: &ast::For, name: &str, env: &Env<'_>, span: Span) -> Expr {
        let list = self.expr(&each.each.list, env);
        let mut unique: EcoString = name.into();
        while env.loops.contains(&unique) {
            unique.push('_');
        }
        let mut inner = env.child();
        inner.loops.push(unique.clone());
        let index = |span: Span| call("copyIndex", vec![string(&unique, span)], span);
        let modules = self.are_modules(&each.each.list, env);
        bind_loop(&mut inner, &each.each, &list, modules, &index);
        let input = self.value(&each.body, &inner);
        let count = wrapped(call("length", vec![list], each.each.list.span));
        Expr::new(ExprKind::Loop(Box::new(Loop { name: unique, count, input, span })), span)
    }

    /// A lambda; `modules` are those of its parameters that stand for modules.
    fn lambda(
        &mut self,
        params: &[ast::Name],
        body: &ast::Expr,
        modules: Range<usize>,
        env: &Env<'_>,
        span: Span,
    ) -> Expr {
        let mut inner = env.child();
        let mut args = Vec::with_capacity(params.len() + 1);
        for (i, p) in params.iter().enumerate() {
            if modules.contains(&i) {
                inner.is_for_module(p.text.clone());
            }
            args.push(string(&p.text, p.span));
            inner.bind(p.text.clone(), call("lambdaVariables", vec![string(&p.text, p.span)], p.span));
        }
        args.push(self.expr(body, &inner));
        call("lambda", args, span)
    }

    /// A plain name.
    fn name(&mut self, name: &ast::Name, env: &Env<'_>) -> Expr {
        let span = name.span;
        if let Some(local) = env.local(&name.text) {
            // The list of a loop is put in at every use.
            return if self.charge(local.nodes(), span) {
                at(local.clone(), span)
            } else {
                Expr::new(ExprKind::Invalid(name.text.clone()), span)
            };
        }
        if let Some(resource) = self.find_resource(&name.text, env) {
            return self.whole_resource(resource, env, span);
        }
        let unit = self.units[env.unit].clone();
        match unit.symbols.get(&name.text) {
            Some(Symbol::Param) => self.parameter_use(&unit, &name.text, span),
            Some(Symbol::Var) => {
                self.emit_variable(env.unit, &name.text);
                call("variables", vec![string(&unit.full(&name.text), span)], span)
            }
            Some(Symbol::Imported { from, name: there }) => self.imported_value(*from, there, span),
            Some(_) => Expr::new(ExprKind::Invalid(name.text.clone()), span),
            None => self.inherited(name, env).unwrap_or_else(|| {
                self.error(span, format!("there is nothing named '{}' here", name.text));
                Expr::new(ExprKind::Invalid(name.text.clone()), span)
            }),
        }
    }

    /// A parameter; in a parameter file another parameter's value is a variable.
    fn parameter_use(&mut self, unit: &super::Unit, name: &str, span: Span) -> Expr {
        let function = if unit.is_parameters() { "variables" } else { "parameters" };
        call(function, vec![string(name, span)], span)
    }

    /// A variable of another file.
    pub(super) fn imported_value(&mut self, from: ImportSource, name: &str, span: Span) -> Expr {
        if !self.exports(from, name, span) {
            return Expr::new(ExprKind::Invalid(name.into()), span);
        }
        match from {
            ImportSource::Unit(unit) => {
                let there = self.units[unit].clone();
                match there.symbols.get(name) {
                    Some(Symbol::Var) => self.emit_variable(unit, name),
                    _ => {
                        self.error(span, format!("the imported file has no variable '{name}'"));
                        return Expr::new(ExprKind::Invalid(name.into()), span);
                    }
                }
                call("variables", vec![string(&there.full(name), span)], span)
            }
            ImportSource::Json(index) => {
                let full = self.emit_json_variable(index, name);
                call("variables", vec![string(&full, span)], span)
            }
            ImportSource::Missing => Expr::new(ExprKind::Invalid(name.into()), span),
        }
    }

    /// A call without a base: a user-defined function, an imported one, or one of the language.
    fn function(&mut self, name: &ast::Name, args: &[ast::Expr], env: &Env<'_>, span: Span) -> Expr {
        let unit = self.units[env.unit].clone();
        if env.local(&name.text).is_some() {
            return self.no_function(name, span);
        }
        match unit.symbols.get(&name.text) {
            Some(Symbol::Func) => {
                self.emit_function(env.unit, &name.text);
                self.user_call(unit.namespace(), name, args, env, span)
            }
            Some(Symbol::Imported { from, name: there }) => {
                let there = ast::Name { text: there.clone(), span: name.span };
                self.imported_call(*from, &there, args, env, span)
            }
            // What is no value of the whole file is unknown within a function.
            Some(Symbol::Param | Symbol::Type) if env.in_function => self.builtin(name, args, env, span),
            Some(_) => self.no_function(name, span),
            None => self.builtin(name, args, env, span),
        }
    }

    /// A call of a name that the file gives to something else.
    fn no_function(&mut self, name: &ast::Name, span: Span) -> Expr {
        let spelled = |f: &Builtin| f.name() == name.text || *f == Builtin::List && name.text.starts_with("list");
        let known = Builtin::named(&name.text).filter(spelled).map(|f| f.facts().namespace);
        let instead = match known {
            Some(Namespace::Sys) => format!("; write sys.{}(…) for the function of the language", name.text),
            Some(Namespace::Az) => format!("; write az.{}(…) for the function of the language", name.text),
            _ => String::new(),
        };
        self.error(name.span, format!("'{}' is declared in this file and is not a function{instead}", name.text));
        Expr::new(ExprKind::Invalid(name.text.clone()), span)
    }

    pub(super) fn imported_call(
        &mut self,
        from: ImportSource,
        name: &ast::Name,
        args: &[ast::Expr],
        env: &Env<'_>,
        span: Span,
    ) -> Expr {
        if !self.exports(from, &name.text, name.span) {
            return Expr::new(ExprKind::Invalid(name.text.clone()), span);
        }
        match from {
            ImportSource::Unit(unit) => {
                let there = self.units[unit].clone();
                match there.symbols.get(&name.text) {
                    Some(Symbol::Func) => self.emit_function(unit, &name.text),
                    _ => self.error(name.span, format!("the imported file has no function '{}'", name.text)),
                }
                self.user_call(there.namespace(), name, args, env, span)
            }
            ImportSource::Json(index) => {
                let namespace = self.emit_json_function(index, &name.text);
                self.user_call(namespace, name, args, env, span)
            }
            ImportSource::Missing => Expr::new(ExprKind::Invalid(name.text.clone()), span),
        }
    }

    fn user_call(
        &mut self,
        namespace: EcoString,
        name: &ast::Name,
        args: &[ast::Expr],
        env: &Env<'_>,
        span: Span,
    ) -> Expr {
        let args = args.iter().map(|a| self.expr(a, env)).collect();
        let call = Call::new(Some(namespace), name.text.clone(), name.span, args);
        Expr::new(ExprKind::Call(Box::new(call)), span)
    }

    /// A function of the language. Those that only Bicep has are carried out here.
    pub(super) fn builtin(&mut self, name: &ast::Name, args: &[ast::Expr], env: &Env<'_>, span: Span) -> Expr {
        let known = Builtin::named(&name.text).filter(|f| f.name() == name.text);
        match (known, args) {
            (Some(Builtin::Any), [one]) => {
                self.untyped.push(span);
                return self.expr(one, env);
            }
            (Some(Builtin::NameOf), [one]) => return self.nameof(one),
            (
                Some(
                    function @ (Builtin::LoadTextContent
                    | Builtin::LoadJsonContent
                    | Builtin::LoadYamlContent
                    | Builtin::LoadFileAsBase64
                    | Builtin::LoadDirectoryFileInfo),
                ),
                _,
            ) => return self.load_content(function, name, args, env, span),
            _ => {}
        }
        // The parameters of a lambda that are items of the first argument.
        let items = match known {
            Some(Builtin::Filter | Builtin::GroupBy | Builtin::Map | Builtin::ToObject) => 0..1,
            Some(Builtin::Sort) => 0..2,
            Some(Builtin::Reduce) => 1..2,
            _ => 0..0,
        };
        let are_modules = !items.is_empty() && args.first().is_some_and(|list| self.are_modules(list, env));
        let lowered = args.iter().map(|a| match &a.kind {
            ast::ExprKind::Lambda { params, body } if are_modules => {
                self.lambda(params, body, items.clone(), env, a.span)
            }
            _ => self.expr(a, env),
        });
        let call = Call::new(None, name.text.clone(), name.span, lowered.collect());
        Expr::new(ExprKind::Call(Box::new(call)), span)
    }

    fn nameof(&mut self, e: &ast::Expr) -> Expr {
        let name = match &e.kind {
            ast::ExprKind::Index { index, .. } if matches!(index.kind, ast::ExprKind::Str(_)) => {
                return self.nameof(index);
            }
            ast::ExprKind::Str(text) => &text.value,
            ast::ExprKind::Var(name) | ast::ExprKind::Member { name, .. } | ast::ExprKind::Nested { name, .. } => {
                &name.text
            }
            ast::ExprKind::Index { base, .. } => return self.nameof(base),
            _ => {
                self.error(e.span, "nameof takes a name");
                return string("", e.span);
            }
        };
        string(name, e.span)
    }
}

/// Binds the variables of a loop over `list`, which may be one of modules.
pub(super) fn bind_loop(env: &mut Env<'_>, each: &ast::Loop, list: &Expr, modules: bool, index: &dyn Fn(Span) -> Expr) {
    if let Some(item) = &each.item {
        if modules {
            env.is_for_module(item.text.clone());
        }
        let access = ExprKind::Access { base: Box::new(list.clone()), key: Box::new(index(item.span)), safe: false };
        env.bind(item.text.clone(), Expr::new(access, item.span));
    }
    if let Some(name) = &each.index {
        env.bind(name.text.clone(), index(name.span));
    }
}

/// A whole expression, unless it is a literal.
pub(super) fn wrapped(e: Expr) -> Expr {
    match e.kind {
        ExprKind::Call(_) | ExprKind::Access { .. } => {
            let span = e.span;
            Expr::new(ExprKind::Expression(Box::new(e)), span)
        }
        _ => e,
    }
}

/// The same expression, written here.
pub(super) fn at(mut e: Expr, span: Span) -> Expr {
    e.span = span;
    e
}

fn binary(op: BinaryOp, left: Expr, right: Expr, span: Span) -> Expr {
    let name = match op {
        BinaryOp::Coalesce => "coalesce",
        BinaryOp::Or => "or",
        BinaryOp::And => "and",
        BinaryOp::Equal => "equals",
        BinaryOp::NotEqual => return call("not", vec![call("equals", vec![left, right], span)], span),
        BinaryOp::EqualFold => {
            return call("equals", vec![call("toLower", vec![left], span), call("toLower", vec![right], span)], span);
        }
        BinaryOp::NotEqualFold => {
            let equal =
                call("equals", vec![call("toLower", vec![left], span), call("toLower", vec![right], span)], span);
            return call("not", vec![equal], span);
        }
        BinaryOp::Less => "less",
        BinaryOp::LessEqual => "lessOrEquals",
        BinaryOp::Greater => "greater",
        BinaryOp::GreaterEqual => "greaterOrEquals",
        BinaryOp::Add => "add",
        BinaryOp::Subtract => "sub",
        BinaryOp::Multiply => "mul",
        BinaryOp::Divide => "div",
        BinaryOp::Modulo => "mod",
    };
    call(name, vec![left, right], span)
}
