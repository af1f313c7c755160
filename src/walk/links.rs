//! What is deployed together: which parameter file belongs to which template, and where evaluation starts.
//!
//! Entry points are found, not configured: every parameter file with its template, every template that no other scanned
//! template uses and that has no parameter file, with unknown parameters, and every file of exported resources.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::classify::{Kind, is_compiled_bicep};
use super::inputs::{Input, Wanted};
use super::root::Roots;
use crate::diagnostic::{Diagnostic, Level};
use crate::read::Span;
use crate::read::json::{Document, Kind as Json, Node};
use crate::read::source::absolute;

/// Where evaluation starts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entry {
    /// A template, with a parameter file or with unknown parameters.
    Deployment {
        /// The template.
        template: PathBuf,
        /// The parameter file.
        parameters: Option<PathBuf>,
    },
    /// Resources as Azure exported them.
    Resources {
        /// The file that holds them.
        file: PathBuf,
    },
}

impl Entry {
    /// The file the entry is known by: the parameter file, else the template or the resources.
    pub fn path(&self) -> &Path {
        match self {
            Entry::Deployment { template, parameters } => parameters.as_ref().unwrap_or(template),
            Entry::Resources { file } => file,
        }
    }
}

/// What the links between files come to.
#[derive(Debug, Default)]
pub struct Links {
    /// The entry points, in the order of their files.
    pub entries: Vec<Entry>,
    /// Compiled Bicep, with its source: not judged again.
    pub generated: BTreeMap<PathBuf, PathBuf>,
    /// Parameter files that are not evaluated, with the reason.
    pub unlinked: BTreeMap<PathBuf, String>,
    /// Every file that an entry point needs by name: templates, parameter files, templates linked by path.
    pub used: BTreeSet<PathBuf>,
    /// What could not be linked.
    pub diagnostics: Vec<Diagnostic>,
}

/// Files that belong to the given ones and are not among them: the template of a parameter file, and the parameter files
/// that lie beside a template that was named.
pub fn missing(inputs: &[Input], roots: &Roots) -> Vec<Wanted> {
    let have: BTreeSet<&Path> = inputs.iter().map(|i| i.path.as_path()).collect();
    let mut out = BTreeSet::new();
    for input in inputs.iter().filter(|i| i.judged) {
        match input.kind {
            Kind::Parameters => out.extend(template_of(input, roots).ok()),
            kind if kind.is_template() && input.explicit => out.extend(parameter_files_beside(&input.path)),
            _ => {}
        }
    }
    let wanted = |path| Wanted { path, explicit: false, judged: false };
    out.into_iter().filter(|p| !have.contains(p.as_path())).map(wanted).collect()
}

/// Finds the entry points. `bicep` says whether Bicep files are evaluated, so that what was compiled from them need not be.
pub fn link(inputs: &[Input], roots: &Roots, bicep: bool) -> Links {
    let mut links = Links::default();
    let templates: BTreeMap<&Path, &Input> =
        inputs.iter().filter(|i| i.kind.is_template()).map(|i| (i.path.as_path(), i)).collect();
    if bicep {
        links.generated = generated(&templates);
    }
    let mut deployed: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for input in inputs.iter().filter(|i| i.kind == Kind::Parameters) {
        match template_of(input, roots) {
            Ok(template) => {
                let template = links.generated.get(&template).unwrap_or(&template).clone();
                let known = templates.get(template.as_path());
                // A parameter file that only came along counts for the template that was named, and for no other.
                if known.is_some_and(|t| input.judged || t.judged) {
                    deployed.entry(template).or_default().push(input.path.clone());
                } else if input.judged {
                    let name = relative_name(&template, input);
                    let unlinked = Unlinked::at(input, format!("its template `{name}` is not one, or cannot be read"));
                    links.give_up(input, unlinked);
                }
            }
            Err(unlinked) if input.judged => links.give_up(input, unlinked),
            Err(_) => {}
        }
    }
    let uses: BTreeMap<&Path, Vec<PathBuf>> = templates
        .iter()
        .map(|(path, input)| (*path, input.document.as_ref().map_or_else(Vec::new, |d| uses(d, path))))
        .collect();
    let called: BTreeSet<&Path> =
        uses.iter().flat_map(|(by, of)| of.iter().filter(move |f| f != by)).map(PathBuf::as_path).collect();
    for input in inputs.iter().filter(|i| i.judged) {
        match input.kind {
            Kind::Resources => links.entries.push(Entry::Resources { file: input.path.clone() }),
            kind if kind.is_template() && !links.is_generated(input) => {
                if !deployed.contains_key(&input.path) && !called.contains(input.path.as_path()) {
                    deployed.insert(input.path.clone(), Vec::new());
                }
            }
            _ => {}
        }
    }
    let mut reached = BTreeSet::new();
    for template in deployed.keys() {
        reach(template, &uses, &mut reached);
    }
    // Templates that only use each other in a ring: start somewhere.
    for input in inputs.iter().filter(|i| i.judged && i.kind.is_template()) {
        if !reached.contains(&input.path) && !links.is_generated(input) {
            deployed.insert(input.path.clone(), Vec::new());
            reach(&input.path, &uses, &mut reached);
        }
    }
    links.used = reached;
    for (template, parameters) in deployed {
        links.used.extend(parameters.iter().cloned());
        if parameters.is_empty() {
            links.entries.push(Entry::Deployment { template, parameters: None });
        } else {
            let with = |p| Entry::Deployment { template: template.clone(), parameters: Some(p) };
            links.entries.extend(parameters.into_iter().map(with));
        }
    }
    links.entries.sort_by(|a, b| a.path().cmp(b.path()).then_with(|| a.cmp(b)));
    links
}

