"""A value that was given to a secure parameter, in every position there is; and names that try to break out of a report."""

from attack import ALL_FORMATS, SECRET, Attack, bicep_storage, parameters, storage, template

BAD = "'Microsoft.Storage/storageAccounts@2023-01-01'"


def hidden(name, bicep, value=f"'{SECRET}'", secure="param pin string", extra="", files=None):
    """The same deployment by both kinds of parameter file."""
    main = f"@secure()\n{secure}\n{bicep}"
    json_value = value.replace("'", '"')
    both = {"main.bicep": main, "main.bicepparam": f"using 'main.bicep'\nparam pin = {value}\n{extra}", **(files or {})}
    commands = [["scan", "."], ["expand", "main.bicepparam"], ["expand", "main.bicepparam", "--origins"]]
    yield Attack(f"{name}", both, commands=commands, formats=ALL_FORMATS, never=[SECRET])
    if not extra and value == f"'{SECRET}'":
        both = {"main.bicep": main, "main.parameters.json": parameters(pin=SECRET), **(files or {})}
        commands = [["scan", "."], ["expand", "main.parameters.json", "--origins"]]
        yield Attack(f"{name}, JSON values", both, commands=commands, formats=ALL_FORMATS, never=[SECRET])


def positions():
    s = bicep_storage
    for name, text in {
        "property": s(tls="pin"),
        "name": s("pin"),
        "interpolated": s(tls="'x${pin}'"),
        "location": s().replace("'westeurope'", "pin"),
        "kind": s().replace("'StorageV2'", "pin"),
        "sku": s().replace("'Standard_LRS'", "pin"),
        "tag": s(more="  tags: { a: pin }\n"),
        "tag's key": s(more="  tags: { '${pin}': 'a' }\n"),
        "output": f"output o string = pin\n{s()}",
        "variable": f"var v = pin\n{s(tls='v')}",
        "function": f"func f(x string) string => '${{x}}'\n{s(tls='f(pin)')}",
        "condition": s().replace("= {", "= if (pin == 'a') {", 1),
        "upper case": s(tls="toUpper(toLower(pin))"),
        "base64 back": s(tls="base64ToString(base64(pin))"),
        "split": s(tls="split(pin, '|')[0]"),
        "substring": s(tls="substring(pin, 0)"),
        "object": f"var o = {{ a: pin }}\n{s(tls='o.a')}",
        "key of an object": f"var o = {{ '${{pin}}': 'x' }}\noutput p object = o\n{s(tls='items(o)[0].key')}",
        "array": f"var o = [ pin ]\n{s(tls='o[0]')}",
        "lambda": s(tls="map([ pin ], x => x)[0]"),
        "reduce": s(tls="reduce([ pin ], '', (a, b) => '${a}${b}')"),
        "ternary": s(tls="pin == 'x' ? 'a' : pin"),
        "loop": s().replace("= {", "= [for i in [ pin ]: {", 1).replace("'TLS1_0'", "i").rstrip() + "]\n",
        "loop's name": s("i").replace("= {", "= [for i in [ pin ]: {", 1).rstrip() + "]\n",
        "json text": s(tls="json('\"${pin}\"')"),
        "string of an object": s(tls="string({ a: pin })"),
        "format": s(tls="format('{0}', pin)"),
        "union": f"{s(tls='union({{}}, {{ a: pin }}).a'.replace('{{', '{').replace('}}', '}'))}",
        "default of another": f"param label string = pin\n{s(tls='label')}",
        "wrong argument": s(tls="int(pin)"),
        "wrong index": s(tls="{ a: 1 }[pin]"),
        "load of it": s(tls="loadTextContent(pin)"),
        "parent": f"resource v 'Microsoft.Network/virtualNetworks@2023-01-01' existing = {{ name: pin }}\nresource n 'Microsoft.Network/virtualNetworks/subnets@2023-01-01' = {{ parent: v, name: 'n' }}\n",
        "scope": "module m 'mod.bicep' = { name: 'm', scope: resourceGroup(pin), params: { x: 'TLS1_0' } }\n",
        "resource id": s(tls="resourceId('A.B/c', pin)"),
        "deployment's name": "module m 'mod.bicep' = { name: pin, params: { x: 'TLS1_0' } }\n",
        "module": "module m 'mod.bicep' = { name: 'm', params: { x: pin } }\n",
        "module, secure": "module m 'safe.bicep' = { name: 'm', params: { x: pin } }\n",
        "module's output": f"module m 'mod.bicep' = {{ name: 'm', params: {{ x: pin }} }}\n{s(tls='m.outputs.y')}",
        "api policy": "resource p 'Microsoft.ApiManagement/service/policies@2023-05-01-preview' = { name: 'a/policy', properties: { format: 'xml', value: '<policies><inbound><set-header name=\"x\"><value>${pin}</value></set-header></inbound></policies>' } }\n",
        "backend's address": "resource b 'Microsoft.ApiManagement/service/backends@2023-05-01-preview' = { name: 'a/b', properties: { url: 'http://${pin}' } }\n",
        "connection string": "resource w 'Microsoft.Web/sites@2023-01-01' = { name: 'w', location: 'westeurope', properties: { siteConfig: { connectionStrings: [ { name: 'a', connectionString: pin } ], minTlsVersion: pin } } }\n",
        "app settings": "resource w 'Microsoft.Web/sites/config@2023-01-01' = { name: 'w/appsettings', properties: { A: pin } }\n",
        "administrator": "resource q 'Microsoft.Sql/servers@2023-05-01-preview' = { name: 'q', location: 'westeurope', properties: { administratorLogin: pin, administratorLoginPassword: pin, minimalTlsVersion: pin } }\n",
        "virtual machine": "resource v 'Microsoft.Compute/virtualMachines@2023-03-01' = { name: 'v', location: 'westeurope', properties: { osProfile: { adminUsername: pin, adminPassword: pin, customData: pin } } }\n",
        "extension": "resource e 'Microsoft.Compute/virtualMachines/extensions@2023-03-01' = { name: 'v/e', properties: { settings: { commandToExecute: pin }, publisher: 'x' } }\n",
        "security rule": "resource n 'Microsoft.Network/networkSecurityGroups@2023-01-01' = { name: 'n', properties: { securityRules: [ { name: pin, properties: { direction: 'Inbound', access: 'Allow', sourceAddressPrefix: '*', destinationPortRange: '22', priority: 1 } } ] } }\n",
        "key vault secret": "resource k 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = { name: 'k/s', properties: { value: pin, contentType: pin } }\n",
        "assert": "assert a = pin == 'x'\n" + s(tls="pin"),
        "fail": s(tls="fail(pin)"),
        "unknown function": s(tls="nope(pin)"),
        "extension target": s()
        + f"resource d 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {{ name: pin, scope: s, properties: {{}} }}\n",
    }.items():
        files = (
            {
                "mod.bicep": f"param x string\noutput y string = x\n{bicep_storage(tls='x')}",
                "safe.bicep": f"@secure()\nparam x string\noutput y string = x\n{bicep_storage(tls='x')}",
            }
            if "module" in text
            else {}
        )
        yield from hidden(f"secret as {name}", text, files=files)


