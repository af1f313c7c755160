//! Resources that are spoken of by their names and ids where their symbols would do.

use super::kinds::Ty;
use super::resources::{full_type, version_of};
use super::scope::{Declaration, Kind};
use super::versions;
use super::walk::{self, bare};
use super::{Context, Edit};
use crate::read::bicep::ast::{Expr, ExprKind, Part};

pub fn check(c: &Context<'_>) {
    for (i, d) in c.scope.declarations.iter().enumerate() {
        if let Kind::Resource(_) = d.kind {
            parent(c, i, d);
        }
    }
    versions::each_asking(c, |e, name, args| {
        by_id(c, e, name, args);
        unrecognized(c, e, name, args);
    });
}

/// A text with values in it: the texts between, one more than there are values.
struct Written<'e> {
    texts: Vec<&'e str>,
    values: Vec<&'e Expr>,
}

impl<'e> Written<'e> {
    fn of(e: &'e Expr) -> Option<Self> {
        match &e.kind {
            ExprKind::Str(text) => Some(Written { texts: vec![text.value.as_str()], values: Vec::new() }),
            ExprKind::Interpolated(parts) => {
                let mut out = Written { texts: vec![""], values: Vec::new() };
                for part in parts {
                    match part {
                        Part::Text(text) => {
                            if let Some(last) = out.texts.last_mut() {
                                *last = text.value.as_str();
                            }
                        }
                        Part::Expr(e) => {
                            out.values.push(e);
                            out.texts.push("");
                        }
                    }
                }
                Some(out)
            }
            _ => None,
        }
    }
}

/// The same text but for white space.
fn same(c: &Context<'_>, a: &Expr, b: &Expr) -> bool {
    let text = |e: &Expr| c.slice(e.span).split_whitespace().collect::<String>();
    text(a) == text(b)
}

fn name_of<'f>(d: &Declaration<'f>) -> Option<&'f Expr> {
    d.object()?.get("name")
}

fn parent(c: &Context<'_>, index: usize, d: &Declaration<'_>) {
    let Some(object) = d.object().filter(|o| d.parent.is_none() && o.get("parent").is_none()) else { return };
    let type_ = full_type(c, index);
    let (Some((above, _)), Some(name)) = (type_.rsplit_once('/'), object.get("name")) else { return };
    let Some(child) = Written::of(name) else { return };
    let is_above = |i: usize| {
        c.scope.declarations.get(i).is_some_and(|d| matches!(d.kind, Kind::Resource(_)))
            && full_type(c, i).eq_ignore_ascii_case(above)
    };
    let begins_with_value =
        child.texts.first().is_some_and(|t| t.is_empty()) && child.texts.get(1).is_some_and(|t| t.starts_with('/'));
    let mut found = None;
    if child.texts.get(1).is_some_and(|t| t.starts_with('/'))
        && let Some(ExprKind::Member { base, name, .. }) = child.values.first().map(|e| &e.kind)
        && name.text == "name"
    {
        found = c.scope.target(base).filter(|i| is_above(*i));
    }
    let found = found.or_else(|| {
        (0..c.scope.declarations.len()).find(|i| {
            let Some(d) = c.scope.declarations.get(*i).filter(|d| *i != index && !d.is_collection()) else {
                return false;
            };
            is_above(*i)
                && name_of(d).is_some_and(|name| match Written::of(name) {
                    Some(parent) => is_below(c, &parent, &child),
                    None => begins_with_value && child.values.first().is_some_and(|first| same(c, first, name)),
                })
        })
    });
    if let Some(parent) = found.and_then(|i| c.scope.declarations.get(i)) {
        let message = format!(
            "`{}` repeats the name of `{}` in its own. Write `parent: {}`, and the last part of the name only.",
            d.name.text, parent.name.text, parent.name.text
        );
        c.say("use-parent-property", name.span, message);
    }
}

/// Whether one name is another, a slash, and something more.
fn is_below(c: &Context<'_>, parent: &Written<'_>, child: &Written<'_>) -> bool {
    let last = parent.texts.len().saturating_sub(1);
    let texts = parent.texts.iter().enumerate().all(|(i, text)| match child.texts.get(i) {
        Some(own) if i < last => own == text,
        Some(own) => own.strip_prefix(text).is_some_and(|rest| rest.starts_with('/')),
        None => false,
    });
    texts
        && child.values.len() >= parent.values.len()
        && parent.values.iter().zip(&child.values).all(|(a, b)| same(c, a, b))
}

