//! All places of a name: in its file, and in the modules' callers, the parameter files and the imports that belong to it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::members::{Member, Members, Of};
use super::names::{self, Named, Names, Read};
use crate::check::language::scope::{Declaration, Kind, Scope};
use crate::read::bicep::ast::{ExprKind, ImportItem, Imported, Key, Module, Object, ObjectItem, StatementKind};
use crate::session::{Session, Verdicts};
use crate::source::Span;

/// All places of a name.
pub struct Sites {
    /// The file that declares it, and its name there.
    pub file: PathBuf,
    /// Its name.
    pub name: String,
    /// The declaration.
    pub declared: Span,
    /// Everything else, by file.
    pub used: BTreeMap<PathBuf, Vec<Span>>,
    /// The files in which it is a name of their own: another one must be free there.
    pub bound: Vec<PathBuf>,
    /// Why it has to keep its name: uses that nobody knows.
    pub kept: Vec<String>,
    /// As what it is declared.
    pub names: Names,
}

/// Finds places in the files of a folder that was judged.
pub struct Finder<'s> {
    /// Where the files are.
    pub session: &'s Session,
    /// Which files there are.
    pub verdicts: &'s Verdicts,
}

impl Sites {
    fn new(file: &Path, name: &str, declared: Span, names: Names) -> Self {
        Sites {
            file: file.to_path_buf(),
            name: name.to_owned(),
            declared,
            used: BTreeMap::new(),
            bound: Vec::new(),
            kept: Vec::new(),
            names,
        }
    }

    fn add(&mut self, path: &Path, spans: Vec<Span>) {
        if !spans.is_empty() {
            self.used.entry(path.to_path_buf()).or_default().extend(spans);
        }
    }

    fn keep(&mut self, read: &Read, at: Span, why: &str) {
        let line = read.source.position(at.start).line;
        self.kept.push(format!("{}:{line} {why}", read.source.path.display()));
    }
}

