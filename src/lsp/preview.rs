//! What is deployed, as a text beside the one that is written, and which of its lines come from which place.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gen_lsp_types::{TextDocumentIdentifier, Uri};
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::client::Refusal;
use super::diagnostics::Texts;
use super::uri;
use super::worker::State;
use crate::expand::known::secret::{MASK, tells};
use crate::expand::known::{label, short};
use crate::expand::{Data, Deployed, Resource, Value};
use crate::report::escape::visible;
use crate::report::words::count;
use crate::scan::Asking;
use crate::source::{FileId, Source, Span};

/// The request, which is none of the protocol's.
pub const METHOD: &str = "armlint/preview";

/// How many entry points are looked at.
const ENTRIES: usize = 32;

/// A text longer than this, in bytes, is cut after a resource: nobody reads it, and an editor has to hold it.
const LONGEST: usize = 4 << 20;

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreviewParams {
    /// A template, a module or a parameter file.
    pub text_document: TextDocumentIdentifier,
    /// The entry point, by the file that it is known by; the first one if nobody says, or if it does not lead there.
    pub entry: Option<Uri>,
}

/// What is deployed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// The entry point that is shown; `None` if none leads to the file.
    pub entry: Option<Uri>,
    /// Every entry point that leads to the file, in order.
    pub entries: Vec<Uri>,
    /// How many more there are.
    pub more: usize,
    /// How many resources are deployed.
    pub resources: usize,
    /// JSON with comments, in the shape of `armlint expand`.
    pub text: String,
    /// The files that the places are in.
    pub files: Vec<Uri>,
    /// Where lines of the text come from: the file (an index), the place there (line and column of its beginning and its end), and the
    /// first and last line of the text; all from 0. In the order of the text.
    pub places: Vec<[u32; 7]>,
}

/// One entry point.
struct One {
    entry: PathBuf,
    written: Option<Writer>,
}

/// What the entry points that lead to a file deploy.
pub fn preview(state: &State, params: &PreviewParams) -> Result<Preview, Refusal> {
    let mut out = Preview {
        entry: None,
        entries: Vec::new(),
        more: 0,
        resources: 0,
        text: String::new(),
        files: Vec::new(),
        places: Vec::new(),
    };
    let Some(path) = uri::path(&params.text_document.uri) else { return Ok(out) };
    let Some((folder, session)) = state.workspace.owner(&path).and_then(|f| Some((f, f.peek()?))) else {
        return Ok(out);
    };
    let wanted = params.entry.as_ref().and_then(uri::path);
    let base = &folder.base;
    let read = |deployed: &Deployed, entry: &Path| {
        let meant = wanted.as_deref().is_none_or(|wanted| wanted == entry);
        let name = entry.strip_prefix(base).unwrap_or(entry).display().to_string();
        One { entry: entry.to_path_buf(), written: meant.then(|| Writer::of(deployed, &name)) }
    };
    let asking = Asking { file: &path, most: ENTRIES, ask: &|_| None, read: &read };
    let (mut all, total) = session.ask(&asking);
    if !all.is_empty() && all.iter().all(|one| one.written.is_none()) {
        // The one that was meant is gone.
        return preview(state, &PreviewParams { text_document: params.text_document.clone(), entry: None });
    }
    out.more = total.saturating_sub(all.len());
    out.entries = all.iter().map(|one| state.documents.uri_of(&one.entry)).collect();
    let Some(shown) = all.iter_mut().find(|one| one.written.is_some()) else { return Ok(out) };
    let Some(written) = shown.written.take() else { return Ok(out) };
    out.entry = Some(state.documents.uri_of(&shown.entry));
    let ids: FxHashSet<FileId> = written.places.iter().map(|p| p.0.file).collect();
    let mut sources: Vec<Arc<Source>> = ids.into_iter().filter_map(|id| session.sources().get(id)).collect();
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    let texts = Texts::new(&sources, &state.documents);
    out.files = sources.iter().map(|s| state.documents.uri_of(&s.path)).collect();
    let index = |file: FileId| sources.iter().position(|s| s.id == file);
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let place = |(span, first, last): &(Span, usize, usize)| {
        let range = texts.place(*span)?.range;
        let (start, end) = (range.start, range.end);
        let file = number(index(span.file)?);
        Some([file, start.line, start.character, end.line, end.character, number(*first), number(*last)])
    };
    out.places = written.places.iter().filter_map(place).collect();
    (out.text, out.resources) = (written.text, written.resources);
    Ok(out)
}

