"""What a repository may hold besides plain files, paths that lead out of it, globs, and files that say they are generated."""

import base64
import json
import os
import socket

from attack import SECRET, Attack, bicep_storage, parameters, storage, template

ENCODED = base64.b64encode(SECRET.encode()).decode()
EXPAND = [["scan", "."], ["expand", "main.bicep"]]


def outside(folder):
    """A file beside the scanned folder that nothing in it may read."""
    path = folder.parent / "outside"
    path.mkdir(exist_ok=True)
    (path / "secret.json").write_text(template([storage("st", minimumTlsVersion=SECRET)]))
    (path / "secret.txt").write_text(SECRET)
    (path / "options.yaml").write_text(f"configuration:\n  {SECRET}: 1\nnope: {SECRET}\n")
    (folder / ".git").mkdir(exist_ok=True)
    (folder / ".git" / "config").write_text(f"{SECRET}\n[core]\n")
    return path


def linked(name, target, link, **more):
    def make(folder):
        outside(folder)
        (folder / link).symlink_to(target)

    return Attack(name, {"keep/a.bicep": bicep_storage(), **more.pop("files", {})}, make=make, never=[SECRET], **more)


def links():
    every = ("json", "text", "sarif", "github", "markdown", "csv")
    yield linked("link to a template outside", "../outside/secret.json", "main.json", due=True, formats=every)
    yield linked("link to a folder outside", "../outside", "infra", due=True, formats=every)
    yield linked("link to /etc/passwd", "/etc/passwd", "main.json", due=True)
    yield linked("link to /proc/self/environ", "/proc/self/environ", "main.json", due=True)
    yield linked(
        "glob over a link outside", "../outside/secret.json", "main.json", commands=[["scan", "*.json"]], formats=every
    )
    yield linked(
        "glob over a folder link outside",
        "../outside",
        "infra",
        commands=[["scan", "infra/*.json"]],
        exits=(0, 1, 2, 3),
        witness=False,
    )
    yield linked("deep glob over a folder link", "../outside", "infra", commands=[["scan", "**/*.json"]])
    yield linked(
        "options file is a link outside", "../outside/options.yaml", "ps-rule.yaml", exits=(0, 1, 2, 3), witness=False
    )
    yield linked(
        "our options file is a link outside",
        "../outside/options.yaml",
        "armlint.yaml",
        exits=(0, 1, 2, 3),
        witness=False,
    )
    yield linked(
        "bicepconfig is a link outside",
        "../outside/secret.json",
        "bicepconfig.json",
        files={"main.bicep": "module m 'br/x:y:1' = { name: 'm' }\n"},
        commands=EXPAND,
    )
    yield linked(
        "parameter file is a link outside",
        "../outside/secret.json",
        "main.parameters.json",
        files={"main.json": template([storage("s")])},
    )
    yield linked("link to itself", "main.json", "main.json", due=True)
    yield linked("link to the root", ".", "again")
    yield linked("link to its parent, in a folder", "..", "keep/up")
    yield linked("broken link", "nowhere", "main.json", due=True)
    yield linked("link to a FIFO", "pipe.json", "main.json")


