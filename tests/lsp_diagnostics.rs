//! How an editor comes to know what is found: pushed or asked for, while one types or when one saves, under any name of a file.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;
#[path = "common/editor.rs"]
mod editor;

use std::path::{Path, PathBuf};

use common::{Folder, STORE};
use editor::{Editor, uri};
use serde_json::{Value, json};

const TLS: &str = "Azure.Storage.MinTLS";
const CALLER: &str =
    "module store 'store.bicep' = {\n  name: 'store'\n  params: { name: 'stexample', tls: 'TLS1_0' }\n}\n";

/// A folder with a module and its caller, which breaks [`TLS`] in its line 2.
fn there() -> (Folder, PathBuf) {
    let folder = Folder::with(&[]);
    folder.write("store.bicep", STORE);
    folder.write("main.bicep", CALLER);
    let base = folder.path("").canonicalize().unwrap();
    (folder, base)
}

/// An editor that asks for diagnostics, and asks again when it is told to.
fn pulling() -> Value {
    json!({
        "textDocument": { "diagnostic": { "dynamicRegistration": true } },
        "workspace": { "diagnostics": { "refreshSupport": true } },
    })
}

fn pull(editor: &mut Editor, path: &Path, previous: Option<&Value>) -> Value {
    let mut params = json!({ "textDocument": { "uri": uri(path) } });
    if let Some(previous) = previous {
        params["previousResultId"] = previous.clone();
    }
    editor.ask("textDocument/diagnostic", params).unwrap()
}

/// Whether [`TLS`] is broken according to a report.
fn breaks(report: &Value) -> bool {
    report["items"].as_array().unwrap().iter().any(|d| d["code"] == TLS)
}

fn pushed(editor: &Editor) -> usize {
    editor.told.iter().filter(|m| m["method"] == "textDocument/publishDiagnostics").count()
}

fn refreshed(editor: &Editor) -> usize {
    editor.told.iter().filter(|m| m["method"] == "workspace/diagnostic/refresh").count()
}

#[test]
fn who_asks_gets_each_file_once_and_nothing_twice() {
    let (_folder, base) = there();
    let (main, store) = (base.join("main.bicep"), base.join("store.bicep"));
    let mut editor = Editor::start(&[&base], &pulling());
    let provider = editor.capabilities["diagnosticProvider"].clone();
    assert_eq!((&provider["interFileDependencies"], &provider["workspaceDiagnostics"]), (&json!(true), &json!(true)));
    editor.settle();
    // It has not asked for files that are not open: those are pushed, and taken back when it opens them.
    assert_eq!(editor.lines_of(&main, TLS), [2]);
    editor.open(&main, CALLER);
    let first = pull(&mut editor, &main, None);
    assert_eq!((&first["kind"], breaks(&first)), (&json!("full"), true));
    assert_eq!(editor.shown[&uri(&main)], json!([]));
    let before = pushed(&editor);
    let again = pull(&mut editor, &main, Some(&first["resultId"]));
    assert_eq!((&again["kind"], &again["resultId"]), (&json!("unchanged"), &first["resultId"]));
    editor.change(&main, 2, (2, 42), (2, 43), "2");
    let mended = pull(&mut editor, &main, Some(&first["resultId"]));
    assert_eq!((&mended["kind"], breaks(&mended)), (&json!("full"), false));
    editor.change(&main, 3, (2, 42), (2, 43), "0");
    let broken = pull(&mut editor, &main, Some(&mended["resultId"]));
    assert!(breaks(&broken) && broken["resultId"] != first["resultId"], "{broken}");
    // What it types in it asks for on its own; what changes elsewhere by that it is told.
    assert_eq!((pushed(&editor), refreshed(&editor)), (before, 0));
    editor.open(&store, STORE);
    editor.change(&store, 2, (7, 35), (7, 38), "'TLS1_2'");
    editor.settle();
    assert_eq!(refreshed(&editor), 1, "{:?}", editor.told);
    assert!(!breaks(&pull(&mut editor, &main, Some(&broken["resultId"]))));
    editor.change(&store, 3, (7, 35), (7, 43), "tls");
    // Once it is closed it is pushed again.
    editor.close(&main);
    editor.settle();
    assert_eq!(editor.lines_of(&main, TLS), [2]);
    // A file that nobody knows.
    assert_eq!(pull(&mut editor, &base.join("other.bicep"), None)["items"], json!([]));
}

