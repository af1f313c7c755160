//! `armlint rules`

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};

use super::narrow::Narrow;
use super::rules_new::NewRuleArgs;
use super::{Error, print, rules_local, rules_new, rules_test, status, working_directory};
use crate::check;
use crate::diagnostic::Level;
use crate::documents::{RuleDocument, bare};
use crate::glob::{self, is_glob};
use crate::rules::catalogue::{self, check_of, is_like, verify};
use crate::rules::filter::severity;
use crate::rules::language::Entry;
use crate::rules::{Marks, RuleSet, Selection, SelectionError, Severity, entries, named, similar};
use crate::session::{Options, Session};

type Rule = &'static Entry<'static>;

/// Options of `rules`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct RulesArgs {
    /// What is done with rules, instead of showing them.
    #[command(subcommand)]
    pub action: Option<RulesAction>,
    /// A rule's id, reference or alias, or a check of another tool such as CKV_AZURE_9; a glob of these; or words to look for
    #[arg(value_name = "ID|WORDS")]
    pub words: Vec<String>,
    /// Which rules matter.
    #[command(flatten)]
    pub narrow: Narrow,
    /// Only rules of exactly this severity; may be repeated
    #[arg(long = "severity", value_name = "SEVERITY", value_parser = severity)]
    pub severities: Vec<Severity>,
    /// Only rules of this set
    #[arg(long, value_name = "NAME")]
    pub baseline: Option<String>,
    /// Only rules for whose findings a fix can be offered
    #[arg(long)]
    pub fixable: bool,
    /// text, or json
    #[arg(short, long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub format: String,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
}

/// What can be done with rules besides showing them.
#[derive(Debug, Subcommand)]
pub enum RulesAction {
    /// A page for a new rule of armlint's own, made of one that checks something alike
    New(NewRuleArgs),
    /// Run the examples of the pages below a folder
    Test {
        /// The folder
        folder: PathBuf,
    },
}

pub(super) fn run(args: &RulesArgs) -> Result<u8, Error> {
    verify()?;
    match &args.action {
        Some(RulesAction::New(args)) => return rules_new::run(args),
        Some(RulesAction::Test { folder }) => return rules_test::run(folder),
        None => {}
    }
    let as_json = args.json || args.format == "json";
    let session = session();
    let all = all(session.as_ref());
    let documents = session.as_ref().map(|s| s.config().documents.as_ref());
    let all_local: Vec<&RuleDocument> = documents.iter().flat_map(|d| &d.rules).collect();
    let (mut local, is_local_name) = rules_local::meant(&args.words, &all_local);
    let (mut rules, is_name) = match meant(&args.words, &all, &all_local) {
        Err(_) if !local.is_empty() => (Vec::new(), is_local_name),
        found => found?,
    };
    let before = rules.len() + local.len();
    narrow(args, &all, &mut rules, &all_local, &mut local)?;
    if rules.is_empty() && local.is_empty() {
        let there = format!("the options keep none of the {before} rules; widen them");
        return Err(Error::Usage(there));
    }
    if let (true, [], [rule]) = (is_local_name, rules.as_slice(), local.as_slice()) {
        let at = session.as_ref().and_then(|s| rules_local::place(rule, s));
        match as_json {
            true => print(|out| writeln!(out, "{:#}", rules_local::describe(rule, at.as_deref(), true)))?,
            false => print(|out| rules_local::page(rule, at.as_deref(), out))?,
        }
        return Ok(status::GOOD);
    }
    // A name that ours go by means ours, as everywhere.
    if is_name {
        local.clear();
    }
    match rules.as_slice() {
        [rule] if is_name && as_json => {
            let mut one = describe(rule);
            one["help"] = catalogue::markdown(rule).into();
            print(|out| writeln!(out, "{one:#}"))?;
        }
        [rule] if is_name => print(|out| page(rule, out))?,
        rules if as_json => {
            let at = |r: &RuleDocument| session.as_ref().and_then(|s| rules_local::place(r, s));
            let ours = rules.iter().map(|e| describe(e));
            let all: Json =
                ours.chain(local.iter().map(|r| rules_local::describe(r, at(r).as_deref(), false))).collect();
            print(|out| writeln!(out, "{all:#}"))?;
        }
        rules => print(|out| list(rules, &local, out))?,
    }
    Ok(status::GOOD)
}

/// What knows the rules of the repository. A configuration that is wrong does not stand in the way of reading a page, so it is only
/// told.
fn session() -> Option<Session> {
    let options = |base| Options { once: true, ..Options::new(base) };
    let session = working_directory().and_then(|base| Ok(Session::new(options(base))?));
    session.inspect_err(|e| eprintln!("armlint: warning: rules of this repository are not listed: {e:#}")).ok()
}

/// The rules that are pages: ours, and the repository's own.
fn all(session: Option<&Session>) -> Vec<Rule> {
    entries().iter().chain(session.into_iter().flat_map(|s| s.config().pages.entries().iter().copied())).collect()
}

