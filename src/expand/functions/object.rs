//! Objects: making, joining, and looking into them.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::args::{array, items, kind, object, refuse, some, undecided, wrong};
use super::{Outcome, comparison, scope};
use crate::expand::residual::Residual;
use crate::expand::text::order;
use crate::expand::value::{Data, Member, Object, Places, Value};

pub(super) fn create_object(args: &[Value]) -> Outcome {
    if !args.len().is_multiple_of(2) {
        return Err(refuse(
            "createObject",
            format_args!("expected keys and values in turn, found {} arguments", args.len()),
        ));
    }
    let mut keys = rustc_hash::FxHashSet::default();
    let mut out = Object::default();
    for (i, pair) in args.chunks_exact(2).enumerate() {
        let [key, value] = pair else { continue };
        let key = match &key.data {
            Data::Str(s) => s,
            Data::Residual(_) => return Ok(None),
            _ => return Err(wrong("createObject", 2 * i, "a string, being a key", key)),
        };
        if !keys.insert(key) {
            return Err(refuse("createObject", format_args!("the key `{key}` is there twice")));
        }
        // Two keys that differ in case only stay two members, as in the engine.
        out.members.push(Member { key: key.clone(), key_span: None, value: value.clone() });
    }
    some(Value::object(out))
}

/// Sets a member as `union` and `shallowMerge` do: in its old place, but in its new spelling.
fn put(out: &mut Object, places: &mut Places, new: &Member, value: Value) {
    let key_span = new.key_span;
    match places.find(out, &new.key).and_then(|i| out.members.get_mut(i)) {
        Some(m) => *m = Member { key: new.key.clone(), key_span: key_span.or(m.key_span), value },
        None => places.add(out, Member { key: new.key.clone(), key_span, value }),
    }
}

/// Whether an object may have a member, not shown, that would take the place of one of `before`.
fn may_replace(o: &Object, before: &Object) -> bool {
    if !o.open {
        return false;
    }
    let places = Places::of(o, before.members.len());
    before.members.iter().any(|m| places.find(o, &m.key).is_none())
}

/// Joins objects: nested objects are joined too, arrays and all else replaced, and a null replaces nothing.
///
/// Where a residual meets a value, whether it is null or an object decides: what holds in any case is kept, else the union
/// stays undecided. So it does where what is there already may be replaced by a member that an open object does not show.
pub(super) fn union(args: &[Value]) -> Outcome {
    let mut out = Joined::of(Object::default());
    for a in args {
        let Some(o) = a.as_object() else { return Ok(None) };
        if !out.merge(o) {
            return Ok(None);
        }
    }
    some(Value::object(spoken_of(out.finished(), "union", args)))
}

/// An object that was made of some, of which one may have members that are not shown.
fn spoken_of(o: Object, function: &str, args: &[Value]) -> Object {
    let asked = o.open.then(|| Rc::new(Residual::call(function, args.to_vec())));
    Object { asked, ..o }
}

/// An object that others are joined to, one after the other. Where its members are is found out once, not for each of them.
struct Joined {
    out: Object,
    places: Places,
    /// The members to whose objects others are joined, by their places. The values in `out` are those of before.
    inner: FxHashMap<usize, Joined>,
}

impl Joined {
    fn of(out: Object) -> Self {
        Joined { places: Places::of(&out, out.members.len()), out, inner: FxHashMap::default() }
    }

