//! Whether an expression holds of a target, and why it does not.

use std::cell::Cell;
use std::path::Path as FilePath;

use ecow::EcoString;

use super::compare::Dates;
use super::condition::{Subject, holds};
use super::function::{Around, literal, of_json, value};
use super::language::{Bound, Condition, Each, Expression, Junction, Operand, Operator, Term, Test};
use super::message;
use super::open_list::{self, Shape};
use super::path::{End, Found, Path, Step as PathStep};
use crate::check::evidence::{Asked, Evidence, Found as Seen, Step};
use crate::check::{pointer, shown_path, to_edit};
use crate::expand::known::{Truth, certainly_string, member};
use crate::expand::{Data, Value};
use crate::nesting;
use crate::read::Span;
use crate::rules::Settings;

/// What expressions are asked of.
#[derive(Debug)]
pub struct Target {
    /// The object, with its children in `resources`.
    pub object: Value,
    /// Its type.
    pub type_: Value,
    /// Its name.
    pub name: Value,
    /// The scope it is deployed to, if it is deployed.
    pub scope: Option<Value>,
    /// The files it comes from, by what they are.
    pub sources: Vec<(&'static str, EcoString)>,
    /// It is not known whether it comes from a parameter file.
    pub undecided: bool,
    /// The JSON pointer of its declaration.
    pub pointer: EcoString,
    /// Where a finding about it as a whole belongs.
    pub place: Option<Span>,
}

/// Why an expression does not hold, or holds that must not, or cannot be known.
#[derive(Debug, Clone)]
pub struct Reason {
    /// In words, as a sentence.
    pub message: String,
    /// Where to edit.
    pub place: Option<Span>,
    /// The JSON pointer of the property.
    pub pointer: EcoString,
    /// The path of the property.
    pub path: EcoString,
    /// The value there, if there is one.
    pub value: Option<Value>,
    /// It is not known.
    pub unknown: bool,
}

/// A value that an expression is asked of, and where it stands.
#[derive(Debug, Clone)]
struct Spot {
    value: Value,
    place: Option<Span>,
    pointer: EcoString,
    path: EcoString,
    /// It is an item that an operator is asked of, not the target.
    item: bool,
}

/// What the items of a list come to.
#[derive(Debug, Clone, Copy)]
struct Tally {
    /// Whether the expression holds of all that count.
    all: Truth,
    /// Of how many it holds for sure.
    sure: i64,
    /// Of how many it may hold, if there is an end.
    most: Option<i64>,
}

impl Tally {
    const NONE: Tally = Tally { all: Truth::True, sure: 0, most: Some(0) };
    const OPEN: Tally = Tally { all: Truth::Unknown, sure: 0, most: None };

    /// Of a list and another one behind it.
    fn and(self, other: Tally) -> Tally {
        Tally {
            all: self.all.and(other.all),
            sure: self.sure + other.sure,
            most: self.most.zip(other.most).map(|(a, b)| a + b),
        }
    }

    /// Of one of two lists.
    fn or(self, other: Tally) -> Tally {
        Tally {
            all: if self.all == other.all { self.all } else { Truth::Unknown },
            sure: self.sure.min(other.sure),
            most: self.most.zip(other.most).map(|(a, b)| a.max(b)),
        }
    }

    /// Of a list of any number of items like this one.
    fn many(self) -> Tally {
        let all = if self.all == Truth::True { Truth::True } else { Truth::Unknown };
        Tally { all, sure: 0, most: self.most.filter(|n| *n == 0) }
    }

    /// Whether the number of those of which it holds keeps a bound.
    fn within(self, bound: Bound, number: i64) -> Truth {
        let least = bound.holds(self.sure, number);
        // Without an end, some number is beyond any bound.
        let most = match self.most {
            Some(most) => bound.holds(most, number),
            None => matches!(bound, Bound::AtLeast | Bound::MoreThan),
        };
        let between = bound == Bound::Exactly && self.sure < number && self.most.is_none_or(|most| number < most);
        match (least, most) {
            (true, true) if bound != Bound::Exactly || self.most == Some(self.sure) => Truth::True,
            (false, false) if !between => Truth::False,
            _ => Truth::Unknown,
        }
    }
}

/// A way through the items of a list.
struct Walk<'w> {
    operator: &'w Operator,
    each: &'w Each,
    /// Where the list is.
    list: &'w Spot,
    wanted: bool,
    /// The number of the next item.
    next: usize,
    /// How many more are looked at.
    left: usize,
}

