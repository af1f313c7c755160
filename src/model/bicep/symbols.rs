//! What a name means: the declarations of a file, and what is bound around an expression.

use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::{Lowering, duplicates, exports};
use crate::model::Expr;
use crate::read::Source;
use crate::read::bicep::File;
use crate::read::bicep::ast::{self, Imported, StatementKind};
use crate::source::is_bicep_parameters;

/// One file that takes part in a lowering.
#[derive(Clone)]
pub(super) struct Unit {
    pub source: Arc<Source>,
    pub file: Arc<File>,
    /// What the names of this file are prefixed with in the template; empty for the file itself.
    pub prefix: EcoString,
    /// The declarations by name.
    pub symbols: FxHashMap<EcoString, Symbol>,
    /// The statement that first declares a name.
    pub declared: FxHashMap<EcoString, usize>,
}

/// What a name of a file means.
#[derive(Debug, Clone)]
pub(super) enum Symbol {
    /// A parameter.
    Param,
    /// A variable.
    Var,
    /// A user-defined function.
    Func,
    /// A user-defined type.
    Type,
    /// A resource or module.
    Resource,
    /// An extension or another namespace without values we know.
    Opaque,
    /// `az` or `sys` by another name.
    Language,
    /// Something of another file, by its name there.
    Imported { from: ImportSource, name: EcoString },
    /// Everything of another file.
    Namespace(ImportSource),
}

/// Where something is imported from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ImportSource {
    /// A Bicep file, as an index into `Lowering::units`.
    Unit(usize),
    /// A JSON template, as an index into `Lowering::json`.
    Json(usize),
    /// It could not be read.
    Missing,
}

impl Unit {
    /// The name something of this file has in the template.
    pub fn full(&self, name: &str) -> EcoString {
        eco_format!("{}{name}", self.prefix)
    }

    /// The namespace of this file's functions in the template.
    pub fn namespace(&self) -> EcoString {
        eco_format!("{}__bicep", self.prefix)
    }

    /// It is a parameter file.
    pub fn is_parameters(&self) -> bool {
        is_bicep_parameters(&self.source.path)
    }

    /// Others may import this.
    pub fn exports(&self, name: &str) -> bool {
        self.statement(name).is_some_and(exports::is_exported)
    }

    fn statement(&self, name: &str) -> Option<&ast::Statement> {
        self.file.statements.get(*self.declared.get(name)?)
    }

    pub fn variable(&self, wanted: &str) -> Option<&ast::Var> {
        match &self.statement(wanted)?.kind {
            StatementKind::Var(v) => Some(v),
            _ => None,
        }
    }

    pub fn function(&self, wanted: &str) -> Option<&ast::Func> {
        match &self.statement(wanted)?.kind {
            StatementKind::Func(f) => Some(f),
            _ => None,
        }
    }

    pub fn type_statement(&self, wanted: &str) -> Option<(&ast::Statement, &ast::Name, &ast::Type)> {
        let statement = self.statement(wanted)?;
        match &statement.kind {
            StatementKind::Type { name, value } => Some((statement, name, value)),
            _ => None,
        }
    }
}

/// A resource or module of the file, nested ones included.
pub(super) struct ResourceDecl {
    /// Where its statement is: the index, and the path through nested resources.
    pub statement: usize,
    pub path: Vec<usize>,
    /// The resource in whose body it stands.
    pub parent: Option<usize>,
    pub name: EcoString,
    /// Its name in the template: for a nested resource with its parent's.
    pub symbol: EcoString,
    pub is_module: bool,
    /// Nested resources by name.
    pub children: Vec<(EcoString, usize)>,
}

/// A declaration of either kind, as written.
#[derive(Clone, Copy)]
pub(super) enum Declared<'u> {
    Resource(&'u ast::Resource),
    Module(&'u ast::Module),
}

impl<'u> Declared<'u> {
    pub fn body(self) -> &'u ast::Body {
        match self {
            Declared::Resource(r) => &r.body,
            Declared::Module(m) => &m.body,
        }
    }

    pub fn name(self) -> &'u ast::Name {
        match self {
            Declared::Resource(r) => &r.name,
            Declared::Module(m) => &m.name,
        }
    }
}

