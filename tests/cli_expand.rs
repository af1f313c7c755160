//! `armlint expand` as users run it.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::Folder;
use serde_json::{Value, json};

#[test]
fn a_template_alone_keeps_what_is_unknown() {
    let folder = Folder::with(&["api/azuredeploy.json", "api/azuredeploy.parameters.json"]);
    let run = folder.run(&["expand", "api/azuredeploy.json"]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    let resources = run.report["predictedResources"].as_array().unwrap();
    let keys: Vec<&String> = resources[0].as_object().unwrap().keys().take(4).collect();
    assert_eq!(keys, ["id", "type", "name", "apiVersion"]);
    assert_eq!(resources[1]["properties"]["serviceUrl"], "[parameters('backendUrl')]");
    assert_eq!(resources[1].get("dependsOn"), None);
    assert_eq!(run.report["diagnostics"], json!([]));
    assert_eq!(run.report["outputs"]["url"], "[concat(parameters('backendUrl'), '/v1')]");
}

#[test]
fn parameters_and_context() {
    let folder = Folder::with(&["api/azuredeploy.json", "api/azuredeploy.parameters.json"]);
    let context = ["--subscription-id", "00000000-0000-0000-0000-000000000001", "--resource-group", "rg"];
    let with = ["expand", "api/azuredeploy.json", "--parameters", "api/azuredeploy.parameters.json"];
    let run = folder.run(&[&with[..], &context].concat());
    let api = &run.report["predictedResources"][1];
    assert_eq!(api["properties"]["serviceUrl"], "http://orders.contoso.com");
    let id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.ApiManagement/service/apim-shop/apis/orders";
    assert_eq!(api["id"], id);
    // A parameter file finds its template.
    let same = folder.run(&[&["expand", "api/azuredeploy.parameters.json"][..], &context].concat());
    assert_eq!(same.report, run.report);
}

/// The text at a place of `origins`.
fn text_at(folder: &Folder, place: &Value) -> String {
    let text = folder.read(place["file"].as_str().unwrap());
    let number = |key: &str| place[key].as_u64().unwrap() as usize;
    assert_eq!(number("startLine"), number("endLine"));
    let line = text.lines().nth(number("startLine") - 1).unwrap();
    line[number("startColumn") - 1..number("endColumn") - 1].to_owned()
}

#[test]
fn origins_lead_to_the_text_that_decided() {
    let folder = Folder::with(&["api/azuredeploy.json", "api/azuredeploy.parameters.json"]);
    let run = folder.run(&["expand", "api/azuredeploy.parameters.json", "--origins"]);
    let origins = run.report["origins"].as_object().unwrap();
    let url = origins["/predictedResources/1/properties/serviceUrl"].as_array().unwrap();
    let texts: Vec<String> = url.iter().map(|p| text_at(&folder, p)).collect();
    assert_eq!(texts[0], "\"http://orders.contoso.com\"");
    assert_eq!(url[0]["computed"], false);
    assert!(texts[1].contains("parameters('backendUrl')") && texts[2].contains("variables('url')"), "{texts:?}");
    assert_eq!(origins["/outputs/url"][0]["computed"], true);
    // Every leaf that is a literal of the template stands where it says.
    let mut literals = 0;
    for (pointer, places) in origins {
        let (Some(first), Some(value)) = (places.get(0), run.report.pointer(pointer)) else { continue };
        if first["computed"] == false {
            let written: Value = serde_json::from_str(&text_at(&folder, first)).unwrap();
            assert_eq!(&written, value, "{pointer}");
            literals += 1;
        }
    }
    assert!(literals > 12, "{literals}");
}

#[test]
fn errors_are_diagnostics_and_the_rest_is_printed() {
    let folder = Folder::with(&[]);
    let template = r#"{"$schema": "x/deploymentTemplate.json#", "contentVersion": "1.0.0.0", "resources": [
        {"type": "Microsoft.A/b", "apiVersion": "2020-01-01", "name": "[split('a', '-')[1]]"},
        {"type": "Microsoft.A/b", "apiVersion": "2020-01-01", "name": "good", "zones": null, "properties": {"x": null}}]}"#;
    folder.write("t.json", template);
    let run = folder.run(&["expand", "t.json"]);
    assert_eq!(run.status, 3);
    let last = run.report["predictedResources"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["name"], &last["properties"]), (&json!("good"), &json!({"x": null})));
    assert_eq!(last.get("zones"), None);
    let d = &run.report["diagnostics"][0];
    assert_eq!(
        (&d["level"], &d["location"]["file"], &d["location"]["startLine"]),
        (&json!("error"), &json!("t.json"), &json!(2))
    );
    assert_eq!(d["code"], "expression");
}

