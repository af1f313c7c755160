//! The engine on small deployments: what is a target, what is known, what a finding says and where it points.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod lists;
mod names;
mod nested;
mod parents;
mod secure_types;
mod undecided;

use std::sync::Arc;

use armlint::check::{self, CheckInput, CheckResult, Outcome};
use armlint::expand::{Context, Limits, Value, expand};
use armlint::model::{NoFiles, arm};
use armlint::read::Sources;
use armlint::read::json::Document;
use armlint::rules::{self, RuleSet, Selection, SelectionError, Settings};

fn rules(names: &[&str]) -> RuleSet {
    let names: Vec<String> = names.iter().map(|n| n.to_string()).collect();
    RuleSet::select(&Selection { rules: &names, ..Selection::default() }).unwrap()
}

/// The results of a rule on a template with these members.
fn results(rule: &str, members: &str) -> (Vec<CheckResult>, Arc<Sources>) {
    results_with(rule, members, "{}")
}

/// The same with values for parameters.
fn results_with(rule: &str, members: &str, given: &str) -> (Vec<CheckResult>, Arc<Sources>) {
    let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
    let text = format!("{{\"$schema\": \"{schema}\", \"contentVersion\": \"1.0.0.0\", {members}}}");
    let sources = Arc::new(Sources::new());
    let document = Document::parse(&sources.add("/main.json", text));
    let template = arm::load(&document, &mut Vec::new()).unwrap();
    let context = Context {
        subscription_id: Some(Value::str("sub")),
        resource_group: Some(Value::str("rg")),
        location: Some(Value::str("eastus")),
        // As in `scan`.
        snapshot: false,
        ..Context::unknown(template.scope)
    };
    let parameters =
        arm::parameters::load(&Document::parse(&sources.add("/given.json", format!("{{\"parameters\": {given}}}"))));
    let deployed = expand(&NoFiles, template, Some(&parameters), context, Limits::default());
    let input = CheckInput {
        deployed: Some(&deployed),
        root_name: "main.json".into(),
        sources: Some(&sources),
        ..CheckInput::at("2026-07-09T00:00:00Z".parse().unwrap())
    };
    let all = check::check(&input, &rules(&[rule]), &Settings::new());
    // Whatever a test is about: what is left out on demand is the passes, and nothing else changes.
    let fewer = check::check(&CheckInput { without_passes: true, ..input }, &rules(&[rule]), &Settings::new());
    let kept: Vec<_> = all.iter().filter(|r| !matches!(r.outcome, Outcome::Pass | Outcome::None)).collect();
    assert_eq!(format!("{fewer:?}"), format!("{kept:?}"));
    (all, sources)
}

/// What the expansion of a template with these members says.
fn diagnostics(members: &str) -> Vec<String> {
    let text = format!("{{\"contentVersion\": \"1.0.0.0\", {members}}}");
    let template = arm::load(&Document::parse(&Sources::new().add("/main.json", text)), &mut Vec::new()).unwrap();
    let context = Context::unknown(template.scope);
    let said = expand(&NoFiles, template, None, context, Limits::default()).diagnostics;
    said.iter().map(|d| format!("{} {}: {}", d.level.as_str(), d.code, d.message)).collect()
}

fn lines(results: &[CheckResult]) -> Vec<String> {
    results.iter().map(|r| format!("{} {} {}", r.outcome.as_str(), r.target.name, r.message)).collect()
}

fn place(r: &CheckResult, sources: &Sources) -> String {
    let l = r.location.as_ref().unwrap();
    sources.get(l.span.file).unwrap().slice(l.span).to_string()
}

const STORAGE: &str = r#""type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2""#;

#[test]
fn a_finding_is_placed_where_the_value_was_decided() {
    let (r, s) = results(
        "Azure.Storage.MinTLS",
        &format!(
            r#""parameters": {{"tls": {{"type": "string", "defaultValue": "TLS1_0"}}}}, "variables": {{"v": "[parameters('tls')]"}},
            "resources": [{{{STORAGE}, "name": "st", "properties": {{"minimumTlsVersion": "[variables('v')]"}}}}]"#
        ),
    );
    assert_eq!(r.len(), 1);
    assert_eq!(place(&r[0], &s), "\"TLS1_0\"");
    assert_eq!(r[0].location.as_ref().unwrap().pointer, "/resources/0/properties/minimumTlsVersion");
    assert_eq!(r[0].path, "properties.minimumTlsVersion");
    assert_eq!(r[0].flow.len(), 3);
    assert_eq!(r[0].fix.as_ref().unwrap().text, "\"TLS1_2\"");
    assert!(r[0].message.contains("TLS1_0"), "{}", r[0].message);
}

