//! What the configuration accepts: by rule, and by the names of targets, the paths of files, or both.

use std::cell::RefCell;
use std::path::Path;

use ecow::{EcoString, eco_format};
use globset::GlobMatcher;
use jiff::civil::Date;
use rustc_hash::FxHashMap;

use crate::check::{Acceptance, AcceptedBy, CheckResult, Stand};
use crate::config::Suppression;
use crate::diagnostic::Diagnostic;
use crate::glob::{self, Against};
use crate::read::{FileId, Sources};

/// The suppressions of a configuration that count.
#[derive(Debug, Default)]
pub struct Configured {
    /// They stand elsewhere than all files that they can be about.
    is_elsewhere: bool,
    all: Vec<One>,
    /// By rule.
    by_rule: FxHashMap<EcoString, Accepted>,
}

/// One suppression as it is written, with its globs.
#[derive(Debug)]
struct One {
    written: Suppression,
    paths: Option<Vec<PathGlob>>,
    reason: EcoString,
    rules: Vec<EcoString>,
}

/// Which suppression, and which of its targets.
pub type Place = (usize, usize);

/// The suppressions of one rule. Where several cover a result, the first that is written gives the reason.
#[derive(Debug, Default)]
struct Accepted {
    /// Those for all targets.
    all: Places,
    /// Those for each target that is given by its whole name, in small letters.
    named: FxHashMap<String, Places>,
    globs: Vec<(GlobMatcher, Place)>,
}

/// Suppressions that differ in their paths only. Behind the first that is for all paths none says anything more.
#[derive(Debug, Default)]
struct Places {
    list: Vec<Place>,
    /// The last one is for all paths.
    whole: bool,
}

impl Configured {
    /// None so far, of a configuration that may lie elsewhere than all files that it can be about: names are those of files
    /// wherever they are, then.
    pub fn new(is_elsewhere: bool) -> Self {
        Configured { is_elsewhere, ..Configured::default() }
    }

    /// Adds a suppression of some rules, unless it has expired or lacks a reason that is asked for; gives what there is to say
    /// about that.
    pub fn add(
        &mut self,
        s: &Suppression,
        rules: Vec<EcoString>,
        today: Date,
        need_reason: bool,
    ) -> Option<Diagnostic> {
        let nth = self.all.len();
        let paths = s.paths.as_ref().map(|globs| globs.iter().filter_map(|g| PathGlob::new(g)).collect());
        let reason = s.reason.as_deref().map_or("suppressed in the configuration".into(), EcoString::from);
        let reason = with_date(Some(reason), s.until).unwrap_or_default();
        self.all.push(One { written: s.clone(), paths, reason, rules: rules.clone() });
        let refusal = refusal(&s.rule, s.reason.is_some(), s.until, today, need_reason);
        if let Some((code, message)) = refusal {
            return s.span.map(|span| Diagnostic::warning(code, span, message));
        }
        for rule in rules {
            self.by_rule.entry(rule).or_default().add(s, nth);
        }
        None
    }

    /// Whether there is nothing that could cover anything.
    pub fn is_empty(&self) -> bool {
        self.by_rule.is_empty()
    }

    /// What covers a result: where it stands, and what it says.
    pub fn covers(&self, result: &CheckResult, files: &Files<'_>) -> Option<(Place, Acceptance)> {
        let accepted = self.by_rule.get(result.rule.id.as_str())?;
        let here = |place: &&Place| self.is_here(place.0, result, files);
        let first = accepted.candidates(&result.target.name).filter(here).min()?;
        let one = self.all.get(first.0)?;
        let by = AcceptedBy::Configuration;
        Some((*first, Acceptance { by, reason: Some(one.reason.clone()), place: one.written.span }))
    }

