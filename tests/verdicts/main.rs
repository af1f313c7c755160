//! What a verdict may say where less is known: the same, or that it is not known; never the opposite.
//!
//! `PROPTEST_CASES=1000 cargo test --release --test verdicts` tries many.
//!
//! Templates are made at random, in both languages. Each is judged by all rules with the values of all parameters, and again
//! with some of them hidden. The values are drawn from those that the parameters allow, so this also says that whatever is
//! filled in was among what was thought possible.
#![allow(clippy::unwrap_used, clippy::panic)]

mod expressions;
mod templates;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use armlint::check::{self, CheckInput, CheckResult, Outcome};
use armlint::expand::{Context, Limits, Value, expand};
use armlint::model::{Library, NoFiles, arm};
use armlint::read::Sources;
use armlint::read::json::Document;
use armlint::rules::{RuleSet, Selection, Settings};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use serde_json::{Value as Json, json};

use expressions::{Given, parameters};
use templates::deployment;

fn all_rules() -> &'static RuleSet {
    static ALL: OnceLock<RuleSet> = OnceLock::new();
    ALL.get_or_init(|| RuleSet::select(&Selection::default()).unwrap())
}

/// The verdicts of all rules on a template (ARM, or Bicep in a file), with these values for parameters.
fn judged(template: &Source<'_>, values: &BTreeMap<&str, Json>) -> Vec<CheckResult> {
    let sources = Arc::new(Sources::new());
    let given: serde_json::Map<_, _> = values.iter().map(|(k, v)| ((*k).to_owned(), json!({"value": v}))).collect();
    let given = json!({"parameters": given}).to_string();
    let parameters = arm::parameters::load(&Document::parse(&sources.add("/given.json", given)));
    let deployed = match template {
        Source::Arm(json) => {
            let template =
                arm::load(&Document::parse(&sources.add("/main.json", json.to_string())), &mut Vec::new()).unwrap();
            let context = context(template.scope);
            expand(&NoFiles, template, Some(&parameters), context, Limits::default())
        }
        Source::Bicep(file) => {
            let library = Library::new(sources.clone(), file.parent().unwrap(), None);
            let template = library.open(file).unwrap();
            let context = context(template.scope);
            expand(&library, template, Some(&parameters), context, Limits::default())
        }
    };
    let wrong: Vec<_> =
        deployed.diagnostics.iter().filter(|d| d.code == "bicep-syntax" || d.code.starts_with("json")).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let input = CheckInput {
        deployed: Some(&deployed),
        root_name: "main".into(),
        ..CheckInput::at("2026-07-09T00:00:00Z".parse().unwrap())
    };
    check::check(&input, all_rules(), &Settings::new())
}

fn context(scope: armlint::model::ScopeKind) -> Context {
    Context {
        subscription_id: Some(Value::str("sub")),
        resource_group: Some(Value::str("rg")),
        location: Some(Value::str("eastus")),
        snapshot: false,
        ..Context::unknown(scope)
    }
}

enum Source<'s> {
    Arm(&'s Json),
    Bicep(&'s Path),
}

/// What is said of each rule and type.
fn by_rule(results: &[CheckResult]) -> BTreeMap<(&str, &str), Vec<&CheckResult>> {
    let mut out: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for r in results {
        out.entry((r.rule.id.as_str(), r.target.type_.as_str())).or_default().push(r);
    }
    out
}

/// The opposite of a verdict; `unknown` has none.
fn contradicts(open: Outcome, whole: Outcome) -> bool {
    let good = |o| matches!(o, Outcome::Pass | Outcome::None);
    open == Outcome::Fail && good(whole) || good(open) && whole == Outcome::Fail
}

/// The first contradiction between what is said with less and with all known.
fn contradiction(open: &[CheckResult], whole: &[CheckResult]) -> Option<String> {
    let known = by_rule(whole);
    for (key, open) in by_rule(open) {
        let Some(whole) = known.get(&key) else { continue };
        // One may stand for several. Of the same number, each is judged like the one at its place.
        let pairs: Vec<_> = match open.as_slice() {
            [one] => whole.iter().map(|w| (one, w)).collect(),
            many if many.len() == whole.len() => many.iter().zip(whole).collect(),
            _ => continue,
        };
        if let Some((o, w)) = pairs.into_iter().find(|(o, w)| contradicts(o.outcome, w.outcome)) {
            return Some(format!(
                "{} on {} {}\nless known: {} {}\nall known:  {} {}",
                key.0,
                key.1,
                o.target.name,
                o.outcome.as_str(),
                o.message,
                w.outcome.as_str(),
                w.message
            ));
        }
    }
    None
}

fn values() -> BoxedStrategy<BTreeMap<&'static str, Json>> {
    let one = |p: &'static Given| select(p.values.clone()).prop_map(move |v| (p.name, v));
    parameters().iter().map(one).collect::<Vec<_>>().prop_map(|all| all.into_iter().collect()).boxed()
}

/// Which parameters are hidden: one, some, or all.
fn hidden() -> BoxedStrategy<Vec<&'static str>> {
    let names: Vec<&'static str> = parameters().iter().map(|p| p.name).collect();
    prop_oneof![
        2 => select(names.clone()).prop_map(|n| vec![n]),
        2 => prop::sample::subsequence(names.clone(), 2..6),
        1 => Just(names),
    ]
    .boxed()
}

/// How many templates are made: few where nobody asks for more, since a build that is not optimised takes seconds for each.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(8)
}

/// The same templates each time, unless somebody asks for more.
fn seed() -> RngSeed {
    if std::env::var_os("PROPTEST_CASES").is_some() { RngSeed::Random } else { RngSeed::Fixed(0) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), rng_seed: seed(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn with_less_known_no_verdict_is_the_opposite(deployment in deployment(), values in values(), hidden in prop::collection::vec(hidden(), 3)) {
        let template = deployment.arm();
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("main.bicep");
        std::fs::write(&file, deployment.bicep()).unwrap();
        for source in [Source::Arm(&template), Source::Bicep(&file)] {
            let whole = judged(&source, &values);
            for hidden in &hidden {
                let mut some = values.clone();
                some.retain(|name, _| !hidden.contains(name));
                if let Some(found) = contradiction(&judged(&source, &some), &whole) {
                    let shown = match source {
                        Source::Arm(json) => serde_json::to_string_pretty(&json["resources"]).unwrap(),
                        Source::Bicep(_) => deployment.bicep(),
                    };
                    prop_assert!(false, "hidden: {:?} of {:?}\n{}\n{}", hidden, values, found, shown);
                }
            }
        }
    }
}
