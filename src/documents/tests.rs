//! Every word of the expressions on a value that keeps it, one that does not, and one that is not known.

use std::path::Path;

use super::compare::Dates;
use super::evaluate::{Evaluator, Reason, Target};
use super::expression::Reader;
use super::language::Expression;
use super::tree::Scalars;
use crate::config::yaml;
use crate::expand::known::Truth;
use crate::expand::{Residual, Value};
use crate::read::Sources;
use crate::rules::Settings;

use super::function::of_json;

/// An expression in YAML (`json`: in JSON, whose literals are what they look like).
fn read(text: &str, json: bool) -> Result<Expression, String> {
    let source = Sources::new().add("/c/x.Rule.yaml", text);
    let tree = yaml::parse(&source).unwrap();
    let mut reader = Reader { scalars: Scalars { source: &source, json }, warnings: Vec::new() };
    reader.expression(&tree).map_err(|wrong| wrong.message)
}

fn target(value: Option<Value>) -> Target {
    let mut properties = crate::expand::Object::default();
    if let Some(value) = value {
        properties.set("value".into(), None, value);
    }
    let mut object = crate::expand::Object::default();
    object.set("properties".into(), None, Value::object(properties));
    Target {
        object: Value::object(object),
        type_: Value::str("Test.Provider/things"),
        name: Value::str("thing-1"),
        scope: Some(Value::str("/subscriptions/s/resourceGroups/rg")),
        sources: vec![("Template", "/c/infra/main.bicep".into())],
        undecided: true,
        pointer: "/resources/0".into(),
        place: None,
    }
}

fn asked(expression: &Expression, target: &Target, read: bool) -> (Truth, Vec<Reason>) {
    let mut settings = Settings::new();
    settings.set("TEST_KEY", "abc".into());
    let now = "2026-11-23T12:00:00Z".parse().unwrap();
    let evaluator = Evaluator {
        target,
        settings: &settings,
        base: Path::new("/c"),
        dates: Dates { read, now },
        too_long: Default::default(),
    };
    let mut reasons = Vec::new();
    let truth = evaluator.judge(expression, &mut reasons);
    (truth, reasons)
}

/// What an expression says of `properties.value`.
fn truth(expression: &str, json: bool, value: &str) -> Truth {
    let value = match value {
        "(missing)" => None,
        "(unknown)" => Some(open()),
        text => Some(of_json(&serde_json::from_str(text).unwrap())),
    };
    let expression = read(expression, json).unwrap_or_else(|e| panic!("{expression}: {e}"));
    asked(&expression, &target(value), true).0
}

fn open() -> Value {
    Value::residual(Residual::call("reference", vec![Value::str("x")]))
}

fn check(json: bool, rows: &[(&str, &[&str], &[&str])]) {
    for (expression, pass, fail) in rows {
        for (values, wanted) in [(pass, Truth::True), (fail, Truth::False)] {
            for value in *values {
                assert_eq!(truth(expression, json, value), wanted, "{expression} on {value}");
            }
        }
    }
}

/// The same about `properties.value`.
fn about(rows: &[(&str, &[&str], &[&str])]) {
    for (expression, pass, fail) in rows {
        let expression = format!("{{\"field\": \"properties.value\", {expression}}}");
        check(true, &[(&expression, pass, fail)]);
        assert_eq!(truth(&expression, true, "(unknown)"), Truth::Unknown, "{expression}");
    }
}

