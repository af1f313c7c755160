//! Findings as data for `page.js`: tables of columns, in which everything is written once and referred to by its number.
//!
//! | table | columns |
//! | --- | --- |
//! | `strings` | texts; everything in them can be seen |
//! | `rules` | `id`, `ref`, `title`, `severity`, `pillar`, `service`, `help` (an `https` address or empty), `cwe` |
//! | `files` | `path`, `link` (the address of the file at the scanned revision, without a line; or empty) |
//! | `places` | `file`, `line`, `column`, `text` (the line), `from` and `to` (what of it the place is, in UTF-16 code units) |
//! | `steps` | `place`, `words` |
//! | `ways` | lists of steps, from where the value was decided to where it is used |
//! | `targets` | `name`, `type` |
//! | `fixes` | `review`, `words`, `diff` (lines, or -1) |
//! | `findings` | `rule`, `level`, `status`, `why` (sentences), `place`, `targets`, `more` (targets left out), `ways`, `also` (steps), `fix`, `path`, `reason` |
//! | `boxes`, `nodes` | see [`super::tree`] |
//!
//! -1 stands for what is not there. Levels are those of [`Level`] in their order, statuses those of [`STATUSES`].

use std::io::{self, Write};

use serde::Serialize;

use super::quote::{self, Line};
use super::store::Table;
use super::tree::{self, Tree};
use super::{FINDINGS, Found};
use crate::check::{AcceptedBy, Fix, Outcome, Related, Safety, State};
use crate::diagnostic::Level;
use crate::report::finding::Finding;
use crate::report::mask::Masks;
use crate::report::place::{Place, Places};
use crate::report::{Report, cut, escape, words};
use crate::rules::Rule;

/// How many targets, ways, and other places of a finding are shown.
const TARGETS: usize = 20;
const WAYS: usize = 3;
const ALSO: usize = 10;
/// Characters of a message, and of a name.
const MESSAGE: usize = 1_000;
const NAME: usize = 255;

/// What a finding came to, in the words of the page.
const STATUSES: [&str; 8] = [
    "open",
    "new",
    "changed",
    "failed to run",
    "known",
    "unchanged",
    "accepted in the source",
    "accepted by configuration",
];

/// A number of a row, or -1.
type Number = i64;

fn number(n: Option<usize>) -> Number {
    n.and_then(|n| Number::try_from(n).ok()).unwrap_or(-1)
}

#[derive(Serialize)]
struct Data<'a> {
    version: u32,
    strings: &'a [String],
    levels: [&'static str; 3],
    statuses: [&'static str; 8],
    rules: Vec<RuleRow<'a>>,
    files: Vec<FileRow>,
    places: PlaceColumns,
    steps: StepColumns,
    ways: &'a [Vec<usize>],
    targets: TargetColumns,
    fixes: FixColumns,
    findings: Columns,
    #[serde(flatten)]
    tree: Tree,
}

#[derive(Serialize)]
struct RuleRow<'a> {
    id: String,
    #[serde(rename = "ref")]
    reference: String,
    title: String,
    severity: &'static str,
    pillar: &'static str,
    service: String,
    help: &'a str,
    cwe: Vec<String>,
}

#[derive(Serialize)]
struct FileRow {
    path: String,
    link: String,
}

#[derive(Serialize, Default)]
struct PlaceColumns {
    file: Vec<usize>,
    line: Vec<u32>,
    column: Vec<u32>,
    text: Vec<usize>,
    from: Vec<u32>,
    to: Vec<u32>,
}

#[derive(Serialize)]
struct StepColumns {
    place: Vec<usize>,
    words: Vec<usize>,
}

#[derive(Serialize)]
struct TargetColumns {
    name: Vec<usize>,
    #[serde(rename = "type")]
    type_: Vec<usize>,
}

#[derive(Serialize, Default)]
struct FixColumns {
    review: Vec<u8>,
    words: Vec<usize>,
    diff: Vec<Number>,
}

#[derive(Serialize, Default)]
struct Columns {
    rule: Vec<usize>,
    level: Vec<usize>,
    status: Vec<usize>,
    why: Vec<Vec<usize>>,
    place: Vec<Number>,
    targets: Vec<Vec<usize>>,
    more: Vec<usize>,
    ways: Vec<Vec<usize>>,
    also: Vec<Vec<usize>>,
    fix: Vec<Number>,
    path: Vec<Number>,
    reason: Vec<Number>,
}

