//! `armlint graph` as users run it.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Folder, Run};

const SHOP: &str = "param location string = 'westeurope'
param suffix string
resource net 'Microsoft.Network/virtualNetworks@2023-09-01' = {
  name: 'vnet-shop'
  location: location
  resource front 'subnets' = { name: 'front' }
}
resource nic 'Microsoft.Network/networkInterfaces@2023-09-01' = if (suffix != 'none') {
  name: 'nic-${suffix}'
  location: location
  properties: { ipConfigurations: [ { name: 'a', properties: { subnet: { id: net::front.id } } } ] }
}
resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = { name: 'kv-shop' }
resource nobody 'Microsoft.KeyVault/vaults@2023-07-01' existing = { name: 'kv-nobody' }
module storage 'storage.bicep' = {
  name: 'storage-deployment'
  params: { vault: vault.id, location: location }
  dependsOn: [ nic ]
}
resource ip 'Microsoft.Network/publicIPAddresses@2023-09-01' = {
  name: 'ip'
  location: location
  dependsOn: [ net::front, storage ]
}
";
const STORAGE: &str = "param vault string
param location string
resource accounts 'Microsoft.Storage/storageAccounts@2023-05-01' = [for i in range(0, 5): {
  name: 'stshop${i}'
  location: location
  kind: 'StorageV2'
  sku: { name: 'Standard_GRS' }
  tags: { vault: vault }
  properties: { minimumTlsVersion: i == 4 ? 'TLS1_0' : 'TLS1_2' }
}]
";

fn shop() -> Folder {
    let folder = Folder::with(&[]);
    folder.write("main.bicep", SHOP);
    folder.write("storage.bicep", STORAGE);
    folder
}

fn draw(folder: &Folder, args: &[&str]) -> Run {
    let run = folder.run(&[&["graph", "--baseline", "Azure.Default"], args].concat());
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{args:?}");
    run
}

/// The line that ends so, without what stands around it.
fn has(run: &Run, line: &str) -> bool {
    run.stdout.lines().any(|l| l.trim() == line)
}

#[test]
fn resources_modules_and_what_needs_what_are_drawn() {
    let folder = shop();
    let run = draw(&folder, &[]);
    insta::assert_snapshot!("graph_mermaid", run.stdout);
    insta::assert_snapshot!("graph_dot", draw(&folder, &["-f", "dot"]).stdout);
    draw(&folder, &["-o", "picture.mmd"]);
    assert_eq!(folder.read("picture.mmd"), run.stdout);
    // A file of its own is an entry point of its own, and the same is drawn of a folder of that name.
    assert_eq!(draw(&folder, &["main.bicep"]).stdout, run.stdout);
}

