use proptest::prelude::*;

use super::*;
use crate::read::Sources;

mod recovery;

fn parse(text: &str) -> Document {
    Document::parse(&Sources::new().add("a.json", text))
}

/// The tree written as JSON, members in document order, and the problems below it.
fn show(text: &str) -> String {
    fn write(node: Node<'_>, out: &mut String) {
        match node.kind() {
            Kind::Null => out.push_str("null"),
            Kind::Bool(b) => out.push_str(&b.to_string()),
            Kind::Int(i) => out.push_str(&i.to_string()),
            Kind::Float(f) => out.push_str(&format!("{f:?}")),
            Kind::String => out.push_str(&format!("{:?}", node.str().unwrap())),
            Kind::Array => {
                out.push('[');
                for (i, item) in node.items().enumerate() {
                    out.push_str(if i > 0 { ", " } else { "" });
                    write(item, out);
                }
                out.push(']');
            }
            Kind::Object => {
                out.push('{');
                for (i, member) in node.members().enumerate() {
                    out.push_str(if i > 0 { ", " } else { "" });
                    out.push_str(&format!("{:?}: ", member.key()));
                    write(member.value(), out);
                }
                out.push('}');
            }
        }
    }
    let doc = parse(text);
    let mut out = String::new();
    match doc.root() {
        Some(root) => write(root, &mut out),
        None => out.push_str("nothing"),
    }
    for p in doc.problems() {
        let (start, end) = (doc.source().position(p.span.start), doc.source().position(p.span.end));
        let (level, code, message) = (p.level.as_str(), p.code, &p.message);
        out.push_str(&format!(
            "\n{}:{}-{}:{} {level} {code}: {message}",
            start.line, start.column, end.line, end.column
        ));
    }
    assert_eq!(doc.has_errors(), doc.problems().iter().any(|p| p.level == Level::Error));
    out
}

