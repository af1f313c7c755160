//! `.bicepparam` files.

use std::path::PathBuf;
use std::sync::Arc;

use ecow::EcoString;
use indexmap::IndexMap;

use super::expr::wrapped;
use super::json_imports::{Used, rename};
use super::symbols::Env;
use super::{Lowering, call, string};
use crate::diagnostic::Diagnostic;
use crate::model::parameters::{Given, GivenValue, ParameterFile};
use crate::model::{Builtin, Expr, ExprKind, Library, Property, ScopeKind, Template, Variable};
use crate::read::bicep::File;
use crate::read::bicep::ast::{self, StatementKind};
use crate::read::{Source, Span};

/// What the names of an extended file begin with.
const BASE: &str = "base::";

/// A parameter file extends another, which extends another; a chain ends here.
const MAX_EXTENDS: usize = 16;

/// A read `.bicepparam` file.
#[derive(Debug, Clone)]
pub struct BicepParameters {
    /// The values.
    pub values: ParameterFile,
    /// The template that `using` names; `None` for `using none`, and where it cannot be found (a diagnostic says why).
    pub template: Option<PathBuf>,
    /// Where `using` names it.
    pub using: Option<Span>,
}

/// What a parameter file knows of the one that it extends.
pub(super) enum Base {
    /// That could not be read, so that nobody knows which names are in it. A diagnostic says why.
    Unread,
    /// The parameters that it gives, itself or by what it extends, each with the name of the variable that stands for its value here.
    Values(Names),
}

/// Parameters, and the variables that stand for their values.
type Names = IndexMap<EcoString, EcoString>;

/// Reads a `.bicepparam` file and those it extends.
pub fn load(
    library: &Library,
    source: &Arc<Source>,
    file: &Arc<File>,
    diagnostics: &mut Vec<Diagnostic>,
) -> BicepParameters {
    load_within(library, source, file, diagnostics, &[]).0
}

/// The same of a file that those in `below` lead to; also what it gives to one that extends it.
fn load_within(
    library: &Library,
    source: &Arc<Source>,
    file: &Arc<File>,
    diagnostics: &mut Vec<Diagnostic>,
    below: &[PathBuf],
) -> (BicepParameters, Names) {
    let mut lowering = Lowering::new(library, diagnostics);
    lowering.unit(source, file, EcoString::new());
    let mut given = Vec::new();
    let mut using = None;
    let mut used = false;
    let mut template = None;
    let env = Env::root(0);
    // The values here may use what it gives.
    let inherited = extended(&mut lowering, source, below);
    for statement in &file.statements {
        match &statement.kind {
            StatementKind::Using(_) if used => {
                let message = "there is more than one using in this file: keep the one for the template that is meant";
                lowering.error(statement.span, message);
            }
            StatementKind::Using(u) => {
                used = true;
                if let Some(path) = &u.path {
                    using = Some(path.span);
                    template = lowering.resolve_path(path, 0);
                }
            }
            StatementKind::Var(v) => lowering.emit_variable(0, &v.name.text),
            StatementKind::Func(f) => lowering.emit_function(0, &f.name.text),
            StatementKind::Param(p) => {
                let Some(value) = &p.value else { continue };
                let lowered = lowering.named_value(value, &p.name.text, &env);
                let kind = given_value(value, lowered.clone());
                // Another parameter's value may use this one's by name.
                lowering.variables.push(Variable {
                    name: p.name.text.clone(),
                    name_span: p.name.span,
                    ty: None,
                    value: lowered,
                });
                given.push(Given {
                    name: p.name.text.clone(),
                    name_span: p.name.span,
                    value: kind,
                    beside: Vec::new(),
                });
            }
            _ => {}
        }
    }
    let whole = Span::new(source.id, 0, source.text().len());
    let mut definitions = Template {
        symbolic: true,
        variables: std::mem::take(&mut lowering.variables),
        functions: std::mem::take(&mut lowering.functions),
        ..Template::empty(source.id, whole, ScopeKind::ResourceGroup)
    };
    let mut names: Names = given.iter().map(|g| (g.name.clone(), g.name.clone())).collect();
    if let Some(inherited) = inherited {
        if template.is_none() && using.is_none() {
            template = inherited.template;
            using = inherited.using;
        }
        let mut inherited = inherited.values;
        if let Some(theirs) = inherited.definitions.take() {
            inherit(&mut definitions, &theirs);
        }
        let mut inherited = inherited.into_given();
        for g in &mut inherited {
            if let GivenValue::Value(value) = &mut g.value {
                rename(value, BASE, &mut Used::default());
            }
        }
        inherited.append(&mut given);
        given = inherited;
        if let Some(Base::Values(theirs)) = lowering.base.take() {
            // What this file itself calls by one of these names hides it.
            let own = &lowering.units[0].symbols;
            names.extend(theirs.into_iter().filter(|(name, _)| !own.contains_key(name)));
        }
    }
    let mut values = ParameterFile::new(source.id, given);
    values.definitions = Some(Arc::new(definitions));
    (BicepParameters { values, template, using }, names)
}

/// Takes over the variables and functions of an extended file, under names of their own.
fn inherit(definitions: &mut Template, theirs: &Template) {
    for v in &theirs.variables {
        let mut v = v.clone();
        v.name = [BASE, &v.name].concat().into();
        rename(&mut v.value, BASE, &mut Used::default());
        definitions.variables.push(v);
    }
    for f in &theirs.functions {
        let mut f = f.clone();
        f.namespace = [BASE, &f.namespace].concat().into();
        rename(&mut f.body, BASE, &mut Used::default());
        definitions.functions.push(f);
    }
}

