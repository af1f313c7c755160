use insta::assert_snapshot;

use super::super::ast::{DirectiveKind, ExprKind, Part, StatementKind};
use super::super::parse;
use super::{params_tree, source, tree, type_of, value};

#[test]
fn literals() {
    assert_snapshot!(value("[null, true, false, 42, -7, -9223372036854775808]"), @"[null, true, false, 42, (- 7), -9223372036854775808]");
    assert_snapshot!(value(r"'a\n\r\t\\\'\$\${b}\u{1F600}é'"), @r#""a\n\r\t\\'$${b}😀é""#);
    assert_snapshot!(value("''"), @r#""""#);
}

#[test]
fn interpolation() {
    assert_snapshot!(value("'a${b}c${'d${e}'}f'"), @r#"$["a" b "c" $["d" e] "f"]"#);
    assert_snapshot!(value("'${a}${b}'"), @"$[a b]");
    assert_snapshot!(value("'${map(a, x => {y: x})}$ {c} $d'"), @r#"$[map(a, (|x| {y: x})) "$ {c} $d"]"#);
}

#[test]
fn multi_line_strings() {
    assert_snapshot!(value("'''\na ${b} '' \\n\n'''"), @r#""a ${b} '' \\n\n""#);
    assert_snapshot!(value("'''\r\n\r\na'''"), @r#""\r\na""#);
    assert_snapshot!(value("'''''''"), @r#""'""#);
    assert_snapshot!(value("''''''"), @r#""""#);
    assert_snapshot!(value("$'''\na${b}\n$${c}'''"), @r#"$["a" b "\n$" c]"#);
    assert_snapshot!(value("$$'''a${b}$${c}$$${d}''''"), @r#"$["a${b}" c "$" d "'"]"#);
}

#[test]
fn pieces_of_a_string_know_where_they_are() {
    let source = source("var x = 'ab${c}\\n\\'${d}ef'\nvar y = '''\nab'''");
    let file = parse(&source);
    let StatementKind::Var(x) = &file.statements[0].kind else { panic!() };
    let ExprKind::Interpolated(parts) = &x.value.kind else { panic!() };
    let slices: Vec<&str> = parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => source.slice(text.span),
            Part::Expr(expr) => source.slice(expr.span),
        })
        .collect();
    assert_eq!(slices, ["ab", "c", "\\n\\'", "d", "ef"]);
    let StatementKind::Var(y) = &file.statements[1].kind else { panic!() };
    let ExprKind::Str(text) = &y.value.kind else { panic!() };
    assert_eq!(source.slice(text.span), "ab");
    assert_eq!(source.slice(y.value.span), "'''\nab'''");
}

#[test]
fn operators_by_precedence() {
    assert_snapshot!(value("a ?? b || c && d == e < f + g * h"), @"(?? a (|| b (&& c (== d (< e (+ f (* g h)))))))");
    assert_snapshot!(value("a * b + c >= d != e && f || g ?? h"), @"(?? (|| (&& (!= (>= (+ (* a b) c) d) e) f) g) h)");
    assert_snapshot!(value("a - b - c =~ d !~ e"), @"(!~ (=~ (- (- a b) c) d) e)");
    assert_snapshot!(value("!a && -b % c / d"), @"(&& (! a) (/ (% (- b) c) d))");
    assert_snapshot!(value("a ? b : c ? d : e"), @"(? a b (? c d e))");
    assert_snapshot!(value("a\n  ? b\n  : c"), @"(? a b c)");
    assert_snapshot!(value("(a + b) * c"), @"(* ‹(+ a b)› c)");
}

#[test]
fn access() {
    assert_snapshot!(value("a.b.?c[0][?1][^2][?^3]!.d::e"), @"a.b.?c[0][?1][^2][?^3]!.d::e");
    assert_snapshot!(value("az.f(1)\n"), @"az.f(1)");
    assert_snapshot!(value("f(\n  a,\n  b\n)"), @"f(a, b)");
    assert_snapshot!(value("(\n  a\n).b"), @"‹a›.b");
    assert_snapshot!(value("a['b'][c.d]"), @r#"a["b"][c.d]"#);
}

#[test]
fn collections() {
    assert_snapshot!(value("[\n  1\n  // why\n  2\n\n  ...a\n]"), @"[1, 2, ...a]");
    assert_snapshot!(value("[1, 2,]"), @"[1, 2]");
    assert_snapshot!(value("{\n  a: 1\n  'b c': 2\n  'd${e}': 3\n  ...f\n}"), @r#"{a: 1, b c: 2, $["d" e]: 3, ...f}"#);
    assert_snapshot!(value("{ a: 1, b: {} }"), @"{a: 1, b: {}}");
    assert_snapshot!(value("{ for: 1, if: 2, resource: 3, param: 4 }"), @"{for: 1, if: 2, resource: 3, param: 4}");
}

#[test]
fn loops_and_lambdas() {
    assert_snapshot!(value("[for a in b: a.c]"), @"[for a in b: a.c]");
    assert_snapshot!(value("[\n  for (a, i) in range(0, 3): {\n    b: i\n  }\n]"), @"[for a, i in range(0, 3): {b: i}]");
    assert_snapshot!(value("map(a, b => b.c)"), @"map(a, (|b| b.c))");
    assert_snapshot!(value("reduce(a, {}, (x, y) =>\n  union(x, y))"), @"reduce(a, {}, (|x, y| union(x, y)))");
    assert_snapshot!(value("f(() => 1)"), @"f((|| 1))");
    assert_snapshot!(value("[for]"), @"
[for ⚠ in ⚠: ⚠]
12..13 Expected the loop's variable or `(item, index)`, found `]`
");
}

#[test]
fn types() {
    assert_snapshot!(type_of("string"), @"string");
    assert_snapshot!(type_of("'a' | 'b' | 1 | -1 | true | null"), @r#"("a" | "b" | 1 | (- 1) | true | null)"#);
    assert_snapshot!(type_of("\n  | 'a'\n  | 'b'\n"), @r#"("a" | "b")"#);
    assert_snapshot!(type_of("('a' | 'b')[]?"), @r#"‹("a" | "b")›[]?"#);
    assert_snapshot!(type_of("[\n  string\n  @minLength(1)\n  int?\n]"), @"[string, @minLength(1) int?]");
    assert_snapshot!(type_of("{\n  @description('x')\n  a: string?\n  'b-c': int\n  *: { d: bool }\n}"), @r#"{@description("x") a: string?, b-c: int, *: {d: bool}}"#);
    assert_snapshot!(type_of("resourceInput<'Microsoft.A/b@2024-01-01'>.properties.c[*].d.*[0]!"), @r#"resourceInput<"Microsoft.A/b@2024-01-01">.properties.c[*].d.*[0]!"#);
    assert_snapshot!(type_of("sys.resourceOutput<'A/b@1'>.name"), @r#"sys.resourceOutput<"A/b@1">.name"#);
    assert_snapshot!(type_of("ns.a.b"), @"ns.a.b");
}

#[test]
fn declarations() {
    assert_snapshot!(tree("
targetScope = 'subscription'
metadata name = 'x'
@description('p')
@sys.allowed([
  'a'
])
param p string = 'a'
param q resource 'A/b@1'
var v string[] = []
@export()
func f(a string, b int?) string => '${a}${b}'
type t = { a: string }
output o string = p
output r resource = v
assert a = p == 'a'
test u 'u.bicep' = {}
import { a, b as c, 'd-e' as d } from 'x.bicep'
import * as ns from 'br/public:x:1'
extension kubernetes with { a: 1 } as k8s
extension microsoftGraph
provider 'br:x:1'
import 'az@1.0.0' as az
"), @r#"
targetScope = "subscription"
metadata name = "x"
@description("p") @sys.allowed(["a"]) param p: string = "a"
param q: resource "A/b@1"
var v: string[] = []
@export() func f(a: string, b: int?): string => $[a b]
type t = {a: string}
output o: string = p
output r: resource = v
assert a = (== p "a")
test u "u.bicep" = {}
import {a, b as c, d-e as d} from "x.bicep"
import * as ns from "br/public:x:1"
extension kubernetes with {a: 1} as k8s
extension microsoftGraph
extension "br:x:1"
extension "az@1.0.0" as az
"#);
}

#[test]
fn resources_and_modules() {
    assert_snapshot!(tree("
resource a 'A/b@1' existing = { name: 'x' }
resource b 'A/b@1' = if (c) {
  resource: 1
  @onlyIfNotExists()
  resource d 'e@1' = [for f in g: {
    resource h 'i@1' existing = {}
  }]
}
resource j 'A/b@1' = [for (k, l) in m: if (n) {
  name: k
}]
module o 'p.bicep' =
  if (q) {}
module r 'br/public:avm/res/a:1' = [
  for s in t: {}
]
"), @r#"
resource a "A/b@1" existing = {name: "x"}
resource b "A/b@1" = if ‹c› {resource: 1, @onlyIfNotExists() resource d "e@1" = for f in g: {resource h "i@1" existing = {}}}
resource j "A/b@1" = for k, l in m: if ‹n› {name: k}
module o "p.bicep" = if ‹q› {}
module r "br/public:avm/res/a:1" = for s in t: {}
"#);
}

#[test]
fn parameter_files() {
    assert_snapshot!(params_tree("
using 'main.bicep' with { a: 1 }
extends 'base.bicepparam'
param a = readEnvironmentVariable('A')
@secure()
param b = {
  c: az.getSecret('d')
}
var e = 1
import { f } from 'g.bicep'
extensionConfig h with { i: 1 }
"), @r#"
using "main.bicep" with {a: 1}
extends "base.bicepparam"
param a = readEnvironmentVariable("A")
@secure() param b = {c: az.getSecret("d")}
var e = 1
import {f} from "g.bicep"
extensionConfig h with {i: 1}
"#);
    assert_snapshot!(params_tree("using none"), @"using none");
}

#[test]
fn comments_and_directives() {
    let source = source(
        "// a\n#disable-next-line no-unused-params BCP037 // b\nparam c /* d\n */ string\n  #disable-diagnostics e\n#restore-diagnostics e",
    );
    let file = parse(&source);
    assert_eq!(file.problems, []);
    let comments: Vec<&str> = file.comments.iter().map(|&c| source.slice(c)).collect();
    assert_eq!(comments, ["// a", "// b", "/* d\n */"]);
    let directives: Vec<_> = file
        .directives
        .iter()
        .map(|d| (d.kind, source.slice(d.span), d.codes.iter().map(|c| c.text.as_str()).collect::<Vec<_>>()))
        .collect();
    assert_eq!(
        directives,
        [
            (
                DirectiveKind::DisableNextLine,
                "#disable-next-line no-unused-params BCP037",
                vec!["no-unused-params", "BCP037"]
            ),
            (DirectiveKind::Disable, "#disable-diagnostics e", vec!["e"]),
            (DirectiveKind::Restore, "#restore-diagnostics e", vec!["e"]),
        ]
    );
}

#[test]
fn every_node_lies_where_it_is_written() {
    let source = source("@a()\nparam b string = c.d[0]\n");
    let file = parse(&source);
    let statement = &file.statements[0];
    assert_eq!(source.slice(statement.span), "@a()\nparam b string = c.d[0]");
    assert_eq!(source.slice(statement.decorators[0].span), "@a()");
    let StatementKind::Param(param) = &statement.kind else { panic!() };
    assert_eq!(source.slice(param.name.span), "b");
    assert_eq!(source.slice(param.ty.as_ref().unwrap().span), "string");
    assert_eq!(source.slice(param.value.as_ref().unwrap().span), "c.d[0]");
}
