//! Every target against the rules for its type.

use std::cell::RefCell;

use ecow::EcoString;
use jiff::Timestamp;
use rustc_hash::FxHashSet;

use crate::check::Noted;
use crate::check::explain::caller;
use crate::check::explain::editable;
use crate::check::explain::fix;
use crate::check::explain::fix_holds;
use crate::check::explain::phrases;
use crate::check::explain::place::one_line;
use crate::check::named;
use crate::check::named::support::declared::Templates;
use crate::check::result::{CheckResult, Location, Outcome, Related, Stand};
use crate::check::targets::called::Called;
use crate::check::targets::copies::distinct;
use crate::check::targets::files::FileTarget;
use crate::check::targets::forest::{Forest, Node};
use crate::check::types::{Mistakes, Table};
use crate::check::verdict::choices;
use crate::check::verdict::clause::{Reason, Verdict};
use crate::check::verdict::condition::{Evaluator, World};
use crate::check::verdict::evidence::{Asked, Evidence, Found};
use crate::check::verdict::kept::{Kept, NameTexts};
use crate::check::verdict::supposed::Supposed;
use crate::expand::{Deployed, Value};
use crate::read::{Sources, Span};
use crate::rules::catalogue::{Active, RuleSet, check_of, find};
use crate::rules::language::Check;
use crate::rules::settings::Settings;

/// What is checked: a root deployment, exported resources, files, or several of them.
pub struct CheckInput<'i> {
    /// A root deployment.
    pub deployed: Option<&'i Deployed>,
    /// Resources exported from Azure.
    pub exported: &'i [Value],
    /// Files, for rules about files.
    pub files: &'i [FileTarget],
    /// The name of the root deployment: its parameter file, else its template.
    pub root_name: EcoString,
    /// The clock.
    pub now: Timestamp,
    /// The texts, to cut places to one line and to offer fixes.
    pub sources: Option<&'i Sources>,
    /// Where the types of resources are from.
    pub types: Table,
    /// Remembers what is the same for other deployments of a template and other targets of a type. It belongs to one set of rules.
    pub noted: Option<&'i Noted>,
    /// Leave out the targets that keep a rule, or that it does not apply to: nine results of ten, which few reports show.
    pub without_passes: bool,
}

impl CheckInput<'_> {
    /// Nothing to check, at a point in time.
    pub fn at(now: Timestamp) -> Self {
        CheckInput {
            deployed: None,
            exported: &[],
            files: &[],
            root_name: EcoString::new(),
            now,
            sources: None,
            types: crate::types::azure,
            noted: None,
            without_passes: false,
        }
    }
}

/// Checks everything; one result per rule and target, in the order of targets and rule ids.
pub fn check(input: &CheckInput<'_>, rules: &RuleSet, settings: &Settings) -> Vec<CheckResult> {
    let mut out = Vec::new();
    let mut run = |forest: Forest, deployed| {
        let world = world(input, &forest, deployed, settings);
        // What a rule says to be of a service that is over.
        let mut over = FxHashSet::default();
        for group in &forest.targets {
            let Some(&first) = group.first() else { continue };
            world.supposed.forget();
            let copies = distinct(&forest, deployed, group);
            let type_ = forest.nodes[first].type_text();
            let all = rules.for_type(type_);
            let judged = all.iter().filter_map(|rule| Some((*rule, judge(input, &world, &copies, rule, &all)?)));
            let mut judged: Vec<_> = judged.collect();
            let names = |rule: &Active| rule.targets(type_);
            if judged.iter().any(|(rule, r)| rule.entry.retires && names(rule) && r.outcome == Outcome::Fail) {
                judged.retain(|(rule, _)| !(rule.gives_way() && names(rule)));
                over.extend(group.iter().copied());
            }
            out.extend(judged.into_iter().map(|(_, result)| result));
        }
        // A declared child is a target of the rules that name its type, unless they look at it with what is above it.
        if deployed.is_none() {
            return;
        }
        for group in forest.children(|type_| !rules.naming(type_).is_empty()) {
            let Some(&first) = group.first() else { continue };
            world.supposed.forget();
            let all = rules.naming(forest.nodes[first].type_text());
            let is_over = above(&forest, first).any(|n| over.contains(&n));
            let group = distinct(&forest, deployed, &group);
            let own = all.iter().filter(|rule| !(is_over && rule.gives_way() || looked_at_above(&forest, first, rule)));
            out.extend(own.filter_map(|rule| judge(input, &world, &group, rule, &all)));
        }
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
    out
}

/// What rules look at, and nothing known of it yet.
fn world<'w>(
    input: &CheckInput<'w>,
    forest: &'w Forest,
    deployed: Option<&'w Deployed>,
    settings: &'w Settings,
) -> World<'w> {
    World {
        forest,
        deployed,
        settings,
        now: input.now,
        named: named::by_name,
        kept: Kept::default(),
        name_texts: NameTexts::default(),
        mistakes: Mistakes::by(input.types),
        called: Called::default(),
        templates: Templates::default(),
        siblings: Default::default(),
        supposed: Supposed::default(),
        at_home: RefCell::default(),
        noted: input.noted,
    }
}

