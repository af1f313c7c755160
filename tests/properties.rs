//! What holds of every template: evaluation ends without a panic, in bounds and always alike, and what is unknown never makes
//! it decide a value that a given one would make otherwise.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;
use std::sync::Arc;

use armlint::expand::residual::Node;
use armlint::expand::{self, Context, Data, Deployed, Limits, Value};
use armlint::model::parameters::ParameterFile;
use armlint::model::{Builtin, NoFiles, ScopeKind, arm};
use armlint::read::Sources;
use armlint::read::json::Document;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value as Json, json};

/// Evaluation has the room that the command gives it.
fn with_room<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|s| std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(s, f).unwrap().join().unwrap())
}

fn given(sources: &Sources, values: &Json) -> ParameterFile {
    let members = values.as_object().unwrap().iter().map(|(k, v)| (k.clone(), json!({"value": v})));
    let file = json!({"parameters": members.collect::<serde_json::Map<_, _>>()});
    arm::parameters::load(&Document::parse(&sources.add("p.json", file.to_string())))
}

fn expand(template: &Json, values: Option<&Json>) -> Deployed {
    let sources = Sources::new();
    let document = Document::parse(&sources.add("t.json", template.to_string()));
    let template = arm::load(&document, &mut Vec::new()).unwrap();
    let parameters = values.map(|v| given(&sources, v));
    let context = Context { resource_group: Some(Value::str("rg")), ..Context::unknown(ScopeKind::ResourceGroup) };
    expand::expand(&NoFiles, template, parameters.as_ref(), context, Limits::default())
}

/// Everything that came out, as text.
fn shown(deployed: &Deployed) -> String {
    let mut out = String::new();
    let mut write = |v: &Value| {
        expand::residual::write_value(v, &mut out);
        out.push('\n');
    };
    for r in &deployed.resources {
        [&r.name, &r.id, &r.body].into_iter().chain(&r.condition).for_each(&mut write);
    }
    deployed.deployments.iter().flat_map(|d| &d.outputs).for_each(|(_, v)| write(v));
    out + &format!("{:?}", deployed.diagnostics)
}

/// Whether what is decided in `open` is decided alike in `closed`; where it is not decided, anything goes.
fn agrees(open: &Value, closed: &Value) -> bool {
    match (&open.data, &closed.data) {
        (Data::Residual(_), _) => true,
        // A value may have become one that fails: then it has none.
        (_, Data::Residual(r)) => matches!(r.node, Node::Failed(_)),
        (Data::Array(a), Data::Array(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| agrees(a, b)),
        (Data::Object(a), Data::Object(b)) => {
            a.members.len() == b.members.len()
                && a.members
                    .iter()
                    .all(|m| m.key.starts_with('[') || b.get(&m.key).is_some_and(|v| agrees(&m.value, v)))
        }
        (Data::Float(a), Data::Float(b)) => a.to_bits() == b.to_bits(),
        (Data::Str(a), Data::Str(b)) => a == b,
        (Data::Int(a), Data::Int(b)) => a == b,
        (Data::Bool(a), Data::Bool(b)) => a == b,
        (Data::Null, Data::Null) => true,
        _ => false,
    }
}

fn quoted(s: &str) -> String {
    format!("'{}'", s.replace('\'', "''"))
}

/// Names that are not in the table of functions.
const SPECIAL: [&str; 2] = ["listKeys", "nobody"];

fn function() -> impl Strategy<Value = String> {
    let all: Vec<String> = Builtin::ALL.iter().map(|b| b.name().to_owned()).collect();
    prop_oneof![8 => prop::sample::select(all), 1 => prop::sample::select(SPECIAL.to_vec()).prop_map(str::to_owned)]
}

fn leaf() -> impl Strategy<Value = String> {
    let texts = [
        "",
        "a",
        "B",
        "a,b",
        "/x/y",
        "{0}-{1}",
        "10.0.0.0/16",
        "[1, {\"a\": null}]",
        "2020-01-01T00:00:00Z",
        "P1D",
        "yyyy",
        "é\u{1F600}",
        "Microsoft.A/b",
        "PT1H",
        "-1",
        "TRUE",
        "Full",
    ];
    prop_oneof![
        4 => prop::sample::select(texts.to_vec()).prop_map(quoted),
        1 => "\\PC{0,12}".prop_map(|s| quoted(&s)),
        3 => (-3i64..12).prop_map(|i| i.to_string()),
        1 => any::<i64>().prop_map(|i| i.to_string()),
        1 => Just("1.5".to_owned()),
        4 => prop::sample::select(vec!["parameters('open')", "parameters('text')", "parameters('list')", "parameters('bag')", "parameters('flag')", "parameters('number')"]).prop_map(str::to_owned),
        3 => prop::sample::select(vec!["variables('v')", "variables('w')", "variables('object')", "copyIndex()", "lambdaVariables('x')"]).prop_map(str::to_owned),
        2 => prop::sample::select(vec!["null()", "true()", "false()", "createArray()", "createObject()", "createObject('a', 1, 'b', createArray('x', 'y'))", "createArray(1, 2, 3)"]).prop_map(str::to_owned),
    ]
}

fn expression() -> impl Strategy<Value = String> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        let inner = inner.boxed();
        prop_oneof![
            8 => (function(), prop::collection::vec(inner.clone(), 0..4)).prop_map(|(f, args)| format!("{f}({})", args.join(", "))),
            2 => (prop::sample::select(vec!["map", "filter", "mapValues", "groupBy", "sort", "toObject"]), inner.clone(), inner.clone())
                .prop_map(|(f, list, body)| format!("{f}({list}, lambda('x', {}{body}))", if f == "sort" { "'y', " } else { "" })),
            1 => (inner.clone(), inner.clone()).prop_map(|(list, body)| format!("reduce({list}, 0, lambda('x', 'y', {body}))")),
            2 => (inner.clone(), inner.clone()).prop_map(|(base, key)| if base.contains('(') { format!("{base}[{key}]") } else { base }),
            2 => (inner.clone(), prop::sample::select(vec!["a", "b", "id", "name", "value"])).prop_map(|(base, key)| if base.ends_with(')') { format!("{base}.{key}") } else { base }),
            1 => (inner.clone(), inner).prop_map(|(a, b)| format!("own.f({a}, {b})")),
        ]
    })
}

