//! Targets against the documents of a repository: verdicts of its rules, and which findings its suppression groups accept.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;

use ecow::EcoString;
use jiff::Timestamp;
use rustc_hash::FxHashMap;

use super::compare::Dates;
use super::document::{Preconditions, RuleDocument, SuppressionGroup, reason_of};
use super::evaluate::{Evaluator, Reason, Target};
use super::open_list::{Builder, Times};
use super::{Documents, bare, of_the_module};
use crate::check::forest::{Condition, Forest, Node};
use crate::check::{
    Acceptance, Called, CheckInput, CheckResult, Location, Outcome, Stand, applies, called_by, declarations,
    hand_overs, one_line, settled,
};
use crate::expand::known::Truth;
use crate::expand::known::identity::canonical;
use crate::expand::known::secret::tells;
use crate::expand::{Deployed, Object, Value};
use crate::nesting;
use crate::read::Span;
use crate::rules::Settings;
use crate::source::asked;

/// The documents that count in a run.
pub struct Active<'d> {
    /// All documents.
    pub documents: &'d Documents,
    /// Which of the rules run, as places in the list.
    pub rules: &'d [usize],
}

/// The targets of a run, made once for all documents.
struct World<'w> {
    input: &'w CheckInput<'w>,
    forest: &'w Forest,
    deployed: Option<&'w Deployed>,
    settings: &'w Settings,
    documents: &'w Documents,
    /// The file that the root deployment comes from: its parameter file, else its template.
    entry: Option<PathBuf>,
    /// Selectors that were asked of a node.
    known: RefCell<FxHashMap<(usize, EcoString), Truth>>,
    /// What reports call the nodes.
    called: Called,
}

impl Active<'_> {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.documents.groups.is_empty()
    }

    /// Judges what is given with the rules, adds the verdicts, and marks what suppression groups accept, of all results.
    ///
    /// `means` says whether a name in a suppression group means the rule of an id.
    pub fn judge(
        &self,
        input: &CheckInput<'_>,
        settings: &Settings,
        results: &mut Vec<CheckResult>,
        means: &dyn Fn(&str, &str) -> bool,
    ) {
        let mut run = |forest: Forest, deployed: Option<&Deployed>| {
            // The name is its path from the root of the reports, which holds the folder of the documents.
            let above =
                |_| self.documents.base.ancestors().map(|a| a.join(input.root_name.as_str())).find(|p| p.is_file());
            let entry = deployed.and_then(above);
            let world = World {
                input,
                forest: &forest,
                deployed,
                settings,
                documents: self.documents,
                entry,
                known: RefCell::default(),
                called: Called::default(),
            };
            results.extend(self.rules_on(&world));
            world.suppress(results, means);
        };
        if let Some(deployed) = input.deployed {
            run(Forest::of_deployment(deployed, &input.root_name), Some(deployed));
        }
        if !input.exported.is_empty() {
            run(Forest::of_export(input.exported), None);
        }
        if !input.files.is_empty() {
            run(Forest::of_files(input.files), None);
        }
    }

    fn rules_on(&self, world: &World<'_>) -> Vec<CheckResult> {
        let rules: Vec<&RuleDocument> = self.rules.iter().filter_map(|i| self.documents.rules.get(*i)).collect();
        let mut groups = world.forest.targets.clone();
        // A child is a target of the rules that name its type.
        let named = |type_: &str| rules.iter().any(|r| r.about.names(type_));
        let children = if world.deployed.is_some() { world.forest.children(named) } else { Vec::new() };
        let first_child = groups.len();
        groups.extend(children);
        let mut out = Vec::new();
        for (nth, copies) in groups.iter().enumerate() {
            let targets: Vec<(usize, Target)> = copies.iter().map(|&n| (n, world.target(n))).collect();
            for rule in &rules {
                if nth >= first_child && rule.about.types.is_empty() {
                    continue;
                }
                let verdicts = targets.iter().filter_map(|(node, target)| world.rule(rule, *node, target));
                out.extend(verdicts.reduce(CheckResult::worse));
            }
        }
        out
    }
}