#[test]
fn a_function_that_is_not_known_is_a_warning() {
    let folder = Folder::with(&[]);
    let template = r#"{"$schema": "x/deploymentTemplate.json#", "contentVersion": "1.0.0.0", "resources": [
        {"type": "Microsoft.A/b", "apiVersion": "2020-01-01", "name": "[noSuchFunction()]"}]}"#;
    folder.write("t.json", template);
    let run = folder.run(&["expand", "t.json"]);
    assert_eq!(run.status, 0);
    assert_eq!(run.report["predictedResources"][0]["name"], "[noSuchFunction()]");
    let d = &run.report["diagnostics"][0];
    assert_eq!((&d["level"], &d["code"]), (&json!("warning"), &json!("unknown-function")));
    assert!(d["message"].as_str().unwrap().contains("noSuchFunction"));
}

#[test]
fn secrets_are_not_printed() {
    let folder = Folder::with(&[]);
    let template = r#"{"$schema": "x/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
        "parameters": {"p": {"type": "securestring"}},
        "resources": [{"type": "Microsoft.A/b", "apiVersion": "2020-01-01", "name": "x", "properties": {
            "a": "[parameters('p')]", "b": "[concat('x', parameters('p'))]"}}],
        "outputs": {"o": {"type": "string", "value": "[toUpper(parameters('p'))]"}}}"#;
    folder.write("t.json", template);
    folder.write("t.parameters.json", r#"{"contentVersion": "1.0.0.0", "parameters": {"p": {"value": "hunter2"}}}"#);
    for args in [&["expand", "t.parameters.json"][..], &["expand", "t.parameters.json", "--origins"]] {
        let run = folder.run(args);
        assert_eq!(run.report["predictedResources"][0]["properties"]["a"], "[parameters('p')]");
        assert!(!run.stdout.to_lowercase().contains("hunter2"), "{}", run.stdout);
    }
}

#[test]
fn wrong_usage() {
    let folder = Folder::with(&["api/azuredeploy.json", "export/resources.json", "api/azuredeploy.parameters.json"]);
    folder.write("other.json", "{}");
    folder.write("lost.parameters.json", r#"{"contentVersion": "1.0.0.0", "parameters": {}}"#);
    for wrong in [
        &["expand"][..],
        &["expand", "missing.json"],
        &["expand", "other.json"],
        &["expand", "export/resources.json"],
        &["expand", "lost.parameters.json"],
        &["expand", "api/azuredeploy.json", "--parameters", "other.json"],
        &["expand", "api/azuredeploy.parameters.json", "--parameters", "api/azuredeploy.parameters.json"],
    ] {
        let run = folder.run(wrong);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{wrong:?}: {}", run.stderr);
        assert!(run.stderr.contains("error:"), "{}", run.stderr);
    }
}

#[test]
fn nothing_outside_the_root_is_pulled_in() {
    let folder = Folder::with(&[]);
    let link = r#"{"$schema": "x/deploymentTemplate.json#", "contentVersion": "1.0.0.0", "resources": [
        {"type": "Microsoft.Resources/deployments", "apiVersion": "2021-04-01", "name": "n", "properties":
            {"mode": "Incremental", "templateLink": {"relativePath": "../nested.json"}}}]}"#;
    folder.write("repo/main.json", link);
    let nested = r#"{"$schema": "x/deploymentTemplate.json#", "contentVersion": "1.0.0.0", "resources": [
        {"type": "Microsoft.A/b", "apiVersion": "2020-01-01", "name": "x"}]}"#;
    folder.write("nested.json", nested);
    let inside = folder.run(&["expand", "repo/main.json"]);
    assert_eq!(inside.report["predictedResources"].as_array().unwrap().len(), 1);
    let outside = folder.run(&["expand", "repo/main.json", "--root", "repo"]);
    assert_eq!(outside.report["predictedResources"], json!([]));
    assert_eq!(outside.report["diagnostics"].as_array().unwrap().len(), 1);
    assert_eq!(outside.report["diagnostics"][0]["location"]["startLine"], 3);
}

