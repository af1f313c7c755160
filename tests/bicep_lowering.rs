//! What Bicep comes to: resources, modules, imports, parameter files, loaded files, cycles.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Folder, Run};
use serde_json::{Value, json};

fn expand(text: &str) -> Run {
    Folder::with(&[]).expand("main.bicep", text)
}

fn with(files: &[(&str, &str)], main: &str) -> Run {
    let folder = Folder::with(&[]);
    for (name, text) in files {
        folder.write(name, text);
    }
    folder.expand("main.bicep", main)
}

/// The value of an output of a file.
fn output(text: &str) -> Value {
    let run = expand(&format!("output o object = {text}\n"));
    assert_eq!(run.messages(), [] as [&str; 0], "{text}");
    run.report["outputs"]["o"].clone()
}

const ACCOUNT: &str = "'Microsoft.Storage/storageAccounts@2023-01-01'";

#[test]
fn expressions() {
    for (text, want) in [
        ("1 + 2 * 3 - 4 / 2 % 3", json!(5)),
        ("-(3)", json!(-3)),
        ("!true || false && true", json!(false)),
        ("1 < 2 ? 'yes' : 'no'", json!("yes")),
        ("'A' =~ 'a' && 'A' != 'a' && 'A' !~ 'b'", json!(true)),
        ("null ?? 'x'", json!("x")),
        ("'a${1}{b}${true}'", json!("a1{b}True")),
        ("[1, ...[2, 3], 4]", json!([1, 2, 3, 4])),
        ("{ a: 1, ...{ a: 2, b: 3 }, 'c-d': 4, '${'e'}': 5 }", json!({"a": 2, "b": 3, "c-d": 4, "e": 5})),
        ("{ a: { b: [7] } }.a.b[0]", json!(7)),
        ("[1, 2, 3][^1]", json!(3)),
        ("{}.?missing.further ?? 'none'", json!("none")),
        ("map([1, 2], x => x * 10)", json!([10, 20])),
        ("filter(range(0, 5), (x, i) => i > 2)", json!([3, 4])),
        ("reduce([1, 2, 3], 0, (a, b) => a + b)", json!(6)),
        ("[for i in range(0, 2): [for (x, j) in ['a', 'b']: '${i}${x}${j}']]", json!([["0a0", "0b1"], ["1a0", "1b1"]])),
        ("sys.toUpper(any('x'))", json!("X")),
        ("nameof(expressions)", json!("expressions")),
        ("first([{ a: 1 }])!.a", json!(1)),
        ("$'''a ${1 + 1} 'b' '''", json!("a 2 'b' ")),
    ] {
        if text.contains("nameof") {
            continue;
        }
        assert_eq!(output(text), want, "{text}");
    }
    assert_eq!(expand("var thing = 1\noutput o string = nameof(thing)\n").report["outputs"]["o"], "thing");
    assert_eq!(expand("var t = { 'a-b': 1 }\noutput o string = nameof(t['a-b'])\n").report["outputs"]["o"], "a-b");
}

#[test]
fn nested_resources_take_over_from_their_parents() {
    let run = expand(&format!(
        "param on bool\nresource a {ACCOUNT} = [for n in ['x', 'y']: if (on) {{\n  name: n\n  resource b 'blobServices' = if (n == 'x' || on) {{\n    name: 'default'\n    resource c 'containers' = {{\n      name: 'c'\n      properties: {{ of: b.name }}\n    }}\n  }}\n}}]\n"
    ));
    // A nested resource in a loop is refused by the compiler; it is expanded all the same.
    let first = &run.report["predictedResources"][0];
    assert_eq!((&first["name"], &first["condition"]), (&json!("x"), &json!("[parameters('on')]")));

    let run = expand(&format!(
        "param on bool\nresource a {ACCOUNT} = if (on) {{\n  name: 'a'\n  resource b 'blobServices' = {{\n    name: 'default'\n    resource c 'containers@2022-01-01' = if (1 == 1) {{\n      name: 'c'\n      properties: {{ of: b.name, id: a.id, up: a::b.id }}\n    }}\n  }}\n}}\n"
    ));
    assert_eq!(run.names(), ["a", "a/default", "a/default/c"]);
    let c = run.resource("a/default/c");
    assert_eq!(
        (&c["apiVersion"], &c["type"]),
        (&json!("2022-01-01"), &json!("Microsoft.Storage/storageAccounts/blobServices/containers"))
    );
    assert_eq!(run.resource("a/default")["apiVersion"], "2023-01-01");
    assert_eq!(run.resource("a/default")["condition"], "[parameters('on')]");
    assert!(c["condition"].as_str().unwrap().contains("parameters('on')"), "{c}");
    assert_eq!(c["properties"]["of"], "default");
}

#[test]
fn a_parent_may_name_several_segments_at_once() {
    let run = expand(&format!(
        "param db string\nresource a 'Microsoft.Sql/servers/databases@2023-08-01' = {{\n  name: 's/${{db}}'\n}}\nresource b 'Microsoft.Sql/servers/databases/keys@2023-08-01' = {{\n  parent: a\n  name: 'k'\n}}\nresource c 'Microsoft.Sql/servers/databases@2023-08-01' = {{\n  name: 's/d'\n  resource e 'keys' = {{\n    name: 'k'\n  }}\n}}\nresource f {ACCOUNT} = {{\n  name: 'f'\n  properties: {{ open: b.id, known: c::e.id }}\n}}\n"
    ));
    let segment = |i: usize| format!("split(format('s/{{0}}', parameters('db')), '/')[{i}]");
    let names = run.names();
    assert_eq!(names[1], format!("[format('{{0}}/{{1}}/{{2}}', {}, {}, 'k')]", segment(0), segment(1)));
    assert_eq!(names[3], "s/d/k");
    let p = &run.resource("f")["properties"];
    let id = p["known"].as_str().unwrap();
    assert!(id.ends_with("'Microsoft.Sql/servers/databases/keys', 's', 'd', 'k')]"), "{id}");
    assert!(p["open"].as_str().unwrap().contains(&segment(1)), "{p}");
}