impl World<'_> {
    fn dates(&self) -> Dates {
        Dates { read: !self.input.exported.is_empty(), now: self.input.now }
    }

    fn evaluator<'t>(&'t self, target: &'t Target) -> Evaluator<'t> {
        Evaluator {
            target,
            settings: self.settings,
            base: &self.documents.base,
            dates: self.dates(),
            too_long: Cell::default(),
        }
    }

    fn target(&self, at: usize) -> Target {
        let node = &self.forest.nodes[at];
        let mut sources = Vec::new();
        let path =
            |file| self.input.sources.and_then(|s| s.get(file)).map(|s| EcoString::from(s.path.to_string_lossy()));
        let own = node.place.and_then(|p| path(p.file));
        match self.deployed {
            Some(deployed) => {
                let root = deployed.deployments.first().and_then(|d| path(d.template.file)).or(own);
                let entry = self.entry.as_ref().map(|p| EcoString::from(p.to_string_lossy()));
                sources.extend(entry.filter(|e| root.as_ref() != Some(e)).map(|p| ("Parameter", p)));
                sources.extend(root.map(|p| ("Template", p)));
            }
            None => sources.extend(own.map(|p| ("File", p))),
        }
        let scope = self.deployed.and_then(|_| scope_of(&node.id));
        Target {
            object: object(self.forest, at, 0, true, &mut FxHashMap::default()),
            type_: node.type_.clone(),
            name: node.name.clone(),
            scope,
            sources,
            undecided: self.deployed.is_some() && self.entry.is_none(),
            pointer: node.pointer.clone(),
            place: node.place,
        }
    }

    /// Whether a document is about a target.
    fn about(&self, about: &Preconditions, at: usize, evaluator: &Evaluator<'_>) -> Truth {
        let node = &self.forest.nodes[at];
        if !about.types.is_empty() && !about.types.iter().any(|(t, _)| node.is(t)) {
            return Truth::False;
        }
        let filter = about.filter.as_ref().map_or(Truth::True, |f| evaluator.judge(f, &mut Vec::new()));
        let with = about
            .with
            .iter()
            .fold(Truth::from(about.with.is_empty()), |t, (name, _)| t.or(self.selector(name, at, evaluator)));
        filter.and(with)
    }

    /// Whether a selector holds of a node. Each is asked once: a ring of selectors that name one another holds of nothing.
    fn selector(&self, name: &str, at: usize, evaluator: &Evaluator<'_>) -> Truth {
        let Some(selector) = self.documents.selector(bare(name)) else {
            let (known, rule) = of_the_module::BY_RULE;
            let applies = || applies(self.input, self.deployed, self.forest, self.settings, at, rule);
            return Truth::from(known.eq_ignore_ascii_case(bare(name)) && applies());
        };
        let key = (at, selector.name.clone());
        if let Some(known) = self.known.borrow().get(&key) {
            return *known;
        }
        self.known.borrow_mut().insert(key.clone(), Truth::False);
        let truth = match nesting::has_room() {
            false => Truth::Unknown,
            true => match self.about(&selector.about, at, evaluator) {
                Truth::False => Truth::False,
                about => about.and(evaluator.judge(&selector.condition, &mut Vec::new())),
            },
        };
        self.known.borrow_mut().insert(key, truth);
        truth
    }

    fn rule(&self, rule: &RuleDocument, at: usize, target: &Target) -> Option<CheckResult> {
        let node = &self.forest.nodes[at];
        // A file is a target of the rules that name its type only.
        if node.type_text().starts_with('.') && rule.about.types.is_empty() {
            return None;
        }
        let evaluator = self.evaluator(target);
        let mut reasons = Vec::new();
        let about = self.about(&rule.about, at, &evaluator);
        let truth = match about {
            Truth::False => None,
            _ => Some(evaluator.judge(&rule.condition, &mut reasons)),
        };
        let outcome = match (about, truth) {
            (_, None) => Outcome::None,
            (_, Some(Truth::True)) => Outcome::Pass,
            (Truth::True, Some(Truth::False)) => Outcome::Fail,
            _ => Outcome::Unknown,
        };
        if self.input.without_passes && matches!(outcome, Outcome::Pass | Outcome::None) {
            return None;
        }
        let mut out = CheckResult::new(rule.rule.clone(), outcome, self.called.target(self.forest, at));
        if matches!(outcome, Outcome::Fail | Outcome::Unknown) {
            self.explain(rule, at, &reasons, &mut out);
        }
        Some(out)
    }

    /// The message and the places of a result.
    fn explain(&self, rule: &RuleDocument, at: usize, reasons: &[Reason], out: &mut CheckResult) {
        let node = &self.forest.nodes[at];
        let unknown = out.outcome == Outcome::Unknown;
        let first = reasons.iter().find(|r| r.unknown == unknown).or(reasons.first());
        out.message = match first {
            Some(r) => r.message.as_str().into(),
            None if unknown => "Whether the rule is about this is not known before deployment.".into(),
            None => ecow::eco_format!("{} does not hold.", rule.rule.id),
        };
        if let Some(recommend) = rule.recommend.as_ref().filter(|_| !unknown) {
            out.message.push_str(&format!(" {recommend}"));
        }
        let place = first.and_then(|r| r.place).or(node.place);
        let pointer = first.map_or(&node.pointer, |r| &r.pointer);
        out.path = first.map(|r| r.path.clone()).unwrap_or_default();
        out.location = place.map(|p| Location { span: one_line(p, self.input.sources), pointer: pointer.clone() });
        if let Some(value) = first.and_then(|r| r.value.as_ref()).filter(|v| !tells(v)) {
            out.flow = hand_overs(&[], value, self.input.sources);
        }
        called_by(self.input, self.deployed, self.forest, &self.called, at, out);
        settled(self.input, self.deployed, node, out);
    }

    /// Marks what suppression groups accept.
    fn suppress(&self, results: &mut [CheckResult], means: &dyn Fn(&str, &str) -> bool) {
        let groups: Vec<&SuppressionGroup> =
            self.documents.groups.iter().filter(|g| counts(g, self.input.now)).collect();
        if groups.is_empty() {
            return;
        }
        let places = Places::of(self);
        // Whether a group is about a node.
        let mut accepting: FxHashMap<(usize, usize), bool> = FxHashMap::default();
        let mut known: Vec<Option<Target>> = Vec::new();
        known.resize_with(self.forest.nodes.len(), || None);
        for result in results.iter_mut().filter(|r| r.outcome == Outcome::Fail) {
            let covers =
                |g: &SuppressionGroup| g.rules.is_empty() || g.rules.iter().any(|(r, _)| means(r, &result.rule.id));
            let covering: Vec<usize> = (0..groups.len()).filter(|i| covers(groups[*i])).collect();
            if covering.is_empty() {
                continue;
            }
            // Each copy of the target that fails is one for PSRule: to accept one of them is not enough.
            let mut by = None;
            let mut accepted = |at: &usize| {
                let Some(slot) = known.get_mut(*at) else { return false };
                let target = slot.get_or_insert_with(|| self.target(*at));
                let accepts = |i: &&usize| {
                    *accepting.entry((**i, *at)).or_insert_with(|| {
                        let (g, evaluator) = (groups[**i], self.evaluator(target));
                        self.about(&g.about, *at, &evaluator) == Truth::True
                            && evaluator.judge(&g.condition, &mut Vec::new()) == Truth::True
                    })
                };
                let group = covering.iter().find(accepts);
                by = by.or(group.map(|i| groups[*i]));
                group.is_some()
            };
            let copies = places.of_result(self, result);
            if copies.is_empty() || !copies.iter().all(&mut accepted) {
                continue;
            }
            if let Some(group) = by {
                result.outcome = Outcome::Suppressed;
                result.suppression = Some(Box::new(Acceptance::configured(reason_of(group))));
            }
        }
    }
}

