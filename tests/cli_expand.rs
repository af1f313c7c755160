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

/// A template in JSON that takes the version of TLS, which by default is a good one.
const LINKED: &str = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "contentVersion": "1.0.0.0", "parameters": {"tls": {"type": "string", "defaultValue": "TLS1_2"}}, "resources": [
    {"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2022-09-01", "name": "stabc", "location": "westeurope",
    "sku": {"name": "Standard_GRS"}, "kind": "StorageV2", "properties": {"minimumTlsVersion": "[parameters('tls')]"}}]}"#;

#[test]
fn a_deployment_may_take_its_parameters_from_a_file() {
    let folder = Folder::with(&[]);
    folder.write("linked/st.json", LINKED);
    let schema = "https://schema.management.azure.com/schemas/2019-04-01";
    let values = json!({"$schema": format!("{schema}/deploymentParameters.json#"), "contentVersion": "1.0.0.0",
        "parameters": {"tls": {"value": "TLS1_0"}}});
    folder.write("values/prod.json", &values.to_string());
    let here = |path: &str| format!("[uri(deployment().properties.templateLink.uri, '{path}')]");
    let expand = |file: &str, more: Value| {
        let mut properties = json!({"mode": "Incremental", "templateLink": {"uri": here("linked/st.json")}});
        properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let link = json!({"$schema": format!("{schema}/deploymentTemplate.json#"), "contentVersion": "1.0.0.0", "resources": [
            {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "n", "properties": properties}]});
        folder.write(file, &link.to_string());
        let run = folder.run(&["expand", file]);
        let tls = run.resource("stabc")["properties"]["minimumTlsVersion"].as_str().unwrap().to_owned();
        (tls, run.diagnostics().into_iter().map(|(said, _)| said).collect::<Vec<_>>())
    };
    let none: [&str; 0] = [];
    let read = expand("main.json", json!({"parametersLink": {"uri": here("values/prod.json")}}));
    assert_eq!(read, ("TLS1_0".to_owned(), none.map(str::to_owned).into()));
    let unknown = "[parameters('tls')]".to_owned();
    for away in [json!({"uri": "https://example.org/prod.json"}), json!({"uri": here("values/test.json")}), json!({})] {
        let unread = expand("other.json", json!({"parametersLink": away}));
        assert_eq!(unread, (unknown.clone(), vec!["warning template-linked".to_owned()]), "{away}");
    }
    // Azure takes one of the two.
    let both = json!({"parameters": {"tls": {"value": "TLS1_1"}}, "parametersLink": {"uri": here("values/prod.json")}});
    assert_eq!(expand("other.json", both), ("TLS1_1".to_owned(), vec!["error expression".to_owned()]));
    folder.write(
        "main.bicep",
        "resource d 'Microsoft.Resources/deployments@2022-09-01' = {
  name: 'n'
  properties: {
    mode: 'Incremental'
    template: loadJsonContent('linked/st.json')
    parametersLink: { uri: uri(deployment().properties.templateLink.uri, 'values/prod.json') }
  }
}
",
    );
    let bicep = folder.run(&["expand", "main.bicep"]);
    assert_eq!(bicep.resource("stabc")["properties"]["minimumTlsVersion"], "TLS1_0");
    // The file belongs to the deployment, and is not missed a template.
    let scan = folder.run(&[
        "scan",
        ".",
        "--format",
        "json",
        "--no-cache",
        "--rule",
        "Azure.Storage.MinTLS",
        "--fail-on",
        "none",
    ]);
    assert!(scan.diagnostics().iter().all(|(said, _)| !said.contains("template-not-found")), "{:?}", scan.messages());
}

/// A module in Bicep that takes the version of TLS, which by default is a bad one.
const MODULE: &str = "param name string
param tls string = 'TLS1_0'
resource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {
  name: name
  location: 'westeurope'
  kind: 'StorageV2'
  sku: { name: 'Standard_GRS' }
  properties: { minimumTlsVersion: tls }
}
";

#[test]
fn a_null_in_one_branch_takes_the_default_there() {
    let folder = Folder::with(&[]);
    folder.write("st.bicep", MODULE);
    folder.write(
        "main.bicep",
        "param a bool
param b bool
module m1 'st.bicep' = { params: { name: 'sta', tls: a ? 'TLS1_2' : null } }
module m2 'st.bicep' = { params: { name: 'stb', tls: a ? 'TLS1_2' : b ? null : 'TLS1_1' } }
module m3 'st.bicep' = { params: { name: 'stc', tls: null } }
",
    );
    let run = folder.run(&["expand", "main.bicep"]);
    let tls = |name: &str| run.resource(name)["properties"]["minimumTlsVersion"].clone();
    assert_eq!(tls("sta"), "[if(parameters('a'), 'TLS1_2', 'TLS1_0')]");
    assert_eq!(tls("stb"), "[if(parameters('a'), 'TLS1_2', if(parameters('b'), 'TLS1_0', 'TLS1_1'))]");
    assert_eq!(tls("stc"), "TLS1_0");
}

