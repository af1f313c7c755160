//! Where a name of Bicep is used, and what has to change when it gets another one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gen_lsp_types::{
    Location, LspErrorCodes, PrepareRenameParams, Range as LspRange, ReferenceParams, RenameParams,
    TextDocumentPositionParams, TextEdit, WorkspaceEdit,
};

use super::client::Refusal;
use super::names::{self, Names};
use super::sites::{Finder, Sites, outputs};
use super::worker::State;
use super::{edits, meaning, uri};
use crate::check::language::scope::Scope;
use crate::edit::Editable;
use crate::session::Session;
use crate::source::Span;

/// Where the name at a place is used.
pub fn references(state: &State, params: &ReferenceParams) -> Result<Vec<Location>, Refusal> {
    let at = &params.text_document_position_params;
    let Some((sites, _)) = sites_at(state, at) else { return Ok(Vec::new()) };
    let declared = params.context.include_declaration.then(|| (sites.file.clone(), vec![sites.declared]));
    let mut out = Vec::new();
    for (path, spans) in declared.into_iter().chain(sites.used) {
        let Some(text) = text(state, &path) else { continue };
        let lines = state.documents.lines(&path, &text);
        let uri = state.documents.uri_of(&path);
        out.extend(spans.iter().map(|s| Location { uri: uri.clone(), range: lines.range(s.range()) }));
    }
    Ok(out)
}

/// The name at a place, if it can get another one.
pub fn prepared(state: &State, params: &PrepareRenameParams) -> Result<Option<LspRange>, Refusal> {
    let at = &params.text_document_position_params;
    let Some(path) = uri::path(&at.text_document.uri) else { return Ok(None) };
    let Some((_, span)) = sites_at(state, at) else { return Ok(None) };
    let Some(text) = text(state, &path) else { return Ok(None) };
    Ok(Some(state.documents.lines(&path, &text).range(bare(&text, span).range())))
}

/// What has to change so that the name at a place is another one.
pub fn renamed(state: &State, params: &RenameParams) -> Result<WorkspaceEdit, Refusal> {
    let refused = |message: String| Refusal::of_protocol(LspErrorCodes::RequestFailed, message);
    let new = params.new_name.as_str();
    if let Some(why) = meaning::no_name(new) {
        return Err(refused(format!("`{new}` is no name: {why}")));
    }
    let Some((sites, _)) = sites_at(state, &params.text_document_position_params) else {
        return Err(refused("there is nothing here that this server can give another name".to_owned()));
    };
    let folder = state.workspace.owner(&sites.file);
    let (session, verdicts) = (folder.and_then(|f| f.peek()), folder.and_then(|f| f.verdicts()));
    let (Some(session), Some(verdicts)) = (session, verdicts) else {
        return Err(refused(format!("{} is not looked at", sites.file.display())));
    };
    if let Some(why) = sites.kept.first() {
        return Err(refused(format!("`{}` keeps its name: {why}", sites.name)));
    }
    if sites.names == Names::Outputs
        && new != sites.name
        && names::read(session, &sites.file).is_some_and(|read| outputs(&read).any(|(name, _)| name == new))
    {
        return Err(refused(format!("`{new}` is declared in {} already", sites.file.display())));
    }
    let editable = Editable::of(verdicts);
    let mut files: BTreeMap<PathBuf, Vec<Span>> = sites.used;
    files.entry(sites.file.clone()).or_default().push(sites.declared);
    let mut out = Vec::new();
    for (path, spans) in files {
        if !editable.may(&path) {
            return Err(refused(format!("`{}` keeps its name: {} is not to be edited", sites.name, path.display())));
        }
        if new != sites.name && sites.bound.contains(&path) && declares(session, &path, new) {
            return Err(refused(format!("`{new}` is declared in {} already", path.display())));
        }
        let Some(text) = text(state, &path) else { continue };
        let lines = state.documents.lines(&path, &text);
        let mut spans: Vec<Span> = spans.into_iter().map(|span| bare(&text, span)).collect();
        spans.sort();
        spans.dedup();
        if let Some(why) = meaning::otherwise(&path, &text, &spans, new) {
            return Err(refused(format!("`{}` cannot be called `{new}`: {why}", sites.name)));
        }
        let edit = |span: &Span| TextEdit { range: lines.range(span.range()), new_text: new.to_owned() };
        out.push((path, spans.iter().map(edit).collect()));
    }
    Ok(edits::of(&state.client, &state.documents, out))
}

fn declares(session: &Session, path: &Path, name: &str) -> bool {
    names::read(session, path).is_some_and(|read| Scope::of(&read.file).top.contains_key(name))
}

fn text(state: &State, path: &Path) -> Option<String> {
    state.workspace.owner(path).or(state.workspace.folders().first())?.text(path)
}

/// A name without the quotes around it.
fn bare(text: &str, span: Span) -> Span {
    let written = text.get(span.range()).unwrap_or_default();
    match written.len() >= 2 && written.starts_with(['\'', '"']) {
        true => Span { start: span.start + 1, end: span.end - 1, ..span },
        false => span,
    }
}

/// All places of the name at a place, and which of them that is.
fn sites_at(state: &State, at: &TextDocumentPositionParams) -> Option<(Sites, Span)> {
    let path = uri::path(&at.text_document.uri)?;
    let folder = state.workspace.owner(&path)?;
    let (session, verdicts) = (folder.peek()?, folder.verdicts()?);
    let read = names::read(session, &path)?;
    let byte = state.documents.lines(&path, read.source.text()).offset(at.position);
    Finder { session, verdicts }.at(&path, &read, Span::new(read.source.id, byte, byte))
}
