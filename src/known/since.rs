//! Findings of now held against those of another side, such as the revision that a pull request starts from.
//!
//! A finding is the same by what [`units`](Looked::units) tells apart. One that was there and is there is unchanged, wherever its
//! lines are by now and whatever its file is called; one whose deciding text and whose words are others is changed. What stood in a
//! file that nobody touched has not moved: where it stands somewhere else by now, something else causes it, and that is new.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Entry, List, Looked, Unit};
use crate::check::{Acceptance, AcceptedBy, CheckResult, Outcome, State, Target};
use crate::read::Position;
use crate::rules::Rule;
use crate::walk::root::relative;

/// A finding of the other side.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// The rule.
    pub rule: Arc<Rule>,
    /// What it was about: the first of several targets.
    pub target: Arc<Target>,
    /// Why.
    pub message: String,
    /// Where it stood, relative to the root of the repository.
    pub file: String,
    /// Its first character and the one after its last, if it had a place.
    pub region: Option<(Position, Position)>,
    entry: Entry,
    nameless: bool,
    /// The text that decided.
    text: String,
}

/// What is not the same on both sides, in paths as [`Entry`] has them.
#[derive(Debug, Default)]
pub struct Touched {
    files: FxHashSet<String>,
    /// What a file of the other side is called by now.
    renamed: FxHashMap<String, String>,
}

impl Touched {
    /// From absolute paths, and what paths in reports are relative to.
    pub fn new<'a>(
        files: impl Iterator<Item = &'a Path>,
        renamed: impl Iterator<Item = (&'a Path, &'a Path)>,
        root: &Path,
    ) -> Self {
        Touched {
            files: files.map(|path| relative(path, root)).collect(),
            renamed: renamed.map(|(from, to)| (relative(from, root), relative(to, root))).collect(),
        }
    }
}

/// What makes two findings one, the likeliest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The same text in the same file.
    Same,
    /// Anything in that file.
    File,
    /// Anything that may have moved.
    Moved,
}

impl Step {
    /// Findings with one key are alike.
    fn key(self, entry: &Entry, text: &str) -> (String, String, String, String) {
        let file = if self == Step::Moved { "" } else { &entry.file };
        let text = if self == Step::Same { text } else { "" };
        (entry.rule.clone(), entry.fingerprint.clone(), file.to_owned(), text.to_owned())
    }
}

