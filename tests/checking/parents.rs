//! Children whose parents are not known, or only by what loops count; and what nested deployments are given.

use armlint::check::{CheckResult, Outcome};

use crate::{place, results};

/// The outcomes of a rule for a site with TLS 1.0 and a child with TLS 1.2, by their names.
fn tls(parameters: &str, site: (&str, &str), config: (&str, &str)) -> Vec<String> {
    let resource = |type_: &str, (copy, name): (&str, &str), properties: &str| {
        let copy =
            if copy.is_empty() { String::new() } else { format!(r#""copy": {{"name": "l", "count": "{copy}"}}, "#) };
        format!(
            r#"{{{copy}"type": "Microsoft.Web/{type_}", "apiVersion": "2023-12-01", "name": "{name}", "properties": {properties}}}"#
        )
    };
    let site = resource("sites", site, r#"{"siteConfig": {"minTlsVersion": "1.0"}}"#);
    let config = resource("sites/config", config, r#"{"minTlsVersion": "1.2"}"#);
    let (r, _) = results(
        "Azure.AppService.MinTLS",
        &format!(r#""parameters": {{{parameters}}}, "resources": [{site}, {config}]"#),
    );
    r.iter().map(|r| r.outcome.as_str().to_owned()).collect()
}

#[test]
fn a_child_in_a_loop_hangs_below_what_a_loop_of_the_same_length_makes() {
    let k = r#""k": {"type": "int"}, "m": {"type": "int"}, "names": {"type": "array"}"#;
    let counted = |n: &str, from: i64| format!("range({from}, parameters('{n}'))[copyIndex()]");
    let at = |i: &str| format!("range(0, parameters('k'))[{i}]");
    let of = |count: &str, name: &str| (format!("[length({count})]"), format!("[format({name})]"));
    let judged = |site: (String, String), config: (String, String)| tls(k, (&site.0, &site.1), (&config.0, &config.1));
    let site = of("range(0, parameters('k'))", &format!("'app-{{0}}', {}", counted("k", 0)));
    let config = |n: &str, i: &str| {
        of(&format!("range(0, parameters('{n}'))"), &format!("'{{0}}/web', format('app-{{0}}', {i})"))
    };
    assert_eq!(judged(site.clone(), config("k", &at(&counted("k", 0)))), ["pass"]);
    // There may be fewer of them.
    assert_eq!(judged(site.clone(), config("m", &at(&counted("m", 0)))), ["unknown"]);
    // `range(1, k)`, and `app[i - 1]`.
    let shifted = of("range(1, parameters('k'))", &format!("'app-{{0}}', {}", counted("k", 1)));
    let at = format!("range(1, parameters('k'))[sub({}, 1)]", counted("k", 1));
    assert_eq!(
        judged(shifted, of("range(1, parameters('k'))", &format!("'{{0}}/web', format('app-{{0}}', {at})"))),
        ["pass"]
    );
    // One loop goes over the names, the other counts them.
    let site = of("parameters('names')", "'{0}', parameters('names')[copyIndex()]");
    let at = "parameters('names')[range(0, length(parameters('names')))[copyIndex()]]";
    assert_eq!(judged(site, of("range(0, length(parameters('names')))", &format!("'{{0}}/web', {at}"))), ["pass"]);
}

/// A template of a resource group with these resources, for a nested deployment.
fn nested(parameters: &str, resources: &str) -> String {
    format!(
        r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
            "parameters": {{{parameters}}}, "resources": [{resources}]}}"#
    )
}

#[test]
fn the_index_of_a_loop_is_not_that_of_the_loop_around_it() {
    let site = r#"{"copy": {"name": "s", "count": "[parameters('k')]"}, "type": "Microsoft.Web/sites", "apiVersion": "2023-12-01",
        "name": "[format('app{0}', range(0, parameters('k'))[copyIndex()])]", "properties": {"siteConfig": {"minTlsVersion": "1.0"}}}"#;
    let config = r#"{"type": "Microsoft.Web/sites/config", "apiVersion": "2023-12-01", "name": "[format('app{0}/web', parameters('i'))]",
        "properties": {"minTlsVersion": "1.2"}}"#;
    let inner = nested(r#""i": {"type": "int"}, "k": {"type": "int"}"#, &format!("{site}, {config}"));
    let (r, _) = results(
        "Azure.AppService.MinTLS",
        &format!(
            r#""parameters": {{"n": {{"type": "int"}}, "k": {{"type": "int"}}}}, "resources": [{{
                "copy": {{"name": "m", "count": "[length(range(0, parameters('n')))]"}}, "type": "Microsoft.Resources/deployments",
                "apiVersion": "2022-09-01", "name": "[format('m{{0}}', range(0, parameters('n'))[copyIndex()])]",
                "properties": {{"mode": "Incremental", "expressionEvaluationOptions": {{"scope": "inner"}},
                    "parameters": {{"i": {{"value": "[range(0, parameters('n'))[copyIndex()]]"}}, "k": {{"value": "[parameters('k')]"}}}},
                    "template": {inner}}}}}]"#
        ),
    );
    assert!(r.iter().all(|r| r.outcome != Outcome::Pass || r.target.type_.contains("config")), "{r:?}");
}

