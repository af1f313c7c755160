//! `armlint scan`: resources against Azure's types.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use armlint::check::Outcome;
use armlint::{Options, Session};
use common::Folder;
use proptest::prelude::*;
use serde_json::{Value, json};

const SCHEMA: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
const PARAMETERS: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#";

/// What the rules about types say of a folder: `file:line Rule message`, all of them, also of what is wrong beside the first.
fn said(folder: &Folder) -> Vec<String> {
    let run = folder.scan(&["--rule", "Armlint.Type.*", "--rule", "Armlint.Type.ReadOnlyProperty"]);
    let results = run.report["results"].as_array().unwrap_or_else(|| panic!("{}", run.stderr));
    let one = |rule: &Value, at: &Value, message: &Value| {
        let rule = rule.as_str().unwrap().rsplit('.').next().unwrap();
        format!("{}:{} {rule} {}", at["file"].as_str().unwrap(), at["startLine"], message.as_str().unwrap())
    };
    let mut out = Vec::new();
    for r in results {
        out.push(one(&r["rule"], &r["location"], &r["message"]));
        let also =
            r["related"].as_array().unwrap().iter().filter(|a| a["message"].as_str().unwrap().starts_with("also"));
        out.extend(also.map(|a| one(&r["rule"], a, &a["message"])));
    }
    out
}

/// The same of one file.
fn of(name: &str, text: &str) -> Vec<String> {
    let folder = Folder::with(&[]);
    folder.write(name, text);
    said(&folder)
}

/// A storage account with these members, and these properties.
fn account(members: &Value, properties: &Value) -> Value {
    let mut body = json!({"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "stsample",
        "location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": properties});
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    body
}

/// What is said of a template with a resource.
fn of_resource(parameters: &Value, resource: &Value) -> Vec<String> {
    let template =
        json!({"$schema": SCHEMA, "contentVersion": "1.0.0.0", "parameters": parameters, "resources": [resource]});
    of("azuredeploy.json", &template.to_string())
}

/// What is said of a Bicep file with an account that has these properties.
fn of_bicep(declarations: &str, properties: &str) -> Vec<String> {
    of(
        "main.bicep",
        &format!(
            "{declarations}\nresource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {{\n  name: 'stsample'\n  location: 'westeurope'\n  \
             kind: 'StorageV2'\n  sku: {{\n    name: 'Standard_LRS'\n  }}\n  properties: {{\n{properties}\n  }}\n}}\n"
        ),
    )
}

#[track_caller]
fn is(said: &[String], wanted: &[&[&str]]) {
    let holds = said.len() == wanted.len()
        && said.iter().zip(wanted).all(|(said, parts)| parts.iter().all(|part| said.contains(part)));
    assert!(holds, "{said:#?} instead of {wanted:#?}");
}

#[test]
fn what_no_type_allows_is_told() {
    let of = |members: Value, properties: Value| of_resource(&json!({}), &account(&members, &properties));
    is(&of(json!({}), json!({"minTlsVersion": "TLS1_2"})), &[&["UnknownProperty", "`minimumTlsVersion` meant"]]);
    is(&of(json!({}), json!({"sku": {}})), &[&["UnknownProperty", "there is one in the resource itself"]]);
    is(&of(json!({}), json!({"defaultAction": "Deny"})), &[&["UnknownProperty", "there is one in `networkAcls`"]]);
    is(
        &of(json!({"apiVersion": "2019-06-01"}), json!({"allowCrossTenantReplication": false})),
        &[&["UnknownProperty", "yet; 2021-04-01 has it"]],
    );
    is(&of(json!({}), json!({"accessTier": "Warm"})), &[&["ValueNotAllowed", "\"Warm\""]]);
    is(&of(json!({"sku": {"name": "Standrd_LRS"}}), json!({})), &[&["ValueNotAllowed", "\"Standard_LRS\" meant"]]);
    is(
        &of(json!({}), json!({"networkAcls": {"bypass": "None"}})),
        &[&["MissingProperty", "networkAcls.defaultAction"]],
    );
    is(&of(json!({}), json!({"networkAcls": []})), &[&["WrongType", "an array", "expects an object"]]);
    is(&of(json!({"name": "sa"}), json!({})), &[&["Length", "has 2 characters", "at least 3"]]);
    is(&of(json!({}), json!({"primaryEndpoints": {}})), &[&["ReadOnlyProperty", "`properties.primaryEndpoints`"]]);
    is(
        &of(json!({"type": "Microsoft.Storage/storageAcounts"}), json!({})),
        &[&["UnknownResourceType", "storageAccounts"]],
    );
}

