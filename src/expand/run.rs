//! One run of the expander: what all deployments of one root template share.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Value;
use super::budget::{Allowance, Budget};
use super::granted::Granted;
use super::instance::Instance;
use super::linked::Repositories;
use super::tables::Tables;
use super::weight::{Weights, made};
use crate::diagnostic::Diagnostic;
use crate::model::parameters::ParameterFile;
use crate::model::{Loader, Template};
use crate::nesting;
use crate::read::{FileId, Span};

/// The name of the diagnostic that tells of a bound.
const LIMIT: &str = "evaluation-limit";

/// What a resource costs apart from its body, in steps: rules look at each.
const RESOURCE_STEPS: u64 = 100;

/// What a resource costs apart from its body, in bytes: verdicts name each.
const RESOURCE_BYTES: u64 = 4_096;

/// How much more a name costs than another text that is handed out: verdicts speak of it.
const NAMED: u64 = 2;

/// What a part of a value that is handed out costs, in bytes: it is copied and written.
const PART_BYTES: u64 = 32;

/// How much one expansion may do. A pull request is written by strangers.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// What may be spent.
    pub allowance: Allowance,
    /// The texts of files with a lower identity are in the allowance already; what else is read adds to it.
    pub counted: FileId,
    /// Iterations of one loop; Azure's own limit is 800.
    pub copies: i64,
    /// Nested evaluations (a variable that uses a variable that …).
    pub depth: usize,
    /// The parts of one value, written out.
    pub size: u64,
    /// Values within values.
    pub nesting: u32,
}

