//! What the text under the pointer comes to, and what the findings there are about.

use std::path::Path;

use gen_lsp_types::{Contents, Hover, HoverParams, MarkupContent, MarkupKind, TextDocumentPositionParams};

use super::client::Refusal;
use super::names;
use super::values::{self, Answer, Came};
use super::worker::State;
use super::{properties, uri};
use crate::report::escape::{code, markdown, prose};
use crate::rules::Rule;
use crate::session::{Session, Verdicts};
use crate::source::is_json;

/// How many different values are shown.
const VALUES: usize = 10;

/// How many entry points one value names.
const NAMES: usize = 3;

/// What is shown for a place.
pub fn hover(state: &mut State, params: &HoverParams) -> Result<Option<Hover>, Refusal> {
    let TextDocumentPositionParams { text_document, position } = &params.text_document_position_params;
    let Some(path) = uri::path(&text_document.uri) else { return Ok(None) };
    let State { documents, workspace, .. } = state;
    let Some(folder) = workspace.owner_mut(&path) else { return Ok(None) };
    let Some(text) = folder.text(&path) else { return Ok(None) };
    let lines = documents.lines(&path, &text);
    let byte = lines.offset(*position);
    let mut parts = Vec::new();
    let mut place = None;
    if let Some(session) = folder.session() {
        // What a loop or lambda binds has no value where it is bound; around it stands the whole of it.
        let is_bound = names::read(session, &path).is_some_and(|read| names::is_bound(&read, byte));
        let answer = if is_bound { Answer::default() } else { values::at(session, &path, byte) };
        place = answer.span.filter(|_| !answer.came.is_empty());
        parts.extend(place.map(|_| shown(&answer, session)));
        let source = session.sources().load(&path).ok().filter(|_| is_json(&path));
        if let Some((known, span)) = source.and_then(|source| properties::explained(&source, byte)) {
            place = place.or(Some(span));
            parts.push(known);
        }
    }
    let shown = folder.shows.files.get(&path).into_iter().flatten();
    let here = shown.filter(|s| s.bytes.start <= byte && byte <= s.bytes.end);
    let verdicts = folder.verdicts();
    let rule = |v: &Verdicts, i: usize| v.results().get(i).map(|r| r.rule.clone());
    let mut rules: Vec<_> = here.filter_map(|s| rule(verdicts?, s.result?)).collect();
    rules.dedup_by(|a, b| a.id == b.id);
    parts.extend(rules.iter().map(|rule| explained(rule)));
    if parts.is_empty() {
        return Ok(None);
    }
    let value = parts.join("\n\n---\n\n");
    let contents = Contents::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value });
    Ok(Some(Hover { contents, range: place.map(|span| lines.range(span.range())) }))
}

fn explained(rule: &Rule) -> String {
    let page = &rule.help_uri;
    let id = if page.is_empty() { markdown(&rule.id) } else { format!("[{}]({page})", markdown(&rule.id)) };
    format!("**{id}**: {}", prose(&rule.synopsis))
}

/// The values, each once, with the entry points that have it.
fn shown(answer: &Answer, session: &Session) -> String {
    let mut groups: Vec<(&Came, Vec<&Path>)> = Vec::new();
    for came in &answer.came {
        match groups.iter_mut().find(|(first, _)| first.value == came.value && first.way.last() == came.way.last()) {
            Some((_, entries)) => entries.push(&came.entry),
            None => groups.push((came, vec![&came.entry])),
        }
    }
    let many = groups.len() > 1 || answer.more > 0;
    let mut out: Vec<String> = Vec::new();
    for (came, entries) in groups.iter().take(VALUES) {
        let decided = came.way.last().filter(|last| came.way.first() != Some(last));
        let decided = decided.and_then(|span| link(session, *span)).map(|at| format!(", decided in {at}"));
        let value = format!("{}{}", code(&came.value), decided.unwrap_or_default());
        out.push(if many { format!("- {value} ({})", names(entries)) } else { value });
    }
    let left = groups.len().saturating_sub(VALUES);
    if left > 0 {
        out.push(format!("- and {left} more values"));
    }
    if answer.more > 0 {
        out.push(format!("- {} more entry points lead here and were not asked", answer.more));
    }
    out.join("\n")
}

fn names(entries: &[&Path]) -> String {
    let mut entries = entries.to_vec();
    entries.dedup();
    let name = |path: &&&Path| path.file_name().map(|n| markdown(&n.to_string_lossy())).unwrap_or_default();
    let more = entries.len().saturating_sub(NAMES);
    let names: Vec<String> = entries.iter().take(NAMES).map(|p| name(&p)).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names.join(", "))
}

/// A link to the line that a span begins in.
fn link(session: &Session, span: crate::read::Span) -> Option<String> {
    let source = session.sources().get(span.file)?;
    let line = source.position(span.start).line;
    let name = source.path.file_name()?.to_string_lossy();
    Some(format!("[{}:{line}]({}#L{line})", markdown(&name), uri::of(&source.path).0))
}
