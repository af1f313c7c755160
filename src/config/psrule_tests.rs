//! Options and variables of PSRule mean what they mean to its engine.

use std::fs;

use serde_json::{Value as Json, json};

use super::*;
use crate::expand::Data;
use crate::model::ScopeKind;

/// What comes of options of PSRule in a folder with these files, and of variables.
fn with(options: &str, variables: &[(&str, &str)], files: &[(&str, &str)]) -> Result<Config, String> {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files.iter().chain(&[("ps-rule.yaml", options)]) {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let variables: Vec<(String, String)> = variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let (sources, reach) = (Sources::new(), Reach::new([absolute(dir.path())]));
    let read = load(None, &variables, dir.path(), dir.path(), &reach, &sources).and_then(|mut config| {
        config.check_names(&sources)?;
        Ok(config)
    });
    read.map_err(|e| e.to_string().replace(&format!("{}/", dir.path().display()), ""))
}

fn said(config: &Config) -> Vec<&str> {
    config.diagnostics.iter().map(|d| d.message.as_str()).collect()
}

const RULE: &str = "---\n# Synopsis: Has an owner.\napiVersion: github.com/microsoft/PSRule/2025-01-01\nkind: Rule\nmetadata:\n  name: Org.Owner\nspec:\n  type: [Microsoft.Storage/storageAccounts]\n  condition: {field: tags.owner, exists: true}\n";

#[test]
fn documents_levels_and_groups_can_be_variables() {
    let variables = [
        ("PSRULE_INCLUDE_PATH", "more; gone;.ps-rule/"),
        ("PSRULE_OVERRIDE_LEVEL_Azure.Storage.MinTLS", "warning"),
        ("PSRULE_OVERRIDE_LEVEL_Azure.Storage.Name", ""),
        ("PSRULE_BASELINE_GROUP", "latest=PSRule.Rules.Azure\\Azure.GA_2025_06;both=A,B;=x;none="),
        ("PSRULE_RULE_BASELINE", "@LATEST"),
    ];
    let config = with("override: {level: {azure.storage.mintls: Error}}", &variables, &[("more/a.Rule.yaml", RULE)]);
    let config = config.unwrap();
    assert_eq!(config.documents.rules[0].rule.id, "Org.Owner");
    assert_eq!(config.levels, [("Azure.Storage.MinTLS".to_owned(), Level::Warning)]);
    assert_eq!(config.baseline.as_deref(), Some("Azure.GA_2025_06"));
    assert!(config.local_apart);
    assert_eq!(config.baseline_meant("@latest"), "Azure.GA_2025_06");
    assert_eq!(config.baseline_meant("PSRule.Rules.Azure\\Azure.Default"), "Azure.Default");
    let gone = "`include.path` names `gone`, and there is no such folder or file: no rules are read from it";
    assert_eq!(said(&config), [gone]);
    let bad = with("", &[("PSRULE_OVERRIDE_LEVEL_Azure.Storage.MinTLS", "bad")], &[]).unwrap_err();
    assert!(
        bad.contains("PSRULE_OVERRIDE_LEVEL_Azure.Storage.MinTLS: Error, Warning or Information, not `bad`"),
        "{bad}"
    );
}

#[test]
fn a_baseline_is_named_as_psrule_names_it_in_a_file_and_a_variable() {
    let module = "PSRule.Rules.Azure\\Azure.GA_2025_06";
    let baseline = |options: &str, variables: &[(&str, &str)]| with(options, variables, &[]).map(|c| c.baseline);
    let ga = Ok(Some("Azure.GA_2025_06".to_owned()));
    assert_eq!(baseline("", &[("PSRULE_RULE_BASELINE", module)]), ga);
    assert_eq!(baseline(&format!("rule: {{baseline: '{module}'}}"), &[]), ga);
    let grouped = "baseline: {group: {latest: Azure.GA_2025_06}}";
    assert_eq!(baseline(grouped, &[("PSRULE_RULE_BASELINE", "@latest")]), ga);
    let asked = "rule: {baseline: '@latest'}";
    assert_eq!(baseline(asked, &[("PSRULE_BASELINE_GROUP", "latest=Azure.GA_2025_06")]), ga);
    let name = "the environment variable PSRULE_RULE_BASELINE: ";
    assert_eq!(
        baseline(grouped, &[("PSRULE_RULE_BASELINE", "@other")]),
        Err(format!("{name}`baseline.group` has no group `@other`; there is `@latest`"))
    );
    let wrong = baseline("", &[("PSRULE_RULE_BASELINE", "Azure.Defalt")]).unwrap_err();
    assert_eq!(wrong, format!("{name}there is no baseline `Azure.Defalt`. Did you mean `Azure.Default`?"));
    assert_eq!(
        baseline("rule:\n  baseline: [Azure.Default, Azure.All]", &[]).unwrap_err(),
        "ps-rule.yaml:2:29: `rule.baseline` is one baseline; take `Azure.All` out, or name another one"
    );
}

#[test]
fn an_empty_variable_is_none_and_a_number_is_a_boolean() {
    let options = "rule: {baseline: Azure.Preview, includeLocal: true, exclude: [Azure.Storage.Name]}
execution: {break: OnWarning, noValidInput: Ignore}
configuration: {AZURE_AKS_POOL_MINIMUM_MAXPODS: 60, ORG: x}";
    let names = [
        "PSRULE_RULE_BASELINE",
        "PSRULE_RULE_INCLUDELOCAL",
        "PSRULE_RULE_EXCLUDE",
        "PSRULE_EXECUTION_BREAK",
        "PSRULE_EXECUTION_NOVALIDINPUT",
        "PSRULE_INPUT_OBJECTPATH",
        "PSRULE_CONFIGURATION_AZURE_AKS_POOL_MINIMUM_MAXPODS",
        "PSRULE_CONFIGURATION_ORG",
    ];
    let config = with(options, &names.map(|n| (n, "")), &[]).unwrap();
    assert_eq!(config.baseline.as_deref(), Some("Azure.Preview"));
    assert!(config.include_local && config.allow_empty && config.exclude_rules.is_empty());
    assert_eq!(config.fail_on, Some(FailOn::Level(Level::Warning)));
    assert_eq!(config.value("AZURE_AKS_POOL_MINIMUM_MAXPODS"), Some(&json!(60)));
    assert_eq!(config.value("ORG"), Some(&json!("")));
    assert_eq!(said(&config), Vec::<&str>::new());
    let local = |value: &str| with("", &[("PSRULE_RULE_INCLUDELOCAL", value)], &[]).map(|c| c.include_local);
    assert_eq!([local("1"), local(" TRUE "), local("0"), local("false")], [Ok(true), Ok(true), Ok(false), Ok(false)]);
    assert!(local("perhaps").unwrap_err().ends_with("true, false, 1 or 0, not `perhaps`"));
    let same = [("PSRULE_INPUT_IGNOREGITPATH", "1"), ("PSRULE_BINDING_USEQUALIFIEDNAME", "0")];
    assert_eq!(said(&with("", &same, &[]).unwrap()), Vec::<&str>::new());
}

#[test]
fn what_a_variable_cannot_be_is_said_of_it() {
    let variables = [
        ("PSRULE_AZURE_BICEP_USE_AZURE_CLI", "true"),
        ("PSRULE_CAPABILITIES", "a;b"),
        ("PSRULE_FORMAT_BICEP_ENABLED", "1"),
        ("PSRULE_FORMAT_YAML_TYPE", ".yaml;.x"),
        ("PSRULE_INPUT_TARGETTYPES", "a"),
        ("PSRULE_RULE_TAG", "a=b"),
    ];
    assert_eq!(
        said(&with("", &variables, &[]).unwrap()),
        [
            "the environment variable PSRULE_FORMAT_YAML_TYPE: the PSRule option `format.yaml.type` is not supported: verdicts can differ from PSRule's",
            "the environment variable PSRULE_INPUT_TARGETTYPES: `INPUT.TARGETTYPES` is no option of PSRule and has no effect; did you mean `input.targetType`?",
            "the environment variable PSRULE_RULE_TAG: PSRule reads this option from files only, so it has no effect; set it in a file",
            "options of PSRule that change no verdict have no effect here: PSRULE_AZURE_BICEP_USE_AZURE_CLI, CAPABILITIES",
        ]
    );
    let list = "rule: [a]";
    assert_eq!(with(list, &[], &[]).unwrap_err(), "ps-rule.yaml:1:7: rule holds a mapping of options, not a list");
}

#[test]
fn scalars_of_the_configuration_are_texts() {
    let options = "configuration:
  ORG_CENTER: 12345
  ORG_VERSION: 1.10
  ORG_FLAG: yes
  ORG_ON: true
  ORG_LIST: [1.0, {a: no}]
  ORG_NONE:
  AZURE_BICEP_FILE_EXPANSION: True
  AZURE_VNET_DNS_WITH_IDENTITY: true
  AZURE_PARAMETER_DEFAULTS: {a: 1.10, b: [2]}
";
    let config = with(options, &[("PSRULE_CONFIGURATION_ORG_BY_VARIABLE", "007")], &[]).unwrap();
    for (key, value) in [
        ("ORG_CENTER", json!("12345")),
        ("ORG_VERSION", json!("1.10")),
        ("ORG_FLAG", json!("yes")),
        ("ORG_ON", json!("true")),
        ("ORG_LIST", json!(["1.0", {"a": "no"}])),
        ("ORG_NONE", Json::Null),
        ("ORG_BY_VARIABLE", json!("007")),
        ("AZURE_VNET_DNS_WITH_IDENTITY", json!(true)),
        ("AZURE_PARAMETER_DEFAULTS", json!({"a": "1.10", "b": [2]})),
    ] {
        assert_eq!(config.value(key), Some(&value), "{key}");
    }
    assert_eq!(said(&config), Vec::<&str>::new());
}

#[test]
fn words_that_yaml_takes_for_booleans_are_names() {
    let options = "suppression: {Azure.Storage.Name: [no, On, 1e3]}\nrule: {tag: {category: [no]}}\n";
    let config = with(options, &[], &[]).unwrap();
    let wanted = ["no", "On", "1e3"].map(str::to_owned);
    assert_eq!(config.suppressions[0].targets.as_deref(), Some(&wanted[..]));
    assert_eq!(config.filter.tags, [("category".to_owned(), vec!["no".to_owned()])]);
    assert!(converted(&config, "ps-rule.yaml").contains("      targets:\n        - \"no\"\n        - \"On\"\n"));
}

#[test]
fn all_of_the_deployment_context_counts_and_what_is_wrong_with_it_is_told() {
    let options = "configuration:
  AZURE_SUBSCRIPTION: {state: Enabled, dispalyName: x}
  AZURE_TENANT: {displayName: Contoso, countryCode: NO}
  AZURE_RESOURCE_GROUP: {name: 5, properties: {provisioningState: Running}, tags: none}
  AZURE_MANAGEMENT_GROUP: {properties: {displayName: Top}}
  AZURE_DEPLOYMENT: [a]
";
    let config = with(options, &[("PSRULE_CONFIGURATION_AZURE_PARAMETER_DEFAULTS", "x")], &[]).unwrap();
    let context = context::of_scan(&config, ScopeKind::ResourceGroup, None);
    let text = |v: &Option<crate::expand::Value>| v.as_ref().unwrap().as_str().unwrap().to_string();
    assert_eq!(text(&context.subscription_state), "Enabled");
    assert_eq!(text(&context.tenant_name), "Contoso");
    assert_eq!(text(&context.tenant_country), "NO");
    assert_eq!(text(&context.resource_group), "5");
    let state = context.group_properties.unwrap().get("provisioningState").cloned();
    assert!(matches!(state.unwrap().data, Data::Str(s) if s == "Running"));
    assert!(context.management_group_properties.unwrap().get("displayName").is_some());
    let variable = "the environment variable PSRULE_CONFIGURATION_AZURE_PARAMETER_DEFAULTS: ";
    assert_eq!(
        said(&config),
        [
            "`dispalyName` is not a key of `AZURE_SUBSCRIPTION`; did you mean `displayName`?; it has no effect",
            "`tags` of `AZURE_RESOURCE_GROUP` is a mapping, not a text; it has no effect",
            "`AZURE_DEPLOYMENT` holds a mapping of name, not a list; it has no effect",
            &format!(
                "{variable}`AZURE_PARAMETER_DEFAULTS` holds a mapping of parameters to values, not a text; it has no effect"
            ),
        ]
    );
    let own = "armlint:\n  configuration:\n    AZURE_RESOURCE_GROUP: {name: 5}\n";
    let message = with("", &[], &[("armlint.yaml", own)]).unwrap_err();
    assert_eq!(message, "armlint.yaml:3:27: `name` of `AZURE_RESOURCE_GROUP` is a text, not a number");
}

#[test]
fn names_that_a_broken_page_may_have_are_told_and_cost_nothing_else() {
    let own = "armlint: {rules: {folders: [rules], include: ['Contoso.*', Azure.Storage.Name]}}";
    let page = "---\nid: Contoso.A\nseverty: Important\n---\n# A\n";
    let config = with("", &[], &[("armlint.yaml", own), ("rules/a.md", page)]).unwrap();
    assert!(config.broken);
    let said = said(&config);
    assert!(said.iter().any(|m| m.contains("severty")), "{said:?}");
    assert!(said.contains(&"no rule matches `Contoso.*`. It has no effect here."), "{said:?}");
    let own = "armlint: {baseline: Mine}";
    let document = "---\napiVersion: github.com/microsoft/PSRule/2025-01-01\nkind: Baseline\nmetadata: {name: Mine}\nspec: {rule: [\n";
    let message = with("", &[], &[("armlint.yaml", own), (".ps-rule/a.Rule.yaml", document)]).unwrap_err();
    assert!(
        message.contains("there is no baseline `Mine`. What cannot be used may be it: .ps-rule/a.Rule.yaml:"),
        "{message}"
    );
}
