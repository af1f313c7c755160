//! Compiled Bicep: whether a template that says Bicep generated it makes what the Bicep file makes.
//!
//! Only then is it left out, since its resources are judged through the Bicep file. The claim alone is one line that anybody
//! can write. Both are expanded without any parameter's value, so that what comes out holds for all values, and compared: the
//! compiler inlines, renames and orders, but what is deployed stays the same.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ecow::eco_format;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use super::Project;
use crate::config::{Config, context};
use crate::diagnostic::{Diagnostic, Level};
use crate::expand::known::identity;
use crate::expand::residual::{Node, Residual};
use crate::expand::{self, Allowance, Data, Deployed, Limits, Resource, Value};
use crate::journal::{self, Work};
use crate::model::{Builtin, Expr, ExprKind, Held, Parameter, Template};
use crate::nesting;
use crate::source::PathMap;
use crate::walk::claims::Claim;
use crate::walk::inputs::Input;

/// The code of the diagnostic about a compiled template that is not what its Bicep file makes.
pub const DIFFERS: &str = "generated-differs";

/// What a comparison may cost besides what its texts allow, which add to it: so many of them cost no more than their texts. If it
/// does not suffice, the template is judged.
const ALLOWANCE: Allowance = Allowance { steps: 20_000, bytes: 4 << 20 };

/// The bytes that a side is written out to, and how deep.
const MAX_TEXT: usize = 16 << 20;
/// What was found out about compiled templates.
#[derive(Debug, Default)]
pub struct Verified {
    /// Templates that make what a scanned Bicep file makes, with that file.
    pub sources: PathMap<PathBuf>,
    /// Templates that make something else than the scanned Bicep file that they stem from, or of which nobody can say what they
    /// make, with that file.
    pub stale: PathMap<PathBuf>,
    /// What is said of them.
    pub diagnostics: Vec<Diagnostic>,
}

