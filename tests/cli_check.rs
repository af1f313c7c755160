//! `armlint check`, and the other ways to have what the Bicep CLI says of Bicep files.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Folder, Run};

const UNUSED: &str = "param old string\nvar url = 'https://management.azure.com'\noutput out string = url\n";

/// Level, code and line of each finding.
fn found(run: &Run) -> Vec<(String, String, u64)> {
    let results = run.report["results"].as_array().unwrap_or_else(|| panic!("{}{}", run.stdout, run.stderr));
    let text = |v: &serde_json::Value| v.as_str().unwrap().to_owned();
    let fails = results.iter().filter(|r| r["outcome"] == "fail");
    fails.map(|r| (text(&r["level"]), text(&r["ref"]), r["location"]["startLine"].as_u64().unwrap())).collect()
}

fn one(level: &str, code: &str, line: u64) -> (String, String, u64) {
    (level.to_owned(), code.to_owned(), line)
}

fn check(files: &[(&str, &str)], args: &[&str]) -> Run {
    let folder = Folder::with(&[]);
    files.iter().for_each(|(name, text)| folder.write(name, text));
    folder.run(&[args, &["--format", "json"]].concat())
}

#[test]
fn check_runs_at_the_levels_of_the_nearest_configuration() {
    let plain = check(&[("main.bicep", UNUSED)], &["check"]);
    let wanted = [one("warning", "no-unused-params", 1), one("warning", "no-hardcoded-env-urls", 2)];
    assert_eq!(found(&plain), wanted);
    assert_eq!(plain.status, 0);
    let config = r#"{"analyzers": {"core": {"rules": {
        "no-unused-params": {"level": "error"},
        "no-hardcoded-env-urls": {"level": "off"},
        "use-description-vars": {"level": "info"}
    }}}}"#;
    let run = check(&[("main.bicep", UNUSED), ("bicepconfig.json", config)], &["check"]);
    assert_eq!(found(&run), [one("error", "no-unused-params", 1), one("note", "use-description-vars", 2)]);
    assert_eq!(run.status, 1, "an error fails the run");
    // The nearest counts alone.
    let nearer = [("a/main.bicep", UNUSED), ("bicepconfig.json", config), ("a/bicepconfig.json", "{}")];
    assert_eq!(found(&check(&nearer, &["check"])), wanted);
    let off = r#"{"analyzers": {"core": {"enabled": false}}}"#;
    let compiler = "param old string\noutput out string = nothing\n";
    let run = check(&[("main.bicep", compiler), ("bicepconfig.json", off)], &["check"]);
    assert_eq!(found(&run), [one("error", "BCP057", 2)], "the compiler is no rule of the linter");
}

#[test]
fn the_baseline_runs_all_whatever_the_configuration_says() {
    let config = r#"{"analyzers": {"core": {"rules": {"no-unused-params": {"level": "off"}}}}}"#;
    let run = check(&[("main.bicep", UNUSED), ("bicepconfig.json", config)], &["scan", "--baseline", "Bicep.CLI"]);
    let wanted = [
        one("warning", "no-unused-params", 1),
        one("warning", "use-description-params", 1),
        one("warning", "use-description-vars", 2),
        one("warning", "no-hardcoded-env-urls", 2),
        one("warning", "use-description-outputs", 3),
    ];
    let mut found = found(&run);
    found.sort_by_key(|(_, _, line)| *line);
    assert_eq!(found, wanted);
}

#[test]
fn the_directives_of_the_compiler_count() {
    let text = "#disable-next-line no-unused-params // gone soon\nparam a string\nparam b string\n\
                #disable-diagnostics no-unused-params\nparam c string\n#restore-diagnostics no-unused-params\nparam d string\n";
    for args in [&["check"][..], &["scan", "--baseline", "Bicep.CLI", "--rule", "no-unused-params"]] {
        let run = check(&[("main.bicep", text)], args);
        let lines: Vec<u64> = found(&run).into_iter().filter(|f| f.1 == "no-unused-params").map(|f| f.2).collect();
        assert_eq!(lines, [3, 7], "{args:?}");
        assert!(run.diagnostics().is_empty(), "{:?}", run.diagnostics());
    }
}

