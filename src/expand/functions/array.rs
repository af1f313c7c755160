//! Arrays, and what strings and objects have in common with them: `length`, `empty`, `contains`, `first`, `take`, …

use super::args::{
    MAX_ITEMS, MAX_TEXT, arg, array as array_arg, cut as slice, int, items, kind, object, refuse, some, string, text,
    undecided, wrong,
};
use super::{FunctionError, Outcome, comparison, object as objects, scope};
use crate::expand::known::{self, Place};
use crate::expand::residual;
use crate::expand::text::{order, utf16, written};
use crate::expand::value::{Data, Value};

pub(super) fn array(args: &[Value]) -> Outcome {
    let v = arg(args, 0);
    match v.data {
        Data::Residual(_) => Ok(None),
        Data::Array(_) => some(v),
        _ => some(Value::array(vec![v])),
    }
}

pub(super) fn create_array(args: &[Value]) -> Outcome {
    items("createArray", args.to_vec())
}

pub(super) fn concat(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    if args.iter().any(|a| a.as_array().is_some()) {
        let mut out = Vec::new();
        for (i, a) in args.iter().enumerate() {
            let Some(more) = a.as_array() else {
                return Err(wrong("concat", i, "an array like the others", a));
            };
            if out.len() + more.len() > MAX_ITEMS {
                return Err(refuse("concat", format_args!("the array would have more than {MAX_ITEMS} items")));
            }
            out.extend_from_slice(more);
        }
        return items("concat", out);
    }
    if let [Value { data: Data::Str(only), .. }] = args {
        // Loaded texts are long, and shared.
        return text("concat", only.clone());
    }
    let mut out = ecow::EcoString::new();
    for (i, a) in args.iter().enumerate() {
        match written::scalar(a) {
            Some(s) if out.len() + s.len() > MAX_TEXT => return Err(refuse("concat", "the text would be too long")),
            Some(s) => out.push_str(&s),
            None => return Err(wrong("concat", i, "a string, an integer or a boolean (or all of them arrays)", a)),
        }
    }
    text("concat", out)
}

pub(super) fn contains(args: &[Value]) -> Outcome {
    let [container, item] = args else { return Ok(None) };
    let mismatch = || {
        let (a, b) = (kind(container), kind(item));
        refuse(
            "contains",
            format_args!("cannot look for {b} in {a}; a string holds strings, an object keys, an array anything"),
        )
    };
    match (&container.data, &item.data) {
        (Data::Str(s), Data::Str(part)) => some(Value::bool(s.contains(part.as_str()))),
        (Data::Object(o), Data::Str(key)) => match o.get(key) {
            None if o.open => Ok(None),
            Some(v) if scope::may_be_absent(v) => Ok(None),
            found => some(Value::bool(found.is_some())),
        },
        (Data::Array(a), _) => Ok(comparison::any(a.iter().map(|x| comparison::equal(x, item))).map(Value::bool)),
        (Data::Residual(_), Data::Str(part)) if known::certainly_contains(container, part) => some(Value::bool(true)),
        (Data::Residual(_), Data::Str(part))
            if known::certainly_string(container) && !known::may_have(container, part, Place::Anywhere, true) =>
        {
            some(Value::bool(false))
        }
        (Data::Residual(_), _) | (Data::Str(_) | Data::Object(_), Data::Residual(_)) => Ok(None),
        _ => Err(mismatch()),
    }
}

pub(super) fn empty(args: &[Value]) -> Outcome {
    let v = arg(args, 0);
    match &v.data {
        Data::Null => some(Value::bool(true)),
        Data::Str(s) => some(Value::bool(s.is_empty())),
        Data::Array(a) => some(Value::bool(a.is_empty())),
        Data::Object(o) if o.open && o.members.is_empty() => Ok(None),
        Data::Object(o) => some(Value::bool(o.members.is_empty())),
        Data::Residual(_) if known::certainly_string(&v) && known::min_length(&v) > 0 => some(Value::bool(false)),
        Data::Residual(_) => Ok(None),
        _ => Err(wrong("empty", 0, "a string, an array, an object or null", &v)),
    }
}

