//! Texts with holes that somebody fills before Azure sees them.
//!
//! * The Azure Developer CLI puts environment variables into parameter files for `${NAME}`, `${NAME=default}` and what else a shell
//!   writes so (<https://learn.microsoft.com/azure/developer/azure-developer-cli/manage-environment-variables>; which of it, the readme
//!   of <https://github.com/drone/envsubst> says, which it does that with), and a password for `$(secretOrRandomPassword …)`.
//! * The tests of Azure's quickstart templates put values into parameter files for `GEN-UNIQUE`, `GEN-GUID` and their like ("Parameters
//!   File Placeholders" in the contribution guide of <https://github.com/Azure/azure-quickstart-templates>).
//! * A pipeline puts values for tokens into any file: `#{x}#`, `__x__`, `$(x)`, … (the patterns of the "Replace Tokens" task,
//!   <https://github.com/qetza/replacetokens-task>, and of older ones). What it puts in nobody knows here.

use std::ops::Range;

use ecow::EcoString;

use crate::model::{Call, Expr, ExprKind};
use crate::read::Span;

/// What a token begins and ends with. Those with `true` are no text of any language, and are told within a text, too; the others
/// (a variable of a shell, a name with underscores, a template of another engine) only where they are all of a value.
const TOKENS: [(&str, &str, bool); 7] = [
    ("#{", "}#", true),
    ("#_", "_#", true),
    ("##", "##", false),
    ("__", "__", false),
    ("<<", ">>", false),
    ("{{", "}}", false),
    ("$(", ")", false),
];

/// Names between two underscores twice that languages have taken: no tokens.
const DUNDER: [&str; 4] = ["init", "main", "name", "file"];

/// What the tests of Azure's quickstart templates make up anew each time. The other placeholders of the guide (`GEN-VNET-NAME`,
/// `GET-PREREQ-…`) stand for one resource that is there, of which a rule may take the text for the name.
const OF_QUICKSTARTS: [&str; 4] = ["GEN-UNIQUE", "GEN-SSH-PUB-KEY", "GEN-PASSWORD", "GEN-GUID"];

/// Bytes within which a token within a text ends: what looks for more of them takes linear time.
const MAX_TOKEN: usize = 128;

/// A value in which every environment variable is a call of `readEnvironmentVariable`, and every token is unknown.
pub(super) fn with_variables(mut value: Expr) -> Expr {
    match &mut value.kind {
        ExprKind::Str(text) => {
            if let Some(kind) = filled(text, value.span, true) {
                value.kind = kind;
            }
        }
        ExprKind::Array(items) => items.iter_mut().for_each(replace),
        ExprKind::Object(members) => members.iter_mut().for_each(|m| replace(&mut m.value)),
        _ => {}
    }
    value
}

fn replace(value: &mut Expr) {
    let taken = Expr::new(ExprKind::Null, value.span);
    *value = with_variables(std::mem::replace(value, taken));
}

/// The value of a text in which every token is unknown; `None` if there is none.
pub(super) fn with_tokens(text: &str, span: Span) -> Option<ExprKind> {
    filled(text, span, false)
}

/// Whether a text is one token and nothing else.
pub(crate) fn is_token(text: &str) -> bool {
    // A password that the Azure Developer CLI reads from a key vault, or makes up.
    let made = text.strip_prefix("$(secretOrRandomPassword").and_then(|t| t.strip_suffix(')'));
    if made.is_some_and(|args| (args.is_empty() || args.starts_with(' ')) && !args.contains(['(', ')'])) {
        return true;
    }
    TOKENS.iter().any(|(open, close, _)| {
        let inner = text.strip_prefix(open).and_then(|t| t.strip_suffix(close));
        inner.is_some_and(|name| {
            let spaced = matches!(*open, "#{" | "{{" | "<<");
            is_name(if spaced { name.trim_matches(' ') } else { name }) && !(*open == "__" && DUNDER.contains(&name))
        })
    })
}

/// The name of a variable of a pipeline.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

