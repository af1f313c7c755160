//! `armlint rules new`: a page for a new rule, made of one that checks something alike.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Error, print, status};
use crate::rules::language::{Entry, OWN_RULES};
use crate::rules::{entries, named};

/// Options of `rules new`.
#[derive(Debug, Args)]
pub struct NewRuleArgs {
    /// The id of the new rule, such as Armlint.Storage.MinTLS
    pub id: String,
    /// The rule whose page is taken as it is, but for what is said in words
    #[arg(long, value_name = "ID")]
    pub like: String,
    /// Write the page below the folder of pages instead of to standard output
    #[arg(long)]
    pub write: bool,
    /// The folder of pages, in a clone of armlint
    #[arg(long, value_name = "DIR", default_value = "rules")]
    pub rules: PathBuf,
}

/// What a new page says where somebody has to write.
const TEXTS: [(&str, &str); 3] = [
    ("Synopsis", "Say in one or two sentences what should be, and of what."),
    (
        "Description",
        "Say what goes wrong otherwise, which property is looked at, what Azure takes where it is left out, and what is not judged.",
    ),
    ("Recommendation", "Say what to change, and to what."),
];

pub(super) fn run(args: &NewRuleArgs) -> Result<u8, Error> {
    let usage = |message: String| Err(Error::Usage(message));
    let like = match named(&args.like).as_slice() {
        [entry] => *entry,
        [] => return usage(format!("there is no rule `{}`; `armlint rules` lists those there are", args.like)),
        _ => return usage(format!("`{}` means several rules; name one", args.like)),
    };
    if !named(&args.id).is_empty() {
        return usage(format!("there is a rule `{}` already", args.id));
    }
    let segments: Vec<&str> = args.id.split('.').collect();
    let [_, service, _, ..] = segments.as_slice() else {
        return usage(format!("`{}` is no rule id; write {OWN_RULES}Storage.MinTLS, for example", args.id));
    };
    let source = page(&args.rules, like.id);
    let text = std::fs::read_to_string(&source).map_err(|e| {
        Error::Usage(format!(
            "cannot read {}: {e}; run this in a clone of armlint, or name its rules with --rules",
            source.display()
        ))
    })?;
    let new = scaffold(&text, &args.id, &next_reference(entries()), newest())
        .ok_or_else(|| Error::Usage(format!("{} is no page: it has no front matter", source.display())))?;
    if !args.write {
        print(|out| out.write_all(new.as_bytes()))?;
        return Ok(status::GOOD);
    }
    let path = page(&args.rules, &args.id);
    let failed = |reason: io::Error| Error::Write { what: path.display().to_string(), reason };
    if path.exists() {
        return Err(failed(io::ErrorKind::AlreadyExists.into()));
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(&path, new).map_err(failed)?;
    print(|out| {
        writeln!(
            out,
            "{} is a page like {}: {service} is its service. Change it, then run\nRULE_PAGE={} cargo test --test rule_pages -- --nocapture",
            path.display(),
            like.id,
            args.id
        )
    })?;
    Ok(status::GOOD)
}

/// Where the page of a rule lies.
fn page(rules: &Path, id: &str) -> std::path::PathBuf {
    let service = id.split('.').nth(1).unwrap_or_default().to_ascii_lowercase();
    rules.join(service).join(format!("{id}.md"))
}

/// The first reference of our own that is free: `ALR-0071`.
fn next_reference<'e>(entries: impl IntoIterator<Item = &'e Entry<'static>>) -> String {
    let numbers = entries.into_iter().filter_map(|e| e.reference.strip_prefix("ALR-")?.parse::<u32>().ok());
    format!("ALR-{:04}", numbers.max().unwrap_or(0) + 1)
}

/// The newest set of rules: that which a new one comes with.
fn newest() -> &'static str {
    entries().iter().map(|e| e.since).max().unwrap_or_default()
}

/// A page with another id, a free reference, and prompts where somebody has to write. What is true of the other rule only goes:
/// its former names, the checks of other tools, the month of its review, its notes.
fn scaffold(like: &str, id: &str, reference: &str, since: &str) -> Option<String> {
    let like = like.replace("\r\n", "\n");
    let (front, body) = like.strip_prefix("---\n")?.split_once("\n---\n")?;
    let mut out = String::from("---\n");
    let mut dropped = false;
    for line in front.lines() {
        let key = line.split_once(':').map(|(key, _)| key).filter(|key| !key.starts_with([' ', '-', '#']));
        // A value can go on below its key.
        dropped = key.map_or(dropped, |key| matches!(key, "aliases" | "peers" | "reviewed"));
        let _ = match key {
            _ if dropped => Ok(()),
            Some("id") => writeln!(out, "id: {id}"),
            Some("ref") => writeln!(out, "ref: {reference}"),
            Some("since") => writeln!(out, "since: \"{since}\""),
            _ => writeln!(out, "{line}"),
        };
    }
    out.push_str("---\n\n# Say what to do, as a command\n");
    for section in body.split("\n## ").skip(1) {
        let (name, text) = section.split_once('\n').unwrap_or((section, ""));
        let text = TEXTS.iter().find(|(n, _)| *n == name).map_or(text.trim_matches('\n'), |(_, prompt)| prompt);
        if name != "Notes" {
            let _ = write!(out, "\n## {name}\n\n{text}\n");
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_true_of_the_other_rule_only_goes() {
        let like = "---\nid: Azure.A.B\nref: AZR-1\npeers:\n  - X\nsince: 2020_06\nseverity: Critical\nreviewed: 2026-11\n---\n\n# Title\n\n## Synopsis\n\nOld.\n\n## Examples\n\n```json pass\n{}\n```\n\n## Notes\n\nOld.\n\n## Links\n\n- [a](b)\n";
        let new = scaffold(like, "Armlint.A.C", "ALR-0002", "2026_12").unwrap();
        assert!(
            new.starts_with(
                "---\nid: Armlint.A.C\nref: ALR-0002\nsince: \"2026_12\"\nseverity: Critical\n---\n\n# Say"
            ),
            "{new}"
        );
        assert!(!new.contains("Old") && !new.contains("Notes") && new.ends_with("## Links\n\n- [a](b)\n"), "{new}");
        assert_eq!(scaffold("# Title\n", "Armlint.A.C", "ALR-0002", "2026_12"), None);
    }

    #[test]
    fn the_next_reference_is_free() {
        let reference = next_reference(entries());
        assert!(entries().iter().all(|e| e.reference != reference) && reference.starts_with("ALR-"), "{reference}");
    }
}
