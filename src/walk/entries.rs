//! What is deployed together: which parameter file belongs to which template, and where evaluation starts.
//!
//! Entry points are found, not configured: every parameter file with its template, every template that no other scanned
//! template uses and that has no parameter file, with unknown parameters, and every file of exported resources.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::classify::Kind;
use super::inputs::{Input, Wanted};
use super::mentions::Named;
use super::root::Roots;
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::lock::lock;
use crate::read::bicep::{is_registry, relative_path};
use crate::read::reach::{Reach, Refusal};
use crate::read::{Sources, Span};
use crate::source::{PathMap, PathSet, absolute};

/// Where evaluation starts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

    /// The template that is deployed.
    pub fn template(&self) -> Option<&Path> {
        match self {
            Entry::Deployment { template, .. } => Some(template),
            Entry::Resources { .. } => None,
        }
    }

    /// Every file of the entry.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let (file, parameters) = match self {
            Entry::Deployment { template, parameters } => (template, parameters.as_deref()),
            Entry::Resources { file } => (file, None),
        };
        std::iter::once(file.as_path()).chain(parameters)
    }
}

/// What the links between files come to.
#[derive(Debug, Default)]
pub struct Links {
    /// The entry points, in the order of their files.
    pub entries: Vec<Entry>,
    /// Compiled Bicep, with its source: not judged again.
    pub generated: PathMap<PathBuf>,
    /// Parameter files with the template that they name, or are named after.
    pub templates: PathMap<PathBuf>,
    /// Parameter files that are not evaluated, with the reason.
    pub unlinked: PathMap<String>,
    /// Every file that an entry point needs by name: templates, parameter files, templates linked by path.
    pub used: PathSet,
    /// Parameter files that a deployment links: read with it, if it is deployed.
    pub linked: PathSet,
    /// The templates that each template uses: modules, and what it links by path.
    pub uses: PathMap<Vec<PathBuf>>,
    /// What could not be linked.
    pub diagnostics: Vec<Diagnostic>,
}

/// The templates that parameter files in Bicep name.
pub fn used_by_bicep(inputs: &[Input], finder: &Finder<'_>) -> PathSet {
    let files = inputs.iter().filter(|i| i.kind == Kind::BicepParam);
    files.filter_map(|file| finder.template_of(file).ok()).collect()
}

/// Files that belong to the given ones and are not among them: the template of a parameter file, and the parameter files
/// that lie beside a template that was named.
pub fn missing(inputs: &[Input], finder: &Finder<'_>) -> Vec<Wanted> {
    let have: FxHashSet<&OsStr> = inputs.iter().map(|i| i.path.as_os_str()).collect();
    // Each with whether a file in Bicep names it.
    let mut out = BTreeMap::new();
    for input in inputs.iter().filter(|i| i.judged) {
        match input.kind {
            kind if kind.is_parameters() => {
                if let Ok(template) = finder.template_of(input) {
                    *out.entry(template).or_default() |= kind == Kind::BicepParam;
                }
            }
            kind if kind.is_template() && input.explicit => {
                let beside = finder.parameter_files(&input.path).into_iter().filter(|p| finder.may_read(input, p));
                beside.for_each(|file| *out.entry(file).or_default() |= false);
            }
            _ => {}
        }
    }
    let wanted = |(path, bicep)| Wanted { path, explicit: false, judged: false, bicep };
    out.into_iter().filter(|(p, _)| !have.contains(p.as_os_str())).map(wanted).collect()
}