/// Holds claims against the Bicep files they may stem from. Which claims hold hangs on the files only.
pub fn verify(project: &Project, config: &Config, claims: &[Claim<'_>]) -> Verified {
    let sides = Sides { project, config, known: Mutex::default() };
    let checked: Vec<_> = claims.par_iter().map(|claim| sides.guarded(claim)).collect();
    let mut out = Verified::default();
    for (claim, checked) in claims.iter().zip(checked) {
        match checked {
            Checked::Same(source) => drop(out.sources.insert(claim.template.path.clone(), source)),
            Checked::Other(source, diagnostic) => {
                if let Some(source) = source {
                    out.stale.insert(claim.template.path.clone(), source);
                }
                out.diagnostics.extend(diagnostic);
            }
        }
    }
    out
}

enum Checked {
    Same(PathBuf),
    Other(Option<PathBuf>, Option<Diagnostic>),
}

/// What a template makes, each thing as a hash: a template of a million parts is a list of short texts.
#[derive(Debug, PartialEq, Eq)]
struct Made {
    things: Vec<Thing>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Thing {
    /// What it is called.
    key: [u8; 32],
    /// All that is said of it.
    all: [u8; 32],
}

/// Both sides of comparisons, each made once.
struct Sides<'a> {
    project: &'a Project,
    config: &'a Config,
    known: Mutex<FxHashMap<&'a Path, Arc<OnceLock<Option<Made>>>>>,
}

impl<'a> Sides<'a> {
    fn guarded(&self, claim: &Claim<'a>) -> Checked {
        let path = &claim.template.path;
        let checked = journal::during(Work::Compare, path, || self.check(claim));
        checked.unwrap_or_else(|lost| Checked::Other(None, Some(lost.diagnostic(path))))
    }

    fn check(&self, claim: &Claim<'a>) -> Checked {
        let compiled = self.made(claim.template);
        // What cannot be compared stems from the likeliest source, if from any; nobody can say that it differs.
        let likeliest = || Checked::Other(claim.sources.first().map(|s| s.path.clone()), None);
        let Some(compiled) = compiled.get().and_then(Option::as_ref) else { return likeliest() };
        let mut nearest = None;
        for source in &claim.sources {
            let side = self.made(source);
            let Some(made) = side.get().and_then(Option::as_ref) else { continue };
            if made == compiled {
                return Checked::Same(source.path.clone());
            }
            // Beside the template, it is its source; elsewhere only if it makes something of the same name.
            let beside = source.path.parent() == claim.template.path.parent();
            if nearest.is_none() && (beside || made.resembles(compiled)) {
                nearest = Some(source.path.as_path());
            }
        }
        let Some(source) = nearest else { return likeliest() };
        let folder = claim.template.path.parent().unwrap_or(Path::new(""));
        let name = crate::walk::root::relative(source, folder);
        let message = format!(
            "this template says that Bicep generated it, but it does not make what {name} makes, so it is judged itself, \
             and what both break is shown there; it stems from an older version of that file, or was changed by hand: \
             build it again"
        );
        let diagnostic = Diagnostic::warning(DIFFERS, claim.span, message);
        Checked::Other(Some(source.to_path_buf()), Some(diagnostic))
    }

    /// What a file makes; nothing if that cannot be found out as a whole.
    fn made(&self, input: &'a Input) -> Arc<OnceLock<Option<Made>>> {
        let path = input.path.as_path();
        let cell = self.known.lock().unwrap_or_else(PoisonError::into_inner).entry(path).or_default().clone();
        cell.get_or_init(|| catch_unwind(AssertUnwindSafe(|| self.make(input))).ok().flatten());
        cell
    }

    fn make(&self, input: &Input) -> Option<Made> {
        let path = input.path.as_path();
        let library = self.project.library(path);
        // The syntax is there already; the scan hands it over for good later.
        input.document.iter().for_each(|d| library.adopt(d.clone()));
        input.bicep.iter().for_each(|f| library.adopt_bicep(path, f.clone()));
        let template = library.open(path).ok()?;
        let context = context::of_scan(self.config, template.scope, None);
        let open = Arc::new(opened(&template));
        let limits = Limits { allowance: ALLOWANCE, ..Limits::default() };
        let deployed = expand::expand(&Held::new(&library), open, None, context, limits);
        // A note is no loss; everything else means that something is not there to be compared.
        if deployed.diagnostics.iter().any(|d| d.level != Level::Note) {
            return None;
        }
        Writer::default().made(&template, &deployed)
    }
}

impl Made {
    /// Whether something in both has the same name.
    fn resembles(&self, other: &Made) -> bool {
        let keys: BTreeSet<_> = self.things.iter().map(|t| t.key).collect();
        other.things.iter().any(|t| keys.contains(&t.key))
    }
}

/// A template whose parameters have no values, whatever they are given. Defaults and allowed values become the defaults of
/// more parameters, which stand behind the others.
fn opened(template: &Template) -> Template {
    let mut open = template.clone();
    let mut more = Vec::new();
    for p in &mut open.parameters {
        let ty = std::mem::take(&mut p.ty);
        let allowed = expand::allowed(template, &ty).map(|a| Expr::new(ExprKind::Array(a.to_vec()), p.span));
        let said = [("default", p.default.take()), ("allowed", allowed)];
        let add = |(what, value): (&str, Option<Expr>)| {
            let name = eco_format!("{what} {}", p.name.to_ascii_lowercase());
            Some(Parameter { name, default: Some(value?), ..p.clone() })
        };
        more.extend(said.into_iter().filter_map(add));
    }
    open.parameters.extend(more);
    open.places = Default::default();
    open
}

/// Too large, too deep, or with something that could not be evaluated.
struct Incomparable;

/// Writes what is deployed so that the same things are the same text, whichever language they come from.
#[derive(Default)]
struct Writer {
    text: String,
    /// The bytes written before.
    before: usize,
}

impl Writer {
    fn made(mut self, template: &Template, deployed: &Deployed) -> Option<Made> {
        let mut things = Vec::new();
        for (i, deployment) in deployed.deployments.iter().enumerate() {
            // The compiler's nested templates are evaluated within.
            if !deployment.inner {
                return None;
            }
            // The root's own types were taken away.
            let declared = if i == 0 { template } else { &*deployment.template };
            let secure = |p: &Parameter| (p.name.to_ascii_lowercase(), expand::is_secure(declared, &p.ty));
            let mut secure: Vec<_> = declared.parameters.iter().map(secure).collect();
            secure.sort();
            // What the parameters of the root say of themselves.
            let said = deployment.template.parameters.iter().map(|p| &p.name).zip(&deployment.parameters);
            let said = said.skip(declared.parameters.len());
            let mut named: Vec<_> = deployment.outputs.iter().map(|(n, v)| (n, v)).chain(said).collect();
            named.sort_by_cached_key(|(name, _)| name.to_ascii_lowercase());
            let interface = |w: &mut Writer| {
                let _ = write!(w.text, "{:?} {secure:?}", deployment.template.scope);
                named.into_iter().try_for_each(|(name, value)| {
                    w.name(name);
                    w.value(value, 0)
                })
            };
            let all = self.hash(interface).ok()?;
            things.push(Thing { key: all, all });
        }
        for resource in deployed.resources.iter().filter(|r| !r.existing && r.deploys.is_none()) {
            // A deployment that could not be read may deploy anything.
            if resource.type_.eq_ignore_ascii_case("Microsoft.Resources/deployments") {
                return None;
            }
            let key = self.hash(|w| w.identity(resource)).ok()?;
            let all = self.hash(|w| w.resource(resource, deployed)).ok()?;
            things.push(Thing { key, all });
        }
        things.sort();
        Some(Made { things })
    }

    fn hash(&mut self, write: impl FnOnce(&mut Self) -> Result<(), Incomparable>) -> Result<[u8; 32], Incomparable> {
        self.text.clear();
        write(self)?;
        self.before += self.text.len();
        Ok(Sha256::digest(self.text.as_bytes()).into())
    }

    fn identity(&mut self, r: &Resource) -> Result<(), Incomparable> {
        self.name(&r.type_);
        self.value(&r.name, 0)
    }

    fn resource(&mut self, r: &Resource, deployed: &Deployed) -> Result<(), Incomparable> {
        self.identity(r)?;
        let id = identity::of_resource(deployed, r, &r.name).id;
        let _ = write!(self.text, "{id} {} {:?} ", r.repeated.is_some(), r.api_version);
        // What it hangs on: its own condition, and those of the deployments around it.
        let mut at = Some(r);
        while let Some(now) = at {
            now.condition.iter().try_for_each(|c| self.value(c, 0))?;
            let around = deployed.deployments.get(now.deployment).and_then(|d| d.resource);
            at = around.and_then(|i| deployed.resources.get(i));
        }
        self.value(&r.body, 0)
    }

    /// A name without regard to case.
    fn name(&mut self, name: &str) {
        let _ = write!(self.text, "{:?} ", name.to_ascii_lowercase());
    }

    fn value(&mut self, value: &Value, depth: usize) -> Result<(), Incomparable> {
        if !nesting::WRITTEN_OUT.allows(depth) || self.before + self.text.len() > MAX_TEXT {
            return Err(Incomparable);
        }
        let _ = match &value.data {
            Data::Null => write!(self.text, "null "),
            Data::Bool(b) => write!(self.text, "{b} "),
            Data::Int(i) => write!(self.text, "{i} "),
            Data::Float(f) => write!(self.text, "{f:?} "),
            Data::Str(s) => write!(self.text, "{s:?} "),
            Data::Array(items) => {
                self.text.push('[');
                items.iter().try_for_each(|i| self.value(i, depth + 1))?;
                write!(self.text, "] ")
            }
            Data::Object(o) => {
                self.text.push('{');
                let mut members: Vec<_> = o.members.iter().collect();
                members.sort_by_cached_key(|m| m.key.to_ascii_lowercase());
                // The engine drops the metadata of resources, and the compiler does not say all of it.
                for m in members.into_iter().filter(|m| depth > 0 || !m.key.eq_ignore_ascii_case("metadata")) {
                    self.name(&m.key);
                    self.value(&m.value, depth + 1)?;
                }
                write!(self.text, "}} ")
            }
            Data::Residual(r) => return self.residual(r, depth),
        };
        Ok(())
    }

    fn residual(&mut self, r: &Residual, depth: usize) -> Result<(), Incomparable> {
        match &r.node {
            Node::Call { name, args } => {
                // Versions of the compiler write one id with different functions.
                if let Some(id) = identity::of_call(r) {
                    let _ = write!(self.text, "id({id}");
                } else {
                    let _ = write!(self.text, "{}(", name.to_ascii_lowercase());
                    // Bicep names an item of a loop by its symbol, the compiler's text without symbolic names by its id and its
                    // API version. Which item it is, nobody knows.
                    let open = r.as_call().is_some_and(|(f, args)| f == Builtin::Reference && !args[0].is_known());
                    args.iter().skip(if open { 2 } else { 0 }).try_for_each(|a| self.value(a, depth + 1))?;
                }
            }
            Node::Access { base, key } => {
                self.text.push_str(".(");
                self.value(base, depth + 1)?;
                self.value(key, depth + 1)?;
            }
            Node::Parameter(p) => {
                self.text.push_str("parameter(");
                self.name(&p.name);
            }
            Node::Loop { count, item, .. } => {
                self.text.push_str("loop(");
                self.value(count, depth + 1)?;
                self.value(item, depth + 1)?;
            }
            Node::Text(text) => self.text.push_str(text),
            Node::Failed(_) => return Err(Incomparable),
        }
        self.text.push_str(") ");
        Ok(())
    }
}
