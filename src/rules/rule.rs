//! What reports need to know of a rule.

use ecow::EcoString;

use super::language::FailureLevel;
pub use super::language::{Pillar, Severity};
use crate::diagnostic::Level;

/// Where the level of a built-in rule's failures comes from, unless somebody sets it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Levels {
    /// Its severity: nearly all rules of PSRule for Azure are errors there, which says nothing.
    #[default]
    Severity,
    /// PSRule for Azure's own levels: for those who have its options, so that the same runs fail.
    Psrule,
}

impl From<Severity> for Level {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Critical => Level::Error,
            Severity::Important => Level::Warning,
            Severity::Awareness => Level::Note,
        }
    }
}

impl From<FailureLevel> for Level {
    fn from(level: FailureLevel) -> Self {
        match level {
            FailureLevel::Error => Level::Error,
            FailureLevel::Warning => Level::Warning,
            FailureLevel::Information => Level::Note,
        }
    }
}

/// What reports need to know of a rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// `Azure.APIM.HTTPBackend`
    pub id: EcoString,
    /// `AZR-000044`
    pub reference: EcoString,
    /// The page's first heading.
    pub title: EcoString,
    /// The page's synopsis, one or two sentences of plain text.
    pub synopsis: EcoString,
    /// The whole body of the page, Markdown.
    pub help: EcoString,
    /// The page on the web.
    pub help_uri: EcoString,
    /// How much it matters.
    pub severity: Severity,
    /// The pillar.
    pub pillar: Pillar,
    /// `SE:07 Encryption`
    pub category: EcoString,
    /// `API Management`
    pub resource: EcoString,
    /// The level of its failures, unless the user says otherwise.
    pub level: Level,
    /// The weaknesses of the Common Weakness Enumeration that it finds: `CWE-319`.
    pub cwe: Vec<EcoString>,
    /// Labels such as `Azure.WAF/maturity: L1`; the values of a label in order.
    pub labels: Vec<(EcoString, Vec<EcoString>)>,
}
