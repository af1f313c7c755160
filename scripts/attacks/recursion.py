"""Recursion and circles: whatever refers to itself, and whatever nests deeper than a stack is high."""

import json

from attack import Attack, bicep_storage, parameters, storage, template

EXPAND = [["scan", "."], ["expand", "main.bicep"]]
EXPAND_JSON = [["scan", "."], ["expand", "main.json"]]


def bicep(name, text, due=True, **more):
    return Attack(name, {"main.bicep": text, **more}, commands=EXPAND, due=due)


def rg(symbol, scope, kind="", tail=""):
    return (
        f"resource {symbol} 'Microsoft.Resources/resourceGroups@2022-09-01' {kind}= {tail}{{\n  scope: {scope}\n"
        f"  name: '{symbol}'\n  location: 'westeurope'\n}}{']' if tail else ''}\n"
    )


def child(symbol, parent, kind=""):
    return (
        f"resource {symbol} 'Microsoft.Network/virtualNetworks/subnets@2023-01-01' {kind}= {{\n  parent: {parent}\n"
        f"  name: '{symbol}'\n}}\n"
    )


def circles():
    sub = "targetScope = 'subscription'\n"
    yield bicep("scope is itself", sub + rg("a", "a"))
    yield bicep("scope is itself, existing", sub + rg("a", "a", "existing "))
    yield bicep("scope in a circle of 3", sub + rg("a", "b") + rg("b", "c") + rg("c", "a"))
    yield bicep("scope in a circle of 2,000", sub + "".join(rg(f"r{i}", f"r{(i + 1) % 2000}") for i in range(2000)))
    yield bicep(
        "scope chain of 20,000",
        sub + "".join(rg(f"r{i}", f"r{i + 1}") for i in range(20000)) + rg("r20000", "subscription()"),
        due=False,
    )
    yield bicep("scope is itself, in a loop", sub + rg("a", "a[i]", tail="[for i in range(0, 3): ").replace("}]", "}]"))
    yield bicep("parent is itself", child("a", "a"))
    yield bicep("parent in a circle of 2", child("a", "b") + child("b", "a", "existing "))
    yield bicep("parent chain of 20,000", "".join(child(f"r{i}", f"r{i + 1}") for i in range(20000)), due=False)
    yield bicep("name of itself", bicep_storage("s.name"))
    yield bicep("names in a circle", bicep_storage("b.name", symbol="a") + bicep_storage("a.name", symbol="b"))
    yield bicep("id in the scope of an extension", bicep_storage("'a'", more="  scope: s\n"))
    yield bicep("dependsOn itself", bicep_storage("'a'", more="  dependsOn: [ s ]\n"), due=False)
    yield bicep("variables in a circle", "var a = b\nvar b = c\nvar c = a\noutput o string = a\n" + bicep_storage("a"))
    yield bicep(
        "variable chain of 30,000",
        "var v0 = 'x'\n" + "".join(f"var v{i} = v{i - 1}\n" for i in range(1, 30001)) + bicep_storage("v30000"),
        due=False,
    )
    yield bicep("outputs in a circle", "output a string = m.outputs.o\nmodule m 'main.bicep' = { name: 'm' }\n")
    yield bicep("function calls itself", "func f(x string) string => f(x)\n" + bicep_storage("f('a')"))
    yield bicep(
        "functions in a circle",
        "func f(x string) string => g(x)\nfunc g(x string) string => f('${x}x')\n" + bicep_storage("f('a')"),
    )
    yield bicep("type of itself", "type t = t\nparam p t\n" + bicep_storage("p"))
    yield bicep(
        "types in a circle",
        "type a = { b: b? }\ntype b = { a: a? }\nparam p a = { b: { a: { b: {} } } }\n" + bicep_storage("'x'"),
        due=False,
    )
    yield bicep(
        "type alias circle of 3", "type a = b\ntype b = [c]\ntype c = { d: a }\nparam p a\n" + bicep_storage("'x'")
    )
    yield bicep("parameter defaults in a circle", "param a string = b\nparam b string = a\n" + bicep_storage("a"))
    yield Attack(
        "module of itself", {"main.bicep": "module m 'main.bicep' = { name: 'm' }\n"}, commands=EXPAND, due=True
    )
    yield Attack(
        "modules in a circle of 3",
        {
            f"{a}.bicep": f"module m '{b}.bicep' = {{ name: 'm' }}\n"
            for a, b in [("main", "b"), ("b", "c"), ("c", "main")]
        },
        commands=EXPAND,
        due=True,
    )
    yield Attack(
        "import circle",
        {
            "main.bicep": "import { b } from 'b.bicep'\n@export()\nvar a = b\n" + bicep_storage("a"),
            "b.bicep": "import { a } from 'main.bicep'\n@export()\nvar b = a\n",
        },
        commands=EXPAND,
        due=True,
    )
    yield Attack(
        "import of itself",
        {"main.bicep": "import * as me from 'main.bicep'\n@export()\nvar a = me.a\n" + bicep_storage("a")},
        commands=EXPAND,
        due=True,
    )
    yield Attack(
        "bicepparam uses itself",
        {"main.bicepparam": "using 'main.bicepparam'\nparam a = 'x'\n"},
        commands=[["scan", "."], ["expand", "main.bicepparam"]],
        due=True,
        exits=(0, 1, 2, 3),
    )
    yield Attack(
        "bicepparam extends itself",
        {
            "main.bicep": "param a string\n" + bicep_storage("a"),
            "main.bicepparam": "using 'main.bicep'\nextends 'main.bicepparam'\nparam a = 'x'\n",
        },
        commands=[["scan", "."], ["expand", "main.bicepparam"]],
        due=True,
    )
    yield Attack(
        "bicepparam extends circle of 3",
        {
            "main.bicep": "param a string\n" + bicep_storage("a"),
            **{
                f"{a}.bicepparam": f"using 'main.bicep'\nextends '{b}.bicepparam'\n"
                for a, b in [("a", "b"), ("b", "c"), ("c", "a")]
            },
        },
        commands=[["scan", "."], ["expand", "a.bicepparam"]],
        due=True,
    )
    yield Attack(
        "bicepparam values in a circle",
        {
            "main.bicep": "param a string\nparam b string\n" + bicep_storage("a"),
            "main.bicepparam": "using 'main.bicep'\nvar x = y\nvar y = x\nparam a = x\nparam b = a\n",
        },
        commands=[["scan", "."], ["expand", "main.bicepparam"]],
        due=True,
    )
    yield Attack(
        "bicepconfig cache and alias circle",
        {
            "main.bicep": "module m 'br/x:y:1' = { name: 'm' }\n",
            "bicepconfig.json": '{"cacheRootDirectory":".","moduleAliases":{"br":{"x":{"registry":"br/x","modulePath":"br/x:y"}}}}',
        },
        commands=EXPAND,
    )
    yield Attack(
        "variables in a circle, JSON",
        {
            "main.json": template(
                [storage("[variables('a')]")], variables={"a": "[variables('b')]", "b": "[variables('a')]"}
            )
        },
        commands=EXPAND_JSON,
        due=True,
    )
    yield Attack(
        "reference to itself, JSON", {"main.json": template([storage("[reference('s').x]")])}, commands=EXPAND_JSON
    )
    yield Attack(
        "nested deployment links to itself",
        {
            "main.json": template(
                [
                    {
                        "type": "Microsoft.Resources/deployments",
                        "apiVersion": "2022-09-01",
                        "name": "d",
                        "properties": {"mode": "Incremental", "templateLink": {"relativePath": "main.json"}},
                    }
                ]
            )
        },
        commands=EXPAND_JSON,
        due=True,
    )
    yield Attack(
        "definition of itself, JSON",
        {
            "main.json": template(
                {"s": storage("a")},
                languageVersion="2.0",
                definitions={"t": {"$ref": "#/definitions/t"}},
                parameters={"p": {"$ref": "#/definitions/t"}},
            )
        },
        commands=EXPAND_JSON,
        due=True,
    )
    yield Attack(
        "function calls itself, JSON",
        {
            "main.json": template(
                [storage("[n.f('a')]")],
                functions=[
                    {
                        "namespace": "n",
                        "members": {
                            "f": {
                                "parameters": [{"name": "x", "type": "string"}],
                                "output": {"type": "string", "value": "[n.f(parameters('x'))]"},
                            }
                        },
                    }
                ],
            )
        },
        commands=EXPAND_JSON,
        due=True,
    )
    yield Attack(
        "symbolic names in a circle",
        {
            "main.json": template(
                {
                    "a": {**storage("a"), "dependsOn": ["b"], "scope": "[b.id]"},
                    "b": {**storage("b"), "dependsOn": ["a"]},
                },
                languageVersion="2.0",
            )
        },
        commands=EXPAND_JSON,
    )


