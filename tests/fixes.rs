//! Fixes as a reader of SARIF applies them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::process::Command;

use serde_json::Value;

/// A file after the fix of its one finding of a rule; `None` where none is offered.
fn fixed(rule: &str, name: &str, text: &str) -> Option<String> {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(name), text).unwrap();
    let root = dir.path().to_str().unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_armlint"))
        .args(["scan", "-f", "sarif", "--fail-on", "none", "--rule", rule, "--root", root, root])
        .output()
        .unwrap();
    let sarif: Value = serde_json::from_slice(&out.stdout).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 1, "{sarif:#}");
    let replacement = results[0].pointer("/fixes/0/artifactChanges/0/replacements/0")?;
    let at = |line: &str, column: &str| {
        let number = |key: &str| replacement["deletedRegion"][key].as_u64().unwrap() as usize;
        let start: usize = text.split_inclusive('\n').take(number(line) - 1).map(str::len).sum();
        start + number(column) - 1
    };
    let new = replacement["insertedContent"]["text"].as_str().unwrap();
    let (start, end) = (at("startLine", "startColumn"), at("endLine", "endColumn"));
    Some(format!("{}{new}{}", &text[..start], &text[end..]))
}

const MIN_TLS: &str = "Azure.Storage.MinTLS";
/// A rule that wants `allowSharedKeyAccess: false`, also where nothing is said.
const LOCAL_AUTH: &str = "Azure.Storage.LocalAuth";

fn bicep(properties: &str) -> String {
    format!(
        "resource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {{\n  name: 'st'\n  location: 'westeurope'\n  kind: 'StorageV2'\n  \
         sku: {{ name: 'Standard_GRS' }}\n{properties}}}\n"
    )
}

fn template(properties: &str) -> String {
    format!(
        r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
  "resources": [{{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "st", "location": "westeurope",
    {properties}}}]}}"#
    )
}

#[track_caller]
fn bicep_becomes(rule: &str, before: &str, after: Option<&str>) {
    assert_eq!(fixed(rule, "main.bicep", &bicep(before)), after.map(bicep));
}

#[track_caller]
fn template_becomes(rule: &str, before: &str, after: Option<&str>) {
    assert_eq!(fixed(rule, "main.json", &template(before)), after.map(template));
}

