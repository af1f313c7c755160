"""Little text that asks for much: loops, functions, loads, types, names."""

import json

from attack import Attack, bicep_storage, storage, template

EXPAND = [["scan", "."], ["expand", "main.bicep"]]


def use(expression, before=""):
    """The expression decides a property, a name and an output."""
    text = f"{before}var big = {expression}\noutput o object = {{ a: big }}\n" + bicep_storage(
        "'st'", tls="string(big)"
    )
    return {"main.bicep": text}


def bicep(name, expression, before="", files=None, due=True):
    return Attack(name, {**use(expression, before), **(files or {})}, commands=EXPAND, due=due)


def functions():
    r = "range(0, 10000)"
    text = "padLeft('', 10000, 'x')"
    for name, body in {
        "range": f"map({r}, x => {r})",
        "padLeft": "map(range(0, 10000), x => padLeft('a', 10000))",
        "format": "map(range(0, 10000), x => format('{0,10000}', x))",
        "split": f"map({r}, x => split({text}, 'x'))",
        "replace": f"map({r}, x => replace({text}, 'x', {text}))",
        "concat": f"map({r}, x => concat({r}, {r}))",
        "union": f"map({r}, x => union({r}, {r}))",
        "intersection": f"map({r}, x => intersection({r}, {r}))",
        "string": f"map({r}, x => string({r}))",
        "json": f"map({r}, x => json(string({r})))",
        "base64": f"map({r}, x => base64({text}))",
        "dataUri": f"map({r}, x => dataUri({text}))",
        "uriComponent": f"map({r}, x => uriComponent({text}))",
        "toUpper": f"map({r}, x => toUpper({text}))",
        "join": f"map({r}, x => join({r}, ','))",
        "sort": f"map({r}, x => sort({r}, (a, b) => a < b))",
        "filter": f"map({r}, x => filter({r}, y => true))",
        "flatten": f"map({r}, x => flatten([{r}, {r}]))",
        "toObject": f"map({r}, x => toObject({r}, y => string(y)))",
        "items": f"map({r}, x => items(toObject({r}, y => string(y))))",
        "reduce": f"reduce({r}, [], (a, x) => concat(a, {r}))",
        "reduce of text": f"reduce({r}, 'x', (a, x) => '${{a}}${{a}}')",
        "mapValues": f"mapValues(toObject({r}, y => string(y)), v => {r})",
        "groupBy": f"map({r}, x => groupBy({r}, y => string(y)))",
        "take and skip": f"map({r}, x => take(skip({r}, 1), 9999))",
        "createArray": "map(range(0, 10000), x => [" + "x," * 999 + "x])",
        "objectKeys": f"map({r}, x => objectKeys(toObject({r}, y => string(y))))",
        "shallowMerge": f"map({r}, x => shallowMerge([toObject({r}, y => string(y)), {{}}]))",
        "parseCidr": f"map({r}, x => map({r}, y => parseCidr('10.0.0.0/8')))",
        "cidrSubnet": f"map({r}, x => map({r}, y => cidrSubnet('10.0.0.0/8', 24, y)))",
        "guid": f"map({r}, x => map({r}, y => guid(string(x), string(y))))",
        "uniqueString": f"map({r}, x => map({r}, y => uniqueString(string(y))))",
        "dateTimeAdd": f"map({r}, x => map({r}, y => dateTimeAdd('2020-01-01', 'P1D')))",
        "indexOf": f"map({r}, x => indexOf({text}, 'y'))",
        "contains": f"map({r}, x => contains({r}, -1))",
        "max": f"map({r}, x => max({r}))",
        "interpolation": f"map({r}, x => '${{x}}{'y' * 9000}')",
        "spread": f"map({r}, x => [...{r}])",
        "object spread": f"map({r}, x => {{ ...toObject({r}, y => string(y)) }})",
        "trim": f"map({r}, x => trim({text}))",
    }.items():
        yield bicep(f"function in a loop: {name}", body)
    for name, seed, step in [
        ("text", "'xxxxxxxx'", "'${v%d}${v%d}'"),
        ("array", "[ 1, 2 ]", "concat(v%d, v%d)"),
        ("nest", "[ 1 ]", "[ v%d, v%d ]"),
        ("object", "{ a: 1 }", "{ a: v%d, b: v%d }"),
        ("format", "'x'", "format('{0}{1}', v%d, v%d)"),
        ("format of one", "'x'", "format('{0}{0}', v%d%.0s)"),
        ("string of", "'\"'", "string([ v%d, v%d ])"),
    ]:
        chain = f"var v0 = {seed}\n" + "".join(f"var v{i} = {step % (i - 1, i - 1)}\n" for i in range(1, 60))
        yield bicep(f"60 doublings: {name}", "v59", chain)
    yield bicep(
        "12,000 chained unions",
        "v12000",
        "var v0 = {}\n" + "".join(f"var v{i} = union(v{i - 1}, {{ k{i}: {i} }})\n" for i in range(1, 12001)),
        due=False,
    )
    yield bicep("one union of 20,000", "union({}" + "".join(f", {{ k{i}: 1 }}" for i in range(20000)) + ")", due=False)
    yield bicep(
        "user function in a loop",
        "map(range(0, 10000), x => f(x))",
        "func f(x int) array => map(range(0, 10000), y => x + y)\n",
    )
    yield bicep("nested lambdas", "map(range(0, 10000), a => map(range(0, 10000), b => map(range(0, 10000), c => 1)))")
    yield bicep(
        "ternary tree",
        "v40",
        "param p bool\nvar v0 = p ? 'a' : 'b'\n"
        + "".join(f"var v{i} = p ? v{i - 1} : '${{v{i - 1}}}x'\n" for i in range(1, 41)),
        due=False,
    )
    yield bicep(
        "unknown text doubles",
        "v40",
        "param p string\nvar v0 = p\n" + "".join(f"var v{i} = '${{v{i - 1}}}${{v{i - 1}}}'\n" for i in range(1, 41)),
    )
    yield from open_texts()
    yield bicep(
        "unknown unions",
        "v300",
        "param p object\nvar v0 = p\n"
        + "".join(f"var v{i} = union(v{i - 1}, {{ k: v{i - 1} }})\n" for i in range(1, 301)),
    )


