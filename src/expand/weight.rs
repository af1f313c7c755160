//! How large values are, and how deep.
//!
//! Values share their parts, so a few lines can make one that would be endless when written out: `[a, a]` of `[b, b]` of … The
//! size meant here is that of the text, with shared parts counted as often as they would be written. What has been measured
//! once is remembered: of an expression in it, of a list or an object as long as a run lasts.
//!
//! What making a value takes is another thing: [`made`] counts the parts that only this value holds.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use ecow::EcoString;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::residual::Node;
use super::value::{Data, Object, Value};
use crate::model::Builtin;
use crate::model::format_string::{self, Piece};

/// Up to here a list or an object is simply counted.
const SMALL: u32 = 20;

/// Nobody measures deeper.
const DEEPEST: u32 = 2_000;

/// The size of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weight {
    /// Values in it, long texts counted as several.
    pub units: u64,
    /// Values within values.
    pub depth: u32,
}

/// What keeps a measured part's address from being used for another one.
enum Keep {
    Array { _part: Weak<Vec<Value>> },
    Object { _part: Weak<Object> },
}

/// The measured parts by address.
#[derive(Default)]
pub struct Weights {
    known: RefCell<FxHashMap<usize, (Weight, Keep)>>,
}

impl Weights {
    /// The weight of a value.
    pub fn of(&self, v: &Value) -> Weight {
        // Looked up first: large values are passed on and asked about again and again.
        if let Some(weight) = self.without_counting(v) {
            return weight;
        }
        let mut left = SMALL;
        match self.small(v, &mut left) {
            Some(depth) => Weight { units: u64::from(SMALL - left), depth },
            None => self.measured(v, 0),
        }
    }

    /// The depth of a value that is small; `None` if it is not.
    fn small(&self, v: &Value, left: &mut u32) -> Option<u32> {
        let mut take = |units: u64| {
            *left = left.checked_sub(u32::try_from(units).ok()?)?;
            Some(())
        };
        if v.is_residual() {
            let weight = self.measured(v, 0);
            take(weight.units)?;
            return Some(weight.depth);
        }
        take(alone(v))?;
        let mut depth = 0;
        each(v, |part, _| {
            depth = depth.max(self.small(part, left)?.saturating_add(1));
            Some(())
        })?;
        Some(depth)
    }

    /// The weight of a value that has no parts, or was measured before.
    fn without_counting(&self, v: &Value) -> Option<Weight> {
        match (&v.data, address(v)) {
            (Data::Residual(r), _) => r.weight.get().copied(),
            (_, Some(address)) => self.known.borrow().get(&address).map(|(weight, _)| *weight),
            (_, None) => Some(Weight { units: alone(v), depth: 0 }),
        }
    }

    fn measured(&self, v: &Value, level: u32) -> Weight {
        if level > DEEPEST {
            return Weight { units: 1, depth: u32::MAX };
        }
        if let Some(weight) = self.without_counting(v) {
            return weight;
        }
        let mut whole = Weight { units: alone(v), depth: 0 };
        each(v, |part, times| {
            let inner = self.measured(part, level + 1);
            whole.units = whole.units.saturating_add(inner.units.saturating_mul(times));
            whole.depth = whole.depth.max(inner.depth.saturating_add(1));
            Some(())
        });
        if let Data::Residual(r) = &v.data {
            return *r.weight.get_or_init(|| whole);
        }
        if whole.units > u64::from(SMALL)
            && let Some(address) = address(v)
        {
            let keep = match &v.data {
                Data::Array(a) => Keep::Array { _part: Rc::downgrade(a) },
                Data::Object(o) => Keep::Object { _part: Rc::downgrade(o) },
                _ => return whole,
            };
            self.known.borrow_mut().insert(address, (whole, keep));
        }
        whole
    }
}

/// The address of the parts that a list or an object shares with its copies; an expression keeps its weight itself.
fn address(v: &Value) -> Option<usize> {
    match &v.data {
        Data::Array(a) => Some(Rc::as_ptr(a) as usize),
        Data::Object(o) => Some(Rc::as_ptr(o) as usize),
        _ => None,
    }
}

