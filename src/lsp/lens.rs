//! What a template or parameter file deploys, above its first line.

use std::path::Path;

use gen_lsp_types::{CodeLens, CodeLensParams, Command, Range};
use serde_json::json;

use super::client::Refusal;
use super::uri;
use super::worker::State;
use crate::report::words::count;

/// How many entry points are shown above a template.
const LENSES: usize = 5;

/// The lenses of a file: one for each entry point that starts there.
pub fn lenses(state: &State, params: &CodeLensParams) -> Result<Vec<CodeLens>, Refusal> {
    let Some(path) = uri::path(&params.text_document.uri) else { return Ok(Vec::new()) };
    let Some(folder) = state.workspace.owner(&path) else { return Ok(Vec::new()) };
    let Some(source) = folder.peek().and_then(|s| s.sources().load(&path).ok()) else { return Ok(Vec::new()) };
    let findings = folder.shows.files.get(&path).map_or(0, |f| f.iter().filter(|s| s.result.is_some()).count());
    let lens = |title: String, entry: Option<&Path>| {
        // Nothing is done by a click; an editor shows a command without a name as plain text. One that can show what is deployed
        // finds in the data which entry point is meant.
        let command = Command { title, command: String::new(), arguments: None, tooltip: None };
        let data = entry.map(|entry| json!({ "entry": state.documents.uri_of(entry) }));
        CodeLens { range: Range::default(), command: Some(command), data }
    };
    let mut lenses = Vec::new();
    let mut more = 0;
    for (entry, summary) in folder.summaries() {
        if entry != path && summary.template != Some(source.id) {
            continue;
        }
        if lenses.len() == LENSES {
            more += 1;
            continue;
        }
        let found = count(findings, "finding");
        let deploys = format!("deploys {} · {found} in this file", count(summary.resources.len(), "resource"));
        let of = if entry == path { String::new() } else { format!(" · {}", name(entry)) };
        lenses.push(lens(format!("{deploys}{of}"), Some(entry)));
    }
    if more > 0 {
        lenses.push(lens(format!("and {}", count(more, "more parameter file")), None));
    }
    Ok(lenses)
}

fn name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}