impl Links {
    fn give_up(&mut self, input: &Input, unlinked: Unlinked) {
        let message = format!("this parameter file is not evaluated: {}", unlinked.reason);
        self.diagnostics.push(match unlinked.span {
            Some(span) => Diagnostic::warning("template-not-found", span, message),
            None => Diagnostic::at_path(Level::Warning, "template-not-found", &input.path, message),
        });
        self.unlinked.insert(input.path.clone(), unlinked.reason);
    }

    /// Compiled Bicep that nobody named.
    fn is_generated(&self, input: &Input) -> bool {
        !input.explicit && self.generated.contains_key(&input.path)
    }
}

fn reach(start: &Path, uses: &BTreeMap<&Path, Vec<PathBuf>>, reached: &mut BTreeSet<PathBuf>) {
    let mut todo = vec![start.to_path_buf()];
    while let Some(path) = todo.pop() {
        if let Some(more) = uses.get(path.as_path()) {
            todo.extend(more.iter().filter(|p| !reached.contains(*p)).cloned());
        }
        reached.insert(path);
    }
}

/// Compiled Bicep whose source lies beside it and is scanned, too.
fn generated(templates: &BTreeMap<&Path, &Input>) -> BTreeMap<PathBuf, PathBuf> {
    let compiled = |i: &&&Input| i.kind == Kind::Template && i.document.as_ref().is_some_and(is_compiled_bicep);
    let pair = |i: &&Input| {
        let source = i.path.with_extension("bicep");
        templates.contains_key(source.as_path()).then(|| (i.path.clone(), source))
    };
    templates.values().filter(compiled).filter_map(pair).collect()
}

/// Why a parameter file has no template, and the text that says so.
#[derive(Debug)]
struct Unlinked {
    reason: String,
    span: Option<Span>,
}

impl Unlinked {
    fn at(input: &Input, reason: String) -> Self {
        Unlinked { reason, span: metadata_link(input).map(Node::span) }
    }
}

fn metadata_link(input: &Input) -> Option<Node<'_>> {
    let link = input.document.as_ref()?.root()?.get("metadata")?.get("template")?;
    (link.kind() == Json::String).then_some(link)
}

fn relative_name(path: &Path, input: &Input) -> String {
    super::root::relative(path, input.path.parent().unwrap_or(Path::new("")))
}

