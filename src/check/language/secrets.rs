//! Secrets: parameters and outputs that would show one, and values that ought to be one.

use rustc_hash::FxHashSet;

use super::descriptions::named;
use super::kinds::Ty;
use super::scope::{Kind, Meaning};
use super::secure::Secure;
use super::walk::{self, Node};
use super::{Context, Edit};
use crate::read::Span;
use crate::read::bicep::ast::{Decorator, Expr, ExprKind, Key, Object, StatementKind, TypeKind};

pub fn check(c: &Context<'_>) {
    let known = Secure::new(c);
    let secure: FxHashSet<usize> = (0..c.scope.declarations.len()).filter(|i| is_secure(c, *i)).collect();
    for (i, d) in c.scope.declarations.iter().enumerate() {
        match d.kind {
            Kind::Param(p) if secure.contains(&i) => {
                if let Some(default) = &p.value {
                    secure_default(c, &secure, p.name.span, default);
                }
            }
            Kind::Param(p) => {
                insecure(c, &secure, p, d.decorators, c.file().statements.get(d.statement).map(|s| s.span))
            }
            Kind::Resource(r) => {
                if let Some(o) = &r.body.object {
                    names_of_administrators(c, o);
                    commands(&known, &secure, walk::text(&r.ty).unwrap_or_default(), o);
                    nested_deployment(c, &secure, i, walk::text(&r.ty).unwrap_or_default(), o);
                }
            }
            _ => {}
        }
    }
    for s in &c.file().statements {
        let StatementKind::Output(o) = &s.kind else { continue };
        if named(&s.decorators, "secure").is_some() {
            continue;
        }
        if o.name.text.to_ascii_lowercase().contains("password") {
            let message = format!(
                "The name of the output `{}` says that it is a password. Outputs can be read by everybody who may read deployments.",
                o.name.text
            );
            c.say("outputs-should-not-contain-secrets", s.span, message);
        }
        for (span, what) in possible(&known, &secure, &o.value) {
            c.say(
                "outputs-should-not-contain-secrets",
                span,
                format!(
                    "The output may hold a secret, {what}. Outputs can be read by everybody who may read deployments."
                ),
            );
        }
    }
}

fn is_secure(c: &Context<'_>, index: usize) -> bool {
    c.scope.declarations.get(index).is_some_and(|d| {
        matches!(d.kind, Kind::Param(_)) && (named(d.decorators, "secure").is_some() || of_secure_type(c, index))
    })
}

/// A parameter of a declared type that is secure.
fn of_secure_type(c: &Context<'_>, index: usize) -> bool {
    let Some(Kind::Param(p)) = c.scope.declarations.get(index).map(|d| d.kind) else { return false };
    let mut at = p.ty.as_ref();
    for _ in 0..64 {
        match at.map(|t| &t.kind) {
            Some(TypeKind::Nullable(inner) | TypeKind::Paren(inner)) => at = Some(inner),
            Some(TypeKind::Named(name)) => match c.scope.declared(name) {
                Some(d) if named(d.decorators, "secure").is_some() => return true,
                Some(d) => at = if let Kind::Type(value) = d.kind { Some(value) } else { None },
                None => return false,
            },
            _ => return false,
        }
    }
    false
}

fn secure_default(c: &Context<'_>, secure: &FxHashSet<usize>, name: Span, default: &Expr) {
    let fine = match &default.kind {
        ExprKind::Str(text) => text.value.is_empty(),
        ExprKind::Object(o) => o.items.is_empty(),
        ExprKind::Var(n) => matches!(c.scope.meaning(n), Meaning::Declared(i) if secure.contains(&i)),
        _ => {
            let mut new = false;
            walk::expr(default, &mut |node| {
                new |=
                    matches!(node, Node::Expr(e) if c.scope.builtin(e).is_some_and(|(name, _)| name.text == "newGuid"));
                true
            });
            new
        }
    };
    if fine {
        return;
    }
    let between = c.slice(Span { end: default.span.start, ..name });
    let at = between.rfind('=').map_or(default.span.start, |i| name.start + i as u32);
    let span = Span { start: at, ..default.span };
    let message =
        "A secure parameter has a default value, which is no secret. Remove it, or use `newGuid()` or an empty text.";
    let edit = Edit { span, text: String::new(), description: "remove the default value".to_owned(), safe: false };
    c.mend("secure-parameter-default", span, message, edit);
}