/// The units of a value, but for those of its parts.
fn alone(v: &Value) -> u64 {
    let text = |s: &EcoString| s.len() as u64 / 16;
    // A name of the usual length is a part of what it names.
    let name = |s: &EcoString| s.len() as u64 / 64;
    1 + match &v.data {
        Data::Str(s) => text(s),
        Data::Object(o) => o.members.iter().map(|m| name(&m.key)).sum(),
        Data::Residual(r) => match &r.node {
            Node::Call { name: function, .. } => name(function),
            Node::Parameter(p) => name(&p.name) + name(&p.part),
            Node::Failed(s) | Node::Text(s) => text(s),
            Node::Access { .. } | Node::Loop { .. } => 0,
        },
        _ => 0,
    }
}

/// The bytes that a value takes beyond those of the values that others hold, too: what making it took.
///
/// Texts are shared without telling, so they count in full wherever they stand in something new.
pub fn made(v: &Value) -> u64 {
    let all = |values: &[Value]| PART + values.iter().map(|v| VALUE + made(v)).sum::<u64>();
    match &v.data {
        Data::Str(s) => text(s),
        Data::Array(a) if Rc::strong_count(a) == 1 => all(a),
        Data::Object(o) if Rc::strong_count(o) == 1 => {
            PART + o.members.iter().map(|m| MEMBER + text(&m.key) + made(&m.value)).sum::<u64>()
        }
        Data::Residual(r) if Rc::strong_count(r) == 1 => match &r.node {
            Node::Call { args, .. } => all(args),
            Node::Access { base, key } => PART + made(base) + made(key),
            Node::Loop { count, item, .. } => PART + made(count) + made(item),
            Node::Failed(s) | Node::Text(s) => PART + text(s),
            Node::Parameter(_) => PART,
        },
        _ => 0,
    }
}

/// The bytes of a text that stand outside of the value itself.
fn text(s: &EcoString) -> u64 {
    if s.len() < 16 { 0 } else { 16 + s.len() as u64 }
}

/// The bytes of a value, about: what a template may make does not hang on how values happen to be laid out.
pub const VALUE: u64 = 56;

/// The bytes of a member of an object, about.
pub const MEMBER: u64 = 88;

/// The bytes of an array, an object or a residual apart from its parts, about.
const PART: u64 = 96;

/// The values that a value is made of, each with how often it is written, as long as `f` wants more.
fn each<'v>(v: &'v Value, mut f: impl FnMut(&'v Value, u64) -> Option<()>) -> Option<()> {
    let mut once = |part: &'v Value| f(part, 1);
    match &v.data {
        Data::Array(items) => items.iter().try_for_each(once),
        Data::Object(o) => o.members.iter().try_for_each(|m| once(&m.value)),
        Data::Residual(r) => match &r.node {
            Node::Call { args, .. } => match r.as_call() {
                Some((Builtin::Format, [pattern, values @ ..])) => {
                    once(pattern)?;
                    let times = times_in_format(pattern, values.len());
                    values.iter().zip(times).try_for_each(|(value, times)| f(value, times))
                }
                Some((Builtin::Join, [items, between])) => {
                    once(items)?;
                    f(between, items.as_array().map_or(1, |items| (items.len() as u64).saturating_sub(1).max(1)))
                }
                _ => args.iter().try_for_each(once),
            },
            Node::Access { base, key } => [base, key].into_iter().try_for_each(once),
            Node::Loop { count, item, .. } => [&**count, item].into_iter().try_for_each(once),
            Node::Parameter(_) | Node::Failed(_) | Node::Text(_) => Some(()),
        },
        _ => Some(()),
    }
}

