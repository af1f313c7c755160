//! Messages about places that hold secrets: they quote nothing of them, however short it is.

use std::ops::Range;

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::redact::{Secrets, said};
use crate::expand::known::secret::MASK;
use crate::model::Builtin;
use crate::read::{FileId, Sources, Span};

/// In a line that is longer, nobody looks for what is quoted: it goes.
const LONGEST: usize = 16 << 10;

/// The secrets of a run by the places where they stand.
pub struct Quoted<'s> {
    sources: &'s Sources,
    /// What is masked.
    masked: ByFile,
    /// What of it stands on lines that could not be read.
    regions: ByFile,
    /// What the literals say.
    texts: FxHashMap<FileId, FxHashSet<EcoString>>,
}

impl<'s> Quoted<'s> {
    /// Of these secrets.
    pub fn new(secrets: &Secrets, sources: &'s Sources) -> Self {
        let mut texts: FxHashMap<FileId, FxHashSet<EcoString>> = FxHashMap::default();
        for span in secrets.spans.difference(&secrets.regions) {
            let Some(source) = sources.get(span.file) else { continue };
            let bicep = source.is_bicep();
            let text = said(source.slice(*span), bicep, false).filter(|t| !t.is_empty());
            texts.entry(span.file).or_default().extend(text);
        }
        Quoted { sources, masked: by_file(&secrets.spans), regions: by_file(&secrets.regions), texts }
    }

    /// Whether something of a place is a secret.
    pub fn is_hidden(&self, span: Span) -> bool {
        let (masked, place) = (of(&self.masked, span), span.range());
        let first = masked.partition_point(|m| m.end <= place.start);
        masked.get(first).is_some_and(|m| m.start < place.end.max(place.start + 1))
    }

    /// A message about a place without what it quotes of the secrets there; `None` if it quotes nothing of them. One about what
    /// could not be read quotes `fragments`.
    pub fn without(&self, message: &str, span: Span, fragments: bool) -> Option<String> {
        let (places, place) = (of(if fragments { &self.masked } else { &self.regions }, span), span.range());
        // A mistake at the end of a line is one of what stands before it.
        let first = places.partition_point(|r| r.end < place.start);
        let region = places.get(first).filter(|r| r.start <= place.end);
        if let Some(region) = region {
            let source = self.sources.get(span.file)?;
            let line = source.text().get(region.clone()).unwrap_or("");
            let holds = |text: &str| line.len() > LONGEST || line.contains(text);
            // The names of functions are in every documentation.
            return without(message, &|text| holds(text.trim_end_matches('…')) && Builtin::named(text).is_none());
        }
        if !self.is_hidden(span) {
            return None;
        }
        let texts = self.texts.get(&span.file)?;
        without(message, &|text| texts.contains(text))
    }
}

/// Places in files, in bytes: in order, none within another.
pub type ByFile = FxHashMap<FileId, Vec<Range<usize>>>;

/// Spans by their files.
pub fn by_file<'p>(spans: impl IntoIterator<Item = &'p Span>) -> ByFile {
    let mut files = ByFile::default();
    for span in spans {
        files.entry(span.file).or_default().push(span.range());
    }
    for ranges in files.values_mut() {
        ranges.sort_by_key(|r| (r.start, r.end));
        ranges.dedup_by(|next, before| {
            let within = next.start <= before.end;
            if within {
                before.end = before.end.max(next.end);
            }
            within
        });
    }
    files
}

/// Those in the file of a span.
fn of(files: &ByFile, span: Span) -> &[Range<usize>] {
    files.get(&span.file).map_or(&[], Vec::as_slice)
}

/// A message with a mask for each quoted text that is `secret`.
fn without(message: &str, secret: &dyn Fn(&str) -> bool) -> Option<String> {
    let mut out = String::new();
    let (mut done, mut at) = (0, 0);
    while let Some(open) = message.get(at..).and_then(|m| m.find(['`', '\'', '"'])).map(|i| at + i) {
        at = open + 1;
        let Some(quote) = message.get(open..).and_then(|m| m.chars().next()) else { break };
        let Some(close) = message.get(at..).and_then(|m| m.find(quote)).map(|i| at + i) else { continue };
        let text = message.get(at..close).unwrap_or_default();
        if text.contains(char::is_alphanumeric) && secret(text) {
            out.push_str(message.get(done..at).unwrap_or_default());
            out.push_str(MASK);
            (done, at) = (close, close + 1);
        }
    }
    if done == 0 {
        return None;
    }
    out.push_str(message.get(done..).unwrap_or_default());
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_of_a_secret_goes() {
        let is = |message: &str, wanted: Option<&str>| {
            assert_eq!(without(message, &|text| "Pa'x2".contains(text)).as_deref(), wanted, "{message}");
        };
        is("a new line is missing, found `x2`", Some("a new line is missing, found `(secret)`"));
        is("there's nothing named 'x2' here, nor 'y'", Some("there's nothing named '(secret)' here, nor 'y'"));
        is("`'` is missing", None);
        is("`place` is missing", None);
    }
}
