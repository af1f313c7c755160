//! `load…` functions: files of the project as values.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use ecow::EcoString;
use rustc_hash::FxHashMap;
use serde_json::{Value as Json, json};

use super::json_path::{Tree, select};
use super::symbols::Env;
use super::{Lowering, call};
use crate::glob::{self, Against};
use crate::model::{Builtin, Expr, ExprKind, arm};
use crate::read::Span;
use crate::read::bicep::{ast, relative_path};
use crate::read::json::Document;
use crate::source::InMemory;
use crate::walk::root::relative;

/// The compiler's own limit for loaded text, in characters.
const MAX_TEXT: usize = 131_072;

/// Its limit for loaded JSON and YAML, in characters.
const MAX_DATA: usize = 1_048_576;

/// Its limit for files loaded as base 64, in bytes: those whose base 64 is as long as a text may be.
const MAX_BINARY: usize = MAX_TEXT / 4 * 3;

/// A character takes this many bytes at most.
const MAX_WIDTH: usize = 4;

/// So much text takes the room of an expression.
const TEXT_PER_STEP: usize = 32;

/// So many values on the way of a path cost as much as an expression.
const VISITS_PER_STEP: usize = 8;

/// What a file or a folder costs when it is read, in expressions made.
const READ_STEPS: usize = 50;

/// A call: the file or folder, the path or pattern, and the encoding - of a folder, the one that its files are named from.
type Call = (PathBuf, Option<EcoString>, Option<EcoString>);

/// A text and its length in UTF-16 units.
type Measured = (EcoString, usize);

/// What was loaded, and in which way: what is loaded often is read once.
#[derive(Default)]
pub(super) struct Loaded {
    /// Texts by file and encoding.
    texts: FxHashMap<(PathBuf, Option<EcoString>), Result<Measured, String>>,
    /// Files as base 64.
    base64: FxHashMap<PathBuf, Result<EcoString, String>>,
    /// JSON by file and encoding.
    json: FxHashMap<(PathBuf, Option<EcoString>), Result<Arc<Expr>, String>>,
    /// YAML by file and encoding.
    yaml: FxHashMap<(PathBuf, Option<EcoString>), Result<Arc<Json>, String>>,
    /// The files of folders.
    folders: FxHashMap<PathBuf, Result<Arc<Vec<PathBuf>>, String>>,
    /// What became of a call for YAML or the files of a folder, as JSON, by file, path or pattern, and encoding.
    data: FxHashMap<Call, EcoString>,
}

