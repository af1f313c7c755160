"""What `armlint check` looks into: names that are each used twice by the next, and many uses of much."""

from attack import Attack

ZONE = "'Microsoft.Network/dnsZones@2018-05-01'"
SCRIPT = "'Microsoft.Resources/deploymentScripts@2023-08-01'"


def check(name, text, **files):
    """A file that is checked with the rules of the Bicep CLI; whether it can be evaluated as well is not asked."""
    return Attack(
        name,
        {"main.bicep": text, **files},
        commands=[["check", "."]],
        exits=(0, 1, 2, 3),
        witness=False,
    )


def chain(first, each, last, count=60):
    """Variables, each of which uses the one before."""
    used = (f"var a{i} = " + each.replace("#", f"a{i - 1}") + "\n" for i in range(1, count))
    return f"param c bool\nparam p string\nvar a0 = {first}\n" + "".join(used) + last.replace("#", f"a{count - 1}") + "\n"


def zone(i, name="'z'", more=""):
    return f"resource r{i} {ZONE} = {{\n  name: {name}\n  location: 'global'\n{more}}}\n"


def doubled():
    yield check("checked: each text has the one before twice", chain("p", "'${#}-${#}'", "output o string = #"))
    yield check("checked: each text is one of two", chain("p", "c ? '${#}' : '${#}'", "output o string = #"))
    yield check("checked: each property is one of two", chain("{ x: p }", "{ x: c ? #.x : #.x }", "output o string = #.x"))
    yield check("checked: each item is one of two", chain("[p]", "[c ? #[0] : #[0]]", "output o string = #[0]"))
    tree = "type t = { l: t?, r: t? }\n"
    yield check("checked: each object has the one before twice", tree + chain("{}", "{ l: #, r: # }", "output o t = #"))
    yield check(
        "checked: each part of an object has the one before twice",
        tree + chain("{ v: {} }", "{ v: { l: #.v, r: #.v } }", "output o t = #.v"),
    )
    yield check(
        "checked: an index of 2^60 characters", chain("'x'", "'${#}${#}'", zone(0) + "output o object = r0[#]")
    )
    yield check(
        "checked: each secret is one of two", chain("{ x: p }", "c ? { x: #.x } : { x: #.x }", "output o string = #.x")
    )
    names = "".join(zone(i, f"'${{r{i - 1}.name}}${{r{i - 1}.name}}'") for i in range(1, 60))
    yield check("checked: each name has the one before twice", zone(0) + names)
    kinds = "".join(
        f"resource r{i} {SCRIPT} = {{\n  name: 'r{i}'\n  location: 'x'\n  kind: c ? r{i - 1}.kind : r{i - 1}.kind\n}}\n"
        for i in range(1, 60)
    )
    first = f"param c bool\nresource r0 {SCRIPT} = {{\n  name: 'r0'\n  location: 'x'\n  kind: 'AzureCLI'\n}}\n"
    yield check("checked: each kind is one of two", first + kinds + "output o object = r59.properties\n")
    firsts = "var x = " + "[" * 45 + "1" + "]" * 45 + "\noutput o int = " + "first(" * 40 + "x" + ")" * 40 + "\n"
    yield check("checked: the first of the first of ... 40 times", firsts)
    nested = "v25"
    for i in range(25, 0, -1):
        nested = f"map([v{i - 1}, v{i - 1}], v{i} => {nested})"
    yield check("checked: lambdas in one another", f"param v0 string\noutput o array = {nested}\n")
    types = "".join(f"type t{i} = {{ a: t{i - 1}, b: t{i - 1} }}\n" for i in range(1, 30))
    yield check(
        "checked: each type has the one before twice",
        "type t0 = { x: string }\n" + types + "param p t29\nparam q string\n",
        **{"main.bicepparam": "using 'main.bicep'\nparam q = 'x'\nparam p = q\n"},
    )
    yield check("checked: a type that is itself or null", "type t = t?\nfunc f(x t) t => x\noutput o string = f('a').b\n")