impl Finder<'_> {
    /// All places of what a file names at a place, and which of them that is.
    pub fn at(&self, path: &Path, read: &Read, place: Span) -> Option<(Sites, Span)> {
        let scope = Scope::of(&read.file);
        match names::at(path, &read.file, &scope, place)? {
            Named::Here(i, _) => {
                let declaration = scope.declarations.get(i)?;
                let own = declaration.name.span;
                let uses = uses(&scope, i);
                let here = uses.iter().copied().find(|s| s.contains(place)).unwrap_or(own);
                Some((self.here(path, declaration, uses)?, here))
            }
            Named::Local(i, _) => {
                let local = scope.locals.get(i)?;
                let uses: Vec<Span> = local.uses.iter().map(|name| name.span).collect();
                let here = uses.iter().copied().find(|s| s.contains(place)).unwrap_or(local.name.span);
                let mut sites = Sites::new(path, &local.name.text, local.name.span, Names::Declared);
                sites.add(path, uses);
                Some((sites, here))
            }
            Named::Given { index, name, span, .. } => {
                let template = self.template_of(path, &read.file, &name);
                let sites = template.and_then(|template| self.declared(&template, &name)).or_else(|| {
                    let declared = scope.declarations.get(index?)?.name.span;
                    Some(own(path, &name, declared, uses(&scope, index?)))
                });
                Some((sites?, span))
            }
            Named::There { file, name, names: Names::Declared, span } => Some((self.declared(&file, &name)?, span)),
            Named::There { file, name, names: Names::Outputs, span } => Some((self.output(&file, &name)?, span)),
            Named::File(_) => None,
        }
    }

    /// All places of something that a file declares at its own place.
    fn here(&self, path: &Path, declaration: &Declaration<'_>, uses: Vec<Span>) -> Option<Sites> {
        let name = &declaration.name.text;
        let alone = || Some(own(path, name, declaration.name.span, uses));
        match declaration.kind {
            Kind::Imported(_) if names::has_alias(declaration.kind, name) => alone(),
            Kind::Imported(_) => {
                let (file, name) = names::imported(path, declaration.kind, name)?;
                self.declared(&file, &name)
            }
            Kind::Wildcard(_) => alone(),
            // How other files call an extension nobody looks for.
            Kind::Other => None,
            _ if declaration.parent.is_some() || names::is_value(path) => alone(),
            _ => self.declared(path, name),
        }
    }

    /// The files of the folder, other than one, whose text names it: nearly none does, and most are not parsed for it.
    fn naming<'f>(&'f self, file: &'f Path) -> impl Iterator<Item = (&'f Path, Read)> {
        let end = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let others = self.verdicts.files().iter().map(|f| f.path.as_path()).filter(move |p| *p != file);
        others.filter_map(move |other| {
            let source = self.session.sources().load(other).ok()?;
            let read = source.text().contains(&*end).then(|| names::read(self.session, other)).flatten();
            Some((other, read?))
        })
    }

    /// All places of something that a file declares, but for its outputs.
    fn declared(&self, file: &Path, name: &str) -> Option<Sites> {
        let read = names::read(self.session, file)?;
        let scope = Scope::of(&read.file);
        let index = *scope.top.get(name)?;
        let declaration = scope.declarations.get(index)?;
        if matches!(declaration.kind, Kind::Imported(_) | Kind::Wildcard(_) | Kind::Other) {
            return None;
        }
        let mut sites = own(file, name, declaration.name.span, uses(&scope, index));
        let is_parameter = matches!(declaration.kind, Kind::Param(_));
        if is_parameter {
            self.add_given(&mut sites);
        }
        let is_exported = matches!(declaration.kind, Kind::Var(_) | Kind::Type(_) | Kind::Func(_));
        if !is_parameter && !is_exported {
            return Some(sites);
        }
        for (other, read) in self.naming(file) {
            let scope = Scope::of(&read.file);
            let mut is_imported = false;
            for (i, declaration) in scope.declarations.iter().enumerate() {
                let is_of = |literal: &ExprKind| names::below(other, literal).as_deref() == Some(file);
                match declaration.kind {
                    Kind::Module(module) if is_parameter && is_of(&module.path.kind) => {
                        sites.add(other, names::given(module).filter(|n| n.text == name).map(|n| n.span).collect());
                        if let Some(at) = hidden(module, name, &scope) {
                            sites.keep(&read, at, "hands over parameters that are not written out there");
                        }
                    }
                    Kind::Imported(import) if is_exported && is_of(&import.path.kind) => {
                        let Imported::Items(items) = &import.what else { continue };
                        let own =
                            |item: &&ImportItem| item.name.text == name && item.local().span == declaration.name.span;
                        let Some(item) = items.iter().find(own) else { continue };
                        sites.add(other, vec![item.name.span]);
                        if item.alias.is_none() {
                            sites.bound.push(other.to_path_buf());
                            sites.add(other, uses(&scope, i));
                        }
                    }
                    Kind::Wildcard(import) => is_imported |= is_exported && is_of(&import.path.kind),
                    _ => {}
                }
            }
            if is_imported {
                let is_of = |of: &Of<'_>| match of {
                    Of::Import(import) => names::below(other, &import.path.kind).as_deref() == Some(file),
                    _ => false,
                };
                sites.add_members(other, &read, &scope, is_of, "takes all names of the file as one");
            }
        }
        Some(sites)
    }

    /// All places of an output of a file.
    fn output(&self, file: &Path, name: &str) -> Option<Sites> {
        let read = names::read(self.session, file)?;
        let declared = outputs(&read).find(|(own, _)| *own == name)?.1;
        let mut sites = Sites::new(file, name, declared, Names::Outputs);
        for (other, read) in self.naming(file) {
            let scope = Scope::of(&read.file);
            let is_of = |of: &Of<'_>| match of {
                Of::Outputs(module) => names::below(other, &module.path.kind).as_deref() == Some(file),
                _ => false,
            };
            sites.add_members(other, &read, &scope, is_of, "takes all outputs as one");
        }
        Some(sites)
    }

    /// The parameter files of Bicep, each with its template and the chain of those that it extends.
    fn parameter_files(&self) -> BTreeMap<PathBuf, (Read, Option<PathBuf>, Option<PathBuf>)> {
        let paths = self.verdicts.files().iter().map(|f| f.path.as_path()).filter(|p| names::is_value(p));
        let read = |path: &Path| {
            let read = names::read(self.session, path)?;
            let (template, base) = (names::template_of(path, &read.file), names::base_of(path, &read.file));
            Some((path.to_path_buf(), (read, template, base)))
        };
        paths.filter_map(read).collect()
    }

    /// Adds what parameter files say of a parameter.
    fn add_given(&self, sites: &mut Sites) {
        let (file, name) = (sites.file.clone(), sites.name.clone());
        for other in self.session.parameter_files_of(&file) {
            let given = self.session.parameters(&other).filter(|_| !names::is_value(&other));
            let given = given.iter().flat_map(|g| g.given()).filter(|g| g.name.eq_ignore_ascii_case(&name));
            sites.add(&other, given.map(|g| g.name_span).collect());
        }
        let files = self.parameter_files();
        let mut of: BTreeMap<&Path, BTreeSet<&Path>> = BTreeMap::new();
        for (path, (_, template, _)) in &files {
            let Some(template) = template else { continue };
            for path in chain(&files, path) {
                of.entry(path).or_default().insert(template);
            }
        }
        let mut has: BTreeMap<&Path, bool> = BTreeMap::new();
        for (path, templates) in of.into_iter().filter(|(_, templates)| templates.contains(file.as_path())) {
            let Some((read, _, base)) = files.get(path) else { continue };
            let scope = Scope::of(&read.file);
            let mut spans = Vec::new();
            for (i, d) in scope.declarations.iter().enumerate() {
                if matches!(d.kind, Kind::Param(_)) && d.name.text == name {
                    spans.push(d.name.span);
                    spans.extend(uses(&scope, i));
                }
            }
            if base.is_some() {
                spans.extend(scope.unknown.iter().filter(|n| n.text == name).map(|n| n.span));
                let members = Members::of(&read.file, &scope);
                spans.extend(members.all.iter().filter(|m| matches!(m.of, Of::Base) && m.name == name).map(|m| m.span));
                if let Some((_, at)) = members.whole.iter().find(|(of, _)| matches!(of, Of::Base)) {
                    sites.keep(
                        read,
                        *at,
                        "takes all values of the file as one, and what is used of them is not looked for",
                    );
                }
            }
            // Where another template has it as well, that one would lose it.
            let mut others = templates.iter().filter(|t| **t != file && !spans.is_empty());
            if let Some(other) = others.find(|t| *has.entry(t).or_insert_with(|| self.has_parameter(t, &name))) {
                sites.kept.push(format!("{} gives it to {} as well", path.display(), other.display()));
            }
            if !spans.is_empty() {
                sites.bound.push(path.to_path_buf());
            }
            sites.add(path, spans);
        }
    }

    /// The template that a parameter of a parameter file belongs to: its own, or one of those that others give the file to.
    pub fn template_of(&self, path: &Path, file: &crate::read::bicep::File, name: &str) -> Option<PathBuf> {
        if let Some(own) = names::template_of(path, file) {
            return Some(own);
        }
        let files = self.parameter_files();
        let extending = files.iter().filter(|(from, _)| chain(&files, from).any(|p| p == path));
        let templates: BTreeSet<&PathBuf> = extending.filter_map(|(_, (_, template, _))| template.as_ref()).collect();
        let has = templates.iter().find(|t| self.has_parameter(t, name));
        has.map(|t| (*t).clone())
    }

    fn has_parameter(&self, template: &Path, name: &str) -> bool {
        match names::read(self.session, template) {
            Some(read) => names::parameters(&read.file).any(|p| p.text == name),
            None => true,
        }
    }
}

