//! The texts that are open in the editor, as it types them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gen_lsp_types::{TextDocumentContentChangeEvent, TextDocumentItem, Uri};

use super::position::{Encoding, Lines};
use super::uri;

/// A text that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What the editor calls it.
    pub uri: Uri,
    /// Which of its texts this is.
    pub version: i32,
    /// The text, with a byte order mark if the editor counts one.
    pub text: String,
}

/// All texts that are open, by path.
#[derive(Debug)]
pub struct Documents {
    open: BTreeMap<PathBuf, Document>,
    encoding: Encoding,
}

impl Documents {
    /// None yet.
    pub fn new(encoding: Encoding) -> Self {
        Documents { open: BTreeMap::new(), encoding }
    }

    /// A text has been opened; gives its path, if it is a file's.
    pub fn open(&mut self, item: TextDocumentItem) -> Option<PathBuf> {
        let path = uri::path(&item.uri)?;
        let TextDocumentItem { uri, version, text, .. } = item;
        self.open.insert(path.clone(), Document { uri, version, text });
        Some(path)
    }

    /// A text has changed, part by part or as a whole, each change on top of the one before. Gives its path, if it is open.
    pub fn change(&mut self, uri: &Uri, version: i32, changes: Vec<TextDocumentContentChangeEvent>) -> Option<PathBuf> {
        let path = uri::path(uri)?;
        let document = self.open.get_mut(&path)?;
        document.version = version;
        for change in changes {
            match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => {
                    document.text = whole.text;
                }
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                    let mark = document.text.len() - unmarked(&document.text).len();
                    let bytes = Lines::new(&document.text, self.encoding).bytes(part.range);
                    document.text.replace_range(bytes.start + mark..bytes.end + mark, &part.text);
                }
            }
        }
        Some(path)
    }

    /// A text has been closed; gives its path, if it was open.
    pub fn close(&mut self, uri: &Uri) -> Option<PathBuf> {
        let path = uri::path(uri)?;
        self.open.remove(&path).map(|_| path)
    }

    /// The open text of a path.
    pub fn get(&self, path: &Path) -> Option<&Document> {
        self.open.get(path)
    }

    /// Every open text.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &Document)> {
        self.open.iter().map(|(path, document)| (path.as_path(), document))
    }

    /// What the editor calls a file.
    pub fn uri_of(&self, path: &Path) -> Uri {
        self.open.get(path).map_or_else(|| uri::of(path), |document| document.uri.clone())
    }

    /// The lines of a file: those that the editor shows, or, where it is not open, those of a text that was read.
    pub fn lines<'t>(&'t self, path: &Path, read: &'t str) -> Lines<'t> {
        Lines::new(self.open.get(path).map_or(read, |document| document.text.as_str()), self.encoding)
    }
}

/// A text without its byte order mark.
pub fn unmarked(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use gen_lsp_types::{
        LanguageKind, Position, Range, TextDocumentContentChangePartial, TextDocumentContentChangeWholeDocument,
    };

    use super::*;

    fn part(from: (u32, u32), to: (u32, u32), text: &str) -> TextDocumentContentChangeEvent {
        let at = |(line, character)| Position { line, character };
        TextDocumentContentChangeEvent::TextDocumentContentChangePartial(TextDocumentContentChangePartial {
            range: Range { start: at(from), end: at(to) },
            text: text.to_owned(),
            ..Default::default()
        })
    }

    fn after(text: &str, changes: Vec<TextDocumentContentChangeEvent>) -> String {
        let mut documents = Documents::new(Encoding::Utf16);
        let uri = Uri(if cfg!(windows) { "file:///c:/a.bicep" } else { "file:///a.bicep" }.to_owned());
        let language_id = LanguageKind::from("bicep".to_owned());
        documents.open(TextDocumentItem { uri: uri.clone(), language_id, version: 1, text: text.to_owned() }).unwrap();
        let path = documents.change(&uri, 2, changes).unwrap();
        assert_eq!(documents.get(&path).unwrap().version, 2);
        documents.get(&path).unwrap().text.clone()
    }

    #[test]
    fn changes_stand_on_the_shoulders_of_those_before() {
        assert_eq!(after("one\r\ntwo 😀 x", vec![part((1, 7), (1, 8), "y"), part((0, 0), (1, 0), "")]), "two 😀 y");
        assert_eq!(after("\u{feff}ab", vec![part((0, 1), (0, 2), "x")]), "\u{feff}xb");
        let whole = TextDocumentContentChangeWholeDocument { text: "é".to_owned() };
        let whole = TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole);
        assert_eq!(after("a", vec![part((0, 0), (0, 0), "b"), whole, part((0, 1), (9, 9), "!")]), "é!");
    }

    #[test]
    fn what_is_not_open_does_not_change() {
        let mut documents = Documents::new(Encoding::Utf16);
        let uri = Uri("untitled:1".to_owned());
        assert_eq!(documents.change(&uri, 1, Vec::new()), None);
        assert_eq!(documents.close(&uri), None);
    }
}
