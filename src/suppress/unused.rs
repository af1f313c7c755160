//! Suppressions that cover nothing: of no use to anybody any more, and they would cover what somebody adds.

use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::FxHashSet;

use super::accept::{One, Run, Speaking};
use super::configured::Place;
use super::source::{Named, Way, may_be_ours};
use crate::check::language;
use crate::check::{CheckResult, Fix, Location, Outcome, Safety, Stand, Target};
use crate::diagnostic::Level;
use crate::read::Span;
use crate::rules::Rule;

/// The id of the rule about them.
pub const RULE: &str = "Armlint.Suppression.Unused";

/// The most suppressions of a configuration that are told to cover nothing.
const MOST_CONFIGURED: usize = 20;

/// One that covers nothing.
pub struct Told {
    /// Where it stands.
    pub span: Span,
    /// What is to be said.
    pub message: String,
    /// What takes it away: a stretch of text, and what takes its place.
    fix: Option<(Span, String)>,
}

/// What is known once all results were held against all suppressions.
pub struct Unused<'a> {
    /// The run.
    pub run: &'a Run<'a>,
    /// The files in which something is said.
    pub files: &'a [Speaking<'a>],
    /// Their suppressions that count.
    pub live: &'a [One<'a>],
    /// Those of the configuration that covered something.
    pub used: &'a FxHashSet<Place>,
}

impl Unused<'_> {
    /// Those that cover nothing, in the order of their places: of rules that run, in files of the run, where all was looked at that
    /// could break the rule there.
    pub fn told(&self) -> Vec<Told> {
        let mut out: Vec<Told> =
            self.live.iter().filter(|one| self.is_known(one)).filter_map(|one| self.of(one)).collect();
        if self.run.whole {
            out.extend(self.configured());
        }
        out
    }

    /// Whether what covers nothing now covers nothing at all.
    fn is_known(&self, one: &One<'_>) -> bool {
        let Some(file) = self.files.get(one.file) else { return false };
        let Some(looked) = file.looked.filter(|l| l.judged) else { return false };
        // What other tools need is theirs.
        let ours = !matches!(one.said.way, Way::Peer(_));
        ours && self.run.complete && !(looked.alone && file.found.takes_parameters)
    }

    fn of(&self, one: &One<'_>) -> Option<Told> {
        let runs = |ids: &[EcoString]| self.has_run(ids);
        let about_this = |ids: &[EcoString]| ids.iter().any(|id| id == RULE);
        let looked_for = one.said.rules.iter().zip(&one.meant).zip(&one.used);
        let idle: Vec<bool> = looked_for
            .map(|((name, ids), used)| !used && runs(ids) && !about_this(ids) && !self.is_of_compiler(one, name, ids))
            .collect();
        let names = || one.said.rules.iter().zip(&idle);
        let (gone, kept): (Vec<_>, Vec<_>) = names().partition(|(_, idle)| **idle);
        let listed: Vec<&str> = gone.iter().map(|(name, _)| name.text.as_str()).collect();
        let first = gone.first()?.0;
        let span = if kept.is_empty() { one.said.span } else { first.span };
        let fix = match kept.is_empty() {
            true => one.said.removal.map(|removal| (removal, String::new())),
            false => self.rewritten(one, kept.iter().map(|(name, _)| *name)),
        };
        Some(Told { span: self.one_line(span), message: message(&listed.join(", ")), fix })
    }

    /// Whether the Bicep CLI may need a directive: its own check did not run here, only a rule that covers it.
    fn is_of_compiler(&self, one: &One<'_>, name: &Named, ids: &[EcoString]) -> bool {
        let own = |id: &EcoString| id.starts_with(language::PREFIX) && self.run.names.runs(id);
        one.said.way == Way::Directive && !may_be_ours(&name.text) && !ids.iter().any(own)
    }

    /// Whether something is known of a suppression of these rules. What the command line leaves out could have been covered.
    fn has_run(&self, ids: &[EcoString]) -> bool {
        let runs = |id: &EcoString| self.run.names.runs(id);
        !ids.is_empty() && if self.run.narrowed { ids.iter().all(runs) } else { ids.iter().any(runs) }
    }

    fn configured(&self) -> Vec<Told> {
        let unused = self.run.configured.unused(|ids| self.has_run(ids), |place| self.used.contains(place));
        let more = unused.len().saturating_sub(MOST_CONFIGURED);
        let told = unused.into_iter().take(MOST_CONFIGURED).enumerate().filter_map(|(nth, (written, what))| {
            let mut message = message(&what);
            if nth + 1 == MOST_CONFIGURED && more > 0 {
                message.push_str(&format!("; {more} more suppressions cover nothing"));
            }
            Some(Told { span: self.one_line(written.span?), message, fix: None })
        });
        told.collect()
    }

    /// The names of a comment or directive without those that cover nothing.
    fn rewritten<'n>(&self, one: &One<'_>, kept: impl Iterator<Item = &'n Named>) -> Option<(Span, String)> {
        let parting = match one.said.way {
            Way::Comment => ", ",
            Way::Directive => " ",
            Way::Metadata | Way::Peer(_) => return None,
        };
        let names = one.said.rules.first()?.span.to(one.said.rules.last()?.span);
        // What stands between them stays.
        let source = self.run.sources.get(names.file)?;
        let kept: Vec<&str> = kept.map(|name| name.text.as_str()).collect();
        (!source.slice(names).contains('=')).then(|| (names, kept.join(parting)))
    }

    fn one_line(&self, span: Span) -> Span {
        let Some(source) = self.run.sources.get(span.file) else { return span };
        let line = source.slice(span).split(['\n', '\r']).next().unwrap_or_default();
        Span { end: span.start + u32::try_from(line.len()).unwrap_or_default(), ..span }
    }
}

fn message(what: &str) -> String {
    format!("the suppression of {what} covers no finding; remove it")
}

/// A finding about one.
pub fn result(told: Told, rule: &Arc<Rule>, level: Level, shown: impl Fn(Span) -> String) -> CheckResult {
    let file = EcoString::from(shown(told.span));
    let type_ = file
        .rsplit_once('.')
        .map_or_else(EcoString::new, |(_, extension)| ecow::eco_format!(".{}", extension.to_ascii_lowercase()));
    let mut message = EcoString::from(told.message);
    if let Some(first) = message.get(..1).map(str::to_ascii_uppercase) {
        message = ecow::eco_format!("{first}{}.", message.get(1..).unwrap_or_default());
    }
    let target = Target { type_, name: file.clone(), label: file, id: EcoString::new(), symbol: None };
    CheckResult {
        level,
        message,
        location: Some(Location { span: told.span, pointer: EcoString::new() }),
        fix: told.fix.map(|(span, text)| {
            let description = "remove the suppression".into();
            Box::new(Fix { safety: Safety::Safe, description, span, text: text.into(), tells: false })
        }),
        stands: vec![Stand { places: vec![told.span], declared: Vec::new() }],
        ..CheckResult::new(rule.clone(), Outcome::Fail, target)
    }
}

/// Takes away the verdicts that a file keeps the rule, where it does not.
pub fn instead_of_passes(results: &mut Vec<CheckResult>, new: &[CheckResult]) {
    let broken: FxHashSet<&str> = new.iter().map(|r| r.target.name.as_str()).collect();
    let stays = |r: &CheckResult| r.rule.id != RULE || !broken.contains(r.target.name.as_str());
    if !new.is_empty() {
        results.retain(stays);
    }
}
