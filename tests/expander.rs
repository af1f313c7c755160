//! What templates come to: conditions, loops, nested deployments, references, secrets.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Folder, Run};
use serde_json::{Value, json};

/// A template with these members.
fn template(members: Value) -> Value {
    let mut all = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": [],
    });
    all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    all
}

fn expand(members: Value) -> Run {
    Folder::with(&[]).expand("main.json", &template(members).to_string())
}

/// A storage account.
fn account(name: &str, more: Value) -> Value {
    let mut r = json!({"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": name});
    r.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    r
}

fn deployment(name: &str, inner: bool, template: Value) -> Value {
    let scope = if inner { "inner" } else { "outer" };
    let properties =
        json!({"mode": "Incremental", "expressionEvaluationOptions": {"scope": scope}, "template": template});
    json!({"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": name, "properties": properties})
}

#[test]
fn conditions_decide_or_stay() {
    let run = expand(json!({
        "parameters": {"on": {"type": "bool"}},
        "resources": [
            account("yes", json!({"condition": "[equals(1, 1)]"})),
            account("no", json!({"condition": false, "properties": {"x": "[add(1, 'two')]"}})),
            account("open", json!({"condition": "[parameters('on')]"})),
        ],
    }));
    assert_eq!(run.names(), ["yes", "open"]);
    assert_eq!(run.resource("open")["condition"], "[parameters('on')]");
    assert_eq!(run.resource("yes").get("condition"), None);
    assert_eq!(run.messages(), [] as [&str; 0]);
}

#[test]
fn a_child_stands_below_its_parent() {
    let child = json!({"type": "blobServices", "apiVersion": "2023-01-01", "name": "default"});
    let run = expand(json!({"resources": [account("a", json!({"resources": [child]}))]}));
    assert_eq!(run.names(), ["a", "a/default"]);
    assert_eq!(run.report["predictedResources"][1]["type"], "Microsoft.Storage/storageAccounts/blobServices");
    // A parent that is not deployed takes its children along.
    let off = json!({"condition": "[bool('false')]", "resources": [{"type": "blobServices", "apiVersion": "2023-01-01", "name": "default"}]});
    assert_eq!(expand(json!({"resources": [account("a", off)]})).names(), [] as [&str; 0]);
}

#[test]
fn of_a_long_table_only_what_is_asked_for_is_handed_on() {
    let table = |entries: usize| {
        let row = |i: usize| (format!("r{i}"), json!({"short": format!("s{i}"), "zone": format!("z{i}")}));
        let run = expand(json!({
            "parameters": {"region": {"type": "string"}},
            "variables": {"all": (0..entries).map(row).collect::<serde_json::Map<_, _>>()},
            "resources": [account("a", json!({"properties": {"x": "[variables('all')[parameters('region')].short]"}}))],
        }));
        run.resource("a")["properties"]["x"].as_str().unwrap().to_owned()
    };
    let long = table(17);
    assert!(long.starts_with("[createObject('r0', 's0', 'r1', 's1', "), "{long}");
    assert!(long.ends_with("'r16', 's16')[parameters('region')]]"), "{long}");
    // What is taken out of a short one may have to be seen together.
    assert!(table(16).ends_with("[parameters('region')].short]"));
}

#[test]
fn loops_in_all_places() {
    let run = expand(json!({
        "variables": {"copy": [{"name": "v", "count": 2, "input": "[copyIndex('v', 10)]"}]},
        "resources": [
            account("[concat('r', copyIndex())]", json!({
                "copy": {"name": "accounts", "count": 2},
                "properties": {
                    "copy": [{"name": "list", "count": "[length(variables('v'))]", "input": "[concat(copyIndex('accounts'), '-', variables('v')[copyIndex('list')])]"}],
                    "nested": {"copy": [{"name": "deep", "count": 1, "input": {"i": "[copyIndex('deep')]"}}]},
                },
            })),
        ],
        "outputs": {"o": {"type": "array", "copy": {"count": 3, "input": "[copyIndex(1)]"}}},
    }));
    assert_eq!(run.names(), ["r0", "r1"]);
    assert_eq!(run.resource("r1")["properties"], json!({"list": ["1-10", "1-11"], "nested": {"deep": [{"i": 0}]}}));
    assert_eq!(run.report["outputs"]["o"], json!([1, 2, 3]));
}