fn count(n: usize) -> Value {
    Value::int(i64::try_from(n).unwrap_or(i64::MAX))
}

pub(super) fn length(args: &[Value]) -> Outcome {
    let v = arg(args, 0);
    match &v.data {
        Data::Residual(_) if known::certainly_string(&v) => Ok(known::text_length(&v).only().map(Value::int)),
        Data::Residual(_) => Ok(None),
        Data::Str(s) => some(count(utf16::length(s))),
        Data::Array(a) => some(count(a.len())),
        Data::Object(o) if o.open => Ok(None),
        Data::Object(o) => some(count(o.members.len())),
        _ => Err(wrong("length", 0, "a string, an array or an object", &v)),
    }
}

fn end(function: &str, args: &[Value], last: bool) -> Outcome {
    let v = arg(args, 0);
    match &v.data {
        Data::Residual(_) => Ok(None),
        Data::Array(a) => some(if last { a.last() } else { a.first() }.cloned().unwrap_or_else(Value::null)),
        Data::Str(s) => {
            let n = utf16::length(s);
            let range = if last { n.saturating_sub(1)..n } else { 0..n.min(1) };
            text(function, slice(function, s, range)?)
        }
        _ => Err(wrong(function, 0, "a string or an array", &v)),
    }
}

pub(super) fn first(args: &[Value]) -> Outcome {
    end("first", args, false)
}

pub(super) fn last(args: &[Value]) -> Outcome {
    end("last", args, true)
}

fn index(function: &str, args: &[Value], last: bool) -> Outcome {
    let [container, item] = args else { return Ok(None) };
    let found = match (&container.data, &item.data) {
        (Data::Residual(_), _) | (Data::Str(_), Data::Residual(_)) => return Ok(None),
        (Data::Str(s), Data::Str(part)) => utf16::find(s, part, last),
        (Data::Str(_), _) => return Err(wrong(function, 1, "a string like the first one", item)),
        (Data::Array(a), _) => {
            let mut hit = None;
            for (i, x) in a.iter().enumerate() {
                match comparison::equal(x, item) {
                    Some(true) => {
                        hit = Some(i);
                        if !last {
                            break;
                        }
                    }
                    Some(false) => {}
                    None => return Ok(None),
                }
            }
            hit
        }
        _ => return Err(wrong(function, 0, "a string or an array", container)),
    };
    some(found.map_or_else(|| Value::int(-1), count))
}

pub(super) fn index_of(args: &[Value]) -> Outcome {
    index("indexOf", args, false)
}

pub(super) fn last_index_of(args: &[Value]) -> Outcome {
    index("lastIndexOf", args, true)
}

fn cut(function: &str, args: &[Value], keep: bool) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let n = usize::try_from(int(function, args, 1)?.max(0)).unwrap_or(usize::MAX);
    let v = arg(args, 0);
    match &v.data {
        Data::Array(a) => {
            let n = n.min(a.len());
            let (head, tail) = a.split_at(n);
            items(function, if keep { head } else { tail }.to_vec())
        }
        Data::Str(s) => {
            let length = utf16::length(s);
            let n = n.min(length);
            text(function, slice(function, s, if keep { 0..n } else { n..length })?)
        }
        _ => Err(wrong(function, 0, "a string or an array", &v)),
    }
}

pub(super) fn take(args: &[Value]) -> Outcome {
    cut("take", args, true)
}

pub(super) fn skip(args: &[Value]) -> Outcome {
    cut("skip", args, false)
}

pub(super) fn range(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let (start, n) = (int("range", args, 0)?, int("range", args, 1)?);
    // The bounds of https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-array#range
    let fits = start.checked_add(n).is_some_and(|end| end <= i64::from(i32::MAX));
    if !(0..=10_000).contains(&n) || !fits {
        let message = format_args!("cannot count {n} numbers from {start}: at most 10000, and none above {}", i32::MAX);
        return Err(refuse("range", message));
    }
    some(Value::array((start..start + n).map(Value::int).collect()))
}

