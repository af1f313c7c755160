//! Clauses: what they look at, and what they demand of it.

use smallvec::{SmallVec, smallvec};

use crate::check::result::Outcome;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Asked, Evidence, Found, Scope, Step, Trail, View, distance};
use crate::expand::known::truth::Truth;
use crate::expand::residual::Node as Expression;
use crate::expand::{Data, Value};
use crate::rules::language::{Check, Clause, Comparison, Condition, Demand, Inside, Path, Segment, Selector};

/// The judgement of one rule on one target.
#[derive(Debug)]
pub struct Verdict<'a> {
    /// The outcome.
    pub outcome: Outcome,
    /// What speaks against the target; the first is the reason given.
    pub reasons: Vec<Reason<'a>>,
}

/// Why a clause does not hold, or cannot be decided.
#[derive(Debug, Clone)]
pub struct Reason<'a> {
    /// The clause; `None` where the precondition is unknown.
    pub clause: Option<&'a Clause>,
    /// What it is about.
    pub scope: Scope<'a>,
    /// What decided.
    pub evidence: Vec<Evidence<'a>>,
    /// What is wrong, where there is no value to speak of.
    pub words: String,
    /// It cannot be decided.
    pub unknown: bool,
    /// How many things were counted.
    pub count: Option<f64>,
}

/// What a clause looks at.
#[derive(Default)]
struct Looked<'a> {
    /// The things, each with the way to it from its node.
    items: SmallVec<[(Scope<'a>, Trail<'a>); 1]>,
    /// Things of which nobody knows whether they are looked at, and why.
    perhaps: Vec<(Scope<'a>, Trail<'a>, Evidence<'a>)>,
    /// What could hold more of them.
    open: Vec<Evidence<'a>>,
}

