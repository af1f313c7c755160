//! What parameters and variables come to, beside their names.

use gen_lsp_types::{InlayHint, InlayHintKind, InlayHintParams};

use super::client::Refusal;
use super::worker::State;
use super::{uri, values};
use crate::source::is_json;

/// How many values are shown of one name.
const VALUES: usize = 2;

/// How many characters are shown of one value.
const LONGEST: usize = 40;

/// The hints in a stretch of a file.
pub fn hints(state: &State, params: &InlayHintParams) -> Result<Vec<InlayHint>, Refusal> {
    let Some(path) = uri::path(&params.text_document.uri) else { return Ok(Vec::new()) };
    let Some(folder) = state.workspace.owner(&path) else { return Ok(Vec::new()) };
    let (Some(session), Some(text)) = (folder.peek(), folder.text(&path)) else { return Ok(Vec::new()) };
    // In JSON the values stand right behind the names.
    if is_json(&path) {
        return Ok(Vec::new());
    }
    let lines = state.documents.lines(&path, &text);
    let wanted = lines.bytes(params.range);
    let here = |end: usize| wanted.start <= end && end <= wanted.end;
    let known = values::declared(session, &path).into_iter().filter(|(place, _)| here(place.end as usize));
    let hint = |(place, values): (crate::source::Span, Vec<String>)| InlayHint {
        position: lines.position(place.end as usize),
        label: said(&values).into(),
        kind: Some(InlayHintKind::Type),
        text_edits: None,
        tooltip: None,
        padding_left: Some(true),
        padding_right: Some(false),
        data: None,
    };
    Ok(known.map(hint).collect())
}

fn said(values: &[String]) -> String {
    let short = |value: &String| match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.clone(),
    };
    let shown: Vec<String> = values.iter().take(VALUES).map(short).collect();
    let more = values.len().saturating_sub(VALUES);
    let more = if more > 0 { format!(" | {more} more") } else { String::new() };
    format!("= {}{more}", shown.join(" | "))
}
