//! `armlint lsp` as an editor uses it, over standard input and output.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;
#[path = "common/editor.rs"]
mod editor;

use std::path::PathBuf;

use common::{Folder, STORE};
use editor::{Editor, uri};
use serde_json::{Value, json};

const TLS: &str = "Azure.Storage.MinTLS";

/// A caller; the version of TLS stands in its line 2.
fn caller(tls: &str) -> String {
    format!("module store 'store.bicep' = {{\n  name: 'store'\n  params: {{ name: 'stexample', tls: {tls} }}\n}}\n")
}

/// An account by itself; the version of TLS stands in its line 5.
fn account(tls: &str) -> String {
    format!(
        "resource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {{\n  name: 'stshop'\n  location: 'westeurope'\n  kind: \
         'StorageV2'\n  sku: {{ name: 'Standard_GRS' }}\n  properties: {{ minimumTlsVersion: {tls} }}\n}}\n"
    )
}

struct There {
    folder: Folder,
    base: PathBuf,
}

impl There {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = Folder::with(&[]);
        files.iter().for_each(|(name, text)| folder.write(name, text));
        let base = folder.path("").canonicalize().unwrap();
        There { folder, base }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.base.join(name)
    }

    fn editor(&self) -> Editor {
        self.editor_that(&json!({}))
    }

    fn editor_that(&self, can: &Value) -> Editor {
        let mut editor = Editor::start(&[&self.base], can);
        editor.settle();
        editor
    }
}

#[test]
fn findings_come_and_go_while_one_types() {
    let there = There::with(&[("main.bicep", &account("'TLS1_0'"))]);
    let main = there.path("main.bicep");
    let mut editor = there.editor();
    // Of files that are not open as well.
    assert_eq!(editor.lines_of(&main, TLS), [5]);
    let text = account("'TLS1_0'");
    editor.open(&main, &text);
    editor.change(&main, 2, (5, 41), (5, 42), "2");
    editor.settle();
    assert_eq!(editor.lines_of(&main, TLS), [0; 0], "{:?}", editor.shown);
    // What is on disk does not count as long as it is open.
    editor.change(&main, 3, (0, 0), (0, 0), "\n// 😀\n");
    editor.change(&main, 4, (7, 41), (7, 42), "1");
    editor.settle();
    assert_eq!(editor.lines_of(&main, TLS), [7]);
    editor.close(&main);
    editor.settle();
    assert_eq!(editor.lines_of(&main, TLS), [5]);
    let finding = editor.shown[&uri(&main)].as_array().unwrap().iter().find(|d| d["code"] == TLS).unwrap().clone();
    assert_eq!(finding["source"], "armlint");
    assert!(finding["codeDescription"]["href"].as_str().unwrap().starts_with("https://"), "{finding}");
    assert_eq!(finding["range"]["start"]["character"], 35);
    assert_eq!(editor.finish(), 0);
}

#[test]
fn an_edit_of_a_module_shows_at_its_callers_and_parameter_files() {
    let params = "using 'deploy.bicep'\nparam tls = 'TLS1_0'\n";
    let deploy =
        "param tls string\nmodule store 'store.bicep' = {\n  name: 's'\n  params: { name: 'stother', tls: tls }\n}\n";
    let there = There::with(&[
        ("store.bicep", STORE),
        ("main.bicep", &caller("'TLS1_0'")),
        ("deploy.bicep", deploy),
        ("deploy.bicepparam", params),
    ]);
    let (store, main, values) = (there.path("store.bicep"), there.path("main.bicep"), there.path("deploy.bicepparam"));
    let mut editor = there.editor();
    assert_eq!((editor.lines_of(&main, TLS), editor.lines_of(&values, TLS)), (vec![2], vec![1]));
    editor.open(&store, STORE);
    editor.change(&store, 2, (7, 35), (7, 38), "'TLS1_2'");
    editor.settle();
    assert_eq!((editor.lines_of(&main, TLS), editor.lines_of(&values, TLS)), (vec![], vec![]));
    editor.change(&store, 3, (7, 35), (7, 43), "tls");
    editor.settle();
    assert_eq!((editor.lines_of(&main, TLS), editor.lines_of(&values, TLS)), (vec![2], vec![1]));
    // A parameter file that is typed counts as well.
    editor.open(&values, params);
    editor.change(&values, 2, (1, 18), (1, 19), "2");
    editor.settle();
    assert_eq!((editor.lines_of(&main, TLS), editor.lines_of(&values, TLS)), (vec![2], vec![]));
}

