//! Conditions on nodes, in three values, with the place of what decided.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use crate::check::Noted;
use crate::check::named::support::declared::Templates;
use crate::check::named::support::siblings;
use crate::check::targets::called::Called;
use crate::check::targets::forest::{Forest, Node};
use crate::check::types::Mistakes;
use crate::check::verdict::compare::{self, Lit};
use crate::check::verdict::evidence::{Asked, Evidence, Found, Scope, Step, Trail, View, nearest_first};
use crate::check::verdict::kept::{Kept, NameTexts};
use crate::check::verdict::look::Below;
use crate::check::verdict::supposed::Supposed;
use crate::expand::known::{self, Truth};
use crate::expand::residual::{Node as Expression, Residual};
use crate::expand::{Data, Deployed, Value};
use crate::rules::language::{Comparison, Condition, Items, Literal, Op, Operand, Quantifier, Root, Segment, Test};
use crate::rules::settings::Settings;
use crate::types::Damaged;

/// A check in Rust: looks at a scope and says what is wrong with [`Evaluator::say`].
pub type NamedCheck = for<'a> fn(&mut Evaluator<'a>, Scope<'a>, &'a [(String, Operand)]) -> Truth;

/// What conditions can see.
pub struct World<'a> {
    /// The nodes.
    pub forest: &'a Forest,
    /// The root deployment; `None` for exported resources and files.
    pub deployed: Option<&'a Deployed>,
    /// The configuration.
    pub settings: &'a Settings,
    /// The clock.
    pub now: Timestamp,
    /// The checks that are algorithms, by name.
    pub named: fn(&str) -> Option<NamedCheck>,
    /// Values worked out on the way.
    pub kept: Kept,
    /// Names that are not known as a whole, worked out on the way.
    pub name_texts: NameTexts,
    /// What nodes have that their types do not allow, worked out on the way.
    pub mistakes: Mistakes,
    /// What reports call nodes and deployments, worked out on the way.
    pub called: Called,
    /// The templates of deployments, worked out on the way.
    pub templates: Templates,
    /// What the resources of deployments go by, worked out on the way.
    pub siblings: siblings::Known,
    /// What targets would be with other values, worked out on the way.
    pub supposed: Supposed,
    /// Whether checks (by their places) fail for targets if all is theirs that may hang below them, worked out on the way.
    pub at_home: RefCell<FxHashMap<(usize, usize), bool>>,
    /// What was found out before, in this world or another.
    pub noted: Option<&'a Noted>,
}

impl<'a> World<'a> {
    /// The same world with other nodes, of which nothing is known yet.
    pub fn of<'f>(&self, forest: &'f Forest) -> World<'f>
    where
        'a: 'f,
    {
        let (kept, name_texts, called, templates, siblings, supposed, at_home) = Default::default();
        World {
            forest,
            kept,
            name_texts,
            called,
            templates,
            siblings,
            supposed,
            at_home,
            mistakes: self.mistakes.anew(),
            ..*self
        }
    }

    /// Whether a node is declared somewhere, or is a file. What was exported from Azure is a picture of what is there: to change
    /// the picture changes nothing.
    pub fn is_declared(&self, node: &Node) -> bool {
        self.deployed.is_some() || !node.kind.is_null()
    }
}

/// Evaluates conditions for one target.
pub struct Evaluator<'a> {
    /// What it can see.
    pub world: &'a World<'a>,
    /// The target.
    pub target: usize,
    /// The node that is looked at.
    pub here: usize,
    /// The way from that node to the scope.
    pub trail: Trail<'a>,
    /// Why conditions failed, if somebody wants to know.
    pub evidence: Vec<Evidence<'a>>,
    /// Whether to collect evidence.
    pub explain: bool,
    /// How many conditions were followed both ways for the path that is looked at.
    pub branches: usize,
    /// A clause found nothing to look at, and the rule does not apply then.
    pub inapplicable: bool,
    /// What the target is taken to hang below, where nobody knows its parent.
    pub home: Option<usize>,
    /// What of the target each node may hang below, of which nobody knows the parent.
    pub homes: OnceCell<FxHashMap<usize, usize>>,
    /// What may hang below the target is taken to do so.
    pub at_home: bool,
    /// Inside `not`, `anyOf`: one value does not suffice.
    vague: usize,
    /// Residuals that left something unknown.
    pub touched: RefCell<Vec<Rc<Residual>>>,
    /// The table of types could not be read: there is no verdict.
    pub damaged: OnceCell<Damaged>,
    /// Something was decided by a region that nobody named.
    pub assumed: Cell<bool>,
}

