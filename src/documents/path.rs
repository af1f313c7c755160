//! Paths of PSRule's expressions: `properties.subnets[*].name`, `resources[?@.type == 'x'].properties`.
//!
//! They look like JSONPath and are read as PSRule's engine reads them, which stops nowhere: what it does not know it passes over.
//! `.*` and `['a','b']` lead to the value that they stand behind.

use ecow::EcoString;

use super::compare::{self, Dates};
use super::function::literal;
use super::language::Literal;
use super::open_list;
use crate::expand::known::{Truth, member};
use crate::expand::residual::Residual;
use crate::expand::{Data, Object, Value};

/// How deep a member is looked for below a value.
const DEEPEST: usize = 100;

/// A path, ready to be followed.
#[derive(Debug, Clone, Default)]
pub struct Path {
    /// As written.
    pub text: EcoString,
    pub(super) steps: Vec<Step>,
    /// It gives a list whatever it leads to.
    pub(super) list: bool,
}

/// One step of a path.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// To where the path began.
    Root,
    /// To a member.
    Member(EcoString, bool),
    /// To members of this name at any depth.
    Descendant(EcoString),
    /// To an item; from the end if negative.
    Item(i64),
    /// To all items or members.
    All,
    /// To some items: first, end, step.
    Slice([Option<i64>; 3]),
    /// To the items for which this holds.
    Where(Filter),
    /// To a literal of a filter.
    Literal(Literal),
}

/// A condition in a path.
#[derive(Debug, Clone)]
pub(super) enum Filter {
    Any(Vec<Filter>),
    Both(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Exists(Vec<Step>),
    Compare(Vec<Step>, Comparison, Vec<Step>),
}

/// A comparison in a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Matches,
}

/// What a path leads to.
#[derive(Debug, Clone)]
pub enum Found {
    /// Nothing.
    Missing,
    /// A value.
    Value(Value),
    /// What cannot be known before deployment: the value that is in the way.
    Unknown(Value),
}

/// What a path leads to that has several ends.
#[derive(Debug, Clone)]
pub enum End {
    /// A value, or an item of a list at the end of the path.
    Value(Value),
    /// What is not decided: a value, or a list of nobody knows how many.
    Open(Value),
}

impl End {
    fn value(self) -> Value {
        match self {
            End::Value(v) | End::Open(v) => v,
        }
    }
}

/// What several values of a path are, before they are made into one.
enum Many {
    Missing,
    Values(Vec<End>, bool),
    Unknown(Value),
}

impl Path {
    /// The path to a member.
    pub fn member(name: &str) -> Path {
        Path { text: name.into(), steps: vec![Step::Member(name.into(), false)], list: false }
    }

    /// The value that a path leads to from `at`, which is what `$` and `.` stand for as well.
    pub fn value(&self, at: &Value, dates: Dates) -> Found {
        match follow(&self.steps, at, at, dates) {
            Many::Missing => Found::Missing,
            Many::Unknown(v) => Found::Unknown(v),
            Many::Values(ends, list) if self.list || list => Found::Value(joined(ends)),
            Many::Values(ends, _) => match ends.into_iter().next().map(End::value) {
                None => Found::Missing,
                Some(v) if open_list::may_be_missing(&v) => Found::Unknown(v),
                Some(v) => Found::Value(v),
            },
        }
    }

    /// The values one by one: the items of a list, or the one value.
    ///
    /// # Errors
    /// The value that is in the way and cannot be known.
    pub fn values(&self, at: &Value, dates: Dates) -> Result<Vec<End>, Value> {
        match follow(&self.steps, at, at, dates) {
            Many::Missing => Ok(Vec::new()),
            Many::Unknown(v) => Err(v),
            Many::Values(ends, _) => Ok(ends),
        }
    }
}

/// Values as one list. The items of a list at the end of the path are items of it, also where nobody knows how many there are.
fn joined(ends: Vec<End>) -> Value {
    let is_list = |e: &End| matches!(e, End::Open(v) if open_list::length(v).is_some());
    if !ends.iter().any(is_list) {
        return Value::array(ends.into_iter().map(End::value).collect());
    }
    let part = |e: End| if is_list(&e) { e.value() } else { Value::array(vec![e.value()]) };
    Value::residual(Residual::call("concat", ends.into_iter().map(part).collect()))
}

/// What stands for a letter of a text that was taken by its number: something that equals nothing.
fn letter() -> Value {
    Value::object(Object::default())
}

