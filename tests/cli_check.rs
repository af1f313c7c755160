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
fn a_configuration_builds_on_the_one_that_it_extends() {
    let base = r#"{"analyzers": {"core": {"rules": {
        "no-unused-params": {"level": "off"},
        "no-hardcoded-env-urls": {"level": "off"},
        "use-description-vars": {"level": "info"}
    }}}}"#;
    let own = r#"{"extends": "../shared/base.json", "analyzers": {"core": {"rules": {"no-hardcoded-env-urls": {"level": "error"}}}}}"#;
    let files = [("a/main.bicep", UNUSED), ("a/bicepconfig.json", own), ("shared/base.json", base)];
    let run = check(&files, &["check"]);
    let wanted = [one("note", "use-description-vars", 2), one("error", "no-hardcoded-env-urls", 2)];
    assert_eq!(found(&run), wanted);

    // Aliases of modules as well.
    let alias = r#"{"moduleAliases": {"br": {"reg": {"registry": "example.azurecr.io"}}}}"#;
    let module = "module m 'br/reg:net:1.0' = { name: 'm' }\n";
    let files = [("a/main.bicep", module), ("a/bicepconfig.json", own), ("shared/base.json", alias)];
    let run = check(&files, &["scan", "--cache-dir", "cache"]);
    assert!(run.stdout.contains("br:example.azurecr.io/net:1.0"), "{}{}", run.stdout, run.stderr);

    // If it cannot be read, nothing counts, and that is said once however many files it counts for.
    let files = [
        ("a/main.bicep", UNUSED),
        ("a/other.bicep", "param p string\nparam q string = p\n"),
        ("a/bicepconfig.json", own),
    ];
    let run = check(&files, &["check"]);
    assert_eq!(found(&run).len(), 3, "{}", run.stdout);
    assert_eq!(
        run.stderr.matches("the settings of Bicep are not read").count()
            + run.stdout.matches("the settings of Bicep are not read").count(),
        1,
        "{}{}",
        run.stdout,
        run.stderr
    );
}