/// What the items of a list have come to so far.
struct Tally {
    /// Where their evidence begins.
    mark: usize,
    /// Where that of each of them begins.
    marks: Vec<usize>,
    all: Truth,
    any: Truth,
    /// How many count for certain, and how many perhaps.
    sure: usize,
    possible: usize,
    /// There may be more of them than anybody knows.
    open: bool,
}

impl Tally {
    fn new(mark: usize) -> Self {
        Tally { mark, marks: Vec::new(), all: Truth::True, any: Truth::False, sure: 0, possible: 0, open: false }
    }
}

/// Whether a test asks that nothing in all that is in its scope matches, and it is certain that nothing does.
fn matches_nowhere(test: &Test, s: Scope<'_>) -> bool {
    let (Op::NotMatch, Root::Here, Operand::Literal(Literal::Str(pattern))) = (test.op, &test.path.root, &test.operand)
    else {
        return false;
    };
    let everything = matches!(&test.path.segments[..], [Segment::Deep(key)] if key == "*");
    let plain = test.transforms.is_empty() && s.over.is_none() && s.view.prefix.is_empty();
    everything && plain && compare::matches_nothing(s.base, pattern, test.case_sensitive.unwrap_or(true))
}

/// What a literal is as a number.
fn number_of(l: &Lit<'_>) -> Option<f64> {
    match l {
        Lit::Int(i) => Some(*i as f64),
        Lit::Float(f) => Some(*f),
        Lit::Str(s) => s.trim().parse().ok(),
        _ => None,
    }
}

/// Told what is at the end of a path.
pub type Leaf<'l, 'a> = &'l mut dyn FnMut(&mut Evaluator<'a>, Found<'a>) -> Truth;

impl<'a> Evaluator<'a> {
    /// For a target.
    pub fn new(world: &'a World<'a>, target: usize) -> Self {
        Evaluator {
            world,
            target,
            here: target,
            trail: Trail::new(),
            evidence: Vec::new(),
            explain: false,
            branches: 0,
            inapplicable: false,
            home: None,
            homes: OnceCell::new(),
            at_home: false,
            vague: 0,
            touched: RefCell::default(),
            damaged: OnceCell::new(),
            assumed: Cell::default(),
        }
    }

    /// Runs a named check as a condition.
    fn named(&mut self, name: &'a str, args: &'a [(String, Operand)], s: Scope<'a>, want: bool) -> Truth {
        let Some(check) = (self.world.named)(name) else { return Truth::Unknown };
        let mark = self.evidence.len();
        let truth = check(self, s, args);
        if truth == Truth::from(want) {
            self.evidence.truncate(mark);
        }
        truth
    }

    /// Says what is wrong, and where.
    pub fn say(&mut self, node: usize, steps: &[Step<'a>], found: Found<'a>, words: impl Into<String>, unknown: bool) {
        if let (Found::Unknown(r) | Found::Within { object: r, .. }, true) = (found, unknown) {
            self.touch(r);
        }
        if self.explain {
            self.evidence
                .push(Evidence { words: words.into(), ..Evidence::about(node, steps, found, Asked::Said, unknown) });
        }
    }

    /// The scope of a node as a whole.
    pub fn scope(&self, node: usize) -> Scope<'a> {
        let base = &self.world.forest.nodes[node].body;
        Scope { node, base, view: View::default(), over: None, key: None, item: false, outer: None }
    }

