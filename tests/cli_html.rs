//! `scan --format html`: what the page holds, as its script reads it.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Folder, Run};
use serde_json::Value;

const TLS: &str = "Azure.Storage.MinTLS";

const MODULE: &str = "param tls string
resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: 'stmodule'
  location: 'westeurope'
  kind: 'StorageV2'
  sku: { name: 'Standard_GRS' }
  properties: { minimumTlsVersion: tls }
}
";

/// The data of a page.
fn data(page: &str) -> Value {
    let (_, rest) = page.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

fn scan(folder: &Folder, args: &[&str]) -> Run {
    folder.run(&[&["scan", "--format", "html", "--rule", TLS], args].concat())
}

fn numbers(list: &Value) -> Vec<usize> {
    list.as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect()
}

fn text(data: &Value, number: &Value) -> String {
    data["strings"][number.as_u64().unwrap() as usize].as_str().unwrap().to_owned()
}

/// `file:line text` of a place.
fn place(data: &Value, number: usize) -> String {
    let p = |column: &str| &data["places"][column][number];
    let file = &data["files"][p("file").as_u64().unwrap() as usize]["path"];
    format!("{}:{} {}", file.as_str().unwrap(), p("line"), text(data, p("text")))
}

/// Each box and node of the tree, `outer/label`, with the number of findings on it.
fn tree(data: &Value) -> Vec<(String, usize)> {
    let mut names: Vec<String> = Vec::new();
    let mut out = Vec::new();
    for (i, within) in data["boxes"]["within"].as_array().unwrap().iter().enumerate() {
        let outer = usize::try_from(within.as_i64().unwrap()).map(|w| format!("{}/", names[w])).unwrap_or_default();
        names.push(outer + &text(data, &data["boxes"]["label"][i]));
        out.push((names[i].clone(), data["boxes"]["findings"][i].as_array().unwrap().len()));
    }
    for (i, within) in numbers(&data["nodes"]["within"]).into_iter().enumerate() {
        let label = format!("{}/{}", names[within], text(data, &data["nodes"]["label"][i]));
        out.push((label, data["nodes"]["findings"][i].as_array().unwrap().len()));
    }
    out
}

fn statuses(data: &Value) -> Vec<String> {
    let of = |n: usize| data["statuses"][n].as_str().unwrap().to_owned();
    numbers(&data["findings"]["status"]).into_iter().map(of).collect()
}

#[test]
fn the_way_from_the_parameter_file_the_fix_and_the_tree_are_there() {
    let folder = Folder::with(&[]);
    folder.write("modules/store.bicep", MODULE);
    folder.write(
        "main.bicep",
        "param minTls string\nmodule store 'modules/store.bicep' = {\n  params: { tls: minTls }\n}\n",
    );
    folder.write("prod.bicepparam", "using 'main.bicep'\nparam minTls = 'TLS1_0'\n");
    folder.write("old.bicep", &MODULE.replace("tls }", "'TLS1_1' }").replace("stmodule", "stold"));
    let run = scan(&folder, &[]);
    assert_eq!(run.status, 1);
    let data = data(&run.stdout);
    let findings = &data["findings"];
    let first = place(&data, findings["place"][0].as_u64().unwrap() as usize);
    assert_eq!(first, "old.bicep:7 properties: { minimumTlsVersion: 'TLS1_1' }");
    let fix = findings["fix"][0].as_u64().unwrap() as usize;
    assert_eq!(
        text(&data, &data["fixes"]["diff"][fix]),
        "-properties: { minimumTlsVersion: 'TLS1_1' }\n+properties: { minimumTlsVersion: 'TLS1_2' }"
    );
    let way = findings["ways"][1][0].as_u64().unwrap() as usize;
    let steps = numbers(&data["ways"][way]).into_iter().map(|s| data["steps"]["place"][s].as_u64().unwrap() as usize);
    assert_eq!(
        steps.map(|p| place(&data, p)).collect::<Vec<_>>(),
        [
            "prod.bicepparam:2 param minTls = 'TLS1_0'",
            "main.bicep:3 params: { tls: minTls }",
            "modules/store.bicep:7 properties: { minimumTlsVersion: tls }"
        ]
    );
    let on = |name: &str, n| (name.to_owned(), n);
    assert_eq!(
        tree(&data),
        [
            on("old.bicep", 0),
            on("prod.bicepparam", 0),
            on("prod.bicepparam/store", 0),
            on("old.bicep/account", 1),
            on("prod.bicepparam/store/account", 1)
        ]
    );
    assert!(scan(&folder, &[]).stdout == run.stdout, "the same input gives the same bytes");
    folder.run(&["scan", "--rule", TLS, "--report", "html=page.html"]);
    assert!(folder.read("page.html") == run.stdout, "one report of several is the same");
}

#[test]
fn what_changed_since_a_revision_is_told() {
    let folder = Folder::with(&[]);
    let account =
        |name: &str| MODULE.replace("param tls string\n", "").replace("tls }", "'TLS1_0' }").replace("stmodule", name);
    folder.git(&["init", "-q", "-b", "main"]);
    folder.write("stays.bicep", &account("ststays"));
    folder.write("goes.bicep", &account("stgoes"));
    folder.commit();
    std::fs::remove_file(folder.path("goes.bicep")).unwrap();
    // Not alike, or it would be the other under a new name.
    let other = "resource fresh 'Microsoft.Storage/storageAccounts@2024-01-01' = { name: 'stcomes', properties: { minimumTlsVersion: 'TLS1_1' } }";
    folder.write("comes.bicep", other);
    let run = scan(&folder, &["--since", "HEAD"]);
    let text = folder.run(&["scan", "--format", "text", "--rule", TLS, "--since", "HEAD"]);
    assert!(text.stdout.contains("1 new, 0 changed, 1 unchanged, 1 fixed since HEAD"), "{}", text.stdout);
    let said = run.stdout.split_once("<header>").and_then(|(_, rest)| rest.split_once("</header>")).unwrap().0;
    assert!(said.contains("1 new, 0 changed, 1 unchanged, 1 fixed since HEAD"), "{said}");
    assert!(said.contains("<h1>1 finding</h1>"), "{said}");
    let data = data(&run.stdout);
    assert_eq!(statuses(&data), ["new", "unchanged"]);
    // What is deployed is what is there now, the unchanged part of it, too.
    let names: Vec<String> = tree(&data).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["comes.bicep", "stays.bicep", "comes.bicep/fresh", "stays.bicep/account"]);
    let (_, fixed) = run.stdout.split_once("<h2 id=\"fixed-title\">").unwrap();
    assert!(fixed.split_once("</section>").unwrap().0.contains("goes.bicep:6"), "{fixed}");
}