fn sets<'a>(function: &str, args: &'a [Value]) -> Result<Option<Sets<'a>>, FunctionError> {
    if undecided(args) {
        return Ok(None);
    }
    for (i, a) in args.iter().enumerate() {
        match (&a.data, args.first().map(|f| &f.data)) {
            (Data::Array(_), Some(Data::Array(_))) | (Data::Object(_), Some(Data::Object(_))) => {}
            (Data::Array(_) | Data::Object(_), _) => return Err(wrong(function, i, "of the type of the first one", a)),
            _ => return Err(wrong(function, i, "an array or an object", a)),
        }
    }
    if args.first().is_some_and(|a| a.as_array().is_some()) {
        return Ok(Some(Sets::Arrays(args.iter().filter_map(Value::as_array).collect())));
    }
    Ok(Some(Sets::Objects))
}

enum Sets<'a> {
    Arrays(Vec<&'a [Value]>),
    Objects,
}

/// How many pairs of values are compared one by one, at most, where residuals leave no quicker way.
const MAX_PAIRS: usize = 4_000_000;

/// What a known value is told apart by in a set: its text, in which the order of members counts.
fn identity(v: &Value) -> String {
    let mut out = String::new();
    residual::write_value(v, &mut out);
    out
}

/// The items without repetitions, or `None` if that hangs on a residual.
fn distinct<'a>(values: impl Iterator<Item = &'a Value>) -> Option<Vec<Value>> {
    let values: Vec<_> = values.collect();
    if values.iter().all(|v| v.is_known()) {
        let mut seen = rustc_hash::FxHashSet::default();
        return Some(values.into_iter().filter(|v| seen.insert(identity(v))).cloned().collect());
    }
    if values.len().saturating_mul(values.len()) > MAX_PAIRS {
        return None;
    }
    let mut out: Vec<Value> = Vec::new();
    for v in values {
        if !comparison::any(out.iter().map(|o| comparison::same(o, v)))? {
            out.push(v.clone());
        }
    }
    Some(out)
}

/// The items of one array that all others have too, without repetitions.
fn common(first: &[Value], others: &[&[Value]]) -> Option<Vec<Value>> {
    let mut kept: Vec<&Value> = first.iter().collect();
    for other in others {
        if kept.iter().all(|v| v.is_known()) && other.iter().all(Value::is_known) {
            let there: rustc_hash::FxHashSet<_> = other.iter().map(identity).collect();
            kept.retain(|v| there.contains(&identity(v)));
            continue;
        }
        if kept.len().saturating_mul(other.len()) > MAX_PAIRS {
            return None;
        }
        let mut next = Vec::new();
        for v in kept {
            if comparison::any(other.iter().map(|o| comparison::same(o, v)))? {
                next.push(v);
            }
        }
        kept = next;
    }
    distinct(kept.into_iter())
}

pub(super) fn union(args: &[Value]) -> Outcome {
    match sets("union", args)? {
        None => Ok(None),
        Some(Sets::Arrays(arrays)) => {
            let total: usize = arrays.iter().map(|a| a.len()).sum();
            if total > MAX_ITEMS {
                return Err(refuse("union", format_args!("{total} items are more than the {MAX_ITEMS} allowed")));
            }
            match distinct(arrays.into_iter().flatten()) {
                Some(out) => items("union", out),
                None => Ok(None),
            }
        }
        Some(Sets::Objects) => objects::union(args),
    }
}

/// `distinct`: an array without what was there before.
pub(super) fn distinct_items(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    match distinct(array_arg("distinct", args, 0)?.iter()) {
        Some(out) => items("distinct", out),
        None => Ok(None),
    }
}

pub(super) fn intersection(args: &[Value]) -> Outcome {
    match sets("intersection", args)? {
        None => Ok(None),
        Some(Sets::Objects) => objects::intersection(args),
        Some(Sets::Arrays(arrays)) => {
            let Some((first, others)) = arrays.split_first() else { return Ok(None) };
            match common(first, others) {
                Some(out) => items("intersection", out),
                None => Ok(None),
            }
        }
    }
}

