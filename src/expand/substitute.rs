//! A residual again, with some of its parts decided: how a rule asks what would be if a parameter had this value, or if a
//! condition held.

use super::access::step;
use super::functions::{self, Implementation};
use super::known::secret;
use super::residual::{Node, Residual};
use super::value::{Data, Value};
use crate::model::Builtin;
use crate::nesting;

/// The value with what `decide` knows put in the place of each residual, evaluated as far as that goes.
///
/// What fails with the given values stays a residual: the question was only a supposition.
pub fn substitute(value: &Value, decide: &dyn Fn(&Residual) -> Option<Value>) -> Value {
    within(value, decide, 0).unwrap_or_else(|| value.clone())
}

/// The value with something put in; `None` if nothing in it is decided, and it stays what it is. Only what changes is made anew.
fn within(value: &Value, decide: &dyn Fn(&Residual) -> Option<Value>, depth: usize) -> Option<Value> {
    if !nesting::RESIDUAL.allows(depth) {
        return None;
    }
    let data = match &value.data {
        Data::Residual(r) => {
            let mut found = residual(r, decide, depth)?;
            if found.origin.place.is_none() {
                found.origin = value.origin.clone();
            }
            return Some(found);
        }
        Data::Array(items) => Data::Array(list(items, decide, depth)?.into()),
        Data::Object(o) => {
            let new = changes(o.members.iter().map(|m| &m.value), decide, depth)?;
            let mut object = (**o).clone();
            for (member, value) in object.members.iter_mut().zip(new) {
                if let Some(value) = value {
                    member.value = value;
                }
            }
            Data::Object(object.into())
        }
        _ => return None,
    };
    Some(Value { data, origin: value.origin.clone() })
}

/// A list of values with something put in.
fn list(values: &[Value], decide: &dyn Fn(&Residual) -> Option<Value>, depth: usize) -> Option<Vec<Value>> {
    let new = changes(values.iter(), decide, depth)?;
    Some(new.into_iter().zip(values).map(|(new, old)| new.unwrap_or_else(|| old.clone())).collect())
}

/// What becomes of each of these values that do not stay what they are; `None` if all of them do.
fn changes<'v>(
    values: impl Iterator<Item = &'v Value>,
    decide: &dyn Fn(&Residual) -> Option<Value>,
    depth: usize,
) -> Option<Vec<Option<Value>>> {
    let new: Vec<Option<Value>> = values.map(|v| within(v, decide, depth + 1)).collect();
    new.iter().any(Option::is_some).then_some(new)
}

fn residual(r: &Residual, decide: &dyn Fn(&Residual) -> Option<Value>, depth: usize) -> Option<Value> {
    if let Some(decided) = decide(r) {
        return Some(decided);
    }
    match &r.node {
        Node::Access { base, key } => {
            let new = [base, key].map(|v| within(v, decide, depth + 1));
            let is_new = new.iter().any(Option::is_some);
            let [new_base, new_key] = new;
            let (base, key) = (new_base.unwrap_or_else(|| base.clone()), new_key.unwrap_or_else(|| (**key).clone()));
            let place = base.origin.place?;
            // Some were never taken: those into the outputs of a module.
            step(base, key, false, place).ok().filter(|found| is_new || !found.is_residual())
        }
        Node::Call { name, args } => {
            let new = list(args, decide, depth);
            if new.is_none() && args.iter().any(Value::is_residual) {
                return None;
            }
            let now = new.as_ref().unwrap_or(args);
            match call(name, now) {
                Some(made) if secret::call_tells(Builtin::named(name), now) => Some(secret::marked(made, false)),
                Some(made) => Some(made),
                None => new.map(|args| {
                    let mut made = Residual::call(name.clone(), args);
                    made.secret = r.secret;
                    Value::residual(made)
                }),
            }
        }
        Node::Parameter(_) | Node::Loop { .. } | Node::Failed(_) | Node::Text(_) => None,
    }
}

fn call(name: &str, args: &[Value]) -> Option<Value> {
    match (Builtin::named(name)?, args) {
        (Builtin::If, [condition, yes, no]) => Some(if condition.as_bool()? { yes.clone() } else { no.clone() }),
        (and_or @ (Builtin::And | Builtin::Or), _) => {
            let decides = and_or == Builtin::Or;
            if args.iter().any(|a| a.as_bool() == Some(decides)) {
                return Some(Value::bool(decides));
            }
            args.iter().all(|a| a.as_bool().is_some()).then(|| Value::bool(!decides))
        }
        (Builtin::Coalesce, _) => {
            let first = args.iter().find(|a| !a.is_null())?;
            (!first.is_residual()).then(|| first.clone())
        }
        // It asks nothing of where it stands.
        (Builtin::TryGet, _) => functions::try_get(args).ok().flatten(),
        (function, _) => match functions::implementation(function)? {
            Implementation::Pure(f) => f(args).ok().flatten(),
            _ => None,
        },
    }
}
