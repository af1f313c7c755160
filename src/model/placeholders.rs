//! Texts with holes that somebody fills before Azure sees them.
//!
//! * The Azure Developer CLI puts environment variables into parameter files for `${NAME}` and `${NAME=default}`
//!   (<https://learn.microsoft.com/azure/developer/azure-developer-cli/manage-environment-variables>).
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

fn filled(text: &str, span: Span, variables: bool) -> Option<ExprKind> {
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
    let mut out = Vec::new();
    let (mut from, mut plain) = (0, 0);
    while let Some(at) = memchr::memchr2(b'#', b'$', text.as_bytes().get(from..)?).map(|at| from + at) {
        from = at + 1;
        let Some((whole, hole)) = hole(text, at, span, variables, tokens) else { continue };
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

/// The hole that begins here.
fn hole(text: &str, at: usize, span: Span, variables: bool, tokens: bool) -> Option<(Range<usize>, Expr)> {
    let rest = text.get(at..)?;
    if let (true, Some(inner)) = (variables, rest.strip_prefix("${")) {
        let end = inner.find('}')?;
        return Some((at..at + end + 3, variable(inner.get(..end)?, span)?));
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

/// `NAME` or `NAME=default`.
fn variable(text: &str, span: Span) -> Option<Expr> {
    let (name, default) = text.split_once('=').map_or((text, None), |(n, d)| (n, Some(d)));
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let args = std::iter::once(name).chain(default).map(|t| string(t, span)).collect();
    named.then(|| Expr::new(call("readEnvironmentVariable", args, span), span))
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
