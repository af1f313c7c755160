//! One run of the expander: what all deployments of one root template share.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Value;
use super::instance::Instance;
use super::weight::Weights;
use crate::diagnostic::Diagnostic;
use crate::model::Template;
use crate::read::{FileId, Span};

/// Reads the templates that a template names: linked templates by relative path, modules.
pub trait Loader {
    /// The template at a path, asked for by the text at `from`.
    ///
    /// # Errors
    /// A diagnostic that says why there is none (missing, outside the root, not a template).
    fn load(&self, path: &Path, from: Span) -> Result<Arc<Template>, Diagnostic>;

    /// The folder that holds the file of a span, for resolving relative paths.
    fn folder(&self, from: Span) -> Option<std::path::PathBuf>;

    /// A file's name for a message.
    fn name(&self, file: FileId) -> String {
        format!("file {}", file.0)
    }
}

/// A loader for templates that name no others.
#[derive(Debug, Default)]
pub struct NoFiles;

impl Loader for NoFiles {
    fn load(&self, path: &Path, from: Span) -> Result<Arc<Template>, Diagnostic> {
        Err(Diagnostic::warning("template-missing", from, format!("{} is not read here", path.display())))
    }

    fn folder(&self, _: Span) -> Option<std::path::PathBuf> {
        None
    }
}

/// How much one expansion may do. A pull request is written by strangers.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Evaluated expression nodes.
    pub steps: u64,
    /// Iterations of one loop; Azure's own limit is 800.
    pub copies: i64,
    /// Resources in all.
    pub resources: usize,
    /// Nested evaluations (a variable that uses a variable that …).
    pub depth: usize,
    /// Deployments within deployments.
    pub deployments: usize,
    /// The parts of one value, written out.
    pub size: u64,
    /// The parts of all resources and outputs, written out.
    pub total: u64,
    /// Values within values.
    pub nesting: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            steps: 4_000_000,
            copies: 800,
            resources: 20_000,
            depth: 220,
            deployments: 2_000,
            size: 1_000_000,
            total: 2_000_000,
            nesting: 300,
        }
    }
}

/// Why an expression has no value.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Span,
    /// Which diagnostic it becomes.
    pub code: &'static str,
}

/// The result of evaluating something.
pub type Evaluated<T = super::Value> = Result<T, Failure>;

/// What all deployments of one root template share.
pub struct Run<'r> {
    /// Reads other templates.
    pub loader: &'r dyn Loader,
    /// The bounds.
    pub limits: Limits,
    /// Every deployment met so far; the root is the first.
    pub instances: RefCell<Vec<Rc<Instance>>>,
    /// The deployed resources by id in lower case: the deployment, and the place in its table.
    pub ids: RefCell<FxHashMap<EcoString, (usize, usize)>>,
    /// Every deployment is being expanded, in search of an id.
    pub exploring: Cell<bool>,
    /// How many resources there are in all.
    pub resources: Cell<usize>,
    /// What is being evaluated may never be deployed.
    supposed: Cell<bool>,
    /// There are secrets whose values are known.
    secrets: Cell<bool>,
    diagnostics: RefCell<Vec<Diagnostic>>,
    seen: RefCell<FxHashSet<(Span, &'static str)>>,
    steps: Cell<u64>,
    depth: Cell<usize>,
    weights: Weights,
    total: Cell<u64>,
}

impl<'r> Run<'r> {
    /// A new run.
    pub fn new(loader: &'r dyn Loader, limits: Limits) -> Self {
        Run {
            loader,
            limits,
            instances: RefCell::default(),
            ids: RefCell::default(),
            exploring: Cell::new(false),
            resources: Cell::new(0),
            supposed: Cell::new(false),
            secrets: Cell::new(false),
            diagnostics: RefCell::default(),
            seen: RefCell::default(),
            steps: Cell::new(0),
            depth: Cell::new(0),
            weights: Weights::default(),
            total: Cell::new(0),
        }
    }

