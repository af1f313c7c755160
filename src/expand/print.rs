//! Expressions as text, for residuals that hold what could not be evaluated.

use crate::model::{Expr, ExprKind};

/// An expression in ARM's syntax, without the brackets of a whole expression.
pub fn expression(expr: &Expr) -> String {
    let mut out = String::new();
    write(expr, &mut out);
    out
}

fn write(expr: &Expr, out: &mut String) {
    match &expr.kind {
        ExprKind::Null => out.push_str("null()"),
        ExprKind::Bool(true) => out.push_str("true()"),
        ExprKind::Bool(false) => out.push_str("false()"),
        ExprKind::Int(i) => out.push_str(&i.to_string()),
        ExprKind::Float(f) => out.push_str(&format!("json('{f}')")),
        ExprKind::Str(s) => string(s, out),
        ExprKind::Array(items) => list("createArray", items.iter(), out),
        ExprKind::Object(properties) => {
            list("createObject", properties.iter().flat_map(|p| [&p.key, &p.value]), out);
        }
        ExprKind::Call(call) => {
            let name = match &call.namespace {
                Some(namespace) => format!("{namespace}.{}", call.name),
                None => call.name.to_string(),
            };
            list(&name, call.args.iter(), out);
        }
        ExprKind::Access { base, key, safe } => {
            write(base, out);
            match &key.kind {
                ExprKind::Str(s) if super::residual::is_identifier(s) => {
                    out.push_str(if *safe { ".?" } else { "." });
                    out.push_str(s);
                }
                _ => {
                    out.push_str(if *safe { "[?" } else { "[" });
                    write(key, out);
                    out.push(']');
                }
            }
        }
        ExprKind::Loop(l) => write(&l.input, out),
        ExprKind::Expression(inner) => write(inner, out),
        ExprKind::Invalid(text) => out.push_str(text),
    }
}

fn list<'e>(name: &str, items: impl Iterator<Item = &'e Expr>, out: &mut String) {
    out.push_str(name);
    out.push('(');
    for (i, item) in items.enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write(item, out);
    }
    out.push(')');
}

fn string(s: &str, out: &mut String) {
    out.push('\'');
    out.push_str(&s.replace('\'', "''"));
    out.push('\'');
}