#[test]
fn what_a_module_is_given_otherwise_than_as_an_object_counts() {
    let folder = Folder::with(&[]);
    folder.write("st.bicep", MODULE);
    folder.write(
        "main.bicep",
        "param a bool
param open object
var common = { tls: 'TLS1_1' }
var body = { params: { name: 'ste', tls: 'TLS1_1' } }
module m1 'st.bicep' = { params: { ...common, name: 'sta' } }
module m2 'st.bicep' = { params: union(common, { name: 'stb' }) }
module m3 'st.bicep' = { params: a ? { name: 'stc', tls: 'TLS1_2' } : { name: 'stc' } }
module m4 'st.bicep' = { params: { ...open, name: 'std' } }
module m5 'st.bicep' = { ...body, name: 'e' }
module m6 'st.bicep' = { params: ({ name: 'stf' }) }
",
    );
    let run = folder.run(&["expand", "main.bicep"]);
    let tls: Vec<&Value> = run.report["predictedResources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| &r["properties"]["minimumTlsVersion"])
        .collect();
    let open = tls[3].as_str().unwrap();
    assert!(open.starts_with("[shallowMerge(") && open.ends_with(".tls]"), "{open}");
    let known = ["TLS1_1", "TLS1_1", "[if(parameters('a'), 'TLS1_2', 'TLS1_0')]", open, "TLS1_1", "TLS1_0"];
    assert_eq!(tls, known);
    let lines: Vec<usize> =
        run.diagnostics().into_iter().filter(|(said, _)| said == "error bicep-meaning").map(|d| d.1).collect();
    assert_eq!(lines, [5, 6, 7, 8, 9]);
}

#[test]
fn what_is_known_in_a_looked_up_value_of_a_compiled_parameter_file_is_known() {
    let folder = Folder::with(&[]);
    folder.write(
        "main.json",
        r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
        "parameters": {"n": {"type": "string"}, "c": {"type": "object"}, "s": {"type": "secureString"}}, "resources": [
        {"type": "A.B/c", "apiVersion": "2022-09-01", "name": "[parameters('n')]", "properties": "[parameters('c')]", "tags": {"s": "[parameters('s')]"}}]}"#,
    );
    folder.write(
        "main.parameters.json",
        r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#", "contentVersion": "1.0.0.0",
        "externalInputDefinitions": {"k": {"kind": "sys.cli", "config": "x"}}, "parameters": {
        "n": {"expression": "[format('toy{0}', externalInputs('k'))]"}, "s": {"expression": "[format('pw{0}', externalInputs('k'))]"},
        "c": {"expression": "[createObject('tls', 'TLS1_0', 'open', bool(externalInputs('k')))]"}}}"#,
    );
    let run = folder.run(&["expand", "main.parameters.json"]);
    let resource = run.resource("[format('toy{0}', externalInputs('k'))]");
    assert_eq!(resource["properties"], json!({"tls": "TLS1_0", "open": "[bool(externalInputs('k'))]"}));
    assert_eq!(resource["tags"]["s"], "[parameters('s')]");
    assert_eq!(run.report["diagnostics"], json!([]));
}

#[test]
fn calls_that_only_others_can_answer_are_no_mistakes() {
    let folder = Folder::with(&[]);
    folder.write(
        "main.bicep",
        "extension 'br:example.azurecr.io/extensions/foo:1.2.3'
param ir resource 'Microsoft.DataFactory/factories/integrationRuntimes@2018-06-01'
param plain string
resource f 'fooType@v1' existing = { identifier: 'foo' }
output bar string = f.convertBarToBaz('bar')
output key string = ir.listAuthKeys().authKey1
output no string = plain.listKeys()
",
    );
    let run = folder.run(&["expand", "main.bicep"]);
    assert_eq!(run.diagnostics(), [("error bicep-meaning".to_owned(), 7)], "{:?}", run.messages());
    assert!(run.report["outputs"]["bar"].as_str().unwrap().starts_with("[externalInput("));
    assert!(run.report["outputs"]["key"].as_str().unwrap().starts_with("[listAuthKeys("));
    let configured = r#"{"$schema": "x/deploymentTemplate.json#", "contentVersion": "1.0.0.0", "resources": [],
        "outputs": {"o": {"type": "string", "value": "[extensions('k8s').config.namespace]"}}}"#;
    folder.write("main.json", configured);
    let run = folder.run(&["expand", "main.json"]);
    assert_eq!(run.report["diagnostics"], json!([]));
    assert_eq!(run.report["outputs"]["o"], "[extensions('k8s').config.namespace]");
}

#[test]
fn an_item_past_the_end_of_a_loop_is_a_mistake() {
    let folder = Folder::with(&[]);
    folder.write("st.bicep", MODULE);
    folder.write(
        "main.bicep",
        "param n int
resource s 'Microsoft.Storage/storageAccounts@2023-01-01' = [for i in range(0, 2): {
  name: 'stab${i}'
  location: 'westeurope'
}]
resource t 'Microsoft.Storage/storageAccounts@2023-01-01' = [for i in range(0, n): {
  name: 'stcd${i}'
  location: 'westeurope'
}]
module m 'st.bicep' = [for i in range(0, 2): { params: { name: 'x${i}' } }]
output last string = s[1].properties.primaryEndpoints.blob
output past string = s[2].properties.primaryEndpoints.blob
output module string = m[7].outputs.x
output open string = t[5].properties.primaryEndpoints.blob
output never string = false ? s[3].properties.primaryEndpoints.blob : ''
",
    );
    let run = folder.run(&["expand", "main.bicep"]);
    let said = "error expression".to_owned();
    assert_eq!(run.diagnostics(), [(said.clone(), 12), (said, 13)], "{:?}", run.messages());
    assert_eq!(run.messages()[0], "there is no item 2: the loop 's' makes 2");
}