/// Writes values as JSON, and notes which place which lines come from.
#[derive(Default)]
struct Writer {
    text: String,
    line: usize,
    resources: usize,
    places: Vec<(Span, usize, usize)>,
}

impl Writer {
    fn of(deployed: &Deployed, name: &str) -> Self {
        let mut out = Writer::default();
        let all: Vec<&Resource> = deployed.resources.iter().filter(|r| r.is_predicted()).collect();
        out.resources = all.len();
        let _ = write!(out.text, "// {} deploys {}", visible(name), count(all.len(), "resource"));
        out.next(0);
        out.text.push('[');
        for (i, resource) in all.iter().enumerate() {
            if out.text.len() > LONGEST {
                out.next(1);
                let _ = write!(out.text, "// {}", count(all.len() - i, "more resource"));
                break;
            }
            out.next(1);
            let _ = write!(out.text, "// {}", visible(&short(&label(&resource.name))));
            let first = out.line;
            out.next(1);
            out.resource(resource);
            let last = out.line;
            if i + 1 < all.len() {
                out.text.push(',');
            }
            out.places.extend([resource.place, resource.span].map(|span| (span, first, last)));
            // The calls of modules through which it came.
            let parent = |i: &usize| deployed.deployments.get(*i)?.parent;
            let calls =
                std::iter::successors(Some(resource.deployment), parent).filter_map(|i| deployed.deployments.get(i));
            out.places.extend(calls.filter(|d| d.parent.is_some()).map(|d| (d.place, first, last)));
        }
        out.next(0);
        out.text.push_str("]\n");
        out
    }

    fn resource(&mut self, r: &Resource) {
        self.text.push('{');
        for (i, (key, value)) in r.members().enumerate() {
            if i > 0 {
                self.text.push(',');
            }
            let own = r.body.as_object().and_then(|o| o.member(&key)).and_then(|m| m.key_span);
            self.member(&key, own, value, 2);
        }
        self.next(1);
        self.text.push('}');
    }

    fn next(&mut self, indent: usize) {
        self.text.push('\n');
        self.line += 1;
        self.text.extend(std::iter::repeat_n("  ", indent));
    }

    fn member(&mut self, key: &str, key_span: Option<Span>, value: &Value, indent: usize) {
        self.next(indent);
        let first = self.line;
        self.string(key);
        self.text.push_str(": ");
        self.value(value, indent);
        self.note(key_span.into_iter().chain(value.origin.chain()), first);
    }

    fn note(&mut self, spans: impl Iterator<Item = Span>, first: usize) {
        let last = self.line;
        self.places.extend(spans.map(|span| (span, first, last)));
    }

    fn value(&mut self, v: &Value, indent: usize) {
        match &v.data {
            Data::Object(o) if !v.origin.secret && !o.members.is_empty() => {
                self.text.push('{');
                for (i, m) in o.members.iter().enumerate() {
                    if i > 0 {
                        self.text.push(',');
                    }
                    self.member(&m.key, m.key_span, &m.value, indent + 1);
                }
                self.next(indent);
                self.text.push('}');
            }
            Data::Array(items) if !v.origin.secret && !items.is_empty() => {
                self.text.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        self.text.push(',');
                    }
                    self.next(indent + 1);
                    let first = self.line;
                    self.value(item, indent + 1);
                    self.note(item.origin.chain(), first);
                }
                self.next(indent);
                self.text.push(']');
            }
            _ if tells(v) => self.string(MASK),
            Data::Null => self.text.push_str("null"),
            Data::Bool(b) => self.text.push_str(if *b { "true" } else { "false" }),
            Data::Int(i) => drop(write!(self.text, "{i}")),
            Data::Float(f) => drop(write!(self.text, "{f}")),
            Data::Str(s) => self.string(s),
            Data::Array(_) => self.text.push_str("[]"),
            Data::Object(_) => self.text.push_str("{}"),
            Data::Residual(r) => self.string(&format!("[{}]", r.text())),
        }
    }

    fn string(&mut self, text: &str) {
        let _ = write!(self.text, "{}", serde_json::Value::from(visible(text).as_ref()));
    }
}
