//! `armlint diff` as users run it.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Folder, Run};
use serde_json::Value;

const STORE: &str = "param tls string
param location string = 'westeurope'
resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: 'stshop'
  location: location
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: { minimumTlsVersion: tls, allowBlobPublicAccess: false }
}
";
const PROD: &str = "using 'main.bicep'\nparam tls = 'TLS1_0'\n";

/// A repository whose first commit holds a template with a parameter file.
fn shop() -> Folder {
    let folder = Folder::with(&[]);
    folder.git(&["init", "-q", "-b", "main"]);
    folder.write("main.bicep", STORE);
    folder.write("prod.bicepparam", PROD);
    folder.write("other.bicep", &STORE.replace("stshop", "stother"));
    folder.commit();
    folder
}

fn diff(folder: &Folder, args: &[&str]) -> Run {
    let run = folder.run(&[&["diff", "--format", "json", "--exit-code"], args].concat());
    assert_eq!(run.stderr, "", "{args:?}");
    run
}

/// `changed stshop: properties.minimumTlsVersion "TLS1_0" -> "TLS1_2" prod.bicepparam:2`, one a line.
fn told(run: &Run) -> Vec<String> {
    let mut out = Vec::new();
    let list = |v: &Value| v.as_array().unwrap().clone();
    for change in list(&run.report["entryPoints"]).iter().flat_map(|e| list(&e["changes"])) {
        let head = format!("{} {}", change["change"].as_str().unwrap(), change["name"].as_str().unwrap());
        let properties = list(&change["properties"]);
        if properties.is_empty() {
            out.push(head.clone());
        }
        for p in properties {
            let place = &p["new"]["location"];
            let place = place["file"].as_str().map(|f| format!(" {f}:{}", place["startLine"])).unwrap_or_default();
            let (old, new) = (&p["old"]["value"], &p["new"]["value"]);
            out.push(format!("{head}: {} {old} -> {new}{place}", p["path"].as_str().unwrap()));
        }
    }
    out
}

#[test]
fn a_value_of_a_parameter_file_stands_there_on_both_sides() {
    let folder = shop();
    let none = diff(&folder, &["HEAD"]);
    assert_eq!((none.status, told(&none), &none.report["compared"]), (0, vec![], &0.into()));
    folder.write("prod.bicepparam", &PROD.replace("param tls = 'TLS1_0'", "\nparam tls = 'TLS1_2'"));
    let run = diff(&folder, &["HEAD"]);
    assert_eq!(
        (run.status, told(&run)),
        (1, vec!["changed stshop: properties.minimumTlsVersion \"TLS1_0\" -> \"TLS1_2\" prod.bicepparam:3".to_owned()])
    );
    let property = &run.report["entryPoints"][0]["changes"][0]["properties"][0];
    assert_eq!(property["old"]["location"]["file"], "prod.bicepparam");
    assert_eq!((&property["old"]["location"]["startLine"], &property["mayBeTheSame"]), (&2.into(), &false.into()));
    // Only what the changed file can reach was compared.
    assert_eq!((&run.report["compared"], &run.report["unchanged"]), (&1.into(), &0.into()));
    // The same of two revisions, and of what is in the working tree no more.
    folder.commit();
    assert_eq!(told(&diff(&folder, &["HEAD~1", "HEAD"])), told(&run));
    folder.write("prod.bicepparam", "using 'main.bicep'\nparam tls = 'TLS1_3'\n");
    assert_eq!(told(&diff(&folder, &["HEAD~1", "HEAD"])), told(&run));
    // The other way round.
    let back = told(&diff(&folder, &["HEAD", "HEAD~1"]));
    assert_eq!(back, ["changed stshop: properties.minimumTlsVersion \"TLS1_2\" -> \"TLS1_0\" prod.bicepparam:2"]);
}

