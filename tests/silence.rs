//! What changes nothing in Azure, `armlint diff` says nothing of: the examples of rule pages, rewritten in many ways.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::path::Path;

use common::Folder;
use regex::Regex;

/// A template with the files it needs: relative paths and texts, the template first.
type Files = Vec<(String, String)>;

/// Of so many pages one is taken: all would take minutes.
const EVERY: usize = 20;

/// The Bicep examples of rule pages that pass: the rule's id and the text.
fn pages() -> Vec<(String, String)> {
    let mut files = Vec::new();
    find(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"), &mut files);
    files.sort();
    let example = Regex::new(r"(?s)```bicep pass\n(.*?)```").unwrap();
    let of = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        let found = example.captures(&text)?[1].to_owned();
        // What hangs on other files, or is about the text itself, is no template to rewrite.
        let plain = found.contains("\nresource ") || found.starts_with("resource ") || found.contains("param ");
        let alone = !found.contains("module ")
            && !found.contains("load")
            && !found.contains("#disable")
            && !found.contains("import ");
        (plain && alone).then(|| (path.file_stem().unwrap().to_string_lossy().replace('.', "-"), found))
    };
    files.iter().filter_map(of).enumerate().filter(|(i, _)| i % EVERY == 0).map(|(_, page)| page).collect()
}

fn find(folder: &Path, out: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        if entry.is_dir() {
            find(&entry, out);
        } else if entry.extension().is_some_and(|e| e == "md") {
            out.push(entry);
        }
    }
}

/// The statements of a file, each with its comments and decorators.
fn statements(text: &str) -> Vec<String> {
    let (mut out, mut open, mut verbatim): (Vec<String>, bool, bool) = (Vec::new(), false, false);
    for line in text.lines() {
        let starts = !verbatim && line.starts_with(|c: char| c.is_ascii_lowercase() || c == '@' || c == '/');
        if starts && !open {
            out.push(String::new());
        }
        if starts {
            open = line.starts_with(['@', '/']);
        }
        if line.matches("'''").count() % 2 == 1 {
            verbatim = !verbatim;
        }
        if let Some(last) = out.last_mut() {
            last.push_str(line);
            last.push('\n');
        }
    }
    out
}

/// A line that gives a property a plain text: what stands before it, the key, the text in its quotes.
fn literal(text: &str) -> Option<(std::ops::Range<usize>, String)> {
    let line = Regex::new(r"(?m)^ +(\w+): ('[^'$\\\n]+')$").unwrap();
    // The type of an object may decide what its other members are.
    let found = line.captures_iter(text).find(|c| !["name", "type", "kind"].contains(&&c[1]))?.get(2).unwrap();
    Some((found.range(), found.as_str().to_owned()))
}

/// The text with something else for its first plain text, and that.
fn with(text: &str, other: &str) -> Option<(String, String)> {
    let (range, was) = literal(text)?;
    Some((format!("{}{other}{}", &text[..range.start], &text[range.end..]), was))
}

fn one(text: String) -> Files {
    vec![("".to_owned(), text)]
}

/// Both sides of a page, if the rewriting fits it.
type Rewriting = fn(&str, &str) -> Option<(Files, Files)>;

/// What a text becomes with a statement more.
fn declared(text: &str, other: &str, declaration: impl Fn(&str) -> String) -> Option<(Files, Files)> {
    let (new, was) = with(text, other)?;
    Some((one(text.to_owned()), one(format!("{new}\n{}\n", declaration(&was)))))
}

/// The same with the text decided elsewhere on both sides.
fn open(text: &str, old: &str, new: &str) -> Option<(Files, Files)> {
    let declaration = "param stage string";
    Some((
        one(format!("{}\n{declaration}\n", with(text, old)?.0)),
        one(format!("{}\n{declaration}\n", with(text, new)?.0)),
    ))
}

/// The template as a module, called with all its parameters.
fn as_module(name: &str, text: &str) -> Option<(Files, Files)> {
    let statements = statements(text);
    if statements.iter().any(|s| s.starts_with("targetScope") || s.contains("type ")) {
        return None;
    }
    let parameters: Vec<&String> = statements.iter().filter(|s| s.lines().any(|l| l.starts_with("param "))).collect();
    let names = Regex::new(r"(?m)^param (\w+)").unwrap();
    let given: String = parameters
        .iter()
        .map(|p| names.captures(p).unwrap()[1].to_owned())
        .map(|n| format!("    {n}: {n}\n"))
        .collect();
    let own: String = parameters.iter().map(|p| p.as_str()).collect();
    let call = format!("{own}\nmodule part 'parts/{name}.bicep' = {{\n  name: 'part'\n  params: {{\n{given}  }}\n}}\n");
    let part = (format!("parts/{name}.bicep"), text.to_owned());
    Some((one(text.to_owned()), vec![("".to_owned(), call), part]))
}