impl<'a> Evaluator<'a> {
    /// Judges a target.
    pub fn judge(&mut self, check: &'a Check) -> Verdict<'a> {
        let target = self.scope(self.target);
        let mut why = Vec::new();
        let of_type = check.of_type.as_ref().map_or(Truth::True, |c| self.of_type(c, target));
        let applies = match check.when.as_ref().filter(|_| of_type != Truth::False) {
            Some(when) => match self.holds(when, target) {
                Truth::Unknown => {
                    why = self.explained(|e| e.eval(when, target, true), Trail::new()).1;
                    Truth::Unknown
                }
                known => known,
            },
            None => Truth::True,
        };
        let applies = of_type.and(applies);
        if applies == Truth::False {
            return Verdict { outcome: Outcome::None, reasons: Vec::new() };
        }
        let mut reasons = Vec::new();
        let mut truth = Truth::True;
        self.inapplicable = false;
        for clause in &check.clauses {
            truth = truth.and(self.clause(clause, &mut reasons));
        }
        if self.inapplicable && truth == Truth::True {
            return Verdict { outcome: Outcome::None, reasons: Vec::new() };
        }
        if applies == Truth::Unknown && truth != Truth::True {
            truth = Truth::Unknown;
            reasons.retain(|r| r.unknown);
            if reasons.is_empty() {
                why.retain(|e| e.unknown);
                let words = match why.is_empty() {
                    true => "whether the rule applies is not known before deployment".to_string(),
                    false => String::new(),
                };
                reasons.push(Reason { clause: None, scope: target, evidence: why, words, unknown: true, count: None });
            }
        }
        let (outcome, unknown) = match truth {
            Truth::True => (Outcome::Pass, false),
            Truth::False => (Outcome::Fail, false),
            Truth::Unknown => (Outcome::Unknown, true),
        };
        reasons.retain(|r| r.unknown == unknown && outcome != Outcome::Pass);
        Verdict { outcome, reasons }
    }

    /// Whether a condition on the type of the target holds: the same for all of a type.
    fn of_type(&mut self, c: &'a Condition, target: Scope<'a>) -> Truth {
        let type_ = self.world.forest.nodes[self.target].type_.as_str();
        match (self.world.noted, type_) {
            (Some(noted), Some(type_)) => noted.of_type(c, type_, || self.holds(c, target)),
            _ => self.holds(c, target),
        }
    }

    fn clause(&mut self, clause: &'a Clause, reasons: &mut Vec<Reason<'a>>) -> Truth {
        let mut looked = self.look(clause);
        let without = clause.required || clause.inapplicable || !clause.otherwise.is_empty();
        if !without || !looked.items.is_empty() || !looked.open.is_empty() {
            return self.demand(clause, &mut looked, reasons);
        }
        if looked.perhaps.is_empty() {
            return self.nothing(clause, reasons);
        }
        self.perhaps_nothing(clause, looked, reasons)
    }

    /// There is nothing to look at, and the clause says what that means.
    fn nothing(&mut self, clause: &'a Clause, reasons: &mut Vec<Reason<'a>>) -> Truth {
        if !clause.otherwise.is_empty() {
            return clause.otherwise.iter().fold(Truth::True, |truth, other| truth.and(self.clause(other, reasons)));
        }
        if clause.inapplicable {
            self.inapplicable = true;
            return Truth::True;
        }
        let target = self.scope(self.target);
        let words = format!("there is no {}", types(clause));
        reasons.push(reason(clause, target, Vec::new(), words, false, Some(0.0)));
        Truth::False
    }

    /// Nobody knows whether there is something to look at: the verdict is what it is both ways.
    fn perhaps_nothing(&mut self, clause: &'a Clause, looked: Looked<'a>, reasons: &mut Vec<Reason<'a>>) -> Truth {
        let mut found = Vec::new();
        let inapplicable = self.inapplicable;
        let mut truth = self.nothing(clause, &mut found);
        self.inapplicable = inapplicable;
        let mut same = true;
        for (scope, way, _) in &looked.perhaps {
            let mut only = Looked { items: smallvec![(*scope, way.clone())], ..Looked::default() };
            let there = self.demand(clause, &mut only, &mut found);
            same &= there == truth;
            truth = if same { truth } else { Truth::Unknown };
        }
        if same {
            reasons.extend(found);
        } else {
            let unknown = |(scope, _, why): (Scope<'a>, _, Evidence<'a>)| undecided(clause, scope, why);
            reasons.extend(looked.perhaps.into_iter().map(unknown));
        }
        truth
    }

    /// What is looked at is used up.
    fn demand(&mut self, clause: &'a Clause, looked: &mut Looked<'a>, reasons: &mut Vec<Reason<'a>>) -> Truth {
        let target = self.scope(self.target);
        let reason = |scope, evidence, words, unknown, count| reason(clause, scope, evidence, words, unknown, count);
        match &clause.demand {
            Demand::Never => {
                let there = Truth::from(!looked.items.is_empty());
                let perhaps = looked.perhaps.len() + looked.open.len() > 0;
                for (scope, _) in &looked.items {
                    reasons.push(reason(*scope, Vec::new(), String::new(), false, None));
                }
                reasons.extend(looked.perhaps.drain(..).map(|(scope, _, why)| undecided(clause, scope, why)));
                if !looked.open.is_empty() {
                    reasons.push(reason(target, std::mem::take(&mut looked.open), String::new(), true, None));
                }
                if perhaps { there.or(Truth::Unknown).not() } else { there.not() }
            }
            Demand::Each(c) | Demand::None(c) => {
                let want = matches!(clause.demand, Demand::Each(_));
                let mut truth = Truth::True;
                for (scope, way) in looked.items.drain(..) {
                    let (held, evidence) = self.weighed(c, scope, want, way);
                    let good = if want { held } else { held.not() };
                    if good != Truth::True {
                        reasons.push(reason(scope, evidence, String::new(), good == Truth::Unknown, None));
                    }
                    truth = truth.and(good);
                }
                for (scope, way, why) in looked.perhaps.drain(..) {
                    let (held, _) = self.weighed(c, scope, want, way);
                    if held != Truth::from(want) {
                        reasons.push(undecided(clause, scope, why));
                        truth = truth.and(Truth::Unknown);
                    }
                }
                if !looked.open.is_empty() {
                    reasons.push(reason(target, std::mem::take(&mut looked.open), String::new(), true, None));
                    truth = truth.and(Truth::Unknown);
                }
                truth
            }
            Demand::Some(c) => {
                let mut truth = Truth::False;
                let mut against = Vec::new();
                for (scope, way) in looked.items.drain(..) {
                    let (held, evidence) = self.weighed(c, scope, true, way);
                    if held != Truth::True {
                        against.push(reason(scope, evidence, String::new(), held == Truth::Unknown, None));
                    }
                    truth = truth.or(held);
                }
                for (scope, way, why) in looked.perhaps.drain(..) {
                    let (held, evidence) = self.weighed(c, scope, true, way);
                    against.push(match held {
                        Truth::False => reason(scope, evidence, String::new(), false, None),
                        _ => undecided(clause, scope, why),
                    });
                    truth = truth.or(held.and(Truth::Unknown));
                }
                if !looked.open.is_empty() {
                    against.push(reason(target, std::mem::take(&mut looked.open), String::new(), true, None));
                    truth = truth.or(Truth::Unknown);
                }
                if against.is_empty() {
                    against.push(reason(
                        target,
                        Vec::new(),
                        format!("there is no {}", types(clause)),
                        false,
                        Some(0.0),
                    ));
                }
                if truth != Truth::True {
                    against.sort_by_key(|r| distance(&r.evidence));
                    reasons.extend(against);
                }
                truth
            }
            Demand::Count(compare) => {
                let number = looked.items.len() as f64;
                let low = self.compare_all(compare, number, target);
                // There may be more: those of which it is not known, or else at most as many as nobody would write.
                let more = if looked.open.is_empty() { looked.perhaps.len() as f64 } else { 1e6 };
                let truth = if low == self.compare_all(compare, number + more, target) { low } else { Truth::Unknown };
                if truth != Truth::True {
                    let (types, demanded) = (types(clause), self.demanded(compare, target));
                    let such = if clause.when.is_some() { "such " } else { "" };
                    let words = match truth {
                        // The evidence says what is not known.
                        Truth::Unknown => String::new(),
                        _ if number == 0.0 && demanded == "at least 1" => format!("there is no {such}{types}"),
                        _ if number == 0.0 => format!("there is no {such}{types}; there must be {demanded}"),
                        _ if number == 1.0 => format!("there is one {such}{types}; there must be {demanded}"),
                        _ => format!("there are {number} {such}{types}; there must be {demanded}"),
                    };
                    let unknown = truth == Truth::Unknown;
                    let why = looked.perhaps.drain(..).map(|(_, _, why)| why).chain(looked.open.drain(..));
                    let evidence = if unknown { why.collect() } else { Vec::new() };
                    reasons.push(reason(target, evidence, words, unknown, Some(number)));
                }
                truth
            }
            Demand::Sum(of, compare) => self.sum(clause, of, compare, looked, reasons),
        }
    }

    fn sum(
        &mut self,
        clause: &'a Clause,
        of: &'a [Path],
        compare: &'a [Comparison],
        looked: &mut Looked<'a>,
        reasons: &mut Vec<Reason<'a>>,
    ) -> Truth {
        let target = self.scope(self.target);
        let (mut total, mut most_of_all) = (0.0, 0.0);
        let (mut open, mut choices) = (std::mem::take(&mut looked.open), Vec::new());
        open.extend(looked.perhaps.drain(..).map(|(_, _, why)| why));
        let mut first = None;
        for (scope, way) in looked.items.drain(..) {
            let mut counted = false;
            for path in of {
                if counted {
                    break;
                }
                // Both branches of a choice that is open.
                let mut numbers: Vec<(f64, Evidence<'a>)> = Vec::new();
                let trail = std::mem::replace(&mut self.trail, way.clone());
                self.at(path, scope, &mut |e, found| {
                    let number = match found {
                        Found::Value(v) | Found::Secret(v) => {
                            crate::check::verdict::compare::Lit::of(v).text().and_then(|t| t.parse::<f64>().ok())
                        }
                        Found::Missing => None,
                        Found::Unknown(r) => {
                            e.touch(r);
                            open.push(Evidence::about(e.here, &e.trail, found, Asked::Said, true));
                            counted = true;
                            None
                        }
                    };
                    let evidence = Evidence::about(e.here, &e.trail, found, Asked::Said, false);
                    let number = number.unwrap_or_default().max(0.0);
                    numbers.push((number, evidence));
                    // Where a branch has none, the choice itself is asked for.
                    Truth::from(number > 0.0)
                });
                self.trail = trail;
                let of_all =
                    |pick: fn(f64, f64) -> f64| numbers.iter().map(|(n, _)| *n).reduce(pick).unwrap_or_default();
                let (least, most) = (of_all(f64::min), of_all(f64::max));
                total += least;
                most_of_all += most;
                counted |= most > 0.0;
                if let Some((_, evidence)) = numbers.into_iter().find(|(n, _)| *n == most && *n > 0.0) {
                    if least < most {
                        choices.push(Evidence { unknown: true, ..evidence.clone() });
                    }
                    first.get_or_insert(evidence);
                }
            }
        }
        let low = self.compare_all(compare, total, target);
        let most = if open.is_empty() { most_of_all } else { 1e9 };
        let truth = if low == self.compare_all(compare, most, target) { low } else { Truth::Unknown };
        open.extend(choices);
        if truth != Truth::True {
            let unknown = truth == Truth::Unknown;
            let words = format!("the sum is {total}; it must be {}", self.demanded(compare, target));
            let evidence = if unknown { open } else { first.into_iter().collect() };
            reasons.push(Reason { clause: Some(clause), scope: target, evidence, words, unknown, count: Some(total) });
        }
        truth
    }

    /// Runs something with evidence, from a place within a node.
    pub fn explained(&mut self, run: impl FnOnce(&mut Self) -> Truth, way: Trail<'a>) -> (Truth, Vec<Evidence<'a>>) {
        let trail = std::mem::replace(&mut self.trail, way);
        let evidence = std::mem::take(&mut self.evidence);
        let explain = std::mem::replace(&mut self.explain, true);
        let truth = run(self);
        self.explain = explain;
        self.trail = trail;
        (truth, std::mem::replace(&mut self.evidence, evidence))
    }

    /// Whether a condition holds, with evidence against what is wanted, from a place within a node. Most things are as they are
    /// wanted: evidence is looked for once it is known that they are not.
    fn weighed(
        &mut self,
        c: &'a Condition,
        scope: Scope<'a>,
        want: bool,
        way: Trail<'a>,
    ) -> (Truth, Vec<Evidence<'a>>) {
        let touched = self.touched.borrow().len();
        let trail = std::mem::replace(&mut self.trail, way);
        let explain = std::mem::replace(&mut self.explain, false);
        let truth = self.eval(c, scope, want);
        self.explain = explain;
        let way = std::mem::replace(&mut self.trail, trail);
        if truth == Truth::from(want) {
            return (truth, Vec::new());
        }
        self.touched.borrow_mut().truncate(touched);
        self.explained(|e| e.eval(c, scope, want), way)
    }

    /// What a clause looks at.
    fn look(&mut self, clause: &'a Clause) -> Looked<'a> {
        let mut out = Looked::default();
        if clause.selectors.is_empty() {
            let scope = self.scope(self.target);
            self.counts(clause, scope, Trail::new(), None, &mut out);
        }
        let forest = self.world.forest;
        let below = if clause.selectors.is_empty() { SmallVec::new() } else { forest.subtree(self.target) };
        for selector in &clause.selectors {
            let parent_type = selector.type_.rsplit_once('/').map_or("", |(p, _)| p);
            let mut declared: Vec<(usize, Option<usize>)> = Vec::new();
            for &n in &below {
                if forest.nodes[n].is(&selector.type_) {
                    let scope = self.overlaid(n, selector);
                    let doubt = self.doubt(n);
                    let certain = doubt.is_none();
                    if self.counts(clause, scope, Trail::new(), doubt, &mut out) && certain {
                        declared.push((n, forest.nodes[n].parent));
                    }
                }
            }
            for &n in below.iter().filter(|&&n| forest.nodes[n].is(parent_type)) {
                match &selector.inside {
                    // A property that is no array: it stands for the child where there is no child.
                    Some(inside) if !inside.path.segments.contains(&Segment::Each) => {
                        if !declared.iter().any(|(_, p)| *p == Some(n)) {
                            let base = &forest.nodes[n].body;
                            let scope = Scope { base, view: view(inside), ..self.scope(n) };
                            // A child that may be there says it instead.
                            let instead = |p: &&(Scope<'a>, _, Evidence<'a>)| forest.nodes[p.0.node].parent == Some(n);
                            match (self.doubt(n), out.perhaps.iter().find(instead)) {
                                (None, None) => out.items.push((scope, Trail::new())),
                                (Some(why), _) => out.perhaps.push((scope, Trail::new(), why)),
                                (None, Some(other)) => out.perhaps.push((scope, Trail::new(), other.2.clone())),
                            }
                        }
                    }
                    Some(inside) => self.inside(clause, n, &inside.path.segments, inside.flat, &mut out),
                    None => self.in_properties(clause, n, &selector.type_, &mut out),
                }
            }
        }
        out
    }

    /// Whether a thing is looked at: the clause's `when` holds. `doubt` says why it may not even be there.
    fn counts(
        &mut self,
        clause: &'a Clause,
        scope: Scope<'a>,
        way: Trail<'a>,
        doubt: Option<Evidence<'a>>,
        out: &mut Looked<'a>,
    ) -> bool {
        let truth = match &clause.when {
            None => Truth::True,
            Some(when) => {
                let trail = std::mem::replace(&mut self.trail, way.clone());
                let truth = self.holds(when, scope);
                self.trail = trail;
                truth
            }
        };
        match (truth, doubt) {
            (Truth::False, _) => return false,
            (Truth::True, None) => out.items.push((scope, way)),
            (_, Some(why)) => out.perhaps.push((scope, way, why)),
            (Truth::Unknown, None) => {
                let why = clause.when.as_ref().map(|when| self.explained(|e| e.eval(when, scope, true), way.clone()).1);
                let why = why.into_iter().flatten().find(|e| e.unknown);
                let why = why.unwrap_or_else(|| Evidence::about(scope.node, &way, Found::Missing, Asked::Said, true));
                out.perhaps.push((scope, way, why));
            }
        }
        true
    }

    /// Why a resource below the target may not be there, though the target is.
    pub fn doubt(&self, node: usize) -> Option<Evidence<'a>> {
        let forest = self.world.forest;
        let condition = forest.nodes[node].hangs_on(&forest.nodes[self.target])?;
        let found = condition.value.as_ref().and_then(Value::as_residual).map_or(Found::Missing, Found::Unknown);
        if let Found::Unknown(r) = found {
            self.touch(r);
        }
        let mut evidence = Evidence::about(node, &[], found, Asked::Said, true);
        evidence.words = match condition.value {
            Some(_) => "whether the resource is deployed is not known before deployment".to_owned(),
            None => "how many of these resources are deployed is not known before deployment".to_owned(),
        };
        Some(evidence)
    }

    /// A child's scope; what it does not say itself, the property of its parent says.
    fn overlaid(&self, node: usize, selector: &'a Selector) -> Scope<'a> {
        let nodes = &self.world.forest.nodes;
        let mut scope = self.scope(node);
        if let (Some(inside), Some(parent)) = (&selector.inside, nodes[node].parent)
            && !inside.path.segments.contains(&Segment::Each)
        {
            scope.over = Some((parent, &nodes[parent].body, view(inside)));
        }
        scope
    }

    /// Children written as `properties.x[*]` of their parent, by the last segment of their type.
    fn in_properties(&mut self, clause: &'a Clause, node: usize, type_: &str, out: &mut Looked<'a>) {
        if let Some((list, way)) = self.property_of(node, type_) {
            self.items_of(clause, node, list, way, false, out);
        }
    }

    /// The property of a parent that lists children of a type.
    fn property_of(&self, node: usize, type_: &str) -> Option<(&'a Value, Trail<'a>)> {
        let name = type_.rsplit('/').next().unwrap_or_default();
        let properties = self.world.forest.nodes[node].body.as_object()?.member("properties")?;
        let list = properties.value.as_object()?.member(name)?;
        Some((&list.value, Trail::from_slice(&[Step::Member(properties), Step::Member(list)])))
    }

    /// The resources of a type below the target, and whether there may be more.
    pub fn below(&mut self, type_: &str) -> (Vec<Below<'a>>, bool) {
        let forest = self.world.forest;
        let parent_type = type_.rsplit_once('/').map_or("", |(p, _)| p);
        let (mut out, mut open) = (Vec::new(), false);
        let below = forest.subtree(self.target);
        let of_type = below.iter().filter(|&&n| forest.nodes[n].is(type_));
        out.extend(of_type.map(|&n| Below { scope: self.scope(n), way: Trail::new(), doubt: self.doubt(n) }));
        for &n in below.iter().filter(|&&n| forest.nodes[n].is(parent_type)) {
            let Some((list, way)) = self.property_of(n, type_) else { continue };
            let listed = self.listed(n, list, way, false);
            let doubt = self.doubt(n).or(listed.uncounted);
            open |= !listed.open.is_empty();
            out.extend(listed.items.into_iter().map(|(scope, way)| Below { scope, way, doubt: doubt.clone() }));
        }
        (out, open)
    }

    /// Children written at a path with `[*]` at its end.
    fn inside(&mut self, clause: &'a Clause, node: usize, segments: &'a [Segment], flat: bool, out: &mut Looked<'a>) {
        let mut value = &self.world.forest.nodes[node].body;
        let mut way = Trail::new();
        for s in segments {
            match s {
                Segment::Key(k) => match &value.data {
                    Data::Residual(r) => {
                        self.touch(r);
                        out.open.push(Evidence::about(node, &way, Found::Unknown(r), Asked::Said, true));
                        return;
                    }
                    Data::Object(o) => match o.member(k) {
                        Some(m) => {
                            way.push(Step::Member(m));
                            value = &m.value;
                        }
                        None => return,
                    },
                    _ => return,
                },
                _ => break,
            }
        }
        self.items_of(clause, node, value, way, flat, out);
    }

    fn items_of(
        &mut self,
        clause: &'a Clause,
        node: usize,
        list: &'a Value,
        way: Trail<'a>,
        flat: bool,
        out: &mut Looked<'a>,
    ) {
        let listed = self.listed(node, list, way, flat);
        // What holds for the item of a loop holds for all of them, however many.
        if !matches!(clause.demand, Demand::Each(_) | Demand::None(_)) {
            out.open.extend(listed.uncounted.clone());
        }
        out.open.extend(listed.open);
        let doubt = self.doubt(node).or(listed.uncounted);
        for (scope, way) in listed.items {
            self.counts(clause, scope, way, doubt.clone(), out);
        }
    }

    /// The items of a list that holds children.
    fn listed(&mut self, node: usize, list: &'a Value, way: Trail<'a>, flat: bool) -> Listed<'a> {
        let mut out = Listed { items: Vec::new(), uncounted: None, open: Vec::new() };
        let items = match &list.data {
            Data::Array(items) => items.as_slice(),
            // A loop of unknown length: its item stands for all, but nobody knows how many there are.
            Data::Residual(r) => match &r.node {
                Expression::Loop { item, .. } => {
                    out.uncounted = Some(Evidence::about(node, &way, Found::Unknown(r), Asked::Said, true));
                    std::slice::from_ref(item)
                }
                _ => {
                    self.touch(r);
                    out.open.push(Evidence::about(node, &way, Found::Unknown(r), Asked::Said, true));
                    return out;
                }
            },
            _ => return out,
        };
        for (i, item) in items.iter().enumerate() {
            let mut way = way.clone();
            way.push(Step::Item(i, item));
            match &item.data {
                Data::Object(_) => {
                    let view = View { prefix: &[], flat };
                    let scope = Scope { view, ..self.scope(node).item(node, item, None) };
                    out.items.push((scope, way));
                }
                Data::Residual(r) => {
                    self.touch(r);
                    out.open.push(Evidence::about(node, &way, Found::Unknown(r), Asked::Said, true));
                }
                _ => {}
            }
        }
        out
    }
}

/// Something below the target.
pub struct Below<'a> {
    /// It.
    pub scope: Scope<'a>,
    /// The way to it from its node.
    pub way: Trail<'a>,
    /// Why it may not be there.
    pub doubt: Option<Evidence<'a>>,
}

fn reason<'a>(
    clause: &'a Clause,
    scope: Scope<'a>,
    evidence: Vec<Evidence<'a>>,
    words: String,
    unknown: bool,
    count: Option<f64>,
) -> Reason<'a> {
    Reason { clause: Some(clause), scope, evidence, words, unknown, count }
}

/// The reason that nobody knows whether something is looked at.
fn undecided<'a>(clause: &'a Clause, scope: Scope<'a>, why: Evidence<'a>) -> Reason<'a> {
    reason(clause, scope, vec![why], String::new(), true, None)
}

/// The items of a list that holds children.
struct Listed<'a> {
    items: Vec<(Scope<'a>, Trail<'a>)>,
    /// The item of a loop stands for a number of them that nobody knows.
    uncounted: Option<Evidence<'a>>,
    /// What could hold more of them.
    open: Vec<Evidence<'a>>,
}

fn view(inside: &Inside) -> View<'_> {
    View { prefix: &inside.path.segments, flat: inside.flat }
}

/// The types a clause looks at, in words.
pub fn types(clause: &Clause) -> String {
    match clause.selectors.as_slice() {
        [] => "resource".to_string(),
        list => list.iter().map(|s| s.type_.as_str()).collect::<Vec<_>>().join(" or "),
    }
}
