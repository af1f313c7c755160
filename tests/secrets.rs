//! A secret is in no report, wherever it stands: one unmistakable value in every position there is, looked for in every format.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::fs;

use common::Folder;

/// The value. What is looked for is a part of it, in any case, and all of it in base64.
const SECRET: &str = "zq9-river-stone-77";

const FORMATS: [&str; 12] =
    ["text", "concise", "json", "sarif", "github", "azure", "gitlab", "sonar", "markdown", "junit", "csv", "counts"];

/// Where the value is allowed besides its source.
#[derive(Clone, Copy, PartialEq)]
enum Expand {
    /// Somebody gave it: `expand` prints it nowhere.
    Hidden,
    /// The template itself writes it: `expand` may print it.
    Shown,
    /// There is nothing that could be expanded.
    Nothing,
}
use Expand::{Hidden, Nothing, Shown};

struct Position {
    name: &'static str,
    /// The last one is what `expand` gets. `SECRET` in a text is the value.
    files: &'static [(&'static str, &'static str)],
    expand: Expand,
}

/// A storage account whose TLS version is an expression, which makes findings that quote it and stand on it.
macro_rules! account {
    ($value:literal) => {
        concat!(
            "resource s 'Microsoft.Storage/storageAccounts@2023-05-01' = {\n  name: 'stshop'\n  location: 'westeurope'\n",
            "  kind: 'StorageV2'\n  sku: { name: 'Standard_LRS' }\n  tags: { a: string(", $value, ") }\n",
            "  properties: { minimumTlsVersion: ", $value, " }\n}\n"
        )
    };
}

macro_rules! arm {
    ($parameters:literal, $variables:literal, $value:literal) => {
        concat!(
            r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0","#,
            r#""parameters": {"#, $parameters, r#"}, "variables": {"#, $variables, r#"}, "resources": [{"#,
            r#""type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-05-01", "name": "stshop", "location": "westeurope","#,
            r#""kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "tags": {"a": "#, $value, r#"},"#,
            r#""properties": {"minimumTlsVersion": "#, $value, r#"}}]}"#
        )
    };
}

macro_rules! values {
    ($members:literal) => {
        concat!(
            r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#", "contentVersion": "1.0.0.0", "parameters": {"#,
            $members, "}}"
        )
    };
}

