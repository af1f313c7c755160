//! The thread that works: it applies what is typed, judges, tells what is different, and answers questions.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::Receiver;

use gen_lsp_types::{
    DiagnosticServerCancellationData, DidChangeTextDocumentParams, DidChangeWatchedFilesParams,
    DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams, ExecuteCommandParams,
    LspErrorCodes, LspNotificationMethod, LspRequestMethod,
};
use lsp_server::{ErrorCode, Notification, Request, RequestId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::{Client, Refusal};
use super::document::Documents;
use super::settings::RunOn;
use super::told::Told;
use super::workspace::Workspace;
use super::{actions, commands, completion, definition, hints, hover, lens, preview, references, symbols, uri};
use crate::diagnostic::Level;
use crate::scan::panic_text;
use crate::session::Options;

/// Something to do.
#[derive(Debug)]
pub enum Job {
    /// To be answered.
    Request(Request),
    /// To be taken note of.
    Notification(Notification),
}

/// What questions are answered from.
#[derive(Debug)]
pub struct State {
    /// The editor.
    pub client: Client,
    /// The open texts.
    pub documents: Documents,
    /// The folders, and what was found in them.
    pub workspace: Workspace,
}

/// All state of the server.
#[derive(Debug)]
pub struct Worker {
    state: State,
    told: Told,
    run_on: RunOn,
    /// Something was judged that the editor does not know yet.
    untold: bool,
    /// Whatever the user wants, the editor is to be told now.
    due: bool,
}

impl Worker {
    /// A worker for these folders.
    pub fn new(options: Options, folders: Vec<PathBuf>, client: Client, run_on: RunOn) -> Self {
        let documents = Documents::new(client.encoding);
        let workspace = Workspace::new(options, client.related, folders);
        let state = State { client, documents, workspace };
        Worker { state, told: Told::default(), run_on, untold: false, due: true }
    }

    /// Does what there is to do until nobody asks any more.
    pub fn work(mut self, jobs: &Receiver<Job>) {
        self.state.client.watch();
        let mut queue = VecDeque::new();
        loop {
            queue.extend(jobs.try_iter());
            match queue.pop_front() {
                // What was typed is applied before anything is judged: a burst is judged once.
                Some(Job::Notification(notification)) => self.notified(notification),
                Some(Job::Request(request)) => self.asked(request, &queue),
                None if self.due || (self.state.workspace.is_dirty() && self.run_on == RunOn::Type) => self.judge(),
                None => match jobs.recv() {
                    Ok(job) => queue.push_back(job),
                    Err(_) => return,
                },
            }
        }
    }

    fn asked(&mut self, request: Request, queue: &VecDeque<Job>) {
        let Request { id, method, params } = request;
        if !self.state.client.waits(&id) {
            return;
        }
        let changes = |job: &Job| matches!(job, Job::Notification(n) if n.method == "textDocument/didChange");
        if queue.iter().any(changes) {
            self.state.client.answer(id, Err(outdated(&method)));
            return;
        }
        // What can be written hangs on the text alone, and is asked for at every key.
        if method != "textDocument/completion" {
            self.judge();
        }
        // While that was done, somebody may have lost interest.
        if self.state.client.waits(&id) {
            let answer = guarded(|| self.answer(&id, &method, params));
            if let Some(answer) = answer.transpose() {
                self.state.client.answer(id, answer);
            }
        }
    }

    /// The answer to a request; `None` for one that is answered later.
    fn answer(&mut self, id: &RequestId, method: &str, params: Value) -> Result<Option<Value>, Refusal> {
        let Worker { state, told, .. } = self;
        match LspRequestMethod::from(method) {
            LspRequestMethod::TextDocumentDiagnostic => answered(params, |p| Ok(told.of_file(&p))).map(Some),
            LspRequestMethod::WorkspaceDiagnostic => {
                let report = told.of_all(id, parsed(params)?, state);
                report.map(serde_json::to_value).transpose().map_err(Refusal::internal)
            }
            LspRequestMethod::WorkspaceExecuteCommand => {
                let params: ExecuteCommandParams = parsed(params)?;
                if params.command == commands::SCAN {
                    self.state.workspace.renew();
                    self.due = true;
                    self.judge();
                }
                answered_with(commands::executed(&mut self.state, &params)).map(Some)
            }
            _ => self.asked_of_state(method, params).map(Some),
        }
    }

    fn asked_of_state(&mut self, method: &str, params: Value) -> Result<Value, Refusal> {
        use LspRequestMethod as Method;
        let state = &mut self.state;
        match Method::from(method) {
            Method::TextDocumentCodeAction => answered(params, |p| actions::offered(state, &p)),
            Method::CodeActionResolve => answered(params, |p| actions::resolved(state, p)),
            Method::TextDocumentHover => answered(params, |p| hover::hover(state, &p)),
            Method::TextDocumentInlayHint => answered(params, |p| hints::hints(state, &p)),
            Method::TextDocumentDefinition => answered(params, |p| definition::definition(state, &p)),
            Method::TextDocumentReferences => answered(params, |p| references::references(state, &p)),
            Method::TextDocumentPrepareRename => answered(params, |p| references::prepared(state, &p)),
            Method::TextDocumentRename => answered(params, |p| references::renamed(state, &p)),
            Method::TextDocumentDocumentSymbol => answered(params, |p| symbols::symbols(state, &p)),
            Method::TextDocumentCodeLens => answered(params, |p| lens::lenses(state, &p)),
            Method::TextDocumentCompletion => answered(params, |p| completion::completed(state, &p)),
            Method::Custom(preview::METHOD) => answered(params, |p| preview::preview(state, &p)),
            _ => Err(Refusal::new(ErrorCode::MethodNotFound, format!("`{method}` is not known here"))),
        }
    }

    fn notified(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        let done = match LspNotificationMethod::from(method.as_str()) {
            LspNotificationMethod::TextDocumentDidOpen => parsed(params).map(|p: DidOpenTextDocumentParams| {
                if let Some(path) = self.state.documents.open(p.text_document) {
                    self.told.opened(&path, &self.state.client, &self.state.documents);
                    self.state.workspace.set(&path, &self.state.documents);
                    self.due = true;
                }
            }),
            LspNotificationMethod::TextDocumentDidChange => parsed(params).map(|p: DidChangeTextDocumentParams| {
                let (id, version) = (&p.text_document.text_document_identifier.uri, p.text_document.version);
                if let Some(path) = self.state.documents.change(id, version, p.content_changes) {
                    self.told.typed(&path);
                    self.state.workspace.set(&path, &self.state.documents);
                }
            }),
            LspNotificationMethod::TextDocumentDidClose => parsed(params).map(|p: DidCloseTextDocumentParams| {
                if let Some(path) = self.state.documents.close(&p.text_document.uri) {
                    self.state.workspace.release(&path, &self.state.documents);
                    // Its file may have gone with its folder.
                    (self.due, self.untold) = (true, true);
                }
            }),
            LspNotificationMethod::TextDocumentDidSave => {
                self.due = true;
                Ok(())
            }
            LspNotificationMethod::WorkspaceDidChangeWatchedFiles => {
                parsed(params).map(|p: DidChangeWatchedFilesParams| {
                    for path in p.changes.iter().filter_map(|change| uri::path(&change.uri)) {
                        self.state.workspace.touch(&path);
                    }
                    self.due = true;
                })
            }
            LspNotificationMethod::WorkspaceDidChangeWorkspaceFolders => {
                parsed(params).map(|p: DidChangeWorkspaceFoldersParams| {
                    let paths = |folders: Vec<gen_lsp_types::WorkspaceFolder>| {
                        folders.into_iter().filter_map(|f| uri::path(&f.uri)).collect::<Vec<_>>()
                    };
                    for base in paths(p.event.removed) {
                        self.state.workspace.remove(&base, &self.state.documents);
                    }
                    for base in paths(p.event.added) {
                        self.state.workspace.add(base, &self.state.documents);
                    }
                    (self.due, self.untold) = (true, true);
                })
            }
            // What a client may send and nobody here wants to know.
            _ => Ok(()),
        };
        if let Err(refusal) = done {
            self.state.client.say(Level::Warning, format!("{method} cannot be understood: {}", refusal.message));
        }
    }

    /// Judges what has changed, and tells what is different, if the user wants to know that now.
    fn judge(&mut self) {
        self.untold |= self.state.workspace.judge(&self.state.documents);
        if self.untold && (self.due || self.run_on == RunOn::Type) {
            self.untold = false;
            self.told.update(&self.state);
        }
        self.due = false;
    }
}

/// The answer to a question with these parameters.
fn answered<P: DeserializeOwned, T: Serialize>(
    params: Value,
    f: impl FnOnce(P) -> Result<T, Refusal>,
) -> Result<Value, Refusal> {
    answered_with(f(parsed(params)?))
}

fn answered_with<T: Serialize>(answer: Result<T, Refusal>) -> Result<Value, Refusal> {
    serde_json::to_value(answer?).map_err(Refusal::internal)
}

/// What is said to somebody who asked before the text was changed.
fn outdated(method: &str) -> Refusal {
    let message = "the text has changed meanwhile";
    match LspRequestMethod::from(method) {
        // Clients take any other number for "nothing is found".
        LspRequestMethod::TextDocumentDiagnostic | LspRequestMethod::WorkspaceDiagnostic => Refusal {
            data: serde_json::to_value(DiagnosticServerCancellationData { retrigger_request: true }).ok(),
            ..Refusal::of_protocol(LspErrorCodes::ServerCancelled, message)
        },
        _ => Refusal::of_protocol(LspErrorCodes::ContentModified, message),
    }
}

fn parsed<P: DeserializeOwned>(params: Value) -> Result<P, Refusal> {
    serde_json::from_value(params).map_err(|e| Refusal::new(ErrorCode::InvalidParams, e.to_string()))
}

/// A mistake of ours costs the request, and nothing else.
fn guarded<T>(f: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|panic| {
        let what = panic_text(panic.as_ref());
        Err(Refusal::new(ErrorCode::InternalError, format!("armlint made a mistake here ({what}); please report it")))
    })
}