pub(super) fn flatten(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let outer = array_arg("flatten", args, 0)?;
    if undecided(outer) {
        return Ok(None);
    }
    let mut out = Vec::new();
    for (i, inner) in outer.iter().enumerate() {
        let Some(more) = inner.as_array() else {
            return Err(refuse("flatten", format_args!("item {i} should be an array, but is {}", kind(inner))));
        };
        if out.len() + more.len() > MAX_ITEMS {
            return Err(refuse("flatten", format_args!("the array would have more than {MAX_ITEMS} items")));
        }
        out.extend_from_slice(more);
    }
    items("flatten", out)
}

pub(super) fn join(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let list = array_arg("join", args, 0)?;
    let delimiter = string("join", args, 1)?;
    if undecided(list) {
        return Ok(None);
    }
    let mut out = ecow::EcoString::new();
    for (i, item) in list.iter().enumerate() {
        if i > 0 {
            out.push_str(delimiter);
        }
        let Some(s) = written::scalar(item) else {
            let message = format_args!("item {i} should be a string, an integer or a boolean, but is {}", kind(item));
            return Err(refuse("join", message));
        };
        out.push_str(&s);
        if out.len() > MAX_TEXT {
            break;
        }
    }
    text("join", out)
}

/// The item that stands `n` from the end, the last being 1.
fn from_end(list: &[Value], n: i64) -> Option<&Value> {
    let n = usize::try_from(n).ok()?;
    list.len().checked_sub(n).and_then(|i| list.get(i))
}

pub(super) fn index_from_end(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let list = array_arg("indexFromEnd", args, 0)?;
    let n = int("indexFromEnd", args, 1)?;
    match from_end(list, n) {
        Some(v) => some(v.clone()),
        None => Err(refuse("indexFromEnd", format_args!("{n} from the end is outside an array of {}", list.len()))),
    }
}

pub(super) fn try_index_from_end(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let found = match args {
        [list, n] => list.as_array().zip(n.as_int()).and_then(|(list, n)| from_end(list, n)),
        _ => None,
    };
    some(found.cloned().unwrap_or_else(Value::null))
}

