//! Whatever the text: an answer, without a panic, in bounds, and not too deep.

use std::fmt::Debug;

use proptest::prelude::*;

use super::super::{File, parse, parse_params};
use super::source;

/// Reads the text both ways and checks what holds for every file.
fn check(text: &str) -> File {
    let source = source(text);
    let file = parse(&source);
    let params = parse_params(&source);
    for file in [&file, &params] {
        let statements = file.statements.iter().map(|s| s.span);
        let problems = file.problems.iter().map(|p| p.span);
        for span in statements.chain(problems).chain(file.comments.iter().copied()) {
            assert!(span.start <= span.end && text.get(span.range()).is_some(), "{span:?} in {text:?}");
        }
        // Every other span is in the debug output; a walk over all kinds of nodes would say nothing more.
        for_each_span(file, |start, end| {
            assert!(start <= end && text.get(start..end).is_some(), "{start}..{end} in {text:?}");
        });
    }
    file
}

fn for_each_span(file: &impl Debug, mut visit: impl FnMut(usize, usize)) {
    let debug = format!("{file:?}");
    for rest in debug.split("Span { file: FileId(0), start: ").skip(1) {
        let (start, rest) = rest.split_once(", end: ").unwrap();
        let (end, _) = rest.split_once(' ').unwrap();
        if let (Ok(start), Ok(end)) = (start.parse(), end.parse()) {
            visit(start, end);
        }
    }
}

#[test]
fn nesting_is_bounded() {
    let n = 100_000;
    let expressions = [
        "(".repeat(n),
        "[".repeat(n),
        "{a:".repeat(n),
        "f(".repeat(n),
        "a[".repeat(n),
        "a?".repeat(n),
        "a?b:".repeat(n),
        "x=>".repeat(n),
        "(x)=>".repeat(n),
        "[for a in ".repeat(n),
        "[for a in b:".repeat(n),
        "'${".repeat(n),
        "$'''${".repeat(n),
        "-".repeat(n),
        format!("a{}", ".b".repeat(n)),
        format!("a{}", "::b".repeat(n)),
        format!("a{}", "!".repeat(n)),
        format!("a{}", "[0]".repeat(n)),
        format!("a{}", ".b()".repeat(n)),
        format!("1{}", "+1".repeat(n)),
        format!("1{}", "??1+2*3".repeat(n)),
        format!("({}", "a.b.c)+(".repeat(n)),
        format!("{}1{}", "(".repeat(n), ")".repeat(n)),
    ];
    let types = [
        format!("a{}", "[]".repeat(n)),
        format!("a{}", "?".repeat(n)),
        format!("a{}", ".b".repeat(n)),
        "{a:".repeat(n),
        "(".repeat(n),
        "[".repeat(n),
        "a<".repeat(n),
    ];
    let bodies = ["{\nresource a 'b' = ".repeat(n), "if (a) {\n@a()\nresource a 'b' = ".repeat(n)];
    for (prefix, texts) in [("var x = ", &expressions[..]), ("type x = ", &types), ("resource x 'y' = ", &bodies)] {
        for text in texts {
            let start = &text[..text.len().min(30)];
            let file = parse(&source(&format!("{prefix}{text}\nvar last = 1")));
            assert!(!file.problems.is_empty(), "{start}");
            // What is wrong is that it is too deep, or that it is not closed.
            assert!(file.statements.len() <= 2, "{start}");
        }
    }
}

#[test]
fn what_is_deep_but_not_too_deep_is_read() {
    let n = crate::nesting::BICEP_SYNTAX.levels() - 2;
    for text in
        [format!("{}1{}", "(".repeat(n), ")".repeat(n)), format!("a{}", ".b".repeat(n)), format!("1{}", "+1".repeat(n))]
    {
        assert_eq!(parse(&source(&format!("var x = {text}"))).problems, [], "{text}");
    }
}

/// A file that has a bit of everything.
const SEED: &str = "targetScope = 'subscription'
@description('p')
@allowed([
  'a'
  'b'
])
param p string = 'a'
param q { a: string?, *: int }[] = []
type t = 'a' | 'b' | { @minLength(1)
  x: resourceInput<'A/b@1'>.properties }
var v = p == 'a' ? { b: '${p}-${toLower('x${q}')}', ...w } : null
var w = [for (x, i) in q: if (x) { y: x[?0].?z! }]
var m = '''
multi ${x}
'''
var n = $$'''a $${p} b'''
func f(a string, b int) string => map(a, x => x)[^1]
resource r 'A/b@1' = [for x in w: if (x.?y ?? true) {
  name: 'x' // comment
  #disable-next-line BCP037
  resource s 'c@1' existing = {
    name: r::s.name
  }
}]
module mod './m.bicep' = if (v.b != 1 && !(2 >= -3)) {
  params: { a: f('a', 1), b: (x, y) => x }
}
import { a, b as c } from 'x.bicep'
import * as d from 'y.bicep'
extension k with { a: 1 } as z
output o string = mod.outputs.o /* c */
";

#[test]
fn the_seed_is_right_but_for_one_thing() {
    let file = check(SEED);
    assert_eq!(file.problems.len(), 1, "{:?}", file.problems);
}

#[test]
fn every_prefix_and_every_gap() {
    for i in 0..SEED.len() {
        check(&SEED[..i]);
        check(&SEED[i..]);
        for length in [1, 2, 7] {
            if let Some(rest) = SEED.get(i + length..) {
                check(&format!("{}{rest}", &SEED[..i]));
            }
        }
    }
}

const PIECES: [&str; 48] = [
    "'",
    "'''",
    "$'''",
    "${",
    "}",
    "{",
    "[",
    "]",
    "(",
    ")",
    "\n",
    "\r\n",
    " ",
    ",",
    ":",
    "::",
    ".",
    ".?",
    "?",
    "??",
    "!",
    "=",
    "==",
    "=>",
    "-",
    "+",
    "@",
    "...",
    "|",
    "<",
    ">",
    "*",
    "^",
    "//",
    "/*",
    "*/",
    "#disable-next-line",
    "\\",
    "\\u{41}",
    "for",
    " in ",
    "if",
    "param x",
    "resource a",
    "1",
    "é",
    "\u{0}",
    "\"",
];

proptest! {
    #[test]
    fn any_text(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_pieces(pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..60)) {
        check(&pieces.concat());
        check(&format!("var x = {}", pieces.concat()));
    }

    #[test]
    fn bicep_with_mistakes(edits in prop::collection::vec((0..SEED.len(), 0usize..12, prop::sample::select(PIECES.to_vec())), 1..6)) {
        let mut text = SEED.to_owned();
        for (at, length, piece) in edits {
            let at = at.min(text.len());
            let end = (at + length).min(text.len());
            if text.is_char_boundary(at) && text.is_char_boundary(end) {
                text.replace_range(at..end, piece);
            }
        }
        check(&text);
    }
}