def many():
    yield check("checked: 5,000 resources", "".join(zone(i, f"'r{i}'") for i in range(5000)))
    depends = "".join(
        f"resource r{i} {ZONE} = {{ name: 'r{i}', location: r{i - 1}.id, dependsOn: [r0] }}\n" for i in range(1, 3000)
    )
    yield check("checked: 3,000 dependencies that are there already", zone(0) + depends)
    unknown = "".join(f" q{i}: 1\n" for i in range(5000))
    account = "resource r 'Microsoft.Storage/storageAccounts@2023-01-01' = { name: 'r', location: 'x', properties: {\n"
    yield check("checked: 5,000 properties that there are not", account + unknown + "} }\n")
    members = "".join(f" m{i}: string?\n" for i in range(5000))
    yield check("checked: 5,000 of 5,000 others", "type t = {\n" + members + "}\noutput o t = {\n" + unknown + "}\n")
    yield check(
        "checked: 5,000 accesses of what is not there",
        "var o = {\n" + unknown + "}\n" + "".join(f"output o{i} int = o.z{i}\n" for i in range(5000)),
    )
    yield check(
        "checked: 5,000 accesses of 5,000 members",
        "type t = {\n" + members + "}\nparam p t\n" + "".join(f"output o{i} string? = p.m{i}\n" for i in range(5000)),
    )
    variables = "var v0 = 'x'\n" + "".join(f"var v{i} = 'x${{v{i - 1}}}'\n" for i in range(1, 3000))
    yield check(
        "checked: 3,000 names through 3,000 variables",
        variables + "".join(zone(i, "v2999") for i in range(3000)),
    )
    yield check(
        "checked: 3,000 parameters of a module through 3,000 variables",
        variables + "module m 'm.bicep' = {\n  params: {\n" + "".join(f"    p{i}: v2999\n" for i in range(3000)) + "  }\n}\n",
        **{"m.bicep": "".join(f"param p{i} string = ''\n" for i in range(3000))},
    )
    objects = "".join(f"var v{i} = {{ v: 'x' }}\n" for i in range(3000))
    listed = "var big = [" + ", ".join(f"v{i}" for i in range(3000)) + "]\n"
    yield check(
        "checked: 3,000 outputs of a list of 3,000",
        "type t = { v: string }\n" + objects + listed + "".join(f"output o{i} t[] = big\n" for i in range(3000)),
    )


def ways():
    """One of two steps at each of many names: as many ways as there are numbers of so many bits."""
    steps = "".join(f"var v{i} = c ? v{i - 1}.a : v{i - 1}.b\n" for i in range(1, 40))
    yield check("checked: 2^39 ways into a variable", f"param c bool\nvar v0 = {{ a: 'x' }}\n{steps}output o string = v39\n")
    types = "".join(f"type t{i} = [t{i - 1}, t{i - 1}]\n" for i in range(1, 41))
    yield check(
        "checked: 2^40 items of tuples",
        f"type t0 = string\n{types}param p t40\nparam i int\noutput o string = p{'[i]' * 40}\n",
    )
    asked = "r#.?properties.enabled"
    sites = "".join(
        f"resource r{i} 'Microsoft.Web/sites@2022-03-01' = if ({'true' if i == 0 else f'c ? {asked} : {asked}'.replace('#', str(i - 1))}) "
        f"{{\n  name: 'site{i}'\n  location: 'westeurope'\n}}\n"
        for i in range(40)
    )
    yield check("checked: 40 conditions that each ask twice for the one before", "param c bool\n" + sites)
    modules = "".join(f"module m{i} 'm.bicep' = {{ name: 'm{i}' }}\n" for i in range(300))
    names = "var v0 = m0\n" + "".join(f"var v{i} = c ? m{i} : v{i - 1}\n" for i in range(1, 300))
    outputs = "".join(f"output o{i} string = v299.outputs.x{i}\n" for i in range(500))
    yield check(
        "checked: 500 outputs of one of 300 modules",
        "param c bool\n" + modules + names + outputs,
        **{"m.bicep": "".join(f"output x{i} string = 'x'\n" for i in range(500))},
    )


def attacks():
    yield from doubled()
    yield from ways()
    yield from many()
