//! Functions that take a lambda.
//!
//! A lambda gets an item and its index; the evaluator binds as many of them as the lambda has parameters. What a residual
//! predicate or key decides stays residual as a whole.

use ecow::EcoString;

use super::args::{arg, array, items, object, refuse, some, undecided};
use super::{FunctionError, Lambda, Outcome};
use crate::expand::value::{Data, Member, Object, Value};

fn only<'l>(function: &str, lambdas: &[Lambda<'l>]) -> Result<Lambda<'l>, FunctionError> {
    lambdas.first().copied().ok_or_else(|| refuse(function, "expected a lambda as the last argument"))
}

fn number(index: usize) -> Value {
    Value::int(i64::try_from(index).unwrap_or(i64::MAX))
}

pub(super) fn map(args: &[Value], lambdas: &[Lambda<'_>]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let lambda = only("map", lambdas)?;
    let list = array("map", args, 0)?;
    let mapped = list.iter().enumerate().map(|(i, v)| lambda(&[v.clone(), number(i)]));
    items("map", mapped.collect::<Result<_, _>>()?)
}

/// What a predicate says; `None` if that is not decided.
type Truth = Result<Option<bool>, FunctionError>;

fn holds(function: &str, v: &Value) -> Truth {
    match v.data {
        Data::Bool(b) => Ok(Some(b)),
        Data::Residual(_) => Ok(None),
        _ => Err(wrong_result(function, "a boolean", v)),
    }
}

fn wrong_result(function: &str, expected: &str, v: &Value) -> FunctionError {
    refuse(function, format_args!("the lambda should give {expected}, but gives {}", super::args::kind(v)))
}

pub(super) fn filter(args: &[Value], lambdas: &[Lambda<'_>]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let lambda = only("filter", lambdas)?;
    let mut kept = Vec::new();
    for (i, v) in array("filter", args, 0)?.iter().enumerate() {
        match holds("filter", &lambda(&[v.clone(), number(i)])?)? {
            Some(true) => kept.push(v.clone()),
            Some(false) => {}
            None => return Ok(None),
        }
    }
    items("filter", kept)
}

pub(super) fn reduce(args: &[Value], lambdas: &[Lambda<'_>]) -> Outcome {
    if args.first().is_some_and(Value::is_residual) {
        return Ok(None);
    }
    let lambda = only("reduce", lambdas)?;
    let mut so_far = arg(args, 1);
    for (i, v) in array("reduce", args, 0)?.iter().enumerate() {
        so_far = lambda(&[so_far, v.clone(), number(i)])?;
    }
    some(so_far)
}

/// Sorts by halves, keeping the order of what the lambda does not tell apart. (The standard library's sort may panic when a
/// stranger's lambda is no order.) `None` if the lambda is not decided.
fn sorted(list: &[Value], before: &dyn Fn(&Value, &Value) -> Truth) -> Result<Option<Vec<Value>>, FunctionError> {
    if list.len() < 2 {
        return Ok(Some(list.to_vec()));
    }
    let (left, right) = list.split_at(list.len() / 2);
    let (Some(left), Some(right)) = (sorted(left, before)?, sorted(right, before)?) else { return Ok(None) };
    let mut out = Vec::with_capacity(list.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let Some(smaller) = before(b, a)? else { return Ok(None) };
        let take_right = if smaller {
            let Some(tie) = before(a, b)? else { return Ok(None) };
            !tie
        } else {
            false
        };
        out.extend(if take_right { right.next() } else { left.next() });
    }
    out.extend(left);
    out.extend(right);
    Ok(Some(out))
}

pub(super) fn sort(args: &[Value], lambdas: &[Lambda<'_>]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let lambda = only("sort", lambdas)?;
    let before = |a: &Value, b: &Value| holds("sort", &lambda(&[a.clone(), b.clone()])?);
    match sorted(array("sort", args, 0)?, &before)? {
        Some(out) => items("sort", out),
        None => Ok(None),
    }
}

/// The key a lambda gives for an item; `None` if it is not decided.
fn key(function: &str, lambda: Lambda<'_>, v: &Value, index: usize) -> Result<Option<EcoString>, FunctionError> {
    let key = lambda(&[v.clone(), number(index)])?;
    match &key.data {
        Data::Str(s) => Ok(Some(s.clone())),
        Data::Residual(_) => Ok(None),
        _ => Err(wrong_result(function, "a string, being a key,", &key)),
    }
}

pub(super) fn to_object(args: &[Value], lambdas: &[Lambda<'_>]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let key_lambda = only("toObject", lambdas)?;
    let mut seen = rustc_hash::FxHashSet::default();
    let mut out = Object::default();
    for (i, v) in array("toObject", args, 0)?.iter().enumerate() {
        let Some(k) = key("toObject", key_lambda, v, i)? else { return Ok(None) };
        if !seen.insert(k.to_ascii_lowercase()) {
            return Err(refuse("toObject", format_args!("the key `{k}` is there twice (keys do not differ by case)")));
        }
        let value = match lambdas.get(1) {
            Some(lambda) => lambda(&[v.clone(), number(i)])?,
            None => v.clone(),
        };
        out.members.push(Member { key: k, key_span: None, value });
    }
    some(Value::object(out))
}

pub(super) fn group_by(args: &[Value], lambdas: &[Lambda<'_>]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let key_lambda = only("groupBy", lambdas)?;
    let mut places = rustc_hash::FxHashMap::default();
    let mut groups: Vec<(EcoString, Vec<Value>)> = Vec::new();
    for (i, v) in array("groupBy", args, 0)?.iter().enumerate() {
        let Some(k) = key("groupBy", key_lambda, v, i)? else { return Ok(None) };
        let at = *places.entry(k.to_ascii_lowercase()).or_insert_with(|| {
            groups.push((k, Vec::new()));
            groups.len() - 1
        });
        let value = match lambdas.get(1) {
            Some(lambda) => lambda(std::slice::from_ref(v))?,
            None => v.clone(),
        };
        if let Some((_, group)) = groups.get_mut(at) {
            group.push(value);
        }
    }
    let member = |(key, group)| Member { key, key_span: None, value: Value::array(group) };
    some(Value::object(Object { members: groups.into_iter().map(member).collect(), ..Object::default() }))
}

pub(super) fn map_values(args: &[Value], lambdas: &[Lambda<'_>]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let lambda = only("mapValues", lambdas)?;
    let mut out = object("mapValues", args, 0)?.clone();
    for m in &mut out.members {
        m.value = lambda(std::slice::from_ref(&m.value))?;
    }
    some(Value::object(out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::functions::comparison;

    fn list(items: &[i64]) -> Value {
        Value::array(items.iter().copied().map(Value::int).collect())
    }

    fn ints(v: Outcome) -> Vec<i64> {
        v.unwrap().unwrap().as_array().unwrap().iter().map(|v| v.as_int().unwrap()).collect()
    }

    #[test]
    fn items_and_indexes() {
        let double = |a: &[Value]| Ok(Value::int(a[0].as_int().unwrap() * 10 + a[1].as_int().unwrap()));
        assert_eq!(ints(map(&[list(&[3, 4])], &[&double])), [30, 41]);
        let odd = |a: &[Value]| Ok(Value::bool(a[0].as_int().unwrap() % 2 == 1));
        assert_eq!(ints(filter(&[list(&[1, 2, 3])], &[&odd])), [1, 3]);
        let sum = |a: &[Value]| Ok(Value::int(a[0].as_int().unwrap() + a[1].as_int().unwrap()));
        let total = reduce(&[list(&[1, 2, 3]), Value::int(10)], &[&sum]).unwrap().unwrap();
        assert_eq!(total.as_int(), Some(16));
        assert!(filter(&[list(&[1])], &[&double]).is_err());
        assert!(map(&[list(&[1])], &[]).is_err());
    }

    #[test]
    fn any_lambda_sorts_somehow() {
        let less = |a: &[Value]| Ok(comparison::less(a)?.unwrap());
        assert_eq!(ints(sort(&[list(&[3, 1, 2, 1])], &[&less])), [1, 1, 2, 3]);
        let always = |_: &[Value]| Ok(Value::bool(true));
        assert_eq!(ints(sort(&[list(&[3, 1, 2])], &[&always])), [3, 1, 2]);
        let wild = |a: &[Value]| Ok(Value::bool((a[0].as_int().unwrap() * 7 + a[1].as_int().unwrap()) % 3 == 0));
        assert_eq!(ints(sort(&[list(&[5, 3, 9, 1, 4, 4, 2, 8])], &[&wild])).len(), 8);
    }

    #[test]
    fn keys_do_not_differ_by_case() {
        let key = |a: &[Value]| Ok(a[0].clone());
        let names = Value::array(vec![Value::str("x"), Value::str("X")]);
        assert!(to_object(std::slice::from_ref(&names), &[&key]).is_err());
        let groups = group_by(&[names], &[&key]).unwrap().unwrap();
        assert_eq!(groups.get("x").unwrap().as_array().unwrap().len(), 2);
    }
}
