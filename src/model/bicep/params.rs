//! `.bicepparam` files.

use std::path::PathBuf;
use std::sync::Arc;

use ecow::EcoString;

use super::Lowering;
use super::json_imports::{Used, rename};
use super::symbols::Env;
use crate::diagnostic::Diagnostic;
use crate::model::parameters::{Given, GivenValue, ParameterFile};
use crate::model::{Builtin, Expr, ExprKind, Library, ScopeKind, Template, Variable};
use crate::read::bicep::File;
use crate::read::bicep::ast::{self, StatementKind};
use crate::read::{Source, Span};

/// What the names of an extended file begin with.
pub(super) const BASE: &str = "base::";

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

/// Reads a `.bicepparam` file and those it extends.
pub fn load(
    library: &Library,
    source: &Arc<Source>,
    file: &Arc<File>,
    diagnostics: &mut Vec<Diagnostic>,
) -> BicepParameters {
    load_within(library, source, file, diagnostics, &[])
}

fn load_within(
    library: &Library,
    source: &Arc<Source>,
    file: &Arc<File>,
    diagnostics: &mut Vec<Diagnostic>,
    below: &[PathBuf],
) -> BicepParameters {
    let mut lowering = Lowering::new(library, diagnostics);
    lowering.unit(source, file, EcoString::new());
    let mut given = Vec::new();
    let mut using = None;
    let mut used = false;
    let mut template = None;
    let mut base = None;
    let env = Env::root(0);
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
            StatementKind::Extends { path } => base = lowering.resolve_path(path, 0).map(|p| (p, path.span)),
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
                given.push(Given { name: p.name.text.clone(), name_span: p.name.span, value: kind });
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
    if let Some((path, span)) = base {
        let mut chain = below.to_vec();
        chain.push(source.path.clone());
        if let Some(inherited) = extended(library, &path, span, diagnostics, &chain) {
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
        }
    }
    let mut values = ParameterFile::new(source.id, given);
    values.definitions = Some(Arc::new(definitions));
    BicepParameters { values, template, using }
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

fn extended(
    library: &Library,
    path: &std::path::Path,
    span: Span,
    diagnostics: &mut Vec<Diagnostic>,
    chain: &[PathBuf],
) -> Option<BicepParameters> {
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
