//! What stands behind an expression, as far as the text of a template says it: variables, members of literals, conditions that
//! are constants, objects and arrays that are put together. Nothing is evaluated.

use std::cell::Cell;

use super::{Builtin, Call, Expr, ExprKind, Function, Property, Variable};
use crate::nesting;

/// So many expressions are looked at in one file, however they name one another.
pub(super) const STEPS: usize = 600_000;

/// What is found at a member.
pub(super) enum Found {
    /// This.
    Value(Expr),
    /// There is no such member.
    Nothing,
    /// Nobody can tell without evaluating.
    Unknown,
}

/// Looks behind the expressions of a template.
pub(super) struct Behind<'t> {
    /// The variables of the template.
    pub variables: &'t [Variable],
    /// Its functions.
    pub functions: &'t [Function],
    /// What is left of [`STEPS`].
    pub left: &'t Cell<usize>,
}

impl Behind<'_> {
    /// The literal that an expression stands for, its parts as they are written.
    pub fn literal(&self, e: &Expr) -> Option<Expr> {
        self.look(e, 0)
    }

    /// Puts the literal that an expression stands for in its place, if it is known.
    pub fn put(&self, e: &mut Expr) {
        if matches!(e.kind, ExprKind::Expression(_) | ExprKind::Call(_) | ExprKind::Access { .. })
            && let Some(known) = self.literal(e)
        {
            *e = known;
        }
    }

    /// The member of what an expression stands for: of an object that is put together, what its last part with the member says.
    pub fn member(&self, e: &Expr, key: &str) -> Found {
        self.member_within(e, key, 0)
    }

    fn spend(&self, steps: usize) -> Option<()> {
        let left = self.left.get().checked_sub(steps);
        self.left.set(left.unwrap_or(0));
        left.map(|_| ())
    }

    fn look(&self, e: &Expr, depth: usize) -> Option<Expr> {
        if !nesting::BEHIND.allows(depth) {
            return None;
        }
        self.spend(1)?;
        match &e.kind {
            ExprKind::Expression(inner) => self.look(inner, depth + 1),
            ExprKind::Call(call) => self.look_call(call, e, depth + 1),
            ExprKind::Access { base, key, .. } => {
                let part = match (self.look(base, depth + 1)?, &key.kind) {
                    (base, ExprKind::Str(name)) => base.get(name)?.clone(),
                    (Expr { kind: ExprKind::Array(mut items), .. }, ExprKind::Int(i)) => {
                        let i = usize::try_from(*i).ok().filter(|i| *i < items.len())?;
                        items.swap_remove(i)
                    }
                    _ => return None,
                };
                self.look(&part, depth + 1)
            }
            ExprKind::Invalid(_) => None,
            _ => {
                self.spend(e.nodes())?;
                Some(e.clone())
            }
        }
    }

    /// The variable or the body of a function without parameters that a call stands for.
    fn named(&self, call: &Call) -> Option<&Expr> {
        match (&call.namespace, call.args.as_slice()) {
            (None, [name]) if Builtin::of(call) == Some(Builtin::Variables) => {
                self.spend(self.variables.len() / 16)?;
                let name = name.as_str()?;
                self.variables.iter().find(|v| v.name == *name).map(|v| &v.value)
            }
            (Some(namespace), []) => {
                self.spend(self.functions.len() / 16)?;
                self.functions.iter().find(|f| f.namespace == *namespace && f.name == call.name).map(|f| &f.body)
            }
            _ => None,
        }
    }

    fn look_call(&self, call: &Call, e: &Expr, depth: usize) -> Option<Expr> {
        if let Some(there) = self.named(call) {
            return self.look(there, depth);
        }
        if call.namespace.is_some() {
            return None;
        }
        let args = call.args.as_slice();
        let kind = match (Builtin::of(call)?, args) {
            (Builtin::If, [condition, yes, no]) => return self.look(self.chosen(condition, yes, no, depth)?, depth),
            (Builtin::CreateArray, _) => ExprKind::Array(args.to_vec()),
            (Builtin::CreateObject, _) => ExprKind::Object(pairs(args)?),
            (Builtin::Union, _) => {
                let mut out = Vec::new();
                for a in args {
                    self.join(&mut out, self.look(a, depth)?, true, depth)?;
                }
                ExprKind::Object(out)
            }
            (Builtin::ShallowMerge, [list]) => {
                let mut out = Vec::new();
                for item in self.items(list, depth)? {
                    self.join(&mut out, self.look(&item, depth)?, false, depth)?;
                }
                ExprKind::Object(out)
            }
            (Builtin::Concat, _) => ExprKind::Array(self.joined_items(args, depth)?),
            (Builtin::Flatten, [list]) => ExprKind::Array(self.joined_items(&self.items(list, depth)?, depth)?),
            (Builtin::First, [list]) => return self.look(self.items(list, depth)?.first()?, depth),
            (Builtin::Last, [list]) => return self.look(self.items(list, depth)?.last()?, depth),
            _ => return None,
        };
        let out = Expr::new(kind, e.span);
        self.spend(out.nodes())?;
        Some(out)
    }

    /// The branch that a constant chooses.
    fn chosen<'e>(&self, condition: &Expr, yes: &'e Expr, no: &'e Expr, depth: usize) -> Option<&'e Expr> {
        match self.look(condition, depth)?.kind {
            ExprKind::Bool(true) => Some(yes),
            ExprKind::Bool(false) => Some(no),
            _ => None,
        }
    }

    fn items(&self, list: &Expr, depth: usize) -> Option<Vec<Expr>> {
        match self.look(list, depth)?.kind {
            ExprKind::Array(items) => Some(items),
            _ => None,
        }
    }

    fn joined_items(&self, lists: &[Expr], depth: usize) -> Option<Vec<Expr>> {
        let mut out = Vec::new();
        for list in lists {
            out.extend(self.items(list, depth)?);
        }
        Some(out)
    }

    /// Adds the members of an object to those that are there; `deep` joins objects within them.
    fn join(&self, out: &mut Vec<Property>, more: Expr, deep: bool, depth: usize) -> Option<()> {
        if !nesting::BEHIND.allows(depth) {
            return None;
        }
        let ExprKind::Object(more) = more.kind else { return None };
        for p in more {
            self.spend(1 + out.len() / 16)?;
            let key = p.key.as_str()?.clone();
            let old = out.iter_mut().find(|o| o.key.as_str().is_some_and(|k| k.eq_ignore_ascii_case(&key)));
            match old {
                None => out.push(p),
                Some(old) => {
                    let objects = deep.then(|| (self.look(&old.value, depth + 1), self.look(&p.value, depth + 1)));
                    match objects {
                        Some((Some(Expr { kind: ExprKind::Object(mut a), span }), Some(b)))
                            if b.as_object().is_some() =>
                        {
                            self.join(&mut a, b, true, depth + 1)?;
                            old.value = Expr::new(ExprKind::Object(a), span);
                        }
                        // A null replaces nothing in a union, and what is not known may be one.
                        Some((_, Some(Expr { kind: ExprKind::Null, .. }))) => {}
                        Some((_, None)) => return None,
                        _ => *old = p,
                    }
                }
            }
        }
        Some(())
    }

    fn member_within(&self, e: &Expr, key: &str, depth: usize) -> Found {
        if !nesting::BEHIND.allows(depth) || self.spend(1).is_none() {
            return Found::Unknown;
        }
        let of = |e: &Expr| match &e.kind {
            ExprKind::Object(members) => match e.get(key) {
                Some(value) => Found::Value(value.clone()),
                None if members.iter().all(|m| m.key.as_str().is_some()) => Found::Nothing,
                None => Found::Unknown,
            },
            ExprKind::Null => Found::Nothing,
            _ => Found::Unknown,
        };
        let call = match &e.kind {
            ExprKind::Expression(inner) => return self.member_within(inner, key, depth + 1),
            ExprKind::Call(call) => call,
            ExprKind::Access { .. } => return self.look(e, depth).map_or(Found::Unknown, |e| of(&e)),
            _ => return of(e),
        };
        if let Some(there) = self.named(call) {
            return self.member_within(there, key, depth + 1);
        }
        let list;
        let parts = match (Builtin::of(call), call.args.as_slice()) {
            (Some(Builtin::If), [condition, yes, no]) => {
                return match self.chosen(condition, yes, no, depth + 1) {
                    Some(e) => self.member_within(e, key, depth + 1),
                    None => Found::Unknown,
                };
            }
            (Some(Builtin::CreateObject), args) => {
                return match pairs(args) {
                    Some(members) => of(&Expr::new(ExprKind::Object(members), e.span)),
                    None => Found::Unknown,
                };
            }
            (Some(Builtin::ShallowMerge), [parts]) => match self.items(parts, depth + 1) {
                Some(items) => {
                    list = items;
                    list.as_slice()
                }
                None => return Found::Unknown,
            },
            (Some(Builtin::Union), parts) => parts,
            _ => return Found::Unknown,
        };
        let is_union = Builtin::of(call) == Some(Builtin::Union);
        let mut found = Found::Nothing;
        for part in parts.iter().rev() {
            match (self.member_within(part, key, depth + 1), &found) {
                (Found::Unknown, _) => return Found::Unknown,
                (Found::Nothing, _) => {}
                // Objects are joined: only all of them together say what comes of it.
                (Found::Value(_), Found::Value(_)) => {
                    return self.look(e, depth).map_or(Found::Unknown, |whole| of(&whole));
                }
                (value, _) if is_union => found = value,
                (value, _) => return value,
            }
        }
        found
    }
}

/// Keys and values in turn, as members.
fn pairs(args: &[Expr]) -> Option<Vec<Property>> {
    let pair = |pair: &[Expr]| match pair {
        [key, value] if key.as_str().is_some() => Some(Property { key: key.clone(), value: value.clone() }),
        _ => None,
    };
    args.chunks(2).map(pair).collect()
}