    /// Whether a condition holds, without evidence.
    pub fn holds(&mut self, c: &'a Condition, s: Scope<'a>) -> Truth {
        let explain = std::mem::replace(&mut self.explain, false);
        let truth = self.eval(c, s, true);
        self.explain = explain;
        truth
    }

    /// Whether a condition holds. `want` is what is hoped for: evidence is collected against it.
    pub fn eval(&mut self, c: &'a Condition, s: Scope<'a>, want: bool) -> Truth {
        match c {
            Condition::All(list) => self.many(list, s, want, true),
            Condition::Any(list) => self.many(list, s, want, false),
            Condition::Not(inner) => {
                self.vague += 1;
                let truth = self.eval(inner, s, !want).not();
                self.vague -= 1;
                truth
            }
            Condition::Test(test) => self.test(test, s, want),
            Condition::Items(items) => self.items(items, s, want),
            Condition::Use(name, args) => self.named(name, args, s, want),
        }
    }

    /// All of the conditions, or at least one of them.
    fn many(&mut self, list: &'a [Condition], s: Scope<'a>, want: bool, all: bool) -> Truth {
        let mark = self.evidence.len();
        let mut truth = Truth::from(all);
        // To make "all" hold, each that fails must change; to make "any" hold, one of them must: which, nobody knows,
        // but an alternative that lacks just one thing holds with it.
        let alternatives = all != want;
        let vague = alternatives && !want;
        self.vague += usize::from(vague);
        let mut marks = Vec::new();
        for c in list {
            let before = self.evidence.len();
            if self.explain {
                marks.push(before);
            }
            let t = self.eval(c, s, want);
            if alternatives && let more @ [_, _, ..] = &mut self.evidence[before..] {
                more.iter_mut().for_each(|e| e.sufficient = false);
            }
            truth = if all { truth.and(t) } else { truth.or(t) };
            let decided = truth == Truth::from(!all);
            if decided && (truth == Truth::from(want) || !self.explain) {
                break;
            }
        }
        self.vague -= usize::from(vague);
        if truth == Truth::from(want) {
            self.evidence.truncate(mark);
        } else if alternatives && want {
            let size = |c: &Condition| if let Condition::All(parts) = c { parts.len() } else { 1 };
            nearest_first(&mut self.evidence, &marks, &list.iter().map(size).collect::<Vec<_>>());
        }
        truth
    }

    /// A test of one value.
    fn test(&mut self, test: &'a Test, s: Scope<'a>, want: bool) -> Truth {
        if want && matches_nowhere(test, s) {
            return Truth::True;
        }
        self.at(&test.path, s, &mut |e, found| {
            let truth = e.ask(test, found, s);
            if truth != Truth::from(want) {
                e.blame(found, if want { Asked::Test(test) } else { Asked::Not(test) }, truth == Truth::Unknown);
                if let (true, Some(last)) = (e.explain, e.evidence.last_mut()) {
                    last.scope = Some(s);
                }
            }
            truth
        })
    }

    /// The items of an array, or the members of an object.
    fn items(&mut self, items: &'a Items, s: Scope<'a>, want: bool) -> Truth {
        if let Root::Children(type_) = &items.path.root {
            return self.children(items, type_, s, want);
        }
        self.at(&items.path, s, &mut |e, found| {
            let value = match found {
                Found::Value(v) | Found::Secret(v) => v,
                Found::Missing => return e.no_items(items, s, want, found),
                Found::Within { .. } => {
                    e.blame(found, Asked::NoItem, true);
                    return Truth::Unknown;
                }
                Found::Unknown(r) => match (&r.node, &items.quantifier) {
                    // A loop of unknown length: what holds for the item holds for all.
                    (Expression::Loop { .. }, Quantifier::Each(_) | Quantifier::None(_)) => {
                        return e.looped(items, r, s, want);
                    }
                    _ => return e.joined(items, r, s, want),
                },
            };
            e.each(items, value, s, want, found)
        })
    }

