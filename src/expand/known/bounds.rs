//! Between which bounds a whole number lies that is not known.

use super::alphabet::{Alphabet, Open};
use super::kind::is_string;
use super::parts::Walk;
use super::stretch::Shape;
use crate::expand::value::{Data, Value};
use crate::model::Builtin;
use crate::nesting;

/// The least and the most that a number comes to, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// No less.
    pub least: i64,
    /// No more.
    pub most: i64,
}

impl Bounds {
    const NONE: Bounds = Bounds { least: i64::MIN, most: i64::MAX };

    fn exactly(n: i64) -> Self {
        Bounds { least: n, most: n }
    }

    fn of_length(text: Open) -> Self {
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        Bounds { least: count(text.least), most: text.most.map_or(i64::MAX, count) }
    }

    fn each(self, other: Bounds, of: impl Fn(i64, i64) -> i64) -> Self {
        Bounds { least: of(self.least, other.least), most: of(self.most, other.most) }
    }

    /// What several can come to, one of which it is.
    fn or(self, other: Bounds) -> Self {
        Bounds { least: self.least.min(other.least), most: self.most.max(other.most) }
    }

    /// The number, if it can be one only.
    pub fn only(self) -> Option<i64> {
        (self.least == self.most).then_some(self.least)
    }

    /// The digits that it is written with.
    pub(super) fn written(self) -> Open {
        let digits = Alphabet::ranges(&[('0', '9')]);
        let length = |n: i64| n.unsigned_abs().checked_ilog10().map_or(1, |log| log as usize + 1);
        match self.least {
            0.. => Open::between(digits, length(self.least), length(self.most)),
            _ => Open::between(digits.union(Alphabet::of("-")), 1, 20),
        }
    }
}

/// The bounds of what a value comes to if it comes to a whole number.
pub fn bounds(v: &Value) -> Bounds {
    Walk::default().bounds(v, 0)
}

/// The bounds of how many UTF-16 units a text has.
pub fn text_length(v: &Value) -> Bounds {
    Bounds::of_length(Walk::default().shape(v, 0).blurred())
}

/// The most iterations of a loop (<https://learn.microsoft.com/azure/azure-resource-manager/templates/copy-resources#copy-limits>).
const MOST_COPIES: i64 = 800;

impl Walk {
    /// See [`bounds`].
    pub(super) fn bounds(&self, v: &Value, depth: usize) -> Bounds {
        if let Data::Int(n) = v.data {
            return Bounds::exactly(n);
        }
        let call = v.as_residual().and_then(|r| r.as_call());
        call.map_or(Bounds::NONE, |(function, args)| self.bounds_of_call(function, args, depth))
    }

    /// The same of a call.
    pub(super) fn bounds_of_call(&self, function: Builtin, args: &[Value], depth: usize) -> Bounds {
        if !nesting::TEXT.allows(depth) || !self.spend(1) {
            return Bounds::NONE;
        }
        let of = |v: &Value| self.bounds(v, depth + 1);
        match (function, args) {
            (Builtin::Length, [text]) => {
                let whole = if is_string(text, depth) { self.shape(text, depth + 1).blurred() } else { Open::ANYTHING };
                Bounds::of_length(whole)
            }
            (Builtin::CopyIndex, _) if args.iter().all(Value::is_known) => {
                let offset = args.iter().find_map(Value::as_int).unwrap_or(0);
                Bounds { least: offset, most: offset.saturating_add(MOST_COPIES - 1) }
            }
            (Builtin::IndexOf | Builtin::LastIndexOf, _) => Bounds { least: -1, most: i64::MAX },
            (Builtin::Add, [a, b]) => of(a).each(of(b), i64::saturating_add),
            (Builtin::Sub, [a, b]) => {
                let b = of(b);
                of(a).each(Bounds { least: b.most, most: b.least }, i64::saturating_sub)
            }
            (Builtin::Mod, [a, b]) => match (of(a), b.as_int().filter(|n| *n > 0)) {
                (Bounds { least: 0.., most }, Some(n)) => Bounds { least: 0, most: most.min(n - 1) },
                (_, Some(n)) => Bounds { least: 1 - n, most: n - 1 },
                _ => Bounds::NONE,
            },
            (Builtin::Min | Builtin::Max, _) => {
                let items = match args {
                    [list] => list.as_array().unwrap_or_default(),
                    _ => args,
                };
                let each = if function == Builtin::Min { i64::min } else { i64::max };
                items.iter().map(of).reduce(|a, b| a.each(b, each)).unwrap_or(Bounds::NONE)
            }
            (Builtin::If, [_, yes, no]) => of(yes).or(of(no)),
            _ => Bounds::NONE,
        }
    }

    /// How a whole number is written in a format: `D3`, `000`. `None` for another format.
    pub(super) fn number_as(&self, v: &Value, spec: &str, depth: usize) -> Option<Shape> {
        let digits = match spec.strip_prefix(['D', 'd']) {
            Some("") => 1,
            Some(n) if n.bytes().all(|b| b.is_ascii_digit()) => n.parse().ok()?,
            None if !spec.is_empty() && spec.bytes().all(|b| b == b'0') => spec.len(),
            _ => return None,
        };
        let bounds = self.bounds(v, depth);
        let plain = bounds.written();
        let open = Open { least: plain.least.max(digits), most: plain.most.map(|m| m.max(digits)), ..plain };
        // The sign stands before as many digits.
        (bounds.least >= 0).then(|| open.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::known::samples::{call, r, s};

    #[test]
    fn what_is_known_of_numbers() {
        let n = Value::int;
        let index = || call("copyIndex", vec![s("loop")]);
        let length = || call("length", vec![call("concat", vec![s("abc"), r()])]);
        for (value, least, most) in [
            (length(), 3, i64::MAX),
            (call("length", vec![call("uniqueString", vec![r()])]), 13, 13),
            (call("length", vec![r()]), 0, i64::MAX),
            (index(), 0, 799),
            (call("copyIndex", vec![s("loop"), n(1)]), 1, 800),
            (call("add", vec![index(), n(5)]), 5, 804),
            (call("sub", vec![n(5), index()]), -794, 5),
            (call("min", vec![length(), n(24)]), 3, 24),
            (call("max", vec![Value::array(vec![length(), n(24)])]), 24, i64::MAX),
            (call("mod", vec![index(), n(3)]), 0, 2),
            (call("mod", vec![r(), n(3)]), -2, 2),
            (call("if", vec![r(), n(3), n(7)]), 3, 7),
            (call("int", vec![r()]), i64::MIN, i64::MAX),
        ] {
            assert_eq!(bounds(&value), Bounds { least, most }, "{value:?}");
        }
    }
}
