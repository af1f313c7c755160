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
fn versions_that_may_be_the_same_are_told_where_the_pool_says_its_own() {
    let of = |properties: &str| {
        let (r, sources) = results(
            "Azure.AKS.PoolVersion",
            &format!(
                r#""parameters": {{"v": {{"type": "string"}}}}, "resources": [{{"type": "Microsoft.ContainerService/managedClusters",
                "apiVersion": "2024-02-01", "name": "c", "properties": {{{properties}}}}}]"#
            ),
        );
        let place = r[0].location.as_ref().unwrap();
        let text = sources.get(place.span.file).unwrap().slice(place.span).to_owned();
        format!("{} {} {text}", r[0].outcome.as_str(), place.pointer)
    };
    let at = "unknown /resources/0/properties/agentPoolProfiles/0/orchestratorVersion";
    let pool = |version: &str| format!(r#""agentPoolProfiles": [{{"name": "p", "orchestratorVersion": "{version}"}}]"#);
    assert_eq!(of(&format!(r#""kubernetesVersion": "1.34.1", {}"#, pool("1.34"))), format!("{at} \"1.34\""));
    let open = of(&format!(r#""kubernetesVersion": "1.34.1", {}"#, pool("[parameters('v')]")));
    assert!(open.starts_with(at), "{open}");
}

#[test]
fn what_azure_fills_in_may_be_there() {
    let of = |rule: &str, acls: &str| {
        let account = |name: &str, acls: &str| {
            format!(r#"{{{STORAGE}, "name": "{name}", "properties": {{"networkAcls": {acls}}}}}"#)
        };
        let all = [account("sta", acls), account("stb", r#""[reference('sta').networkAcls]""#)].join(",");
        let (r, _) = results(rule, &format!(r#""resources": [{all}]"#));
        let of_second = r.iter().find(|r| r.target.name == "stb").unwrap();
        of_second.outcome.as_str()
    };
    assert_eq!(of("Azure.Storage.Firewall", r#"{"defaultAction": "Deny"}"#), "pass");
    assert_eq!(of("Azure.Storage.Firewall", r#"{"defaultAction": "Allow"}"#), "fail");
    // Its default is not known here.
    assert_eq!(of("Azure.Storage.Firewall", r#"{"bypass": "None"}"#), "unknown");
}

#[test]
fn a_key_with_few_values_decides_a_table_however_often_it_is_asked() {
    let of = |allowed: &str, value: &str| {
        let (r, _) = results(
            "Azure.Storage.MinTLS",
            &format!(
                r#""parameters": {{"e": {{"type": "string", "allowedValues": [{allowed}]}}}},
                "variables": {{"m": {{"dev": {{"tls": "TLS1_0"}}, "lab": {{"tls": "TLS1_2"}}}}}},
                "resources": [{{{STORAGE}, "name": "st", "tags": {{"a": "[variables('m')[parameters('e')].tls]"}},
                    "properties": {{"minimumTlsVersion": "[{value}]"}}}}]"#
            ),
        );
        r[0].outcome.as_str()
    };
    let access = "variables('m')[parameters('e')].tls";
    let safe = "coalesce(tryGet(variables('m'), parameters('e'), 'tls'), 'TLS1_0')";
    for value in [access, safe] {
        assert_eq!([of(r#""dev""#, value), of(r#""lab""#, value)], ["fail", "pass"], "{value}");
        assert_eq!(of(r#""dev", "lab""#, value), "unknown", "{value}");
    }
}
