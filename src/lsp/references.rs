//! Where a name of Bicep is used - in its file, and in the modules' callers, the parameter files and the imports that belong to it -
//! and what has to change when it gets another one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gen_lsp_types::{
    Location, LspErrorCodes, PrepareRenameParams, Range as LspRange, ReferenceParams, RenameParams,
    TextDocumentPositionParams, TextEdit, WorkspaceEdit,
};

use super::client::Refusal;
use super::names::{self, Named};
use super::worker::State;
use super::{edits, meaning, uri};
use crate::check::language::scope::{Kind, Scope};
use crate::edit::Editable;
use crate::read::bicep::ast::{ImportItem, Imported};
use crate::session::{Session, Verdicts};
use crate::source::Span;

/// All places of a name.
struct Sites {
    /// The file that declares it, and its name there.
    file: PathBuf,
    name: String,
    /// The declaration.
    declared: Span,
    /// Everything else, by file.
    used: BTreeMap<PathBuf, Vec<Span>>,
    /// The files in which it is a name of their own: another one must be free there.
    bound: Vec<PathBuf>,
    /// Files that take everything of the declaring file under one name: uses there are not known.
    whole: Vec<PathBuf>,
}

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
    if let Some(other) = sites.whole.first() {
        let why = format!("{} takes all names of {} as one", other.display(), sites.file.display());
        return Err(refused(format!("`{}` keeps its name: {why}, and what it uses is not looked for", sites.name)));
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
    let place = Span::new(read.source.id, byte, byte);
    let scope = Scope::of(&read.file);
    match names::at(&path, &read.file, &scope, place)? {
        Named::Here(i, _) => {
            let declaration = scope.declarations.get(i)?;
            let own = declaration.name.span;
            let uses = || scope.uses.get(i).into_iter().flatten().copied().chain(scope.uses_as_type(i));
            let here = uses().map(|n| n.span).find(|s| s.contains(place)).unwrap_or(own);
            let sites = match names::imported(&path, declaration.kind, &declaration.name.text) {
                Some((file, name)) => of(session, verdicts, &file, &name)?,
                None if declaration.parent.is_some() => Sites {
                    file: path.clone(),
                    name: declaration.name.text.to_string(),
                    declared: own,
                    used: BTreeMap::from([(path.clone(), uses().map(|n| n.span).collect())]),
                    bound: vec![path.clone()],
                    whole: Vec::new(),
                },
                None => of(session, verdicts, &path, &declaration.name.text)?,
            };
            Some((sites, here))
        }
        Named::Parameter { file, name, span } => Some((of(session, verdicts, &file, &name)?, span)),
        Named::File(_) => None,
    }
}

/// All places of something that a file declares.
fn of(session: &Session, verdicts: &Verdicts, file: &Path, name: &str) -> Option<Sites> {
    let read = names::read(session, file)?;
    let scope = Scope::of(&read.file);
    let index = *scope.top.get(name)?;
    let declaration = scope.declarations.get(index)?;
    if matches!(declaration.kind, Kind::Imported(_) | Kind::Wildcard(_) | Kind::Other) {
        return None;
    }
    let mut sites = Sites {
        file: file.to_path_buf(),
        name: name.to_owned(),
        declared: declaration.name.span,
        used: BTreeMap::new(),
        bound: vec![file.to_path_buf()],
        whole: Vec::new(),
    };
    sites.add(file, uses(&scope, index));
    let is_parameter = matches!(declaration.kind, Kind::Param(_));
    let is_exported = matches!(declaration.kind, Kind::Var(_) | Kind::Type(_) | Kind::Func(_));
    if is_parameter {
        for other in session.parameter_files_of(file) {
            let given = session.parameters(&other).filter(|_| names::read(session, &other).is_none());
            let given = given.iter().flat_map(|g| g.given()).filter(|g| g.name.eq_ignore_ascii_case(name));
            sites.add(&other, given.map(|g| g.name_span).collect());
        }
    }
    let end = file.file_name()?.to_string_lossy();
    for other in verdicts.files().iter().map(|f| f.path.as_path()).filter(|p| *p != file) {
        // Nearly no file names this one: most are not parsed for it.
        let Ok(source) = session.sources().load(other) else { continue };
        if !(is_parameter || is_exported) || !source.text().contains(&*end) {
            continue;
        }
        let Some(read) = names::read(session, other) else { continue };
        if is_parameter && names::template_of(other, &read.file).as_deref() == Some(file) {
            sites.add(other, names::parameters(&read.file).filter(|n| n.text == name).map(|n| n.span).collect());
        }
        let scope = Scope::of(&read.file);
        for (i, declaration) in scope.declarations.iter().enumerate() {
            match declaration.kind {
                Kind::Module(module)
                    if is_parameter && names::below(other, &module.path.kind).as_deref() == Some(file) =>
                {
                    sites.add(other, names::given(module).filter(|n| n.text == name).map(|n| n.span).collect());
                }
                Kind::Imported(import)
                    if is_exported && names::below(other, &import.path.kind).as_deref() == Some(file) =>
                {
                    let Imported::Items(items) = &import.what else { continue };
                    let own = |item: &&ImportItem| item.name.text == name && item.local().span == declaration.name.span;
                    let Some(item) = items.iter().find(own) else { continue };
                    sites.add(other, vec![item.name.span]);
                    if item.alias.is_none() {
                        sites.bound.push(other.to_path_buf());
                        sites.add(other, uses(&scope, i));
                    }
                }
                Kind::Wildcard(import)
                    if is_exported && names::below(other, &import.path.kind).as_deref() == Some(file) =>
                {
                    sites.whole.push(other.to_path_buf());
                }
                _ => {}
            }
        }
    }
    Some(sites)
}

impl Sites {
    fn add(&mut self, path: &Path, spans: Vec<Span>) {
        if !spans.is_empty() {
            self.used.entry(path.to_path_buf()).or_default().extend(spans);
        }
    }
}

fn uses(scope: &Scope<'_>, index: usize) -> Vec<Span> {
    let in_values = scope.uses.get(index).into_iter().flatten().copied();
    let mut spans: Vec<Span> = in_values.chain(scope.uses_as_type(index)).map(|n| n.span).collect();
    spans.sort();
    spans.dedup();
    spans
}