/// Asks expressions of one target.
pub struct Evaluator<'e> {
    /// The target.
    pub target: &'e Target,
    /// The configuration.
    pub settings: &'e Settings,
    /// The folder that paths start at.
    pub base: &'e FilePath,
    /// How dates are read.
    pub dates: Dates,
    /// A text is not made, since it would be too long.
    pub too_long: Cell<bool>,
}

impl Around for Evaluator<'_> {
    fn target(&self) -> &Value {
        &self.target.object
    }

    fn configuration(&self, key: &str) -> Option<Value> {
        self.settings.get(key).map(of_json)
    }

    fn dates(&self) -> Dates {
        self.dates
    }

    fn too_long(&self) {
        self.too_long.set(true);
    }
}

impl Evaluator<'_> {
    /// Whether an expression holds of the target; why not is added to the reasons.
    pub fn judge(&self, expression: &Expression, reasons: &mut Vec<Reason>) -> Truth {
        let t = self.target;
        let (value, pointer) = (t.object.clone(), t.pointer.clone());
        let spot = Spot { value, place: t.place, pointer, path: EcoString::new(), item: false };
        self.expression(expression, &spot, true, reasons)
    }

    /// Whether an expression holds at a spot. If that is not what is wanted, it is added why.
    fn expression(&self, e: &Expression, at: &Spot, wanted: bool, reasons: &mut Vec<Reason>) -> Truth {
        match e {
            Expression::Always => Truth::True,
            Expression::Condition(c) => self.condition(c, at, wanted, reasons),
            Expression::Operator(o) => {
                let mut own = Vec::new();
                let truth = match &o.each {
                    Some(each) => self.each(o, each, at, wanted, &mut own),
                    None => self.junction(o, at, wanted, &mut own),
                };
                if truth != Truth::from(wanted) {
                    reasons.append(&mut own);
                }
                truth
            }
        }
    }

    fn junction(&self, o: &Operator, at: &Spot, wanted: bool, reasons: &mut Vec<Reason>) -> Truth {
        let (start, join): (Truth, fn(Truth, Truth) -> Truth) = match o.kind {
            Junction::Not => {
                let inner = o.of.first().map(|e| self.expression(e, at, !wanted, reasons));
                return inner.map_or(Truth::False, Truth::not);
            }
            Junction::All => (Truth::True, Truth::and),
            Junction::Any => (Truth::False, Truth::or),
        };
        o.of.iter().fold(start, |t, e| join(t, self.expression(e, at, wanted, reasons)))
    }

    fn each(&self, o: &Operator, each: &Each, at: &Spot, wanted: bool, reasons: &mut Vec<Reason>) -> Truth {
        let list = self.trail(&each.field, at);
        let Ok(values) = each.field.values(&at.value, self.dates) else {
            reasons.push(list.reason(message::unknown(&list.path), true));
            return Truth::Unknown;
        };
        let mut walk = Walk { operator: o, each, list: &list, wanted, next: 0, left: open_list::MOST };
        let mut tally = Tally::NONE;
        for end in values {
            let one = match &end {
                End::Value(v) => self.item(&mut walk, v, reasons),
                End::Open(v) => self.items(&mut walk, v, 0, reasons),
            };
            tally = tally.and(one);
        }
        let Some((bound, number)) = each.number else { return tally.all };
        let truth = tally.within(bound, number);
        if truth != Truth::from(wanted) {
            // How many there are says more than why one of them is not as the others.
            reasons.clear();
            let words = match truth {
                Truth::Unknown => message::open_number(&list.path, bound, number, wanted),
                _ => message::number(&list.path, tally.sure, bound, number, wanted),
            };
            reasons.push(list.reason(words, truth == Truth::Unknown));
        }
        truth
    }

    /// What one item comes to.
    fn item(&self, walk: &mut Walk<'_>, value: &Value, reasons: &mut Vec<Reason>) -> Tally {
        let spot = walk.list.item(walk.next, value.clone());
        walk.next += 1;
        let filter = walk.each.filter.as_ref();
        let counted = filter.map_or(Truth::True, |f| self.expression(f, &spot, true, &mut Vec::new()));
        if counted == Truth::False {
            return Tally::NONE;
        }
        let holds = self.junction(walk.operator, &spot, walk.wanted, reasons);
        Tally {
            all: counted.not().or(holds),
            sure: i64::from(counted.and(holds) == Truth::True),
            most: Some(i64::from(holds != Truth::False)),
        }
    }

    /// What the items of a value come to that is not decided.
    fn items(&self, walk: &mut Walk<'_>, v: &Value, depth: usize, reasons: &mut Vec<Reason>) -> Tally {
        let unknown = |walk: &Walk<'_>| walk.list.reason(message::open_list(&walk.list.path), true);
        walk.left = walk.left.saturating_sub(1);
        if walk.left == 0 || !nesting::TEXT.allows(depth) {
            reasons.push(unknown(walk));
            return Tally::OPEN;
        }
        // Of what may not be there, nothing is said but that.
        let mut doubts = Vec::new();
        let tally = match Shape::of(v) {
            Shape::One => return self.item(walk, v, reasons),
            Shape::Items(items) => {
                walk.left = walk.left.saturating_sub(items.len());
                return items.iter().fold(Tally::NONE, |t, item| t.and(self.item(walk, item, reasons)));
            }
            Shape::Joined(lists) => {
                return lists.iter().fold(Tally::NONE, |t, list| t.and(self.items(walk, list, depth + 1, reasons)));
            }
            Shape::Either(a, b) => {
                let a = self.items(walk, a, depth + 1, &mut doubts);
                a.or(self.items(walk, b, depth + 1, &mut doubts))
            }
            Shape::Many(item) => self.item(walk, item, &mut doubts).many(),
            Shape::Open => Tally::OPEN,
        };
        match tally.all {
            Truth::Unknown => reasons.push(unknown(walk)),
            _ => reasons.append(&mut doubts),
        }
        tally
    }

    fn condition(&self, c: &Condition, at: &Spot, wanted: bool, reasons: &mut Vec<Reason>) -> Truth {
        self.too_long.set(false);
        let (subject, spot) = self.subject(c, at);
        let truth = holds(c, &subject, self, self.base);
        if truth != Truth::from(wanted) {
            let what = message::subject(c, &spot.path);
            let unknown = truth == Truth::Unknown;
            let words = match unknown {
                true if self.too_long.get() => message::too_long(&what),
                true => message::unknown(&what),
                false => message::condition(c, &what, &subject, self, wanted),
            };
            let mut reason = spot.reason(words, unknown);
            if let Subject::Value(v) = &subject {
                reason.value = Some(v.clone());
            }
            reasons.push(reason);
        }
        truth
    }

    /// What a condition looks at, and where that stands.
    fn subject(&self, c: &Condition, at: &Spot) -> (Subject, Spot) {
        let only_field = matches!(c.test, Test::Exists(_) | Test::SetOf(_) | Test::Subset(..) | Test::HasSchema(..));
        let mut missing = None;
        for operand in &c.operands {
            let t = self.target;
            let own = |v: &Value| {
                let place = v.origin.decided().place.or(t.place);
                Spot { value: v.clone(), place, pointer: t.pointer.clone(), path: EcoString::new(), item: false }
            };
            let whole = || Spot { value: t.object.clone(), ..own(&Value::null()) };
            let bound = |keys| self.bound(at, keys);
            match operand {
                Operand::Field(path) => {
                    let spot = self.trail(path, at);
                    match path.value(&at.value, self.dates) {
                        Found::Value(v) => return (Subject::Value(v), spot),
                        Found::Unknown(_) => return (Subject::Unknown, spot),
                        Found::Missing => {
                            let subject = Subject::Missing { field: true };
                            if only_field || holds(c, &subject, self, self.base) == Truth::True {
                                return (subject, spot);
                            }
                            missing = Some(spot);
                        }
                    }
                }
                _ if only_field => break,
                // An item goes by what it says of itself, and is deployed to no scope. Its file is that of the target.
                Operand::Type if at.item => return bound(["ResourceType", "type"]),
                Operand::Name if at.item => return bound(["ResourceName", "name"]),
                Operand::Scope if at.item => return (Subject::Value(Value::null()), at.clone()),
                Operand::Type => return (Subject::Value(t.type_.clone()), own(&t.type_)),
                Operand::Name => return (Subject::Value(t.name.clone()), own(&t.name)),
                Operand::Source(kind) => match t.sources.iter().find(|(k, _)| k.eq_ignore_ascii_case(kind)) {
                    Some((_, file)) => return (Subject::Value(Value::str(file.clone())), whole()),
                    None if t.undecided && kind.eq_ignore_ascii_case("Parameter") => {
                        return (Subject::Unknown, whole());
                    }
                    None => {}
                },
                Operand::Value(Term::Literal(l)) => return (Subject::Value(literal(l)), whole()),
                Operand::Value(Term::Function(f)) => return (Subject::Given(value(f, self)), whole()),
                Operand::Scope => {
                    let scope = t.scope.clone().unwrap_or_else(Value::null);
                    return (Subject::Value(scope), whole());
                }
            }
        }
        let field = missing.is_some();
        let spot = missing.unwrap_or_else(|| Spot { value: Value::null(), ..at.clone() });
        (Subject::Missing { field }, spot)
    }

    /// The name or type of an item: the first of these members that it has.
    fn bound(&self, at: &Spot, keys: [&str; 2]) -> (Subject, Spot) {
        let trail = |key: &str| self.trail(&Path::member(key), at);
        let [_, usual] = keys;
        if at.value.is_residual() && !certainly_string(&at.value) {
            let subject = member(&at.value, usual).map_or(Subject::Unknown, Subject::Value);
            return (subject, trail(usual));
        }
        let said = |key: &&&str| at.value.get(key).is_some_and(|v| !v.is_null());
        let Some(key) = keys.iter().find(said) else { return (Subject::Nameless, trail(usual)) };
        let subject = match at.value.get(key) {
            Some(v) if matches!(v.data, Data::Str(_) | Data::Residual(_)) => Subject::Value(v.clone()),
            Some(Value { data: Data::Int(i), .. }) => Subject::Value(Value::str(ecow::eco_format!("{i}"))),
            _ => Subject::Nameless,
        };
        (subject, trail(key))
    }

    /// Where a path leads from a spot, as far as it goes one way.
    fn trail(&self, path: &Path, at: &Spot) -> Spot {
        let (from, mut now) = (at, at.value.clone());
        let mut links: Vec<Link> = Vec::new();
        for step in &path.steps {
            match step {
                PathStep::Root => {
                    now = at.value.clone();
                    links.clear();
                }
                PathStep::Member(name, _) => {
                    let member = now.as_object().and_then(|o| o.member(name)).cloned();
                    let there = member.is_some();
                    links.push(member.map_or_else(|| Link::Missing(name.clone()), Link::Member));
                    match links.last() {
                        Some(Link::Member(m)) if there => now = m.value.clone(),
                        _ => break,
                    }
                }
                PathStep::Item(i) => {
                    let items = now.as_array().unwrap_or_default();
                    let index = usize::try_from(if *i < 0 { items.len() as i64 + i } else { *i }).unwrap_or(usize::MAX);
                    let Some(item) = items.get(index).cloned() else { break };
                    now = item.clone();
                    links.push(Link::Item(index, item));
                }
                _ => break,
            }
        }
        let steps: Vec<Step<'_>> = links.iter().map(Link::step).collect();
        let missing = matches!(links.last(), Some(Link::Missing(_)));
        let seen = if missing { Seen::Missing } else { Seen::Value(&now) };
        let evidence = Evidence::about(0, &steps, seen, Asked::NoItem, false);
        let place = if steps.is_empty() { from.place } else { to_edit(&evidence).or(from.place) };
        let (pointer, own) = (pointer(&from.pointer, &steps), shown_path(&steps));
        let path = match (from.path.is_empty(), own.is_empty()) {
            (true, _) => own,
            (_, true) => from.path.clone(),
            _ => ecow::eco_format!("{}.{own}", from.path),
        };
        Spot { value: now, place, pointer, path, item: at.item }
    }
}

