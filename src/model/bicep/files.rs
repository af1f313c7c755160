//! `load…` functions: files of the project as values.

use std::path::{Path, PathBuf};

use base64::Engine;
use ecow::EcoString;
use serde_json::{Value as Json, json};

use super::json_path::select;
use super::symbols::Env;
use super::{Lowering, call, string};
use crate::glob::{self, Against};
use crate::model::{Expr, ExprKind, arm};
use crate::read::bicep::ast;
use crate::read::json::Document;
use crate::read::{Reach, Span};

/// The compiler's own limit for loaded text, in characters.
const MAX_TEXT: usize = 131_072;

/// The same for files in JSON and YAML, which become values.
const MAX_DATA: usize = 1_048_576;

impl Lowering<'_> {
    pub(super) fn load_content(&mut self, name: &ast::Name, args: &[ast::Expr], env: &Env<'_>, span: Span) -> Expr {
        let nothing = || Expr::new(ExprKind::Invalid(name.text.clone()), span);
        let Some(path_expr) = args.first() else {
            self.error(name.span, format!("{} takes a path", name.text));
            return nothing();
        };
        let Some(text) = self.constant(path_expr, env.unit, 0) else {
            self.error(path_expr.span, "the path must be known when the file is compiled");
            return nothing();
        };
        let relative: PathBuf = text.split('/').collect();
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
        let loaded = match name.text.as_str() {
            "loadTextContent" => read_text(&file, second.as_deref(), MAX_TEXT).map(|t| text_made(&t, span)),
            "loadFileAsBase64" => std::fs::read(&file)
                .map_err(|e| e.to_string())
                .map(|bytes| text_made(&base64::engine::general_purpose::STANDARD.encode(bytes), span)),
            "loadJsonContent" => read_text(&file, third.as_deref(), MAX_DATA)
                .and_then(|t| self.json_value(&t, &file, second.as_deref(), span)),
            "loadYamlContent" => {
                read_text(&file, third.as_deref(), MAX_DATA).and_then(|t| yaml_value(&t, second.as_deref(), span))
            }
            "loadDirectoryFileInfo" => directory(&file, self.library.reach(), second.as_deref(), span),
            _ => Err("this function is not known".into()),
        };
        loaded.unwrap_or_else(|why| {
            self.error(path_expr.span, format!("{} cannot load {}: {why}", name.text, self.library.shown(&file)));
            nothing()
        })
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

    fn json_value(&mut self, text: &str, file: &Path, path: Option<&str>, span: Span) -> Result<Expr, String> {
        let source = self.library.sources.add(file, text);
        let document = Document::parse(&source);
        if document.has_errors() {
            let first = document.problems().iter().find(|p| p.level == crate::diagnostic::Level::Error);
            let message = first.map(|p| p.message.clone()).unwrap_or_default();
            return Err(format!("it is not JSON: {message}"));
        }
        let root = document.root().ok_or("it is empty")?;
        let value = arm::literal(root);
        match path {
            None => Ok(value),
            Some(path) => Ok(match select(&value, path)?.as_slice() {
                [] => return Err(format!("it has nothing at '{path}'")),
                [one] => (*one).clone(),
                several => Expr::new(ExprKind::Array(several.iter().map(|v| (*v).clone()).collect()), value.span),
            }),
        }
        // The values stand in the loaded file, and are handed over here.
        .map(|v| Expr::new(ExprKind::Expression(Box::new(v)), span))
    }
}

fn plain(e: &ast::Expr) -> Option<EcoString> {
    match &e.kind {
        ast::ExprKind::Str(text) => Some(text.value.clone()),
        _ => None,
    }
}

/// Text of at most so many characters, in the encoding the argument names (`utf-8`, `utf-16`, `us-ascii`, `iso-8859-1`), else as its bytes say.
fn read_text(file: &Path, encoding: Option<&str>, most: usize) -> Result<String, String> {
    let bytes = std::fs::read(file).map_err(|e| e.to_string())?;
    let named = match encoding {
        Some("utf-16") => Some(encoding_rs::UTF_16LE),
        Some("utf-16BE") => Some(encoding_rs::UTF_16BE),
        Some("iso-8859-1") => Some(encoding_rs::WINDOWS_1252),
        _ => None,
    };
    let text = match encoding_rs::Encoding::for_bom(&bytes) {
        Some((e, skip)) => e.decode_without_bom_handling(&bytes[skip..]).0.into_owned(),
        None => named.unwrap_or(encoding_rs::UTF_8).decode_without_bom_handling(&bytes).0.into_owned(),
    };
    if text.encode_utf16().count() > most {
        return Err(format!("it is longer than {most} characters"));
    }
    Ok(text)
}

/// A text that no text of the template says: it is made by the call at `span`.
fn text_made(text: &str, span: Span) -> Expr {
    call("concat", vec![string(text, span)], span)
}

/// The same of any value.
fn value_made(value: &Json, span: Span) -> Expr {
    call("json", vec![string(&value.to_string(), span)], span)
}

fn yaml_value(text: &str, path: Option<&str>, span: Span) -> Result<Expr, String> {
    // `yes`, `on` and `n` are texts.
    let options = serde_saphyr::options! { strict_booleans: true };
    let value: Json = serde_saphyr::from_str_with_options(text, options)
        .map_err(|e| format!("it is not YAML that can be read: {}", crate::read::yaml::reason(&e)))?;
    let Some(path) = path else { return Ok(value_made(&value, span)) };
    match select(&value, path)?.as_slice() {
        [] => Err(format!("it has nothing at '{path}'")),
        [one] => Ok(value_made(one, span)),
        several => Ok(value_made(&several.iter().map(|v| (*v).clone()).collect(), span)),
    }
}

/// `loadDirectoryFileInfo`: the files of a folder, by name, those that fit the pattern.
fn directory(folder: &Path, reach: &Reach, pattern: Option<&str>, span: Span) -> Result<Expr, String> {
    let matcher = pattern.map(|p| glob::compile(p, Against::FileName)).transpose().map_err(|e| e.to_string())?;
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(|e| e.to_string())?
        .filter_map(|e| e.ok().map(|e| e.path()))
        .filter(|p| reach.check(p).is_ok() && p.is_file())
        .collect();
    entries.sort();
    let text = |s: Option<&std::ffi::OsStr>| s.map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let items = entries.iter().filter(|p| matcher.as_ref().is_none_or(|m| m.is_match(text(p.file_name())))).map(|p| {
        let extension = match p.extension() {
            Some(e) => format!(".{}", e.to_string_lossy()),
            None => String::new(),
        };
        let name = text(p.file_name());
        json!({"relativePath": name, "baseName": name, "extension": extension})
    });
    Ok(value_made(&items.collect(), span))
}
