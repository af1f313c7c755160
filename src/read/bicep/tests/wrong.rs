//! What is said about text that is not Bicep, and what is read of it all the same.

use insta::assert_snapshot;

use super::super::problems::MAX_PROBLEMS;
use super::{problems, source, tree};

#[test]
fn an_error_costs_one_declaration() {
    assert_snapshot!(tree("param\nparam a string\nvar = 1\nwrong\nvar b = \nvar c = 1 2\nresource d = {}\noutput e string"), @"
⚠
param a: string
⚠
⚠
var b = ⚠
var c = 1
resource d ⚠ = {}
output e: string = ⚠
5..5 Expected the parameter's name, found the end of the line
25..26 Expected the variable's name, found `=`
29..34 Expected a declaration (`param`, `var`, `resource`, `module`, `output`, …), found `wrong`
42..42 Expected a value, found the end of the line
54..55 Expected a new line after this declaration, found `2`
67..68 Expected a string with the resource's type and version, such as 'Group/type@2024-01-01', found `=`
87..87 Expected `=` and a value after the output's type, found the end of the file
");
}

#[test]
fn an_error_costs_one_property_or_element() {
    assert_snapshot!(tree("var a = {\n  b: \n  c 1\n  %: 2\n  d: [\n    1\n    +\n    3\n  ]\n  e: f(1,,2)\n}\nvar g = 1"), @"
var a = {b: ⚠, c: ⚠, ⚠: 2, d: [1, ⚠, 3], e: f(1, ⚠, 2)}
var g = 1
14..14 Expected a value, found the end of the line
20..21 Expected `:` and a value after the property's name, found `1`
24..25 Expected the name of a property, found `%`
46..47 Expected a value, found `+`
67..68 Expected a value, found `,`
");
}

#[test]
fn what_is_skipped_is_skipped_with_its_brackets() {
    assert_snapshot!(tree("resource a 'b' = {\n  c = {\n    d: 1\n  }\n  e: 2\n}\nvar f = 1"), @r#"
resource a "b" = {c: ⚠, e: 2}
var f = 1
23..24 Expected `:` and a value after the property's name, found `=`
"#);
}

#[test]
fn a_bracket_that_is_not_closed_ends_before_the_next_declaration() {
    assert_snapshot!(tree("var a = {\n  b: [\n    1\n\nvar c = 1\nresource d 'e' = {\n  f: g(1\n  h: 2\n}\n"), @r#"
var a = {b: [1]}
var c = 1
resource d "e" = {f: g(1), h: 2}
22..22 Expected `]` to close the `[` of line 2, found the end of the line
61..61 Expected `)` to close the `(` of line 7, found the end of the line
"#);
    assert_snapshot!(problems("var a = if (\nvar b = (1\nvar c = ["), @"
1:13 Expected `)` to close the `(` of line 1, found the end of the line
2:11 Expected `)` to close the `(` of line 2, found the end of the line
3:10 Expected `]` to close the `[` of line 3, found the end of the file
");
}

#[test]
fn strings() {
    assert_snapshot!(problems("var a = 'b\nvar c = 'd${e\nvar f = '\\q \\u{110000} \\u'\nvar g = \"h\"\nvar i = '${j k}'\nvar l = '${}'"), @r#"
1:9 This string is not closed: `'` is missing before the end of the line
2:14 The `${` of a string must be closed with `}` on the same line
3:10 `\q` is no escape; there are `\n`, `\r`, `\t`, `\\`, `\'`, `\$` and `\u{…}`
3:13 This is no Unicode escape: write `\u{…}` with a hexadecimal number of at most 10FFFF
3:24 This is no Unicode escape: write `\u{…}` with a hexadecimal number of at most 10FFFF
4:9 `"` is not part of the language; a string is written in single quotes
4:11 `"` is not part of the language; a string is written in single quotes
5:14 Expected `}` to end the interpolation, found `k`
6:12 Expected a value, found `}`
"#);
    assert_snapshot!(problems("var a = '''\n"), @"1:9 This string is never closed: `'''` is missing");
    assert_snapshot!(problems("var a = 'b${"), @"1:13 The `${` of a string must be closed with `}` on the same line");
    assert_snapshot!(problems("/* a"), @"1:1 This comment is never closed: `*/` is missing");
    assert_snapshot!(problems("var a = '${ {b: 'c${d }'"), @"
1:13 Objects and arrays cannot be written here; put them into a variable
1:25 The `${` of a string must be closed with `}` on the same line
");
}

#[test]
fn expressions() {
    assert_snapshot!(problems("var a = b ? c\nvar d = ()\nvar e = (1, 2)\nvar f = g[]\nvar h = 9223372036854775808\nvar i = j.\nvar k = !!l"), @"
1:14 Expected `:` and the value for when the condition is false, found the end of the line
2:9 Parentheses hold exactly one expression
3:9 Parentheses hold exactly one expression
4:11 Expected an index between `[` and `]`
5:9 This number does not fit into 64 bits with a sign
6:11 Expected the name of a property or a function after `.`, found the end of the line
7:10 Expected a value, found `!`
");
    assert_snapshot!(problems("var a = [\n  1,\n  2\n]\nvar b = f(1\n  2)\nvar c = '${[1]}'\nvar d = [for x in y: if (x) {}]\nvar e = a.?f()"), @"
2:5 Remove the comma: a new line separates by itself
5:12 Expected `,` between arguments, found the end of the line
7:12 Objects and arrays cannot be written here; put them into a variable
8:22 Only a loop of a resource or a module has an `if`; use `filter` on what is looped over
9:11 A function is called with `.`; `.?` is for properties
");
    assert_snapshot!(problems("var a = [for (b) in c: d]\nvar e = [for f c: d]\nvar g = [for]"), @"
1:14 Expected two variables, for the item and its index, found 1
2:16 Expected `in` and what to loop over, found `c`
3:13 Expected the loop's variable or `(item, index)`, found `]`
");
}

#[test]
fn declarations() {
    assert_snapshot!(problems("param a\nparam b string 3\nmodule c = {}\nresource 'x' = {}\n@secure()\n\n@description('x') param d string\nusing none"), @"
1:8 Expected a type after the parameter's name, found the end of the line
2:16 Expected `=` and a default, or a new line, after the parameter's type, found `3`
3:10 Expected a string with the module's path, found `=`
4:10 Expected the resource's name, found a string
7:19 Expected a new line after the decorator, found `param`
8:1 Expected a declaration (`param`, `var`, `resource`, `module`, `output`, …), found `using`
");
    assert_snapshot!(problems("import a from 'b'\nimport { 'c' } from 'd'\nimport * from 'e'\nextension\nfunc f string => 1\ntype t =\ntype u = { a?: string, b: }"), @"
1:8 Expected `{` and the names to import, or `* as` and a name, found `a`
2:14 Expected `as` and a name: what is imported by a quoted name needs one, found `}`
3:10 Expected `as` and a name after `*`, found `from`
4:10 Expected the name of an extension or a string with its reference, found the end of the line
5:8 Expected `(` and the function's parameters, found `string`
6:9 Expected a type, found the end of the line
7:13 The `?` of an optional property follows its type, not its name: `name: string?`
7:27 Expected a type, found `}`
");
}

#[test]
fn not_more_than_anybody_reads() {
    let text = "wrong\n".repeat(1000);
    let file = super::super::parse(&source(&text));
    assert_eq!(file.problems.len(), MAX_PROBLEMS);
    assert_eq!(file.statements.len(), 1000);
}