#[test]
fn who_asks_for_everything_is_pushed_nothing_and_waits_for_what_is_new() {
    let (folder, base) = there();
    let main = base.join("main.bicep");
    let mut editor = Editor::start(&[&base], &pulling());
    let all = |editor: &mut Editor, previous: &Value, more: Value| {
        let mut params = json!({ "previousResultIds": previous });
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        editor.request("workspace/diagnostic", params)
    };
    let first = all(&mut editor, &json!([]), json!({ "partialResultToken": 1 }));
    let first = editor.answer(first).unwrap();
    let of = |report: &Value| {
        let items = report["items"].as_array().unwrap();
        items.iter().find(|i| i["uri"] == uri(&main)).cloned().unwrap()
    };
    assert!(breaks(&of(&first)) && of(&first)["version"].is_null(), "{first}");
    assert!(editor.shown.values().all(|shown| *shown == json!([])), "{:?}", editor.shown);
    let known = |report: &Value| {
        let items = report["items"].as_array().unwrap().iter();
        Value::from(items.map(|i| json!({ "uri": i["uri"], "value": i["resultId"] })).collect::<Vec<_>>())
    };
    // Who does not wait is told that nothing is new.
    let again = all(&mut editor, &known(&first), json!({}));
    let again = editor.answer(again).unwrap();
    assert!(again["items"].as_array().unwrap().iter().all(|i| i["kind"] == "unchanged"), "{again}");
    // Who waits is answered when something is.
    let waiting = all(&mut editor, &known(&first), json!({ "partialResultToken": 2 }));
    editor.settle();
    let before = pushed(&editor);
    folder.write("main.bicep", &CALLER.replace("TLS1_0", "TLS1_1"));
    editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri(&main), "type": 2 }] }));
    let second = editor.answer(waiting).unwrap();
    assert!(of(&second)["items"].to_string().contains("TLS1_1"), "{second}");
    // A file that is gone has no findings.
    let waiting = all(&mut editor, &known(&second), json!({ "partialResultToken": 3 }));
    std::fs::remove_file(&main).unwrap();
    editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri(&main), "type": 3 }] }));
    let third = editor.answer(waiting).unwrap();
    assert_eq!((&of(&third)["items"], &of(&third)["kind"]), (&json!([]), &json!("full")));
    assert_eq!(pushed(&editor), before);
    // Nobody has to wait for ever.
    let waiting = all(&mut editor, &known(&third), json!({ "partialResultToken": 4 }));
    editor.settle();
    editor.tell("$/cancelRequest", json!({ "id": waiting }));
    assert_eq!(editor.answer(waiting).unwrap_err().0, -32800);
    assert_eq!(editor.finish(), 0);
}

#[test]
fn a_user_can_have_it_pushed_all_the_same() {
    let (_folder, base) = there();
    let main = base.join("main.bicep");
    let mut editor = Editor::start_with(&[&base], &pulling(), &json!({ "pushDiagnostics": true }));
    assert_eq!(editor.capabilities.get("diagnosticProvider"), None);
    editor.open(&main, CALLER);
    editor.settle();
    assert_eq!(editor.lines_of(&main, TLS), [2]);
}