#[test]
fn what_is_created_removed_and_replaced_is_told_apart() {
    let folder = shop();
    let vault = "resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = if (tls == 'TLS1_0') {\n  name: 'kv'\n  location: location\n}\n";
    folder.write("main.bicep", &format!("{}{vault}", STORE.replace("'westeurope'", "'northeurope'")));
    folder.write("other.bicep", &STORE.replace("stshop", "stnew").replace("@2023-05-01", "@2024-01-01"));
    let run = diff(&folder, &["HEAD"]);
    assert_eq!(
        told(&run),
        [
            "changed stshop: location \"westeurope\" -> \"northeurope\" main.bicep:2",
            "created kv",
            "changed stnew: name \"stother\" -> \"stnew\" other.bicep:4"
        ]
    );
    let changes = |i: usize| run.report["entryPoints"][i]["changes"][0].clone();
    assert_eq!((&changes(1)["effect"], &changes(0)["effect"]), (&"replaced".into(), &"refused".into()));
    assert_eq!((&changes(1)["apiVersion"]["old"], &changes(1)["oldName"]), (&"2023-05-01".into(), &"stother".into()));
    let text = folder.run(&["diff", "HEAD", "--color", "never"]).stdout;
    assert!(text.contains("! stshop (Microsoft.Storage/storageAccounts)  main.bicep:3:1"), "{text}");
    assert!(text.contains("1 created, 2 changed, 0 removed (1 cannot be updated) (1 replaced by another)"), "{text}");
    folder.commit();
    folder.write("main.bicep", STORE);
    let text = folder.run(&["diff", "HEAD"]).stdout;
    assert!(text.contains("- kv (Microsoft.KeyVault/vaults)"), "{text}");
    assert!(text.contains("stays in incremental mode"), "{text}");
}

#[test]
fn what_is_not_decided_compares_by_its_expression_and_says_what_it_hangs_on() {
    let folder = shop();
    let other = STORE.replace("stshop", "stother");
    folder.write("other.bicep", &other.replace("tls,", "toUpper(tls),"));
    let run = diff(&folder, &["HEAD"]);
    let wanted = "changed stother: properties.minimumTlsVersion \"[parameters('tls')]\" -> \"[toUpper(parameters('tls'))]\" other.bicep:8";
    assert_eq!(told(&run), [wanted]);
    let property = &run.report["entryPoints"][0]["changes"][0]["properties"][0];
    assert_eq!((&property["mayBeTheSame"], &property["dependsOn"][0]), (&true.into(), &"tls".into()));
    assert!(folder.run(&["diff", "HEAD"]).stdout.contains("may be the same: it depends on `tls`"));
    // Another name is no other value.
    folder.write("other.bicep", &other.replace("tls", "minTls"));
    assert_eq!(told(&diff(&folder, &["HEAD"])), [""; 0]);
}

#[test]
fn folders_and_printed_expansions_are_sides_as_well() {
    let folder = Folder::with(&[]);
    folder.write("old/main.bicep", STORE);
    folder.write("new/main.bicep", &STORE.replace("Standard_LRS", "Standard_GRS"));
    let wanted = |file: &str| format!("changed stshop: sku.name \"Standard_LRS\" -> \"Standard_GRS\"{file}");
    assert_eq!(told(&diff(&folder, &["old", "new"])), [wanted(" new/main.bicep:7")]);
    assert_eq!(told(&diff(&folder, &["old/main.bicep", "new/main.bicep"])), [wanted(" new/main.bicep:7")]);
    for side in ["old", "new"] {
        let printed = folder.run(&["expand", &format!("{side}/main.bicep")]).stdout;
        folder.write(&format!("{side}.json"), &printed);
    }
    assert_eq!(told(&diff(&folder, &["old.json", "new.json"])), [wanted("")]);
    let wrong = folder.run(&["diff", "nowhere", "new"]);
    assert_eq!(wrong.status, 2, "{}", wrong.stderr);
}

#[test]
fn files_that_move_change_nothing() {
    let folder = shop();
    folder.git(&["mv", "main.bicep", "infra.bicep"]);
    folder.write("deploy/prod.bicepparam", &PROD.replace("main", "../infra"));
    folder.git(&["rm", "-q", "--cached", "prod.bicepparam"]);
    std::fs::remove_file(folder.path("prod.bicepparam")).unwrap();
    folder.git(&["add", "-A"]);
    let run = diff(&folder, &["HEAD"]);
    assert_eq!((run.status, told(&run), &run.report["compared"]), (0, vec![], &1.into()), "{}", run.stdout);
}

