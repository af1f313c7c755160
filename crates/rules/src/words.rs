//! The words of pages that say how much a rule matters, and for what.

use serde::{Deserialize, Serialize};

/// A word of pages: its spelling is data, its meaning a variant.
pub trait Word: Copy + PartialEq + Sized + 'static {
    /// Every word there is, with its meaning.
    const ALL: &'static [(&'static str, Self)];

    /// The meaning of a word; `None` for one that pages do not have.
    fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(w, _)| *w == word).map(|(_, meaning)| *meaning)
    }

    /// The word of pages and reports.
    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, meaning)| *meaning == self).map_or("", |(w, _)| w)
    }
}

macro_rules! as_str {
    ($($of:ty),*) => {
        $(impl $of {
            /// The word of pages and reports.
            pub fn as_str(self) -> &'static str {
                self.word()
            }
        })*
    };
}

as_str!(Severity, Pillar, Release, FailureLevel);

/// How much a rule matters, in PSRule for Azure's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// Worst.
    Critical,
    /// Middle.
    Important,
    /// Least.
    Awareness,
}

impl Word for Severity {
    const ALL: &'static [(&'static str, Self)] =
        &[("Critical", Severity::Critical), ("Important", Severity::Important), ("Awareness", Severity::Awareness)];
}

/// The pillars of the Well-Architected Framework.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Pillar {
    /// Security
    Security,
    /// Reliability
    Reliability,
    /// Cost Optimization
    CostOptimization,
    /// Operational Excellence
    OperationalExcellence,
    /// Performance Efficiency
    PerformanceEfficiency,
}

impl Word for Pillar {
    const ALL: &'static [(&'static str, Self)] = &[
        ("Security", Pillar::Security),
        ("Reliability", Pillar::Reliability),
        ("Cost Optimization", Pillar::CostOptimization),
        ("Operational Excellence", Pillar::OperationalExcellence),
        ("Performance Efficiency", Pillar::PerformanceEfficiency),
    ];
}

/// Whether what a rule is about is generally available.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Release {
    /// Generally available.
    Ga,
    /// In preview.
    Preview,
    /// On its way out.
    Deprecated,
}

impl Word for Release {
    const ALL: &'static [(&'static str, Self)] =
        &[("GA", Release::Ga), ("preview", Release::Preview), ("deprecated", Release::Deprecated)];
}

/// What a failure of a rule counts as, unless the user says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FailureLevel {
    /// An error.
    Error,
    /// A warning.
    Warning,
    /// For information.
    Information,
}

impl Word for FailureLevel {
    const ALL: &'static [(&'static str, Self)] = &[
        ("Error", FailureLevel::Error),
        ("Warning", FailureLevel::Warning),
        ("Information", FailureLevel::Information),
    ];
}
