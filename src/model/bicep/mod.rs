//! Bicep syntax to the template model.
//!
//! The lowering does what the Bicep compiler does when it emits JSON (a `??` is a `coalesce`, a loop is a `copy`, a module a
//! nested deployment), only that it builds the model and not a text, and that every node keeps the place it was written at.

mod access;
mod bounds;
mod decorators;
mod deployments;
mod duplicates;
pub mod exports;
mod expr;
mod files;
mod imports;
mod json_imports;
mod json_path;
mod modules;
pub mod params;
mod resources;
mod symbols;
mod type_names;
pub mod type_reference;
mod types;

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::diagnostic::Diagnostic;
use crate::model::behind;
use crate::model::endless::endless_types;
use crate::model::{
    Call, Expr, ExprKind, Function, Library, Output, Parameter, Property, ScopeKind, Template, TypeDefinition, Variable,
};
use crate::read::bicep::File;
use crate::read::bicep::ast::{self, StatementKind};
use crate::read::{Source, Span};
use symbols::{Env, ResourceDecl, Unit};

/// Lowers a Bicep file. What cannot be understood becomes a diagnostic; everything else is in the template. Also gives the
/// room that the template takes, in bytes of the text of an ordinary one.
pub fn load(
    library: &Library,
    source: &Arc<Source>,
    file: &Arc<File>,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Arc<Template>, usize) {
    let mut lowering = Lowering::new(library, diagnostics);
    let template = Arc::new(lowering.file(source, file));
    (template, lowering.room().max(source.text().len()))
}

/// The lowering of one file, with the files it imports from.
struct Lowering<'l> {
    library: &'l Library,
    diagnostics: &'l mut Vec<Diagnostic>,
    /// This file first, then those that something is imported from.
    units: Vec<Arc<Unit>>,
    by_path: FxHashMap<PathBuf, usize>,
    /// JSON templates that something is imported from.
    json: Vec<Arc<Template>>,
    /// What each of them exports.
    json_exports: Vec<FxHashSet<EcoString>>,
    /// The resources and modules of this file.
    resources: Vec<ResourceDecl>,
    /// Those that stand in no other, by name: the first of each.
    top_level: FxHashMap<EcoString, usize>,
    scope: ScopeKind,
    /// It is for a machine, and not for Azure: `targetScope = 'local'`.
    is_local: bool,
    variables: Vec<Variable>,
    functions: Vec<Function>,
    types: Vec<TypeDefinition>,
    /// Where each of the types is, by its name.
    type_places: FxHashMap<EcoString, usize>,
    /// Variables, functions and types that are in the lists above, or on their way there, by kind and full name.
    emitted: FxHashSet<(u8, EcoString)>,
    /// Types being resolved now; ends a type that is made of itself.
    depth: usize,
    /// Files whose imports are being followed now, as indexes into `units`.
    importing: Vec<usize>,
    /// What stands in `any(…)`.
    untyped: Vec<Span>,
    /// What the parameter file that this one extends gives.
    base: Option<params::Base>,
    bounds: bounds::Bounds,
    /// What is left to look behind expressions.
    looked_behind: Cell<usize>,
    loaded: files::Loaded,
}

impl<'l> Lowering<'l> {
    fn new(library: &'l Library, diagnostics: &'l mut Vec<Diagnostic>) -> Self {
        Lowering {
            library,
            diagnostics,
            units: Vec::new(),
            by_path: FxHashMap::default(),
            json: Vec::new(),
            json_exports: Vec::new(),
            resources: Vec::new(),
            top_level: FxHashMap::default(),
            scope: ScopeKind::ResourceGroup,
            is_local: false,
            variables: Vec::new(),
            functions: Vec::new(),
            types: Vec::new(),
            type_places: FxHashMap::default(),
            emitted: FxHashSet::default(),
            depth: 0,
            importing: Vec::new(),
            untyped: Vec::new(),
            base: None,
            bounds: bounds::Bounds::default(),
            looked_behind: Cell::new(behind::STEPS),
            loaded: files::Loaded::default(),
        }
    }