/// What a node hangs below, the nearest first.
fn above(forest: &Forest, node: usize) -> impl Iterator<Item = usize> {
    forest.up(node).skip(1)
}

/// Whether a rule judges something above a node, and looks at nodes of its type there.
fn looked_at_above(forest: &Forest, node: usize, rule: &Active) -> bool {
    above(forest, node).any(|n| rule.targets(forest.nodes[n].type_text()))
        && rule.check().is_ok_and(|check| check.looks_at(|type_| forest.nodes[node].is(type_)))
}

/// The worst verdict on the copies of a target. No fix is offered that one of `all` the rules for its type would fail by.
fn judge(
    input: &CheckInput<'_>,
    world: &World<'_>,
    copies: &[usize],
    rule: &Active,
    all: &[&Active],
) -> Option<CheckResult> {
    let verdicts = copies.iter().filter_map(|&target| judge_copy(input, world, target, rule, all));
    verdicts.reduce(CheckResult::worse)
}

fn judge_copy(
    input: &CheckInput<'_>,
    world: &World<'_>,
    target: usize,
    rule: &Active,
    all: &[&Active],
) -> Option<CheckResult> {
    let check = match rule.check() {
        Ok(check) => check,
        Err(e) => return Some(not_run(world, target, rule, e)),
    };
    let mut evaluator = Evaluator::new(world, target);
    let mut verdict = evaluator.judge(check);
    if verdict.outcome == Outcome::Fail && is_kept_somewhere(world, target, rule, check) {
        verdict = evaluator.homeless(&verdict);
    }
    if let Some(e) = evaluator.damaged.get() {
        return Some(not_run(world, target, rule, e));
    }
    let wanted = |o: Outcome| !(input.without_passes && matches!(o, Outcome::Pass | Outcome::None));
    // What the target may hang below is no part of what is supposed.
    let is_at_home = |r: &CheckResult| r.outcome != Outcome::Fail || world.forest.homes_of(target).is_empty();
    // What fails by what is known of a value says more with the values themselves.
    let by_shape = || {
        let first = verdict.reasons.first().and_then(|reason| reason.evidence.first());
        verdict.outcome == Outcome::Fail && first.is_some_and(|e| matches!(e.found, Found::Unknown(_)))
    };
    if (verdict.outcome == Outcome::Unknown || by_shape())
        && let Some(result) = with_choices(input, world, &evaluator, target, (rule, check)).filter(is_at_home)
    {
        return Some(result).filter(|r| wanted(r.outcome));
    }
    let mut out = wanted(verdict.outcome).then(|| result(input, &evaluator, target, rule, &verdict))?;
    if verdict.outcome == Outcome::Fail {
        let others = all.iter().copied().filter(|other| !std::ptr::eq(*other, rule));
        let fix = input.sources.and_then(|s| fix::certain(&verdict.reasons, world, rule.entry.caution, s));
        let holds = || fix_holds::holds(world, target, check, &verdict.reasons, others);
        out.fix = fix.filter(|_| holds()).map(Box::new);
    }
    Some(out)
}

