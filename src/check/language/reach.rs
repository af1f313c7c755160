//! What declarations come to through others: each is looked into once, however many name it.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::Context;
use super::scope::{Kind, Meaning};
use super::walk::{self, Node};
use crate::read::bicep::ast::{Expr, ExprKind};

/// What a look at a part of an expression says.
pub enum Look<T> {
    /// This is what is looked for.
    Is(T),
    /// It may be within.
    Within,
    /// It is not, and neither is it within.
    Over,
}

/// The declarations whose value has what is looked for in it, or in that of others that it names. `value` says what is to be looked into.
pub fn all<'f, T: Copy>(
    c: &Context<'f>,
    value: impl Fn(Kind<'f>) -> Option<&'f Expr>,
    look: &impl Fn(&'f Expr) -> Look<T>,
) -> FxHashMap<usize, T> {
    let mut users: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    let (mut out, mut ahead) = (FxHashMap::default(), VecDeque::new());
    for (i, d) in c.scope.declarations.iter().enumerate() {
        let Some(e) = value(d.kind) else { continue };
        if let Some(what) = within(c, e, look, |to| users.entry(to).or_default().push(i)) {
            out.insert(i, what);
            ahead.push_back((i, what));
        }
    }
    while let Some((at, what)) = ahead.pop_front() {
        for user in users.get(&at).into_iter().flatten() {
            if !out.contains_key(user) {
                out.insert(*user, what);
                ahead.push_back((*user, what));
            }
        }
    }
    out
}

/// Whether an expression has it, or names a declaration that does.
pub fn of<'f, T: Copy>(
    c: &Context<'f>,
    e: &'f Expr,
    known: &FxHashMap<usize, T>,
    look: &impl Fn(&'f Expr) -> Look<T>,
) -> Option<T> {
    let mut through = None;
    let own = within(c, e, look, |to| through = through.or_else(|| known.get(&to).copied()));
    own.or(through)
}

fn within<'f, T: Copy>(
    c: &Context<'f>,
    e: &'f Expr,
    look: &impl Fn(&'f Expr) -> Look<T>,
    mut names: impl FnMut(usize),
) -> Option<T> {
    let mut found = None;
    walk::expr(e, &mut |node| {
        let Node::Expr(e) = node else { return true };
        match look(e) {
            Look::Is(what) => {
                found = found.or(Some(what));
                false
            }
            Look::Over => false,
            Look::Within => {
                if let ExprKind::Var(name) = &e.kind
                    && let Meaning::Declared(i) = c.scope.meaning(name)
                {
                    names(i);
                }
                true
            }
        }
    });
    found
}