#[test]
fn dependencies_of_arm_are_found_by_name_path_loop_and_id() {
    let folder = Folder::with(&[]);
    let resource = |type_: &str, name: &str, more: &str| {
        format!(
            r#"{{"type": "{type_}", "apiVersion": "2023-09-01", "name": "{name}", "location": "westeurope"{more}}}"#
        )
    };
    let all = [
        resource(
            "Microsoft.Storage/storageAccounts",
            "[concat('st', parameters('n'), copyIndex())]",
            r#", "copy": {"name": "all", "count": 2}"#,
        ),
        resource("Microsoft.Network/publicIPAddresses", "ip", r#", "dependsOn": ["all"]"#),
        resource(
            "Microsoft.Network/routeTables",
            "[parameters('n')]",
            r#", "dependsOn": ["IP", "[concat('Microsoft.Storage/storageAccounts/st', parameters('n'), '1')]"]"#,
        ),
        resource(
            "Microsoft.Network/natGateways",
            "nat",
            r#", "dependsOn": ["[resourceId('Microsoft.Network/routeTables', parameters('n'))]"], "tags": {"ip": "[concat(resourceId('Microsoft.Network/publicIPAddresses', 'ip'), '/x')]"}"#,
        ),
    ];
    let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
    let template = format!(
        r#"{{"$schema": "{schema}", "contentVersion": "1.0.0.0", "parameters": {{"n": {{"type": "string"}}}}, "resources": [{}]}}"#,
        all.join(",")
    );
    folder.write("t.json", &template);
    let run = draw(&folder, &[]);
    let mut edges: Vec<&str> =
        run.stdout.lines().map(str::trim).filter(|l| l.contains('>') && !l.contains('[')).collect();
    edges.sort_unstable();
    assert_eq!(
        edges,
        ["n2 -.-> n0", "n2 -.-> n1", "n3 -.-> n1", "n3 -.-> n2", "n4 --> n2", "n4 -.-> n3"],
        "{}",
        run.stdout
    );
}

#[test]
fn findings_are_colours_of_the_entry_point_that_they_are_in() {
    let folder = Folder::with(&[]);
    let account = STORAGE.replace("i == 4 ? 'TLS1_0' : 'TLS1_2'", "tls").replace("range(0, 5)", "range(0, 1)");
    folder.write("main.bicep", &account.replace("param vault string", "param vault string = ''\nparam tls string"));
    for (name, tls) in [("a", "TLS1_0"), ("b", "TLS1_2")] {
        folder.write(
            &format!("{name}.bicepparam"),
            &format!("using 'main.bicep'\nparam tls = '{tls}'\nparam location = 'x'\n"),
        );
    }
    let only = "rule: { include: [Azure.Storage.MinTLS] }";
    folder.write("ps-rule.yaml", only);
    let run = folder.run(&["graph"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(has(&run, "subgraph b0[\"a.bicepparam\"]") && has(&run, "subgraph b1[\"b.bicepparam\"]"), "{}", run.stdout);
    assert!(has(&run, "class n0 error"), "{}", run.stdout);
    // What is accepted is no colour.
    folder.write("ps-rule.yaml", &format!("{only}\nsuppression: {{ Azure.Storage.MinTLS: [stshop0] }}"));
    let run = folder.run(&["graph"]);
    assert!(!run.stdout.contains("error"), "{}", run.stdout);
}

#[test]
fn hundreds_of_resources_are_folded() {
    let folder = Folder::with(&[]);
    let plain = |name: String| {
        format!(
            "resource {name} 'Microsoft.Network/routeTables@2023-09-01' = {{ name: '{name}', location: 'westeurope' }}\n"
        )
    };
    let module: String = (0..20).map(|i| plain(format!("r{i}"))).collect();
    folder.write("m.bicep", &module);
    let calls: String = (0..20).map(|i| format!("module m{i} 'm.bicep' = {{ name: 'm{i}' }}\n")).collect();
    let looped = "module all 'm.bicep' = [for i in range(0, 9): { name: 'all${i}' }]\n";
    folder.write("main.bicep", &format!("{}{calls}{looped}", plain("one".to_owned())));
    let run = draw(&folder, &[]);
    let nodes = run.stdout.lines().filter(|l| l.trim_start().starts_with('n') && l.contains("[\"")).count();
    assert_eq!(nodes, 22, "{}", run.stdout);
    assert!(run.stdout.contains("[\"20 × routeTables\"]"), "{}", run.stdout);
    assert!(has(&run, "subgraph b21[\"9 × all\"]") && run.stdout.contains("[\"180 × routeTables\"]"), "{}", run.stdout);
    // So many modules that each is a node.
    folder.write("m.bicep", &(plain("a".to_owned()) + &plain("b".to_owned())));
    let calls: String = (0..130).map(|i| format!("module m{i} 'm.bicep' = {{ name: 'm{i}' }}\n")).collect();
    folder.write("main.bicep", &calls);
    let run = draw(&folder, &[]);
    assert!(run.stdout.contains("[\"m7<br/>2 × routeTables\"]"), "{}", run.stdout);
    assert_eq!(run.stdout.matches("subgraph").count(), 1);
}

#[test]
fn names_of_strangers_are_nothing_but_names() {
    let folder = Folder::with(&[]);
    let name = "x\"]; end %%{init}%% <img src=y onerror=z>\\n`b`";
    let text = name.replace('\\', "\\\\").replace('\'', "\\'");
    folder.write("main.bicep", &format!("resource a 'Microsoft.Network/routeTables@2023-09-01' = [for i in range(0, 2): {{\n  name: '{text}${{i}}'\n  location: 'westeurope'\n}}]\n"));
    let mermaid = draw(&folder, &[]).stdout;
    let label = mermaid.lines().find(|l| l.contains("n0[")).unwrap();
    let inner = label.trim().strip_prefix("n0[\"").and_then(|l| l.strip_suffix("<br/>routeTables\"]")).unwrap();
    assert!(
        inner.chars().all(|c| c.is_alphanumeric() || " #;".contains(c)) && inner.starts_with("x#quot;#93;#59;"),
        "{inner}"
    );
    let dot = draw(&folder, &["-f", "dot"]).stdout;
    assert!(
        dot.contains(r#"n0 [label="x\"]; end %%{init}%% &lt;img src=y onerror=z&gt;\\n`b`0\nrouteTables""#),
        "{dot}"
    );
}

#[test]
fn secrets_are_not_drawn() {
    let folder = Folder::with(&[]);
    folder.write(
        "main.bicep",
        "@secure()\nparam key string = 'Blue-Harbor-77'\nresource a 'Microsoft.Network/routeTables@2023-09-01' = [for i in range(0, 2): { name: 'rt-${key}-${i}', location: 'westeurope' }]\nresource b 'Microsoft.Network/routeTables@2023-09-01' = { name: 'Blue-Harbor-77', location: 'westeurope' }\nmodule c 'm.bicep' = { name: 'Blue-Harbor-77' }\n",
    );
    folder.write(
        "m.bicep",
        "resource b 'Microsoft.Network/routeTables@2023-09-01' = { name: 'in', location: 'westeurope' }\n",
    );
    folder.write("t.json", r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0", "parameters": {"p": {"type": "securestring", "defaultValue": "Red-Harbor-78"}}, "resources": [{"type": "Microsoft.Network/routeTables", "apiVersion": "2023-09-01", "name": "[concat('a-', parameters('p'))]"}, {"type": "Microsoft.Network/routeTables", "apiVersion": "2023-09-01", "name": "b-Red-Harbor-78"}]}"#);
    for format in ["mermaid", "dot"] {
        let out = draw(&folder, &["-f", format]).stdout;
        assert!(!out.contains("Harbor") && out.contains("routeTables"), "{out}");
    }
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let folder = Folder::with(&[]);
    let run = folder.run(&["graph"]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("nothing to draw"), "{}", run.stderr);
    folder.write("a.bicep", "resource a 'Microsoft.Network/routeTables@2023-09-01' = { name: 'a', location: 'x' }\n");
    folder.write("b.bicep", "resource b 'Microsoft.Network/routeTables@2023-09-01' = {\n");
    let run = folder.run(&["graph"]);
    assert_eq!(run.status, 3, "{}", run.stderr);
    assert!(run.stderr.contains("armlint: error: b.bicep:") && run.stdout.contains("a.bicep"), "{}", run.stderr);
    assert_eq!(folder.run(&["graph"]).stdout, run.stdout);
}
