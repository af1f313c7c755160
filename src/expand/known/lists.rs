//! Which lists a list is made of that is not known as a whole: `concat(a, b)`, `[...a, b]`, `union(a, b)`.

use crate::expand::residual::Residual;
use crate::expand::{Data, Value};
use crate::model::Builtin;
use crate::nesting;

/// What a list that is not decided has in it for certain.
#[derive(Debug, Default)]
pub struct Joined<'v> {
    /// The items that are known, in their order, but not where between others: of each at least one is there.
    pub items: Vec<&'v Value>,
    /// The lists of which nobody knows what is in them.
    pub open: Vec<&'v Value>,
    /// Items that are equal are there once only.
    pub once: bool,
    /// So many items, from the first one, stand where they are counted: before the others may be more.
    placed: usize,
}

impl<'v> Joined<'v> {
    /// The items, and where each of them is in the list, if that is known.
    pub fn placed(self) -> impl Iterator<Item = (Option<usize>, &'v Value)> {
        let placed = self.placed;
        self.items.into_iter().enumerate().map(move |(i, item)| (Some(i).filter(|i| *i < placed), item))
    }
}

/// As many items, and lists of which nobody knows what is in them, are looked at: lists that are joined with themselves double.
const MOST: usize = 4_096;

/// What a list has in it that is made of several lists, one of which is known at least; nothing of anything else.
pub fn joined(r: &Residual) -> Option<Joined<'_>> {
    let mut out = Joined::default();
    // A list among what is joined makes lists of all: texts are not joined with lists, nor are objects.
    if !collect(r, 0, &mut out) || out.items.is_empty() {
        return None;
    }
    // Where equal items are left out, those after the first may move up.
    let most = if out.once { 1 } else { out.items.len() };
    out.placed = if out.open.is_empty() { out.items.len() } else { out.placed }.min(most);
    Some(out)
}

/// Adds what a call is made of; `false` if it joins no lists.
fn collect<'v>(r: &'v Residual, depth: usize, out: &mut Joined<'v>) -> bool {
    let lists = match r.as_call().filter(|_| nesting::RESIDUAL.allows(depth)) {
        Some((Builtin::Concat, lists)) => lists,
        Some((Builtin::Union, lists)) => {
            out.once = true;
            lists
        }
        Some((Builtin::Flatten, [Value { data: Data::Array(lists), .. }])) => lists,
        _ => return false,
    };
    for list in lists {
        match &list.data {
            Data::Array(items) => out.items.extend(items.iter()),
            Data::Residual(inner) if collect(inner, depth + 1, out) => {}
            Data::Residual(_) => {
                if out.open.is_empty() {
                    out.placed = out.items.len();
                }
                out.open.push(list);
            }
            _ => return false,
        }
        if out.items.len() + out.open.len() > MOST {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::known::samples::call;

    #[test]
    fn what_is_joined_has_the_items_of_what_is_known() {
        let list = |items: &[i64]| Value::array(items.iter().map(|i| Value::int(*i)).collect());
        let open = || call("reference", vec![Value::str("x")]);
        let shown = |v: &Value| {
            let found = joined(v.as_residual()?)?;
            Some((found.items.iter().filter_map(|v| v.as_int()).collect::<Vec<_>>(), found.open.len(), found.once))
        };
        assert_eq!(shown(&call("concat", vec![list(&[1]), open(), list(&[2])])), Some((vec![1, 2], 1, false)));
        let spread = call("flatten", vec![Value::array(vec![list(&[1]), open()])]);
        assert_eq!(shown(&spread), Some((vec![1], 1, false)));
        assert_eq!(shown(&call("union", vec![spread, list(&[3])])), Some((vec![1, 3], 1, true)));
        assert_eq!(shown(&call("concat", vec![Value::str("a"), open()])), None);
        assert_eq!(shown(&call("concat", vec![open(), open()])), None);
        let places = |v: &Value| {
            let places = joined(v.as_residual()?)?.placed().map(|(at, _)| at);
            Some(places.collect::<Vec<_>>())
        };
        let (one, two) = (list(&[1]), list(&[2, 3]));
        assert_eq!(places(&call("concat", vec![one.clone(), open(), two.clone()])), Some(vec![Some(0), None, None]));
        assert_eq!(places(&call("concat", vec![open(), two.clone()])), Some(vec![None, None]));
        assert_eq!(places(&call("union", vec![two, open()])), Some(vec![Some(0), None]));
        assert_eq!(places(&call("concat", vec![call("concat", vec![one, open()])])), Some(vec![Some(0)]));
        // What doubles is given up.
        let double = |v: Value, _| call("concat", vec![v.clone(), v]);
        let once = call("concat", vec![list(&[1]), open()]);
        assert_eq!(shown(&(0..3).fold(once.clone(), double)).map(|(items, ..)| items.len()), Some(8));
        assert_eq!(shown(&(0..60).fold(once, double)), None);
        assert_eq!(shown(&call("skip", vec![call("concat", vec![list(&[1]), open()]), Value::int(1)])), None);
    }
}
