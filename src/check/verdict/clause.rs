//! Clauses: what they look at, and what they demand of it.

use smallvec::smallvec;

use crate::check::result::Outcome;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Asked, Evidence, Found, Scope, Trail, distance};
use crate::check::verdict::look::Looked;
use crate::expand::known::truth::Truth;
use crate::rules::language::{Check, Clause, Comparison, Condition, Demand, Path};

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

    /// What becomes of a verdict on a target that hangs below nobody knows what, where the verdict hangs on that.
    pub fn homeless(&self, verdict: &Verdict<'a>) -> Verdict<'a> {
        let clause = verdict.reasons.first().and_then(|r| r.clause);
        let (scope, evidence) = (self.scope(self.target), vec![self.stray(self.target)]);
        let reason = Reason { clause, scope, evidence, words: String::new(), unknown: true, count: None };
        Verdict { outcome: Outcome::Unknown, reasons: vec![reason] }
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
        // What is counted may be there with any number of the others; else what holds for each of them alone holds for all.
        let counted = clause.demand.counts();
        for (scope, way, _) in looked.perhaps.iter().take(if counted { 1 } else { usize::MAX }) {
            let items = smallvec![(*scope, way.clone())];
            let perhaps = if counted { looked.perhaps[1..].to_vec() } else { Vec::new() };
            let mut only = Looked { items, perhaps, many: looked.many, ..Looked::default() };
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
                // There may be more: those of which it is not known, or else at most as many as nobody would write.
                let bounded = looked.open.is_empty() && !looked.many;
                let more = if bounded { looked.perhaps.len() as f64 } else { 1e6 };
                let truth = self.compare_between(compare, number, number + more, target);
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
                        Found::Unknown(r) | Found::Within { object: r, .. } => {
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
        let most = if open.is_empty() { most_of_all } else { 1e9 };
        let truth = self.compare_between(compare, total, most, target);
        open.extend(choices);
        if truth != Truth::True {
            let unknown = truth == Truth::Unknown;
            let words = match unknown {
                true => String::new(),
                false => format!("the sum is {total}; it must be {}", self.demanded(compare, target)),
            };
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

/// The types a clause looks at, in words.
pub fn types(clause: &Clause) -> String {
    match clause.selectors.as_slice() {
        [] => "resource".to_string(),
        list => list.iter().map(|s| s.type_.as_str()).collect::<Vec<_>>().join(" or "),
    }
}
