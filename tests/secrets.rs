//! A secret is in no report, wherever it stands: one unmistakable value in every position there is, looked for in every format.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::fs;

use common::Folder;

/// The value. What is looked for is a part of it, in any case, and all of it in base64.
const SECRET: &str = "zq9-river-stone-77";

const FORMATS: [&str; 13] = [
    "html", "text", "concise", "json", "sarif", "github", "azure", "gitlab", "sonar", "markdown", "junit", "csv",
    "counts",
];

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
        name: "setting whose name comes from elsewhere",
        files: &[(
            "main.bicep",
            concat!(
                "param app string\nvar one = 'DB_PASSWORD'\nvar names = { two: { key: one } }\n",
                "resource web 'Microsoft.Web/sites@2023-12-01' = {\n  name: 'web'\n  location: 'westeurope'\n",
                "  properties: { siteConfig: { minTlsVersion: '1.0', appSettings: [{ name: one, value: 'SECRET' }, { name: names.two.key, value: 'SECRET' }] } }\n}\n",
                "resource settings 'Microsoft.Web/sites/config@2024-04-01' = {\n  parent: web\n  name: 'appsettings'\n",
                "  properties: { '${app}_PASSWORD': 'SECRET' }\n}\n"
            ),
        )],
        expand: Shown,
    },
    Position {
        name: "secrets of workflows, run commands and channels",
        files: &[(
            "main.bicep",
            concat!(
                "resource flow 'Microsoft.Logic/workflows@2019-05-01' = {\n  name: 'flow'\n  location: 'westeurope'\n  properties: {\n",
                "    definition: { parameters: { word: { type: 'SecureString', defaultValue: 'SECRET' } }, actions: { a: { inputs: { ",
                "authentication: { type: 'ActiveDirectoryOAuth', secret: 'SECRET' } } } } }\n    parameters: { word: { value: 'SECRET' } }\n  }\n}\n",
                "resource run 'Microsoft.Compute/virtualMachines/runCommands@2024-03-01' = {\n  name: 'vm/a'\n  location: 'westeurope'\n",
                "  properties: { runAsPassword: 'SECRET', protectedParameters: [{ name: 'x', value: 'SECRET' }] }\n}\n",
                "resource channel 'Microsoft.BotService/botServices/channels@2022-09-15' = {\n  name: 'bot/FacebookChannel'\n  location: 'global'\n",
                "  properties: { channelName: 'FacebookChannel', properties: { appId: 'a', appSecret: 'SECRET', isEnabled: true } }\n}\n"
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
        name: "what fits no type that keeps a secret",
        files: &[
            (
                "main.bicep",
                concat!(
                    "type login = { user: string, @secure()\n pin: string }\n@discriminator('kind')\n",
                    "type way = { kind: 'a', @secure()\n key: string } | { kind: 'b', @secure()\n key: string }\n",
                    "param misspelt login\nparam list login[]\nparam object login\nparam other way\nparam pair [login]\nparam text login\n",
                    "param number { count: int, @secure()\n pin: string }\nparam deep { one: login }\n",
                    account!("string([misspelt, list, object, other, pair, text, number, deep])"),
                    "output all array = [misspelt, list, object, other, pair, text, number, deep]\noutput tags object = misspelt\n"
                ),
            ),
            (
                "main.parameters.json",
                values!(
                    r#""misspelt": {"value": {"user": "u", "pinn": "SECRET"}}, "list": {"value": {"user": "u", "pin": "SECRET"}},
                       "object": {"value": [{"pin": "SECRET"}]}, "other": {"value": {"pin": "SECRET"}},
                       "pair": {"value": [{"user": "u", "pin": "x"}, "SECRET"]}, "text": {"value": "SECRET"},
                       "number": {"value": {"count": "SECRET", "pin": "x"}}, "deep": {"value": {"oen": {"pin": "SECRET"}}}"#
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
        name: "entries of a parameter file without a value",
        files: &[
            (
                "main.bicep",
                concat!(
                    "@secure()\nparam a string\n@secure()\nparam b string\n@secure()\nparam c string\n",
                    account!("a")
                ),
            ),
            (
                "main.parameters.json",
                values!(
                    "\n\"a\": \"SECRET\",\n\"b\": {\"val\": \"SECRET\"},\n\"c\": [\"SECRET\"],\n\"d\": {\"value\": \"x\", \"was\": \"SECRET\"}\n"
                ),
            ),
        ],
        expand: Hidden,
    },
    Position {
        name: "typed secrets of Data Factory and of workflows",
        files: &[
            (
                "main.bicep",
                "resource l 'Microsoft.DataFactory/factories/linkedservices@2018-06-01' = {\n  name: 'a/b'\n  properties: {\n    type: 'AzureBlobStorage'\n\
                 typeProperties: { servicePrincipalCredential: {\n type: 'SecureString'\n value: 'SECRET'\n }\n anything: { type: 'SecureString', value: 'SECRET' } }\n  }\n}\n\
                 resource w 'Microsoft.Logic/workflows@2019-05-01' = {\n  name: 'w'\n  location: 'westeurope'\n  properties: { parameters: { p: { type: 'SecureString', value: 'SECRET' } } }\n}\n",
            ),
            (
                "main.json",
                r#"{"$schema":"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#","contentVersion":"1.0.0.0","resources":[
                {"type":"Microsoft.Logic/workflows","apiVersion":"2019-05-01","name":"w","location":"westeurope","properties":{"parameters":{"p":{"type":"securestring","value":"SECRET"}}}}]}"#,
            ),
        ],
        expand: Shown,
    },
    Position {
        name: "script that is put together",
        files: &[(
            "main.bicep",
            "param host string\nresource vm 'Microsoft.Compute/virtualMachines@2024-07-01' = {\n  name: 'vm'\n  location: 'westeurope'\n\
             properties: { osProfile: { customData: base64(concat('export DB_PASSWORD=SECRET\\n', host)) } }\n}\n",
        )],
        expand: Shown,
    },
    Position {
        name: "apostrophe in a secret",
        files: &[
            ("main.bicep", concat!("@secure()\nparam pin string = 'it's SECRET'\n", account!("pin"))),
            ("main.bicepparam", "using 'main.bicep'\nparam pin = 'Pa'SECRET'\n"),
        ],
        expand: Hidden,
    },
    Position {
        name: "quotation mark in a secret",
        files: &[
            ("main.json", arm!(r#""pin": {"type": "securestring"}"#, "", r#""[parameters('pin')]""#)),
            ("main.parameters.json", values!("\n\"pin\": {\"value\": \"Pa\"SECRET\"}\n")),
        ],
        expand: Hidden,
    },
    Position {
        name: "secret without its quotes",
        files: &[
            ("main.bicep", concat!("@secure()\nparam pin string\n", account!("pin"))),
            ("main.bicepparam", "using 'main.bicep'\nparam pin = SECRET\n"),
        ],
        expand: Hidden,
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

/// The beginning of a server.
macro_rules! sql {
    () => {
        concat!(
            "resource s 'Microsoft.Sql/servers@2023-08-01' = {\n  name: 'sql1'\n  location: 'westeurope'\n",
            "  properties: {\n    administratorLogin: 'keeper'\n"
        )
    };
}

#[test]
fn broken_files_that_are_not_scanned_themselves_tell_nothing() {
    let module = "module m 'mod.bicep' = { name: 'm' }\n";
    let secure = "@secure()\nparam p string\n";
    let broken = "@secure()\nparam adminPassword string = 'Pa'HUSH2'\n";
    for files in [
        &[("mod.bicep", broken), ("main.bicep", module)][..],
        &[
            ("main.bicep", secure),
            ("base.bicepparam", "using none\nparam p = 'Pa'HUSH2'\n"),
            ("a.bicepparam", "using 'main.bicep'\nextends 'base.bicepparam'\n"),
        ],
        &[("main.bicep", secure), ("main.parameters.json", values!(r#""p": {"value": true HUSH2}"#))],
        &[("main.bicep", secure), ("main.parameters.json", values!(r#""p": {"reference": "HUSH2"}"#))],
    ] {
        let folder = Folder::with(&[]);
        files.iter().for_each(|(name, text)| folder.write(name, text));
        let entry = files[files.len() - 1].0;
        for args in [
            &["scan", entry, "--cache", "kept"][..],
            &["scan", entry, "--format", "json", "--outcome", "all"],
            &["scan", entry, "--format", "sarif", "--baseline", "Bicep.CLI"],
            &["graph", entry],
            &["expand", entry],
        ] {
            let run = folder.run(args);
            // What a template writes itself is what it deploys.
            let said = if args[0] == "expand" { run.report["diagnostics"].to_string() } else { run.stdout.clone() };
            assert!(!said.contains("HUSH") && !run.stderr.contains("HUSH"), "{args:?} {entry}: {said}{}", run.stderr);
            assert!(args[0] == "graph" || !said.is_empty(), "{args:?} {entry}");
        }
        for record in fs::read_dir(folder.path("kept")).into_iter().flatten() {
            let bytes = fs::read(record.unwrap().path()).unwrap();
            assert!(!bytes.windows(4).any(|w| w == b"HUSH"), "{entry}: a record holds it");
        }
    }
}

#[test]
fn what_is_said_about_a_secret_quotes_nothing_of_it() {
    // Words that are too short, or too much like others, to be looked for elsewhere.
    for (template, parameters) in [
        ("@secure()\nparam p string\n", "param p = 'Pa'HUSH'\n"),
        ("@secure()\nparam p string\n", "param p = HUSH\n"),
        ("@secure()\n@allowed(['HUSHA'])\nparam p string = 'HUSH'\n", "param p = 'HUSHA'\n"),
        ("var v = 'HUSH'\n@secure()\n@allowed(['HUSHA'])\nparam p string = v\n", "param p = 'HUSHA'\n"),
        ("@secure()\nparam p string\n", "param p = HUSH2('a', 'b')\n"),
        ("@secure()\nparam adminPassword string HUSH2\n", ""),
        (concat!(sql!(), "    administratorLoginPassword: 'Pa'HUSH2'\n  }\n}\n"), ""),
        (concat!(sql!(), "    administratorLoginPassword:\n      'Pa'HUSH2'\n  }\n}\n"), ""),
    ] {
        let folder = Folder::with(&[]);
        folder.write("main.bicep", template);
        folder.write("main.bicepparam", &format!("using 'main.bicep'\n{parameters}"));
        for args in [
            &["scan", ".", "--baseline", "Bicep.CLI"][..],
            &["scan", "."],
            &["scan", ".", "--cache", "kept", "--outcome", "all"],
            &["graph", "."],
            &["expand", "main.bicepparam"],
        ] {
            for format in ["text", "json", "sarif"].iter().take(if args[0] == "scan" { 3 } else { 1 }) {
                let mut args = args.to_vec();
                if args[0] == "scan" {
                    args.extend(["--format", format]);
                }
                let run = folder.run(&args);
                // What is masked there is the excerpt, whose line holds more than the secret. What a template writes itself is what it
                // deploys.
                let shown = args[0] == "expand" && parameters.is_empty();
                let said = if shown { run.report["diagnostics"].to_string() } else { run.stdout.clone() };
                let said = format!("{said}{}", run.stderr);
                assert!(!said.contains("HUSH"), "{args:?} {template} {parameters}: {said}");
            }
        }
        for record in fs::read_dir(folder.path("kept")).into_iter().flatten() {
            let bytes = fs::read(record.unwrap().path()).unwrap();
            assert!(!bytes.windows(4).any(|w| w == b"HUSH"), "{template} {parameters}: a record holds it");
        }
    }
}

#[test]
fn what_fits_its_type_is_shown() {
    let folder = Folder::with(&[]);
    folder.write(
        "main.bicep",
        "type login = { user: string, more: object?, @secure()\n pin: string, *: int }\nparam who login\noutput all object = who\n",
    );
    folder.write(
        "main.bicepparam",
        "using 'main.bicep'\nparam who = { user: 'keeper', more: { shelf: 'lower' }, pin: 'zq9', row: 7 }\n",
    );
    let expanded = folder.run(&["expand", "main.bicepparam"]).stdout;
    assert!(["keeper", "lower", "7"].iter().all(|text| expanded.contains(text)), "{expanded}");
    assert!(!expanded.contains("zq9"), "{expanded}");
}

#[test]
fn a_parameter_that_takes_no_secret_is_named_in_messages() {
    let folder = Folder::with(&[]);
    folder.write("main.bicep", "param place string\n@secure()\nparam p string\n");
    folder.write("main.bicepparam", "using 'main.bicep'\nparam place = somewhere\nparam p = HUSH\n");
    let run = folder.run(&["scan", "."]);
    assert!(
        run.stdout.contains("nothing named 'somewhere'") && run.stdout.contains("| param place = somewhere"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("HUSH"), "{}", run.stdout);
}

#[test]
fn fixes_that_hold_a_secret_are_in_no_report() {
    for (template, value) in [
        ("@secure()\nparam p string\n", "param p = concat('zq9-river-', 'stone-77')\n"),
        ("@secure()\nparam p object\n", "param p = { x: '${'zq9-river-stone-77'}' }\n"),
    ] {
        let folder = Folder::with(&[]);
        folder.write("main.bicep", template);
        folder.write("main.bicepparam", &format!("using 'main.bicep'\n{value}"));
        for format in ["json", "sarif", "html", "text"] {
            let run =
                folder.run(&["scan", ".", "--baseline", "Bicep.CLI", "--report", &format!("{format}=report.out")]);
            let report = folder.read("report.out");
            assert!(
                report.contains("main.bicepparam") && !tells(&report),
                "{format}: {} {}",
                run.stderr,
                telling(&report)
            );
        }
        // What is not shown is made all the same.
        assert!(folder.run(&["fix", "--baseline", "Bicep.CLI", "--unsafe"]).stdout.contains("main.bicepparam"));
    }
}

#[test]
fn patches_show_no_secret() {
    let template = "@secure()\nparam p string\nparam tls string\nresource st 'Microsoft.Storage/storageAccounts@2023-05-01' = {\n  name: 'stshop'\n  \
                    location: 'westeurope'\n  sku: { name: 'Standard_GRS' }\n  kind: 'StorageV2'\n  properties: { minimumTlsVersion: tls }\n}\n";
    let args = ["fix", "--diff", "--unsafe", "--rule", "Azure.Storage.MinTLS"];
    // A line is left between the two: git needs one below the change.
    let folder = Folder::with(&[]);
    folder.git(&["init", "-q"]);
    folder.write("main.bicep", template);
    let values = |tls: &str| format!("using 'main.bicep'\nparam tls = '{tls}'\n\nparam p = 'zq9-river-stone-77'\n");
    folder.write("main.bicepparam", &values("TLS1_0"));
    let run = folder.run(&args);
    assert!(run.stdout.contains("+param tls = 'TLS1_2'") && !tells(&run.stdout), "{}{}", run.stdout, run.stderr);
    folder.write("fix.patch", &run.stdout);
    folder.git(&["apply", "fix.patch"]);
    assert_eq!(folder.read("main.bicepparam"), values("TLS1_2"));
    // The line that changes holds the secret: that file is left out.
    let folder = Folder::with(&[]);
    folder.write("main.bicep", template);
    folder
        .write("main.parameters.json", values!(r#""tls": {"value": "TLS1_0"}, "p": {"value": "zq9-river-stone-77"}"#));
    let run = folder.run(&args);
    assert_eq!((run.status, run.stdout.as_str()), (1, ""), "{}", run.stderr);
    assert!(
        run.stderr.contains("main.parameters.json is left out of the patch") && !tells(&run.stderr),
        "{}",
        run.stderr
    );
}

#[test]
fn a_literal_in_a_parameter_file_is_a_finding_there() {
    const RULE: &str = "Armlint.Deployment.LiteralSecret";
    let template = "@secure()\nparam p string\n@secure()\nparam o object = {}\nparam plain string = ''\n@secure()\nparam adminUsername string = ''\n";
    let found = |file: &str, text: &str| {
        let folder = Folder::with(&[]);
        folder.write("main.bicep", template);
        folder.write(file, text);
        let run = folder.run(&["scan", ".", "--rule", RULE, "--format", "json"]);
        let results = run.report["results"].as_array().unwrap().clone();
        let fails = results.iter().filter(|r| r["outcome"] == "fail");
        let places = fails.map(|r| {
            assert!(!tells(&r.to_string()), "{r}");
            format!(
                "{}:{} {}",
                r["location"]["file"].as_str().unwrap(),
                r["location"]["startLine"],
                r["location"]["pointer"].as_str().unwrap_or_default()
            )
        });
        places.collect::<Vec<_>>()
    };
    let bicep = |value: &str| found("main.bicepparam", &format!("using 'main.bicep'\n{value}\n"));
    assert_eq!(bicep("param p = 'zq9-river-stone-77'"), ["main.bicepparam:2 /parameters/p"]);
    assert_eq!(bicep("var v = 'zq9-river-stone-77'\nparam p = v"), ["main.bicepparam:3 /parameters/p"]);
    assert_eq!(bicep("param p = ''\nparam o = { user: 'u', password: 'zq9-river-stone-77' }").len(), 1);
    let json =
        |value: &str| found("main.parameters.json", &values!("\"p\": {\"value\": VALUE}").replace("VALUE", value));
    assert_eq!(json("\"zq9-river-stone-77\""), ["main.parameters.json:1 /parameters/p"]);
    for value in [
        "''",
        "'<password>'",
        "'REPLACE_ME'",
        "'GEN-PASSWORD'",
        "readEnvironmentVariable('P')",
        "az.getSecret('s', 'g', 'v', 'n')",
    ] {
        assert!(
            bicep(&format!("param p = {value}\nparam adminUsername = 'keeper'\nparam plain = 'zq9'")).is_empty(),
            "{value}"
        );
    }
    for value in ["\"\"", "\"GEN-PASSWORD\"", "\"$(pw)\"", "\"${PW}\"", "\"#{pw}#\"", "\"__pw__\"", "null"] {
        assert!(json(value).is_empty(), "{value}");
    }
    let vault =
        values!("\"p\": {\"reference\": {\"keyVault\": {\"id\": \"/subscriptions/s\"}, \"secretName\": \"n\"}}");
    assert!(found("main.parameters.json", vault).is_empty());
}

#[test]
fn an_empty_text_is_no_secret() {
    let folder = Folder::with(&[]);
    let server = |password: &str| {
        format!(
            "resource s 'Microsoft.DBforMySQL/servers@2017-12-01' = {{\n  name: 's'\n  location: 'westeurope'\n  properties: {{\n    createMode: 'Replica'\n    sourceServerId: 'x'\n    administratorLoginPassword: {password}\n  }}\n}}\n"
        )
    };
    for (password, status) in [("''", 0), ("'P@ss'", 1)] {
        folder.write("main.bicep", &server(password));
        let run = folder.run(&["scan", "main.bicep", "--rule", "Azure.Deployment.SecureValue"]);
        assert_eq!(run.status, status, "{password}: {}", run.stdout);
    }
}

#[test]
fn what_a_secure_value_is_called_is_said_elsewhere() {
    let folder = Folder::with(&[]);
    let script = "@secure()\nparam settings object\nresource s 'Microsoft.Resources/deploymentScripts@2023-08-01' = {\n  name: 's'\n  location: 'global'\n  kind: 'AzureCLI'\n  properties: {\n    azCliVersion: '2.70.0'\n    retentionInterval: 'PT1H'\n    scriptContent: 'x'\n    environmentVariables: settings.list\n  }\n}\n";
    folder.write("script.bicep", script);
    folder.write(
        "main.bicep",
        &format!("module s 'script.bicep' = {{\n  name: 's'\n  params: {{\n    settings: {{\n      list: [\n        {{ name: 'storageAccountName', value: '{SECRET}' }}\n      ]\n    }}\n  }}\n}}\n"),
    );
    let other = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0", "parameters": {"storageAccountName": {"type": "string"}}, "resources": []}"#;
    folder.write("other.json", other);
    let said = folder.run(&["scan", ".", "--baseline", "Azure.All", "--format", "concise"]).stdout;
    assert!(said.contains("storageAccountName") && !said.contains("(secret)") && !said.contains(SECRET), "{said}");
}

#[test]
fn what_a_linked_parameter_file_gives_to_secure_parameters_is_hidden() {
    let folder = Folder::with(&[]);
    folder.write(
        "main.json",
        r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
        "resources": [{"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "n", "properties": {
            "mode": "Incremental", "expressionEvaluationOptions": {"scope": "inner"},
            "parametersLink": {"uri": "[uri(deployment().properties.templateLink.uri, 'values/prod.json')]"},
            "template": {"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
                "parameters": {"word": {"type": "securestring"}, "tls": {"type": "string"}},
                "resources": [{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "stshop", "location": "westeurope",
                    "kind": "StorageV2", "sku": {"name": "Standard_GRS"}, "tags": {"a": "[parameters('word')]"},
                    "properties": {"minimumTlsVersion": "[parameters('tls')]"}}],
                "outputs": {"a": {"type": "string", "value": "[parameters('word')]"}}}}}]}"#,
    );
    let values = r#"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#", "contentVersion": "1.0.0.0",
  "parameters": {
    "word": { "value": "SECRET" },
    "tls": { "value": "TLS1_0" }
  }
}"#;
    folder.write("values/prod.json", &values.replace("SECRET", SECRET));
    for args in [
        &["scan", ".", "--format", "html", "--outcome", "all"][..],
        &["scan", ".", "--format", "text", "--show-all"],
        &["scan", ".", "--format", "sarif"],
        &["fix", ".", "--diff", "--unsafe"],
    ] {
        let run = folder.run(args);
        assert!(run.stdout.contains("TLS1_"), "{args:?}: {}", run.stderr);
        assert!(!tells(&run.stdout), "{args:?}: {}", telling(&run.stdout));
    }
    // Nobody reads it for a deployment that is never made.
    let never = folder.read("main.json").replace(r#""name": "n","#, r#""name": "n", "condition": false,"#);
    folder.write("main.json", &never);
    let run = folder.run(&["scan", ".", "--format", "html", "--outcome", "all"]);
    assert!(!tells(&run.stdout), "{}", telling(&run.stdout));
}
