//! What a stranger's few lines may make: each kind of growth ends with a located diagnostic, and what was spent stays within
//! what the text allows. Nothing here asks a clock.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use armlint::expand::{self, Allowance, Context, Deployed, Limits};
use armlint::model::{Held, Library};
use armlint::read::Sources;
use common::Folder;

/// What an expansion may spend here besides what its text allows: less than is usual, since these are not optimised.
const ALLOWANCE: Allowance = Allowance { steps: 30_000, bytes: 8 << 20 };

/// Expands a file of a folder on a thread with room, and checks that no more was spent than its text allows.
fn expanded(folder: &Folder, name: &str, look: impl Fn(&Deployed) + Send + Sync) {
    let file = folder.path(name).canonicalize().unwrap();
    let run = || {
        let library = Library::new(Arc::new(Sources::new()), file.parent().unwrap(), None);
        let template = library.open(&file).unwrap();
        let allowed = ALLOWANCE.plus(Allowance::of_text(text_of(file.parent().unwrap())));
        let limits = Limits { allowance: ALLOWANCE, ..Limits::default() };
        let context = Context::unknown(template.scope);
        let deployed = expand::expand(&Held::new(&library), template, None, context, limits);
        let spent = deployed.spent;
        assert!(spent.bytes <= allowed.bytes && spent.steps <= allowed.steps, "{name}: {spent:?} of {allowed:?}");
        look(&deployed);
    };
    std::thread::scope(|scope| {
        std::thread::Builder::new().stack_size(256 << 20).spawn_scoped(scope, run).unwrap().join().unwrap();
    });
}

fn text_of(folder: &Path) -> u64 {
    std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).sum()
}

/// `scan` ends with an error of this code, which has a place; the figures are those of a run.
fn is_refused(folder: &Folder, codes: &[&str], what: &str) {
    let run = folder.scan(&["--rule", "Azure.Template.UseParameters", "."]);
    let all = run.diagnostics();
    let told: Vec<_> = all.iter().filter(|(code, _)| codes.iter().any(|c| code == &format!("error {c}"))).collect();
    assert!(!told.is_empty(), "{what}: {all:?}");
    assert!(told.iter().all(|(_, line)| *line > 0), "{what}: {told:?}");
    assert!(matches!(run.status, 1 | 3), "{what}: {}", run.status);
}

/// Calls whose result is larger than their text.
const GROWING: &[&str] = &[
    "range(0, 10000)",
    "padLeft('x', 200000)",
    "format('{0,200000}', x)",
    "split(padLeft('', 50000, ','), ',')",
    "string(range(0, 10000))",
    "json(string(range(0, 10000)))",
    "base64ToJson(base64(string(range(0, 10000))))",
    "items(toObject(range(0, 3000), y => string(y)))",
    "objectKeys(toObject(range(0, 3000), y => string(y)))",
    "replace(padLeft('', 10000, 'a'), 'a', padLeft('', 100, 'b'))",
    "base64(padLeft('x', 200000))",
    "dataUri(padLeft('x', 200000))",
    "uriComponent(padLeft('', 200000, '#'))",
    "uriComponentToString(padLeft('x', 200000))",
    "toUpper(padLeft('x', 200000))",
    "substring(padLeft('x', 200000), 1)",
    "concat(range(0, 10000), range(0, 10000))",
    "union(range(0, 10000), range(5000, 10000))",
    "intersection(range(0, 10000), range(0, 10000))",
    "distinct(range(0, 10000))",
    "flatten([range(0, 10000), range(0, 10000)])",
    "join(range(0, 10000), 'abcdefghijklmnop')",
    "skip(range(0, 10000), 1)",
    "take(range(0, 10000), 9999)",
    "filter(range(0, 10000), y => true)",
    "reduce(range(0, 1000), [], (c, n) => concat(c, [n]))",
    "sort(range(0, 3000), (a, b) => a > b)",
    "toObject(range(0, 10000), y => string(y))",
    "groupBy(range(0, 10000), y => string(y))",
    "mapValues(toObject(range(0, 3000), y => string(y)), v => range(0, 100))",
    "shallowMerge(map(range(0, 1000), y => {'k${y}': y}))",
    "map(range(0, 10000), y => [x, y])",
    "split(padLeft('', 30000, 'a'), map(range(0, 3000), z => 'b${z}'))",
    "guid(padLeft('x', 200000))",
    "indexOf(range(0, 10000), 9999)",
    "range(0, 10000) == range(0, 10000)",
    "'${padLeft('x', 100000)}${x}'",
];

