//! The names of a Bicep file or parameter file: where they are declared and used, here and in the files that belong to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::check::language::scope::{Kind, Scope};
use crate::read::bicep::ast::{ExprKind, Imported, Key, Module, Name, StatementKind};
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

/// What a place names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// Something that this file declares, as an index into [`Scope::declarations`]; whether the place is the declaration itself.
    Here(usize, bool),
    /// A parameter of another file: a key of a module's `params`, or a name in a parameter file.
    Parameter {
        /// The template.
        file: PathBuf,
        /// The parameter.
        name: String,
        /// The place.
        span: Span,
    },
    /// Another file as such.
    File(PathBuf),
}

/// What the text at a byte names.
pub fn at(path: &Path, file: &File, scope: &Scope<'_>, at: Span) -> Option<Named> {
    for (i, declaration) in scope.declarations.iter().enumerate() {
        if declaration.name.span.contains(at) && !is_value(path) {
            return Some(Named::Here(i, true));
        }
        let uses = scope.uses.get(i).into_iter().flatten().copied().chain(scope.uses_as_type(i));
        if uses.into_iter().any(|name| name.span.contains(at)) {
            return Some(Named::Here(i, false));
        }
        if let Kind::Module(module) = declaration.kind {
            let target = below(path, &module.path.kind);
            if module.path.span.contains(at) {
                return target.map(Named::File);
            }
            let key = given(module).find(|name| name.span.contains(at));
            if let (Some(key), Some(file)) = (key, target) {
                return Some(Named::Parameter { file, name: key.text.to_string(), span: key.span });
            }
        }
    }
    let using = using(file).filter(|_| is_value(path))?;
    let target = below(path, using.1)?;
    if using.0.contains(at) {
        return Some(Named::File(target));
    }
    let name = parameters(file).find(|name| name.span.contains(at))?;
    Some(Named::Parameter { file: target, name: name.text.to_string(), span: name.span })
}

fn is_value(path: &Path) -> bool {
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
    let Kind::Imported(import) = kind else { return None };
    let Imported::Items(items) = &import.what else { return None };
    let item = items.iter().find(|item| item.local().text == local)?;
    Some((below(path, &import.path.kind)?, item.name.text.to_string()))
}