#[test]
fn a_module_that_is_used_no_more_is_no_deployment_that_is_new() {
    let folder = shop();
    folder.write("call.bicep", "module m 'main.bicep' = { name: 'm', params: { tls: 'TLS1_2' } }\n");
    folder.write("prod.bicepparam", "using 'call.bicep'\n");
    folder.commit();
    folder.write("call.bicep", &STORE.replace("param tls string\n", "var tls = 'TLS1_2'\n"));
    let run = diff(&folder, &["HEAD"]);
    assert_eq!((run.status, told(&run)), (0, vec![]), "{}", run.stdout);
    folder.write("main.bicep", &format!("{STORE}// by itself"));
    let run = diff(&folder, &["HEAD"]);
    assert_eq!((run.status, told(&run)), (0, vec![]), "{}", run.stdout);
    assert!(run.report["notCompared"][0].as_str().unwrap().starts_with("main.bicep was used by other files before"));
}

#[test]
fn secrets_are_compared_and_not_shown() {
    let folder = Folder::with(&[]);
    folder.git(&["init", "-q", "-b", "main"]);
    let text = "@secure()
param password string
resource server 'Microsoft.Sql/servers@2023-08-01' = {
  name: 'sql'
  location: 'westeurope'
  properties: { administratorLogin: 'admin', administratorLoginPassword: password }
}
";
    folder.write("main.bicep", text);
    folder.write("prod.bicepparam", "using 'main.bicep'\nparam password = 'Blue-Harbor-77'\n");
    folder.commit();
    folder.write("prod.bicepparam", "using 'main.bicep'\nparam password = 'Green-Harbor-78'\n");
    for format in ["json", "text", "markdown"] {
        let run = folder.run(&["diff", "HEAD", "--format", format]);
        assert!(run.stdout.contains("administratorLoginPassword"), "{}", run.stdout);
        assert!(!run.stdout.contains("Harbor"), "{}", run.stdout);
    }
}

#[test]
fn what_stands_beside_a_secret_is_shown() {
    let folder = Folder::with(&[]);
    folder.git(&["init", "-q", "-b", "main"]);
    let text = "param configs array = [
  { name: 'gw-one', client: { radius: 'Blue-Harbor-77' } }
]
var gateways = concat(configs, [])
resource g 'Microsoft.Network/virtualNetworkGateways@2023-09-01' = [for gateway in gateways: {
  name: gateway.name
  location: 'westeurope'
  tags: { owner: 'the gw-one team' }
  properties: { vpnClientConfiguration: { radiusServerSecret: gateway.client.?radius ?? '' } }
}]
";
    folder.write("main.bicep", text);
    folder.commit();
    folder.write("main.bicep", &text.replace("the gw-one team", "friends of gw-one").replace("Blue", "Green"));
    let run = folder.run(&["diff", "HEAD", "--format", "json"]);
    assert!(run.stdout.contains("friends of gw-one") && run.stdout.contains("the gw-one team"), "{}", run.stdout);
    assert!(run.stdout.contains("radiusServerSecret") && !run.stdout.contains("Harbor"), "{}", run.stdout);
}

#[test]
fn a_comment_holds_what_fits_and_no_markup_of_strangers() {
    let folder = shop();
    let one = |i: usize| {
        format!(
            "resource r{i} 'Microsoft.Storage/storageAccounts@2023-05-01' = {{\n  name: 'st{i}<img src=x>@team#1 | ``{}'\n}}\n",
            "x".repeat(200)
        )
    };
    folder.write("many.bicep", &(0..600).map(one).collect::<String>());
    let text = folder.run(&["diff", "HEAD", "--format", "markdown"]).stdout;
    assert!(text.chars().count() <= 60_000 && text.chars().count() > 50_000, "{}", text.chars().count());
    assert!(text.contains("600 created") && text.contains("for which there is no room here"), "{text}");
    assert_eq!(text.matches("<details").count(), text.matches("</details>").count());
    // Only within code spans.
    let outside: String = text.lines().map(|l| l.split('`').step_by(2).collect::<String>()).collect();
    assert!(!outside.contains("<img"));
}

