//! Findings of now held against those of another side, such as the revision that a pull request starts from.
//!
//! Each finding is held against the others about each of its resources ([`Point`]). What tells resources apart is the id, where that
//! is known: what this resource had before is unchanged, wherever it stands by now, or changed if its words are others. Where ids say
//! nothing - nobody knows them, or the resource got another name - it is the rule, the declaration and the property
//! ([`fingerprint::identity`](crate::report::fingerprint::identity)), but never against the ids: a resource that was deployed before without the finding has a new one, and
//! one that still is deployed and has it no more is mended. What stood in a file that nobody touched has not moved: where
//! something else causes it by now, that is new.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::resources::{Resource, Resources, is_declared_there};
use super::{Entry, Looked};
use crate::check::{Acceptance, AcceptedBy, CheckResult, Outcome, State, Target};
use crate::diagnostic::Level;
use crate::read::{Position, Span};
use crate::report::fingerprint::without_indexes;
use crate::rules::Rule;
use crate::walk::root::relative;

/// The findings of the other side.
#[derive(Debug)]
pub struct Side {
    findings: Vec<Earlier>,
    resources: Resources,
}

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
    point: Point,
}

/// What is found about one resource at one place.
#[derive(Debug, Clone)]
struct Point {
    entry: Entry,
    place: Option<Span>,
    /// The target is called like its file.
    nameless: bool,
    resource: Option<Resource>,
    /// The property, without indexes.
    path: String,
    /// The message without what moves.
    words: String,
    /// What decided stands outside of the declaration, and that deploys other resources as well: each has its own.
    bound: bool,
    results: Vec<usize>,
    /// The finding of reports that it is a part of.
    finding: usize,
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

/// By what two points are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// The resource.
    Resource,
    /// The id, whatever parameter file it is deployed with: one of the two is there on one side only.
    Id,
    /// The declaration; ids say nothing.
    Declaration,
}

/// What makes two points one.
#[derive(Debug, Clone, Copy)]
struct Step {
    by: By,
    file: bool,
    words: bool,
}

/// The likeliest first.
const STEPS: [Step; 9] = [
    Step { by: By::Resource, file: true, words: true },
    Step { by: By::Resource, file: true, words: false },
    Step { by: By::Resource, file: false, words: true },
    Step { by: By::Resource, file: false, words: false },
    Step { by: By::Id, file: false, words: true },
    Step { by: By::Id, file: false, words: false },
    Step { by: By::Declaration, file: true, words: true },
    Step { by: By::Declaration, file: true, words: false },
    Step { by: By::Declaration, file: false, words: false },
];

/// What is known of the resource of a point, for those that are alike by their declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    /// Nobody knows its id.
    Not,
    /// Its id is known, and it may be called otherwise on the other side.
    Freely,
    /// Its id is known, and tells it from others of its declaration.
    Bound,
}

impl Step {
    /// Points with one key are alike. `None` for a point that this step is not for; `open`: the other side does not deploy the
    /// resource, as far as that is known.
    fn key(self, p: &Point, open: bool) -> Option<[&str; 6]> {
        let file = if self.file { p.entry.file.as_str() } else { "" };
        let words = if self.words { p.words.as_str() } else { "" };
        let rule = p.entry.rule.as_str();
        match (self.by, &p.resource) {
            // An expression says the same in its own file at least.
            (By::Resource, Some(r)) if r.is_known() || self.file => Some([rule, &p.path, &r.with, &r.id, file, words]),
            (By::Id, Some(r)) if r.is_known() && open => Some([rule, &p.path, "", &r.id, file, words]),
            (By::Declaration, _) if open => Some([rule, &p.entry.fingerprint, "", "", file, words]),
            _ => None,
        }
    }

    /// Which of those that are alike may be one with such a point, the likeliest first.
    fn others(self, named: Named) -> &'static [Named] {
        match (self.by, named) {
            (By::Declaration, Named::Not) => &[Named::Not, Named::Freely, Named::Bound],
            // What has another name and stands in another file is another resource.
            (By::Declaration, Named::Freely) if self.file => &[Named::Not, Named::Freely],
            (By::Declaration, _) => &[Named::Not],
            _ => &[Named::Not, Named::Freely, Named::Bound],
        }
    }
}

impl Point {
    fn named(&self) -> Named {
        match &self.resource {
            Some(r) if r.is_known() && self.bound => Named::Bound,
            Some(r) if r.is_known() => Named::Freely,
            _ => Named::Not,
        }
    }

    /// Whether it may be called otherwise on the other side: that does not deploy its resource, as far as is known.
    fn is_open(&self, other: &Resources) -> bool {
        !self.resource.as_ref().is_some_and(|r| r.is_known() && other.has(r))
    }
}

