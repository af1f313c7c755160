//! The schema and the reference of `armlint.yaml` are those of its types. `ARMLINT_WRITE=1 cargo test --lib schema` writes both anew.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value as Json;

use super::file::File;
use super::{convert, load};
use crate::read::{Reach, Sources};
use crate::source::absolute;

const BEGIN: &str = "<!-- begin of the keys -->\n";
const END: &str = "<!-- end of the keys -->\n";

/// The options below `armlint:`.
#[derive(schemars::JsonSchema)]
#[allow(dead_code)]
#[schemars(title = "armlint.yaml", deny_unknown_fields)]
struct Root {
    /// Options of armlint.
    armlint: File,
}

fn schema() -> Json {
    schemars::schema_for!(Root).to_value()
}

/// Holds a text against a file of the project, or writes it there.
fn same(name: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("ARMLINT_WRITE").is_some() {
        std::fs::write(&path, wanted).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(there, wanted, "{name} is not what the types say; write it anew with ARMLINT_WRITE=1");
}

#[test]
fn the_schema_is_that_of_the_types() {
    same("schemas/armlint.schema.json", &format!("{:#}\n", schema()));
}

#[test]
fn the_reference_is_that_of_the_schema() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md")).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let schema = schema();
    let mut table = String::from("| key | holds | what it means |\n| --- | --- | --- |\n");
    rows("", &schema["properties"]["armlint"], &schema, &mut table);
    same("docs/configuration.md", &format!("{before}{BEGIN}{table}{END}{after}"));
}

fn rows(path: &str, schema: &Json, root: &Json, out: &mut String) {
    let (object, item) = object(schema, root);
    for (key, value) in object["properties"].as_object().into_iter().flatten() {
        let path = match path {
            "" => key.clone(),
            _ => format!("{path}{}.{key}", if item { "[]" } else { "" }),
        };
        let (inner, _) = self::object(value, root);
        let about = value.get("description").or(inner.get("description")).and_then(Json::as_str).unwrap_or_default();
        assert!(!about.is_empty(), "{path} has no description");
        let about = about.replace('\n', " ").replace('|', "\\|");
        let _ = writeln!(out, "| `{path}` | {} | {about} |", kind(value, root));
        rows(&path, value, root, out);
    }
}

fn resolved<'s>(schema: &'s Json, root: &'s Json) -> &'s Json {
    let name = schema.get("$ref").and_then(Json::as_str).and_then(|r| r.rsplit('/').next());
    name.map_or(schema, |name| &root["$defs"][name])
}

/// The schemas of an `anyOf`, but that of `null`.
fn choices(schema: &Json) -> Vec<&Json> {
    let all = schema.get("anyOf").and_then(Json::as_array).into_iter().flatten();
    all.filter(|s| s.get("type").and_then(Json::as_str) != Some("null")).collect()
}

/// The schema that has the members of a value, and whether they are those of the items of a list.
fn object<'s>(schema: &'s Json, root: &'s Json) -> (&'s Json, bool) {
    let schema = resolved(schema, root);
    match (schema.get("items"), choices(schema).first()) {
        (Some(items), _) => (object(items, root).0, true),
        (_, Some(first)) => object(first, root),
        _ => (schema, false),
    }
}

fn kind(schema: &Json, root: &Json) -> String {
    let schema = resolved(schema, root);
    if let Some(first) = choices(schema).first() {
        return kind(first, root);
    }
    if let Some(words) = schema.get("enum").and_then(Json::as_array) {
        let words: Vec<_> = words.iter().filter_map(Json::as_str).map(|w| format!("`{w}`")).collect();
        return words.join(", ");
    }
    let types = schema.get("type");
    let first = types.and_then(|t| t.as_str().or_else(|| t.get(0)?.as_str()));
    match first {
        Some("string") => "text".to_owned(),
        Some("boolean") => "`true`, `false`".to_owned(),
        Some("array") => match kind(&schema["items"], root) {
            item if item.contains('`') => format!("list of {item}"),
            item => format!("list of {item}s"),
        },
        Some("object") => match schema.get("additionalProperties").filter(|a| **a != Json::Bool(false)) {
            Some(value) => format!("names with {}", kind(value, root)),
            None => "mapping".to_owned(),
        },
        _ => "any value".to_owned(),
    }
}

/// The keys that an error lists, of an unknown one in this text.
fn listed(text: &str) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("armlint.yaml");
    std::fs::write(&path, text).unwrap();
    let reach = Reach::new([absolute(dir.path())]);
    let error = load(Some(&path), &[], dir.path(), dir.path(), &reach, &Sources::new()).unwrap_err().to_string();
    let list = error.rsplit_once("there are ").unwrap_or_else(|| panic!("{error}")).1;
    list.split(", ").map(str::to_owned).collect()
}

#[test]
fn the_reader_and_the_schema_know_the_same_keys() {
    let schema = schema();
    let of = |name: &str| -> Vec<String> {
        schema["$defs"][name]["properties"].as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(listed("armlint: { qqqqqqqqqqqq: 1 }"), of("File"));
    assert_eq!(listed("armlint: { rules: { qqqqqqqqqqqq: 1 } }"), of("Rules"));
    // Suppressions are read by hand.
    assert_eq!(listed("armlint: { suppressions: [ { qqqqqqqqqqqq: 1 } ] }"), of("Suppression"));
}

#[test]
fn init_names_the_schema() {
    let first = include_str!("../cli/init/armlint.yaml").lines().next();
    assert_eq!(first, Some(convert::SCHEMA_LINE));
}
