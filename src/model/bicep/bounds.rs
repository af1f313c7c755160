//! Bounds of the lowering, and definitions that lead back to themselves.
//!
//! A name of another resource, or the list of a loop, is put where it is used. A few lines that use one another twice would
//! so grow without end, and two that use each other would never be done.

use ecow::EcoString;

use super::Lowering;
use crate::diagnostic::Diagnostic;
use crate::model::{Expr, ExprKind, Type, TypeKind};
use crate::nesting;
use crate::read::Span;

/// Expressions that the lowering of a file may make, however short it is.
const STEPS: usize = 10_000;

/// Expressions more for each byte of the file and of what it imports and loads.
const STEPS_PER_BYTE: usize = 2;

/// What the name or the id of a resource costs besides the expressions in it: how its type is spelled has to be found out.
const PART_STEPS: usize = 16;

/// A byte of text has so many bytes of template in ordinary files; an expression takes about a hundred.
const BYTES_PER_STEP: usize = 8;

/// As many variables are followed from one to the next, to what the last one stands for.
const MOST_NAMES: usize = 64;

/// The most names in a message about a circle.
const LONGEST_CIRCLE: usize = 12;

/// What the lowering has done so far, and is doing.
#[derive(Default)]
pub(super) struct Bounds {
    steps: usize,
    /// Bytes of the texts that were taken in.
    text: usize,
    nesting: usize,
    reached: bool,
    /// What is being lowered: which part of which resource.
    active: Vec<(Part, usize)>,
    /// The variables that are followed to what they stand for.
    followed: Vec<EcoString>,
}

/// A part of a resource that others take over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Its name.
    Name,
    /// Its id.
    Id,
    /// Where it is deployed.
    Scope,
}

impl Lowering<'_> {
    /// Counts `steps`; false, with a diagnostic at the first time, if they are too many.
    pub(super) fn charge(&mut self, steps: usize, span: Span) -> bool {
        self.bounds.steps = self.bounds.steps.saturating_add(steps);
        let allowed = STEPS.saturating_add(self.bounds.text.saturating_mul(STEPS_PER_BYTE));
        if self.bounds.steps > allowed || !nesting::DEFINITION_TEXT.allows(self.bounds.nesting) {
            if !self.bounds.reached {
                self.bounds.reached = true;
                let message = "the definitions used here become too large when put together; the rest is left out";
                self.diagnostics.push(Diagnostic::error("evaluation-limit", span, message));
            }
            return false;
        }
        true
    }

    /// Whether there were too many; a diagnostic says so.
    pub(super) fn is_bounded(&self) -> bool {
        self.bounds.reached
    }

    /// Takes in a text, which allows for more.
    pub(super) fn taken(&mut self, text: usize) {
        self.bounds.text = self.bounds.text.saturating_add(text);
    }

    /// The expressions that were made, as bytes of text that would take as much room.
    pub(super) fn room(&self) -> usize {
        self.bounds.steps.saturating_mul(BYTES_PER_STEP)
    }

    /// One level deeper, as long as `f` runs.
    pub(super) fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> T {
        self.bounds.nesting += 1;
        let out = f(self);
        self.bounds.nesting -= 1;
        out
    }

    /// Lowers a variable, function or type that something else names. Where that stands too deep in others of its kind,
    /// it waits for its own turn in the file; one that is imported has none, and is left out with a diagnostic.
    pub(super) fn definition(&mut self, unit: usize, span: Option<Span>, f: impl FnOnce(&mut Self)) {
        if nesting::DEFINITION.allows(self.bounds.nesting) {
            self.deeper(f);
        } else if let (true, Some(span)) = (unit > 0, span) {
            let message =
                format!("definitions name one another more than {} levels deep here", nesting::DEFINITION.levels());
            self.diagnostics.push(Diagnostic::error("evaluation-limit", span, message));
        }
    }

    /// Follows a variable to what it stands for. One that leads back to itself stands for nothing, and where that is an error is said
    /// of its value.
    pub(super) fn following<T>(&mut self, name: &EcoString, f: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let followed = &self.bounds.followed;
        if !nesting::DEFINITION.allows(self.bounds.nesting) || followed.len() >= MOST_NAMES || followed.contains(name) {
            return None;
        }
        self.bounds.followed.push(name.clone());
        let out = self.deeper(f);
        self.bounds.followed.pop();
        out
    }

    /// Lowers a part of a resource, unless that is what is being done already; then a diagnostic names the cycle.
    pub(super) fn once(&mut self, part: Part, resource: usize, span: Span, f: impl FnOnce(&mut Self) -> Expr) -> Expr {
        self.unless_circular(part, resource, span, f).unwrap_or_else(|name| Expr::new(ExprKind::Invalid(name), span))
    }

    /// The same of what is no expression.
    ///
    /// # Errors
    /// The name of the resource that is defined by itself, or where a bound was reached.
    pub(super) fn unless_circular<T>(
        &mut self,
        part: Part,
        resource: usize,
        span: Span,
        f: impl FnOnce(&mut Self) -> T,
    ) -> Result<T, EcoString> {
        if let Some(start) = self.bounds.active.iter().position(|a| *a == (part, resource)) {
            let mut around: Vec<usize> =
                self.bounds.active[start..].iter().map(|(_, r)| *r).chain([resource]).collect();
            around.dedup();
            if around.len() == 1 {
                around.push(resource);
            }
            let first = self.resources[resource].name.clone();
            let message = format!("'{first}' is defined by itself: {}", self.around(&around));
            self.diagnostics.push(Diagnostic::error("cycle", span, message));
            return Err(first);
        }
        if !self.charge(PART_STEPS, span) {
            return Err(self.resources[resource].name.clone());
        }
        self.bounds.active.push((part, resource));
        let out = self.deeper(f);
        self.bounds.active.pop();
        Ok(out)
    }

    /// The names of a circle of resources: `a → b → a`; of a long one its two ends.
    pub(super) fn around(&self, circle: &[usize]) -> String {
        let name = |i: &usize| self.resources[*i].name.as_str();
        match circle {
            [start @ .., last] if circle.len() > LONGEST_CIRCLE => {
                let start: Vec<&str> = start.iter().take(LONGEST_CIRCLE - 2).map(name).collect();
                format!("{} → … → {}", start.join(" → "), name(last))
            }
            _ => circle.iter().map(name).collect::<Vec<_>>().join(" → "),
        }
    }
}

/// How many types a type is made of.
pub(super) fn type_nodes(ty: &Type) -> usize {
    1 + match &ty.kind {
        TypeKind::Array { items, prefix, .. } => {
            items.iter().map(|t| type_nodes(t)).chain(prefix.iter().map(type_nodes)).sum()
        }
        TypeKind::Object(o) | TypeKind::SecureObject(o) => {
            let variants = o.discriminator.iter().flat_map(|(_, v)| v).map(|(_, t)| type_nodes(t));
            let own = o.properties.iter().map(|(_, t)| type_nodes(t)).chain(o.additional.iter().map(|t| type_nodes(t)));
            own.chain(variants).sum()
        }
        _ => 0,
    }
}