fn follow(steps: &[Step], at: &Value, root: &Value, dates: Dates) -> Many {
    let Some((step, rest)) = steps.split_first() else {
        return match &at.data {
            Data::Array(items) => Many::Values(items.iter().cloned().map(End::Value).collect(), true),
            Data::Residual(_) => Many::Values(vec![End::Open(at.clone())], false),
            _ => Many::Values(vec![End::Value(at.clone())], false),
        };
    };
    if at.is_residual() && !matches!(step, Step::Root | Step::Member(..) | Step::Literal(_)) {
        return undecided(step, rest, at, root, dates);
    }
    match step {
        Step::Root => follow(rest, root, root, dates),
        Step::Literal(v) => Many::Values(vec![End::Value(literal(v))], false),
        Step::Member(name, exact) => match &at.data {
            Data::Object(o) => match o.member(name).filter(|m| !exact || m.key == *name) {
                Some(m) => follow(rest, &m.value, root, dates),
                None => Many::Missing,
            },
            Data::Residual(_) => match member(at, name) {
                Some(v) => follow(rest, &v, root, dates),
                None => Many::Unknown(at.clone()),
            },
            _ => Many::Missing,
        },
        Step::Item(i) => match item(at, *i, dates) {
            Some(v) => follow(rest, &v, root, dates),
            None => Many::Missing,
        },
        Step::All => gather(all(at).into_iter(), rest, root, dates, true),
        Step::Descendant(name) => below(at, name, rest, root, dates),
        Step::Slice([first, end, step]) => {
            let step = step.unwrap_or(1);
            let mut at_index = first.unwrap_or(if step >= 0 { 0 } else { -1 });
            let mut found = Vec::new();
            let within = |i: i64| end.is_none_or(|e| step > 0 && i < e || step < 0 && i > e);
            while step != 0 && within(at_index) {
                let Some(v) = item(at, at_index, dates) else { break };
                found.push(v);
                at_index += step;
                // From the end backwards, an index below the first comes round again.
                if found.len() > 1_000_000 {
                    break;
                }
            }
            gather(found.into_iter(), rest, root, dates, false)
        }
        Step::Where(filter) => {
            let mut kept = Vec::new();
            for v in all(at) {
                match holds(filter, &v, root, dates) {
                    Truth::True => kept.push(v),
                    Truth::False => {}
                    Truth::Unknown => return Many::Unknown(v),
                }
            }
            gather(kept.into_iter(), rest, root, dates, true)
        }
    }
}

/// What a path leads to from a list that is not decided: where all that may be there leads nowhere, or is left out, it does not
/// matter whether it is.
fn undecided(step: &Step, rest: &[Step], at: &Value, root: &Value, dates: Dates) -> Many {
    let Some(items) = open_list::items(at) else { return Many::Unknown(at.clone()) };
    if let Step::Descendant(name) = step {
        return below(&Value::array(vec![at.clone()]), name, rest, root, dates);
    }
    if let Step::Item(index) = step {
        let known =
            usize::try_from(*index).ok().and_then(|i| items.get(..=i)).filter(|i| i.iter().all(|(_, sure)| *sure));
        return match known.and_then(|items| items.last()) {
            Some((item, _)) => follow(rest, item, root, dates),
            None => Many::Unknown(at.clone()),
        };
    }
    let mut kept: Vec<Value> = Vec::new();
    for (item, sure) in items {
        match step {
            Step::All => {}
            Step::Where(filter) => match holds(filter, item, root, dates) {
                Truth::True => {}
                Truth::False => continue,
                Truth::Unknown if sure => return Many::Unknown(item.clone()),
                Truth::Unknown => {}
            },
            _ => return Many::Unknown(at.clone()),
        }
        if sure {
            kept.push(item.clone());
        } else if !matches!(follow(rest, item, root, dates), Many::Missing) {
            return Many::Unknown(item.clone());
        }
    }
    gather(kept.into_iter(), rest, root, dates, true)
}

/// What a path leads to from each of several values, all together. `needed`: nothing at all is nothing, not an empty list.
fn gather(values: impl Iterator<Item = Value>, rest: &[Step], root: &Value, dates: Dates, needed: bool) -> Many {
    let (mut out, mut any) = (Vec::new(), false);
    for v in values {
        match follow(rest, &v, root, dates) {
            Many::Missing => {}
            Many::Unknown(v) => return Many::Unknown(v),
            Many::Values(ends, _) => {
                any = true;
                out.extend(ends);
            }
        }
    }
    if any || !needed { Many::Values(out, true) } else { Many::Missing }
}