/// The first resource twice, under other names, and the same by a loop.
fn as_loop(_: &str, text: &str) -> Option<(Files, Files)> {
    let all = statements(text);
    let shape = Regex::new(r"(?s)^resource (\w+) ('[^']+') = \{\n(.*)\n\}\n*$").unwrap();
    let [only] = all.as_slice() else { return None };
    let parts = shape.captures(only)?;
    let (type_, body) = (&parts[2], &parts[3]);
    let name = Regex::new(r"(?m)^  name: '([^'$]+)'$").unwrap();
    let called = |n: &str| name.is_match(body).then(|| name.replace(body, format!("  name: '$1-{n}'")).into_owned());
    let copy = |n: &str| Some(format!("resource {n} {type_} = {{\n{}\n}}\n", called(n)?));
    let each = called("${each}".replace('$', "$$").as_str())?;
    let new = format!("resource all {type_} = [for each in ['a', 'b']: {{\n{each}\n}}]\n");
    (!body.contains(&parts[1])).then_some((one(copy("a")? + &copy("b")?), one(new)))
}

fn renamed_symbol(_: &str, text: &str) -> Option<(Files, Files)> {
    let declaration = Regex::new(r"(?m)^resource (\w+) ").unwrap();
    let symbol = declaration.captures(text)?[1].to_owned();
    // A word that means something else as well stays.
    let other = Regex::new(&format!(r"\.{symbol}\b|\b{symbol}:|'[^'\n]*\b{symbol}\b[^'\n]*'")).unwrap();
    let word = Regex::new(&format!(r"\b{symbol}\b")).unwrap();
    (!other.is_match(text)).then(|| (one(text.to_owned()), one(word.replace_all(text, "renamedSymbol").into_owned())))
}

fn reordered(_: &str, text: &str) -> Option<(Files, Files)> {
    let mut all = statements(&format!("var unused = 'x'\nparam late string = 'y'\n{text}"));
    all.reverse();
    Some((one(text.to_owned()), one(all.join("\n"))))
}

const REWRITINGS: [(&str, Rewriting); 19] = [
    ("a variable is taken out", |_, t| declared(t, "extracted", |was| format!("var extracted = {was}"))),
    ("a variable is put in", |_, t| {
        declared(t, "extracted", |was| format!("var extracted = {was}")).map(|(a, b)| (b, a))
    }),
    ("a parameter is taken out", |_, t| declared(t, "extracted", |was| format!("param extracted string = {was}"))),
    ("a member of an object", |_, t| {
        declared(t, "settings.deep[1].x", |was| format!("var settings = {{ deep: [0, {{ x: {was} }}] }}"))
    }),
    ("a function is taken out", |_, t| {
        declared(t, "same('x')", |was| format!("func same(x string) string => empty(x) ? 'no' : {was}"))
    }),
    ("a parameter has another name", |_, t| {
        let (old, _) = with(t, "tier")?;
        let (new, _) = with(t, "renamedTier")?;
        Some((one(format!("{old}\nparam tier string\n")), one(format!("{new}\nparam renamedTier string\n"))))
    }),
    ("interpolation for format", |_, t| open(t, "'${stage}-x-${stage}'", "format('{0}-x-{1}', stage, stage)")),
    ("concat for interpolation", |_, t| open(t, "concat(stage, '-x')", "'${stage}-x'")),
    ("a text in pieces", |_, t| open(t, "'a-${stage}-x'", "'${'a'}-${'${stage}-x'}'")),
    ("a choice that is made", |_, t| open(t, "stage", "(1 + 1 == 2) ? stage : 'never'")),
    ("a module is taken out", as_module),
    ("a module is put in", |n, t| as_module(n, t).map(|(a, b)| (b, a))),
    ("a symbol has another name", renamed_symbol),
    ("another order", reordered),
    ("a loop for copies", as_loop),
    ("copies for a loop", |n, t| as_loop(n, t).map(|(a, b)| (b, a))),
    ("a parameter file for a default", |n, t| {
        let (new, was) = with(t, "extracted")?;
        let template = format!("{new}\nparam extracted string\n");
        let values = (format!("{n}.bicepparam"), format!("using '{n}.bicep'\nparam extracted = {was}\n"));
        // The other parameters would have no values.
        let closed = !Regex::new(r"(?m)^param \w+ [^=\n]+$").unwrap().is_match(t);
        closed.then(|| (one(t.to_owned()), vec![("".to_owned(), template), values]))
    }),
    ("a value from another file", |n, t| {
        let (new, was) = with(t, "shared")?;
        let part = (format!("parts/{n}.bicep"), format!("@export()\nvar shared = {was}\n"));
        Some((
            one(t.to_owned()),
            vec![("".to_owned(), format!("import {{ shared }} from 'parts/{n}.bicep'\n{new}")), part],
        ))
    }),
    ("comments, spaces and line ends", |_, t| {
        let spaced = t.replace(": ", ":   ").replace('\n', " // said\r\n");
        (!t.contains("'''") && !t.contains("/*") && !t.contains("http")).then(|| (one(t.to_owned()), one(spaced)))
    }),
];

