//! Templates that say Bicep generated them, and the Bicep files they may stem from.

use std::path::Path;

use rustc_hash::FxHashMap;

use super::classify::Kind;
use super::inputs::Input;
use crate::read::Span;

/// Bicep files that a template is held against; more than a few lie nearby only where somebody wants to keep us busy.
const MAX_SOURCES: usize = 4;

/// What people call the one template of a folder.
const MAIN: [&str; 5] = ["main", "azuredeploy", "mainTemplate", "deploy", "template"];

/// A template that says Bicep generated it.
#[derive(Debug)]
pub struct Claim<'i> {
    /// The template.
    pub template: &'i Input,
    /// The text that says so.
    pub span: Span,
    /// Scanned Bicep files that it may be compiled from, the most likely first.
    pub sources: Vec<&'i Input>,
}

/// The claims of templates that nobody named and near which there is a Bicep file: beside them, in the folder above, in one
/// below, or in one beside theirs, under the same name or, as they, under that of a main file.
pub fn claims(inputs: &[Input]) -> Vec<Claim<'_>> {
    let claimed = |i: &&Input| !i.explicit && i.kind == Kind::Template;
    let spans = inputs.iter().filter(claimed).filter_map(|i| Some((i, i.mentions.compiled?)));
    let spans: Vec<(&Input, Span)> = spans.collect();
    if spans.is_empty() {
        return Vec::new();
    }
    let near = Near::new(inputs);
    let claim = |(template, span): (_, Span)| Claim { template, span, sources: near.sources(template) };
    spans.into_iter().map(claim).filter(|c| !c.sources.is_empty()).collect()
}

type Files<'i> = FxHashMap<&'i Path, Vec<&'i Input>>;

/// The Bicep files of a scan by their folder, and by the folder above it.
#[derive(Default)]
struct Near<'i> {
    within: Files<'i>,
    below: Files<'i>,
}

impl<'i> Near<'i> {
    fn new(inputs: &'i [Input]) -> Self {
        let mut near = Near::default();
        for input in inputs.iter().filter(|i| i.judged && i.kind == Kind::Bicep) {
            let Some(folder) = input.path.parent() else { continue };
            near.within.entry(folder).or_default().push(input);
            if let Some(above) = folder.parent() {
                near.below.entry(above).or_default().push(input);
            }
        }
        near
    }

    fn sources(&self, template: &Input) -> Vec<&'i Input> {
        let name = stem(&template.path);
        let folder = template.path.parent();
        let above = folder.and_then(Path::parent);
        let rings = [(&self.within, folder), (&self.within, above), (&self.below, folder), (&self.below, above)];
        let same = |path: &Path| stem(path).eq_ignore_ascii_case(name);
        let main = |path: &Path| is_main(name) && is_main(stem(path));
        let mut sources: Vec<&'i Input> = Vec::new();
        for fits in [&same as &dyn Fn(&Path) -> bool, &main] {
            for (files, at) in rings {
                let ring = at.and_then(|f| files.get(f)).into_iter().flatten().copied();
                let known = |input: &Input| sources.iter().any(|s| s.path == input.path);
                let mut fitting: Vec<&'i Input> = ring.filter(|i| fits(&i.path) && !known(i)).collect();
                fitting.sort_unstable_by(|a, b| a.path.cmp(&b.path));
                sources.extend(fitting.into_iter().take(MAX_SOURCES));
            }
        }
        sources.truncate(MAX_SOURCES);
        sources
    }
}

fn stem(path: &Path) -> &str {
    path.file_stem().and_then(|s| s.to_str()).unwrap_or("")
}

fn is_main(stem: &str) -> bool {
    MAIN.iter().any(|m| m.eq_ignore_ascii_case(stem))
}
