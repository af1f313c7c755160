//! What the editor knows of each file. It is told, or it asks: for a file that it has open and asks for, nothing is pushed, and for
//! one that it does not ask for, everything is. So each file is shown once, whatever a client makes of the protocol.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gen_lsp_types::{
    Diagnostic, DocumentDiagnosticParams, DocumentDiagnosticReport, FullDocumentDiagnosticReport,
    LspNotificationMethod, LspRequestMethod, PreviousResultId, PublishDiagnosticsParams,
    RelatedFullDocumentDiagnosticReport, RelatedUnchangedDocumentDiagnosticReport, UnchangedDocumentDiagnosticReport,
    Uri, WorkspaceDiagnosticParams, WorkspaceDiagnosticReport, WorkspaceDocumentDiagnosticReport,
    WorkspaceFullDocumentDiagnosticReport, WorkspaceUnchangedDocumentDiagnosticReport,
};
use lsp_server::RequestId;

use super::client::{Client, Refusal};
use super::document::Documents;
use super::uri;
use super::worker::State;
use crate::diagnostic::Level;

/// What is found in a file, and how much of it the editor knows.
#[derive(Debug, Default)]
struct Known {
    /// For which of its texts.
    version: Option<i32>,
    /// What is found.
    diagnostics: Vec<Diagnostic>,
    /// Names what is found; 0 if that is nothing.
    id: u64,
    /// It was pushed, as it is now or as it was.
    pushed: bool,
}

/// What the editor knows.
#[derive(Debug, Default)]
pub struct Told {
    files: BTreeMap<PathBuf, Known>,
    /// What was said that stands at no place.
    said: BTreeSet<(Level, String)>,
    /// The last name that was given.
    last: u64,
    /// The editor asks for all files, open or not.
    asks_for_all: bool,
    /// Somebody waits for something to be different from this.
    held: Option<(RequestId, Vec<PreviousResultId>)>,
    /// The files that were typed in since the editor was told last: it asks for those on its own.
    typed: BTreeSet<PathBuf>,
}

impl Told {
    /// A file has been opened. Some editors forget what they were told of a file that was closed.
    pub fn opened(&mut self, path: &Path, client: &Client, documents: &Documents) {
        self.typed.insert(path.to_path_buf());
        let Some(known) = self.files.get_mut(path) else { return };
        if client.pulls {
            if std::mem::take(&mut known.pushed) {
                publish(client, documents.uri_of(path), None, Vec::new());
            }
        } else {
            // No text has this version: what is found is told once more.
            known.version = Some(i32::MIN);
        }
    }

    /// A file has been typed in.
    pub fn typed(&mut self, path: &Path) {
        self.typed.insert(path.to_path_buf());
    }

    /// Tells the editor what is shown in which file, where that is different from what it knows; and, for a text that has
    /// changed, in any case, because an editor moves on its own what it shows.
    pub fn update(&mut self, state: &State) {
        let State { client, documents, workspace } = state;
        let known: BTreeSet<PathBuf> = self.files.keys().cloned().collect();
        let mut files: BTreeMap<PathBuf, Vec<Diagnostic>> = known.into_iter().map(|path| (path, Vec::new())).collect();
        files.extend(documents.iter().map(|(path, _)| (path.to_path_buf(), Vec::new())));
        for folder in workspace.folders() {
            for (path, shown) in &folder.shows.files {
                if workspace.owner(path).is_none_or(|owner| std::ptr::eq(owner, folder)) {
                    files.entry(path.clone()).or_default().extend(shown.iter().map(|s| s.diagnostic.clone()));
                }
            }
        }
        let (mut different, mut elsewhere) = (false, false);
        for (path, diagnostics) in files {
            let version = documents.get(&path).map(|d| d.version);
            let known = self.files.entry(path.clone()).or_default();
            let new = known.diagnostics != diagnostics;
            if new {
                self.last += 1;
                known.id = if diagnostics.is_empty() { 0 } else { self.last };
                different = true;
                elsewhere |= version.is_some() && !self.typed.contains(&path);
            }
            let asked_for = client.pulls && (version.is_some() || self.asks_for_all);
            let due = match known.pushed {
                true => new || (known.version != version && !(diagnostics.is_empty() && version.is_none())),
                false => !diagnostics.is_empty() || version.is_some(),
            };
            if due && !asked_for {
                publish(client, documents.uri_of(&path), version, diagnostics.clone());
                known.pushed = true;
            }
            if diagnostics.is_empty() && version.is_none() {
                self.files.remove(&path);
            } else {
                (known.version, known.diagnostics) = (version, diagnostics);
            }
        }
        self.typed.clear();
        if different {
            self.release(state);
        }
        if elsewhere && client.pulls && client.refreshes {
            client.request("armlint-refresh", LspRequestMethod::WorkspaceDiagnosticRefresh, ());
        }
        self.say(state);
    }

