//! What this step hands to the reports. Plain data: no expression, no value, nothing tied to a thread.

use std::sync::Arc;

use ecow::EcoString;

use crate::diagnostic::Level;
use crate::read::Span;
use crate::rules::Rule;

/// The verdict of a rule on a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The target breaks the rule.
    Fail,
    /// The rule could not be carried out.
    Error,
    /// It cannot be known before deployment.
    Unknown,
    /// The target breaks the rule and somebody said that this is accepted.
    Suppressed,
    /// The target keeps the rule.
    Pass,
    /// The rule does not apply (its preconditions do not hold).
    None,
}

impl Outcome {
    /// The word of the JSON report.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Fail => "fail",
            Outcome::Error => "error",
            Outcome::Unknown => "unknown",
            Outcome::Suppressed => "suppressed",
            Outcome::Pass => "pass",
            Outcome::None => "none",
        }
    }
}

/// What a rule judged.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// The resource type, or a file's extension with its dot.
    pub type_: EcoString,
    /// The name, as `contract.md` defines it; a residual's text where it is not known.
    pub name: EcoString,
    /// What people read for the name: the known part of it, the symbolic name, or an expression that is not too long.
    pub label: EcoString,
    /// The resource id; empty for files.
    pub id: EcoString,
    /// The symbolic name, if there is one.
    pub symbol: Option<EcoString>,
}

/// A place a finding points at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Location {
    /// The text to edit.
    pub span: Span,
    /// The JSON pointer of the property that decided, in the template that declares the resource.
    pub pointer: EcoString,
}

/// Another place that helps to understand a finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Related {
    /// What is there.
    pub message: EcoString,
    /// The place.
    pub span: Span,
}

/// Whether a [`Fix`] can be applied unseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Safety {
    /// But for what the rule wants, everything is as it was.
    Safe,
    /// It may cost money, need a new resource, or reach other places, too: somebody should look at it.
    Review,
}

impl Safety {
    /// The word of reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Safety::Safe => "safe",
            Safety::Review => "review",
        }
    }
}

/// A change that would make a finding go away.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fix {
    /// Whether it can be applied unseen.
    pub safety: Safety,
    /// What it does.
    pub description: EcoString,
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// What it is replaced with.
    pub text: EcoString,
}

/// One rule's verdict on one target of one root deployment.
#[derive(Debug, Clone)]
pub struct CheckResult {
    /// The rule.
    pub rule: Arc<Rule>,
    /// Its level in this run.
    pub level: Level,
    /// The verdict.
    pub outcome: Outcome,
    /// What was judged.
    pub target: Target,
    /// Why, with the actual value; a first sentence that stands alone. Empty for a pass.
    pub message: EcoString,
    /// Where to edit; `None` only where no text says anything (a pass, an empty file).
    pub location: Option<Location>,
    /// The property that failed, as a path within the resource that decided (`properties.serviceUrl`).
    pub path: EcoString,
    /// The hand-overs from where the value is used to where it was decided, first to last; empty where they are the same.
    pub flow: Vec<Related>,
    /// Other places: where the value is used, the modules it came through.
    pub related: Vec<Related>,
    /// A certain fix, if there is one.
    pub fix: Option<Fix>,
    /// Who accepted it and why, for a suppressed result.
    pub suppression: Option<EcoString>,
}