#[test]
fn a_mistake_in_the_configuration_is_shown_there_and_mended_there() {
    let there = There::with(&[("main.bicep", &account("'TLS1_0'")), ("armlint.yaml", "armlint:\n  fail-on: never\n")]);
    let (main, config) = (there.path("main.bicep"), there.path("armlint.yaml"));
    let mut editor = there.editor();
    assert_eq!((editor.findings(&config), editor.findings(&main)), (vec![("config".to_owned(), 1)], vec![]));
    // The disk is still wrong.
    editor.open(&config, "armlint:\n  fail-on: none\n");
    editor.settle();
    assert_eq!((editor.findings(&config), editor.lines_of(&main, TLS)), (vec![], vec![5]));
    editor.replace(&config, 2, "armlint:\n  rules:\n    exclude: [Azure.Storage.MinTLS]\n");
    editor.settle();
    assert_eq!((editor.findings(&config), editor.lines_of(&main, TLS)), (vec![], vec![]));
}

#[test]
fn a_configuration_that_is_wrong_for_a_while_is_mended_in_place() {
    let good = "armlint:\n  fail-on: none\n";
    let there = There::with(&[("main.bicep", &account("'TLS1_0'")), ("armlint.yaml", good)]);
    let (main, config) = (there.path("main.bicep"), there.path("armlint.yaml"));
    let mut editor = there.editor();
    assert_eq!((editor.findings(&config), editor.lines_of(&main, TLS)), (vec![], vec![5]));
    let write = |editor: &mut Editor, text: &str| {
        there.folder.write("armlint.yaml", text);
        editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri(&config), "type": 2 }] }));
        editor.settle();
        (editor.findings(&config), editor.lines_of(&main, TLS))
    };
    for _ in 0..2 {
        assert_eq!(write(&mut editor, "armlint:\n  fail-on: never\n"), (vec![("config".to_owned(), 1)], vec![]));
        // It stays wrong while something else changes.
        there.folder.write("main.bicep", &account("'TLS1_0'"));
        editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri(&main), "type": 2 }] }));
        editor.settle();
        assert_eq!(editor.findings(&config), [("config".to_owned(), 1)]);
        assert_eq!(write(&mut editor, good), (vec![], vec![5]));
    }
}

#[test]
fn what_changes_on_disk_is_seen_when_the_editor_says_so() {
    let there = There::with(&[("store.bicep", STORE), ("main.bicep", &caller("'TLS1_2'"))]);
    let main = there.path("main.bicep");
    let mut editor =
        there.editor_that(&json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } }));
    assert!(editor.told.iter().any(|m| m["method"] == "client/registerCapability"), "{:?}", editor.told);
    there.folder.write("main.bicep", &caller("'TLS1_0'"));
    editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri(&main), "type": 2 }] }));
    editor.settle();
    assert_eq!(editor.lines_of(&main, TLS), [2]);
    std::fs::remove_file(&main).unwrap();
    editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri(&main), "type": 3 }] }));
    editor.settle();
    assert_eq!(editor.lines_of(&main, TLS), [0; 0]);
}

#[test]
fn folders_come_and_go_and_files_may_lie_in_none() {
    let (one, two) =
        (There::with(&[("a.bicep", &account("'TLS1_0'"))]), There::with(&[("b.bicep", &account("'TLS1_1'"))]));
    let (a, b) = (one.path("a.bicep"), two.path("b.bicep"));
    let mut editor = one.editor();
    assert_eq!((editor.lines_of(&a, TLS), editor.lines_of(&b, TLS)), (vec![5], vec![]));
    editor.open(&b, &account("'TLS1_1'"));
    editor.settle();
    assert_eq!(editor.lines_of(&b, TLS), [5]);
    editor.close(&b);
    editor.settle();
    assert_eq!(editor.lines_of(&b, TLS), [0; 0]);
    let folder = json!({ "uri": uri(&two.base), "name": "two" });
    editor.tell("workspace/didChangeWorkspaceFolders", json!({ "event": { "added": [folder], "removed": [] } }));
    editor.settle();
    assert_eq!((editor.lines_of(&a, TLS), editor.lines_of(&b, TLS)), (vec![5], vec![5]));
    editor.tell("workspace/didChangeWorkspaceFolders", json!({ "event": { "added": [], "removed": [folder] } }));
    editor.settle();
    assert_eq!((editor.lines_of(&a, TLS), editor.lines_of(&b, TLS)), (vec![5], vec![]));
    assert_eq!(editor.vanish(), 2);
}

