//! What somebody asks for by name: the page of a rule, all judged anew, all safe changes made.

use gen_lsp_types::{
    ApplyWorkspaceEditParams, ExecuteCommandParams, LspErrorCodes, LspRequestMethod, ShowDocumentParams, WorkspaceEdit,
};
use lsp_server::ErrorCode;
use serde::Serialize;
use serde_json::Value;

use super::client::Refusal;
use super::worker::State;
use super::{actions, edits};
use crate::diagnostic::Level;

/// Opens the page of a rule.
pub const OPEN_PAGE: &str = "armlint.openPage";

/// Reads and judges all folders anew; answers with what was found in how many files.
pub const SCAN: &str = "armlint.scanWorkspace";

/// Makes all safe changes in all folders; answers with how many in how many files.
pub const FIX: &str = "armlint.fixWorkspace";

/// All of them.
pub const ALL: [&str; 3] = [OPEN_PAGE, SCAN, FIX];

/// What a scan found.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    files: usize,
    findings: usize,
    /// What could not be read or judged.
    errors: usize,
}

/// What became of changes.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    changes: usize,
    files: usize,
    /// Those that would not have kept their word.
    refused: usize,
}

/// Carries out a command. Those that judge find that done.
pub fn executed(state: &mut State, params: &ExecuteCommandParams) -> Result<Value, Refusal> {
    match params.command.as_str() {
        OPEN_PAGE => opened(state, params).map(|()| Value::Null),
        SCAN => serde_json::to_value(found(state)).map_err(Refusal::internal),
        FIX => serde_json::to_value(fixed(state)?).map_err(Refusal::internal),
        other => Err(unknown(other)),
    }
}

fn unknown(command: &str) -> Refusal {
    Refusal::new(ErrorCode::InvalidParams, format!("`{command}` with these arguments is not known here"))
}

fn opened(state: &State, params: &ExecuteCommandParams) -> Result<(), Refusal> {
    let page = params.arguments.iter().flatten().find_map(Value::as_str);
    // Whoever sends commands, nothing but a page of the web is opened.
    let page = page.filter(|page| page.starts_with("https://")).ok_or_else(|| unknown(&params.command))?;
    let params = ShowDocumentParams { uri: page.into(), external: Some(true), take_focus: None, selection: None };
    state.client.request("armlint-page", LspRequestMethod::WindowShowDocument, params);
    Ok(())
}

fn found(state: &State) -> Found {
    let mut all = Found::default();
    for folder in state.workspace.folders() {
        let shown = folder
            .shows
            .files
            .iter()
            .filter(|(path, _)| state.workspace.owner(path).is_none_or(|owner| std::ptr::eq(owner, folder)));
        for (_, shown) in shown {
            let findings = shown.iter().filter(|s| s.result.is_some()).count();
            all.files += usize::from(findings > 0);
            all.findings += findings;
        }
        let wrong = folder.shows.elsewhere.iter().filter(|(level, _)| *level == Level::Error).count();
        let of_input =
            folder.verdicts().map_or(0, |v| v.diagnostics().iter().filter(|d| d.level == Level::Error).count());
        all.errors += wrong.max(of_input);
    }
    all
}

fn fixed(state: &mut State) -> Result<Made, Refusal> {
    if !state.client.applies {
        let message = "the editor makes no changes that a server asks for; `armlint fix` makes them on disk";
        return Err(Refusal::of_protocol(LspErrorCodes::RequestFailed, message));
    }
    let places: Vec<_> = state.workspace.folders().iter().map(|f| f.file.clone().unwrap_or(f.base.clone())).collect();
    let mut made = Made::default();
    let mut files = Vec::new();
    for place in places {
        let tried = actions::all_below(state, &place)?;
        made.changes += tried.made;
        made.refused += tried.refused;
        files.extend(tried.files);
    }
    made.files = files.len();
    if !files.is_empty() {
        let edit: WorkspaceEdit = edits::of(&state.client, &state.documents, files);
        let label = Some("Safe changes of armlint".to_owned());
        let params = ApplyWorkspaceEditParams { label, edit, metadata: None };
        state.client.request("armlint-fix", LspRequestMethod::WorkspaceApplyEdit, params);
    }
    Ok(made)
}
