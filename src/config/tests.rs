use std::fs;

use serde_json::json;

use super::*;

fn reach(folder: &std::path::Path) -> Reach {
    Reach::new([absolute(folder)])
}

fn read_text(text: &str) -> Result<Config, ConfigError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c.yaml");
    fs::write(&path, text).unwrap();
    let mut config = load(Some(&path), &[], dir.path(), dir.path(), &reach(dir.path()), &Sources::new())?;
    config.file = None;
    Ok(config)
}

/// The place and message of the error, without the folder.
fn error(text: &str) -> String {
    let message = read_text(text).unwrap_err().to_string();
    message[message.find("c.yaml").unwrap_or(0)..].to_owned()
}

fn warnings(config: &Config) -> Vec<&str> {
    config.diagnostics.iter().map(|d| d.message.as_str()).collect()
}

#[test]
fn our_own_file() {
    let config = read_text(
        "armlint:
  baseline: Azure.GA_2025_06
  fail-on: warning
  files:
    include: ['*.tpl']
    exclude: ['test/**', old/*.json]
  rules:
    include: [Azure.Storage.*]
    exclude: AZR-000123
    levels: { Azure.Storage.Name: note }
  configuration:
    AZURE_VNET_SUBNET_EXCLUDED_FROM_NSG: [AppGw]
  suppressions:
    - rule: Azure.Storage.MinTLS
      targets: [st1]
      reason: Replaced next month.
    - { rule: Azure.Storage.Name }
",
    )
    .unwrap();
    assert_eq!(config.baseline.as_deref(), Some("Azure.GA_2025_06"));
    assert_eq!(config.fail_on, Some(FailOn::Level(Level::Warning)));
    let unused =
        |globs: &[PathGlobs]| globs.iter().flat_map(PathGlobs::unused).map(|(g, _)| g.to_owned()).collect::<Vec<_>>();
    assert_eq!(unused(&config.include_files), ["*.tpl"]);
    assert_eq!(unused(&config.exclude_files), ["test/**", "old/*.json"]);
    assert_eq!(config.include_rules, ["Azure.Storage.*"]);
    assert_eq!(config.exclude_rules, ["AZR-000123"]);
    assert_eq!(config.levels, [("Azure.Storage.Name".to_owned(), Level::Note)]);
    assert_eq!(config.value("azure_vnet_subnet_excluded_from_nsg"), Some(&json!(["AppGw"])));
    assert_eq!(config.suppressions[0].targets.as_deref(), Some(&["st1".to_owned()][..]));
    assert_eq!(config.suppressions[1].targets, None);
    assert!(config.diagnostics.is_empty());
}

#[test]
fn a_mistake_in_our_own_file_is_an_error_with_its_place() {
    assert_eq!(
        error("armlint:\n  rule:\n    exclude: []\n"),
        "c.yaml:2:3: `rule` is not a key of `armlint`; did you mean `rules`?"
    );
    assert_eq!(
        error("armlint:\n  fail-on: never\n"),
        "c.yaml:2:12: `fail-on` is error, warning, note or none, not `never`"
    );
    assert_eq!(error("armlint:\n  baseline: [a]\n"), "c.yaml:2:13: `baseline` is a string, not a list");
    assert_eq!(
        error("armlint:\nrules: {}\n"),
        "c.yaml:2:1: `rules` stands beside `armlint`; move it below, or remove it"
    );
    assert_eq!(error("armlint:\n  suppressions:\n    - targets: [a]\n"), "c.yaml:3:7: a suppression needs a `rule`");
    assert_eq!(error("- a\n"), "c.yaml:1:1: expected a mapping of options, found a list");
    assert!(error("armlint: [\n").starts_with("c.yaml:"), "{}", error("armlint: [\n"));
}

#[test]
fn options_of_psrule() {
    let config = read_text(
        "# options
include:
  module: [PSRule.Rules.Azure]
requires:
  PSRule.Rules.Azure: '>=1.30.0'
input:
  pathIgnore: ['*', '!infra/**/*.bicep']
execution:
  break: OnWarning
configuration:
  AZURE_BICEP_FILE_EXPANSION: true
  AZURE_RESOURCE_GROUP: { location: westeurope }
rule:
  include: [Azure.AKS.Version]
  exclude: [Azure.Resource.UseTags]
  baseline: Azure.Preview
override:
  level:
    Azure.AKS.Version: Information
suppression:
  Azure.AKS.AuthorizedIPs: [aks-1, aks-2]
  AZR-000001: { targetName: x }
",
    )
    .unwrap();
    assert_eq!(config.ignored, ["*", "!infra/**/*.bicep"]);
    assert_eq!(config.fail_on, Some(FailOn::Level(Level::Warning)));
    assert_eq!(config.include_rules, ["Azure.AKS.Version"]);
    assert_eq!(config.baseline.as_deref(), Some("Azure.Preview"));
    assert_eq!(config.levels, [("Azure.AKS.Version".to_owned(), Level::Note)]);
    assert_eq!(config.suppressions.len(), 2);
    assert_eq!(config.suppressions[1].targets.as_deref(), Some(&["x".to_owned()][..]));
    assert_eq!(warnings(&config), Vec::<&str>::new());
}

#[test]
fn what_is_not_supported_is_said_by_name() {
    let config = read_text(
        "binding: { targetName: [id] }
output: { culture: [en-US], as: Summary }
run: { category: x }
include: { module: [PSRule.Rules.CAF] }
input: { pathIgnore: }
configuration: { AZURE_TERRAFORM_PLAN_EXPANSION: true, AZURE_BICEP_FILE_EXPANSION: false, AZURE_BICEP_CHECK_TOOL: true, MINE: 1 }
",
    )
    .unwrap();
    assert_eq!(
        warnings(&config),
        [
            "the PSRule option `binding.targetName` is not supported with the value `id`: verdicts can differ from PSRule's",
            "the PSRule option `include.module` is not supported with the value `PSRule.Rules.CAF`: verdicts can differ from PSRule's",
            "the configuration key `AZURE_TERRAFORM_PLAN_EXPANSION` is not supported and has no effect",
            "the configuration key `AZURE_BICEP_FILE_EXPANSION` is not supported and has no effect",
            "options of PSRule that change no verdict have no effect here: output.culture, output.as, run.category, AZURE_BICEP_CHECK_TOOL",
        ]
    );
    let rest = read_text(
        "input: { objectPath: a, ignoreGitPath: true, targetTypes: [x] }
execution: { ruleSuppressed: Error, unprocessedObject: Ignore }
binding: { targetName: [Name], useQualifiedName: false }
format: { bicep: { enabled: true, type: ['.bicep'] }, yaml: { type: [.x] }, yml: { type: [.yml] } }
nothing: 1
",
    )
    .unwrap();
    assert_eq!(
        warnings(&rest),
        [
            "the PSRule option `input.objectPath` is not supported: verdicts can differ from PSRule's",
            "`input.targetTypes` is no option of PSRule and has no effect; did you mean `input.targetType`?",
            "the PSRule option `execution.ruleSuppressed` is not supported with the value `Error`: verdicts can differ from PSRule's",
            "the PSRule option `format.yaml.type` is not supported: verdicts can differ from PSRule's",
            "the PSRule option `format.yml.type` is not supported: verdicts can differ from PSRule's",
            "`nothing` is no option of PSRule and has no effect",
        ]
    );
    assert_eq!(
        error("execution:\n  break: Sometimes\n"),
        "c.yaml:2:10: `execution.break` is Never, OnError, OnWarning or OnInformation, not Sometimes"
    );
}

#[test]
fn the_file_is_found_in_the_working_directory() {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    let found = || load(None, &[], dir.path(), dir.path(), &reach(dir.path()), &Sources::new()).unwrap();
    assert!(found().file.is_none());
    put("psrule.yml", "rule: { baseline: C }");
    put("ps-rule.yml", "rule: { baseline: B }");
    let config = found();
    assert_eq!(config.baseline.as_deref(), Some("B"));
    let hidden = |config: &Config| config.diagnostics.iter().filter(|d| d.code == "config-not-read").count();
    assert_eq!(hidden(&config), 1);
    put("armlint.yaml", "armlint: { baseline: A }");
    let config = found();
    assert_eq!(config.baseline.as_deref(), Some("A"));
    assert_eq!(config.diagnostics[0].code, "config-not-read");
    assert_eq!(hidden(&config), 2);
    fs::create_dir(dir.path().join(".ps-rule")).unwrap();
    put(".ps-rule/Org.Rule.ps1", "Rule 'Org.A' {\n}\nRule 'Org.B' {}\n");
    let said = "rules in PowerShell cannot run here, so Org.Rule.ps1 is left out: it holds Org.A, Org.B; write them as *.Rule.yaml";
    assert_eq!(warnings(&found()).last(), Some(&said));
    let found_at = |given| load(given, &[], dir.path(), dir.path(), &reach(dir.path()), &Sources::new());
    assert!(matches!(found_at(Some(Path::new("no.yaml"))), Err(ConfigError::Read { .. })));
}

#[test]
fn the_environment_is_laid_over_the_file() {
    let mut config = read_text("configuration: { A: 1, B: 2 }\nrule: { exclude: [X] }").unwrap();
    let vars = [
        ("PSRULE_CONFIGURATION_a", "true"),
        ("PSRULE_CONFIGURATION_C", "x;y"),
        ("PSRULE_RULE_EXCLUDE", "Y; Z"),
        ("PSRULE_OUTPUT_CULTURE", "en"),
        ("PATH", "/bin"),
    ];
    environment::apply(&mut config, vars.map(|(n, v)| (n.to_owned(), v.to_owned()))).unwrap();
    assert_eq!(config.value("A"), Some(&json!("true")));
    assert_eq!(config.value("B"), Some(&json!("2")));
    assert_eq!(config.value("C"), Some(&json!(["x", "y"])));
    assert_eq!(config.exclude_rules, ["Y", "Z"]);
    assert_eq!(warnings(&config), ["options of PSRule that change no verdict have no effect here: OUTPUT.CULTURE"]);
    let bad = [("PSRULE_EXECUTION_BREAK".to_owned(), "x".to_owned())];
    assert!(environment::apply(&mut config, bad).is_err());
}

#[test]
fn the_context_of_a_scan_is_psrules_unless_configured() {
    let config =
        read_text("configuration: { AZURE_RESOURCE_GROUP: { location: westus, tags: { a: b } }, AZURE_DEPLOYMENT: d }")
            .unwrap();
    let context = context::of_scan(&config, crate::model::ScopeKind::ResourceGroup, None);
    let text = |v: &Option<crate::expand::Value>| v.as_ref().unwrap().as_str().unwrap().to_string();
    assert_eq!(text(&context.subscription_id), "ffffffff-ffff-ffff-ffff-ffffffffffff");
    assert_eq!(text(&context.resource_group), "ps-rule-test-rg");
    assert_eq!(text(&context.location), "westus");
    assert_eq!(text(&context.deployment_name), "d");
    assert!(context.tags.unwrap().get("A").is_some());
    assert!(context.now.is_none());
}

#[cfg(unix)]
#[test]
fn a_file_that_is_found_must_be_one_and_lie_below_the_root() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().unwrap();
    let (root, far) = (dir.path().join("root"), dir.path().join("far.yaml"));
    fs::create_dir(&root).unwrap();
    fs::write(&far, "armlint: {baseline: Azure.GA_2025_06}").unwrap();
    let at = root.join("ps-rule.yaml");
    let found = || load(None, &[], &root, &root, &reach(&root), &Sources::new()).map(|c| c.baseline);
    symlink(&far, &at).unwrap();
    let message = found().unwrap_err().to_string();
    assert!(message.contains("root/ps-rule.yaml") && message.contains("link out of"), "{message}");
    // Named on the command line, it is read wherever it lies.
    let named = load(Some(&at), &[], &root, &root, &reach(&root), &Sources::new()).unwrap();
    assert_eq!(named.baseline.as_deref(), Some("Azure.GA_2025_06"));
    fs::remove_file(&at).unwrap();
    symlink(root.join("gone"), &at).unwrap();
    assert!(found().is_err());
    fs::remove_file(&at).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&at).status().unwrap().success());
    assert!(found().unwrap_err().to_string().contains("no regular file"));
    fs::remove_file(&at).unwrap();
    fs::write(root.join("near"), "armlint: {baseline: Azure.GA_2025_06}").unwrap();
    symlink("near", &at).unwrap();
    assert_eq!(found().unwrap().as_deref(), Some("Azure.GA_2025_06"));
}