/// Where targets are, by what results say of them.
struct Places {
    /// By type and name.
    named: FxHashMap<(EcoString, EcoString), Vec<usize>>,
    /// The copies of one resource, by type and id.
    copies: FxHashMap<(String, String), Vec<usize>>,
}

impl Places {
    fn of(world: &World<'_>) -> Self {
        let mut out = Places { named: FxHashMap::default(), copies: FxHashMap::default() };
        for at in 0..world.forest.nodes.len() {
            let target = world.called.target(world.forest, at);
            out.named.entry((target.type_.clone(), target.name.clone())).or_default().push(at);
            out.copies.entry(Self::copy(world, at)).or_default().push(at);
        }
        out
    }

    fn copy(world: &World<'_>, at: usize) -> (String, String) {
        let node = &world.forest.nodes[at];
        (node.type_text().to_ascii_lowercase(), canonical(&node.id))
    }

    /// The nodes that a result is about: of the copies of its target those that break the rule.
    fn of_result(&self, world: &World<'_>, result: &CheckResult) -> Vec<usize> {
        let key = (result.target.type_.clone(), result.target.name.clone());
        let named = self.named.get(&key).map(Vec::as_slice).unwrap_or_default();
        let is = |n: &&usize| world.called.target(world.forest, **n) == result.target;
        let Some(first) = named.iter().find(is) else { return Vec::new() };
        let node = &world.forest.nodes[*first];
        let copies = match node.id.is_null() {
            true => std::slice::from_ref(first),
            false => self.copies.get(&Self::copy(world, *first)).map(Vec::as_slice).unwrap_or_default(),
        };
        if copies.len() < 2 {
            return vec![*first];
        }
        let mut at: FxHashMap<Span, Vec<&Stand>> = FxHashMap::default();
        for stand in &result.stands {
            stand.declared.iter().for_each(|span| at.entry(*span).or_default().push(stand));
        }
        let breaks = |n: &usize| {
            let declared = declarations(world.deployed, world.forest.nodes.get(*n));
            // The declaration that the fewest copies have says which one it is.
            let stands = declared.iter().map(|span| at.get(span).map(Vec::as_slice).unwrap_or_default());
            let Some(fewest) = stands.min_by_key(|s| s.len()) else { return true };
            fewest.iter().any(|stand| declared.iter().all(|span| stand.declared.contains(span)))
        };
        let breaking: Vec<usize> = copies.iter().copied().filter(breaks).collect();
        if breaking.is_empty() { vec![*first] } else { breaking }
    }
}

