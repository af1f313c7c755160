//! What one rule finds in one file.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use super::excerpt;
use super::paint::Paint;
use crate::check::{Outcome, Safety, Target};
use crate::report::finding::{Finding, importance};
use crate::report::mask::Masks;
use crate::report::place::Places;
use crate::report::{cut, words};
use crate::source::Span;

/// How many targets of one finding are named, and how many of one that is only listed.
const TARGETS: usize = 5;
const TARGETS_LISTED: usize = 3;
/// How many places on the way of a value are shown.
const STEPS: usize = 5;
/// How many further places of a block are shown.
const ROWS: usize = 10;
/// How much of a message is shown where a place is only listed, in UTF-16 code units.
const MESSAGE: usize = 160;

/// What one rule finds in one file: the first place is shown, the others are listed below it.
pub struct Block<'f> {
    /// The first finding.
    pub first: &'f Finding<'f>,
    /// The others, by place.
    others: Vec<&'f Finding<'f>>,
}

/// The path of the file that a finding is in, as it is shown; that of a finding about a file as such is its target's name.
pub fn file(f: &Finding) -> String {
    match (&f.place, f.target()) {
        (Some(place), _) => place.file.shown.clone(),
        (None, Some(target)) if is_file(target) => target.name.to_string(),
        _ => String::new(),
    }
}

fn is_file(target: &Target) -> bool {
    target.type_.starts_with('.')
}

/// The blocks of findings that come in the order of their places: worst first, then by file and place.
pub fn blocks<'f>(findings: &'f [Finding<'f>]) -> Vec<Block<'f>> {
    let mut all: Vec<Block<'f>> = Vec::new();
    let mut index = HashMap::new();
    for f in findings {
        let key = (f.rule.id.as_str(), f.level, f.outcome, file(f));
        match index.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(all.len());
                all.push(Block { first: f, others: Vec::new() });
            }
            Entry::Occupied(entry) => all[*entry.get()].others.push(f),
        }
    }
    all.sort_by_key(|b| importance(b.first));
    all
}

impl Block<'_> {
    /// How many findings it holds.
    pub fn len(&self) -> usize {
        1 + self.others.len()
    }

    /// Draws it; with the address of the rule's page where the rule comes for the first time.
    pub fn write(
        &self,
        first_of_rule: bool,
        places: &Places,
        masks: &Masks,
        paint: &Paint,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let f = self.first;
        let what = if f.outcome == Outcome::Error { "rule failed to run" } else { &*f.rule.title };
        let about = [f.rule.severity.as_str(), f.rule.pillar.as_str(), f.rule.reference.as_str()];
        let about: Vec<&str> = about.into_iter().filter(|a| !a.is_empty()).collect();
        paint.header(f.level, &f.rule.id, what, &about.join(", "), out)?;
        let gutter = match &f.place {
            Some(place) => {
                excerpt::write(place, f.level, masks, paint, out)?;
                excerpt::gutter(place)
            }
            None => 1,
        };
        paint.note(gutter, "why", &words::message(f), out)?;
        let label = match f.targets.as_slice() {
            [t] if is_file(t) => "file",
            [_] => "resource",
            _ => "resources",
        };
        paint.note(gutter, label, &targets(f, paint.screen.limit(TARGETS)), out)?;
        // The value's way, or, where there is none to tell, the places that belong to it.
        let steps = f.flows.first().map(|flow| flow.iter()).into_iter().flatten().chain(f.related.iter().copied());
        // Where it is decided is the line above; what deployments have in common is told once.
        let mut seen: HashSet<Span> = f.span.into_iter().collect();
        let steps: Vec<_> = steps.filter(|s| seen.insert(s.span)).collect();
        for step in steps.iter().take(paint.screen.limit(STEPS)) {
            let at = places.place(step.span).map(|p| p.shown()).unwrap_or_default();
            paint.note(gutter, "see", &format!("{at}: {}", step.message), out)?;
        }
        if let Some(fix) = f.fix {
            let look = if fix.safety == Safety::Review { " (look at it first: it may reach further)" } else { "" };
            paint.note(gutter, "fix", &format!("{}{look}", fix.description), out)?;
        }
        self.list(gutter, paint, out)?;
        if first_of_rule && !f.rule.help_uri.is_empty() {
            paint.note(gutter, "help", &f.rule.help_uri, out)?;
        }
        writeln!(out)
    }

    /// The other places, those with the same words together: they stand once.
    fn list(&self, gutter: usize, paint: &Paint, out: &mut impl Write) -> io::Result<()> {
        if self.others.is_empty() {
            return Ok(());
        }
        // The words that are new, and the findings that say them; none first.
        let mut groups: Vec<(String, Vec<&Finding>)> = vec![(String::new(), Vec::new())];
        let mut index: HashMap<Vec<String>, usize> = HashMap::from([(Vec::new(), 0)]);
        let told: HashSet<String> = sentences(self.first).into_iter().map(|(shape, _)| shape).collect();
        for f in &self.others {
            let new = sentences(f).into_iter().filter(|(shape, _)| !told.contains(shape));
            let (shapes, words): (Vec<String>, Vec<String>) = new.unzip();
            let at = *index.entry(shapes).or_insert(groups.len());
            if at == groups.len() {
                groups.push((words.join(" "), Vec::new()));
            }
            groups[at].1.push(f);
        }
        let places = words::count(self.others.len(), "more place");
        let here = if file(self.first).is_empty() { "" } else { " in this file" };
        paint.note(gutter, "also", &format!("{places}{here}"), out)?;
        let limit = paint.screen.limit(ROWS);
        let mut shown = 0;
        for (words, group) in &groups {
            for (i, f) in group.iter().enumerate() {
                if shown == limit {
                    let left = self.others.len() - shown;
                    return paint.item(gutter + 5, &format!("and {left} more (--show-all)"), out);
                }
                shown += 1;
                let mut text = f.place.as_ref().map_or_else(|| file(f), |p| p.shown());
                let names: Vec<&str> = f.targets.iter().take(TARGETS_LISTED).map(|t| words::name(t)).collect();
                text.push_str(&format!("  {}", names.join(", ")));
                if f.targets.len() > names.len() {
                    text.push_str(&format!(" and {} more", f.targets.len() - names.len()));
                }
                if i == 0 && !words.is_empty() {
                    text.push_str(&format!(" - {}", cut::text(words, MESSAGE).as_ref().unwrap_or(words)));
                }
                paint.item(gutter + 5, &text, out)?;
            }
        }
        Ok(())
    }
}