/// How often `format` writes each of its values: as often as there are holes for it, and in an expression, once.
fn times_in_format(pattern: &Value, values: usize) -> SmallVec<[u64; 8]> {
    let mut times: SmallVec<[u64; 8]> = SmallVec::from_elem(0, values);
    let pieces = pattern.as_str().and_then(|p| format_string::pieces(p).ok());
    for piece in pieces.into_iter().flatten() {
        if let Piece::Hole { index, .. } = piece
            && let Some(times) = times.get_mut(index)
        {
            *times += 1;
        }
    }
    times.iter_mut().for_each(|n| *n = (*n).max(1));
    times
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::Residual;

    #[test]
    fn shared_parts_count_as_often_as_they_are_written() {
        let weights = Weights::default();
        let mut v = Value::array(vec![Value::int(1); 20]);
        assert_eq!(weights.of(&v), Weight { units: 21, depth: 1 });
        for _ in 0..60 {
            v = Value::array(vec![v.clone(), v]);
            weights.of(&v);
        }
        let weight = weights.of(&v);
        assert!(weight.units > 1 << 60, "{weight:?}");
        assert_eq!(weight.depth, 61);
    }

    #[test]
    fn what_a_format_names_twice_counts_twice() {
        let weights = Weights::default();
        let format = |pattern: &str, values: &[Value]| {
            let args = [&[Value::str(pattern)], values].concat();
            Value::residual(Residual::call("format", args))
        };
        let open = || Value::residual(Residual::call("f", vec![]));
        assert_eq!(weights.of(&format("{0}", &[open()])).units, 3);
        assert_eq!(weights.of(&format("{0}{1}{0}{0}", &[open(), open()])).units, 6);
        // What is not named is written in the expression, and a pattern that is none names nothing.
        assert_eq!(weights.of(&format("{0}", &[open(), open()])).units, 4);
        assert_eq!(weights.of(&format("{0}{0}{", &[open()])).units, 3);
        let mut v = open();
        for _ in 0..60 {
            v = format("{0}-{0}", &[v]);
            weights.of(&v);
        }
        let weight = weights.of(&v);
        assert!(weight.units > 1 << 60, "{weight:?}");
        assert_eq!(weight.depth, 60);
        // At once, without having been asked about its parts.
        let many = format(&"{0}".repeat(1_000), &[format(&"{0}".repeat(1_000), &[open()])]);
        assert!(Weights::default().of(&many).units > 1_000_000);
    }

    #[test]
    fn what_stands_between_the_items_of_a_join_counts_between_each_two() {
        let open = Value::residual(Residual::call("f", vec![]));
        let join = |items: usize| {
            let args = vec![Value::array(vec![open.clone(); items]), Value::str("-".repeat(160))];
            Weights::default().of(&Value::residual(Residual::call("join", args))).units
        };
        assert_eq!((join(1), join(2), join(11)), (14, 15, 12 + 11 * 10 + 1));
    }

    #[test]
    fn long_names_and_what_could_not_be_evaluated_weigh_what_they_are_written_with() {
        let long = EcoString::from("k".repeat(6_400));
        let mut object = Object::default();
        object.set(long.clone(), None, Value::null());
        let residual = |node| Value::residual(Residual::new(node, false));
        for (value, units) in [
            (Value::object(object), 102),
            (Value::residual(Residual::call(long.clone(), vec![])), 101),
            (residual(Node::Failed(long.clone())), 401),
            (residual(Node::Text(long)), 401),
        ] {
            assert_eq!(Weights::default().of(&value).units, units);
            assert_eq!(Weights::default().of(&Value::array(vec![value.clone(), value])).units, 1 + 2 * units);
        }
    }

    #[test]
    fn depth_is_measured_without_end() {
        let weights = Weights::default();
        let mut v = Value::int(1);
        for _ in 0..1_000 {
            v = Value::residual(Residual::call("f", vec![v]));
            weights.of(&v);
        }
        assert_eq!(weights.of(&v).depth, 1_000);
    }

    #[test]
    fn what_was_measured_weighs_what_counting_says() {
        let list = |n: usize| Value::array(vec![Value::null(); n]);
        for n in [1, 18, 19, 20, 21, 40] {
            let (inner, weights) = (list(n), Weights::default());
            let around = Value::array(vec![inner.clone(), Value::int(1)]);
            let expected = Weight { units: n as u64 + 1, depth: 1 };
            assert_eq!(weights.of(&around), Weight { units: n as u64 + 3, depth: 2 });
            assert_eq!((weights.of(&inner), Weights::default().of(&inner)), (expected, expected), "{n}");
            // Another one never stands where one that was measured stood.
            drop((inner, around));
            assert_eq!(weights.of(&list(n + 1)).units, n as u64 + 2);
        }
    }
}