    /// Whether it could be decided.
    fn merge(&mut self, more: &Object) -> bool {
        if may_replace(more, &self.out) {
            return false;
        }
        self.out.open |= more.open;
        self.out.asked = None;
        self.places.expect(&self.out, self.out.members.len() + more.members.len());
        for m in &more.members {
            let place = self.places.find(&self.out, &m.key);
            let old = place.and_then(|i| Some((i, self.out.members.get(i)?)));
            // If it is null, the old spelling stays.
            let respelt = old.is_some_and(|(_, old)| old.key != m.key) && m.value.is_residual();
            if respelt {
                return false;
            }
            let Some((i, Member { value: old, .. })) = old else {
                put(&mut self.out, &mut self.places, m, m.value.clone());
                continue;
            };
            let value = match (&old.data, &m.value.data) {
                (_, Data::Null) => continue,
                (Data::Object(a), Data::Object(b)) => {
                    if !self.inner.entry(i).or_insert_with(|| Joined::of((**a).clone())).merge(b) {
                        return false;
                    }
                    old.clone()
                }
                (Data::Residual(_), Data::Object(_)) | (Data::Object(_), Data::Residual(_)) => return false,
                (Data::Residual(_), Data::Residual(_)) => return false,
                (_, Data::Residual(_)) if !matches!(old.data, Data::Null) => {
                    Value::residual(Residual::call("coalesce", vec![m.value.clone(), old.clone()]))
                }
                _ => {
                    self.inner.remove(&i);
                    m.value.clone()
                }
            };
            put(&mut self.out, &mut self.places, m, value);
        }
        true
    }

    fn finished(mut self) -> Object {
        for (i, joined) in self.inner {
            if let Some(m) = self.out.members.get_mut(i) {
                m.value.data = Data::Object(joined.finished().into());
            }
        }
        self.out
    }
}

