//! Changes for scripts: the shape is in `docs/diff.md`.

use std::io::{self, Write};

use serde_json::{Map, Value as Json, json};

use super::Report;
use crate::diff::{Change, Effect, Entry, Key, NewDefault, Place, Property, Shown};
use crate::report::escape;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let changes = report.changes;
    let document = json!({
        "version": 1,
        "tool": {"name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION")},
        "before": changes.before,
        "after": changes.after,
        "entryPoints": changes.entries.iter().map(entry).collect::<Vec<_>>(),
        "compared": changes.compared,
        "unchanged": changes.unchanged,
        "notCompared": changes.notes,
        "errors": changes.errors,
    });
    write!(out, "{}", escape::json(&document))
}

fn entry(entry: &Entry) -> Json {
    json!({
        "before": entry.before.as_ref().map(key),
        "after": entry.after.as_ref().map(key),
        "changes": entry.changes.iter().map(change).collect::<Vec<_>>(),
    })
}

fn key(key: &Key) -> Json {
    json!({"template": key.template, "parameters": key.parameters})
}

fn change(c: &Change) -> Json {
    let mut out = Map::new();
    let mut set = |key: &str, value: Json| drop(out.insert(key.to_owned(), value));
    set("change", c.kind.as_str().into());
    set("effect", c.effect().map(Effect::as_str).into());
    set("type", c.type_.as_str().into());
    set("name", c.name.as_str().into());
    if let Some(old) = &c.old_name {
        set("oldName", old.as_str().into());
    }
    set("id", c.id.clone());
    set("symbol", c.symbol.as_deref().into());
    set("modules", c.through.iter().map(|m| m.as_str()).collect::<Vec<_>>().into());
    set("conditional", c.open.into());
    set("location", c.place.as_ref().map(place).into());
    set("oldLocation", c.old_place.as_ref().map(place).into());
    if let Some((old, new)) = &c.api_version {
        set("apiVersion", json!({"old": old.as_str(), "new": new.as_str()}));
        let default = |d: &NewDefault| json!({"path": d.path.as_str(), "old": d.old, "new": d.new, "rule": d.rule});
        set("defaults", c.defaults.iter().map(default).collect::<Vec<_>>().into());
    }
    set("properties", c.properties.iter().map(|(p, e)| property(p, *e)).collect::<Vec<_>>().into());
    Json::Object(out)
}

fn property(p: &Property, effect: Option<Effect>) -> Json {
    let mut out = Map::new();
    out.insert("path".to_owned(), p.path.as_str().into());
    out.insert("change".to_owned(), p.kind.as_str().into());
    for (name, side) in [("old", &p.old), ("new", &p.new)] {
        if let Some(side) = side {
            out.insert(name.to_owned(), shown(side));
        }
    }
    out.insert("mayBeTheSame".to_owned(), p.may.into());
    out.insert("dependsOn".to_owned(), p.depends_on.iter().map(|d| d.as_str()).collect::<Vec<_>>().into());
    out.insert("effect".to_owned(), effect.map(Effect::as_str).into());
    Json::Object(out)
}

fn shown(shown: &Shown) -> Json {
    json!({"value": shown.value, "location": shown.place.as_ref().map(place)})
}

fn place(place: &Place) -> Json {
    json!({
        "file": place.file.as_str(),
        "startLine": place.start.line, "startColumn": place.start.column,
        "endLine": place.end.line, "endColumn": place.end.column,
    })
}
