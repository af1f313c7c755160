//! What is deployed by way of others: templates that a condition chooses, and those of deployment stacks.

use crate::{STORAGE, results};

/// A storage account with this name and version of TLS, as a template.
fn template(name: &str, tls: &str) -> String {
    format!(
        r#"{{"parameters": {{"own": {{"type": "string"}}}}, "resources": [{{{STORAGE}, "name": "{name}",
            "properties": {{"minimumTlsVersion": "{tls}"}}}}]}}"#
    )
}

/// What the rule about TLS comes to, with names, and what the expansion says.
fn judged(members: &str) -> (Vec<String>, Vec<String>) {
    let (found, _) = results("Azure.Storage.MinTLS", members);
    let found = found.iter().map(|r| format!("{} {}", r.outcome.as_str(), r.target.name)).collect();
    (found, crate::diagnostics(members))
}

/// A deployment of a template that is an expression.
fn chosen(template_expression: &str, more: &str) -> (Vec<String>, Vec<String>) {
    let variables = format!(
        r#""old": {}, "new": {}, "text": "x""#,
        template("[[format('st{0}', parameters('own'))]", "TLS1_0"),
        template("[[format('st{0}', parameters('own'))]", "TLS1_2")
    );
    judged(&format!(
        r#""parameters": {{"on": {{"type": "bool"{more}}}}}, "variables": {{{variables}}}, "resources": [
            {{"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "n", "properties": {{
                "mode": "Incremental", "template": "[{template_expression}]",
                "parameters": {{"own": {{"value": "shop"}}}}}}}}]"#
    ))
}

#[test]
fn the_template_that_a_condition_chooses_is_deployed() {
    let either = "if(parameters('on'), variables('old'), variables('new'))";
    let said = |found: &str| (vec![found.to_owned()], Vec::new());
    assert_eq!(chosen(either, r#", "defaultValue": true"#), said("fail stshop"));
    assert_eq!(chosen(either, r#", "defaultValue": false"#), said("pass stshop"));
    let deep = "if(not(parameters('on')), json('{}'), if(equals(1, 2), variables('new'), variables('old')))";
    assert_eq!(chosen(deep, r#", "defaultValue": true"#), said("fail stshop"));
}

#[test]
fn a_template_that_nobody_knows_how_to_choose_is_told() {
    let told = |template: &str, more: &str| {
        let (found, told) = chosen(template, more);
        assert!(found.is_empty() && told.len() == 1, "{found:?} {told:?}");
        told.concat()
    };
    let either = "if(parameters('on'), variables('old'), variables('new'))";
    assert!(told(either, "").contains("hangs on a condition that is not known"));
    assert!(told("if(parameters('on'), variables('text'), json('{}'))", "").contains("is computed and not read"));
    let computed = "if(parameters('on'), json('{}'), variables('old'))";
    assert!(told(computed, r#", "defaultValue": true"#).contains("is computed and not read"));
}

fn stack(template: &str, more: &str) -> (Vec<String>, Vec<String>) {
    judged(&format!(
        r#""parameters": {{"outer": {{"type": "string", "defaultValue": "stouter"}}}}, "resources": [
            {{"type": "Microsoft.Resources/deploymentStacks", "apiVersion": "2024-03-01", "name": "s", "properties": {{
                "actionOnUnmanage": {{"resources": "detach"}}, "denySettings": {{"mode": "none"}}{more},
                "parameters": {{"own": {{"value": "shop"}}}}, {template}}}}}]"#
    ))
}

#[test]
fn what_a_deployment_stack_deploys_is_judged() {
    let of = |name: &str| stack(&format!(r#""template": {}"#, template(name, "TLS1_0")), "");
    let said = |found: &str| (vec![found.to_owned()], Vec::new());
    assert_eq!(of("stplain"), said("fail stplain"));
    // What is escaped is the stack's own; the rest the engine evaluates around it.
    assert_eq!(of("[[format('st{0}', parameters('own'))]"), said("fail stshop"));
    assert_eq!(of("[parameters('outer')]"), said("fail stouter"));
}

#[test]
fn a_deployment_stack_deploys_where_it_says() {
    let of = |scope: &str| {
        let members = format!(
            r#""resources": [{{"type": "Microsoft.Resources/deploymentStacks", "apiVersion": "2024-03-01", "name": "s",
                "properties": {{"deploymentScope": "{scope}", "template": {}}}}}]"#,
            template("st", "TLS1_0")
        );
        results("Azure.Storage.MinTLS", &members).0.iter().map(|r| r.target.id.to_string()).collect::<Vec<_>>().concat()
    };
    let id = |place: &str| format!("{place}/providers/Microsoft.Storage/storageAccounts/st");
    assert_eq!(of("/subscriptions/a/resourceGroups/b"), id("/subscriptions/a/resourceGroups/b"));
    assert_eq!(of(""), id("/subscriptions/sub/resourceGroups/rg"));
}

#[test]
fn a_deployment_stack_whose_template_is_not_read_is_told() {
    let mixed = template("[parameters('outer')]", "[[parameters('own')]");
    for template in [&*mixed, r#""[json('{}')]""#] {
        let (found, told) = stack(&format!(r#""template": {template}"#), "");
        let start = "warning template-linked: what this deployment stack deploys";
        assert!(found.is_empty() && told.len() == 1 && told[0].starts_with(start), "{template}: {found:?} {told:?}");
    }
    let (_, told) = stack(r#""templateLink": {"uri": "https://example.com/t.json"}"#, "");
    assert!(matches!(told.as_slice(), [one] if one.starts_with("warning template-linked")), "{told:?}");
}
