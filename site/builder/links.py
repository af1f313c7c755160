"""Whether what was built holds together: every link within the site leads somewhere, and nothing is loaded from another host."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

# What a browser loads or follows by itself, by element and attribute; of <link> some only say something.
LOADED = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("video", "src"), ("audio", "src"), ("embed", "src"),
          ("object", "data"), ("form", "action"), ("use", "href"), ("image", "href"), ("img", "srcset")}
SAID = {"canonical", "next", "prev", "alternate", "author", "license", "edit"}


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loaded, self.styles = set(), [], [], []
        self.in_style = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = {k: v or "" for k, v in attributes}
        self.ids.update(filter(None, [values.get("id"), values.get("name") if tag == "a" else None]))
        self.in_style = tag == "style"
        if "style" in values:
            self.styles.append(values["style"])
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag == "link" and not SAID.intersection(values.get("rel", "").split()):
            self.loaded.append(values.get("href", ""))
        self.loaded += [values[name] for element, name in LOADED if element == tag and name in values]

    def handle_endtag(self, tag):
        self.in_style = False

    def handle_data(self, data):
        if self.in_style:
            self.styles.append(data)


def check(site, address):
    """What is wrong, and the links to other hosts with how many pages have each."""
    site = Path(site)
    wrong, foreign, pages = [], {}, {}
    for path in sorted(site.rglob("*.html")):
        pages[path] = Page(path.read_text(encoding="utf-8"))
    base = urlsplit(address)
    for path, page in pages.items():
        name = path.relative_to(site).as_posix()
        here = urljoin(address, name)
        for link in page.links + page.loaded:
            to = urlsplit(urljoin(here, link))
            if to.scheme in ("mailto", "data", "javascript"):
                if to.scheme == "javascript":
                    wrong.append(f"{name}: a link runs a script: {link}")
                continue
            if (to.scheme, to.netloc) != (base.scheme, base.netloc):
                if link in page.loaded:
                    wrong.append(f"{name}: loads from another host: {link}")
                elif to.scheme != "https":
                    wrong.append(f"{name}: not over https: {link}")
                foreign.setdefault(to._replace(fragment="").geturl(), set()).add(name)
                continue
            if not to.path.startswith(base.path):
                wrong.append(f"{name}: leads out of the site: {link}")
                continue
            target = site / unquote(to.path[len(base.path):])
            target = target / "index.html" if to.path.endswith("/") else target
            if not target.is_file():
                wrong.append(f"{name}: there is no {target.relative_to(site)}: {link}")
            elif to.fragment and target in pages and unquote(to.fragment) not in pages[target].ids | {"__top"}:
                wrong.append(f"{name}: {target.relative_to(site)} has no #{unquote(to.fragment)}")
        wrong += [f"{name}: a style loads from another host: {u}" for text in page.styles for u in foreign_urls(text)]
    for path in sorted(site.rglob("*.css")):
        text = path.read_text(encoding="utf-8")
        wrong += [f"{path.relative_to(site)}: loads from another host: {u}" for u in foreign_urls(text)]
    return wrong, foreign


def foreign_urls(css):
    """Addresses of other hosts that a style loads."""
    return [u for u in re.findall(r"(?:@import\s+|url\()\s*[\"']?([^\"')\s;]+)", css) if re.match(r"(?:[a-z]+:)?//", u)]