    /// Nobody knows how many there are, but some are there for certain.
    fn at_least(&mut self, items: &'a Items, r: &'a Rc<Residual>, s: Scope<'a>, want: bool) -> Truth {
        let sure = known::least_members(&Value::new(Data::Residual(r.clone())));
        if sure == 0 {
            self.blame(Found::Unknown(r), Asked::NoItem, true);
            return Truth::Unknown;
        }
        let tally = Tally { sure, possible: sure, open: true, ..Tally::new(self.evidence.len()) };
        self.decided(items, s, want, Found::Unknown(r), tally)
    }

    fn no_items(&mut self, items: &'a Items, s: Scope<'a>, want: bool, found: Found<'a>) -> Truth {
        let (truth, asked) = match &items.quantifier {
            Quantifier::Each(_) | Quantifier::None(_) => (Truth::True, Asked::NoItem),
            Quantifier::Some(_) => (Truth::False, Asked::NoItem),
            Quantifier::Count(c) => (self.compare_all(c, 0.0, s), Asked::Count(c, 0)),
        };
        if truth != Truth::from(want) {
            self.blame(found, asked, truth == Truth::Unknown);
        }
        truth
    }

    fn looped(&mut self, items: &'a Items, r: &'a Rc<Residual>, s: Scope<'a>, want: bool) -> Truth {
        let (Expression::Loop { item, .. }, Quantifier::Each(c) | Quantifier::None(c)) = (&r.node, &items.quantifier)
        else {
            return Truth::Unknown;
        };
        let each = matches!(items.quantifier, Quantifier::Each(_));
        let mark = self.evidence.len();
        self.trail.push(Step::Item(Some(0), item));
        let scope = s.item(self.here, item, None);
        let counts = items.filter.as_ref().map_or(Truth::True, |f| self.holds(f, scope));
        let truth = match counts {
            Truth::False => Truth::True,
            _ => {
                let held = self.eval(c, scope, want == each);
                counts.not().or(if each { held } else { held.not() })
            }
        };
        self.trail.pop();
        if truth != Truth::False {
            return truth;
        }
        // There may be no item at all.
        self.evidence.truncate(mark);
        self.blame(Found::Unknown(r), Asked::NoItem, true);
        Truth::Unknown
    }

    /// The items of a list of which only a part is known; of what is no list, how many members it has at the least.
    fn joined(&mut self, items: &'a Items, r: &'a Rc<Residual>, s: Scope<'a>, want: bool) -> Truth {
        let (found, mark) = (Found::Unknown(r), self.evidence.len());
        let counts = matches!(items.quantifier, Quantifier::Count(_));
        let list = known::joined(r);
        if list.is_none() && counts && items.filter.is_none() {
            return self.at_least(items, r, s, want);
        }
        if let Some(list) = list.filter(|list| !(counts && list.once)) {
            let mut tally = Tally::new(mark);
            tally.open = !list.open.is_empty();
            for (i, item) in list.placed() {
                self.trail.push(Step::Item(i, item));
                self.entry(items, s.item(self.here, item, None), true, want, &mut tally);
                self.trail.pop();
            }
            let truth = self.decided(items, s, want, found, tally);
            if truth != Truth::Unknown {
                return truth;
            }
        }
        self.evidence.truncate(mark);
        self.blame(found, Asked::NoItem, true);
        Truth::Unknown
    }

    fn each(&mut self, items: &'a Items, value: &'a Value, s: Scope<'a>, want: bool, found: Found<'a>) -> Truth {
        let mut entries: Vec<(Step<'a>, &'a Value)> = Vec::new();
        match &value.data {
            Data::Array(a) => entries.extend(a.iter().enumerate().map(|(i, v)| (Step::Item(Some(i), v), v))),
            Data::Object(o) => entries.extend(o.members.iter().map(|m| (Step::Member(m), &m.value))),
            _ => return self.no_items(items, s, want, found),
        }
        let mut tally = Tally::new(self.evidence.len());
        tally.open = value.as_object().is_some_and(|o| o.open);
        for (step, item) in entries {
            let key = if let Step::Member(m) = step { Some(&m.key) } else { None };
            self.trail.push(step);
            self.entry(items, s.item(self.here, item, key), true, want, &mut tally);
            self.trail.pop();
        }
        self.decided(items, s, want, found, tally)
    }