/// A step of a trail, with what it leads to.
enum Link {
    Member(crate::expand::value::Member),
    Item(usize, Value),
    Missing(EcoString),
}

impl Link {
    fn step(&self) -> Step<'_> {
        match self {
            Link::Member(m) => Step::Member(m),
            Link::Item(i, v) => Step::Item(Some(*i), v),
            Link::Missing(name) => Step::Missing(name),
        }
    }
}

impl Spot {
    fn reason(&self, message: String, unknown: bool) -> Reason {
        let (pointer, path) = (self.pointer.clone(), self.path.clone());
        Reason { message, place: self.place, pointer, path, value: None, unknown }
    }

    /// An item of the list at this spot, or the one value that stands for a list.
    fn item(&self, i: usize, value: Value) -> Spot {
        let listed = !matches!(Shape::of(&self.value), Shape::One | Shape::Open);
        let steps = [Step::Item(Some(i), &value)];
        let evidence = Evidence::about(0, &steps, Seen::Value(&value), Asked::NoItem, false);
        let place = if listed { to_edit(&evidence).or(self.place) } else { self.place };
        let (pointer, path) = match listed {
            true => (pointer(&self.pointer, &steps), ecow::eco_format!("{}[{i}]", self.path)),
            false => (self.pointer.clone(), self.path.clone()),
        };
        Spot { place, pointer, path, value, item: true }
    }
}