/// A template whose values are the expressions.
fn template(expressions: &[String]) -> Json {
    let e = |i: usize| format!("[{}]", expressions[i % expressions.len()]);
    json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "functions": [{"namespace": "own", "members": {"f": {"parameters": [{"name": "a", "type": "string"}, {"name": "b", "type": "string"}], "output": {"type": "string", "value": "[concat(parameters('a'), parameters('b'))]"}}}}],
        "parameters": {
            "open": {"type": "object"}, "text": {"type": "string"}, "list": {"type": "array"}, "bag": {"type": "object"},
            "flag": {"type": "bool"}, "number": {"type": "int"},
        },
        "variables": {
            "v": e(0), "w": e(1), "object": {"a": e(2), "b": [e(0), 1]},
            "copy": [{"name": "looped", "count": 2, "input": e(3)}],
        },
        "resources": [
            {"type": "Microsoft.A/b", "apiVersion": "2020-01-01", "name": e(4), "condition": e(5), "properties": {"a": e(0), "b": e(1), "c": {"d": e(2)}}},
            {"type": "Microsoft.A/b", "apiVersion": "2020-01-01", "name": "fixed", "properties": {"p": e(3), "copy": [{"name": "q", "count": 2, "input": e(0)}]}},
            {"type": "Microsoft.A/b", "apiVersion": "2020-01-01", "name": "[concat('n', copyIndex())]", "copy": {"name": "c", "count": e(6)}, "properties": {"r": e(1)}},
            {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "nested", "properties": {
                "mode": "Incremental", "expressionEvaluationOptions": {"scope": "inner"}, "parameters": {"open": {"value": e(2)}},
                "template": {"parameters": {"open": {"type": "object"}}, "resources": [{"type": "Microsoft.A/b", "apiVersion": "2020-01-01", "name": "inner", "properties": {"x": "[parameters('open')]"}}], "outputs": {"o": {"type": "object", "value": "[parameters('open')]"}}},
            }},
        ],
        "outputs": {"x": {"type": "string", "value": e(7)}, "y": {"type": "object", "value": "[reference('nested').outputs.o.value]"}},
    })
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(json!(true)),
        (-2i64..9).prop_map(|i| json!(i)),
        prop::sample::select(vec!["", "a", "x,y", "https://h"]).prop_map(|s| json!(s)),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
            prop::collection::hash_map(prop::sample::select(vec!["a", "b", "c"]).prop_map(str::to_owned), inner, 0..3)
                .prop_map(|m| Json::Object(m.into_iter().collect())),
        ]
    })
}

/// The same expressions each time, so that nobody's change is held up by chance; with `PROPTEST_CASES` others.
fn seed() -> RngSeed {
    if std::env::var_os("PROPTEST_CASES").is_some() { RngSeed::Random } else { RngSeed::Fixed(0) }
}

