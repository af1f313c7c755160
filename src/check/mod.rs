//! Resources against rules: the fifth step of the pipeline.

pub mod finding;

pub use finding::{CheckResult, Location, Outcome, Pillar, Related, Rule, Severity, Target};
