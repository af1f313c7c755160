//! What is said about mistakes, and what is read around them.

use super::{check, show};

#[test]
fn a_missing_comma_before_a_member_with_two_colons() {
    insta::assert_snapshot!(show(r#"{
  "identity": {
    "type": "UserAssigned"
    "userAssignedIdentities":"[format('{0}', resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', 'identityName'))]": {}
  },
  "name": "x",
  "properties": { "a": [1, 2] }
}"#), @r#"
    {"identity": {"type": "UserAssigned", "userAssignedIdentities": "[format('{0}', resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', 'identityName'))]"}, "name": "x", "properties": {"a": [1, 2]}}
    3:27-3:27 error json-syntax: expected a comma after this value
    4:127-4:128 error json-syntax: unexpected second colon: this member has its value already; put braces around the inner key and value, or a comma before it
    "#);
}

#[test]
fn a_missing_comma_costs_one_message() {
    insta::assert_snapshot!(show(r#"{
  "a": 1
  "b": {"c": [1 2, "x" "y" {} true]}
  "d": 4
}"#), @r#"
    {"a": 1, "b": {"c": [1, 2, "x", "y", {}, true]}, "d": 4}
    2:9-2:9 error json-syntax: expected a comma after this value
    3:16-3:16 error json-syntax: expected a comma after this value
    3:23-3:23 error json-syntax: expected a comma after this value
    3:27-3:27 error json-syntax: expected a comma after this value
    3:30-3:30 error json-syntax: expected a comma after this value
    3:37-3:37 error json-syntax: expected a comma after this value
    "#);
    insta::assert_snapshot!(show(r#"{"a": true "b": null c: 1}"#), @r#"
    {"a": true, "b": null, "c": 1}
    1:11-1:11 error json-syntax: expected a comma after this value
    1:21-1:21 error json-syntax: expected a comma after this value
    1:22-1:23 error json-syntax: keys are written in double quotes: add them
    "#);
}

#[test]
fn a_missing_colon() {
    insta::assert_snapshot!(show(r#"{"a" 1, "b": 2}"#), @r#"
    {"a": 1, "b": 2}
    1:5-1:5 error json-syntax: expected a colon after this key
    "#);
    insta::assert_snapshot!(show(r#"{"a" {"x": 1}, "b": 2}"#), @r#"
    {"a": {"x": 1}, "b": 2}
    1:5-1:5 error json-syntax: expected a colon after this key
    "#);
    insta::assert_snapshot!(show(r#"{"a", "b": 2}"#), @r#"
    {"b": 2}
    1:2-1:5 error json-syntax: this key has no value: expected a colon and a value after it
    "#);
    insta::assert_snapshot!(show(r#"{"a"}"#), @r"
    {}
    1:2-1:5 error json-syntax: this key has no value: expected a colon and a value after it
    ");
    insta::assert_snapshot!(show(r#"{"a"
 "b": 2}"#), @r#"
    {"b": 2}
    1:2-1:5 error json-syntax: this key has no value: expected a colon and a value after it
    "#);
}

#[test]
fn a_missing_value() {
    insta::assert_snapshot!(show(r#"{"a": , "b": 2}"#), @r#"
    {"b": 2}
    1:6-1:6 error json-syntax: expected a value after the colon
    "#);
    insta::assert_snapshot!(show(r#"{"a": }"#), @r"
    {}
    1:6-1:6 error json-syntax: expected a value after the colon
    ");
    insta::assert_snapshot!(show(r#"{"a": {"x":}, "b": [1,,2,], "c": [,]}"#), @r#"
    {"a": {}, "b": [1, 2], "c": []}
    1:12-1:12 error json-syntax: expected a value after the colon
    1:23-1:24 error json-syntax: expected a value before this `,`: add one or remove the `,`
    1:25-1:26 note json-trailing-comma: trailing comma: Azure accepts it, other tools do not; remove it
    1:35-1:36 error json-syntax: expected a value before this `,`: add one or remove the `,`
    "#);
    insta::assert_snapshot!(show(r#"{"a":: 1}"#), @r#"
    {"a": 1}
    1:6-1:7 error json-syntax: expected a value instead of a second colon: remove the colon
    "#);
    insta::assert_snapshot!(show(r#"{"a": ]}"#), @r"
    {}
    1:6-1:6 error json-syntax: expected a value after the colon
    1:7-1:8 error json-syntax: unexpected `]`: it closes nothing; remove it
    ");
    insta::assert_snapshot!(show(r#"{: 1, "b": 2}"#), @r#"
    {"b": 2}
    1:2-1:2 error json-syntax: expected a key before this colon
    "#);
    insta::assert_snapshot!(show(r#"{"a":"#), @r"
    {}
    1:6-1:6 error json-syntax: the file ends too early: expected `}` to close the `{` of line 1
    ");
}

#[test]
fn an_unclosed_string_ends_with_its_line() {
    insta::assert_snapshot!(show(r#"{
  "a": "foo,
  "b": "bar"
}"#), @r#"
    {"a": "foo", "b": "bar"}
    2:8-2:12 error json-syntax: this string is not closed: expected `"` at its end
    "#);
    insta::assert_snapshot!(show(r#"{
  "a": "foo
}"#), @r#"
    {"a": "foo"}
    2:8-2:12 error json-syntax: this string is not closed: expected `"` at its end
    "#);
    insta::assert_snapshot!(show(r#"{
  "a": ["x", "y],
  "b": 2
}"#), @r#"
    {"a": ["x", "y"], "b": 2}
    2:14-2:16 error json-syntax: this string is not closed: expected `"` at its end
    "#);
    insta::assert_snapshot!(show(r#"{"a": "foo"#), @r#"
    {"a": "foo"}
    1:7-1:11 error json-syntax: this string is not closed: expected `"` at its end
    1:11-1:11 error json-syntax: the file ends too early: expected `}` to close the `{` of line 1
    "#);
    insta::assert_snapshot!(show(r#"{
  "a": "foo,
  "b": "bar",
  "c": "[concat('x',
    'y')]"
}"#), @r#"
    {"a": "foo", "b": "bar", "c": "[concat('x',\n    'y')]"}
    2:8-2:12 error json-syntax: this string is not closed: expected `"` at its end
    "#);
}

#[test]
fn a_key_without_its_closing_quote() {
    insta::assert_snapshot!(show(r#"{"name: "x", "b": 2}"#), @r#"
    {"name": "x", "b": 2}
    1:2-1:7 error json-syntax: this key is not closed: expected `"` before the colon
    "#);
    insta::assert_snapshot!(show(r#"{
  "name: 5,
  "b": 2
}"#), @r#"
    {"name": 5, "b": 2}
    2:3-2:8 error json-syntax: this string is not closed: expected `"` at its end
    "#);
}

#[test]
fn a_string_without_its_opening_quote() {
    insta::assert_snapshot!(show(r#"{
  "a": foo",
  "b": 2
}"#), @r#"
    {"a": "foo", "b": 2}
    2:8-2:12 error json-syntax: this string has no opening quote: expected `"` before it
    "#);
}

#[test]
fn quotes_within_a_string() {
    insta::assert_snapshot!(show(r#"{
  "a": "say "hi" now",
  "b": 2
}"#), @r#"
    {"a": "say \"hi\" now", "b": 2}
    2:13-2:22 error json-syntax: the string ends at this quote: inside a string write `\"`
    "#);
}

#[test]
fn single_quotes_and_words() {
    insta::assert_snapshot!(show(r#"{'a': 'it\'s', b: 'x", "c": TRUE, "d": foo, "e": NaN, "f": -Infinity, "g": None}"#), @r#"
    {"a": "it's", "b": "x", "c": true, "d": "foo", "e": null, "f": null, "g": null}
    1:2-1:5 error json-syntax: strings are written in double quotes: use `"` on both sides
    1:7-1:14 error json-syntax: strings are written in double quotes: use `"` on both sides
    1:16-1:17 error json-syntax: keys are written in double quotes: add them
    1:19-1:22 error json-syntax: strings are written in double quotes: use `"` on both sides
    1:29-1:33 error json-syntax: `TRUE` is not a JSON value: write `true`
    1:40-1:43 error json-syntax: this is not a JSON value: put text in double quotes
    1:50-1:53 error json-syntax: `NaN` is not a JSON value: use a number or `null`
    1:60-1:69 error json-number: infinity is not a JSON value: use a number or `null`
    1:76-1:80 error json-syntax: `None` is not a JSON value: write `null`
    "#);
    insta::assert_snapshot!(show(r#"{'a
: 1}"#), @r#"
    {"a": 1}
    1:2-1:4 error json-syntax: strings are written in double quotes, and this one is not closed: use `"` on both sides
    "#);
    insta::assert_snapshot!(show(r#"[foo, 'x
, 2]"#), @r#"
    ["foo", "x", 2]
    1:2-1:5 error json-syntax: this is not a JSON value: put text in double quotes
    1:7-1:9 error json-syntax: strings are written in double quotes, and this one is not closed: use `"` on both sides
    "#);
}

#[test]
fn unclosed_brackets() {
    insta::assert_snapshot!(show(r#"{"a": [1, {"b": 2"#), @r#"
    {"a": [1, {"b": 2}]}
    1:18-1:18 error json-syntax: the file ends too early: expected `}` to close the `{` of line 1, and 2 brackets around it are not closed either
    "#);
    insta::assert_snapshot!(show(r#"["#), @r"
    []
    1:2-1:2 error json-syntax: the file ends too early: expected `]` to close the `[` of line 1
    ");
    insta::assert_snapshot!(show(r#"{
  "a": {
    "b": [1, 2
  },
  "c": 3
}"#), @r#"
    {"a": {"b": [1, 2]}, "c": 3}
    3:15-3:15 error json-syntax: expected `]` to close the `[` of line 3
    "#);
    insta::assert_snapshot!(show(r#"{"a": [1, 2}"#), @r#"
    {"a": [1, 2]}
    1:12-1:12 error json-syntax: expected `]` to close the `[` of line 1
    "#);
    insta::assert_snapshot!(show(r#"[{"a": 1, {"b": 2}]"#), @r#"
    [{"a": 1}, {"b": 2}]
    1:9-1:9 error json-syntax: expected `}` to close the `{` of line 1 before this comma
    "#);
    insta::assert_snapshot!(show(r#"{"a": {"b": [{"c": 1}}}}"#), @r#"
    {"a": {"b": [{"c": 1}]}}
    1:22-1:22 error json-syntax: expected `]` to close the `[` of line 1
    1:24-1:25 error json-syntax: unexpected `}`: no bracket is open here; remove it
    "#);
}

#[test]
fn an_unclosed_array_before_a_member() {
    insta::assert_snapshot!(show("{\n  \"a\": [\n    1,\n    2,\n  \"b\": 3\n}"), @r#"
    {"a": [1, 2], "b": 3}
    4:6-4:6 error json-syntax: expected `]` to close the `[` of line 2 before this member
    "#);
    insta::assert_snapshot!(show("{\n  \"a\": [\n    \"x\",\n    \"y\" // z\n  \"b\": 3\n}"), @r#"
    {"a": ["x", "y"], "b": 3}
    4:8-4:8 error json-syntax: expected a comma after this value
    4:8-4:8 error json-syntax: expected `]` to close the `[` of line 2 before this member
    "#);
    insta::assert_snapshot!(show("{\n  \"a\": [\n    \"x\": 1,\n    \"y\": 2\n  ]\n}"), @r#"
    {"a": ["x", "y"]}
    3:8-3:9 error json-syntax: arrays have no keys: put braces around this key and its value
    4:8-4:9 error json-syntax: arrays have no keys: put braces around this key and its value
    "#);
}

#[test]
fn an_unclosed_array_after_a_comma_too_many() {
    check("{\"a\": [1, ,\n\"b\": 2}");
    insta::assert_snapshot!(show("{\"a\": [1, ,\n\"b\": 2}"), @r#"
    {"a": [1], "b": 2}
    1:11-1:12 error json-syntax: expected a value before this `,`: add one or remove the `,`
    1:11-1:11 error json-syntax: expected `]` to close the `[` of line 1 before this member
    "#);
}

#[test]
fn mistakes_within_values_in_the_wrong_place() {
    check("[\"key\": {\n{},\n{");
    check("{\"key\": {\n\"a\"\"a\"//\r\n}\"key\": {\n");
    check("{\"a\": {}: \"b\"c\"\n}");
    check("{\"a\": \"b\"\n\"c\"d\"\n}");
    check("{\"a\": [1, 2,\n[\"b\"]: 3, \"c\": [[4,\n\"d\"]: 5");
    check("{\"a\": 1: [2,\n\"b\": 3, \"A\": 4}");
}

#[test]
fn wrong_brackets() {
    insta::assert_snapshot!(show(r#"[1, 2}"#), @r"
    [1, 2]
    1:6-1:7 error json-syntax: expected `]` instead of `}`, for the bracket opened in line 1
    ");
    insta::assert_snapshot!(show(r#"{"a": 1]"#), @r#"
    {"a": 1}
    1:8-1:9 error json-syntax: expected `}` instead of `]`, for the bracket opened in line 1
    "#);
    insta::assert_snapshot!(show(r#"{"a": [1, 2}, "b": 3}"#), @r#"
    {"a": [1, 2], "b": 3}
    1:12-1:13 error json-syntax: expected `]` instead of `}`, for the bracket opened in line 1
    "#);
    insta::assert_snapshot!(show(r#"{
  "a": [
    1
  },
  "b": 3
}"#), @r#"
    {"a": [1], "b": 3}
    4:3-4:4 error json-syntax: expected `]` instead of `}`, for the bracket opened in line 2
    "#);
    insta::assert_snapshot!(show(r#"[[1}, 2]"#), @r"
    [[1], 2]
    1:4-1:5 error json-syntax: expected `]` instead of `}`, for the bracket opened in line 1
    ");
}

#[test]
fn brackets_too_many() {
    insta::assert_snapshot!(show(r#"{"a": 1}}"#), @r#"
    {"a": 1}
    1:9-1:10 error json-syntax: unexpected `}`: no bracket is open here; remove it
    "#);
    insta::assert_snapshot!(show(r#"{"a": 1}}]]"#), @r#"
    {"a": 1}
    1:9-1:10 error json-syntax: unexpected `}`: no bracket is open here; remove it
    1:10-1:11 error json-syntax: unexpected `]`: no bracket is open here; remove it
    1:11-1:12 error json-syntax: unexpected `]`: no bracket is open here; remove it
    "#);
    insta::assert_snapshot!(show(r#"{"a": {"b": 1}}, "c": 2}"#), @r#"
    {"a": {"b": 1}, "c": 2}
    1:15-1:16 error json-syntax: the outermost object ends here, yet more members follow: remove this `}` or one before it
    "#);
    insta::assert_snapshot!(show(r#"{
  "a": [
    {
      "b": 1
    }
    }
  ],
  "c": 2
}"#), @r#"
    {"a": [{"b": 1}], "c": 2}
    6:5-6:6 error json-syntax: unexpected `}`: it closes nothing; remove it
    "#);
    insta::assert_snapshot!(show(r#"{"a": [1]], "b": 2}"#), @r#"
    {"a": [1], "b": 2}
    1:10-1:11 error json-syntax: unexpected `]`: it closes nothing; remove it
    "#);
}

#[test]
fn text_after_the_root() {
    insta::assert_snapshot!(show(r#"{} {}
[]"#), @r"
    {}
    1:4-1:6 error json-syntax: expected the end of the file: a JSON file holds one value; remove what follows it
    ");
    insta::assert_snapshot!(show(r#"1 2"#), @r"
    1
    1:3-1:4 error json-syntax: expected the end of the file: a JSON file holds one value; remove what follows it
    ");
    insta::assert_snapshot!(show(r#"{}, 1"#), @r"
    {}
    1:3-1:6 error json-syntax: expected the end of the file: a JSON file holds one value; remove what follows it
    ");
    insta::assert_snapshot!(show(r#""a" // fine
"#), @r#""a""#);
}

#[test]
fn no_value_at_all() {
    insta::assert_snapshot!(show(r#""#), @r"
    nothing
    1:1-1:1 error json-syntax: the file is empty: expected a JSON value
    ");
    insta::assert_snapshot!(show(r#"  
// just a comment
"#), @r"
    nothing
    1:1-1:1 error json-syntax: the file is empty: expected a JSON value
    ");
    insta::assert_snapshot!(show(r#"}"#), @r"
    nothing
    1:1-1:2 error json-syntax: expected a JSON value, found `}`: remove it
    ");
    insta::assert_snapshot!(show(r#",1"#), @r"
    1
    1:1-1:2 error json-syntax: expected a JSON value, found `,`: remove it
    ");
    insta::assert_snapshot!(show(r#":"#), @r"
    nothing
    1:1-1:2 error json-syntax: expected a JSON value, found `:`: remove it
    ");
}

#[test]
fn values_where_keys_belong() {
    insta::assert_snapshot!(show(r#"{{"x": 1}, "a": 1}"#), @r#"
    {"a": 1}
    1:2-1:3 error json-syntax: expected a key and a colon before this value
    "#);
    insta::assert_snapshot!(show(r#"{1, 2: 3, [4], "b": 5}"#), @r#"
    {"2": 3, "b": 5}
    1:2-1:3 error json-syntax: expected a key in double quotes, a colon and a value: remove this text or complete it
    1:5-1:6 error json-syntax: keys are written in double quotes: add them
    1:11-1:12 error json-syntax: expected a key and a colon before this value
    "#);
    insta::assert_snapshot!(show(r#"{"a": 1, , "b": 2}"#), @r#"
    {"a": 1, "b": 2}
    1:10-1:11 error json-syntax: expected a key before this comma: remove the comma
    "#);
    insta::assert_snapshot!(show(r#"{,}"#), @r"
    {}
    1:2-1:3 error json-syntax: expected a key before this comma: remove the comma
    ");
}

#[test]
fn values_without_keys_after_a_member() {
    insta::assert_snapshot!(show(r#"{"a": 1 {"x": 1}, "b": 2}"#), @r#"
    {"a": 1, "b": 2}
    1:9-1:10 error json-syntax: expected a comma or `}` before this: a member has one value
    "#);
    insta::assert_snapshot!(show(r#"{"a": 1 7, "b": 2}"#), @r#"
    {"a": 1, "b": 2}
    1:9-1:10 error json-syntax: unexpected text after this value: remove it, or put it in double quotes
    "#);
    insta::assert_snapshot!(show(r#"["a": 1, "b"]"#), @r#"
    ["a", "b"]
    1:5-1:6 error json-syntax: arrays have no keys: put braces around this key and its value
    "#);
    insta::assert_snapshot!(show(r#"["a": , "b"]"#), @r#"
    ["a", "b"]
    1:5-1:6 error json-syntax: arrays have no keys: put braces around this key and its value
    "#);
    insta::assert_snapshot!(show(r#"{"a": "b": "c": 1, "d": 2}"#), @r#"
    {"a": "b", "d": 2}
    1:10-1:11 error json-syntax: unexpected second colon: this member has its value already; put braces around the inner key and value, or a comma before it
    1:15-1:16 error json-syntax: unexpected second colon: this member has its value already; put braces around the inner key and value, or a comma before it
    "#);
}

#[test]
fn stray_characters() {
    insta::assert_snapshot!(show(r#"{"a": 1} ; //"#), @r#"
    {"a": 1}
    1:10-1:14 error json-syntax: expected the end of the file: a JSON file holds one value; remove what follows it
    "#);
    insta::assert_snapshot!(show(r#"{"a": # 1
 2}"#), @r##"
    {"a": "#"}
    1:7-1:8 error json-syntax: this is not a JSON value: put text in double quotes
    1:9-1:10 error json-syntax: unexpected text after this value: remove it, or put it in double quotes
    2:2-2:3 error json-syntax: unexpected text after this value: remove it, or put it in double quotes
    "##);
    insta::assert_snapshot!(show(r#"[1; 2]"#), @r#"
    ["1;", 2]
    1:2-1:4 error json-number: this is neither a number nor another value: put text in double quotes
    1:4-1:4 error json-syntax: expected a comma after this value
    "#);
    insta::assert_snapshot!(show(r#"{“a”: 1}"#), @r#"
    {"“a”": 1}
    1:2-1:5 error json-syntax: keys are written in double quotes: add them
    "#);
    insta::assert_snapshot!(show(r#"{"a": 1 / 2}"#), @r#"
    {"a": 1}
    1:9-1:10 error json-syntax: unexpected text after this value: remove it, or put it in double quotes
    1:11-1:12 error json-syntax: unexpected text after this value: remove it, or put it in double quotes
    "#);
    insta::assert_snapshot!(show(r#"/"#), @r#"
    "/"
    1:1-1:2 error json-syntax: this is not a JSON value: put text in double quotes
    "#);
}

#[test]
fn comments_that_do_not_end() {
    insta::assert_snapshot!(show(r#"{"a": 1} /* x"#), @r#"
    {"a": 1}
    1:10-1:12 error json-syntax: this comment is not closed: expected `*/`
    "#);
    insta::assert_snapshot!(show(r#"{"a": /* 1}"#), @r"
    {}
    1:6-1:6 error json-syntax: the file ends too early: expected `}` to close the `{` of line 1
    1:7-1:9 error json-syntax: this comment is not closed: expected `*/`
    ");
}