    /// Resources below the target as items.
    fn children(&mut self, items: &'a Items, type_: &'a str, s: Scope<'a>, want: bool) -> Truth {
        let (there, open) = self.below(type_);
        let mut tally = Tally::new(self.evidence.len());
        tally.open = open;
        for Below { scope, way, doubt, many } in there {
            // (What holds for one of them holds for all.)
            tally.open |= many && matches!(items.quantifier, Quantifier::Count(_));
            let trail = std::mem::replace(&mut self.trail, way);
            let here = std::mem::replace(&mut self.here, scope.node);
            self.entry(items, Scope { outer: Some(s.as_outer()), ..scope }, doubt.is_none(), want, &mut tally);
            self.here = here;
            self.trail = trail;
        }
        let (mark, here) = (tally.mark, std::mem::replace(&mut self.here, s.node));
        let truth = self.decided(items, s, want, Found::Missing, tally);
        // What lacks a counterpart is to blame, not what might have been one.
        if matches!(items.quantifier, Quantifier::Some(_) | Quantifier::Count(_)) && truth == Truth::from(!want) {
            self.evidence.truncate(mark);
            self.blame(Found::Missing, Asked::Elsewhere, false);
        }
        self.here = here;
        truth
    }

    /// One item, which is there for certain or perhaps.
    fn entry(&mut self, items: &'a Items, scope: Scope<'a>, certain: bool, want: bool, tally: &mut Tally) {
        let (inner, hoped) = match &items.quantifier {
            Quantifier::Each(c) => (Some(&**c), want),
            Quantifier::Some(c) => (Some(&**c), want),
            Quantifier::None(c) => (Some(&**c), !want),
            Quantifier::Count(_) => (None, want),
        };
        let vague = usize::from(!matches!(items.quantifier, Quantifier::Each(_)));
        let unsettled = matches!(scope.base.data, Data::Residual(_));
        let counts = match (&items.filter, &scope.base.data) {
            (filter, Data::Residual(r)) => {
                self.touch(r);
                // It is an item, whatever it comes to.
                if filter.is_some() { Truth::Unknown } else { Truth::True }
            }
            (Some(f), _) => self.holds(f, scope),
            (None, _) => Truth::True,
        };
        let counts = if certain { counts } else { counts.and(Truth::Unknown) };
        if counts == Truth::False {
            return;
        }
        self.vague += vague;
        if self.explain {
            tally.marks.push(self.evidence.len());
        }
        let holds = match inner {
            Some(_) if unsettled => Truth::Unknown,
            Some(c) => self.eval(c, scope, hoped),
            None => Truth::True,
        };
        let hangs = match items.quantifier {
            Quantifier::Each(_) => holds == Truth::False,
            Quantifier::Some(_) | Quantifier::None(_) => holds == Truth::True,
            Quantifier::Count(_) => false,
        };
        if let (Some(filter), Truth::Unknown) = (&items.filter, counts)
            && hangs
            && self.explain
        {
            // What is not known is whether the item counts.
            self.eval(filter, scope, true);
        }
        self.vague -= vague;
        tally.all = tally.all.and(counts.not().or(holds));
        tally.any = tally.any.or(counts.and(holds));
        tally.sure += usize::from(counts == Truth::True);
        tally.possible += 1;
    }

