//! The thread that talks to the editor: it reads every message at once, so that a request can be cancelled while others are
//! worked on.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use gen_lsp_types::{
    CancelParams, ChangeNotifications, CodeActionKind, CodeActionOptions, CodeActionProvider, CodeLensOptions,
    CompletionOptions, DefinitionProvider, DiagnosticOptions, DiagnosticProvider, DocumentSymbolProvider,
    ExecuteCommandOptions, HoverProvider, Id, InitializeParams, InitializeResult, InlayHintProvider, LspErrorCodes,
    LspNotificationMethod, ReferencesProvider, RenameOptions, RenameProvider, Save, ServerCapabilities, ServerInfo,
    TextDocumentSync, TextDocumentSyncKind, TextDocumentSyncOptions, WorkspaceFolders,
    WorkspaceFoldersServerCapabilities, WorkspaceOptions,
};
use lsp_server::{Connection, ErrorCode, Message, Notification, ProtocolError, Request, RequestId, Response};

use super::client::Client;
use super::position::Encoding;
use super::settings::Settings;
use super::worker::{Job, Worker};
use super::{actions, commands, frames, uri};
use crate::diagnostic::Level;
use crate::scan::STACK;
use crate::session::Options;

/// The conversation with the editor broke off.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// What came was not what the protocol wants.
    #[error("the editor broke the protocol: {0}")]
    Protocol(#[from] ProtocolError),
    /// It is not clear where a message begins.
    #[error("the editor broke the protocol: {0}")]
    Frame(String),
    /// What came could not be understood.
    #[error("the editor's first message cannot be understood: {0}")]
    Initialize(#[from] serde_json::Error),
    /// The thread that works could not be started.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// The requests that wait for an answer. Whoever takes one out answers it, and nobody else does.
#[derive(Debug, Clone, Default)]
pub struct Waiting(Arc<Mutex<HashSet<RequestId>>>);

impl Waiting {
    /// A request has come.
    pub fn add(&self, id: RequestId) {
        self.lock().insert(id);
    }

    /// Takes a request out; `false` if it has been answered.
    pub fn take(&self, id: &RequestId) -> bool {
        self.lock().remove(id)
    }

    /// Whether a request waits.
    pub fn has(&self, id: &RequestId) -> bool {
        self.lock().contains(id)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<RequestId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves an editor on standard input and output until it says that it has had enough. `options` are those of a scan; the folders
/// are the editor's. Gives whether the end was as the protocol wants it: `shutdown`, then `exit`.
///
/// # Errors
/// [`ServeError`] if the conversation does not get under way.
pub fn serve(options: Options) -> Result<bool, ServeError> {
    // The threads behind it end with the process.
    let (connection, threads) = frames::stdio()?;
    let ended = run(&connection, options);
    match (threads.end(&connection), ended) {
        (_, Ok(true)) => Ok(true),
        (Some(why), _) => Err(ServeError::Frame(why)),
        (None, ended) => ended,
    }
}

fn run(connection: &Connection, options: Options) -> Result<bool, ServeError> {
    let (id, params) = connection.initialize_start()?;
    let params: InitializeParams = serde_json::from_value(params)?;
    let offered = params.capabilities.general.as_ref().and_then(|g| g.position_encodings.as_deref());
    let encoding = Encoding::agreed(offered);
    let (settings, wrong) = Settings::of(params.initialization_options.as_ref());
    let answer = InitializeResult {
        capabilities: capabilities(encoding, &settings, pulls(&params, &settings)),
        server_info: Some(ServerInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    };
    connection.initialize_finish(id, serde_json::to_value(answer)?)?;
    let waiting = Waiting::default();
    let sender = connection.sender.clone();
    let send = Box::new(move |message| sender.send(message).is_ok());
    let client = Client::new(&params.capabilities, &settings, encoding, send, waiting.clone());
    wrong.into_iter().for_each(|message| client.say(Level::Warning, message));
    let folders = folders(&params);
    let (jobs, todo) = channel();
    let worker = move || Worker::new(options, folders, client, settings.run_on).work(&todo);
    std::thread::Builder::new().name("armlint-worker".to_owned()).stack_size(STACK).spawn(worker)?;
    Ok(listen(connection, &jobs, &waiting))
}

/// Reads messages until the end; gives whether that was announced.
fn listen(connection: &Connection, jobs: &Sender<Job>, waiting: &Waiting) -> bool {
    let mut shut_down = false;
    let send = |response: Response| connection.sender.send(response.into()).is_ok();
    for message in &connection.receiver {
        let alive = match message {
            Message::Request(request) if shut_down => {
                let said = "the server has been shut down".to_owned();
                send(Response::new_err(request.id, ErrorCode::InvalidRequest as i32, said))
            }
            Message::Request(Request { id, method, .. }) if method == "shutdown" => {
                shut_down = true;
                send(Response::new_ok(id, ()))
            }
            Message::Request(request) => {
                waiting.add(request.id.clone());
                jobs.send(Job::Request(request)).is_ok()
            }
            Message::Notification(notification) => match LspNotificationMethod::from(notification.method.as_str()) {
                LspNotificationMethod::Exit => return shut_down,
                LspNotificationMethod::CancelRequest => {
                    cancelled(&notification).filter(|id| waiting.take(id)).is_none_or(|id| {
                        let code = LspErrorCodes::RequestCancelled.into();
                        send(Response::new_err(id, code, "cancelled".to_owned()))
                    })
                }
                _ => jobs.send(Job::Notification(notification)).is_ok(),
            },
            // Answers to what the server asked: it does not hang on any of them.
            Message::Response(_) => true,
        };
        if !alive {
            return false;
        }
    }
    false
}

fn cancelled(notification: &Notification) -> Option<RequestId> {
    let params: CancelParams = serde_json::from_value(notification.params.clone()).ok()?;
    Some(match params.id {
        Id::Int(id) => id.into(),
        Id::String(id) => id.into(),
    })
}

/// The folders that the editor has open, in its order.
fn folders(params: &InitializeParams) -> Vec<PathBuf> {
    let given = match &params.workspace_folders_initialize_params.workspace_folders {
        Some(WorkspaceFolders::WorkspaceFolderList(folders)) => folders.iter().map(|f| uri::path(&f.uri)).collect(),
        _ => Vec::new(),
    };
    #[expect(deprecated, reason = "clients that know no workspace folders say it so")]
    let root = params.root_uri.as_ref().filter(|_| given.is_empty()).map(uri::path);
    given.into_iter().chain(root).flatten().collect()
}

/// Whether the editor asks for diagnostics, and may.
fn pulls(params: &InitializeParams, settings: &Settings) -> bool {
    !settings.push_diagnostics && params.capabilities.text_document.as_ref().is_some_and(|t| t.diagnostic.is_some())
}

/// What this server can do. Nothing is announced that is not there.
fn capabilities(encoding: Encoding, settings: &Settings, pulls: bool) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSync::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::Incremental),
            save: Some(Save::Bool(true)),
            ..TextDocumentSyncOptions::default()
        })),
        code_action_provider: Some(CodeActionProvider::CodeActionOptions(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QuickFix, actions::fix_all()]),
            resolve_provider: Some(true),
            ..CodeActionOptions::default()
        })),
        // Findings of a caller hang on the module, and the other way round.
        diagnostic_provider: pulls.then(|| {
            DiagnosticProvider::DiagnosticOptions(DiagnosticOptions {
                identifier: Some(env!("CARGO_PKG_NAME").to_owned()),
                inter_file_dependencies: true,
                workspace_diagnostics: true,
                ..DiagnosticOptions::default()
            })
        }),
        hover_provider: Some(HoverProvider::Bool(true)),
        definition_provider: Some(DefinitionProvider::Bool(true)),
        inlay_hint_provider: settings.inlay_hints.then_some(InlayHintProvider::Bool(true)),
        references_provider: Some(ReferencesProvider::Bool(true)),
        rename_provider: Some(RenameProvider::RenameOptions(RenameOptions {
            prepare_provider: Some(true),
            ..RenameOptions::default()
        })),
        document_symbol_provider: Some(DocumentSymbolProvider::Bool(true)),
        code_lens_provider: Some(CodeLensOptions::default()),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(vec![".".to_owned(), "\"".to_owned()]),
            ..CompletionOptions::default()
        }),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: commands::ALL.map(str::to_owned).to_vec(),
            ..ExecuteCommandOptions::default()
        }),
        workspace: Some(WorkspaceOptions {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(ChangeNotifications::Bool(true)),
            }),
            ..WorkspaceOptions::default()
        }),
        ..ServerCapabilities::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn notification(method: &str, params: serde_json::Value) -> Message {
        Notification { method: method.to_owned(), params }.into()
    }

    fn request(id: i32, method: &str) -> Message {
        Request { id: id.into(), method: method.to_owned(), params: json!({}) }.into()
    }

    /// What comes of messages while the worker has no time: the answers, what is left for the worker, and how it ended.
    fn heard(messages: Vec<Message>) -> (Vec<(RequestId, Option<i32>)>, usize, bool) {
        let (ours, theirs) = Connection::memory();
        messages.into_iter().for_each(|message| theirs.sender.send(message).unwrap());
        let (jobs, todo) = channel();
        drop(theirs.sender);
        let ended = listen(&ours, &jobs, &Waiting::default());
        drop((ours, jobs));
        let answers = theirs.receiver.iter().map(|message| match message {
            Message::Response(r) => (r.id, r.response_result.err().map(|e| e.code)),
            other => panic!("{other:?}"),
        });
        (answers.collect(), todo.iter().count(), ended)
    }

    #[test]
    fn a_request_is_cancelled_while_others_are_worked_on() {
        let cancel = |id: i32| notification("$/cancelRequest", json!({ "id": id }));
        let (answers, jobs, _) = heard(vec![request(1, "a"), request(2, "b"), cancel(2), cancel(2), cancel(9)]);
        assert_eq!((answers, jobs), (vec![(2.into(), Some(-32800))], 2));
    }

    #[test]
    fn the_end_is_shutdown_and_then_exit() {
        let exit = || notification("exit", json!(null));
        assert_eq!(heard(vec![exit()]), (vec![], 0, false));
        let (answers, jobs, ended) = heard(vec![
            request(1, "shutdown"),
            notification("textDocument/didClose", json!({})),
            request(2, "a"),
            exit(),
            request(3, "b"),
        ]);
        assert_eq!((answers, jobs, ended), (vec![(1.into(), None), (2.into(), Some(-32600))], 1, true));
        assert!(!heard(vec![request(1, "shutdown")]).2);
    }
}