def open_texts():
    """Texts that are not known and are written out where they name something: with what they hold twice, between, or as a name."""
    long = "k" * 100_000

    def named(name, first, step, count):
        chain = f"param p string\nvar v0 = {first}\n"
        chain += "".join(f"var v{i} = " + step.replace("#", f"v{i - 1}") + "\n" for i in range(1, count))
        text = chain + f"output o string = string(v{count - 1})\n" + bicep_storage(f"'${{p}}${{v{count - 1}}}'")
        commands = EXPAND + [["graph", "main.bicep"]]
        return Attack(f"unknown name doubles: {name}", {"main.bicep": text}, commands=commands, due=True)

    yield named("format of one", "p", "format('{0}{0}', #)", 40)
    yield named("format of one, 1,000 times", "p", f"format('{'{0}' * 1000}', #)", 5)
    yield named("format beyond the longest text", "'xxxx'", "format('{0}{0}', #)", 44)
    yield named("what could not be evaluated", f"string(int('{long}'))", "'${#}${#}'", 18)
    yield named("a key", f"{{ '{long}': p }}", "[#, #]", 18)
    yield named("a separator", "map(range(0, 9000), i => '${p}${i}')", "join(#, padLeft('', 200000, '-'))", 2)
    variables = {"v0": f"[unknown{long}(parameters('p'))]"}
    variables.update({f"v{i}": f"[concat(variables('v{i - 1}'), variables('v{i - 1}'))]" for i in range(1, 18)})
    outputs = {"o": {"type": "string", "value": "[variables('v17')]"}}
    text = template(
        [storage("[variables('v17')]")], parameters={"p": {"type": "string"}}, variables=variables, outputs=outputs
    )
    commands = [["scan", "."], ["expand", "main.json"], ["graph", "main.json"]]
    name = "unknown name doubles: a function that is not there"
    yield Attack(name, {"main.json": text}, commands=commands, due=True)
    inner = template([storage("[parameters('p')]")], parameters={"p": {"type": "string"}})
    for i in range(20):
        deployment = {
            "type": "Microsoft.Resources/deployments",
            "apiVersion": "2022-09-01",
            "name": f"d{i}",
            "properties": {
                "mode": "Incremental",
                "expressionEvaluationOptions": {"scope": "inner"},
                "parameters": {"p": {"value": "[format('{0}{0}', parameters('p'))]"}},
                "template": json.loads(inner),
            },
        }
        inner = template([deployment], parameters={"p": {"type": "string"}})
    yield Attack("unknown name doubles: in 20 deployments", {"main.json": inner}, commands=commands, due=True)
    outputs = "param p string\n" + "".join(
        f"module m{i} 'm.bicep' = {{\n  name: 'm{i}'\n  params: {{ p: {f'm{i - 1}.outputs.o' if i else 'p'} }}\n}}\n" for i in range(40)
    )
    files = {
        "main.bicep": outputs + bicep_storage("m39.outputs.o"),
        "m.bicep": "param p string\noutput o string = format('{0}{0}', p)\n",
    }
    commands = EXPAND + [["graph", "main.bicep"]]
    yield Attack("unknown name doubles: in outputs", files, commands=commands, due=True)


