//! What the Bicep language itself has to say of a file: the compiler's diagnostics that people meet most, and the rules of its
//! linter, each under its own name.
//!
//! Unlike the other rules these judge a file as it is written, not what it deploys: names are looked up ([`scope`]), values have a type
//! as far as the file says ([`kinds`]), and each group of checks walks the syntax ([`walk`]). Every check has a page in `rules/bicep`; [`levels`] says at
//! which level the Bicep CLI reports each, and what a `bicepconfig.json` makes of that. What a check cannot know it does not report.

mod accesses;
mod arguments;
mod artifacts;
mod bodies;
mod constants;
mod cycles;
mod deployable;
mod descriptions;
mod fits;
mod kinds;
pub mod levels;
mod limits;
mod lists;
mod location;
mod modules;
mod names;
mod nulls;
mod others;
mod places;
mod reach;
mod relations;
mod resources;
pub(crate) mod scope;
mod scoping;
mod secrets;
mod secure;
mod shapes;
mod spelling;
mod style;
mod unused;
mod usage;
mod versions;
pub mod walk;

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::diagnostic::Level;
use crate::model::Library;
use crate::read::bicep::File;
use crate::read::{Source, Span};
use others::{Others, Templates};
use scope::Scope;

/// How the ids of the pages of these checks begin.
pub const PREFIX: &str = "Bicep.";

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The Bicep CLI's code: `no-unused-params`, `BCP057`.
    pub code: &'static str,
    /// Where.
    pub span: Span,
    /// What is wrong there and what to do.
    pub message: String,
    /// What mends it.
    pub fix: Option<Edit>,
    /// How bad it is here, where the code alone does not say.
    pub level: Option<Level>,
}

/// A change of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// What takes its place.
    pub text: String,
    /// What that does, in a few words.
    pub description: String,
    /// Nothing else changes by it.
    pub safe: bool,
}

/// A file to look at.
pub struct Subject<'f> {
    /// The templates and files around it.
    pub library: &'f Library,
    /// Its text.
    pub source: &'f Arc<Source>,
    /// Its syntax.
    pub file: &'f File,
    /// It is a parameter file.
    pub is_parameters: bool,
    /// The day that ages of API versions are counted from.
    pub today: jiff::civil::Date,
}

/// As many names of one file are looked through for one that is near.
const MOST_SPELT: usize = 100_000;

/// What all checks of a file share.
pub(crate) struct Context<'f> {
    subject: &'f Subject<'f>,
    scope: Scope<'f>,
    others: Others<'f>,
    /// The declarations that are made of themselves.
    cyclic: FxHashSet<usize>,
    /// The types of variables that were asked for, by declaration.
    variables: std::cell::RefCell<rustc_hash::FxHashMap<usize, kinds::Ty<'f>>>,
    /// The types of what others lead to.
    known: kinds::Known<'f>,
    /// Whether resources and modules are perhaps not deployed, and how many are being asked about.
    off: std::cell::RefCell<rustc_hash::FxHashMap<usize, bool>>,
    asked_off: std::cell::Cell<usize>,
    /// How many names may still be looked through for one that is near.
    spelling: std::cell::Cell<usize>,
    settings: levels::Settings,
    found: std::cell::RefCell<Vec<Finding>>,
}

impl<'f> Context<'f> {
    fn new(subject: &'f Subject<'f>, templates: &'f Templates, settings: levels::Settings) -> Self {
        let scope = Scope::of(subject.file);
        Context {
            subject,
            cyclic: cycles::of(&scope),
            scope,
            others: Others::new(subject, templates),
            variables: std::cell::RefCell::default(),
            known: kinds::Known::default(),
            off: std::cell::RefCell::default(),
            asked_off: std::cell::Cell::default(),
            spelling: std::cell::Cell::new(MOST_SPELT),
            settings,
            found: std::cell::RefCell::default(),
        }
    }

    fn file(&self) -> &'f File {
        self.subject.file
    }

    fn source(&self) -> &'f Source {
        self.subject.source
    }

    fn slice(&self, span: Span) -> &'f str {
        self.subject.source.slice(span)
    }

    /// Whether so many names may be looked through, and shown: a file has few names that are wrong, unless it means to take time.
    fn may_spell(&self, names: usize) -> bool {
        let left = self.spelling.get();
        self.spelling.set(left.saturating_sub(names));
        left >= names
    }

    /// The same without counting it.
    fn can_spell(&self, names: usize) -> bool {
        self.spelling.get() >= names
    }

    /// Whether one of these was said of something within.
    fn has_said(&self, codes: &[&str], span: Span) -> bool {
        let within = |f: &Finding| span.start <= f.span.start && f.span.end <= span.end;
        self.found.borrow().iter().any(|f| codes.contains(&f.code) && within(f))
    }

    /// Notes what is wrong.
    fn say(&self, code: &'static str, span: Span, message: impl Into<String>) {
        self.found.borrow_mut().push(Finding { code, span, message: message.into(), fix: None, level: None });
    }

    /// The same of a code that is an error or a warning, as the case may be.
    fn say_at(&self, level: Level, code: &'static str, span: Span, message: impl Into<String>) {
        self.found.borrow_mut().push(Finding { code, span, message: message.into(), fix: None, level: Some(level) });
    }

    /// The same with what mends it.
    fn mend(&self, code: &'static str, span: Span, message: impl Into<String>, fix: Edit) {
        self.found.borrow_mut().push(Finding { code, span, message: message.into(), fix: Some(fix), level: None });
    }
}

/// Everything that is wrong with a file, by place. `settings` come from the `bicepconfig.json` that counts for it.
pub fn find(subject: &Subject<'_>, settings: levels::Settings) -> Vec<Finding> {
    let templates = Templates::of(subject);
    let context = Context::new(subject, &templates, settings);
    let groups: [fn(&Context<'_>); 23] = [
        names::check,
        cycles::check,
        arguments::check,
        modules::check,
        nulls::check,
        unused::check,
        descriptions::check,
        location::check,
        style::check,
        secrets::check,
        limits::check,
        resources::check,
        usage::check,
        versions::check,
        bodies::check,
        bodies::unusual,
        accesses::check,
        constants::check,
        places::check,
        deployable::check,
        relations::check,
        artifacts::check,
        scoping::check,
    ];
    // A parameter file has values only, and some code around them.
    let of_parameters: [fn(&Context<'_>); 6] = [
        names::check_parameters,
        artifacts::check_parameters,
        unused::check,
        style::check,
        descriptions::check,
        limits::check,
    ];
    match subject.is_parameters {
        true => of_parameters.iter().for_each(|check| check(&context)),
        false => groups.iter().for_each(|check| check(&context)),
    }
    let mut found = context.found.into_inner();
    if subject.is_parameters {
        // Its parameters are the template's, and its values may name a cloud.
        let of_template = ["no-unused-params", "no-hardcoded-env-urls", "use-description-params", "max-params"];
        found.retain(|f| !of_template.contains(&f.code));
    }
    found.sort_by(|a, b| (a.span.start, a.code, a.span.end).cmp(&(b.span.start, b.code, b.span.end)));
    let mut seen = FxHashSet::default();
    found.retain(|f| seen.insert((f.code, f.span)));
    found
}

/// Whether a check brings fixes.
pub fn is_fixable(code: &str) -> bool {
    levels::of(code).is_some_and(|check| check.fixable)
}