#[test]
fn what_extensions_and_experiments_allow_is_no_mistake() {
    let errors = |config: &str, text: &str| {
        let files = [("main.bicep", text), ("bicepconfig.json", config)];
        of_codes(&files, &["BCP029", "BCP057", "BCP081", "BCP187"])
    };
    let named = "extension bar as stg\nresource a 'stg:container' = { name: 'x' }\nresource b 'container' = { name: 'y' }\n\
                 resource c 'stg:container@v1' = { name: 'z' }\nresource d 'stg:blob/sub@v1' = { name: 'z' }\n";
    assert_eq!(errors(r#"{"extensions": {"bar": "./x.tgz"}}"#, named), []);
    let implicit = "resource dep 'fooType@v1' = { identifier: 'x' }\n";
    assert_eq!(errors(r#"{"extensions": {"ext": "./x.tgz"}, "implicitExtensions": ["az", "ext"]}"#, implicit), []);
    assert_eq!(errors(r#"{"implicitExtensions": ["az"]}"#, implicit), lines("BCP029", &[1]));
    let azure = "resource st 'az:Microsoft.Storage/storageAccounts@2023-05-01' existing = { name: 'st' }\noutput o string = st.properties.accessTier\n";
    assert_eq!(errors("{}", azure), []);
    let patch = "@patch()\nresource st 'Microsoft.Storage/storageAccounts@2023-05-01' = {\n  name: 'st'\n  location: 'westeurope'\n  kind: 'StorageV2'\n  sku: { name: 'Standard_LRS' }\n  asserts: { a: true }\n}\n";
    assert_eq!(errors(r#"{"experimentalFeaturesEnabled": {"patch": true, "assertions": true}}"#, patch), []);
    assert_eq!(errors(r#"{"experimentalFeaturesEnabled": {"patch": false}}"#, patch), lines("BCP057", &[1]));
}

#[test]
fn what_came_in_as_input_can_be_read() {
    let text = "param a resourceInput<'Microsoft.Capacity/reservationOrders@2022-11-01'>.properties\n\
                param b resourceOutput<'Microsoft.Capacity/reservationOrders@2022-11-01'>.properties\n\
                param c resourceInput<'Microsoft.Capacity/reservationOrders@2022-11-01'>\n\
                output d string = a.appliedScopeType\n\
                output e string = b.appliedScopeType\n\
                output f string = c.properties.appliedScopeType\n";
    assert_eq!(of_codes(&[("main.bicep", text)], &["BCP077"]), lines("BCP077", &[5]));
    // And what comes out can be given.
    let module = "param a resourceInput<'Microsoft.Storage/storageAccounts@2023-05-01'>.properties\n\
                  param b resourceOutput<'Microsoft.Storage/storageAccounts@2023-05-01'>.properties\n";
    let main = "module m 'm.bicep' = {\n  name: 'm'\n  params: {\n    a: { statusOfPrimary: 'available' }\n    b: { statusOfPrimary: 'available' }\n  }\n}\n";
    assert_eq!(of_codes(&[("main.bicep", main), ("m.bicep", module)], &["BCP073"]), lines("BCP073", &[4]));
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

#[test]
fn this_is_there_in_what_is_deployed() {
    let account = |how: &str| {
        format!(
            "resource a 'Microsoft.Storage/storageAccounts@2023-01-01'{how} = {{\n  name: 'a${{this.exists()}}'\n  \
             resource b 'blobServices' = {{\n    name: 'default'\n    \
             properties: {{ isVersioningEnabled: this.existingResource() == null }}\n  }}\n}}\n"
        )
    };
    assert!(of_codes(&[("main.bicep", &account(""))], &["BCP057", "BCP082"]).is_empty());
    assert_eq!(of_codes(&[("main.bicep", &account(" existing"))], &["BCP057"]), lines("BCP057", &[2]));
    assert_eq!(of_codes(&[("main.bicep", "output o bool = this.exists()\n")], &["BCP057"]), lines("BCP057", &[1]));
}

#[test]
fn null_fits_a_parameter_that_takes_it() {
    let main = "type maybe = int?\nfunc one(a string?, b maybe, c int) string => '${a}${b}${c}'\n\
                output a string = one(null, null, 1)\noutput b string = one(null, null, null)\noutput c string = one(1, 1, 1)\n";
    assert_eq!(of_codes(&[("main.bicep", main)], &["BCP070"]), lines("BCP070", &[4, 5]));
}

#[test]
fn what_resources_of_extensions_take_only_the_extension_knows() {
    let main = "extension microsoftGraphV1\nresource app 'Microsoft.Graph/applications@v1.0' = {\n  uniqueName: 'a'\n  displayName: 'b'\n}\n\
                resource credential 'Microsoft.Graph/applications/federatedIdentityCredentials@v1.0' = {\n  \
                name: '${app.uniqueName}/x'\n}\n\
                resource grant 'Microsoft.Graph/oauth2PermissionGrants@v1.0' = {\n  clientId: app.id\n  scope: 'User.Read'\n}\n";
    assert!(of_codes(&[("main.bicep", main)], &["BCP036", "BCP120"]).is_empty());
}

#[test]
fn numbers_are_held_against_those_that_are_allowed() {
    let main = "@allowed([1, 2])\nparam a int = 3\nparam b 1 | 2 = 1\nparam c int = b\nparam d 4 | 5 = length([])\n\
                module m 'm.bicep' = { params: { n: 7 } }\noutput o array = [a, b, c, d, m.name]\n";
    let files = [("main.bicep", main), ("m.bicep", "@allowed([5, 6])\nparam n int\noutput o int = n\n")];
    let wanted = [lines("BCP033", &[2]), lines("BCP036", &[6])].concat();
    assert_eq!(of_codes(&files, &["BCP033", "BCP036"]), wanted);
    let run = check(&files, &["scan", "main.bicep"]);
    assert!(run.stdout.contains("it takes one of 5, 6"), "{}", run.stdout);
}

#[test]
fn a_directive_covers_the_next_line_and_no_error_of_the_compiler() {
    let main = "#disable-next-line no-hardcoded-env-urls\nvar urls = { a: 'https://management.azure.com'\n  b: 'https://management.azure.com'\n}\n\
                #disable-next-line no-hardcoded-env-urls\n\nvar url = 'https://management.azure.com'\n\
                #disable-next-line BCP057\noutput a string = nothing\noutput b array = [urls, url]\n\
                #disable-diagnostics BCP057\noutput c string = nothing\n";
    let found = of_codes(&[("main.bicep", main)], &["no-hardcoded-env-urls", "BCP057"]);
    let wanted = [lines("no-hardcoded-env-urls", &[3, 7]), lines("BCP057", &[9, 12])].concat();
    assert_eq!(found, wanted);
    // A rule of the linter is silenced whatever its level is.
    let config = r#"{"analyzers": {"core": {"rules": {"no-unused-params": {"level": "error"}}}}}"#;
    let text = "#disable-next-line no-unused-params\nparam a string\n";
    assert!(found_in(&[("main.bicep", text), ("bicepconfig.json", config)]).is_empty());
}

/// What `check` finds.
fn found_in(files: &[(&str, &str)]) -> Vec<(String, String, u64)> {
    found(&check(files, &["check"]))
}

#[test]
fn what_lies_in_another_scope_needs_a_module() {
    let lock = |scope: &str| {
        format!(
            "resource lock 'Microsoft.Authorization/locks@2020-05-01' = {{\n  name: 'l'\n  scope: {scope}\n  properties: {{ level: 'CanNotDelete' }}\n}}\n"
        )
    };
    let account = |more: &str| {
        format!("resource a 'Microsoft.Storage/storageAccounts@2023-01-01' existing = {{\n  name: 'a'\n{more}}}\n")
    };
    let found = |main: String| of_codes(&[("main.bicep", &main)], &["BCP139", "BCP165"]);
    let elsewhere = "  scope: resourceGroup('other')\n";
    assert!(found(account("") + &lock("a")).is_empty());
    assert_eq!(found(account(elsewhere) + &lock("a")), lines("BCP139", &[7]));
    let blobs = "resource b 'Microsoft.Storage/storageAccounts/blobServices@2023-01-01' = {\n  parent: a\n  name: 'default'\n}\n";
    assert!(found(account("") + blobs).is_empty());
    assert_eq!(found(account(elsewhere) + blobs), lines("BCP165", &[5]));
    let group = "resource g 'Microsoft.Resources/resourceGroups@2022-09-01' existing = {\n  name: 'g'\n  scope: subscription()\n}\n";
    assert_eq!(found(group.to_owned() + &lock("g")), lines("BCP139", &[7]));
    assert!(found(lock("tenant()")).is_empty());
}

#[test]
fn functions_that_call_themselves_are_circles() {
    let main = "func own() string => own()\nfunc one() string => two()\nfunc two() string => one()\nfunc fine(n int) int => n\n\
                output o array = [fine(fine(1))]\n";
    let wanted = [lines("BCP079", &[1]), lines("BCP080", &[2, 3])].concat();
    assert_eq!(of_codes(&[("main.bicep", main)], &["BCP079", "BCP080"]), wanted);
}

#[test]
fn a_target_scope_is_one_of_four() {
    for (value, wrong) in [("'asdf'", true), ("'subscription'", false), ("'Subscription'", true), ("1", true)] {
        let found = of_codes(&[("main.bicep", &format!("targetScope = {value}\n"))], &["BCP033"]);
        assert_eq!(!found.is_empty(), wrong, "{value}");
    }
}

#[test]
fn names_of_the_file_hide_functions() {
    let main = "var concat = 3\nparam name string\nparam listKeys string\nfunc f(a string) string => name(a)\n\
                output a array = [concat('x', 'y'), name('x'), listKeys('a', 'b'), sys.concat('x'), f('x')]\n";
    let found = of_codes(&[("main.bicep", main)], &["BCP059", "BCP265"]);
    assert_eq!(found, [lines("BCP265", &[5]), lines("BCP059", &[5]), lines("BCP265", &[5])].concat());
}

#[test]
fn az_and_sys_by_another_name_have_their_functions() {
    let main = "extension az as a\nextension sys as s\noutput o array = [a.resourceGroup().location, s.toLower('X'), a.nothing, s.nothing, az.tenant()]\n";
    assert_eq!(
        of_codes(&[("main.bicep", main)], &["BCP052", "BCP053", "BCP057"]),
        [lines("BCP052", &[3]), lines("BCP053", &[3])].concat()
    );
}

#[test]
fn parameter_files_are_held_against_the_linter() {
    let files = [
        ("main.bicep", "param a string\noutput o string = a\n"),
        (
            "main.bicepparam",
            "using 'main.bicep'\nvar old = 1\nvar host = 'management.azure.com'\nparam a = concat('x', host)\n",
        ),
    ];
    let found: Vec<_> = found_in(&files).into_iter().map(|f| (f.1, f.2)).collect();
    assert_eq!(found, [lines("no-unused-vars", &[2]), lines("prefer-interpolation", &[4])].concat());
}

#[test]
fn a_parameter_file_names_a_template_that_is_there() {
    let main = ("main.bicep", "param a string\noutput o string = a\n");
    let status = |text: &str| {
        let run = check(&[main, ("main.bicepparam", text)], &["scan"]);
        (run.status, run.diagnostics().len())
    };
    assert_eq!(status("using 'main.bicep'\nparam a = 'x'\n"), (0, 0));
    assert_eq!(status("using none\nparam a = 'x'\n"), (0, 0));
    assert_eq!(status("param a = 'x'\n"), (3, 1));
    assert_eq!(status("using 'gone.bicep'\nparam a = 'x'\n"), (3, 1));
    assert_eq!(status("using 'main.bicep'\nusing 'main.bicep'\nparam a = 'x'\n"), (3, 1));
    // A module that is not restored is no mistake.
    assert_eq!(status("using 'br:example.azurecr.io/a:1'\nparam a = 'x'\n"), (0, 1));
}

/// Code and line of each finding with one of these codes.
fn told(files: &[(&str, &str)], args: &[&str], codes: &[&str]) -> Vec<(String, u64)> {
    let found = found(&check(files, args)).into_iter().map(|(_, code, line)| (code, line));
    let mut found: Vec<_> = found.filter(|(code, _)| codes.contains(&code.as_str())).collect();
    found.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    found
}

fn at_lines(code: &str, lines: &[u64]) -> Vec<(String, u64)> {
    lines.iter().map(|line| (code.to_owned(), *line)).collect()
}

#[test]
fn what_is_named_twice_by_each_of_many_is_looked_into_once() {
    let chain = |first: &str, each: &dyn Fn(usize) -> String, last: &str| {
        let rest: String = (1..60).map(each).collect();
        format!("param c bool\nparam p string\n{first}\n{rest}{last}\n")
    };
    let zone = |i: usize, name: &str| {
        format!(
            "resource r{i} 'Microsoft.Network/dnsZones@2018-05-01' = if (c) {{\n  name: {name}\n  location: 'global'\n}}\n"
        )
    };
    let script = |i: usize, kind: &str| {
        format!(
            "resource r{i} 'Microsoft.Resources/deploymentScripts@2023-08-01' = {{\n  name: 'r{i}'\n  location: 'x'\n  kind: {kind}\n}}\n"
        )
    };
    let var = |i: usize, value: &str| format!("var a{i} = {}\n", value.replace('#', &format!("a{}", i - 1)));
    let recursive = "type t = { l: t?, r: t? }\nvar a0 = {}";
    let texts = [
        chain("var a0 = p", &|i| var(i, "'${#}-${#}'"), "output o string = a59"),
        chain("var a0 = p", &|i| var(i, "c ? '${#}' : '${#}'"), "output o string = a59"),
        chain("var a0 = { x: p }", &|i| var(i, "{ x: c ? #.x : #.x }"), "output o string = a59.x"),
        chain("var a0 = [p]", &|i| var(i, "[c ? #[0] : #[0]]"), "output o string = a59[0]"),
        chain(recursive, &|i| var(i, "{ l: #, r: # }"), "output o t = a59"),
        chain(&recursive.replace("{}", "{ v: {} }"), &|i| var(i, "{ v: { l: #.v, r: #.v } }"), "output o t = a59.v"),
        chain("var a0 = ''", &|i| var(i, "'${#}${#}'"), &(zone(0, "'z'") + "output o object = r0[a59]")),
        chain(&zone(0, "'z'"), &|i| zone(i, &format!("'${{r{0}.name}}${{r{0}.name}}'", i - 1)), ""),
        chain(
            &script(0, "'AzureCLI'"),
            &|i| script(i, &format!("c ? r{0}.kind : r{0}.kind", i - 1)),
            "output o object = r59.properties",
        ),
        format!(
            "var x = {}1{}\noutput o int = {}x{}\n",
            "[".repeat(45),
            "]".repeat(45),
            "first(".repeat(40),
            ")".repeat(40)
        ),
        {
            let nested = (1..26).rev().fold("v25".to_owned(), |e, i| format!("map([v{0}, v{0}], v{i} => {e})", i - 1));
            format!("param v0 string\noutput o array = {nested}\n")
        },
        "type t = t?\nfunc f(x t) t => x\noutput o string = f('a').b\n".to_owned(),
    ];
    for text in texts {
        let start = std::time::Instant::now();
        check(&[("main.bicep", &text)], &["check"]);
        assert!(start.elapsed().as_secs() < 20, "{text}");
    }
    let types: String = (1..30).map(|i| format!("type t{i} = {{ a: t{0}, b: t{0} }}\n", i - 1)).collect();
    let text = format!("type t0 = {{ x: string }}\n{types}param p t29\nparam q string\n");
    let start = std::time::Instant::now();
    check(
        &[("main.bicep", &text), ("main.bicepparam", "using 'main.bicep'\nparam q = 'x'\nparam p = q\n")],
        &["check"],
    );
    assert!(start.elapsed().as_secs() < 20);
}

#[test]
fn what_is_wrong_in_a_variable_is_said_at_every_use() {
    let text = "type t = { x: int }\nvar v = { x: 'a' }\noutput a t = v\noutput b t = v\noutput c t[] = [v]\noutput d t[] = [v]\n";
    let found = told(&[("main.bicep", text)], &["check"], &["BCP036"]);
    assert_eq!(found, at_lines("BCP036", &[3, 4, 5, 6]));
}

#[test]
fn reduce_hands_on_what_it_came_to() {
    let text = "param xs string[]\noutput a string[] = reduce(xs, [], (acc, x) => union(acc, [x]))\n\
                output b string[] = reduce(xs, [], (acc, x) => concat(acc, [x]))\n\
                output c int = reduce(xs, 0, (acc, x, i) => max(acc, length(x), i))\n\
                output d int = reduce(xs, 0, (acc, x) => max(acc, x))\n";
    let found = told(&[("main.bicep", text)], &["check"], &["BCP048", "BCP070"]);
    assert_eq!(found, at_lines("BCP070", &[5]), "an item is what the list holds");
}

#[test]
fn what_only_azure_can_say_is_known_late() {
    let text = "resource ex 'Microsoft.Storage/storageAccounts@2023-01-01' existing = {\n  name: 'exsto'\n}\n\
        var direct = listKeys('fake', '2020-01-01')\n\
        var keys = ex.listKeys()\n\
        var l1 = [for i in direct.keys: i]\n\
        var l2 = [for i in [1]: keys]\n\
        resource r1 'Microsoft.Network/dnsZones@2018-05-01' = if (direct.x) {\n  name: ex.listKeys().keys[0].value\n  location: az.reference('x', '2020-01-01').y\n}\n\
        resource r2 'Microsoft.Network/dnsZones@2018-05-01' = {\n  name: toLogicalZone('s', 'westus', 'x')\n  location: this.exists() ? 'global' : 'x'\n  tags: { a: nameof(r1) }\n}\n\
        module m 'm.bicep' = {\n  name: listKeys('x', '2020-01-01').y\n}\n\
        module n 'm.bicep' = {\n  identity: {\n    type: 'UserAssigned'\n    userAssignedIdentities: {\n      '${m.outputs.o}': {}\n    }\n  }\n}\n\
        output o array = [for i in direct.keys: i]\n";
    let files = [("main.bicep", text), ("m.bicep", "output o string = 'o'\n")];
    let wanted = [
        ("BCP178", 6),
        ("BCP182", 7),
        ("BCP177", 8),
        ("BCP120", 9),
        ("BCP120", 10),
        ("BCP120", 13),
        ("BCP120", 14),
        ("BCP120", 18),
        ("BCP120", 24),
        ("BCP178", 28),
    ];
    let found = told(&files, &["check"], &["BCP120", "BCP177", "BCP178", "BCP182"]);
    assert_eq!(found, wanted.map(|(code, line)| (code.to_owned(), line)));
}

#[test]
fn secrets_reach_outputs_through_variables_and_parts_of_types() {
    let text = "@secure()\nparam secureParam string\nvar indirection = secureParam\n@secure()\ntype secureString = string\n\
        param obj {\n  @secure()\n  property: string\n  id: int\n}\nparam wild {\n  @secure()\n  *: string\n  id: int\n}\n\
        param arr secureString[]\nparam tup [string, secureString]\nparam nested {\n  prop: {\n    @secure()\n    secret: string\n    other: string\n  }\n}\n\
        param idx int\nvar copy = { a: obj, b: [tup] }\n\
        output o27 string = 'this ${indirection}'\noutput o28 string = 'this ${obj.property}'\noutput o29 string = wild.anything\n\
        output o30 string = arr[0]\noutput o31 string = tup[1]\noutput o32 object = obj\noutput o33 object = nested\n\
        output o34 object = nested.prop\noutput o35 string = nested.prop.secret\noutput o36 string = nested.prop.other\n\
        output o37 array = arr\noutput o38 string = tup[idx]\noutput o39 string = tup[0]\noutput o40 int = obj.id\n\
        output o41 int = wild.id\noutput o42 string = copy.a.property\noutput o43 int = copy.a.id\noutput o44 string = copy.b[0][1]\n\
        output o45 array = [for a in arr: a]\n\
        resource stg 'Microsoft.Storage/storageAccounts@2021-04-01' existing = {\n  name: 'x'\n}\nvar storage = stg\n\
        output o50 string = storage.listKeys().keys[0].value\n";
    let found = told(&[("main.bicep", text)], &["check"], &["outputs-should-not-contain-secrets"]);
    let wanted = [27, 28, 29, 30, 31, 32, 33, 34, 35, 37, 38, 42, 44, 45, 45, 50];
    assert_eq!(found, at_lines("outputs-should-not-contain-secrets", &wanted));
}

#[test]
fn secure_outputs_are_taken_of_modules_alone() {
    let text = "param condition bool\nmodule mod 'm.bicep' = {}\nmodule mod2 'm.bicep' = {}\nmodule all 'm.bicep' = [for i in range(0, 1): {}]\n\
        var either = condition ? mod : mod2\n@secure()\noutput a string = either.outputs.sensitive\noutput b string = either.outputs.plain\n\
        @secure()\noutput c string = mod.outputs.sensitive\n@secure()\noutput d string = all[0].outputs.sensitive\n\
        output e array = map(all, m => m.outputs.sensitive)\n";
    let module = "@secure()\noutput sensitive string = 'foo'\noutput plain string = 'bar'\n";
    let found = told(&[("main.bicep", text), ("m.bicep", module)], &["check"], &["BCP426"]);
    assert_eq!(found, at_lines("BCP426", &[7, 13]));
}

#[test]
fn each_kind_of_file_has_its_functions() {
    let missing = ["BCP057", "BCP082", "BCP107", "BCP108", "BCP180"];
    let template = "import * as lib from 'lib.bicep'\nparam p string\noutput a string = externalInput('kind')\noutput b string = readEnvironmentVariable('A')\n\
        output c string = az.getSecret('s', 'rg', 'kv', 'n')\noutput d string = sys.toLower(lib.there(p))\n\
        output e string = lib.missing(p)\noutput f string = sys.toLowr(p)\noutput g object = az.listKeys('x', '2020-01-01')\n\
        output h string = sys.resourceGroup().location\nfunc i(x string) string => p(x)\noutput j string = sys.any(i(p))\n";
    let lib = "@export()\nfunc there(x string) string => x\n";
    let found = told(&[("main.bicep", template), ("lib.bicep", lib)], &["check", "main.bicep"], &missing);
    let wanted =
        [("BCP057", 3), ("BCP057", 4), ("BCP107", 5), ("BCP107", 7), ("BCP108", 8), ("BCP107", 10), ("BCP057", 11)];
    assert_eq!(found, wanted.map(|(code, line)| (code.to_owned(), line)));
    let values = "using 'main.bicep'\nparam a = resourceId('Microsoft.Network/virtualNetworks', 'v')\nparam b = resourceGroup().location\n\
        param c = { e: environment().name, s: az.subscription().id }\nparam d = externalInput('kind')\nparam e = az.getSecret('s', 'rg', 'kv', 'n')\n\
        param f = readEnvironmentVariable('A')\nparam g = toLower('A')\n";
    let own = "param a string\nparam b string\nparam c object\nparam d string\n@secure()\nparam e string\nparam f string\nparam g string\n";
    let files = [("main.bicepparam", values), ("main.bicep", own)];
    let found = told(&files, &["check", "main.bicepparam"], &missing);
    let wanted = [("BCP057", 2), ("BCP057", 3), ("BCP057", 4), ("BCP107", 4)];
    assert_eq!(found, wanted.map(|(code, line)| (code.to_owned(), line)));
}

#[test]
fn functions_are_known_by_the_name_of_their_namespace_as_well() {
    let text = "param o object\nparam nm string = newGuid()\n@secure()\nparam sec string = newGuid()\nvar nul = json('null')\n\
        resource stg 'Microsoft.Storage/storageAccounts@2015-06-15' = {\n  name: 'x'\n  location: 'global'\n}\nvar ep = REF(RID('Microsoft.Storage/storageAccounts', 'x'), '2015-06-15')\n\
        resource z 'Microsoft.Network/dnsZones@2018-05-01' = {\n  name: nm\n  location: 'global'\n}\n\
        output sa string = contains(o, 'a') ? o.a : 'x'\noutput rest array = [nul, ep]\n";
    let plain = text.replace("REF", "reference").replace("RID", "resourceId");
    let spaced = ["newGuid", "json", "contains"].iter().fold(text.to_owned(), |t, f| t.replace(f, &format!("sys.{f}")));
    let spaced = spaced.replace("REF", "az.reference").replace("RID", "az.resourceId");
    let run = |text: &str| {
        let run = check(&[("main.bicep", text)], &["scan", "--baseline", "Bicep.CLI"]);
        found(&run).into_iter().map(|(_, code, line)| (code, line)).collect::<Vec<_>>()
    };
    let (plain, spaced) = (run(&plain), run(&spaced));
    assert_eq!(plain, spaced);
    let wanted = [
        "simplify-json-null",
        "use-stable-resource-identifiers",
        "use-safe-access",
        "use-recent-api-versions",
        "use-resource-symbol-reference",
    ];
    for code in wanted {
        assert!(plain.iter().any(|(c, _)| c == code), "{code}: {plain:?}");
    }
}

#[test]
fn a_condition_of_which_nothing_is_known_is_none_for_a_resource() {
    let text = "param cfg object\nparam on bool\n\
        resource a 'Microsoft.Network/dnsZones@2018-05-01' = if (cfg.enabled) {\n  name: 'a'\n  location: 'global'\n}\n\
        resource b 'Microsoft.Network/dnsZones@2018-05-01' = if (on) {\n  name: 'b'\n  location: 'global'\n}\n\
        module m 'm.bicep' = if (cfg.enabled) {}\n\
        output x int = a.properties.numberOfRecordSets\noutput y int = b.properties.numberOfRecordSets\noutput z string = m.outputs.o\n";
    let files = [("main.bicep", text), ("m.bicep", "output o string = 'o'\n")];
    assert_eq!(told(&files, &["check"], &["BCP318"]), at_lines("BCP318", &[13, 14]));
}

#[test]
fn decorators_are_known_by_another_name_of_their_namespace() {
    let text = "extension sys as other\n@other.secure()\nparam p string = 'x'\n@other.secur()\nparam q string\noutput o string = '${p}${q}'\n";
    let found = told(&[("main.bicep", text)], &["check"], &["secure-parameter-default", "BCP057"]);
    assert_eq!(found, [("secure-parameter-default".to_owned(), 3), ("BCP057".to_owned(), 4)]);
}

#[test]
fn parameter_files_have_variables_as_well() {
    let many: String = (0..513).map(|i| format!("var v{i} = {i}\n")).collect();
    let values = format!("using 'main.bicep'\n{many}param p = v0\n");
    let files = [("main.bicep", "param p int\n"), ("main.bicepparam", values.as_str())];
    let codes = ["max-variables", "use-description-params"];
    let args = ["scan", "--baseline", "Bicep.CLI", "main.bicepparam"];
    let found = told(&files, &args, &codes);
    assert!(found.contains(&("max-variables".to_owned(), 2)), "{found:?}");
    let described = told(
        &[files[0], ("main.bicepparam", "using 'main.bicep'\nvar v = 1\nparam p = v\n")],
        &args,
        &["use-description-vars"],
    );
    assert_eq!(described, at_lines("use-description-vars", &[2]));
}

/// What `check` finds in a file beside what nobody uses.
fn of(text: &str) -> Vec<(String, String, u64)> {
    let files = [("main.bicep", text), ("m.bicep", "param a string = ''\noutput o string = a\n")];
    let run = check(&files, &["check", "main.bicep"]);
    found(&run).into_iter().filter(|f| !f.1.starts_with("no-") && !f.1.starts_with("use-")).collect()
}

#[test]
fn what_is_not_there_only_warns_behind_a_safe_access() {
    let text = "var foo = { bar: 'x' }\nvar baz = 'baz'\nmodule m 'm.bicep' = {}\n\
                output a array = [\n  foo.?c\n  foo[?baz]\n  resourceGroup().?nope\n  m.outputs.?nope\n  foo.c\n]\n";
    let warned = |code, line| one("warning", code, line);
    let wanted = [warned("BCP053", 5), warned("BCP083", 6), warned("BCP053", 7), warned("BCP053", 8)];
    assert_eq!(of(text), [&wanted[..], &[one("error", "BCP053", 9)]].concat());
}

#[test]
fn numbers_that_are_known_say_which_items_are_meant() {
    let text = |index: &str| {
        format!(
            "param index {index}\nvar list = ['foo', 'bar', 'baz']\nfunc f(x 'foo' | 'bar') string => x\n\
             output o string = f(list[index])\nvar second = 1\noutput p string = f(list[second])\n"
        )
    };
    assert_eq!(of(&text("0 | 1")), []);
    assert_eq!(of(&text("1 | 2")), [one("error", "BCP070", 4)]);
    assert_eq!(of(&text("int")), [one("error", "BCP070", 4)]);
}

#[test]
fn at_the_top_of_a_resource_names_are_errors_and_types_warn() {
    let known = "resource c 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  location: 1\n  sku: { name: 'Standard_LRS' }\n  \
                 kind: 'StorageV2'\n  madeUp: 1\n  properties: { nope: 1 }\n  zones: [{}]\n  parent: c2\n}\n\
                 resource c2 'Microsoft.Storage/storageAccounts@2023-01-01' = { name: 'abc', sku: {} }\n\
                 output a string = c2.nope\noutput b string = c2.properties.nope\n";
    let wanted = [
        one("error", "BCP035", 1),
        one("warning", "BCP036", 2),
        one("error", "BCP037", 5),
        one("warning", "BCP037", 6),
        one("warning", "BCP187", 7),
        one("error", "BCP034", 7),
        one("error", "BCP037", 8),
        one("warning", "BCP035", 10),
        one("warning", "BCP035", 10),
        one("error", "BCP053", 11),
        one("warning", "BCP053", 12),
    ];
    assert_eq!(of(known), wanted);
    let unknown = "resource foo 'Microsoft.Foo/foos@2020-02-02-alpha' = {\n  location: []\n  tags: 'x'\n  id: 'x'\n}\n";
    let wanted = [
        one("error", "BCP035", 1),
        one("warning", "BCP081", 1),
        one("warning", "BCP036", 2),
        one("warning", "BCP036", 3),
        one("error", "BCP073", 4),
    ];
    assert_eq!(of(unknown), wanted);
    let variants =
        "resource s 'Microsoft.Resources/deploymentScripts@2023-08-01' = {\n  name: 's'\n  location: 'westus'\n}\n";
    assert_eq!(of(variants), [one("error", "BCP078", 1)]);
}

#[test]
fn types_of_resources_that_a_file_declares_only_warn() {
    let text = "param p resourceInput<'Microsoft.Storage/storageAccounts@2023-01-01'>.properties = {\n  nope: 1\n  \
                minimumTlsVersion: 1\n}\noutput o object = p\n";
    assert_eq!(of(text), [one("warning", "BCP037", 2), one("warning", "BCP036", 3)]);
}

#[test]
fn typed_variables_and_functions_are_held_to_their_types() {
    let text = "func a(x string) string => 5\nfunc b(x string) { a: string } => { a: 1 }\nvar c string = 1\n\
                var d { a: string } = { }\nvar e 'x' | 'y' = 'z'\nvar f string[] = ['a', 1]\n\
                func g(n int, u 'x' | 'y') string => u\noutput h string = g(1, 'z')\nfunc i(o { a: string }) string => o.?a ?? ''\n\
                output j string = i({ a: 1 })\noutput k string = i({})\noutput l string = buildUri({ scheme: 'a', host2: 'b' })\n\
                output m array = [a(''), b(''), c, d, e, f]\noutput n string = i({ a: 'x' })\n";
    let wanted = [
        one("error", "BCP033", 1),
        one("error", "BCP036", 2),
        one("error", "BCP033", 3),
        one("error", "BCP035", 4),
        one("error", "BCP033", 5),
        one("error", "BCP034", 6),
        one("error", "BCP070", 8),
        one("error", "BCP036", 10),
        one("error", "BCP035", 11),
        one("error", "BCP035", 12),
        one("error", "BCP089", 12),
    ];
    assert_eq!(of(text), wanted);
}

#[test]
fn arrays_are_as_long_as_their_types_allow() {
    let text = "@maxLength(1)\nparam a array = [1, 2]\n@minLength(3)\nparam b array = [1, 2]\n\
                param c [int, string] = [1, 'a', 3]\nparam d [int, string] = [1]\nparam e [int, string] = ['a', 1]\n\
                @allowed(['a', 'b'])\nparam f array = ['a', 'c']\nparam g [int, string] = [1, 'a']\nparam h [int, string] = [...a, 'a']\n\
                output i [int, string, bool] = c\n@maxLength(2)\noutput j array = g\n@minLength(1)\nparam k array\n\
                @minLength(2)\noutput l array = k\noutput m array = [a, b, d, e, f, h]\n";
    let wanted = [
        one("error", "BCP332", 2),
        one("error", "BCP333", 4),
        one("error", "BCP332", 5),
        one("error", "BCP333", 6),
        one("error", "BCP034", 7),
        one("error", "BCP034", 7),
        one("error", "BCP034", 9),
        one("error", "BCP333", 12),
        one("warning", "BCP334", 18),
    ];
    assert_eq!(of(text), wanted);
}

#[test]
fn loops_go_through_arrays_and_resources_wait_for_resources() {
    let text = "param s string\nvar a = [for i in s: i]\noutput b array = [for i in 1: i]\noutput c array = [for i in [1]: i]\n\
                module m 'm.bicep' = { dependsOn: ['x', m2, m2.outputs.o] }\nmodule m2 'm.bicep' = {}\n\
                module m3 'm.bicep' = { dependsOn: m2 }\noutput d array = a\n";
    let wanted = [
        one("error", "BCP137", 2),
        one("error", "BCP137", 3),
        one("error", "BCP034", 5),
        one("error", "BCP034", 5),
        one("error", "BCP036", 7),
    ];
    assert_eq!(of(text), wanted);
}

#[test]
fn the_identity_of_a_module_is_checked() {
    let text = "module a 'm.bicep' = { identity: { type: 'SystemAssigned' } }\n\
                module b 'm.bicep' = {\n  identity: {\n    userAssignedIdentities: ['x']\n    extra: 1\n  }\n}\n\
                module c 'm.bicep' = { identity: { type: 'UserAssigned', userAssignedIdentities: { x: {} } } }\n";
    let wanted =
        [one("error", "BCP088", 1), one("error", "BCP035", 3), one("error", "BCP036", 4), one("error", "BCP037", 5)];
    assert_eq!(of(text), wanted);
}

#[test]
fn decorators_take_what_they_are_for() {
    let text = "@allowed(['test', 1, true])\nparam a int = 1\n@sys.description(3)\nparam b string\n\
                @metadata({ description: true })\nparam c string\n@description('x')\nparam d string\nvar description = 'foo'\n\
                output o array = [a, b, c, d, description]\n";
    let wanted = [
        one("error", "BCP034", 1),
        one("error", "BCP034", 1),
        one("error", "BCP070", 3),
        one("error", "BCP036", 5),
        one("error", "BCP265", 7),
    ];
    assert_eq!(of(text), wanted);
}

#[test]
fn types_have_only_the_parts_that_they_name() {
    let text = "type a = resourceInput<'Microsoft.Storage/storageAccounts@2023-01-01'>.nom\n\
                type b = resourceInput<'Microsoft.KeyVault/vaults@2022-07-01'>.properties.accessPolicies[*].tenatId\n\
                type c = { a: string }\ntype d = c.b\ntype e = [c, c]\ntype f = e[1].b\ntype g = e[1].a\n\
                param h {} = { x: 1 }\noutput i string = h.x\n@sealed()\nparam j { a: string }\noutput k string = j.b\n\
                param l object = { x: 1 }\noutput m int = l.x\ntype n = resourceInput<'Microsoft.Storage/storageAccounts@2023-01-01'>.scale\n";
    let wanted = [
        one("error", "BCP053", 1),
        one("error", "BCP083", 2),
        one("error", "BCP053", 4),
        one("error", "BCP053", 6),
        one("warning", "BCP037", 8),
        one("warning", "BCP187", 9),
        one("error", "BCP053", 12),
    ];
    assert_eq!(of(text), wanted);
}

#[test]
fn a_variable_that_is_used_in_itself_many_times_over_is_not_followed_for_ever() {
    let line = |i: usize| format!("var v{i} = {{ x: v{0}, y: v{0} }}\n", i + 1);
    let lines: String = (0..60).map(line).collect();
    let text = format!("type T = {{ x: T?, y: T? }}\n{lines}var v60 = {{ x: null }}\noutput o T = v0\n");
    assert_eq!(of(&text).iter().filter(|f| f.0 == "error").count(), 0);
}