#[test]
fn a_list_holds_no_more_globs_than_anybody_writes() {
    let lines = |of: usize, text: &str| (0..of).map(|i| format!("    - {text}{i}\n")).collect::<String>();
    let ignore = |of| format!("input:\n  pathIgnore:\n{}", lines(of, "a"));
    assert!(read_text(&ignore(1_000)).is_ok());
    assert!(error(&ignore(1_001)).starts_with("c.yaml:1003:7: a list holds at most 1,000 globs"));
    let include = |of, text| format!("rule:\n  include:\n{}", lines(of, text));
    assert!(error(&include(1_001, "Azure.*.X")).starts_with("c.yaml:1003:7: a list holds"));
    assert!(read_text(&include(2_000, "Azure.X")).is_ok());
    let own = |key| format!("armlint:\n  {key}:\n   exclude:\n{}", lines(1_001, "a*"));
    assert!(error(&own("files")).starts_with("c.yaml:1004:7: a list holds"), "{}", error(&own("files")));
    assert!(error(&own("rules")).starts_with("c.yaml:1004:7: a list holds"), "{}", error(&own("rules")));
    let suppressions: String = (0..1_001).map(|i| format!("  R{i}: ['a*', b]\n")).collect();
    assert!(error(&format!("suppression:\n{suppressions}")).starts_with("c.yaml:1002:3: suppressions hold at most"));
}

