//! Lists of which it is not known how many items they have, as far as something is known of them: which items are there for
//! sure, which perhaps, and of what there may be any number.

use crate::expand::known::certainly_string;
use crate::expand::residual::{Node, Residual};
use crate::expand::{Data, Value};
use crate::model::Builtin;
use crate::model::function_table::Returns;
use crate::nesting;

/// The call that stands for a list that may not be there at all: no function of templates has this name.
const PERHAPS: &str = "(perhaps)";

/// How many parts of a list are looked at; a longer one is open.
pub const MOST: usize = 20_000;

/// What a value is to somebody who goes through the items of it.
#[derive(Debug, Clone, Copy)]
pub enum Shape<'v> {
    /// No list: it counts as one item.
    One,
    /// A list with these items.
    Items(&'v [Value]),
    /// Several lists one after another.
    Joined(&'v [Value]),
    /// One of two, nobody knows which.
    Either(&'v Value, &'v Value),
    /// A list with any number of items that are like this one.
    Many(&'v Value),
    /// Not known.
    Open,
}

impl<'v> Shape<'v> {
    /// What a value is.
    pub fn of(v: &'v Value) -> Self {
        let r = match &v.data {
            Data::Array(items) => return Shape::Items(items),
            Data::Residual(r) => r,
            _ => return Shape::One,
        };
        match &r.node {
            Node::Loop { item, .. } => Shape::Many(item),
            Node::Call { name, args } if name == PERHAPS => Shape::Joined(args),
            Node::Parameter(p) if p.boolean => Shape::One,
            _ if certainly_string(v) => Shape::One,
            _ => match r.as_call() {
                Some((Builtin::If, [_, yes, no])) => Shape::Either(yes, no),
                Some((Builtin::CreateArray, args)) => Shape::Items(args),
                Some((Builtin::Concat, args)) => Shape::Joined(args),
                Some((Builtin::Flatten, [list])) => list.as_array().map_or(Shape::Open, Shape::Joined),
                Some((function, args)) => match function.facts().returns {
                    Returns::Boolean | Returns::Integer | Returns::Text | Returns::Object => Shape::One,
                    _ if function == Builtin::Union && args.iter().any(|a| a.as_object().is_some()) => Shape::One,
                    _ => Shape::Open,
                },
                None => Shape::Open,
            },
        }
    }
}

/// What may be an item of a list, and whether it is there for sure.
pub type Item<'v> = (&'v Value, bool);

/// The items of a value that is a list for sure, in their order; `None` where there may be items of which nothing is known.
pub fn items(v: &Value) -> Option<Vec<Item<'_>>> {
    let mut out = Vec::new();
    let mut left = MOST;
    collect(v, true, 0, &mut left, &mut out)?;
    Some(out)
}

fn collect<'v>(v: &'v Value, sure: bool, depth: usize, left: &mut usize, out: &mut Vec<Item<'v>>) -> Option<()> {
    *left = left.checked_sub(1).filter(|_| nesting::TEXT.allows(depth))?;
    match Shape::of(v) {
        Shape::Items(items) => {
            *left = left.checked_sub(items.len())?;
            out.extend(items.iter().map(|item| (item, sure)));
        }
        Shape::Joined(lists) => {
            for list in lists {
                collect(list, sure, depth + 1, left, out)?;
            }
        }
        Shape::Either(a, b) => {
            collect(a, false, depth + 1, left, out)?;
            collect(b, false, depth + 1, left, out)?;
        }
        Shape::Many(item) => out.push((item, false)),
        Shape::One | Shape::Open => return None,
    }
    Some(())
}

/// How many items a value has that is a list for sure: at least, and at most where there is an end. `None` if it may be no list.
pub fn length(v: &Value) -> Option<(usize, Option<usize>)> {
    lengths(v, 0, &mut MOST.clone())
}

fn lengths(v: &Value, depth: usize, left: &mut usize) -> Option<(usize, Option<usize>)> {
    *left = left.checked_sub(1).filter(|_| nesting::TEXT.allows(depth))?;
    match Shape::of(v) {
        Shape::Items(items) => Some((items.len(), Some(items.len()))),
        Shape::Joined(lists) => {
            // One list among what is joined, and all are: texts do not go with lists.
            let (mut sum, mut is_list) = ((0, Some(0)), false);
            for list in lists {
                let one = lengths(list, depth + 1, left);
                is_list |= one.is_some();
                let (least, most) = one.unwrap_or((0, None));
                sum = (sum.0 + least, sum.1.zip(most).map(|(a, b): (usize, usize)| a + b));
            }
            is_list.then_some(sum)
        }
        Shape::Either(a, b) => {
            let (a, b) = (lengths(a, depth + 1, left)?, lengths(b, depth + 1, left)?);
            Some((a.0.min(b.0), a.1.zip(b.1).map(|(a, b)| a.max(b))))
        }
        Shape::Many(_) => Some((0, None)),
        Shape::One | Shape::Open => None,
    }
}