/// The outcomes of a rule for a network in one group and a subnet of a network of that name in another; groups as members of their
/// deployments.
fn subnet_in(parameters: &str, network_in: &str, subnet_in: &str) -> Vec<String> {
    let deployment = |name: &str, group: &str, resource: &str| {
        format!(
            r#"{{"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "{name}", {group}
                "properties": {{"mode": "Incremental", "expressionEvaluationOptions": {{"scope": "inner"}}, "template": {}}}}}"#,
            nested("", resource)
        )
    };
    let network =
        r#"{"type": "Microsoft.Network/virtualNetworks", "apiVersion": "2024-05-01", "name": "v", "properties": {}}"#;
    let subnet = r#"{"type": "Microsoft.Network/virtualNetworks/subnets", "apiVersion": "2024-05-01", "name": "v/a", "properties": {}}"#;
    let (first, second) = (deployment("n", network_in, network), deployment("s", subnet_in, subnet));
    let (r, _) =
        results("Azure.VNET.UseNSGs", &format!(r#""parameters": {{{parameters}}}, "resources": [{first}, {second}]"#));
    r.iter().map(|r| format!("{} {}", r.outcome.as_str(), r.target.name)).collect()
}

#[test]
fn a_child_in_another_group_is_none_of_a_parent_of_that_name_here() {
    let in_group = |group: &str| format!(r#""resourceGroup": "{group}","#);
    let (own, other) = ("", in_group("other"));
    let (below, apart) = (["fail v"], ["pass v", "fail v/a"]);
    assert_eq!(subnet_in("", own, own), below);
    assert_eq!(subnet_in("", &other, &in_group("OTHER")), below);
    assert_eq!(subnet_in("", own, &in_group("rg")), below);
    assert_eq!(subnet_in("", own, &other), apart);
    assert_eq!(subnet_in("", &other, own), apart);
    assert_eq!(subnet_in("", own, r#""subscriptionId": "s", "resourceGroup": "rg","#), apart);
    // Whether it is the same group is not known.
    let open = in_group("[parameters('g')]");
    let g = r#""g": {"type": "string"}"#;
    assert_eq!(subnet_in(g, own, &open), ["unknown v", "fail v/a"]);
    assert_eq!(subnet_in(g, &open, &open), below);
}

#[test]
fn a_setting_of_which_not_even_the_vault_is_known_may_be_that_of_any() {
    let logs = |name: &str| {
        let (r, _) = results(
            "Azure.KeyVault.Logs",
            &format!(
                r#""parameters": {{"n": {{"type": "string"}}, "m": {{"type": "string"}}}}, "resources": [
                {{"type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01", "name": "[parameters('n')]", "properties": {{}}}},
                {{"type": "Microsoft.KeyVault/vaults/providers/diagnosticSettings", "apiVersion": "2021-05-01-preview", "name": "{name}",
                  "properties": {{"workspaceId": "w", "logs": [{{"category": "AuditEvent", "enabled": true}}]}}}}]"#
            ),
        );
        r.iter().map(|r| r.outcome.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(logs("[parameters('m')]"), ["unknown"]);
    assert_eq!(logs("[concat(parameters('n'), '/Microsoft.Insights/audit')]"), ["pass"]);
}

#[test]
fn a_name_may_be_joined() {
    let n = r#""n": {"type": "string"}"#;
    assert_eq!(tls(n, ("", "[parameters('n')]"), ("", "[join(createArray(parameters('n'), 'web'), '/')]")), ["pass"]);
}

#[test]
fn what_a_parent_says_does_not_count_for_certain_where_a_child_may_be_its_own() {
    let n = r#""n": {"type": "string"}, "c": {"type": "string"}"#;
    // The child is judged by itself as well: what it is called may be another than `web`.
    assert_eq!(tls(n, ("", "[parameters('n')]"), ("", "[concat(parameters('c'), '/web')]")), ["unknown", "pass"]);
    assert_eq!(tls(n, ("", "app"), ("", "other/web")), ["fail", "pass"]);
}

#[test]
fn a_child_of_a_deployment_in_a_loop_hangs_below_what_another_one_makes() {
    let deployment = |given: &str, resource: &str| {
        format!(
            r#"{{"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "[format('{{0}}', guid('{}', string(copyIndex())))]",
            "copy": {{"name": "l", "count": "[length(parameters('names'))]"}},
            "properties": {{"mode": "Incremental", "expressionEvaluationOptions": {{"scope": "inner"}}, "parameters": {{"n": {{"value": "{given}"}}}},
            "template": {{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
              "parameters": {{"n": {{"type": "string"}}}}, "resources": [{resource}],
              "outputs": {{"name": {{"type": "string", "value": "[parameters('n')]"}}}}}}}}}}"#,
            resource.len()
        )
    };
    let judged = |index: &str| {
        let site = deployment(
            "[parameters('names')[copyIndex()]]",
            r#"{"type": "Microsoft.Web/sites", "apiVersion": "2023-12-01", "name": "[parameters('n')]", "properties": {}}"#,
        );
        let config = deployment(
            &format!("[reference(format('app[{{0}}]', {index})).outputs.name.value]"),
            r#"{"type": "Microsoft.Web/sites/config", "apiVersion": "2023-12-01", "name": "[format('{0}/web', parameters('n'))]",
               "properties": {"minTlsVersion": "1.2"}}"#,
        );
        let members = format!(
            r#""languageVersion": "2.0", "parameters": {{"names": {{"type": "array"}}}}, "resources": {{"app": {site}, "cfg": {config}}}"#
        );
        let (r, _) = results("Azure.AppService.MinTLS", &members);
        r.iter().map(|r| r.outcome.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(judged("copyIndex()"), ["pass"]);
    assert_eq!(judged("parameters('names')[0]"), ["unknown", "pass"]);
}

#[test]
fn a_child_of_nobody_knows_whom_breaks_nothing_that_its_parent_may_excuse() {
    let judged = |access: &str, rule: &str| {
        let members = format!(
            r#""parameters": {{"n": {{"type": "string"}}, "c": {{"type": "string", "allowedValues": ["a/everybody", "b/everybody"]}}}}, "resources": [
            {{"type": "Microsoft.Sql/servers", "apiVersion": "2023-08-01", "name": "[parameters('n')]", "properties": {{"publicNetworkAccess": "{access}"}}}},
            {{"type": "Microsoft.Sql/servers/firewallRules", "apiVersion": "2023-08-01", "name": "[parameters('c')]",
             "properties": {{"startIpAddress": "0.0.0.0", "endIpAddress": "{}"}}}}]"#,
            if rule.ends_with("IPRange") { "255.255.255.255" } else { "0.0.0.0" }
        );
        let (r, _) = results(rule, &members);
        r.iter().map(|r| r.outcome.as_str()).collect::<Vec<_>>()
    };
    for rule in ["Azure.SQL.FirewallIPRange", "Azure.SQL.AllowAzureAccess"] {
        assert_eq!(judged("Disabled", rule), ["pass", "unknown"], "{rule}");
        assert_eq!(judged("Enabled", rule), ["unknown", "fail"], "{rule}");
    }
    let compute = |mode: &str| {
        let members = format!(
            r#""parameters": {{"n": {{"type": "string"}}, "c": {{"type": "string"}}}}, "resources": [
            {{"type": "Microsoft.MachineLearningServices/workspaces", "apiVersion": "2024-04-01", "name": "[parameters('n')]",
             "properties": {{"managedNetwork": {{"isolationMode": "{mode}"}}}}}},
            {{"type": "Microsoft.MachineLearningServices/workspaces/computes", "apiVersion": "2024-04-01", "name": "[parameters('c')]",
             "properties": {{"computeType": "ComputeInstance", "properties": {{}}}}}}]"#
        );
        results("Azure.ML.ComputeVnet", &members).0[0].outcome
    };
    assert_eq!(compute("AllowOnlyApprovedOutbound"), Outcome::Unknown);
    assert_eq!(compute("Disabled"), Outcome::Fail);
}

#[test]
fn what_hangs_below_a_child_of_nobody_knows_whom_counts_as_the_child_does() {
    let judged = |audit: &str| {
        let members = format!(
            r#""parameters": {{"n": {{"type": "string"}}, "p": {{"type": "string"}}, "q": {{"type": "string"}}}}, "resources": [
            {{"type": "Microsoft.Synapse/workspaces", "apiVersion": "2021-06-01", "name": "[parameters('n')]", "properties": {{}}}},
            {{"type": "Microsoft.Synapse/workspaces/sqlPools", "apiVersion": "2021-06-01", "name": "[parameters('p')]"}},
            {{"type": "Microsoft.Synapse/workspaces/sqlPools/extendedAuditingSettings", "apiVersion": "2021-06-01", "name": "{audit}",
             "properties": {{"state": "Enabled"}}}}]"#
        );
        results("Armlint.Synapse.Auditing", &members).0[0].outcome
    };
    assert_eq!(judged("[format('{0}/default', parameters('p'))]"), Outcome::Unknown);
    // Nobody knows the parent of the parent either.
    assert_eq!(judged("[format('{0}/default', parameters('q'))]"), Outcome::Unknown);
    let logged = r#""parameters": {"n": {"type": "string"}, "b": {"type": "string"}}, "resources": [
        {"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2024-01-01", "name": "[parameters('n')]", "kind": "StorageV2"},
        {"type": "Microsoft.Storage/storageAccounts/blobServices", "apiVersion": "2024-01-01", "name": "[parameters('b')]"},
        {"type": "Microsoft.Insights/diagnosticSettings", "apiVersion": "2021-05-01-preview", "name": "log",
         "scope": "[resourceId('Microsoft.Storage/storageAccounts/blobServices', split(parameters('b'), '/')[0], split(parameters('b'), '/')[1])]",
         "properties": {"logs": [{"categoryGroup": "allLogs", "enabled": true}]}}]"#;
    assert_eq!(results("Armlint.Storage.Logging", logged).0[0].outcome, Outcome::Unknown);
}