/// The rules that words mean, and whether they are the name of something: a rule, or a check of another tool, which can take
/// several. Without words all rules.
fn meant(words: &[String], all: &[Rule], local: &[&RuleDocument]) -> Result<(Vec<Rule>, bool), Error> {
    if let [name] = words {
        let own = |e: &&Rule| e.names().any(|n| n.eq_ignore_ascii_case(name));
        let named = match named(name) {
            none if none.is_empty() => all.iter().filter(own).copied().collect(),
            named => named,
        };
        if !named.is_empty() {
            return Ok((named, true));
        }
        if is_glob(name) {
            let glob = glob::name(name).ok_or_else(|| SelectionError::Pattern(name.clone()))?;
            let like: Vec<Rule> = all.iter().filter(|e| is_like(e, &glob)).copied().collect();
            return if like.is_empty() { Err(nothing(words, all, local)) } else { Ok((like, false)) };
        }
    }
    let has_all = has_all(words);
    let found = |e: &Rule| has_all(&[e.id, e.title, e.synopsis, e.resource]);
    let found: Vec<Rule> = all.iter().copied().filter(found).collect();
    if found.is_empty() { Err(nothing(words, all, local)) } else { Ok((found, false)) }
}

/// Whether some texts have all words among them, without regard to case.
pub(super) fn has_all(words: &[String]) -> impl Fn(&[&str]) -> bool {
    let wanted: Vec<String> = words.iter().flat_map(|w| w.split_whitespace()).map(str::to_lowercase).collect();
    move |texts| {
        let text = texts.join("\n").to_lowercase();
        wanted.iter().all(|word| text.contains(word.as_str()))
    }
}

fn nothing(words: &[String], all: &[Rule], local: &[&RuleDocument]) -> Error {
    let asked = words.join(" ");
    let names = all.iter().flat_map(|e| [e.id].into_iter().chain(e.aliases.iter().copied()));
    let names = names.chain(local.iter().flat_map(|r| r.names()));
    Error::Usage(match similar(&asked, names) {
        Some(similar) => format!("there is no rule `{asked}`; did you mean `{similar}`?"),
        None => {
            format!("there is no rule `{asked}`, and no rule has these words; `armlint rules` lists those there are")
        }
    })
}

fn narrow(
    args: &RulesArgs,
    all: &[Rule],
    rules: &mut Vec<Rule>,
    all_local: &[&RuleDocument],
    local: &mut Vec<&RuleDocument>,
) -> Result<(), Error> {
    let filter = args.narrow.filter();
    if !filter.is_empty() {
        let marks = all.iter().copied().map(Marks::from).chain(all_local.iter().map(|r| r.marks()));
        filter.check(&marks.collect::<Vec<_>>()).map_err(SelectionError::from)?;
        rules.retain(|e| filter.keeps(&Marks::from(*e)));
        local.retain(|r| filter.keeps(&r.marks()));
    }
    // Documents belong to no set of ours, and come with no fixes.
    local.retain(|_| args.baseline.is_none() && !args.fixable);
    local.retain(|r| args.severities.is_empty() || args.severities.contains(&r.rule.severity));
    if let Some(baseline) = &args.baseline {
        let set = RuleSet::select(&Selection { baseline: Some(bare(baseline)), ..Selection::default() })?;
        let ids: HashSet<&str> = set.rules().iter().map(|r| r.entry.id).collect();
        rules.retain(|e| ids.contains(e.id));
    }
    rules.retain(|e| args.severities.is_empty() || args.severities.contains(&e.severity));
    rules.retain(|e| !args.fixable || is_fixable(e));
    Ok(())
}

fn is_fixable(rule: &Entry<'static>) -> bool {
    check::language::is_fixable(rule.reference) || check_of(rule).is_ok_and(|check| check::is_fixable(&check))
}

fn describe(e: &Entry<'static>) -> Json {
    json!({
        "rule": e.id, "ref": e.reference, "aliases": e.aliases, "peers": e.peers, "cwe": e.cwe, "title": e.title, "synopsis": e.synopsis,
        "severity": e.severity.as_str(), "pillar": e.pillar.as_str(), "category": e.category, "resource": e.resource,
        "level": Level::from(e.severity).as_str(), "psruleLevel": e.level.as_str(), "fixable": is_fixable(e), "caution": e.caution,
        "release": e.release.as_str(), "since": e.since, "reviewed": e.reviewed,
        "optIn": e.opt_in, "targets": e.targets, "configuration": e.config,
        "labels": e.labels.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect::<serde_json::Map<_, _>>(),
        "helpUri": catalogue::uri(e).as_str(),
    })
}

fn list(rules: &[Rule], local: &[&RuleDocument], out: &mut dyn Write) -> io::Result<()> {
    let ids = rules.iter().map(|e| e.id).chain(local.iter().map(|r| r.rule.id.as_str()));
    let width = ids.map(str::len).max().unwrap_or(0);
    for e in rules {
        writeln!(out, "{:width$}  {:10}  {:9}  {}", e.id, e.reference, e.severity.as_str(), e.title)?;
    }
    local.iter().try_for_each(|rule| rules_local::line(rule, width, out))
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