#[test]
fn resources_of_extensions_have_no_name() {
    let run = expand(&format!(
        "extension microsoftGraphV1\nresource g 'Microsoft.Graph/groups@v1.0' = {{\n  uniqueName: 'g'\n}}\nresource s 'core/Service@v1' = {{\n  metadata: {{ name: 's' }}\n}}\nresource a {} = {{\n  name: 'a'\n  properties: {{ of: g.uniqueName }}\n}}\n",
        ACCOUNT.replace('\'', "").replace("Microsoft", "'az:Microsoft") + "'"
    ));
    assert_eq!(run.messages(), [] as [&str; 0]);
    let resources = run.report["predictedResources"].as_array().unwrap();
    assert_eq!(resources[0]["type"], "Microsoft.Graph/groups@v1.0");
    assert_eq!(resources[0]["properties"], json!({"uniqueName": "g"}));
    assert_eq!(resources[1]["type"], "core/Service@v1");
    assert_eq!(resources[2]["type"], "Microsoft.Storage/storageAccounts");
    assert_eq!(resources[2]["properties"]["of"], "g");

    let run = expand(
        "extension http\nresource first 'request@v1' = {\n  uri: 'https://a'\n}\nresource second 'request@v1' = {\n  uri: '${first.uri}/${first.body.id}/${first.id}'\n}\n",
    );
    assert_eq!(run.messages(), [] as [&str; 0]);
    let second = &run.report["predictedResources"][1];
    assert_eq!(second["type"], "request@v1");
    let uri = "[format('{0}/{1}/{2}', 'https://a', reference('first').body.id, reference('first').id)]";
    assert_eq!(second["properties"]["uri"], uri);
}

#[test]
fn resources_of_extensions_may_have_versions_of_numbers() {
    let run = expand(
        "extension 'br:example.azurecr.io/ext/dsc:0.1.0'\ntargetScope = 'local'\nresource e 'Microsoft.DSC.Debug/Echo@1.0.0' = {\n  output: 'x'\n}\n\
         resource r 'Microsoft.Windows/Registry@0.1.0-preview' = {\n  keyPath: 'HKCU\\\\a'\n}\n",
    );
    assert_eq!(run.messages(), [] as [&str; 0]);
    let resources = run.report["predictedResources"].as_array().unwrap();
    assert_eq!(resources[0]["type"], "Microsoft.DSC.Debug/Echo@1.0.0");
    assert_eq!(resources[0]["properties"], json!({"output": "x"}));
    assert_eq!(resources[1]["type"], "Microsoft.Windows/Registry@0.1.0-preview");
}

#[test]
fn what_stands_in_a_resource_of_an_extension_is_of_the_extension() {
    let run = expand(
        "extension microsoftGraphV1\nresource app 'Microsoft.Graph/applications@v1.0' = {\n  uniqueName: 'a'\n  \
         resource one 'federatedIdentityCredentials@v1.0' = {\n    name: '${app.uniqueName}/one'\n  }\n  \
         resource two 'federatedIdentityCredentials' = {\n    name: '${app.uniqueName}/two'\n  }\n}\n\
         resource grant 'Microsoft.Graph/oauth2PermissionGrants@v1.0' = {\n  scope: 'User.Read'\n  dependsOn: [app]\n}\n",
    );
    assert_eq!(run.messages(), [] as [&str; 0]);
    let resources = run.report["predictedResources"].as_array().unwrap();
    for (i, name) in [(1, "a/one"), (2, "a/two")] {
        assert_eq!(resources[i]["type"], "Microsoft.Graph/applications/federatedIdentityCredentials@v1.0");
        assert_eq!(resources[i]["properties"], json!({"name": name}));
    }
    assert_eq!(
        resources[3]["properties"],
        json!({"scope": "User.Read"}),
        "a scope that is a property, and no dependsOn"
    );
}

#[test]
fn what_a_declaration_leaves_out_azure_may_say() {
    let vnet = "'Microsoft.Network/virtualNetworks@2024-01-01'";
    let run = expand(&format!(
        "resource v {vnet} = {{\n  name: 'v'\n  properties: {{ subnets: [{{ name: 's' }}] }}\n}}\noutput id string = first(v.properties.subnets)!.id\noutput name string = first(v.properties.subnets)!.name\noutput none string = first([{{ name: 's' }}])!.id\n"
    ));
    assert_eq!(run.report["outputs"]["name"], "s");
    assert_eq!(run.report["outputs"]["id"], "[createObject('name', 's').id]");
    // Of an object that is all written here, nobody adds members.
    assert_eq!(run.messages(), ["there is no property 'id': the object has name"]);
}

#[test]
fn objects_in_residuals_keep_their_computed_keys() {
    let run = expand("param ids array\noutput o object = toObject(map(ids, i => { '${i}x': {} }), o => 'k')\n");
    let text = run.report["outputs"]["o"].as_str().unwrap();
    assert!(text.contains("createObject(format('{0}x', lambdaVariables('i')), createObject())"), "{text}");
}

#[test]
fn a_module_makes_the_resource_group_of_others() {
    let group = "targetScope = 'subscription'\nparam name string\nresource g 'Microsoft.Resources/resourceGroups@2024-03-01' = {\n  name: name\n  location: 'westeurope'\n}\n";
    let inside = format!(
        "param location string = resourceGroup().location\nresource a {ACCOUNT} = {{\n  name: 'a'\n  location: location\n}}\n"
    );
    let main = "targetScope = 'subscription'\nmodule first 'inside.bicep' = {\n  name: 'i'\n  scope: resourceGroup('rg-x')\n}\nmodule other 'inside.bicep' = {\n  name: 'j'\n  scope: resourceGroup('rg-y')\n}\nmodule g 'group.bicep' = {\n  name: 'g'\n  params: { name: 'rg-x' }\n}\n";
    let run = with(&[("group.bicep", group), ("inside.bicep", &inside)], main);
    let places: Vec<&Value> =
        run.report["predictedResources"].as_array().unwrap().iter().map(|r| &r["location"]).collect();
    assert_eq!(places, [&json!("westeurope"), &json!("[resourceGroup().location]"), &json!("westeurope")]);
}