#[test]
fn what_is_written_for_a_secure_parameter_is_found() {
    let judged = |parameters: &str, given: &str, type_: &str| {
        let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
        let members = format!(
            r#""parameters": {{{parameters}}}, "variables": {{"v": "Old-Lantern-12", "all": {{"password": "Old-Lantern-12"}}}}, "resources": [
            {{"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "d", "properties": {{
              "mode": "Incremental", "expressionEvaluationOptions": {{"scope": "inner"}}, "parameters": {{"p": {{"value": {given}}}}},
              "template": {{"$schema": "{schema}", "contentVersion": "1.0.0.0", "parameters": {{"p": {{"type": "{type_}"}}}}, "resources": [
                {{"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "e", "properties": {{
                  "mode": "Incremental", "expressionEvaluationOptions": {{"scope": "inner"}}, "parameters": {{"q": {{"value": "[parameters('p')]"}}}},
                  "template": {{"$schema": "{schema}", "contentVersion": "1.0.0.0", "parameters": {{"q": {{"type": "securestring"}}}}, "resources": []}}}}}}]}}}}}}]"#
        );
        let (r, s) = results("Armlint.Deployment.LiteralSecret", &members);
        let all = r.iter().filter(|r| r.outcome == Outcome::Fail);
        let told = |r: &CheckResult| {
            assert!(!r.message.contains("Lantern"), "{}", r.message);
            place(r, &s)
        };
        all.map(told).collect::<Vec<_>>()
    };
    let secure =
        |given: &str| judged(r#""on": {"type": "bool"}, "s": {"type": "securestring"}"#, given, "securestring");
    let written = ["\"Old-Lantern-12\""];
    for given in ["\"Old-Lantern-12\"", "\"[variables('v')]\"", "\"[variables('all').password]\""] {
        assert_eq!(secure(given), written, "{given}");
    }
    assert_eq!(secure("\"[if(parameters('on'), parameters('s'), variables('v'))]\""), written);
    assert_eq!(secure("\"[format('{0}-1', variables('v'))]\"").len(), 1);
    for given in
        ["\"[parameters('s')]\"", "\"\"", "\"<password>\"", "\"[newGuid()]\"", "\"[format('{0}-1', parameters('s'))]\""]
    {
        assert_eq!(secure(given), [""; 0], "{given}");
    }
    let default = r#""x": {"type": "string", "defaultValue": "Old-Lantern-12"}"#;
    assert_eq!(judged(default, "\"[parameters('x')]\"", "securestring"), written);
    // Through a parameter that is not secure.
    assert_eq!(judged(default, "\"[parameters('x')]\"", "string"), written);
    assert_eq!(judged("", r#"{"name": "shop", "clientSecret": "Old-Lantern-12"}"#, "secureObject"), written);
}