impl Looked<'_> {
    /// The text that decided, if it has a place.
    fn decided(&self, unit: &Unit) -> String {
        let text = unit.place.and_then(|p| Some(self.sources.get(p.file)?.slice(p).to_owned()));
        text.unwrap_or_default()
    }

    /// The failures of a side, to be held against those of another.
    pub fn earlier(&self, results: &[CheckResult]) -> Vec<Earlier> {
        let one = |unit: Unit| {
            let result = results.get(*unit.results.first()?)?;
            Some(Earlier {
                rule: result.rule.clone(),
                target: result.target.clone(),
                message: result.message.to_string(),
                file: unit.entry.file.clone(),
                region: unit.place.and_then(|p| {
                    let source = self.sources.get(p.file)?;
                    Some((source.position(p.start), source.position(p.end)))
                }),
                text: self.decided(&unit),
                nameless: unit.nameless,
                entry: unit.entry,
            })
        };
        self.units(results).into_iter().filter_map(one).collect()
    }

    /// Says of each failure whether it is new, changed, or was there before; the last are accepted. Gives those that are gone.
    pub fn compare(&self, mut earlier: Vec<Earlier>, touched: &Touched, results: &mut [CheckResult]) -> Vec<Earlier> {
        let units = self.units(results).into_iter();
        // What somebody accepts already does not count, and takes nothing from what does.
        let fails = |u: &Unit| u.results.iter().any(|i| results.get(*i).is_some_and(|r| r.outcome == Outcome::Fail));
        let (units, accepted): (Vec<Unit>, Vec<Unit>) = units.partition(fails);
        for one in &mut earlier {
            if let Some(to) = touched.renamed.get(&one.entry.file) {
                one.entry.file.clone_from(to);
            }
        }
        let texts: Vec<(String, String)> = units
            .iter()
            .map(|u| {
                let message = u.results.first().and_then(|i| results.get(*i)).map(|r| words(&r.message));
                (self.decided(u), message.unwrap_or_default())
            })
            .collect();
        let mut states = vec![State::New; units.len()];
        let mut taken = vec![false; earlier.len()];
        for step in [Step::Same, Step::File, Step::Moved] {
            let mut left: FxHashMap<_, VecDeque<usize>> = FxHashMap::default();
            for (i, e) in earlier.iter().enumerate().filter(|(i, _)| !taken.get(*i).copied().unwrap_or(true)) {
                let stays = || !touched.files.contains(&e.file) || e.nameless && self.is_there(&e.entry.file);
                if step != Step::Moved || !stays() {
                    left.entry(step.key(&e.entry, &e.text)).or_default().push_back(i);
                }
            }
            let open = units.iter().zip(&texts).zip(&mut states).filter(|(_, state)| **state == State::New);
            for ((unit, (text, message)), state) in open {
                let alike = left.get_mut(&step.key(&unit.entry, text)).and_then(VecDeque::pop_front);
                let Some((at, before)) = alike.and_then(|at| Some((at, earlier.get(at)?))) else { continue };
                if let Some(taken) = taken.get_mut(at) {
                    *taken = true;
                }
                let same = before.text == *text || words(&before.message) == *message;
                *state = if same { State::Unchanged } else { State::Changed };
            }
        }
        for (unit, state) in units.iter().zip(states) {
            for result in unit.results.iter().copied() {
                let Some(result) = results.get_mut(result) else { continue };
                result.state = Some(state);
                if state == State::Unchanged {
                    result.outcome = Outcome::Suppressed;
                    let reason = Some("it was there before".into());
                    result.suppression = Some(Acceptance { by: AcceptedBy::Before, reason, place: None });
                }
            }
        }
        let left = earlier.into_iter().zip(taken).filter(|(_, taken)| !taken).map(|(e, _)| e);
        let mut gone: Vec<Earlier> = left.filter(|e| self.was_looked_at(&e.entry)).collect();
        // What is known is still there.
        let mut still = List::default();
        accepted.into_iter().for_each(|unit| still.add(unit.entry));
        gone.retain(|e| !still.take(&e.entry));
        gone.sort_by(|a, b| (&a.file, a.region, &a.rule.id).cmp(&(&b.file, b.region, &b.rule.id)));
        gone
    }
}

/// A message without the lines that it names, which move.
fn words(message: &str) -> String {
    let placed = |word: &&str| {
        let number = word.trim_end_matches(['.', ',', ';', ')', '`']).rsplit_once(':');
        number.is_some_and(|(_, n)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    message.split_whitespace().filter(|w| !placed(w)).collect::<Vec<_>>().join(" ")
}

/// What a comparison with another side came to, beyond the state of each result.
#[derive(Debug, Clone, Default)]
pub struct Since {
    /// The other side, for people: `main (3de36ce012)`.
    pub name: String,
    /// Its commit.
    pub commit: String,
    /// What was there and is not there any more.
    pub fixed: Vec<Earlier>,
    /// What could not be compared, and why: one sentence each.
    pub notes: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_in_a_message_do_not_count() {
        let one = words("It is \"TLS1_0\". `minTls` is set in prod.bicepparam:4.");
        assert_eq!(one, words("It is \"TLS1_0\". `minTls` is set in prod.bicepparam:17."));
        assert_ne!(one, words("It is \"TLS1_1\". `minTls` is set in prod.bicepparam:4."));
        assert_eq!(words("http://x:80/a port: 3"), "http://x:80/a port: 3");
    }
}