    /// What the items come to.
    fn decided(&mut self, items: &'a Items, s: Scope<'a>, want: bool, found: Found<'a>, tally: Tally) -> Truth {
        let Tally { mark, marks, all, any, sure, possible, open } = tally;
        let more = if open { Truth::Unknown } else { Truth::True };
        let (truth, asked) = match &items.quantifier {
            Quantifier::Each(_) => (all.and(more), Asked::NoItem),
            Quantifier::Some(_) => (any.or(more.not()), Asked::NoItem),
            Quantifier::None(_) => (any.or(more.not()).not(), Asked::NoItem),
            Quantifier::Count(c) if sure == possible && !open => {
                (self.compare_all(c, sure as f64, s), Asked::Count(c, sure))
            }
            Quantifier::Count(c) => {
                // There may be more: at most as many as nobody would write.
                let most = if open { 1e6 } else { possible as f64 };
                (self.compare_between(c, sure as f64, most, s), Asked::Count(c, sure))
            }
        };
        if truth == Truth::from(want) {
            self.evidence.truncate(mark);
        } else if self.evidence.len() == mark {
            self.blame(found, asked, truth == Truth::Unknown);
        } else if want && matches!(items.quantifier, Quantifier::Some(_)) {
            nearest_first(&mut self.evidence, &marks, &[]);
        }
        truth
    }

    /// Numbers compared.
    pub fn compare_all(&mut self, list: &'a [Comparison], number: f64, s: Scope<'a>) -> Truth {
        list.iter().fold(Truth::True, |t, c| {
            let expected = self.operand(&c.operand, s);
            let items = expected.items();
            let one = items.first().and_then(number_of);
            t.and(match (c.op, one) {
                (Op::In, _) => {
                    let is = |l: &Lit<'_>| match l {
                        Lit::Unknown(_) => Truth::Unknown,
                        l => number_of(l).is_some_and(|n| n == number).into(),
                    };
                    items.iter().map(is).fold(Truth::False, Truth::or)
                }
                (Op::Equals, Some(n)) => (number == n).into(),
                (Op::NotEquals, Some(n)) => (number != n).into(),
                (Op::Greater, Some(n)) => (number > n).into(),
                (Op::GreaterOrEquals, Some(n)) => (number >= n).into(),
                (Op::Less, Some(n)) => (number < n).into(),
                (Op::LessOrEquals, Some(n)) => (number <= n).into(),
                _ => Truth::Unknown,
            })
        })
    }

    /// What comparisons come to for every number from one to another: a range may hold between two that are outside of it. Of
    /// numbers that are not whole, those only that are compared with, and the two ends: it is things that are counted or added up.
    pub fn compare_between(&mut self, list: &'a [Comparison], low: f64, high: f64, s: Scope<'a>) -> Truth {
        let truth = self.compare_all(list, low, s);
        // The answer changes at numbers that are compared with, and nowhere else.
        let mut turns = vec![high.max(low)];
        for c in list {
            let numbers = self.operand(&c.operand, s).items().iter().filter_map(number_of).collect::<Vec<_>>();
            turns.extend(numbers.iter().flat_map(|n| [n.ceil() - 1.0, n.ceil(), *n, n.floor(), n.floor() + 1.0]));
        }
        turns.retain(|n| (low..=high.max(low)).contains(n));
        if turns.iter().all(|n| self.compare_all(list, *n, s) == truth) { truth } else { Truth::Unknown }
    }

    /// Records why.
    pub fn blame(&mut self, found: Found<'a>, asked: Asked<'a>, unknown: bool) {
        match found {
            Found::Unknown(r) | Found::Within { object: r, .. } => self.touch(r),
            Found::Value(v) if unknown => self.touch_all(v),
            _ => {}
        }
        if self.explain {
            let mut evidence = Evidence::about(self.here, &self.trail, found, asked, unknown);
            evidence.sufficient = self.vague == 0;
            self.evidence.push(evidence);
        }
    }

    /// Remembers that a residual left something unknown.
    pub fn touch(&self, r: &Rc<Residual>) {
        self.touched.borrow_mut().push(r.clone());
    }

    fn touch_all(&self, v: &Value) {
        match &v.data {
            Data::Residual(r) => self.touch(r),
            Data::Array(a) => a.iter().for_each(|v| self.touch_all(v)),
            Data::Object(o) => o.members.iter().for_each(|m| self.touch_all(&m.value)),
            _ => {}
        }
    }
}