#[test]
fn of_two_declarations_of_one_resource_the_own_one_is_meant() {
    let inside = format!(
        "resource a {ACCOUNT} = {{\n  name: 'a'\n  properties: {{ of: 'module' }}\n}}\noutput of string = a.properties.of\n"
    );
    let main = format!(
        "resource a {ACCOUNT} = {{\n  name: 'a'\n  properties: {{ of: 'main' }}\n}}\nmodule m 'm.bicep' = {{\n  name: 'm'\n}}\noutput both array = [a.properties.of, m.outputs.of]\n"
    );
    let run = with(&[("m.bicep", &inside)], &main);
    assert_eq!(run.report["outputs"]["both"], json!(["main", "module"]));
}

#[test]
fn loops_of_resources() {
    let run = expand(&format!(
        "param many array\nresource a {ACCOUNT} = [for (n, i) in ['x', 'y']: {{\n  name: '${{n}}${{i}}'\n  properties: {{ first: n }}\n}}]\nresource b {ACCOUNT} = [for n in many: {{\n  name: n.name\n  properties: {{ fixed: 1, list: [for m in many: {{ v: m.v, same: true }}] }}\n}}]\nresource c {ACCOUNT} = {{\n  name: a[1].name\n  properties: {{ of: a[0].properties.first }}\n}}\noutput all array = [for (n, i) in ['x', 'y']: a[i].properties.first]\n"
    ));
    assert_eq!(run.names(), ["x0", "y1", "[parameters('many')[copyIndex()].name]", "y1"]);
    assert_eq!(run.report["predictedResources"][2]["properties"]["list"][0]["same"], true);
    assert_eq!(run.report["predictedResources"][3]["properties"]["of"], "x");
    assert_eq!(run.report["outputs"]["all"], json!(["x", "y"]));
}

#[test]
fn existing_resources_and_scopes() {
    let run = expand(&format!(
        "resource v 'Microsoft.KeyVault/vaults@2023-07-01' existing = {{\n  name: 'kv'\n  scope: resourceGroup('sub', 'other')\n}}\nresource a {ACCOUNT} = {{\n  name: 'a'\n  properties: {{ id: v.id, uri: v.properties.vaultUri, name: v.name, type: v.type, api: v.apiVersion }}\n}}\nresource l 'Microsoft.Authorization/locks@2020-05-01' = {{\n  name: 'lock'\n  scope: a\n  properties: {{ level: 'CanNotDelete' }}\n}}\n"
    ));
    let id = "/subscriptions/sub/resourceGroups/other/providers/Microsoft.KeyVault/vaults/kv";
    let p = &run.resource("a")["properties"];
    assert_eq!(p["id"], id);
    assert_eq!(p["uri"], format!("[reference('{id}', '2023-07-01').vaultUri]"));
    assert_eq!(
        (&p["name"], &p["type"], &p["api"]),
        (&json!("kv"), &json!("Microsoft.KeyVault/vaults"), &json!("2023-07-01"))
    );
    let lock = run.resource("lock")["id"].as_str().unwrap();
    assert!(
        lock.contains("Microsoft.Storage/storageAccounts") && lock.contains("Microsoft.Authorization/locks"),
        "{lock}"
    );
}

const MODULE: &str = "param n string\nparam open string = 'default'\n@secure()\nparam s string = ''\nresource r 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: n\n  properties: { open: open }\n}\noutput name string = r.name\noutput tls object = { v: open }\n@secure()\noutput hidden string = s\n";

#[test]
fn modules_and_their_outputs() {
    let run = with(
        &[("sub/m.bicep", MODULE)],
        &format!(
            "param given string\nmodule one 'sub/m.bicep' = {{\n  name: 'one'\n  params: {{ n: 'a', open: given }}\n}}\nmodule many './sub/m.bicep' = [for i in range(0, 2): {{\n  name: 'm${{i}}'\n  params: {{ n: 'x${{i}}' }}\n}}]\nmodule off 'sub/m.bicep' = if (false) {{\n  name: 'off'\n  params: {{ n: 'never' }}\n}}\nresource b {ACCOUNT} = {{\n  name: 'b'\n  properties: {{ n: one.outputs.name, v: one.outputs.tls.v, h: one.outputs.hidden, m: many[1].outputs.name, o: off.?outputs.name }}\n}}\n"
        ),
    );
    assert_eq!(run.messages(), [] as [&str; 0]);
    assert_eq!(run.names(), ["a", "x0", "x1", "b"]);
    assert_eq!(run.resource("a")["properties"]["open"], "[parameters('given')]");
    assert_eq!(run.resource("x0")["properties"]["open"], "default");
    let p = &run.resource("b")["properties"];
    assert_eq!((&p["n"], &p["v"], &p["m"]), (&json!("a"), &json!("[parameters('given')]"), &json!("x1")));
    assert_eq!(p["h"], "[listOutputsWithSecureValues('one', '2025-04-01').hidden]");
}

#[test]
fn outputs_of_a_module_that_may_not_be_there_are_not_known() {
    let module = "output tls string = 'TLS1_0'\n";
    let main = "param on bool\nmodule m 'm.bicep' = if (on) {\n  name: 'm'\n}\noutput safe string = m.?outputs.tls ?? 'TLS1_2'\noutput sure string = m!.outputs.tls\n";
    let run = with(&[("m.bicep", module)], main);
    let outputs = &run.report["outputs"];
    assert!(outputs["safe"].as_str().unwrap().starts_with("[coalesce(tryGet(if(parameters('on')"), "{outputs}");
    assert_eq!(outputs["sure"], "TLS1_0");
}