#[test]
fn columns_count_what_both_know() {
    let text = account("/*é😀*/ 'TLS1_0'");
    let there = There::with(&[("main.bicep", &text)]);
    let main = there.path("main.bicep");
    for (offered, agreed, column) in [
        (json!(["utf-32", "utf-16"]), "utf-16", 43),
        (json!(["utf-32"]), "utf-32", 42),
        (json!(["utf-16", "utf-8"]), "utf-8", 46),
        (json!([]), "utf-16", 43),
    ] {
        let mut editor = there.editor_that(&json!({ "general": { "positionEncodings": offered } }));
        assert_eq!(editor.capabilities["positionEncoding"], agreed);
        let all = editor.shown[&uri(&main)].as_array().unwrap().clone();
        let finding = all.iter().find(|d| d["code"] == TLS).unwrap();
        assert_eq!(finding["range"]["start"]["character"], column, "{agreed}");
        editor.open(&main, &text);
        editor.change(&main, 2, (5, column + 6), (5, column + 7), "2");
        editor.settle();
        assert_eq!(editor.lines_of(&main, TLS), [0; 0], "{agreed}");
    }
}

/// The actions for the line in which a rule is broken, by title.
fn actions(editor: &mut Editor, path: &std::path::Path, line: u64, only: Option<&str>) -> Vec<Value> {
    let at = json!({ "line": line, "character": 37 });
    let context = match only {
        Some(kind) => json!({ "diagnostics": [], "only": [kind] }),
        None => json!({ "diagnostics": [] }),
    };
    let document = json!({ "uri": uri(path) });
    let params = json!({ "textDocument": document, "range": { "start": at, "end": at }, "context": context });
    editor.ask("textDocument/codeAction", params).unwrap().as_array().unwrap().clone()
}

fn titled<'a>(actions: &'a [Value], title: &str) -> &'a Value {
    let found = actions.iter().find(|a| a["title"].as_str().unwrap().contains(title));
    found.unwrap_or_else(|| panic!("no `{title}` among {actions:?}"))
}

/// A text after the edits of one file, as an editor applies them.
fn edited(text: &str, edits: &Value) -> String {
    let byte = |at: &Value| {
        let lines = text.split_inclusive('\n').take(at["line"].as_u64().unwrap() as usize);
        lines.map(str::len).sum::<usize>() + at["character"].as_u64().unwrap() as usize
    };
    let mut text_after = text.to_owned();
    for edit in edits.as_array().unwrap().iter().rev() {
        let range = byte(&edit["range"]["start"])..byte(&edit["range"]["end"]);
        text_after.replace_range(range, edit["newText"].as_str().unwrap());
    }
    text_after
}

#[test]
fn findings_are_mended_accepted_and_explained() {
    let text = account("'TLS1_0'");
    let there = There::with(&[("main.bicep", &text)]);
    let main = there.path("main.bicep");
    let can = json!({
        "textDocument": { "codeAction": { "resolveSupport": { "properties": ["edit"] } } },
        "window": { "showDocument": { "support": true } },
        "workspace": { "workspaceEdit": { "documentChanges": true } },
    });
    let mut editor = there.editor_that(&can);
    // The text that is typed is mended, not the one on disk.
    let typed = format!("// typed\n{text}");
    editor.open(&main, &text);
    editor.change(&main, 2, (0, 0), (0, 0), "// typed\n");
    let offered = actions(&mut editor, &main, 6, None);
    let fix = titled(&offered, "Set `properties.minimumTlsVersion` to 'TLS1_2'").clone();
    assert_eq!((&fix["kind"], &fix["isPreferred"], &fix["edit"]), (&json!("quickfix"), &json!(true), &Value::Null));
    assert_eq!(fix["diagnostics"][0]["code"], TLS);
    let fixed = editor.ask("codeAction/resolve", fix.clone()).unwrap();
    let change = &fixed["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"], json!({ "uri": uri(&main), "version": 2 }));
    assert_eq!(edited(&typed, &change["edits"]), typed.replace("TLS1_0", "TLS1_2"));
    // Nothing stays of what was tried.
    editor.settle();
    assert_eq!(editor.lines_of(&main, TLS), [6]);
    let accept = titled(&offered, "Accept Azure.Storage.MinTLS here").clone();
    let accepted = editor.ask("codeAction/resolve", accept).unwrap();
    let accepted = edited(&typed, &accepted["edit"]["documentChanges"][0]["edits"]);
    let comment = "  // armlint: ignore Azure.Storage.MinTLS -- TODO: say why this is accepted\n";
    assert_eq!(accepted, typed.replace("  properties", &format!("{comment}  properties")));
    editor.replace(&main, 3, &accepted);
    editor.settle();
    assert_eq!(editor.lines_of(&main, TLS), [0; 0]);
    // What was offered for a text that is no more.
    let (code, message) = editor.ask("codeAction/resolve", fix).unwrap_err();
    assert_eq!((code, message.as_str()), (-32803, "the finding is not there any more"));
    let open = titled(&offered, "Open the page of Azure.Storage.MinTLS")["command"].clone();
    editor.ask("workspace/executeCommand", open).unwrap();
    editor.settle();
    let shown = editor.told.iter().find(|m| m["method"] == "window/showDocument").unwrap();
    assert!(shown["params"]["uri"].as_str().unwrap().contains("Azure.Storage.MinTLS"), "{shown}");
    let elsewhere = json!({ "command": "armlint.openPage", "arguments": ["file:///etc/passwd"] });
    assert!(editor.ask("workspace/executeCommand", elsewhere).is_err());
}