def declarations():
    s = bicep_storage
    for name, secure, value, use in [
        (
            "object",
            "param pin object",
            f"{{ a: '{SECRET}', b: [ '{SECRET}' ] }}",
            s(tls="pin.a") + s("'b'", "pin.b[0]", "t"),
        ),
        ("wrong type", "param pin int", f"'{SECRET}'", s()),
        ("not allowed", "@allowed([ 'a' ])\nparam pin string", f"'{SECRET}'", s(tls="pin")),
        ("too long", "@maxLength(3)\nparam pin string", f"'{SECRET}'", s(tls="pin")),
        ("too short", "@minLength(300)\nparam pin string", f"'{SECRET}'", s(tls="pin")),
        ("nullable", "param pin string?", f"'{SECRET}'", s(tls="pin ?? 'a'")),
        ("undeclared neighbour", "param pin string", f"'{SECRET}', '{SECRET}'", s(tls="pin")),
        ("broken value", "param pin string", f"'{SECRET}", s(tls="pin")),
        ("broken value 2", "param pin string", f"'${{{SECRET}'", s(tls="pin")),
        ("expression", "param pin string", f"toLower(nope('{SECRET}'))", s(tls="pin")),
    ]:
        yield from hidden(f"secret: {name}", use, value=value, secure=secure)
    for name, declared, value, use in [
        (
            "property of a type",
            "type t = { @secure()\n pin: string }\nparam who t\n",
            f"{{ pin: '{SECRET}' }}",
            "who.pin",
        ),
        ("type alias", "@secure()\ntype t = string\nparam who t\n", f"'{SECRET}'", "who"),
        (
            "nested property",
            "type t = { a: { @secure()\n pin: string? }? }\nparam who t?\n",
            f"{{ a: {{ pin: '{SECRET}' }} }}",
            "who!.a!.pin!",
        ),
        ("inline type", "param who { @secure()\n pin: string }\n", f"{{ pin: '{SECRET}' }}", "who.pin"),
        (
            "array of a type",
            "type t = { @secure()\n pin: string }\nparam who t[]\n",
            f"[ {{ pin: '{SECRET}' }} ]",
            "who[0].pin",
        ),
        (
            "additional properties",
            "type t = { @secure()\n *: string }\nparam who t\n",
            f"{{ pin: '{SECRET}' }}",
            "who.pin",
        ),
        ("imported type", "import { t } from 'types.bicep'\nparam who t\n", f"{{ pin: '{SECRET}' }}", "who.pin"),
        ("imported all", "import * as x from 'types.bicep'\nparam who x.t\n", f"{{ pin: '{SECRET}' }}", "who.pin"),
        ("tuple item", "type t = [ @secure()\n string ]\nparam who t\n", f"[ '{SECRET}' ]", "who[0]"),
        (
            "tagged union",
            "type a = { k: 'a', @secure()\n pin: string }\n@discriminator('k')\ntype t = a | { k: 'b' }\nparam who t\n",
            f"{{ k: 'a', pin: '{SECRET}' }}",
            "who.pin",
        ),
        (
            "whole object with a secure property",
            "type t = { @secure()\n pin: string }\nparam who t\noutput o t = who\n",
            f"{{ pin: '{SECRET}' }}",
            "string(who)",
        ),
    ]:
        files = {
            "main.bicep": declared + bicep_storage(tls=use),
            "main.bicepparam": f"using 'main.bicep'\nparam who = {value}\n",
            "types.bicep": "@export()\ntype t = { @secure()\n pin: string }\n",
        }
        yield Attack(
            f"secret: {name}",
            files,
            commands=[["scan", "."], ["expand", "main.bicepparam", "--origins"]],
            formats=ALL_FORMATS,
            never=[SECRET],
        )
    through = {
        "main.bicep": "@secure()\nparam pin string\nparam label string\nparam tags object = {}\n"
        + bicep_storage(tls="label", more="  tags: tags\n"),
        "main.bicepparam": f"using 'main.bicep'\nvar v = '{SECRET}'\nparam pin = v\nparam label = 'x${{pin}}'\nparam tags = {{ a: pin, b: v }}\n",
    }
    yield Attack(
        "secret through another parameter",
        through,
        commands=[["scan", "."], ["expand", "main.bicepparam", "--origins"]],
        formats=ALL_FORMATS,
        never=[SECRET],
    )
    based = {
        **through,
        "base.bicepparam": f"using none\nparam pin = '{SECRET}'\n",
        "main.bicepparam": "using 'main.bicep'\nextends 'base.bicepparam'\nparam label = 'x${base.pin}'\n",
    }
    yield Attack(
        "secret through extends",
        based,
        commands=[["scan", "."], ["expand", "main.bicepparam", "--origins"]],
        formats=ALL_FORMATS,
        never=[SECRET],
    )
    for kind in ("securestring", "SecureString", "secureObject"):
        use, value = ("[parameters('pin').a]", {"a": SECRET}) if "bject" in kind else ("[parameters('pin')]", SECRET)
        text = template(
            [storage("s", minimumTlsVersion=use)],
            parameters={"pin": {"type": kind}},
            outputs={"o": {"type": "string", "value": use}},
        )
        files = {"main.json": text, "main.parameters.json": parameters(pin=value)}
        yield Attack(
            f"secret: {kind}",
            files,
            commands=[["scan", "."], ["expand", "main.parameters.json", "--origins"]],
            formats=ALL_FORMATS,
            never=[SECRET],
        )
        nested = {
            "type": "Microsoft.Resources/deployments",
            "apiVersion": "2022-09-01",
            "name": "d",
            "properties": {
                "mode": "Incremental",
                "expressionEvaluationOptions": {"scope": "inner"},
                "parameters": {"pin": {"value": SECRET if value == SECRET else value}},
                "template": {"parameters": {"pin": {"type": kind}}, "resources": [storage("s", minimumTlsVersion=use)]},
            },
        }
        yield Attack(
            f"secret: {kind} of a nested deployment",
            {"main.json": template([nested])},
            formats=ALL_FORMATS,
            never=[SECRET],
        )
    one_line = template([storage("s", minimumTlsVersion="TLS1_0")], parameters={"pin": {"type": "securestring"}})
    minified = (
        '{"$schema":"https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#","contentVersion":"1.0.0.0","parameters":{"a":{"value":"TLS1_0"},"pin":{"value":"%s"}}}'
        % SECRET
    )
    yield Attack(
        "secret beside a finding on one line",
        {
            "main.json": one_line.replace('"pin"', '"a":{"type":"string"},"pin"').replace(
                '"TLS1_0"', "\"[parameters('a')]\""
            ),
            "main.parameters.json": minified,
        },
        commands=[["scan", "."], ["expand", "main.parameters.json", "--origins"]],
        formats=ALL_FORMATS,
        never=[SECRET],
    )
    literal = (
        "resource q 'Microsoft.Sql/servers@2023-05-01-preview' = {\n  name: 'q'\n  location: 'westeurope'\n  properties: { administratorLogin: 'sa', administratorLoginPassword: '%s' }\n}\n"
        % SECRET
    )
    yield Attack("literal password", {"main.bicep": literal}, formats=ALL_FORMATS, never=[SECRET])
    yield Attack(
        "default of a secure parameter",
        {"main.bicep": f"@secure()\nparam pin string = '{SECRET}'\n" + bicep_storage(tls="pin")},
        formats=ALL_FORMATS,
        never=[SECRET],
    )


