"""Large inputs of an ordinary shape: whatever walks them must do so once. Also encodings and huge numbers."""

import json

from attack import Attack, MIB, bicep_storage, parameters, storage, template

ARM = [["scan", "."], ["expand", "main.json"]]
BICEP = [["scan", "."], ["expand", "main.bicep"]]


def kind(type_, api_version="2023-01-01"):
    return {"type": type_, "apiVersion": api_version, "name": "a/b"}


def wide():
    yield Attack(
        "minified, 5,000 resources",
        {"main.json": template([storage(f"s{i}", minimumTlsVersion="TLS1_0") for i in range(4000)])},
        commands=ARM,
    )
    yield Attack(
        "minified, 5,000 broken resources",
        {"main.json": template([storage("s", x=f"[nope({i})]") for i in range(4500)])},
        commands=ARM,
    )
    yield Attack(
        "minified, 30,000 tiny resources",
        {"main.json": template([{"type": "A.B/c", "name": str(i)} for i in range(30_000)])},
        commands=ARM,
    )
    yield Attack(
        "9,000 resource types that are nearly one",
        {"main.json": template([kind(f"Microsoft.Network/virtualNetwork{i}/subnets") for i in range(9000)])},
        commands=ARM,
    )
    yield Attack(
        "9,000 API versions that there are not",
        {"main.json": template([kind("Microsoft.Network/virtualNetworks", f"20{i:04}-01") for i in range(9000)])},
        commands=ARM,
    )
    yield Attack(
        "30,000 properties that there are not",
        {"main.json": template([storage("s", **{f"minimumTlsVersio{i}": 1 for i in range(30_000)})])},
        commands=ARM,
    )
    yield Attack(
        "4,800 values that are not allowed",
        {"main.json": template([storage(f"s{i}", minimumTlsVersion=f"TLS1_{i}") for i in range(4800)])},
        commands=ARM,
    )
    waits = [{**storage(f"s{i}"), "dependsOn": [f"z{i}", f"s{i + 1}"]} for i in range(4000)]
    yield Attack("4,000 resources that wait for what is not there", {"main.json": template(waits)}, commands=ARM)
    circle = [{**storage(f"s{i}"), "dependsOn": [f"s{j % 300}" for j in range(i, i + 100)]} for i in range(300)]
    yield Attack("300 resources that wait for one another", {"main.json": template(circle)}, commands=ARM)
    for access in "Allow", "Deny":
        rules = [
            {
                "name": f"r{i}",
                "properties": {
                    **{"priority": 100 + i, "direction": "Inbound", "access": access if i % 2 else "Allow", "protocol": "Tcp"},
                    **{"sourceAddressPrefix": "Internet", "sourcePortRange": "*"},
                    **{"destinationAddressPrefix": "*", "destinationPortRange": "443" if i % 3 else "*"},
                },
            }
            for i in range(1000)
        ]
        group = {"type": "Microsoft.Network/networkSecurityGroups", "apiVersion": "2024-05-01", "name": "n", "location": "x"}
        group["properties"] = {"securityRules": rules}
        yield Attack(f"1,000 security rules, {access}", {"main.json": template([group])}, commands=ARM)
    chosen = "variables('t')"
    for _ in range(10):
        chosen = f"if(false(),{chosen},{chosen})"
    nested = json.loads(template([storage("[[concat('a')]", x=f"[[toLower('{i}')]") for i in range(2000)]))
    deployment = {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "d"}
    deployment["properties"] = {"mode": "Incremental", "template": f"[{chosen}]"}
    yield Attack(
        "one of 1,024 templates that are all one variable",
        {"main.json": template([deployment], variables={"t": nested})},
        commands=ARM,
    )
    asking = {f"v{i}": "[concat(" + ",".join(["reference('s')"] * 20) + ")]" for i in range(2500)}
    yield Attack("2,500 variables that ask for what is not deployed", {"main.json": template([], variables=asking)}, commands=ARM)
    yield Attack(
        "minified resources array",
        {"main.json": json.dumps([storage(f"s{i}", minimumTlsVersion="TLS1_0") for i in range(4000)])},
        commands=[["scan", "."]],
    )
    yield Attack("one line, broken all over", {"main.json": template([]) + "}{," * 300_000}, due=True)
    yield Attack("one line of Bicep, broken all over", {"main.bicep": "var = $ " * 100_000}, commands=BICEP, due=True)
    yield Attack("100,000 broken Bicep lines", {"main.bicep": "var = $\n" * 100_000}, commands=BICEP, due=True)
    yield Attack(
        "20,000 outputs",
        {"main.json": template([], outputs={f"o{i}": {"type": "string", "value": "x"} for i in range(20_000)})},
        commands=ARM,
    )
    yield Attack(
        "20,000 outputs of secrets",
        {
            "main.json": template(
                [],
                parameters={"p": {"type": "securestring"}},
                outputs={f"o{i}": {"type": "string", "value": "[parameters('p')]"} for i in range(14_000)},
            )
        },
        commands=ARM,
    )
    unknown = [storage(f"[concat(parameters('a'), 'i', parameters('a'), '{i}')]") for i in range(2000)]
    lost = [
        {**kind("Microsoft.Storage/storageAccounts/blobServices"), "name": f"[concat(parameters('b'), 'i{i}/default')]"}
        for i in range(2000)
    ]
    yield Attack(
        "2,000 children that may be anybody's",
        {"main.json": template(unknown + lost, parameters={p: {"type": "string"} for p in "ab"})},
        commands=ARM,
    )
    yield Attack(
        "20,000 parameters",
        {"main.json": template([storage("a")], parameters={f"p{i}": {"type": "string"} for i in range(30_000)})},
        commands=ARM,
    )
    yield Attack(
        "20,000 parameter values",
        {
            "main.json": template([storage("a")]),
            "main.parameters.json": parameters(**{f"p{i}": i for i in range(20_000)}),
        },
        commands=[["scan", "."], ["expand", "main.parameters.json"]],
        due=True,
    )
    yield Attack(
        "20,000 declared parameters and values",
        {
            "main.json": template([storage("a")], parameters={f"p{i}": {"type": "int"} for i in range(16_000)}),
            "main.parameters.json": parameters(**{f"p{i}": i for i in range(16_000)}),
        },
        commands=[["scan", "."], ["expand", "main.parameters.json"]],
    )
    yield Attack(
        "15,000 bicepparam values",
        {
            "main.bicep": "".join(f"param p{i} int\n" for i in range(15_000)) + bicep_storage(),
            "main.bicepparam": "using 'main.bicep'\n" + "".join(f"param p{i} = {i}\n" for i in range(15_000)),
        },
        commands=[["scan", "."], ["expand", "main.bicepparam"]],
    )
    yield Attack(
        "30,000 variables",
        {"main.bicep": "".join(f"var v{i} = {i}\n" for i in range(30_000)) + bicep_storage()},
        commands=BICEP,
    )
    yield Attack(
        "30,000 equal names", {"main.bicep": "var v = 1\n" * 30_000 + bicep_storage()}, commands=BICEP, due=True
    )
    yield Attack(
        "20,000 references",
        {"main.json": template([storage("s", **{f"k{i}": "[reference('s').a]" for i in range(20_000)})])},
        commands=ARM,
    )
    yield Attack(
        "20,000 dependsOn",
        {
            "main.json": template(
                [{**storage("s"), "dependsOn": [f"[resourceId('A.B/c', 'x{i}')]" for i in range(20_000)]}]
            )
        },
        commands=ARM,
    )
    yield Attack(
        "3,000 x 3,000 dependsOn",
        {"main.json": template([{**storage(f"s{i}"), "dependsOn": [f"s{j}" for j in range(i)]} for i in range(300)])},
        commands=ARM,
    )
    yield Attack(
        "4,000 children of one parent",
        {
            "main.json": template(
                [
                    {
                        "type": "Microsoft.Network/virtualNetworks",
                        "name": "v",
                        "apiVersion": "2023-01-01",
                        "properties": {},
                    }
                ]
                + [
                    {
                        "type": "Microsoft.Network/virtualNetworks/subnets",
                        "name": f"v/s{i}",
                        "apiVersion": "2023-01-01",
                        "properties": {},
                    }
                    for i in range(7000)
                ]
            )
        },
        commands=ARM,
    )
    yield Attack(
        "7,000 copies of one id",
        {
            "main.json": template(
                [
                    {
                        "type": "Microsoft.Network/virtualNetworks",
                        "name": "v",
                        "apiVersion": "2023-01-01",
                        "properties": {},
                    }
                ]
                * 7000
            )
        },
        commands=ARM,
    )
    yield Attack(
        "10,000 security rules",
        {
            "main.json": template(
                [
                    {
                        "type": "Microsoft.Network/networkSecurityGroups",
                        "name": "n",
                        "apiVersion": "2023-01-01",
                        "properties": {
                            "securityRules": [
                                {
                                    "name": f"r{i}",
                                    "properties": {
                                        "direction": "Inbound",
                                        "access": "Allow",
                                        "sourceAddressPrefix": "*",
                                        "destinationPortRanges": ["22", "3389"],
                                        "priority": i,
                                    },
                                }
                                for i in range(5000)
                            ]
                        },
                    }
                ]
            )
        },
        commands=ARM,
    )
    yield Attack(
        "20,000 tags",
        {"main.json": template([{**storage("s"), "tags": {f"t{i}": "x" for i in range(40_000)}}])},
        commands=ARM,
    )
    yield Attack(
        "equal keys",
        {
            "main.json": '{"$schema":"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#","contentVersion":"1.0.0.0",'
            + '"resources":[],' * 60_000
            + '"resources":[]}'
        },
        commands=ARM,
        due=True,
    )
    yield Attack("100,000 comments", {"main.bicep": "// x\n/* y */\n" * 60_000 + bicep_storage()}, commands=BICEP)
    yield Attack(
        "100,000 suppressing comments",
        {
            "main.bicep": "#disable-next-line no-unused-params\n// armlint-ignore Azure.Storage.MinTLS\n" * 14_000
            + bicep_storage()
        },
        commands=BICEP,
    )
    yield Attack(
        "900 KB of string",
        {"main.bicep": "var a = '" + "\\u{41}" * 150_000 + "'\n" + bicep_storage("a")},
        commands=BICEP,
    )
    yield Attack(
        "900 KB of multi-line string",
        {"main.bicep": "var a = '''" + "x\n" * 450_000 + "'''\n" + bicep_storage("a")},
        commands=BICEP,
    )
    yield Attack(
        "string never closed, 100,000 lines", {"main.bicep": "var a = 'x\n" * 80_000}, commands=BICEP, due=True
    )
    yield Attack("comment never closed", {"main.bicep": "/* " * 300_000}, commands=BICEP)
    yield Attack(
        "5,000 modules of one file",
        {
            "main.bicep": "".join(f"module m{i} 'a.bicep' = {{ name: 'm{i}' }}\n" for i in range(5000)),
            "a.bicep": bicep_storage(),
        },
        commands=BICEP,
    )
    yield Attack(
        "5,000 modules that are not there",
        {"main.bicep": "".join(f"module m{i} 'a{i}.bicep' = {{ name: 'm{i}' }}\n" for i in range(5000))},
        commands=BICEP,
        due=True,
    )
    yield Attack(
        "1 KB expression, 800 times",
        {"main.json": template([storage("[" + "concat(" * 60 + "'a'" + ")" * 60 + "]") for _ in range(800)])},
        commands=ARM,
    )
    yield Attack(
        "policy of 900 KB",
        {
            "main.json": template(
                [
                    {
                        "type": "Microsoft.ApiManagement/service/policies",
                        "name": "a/policy",
                        "apiVersion": "2023-05-01-preview",
                        "properties": {
                            "format": "xml",
                            "value": "<policies>" + "<inbound><base/></inbound>" * 30_000 + "</policies>",
                        },
                    }
                ]
            )
        },
        commands=ARM,
    )
    yield Attack(
        "policy nested 100,000 deep",
        {
            "main.json": template(
                [
                    {
                        "type": "Microsoft.ApiManagement/service/policies",
                        "name": "a/policy",
                        "apiVersion": "2023-05-01-preview",
                        "properties": {"format": "xml", "value": "<a>" * 100_000},
                    }
                ]
            )
        },
        commands=ARM,
    )
    yield Attack(
        "policy with entities",
        {
            "main.json": template(
                [
                    {
                        "type": "Microsoft.ApiManagement/service/policies",
                        "name": "a/policy",
                        "apiVersion": "2023-05-01-preview",
                        "properties": {
                            "format": "xml",
                            "value": '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
                            + "".join(f'<!ENTITY a{i} "&a;&a;&a;">' for i in range(99))
                            + "]><policies>&a99;</policies>",
                        },
                    }
                ]
            )
        },
        commands=ARM,
    )


