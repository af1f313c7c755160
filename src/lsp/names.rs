//! The names of a Bicep file or parameter file: where they are declared and used, here and in the files that belong to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::members::{Members, Of};
use crate::check::language::scope::{Kind, Scope};
use crate::read::bicep::ast::{
    Expr, ExprKind, Import, ImportItem, Imported, Key, Module, Name, Statement, StatementKind,
};
use crate::read::bicep::{File, parse, parse_params};
use crate::session::Session;
use crate::source::{Source, Span, absolute};
use crate::walk::classify::{self, Kind as FileKind};

/// A Bicep file with its syntax.
pub struct Read {
    /// Its text.
    pub source: Arc<Source>,
    /// Its syntax.
    pub file: File,
}

/// Reads a Bicep file or parameter file; `None` for any other.
pub fn read(session: &Session, path: &Path) -> Option<Read> {
    is_bicep(path).then(|| session.sources().load(path).ok()).flatten().and_then(parsed)
}

/// The syntax of a text that was read; `None` where it is that of another kind of file.
pub fn parsed(source: Arc<Source>) -> Option<Read> {
    if !is_bicep(&source.path) {
        return None;
    }
    let file = if is_value(&source.path) { parse_params(&source) } else { parse(&source) };
    Some(Read { source, file })
}

fn is_bicep(path: &Path) -> bool {
    matches!(classify::by_extension(path), Some(FileKind::Bicep | FileKind::BicepParam))
}

/// Which names of a file are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Those of its parameters, variables, types and functions.
    Declared,
    /// Those of its outputs.
    Outputs,
}

/// What a place names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// Something that this file declares, as an index into [`Scope::declarations`]; whether the place is the declaration itself.
    Here(usize, bool),
    /// What a loop, a lambda or a function binds, as an index into [`Scope::locals`]; whether the place is where it does.
    Local(usize, bool),
    /// Something of another file, or an output of this one: a key of a module's `params`, a name that is imported, one behind a
    /// dot.
    There {
        /// The file.
        file: PathBuf,
        /// What it is called there.
        name: String,
        /// As what.
        names: Names,
        /// The place.
        span: Span,
    },
    /// A parameter in a parameter file, as an index into [`Scope::declarations`]; `None` for one of the file that it extends.
    Given {
        /// Where it gets its value here.
        index: Option<usize>,
        /// Its name.
        name: String,
        /// The place.
        span: Span,
        /// Whether it gets its value at the place.
        given: bool,
    },
    /// Another file as such.
    File(PathBuf),
}

/// What the text at a byte names.
pub fn at(path: &Path, file: &File, scope: &Scope<'_>, at: Span) -> Option<Named> {
    let found = |i: usize, name: &Name, declared: bool| match scope.declarations.get(i).map(|d| d.kind) {
        Some(Kind::Param(_)) if is_value(path) => {
            Named::Given { index: Some(i), name: name.text.to_string(), span: name.span, given: declared }
        }
        _ => Named::Here(i, declared),
    };
    for (i, declaration) in scope.declarations.iter().enumerate() {
        if declaration.name.span.contains(at) {
            return Some(found(i, declaration.name, true));
        }
        // What is used as a type is among them.
        if let Some(name) = scope.uses.get(i).into_iter().flatten().find(|name| name.span.contains(at)) {
            return Some(found(i, name, false));
        }
        if let Kind::Module(module) = declaration.kind
            && let Some(key) = given(module).find(|name| name.span.contains(at))
            && let Some(file) = below(path, &module.path.kind)
        {
            let name = key.text.to_string();
            return Some(Named::There { file, name, names: Names::Declared, span: key.span });
        }
    }
    for (i, local) in scope.locals.iter().enumerate() {
        if local.name.span.contains(at) {
            return Some(Named::Local(i, true));
        }
        if local.uses.iter().any(|name| name.span.contains(at)) {
            return Some(Named::Local(i, false));
        }
    }
    if let Some(named) = file.statements.iter().find(|s| s.span.contains(at)).and_then(|s| in_statement(path, s, at)) {
        return Some(named);
    }
    let inherited = scope.unknown.iter().find(|name| name.span.contains(at)).filter(|_| base_of(path, file).is_some());
    if let Some(name) = inherited {
        return Some(Named::Given { index: None, name: name.text.to_string(), span: name.span, given: false });
    }
    let members = Members::of(file, scope);
    let member = members.at(at)?;
    let (name, span) = (member.name.to_owned(), member.span);
    Some(match member.of {
        Of::Outputs(module) => {
            Named::There { file: below(path, &module.path.kind)?, name, names: Names::Outputs, span }
        }
        Of::Import(import) => {
            Named::There { file: below(path, &import.path.kind)?, name, names: Names::Declared, span }
        }
        Of::Base => Named::Given { index: None, name, span, given: false },
    })
}

