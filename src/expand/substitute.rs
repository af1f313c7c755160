//! A residual again, with some of its parts decided: how a rule asks what would be if a parameter had this value, or if a
//! condition held.

use super::access::step;
use super::functions::{self, Implementation};
use super::known::secret;
use super::residual::{Node, Residual};
use super::value::{Data, Member, Object, Value};
use crate::model::Builtin;
use crate::nesting;

/// The value with what `decide` knows put in the place of each residual, evaluated as far as that goes.
///
/// What fails with the given values stays a residual: the question was only a supposition.
pub fn substitute(value: &Value, decide: &dyn Fn(&Residual) -> Option<Value>) -> Value {
    within(value, decide, 0)
}

fn within(value: &Value, decide: &dyn Fn(&Residual) -> Option<Value>, depth: usize) -> Value {
    if !nesting::RESIDUAL.allows(depth) || value.is_known() {
        return value.clone();
    }
    let data = match &value.data {
        Data::Residual(r) => {
            let mut found = residual(r, decide, depth).unwrap_or_else(|| value.clone());
            if found.origin.place.is_none() {
                found.origin = value.origin.clone();
            }
            return found;
        }
        Data::Array(items) => {
            Data::Array(items.iter().map(|v| within(v, decide, depth + 1)).collect::<Vec<_>>().into())
        }
        Data::Object(o) => {
            let member = |m: &Member| Member { value: within(&m.value, decide, depth + 1), ..m.clone() };
            Data::Object(Object { members: o.members.iter().map(member).collect(), open: o.open }.into())
        }
        other => other.clone(),
    };
    Value { data, origin: value.origin.clone() }
}

fn residual(r: &Residual, decide: &dyn Fn(&Residual) -> Option<Value>, depth: usize) -> Option<Value> {
    if let Some(decided) = decide(r) {
        return Some(decided);
    }
    match &r.node {
        Node::Access { base, key } => {
            let (base, key) = (within(base, decide, depth + 1), within(key, decide, depth + 1));
            let place = base.origin.place?;
            step(base, key, false, place).ok()
        }
        Node::Call { name, args } => {
            let args: Vec<Value> = args.iter().map(|a| within(a, decide, depth + 1)).collect();
            Some(match call(name, &args) {
                Some(made) if secret::call_tells(name, &args) => secret::marked(made, false),
                Some(made) => made,
                None => Value::residual(Residual { secret: r.secret, ..Residual::call(name.clone(), args) }),
            })
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
        (function, _) => match functions::implementation(function)? {
            Implementation::Pure(f) => f(args).ok().flatten(),
            _ => None,
        },
    }
}