/// Whether a rule that fails for a target by itself may be kept: nobody knows the parent of the target, and below one of those that
/// it may have, nothing is said of it.
fn is_kept_somewhere<'a>(world: &World<'a>, target: usize, rule: &Active, check: &'a Check) -> bool {
    let forest = world.forest;
    let is_target = |n: &usize| rule.targets(forest.nodes[*n].type_text());
    let judged_above = check.looks_at(|type_| forest.nodes[target].is(type_));
    forest.homes_of(target).iter().any(|&home| {
        // Where a rule looks at children from above, what it comes to there is the same for all of them.
        let fails = |judged: usize, home: Option<usize>| {
            let mut evaluator = Evaluator::new(world, judged);
            (evaluator.home, evaluator.at_home) = (home, true);
            evaluator.judge(check).outcome == Outcome::Fail
        };
        !match forest.up(home).find(|n| judged_above && is_target(n)) {
            Some(above) => {
                let asked = (std::ptr::from_ref(check) as usize, above);
                let known = world.at_home.borrow().get(&asked).copied();
                known.unwrap_or_else(|| {
                    let fails = fails(above, None);
                    world.at_home.borrow_mut().insert(asked, fails);
                    fails
                })
            }
            None => fails(target, Some(home)),
        }
    })
}

/// Judges a target once for every value of what left it unknown.
fn with_choices(
    input: &CheckInput<'_>,
    world: &World<'_>,
    evaluator: &Evaluator<'_>,
    target: usize,
    (rule, check): (&Active, &Check),
) -> Option<CheckResult> {
    let open = choices::choices(&evaluator.touched.borrow());
    if open.is_empty() {
        return None;
    }
    let mut failed: Vec<(String, CheckResult)> = Vec::new();
    let (mut passed, mut unknown) = (None, false);
    world.supposed.each(world.forest, target, &open, |s, forest| {
        let Some(forest) = forest else { return };
        let world = world.of(forest);
        let mut evaluator = Evaluator::new(&world, 0);
        let verdict = evaluator.judge(check);
        match verdict.outcome {
            Outcome::Fail => failed.push((phrases::supposed(s.values()), result(input, &evaluator, 0, rule, &verdict))),
            Outcome::Pass | Outcome::None => {
                passed.get_or_insert_with(|| result(input, &evaluator, 0, rule, &verdict));
            }
            _ => unknown = true,
        }
    });
    let all = passed.is_none() && !unknown;
    let Some((_, first)) = failed.first() else { return passed.filter(|_| !unknown) };
    let mut out = first.clone();
    if all {
        out.message.push_str(&phrases::for_every_value(open.iter().map(choices::Choice::shown)));
    } else {
        let with: Vec<&str> = failed.iter().map(|(c, _)| c.as_str()).collect();
        out.outcome = Outcome::Unknown;
        out.message = phrases::only_with(&with, &first.message);
    }
    Some(out)
}

fn result<'a>(
    input: &CheckInput<'_>,
    evaluator: &Evaluator<'a>,
    target: usize,
    rule: &Active,
    verdict: &Verdict<'a>,
) -> CheckResult {
    let mut out = blank(evaluator.world, target, rule, verdict.outcome);
    let Some((first, rest)) = verdict.reasons.split_first() else { return out };
    out.message = evaluator.message(first).into();
    let assumed = |e: &Evidence<'_>| matches!(e.found, Found::Value(v) if v.origin.assumed);
    if verdict.outcome == Outcome::Fail && (evaluator.assumed.get() || first.evidence.first().is_some_and(assumed)) {
        out.message.push_str(phrases::ASSUMED);
    }
    (out.location, out.path) = evaluator.location(first, input.sources);
    if let Some(e) = first.evidence.iter().find(|e| e.unknown == first.unknown) {
        out.flow = evaluator.flow(e, input.sources);
    }
    let places = also(input, evaluator, first, rest, &mut out);
    let node = first.evidence.first().map_or(first.scope.node, |x| x.node);
    let (deployed, forest) = (evaluator.world.deployed, evaluator.world.forest);
    called(input, deployed, forest, &evaluator.world.called, node, &mut out);
    if let Some(node) = forest.nodes.get(node) {
        settled(input, deployed, node, &mut out);
    }
    if let Some(stand) = out.stands.first_mut() {
        // What is judged can be another resource than the one that decided: a child, or what extends it.
        let of_target = if node == target { Vec::new() } else { declarations(deployed, forest.nodes.get(target)) };
        add_new(&mut stand.declared, of_target);
        add_new(&mut stand.places, places);
    }
    out
}