/// The template of a parameter file: what `metadata.template` names, else the one it is named after.
fn template_of(input: &Input, roots: &Roots) -> Result<PathBuf, Unlinked> {
    let folder = input.path.parent().unwrap_or(Path::new(""));
    let Some(link) = metadata_link(input).and_then(Node::str) else {
        return template_by_name(&input.path).ok_or_else(|| Unlinked {
            reason: "no template lies beside it under its name (`main.parameters.json` belongs to `main.json` or \
                     `main.bicep`), and it does not name one in `metadata.template`"
                .to_owned(),
            span: None,
        });
    };
    if link.contains("://") {
        return Err(Unlinked::at(input, "its template is linked by URL, which is not read".to_owned()));
    }
    let root = roots.of(&input.path);
    // PSRule reads a link without a leading dot from the working directory; deployment tools read it from the file.
    let plain = link.trim_start_matches(['/', '\\']).replace('\\', "/");
    let beside = absolute(&folder.join(&plain));
    let from_root = absolute(&root.join(&plain));
    let from_base = absolute(&roots.base().join(&plain));
    let candidates = if link.starts_with('.') { vec![beside] } else { vec![from_base, from_root, beside] };
    let Some(found) = candidates.iter().find(|c| c.is_file()) else {
        return Err(Unlinked::at(input, format!("its `metadata.template` names `{link}`, which is not there")));
    };
    let real = |p: &Path| std::fs::canonicalize(p).unwrap_or_else(|_| p.to_path_buf());
    if !real(found).starts_with(real(&root)) {
        let reason = format!("its `metadata.template` leads out of the root ({link}); set --root to allow it");
        return Err(Unlinked::at(input, reason));
    }
    Ok(found.clone())
}

/// The name of a template that a parameter file's name points to, without extension: from `main.parameters.dev.json`,
/// `main.parameters-dev.json` and `main.parameters.json` that is `main`; from `main.dev.parameters.json`, first `main.dev`
/// and then `main`.
fn stems(parameters: &Path) -> Vec<&str> {
    let Some(stem) = parameters.file_stem().and_then(|s| s.to_str()) else { return Vec::new() };
    let Some(cut) = stem.to_ascii_lowercase().rfind(".parameters") else { return Vec::new() };
    let mut stem = &stem[..cut];
    let mut out = Vec::new();
    while !stem.is_empty() {
        out.push(stem);
        stem = stem.rfind('.').map_or("", |dot| &stem[..dot]);
    }
    out
}

fn template_by_name(parameters: &Path) -> Option<PathBuf> {
    let folder = parameters.parent()?;
    let names: Vec<String> = stems(parameters)
        .into_iter()
        .flat_map(|stem| ["json", "jsonc", "bicep"].map(|ext| format!("{stem}.{ext}")))
        .collect();
    if let Some(exact) = names.iter().map(|n| folder.join(n)).find(|p| p.is_file()) {
        return Some(exact);
    }
    // Windows and macOS do not regard case in names; nor do we.
    let mut there: Vec<PathBuf> = entries(folder);
    there.sort();
    names.iter().find_map(|n| there.iter().find(|p| p.file_name().is_some_and(|f| f.eq_ignore_ascii_case(n)))).cloned()
}

/// Parameter files that are named after a template.
fn parameter_files_beside(template: &Path) -> Vec<PathBuf> {
    let (Some(folder), Some(stem)) = (template.parent(), template.file_stem().and_then(|s| s.to_str())) else {
        return Vec::new();
    };
    let json = |p: &PathBuf| {
        p.extension()
            .and_then(|e| e.to_str())
            .is_some_and(|e| e.eq_ignore_ascii_case("json") || e.eq_ignore_ascii_case("jsonc"))
    };
    let ours = |p: &PathBuf| json(p) && stems(p).iter().any(|s| s.eq_ignore_ascii_case(stem));
    entries(folder).into_iter().filter(ours).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .map(|d| d.filter_map(|e| Some(e.ok()?.path())).filter(|p| p.is_file()).collect())
        .unwrap_or_default()
}

/// The templates that a template links by `relativePath`, wherever in it the deployment stands.
fn uses(doc: &Document, path: &Path) -> Vec<PathBuf> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut out = Vec::new();
    let mut todo: Vec<Node<'_>> = doc.root().and_then(|r| r.get("resources")).into_iter().collect();
    while let Some(resources) = todo.pop() {
        let each: Vec<Node<'_>> = match resources.kind() {
            Json::Object => resources.members().map(|m| m.value()).collect(),
            _ => resources.items().collect(),
        };
        for resource in each {
            todo.extend(resource.get("resources"));
            let Some(properties) = resource.get("properties") else { continue };
            todo.extend(properties.get("template").and_then(|t| t.get("resources")));
            let link = properties.get("templateLink").and_then(|l| l.get("relativePath")).and_then(Node::str);
            if let Some(link) = link.filter(|l| !l.starts_with('[')) {
                out.push(absolute(&folder.join(link.replace('\\', "/"))));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests;