/// Whether a value of a parameter file is all a word that the tests of Azure's quickstart templates, or the Azure Developer CLI, put
/// something in for.
fn is_filled_whole(text: &str) -> bool {
    let unique =
        || text.strip_prefix("GEN-UNIQUE-").and_then(|n| n.parse::<u8>().ok()).is_some_and(|n| (3..=32).contains(&n));
    let password =
        || text.strip_prefix("$(secretOrRandomPassword").is_some_and(|t| t.starts_with(' ') && t.ends_with(')'));
    OF_QUICKSTARTS.contains(&text) || unique() || password()
}

fn filled(text: &str, span: Span, variables: bool) -> Option<ExprKind> {
    if variables && is_filled_whole(text) {
        return Some(ExprKind::Invalid(text.into()));
    }
    if !text.starts_with(['_', '<', '{', '$']) && memchr::memchr2(b'#', b'$', text.as_bytes()).is_none() {
        return None;
    }
    // `{{SecretReference …}}` is what PSRule writes for a secret; rules know it.
    if is_token(text) && !text.starts_with("{{Secret") {
        return Some(ExprKind::Invalid(text.into()));
    }
    parts(text, span, variables).map(|parts| joined(parts, span))
}

/// The texts and holes that a text is made of; `None` if there is no hole in it.
fn parts(text: &str, span: Span, variables: bool) -> Option<Vec<Expr>> {
    // A text of several lines is a script or a file, which may speak of tokens.
    let tokens = !text.contains('\n');
    let braces = if variables { Braces::of(text) } else { Braces::default() };
    let mut out = Vec::new();
    let (mut from, mut plain) = (0, 0);
    while let Some(at) = memchr::memchr2(b'#', b'$', text.as_bytes().get(from..)?).map(|at| from + at) {
        from = at + 1;
        let Some((whole, hole)) = hole(text, at, span, &braces, tokens) else { continue };
        if plain < whole.start {
            out.push(string(text.get(plain..whole.start)?, span));
        }
        (from, plain) = (whole.end, whole.end);
        out.push(hole);
    }
    if out.is_empty() {
        return None;
    }
    if plain < text.len() {
        out.push(string(text.get(plain..)?, span));
    }
    Some(out)
}

/// Where each `${` of a text and its `}` stand, in the order of the former: one may hold another as its default.
#[derive(Default)]
struct Braces(Vec<(usize, Option<usize>)>);

impl Braces {
    fn of(text: &str) -> Self {
        let mut all = Vec::new();
        let mut open = Vec::new();
        for at in memchr::memchr2_iter(b'$', b'}', text.as_bytes()) {
            match text.as_bytes().get(at..) {
                Some([b'$', b'{', ..]) => {
                    open.push(all.len());
                    all.push((at, None));
                }
                Some([b'}', ..]) => {
                    if let Some((_, close)) = open.pop().and_then(|i| all.get_mut(i)) {
                        *close = Some(at);
                    }
                }
                _ => {}
            }
        }
        Braces(all)
    }

    /// What stands between a `${` and its `}`.
    fn inner<'t>(&self, text: &'t str, at: usize) -> Option<&'t str> {
        let i = self.0.binary_search_by_key(&at, |(open, _)| *open).ok()?;
        let (open, close) = self.0.get(i)?;
        text.get(open + 2..(*close)?)
    }
}

/// The hole that begins here.
fn hole(text: &str, at: usize, span: Span, braces: &Braces, tokens: bool) -> Option<(Range<usize>, Expr)> {
    let rest = text.get(at..)?;
    if let Some(inner) = braces.inner(text, at) {
        return Some((at..at + inner.len() + 3, variable(inner, span)?));
    }
    if !tokens {
        return None;
    }
    TOKENS.iter().filter(|t| t.2).find_map(|(open, close, _)| {
        let inner = rest.strip_prefix(open)?;
        let near = inner.as_bytes().get(..MAX_TOKEN).unwrap_or(inner.as_bytes());
        let end = open.len() + memchr::memmem::find(near, close.as_bytes())? + close.len();
        let token = rest.get(..end).filter(|t| is_token(t))?;
        Some((at..at + end, Expr::new(ExprKind::Invalid(token.into()), span)))
    })
}