#[test]
fn all_safe_changes_of_a_file_are_made_at_once_where_the_editor_cannot_wait() {
    let text = format!(
        "{}{}",
        account("'TLS1_0'"),
        account("'TLS1_1'").replace("resource st", "resource other").replace("stshop", "stother")
    );
    let there = There::with(&[("main.bicep", &text)]);
    let main = there.path("main.bicep");
    let mut editor = there.editor();
    editor.open(&main, &text);
    let offered = actions(&mut editor, &main, 0, Some("source.fixAll"));
    assert_eq!(offered.len(), 1, "{offered:?}");
    assert_eq!(offered[0]["kind"], "source.fixAll.armlint");
    let after = edited(&text, &offered[0]["edit"]["changes"][uri(&main)]);
    assert_eq!(after.matches("minimumTlsVersion: 'TLS1_2'").count(), 2, "{after}");
    let fixes = actions(&mut editor, &main, 5, Some("quickfix"));
    assert!(titled(&fixes, "minimumTlsVersion")["edit"]["changes"].is_object());
    assert!(actions(&mut editor, &main, 5, Some("refactor")).is_empty());
}

#[test]
fn a_value_that_a_parameter_file_decides_is_mended_there() {
    let params = "using 'store.bicep'\nparam name = 'stexample'\nparam tls = 'TLS1_0'\n";
    let there = There::with(&[("store.bicep", STORE), ("store.bicepparam", params)]);
    let values = there.path("store.bicepparam");
    let mut editor = there.editor();
    assert_eq!(editor.lines_of(&values, TLS), [2]);
    let at = json!({ "line": 2, "character": 15 });
    let params_of = json!({ "textDocument": { "uri": uri(&values) }, "range": { "start": at, "end": at }, "context": { "diagnostics": [] } });
    let offered = editor.ask("textDocument/codeAction", params_of).unwrap();
    let fix = titled(offered.as_array().unwrap(), "'TLS1_2'").clone();
    let changes = fix["edit"]["changes"].as_object().unwrap();
    assert_eq!(changes.keys().collect::<Vec<_>>(), [&uri(&values)]);
    assert_eq!(edited(params, &changes[&uri(&values)]), params.replace("TLS1_0", "TLS1_2"));
}

/// What is shown for a place, given by a text that stands there once.
fn hover(editor: &mut Editor, path: &std::path::Path, text: &str, what: &str) -> String {
    let answer = editor.ask_at("textDocument/hover", path, text, what).unwrap();
    answer["contents"]["value"].as_str().unwrap_or_default().to_owned()
}