def rules():
    """Rules of a repository whose expressions make texts."""
    of = '{replace: #, oldString: "x", newString: "xx"}', '{concat: ["x", #, "x"]}', '{padLeft: #, totalLength: 2000000000}'
    for each in of:
        value = "xx"
        for _ in range(20):
            value = "{$: " + each.replace("#", value) + "}"
        rule = (
            "# Synopsis: A text.\napiVersion: github.com/microsoft/PSRule/v1\nkind: Rule\nmetadata: { name: Org.Text }\n"
            f"spec: {{ condition: {{ value: {value}, equals: x }} }}\n"
        )
        files = {"ps-rule.yaml": "rule: { includeLocal: true }\n", ".ps-rule/Org.Rule.yaml": rule, "main.bicep": bicep_storage()}
        yield Attack(f"20 functions of a rule: {each.split(':')[0].strip('{')}", files)


def loops():
    yield bicep("for over range of arrays", "[for a in range(0, 10000): range(0, 10000)]")
    yield bicep(
        "for of for by variables",
        "b",
        "var a = [for i in range(0, 10000): 'xxxxxxxxxxxxxxxxxxxx']\nvar b = [for i in range(0, 10000): [a, a]]\n",
    )
    yield bicep("for with 9 KB bodies", "[for i in range(0, 10000): '" + "y" * 9000 + "${i}']")
    yield Attack(
        "resource loop with large bodies",
        {
            "main.bicep": "var a = map(range(0, 5000), x => 'xxxx${x}')\n"
            "resource s 'Microsoft.Storage/storageAccounts@2023-01-01' = [for i in range(0, 800): {\n  name: 'st${i}'\n  tags: { a: string(a), i: '${i}' }\n}]\n"
        },
        commands=EXPAND,
        due=True,
    )
    yield Attack(
        "module loop of loops",
        {
            "main.bicep": "module m 'a.bicep' = [for i in range(0, 800): { name: 'm${i}' }]\n",
            "a.bicep": "module m 'b.bicep' = [for i in range(0, 800): { name: 'm${i}' }]\n",
            "b.bicep": "resource s 'Microsoft.Storage/"
            "storageAccounts@2023-01-01' = [for i in range(0, 800): {\n  name: 'st${i}'\n}]\n",
        },
        commands=EXPAND,
        due=True,
    )
    copies = [{**storage(f"s{j}[copyIndex()]"), "copy": {"name": f"c{j}", "count": 800}} for j in range(1000)]
    yield Attack(
        "1,000 copies of 800",
        {"main.json": template(copies)},
        due=True,
        commands=[["scan", "."], ["expand", "main.json"]],
    )
    inner = {
        "copy": [
            {
                "name": "p",
                "count": 10000,
                "input": {"copy": [{"name": "q", "count": 10000, "input": "[copyIndex('q')]"}]},
            }
        ]
    }
    yield Attack("copy in copy, properties", {"main.json": template([{**storage("s"), "properties": inner}])}, due=True)
    yield Attack(
        "copy in variables",
        {
            "main.json": template(
                [storage("s", a="[variables('a')]")],
                variables={"copy": [{"name": "a", "count": 10000, "input": "[range(0, 10000)]"}]},
            )
        },
        due=True,
    )
    yield Attack(
        "output copies",
        {
            "main.json": template(
                [],
                outputs={
                    f"o{i}": {"type": "array", "copy": {"count": 10000, "input": "[range(0, 1000)]"}} for i in range(20)
                },
            )
        },
        due=True,
        commands=[["scan", "."], ["expand", "main.json"]],
    )
    yield Attack(
        "huge count", {"main.json": template([{**storage("s"), "copy": {"name": "c", "count": 10**30}}])}, due=True
    )
    yield Attack(
        "huge range",
        {
            "main.bicep": "var a = range(0, 9223372036854775807)\nvar b = range(9223372036854775807, 10000)\n"
            "var c = range(-1, -1)\noutput o array = concat(a, b, c)\n"
        },
        commands=EXPAND,
        due=True,
    )