#[test]
fn what_functions_make_in_loops_counts_as_it_is_made() {
    for call in GROWING {
        let folder = Folder::with(&[]);
        folder.write("map.bicep", &format!("var a = map(range(0, 10000), x => {call})\noutput o int = length(a)\n"));
        let nested = format!("var a = [for x in range(0, 800): [for j in range(0, 800): {call}]]\n");
        folder.write("for.bicep", &format!("{nested}output o int = length(a)\n"));
        for name in ["map.bicep", "for.bicep"] {
            expanded(&folder, name, |deployed| {
                assert!(deployed.stopped, "{call}");
                let codes: Vec<_> = deployed.diagnostics.iter().map(|d| d.code).collect();
                assert_eq!(codes, ["evaluation-limit"], "{call}");
            });
        }
    }
}

/// `count` declarations, each made of the number of the one before and its own.
fn chain(first: &str, count: usize, next: impl Fn(usize, usize) -> String) -> String {
    (1..count).fold(first.to_owned(), |mut text, i| {
        let _ = writeln!(text, "{}", next(i - 1, i));
        text
    })
}

#[test]
fn what_doubles_ends() {
    let storage = "resource s 'Microsoft.Storage/storageAccounts@2022-09-01' = ";
    let kinds = [
        (
            "texts",
            chain("var v0 = 'abcdefghijklmnop'\n", 60, |a, b| format!("var v{b} = '${{v{a}}}${{v{a}}}'"))
                + "output o string = v59\n",
        ),
        ("arrays", chain("var v0 = ['a']\n", 60, |a, b| format!("var v{b} = [v{a}, v{a}]")) + "output o array = v59\n"),
        (
            "joined arrays",
            chain("var v0 = range(0, 10000)\n", 60, |a, b| format!("var v{b} = concat(v{a}, v{a})"))
                + "output o array = v59\n",
        ),
        (
            "open texts",
            chain("param p string\nvar v0 = '${p}x'\n", 60, |a, b| format!("var v{b} = '${{v{a}}}${{v{a}}}'"))
                + &format!("{storage}{{ name: v59\nlocation: v58 }}\n"),
        ),
        (
            "open texts of a format that names one of them twice",
            chain("param p string\nvar v0 = p\n", 60, |a, b| format!("var v{b} = format('{{0}}{{0}}', v{a})"))
                + &format!("{storage}{{ name: v59\nlocation: v58 }}\n"),
        ),
        (
            "texts of a format beyond the longest text",
            chain("var v0 = 'xxxx'\n", 60, |a, b| format!("var v{b} = format('{{0}}{{0}}', v{a})"))
                + &format!("{storage}{{ name: v59\nlocation: v58 }}\n"),
        ),
        (
            "objects with long keys",
            chain(&format!("param p string\nvar v0 = {{ {}: p }}\n", "k".repeat(100_000)), 18, |a, b| {
                format!("var v{b} = [v{a}, v{a}]")
            }) + "output o array = v17\n",
        ),
        (
            "what stands between open texts",
            "param p string\nvar a = join(map(range(0, 9999), i => '${p}${i}'), padLeft('', 200000, '-'))\noutput o string = a\n"
                .to_owned(),
        ),
        (
            "open choices",
            chain("param p bool\nvar v0 = p ? 'a' : 'b'\n", 60, |a, b| format!("var v{b} = p ? v{a} : '${{v{a}}}x'"))
                + &format!("{storage}{{ name: v59\nlocation: 'x' }}\n"),
        ),
        (
            "open conditions",
            chain("param p bool\nvar v0 = p\n", 60, |a, b| format!("var v{b} = v{a} && v{a} || !v{a}"))
                + "resource s 'Microsoft.Storage/storageAccounts@2022-09-01' = if (v59) { name: 's'\nlocation: 'x' }\n",
        ),
        (
            "functions",
            chain("func f0(x int) int => x\n", 60, |a, b| format!("func f{b}(x int) int => f{a}(x) + f{a}(x)"))
                + "output o int = f59(1)\n",
        ),
        (
            "names",
            chain("param p string\nresource r0 'Microsoft.A/b@2022-09-01' = { name: p }\n", 60, |a, b| {
                format!("resource r{b} 'Microsoft.A/b@2022-09-01' = {{ name: '${{r{a}.id}}${{r{a}.id}}' }}")
            }),
        ),
        (
            "unions of types",
            chain("type t0 = 'a' | 'b'\n", 60, |a, b| format!("type t{b} = t{a} | t{a}")) + "param p t59\n",
        ),
        (
            "members of types",
            chain("type t0 = { a: { x: string }, b: { x: string } }\n", 60, |a, b| {
                format!("type t{b} = {{ a: {{ a: t{a}.a, b: t{a}.b }}, b: {{ a: t{a}.a, b: t{a}.b }} }}")
            }) + "param p t59\n",
        ),
        (
            "reduced objects",
            "var a = reduce(range(0, 10000), {}, (c, n) => union(c, { 'k${n}': c }))\noutput o int = length(a)\n"
                .to_owned(),
        ),
    ];
    for (what, text) in kinds {
        let folder = Folder::with(&[]);
        folder.write("main.bicep", &text);
        is_refused(&folder, &["evaluation-limit"], what);
        expanded(&folder, "main.bicep", |_| {});
    }
}