#[test]
fn a_shallow_clone_says_what_it_lacks() {
    let folder = shop();
    folder.write("main.bicep", "");
    folder.commit();
    let from = format!("file://{}", folder.path(".").canonicalize().unwrap().display());
    folder.git(&["clone", "-q", "--depth", "1", &from, "clone"]);
    let run = folder.run_in("clone", &["diff", "HEAD~1"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("fetch-depth: 0"), "{}", run.stderr);
}

#[test]
fn another_version_of_the_api_that_is_asked_for_a_key_changes_nothing() {
    let folder = shop();
    let text = |version: &str, key: u8| {
        format!(
            "{STORE}resource site 'Microsoft.Web/sites/config@2023-12-01' = {{\n  name: 'shop/appsettings'\n  properties: {{ KEY: \
             listKeys(account.id, '{version}').keys[{key}].value }}\n}}\n"
        )
    };
    folder.write("main.bicep", &text("2022-09-01", 0));
    folder.commit();
    folder.write("main.bicep", &text("2023-05-01", 0));
    assert_eq!(told(&diff(&folder, &["HEAD"])), [""; 0]);
    folder.write("main.bicep", &text("2022-09-01", 1));
    assert_eq!(told(&diff(&folder, &["HEAD"])).len(), 1);
}

#[test]
fn what_a_newer_api_version_takes_by_itself_is_a_change() {
    let folder = Folder::with(&[]);
    folder.git(&["init", "-q", "-b", "main"]);
    let account = |version: &str, more: &str| {
        format!(
            "resource s 'Microsoft.Storage/storageAccounts@{version}' = {{\n  name: 'stshop'\n  location: 'westeurope'\n  \
             properties: {{ minimumTlsVersion: 'TLS1_2'{more} }}\n}}\n"
        )
    };
    folder.write("main.bicep", &account("2022-09-01", ""));
    folder.commit();
    folder.write("main.bicep", &account("2023-05-01", ""));
    let run = diff(&folder, &["HEAD"]);
    let change = &run.report["entryPoints"][0]["changes"][0];
    assert_eq!(change["defaults"][0]["path"], "properties.allowBlobPublicAccess", "{}", run.stdout);
    assert_eq!((&change["defaults"][0]["old"], &change["defaults"][0]["new"]), (&"true".into(), &"false".into()));
    for format in ["text", "markdown"] {
        let run = folder.run(&["diff", "HEAD", "--format", format]);
        assert!(run.stdout.contains("allowBlobPublicAccess") && run.stdout.contains("not written"), "{}", run.stdout);
    }
    // What is written is what it was, and no version between two that agree changes anything.
    for (before, now, more) in
        [("2022-09-01", "2023-05-01", ", allowBlobPublicAccess: true"), ("2023-01-01", "2024-01-01", "")]
    {
        folder.write("main.bicep", &account(before, more));
        folder.commit();
        folder.write("main.bicep", &account(now, more));
        let run = diff(&folder, &["HEAD"]);
        assert_eq!(run.report["entryPoints"][0]["changes"][0]["defaults"], serde_json::json!([]), "{}", run.stdout);
    }
}

#[test]
fn a_picture_shows_what_comes_and_goes() {
    let folder = Folder::with(&[]);
    folder.git(&["init", "-q", "-b", "main"]);
    let account = |symbol: &str, name: &str, tls: &str| {
        format!(
            "resource {symbol} 'Microsoft.Storage/storageAccounts@2023-05-01' = {{\n  name: '{name}'\n  location: 'westeurope'\n  \
             properties: {{ minimumTlsVersion: '{tls}' }}\n}}\n"
        )
    };
    folder.write("store.bicep", &(account("a", "stkept", "TLS1_0") + &account("b", "stgone", "TLS1_2")));
    folder.write("main.bicep", "module store 'store.bicep' = { name: 'store' }\n");
    folder.commit();
    folder.write("store.bicep", &(account("a", "stkept", "TLS1_2") + &account("c", "stnew\"]; click", "TLS1_2")));
    let run = folder.run(&["diff", "HEAD", "--format", "mermaid"]);
    insta::assert_snapshot!(run.stdout);
    let run = folder.run(&["diff", "HEAD", "--format", "markdown"]);
    assert!(run.stdout.contains("```mermaid\nflowchart LR\n"), "{}", run.stdout);
}

#[test]
fn both_forms_that_a_safe_access_is_compiled_to_are_the_same() {
    let folder = Folder::with(&[]);
    folder.git(&["init", "-q", "-b", "main"]);
    let template = |value: &str| {
        serde_json::json!({
            "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "contentVersion": "1.0.0.0",
            "parameters": {"o": {"type": "object"}},
            "resources": [{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-05-01", "name": "stshop",
                "location": "westeurope", "tags": {"a": value}}]
        })
        .to_string()
    };
    folder.write("main.json", &template("[coalesce(tryGet(parameters('o'), 'b').c, 'x')]"));
    folder.commit();
    folder.write("main.json", &template("[coalesce(tryGet(parameters('o'), 'b', 'c'), 'x')]"));
    assert_eq!(told(&diff(&folder, &["HEAD"])), Vec::<String>::new());
    folder.write("main.json", &template("[coalesce(parameters('o').b.c, 'x')]"));
    assert_eq!(told(&diff(&folder, &["HEAD"])).len(), 1);
}

/// A file that is broken now deploys something else than it is meant to, and nobody may take the comparison for all there is.
#[test]
fn what_is_wrong_now_and_was_not_before_is_an_error() {
    let folder = shop();
    folder.write("other.bicep", &STORE.replace("'stshop'", "").replace("stshop", "stother"));
    let run = folder.run(&["diff", "--format", "json"]);
    assert_eq!(run.status, 3, "{}", run.stdout);
    let errors = run.report["errors"].as_array().unwrap();
    assert!(errors[0].as_str().unwrap().starts_with("other.bicep:4:"), "{errors:?}");
    // It was broken before, too.
    folder.commit();
    folder.write("main.bicep", &STORE.replace("Standard_LRS", "Standard_GRS"));
    let run = folder.run(&["diff", "--format", "json"]);
    assert_eq!((run.status, &run.report["errors"]), (0, &serde_json::json!([])), "{}", run.stdout);
}

const STORAGE: &str = "param name string
resource st 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: name
  location: 'westeurope'
  sku: { name: 'Standard_GRS' }
  kind: 'StorageV2'
}
";

