//! Verdicts as they are written down: what many of them share, such as their targets and the words of their places, stands once.

use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::check::{Acceptance, CheckResult, Fix, Location, Outcome, Related, Stand, State, Target};
use crate::diagnostic::Level;
use crate::read::Span;
use crate::scan::Judge;

/// A text, by its place among those of a piece.
type Text = u32;

/// The verdicts of a piece.
#[derive(Default, Serialize, Deserialize)]
pub struct Verdicts {
    texts: Vec<EcoString>,
    targets: Vec<WrittenTarget>,
    verdicts: Vec<Verdict>,
}

/// A [`Target`].
#[derive(Serialize, Deserialize)]
struct WrittenTarget {
    type_: Text,
    name: Text,
    label: Text,
    id: Text,
    symbol: Option<Text>,
}

/// A [`Location`] or a [`Related`]: what is said of it, and the place.
type Worded = (Text, Span);

/// A [`CheckResult`], with its rule by its id.
#[derive(Serialize, Deserialize)]
struct Verdict {
    rule: Text,
    level: Level,
    outcome: Outcome,
    target: u32,
    message: Text,
    location: Option<Worded>,
    path: Text,
    flow: Vec<Worded>,
    related: Vec<Worded>,
    fix: Option<Box<Fix>>,
    suppression: Option<Box<Acceptance>>,
    state: Option<State>,
    stands: Vec<Stand>,
}

impl Verdicts {
    /// These results. `None` if there are more than can be numbered.
    pub fn of(results: &[CheckResult]) -> Option<Self> {
        let mut all = Writer::default();
        let verdicts = results.iter().map(|r| all.verdict(r)).collect::<Option<_>>()?;
        Some(Verdicts { verdicts, ..all.written })
    }

    /// The results again. `None` if a rule is not there any more.
    pub fn results(self, judge: &dyn Judge) -> Option<Vec<CheckResult>> {
        let Verdicts { texts, targets, verdicts } = self;
        let mut all = Shared { texts, targets: Vec::new() };
        all.targets = targets.iter().map(|target| all.target(target).map(Arc::new)).collect::<Option<_>>()?;
        verdicts.into_iter().map(|verdict| all.result(verdict, judge)).collect()
    }

    /// Does something with every place.
    pub fn spans(&mut self, f: &mut dyn FnMut(&mut Span)) {
        for v in &mut self.verdicts {
            let said = v.location.iter_mut().chain(&mut v.flow).chain(&mut v.related).map(|(_, span)| span);
            let stands = v.stands.iter_mut().flat_map(|s| s.places.iter_mut().chain(&mut s.declared));
            let accepted = v.suppression.as_mut().and_then(|s| s.place.as_mut());
            let fix = v.fix.as_mut().map(|f| &mut f.span);
            said.chain(fix).chain(accepted).chain(stands).for_each(&mut *f);
        }
    }
}

/// Verdicts on their way into a piece.
#[derive(Default)]
struct Writer {
    written: Verdicts,
    texts: FxHashMap<EcoString, Text>,
    targets: FxHashMap<Arc<Target>, u32>,
}

impl Writer {
    fn text(&mut self, text: &EcoString) -> Option<Text> {
        if let Some(known) = self.texts.get(text) {
            return Some(*known);
        }
        let number = u32::try_from(self.written.texts.len()).ok()?;
        self.written.texts.push(text.clone());
        self.texts.insert(text.clone(), number);
        Some(number)
    }

    fn target(&mut self, target: &Arc<Target>) -> Option<u32> {
        if let Some(known) = self.targets.get(target) {
            return Some(*known);
        }
        let Target { type_, name, label, id, symbol } = &**target;
        let symbol = match symbol {
            Some(symbol) => Some(self.text(symbol)?),
            None => None,
        };
        let (type_, name, label, id) = (self.text(type_)?, self.text(name)?, self.text(label)?, self.text(id)?);
        let number = u32::try_from(self.written.targets.len()).ok()?;
        self.written.targets.push(WrittenTarget { type_, name, label, id, symbol });
        self.targets.insert(target.clone(), number);
        Some(number)
    }

    fn related(&mut self, list: &[Related]) -> Option<Vec<Worded>> {
        list.iter().map(|r| Some((self.text(&r.message)?, r.span))).collect()
    }

    fn verdict(&mut self, r: &CheckResult) -> Option<Verdict> {
        let location = match &r.location {
            Some(location) => Some((self.text(&location.pointer)?, location.span)),
            None => None,
        };
        Some(Verdict {
            rule: self.text(&r.rule.id)?,
            level: r.level,
            outcome: r.outcome,
            target: self.target(&r.target)?,
            message: self.text(&r.message)?,
            location,
            path: self.text(&r.path)?,
            flow: self.related(&r.flow)?,
            related: self.related(&r.related)?,
            fix: r.fix.clone(),
            suppression: r.suppression.clone(),
            state: r.state,
            stands: r.stands.clone(),
        })
    }
}

/// What verdicts share, as it was read.
struct Shared {
    texts: Vec<EcoString>,
    targets: Vec<Arc<Target>>,
}

impl Shared {
    fn text(&self, text: Text) -> Option<EcoString> {
        self.texts.get(text as usize).cloned()
    }

    fn target(&self, written: &WrittenTarget) -> Option<Target> {
        let WrittenTarget { type_, name, label, id, symbol } = *written;
        let symbol = match symbol {
            Some(symbol) => Some(self.text(symbol)?),
            None => None,
        };
        Some(Target {
            type_: self.text(type_)?,
            name: self.text(name)?,
            label: self.text(label)?,
            id: self.text(id)?,
            symbol,
        })
    }

    fn related(&self, list: Vec<Worded>) -> Option<Vec<Related>> {
        list.into_iter().map(|(message, span)| Some(Related { message: self.text(message)?, span })).collect()
    }

    fn result(&self, v: Verdict, judge: &dyn Judge) -> Option<CheckResult> {
        let location = match v.location {
            Some((pointer, span)) => Some(Location { span, pointer: self.text(pointer)? }),
            None => None,
        };
        Some(CheckResult {
            rule: judge.rule(self.texts.get(v.rule as usize)?)?,
            level: v.level,
            outcome: v.outcome,
            target: self.targets.get(v.target as usize)?.clone(),
            message: self.text(v.message)?,
            location,
            path: self.text(v.path)?,
            flow: self.related(v.flow)?,
            related: self.related(v.related)?,
            fix: v.fix,
            suppression: v.suppression,
            state: v.state,
            stands: v.stands,
        })
    }
}