#[test]
fn loops_of_unknown_length_are_seen_once() {
    let run = expand(json!({
        "parameters": {"names": {"type": "array"}},
        "resources": [
            account("[parameters('names')[copyIndex()]]", json!({
                "copy": {"name": "each", "count": "[length(parameters('names'))]"},
                "properties": {"fixed": true, "index": "[copyIndex()]", "copy": [{"name": "p", "count": "[length(parameters('names'))]", "input": {"same": 1}}]},
            })),
            account("after", json!({})),
        ],
    }));
    assert_eq!(run.names(), ["[parameters('names')[copyIndex()]]", "after"]);
    let properties = &run.report["predictedResources"][0]["properties"];
    assert_eq!(*properties, json!({"fixed": true, "index": "[copyIndex()]", "p": [{"same": 1}]}));
}

#[test]
fn inner_and_outer_see_different_names() {
    let resources =
        |name: &str| json!([account(name, json!({"properties": {"v": "[variables('v')]", "p": "[parameters('p')]"}}))]);
    let own = json!({"p": {"type": "string", "defaultValue": "inner"}});
    let nested =
        |name: &str| template(json!({"parameters": own, "variables": {"v": "of inner"}, "resources": resources(name)}));
    let run = expand(json!({
        "parameters": {"p": {"type": "string", "defaultValue": "outer"}},
        "variables": {"v": "of outer"},
        "resources": [deployment("i", true, nested("a")), deployment("o", false, nested("b"))],
    }));
    assert_eq!(run.resource("a")["properties"], json!({"v": "of inner", "p": "inner"}));
    assert_eq!(run.resource("b")["properties"], json!({"v": "of outer", "p": "outer"}));
}

#[test]
fn an_escaped_template_keeps_its_expressions_for_itself() {
    let nested = template(json!({
        "parameters": {"p": {"type": "string", "defaultValue": "own"}},
        "resources": [account("a", json!({"properties": {"p": "[[parameters('p')]", "text": "plain"}}))],
    }));
    let run = expand(json!({"resources": [deployment("d", false, nested)]}));
    assert_eq!(run.resource("a")["properties"], json!({"p": "own", "text": "plain"}));
}

#[test]
fn what_is_nested_in_an_outer_template_is_evaluated_with_it() {
    let nested = |p: &str| {
        template(json!({
            "parameters": {"p": {"type": "string", "defaultValue": "own"}},
            "resources": [account("a", json!({"properties": {"p": p}}))],
        }))
    };
    let p = |resources: Value| expand(json!({"resources": resources})).resource("a")["properties"]["p"].clone();
    let within = |outer: bool, p: &str| {
        json!([deployment("d", !outer, template(json!({"resources": [deployment("i", true, nested(p))]})))])
    };
    assert_eq!(p(within(true, "[[parameters('p')]")), "own");
    // What stands in no outer template is evaluated once.
    assert_eq!(p(within(false, "[[parameters('p')]")), "[parameters('p')]");
    assert_eq!(p(within(false, "[parameters('p')]")), "own");
    // Its sibling lies in none.
    let beside = [deployment("o", false, template(json!({}))), deployment("i", true, nested("[[parameters('p')]"))];
    assert_eq!(p(json!(beside)), "[parameters('p')]");
}

#[test]
fn null_is_a_default_of_nullable_parameters_only() {
    let name = |parameter: Value| {
        let run = expand(json!({
            "languageVersion": "2.0",
            "parameters": {"p": parameter},
            "resources": {"a": account("a", json!({"properties": {"p": "[coalesce(parameters('p'), 'none')]"}}))},
        }));
        run.resource("a")["properties"]["p"].clone()
    };
    assert_eq!(name(json!({"type": "string", "nullable": true, "defaultValue": null})), "none");
    assert_eq!(name(json!({"type": "string", "nullable": true})), "none");
    let open = name(json!({"type": "string"}));
    assert!(open.as_str().unwrap().contains("parameters('p')"), "{open}");
    assert_eq!(name(json!({"type": "string", "defaultValue": null})), open);
}