/// Where a place leads: names of files and lines (from 0).
fn definition(editor: &mut Editor, path: &std::path::Path, text: &str, what: &str) -> Vec<(String, u64)> {
    let answer = editor.ask_at("textDocument/definition", path, text, what).unwrap();
    let place = |l: &Value| {
        let name = l["uri"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        (name, l["range"]["start"]["line"].as_u64().unwrap())
    };
    answer.as_array().unwrap().iter().map(place).collect()
}

fn at(name: &str, line: u64) -> Vec<(String, u64)> {
    vec![(name.to_owned(), line)]
}

#[test]
fn hover_says_what_comes_of_it_for_each_entry_point_and_definition_leads_there() {
    let deploy = "param tls string
param names array = ['stone', 'sttwo']
var prefix = 'st${toLower('ABC')}'
module store 'store.bicep' = {
  name: 's'
  params: { name: '${prefix}x', tls: tls }
}
resource more 'Microsoft.Storage/storageAccounts@2023-01-01' = [for n in names: {
  name: toUpper(n)
  location: 'westeurope'
}]
";
    let (one, two) = ("using 'deploy.bicep'\nparam tls = 'TLS1_0'\n", "using 'deploy.bicep'\nparam tls = 'TLS1_2'\n");
    let there = There::with(&[
        ("store.bicep", STORE),
        ("deploy.bicep", deploy),
        ("one.bicepparam", one),
        ("two.bicepparam", two),
    ]);
    let (store, main, params) = (there.path("store.bicep"), there.path("deploy.bicep"), there.path("one.bicepparam"));
    let mut editor = there.editor();
    // A property, for each parameter file, with the place that decided; and the rule that is broken there.
    let said = hover(&mut editor, &store, STORE, "minimumTlsVersion");
    assert!(said.contains("- `\"TLS1_0\"`, decided in [one.bicepparam:2]("), "{said}");
    assert!(said.contains("- `\"TLS1_2\"`, decided in [two.bicepparam:2]("), "{said}");
    let decided = definition(&mut editor, &store, STORE, "minimumTlsVersion");
    assert_eq!(decided, [at("one.bicepparam", 1), at("two.bicepparam", 1)].concat());
    // Variables, also those that are used within texts only; items of loops; what the caller gives.
    assert_eq!(hover(&mut editor, &main, deploy, "prefix ="), "`\"stabc\"`");
    assert_eq!(hover(&mut editor, &main, deploy, "prefix}x"), "`\"stabc\"`");
    assert!(hover(&mut editor, &main, deploy, "toUpper").contains("`\"STONE\"`"));
    assert!(hover(&mut editor, &store, STORE, "name string").contains("`\"stabcx\"`"));
    assert!(hover(&mut editor, &params, one, "tls =").contains("`\"TLS1_0\"`"));
    assert!(hover(&mut editor, &params, one, "'TLS1_0'").contains("Azure.Storage.MinTLS"));
    assert_eq!(hover(&mut editor, &store, STORE, "'StorageV2'"), "");
    // Names lead to where they are declared, paths to their files.
    assert_eq!(definition(&mut editor, &store, STORE, "tls }"), at("store.bicep", 1));
    assert_eq!(definition(&mut editor, &main, deploy, "tls: tls"), at("store.bicep", 1));
    assert_eq!(definition(&mut editor, &main, deploy, "store.bicep"), at("store.bicep", 0));
    assert_eq!(definition(&mut editor, &params, one, "tls ="), at("deploy.bicep", 0));
    assert_eq!(definition(&mut editor, &params, one, "deploy.bicep"), at("deploy.bicep", 0));
}

#[test]
fn secrets_are_not_shown() {
    let text = "@secure()\nparam key string\nvar all = 'Key=${key}'\noutput o string = all\n";
    let params = "using 'main.bicep'\nparam key = 'hunter2hunter2'\n";
    let there = There::with(&[("main.bicep", text), ("main.bicepparam", params)]);
    let mut editor = there.editor();
    for what in ["key string", "all =", "key}", "all\n"] {
        let said = hover(&mut editor, &there.path("main.bicep"), text, what);
        assert!(!said.contains("hunter2"), "{what}: {said}");
    }
    let said = hover(&mut editor, &there.path("main.bicepparam"), params, "key =");
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn templates_in_json_are_explained_as_well() {
    let text = r#"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": { "tls": { "type": "string", "defaultValue": "TLS1_1" } },
  "variables": { "name": "[concat('st', 'one')]" },
  "resources": [
    {
      "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "[variables('name')]",
      "location": "westeurope",
      "properties": { "minimumTlsVersion": "[parameters('tls')]" }
    }
  ]
}
"#;
    let params = r#"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
  "contentVersion": "1.0.0.0",
  "parameters": { "tls": { "value": "TLS1_0" } }
}
"#;
    let there = There::with(&[("azuredeploy.json", text), ("azuredeploy.parameters.json", params)]);
    let (main, values) = (there.path("azuredeploy.json"), there.path("azuredeploy.parameters.json"));
    let mut editor = there.editor();
    assert_eq!(editor.lines_of(&values, TLS), [3]);
    let said = hover(&mut editor, &main, text, "minimumTlsVersion");
    assert!(said.starts_with("`\"TLS1_0\"`, decided in [azuredeploy.parameters.json:4]("), "{said}");
    assert_eq!(hover(&mut editor, &main, text, "variables('name')"), "`\"stone\"`");
    assert_eq!(definition(&mut editor, &main, text, "parameters('tls')"), at("azuredeploy.json", 3));
    assert_eq!(definition(&mut editor, &main, text, "minimumTlsVersion"), at("azuredeploy.parameters.json", 3));
    assert!(hover(&mut editor, &values, params, "tls").contains("`\"TLS1_0\"`"));
}

