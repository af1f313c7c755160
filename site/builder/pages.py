"""Pages of the repository as pages of the site: other paths, links that still lead where they led, and GitHub's Markdown as the
site's generator wants it."""

import posixpath
import re

import yaml

REPOSITORY = "https://github.com/armlint/armlint"
# Pages that stand elsewhere on the site than below docs/, and parts of the README that are pages there.
MOVED = {
    "README.md": "index.md",
    "README.md#configure": "configuration.md",
    "README.md#rules": "rules/index.md",
    "README.md#on-github": "github.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "rules/README.md": "writing-rules.md",
}
# Pictures that other places have, too.
PICTURES = ["editors/vscode/images/preview.png"]


def place(path):
    """Where a file of the repository is on the site; None if it is not there."""
    if path in MOVED:
        return MOVED[path]
    if re.fullmatch(r"rules/[^/]+/[^/]+\.md", path):
        return f"rules/{posixpath.basename(path)}"
    if path in PICTURES:
        return f"pictures/{posixpath.basename(path)}"
    match = re.fullmatch(r"(?:docs|site/pages)/([^/]+\.(?:md|svg))", path)
    return match and match[1]


def outside_code(text, change):
    """The text with `change` made to each run of lines that is no fenced block."""
    out, plain, fence = [], [], None
    for line in text.splitlines(keepends=True):
        mark = re.match(r" {0,3}(`{3,}|~{3,})", line)
        if fence is None and mark:
            out += [change("".join(plain)), line]
            plain, fence = [], mark[1]
        elif fence is None:
            plain.append(line)
        else:
            out.append(line)
            if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = None
    return "".join(out) + change("".join(plain))


def for_site(text, source, to):
    """The Markdown of the file `source` of the repository for the page `to` of the site."""
    return outside_code(text, lambda part: lists(links(part, source, to)))


def lists(text):
    """A list begins after an empty line: GitHub does without it, the generator takes the list for text."""
    begins = re.compile(r"(?:[-*]|\d+\.) ")
    out = []
    for line in text.splitlines(keepends=True):
        before = out[-1] if out else "\n"
        if begins.match(line) and before.strip() and not begins.match(before) and not before.startswith(" "):
            out.append("\n")
        # What is within an item is indented by four.
        out.append(re.sub(r"^( {2,3})(?=\S)", "    ", line))
    return "".join(out)


def links(text, source, to):
    """Links to files of the repository, as links to pages of the site or to GitHub."""
    def link(match):
        target, anchor = match[1], match[2] or ""
        own = target.removeprefix(f"{REPOSITORY}/blob/main/")
        if own != target and place(own):
            return f"]({posixpath.relpath(place(own), posixpath.dirname(to) or '.')}{anchor})"
        if re.match(r"[a-z]+:|#|/", target) or not target:
            return match[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        if path + anchor in MOVED:
            path, anchor = path + anchor, ""
        there = place(path)
        if there is None:
            kind = "blob" if "." in posixpath.basename(path) else "tree"
            return f"]({REPOSITORY}/{kind}/main/{path}{anchor})"
        return f"]({posixpath.relpath(there, posixpath.dirname(to) or '.')}{anchor})"

    return re.sub(r"\]\(([^)#\s]*)(#[^)\s]*)?\)", link, text)


def filled(text, root):
    """The text with what its marks stand for: a file, or a table of the action's inputs or outputs."""
    def mark(match):
        what, name = match[1], match[2]
        if what == "the file":
            return (root / name).read_text(encoding="utf-8").rstrip()
        action = yaml.safe_load((root / "action.yml").read_text(encoding="utf-8"))
        default = what == "inputs"
        rows = [f"| {what[:-1]} | {'default | ' if default else ''}what it is |", f"| --- | {'--- | ' if default else ''}--- |"]
        for key, value in action[what].items():
            given = f"{code(value.get('default', ''))} | " if default else ""
            rows.append(f"| `{key}` | {given}{value['description']} |")
        return "\n".join(rows)

    return re.sub(r"<!-- (the file|inputs|outputs) (\S+|of the action) -->", mark, text)


def code(text):
    return f"`{text}`" if text else ""