fn all(v: &Value) -> Vec<Value> {
    match &v.data {
        Data::Array(items) => items.to_vec(),
        Data::Object(o) => o.members.iter().map(|m| m.value.clone()).collect(),
        _ => Vec::new(),
    }
}

/// An item of a list, or a letter of a text.
fn item(v: &Value, index: i64, dates: Dates) -> Option<Value> {
    let at = |length: usize| {
        let length = i64::try_from(length).ok()?;
        let index = if index < 0 { length + index } else { index };
        usize::try_from(index).ok().filter(|i| (*i as i64) < length)
    };
    match &v.data {
        Data::Array(items) => items.get(at(items.len())?).cloned(),
        Data::Str(s) if !dates.is_date(s) => at(s.encode_utf16().count()).map(|_| letter()),
        _ => None,
    }
}

fn below(at: &Value, name: &str, rest: &[Step], root: &Value, dates: Dates) -> Many {
    let mut found = Vec::new();
    match descendants(at, name, 0, &mut found) {
        Some(open) => Many::Unknown(open),
        None => gather(found.into_iter(), rest, root, dates, true),
    }
}

/// Members of a name below a value, not looking below one that is found. Gives what is not known and may hold one.
fn descendants(v: &Value, name: &str, depth: usize, out: &mut Vec<Value>) -> Option<Value> {
    for child in all(v) {
        let deeper = depth < DEEPEST && crate::nesting::has_room();
        if let Some(items) = open_list::items(&child).filter(|_| child.is_residual() && deeper) {
            for (item, sure) in items {
                let before = out.len();
                let open = descendants(&Value::array(vec![item.clone()]), name, depth + 1, out);
                if open.is_some() || !sure && out.len() > before {
                    return open.or_else(|| Some(child.clone()));
                }
            }
        } else if child.is_residual() {
            match member(&child, name) {
                Some(found) => out.push(found),
                None => return Some(child),
            }
        } else if let Some(found) = child.get(name) {
            out.push(found.clone());
        } else if deeper {
            let open = descendants(&child, name, depth + 1, out);
            if open.is_some() {
                return open;
            }
        }
    }
    None
}

fn holds(filter: &Filter, v: &Value, root: &Value, dates: Dates) -> Truth {
    match filter {
        Filter::Any(all) => all.iter().fold(Truth::False, |t, f| t.or(holds(f, v, root, dates))),
        Filter::Both(a, b) => holds(a, v, root, dates).and(holds(b, v, root, dates)),
        Filter::Not(f) => holds(f, v, root, dates).not(),
        Filter::Exists(steps) => match follow(steps, v, root, dates) {
            Many::Missing => Truth::False,
            Many::Values(ends, false)
                if ends.iter().any(|e| matches!(e, End::Open(v) if open_list::may_be_missing(v))) =>
            {
                Truth::Unknown
            }
            Many::Values(..) => Truth::True,
            Many::Unknown(_) => Truth::Unknown,
        },
        Filter::Compare(left, comparison, right) => {
            let first = |steps: &[Step]| match follow(steps, v, root, dates) {
                Many::Missing => Ok(None),
                Many::Values(ends, _) => Ok(ends.into_iter().next().map(End::value)),
                Many::Unknown(_) => Err(()),
            };
            match (first(left), first(right)) {
                (Ok(Some(a)), Ok(Some(b))) => compared(&a, *comparison, &b, dates),
                (Err(()), _) | (_, Err(())) => Truth::Unknown,
                _ => Truth::False,
            }
        }
    }
}

fn compared(a: &Value, comparison: Comparison, b: &Value, dates: Dates) -> Truth {
    let how = compare::How::default();
    let equal = || compare::equal(a, b, how, dates);
    let order = |wanted: fn(std::cmp::Ordering) -> bool| compare::ordered(a, b, false, dates, wanted);
    match comparison {
        Comparison::Equal => equal(),
        Comparison::NotEqual => equal().not(),
        Comparison::Less => order(|o| o.is_lt()),
        Comparison::LessOrEqual => order(|o| o.is_le()),
        Comparison::Greater => order(|o| o.is_gt()),
        Comparison::GreaterOrEqual => order(|o| o.is_ge()),
        // The engine takes what stands on the left for the expression.
        Comparison::Matches => match (a.as_str(), b.is_residual() || a.is_residual()) {
            (_, true) => Truth::Unknown,
            (Some(pattern), false) => {
                super::regex::Pattern::new(pattern, false).map_or(Truth::False, |p| p.matches(b, dates))
            }
            (None, false) => Truth::False,
        },
    }
}
