//! What can be written shorter, or is written down where it should not be.

use super::scope::Meaning;
use super::walk::{self, Node, bare};
use super::{Context, Edit, names};
use crate::read::Span;
use crate::read::bicep::ast::{ArrayItem, Expr, ExprKind, Key, ObjectItem, Part, StatementKind};

pub fn check(c: &Context<'_>) {
    for s in &c.file().statements {
        match &s.kind {
            StatementKind::Var(v) => interpolation(c, &v.value),
            // In a parameter file a text may have to stand there.
            StatementKind::Param(p) if !c.subject.is_parameters => {
                p.value.iter().for_each(|v| interpolation(c, v));
            }
            StatementKind::Output(o) => {
                interpolation(c, &o.value);
                if is_fixed(&o.value) {
                    let message = format!(
                        "The output `{}` is always the same value. Export a variable instead, or remove it.",
                        o.name.text
                    );
                    c.say("no-hardcoded-outputs", o.value.span, message);
                }
            }
            StatementKind::Metadata { .. } => {
                walk::statement(s, &mut |node| shapes(c, node));
                continue;
            }
            _ => {}
        }
        walk::statement(s, &mut |node| shapes(c, node));
        walk::statement(s, &mut |node| hosts(c, node));
    }
    for e in &c.file().fragments {
        walk::expr(e, &mut |node| shapes(c, node));
    }
}

fn is_fixed(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Str(_) | ExprKind::Int(_) | ExprKind::Bool(_) | ExprKind::Null => true,
        ExprKind::Unary { operand: inner, .. } | ExprKind::Paren(inner) => is_fixed(inner),
        ExprKind::Array(items) => items.iter().all(|i| matches!(i, ArrayItem::Value(v) if is_fixed(v))),
        ExprKind::Object(o) => o.items.iter().all(|i| matches!(i, ObjectItem::Property(p) if is_fixed(&p.value))),
        _ => false,
    }
}

/// A name that needs no quotes.
fn is_plain(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !matches!(text, "true" | "false" | "null" | "if" | "for" | "in")
}

fn shapes<'f>(c: &Context<'f>, node: Node<'f>) -> bool {
    match node {
        Node::Property(p) => {
            if let Key::Name(name) = &p.key
                && is_plain(&name.text)
                && c.slice(name.span).starts_with('\'')
            {
                let message = format!("The property name `{}` needs no quotes.", name.text);
                let fix = edit(name.span, name.text.to_string(), "write it without quotes");
                c.mend("prefer-unquoted-property-names", name.span, message, fix);
            }
            interpolation(c, &p.value);
        }
        Node::Expr(e) => match &e.kind {
            ExprKind::Index { base, index, safe, from_end: false } => {
                if let Some(text) = walk::text(index).filter(|t| is_plain(t)) {
                    let span = Span { start: base.span.end, ..e.span };
                    let dot = if *safe { ".?" } else { "." };
                    let fix = edit(span, format!("{dot}{text}"), "write it with a dot");
                    let message = format!("`{}` can be written `{dot}{text}`.", c.slice(span));
                    c.mend("prefer-unquoted-property-names", span, message, fix);
                }
            }
            ExprKind::Call { .. } | ExprKind::MethodCall { .. } => match of_sys(c, e) {
                Some(("json", [one])) if walk::text(one).is_some_and(|t| t.trim() == "null") => {
                    let fix = edit(e.span, "null".to_owned(), "write `null`");
                    c.mend("simplify-json-null", e.span, "`json('null')` can be written `null`.", fix);
                }
                Some(("concat", args)) => joined(c, e, args),
                _ => {}
            },
            ExprKind::Ternary { condition, then, otherwise } => safe_access(c, e, condition, then, otherwise),
            _ => {}
        },
        Node::Decorator(d) => {
            // The decorator itself is no function.
            if let Some((_, _, args)) = d.call() {
                args.iter().for_each(|a| walk::expr(a, &mut |node| shapes(c, node)));
            }
            return false;
        }
        Node::Type(_) => {}
    }
    true
}

/// Something in it is wrong in itself.
fn has_error<'f>(c: &Context<'f>, e: &'f Expr) -> bool {
    let mut wrong = c.file().problems.iter().any(|p| e.span.start <= p.span.start && p.span.start <= e.span.end);
    walk::expr(e, &mut |node| {
        if let Node::Expr(e) = node {
            wrong |= match &e.kind {
                ExprKind::Var(name) => c.scope.meaning(name) == Meaning::Unknown,
                ExprKind::MethodCall { base, name, .. } => match &base.kind {
                    ExprKind::Var(n) if c.scope.meaning(n) == Meaning::Namespace => {
                        !names::of_namespace(c.scope.namespace(n)).contains(&name.text.as_str())
                    }
                    _ => false,
                },
                _ => false,
            };
        }
        true
    });
    wrong
}

/// A call of a function of `sys`, by its name alone or behind that of the namespace.
fn of_sys<'f>(c: &Context<'f>, e: &'f Expr) -> Option<(&'f str, &'f [Expr])> {
    if let ExprKind::MethodCall { base, .. } = &e.kind
        && !matches!(&base.kind, ExprKind::Var(name) if c.scope.namespace(name) == "sys")
    {
        return None;
    }
    c.scope.builtin(e).map(|(name, args)| (name.text.as_str(), args))
}