/// The notes and errors of a comparison with what was committed.
fn unknown(folder: &Folder) -> (i32, Vec<String>, Vec<String>, Vec<String>) {
    let run = folder.run(&["diff", "HEAD", "--format", "json"]);
    let list = |key: &str| {
        let all = run.report[key].as_array().unwrap().iter();
        all.map(|v| v.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    (run.status, told(&run), list("notCompared"), list("errors"))
}

/// What a module deploys that was not restored nobody knows: it is not removed, and not the same either.
#[test]
fn what_a_module_deploys_that_cannot_be_read_is_not_known() {
    let call = "param n string = 'a'\nmodule prod 'st.bicep' = {\n  params: { name: 'st${n}' }\n}\n";
    let extra = STORAGE.replace("param name string\n", "").replace("name: name", "name: 'stextra'");
    let main = format!("{call}{extra}");
    let folder = Folder::repository(&[("main.bicep", &main), ("st.bicep", STORAGE)]);
    let restored = main.replace("st.bicep", "br:x.azurecr.io/st:v1");
    folder.write("main.bicep", &restored);
    let (status, changes, notes, errors) = unknown(&folder);
    assert_eq!((status, changes), (3, vec![]), "{errors:?}");
    assert!(
        notes[0].starts_with("main.bicep: what `prod` (br:x.azurecr.io/st:v1) deploys now is not known")
            && notes[0].ends_with("whether these are still deployed: sta (Microsoft.Storage/storageAccounts)"),
        "{notes:?}"
    );
    assert!(
        errors[0].starts_with("main.bicep:2:13: the template of `prod` (br:x.azurecr.io/st:v1) could not be read"),
        "{errors:?}"
    );
    assert!(folder.run(&["diff", "HEAD"]).stdout.contains("Nothing is known to change in Azure ("));
    // What does not come through it is compared all the same, and what is removed beside it is.
    folder.write("main.bicep", &restored.replace("'westeurope'", "'northeurope'"));
    assert_eq!(unknown(&folder).1.len(), 1);
    folder.write("main.bicep", &restored.replace(&extra, ""));
    assert_eq!(unknown(&folder).1, ["removed stextra"]);
    // A call that was not there may have anything in it.
    folder.write("main.bicep", &restored.replace(&extra, "").replace("prod", "store"));
    let (_, changes, notes, _) = unknown(&folder);
    assert_eq!(changes, [""; 0]);
    assert!(notes[0].contains("stextra (") && notes[0].contains("sta ("), "{notes:?}");
    // Before, it could not be read; nobody knows whether what is there now is new.
    folder.write("main.bicep", &restored);
    folder.commit();
    folder.write("main.bicep", &main);
    let (status, changes, notes, errors) = unknown(&folder);
    assert_eq!((status, changes, errors), (0, vec![], vec![]));
    assert!(notes[0].contains("deployed before is not known") && notes[0].contains("are new: sta ("), "{notes:?}");
    // The same call, however it is written.
    folder.write(
        "main.bicep",
        &restored.replace("prod", "store").replace("${n}", "${name}").replace("param n ", "param name "),
    );
    let refactored = unknown(&folder);
    assert_eq!((refactored.0, refactored.1.len(), refactored.2.len()), (0, 0, 0), "{refactored:?}");
    // Another version, and another value for it.
    for (old, new) in [("v1", "v2"), ("'st${n}'", "'su${n}'"), ("n string = 'a'", "n string = 'b'")] {
        folder.write("main.bicep", &restored.replace(old, new));
        let (status, changes, notes, errors) = unknown(&folder);
        assert_eq!((status, changes.len(), notes.len(), errors.len()), (3, 0, 1, 1), "{new}: {notes:?} {errors:?}");
    }
}

#[test]
fn what_a_linked_template_deploys_that_is_missing_is_not_known() {
    let link = r#"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
  "resources": [ { "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "n", "properties": {
    "mode": "Incremental", "templateLink": { "relativePath": "linked/l.json" }, "parameters": { "tls": { "value": "TLS1_2" } } } } ] }"#;
    let linked = r#"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
  "parameters": { "tls": { "type": "string" } },
  "resources": [ { "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-05-01", "name": "stlinked", "location": "westeurope",
    "properties": { "minimumTlsVersion": "[parameters('tls')]" } } ] }"#;
    let folder = Folder::repository(&[("azuredeploy.json", link), ("linked/l.json", linked)]);
    std::fs::remove_file(folder.path("linked/l.json")).unwrap();
    let (status, changes, notes, errors) = unknown(&folder);
    assert_eq!((status, changes), (3, vec![]), "{errors:?}");
    assert!(notes[0].contains("still deployed: stlinked (Microsoft.Storage/storageAccounts)"), "{notes:?}");
    assert!(errors[0].starts_with("azuredeploy.json:4:"), "{errors:?}");
    // A module of the same repository is told as the error that it is, once.
    let caller = "module a 'st.bicep' = {\n  params: { name: 'sta' }\n}\n";
    let folder = Folder::repository(&[("main.bicep", caller), ("st.bicep", STORAGE)]);
    std::fs::remove_file(folder.path("st.bicep")).unwrap();
    let (status, changes, notes, errors) = unknown(&folder);
    assert_eq!((status, changes, notes.len()), (3, vec![], 1), "{notes:?}");
    assert_eq!(errors, ["main.bicep:1:10: there is no file st.bicep"]);
}

