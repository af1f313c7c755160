//! The steps of a path, read once and followed through values.

use super::filter::Filter;
use super::written::{closing, split, unquoted};
use super::{Tree, Visits};

/// Filters can stand in the paths of filters, so deep. Nobody writes more than two.
const MOST_FILTERS: usize = 16;

/// A path.
pub(super) struct Steps<'p>(Vec<Step<'p>>);

/// One step.
enum Step<'p> {
    /// A value and all within it, whatever comes next.
    Deep,
    All,
    Names(Vec<&'p str>),
    Indexes(Vec<usize>),
    Slice {
        from: Option<i64>,
        to: Option<i64>,
        by: i64,
    },
    Filter(Filter<'p>),
}

impl<'p> Steps<'p> {
    /// Reads a path, with or without the `$` that stands for the whole.
    ///
    /// # Errors
    /// What is not understood.
    pub(super) fn of(path: &'p str, visits: &Visits) -> Result<Self, String> {
        Steps::within(path, 0, visits)
    }

    /// Reads a path that stands in so many filters.
    pub(super) fn within(path: &'p str, depth: usize, visits: &Visits) -> Result<Self, String> {
        let mut rest = path.trim();
        rest = rest.strip_prefix('$').unwrap_or(rest);
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if rest.starts_with("..") {
                steps.push(Step::Deep);
            }
            rest = rest.strip_prefix("..").or_else(|| rest.strip_prefix('.')).unwrap_or(rest);
            let step;
            (step, rest) = match rest.strip_prefix('[') {
                Some(inner) => {
                    let end = closing(inner).ok_or_else(|| format!("a bracket is not closed in '{path}'"))?;
                    let step = Step::bracket(inner[..end].trim(), depth, visits);
                    (step.ok_or_else(|| format!("'[{}]' is not understood", &inner[..end]))?, &inner[end + 1..])
                }
                None => {
                    let end = rest.find(['.', '[']).unwrap_or(rest.len());
                    let (name, after) = rest.split_at(end);
                    if name.is_empty() {
                        return Err(format!("a name is missing in '{path}'"));
                    }
                    (if name == "*" { Step::All } else { Step::Names(vec![name]) }, after)
                }
            };
            steps.push(step);
        }
        Ok(Steps(steps))
    }

    /// All values at the path from a value, in document order; fewer once it led through too many. `whole` is what `$` stands for.
    pub(super) fn from<'v, T: Tree>(&self, value: &'v T, whole: &'v T, visits: &Visits) -> Vec<&'v T> {
        let follow = |found: Vec<&'v T>, step: &Step<'_>| -> Vec<&'v T> {
            found.into_iter().flat_map(|v| step.from(v, whole, visits)).collect()
        };
        self.0.iter().fold(vec![value], follow)
    }
}

impl<'p> Step<'p> {
    fn bracket(text: &'p str, depth: usize, visits: &Visits) -> Option<Self> {
        if text == "*" {
            return Some(Step::All);
        }
        if let Some(filter) = text.strip_prefix('?') {
            let filter = filter.trim().strip_prefix('(')?.strip_suffix(')')?;
            return (depth < MOST_FILTERS).then(|| Filter::of(filter, depth + 1, visits))?.map(Step::Filter);
        }
        if text.starts_with(['\'', '"']) {
            return split(text, ",").into_iter().map(unquoted).collect::<Option<_>>().map(Step::Names);
        }
        if text.contains(':') {
            let mut parts =
                text.split(':').map(|p| if p.trim().is_empty() { Ok(None) } else { p.trim().parse().map(Some) });
            let mut next = || parts.next().unwrap_or(Ok(None)).ok();
            let (from, to, by) = (next()?, next()?, next()?.unwrap_or(1));
            return (by != 0).then_some(Step::Slice { from, to, by });
        }
        text.split(',').map(|i| i.trim().parse().ok()).collect::<Option<_>>().map(Step::Indexes)
    }

    fn from<'v, T: Tree>(&self, value: &'v T, whole: &'v T, visits: &Visits) -> Vec<&'v T> {
        if !visits.take(1) {
            return Vec::new();
        }
        let counted = |all: Vec<&'v T>| if visits.take(all.len()) { all } else { Vec::new() };
        match self {
            Step::Deep => everything(value, visits),
            Step::All => counted(value.below()),
            Step::Names(names) => {
                // Each name is looked for among all members.
                let width = value.members().len();
                names.iter().take_while(|_| visits.take(width)).filter_map(|n| value.named(n)).collect()
            }
            Step::Indexes(at) => counted(at.iter().filter_map(|i| value.items()?.get(*i)).collect()),
            Step::Slice { from, to, by } => counted(sliced(value.items().unwrap_or_default(), *from, *to, *by)),
            Step::Filter(filter) => {
                counted(value.below()).into_iter().filter(|v| filter.holds(*v, whole, visits)).collect()
            }
        }
    }
}

/// A value and all within it. (How deep a document goes is bounded where it is read.)
fn everything<'v, T: Tree>(value: &'v T, visits: &Visits) -> Vec<&'v T> {
    let mut out = Vec::new();
    let mut open = vec![value];
    while let Some(v) = open.pop().filter(|_| visits.take(1)) {
        out.push(v);
        open.extend(v.below().into_iter().rev());
    }
    out
}

fn sliced<T>(items: &[T], from: Option<i64>, to: Option<i64>, by: i64) -> Vec<&T> {
    let length = items.len() as i64;
    let bound = |i: i64, low: i64, high: i64| (if i < 0 { i.saturating_add(length) } else { i }).clamp(low, high);
    let (low, high) = if by > 0 { (0, length) } else { (-1, length - 1) };
    let mut at = from.map_or(if by > 0 { 0 } else { length - 1 }, |i| bound(i, low, high));
    let end = to.map_or(if by > 0 { length } else { -1 }, |i| bound(i, low, high));
    let mut out = Vec::new();
    while (by > 0 && at < end) || (by < 0 && at > end) {
        out.extend(usize::try_from(at).ok().and_then(|i| items.get(i)));
        at = at.saturating_add(by);
    }
    out
}