/// What is bound around an expression: loop and lambda variables, parameters of a function, the resource it is nested in.
#[derive(Clone)]
pub(super) struct Env<'e> {
    pub unit: usize,
    parent: Option<&'e Env<'e>>,
    names: Vec<(EcoString, Expr)>,
    /// Those of the names that stand for a module, one of several.
    modules: Vec<EcoString>,
    /// The resource in whose body the expression stands: nested resources are known by their names there.
    pub within: Option<usize>,
    /// The names of the loops around, for making new ones.
    pub loops: Vec<EcoString>,
    /// The expression stands in a function, which knows neither parameters nor types of the file.
    pub in_function: bool,
}

impl<'e> Env<'e> {
    pub fn root(unit: usize) -> Self {
        Env {
            unit,
            parent: None,
            names: Vec::new(),
            modules: Vec::new(),
            within: None,
            loops: Vec::new(),
            in_function: false,
        }
    }

    pub fn child(&'e self) -> Env<'e> {
        Env {
            unit: self.unit,
            parent: Some(self),
            names: Vec::new(),
            modules: Vec::new(),
            within: self.within,
            loops: self.loops.clone(),
            in_function: self.in_function,
        }
    }

    pub fn bind(&mut self, name: EcoString, value: Expr) {
        self.names.push((name, value));
    }

    /// Says of a name that is bound here that it stands for a module.
    pub fn is_for_module(&mut self, name: EcoString) {
        self.modules.push(name);
    }

    /// Whether a name is bound to a module.
    pub fn has_module(&self, name: &str) -> bool {
        match self.names.iter().any(|(n, _)| n == name) {
            true => self.modules.iter().any(|n| n == name),
            false => self.parent.is_some_and(|p| p.has_module(name)),
        }
    }

    pub fn local(&self, name: &str) -> Option<&Expr> {
        let own = self.names.iter().rev().find(|(n, _)| n == name).map(|(_, e)| e);
        own.or_else(|| self.parent.and_then(|p| p.local(name)))
    }
}

impl Lowering<'_> {
    /// Adds a file and learns its names. Imports are followed at once; a cycle of imports ends at the file known already.
    pub(super) fn unit(&mut self, source: &Arc<Source>, file: &Arc<File>, prefix: EcoString) -> usize {
        let index = self.units.len();
        // What is imported is used in part.
        self.taken(if index == 0 { source.text().len() } else { source.text().len() / 8 });
        self.by_path.insert(source.path.clone(), index);
        let mut symbols = FxHashMap::default();
        let mut declared = FxHashMap::default();
        for (i, statement) in file.statements.iter().enumerate() {
            let symbol = match &statement.kind {
                StatementKind::Param(_) => Symbol::Param,
                StatementKind::Var(_) => Symbol::Var,
                StatementKind::Func(_) => Symbol::Func,
                StatementKind::Type { .. } => Symbol::Type,
                StatementKind::Resource(_) | StatementKind::Module(_) => Symbol::Resource,
                StatementKind::Extension(e) if e.is_language() => Symbol::Language,
                StatementKind::Extension(_) => Symbol::Opaque,
                _ => continue,
            };
            // An extension without an alias is called by its own name, unless something else is.
            if let StatementKind::Extension(ast::Extension { spec, alias: None, .. }) = &statement.kind
                && !matches!(symbol, Symbol::Language)
                && let ast::ExprKind::Var(name) = &spec.kind
            {
                symbols.entry(name.text.clone()).or_insert(Symbol::Opaque);
            }
            if let Some(name) = statement.kind.name() {
                symbols.insert(name.text.clone(), symbol);
                declared.entry(name.text.clone()).or_insert(i);
            }
        }
        for (name, span) in duplicates::declarations(file) {
            self.error(span, format!("'{name}' is declared more than once in this file: rename or remove the others"));
        }
        let mut unit = Unit { source: source.clone(), file: file.clone(), prefix, symbols, declared };
        self.units.push(Arc::new(unit.clone()));
        self.importing.push(index);
        let mut imported = Vec::new();
        for statement in &file.statements {
            let StatementKind::Import(import) = &statement.kind else { continue };
            let from = self.import_source(index, import);
            match &import.what {
                Imported::Items(items) => {
                    for item in items {
                        let name = item.name.text.clone();
                        // What is no export has no meaning here.
                        let from = if self.exports(from, &name, item.name.span) { from } else { ImportSource::Missing };
                        imported.push((item.local().text.clone(), Symbol::Imported { from, name }));
                    }
                }
                Imported::All(name) => imported.push((name.text.clone(), Symbol::Namespace(from))),
                Imported::Invalid => {}
            }
        }
        self.importing.pop();
        if !imported.is_empty() {
            unit.symbols.extend(imported);
            self.units[index] = Arc::new(unit);
        }
        index
    }