#[test]
fn a_text_that_grows_without_end_is_not_made() {
    let nested = |depth: usize, one: &dyn Fn(&str) -> String| (0..depth).fold("xx".to_owned(), |text, _| one(&text));
    let said = |value: &str| {
        let expression = read(&format!("{{value: {value}, equals: x}}"), false).unwrap();
        let (truth, reasons) = asked(&expression, &target(None), true);
        (truth, reasons.first().map(|r| r.message.clone()).unwrap_or_default())
    };
    let grown = |text: &str| format!("{{$: {{replace: {text}, oldString: x, newString: xxxxxxxxxx}}}}");
    assert_eq!(said(&nested(4, &grown)).0, Truth::False);
    let long = "x".repeat(60_000);
    let joined = format!("{{$: {{concat: [{long}, {long}]}}}}");
    for (value, shown) in [(nested(8, &grown), "8 times ten"), (joined, "two long texts")] {
        let (truth, message) = said(&value);
        assert_eq!(truth, Truth::Unknown, "{shown}");
        assert!(message.contains("more than 100000 bytes"), "{shown}: {message}");
    }
    // What gets no longer is no matter.
    let shorter = format!("{{$: {{replace: {long}{long}, oldString: X, newString: y}}}}");
    assert_eq!(said(&shorter).0, Truth::False);
    // Whatever the other side of the comparison comes to, and the next condition knows nothing of it.
    let other = format!("{{name: ., equals: {}}}", nested(8, &grown));
    let both = read(&format!("{{allOf: [{other}, {{field: properties.value, equals: 1}}]}}"), false).unwrap();
    let (truth, reasons) = asked(&both, &target(Some(open())), true);
    let told = |i: usize| reasons.get(i).is_some_and(|r| r.message.contains("bytes"));
    assert_eq!((truth, told(0), told(1)), (Truth::Unknown, true, false));
}