impl Lowering<'_> {
    pub(super) fn load_content(
        &mut self,
        function: Builtin,
        name: &ast::Name,
        args: &[ast::Expr],
        env: &Env<'_>,
        span: Span,
    ) -> Expr {
        let nothing = || Expr::new(ExprKind::Invalid(name.text.clone()), span);
        let Some(path_expr) = args.first() else {
            self.error(name.span, format!("{} takes a path", name.text));
            return nothing();
        };
        let Some(text) = self.constant(path_expr, env.unit, 0) else {
            self.error(path_expr.span, "the path must be known when the file is compiled");
            return nothing();
        };
        let relative = match relative_path(&text) {
            Ok(relative) => relative,
            Err(why) => {
                self.error(path_expr.span, why);
                return nothing();
            }
        };
        let from = self.units[env.unit].source.path.clone();
        let Some(file) = from.parent().map(|p| p.join(relative)) else { return nothing() };
        let file = match self.library.permit(&file, path_expr.span) {
            Ok(file) => file,
            Err(d) => {
                self.diagnostics.push(d);
                return nothing();
            }
        };
        let second = args.get(1).and_then(plain);
        let third = args.get(2).and_then(plain);
        let loaded = match function {
            Builtin::LoadTextContent => self.text(&file, second, MAX_TEXT, span).map(|t| text_made(t, span)),
            Builtin::LoadFileAsBase64 => self.base64(&file, span).map(|t| text_made(t, span)),
            Builtin::LoadJsonContent => self.json_value(&file, second.as_deref(), third, span),
            Builtin::LoadYamlContent | Builtin::LoadDirectoryFileInfo => {
                let folder = from.parent().map(|p| p.to_string_lossy().as_ref().into());
                let third = if function == Builtin::LoadDirectoryFileInfo { folder } else { third };
                let key = (file.clone(), second, third);
                match self.loaded.data.get(&key).cloned() {
                    Some(known) => Ok(known),
                    None if function == Builtin::LoadYamlContent => self.yaml_value(&key, span),
                    None => self.directory(&key, span),
                }
                .map(|text| {
                    self.loaded.data.insert(key, text.clone());
                    call("json", vec![Expr::new(ExprKind::Str(text), span)], span)
                })
            }
            _ => Err("this function is not known".into()),
        };
        loaded.unwrap_or_else(|why| {
            if !self.is_bounded() {
                self.error(path_expr.span, format!("{} cannot load {}: {why}", name.text, self.library.shown(&file)));
            }
            nothing()
        })
    }

    /// Counts the expressions of what a file gives.
    fn made(&mut self, size: usize, span: Span) -> Result<(), String> {
        if self.charge(size, span) { Ok(()) } else { Err("too much is loaded".to_owned()) }
    }

    /// The bytes of a file that is read for the first time.
    fn bytes(&mut self, file: &Path, most: usize, span: Span) -> Result<Vec<u8>, String> {
        self.made(READ_STEPS, span)?;
        match self.library.sources.in_memory(file) {
            Some(InMemory::File(bytes)) => {
                self.taken(bytes.len());
                return Ok(bytes);
            }
            Some(InMemory::Absent) => return Err(std::io::Error::from(std::io::ErrorKind::NotFound).to_string()),
            None => {}
        }
        let about = std::fs::metadata(file).map_err(|e| e.to_string())?;
        if !about.is_file() {
            return Err("it is no regular file".to_owned());
        }
        if about.len() > most as u64 {
            return Err(format!("it has {} bytes, and at most {most} are read", about.len()));
        }
        let bytes = std::fs::read(file).map_err(|e| e.to_string())?;
        self.taken(bytes.len());
        Ok(bytes)
    }

    /// Text in the encoding that is named, else as its bytes say; at most so many characters.
    fn text(&mut self, file: &Path, encoding: Option<EcoString>, most: usize, span: Span) -> Result<EcoString, String> {
        let key = (file.to_path_buf(), encoding);
        let known = match self.loaded.texts.get(&key) {
            Some(known) => known.clone(),
            None => {
                let bytes = self.bytes(file, MAX_DATA * MAX_WIDTH, span);
                let text = bytes.map(|bytes| {
                    let text = decoded(&bytes, key.1.as_deref());
                    let length = text.encode_utf16().count();
                    (text.into(), length)
                });
                self.loaded.texts.insert(key, text.clone());
                text
            }
        };
        let (text, length) = known?;
        if length > most {
            return Err(format!("it is longer than {most} characters"));
        }
        Ok(text)
    }

    fn base64(&mut self, file: &Path, span: Span) -> Result<EcoString, String> {
        if let Some(known) = self.loaded.base64.get(file) {
            return known.clone();
        }
        let bytes = self.bytes(file, MAX_BINARY, span);
        let text = bytes.map(|bytes| base64::engine::general_purpose::STANDARD.encode(bytes).into());
        self.loaded.base64.insert(file.to_path_buf(), text.clone());
        text
    }

    fn json_value(
        &mut self,
        file: &Path,
        path: Option<&str>,
        encoding: Option<EcoString>,
        span: Span,
    ) -> Result<Expr, String> {
        let key = (file.to_path_buf(), encoding.clone());
        let known = match self.loaded.json.get(&key) {
            Some(known) => known.clone(),
            None => {
                let text = self.text(file, encoding, MAX_DATA, span);
                let value = text.and_then(|t| self.json(file, &t));
                self.loaded.json.insert(key, value.clone());
                value
            }
        };
        let whole = known?;
        let value = match path {
            None => whole.as_ref().clone(),
            Some(path) => match self.selected(whole.as_ref(), path, span)?.as_slice() {
                [] => return Err(format!("it has nothing at '{path}'")),
                [one] => (*one).clone(),
                several => {
                    self.made(several.iter().map(|v| v.nodes()).sum(), span)?;
                    Expr::new(ExprKind::Array(several.iter().map(|v| (*v).clone()).collect()), whole.span)
                }
            },
        };
        self.made(value.nodes(), span)?;
        // The values stand in the loaded file, and are handed over here.
        Ok(Expr::new(ExprKind::Expression(Box::new(value)), span))
    }

    /// What stands at a path, whose way is counted.
    fn selected<'v, T: Tree>(&mut self, whole: &'v T, path: &str, span: Span) -> Result<Vec<&'v T>, String> {
        let (found, visits) = select(whole, path)?;
        self.made(visits / VISITS_PER_STEP, span)?;
        Ok(found)
    }

    fn json(&mut self, file: &Path, text: &str) -> Result<Arc<Expr>, String> {
        let source = self.library.sources.add(file, text);
        let document = Document::parse(&source);
        if document.has_errors() {
            let first = document.problems().iter().find(|p| p.level == crate::diagnostic::Level::Error);
            let message = first.map(|p| p.message.clone()).unwrap_or_default();
            return Err(format!("it is not JSON: {message}"));
        }
        document.root().map(|root| Arc::new(arm::literal(root))).ok_or_else(|| "it is empty".to_owned())
    }

    /// What is at a path of a YAML file.
    fn yaml_value(&mut self, (file, path, encoding): &Call, span: Span) -> Result<EcoString, String> {
        let path = path.as_deref();
        let key = (file.clone(), encoding.clone());
        let known = match self.loaded.yaml.get(&key) {
            Some(known) => known.clone(),
            None => {
                let text = self.text(file, encoding.clone(), MAX_DATA, span);
                let value = text.and_then(|t| yaml(&t)).map(Arc::new);
                self.loaded.yaml.insert(key, value.clone());
                value
            }
        };
        let whole = known?;
        let Some(path) = path else { return self.data_made(&whole, span) };
        match self.selected(whole.as_ref(), path, span)?.as_slice() {
            [] => Err(format!("it has nothing at '{path}'")),
            [one] => self.data_made(one, span),
            several => {
                let size: usize = several.iter().map(|v| v.to_string().len()).sum();
                self.made(size / TEXT_PER_STEP, span)?;
                self.data_made(&several.iter().map(|v| (*v).clone()).collect(), span)
            }
        }
    }

    /// The JSON of a value that no text of the template says: a call makes it of this.
    fn data_made(&mut self, value: &Json, span: Span) -> Result<EcoString, String> {
        let text = value.to_string();
        self.made(text.len() / TEXT_PER_STEP, span)?;
        Ok(text.into())
    }

    /// `loadDirectoryFileInfo`: the files of a folder, by name, those that fit the pattern. Their paths are relative to the file that
    /// asks.
    fn directory(&mut self, (folder, pattern, from): &Call, span: Span) -> Result<EcoString, String> {
        let known = match self.loaded.folders.get(folder) {
            Some(known) => known.clone(),
            None => {
                self.made(READ_STEPS, span)?;
                let (sources, reach) = (&self.library.sources, self.library.reach());
                let entries = sources.files_in(folder, |path| reach.check(path).is_ok());
                let entries = entries.map(Arc::new).map_err(|e| e.to_string());
                self.loaded.folders.insert(folder.clone(), entries.clone());
                entries
            }
        };
        let matcher =
            pattern.as_deref().map(|p| glob::compile(p, Against::FileName)).transpose().map_err(|e| e.to_string())?;
        let entries = known?;
        self.made(1 + entries.len(), span)?;
        let text = |s: Option<&std::ffi::OsStr>| s.map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let fits = |p: &&PathBuf| matcher.as_ref().is_none_or(|m| m.is_match(text(p.file_name())));
        let from = Path::new(from.as_deref().unwrap_or_default());
        let mut found: Vec<(String, &PathBuf)> = entries.iter().filter(fits).map(|p| (relative(p, from), p)).collect();
        // In the compiler's order.
        found.sort_by_cached_key(|(path, _)| path.to_uppercase());
        let items = found.into_iter().map(|(path, p)| {
            let extension = match p.extension() {
                Some(e) => format!(".{}", e.to_string_lossy()),
                None => String::new(),
            };
            let name = text(p.file_name());
            json!({"relativePath": path, "baseName": name, "extension": extension})
        });
        self.data_made(&items.collect(), span)
    }

    /// The text of a string that is put together of literals and variables of literals.
    pub(super) fn constant(&self, e: &ast::Expr, unit: usize, depth: usize) -> Option<EcoString> {
        if depth > 16 {
            return None;
        }
        match &e.kind {
            ast::ExprKind::Str(text) => Some(text.value.clone()),
            ast::ExprKind::Paren(inner) => self.constant(inner, unit, depth + 1),
            ast::ExprKind::Var(name) => {
                let there = self.units[unit].clone();
                self.constant(&there.variable(&name.text)?.value, unit, depth + 1)
            }
            ast::ExprKind::Interpolated(parts) => {
                let mut out = EcoString::new();
                for part in parts {
                    match part {
                        ast::Part::Text(text) => out.push_str(&text.value),
                        ast::Part::Expr(e) => out.push_str(&self.constant(e, unit, depth + 1)?),
                    }
                }
                Some(out)
            }
            _ => None,
        }
    }
}

