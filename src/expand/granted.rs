//! Conditions that hold where something is evaluated: the body of a resource counts only where the resource is deployed, an arm of
//! `if` only where it is chosen.

use std::cell::RefCell;

use super::Value;
use super::known::identity::canonical;
use crate::model::Builtin;
use crate::nesting;

/// The undecided conditions that are taken to hold, or not to hold.
#[derive(Debug, Default)]
pub struct Granted {
    facts: RefCell<Vec<(String, bool)>>,
}

impl Granted {
    /// Evaluates something where a condition is `holds`, beside what is granted already.
    pub fn with<T>(&self, condition: &Value, holds: bool, f: impl FnOnce() -> T) -> T {
        let before = self.facts.borrow().len();
        self.add(condition, holds, 0);
        let result = f();
        self.facts.borrow_mut().truncate(before);
        result
    }

    /// Evaluates something that does not stand where the conditions are granted, and is kept for others.
    pub fn without<T>(&self, f: impl FnOnce() -> T) -> T {
        let facts = self.facts.take();
        let result = f();
        self.facts.replace(facts);
        result
    }

    /// Whether a condition holds here; `None` if that is not known.
    pub fn decides(&self, condition: &Value) -> Option<bool> {
        if self.facts.borrow().is_empty() { None } else { self.decided(condition, 0) }
    }

    fn add(&self, condition: &Value, holds: bool, depth: usize) {
        let Some(residual) = condition.as_residual().filter(|_| nesting::IDENTITY.allows(depth)) else { return };
        match residual.as_call() {
            Some((Builtin::Not, [inner])) => self.add(inner, !holds, depth + 1),
            // Where all hold, each does; where none holds, neither does any.
            Some((Builtin::And, parts)) if holds => parts.iter().for_each(|p| self.add(p, true, depth + 1)),
            Some((Builtin::Or, parts)) if !holds => parts.iter().for_each(|p| self.add(p, false, depth + 1)),
            _ => self.facts.borrow_mut().push((canonical(condition), holds)),
        }
    }

    fn decided(&self, condition: &Value, depth: usize) -> Option<bool> {
        if let Some(known) = condition.as_bool() {
            return Some(known);
        }
        let residual = condition.as_residual().filter(|_| nesting::IDENTITY.allows(depth))?;
        let each = |parts: &[Value], decides: bool| {
            let known: Vec<Option<bool>> = parts.iter().map(|p| self.decided(p, depth + 1)).collect();
            match known.contains(&Some(decides)) {
                true => Some(decides),
                false => known.iter().all(|k| k.is_some()).then_some(!decides),
            }
        };
        match residual.as_call() {
            Some((Builtin::Not, [inner])) => return self.decided(inner, depth + 1).map(|holds| !holds),
            Some((Builtin::And, parts)) => return each(parts, false),
            Some((Builtin::Or, parts)) => return each(parts, true),
            _ => {}
        }
        let text = canonical(condition);
        self.facts.borrow().iter().find(|(fact, _)| *fact == text).map(|(_, holds)| *holds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::Residual;

    fn call(name: &str, args: Vec<Value>) -> Value {
        Value::residual(Residual::call(name, args))
    }

    #[test]
    fn what_is_granted_decides_the_same_and_its_parts() {
        let granted = Granted::default();
        let (a, b) = (call("parameters", vec![Value::str("a")]), call("parameters", vec![Value::str("b")]));
        let not = |v: &Value| call("not", vec![v.clone()]);
        let both = call("and", vec![a.clone(), not(&b)]);
        assert_eq!(granted.decides(&a), None);
        granted.with(&both, true, || {
            assert_eq!((granted.decides(&a), granted.decides(&b)), (Some(true), Some(false)));
            assert_eq!(granted.decides(&call("or", vec![b.clone(), a.clone()])), Some(true));
            assert_eq!(granted.decides(&both), Some(true));
            assert_eq!(granted.without(|| granted.decides(&a)), None);
        });
        granted.with(&both, false, || {
            assert_eq!((granted.decides(&a), granted.decides(&both)), (None, None));
        });
        granted.with(&call("or", vec![a.clone(), b.clone()]), false, || {
            assert_eq!((granted.decides(&a), granted.decides(&not(&b))), (Some(false), Some(true)));
        });
        assert_eq!(granted.decides(&a), None);
    }
}