#[test]
fn accepted_and_unknown_and_broken_are_there_and_secrets_are_not() {
    let folder = Folder::with(&[]);
    folder.write(
        "main.bicep",
        &format!(
            "// armlint: ignore-resource {TLS} -- a test system\n{}",
            MODULE.replace("param tls string\n", "").replace("tls }", "'TLS1_0' }")
        ),
    );
    folder.write("open.bicep", MODULE);
    folder.write("broken.json", "{ \"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\", \"resources\": [");
    folder.write(
        "secret.bicep",
        "@secure()\nparam key string = 'hunter2secret'\nresource s 'Microsoft.Storage/storageAccounts@2023-05-01' = { name: 'sts', location: 'westeurope', tags: { k: key }, properties: { minimumTlsVersion: 'TLS1_0' } }\n",
    );
    let run = scan(&folder, &[]);
    let data = data(&run.stdout);
    assert_eq!(statuses(&data), ["open", "accepted in the source"]);
    assert_eq!(text(&data, &data["findings"]["reason"][1]), "a test system");
    let part = |id: &str| {
        let (_, rest) = run.stdout.split_once(&format!("<section id=\"{id}\"")).unwrap();
        rest.split_once("</section>").unwrap().0.to_owned()
    };
    assert!(part("unknown").contains(TLS), "{}", part("unknown"));
    assert!(part("not-analysed").contains("broken.json"), "{}", part("not-analysed"));
    assert!(!run.stdout.contains("hunter2"));
}
