use std::fs;

use super::super::inputs::read;
use super::*;
use crate::read::Sources;

const TEMPLATE: &str = r#"{"contentVersion": "1.0.0.0", "resources": []}"#;
const PARAMETERS: &str = r#"{"contentVersion": "1.0.0.0", "parameters": {}}"#;

fn linked(template: &str) -> String {
    format!(r#"{{"contentVersion": "1.0.0.0", "metadata": {{"template": "{template}"}}, "parameters": {{}}}}"#)
}

fn using(path: &str) -> String {
    let deployment = format!(
        r#"{{"type": "Microsoft.Resources/deployments", "properties": {{"templateLink": {{"relativePath": "{path}"}}}}}}"#
    );
    format!(r#"{{"contentVersion": "1.0.0.0", "resources": [{deployment}]}}"#)
}

/// Links all files of a folder (or only those named), and shows the entries as `parameters -> template`.
fn run(files: &[(&str, String)], named: &[&str]) -> (Vec<String>, Links) {
    let dir = tempfile::tempdir().unwrap();
    let base = fs::canonicalize(dir.path()).unwrap();
    for (name, text) in files {
        let path = base.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let explicit = !named.is_empty();
    let mut names: Vec<&str> = if explicit { named.to_vec() } else { files.iter().map(|f| f.0).collect() };
    names.sort_unstable();
    let wanted = names.iter().map(|n| Wanted { path: base.join(n), explicit, judged: true, bicep: false }).collect();
    let (sources, roots) = (Sources::new(), Roots::new(None, &base));
    let mut inputs = read(&sources, wanted);
    let restored = |_: &Path, _: &str| Err("it is not restored".to_owned());
    let finder = Finder::new(&roots, &restored, &sources);
    let more = missing(&inputs, &finder);
    inputs.extend(read(&sources, more));
    let same = crate::walk::claims::claims(&inputs);
    let generated = same.iter().map(|c| (c.template.path.clone(), c.sources[0].path.clone())).collect();
    let links = link(&inputs, &finder, generated);
    let name = |p: &Path| super::super::root::relative(p, &base);
    let show = |e: &Entry| match e {
        Entry::Deployment { template, parameters: Some(p) } => format!("{} -> {}", name(p), name(template)),
        Entry::Deployment { template, parameters: None } => name(template),
        Entry::Resources { file } => format!("resources {}", name(file)),
    };
    (links.entries.iter().map(show).collect(), links)
}

fn entries_of(files: &[(&str, &str)]) -> Vec<String> {
    run(&files.iter().map(|(n, t)| (*n, (*t).to_owned())).collect::<Vec<_>>(), &[]).0
}

#[test]
fn parameter_files_belong_by_name() {
    let found = entries_of(&[
        ("azuredeploy.json", TEMPLATE),
        ("azuredeploy.parameters.json", PARAMETERS),
        ("azuredeploy.parameters.us.json", PARAMETERS),
        ("azuredeploy.parameters-dev.json", PARAMETERS),
        ("Main.json", TEMPLATE),
        ("main.prod.parameters.json", PARAMETERS),
        ("alone.json", TEMPLATE),
    ]);
    assert_eq!(
        found,
        [
            "alone.json",
            "azuredeploy.parameters-dev.json -> azuredeploy.json",
            "azuredeploy.parameters.json -> azuredeploy.json",
            "azuredeploy.parameters.us.json -> azuredeploy.json",
            "main.prod.parameters.json -> Main.json",
        ]
    );
}

#[test]
fn what_the_portal_exports_belongs_together() {
    let found =
        entries_of(&[("template.json", TEMPLATE), ("parameters.json", PARAMETERS), ("b/parameters.json", PARAMETERS)]);
    assert_eq!(found, ["parameters.json -> template.json"]);
    let (found, _) =
        run(&[("template.json", TEMPLATE.to_owned()), ("Parameters.json", PARAMETERS.to_owned())], &["template.json"]);
    assert_eq!(found, ["Parameters.json -> template.json"]);
}

#[test]
fn the_closest_name_wins() {
    let found = entries_of(&[("a.json", TEMPLATE), ("a.dev.json", TEMPLATE), ("a.dev.parameters.json", PARAMETERS)]);
    assert_eq!(found, ["a.dev.parameters.json -> a.dev.json", "a.json"]);
}

#[test]
fn a_metadata_link_outranks_the_name() {
    let files = [
        ("t/one.json", TEMPLATE.to_owned()),
        ("t/two.json", TEMPLATE.to_owned()),
        ("t/one.parameters.json", linked("./two.json")),
        ("p/x.json", linked("t/one.json")),
    ];
    assert_eq!(run(&files, &[]).0, ["p/x.json -> t/one.json", "t/one.parameters.json -> t/two.json"]);
}

#[test]
fn a_parameter_file_without_its_template_is_a_warning() {
    let files = [
        ("x.json", PARAMETERS.to_owned()),
        ("y.json", linked("./gone.json")),
        ("z.json", linked("https://example.com/t.json")),
        ("o.json", linked("../../../../etc/hostname")),
        ("n.json", linked("./n.txt")),
        ("n.txt", "hello".to_owned()),
    ];
    let (found, links) = run(&files, &["x.json", "y.json", "z.json", "o.json", "n.json"]);
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(links.unlinked.len(), 5);
    assert!(links.diagnostics.iter().all(|d| d.level == Level::Warning && d.code == "template-not-found"));
}

#[test]
fn a_file_that_is_named_brings_what_belongs_to_it() {
    let files = [
        ("t.json", TEMPLATE.to_owned()),
        ("t.parameters.json", PARAMETERS.to_owned()),
        ("t.parameters.x.json", linked("./u.json")),
        ("u.json", TEMPLATE.to_owned()),
    ];
    assert_eq!(run(&files, &["t.json"]).0, ["t.parameters.json -> t.json"]);
    assert_eq!(run(&files, &["t.parameters.x.json"]).0, ["t.parameters.x.json -> u.json"]);
    assert_eq!(run(&files, &["u.json"]).0, ["u.json"]);
}

#[test]
fn what_another_template_uses_is_no_entry_point() {
    let files = [
        ("main.json", using("nested/a.json")),
        ("nested/a.json", using("b.json")),
        ("nested/b.json", TEMPLATE.to_owned()),
        ("nested/c.json", TEMPLATE.to_owned()),
    ];
    let (found, links) = run(&files, &[]);
    assert_eq!(found, ["main.json", "nested/c.json"]);
    assert_eq!(links.used.len(), 4);
    // With parameters of its own, it is one.
    let files = [files.to_vec(), vec![("nested/a.parameters.json", PARAMETERS.to_owned())]].concat();
    assert_eq!(run(&files, &[]).0, ["main.json", "nested/a.parameters.json -> nested/a.json", "nested/c.json"]);
}

#[test]
fn a_ring_of_templates_is_entered_once() {
    let files = [("a.json", using("b.json")), ("b.json", using("a.json")), ("c.json", using("c.json"))];
    assert_eq!(run(&files, &[]).0, ["a.json", "c.json"]);
}

#[test]
fn compiled_bicep_is_judged_through_its_source() {
    let compiled = r#"{"contentVersion": "1.0.0.0", "metadata": {"_generator": {"name": "bicep"}}, "resources": []}"#;
    let files = [
        ("main.bicep", String::new()),
        ("main.json", compiled.to_owned()),
        ("main.parameters.json", PARAMETERS.to_owned()),
        ("other.json", compiled.to_owned()),
    ];
    assert_eq!(run(&files, &[]).0, ["main.parameters.json -> main.bicep", "other.json"]);
    assert_eq!(run(&files, &["other.json"]).0, ["other.json"]);
    assert_eq!(run(&files, &["main.json"]).0, ["main.parameters.json -> main.json"]);
}

#[test]
fn exported_resources_are_entries() {
    assert_eq!(entries_of(&[("r.json", r#"[{"type": "Microsoft.A/b", "name": "x"}]"#)]), ["resources r.json"]);
}

#[test]
fn bicep_modules_and_parameter_files() {
    let files = [
        ("main.bicep", "module a './m/a.bicep' = { name: 'a' }".to_owned()),
        ("main.bicepparam", "using './main.bicep'".to_owned()),
        ("m/a.bicep", String::new()),
        ("m/b.bicep", "module c 'br:x/y:1' = { name: 'c' }".to_owned()),
        ("base.bicepparam", "using none".to_owned()),
        ("far.bicepparam", "using 'br:x/y:1'".to_owned()),
        ("old.parameters.json", linked("./m/b.bicep")),
    ];
    let (found, links) = run(&files, &[]);
    assert_eq!(found, ["main.bicepparam -> main.bicep", "old.parameters.json -> m/b.bicep"]);
    assert_eq!(links.unlinked.len(), 2);
    assert_eq!(links.diagnostics.len(), 1);
}
