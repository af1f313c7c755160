//! Every value says where it was decided, and what stands there is that value.
//!
//! Each folder below `tests/fixtures/expand` is expanded as `main.*` and with its parameter files. A leaf whose deciding place
//! is a literal must have that literal's text there.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::Folder;
use serde_json::Value;

/// The files below a folder, relative to it.
fn files(base: &Path, below: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(below).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(base, &path, out);
        } else {
            out.push(path.strip_prefix(base).unwrap().to_path_buf());
        }
    }
}

/// What `"…"`, `'…'` (of a template expression) or anything else of JSON says.
fn json_literal(text: &str) -> Option<Value> {
    if let Some(inner) = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')) {
        return Some(inner.replace("''", "'").into());
    }
    serde_json::from_str(text).ok()
}

/// What a literal of Bicep says.
fn bicep_literal(text: &str) -> Option<Value> {
    if let Some(inner) = text.strip_prefix("'''").and_then(|t| t.strip_suffix("'''")) {
        return Some(inner.strip_prefix('\n').unwrap_or(inner).into());
    }
    let Some(inner) = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')) else {
        let empty: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        return serde_json::from_str(&empty).ok();
    };
    let mut out = String::new();
    let mut rest = inner.chars();
    while let Some(c) = rest.next() {
        match (c, if c == '\\' { rest.next() } else { None }) {
            ('\\', Some('u')) => {
                let code: String = rest.by_ref().skip(1).take_while(|c| *c != '}').collect();
                out.push(char::from_u32(u32::from_str_radix(&code, 16).ok()?)?);
            }
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('r')) => out.push('\r'),
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some(other)) => out.push(other),
            _ => out.push(c),
        }
    }
    Some(out.into())
}

/// The text from one line and column to another, columns in UTF-16 units.
fn text_at(text: &str, place: &Value) -> String {
    let number = |key: &str| place[key].as_u64().unwrap() as usize;
    let offset = |line: usize, column: usize| {
        let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let mut units = 0;
        let within = text[start..].char_indices().find(|(_, c)| {
            let here = units >= column - 1;
            units += c.len_utf16();
            here
        });
        start + within.map_or(text.len() - start, |(i, _)| i)
    };
    let start = offset(number("startLine"), number("startColumn"));
    let end = offset(number("endLine"), number("endColumn"));
    text[start..end].to_owned()
}

fn says(file: &str, text: &str, pointer: &str, value: &Value) -> bool {
    if file.ends_with(".json") {
        let escaped = |v: &Value| match v.as_str() {
            // `[[text]` of a template stands for `[text]`; a parameter file has no expressions.
            Some(s) if s.starts_with("[[") && s.ends_with(']') => s[1..].into(),
            _ => v.clone(),
        };
        return json_literal(text).is_some_and(|v| v == *value || escaped(&v) == *value);
    }
    let part = pointer.ends_with("/type") || pointer.ends_with("/apiVersion");
    // A nested resource's type stands without its parents'.
    part && value.as_str().unwrap().ends_with(text.trim_matches('\'')) || bicep_literal(text).as_ref() == Some(value)
}

/// Expands a file and checks its leaves; gives how many were literals.
fn check(folder: &Folder, name: &str) -> usize {
    let context = ["--resource-group", "rg", "--location", "northeurope", "--deployment-name", "d"];
    let run = folder.run(&[&["expand", name, "--origins"][..], &context].concat());
    assert_eq!(run.report["diagnostics"], serde_json::json!([]), "{name}");
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{name}");
    let mut literals = 0;
    let mut wrong = Vec::new();
    for (pointer, places) in run.report["origins"].as_object().unwrap() {
        let value = run.report.pointer(pointer).unwrap_or_else(|| panic!("{name}: {pointer} leads nowhere"));
        let Some(first) = places.get(0) else {
            if !pointer.ends_with("/id") {
                wrong.push(format!("{pointer} = {value} has no place"));
            }
            continue;
        };
        // The place of a secret is known, but its value is not shown.
        let hidden = value.as_str().is_some_and(|s| s.starts_with("[parameters('password"));
        if first["computed"] == true || hidden {
            continue;
        }
        literals += 1;
        let file = first["file"].as_str().unwrap();
        let text = text_at(&folder.read(file), first);
        if !says(file, &text, pointer, value) {
            wrong.push(format!("{pointer} = {value}, but there stands {text} ({file})"));
        }
    }
    assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
    literals
}

#[test]
fn what_stands_at_the_deciding_place_is_the_value() {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/expand");
    let mut all = Vec::new();
    files(&base, &base, &mut all);
    let names: Vec<String> = all.iter().map(|p| format!("expand/{}", p.display()).replace('\\', "/")).collect();
    let folder = Folder::with(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let entries = names.iter().filter(|n| n.rsplit('/').next().unwrap().starts_with("main."));
    let literals: Vec<(&String, usize)> = entries.map(|n| (n, check(&folder, n))).collect();
    assert_eq!(literals.len(), 5, "{literals:?}");
    assert!(
        literals.iter().all(|(_, n)| *n >= 15) && literals.iter().map(|(_, n)| n).sum::<usize>() > 300,
        "{literals:?}"
    );
}

#[test]
fn a_hand_over_of_what_holds_a_value_is_on_its_way() {
    let folder = Folder::with(&[]);
    folder.write("m.bicep", "var a = {\n  x: 1\n}\nvar b = a\noutput o object = b\n");
    let run = folder.run(&["expand", "m.bicep", "--origins"]);
    let lines = |pointer: &str| -> Vec<u64> {
        run.report["origins"][pointer].as_array().unwrap().iter().map(|p| p["startLine"].as_u64().unwrap()).collect()
    };
    assert_eq!(lines("/outputs/o/x"), [2, 4, 5]);
}

#[test]
fn the_name_of_a_child_is_decided_where_its_own_part_is() {
    let folder = Folder::with(&[]);
    let child = "param name string\nresource s 'Microsoft.ApiManagement/service@2022-08-01' existing = {\n  name: 's'\n}\nresource p 'Microsoft.ApiManagement/service/products@2022-08-01' = {\n  parent: s\n  name: name\n}\n";
    folder.write("child.bicep", child);
    folder.write("m.bicep", "module p 'child.bicep' = {\n  params: {\n    name: 'Starter'\n  }\n}\n");
    let run = folder.run(&["expand", "m.bicep", "--origins"]);
    let way = run.report["origins"]["/predictedResources/0/name"].as_array().unwrap();
    let places: Vec<(&str, u64)> =
        way.iter().map(|p| (p["file"].as_str().unwrap(), p["startLine"].as_u64().unwrap())).collect();
    assert_eq!(places, [("m.bicep", 3), ("child.bicep", 7)]);
    assert_eq!(way[0]["computed"], true, "only a part of the name stands there");
}