/// What stands between `${` and `}`: a variable, and what is done with it.
fn variable(text: &str, span: Span) -> Option<Expr> {
    let named = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    // What comes of a function that is none of a template is not known.
    let open = || Expr::new(ExprKind::Invalid(format!("${{{text}}}").into()), span);
    if let Some(name) = text.strip_prefix('#') {
        return named(name).then(open);
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    let (name, how) = text.split_at(end);
    if !named(name) {
        return None;
    }
    let read = |default: Option<&str>| {
        // One that holds variables itself is not told.
        let default = default.filter(|d| !d.contains("${"));
        let args = std::iter::once(name).chain(default).map(|t| string(t, span)).collect();
        Expr::new(call("readEnvironmentVariable", args, span), span)
    };
    let defaulted =
        || how.strip_prefix(':').and_then(|t| t.strip_prefix(['=', '-', '?', '+'])).or_else(|| how.strip_prefix('='));
    match how {
        "" => Some(read(None)),
        ",," => Some(Expr::new(call("toLower", vec![read(None)], span), span)),
        "^^" => Some(Expr::new(call("toUpper", vec![read(None)], span), span)),
        "," | "^" => Some(open()),
        _ => match defaulted() {
            Some(default) => Some(read(Some(default))),
            None => how.starts_with([':', '/', '#', '%']).then(open),
        },
    }
}

fn joined(mut parts: Vec<Expr>, span: Span) -> ExprKind {
    match parts.len() {
        1 => parts.remove(0).kind,
        _ => call("concat", parts, span),
    }
}

fn call(name: &str, args: Vec<Expr>, span: Span) -> ExprKind {
    ExprKind::Call(Box::new(Call::new(None, name.into(), span, args)))
}

fn string(text: &str, span: Span) -> Expr {
    Expr::new(ExprKind::Str(EcoString::from(text)), span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::arm;
    use crate::read::Sources;
    use crate::read::json::Document;

    fn shown(json: &str) -> String {
        fn text(e: &Expr) -> String {
            match &e.kind {
                ExprKind::Call(c) => format!("{}({})", c.name, c.args.iter().map(text).collect::<Vec<_>>().join(",")),
                ExprKind::Array(items) => format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(",")),
                ExprKind::Object(members) => members.iter().map(|m| text(&m.value)).collect(),
                ExprKind::Str(s) => format!("'{s}'"),
                ExprKind::Invalid(token) => format!("<{token}>"),
                other => format!("{other:?}"),
            }
        }
        let document = Document::parse(&Sources::new().add("p.json", json.to_owned()));
        text(&with_variables(arm::literal(document.root().unwrap())))
    }

    #[test]
    fn variables_in_texts() {
        for (json, want) in [
            (r#""${A_1}""#, "readEnvironmentVariable('A_1')"),
            (r#""${A=x=}""#, "readEnvironmentVariable('A','x=')"),
            (r#""${A=}""#, "readEnvironmentVariable('A','')"),
            (r#""rg-${A}/${B}""#, "concat('rg-',readEnvironmentVariable('A'),'/',readEnvironmentVariable('B'))"),
            (r#"{"a": ["${A}", "b"]}"#, "[readEnvironmentVariable('A'),'b']"),
            (r#""${A:-x}${B:=y-z}""#, "concat(readEnvironmentVariable('A','x'),readEnvironmentVariable('B','y-z'))"),
            (r#""${A:-}""#, "readEnvironmentVariable('A','')"),
            (r#""a${A:-${B}}c""#, "concat('a',readEnvironmentVariable('A'),'c')"),
            (
                r#""${A,,}${B^^}""#,
                "concat(toLower(readEnvironmentVariable('A')),toUpper(readEnvironmentVariable('B')))",
            ),
            (r#""${A^}${A,}${#A}""#, "concat(<${A^}>,<${A,}>,<${#A}>)"),
            (r#""${A:0}${A:0:3}${A: -3}""#, "concat(<${A:0}>,<${A:0:3}>,<${A: -3}>)"),
            (r#""${A#a}${A##a*}${A%a}${A%%*a}""#, "concat(<${A#a}>,<${A##a*}>,<${A%a}>,<${A%%*a}>)"),
            (r#""${A/-/}${A//-/_}""#, "concat(<${A/-/}>,<${A//-/_}>)"),
            (r#""${A-x}${A.b}${A,,,}${#}${A }""#, "'${A-x}${A.b}${A,,,}${#}${A }'"),
            (r#""}${A:-${B""#, "'}${A:-${B'"),
            (r#""${A:-${B}""#, "concat('${A:-',readEnvironmentVariable('B'))"),
            (r#""$(secretOrRandomPassword ${A} b)""#, "<$(secretOrRandomPassword ${A} b)>"),
            (r#""${1}${""#, "'${1}${'"),
            (r#""a${b c}d""#, "'a${b c}d'"),
            (r#""$A {b}""#, "'$A {b}'"),
            (r#""${x ${A}""#, "concat('${x ',readEnvironmentVariable('A'))"),
        ] {
            assert_eq!(shown(json), want, "{json}");
        }
    }

    #[test]
    fn tokens_of_pipelines() {
        for token in
            ["#{x}#", "#{ a.b }#", "#_x_#", "##X##", "__X_Y__", "<<x>>", "{{x}}", "{{ x }}", "$(x)", "$(Build.BuildId)"]
        {
            assert_eq!(shown(&format!("\"{token}\"")), format!("<{token}>"));
        }
        for (json, want) in [
            (r#""rg-#{env}#-${A}""#, "concat('rg-',<#{env}#>,'-',readEnvironmentVariable('A'))"),
            ("\"#_a_##_b_#x\"", "concat(<#_a_#>,<#_b_#>,'x')"),
            (r#"{"a": ["__a__"]}"#, "[<__a__>]"),
        ] {
            assert_eq!(shown(json), want, "{json}");
        }
    }

    #[test]
    fn what_the_tests_of_quickstarts_fill_in() {
        for text in ["GEN-UNIQUE", "GEN-UNIQUE-8", "GEN-GUID", "GEN-PASSWORD"] {
            assert_eq!(shown(&format!("[\"{text}\"]")), format!("[<{text}>]"));
        }
        for text in [
            "GEN-UNIQUE-2",
            "GEN-UNIQUE-x",
            "gen-unique",
            "GEN-APP-01",
            "xGEN-UNIQUE",
            "GEN-UNIQUE/a",
            "GEN-VNET-NAME",
            "GET-PREREQ-vnetID",
        ] {
            assert_eq!(shown(&format!("\"{text}\"")), format!("'{text}'"));
        }
        // Only a parameter file is filled in so.
        assert!(
            with_tokens("GEN-UNIQUE", Document::parse(&Sources::new().add("p.json", "1")).root().unwrap().span())
                .is_none()
        );
    }

    #[test]
    fn many_open_braces_take_linear_time() {
        let text = "${a:-".repeat(200_000);
        assert_eq!(shown(&format!("\"{text}\"")), format!("'{text}'"));
        let deep = format!("{text}{}", "}".repeat(200_000));
        assert_eq!(shown(&format!("\"{deep}\"")), "readEnvironmentVariable('a')");
    }

    #[test]
    fn what_only_looks_like_a_token() {
        for text in [
            "x$(date)",
            "$(date; ls)",
            "$(a)$(b)",
            "a__b__",
            "__init__",
            "____",
            "__a",
            "# heading #",
            "## a b ##",
            "##",
            "<<EOF",
            "{{x}}/y",
            "{{SecretReference x}}",
            "{{SecretReference}}",
            "#{a b}#",
            "replace #{a}#\\nand #_b_#",
            "#{a",
            "$",
        ] {
            assert_eq!(shown(&format!("\"{text}\"")), format!("'{}'", text.replace("\\n", "\n")));
        }
    }
}
