//! `armlint rules`

use std::io::{self, Write};

use serde_json::{Value as Json, json};

use super::args::RulesArgs;
use super::{Error, print, status};
use crate::rules::catalogue::{self, verify};
use crate::rules::language::Entry;
use crate::rules::{entries, named};

pub(super) fn run(args: &RulesArgs) -> Result<u8, Error> {
    verify()?;
    let as_json = args.format == "json";
    match &args.id {
        None => {
            let rules: Vec<_> = entries().iter().collect();
            if as_json {
                let all: Json = rules.iter().map(|e| describe(e)).collect();
                print(|out| writeln!(out, "{all:#}"))?;
            } else {
                print(|out| list(&rules, out))?;
            }
        }
        Some(id) => match named(id).as_slice() {
            [] => return Err(Error::Usage(format!("there is no rule `{id}`; `armlint rules` lists those there are"))),
            [entry] if as_json => {
                let mut one = describe(entry);
                one["help"] = catalogue::markdown(entry).into();
                print(|out| writeln!(out, "{one:#}"))?;
            }
            [entry] => print(|out| page(entry, out))?,
            // A check of another tool can take several.
            several if as_json => {
                let all: Json = several.iter().map(|e| describe(e)).collect();
                print(|out| writeln!(out, "{all:#}"))?;
            }
            several => print(|out| list(several, out))?,
        },
    }
    Ok(status::GOOD)
}

fn describe(e: &Entry<'static>) -> Json {
    json!({
        "rule": e.id, "ref": e.reference, "aliases": e.aliases, "peers": e.peers, "cwe": e.cwe, "title": e.title, "synopsis": e.synopsis,
        "severity": e.severity.as_str(), "pillar": e.pillar.as_str(), "category": e.category, "resource": e.resource,
        "level": e.level.as_str(), "release": e.release.as_str(), "since": e.since, "reviewed": e.reviewed,
        "optIn": e.opt_in, "targets": e.targets, "configuration": e.config,
        "labels": e.labels.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect::<serde_json::Map<_, _>>(),
        "helpUri": catalogue::uri(e).as_str(),
    })
}

fn list(rules: &[&Entry<'static>], out: &mut dyn Write) -> io::Result<()> {
    let width = rules.iter().map(|e| e.id.len()).max().unwrap_or(0);
    for e in rules {
        writeln!(out, "{:width$}  {:10}  {:9}  {}", e.id, e.reference, e.severity.as_str(), e.title)?;
    }
    Ok(())
}

fn page(e: &Entry<'static>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} · {} · {} · {} · {}", e.id, e.reference, e.severity.as_str(), e.pillar.as_str(), e.category)?;
    for (what, list) in [("Configuration", &e.config), ("Weaknesses", &e.cwe), ("Other tools", &e.peers)] {
        if !list.is_empty() {
            writeln!(out, "{what}: {}", list.join(", "))?;
        }
    }
    if e.opt_in {
        writeln!(out, "Runs in Armlint.Security and Armlint.All, or where --rule names it")?;
    }
    writeln!(out, "\n{}", catalogue::markdown(e).trim())
}