    fn file(&mut self, source: &Arc<Source>, file: &Arc<File>) -> Template {
        self.unit(source, file, EcoString::new());
        let unit = self.units[0].clone();
        let target = target_scope(&unit.file);
        self.is_local =
            target.is_some_and(|t| ["local", "desiredstateconfiguration"].contains(&t.to_ascii_lowercase().as_str()));
        self.scope = target.map_or(ScopeKind::ResourceGroup, scope_kind);
        self.collect_resources(&unit);
        let env = Env::root(0);
        let count = |is: fn(&StatementKind) -> bool| unit.file.statements.iter().filter(|s| is(&s.kind)).count();
        let mut parameters = Vec::with_capacity(count(|kind| matches!(kind, StatementKind::Param(_))));
        let mut outputs = Vec::with_capacity(count(|kind| matches!(kind, StatementKind::Output(_))));
        let mut metadata = Vec::new();
        for statement in &unit.file.statements {
            match &statement.kind {
                StatementKind::Param(p) => parameters.push(self.parameter(statement, p, &env)),
                StatementKind::Var(v) => self.emit_variable(0, &v.name.text),
                StatementKind::Func(f) => self.emit_function(0, &f.name.text),
                StatementKind::Type { name, .. } => self.emit_type(0, &name.text),
                StatementKind::Output(o) => outputs.push(self.output(statement, o, &env)),
                StatementKind::Metadata { name, value } => {
                    let key = Expr::new(ExprKind::Str(name.text.clone()), name.span);
                    metadata.push(Property { key, value: self.value(value, &env) });
                }
                _ => {}
            }
        }
        let resources = (0..self.resources.len()).filter_map(|i| self.resource(i)).collect();
        let whole = Span::new(source.id, 0, source.text().len());
        let template = Template {
            file: source.id,
            span: whole,
            pointer: EcoString::new(),
            scope: self.scope,
            content_version: Some("1.0.0.0".into()),
            profile: false,
            symbolic: true,
            parameters,
            variables: std::mem::take(&mut self.variables),
            functions: std::mem::take(&mut self.functions),
            types: std::mem::take(&mut self.types),
            resources,
            outputs,
            metadata: (!metadata.is_empty()).then(|| Expr::new(ExprKind::Object(metadata), whole)),
            untyped: std::mem::take(&mut self.untyped),
            places: Default::default(),
        };
        self.diagnostics.extend(endless_types(&template));
        template
    }

    fn parameter(&mut self, statement: &ast::Statement, p: &ast::Param, env: &Env<'_>) -> Parameter {
        let mut ty = p.ty.as_ref().map(|t| self.ty(t, env.unit)).unwrap_or_default();
        self.decorate(&mut ty, &statement.decorators, env);
        Parameter {
            name: p.name.text.clone(),
            name_span: p.name.span,
            ty,
            default: p.value.as_ref().map(|v| self.value(v, env)),
            metadata: self.metadata(&statement.decorators, env),
            span: statement.span,
        }
    }

    fn output(&mut self, statement: &ast::Statement, o: &ast::Output, env: &Env<'_>) -> Output {
        let mut ty = self.ty(&o.ty, env.unit);
        self.decorate(&mut ty, &statement.decorators, env);
        Output {
            name: o.name.text.clone(),
            name_span: o.name.span,
            ty,
            value: self.named_value(&o.value, &o.name.text, env),
            condition: None,
            span: statement.span,
        }
    }

    /// Puts a variable into the template, once, with the name it has there.
    fn emit_variable(&mut self, unit: usize, name: &str) {
        let span = self.units[unit].variable(name).map(|v| v.name.span);
        self.definition(unit, span, |this| this.emit_variable_now(unit, name));
    }