#[cfg(test)]
mod tests {
    use gen_lsp_types::ClientCapabilities;

    use super::super::position::Encoding;
    use super::super::server::Waiting;
    use super::super::settings::Settings;
    use super::*;

    #[test]
    fn what_is_asked_before_an_edit_is_not_answered_from_after_it() {
        let (sender, answers) = std::sync::mpsc::channel();
        let send = Box::new(move |message| sender.send(message).is_ok());
        let waiting = Waiting::default();
        let client =
            Client::new(&ClientCapabilities::default(), &Settings::default(), Encoding::Utf16, send, waiting.clone());
        let mut worker = Worker::new(Options::new("."), Vec::new(), client, RunOn::Type);
        let request = |id: i32| {
            waiting.add(id.into());
            Request { id: id.into(), method: "armlint/nothing".to_owned(), params: Value::Null }
        };
        let change = Notification { method: "textDocument/didChange".to_owned(), params: Value::Null };
        worker.asked(request(1), &VecDeque::from([Job::Notification(change)]));
        worker.asked(request(2), &VecDeque::new());
        let cancelled = request(3);
        assert!(waiting.take(&cancelled.id));
        worker.asked(cancelled, &VecDeque::new());
        let code = |message| match message {
            lsp_server::Message::Response(r) => r.response_result.err().map(|e| e.code),
            other => panic!("{other:?}"),
        };
        assert_eq!(answers.try_iter().map(code).collect::<Vec<_>>(), [Some(-32801), Some(-32601)]);
    }

    #[test]
    fn a_mistake_costs_the_request() {
        let lost = guarded::<()>(|| panic!("of ours"));
        assert!(lost.is_err_and(|r| r.code == ErrorCode::InternalError as i32 && r.message.contains("of ours")));
        assert_eq!(guarded(|| Ok(1)), Ok(1));
    }
}