/// Finds the entry points. `generated` are compiled templates with the Bicep file that makes the same.
pub fn link(inputs: &[Input], finder: &Finder<'_>, generated: PathMap<PathBuf>) -> Links {
    let mut links = Links { generated, ..Links::default() };
    let templates: FxHashMap<&OsStr, &Input> =
        inputs.iter().filter(|i| i.kind.is_template()).map(|i| (i.path.as_os_str(), i)).collect();
    links.templates = self::templates(inputs, finder);
    // What a deployment gives to its template belongs to no template by its name.
    let linked: FxHashSet<&OsStr> = inputs.iter().flat_map(|i| &i.mentions.values).map(|p| p.as_os_str()).collect();
    let is_linked = |i: &Input| linked.contains(i.path.as_os_str());
    let mut deployed: PathMap<Vec<PathBuf>> = PathMap::default();
    for input in inputs.iter().filter(|i| i.kind.is_parameters()) {
        match finder.template_of(input) {
            Ok(template) => {
                let template = links.generated.get(&template).unwrap_or(&template).clone();
                let known = templates.get(template.as_os_str());
                // A parameter file that only came along counts for the template that was named, and for no other.
                if known.is_some_and(|t| input.judged || t.judged) {
                    deployed.entry(template).or_default().push(input.path.clone());
                } else if input.judged {
                    let name = relative_name(&template, input);
                    let unlinked = Unlinked::at(input, format!("its template `{name}` is not one, or cannot be read"));
                    links.give_up(input, unlinked);
                }
            }
            Err(unlinked) if input.judged && !is_linked(input) => links.give_up(input, unlinked),
            Err(_) => {}
        }
    }
    let uses: PathMap<Vec<PathBuf>> =
        inputs.iter().filter(|i| i.kind.is_template()).map(|i| (i.path.clone(), i.mentions.uses.clone())).collect();
    let called: FxHashSet<&OsStr> =
        uses.iter().flat_map(|(by, of)| of.iter().map(|f| f.as_os_str()).filter(move |f| *f != by)).collect();
    for input in inputs.iter().filter(|i| i.judged) {
        match input.kind {
            Kind::Resources => links.entries.push(Entry::Resources { file: input.path.clone() }),
            kind if kind.is_template() && !links.is_generated(input) && !called.contains(input.path.as_os_str()) => {
                deployed.entry(input.path.clone()).or_default();
            }
            _ => {}
        }
    }
    let mut reached = PathSet::default();
    for template in deployed.paths() {
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
    links.linked = inputs.iter().filter(|i| i.kind.is_parameters() && is_linked(i)).map(|i| i.path.clone()).collect();
    links.used.extend(links.linked.iter().map(Path::to_path_buf));
    links.uses = uses;
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
    links.diagnostics.append(&mut lock(&finder.refused));
    links
}

/// The templates of parameter files, as far as they are there.
pub fn templates(inputs: &[Input], finder: &Finder<'_>) -> PathMap<PathBuf> {
    let of = |i: &Input| Some((i.path.clone(), finder.template_of(i).ok()?));
    inputs.iter().filter(|i| i.judged && i.kind.is_parameters()).filter_map(of).collect()
}

/// The entry points where the command line says which parameter files one template is evaluated with.
pub fn given(template: &Path, parameters: &[PathBuf]) -> Links {
    let entry = |p: &PathBuf| Entry::Deployment { template: template.to_path_buf(), parameters: Some(p.clone()) };
    let mut used: PathSet = parameters.iter().cloned().collect();
    used.insert(template.to_path_buf());
    Links { entries: parameters.iter().map(entry).collect(), used, ..Links::default() }
}

impl Links {
    fn give_up(&mut self, input: &Input, unlinked: Unlinked) {
        if !unlinked.intended {
            let message = format!("this parameter file is not evaluated: {}", unlinked.reason);
            let (level, code) = match unlinked.refusal {
                // A template is there, and was not read.
                Some(refusal) => (Level::Error, refusal.code()),
                None if unlinked.is_mistake => (Level::Error, "template-not-found"),
                None => (Level::Warning, "template-not-found"),
            };
            let place = unlinked.span.map_or_else(|| Place::Path(input.path.clone()), Place::Span);
            self.diagnostics.push(Diagnostic { level, code, message, place });
        }
        self.unlinked.insert(input.path.clone(), unlinked.reason);
    }

    /// These templates and all that they use.
    pub fn used_by<'t>(&self, templates: impl Iterator<Item = &'t Path>) -> PathSet {
        let mut reached = PathSet::default();
        templates.for_each(|t| reach(t, &self.uses, &mut reached));
        reached
    }

    /// The templates that one entry point deploys and no template is known to use: nobody asks for them again.
    pub fn needed_once(&self) -> FxHashSet<&OsStr> {
        let mut users: FxHashMap<&OsStr, usize> = FxHashMap::default();
        let deployed = self.entries.iter().filter_map(Entry::template).map(Path::as_os_str);
        let used = self.uses.values().flatten().map(|path| path.as_os_str());
        deployed.clone().chain(used).for_each(|template| *users.entry(template).or_default() += 1);
        deployed.filter(|template| users.get(template) == Some(&1)).collect()
    }

    /// Whether a file is told of though nobody asks to judge it: an entry point needs it, or the process died of it.
    pub fn tells_of(&self, input: &Input) -> bool {
        self.used.contains(&input.path) || input.is_lost()
    }

    /// Compiled Bicep that nobody named.
    pub fn is_generated(&self, input: &Input) -> bool {
        !input.explicit && self.generated.contains_key(&input.path)
    }
}