const POSITIONS: &[Position] = &[
    // What somebody gives to a secure parameter, in either language.
    Position {
        name: "what is marked as a secret by what stands beside it",
        files: &[(
            "main.bicep",
            concat!(
                "resource value 'Microsoft.ApiManagement/service/namedValues@2022-08-01' = {\n  name: 'a/n'\n",
                "  properties: { displayName: 'n', secret: true, value: 'SECRET' }\n}\n",
                "resource certificate 'Microsoft.Web/certificates@2023-12-01' = {\n  name: 'n'\n  location: 'westeurope'\n",
                "  properties: { pfxBlob: 'SECRET' }\n}\n",
                "resource task 'Microsoft.ContainerRegistry/registries/tasks@2019-04-01' = {\n  name: 'a/t'\n  location: 'westeurope'\n",
                "  properties: { step: { type: 'Docker', dockerFilePath: 'x', arguments: [ { name: 'x', value: 'SECRET', isSecret: true } ] } }\n}\n",
                "resource hook 'Microsoft.ContainerRegistry/registries/webhooks@2023-07-01' = {\n  name: 'a/t'\n  location: 'westeurope'\n",
                "  properties: { actions: ['push'], serviceUri: 'https://x/?code=SECRET', customHeaders: { Authorization: 'Basic SECRET' } }\n}\n",
                "resource circuit 'Microsoft.Network/connections@2023-09-01' = {\n  name: 'n'\n  location: 'westeurope'\n",
                "  properties: { connectionType: 'ExpressRoute', authorizationKey: 'SECRET' }\n}\n",
                "resource input 'Microsoft.StreamAnalytics/streamingjobs/inputs@2020-03-01' = {\n  name: 'a/b'\n",
                "  properties: { datasource: { type: 'x', properties: { sharedAccessPolicyKey: 'SECRET' } } }\n}\n"
            ),
        )],
        expand: Shown,
    },
    Position {
        name: "setting named like a secret, connection string, script",
        files: &[(
            "main.bicep",
            concat!(
                "resource settings 'Microsoft.Web/sites/config@2024-04-01' = {\n  name: 'app/appsettings'\n",
                "  properties: { MAIL_PASSWD: 'SECRET', blobs: 'AccountName=st;AccountKey=SECRET;' }\n}\n",
                "resource vm 'Microsoft.Compute/virtualMachines@2024-07-01' = {\n  name: 'vm'\n  location: 'westeurope'\n",
                "  properties: { osProfile: { customData: 'export DB_PASSWORD=SECRET' } }\n}\n"
            ),
        )],
        expand: Shown,
    },
    Position {
        name: "given in a .bicepparam",
        files: &[
            ("main.bicep", concat!("@secure()\nparam pin string\n", account!("pin"))),
            ("main.bicepparam", "using 'main.bicep'\nparam pin = 'SECRET'\n"),
        ],
        expand: Hidden,
    },
    Position {
        name: "given in JSON",
        files: &[
            ("main.json", arm!(r#""pin": {"type": "securestring"}"#, "", r#""[parameters('pin')]""#)),
            ("main.parameters.json", values!(r#""pin": {"value": "SECRET"}"#)),
        ],
        expand: Hidden,
    },
    Position {
        name: "given in JSON to Bicep, wrong by its type",
        files: &[
            (
                "main.bicep",
                concat!(
                    "@secure()\n@maxLength(3)\nparam pin string\n@secure()\nparam o object\n",
                    account!("pin"),
                    "output o object = o\n"
                ),
            ),
            (
                "main.parameters.json",
                values!(r#""pin": {"value": "SECRET"}, "o": {"value": "SECRET"}, "none": {"value": "SECRET"}"#),
            ),
        ],
        expand: Hidden,
    },
    Position {
        name: "part of a secure object",
        files: &[
            (
                "main.bicep",
                concat!("@secure()\nparam cfg object\n", account!("cfg.tls"), "output a array = items(cfg)\n"),
            ),
            (
                "main.parameters.json",
                values!(r#""cfg": {"value": {"tls": "SECRET", "list": ["SECRET", {"x": "SECRET"}]}}"#),
            ),
        ],
        expand: Hidden,
    },
    Position {
        name: "one member of each gateway of a list, in a module and a parameter file",
        files: &[
            (
                "main.bicep",
                "param gateways array\nvar all = concat(gateways, [])\nmodule m 'part.bicep' = [for g in all: {\n  name: g.name\n  params: { gateway: g }\n}]\n",
            ),
            (
                "part.bicep",
                concat!(
                    "param gateway object\n",
                    "resource g 'Microsoft.Network/virtualNetworkGateways@2023-09-01' = {\n  name: gateway.name\n  location: 'westeurope'\n",
                    "  tags: { a: gateway.name }\n",
                    "  properties: { vpnClientConfiguration: { radiusServerSecret: gateway.client.?radiusSecret ?? '' } }\n}\n"
                ),
            ),
            (
                "main.parameters.json",
                values!(r#""gateways": {"value": [{"name": "gw-one", "client": {"radiusSecret": "SECRET"}}]}"#),
            ),
        ],
        expand: Shown,
    },
    Position {
        name: "part of a secureobject",
        files: &[
            (
                "main.json",
                arm!(
                    r#""cfg": {"type": "secureObject"}"#,
                    r#""v": "[parameters('cfg').tls]""#,
                    r#""[variables('v')]""#
                ),
            ),
            ("main.parameters.json", values!(r#""cfg": {"value": {"tls": "SECRET"}}"#)),
        ],
        expand: Hidden,
    },
    Position {
        name: "made of one by functions",
        files: &[
            (
                "main.bicep",
                concat!(
                    "@secure()\nparam pin string\nvar v = toUpper('x${base64(pin)}')\n",
                    account!("join([pin, format('{0}-{1}', v, toLower(pin))], ',')"),
                    "output b string = base64(pin)\noutput u string = uriComponent(pin)\n"
                ),
            ),
            ("main.bicepparam", "using 'main.bicep'\nparam pin = 'SECRET'\n"),
        ],
        expand: Hidden,
    },
    // Types that keep secrets in some parts.
    Position {
        name: "property of a type",
        files: &[
            (
                "main.bicep",
                concat!(
                    "type login = {\n  user: string\n  @secure()\n  pin: string\n}\nparam who login\n",
                    account!("who.pin"),
                    "output all object = who\n"
                ),
            ),
            ("main.bicepparam", "using 'main.bicep'\nparam who = { user: 'u', pin: 'SECRET' }\n"),
        ],
        expand: Hidden,
    },
    Position {
        name: "nested, nullable and listed property of a type",
        files: &[
            (
                "main.bicep",
                concat!(
                    "type login = { @secure()\n pin: string? }\ntype site = { logins: login[]?, one: login?, *: login }\nparam who site?\n",
                    account!("who!.logins![0].pin"),
                    "output b string = who!.one!.pin!\noutput c string = who!.other.pin!\noutput d string = string(who)\n"
                ),
            ),
            (
                "main.parameters.json",
                values!(
                    r#""who": {"value": {"logins": [{"pin": "SECRET"}], "one": {"pin": "SECRET"}, "other": {"pin": "SECRET"}}}"#
                ),
            ),
        ],
        expand: Hidden,
    },
    Position {
        name: "imported type, tuple and variant",
        files: &[
            (
                "types.bicep",
                "@export()\ntype login = { @secure()\n pin: string }\n@export()\n@discriminator('kind')\ntype way = a | b\n\
                 type a = { kind: 'a', @secure()\n key: string }\ntype b = { kind: 'b' }\n",
            ),
            (
                "main.bicep",
                concat!(
                    "import { login, way } from 'types.bicep'\nimport * as t from 'types.bicep'\nparam one login\nparam two t.login\nparam w way\n\
                     param both [string, login]\n@secure()\nparam input resourceInput<'Microsoft.Storage/storageAccounts@2023-05-01'>.name\n",
                    account!("one.pin"),
                    "output a string = two.pin\noutput b string = w.key\noutput c string = both[1].pin\noutput d string = input\n"
                ),
            ),
            (
                "main.bicepparam",
                "using 'main.bicep'\nparam one = { pin: 'SECRET' }\nparam two = { pin: 'SECRET' }\nparam w = { kind: 'a', key: 'SECRET' }\n\
                 param both = ['x', { pin: 'SECRET' }]\nparam input = 'SECRET'\n",
            ),
        ],
        expand: Hidden,
    },
    Position {
        name: "definition with a secure property",
        files: &[
            (
                "main.json",
                r##"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "languageVersion": "2.0", "contentVersion": "1.0.0.0",
                    "definitions": {"login": {"type": "object", "properties": {"pin": {"type": "securestring"}}}},
                    "parameters": {"who": {"$ref": "#/definitions/login"}, "list": {"type": "array", "items": {"$ref": "#/definitions/login"}}},
                    "resources": {"s": {"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-05-01", "name": "stshop", "location": "westeurope",
                    "properties": {"minimumTlsVersion": "[parameters('who').pin]"}}},
                    "outputs": {"o": {"type": "string", "value": "[parameters('list')[0].pin]"}}}"##,
            ),
            (
                "main.parameters.json",
                values!(r#""who": {"value": {"pin": "SECRET"}}, "list": {"value": [{"pin": "SECRET"}]}"#),
            ),
        ],
        expand: Hidden,
    },
    // Parameter files.
    Position {
        name: "into another parameter of a .bicepparam",
        files: &[
            (
                "main.bicep",
                concat!(
                    "@secure()\nparam token string\nparam label string\nparam other string\n",
                    account!("label"),
                    "output o string = other\n"
                ),
            ),
            (
                "main.bicepparam",
                "using 'main.bicep'\nparam label = '${token}-x'\nparam token = 'SECRET'\nvar v = toUpper(token)\nparam other = v\n",
            ),
        ],
        expand: Hidden,
    },
    Position {
        name: "variable that a secure parameter takes",
        files: &[
            ("main.bicep", concat!("@secure()\nparam pin string\n", account!("pin"))),
            (
                "main.bicepparam",
                "using 'main.bicep'\nvar all = { a: 'SECRET' }\nvar one = '${all.a}'\nparam pin = one\n",
            ),
        ],
        expand: Hidden,
    },
    Position {
        name: "extended parameter file",
        files: &[
            (
                "main.bicep",
                concat!(
                    "@secure()\nparam pin string\nparam label string\n",
                    account!("pin"),
                    "output o string = label\n"
                ),
            ),
            ("base.bicepparam", "using none\nparam pin = 'SECRET'\nparam label = '${pin}-y'\n"),
            ("main.bicepparam", "using 'main.bicep'\nextends 'base.bicepparam'\n"),
        ],
        expand: Hidden,
    },
    Position {
        name: "over several lines",
        files: &[
            ("main.bicep", concat!("@secure()\nparam pin string\n", account!("pin"))),
            ("main.bicepparam", "using 'main.bicep'\nparam pin = '''first-river-stone\nSECRET\n'''\n"),
        ],
        expand: Hidden,
    },
    Position {
        name: "parameter file without a template",
        files: &[
            (
                "lost.parameters.json",
                values!(r#""adminPassword": {"value": "SECRET"}, "pin": {"value": {"a": ["SECRET"]}}, "#),
            ),
            ("lost.bicepparam", "using 'gone.bicep'\nparam pin = 'SECRET' 'x'\n"),
        ],
        expand: Nothing,
    },
    Position {
        name: "parameter file with a broken line",
        files: &[
            ("main.bicep", concat!("@secure()\nparam pin string\n", account!("pin"))),
            ("main.parameters.json", values!(r#""pin": {"value": "SECRET" "x": }, "pin": {"value": "SECRET"}, "#)),
        ],
        expand: Hidden,
    },
    Position {
        name: "lines that cannot be read",
        files: &[
            ("main.bicep", "@secure()\nparam pin string = 'SECRET\nparam adminPassword 'SECRET'\nparam other string\n"),
            (
                "main.json",
                r#"{"$schema":"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#","contentVersion":"1.0.0.0","parameters":{"pin":{"type":"securestring","defaultValue":"SECRET"#,
            ),
            (
                "main.bicepparam",
                "using 'main.bicep'\nparam pin = 'x${'SECRET'\nparam other 'SECRET'\nparam = 'SECRET'\nvar x 'SECRET'\n",
            ),
        ],
        expand: Nothing,
    },
    Position {
        name: "variable that other parameters take as well",
        files: &[
            ("main.bicep", concat!("@secure()\nparam pin string\nparam label string\n", account!("label"))),
            (
                "main.bicepparam",
                "using 'main.bicep'\nvar base = 'SECRET'\nvar again = base\nparam label = '${base}-x'\nparam pin = again\n",
            ),
        ],
        expand: Hidden,
    },
    Position {
        name: "evaluation that fails",
        files: &[
            ("main.bicep", concat!("@secure()\nparam pin string\n", account!("pin"))),
            ("main.bicepparam", "using 'main.bicep'\nparam pin = base64ToString('SECRET!')\n"),
        ],
        expand: Hidden,
    },
    // What the template itself writes.
    Position {
        name: "default in Bicep",
        files: &[(
            "main.bicep",
            concat!(
                "@secure()\nparam pin string = 'SECRET'\n",
                account!("pin"),
                "output o string = '${base64(pin)}-${toUpper(pin)}'\n"
            ),
        )],
        expand: Shown,
    },
    Position {
        name: "default in JSON, on one line, in a name",
        files: &[(
            "main.json",
            concat!(
                r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0", "parameters": {"pin": {"type": "securestring", "defaultValue": "SECRET"}},"#,
                r#""resources": [{"type": "Microsoft.Sql/servers", "apiVersion": "2021-11-01", "name": "[base64(parameters('pin'))]", "properties": {"minimalTlsVersion": "[toUpper(parameters('pin'))]"},"#,
                r#""resources": [{"type": "firewallRules", "apiVersion": "2021-11-01", "name": "[parameters('pin')]", "properties": {"startIpAddress": "0.0.0.0", "endIpAddress": "255.255.255.255"}}]}],"#,
                r#""outputs": {"o": {"type": "string", "value": "[parameters('pin')]"}, "f": {"type": "int", "value": "[int(parameters('pin'))]"}}}"#
            ),
        )],
        expand: Shown,
    },
    Position {
        name: "default of a secure object and of a type",
        files: &[(
            "main.bicep",
            concat!(
                "type login = { @secure()\n pin: string }\nparam who login = { pin: 'SECRET' }\n@secure()\nparam cfg object = { a: { tls: 'SECRET' } }\n",
                account!("cfg.a.tls"),
                "output o string = who.pin\noutput p array = items(cfg)\noutput j string = join(map(items(cfg), i => i.value.tls), '-')\n"
            ),
        )],
        expand: Shown,
    },
    Position {
        name: "passwords of resources",
        files: &[(
            "main.bicep",
            "var pw = { x: 'SECRET' }\n\
             resource pg 'Microsoft.DBforPostgreSQL/flexibleServers@2023-06-01-preview' = {\n  name: 'pg1'\n  location: 'westeurope'\n  properties: { administratorLogin: 'chief', administratorLoginPassword: 'SECRET' }\n}\n\
             resource vm 'Microsoft.Compute/virtualMachines@2023-09-01' = {\n  name: 'vm1'\n  location: 'westeurope'\n  properties: { osProfile: { adminUsername: 'chief', adminPassword: pw.x } }\n}\n\
             resource kv 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {\n  name: 'kv/s'\n  properties: { value: 'SECRET' }\n}\n\
             resource web 'Microsoft.Web/sites@2023-12-01' = {\n  name: 'web'\n  location: 'westeurope'\n  properties: { siteConfig: { appSettings: [{ name: 'DB_PASSWORD', value: 'SECRET' }] } }\n}\n\
             resource ext 'Microsoft.Compute/virtualMachines/extensions@2023-09-01' = {\n  parent: vm\n  name: 'e'\n  location: 'westeurope'\n  properties: { protectedSettings: { commandToExecute: 'run SECRET' } }\n}\n",
        )],
        expand: Shown,
    },
    Position {
        name: "passwords of resources in minified JSON",
        files: &[(
            "main.json",
            r#"{"$schema":"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#","contentVersion":"1.0.0.0","resources":[{"type":"Microsoft.Sql/servers","apiVersion":"2021-11-01","name":"Sql One","location":"westeurope","properties":{"administratorLogin":"chief","administratorLoginPassword":"SECRET","x":"[nothing('a')]"}},{"type":"Microsoft.KeyVault/vaults/secrets","apiVersion":"2023-07-01","name":"kv/s","properties":{"value":"[concat('SECRET', 'x')]"}}],"outputs":{"o":{"type":"string","value":"[gone('x')]"}},,}"#,
        )],
        expand: Shown,
    },
    Position {
        name: "handed to a module",
        files: &[
            (
                "m.bicep",
                concat!(
                    "@secure()\nparam pin string\nparam plain string\nparam who { @secure()\n pin: string }\n",
                    account!("pin"),
                    "output o string = who.pin\n@secure()\noutput s string = pin\n"
                ),
            ),
            (
                "main.bicep",
                "param base string = 'SECRET'\nvar v = 'SECRET'\nmodule m 'm.bicep' = {\n  name: 'm'\n  params: { pin: v, plain: '${m2.outputs.s}', who: { pin: 'SECRET' } }\n}\n\
                 module m2 'm.bicep' = {\n  name: 'm2'\n  params: { pin: '${base}-x', plain: 'x', who: { pin: v } }\n}\noutput o string = m.outputs.o\n",
            ),
        ],
        expand: Hidden,
    },
    Position {
        name: "handed to a nested deployment",
        files: &[(
            "main.json",
            r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0", "variables": {"v": "SECRET"}, "resources": [
              {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "n", "properties": {"mode": "Incremental", "expressionEvaluationOptions": {"scope": "inner"},
               "parameters": {"pin": {"value": "[variables('v')]"}, "two": {"value": "SECRET"}},
               "template": {"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
                "parameters": {"pin": {"type": "securestring"}, "two": {"type": "securestring"}},
                "resources": [{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-05-01", "name": "stshop", "location": "westeurope", "properties": {"minimumTlsVersion": "[parameters('pin')]", "x": "[parameters('two')]"}}],
                "outputs": {"o": {"type": "string", "value": "[concat('a', parameters('pin'))]"}}}}}],
              "outputs": {"o": {"type": "string", "value": "[reference('n').outputs.o.value]"}}}"#,
        )],
        expand: Hidden,
    },
    Position {
        name: "exported resource",
        files: &[(
            "export.json",
            r#"[{"type": "Microsoft.Sql/servers", "name": "Sql One", "location": "westeurope", "properties": {"administratorLogin": "chief", "administratorLoginPassword": "SECRET"}}, {"type": "Microsoft.KeyVault/vaults/secrets", "name": "kv/s", "properties": {"value": "SECRET"}}, {"name": "no resource", "adminPassword": "SECRET"}]"#,
        )],
        expand: Nothing,
    },
    Position {
        name: "parameter that only its name tells",
        files: &[
            ("main.bicep", concat!("param dbPassword string = 'SECRET'\n", account!("dbPassword"))),
            ("main.parameters.json", values!(r#""dbPassword": {"value": "SECRET"}"#)),
        ],
        expand: Shown,
    },
];

/// Whether a text holds the value in some form.
fn tells(text: &str) -> bool {
    text.to_ascii_lowercase().contains("river-stone")
        || text.contains("enE5LXJpdmVyLXN0b25l")
        || text.contains("ENE5LXJPDMVYLXN0B25L")
}

/// The lines of a text that hold the value.
fn telling(text: &str) -> String {
    text.lines()
        .filter(|l| tells(l))
        .take(3)
        .map(|l| format!("      {}\n", l.chars().take(300).collect::<String>()))
        .collect()
}

#[test]
fn secrets_are_in_no_report() {
    let mut leaks = String::new();
    for position in POSITIONS {
        let folder = Folder::with(&[]);
        for (name, text) in position.files {
            folder.write(name, &text.replace("SECRET", SECRET));
        }
        let mut look = |place: &str, text: &str| {
            if tells(text) {
                leaks.push_str(&format!("{}: {place}\n{}", position.name, telling(text)));
            }
        };
        let reports: Vec<String> = FORMATS.iter().map(|f| format!("{f}=report.{f}.out")).collect();
        let mut args = vec!["scan", ".", "--outcome", "all"];
        reports.iter().for_each(|r| args.extend(["--report", r]));
        let run = folder.run(&args);
        assert!([0, 1, 3].contains(&run.status), "{}: {} {}", position.name, run.status, run.stderr);
        look("scan", &run.stdout);
        look("scan, standard error", &run.stderr);
        for format in FORMATS {
            look(format, &fs::read_to_string(folder.path(&format!("report.{format}.out"))).unwrap());
        }
        let diagnostics_only =
            folder.run(&["scan", ".", "--rule", "Azure.Template.TemplateFile", "--allow-incomplete"]);
        look("scan with few rules", &diagnostics_only.stdout);
        let (Some((file, _)), true) = (position.files.last(), position.expand != Nothing) else { continue };
        for args in [&["expand", file][..], &["expand", "--origins", file]] {
            let run = folder.run(args);
            look("expand, standard error", &run.stderr);
            match position.expand {
                Hidden => look("expand", &run.stdout),
                _ => look("expand's diagnostics", &run.report["diagnostics"].to_string()),
            }
        }
    }
    assert!(leaks.is_empty(), "the secret is told by\n{leaks}");
}