fn insecure<'f>(
    c: &Context<'f>,
    secure: &FxHashSet<usize>,
    p: &'f crate::read::bicep::ast::Param,
    decorators: &[Decorator],
    statement: Option<Span>,
) {
    let lower = p.name.text.to_ascii_lowercase();
    let any = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    let named_so = any(&["password", "pwd", "secret", "accountkey", "acctkey"])
        && !any(&["secretpermissions", "secretversion", "secreturi", "secreturl", "secretname"]);
    let takes = |value: &'f Expr| {
        let mut takes = false;
        walk::expr(value, &mut |node| {
            if let Node::Expr(Expr { kind: ExprKind::Var(name), .. }) = node {
                takes |= matches!(c.scope.meaning(name), Meaning::Declared(i) if secure.contains(&i));
            }
            true
        });
        takes
    };
    if named_so && p.ty.as_ref().is_some_and(|t| holds_text(c, t)) || p.value.as_ref().is_some_and(takes) {
        let message = format!(
            "The parameter `{}` seems to hold a secret and is not secure. Write `@secure()` above it.",
            p.name.text
        );
        let start = decorators.first().map_or(statement.map(|s| s.start), |d| Some(d.span.start));
        match start {
            Some(start) => {
                let span = Span { start, end: start, ..p.name.span };
                let edit = Edit {
                    span,
                    text: "@secure()\n".to_owned(),
                    description: "mark it as secure".to_owned(),
                    safe: false,
                };
                c.mend("secure-secrets-in-params", p.name.span, message, edit);
            }
            None => c.say("secure-secrets-in-params", p.name.span, message),
        }
    }
}

/// A text or an object, not null.
fn holds_text<'f>(c: &Context<'f>, t: &'f crate::read::bicep::ast::Type) -> bool {
    match &t.kind {
        TypeKind::Named(name) if name.text == "object" => true,
        _ => matches!(c.shape(Ty::Written(t)), Ty::Text(_) | Ty::Written(_)),
    }
}

/// What in an expression may be a secret, and what that is.
fn possible<'f>(known: &Secure<'_, 'f>, secure: &FxHashSet<usize>, e: &'f Expr) -> Vec<(Span, String)> {
    let mut out = Vec::new();
    in_part(known, secure, e, false, &mut out);
    out
}

/// The same, of an expression of which perhaps only a part is taken.
fn in_part<'f>(
    known: &Secure<'_, 'f>,
    secure: &FxHashSet<usize>,
    e: &'f Expr,
    part: bool,
    out: &mut Vec<(Span, String)>,
) {
    let c = known.c;
    let value = |e: &'f Expr| {
        let text = c.slice(e.span);
        let short = text.len() <= 60 && !text.contains('\n');
        if short { format!("the secure value `{text}`") } else { "a secure value".to_owned() }
    };
    walk::expr(e, &mut |node| {
        let Node::Expr(e) = node else { return true };
        match &e.kind {
            ExprKind::Var(name) => {
                if matches!(c.scope.meaning(name), Meaning::Declared(i) if secure.contains(&i)) {
                    out.push((name.span, format!("the secure parameter `{}`", name.text)));
                } else if known.holds(e, part) {
                    out.push((name.span, value(e)));
                }
            }
            ExprKind::Member { base, name, .. } => {
                if known.holds(e, part) {
                    out.push((name.span, value(e)));
                }
                in_part(known, secure, base, true, out);
                return false;
            }
            ExprKind::Index { base, index, .. } => {
                if known.holds(e, part) {
                    out.push((index.span, value(e)));
                }
                in_part(known, secure, base, true, out);
                in_part(known, secure, index, true, out);
                return false;
            }
            ExprKind::Call { name, .. } if lists(&name.text) && !c.scope.top.contains_key(name.text.as_str()) => {
                out.push((e.span, format!("what `{}` gives", name.text)));
            }
            ExprKind::MethodCall { base, name, .. } if lists(&name.text) => {
                let of = if let ExprKind::Index { base, .. } = &base.kind { base } else { base };
                let resource = || matches!(c.shape(c.ty(base)).there(), Ty::Resource(_));
                if c.scope.is_namespace(base) || c.scope.target(of).is_some() || resource() {
                    out.push((e.span, format!("what `{}` gives", name.text)));
                }
            }
            _ => {}
        }
        true
    });
}

/// Whether a value is known when the deployment starts and can be read by everybody: nothing of it is secure.
pub fn is_open(c: &Context<'_>, value: &Expr) -> bool {
    match &walk::bare(value).kind {
        ExprKind::Null => return false,
        ExprKind::Str(text) if text.value.is_empty() => return false,
        ExprKind::Object(_) | ExprKind::Array(_) | ExprKind::For(_) => return false,
        ExprKind::Ternary { then, otherwise, .. } => return is_open(c, then) || is_open(c, otherwise),
        _ => {}
    }
    let mut open = true;
    let mut seen = FxHashSet::default();
    let mut ahead = vec![value];
    while let Some(e) = ahead.pop() {
        walk::expr(e, &mut |node| {
            let Node::Expr(e) = node else { return true };
            match &e.kind {
                ExprKind::Var(name) => match c.scope.meaning(name) {
                    Meaning::Declared(i) => match c.scope.declarations.get(i).map(|d| d.kind) {
                        Some(Kind::Param(_)) => open &= !is_secure(c, i) && holds_only_text(c, i),
                        Some(Kind::Var(v)) => {
                            if seen.insert(i) {
                                ahead.push(&v.value);
                            }
                        }
                        _ => open = false,
                    },
                    _ => open = false,
                },
                // What is in an object can be secure by its type; functions give what nobody knows.
                ExprKind::Member { .. }
                | ExprKind::Index { .. }
                | ExprKind::MethodCall { .. }
                | ExprKind::Lambda { .. } => open = false,
                ExprKind::Call { name, .. } => {
                    open &= !lists(&name.text)
                        && !matches!(name.text.as_str(), "reference" | "any" | "getSecret" | "newGuid");
                    open &= !c.scope.top.contains_key(name.text.as_str());
                }
                _ => {}
            }
            open
        });
    }
    open
}