#[test]
fn a_large_table_is_not_written_out_at_each_lookup() {
    let folder = Folder::with(&[]);
    let scan = |entries: usize| {
        let table: serde_json::Map<String, Value> = (0..entries)
            .map(|i| (format!("size{i}"), json!({"tier": "Standard", "memory": i, "note": "x".repeat(40)})))
            .collect();
        let lookup = |i: usize| {
            json!({"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01",
            "name": format!("st{i}"), "location": "eastus", "sku": {"tier": "[variables('sizes').all[parameters('size')].tier]"}})
        };
        let template = json!({"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "contentVersion": "1.0.0.0", "parameters": {"size": {"type": "string"}}, "variables": {"sizes": {"all": table}},
            "resources": (0..20).map(lookup).collect::<Vec<_>>()});
        folder.write("t.json", &template.to_string());
        let run = folder.run(&["expand", "t.json"]);
        assert_eq!((run.status, run.stderr.as_str()), (0, ""));
        (run.report["predictedResources"][7]["sku"]["tier"].as_str().unwrap().to_owned(), run.stdout.len())
    };
    let (large, length) = scan(500);
    assert_eq!(large, "[variables('sizes').all[parameters('size')].tier]");
    assert!(length < 20_000, "{length}");
    // A small one is written as the engine writes it.
    assert!(scan(2).0.starts_with("[createObject('size0', createObject('tier', 'Standard', 'memory', 0, "));
}

/// Two subscriptions may have a group of one name each.
#[test]
fn the_region_of_a_group_is_not_that_of_one_in_another_subscription() {
    let folder = Folder::with(&[]);
    let module = "resource ip 'Microsoft.Network/publicIPAddresses@2023-09-01' = {\n  name: 'ip'\n  location: resourceGroup().location\n}\n";
    folder.write("module.bicep", module);
    let text = |scope: &str| {
        format!(
            "targetScope = 'subscription'\nresource rg 'Microsoft.Resources/resourceGroups@2022-09-01' = {{\n  name: 'rg1'\n  location: 'westeurope'\n}}\n\
             module m 'module.bicep' = {{\n  name: 'm'\n  scope: {scope}\n  dependsOn: [rg]\n}}\n"
        )
    };
    let region = |scope: &str| {
        let args = ["--subscription-id", "11111111-1111-1111-1111-111111111111"];
        folder.write("main.bicep", &text(scope));
        let run = folder.run(&[&["expand", "main.bicep"], &args[..]].concat());
        run.resource("ip")["location"].to_string()
    };
    assert_eq!(region("rg"), "\"westeurope\"");
    assert_eq!(region("resourceGroup('11111111-1111-1111-1111-111111111111', 'rg1')"), "\"westeurope\"");
    assert_ne!(region("resourceGroup('22222222-2222-2222-2222-222222222222', 'rg1')"), "\"westeurope\"");
}