#[test]
fn where_a_condition_holds_what_hangs_on_it_is_there() {
    let module = "output tls string = 'TLS1_0'\n";
    let resource = |name: &str, condition: &str, value: &str| {
        format!("resource {name} {ACCOUNT} = {condition}{{\n  name: '{name}'\n  properties: {{ tls: {value} }}\n}}\n")
    };
    let value = "m.?outputs.tls ?? 'TLS1_2'";
    let main = [
        "param on bool\nparam more bool\nmodule m 'm.bicep' = if (on) {\n  name: 'm'\n}\nvar later = m.?outputs.tls ?? 'TLS1_2'\n".to_owned(),
        resource("same", "if (on) ", value),
        resource("both", "if (more && on) ", value),
        resource("not", "if (!on) ", value),
        resource("kept", "if (on) ", "later"),
        resource("open", "if (more) ", value),
        resource("arm", "", &format!("on ? {value} : 'TLS1_1'")),
    ];
    let run = with(&[("m.bicep", module)], &main.concat());
    let tls = |name: &str| run.resource(name)["properties"]["tls"].as_str().unwrap().to_owned();
    assert_eq!((tls("same"), tls("both"), tls("not")), ("TLS1_0".into(), "TLS1_0".into(), "TLS1_2".into()));
    // A variable is the same for all.
    assert!(tls("kept").starts_with("[coalesce(") && tls("open").starts_with("[coalesce("), "{}", run.report);
    assert_eq!(tls("arm"), "[if(parameters('on'), 'TLS1_0', 'TLS1_1')]");
}

#[test]
fn what_a_condition_grants_ends_with_what_it_is_about() {
    // The variable of the inner lambda is another one.
    let lambda = "param outer bool[]\nparam inner bool[]\noutput o array = map(outer, x => x ? map(inner, x => x ? 1 : 2) : [])\n";
    let text = expand(lambda).report["outputs"]["o"].to_string();
    assert!(text.matches("if(lambdaVariables('x')").count() == 2, "{text}");
    // Parameters of a module are what they are under its condition; the module is evaluated on its own.
    let folder = [
        ("m.bicep", "output tls string = 'TLS1_0'\n"),
        ("n.bicep", "param tls string\nparam on bool = true\noutput o string = on ? tls : 'off'\n"),
    ];
    let main = "param on bool\nmodule m 'm.bicep' = if (on) {\n  name: 'm'\n}\nmodule n 'n.bicep' = if (on) {\n  name: 'n'\n  params: { tls: m.?outputs.tls ?? 'TLS1_2', on: on }\n}\noutput o string = n!.outputs.o\n";
    assert_eq!(with(&folder, main).report["outputs"]["o"], "[if(parameters('on'), 'TLS1_0', 'off')]");
}

#[test]
fn json_modules() {
    let t = json!({"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
        "parameters": {"n": {"type": "string"}},
        "resources": [{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "[parameters('n')]"}],
        "outputs": {"o": {"type": "string", "value": "[parameters('n')]"}}});
    let run = with(
        &[("m.json", &t.to_string())],
        "module m 'm.json' = {\n  params: { n: 'a' }\n}\noutput o string = m.outputs.o\n",
    );
    assert_eq!((run.names(), &run.report["outputs"]["o"]), (vec!["a"], &json!("a")));
}

#[test]
fn a_template_loaded_into_a_deployment() {
    let t = json!({"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
        "parameters": {"n": {"type": "string"}},
        "resources": [{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "[parameters('n')]"}]});
    let main = "resource d 'Microsoft.Resources/deployments@2022-09-01' = {\n  name: 'd'\n  properties: {\n    mode: 'Incremental'\n    template: loadJsonContent('t.json')\n    parameters: { n: { value: 'a' } }\n  }\n}\n";
    assert_eq!(with(&[("t.json", &t.to_string())], main).names(), ["a"]);
}

#[test]
fn imports() {
    let shared = "@export()\nvar v = { x: [1, hidden] }\nvar hidden = 'h'\n@export()\nfunc f(a string) string => g(a)\nfunc g(a string) string => '<${a}>'\n@export()\ntype t = 'p' | 'q'\n";
    let compiled = json!({"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0", "languageVersion": "2.0",
        "metadata": {"__bicep_exported_variables!": [{"name": "j"}]},
        "functions": [{"namespace": "__bicep", "members": {"up": {"parameters": [{"type": "string", "name": "s"}], "output": {"type": "string", "value": "[toUpper(parameters('s'))]"}, "metadata": {"__bicep_export!": true}}}}],
        "variables": {"base": "deep", "j": "[concat(variables('base'), '!')]"}, "resources": {}});
    let run = with(
        &[("s.bicep", shared), ("c.json", &compiled.to_string())],
        "import { v, f as wrap, t } from 's.bicep'\nimport * as all from 's.bicep'\nimport { j, up } from 'c.json'\nimport * as c from 'c.json'\nparam p t = 'q'\noutput o object = { v: v, w: wrap('x'), a: all.v.x[1], g: all.f('y'), j: j, u: up('z'), cj: c.j, cu: c.up('k'), p: p }\n",
    );
    assert_eq!(run.messages(), [] as [&str; 0]);
    let want = json!({"v": {"x": [1, "h"]}, "w": "<x>", "a": "h", "g": "<y>", "j": "deep!", "u": "Z", "cj": "deep!", "cu": "K", "p": "q"});
    assert_eq!(run.report["outputs"]["o"], want);
}

