//! The members that an object which is not decided has for certain.

use crate::expand::value::{Data, Value};
use crate::model::Builtin;

/// The member that an undecided object has for certain: `union(parameters('tags'), createObject('team', 'x')).team` is `x`.
pub fn member(v: &Value, key: &str) -> Option<Value> {
    let (function, args) = v.as_residual()?.as_call()?;
    let merges = function == Builtin::Union;
    let objects = match (function, args) {
        (Builtin::ShallowMerge, [only]) => only.as_array()?,
        (Builtin::Union, many) => many,
        _ => return None,
    };
    for o in objects.iter().rev() {
        match o.as_object()?.get(key) {
            // What it does not show would win, too.
            None if o.as_object()?.open => return None,
            None => {}
            // In a union a null gives way, an object is joined with what is there before, and a residual may be either.
            Some(found) if merges && matches!(found.data, Data::Null | Data::Object(_) | Data::Residual(_)) => {
                return None;
            }
            Some(found) => return Some(found.clone()),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::known::samples::{call, r, s};

    #[test]
    fn members_that_win_in_any_case() {
        let mut o = crate::expand::Object::default();
        o.set("team".into(), None, s("x"));
        o.set("none".into(), None, Value::null());
        let known = Value::object(o);
        let joined = call("union", vec![r(), known.clone()]);
        assert_eq!(member(&joined, "TEAM").and_then(|v| v.as_str().cloned()).as_deref(), Some("x"));
        assert!(member(&joined, "none").is_none());
        assert!(member(&joined, "other").is_none());
        assert!(member(&call("union", vec![known.clone(), r()]), "team").is_none());
        let asked = std::rc::Rc::new(crate::expand::Residual::call("reference", vec![Value::str("x")]));
        let shown =
            crate::expand::Object::of_declaration(&Value::object(crate::expand::Object::default()), Some(&asked));
        assert!(member(&call("union", vec![r(), known.clone(), shown]), "team").is_none());
        let merged = call("shallowMerge", vec![Value::array(vec![r(), known])]);
        assert!(member(&merged, "none").is_some_and(|v| v.is_null()));
    }
}