def large():
    big = storage("s", x="y" * 1000)
    for size, due in ((32 * MIB - 100_000, False), (33 * MIB, True)):
        row = json.dumps(big)
        text = template([]).replace("[]", "[" + ",".join([row] * (size // (len(row) + 1))) + "]")
        yield Attack(f"template of {size // MIB} MB", {"main.json": text}, due=due)
    yield Attack("Bicep file of 33 MB", {"main.bicep": ("// " + "x" * 97 + "\n") * (33 * MIB // 101)}, due=True)
    yield Attack(
        "options file of 33 MB", {"armlint.yaml": "#" * (33 * MIB), "main.bicep": ""}, exits=(2,), witness=False
    )
    yield Attack("sparse file of 3 GB", {}, make=lambda d: open(d / "main.json", "wb").truncate(3 << 30), due=True)
    yield Attack("10,000 small files", {f"d{i % 100}/m{i}.json": template([storage(f"s{i}")]) for i in range(10_000)})
    yield Attack(
        "10,000 small Bicep files", {f"d{i % 100}/m{i}.bicep": bicep_storage(f"'s{i}'") for i in range(10_000)}
    )
    yield Attack(
        "10,000 parameter files",
        {"main.json": template([storage("s")]), **{f"main.parameters.{i}.json": parameters() for i in range(10_000)}},
    )


def odd():
    text = template([storage("s", minimumTlsVersion="TLS1_0")], indent=1)
    for name, content, due in [
        ("UTF-16 without its second half", text.encode("utf-16")[:-1], True),
        ("UTF-16BE", b"\xfe\xff" + text.encode("utf-16-be"), False),
        ("UTF-32", text.encode("utf-32"), True),
        ("Latin-1", text.replace("name", "n\u00e4me").encode("latin-1"), True),
        ("NUL bytes", text.encode().replace(b"Storage", b"Sto\0rage"), False),
        ("overlong UTF-8", text.encode().replace(b"TLS1_0", b"\xc0\xaf\xed\xa0\x80"), True),
        ("cut in a character", text.encode() + "\u20ac".encode()[:2], True),
        ("lone surrogates", text.replace("TLS1_0", "\\ud800\\udc00\\udfff"), False),
        ("byte order mark twice", b"\xef\xbb\xbf\xef\xbb\xbf" + text.encode(), False),
        ("only NUL", b"\0" * 900_000, False),
        ("only brackets", b"[{" * 450_000, False),
        ("random bytes", bytes((i * 7919 + i // 251) & 255 for i in range(900_000)), False),
    ]:
        yield Attack(
            f"encoding: {name}",
            {"main.json": content},
            commands=[["scan", "."], ["expand", "main.json"]],
            due=due,
            exits=(0, 1, 2, 3),
        )
        if isinstance(content, bytes):
            yield Attack(
                f"encoding: {name}, Bicep",
                {"main.bicep": content},
                commands=[["scan", "."], ["expand", "main.bicep"]],
                exits=(0, 1, 2, 3),
            )
    numbers = [
        "1e999999999",
        "-1e-999999999",
        "9" * 400_000,
        "0." + "0" * 400_000 + "1",
        "1" + "0" * 18,
        "9223372036854775808",
        "-9223372036854775809",
        "1e400",
    ]
    yield Attack(
        "huge numbers, JSON",
        {
            "main.json": template([storage("s")]).replace(
                '"properties":{}', '"properties":{' + ",".join(f'"a{i}":{n}' for i, n in enumerate(numbers)) + "}"
            )
        },
        commands=ARM,
    )
    for i, body in enumerate(
        [
            "9223372036854775807 + 1",
            "-9223372036854775807 - 2",
            "9223372036854775807 * 9223372036854775807",
            "(-9223372036854775807 - 1) / -1",
            "(-9223372036854775807 - 1) % -1",
            "1 / 0",
            "1 % 0",
            "99999999999999999999999",
            "substring('abc', 9223372036854775807, 9223372036854775807)",
            "padLeft('a', 9223372036854775807)",
            "take([1], -9223372036854775807)",
            "skip('a', 9223372036854775807)",
            "range(-9223372036854775807, 10000)",
            "cidrSubnet('::/0', 128, 9223372036854775807)",
            "cidrHost('::/0', 9223372036854775807)",
            "dateTimeFromEpoch(9223372036854775807)",
            "dateTimeAdd('9999-12-31', 'P9999999999Y')",
            "format('{0:D999999999}', 1)",
            "format('{99999999999}', 1)",
            "format('{0,-2147483648}', 1)",
            "int('99999999999999999999')",
            "[1, 2][9223372036854775807]",
            "indexOf('a', 'b')",
            "json('1e999999')",
            "string(json('[' ))",
        ]
    ):
        yield Attack(
            f"arithmetic: {body}",
            {"main.bicep": f"output o string = string({body})\n" + bicep_storage(f"string({body})")},
            commands=BICEP,
        )


def attacks():
    yield from wide()
    yield from odd()
    yield from large()