/// A parameter of a plain type of texts.
fn holds_only_text(c: &Context<'_>, index: usize) -> bool {
    match c.scope.declarations.get(index).map(|d| d.kind) {
        Some(Kind::Param(p)) => p.ty.as_ref().is_some_and(|t| matches!(c.shape(Ty::Written(t)).there(), Ty::Text(_))),
        _ => false,
    }
}

fn lists(name: &str) -> bool {
    name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("list"))
}

/// `adminUsername` anywhere in a resource.
fn names_of_administrators<'f>(c: &Context<'f>, o: &'f Object) {
    walk::object(o, &mut |node| {
        if let Node::Property(p) = node
            && let Key::Name(name) = &p.key
            && name.text.eq_ignore_ascii_case("adminUsername")
        {
            if let Ty::Text(Some(text)) = c.shape(c.ty(&p.value)) {
                let message = format!(
                    "The name of an administrator is the fixed text `{text}`, which everybody can read. Use a parameter."
                );
                c.say("adminusername-should-not-be-literal", p.value.span, message);
            }
            return false;
        }
        true
    });
}

fn at<'o>(o: &'o Object, path: &[&str]) -> Option<&'o Expr> {
    let (first, rest) = path.split_first()?;
    let value = o.get(first)?;
    match (&value.kind, rest.is_empty()) {
        (_, true) => Some(value),
        (ExprKind::Object(inner), false) => at(inner, rest),
        _ => None,
    }
}

/// The extensions that run a command, by publisher and type.
const SCRIPTS: [(&str, &str); 3] = [
    ("Microsoft.Azure.Extensions", "CustomScript"),
    ("Microsoft.Compute", "CustomScriptExtension"),
    ("Microsoft.OSTCExtensions", "CustomScriptForLinux"),
];

fn commands<'f>(secrets: &Secure<'_, 'f>, secure: &FxHashSet<usize>, type_: &str, o: &'f Object) {
    let type_ = type_.split('@').next().unwrap_or_default().to_ascii_lowercase();
    if !type_.ends_with("/extensions") {
        return;
    }
    let text = |path: &[&str]| at(o, path).and_then(walk::text);
    let (Some(publisher), Some(kind)) = (text(&["properties", "publisher"]), text(&["properties", "type"])) else {
        return;
    };
    let known = SCRIPTS.iter().any(|(p, k)| p.eq_ignore_ascii_case(publisher) && k.eq_ignore_ascii_case(kind));
    if let Some(command) = at(o, &["properties", "settings", "commandToExecute"]).filter(|_| known)
        && let Some((_, what)) = possible(secrets, secure, command).into_iter().next()
    {
        let message = format!("The command may hold a secret, {what}. Move `commandToExecute` to `protectedSettings`.");
        secrets.c.say("protect-commandtoexecute-secrets", command.span, message);
    }
}

fn nested_deployment(c: &Context<'_>, secure: &FxHashSet<usize>, index: usize, type_: &str, o: &Object) {
    let is = type_.split('@').next().is_some_and(|t| t.eq_ignore_ascii_case("Microsoft.Resources/deployments"));
    let inner = at(o, &["properties", "expressionEvaluationOptions", "scope"])
        .and_then(walk::text)
        .is_some_and(|t| t.eq_ignore_ascii_case("inner"));
    let Some(d) = c.scope.declarations.get(index).filter(|d| is && !inner && d.parent.is_none()) else { return };
    if !matches!(at(o, &["properties", "template"]).map(|e| &e.kind), Some(ExprKind::Object(_))) {
        return;
    }
    let Some(statement) = c.file().statements.get(d.statement) else { return };
    let StatementKind::Resource(r) = &statement.kind else { return };
    let mut there = false;
    walk::body(&r.body, &mut |node| {
        if let Node::Expr(e) = node {
            there |= match &e.kind {
                ExprKind::Var(n) => matches!(c.scope.meaning(n), Meaning::Declared(i) if secure.contains(&i)),
                _ => c.scope.builtin(e).is_some_and(|(name, _)| lists(&name.text)),
            };
        }
        true
    });
    if there {
        let message = format!(
            "The nested deployment `{}` takes secrets, and its expressions are evaluated outside: they stand in the deployment in clear. Set `expressionEvaluationOptions.scope` to `inner` and hand them over as secure parameters.",
            d.name.text
        );
        c.say("secure-params-in-nested-deploy", d.name.span, message);
    }
}
