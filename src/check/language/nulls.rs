//! Values that may be null where something is asked of them.

use rustc_hash::FxHashSet;

use super::kinds::Ty;
use super::others::Found;
use super::scope::Kind;
use super::shapes::Takes;
use super::walk::{self, Node, bare};
use super::{Context, Edit};
use crate::read::Span;
use crate::read::bicep::ast::{Expr, ExprKind};

pub fn check(c: &Context<'_>) {
    // Accesses with a `!` behind them.
    let mut asserted: FxHashSet<(u32, u32)> = FxHashSet::default();
    for s in &c.file().statements {
        walk::statement(s, &mut |node| {
            if let Node::Expr(e) = node {
                if let ExprKind::NonNull(inner) = &e.kind {
                    asserted.insert((inner.span.start, inner.span.end));
                }
                access(c, e, asserted.contains(&(e.span.start, e.span.end)));
            }
            true
        });
    }
    // An access that lacks its name is one all the same.
    for e in &c.file().fragments {
        if off(c, e, None, e) {
            let message =
                format!("`{}` may be null when the deployment starts, and then this access fails.", c.slice(e.span));
            c.say("BCP318", Span { start: e.span.end, end: e.span.end, ..e.span }, message);
        }
        walk::expr(e, &mut |node| {
            if let Node::Expr(e) = node {
                access(c, e, false);
            }
            true
        });
    }
}

/// Where an access begins: at its dot or bracket.
fn place(c: &Context<'_>, base: &Expr, e: &Expr) -> Span {
    let rest = c.slice(Span { start: base.span.end, end: e.span.end, ..e.span });
    let at = rest.find(['.', '[']).unwrap_or(0) as u32;
    Span { start: base.span.end + at, end: e.span.end, ..e.span }
}

fn access<'f>(c: &Context<'f>, e: &'f Expr, asserted: bool) {
    let (base, safe, name) = match &e.kind {
        ExprKind::Member { base, safe, name } => (base, *safe, Some(name.text.as_str())),
        ExprKind::Index { base, safe, .. } => (base, *safe, None),
        _ => return,
    };
    if safe {
        return;
    }
    let accessed = c.accessed(e);
    let nullable = matches!(accessed.base, Ty::Nullable(_));
    let off = !nullable && !is_asserted(base) && off(c, base, name, e);
    if nullable || off {
        let span = place(c, base, e);
        let what = c.slice(base.span);
        let what =
            if what.len() > 60 || what.contains('\n') { "the value before it".to_owned() } else { format!("`{what}`") };
        let message = format!(
            "{what} may be null when the deployment starts, and then this access fails. Write `.?` if null is handled around it, or `!` if it is never null."
        );
        let fix = c.slice(span).strip_prefix('.').map(|_| Edit {
            span: Span { end: span.start + 1, ..span },
            text: ".?".to_owned(),
            description: "access it only if it is there".to_owned(),
            safe: false,
        });
        match fix {
            Some(fix) => c.mend("BCP318", span, message, fix),
            None => c.say("BCP318", span, message),
        }
        return;
    }
    // An optional property of an object.
    let optional = matches!(accessed.value, Ty::Nullable(_)) && !accessed.cut;
    let declared = matches!(accessed.base, Ty::Written(_) | Ty::Takes(Takes::Declared(..), _));
    if optional && !asserted && declared {
        c.say("use-safe-access", e.span, "The property is optional. Access it with `.?`, which says so.");
    }
}

fn is_asserted(e: &Expr) -> bool {
    matches!(bare(e).kind, ExprKind::NonNull(_))
}

/// Whether what is accessed is a resource or module that is perhaps not deployed.
fn off(c: &Context<'_>, base: &Expr, name: Option<&str>, e: &Expr) -> bool {
    let bare = bare(base);
    let (target, item) = match &bare.kind {
        ExprKind::Index { base, safe: false, .. } => (c.scope.target(walk::bare(base)), true),
        _ => (c.scope.target(bare), false),
    };
    let Some(index) = target else { return false };
    let Some(d) = c.scope.declarations.get(index) else { return false };
    // An item of a loop, or the one resource.
    if d.is_collection() != item {
        return false;
    }
    // Of what cannot be read nothing more is said.
    if let Kind::Module(m) = d.kind
        && !matches!(c.others.find(&m.path), Found::File(_))
    {
        return false;
    }
    let info = match d.kind {
        Kind::Resource(_) => matches!(name, Some("id" | "name" | "type" | "apiVersion")),
        _ => name == Some("name"),
    };
    let within = d.body().is_some_and(|b| b.span.start <= e.span.start && e.span.end <= b.span.end);
    !info && !within && c.may_be_off(index)
}
