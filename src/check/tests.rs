//! The words of pages, one by one, on small exported resources.

use jiff::Timestamp;

use crate::check::named;
use crate::check::named::support::declared::Templates;
use crate::check::result::Outcome;
use crate::check::targets::called::Called;
use crate::check::targets::forest::Forest;
use crate::check::types::Mistakes;
use crate::check::verdict::clause::Verdict;
use crate::check::verdict::condition::{Evaluator, World};
use crate::check::verdict::kept::Kept;
use crate::expand::known::truth::Truth::{self, False, True, Unknown};
use crate::expand::{Context, Deployed, Limits, Value, expand};
use crate::model::{NoFiles, arm};
use crate::read::Sources;
use crate::read::json::Document;
use crate::rules::language::Condition;
use crate::rules::page::check::{self as page_check, Known};
use crate::rules::page::yaml;
use crate::rules::settings::Settings;

const ANYTHING: Known<'_> = Known { named: None, config: None };

fn now() -> Timestamp {
    "2026-07-09T00:00:00Z".parse().unwrap()
}

fn value(json: &str) -> Value {
    super::as_written(Document::parse(&Sources::new().add("/x.json", json.to_string())).root().unwrap())
}

fn compiled(text: &str) -> Condition {
    page_check::condition(&yaml::parse(text).unwrap(), &ANYTHING).unwrap_or_else(|p| panic!("{text}: {}", p.message))
}

fn world<'a>(forest: &'a Forest, deployed: Option<&'a Deployed>, settings: &'a Settings) -> World<'a> {
    World {
        forest,
        deployed,
        settings,
        now: now(),
        named: named::by_name,
        kept: Kept::default(),
        name_texts: Default::default(),
        mistakes: Mistakes::by(crate::types::azure),
        called: Called::default(),
        templates: Templates::default(),
        siblings: Default::default(),
        supposed: Default::default(),
        at_home: Default::default(),
        noted: None,
    }
}