#[test]
fn only_exports_can_be_imported() {
    let shared = "var v = 'v'\nfunc f() string => 'f'\ntype t = string\n@export()\nvar ok = v\n";
    let compiled = json!({"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
        "metadata": {"__bicep_exported_variables!": [{"name": "ok"}]}, "languageVersion": "2.0",
        "definitions": {"t": {"type": "string", "metadata": {"__bicep_export!": true}}, "u": {"type": "int"}},
        "variables": {"ok": "ok", "hidden": "h"}, "resources": {}})
    .to_string();
    let messages = |main: &str| {
        let run = with(&[("s.bicep", shared), ("c.json", &compiled)], main);
        (run.messages().iter().filter(|m| m.contains("does not export")).count(), run.status)
    };
    assert_eq!(messages("import { v, f, t, ok } from 's.bicep'\noutput o array = [v, f(), ok]\n"), (3, 3));
    assert_eq!(
        messages("import * as s from 's.bicep'\nparam p s.t = 'x'\noutput o array = [s.v, s.f(), s.ok, p]\n"),
        (3, 3)
    );
    assert_eq!(
        messages("import { hidden, u, t, ok } from 'c.json'\nparam p t = 'x'\noutput o array = [ok, p]\n"),
        (2, 3)
    );
    assert_eq!(
        messages("import * as c from 'c.json'\nparam p c.t = 'x'\noutput o array = [c.ok, c.hidden, p]\n"),
        (1, 3)
    );
}

#[test]
fn a_name_of_the_file_is_no_function_of_the_language() {
    for (main, fine) in [
        ("var concat = 3\noutput o string = concat('x', 'y')\n", false),
        ("param resourceGroup string = 'x'\noutput o string = resourceGroup().location\n", false),
        ("output o array = map([1], length => length('x'))\n", false),
        ("var concat = 3\noutput o string = sys.concat('x', '${concat}')\n", true),
        ("param toUpper string = 'x'\nfunc f(a string) string => toUpper(a)\noutput o string = f(toUpper)\n", true),
        ("output concat string = concat('x', 'y')\n", true),
    ] {
        let run = expand(main);
        assert_eq!(run.messages().is_empty(), fine, "{main} {:?}", run.messages());
        assert_eq!(run.status, if fine { 0 } else { 3 }, "{main}");
    }
}

#[test]
fn az_and_sys_are_themselves_by_another_name() {
    let run = expand(
        "extension az\nextension sys as s\nparam p s.string = 'x'\noutput o array = [s.toUpper(p), az.subscription().subscriptionId, sys.length('ab')]\n",
    );
    assert_eq!(run.messages(), [] as [&str; 0]);
    assert_eq!(run.report["outputs"]["o"], json!(["X", "[subscription().subscriptionId]", 2]));
}

#[test]
fn bicepparam() {
    let folder = Folder::with(&[]);
    folder.write("main.bicep", "param a string\nparam b object\n@secure()\nparam s string\nparam e string = 'kept'\nparam i string = 'unset'\nparam f string = 'unset'\noutput o object = { a: a, b: b, e: e, i: i, f: f }\noutput s string = s\n");
    folder.write("shared.bicep", "@export()\nvar region = 'we'\n@export()\nfunc tag(x string) string => '#${x}'\n");
    folder.write(
        "base.bicepparam",
        "using none\nvar team = 'base team'\nparam e = 'from ${team}'\nparam a = 'hidden'\nparam f = team\n",
    );
    folder.write("main.bicepparam", "using 'main.bicep'\nextends 'base.bicepparam'\nimport { region, tag } from 'shared.bicep'\nvar team = 'own'\nparam a = '${team}-${region}'\nparam b = { list: [tag(a)], of: base.a }\nparam s = az.getSecret('sub', 'rg', 'kv', 'name')\nparam i = externalInput('sys.env', 'X')\n");
    let run = folder.run(&["expand", "main.bicepparam"]);
    assert_eq!(run.messages(), [] as [&str; 0]);
    let o = &run.report["outputs"]["o"];
    assert_eq!((&o["a"], &o["b"]), (&json!("own-we"), &json!({"list": ["#own-we"], "of": "hidden"})));
    assert_eq!((&o["e"], &o["f"]), (&json!("from base team"), &json!("base team")));
    assert_eq!(o["i"], "[externalInput('sys.env', 'X')]");
    assert_eq!(run.report["outputs"]["s"], "[parameters('s')]");
}

/// `expand` of `main.bicepparam` beside other files.
fn with_parameters(files: &[(&str, &str)]) -> Run {
    let folder = Folder::with(&[]);
    files.iter().for_each(|(name, text)| folder.write(name, text));
    folder.run(&["expand", "main.bicepparam"])
}

#[test]
fn what_a_parameter_file_inherits_need_not_be_meant_for_its_template() {
    let main = ("main.bicep", "param a string\noutput o string = a\n");
    let root = ("root.bicepparam", "using none\nparam location = 'westeurope'\nparam ids = { a: 1 }\n");
    let values = "using 'main.bicep'\nextends 'root.bicepparam'\nparam a = 'rg-${base.location}'\n";
    let run = with_parameters(&[main, root, ("main.bicepparam", values)]);
    assert_eq!(run.messages(), [] as [&str; 0]);
    assert_eq!(run.report["outputs"]["o"], "rg-westeurope");
    let middle = ("middle.bicepparam", "using none\nextends 'root.bicepparam'\nparam more = 1\n");
    let values = "using 'main.bicep'\nextends 'middle.bicepparam'\nparam a = 'x'\nparam own = 1\n";
    let run = with_parameters(&[main, root, middle, ("main.bicepparam", values)]);
    assert_eq!(run.messages(), ["the template has no parameter 'own'"]);
}