/// Whether a suppression group has not expired.
fn counts(g: &SuppressionGroup, now: Timestamp) -> bool {
    g.expires.is_none_or(|e| {
        asked::time();
        e > now
    })
}

/// What an id says of the scope that a resource is deployed to.
fn scope_of(id: &Value) -> Option<Value> {
    let text = id.as_str()?;
    let lower = text.to_ascii_lowercase();
    let at = lower.rfind("/providers/")?;
    let scope = text.get(..at).filter(|s| !s.is_empty()).unwrap_or("/");
    Some(Value { data: crate::expand::Data::Str(scope.into()), origin: id.origin.clone() })
}

/// A target as PSRule sees it: what its declaration says, with its whole name and type, and its children in `resources`. What may
/// be a child of what may be one is left open (`with_strays` is false there): together they would be more than anybody can look
/// at. Copies of a resource share their children, which are made once.
fn object(
    forest: &Forest,
    at: usize,
    depth: usize,
    with_strays: bool,
    made: &mut FxHashMap<(usize, bool), Value>,
) -> Value {
    if let Some(value) = made.get(&(at, with_strays)) {
        return value.clone();
    }
    let Some(node) = forest.nodes.get(at) else { return Value::null() };
    // What was exported is as it is.
    if node.declared_in.is_none() && node.deploys.is_none() || !nesting::IDENTITY.allows(depth) {
        return node.body.clone();
    }
    let mut object = node.body.as_object().cloned().unwrap_or_else(Object::default);
    for (key, value) in [("name", &node.name), ("type", &node.type_), ("id", &node.id)] {
        if !value.is_null() && object.get(key).is_none() {
            object.set(key.into(), None, value.clone());
        }
    }
    let mut children = Builder::default();
    for c in &node.children {
        let times = forest.nodes.get(*c).map_or(Times::Perhaps, |child| times(child, node));
        children.add(self::object(forest, *c, depth + 1, with_strays, made), times);
    }
    let strays = forest.strays_of(at);
    if with_strays {
        for c in strays {
            let any = forest.nodes.get(*c).is_some_and(|child| times(child, node) == Times::Any);
            let child = self::object(forest, *c, depth + 1, false, made);
            children.add(child, if any { Times::Any } else { Times::Perhaps });
        }
    } else if !strays.is_empty() {
        children.add_unknown();
    }
    if let Some(list) = children.list() {
        object.set("resources".into(), None, list);
    }
    let value = Value { data: crate::expand::Data::Object(object.into()), origin: node.body.origin.clone() };
    made.insert((at, with_strays), value.clone());
    value
}

/// How many there are of a child where its parent is deployed.
fn times(child: &Node, parent: &Node) -> Times {
    let own: Vec<&Condition> =
        child.conditions.iter().filter(|c| parent.conditions.iter().all(|o| o.text != c.text)).collect();
    match own.as_slice() {
        [] => Times::Once,
        own if own.iter().any(|c| c.value.is_none()) => Times::Any,
        _ => Times::Perhaps,
    }
}
