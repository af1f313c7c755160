//! Declarations that are made of themselves.

use rustc_hash::FxHashSet;

use super::Context;
use super::scope::{Kind, Meaning, Scope};
use super::walk::{self, Node};
use crate::read::bicep::ast::{Expr, ExprKind, Object, ObjectItem};

/// Says of every use of such a declaration that there is nothing to use.
pub fn check(c: &Context<'_>) {
    for i in &c.cyclic {
        let own = uses_of(&c.scope, *i).contains(i);
        for name in c.scope.uses.get(*i).into_iter().flatten() {
            let (code, how) =
                if own { ("BCP079", "names itself") } else { ("BCP080", "is made of others that name it") };
            c.say(
                code,
                name.span,
                format!("`{}` {how}: there is no value to begin with. Break the circle.", name.text),
            );
        }
    }
}

/// The declarations that are in a circle.
pub fn of(scope: &Scope<'_>) -> FxHashSet<usize> {
    let uses: Vec<Vec<usize>> = (0..scope.declarations.len()).map(|i| uses_of(scope, i)).collect();
    let mut search = Search { uses: &uses, order: vec![None; uses.len()], low: vec![0; uses.len()], next: 0 };
    let mut out = FxHashSet::default();
    for i in 0..uses.len() {
        search.from(i, &mut out);
    }
    out
}

/// What a declaration takes of others. What belongs to a resource within it is the other's.
fn uses_of(scope: &Scope<'_>, index: usize) -> Vec<usize> {
    let mut out = Vec::new();
    let Some(d) = scope.declarations.get(index) else { return out };
    let mut add = |e: &Expr| {
        walk::expr(e, &mut |node| {
            if let Node::Expr(Expr {
                kind: ExprKind::Var(name) | ExprKind::Nested { name, .. } | ExprKind::Call { name, .. },
                ..
            }) = node
                && let Meaning::Declared(to) = scope.meaning(name)
            {
                out.push(to);
            }
            true
        });
    };
    match d.kind {
        Kind::Var(v) => add(&v.value),
        Kind::Func(f) => add(&f.body),
        Kind::Param(p) => p.value.iter().for_each(add),
        _ => {
            let Some(body) = d.body() else { return out };
            body.condition.iter().for_each(&mut add);
            body.each.iter().for_each(|each| add(&each.list));
            let own = |o: &'_ Object, add: &mut dyn FnMut(&Expr)| {
                for item in &o.items {
                    match item {
                        ObjectItem::Property(p) => add(&p.value),
                        ObjectItem::Spread(e) => add(e),
                        ObjectItem::Resource(_) => {}
                    }
                }
            };
            body.object.iter().for_each(|o| own(o, &mut add));
        }
    }
    out
}

/// The search for circles: each declaration is visited once, and those from which a way leads back to where it came from are in one.
struct Search<'u> {
    uses: &'u [Vec<usize>],
    /// When each was reached.
    order: Vec<Option<usize>>,
    /// The earliest that a way leads back to.
    low: Vec<usize>,
    next: usize,
}

impl Search<'_> {
    /// Without recursion: there can be long chains.
    fn from(&mut self, start: usize, out: &mut FxHashSet<usize>) {
        if self.order.get(start).is_none_or(Option::is_some) {
            return;
        }
        // Those on the way, with the next use to look at, and those that are not told yet.
        let mut way: Vec<(usize, usize)> = vec![(start, 0)];
        let mut open: Vec<usize> = vec![start];
        let mut is_open: FxHashSet<usize> = FxHashSet::from_iter([start]);
        self.reach(start);
        while let Some((at, used)) = way.last_mut() {
            let at = *at;
            let next = self.uses.get(at).and_then(|u| u.get(*used)).copied();
            *used += 1;
            match next {
                Some(to) if self.order.get(to).is_some_and(Option::is_none) => {
                    self.reach(to);
                    way.push((to, 0));
                    open.push(to);
                    is_open.insert(to);
                }
                Some(to) => {
                    if is_open.contains(&to)
                        && let Some(order) = self.order.get(to).copied().flatten()
                    {
                        self.lower(at, order);
                    }
                }
                None => {
                    way.pop();
                    let low = self.low.get(at).copied().unwrap_or_default();
                    if let Some((before, _)) = way.last() {
                        self.lower(*before, low);
                    }
                    if self.order.get(at).copied().flatten() == Some(low) {
                        let mut circle = Vec::new();
                        while let Some(one) = open.pop() {
                            is_open.remove(&one);
                            circle.push(one);
                            if one == at {
                                break;
                            }
                        }
                        let own = self.uses.get(at).is_some_and(|u| u.contains(&at));
                        if circle.len() > 1 || own {
                            out.extend(circle);
                        }
                    }
                }
            }
        }
    }

    fn reach(&mut self, at: usize) {
        if let (Some(order), Some(low)) = (self.order.get_mut(at), self.low.get_mut(at)) {
            *order = Some(self.next);
            *low = self.next;
            self.next += 1;
        }
    }

    fn lower(&mut self, at: usize, to: usize) {
        if let Some(low) = self.low.get_mut(at) {
            *low = (*low).min(to);
        }
    }
}