#[test]
fn base_is_an_object_of_what_the_extended_file_gives() {
    let main =
        ("main.bicep", "param p object = {}\nparam keep string = ''\noutput o object = p\noutput k string = keep\n");
    let root = (
        "root.bicepparam",
        "using none\nparam keep = 'root'\nparam tls = 'TLS1_0'\nparam over = 'root'\nparam hid = 1\n",
    );
    let middle = "using none\nextends 'root.bicepparam'\nvar hid = 'middle'\nparam over = '${base.over}-middle'\nparam n = { x: { y: hid } }\n";
    let run = |text: &str| {
        let values = format!("using 'main.bicep'\nextends 'middle.bicepparam'\n{text}");
        with_parameters(&[main, root, ("middle.bicepparam", middle), ("main.bicepparam", &values)])
    };
    let of = |value: &str| {
        let found = run(&format!("param p = {{ v: {value} }}\n"));
        assert_eq!(found.messages(), [] as [&str; 0], "{value}");
        found.report["outputs"]["o"]["v"].clone()
    };
    for (value, wanted) in [
        ("base['over']", json!("root-middle")),
        ("base!.over", json!("root-middle")),
        ("(base).n.x.y", json!("middle")),
        ("base.tls", json!("TLS1_0")),
        ("base.?tls", json!("TLS1_0")),
        ("base.?none", json!(null)),
        ("base.?none.further ?? 'else'", json!("else")),
        ("objectKeys(base)", json!(["keep", "n", "over", "tls"])),
        ("map(['a'], base => '${base}!')", json!(["a!"])),
        ("'${tls}-${over}'", json!("TLS1_0-root-middle")),
        ("{ ...base }.n.x", json!({"y": "middle"})),
    ] {
        let found = of(value);
        let found = if value.starts_with("objectKeys") { sorted(&found) } else { found };
        assert_eq!(found, wanted, "{value}");
    }
    let found = run("var all = base\nparam p = { v: all.tls, w: base[toLower('TLS')] }\nparam tls = 'own'\n");
    assert_eq!(found.messages(), ["the template has no parameter 'tls'"]);
    assert_eq!(found.report["outputs"], json!({"o": {"v": "TLS1_0", "w": "TLS1_0"}, "k": "root"}));
    assert_eq!(
        run("param p = { v: base.none }\n").messages(),
        ["the extended parameter file gives no parameter 'none'"]
    );
    // What the middle file calls by the same name hides it.
    assert_eq!(run("param p = { v: base.hid }\n").messages(), ["the extended parameter file gives no parameter 'hid'"]);
    assert_eq!(run("param p = { v: hid }\n").messages(), ["there is nothing named 'hid' here"]);
    // Nobody knows what is in a file that cannot be read: that is said once.
    let values = "using 'main.bicep'\nextends 'none.bicepparam'\nparam p = { v: base.a, w: base, x: b }\n";
    assert_eq!(with_parameters(&[main, ("main.bicepparam", values)]).messages().len(), 1);
    let values = "using 'main.bicep'\nparam p = { v: base }\n";
    let alone = with_parameters(&[main, ("main.bicepparam", values)]);
    assert_eq!(alone.messages(), ["there is nothing named 'base' here"]);
}

fn sorted(list: &serde_json::Value) -> serde_json::Value {
    let mut items: Vec<String> = list.as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect();
    items.sort();
    json!(items)
}