fn plain(e: &ast::Expr) -> Option<EcoString> {
    match &e.kind {
        ast::ExprKind::Str(text) => Some(text.value.clone()),
        _ => None,
    }
}

/// Text in the encoding that is named (`utf-8`, `utf-16`, `us-ascii`, `iso-8859-1`), else as its bytes say.
fn decoded(bytes: &[u8], encoding: Option<&str>) -> String {
    let named = match encoding {
        Some("utf-16") => Some(encoding_rs::UTF_16LE),
        Some("utf-16BE") => Some(encoding_rs::UTF_16BE),
        Some("iso-8859-1") => Some(encoding_rs::WINDOWS_1252),
        _ => None,
    };
    match encoding_rs::Encoding::for_bom(bytes) {
        Some((e, skip)) => e.decode_without_bom_handling(bytes.get(skip..).unwrap_or_default()).0.into_owned(),
        None => named.unwrap_or(encoding_rs::UTF_8).decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// A text that no text of the template says: it is made by the call at `span`.
fn text_made(text: EcoString, span: Span) -> Expr {
    call("concat", vec![Expr::new(ExprKind::Str(text), span)], span)
}

fn yaml(text: &str) -> Result<Json, String> {
    // `yes`, `on` and `n` are texts.
    let options = || serde_saphyr::options! { strict_booleans: true };
    let one = match serde_saphyr::from_str_with_options(text, options()) {
        // Of several documents the compiler takes the first, if all of them can be read.
        Err(e) if matches!(e.without_snippet(), serde_saphyr::Error::MultipleDocuments { .. }) => {
            let all = serde_saphyr::from_multiple_with_options::<Json>(text, options());
            all.and_then(|all| all.into_iter().next().ok_or(e))
        }
        other => other,
    };
    one.map_err(|e| format!("it is not YAML that can be read: {}", crate::read::yaml::reason(&e)))
}
