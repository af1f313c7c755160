//! Resources whose loop, type or API version is not known, or is no such thing: they are judged as far as it goes, and told of.

use crate::{STORAGE, results};

/// What a rule comes to for the resources, and the diagnostics of the expansion.
fn judged(rule: &str, parameters: &str, resource: &str) -> (Vec<&'static str>, Vec<String>) {
    let (r, _) = results(rule, &format!(r#""parameters": {{{parameters}}}, "resources": [{{{resource}}}]"#));
    let said = crate::diagnostics(&format!(r#""parameters": {{{parameters}}}, "resources": [{{{resource}}}]"#));
    (r.iter().map(|r| r.outcome.as_str()).collect(), said)
}

#[test]
fn a_loop_whose_count_is_no_number_is_an_error_and_its_resource_is_judged() {
    for count in [r#""2""#, "1.5", r#""[string(2)]""#, "null", "[2]"] {
        let resource = format!(
            r#"{STORAGE}, "name": "[concat('st', copyIndex())]", "copy": {{"name": "c", "count": {count}}},
            "properties": {{"minimumTlsVersion": "TLS1_0"}}"#
        );
        let told = "error expression: the count of a loop must be an integer".to_owned();
        assert_eq!(judged("Azure.Storage.MinTLS", "", &resource), (vec!["fail"], vec![told]), "{count}");
    }
}

#[test]
fn an_item_of_a_list_whose_count_is_no_number_is_judged() {
    let resource = r#""type": "Microsoft.Network/virtualNetworks", "apiVersion": "2023-09-01", "name": "v", "location": "westeurope",
        "properties": {"copy": [{"name": "subnets", "count": "2", "input": {"name": "[concat('s', copyIndex('subnets'))]",
            "properties": {"networkSecurityGroup": {"id": "x"}}}}]}"#;
    let told = "error expression: the count of a loop must be an integer".to_owned();
    assert_eq!(judged("Azure.VNET.UseNSGs", "", resource), (vec!["pass"], vec![told]));
}

#[test]
fn a_resource_of_an_unknown_type_is_told() {
    let of = |parameter: &str, more: &str| {
        let resource = format!(r#""type": "[parameters('t')]", "apiVersion": "2023-01-01", "name": "x"{more}"#);
        judged("Azure.Storage.MinTLS", &format!(r#""t": {{"type": "string"{parameter}}}"#), &resource)
    };
    let told =
        "warning type-unknown: the type of this resource is not known, and the resource is not judged".to_owned();
    assert_eq!(of("", "").1, [told]);
    assert_eq!(of("", r#", "condition": false"#).1, [] as [&str; 0]);
    let known = of(r#", "defaultValue": "Microsoft.Storage/storageAccounts""#, "");
    assert_eq!(known.1, [] as [&str; 0]);
    assert_eq!(known.0.len(), 1);
}

#[test]
fn an_api_version_that_is_not_known_decides_nothing() {
    let of = |parameter: &str| {
        let resource = r#""type": "Microsoft.Storage/storageAccounts", "apiVersion": "[parameters('v')]", "name": "st", "properties": {}"#;
        judged("Azure.Storage.SecureTransfer", &format!(r#""v": {{"type": "string"{parameter}}}"#), resource).0
    };
    assert_eq!(of(""), ["unknown"]);
    assert_eq!(of(r#", "defaultValue": "2023-01-01""#), ["pass"]);
    assert_eq!(of(r#", "defaultValue": "2018-07-01""#), ["fail"]);
}

#[test]
fn a_deployment_stack_is_told() {
    let resource = r#""type": "Microsoft.Resources/deploymentStacks", "apiVersion": "2024-03-01", "name": "s", "properties": {
        "actionOnUnmanage": {"resources": "detach"}, "denySettings": {"mode": "none"}, "template": {"resources": []}}"#;
    let (_, told) = judged("Azure.Storage.MinTLS", "", resource);
    assert!(
        matches!(told.as_slice(), [one] if one.starts_with("warning template-linked: what this deployment stack deploys"))
    );
}