/// A folder with these files, and what is read in one below it.
fn tree(files: &[(&str, &str)], at: &str) -> Result<(Config, Sources), String> {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let base = dir.path().join(at);
    fs::create_dir_all(&base).unwrap();
    let sources = Sources::new();
    let read = load(None, &[], &base, dir.path(), &reach(dir.path()), &sources).and_then(|mut config| {
        config.check_names(&sources)?;
        Ok(config)
    });
    let root = format!("{}/", dir.path().display());
    read.map(|config| (config, sources)).map_err(|e| e.to_string().replace(&root, ""))
}

#[test]
fn ours_is_found_upwards_and_theirs_only_here() {
    let up = ("armlint.yaml", "armlint: { baseline: Armlint.All }");
    let theirs = ("ps-rule.yaml", "rule: { baseline: Azure.Preview }");
    let baseline = |files: &[(&str, &str)]| tree(files, "a/b").unwrap().0.baseline;
    assert_eq!(baseline(&[up, theirs]).as_deref(), Some("Armlint.All"));
    assert_eq!(baseline(&[theirs]), None);
    // What is nearest counts, and what does not is told.
    let (config, _) = tree(&[up, ("a/b/ps-rule.yaml", theirs.1)], "a/b").unwrap();
    assert_eq!(config.baseline.as_deref(), Some("Azure.Preview"));
    assert!(config.hidden.is_some());
    assert_eq!(tree(&[("armlint.yaml", "")], "").unwrap().0.baseline, None);
    let at_the_top =
        "armlint.yaml:1:1: `baseline` stands at the top; options of armlint stand below the key `armlint:`";
    assert_eq!(tree(&[("armlint.yaml", "baseline: Armlint.All")], "").unwrap_err(), at_the_top);
}