/// `reference(…)` and `listKeys(…)` of a resource of this file.
fn by_id(c: &Context<'_>, e: &Expr, function: &str, args: &[Expr]) {
    let most = 3;
    let least = if function == "reference" { 1 } else { 2 };
    let [id, rest @ ..] = args else { return };
    if args.len() < least || args.len() > most {
        return;
    }
    let candidates = named(c, id);
    let version = rest.first();
    let found = match version.map(|v| &v.kind) {
        None if candidates.len() == 1 => candidates.first().copied(),
        Some(ExprKind::Member { base, name, .. }) if name.text == "apiVersion" => {
            c.scope.target(base).filter(|i| candidates.contains(i))
        }
        Some(ExprKind::Str(text)) => {
            candidates.iter().copied().find(|i| version_of(c, *i).is_some_and(|v| v.eq_ignore_ascii_case(&text.value)))
        }
        _ => None,
    };
    let Some(d) = found.and_then(|i| c.scope.declarations.get(i)) else { return };
    let symbol = &d.name.text;
    let text = if function == "reference" {
        let full = args.get(2).and_then(walk::text).is_some_and(|t| t.eq_ignore_ascii_case("full"));
        if full { symbol.to_string() } else { format!("{symbol}.properties") }
    } else {
        let more: Vec<&str> = if args.len() > 2 { rest.iter().map(|a| c.slice(a.span)).collect() } else { Vec::new() };
        format!("{symbol}.{function}({})", more.join(", "))
    };
    let message = format!("`{function}` asks for a resource of this file by its id. Write `{text}`.");
    let description = format!("use the symbol `{symbol}`");
    c.mend("use-resource-symbol-reference", e.span, message, Edit { span: e.span, text, description, safe: true });
}

/// The resources that an id can be that of.
fn named(c: &Context<'_>, id: &Expr) -> Vec<usize> {
    let is_resource = |i: &usize| matches!(c.scope.declarations.get(*i).map(|d| d.kind), Some(Kind::Resource(_)));
    match &bare(id).kind {
        ExprKind::Member { base, name, .. } if matches!(name.text.as_str(), "id" | "name") => {
            c.scope.target(base).filter(is_resource).into_iter().collect()
        }
        ExprKind::Call { name, args } if name.text == "resourceId" => {
            let [first, names @ ..] = args.as_slice() else { return Vec::new() };
            let Some(type_) = walk::text(first).filter(|t| t.contains('/') && !names.is_empty()) else {
                return Vec::new();
            };
            let fits = |i: &usize| {
                is_resource(i) && full_type(c, *i).eq_ignore_ascii_case(type_) && {
                    let own = ancestry(c, *i);
                    own.len() == names.len() && own.iter().zip(names).all(|(a, b)| a.is_some_and(|a| same(c, a, b)))
                }
            };
            (0..c.scope.declarations.len()).filter(fits).collect()
        }
        _ => Vec::new(),
    }
}

/// The names of the parents of a resource and its own.
fn ancestry<'f>(c: &Context<'f>, index: usize) -> Vec<Option<&'f Expr>> {
    let mut out = Vec::new();
    let mut at = Some(index);
    // A resource that is its own parent ends here.
    for _ in 0..16 {
        let Some(d) = at.and_then(|i| c.scope.declarations.get(i)) else { break };
        out.push(name_of(d));
        at = d.parent.or_else(|| d.object().and_then(|o| o.get("parent")).and_then(|e| c.scope.target(e)));
    }
    out.reverse();
    out
}

/// A type that Azure does not have.
fn unrecognized<'f>(c: &Context<'f>, e: &'f Expr, function: &str, args: &'f [Expr]) {
    let literal = |e: &'f Expr| match c.shape(c.ty(e)) {
        Ty::Text(Some(text)) if versions::looks_like_type(text) => Some(text),
        _ => None,
    };
    let type_ = args.first().and_then(|first| match &first.kind {
        ExprKind::Call { name, args } => args.iter().filter(|_| name.text == "resourceId").find_map(literal),
        _ => literal(first),
    });
    if let Some(type_) = type_.filter(|t| versions::known(t).is_none()) {
        let message =
            format!("`{function}` is given the resource type `{type_}`, which Azure does not have. Correct it.");
        c.say("use-recognized-resource-type", e.span, message);
    }
}