def nesting():
    n = 100_000
    for what, text in {
        "JSON arrays": "[" * n,
        "JSON objects": '{"a":' * n,
        # An array is no template, however deep: there is nothing to analyse in it.
        "JSON arrays, closed": "[" * n + "]" * n,
        "JSON in resources": template([]).replace("[]", "[" * n + "]" * n),
        "expression brackets": template([storage("[" + "concat(" * n + "'a'" + ")" * n + "]")]),
        "expression indices": template([storage("[variables('a')" + "[0]" * n + "]")]),
        "properties": template([storage("a")]).replace(
            '"properties":{}', '"properties":' + '{"a":' * n + "1" + "}" * n
        ),
    }.items():
        yield Attack(
            f"nesting of {n:,}: {what}",
            {"main.json": text},
            commands=[["scan", "."], ["expand", "main.json"]],
            due=what != "JSON arrays, closed",
            exits=(0, 1, 2, 3),
        )
    for what, text in {
        "parentheses": "var a = " + "(" * n + "1" + ")" * n,
        "arrays": "var a = " + "[" * n,
        "objects": "var a = " + "{a:" * n,
        "ternaries": "var a = " + "true ? 1 : " * n + "0",
        "nots": "var a = " + "!" * n + "true",
        "minus": "var a = " + "-" * n + "1",
        "interpolations": "var a = " + "'${" * n,
        "calls": "var a = " + "f(" * n,
        "lambdas": "var a = " + "map([],x=>" * n,
        "types": "type a = " + "{a:" * n,
        "type arrays": "type a = string" + "[]" * n,
        "if": "var a = " + "[for x in " * n,
        "members": "var a = b" + ".c" * n,
        "non-null": "var a = b" + "!" * n,
        "additions": "var a = 1" + " + 1" * n,
        "coalesces": "var a = null" + " ?? null" * n,
        "unions": "type a = 'x'" + " | 'x'" * n,
        "decorators": "@a()\n" * n + "param p string",
        "child resources": "resource r 'A.B/c@2020-01-01' = {\n" * n,
    }.items():
        yield Attack(
            f"nesting of {n:,}: Bicep {what}", {"main.bicep": text + "\n" + bicep_storage("a")}, commands=EXPAND
        )
    for files in variants(40):
        yield Attack("a variant that holds its own type", files)
    yield Attack("3,000 nested deployments", {"main.json": deployments(300)}, commands=EXPAND_JSON, due=True)
    chain = {f"m{i}.bicep": f"module m 'm{i + 1}.bicep' = {{ name: 'm' }}\n" for i in range(2000)}
    yield Attack(
        "module chain of 2,000",
        {"main.bicep": "module m 'm0.bicep' = { name: 'm' }\n", **chain, "m2000.bicep": bicep_storage()},
        commands=EXPAND,
        due=True,
    )
    chain = {f"p{i}.bicepparam": f"using 'main.bicep'\nextends 'p{i + 1}.bicepparam'\n" for i in range(1000)}
    yield Attack(
        "extends chain of 1,000", {"main.bicep": "param a string = 'x'\n" + bicep_storage("a"), **chain}, due=True
    )


