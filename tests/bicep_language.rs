//! Newer words of Bicep, and forms that files of the field have.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Folder, Run};
use serde_json::json;

fn expand(text: &str) -> Run {
    Folder::with(&[]).expand("main.bicep", text)
}

const ACCOUNT: &str = "'Microsoft.Storage/storageAccounts@2023-01-01'";

#[test]
fn an_unknown_function_is_a_warning_and_its_value_unknown() {
    let run = expand("output o string = sys.newlyMade('a')\n");
    assert_eq!(run.diagnostics(), [("warning unknown-function".to_owned(), 1)]);
    assert_eq!(run.status, 0);
    assert_eq!(run.report["outputs"]["o"], json!("[newlyMade('a')]"));
}

#[test]
fn what_is_switched_off_is_null_behind_a_safe_access() {
    let run = expand(&format!(
        "resource off {ACCOUNT} = [for i in range(0, 2): if (i == 0) {{\n  name: 'st${{i}}'\n}}]\n\
         output a array = [off[0].?name ?? 'none', off[1].?name ?? 'none', off[1].?id ?? 'none']\n\
         resource far {ACCOUNT} existing = if (false) {{\n  name: 'far'\n}}\n\
         output b string = far.?properties.minimumTlsVersion ?? 'none'\n"
    ));
    assert_eq!(run.messages(), [] as [&str; 0]);
    assert_eq!(run.report["outputs"]["a"], json!(["st0", "none", "none"]));
    assert_eq!(run.report["outputs"]["b"], json!("none"));
}

#[test]
fn this_is_what_azure_has() {
    let run = expand(&format!(
        "resource st {ACCOUNT} = {{\n  name: 'st'\n  tags: {{ there: this.exists() ? 'y' : 'n' }}\n}}\n"
    ));
    assert_eq!(run.messages(), [] as [&str; 0]);
    assert_eq!(run.resource("st")["tags"]["there"], json!("[if(not(empty(target('full'))), 'y', 'n')]"));
}

#[test]
fn a_deployment_as_a_resource_deploys_its_template() {
    let template =
        "{ resources: [\n{ type: 'Microsoft.Storage/storageAccounts', apiVersion: '2023-01-01', name: NAME }\n] }";
    let deployment = |template: &str, more: &str| {
        format!(
            "param p string = 'stouter'\nvar t = {template}\nresource d 'Microsoft.Resources/deployments@2021-04-01' = {{\n  \
             name: 'd'\n  properties: {{\n    mode: 'Incremental'\n    template: t\n{more}  }}\n}}\n"
        )
    };
    let run = expand(&deployment(&template.replace("NAME", "p"), ""));
    assert_eq!((run.messages().len(), run.names().contains(&"stouter")), (0, true), "{:?}", run.names());
    let inner = template.replace("NAME", "'[toLower(\\'STINNER\\')]'");
    let run = expand(&deployment(&inner, "    expressionEvaluationOptions: { scope: 'inner' }\n"));
    assert!(run.names().contains(&"stinner"), "{:?} {:?}", run.names(), run.messages());
    let run = expand(&deployment("json(p)", ""));
    assert_eq!(run.diagnostics().first().map(|d| d.0.as_str()), Some("error expression"));
    let run = expand(&deployment("json(p)", "").replace(" = 'stouter'", ""));
    assert_eq!(run.diagnostics().first().map(|d| d.0.as_str()), Some("warning template-linked"));
}