    /// Keeps a diagnostic; one per place and code.
    pub fn report(&self, diagnostic: Diagnostic) {
        if let crate::diagnostic::Place::Span(span) = diagnostic.place
            && !self.seen.borrow_mut().insert((span, diagnostic.code))
        {
            return;
        }
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    /// Evaluates something of which it is not known whether it is deployed: an expression that fails there is no error, since
    /// its condition may be what keeps Azure from evaluating it.
    pub fn supposing<T>(&self, supposed: bool, f: impl FnOnce() -> T) -> T {
        let before = self.supposed.replace(supposed);
        let result = f();
        self.supposed.set(before);
        result
    }

    /// Remembers that there are known secrets, if this value is or holds one.
    pub fn note_secret(&self, value: &Value) {
        self.secrets.set(self.secrets.get() || super::secrets::tells(value));
    }

    /// Whether there are secrets whose values are known. Until then nobody has to look for them.
    pub fn has_secrets(&self) -> bool {
        self.secrets.get()
    }

    /// Keeps a failure as an error.
    pub fn fail(&self, failure: &Failure) {
        if self.supposed.get() && failure.code == "expression" {
            return;
        }
        self.report(Diagnostic::error(failure.code, failure.span, failure.message.clone()));
    }

    /// All diagnostics.
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics.into_inner()
    }

    /// The deployment with this index.
    pub fn instance(&self, index: usize) -> Rc<Instance> {
        self.instances.borrow()[index].clone()
    }

    /// Counts steps.
    ///
    /// # Errors
    /// A failure at `span` if they are too many.
    pub fn charge(&self, steps: u64, span: Span) -> Evaluated<()> {
        let steps = self.steps.get().saturating_add(steps);
        self.steps.set(steps);
        if steps > self.limits.steps {
            let message = format!("evaluation was stopped here after {} steps", self.limits.steps);
            return Err(Failure { message, span, code: "evaluation-limit" });
        }
        Ok(())
    }

    /// Checks that a value is not too large, nor too deep. Gives its size.
    ///
    /// # Errors
    /// A failure at `span` if it is.
    pub fn weigh(&self, value: &Value, span: Span) -> Evaluated<u64> {
        let weight = self.weights.of(value);
        let message = if weight.units > self.limits.size {
            format!("this value would have more than {} parts", self.limits.size)
        } else if weight.depth > self.limits.nesting {
            format!("this value would be nested more than {} levels deep", self.limits.nesting)
        } else {
            return Ok(weight.units);
        };
        Err(Failure { message, span, code: "evaluation-limit" })
    }

    /// Counts what is handed out: the bodies of resources, and outputs.
    ///
    /// # Errors
    /// A failure at `span` if it has become too much.
    pub fn hand_out(&self, value: &Value, span: Span) -> Evaluated<()> {
        let total = self.total.get().saturating_add(self.weigh(value, span)?);
        if total > self.limits.total {
            let message =
                format!("the whole deployment would have more than {} parts; this one is left out", self.limits.total);
            return Err(Failure { message, span, code: "evaluation-limit" });
        }
        self.total.set(total);
        Ok(())
    }

    /// Counts a step and a level of nesting; the guard takes the level back.
    ///
    /// # Errors
    /// A failure at `span` if a bound is reached.
    pub fn enter(&self, span: Span) -> Evaluated<Level<'_>> {
        self.charge(1, span)?;
        let depth = self.depth.get() + 1;
        if depth > self.limits.depth {
            let message = format!("expressions are nested more than {} levels deep here", self.limits.depth);
            return Err(Failure { message, span, code: "evaluation-limit" });
        }
        self.depth.set(depth);
        Ok(Level { depth: &self.depth })
    }
}

/// One level of nesting; ends when dropped.
pub struct Level<'d> {
    depth: &'d Cell<usize>,
}

impl Drop for Level<'_> {
    fn drop(&mut self) {
        self.depth.set(self.depth.get() - 1);
    }
}
