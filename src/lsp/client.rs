//! The editor: what it can do, and the way to it.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use gen_lsp_types::{
    ClientCapabilities, DidChangeWatchedFilesRegistrationOptions, FileSystemWatcher, GlobPattern, LogMessageParams,
    LspErrorCodes, LspNotificationMethod, LspRequestMethod, MessageType, Registration, RegistrationParams,
    ShowMessageParams,
};
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response, ResponseError};
use serde::Serialize;
use serde_json::Value;

use super::position::Encoding;
use super::server::Waiting;
use super::settings::Settings;
use crate::diagnostic::Level;

/// The files whose changes on disk matter, as globs below the folders.
const WATCHED: [&str; 5] = [
    "**/*.{bicep,bicepparam,json,jsonc}",
    "**/{armlint,ps-rule,psrule}.{yaml,yml}",
    "**/.ps-rule/**",
    "**/*.Rule.{yaml,yml}",
    "**/*.md",
];

/// Sends a message; `false` if nobody is there any more.
pub type Send = Box<dyn Fn(Message) -> bool + std::marker::Send>;

/// The editor.
pub struct Client {
    /// What columns count.
    pub encoding: Encoding,
    /// It shows other places along with a finding.
    pub related: bool,
    /// It takes edits with the versions of the texts that they are for.
    pub versions: bool,
    /// It asks for the edit of an action when somebody has chosen that.
    pub resolves: bool,
    /// It opens pages of the web.
    pub opens: bool,
    /// It asks for diagnostics.
    pub pulls: bool,
    /// It asks for diagnostics again if it is told to.
    pub refreshes: bool,
    /// It makes changes that the server asks for.
    pub applies: bool,
    /// It tells what changes on disk if it is asked to.
    watches: bool,
    send: Send,
    waiting: Waiting,
    /// How many questions were asked.
    asked: AtomicU32,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("encoding", &self.encoding).finish_non_exhaustive()
    }
}

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The protocol's number for it.
    pub code: i32,
    /// What people read.
    pub message: String,
    /// What programs read besides.
    pub data: Option<Value>,
}

impl Refusal {
    /// With one of the numbers of JSON-RPC.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Refusal { code: code as i32, message: message.into(), data: None }
    }

    /// With one of the numbers of the Language Server Protocol.
    pub fn of_protocol(code: LspErrorCodes, message: impl Into<String>) -> Self {
        Refusal { code: code.into(), message: message.into(), data: None }
    }

    /// For what cannot be said as JSON.
    pub fn internal(e: serde_json::Error) -> Self {
        Refusal::new(ErrorCode::InternalError, e.to_string())
    }
}

impl Client {
    /// An editor with these capabilities, whose user wants this.
    pub fn new(
        can: &ClientCapabilities,
        settings: &Settings,
        encoding: Encoding,
        send: Send,
        waiting: Waiting,
    ) -> Self {
        let publish = can.text_document.as_ref().and_then(|t| t.publish_diagnostics.as_ref());
        let pull =
            can.text_document.as_ref().and_then(|t| t.diagnostic.as_ref()).filter(|_| !settings.push_diagnostics);
        let related = match pull {
            Some(pull) => pull.diagnostics_capabilities.related_information,
            None => publish.and_then(|p| p.diagnostics_capabilities.related_information),
        };
        let refreshes = can.workspace.as_ref().and_then(|w| w.diagnostics.as_ref()).and_then(|d| d.refresh_support);
        let watched = can.workspace.as_ref().and_then(|w| w.did_change_watched_files.as_ref());
        let watches = watched.and_then(|w| w.dynamic_registration);
        let edits = can.workspace.as_ref().and_then(|w| w.workspace_edit.as_ref());
        let versions = edits.and_then(|e| e.document_changes);
        let actions = can.text_document.as_ref().and_then(|t| t.code_action.as_ref());
        let resolve = actions.and_then(|a| a.resolve_support.as_ref());
        let opens = can.window.as_ref().and_then(|w| w.show_document.as_ref()).is_some_and(|s| s.support);
        Client {
            encoding,
            versions: versions.unwrap_or_default(),
            resolves: resolve.is_some_and(|r| r.properties.iter().any(|p| p == "edit")),
            opens,
            pulls: pull.is_some(),
            refreshes: refreshes.unwrap_or_default(),
            applies: can.workspace.as_ref().and_then(|w| w.apply_edit).unwrap_or_default(),
            related: related.unwrap_or_default(),
            watches: watches.unwrap_or_default(),
            send,
            waiting,
            asked: AtomicU32::new(0),
        }
    }

    /// Whether a request still waits for its answer.
    pub fn waits(&self, id: &RequestId) -> bool {
        self.waiting.has(id)
    }

    /// Answers a request, unless it has been cancelled.
    pub fn answer(&self, id: RequestId, answer: Result<Value, Refusal>) {
        if self.waiting.take(&id) {
            let response = match answer {
                Ok(value) => Response::new_ok(id, value),
                Err(Refusal { code, message, data }) => {
                    Response { id, response_result: Err(ResponseError { code, message, data }) }
                }
            };
            (self.send)(response.into());
        }
    }

    /// Tells something.
    pub fn notify(&self, method: LspNotificationMethod<'_>, params: impl Serialize) {
        if let Ok(params) = serde_json::to_value(params) {
            (self.send)(Notification { method: method.into(), params }.into());
        }
    }

    /// Asks something to which the answer does not matter. `name` says what, for those who read along.
    pub fn request(&self, name: &str, method: LspRequestMethod<'_>, params: impl Serialize) {
        if let Ok(params) = serde_json::to_value(params) {
            let id = format!("{name}-{}", self.asked.fetch_add(1, Ordering::Relaxed));
            (self.send)(Request { id: id.into(), method: method.into(), params }.into());
        }
    }

    /// Asks to be told what changes on disk, if the editor can do that.
    pub fn watch(&self) {
        if !self.watches {
            return;
        }
        let watcher =
            |glob: &str| FileSystemWatcher { glob_pattern: GlobPattern::Pattern(glob.to_owned()), kind: None };
        let options = DidChangeWatchedFilesRegistrationOptions { watchers: WATCHED.into_iter().map(watcher).collect() };
        let registration = Registration {
            id: "armlint-watched".to_owned(),
            method: LspNotificationMethod::WorkspaceDidChangeWatchedFiles.into(),
            register_options: serde_json::to_value(options).ok(),
        };
        let params = RegistrationParams { registrations: vec![registration] };
        self.request("armlint-watch", LspRequestMethod::ClientRegisterCapability, params);
    }

    /// Says something that stands at no place: an error where everybody sees it, everything else in the log.
    pub fn say(&self, level: Level, message: String) {
        match level {
            Level::Error => self.notify(
                LspNotificationMethod::WindowShowMessage,
                ShowMessageParams { kind: MessageType::Error, message },
            ),
            Level::Warning | Level::Note => {
                let kind = if level == Level::Warning { MessageType::Warning } else { MessageType::Info };
                self.notify(LspNotificationMethod::WindowLogMessage, LogMessageParams { kind, message });
            }
        }
    }
}