pub(super) fn intersection(args: &[Value]) -> Outcome {
    let mut objects = args.iter().filter_map(Value::as_object);
    let Some(first) = objects.next() else { return Ok(None) };
    let others: Vec<_> = objects.map(|o| (o, Places::of(o, first.members.len()))).collect();
    let mut out = Object::default();
    'members: for m in &first.members {
        let mut known = true;
        for (o, places) in &others {
            let Some(i) = places.find(o, &m.key) else { continue 'members };
            let Some(Member { value: other, .. }) = o.members.get(i) else { continue 'members };
            match comparison::equal(&m.value, other) {
                Some(true) => {}
                Some(false) => continue 'members,
                None => known = false,
            }
        }
        if !known {
            return Ok(None);
        }
        out.members.push(m.clone());
    }
    // What an open one does not show, the others may have, too.
    out.open = args.iter().filter_map(Value::as_object).any(|o| o.open);
    some(Value::object(spoken_of(out, "intersection", args)))
}

pub(super) fn shallow_merge(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let list = array("shallowMerge", args, 0)?;
    if undecided(list) {
        return Ok(None);
    }
    let mut out = Object::default();
    let all = list.iter().filter_map(Value::as_object).map(|o| o.members.len()).sum();
    let mut places = Places::of(&out, all);
    for (i, item) in list.iter().enumerate() {
        let Some(o) = item.as_object() else {
            return Err(refuse("shallowMerge", format_args!("item {i} should be an object, but is {}", kind(item))));
        };
        if may_replace(o, &out) {
            return Ok(None);
        }
        out.open |= o.open;
        for m in &o.members {
            put(&mut out, &mut places, m, m.value.clone());
        }
    }
    some(Value::object(spoken_of(out, "shallowMerge", args)))
}

pub(super) fn object_keys(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let o = object("objectKeys", args, 0)?;
    if o.open || o.members.iter().any(|m| scope::may_be_absent(&m.value)) {
        return Ok(None);
    }
    let mut keys: Vec<_> = o.members.iter().map(|m| &m.key).collect();
    keys.sort_by(|a, b| order::keys(a, b));
    items("objectKeys", keys.into_iter().map(|k| Value::str(k.clone())).collect())
}

/// `tryGet`: one key after the other; where there is nothing, null.
pub(in crate::expand) fn try_get(args: &[Value]) -> Outcome {
    let Some((base, keys)) = args.split_first() else { return Ok(None) };
    for (i, key) in keys.iter().enumerate() {
        if !matches!(key.data, Data::Str(_) | Data::Int(_) | Data::Residual(_)) && place(key).is_none() {
            return Err(wrong("tryGet", i + 1, "a string or an integer", key));
        }
    }
    let mut at = base;
    for (i, key) in keys.iter().enumerate() {
        let next = match (&at.data, &key.data) {
            (Data::Object(o), Data::Str(k)) => o.get(k),
            (Data::Array(a), Data::Int(n)) => usize::try_from(*n).ok().and_then(|n| a.get(n)),
            (Data::Array(a), Data::Object(_)) => place(key).and_then(|(n, from_end)| {
                let n = usize::try_from(n).ok()?;
                a.get(if from_end { a.len().checked_sub(n)? } else { n })
            }),
            (Data::Residual(_), _) | (Data::Array(_) | Data::Object(_), Data::Residual(_)) => {
                if i == 0 {
                    return Ok(None);
                }
                // What was found on the way is enough of the base.
                return some(open(at, keys.get(i..).unwrap_or_default()));
            }
            _ => None,
        };
        match next {
            Some(v) => at = v,
            None if at.as_object().is_some_and(|o| o.open) => {
                return some(open(at, keys.get(i..).unwrap_or_default()));
            }
            None => return some(Value::null()),
        }
    }
    some(at.clone())
}

/// `tryGet` of these keys, undecided.
fn open(base: &Value, keys: &[Value]) -> Value {
    Value::residual(Residual::call("tryGet", [std::slice::from_ref(base), keys].concat()))
}

/// What `createObject('value', 2, 'fromEnd', true())` means as a key: the index, and whether it counts from the end. It is what
/// Bicep makes of `[?^2]` behind another safe access.
fn place(key: &Value) -> Option<(i64, bool)> {
    let o = key.as_object()?;
    Some((o.get("value")?.as_int()?, o.get("fromEnd")?.as_bool()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn obj(members: &[(&str, Value)]) -> Value {
        let mut o = Object::default();
        for (k, v) in members {
            o.set((*k).into(), None, v.clone());
        }
        Value::object(o)
    }

    fn text(v: &Value) -> String {
        let mut out = String::new();
        crate::expand::residual::write_value(v, &mut out);
        out
    }

    fn r() -> Value {
        Value::residual(Residual::call("f", vec![]))
    }

    #[test]
    fn objects_are_joined_in_depth() {
        let a = obj(&[("x", obj(&[("p", Value::int(1))])), ("y", Value::int(2)), ("z", r())]);
        let b = obj(&[("X", obj(&[("q", Value::int(3))])), ("y", Value::null()), ("Z", Value::int(1))]);
        let joined = union(&[a.clone(), b]).unwrap().unwrap();
        assert_eq!(text(&joined), "createObject('X', createObject('p', 1, 'q', 3), 'y', 2, 'Z', 1)");
        let c = union(&[a.clone(), obj(&[("y", r())])]).unwrap().unwrap();
        assert_eq!(text(c.get("y").unwrap()), "coalesce(f(), 2)");
        assert!(union(&[a, obj(&[("x", r())])]).unwrap().is_none());
        // Whether the name is `y` or `Y` hangs on whether the value is null.
        assert!(union(&[obj(&[("y", Value::null())]), obj(&[("Y", r())])]).unwrap().is_none());
    }

    #[test]
    fn what_was_joined_may_be_joined_again_and_replaced() {
        let x = |key: &str| obj(&[("x", obj(&[(key, Value::int(1))]))]);
        let joined = union(&[x("a"), x("b"), x("A")]).unwrap().unwrap();
        assert_eq!(text(&joined), "createObject('x', createObject('A', 1, 'b', 1))");
        let joined = union(&[x("a"), x("b"), obj(&[("x", Value::int(2))]), x("c")]).unwrap().unwrap();
        assert_eq!(text(&joined), "createObject('x', createObject('c', 1))");
    }

    #[test]
    fn many_objects_are_joined_in_one_walk() {
        let members = |i: i64| {
            let key = format!("k{i}");
            obj(&[(&key, Value::int(i)), ("inner", obj(&[(&key, Value::int(i))]))])
        };
        let args: Vec<Value> = (0..4_000).map(members).collect();
        let joined = union(&args).unwrap().unwrap();
        assert_eq!(joined.get("inner").unwrap().as_object().unwrap().members.len(), 4_000);
    }

    #[test]
    fn what_a_body_leaves_out_is_open_for_rules() {
        let declared = obj(&[("x", obj(&[]))]);
        let get = |open| {
            let asked = Rc::new(Residual::call("reference", vec![Value::str("a")]));
            let said = Object::of_declaration(&declared, Some(&asked).filter(|_| open));
            text(&try_get(&[said, Value::str("x"), Value::str("principalId")]).unwrap().unwrap())
        };
        assert_eq!(get(false), "null()");
        assert_eq!(get(true), "tryGet(reference('a').x, 'principalId')");
    }

    #[test]
    fn an_open_object_decides_what_it_shows() {
        let asked = Rc::new(Residual::call("reference", vec![Value::str("a")]));
        let open = |o: &Value| Object::of_declaration(o, Some(&asked));
        let said = open(&obj(&[("a", Value::int(1)), ("none", Value::null())]));
        let other = obj(&[("b", Value::int(2))]);
        let joined = union(&[said.clone(), other.clone()]).unwrap().unwrap();
        assert_eq!((text(&joined).as_str(), joined.is_known()), ("union(reference('a'), createObject('b', 2))", false));
        // It may have a `b` of its own.
        assert!(union(&[other.clone(), said.clone()]).unwrap().is_none());
        assert!(shallow_merge(&[Value::array(vec![other.clone(), said.clone()])]).unwrap().is_none());
        assert!(union(&[obj(&[]), said.clone()]).unwrap().is_some_and(|v| !v.is_known()));
        assert!(object_keys(std::slice::from_ref(&said)).unwrap().is_none());
        let both = intersection(&[said.clone(), obj(&[("a", Value::int(1)), ("b", Value::int(2))])]).unwrap().unwrap();
        assert_eq!(
            (text(&both).as_str(), both.is_known()),
            ("intersection(reference('a'), createObject('a', 1, 'b', 2))", false)
        );
        assert_eq!(comparison::equal(&said, &other), Some(false));
        assert_eq!(comparison::equal(&said, &obj(&[("a", Value::int(1))])), None);
        assert_eq!(comparison::equal(&obj(&[("a", Value::int(2)), ("b", Value::int(2))]), &said), Some(false));
    }

    #[test]
    fn looking_into_what_is_not_there_is_null() {
        let a = obj(&[("x", Value::array(vec![Value::int(7)])), ("r", r())]);
        let get = |keys: &[Value]| {
            let args: Vec<_> = std::iter::once(a.clone()).chain(keys.iter().cloned()).collect();
            text(&try_get(&args).unwrap().unwrap())
        };
        assert_eq!(get(&[Value::str("X"), Value::int(0)]), "7");
        assert_eq!(get(&[Value::str("X"), Value::int(1), Value::str("deep")]), "null()");
        assert_eq!(get(&[Value::str("r"), Value::str("k")]), "tryGet(f(), 'k')");
        let place = |n: i64| obj(&[("value", Value::int(n)), ("fromEnd", Value::bool(true))]);
        assert_eq!(get(&[Value::str("x"), place(1)]), "7");
        assert_eq!(get(&[Value::str("x"), place(2)]), "null()");
        assert_eq!(get(&[Value::str("x"), obj(&[("value", Value::int(0)), ("fromEnd", Value::bool(false))])]), "7");
        assert!(try_get(&[a.clone(), Value::bool(true)]).is_err());
    }

    #[test]
    fn keys_are_told_apart() {
        assert!(create_object(&[Value::str("a"), Value::null(), Value::str("a"), Value::null()]).is_err());
        assert!(create_object(&[Value::str("a")]).is_err());
        assert!(create_object(&[r(), Value::null()]).unwrap().is_none());
    }
}
