//! A client of `armlint lsp`, as small as one can be.
#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Editor {
    process: Child,
    stdin: ChildStdin,
    messages: Receiver<Value>,
    /// What is shown, by URI.
    pub shown: BTreeMap<String, Value>,
    /// The messages without an answer that were not waited for.
    pub told: Vec<Value>,
    pub capabilities: Value,
    next: i32,
}

pub fn uri(path: &Path) -> String {
    format!("file://{}", path.to_str().unwrap())
}

impl Editor {
    /// An editor with these folders open, that can do what `capabilities` say.
    pub fn start(folders: &[&Path], capabilities: &Value) -> Self {
        Editor::start_with(folders, capabilities, &Value::Null)
    }

    /// The same, with options of the user.
    pub fn start_with(folders: &[&Path], capabilities: &Value, options: &Value) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_armlint"));
        command.args(["lsp", "--now", "2026-01-01T00:00:00Z", "--baseline", "Azure.All"]);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let (stdin, stdout) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let mut out = BufReader::new(stdout);
            while let Some(message) = message(&mut out) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let (shown, told) = (BTreeMap::new(), Vec::new());
        let mut editor = Editor { process, stdin, messages, shown, told, capabilities: Value::Null, next: 0 };
        let named = |path: &&Path| json!({ "uri": uri(path), "name": "it" });
        let folders: Vec<Value> = folders.iter().map(named).collect();
        let params = json!({
            "processId": null, "rootUri": null, "capabilities": capabilities, "workspaceFolders": folders,
            "initializationOptions": options,
        });
        editor.capabilities = editor.ask("initialize", params).unwrap()["capabilities"].clone();
        editor.tell("initialized", json!({}));
        editor
    }

    pub fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request; gives its id.
    pub fn request(&mut self, method: &str, params: Value) -> i32 {
        self.next += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.next, "method": method, "params": params }));
        self.next
    }

    /// The answer to a request: the result, or the number of the error with its message.
    pub fn answer(&mut self, id: i32) -> Result<Value, (i64, String)> {
        loop {
            let message = self.messages.recv_timeout(PATIENCE).unwrap();
            if message.get("method").is_some() {
                self.note(message);
            } else if message["id"] == id {
                return match message.get("error") {
                    Some(error) => {
                        Err((error["code"].as_i64().unwrap(), error["message"].as_str().unwrap().to_owned()))
                    }
                    None => Ok(message["result"].clone()),
                };
            }
        }
    }

    pub fn ask(&mut self, method: &str, params: Value) -> Result<Value, (i64, String)> {
        let id = self.request(method, params);
        self.answer(id)
    }

    /// Waits until all that was said is judged.
    pub fn settle(&mut self) {
        let (code, _) = self.ask("armlint/nothing", json!({})).unwrap_err();
        assert_eq!(code, -32601);
    }

    pub fn open(&mut self, path: &Path, text: &str) {
        let item = json!({ "uri": uri(path), "languageId": "bicep", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": item }));
    }

    /// Types: puts a text between two places, each a line and a column from 0.
    pub fn change(&mut self, path: &Path, version: i32, from: (u32, u32), to: (u32, u32), text: &str) {
        let at = |(line, character): (u32, u32)| json!({ "line": line, "character": character });
        let change = json!({ "range": { "start": at(from), "end": at(to) }, "text": text });
        let document = json!({ "uri": uri(path), "version": version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [change] }));
    }

    pub fn replace(&mut self, path: &Path, version: i32, text: &str) {
        let document = json!({ "uri": uri(path), "version": version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [{ "text": text }] }));
    }

    pub fn close(&mut self, path: &Path) {
        self.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri(path) } }));
    }

    /// Asks something about a place, given by a text that occurs once in the file.
    pub fn ask_at(&mut self, method: &str, path: &Path, text: &str, what: &str) -> Result<Value, (i64, String)> {
        let place = place(text, what);
        self.ask(method, json!({ "textDocument": { "uri": uri(path) }, "position": place }))
    }

    /// The code and line (from 0) of all that is shown in a file.
    pub fn findings(&self, path: &Path) -> Vec<(String, u64)> {
        let all = self.shown.get(&uri(path)).and_then(Value::as_array).cloned().unwrap_or_default();
        let one = |d: &Value| (d["code"].as_str().unwrap().to_owned(), d["range"]["start"]["line"].as_u64().unwrap());
        all.iter().map(one).collect()
    }

    /// The lines (from 0) in which a rule is broken.
    pub fn lines_of(&self, path: &Path, rule: &str) -> Vec<u64> {
        self.findings(path).into_iter().filter(|(code, _)| code == rule).map(|(_, line)| line).collect()
    }

    /// Says goodbye; gives the status that the server ends with.
    pub fn finish(mut self) -> i32 {
        assert_eq!(self.ask("shutdown", Value::Null), Ok(Value::Null));
        self.tell("exit", Value::Null);
        self.process.wait().unwrap().code().unwrap()
    }

    /// Goes away without a word; gives the status that the server ends with.
    pub fn vanish(self) -> i32 {
        let Editor { mut process, stdin, .. } = self;
        drop(stdin);
        process.wait().unwrap().code().unwrap()
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.send_raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    /// Sends bytes as they are.
    pub fn send_raw(&mut self, bytes: &[u8]) {
        self.stdin.write_all(bytes).unwrap();
        self.stdin.flush().unwrap();
    }

    /// Waits for the answer to something without an id; gives the number of the error.
    pub fn refusal(&mut self) -> i64 {
        loop {
            let message = self.messages.recv_timeout(PATIENCE).unwrap();
            match message.get("method") {
                Some(_) => self.note(message),
                None if message["id"].is_null() => return message["error"]["code"].as_i64().unwrap(),
                None => panic!("{message}"),
            }
        }
    }

    /// Says nothing more; gives the status that the server ends with, and what it said on standard error if that is caught.
    pub fn hang_up(self) -> (i32, String) {
        let Editor { process, stdin, .. } = self;
        drop(stdin);
        let out = process.wait_with_output().unwrap();
        (out.status.code().unwrap(), String::from_utf8(out.stderr).unwrap())
    }

    fn note(&mut self, message: Value) {
        if message["method"] == "textDocument/publishDiagnostics" {
            let params = &message["params"];
            self.shown.insert(params["uri"].as_str().unwrap().to_owned(), params["diagnostics"].clone());
        }
        self.told.push(message);
    }
}

/// The place of the first character of a text that occurs once in another, in UTF-16.
pub fn place(text: &str, what: &str) -> Value {
    let (before, _) = text.split_once(what).unwrap_or_else(|| panic!("`{what}` is not there"));
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().unwrap().encode_utf16().count();
    json!({ "line": line, "character": column })
}

fn message(out: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if out.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim().split_once(": ") {
            Some(("Content-Length", n)) => length = n.parse().ok()?,
            _ if line.trim().is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    out.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