#[test]
fn resources_and_deployments_are_counted() {
    let loop_of = |what: &str| format!("{what} = [for i in range(0, 800): {{ name: 'x${{i}}' }}]\n");
    let many =
        (0..20).fold(String::new(), |text, k| text + &loop_of(&format!("resource r{k} 'Microsoft.A/b@2022-09-01'")));
    let folder = Folder::with(&[]);
    folder.write("main.bicep", &many);
    is_refused(&folder, &["evaluation-limit"], "resources");
    expanded(&folder, "main.bicep", |d| assert!(d.stopped && d.resources.len() > 100, "{}", d.resources.len()));

    let folder = Folder::with(&[]);
    for depth in 0..30 {
        let text = |w: usize| format!("module m{w} 'm{}.bicep' = {{ name: 'm{w}' }}\n", depth + 1);
        folder.write(&format!("m{depth}.bicep"), &(text(0) + &text(1)));
    }
    folder.write("m30.bicep", "output o string = 'x'\n");
    is_refused(&folder, &["evaluation-limit"], "deployments");
    expanded(&folder, "m0.bicep", |d| assert!(d.stopped && d.deployments.len() > 10, "{}", d.deployments.len()));
}

#[test]
fn outputs_and_bodies_count_as_often_as_they_are_written() {
    let folder = Folder::with(&[]);
    let big = "var big = map(range(0, 2000), x => { b: x, c: string(x) })\n";
    let body = "{ name: 'x${i}'\nproperties: { a: big } }";
    folder.write(
        "main.bicep",
        &format!("{big}resource r 'Microsoft.A/b@2022-09-01' = [for i in range(0, 800): {body}]\n"),
    );
    is_refused(&folder, &["evaluation-limit"], "bodies");
    expanded(&folder, "main.bicep", |d| assert!(d.stopped));
    let outputs = (0..2_000).fold(big.to_owned(), |text, i| text + &format!("output o{i} array = big\n"));
    folder.write("main.bicep", &outputs);
    is_refused(&folder, &["evaluation-limit"], "outputs");
}

#[test]
fn a_file_that_is_loaded_often_is_read_once_and_counts_as_often_as_it_is_used() {
    for (call, limited) in [
        ("loadTextContent('t.txt')", true),
        ("loadFileAsBase64('small.txt')", true),
        ("loadJsonContent('t.json')", true),
        ("loadYamlContent('t.json')", true),
        ("loadJsonContent('t.json', '[7]')", false),
    ] {
        let folder = Folder::with(&[]);
        folder.write("t.txt", &"x".repeat(131_000));
        folder.write("small.txt", &"x".repeat(90_000));
        let numbers: Vec<String> = (0..20_000).map(|i| i.to_string()).collect();
        folder.write("t.json", &format!("[{}]", numbers.join(",")));
        folder.write(
            "main.bicep",
            &format!("var a = [\n{}]\noutput o int = length(a)\n", format!("  {call}\n").repeat(10_000)),
        );
        match limited {
            true => is_refused(&folder, &["evaluation-limit"], call),
            false => assert_eq!(folder.scan(&["--exclude", "t.json", "."]).diagnostics(), [], "{call}"),
        }
    }
}

#[test]
fn what_is_loaded_has_the_bounds_of_the_compiler() {
    let folder = Folder::with(&[]);
    folder.write("t.json", &format!("\"{}\"", "x".repeat(200_000)));
    folder.write("main.bicep", "var a = loadJsonContent('t.json')\noutput o int = length(a)\n");
    assert_eq!(folder.scan(&["main.bicep"]).diagnostics(), []);
    for (call, why) in [
        ("loadTextContent('t.json')", "longer than 131072 characters"),
        ("loadFileAsBase64('t.json')", "at most 98304 are read"),
        ("loadTextContent('./')", "no regular file"),
    ] {
        folder.write("main.bicep", &format!("var a = {call}\noutput o int = length(a)\n"));
        let run = folder.scan(&["main.bicep"]);
        assert_eq!(run.diagnostics(), [("error bicep-meaning".to_owned(), 1)]);
        assert!(run.messages()[0].contains(why), "{:?}", run.messages());
    }
}