#[test]
fn what_azure_takes_is_no_finding() {
    let parameters = json!({"flag": {"type": "bool"}, "text": {"type": "string"}, "list": {"type": "array"}});
    let of = |members: Value, properties: Value| of_resource(&parameters, &account(&members, &properties));
    for (members, properties) in [
        // Letter case says nothing.
        (json!({"SKU": {"NAME": "standard_lrs"}}), json!({"MinimumTlsVersion": "tls1_2"})),
        // Null leaves out.
        (json!({}), json!({"networkAcls": null, "minTls": null})),
        // What nobody knows is never wrong, and what is interpolated neither.
        (json!({"sku": {"name": "[parameters('text')]"}}), json!({"accessTier": "[concat('W', parameters('text'))]"})),
        (json!({}), json!({"networkAcls": "[if(parameters('flag'), json('null'), createObject())]"})),
        (json!({}), json!("[union(createObject('minimumTlsVersion', 'TLS1_2'), parameters('text'))]")),
        (json!({}), json!({"networkAcls": {"defaultAction": "Deny", "ipRules": "[parameters('list')]"}})),
        // Comments of the resource, and names for a person.
        (json!({"comments": "x", "tags": {"a": "b"}}), json!({})),
    ] {
        is(&of(members, properties), &[]);
    }
}

#[test]
fn what_the_types_do_not_know_is_no_finding() {
    // A reference to another resource by its id, whatever else the types demand of that.
    let id = |name: &str| json!({"id": format!("[resourceId('Microsoft.Network/{name}', 'x')]")});
    let connection = json!({"type": "Microsoft.Network/connections", "apiVersion": "2020-05-01", "name": "c", "location": "eastus",
        "properties": {"connectionType": "IPsec", "sharedKey": "[newGuid()]",
            "virtualNetworkGateway1": id("virtualNetworkGateways"), "localNetworkGateway2": id("localNetworkGateways")}});
    is(&of_resource(&json!({}), &connection), &[]);
    // Of this version only the settings of subscriptions are published.
    let settings = json!({"type": "Microsoft.Insights/diagnosticSettings", "apiVersion": "2017-05-01-preview", "name": "d",
        "scope": "[resourceId('Microsoft.Storage/storageAccounts', 'x')]",
        "properties": {"workspaceId": "w", "metrics": [{"category": "Transaction", "enabled": true}]}});
    is(&of_resource(&json!({}), &settings), &[]);
    // The types of a site's extension are about one name only.
    let extension = |name: &str| {
        let name = format!("site/{name}");
        let body = json!({"packageUri": "https://example.com/x.zip", "remoteBuild": true});
        json!({"type": "Microsoft.Web/sites/extensions", "apiVersion": "2021-02-01", "name": name, "properties": body})
    };
    is(&of_resource(&json!({}), &extension("ZipDeploy")), &[]);
    is(&of_resource(&json!({}), &extension("MSDeplyo")), &[&["ValueNotAllowed", "\"MSDeploy\" meant"]]);
    is(&of_resource(&json!({}), &extension("MSDeploy")), &[&["UnknownProperty", "`properties.remoteBuild`"]]);
}

#[test]
fn an_error_in_a_body_is_told_once() {
    let loops = json!({"copy": [{"name": "ipRules", "count": "x", "input": {"value": "1.2.3.4"}}]});
    let resource = account(&json!({}), &json!({"networkAcls": loops, "minTlsVersion": "TLS1_2"}));
    let found = of_resource(&json!({}), &resource);
    is(&found, &[&["MissingProperty", "networkAcls.defaultAction"], &["UnknownProperty", "minTlsVersion"]]);
}