impl Sites {
    /// Adds the names behind a dot that are this one; where something is used as a whole, nobody knows.
    fn add_members(
        &mut self,
        path: &Path,
        read: &Read,
        scope: &Scope<'_>,
        is_of: impl Fn(&Of<'_>) -> bool,
        whole: &str,
    ) {
        let members = Members::of(&read.file, scope);
        let own = |m: &&Member<'_>| m.name == self.name && is_of(&m.of);
        let spans = members.all.iter().filter(own).map(|m| m.span).collect();
        self.add(path, spans);
        if let Some((_, at)) = members.whole.iter().find(|(of, _)| is_of(of)) {
            self.keep(read, *at, &format!("{whole}, and what is used of them is not looked for"));
        }
    }
}

/// A parameter file and all that it extends, each once.
fn chain<'c>(
    files: &'c BTreeMap<PathBuf, (Read, Option<PathBuf>, Option<PathBuf>)>,
    from: &Path,
) -> impl Iterator<Item = &'c Path> {
    let mut seen: BTreeSet<&Path> = BTreeSet::new();
    let mut at = files.get_key_value(from);
    std::iter::from_fn(move || {
        let (path, (_, _, base)) = at?;
        if !seen.insert(path) {
            return None;
        }
        at = base.as_ref().and_then(|base| files.get_key_value(base));
        Some(path.as_path())
    })
}

/// The places of something that no other file knows.
fn own(path: &Path, name: &str, declared: Span, uses: Vec<Span>) -> Sites {
    let mut sites = Sites::new(path, name, declared, Names::Declared);
    sites.bound.push(path.to_path_buf());
    sites.add(path, uses);
    sites
}

/// The outputs of a file, by name.
pub fn outputs(read: &Read) -> impl Iterator<Item = (&str, Span)> {
    read.file.statements.iter().filter_map(|s| match &s.kind {
        StatementKind::Output(output) => Some((output.name.text.as_str(), output.name.span)),
        _ => None,
    })
}

/// Where the call of a module may hand over a parameter without naming it: a spread, or a value for all of them.
fn hidden(module: &Module, name: &str, scope: &Scope<'_>) -> Option<Span> {
    let params = module.body.object.as_ref()?.get("params")?;
    let ExprKind::Object(params) = &params.kind else { return Some(params.span) };
    params.items.iter().find_map(|item| {
        let ObjectItem::Spread(e) = item else { return None };
        let written = match &e.kind {
            ExprKind::Object(o) => Some(o),
            _ => scope.variable(e).and_then(|(_, var)| match &var.value.kind {
                ExprKind::Object(o) => Some(o),
                _ => None,
            }),
        };
        let lacks = |o: &Object| o.items.iter().all(|i| matches!(i, ObjectItem::Property(p) if is_other(&p.key, name)));
        (!written.is_some_and(lacks)).then_some(e.span)
    })
}

fn is_other(key: &Key, name: &str) -> bool {
    matches!(key, Key::Name(key) if key.text != name)
}

fn uses(scope: &Scope<'_>, index: usize) -> Vec<Span> {
    let in_values = scope.uses.get(index).into_iter().flatten().copied();
    let mut spans: Vec<Span> = in_values.chain(scope.uses_as_type(index)).map(|n| n.span).collect();
    spans.sort();
    spans.dedup();
    spans
}