/// `concat` of what makes a text.
fn joined<'f>(c: &Context<'f>, e: &'f Expr, args: &'f [Expr]) {
    if args.len() < 2 || !c.ty(e).is_text() || has_error(c, e) {
        return;
    }
    let message = "Texts are joined by `concat`. Write one text with `${…}` in it.";
    match interpolated(c, args) {
        Some(text) => c.mend("prefer-interpolation", e.span, message, edit(e.span, text, "join them in one text")),
        None => c.say("prefer-interpolation", e.span, message),
    }
}

fn edit(span: Span, text: String, description: &str) -> Edit {
    Edit { span, text, description: description.to_owned(), safe: true }
}

/// `'${a}${b}'` for `concat(a, b)`.
fn interpolated(c: &Context<'_>, args: &[Expr]) -> Option<String> {
    let mut out = String::from("'");
    for a in args {
        let text = c.slice(a.span);
        if text.contains('\n') {
            return None;
        }
        match &a.kind {
            ExprKind::Str(_) | ExprKind::Interpolated(_) => {
                // Text between three quotes has no escapes.
                let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
                if inner.starts_with('\'') {
                    return None;
                }
                out.push_str(inner);
            }
            _ => {
                out.push_str("${");
                out.push_str(text);
                out.push('}');
            }
        }
    }
    out.push('\'');
    Some(out)
}

/// `'${x}'` where `x` is a text already.
fn interpolation<'f>(c: &Context<'f>, e: &'f Expr) {
    if let ExprKind::Interpolated(parts) = &e.kind
        && let [Part::Expr(only)] = parts.as_slice()
        && c.shape(c.ty(only)).is_text()
    {
        let text = c.slice(only.span).to_owned();
        let message =
            format!("The text is nothing but `{text}`, which is a text already. Write it without `'${{…}}'`.");
        c.mend("simplify-interpolation", e.span, message, edit(e.span, text, "write the value itself"));
    }
}

fn safe_access<'f>(c: &Context<'f>, whole: &'f Expr, condition: &'f Expr, then: &'f Expr, otherwise: &'f Expr) {
    let Some(("contains", [of, key])) = of_sys(c, condition) else { return };
    let (base, member) = match &then.kind {
        ExprKind::Member { base, name, safe: false } => (base, Some(name.text.as_str())),
        ExprKind::Index { base, index, safe: false, from_end: false } => {
            if walk::text(index).is_none() && c.slice(index.span) != c.slice(key.span) {
                return;
            }
            (base, walk::text(index))
        }
        _ => return,
    };
    if c.slice(base.span) != c.slice(of.span) || member.is_some() && walk::text(key) != member {
        return;
    }
    let base = c.slice(base.span);
    let access = match member {
        Some(name) if is_plain(name) => format!("{base}.?{name}"),
        _ => format!("{base}[?{}]", c.slice(key.span)),
    };
    let rest = c.slice(otherwise.span);
    let rest = match bare(otherwise).kind {
        ExprKind::Ternary { .. } | ExprKind::Binary { .. } if !rest.starts_with('(') => format!("({rest})"),
        _ => rest.to_owned(),
    };
    let text = format!("{access} ?? {rest}");
    let message = format!("`contains` and the access can be written `{access} ?? …`.");
    c.mend("use-safe-access", whole.span, message, edit(whole.span, text, "use `.?` and `??`"));
}

fn hosts(c: &Context<'_>, node: Node<'_>) -> bool {
    let text = match node {
        Node::Decorator(d) => {
            return d.call().is_none_or(|(_, name, _)| !matches!(name.text.as_str(), "description" | "metadata"));
        }
        Node::Expr(e) => match &e.kind {
            ExprKind::Str(t) => vec![t],
            ExprKind::Interpolated(parts) => {
                parts.iter().filter_map(|p| if let Part::Text(t) = p { Some(t) } else { None }).collect()
            }
            _ => return true,
        },
        _ => return true,
    };
    for t in text {
        let written = c.slice(t.span);
        let lower = written.to_ascii_lowercase();
        let excluded: Vec<(usize, usize)> = c.settings.excluded_hosts.iter().flat_map(|h| matches(&lower, h)).collect();
        let mut last = 0;
        let mut found: Vec<(usize, usize)> = c.settings.hosts.iter().flat_map(|h| matches(&lower, h)).collect();
        found.sort_by_key(|(start, end)| (*start, std::cmp::Reverse(*end)));
        for (start, end) in found {
            if start < last || excluded.iter().any(|(s, e)| *s < end && start < *e) {
                continue;
            }
            last = end;
            let span = Span { start: t.span.start + start as u32, end: t.span.start + end as u32, ..t.span };
            let host = written.get(start..end).unwrap_or_default();
            c.say("no-hardcoded-env-urls", span, format!("The host `{host}` is that of one cloud. Take it from `environment()`, so that the template works in others."));
        }
    }
    true
}

/// Where a host stands in a text, with neither letter nor digit beside it.
fn matches(text: &str, host: &str) -> Vec<(usize, usize)> {
    if host.is_empty() {
        return Vec::new();
    }
    let beside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let alone = |at: usize| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + host.len()..).and_then(|t| t.chars().next());
        !beside(before) && !beside(after)
    };
    text.match_indices(host).filter(|(at, _)| alone(*at)).map(|(at, _)| (at, at + host.len())).collect()
}