/// Writes the data as JSON that may stand in a `<script>`.
pub(super) fn write(report: &Report, found: &Found, places: &Places, out: &mut impl Write) -> io::Result<()> {
    let mut tables = Tables::new(report, places);
    let mut findings = Columns::default();
    for f in found.findings.iter().take(FINDINGS) {
        tables.finding(f, &mut findings);
    }
    let tree = tree::tree(report, found, &mut tables.strings);
    let data = Data {
        version: 1,
        levels: [Level::Error, Level::Warning, Level::Note].map(Level::as_str),
        statuses: STATUSES,
        rules: tables.rules.iter().map(|rule| row(rule)).collect(),
        files: tables.files,
        places: tables.places,
        steps: StepColumns {
            place: tables.steps.list().iter().map(|(place, _)| *place).collect(),
            words: tables.steps.list().iter().map(|(_, words)| *words).collect(),
        },
        ways: tables.ways.list(),
        targets: TargetColumns {
            name: tables.targets.list().iter().map(|(name, _)| *name).collect(),
            type_: tables.targets.list().iter().map(|(_, type_)| *type_).collect(),
        },
        fixes: tables.fixes,
        findings,
        tree,
        strings: tables.strings.list(),
    };
    escape::write_script_json(&data, out)
}

fn row(rule: &Rule) -> RuleRow<'_> {
    let name = |text: &str| cut::visible(text, NAME).into_owned();
    RuleRow {
        id: name(&rule.id),
        reference: name(&rule.reference),
        title: name(&rule.title),
        severity: rule.severity.as_str(),
        pillar: rule.pillar.as_str(),
        service: name(&rule.resource),
        help: escape::web(&rule.help_uri).unwrap_or_default(),
        cwe: rule.cwe.iter().map(|c| name(c)).collect(),
    }
}

/// The tables while they grow.
struct Tables<'a> {
    report: &'a Report<'a>,
    lookup: &'a Places<'a>,
    masks: Masks,
    strings: Table<String>,
    rules: Vec<&'a Rule>,
    rule_index: rustc_hash::FxHashMap<&'a str, usize>,
    files: Vec<FileRow>,
    file_index: rustc_hash::FxHashMap<crate::read::FileId, usize>,
    places: PlaceColumns,
    place_index: rustc_hash::FxHashMap<crate::read::Span, usize>,
    steps: Table<(usize, usize)>,
    ways: Table<Vec<usize>>,
    targets: Table<(usize, usize)>,
    fixes: FixColumns,
}

impl<'a> Tables<'a> {
    fn new(report: &'a Report<'a>, lookup: &'a Places<'a>) -> Self {
        Tables {
            report,
            lookup,
            masks: Masks::new(report.secrets),
            strings: Table::new(),
            rules: Vec::new(),
            rule_index: Default::default(),
            files: Vec::new(),
            file_index: Default::default(),
            places: PlaceColumns::default(),
            place_index: Default::default(),
            steps: Table::new(),
            ways: Table::new(),
            targets: Table::new(),
            fixes: FixColumns::default(),
        }
    }

    fn finding(&mut self, f: &Finding<'a>, out: &mut Columns) {
        out.rule.push(self.rule(f.rule));
        out.level.push(f.level as usize);
        out.status.push(status(f));
        // A sentence is often that of many findings.
        let why = words::message(f);
        let why = cut::visible(&why, MESSAGE);
        let sentences =
            why.split_inclusive(". ").map(|s| s.strip_suffix(' ').filter(|s| s.ends_with('.')).unwrap_or(s));
        out.why.push(sentences.map(|s| self.strings.text(s)).collect());
        let place = f.place.as_ref().map(|p| self.place(p));
        out.place.push(number(place));
        let named = |t: &&crate::check::Target| {
            let type_ = if t.type_.starts_with('.') { "" } else { t.type_.as_str() };
            let name = if type_.is_empty() { t.name.as_str() } else { words::name(t) };
            (cut::visible(name, NAME).into_owned(), cut::visible(type_, NAME).into_owned())
        };
        let targets: Vec<(String, String)> = f.targets.iter().take(TARGETS).map(named).collect();
        let targets = targets.iter().map(|(name, type_)| {
            let target = (self.strings.text(name), self.strings.text(type_));
            self.targets.of(target)
        });
        out.targets.push(targets.collect());
        out.more.push(f.targets.len().saturating_sub(TARGETS));
        out.ways.push(f.flows.iter().take(WAYS).filter_map(|flow| self.way(f, flow)).collect());
        let told = |r: &&&Related| f.flows.iter().take(WAYS).any(|flow| flow.contains(**r));
        let also: Vec<&Related> = f.related.iter().copied().filter(|r| Some(r.span) != f.span && !told(&r)).collect();
        out.also.push(also.into_iter().take(ALSO).filter_map(|r| self.step(r.span, &r.message)).collect());
        let fix = f.fix.and_then(|fix| self.fix(fix));
        out.fix.push(number(fix));
        let path = (!f.path.is_empty()).then(|| self.strings.text(&cut::visible(f.path, NAME)));
        out.path.push(number(path));
        let reason = f.suppression.and_then(|s| s.reason.as_deref());
        out.reason.push(number(reason.map(|r| self.strings.text(&cut::visible(r, MESSAGE)))));
    }