fn reach(start: &Path, uses: &PathMap<Vec<PathBuf>>, reached: &mut PathSet) {
    let mut todo = vec![start.to_path_buf()];
    while let Some(path) = todo.pop() {
        if let Some(more) = uses.get(&path) {
            todo.extend(more.iter().filter(|p| !reached.contains(p)).cloned());
        }
        reached.insert(path);
    }
}

/// Why a parameter file has no template, and the text that says so.
#[derive(Debug, Clone)]
pub struct Unlinked {
    /// Why.
    pub reason: String,
    /// The text that names the template.
    pub span: Option<Span>,
    /// The file says itself that it has none (`using none`).
    pub intended: bool,
    /// The compiler refuses the file for it.
    pub is_mistake: bool,
    /// There is one that may not be read.
    pub refusal: Option<Refusal>,
}

impl Unlinked {
    fn at(input: &Input, reason: String) -> Self {
        Unlinked { reason, span: input.mentions.template.span(), intended: false, is_mistake: false, refusal: None }
    }

    fn mistaken(input: &Input, reason: String) -> Self {
        Unlinked { is_mistake: true, ..Unlinked::at(input, reason) }
    }

    fn refused(input: &Input, link: &str, refusal: Refusal) -> Self {
        let reason = format!("its template `{link}` is not read: {refusal}");
        // A path that is written to lie elsewhere was not looked for: perhaps nothing is there.
        Unlinked { refusal: Some(refusal).filter(|r| *r != Refusal::Outside), ..Unlinked::at(input, reason) }
    }
}

fn relative_name(path: &Path, input: &Input) -> String {
    super::root::relative(path, input.path.parent().unwrap_or(Path::new("")))
}

/// The file that a registry module (`br:…`, `ts:…`) named in a file is restored to, or why there is none.
pub type Restored<'a> = &'a (dyn Fn(&Path, &str) -> Result<PathBuf, String> + Sync);

/// Finds the template of a parameter file.
pub struct Finder<'a> {
    /// What links may not lead out of.
    roots: &'a Roots,
    restored: Restored<'a>,
    sources: &'a Sources,
    /// What may be read below each root.
    reaches: Mutex<PathMap<Arc<Reach>>>,
    /// The folders that were looked into.
    listings: Mutex<PathMap<Arc<Listing>>>,
    /// Files that belong to others and may not be read.
    refused: Mutex<Vec<Diagnostic>>,
    /// What was found before.
    known: Mutex<PathMap<Result<PathBuf, Unlinked>>>,
}

impl<'a> Finder<'a> {
    /// A finder whose links do not lead out of the roots.
    pub fn new(roots: &'a Roots, restored: Restored<'a>, sources: &'a Sources) -> Self {
        Finder {
            roots,
            restored,
            sources,
            reaches: Mutex::default(),
            listings: Mutex::default(),
            refused: Mutex::default(),
            known: Mutex::default(),
        }
    }

    /// Finds the templates of all parameter files, on all threads: most of it is to ask the file system.
    pub fn find_all(&self, inputs: &[Input]) {
        let files = inputs.par_iter().with_min_len(8).filter(|i| i.kind.is_parameters());
        files.for_each(|input| drop(self.template_of(input)));
    }

