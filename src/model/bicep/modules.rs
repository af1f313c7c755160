//! Modules: nested deployments of other files.

use std::path::PathBuf;

use ecow::eco_format;

use super::access::Referred;
use super::expr::{at, wrapped};
use super::symbols::{Declared, Env};
use super::{Lowering, call, string};
use crate::diagnostic::Diagnostic;
use crate::model::registry::{NOT_RESTORED, NoModule};
use crate::model::{Deployment, Expr, ExprKind, Property, Resource, TemplateRef};
use crate::read::Span;
use crate::read::bicep::ast::{self, Key, ObjectItem};
use crate::read::bicep::{is_registry, relative_path};

impl Lowering<'_> {
    /// A module as a resource of type `Microsoft.Resources/deployments`.
    pub(super) fn module(&mut self, index: usize) -> Option<Resource> {
        let unit = self.units[0].clone();
        let Some(Declared::Module(m)) = self.declared(&unit, index) else { return None };
        let env = self.inside(index, None);
        let name_span = m.name.span;
        let this = Referred { resource: index, index: None };
        let name = at(self.own_name(&this, name_span), name_span);
        let (scope, subscription_id, resource_group) = self.scope_fields(index, &env, name_span);
        let (parameters, plain) = match m.body.object.as_ref().and_then(|o| self.given_to_module(o, &env)) {
            Some((parameters, plain)) => (Some(parameters), plain),
            None => (None, false),
        };
        let template = self.module_template(&m.path, 0);
        Some(Resource {
            symbol: Some((m.name.text.clone(), name_span)),
            existing: false,
            extension: false,
            type_: string("Microsoft.Resources/deployments", name_span),
            api_version: Some(string("2025-04-01", name_span)),
            name: wrapped(name),
            condition: self.condition(index),
            copy: self.copy(index),
            scope,
            subscription_id,
            resource_group,
            depends_on: self.depends_on(&m.body, &env),
            body: Expr::new(ExprKind::Object(Vec::new()), name_span),
            children: Vec::new(),
            deployment: Some(Box::new(Deployment {
                template,
                parameters,
                plain,
                parameters_link: None,
                inner: true,
                location: None,
            })),
            pointer: eco_format!("/resources/{index}"),
            place: name_span,
            span: name_span.to(m.body.span),
        })
    }

    /// The name of a module that gives none: its symbol, the index in its loop, and a hash of both with the deployment.
    pub(super) fn default_module_name(&mut self, m: &ast::Module, referred: &Referred, span: Span) -> Expr {
        let symbol = m.name.text.clone();
        let deployment = super::member(call("deployment", Vec::new(), span), "name", false, span);
        let unique = call("uniqueString", vec![string(&symbol, span), deployment], span);
        if m.body.each.is_some() {
            let index = referred.index.clone().unwrap_or_else(|| call("copyIndex", Vec::new(), span));
            let format = string(&eco_format!("{symbol}-{{0}}-{{1}}"), span);
            return call("format", vec![format, index, unique], span);
        }
        let format = string(&eco_format!("{symbol}-{{0}}"), span);
        call("format", vec![format, unique], span)
    }

    /// What the body of a module gives to it, and whether that is the values themselves. The compiler takes nothing but an object
    /// that is written out, in the body as well as in `params` (BCP183, BCP401); the rest is evaluated all the same.
    fn given_to_module(&mut self, body: &ast::Object, env: &Env<'_>) -> Option<(Expr, bool)> {
        let is_spread = |item: &ObjectItem| matches!(item, ObjectItem::Spread(_));
        self.no_spreads(body, "the body of a module");
        let written = body.get("params");
        let last = body.items.iter().rposition(is_spread);
        let is_last = |p: &ast::Expr| last.is_none_or(|at| body.items[..=at].iter().all(|i| !is_value(i, p)));
        match written.filter(|p| is_last(p)) {
            Some(params) => Some(self.module_parameters(params, env)),
            None if last.is_none() => None,
            None => {
                let span = written.map_or(body.span, |p| p.span);
                let whole = self.object(body, env);
                Some((wrapped(super::member(whole, "params", true, span)), true))
            }
        }
    }

    /// Says of each spread in an object that there must be none.
    fn no_spreads(&mut self, object: &ast::Object, place: &str) {
        for item in &object.items {
            if let ObjectItem::Spread(e) = item {
                self.error(e.span, format!("a spread is not allowed in {place}: write its properties out"));
            }
        }
    }

    /// `params: {a: 1}` as `{a: {value: 1}}`; else the values themselves, and that they are.
    fn module_parameters(&mut self, e: &ast::Expr, env: &Env<'_>) -> (Expr, bool) {
        let object = match &e.kind {
            ast::ExprKind::Object(object) => object,
            ast::ExprKind::Paren(inner) => return self.module_parameters(inner, env),
            ast::ExprKind::Invalid => return (self.value(e, env), true),
            _ => {
                self.error(e.span, "the `params` of a module must be an object that is written out here");
                return (self.value(e, env), true);
            }
        };
        if object.items.iter().any(|item| matches!(item, ObjectItem::Spread(_))) {
            self.no_spreads(object, "the `params` of a module");
            return (self.value(e, env), true);
        }
        let mut out = Vec::with_capacity(object.items.len());
        for item in &object.items {
            let ObjectItem::Property(p) = item else { continue };
            let Key::Name(name) = &p.key else { continue };
            let value = self.named_value(&p.value, &name.text, env);
            let entry = Property { key: string("value", value.span), value };
            let entry = Expr::new(ExprKind::Object(vec![entry]), p.span);
            out.push(Property { key: string(&name.text, name.span), value: entry });
        }
        (Expr::new(ExprKind::Object(out), object.span), false)
    }

    /// The template that a module's path means.
    fn module_template(&mut self, path: &ast::Expr, unit: usize) -> TemplateRef {
        match self.resolve_path(path, unit) {
            Some(file) => TemplateRef::File { path: file, span: path.span },
            None => TemplateRef::Missing(path.span),
        }
    }

    /// The file that a module, import or `using` path means; a diagnostic if there is none.
    pub(super) fn resolve_path(&mut self, path: &ast::Expr, unit: usize) -> Option<PathBuf> {
        let ast::ExprKind::Str(text) = &path.kind else {
            self.error(path.span, "a path must be a plain string");
            return None;
        };
        let text = &text.value;
        let from = self.units[unit].source.clone();
        if is_registry(text) {
            return match super::super::registry::locate(self.library, &from.path, text) {
                Ok(file) => Some(file),
                Err(why) => {
                    let code = match why {
                        NoModule::NotRestored(_) => NOT_RESTORED,
                        NoModule::Wrong(_) => "module-reference",
                    };
                    self.diagnostics.push(Diagnostic::warning(code, path.span, why.to_string()));
                    None
                }
            };
        }
        let relative = relative_path(text).map_err(|why| self.error(path.span, why)).ok()?;
        let file = from.path.parent().map(|p| p.join(&relative))?;
        match self.library.permit(&file, path.span) {
            // One that is imported already is there.
            Ok(file) if self.by_path.contains_key(&file) || self.library.sources.is_file(&file) => Some(file),
            Ok(file) => {
                let message = format!("there is no file {}", self.library.shown(&file));
                self.diagnostics.push(Diagnostic::error("module-missing", path.span, message));
                None
            }
            Err(diagnostic) => {
                self.diagnostics.push(diagnostic);
                None
            }
        }
    }
}

/// Whether an item of an object is the property with this value.
fn is_value(item: &ObjectItem, value: &ast::Expr) -> bool {
    matches!(item, ObjectItem::Property(p) if std::ptr::eq(&p.value, value))
}