#[test]
fn a_user_can_have_it_when_a_file_is_saved() {
    let (_folder, base) = there();
    let main = base.join("main.bicep");
    for capabilities in [json!({}), pulling()] {
        let mut editor = Editor::start_with(&[&base], &capabilities, &json!({ "runOn": "save" }));
        assert_eq!(editor.capabilities["textDocumentSync"]["save"], true);
        editor.settle();
        editor.open(&main, CALLER);
        let asks = capabilities != json!({});
        let shown = |editor: &mut Editor| match asks {
            true => breaks(&pull(editor, &main, None)),
            false => editor.lines_of(&main, TLS) == [2],
        };
        editor.settle();
        assert!(shown(&mut editor));
        editor.change(&main, 2, (2, 42), (2, 43), "2");
        // Questions are answered from what is typed.
        let said = editor.ask_at("textDocument/hover", &main, CALLER, "params").unwrap();
        assert!(!said.to_string().contains("TLS1_0"), "{said}");
        assert!(shown(&mut editor), "only typed");
        editor.tell("textDocument/didSave", json!({ "textDocument": { "uri": uri(&main) } }));
        editor.settle();
        assert!(!shown(&mut editor), "saved");
    }
}

#[test]
fn files_may_have_any_name() {
    let folder = Folder::with(&[]);
    folder.write("a b/é#100%/store.bicep", STORE);
    folder.write("a b/é#100%/main (1).bicep", CALLER);
    let base = folder.path("").canonicalize().unwrap();
    let mut editor = Editor::start(&[], &json!({}));
    let encoded = |rest: &str| format!("{}/{rest}", uri(&base));
    let added = json!({ "event": { "added": [{ "uri": encoded("a%20b"), "name": "it" }], "removed": [] } });
    editor.tell("workspace/didChangeWorkspaceFolders", added);
    editor.settle();
    let ours = encoded("a%20b/%C3%A9%23100%25/main%20%281%29.bicep");
    let broken = |editor: &Editor, uri: &str| {
        editor.shown.get(uri).is_some_and(|shown| shown.as_array().unwrap().iter().any(|d| d["code"] == TLS))
    };
    assert!(broken(&editor, &ours), "{:?}", editor.shown.keys());
    // Editors write names in their own ways, and know a file by theirs only.
    let theirs = encoded("a%20b/%c3%a9%23100%25/main (1).bicep");
    let item = json!({ "uri": theirs, "languageId": "bicep", "version": 1, "text": CALLER });
    editor.tell("textDocument/didOpen", json!({ "textDocument": item }));
    editor.settle();
    assert!(broken(&editor, &theirs), "{:?}", editor.shown.keys());
    let whole = json!([{ "text": CALLER.replace("TLS1_0", "TLS1_2") }]);
    let document = json!({ "uri": theirs, "version": 2 });
    editor.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": whole }));
    editor.settle();
    assert!(!broken(&editor, &theirs), "{:?}", editor.shown);
}

#[test]
fn commands_scan_anew_and_make_all_safe_changes() {
    let folder = Folder::with(&[]);
    let account = |name: &str| {
        format!(
            "resource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {{\n  name: '{name}'\n  location: 'westeurope'\n  kind: \
             'StorageV2'\n  sku: {{ name: 'Standard_GRS' }}\n  properties: {{ minimumTlsVersion: 'TLS1_0' }}\n}}\n"
        )
    };
    folder.write("one/a.bicep", &account("stone"));
    folder.write("two/b.bicep", &account("sttwo"));
    let base = folder.path("").canonicalize().unwrap();
    let folders = [base.join("one"), base.join("two")];
    let open: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
    let command = |editor: &mut Editor, name: &str| {
        editor.ask("workspace/executeCommand", json!({ "command": name, "arguments": [] }))
    };
    let mut editor = Editor::start(&open, &json!({}));
    editor.settle();
    let found = editor.shown.values().map(|shown| shown.as_array().unwrap().len()).sum::<usize>();
    // Nobody has said that this has changed.
    folder.write("two/b.bicep", &account("sttwo").replace("TLS1_0", "TLS1_2"));
    let said = command(&mut editor, "armlint.scanWorkspace").unwrap();
    assert_eq!(said, json!({ "files": 2, "findings": found - 1, "errors": 0 }));
    assert_eq!(editor.lines_of(&base.join("two/b.bicep"), TLS), [0; 0]);
    let (_, why) = command(&mut editor, "armlint.fixWorkspace").unwrap_err();
    assert!(why.contains("`armlint fix`"), "{why}");
    let can = json!({ "workspace": { "applyEdit": true, "workspaceEdit": { "documentChanges": true } } });
    let mut editor = Editor::start(&open, &can);
    let typed = account("stone").replace("stone", "stnew");
    editor.open(&base.join("one/a.bicep"), &typed);
    let made = command(&mut editor, "armlint.fixWorkspace").unwrap();
    editor.settle();
    let asked = editor.told.iter().find(|m| m["method"] == "workspace/applyEdit").unwrap().clone();
    let changes = asked["params"]["edit"]["documentChanges"].as_array().unwrap();
    assert_eq!(made["files"], changes.len());
    let a = changes.iter().find(|c| c["textDocument"]["uri"] == uri(&base.join("one/a.bicep"))).unwrap();
    assert_eq!(a["textDocument"]["version"], 1);
    assert!(a["edits"].as_array().unwrap().iter().any(|e| e["newText"].as_str().unwrap().contains('2')), "{a}");
    // Nothing is different before the editor has made the changes.
    assert_eq!(editor.lines_of(&base.join("one/a.bicep"), TLS), [5]);
}