/// Values of the right types for every parameter.
fn values() -> impl Strategy<Value = Json> {
    let object = || {
        prop::collection::hash_map(prop::sample::select(vec!["a", "b", "id"]).prop_map(str::to_owned), any_json(), 0..3)
    };
    let text = prop::sample::select(vec!["", "a", "B", "https://h/p", "10.0.0.0/8", "x,y"]);
    let list = prop::collection::vec(any_json(), 0..3);
    (object(), text, list, object(), any::<bool>(), -2i64..9).prop_map(|(open, text, list, bag, flag, number)| {
        json!({"open": open, "text": text, "list": list, "bag": bag, "flag": flag, "number": number})
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(400), rng_seed: seed(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn evaluation_never_panics_and_is_always_alike(expressions in prop::collection::vec(expression(), 8), values in values()) {
        let template = template(&expressions);
        with_room(|| {
            for given in [None, Some(&values)] {
                assert_eq!(shown(&expand(&template, given)), shown(&expand(&template, given)));
            }
        });
    }

    #[test]
    fn what_is_decided_without_a_value_is_decided_so_with_any(expressions in prop::collection::vec(expression(), 8), values in values(), left_out in any::<u8>()) {
        let template = template(&expressions);
        let mut some = values.clone();
        let names: Vec<String> = values.as_object().unwrap().keys().cloned().collect();
        for (i, name) in names.iter().enumerate() {
            if left_out & (1 << i) != 0 {
                some.as_object_mut().unwrap().remove(name);
            }
        }
        with_room(|| {
            let (open, closed) = (expand(&template, Some(&some)), expand(&template, Some(&values)));
            for (name, value) in &open.deployments[0].outputs {
                let other = closed.deployments[0].outputs.iter().find(|(n, _)| n == name);
                assert!(other.is_none_or(|(_, v)| agrees(value, v)), "{name}: {value:?} {other:?}");
            }
            for pointer in ["/resources/0", "/resources/1"] {
                let one = |d: &'_ Deployed| d.resources.iter().position(|r| r.pointer == pointer);
                if let (Some(a), Some(b)) = (one(&open), one(&closed)) {
                    let (a, b) = (&open.resources[a].body, &closed.resources[b].body);
                    assert!(agrees(a, b), "{a:?}\n{b:?}");
                }
            }
        });
    }

    #[test]
    fn any_bicep_is_expanded_without_a_panic(lines in prop::collection::vec(prop::sample::select(bicep_lines()), 1..14)) {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("main.bicep");
        std::fs::write(&file, lines.join("\n")).unwrap();
        with_room(|| shown(&bicep(&file)));
    }
}

fn bicep(file: &Path) -> Deployed {
    let library = armlint::model::Library::new(Arc::new(Sources::new()), file.parent().unwrap(), None);
    let template = library.open(file).unwrap();
    let context = Context::unknown(template.scope);
    expand::expand(&library, template, None, context, Limits::default())
}

fn bicep_lines() -> Vec<&'static str> {
    vec![
        "var a = b",
        "var b = [for (x, i) in a: { v: x.?y ?? i, w: c[i] }]",
        "var c = [...a, ...b]",
        "param p object",
        "param p = a",
        "param q string = '${a}-${r.id}'",
        "resource r 'Microsoft.A/b@2020-01-01' = {",
        "  name: q",
        "  name: s.name",
        "  parent: r",
        "  scope: s",
        "  properties: {",
        "    x: r.properties.x",
        "  }",
        "}",
        "resource s 'Microsoft.A/b/c@2020-01-01' = [for i in range(0, length(a)): if (i > 1) {",
        "  name: '${r.name}/${i}'",
        "}]",
        "resource n 'c' = {",
        "module m 'main.bicep' = {",
        "  params: { p: m.outputs.o }",
        "import * as me from 'main.bicep'",
        "import { a as z } from 'main.bicep'",
        "@export()",
        "@secure()",
        "@description('x'",
        "output o object = { ...p, a: me.a, z: z, f: f(a, b) }",
        "output t array = map(s, x => x.id)",
        "func f(x int, y string) object => { r: f(x, y) }",
        "type t = t[] | { x: t.x }",
        "param u t",
        "var l = loadJsonContent('main.bicep')",
        "var y = loadYamlContent('main.bicep', '$.a')",
        "targetScope = 'subscription'",
        "using 'main.bicep'",
        "/*",
        "'''",
        "var k = reduce(a, [], (x, y) => [x, y])",
    ]
}

/// Expands what a stranger sends; gives the codes of the diagnostics.
fn hostile(template: &Json) -> Vec<&'static str> {
    // Without bounds, most of these would never end.
    with_room(|| {
        let deployed = expand(template, None);
        let text = shown(&deployed);
        assert!(text.len() < 200_000_000, "{}", text.len());
        deployed.diagnostics.iter().map(|d| d.code).collect()
    })
}

fn outputs(variables: Json, output: &str) -> Json {
    json!({"contentVersion": "1.0.0.0", "parameters": {"open": {"type": "string"}}, "variables": variables, "resources": [], "outputs": {"o": {"type": "object", "value": output}}})
}

/// Variables `v0`, `v1`, … each made of the one before.
fn chain(n: usize, first: &str, next: impl Fn(&str) -> String) -> Json {
    let mut variables = serde_json::Map::new();
    variables.insert("v0".to_owned(), first.into());
    for i in 1..n {
        variables.insert(format!("v{i}"), next(&format!("variables('v{}')", i - 1)).into());
    }
    Json::Object(variables)
}

/// Outputs that ask for the variables one by one, so that none is asked for deep within another.
fn one_by_one(variables: Json) -> Json {
    let each = variables
        .as_object()
        .unwrap()
        .keys()
        .map(|k| (k.clone(), json!({"type": "array", "value": format!("[length(variables('{k}'))]")})));
    let outputs: serde_json::Map<String, Json> = each.collect();
    json!({"contentVersion": "1.0.0.0", "parameters": {"open": {"type": "string"}}, "variables": variables, "resources": [], "outputs": outputs})
}

#[test]
fn endless_loops_end() {
    let resource = |copy: Json, properties: Json| json!({"contentVersion": "1.0.0.0", "resources": [{"type": "Microsoft.A/b", "apiVersion": "1", "name": "[concat('n', copyIndex())]", "copy": copy, "properties": properties}]});
    assert_eq!(hostile(&resource(json!({"name": "c", "count": 1_000_000_000}), json!({}))), ["copy-limit"]);
    let nest = |inner: Json| json!({"copy": [{"name": "x", "count": 800, "input": inner}]});
    let deep = nest(nest(nest(nest(json!("[copyIndex('x')]")))));
    assert!(hostile(&resource(json!({"name": "c", "count": 800}), deep)).contains(&"evaluation-limit"));
    assert!(hostile(&outputs(json!({}), "[range(0, 1000000000)]")).contains(&"expression"));
}

#[test]
fn definitions_that_use_themselves_end() {
    assert_eq!(
        hostile(&outputs(json!({"a": "[variables('b')]", "b": "[variables('a')]"}), "[variables('a')]")),
        ["cycle"]
    );
    let long = chain(5_000, "x", |before| format!("[concat({before}, 'x')]"));
    assert!(hostile(&outputs(long, "[variables('v4999')]")).contains(&"evaluation-limit"));
    let mut template = outputs(json!({}), "[own.f(1)]");
    template["functions"] = json!([{"namespace": "own", "members": {"f": {"parameters": [{"name": "x", "type": "int"}], "output": {"type": "int", "value": "[own.f(own.f(parameters('x')))]"}}}}]);
    assert!(hostile(&template).contains(&"evaluation-limit"));
}

#[test]
fn values_that_double_end() {
    for double in [
        "[createArray(V, V)]",
        "[createObject('a', V, 'b', V)]",
        "[concat(V, V)]",
        "[union(createObject('a', V), createObject('b', V))]",
        "[if(equals(parameters('open'), ''), V, createArray(V))]",
    ] {
        for first in ["[createArray('xxxxxxxxxxxxxxxx')]", "[createArray(parameters('open'))]"] {
            let variables = chain(60, first, |before| double.replace('V', before));
            let codes = hostile(&outputs(variables.clone(), "[variables('v59')]"));
            assert!(
                codes.contains(&"evaluation-limit") || codes.contains(&"expression"),
                "{double} {first}: {codes:?}"
            );
            hostile(&one_by_one(variables));
        }
    }
    // A text that doubles, and stays open.
    let variables = chain(60, "[parameters('open')]", |before| format!("[concat({before}, {before})]"));
    assert!(hostile(&outputs(variables, "[variables('v59')]")).contains(&"evaluation-limit"));
    let lambda = "[reduce(range(0, 100), createArray(1), lambda('a', 'b', createArray(lambdaVariables('a'), lambdaVariables('a'))))]";
    assert!(hostile(&outputs(json!({}), lambda)).contains(&"evaluation-limit"));
    // Many resources that each hold a large value.
    let mut template = outputs(json!({"big": "[range(0, 10000)]"}), "[1]");
    template["resources"] = json!([{"type": "Microsoft.A/b", "apiVersion": "1", "name": "[concat('n', copyIndex())]", "copy": {"name": "c", "count": 800}, "properties": {"x": "[variables('big')]", "y": "[variables('big')]"}}]);
    assert!(hostile(&template).contains(&"evaluation-limit"));
}

#[test]
fn deep_values_end() {
    let lambda = "[reduce(range(0, 10000), 0, lambda('a', 'b', createArray(lambdaVariables('a'))))]";
    assert!(hostile(&outputs(json!({}), lambda)).contains(&"evaluation-limit"));
    let open = "[reduce(range(0, 10000), parameters('open'), lambda('a', 'b', concat(lambdaVariables('a'), 'x')))]";
    assert!(hostile(&outputs(json!({}), open)).contains(&"evaluation-limit"));
    let variables = chain(5_000, "[createArray(parameters('open'))]", |before| format!("[createArray({before})]"));
    assert!(hostile(&one_by_one(variables)).contains(&"evaluation-limit"));
}

#[test]
fn deep_texts_end() {
    let arrays = format!(
        "{{\"contentVersion\": \"1.0.0.0\", \"resources\": [], \"variables\": {{\"a\": {}{}}}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let calls = format!(
        "{{\"contentVersion\": \"1.0.0.0\", \"resources\": [], \"outputs\": {{\"o\": {{\"type\": \"string\", \"value\": \"[{}1{}]\"}}}}}}",
        "string(".repeat(100_000),
        ")".repeat(100_000)
    );
    let mut nested = "{}".to_owned();
    for _ in 0..500 {
        nested = format!(
            "{{\"resources\": [{{\"type\": \"Microsoft.Resources/deployments\", \"apiVersion\": \"1\", \"name\": \"d\", \"properties\": {{\"template\": {nested}}}}}]}}"
        );
    }
    for text in [arrays, calls, nested] {
        with_room(|| {
            let sources = Sources::new();
            let mut diagnostics = Vec::new();
            let template = arm::load(&Document::parse(&sources.add("t.json", text)), &mut diagnostics).unwrap();
            let deployed =
                expand::expand(&NoFiles, template, None, Context::unknown(ScopeKind::ResourceGroup), Limits::default());
            shown(&deployed);
        });
    }
}

#[test]
fn a_template_within_itself_ends() {
    let d = json!({"type": "Microsoft.Resources/deployments", "apiVersion": "1", "name": "d", "properties": {"mode": "Incremental", "expressionEvaluationOptions": {"scope": "inner"}, "template": "[variables('t')]"}});
    let t = json!({"contentVersion": "1.0.0.0", "variables": {"t": {"contentVersion": "1.0.0.0", "resources": [d, d]}}, "resources": [d, d]});
    hostile(&t);
}

#[test]
fn wide_objects_end() {
    let members: serde_json::Map<String, Json> = (0..60_000).map(|i| (format!("m{i:06}"), json!(i))).collect();
    hostile(&outputs(json!({"big": members}), "[union(variables('big'), variables('big'))]"));
}

#[test]
fn bicep_that_grows_ends() {
    let dir = tempfile::tempdir().unwrap();
    let resources: String = (1..60)
        .map(|i| {
            format!(
                "resource r{i} 'Microsoft.A/b@2020-01-01' = {{\n  name: '${{r{0}.name}}${{r{0}.name}}'\n}}\n",
                i - 1
            )
        })
        .collect();
    let names = format!("resource r0 'Microsoft.A/b@2020-01-01' = {{\n  name: 'x'\n}}\n{resources}");
    let mut loops = "[]".to_owned();
    for i in (1..60).rev() {
        loops = format!("[for x{i} in concat(x{0}, x{0}): {loops}]", i - 1);
    }
    let loops = format!("param p array\nvar v = [for x0 in p: {loops}]\noutput o array = v\n");
    let types: String = (1..60).map(|i| format!("type t{i} = {{ l: {{ a: t{0}.l, b: t{0}.l }} }}\n", i - 1)).collect();
    let types = format!("type t0 = {{ l: {{ a: string, b: string }} }}\n{types}param p t59\noutput o object = p\n");
    let deep = format!("output o array = {}1{}\n", "[".repeat(50_000), "]".repeat(50_000));
    for text in [names, loops, types, deep] {
        let file = dir.path().join("main.bicep");
        std::fs::write(&file, &text).unwrap();
        with_room(|| shown(&bicep(&file)));
    }
}