fn add_new(list: &mut Vec<Span>, more: Vec<Span>) {
    let mut known: FxHashSet<Span> = list.iter().copied().collect();
    list.extend(more.into_iter().filter(|span| known.insert(*span)));
}

/// The declarations that a node is about: see [`Stand::declared`].
pub fn declarations(deployed: Option<&Deployed>, node: Option<&Node>) -> Vec<Span> {
    let Some(node) = node else { return Vec::new() };
    let mut out: Vec<Span> = node.declared.into_iter().collect();
    let Some(deployed) = deployed else { return out };
    let mut at = node.declared_in;
    // Bounded by the number of deployments, whatever the data says.
    for _ in 0..deployed.deployments.len() {
        let Some(d) = at.and_then(|i| deployed.deployments.get(i)) else { break };
        out.extend(d.resource.and_then(|r| deployed.resources.get(r)).map(|r| r.span));
        at = d.parent;
    }
    out
}

/// The result of a rule that could not be run.
fn not_run(world: &World<'_>, target: usize, rule: &Active, why: &dyn std::error::Error) -> CheckResult {
    CheckResult { message: ecow::eco_format!("{why}."), ..blank(world, target, rule, Outcome::Error) }
}

/// A result that says nothing but its outcome.
fn blank(world: &World<'_>, target: usize, rule: &Active, outcome: Outcome) -> CheckResult {
    CheckResult::new(rule.rule(), outcome, world.called.target(world.forest, target))
}

/// Other things that break the rule as well. Gives the places of all of them, also of those that are too many to show.
fn also<'a>(
    input: &CheckInput<'_>,
    e: &Evaluator<'a>,
    first: &Reason<'a>,
    rest: &[Reason<'a>],
    out: &mut CheckResult,
) -> Vec<Span> {
    const MOST: usize = 20;
    let mut places = Vec::new();
    let more = first.evidence.iter().skip(1).filter(|x| x.unknown == first.unknown && first.clause.is_some());
    let others = rest.iter().flat_map(|r| r.evidence.first().map(|x| (x, e.message(r))));
    let mut add = |place: Option<Location>, message: EcoString| {
        let Some(place) = place else { return };
        places.push(place.span);
        let known = out.location.as_ref().is_some_and(|l| l.span == place.span)
            || out.related.iter().any(|r| r.span == place.span);
        if !known && out.related.len() < MOST {
            out.related.push(Related { message, span: place.span });
        }
    };
    for x in more {
        // A named check that looks at a template has words instead of a path.
        let message = match (x.steps.is_empty(), x.words.is_empty()) {
            (true, false) => ecow::eco_format!("also {}", x.words),
            // The target as a whole says nothing new.
            (true, true) => continue,
            (false, false) if matches!(x.asked, Asked::Said) => ecow::eco_format!("also: {}", x.words),
            _ => ecow::eco_format!("also `{}`", crate::check::explain::message::path(&x.steps)),
        };
        add(e.evidence_location(x, input.sources), message);
    }
    for (x, message) in others {
        add(e.evidence_location(x, input.sources), message.into());
    }
    places
}

/// Whether a rule of ours, named by its id, is about a node: its preconditions hold, whatever it comes to.
pub fn applies(
    input: &CheckInput<'_>,
    deployed: Option<&Deployed>,
    forest: &Forest,
    settings: &Settings,
    node: usize,
    rule: &str,
) -> bool {
    let Some(check) = find(rule).and_then(|entry| check_of(entry).ok()) else { return false };
    // Nothing of a check that is gone in a moment may be remembered.
    let world = World { noted: None, ..world(input, forest, deployed, settings) };
    Evaluator::new(&world, node).judge(&check).outcome != Outcome::None
}

