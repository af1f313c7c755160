//! Imports from other files.

use ecow::eco_format;

use super::symbols::ImportSource;
use super::{Lowering, exports};
use crate::diagnostic::Diagnostic;
use crate::read::Span;
use crate::read::bicep::ast;
use crate::source::is_arm;

/// Files that take part in one lowering; a chain of imports longer than this is nobody's design.
const MAX_FILES: usize = 400;

impl Lowering<'_> {
    /// Reads the file that an import names, once.
    pub(super) fn import_source(&mut self, unit: usize, import: &ast::Import) -> ImportSource {
        let Some(path) = self.resolve_path(&import.path, unit) else { return ImportSource::Missing };
        if let Some(known) = self.by_path.get(&path).copied() {
            if let Some(start) = self.importing.iter().position(|u| *u == known) {
                let around = self.importing[start..].iter().chain([&known]);
                let names: Vec<String> = around.map(|u| self.library.shown(&self.units[*u].source.path)).collect();
                let message = format!("this file imports itself: {}", names.join(" → "));
                self.diagnostics.push(Diagnostic::error("cycle", import.path.span, message));
                return ImportSource::Missing;
            }
            return ImportSource::Unit(known);
        }
        if self.units.len() + self.json.len() >= MAX_FILES {
            self.error(import.path.span, "too many files are imported, one from another");
            return ImportSource::Missing;
        }
        if is_arm(&path) {
            let Ok(document) = self.library.document(&path) else { return ImportSource::Missing };
            if let Some(known) = self.json.iter().position(|t| t.file == document.source().id) {
                return ImportSource::Json(known);
            }
            let Some(template) = self.library.imported(&document) else { return ImportSource::Missing };
            self.json.push(template);
            self.json_exports.push(exports::of_json(&document));
            return ImportSource::Json(self.json.len() - 1);
        }
        match (self.library.bicep(&path), self.library.source(&path)) {
            (Ok(file), Ok(source)) => {
                let prefix = eco_format!("{}::", self.units.len());
                ImportSource::Unit(self.unit(&source, &file, prefix))
            }
            (Err(d), _) | (_, Err(d)) => {
                self.diagnostics.push(d);
                ImportSource::Missing
            }
        }
    }

    /// Whether a file lets others import a name; if not, that is told at the place that asks for it.
    pub(super) fn exports(&mut self, from: ImportSource, name: &str, span: Span) -> bool {
        let exported = match from {
            ImportSource::Unit(unit) => self.units.get(unit).is_some_and(|unit| unit.exports(name)),
            ImportSource::Json(index) => self.json_exports.get(index).is_some_and(|names| names.contains(name)),
            // Why there is nothing was told.
            ImportSource::Missing => true,
        };
        if !exported {
            let message = match from {
                ImportSource::Unit(_) => {
                    format!("the imported file does not export '{name}': write @export() above its declaration there")
                }
                _ => format!("the imported template does not export '{name}'"),
            };
            self.error(span, message);
        }
        exported
    }
}
