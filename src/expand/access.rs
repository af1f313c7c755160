//! `base.name` and `base[index]`.

use super::eval::{Evaluator, failure};
use super::frame::Frame;
use super::residual::{Node, Residual};
use super::run::Evaluated;
use super::value::{Data, Object, Value};
use crate::model::{Expr, ExprKind};

impl Evaluator<'_> {
    /// Evaluates a whole chain of accesses at once: what `reference(…)` stands for is only known for whole paths.
    pub(super) fn access(&self, expr: &Expr, frame: &Frame<'_>) -> Evaluated {
        let mut links = Vec::new();
        let mut at = expr;
        while let ExprKind::Access { base, key, safe } = &at.kind {
            links.push((key.as_ref(), *safe, at.span));
            at = base;
        }
        links.reverse();
        let mut value = self.eval(at, frame)?;
        let mut path = Vec::with_capacity(links.len());
        for (key, safe, span) in &links {
            path.push((self.eval(key, frame)?, *safe, *span));
        }
        if let Some(found) = self.follow_reference(&value, &path)? {
            return Ok(found);
        }
        let mut open = false;
        for (key, safe, span) in path {
            // Behind a safe access that found nothing, the rest of the chain is not looked at.
            if open && value.is_null() {
                return Ok(value);
            }
            open |= safe;
            value = step(value, key, safe, span)?;
        }
        Ok(value)
    }
}

/// One access.
///
/// # Errors
/// If a known value has nothing there and the access is not safe.
pub(super) fn step(base: Value, key: Value, safe: bool, span: crate::read::Span) -> Evaluated {
    if let Data::Residual(r) = &base.data {
        if let Data::Str(name) = &key.data
            && let Some(found) = member_of_residual(r, name)
        {
            return Ok(found);
        }
        return Ok(open_step(base, key, safe));
    }
    if key.is_residual() && !base.is_null() {
        return Ok(open_step(base, key, safe));
    }
    match (&base.data, &key.data) {
        (Data::Object(o), Data::Str(name)) => match o.get(name) {
            Some(v) => Ok(v.clone()),
            None if safe => Ok(Value::null()),
            None => Err(failure(span, missing(o, name))),
        },
        (Data::Array(items), Data::Int(i)) => match usize::try_from(*i).ok().and_then(|i| items.get(i)) {
            Some(v) => Ok(v.clone()),
            None if safe => Ok(Value::null()),
            None => Err(failure(span, format!("there is no item {i}: the array has {}", items.len()))),
        },
        (Data::Null, _) if safe => Ok(Value::null()),
        (Data::Null, Data::Str(name)) => Err(failure(span, format!("there is no '{name}': the value is null"))),
        (Data::Object(_), Data::Int(_)) => Err(failure(span, "an object is asked for an item by number")),
        (_, Data::Str(name)) => Err(failure(span, format!("there is no property '{name}': the value is no object"))),
        _ => Err(failure(span, "only an array has items, and only an object has properties")),
    }
}

fn missing(o: &Object, name: &str) -> String {
    let mut names: Vec<&str> = o.members.iter().map(|m| m.key.as_str()).take(12).collect();
    names.sort_unstable();
    if names.is_empty() {
        return format!("there is no property '{name}': the object is empty");
    }
    format!("there is no property '{name}': the object has {}", names.join(", "))
}

/// An access that stays undecided. The engine writes a safe access as `tryGet`.
pub(super) fn open_step(base: Value, key: Value, safe: bool) -> Value {
    if safe {
        return Value::residual(Residual::call("tryGet", vec![base, key]));
    }
    Value::residual(Residual::access(base, key))
}

/// A member that a residual has for certain: of `union` and `shallowMerge` the last argument that says it, as long as
/// everything after it is known.
fn member_of_residual(r: &Residual, name: &str) -> Option<Value> {
    let Node::Call { name: function, args } = &r.node else { return None };
    let merges = function.eq_ignore_ascii_case("union");
    if !merges {
        return None;
    }
    for a in args.iter().rev() {
        match a.as_object()?.get(name) {
            // Objects are merged with those before, which may hold more.
            Some(v) if v.as_object().is_some() => return None,
            Some(v) => return Some(v.clone()),
            None => {}
        }
    }
    None
}
