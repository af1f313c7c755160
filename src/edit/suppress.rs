//! Changes that accept findings: a comment with the reason above the place that breaks the rule.

use ecow::{EcoString, eco_format};

use super::change::Change;
use super::rounds::about;
use crate::check::result::Safety;
use crate::check::{CheckResult, Outcome};
use crate::session::Verdicts;

/// What a comment says.
#[derive(Debug, Clone)]
pub struct Words {
    /// The rule, as the user names it.
    pub rule: String,
    /// Why the findings are accepted; one line.
    pub reason: String,
    /// The last day on which they are, as `2027-01-31`.
    pub until: Option<String>,
}

impl Words {
    fn comment(&self) -> EcoString {
        let until = self.until.as_ref().map(|day| eco_format!(" until={day}")).unwrap_or_default();
        eco_format!("// armlint: ignore {}{until} -- {}", self.rule, self.reason)
    }
}

/// The comments that accept these verdicts' failures.
pub fn changes(verdicts: &Verdicts, words: &Words) -> Vec<Change> {
    let failed = verdicts.results().iter().filter(|r| r.outcome == Outcome::Fail);
    failed.flat_map(|result| of(result, verdicts, words)).collect()
}

/// The comments that accept one of these verdicts.
pub fn of(result: &CheckResult, verdicts: &Verdicts, words: &Words) -> Vec<Change> {
    let places = result.stands.iter().flat_map(|s| &s.places).copied();
    let places = places.chain(result.location.as_ref().map(|l| l.span).filter(|_| result.stands.is_empty()));
    let above = |span| {
        let source = verdicts.source(span)?;
        let start = source.line_range(source.position(span.start).line).start;
        let line = source.text().get(start..)?;
        let indent = line.get(..line.find(|c: char| c != ' ' && c != '\t').unwrap_or(line.len()))?;
        // The line end that the file has.
        let end = if source.text().contains("\r\n") { "\r\n" } else { "\n" };
        Some(Change {
            path: source.path.clone(),
            range: start..start,
            text: eco_format!("{indent}{}{end}", words.comment()),
            description: eco_format!("Accept {} here", words.rule),
            safety: Safety::Safe,
            about: vec![about(result)],
        })
    };
    places.filter_map(above).collect()
}