HOSTILE = [
    "\n::error::pwn",
    "\r\n##[error]pwn",
    "\x1b[31mpwn",
    "\u202epwn",
    "</testcase><script>pwn</script>",
    "|pwn|\n# pwn",
    "<img src=x onerror=pwn>",
    "=cmd|' /C pwn'!A0",
    "[pwn](javascript:pwn)",
    "](https://pwn.example)",
    "%0A::error::pwn",
    "]]>pwn",
    "`pwn`",
    "@pwn/team",
    "pwn\u2028pwn",
    "\x00pwn",
    "\x9b31mpwn",
    "![pwn](https://pwn.example/x.png)",
]
BROKEN_OUT = [
    "\n::error::pwn",
    "\r\n##[error]",
    "\x1b[31m",
    "\u202e",
    "\n=cmd",
    ",=cmd",
    "\x9b31m",
    "\x00",
]
# Where markup would be markup.
BROKEN_MARKUP = ["<script>", "<img src=x"]


def injection():
    for i, text in enumerate(HOSTILE):
        files = {
            "main.json": template(
                [
                    {**storage(text, minimumTlsVersion=text), "tags": {text: text}},
                    {"type": text, "name": text, "apiVersion": text},
                    storage("[" + text),
                    storage("[nope('" + text.replace("'", "''") + "')]"),
                ],
                outputs={text: {"type": text, "value": text}},
                parameters={text: {"type": text}},
            )
        }
        yield Attack(
            f"text {i}: {text[:16].strip()!r}",
            files,
            commands=[["scan", "."], ["expand", "main.json"]],
            formats=ALL_FORMATS,
            never=BROKEN_OUT,
            exits=(0, 1, 3),
        )
        yield Attack(f"markup {i}: {text[:16].strip()!r}", files, formats=("junit",), never=BROKEN_MARKUP)
        yield Attack(
            f"options text {i}: {text[:16].strip()!r}",
            {
                "ps-rule.yaml": __import__("json").dumps(
                    {text: text, "configuration": {text: text}, "suppression": {text: [text]}}
                ),
                "main.bicep": bicep_storage(),
            },
            formats=ALL_FORMATS,
            never=BROKEN_OUT,
            exits=(0, 1, 2, 3),
        )


def attacks():
    yield from positions()
    yield from declarations()
    yield from injection()