#[test]
fn presence() {
    check(
        true,
        &[
            (r#"{"field": "properties.value", "exists": true}"#, &["null", "1", "(unknown)"], &["(missing)"]),
            (r#"{"field": "properties.value", "exists": false}"#, &["(missing)"], &["null"]),
        ],
    );
    about(&[
        (r#""hasValue": true"#, &["0", "false", "{}", r#""a""#], &["(missing)", "null", r#""""#, "[]"]),
        (r#""hasValue": false"#, &["(missing)", "null", "[]"], &["0"]),
        (r#""hasDefault": 1"#, &["(missing)", "1", "true"], &["2", "null"]),
    ]);
}

#[test]
fn equality() {
    about(&[
        (r#""equals": "abc""#, &[r#""abc""#, r#""ABC""#], &["(missing)", r#""abcd""#, "1"]),
        (r#""equals": "abc", "caseSensitive": true"#, &[r#""abc""#], &[r#""ABC""#]),
        (r#""equals": 1"#, &["1", "true"], &[r#""1""#, "2", "(missing)"]),
        (r#""equals": 1, "convert": true"#, &["1", r#""1""#, r#""true""#, "10"], &["0", r#""10""#]),
        (r#""equals": null"#, &["null"], &["(missing)", r#""""#]),
        (r#""notEquals": "abc""#, &["(missing)", r#""x""#, "1"], &[r#""ABC""#]),
        (r#""in": ["a", 1]"#, &[r#""A""#, r#"["x", "a"]"#, r#""1""#], &["1", r#""b""#, "(missing)"]),
        (r#""notIn": ["a"]"#, &[r#""b""#, "(missing)"], &[r#""A""#]),
        (r#""setOf": ["a", "b"]"#, &[r#"["b", "a"]"#], &[r#"["a"]"#, r#"["a", "b", "c"]"#, "(missing)", "1"]),
        (r#""subset": ["a"]"#, &[r#"["b", "a", "a"]"#], &[r#"["b"]"#, r#""a""#, "(missing)"]),
        (r#""subset": ["a"], "unique": true"#, &[r#"["b", "a"]"#], &[r#"["a", "a"]"#]),
    ]);
    // Literals of YAML are texts.
    check(false, &[("{field: properties.value, equals: 1}", &["1", r#""1""#], &["true"])]);
    check(false, &[("{field: properties.value, equals: null}", &[r#""null""#], &["null"])]);
}

#[test]
fn texts() {
    about(&[
        (r#""match": "^a.c$""#, &[r#""abc""#, r#""ABC""#], &[r#""abcd""#, "1", "(missing)"]),
        (r#""notMatch": "^a""#, &["1", "(missing)"], &[r#""abc""#]),
        (r#""startsWith": ["x", "ab"]"#, &[r#""ABC""#, r#"["z", "xy"]"#], &[r#""cab""#, "1", "(missing)"]),
        (r#""notStartsWith": "ab""#, &[r#""cab""#, "1"], &[r#""ABC""#, "(missing)"]),
        (r#""endsWith": "bc""#, &[r#""ABC""#], &[r#""bcd""#]),
        (r#""notEndsWith": "bc""#, &[r#""bcd""#], &[r#""abc""#]),
        (r#""contains": "B", "caseSensitive": true"#, &[r#""aBc""#], &[r#""abc""#]),
        (r#""contains": "1", "convert": true"#, &["210"], &["2"]),
        (r#""notContains": "b""#, &[r#""x""#], &[r#""abc""#]),
        (r#""like": "a*c?""#, &[r#""abbcd""#], &[r#""abc""#, r#"["abcd"]"#]),
        (r#""notLike": ["a*", "b*"]"#, &[r#""c""#, "1"], &[r#""B1""#, "(missing)"]),
        (r#""isLower": true"#, &[r#""a-1""#], &[r#""aB""#, "1", "(missing)"]),
        (r#""isUpper": true"#, &[r#""A-1""#], &[r#""aB""#]),
        (r#""withinPath": ["infra"]"#, &[r#""infra/a.bicep""#, r#""./INFRA/a""#], &[r#""infra2/a""#, "1"]),
        (r#""notWithinPath": ["infra"]"#, &[r#""other/a""#], &[r#""infra/x/../a""#]),
        (r#""version": "^1.2.0""#, &[r#""1.3.0""#], &[r#""2.0.0""#, "1", r#""x""#]),
        (r#""apiVersion": ">=2021-01-01""#, &[r#""2021-06-01""#], &[r#""2020-06-01""#, r#""2021-06-01-preview""#]),
        (
            r#""apiVersion": ">=2021-01-01", "includePrerelease": true"#,
            &[r#""2021-06-01-preview""#],
            &[r#""2020-01-01""#],
        ),
        (
            r#""hasSchema": ["http://a.b/c#"], "ignoreScheme": true"#,
            &[r#"{"$schema": "https://A.b/c"}"#],
            &[r#"{"$schema": "x"}"#, "{}", "(missing)"],
        ),
    ]);
}

#[test]
fn numbers_and_types() {
    about(&[
        (r#""less": 2"#, &["1", "null", r#""1""#, "[1]"], &["2", "1.5", "{}", "(missing)", r#""11""#]),
        (r#""lessOrEquals": 2"#, &["2"], &["3"]),
        (r#""greater": 2"#, &["3", r#""abc""#], &["2", "true"]),
        (r#""greaterOrEquals": 2, "convert": true"#, &[r#""2""#, r#""2027-01-01""#], &[r#""1""#, r#""2020-01-01""#]),
        (r#""count": 2"#, &["[1, 2]", r#""ab""#], &["[1]", "null", "2", "(missing)"]),
        (r#""notCount": 2"#, &["[1]"], &["[1, 2]", "{}"]),
        (r#""isString": true"#, &[r#""a""#], &["1", "(missing)", r#""2026-11-23T10:00:00Z""#]),
        (r#""isArray": true"#, &["[]"], &["1"]),
        (r#""isBoolean": true"#, &["true"], &[r#""true""#]),
        (r#""isBoolean": true, "convert": true"#, &[r#""true""#, "1"], &[r#""x""#]),
        (r#""isDateTime": true"#, &[r#""2026-11-23T10:00:00Z""#], &[r#""2026-11-23""#]),
        (r#""isInteger": true"#, &["1"], &["1.5", r#""1""#]),
        (r#""isNumeric": true"#, &["1.5"], &[r#""1""#]),
    ]);
}

#[test]
fn operators_and_quantifiers() {
    let items = r#"[{"n": "x", "p": 1}, {"n": "y", "p": 5}]"#;
    check(
        true,
        &[
            (r#"{"not": {"field": "properties.value", "equals": 1}}"#, &["2"], &["1"]),
            (r#"{"allOf": []}"#, &["1"], &[]),
            (r#"{"anyOf": []}"#, &[], &["1"]),
            (
                r#"{"field": "properties.value", "allOf": [{"field": "p", "greater": 0}]}"#,
                &[items, "[]", "(missing)"],
                &["[{}]"],
            ),
            (
                r#"{"field": "properties.value", "anyOf": [{"field": ".", "equals": "a"}]}"#,
                &[r#"["a", "A"]"#],
                &[r#"["a", "b"]"#],
            ),
            (
                r#"{"field": "properties.value", "allOf": [{"field": "p", "less": 2}], "where": {"field": "n", "equals": "x"}}"#,
                &[items],
                &[],
            ),
            (r#"{"field": "properties.value", "allOf": [{"field": "p", "less": 2}], "count": 1}"#, &[items], &["[]"]),
            (
                r#"{"field": "properties.value", "allOf": [{"field": "p", "less": 2}], "greaterOrEqual": 1}"#,
                &[items],
                &["[]"],
            ),
            (
                r#"{"field": "properties.value", "allOf": [{"field": "p", "less": 2}], "lessOrEqual": 0}"#,
                &["[]"],
                &[items],
            ),
            (r#"{"name": ".", "startsWith": "thing"}"#, &["1"], &[]),
            (r#"{"type": ".", "equals": "test.provider/THINGS"}"#, &["1"], &[]),
            (r#"{"scope": ".", "startsWith": "/subscriptions/"}"#, &["1"], &[]),
            (r#"{"source": "Template", "withinPath": ["infra/"]}"#, &["1"], &[]),
            (r#"{"source": "File", "withinPath": ["infra/"]}"#, &[], &["1"]),
        ],
    );
    assert_eq!(truth(r#"{"source": "Parameter", "withinPath": ["infra/"]}"#, true, "1"), Truth::Unknown);
    // One that is not known leaves open what hangs on it, and nothing else.
    let with = |value: Value, expression: &str| asked(&read(expression, true).unwrap(), &target(Some(value)), false).0;
    let one = |p: Value| {
        let mut object = crate::expand::Object::default();
        object.set("p".into(), None, p);
        Value::object(object)
    };
    let list = |items: Vec<Value>| Value::array(items);
    let all = r#"{"field": "properties.value", "allOf": [{"field": "p", "equals": 1}]}"#;
    let any = r#"{"field": "properties.value", "allOf": [{"field": "p", "equals": 1}], "greater": 0}"#;
    assert_eq!(with(list(vec![one(open()), one(Value::int(1))]), all), Truth::Unknown);
    assert_eq!(with(list(vec![one(open()), one(Value::int(2))]), all), Truth::False);
    assert_eq!(with(list(vec![one(open()), one(Value::int(1))]), any), Truth::True);
    assert_eq!(with(list(vec![one(open()), one(Value::int(2))]), any), Truth::Unknown);
    assert_eq!(with(open(), all), Truth::Unknown);
    // What is known of a text decides.
    let start = Value::residual(Residual::call("concat", vec![Value::str("st"), open()]));
    for (test, wanted) in [
        (r#""startsWith": "ST""#, Truth::True),
        (r#""startsWith": "kv""#, Truth::False),
        (r#""match": "^st""#, Truth::True),
        (r#""equals": "kv1""#, Truth::False),
        (r#""equals": "st1""#, Truth::Unknown),
        (r#""like": "s*""#, Truth::True),
        (r#""isString": true"#, Truth::True),
        (r#""hasValue": true"#, Truth::True),
        (r#""isArray": true"#, Truth::False),
    ] {
        assert_eq!(with(start.clone(), &format!("{{\"field\": \"properties.value\", {test}}}")), wanted, "{test}");
    }
}

#[test]
fn items_go_by_what_they_say_of_themselves() {
    let of = |test: &str| format!(r#"{{"field": "properties.value", "allOf": [{test}]}}"#);
    let where_ = |test: &str| {
        format!(
            r#"{{"field": "properties.value", "where": {test}, "count": 1, "allOf": [{{"field": "p", "equals": 1}}]}}"#
        )
    };
    let items = r#"[{"name": "x", "type": "A/b", "p": 1}, {"name": "y", "type": "A/c", "p": 1}]"#;
    for (expression, pass, fail) in [
        (of(r#"{"name": ".", "in": ["x", "y"]}"#), items, r#"[{"name": "thing-1"}]"#),
        (of(r#"{"type": ".", "startsWith": "A/"}"#), items, r#"[{"type": "Test.Provider/things"}]"#),
        (of(r#"{"name": ".", "equals": "5"}"#), r#"[{"name": 5}]"#, r#"[{"ResourceName": "6", "name": 5}]"#),
        (of(r#"{"name": ".", "notEquals": "x"}"#), r#"["x", {}]"#, items),
        (of(r#"{"scope": ".", "equals": null}"#), items, "[]x"),
        (where_(r#"{"type": ".", "equals": "a/B"}"#), items, r#"[{"type": "A/c", "p": 1}]"#),
    ] {
        assert_eq!(truth(&expression, true, pass), Truth::True, "{expression}");
        if !fail.ends_with('x') {
            assert_eq!(truth(&expression, true, fail), Truth::False, "{expression}");
        }
    }
    // The file is that of the target, and so is what a function looks at.
    let source = of(r#"{"source": "Template", "withinPath": ["infra/"]}"#);
    assert_eq!(truth(&source, true, items), Truth::True);
    let (_, reasons) = asked(
        &read(&of(r#"{"name": ".", "equals": "x"}"#), true).unwrap(),
        &target(Some(of_json(&serde_json::from_str(items).unwrap()))),
        false,
    );
    assert_eq!(reasons[0].message, r#"`properties.value[1].name` is "y"; it must be "x"."#);
    assert_eq!(with(Value::array(vec![open()]), &of(r#"{"name": ".", "equals": "x"}"#)), Truth::Unknown);
}

/// What an expression says of a value that is not decided.
fn with(value: Value, expression: &str) -> Truth {
    asked(&read(expression, true).unwrap(), &target(Some(value)), true).0
}

#[test]
fn lists_of_unknown_length() {
    let call = |name: &str, args: Vec<Value>| Value::residual(Residual::call(name, args));
    let item = |action: &str| of_json(&serde_json::json!({ "action": action }));
    let list = |actions: &[&str]| Value::array(actions.iter().map(|a| item(a)).collect());
    let unknown = || call("json", vec![open()]);
    let loop_ = |action: &str| Value::residual(Residual::open_loop("copy".into(), open(), item(action)));
    let two_or_none = || call("if", vec![open(), list(&["Allow", "Allow"]), list(&[])]);
    let spread = call("flatten", vec![Value::array(vec![list(&["Allow"]), unknown()])]);
    let joined = call("concat", vec![list(&["Allow"]), unknown()]);
    let (t, f, u) = (Truth::True, Truth::False, Truth::Unknown);
    for (value, expected) in [
        // All; at most 1; at least 2; exactly 0; at least 1; fewer than 3; exactly 2.
        (unknown(), [u, u, u, u, u, u, u]),
        (loop_("Allow"), [t, u, u, u, u, u, u]),
        (loop_("Deny"), [u, t, f, t, f, t, f]),
        (two_or_none(), [t, u, u, u, u, t, u]),
        (joined, [u, u, u, f, t, u, u]),
        (spread, [u, u, u, f, t, u, u]),
        (call("concat", vec![list(&["Deny"]), unknown()]), [f, u, u, u, u, u, u]),
        (call("concat", vec![list(&["Deny"]), two_or_none()]), [f, u, u, u, u, t, u]),
        (call("if", vec![open(), list(&["Allow"]), list(&["Allow"])]), [t, t, f, f, t, t, f]),
        (call("if", vec![open(), list(&["Deny"]), list(&["Deny"])]), [f, t, f, t, f, t, f]),
    ] {
        let bounds = [
            "",
            r#", "lessOrEqual": 1"#,
            r#", "greaterOrEqual": 2"#,
            r#", "count": 0"#,
            r#", "greaterOrEqual": 1"#,
            r#", "less": 3"#,
            r#", "count": 2"#,
        ];
        for (bound, wanted) in bounds.iter().zip(expected) {
            let expression = format!(
                r#"{{"field": "properties.value", "allOf": [{{"field": "action", "equals": "Allow"}}]{bound}}}"#
            );
            assert_eq!(with(value.clone(), &expression), wanted, "{bound} {value:?}");
            let not = format!(r#"{{"not": {expression}}}"#);
            assert_eq!(with(value.clone(), &not), wanted.not(), "{bound} {value:?}");
        }
    }
    // What is known of the length decides.
    for (test, wanted) in [
        (r#""count": 2"#, u),
        (r#""count": 3"#, f),
        (r#""notCount": 3"#, t),
        (r#""lessOrEquals": 2"#, t),
        (r#""greater": 2"#, f),
        (r#""greater": 0"#, u),
        (r#""isArray": true"#, t),
        (r#""hasValue": true"#, u),
        (r#""exists": true"#, t),
        (r#""setOf": ["a", "b", "c"]"#, f),
    ] {
        assert_eq!(with(two_or_none(), &format!("{{\"field\": \"properties.value\", {test}}}")), wanted, "{test}");
    }
    let paths = call("concat", vec![list(&["Deny"]), two_or_none()]);
    for (path, wanted) in [
        ("[?@.action == 'Other']", f),
        ("[?@.action == 'Deny']", t),
        ("[?@.action == 'Allow']", u),
        ("[*].other", f),
        ("[*].action", u),
        ("[0].action", t),
        ("[1].action", u),
        ("..other", f),
    ] {
        let expression = format!(r#"{{"field": "properties.value{path}", "exists": true}}"#);
        assert_eq!(with(paths.clone(), &expression), wanted, "{path}");
    }
    let said = |bound: &str| {
        let expression =
            format!(r#"{{"field": "properties.value", "allOf": [{{"field": "action", "equals": "Allow"}}]{bound}}}"#);
        let (_, reasons) = asked(&read(&expression, true).unwrap(), &target(Some(loop_("Deny"))), false);
        reasons.into_iter().map(|r| (r.message, r.unknown)).collect::<Vec<_>>()
    };
    let which = "Which values `properties.value` holds is not known before deployment.";
    assert_eq!(said(""), [(which.to_owned(), true)]);
    let (_, reasons) = asked(
        &read(r#"{"field": "properties.value", "allOf": [], "greater": 2}"#, true).unwrap(),
        &target(Some(unknown())),
        false,
    );
    let many = "How many values in `properties.value` meet the condition is not known before deployment; it must be more than 2.";
    assert_eq!(reasons[0].message, many);
}

#[test]
fn what_has_no_effect_is_told() {
    let warnings = |text: &str| {
        let source = Sources::new().add("/c/x.Rule.yaml", text);
        let tree = yaml::parse(&source).unwrap();
        let mut reader = Reader { scalars: Scalars { source: &source, json: false }, warnings: Vec::new() };
        reader.expression(&tree).unwrap_or_else(|w| panic!("{text}: {}", w.message));
        reader.warnings.into_iter().map(|w| w.message).collect::<Vec<_>>()
    };
    for (expression, wanted) in [
        ("{field: a.b, greaterOrEqual: 1, lessOrEqual: 3, allOf: []}", "`lessOrEqual` has no effect"),
        ("{field: a.b, count: 1, less: 3, allOf: []}", "`count` has no effect"),
        ("{field: a.b, greaterOrEquals: 1, allOf: []}", "the quantifier is called `greaterOrEqual`"),
        ("{field: a.b, where: {field: c, equals: d}, count: 2}", "`where` has no effect on `count`"),
        ("{field: a.b, lessOrEqual: 2, exists: true}", "the condition is called `lessOrEquals`"),
        ("{field: a.b, name: '.', equals: x}", "only where `field` leads to nothing"),
        ("{type: '.', name: '.', equals: x}", "`name` has no effect"),
        ("{name: '.', exists: true}", "`exists` looks at a `field` only"),
        ("{field: a.b, unique: true, equals: x}", "`unique` has no effect on `equals`"),
        ("{field: a.b, caseSensitive: true, in: [x]}", "`caseSensitive` has no effect on `in`"),
        ("{field: a.b, convert: true, match: x}", "`convert` has no effect on `match`"),
        ("{value: {$: {path: a.b}}, startsWith: x}", "does not look into what a function gives"),
    ] {
        let warnings = warnings(expression);
        assert!(warnings.len() == 1 && warnings[0].contains(wanted), "{expression}: {warnings:?}");
    }
    for fine in [
        "{field: a.b, where: {type: '.', equals: c}, greaterOrEqual: 1, allOf: []}",
        "{field: a.b, caseSensitive: true, convert: true, equals: x}",
        "{field: a.b, unique: true, subset: [x]}",
        "{value: {$: {path: a.b}}, greaterOrEquals: 1}",
    ] {
        assert_eq!(warnings(fine), Vec::<String>::new(), "{fine}");
    }
    // As the engine: what counts is not what is written last.
    let between = r#"{"field": "properties.value", "allOf": [{"field": ".", "equals": 1}], "greaterOrEqual": 1, "lessOrEqual": 3}"#;
    check(true, &[(between, &["[1, 1, 1, 1]"], &["[2]"])]);
    let all = r#"{"field": "properties.value", "allOf": [{"field": ".", "equals": 1}], "greaterOrEquals": 1}"#;
    check(true, &[(all, &["[1]"], &["[1, 2]"])]);
    let function = r#"{"value": {"$": {"path": "properties.value"}}, "startsWith": "st"}"#;
    let (_, reasons) = asked(&read(function, true).unwrap(), &target(Some(Value::str("st"))), false);
    assert!(reasons[0].message.contains("does not look"), "{}", reasons[0].message);
}

#[test]
fn paths() {
    let items = r#"[{"nn": "x", "pp": 1}, {"nn": "y", "pp": 5}]"#;
    let has = |path: &str, n: usize| format!(r#"{{"field": "{path}", "count": {n}}}"#);
    for (path, n, value) in [
        ("properties.value[*].nn", 2, items),
        ("properties.value[?@.nn == 'x'].pp", 1, items),
        ("properties.value[?@.pp > 0 && @.nn == 'y'].pp", 1, items),
        ("properties.value[?(@.pp > 9 || @.nn == 'x')].pp", 1, items),
        ("properties.value[?!@.zz].pp", 2, items),
        ("properties..nn", 2, items),
        ("properties.value[0:1]", 1, items),
        ("properties['value']", 2, items),
        ("$.properties.value", 2, items),
        ("properties.value[-1]", 2, "[[1], [1, 2]]"),
        ("properties.value[*]", 3, "[[1], [1, 2]]"),
    ] {
        assert_eq!(truth(&has(path, n), true, value), Truth::True, "{path}");
    }
    for path in
        ["properties.value[?@.nn == 'z'].pp", "properties.value[7]", "+Properties.value", "properties.value[*].zz"]
    {
        assert_eq!(truth(&format!(r#"{{"field": "{path}", "exists": true}}"#), true, items), Truth::False, "{path}");
    }
}

#[test]
fn functions() {
    for (function, value, wanted) in [
        (r#""path": "properties.value""#, r#""abc""#, r#""abc""#),
        (r#""configuration": "TEST_KEY""#, "1", r#""abc""#),
        (r#""string": {"path": "properties.value"}"#, "5", r#""5""#),
        (r#""boolean": {"path": "properties.value"}"#, r#""True""#, "true"),
        (r#""integer": {"path": "properties.value"}"#, r#""12""#, "12"),
        (r#""concat": ["x", {"path": "properties.value"}]"#, r#""abc""#, r#""xabc""#),
        (r#""substring": {"path": "properties.value"}, "length": 2"#, r#""abc""#, r#""ab""#),
        (r#""replace": {"path": "properties.value"}, "oldString": "B", "newString": "$1""#, r#""abc""#, r#""a$1c""#),
        (r#""trim": {"path": "properties.value"}"#, r#"" a ""#, r#""a""#),
        (r#""first": {"path": "properties.value"}"#, r#""abc""#, r#""a""#),
        (r#""last": {"path": "properties.value"}"#, r#"["a", "b"]"#, r#""b""#),
        (
            r#""padLeft": {"path": "properties.value"}, "totalLength": 5, "paddingCharacter": "0""#,
            r#""abc""#,
            r#""00abc""#,
        ),
        (r#""padRight": {"path": "properties.value"}, "totalLength": 4"#, r#""abc""#, r#""abc ""#),
        (r#""last": {"split": {"path": "properties.value"}, "delimiter": ["-"]}"#, r#""a-b""#, r#""b""#),
    ] {
        let expression = format!(r#"{{"value": {{"$": {{{function}}}}}, "equals": {wanted}, "caseSensitive": true}}"#);
        assert_eq!(truth(&expression, true, value), Truth::True, "{expression}");
        let other = format!(r#"{{"value": {{"$": {{{function}}}}}, "equals": "other"}}"#);
        assert_eq!(truth(&other, true, value), Truth::False, "{other}");
        if !function.contains("TEST_KEY") {
            assert_eq!(truth(&expression, true, "(unknown)"), Truth::Unknown, "{expression}");
        }
    }
    let bound = r#"{"field": "properties.value", "greater": {"$": {"integer": "1"}}}"#;
    check(true, &[(bound, &["2"], &["1"])]);
}

#[test]
fn reasons_say_what_is_there_and_what_must_be() {
    let said = |expression: &str, value: Option<Value>| {
        let (_, reasons) = asked(&read(expression, false).unwrap(), &target(value), false);
        reasons.into_iter().map(|r| (r.path.to_string(), r.message)).collect::<Vec<_>>()
    };
    let one = |path: &str, message: &str| vec![(path.to_owned(), message.to_owned())];
    assert_eq!(
        said("{field: properties.value, equals: TLS1_2}", Some(Value::str("TLS1_0"))),
        one("properties.value", r#"`properties.value` is "TLS1_0"; it must be "TLS1_2"."#)
    );
    assert_eq!(
        said("{field: tags.env, hasValue: true}", None),
        one("tags", "`tags` is not set; it must have a value.")
    );
    assert_eq!(
        said("not: {field: properties.value, in: [a, b]}", Some(Value::str("a"))),
        one("properties.value", r#"`properties.value` is "a"; it must not be "a" or "b"."#)
    );
    assert_eq!(said("{name: '.', match: '^st'}", None), one("", r#"The name is "thing-1"; it must match `^st`."#));
    assert_eq!(
        said(
            "{field: properties.value, allOf: [{field: '.', equals: a}], greaterOrEqual: 2}",
            Some(Value::array(vec![Value::str("a")]))
        ),
        one("properties.value", "1 value in `properties.value` meet the condition; it must be at least 2.")
    );
}

#[test]
fn what_cannot_be_read_is_told() {
    let deep = format!("{{field: 'a.b[?{}@.c]', exists: true}}", "(".repeat(40));
    for (expression, wanted) in [
        ("{field: a.b, equalz: 1}", "did you mean `equals`?"),
        ("{equals: 1}", "does not say what it looks at"),
        ("{field: a.b}", "asks nothing"),
        ("{field: a.b, less: many}", "takes an integer"),
        ("{field: a.b, in: a}", "takes a list"),
        ("{field: a.b, exists: perhaps}", "expected true or false"),
        ("{field: a.b, match: '(a)\\1'}", "refers back to a group"),
        ("{field: a.b, version: newest}", "no range of versions"),
        ("{name: foo, equals: x}", "takes nothing but '.'"),
        ("{allOf: [], anyOf: []}", "put both into an `allOf`"),
        ("{allOf: [], count: 1}", "needs a `field`"),
        ("{value: {$: {upper: x}}, equals: X}", "no function"),
        ("{value: {$: {substring: x}}, equals: X}", "needs `length`"),
        ("[a]", "an expression is a mapping"),
        (&deep, "cannot be read: its groups nest"),
    ] {
        let error = read(expression, false).err().unwrap_or_else(|| panic!("{expression}"));
        assert!(error.contains(wanted), "{expression}: {error}");
    }
}
