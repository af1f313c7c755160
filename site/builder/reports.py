"""What armlint prints about an example of a rule page, as a reader of a terminal sees it."""

import html
import json
import re
import subprocess
import tempfile
from pathlib import Path

# The clock of examples, as in src/examples.rs.
NOW = "2026-07-09T00:00:00Z"
SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
PARAMETERS = "// main.bicepparam\n"
CLASSES = {"1": "t-bold", "31": "t-red", "32": "t-green", "33": "t-yellow", "34": "t-blue", "36": "t-cyan", "2": "t-dim"}


def files(language, text):
    """The files that an example is, by name."""
    if language == "bicep":
        template, mark, parameters = text.partition(PARAMETERS)
        return {"main.bicep": template, **({"main.bicepparam": parameters} if mark else {})}
    value = json.loads(text)
    if isinstance(value, dict) and "deploymentParameters" in str(value.get("$schema")):
        return {"main.parameters.json": text}
    resources = value if isinstance(value, list) else [value]
    if isinstance(value, dict) and "$schema" in value or not all("apiVersion" in r for r in resources):
        return {"main.json": text}
    # Resources as they are declared, in the template that they would stand in.
    inner = text.strip() if isinstance(value, list) else f"[\n{indented(text.strip(), '    ')}\n  ]"
    return {"main.json": f'{{\n  "$schema": "{SCHEMA}",\n  "contentVersion": "1.0.0.0",\n  "resources": {inner}\n}}\n'}


def indented(text, by):
    return "\n".join(by + line for line in text.splitlines())


def report(armlint, rule, language, text, settings):
    """What `armlint scan` prints about the rule's example, with the escape sequences of a terminal, and the command."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files(language, text).items():
            Path(folder, name).write_text(content, encoding="utf-8")
        configuration = "".join(f"    {key}: {value}\n" for key, value in settings)
        Path(folder, "armlint.yaml").write_text(
            f"armlint:\n  context:\n    now: {NOW}\n" + (f"  configuration:\n{configuration}" if settings else ""), encoding="utf-8"
        )
        names = list(files(language, text))
        # What covers nothing can only be known of all that ran.
        chosen = [] if rule == "Armlint.Suppression.Unused" else ["--rule", rule]
        words = ["scan", *names, *chosen]
        command = [str(armlint), *words, "--color", "always"]
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if f"[{rule}]" not in re.sub(r"\x1b\[\d*m", "", run.stdout):
        raise ValueError(f"{rule}: the {language} example that fails has no finding: {run.stdout}{run.stderr}")
    return " ".join(["armlint", *words]), run.stdout.rstrip()


def as_html(text):
    """Text with the escape sequences of a terminal as HTML."""
    out, on = [], []
    for i, part in enumerate(text.split("\x1b[")):
        code, plain = ("", part) if i == 0 else part.split("m", 1)
        if code == "0":
            on = []
        elif code:
            on = on + [CLASSES[c] for c in code.split(";")]
        if plain:
            escaped = html.escape(plain)
            out.append(f'<span class="{" ".join(on)}">{escaped}</span>' if on else escaped)
    return "".join(out)


def figure(shown, text):
    """The report as a block of the page; an empty line in it would end the block."""
    body = as_html(text).replace("\n\n", "\n&#8203;\n")
    return f'<figure class="report" markdown="0"><figcaption><code>$ {html.escape(shown)}</code></figcaption><pre tabindex="0">{body}</pre></figure>'