/// What makes points one finding of a report: the rule, its level, who accepts it, the place and the property; without a place, the
/// target.
type Whole<'a> = (&'a str, Level, Option<AcceptedBy>, Result<(Span, String), &'a Target>);

/// Points that are alike on the other side and are not taken yet, by what is known of their resources.
#[derive(Default)]
struct Left([VecDeque<usize>; 3]);

impl Left {
    fn push(&mut self, named: Named, at: usize) {
        if let Some(queue) = self.0.get_mut(named as usize) {
            queue.push_back(at);
        }
    }

    fn pop(&mut self, named: &[Named]) -> Option<usize> {
        named.iter().find_map(|named| self.0.get_mut(*named as usize)?.pop_front())
    }
}

impl Looked<'_> {
    /// The failures of this side, to be held against those of another.
    pub fn side(&self, results: &[CheckResult]) -> Side {
        let resources = self.resources();
        let one = |point: Point| {
            let result = results.get(*point.results.first()?)?;
            Some(Earlier {
                rule: result.rule.clone(),
                target: result.target.clone(),
                message: result.message.to_string(),
                file: point.entry.file.clone(),
                region: point.place.and_then(|p| {
                    let source = self.sources.get(p.file)?;
                    Some((source.position(p.start), source.position(p.end)))
                }),
                point,
            })
        };
        let findings = self.points(results, &resources).into_iter().filter_map(one).collect();
        Side { findings, resources }
    }

    /// The failures, and those that are known already: by what they are about, then in the order of their places.
    fn points(&self, results: &[CheckResult], resources: &Resources) -> Vec<Point> {
        let parameters = self.parameter_files();
        let mut wholes: FxHashMap<Whole<'_>, usize> = FxHashMap::default();
        let mut known: FxHashMap<(Entry, Option<Resource>, String, usize), usize> = FxHashMap::default();
        let mut points: Vec<Point> = Vec::new();
        for (i, result) in results.iter().enumerate().filter(|(_, r)| super::counts(r)) {
            let (entry, place, nameless) = self.entry(result);
            let path = without_indexes(&result.path);
            let at = place.map(|place| (place, path.clone())).ok_or(&*result.target);
            let whole = (result.rule.id.as_str(), result.level, result.suppression.as_ref().map(|s| s.by), at);
            let next = wholes.len();
            let finding = *wholes.entry(whole).or_insert(next);
            let resource = self.resource(result, &parameters);
            let words = words(&result.message);
            let next = points.len();
            let at = *known.entry((entry.clone(), resource.clone(), words.clone(), finding)).or_insert(next);
            if at == next {
                let several = resource.as_ref().is_some_and(|r| resources.is_one_of_several(r));
                let bound = several && !is_declared_there(result);
                let results = Vec::new();
                points.push(Point { entry, place, nameless, resource, path, words, bound, results, finding });
            }
            if let Some(point) = points.get_mut(at) {
                point.results.push(i);
            }
        }
        // The identities of files hang on the order in which they were read; within one file places have an order.
        let order = |p: &Point| p.place.map(|p| (p.start, p.end));
        points.sort_by(|a, b| {
            (&a.entry, order(a), &a.resource, &a.words).cmp(&(&b.entry, order(b), &b.resource, &b.words))
        });
        points
    }

    /// Says of each failure whether it is new, changed, or was there before; the last are accepted. Gives those that are gone.
    pub fn compare(&self, before: Side, touched: &Touched, results: &mut [CheckResult]) -> Vec<Earlier> {
        let Side { findings: mut earlier, resources: deployed_before } = before;
        let deployed = self.resources();
        let points = self.points(results, &deployed).into_iter();
        // What somebody accepts already does not count, and takes nothing from what does.
        let fails = |p: &Point| p.results.iter().any(|i| results.get(*i).is_some_and(|r| r.outcome == Outcome::Fail));
        let (points, accepted): (Vec<Point>, Vec<Point>) = points.partition(fails);
        let deployed_before = deployed_before.renamed(|file| touched.renamed.get(file).map(EcoString::from));
        for one in &mut earlier {
            if let Some(to) = touched.renamed.get(&one.point.entry.file) {
                one.point.entry.file.clone_from(to);
            }
            if let Some(r) = &mut one.point.resource
                && let Some(to) = touched.renamed.get(r.with.as_str())
            {
                r.with = to.into();
            }
        }
        let open: Vec<bool> = points.iter().map(|p| p.is_open(&deployed_before)).collect();
        let mut states: Vec<Option<State>> = vec![None; points.len()];
        let mut taken = vec![false; earlier.len()];
        for step in STEPS {
            let mut left: FxHashMap<[&str; 6], Left> = FxHashMap::default();
            for (i, e) in earlier.iter().enumerate().filter(|(i, _)| !taken.get(*i).copied().unwrap_or(true)) {
                let stays =
                    || !touched.files.contains(&e.file) || e.point.nameless && self.is_there(&e.point.entry.file);
                if (step.by != By::Declaration || step.file || !stays())
                    && let Some(key) = step.key(&e.point, e.point.is_open(&deployed))
                {
                    left.entry(key).or_default().push(e.point.named(), i);
                }
            }
            let unmatched = points.iter().zip(&open).zip(&mut states).filter(|(_, state)| state.is_none());
            for ((point, open), state) in unmatched {
                let alike = step.key(point, *open).and_then(|key| left.get_mut(&key));
                let at = alike.and_then(|alike| alike.pop(step.others(point.named())));
                let Some((at, one)) = at.and_then(|at| Some((at, earlier.get(at)?))) else { continue };
                if let Some(taken) = taken.get_mut(at) {
                    *taken = true;
                }
                *state = Some(if one.point.words == point.words { State::Unchanged } else { State::Changed });
            }
        }
        // Another deployment of a line that was there is not new, unless it was deployed before and did not have it.
        let mut there: FxHashMap<usize, State> = FxHashMap::default();
        for (point, state) in points.iter().zip(&states) {
            if let Some(state) = state {
                let most = there.entry(point.finding).or_insert(*state);
                *most = (*state).max(*most);
            }
        }
        for ((point, open), state) in points.iter().zip(&open).zip(states) {
            let of_line = || there.get(&point.finding).copied().filter(|_| *open);
            let state = state.or_else(of_line).unwrap_or(State::New);
            for result in point.results.iter().copied() {
                let Some(result) = results.get_mut(result) else { continue };
                result.state = Some(state);
                if state == State::Unchanged {
                    result.outcome = Outcome::Suppressed;
                    let reason = Some("it was there before".into());
                    result.suppression = Some(Box::new(Acceptance { by: AcceptedBy::Before, reason, place: None }));
                }
            }
        }
        self.gone(earlier, &taken, accepted)
    }

    /// The findings of which nothing is there any more.
    fn gone(&self, earlier: Vec<Earlier>, taken: &[bool], accepted: Vec<Point>) -> Vec<Earlier> {
        // What is known is still there.
        let mut still: FxHashMap<(Entry, Option<Resource>), usize> = FxHashMap::default();
        for point in accepted {
            *still.entry((point.entry, point.resource)).or_default() += 1;
        }
        let mut take = |point: &Point| {
            let count = still.get_mut(&(point.entry.clone(), point.resource.clone())).filter(|count| **count > 0);
            count.map(|count| *count -= 1).is_some()
        };
        let mut rest = FxHashSet::default();
        for (e, taken) in earlier.iter().zip(taken) {
            if *taken || !self.was_looked_at(&e.point.entry) || take(&e.point) {
                rest.insert(e.point.finding);
            }
        }
        let mut told = FxHashSet::default();
        let is_gone = |e: &Earlier| !rest.contains(&e.point.finding) && told.insert(e.point.finding);
        let mut gone: Vec<Earlier> = earlier.into_iter().filter(is_gone).collect();
        gone.sort_by(|a, b| (&a.file, a.region, &a.rule.id).cmp(&(&b.file, b.region, &b.rule.id)));
        gone
    }
}