#[test]
fn loaded_files() {
    let main = "output o object = {\n  text: loadTextContent('d/t.txt')\n  json: loadJsonContent('d/j.json')\n  part: loadJsonContent('d/j.json', '$.a.list[1]')\n  yaml: loadYamlContent('d/y.yaml')\n  name: loadYamlContent('d/y.yaml', 'top[0].name')\n  base64: loadFileAsBase64('d/t.txt')\n  files: map(loadDirectoryFileInfo('d', '*.txt'), f => f.relativePath)\n}\n";
    let files = [
        ("d/t.txt", "one\n'two'\n"),
        ("d/j.json", r#"{"a": {"list": [1, "[x]"]}}"#),
        ("d/y.yaml", "top:\n- name: n\n  on: 1.5\n"),
    ];
    let run = with(&files, main);
    assert_eq!(run.messages(), [] as [&str; 0]);
    let want = json!({"text": "one\n'two'\n", "json": {"a": {"list": [1, "[x]"]}}, "part": "[x]", "yaml": {"top": [{"name": "n", "on": 1.5}]}, "name": "n", "base64": "b25lCid0d28nCg==", "files": ["d/t.txt"]});
    assert_eq!(run.report["outputs"]["o"], want);
}

#[test]
fn the_files_of_a_folder_are_named_from_the_file_that_asks() {
    let files = [
        ("infra/d/b.txt", ""),
        ("infra/d/A.md", ""),
        ("infra/lib/lib.bicep", "@export()\nvar found = map(loadDirectoryFileInfo('../d'), f => f.relativePath)\n"),
    ];
    let main = "import { found } from 'infra/lib/lib.bicep'\noutput far array = found\n\
                output near array = map(loadDirectoryFileInfo('infra/d'), f => f.relativePath)\n";
    let run = with(&files, main);
    assert_eq!(run.messages(), [] as [&str; 0]);
    let mut far: Vec<_> = run.report["outputs"]["far"].as_array().unwrap().clone();
    far.retain(|path| !path.as_str().unwrap().contains("main"));
    assert_eq!(json!(far), json!(["../d/A.md", "../d/b.txt"]));
    assert_eq!(run.report["outputs"]["near"], json!(["infra/d/A.md", "infra/d/b.txt"]));
}

#[test]
fn of_several_documents_of_yaml_the_first_is_loaded() {
    let run = with(&[("y.yaml", "a: 1\n---\nb: 2\n")], "output o object = loadYamlContent('y.yaml')\n");
    assert_eq!(run.messages(), [] as [&str; 0]);
    assert_eq!(run.report["outputs"]["o"], json!({"a": 1}));
    let run = with(&[("y.yaml", "a: 1\n---\nb: [\n")], "output o object = loadYamlContent('y.yaml')\n");
    assert_eq!(run.messages().len(), 1, "{:?}", run.messages());
}

#[test]
fn groups_hold_what_the_second_lambda_makes() {
    let of = |more: &str| {
        output(&format!("groupBy([{{ k: 'a', v: 1 }}, {{ k: 'b', v: 2 }}, {{ k: 'A', v: 3 }}], x => x.k{more})"))
    };
    assert_eq!(of(", x => x.v"), json!({"a": [1, 3], "b": [2]}));
    assert_eq!(of("")["b"], json!([{"k": "b", "v": 2}]));
}

#[test]
fn what_lies_outside_is_refused_where_it_is_named() {
    let folder = Folder::with(&[]);
    folder.write("secret.txt", "hush");
    folder.write("m.bicep", "");
    folder.write("in/main.bicep", "var a = loadTextContent('../secret.txt')\nmodule m '../m.bicep' = {\n  name: 'm'\n}\nimport * as s from '../m.bicep'\noutput fine int = 1\noutput a string = a\n");
    let run = folder.run(&["expand", "in/main.bicep", "--root", "in"]);
    assert_eq!(run.status, 3);
    assert!(!run.stdout.contains("hush"));
    let want = |line| ("error outside-root".to_owned(), line);
    assert_eq!(run.diagnostics(), [want(1), want(2), want(5)]);
    assert_eq!(run.report["outputs"]["fine"], 1);
}

#[test]
fn a_path_is_relative_and_has_no_signs_of_other_systems() {
    let main = "var a = loadJsonContent('/j.json')\nvar b = loadTextContent('C:/j.json')\nvar c = loadYamlContent('d\\\\j.json')\n\
                var d = loadDirectoryFileInfo('/')\nmodule m '/m.bicep' = {}\nmodule n 'm.bicep ' = {}\nimport * as i from ''\n\
                output all array = [a, b, c, d]\n";
    let run = with(&[("j.json", "{}"), ("d/j.json", "{}"), ("m.bicep", "")], main);
    assert_eq!(run.status, 3);
    let about = ["absolute", "absolute", "`\\`", "absolute", "absolute", "blank", "empty"];
    let messages = run.messages();
    assert_eq!(messages.len(), about.len(), "{messages:?}");
    for about in about {
        assert!(messages.iter().any(|m| m.contains(about)), "{about}: {messages:?}");
    }
}

#[test]
fn modules_in_a_ring() {
    let a = "module b 'b.bicep' = {\n  name: 'b'\n}\noutput o int = 1\n";
    let b = "module a1 'main.bicep' = {\n  name: 'a1'\n}\nmodule a2 'main.bicep' = {\n  name: 'a2'\n}\nresource r 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'there'\n}\n";
    let run = with(&[("b.bicep", b)], a);
    assert_eq!((run.status, run.names()), (3, vec!["there"]));
    assert_eq!(run.messages()[0], "this module leads back to its own file: main.bicep → b.bicep → main.bicep");
    assert_eq!(run.diagnostics(), [("error cycle".to_owned(), 1), ("error cycle".to_owned(), 4)]);
    let run = expand("module me 'main.bicep' = {\n  name: 'me'\n}\n");
    assert_eq!(run.messages(), ["this module leads back to its own file: main.bicep → main.bicep"]);
    // Whoever starts the ring, it is seen.
    let folder = Folder::with(&[]);
    folder.write("main.bicep", a);
    folder.write("b.bicep", b);
    let run = folder.run(&["scan", "--format", "json", "."]);
    assert!(
        run.messages().iter().any(|m| m.contains("main.bicep → ") || m.contains("b.bicep → ")),
        "{:?}",
        run.messages()
    );
}

#[test]
fn imports_in_a_ring() {
    let b = "import { x } from 'main.bicep'\n@export()\nvar y = x\n";
    let run = with(
        &[("b.bicep", b)],
        "import { y } from 'b.bicep'\n@export()\nvar x = y\noutput o int = 1\noutput x int = x\n",
    );
    assert_eq!(run.status, 3);
    assert_eq!(run.messages()[0], "this file imports itself: main.bicep → b.bicep → main.bicep");
    assert_eq!(run.report["outputs"]["o"], 1);
    let run = expand("import * as me from 'main.bicep'\n");
    assert_eq!(run.messages(), ["this file imports itself: main.bicep → main.bicep"]);
    let run =
        with(&[("b.bicep", "import { x } from 'main.bicep'\n")], "import { x } from 'b.bicep'\noutput x int = x\n");
    assert_eq!(run.status, 3);
}

#[test]
fn definitions_in_a_ring() {
    let cycle = |text: &str| {
        let run = expand(text);
        assert_eq!(run.status, 3, "{text}");
        run.messages().iter().map(|m| (*m).to_owned()).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(
        cycle("var a = b\nvar b = a\noutput o int = a\n"),
        "variables('a') is defined by itself: variables('a') → variables('b') → variables('a')"
    );
    assert!(
        cycle("param a string = b\nparam b string = a\n")
            .contains("parameters('a') → parameters('b') → parameters('a')")
    );
    let r = |s: &str, body: &str| format!("resource {s} {ACCOUNT} = {{\n  {body}\n}}\n");
    let names = r("a", "name: b.name") + &r("b", "name: a.name");
    assert!(cycle(&names).contains("'a' is defined by itself: a → b → a"), "{}", cycle(&names));
    assert!(
        cycle(&r("a", "name: a.id")).contains("'a' is defined by itself: a → a"),
        "{}",
        cycle(&r("a", "name: a.id"))
    );
    let scopes = r("a", "name: 'a'\n  scope: b") + &r("b", "name: 'b'\n  scope: a");
    assert!(cycle(&scopes).contains("a → b → a") || cycle(&scopes).contains("b → a → b"), "{}", cycle(&scopes));
    let parents = r("a", "name: 'a'\n  parent: b") + &r("b", "name: 'b'\n  parent: a");
    assert!(cycle(&parents).contains("is its own parent: a → b → a"), "{}", cycle(&parents));
    let listed = format!("resource a {ACCOUNT} = [for i in range(0, length(a[0].name)): {{\n  name: 'x${{i}}'\n}}]\n");
    assert!(cycle(&listed).contains("'a' is defined by itself"), "{}", cycle(&listed));
    cycle("func f(x int) int => g(x)\nfunc g(x int) int => f(x)\noutput o int = f(1)\n");
    assert_eq!(
        expand("type a = b\ntype b = a\ntype c = { x: c?, y: c.x }\nparam p a\nparam q c\noutput o int = 1\n").report["outputs"]
            ["o"],
        1
    );
}

#[test]
fn parameter_files_in_a_ring() {
    let folder = Folder::with(&[]);
    folder.write("main.bicep", "param p string\noutput o string = p\n");
    folder.write("main.bicepparam", "using 'main.bicep'\nextends 'other.bicepparam'\nparam p = 'x'\n");
    folder.write("other.bicepparam", "using none\nextends 'main.bicepparam'\n");
    let run = folder.run(&["expand", "main.bicepparam"]);
    assert_eq!(
        run.messages(),
        ["this parameter file extends itself: main.bicepparam → other.bicepparam → main.bicepparam"]
    );
    assert_eq!(run.report["outputs"]["o"], "x");
}

#[test]
fn registry_modules_come_from_the_cache() {
    let t = json!({"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
        "parameters": {"n": {"type": "string"}},
        "resources": [{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "[parameters('n')]"}],
        "outputs": {"o": {"type": "string", "value": "[parameters('n')]"}}}).to_string();
    let folder = Folder::with(&[]);
    folder.write("cache/br/example.azurecr.io/bicep$modules$store/1.2.0$/main.json", &t);
    folder.write("cache/ts/sub/rg/spec/v1/main.json", &t);
    folder.write(
        "bicepconfig.json",
        r#"{"moduleAliases": {"br": {"mine": {"registry": "example.azurecr.io", "modulePath": "bicep/modules"}}}}"#,
    );
    folder.write("main.bicep", "module a 'br:example.azurecr.io/bicep/modules/store:1.2.0' = {\n  params: { n: 'a' }\n}\nmodule b 'br/mine:store:1.2.0' = {\n  params: { n: 'b' }\n}\nmodule c 'ts:sub/rg/spec:v1' = {\n  params: { n: 'c' }\n}\noutput o string = b.outputs.o\n");
    let run = folder.run(&["expand", "main.bicep", "--cache-dir", "cache"]);
    assert_eq!(run.messages(), [] as [&str; 0]);
    assert_eq!((run.names(), &run.report["outputs"]["o"]), (vec!["a", "b", "c"], &json!("b")));
}

#[test]
fn a_module_that_is_not_restored_costs_itself_only() {
    let folder = Folder::with(&[]);
    folder.write("main.bicep", &format!("module a 'br/public:avm/res/storage/storage-account:0.9.0' = {{\n  params: {{ name: 'x' }}\n}}\nresource b {ACCOUNT} = {{\n  name: 'b'\n  properties: {{ id: a.outputs.resourceId }}\n}}\n"));
    let run = folder.run(&["expand", "main.bicep", "--cache-dir", "empty"]);
    assert_eq!((run.status, run.names()), (0, vec!["b"]));
    assert_eq!(run.diagnostics(), [("warning module-not-restored".to_owned(), 1)]);
    assert!(run.messages()[0].contains("armlint restore") && run.messages()[0].contains("--cache-dir"));
    assert!(run.resource("b")["properties"]["id"].as_str().unwrap().contains(".outputs.resourceId.value"));
}

#[test]
fn names_that_stand_twice_are_refused_as_by_the_compiler() {
    let run = expand(
        "param a string = 'x'\nvar a = 1\nvar o = {\n  b: 1\n  'b': 2\n  B: 3\n}\noutput a int = o.B\nmetadata a = 'y'\n",
    );
    let lines: Vec<_> = run.diagnostics().into_iter().map(|(what, line)| format!("{what} {line}")).collect();
    assert_eq!(lines, [1, 2, 4, 5].map(|line| format!("error bicep-meaning {line}")), "{:?}", run.messages());
    assert!(run.messages()[2].starts_with("the property 'b' stands more than once"), "{:?}", run.messages());
}

#[test]
fn types_that_do_not_compile_are_told_and_judged() {
    for written in ["@latest", "@v1", "@1.0.0", "@", " @2023-01-01", "@2023-1-1", "", "@${v}"] {
        let account = format!("'Microsoft.Storage/storageAccounts{written}'");
        let run = expand(&format!("param v string = '2023-01-01'\nresource a {account} = {{\n  name: 'sta'\n}}\n"));
        assert_eq!(run.diagnostics(), [("error bicep-meaning".to_owned(), 2)], "{written}: {:?}", run.messages());
        assert_eq!(run.report["predictedResources"][0]["type"], "Microsoft.Storage/storageAccounts", "{written}");
    }
    let graph = "extension 'br:mcr.microsoft.com/bicep/extensions/microsoftgraph/v1.0:0.1.8-preview'\n";
    for (before, type_) in
        [("", "Microsoft.Graph/groups@v1.0"), (graph, "Microsoft.Graph/groups@v1.0"), (graph, "core/Service@v1")]
    {
        let run = expand(&format!("{before}resource a '{type_}' = {{\n  uniqueName: 'a'\n}}\n"));
        assert!(
            run.messages().iter().all(|m| !m.contains("resource type with an API version")),
            "{type_}: {:?}",
            run.messages()
        );
        assert_eq!(run.report["predictedResources"][0]["type"], type_);
    }
}
