//! PSRule's documents of a repository: rules, selectors, suppression groups, baselines.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Folder, Run};
use serde_json::Value;

const MAIN: &str = "param open string
resource a 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: 'stlegacy001'
  location: 'westeurope'
  tags: { env: 'dev', who: open }
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    minimumTlsVersion: 'TLS1_0'
    publicNetworkAccess: open
  }
  resource b 'blobServices' = {
    name: 'default'
    properties: { isVersioningEnabled: false }
  }
}
";

const API: &str = "apiVersion: github.com/microsoft/PSRule/v1";

/// A rule about storage accounts.
fn rule(name: &str, spec: &str) -> String {
    format!("---\n# Synopsis: About {name}.\n{API}\nkind: Rule\nmetadata: {{ name: {name} }}\nspec: {spec}\n")
}

fn folder(documents: &str) -> Folder {
    let folder = Folder::with(&[]);
    folder.write("main.bicep", MAIN);
    folder.write("ps-rule.yaml", "rule: { includeLocal: true }\n");
    folder.write(".ps-rule/Org.Rule.yaml", documents);
    folder
}

fn results<'r>(run: &'r Run, rule: &str) -> Vec<&'r Value> {
    let all = run.report["results"].as_array().unwrap_or_else(|| panic!("{}{}", run.stdout, run.stderr));
    all.iter().filter(|r| r["rule"] == rule).collect()
}

fn outcome(run: &Run, rule: &str) -> String {
    results(run, rule).first().map_or("(no result)".into(), |r| r["outcome"].as_str().unwrap().to_owned())
}