#[test]
fn files_that_extend_others_are_joined() {
    let own = "armlint:\n  extends: [base/x.yaml, base/y.yaml]\n  fail-on: note\n  rules: { exclude: [AZR-000044] }\n";
    let x = "armlint:\n  extends: z.yaml\n  fail-on: warning\n  files: { exclude: [a/*] }\n";
    let y = "armlint:\n  extends: z.yaml\n  baseline: Armlint.All\n  configuration: { MINE: 1 }\n";
    let z = "armlint: { rules: { exclude: [Azure.Storage.MinTLS] }, baseline: Azure.All }";
    let files = [("armlint.yaml", own), ("base/x.yaml", x), ("base/y.yaml", y), ("base/z.yaml", z)];
    let (config, _) = tree(&files, "").unwrap();
    assert_eq!(config.exclude_rules, ["Azure.Storage.MinTLS", "AZR-000044"]);
    assert_eq!(config.fail_on, Some(FailOn::Level(Level::Note)));
    assert_eq!(config.baseline.as_deref(), Some("Armlint.All"));
    assert!(config.exclude_files[1].folder().ends_with("base"));
    let names: Vec<_> = config.files.iter().map(|f| f.file_name().unwrap().to_string_lossy()).collect();
    assert_eq!(names, ["z.yaml", "x.yaml", "y.yaml", "armlint.yaml"]);
}