/// The modules and nested deployments that the resource of a result (a node of the forest) came through, by their `names`.
pub fn called(
    input: &CheckInput<'_>,
    deployed: Option<&Deployed>,
    forest: &Forest,
    names: &Called,
    node: usize,
    out: &mut CheckResult,
) {
    let Some(deployed) = deployed else { return };
    if let Some(n) = forest.nodes.get(node) {
        // A child or a value from elsewhere: say where the resource itself is declared.
        if let (Some(place), Some(at)) = (n.place, &out.location)
            && place.file != at.span.file
            && n.deploys.and_then(|d| deployed.deployments.get(d)).is_none_or(|d| d.parent.is_some())
        {
            let message = ecow::eco_format!("the resource is declared here");
            out.related.push(Related { message, span: one_line(place, input.sources) });
        }
    }
    let mut at = forest.nodes.get(node).and_then(|n| n.declared_in);
    // Bounded by the number of deployments, whatever the data says.
    for _ in 0..deployed.deployments.len() {
        let Some((i, d)) = at.and_then(|i| Some((i, deployed.deployments.get(i)?))) else { break };
        if d.parent.is_some() {
            let message = names.deployed_by(deployed, i);
            out.related.push(Related { message, span: one_line(d.place, input.sources) });
        }
        at = d.parent;
    }
}

/// Says where a value was given that decided, moves the place of a result on a node to where somebody can edit it, and notes
/// where the result stands.
pub fn settled(input: &CheckInput<'_>, deployed: Option<&Deployed>, node: &Node, out: &mut CheckResult) {
    if let Some(sources) = input.sources {
        to_edit(sources, deployed, node, out);
    }
    if matches!(out.outcome, Outcome::Fail | Outcome::Unknown) {
        let places = out.location.iter().map(|l| l.span).collect();
        out.stands = vec![Stand { places, declared: declarations(deployed, Some(node)) }];
    }
}

fn to_edit(sources: &Sources, deployed: Option<&Deployed>, node: &Node, out: &mut CheckResult) {
    let about = deployed.zip(node.deploys.or(node.declared_in));
    if let (Outcome::Fail, Some((deployed, i)), Some(at)) = (out.outcome, about, &out.location)
        && let Some(given) = caller::named(deployed, i, at.span, sources)
    {
        out.message.push_str(&format!(" {given}"));
    }
    editable::settle(out, about, sources);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::{Context, Limits, expand};
    use crate::model::{NoFiles, arm};
    use crate::read::json::Document;
    use crate::types::Types;

    const ACCOUNT: &str = r#"{
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": [{
            "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "st", "location": "westeurope",
            "sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "properties": {"minTlsVersion": "TLS1_2"}
        }]
    }"#;

    /// What a rule about types says of an account with a misspelt property.
    fn outcome(types: Table) -> Vec<(Outcome, EcoString)> {
        let document = Document::parse(&Sources::new().add("/main.json", ACCOUNT.to_owned()));
        let template = arm::load(&document, &mut Vec::new()).unwrap();
        let context = Context::unknown(template.scope);
        let deployed = expand(&NoFiles, template, None, context, Limits::default());
        let now = "2026-07-09T00:00:00Z".parse().unwrap();
        let input = CheckInput { deployed: Some(&deployed), types, ..CheckInput::at(now) };
        let rules = RuleSet::all().only(|e| e.id == "Armlint.Type.UnknownProperty");
        let results = check(&input, &rules, &Settings::new());
        let account = results.into_iter().filter(|r| r.target.type_.ends_with("storageAccounts"));
        account.map(|r| (r.outcome, r.message)).collect()
    }

    #[test]
    fn a_table_of_types_that_cannot_be_read_is_no_pass() {
        let [(Outcome::Fail, said)] = &outcome(crate::types::azure)[..] else { panic!("a finding is expected") };
        assert!(said.contains("minimumTlsVersion"), "{said}");
        let [(Outcome::Error, said)] = &outcome(|| Types::read(b"AZTYPES1"))[..] else {
            panic!("an error is expected")
        };
        assert!(said.contains("damaged"), "{said}");
    }
}
