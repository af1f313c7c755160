//! From objects to what is in them, of which some are not decided: spread, joined, or chosen by a condition.

use std::rc::Rc;

use crate::check::types::may_list;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Step, Trail};
use crate::expand::known;
use crate::expand::residual::{Node as Expression, Residual};
use crate::expand::{Data, Object, Value};
use crate::model::Builtin;
use crate::nesting;

/// What is at the end of a way from a value into it.
pub enum At<'a> {
    /// This.
    There(&'a Value, Trail<'a>),
    /// Nothing for certain.
    Nowhere(Trail<'a>),
    /// Nobody knows before deployment: this, on the way, is not decided.
    Open(&'a Rc<Residual>, Trail<'a>),
}

/// What a value has by the name of a member.
pub enum Member<'a> {
    /// This, by this step.
    There(Step<'a>, &'a Value),
    /// Nothing for certain.
    Nowhere,
    /// Nobody knows before deployment: the value is not decided.
    Open(&'a Rc<Residual>),
}

impl<'a> Evaluator<'a> {
    /// Follows the names of members from a value into it.
    pub fn follow(&self, from: &'a Value, keys: impl IntoIterator<Item = &'a str>) -> At<'a> {
        let (mut value, mut way) = (from, Trail::new());
        for key in keys {
            match self.member(value, key) {
                Member::There(step, found) => {
                    way.push(step);
                    value = found;
                }
                Member::Nowhere => {
                    if matches!(value.data, Data::Object(_) | Data::Residual(_)) {
                        way.push(Step::Missing(key));
                    }
                    return At::Nowhere(way);
                }
                Member::Open(r) => return At::Open(r, way),
            }
        }
        At::There(value, way)
    }

    /// What a value has by the name of a member.
    pub fn member(&self, value: &'a Value, key: &'a str) -> Member<'a> {
        match &value.data {
            Data::Object(o) => match o.member(key) {
                Some(m) => Member::There(Step::Member(m), &m.value),
                None => self.more_of(o).map_or(Member::Nowhere, Member::Open),
            },
            Data::Residual(r) => match known::member(value, key) {
                Some(found) => {
                    let world = self.world;
                    Member::There(Step::Missing(key), world.kept.keep(found))
                }
                None if lacks(value, key, 0) => Member::Nowhere,
                None => Member::Open(r),
            },
            _ => Member::Nowhere,
        }
    }

    /// What stands for the members of an object that Azure fills in; none if it does not.
    fn more_of(&self, o: &'a Object) -> Option<&'a Rc<Residual>> {
        if !o.open {
            return None;
        }
        let filled_in = || Residual::new(Expression::Text("createObject()".into()), false);
        o.asked.as_ref().or_else(|| self.world.kept.keep(Value::residual(filled_in())).as_residual())
    }

    /// Whether nodes of a type list things in a property of `properties`, as far as Azure's types tell.
    pub fn may_list(&self, type_: &str, property: &str) -> bool {
        self.world.mistakes.types().map_or(true, |types| may_list(types, type_, property).unwrap_or(true))
    }
}

/// Whether an object that is not decided has no member of this name, whatever it comes to.
fn lacks(v: &Value, key: &str, depth: usize) -> bool {
    if !nesting::RESIDUAL.allows(depth) {
        return false;
    }
    let none = |all: &[Value]| all.iter().all(|v| lacks(v, key, depth + 1));
    match &v.data {
        Data::Object(o) => !o.open && o.member(key).is_none(),
        Data::Null => true,
        Data::Residual(r) => match r.as_call() {
            Some((Builtin::If, [_, branches @ ..])) => none(branches),
            Some((Builtin::Union | Builtin::Coalesce, all)) => none(all),
            Some((Builtin::ShallowMerge, [Value { data: Data::Array(all), .. }])) => none(all),
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_part_has_is_not_there() {
        let object = |key: &str| {
            let mut o = Object::default();
            o.set(key.into(), None, Value::int(1));
            Value::object(o)
        };
        let call = |name: &str, args: Vec<Value>| Value::residual(Residual::call(name, args));
        let open = || call("reference", vec![Value::str("x")]);
        let choice = || call("if", vec![open(), object("a"), Value::null()]);
        let spread = call("shallowMerge", vec![Value::array(vec![object("b"), choice()])]);
        assert!(lacks(&spread, "c", 0));
        assert!(!lacks(&spread, "A", 0) && !lacks(&spread, "b", 0));
        assert!(lacks(&call("union", vec![choice(), object("b")]), "c", 0));
        assert!(!lacks(&call("union", vec![choice(), open()]), "c", 0));
    }
}