#[test]
fn values_of_every_kind() {
    insta::assert_snapshot!(show(r#"{"a": [null, true, false, 0, -7, 1.5, 1e3, "x"], "b": {}, "c": []}"#), @r#"{"a": [null, true, false, 0, -7, 1.5, 1000.0, "x"], "b": {}, "c": []}"#);
    insta::assert_snapshot!(show(r#"7"#), @r"7");
    insta::assert_snapshot!(show(r#" "only a string" "#), @r#""only a string""#);
}

#[test]
fn integers_that_do_not_fit_become_floats() {
    insta::assert_snapshot!(show(r#"[9223372036854775807, -9223372036854775808, 9223372036854775808, 123456789012345678901234567890]"#), @r"[9223372036854775807, -9223372036854775808, 9.223372036854776e18, 1.2345678901234568e29]");
}

#[test]
fn strings_over_several_lines_are_legal() {
    insta::assert_snapshot!(show(r#"{"a": "[concat(
	'x',
  'y')]", "b": "one
  "
}"#), @r#"{"a": "[concat(\n\t'x',\n  'y')]", "b": "one\n  "}"#);
    insta::assert_snapshot!(show(r#"["one
two" "three"]"#), @r#"
    ["one\ntwo", "three"]
    2:5-2:5 error json-syntax: expected a comma after this value
    "#);
}

#[test]
fn escapes() {
    insta::assert_snapshot!(show(r#"["\" \\ \/ \b\f\n\r\t \u00e9 \uD83D\uDE00", "\uD800x\uDC00", "\uD800\u0041", "a\q\u12\'"]"#), @r#"
    ["\" \\ / \u{8}\u{c}\n\r\t é 😀", "�x�", "�A", "aqu12'"]
    1:46-1:52 note json-string: this escape is half of a character and is read as U+FFFD: write both halves
    1:53-1:59 note json-string: this escape is half of a character and is read as U+FFFD: write both halves
    1:63-1:69 note json-string: this escape is half of a character and is read as U+FFFD: write both halves
    1:80-1:82 error json-string: there is no such escape in JSON: for a backslash write `\\`
    1:82-1:84 error json-string: expected four hexadecimal digits after `\u`
    1:86-1:88 note json-string: `\'` is no escape in JSON: write `'`
    "#);
    insta::assert_snapshot!(show(r#""C:\Windows\é""#), @r#"
    "C:Windowsé"
    1:4-1:6 error json-string: there is no such escape in JSON: for a backslash write `\\`
    1:12-1:14 error json-string: there is no such escape in JSON: for a backslash write `\\`
    "#);
    insta::assert_snapshot!(show(r#""\u{41}""#), @r#"
    "u{41}"
    1:2-1:4 error json-string: expected four hexadecimal digits after `\u`
    "#);
}

#[test]
fn numbers_that_are_none() {
    insta::assert_snapshot!(show(r#"[01, +1, .5, 1., -, 1e, 0x1F, 1e999, 12abc, 1_000]"#), @r#"
    [1, 1, 0.5, 1.0, "-", "1e", "0x1F", inf, "12abc", "1_000"]
    1:2-1:4 error json-number: this is not how JSON writes a number: no leading zeros, and digits on both sides of the decimal point
    1:6-1:8 error json-number: this is not how JSON writes a number: no leading zeros, and digits on both sides of the decimal point
    1:10-1:12 error json-number: this is not how JSON writes a number: no leading zeros, and digits on both sides of the decimal point
    1:14-1:16 error json-number: this is not how JSON writes a number: no leading zeros, and digits on both sides of the decimal point
    1:18-1:19 error json-number: this is neither a number nor another value: put text in double quotes
    1:21-1:23 error json-number: this is neither a number nor another value: put text in double quotes
    1:25-1:29 error json-number: this is neither a number nor another value: put text in double quotes
    1:31-1:36 error json-number: this number is too large
    1:38-1:43 error json-number: this is neither a number nor another value: put text in double quotes
    1:45-1:50 error json-number: this is neither a number nor another value: put text in double quotes
    "#);
}

#[test]
fn trailing_commas() {
    insta::assert_snapshot!(show(r#"{"a": [1, 2,], "b": 1,}"#), @r#"
    {"a": [1, 2], "b": 1}
    1:12-1:13 note json-trailing-comma: trailing comma: Azure accepts it, other tools do not; remove it
    1:22-1:23 note json-trailing-comma: trailing comma: Azure accepts it, other tools do not; remove it
    "#);
    insta::assert_snapshot!(show(r#"{
  "a": 1, // why not
}"#), @r#"
    {"a": 1}
    2:9-2:10 note json-trailing-comma: trailing comma: Azure accepts it, other tools do not; remove it
    "#);
}

#[test]
fn white_space_beyond_json() {
    insta::assert_snapshot!(show(r#"{ "a":　 1 }"#), @r#"
    {"a": 1}
    1:2-1:3 note json-whitespace: U+00A0 is not white space in JSON; use a space
    1:7-1:8 note json-whitespace: U+3000 is not white space in JSON; use a space
    1:10-1:11 note json-whitespace: U+00A0 is not white space in JSON; use a space
    "#);
}

#[test]
fn duplicate_keys() {
    insta::assert_snapshot!(show(r#"{
  "Name": 1,
  "b": 2,
  "name": 3,
  "na\u006De": 4
}"#), @r#"
    {"Name": 1, "b": 2, "name": 3, "name": 4}
    4:3-4:9 warning json-duplicate-key: duplicate key `name`: it stands in line 2 already, and the last one is used; remove one
    5:3-5:14 warning json-duplicate-key: duplicate key `na\u006De`: it stands in line 2 already, and the last one is used; remove one
    "#);
    insta::assert_snapshot!(show(r#"{"a": {"b": 1}, "c": {"b": 2}}"#), @r#"{"a": {"b": 1}, "c": {"b": 2}}"#);
    insta::assert_snapshot!(show(r#"[{"": 1, "": 2}]"#), @r#"
    [{"": 1, "": 2}]
    1:10-1:12 warning json-duplicate-key: duplicate key ``: it stands in line 1 already, and the last one is used; remove one
    "#);
}

#[test]
fn the_last_duplicate_wins() {
    let doc = parse(r#"{"Name": 1, "other": 0, "NAME": 2, "na\u006de": 3}"#);
    let root = doc.root().unwrap();
    assert_eq!(root.get("name").unwrap().kind(), Kind::Int(3));
    assert_eq!(root.len(), 4);
    assert_eq!(doc.resolve("/Name").unwrap().kind(), Kind::Int(1));
    assert_eq!(doc.resolve("/nAME").unwrap().kind(), Kind::Int(3));
    assert_eq!(root.get("missing").map(Node::span), None);
}

#[test]
fn duplicates_in_large_objects() {
    // Keys that differ in the middle only have one hash.
    let members: Vec<_> = (0..5000).map(|i| format!("\"beginning{i:08}ofthekey\": {i}")).collect();
    let clean = format!("{{{}}}", members.join(",\n"));
    assert_eq!(parse(&clean).problems(), []);
    let text =
        format!("{{{},\n\"BEGINNING00000007ofthekey\": 0, \"beginning00004999ofthekey\": 0}}", members.join(",\n"));
    insta::assert_snapshot!(show(&text).split_once('\n').unwrap().1, @r"
    5001:1-5001:28 warning json-duplicate-key: duplicate key `BEGINNING00000007ofthekey`: it stands in line 8 already, and the last one is used; remove one
    5001:33-5001:60 warning json-duplicate-key: duplicate key `beginning00004999ofthekey`: it stands in line 5000 already, and the last one is used; remove one
    ");
}

#[test]
fn spans_cover_keys_and_values() {
    let text = r#" { "k\n" : [ 1.50 , "é" ] , "o": {} } "#;
    let doc = parse(text);
    let root = doc.root().unwrap();
    let slice = |span: Span| &text[span.range()];
    assert_eq!(slice(root.span()), text.trim());
    let member = root.members().next().unwrap();
    assert_eq!(slice(member.key_span()), r#""k\n""#);
    assert_eq!(slice(member.value().span()), r#"[ 1.50 , "é" ]"#);
    assert_eq!(slice(member.span()), r#""k\n" : [ 1.50 , "é" ]"#);
    let items: Vec<_> = member.value().items().map(|n| slice(n.span())).collect();
    assert_eq!(items, ["1.50", "\"é\""]);
}

#[test]
fn comments_are_kept() {
    let text = "// one\r\n{ /* two */ \"a\" /**/ : //three\n 1 } // four";
    let doc = parse(text);
    let comments: Vec<_> = doc.comments().iter().map(|s| &text[s.range()]).collect();
    assert_eq!(comments, ["// one", "/* two */", "/**/", "//three", "// four"]);
    assert_eq!(doc.problems(), []);
    assert_eq!(doc.resolve("/a").unwrap().kind(), Kind::Int(1));
    // Old editors end lines with CR alone.
    let doc = parse("// one\r{\"a\": 1}");
    assert_eq!((doc.problems(), doc.resolve("/a").unwrap().kind()), (&[][..], Kind::Int(1)));
}

#[test]
fn a_byte_order_mark_is_tolerated() {
    let doc = parse("\u{feff}{\"a\": 1}");
    assert_eq!(doc.problems(), []);
    assert_eq!(doc.root().unwrap().span().start, 3);
}

#[test]
fn control_characters_in_strings() {
    assert_eq!(
        show("\"a\u{0}b\u{b}\""),
        "\"a\\0b\\u{b}\"\n1:3-1:4 note json-string: the string holds a raw control \
        character: write `\\u0000`\n1:5-1:6 note json-string: the string holds a raw control character: write `\\u000b`"
    );
}

#[test]
fn offsets_in_decoded_strings() {
    let text = r#"["é\u00e9\uD83D\uDE00\"z", "plain é", 'a\'b', "open"#;
    let doc = parse(text);
    let items: Vec<_> = doc.root().unwrap().items().collect();
    let text_at = |node: Node<'_>, decoded| &text[node.offsets().of(decoded) as usize..];
    let first = items[0];
    assert_eq!(first.str().unwrap(), "éé😀\"z");
    assert_eq!(first.raw_str().unwrap(), r#"é\u00e9\uD83D\uDE00\"z"#);
    assert!(first.has_escapes());
    assert!(text_at(first, 0).starts_with("é\\u"));
    assert!(text_at(first, 1).starts_with("é\\u"), "inside a character");
    assert!(text_at(first, 2).starts_with("\\u00e9"));
    assert!(text_at(first, 4).starts_with("\\uD83D"));
    assert!(text_at(first, 7).starts_with("\\uD83D"), "inside an escape");
    assert!(text_at(first, 8).starts_with("\\\"z"));
    assert!(text_at(first, 9).starts_with("z\","));
    assert!(text_at(first, 10).starts_with("\", \"plain"), "one past the end");
    assert!(text_at(first, 999).starts_with("\", \"plain"));
    assert!(text_at(items[1], 6).starts_with("é\", '"));
    assert!(text_at(items[1], 7).starts_with("é\", '"));
    assert!(text_at(items[1], 8).starts_with("\", '"));
    assert_eq!(items[2].str().unwrap(), "a'b");
    assert!(text_at(items[2], 2).starts_with("b',"));
    assert_eq!(items[3].str().unwrap(), "open");
    assert_eq!(text_at(items[3], 4), "");
}

#[test]
fn pointers_from_offsets() {
    let text = r#"{ "a/b": [ 10, { "~x": "y" } ], "c": null }"#;
    let doc = parse(text);
    let at = |needle: &str| doc.pointer_at(text.find(needle).unwrap() as u32);
    assert_eq!(at("{ \"a"), "");
    assert_eq!(at("a/b"), "/a~1b");
    assert_eq!(at(": ["), "/a~1b");
    assert_eq!(at("10"), "/a~1b/0");
    assert_eq!(at("{ \"~x"), "/a~1b/1");
    assert_eq!(at("\"y\""), "/a~1b/1/~0x");
    assert_eq!(at("null"), "/c");
    assert_eq!(at(" }"), "/a~1b/1");
    assert_eq!(doc.pointer_at(9999), "");
    assert_eq!(doc.resolve("/a~1b/1/~0x").unwrap().str().unwrap(), "y");
    assert_eq!(doc.resolve("/A~1B/1/~0X").unwrap().str().unwrap(), "y");
    assert_eq!(doc.resolve("").unwrap().kind(), Kind::Object);
    for absent in ["x", "/", "/a~1b/2", "/a~1b/01", "/a~1b/+1", "/a~1b/-", "/c/d"] {
        assert!(doc.resolve(absent).is_none(), "{absent}");
    }
}

#[test]
fn tokens_of_pointers() {
    assert_eq!(pointer::escape_token("a~/b"), "a~0~1b");
    assert_eq!(pointer::unescape_token("a~0~1b~01"), "a~/b~1");
    assert!(matches!(pointer::escape_token("plain"), std::borrow::Cow::Borrowed(_)));
    assert_eq!(pointer::tokens("/a~1b//0").collect::<Vec<_>>(), ["a/b", "", "0"]);
    assert_eq!(pointer::tokens("").count(), 0);
}

#[test]
fn nesting_is_not_limited() {
    const DEPTH: usize = 100_000;
    let arrays = parse(&format!("{}1{}", "[".repeat(DEPTH), "]".repeat(DEPTH)));
    assert_eq!(arrays.problems(), []);
    assert_eq!(arrays.pointer_at(DEPTH as u32), "/0".repeat(DEPTH));
    assert_eq!(arrays.resolve(&"/0".repeat(DEPTH)).unwrap().kind(), Kind::Int(1));
    let objects = parse(&format!("{}1{}", "{\"a\":".repeat(DEPTH), "}".repeat(DEPTH)));
    assert_eq!(objects.problems(), []);
    let open = parse(&"[{\"a\":".repeat(DEPTH));
    assert_eq!(open.problems().len(), 1);
    let wrong = parse(&format!("{{\"a\":{}{}", "[".repeat(DEPTH), "}".repeat(DEPTH)));
    assert!(wrong.has_errors());
}

#[test]
fn long_lists_of_problems_are_cut() {
    let doc = parse(&format!("[{}]", "1 ".repeat(500_000)));
    assert_eq!(doc.problems().len(), 101);
    assert_eq!(doc.problems()[100].message, "this file has more than 100 errors: the others are not listed");
    assert_eq!(doc.root().unwrap().len(), 500_000);
    // Notes do not push errors out.
    let doc = parse(&format!("[{} 1 2]", "[1,],".repeat(1000)));
    assert_eq!(doc.problems().iter().filter(|p| p.level == Level::Note).count(), 101);
    assert!(doc.has_errors());
}

/// Each of these takes minutes if some part of the reader looks at the same text again and again.
#[test]
fn time_is_linear() {
    let cases = [
        "\"\n",
        "\"a\n",
        "\"a\\\"\n",
        "'a\n\"",
        "\"\\\"\n",
        "{\"a: ",
        "{\"a:b\n",
        "[}",
        "{]",
        "[{}}",
        "{\"a\":[}",
        "/*",
        "/",
        "\\\"",
        "\"a\" b\"",
        "{},",
        "{}},\"a\":",
        "\"a\"b",
        ":",
        ",",
        "{:",
        "{{",
        "[:",
        "\"a\n    \"b",
        "[\"a\n \"\"",
        "a ",
        "1 ",
        "\u{a0}",
        "{\"a\":1,\"a\":2,",
        "\"\"",
        "'",
        "'\\",
        "\"\\u",
        "{a:1 ",
        "{\"a\"\n\"b\"\n",
        "//\\\n\"",
        "',\\'",
        "      ",
        "\"\n   ",
    ];
    for case in cases {
        for text in [case.repeat(200_000 / case.len()), format!("[{}", case.repeat(200_000 / case.len()))] {
            // What is walked again and again takes minutes here.
            parse(&text);
        }
    }
}

/// Whether the tree is the value `serde_json` reads.
fn same(node: Node<'_>, value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match (node.kind(), value) {
        (Kind::Null, Value::Null) => true,
        (Kind::Bool(a), Value::Bool(b)) => a == *b,
        (Kind::Int(a), Value::Number(b)) => b.as_i64() == Some(a),
        (Kind::Float(a), Value::Number(b)) => b.as_f64() == Some(a),
        (Kind::String, Value::String(b)) => node.str().unwrap() == b.as_str(),
        (Kind::Array, Value::Array(b)) => {
            node.len() == b.len() && node.items().zip(b).filter(|(n, v)| same(*n, v)).count() == b.len()
        }
        (Kind::Object, Value::Object(b)) => {
            node.len() == b.len()
                && node.members().zip(b).filter(|(m, (k, v))| m.key() == k.as_str() && same(m.value(), v)).count()
                    == b.len()
        }
        _ => false,
    }
}

/// What must hold for any text.
fn check(text: &str) {
    let doc = parse(text);
    let inside = |span: Span| assert!(text.get(span.range()).is_some(), "{span:?} in {text:?}");
    doc.problems().iter().for_each(|p| inside(p.span));
    assert!(doc.problems().is_sorted_by_key(|p| p.span.start));
    assert!(doc.comments().is_sorted_by_key(|s| s.start));
    doc.comments().iter().for_each(|s| inside(*s));
    let mut stack: Vec<_> = doc.root().into_iter().collect();
    let mut twice = false;
    while let Some(node) = stack.pop() {
        let keys: Vec<String> = node.members().map(|m| m.key().to_lowercase()).collect();
        twice |= keys.iter().enumerate().any(|(i, key)| keys[..i].contains(key));
        inside(node.span());
        assert!(!node.span().range().is_empty());
        let mut end = node.span().start;
        let mut follows = |span: Span| {
            assert!(node.span().contains(span) && end <= span.start, "{span:?} in {text:?}");
            end = span.end;
        };
        for item in node.items() {
            follows(item.span());
            stack.push(item);
        }
        for member in node.members() {
            follows(member.key_span());
            follows(member.value().span());
            stack.extend([member.key_node(), member.value()]);
        }
        assert_eq!(node.len(), node.items().count() + node.members().count());
        if let Some(decoded) = node.str() {
            let ends: Vec<_> = (0..=decoded.len() + 1).map(|i| node.offsets().of(i)).collect();
            assert!(ends.is_sorted() && ends.iter().all(|&i| text.is_char_boundary(i as usize)));
            assert_eq!(ends[0], node.offsets().of(0));
            assert_eq!(ends[decoded.len()] - ends[0], node.raw_str().unwrap().len() as u32);
        }
    }
    // Where the text is broken all over, a key that is there twice may not be told.
    if twice || doc.problems().iter().any(|p| p.code == "json-duplicate-key") {
        return;
    }
    for offset in 0..=text.len() {
        // The way to any place leads to a value again. (Not so for a duplicate key: the way leads to the last one.)
        assert!(doc.root().is_none() || doc.resolve(&doc.pointer_at(offset as u32)).is_some(), "{offset} in {text:?}");
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[a-z\"\\\\\n\u{0}-\u{20}é😀]{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 100, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..8).prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

/// Texts that look like JSON often enough to reach every recovery.
fn nearly_json() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"a\"",
        "\"b\": ",
        "'",
        "'c'",
        "\n",
        "  ",
        "1",
        "-2.5",
        "true",
        "null",
        "x",
        "é",
        "//",
        "/*",
        "*/",
        "/",
        "\\",
        "\\u",
        "\\uD83D",
        "\\\"",
        "\u{a0}",
        "\r\n",
        "\t",
        "\u{0}",
        "\"key\": {\n",
        "},\n",
        "],\n",
    ];
    prop::collection::vec(prop::sample::select(PIECES), 0..40).prop_map(|p| p.concat())
}

proptest! {
    #[test]
    fn any_text_is_read(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_pieces_are_read(text in nearly_json()) {
        check(&text);
    }

    #[test]
    fn json_with_a_piece_missing_is_read(value in json(), from in any::<prop::sample::Index>(), len in 1..4usize) {
        let text = serde_json::to_string_pretty(&value).unwrap();
        let from = from.index(text.chars().count());
        check(&text.chars().enumerate().filter(|(i, _)| !(from..from + len).contains(i)).map(|(_, c)| c).collect::<String>());
    }

    #[test]
    fn valid_json_is_read_as_serde_json_reads_it(value in json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let doc = parse(&text);
        prop_assert!(!doc.has_errors(), "{:?}", doc.problems());
        prop_assert!(same(doc.root().unwrap(), &value), "{text}");
    }
}