#[test]
fn what_is_missing_is_placed_on_a_key() {
    let account = |rest: &str| format!(r#""resources": [{{{STORAGE}, "name": "st"{rest}}}]"#);
    let at = |rule: &str, rest: &str| {
        let (r, s) = results(rule, &account(rest));
        (r[0].outcome, place(&r[0], &s))
    };
    // Another name would change nothing, so it is no place for a finding about something else.
    assert_eq!(at("Azure.Storage.LocalAuth", ""), (Outcome::Fail, "name".into()));
    assert_eq!(at("Azure.Storage.LocalAuth", r#", "properties": {}"#), (Outcome::Fail, "properties".into()));
}

#[test]
fn a_secret_that_is_written_down_is_placed_with_its_key() {
    let secret = |value: &str| {
        let (r, s) = results(
            "Azure.Deployment.SecureValue",
            &format!(
                r#""resources": [{{"type": "Microsoft.KeyVault/vaults/secrets", "apiVersion": "2023-07-01", "name": "kv/s", "properties": {{"value": {value}}}}}]"#
            ),
        );
        assert!(!r[0].message.contains("hunter2"), "{}", r[0].message);
        (r[0].outcome, place(&r[0], &s))
    };
    assert_eq!(secret(r#""hunter2""#), (Outcome::Fail, r#""value": "hunter2""#.into()));
}

#[test]
fn a_parameter_stands_for_all_its_choices() {
    let template = |allowed: &str| {
        format!(
            r#""parameters": {{"tls": {{"type": "string", "allowedValues": [{allowed}]}}}},
            "resources": [{{{STORAGE}, "name": "st", "properties": {{"minimumTlsVersion": "[parameters('tls')]"}}}}]"#
        )
    };
    let (some, _) = results("Azure.Storage.MinTLS", &template(r#""TLS1_0", "TLS1_2""#));
    assert_eq!(some[0].outcome, Outcome::Unknown);
    assert!(
        some[0].message.starts_with("It is not known before deployment. With tls = \"TLS1_0\": "),
        "{}",
        some[0].message
    );
    let (all, _) = results("Azure.Storage.MinTLS", &template(r#""TLS1_0", "TLS1_1""#));
    assert_eq!(all[0].outcome, Outcome::Fail);
    assert!(all[0].message.ends_with("This is so for every value of `tls`."), "{}", all[0].message);
    let (none, _) = results("Azure.Storage.MinTLS", &template(r#""TLS1_2""#));
    assert_eq!(none[0].outcome, Outcome::Pass);
}

#[test]
fn a_child_that_may_not_be_there_leaves_open_what_hangs_on_it() {
    let outcome = |parameters: &str, condition: &str, days: u32| {
        let service = format!(
            r#"{{"condition": {condition}, "type": "Microsoft.Storage/storageAccounts/blobServices", "apiVersion": "2023-01-01", "name": "st/default",
                "properties": {{"deleteRetentionPolicy": {{"enabled": true, "days": {days}}}}}}}"#
        );
        let account = format!(r#"{{{STORAGE}, "name": "st"}}"#);
        let members = format!(r#""parameters": {{{parameters}}}, "resources": [{account}, {service}]"#);
        results("Azure.Storage.SoftDelete", &members).0[0].outcome
    };
    let flag = r#""on": {"type": "bool"}"#;
    let name = r#""workspace": {"type": "string"}"#;
    assert_eq!(outcome("", "true", 7), Outcome::Pass);
    assert_eq!(outcome("", "false", 7), Outcome::Fail);
    assert_eq!(outcome(flag, r#""[parameters('on')]""#, 7), Outcome::Unknown);
    assert_eq!(outcome(name, r#""[not(empty(parameters('workspace')))]""#, 7), Outcome::Unknown);
}

#[test]
fn a_child_that_is_there_whenever_its_parent_is_leaves_nothing_open() {
    let set = r#""parameters": {"on": {"type": "bool"}, "more": {"type": "bool"}}, "resources": [
        {"condition": "[and(parameters('on'), parameters('more'))]", "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "st",
         "kind": "StorageV2", "sku": {"name": "Standard_GRS"}},
        {"condition": "[parameters('on')]", "type": "Microsoft.Storage/storageAccounts/blobServices", "apiVersion": "2023-01-01", "name": "st/default",
         "properties": {"deleteRetentionPolicy": {"enabled": true, "days": 7}}}]"#;
    assert_eq!(results("Azure.Storage.SoftDelete", set).0[0].outcome, Outcome::Pass);
}

#[test]
fn the_item_of_a_loop_of_unknown_length_breaks_nothing_for_certain() {
    let subnets = |body: &str| {
        let set = format!(
            r#""parameters": {{"n": {{"type": "int"}}}}, "resources": [{{"type": "Microsoft.Network/virtualNetworks", "apiVersion": "2023-09-01", "name": "v",
            "location": "westeurope", "properties": {{"copy": [{{"name": "subnets", "count": "[parameters('n')]", "input": {{"name": "[concat('s', copyIndex('subnets'))]", "properties": {body}}}}}]}}}}]"#
        );
        results("Azure.VNET.UseNSGs", &set).0[0].outcome
    };
    assert_eq!(subnets(r#"{"networkSecurityGroup": {"id": "x"}}"#), Outcome::Pass);
    assert_eq!(subnets("{}"), Outcome::Unknown);
}

#[test]
fn of_two_alternatives_the_one_that_holds_in_part_is_told() {
    let set = r#""resources": [{"type": "Microsoft.Cache/Redis", "apiVersion": "2023-08-01", "name": "r", "location": "westeurope",
        "properties": {"sku": {"name": "Standard", "family": "C", "capacity": 0}}}]"#;
    let (r, s) = results("Azure.Redis.MinSKU", set);
    assert_eq!((r[0].outcome, place(&r[0], &s).as_str()), (Outcome::Fail, "0"));
}

#[test]
fn what_is_not_known_is_no_failure() {
    let (r, _) = results(
        "Azure.Storage.MinTLS",
        &format!(
            r#""parameters": {{"tls": {{"type": "string"}}}},
            "resources": [{{{STORAGE}, "name": "st", "properties": {{"minimumTlsVersion": "[parameters('tls')]"}}}}]"#
        ),
    );
    assert_eq!(
        lines(&r),
        ["unknown st `properties.minimumTlsVersion` is [parameters('tls')], which is not known before deployment."]
    );
}

#[test]
fn what_is_told_of_an_item_that_may_not_count_is_why() {
    let (r, s) = results(
        "Azure.Cosmos.AvailabilityZone",
        r#""parameters": {"region": {"type": "string"}},
        "resources": [{"type": "Microsoft.DocumentDB/databaseAccounts", "apiVersion": "2024-05-15", "name": "c", "properties":
            {"locations": [{"locationName": "[parameters('region')]", "isZoneRedundant": false}]}}]"#,
    );
    let path = "properties.locations[0].locationName";
    let words = format!("unknown c `{path}` is [parameters('region')], which is not known before deployment.");
    assert_eq!(lines(&r), [words]);
    assert_eq!((r[0].path.as_str(), place(&r[0], &s).as_str()), (path, "\"[parameters('region')]\""));
}

#[test]
fn what_is_wrong_is_told_of_the_resource_and_not_of_the_configuration() {
    let (r, _) = results(
        "Azure.AKS.PlatformLogs",
        r#""resources": [
            {"type": "Microsoft.ContainerService/managedClusters", "apiVersion": "2024-02-01", "name": "k", "properties": {}},
            {"type": "Microsoft.Insights/diagnosticSettings", "apiVersion": "2021-05-01-preview", "name": "s", "properties":
                {"logs": [{"category": "kube-audit", "enabled": true}]},
                "scope": "[resourceId('Microsoft.ContainerService/managedClusters', 'k')]"}]"#,
    );
    assert_eq!(r[0].path, "properties.logs[0].category", "{}", r[0].message);
    assert!(!r[0].message.contains("configuration"), "{}", r[0].message);
}

#[test]
fn that_a_scope_is_not_known_is_said_of_the_scope() {
    let (r, _) = results(
        "Armlint.Type.Scope",
        r#""parameters": {"of": {"type": "string"}},
        "resources": [{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "st",
            "scope": "[parameters('of')]"}]"#,
    );
    assert_eq!(lines(&r[1..]), ["unknown st At which scope it is deployed is not known before deployment."]);
}

#[test]
fn both_branches_of_a_choice_can_agree() {
    let template = |a: &str, b: &str| {
        format!(
            r#""parameters": {{"new": {{"type": "bool"}}}},
            "resources": [{{{STORAGE}, "name": "st", "properties": {{"minimumTlsVersion": "[if(parameters('new'), '{a}', '{b}')]"}}}}]"#
        )
    };
    let outcome = |a, b| results("Azure.Storage.MinTLS", &template(a, b)).0[0].outcome;
    assert_eq!(outcome("TLS1_2", "TLS1_2"), Outcome::Pass);
    assert_eq!(outcome("TLS1_0", "TLS1_1"), Outcome::Fail);
    assert_eq!(outcome("TLS1_2", "TLS1_1"), Outcome::Unknown);
}

#[test]
fn secrets_decide_but_are_not_shown() {
    let template = format!(
        r#""parameters": {{"tls": {{"type": "secureString"}}}},
        "resources": [{{{STORAGE}, "name": "st", "properties": {{"minimumTlsVersion": "[parameters('tls')]"}}}}]"#
    );
    let (r, _) = results_with("Azure.Storage.MinTLS", &template, r#"{"tls": {"value": "hunter2"}}"#);
    assert_eq!(r[0].outcome, Outcome::Fail);
    assert!(r[0].message.contains("`properties.minimumTlsVersion` is (secret)"), "{}", r[0].message);
    assert!(!format!("{r:?}").contains("hunter2"), "{r:?}");
    let (good, _) = results_with("Azure.Storage.MinTLS", &template, r#"{"tls": {"value": "TLS1_2"}}"#);
    assert_eq!(good[0].outcome, Outcome::Pass);
}

#[test]
fn a_secret_in_an_output_is_found_wherever_it_comes_from() {
    let template = |output: &str| {
        format!(
            r#""parameters": {{"key": {{"type": "secureString", "defaultValue": "hunter2"}}, "none": {{"type": "secureString", "defaultValue": ""}}}},
            "variables": {{"all": {{"secret": "[parameters('key')]", "plain": "x"}}}},
            "resources": [], "outputs": {{"o": {{"type": "string", "value": "{output}"}}}}"#
        )
    };
    let outcome = |output| results("Azure.Deployment.OutputSecretValue", &template(output)).0[0].outcome;
    assert_eq!(outcome("[parameters('key')]"), Outcome::Fail);
    assert_eq!(outcome("[concat('a', parameters('key'))]"), Outcome::Fail);
    assert_eq!(outcome("[listKeys('x', '2023-01-01').keys[0].value]"), Outcome::Fail);
    assert_eq!(outcome("[variables('all').plain]"), Outcome::Pass);
    assert_eq!(outcome("[parameters('none')]"), Outcome::Pass);
    assert_eq!(outcome("[string(length(parameters('key')))]"), Outcome::Pass);
}

#[test]
fn azure_keeps_the_secrets_of_a_resource_to_itself() {
    let template = |output: &str| {
        format!(
            r#""parameters": {{"key": {{"type": "secureString"}}}},
            "resources": [{{"type": "Microsoft.A/b", "apiVersion": "2020-01-01", "name": "a", "properties": {{"user": {{"password": "[parameters('key')]"}}}}}}],
            "outputs": {{"o": {{"type": "object", "value": "{output}"}}}}"#
        )
    };
    let outcome = |output| results("Azure.Deployment.OutputSecretValue", &template(output)).0[0].outcome;
    assert_eq!(outcome("[reference('a')]"), Outcome::Pass);
    assert_eq!(outcome("[reference('a').user]"), Outcome::Pass);
    assert_eq!(outcome("[createObject('password', parameters('key'))]"), Outcome::Fail);
}

#[test]
fn a_type_keeps_secrets_wherever_it_has_them() {
    let outcome = |ty: &str| {
        let template = format!(
            r##""definitions": {{"one": {{"type": "object", "properties": {{"kind": {{"type": "string"}}, "token": {{"type": "{ty}"}}}}}}}},
            "parameters": {{"given": {{"type": "secureString"}}}},
            "resources": [{{"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "n", "properties": {{"mode": "Incremental",
                "expressionEvaluationOptions": {{"scope": "inner"}},
                "parameters": {{"c": {{"value": {{"kind": "one", "token": "[parameters('given')]"}}}}}},
                "template": {{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0", "resources": [],
                    "definitions": {{"one": {{"type": "object", "properties": {{"kind": {{"type": "string"}}, "token": {{"type": "{ty}"}}}}}}}},
                    "parameters": {{"c": {{"type": "object", "discriminator": {{"propertyName": "kind", "mapping": {{"one": {{"$ref": "#/definitions/one"}}}}}}}}}}}}}}}}]"##
        );
        let (r, _) = results("Azure.Deployment.SecretLeak", &template);
        r.iter().find(|r| r.target.name == "n").unwrap().outcome
    };
    assert_eq!(outcome("secureString"), Outcome::Pass);
    assert_eq!(outcome("string"), Outcome::Fail);
}

#[test]
fn null_in_a_template_is_left_out() {
    let outcome = |balance: &str| {
        let set = format!(
            r#""resources": [{{"type": "Microsoft.Compute/virtualMachineScaleSets", "apiVersion": "2024-07-01", "name": "s", "location": "westeurope", "properties": {{"zoneBalance": {balance}}}}}]"#
        );
        results("Azure.VMSS.ZoneBalance", &set).0[0].outcome
    };
    assert_eq!(outcome("null"), Outcome::Pass);
    assert_eq!(outcome("false"), Outcome::Pass);
    assert_eq!(outcome("true"), Outcome::Fail);
}

#[test]
fn databases_are_judged_by_themselves_wherever_they_are_declared() {
    let (server, database) = ("Microsoft.Sql/servers", r#""apiVersion": "2023-08-01", "properties": {}"#);
    let targets = |resources: &str| -> Vec<String> {
        let (r, _) = results("Azure.SQL.TDE", &format!(r#""resources": [{resources}]"#));
        r.iter().filter(|r| r.outcome != Outcome::None).map(|r| r.target.name.to_string()).collect()
    };
    let nested = format!(
        r#"{{"type": "{server}", "name": "s", {database}, "resources": [{{"type": "databases", "name": "d", {database}}}]}}"#
    );
    assert_eq!(targets(&nested), ["s/d"]);
    let apart = format!(
        r#"{{"type": "{server}", "name": "s", {database}}}, {{"type": "{server}/databases", "name": "s/d", {database}}}"#
    );
    assert_eq!(targets(&apart), ["s/d"]);
}

#[test]
fn children_hang_below_their_parents_through_nested_deployments() {
    let child = r#"{"type": "Microsoft.ApiManagement/service/apis", "apiVersion": "2022-08-01", "name": "apim/echo",
        "properties": {"path": "echo", "serviceUrl": "http://echo.contoso.com"}}"#;
    let nested = format!(
        r#"{{"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "apis", "properties": {{"mode": "Incremental",
        "template": {{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0", "resources": [{child}]}}}}}}"#
    );
    let service =
        r#"{"type": "Microsoft.ApiManagement/service", "apiVersion": "2022-08-01", "name": "apim", "properties": {}}"#;
    let (r, s) = results("Azure.APIM.HTTPBackend", &format!(r#""resources": [{service}, {nested}]"#));
    assert_eq!(r.len(), 1, "{:?}", lines(&r));
    assert_eq!(r[0].target.type_, "Microsoft.ApiManagement/service");
    assert_eq!(place(&r[0], &s), "\"http://echo.contoso.com\"");
    assert!(r[0].related.iter().any(|r| r.message == "deployed by apis"), "{:?}", r[0].related);
    // Without its parent, the child is a target of its own.
    let (alone, _) = results("Azure.APIM.HTTPBackend", &format!(r#""resources": [{nested}]"#));
    assert_eq!(alone[0].target.name, "apim/echo");
}

#[test]
fn a_grandchild_hangs_below_the_nearest_that_is_declared() {
    let (r, s) = results(
        "Azure.Storage.BlobAccessType",
        &format!(
            r#""resources": [{{{STORAGE}, "name": "st", "properties": {{}}, "resources": [
            {{"type": "blobServices/containers", "apiVersion": "2023-01-01", "name": "default/c", "properties": {{"publicAccess": "Blob"}}}}]}}]"#
        ),
    );
    assert_eq!(r.iter().map(|r| (r.target.name.as_str(), r.outcome)).collect::<Vec<_>>(), [("st", Outcome::Fail)]);
    assert_eq!(place(&r[0], &s), "\"Blob\"");
    let (flat, _) = results(
        "Azure.Storage.BlobAccessType",
        &format!(
            r#""resources": [{{{STORAGE}, "name": "st", "properties": {{}}}},
            {{"type": "Microsoft.Storage/storageAccounts/blobServices/containers", "apiVersion": "2023-01-01", "name": "st/default/c", "properties": {{"publicAccess": "Blob"}}}}]"#
        ),
    );
    assert_eq!(flat.iter().map(|r| (r.target.name.as_str(), r.outcome)).collect::<Vec<_>>(), [("st", Outcome::Fail)]);
}

#[test]
fn a_parent_with_an_unknown_name_is_found() {
    let (r, _) = results(
        "Azure.APIM.HTTPBackend",
        r#""parameters": {"name": {"type": "string"}}, "resources": [
        {"type": "Microsoft.ApiManagement/service", "apiVersion": "2022-08-01", "name": "[parameters('name')]", "properties": {}},
        {"type": "Microsoft.ApiManagement/service/apis", "apiVersion": "2022-08-01", "name": "[concat(parameters('name'), '/echo')]",
         "properties": {"path": "echo", "serviceUrl": "http://echo"}}]"#,
    );
    assert_eq!(r.len(), 1, "{:?}", lines(&r));
    assert_eq!((r[0].target.name.as_str(), r[0].outcome), ("[parameters('name')]", Outcome::Fail));
    assert!(r[0].message.starts_with("The API echo reaches"), "{}", r[0].message);
}

#[test]
fn a_child_of_an_unknown_parent_may_be_anybodys_whose_name_fits() {
    let outcome = |name: &str| {
        let service = format!(
            r#"{{"type": "Microsoft.Storage/storageAccounts/blobServices", "apiVersion": "2023-01-01", "name": {name},
                "properties": {{"deleteRetentionPolicy": {{"enabled": true, "days": 7}}}}}}"#
        );
        let account = format!(r#"{{{STORAGE}, "name": "st"}}"#);
        let members = format!(r#""parameters": {{"name": {{"type": "string"}}}}, "resources": [{account}, {service}]"#);
        let (results, _) = results("Azure.Storage.SoftDelete", &members);
        results.iter().find(|r| r.target.name == "st").unwrap().outcome
    };
    assert_eq!(outcome(r#""[concat(parameters('name'), '/default')]""#), Outcome::Unknown);
    assert_eq!(outcome(r#""[concat('s', parameters('name'), '/default')]""#), Outcome::Unknown);
    assert_eq!(outcome(r#""[concat('other', parameters('name'), '/default')]""#), Outcome::Fail);
    assert_eq!(outcome(r#""other/default""#), Outcome::Fail);
}

#[test]
fn an_item_of_a_list_that_is_a_resource_as_well_counts_once() {
    let outcome = |child: &str| {
        let members = format!(
            r#""resources": [
            {{"type": "Microsoft.Network/trafficManagerProfiles", "apiVersion": "2022-04-01", "name": "tm", "properties": {{"endpoints": [
               {{"name": "a", "type": "Microsoft.Network/trafficManagerProfiles/azureEndpoints", "properties": {{"targetResourceId": "x"}}}}]}}}},
            {{"type": "Microsoft.Network/trafficManagerProfiles/azureEndpoints", "apiVersion": "2022-04-01", "name": "tm/{child}", "properties": {{"targetResourceId": "x"}}}}]"#
        );
        results("Azure.TrafficManager.Endpoints", &members).0[0].outcome
    };
    assert_eq!((outcome("a"), outcome("b")), (Outcome::Fail, Outcome::Pass));
}

#[test]
fn a_rule_of_a_firewall_that_may_not_be_there_lets_in_nobody_for_certain() {
    let rule = |name: &str, condition: &str, last: u8| {
        format!(
            r#"{{"type": "Microsoft.Sql/servers/firewallRules", "apiVersion": "2023-08-01", "name": "sql/{name}", "condition": {condition},
            "properties": {{"startIpAddress": "203.0.113.0", "endIpAddress": "203.0.113.{last}"}}}}"#
        )
    };
    let judged = |rules: &[String]| {
        let (r, _) = results(
            "Azure.SQL.FirewallIPRange",
            &format!(
                r#""parameters": {{"on": {{"type": "string"}}}}, "resources": [
                {{"type": "Microsoft.Sql/servers", "apiVersion": "2023-08-01", "name": "sql", "properties": {{}}}}, {}]"#,
                rules.join(", ")
            ),
        );
        r[0].outcome
    };
    let perhaps = r#""[equals(parameters('on'), 'x')]""#;
    assert_eq!(judged(&[rule("a", perhaps, 99)]), Outcome::Unknown);
    assert_eq!(judged(&[rule("a", perhaps, 5)]), Outcome::Pass);
    assert_eq!(judged(&[rule("a", perhaps, 5), rule("b", "true", 5)]), Outcome::Unknown);
    assert_eq!(judged(&[rule("a", perhaps, 5), rule("b", "true", 99)]), Outcome::Fail);
}

#[test]
fn of_a_choice_one_branch_goes_into_a_sum() {
    let pool = |count: &str| {
        let (r, _) = results(
            "Azure.AKS.MinNodeCount",
            &format!(
                r#""parameters": {{"many": {{"type": "int"}}}}, "resources": [{{"type": "Microsoft.ContainerService/managedClusters",
                "apiVersion": "2024-02-01", "name": "aks", "properties": {{"agentPoolProfiles": [{{"name": "system", "mode": "System",
                "count": "[if(equals(parameters('many'), 1), {count})]"}}]}}}}]"#
            ),
        );
        r[0].outcome
    };
    assert_eq!(pool("2, 1"), Outcome::Fail);
    assert_eq!(pool("2, 0"), Outcome::Fail);
    assert_eq!(pool("9, 0"), Outcome::Unknown);
    assert_eq!(pool("9, 1"), Outcome::Unknown);
    assert_eq!(pool("9, 3"), Outcome::Pass);
}

#[test]
fn the_id_of_a_child_is_known_as_far_as_its_name() {
    for (config, outcome) in [("web", Outcome::Fail), ("appsettings", Outcome::Pass)] {
        let (r, _) = results(
            "Azure.AppService.RemoteDebug",
            &format!(
                r#""parameters": {{"site": {{"type": "string"}}}}, "resources": [
                {{"type": "Microsoft.Web/sites", "apiVersion": "2023-12-01", "name": "[parameters('site')]", "kind": "app", "properties": {{}}}},
                {{"type": "Microsoft.Web/sites/config", "apiVersion": "2023-12-01", "name": "[format('{{0}}/{config}', parameters('site'))]",
                 "properties": {{"remoteDebuggingEnabled": true}}}}]"#
            ),
        );
        assert_eq!(r.iter().map(|r| r.outcome).collect::<Vec<_>>(), [outcome], "{config}: {:?}", lines(&r));
    }
}

#[test]
fn diagnostic_settings_belong_to_what_they_extend() {
    let vault = r#"{"type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01", "name": "kv", "properties": {}}"#;
    let logs = r#""properties": {"logs": [{"category": "AuditEvent", "enabled": true}]}"#;
    for setting in [
        format!(
            r#"{{"type": "Microsoft.KeyVault/vaults/providers/diagnosticSettings", "apiVersion": "2021-05-01-preview", "name": "kv/Microsoft.Insights/audit", {logs}}}"#
        ),
        format!(
            r#"{{"type": "Microsoft.Insights/diagnosticSettings", "apiVersion": "2021-05-01-preview", "name": "audit", "scope": "Microsoft.KeyVault/vaults/kv", {logs}}}"#
        ),
        format!(
            r#"{{"type": "Microsoft.Insights/diagnosticSettings", "apiVersion": "2021-05-01-preview", "name": "audit", "scope": "[resourceId('Microsoft.KeyVault/vaults', 'kv')]", {logs}}}"#
        ),
    ] {
        let (r, _) = results("Azure.KeyVault.Logs", &format!(r#""resources": [{vault}, {setting}]"#));
        assert_eq!(lines(&r), ["pass kv "], "{setting}");
    }
}

#[test]
fn a_resource_deployed_twice_is_judged_once() {
    let account = |tls: &str| format!(r#"{{{STORAGE}, "name": "st", "properties": {{"minimumTlsVersion": "{tls}"}}}}"#);
    let (r, _) =
        results("Azure.Storage.MinTLS", &format!(r#""resources": [{}, {}]"#, account("TLS1_0"), account("TLS1_2")));
    assert_eq!(r.iter().map(|r| r.outcome).collect::<Vec<_>>(), [Outcome::Fail]);
}

#[test]
fn rules_are_selected_by_baseline_and_name() {
    assert!(RuleSet::select(&Selection::default()).unwrap().rules().len() > 10);
    let names = ["AZR-000200".to_string()];
    let one = RuleSet::select(&Selection { rules: &names, ..Selection::default() }).unwrap();
    assert_eq!(one.rules().iter().map(|r| r.entry.id).collect::<Vec<_>>(), ["Azure.Storage.MinTLS"]);
    let globs = ["azure.storage.*".to_string()];
    let some = RuleSet::select(&Selection { rules: &globs, ..Selection::default() }).unwrap();
    assert!(some.rules().len() > 1 && some.rules().iter().all(|r| r.entry.id.starts_with("Azure.Storage.")));
    // The baseline of 2020 lacks the rule, but it is named.
    let old = RuleSet::select(&Selection { baseline: Some("Azure.GA_2020_06"), rules: &names, ..Selection::default() })
        .unwrap();
    assert_eq!(old.rules().len(), 1);
    let wrong = ["Azure.Storage.MinTSL".to_string()];
    let error = RuleSet::select(&Selection { rules: &wrong, ..Selection::default() }).unwrap_err();
    assert_eq!(
        error,
        SelectionError::Rule { name: wrong[0].clone(), similar: Some("Azure.Storage.MinTLS".into()), unusable: None }
    );
    assert!(RuleSet::select(&Selection { baseline: Some("Azure.Defualt"), ..Selection::default() }).is_err());
    let settings = Settings::for_baseline(rules::baseline("Azure.GA_2021_12").unwrap());
    assert_eq!(settings.text("AZURE_AKS_CLUSTER_MINIMUM_VERSION"), Some("1.20.5"));
}

#[test]
fn what_a_declaration_leaves_out_azure_may_say() {
    let judged = |value: &str| {
        let account = format!(
            r#""resources": [
            {{"type": "Microsoft.Network/publicIPAddresses", "apiVersion": "2023-09-01", "name": "pip", "location": "eastus",
              "sku": {{"name": "Standard"}}, "properties": {{"publicIPAllocationMethod": "Static", "ddosSettings": null,
                "dnsSettings": {{"domainNameLabel": "x"}}}}}},
            {{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-05-01", "name": "st", "location": "eastus",
              "properties": {{"minimumTlsVersion": "[if({value}, 'TLS1_0', 'TLS1_2')]"}}}}]"#
        );
        let sources = Arc::new(Sources::new());
        let text = format!(
            "{{\"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\", {account}}}"
        );
        let template = arm::load(&Document::parse(&sources.add("/main.json", text)), &mut Vec::new()).unwrap();
        // As in `scan`.
        let context = Context { snapshot: false, ..Context::unknown(template.scope) };
        let deployed = expand(&NoFiles, template, None, context, Limits::default());
        assert_eq!(deployed.diagnostics.len(), 0, "{value}: {:?}", deployed.diagnostics);
        let input = CheckInput {
            deployed: Some(&deployed),
            root_name: "main.json".into(),
            ..CheckInput::at("2026-07-09T00:00:00Z".parse().unwrap())
        };
        check::check(&input, &rules(&["Azure.Storage.MinTLS"]), &Settings::new())[0].outcome
    };
    let properties = "reference('pip')";
    let whole = "reference('pip', '2023-09-01', 'Full')";
    let (open, yes, no) = (Outcome::Unknown, Outcome::Fail, Outcome::Pass);
    for (condition, outcome) in [
        (format!("contains({properties}, 'dnsSettings')"), yes),
        (format!("contains({properties}, 'ipAddress')"), open),
        (format!("contains({properties}, 'ddosSettings')"), open),
        (format!("contains({properties}.dnsSettings, 'fqdn')"), open),
        (format!("contains({properties}.dnsSettings, 'domainNameLabel')"), yes),
        (format!("empty({properties})"), no),
        (format!("greater(length({properties}), 2)"), open),
        (format!("contains({whole}, 'sku')"), yes),
        (format!("equals(tryGet({whole}, 'sku', 'name'), 'Standard')"), yes),
        (format!("contains({whole}, 'tags')"), open),
        (format!("contains(objectKeys({properties}), 'ipAddress')"), open),
        (format!("contains(map(items({properties}), lambda('i', lambdaVariables('i').key)), 'ipAddress')"), open),
        (format!("contains(mapValues({properties}, lambda('v', lambdaVariables('v'))), 'ipAddress')"), open),
        (format!("contains(mapValues({properties}, lambda('v', lambdaVariables('v'))), 'dnsSettings')"), yes),
        (format!("contains(union({properties}, createObject('a', 1)), 'ipAddress')"), open),
        (format!("contains(union({properties}, createObject('a', 1)), 'a')"), yes),
        // What comes later may have the member, too.
        (format!("equals(union(createObject('a', 1), {properties}).a, 1)"), open),
        (format!("equals(union({properties}, createObject('a', 1)).a, 1)"), yes),
        (format!("contains(intersection({properties}, {properties}), 'ipAddress')"), open),
        (format!("contains(json(string({properties})), 'ipAddress')"), open),
        (format!("contains(shallowMerge(createArray({properties}, createObject())), 'ipAddress')"), open),
        (format!("equals({properties}, createObject('publicIPAllocationMethod', 'Dynamic'))"), no),
        (
            format!(
                "equals({properties}, createObject('publicIPAllocationMethod', 'Static', 'dnsSettings', createObject('domainNameLabel', 'x')))"
            ),
            open,
        ),
        (format!("contains(format('{{0}}', {properties}), 'ipAddress')"), open),
    ] {
        assert_eq!(judged(&condition), outcome, "{condition}");
    }
}