#[test]
fn symbols_have_the_names_that_are_deployed_and_lenses_say_how_much_that_is() {
    let main = "param tls string
@description('x')
var prefix = 'st'
resource store 'Microsoft.Storage/storageAccounts@2023-01-01' = [for n in ['a', 'b']: {
  name: '${prefix}${n}'
  location: 'westeurope'
  properties: { minimumTlsVersion: tls }
}]
resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-01-01' existing = { name: 'sta/default' }
module other 'store.bicep' = { name: 'o', params: { name: 'stother', tls: tls } }
output o string = blobs.id
";
    let params = "using 'main.bicep'\nparam tls = 'TLS1_0'\n";
    let there = There::with(&[("store.bicep", STORE), ("main.bicep", main), ("main.bicepparam", params)]);
    let mut editor = there.editor();
    let symbols = |editor: &mut Editor, name: &str| {
        let params = json!({ "textDocument": { "uri": uri(&there.path(name)) } });
        let all = editor.ask("textDocument/documentSymbol", params).unwrap().as_array().unwrap().clone();
        let one = |s: &Value| format!("{} ({})", s["name"].as_str().unwrap(), s["detail"].as_str().unwrap_or_default());
        all.iter().map(one).collect::<Vec<_>>()
    };
    assert_eq!(
        symbols(&mut editor, "main.bicep"),
        [
            "tls (param)",
            "prefix (var)",
            "store (Microsoft.Storage/storageAccounts@2023-01-01: sta, stb)",
            "blobs (Microsoft.Storage/storageAccounts/blobServices@2023-01-01)",
            "other (store.bicep)",
            "o (output)",
        ]
    );
    assert_eq!(symbols(&mut editor, "store.bicep")[2], "store (Microsoft.Storage/storageAccounts@2023-01-01: stother)");
    let lenses = |editor: &mut Editor, name: &str| {
        let params = json!({ "textDocument": { "uri": uri(&there.path(name)) } });
        let all = editor.ask("textDocument/codeLens", params).unwrap().as_array().unwrap().clone();
        all.iter().map(|l| l["command"]["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let found = editor.findings(&there.path("main.bicep")).len();
    let said = format!("deploys 3 resources · {found} findings in this file · main.bicepparam");
    assert_eq!(lenses(&mut editor, "main.bicep"), [said]);
    assert_eq!(lenses(&mut editor, "store.bicep"), [""; 0]);
    assert!(lenses(&mut editor, "main.bicepparam")[0].starts_with("deploys 3 resources · "));
    // An edit of the module tells what is deployed now.
    let store = there.path("store.bicep");
    editor.open(&store, STORE);
    editor.change(&store, 2, (3, 8), (3, 12), "'${name}x'");
    assert!(symbols(&mut editor, "store.bicep")[2].ends_with(": stotherx)"));
}

#[test]
fn names_are_found_and_changed_in_all_files_that_belong_together() {
    let main = "import { size } from 'shared.bicep'
param tls string
module store 'store.bicep' = { name: 'o', params: { name: 'st${size}', tls: tls } }
";
    let shared = "@export()\nvar size = 'small'\nvar other = '${size}er'\n";
    let params = "using 'store.bicep'\nparam name = 'stexample'\nparam tls = 'TLS1_0'\n";
    let json = r#"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
  "contentVersion": "1.0.0.0",
  "parameters": { "name": { "value": "stexample" }, "tls": { "value": "TLS1_0" } }
}
"#;
    let there = There::with(&[
        ("store.bicep", STORE),
        ("main.bicep", main),
        ("shared.bicep", shared),
        ("store.bicepparam", params),
        ("store.parameters.json", json),
    ]);
    let mut editor = there.editor();
    let references = |editor: &mut Editor, name: &str, text: &str, what: &str| {
        let place = editor::place(text, what);
        let document = json!({ "uri": uri(&there.path(name)) });
        let params = json!({ "textDocument": document, "position": place, "context": { "includeDeclaration": true } });
        let all = editor.ask("textDocument/references", params).unwrap().as_array().unwrap().clone();
        let mut all: Vec<String> = all
            .iter()
            .map(|l| {
                format!("{}:{}", l["uri"].as_str().unwrap().rsplit('/').next().unwrap(), l["range"]["start"]["line"])
            })
            .collect();
        all.sort();
        all
    };
    let all = ["main.bicep:2", "store.bicep:1", "store.bicep:7", "store.bicepparam:2", "store.parameters.json:3"];
    // From the declaration, from a caller, from a parameter file.
    assert_eq!(references(&mut editor, "store.bicep", STORE, "tls string"), all);
    assert_eq!(references(&mut editor, "main.bicep", main, "tls: tls"), all);
    assert_eq!(references(&mut editor, "store.bicepparam", params, "tls ="), all);
    assert_eq!(references(&mut editor, "main.bicep", main, "tls }"), ["main.bicep:1", "main.bicep:2"]);
    let sizes = ["main.bicep:0", "main.bicep:2", "shared.bicep:1", "shared.bicep:2"];
    assert_eq!(references(&mut editor, "main.bicep", main, "size}"), sizes);
    let rename = |editor: &mut Editor, name: &str, text: &str, what: &str, new: &str| {
        let place = editor::place(text, what);
        let params = json!({ "textDocument": { "uri": uri(&there.path(name)) }, "position": place, "newName": new });
        editor.ask("textDocument/rename", params)
    };
    let changes = rename(&mut editor, "store.bicep", STORE, "tls }", "minimum").unwrap()["changes"].clone();
    let after = |name: &str, text: &str| edited(text, &changes[uri(&there.path(name))]);
    assert_eq!(after("store.bicep", STORE), STORE.replace("param tls", "param minimum").replace(": tls", ": minimum"));
    assert_eq!(after("main.bicep", main), main.replace("tls: tls", "minimum: tls"));
    assert_eq!(after("store.bicepparam", params), params.replace("tls", "minimum"));
    assert_eq!(after("store.parameters.json", json), json.replace("tls", "minimum"));
    let changes = rename(&mut editor, "main.bicep", main, "size }", "scale").unwrap()["changes"].clone();
    let after = |name: &str, text: &str| edited(text, &changes[uri(&there.path(name))]);
    assert_eq!(after("main.bicep", main), main.replace("size", "scale"));
    assert_eq!(after("shared.bicep", shared), shared.replace("size", "scale"));
    for (new, why) in [("name", "declared in"), ("1x", "is no name"), ("a-b", "is no name")] {
        let (_, said) = rename(&mut editor, "store.bicep", STORE, "tls }", new).unwrap_err();
        assert!(said.contains(why), "{said}");
    }
    let place = editor.ask_at("textDocument/prepareRename", &there.path("store.bicep"), STORE, "tls }").unwrap();
    assert_eq!((&place["start"]["character"], &place["end"]["character"]), (&json!(35), &json!(38)));
    assert_eq!(
        editor.ask_at("textDocument/prepareRename", &there.path("store.bicep"), STORE, "'StorageV2'"),
        Ok(Value::Null)
    );
}

#[test]
fn a_name_that_would_change_what_the_file_means_is_refused_with_the_reason() {
    let text = "@description('how many')\nparam size int = 1\nvar all = map(range(0, size), i => i + size)\nvar each = [for n in \
                range(0, 3): n + size]\nfunc twice(by int) int => by * 2\nvar group = resourceGroup().name\nparam other \
                string = az.subscription().id\noutput out int = twice(size) + length(all) + length(each) + length(group)\noutput o \
                string = other\n";
    let there = There::with(&[("main.bicep", text), ("use.bicep", "module m 'main.bicep' = {\n  name: 'm'\n}\n")]);
    let main = there.path("main.bicep");
    let mut editor = there.editor();
    let mut rename = |new: &str| {
        let place = editor::place(text, "size int");
        let params = json!({ "textDocument": { "uri": uri(&main) }, "position": place, "newName": new });
        editor.ask("textDocument/rename", params).map_err(|(_, said)| said)
    };
    for (new, why) in [
        ("i", "main.bicep:3 it would stand for what a loop, a lambda"),
        ("n", "main.bicep:4 it would stand for what a loop"),
        ("resourceGroup", "main.bicep:6 uses `resourceGroup` for something else: a function"),
        ("description", "main.bicep:1 uses `description` for something else"),
        ("string", "main.bicep:7 uses `string` for something else"),
        ("az", "main.bicep:7 uses `az` for something else"),
        ("all", "declared in"),
        ("true", "stands for a value"),
        ("null", "stands for a value"),
    ] {
        let said = rename(new).unwrap_err();
        assert!(said.contains(why), "{new}: {said}");
    }
    // A function of that name is not called here, and what binds it does not use the parameter.
    for new in ["subscription", "by", "toUpper"] {
        let changes = rename(new).unwrap()["changes"].clone();
        assert_eq!(edited(text, &changes[uri(&main)]), text.replace("size", new));
    }
}

#[test]
fn a_message_that_cannot_be_read_does_not_end_the_server() {
    let there = There::with(&[("main.bicep", &account("'TLS1_0'"))]);
    let main = there.path("main.bicep");
    let mut editor = there.editor();
    editor.send_raw(b"Content-Length: 5\r\n\r\n{\"id\"");
    assert_eq!(editor.refusal(), -32700);
    editor.send_raw(b"Content-Length: 2\r\n\r\n{}");
    assert_eq!(editor.refusal(), -32600);
    // Half a character in a text that is typed.
    let text = format!("// HALF\n{}", account("'TLS1_0'")).replace('\n', "\\n").replace("HALF", "\\ud83d");
    let body = format!(
        r#"{{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{{"textDocument":{{"uri":"{}","languageId":"bicep","version":1,"text":"{text}"}}}}}}"#,
        uri(&main)
    );
    editor.send_raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    editor.settle();
    assert_eq!(editor.lines_of(&main, TLS), [6]);
    editor.send_raw(b"Content-Length: 99999999999999\r\n\r\n");
    let (status, said) = editor.hang_up();
    assert_eq!(status, 2);
    assert!(said.contains("99999999999999 bytes is not read") && said.contains("broke the protocol"), "{said}");
}

#[test]
fn ids_of_rules_are_completed() {
    let text = "// armlint: ignore Azure.Storage.M\nparam a string\n";
    let there = There::with(&[("main.bicep", text)]);
    let main = there.path("main.bicep");
    let mut editor = there.editor();
    editor.open(&main, text);
    let document = json!({ "uri": uri(&main) });
    let params = json!({ "textDocument": document, "position": { "line": 0, "character": 34 } });
    let items = editor.ask("textDocument/completion", params).unwrap()["items"].as_array().unwrap().clone();
    let tls = items.iter().find(|i| i["label"] == TLS).unwrap();
    let range = json!({ "start": { "line": 0, "character": 19 }, "end": { "line": 0, "character": 34 } });
    assert_eq!(tls["textEdit"], json!({ "range": range, "newText": TLS }));
    let params = json!({ "textDocument": document, "position": { "line": 1, "character": 8 } });
    assert_eq!(editor.ask("textDocument/completion", params).unwrap()["items"], json!([]));
}

#[test]
fn properties_of_json_are_completed_and_explained_by_azures_types() {
    let text = r#"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "resources": [
    {
      "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "stone", "location": "westeurope",
      "kind": "Sto",
      "properties": { "minimumTlsVersion": "TLS1_0", "allowBl": true, "networkAcls": { "" } },
      "resources": [ { "type": "blobServices", "apiVersion": "2023-01-01", "name": "default", "properties": { "": 1 } } ]
    }
  ]
}
"#;
    let there = There::with(&[("azuredeploy.json", text)]);
    let main = there.path("azuredeploy.json");
    let mut editor = there.editor();
    editor.open(&main, text);
    // What stands at the middle of a text that occurs once.
    let words = |editor: &mut Editor, what: &str, within: usize| {
        let mut place = editor::place(text, what);
        place["character"] = json!(place["character"].as_u64().unwrap() as usize + within);
        let params = json!({ "textDocument": { "uri": uri(&main) }, "position": place });
        let all = editor.ask("textDocument/completion", params).unwrap()["items"].as_array().unwrap().clone();
        all.into_iter().map(|i| (i["label"].as_str().unwrap().to_owned(), i)).collect::<Vec<_>>()
    };
    let names = |words: &[(String, Value)]| words.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let keys = words(&mut editor, "\"allowBl\"", 3);
    let public = &keys.iter().find(|(name, _)| name == "allowBlobPublicAccess").unwrap().1;
    assert_eq!(
        (&public["detail"], &public["textEdit"]["newText"]),
        (&json!("true or false"), &json!("allowBlobPublicAccess"))
    );
    assert_eq!(public["textEdit"]["range"]["end"]["character"], 61);
    // What is there already, and what nobody can set.
    assert!(!names(&keys).iter().any(|n| ["minimumTlsVersion", "provisioningState"].contains(&n.as_str())));
    assert!(names(&words(&mut editor, "{ \"\" }", 3)).contains(&"defaultAction".to_owned()));
    assert!(names(&words(&mut editor, "\"TLS1_0\"", 2)).starts_with(&["TLS1_0".to_owned(), "TLS1_1".to_owned()]));
    assert!(names(&words(&mut editor, "\"Sto\"", 4)).contains(&"StorageV2".to_owned()));
    assert!(names(&words(&mut editor, "\"\": 1", 1)).contains(&"deleteRetentionPolicy".to_owned()));
    let said = hover(&mut editor, &main, text, "inimumTlsVersion");
    assert!(said.contains("`minimumTlsVersion`: TLS1_0 | TLS1_1 | TLS1_2"), "{said}");
}

#[test]
fn values_stand_beside_names_for_those_who_want_that() {
    let text = "param tls string\nparam open string\nvar low = toLower('ABC${tls}')\nvar plain = 'x'\noutput o string = '${low}${plain}${open}'\n";
    let one = "using 'main.bicep'\nparam tls = '1'\n";
    let there = There::with(&[("main.bicep", text), ("a.bicepparam", one), ("b.bicepparam", &one.replace('1', "2"))]);
    let mut editor = Editor::start_with(&[&there.base], &json!({}), &json!({ "inlayHints": true }));
    let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 0 } });
    let document = json!({ "uri": uri(&there.path("main.bicep")) });
    let all = editor.ask("textDocument/inlayHint", json!({ "textDocument": document, "range": range })).unwrap();
    let said =
        all.as_array().unwrap().iter().map(|h| format!("{} {}", h["position"]["line"], h["label"].as_str().unwrap()));
    assert_eq!(said.collect::<Vec<_>>(), ["0 = \"1\" | \"2\"", "2 = \"abc1\" | \"abc2\""]);
    assert_eq!(there.editor().capabilities.get("inlayHintProvider"), None);
}