def loads():
    data = "x" * 250_000
    many = "".join(f"var v{i} = loadTextContent('data.txt')\n" for i in range(5000))
    yield Attack(
        "5,000 loads of one file",
        {
            "main.bicep": many
            + "output o array = ["
            + ", ".join(f"v{i}" for i in range(5000))
            + "]\n"
            + bicep_storage("v1"),
            "data.txt": data,
        },
        commands=EXPAND,
        due=True,
    )
    yield Attack(
        "load in a loop",
        {
            "main.bicep": "output o array = map(range(0, 10000), x => '${loadTextContent('data.txt')}${x}')\n",
            "data.txt": data,
        },
        commands=EXPAND,
        due=True,
    )
    yield Attack(
        "base64 loads",
        {
            "main.bicep": "".join(f"var v{i} = loadFileAsBase64('data.txt')\n" for i in range(3000))
            + "output o array = ["
            + ", ".join(f"v{i}" for i in range(3000))
            + "]\n",
            "data.txt": data,
        },
        commands=EXPAND,
        due=True,
    )
    rows = "[" + ",".join('{"a":1}' for _ in range(30_000)) + "]"
    yield Attack(
        "1,000 loads of JSON",
        {
            "main.bicep": "".join(f"var v{i} = loadJsonContent('data.json')\n" for i in range(1000))
            + "output o array = ["
            + ", ".join(f"v{i}" for i in range(1000))
            + "]\n",
            "data.json": rows,
        },
        commands=EXPAND,
        due=True,
    )
    yield Attack(
        "1,000 loads with a path",
        {
            "main.bicep": "".join(f"var v{i} = loadJsonContent('data.json', '$..a')\n" for i in range(1000))
            + "output o array = ["
            + ", ".join(f"v{i}" for i in range(1000))
            + "]\n",
            "data.json": rows,
        },
        commands=EXPAND,
        due=True,
    )
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(97 + i)}: &{chr(97 + i)} [{', '.join(['*' + chr(96 + i)] * 10)}]\n" for i in range(1, 20)
    )
    yield Attack(
        "YAML bomb loaded",
        {"main.bicep": "output o object = loadYamlContent('data.yaml')\n", "data.yaml": bomb},
        commands=EXPAND,
        due=True,
    )
    yield Attack(
        "YAML bomb as options", {"armlint.yaml": bomb, "main.bicep": bicep_storage()}, exits=(2,), witness=False
    )
    yield Attack(
        "YAML nesting loaded",
        {"main.bicep": "output o object = loadYamlContent('data.yaml')\n", "data.yaml": "[" * 100_000},
        commands=EXPAND,
        due=True,
    )
    yield Attack("YAML nesting as options", {"ps-rule.yaml": "{a: " * 100_000}, exits=(2,), witness=False)
    yield Attack(
        "YAML block nesting loaded",
        {
            "main.bicep": "output o object = loadYamlContent('data.yaml')\n",
            "data.yaml": "".join(" " * i + "a:\n" for i in range(1200)),
        },
        commands=EXPAND,
        due=True,
    )
    yield Attack(
        "YAML merge keys",
        {
            "main.bicep": "output o object = loadYamlContent('data.yaml')\n",
            "data.yaml": "a0: &a0 {x: 1}\n"
            + "".join(f"a{i}: &a{i} {{<<: *a{i - 1}, k{i}: *a{i - 1}}}\n" for i in range(1, 40)),
        },
        commands=EXPAND,
        due=True,
    )