/// What a finding is about: `apim-01 and apim-02 (Microsoft.ApiManagement/service)`.
fn targets(f: &Finding, limit: usize) -> String {
    let mut names: Vec<(String, usize)> = Vec::new();
    let mut index = HashMap::new();
    let type_ = f.target().map(|t| &t.type_).filter(|type_| f.targets.iter().all(|t| t.type_ == **type_));
    let type_ = type_.filter(|type_| !type_.starts_with('.'));
    for t in &f.targets {
        let name = if type_.is_some() { words::name(t).to_owned() } else { words::target(t) };
        let at = *index.entry(name.clone()).or_insert(names.len());
        if at == names.len() {
            names.push((name, 0));
        }
        names[at].1 += 1;
    }
    let shown = if names.len() > limit { limit.saturating_sub(1) } else { names.len() };
    let (shown, left) = names.split_at(shown);
    if let ([(name, n)], Some(type_), true) = (shown, type_, left.is_empty()) {
        return if *n > 1 { format!("{name} ({type_}), {n} times") } else { format!("{name} ({type_})") };
    }
    let mut parts: Vec<String> =
        shown.iter().map(|(name, n)| if *n > 1 { format!("{name} ({n} times)") } else { name.clone() }).collect();
    if !left.is_empty() {
        parts.push(format!("{} more", left.len()));
    }
    let mut text = match parts.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => parts.concat(),
    };
    if let Some(type_) = type_ {
        text.push_str(&format!(" ({type_})"));
    }
    text
}

/// The sentences of a finding's message, each with what it is apart from the name of the resource.
fn sentences(f: &Finding) -> Vec<(String, String)> {
    let message = words::message(f);
    let names = f.target().map(|t| [words::name(t), words::name(t).rsplit('/').next().unwrap_or_default()]);
    let shape = |sentence: &str| {
        let names = names.iter().flatten().filter(|n| !n.is_empty());
        names.fold(sentence.to_owned(), |text, name| text.replace(name, "\0"))
    };
    let mut rest = message.as_str();
    let mut out = Vec::new();
    while !rest.is_empty() {
        let (sentence, more) = rest.find(". ").map_or((rest, ""), |at| (&rest[..=at], rest[at + 1..].trim_start()));
        out.push((shape(sentence), sentence.to_owned()));
        rest = more;
    }
    out
}
