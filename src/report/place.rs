//! Where things are, in words that outsiders understand: paths and URIs from the root of the repository, lines and columns.

use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use rustc_hash::FxHashMap;

use super::{Report, fingerprint};
use crate::read::{Encoding, FileId, Position, Source, Span};
use crate::source::Stored;

/// What a path segment may hold as it is: the unreserved characters of RFC 3986. GitHub wants spaces, brackets and
/// everything beyond ASCII encoded, and encoding more than that is never wrong.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where SARIF puts files that lie outside the repository, by their name only: the way there would tell where somebody's
/// home is, and code scanning could not show them anyway.
const OUTSIDE: &str = "_outside";

/// A file that something points into.
#[derive(Debug)]
pub struct File {
    /// The path from the root with `/`; it starts with `..` if the file lies elsewhere.
    pub shown: String,
    stored: Arc<Stored>,
    root: PathBuf,
    hashes: OnceLock<Vec<(u64, u32)>>,
    uri: OnceLock<String>,
}

impl File {
    /// The file with its text, which is there only as long as somebody uses it.
    pub fn source(&self) -> Arc<Source> {
        self.stored.source()
    }

    /// The URI from the root of the repository, symbolic links resolved (as code scanning wants it).
    pub fn uri(&self) -> &str {
        self.uri.get_or_init(|| repository_uri(&self.stored.path, &self.root))
    }

    /// The path from the root of the repository, symbolic links resolved, for annotations.
    pub fn path(&self) -> String {
        if self.uri().starts_with(OUTSIDE) {
            return self.shown.clone();
        }
        percent_encoding::percent_decode_str(self.uri()).decode_utf8_lossy().into_owned()
    }

    /// `primaryLocationLineHash` of a line. `None` where the text in memory is not what the upload action will read: it
    /// takes every file for UTF-8 and keeps a byte order mark. The action then fills the value in.
    pub fn line_hash(&self, line: u32) -> Option<String> {
        let hashes = self.hashes.get_or_init(|| {
            let source = self.source();
            match source.encoding() {
                Encoding::Utf8 => fingerprint::line_hashes(source.text()),
                Encoding::Utf8WithMark => fingerprint::line_hashes(&format!("\u{feff}{}", source.text())),
                Encoding::Utf16 => Vec::new(),
            }
        });
        hashes.get((line as usize).checked_sub(1)?).copied().map(fingerprint::line_hash)
    }
}

/// A region of a file.
#[derive(Debug, Clone)]
pub struct Place {
    /// The file.
    pub file: Arc<File>,
    /// First character.
    pub start: Position,
    /// One past the last character.
    pub end: Position,
    /// The same in bytes.
    pub span: Span,
}

impl Place {
    /// What is shown where a region must be tight: the first line of it only, as GitHub shows an alert on a pull request
    /// only if all its lines are in the diff; and at least one character, if the line has any.
    pub fn tight(&self) -> (Position, Position) {
        let (mut start, mut end) = (self.start, self.end);
        let width = self.file.source().line_width(start.line) + 1;
        if end.line > start.line {
            end = Position { line: start.line, column: width };
        }
        if end.column <= start.column {
            // An insertion point, or the end of a line: widen to the right, else to the left.
            end.column = start.column;
            if start.column < width {
                end.column += 1;
            } else if start.column > 1 {
                start.column -= 1;
            }
        }
        (start, end)
    }

    /// `path:line:column`
    pub fn shown(&self) -> String {
        format!("{}:{}:{}", self.file.shown, self.start.line, self.start.column)
    }
}

/// Turns spans into places, each file looked up once.
pub struct Places<'a> {
    report: &'a Report<'a>,
    files: RwLock<FxHashMap<FileId, Option<Arc<File>>>>,
}

impl<'a> Places<'a> {
    /// For one report.
    pub fn new(report: &'a Report<'a>) -> Self {
        Places { report, files: RwLock::default() }
    }

    /// Where a span is; `None` only for a span of another run.
    pub fn place(&self, span: Span) -> Option<Place> {
        let file = self.file(span.file)?;
        let source = file.source();
        let (start, end) = (source.position(span.start), source.position(span.end.max(span.start)));
        Some(Place { file, start, end, span })
    }

