//! Imports from other files.

use ecow::eco_format;

use super::Lowering;
use super::symbols::ImportSource;
use crate::diagnostic::Diagnostic;
use crate::read::bicep::ast;
use crate::source::is_json;

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
        if is_json(&path) {
            let Ok(document) = self.library.document(&path) else { return ImportSource::Missing };
            if let Some(known) = self.json.iter().position(|t| t.file == document.source().id) {
                return ImportSource::Json(known);
            }
            let Some(template) = self.library.imported(&document) else { return ImportSource::Missing };
            self.json.push(template);
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
}
