//! `armlint rules`

use std::io::{self, Write};

use serde_json::{Value as Json, json};

use super::args::RulesArgs;
use super::{Error, print, status};
use crate::rules::catalogue::{self, verify};
use crate::rules::language::Entry;
use crate::rules::{entries, find};

pub(super) fn run(args: &RulesArgs) -> Result<u8, Error> {
    verify()?;
    let as_json = args.format == "json";
    match &args.id {
        None => {
            let rules = entries();
            if as_json {
                let all: Json = rules.iter().map(describe).collect();
                print(|out| writeln!(out, "{all:#}"))?;
            } else {
                print(|out| list(rules, out))?;
            }
        }
        Some(id) => {
            let entry = find(id).ok_or_else(|| {
                Error::Usage(format!("there is no rule `{id}`; `armlint rules` lists those there are"))
            })?;
            if as_json {
                let mut one = describe(entry);
                one["help"] = catalogue::markdown(entry).into();
                print(|out| writeln!(out, "{one:#}"))?;
            } else {
                print(|out| page(entry, out))?;
            }
        }
    }
    Ok(status::GOOD)
}

fn describe(e: &Entry<'static>) -> Json {
    json!({
        "rule": e.id, "ref": e.reference, "aliases": e.aliases, "title": e.title, "synopsis": e.synopsis,
        "severity": e.severity.as_str(), "pillar": e.pillar.as_str(), "category": e.category, "resource": e.resource,
        "level": e.level.as_str(), "release": e.release.as_str(), "since": e.since, "targets": e.targets, "configuration": e.config,
        "labels": e.labels.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect::<serde_json::Map<_, _>>(),
        "helpUri": catalogue::uri(e).as_str(),
    })
}

fn list(rules: &[Entry<'static>], out: &mut dyn Write) -> io::Result<()> {
    let width = rules.iter().map(|e| e.id.len()).max().unwrap_or(0);
    for e in rules {
        writeln!(out, "{:width$}  {:10}  {:9}  {}", e.id, e.reference, e.severity.as_str(), e.title)?;
    }
    Ok(())
}

fn page(e: &Entry<'static>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} · {} · {} · {} · {}", e.id, e.reference, e.severity.as_str(), e.pillar.as_str(), e.category)?;
    if !e.config.is_empty() {
        writeln!(out, "Configuration: {}", e.config.join(", "))?;
    }
    writeln!(out, "\n{}", catalogue::markdown(e).trim())
}