def reads():
    for call in ("loadTextContent", "loadFileAsBase64", "loadJsonContent", "loadYamlContent"):
        for path in (
            "../outside/secret.txt",
            "..\\\\outside\\\\secret.txt",
            ".git/config",
            "keep/../.git/config",
            ".GIT/config",
            "link.txt",
        ):
            if path.startswith("..\\") and call != "loadTextContent":
                continue

            def make(folder):
                outside(folder)
                (folder / "link.txt").symlink_to("../outside/secret.txt")

            yield Attack(
                f"{call}('{path}')",
                {"main.bicep": f"output o string = string({call}('{path}'))\n", "keep/x": ""},
                make=make,
                commands=EXPAND,
                never=[SECRET, ENCODED],
                due=True,
            )
    for path in ("/etc/passwd", "/proc/self/environ", "/dev/zero", "/dev/stdin"):
        yield Attack(
            f"loadTextContent('{path}')",
            {"main.bicep": f"output o string = loadTextContent('{path}')\n"},
            commands=EXPAND,
            never=["root:x:0", "PATH="],
            due=True,
        )
    yield Attack(
        "module outside",
        {"main.bicep": "module m '../outside/secret.json' = { name: 'm' }\n"},
        make=outside,
        commands=EXPAND,
        never=[SECRET],
        due=True,
    )
    yield Attack(
        "relativePath outside",
        {
            "main.json": template(
                [
                    {
                        "type": "Microsoft.Resources/deployments",
                        "apiVersion": "2022-09-01",
                        "name": "d",
                        "properties": {"templateLink": {"relativePath": "../outside/secret.json"}},
                    }
                ]
            )
        },
        make=outside,
        commands=[["scan", "."], ["expand", "main.json"]],
        never=[SECRET],
        due=True,
    )
    yield Attack(
        "metadata.template outside",
        {
            "p.parameters.json": parameters().replace(
                '"contentVersion"', '"metadata": {"template": "../outside/secret.json"}, "contentVersion"'
            )
        },
        make=outside,
        never=[SECRET],
        due=True,
    )
    for name, config, module in [
        ("cacheRootDirectory outside", '{"cacheRootDirectory": "../outside"}', "br:x.azurecr.io/y:1"),
        ("bicepconfig extends outside", '{"extends": "../outside/secret.json"}', "br/x:y:1"),
    ]:
        files = {"bicepconfig.json": config, "main.bicep": f"module m '{module}' = {{ name: 'm' }}\n"}
        yield Attack(name, files, make=outside, commands=EXPAND, never=[SECRET])
    yield Attack(
        "loadDirectoryFileInfo outside",
        {"main.bicep": "output o array = loadDirectoryFileInfo('../outside')\n"},
        make=outside,
        commands=EXPAND,
        never=["secret.txt"],
        due=True,
    )
    for pattern in (
        "{" * 500,
        "{" * 300 + "a" + "}" * 300,
        "{a," * 30 + "}" * 30,
        "[" * 1000,
        "**/" * 3000,
        "{a,b}" * 40,
        "*a" * 3000,
        "\\\\",
    ):
        yield Attack(
            f"loadDirectoryFileInfo pattern {pattern[:12]}",
            {
                "main.bicep": f"output o array = loadDirectoryFileInfo('keep', '{pattern}')\n" + bicep_storage(),
                "keep/" + "a" * 200: "",
            },
            commands=EXPAND,
        )


def special():
    def fifo(folder):
        for name in ("pipe.json", "pipe.bicep", "main.parameters.json"):
            os.mkfifo(folder / name)

    def listening(folder):
        here = os.getcwd()
        os.chdir(folder)
        try:
            socket.socket(socket.AF_UNIX).bind("s.json")
        finally:
            os.chdir(here)

    yield Attack("FIFOs", {"main.json": template([storage("s")])}, make=fifo)
    yield Attack("FIFO by glob", {"main.json": template([storage("s")])}, make=fifo, commands=[["scan", "*.json"]])
    for name in ("armlint.yaml", "ps-rule.yaml", "bicepconfig.json"):
        yield Attack(
            f"{name} is a FIFO",
            {"main.bicep": "module m 'br/x:y:1' = { name: 'm' }\n"},
            make=lambda d, n=name: os.mkfifo(d / n),
            exits=(0, 1, 2, 3),
            witness=False,
        )
        yield Attack(
            f"{name} is a folder",
            {"main.bicep": "module m 'br/x:y:1' = { name: 'm' }\n", name + "/x": ""},
            exits=(0, 1, 2, 3),
            witness=False,
        )
    yield Attack(
        "FIFO is loaded",
        {"main.bicep": "output o string = loadTextContent('pipe.json')\nmodule m 'pipe.bicep' = { name: 'm' }\n"},
        make=fifo,
        commands=EXPAND,
        due=True,
    )
    yield Attack(
        "FIFO in a loaded folder",
        {"main.bicep": "output o array = loadDirectoryFileInfo('./')\n"},
        make=fifo,
        commands=EXPAND,
    )
    yield Attack("socket", {"main.json": template([storage("s")])}, make=listening)
    yield Attack(
        "file name with a line break and controls",
        {
            "a\n::error::pwn\x1b[31m.json": template([storage("s", minimumTlsVersion="TLS1_0")]),
            "b\u202e\u0007.bicep": bicep_storage("a"),
        },
        never=["\n::error::pwn", "\x1b[31m"],
        formats=("json", "text", "sarif", "github", "markdown"),
    )
    yield Attack(
        "file name that is no UTF-8",
        {},
        make=lambda d: open(os.path.join(os.fsencode(d), b"\xff\xfe.json"), "w").write(
            template([storage("s", minimumTlsVersion="TLS1_0")])
        ),
    )
    yield Attack("folder nesting of 900", {"/".join(["d"] * 900) + "/main.json": template([storage("s")])})
    yield Attack(
        "names of one letter that fold",
        {"Main.bicep": bicep_storage(), "main.bicep": bicep_storage("a"), "MAIN.json": template([storage("s")])},
    )


