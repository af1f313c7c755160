//! What is written down of entry points and files: the pieces of a record.
//!
//! Places name files by number in one process only, so each piece has a list of its own of the files that it speaks of. No
//! secret is written down, only where it stands.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::verdict::Verdicts;
use crate::check::secrets::{Places, Secrets};
use crate::diagnostic::{Diagnostic, Level, Place, is_of_syntax};
use crate::expand::Allowance;
use crate::read::{FileId, Sources, Span};
use crate::scan::allotment::Cost;
use crate::scan::identified::Declared;
use crate::scan::unreached::Reached;
use crate::scan::{Evaluated, Judge, Project};
use crate::source::Stored;
use crate::walk::classify::{self, Kind};
use crate::walk::inputs::{Input, Wanted};
use crate::walk::mentions::Mentions;

/// What an entry point, or a file that was judged as such, came to.
#[derive(Serialize, Deserialize)]
pub struct Piece {
    /// The files of all places, with the reference of the module that each was restored for.
    files: Vec<(PathBuf, Option<String>)>,
    verdicts: Verdicts,
    said: Vec<Said>,
    /// What was wrong with files that were only read on the way.
    aside: Vec<Said>,
    resources: usize,
    reached: Vec<(PathBuf, Vec<Span>)>,
    identified: Vec<Declared>,
    secrets: Places,
    /// What had to be allowed for it.
    pub(super) needed: Allowance,
}

/// What an [`Input`] is, but for its syntax, where nothing is wrong with that: what is said of a mistake quotes the text, whatever it is.
#[derive(Serialize, Deserialize)]
pub struct Told {
    kind: Kind,
    reason: String,
    /// With places in the file itself.
    mentions: Mentions,
}

/// A diagnostic.
#[derive(Serialize, Deserialize)]
struct Said {
    level: Level,
    code: String,
    message: String,
    place: Place,
}

impl Piece {
    /// `None` if a place is in no file, or a secret cannot be read again from where it stands.
    pub(in crate::scan) fn of(project: &Project, evaluated: &Evaluated) -> Option<Self> {
        let sources = &project.sources;
        let mut files = Files::default();
        let mut piece = Piece {
            files: Vec::new(),
            verdicts: Verdicts::of(&evaluated.results)?,
            said: evaluated.diagnostics.iter().map(Said::of).collect(),
            aside: project.diagnostics_of(&evaluated.asked).iter().map(Said::of).collect(),
            resources: evaluated.resources,
            reached: evaluated.reached.declarations(),
            identified: evaluated.identified.clone(),
            secrets: evaluated.secrets.places(sources)?,
            needed: evaluated.cost.needed,
        };
        // What is said of a mistake, and whatever is said of a parameter file, may quote a secret.
        let may_quote = |said: &Said| {
            let parameters = |span: &Span| {
                sources.stored(span.file).is_some_and(|s| classify::by_extension(&s.path) == Some(Kind::BicepParam))
            };
            is_of_syntax(&said.code) || matches!(&said.place, Place::Span(span) if parameters(span))
        };
        if piece.said.iter().chain(&piece.aside).any(may_quote) {
            return None;
        }
        let mut fits = true;
        piece.spans(&mut |span| match files.number(span.file, sources) {
            Some(number) => span.file = FileId::new(number),
            None => fits = false,
        });
        piece.files = files.files;
        fits.then_some(piece)
    }

    /// What it was made of. `file_id` finds a file by its path and the module that it was restored for.
    pub(in crate::scan) fn evaluated(
        mut self,
        project: &Project,
        judge: &dyn Judge,
        file_id: impl Fn(&Path, Option<&str>) -> Option<FileId>,
    ) -> Option<Evaluated> {
        let sources = &project.sources;
        let ids = self.files.iter().map(|(path, restored)| file_id(path, restored.as_deref()));
        let ids: Vec<FileId> = ids.collect::<Option<_>>()?;
        let mut fits = true;
        self.spans(&mut |span| match ids.get(span.file.number() as usize) {
            Some(id) => span.file = *id,
            None => fits = false,
        });
        if !fits {
            return None;
        }
        Some(Evaluated {
            results: self.verdicts.results(judge)?,
            diagnostics: self.said.into_iter().chain(self.aside).map(Said::diagnostic).collect(),
            resources: self.resources,
            reached: Reached::from_declarations(self.reached),
            identified: self.identified,
            secrets: Secrets::at(&self.secrets, sources)?,
            cost: Cost { needed: self.needed, stopped: false },
            ..Evaluated::default()
        })
    }

    /// Does something with every place.
    fn spans(&mut self, f: &mut dyn FnMut(&mut Span)) {
        self.verdicts.spans(&mut *f);
        for said in self.said.iter_mut().chain(&mut self.aside) {
            if let Place::Span(span) = &mut said.place {
                f(span);
            }
        }
        self.reached.iter_mut().flat_map(|(_, spans)| spans).for_each(&mut *f);
        self.identified.iter_mut().for_each(|(span, _)| f(span));
        self.secrets.masked.iter_mut().for_each(&mut *f);
        self.secrets.told.iter_mut().for_each(|(span, _)| f(span));
        self.secrets.clear.iter_mut().for_each(f);
    }
}

impl Told {
    /// `None` if something is wrong with it.
    pub fn of(input: &Input) -> Option<Self> {
        let right = input.source.is_some() && input.diagnostics.is_empty();
        let told = || Told { kind: input.kind, reason: input.reason.clone(), mentions: input.mentions.clone() };
        right.then(told)
    }

    /// The file again, with this text.
    pub fn input(self, wanted: Wanted, source: Arc<Stored>) -> Input {
        let Told { kind, reason, mut mentions } = self;
        mentions.spans().for_each(|span| span.file = source.id);
        let Wanted { path, explicit, judged, .. } = wanted;
        let (source, document, bicep, diagnostics) = (Some(source), None, None, Vec::new());
        Input { path, explicit, judged, kind, reason, source, document, bicep, mentions, diagnostics }
    }
}

impl Said {
    fn of(d: &Diagnostic) -> Self {
        Said { level: d.level, code: d.code.to_owned(), message: d.message.clone(), place: d.place.clone() }
    }

    fn diagnostic(self) -> Diagnostic {
        Diagnostic { level: self.level, code: code_of(&self.code), message: self.message, place: self.place }
    }
}

/// The files of a piece as they are met.
#[derive(Default)]
struct Files {
    files: Vec<(PathBuf, Option<String>)>,
    numbers: FxHashMap<FileId, u32>,
}

impl Files {
    fn number(&mut self, file: FileId, sources: &Sources) -> Option<u32> {
        if let Some(known) = self.numbers.get(&file) {
            return Some(*known);
        }
        let path = sources.stored(file)?.path.clone();
        let number = u32::try_from(self.files.len()).ok()?;
        self.files.push((path, sources.restored(file).map(|r| r.to_string())));
        self.numbers.insert(file, number);
        Some(number)
    }
}

/// A code of a diagnostic. There are a few dozen, and each is kept once for as long as the process lives.
fn code_of(code: &str) -> &'static str {
    static CODES: Mutex<Option<FxHashSet<&'static str>>> = Mutex::new(None);
    let mut codes = CODES.lock().unwrap_or_else(PoisonError::into_inner);
    let codes = codes.get_or_insert_default();
    match codes.get(code) {
        Some(known) => known,
        None => {
            let kept: &'static str = Box::leak(code.to_owned().into_boxed_str());
            codes.insert(kept);
            kept
        }
    }
}