    fn file(&self, id: FileId) -> Option<Arc<File>> {
        if let Some(known) = self.files.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return known.clone();
        }
        let file = self.report.sources.stored(id).map(|stored| {
            Arc::new(File {
                shown: self.shown(&stored.path),
                stored,
                root: self.report.root.to_owned(),
                hashes: OnceLock::new(),
                uri: OnceLock::new(),
            })
        });
        // Whoever was first counts: its hashes are those that are kept.
        let mut files = self.files.write().unwrap_or_else(PoisonError::into_inner);
        files.entry(id).or_insert(file).clone()
    }

    /// A path as reports show it.
    pub fn shown(&self, path: &Path) -> String {
        shown(path, self.report.root)
    }

    /// A path as a URI from the root of the repository.
    pub fn uri(&self, path: &Path) -> String {
        repository_uri(path, self.report.root)
    }
}

/// A path from the root, with `/`; with leading `..` if it lies elsewhere, and only a name if not even that is possible.
pub fn shown(path: &Path, root: &Path) -> String {
    let path = if path.is_absolute() { path.to_path_buf() } else { root.join(path) };
    let (mut ours, mut theirs) = (root.components().peekable(), path.components().peekable());
    let mut common = 0;
    while let (Some(a), Some(b)) = (ours.peek(), theirs.peek()) {
        if a != b {
            break;
        }
        common += 1;
        ours.next();
        theirs.next();
    }
    if common == 0 {
        return name(&path);
    }
    let up = ours.map(|_| "..".to_owned());
    let down = theirs.map(|c| c.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<_> = up.chain(down).collect();
    if parts.is_empty() { ".".into() } else { parts.join("/") }
}

/// The URI of a file from the root of the repository: where its symbolic links lead, if that is in the repository, else
/// where it is by name. A file outside of it is `_outside/` and its name.
pub fn repository_uri(path: &Path, root: &Path) -> String {
    let real = || path.canonicalize().ok()?.strip_prefix(root.canonicalize().ok()?).ok().map(Path::to_path_buf);
    let path = if path.is_absolute() { path.to_path_buf() } else { root.join(path) };
    match real().or_else(|| path.strip_prefix(root).ok().map(Path::to_path_buf)) {
        Some(inside) if inside.as_os_str().is_empty() => ".".into(),
        Some(inside) => encode_path(&inside),
        None => format!("{OUTSIDE}/{}", encode(&name(&path))),
    }
}

fn name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

fn encode_path(path: &Path) -> String {
    let segments: Vec<_> = path
        .components()
        .filter_map(|part| match part {
            Component::Normal(segment) => Some(encode_name(segment)),
            Component::ParentDir => Some("..".into()),
            _ => None,
        })
        .collect();
    segments.join("/")
}

/// The name of a file or folder as one segment of a URI.
pub fn encode_name(name: &std::ffi::OsStr) -> String {
    percent_encode(&bytes(name), SEGMENT).to_string()
}

/// The bytes that a URI encodes: a name that is no UTF-8 keeps its bytes where the system has bytes.
#[cfg(unix)]
fn bytes(name: &std::ffi::OsStr) -> Vec<u8> {
    std::os::unix::ffi::OsStrExt::as_bytes(name).to_vec()
}

#[cfg(not(unix))]
fn bytes(name: &std::ffi::OsStr) -> Vec<u8> {
    name.to_string_lossy().into_owned().into_bytes()
}

/// One segment of a URI.
pub fn encode(segment: &str) -> String {
    percent_encode(segment.as_bytes(), SEGMENT).to_string()
}

/// The web page of a git remote, without credentials: from `https://user:token@host/o/r.git`, `git@host:o/r.git` or
/// `ssh://git@host/o/r`. `None` for anything else.
pub fn web_address(remote: &str) -> Option<String> {
    let remote = remote.trim();
    let (host, path) = if let Some((scheme, rest)) = remote.split_once("://") {
        if !matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https" | "ssh" | "git") {
            return None;
        }
        let (authority, path) = rest.split_once('/')?;
        let host = authority.rsplit('@').next().unwrap_or_default();
        // The port of SSH says nothing about the web.
        let host = if scheme.starts_with("http") { host } else { host.split(':').next().unwrap_or_default() };
        (host, path)
    } else {
        let (authority, path) = remote.split_once(':')?;
        // One letter is a drive, and a slash before the colon is a path.
        if authority.len() < 2 || authority.contains(['/', '\\']) {
            return None;
        }
        (authority.rsplit('@').next().unwrap_or_default(), path)
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
    if host.is_empty() || !host.chars().all(plain) {
        return None;
    }
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8().ok()?;
    let segments: Vec<_> = decoded.split('/').map(encode).collect();
    Some(format!("https://{host}/{}", segments.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_start_at_the_root_and_are_encoded() {
        let root = Path::new("/nowhere/repo");
        let uri = |p: &str| repository_uri(Path::new(p), root);
        assert_eq!(uri("/nowhere/repo/infra/a b [1] é.bicep"), "infra/a%20b%20%5B1%5D%20%C3%A9.bicep");
        assert_eq!(uri("/nowhere/repo/a:b%2f#c?.json"), "a%3Ab%252f%23c%3F.json");
        assert_eq!(uri("/nowhere/other/secret/x y.json"), "_outside/x%20y.json");
        assert_eq!(uri("infra/x.json"), "infra/x.json");
    }

    #[test]
    #[cfg(unix)]
    fn links_are_resolved_within_the_repository() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("repo");
        std::fs::create_dir_all(root.join("real")).unwrap();
        std::fs::write(root.join("real/a.json"), "{}").unwrap();
        std::fs::write(dir.path().join("far.json"), "{}").unwrap();
        std::os::unix::fs::symlink(root.join("real"), root.join("link")).unwrap();
        std::os::unix::fs::symlink(dir.path().join("far.json"), root.join("near.json")).unwrap();
        assert_eq!(repository_uri(&root.join("link/a.json"), &root), "real/a.json");
        assert_eq!(repository_uri(&root.join("near.json"), &root), "near.json");
    }

    #[test]
    fn shown_paths_may_lead_out_of_the_root() {
        assert_eq!(shown(Path::new("/r/a/b.json"), Path::new("/r")), "a/b.json");
        assert_eq!(shown(Path::new("/x/b.json"), Path::new("/r")), "../x/b.json");
        assert_eq!(shown(Path::new("/r"), Path::new("/r")), ".");
        assert_eq!(shown(Path::new("b.json"), Path::new("/r")), "b.json");
    }

    #[test]
    fn remotes_lose_their_credentials() {
        let web = |s: &str| web_address(s).unwrap_or_default();
        assert_eq!(web("https://u:ghp_x@github.com/o/r.git"), "https://github.com/o/r");
        assert_eq!(web("git@github.com:o/r.git"), "https://github.com/o/r");
        assert_eq!(web("ssh://git@github.com:22/o/r"), "https://github.com/o/r");
        assert_eq!(web("https://dev.azure.com/o/my%20p/_git/r?x=1"), "https://dev.azure.com/o/my%20p/_git/r");
        for local in ["/home/me/r", "../r", "C:\\me\\r", "C:/me/r", "file:///home/me/r", ""] {
            assert_eq!(web_address(local), None, "{local}");
        }
    }

    #[test]
    fn lines_are_linked_where_pages_are_known() {
        let link =
            |remote| crate::report::Provenance::new(remote, Some("abc"), None).and_then(|p| p.link("a%20b.json", 3));
        assert_eq!(link("git@github.com:o/r").as_deref(), Some("https://github.com/o/r/blob/abc/a%20b.json#L3"));
        assert_eq!(link("https://dev.azure.com/o/p/_git/r"), None);
        assert_eq!(crate::report::Provenance::new("git@github.com:o/r", None, None).and_then(|p| p.link("a", 1)), None);
    }

    #[test]
    fn the_byte_order_mark_counts_for_the_upload_action() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            let path = dir.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            let sources = crate::read::Sources::new();
            let id = sources.load(&path).unwrap().id;
            File {
                shown: String::new(),
                stored: sources.stored(id).unwrap(),
                root: PathBuf::new(),
                hashes: OnceLock::new(),
                uri: OnceLock::new(),
            }
        };
        let plain = write("plain.json", b"a\nb");
        let marked = write("marked.json", b"\xef\xbb\xbfa\nb");
        let wide = write("wide.json", b"\xff\xfea\0\n\0b\0");
        assert_ne!(plain.line_hash(1), marked.line_hash(1));
        assert_eq!(plain.line_hash(2), marked.line_hash(2));
        assert_eq!((wide.source().line_text(2), wide.line_hash(2)), ("b", None));
    }
}