/// A message without what moves: the lines and files that it names, who gave the value there, and the indexes of items.
fn words(message: &str) -> String {
    /// The longest name of a file in words.
    const LONGEST: usize = 32;
    let placed = |word: &str| {
        let number = word.trim_end_matches(['.', ',', ';', ')', '`']).rsplit_once(':');
        number.is_some_and(|(_, n)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    let all: Vec<&str> = message.split_whitespace().collect();
    let mut out: Vec<std::borrow::Cow<'_, str>> = Vec::with_capacity(all.len());
    let mut rest = all.as_slice();
    while let Some((word, after)) = rest.split_first() {
        // As `check` writes it: "`minTls` is set in prod.bicepparam:4."
        let given = match after {
            ["is", "set" | "empty", "in", file @ ..] if word.starts_with('`') && word.ends_with('`') => {
                file.iter().take(LONGEST).position(|word| placed(word)).and_then(|at| file.get(at + 1..))
            }
            _ => None,
        };
        rest = given.unwrap_or(after);
        if given.is_none() && !placed(word) {
            out.push(if word.starts_with('`') { without_indexes(word).into() } else { (*word).into() });
        }
    }
    out.join(" ")
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

    #[test]
    fn who_gave_a_value_and_indexes_of_items_do_not_count() {
        let one = words("`a[0].b` is \"1\". `minTls` is set in prod.bicepparam:4.");
        assert_eq!(one, "`a[*].b` is \"1\".");
        assert_eq!(one, words("`a[7].b` is \"1\". `tls` is set in my own file.bicep:12."));
        assert_ne!(words("`a` is [0]."), words("`a` is [1]."));
        assert_eq!(words("`a` is set in the portal."), "`a` is set in the portal.");
    }
}