def generated():
    marker = {"_generator": {"name": "bicep", "version": "0.30.0", "templateHash": "1"}}
    bad = template([storage("planted", minimumTlsVersion="TLS1_0")], metadata=marker)
    found = ['"planted"']
    yield Attack("planted generated file", {"main.json": bad, "main.bicep": "param x string = ''\n"}, always=found)
    yield Attack("planted beside an empty Bicep file", {"main.json": bad, "main.bicep": ""}, always=found)
    yield Attack("planted beside a broken Bicep file", {"main.json": bad, "main.bicep": "resource ="}, always=found)
    yield Attack(
        "planted beside other resources",
        {"main.json": bad, "main.bicep": bicep_storage("'planted'", tls="'TLS1_2'")},
        always=found,
    )
    yield Attack(
        "planted, conditions false",
        {"main.json": bad, "main.bicep": bicep_storage("'planted'").replace("= {", "= if (false) {", 1)},
        always=found,
    )
    yield Attack(
        "planted, Bicep file excluded",
        {"main.json": bad, "main.bicep": bicep_storage("'planted'")},
        commands=[["scan", ".", "--exclude", "*.bicep"]],
        always=found,
    )
    yield Attack(
        "planted, Bicep file of the same name above", {"bicep/main.bicep": "", "arm/main.json": bad}, always=found
    )
    yield Attack(
        "planted, Bicep is a link",
        {"main.json": bad},
        make=lambda d: (outside(d), (d / "main.bicep").symlink_to("../outside/secret.txt")),
        always=found,
    )
    yield Attack(
        "resources that are no objects",
        {"main.json": json.dumps({**json.loads(template([])), "resources": [1, "x", None, [storage("planted")]]})},
        due=True,
        exits=(1, 3),
    )
    yield Attack(
        "resources is a text",
        {"main.json": json.dumps({**json.loads(template([])), "resources": "[variables('x')]"})},
        due=True,
        exits=(1, 3),
    )


def globs():
    for glob in (
        "{" * 500,
        "{" * 300 + "a" + "}" * 300,
        "{a," * 30_000 + "}" * 30_000,
        "{a,{b,{c,d}}}",
        "[",
        "[z-a]",
        "**a**/" * 2000,
        "{a,b}" * 30,
        "\\",
        "a" * 300_000,
        "*" * 300_000,
        "{" + "a," * 100_000 + "}",
        "!" * 1000,
    ):
        label = glob[:12]
        yield Attack(
            f"our options exclude {label}",
            {
                "armlint.yaml": "armlint:\n  files:\n    exclude: [" + json.dumps(glob) + "]\n",
                "main.bicep": bicep_storage(),
            },
            exits=(0, 1, 2, 3),
            witness=False,
        )
        yield Attack(
            f"pathIgnore {label}",
            {"ps-rule.yaml": "input:\n  pathIgnore: [" + json.dumps(glob) + "]\n", "main.bicep": bicep_storage()},
            exits=(0, 1, 2, 3),
            witness=False,
        )
    yield Attack(
        "50,000 globs",
        {
            "ps-rule.yaml": "input:\n  pathIgnore:\n" + "".join(f"  - a{i}/**\n" for i in range(50_000)),
            "main.bicep": bicep_storage(),
        },
        exits=(0, 1, 2, 3),
        witness=False,
    )
    yield Attack(
        "50,000 suppressions",
        {
            "ps-rule.yaml": "suppression:\n" + "".join(f"  R{i}: [a]\n" for i in range(50_000)),
            "main.bicep": bicep_storage(),
        },
        exits=(0, 1, 2, 3),
        witness=False,
    )
    yield Attack(
        "rule globs",
        {
            "ps-rule.yaml": "rule:\n  include: [" + ", ".join(["'*A*z*u*r*e*'"] * 20_000) + "]\n",
            "main.bicep": bicep_storage(),
        },
        exits=(0, 1, 2, 3),
        witness=False,
    )


def attacks():
    for kind in links, reads, special, generated, globs:
        yield from kind()