#[test]
fn rewritings_of_real_templates_are_silent() {
    let pages = pages();
    assert!(pages.len() > 20, "{}", pages.len());
    let mut wrong = Vec::new();
    for (what, rewriting) in REWRITINGS {
        let folder = Folder::with(&[]);
        let mut rewritten = 0;
        for (name, text) in &pages {
            let Some((old, new)) = rewriting(name, text) else { continue };
            rewritten += 1;
            for (side, files) in [("old", old), ("new", new)] {
                for (path, text) in files {
                    let path = if path.is_empty() { format!("{name}.bicep") } else { path };
                    folder.write(&format!("{side}/{path}"), &text);
                }
            }
        }
        let run = folder.run(&["diff", "old", "new", "--format", "json", "--exit-code"]);
        assert!(rewritten > 1, "{what}: {rewritten}");
        let compared = run.report["compared"].as_u64();
        let differ = run.report["entryPoints"].as_array().unwrap();
        let first = differ.first().map(|e| {
            let name = e["after"]["template"].as_str().or(e["before"]["template"].as_str()).unwrap_or("");
            let read = |side: &str| std::fs::read_to_string(folder.path(&format!("{side}/{name}"))).unwrap_or_default();
            format!("{e:#}\n{}\n=====\n{}", read("old"), read("new"))
        });
        if let Some(first) = first {
            wrong.push(format!("{what}: {} of {rewritten} differ; the first:\n{first}", differ.len()));
        } else if run.status != 0 || compared < Some(rewritten) {
            wrong.push(format!("{what}: of {rewritten}: {}", run.stdout));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// A template in each of two forms.
fn forms() -> Vec<(&'static str, Files, Files)> {
    let json = r#"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": {
    "stage": { "type": "string" },
    "names": { "type": "array", "defaultValue": ["a", "b"] },
    "location": { "type": "string", "defaultValue": "[resourceGroup().location]" }
  },
  "variables": {
    "vnet": "[concat('vnet-', parameters('stage'))]",
    "zones": { "copy": [{ "name": "all", "count": 2, "input": "[string(add(copyIndex('all'), 1))]" }] }
  },
  "resources": [
    {
      "type": "Microsoft.Network/virtualNetworks", "apiVersion": "2023-11-01", "name": "[variables('vnet')]",
      "location": "[parameters('location')]",
      "properties": {
        "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] },
        "copy": [{ "name": "subnets", "count": "[length(parameters('names'))]", "input": {
          "name": "[parameters('names')[copyIndex('subnets')]]",
          "properties": { "addressPrefix": "[format('10.0.{0}.0/24', copyIndex('subnets'))]" }
        } }]
      }
    },
    {
      "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-05-01",
      "name": "[concat('st', parameters('names')[copyIndex()], uniqueString(resourceGroup().id))]",
      "copy": { "name": "accounts", "count": "[length(parameters('names'))]" },
      "location": "[parameters('location')]", "kind": "StorageV2", "sku": { "name": "Standard_ZRS" },
      "dependsOn": ["[resourceId('Microsoft.Network/virtualNetworks', variables('vnet'))]"],
      "properties": { "networkAcls": { "defaultAction": "Deny", "virtualNetworkRules": [
        { "id": "[resourceId('Microsoft.Network/virtualNetworks/subnets', variables('vnet'), 'a')]" }
      ] } }
    },
    {
      "condition": "[equals(parameters('stage'), 'prod')]",
      "type": "Microsoft.Network/publicIPAddresses", "apiVersion": "2023-11-01", "name": "[format('pip-{0}', parameters('stage'))]",
      "location": "[parameters('location')]", "sku": { "name": "Standard" }, "zones": "[variables('zones').all]",
      "properties": { "publicIPAllocationMethod": "Static" }
    },
    {
      "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "vault",
      "properties": {
        "mode": "Incremental", "expressionEvaluationOptions": { "scope": "inner" },
        "parameters": { "name": { "value": "[concat('kv-', parameters('stage'))]" } },
        "template": {
          "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
          "contentVersion": "1.0.0.0",
          "parameters": { "name": { "type": "string" } },
          "resources": [{
            "type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01", "name": "[parameters('name')]",
            "location": "[resourceGroup().location]",
            "properties": { "tenantId": "[subscription().tenantId]", "sku": { "family": "A", "name": "standard" } }
          }]
        }
      }
    }
  ]
}"#;
    let bicep = "param stage string
param names array = ['a', 'b']
param location string = resourceGroup().location

resource vnet 'Microsoft.Network/virtualNetworks@2023-11-01' = {
  name: 'vnet-${stage}'
  location: location
  properties: {
    addressSpace: { addressPrefixes: ['10.0.0.0/16'] }
    subnets: [for (name, i) in names: { name: name, properties: { addressPrefix: '10.0.${i}.0/24' } }]
  }
  resource first 'subnets' existing = { name: 'a' }
}
resource accounts 'Microsoft.Storage/storageAccounts@2023-05-01' = [for name in names: {
  name: 'st${name}${uniqueString(resourceGroup().id)}'
  location: location
  kind: 'StorageV2'
  sku: { name: 'Standard_ZRS' }
  properties: { networkAcls: { defaultAction: 'Deny', virtualNetworkRules: [{ id: vnet::first.id }] } }
}]
resource address 'Microsoft.Network/publicIPAddresses@2023-11-01' = if (stage == 'prod') {
  name: 'pip-${stage}'
  location: location
  sku: { name: 'Standard' }
  zones: [for i in range(1, 2): string(i)]
  properties: { publicIPAllocationMethod: 'Static' }
}
module vault 'parts/vault.bicep' = { name: 'vault', params: { name: 'kv-${stage}' } }
";
    let vault = "param name string
resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: name
  location: resourceGroup().location
  properties: { tenantId: subscription().tenantId, sku: { family: 'A', name: 'standard' } }
}
";
    let server = "param stage string
resource server 'Microsoft.Sql/servers@2023-08-01' = {
  name: 'sql-${stage}'
  location: 'westeurope'
";
    let rule = "properties: { startIpAddress: '0.0.0.0', endIpAddress: '0.0.0.0' }";
    let type_ = "Microsoft.Sql/servers/firewallRules@2023-08-01";
    let nested = format!("{server}  resource azure 'firewallRules' = {{\n    name: 'azure'\n    {rule}\n  }}\n}}\n");
    let parent =
        format!("{server}}}\nresource azure '{type_}' = {{\n  parent: server\n  name: 'azure'\n  {rule}\n}}\n");
    let slash = format!("{server}}}\nresource azure '{type_}' = {{\n  name: '${{server.name}}/azure'\n  {rule}\n}}\n");
    let files = |name: &str, text: &str| vec![(name.to_owned(), text.to_owned())];
    let with_vault = [files("main.bicep", bicep), files("parts/vault.bicep", vault)].concat();
    vec![
        ("JSON as Bicep", files("main.json", json), with_vault.clone()),
        ("Bicep as JSON", with_vault, files("main.json", json)),
        ("a child that stands by itself", files("main.bicep", &nested), files("main.bicep", &parent)),
        ("a child with its whole name", files("main.bicep", &parent), files("main.bicep", &slash)),
    ]
}

#[test]
fn other_forms_of_a_template_are_silent() {
    for (what, old, new) in forms() {
        let folder = Folder::with(&[]);
        for (side, files) in [("old", old), ("new", new)] {
            files.iter().for_each(|(path, text)| folder.write(&format!("{side}/{path}"), text));
        }
        let run = folder.run(&["diff", "old", "new", "--format", "json", "--exit-code"]);
        assert_eq!((run.status, run.report["compared"].as_u64()), (0, Some(1)), "{what}: {}", run.stdout);
        assert!(run.report["unchanged"].as_u64() > Some(1), "{what}: {}", run.stdout);
    }
}

#[test]
fn files_that_get_another_name_or_folder_are_silent() {
    let folder = Folder::with(&[]);
    folder.git(&["init", "-q", "-b", "main"]);
    let pages = pages();
    pages.iter().for_each(|(name, text)| folder.write(&format!("infra/{name}.bicep"), text));
    folder.commit();
    std::fs::create_dir(folder.path("deploy")).unwrap();
    for (name, _) in &pages {
        let new = name.replace("Azure-", "renamed-");
        std::fs::rename(folder.path(&format!("infra/{name}.bicep")), folder.path(&format!("deploy/{new}.bicep")))
            .unwrap();
    }
    folder.git(&["add", "-A"]);
    let run = folder.run(&["diff", "HEAD", "--format", "json", "--exit-code"]);
    assert_eq!((run.status, run.report["compared"].as_u64()), (0, Some(pages.len() as u64)), "{}", run.stdout);
}