#[test]
fn any_says_that_the_type_is_nobodys_business() {
    let told = of_bicep("", "    minTlsVersion: 'TLS1_2'\n    accessTier: 'Warm'");
    is(&told, &[&["main.bicep:10 UnknownProperty"], &["main.bicep:11 ValueNotAllowed"]]);
    is(&of_bicep("", "    accessTier: any('Warm')"), &[]);
    is(&of_bicep("", "    networkAcls: any({\n      bypas: 'None'\n      ipRules: 'x'\n    })"), &[]);
    is(&of_bicep("var tier = any('Warm')", "    accessTier: tier"), &[]);
    is(&of_bicep("param tier string\nparam more object", "    accessTier: tier\n    ...more"), &[]);
    is(&of_bicep("param tier string", "    accessTier: 'W${tier}'"), &[]);
}

#[test]
fn what_is_not_deployed_is_not_judged() {
    is(
        &of("main.bicep", "resource st 'Microsoft.Storage/storageAccounts@2023-01-01' existing = {\n  name: 'st'\n}\n"),
        &[],
    );
    let existing = json!({"languageVersion": "2.0", "$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": {
        "st": {"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "stsample", "existing": true}}});
    is(&of("azuredeploy.json", &existing.to_string()), &[]);
    let never = account(&json!({"condition": false}), &json!({"minTlsVersion": "TLS1_2"}));
    is(&of_resource(&json!({}), &never), &[]);
}

#[test]
fn children_are_held_against_their_own_types() {
    let child = json!({"type": "blobServices", "apiVersion": "2023-01-01", "name": "default",
        "properties": {"deleteRetentionPolicy": {"enabld": true}}});
    let told = of_resource(&json!({}), &account(&json!({"resources": [child]}), &json!({})));
    is(&told, &[&["UnknownProperty", "storageAccounts/blobServices@2023-01-01", "`enabled` meant"]]);
    let bicep = of_bicep(
        "",
        "  }\n  resource blobs 'blobServices' = {\n    name: 'default'\n    properties: {\n      deleteRetentionPolicy: {\n        \
         days: '7 days'\n      }\n    }",
    );
    is(&bicep, &[&["main.bicep:15 WrongType", "deleteRetentionPolicy.days", "a whole number"]]);
}

#[test]
fn every_item_of_a_loop_is_looked_at() {
    let rule = json!({"value": "1.2.3.4", "action": "[if(equals(copyIndex('ipRules'), 1), 'Deny', 'Allow')]"});
    let rules = json!({"copy": [{"name": "ipRules", "count": 3, "input": rule}], "defaultAction": "Deny"});
    let told = of_resource(&json!({}), &account(&json!({}), &json!({"networkAcls": rules})));
    is(&told, &[&["ValueNotAllowed", "`properties.networkAcls.ipRules[1].action`", "\"Deny\""]]);
    let bicep = of_bicep(
        "param ips array",
        "    networkAcls: {\n      defaultAction: 'Deny'\n      ipRules: [for ip in ips: {\n        value: ip\n        acton: 'Allow'\n      }]\n    }",
    );
    is(&bicep, &[&["main.bicep:14 UnknownProperty", "`action` meant"]]);
}

#[test]
fn a_finding_stands_where_the_wrong_value_was_decided() {
    let parameters = json!({"tier": {"type": "string"}, "acls": {"type": "object"}});
    let properties = json!({"accessTier": "[parameters('tier')]", "networkAcls": "[parameters('acls')]"});
    let template = json!({"$schema": SCHEMA, "contentVersion": "1.0.0.0", "parameters": parameters,
        "resources": [account(&json!({}), &properties)]});
    let values = format!(
        "{{\"$schema\": \"{PARAMETERS}\", \"contentVersion\": \"1.0.0.0\", \"parameters\": {{\n\"tier\": {{\"value\":\n\"Warm\"}},\n\
         \"acls\": {{\"value\": {{\n\"defaultAction\": \"Deny\",\n\"ipRule\": []}}}}}}}}"
    );
    let folder = Folder::with(&[]);
    folder.write("azuredeploy.json", &template.to_string());
    folder.write("azuredeploy.parameters.json", &values);
    is(
        &said(&folder),
        &[
            &["azuredeploy.parameters.json:3 ValueNotAllowed", "\"Warm\""],
            &["azuredeploy.parameters.json:6 UnknownProperty", "`ipRules` meant"],
        ],
    );
}

#[test]
fn a_finding_stands_where_the_wrong_value_was_decided_through_modules() {
    let folder = Folder::with(&[]);
    folder.write(
        "main.bicepparam",
        "using 'main.bicep'\nparam settings = {\n  accessTier: 'Warm'\n  minTls: 'TLS1_2'\n}\n",
    );
    folder.write(
        "main.bicep",
        "param settings object\nmodule a 'a.bicep' = {\n  params: {\n    given: settings\n  }\n}\n",
    );
    folder.write(
        "a.bicep",
        "param given object\nmodule b 'b.bicep' = {\n  params: {\n    properties: given\n    sku: 'Standrd_LRS'\n  }\n}\n",
    );
    folder.write(
        "b.bicep",
        "param properties object\nparam sku string\nresource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'stsample'\n  \
         location: 'westeurope'\n  kind: 'StorageV2'\n  sku: { name: sku }\n  properties: properties\n}\n",
    );
    let mut told = said(&folder);
    told.sort();
    told.dedup();
    let wanted: &[&[&str]] = &[
        &["a.bicep:5 ValueNotAllowed", "\"Standard_LRS\" meant"],
        &["main.bicepparam:3 ValueNotAllowed", "\"Warm\""],
        &["main.bicepparam:4 UnknownProperty", "`properties.minTls`"],
    ];
    is(&told, wanted);
}

/// Wrong values of an account, by their paths.
fn wrong_values() -> Vec<(&'static str, Value)> {
    vec![
        ("name", json!("x")),
        ("sku.name", json!("Standrd_LRS")),
        ("properties.accessTier", json!("Warm")),
        ("properties.minimumTlsVersion", json!([])),
        ("properties.supportsHttpsTrafficOnly", json!("maybe")),
        ("properties.keyPolicy.keyExpirationPeriodInDays", json!("many")),
        ("properties.networkAcls.bypass", json!({})),
        ("properties.networkAcls.defaultAction", json!("Dney")),
        ("properties.networkAcls.ipRules", json!("x")),
        ("properties.sasPolicy", json!(3)),
    ]
}

/// Ways to say a value that nobody knows, of which it may be one.
fn unknown(way: usize, value: &Value) -> Value {
    let literal = match value {
        Value::String(s) => format!("'{s}'"),
        other => format!("json('{other}')"),
    };
    match way {
        0 => json!("[parameters('text')]"),
        1 => json!("[parameters('thing').a]"),
        2 => json!("[concat(parameters('text'), 'x')]"),
        3 => json!(format!("[if(parameters('flag'), {literal}, parameters('text'))]")),
        4 => json!("[reference('x').a]"),
        _ => json!("[if(parameters('flag'), json('null'), parameters('thing'))]"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_nobody_knows_is_never_wrong(ways in prop::collection::vec(prop::option::of(0..6_usize), 10)) {
        let mut body = account(&json!({}), &json!({"keyPolicy": {}, "networkAcls": {}}));
        let mut known: Vec<&str> = Vec::new();
        for ((path, value), way) in wrong_values().into_iter().zip(&ways) {
            let place = body.pointer_mut(&format!("/{}", path.replace('.', "/")));
            let said = way.map_or_else(|| value.clone(), |way| unknown(way, &value));
            match place {
                Some(place) => *place = said,
                None => {
                    let (holder, key) = path.rsplit_once('.').unwrap();
                    let holder = body.pointer_mut(&format!("/{}", holder.replace('.', "/"))).unwrap();
                    holder.as_object_mut().unwrap().insert(key.to_owned(), said);
                }
            }
            known.extend(way.is_none().then_some(path));
        }
        let parameters = json!({"text": {"type": "string"}, "thing": {"type": "object"}, "flag": {"type": "bool"}});
        let template = json!({"$schema": SCHEMA, "contentVersion": "1.0.0.0", "parameters": parameters, "resources": [body]});
        let folder = tempfile::tempdir().unwrap();
        let rules = vec!["Armlint.Type.*".to_owned()];
        let mut session = Session::new(Options { rules, ..Options::new(folder.path()) }).unwrap();
        session.set("azuredeploy.json", template.to_string());
        let verdicts = session.check().unwrap();
        let mut told = Vec::new();
        for r in verdicts.results().iter().filter(|r| r.outcome == Outcome::Fail) {
            for message in std::iter::once(&r.message).chain(r.related.iter().map(|also| &also.message)) {
                let path = message.trim_start_matches("also: ").split('`').nth(1).unwrap_or_default().to_owned();
                told.extend((message.starts_with('`') || message.starts_with("also")).then_some(path));
            }
        }
        told.sort();
        known.sort_unstable();
        prop_assert_eq!(told, known);
    }
}

#[test]
fn directives_of_the_compiler_silence_the_rules_that_ask_the_same() {
    let folder = Folder::with(&[]);
    let bicep = |line: &str| {
        format!(
            "resource s 'Microsoft.Storage/storageAccounts@2023-01-01' = {{\n  name: 'stsample'\n  location: 'westeurope'\n  kind: 'StorageV2'\n  \
             sku: {{ name: 'Standard_LRS' }}\n  properties: {{\n{line}    minTlsVersion: 'TLS1_2'\n  }}\n}}\n"
        )
    };
    folder.write("main.bicep", &bicep(""));
    assert_eq!(said(&folder).len(), 1);
    folder.write("main.bicep", &bicep("    #disable-next-line BCP037\n"));
    let run = folder.scan(&["--rule", "Armlint.Type.*", "--rule", "Armlint.Suppression.Unused"]);
    assert_eq!(run.report["results"], json!([]), "{}", run.stdout);
    // What covers nothing here may be what the compiler needs.
    folder.write("main.bicep", &bicep("    #disable-next-line BCP036\n"));
    let run = folder.scan(&["--rule", "Armlint.Type.*", "--rule", "Armlint.Suppression.Unused"]);
    let rules: Vec<&str> =
        run.report["results"].as_array().unwrap().iter().map(|r| r["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["Armlint.Type.UnknownProperty"], "{}", run.stdout);
}

#[test]
fn old_api_versions_are_found_in_both_languages() {
    let folder = Folder::with(&[]);
    let mut account =
        account(&json!({"apiVersion": "[variables('version')]"}), &json!({"minimumTlsVersion": "TLS1_2"}));
    let template = json!({"$schema": SCHEMA, "contentVersion": "1.0.0.0", "variables": {"version": "2019-06-01"}, "resources": [account]});
    folder.write("main.json", &serde_json::to_string_pretty(&template).unwrap());
    account["apiVersion"] = json!("2025-06-01");
    let recent = json!({"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": [account]});
    folder.write("recent.json", &recent.to_string());
    folder.write(
        "main.bicep",
        "resource v 'Microsoft.KeyVault/vaults@2019-09-01' = {\n  name: 'kv'\n  location: 'westeurope'\n}\n",
    );
    let at = |now: &str, more: &[&str]| {
        let args = [&["--rule", "Armlint.Type.OldApiVersion", "--now", now], more].concat();
        let run = folder.scan(&args);
        let results = run.report["results"].as_array().unwrap_or_else(|| panic!("{}", run.stderr)).clone();
        let place = |r: &Value| format!("{}:{}", r["location"]["file"].as_str().unwrap(), r["location"]["startLine"]);
        results.iter().map(place).collect::<Vec<_>>()
    };
    assert_eq!(at("2026-07-01T00:00:00Z", &[]), ["main.bicep:1", "main.json:10"]);
    // Nobody can know what will be newer.
    assert_eq!(at("2020-01-01T00:00:00Z", &[]), Vec::<String>::new());
}