    fn emit_variable_now(&mut self, unit: usize, name: &str) {
        let unit_ref = self.units[unit].clone();
        let full = unit_ref.full(name);
        if !self.emitted.insert((0, full.clone())) {
            return;
        }
        let Some(v) = unit_ref.variable(name) else { return };
        let env = Env::root(unit);
        let value = self.named_value(&v.value, &full, &env);
        let ty = v.ty.as_ref().map(|t| self.ty(t, unit));
        self.variables.push(Variable { name: full, name_span: v.name.span, ty, value });
    }

    fn emit_function(&mut self, unit: usize, name: &str) {
        let span = self.units[unit].function(name).map(|f| f.name.span);
        self.definition(unit, span, |this| this.emit_function_now(unit, name));
    }

    fn emit_function_now(&mut self, unit: usize, name: &str) {
        let unit_ref = self.units[unit].clone();
        let full = unit_ref.full(name);
        if !self.emitted.insert((1, full)) {
            return;
        }
        let Some(f) = unit_ref.function(name) else { return };
        let parameters: Vec<_> = f.params.iter().map(|p| (p.name.text.clone(), self.ty(&p.ty, unit))).collect();
        let mut env = Env::root(unit);
        env.in_function = true;
        for p in &f.params {
            env.bind(p.name.text.clone(), call("parameters", vec![string(&p.name.text, p.name.span)], p.name.span));
        }
        let returns = Some(self.ty(&f.result, unit));
        let body = self.expr(&f.body, &env);
        let namespace = unit_ref.namespace();
        self.functions.push(Function { namespace, name: f.name.text.clone(), parameters, returns, body });
    }

    fn emit_type(&mut self, unit: usize, name: &str) {
        let span = self.units[unit].type_statement(name).map(|(_, name, _)| name.span);
        self.definition(unit, span, |this| this.emit_type_now(unit, name));
    }

    fn emit_type_now(&mut self, unit: usize, name: &str) {
        let unit_ref = self.units[unit].clone();
        let full = unit_ref.full(name);
        if !self.emitted.insert((2, full.clone())) {
            return;
        }
        let Some((statement, type_name, value)) = unit_ref.type_statement(name) else { return };
        let mut ty = self.ty(value, unit);
        self.decorate(&mut ty, &statement.decorators, &Env::root(unit));
        self.define_type(TypeDefinition { name: full, name_span: type_name.span, ty });
    }

    fn define_type(&mut self, definition: TypeDefinition) {
        self.type_places.entry(definition.name.clone()).or_insert(self.types.len());
        self.types.push(definition);
    }

    fn error(&mut self, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error("bicep-meaning", span, message));
    }
}

/// What `targetScope` says.
fn target_scope(file: &File) -> Option<&str> {
    file.statements.iter().find_map(|statement| match &statement.kind {
        StatementKind::TargetScope { value } => match &value.kind {
            ast::ExprKind::Str(text) => Some(&*text.value),
            _ => None,
        },
        _ => None,
    })
}

/// The scope that a target is.
fn scope_kind(target: &str) -> ScopeKind {
    match target.to_ascii_lowercase().as_str() {
        "subscription" => ScopeKind::Subscription,
        "managementgroup" => ScopeKind::ManagementGroup,
        "tenant" => ScopeKind::Tenant,
        _ => ScopeKind::ResourceGroup,
    }
}

/// A call of a template function.
fn call(name: &str, args: Vec<Expr>, span: Span) -> Expr {
    let call = Call::new(None, name.into(), span, args);
    Expr::new(ExprKind::Call(Box::new(call)), span)
}

/// A plain string.
fn string(text: &str, span: Span) -> Expr {
    Expr::new(ExprKind::Str(text.into()), span)
}

/// `base.name`
fn member(base: Expr, name: &str, safe: bool, span: Span) -> Expr {
    let key = string(name, span);
    Expr::new(ExprKind::Access { base: Box::new(base), key: Box::new(key), safe }, span)
}

/// A name that no Bicep identifier can have, made of two.
fn joined(a: &str, b: &str) -> EcoString {
    eco_format!("{a}::{b}")
}
