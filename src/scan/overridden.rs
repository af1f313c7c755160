//! What is different for some files: which rules do not run for them, levels, and configuration keys.
//!
//! An override is about what its files deploy, and about findings that stand in them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::path::Path;

use ecow::EcoString;
use serde_json::Value as Json;

use crate::check::{Acceptance, CheckResult, Outcome};
use crate::config::{Override, names};
use crate::diagnostic::Level;
use crate::read::Sources;
use crate::rules::Settings;
use crate::walk::patterns::PathGlobs;

/// An override with the ids of its rules.
pub struct Overridden {
    paths: PathGlobs,
    excluded: HashSet<EcoString>,
    levels: HashMap<EcoString, Level>,
    values: Vec<(String, Json)>,
    reason: EcoString,
}

impl Overridden {
    /// The rules that an override names, among those that there are.
    pub fn of(one: &Override, there: &names::Rules<'_>) -> Self {
        let level =
            |(name, level): &(String, Level)| there.ids(name).into_iter().map(|id| (id, *level)).collect::<Vec<_>>();
        Overridden {
            paths: one.paths.clone(),
            excluded: one.exclude.iter().flat_map(|name| there.ids(name)).collect(),
            levels: one.levels.iter().flat_map(level).collect(),
            values: one.values.clone(),
            reason: one.reason.as_str().into(),
        }
    }
}

/// The values for rules on what a file deploys.
pub fn settings<'s>(settings: &'s Settings, overrides: &[Overridden], file: &Path) -> Cow<'s, Settings> {
    let mut out = Cow::Borrowed(settings);
    for one in overrides.iter().filter(|o| !o.values.is_empty() && o.paths.holds(file)) {
        one.values.iter().for_each(|(key, value)| out.to_mut().set(key, value.clone()));
    }
    out
}

/// Lays overrides over the results on what a file deploys. A finding of a rule that does not run is suppressed, so that reports can
/// show it.
pub fn apply(overrides: &[Overridden], file: &Path, sources: &Sources, results: &mut Vec<CheckResult>) {
    for one in overrides {
        let deploys = one.paths.holds(file);
        let stands = |r: &CheckResult| {
            let source = r.location.as_ref().and_then(|l| sources.stored(l.span.file));
            source.is_some_and(|s| one.paths.holds(&s.path))
        };
        results.retain_mut(|r| {
            let excluded = one.excluded.contains(&r.rule.id);
            let level = one.levels.get(&r.rule.id);
            if !(excluded || level.is_some()) || !(deploys || stands(r)) {
                return true;
            }
            r.level = level.copied().unwrap_or(r.level);
            if excluded && r.outcome == Outcome::Fail {
                r.outcome = Outcome::Suppressed;
                r.suppression = Some(Box::new(Acceptance::configured(one.reason.clone())));
            }
            !excluded || r.outcome == Outcome::Suppressed
        });
    }
}
