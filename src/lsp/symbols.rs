//! What a file declares, with what it is called once it is deployed.

use std::path::Path;

use ecow::EcoString;
use gen_lsp_types::{DocumentSymbol, DocumentSymbolParams, SymbolKind};

use super::client::Refusal;
use super::names;
use super::position::Lines;
use super::uri;
use super::worker::State;
use super::workspace::Folder;
use crate::check::language::scope::{Declaration, Kind, Scope};
use crate::model::{Resource, Template};
use crate::read::bicep::ast::{ExprKind, StatementKind};
use crate::session::Session;
use crate::source::Span;

/// How many names of a resource are shown.
const NAMES: usize = 3;

/// The symbols of a file.
pub fn symbols(state: &mut State, params: &DocumentSymbolParams) -> Result<Vec<DocumentSymbol>, Refusal> {
    let Some(path) = uri::path(&params.text_document.uri) else { return Ok(Vec::new()) };
    let State { documents, workspace, .. } = state;
    let Some(folder) = workspace.owner(&path) else { return Ok(Vec::new()) };
    let (Some(session), Some(text)) = (folder.peek(), folder.text(&path)) else { return Ok(Vec::new()) };
    let lines = documents.lines(&path, &text);
    Ok(match names::read(session, &path) {
        Some(read) => of_bicep(&read, folder, &lines),
        None => of_json(session, &path, folder, &lines),
    })
}

/// Makes one; `None` for one without a name, which the protocol does not take.
fn symbol(
    (name, detail): (&str, String),
    kind: SymbolKind,
    (all, own): (Span, Span),
    lines: &Lines<'_>,
    children: Vec<DocumentSymbol>,
) -> Option<DocumentSymbol> {
    #[expect(deprecated, reason = "the structure has the field")]
    (!name.is_empty()).then(|| DocumentSymbol {
        name: name.to_owned(),
        detail: (!detail.is_empty()).then_some(detail),
        kind,
        tags: None,
        deprecated: None,
        range: lines.range(all.to(own).range()),
        selection_range: lines.range(own.range()),
        children: (!children.is_empty()).then_some(children),
    })
}

fn of_bicep(read: &names::Read, folder: &Folder, lines: &Lines<'_>) -> Vec<DocumentSymbol> {
    let scope = Scope::of(&read.file);
    let outputs = read.file.statements.iter().filter_map(|s| match &s.kind {
        StatementKind::Output(o) => {
            symbol((&o.name.text, "output".to_owned()), SymbolKind::Property, (s.span, o.name.span), lines, Vec::new())
        }
        _ => None,
    });
    let all = (0..scope.declarations.len()).filter(|i| scope.declarations[*i].parent.is_none());
    let mut symbols: Vec<_> = all.filter_map(|i| of_declaration(i, read, &scope, folder, lines)).collect();
    symbols.extend(outputs);
    symbols.sort_by_key(|s| s.range.start);
    symbols
}

fn of_declaration(
    index: usize,
    read: &names::Read,
    scope: &Scope<'_>,
    folder: &Folder,
    lines: &Lines<'_>,
) -> Option<DocumentSymbol> {
    let declaration = scope.declarations.get(index)?;
    let (kind, detail) = match declaration.kind {
        Kind::Param(_) => (SymbolKind::Variable, "param".to_owned()),
        Kind::Var(_) => (SymbolKind::Constant, "var".to_owned()),
        Kind::Resource(r) => (SymbolKind::Object, deployed(&literal(&r.ty.kind), declaration.name.span, folder)),
        Kind::Module(m) => (SymbolKind::Module, literal(&m.path.kind)),
        Kind::Type(_) => (SymbolKind::Struct, "type".to_owned()),
        Kind::Func(_) => (SymbolKind::Function, "func".to_owned()),
        // What another file declares is a symbol of that.
        Kind::Imported(_) | Kind::Wildcard(_) => return None,
        Kind::Other => (SymbolKind::Namespace, String::new()),
    };
    let within = |i: &usize| scope.declarations.get(*i).is_some_and(|d| d.parent == Some(index));
    let children = (0..scope.declarations.len()).filter(within);
    let children = children.filter_map(|i| of_declaration(i, read, scope, folder, lines)).collect();
    let all = whole(declaration, read);
    symbol((&declaration.name.text, detail), kind, (all, declaration.name.span), lines, children)
}

fn whole(declaration: &Declaration<'_>, read: &names::Read) -> Span {
    let own = declaration.name.span;
    match (declaration.parent, read.file.statements.get(declaration.statement)) {
        (None, Some(statement)) => statement.span,
        _ => declaration.body().map_or(own, |body| own.to(body.span)),
    }
}

fn literal(e: &ExprKind) -> String {
    match e {
        ExprKind::Str(text) => text.value.to_string(),
        _ => String::new(),
    }
}

/// A type, and the names of what is deployed of the declaration that findings about it as a whole are shown at.
fn deployed(type_: &str, place: Span, folder: &Folder) -> String {
    let mut names: Vec<&EcoString> = Vec::new();
    for deploys in folder.summaries().flat_map(|(_, s)| &s.resources).filter(|d| d.place == place) {
        if !names.contains(&&deploys.name) {
            names.push(&deploys.name);
        }
    }
    let more = names.len().saturating_sub(NAMES);
    let mut shown: Vec<&str> = names.iter().take(NAMES).map(|n| n.as_str()).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    shown.retain(|n| !n.is_empty());
    if shown.is_empty() { type_.to_owned() } else { format!("{type_}: {}{more}", shown.join(", ")) }
}

fn of_json(session: &Session, path: &Path, folder: &Folder, lines: &Lines<'_>) -> Vec<DocumentSymbol> {
    // A parameter file is no template, whatever an empty one looks like.
    if session.parameters(path).is_some() || !folder.is_template(path) {
        return Vec::new();
    }
    let Ok(template) = session.library(path).open(path) else { return Vec::new() };
    let Template { parameters, variables, outputs, resources, .. } = &*template;
    let leaf = |name: &str, word: &str, kind, places| symbol((name, word.to_owned()), kind, places, lines, Vec::new());
    let parameters = parameters.iter().map(|p| leaf(&p.name, "parameter", SymbolKind::Variable, (p.span, p.name_span)));
    let variables =
        variables.iter().map(|v| leaf(&v.name, "variable", SymbolKind::Constant, (v.value.span, v.name_span)));
    let outputs = outputs.iter().map(|o| leaf(&o.name, "output", SymbolKind::Property, (o.span, o.name_span)));
    let resources = resources.iter().map(|r| of_resource(r, folder, lines));
    let mut symbols: Vec<_> = parameters.chain(variables).chain(outputs).chain(resources).flatten().collect();
    symbols.sort_by_key(|s| s.range.start);
    symbols
}

fn of_resource(r: &Resource, folder: &Folder, lines: &Lines<'_>) -> Option<DocumentSymbol> {
    let children = r.children.iter().filter_map(|c| of_resource(c, folder, lines)).collect();
    let type_ = r.type_.as_str().map(EcoString::as_str).unwrap_or("resource");
    let named = r.symbol.as_ref().map(|(name, _)| name.as_str()).unwrap_or(type_);
    let type_ = if named == type_ { "" } else { type_ };
    symbol((named, deployed(type_, r.place, folder)), SymbolKind::Object, (r.span, r.place), lines, children)
}
