//! Parameter files of the Azure Developer CLI: `${NAME}` and `${NAME=default}` in a text stand for environment variables
//! (<https://learn.microsoft.com/azure/developer/azure-developer-cli/manage-environment-variables>).

use ecow::EcoString;

use crate::model::{Call, Expr, ExprKind};
use crate::read::Span;

/// A value with a call of `readEnvironmentVariable` for every variable in its texts.
pub(super) fn with_variables(mut value: Expr) -> Expr {
    match &mut value.kind {
        ExprKind::Str(text) if text.contains("${") => {
            if let Some(parts) = parts(text, value.span) {
                value.kind = joined(parts, value.span);
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

/// The texts and variables that a text is made of; `None` if there is no variable in it.
fn parts(text: &str, span: Span) -> Option<Vec<Expr>> {
    let mut out = Vec::new();
    let (mut rest, mut plain) = (text, String::new());
    while let Some(at) = rest.find("${") {
        let inner = rest.get(at + 2..).unwrap_or_default();
        let found = inner.find('}').and_then(|end| Some((variable(inner.get(..end)?, span)?, inner.get(end + 1..)?)));
        plain.push_str(rest.get(..at).unwrap_or_default());
        match found {
            Some((variable, after)) => {
                if !plain.is_empty() {
                    out.push(string(&std::mem::take(&mut plain), span));
                }
                out.push(variable);
                rest = after;
            }
            None => {
                plain.push_str("${");
                rest = inner;
            }
        }
    }
    plain.push_str(rest);
    let any = out.iter().any(|p| p.as_str().is_none());
    if !plain.is_empty() {
        out.push(string(&plain, span));
    }
    any.then_some(out)
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
    ExprKind::Call(Box::new(Call { namespace: None, name: name.into(), name_span: span, args }))
}

fn string(text: &str, span: Span) -> Expr {
    Expr::new(ExprKind::Str(EcoString::from(text)), span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Sources;
    use crate::read::json::Document;

    fn shown(json: &str) -> String {
        fn text(e: &Expr) -> String {
            match &e.kind {
                ExprKind::Call(c) => format!("{}({})", c.name, c.args.iter().map(text).collect::<Vec<_>>().join(",")),
                ExprKind::Array(items) => format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(",")),
                ExprKind::Object(members) => members.iter().map(|m| text(&m.value)).collect(),
                ExprKind::Str(s) => format!("'{s}'"),
                other => format!("{other:?}"),
            }
        }
        let document = Document::parse(&Sources::new().add("p.json", json.to_owned()));
        text(&with_variables(super::super::values::literal(document.root().unwrap())))
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
}
