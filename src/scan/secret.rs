//! Which texts of a run decide secrets, also where nothing could be evaluated.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Project;
use crate::check::secrets::{Broken, Search, Secrets};
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::model::NoFiles;
use crate::model::{Held, arm};
use crate::read::json::{Document, Node};
use crate::read::{FileId, Sources, Span};
use crate::walk::classify::{self, Kind};
use crate::walk::entries::{Entry, Links};
use crate::walk::inputs::Input;

/// Of an entry point that was lost.
pub fn of_entry(project: &Project, entry: &Entry) -> Secrets {
    let Entry::Deployment { template, parameters } = entry else { return Secrets::default() };
    let library = project.library(template);
    let held = Held::new(&library);
    let mut search = Search::new(&held).remembering(&project.secrets);
    let template = library.open(template).ok();
    if let Some(template) = &template {
        search.template(template);
    }
    if let Some(Ok(file)) = parameters.as_ref().map(|p| project.parameters(p, &mut Vec::new())) {
        search.parameters(&file, template.as_ref());
    }
    search.finish()
}

/// Of JSON of which nothing is known but what it says.
pub fn of_value(root: Node<'_>) -> Secrets {
    let mut search = Search::new(&NoFiles);
    search.value(&arm::literal(root));
    search.finish()
}

/// What may be a secret on the lines on which something could not be read.
pub fn broken_lines<'i>(
    inputs: impl Iterator<Item = &'i Input>,
    diagnostics: &[Diagnostic],
    sources: &Sources,
    out: &mut Secrets,
) {
    let mut broken: FxHashMap<FileId, BTreeSet<u32>> = FxHashMap::default();
    for d in diagnostics.iter().filter(|d| d.is_of_syntax()) {
        if let Place::Span(span) = d.place
            && let Some(source) = sources.get(span.file)
        {
            broken.entry(span.file).or_default().insert(source.position(span.start).line);
        }
    }
    if broken.is_empty() {
        return;
    }
    let kinds = inputs.filter_map(|i| Some((i.source.as_ref()?.id, i.kind)));
    let kinds: FxHashMap<FileId, Kind> = kinds.filter(|(file, _)| broken.contains_key(file)).collect();
    let mut known: FxHashMap<FileId, Vec<Span>> = FxHashMap::default();
    for span in out.spans.iter().filter(|s| broken.contains_key(&s.file)) {
        known.entry(span.file).or_default().push(*span);
    }
    for (file, lines) in broken {
        let Some(source) = sources.get(file) else { continue };
        // A module, or what a parameter file extends, need not be among the files that are scanned.
        let by_content = || classify::json(&Document::parse(&source)).0;
        let kind = kinds.get(&file).copied().or_else(|| classify::of_bicep(&source));
        if kind == Some(Kind::Other) {
            continue;
        }
        let parameters = kind.unwrap_or_else(by_content).is_parameters();
        let mut known = known.remove(&file).unwrap_or_default();
        known.sort();
        for line in lines {
            out.suspect_line(Broken { source: &source, line, parameters, known: &known });
        }
    }
}

/// Of files that no entry point reaches, and of those that are broken. `known` are those of the entry points.
pub fn elsewhere(
    project: &Project,
    inputs: &[Input],
    links: &Links,
    diagnostics: &[Diagnostic],
    known: &Secrets,
) -> Secrets {
    let mut out = Secrets::default();
    // A parameter file that a deployment links may not have been read for it.
    let read: FxHashSet<FileId> = if links.linked.is_empty() { FxHashSet::default() } else { known.files().collect() };
    let told = |d: &Diagnostic| if let Place::Span(span) = d.place { Some(span.file) } else { None };
    let told: FxHashSet<_> = diagnostics.iter().filter_map(told).collect();
    for input in inputs {
        let Some(source) = &input.source else { continue };
        if !links.used.contains(&input.path) || links.linked.contains(&input.path) && !read.contains(&source.id) {
            let parameters = input.kind.is_parameters().then(|| input.path.clone());
            let template = input.path.clone();
            match (input.kind, parameters) {
                (_, Some(file)) => {
                    if let Ok(file) = project.parameters(&file, &mut Vec::new()) {
                        let mut search = Search::new(&NoFiles);
                        search.parameters(&file, None);
                        out.join(search.finish());
                    }
                }
                (kind, None) if kind.is_template() => {
                    out.join(of_entry(project, &Entry::Deployment { template, parameters: None }));
                }
                _ => {}
            }
        }
        // What a broken file says may not have become what it was meant to be.
        let may_be_broken = match input.kind {
            Kind::Bicep | Kind::BicepParam | Kind::Resources => false,
            Kind::Other => true,
            Kind::Template | Kind::Parameters => input.diagnostics.iter().any(|d| d.level == Level::Error),
        };
        if may_be_broken && told.contains(&source.id) {
            let document = Document::parse(&source.source());
            if let Some(root) = document.root().filter(|_| document.has_errors() || input.kind == Kind::Other) {
                out.join(of_value(root));
            }
        }
    }
    out
}