#[test]
fn a_hostile_file_takes_nothing_from_the_others() {
    let folder = Folder::with(&[]);
    let hostile = "var a = map(range(0, 10000), x => range(0, 10000))\noutput o int = length(a)\n";
    // More than an equal share of what there is, and far less than all.
    let busy = "output o array = map(range(0, 5000), x => { a: x, b: 'text ${x}' })\n";
    (0..40).for_each(|i| folder.write(&format!("h{i}.bicep"), hostile));
    folder.write("busy.bicep", busy);
    let run = folder.scan(&["."]);
    let of = |name: &str| {
        let here = |d: &&serde_json::Value| d["location"]["file"].as_str().is_some_and(|f| f.starts_with(name));
        run.report["diagnostics"].as_array().unwrap().iter().filter(here).count()
    };
    assert_eq!(of("h"), 40);
    // The forty have had their shares before anything is left over for others.
    assert_eq!(of("busy"), 1);

    let alone = Folder::with(&[]);
    alone.write("h.bicep", hostile);
    alone.write("busy.bicep", &busy.replace("5000", "2000"));
    (0..20).for_each(|i| alone.write(&format!("n{i}.bicep"), &format!("output o string = '{i}'\n")));
    let one = alone.scan(&["."]);
    assert_eq!(one.diagnostics(), [("error evaluation-limit".to_owned(), 1)]);
}

#[test]
fn shares_hang_on_the_input_and_not_on_threads() {
    let folder = Folder::with(&[]);
    for i in 0..60 {
        let n = i * 200;
        let text = format!("output o array = map(range(0, {n}), x => {{ a: x, b: padLeft('', 100, 'x') }})\n");
        folder.write(&format!("f{i:02}.bicep"), &text);
    }
    let with = |threads| folder.run_with(&["scan", "--format", "json", "."], &[("RAYON_NUM_THREADS", threads)]).stdout;
    let one = with("1");
    assert!(one.contains("evaluation-limit"));
    assert_eq!(one, with("7"));
}

#[test]
fn a_file_over_the_size_is_named_and_not_read() {
    let folder = Folder::with(&[]);
    folder.write("small.bicep", "output o string = 'x'\n");
    folder.write("large.bicep", &format!("// {}\noutput o string = 'x'\n", "x".repeat(3_000)));
    let run = folder.scan(&["--max-file-size", "2K", "."]);
    assert_eq!(run.status, 3);
    assert_eq!(run.diagnostics(), [("error file-too-large".to_owned(), 0)]);
    assert!(run.messages()[0].contains("2048 bytes"), "{:?}", run.messages());
    let file = run.report["files"].as_array().unwrap().iter().find(|f| f["path"] == "large.bicep").unwrap();
    assert_eq!(file["status"], "failed");
    assert_eq!(folder.scan(&["--max-file-size", "1M", "."]).status, 0);
    assert_eq!(folder.scan(&["--max-file-size", "x", "."]).status, 2);
}

#[test]
fn references_are_found_by_a_table() {
    let count = 3_000;
    let one = |i: usize| {
        let other = i * 7919 % count;
        serde_json::json!({
            "type": "Microsoft.A/b", "apiVersion": "2023-01-01", "name": format!("[concat('r{i}', parameters('p'))]"),
            "properties": {
                "own": format!("v{i}"),
                "other": format!("[reference(resourceId('Microsoft.A/b', concat('r{other}', parameters('p')))).own]"),
            },
        })
    };
    let template = serde_json::json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": { "p": { "type": "string" } },
        "resources": (0..count).map(one).collect::<Vec<_>>(),
    });
    let folder = Folder::with(&[]);
    folder.write("main.json", &template.to_string());
    expanded(&folder, "main.json", |deployed| {
        assert_eq!(deployed.diagnostics, []);
        // A walk through the table for each would be nine million.
        assert!(deployed.spent.steps < 1_000_000, "{:?}", deployed.spent);
        assert!(!deployed.stopped);
        let said = deployed.resources[1].body.get("properties").and_then(|p| p.get("other")?.as_str().cloned());
        assert_eq!(said.as_deref(), Some(format!("v{}", 7919 % count).as_str()));
    });
}