    /// The template of a parameter file: what `using` or `metadata.template` names, else the one it is named after.
    ///
    /// # Errors
    /// [`Unlinked`] if there is none.
    pub fn template_of(&self, input: &Input) -> Result<PathBuf, Unlinked> {
        let known = lock(&self.known).get(&input.path).cloned();
        known.unwrap_or_else(|| {
            let found = self.find(input);
            lock(&self.known).insert(input.path.clone(), found.clone());
            found
        })
    }

    fn find(&self, input: &Input) -> Result<PathBuf, Unlinked> {
        if input.kind == Kind::BicepParam {
            return self.used_by(input);
        }
        let Named::By(link, _) = &input.mentions.template else {
            let found = self.template_by_name(&input.path).ok_or_else(|| {
                let reason = "no template lies beside it under its name (`main.parameters.json` belongs to `main.json` or \
                              `main.bicep`), and it does not name one in `metadata.template`";
                Unlinked::at(input, reason.to_owned())
            })?;
            let name = relative_name(&found, input);
            return self.permitted(input, &name, found);
        };
        if link.contains("://") {
            return Err(Unlinked::at(input, "its template is linked by URL, which is not read".to_owned()));
        }
        // PSRule reads a link without a leading dot from the working directory; deployment tools read it from the file.
        let plain = link.trim_start_matches(['/', '\\']).replace('\\', "/");
        let (base, root) = (self.roots.base().to_path_buf(), self.roots.of(&input.path));
        let beside = input.path.parent().unwrap_or(Path::new("")).to_path_buf();
        let folders = if link.starts_with('.') { vec![beside] } else { vec![base, root, beside] };
        self.first(input, link, folders.iter().map(|f| absolute(&f.join(&plain))))
    }

    /// What a Bicep parameter file's `using` names.
    fn used_by(&self, input: &Input) -> Result<PathBuf, Unlinked> {
        let text = match &input.mentions.template {
            Named::By(text, _) => text,
            Named::Nowhere => {
                let reason = "it names no template: write `using './main.bicep'`, or `using none`";
                return Err(Unlinked::mistaken(input, reason.to_owned()));
            }
            Named::WithoutOne => {
                let reason = "it is for no template of its own (`using none`)".to_owned();
                return Err(Unlinked { reason, span: None, intended: true, is_mistake: false, refusal: None });
            }
            Named::Unclear(_) => {
                let reason = "the path after `using` is not a plain string";
                return Err(Unlinked::mistaken(input, reason.to_owned()));
            }
        };
        if is_registry(text) {
            return (self.restored)(&input.path, text).map_err(|why| Unlinked::at(input, why));
        }
        let relative = relative_path(text).map_err(|why| Unlinked::mistaken(input, why.to_owned()))?;
        let found = self.first(input, text, input.path.parent().map(|f| absolute(&f.join(relative))));
        found.map_err(|unlinked| Unlinked { is_mistake: true, ..unlinked })
    }

    /// The first of these paths that is there and may be read. Paths that lead out of the root are not looked for.
    fn first(
        &self,
        input: &Input,
        link: &str,
        candidates: impl IntoIterator<Item = PathBuf>,
    ) -> Result<PathBuf, Unlinked> {
        let (mut refusal, mut missing) = (None, false);
        for path in candidates {
            match self.reach(input).check(&path) {
                Ok(()) if self.sources.is_file(&path) => return Ok(path),
                Ok(()) => missing = true,
                Err(why) => refusal = refusal.or(Some(why)),
            }
        }
        Err(match refusal {
            // A path that is merely written to lie elsewhere says nothing where another one could have been meant.
            Some(why) if !missing || why != Refusal::Outside => Unlinked::refused(input, link, why),
            _ => Unlinked::at(input, format!("it names the template `{link}`, which is not there")),
        })
    }