    /// Whether a result stands in the files that a suppression is about, each copy of the target: its places do, or one of the
    /// files that declare it is.
    fn is_here(&self, nth: usize, result: &CheckResult, files: &Files<'_>) -> bool {
        let Some((one, globs)) = self.all.get(nth).and_then(|one| Some((one, one.paths.as_ref()?))) else {
            return true;
        };
        let is_one = |file: FileId| {
            files.matches((nth, file), |path| match path.strip_prefix(&one.written.folder) {
                Ok(path) => globs.iter().any(|g| g.matches(path)),
                Err(_) => self.is_elsewhere && globs.iter().any(|g| g.by_name && g.matches(path)),
            })
        };
        let within = |stand: &Stand| {
            let places = !stand.places.is_empty() && stand.places.iter().all(|p| is_one(p.file));
            places || stand.declared.iter().any(|d| is_one(d.file))
        };
        !result.stands.is_empty() && result.stands.iter().all(within)
    }

    /// Those whose rules are known to have run (`has_run`) that covered nothing, target by target: each with the words for it.
    pub fn unused(
        &self,
        has_run: impl Fn(&[EcoString]) -> bool,
        used: impl Fn(&Place) -> bool,
    ) -> Vec<(&Suppression, String)> {
        let mut left: FxHashMap<Place, bool> = FxHashMap::default();
        for place in self.by_rule.values().flat_map(Accepted::places) {
            if self.all.get(place.0).is_some_and(|one| has_run(&one.rules)) {
                *left.entry(*place).or_default() |= used(place);
            }
        }
        let mut left: Vec<Place> = left.into_iter().filter(|(_, used)| !used).map(|(place, _)| place).collect();
        left.sort_unstable();
        let told = |(nth, target): Place| {
            let one = &self.all.get(nth)?.written;
            let target = one.targets.as_ref().and_then(|t| t.get(target));
            Some((one, target.map_or_else(|| one.rule.clone(), |t| format!("{} for `{t}`", one.rule))))
        };
        left.into_iter().filter_map(told).collect()
    }
}

/// Why a suppression does not count, if it does not: a code and a message.
pub fn refusal(
    rule: &str,
    has_reason: bool,
    until: Option<Date>,
    today: Date,
    need_reason: bool,
) -> Option<(&'static str, String)> {
    if let Some(until) = until.filter(|until| *until < today) {
        let message = format!(
            "the suppression of {rule} counted until {until} and has no effect any more; mend what it covered, or set a later date"
        );
        return Some(("suppression-expired", message));
    }
    if need_reason && !has_reason {
        let message = format!(
            "the suppression of {rule} has no effect, because it gives no reason and the configuration asks for one"
        );
        return Some(("suppression-without-reason", message));
    }
    None
}

/// A reason with the day until which it counts.
pub fn with_date(reason: Option<EcoString>, until: Option<Date>) -> Option<EcoString> {
    match (reason, until) {
        (Some(reason), Some(until)) => Some(eco_format!("{reason} (until {until})")),
        (None, Some(until)) => Some(eco_format!("until {until}")),
        (reason, None) => reason,
    }
}

impl Accepted {
    fn add(&mut self, suppression: &Suppression, nth: usize) {
        let limited = suppression.paths.is_some();
        let Some(targets) = &suppression.targets else { return self.all.add((nth, 0), limited) };
        for (i, target) in targets.iter().enumerate() {
            let is_name = suppression.literal || !target.contains('\\') && !glob::is_glob(target);
            if target.is_ascii() && is_name {
                self.named.entry(target.to_ascii_lowercase()).or_default().add((nth, i), limited);
            } else if suppression.literal {
                self.globs.extend(glob::literal(target).map(|matcher| (matcher, (nth, i))));
            } else if let Some(matcher) = glob::name(target) {
                self.globs.push((matcher, (nth, i)));
            }
        }
    }

    /// What is said of a target, in any files.
    fn candidates(&self, target: &str) -> impl Iterator<Item = &Place> {
        let named = self.named.get(&target.to_ascii_lowercase()).into_iter().flat_map(|n| &n.list);
        let globs = self.globs.iter().filter(move |(m, _)| m.is_match(target)).map(|(_, place)| place);
        self.all.list.iter().chain(named).chain(globs)
    }

    fn places(&self) -> impl Iterator<Item = &Place> {
        let named = self.named.values().flat_map(|places| &places.list);
        self.all.list.iter().chain(named).chain(self.globs.iter().map(|(_, place)| place))
    }
}