    fn say(&mut self, state: &State) {
        let folders = state.workspace.folders();
        let said: BTreeSet<(Level, String)> = folders.iter().flat_map(|f| f.shows.elsewhere.iter().cloned()).collect();
        for (level, message) in said.difference(&self.said) {
            state.client.say(*level, message.clone());
        }
        self.said = said;
    }

    /// What is found in a file that the editor asks for.
    pub fn of_file(&self, params: &DocumentDiagnosticParams) -> DocumentDiagnosticReport {
        let known = uri::path(&params.text_document.uri).and_then(|path| self.files.get(&path));
        let (id, items) = known.map_or((0, &[][..]), |k| (k.id, &k.diagnostics));
        if is(params.previous_result_id.as_deref(), id) {
            let unchanged_document_diagnostic_report = UnchangedDocumentDiagnosticReport { result_id: id.to_string() };
            return RelatedUnchangedDocumentDiagnosticReport {
                related_documents: None,
                unchanged_document_diagnostic_report,
            }
            .into();
        }
        RelatedFullDocumentDiagnosticReport {
            related_documents: None,
            full_document_diagnostic_report: full(id, items),
        }
        .into()
    }

    /// What is found in all files, for an editor that asks for them. It gets its answer when something is different from what it
    /// knows, if it can wait for that: `None`.
    pub fn of_all(
        &mut self,
        id: &RequestId,
        params: WorkspaceDiagnosticParams,
        state: &State,
    ) -> Option<WorkspaceDiagnosticReport> {
        if !std::mem::replace(&mut self.asks_for_all, true) {
            for (path, known) in &mut self.files {
                if std::mem::take(&mut known.pushed) {
                    publish(&state.client, state.documents.uri_of(path), None, Vec::new());
                }
            }
        }
        let (report, different) = self.report(&params.previous_result_ids, state);
        // One who takes an answer in parts is prepared to wait for it.
        let waits = params.partial_result_params.partial_result_token.is_some();
        if different || !waits {
            return Some(report);
        }
        if let Some((before, ids)) = self.held.replace((id.clone(), params.previous_result_ids)) {
            let (report, _) = self.report(&ids, state);
            state.client.answer(before, serde_json::to_value(report).map_err(Refusal::internal));
        }
        None
    }

    /// Answers who waits for something to be different.
    fn release(&mut self, state: &State) {
        let Some((id, previous)) = self.held.take() else { return };
        let (report, different) = self.report(&previous, state);
        match different {
            true => state.client.answer(id, serde_json::to_value(report).map_err(Refusal::internal)),
            false => self.held = Some((id, previous)),
        }
    }

    /// All files, and whether one of them is not as the editor knows it.
    fn report(&self, previous: &[PreviousResultId], state: &State) -> (WorkspaceDiagnosticReport, bool) {
        let known = previous.iter().filter_map(|p| Some((uri::path(&p.uri)?, p)));
        let known: BTreeMap<PathBuf, &PreviousResultId> = known.collect();
        let gone = known.keys().filter(|path| !self.files.contains_key(*path));
        let nothing = Known::default();
        let all = self.files.iter().chain(gone.map(|path| (path, &nothing)));
        let mut different = false;
        let one = |(path, k): (&PathBuf, &Known)| -> WorkspaceDocumentDiagnosticReport {
            let previous = known.get(path);
            // The editor finds it by the name that it gave.
            let uri = previous.map_or_else(|| state.documents.uri_of(path), |p| p.uri.clone());
            let version = state.documents.get(path).map(|d| d.version);
            if is(previous.map(|p| p.value.as_str()), k.id) {
                let unchanged_document_diagnostic_report =
                    UnchangedDocumentDiagnosticReport { result_id: k.id.to_string() };
                return WorkspaceUnchangedDocumentDiagnosticReport {
                    uri,
                    version,
                    unchanged_document_diagnostic_report,
                }
                .into();
            }
            different |= previous.is_some() || k.id != 0;
            let full_document_diagnostic_report = full(k.id, &k.diagnostics);
            WorkspaceFullDocumentDiagnosticReport { uri, version, full_document_diagnostic_report }.into()
        };
        (WorkspaceDiagnosticReport { items: all.map(one).collect() }, different)
    }
}

/// Whether what the editor knows is what there is.
fn is(previous: Option<&str>, id: u64) -> bool {
    previous.is_some_and(|previous| previous == id.to_string())
}

fn full(id: u64, items: &[Diagnostic]) -> FullDocumentDiagnosticReport {
    FullDocumentDiagnosticReport { result_id: Some(id.to_string()), items: items.to_vec() }
}

fn publish(client: &Client, uri: Uri, version: Option<i32>, diagnostics: Vec<Diagnostic>) {
    let params = PublishDiagnosticsParams { uri, version, diagnostics };
    client.notify(LspNotificationMethod::TextDocumentPublishDiagnostics, params);
}