def names():
    doubling = "var n0 = 'abcdefgh'\n" + "".join(f"var n{i} = '${{n{i - 1}}}${{n{i - 1}}}'\n" for i in range(1, 14))
    many = "".join(bicep_storage("'${n13}%d'" % i, symbol=f"s{i}") for i in range(60))
    yield Attack("names of 65,536 characters", {"main.bicep": doubling + many}, commands=EXPAND)
    nested = "".join(
        f"resource r{i} 'Microsoft.A/b{'/c' * i}@2020-01-01' = {{\n  {'parent: r%d' % (i - 1) if i else ''}\n  name: '{'n' * 200}'\n}}\n"
        for i in range(200)
    )
    yield Attack("ids that grow", {"main.bicep": nested}, commands=EXPAND)
    yield Attack(
        "symbols of 100,000 characters",
        {"main.bicep": "".join(bicep_storage(f"'st{i}'", symbol="s" * 100_000 + str(i)) for i in range(8))},
        commands=EXPAND,
    )
    yield Attack(
        "types of 100,000 characters",
        {
            "main.json": template(
                [{"type": "Microsoft.A/" + "b" * 100_000, "name": "x", "apiVersion": "1", "properties": {}}] * 8
            )
        },
    )
    yield Attack(
        "unknown name that doubles",
        {
            "main.bicep": "param p string\nvar n0 = p\n"
            + "".join(f"var n{i} = '${{n{i - 1}}}-${{n{i - 1}}}'\n" for i in range(1, 14))
            + "".join(bicep_storage("'${n13}%d'" % i, symbol=f"s{i}") for i in range(60))
        },
        commands=EXPAND,
    )
    huge = {f"p{i}": {"type": "string", "allowedValues": ["y" * 5000], "defaultValue": "z" * 5000} for i in range(80)}
    yield Attack(
        "values of 5,000 characters in messages",
        {
            "main.json": template(
                [storage(f"[parameters('p{i}')]", minimumTlsVersion=f"[parameters('p{i}')]") for i in range(80)],
                parameters=huge,
            )
        },
    )
    rows = [storage("a" + "b" * 8000 + str(i), minimumTlsVersion="T" * 2000) for i in range(80)]
    yield Attack("80 resources with 8,000-character names", {"main.json": template(rows)})