    /// Learns the resources and modules of the file, nested ones after their parents.
    pub(super) fn collect_resources(&mut self, unit: &Arc<Unit>) {
        for (i, statement) in unit.file.statements.iter().enumerate() {
            match &statement.kind {
                StatementKind::Resource(r) => {
                    self.top_level.entry(r.name.text.clone()).or_insert(self.resources.len());
                    self.collect_resource(r, i, Vec::new(), None);
                }
                StatementKind::Module(m) => {
                    self.top_level.entry(m.name.text.clone()).or_insert(self.resources.len());
                    self.resources.push(ResourceDecl {
                        statement: i,
                        path: Vec::new(),
                        parent: None,
                        name: m.name.text.clone(),
                        symbol: m.name.text.clone(),
                        is_module: true,
                        children: Vec::new(),
                    });
                }
                _ => {}
            }
        }
    }

    fn collect_resource(&mut self, r: &ast::Resource, statement: usize, path: Vec<usize>, parent: Option<usize>) {
        let index = self.resources.len();
        let name = r.name.text.clone();
        let symbol = match parent {
            Some(p) => super::joined(&self.resources[p].symbol, &name),
            None => name.clone(),
        };
        if let Some(p) = parent {
            self.resources[p].children.push((name.clone(), index));
        }
        let children = Vec::new();
        self.resources.push(ResourceDecl {
            statement,
            path: path.clone(),
            parent,
            name,
            symbol,
            is_module: false,
            children,
        });
        for (i, nested) in r.body.object.iter().flat_map(|o| o.resources()).enumerate() {
            let mut path = path.clone();
            path.push(i);
            self.collect_resource(&nested.resource, statement, path, Some(index));
        }
    }

    /// The declaration as written.
    pub(super) fn declared<'u>(&self, unit: &'u Unit, index: usize) -> Option<Declared<'u>> {
        let decl = &self.resources[index];
        let statement = unit.file.statements.get(decl.statement)?;
        match &statement.kind {
            StatementKind::Module(m) => Some(Declared::Module(m)),
            StatementKind::Resource(r) => {
                let mut at = r;
                for step in &decl.path {
                    let nested = at.body.object.as_ref()?.resources().nth(*step)?;
                    at = &nested.resource;
                }
                Some(Declared::Resource(at))
            }
            _ => None,
        }
    }

    /// Whether a name means the functions and types of the language: `sys`, `az`, or another name for one.
    pub(super) fn is_language(&self, name: &str, unit: usize) -> bool {
        match self.units.get(unit).and_then(|unit| unit.symbols.get(name)) {
            None => matches!(name, "sys" | "az"),
            Some(symbol) => matches!(symbol, Symbol::Language),
        }
    }

    /// The resource or module that a name means at a place: a nested one of the bodies around, or one of the file.
    pub(super) fn find_resource(&self, name: &str, env: &Env<'_>) -> Option<usize> {
        if env.unit != 0 || env.local(name).is_some() {
            return None;
        }
        let mut within = env.within;
        while let Some(at) = within {
            let decl = &self.resources[at];
            if let Some((_, child)) = decl.children.iter().find(|(n, _)| n == name) {
                return Some(*child);
            }
            within = decl.parent;
        }
        self.top_level.get(name).copied()
    }
}