#[test]
fn a_scan_has_them_if_the_configuration_asks() {
    let plain = check(&[("main.bicep", UNUSED)], &["scan"]);
    assert!(found(&plain).iter().all(|f| f.1 != "no-unused-params"));
    let asked = [("main.bicep", UNUSED), ("armlint.yaml", "armlint: { bicep-checks: true }\n")];
    let run = check(&asked, &["scan"]);
    assert!(found(&run).contains(&one("warning", "no-unused-params", 1)), "{:?}", found(&run));
    assert!(found(&run).iter().all(|f| f.1 != "use-description-params"), "off unless somebody asks");
    // Who names rules gets those.
    let named = check(&asked, &["scan", "--rule", "Azure.Storage.MinTLS"]);
    assert_eq!(found(&named), []);
}

#[test]
fn check_takes_no_baseline() {
    let run = check(&[("main.bicep", UNUSED)], &["check", "--baseline", "Azure.Default"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("armlint scan --baseline Azure.Default"), "{}", run.stderr);
}

#[test]
fn a_fix_says_whether_it_is_safe() {
    let run = check(&[("main.bicep", "param old string\nvar v = 1\n")], &["check"]);
    let results = run.report["results"].as_array().unwrap();
    let fix = |code: &str| results.iter().find(|r| r["ref"] == code).map(|r| r["fix"]["safety"].clone()).unwrap();
    assert_eq!(fix("no-unused-params"), "review");
    assert_eq!(fix("no-unused-vars"), "safe");
}

/// Which of these codes the compiler's checks find in a file, with the lines.
fn of_codes(files: &[(&str, &str)], codes: &[&str]) -> Vec<(String, u64)> {
    let run = check(files, &["scan", "main.bicep", "--baseline", "Bicep.CLI", "--allow-incomplete"]);
    found(&run).into_iter().filter(|f| codes.contains(&f.1.as_str())).map(|f| (f.1, f.2)).collect()
}

fn lines(code: &str, lines: &[u64]) -> Vec<(String, u64)> {
    lines.iter().map(|line| (code.to_owned(), *line)).collect()
}

#[test]
fn what_is_read_is_known_through_functions_loops_and_modules() {
    let inner = "output name string = 'a'\noutput list { size: int, note: string? }[] = []\n";
    let main = "module inner 'inner.bicep' = {\n  name: 'inner'\n}\n\
                var sizes = [{ small: 1 }]\n\
                output a string = environment().suffixes.storage\n\
                output b string = environment().suffixes.vault\n\
                output c string = deployment().location\n\
                output d int = sizes[0].large\n\
                output e array = [for s in sizes: s.large]\n\
                output f array = map(sizes, s => s.large)\n\
                output g string = inner.outputs.other\n\
                output h array = map(inner.outputs.list, one => one.length)\n\
                output i string = resourceGroup().managedBy\n";
    let files = [("main.bicep", main), ("inner.bicep", inner)];
    assert_eq!(
        of_codes(&files, &["BCP053", "BCP187"]),
        [lines("BCP053", &[6, 7, 8, 9, 10, 11]), lines("BCP187", &[12])].concat()
    );
}

#[test]
fn the_types_of_resources_are_known_where_others_take_them() {
    let inner = "param acls resourceInput<'Microsoft.Storage/storageAccounts@2023-01-01'>.properties.networkAcls\n\
                 output out object = acls\n";
    let main = "module inner 'inner.bicep' = {\n  name: 'inner'\n  params: {\n    acls: {\n      defaultAction: 'Deny'\n      \
                bypas: 'None'\n    }\n  }\n}\n";
    assert_eq!(of_codes(&[("main.bicep", main), ("inner.bicep", inner)], &["BCP037", "BCP089"]), lines("BCP089", &[6]));
    let json = |version: &str| {
        format!(
            r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "languageVersion": "2.0",
            "contentVersion": "1.0.0.0", "resources": {{}}, "parameters": {{"tags": {{"type": "object", "nullable": true, "metadata":
            {{"__bicep_resource_derived_type!": {{"source": "Microsoft.Storage/storageAccounts@{version}#properties/tags"}}}}}}}}}}"#
        )
    };
    let main = "module inner 'inner.json' = {\n  name: 'inner'\n}\n";
    let found = |version: &str| of_codes(&[("main.bicep", main), ("inner.json", &json(version))], &["BCP081"]);
    assert_eq!(found("2023-01-01"), []);
    assert_eq!(found("1999-01-01"), lines("BCP081", &[1]));
}

#[test]
fn arguments_are_held_against_what_functions_take() {
    let main = "func twice(text string) string => '${text}${text}'\n\
                param count int\n\
                output a string = toLower(count)\n\
                output b string = twice(count)\n\
                output c int = length(count)\n\
                output d array = filter([1], one => 'text')\n\
                output e array = sort([1], (a, b) => a < b)\n\
                output f string = string(count)\n\
                output g array = union([1], ['a'])\n";
    let codes = ["BCP048", "BCP070"];
    assert_eq!(
        of_codes(&[("main.bicep", main)], &codes),
        [lines("BCP070", &[3, 4]), lines("BCP048", &[5]), lines("BCP070", &[6])].concat()
    );
}