def variants(depth):
    """A type that holds itself, in what all of its variants have and in each of them."""
    inner = {"$ref": "#/definitions/t", "nullable": True}
    literal = {"type": "string", "allowedValues": ["x"]}
    variant = {"type": "object", "properties": {"kind": literal, "c": inner}}
    for mapped in (variant, {"$ref": "#/definitions/t"}):
        discriminator = {"propertyName": "kind", "mapping": {"x": mapped}}
        definition = {"type": "object", "properties": {"c": inner}, "discriminator": discriminator}
        value = {"kind": "x"}
        for _ in range(depth):
            value = {"kind": "x", "c": value}
        yield {
            "main.json": template(
                [storage("a")],
                languageVersion="2.0",
                definitions={"t": definition},
                parameters={"p": {"$ref": "#/definitions/t", "defaultValue": {"kind": "x"}}},
            ),
            "main.parameters.json": parameters(p=value),
        }


def deployments(depth):
    inner = template([storage("a")])
    for _ in range(depth):
        inner = (
            '{"resources":[{"type":"Microsoft.Resources/deployments","apiVersion":"2022-09-01","name":"d","properties":'
            '{"mode":"Incremental","template":' + inner + "}}]}"
        )
    document = json.dumps(
        {
            "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "contentVersion": "1.0.0.0",
        }
    )
    return document[:-1] + "," + inner[1:]


def ways():
    """A secret that may be in one of two members at each of many variables."""
    step = "[if(parameters('b'), variables('v{0}').a, variables('v{0}').b)]"
    variables = {f"v{i}": step.format(i - 1) for i in range(1, 41)}
    machine = {
        "type": "Microsoft.Compute/virtualMachines",
        "apiVersion": "2024-03-01",
        "name": "vm",
        "location": "westeurope",
        "properties": {"osProfile": {"adminUsername": "keeper", "adminPassword": "[variables('v40')]"}, "x": "[variables('v40')]"},
    }
    more = {"variables": {"v0": {"x": 1}, **variables}, "parameters": {"b": {"type": "bool"}}}
    yield Attack("2^40 ways to a secret", {"main.json": template([machine], **more)}, exits=(0, 1, 3))


def attacks():
    yield from circles()
    yield from ways()
    yield from nesting()
