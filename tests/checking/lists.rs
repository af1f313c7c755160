//! Lists of which only a part is known, and numbers that are known to be in a range only.

use crate::{lines, results};

const P: &str = r#""n": {"type": "int"}, "extra": {"type": "array"}, "a": {"type": "string"}, "b": {"type": "string"}, "c": {"type": "string"}"#;

/// What a rule says of these resources, with parameters of which nobody knows the values.
fn judged(rule: &str, resources: &str) -> Vec<String> {
    let (r, _) = results(rule, &format!(r#""parameters": {{{P}}}, "resources": [{resources}]"#));
    r.iter().map(|r| r.outcome.as_str().to_owned()).collect()
}

#[test]
fn a_number_in_a_range_may_be_any_in_between() {
    let cache = r#"{"type": "Microsoft.Cache/redis", "apiVersion": "2024-03-01", "name": "c", "properties": {"sku": {"name": "Premium"}}}"#;
    let rule = |more: &str, name: &str| {
        format!(
            r#"{{{more}, "type": "Microsoft.Cache/redis/firewallRules", "apiVersion": "2024-03-01", "name": "{name}", "properties": {{}}}}"#
        )
    };
    let counted =
        |rules: &[String]| judged("Azure.Redis.FirewallRuleCount", &[&[cache.to_owned()], rules].concat().join(","));
    let a_loop = |count: &str| {
        rule(&format!(r#""copy": {{"name": "l", "count": "[{count}]"}}"#), "[format('c/r{0}', copyIndex())]")
    };
    assert_eq!(counted(&[a_loop("length(parameters('extra'))")]), ["unknown"]);
    assert_eq!(counted(&[a_loop("parameters('n')")]), ["unknown"]);
    // None of them may be there, all of them are too many, and with some of them it is right.
    let perhaps = |i: usize| rule(&format!(r#""condition": "[equals(parameters('a'), '{i}')]""#), &format!("c/r{i}"));
    assert_eq!(counted(&(0..12).map(perhaps).collect::<Vec<_>>()), ["unknown"]);
    // More than ten are there for certain.
    let certain = |i: usize| rule(r#""comments": """#, &format!("c/r{i}"));
    assert_eq!(counted(&(0..11).map(certain).chain([perhaps(12)]).collect::<Vec<_>>()), ["fail"]);
}

#[test]
fn items_of_which_nobody_knows_whether_they_count_may_be_as_many_as_demanded() {
    let set = |p: &str| format!(r#"{{"ruleSetType": "[parameters('{p}')]", "ruleSetVersion": "2.1"}}"#);
    let policy = |sets: &[String]| {
        let sets = sets.join(",");
        judged(
            "Azure.AppGwWAF.RuleGroups",
            &format!(
                r#"{{"type": "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies", "apiVersion": "2023-09-01", "name": "w",
                    "properties": {{"managedRules": {{"managedRuleSets": [{sets}]}}}}}}"#
            ),
        )
    };
    assert_eq!(policy(&["a", "b", "c"].map(set)), ["unknown"]);
    assert_eq!(policy(&["a"].map(set)), ["fail"]);
}

#[test]
fn what_is_joined_to_a_list_takes_nothing_out_of_it() {
    let network = |subnets: &str| {
        judged(
            "Azure.VNET.UseNSGs",
            &format!(
                r#"{{"type": "Microsoft.Network/virtualNetworks", "apiVersion": "2024-05-01", "name": "v", "properties": {{"subnets": "{subnets}"}}}}"#
            ),
        )
    };
    let subnet = |nsg: &str| format!("createObject('name', 'a', 'properties', createObject({nsg}))");
    let open = format!("createArray({})", subnet("'addressPrefix', '10.0.0.0/24'"));
    let closed = format!("createArray({})", subnet("'networkSecurityGroup', createObject('id', 'x')"));
    assert_eq!(network(&format!("[concat({open}, parameters('extra'))]")), ["fail"]);
    assert_eq!(network(&format!("[concat(parameters('extra'), {open})]")), ["fail"]);
    assert_eq!(network(&format!("[flatten(createArray({open}, parameters('extra')))]")), ["fail"]);
    assert_eq!(network(&format!("[union({open}, parameters('extra'))]")), ["fail"]);
    assert_eq!(network(&format!("[concat({closed}, parameters('extra'))]")), ["unknown"]);
    assert_eq!(network(&format!("[skip(concat({open}, parameters('extra')), 1)]")), ["unknown"]);
    assert_eq!(
        network(&format!("[if(equals(parameters('a'), 'x'), concat({open}, parameters('extra')), {closed})]")),
        ["unknown"]
    );
}

#[test]
fn the_known_items_of_a_list_decide_for_paths_and_conditions_on_items() {
    let (r, _) = results(
        "Azure.ContainerApp.HealthProbe",
        &format!(
            r#""parameters": {{{P}}}, "resources": [{{"type": "Microsoft.App/containerApps", "apiVersion": "2024-03-01", "name": "w",
                "properties": {{"configuration": {{"ingress": {{"transport": "http"}}}}, "template": {{"containers":
                "[concat(createArray(createObject('name', 'a', 'image', 'x')), parameters('extra'))]"}}}}}}]"#
        ),
    );
    assert!(lines(&r)[0].starts_with("fail "), "{r:?}");
    let (r, _) = results(
        "Azure.VMSS.PublicIPAttached",
        &format!(
            r#""parameters": {{{P}}}, "resources": [{{"type": "Microsoft.Compute/virtualMachineScaleSets", "apiVersion": "2024-07-01", "name": "w",
                "properties": {{"virtualMachineProfile": {{"networkProfile": {{"networkInterfaceConfigurations":
                "[concat(createArray(createObject('name', 'n', 'properties', createObject('ipConfigurations', createArray(createObject('properties', createObject('publicIPAddressConfiguration', createObject('name', 'p'))))))), parameters('extra'))]"}}}}}}}}]"#
        ),
    );
    assert!(lines(&r)[0].starts_with("fail "), "{r:?}");
}