#[test]
fn scopes_and_parents_are_what_the_compiler_takes() {
    let main = "targetScope = 'subscription'\n\
                resource group 'Microsoft.Resources/resourceGroups@2022-09-01' = {\n  name: 'a'\n  location: 'westeurope'\n}\n\
                module inner 'inner.bicep' = {\n  name: 'inner'\n  scope: 'a'\n}\n\
                module other 'inner.bicep' = {\n  name: 'other'\n  scope: resourceGroup()\n}\n\
                module third 'inner.bicep' = {\n  name: 'third'\n  scope: group\n}\n";
    let found = of_codes(&[("main.bicep", main), ("inner.bicep", "output a int = 1\n")], &["BCP036", "BCP071"]);
    assert_eq!(found, [lines("BCP036", &[8]), lines("BCP071", &[12])].concat());
    let main = "resource site 'Microsoft.Web/sites@2022-09-01' existing = {\n  name: 'site'\n}\n\
                resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-01-01' existing = {\n  name: 'default'\n  \
                parent: site\n}\n\
                output a string = blobs.id\n";
    assert_eq!(of_codes(&[("main.bicep", main)], &["BCP036"]), lines("BCP036", &[6]));
}

#[test]
fn an_existing_resource_is_looked_up_at_any_time_and_known_late() {
    let main = "module inner 'inner.bicep' = {\n  name: 'inner'\n}\n\
                resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {\n  name: inner.outputs.name\n}\n\
                resource account 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'account1'\n  \
                location: vault.id\n  sku: {\n    name: 'Standard_LRS'\n  }\n  kind: 'StorageV2'\n}\n";
    let files = [("main.bicep", main), ("inner.bicep", "output name string = 'a'\n")];
    assert_eq!(of_codes(&files, &["BCP120"]), lines("BCP120", &[9]));
}

#[test]
fn what_if_looks_into_modules_in_json_unless_loops_hang_on_what_is_given() {
    let json = |count: &str| {
        format!(
            r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
            "parameters": {{"name": {{"type": "string"}}, "list": {{"type": "array", "defaultValue": []}}}},
            "resources": [{{"type": "Microsoft.Network/dnsZones", "apiVersion": "2018-05-01", "name": "[parameters('name')]",
            "location": "global", "copy": {{"name": "zones", "count": "[length({count})]"}}}}]}}"#
        )
    };
    let main = "module first 'first.bicep' = {\n  name: 'first'\n}\n\
                module inner 'inner.json' = {\n  name: 'inner'\n  params: {\n    name: first.outputs.name\n    \
                list: []\n  }\n}\n";
    let first = ("first.bicep", "output name string = 'a'\n");
    let found = |count: &str| {
        of_codes(&[("main.bicep", main), first, ("inner.json", &json(count))], &["what-if-short-circuiting"])
    };
    assert_eq!(found("createArray(1)"), lines("what-if-short-circuiting", &[7]));
    assert_eq!(found("parameters('list')"), [], "the number of resources cannot be told before");
}

#[test]
fn texts_are_joined_by_concat_wherever_their_types_are_known() {
    let main = "var words = ['a', 'b']\n\
                output a string = reduce(words, '', (all, next) => concat(all, next))\n\
                output b string = sys.concat('a', 'b')\n\
                output c array = concat(words, words)\n\
                output d string = concat(missing, 'b')\n";
    assert_eq!(of_codes(&[("main.bicep", main)], &["prefer-interpolation"]), lines("prefer-interpolation", &[2, 3]));
}

#[test]
fn a_half_written_access_is_still_looked_at() {
    let main = "param config object\noutput a string = config['name'].\n";
    let code = "prefer-unquoted-property-names";
    assert_eq!(of_codes(&[("main.bicep", main)], &[code, "no-unused-params"]), lines(code, &[2]));
}

#[test]
fn circles_are_told_once_and_nothing_else_of_them() {
    let main = "var a = '${b.x}'\nvar b = { y: a }\nvar c = c\noutput d string = a\n";
    let found = of_codes(&[("main.bicep", main)], &["BCP053", "BCP079", "BCP080"]);
    let wanted = [lines("BCP080", &[1, 2]), lines("BCP079", &[3]), lines("BCP080", &[4])].concat();
    assert_eq!(found, wanted);
}
