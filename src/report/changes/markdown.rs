//! Changes for the comment of a pull request, or the summary of a job: a table by resource type, then the changes, folded, the
//! worst first. GitHub refuses a comment of more than 65,536 characters, so there are never more than [`MOST`].

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::{
    Block, Report, Same, blocks, default, fate, heading, looked_at, names, picture, place_of, remarks, sign, totals,
    value,
};
use crate::diff::{Change, Effect, Kind, Place, PropertyKind};
use crate::report::place::encode;
use crate::report::{cut, escape, words};

/// The most characters of all.
const MOST: usize = 60_000;
/// Room for what is said of what is left out.
const RESERVE: usize = 500;
/// Rows of the table, and characters of a value and of a name.
const ROWS: usize = 30;
const VALUE: usize = 300;
const NAME: usize = 200;
/// Properties of one resource.
const PROPERTIES: usize = 40;
/// More resources are not drawn in a comment.
const DRAWN: usize = 40;
/// Blocks that stand open.
const OPEN: usize = 1;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let changes = report.changes;
    let mut text = String::new();
    text.push_str("### What changes in Azure\n\n");
    let verdict = match (changes.is_empty(), changes.is_whole()) {
        (true, true) => "Nothing".to_owned(),
        (true, false) => "Nothing that is known".to_owned(),
        (false, _) => totals(changes),
    };
    text.push_str(&format!(
        "**{verdict}** ({}), from {} to {}.\n",
        looked_at(changes),
        named(&changes.before),
        named(&changes.after)
    ));
    table(report, &mut text);
    let said = [("Not compared", &changes.notes), ("Could not be expanded", &changes.errors)];
    for (title, all) in said.into_iter().filter(|(_, all)| !all.is_empty()) {
        let lines = all.iter().take(ROWS).map(|n| format!("- {}", escape::prose(&cut::visible(n, VALUE))));
        let more = all.len().saturating_sub(ROWS);
        let more = (more > 0).then(|| format!("- …and {more} more"));
        let lines: Vec<String> = lines.chain(more).collect();
        text.push_str(&format!(
            "\n<details><summary>{title}: {}</summary>\n\n{}\n\n</details>\n",
            all.len(),
            lines.join("\n")
        ));
    }
    let picture = picture(report)?;
    let mut used = text.chars().count() + picture.chars().count();
    let blocks = blocks(changes);
    let (mut hidden, mut shown) = (0, 0);
    for block in &blocks {
        let (head, tail) = frame(block, shown < OPEN);
        let mut body = String::new();
        let mut room = (MOST - RESERVE).saturating_sub(used + head.chars().count() + tail.chars().count());
        for same in &block.changes {
            let one = resource(report, same);
            let length = one.chars().count();
            if length > room {
                hidden += 1;
                continue;
            }
            room -= length;
            body.push_str(&one);
        }
        if !body.is_empty() {
            let whole = format!("{head}{body}{tail}");
            used += whole.chars().count();
            text.push_str(&whole);
            shown += 1;
        }
    }
    text.push_str(&picture);
    if hidden > 0 {
        let more = words::count(hidden, "more changed resource");
        text.push_str(&format!("\n…and {more}, for which there is no room here; `armlint diff` shows all.\n"));
    }
    out.write_all(text.as_bytes())
}

/// The changes as a picture, folded; empty where there is nothing to be seen in it, or too much.
fn picture(report: &Report<'_>) -> io::Result<String> {
    let changes = report.changes.entries.iter().flat_map(|e| &e.changes).filter(|c| !c.is_api_only()).count();
    if !(2..=DRAWN).contains(&changes) {
        return Ok(String::new());
    }
    let mut drawn = Vec::new();
    picture::write(report, &mut drawn)?;
    let drawn = String::from_utf8_lossy(&drawn);
    Ok(format!("\n<details><summary>Picture</summary>\n\n```mermaid\n{drawn}```\n\n</details>\n"))
}

fn named(side: &str) -> String {
    escape::code(&cut::visible(side, NAME))
}

/// How many of which type.
fn table(report: &Report<'_>, text: &mut String) {
    let mut by: BTreeMap<String, [usize; 4]> = BTreeMap::new();
    for c in report.changes.entries.iter().flat_map(|e| &e.changes).filter(|c| !c.is_api_only()) {
        let row = by.entry(c.type_.to_string()).or_default();
        let at = match (c.kind, c.effect()) {
            (_, Some(_)) => 3,
            (Kind::Created, _) => 0,
            (Kind::Changed, _) => 1,
            (Kind::Removed, _) => 2,
        };
        if let Some(n) = row.get_mut(at) {
            *n += 1;
        }
    }
    if by.is_empty() {
        return;
    }
    let mut rows: Vec<(String, [usize; 4])> = by.into_iter().collect();
    rows.sort_by_key(|(_, [created, changed, removed, replaced])| {
        std::cmp::Reverse((*replaced, *removed, *changed, *created))
    });
    text.push_str("\n| Type | Created | Changed | Removed | Replaced or refused |\n| :-- | --: | --: | --: | --: |\n");
    for (type_, n) in rows.iter().take(ROWS) {
        let n = n.map(|n| if n == 0 { String::new() } else { n.to_string() });
        text.push_str(&format!("| {} | {} |\n", escape::code_in_table(&cut::visible(type_, NAME)), n.join(" | ")));
    }
    if rows.len() > ROWS {
        text.push_str(&format!("\n…and {}.\n", words::count(rows.len() - ROWS, "more type")));
    }
}