#[test]
fn imports_and_templates_of_parameter_files_that_cannot_be_read_are_told() {
    let import = "import { tls } from 'br:x.azurecr.io/shared:v1'\noutput o string = tls\n";
    let values = "using 'br:x.azurecr.io/app:v1'\nparam a = 'x'\n";
    let folder =
        Folder::repository(&[("main.bicep", import), ("app.bicepparam", values), ("other.bicep", "param a string\n")]);
    folder.write("other.bicep", "param b string\n");
    assert_eq!(unknown(&folder), (0, vec![], vec![], vec![]));
    folder.write("main.bicep", &import.replace("v1", "v2"));
    folder.write("app.bicepparam", &values.replace("'x'", "'y'"));
    folder.write("lone.parameters.json", r#"{"$schema":"https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#","contentVersion":"1.0.0.0","parameters":{"a":{"value":"x"}}}"#);
    let (status, _, notes, errors) = unknown(&folder);
    assert_eq!(status, 3);
    assert!(errors[0].starts_with("app.bicepparam:1:7: this parameter file is not evaluated"), "{errors:?}");
    assert!(errors[1].starts_with("main.bicep:1:21: the module br:x.azurecr.io/shared:v2 is not"), "{errors:?}");
    // Nobody says what it is for.
    assert!(notes[0].starts_with("lone.parameters.json: this parameter file is not evaluated"), "{notes:?}");
}
