"""What an attack is, and the small pieces that attacks are made of."""

import json
import pathlib

MIB = 1 << 20
SECRET = "Hush-Value-7391"

# Stands beside every scanned attack: one bad file never loses the others, so its finding must always be reported.
WITNESS = "witness"
WITNESS_RULE = "Azure.Storage.MinTLS"


class Attack:
    """One hostile folder and how armlint is run on it.

    files       path -> text or bytes
    make        called with the folder, for what is no plain file (links, FIFOs)
    commands    lists of arguments; "scan" is run in every format of `formats`
    due         whether a diagnostic with a place must be there: something was not analysed, or a limit was reached
    never       texts that no output may hold
    always      texts that each output of `scan --format json` must hold
    exits       exit statuses that are right
    outputs     folders or files that must not exist afterwards
    witness     whether a healthy template is put beside the files and its finding is expected
    """

    def __init__(
        self,
        name,
        files=None,
        *,
        make=None,
        commands=None,
        formats=("json", "text", "sarif"),
        due=False,
        never=(),
        always=(),
        exits=(0, 1, 3),
        witness=True,
    ):
        self.name, self.files, self.make = name, files or {}, make
        self.commands = commands or [["scan", "."]]
        self.formats, self.due, self.never, self.always = formats, due, never, always
        self.exits, self.witness = exits, witness

    def write(self, folder):
        """Writes the files below a folder and gives their size in bytes."""
        size = 0
        files = dict(self.files)
        if self.witness:
            files[WITNESS + ".json"] = template([storage(WITNESS, minimumTlsVersion="TLS1_0")])
        for name, content in files.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            content = content.encode() if isinstance(content, str) else content
            path.write_bytes(content)
            size += len(content)
        if self.make:
            self.make(pathlib.Path(folder))
        return size

    def runs(self):
        """Every command line; a scan is repeated for each format."""
        for command in self.commands:
            if command[0] != "scan" or "--format" in command:
                yield command
                continue
            for name in self.formats:
                yield command + ["--format", name]


ALL_FORMATS = ("json", "text", "sarif", "github", "markdown", "junit", "csv", "counts")


def storage(name, **properties):
    return {
        "type": "Microsoft.Storage/storageAccounts",
        "apiVersion": "2023-01-01",
        "name": name,
        "location": "westeurope",
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
        "properties": properties,
    }


def template(resources, indent=None, **more):
    """An ARM template as text; minified unless an indent is given."""
    schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
    document = {"$schema": schema, "contentVersion": "1.0.0.0", **more, "resources": resources}
    return json.dumps(document, indent=indent, separators=None if indent else (",", ":"))


def parameters(**values):
    """A parameter file as text."""
    schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#"
    document = {
        "$schema": schema,
        "contentVersion": "1.0.0.0",
        "parameters": {k: {"value": v} for k, v in values.items()},
    }
    return json.dumps(document, indent=2)


def bicep_storage(name="'st'", tls="'TLS1_0'", symbol="s", more=""):
    return (
        f"resource {symbol} 'Microsoft.Storage/storageAccounts@2023-01-01' = {{\n  name: {name}\n  location: 'westeurope'\n"
        f"  kind: 'StorageV2'\n  sku: {{ name: 'Standard_LRS' }}\n{more}  properties: {{ minimumTlsVersion: {tls} }}\n}}\n"
    )