    fn template_by_name(&self, parameters: &Path) -> Option<PathBuf> {
        let folder = parameters.parent()?;
        let names: Vec<String> = stems(parameters)
            .into_iter()
            .flat_map(|stem| ["json", "jsonc", "bicep"].map(|ext| format!("{stem}.{ext}")))
            .collect();
        if let Some(exact) = names.iter().map(|n| folder.join(n)).find(|p| self.sources.is_file(p)) {
            return Some(exact);
        }
        // Windows and macOS do not regard case in names; nor do we.
        let there = self.listing(folder);
        names.iter().find_map(|n| there.by_name.get(&n.to_ascii_lowercase())).cloned()
    }

    /// Parameter files that are named after a template and lie beside it.
    fn parameter_files(&self, template: &Path) -> Vec<PathBuf> {
        let stem = template.file_stem().and_then(|s| s.to_str()).map(str::to_ascii_lowercase);
        let (Some(folder), Some(stem)) = (template.parent(), stem) else { return Vec::new() };
        self.listing(folder).by_stem.get(&stem).cloned().unwrap_or_default()
    }

    /// What lies in a folder: read once, however many files ask.
    fn listing(&self, folder: &Path) -> Arc<Listing> {
        let known = lock(&self.listings).get(folder).cloned();
        known.unwrap_or_else(|| {
            let read = Arc::new(Listing::new(folder, self.sources));
            lock(&self.listings).entry(folder.to_path_buf()).or_insert(read).clone()
        })
    }

    fn permitted(&self, input: &Input, link: &str, found: PathBuf) -> Result<PathBuf, Unlinked> {
        match self.reach(input).check(&found) {
            Ok(()) => Ok(found),
            Err(refusal) => Err(Unlinked::refused(input, link, refusal)),
        }
    }

    /// Whether a file that belongs to an input may be read; if not, that is said.
    fn may_read(&self, input: &Input, path: &Path) -> bool {
        let Err(refusal) = self.reach(input).check(path) else { return true };
        let message = format!("this file belongs to {} and is not read: {refusal}", relative_name(&input.path, input));
        lock(&self.refused).push(Diagnostic::at_path(Level::Error, refusal.code(), path, message));
        false
    }

    fn reach(&self, input: &Input) -> Arc<Reach> {
        let root = self.roots.of(&input.path);
        lock(&self.reaches).entry(root.clone()).or_insert_with(|| Arc::new(Reach::new([root]))).clone()
    }
}

/// The name of a template that a parameter file's name points to, without extension: from `main.parameters.dev.json`,
/// `main.parameters-dev.json` and `main.parameters.json` that is `main`; from `main.dev.parameters.json`, first `main.dev`
/// and then `main`. The portal exports a `parameters.json` with each `template.json`.
fn stems(parameters: &Path) -> Vec<&str> {
    let Some(stem) = parameters.file_stem().and_then(|s| s.to_str()) else { return Vec::new() };
    if stem.eq_ignore_ascii_case("parameters") {
        return vec!["template"];
    }
    let Some(cut) = stem.to_ascii_lowercase().rfind(".parameters") else { return Vec::new() };
    let mut stem = &stem[..cut];
    let mut out = Vec::new();
    while !stem.is_empty() {
        out.push(stem);
        stem = stem.rfind('.').map_or("", |dot| &stem[..dot]);
    }
    out
}

/// The files of a folder, for the names that are asked for.
struct Listing {
    /// Every file by its name in small letters, the first of several in the order of paths first.
    by_name: FxHashMap<String, PathBuf>,
    /// The parameter files by each of their [`stems`] in small letters.
    by_stem: FxHashMap<String, Vec<PathBuf>>,
}

impl Listing {
    fn new(folder: &Path, sources: &Sources) -> Self {
        let files = sources.files_in(folder, |_| true).unwrap_or_default();
        let mut out = Listing { by_name: FxHashMap::default(), by_stem: FxHashMap::default() };
        for path in files {
            let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
            if ["json", "jsonc"].iter().any(|json| extension.eq_ignore_ascii_case(json)) {
                for stem in stems(&path) {
                    out.by_stem.entry(stem.to_ascii_lowercase()).or_default().push(path.clone());
                }
            }
            if let Some(name) = path.file_name().and_then(|n| n.to_str()).map(str::to_ascii_lowercase) {
                out.by_name.entry(name).or_insert(path);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests;