#[test]
fn a_nested_template_beside_symbolic_names_is_evaluated_on_its_own() {
    let nested = |options: &str| {
        json!({"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "d", "properties": {
            "mode": "Incremental", "expressionEvaluationOptions": {"scope": options},
            "template": {"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
                "variables": {"name": "stinner"},
                "resources": [{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "[variables('name')]"}]}}})
    };
    let name = |version: &str, resources: serde_json::Value| {
        let template = json!({"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "languageVersion": version, "contentVersion": "1.0.0.0", "variables": {"name": "stouter"}, "resources": resources});
        let run = Folder::with(&[]).expand("main.json", &template.to_string());
        run.names().iter().find(|n| n.starts_with("st")).map(|n| (*n).to_owned()).unwrap_or_default()
    };
    assert_eq!(name("1.0", json!([nested("")])), "stouter");
    assert_eq!(name("1.0", json!([nested("inner")])), "stinner");
    assert_eq!(name("2.0", json!({"d": nested("")})), "stinner");
    assert_eq!(name("2.0", json!([nested("NotSpecified")])), "stinner");
    assert_eq!(name("2.0", json!({"d": nested("outer")})), "stouter");
}

#[test]
fn a_type_that_no_value_can_have_is_an_error() {
    let run = expand(
        "type t = t\ntype a = { b: b }\ntype b = [a, string]\ntype c = { d: c?, e: c[], f: { g: d } }\ntype d = c | null\n",
    );
    assert_eq!(run.diagnostics(), [("error cycle".to_owned(), 1), ("error cycle".to_owned(), 2)]);
    assert!(run.messages()[1].contains("'a' holds itself in every value: a → b → a."), "{:?}", run.messages());
}

#[test]
fn a_scope_by_ternary_is_an_error() {
    let run =
        expand("module m 'm.bicep' = {\n  name: 'm'\n  scope: true ? resourceGroup('a') : resourceGroup('b')\n}\n");
    assert!(run.diagnostics().contains(&("error bicep-meaning".to_owned(), 3)), "{:?}", run.diagnostics());
}

#[test]
fn an_existing_resource_that_nobody_asks_for_may_have_no_name() {
    let run = expand(&format!(
        "param id string = ''\nresource far {ACCOUNT} existing = {{\n  name: split(id, '/')[8]\n}}\n\
         output o string = empty(id) ? 'none' : far.name\n"
    ));
    assert_eq!(run.messages(), [] as [&str; 0]);
    assert_eq!(run.report["outputs"]["o"], json!("none"));
}

#[test]
fn extensions_and_the_environment_give_parameters_values() {
    let folder = Folder::with(&[]);
    folder.write("main.bicep", "param a string\nparam b string\noutput o string = a\n");
    let text = "using 'main.bicep'\nextension ext\nparam a = ext.config('x')\nparam b = readEnvVar('STAGE')\n";
    let run = folder.expand("main.bicepparam", text);
    assert_eq!(run.messages(), [] as [&str; 0]);
    assert_eq!(run.status, 0);
}

#[test]
fn azd_drops_parameters_that_a_template_does_not_declare() {
    let folder = Folder::with(&[]);
    folder.write("infra/main.bicep", "param a string\n");
    folder.write("infra/main.parameters.json", r#"{"parameters": {"a": {"value": "x"}, "b": {"value": "y"}}}"#);
    let codes = |run: &Run| run.diagnostics().iter().filter(|d| d.0.ends_with("unknown-parameter")).count();
    assert_eq!(codes(&folder.scan(&[])), 1);
    folder.write("azure.yaml", "name: shop\n");
    assert_eq!(codes(&folder.scan(&[])), 0);
}

#[test]
fn a_variant_keeps_only_its_own_secrets() {
    let folder = common::Folder::with(&[]);
    folder.write(
        "m.bicep",
        "@discriminator('kind')\ntype way = pin | list\ntype pin = {\n  kind: 'pin'\n  with: { @secure()\n  *: string }\n}\n\
         type list = { kind: 'list', with: { items: string[] } }\nparam w way\n\
         resource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'st'\n  tags: { a: w.with.items[0], b: string(w.with) }\n}\n",
    );
    let call = |way: &str| format!("module m 'm.bicep' = {{\n  name: 'm'\n  params: {{ w: {way} }}\n}}\n");
    let run = folder.expand("main.bicep", &call("{ kind: 'list', with: { items: ['plain'] } }"));
    assert_eq!(run.resource("st")["tags"]["a"], json!("plain"));
    let run = folder.expand("main.bicep", &call("{ kind: 'pin', with: { items: 'hidden' } }"));
    assert!(!run.stdout.contains("hidden"), "{}", run.stdout);
}

#[test]
fn a_variable_can_be_another_name_for_a_resource() {
    let run = expand(&format!(
        "resource one {ACCOUNT} existing = {{\n  name: 'one'\n}}\n\
         resource many {ACCOUNT} existing = [for i in range(0, 2): {{\n  name: 'many${{i}}'\n}}]\n\
         var a = one\nvar b = a\nvar c = many[1]\nvar d = many\n\
         output o array = [b.id, c.listKeys(), d[0].listKeys(), b.name, b.listKeys('2021-01-01', {{ expand: 'kerb' }})]\n"
    ));
    assert_eq!(run.messages(), [] as [&str; 0]);
    let keys =
        |name: &str| format!("[listKeys(resourceId('Microsoft.Storage/storageAccounts', '{name}'), '2023-01-01')]");
    let o = &run.report["outputs"]["o"];
    assert_eq!(o[0], json!("[resourceId('Microsoft.Storage/storageAccounts', 'one')]"));
    assert_eq!((&o[1], &o[2], &o[3]), (&json!(keys("many1")), &json!(keys("many0")), &json!("one")));
    assert!(o[4].as_str().unwrap().contains("'2021-01-01', createObject('expand', 'kerb')"), "{o}");
}

#[test]
fn variables_that_name_one_another_name_no_resource() {
    let run = expand(&format!(
        "resource many {ACCOUNT} existing = [for i in range(0, 2): {{\n  name: 'many${{i}}'\n}}]\n\
         var a = b\nvar b = a\nvar c = many[c.x]\noutput o array = [a.listKeys(), c.listKeys(), c.id]\n"
    ));
    assert!(run.diagnostics().iter().any(|d| d.0 == "error cycle"), "{:?}", run.messages());
}

#[test]
fn a_template_behind_expressions_is_read_or_told() {
    let run = |properties: &str| {
        let folder = Folder::with(&[]);
        folder.write(
            "t.json",
            &json!({"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
                "contentVersion": "1.0.0.0", "parameters": {"n": {"type": "string", "defaultValue": "stinner"}},
                "resources": [{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "[parameters('n')]"}]})
            .to_string(),
        );
        folder.expand(
            "main.bicep",
            &format!(
                "param on bool\nparam p object = {{}}\nvar t = loadJsonContent('t.json')\nvar all = {{ x: t }}\nvar list = [t]\n\
                 var common = {{ mode: 'Incremental' }}\nfunc f() object => loadJsonContent('t.json')\n\
                 var st = {{ type: 'Microsoft.Storage/storageAccounts', apiVersion: '2023-01-01', name: 'stinner' }}\n\
                 resource d 'Microsoft.Resources/deployments@2021-04-01' = {{\n  name: 'd'\n  {properties}\n}}\n"
            ),
        )
    };
    for properties in [
        "properties: union(common, { template: t })",
        "properties: { ...common, template: all.x }",
        "properties: { ...common, ...{ template: list[0] } }",
        "properties: { ...common, ...p, template: f() }",
        "...{ properties: { mode: 'Incremental', template: union(t, {}) } }",
        "properties: true ? { mode: 'Incremental', template: first(list)! } : {}",
        "properties: { mode: 'Incremental', template: { resources: t.resources, parameters: t.parameters } }",
        "properties: { mode: 'Incremental', template: { resources: [for n in ['stinner', 'stb']: { type: st.type, apiVersion: st.apiVersion, name: n }] } }",
        "properties: { mode: 'Incremental', template: { resources: concat([st], []) } }",
        "properties: { mode: 'Incremental', template: { resources: [...[st]] } }",
    ] {
        let run = run(properties);
        assert!(run.names().contains(&"stinner"), "{properties}: {:?} {:?}", run.names(), run.messages());
        assert_eq!(run.messages(), [] as [&str; 0], "{properties}");
    }
    let handed = run("properties: { ...common, template: t, parameters: { n: { value: 'stgiven' } } }");
    assert!(handed.names().contains(&"stgiven"), "{:?}", handed.names());
    for properties in [
        "properties: { ...common, template: t, ...p }",
        "properties: p",
        "...p",
        "properties: { mode: 'Incremental', template: on ? t : t }",
        "properties: { mode: 'Incremental', template: { resources: map(['a'], n => st) } }",
    ] {
        let run = run(properties);
        assert_eq!(run.diagnostics().first().map(|d| d.0.as_str()), Some("warning template-linked"), "{properties}");
        assert!(run.messages()[0].contains("is computed and not read"), "{:?}", run.messages());
    }
}

#[test]
fn outputs_are_asked_of_modules_that_are_items() {
    let folder = Folder::with(&[]);
    folder.write("m.bicep", "param n string\noutput tls string = n == 'a' ? 'TLS1_0' : 'TLS1_2'\n");
    let run = folder.expand(
        "main.bicep",
        "module ml 'm.bicep' = [for n in ['a', 'b']: { name: 'm-${n}', params: { n: n } }]\n\
         module one 'm.bicep' = { name: 'one', params: { n: 'a' } }\n\
         var some = filter(ml, m => m.outputs.tls != 'x')\n\
         output a array = map(ml, m => m.outputs.tls)\n\
         output b string = first(ml)!.outputs.tls\n\
         output c string = some[1].outputs.tls\n\
         output d array = map([one, one], m => m.outputs.tls)\n\
         output e string = reduce(ml, '', (all, m) => '${all}${m.outputs.tls}')\n\
         output f object = toObject(sort(ml, (x, y) => x.outputs.tls < y.outputs.tls), m => m.outputs.tls, m => m.outputs.tls)\n\
         output g array = [for m in ml: m.outputs.tls]\n\
         output h array = map([{ outputs: { tls: 'x' } }], m => m.outputs.tls)\n\
         output i array = map(ml, m => map(['y'], m => m))\n",
    );
    assert_eq!(run.messages(), [] as [&str; 0]);
    let outputs = &run.report["outputs"];
    let both = json!(["TLS1_0", "TLS1_2"]);
    assert_eq!((&outputs["a"], &outputs["g"]), (&both, &both));
    assert_eq!((&outputs["b"], &outputs["c"]), (&json!("TLS1_0"), &json!("TLS1_2")));
    assert_eq!(outputs["d"], json!(["TLS1_0", "TLS1_0"]));
    assert_eq!(outputs["e"], "TLS1_0TLS1_2");
    assert_eq!(outputs["f"], json!({"TLS1_0": "TLS1_0", "TLS1_2": "TLS1_2"}));
    assert_eq!((&outputs["h"], &outputs["i"]), (&json!(["x"]), &json!([["y"], ["y"]])));
}

#[test]
fn ids_and_names_of_items_are_known_to_rules() {
    let folder = Folder::with(&[]);
    folder.write("m.bicep", "output o string = ''\n");
    folder.write(
        "main.bicep",
        "resource nsgs 'Microsoft.Network/networkSecurityGroups@2024-05-01' = [for n in ['a', 'b']: { name: 'nsg-${n}', location: 'eastus' }]\n\
         resource far 'Microsoft.Network/networkSecurityGroups@2024-05-01' existing = [for n in ['a', 'b']: { name: 'far-${n}', scope: resourceGroup('far') }]\n\
         module ml 'm.bicep' = [for n in ['a', 'b']: { name: 'm-${n}' }]\n\
         resource vnet 'Microsoft.Network/virtualNetworks@2024-05-01' = {\n  name: 'vnet'\n  location: 'eastus'\n  properties: {\n\
         subnets: map(concat(nsgs, far), n => { name: n.name, properties: { networkSecurityGroup: { id: n.id } } })\n  }\n}\n\
         resource st 'Microsoft.Storage/storageAccounts@2023-05-01' = {\n  name: 'st'\n  location: 'eastus'\n\
         properties: { minimumTlsVersion: map(ml, m => m.name)[1] == 'm-b' ? 'TLS1_0' : 'TLS1_2' }\n}\n",
    );
    let rules = ["--rule", "Azure.VNET.UseNSGs", "--rule", "Azure.Storage.MinTLS", "--outcome", "fail,pass,unknown"];
    let run = folder.scan(&[&["main.bicep"], &rules[..]].concat());
    let results = run.report["results"].as_array().unwrap();
    let outcome = |rule: &str| results.iter().find(|r| r["rule"] == rule).map(|r| r["outcome"].as_str().unwrap());
    assert_eq!(outcome("Azure.VNET.UseNSGs"), Some("pass"), "{}", run.stdout);
    assert_eq!(outcome("Azure.Storage.MinTLS"), Some("fail"), "{}", run.stdout);
}