/// Whether a loop, a lambda or a function binds a name at a byte.
pub fn is_bound(read: &Read, byte: usize) -> bool {
    let at = Span::new(read.source.id, byte, byte);
    Scope::of(&read.file).locals.iter().any(|local| local.name.span.contains(at))
}

/// What a place names that stands for no value in its own file.
fn in_statement(path: &Path, statement: &Statement, at: Span) -> Option<Named> {
    let file = |literal: &Expr| below(path, &literal.kind).filter(|_| literal.span.contains(at)).map(Named::File);
    match &statement.kind {
        StatementKind::Output(output) if output.name.span.contains(at) => Some(Named::There {
            file: path.to_path_buf(),
            name: output.name.text.to_string(),
            names: Names::Outputs,
            span: output.name.span,
        }),
        StatementKind::Import(import) => {
            let Imported::Items(items) = &import.what else { return file(&import.path) };
            let item = items.iter().find(|item| item.name.span.contains(at));
            let there = item.and_then(|item| {
                let name = item.name.text.to_string();
                let file = below(path, &import.path.kind)?;
                Some(Named::There { file, name, names: Names::Declared, span: item.name.span })
            });
            there.or_else(|| file(&import.path))
        }
        StatementKind::Module(module) => file(&module.path),
        StatementKind::Test { path, .. } | StatementKind::Extends { path } => file(path),
        StatementKind::Using(using) => using.path.as_ref().and_then(file),
        _ => None,
    }
}

/// Whether a file is a parameter file of Bicep.
pub fn is_value(path: &Path) -> bool {
    classify::by_extension(path) == Some(FileKind::BicepParam)
}

/// The template that a parameter file names: where, and as what.
fn using(file: &File) -> Option<(Span, &ExprKind)> {
    file.statements.iter().find_map(|s| match &s.kind {
        StatementKind::Using(using) => using.path.as_ref().map(|p| (p.span, &p.kind)),
        _ => None,
    })
}

/// The file that a parameter file is for.
pub fn template_of(path: &Path, file: &File) -> Option<PathBuf> {
    below(path, using(file)?.1)
}

/// The parameter file that one extends.
pub fn base_of(path: &Path, file: &File) -> Option<PathBuf> {
    file.statements.iter().find_map(|s| match &s.kind {
        StatementKind::Extends { path: base } => below(path, &base.kind),
        _ => None,
    })
}

/// The names of the parameters of a file.
pub fn parameters(file: &File) -> impl Iterator<Item = &Name> {
    file.statements.iter().filter_map(|s| match &s.kind {
        StatementKind::Param(p) => Some(&p.name),
        _ => None,
    })
}

/// The keys of a module's `params`.
pub fn given(module: &Module) -> impl Iterator<Item = &Name> {
    let object = module.body.object.as_ref();
    let params = object.into_iter().flat_map(|o| o.properties()).filter_map(|p| match (&p.key, &p.value.kind) {
        (Key::Name(key), ExprKind::Object(params)) if key.text == "params" => Some(params),
        _ => None,
    });
    params.flat_map(|params| params.properties()).filter_map(|p| match &p.key {
        Key::Name(name) => Some(name),
        Key::Computed(_) => None,
    })
}

/// The local file that a literal path means, seen from another.
pub fn below(path: &Path, literal: &ExprKind) -> Option<PathBuf> {
    let ExprKind::Str(text) = literal else { return None };
    let local = !text.value.contains(':') && !text.value.is_empty();
    local.then(|| absolute(&path.parent().unwrap_or(path).join(text.value.as_str())))
}

/// Where something of another file is declared: the file, and its name there.
pub fn imported(path: &Path, kind: Kind<'_>, local: &str) -> Option<(PathBuf, String)> {
    let (import, item) = item(kind, local)?;
    Some((below(path, &import.path.kind)?, item.name.text.to_string()))
}

/// Whether something of another file has another name here.
pub fn has_alias(kind: Kind<'_>, local: &str) -> bool {
    item(kind, local).is_some_and(|(_, item)| item.alias.is_some())
}

fn item<'f>(kind: Kind<'f>, local: &str) -> Option<(&'f Import, &'f ImportItem)> {
    let Kind::Imported(import) = kind else { return None };
    let Imported::Items(items) = &import.what else { return None };
    Some((import, items.iter().find(|item| item.local().text == local)?))
}
