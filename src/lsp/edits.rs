//! Changes of files as the editor takes them.

use std::collections::HashMap;
use std::path::PathBuf;

use gen_lsp_types::{
    DocumentChange, OptionalVersionedTextDocumentIdentifier, TextDocumentEdit, TextDocumentIdentifier, TextEdit, Uri,
    WorkspaceEdit,
};

use super::client::Client;
use super::document::Documents;

/// Edits of files; those of one file do not touch each other.
pub fn of(client: &Client, documents: &Documents, files: Vec<(PathBuf, Vec<TextEdit>)>) -> WorkspaceEdit {
    if client.versions {
        let one = |(path, edits): (PathBuf, Vec<TextEdit>)| {
            let text_document = OptionalVersionedTextDocumentIdentifier {
                version: documents.get(&path).map(|d| d.version),
                text_document_identifier: TextDocumentIdentifier { uri: documents.uri_of(&path) },
            };
            let edits = edits.into_iter().map(Into::into).collect();
            DocumentChange::TextDocumentEdit(TextDocumentEdit { text_document, edits })
        };
        return WorkspaceEdit { document_changes: Some(files.into_iter().map(one).collect()), ..Default::default() };
    }
    let changes = files.into_iter().map(|(path, edits)| (documents.uri_of(&path), edits));
    WorkspaceEdit { changes: Some(changes.collect::<HashMap<Uri, Vec<TextEdit>>>()), ..Default::default() }
}