#[test]
fn a_literal_is_replaced_in_the_words_of_its_language() {
    bicep_becomes(
        MIN_TLS,
        "  properties: { minimumTlsVersion: 'TLS1_0' }\n",
        Some("  properties: { minimumTlsVersion: 'TLS1_2' }\n"),
    );
    template_becomes(
        MIN_TLS,
        r#""properties": {"minimumTlsVersion": "TLS1_0"}"#,
        Some(r#""properties": {"minimumTlsVersion": "TLS1_2"}"#),
    );
}

#[test]
fn what_is_missing_is_inserted_as_its_neighbours_stand() {
    bicep_becomes(
        LOCAL_AUTH,
        "  properties: {\n    accessTier: 'Hot'\n  }\n",
        Some("  properties: {\n    allowSharedKeyAccess: false\n    accessTier: 'Hot'\n  }\n"),
    );
    bicep_becomes(
        LOCAL_AUTH,
        "  properties: {\r\n    accessTier: 'Hot'\r\n  }\r\n",
        Some("  properties: {\r\n    allowSharedKeyAccess: false\r\n    accessTier: 'Hot'\r\n  }\r\n"),
    );
    bicep_becomes(LOCAL_AUTH, "  properties: {}\n", Some("  properties: { allowSharedKeyAccess: false }\n"));
    template_becomes(
        LOCAL_AUTH,
        "\"properties\": {\n      \"accessTier\": \"Hot\"\n    }",
        Some("\"properties\": {\n      \"allowSharedKeyAccess\": false,\n      \"accessTier\": \"Hot\"\n    }"),
    );
    template_becomes(
        LOCAL_AUTH,
        r#""properties": { "accessTier": "Hot" }"#,
        Some(r#""properties": { "allowSharedKeyAccess": false, "accessTier": "Hot" }"#),
    );
}

#[test]
fn nothing_is_inserted_where_it_is_not_certain() {
    // No object, a comment that could be a directive, a spread, a value from elsewhere.
    bicep_becomes(LOCAL_AUTH, "", None);
    bicep_becomes(LOCAL_AUTH, "  properties: {\n    // why\n    accessTier: 'Hot'\n  }\n", None);
    bicep_becomes(LOCAL_AUTH, "  properties: {\n    accessTier: 'Hot'\n    ...{}\n  }\n", None);
    assert_eq!(
        fixed(LOCAL_AUTH, "main.bicep", &format!("var p = {{ accessTier: 'Hot' }}\n{}", bicep("  properties: p\n"))),
        None
    );
}

#[test]
fn a_parameter_gets_no_value_that_it_does_not_allow() {
    let template = |allowed: &str| {
        format!("{allowed}param tls string = 'TLS1_0'\n{}", bicep("  properties: { minimumTlsVersion: tls }\n"))
    };
    let all = "@allowed(['TLS1_0', 'TLS1_2'])\n";
    let new = template(all).replace("= 'TLS1_0'", "= 'TLS1_2'");
    assert_eq!(fixed(MIN_TLS, "main.bicep", &template(all)), Some(new));
    assert_eq!(fixed(MIN_TLS, "main.bicep", &template("@allowed(['TLS1_0', 'TLS1_1'])\n")), None);
}

#[test]
fn one_of_several_alternatives_is_enough() {
    let rule = "Azure.Storage.SecureTransfer";
    let before = template(r#""properties": {"supportsHttpsTrafficOnly": false}"#);
    assert_eq!(fixed(rule, "main.json", &before), Some(before.replace("false", "true")));
}

/// One resource in Bicep, without what no rule of these tests asks for.
fn resource(type_: &str, members: &str) -> String {
    format!("resource r '{type_}' = {{\n  name: 'r'\n  location: 'westeurope'\n{members}}}\n")
}

#[test]
fn a_number_beyond_a_bound_becomes_the_bound() {
    let before = resource("Microsoft.Web/serverfarms@2023-12-01", "  sku: { name: 'P1v3', capacity: 1 }\n");
    let after = before.replace("capacity: 1", "capacity: 2");
    assert_eq!(fixed("Azure.AppService.PlanInstanceCount", "main.bicep", &before), Some(after));
    // The tier Free has one instance only.
    let free = before.replace("P1v3", "F1");
    assert_eq!(fixed("Azure.AppService.PlanInstanceCount", "main.bicep", &free), None);
}

#[test]
fn a_version_below_a_range_becomes_the_lowest_in_it() {
    let before = resource("Microsoft.Sql/servers@2023-08-01", "  properties: { minimalTlsVersion: '1.0' }\n");
    assert_eq!(fixed("Azure.SQL.MinTLS", "main.bicep", &before), Some(before.replace("1.0", "1.2")));
    let none = before.replace("'1.0'", "'None'");
    assert_eq!(fixed("Azure.SQL.MinTLS", "main.bicep", &none), None);
}

#[test]
fn objects_that_are_missing_on_the_way_are_made() {
    let before =
        resource("Microsoft.ContainerService/managedClusters@2024-02-01", "  properties: {\n    dnsPrefix: 'r'\n  }\n");
    let after = before.replace("    dnsPrefix", "    aadProfile: { managed: true }\n    dnsPrefix");
    assert_eq!(fixed("Azure.AKS.ManagedAAD", "main.bicep", &before), Some(after));
    let before = template(r#""kind": "StorageV2", "properties": {}"#)
        .replace("Microsoft.Storage/storageAccounts", "Microsoft.ContainerService/managedClusters");
    let after = before.replace(r#""properties": {}"#, r#""properties": { "aadProfile": { "managed": true } }"#);
    assert_eq!(fixed("Azure.AKS.ManagedAAD", "main.json", &before), Some(after));
}

#[test]
fn a_list_gets_the_item_that_it_lacks() {
    let before = resource(
        "Microsoft.DocumentDB/mongoClusters@2025-04-01-preview",
        "  properties: { authConfig: { allowedModes: ['NativeAuth'] } }\n",
    );
    let after = before.replace("['NativeAuth']", "['MicrosoftEntraID', 'NativeAuth']");
    assert_eq!(fixed("Azure.Cosmos.MongoEntraID", "main.bicep", &before), Some(after));
    let empty = before.replace("['NativeAuth']", "[]");
    assert_eq!(
        fixed("Azure.Cosmos.MongoEntraID", "main.bicep", &empty),
        Some(empty.replace("[]", "['MicrosoftEntraID']"))
    );
}

/// What the reports say of the safety of the one fix: SARIF, then JSON.
fn safety(rule: &str, name: &str, text: &str) -> (String, String) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(name), text).unwrap();
    let root = dir.path().to_str().unwrap();
    let report = |format: &str| -> Value {
        let scan = ["scan", "-f", format, "--fail-on", "none", "--rule", rule, "--root", root, root];
        let out = Command::new(env!("CARGO_BIN_EXE_armlint")).args(scan).output().unwrap();
        serde_json::from_slice(&out.stdout).unwrap()
    };
    let text = |v: &Value, pointer: &str| v.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    let json = report("json");
    assert!(json["results"][0]["fix"]["startLine"].is_u64() && json["results"][0]["fix"]["text"].is_string());
    (text(&report("sarif"), "/runs/0/results/0/fixes/0/properties/safety"), text(&json, "/results/0/fix/safety"))
}

#[test]
fn reports_say_whether_a_fix_needs_a_look() {
    let both = |word: &str| (word.to_owned(), word.to_owned());
    let direct = bicep("  properties: { minimumTlsVersion: 'TLS1_0' }\n");
    assert_eq!(safety(MIN_TLS, "main.bicep", &direct), both("safe"));
    // A variable may be used elsewhere, too; a SKU costs money; an object that is made has other members.
    let shared = format!("var tls = 'TLS1_0'\n{}", bicep("  properties: { minimumTlsVersion: tls }\n"));
    assert_eq!(safety(MIN_TLS, "main.bicep", &shared), both("review"));
    let plan = resource("Microsoft.Web/serverfarms@2023-12-01", "  sku: { name: 'P1v3', capacity: 1 }\n");
    assert_eq!(safety("Azure.AppService.PlanInstanceCount", "main.bicep", &plan), both("review"));
    let cluster =
        resource("Microsoft.ContainerService/managedClusters@2024-02-01", "  properties: {\n    dnsPrefix: 'r'\n  }\n");
    assert_eq!(safety("Azure.AKS.ManagedAAD", "main.bicep", &cluster), both("review"));
}

#[test]
fn no_fix_is_offered_that_another_rule_fails_by() {
    // The add-on without the renewal of secrets is the matter of Azure.AKS.SecretStoreRotation.
    let cluster = |addons: &str| {
        resource(
            "Microsoft.ContainerService/managedClusters@2024-02-01",
            &format!("  properties: {{ addonProfiles: {{ {addons} }} }}\n"),
        )
    };
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("main.bicep"), cluster("azureKeyvaultSecretsProvider: { enabled: false }")).unwrap();
    let fix = |rules: &[&str]| {
        let root = dir.path().to_str().unwrap();
        let mut scan = vec!["scan", "-f", "json", "--fail-on", "none", "--root", root, root];
        rules.iter().for_each(|r| scan.extend(["--rule", *r]));
        let out = Command::new(env!("CARGO_BIN_EXE_armlint")).args(scan).output().unwrap();
        let json: Value = serde_json::from_slice(&out.stdout).unwrap();
        let results = json["results"].as_array().unwrap();
        let of = results.iter().find(|r| r["rule"] == "Azure.AKS.SecretStore").unwrap();
        of["fix"]["text"].as_str().map(str::to_owned)
    };
    assert_eq!(fix(&["Azure.AKS.SecretStore"]).as_deref(), Some("true"));
    assert_eq!(fix(&["Azure.AKS.SecretStore", "Azure.AKS.SecretStoreRotation"]), None);
}

#[test]
fn no_fix_names_what_azure_refuses() {
    // Deployments that turn content trust on fail with ContentTrustUnsupported.
    let registry =
        resource("Microsoft.ContainerRegistry/registries@2023-07-01", "  sku: { name: 'Premium' }\n  properties: {}\n");
    assert_eq!(fixed("Azure.ACR.ContentTrust", "main.bicep", &registry), None);
}

#[test]
fn nothing_is_asked_for_that_the_api_version_does_not_have() {
    // Another mistake of the same kind makes no difference.
    for more in ["", "    notThere: 1\n"] {
        let text = |version: &str| {
            bicep(&format!("  properties: {{\n    accessTier: 'Hot'\n{more}  }}\n")).replace("2023-01-01", version)
        };
        assert!(fixed(LOCAL_AUTH, "main.bicep", &text("2023-01-01")).is_some());
        assert_eq!(fixed(LOCAL_AUTH, "main.bicep", &text("2018-07-01")), None);
    }
}

#[test]
fn what_is_written_elsewhere_is_for_review_whichever_way_it_came() {
    let with = |before: &str, properties: &str| {
        format!("{before}{}output all object = common\n", bicep(&format!("  properties: {properties}\n")))
    };
    let of = |text: &str| safety(MIN_TLS, "main.bicep", text).1;
    for before in ["var common = ", "param common object = ", "@export()\nvar common = "] {
        let before = format!("{before}{{ minimumTlsVersion: 'TLS1_0' }}\n");
        for properties in [
            "common",
            "any(common)",
            "{ ...common }",
            "{ ...common, accessTier: 'Hot' }",
            "{ minimumTlsVersion: common.minimumTlsVersion }",
            "union(common, {})",
            "shallowMerge([common, {}])",
            "true ? common : {}",
            "common ?? {}",
            "first([common])",
            "filter([common], x => true)[0]",
            "map([common], x => x)[0]",
            "reduce([common], {}, (x, y) => union(x, y))",
            "mapValues(common, x => x)",
            "toObject(items(common), x => x.key, x => x.value)",
        ] {
            assert_eq!(of(&with(&before, properties)), "review", "{before}{properties}");
        }
    }
    let looped = bicep("  properties: { ...x }\n").replace("= {", "= [for x in common: {").replace("}\n}\n", "}\n}]\n");
    assert_eq!(of(&format!("var common = [{{ minimumTlsVersion: 'TLS1_0' }}]\n{looped}")), "review");
    // What is written in the resource itself is read there only.
    for properties in ["{ minimumTlsVersion: 'TLS1_0' }", "{ ...{ minimumTlsVersion: 'TLS1_0' } }"] {
        assert_eq!(of(&with("var common = {}\n", properties)), "safe", "{properties}");
    }
    let arm = template(r#""properties": "[union(variables('common'), createObject('accessTier', 'Hot'))]""#).replacen(
        '{',
        r#"{"variables": {"common": {"minimumTlsVersion": "TLS1_0"}}, "#,
        1,
    );
    assert_eq!(safety(MIN_TLS, "main.json", &arm).1, "review");
}

#[test]
fn a_part_of_a_parameter_gets_no_value_that_its_type_does_not_allow() {
    let with = |versions: &str| {
        format!(
            "type common = {{ minimumTlsVersion: {versions} }}\nparam given common = {{ minimumTlsVersion: 'TLS1_0' }}\n{}",
            bicep("  properties: { ...given }\n")
        )
    };
    assert_eq!(fixed(MIN_TLS, "main.bicep", &with("'TLS1_0' | 'TLS1_1'")), None);
    assert!(fixed(MIN_TLS, "main.bicep", &with("'TLS1_0' | 'TLS1_2'")).is_some());
}

#[test]
fn nothing_is_inserted_into_an_object_that_was_spread() {
    let rule = "Azure.AKS.LocalAccounts";
    let cluster = |properties: &str| resource("Microsoft.ContainerService/managedClusters@2024-02-01", properties);
    assert!(fixed(rule, "main.bicep", &cluster("  properties: { dnsPrefix: 'r' }\n")).is_some());
    let spread = cluster("  properties: { ...common }\n");
    assert_eq!(fixed(rule, "main.bicep", &format!("var common = {{ dnsPrefix: 'r' }}\n{spread}")), None);
}

#[test]
fn what_was_exported_from_azure_gets_no_fix() {
    let exported = r#"[{"type": "Microsoft.Storage/storageAccounts", "name": "st", "location": "westeurope",
  "id": "/subscriptions/x/resourceGroups/y/providers/Microsoft.Storage/storageAccounts/st",
  "properties": {"minimumTlsVersion": "TLS1_0"}}]"#;
    assert_eq!(fixed(MIN_TLS, "export.json", exported), None);
}

