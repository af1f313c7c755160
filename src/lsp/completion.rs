//! What is about to be written: the id of a rule, in a comment that accepts findings and in an options file; a property or a value
//! in an ARM template.

use std::ops::Range;
use std::path::Path;

use gen_lsp_types::{
    CompletionItem, CompletionItemKind, CompletionList, CompletionParams, Range as LspRange,
    TextDocumentPositionParams, TextEdit,
};

use super::client::Refusal;
use super::properties::{self, Word};
use super::uri;
use super::worker::State;
use crate::rules;
use crate::source::is_json;

/// The words before the rule in a comment.
const IGNORE: &str = "armlint: ignore";

/// The options files in which rules are named.
const OPTIONS: [&str; 6] = ["armlint.yaml", "armlint.yml", "ps-rule.yaml", "ps-rule.yml", "psrule.yaml", "psrule.yml"];

/// What can stand at a place.
pub fn completed(state: &State, params: &CompletionParams) -> Result<CompletionList, Refusal> {
    let none = || Ok(CompletionList::default());
    let TextDocumentPositionParams { text_document, position } = &params.text_document_position_params;
    let Some(path) = uri::path(&text_document.uri) else { return none() };
    // Only an open text is typed.
    let Some(document) = state.documents.get(&path) else { return none() };
    let text = super::document::unmarked(&document.text);
    let lines = state.documents.lines(&path, text);
    let byte = lines.offset(*position);
    let Some(word) = rule_at(&path, text, byte) else {
        if !is_json(&path) {
            return none();
        }
        // The text as it is now: nothing was judged for this.
        let Some(words) = properties::words(text, byte) else { return none() };
        let range = lines.range(words.bytes);
        return Ok(CompletionList {
            items: words.words.into_iter().map(|w| of_type(w, range)).collect(),
            ..Default::default()
        });
    };
    let range = lines.range(word);
    let own = state.workspace.owner(&path).and_then(|f| f.peek()).map(|s| s.own_rules()).unwrap_or_default();
    let built_in = rules::entries().iter().map(|e| (e.id.to_owned(), e.title.to_owned()));
    let item = |(id, title): (String, String)| CompletionItem {
        label: id.clone(),
        kind: Some(CompletionItemKind::EnumMember),
        detail: Some(title),
        // An id holds dots, at which a word ends for most editors.
        filter_text: Some(id.clone()),
        text_edit: Some(TextEdit { range, new_text: id }.into()),
        ..CompletionItem::default()
    };
    Ok(CompletionList { items: built_in.chain(own).map(item).collect(), ..CompletionList::default() })
}

fn of_type(word: Word, range: LspRange) -> CompletionItem {
    let Word { text, detail, property } = word;
    CompletionItem {
        label: text.clone(),
        kind: Some(if property { CompletionItemKind::Property } else { CompletionItemKind::EnumMember }),
        detail: (!detail.is_empty()).then_some(detail),
        text_edit: Some(TextEdit { range, new_text: text }.into()),
        ..CompletionItem::default()
    }
}

/// The bytes of the word before a place, if it is, or is to become, the id of a rule.
fn rule_at(path: &Path, text: &str, byte: usize) -> Option<Range<usize>> {
    let before = text.get(..byte)?;
    let line = before.get(before.rfind('\n').map_or(0, |at| at + 1)..)?;
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let stem = line.trim_end_matches(part);
    let word = byte - (line.len() - stem.len())..byte;
    let file = path.file_name()?.to_str()?;
    if OPTIONS.contains(&file) {
        // As an item of a list, as a key, or behind one.
        let stem = stem.trim_start();
        let here = stem.is_empty() || stem.trim_end().ends_with(['-', '[', '{', ',']) || stem.starts_with("rule:");
        let may = here || stem.trim_end().ends_with("rule:");
        return may.then_some(word);
    }
    let (head, names) = stem.rsplit_once(IGNORE)?;
    let comment = head.contains("//") || head.contains("/*") || head.contains('#');
    // `ignore-file` and `ignore-resource` as well; behind the rules stands the reason.
    let names = names.strip_prefix("-file").or(names.strip_prefix("-resource")).unwrap_or(names);
    let only_names = names.starts_with(' ') && names.chars().all(|c| part(c) || matches!(c, ' ' | ','));
    (comment && only_names && !names.contains("--")).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(file: &str, text: &str) -> Option<String> {
        rule_at(Path::new(file), text, text.len()).map(|word| text[word].to_owned())
    }

    #[test]
    fn ids_are_offered_where_rules_are_named() {
        assert_eq!(word("a.bicep", "x\n  // armlint: ignore Azure.St").as_deref(), Some("Azure.St"));
        assert_eq!(word("a.bicep", "// armlint: ignore A.B, ").as_deref(), Some(""));
        assert_eq!(word("a.json", "{ // armlint: ignore-file ").as_deref(), Some(""));
        assert_eq!(word("a.bicep", "// armlint: ignore A.B -- because Az"), None);
        assert_eq!(word("a.bicep", "armlint: ignore A"), None);
        assert_eq!(word("a.bicep", "// armlint: ignore"), None);
        assert_eq!(word("a.bicep", "param a"), None);
        assert_eq!(word("armlint.yaml", "armlint:\n  rules:\n    exclude: [Azure.A, Az").as_deref(), Some("Az"));
        assert_eq!(word("armlint.yaml", "    - rule: Azure.").as_deref(), Some("Azure."));
        assert_eq!(word("armlint.yaml", "      levels: { ").as_deref(), Some(""));
        assert_eq!(word("armlint.yaml", "  reason: because Az"), None);
    }
}