/// Reads the file that this one extends, and makes known to the lowering what it gives.
fn extended(lowering: &mut Lowering<'_>, source: &Source, below: &[PathBuf]) -> Option<BicepParameters> {
    let unit = lowering.units[0].clone();
    let mut path = None;
    for statement in &unit.file.statements {
        if let StatementKind::Extends { path: written } = &statement.kind {
            lowering.base = Some(Base::Unread);
            path = lowering.resolve_path(written, 0).map(|p| (p, written.span));
        }
    }
    let (path, span) = path?;
    let mut chain = below.to_vec();
    chain.push(source.path.clone());
    let (read, names) = read_extended(lowering.library, &path, span, lowering.diagnostics, &chain)?;
    let here = |(name, variable): (EcoString, EcoString)| (name, [BASE, &variable].concat().into());
    lowering.base = Some(Base::Values(names.into_iter().map(here).collect()));
    Some(read)
}

fn read_extended(
    library: &Library,
    path: &std::path::Path,
    span: Span,
    diagnostics: &mut Vec<Diagnostic>,
    chain: &[PathBuf],
) -> Option<(BicepParameters, Names)> {
    let mut refuse = |code, message: String| diagnostics.push(Diagnostic::error(code, span, message));
    if let Some(start) = chain.iter().position(|p| p == path) {
        let names: Vec<String> =
            chain[start..].iter().map(PathBuf::as_path).chain([path]).map(|p| library.shown(p)).collect();
        refuse("cycle", format!("this parameter file extends itself: {}", names.join(" → ")));
        return None;
    }
    if chain.len() > MAX_EXTENDS {
        refuse("extends", format!("more than {MAX_EXTENDS} parameter files extend one another"));
        return None;
    }
    let (Ok(file), Ok(source)) = (library.bicep(path), library.source(path)) else {
        refuse("extends", "the extended parameter file could not be read".to_owned());
        return None;
    };
    Some(load_within(library, &source, &file, diagnostics, chain))
}

impl Lowering<'_> {
    /// Whether an expression is the parameter file that this one extends, as an object of the values that it gives.
    pub(super) fn is_base(&self, e: &ast::Expr, env: &Env<'_>) -> bool {
        match &e.kind {
            ast::ExprKind::Paren(inner) | ast::ExprKind::NonNull(inner) => self.is_base(inner, env),
            ast::ExprKind::Var(name) => {
                name.text == "base"
                    && self.base_of(env).is_some()
                    && env.local("base").is_none()
                    && !self.units[env.unit].symbols.contains_key("base")
            }
            _ => false,
        }
    }

    /// What the extended file gives, as far as a file of this lowering knows it: those that are imported do not.
    fn base_of(&self, env: &Env<'_>) -> Option<&Base> {
        self.base.as_ref().filter(|_| env.unit == 0)
    }

    /// `base.name`: the value that the extended file gives.
    pub(super) fn of_base(&mut self, name: &str, at: Span, safe: bool, span: Span) -> Expr {
        let variable = match &self.base {
            Some(Base::Values(names)) => names.get(name),
            _ => return Expr::new(ExprKind::Invalid(name.into()), span),
        };
        match variable {
            Some(variable) => call("variables", vec![string(variable, span)], span),
            None if safe => {
                // Nothing, and nothing is asked of what follows either.
                let base = Box::new(Expr::new(ExprKind::Object(Vec::new()), span));
                Expr::new(ExprKind::Access { base, key: Box::new(string(name, at)), safe }, span)
            }
            None => {
                self.error(at, format!("the extended parameter file gives no parameter '{name}'"));
                Expr::new(ExprKind::Invalid(name.into()), span)
            }
        }
    }

    /// A name that means nothing in this file, but something in the extended one: `base` itself, or one of its parameters.
    pub(super) fn inherited(&mut self, name: &ast::Name, env: &Env<'_>) -> Option<Expr> {
        let span = name.span;
        let Base::Values(names) = self.base_of(env)? else {
            return Some(Expr::new(ExprKind::Invalid(name.text.clone()), span));
        };
        let value = |variable: &EcoString| call("variables", vec![string(variable, span)], span);
        if let Some(variable) = names.get(&name.text) {
            return Some(value(variable));
        }
        if name.text != "base" || names.is_empty() {
            return None;
        }
        let property =
            |(name, variable): (&EcoString, _)| Property { key: string(name, span), value: wrapped(value(variable)) };
        let all = names.iter().map(property).collect::<Vec<_>>();
        let kind = if self.charge(all.len(), span) { ExprKind::Object(all) } else { ExprKind::Invalid("base".into()) };
        Some(Expr::new(kind, span))
    }
}

/// What a value is for the deployment: `getSecret` is a Key Vault's, `externalInput` and its kin are looked up elsewhere.
fn given_value(written: &ast::Expr, lowered: Expr) -> GivenValue {
    let span = written.span;
    let inner = match &lowered.kind {
        ExprKind::Expression(inner) => inner.as_ref(),
        _ => &lowered,
    };
    match &inner.kind {
        ExprKind::Call(call) if Builtin::of(call) == Some(Builtin::GetSecret) => GivenValue::Secret(span),
        _ => GivenValue::Value(lowered),
    }
}