#[test]
fn a_context_becomes_the_keys_that_psrule_has() {
    let text = "armlint:
  context: { location: westus, resource-group: rg, subscription-id: 1, now: '2026-01-02T03:04:05Z' }
  configuration: { AZURE_RESOURCE_GROUP: { tags: { a: b } } }
";
    let (config, _) = tree(&[("armlint.yaml", text)], "").unwrap();
    let group = json!({"tags": {"a": "b"}, "name": "rg", "location": "westus"});
    assert_eq!(config.value("AZURE_RESOURCE_GROUP"), Some(&group));
    assert_eq!(config.value("AZURE_SUBSCRIPTION"), Some(&json!({"subscriptionId": "1"})));
    assert_eq!(config.now.map(|n| n.to_string()).as_deref(), Some("2026-01-02T03:04:05Z"));
}

#[test]
fn names_that_are_not_there_are_errors_in_ours_and_told_in_theirs() {
    let ours = |text: &str| tree(&[("armlint.yaml", &format!("armlint:\n  {text}\n"))], "").map(drop).unwrap_err();
    let tls = "there is no rule `Azure.Storage.MinTSL`. Did you mean `Azure.Storage.MinTLS`?";
    for (text, wanted) in [
        ("rules: { exclude: [Azure.Storage.MinTSL] }", format!("2:22: {tls}")),
        ("rules: { levels: { Azure.Storage.MinTSL: note } }", format!("2:22: {tls}")),
        ("suppressions: [ { rule: Azure.Storage.MinTSL } ]", format!("2:19: {tls}")),
        ("overrides: [ { paths: a, rules: { exclude: Azure.Storage.MinTSL } } ]", format!("2:46: {tls}")),
        ("rules: { include: ['Azure.Storge.*'] }", "2:22: no rule matches `Azure.Storge.*`.".to_owned()),
        (
            "baseline: Azure.GA_2024_08",
            "2:13: there is no baseline `Azure.GA_2024_08`. Did you mean `Azure.GA_2020_06`?".to_owned(),
        ),
        (
            "rules: { services: Storrage }",
            "2:22: no rule is about a service `Storrage`. Did you mean `Storage`?".to_owned(),
        ),
        ("rules: { tags: { release: alpha } }", "2:20: no rule has the tag `release: alpha`.".to_owned()),
    ] {
        let got = ours(text);
        // Which of several baselines is nearest does not matter.
        let cut = |s: &str| s.split("Azure.GA_20").take(2).collect::<String>();
        assert_eq!(cut(&got), cut(&format!("armlint.yaml:{wanted}")));
    }
    let key = ours("configuration: { AZURE_AKS_CLUSTER_MINIMUM_VERSON: 1 }");
    assert!(key.ends_with("Did you mean `AZURE_AKS_CLUSTER_MINIMUM_VERSION`?"), "{key}");
    assert!(
        tree(&[("armlint.yaml", "armlint: { configuration: { MINE: 1, AZURE_TAG_FORMAT_FOR_ENV: x } }")], "").is_ok()
    );
    let theirs = "rule: { exclude: [Azure.Storage.MinTSL] }\nconfiguration: { AZURE_NOPE: 1 }\n";
    let (config, _) = tree(&[("ps-rule.yaml", theirs)], "").unwrap();
    assert_eq!(warnings(&config)[0], format!("{tls} It has no effect here."));
    assert!(warnings(&config)[1].starts_with("there is no configuration key `AZURE_NOPE`."));
}

