//! `base.name`, `base[index]`, `parent::child`, and what a resource or module symbol stands for in them.

use ecow::{EcoString, eco_format};

use super::bounds::Part;
use super::expr::{at, bind_loop};
use super::symbols::{Declared, Env, ImportSource, Symbol};
use super::{Lowering, call, member, string};
use crate::model::{Builtin, Expr, ExprKind};
use crate::read::Span;
use crate::read::bicep::ast;

/// A resource or module that an expression names, perhaps one of a loop.
#[derive(Clone)]
pub(super) struct Referred {
    pub resource: usize,
    /// The index within the resource's loop.
    pub index: Option<Expr>,
}

impl Lowering<'_> {
    /// Whether an expression names a resource or module itself.
    pub(super) fn referred(&mut self, e: &ast::Expr, env: &Env<'_>) -> Option<Referred> {
        match &e.kind {
            ast::ExprKind::Var(name) => match self.find_resource(&name.text, env) {
                Some(resource) => Some(Referred { resource, index: None }),
                None => self.by_variable(&name.text, env),
            },
            ast::ExprKind::Paren(inner) | ast::ExprKind::NonNull(inner) => self.referred(inner, env),
            ast::ExprKind::Nested { base, name } => {
                let base = self.referred(base, env)?;
                let children = &self.resources[base.resource].children;
                let child = children.iter().find(|(n, _)| *n == name.text).map(|(_, c)| *c)?;
                Some(Referred { resource: child, index: base.index })
            }
            ast::ExprKind::Index { base, index, .. } => {
                let base = self.referred(base, env)?;
                if base.index.is_some() || !self.is_loop(base.resource) {
                    return None;
                }
                let index = self.expr(index, env);
                Some(Referred { index: Some(index), ..base })
            }
            _ => None,
        }
    }

    /// The resource or module that a variable is another name for.
    fn by_variable(&mut self, name: &EcoString, env: &Env<'_>) -> Option<Referred> {
        // What is imported cannot name resources.
        if env.unit != 0 || env.local(name).is_some() {
            return None;
        }
        let unit = self.units[0].clone();
        let value = &unit.variable(name)?.value;
        self.following(name, |this| this.referred(value, &Env::root(0)))
    }

    fn is_loop(&self, resource: usize) -> bool {
        let unit = self.units[0].clone();
        self.declared(&unit, resource).is_some_and(|d| d.body().each.is_some())
    }

    /// A chain of accesses.
    pub(super) fn access(&mut self, e: &ast::Expr, env: &Env<'_>) -> Expr {
        let span = e.span;
        if let Some(referred) = self.referred(e, env) {
            return self.whole(&referred, span);
        }
        match &e.kind {
            ast::ExprKind::Member { base, name, safe } => {
                if let Some(referred) = self.referred(base, env) {
                    return self.property(&referred, &name.text, *safe, span);
                }
                if let Some(from) = self.namespace(base, env) {
                    return self.imported_value(from, &name.text, span);
                }
                if self.is_base(base, env) {
                    return self.of_base(&name.text, name.span, *safe, span);
                }
                if let Some(output) = self.module_output(base, name, *safe, env, span) {
                    return output;
                }
                let base = self.expr(base, env);
                let key = string(&name.text, name.span);
                Expr::new(ExprKind::Access { base: Box::new(base), key: Box::new(key), safe: *safe }, span)
            }
            ast::ExprKind::Index { base, index, safe, from_end } => {
                if let (ast::ExprKind::Str(text), Some(referred)) = (&index.kind, self.referred(base, env)) {
                    return self.property(&referred, &text.value, *safe, span);
                }
                if let (ast::ExprKind::Str(text), true) = (&index.kind, self.is_base(base, env)) {
                    return self.of_base(&text.value, index.span, *safe, span);
                }
                let base = self.expr(base, env);
                let key = self.expr(index, env);
                if *from_end {
                    let function = if *safe { "tryIndexFromEnd" } else { "indexFromEnd" };
                    return call(function, vec![base, key], span);
                }
                Expr::new(ExprKind::Access { base: Box::new(base), key: Box::new(key), safe: *safe }, span)
            }
            ast::ExprKind::Nested { name, .. } => {
                self.error(name.span, format!("there is no nested resource named '{}'", name.text));
                Expr::new(ExprKind::Invalid(name.text.clone()), span)
            }
            _ => self.expr(e, env),
        }
    }

    /// The file that `ns` in `ns.name` was imported as.
    fn namespace(&self, base: &ast::Expr, env: &Env<'_>) -> Option<ImportSource> {
        let ast::ExprKind::Var(name) = &base.kind else { return None };
        if env.local(&name.text).is_some() {
            return None;
        }
        match self.units[env.unit].symbols.get(&name.text) {
            Some(Symbol::Namespace(from)) => Some(*from),
            _ => None,
        }
    }

    /// `module.outputs.name`
    fn module_output(
        &mut self,
        base: &ast::Expr,
        name: &ast::Name,
        safe: bool,
        env: &Env<'_>,
        span: Span,
    ) -> Option<Expr> {
        let ast::ExprKind::Member { base: module, name: outputs, safe: outer } = &base.kind else { return None };
        if outputs.text != "outputs" {
            return None;
        }
        let outputs = match self.referred(module, env) {
            Some(referred) if self.resources[referred.resource].is_module => {
                self.property(&referred, "outputs", *outer, base.span)
            }
            None if self.is_module(module, env) => {
                let module = self.expr(module, env);
                member(module, "outputs", *outer, base.span)
            }
            _ => return None,
        };
        let output = member(outputs, &name.text, safe, span);
        Some(member(output, "value", safe, span))
    }

    /// A call on something: a namespace, a resource.
    pub(super) fn method(
        &mut self,
        base: &ast::Expr,
        name: &ast::Name,
        args: &[ast::Expr],
        env: &Env<'_>,
        span: Span,
    ) -> Expr {
        if let Some(from) = self.namespace(base, env) {
            return self.imported_call(from, name, args, env, span);
        }
        if let ast::ExprKind::Var(namespace) = &base.kind
            && env.local(&namespace.text).is_none()
            && self.is_language(&namespace.text, env.unit)
        {
            return self.builtin(name, args, env, span);
        }
        if let Some(own) = self.call_on_name(base, name, args, env, span) {
            return own;
        }
        let Some(referred) = self.referred(base, env) else {
            return self.method_of_value(base, name, args, env, span);
        };
        if self.is_of_extension(referred.resource) {
            let symbol = self.resources[referred.resource].symbol.clone();
            return self.told_by_extension(&symbol, name, args, env, span);
        }
        let id = self.resource_id(&referred, base.span);
        let mut lowered = vec![id];
        if name.text == "getSecret" {
            lowered.extend(args.iter().map(|a| self.expr(a, env)));
            return call("getSecret", lowered, span);
        }
        if args.is_empty() || matches!(args.first().map(|a| &a.kind), Some(ast::ExprKind::Null)) {
            let api = self.api_version(referred.resource).unwrap_or_default();
            lowered.push(string(&api, span));
        }
        lowered.extend(args.iter().map(|a| self.expr(a, env)));
        call(&name.text, lowered, span)
    }

    /// A call on `this`, the resource that is being declared, or on an extension. What they give is known when Azure deploys, or to
    /// the extension.
    fn call_on_name(
        &mut self,
        base: &ast::Expr,
        name: &ast::Name,
        args: &[ast::Expr],
        env: &Env<'_>,
        span: Span,
    ) -> Option<Expr> {
        let ast::ExprKind::Var(base) = &base.kind else { return None };
        if env.local(&base.text).is_some() {
            return None;
        }
        let symbol = self.units[env.unit].symbols.get(&base.text).cloned();
        match (symbol, base.text.as_str(), name.text.as_str()) {
            (Some(Symbol::Opaque), ..) => Some(self.told_by_extension(&base.text, name, args, env, span)),
            (None, "this", "existingResource") => Some(existing_resource(span)),
            (None, "this", "exists") => {
                Some(call("not", vec![call("empty", vec![existing_resource(span)], span)], span))
            }
            _ => None,
        }
    }

    /// A call on an extension, or on a resource of one: what it gives only the extension knows.
    fn told_by_extension(
        &mut self,
        base: &str,
        name: &ast::Name,
        args: &[ast::Expr],
        env: &Env<'_>,
        span: Span,
    ) -> Expr {
        let kind = string(&eco_format!("{base}.{}", name.text), name.span);
        let rest = args.iter().map(|a| self.expr(a, env)).collect();
        let given = Expr::new(ExprKind::Array(rest), span);
        call("externalInput", vec![kind, given], span)
    }

    /// A call on what is no resource of this file, but stands for one: a parameter, or an output of a module, of the type `resource`
    /// (<https://github.com/Azure/bicep/blob/main/docs/experimental-features.md>, `resourceTypedParamsAndOutputs`). Such a resource has
    /// the functions of its type: `getSecret` and those that list.
    fn method_of_value(
        &mut self,
        base: &ast::Expr,
        name: &ast::Name,
        args: &[ast::Expr],
        env: &Env<'_>,
        span: Span,
    ) -> Expr {
        let secret = name.text == "getSecret";
        let Some(version) = self.resource_typed(base, env).filter(|_| secret || name.text.starts_with("list")) else {
            self.error(name.span, format!("'{}' cannot be called on this", name.text));
            return Expr::new(ExprKind::Invalid(name.text.clone()), span);
        };
        let of = self.expr(base, env);
        let mut lowered = vec![member(of, "id", false, base.span)];
        lowered.extend(version.filter(|_| args.is_empty() && !secret).map(|v| string(&v, span)));
        lowered.extend(args.iter().map(|a| self.expr(a, env)));
        call(&name.text, lowered, span)
    }

    /// Whether an expression is a parameter or an output of a module that may be of the type `resource`; with the API version, where
    /// the type is written in this file.
    fn resource_typed(&mut self, e: &ast::Expr, env: &Env<'_>) -> Option<Option<EcoString>> {
        match &e.kind {
            ast::ExprKind::Paren(inner) | ast::ExprKind::NonNull(inner) => self.resource_typed(inner, env),
            ast::ExprKind::Var(name) if env.local(&name.text).is_none() => {
                let unit = self.units[env.unit].clone();
                let mut statements = unit.file.statements.iter();
                let ty = statements.find_map(|s| match &s.kind {
                    ast::StatementKind::Param(p) if p.name.text == name.text => p.ty.as_ref(),
                    _ => None,
                })?;
                let ast::TypeKind::Resource(written) = &ty.kind else { return None };
                let text = written.as_ref().and_then(|w| match &w.kind {
                    ast::ExprKind::Str(text) => Some(text.value.as_str()),
                    _ => None,
                });
                Some(text.and_then(|t| t.rsplit_once('@')).map(|(_, version)| version.into()))
            }
            // What type an output has its own file says.
            ast::ExprKind::Member { base, .. } => match &base.kind {
                ast::ExprKind::Member { base: module, name, .. } if name.text == "outputs" => {
                    let is_module = match self.referred(module, env) {
                        Some(referred) => self.resources[referred.resource].is_module,
                        None => self.is_module(module, env),
                    };
                    is_module.then_some(None)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// A resource symbol that stands for the resource as an object.
    pub(super) fn whole_resource(&mut self, resource: usize, _env: &Env<'_>, span: Span) -> Expr {
        self.whole(&Referred { resource, index: None }, span)
    }

    fn whole(&mut self, referred: &Referred, span: Span) -> Expr {
        // Of a module nothing but its outputs is ever asked.
        let full = !self.resources[referred.resource].is_module && !self.is_of_extension(referred.resource);
        if referred.index.is_none() && self.is_loop(referred.resource) {
            let symbol = self.resources[referred.resource].symbol.clone();
            let mut args = vec![string(&symbol, span)];
            args.extend(full.then(|| string("full", span)));
            return call("references", args, span);
        }
        self.reference(referred, full, span)
    }

    /// Whether an expression stands for a module that is no name of one: an item of several, whose outputs are asked as those of a
    /// module are.
    fn is_module(&mut self, e: &ast::Expr, env: &Env<'_>) -> bool {
        if !self.charge(1, e.span) {
            return false;
        }
        match &e.kind {
            ast::ExprKind::Paren(inner) | ast::ExprKind::NonNull(inner) => self.is_module(inner, env),
            ast::ExprKind::Ternary { then, .. } => self.is_module(then, env),
            ast::ExprKind::Var(name) if env.local(&name.text).is_some() => env.has_module(&name.text),
            ast::ExprKind::Var(name) => match self.find_resource(&name.text, env) {
                Some(resource) => self.resources[resource].is_module && !self.is_loop(resource),
                None => self.by_value_of(&name.text, env, Self::is_module),
            },
            ast::ExprKind::Index { base, index, .. } if !matches!(index.kind, ast::ExprKind::Str(_)) => {
                self.are_modules(base, env)
            }
            ast::ExprKind::Call { name, args } => match (Builtin::named(&name.text), args.first()) {
                (Some(Builtin::First | Builtin::Last), Some(list)) => self.are_modules(list, env),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether an expression stands for several modules.
    pub(super) fn are_modules(&mut self, e: &ast::Expr, env: &Env<'_>) -> bool {
        if !self.charge(1, e.span) {
            return false;
        }
        match &e.kind {
            ast::ExprKind::Paren(inner) | ast::ExprKind::NonNull(inner) => self.are_modules(inner, env),
            ast::ExprKind::Ternary { then, .. } => self.are_modules(then, env),
            ast::ExprKind::Var(name) if env.local(&name.text).is_some() => false,
            ast::ExprKind::Var(name) => match self.find_resource(&name.text, env) {
                Some(resource) => self.resources[resource].is_module && self.is_loop(resource),
                None => self.by_value_of(&name.text, env, Self::are_modules),
            },
            // All items are of one kind.
            ast::ExprKind::Array(items) => match items.first() {
                Some(ast::ArrayItem::Value(item)) => self.is_module(item, env),
                Some(ast::ArrayItem::Spread(list)) => self.are_modules(list, env),
                None => false,
            },
            ast::ExprKind::Call { name, args } => {
                use Builtin::{Concat, Filter, Skip, Sort, Take};
                match (Builtin::named(&name.text), args.first()) {
                    (Some(Concat | Filter | Skip | Sort | Take), Some(list)) => self.are_modules(list, env),
                    _ => false,
                }
            }
            _ => false,
        }
    }

    /// Asks of the value of a variable of this file.
    fn by_value_of(
        &mut self,
        name: &EcoString,
        env: &Env<'_>,
        ask: fn(&mut Self, &ast::Expr, &Env<'_>) -> bool,
    ) -> bool {
        // What is imported cannot name modules.
        if env.unit != 0 {
            return false;
        }
        let unit = self.units[0].clone();
        let Some(variable) = unit.variable(name) else { return false };
        self.following(name, |this| Some(ask(this, &variable.value, &Env::root(0)))).unwrap_or(false)
    }

    /// What `resource.name` is; for `resource.?name` null where the resource's condition does not hold.
    fn property(&mut self, referred: &Referred, name: &str, safe: bool, span: Span) -> Expr {
        let is_module = self.resources[referred.resource].is_module;
        let guard = if safe { self.condition_at(referred) } else { None };
        let Some(condition) = guard else { return self.plain_property(referred, name, safe, span) };
        let or_null = |value| call("if", vec![condition, value, Expr::new(ExprKind::Null, span)], span);
        if matches!(name, "name" | "id") || !is_module && matches!(name, "type" | "apiVersion") {
            return or_null(self.plain_property(referred, name, safe, span));
        }
        // What follows in the chain is not asked of null either.
        member(or_null(self.reference(referred, !is_module, span)), name, true, span)
    }

    fn plain_property(&mut self, referred: &Referred, name: &str, safe: bool, span: Span) -> Expr {
        let is_module = self.resources[referred.resource].is_module;
        if self.is_of_extension(referred.resource) {
            return member(self.reference(referred, false, span), name, safe, span);
        }
        match name {
            "name" => return at(self.own_name(referred, span), span),
            "id" => return self.resource_id(referred, span),
            "type" if !is_module => return string(&self.full_type(referred.resource), span),
            "apiVersion" if !is_module => {
                return string(&self.api_version(referred.resource).unwrap_or_default(), span);
            }
            "outputs" if is_module => return member(self.reference(referred, false, span), "outputs", safe, span),
            "properties" => return self.reference(referred, false, span),
            _ => {}
        }
        if is_module {
            return member(self.reference(referred, false, span), name, safe, span);
        }
        member(self.reference(referred, true, span), name, safe, span)
    }

    /// `reference('symbol')`, or the whole resource with `'full'`.
    fn reference(&mut self, referred: &Referred, full: bool, span: Span) -> Expr {
        let symbol = self.resources[referred.resource].symbol.clone();
        let first = match self.index_of(referred) {
            None => string(&symbol, span),
            Some(index) => call("format", vec![string(&eco_format!("{symbol}[{{0}}]"), span), index], span),
        };
        let mut args = vec![first];
        if full {
            args.push(string(&self.api_version(referred.resource).unwrap_or_default(), span));
            args.push(string("full", span));
        }
        call("reference", args, span)
    }

    /// The index within a loop: as given, or the loop's own where the resource is named inside it.
    fn index_of(&mut self, referred: &Referred) -> Option<Expr> {
        if let Some(index) = &referred.index {
            return Some(index.clone());
        }
        let mut at = Some(referred.resource);
        while let Some(i) = at {
            if self.is_loop(i) {
                let span = self.span_of(i);
                return Some(call("copyIndex", Vec::new(), span));
            }
            at = self.resources[i].parent;
        }
        None
    }

    fn span_of(&self, resource: usize) -> Span {
        let unit = self.units[0].clone();
        self.declared(&unit, resource).map_or(Span::new(unit.source.id, 0, 0), |d| d.name().span)
    }

    /// The surroundings of a resource's own properties: its loop bound, at `index` if that is given.
    pub(super) fn inside(&mut self, resource: usize, index: Option<&Expr>) -> Env<'static> {
        let unit = self.units[0].clone();
        let mut env = match self.resources[resource].parent {
            Some(parent) => self.inside(parent, index),
            None => Env::root(0),
        };
        env.within = Some(resource);
        let Some(each) = self.declared(&unit, resource).and_then(|d| d.body().each.as_ref()) else { return env };
        let list = self.expr(&each.list, &env);
        let at = |span: Span| index.cloned().unwrap_or_else(|| call("copyIndex", Vec::new(), span));
        let modules = self.are_modules(&each.list, &env);
        bind_loop(&mut env, each, &list, modules, &at);
        env
    }

    /// The name as written in the declaration.
    pub(super) fn own_name(&mut self, referred: &Referred, span: Span) -> Expr {
        self.once(Part::Name, referred.resource, span, |this| this.name_as_written(referred, span))
    }

    fn name_as_written(&mut self, referred: &Referred, span: Span) -> Expr {
        let unit = self.units[0].clone();
        let env = self.inside(referred.resource, referred.index.as_ref());
        let declared = self.declared(&unit, referred.resource);
        if let Some(name) = declared.and_then(|d| d.body().object.as_ref()).and_then(|o| o.get("name")) {
            return self.expr(name, &env);
        }
        match declared {
            Some(Declared::Module(m)) => self.default_module_name(m, referred, span),
            Some(Declared::Resource(r)) => {
                if r.body.object.is_some() {
                    self.error(r.name.span, "this resource has no name");
                }
                Expr::new(ExprKind::Invalid(EcoString::new()), span)
            }
            None => Expr::new(ExprKind::Invalid(EcoString::new()), span),
        }
    }
}

/// What Azure has of the resource that is being declared; null where there is none.
fn existing_resource(span: Span) -> Expr {
    call("target", vec![string("full", span)], span)
}