#[test]
fn a_preview_shows_what_is_deployed_and_where_it_comes_from() {
    let main = "@secure()\nparam key string\nparam tls string\nmodule store 'store.bicep' = {\n  name: 's'\n  params: { name: 'stexample', tls: tls }\n}\n\
        resource vault 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {\n  name: 'kv/one'\n  properties: { value: '${key}!' }\n}\n";
    let params = |tls: &str| format!("using 'main.bicep'\nparam tls = '{tls}'\nparam key = 'hunter2hunter2'\n");
    let folder = Folder::with(&[]);
    folder.write("store.bicep", STORE);
    folder.write("main.bicep", main);
    folder.write("a.bicepparam", &params("TLS1_0"));
    folder.write("b.bicepparam", &params("TLS1_2"));
    let base = folder.path("").canonicalize().unwrap();
    let mut editor = Editor::start(&[&base], &json!({}));
    let preview = |editor: &mut Editor, file: &str, entry: Option<&str>| {
        let mut asked = json!({ "textDocument": { "uri": uri(&base.join(file)) } });
        if let Some(entry) = entry {
            asked["entry"] = uri(&base.join(entry)).into();
        }
        editor.ask("armlint/preview", asked).unwrap()
    };
    let first = preview(&mut editor, "store.bicep", None);
    let entries = ["a.bicepparam", "b.bicepparam"].map(|name| uri(&base.join(name)));
    assert_eq!((&first["entries"], &first["entry"]), (&json!(entries), &json!(entries[0])));
    let text = first["text"].as_str().unwrap();
    assert!(text.starts_with("// a.bicepparam deploys 2 resources\n[\n"), "{text}");
    assert!(text.contains("\"minimumTlsVersion\": \"TLS1_0\"") && !text.contains("hunter2"), "{text}");
    let json_text: String = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect();
    assert_eq!(serde_json::from_str::<Value>(&json_text).unwrap().as_array().unwrap().len(), 2);
    // The line of the property comes from the property, the hand-overs, and the parameter file.
    let line = text.lines().position(|l| l.contains("minimumTlsVersion")).unwrap();
    let files: Vec<&str> = first["files"].as_array().unwrap().iter().map(|f| f.as_str().unwrap()).collect();
    let mut from: Vec<String> = Vec::new();
    for place in first["places"].as_array().unwrap().iter().filter(|p| p[5] == line && p[6] == line) {
        let name = files[place[0].as_u64().unwrap() as usize].rsplit('/').next().unwrap();
        from.push(format!("{name}:{}", place[1]));
    }
    from.sort();
    from.dedup();
    assert_eq!(from, ["a.bicepparam:1", "main.bicep:5", "store.bicep:7"]);
    let second = preview(&mut editor, "main.bicep", Some("b.bicepparam"));
    assert!(second["text"].as_str().unwrap().contains("TLS1_2"));
    // One that is gone, and a file that nothing leads to.
    assert_eq!(preview(&mut editor, "main.bicep", Some("c.bicepparam"))["entry"], json!(entries[0]));
    assert_eq!(preview(&mut editor, "other.bicep", None)["entries"], json!([]));
}
