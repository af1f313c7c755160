//! What this step hands to the reports. Plain data: no expression, no value, nothing tied to a thread.

use std::sync::Arc;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

use crate::diagnostic::Level;
use crate::read::Span;
use crate::rules::Rule;

/// The verdict of a rule on a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Location {
    /// The text to edit.
    pub span: Span,
    /// The JSON pointer of the property that decided, in the template that declares the resource.
    pub pointer: EcoString,
}

/// Another place that helps to understand a finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Related {
    /// What is there.
    pub message: EcoString,
    /// The place.
    pub span: Span,
}

/// Whether a [`Fix`] can be applied unseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Safety {
    /// But for what the rule wants, everything is as it was.
    Safe,
    /// It may cost money, need a new resource, turn somebody away, or reach other places, too: somebody should look at it.
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
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fix {
    /// Whether it can be applied unseen.
    pub safety: Safety,
    /// What it does.
    pub description: EcoString,
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// What it is replaced with.
    pub text: EcoString,
    /// It is made of a secret, or may be: no report shows it. Known once a run is over.
    pub tells: bool,
}

/// Who accepted a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AcceptedBy {
    /// A comment, a directive or metadata in a file that is scanned.
    Source,
    /// The configuration, or a suppression group of the repository.
    Configuration,
    /// The file of findings that are known (`--known`).
    Known,
    /// Nobody: it was there before, on the side that it is compared with (`--since`).
    Before,
}

impl AcceptedBy {
    /// The word of SARIF (3.35.2) for where it is said: `inSource` or `external`.
    pub fn kind(self) -> &'static str {
        match self {
            AcceptedBy::Source => "inSource",
            AcceptedBy::Configuration | AcceptedBy::Known | AcceptedBy::Before => "external",
        }
    }
}

/// What became of a finding since the side that it is compared with (`--since`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum State {
    /// It was not there.
    New,
    /// It was there for another value.
    Changed,
    /// It was there.
    Unchanged,
}

impl State {
    /// SARIF's word (3.27.24) for it.
    pub fn as_str(self) -> &'static str {
        match self {
            State::New => "new",
            State::Changed => "updated",
            State::Unchanged => "unchanged",
        }
    }
}

/// That a finding is accepted: by whom, why, and where that is said.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Acceptance {
    /// Who.
    pub by: AcceptedBy,
    /// Why, in the words of whoever said so.
    pub reason: Option<EcoString>,
    /// Where that stands.
    pub place: Option<Span>,
}

impl Acceptance {
    /// By the configuration, or by a document of the repository.
    pub fn configured(reason: EcoString) -> Self {
        Acceptance { by: AcceptedBy::Configuration, reason: Some(reason), place: None }
    }
}

/// Where one copy of a target breaks a rule, and what declares it there: what a suppression is held against.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stand {
    /// Every place that breaks the rule; the one that the result shows comes first.
    pub places: Vec<Span>,
    /// The declarations that it is about, each by its first byte at least: the resources, then from the inside to the outside the
    /// calls of the modules that they came through, and the parameter file that the whole is deployed with.
    pub declared: Vec<Span>,
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
    /// What was judged; the results on one target share it.
    pub target: Arc<Target>,
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
    /// A certain fix, if there is one. Boxed, as the reason below: few results have one, and there are very many results.
    pub fix: Option<Box<Fix>>,
    /// Who accepted it and why, for a suppressed result.
    pub suppression: Option<Box<Acceptance>>,
    /// Whether it is new, where it was compared with another side.
    pub state: Option<State>,
    /// Where it stands, for what fails or is unknown: one for each copy of the target with this verdict.
    pub stands: Vec<Stand>,
}

impl CheckResult {
    /// A verdict that says nothing but its outcome, at the rule's own level.
    pub fn new(rule: Arc<Rule>, outcome: Outcome, target: impl Into<Arc<Target>>) -> Self {
        CheckResult {
            level: rule.level,
            rule,
            outcome,
            target: target.into(),
            message: EcoString::new(),
            location: None,
            path: EcoString::new(),
            flow: Vec::new(),
            related: Vec::new(),
            fix: None,
            suppression: None,
            state: None,
            stands: Vec::new(),
        }
    }

    /// The fix, as far as a report may show it.
    pub fn shown_fix(&self) -> Option<&Fix> {
        self.fix.as_deref().filter(|f| !f.tells)
    }

    /// The worse of a rule's verdicts on two copies of a target; the first of those that are as bad.
    #[must_use]
    pub fn worse(mut self, mut other: Self) -> Self {
        if self.outcome == Outcome::Fail && other.outcome == Outcome::Fail {
            // To mend one copy is not enough.
            let same = |a: &Fix, b: &Fix| (a.span, &a.text) == (b.span, &b.text);
            self.fix = self.fix.take().filter(|f| other.fix.take().is_some_and(|o| same(f, &o)));
            // Nor to accept one. What a loop makes stands at one place again and again, and is kept once.
            for stand in other.stands {
                if self.stands.last() != Some(&stand) {
                    self.stands.push(stand);
                }
            }
            return self;
        }
        let rank = |o: Outcome| match o {
            Outcome::Fail => 3,
            Outcome::Unknown => 2,
            Outcome::Pass => 1,
            _ => 0,
        };
        if rank(other.outcome) > rank(self.outcome) { other } else { self }
    }
}
