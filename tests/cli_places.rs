//! `armlint scan`: where findings stand, and what things are called in them.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::Folder;
use serde_json::{Value, json};

#[test]
fn what_is_wrong_in_a_restored_module_stands_at_its_call() {
    let folder = Folder::with(&[]);
    let template = json!({"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0", "resources": [
            {"type": "Microsoft.KeyVault/vaults/secrets", "apiVersion": "2023-07-01", "name": "kv/s", "properties": {"value": "x"}},
            {"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "[split('a', ',')[1]]"}]});
    folder.write("cache/br/example.azurecr.io/inner/1.0.0$/main.json", &template.to_string());
    folder.write("repo/m.bicep", "module inner 'br:example.azurecr.io/inner:1.0.0' = {}\n");
    folder.write("repo/main.bicep", "// calls\nmodule outer 'm.bicep' = {}\n");
    let (repo, cache) = (folder.path("repo"), folder.path("cache"));
    let (repo, cache) = (repo.to_str().unwrap(), cache.to_str().unwrap());
    let run = folder.scan(&["--rule", "Azure.Deployment.SecureValue", "--root", repo, "--cache-dir", cache, repo]);
    let at = |l: &Value| format!("{}:{}:{}", l["file"].as_str().unwrap(), l["startLine"], l["startColumn"]);
    // The root deployment, the module and what it calls: the first place that can be edited is the call in `m.bicep`.
    let places: Vec<String> = run.report["results"].as_array().unwrap().iter().map(|r| at(&r["location"])).collect();
    assert!(!places.is_empty() && places.iter().all(|p| p.ends_with("m.bicep:1:8")), "{places:?}");
    let diagnostic = &run.report["diagnostics"][0];
    assert!(at(&diagnostic["location"]).ends_with("m.bicep:1:8"), "{diagnostic}");
    let said = "(in the module br:example.azurecr.io/inner:1.0.0, line 1, column ";
    assert!(diagnostic["message"].as_str().unwrap().contains(said), "{diagnostic}");
    assert_eq!(run.status, 1);
    // No report shows a file of the cache.
    let message = run.report["results"][0]["message"].as_str().unwrap();
    assert!(
        message.ends_with("This is decided in the module br:example.azurecr.io/inner:1.0.0 (line 1)."),
        "{message}"
    );
    let sarif = folder.run(&["scan", "-f", "sarif", "--root", repo, "--cache-dir", cache, repo]).stdout;
    assert!(!sarif.contains("_outside") && sarif.contains("br:example.azurecr.io/inner:1.0.0"), "{sarif}");
}

#[test]
fn a_value_that_a_restored_module_uses_stands_where_it_is_given() {
    let folder = Folder::with(&[]);
    let template = json!({"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0", "parameters": {"tls": {"type": "string"}}, "resources": [
            {"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "stshop", "location": "eastus",
             "properties": {"minimumTlsVersion": "[parameters('tls')]"}}]});
    folder.write("cache/br/mcr.microsoft.com/bicep$shop$store/1.0.0$/main.json", &template.to_string());
    folder.write(
        "repo/main.bicep",
        "module store 'br/public:shop/store:1.0.0' = {\n  params: {\n    tls: 'TLS1_0'\n  }\n}\n",
    );
    let (repo, cache) = (folder.path("repo"), folder.path("cache"));
    let (repo, cache) = (repo.to_str().unwrap(), cache.to_str().unwrap());
    let run = folder.scan(&["--rule", "Azure.Storage.MinTLS", "--root", repo, "--cache-dir", cache, repo]);
    let result = &run.report["results"][0];
    assert_eq!((&result["location"]["startLine"], &result["location"]["startColumn"]), (&json!(3), &json!(10)));
    assert!(result["message"].as_str().unwrap().ends_with("`tls` is set in main.bicep:3."), "{result}");
    let related: Vec<&str> =
        result["related"].as_array().unwrap().iter().filter_map(|r| r["message"].as_str()).collect();
    assert!(related.contains(&"the value is used in br/public:shop/store:1.0.0"), "{related:?}");
}

#[test]
fn a_value_that_a_caller_gives_is_named_with_its_place() {
    let folder = Folder::with(&[]);
    folder.write(
        "azuredeploy.json",
        r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "contentVersion": "1.0.0.0",
            "parameters": {"label": {"type": "string"}, "tls": {"type": "string", "defaultValue": "TLS1_0"}},
            "resources": [
              {"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "location": "eastus",
               "name": "[toLower(trim(parameters('label')))]",
               "properties": {"minimumTlsVersion": "[parameters('tls')]"}}]}"#,
    );
    let parameters = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {
          "label": {"value": ""}TLS}}"#;
    let scan = |tls: &str| {
        folder.write("azuredeploy.parameters.json", &parameters.replace("TLS", tls));
        let run = folder.scan(&["--rule", "Azure.Storage.MinTLS", "--rule", "Azure.Storage.Name"]);
        let one = |r: &Value| {
            let (file, line) = (r["location"]["file"].as_str().unwrap().to_owned(), r["location"]["startLine"].clone());
            let message = r["message"].as_str().unwrap();
            (file, line, message.rsplit_once(". ").unwrap().1.to_owned())
        };
        let mut all: Vec<_> = run.report["results"].as_array().unwrap().iter().map(one).collect();
        all.sort_by_key(|(_, _, said)| !said.contains("tls") && !said.contains("TLS"));
        all
    };
    let file = || "azuredeploy.parameters.json".to_owned();
    let given = scan(",\n          \"tls\": {\"value\": \"TLS1_1\"}");
    assert_eq!(given[0], (file(), json!(5), "`tls` is set in azuredeploy.parameters.json:5.".to_owned()));
    // An empty text that functions make of an empty text is mended where that was given.
    assert_eq!(given[1], (file(), json!(4), "`label` is empty in azuredeploy.parameters.json:4.".to_owned()));
    // The default decides: it stands in the template, and nobody gave it.
    let default = scan("");
    assert_eq!((default[0].0.as_str(), &default[0].1), ("azuredeploy.json", &json!(3)));
    assert!(!default[0].2.contains("set in"), "{default:?}");
}

#[test]
fn what_a_stale_compiled_template_and_its_source_break_is_shown_in_the_source() {
    let folder = Folder::with(&[]);
    folder.write(
        "bicep/main.bicep",
        "param name string\nresource a 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'st${name}'\n  location: 'eastus'\n}\n",
    );
    let account = |name: &str| json!({"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2022-09-01", "name": name, "location": "eastus"});
    let template = json!({"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0", "metadata": {"_generator": {"name": "bicep", "version": "0.30.3", "templateHash": "1"}},
        "parameters": {"name": {"type": "string"}},
        "resources": [account("[format('st{0}', parameters('name'))]"), account("stplanted")]});
    folder.write("arm/main.json", &template.to_string());
    let run = folder.scan(&["--rule", "Azure.Storage.LocalAuth"]);
    let at =
        |r: &Value| format!("{} {}", r["location"]["file"].as_str().unwrap(), r["resource"]["name"].as_str().unwrap());
    let places: Vec<String> = run.report["results"].as_array().unwrap().iter().map(at).collect();
    assert_eq!(places, ["arm/main.json stplanted", "bicep/main.bicep [format('st{0}', parameters('name'))]"]);
    assert_eq!(run.diagnostics().iter().filter(|(d, _)| d == "warning generated-differs").count(), 1);
}

#[test]
fn a_parameter_of_the_wrong_type_is_shown_at_its_type() {
    let folder = Folder::with(&[]);
    let template = |ty: &str| {
        format!(
            r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
              "contentVersion": "1.0.0.0",
              "parameters": {{ "adminPassword": {{
                "metadata": {{ "description": "d" }},
                "type": "{ty}" }} }},
              "resources": [{{"type": "Microsoft.KeyVault/vaults/secrets", "apiVersion": "2023-07-01", "name": "kv/s",
                "properties": {{"value": "[parameters('adminPassword')]"}}}}]}}"#
        )
    };
    let scan = |ty: &str| {
        folder.write("azuredeploy.json", &template(ty));
        let run =
            folder.scan(&["--rule", "Azure.Deployment.SecureParameter", "--rule", "Azure.Deployment.SecureValue"]);
        let one = |r: &Value| {
            assert_eq!((&r["location"]["startLine"], &r["location"]["startColumn"]), (&json!(5), &json!(25)), "{r}");
            r["message"].as_str().unwrap().to_owned()
        };
        run.report["results"].as_array().unwrap().iter().map(one).collect::<Vec<_>>()
    };
    let said = scan("string");
    assert!(said.len() == 2 && said.iter().all(|m| m.ends_with("its type is string.")), "{said:?}");
    // Whoever changes the type sees another message, or none.
    assert!(scan("object").iter().all(|m| m.ends_with("its type is object.")));
    assert!(scan("securestring").is_empty());
}

#[test]
fn people_read_the_known_part_of_a_name() {
    let folder = Folder::with(&[]);
    folder.write(
        "main.bicep",
        "param stage string\nresource kv 'Microsoft.KeyVault/vaults@2023-07-01' = {\n  name: 'kv-${stage}-weu'\n  location: 'westeurope'\n}\n\
         resource store 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: take(uniqueString(resourceGroup().id, stage), 9)\n  location: 'westeurope'\n}\n",
    );
    let text = folder
        .run(&[
            "scan",
            "--rule",
            "Azure.KeyVault.SoftDelete",
            "--rule",
            "Azure.Storage.MinTLS",
            "--rule",
            "Azure.Resource.UseTags",
        ])
        .stdout;
    assert!(text.contains("resource: kv-…-weu (Microsoft.KeyVault/vaults)"), "{text}");
    // Nothing of it is known: its symbolic name.
    assert!(text.contains("main.bicep:6:10  store"), "{text}");
    assert!(!text.contains("[format("), "{text}");
    // Programs get the expression, which tells resources apart.
    let run = folder.scan(&["--rule", "Azure.Resource.UseTags"]);
    assert_eq!(run.report["results"][0]["resource"]["name"], "[format('kv-{0}-weu', parameters('stage'))]");
}