/// What stands around the changes of some entry points.
fn frame(block: &Block<'_>, open: bool) -> (String, String) {
    let count = |of: fn(&Change) -> bool| block.changes.iter().filter(|s| of(s.change)).count();
    let worst = count(|c| c.effect().is_some());
    let worst = if worst > 0 { format!(", {worst} replaced or refused") } else { String::new() };
    let head = format!(
        "\n<details{}><summary><b>{}</b>: {}{worst}</summary>\n\n",
        if open { " open" } else { "" },
        html(&heading(block)),
        words::count(block.changes.len(), "resource")
    );
    (head, "\n</details>\n".to_owned())
}

/// Text within HTML, in which GitHub reads no Markdown, but names of people and numbers of issues.
fn html(text: &str) -> String {
    let mut out = String::new();
    for c in cut::visible(text, NAME).chars() {
        match c {
            '&' | '<' | '>' | '"' | '\'' | '@' | '#' | '$' | ':' | '`' => out.push_str(&format!("&#{};", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

fn resource(report: &Report<'_>, same: &Same<'_>) -> String {
    let c = same.change;
    let word = match (sign(c), c.kind) {
        ('!', _) if c.effect() == Some(Effect::Refused) => "⛔ cannot be updated",
        ('!', _) => "♻️ replaced",
        (_, Kind::Created) => "➕ created",
        (_, Kind::Removed) => "➖ removed",
        (_, Kind::Changed) => "✏️ changed",
    };
    let name = escape::code(&cut::visible(&names(same), NAME));
    let at = c.place.as_ref().map(|p| format!(", {}", linked(report, p)));
    let at = at.or_else(|| c.old_place.as_ref().map(|p| format!(", was in {}", escape::code(&line(p)))));
    let mut out =
        format!("- **{word}** {name} ({}){}\n", escape::code(&cut::visible(&c.type_, NAME)), at.unwrap_or_default());
    if let Some(old) = c.old_name.as_ref().filter(|_| same.names.len() == 1) {
        out.push_str(&format!("  - was {}\n", escape::code(&cut::visible(old, NAME))));
    }
    if let Some(fate) = fate(c) {
        out.push_str(&format!("  - {fate}\n"));
    }
    if let Some((old, new)) = &c.api_version {
        out.push_str(&format!(
            "  - API version {} → {}\n",
            escape::code(&cut::visible(old, NAME)),
            escape::code(&cut::visible(new, NAME))
        ));
    }
    for d in &c.defaults {
        let path = escape::code(&d.path);
        out.push_str(&format!("  - {path} {} → {}; {}\n", escape::code(d.old), escape::code(d.new), default(d)));
    }
    for (p, effect) in c.properties.iter().take(PROPERTIES) {
        let path = escape::code(&cut::visible(&p.path, NAME));
        let [old, new] = [&p.old, &p.new].map(|s| escape::code(&value(s.as_ref(), VALUE)));
        let values = match p.kind {
            PropertyKind::Added => format!("added: {new}"),
            PropertyKind::Removed => format!("removed: {old}"),
            PropertyKind::Changed | PropertyKind::Order => format!("{old} → {new}"),
        };
        let at =
            place_of(p).filter(|_| p.new.is_some()).map(|p| format!(" ({})", linked(report, p))).unwrap_or_default();
        let remarks = remarks(p, *effect);
        let remarks =
            if remarks.is_empty() { String::new() } else { format!("; {}", escape::prose(&remarks.join("; "))) };
        out.push_str(&format!("  - {path} {values}{at}{remarks}\n"));
    }
    let more = c.properties.len().saturating_sub(PROPERTIES);
    if more > 0 {
        out.push_str(&format!("  - …and {}\n", words::count(more, "more property")));
    }
    out
}

fn line(place: &Place) -> String {
    cut::visible(&format!("{}:{}", place.file, place.start.line), NAME).into_owned()
}

/// `path:line`, as a link where that is known.
fn linked(report: &Report<'_>, place: &Place) -> String {
    let words = escape::code(&line(place));
    let uri = place.file.split('/').map(encode).collect::<Vec<_>>().join("/");
    let provenance = report.provenance.as_ref().filter(|_| !place.file.starts_with(['.', '/']));
    match provenance.and_then(|p| p.link(&uri, place.start.line)) {
        Some(link) => format!("[{words}]({link})"),
        None => words,
    }
}