#[test]
fn a_template_that_is_not_there_is_left_out() {
    let linked = |link: Value| json!({"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "l", "properties": {"mode": "Incremental", "templateLink": link}});
    let run = expand(json!({"resources": [
        linked(json!({"uri": "https://example.org/t.json"})),
        linked(json!({"relativePath": "missing.json"})),
        account("rest", json!({"properties": {"x": "[reference(resourceId(subscription().subscriptionId, 'rg', 'Microsoft.Resources/deployments', 'l'), '2022-09-01').outputs.x.value]"}})),
    ]}));
    assert_eq!((run.status, run.names()), (0, vec!["rest"]));
    assert_eq!(
        run.resource("rest")["properties"]["x"],
        "[reference(resourceId(subscription().subscriptionId, 'rg', 'Microsoft.Resources/deployments', 'l'), '2022-09-01').outputs.x.value]"
    );
    let codes: Vec<String> = run.diagnostics().into_iter().map(|d| d.0).collect();
    assert_eq!(codes, ["warning template-linked", "warning template-missing"]);
}

#[test]
fn a_linked_template_by_path_is_expanded() {
    let folder = Folder::with(&[]);
    let linked = template(
        json!({"parameters": {"n": {"type": "string"}}, "resources": [account("[parameters('n')]", json!({}))]}),
    );
    folder.write("sub/linked.json", &linked.to_string());
    let properties = json!({"mode": "Incremental", "templateLink": {"relativePath": "sub/linked.json"}, "parameters": {"n": {"value": "there"}}});
    let d = json!({"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "l", "properties": properties});
    assert_eq!(folder.expand("main.json", &template(json!({"resources": [d]})).to_string()).names(), ["there"]);
}

#[test]
fn references_within_the_deployment() {
    let run = expand(json!({
        "parameters": {"open": {"type": "string"}},
        "resources": [
            account("a", json!({"location": "westeurope", "properties": {"tls": "TLS1_2", "deep": {"list": [1, 2]}, "open": "[parameters('open')]"}})),
            account("off", json!({"condition": false, "properties": {"tls": "none"}})),
            account("b", json!({"properties": {
                "path": "[reference(resourceId('Microsoft.Storage/storageAccounts', 'a')).deep.list[1]]",
                "open": "[reference('a').open]",
                "whole": "[reference('a', '2023-01-01').deep]",
                "full": "[reference('a', '2023-01-01', 'Full').location]",
                "try": "[tryGet(reference('a'), 'tls')]",
                "computed": "[concat(reference('a').tls, '!')]",
                "elsewhere": "[reference(resourceId('Microsoft.Storage/storageAccounts', 'foreign'), '2023-01-01').tls]",
            }})),
        ],
    }));
    let p = &run.resource("b")["properties"];
    assert_eq!(p["path"], 2);
    assert_eq!(p["open"], "[parameters('open')]");
    assert_eq!(p["whole"], json!({"list": [1, 2]}));
    assert_eq!(p["full"], "westeurope");
    assert_eq!(p["try"], "TLS1_2");
    assert_eq!(p["computed"], "TLS1_2!");
    assert!(p["elsewhere"].as_str().unwrap().starts_with("[reference("), "{p}");
}

#[test]
fn symbolic_names_and_existing_resources() {
    let run = expand(json!({
        "languageVersion": "2.0",
        "resources": {
            "vault": {"existing": true, "type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01", "name": "kv", "resourceGroup": "other", "subscriptionId": "s"},
            "one": account("a", json!({"properties": {"tls": "TLS1_2"}})),
            "off": account("off", json!({"condition": false, "properties": {"tls": "TLS1_2"}})),
            "two": account("b", json!({"properties": {
                "tls": "[reference('one').tls]",
                "off": "[tryGet(reference('off'), 'tls')]",
                "uri": "[reference('vault').vaultUri]",
            }})),
        },
    }));
    assert_eq!(run.names(), ["a", "b"]);
    let p = &run.resource("b")["properties"];
    assert_eq!((&p["tls"], &p["off"]), (&json!("TLS1_2"), &Value::Null));
    let uri = "[reference('/subscriptions/s/resourceGroups/other/providers/Microsoft.KeyVault/vaults/kv', '2023-07-01').vaultUri]";
    assert_eq!(p["uri"], uri);
}

#[test]
fn a_function_may_be_given_null_for_what_may_not_be_there() {
    let run = expand(json!({
        "languageVersion": "2.0",
        "parameters": {"on": {"type": "bool"}},
        "resources": {
            "one": account("a", json!({"condition": "[parameters('on')]", "properties": {"tls": "TLS1_0"}})),
            "two": account("b", json!({"properties": {
                "tls": "[coalesce(tryGet(reference('one'), 'tls'), 'TLS1_2')]",
                "sure": "[reference('one').tls]",
            }})),
        },
    }));
    let p = &run.resource("b")["properties"];
    assert!(p["tls"].as_str().unwrap().starts_with("[coalesce(tryGet(reference("), "{p}");
    // Azure refuses to deploy what asks for one that is not there.
    assert_eq!(p["sure"], "TLS1_0");
}

#[test]
fn secrets_are_not_printed() {
    let folder = Folder::with(&[]);
    let t = template(json!({
        "parameters": {
            "given": {"type": "secureString"},
            "default": {"type": "secureString", "defaultValue": "in the template"},
            "object": {"type": "secureObject", "defaultValue": {"user": "u"}},
        },
        "resources": [account("a", json!({"properties": {
            "given": "[parameters('given')]", "built": "[concat('x-', parameters('given'))]", "default": "[parameters('default')]",
            "keys": "[listKeys(resourceId(subscription().subscriptionId, resourceGroup().name, 'Microsoft.Storage/storageAccounts', 'a'), '2023-01-01').keys[0].value]",
        }}))],
    }));
    folder.write("main.json", &t.to_string());
    folder.write("main.parameters.json", r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#", "contentVersion": "1.0.0.0", "parameters": {"given": {"value": "hush"}}}"#);
    let run = folder.run(&["expand", "main.parameters.json"]);
    assert!(!run.stdout.contains("hush"), "{}", run.stdout);
    let p = &run.resource("a")["properties"];
    assert_eq!(p["given"], "[parameters('given')]");
    assert_eq!(p["built"], "[concat('x-', parameters('given'))]");
    // What the template itself says for all to read is no secret.
    assert_eq!(p["default"], "in the template");
    assert_eq!(
        p["keys"],
        "[listKeys(resourceId(subscription().subscriptionId, resourceGroup().name, 'Microsoft.Storage/storageAccounts', 'a'), '2023-01-01').keys[0].value]"
    );
}

#[test]
fn one_wrong_expression_costs_one_value() {
    let run = expand(json!({
        "variables": {"bad": "[add(1, 'two')]", "good": "fine"},
        "resources": [account("a", json!({"properties": {
            "bad": "[variables('bad')]", "good": "[variables('good')]", "unknown": "[noSuchFunction(1)]", "syntax": "[concat('a'", "missing": "[variables('nobody')]",
        }}))],
    }));
    assert_eq!(run.status, 3);
    let p = &run.resource("a")["properties"];
    assert_eq!(p["good"], "fine");
    assert_eq!(p["unknown"], "[noSuchFunction(1)]");
    assert_eq!(run.messages().len(), 3, "{:?}", run.messages());
}

#[test]
fn keys_are_expressions_or_escaped() {
    let run = expand(json!({
        "variables": {"key": "a"},
        "resources": [],
        "outputs": {"o": {"type": "object", "value": {"[variables('key')]": 1, "[[literal]": 2, "[open": 3}}},
    }));
    assert_eq!(run.report["outputs"]["o"], json!({"a": 1, "[literal]": 2, "[open": 3}));
}

#[test]
fn environment_variables_in_parameter_files_are_not_known() {
    let folder = Folder::with(&[]);
    let t = template(json!({
        "parameters": {"on": {"type": "bool"}, "name": {"type": "string"}},
        "resources": [account("[parameters('name')]", json!({"condition": "[parameters('on')]"}))],
    }));
    folder.write("main.json", &t.to_string());
    folder.write("main.parameters.json", r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#", "contentVersion": "1.0.0.0", "parameters": {"on": {"value": "${USE=false}"}, "name": {"value": "st-${ENV}"}}}"#);
    let run = folder.run(&["expand", "main.parameters.json"]);
    assert_eq!(run.messages(), [] as [&str; 0]);
    let a = &run.report["predictedResources"][0];
    assert_eq!(a["name"], "[concat('st-', readEnvironmentVariable('ENV'))]");
    assert_eq!(a["condition"], "[readEnvironmentVariable('USE', 'false')]");
}

#[test]
fn functions_that_only_stand_in_some_places() {
    let run = expand(json!({
        "parameters": {"made": {"type": "string", "defaultValue": "[newGuid()]"}},
        "resources": [account("a", json!({"properties": {
            "made": "[parameters('made')]", "here": "[newGuid()]", "when": "[utcNow()]", "loop": "[references('a')]", "none": "[coalesce()]",
        }}))],
    }));
    let p = &run.resource("a")["properties"];
    assert_eq!((&p["made"], &p["none"]), (&json!("[newGuid()]"), &Value::Null));
    let want = [
        "newGuid can only be used in the default value of a parameter",
        "utcNow can only be used in the default value of a parameter",
        "references needs a template whose resources have symbolic names",
    ];
    assert_eq!(run.messages(), want);
}

#[test]
fn what_may_not_be_deployed_may_fail() {
    let name = "[split(variables('none'), '/')[8]]";
    let resources = |condition: &str| {
        json!({
            "parameters": {"mode": {"type": "string"}, "off": {"type": "bool"}},
            "variables": {"none": ""},
            "resources": [
                account(name, json!({"condition": condition, "properties": {"a": "[json('{')]", "fine": "[toUpper('x')]"}})),
                deployment("n", true, json!({"resources": [account("[substring('', 1)]", json!({}))]})),
            ],
            "outputs": {"o": {"type": "string", "value": "[if(parameters('off'), substring('', 2), 'x')]"}},
        })
    };
    let run = expand(resources("[equals(parameters('mode'), 'on')]"));
    // Of what is deployed for certain, the failure is told.
    assert_eq!(run.messages().len(), 1, "{:?}", run.messages());
    assert!(run.messages()[0].starts_with("substring"), "{:?}", run.messages());
    let p = &run.report["predictedResources"][0];
    assert_eq!((&p["properties"]["fine"], &p["properties"]["a"]), (&json!("X"), &json!("[json('{')]")));
    let mut nested = resources("[equals(parameters('mode'), 'on')]");
    nested["resources"][1]["condition"] = json!("[parameters('off')]");
    assert_eq!(expand(nested).messages(), [] as [&str; 0]);
    assert_eq!(expand(resources("[equals('on', 'on')]")).messages().len(), 3);
}

#[test]
fn definitions_that_use_themselves_are_named() {
    let run = expand(json!({
        "parameters": {"p": {"type": "string", "defaultValue": "[variables('a')]"}},
        "variables": {"a": "[variables('b')]", "b": "[concat(variables('c'))]", "c": "[parameters('p')]", "fine": 1},
        "resources": [account("x", json!({"properties": {"a": "[variables('a')]", "fine": "[variables('fine')]"}}))],
    }));
    assert_eq!(run.status, 3);
    let cycle = "variables('a') is defined by itself: variables('a') → variables('b') → variables('c') → parameters('p') → variables('a')";
    assert_eq!(run.messages(), [cycle]);
    assert_eq!(run.resource("x")["properties"]["fine"], 1);
}

#[test]
fn resources_that_refer_to_each_other_end() {
    let run = expand(json!({"resources": [
        account("a", json!({"properties": {"x": "[reference('b').x]"}})),
        account("b", json!({"properties": {"x": "[reference('a').x]"}})),
    ]}));
    assert_eq!(run.names(), ["a", "b"]);
    assert_eq!(run.resource("a")["properties"]["x"].as_str().map(|s| s.contains("reference(")), Some(true));
}

#[test]
fn outputs_of_deployments() {
    let nested = template(json!({
        "parameters": {"s": {"type": "secureString"}},
        "outputs": {
            "open": {"type": "string", "value": "said"},
            "secret": {"type": "secureString", "value": "[parameters('s')]"},
            "off": {"type": "string", "condition": false, "value": "x"},
        },
    }));
    let run = expand(json!({
        "resources": [
            deployment("d", true, nested),
            account("a", json!({"properties": {
                "open": "[reference('d').outputs.open.value]",
                "secret": "[reference('d').outputs.secret.value]",
                "all": "[reference('d').outputs]",
            }})),
        ],
        "outputs": {"o": {"type": "string", "value": "[reference('d').outputs.open.value]"}},
    }));
    let p = &run.resource("a")["properties"];
    assert_eq!(p["open"], "said");
    assert_eq!(p["secret"], "[listOutputsWithSecureValues('d', '2025-04-01').secret]");
    assert_eq!(run.report["outputs"], json!({"o": "said"}));
}

#[test]
fn a_long_chain_of_modules_is_expanded() {
    let folder = Folder::with(&[]);
    for level in 0..100 {
        folder.write(&format!("m{level}.bicep"), &format!("module next 'm{}.bicep' = {{}}\n", level + 1));
    }
    folder.write("m100.bicep", "resource a 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'last'\n}\n");
    let run = folder.run(&["expand", "m0.bicep"]);
    assert_eq!(run.messages(), [] as [&str; 0]);
    assert_eq!(run.resource("last")["type"], "Microsoft.Storage/storageAccounts");
}

#[test]
fn references_of_a_loop_are_its_items() {
    let looped = |count: Value, more: Value| {
        let mut loop_ = account("[format('a{0}', copyIndex())]", more);
        loop_["copy"] = json!({"name": "a", "count": count});
        loop_
    };
    let tags = |symbol: &str| {
        json!({"tags": {"n": format!("[length(references('{symbol}'))]"),
            "t": format!("[map(references('{symbol}'), lambda('r', lambdaVariables('r').minimumTlsVersion))]")}})
    };
    let run = expand(json!({
        "languageVersion": "2.0",
        "parameters": {"n": {"type": "int"}},
        "resources": {
            "none": looped(json!(0), json!({})),
            "two": looped(json!(2), json!({"properties": {"minimumTlsVersion": "[format('TLS1_{0}', copyIndex())]"}})),
            "open": looped(json!("[parameters('n')]"), json!({})),
            "x": account("x", tags("none")), "y": account("y", tags("two")), "z": account("z", tags("open")),
        },
    }));
    assert_eq!(run.resource("x")["tags"], json!({"n": 0, "t": []}));
    assert_eq!(run.resource("y")["tags"], json!({"n": 2, "t": ["TLS1_0", "TLS1_1"]}));
    assert_eq!(run.resource("z")["tags"]["n"], "[length(references('open'))]");
}

#[test]
fn resources_that_are_null_and_notes_are_no_part_of_a_resource() {
    let run = expand(json!({"resources": [account("a", json!({"resources": null, "metadata": {"by": "me"}}))]}));
    assert_eq!(run.messages(), [] as [&str; 0]);
    let keys: Vec<&String> = run.resource("a").as_object().unwrap().keys().collect();
    assert!(!keys.iter().any(|k| *k == "resources" || *k == "metadata"), "{keys:?}");
}

#[test]
fn links_that_lead_to_a_file_of_the_tree_are_followed() {
    let folder = Folder::with(&[]);
    folder.write("nested/store.json", &template(json!({"resources": [account("here", json!({}))]})).to_string());
    folder.write(".git/config", "[remote \"origin\"]\n\turl = git@github.com:o/r.git\n");
    let address = "deployment().properties.templateLink.uri";
    for (link, found) in [
        (format!("[uri({address}, 'nested/store.json')]"), true),
        ("[uri(parameters('_artifactsLocation'), concat('nested/store.json', parameters('sas')))]".to_owned(), true),
        ("[concat(parameters('artifactsLocation'), '/nested/store.json', parameters('sas'))]".to_owned(), true),
        ("[concat(variables('baseUri'), 'store.json')]".to_owned(), true),
        ("[format('{0}nested/store.json{1}', parameters('artifactsLocation'), parameters('sas'))]".to_owned(), true),
        ("https://raw.githubusercontent.com/o/r/main/nested/store.json".to_owned(), true),
        ("https://raw.githubusercontent.com/evil/r/main/nested/store.json".to_owned(), false),
        ("https://example.com/nested/store.json".to_owned(), false),
        ("[concat(parameters('other'), 'nested/store.json')]".to_owned(), false),
        (format!("[uri({address}, 'nested/other.json')]"), false),
    ] {
        let linked = json!({"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "d",
            "properties": {"mode": "Incremental", "templateLink": {"uri": link}}});
        let string = json!({"type": "string"});
        let main = template(json!({
            "parameters": {"artifactsLocation": string, "other": string, "sas": {"type": "securestring"},
                "_artifactsLocation": {"type": "string", "defaultValue": format!("[{address}]")}},
            "variables": {"baseUri": "[uri(parameters('_artifactsLocation'), 'nested/')]"},
            "resources": [linked],
        }));
        let run = folder.expand("main.json", &main.to_string());
        assert_eq!(run.names().contains(&"here"), found, "{link}: {}", run.report);
        assert_eq!(run.messages().is_empty(), found, "{link}");
    }
}

#[test]
fn a_link_to_a_repository_without_a_name_is_followed_with_a_warning() {
    let folder = Folder::with(&[]);
    folder.write("nested/store.json", &template(json!({"resources": [account("here", json!({}))]})).to_string());
    let link = json!({"uri": "https://raw.githubusercontent.com/o/r/main/nested/store.json"});
    let linked = json!({"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "d",
        "properties": {"mode": "Incremental", "templateLink": link}});
    let run = folder.expand("main.json", &template(json!({"resources": [linked]})).to_string());
    assert!(run.names().contains(&"here"));
    let codes: Vec<String> = run.diagnostics().into_iter().map(|d| d.0).collect();
    assert_eq!(codes, ["warning template-assumed"]);
}

#[test]
fn only_some_groups_have_somebody_who_manages_them() {
    let run = expand(json!({"resources": [account("a", json!({"tags": {
        "managed": "[string(contains(resourceGroup(), 'managedBy'))]",
        "many": "[string(greater(length(objectKeys(resourceGroup())), 5))]",
        "located": "[string(contains(resourceGroup(), 'location'))]",
        "other": "[string(contains(resourceGroup(), 'other'))]",
    }}))]}));
    let tags = &run.resource("a")["tags"];
    assert!(
        tags["managed"].as_str().unwrap().starts_with('[') && tags["many"].as_str().unwrap().starts_with('['),
        "{tags}"
    );
    assert_eq!((&tags["located"], &tags["other"]), (&json!("True"), &json!("False")));
}

#[test]
fn a_template_knows_its_own_version() {
    let version = "[deployment().properties.template.contentVersion]";
    let inner = |more: Value| {
        let mut inner = template(json!({"outputs": {"v": {"type": "string", "value": version}}}));
        inner.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        inner
    };
    let run = expand(json!({
        "contentVersion": "1.2.3.4",
        "resources": [deployment("d", true, inner(json!({"contentVersion": "9.0.0.0"})))],
        "outputs": {
            "own": {"type": "string", "value": version},
            "inner": {"type": "string", "value": "[reference('d').outputs.v.value]"},
        },
    }));
    assert_eq!(run.messages(), [] as [&str; 0]);
    assert_eq!(run.report["outputs"]["own"], "1.2.3.4");
    assert_eq!(run.report["outputs"]["inner"], "9.0.0.0");
}

#[test]
fn resource_info_says_what_tells_a_resource_apart() {
    let child = |name: &str| json!({"type": "Microsoft.Storage/storageAccounts/blobServices", "apiVersion": "2023-01-01", "name": name});
    let run = Folder::with(&[]).expand(
        "main.json",
        &template(json!({
            "languageVersion": "2.0",
            "resources": {
                "services": child("[format('{0}/{1}', resourceInfo('store').name, 'default')]"),
                "store": account("stone", json!({})),
                "many": account("[format('st{0}', copyIndex())]", json!({"copy": {"name": "many", "count": 2}})),
                "second": child("[format('{0}/{1}', resourceInfo('many[1]').name, 'default')]"),
                "round": child("[format('{0}/{1}', resourceInfo('trip').name, 'default')]"),
                "trip": child("[format('{0}/{1}', resourceInfo('round').name, 'default')]"),
            },
            "outputs": {
                "id": {"type": "string", "value": "[resourceInfo('store').id]"},
                "rest": {"type": "array", "value": "[createArray(resourceInfo('store').type, resourceInfo('store').apiVersion)]"},
                "safe": {"type": "string", "value": "[tryGet(if(true(), resourceInfo('many[0]'), null()), 'name')]"},
                "none": {"type": "string", "value": "[resourceInfo('nobody').id]"},
            },
        }))
        .to_string(),
    );
    assert_eq!(run.names()[..2], ["stone/default", "stone"]);
    assert!(run.names().contains(&"st1/default"), "{:?}", run.names());
    let outputs = &run.report["outputs"];
    assert_eq!(
        outputs["id"],
        "[resourceId(subscription().subscriptionId, 'rg', 'Microsoft.Storage/storageAccounts', 'stone')]"
    );
    assert_eq!(outputs["rest"], json!(["Microsoft.Storage/storageAccounts", "2023-01-01"]));
    assert_eq!(outputs["safe"], "st0");
    let messages = run.messages();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages.iter().any(|m| m.contains("resourceInfo('round') → resourceInfo('trip')")), "{messages:?}");
    assert!(messages.iter().any(|m| m.contains("no resource with the symbolic name 'nobody'")), "{messages:?}");
}

#[test]
fn a_deployment_with_computed_properties_is_read_or_told() {
    let inner = template(json!({"resources": [account("stinner", json!({}))]}));
    let with = |properties: &str| {
        let resource = json!({"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "d", "properties": properties});
        expand(
            json!({"parameters": {"p": {"type": "object"}}, "variables": {"common": {"mode": "Incremental"}, "tpl": inner, "all": {"template": inner}},
            "resources": [resource]}),
        )
    };
    for properties in [
        "[union(variables('common'), createObject('template', variables('tpl')))]",
        "[shallowMerge(createArray(createObject('template', variables('tpl')), variables('common')))]",
        "[variables('all')]",
    ] {
        let run = with(properties);
        assert!(run.names().contains(&"stinner"), "{properties}: {:?} {:?}", run.names(), run.messages());
        assert_eq!(run.messages(), [] as [&str; 0], "{properties}");
    }
    for properties in [
        "[parameters('p')]",
        "[union(variables('all'), parameters('p'))]",
        "[createObject('template', parameters('p'))]",
        "[union(variables('all'), createObject('template', variables('tpl')))]",
    ] {
        let run = with(properties);
        assert_eq!(run.diagnostics().first().map(|d| d.0.as_str()), Some("warning template-linked"), "{properties}");
        assert!(run.messages()[0].contains("is computed and not read"), "{:?}", run.messages());
    }
}
