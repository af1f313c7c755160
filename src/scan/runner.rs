//! Entry points evaluated and judged, each on one thread.

use std::ffi::OsStr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::allotment::{Cost, Evaluate, Short};
use super::identified::{self, Declared};
use super::unreached::Reached;
use super::{Judge, Memory, Project, Request, account, declared, secret};
use crate::check::secrets::{Search, Secrets};
use crate::check::{self, CheckResult};
use crate::config::context;
use crate::diagnostic::Diagnostic;
use crate::expand::{self, Allowance, Context, Deployed, Limits, Value};
use crate::journal::{self, Lost, Work};
use crate::model::parameters::ParameterFile;
use crate::model::{Held, Library, Template};
use crate::read::FileId;
use crate::read::json::Document;
use crate::report::cut;
use crate::source::asked::{self, Asked};
use crate::walk::classify::is_resource;
use crate::walk::entries::Entry;
use crate::walk::root::relative;

/// One entry point evaluated.
#[derive(Debug, Clone, Default)]
pub struct Evaluated {
    pub results: Vec<CheckResult>,
    pub diagnostics: Vec<Diagnostic>,
    pub resources: usize,
    pub reached: Reached,
    /// The resources whose ids are known.
    pub identified: Vec<Declared>,
    pub secrets: Secrets,
    pub lost: Option<String>,
    /// It was lost to a mistake of armlint, or to the death of a process.
    pub panicked: bool,
    pub cost: Cost,
    /// The files that were looked at for it, where that is remembered.
    pub asked: Asked,
}

/// A template with all that is needed to expand it.
pub struct Opened {
    pub library: Arc<Library>,
    pub template: Arc<Template>,
    pub given: Option<ParameterFile>,
    pub context: Context,
}

/// Evaluates entry points.
pub struct Runner<'a> {
    pub project: &'a Project,
    pub request: &'a Request<'a>,
    pub judge: &'a dyn Judge,
    /// Files that are no templates.
    pub documents: FxHashMap<&'a OsStr, &'a Document>,
    /// Templates that no other entry point needs.
    pub once: FxHashSet<&'a OsStr>,
    pub root: &'a Path,
}

