//! The Bicep language's own checks of a run, and what they find as results: one for each place.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::EcoString;
use jiff::civil::Date;

use super::Project;
use crate::check::language::{Finding, Subject, find, levels};
use crate::check::{CheckResult, Fix, Location, Outcome, Safety, Stand, Target};
use crate::diagnostic::Level;
use crate::read::bicep::File;
use crate::read::{Source, Span};
use crate::rules::{Rule, RuleSet};
use crate::walk::classify::Kind;
use crate::walk::inputs::Input;

/// The checks that run.
pub struct Language {
    /// By the code of the Bicep CLI.
    rules: BTreeMap<EcoString, Arc<Rule>>,
    /// At the levels of the nearest `bicepconfig.json`; else all of them, at the CLI's own.
    configured: bool,
    without_passes: bool,
    /// The day that ages are counted from.
    today: Date,
}

impl Language {
    /// Those of a set; `None` if it has none.
    pub fn new(set: &RuleSet, configured: bool, without_passes: bool, today: Date) -> Option<Self> {
        let own = set.rules().iter().filter(|r| r.entry.is_of_language());
        let rules: BTreeMap<EcoString, Arc<Rule>> = own.map(|r| (r.entry.reference.into(), r.rule())).collect();
        (!rules.is_empty()).then_some(Language { rules, configured, without_passes, today })
    }

    /// Whether one of them has this code.
    pub fn has(&self, code: &str) -> bool {
        self.rules.contains_key(code)
    }

    /// What they say of a file. `name` is its path in reports.
    pub fn judge(&self, project: &Project, input: &Input, name: &str) -> Vec<CheckResult> {
        let (Some(source), Some(file)) = (input.source.as_ref().map(|text| text.source()), &input.bicep) else {
            return Vec::new();
        };
        let library = project.library(&input.path);
        self.of(&library, &source, file, input.kind == Kind::BicepParam, name)
    }

    /// The same for a file that is not part of a scan.
    pub fn of(
        &self,
        library: &crate::model::Library,
        source: &Arc<Source>,
        file: &File,
        is_parameters: bool,
        name: &str,
    ) -> Vec<CheckResult> {
        let settings = levels::Settings::for_file(library, &source.path);
        let subject = Subject { library, source, file, is_parameters, today: self.today };
        let level_of = |code: &str| match self.configured {
            true => settings.level(code),
            // Whoever asks for all of them gets those that the CLI leaves out as warnings.
            false => Some(levels::of(code).and_then(|c| c.level).unwrap_or(Level::Warning)),
        };
        let found = find(&subject, settings.clone());
        let target = Arc::new(Target {
            type_: if is_parameters { ".bicepparam".into() } else { ".bicep".into() },
            name: name.into(),
            label: name.into(),
            id: EcoString::new(),
            symbol: None,
        });
        let mut out = Vec::new();
        for f in &found {
            if let (Some(rule), Some(level)) = (self.rules.get(f.code), level_of(f.code)) {
                out.push(CheckResult { level: f.level.unwrap_or(level), ..result(rule, f, target.clone(), source) });
            }
        }
        if !self.without_passes {
            let kept = self.rules.iter().filter(|(code, _)| found.iter().all(|f| f.code != code.as_str()));
            out.extend(kept.map(|(_, rule)| CheckResult::new(rule.clone(), Outcome::Pass, target.clone())));
        }
        out
    }
}

fn result(rule: &Arc<Rule>, f: &Finding, target: Arc<Target>, source: &Source) -> CheckResult {
    let mut out = CheckResult::new(rule.clone(), Outcome::Fail, target);
    let span = one_line(f.span, source);
    out.message = f.message.as_str().into();
    out.location = Some(Location { span, pointer: EcoString::new() });
    out.stands = vec![Stand { places: vec![span], declared: Vec::new() }];
    out.fix = f.fix.as_ref().map(|e| {
        let safety = if e.safe { Safety::Safe } else { Safety::Review };
        let (description, text) = (e.description.as_str().into(), e.text.as_str().into());
        Box::new(Fix { safety, description, span: e.span, text, tells: false })
    });
    out
}

/// A place as it is shown: its first line.
fn one_line(span: Span, source: &Source) -> Span {
    let end = source.slice(span).find(['\n', '\r']).map_or(span.end, |at| span.start + at as u32);
    Span { end, ..span }
}