impl Default for Limits {
    /// Those of a lone template, whose text is counted when it is read.
    fn default() -> Self {
        let allowance = Allowance::of_run(0);
        Limits {
            allowance,
            counted: FileId::new(0),
            copies: 800,
            depth: nesting::EVALUATION.levels(),
            size: 1_000_000,
            nesting: nesting::VALUE.levels() as u32,
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
    /// What is being evaluated may never be deployed.
    supposed: Cell<bool>,
    /// What is evaluated counts only where these conditions are as they are.
    granted: Granted,
    /// There are secrets whose values are known.
    secrets: Cell<bool>,
    diagnostics: RefCell<Vec<Diagnostic>>,
    seen: RefCell<FxHashSet<(Span, &'static str)>>,
    depth: Cell<usize>,
    weights: Weights,
    /// Large objects that are looked into.
    pub tables: Tables,
    /// The parameter files that deployments link, by path; `None` if one cannot be read.
    pub(super) linked_values: RefCell<FxHashMap<PathBuf, Option<Arc<ParameterFile>>>>,
    /// Those of them that were taken, each with the template that it gives values to.
    pub(super) linked: RefCell<Vec<(Arc<ParameterFile>, Arc<Template>)>>,
    /// The repositories that linked templates may be in.
    pub(super) repositories: Repositories,
    budget: Budget,
    /// That the budget is exhausted has been said.
    told: Cell<bool>,
    read: RefCell<FxHashSet<FileId>>,
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
            supposed: Cell::new(false),
            granted: Granted::default(),
            secrets: Cell::new(false),
            diagnostics: RefCell::default(),
            seen: RefCell::default(),
            depth: Cell::new(0),
            weights: Weights::default(),
            tables: Tables::default(),
            linked_values: RefCell::default(),
            linked: RefCell::default(),
            repositories: Repositories::default(),
            budget: Budget::new(limits.allowance),
            told: Cell::new(false),
            read: RefCell::default(),
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
        let result = self.granted.without(f);
        self.supposed.set(before);
        result
    }

    /// Evaluates something that counts only where a condition is as it is said to be, and may never be asked for.
    pub fn granting<T>(&self, condition: Option<(&Value, bool)>, f: impl FnOnce() -> T) -> T {
        let before = self.supposed.replace(true);
        let result = match condition {
            Some((condition, holds)) => self.granted.with(condition, holds, f),
            None => f(),
        };
        self.supposed.set(before);
        result
    }

    /// Evaluates something that is kept for others, or in which a name may mean something else than where conditions are granted.
    pub fn granting_nothing<T>(&self, f: impl FnOnce() -> T) -> T {
        self.granted.without(f)
    }

    /// Whether an undecided condition holds where something is evaluated now; `None` if that is not known.
    pub fn grants(&self, condition: &Value) -> Option<bool> {
        self.granted.decides(condition)
    }

    /// Remembers that there are known secrets, if this value is or holds one.
    pub fn note_secret(&self, value: &Value) {
        self.secrets.set(self.secrets.get() || super::known::secret::tells(value));
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
        // Once the budget is exhausted nothing else can be evaluated; the first place is the one that tells something.
        if failure.code == LIMIT && self.is_exhausted() && self.told.replace(true) {
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
        self.spend(steps, 0, span)
    }

    /// Counts steps and bytes.
    ///
    /// # Errors
    /// A failure at `span` if they are too many.
    pub fn spend(&self, steps: u64, bytes: u64, span: Span) -> Evaluated<()> {
        self.budget.charge(steps, bytes).map_err(|_| self.exhausted(span))
    }

    /// Counts what a function made: the parts of its result that nobody else has.
    ///
    /// # Errors
    /// A failure at `span` if it is too much.
    pub fn made(&self, value: &Value, span: Span) -> Evaluated<()> {
        let bytes = made(value);
        self.spend(bytes / 256, bytes, span)
    }

    /// Counts a resource with this type, name and id, which are written out wherever it is spoken of.
    ///
    /// # Errors
    /// A failure at `span` if there are too many.
    pub fn resource(&self, type_: &str, name: &Value, id: &Value, span: Span) -> Evaluated<()> {
        for part in [name, id] {
            let parts = self.weigh(part, span)?;
            self.spend(parts, parts.saturating_mul(PART_BYTES * NAMED), span)?;
        }
        self.spend(RESOURCE_STEPS, RESOURCE_BYTES + type_.len() as u64, span)
    }

    /// Counts a deployment of a template, and adds what its text allows if it is read for the first time.
    ///
    /// # Errors
    /// A failure at `span` if there are too many.
    pub fn deployment(&self, template: &Template, span: Span) -> Evaluated<()> {
        if template.pointer.is_empty()
            && template.file >= self.limits.counted
            && self.read.borrow_mut().insert(template.file)
        {
            self.budget.grow(Allowance::of_text(u64::from(template.span.end - template.span.start)));
        }
        let cells = template.parameters.len() + template.variables.len() + template.outputs.len();
        self.spend(2 * RESOURCE_STEPS + cells as u64 / 4, RESOURCE_BYTES + cells as u64 * 64, span)
    }

    /// Whether the budget is exhausted: nothing else will be evaluated.
    pub fn is_exhausted(&self) -> bool {
        self.budget.is_exhausted()
    }

    /// What would have been enough for it.
    pub fn needed(&self) -> Allowance {
        self.budget.needed()
    }

    /// What was spent so far.
    pub fn spent(&self) -> Allowance {
        self.budget.spent()
    }

    fn exhausted(&self, span: Span) -> Failure {
        // Nearly all of them are dropped by those who ask next; only the first is read by somebody.
        if self.told.get() {
            return Failure { message: String::new(), span, code: LIMIT };
        }
        let message = "what this template makes is too large for its text: evaluation stops here, and what comes after is left \
                       undecided; make loops, nested calls or texts that double shorter";
        Failure { message: message.to_owned(), span, code: LIMIT }
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
        Err(Failure { message, span, code: LIMIT })
    }

    /// Counts what is handed out to rules and reports: bodies, outputs, names.
    ///
    /// # Errors
    /// A failure at `span` if it has become too much.
    pub fn hand_out(&self, value: &Value, span: Span) -> Evaluated<()> {
        let parts = self.weigh(value, span)?;
        self.spend(parts / 2, parts.saturating_mul(PART_BYTES), span)
    }

    /// Counts a step and a level of nesting; the guard takes the level back.
    ///
    /// # Errors
    /// A failure at `span` if a bound is reached.
    pub fn enter(&self, span: Span) -> Evaluated<Level<'_>> {
        self.charge(1, span)?;
        let depth = self.depth.get() + 1;
        if depth > self.limits.depth || !nesting::has_room() {
            let message = format!("expressions are nested more than {} levels deep here", self.limits.depth);
            return Err(Failure { message, span, code: LIMIT });
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