impl Runner<'_> {
    /// Evaluates an entry point; also what was looked at for it, where that is remembered.
    pub fn noted(&self, entry: &Entry, limits: Limits) -> Evaluated {
        if !self.project.sources.are_noted() {
            return self.guarded(entry, limits);
        }
        let (mut evaluated, mut asked) = asked::noted(|| self.guarded(entry, limits));
        asked.extend(entry.files().map(Path::to_path_buf));
        evaluated.asked = asked;
        evaluated
    }

    /// Evaluates an entry point; a panic costs this one only.
    fn guarded(&self, entry: &Entry, limits: Limits) -> Evaluated {
        let judged = || {
            let mut out = self.evaluate(entry, limits);
            // While the others are evaluated: names that double must not add up.
            cut::results(&mut out.results);
            cut::diagnostics(&mut out.diagnostics);
            out
        };
        let evaluate = || catch_unwind(AssertUnwindSafe(judged));
        let lost = |diagnostic, reason: &str| {
            let secrets = secret::of_entry(self.project, entry);
            let lost = Some(reason.to_owned());
            Evaluated { secrets, diagnostics: vec![diagnostic], lost, panicked: true, ..Evaluated::default() }
        };
        match journal::during(Work::Evaluate, entry.path(), evaluate) {
            Ok(Ok(evaluated)) => evaluated,
            Ok(Err(panic)) => {
                let what = account::panic_text(panic.as_ref());
                lost(account::internal(entry.path(), &what), "lost to a mistake of armlint")
            }
            Err(died) => lost(died.diagnostic(entry.path()), Lost::REASON),
        }
    }

    fn evaluate(&self, entry: &Entry, limits: Limits) -> Evaluated {
        match entry {
            Entry::Resources { file } => self.resources(file),
            Entry::Deployment { template, parameters } => {
                let mut out = Evaluated::default();
                match self.deploy(template, parameters.as_deref(), limits, &mut out) {
                    Ok(mut deployed) => {
                        let Deployed { needed, stopped, .. } = deployed;
                        out.cost = Cost { needed, stopped };
                        let own = std::mem::take(&mut deployed.diagnostics);
                        let editable = |d| account::editable(d, &deployed, &self.project.sources);
                        out.diagnostics.extend(own.into_iter().map(editable));
                        out.reached = Reached::of(&deployed, &self.project.sources);
                        out.identified = identified::of(&deployed);
                        out.resources = deployed.resources.iter().filter(|r| !r.existing).count();
                        out.results =
                            self.judge.deployment(&deployed, entry.path(), &relative(entry.path(), self.root));
                        let file = parameters.as_ref().and_then(|p| self.project.sources.load(p).ok());
                        if let Some(file) = file {
                            declared::by(&mut out.results, declared::head_of(&file));
                        }
                    }
                    Err(diagnostic) => {
                        out.secrets = secret::of_entry(self.project, entry);
                        out.lost = Some(diagnostic.message.clone());
                        out.diagnostics.push(diagnostic);
                    }
                }
                out
            }
        }
    }

    fn deploy(
        &self,
        template: &Path,
        parameters: Option<&Path>,
        limits: Limits,
        out: &mut Evaluated,
    ) -> Result<Deployed, Diagnostic> {
        let opened = self.open(template, parameters, &mut out.diagnostics)?;
        let Opened { library, template, given, context } = opened;
        let held = Held::new(&library);
        let mut deployed = expand::expand(&held, template.clone(), given.as_ref(), context, limits);
        let mut search = Search::new(&held).remembering(&self.project.secrets);
        match &given {
            Some(given) => search.parameters(given, Some(&template)),
            None => drop(search.template(&template)),
        }
        deployed.linked.iter().for_each(|(file, template)| search.parameters(file, Some(template)));
        out.secrets = search.finish();
        deployed.given = given;
        Ok(deployed)
    }

    /// A template with all that is needed to expand it.
    pub fn open(
        &self,
        path: &Path,
        parameters: Option<&Path>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<Opened, Diagnostic> {
        let library = self.project.library(path);
        let template = if self.once.contains(path.as_os_str()) { library.open_once(path) } else { library.open(path) }?;
        let given = parameters.map(|p| self.project.parameters(p, diagnostics)).transpose()?;
        let other = self.request.config.for_file(parameters.unwrap_or(path));
        let config = other.as_ref().unwrap_or(self.request.config);
        let given = context::with_defaults(config, path, &template, given);
        let context = context::of_scan(config, template.scope, self.request.now);
        Ok(Opened { library, template, given, context })
    }

    fn resources(&self, file: &Path) -> Evaluated {
        let Some(root) = self.documents.get(file.as_os_str()).and_then(|d| d.root()) else {
            return Evaluated::default();
        };
        let mut out = Evaluated::default();
        let items = if is_resource(root) { vec![root] } else { root.items().collect() };
        for other in items.iter().filter(|i| !is_resource(**i)) {
            let message = "this is no Azure resource (it has no resource type) and is not judged";
            out.diagnostics.push(Diagnostic::warning("not-a-resource", other.span(), message));
        }
        for resource in items.iter().filter(|i| is_resource(**i)) {
            out.resources += 1;
            out.reached.declared(file, resource.span());
        }
        out.secrets = secret::of_value(root);
        let resources: Vec<Value> = items.into_iter().map(check::as_written).collect();
        out.identified = identified::of_export(&resources);
        out.results = self.judge.resources(&resources, file);
        if is_resource(root) {
            // A resource that stands alone is no item of an array.
            for location in out.results.iter_mut().filter_map(|r| r.location.as_mut()) {
                location.pointer = location.pointer.strip_prefix("/0").unwrap_or(&location.pointer).into();
            }
        }
        out
    }
}

/// Entry points, with what is known of them from a look or a run before.
pub struct Entries<'a> {
    pub entries: &'a [&'a Entry],
    pub runner: &'a Runner<'a>,
    pub memory: &'a Memory,
    /// The texts of files with a lower identity are in what may be spent.
    pub counted: FileId,
}

impl Entries<'_> {
    fn anew(&self, entry: &Entry, allowance: Allowance) -> Evaluated {
        let evaluated = self.runner.noted(entry, Limits { allowance, counted: self.counted, ..Limits::default() });
        if let Some(kept) = self.memory.kept() {
            kept.keep_entry(self.runner.project, entry, &evaluated);
        }
        evaluated
    }
}

impl Evaluate for Entries<'_> {
    type Out = Evaluated;

    fn within(&self, number: usize, may: Allowance) -> Result<Evaluated, Short> {
        let entry = self.entries[number];
        let Runner { project, judge, .. } = *self.runner;
        let fits = |known: Evaluated| if may.is_enough_for(known.cost.needed) { Ok(known) } else { Err(Short) };
        let known = || self.memory.kept()?.entry(entry, may, project, judge);
        let known = self.memory.evaluated(entry).map(fits).or_else(known);
        known.unwrap_or_else(|| Ok(self.anew(entry, may)))
    }

    fn at_last(&self, number: usize, may: Allowance) -> Evaluated {
        self.anew(self.entries[number], may)
    }

    fn cost(out: &Evaluated) -> Cost {
        out.cost
    }
}
