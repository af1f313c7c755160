use std::fs;

use super::*;
use crate::report::FileStatus;
use crate::walk::Roots;

/// Writes down what it is asked to judge, and panics at a resource type that asks for it.
#[derive(Default)]
struct Clerk(std::sync::Mutex<Vec<String>>);

impl Clerk {
    fn note(&self, text: String) -> Vec<CheckResult> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(text);
        Vec::new()
    }
}

impl Judge for Clerk {
    fn rule(&self, _: &str) -> Option<Arc<Rule>> {
        None
    }

    fn deployment(&self, deployed: &Deployed, _path: &Path, name: &str) -> Vec<CheckResult> {
        assert!(deployed.resources.iter().all(|r| r.type_ != "Test.Panic/now"), "panic was asked for\nand more");
        self.note(format!("deployment {name}: {}", deployed.resources.len()))
    }

    fn resources(&self, resources: &[Value], _path: &Path) -> Vec<CheckResult> {
        self.note(format!("resources: {}", resources.len()))
    }

    fn file(&self, _: &Project, input: &Input, name: &str, _template: Option<&str>) -> Vec<CheckResult> {
        self.note(format!("file {name}: {}", input.kind.as_str()))
    }

    fn rules(&self) -> usize {
        7
    }

    fn accept(&self, _: &Looked<'_>, _: &mut Vec<CheckResult>) -> Vec<Diagnostic> {
        Vec::new()
    }
}

const PARAMETERS: &str = r#"{"contentVersion": "1.0.0.0", "parameters": {}}"#;