    fn rule(&mut self, rule: &'a Rule) -> usize {
        let next = self.rules.len();
        *self.rule_index.entry(&rule.id).or_insert_with(|| {
            self.rules.push(rule);
            next
        })
    }

    /// From the place that decided the value to the property that has it; `None` where there is no way to tell.
    fn way(&mut self, f: &Finding, flow: &[Related]) -> Option<usize> {
        let decided = f.span.filter(|span| flow.last().is_none_or(|last| last.span != *span));
        let mut steps: Vec<usize> =
            decided.and_then(|span| self.step(span, "The value is decided here.")).into_iter().collect();
        steps.extend(flow.iter().rev().filter_map(|step| self.step(step.span, &step.message)));
        (steps.len() > 1).then(|| self.ways.of(steps))
    }

    fn step(&mut self, span: crate::read::Span, message: &str) -> Option<usize> {
        let place = self.lookup.place(span)?;
        let place = self.place(&place);
        let words = self.strings.text(&cut::visible(message, MESSAGE));
        Some(self.steps.of((place, words)))
    }

    fn place(&mut self, place: &Place) -> usize {
        if let Some(known) = self.place_index.get(&place.span) {
            return *known;
        }
        let Line { text, region: (from, to) } = quote::line(place, &self.masks);
        let (file, text) = (self.file(place), self.strings.text(&text));
        let all = &mut self.places;
        all.file.push(file);
        all.line.push(place.start.line);
        all.column.push(place.start.column);
        all.text.push(text);
        all.from.push(from);
        all.to.push(to);
        let new = all.file.len() - 1;
        self.place_index.insert(place.span, new);
        new
    }

    fn file(&mut self, place: &Place) -> usize {
        let next = self.files.len();
        *self.file_index.entry(place.span.file).or_insert_with(|| {
            let link = self.report.provenance.as_ref().and_then(|p| p.page(place.file.uri()));
            let link = link.as_deref().and_then(escape::web).unwrap_or_default().to_owned();
            self.files.push(FileRow { path: escape::visible(&place.file.shown).into_owned(), link });
            next
        })
    }

    fn fix(&mut self, fix: &Fix) -> Option<usize> {
        let place = self.lookup.place(fix.span)?;
        let diff = quote::change(fix, &place, &self.masks);
        let diff = number(diff.map(|diff| self.strings.text(&diff)));
        let words = self.strings.text(&cut::visible(&fix.description, MESSAGE));
        self.fixes.review.push(u8::from(fix.safety == Safety::Review));
        self.fixes.words.push(words);
        self.fixes.diff.push(diff);
        Some(self.fixes.diff.len() - 1)
    }
}

/// The number of a finding's status in [`STATUSES`].
fn status(f: &Finding) -> usize {
    match (f.outcome, f.suppression.map(|s| s.by), f.state) {
        (Outcome::Error, ..) => 3,
        (Outcome::Suppressed, Some(AcceptedBy::Known), _) => 4,
        (Outcome::Suppressed, Some(AcceptedBy::Before), _) => 5,
        (Outcome::Suppressed, Some(AcceptedBy::Source), _) => 6,
        (Outcome::Suppressed, ..) => 7,
        (_, _, Some(State::New)) => 1,
        (_, _, Some(State::Changed)) => 2,
        (_, _, Some(State::Unchanged)) => 5,
        _ => 0,
    }
}