/// Whether a value is a list that may not be there at all.
pub fn may_be_missing(v: &Value) -> bool {
    matches!(v.as_residual().map(|r| &r.node), Some(Node::Call { name, .. }) if name == PERHAPS)
}

/// A list of items, of which some may not be there, or be there several times.
#[derive(Debug, Default)]
pub struct Builder {
    parts: Vec<Value>,
    run: Vec<Value>,
    sure: bool,
}

/// How many there are of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Times {
    /// One.
    Once,
    /// One or none.
    Perhaps,
    /// Any number.
    Any,
}

impl Builder {
    /// Adds an item.
    pub fn add(&mut self, item: Value, times: Times) {
        if times == Times::Once {
            self.sure = true;
            return self.run.push(item);
        }
        self.end_run();
        // Whatever the condition is: what hangs on it is what counts here.
        let open = Value::residual(Residual::new(Node::Text("…".into()), false));
        self.parts.push(match times {
            Times::Any => Value::residual(Residual::open_loop("copy".into(), open, item)),
            _ => Value::residual(Residual::call("if", vec![open, Value::array(vec![item]), Value::array(Vec::new())])),
        });
    }

    /// There may be items of which nothing is known.
    pub fn add_unknown(&mut self) {
        self.end_run();
        self.parts.push(Value::residual(Residual::new(Node::Text("…".into()), false)));
    }

    fn end_run(&mut self) {
        if !self.run.is_empty() {
            self.parts.push(Value::array(std::mem::take(&mut self.run)));
        }
    }

    /// The list; `None` without an item.
    pub fn list(mut self) -> Option<Value> {
        if self.parts.is_empty() {
            return (!self.run.is_empty()).then(|| Value::array(self.run));
        }
        self.end_run();
        Some(Value::residual(Residual::call(if self.sure { "concat" } else { PERHAPS }, self.parts)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str, args: Vec<Value>) -> Value {
        Value::residual(Residual::call(name, args))
    }

    fn open() -> Value {
        call("reference", vec![Value::str("x")])
    }

    #[test]
    fn how_long_a_list_is() {
        let list = |n: usize| Value::array(vec![Value::int(1); n]);
        let either = || call("if", vec![open(), list(3), list(1)]);
        assert_eq!(length(&list(2)), Some((2, Some(2))));
        assert_eq!(length(&either()), Some((1, Some(3))));
        assert_eq!(length(&call("concat", vec![list(2), either()])), Some((3, Some(5))));
        let unknown = || call("json", vec![Value::str("x")]);
        assert_eq!(length(&call("concat", vec![list(2), unknown()])), Some((2, None)));
        assert_eq!(length(&call("flatten", vec![Value::array(vec![list(2), unknown()])])), Some((2, None)));
        for no_list in [unknown(), Value::str("a"), call("concat", vec![Value::str("a"), unknown()])] {
            assert_eq!(length(&no_list), None, "{no_list:?}");
        }
    }

    #[test]
    fn a_list_with_items_that_may_not_be_there() {
        let mut builder = Builder::default();
        assert!(Builder::default().list().is_none());
        builder.add(Value::int(1), Times::Perhaps);
        builder.add(Value::int(2), Times::Any);
        let perhaps = builder.list().unwrap();
        assert!(may_be_missing(&perhaps));
        assert_eq!(length(&perhaps), Some((0, None)));
        let mut builder = Builder::default();
        builder.add(Value::int(1), Times::Once);
        builder.add(Value::int(2), Times::Perhaps);
        let list = builder.list().unwrap();
        assert!(!may_be_missing(&list));
        assert_eq!(length(&list), Some((1, Some(2))));
        let sure: Vec<bool> = items(&list).unwrap().into_iter().map(|(_, sure)| sure).collect();
        assert_eq!(sure, [true, false]);
    }

    #[test]
    fn a_list_that_is_shared_again_and_again_costs_no_more_than_its_bound() {
        let mut list = Value::array(vec![Value::int(1)]);
        for _ in 0..55 {
            list = call("if", vec![Value::null(), list.clone(), list]);
        }
        assert!(items(&list).is_none() && length(&list).is_none());
    }
}
