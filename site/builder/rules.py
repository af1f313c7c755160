"""Pages about rules: one for each, and the list of all with its filters."""

import html
import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import yaml

from . import pages, reports

DATED = re.compile(r"_\d{4}_\d{2}$")
PILLARS = ["Security", "Reliability", "Cost Optimization", "Operational Excellence", "Performance Efficiency"]
SEVERITIES = ["Critical", "Important", "Awareness"]
# What a reader chooses by; those of dates are PSRule's, and speak for themselves.
BASELINES = {
    "Armlint.Default": "what runs without any configuration: `Azure.Default`, and rules that PSRule does not have",
    "Armlint.Security": "everything about security, with what is too much for many",
    "Armlint.All": "everything, with rules about preview services and those that are a matter of policy",
    "Azure.Default": "PSRule's: everything about services that are generally available; what runs where there is a `ps-rule.yaml`",
    "Azure.Preview": "PSRule's, with services in preview",
    "Azure.All": "all rules of PSRule for Azure",
    "Bicep.CLI": "what the Bicep compiler and its linter say",
}


def anchor(key):
    """The place of an option on the page of options."""
    return re.sub(r"\W", "-", key.lower())


class Rules:
    """The rules, from the binary and from their pages."""

    def __init__(self, armlint, root):
        self.armlint, self.root = armlint, root
        self.all = sorted(self.ask(), key=lambda r: (r["resource"].lower(), r["rule"].lower()))
        self.configuration = yaml.safe_load((root / "rules/baselines.yaml").read_text(encoding="utf-8"))
        names = [b["name"] for b in self.configuration["baselines"]]
        self.baselines = {name: {r["rule"] for r in self.ask("--baseline", name)} for name in names}
        self.files = {path.stem: path for path in root.glob("rules/*/*.md")}
        missing = {r["rule"] for r in self.all} ^ set(self.files)
        if missing:
            raise ValueError(f"the binary and rules/ do not hold the same rules: {', '.join(sorted(missing))}")

    def ask(self, *options):
        run = subprocess.run([self.armlint, "rules", "--json", *options], cwd=self.root, capture_output=True, check=True)
        return json.loads(run.stdout)

    def write(self, docs):
        (docs / "rules").mkdir()
        with ThreadPoolExecutor() as pool:
            for rule, text in zip(self.all, pool.map(self.page, self.all)):
                (docs / f"rules/{rule['rule']}.md").write_text(text, encoding="utf-8")
        (docs / "rules/index.md").write_text(self.index(), encoding="utf-8")
        (docs / "baselines.md").write_text(self.about_baselines(), encoding="utf-8")
        (docs / "rule-options.md").write_text(self.options(), encoding="utf-8")

    # One rule.

    def page(self, rule):
        path = self.files[rule["rule"]]
        source = path.relative_to(self.root).as_posix()
        body = path.read_text(encoding="utf-8").split("\n---\n", 1)[1].strip()
        title, body = body.split("\n", 1)
        lead, body = re.fullmatch(r"\s*## Synopsis\s+(.*?)\s*(## .*)", body, re.S).groups()
        body = pages.for_site(self.examples(rule, body), source, f"rules/{rule['rule']}.md")
        lead = pages.for_site(lead, source, f"rules/{rule['rule']}.md")
        head = f"---\ntitle: {json.dumps(rule['rule'] + ': ' + title[2:])}\ndescription: {json.dumps(rule['synopsis'])}\nhide: [navigation]\n---\n\n"
        return f"{head}{title}\n\n`{rule['rule']}` · `{rule['ref']}` · [all rules](index.md)\n{{ .names }}\n\n{lead}\n\n{self.facts(rule)}\n\n{body}\n\n{self.accept(rule, source)}"

    def examples(self, rule, body):
        """The page with, below each example that fails, what armlint prints about it."""
        def example(match):
            language, outcome, settings, text = match[1], match[2], match[3].split(), match[4]
            settings = [s.split("=", 1) for s in settings]
            note = "".join(f"\nWith `{key}: {value}`.\n" for key, value in settings)
            block = f"{note}\n```{language}\n{text}```\n"
            if outcome != "fail":
                return block
            return block + "\n" + reports.figure(*reports.report(self.armlint, rule["rule"], language, text, settings)) + "\n"

        # They are looked at, not looked for.
        body = re.sub(r"^(### .*|## Links)$", r"\1 { data-search-exclude }", body, flags=re.M)
        return re.sub(r"^```(json|bicep) (\w+)(.*)\n((?:.*\n)*?)```$", example, body, flags=re.M)

    def facts(self, rule):
        def filtered(key, value, shown=None):
            return f'<a href="./?{key}={quote(value)}">{html.escape(shown or value)}</a>'

        named = [b for b in BASELINES if rule["rule"] in self.baselines[b]]
        dated = sum(rule["rule"] in ids for b, ids in self.baselines.items() if b not in BASELINES)
        baselines = ", ".join(filtered("baseline", b) for b in named)
        if dated:
            baselines += f'{", " if named else ""}<a href="../baselines/">{dated} more</a>'
        facts = [
            ("Severity", f'<span class="severity {rule["severity"].lower()}">{filtered("severity", rule["severity"])}</span>, reported as {rule["level"]}'),
            ("Pillar", f'{filtered("pillar", rule["pillar"])}: {html.escape(rule["category"])}'),
            ("Service", filtered("service", rule["resource"])),
            ("Baselines", baselines or "none; name it to run it"),
            ("Fix", '<a href="../fixing/">offered where it is sure</a>' if rule["fixable"] else "by hand"),
        ]
        for name, key in (("Former names", "aliases"), ("Checks of others", "peers"), ("Weaknesses", "cwe")):
            if rule[key]:
                facts.append((name, ", ".join(f"<code>{html.escape(v)}</code>" for v in rule[key])))
        if rule["configuration"]:
            keys = (f'<a href="../rule-options/#{anchor(k)}"><code>{k}</code></a>' for k in rule["configuration"])
            facts.append(("Options", ", ".join(keys)))
        if rule["caution"]:
            facts.append(("Before a fix", html.escape(rule["caution"])))
        if rule["reviewed"]:
            facts.append(("Reviewed", rule["reviewed"]))
        rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts)
        return f'<dl class="facts" markdown="0">{rows}</dl>'

    def accept(self, rule, source):
        name = rule["rule"]
        return (
            f"## Accept it {{ data-search-exclude }}\n\nA comment above the line, with the reason ([more ways](../suppression.md)):\n\n```bicep\n// armlint: ignore {name} -- the reason\n```\n\n"
            f"Or, for all files, in `armlint.yaml`:\n\n```yaml\narmlint:\n  rules:\n    exclude: [{name}]\n```\n\n"
            f"[This page in the repository]({pages.REPOSITORY}/blob/main/{source}) is the rule: it says what is checked, and its examples are its tests.\n"
        )

    # All rules.

    def index(self):
        names = list(self.baselines)
        services = sorted({r["resource"] for r in self.all}, key=str.lower)
        select = lambda name, label, values: (
            f'<label>{label} <select name="{name}"><option value="">any</option>'
            + "".join(f"<option>{html.escape(v)}</option>" for v in values) + "</select></label>"
        )
        form = (
            '<form id="rule-filter" class="filter" role="search" hidden>'
            '<label class="words">Words, or a name of ours or of another tool (<code>CKV_AZURE_44</code>)<input type="search" name="words" autocomplete="off"></label>'
            + select("service", "Service", services) + select("pillar", "Pillar", PILLARS) + select("severity", "Severity", SEVERITIES)
            + select("baseline", "Baseline", names)
            + '<label class="check"><input type="checkbox" name="fixable"> with a fix</label>'
            '<button type="reset">Show all</button><p><output></output></p></form>'
        )
        bodies = []
        for service in services:
            rules = [r for r in self.all if r["resource"] == service]
            rows = "".join(self.row(r, names) for r in rules)
            bodies.append(f'<tbody data-service="{html.escape(service)}"><tr class="service"><th colspan="3" scope="rowgroup">{html.escape(service)}</th></tr>{rows}</tbody>')
        table = (
            '<table class="rules" data-baselines="' + html.escape(" ".join(names)) + '"><thead><tr><th>Rule</th><th>Severity</th><th>Pillar</th></tr></thead>'
            + "".join(bodies) + "</table>"
        )
        lead = (
            f"{len(self.all)} rules about {len(services)} services; {len(self.baselines['Armlint.Default'])} of them run by default, and "
            f"{sum(r['fixable'] for r in self.all)} can offer a fix. `armlint rules` asks the same questions in a terminal: "
            "`armlint rules storage tls`, `armlint rules --pillar security --fixable`."
        )
        return f"---\ntitle: Rules\nhide: [toc]\n---\n\n# Rules\n\n{lead}\n\n<div class=\"all-rules\" markdown=\"0\">{form}{table}</div>\n"

    def row(self, rule, names):
        held = " ".join(str(i) for i, name in enumerate(names) if rule["rule"] in self.baselines[name])
        words = " ".join([rule["rule"], rule["ref"], rule["title"], rule["synopsis"], *rule["aliases"], *rule["peers"], *rule["cwe"]])
        fix = ' <span class="fixable" title="a fix can be offered">fix</span>' if rule["fixable"] else ""
        return (
            f'<tr data-words="{html.escape(words.lower())}" data-in="{held}"{" data-fixable" if rule["fixable"] else ""}>'
            f'<td><a href="{rule["rule"]}/">{html.escape(rule["title"])}</a>{fix}<br><code>{rule["rule"]}</code></td>'
            f'<td><span class="severity {rule["severity"].lower()}">{rule["severity"]}</span></td><td>{rule["pillar"]}</td></tr>\n'
        )

    def about_baselines(self):
        def line(name, what):
            return f"| [`{name}`](rules/index.md?baseline={name}) | {len(self.baselines[name])} | {what} |\n"

        def told(baseline):
            until, preview = baseline.get("until"), "preview" in baseline.get("release", [])
            if "labels" in baseline or until is None:
                return "names by the Cloud Adoption Framework" if "CAF" in baseline["name"] else "rules with its labels"
            services = "services that are generally available or in preview" if preview else "generally available services"
            return f"rules about {services} that PSRule for Azure had in {until.replace('_', '-')}"

        others = [b for b in self.configuration["baselines"] if b["name"] not in BASELINES]
        head = "| baseline | rules | what it holds |\n| --- | --: | --- |\n"
        return (
            "# Baselines\n\nA baseline is a set of rules. One runs at a time: `--baseline NAME`, `baseline:` in [armlint.yaml](configuration.md), or the action's "
            "input `baseline`. Without any, `Armlint.Default` runs; where a `ps-rule.yaml` is read, `Azure.Default`.\n\n"
            + head + "".join(line(name, what) for name, what in BASELINES.items())
            + "\n`rules.include` and `rules.exclude` in armlint.yaml, `--rule` and `--exclude-rule` change what runs of it. A baseline of your own is one of "
            "[PSRule's documents](psrule-documents.md).\n\n## Those with a date, and by labels\n\nThey hold what PSRule's baselines of the same names hold, so that a "
            "new release of armlint brings no new findings of PSRule's rules.\n\n" + head + "".join(line(b["name"], told(b)) for b in others)
        )

    def options(self):
        keys = {key: None for rule in self.all for key in rule["configuration"]} | self.configuration["configuration"]
        readers = {key: [r["rule"] for r in self.all if key in r["configuration"]] for key in keys}
        rows = "".join(
            f'| <a id="{anchor(key)}"></a>`{key}` | {"" if default is None else f"`{json.dumps(default)}`"} | {", ".join(f"[{r}](rules/{r}.md)" for r in readers[key]) or "the expansion"} |\n'
            for key, default in sorted(keys.items())
        )
        return (
            "# Options of rules\n\nSome rules ask what is wanted: the format of names, the lowest version. These keys stand below `configuration:` in "
            "[armlint.yaml](configuration.md) or in a `ps-rule.yaml`, or in the environment as `PSRULE_CONFIGURATION_…`.\n\n```yaml\narmlint:\n  configuration:\n"
            "    AZURE_AKS_POOL_MINIMUM_MAXPODS: 30\n```\n\n| key | default | who reads it |\n| --- | --- | --- |\n" + rows
        )