#[test]
fn rules_of_a_repository_run_and_findings_stand_at_the_property() {
    let storage = "type: [Microsoft.Storage/storageAccounts]";
    let documents = [
        rule(
            "Org.Tls",
            &format!(
                "{{ {storage}, level: Warning, recommend: Ask the network team., condition: {{ field: properties.minimumTlsVersion, equals: TLS1_2 }} }}"
            ),
        ),
        rule("Org.Env", &format!("{{ {storage}, condition: {{ field: tags.env, hasValue: true }} }}")),
        rule("Org.Who", &format!("{{ {storage}, condition: {{ field: tags.who, equals: me }} }}")),
        rule("Org.Cost", &format!("{{ {storage}, condition: {{ field: tags.cost, exists: true }} }}")),
        rule("Org.Vault", "{ type: [Microsoft.KeyVault/vaults], condition: { field: properties.x1, exists: true } }"),
        rule(
            "Org.Blob",
            "{ type: [Microsoft.Storage/storageAccounts/blobServices], condition: { field: properties.isVersioningEnabled, equals: true } }",
        ),
        rule(
            "Org.Below",
            &format!(
                "{{ {storage}, condition: {{ field: 'resources[*].properties.isVersioningEnabled', contains: 'False', convert: true }} }}"
            ),
        ),
    ];
    let run = folder(&documents.concat()).scan(&["--outcome", "all"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    let tls = results(&run, "Org.Tls")[0];
    assert_eq!((tls["outcome"].as_str(), tls["level"].as_str()), (Some("fail"), Some("warning")));
    assert_eq!(tls["location"]["startLine"], 9);
    assert_eq!(
        tls["message"],
        r#"`properties.minimumTlsVersion` is "TLS1_0"; it must be "TLS1_2". Ask the network team."#
    );
    let cost = results(&run, "Org.Cost")[0];
    assert_eq!((cost["outcome"].as_str(), cost["location"]["startLine"].as_u64()), (Some("fail"), Some(5)));
    for (rule, wanted) in [
        ("Org.Env", "pass"),
        ("Org.Who", "unknown"),
        ("Org.Vault", "none"),
        ("Org.Blob", "fail"),
        ("Org.Below", "pass"),
    ] {
        assert_eq!(outcome(&run, rule), wanted, "{rule}");
    }
}

#[test]
fn selectors_types_and_where_say_what_a_rule_is_about() {
    let selector = |name: &str, condition: &str| {
        format!("---\n{API}\nkind: Selector\nmetadata: {{ name: {name} }}\nspec: {{ if: {condition} }}\n")
    };
    let never = "condition: { field: properties.minimumTlsVersion, equals: x }";
    let documents = [
        selector("Legacy", "{ name: '.', startsWith: stlegacy }"),
        selector("New", "{ name: '.', startsWith: stnew }"),
        selector("Open", "{ field: tags.who, equals: me }"),
        // A ring: asked again and again it would take 40^40 questions.
        selector("Ring", &format!("{{}}, with: [{}]", "Ring, ".repeat(40))),
        rule("Org.Ring", &format!("{{ with: Ring, {never} }}")),
        rule("Org.With", &format!("{{ with: [New, .\\Legacy], {never} }}")),
        rule("Org.Without", &format!("{{ with: New, {never} }}")),
        rule("Org.Where", &format!("{{ where: {{ type: '.', equals: Microsoft.Storage/storageAccounts }}, {never} }}")),
        rule("Org.Perhaps", &format!("{{ type: Microsoft.Storage/storageAccounts, with: Open, {never} }}")),
    ];
    let tags =
        "{ with: [PSRule.Rules.Azure\\Azure.Resource.SupportsTags], condition: { field: tags.env, in: [prod] } }";
    let run = folder(&[&documents.concat(), rule("Org.Supports", tags).as_str()].concat()).scan(&["--outcome", "all"]);
    let of = |outcome: &str| {
        let all = results(&run, "Org.Supports");
        all.iter()
            .filter(|r| r["outcome"] == outcome)
            .map(|r| r["resource"]["type"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(of("fail"), ["Microsoft.Storage/storageAccounts"]);
    assert_eq!(of("none"), ["Microsoft.Resources/deployments"]);
    let failed = |rule: &str| results(&run, rule).iter().filter(|r| r["outcome"] == "fail").count();
    assert_eq!((failed("Org.With"), failed("Org.Without"), failed("Org.Where")), (1, 0, 1));
    assert_eq!((outcome(&run, "Org.Perhaps").as_str(), failed("Org.Ring")), ("unknown", 0));
}

#[test]
fn selectors_that_psrule_for_azure_documents_say_what_a_rule_is_about() {
    let site = |name: &str, kind: &str| {
        format!(
            "resource {name} 'Microsoft.Web/sites@2023-12-01' = {{\n  name: '{name}'\n  location: 'westeurope'\n{kind}}}\n"
        )
    };
    let kind = |kind: &str| format!("  kind: '{kind}'\n");
    let sku = |name: &str, type_: &str, sku: &str| {
        format!(
            "resource {name} '{type_}' = {{\n  name: '{name}'\n  location: 'global'\n  sku: {{ name: {sku} }}\n}}\n"
        )
    };
    let template = [
        "param sku string\nparam kind string\n".to_owned(),
        site("none", ""),
        site("web", &kind("app")),
        site("linux", &kind("App,Linux")),
        site("container", &kind("app,linux,container")),
        site("api", &kind("api")),
        site("function", &kind("functionapp,linux")),
        site("logic", &kind("functionapp,workflowapp")),
        site("open", &kind("${kind}")),
        "resource classic 'Microsoft.Network/frontDoors@2021-06-01' = {\n  name: 'classic'\n  location: 'global'\n}\n"
            .to_owned(),
        sku("afd", "Microsoft.Cdn/profiles@2024-02-01", "'Premium_AzureFrontDoor'"),
        sku("cdn", "Microsoft.Cdn/profiles@2024-02-01", "'Standard_Microsoft'"),
        sku("bus", "Microsoft.ServiceBus/namespaces@2022-10-01-preview", "'Premium'"),
        sku("basic", "Microsoft.ServiceBus/namespaces@2022-10-01-preview", "'Basic'"),
        sku("any", "Microsoft.ServiceBus/namespaces@2022-10-01-preview", "sku"),
    ]
    .concat();
    let all = [
        ("Azure.AppService.IsAPIApp", vec!["api"], vec!["open"]),
        ("azure.appservice.isFunctionApp", vec!["function"], vec!["open"]),
        ("PSRule.Rules.Azure\\Azure.AppService.IsLogicApp", vec!["logic"], vec!["open"]),
        ("PSRule.Rules.Azure\\Azure.AppService.IsWebApp", vec!["linux", "none", "web"], vec!["open"]),
        ("Azure.FrontDoor.IsClassic", vec!["classic"], vec![]),
        ("Azure.FrontDoor.IsStandardOrPremium", vec!["afd"], vec![]),
        ("Azure.ServiceBus.IsPremium", vec!["bus"], vec!["any"]),
    ];
    let document = |(i, (with, ..)): (usize, &(&str, Vec<&str>, Vec<&str>))| {
        rule(&format!("Org.R{i}"), &format!("{{ with: [{with}], condition: {{ field: tags.cost, exists: true }} }}"))
    };
    let folder = folder(&all.iter().enumerate().map(document).collect::<String>());
    folder.write("main.bicep", &template);
    let run = folder.scan(&["--outcome", "all"]);
    for (i, (with, fails, open)) in all.iter().enumerate() {
        let of = |outcome: &str| {
            let found = results(&run, &format!("Org.R{i}"));
            let mut names: Vec<String> = found
                .iter()
                .filter(|r| r["outcome"] == outcome)
                .map(|r| r["resource"]["name"].as_str().unwrap().to_owned())
                .collect();
            names.sort_unstable();
            names
        };
        assert_eq!(
            (&of("fail"), &of("unknown")),
            (&fails.iter().map(|n| (*n).to_owned()).collect(), &open.iter().map(|n| (*n).to_owned()).collect()),
            "{with}"
        );
    }
    // One of the repository itself counts.
    let own = format!(
        "---\n{API}\nkind: Selector\nmetadata: {{ name: Azure.AppService.IsAPIApp }}\nspec: {{ if: {{ name: '.', equals: web }} }}\n"
    );
    folder.write(".ps-rule/a.Rule.yaml", &own);
    let run = folder.scan(&["--outcome", "all"]);
    let failed: Vec<_> = results(&run, "Org.R0").into_iter().filter(|r| r["outcome"] == "fail").collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["resource"]["name"], "web");
}

#[test]
fn suppression_groups_accept_findings_until_they_expire() {
    let group = |name: &str, more: &str| {
        format!(
            "---\n# Synopsis: Accepted by {name}.\n{API}\nkind: SuppressionGroup\nmetadata: {{ name: {name} }}\nspec: {{ rule: [Azure.Storage.MinTLS, Org.Cost], {more} }}\n"
        )
    };
    let cost = rule(
        "Org.Cost",
        "{ type: [Microsoft.Storage/storageAccounts], condition: { field: tags.cost, exists: true } }",
    );
    let scan = |groups: &str| {
        let run = folder(&format!("{cost}{groups}")).scan(&["--outcome", "all", "--now", "2026-11-01T00:00:00Z"]);
        let (tls, own) = (outcome(&run, "Azure.Storage.MinTLS"), outcome(&run, "Org.Cost"));
        (tls, own, run)
    };
    let suppressed = || ("suppressed".to_owned(), "suppressed".to_owned());
    let (tls, own, _) = scan(&group("G", "if: { name: '.', startsWith: stlegacy }, expiresOn: 2027-01-01T00:00:00Z"));
    assert_eq!((tls, own), suppressed());
    let (tls, own, _) = scan(&group("G", "type: [Microsoft.Storage/storageAccounts]"));
    assert_eq!((tls, own), suppressed());
    for other in ["if: { name: '.', startsWith: x }", "if: { field: tags.who, equals: me }", "type: [a/b]"] {
        let (tls, own, _) = scan(&group("G", other));
        assert_eq!((tls.as_str(), own.as_str()), ("fail", "fail"), "{other}");
    }
    // Two of one name both count.
    let two = [group("G", "type: [a/b]"), group("G", "type: [Microsoft.Storage/storageAccounts]")].concat();
    let (tls, own, run) = scan(&two);
    assert_eq!((tls, own), suppressed());
    assert!(run.messages().iter().any(|m| m.contains("each of them counts")), "{:?}", run.messages());
    let (tls, _, run) = scan(&group("G", "expiresOn: 2026-10-31T00:00:00Z"));
    assert_eq!(tls, "fail");
    assert!(run.diagnostics().iter().any(|(code, line)| code == "warning suppression-expired" && *line > 0));
    let sarif = folder(&group("G", "type: [Microsoft.Storage/storageAccounts]"));
    let run = sarif.run(&["scan", "--format", "sarif", "--outcome", "suppressed"]);
    assert!(run.stdout.contains("Accepted by G."), "{}", run.stdout);
}

#[test]
fn files_that_a_target_comes_from() {
    let of = |name: &str, source: &str, path: &str| {
        rule(
            name,
            &format!(
                "{{ type: [Microsoft.Storage/storageAccounts], condition: {{ source: {source}, withinPath: {path} }} }}"
            ),
        )
    };
    let documents = [
        of("Org.Template", "Template", "infra/"),
        of("Org.Other", "Template", "other/"),
        of("Org.Parameter", "Parameter", "infra/params"),
    ];
    let folder = folder(&documents.concat());
    folder.write("infra/main.bicep", MAIN);
    folder.write("infra/params/main.bicepparam", "using '../main.bicep'\nparam open = 'x'\n");
    let run = folder.scan(&["infra/params/main.bicepparam", "--outcome", "all"]);
    let outcomes = ["Org.Template", "Org.Other", "Org.Parameter"].map(|r| outcome(&run, r));
    assert_eq!(outcomes, ["pass", "fail", "pass"]);
    let run = folder.scan(&["infra/main.bicep", "--outcome", "all"]);
    assert_eq!(outcome(&run, "Org.Parameter"), "fail");
}

#[test]
fn which_rules_of_the_repository_run() {
    let never = "condition: { field: properties.minimumTlsVersion, equals: x }";
    let storage = "type: [Microsoft.Storage/storageAccounts]";
    let tagged = format!(
        "---\n{API}\nkind: Rule\nmetadata: {{ name: Org.B, ref: ORG-2, alias: [Org.Old], tags: {{ team: a }} }}\nspec: {{ {storage}, {never} }}\n"
    );
    let baseline = format!(
        "---\n{API}\nkind: Baseline\nmetadata: {{ name: Org.Base }}\nspec: {{ rule: {{ include: [Org.B, Azure.Storage.MinTLS] }} }}\n"
    );
    let documents = format!("{}{tagged}{baseline}", rule("Org.A", &format!("{{ {storage}, {never} }}")));
    let ran = |options: &str, args: &[&str]| -> Vec<String> {
        let folder = folder(&documents);
        folder.write("ps-rule.yaml", options);
        let run = folder.scan(args);
        let all = run.report["results"].as_array().unwrap_or_else(|| panic!("{}{}", run.stdout, run.stderr));
        let mut all: Vec<String> = all.iter().map(|r| r["rule"].as_str().unwrap().to_owned()).collect();
        all.sort();
        all.dedup();
        let others = all.iter().filter(|r| !r.starts_with("Org.")).count();
        all.retain(|r| r.starts_with("Org.") || r == "Azure.Storage.MinTLS");
        if others > 1 {
            all.push("and others".to_owned());
        }
        all
    };
    let (tls, others) = ("Azure.Storage.MinTLS", "and others");
    assert_eq!(ran("{}", &[]), [tls, "Org.A", "Org.B", others]);
    assert_eq!(ran("rule: { baseline: Azure.Default }", &[]), [tls, others]);
    assert_eq!(ran("rule: { baseline: Azure.Default, includeLocal: true }", &[]), [tls, "Org.A", "Org.B", others]);
    assert_eq!(ran("rule: { include: [Org.A] }", &[]), ["Org.A"]);
    assert_eq!(ran("rule: { include: [Azure.Storage.MinTLS], includeLocal: true }", &[]), [tls, "Org.A", "Org.B"]);
    assert_eq!(ran("rule: { exclude: [ORG-2] }", &[]), [tls, "Org.A", others]);
    assert_eq!(ran("rule: { tag: { team: a } }", &[]), ["Org.B"]);
    assert_eq!(ran("rule: { baseline: Org.Base }", &[]), [tls, "Org.B"]);
    assert_eq!(ran("{}", &["--baseline", "Org.Base"]), [tls, "Org.B"]);
    assert_eq!(ran("{}", &["--rule", "Org.Old"]), ["Org.B"]);
    assert_eq!(ran("{}", &["--rule", "Org.*", "--exclude-rule", "Org.A"]), ["Org.B"]);
    assert_eq!(
        ran("suppression: { Org.A: [stlegacy001] }\noverride: { level: { Org.B: Warning } }", &["--rule", "Org.*"]),
        ["Org.B"]
    );
}

#[test]
fn a_broken_document_costs_itself_only_and_is_told_with_its_place() {
    let good = rule(
        "Org.Good",
        "{ type: [Microsoft.Storage/storageAccounts], condition: { field: tags.cost, exists: true } }",
    );
    for (broken, line, wanted) in [
        ("---\nkind: [\n", 7, "not YAML"),
        (&rule("Org.Bad", "{ condition: { field: a.b, equalz: 1 } }"), 11, "did you mean `equals`?"),
        (&rule("Org.Bad", "{ condition: { field: a.b, match: 'a(?=b)c' } }"), 11, "looks ahead"),
        (&rule("Org.Bad", "{ with: [Nobody], condition: { field: a.b, exists: true } }"), 11, "no selector `Nobody`"),
        (&rule("Org.Good", "{ condition: {} }"), 10, "already"),
        (&rule("Org.Bad", "{}"), 10, "has no `condition`"),
        (&format!("---\n{API}\nkind: Rules\nmetadata: {{ name: x }}\n"), 8, "did you mean `Rule`?"),
    ] {
        let run = folder(&format!("{good}{broken}")).scan(&[]);
        assert_eq!(run.status, 2, "{broken}{}", run.stderr);
        assert_eq!(outcome(&run, "Org.Good"), "fail", "{broken}");
        assert_eq!(results(&run, "Org.Bad").len(), 0);
        let errors = run.report["diagnostics"].as_array().unwrap();
        let error = errors.iter().find(|d| d["level"] == "error").unwrap_or_else(|| panic!("{broken}: {errors:?}"));
        assert!(error["message"].as_str().unwrap().contains(wanted), "{error}");
        let place = &error["location"];
        assert!(place["file"].as_str().unwrap().ends_with(".ps-rule/Org.Rule.yaml"), "{error}");
        assert!(place["startLine"].as_u64().unwrap() >= line, "{broken}{error}");
    }
}

#[test]
fn json_documents_and_scripts() {
    let folder = folder("");
    folder.write(
        ".ps-rule/more/Org.Rule.jsonc",
        r#"[
  {
    // Synopsis: Said in a comment.
    "apiVersion": "github.com/microsoft/PSRule/v1",
    "kind": "Rule",
    "metadata": { "name": "Org.Json" },
    "spec": { "type": ["Microsoft.Storage/storageAccounts"], "condition": { "field": "properties.minimumTlsVersion", "in": ["TLS1_2"] } }
  }
]"#,
    );
    folder.write(".ps-rule/Org.Rule.ps1", "Rule 'Org.Script' { }\n");
    let run = folder.scan(&[]);
    assert_eq!(outcome(&run, "Org.Json"), "fail");
    assert!(run.messages().iter().any(|m| m.contains("it holds Org.Script")), "{:?}", run.messages());
    let sarif = folder.run(&["scan", "--format", "sarif"]);
    assert!(sarif.stdout.contains("Said in a comment."), "{}", sarif.stdout);
}

#[test]
fn rules_of_the_repository_are_listed_and_shown() {
    let storage = "{ type: [Microsoft.Storage/storageAccounts], level: Warning, recommend: Ask the network team., condition: { field: tags.env, exists: true } }";
    let folder =
        folder(&(rule("Org.Storage.Env", storage) + &rule("Org.Vault", "{ condition: { field: a, exists: true } }")));
    let one = folder.run(&["rules", "org.storage.env"]);
    assert_eq!(one.status, 0, "{}", one.stderr);
    for part in [
        "Org.Storage.Env \u{b7} warning\n",
        "A rule of this repository: .ps-rule/Org.Rule.yaml:5\n",
        "Targets: Microsoft.Storage/storageAccounts\n",
        "About Org.Storage.Env.",
        "Ask the network team.",
    ] {
        assert!(one.stdout.contains(part), "{part}: {}", one.stdout);
    }
    let lines = |args: &[&str]| folder.run(args).stdout.lines().filter(|l| l.starts_with("Org.")).count();
    assert_eq!((lines(&["rules"]), lines(&["rules", "Org.*"]), lines(&["rules", "about", "vault"])), (2, 2, 1));
    assert_eq!(lines(&["rules", "--baseline", "Azure.Default"]), 0);
    let json: Value = serde_json::from_str(&folder.run(&["rules", "Org.Vault", "--json"]).stdout).unwrap();
    assert_eq!((&json["rule"], &json["document"]), (&"Org.Vault".into(), &".ps-rule/Org.Rule.yaml:11".into()));
    let wrong = folder.run(&["rules", "Org.Vualt"]);
    assert!(wrong.status == 2 && wrong.stderr.contains("did you mean `Org.Vault`?"), "{}", wrong.stderr);
}

#[test]
fn children_that_may_not_be_there_decide_nothing() {
    let main = "param flag bool
param names array
resource web 'Microsoft.Web/sites@2023-12-01' = {
  name: 'web1'
  location: 'eastus'
  properties: {}
  resource always 'hostNameBindings' = { name: 'www', properties: {} }
}
resource cfg 'Microsoft.Web/sites/config@2023-12-01' = if (flag) {
  parent: web
  name: 'web'
  properties: { detailedErrorLoggingEnabled: true }
}
resource slots 'Microsoft.Web/sites/slots@2023-12-01' = [for n in names: {
  parent: web
  name: n
  location: 'eastus'
  properties: { httpsOnly: false }
}]
";
    let of = |name: &str, condition: &str| {
        rule(name, &format!("{{ type: [Microsoft.Web/sites], condition: {{ field: resources, {condition} }} }}"))
    };
    let only = |type_: &str| format!("where: {{ type: '.', equals: Microsoft.Web/sites/{type_} }}");
    let there = "allOf: [{ field: name, exists: true }]";
    let cases = [
        ("Org.OneConfig", format!("{}, greaterOrEqual: 1, {there}", only("config")), "unknown"),
        ("Org.NoConfig", format!("{}, count: 0, {there}", only("config")), "unknown"),
        ("Org.TwoConfigs", format!("{}, greaterOrEqual: 2, {there}", only("config")), "fail"),
        ("Org.OneSlot", format!("{}, lessOrEqual: 1, {there}", only("slots")), "unknown"),
        (
            "Org.Https",
            format!("{}, allOf: [{{ field: properties.httpsOnly, equals: true }}]", only("slots")),
            "unknown",
        ),
        (
            "Org.Logging",
            format!("{}, allOf: [{{ field: properties.detailedErrorLoggingEnabled, equals: true }}]", only("config")),
            "pass",
        ),
        ("Org.Bound", format!("{}, greaterOrEqual: 1, {there}", only("hostNameBindings")), "pass"),
        ("Org.Exists", "exists: true".to_owned(), "pass"),
        ("Org.Count", "count: 2".to_owned(), "unknown"),
        ("Org.Empty", "count: 0".to_owned(), "fail"),
    ];
    let documents: String = cases.iter().map(|(name, condition, _)| of(name, condition)).collect();
    let folder = folder(&documents);
    folder.write("main.bicep", main);
    let run = folder.scan(&["--outcome", "all"]);
    for (name, _, wanted) in &cases {
        assert_eq!(&outcome(&run, name), wanted, "{name}: {:?}", results(&run, name));
    }
    let said = results(&run, "Org.OneConfig")[0]["message"].as_str().unwrap();
    assert!(said.starts_with("How many values in `resources` meet the condition is not known"), "{said}");
    // Nothing is there for sure.
    folder
        .write("main.bicep", &main.replace("resource always 'hostNameBindings' = { name: 'www', properties: {} }", ""));
    let run = folder.scan(&["--outcome", "all"]);
    assert_eq!(outcome(&run, "Org.Exists"), "unknown");
    // What hangs on the condition of the parent is there where the parent is.
    let conditional =
        main.replace("web 'Microsoft.Web/sites@2023-12-01' = {", "web 'Microsoft.Web/sites@2023-12-01' = if (flag) {");
    folder.write("main.bicep", &conditional);
    let run = folder.scan(&["--outcome", "all"]);
    assert_eq!(outcome(&run, "Org.OneConfig"), "pass");
}

#[test]
fn sub_selectors_ask_the_item() {
    let of = |name: &str, more: &str| {
        rule(
            name,
            &format!("{{ type: [Microsoft.Storage/storageAccounts], condition: {{ field: resources, {more} }} }}"),
        )
    };
    let blobs = "where: { type: '.', equals: Microsoft.Storage/storageAccounts/blobServices }";
    let versions = "allOf: [{ field: properties.isVersioningEnabled, equals: true }]";
    let documents = [
        of("Org.All", &format!("{blobs}, {versions}")),
        of("Org.Name", "allOf: [{ name: '.', equals: stlegacy001/default }]"),
    ];
    let run = folder(&documents.concat()).scan(&["--outcome", "all"]);
    assert_eq!((outcome(&run, "Org.All"), outcome(&run, "Org.Name")), ("fail".into(), "pass".into()));
    assert_eq!(results(&run, "Org.All")[0]["location"]["startLine"], 14);
}

#[test]
fn a_group_accepts_a_target_that_is_declared_twice_only_if_it_covers_both() {
    let group = |condition: &str| {
        format!(
            "---\n{API}\nkind: SuppressionGroup\nmetadata: {{ name: G }}\nspec: {{ rule: [Azure.Storage.MinTLS, Org.Tls], if: {condition} }}\n"
        )
    };
    let tls = rule(
        "Org.Tls",
        "{ type: [Microsoft.Storage/storageAccounts], condition: { field: properties.minimumTlsVersion, equals: TLS1_2 } }",
    );
    let module = |name: &str, tls: &str| {
        format!("module {name} 'm.bicep' = {{ name: '{name}', params: {{ tls: '{tls}', n: 'same' }} }}\n")
    };
    let m = "param tls string
param n string
resource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {
  name: n
  location: 'eastus'
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  tags: { tls: tls }
  properties: { minimumTlsVersion: tls }
}
";
    let both = |condition: &str, first: &str, second: &str| {
        let folder = folder(&(tls.clone() + &group(condition)));
        folder.write("m.bicep", m);
        folder.write("main.bicep", &(module("a", first) + &module("b", second)));
        let run = folder.scan(&["main.bicep", "--outcome", "all"]);
        let outcomes = [outcome(&run, "Org.Tls"), outcome(&run, "Azure.Storage.MinTLS")];
        assert_eq!(outcomes[0], outcomes[1], "{condition} {first} {second}");
        outcomes[0].clone()
    };
    let one = "{ field: tags.tls, equals: TLS1_0 }";
    assert_eq!(both(one, "TLS1_0", "TLS1_1"), "fail");
    assert_eq!(both(one, "TLS1_1", "TLS1_0"), "fail");
    assert_eq!(both("{ field: tags.tls, startsWith: TLS1 }", "TLS1_0", "TLS1_1"), "suppressed");
    // What keeps the rule needs nobody to accept it.
    assert_eq!(both(one, "TLS1_0", "TLS1_2"), "suppressed");
    assert_eq!(both(one, "TLS1_2", "TLS1_0"), "suppressed");
}

#[test]
fn names_in_a_group_are_no_globs() {
    let group =
        format!("---\n{API}\nkind: SuppressionGroup\nmetadata: {{ name: G }}\nspec: {{ rule: ['Azure.Storage.*'] }}\n");
    let run = folder(&group).scan(&["--outcome", "all"]);
    assert_eq!(outcome(&run, "Azure.Storage.MinTLS"), "fail");
    assert!(run.messages().iter().any(|m| m.contains("name each rule")), "{:?}", run.messages());
}

#[test]
fn baselines_set_levels_and_say_what_has_no_effect() {
    let baseline = |more: &str| {
        format!(
            "---\n{API}\nkind: Baseline\nmetadata: {{ name: Org.B, annotations: {{ obsolete: true }} }}\nspec:\n  rule: {{ include: [Azure.Storage.MinTLS, Org.Key] }}\n{more}"
        )
    };
    let key = rule(
        "Org.Key",
        "{ type: [Microsoft.Storage/storageAccounts], condition: { value: { $: { configuration: ORG_KEY } }, equals: '1.10' } }",
    );
    let scan = |documents: &str, options: &str| {
        let folder = folder(&(key.clone() + documents));
        folder.write("ps-rule.yaml", options);
        folder.scan(&["--outcome", "all"])
    };
    let more = "  override: { level: { Azure.Storage.MinTLS: Warning, Azure.Nope: Error } }\n  configuration: { ORG_KEY: 1.10 }\n  binding: { targetName: [x] }\n";
    let run = scan(&baseline(more), "rule: { baseline: Org.B }\noverride: { level: { Azure.Storage.MinTLS: Error } }");
    assert_eq!(results(&run, "Azure.Storage.MinTLS")[0]["level"], "warning");
    assert_eq!(outcome(&run, "Org.Key"), "pass");
    let told = run.messages();
    for wanted in
        ["`binding` is no key of a baseline", "sets the level of `Azure.Nope`", "`Org.B` is marked as obsolete"]
    {
        assert!(told.iter().any(|m| m.contains(wanted)), "{wanted}: {told:?}");
    }
    // Nobody asks for it.
    let run = scan(&baseline(""), "{}");
    assert!(!run.messages().iter().any(|m| m.contains("obsolete")), "{:?}", run.messages());
    let run = scan("", "rule: { baseline: Azure.GA_2020_06 }");
    let obsolete = run.diagnostics().into_iter().find(|(code, _)| code == "warning baseline-obsolete");
    assert_eq!(obsolete.map(|(_, line)| line), Some(1), "{:?}", run.messages());
    let run = scan("", "rule: { baseline: Azure.Default }");
    assert!(!run.messages().iter().any(|m| m.contains("obsolete")), "{:?}", run.messages());
}

#[test]
fn types_that_nobody_knows_are_told() {
    let never = "condition: { field: properties.minimumTlsVersion, equals: x }";
    let documents = [
        rule("Org.Slip", &format!("{{ type: [Microsoft.Storage/storageAccount], {never} }}")),
        rule("Org.Wild", &format!("{{ type: ['Microsoft.Storage/*'], {never} }}")),
        rule("Org.Fine", &format!("{{ type: [Microsoft.Storage/storageAccounts, .json], {never} }}")),
        format!("---\n{API}\nkind: Rule\nmetadata: {{ name: Org.Tags, tags: [a] }}\nspec: {{ {never} }}\n"),
    ];
    let run = folder(&documents.concat()).scan(&[]);
    let odd = |wanted: &str| run.messages().iter().filter(|m| m.contains(wanted)).count();
    assert_eq!(odd("did you mean `Microsoft.Storage/storageAccounts`?"), 1, "{:?}", run.messages());
    assert_eq!((odd("`type` takes no wildcards"), odd("`tags` is a mapping")), (1, 1), "{:?}", run.messages());
    assert_eq!(odd("there is no type of resource"), 1, "{:?}", run.messages());
}