impl Places {
    fn add(&mut self, place: Place, limited: bool) {
        if !self.whole {
            self.list.push(place);
            self.whole = !limited;
        }
    }
}

/// The paths of files, and which globs they match, each asked once.
pub struct Files<'s> {
    sources: &'s Sources,
    known: RefCell<FxHashMap<(usize, FileId), bool>>,
}

impl<'s> Files<'s> {
    /// Of a run.
    pub fn new(sources: &'s Sources) -> Self {
        Files { sources, known: RefCell::default() }
    }

    fn matches(&self, key: (usize, FileId), ask: impl Fn(&Path) -> bool) -> bool {
        if let Some(known) = self.known.borrow().get(&key) {
            return *known;
        }
        let answer = self.sources.stored(key.1).is_some_and(|source| ask(&source.path));
        self.known.borrow_mut().insert(key, answer);
        answer
    }
}

/// A glob for a file, or for a folder and all below it. Without a slash it is held against each name of the path.
#[derive(Debug)]
struct PathGlob {
    matcher: GlobMatcher,
    by_name: bool,
}

impl PathGlob {
    fn new(text: &str) -> Option<Self> {
        let text = text.strip_prefix("./").unwrap_or(text);
        let text = text.strip_suffix('/').unwrap_or(text);
        // The folder itself.
        let text = if matches!(text, "" | ".") { "**" } else { text };
        let by_name = !text.contains('/') && text != "**";
        let matcher = glob::compile(text, Against::Path).ok()?;
        Some(PathGlob { matcher, by_name })
    }

    fn matches(&self, path: &Path) -> bool {
        match self.by_name {
            true => path.components().any(|c| self.matcher.is_match(c.as_os_str())),
            false => path.ancestors().any(|p| self.matcher.is_match(p)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_of_paths() {
        for (glob, path, matches) in [
            ("infra/*.bicep", "infra/main.bicep", true),
            ("infra/*.bicep", "infra/a/main.bicep", false),
            ("infra/**", "infra/a/main.bicep", true),
            ("infra/", "infra/a/main.bicep", true),
            ("./infra/a", "infra/a/main.bicep", true),
            ("tests", "infra/tests/main.bicep", true),
            ("*.test.bicep", "infra/tests/main.test.bicep", true),
            ("tests", "infra/tests.bicep", false),
            (".", "infra/main.bicep", true),
            ("./", "main.bicep", true),
            ("**", "infra/main.bicep", true),
        ] {
            assert_eq!(PathGlob::new(glob).unwrap().matches(Path::new(path)), matches, "{glob} {path}");
        }
    }

    #[test]
    fn the_first_suppression_that_covers_a_target_counts() {
        let mut accepted = Accepted::default();
        let lists: [&[&str]; 5] =
            [&["prod-*", "Web"], &["web", "x", "ÄB"], &["prod-1"], &[], &["st*", "[parameters('P')]", "s{ü}"]];
        for (nth, targets) in lists.iter().enumerate() {
            let targets = (nth != 3).then(|| targets.iter().map(|t| (*t).to_owned()).collect());
            let (rule, paths, reason, until, span, literal) = (String::new(), None, None, None, None, nth == 4);
            let folder = std::path::PathBuf::new();
            accepted.add(&Suppression { rule, targets, literal, paths, folder, reason, until, span }, nth);
        }
        let first = |name: &str| accepted.candidates(name).min().map(|place| place.0);
        assert_eq!([first("PROD-1"), first("wEB"), first("X"), first("Äb")], [Some(0), Some(0), Some(1), Some(1)]);
        assert_eq!(first("other"), Some(3));
        accepted.all = Places::default();
        assert_eq!(accepted.candidates("other").min(), None);
        // What PSRule's options name is no glob.
        let first = |name: &str| accepted.candidates(name).min().map(|place| place.0);
        let named = [first("ST*"), first("[parameters('p')]"), first("S{ü}"), first("storage"), first("p")];
        assert_eq!(named, [Some(4), Some(4), Some(4), None, None]);
    }
}