pub(super) fn items_of(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let o = object("items", args, 0)?;
    if o.open {
        return Ok(None);
    }
    let mut members: Vec<_> = o.members.iter().collect();
    members.sort_by(|a, b| order::keys(&a.key, &b.key));
    let pair = |m: &crate::expand::value::Member| {
        let mut item = crate::expand::value::Object::default();
        item.set("key".into(), None, Value::str(m.key.clone()));
        item.set("value".into(), None, m.value.clone());
        Value::object(item)
    };
    items("items", members.into_iter().map(pair).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::residual::{Residual, write_value};

    fn r() -> Value {
        Value::residual(Residual::call("reference", vec![Value::str("x")]))
    }

    fn list(items: &[Value]) -> Value {
        Value::array(items.to_vec())
    }

    fn show(v: Outcome) -> String {
        match v {
            Ok(Some(v)) => {
                let mut out = String::new();
                write_value(&v, &mut out);
                out
            }
            Ok(None) => "stays".into(),
            Err(_) => "refused".into(),
        }
    }

    #[test]
    fn counting_is_bounded() {
        assert_eq!(show(range(&[Value::int(5), Value::int(3)])), "createArray(5, 6, 7)");
        for (start, n) in [(0, 10_001), (0, -1), (i64::MAX, 1), (2_147_483_000, 1000)] {
            assert_eq!(show(range(&[Value::int(start), Value::int(n)])), "refused");
        }
    }

    #[test]
    fn residual_items_are_items() {
        let a = list(&[Value::int(1), r()]);
        assert_eq!(show(length(std::slice::from_ref(&a))), "2");
        assert_eq!(show(first(std::slice::from_ref(&a))), "1");
        assert_eq!(show(last(std::slice::from_ref(&a))), "reference('x')");
        assert_eq!(show(take(&[a.clone(), Value::int(1)])), "createArray(1)");
        assert_eq!(show(empty(std::slice::from_ref(&a))), "false()");
        assert_eq!(show(contains(&[a.clone(), Value::int(1)])), "true()");
        assert_eq!(show(contains(&[a.clone(), Value::int(2)])), "stays");
        assert_eq!(show(concat(&[a.clone(), a.clone()])), "createArray(1, reference('x'), 1, reference('x'))");
        assert_eq!(show(union(&[a.clone(), list(&[Value::int(2)])])), "stays");
        assert_eq!(show(union(&[list(&[]), list(&[r()])])), "createArray(reference('x'))");
        assert_eq!(show(index_of(&[a.clone(), Value::int(1)])), "0");
        assert_eq!(show(last_index_of(&[a, Value::int(1)])), "stays");
    }

    #[test]
    fn what_is_known_in_part() {
        let url = Value::residual(Residual::call("concat", vec![Value::str("https://"), r()]));
        assert_eq!(show(contains(&[url.clone(), Value::str("https")])), "true()");
        assert_eq!(show(contains(&[url.clone(), Value::str("example")])), "stays");
        assert_eq!(show(empty(std::slice::from_ref(&url))), "false()");
        assert_eq!(show(length(&[url])), "stays");
        let unique = Value::residual(Residual::call("uniqueString", vec![r()]));
        let name = Value::residual(Residual::call("concat", vec![Value::str("st"), unique]));
        assert_eq!(show(length(std::slice::from_ref(&name))), "15");
        assert_eq!(show(contains(&[name.clone(), Value::str("-")])), "false()");
        assert_eq!(show(contains(&[name, Value::str("a")])), "stays");
    }

    #[test]
    fn sets_tell_types_and_order_apart() {
        let o = |keys: [&str; 2]| {
            let mut o = crate::expand::value::Object::default();
            keys.iter().for_each(|k| o.set((*k).into(), None, Value::null()));
            Value::object(o)
        };
        let (ab, ba) = (list(&[o(["a", "b"])]), list(&[o(["b", "a"])]));
        assert_eq!(comparison::equal(&ab, &ba), Some(true));
        assert_eq!(union(&[ab.clone(), ba.clone()]).unwrap().unwrap().as_array().unwrap().len(), 2);
        assert_eq!(show(intersection(&[ab, ba])), "createArray()");
        let mixed = list(&[Value::int(1), Value::str("1"), Value::new(Data::Float(1.0))]);
        assert_eq!(union(&[mixed.clone(), mixed]).unwrap().unwrap().as_array().unwrap().len(), 3);
        assert_eq!(show(union(&[list(&[]), Value::object(Default::default())])), "refused");
    }

    #[test]
    fn from_the_end() {
        let a = list(&[Value::int(1), Value::int(2)]);
        assert_eq!(show(index_from_end(&[a.clone(), Value::int(2)])), "1");
        assert_eq!(show(index_from_end(&[a.clone(), Value::int(3)])), "refused");
        assert_eq!(show(try_index_from_end(&[a, Value::int(0)])), "null()");
        assert_eq!(show(try_index_from_end(&[Value::str("ab"), Value::int(1)])), "null()");
    }

    #[test]
    fn joining() {
        let a = list(&[Value::str("a"), Value::int(1), Value::bool(true)]);
        assert_eq!(show(join(&[a, Value::str("-")])), "'a-1-True'");
        assert_eq!(show(join(&[list(&[Value::null()]), Value::str("-")])), "refused");
        assert_eq!(show(join(&[list(&[r()]), Value::str("-")])), "stays");
        assert_eq!(show(concat(&[Value::str("a"), list(&[])])), "refused");
        assert_eq!(show(flatten(&[list(&[list(&[Value::int(1)]), list(&[r()])])])), "createArray(1, reference('x'))");
    }

    #[test]
    fn distinct_items_keep_their_order() {
        let list = Value::array(vec![Value::int(2), Value::str("a"), Value::int(2), Value::str("A")]);
        let out = distinct_items(&[list]).unwrap().unwrap();
        assert_eq!(out.as_array().unwrap().len(), 3);
        assert_eq!(out.as_array().unwrap()[0].as_int(), Some(2));
        assert!(distinct_items(&[Value::int(1)]).is_err());
    }
}