/// Whether a condition holds for an exported resource with these members.
fn holds(text: &str, members: &str) -> Truth {
    let condition = compiled(text);
    let resource = value(&format!(r#"{{"type": "A.B/cs", "name": "2026-11-23T10:00:00Z", {members}}}"#));
    let forest = Forest::of_export(&[resource]);
    let settings = Settings::new();
    let world = world(&forest, None, &settings);
    let mut e = Evaluator::new(&world, 0);
    let scope = e.scope(0);
    e.holds(&condition, scope)
}

/// What a clause says about an exported resource with these members.
fn message(clauses: &str, members: &str) -> String {
    let check = page_check::check(None, &yaml::parse(clauses).unwrap(), &ANYTHING).unwrap();
    let resource = value(&format!(r#"{{"type": "A.B/cs", "name": "c", {members}}}"#));
    let forest = Forest::of_export(&[resource]);
    let settings = Settings::new();
    let world = world(&forest, None, &settings);
    let mut e = Evaluator::new(&world, 0);
    let verdict = e.judge(&check);
    verdict.reasons.first().map(|r| e.message(r)).unwrap_or_default()
}

/// Whether a condition holds for the only resource of a template with these parameters and properties.
fn in_template(text: &str, parameters: &str, properties: &str) -> Truth {
    let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
    let template = format!(
        r#"{{"$schema": "{schema}", "contentVersion": "1.0.0.0", "parameters": {parameters}, "resources": [
        {{"type": "A.B/cs", "apiVersion": "2024-01-01", "name": "c", "properties": {properties}}}]}}"#
    );
    let document = Document::parse(&Sources::new().add("/main.json", template));
    let template = arm::load(&document, &mut Vec::new()).unwrap();
    let context = Context::unknown(template.scope);
    let deployed = expand(&NoFiles, template, None, context, Limits::default());
    let forest = Forest::of_deployment(&deployed, &"main".into());
    let node = forest.nodes.iter().position(|n| n.is("A.B/cs")).unwrap();
    let (condition, settings) = (compiled(text), Settings::new());
    let world = world(&forest, Some(&deployed), &settings);
    let mut e = Evaluator::new(&world, node);
    let scope = e.scope(node);
    e.holds(&condition, scope)
}

/// What clauses say of the first resource of a template with these parameters.
fn outcome(clauses: &str, parameters: &str, resources: &str) -> Outcome {
    let mut outcome = Outcome::None;
    judged(clauses, parameters, resources, |_, verdict| outcome = verdict.outcome);
    outcome
}

/// Shows what clauses say of the first resource of a template with these parameters.
fn judged(clauses: &str, parameters: &str, resources: &str, show: impl for<'a> FnOnce(&Evaluator<'a>, &Verdict<'a>)) {
    let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
    let template = format!(
        r#"{{"$schema": "{schema}", "contentVersion": "1.0.0.0", "parameters": {parameters}, "resources": [{resources}]}}"#
    );
    let document = Document::parse(&Sources::new().add("/main.json", template));
    let template = arm::load(&document, &mut Vec::new()).unwrap();
    let context = Context::unknown(template.scope);
    let deployed = expand(&NoFiles, template, None, context, Limits::default());
    let forest = Forest::of_deployment(&deployed, &"main".into());
    let check = page_check::check(None, &yaml::parse(clauses).unwrap(), &ANYTHING).unwrap();
    let settings = Settings::new();
    let world = world(&forest, Some(&deployed), &settings);
    let node = forest.nodes.iter().position(|n| n.deploys.is_none()).unwrap();
    let mut e = Evaluator::new(&world, node);
    let verdict = e.judge(&check);
    show(&e, &verdict);
}

/// A resource of a template.
fn resource(type_: &str, name: &str, more: &str) -> String {
    format!(r#"{{"type": "{type_}", "apiVersion": "2024-01-01", "name": "{name}", {more}}}"#)
}

#[test]
fn children_in_properties_that_are_not_decided() {
    let is = |properties: &str| {
        let parameters = r#"{"p": {"type": "object"}, "c": {"type": "bool"}}"#;
        let resource = resource("A.B/cs", "c", &format!(r#""properties": "[{properties}]""#));
        outcome("[{ for: A.B/cs/ds, expect: { a: 1 } }]", parameters, &resource)
    };
    let list = |a: u8| format!("createObject('ds', createArray(createObject('name', 'x', 'a', {a})))");
    assert_eq!(is("parameters('p')"), Outcome::Unknown);
    assert_eq!(is(&format!("union(parameters('p'), {})", list(1))), Outcome::Pass);
    assert_eq!(is(&format!("union(parameters('p'), {})", list(2))), Outcome::Fail);
    assert_eq!(is(&format!("union({}, parameters('p'))", list(1))), Outcome::Unknown);
    let chosen = "if(parameters('c'), createObject('e', 1), createObject())";
    assert_eq!(is(chosen), Outcome::Pass);
    assert_eq!(is(&format!("shallowMerge(createArray({}, {chosen}))", list(2))), Outcome::Unknown);
    let below = "[{ expect: { '$children[A.B/cs/ds]': { count: 0 } } }]";
    let resource = resource("A.B/cs", "c", r#""properties": "[parameters('p')]""#);
    assert_eq!(outcome(below, r#"{"p": {"type": "object"}}"#, &resource), Outcome::Unknown);
}

#[test]
fn a_child_that_is_not_decided_may_say_something_else_than_its_parent() {
    let parameters = r#"{"p": {"type": "object"}, "c": {"type": "bool"}}"#;
    let is = |parent: u8, child: &str| {
        let resources = resource("A.B/cs", "c", &format!(r#""properties": {{"d": {{"a": {parent}}}}}"#))
            + ","
            + &resource("A.B/cs/ds", "c/d", &format!(r#""properties": "[{child}]""#));
        let clauses = "[{ for: { type: A.B/cs/ds, in: properties.d, flat: true }, expect: { properties.a: 1 } }]";
        outcome(clauses, parameters, &resources)
    };
    let says = |a: u8| format!("createObject('a', {a})");
    for (parent, child, wanted) in [
        (1, format!("union(parameters('p'), {})", says(2)), Outcome::Fail),
        (1, format!("shallowMerge(createArray(parameters('p'), {}))", says(2)), Outcome::Fail),
        (2, format!("union(parameters('p'), {})", says(1)), Outcome::Pass),
        (1, "parameters('p')".to_owned(), Outcome::Unknown),
        (2, "parameters('p')".to_owned(), Outcome::Unknown),
        (1, format!("union({}, parameters('p'))", says(2)), Outcome::Unknown),
        (1, format!("if(parameters('c'), {}, {})", says(2), says(1)), Outcome::Unknown),
        (2, format!("if(parameters('c'), {}, union({}, createObject('b', 1)))", says(1), says(1)), Outcome::Pass),
        // One of them says nothing: what the parent says holds.
        (1, format!("if(parameters('c'), {}, createObject('b', 1))", says(1)), Outcome::Pass),
        (2, format!("if(parameters('c'), {}, createObject('b', 1))", says(2)), Outcome::Fail),
        (1, format!("if(parameters('c'), {}, createObject('b', 1))", says(2)), Outcome::Unknown),
    ] {
        assert_eq!(is(parent, &child), wanted, "{parent} {child}");
    }
}

#[test]
fn nobody_knows_what_is_in_an_object_that_is_not_decided() {
    let parameters = r#"{"p": {"type": "object"}, "s": {"type": "securestring"}, "c": {"type": "bool"}}"#;
    let is = |text: &str, a: &str| in_template(text, parameters, &format!(r#"{{"n": 2, "a": "[{a}]"}}"#));
    for exists in ["{ properties.a.x: { exists: true } }", "{ properties.a.x: { exists: false } }"] {
        assert_eq!(is(exists, "parameters('p')"), Unknown);
    }
    assert_eq!(is("{ properties.a: { exists: true } }", "parameters('p')"), True);
    assert_eq!(is("{ properties.a.x: { exists: false } }", "if(parameters('c'), createObject('y', 1), null())"), True);
    let hidden = "union(parameters('p'), createObject('hidden', createObject('run', parameters('s'))))";
    assert_eq!(is("{ properties.a.shown.run: { secret: false } }", hidden), True);
    assert_eq!(is("{ properties.a.hidden.run: { secret: false } }", hidden), False);
    // The same where it is what something is compared with.
    let same = "{ properties.n: { equals: { path: properties.a.x } } }";
    assert_eq!(is(same, "union(parameters('p'), createObject('x', 2))"), True);
    assert_eq!(is(same, "union(parameters('p'), createObject('x', 3))"), False);
    assert_eq!(is(same, "parameters('p')"), Unknown);
    assert_eq!(is("{ properties.n: { less: '${properties.a.x}' } }", "parameters('p')"), Unknown);
    for op in ["like", "match", "contains"] {
        assert_eq!(
            is(&format!("{{ $name: {{ {op}: {{ path: properties.a.x }} }} }}"), "parameters('p')"),
            Unknown,
            "{op}"
        );
    }
}

#[test]
fn what_is_around_an_item_may_not_be_decided() {
    let parameters = r#"{"p": {"type": "object"}, "c": {"type": "bool"}}"#;
    let text = "{ properties.list: { some: { $target.properties.names: { some: { $outer.in.of: '${id}' } } } } }";
    let is = |item: &str| {
        in_template(text, parameters, &format!(r#"{{"names": [{{"id": "x"}}], "list": [{{"in": "[{item}]"}}]}}"#))
    };
    assert_eq!(is("parameters('p')"), Unknown);
    assert_eq!(is("union(parameters('p'), createObject('of', 'x'))"), True);
    assert_eq!(is("union(parameters('p'), createObject('of', 'y'))"), False);
    assert_eq!(is("if(parameters('c'), createObject('of', 'x'), createObject('of', 'x', 'b', 1))"), True);
}

#[test]
fn an_object_that_is_not_decided_has_at_least_the_members_that_are_known() {
    let is = |count: &str, a: &str| {
        let properties = format!(r#"{{"a": "[{a}]"}}"#);
        in_template(
            &format!("{{ properties.a: {{ count: {{ {count} }} }} }}"),
            r#"{"p": {"type": "object"}}"#,
            &properties,
        )
    };
    let one = "union(parameters('p'), createObject('a', 'b'))";
    assert_eq!(is("greaterOrEquals: 1", one), True);
    assert_eq!(is("greaterOrEquals: 2", one), Unknown);
    assert_eq!(is("less: 1", one), False);
    assert_eq!(is("greaterOrEquals: 1", "parameters('p')"), Unknown);
}

#[test]
fn properties_that_list_no_such_children_hide_none() {
    let server = resource("Microsoft.Sql/servers", "s", r#""properties": "[parameters('p')]""#);
    let group = resource("Microsoft.Network/networkSecurityGroups", "s", r#""properties": "[parameters('p')]""#);
    let never = |type_: &str| format!("[{{ for: {type_}, never: true }}]");
    let parameters = r#"{"p": {"type": "object"}}"#;
    assert_eq!(outcome(&never("Microsoft.Sql/servers/firewallRules"), parameters, &server), Outcome::Pass);
    let rules = never("Microsoft.Network/networkSecurityGroups/securityRules");
    assert_eq!(outcome(&rules, parameters, &group), Outcome::Unknown);
}

#[test]
fn a_loop_of_unknown_length_is_any_number() {
    let is = |clauses: &str| {
        let copy = r#""copy": {"name": "l", "count": "[parameters('n')]"}, "properties": {}"#;
        let resources = resource("A.B/cs", "c", r#""properties": {}"#)
            + ","
            + &resource("A.B/cs/ds", "[concat('c/', copyIndex())]", copy);
        outcome(clauses, r#"{"n": {"type": "int"}}"#, &resources)
    };
    assert_eq!(is("[{ for: A.B/cs/ds, count: { lessOrEquals: 10 } }]"), Outcome::Unknown);
    assert_eq!(is("[{ for: A.B/cs/ds, count: { greaterOrEquals: 2 } }]"), Outcome::Unknown);
    assert_eq!(is("[{ for: A.B/cs/ds, count: { greaterOrEquals: 0 } }]"), Outcome::Pass);
    assert_eq!(is("[{ for: A.B/cs/ds, else: none, count: { greaterOrEquals: 1 } }]"), Outcome::Pass);
    assert_eq!(is("[{ for: A.B/cs/ds, else: none, count: { equals: 1 } }]"), Outcome::Unknown);
    assert_eq!(is("[{ expect: { '$children[A.B/cs/ds]': { count: { lessOrEquals: 10 } } } }]"), Outcome::Unknown);
}

#[test]
fn firewall_rules_that_are_not_decided() {
    let check = "[{ use: firewall-ip-range, with: { type: A.B/cs/firewallRules } }]";
    let parameters = r#"{"p": {"type": "object"}, "n": {"type": "int"}, "s": {"type": "string"}}"#;
    let is = |name: &str, more: &str| {
        let resources =
            resource("A.B/cs", "c", r#""properties": {}"#) + "," + &resource("A.B/cs/firewallRules", name, more);
        outcome(check, parameters, &resources)
    };
    let range = |end: &str| format!("createObject('startIpAddress', '1.0.0.0', 'endIpAddress', '{end}')");
    let properties = |text: &str| format!(r#""properties": "[{text}]""#);
    assert_eq!(is("c/f", &properties("parameters('p')")), Outcome::Unknown);
    let joined = |end: &str| properties(&format!("union(parameters('p'), {})", range(end)));
    assert_eq!(is("c/f", &joined("2.0.0.0")), Outcome::Fail);
    assert_eq!(is("c/f", &joined("1.0.0.1")), Outcome::Pass);
    // A child of nobody knows whom.
    let of_some = "[concat(parameters('s'), '/f')]";
    assert_eq!(is(of_some, &properties(&range("2.0.0.0"))), Outcome::Unknown);
    assert_eq!(is(of_some, &properties(&range("1.0.0.1"))), Outcome::Pass);
    let copied = |end: &str| properties(&range(end)) + r#", "copy": {"name": "l", "count": "[parameters('n')]"}"#;
    assert_eq!(is("[concat('c/', copyIndex())]", &copied("1.0.0.1")), Outcome::Unknown);
}

#[test]
fn security_rules_that_are_not_decided() {
    let parameters = r#"{"p": {"type": "object"}, "s": {"type": "string"}}"#;
    let is = |resources: &str| outcome("[{ use: nsg-lateral-traversal }]", parameters, resources);
    let group = |properties: &str| {
        resource("Microsoft.Network/networkSecurityGroups", "g", &format!(r#""properties": {properties}"#))
    };
    let deny = "createObject('direction', 'Outbound', 'access', 'Deny', 'priority', 100)";
    let list = format!("createObject('securityRules', createArray(createObject('name', 'd', 'properties', {deny})))");
    assert_eq!(is(&group(r#""[parameters('p')]""#)), Outcome::Unknown);
    assert_eq!(is(&group(&format!(r#""[union(parameters('p'), {list})]""#))), Outcome::Pass);
    let type_ = "Microsoft.Network/networkSecurityGroups/securityRules";
    let child = resource(type_, "[concat(parameters('s'), '/d')]", &format!(r#""properties": "[{deny}]""#));
    assert_eq!(is(&(group("{}") + "," + &child)), Outcome::Unknown);
    assert_eq!(is(&group("{}")), Outcome::Fail);
}

#[test]
fn an_item_is_compared_with_the_item_around_it() {
    let first = "{ rules: { each: { $target.rules: { some: { priority: { less: '${$outer.priority}' } } } } } }";
    assert_eq!(holds(first, r#""rules": [{"priority": 2}, {"priority": 1}]"#), False);
    let lower = "{ rules: { where: { deny: true }, each: { $target.rules: { some: { priority: { less: '${$outer.priority}' } } } } } }";
    assert_eq!(holds(lower, r#""rules": [{"priority": 2, "deny": true}, {"priority": 1}]"#), True);
    let by_key = "{ a: { each: { $target.b: { some: { of: '${$outer.$name}' } } } } }";
    assert_eq!(holds(by_key, r#""a": {"x": {}}, "b": [{"of": "x"}]"#), True);
    assert_eq!(holds(by_key, r#""a": {"x": {}, "y": {}}, "b": [{"of": "x"}]"#), False);
    let subject = "{ a: { some: { $target.b: { some: { $outer.id: { as: lastSegment, equals: '${name}' } } } } } }";
    assert_eq!(holds(subject, r#""a": [{"id": "/x/y"}], "b": [{"name": "Y"}]"#), True);
    assert_eq!(holds(subject, r#""a": [{"id": "/y/x"}], "b": [{"name": "Y"}]"#), False);
    // There is nothing around the resource itself.
    assert_eq!(holds("{ $outer.x: { exists: true } }", r#""x": 1"#), False);
}

#[test]
fn conditions_ask_for_children() {
    let none = "{ '$children[A.B/cs/ds]': { count: 0 } }";
    assert_eq!(holds(none, r#""resources": []"#), True);
    assert_eq!(holds(none, r#""resources": [{"type": "A.B/cs/ds", "name": "d"}]"#), False);
    assert_eq!(holds(none, r#""properties": {"ds": [{"name": "d"}]}"#), False);
    let some = "{ '$children[A.B/cs/ds]': { where: { on: true }, some: { $shortName: d } } }";
    assert_eq!(holds(some, r#""resources": [{"type": "A.B/cs/ds", "name": "c/d", "on": true}]"#), True);
    assert_eq!(holds(some, r#""resources": [{"type": "A.B/cs/ds", "name": "c/d"}]"#), False);
}

#[test]
fn any_name_of_the_type_of_an_export_counts() {
    let child = "{ '$children[A.B/cs/ds]': { count: 1 } }";
    assert_eq!(holds(child, r#""resources": [{"resourceType": "X.Y/z", "type": "A.B/cs/ds", "name": "d"}]"#), True);
    assert_eq!(holds(child, r#""resources": [{"type": "X.Y/z", "extensionResourceType": "A.B/cs/ds"}]"#), True);
}

#[test]
fn null_is_left_out_of_templates_only() {
    assert_eq!(holds("{ properties.a: { hasDefault: 1 } }", r#""properties": {"a": null}"#), False);
    assert_eq!(holds("{ properties.a: { hasDefault: 1 } }", r#""properties": {}"#), True);
    assert_eq!(in_template("{ properties.a: { hasDefault: 1 } }", "{}", r#"{"a": null}"#), True);
    assert_eq!(in_template("{ properties.a: { hasDefault: 1 } }", "{}", r#"{"a": 2}"#), False);
}

#[test]
fn secrets_are_told_apart() {
    let parameters = r#"{"s": {"type": "securestring"}, "p": {"type": "string"}, "e": {"type": "securestring", "defaultValue": ""}}"#;
    let is = |a: &str| in_template("{ properties.a: { secret: true } }", parameters, &format!(r#"{{"a": {a}}}"#));
    assert_eq!(is(r#""[parameters('s')]""#), True);
    assert_eq!(is(r#""[concat('x', parameters('s'))]""#), True);
    assert_eq!(is(r#""[listKeys('id', '2024-01-01').key]""#), True);
    assert_eq!(is(r#""[parameters('p')]""#), False);
    assert_eq!(is(r#""[parameters('e')]""#), False);
    assert_eq!(is(r#""x""#), False);
    assert_eq!(in_template("{ properties.b: { secret: false } }", parameters, "{}"), True);
    assert_eq!(in_template("{ properties.b: { secret: true } }", parameters, "{}"), False);
}

#[test]
fn the_same_expression_is_equal_to_itself() {
    let parameters = r#"{"p": {"type": "string"}, "q": {"type": "string"}}"#;
    let is = |text: &str, b: &str| {
        in_template(text, parameters, &format!(r#"{{"a": "[parameters('p')]", "b": "[parameters('{b}')]"}}"#))
    };
    assert_eq!(is("{ properties.a: { equals: '${properties.b}' } }", "p"), True);
    assert_eq!(is("{ properties.a: { notEquals: '${properties.b}' } }", "p"), False);
    assert_eq!(is("{ properties.a: { equals: '${properties.b}' } }", "q"), Unknown);
}

#[test]
fn the_last_segment_of_an_id_can_be_known() {
    let text = "{ properties.a: { as: lastSegment, equals: z } }";
    let parameters = r#"{"p": {"type": "string"}}"#;
    let is = |last: &str| {
        in_template(text, parameters, &format!(r#"{{"a": "[resourceId('A.B/cs/ds', parameters('p'), '{last}')]"}}"#))
    };
    assert_eq!(is("z"), True);
    assert_eq!(is("y"), False);
}

#[test]
fn numbers_are_made_of_values() {
    let subnet = "{ a: { as: [lastSegment, number], lessOrEquals: 23 } }";
    assert_eq!(holds(subnet, r#""a": "10.0.0.0/23""#), True);
    assert_eq!(holds(subnet, r#""a": "10.0.0.0/24""#), False);
    let usage = "{ used: { as: { percentOf: limit }, lessOrEquals: 90 } }";
    assert_eq!(holds(usage, r#""used": 905, "limit": 1000"#), True);
    assert_eq!(holds(usage, r#""used": 906, "limit": 1000"#), False);
    assert_eq!(holds(usage, r#""used": 1, "limit": 0"#), False);
}

#[test]
fn a_number_is_no_version() {
    assert_eq!(holds("{ a: { version: '>=1.2' } }", r#""a": "1.2""#), True);
    assert_eq!(holds("{ a: { version: '>=1.2' } }", r#""a": 1.2"#), False);
}

#[test]
fn addresses_are_within_networks() {
    let text = "{ a: { inNetwork: ['${here}', '${others[*].ranges}'] } }";
    let lists =
        r#""here": ["10.0.0.0/16"], "others": [{"ranges": ["10.1.0.0/24"]}, {"ranges": ["wrong", "10.2.0.0/24"]}]"#;
    let is = |a: &str| holds(text, &format!(r#""a": "{a}", {lists}"#));
    assert_eq!(is("10.0.3.4"), True);
    assert_eq!(is("10.2.0.9"), True);
    assert_eq!(is("10.2.1.9"), False);
    assert_eq!(is("no address"), False);
}

#[test]
fn a_name_is_no_date() {
    assert_eq!(
        holds("{ $name: { equals: '2026-11-23T10:00:00Z', greaterOrEquals: 20, lessOrEquals: 20 } }", r#""x": 1"#),
        True
    );
    assert_eq!(holds("{ x: { greaterOrEquals: 130, lessOrEquals: 140 } }", r#""x": "2026-11-23T10:00:00Z""#), True);
}

#[test]
fn the_nearest_miss_comes_first() {
    let some = "[{ expect: { rules: { some: { a: 1, b: 1 } } } }]";
    assert_eq!(message(some, r#""rules": [{"a": 2, "b": 2}, {"a": 1, "b": 3}]"#), "`rules[1].b` is 3; it must be 1.");
    let any = "[{ expect: { anyOf: [{ a: 1, b: 1 }, { c: 1 }] } }]";
    assert_eq!(message(any, r#""a": 2, "b": 2, "c": 3"#), "`c` is 3; it must be 1.");
    // What is there is nearer than what is not.
    let there = "[{ expect: { anyOf: [{ a: 1 }, { c: 1 }] } }]";
    assert_eq!(message(there, r#""c": 3"#), "`c` is 3; it must be 1.");
    let clause = "[{ for: A.B/cs/ds, some: { a: 1, b: 1 } }]";
    let children = r#""properties": {"ds": [{"name": "x"}, {"name": "y", "a": 1, "b": 2}]}"#;
    assert_eq!(message(clause, children), "`properties.ds[1].b` is 2; it must be 1.");
}

#[test]
fn what_is_missing_is_missing_where_it_should_be() {
    let parameters = r#"{"p": {"type": "object"}}"#;
    let list = "createObject('ds', createArray(createObject('name', 'x', 'properties', createObject('b', 1))))";
    let resource = resource("A.B/cs", "c", &format!(r#""properties": "[union(parameters('p'), {list})]""#));
    let clause = "[{ for: A.B/cs/ds, expect: { properties.a.id: { hasValue: true } } }]";
    judged(clause, parameters, &resource, |e, verdict| {
        assert_eq!(e.message(&verdict.reasons[0]), "`properties.ds[0].properties` has no `a.id`.");
    });
}

#[test]
fn what_lacks_a_counterpart_is_to_blame() {
    let clause = "[{ for: A.B/cs/ds, expect: { '$children[A.B/cs/es]': { some: { $shortName: '${$outer.$shortName}' } } }, message: 'Nothing goes with {name}.' }]";
    let children = r#""properties": {"ds": [{"name": "x"}, {"name": "y"}], "es": [{"name": "x"}]}"#;
    assert_eq!(message(clause, children), "Nothing goes with y.");
}

#[test]
fn what_is_not_known_decides_nothing() {
    let parameters = r#"{"p": {"type": "object"}, "s": {"type": "string"}}"#;
    let is = |test: &str, a: &str| {
        let properties = format!(r#"{{"a": {a}, "open": "[parameters('p').x]"}}"#);
        in_template(&format!("{{ properties.a: {test} }}"), parameters, &properties)
    };
    // It may be no text, and any text.
    assert_eq!(is("{ like: '*' }", r#""[parameters('p').x]""#), Unknown);
    assert_eq!(is("{ notLike: '*' }", r#""[parameters('p').x]""#), Unknown);
    assert_eq!(is("{ like: '*' }", r#""[concat('x', parameters('s'))]""#), True);
    // What is compared with may be an empty list.
    let same = "{ setOf: '${properties.open}' }";
    assert_eq!(is(same, "[]"), Unknown);
    assert_eq!(is(same, r#"["x"]"#), Unknown);
    assert_eq!(is(same, r#""x""#), False);
    assert_eq!(is("{ setOf: [a, b] }", r#"["[parameters('s')]", "b"]"#), Unknown);
    assert_eq!(is("{ setOf: [a, b] }", r#"["[parameters('s')]", "c"]"#), False);
    assert_eq!(is("{ count: { in: ['${properties.open}', 3] } }", "[1]"), Unknown);
    assert_eq!(is("{ count: { in: ['${properties.open}', 1] } }", "[1]"), True);
    assert_eq!(is("{ hasKeys: [b, '${properties.open}'] }", r#"{"b": 1}"#), Unknown);
    assert_eq!(is("{ hasKeys: [c, '${properties.open}'] }", r#"{"b": 1}"#), False);
    assert_eq!(is("{ onlyKeys: ['${properties.open}'] }", r#"{"b": 1}"#), Unknown);
}

#[test]
fn messages_say_what_is_not_known() {
    let says = |path: &str, expected: &str| {
        let parameters = r#"{"p": {"type": "object"}}"#;
        let resource = resource("A.B/cs", "c", r#""properties": {"a": 1, "b": "[parameters('p')]"}"#);
        let clause = format!("[{{ expect: {{ properties.a: 2 }}, message: 'It is {{{path}}} ({{value}}).' }}]");
        judged(&clause, parameters, &resource, |e, verdict| {
            assert_eq!(e.message(&verdict.reasons[0]), expected);
        });
    };
    says("properties.b.c", "It is not known before deployment (1).");
    says("properties.c.b", "It is not set (1).");
    says("properties.b", "It is [parameters('p')] (1).");
}

#[test]
fn an_item_behind_what_is_not_known_has_no_index() {
    let says = |list: &str, expected: &str| {
        let parameters = r#"{"p": {"type": "array"}}"#;
        let resource = resource("A.B/cs", "c", &format!(r#""properties": {{"ds": "[{list}]"}}"#));
        for clause in [
            "[{ for: A.B/cs/ds, expect: { a: 1 } }]",
            "[{ expect: { properties.ds: { each: { a: 1 } } } }]",
            "[{ expect: { 'properties.ds[*].a': 1 } }]",
        ] {
            judged(clause, parameters, &resource, |e, verdict| {
                assert_eq!(verdict.outcome, Outcome::Fail, "{clause}");
                let (place, path) = e.location(&verdict.reasons[0], None);
                assert_eq!(format!("{path} {}", place.unwrap().pointer), expected, "{clause}");
            });
        }
    };
    let wrong = "createArray(createObject('name', 'x', 'a', 2))";
    says(&format!("concat({wrong}, parameters('p'))"), "properties.ds[0].a /resources/0/properties/ds/0/a");
    says(&format!("concat(parameters('p'), {wrong})"), "properties.ds[*].a /resources/0/properties/ds");
}

#[test]
fn messages_tell_converted_numbers() {
    let usage = "[{ expect: { used: { as: { percentOf: limit }, lessOrEquals: 90 } } }]";
    assert_eq!(
        message(usage, r#""used": 19, "limit": 20"#),
        "`used` is 19, that is 95 % of 20; it must be at most 90."
    );
    let subnet = "[{ expect: { a: { as: [lastSegment, number], lessOrEquals: 23 } } }]";
    assert_eq!(message(subnet, r#""a": "10.0.0.0/24""#), "`a` is \"10.0.0.0/24\", that is 24; it must be at most 23.");
}

#[test]
fn messages_are_sentences() {
    let says = |test: &str, body: &str, expected: &str| {
        assert_eq!(message(&format!("[{{ expect: {{ {test} }} }}]"), body), expected);
    };
    // What is not there is no number.
    says("list: { greaterOrEquals: 1 }", r#""x": 1"#, "`list` is not set.");
    says("zones: { greaterOrEquals: 2 }", r#""x": 1"#, "`zones` is not set; at least 2 are needed.");
    says("size: { greaterOrEquals: 2 }", r#""size": null"#, "`size` is null; it must be at least 2.");
    says(
        "zones: { greaterOrEquals: 2 }",
        r#""zones": ["1"]"#,
        "`zones` is [\"1\"] (1 item); it must have at least 2 items.",
    );
    says(
        "text: { greaterOrEquals: 1 }",
        r#""text": """#,
        "`text` is \"\" (0 characters); it must have at least 1 character.",
    );
    says(
        "size: { greaterOrEquals: 20 }",
        r#""size": "25""#,
        "`size` is \"25\", which is a string; it must be a number.",
    );
    says("size: { greaterOrEquals: 3 }", r#""size": "0""#, "`size` is \"0\"; it must be at least 3.");
    says("v: { version: '^3.0' }", r#""v": "2.9""#, "`v` is \"2.9\"; it must be version 3.x.");
    says("v: { version: '^1.2' }", r#""v": "1.0""#, "`v` is \"1.0\"; it must be version 1.x, 1.2 or later.");
    says(
        "tls: { version: \">=1.2\" }",
        r#""tls": 1.2"#,
        "`tls` is 1.2, which is a number; it must be version 1.2 or later, as a string.",
    );
    says("on: true", r#""on": "True""#, "`on` is \"True\", which is a string; it must be true.");
    says("rules: { count: { greaterOrEquals: 1 } }", r#""rules": []"#, "`rules` is empty; there must be at least 1.");
    // Versions, patterns and kinds are no texts.
    says("v: { version: '>=1.2' }", r#""v": "1.0""#, "`v` is \"1.0\"; it must be version 1.2 or later.");
    says("v: { version: '4.0 || >=8.0' }", r#""v": "5.0""#, "`v` is \"5.0\"; it must be version 4.0, or 8.0 or later.");
    says(r"n: { match: '^\d+$' }", r#""n": "a""#, r#"`n` is "a"; it must match `^\d+$`."#);
    says("n: { is: integer }", r#""n": "a""#, "`n` is \"a\"; it must be an integer.");
    // A list holds, and all of several are needed.
    says("p: { notIn: [http, ws] }", r#""p": ["http"]"#, "`p` is [\"http\"]; it must not contain \"http\" or \"ws\".");
    says("z: { setOf: ['1', '2'] }", r#""x": 1"#, "`z` is not set; it must have exactly the items \"1\" and \"2\".");
    says("t: ['a,b', 'a, b', c]", r#""t": "d""#, "`t` is \"d\"; it must be \"a,b\" or \"c\".");
    says(
        "o: { onlyKeys: [a, b] }",
        r#""o": {"a": 1, "z": 2}"#,
        "`o` has \"z\"; it must have no members but \"a\" and \"b\".",
    );
    says("o: { hasKeys: [a, b] }", r#""o": {"a": 1}"#, "`o` has no \"b\"; it must have the members \"a\" and \"b\".");
    // Leaving out what somebody wrote is the last that comes to mind.
    says("anyOf: [{ d: { hasValue: false } }, { d: P }]", r#""d": "S""#, "`d` is \"S\"; it must be \"P\".");
    says("l: { none: { a: { hasValue: false }, b: 1 } }", r#""l": [{"b": 1}]"#, "`l[0]` has no `a`.");
}

#[test]
fn messages_tell_configured_values() {
    let clause = "[{ expect: { $config.AZURE_AKS_POOL_MINIMUM_MAXPODS: { equals: 1 } } }]";
    assert_eq!(
        message(clause, r#""x": 1"#),
        "The configuration value AZURE_AKS_POOL_MINIMUM_MAXPODS is 50; it must be 1."
    );
    // What is compared with is that of the item, not that of the target.
    let item = "[{ expect: { rules: { each: { low: { less: '${high}' } } } } }]";
    assert_eq!(
        message(item, r#""high": 1, "rules": [{"low": 9, "high": 7}]"#),
        "`rules[0].low` is 9; it must be less than 7."
    );
}

#[test]
fn what_cannot_work_is_refused() {
    let problem = |text: &str| page_check::condition(&yaml::parse(text).unwrap(), &ANYTHING).unwrap_err().message;
    let large = problem("{ a: { match: '^((a{1,100}){1,100}){1,100}$' } }");
    assert!(large.contains("regular expression cannot be used"), "{large}");
    assert!(problem("{ a: { match: '(' } }").contains("regular expression cannot be used"));
    assert!(problem("{ '$children[A.B/cs]': { exists: true } }").contains("goes with where"));
    assert!(problem("{ '$children[x]': { count: 0 } }").contains("no resource type"));
    assert!(problem("{ '$outer.$id': 1 }").contains("`$outer` goes with"));
    assert!(problem("{ a: { secret: 1 } }").contains("`secret` takes true or false"));
}