#[test]
fn an_expression_of_a_name_format_must_be_usable() {
    let text = "configuration:\n  AZURE_STORAGE_ACCOUNT_NAME_FORMAT: '(a)\\1'\n";
    let message = tree(&[("ps-rule.yaml", text)], "").map(drop).unwrap_err();
    assert!(message.starts_with("ps-rule.yaml:2:3: `AZURE_STORAGE_ACCOUNT_NAME_FORMAT` holds"), "{message}");
}

#[test]
fn a_number_stays_as_it_is_written_where_a_text_is_wanted() {
    let key = "AZURE_AKS_CLUSTER_MINIMUM_VERSION";
    let ours = format!(
        "armlint:\n  configuration: {{ {key}: 1.30 }}\n  suppressions: [ {{ rule: Azure.*, targets: [1.10] }} ]"
    );
    let (config, _) = tree(&[("armlint.yaml", &ours)], "").unwrap();
    assert_eq!(config.value(key), Some(&json!("1.30")));
    assert_eq!(config.suppressions[0].targets.as_deref(), Some(&["1.10".to_owned()][..]));
    let ours = format!("armlint: {{ overrides: [ {{ paths: a, configuration: {{ {key}: 1.30 }} }} ] }}");
    let (config, _) = tree(&[("armlint.yaml", &ours)], "").unwrap();
    assert_eq!(config.overrides[0].values, [(key.to_owned(), json!("1.30"))]);
    let theirs = format!("configuration: {{ {key}: 1.30 }}\nrule: {{ tag: {{ a: &v 2.0 }}, labels: {{ b: *v }} }}");
    let config = read_text(&theirs).unwrap();
    assert_eq!(config.value(key), Some(&json!("1.30")));
    assert_eq!(config.filter.tags, [("a".to_owned(), vec!["2.0".to_owned()])]);
}

#[test]
fn values_of_configuration_keys_are_of_the_kind_of_their_default() {
    let locations = "AZURE_RESOURCE_ALLOWED_LOCATIONS";
    let said = format!("`{locations}` takes a list, such as [\"westeurope\"], and not a mapping");
    let ours = error(&format!("armlint:\n  configuration:\n    {locations}:\n      eastus: true\n"));
    assert_eq!(ours, format!("c.yaml:4:7: {said}"));
    let ours =
        error(&format!("armlint: {{ overrides: [ {{ paths: a, configuration: {{ {locations}: {{ a: 1 }} }} }} ] }}"));
    assert!(ours.ends_with(&said), "{ours}");
    let config = read_text(&format!("configuration: {{ {locations}: {{ a: 1 }} }}")).unwrap();
    assert_eq!(warnings(&config), [format!("{said}; verdicts can differ from PSRule's")]);
}