fn template(resources: &str) -> String {
    format!(r#"{{"contentVersion": "1.0.0.0", "resources": [{resources}]}}"#)
}

fn resource(type_: &str) -> String {
    format!(r#"{{"type": "{type_}", "apiVersion": "2021-01-01", "name": "x"}}"#)
}

struct Run {
    scanned: Scanned,
    judged: Vec<String>,
}

impl Run {
    fn files(&self) -> Vec<String> {
        let name = |p: &Path| relative(p, &self.scanned.root);
        let line = |f: &FileRecord| format!("{} {} {}: {}", name(&f.path), f.kind, f.status.as_str(), f.reason);
        self.scanned.files.iter().map(|f| line(f).trim_end_matches([' ', ':']).to_owned()).collect()
    }

    fn codes(&self) -> Vec<&'static str> {
        self.scanned.diagnostics.iter().map(|d| d.code).collect()
    }
}

fn run(files: &[(&str, &str)], change: impl FnOnce(&mut Request<'_>)) -> Result<Run, ScanError> {
    let dir = tempfile::tempdir().unwrap();
    let base = fs::canonicalize(dir.path()).unwrap();
    for (name, text) in files {
        fs::create_dir_all(base.join(name).parent().unwrap()).unwrap();
        fs::write(base.join(name), text).unwrap();
    }
    let project = Project::new(Roots::new(None, &base), None);
    let config = Config::default();
    let mut request = Request {
        paths: vec![".".into()],
        parameters: Vec::new(),
        patterns: Patterns::default(),
        config: &config,
        now: None,
        shard: None,
        require_modules: false,
    };
    change(&mut request);
    let clerk = Clerk::default();
    let scanned = scan(&project, &request, &clerk, &mut Memory::default())?;
    let mut judged = clerk.0.into_inner().unwrap();
    judged.sort();
    Ok(Run { scanned, judged })
}

#[test]
fn every_file_is_accounted_for() {
    let good = template(&resource("Microsoft.Storage/storageAccounts"));
    let files = [
        ("a.json", good.as_str()),
        ("a.parameters.json", PARAMETERS),
        ("lost.parameters.json", PARAMETERS),
        ("export.json", r#"[{"type": "Microsoft.A/b", "name": "x"}, 3]"#),
        ("package.json", r#"{"name": "p"}"#),
        ("broken.json", r#"{"name": "p" "q": }"#),
        ("partly.json", r#"{"contentVersion": "1.0.0.0" "resources": []}"#),
        ("node_modules/x.json", good.as_str()),
    ];
    let run = run(&files, |_| ()).unwrap();
    assert_eq!(
        run.judged,
        [
            "deployment a.parameters.json: 1",
            "deployment partly.json: 0",
            "file a.json: template",
            "file a.parameters.json: parameters",
            "file broken.json: other",
            "file export.json: resources",
            "file lost.parameters.json: parameters",
            "file package.json: other",
            "file partly.json: template",
            "resources: 2",
        ]
    );
    let files = run.files();
    let short: Vec<&str> = files.iter().map(|f| f.split(": ").next().unwrap()).collect();
    assert_eq!(
        short,
        [
            "a.json template analysed",
            "a.parameters.json parameters analysed",
            "broken.json other skipped",
            "export.json resources partly",
            "lost.parameters.json parameters partly",
            "node_modules folder skipped",
            "package.json other skipped",
            "partly.json template partly",
        ]
    );
    assert!(files[2].ends_with("and its JSON is broken (line 1)"), "{}", files[2]);
    assert!(run.codes().contains(&"template-not-found") && run.codes().contains(&"not-a-resource"));
    assert_eq!(run.scanned.stats, Stats { deployments: 2, resources: 2, rules: 7 });
    assert!(run.scanned.files.iter().all(|f| f.status == FileStatus::Analysed || !f.reason.is_empty()));
}

#[test]
fn a_panic_loses_one_entry_point() {
    let (bad, good) = (template(&resource("Test.Panic/now")), template(&resource("Test.Fine/now")));
    let run = run(&[("a.json", &bad), ("b.json", &good)], |_| ()).unwrap();
    assert!(run.judged.contains(&"deployment b.json: 1".to_owned()));
    assert_eq!(run.files()[0], "a.json template failed: lost to a mistake of armlint");
    let message = &run.scanned.diagnostics[0].message;
    assert!(message.contains("(panic was asked for)"), "{message}");
}

#[test]
fn parameters_of_the_command_line_are_the_only_ones() {
    let text = template("");
    let files = [
        ("t.json", text.as_str()),
        ("t.parameters.json", PARAMETERS),
        ("p/one.json", PARAMETERS),
        ("u.json", text.as_str()),
    ];
    let with = |paths: &[&str], parameters: &[&str]| {
        let all = |list: &[&str]| list.iter().map(PathBuf::from).collect::<Vec<_>>();
        run(&files, |r| (r.paths, r.parameters) = (all(paths), all(parameters)))
    };
    let one = with(&["t.json"], &["p/one.json", "t.parameters.json"]).unwrap();
    let deployments: Vec<_> = one.judged.iter().filter(|j| j.starts_with("deployment")).collect();
    assert_eq!(deployments, ["deployment p/one.json: 0", "deployment t.parameters.json: 0"]);
    assert!(one.judged.contains(&"file p/one.json: parameters".to_owned()));
    assert!(matches!(with(&["t.json", "u.json"], &["p/one.json"]), Err(ScanError::NotOneTemplate(2))));
    assert!(matches!(with(&["t.json"], &["u.json"]), Err(ScanError::NotParameters { .. })));
    // Without any, a template that is named brings what lies beside it.
    let alone = with(&["t.json"], &[]).unwrap();
    assert_eq!(alone.judged, ["deployment t.parameters.json: 0", "file t.json: template"]);
}

#[test]
fn shards_part_the_work_and_account_for_the_rest() {
    let text = template("");
    let names: Vec<String> = (0..20).map(|i| format!("{i}.json")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|n| (n.as_str(), text.as_str())).collect();
    let mut judged = Vec::new();
    for i in 1..=3 {
        let part = run(&files, |r| r.shard = format!("{i}/3").parse().ok()).unwrap();
        assert_eq!(part.scanned.files.len(), 20);
        let elsewhere = part.files().iter().filter(|f| f.ends_with("belongs to another shard")).count();
        assert_eq!(elsewhere + part.scanned.stats.deployments, 20);
        judged.extend(part.judged);
    }
    assert_eq!(judged.iter().filter(|j| j.starts_with("deployment")).count(), 20);
    assert_eq!(judged.len(), 40);
}

#[test]
fn linked_templates_are_read_through_their_callers() {
    let link = r#"{"type": "Microsoft.Resources/deployments", "apiVersion": "2021-04-01", "name": "n", "properties":
        {"mode": "Incremental", "templateLink": {"relativePath": "sub/n.json"}}}"#;
    let (main, nested) = (template(link), template(&resource("Test.Fine/now")));
    let run = run(&[("main.json", &main), ("sub/n.json", &nested)], |_| ()).unwrap();
    assert!(run.judged.contains(&"deployment main.json: 2".to_owned()), "{:?}", run.judged);
    assert_eq!(run.files(), ["main.json template analysed", "sub/n.json template analysed"]);
}

/// A template that says Bicep generated it.
fn compiled(resources: &str) -> String {
    let metadata = r#""metadata": {"_generator": {"name": "bicep", "version": "0.30.3", "templateHash": "1"}}"#;
    format!(r#"{{"contentVersion": "1.0.0.0", {metadata}, "resources": [{resources}]}}"#)
}

const BICEP: &str = "param tls string = 'TLS1_2'
param more bool = false
resource a 'Microsoft.Storage/storageAccounts@2023-01-01' = {
  name: 'abc'
  location: resourceGroup().location
  properties: { minimumTlsVersion: tls }
}
resource b 'Microsoft.Storage/storageAccounts@2023-01-01' = if (more) { name: 'def', location: 'westeurope' }
";

/// What `bicep build` makes of it, with the default of one parameter and the condition of one resource.
fn of_bicep(default: &str, condition: &str) -> String {
    compiled(&format!(
        r#"{{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "abc",
          "location": "[resourceGroup().location]", "properties": {{"minimumTlsVersion": "[parameters('tls')]"}}}},
        {{"condition": "{condition}", "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01",
          "name": "def", "location": "westeurope"}}"#
    ))
    .replace(
        r#""resources""#,
        &format!(
            r#""parameters": {{"tls": {{"type": "string", "defaultValue": "{default}"}},
            "more": {{"type": "bool", "defaultValue": false}}}}, "resources""#
        ),
    )
}

#[test]
fn compiled_bicep_is_left_out_if_it_makes_the_same() {
    let same = of_bicep("TLS1_2", "[parameters('more')]");
    for (json, bicep) in [
        ("main.json", "main.bicep"),
        ("azuredeploy.json", "main.bicep"),
        ("arm/main.json", "bicep/main.bicep"),
        ("compiled/main.json", "main.bicep"),
        ("infra/arm/x.json", "infra/x.bicep"),
        ("x.json", "bicep/x.bicep"),
    ] {
        let run = run(&[(json, &same), (bicep, BICEP)], |_| ()).unwrap();
        assert_eq!(run.codes(), Vec::<&str>::new(), "{json}");
        let file = run.files().into_iter().find(|f| f.starts_with(json)).unwrap();
        assert!(file.starts_with(&format!("{json} template generated: compiled from ")), "{file}");
        assert!(run.judged.iter().all(|j| !j.starts_with(&format!("file {json}"))), "{:?}", run.judged);
        assert_eq!(run.scanned.stats.deployments, 1);
    }
}

#[test]
fn what_only_says_that_bicep_generated_it_is_judged() {
    let fine = of_bicep("TLS1_2", "[parameters('more')]");
    let planted = fine.replace(r#""resources": ["#, &format!(r#""resources": [{}, "#, resource("Test.Other/now")));
    for (what, json) in [
        ("another resource", planted.as_str()),
        ("another default", &of_bicep("TLS1_0", "[parameters('more')]")),
        ("another condition", &of_bicep("TLS1_2", "[not(parameters('more'))]")),
        ("no condition on what is off by default", &of_bicep("TLS1_2", "[true()]")),
        ("another value", &fine.replace("[parameters('tls')]", "TLS1_2")),
        ("another version", &fine.replacen("2023-01-01", "2022-09-01", 1)),
        ("an output", &fine.replacen('{', r#"{"outputs": {"o": {"type": "string", "value": "x"}}, "#, 1)),
    ] {
        let run = run(&[("main.json", json), ("main.bicep", BICEP)], |_| ()).unwrap();
        assert_eq!(run.codes(), ["generated-differs"], "{what}");
        assert_eq!(run.files(), ["main.bicep bicep analysed", "main.json template analysed"], "{what}");
        assert_eq!(run.scanned.stats.deployments, 2, "{what}");
    }
    let lost = [
        ("a Bicep file that fails", fine.as_str(), "resource a 'Microsoft.A/b@2023-01-01' = { name: missing }"),
        ("a module that was not restored", &fine, "module m 'br:x.azurecr.io/y:1' = { name: 'm' }"),
        ("one that is not scanned", &fine, ""),
    ];
    for (what, json, bicep) in lost {
        let mut files = vec![("main.json", json), ("main.bicep", bicep)];
        files.truncate(if bicep.is_empty() { 1 } else { 2 });
        let run = run(&files, |_| ()).unwrap();
        assert!(!run.codes().contains(&"generated-differs"), "{what}");
        assert!(run.files().contains(&"main.json template analysed".to_owned()), "{what}: {:?}", run.files());
    }
}

#[test]
fn a_parameter_file_of_a_compiled_template_is_for_its_source() {
    let same = of_bicep("TLS1_2", "[parameters('more')]");
    let other = of_bicep("TLS1_1", "[parameters('more')]");
    for (json, deployed) in [(same, 1), (other, 2)] {
        let files = [("main.json", json.as_str()), ("main.bicep", BICEP), ("main.parameters.json", PARAMETERS)];
        let run = run(&files, |_| ()).unwrap();
        assert_eq!(run.scanned.stats.deployments, deployed);
        assert!(run.judged.contains(&"deployment main.parameters.json: 1".to_owned()), "{:?}", run.judged);
    }
}

#[test]
fn outputs_of_modules_in_groups_are_compared_however_the_compiler_writes_their_ids() {
    let bicep = "targetScope = 'subscription'
param group string
resource rg 'Microsoft.Resources/resourceGroups@2022-09-01' = { name: 'rg-${group}', location: 'westeurope' }
module a 'a.bicep' = { name: 'a', scope: rg, params: { name: group } }
module b 'b.bicep' = { name: 'b', scope: rg, params: { id: a.outputs.id } }
";
    let a = "param name string
resource s 'Microsoft.Storage/storageAccounts@2023-01-01' = { name: name, location: 'westeurope' }
output id string = s.id
";
    let b = "param id string
resource w 'Microsoft.Web/sites@2023-01-01' = { name: 'w', location: 'westeurope', properties: { serverFarmId: id } }
";
    let module = |name: &str, parameters: &str, inner: &str| {
        format!(
            r#"{{"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "{name}",
          "resourceGroup": "[format('rg-{{0}}', parameters('group'))]", "properties": {{
            "expressionEvaluationOptions": {{"scope": "inner"}}, "mode": "Incremental", "parameters": {{{parameters}}},
            "template": {{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
              "contentVersion": "1.0.0.0", {inner}}}}}}}"#
        )
    };
    let first = module(
        "a",
        r#""name": {"value": "[parameters('group')]"}"#,
        r#""parameters": {"name": {"type": "string"}}, "resources": [{"type": "Microsoft.Storage/storageAccounts",
          "apiVersion": "2023-01-01", "name": "[parameters('name')]", "location": "westeurope"}],
          "outputs": {"id": {"type": "string", "value": "[resourceId('Microsoft.Storage/storageAccounts', parameters('name'))]"}}"#,
    );
    let scope = "format('/subscriptions/{0}/resourceGroups/{1}', subscription().subscriptionId, format('rg-{0}', parameters('group')))";
    let id = format!("extensionResourceId({scope}, 'Microsoft.Resources/deployments', 'a')");
    let second = module(
        "b",
        &format!(r#""id": {{"value": "[reference({id}, '2022-09-01').outputs.id.value]"}}"#),
        r#""parameters": {"id": {"type": "string"}}, "resources": [{"type": "Microsoft.Web/sites", "apiVersion": "2023-01-01",
          "name": "w", "location": "westeurope", "properties": {"serverFarmId": "[parameters('id')]"}}]"#,
    );
    let group = r#"{"type": "Microsoft.Resources/resourceGroups", "apiVersion": "2022-09-01",
          "name": "[format('rg-{0}', parameters('group'))]", "location": "westeurope"}"#;
    let json = compiled(&format!("{group}, {first}, {second}"))
        .replacen('{', r#"{"$schema": "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#", "#, 1)
        .replacen(r#""resources": ["#, r#""parameters": {"group": {"type": "string"}}, "resources": ["#, 1);
    let run = run(&[("main.json", &json), ("main.bicep", bicep), ("a.bicep", a), ("b.bicep", b)], |_| ()).unwrap();
    assert_eq!(run.codes(), Vec::<&str>::new());
    assert!(run.files().iter().any(|f| f.starts_with("main.json template generated")), "{:?}", run.files());
}

#[test]
fn modules_and_loops_are_compared_too() {
    let bicep = "param names array
module m 'm.bicep' = [for (n, i) in names: { name: 'm-${n}', params: { n: n, i: i } }]
";
    let module = "param n string
param i int
resource a 'Microsoft.Storage/storageAccounts@2023-01-01' = { name: '${n}${i}', location: 'westeurope' }
";
    let nested = |location: &str| {
        compiled(&format!(
            r#"{{"copy": {{"name": "m", "count": "[length(parameters('names'))]"}}, "type": "Microsoft.Resources/deployments",
          "apiVersion": "2022-09-01", "name": "[format('m-{{0}}', parameters('names')[copyIndex()])]", "properties": {{
            "expressionEvaluationOptions": {{"scope": "inner"}}, "mode": "Incremental",
            "parameters": {{"n": {{"value": "[parameters('names')[copyIndex()]]"}}, "i": {{"value": "[copyIndex()]"}}}},
            "template": {{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
              "contentVersion": "1.0.0.0", "parameters": {{"n": {{"type": "string"}}, "i": {{"type": "int"}}}}, "resources": [
                {{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "location": "{location}",
                  "name": "[format('{{0}}{{1}}', parameters('n'), parameters('i'))]"}}]}}}}}}"#
        ))
        .replacen(r#""resources""#, r#""parameters": {"names": {"type": "array"}}, "resources""#, 1)
    };
    for (location, codes) in [("westeurope", &[][..]), ("northeurope", &["generated-differs"])] {
        let json = nested(location);
        let run = run(&[("main.json", &json), ("main.bicep", bicep), ("m.bicep", module)], |_| ()).unwrap();
        assert_eq!(run.codes(), codes, "{location}");
    }
}

#[test]
fn an_item_of_a_loop_goes_by_its_symbol_or_by_its_id() {
    let account = "resource st 'Microsoft.Storage/storageAccounts@2023-01-01' = [for i in range(0, 2): {\n  name: 'st${i}'\n  location: 'westeurope'\n}]\n";
    let bicep = format!("param index int\n{account}output o string = st[index].properties.accessTier\n");
    let json = compiled(
        r#"{"copy": {"name": "st", "count": 2}, "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01",
            "name": "[format('st{0}', range(0, 2)[copyIndex()])]", "location": "westeurope"}"#,
    )
    .replacen(r#""resources""#, r#""parameters": {"index": {"type": "int"}}, "resources""#, 1)
    .replacen('{', r#"{"outputs": {"o": {"type": "string", "value": "[reference(resourceId('Microsoft.Storage/storageAccounts', format('st{0}', range(0, 2)[parameters('index')])), '2023-01-01').accessTier]"}}, "#, 1);
    let run = run(&[("main.json", &json), ("main.bicep", &bicep)], |_| ()).unwrap();
    assert_eq!(run.codes(), Vec::<&str>::new());
}
