"""Bicep in colours: Pygments has no lexer of it."""

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import RegexLexer, words
from pygments.token import Comment, Keyword, Name, Number, Punctuation, String, Text

DECLARES = ["metadata", "targetScope", "param", "var", "resource", "module", "output", "type", "func", "import", "using", "extends", "provider", "assert",
            "extension", "existing", "for", "in", "if", "as", "from", "with", "none"]


class BicepLexer(RegexLexer):
    """As much of Bicep as colours need."""

    name = "Bicep"
    tokens = {
        "root": [
            (r"//.*?$|#.*?$", Comment.Single),
            (r"/\*.*?\*/", Comment.Multiline),
            (r"'''(?:.|\n)*?'''", String),
            (r"'", String, "text"),
            (r"@(?:[A-Za-z_]\w*\.)?[A-Za-z_]\w*", Name.Decorator),
            (r"(?:true|false|null)\b", Keyword.Constant),
            (words(DECLARES, prefix=r"(?<![\w.])", suffix=r"(?=[ \t]+[^:\s]|[ \t]*\()"), Keyword),
            (r"(?:string|int|bool|object|array|any)\b(?!\s*[:(])", Keyword.Type),
            (r"[A-Za-z_]\w*(?=\s*\()", Name.Function),
            (r"[A-Za-z_]\w*(?=\s*:)", Name.Attribute),
            (r"[A-Za-z_]\w*", Name),
            (r"\d+", Number),
            (r"[{}\[\]().,:;=<>!?&|+\-*/%~]", Punctuation),
            (r"\s+|.", Text),
        ],
        "text": [
            (r"\\.", String.Escape),
            (r"\$\{", String.Interpol, "value"),
            (r"'", String, "#pop"),
            (r"[^'\\$]+|\$", String),
        ],
        # What stands between ${ and }.
        "value": [
            (r"\}", String.Interpol, "#pop"),
            (r"'", String, "text"),
            (r"[A-Za-z_]\w*(?=\s*\()", Name.Function),
            (r"[A-Za-z_]\w*", Name),
            (r"\d+", Number),
            (r"[^}]", Punctuation),
        ],
    }


def fence(source, language, css_class, options, md, **_):
    """A fenced block, as the extension for Markdown asks for it."""
    code = highlight(source, BicepLexer(), HtmlFormatter(nowrap=True))
    return f'<div class="language-{language} highlight"><pre><span></span><code>{code}</code></pre></div>'