/// What a report says of the one fix: its safety and what it does.
fn offer(rule: &str, text: &str) -> (String, String) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("main.bicep"), text).unwrap();
    let root = dir.path().to_str().unwrap();
    let scan = ["scan", "-f", "json", "--fail-on", "none", "--rule", rule, "--root", root, root];
    let out = Command::new(env!("CARGO_BIN_EXE_armlint")).args(scan).output().unwrap();
    let json: Value = serde_json::from_slice(&out.stdout).unwrap();
    let text = |key: &str| json["results"][0]["fix"][key].as_str().unwrap().to_owned();
    (text("safety"), text("description"))
}

#[test]
fn what_somebody_has_to_know_first_is_said_and_makes_a_fix_one_to_look_at() {
    // The page says it.
    let vault = "  properties: { tenantId: tenant().tenantId, sku: { family: 'A', name: 'standard' }, enableRbacAuthorization: false }\n";
    let (safety, description) = offer("Azure.KeyVault.RBAC", &resource("Microsoft.KeyVault/vaults@2023-07-01", vault));
    assert_eq!(safety, "review");
    assert!(
        description.ends_with("to true; access policies no longer count: roles have to be assigned first"),
        "{description}"
    );
    // Azure's table says it.
    // In a region where IoT hubs can be told at all.
    let hub = "  sku: { name: 'S1', capacity: 1 }\n  properties: { minTlsVersion: '1.0' }\n";
    let hub = resource("Microsoft.Devices/IotHubs@2023-06-30", hub).replace("westeurope", "eastus");
    let (safety, description) = offer("Azure.IoTHub.MinTLS", &hub);
    assert_eq!(safety, "review");
    assert!(description.ends_with("; Azure takes it only when the resource is created"), "{description}");
}

#[test]
fn only_pages_whose_findings_can_have_a_fix_say_what_to_know_of_it() {
    let out = Command::new(env!("CARGO_BIN_EXE_armlint")).args(["rules", "--format", "json"]).output().unwrap();
    let rules: Value = serde_json::from_slice(&out.stdout).unwrap();
    let list = rules.as_array().or_else(|| rules["rules"].as_array()).unwrap();
    let cautious: Vec<&Value> = list.iter().filter(|r| r["caution"].is_string()).collect();
    assert!(cautious.len() > 100);
    assert!(cautious.iter().all(|r| r["fixable"] == true), "{:?}", cautious.iter().find(|r| r["fixable"] != true));
}
