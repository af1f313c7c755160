//! Where a name is declared, and where a value was decided.

use std::path::Path;
use std::sync::Arc;

use gen_lsp_types::{DefinitionParams, Location, Range as LspRange, TextDocumentPositionParams};

use super::client::Refusal;
use super::diagnostics::Texts;
use super::names::{self, Named, Names};
use super::sites::{Finder, outputs};
use super::worker::State;
use super::{uri, values};
use crate::check::language::scope::Scope;
use crate::model::{Expr, ExprKind, Template};
use crate::nesting;
use crate::read::Span;
use crate::read::bicep::File;
use crate::session::{Session, Verdicts};
use crate::source::Source;

/// A place that is looked for.
enum Target {
    Span(Span),
    File(std::path::PathBuf),
}

/// The declaration of the name at a place; for anything else, and for the declaration itself, what decided its value.
pub fn definition(state: &mut State, params: &DefinitionParams) -> Result<Vec<Location>, Refusal> {
    let TextDocumentPositionParams { text_document, position } = &params.text_document_position_params;
    let Some(path) = uri::path(&text_document.uri) else { return Ok(Vec::new()) };
    let State { documents, workspace, .. } = state;
    let Some(folder) = workspace.owner(&path) else { return Ok(Vec::new()) };
    let Some(text) = folder.text(&path) else { return Ok(Vec::new()) };
    let byte = documents.lines(&path, &text).offset(*position);
    let Some(session) = folder.peek() else { return Ok(Vec::new()) };
    let targets = match declared(session, folder.verdicts(), &path, byte) {
        Some(target) => vec![target],
        None => decided(session, &path, byte),
    };
    let spans = targets.iter().filter_map(|t| match t {
        Target::Span(span) => session.sources().get(span.file),
        Target::File(_) => None,
    });
    let sources: Vec<Arc<Source>> = spans.collect();
    let texts = Texts::new(&sources, documents);
    let location = |target: &Target| match target {
        Target::Span(span) => texts.place(*span).map(|p| Location { uri: p.uri.clone(), range: p.range }),
        Target::File(path) => Some(Location { uri: documents.uri_of(path), range: LspRange::default() }),
    };
    Ok(targets.iter().filter_map(location).collect())
}

/// Where the name at a byte is declared, if it is used there.
fn declared(session: &Session, verdicts: Option<&Verdicts>, path: &Path, byte: usize) -> Option<Target> {
    let Some(read) = names::read(session, path) else { return in_json(session, path, byte).map(Target::Span) };
    let scope = Scope::of(&read.file);
    let at = Span::new(read.source.id, byte, byte);
    match names::at(path, &read.file, &scope, at)? {
        Named::Here(i, declared) => {
            let declaration = scope.declarations.get(i)?;
            let there = names::imported(path, declaration.kind, &declaration.name.text)
                .and_then(|(file, name)| in_file(session, &file, &name));
            there.or_else(|| (!declared).then_some(declaration.name.span)).map(Target::Span)
        }
        Named::Local(i, declared) => scope.locals.get(i).filter(|_| !declared).map(|l| Target::Span(l.name.span)),
        // From where it is used to the value, from there to the template.
        Named::Given { index: Some(i), given: false, .. } => {
            scope.declarations.get(i).map(|d| Target::Span(d.name.span))
        }
        Named::Given { name, index, .. } => {
            let inherited = || given_above(session, path, &read.file, &name).filter(|_| index.is_none());
            let declared = || {
                let template = match verdicts {
                    Some(verdicts) => Finder { session, verdicts }.template_of(path, &read.file, &name),
                    None => names::template_of(path, &read.file),
                };
                in_file(session, &template?, &name)
            };
            inherited().or_else(declared).map(Target::Span)
        }
        Named::There { file, name, names: Names::Declared, .. } => in_file(session, &file, &name).map(Target::Span),
        Named::There { file, name, names: Names::Outputs, .. } => {
            output(session, &file, &name).filter(|own| !own.contains(at)).map(Target::Span)
        }
        Named::File(file) => Some(Target::File(file)),
    }
}

/// Where a parameter gets its value in the parameter files that one extends.
fn given_above(session: &Session, path: &Path, file: &File, name: &str) -> Option<Span> {
    let mut at = names::base_of(path, file)?;
    for _ in 0..nesting::ALIAS.levels() {
        let read = names::read(session, &at)?;
        if let Some(given) = names::parameters(&read.file).find(|p| p.text == name) {
            return Some(given.span);
        }
        at = names::base_of(&at, &read.file)?;
    }
    None
}

/// Where a file declares an output.
fn output(session: &Session, path: &Path, name: &str) -> Option<Span> {
    match names::read(session, path) {
        Some(read) => outputs(&read).find(|(own, _)| *own == name).map(|(_, span)| span),
        None => {
            let template = session.library(path).open(path).ok()?;
            template.outputs.iter().find(|o| o.name == name).map(|o| o.name_span)
        }
    }
}

/// Where a file declares a name.
fn in_file(session: &Session, path: &Path, name: &str) -> Option<Span> {
    match names::read(session, path) {
        Some(read) => {
            let scope = Scope::of(&read.file);
            scope.top.get(name).and_then(|i| scope.declarations.get(*i)).map(|d| d.name.span)
        }
        None => session.library(path).open(path).ok()?.parameter(name).map(|(_, p)| p.name_span),
    }
}

/// Where an ARM template declares what `parameters('…')` or `variables('…')` at a byte means.
fn in_json(session: &Session, path: &Path, byte: usize) -> Option<Span> {
    let template = session.library(path).open(path).ok()?;
    let at = Span::new(template.file, byte, byte);
    values::call_at(&template, at).and_then(|call| declaration_of(&template, call))
}

fn declaration_of(template: &Template, call: &Expr) -> Option<Span> {
    let ExprKind::Call(call) = &call.kind else { return None };
    let name = call.args.first()?.as_str()?;
    match call.name.to_ascii_lowercase().as_str() {
        "parameters" => template.parameter(name).map(|(_, p)| p.name_span),
        "variables" => template.variable(name).map(|(_, v)| v.name_span),
        _ => None,
    }
}

/// Where the values at a byte were decided, other than there.
fn decided(session: &Session, path: &Path, byte: usize) -> Vec<Target> {
    let answer = values::at(session, path, byte);
    let mut spans: Vec<Span> = Vec::new();
    for span in answer.came.iter().filter_map(|c| c.way.last().copied()) {
        let here = answer
            .span
            .is_some_and(|own| own.file == span.file && span.start <= byte as u32 && byte as u32 <= span.end);
        if !here && !spans.contains(&span) {
            spans.push(span);
        }
    }
    spans.into_iter().map(Target::Span).collect()
}
