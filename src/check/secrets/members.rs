//! What expressions stand for where it is written out, for the search for secrets.

use std::cell::RefCell;
use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use crate::model::{Builtin, Expr, ExprKind, Property, Template};

/// Where the members of large objects are, by the address of the object, which a template holds as long as the search lasts.
#[derive(Default)]
pub struct Members {
    known: RefCell<FxHashMap<usize, FxHashMap<EcoString, usize>>>,
    /// Templates that are looked at for their resources only.
    pub held: Vec<Arc<Template>>,
}

impl Members {
    /// As [`Expr::get`].
    pub fn get<'t>(&self, object: &'t Expr, key: &str) -> Option<&'t Expr> {
        const FEW: usize = 32;
        let members = object.as_object()?;
        if members.len() <= FEW {
            return object.get(key);
        }
        let mut known = self.known.borrow_mut();
        let places = known.entry(members.as_ptr() as usize).or_insert_with(|| {
            let key = |(i, m): (usize, &Property)| Some((m.key.as_str()?.to_ascii_lowercase(), i));
            members.iter().enumerate().filter_map(key).collect()
        });
        Some(&members.get(*places.get(key.to_ascii_lowercase().as_str())?)?.value)
    }
}

/// What an expression stands for where it is written out: a variable's value, a member of it.
pub fn resolved<'t>(value: &'t Expr, scope: &'t Template, depth: usize, members: &Members) -> &'t Expr {
    if depth > 32 {
        return value;
    }
    match &value.kind {
        ExprKind::Expression(inner) => resolved(inner, scope, depth + 1, members),
        ExprKind::Call(call) if Builtin::of(call) == Some(Builtin::Variables) => {
            let name = call.args.first().and_then(Expr::as_str);
            // Looked at once: twice at each variable of a chain would double with every one.
            let found =
                name.and_then(|n| scope.variable(n)).map(|(_, v)| resolved(&v.value, scope, depth + 1, members));
            let written = |v: &&Expr| matches!(v.kind, ExprKind::Object(_) | ExprKind::Array(_) | ExprKind::Str(_));
            found.filter(written).unwrap_or(value)
        }
        ExprKind::Access { base, key, .. } => {
            let base = resolved(base, scope, depth + 1, members);
            let found = match (&base.kind, &key.kind) {
                (ExprKind::Object(_), ExprKind::Str(k)) => members.get(base, k),
                (ExprKind::Array(items), ExprKind::Int(i)) => usize::try_from(*i).ok().and_then(|i| items.get(i)),
                _ => None,
            };
            found.map_or(value, |v| resolved(v, scope, depth + 1, members))
        }
        _ => value,
    }
}