def types():
    chain = "type t0 = { a: string, b: string }\n" + "".join(
        f"type t{i} = {{ a: t{i - 1}, b: t{i - 1} }}\n" for i in range(1, 60)
    )
    yield Attack(
        "types that double",
        {"main.bicep": chain + "param p t59\noutput o object = p\n" + bicep_storage("p.a.b.a")},
        commands=EXPAND,
    )
    chain = "type t0 = 'a' | 'b'\n" + "".join(f"type t{i} = t{i - 1} | 'x{i}' | t{i - 1}\n" for i in range(1, 60))
    yield Attack(
        "unions of types that double",
        {"main.bicep": chain + "param p t59 = 'q'\n" + bicep_storage("p")},
        commands=EXPAND,
    )
    chain = "type t0 = string\n" + "".join(f"type t{i} = [t{i - 1}, t{i - 1}]\n" for i in range(1, 60))
    yield Attack(
        "tuples of types that double", {"main.bicep": chain + "param p t59 = []\n" + bicep_storage()}, commands=EXPAND
    )
    definitions = {
        f"t{i}": {"type": "object", "properties": {k: {"$ref": f"#/definitions/t{i - 1}"} for k in "ab"}}
        for i in range(1, 60)
    }
    definitions["t0"] = {"type": "securestring"}
    yield Attack(
        "definitions that double, JSON",
        {
            "main.json": template(
                {"s": storage("a")},
                languageVersion="2.0",
                definitions=definitions,
                parameters={"p": {"$ref": "#/definitions/t59", "defaultValue": {}}},
            )
        },
    )
    yield Attack(
        "resource-derived types",
        {
            "main.bicep": "".join(
                f"type t{i} = resourceInput<'Microsoft.Storage/storageAccounts@2023-01-01'>.properties\n"
                for i in range(5000)
            )
            + bicep_storage()
        },
        commands=EXPAND,
    )


def undecided():
    """What is not decided, in what rules look through."""
    n = 14

    def ternaries(name, first):
        variables = f"param {name}0b bool\nvar {name}0 = {first}\n"
        for i in range(1, n):
            variables += f"param {name}{i}b bool\nvar {name}{i} = {name}{i}b ? {name}{i - 1} : ({name}0b ? {{}} : {name}{i - 1})\n"
        return variables

    site = (
        "resource a 'Microsoft.Web/sites@2023-12-01' = {\n  name: 'a'\n  location: 'westeurope'\n"
        f"  properties: {{ siteConfig: p{n - 1} }}\n}}\n"
        "resource w 'Microsoft.Web/sites/config@2023-12-01' = {\n  parent: a\n  name: 'web'\n"
        f"  properties: c{n - 1}\n}}\n"
    )
    trees = ternaries("c", "c0b ? { minTlsVersion: '1.2' } : {}") + ternaries(
        "p", "p0b ? { minTlsVersion: '1.2' } : { minTlsVersion: '1.0' }"
    )
    yield Attack("ternaries in a child and its parent", {"main.bicep": trees + site}, commands=EXPAND, due=False)
    tags = "param p object\nvar v = {\n" + "".join(f"  a{i}: '1'\n" for i in range(20000)) + "}\n"
    joined = "v"
    for _ in range(40):
        joined = f"union(p, {joined})"
    storage_with = bicep_storage(more=f"  tags: {joined}\n")
    yield Attack("tags joined 40 times", {"main.bicep": tags + storage_with}, commands=EXPAND, due=False)
    lists = "param p array\nvar v0 = concat(p, [{}, {}, {}, {}, {}, {}, {}, {}])\n"
    lists += "".join(f"var v{i} = concat(v{i - 1}, p, v{i - 1})\n" for i in range(1, 16))
    network = (
        "resource n 'Microsoft.Network/virtualNetworks@2023-09-01' = {\n  name: 'n'\n  location: 'westeurope'\n"
        "  properties: { addressSpace: { addressPrefixes: ['10.0.0.0/16'] }, subnets: v15 }\n}\n"
    )
    yield Attack("subnets that double", {"main.bicep": lists + network}, commands=EXPAND, due=False)


def attacks():
    for kind in functions, rules, loops, loads, names, types, undecided:
        yield from kind()
