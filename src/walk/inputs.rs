//! The files of a walk, read, parsed and told apart.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::classify::{self, Kind};
use super::mentions::Mentions;
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::journal::{self, Lost, Work};
use crate::read::json::Document;
use crate::read::{ReadError, Source, Sources, bicep};
use crate::source::Stored;

/// A file that was read.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its absolute path.
    pub path: PathBuf,
    /// It was named on the command line.
    pub explicit: bool,
    /// It is one of the files to be judged; else it is only here because another one needs it.
    pub judged: bool,
    /// What it is.
    pub kind: Kind,
    /// Why it is nothing that is looked at, or could not be read; empty otherwise.
    pub reason: String,
    /// Its text; `None` if it could not be read.
    pub source: Option<Arc<Stored>>,
    /// Its syntax, for JSON that is looked at. Not there, as `bicep` is not, where the file was known before ([`Before`]) or is one
    /// of many ([`Syntax::UpTo`]).
    pub document: Option<Arc<Document>>,
    /// Its syntax, for Bicep.
    pub bicep: Option<Arc<bicep::File>>,
    /// What it says of other files.
    pub mentions: Mentions,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
}

/// A file to read.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its absolute path.
    pub path: PathBuf,
    /// It was named on the command line.
    pub explicit: bool,
    /// It is one of the files to be judged.
    pub judged: bool,
    /// A file in Bicep names it as another one, whatever it is called.
    pub bicep: bool,
}

/// What is kept of the syntax of the files that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// That of each file.
    All,
    /// That of the first files, up to so many bytes of it, about; what is beyond is parsed again when it is needed, which takes less
    /// time than the rest of what is done with a file.
    UpTo(usize),
}

impl Syntax {
    /// What is kept of a repository of any size: memory does not grow with the syntax of it.
    pub const BOUNDED: Syntax = Syntax::UpTo(16 << 20);
}

/// So many bytes the syntax of Bicep takes for each byte of its text, measured on the Azure Verified Modules; that of JSON takes about
/// as many as its text.
const BICEP_SYNTAX: usize = 8;

/// So many files are one piece of work: few enough that no thread waits long for another one's.
const FEW: usize = 16;

/// The text of a file, or why there is none.
pub type Loaded = Result<Arc<Stored>, ReadError>;

/// What is known of a file with this text, where somebody parsed the same before.
pub type Before<'b> = dyn Fn(&Wanted, &Arc<Stored>) -> Option<Input> + Sync + 'b;

/// Reads and parses files in parallel. The order of the result, and the identities of the files, are those of `wanted`.
pub fn read(sources: &Sources, wanted: Vec<Wanted>) -> Vec<Input> {
    let loaded = load(sources, &wanted);
    parse(wanted, loaded, Syntax::All, &|_, _| None)
}

/// Parses in parallel what was [loaded](load); not what was known before.
pub fn parse(wanted: Vec<Wanted>, loaded: Vec<Loaded>, syntax: Syntax, before: &Before<'_>) -> Vec<Input> {
    let kept = kept(&wanted, &loaded, syntax);
    let one = |((wanted, loaded), kept): ((Wanted, Loaded), bool)| {
        let mut input = guarded(wanted, loaded, before);
        // Exported resources are judged by their syntax itself.
        if !kept && input.kind != Kind::Resources {
            (input.document, input.bicep) = (None, None);
        }
        input
    };
    let inputs = wanted.into_par_iter().zip(loaded).zip(kept).with_max_len(FEW).map(one).collect();
    journal::so_far();
    inputs
}

/// Of which files the syntax is kept: that hangs on their order and lengths only.
fn kept(wanted: &[Wanted], loaded: &[Loaded], syntax: Syntax) -> Vec<bool> {
    let Syntax::UpTo(most) = syntax else { return vec![true; wanted.len()] };
    let mut bytes = 0;
    let one = |(wanted, loaded): (&Wanted, &Loaded)| {
        let times = if classify::by_extension(&wanted.path).is_some() { BICEP_SYNTAX } else { 1 };
        bytes += loaded.as_ref().map_or(0, |text| text.length()) * times;
        bytes <= most
    };
    wanted.iter().zip(loaded).map(one).collect()
}

/// Loads the texts in parallel. Their identities follow the order of `wanted`.
pub fn load(sources: &Sources, wanted: &[Wanted]) -> Vec<Loaded> {
    wanted.iter().filter(|w| w.explicit).for_each(|w| sources.allow_stream(&w.path));
    let paths: Vec<&Path> = wanted.iter().map(|w| w.path.as_path()).collect();
    sources.load_all(&paths)
}

impl Input {
    /// Its syntax, for JSON that is looked at; parsed now if it was known without.
    pub fn syntax(&self) -> Option<Arc<Document>> {
        let parsed = || {
            let is_json = matches!(self.kind, Kind::Template | Kind::Parameters | Kind::Resources);
            self.source.as_ref().filter(|_| is_json).map(|source| Arc::new(Document::parse(&source.source())))
        };
        self.document.clone().or_else(parsed)
    }

    /// Whether the process died of it, so that nobody knows what it is.
    pub fn is_lost(&self) -> bool {
        self.reason == Lost::REASON
    }

    /// Somebody says that it is a parameter file: it is one if it holds values for parameters, whatever else it lacks.
    pub fn taken_for_parameters(&mut self) {
        let text = self.source.as_ref().filter(|_| self.kind == Kind::Other);
        let document = text.map(|text| Document::parse(&text.source()));
        if let Some(document) = document.filter(classify::gives_parameters) {
            self.kind = Kind::Parameters;
            self.reason = String::new();
            self.document = Some(Arc::new(document));
        }
    }

    /// A file in Bicep names it as another one: it is one, whatever it is called, unless it begins as JSON does.
    pub fn taken_for_bicep(&mut self) {
        let stored = self.source.clone().filter(|_| self.kind == Kind::Other);
        if let Some(stored) = stored.filter(|stored| stored.source().is_bicep()) {
            let Input { path, explicit, judged, .. } = self;
            let wanted = Wanted { path: path.clone(), explicit: *explicit, judged: *judged, bicep: true };
            *self = guarded(wanted, Ok(stored), &|_, _| None);
            journal::so_far();
        }
    }
}

/// Reads a file, unless the process died of it before.
fn guarded(wanted: Wanted, loaded: Loaded, before: &Before<'_>) -> Input {
    if let Some(known) = loaded.as_ref().ok().and_then(|source| before(&wanted, source)) {
        return known;
    }
    let read = journal::during(Work::Read, &wanted.path, || input(&wanted, loaded));
    read.unwrap_or_else(|lost| {
        let mut input = unread(&wanted);
        input.reason = Lost::REASON.to_owned();
        input.diagnostics.push(lost.diagnostic(&input.path));
        input
    })
}

fn unread(wanted: &Wanted) -> Input {
    Input {
        path: wanted.path.clone(),
        explicit: wanted.explicit,
        judged: wanted.judged,
        kind: Kind::Other,
        reason: String::new(),
        source: None,
        document: None,
        bicep: None,
        mentions: Mentions::default(),
        diagnostics: Vec::new(),
    }
}

fn input(wanted: &Wanted, loaded: Loaded) -> Input {
    let mut input = unread(wanted);
    let stored = match loaded {
        Ok(stored) => stored,
        Err(e) => {
            input.reason = match &e {
                ReadError::Io { reason, .. } => format!("cannot be read: {reason}"),
                ReadError::TooLarge { limit, .. } => {
                    format!("is larger than the {limit} bytes that are read; raise --max-file-size to read it")
                }
            };
            let code = if matches!(e, ReadError::TooLarge { .. }) { "file-too-large" } else { "file-unreadable" };
            let message = format!("this file {}", input.reason);
            input.diagnostics.push(Diagnostic::at_path(Level::Error, code, &input.path, message));
            return input;
        }
    };
    let source = stored.source();
    let bicep = if wanted.bicep { classify::of_bicep(&source) } else { classify::by_extension(&input.path) };
    match bicep {
        Some(kind) => {
            let parse = if kind == Kind::Bicep { bicep::parse } else { bicep::parse_params };
            let file = parse(&source);
            input.kind = kind;
            input.diagnostics.extend(file.problems.iter().map(|p| Diagnostic {
                level: p.level,
                code: p.code,
                message: p.message.clone(),
                place: Place::Span(p.span),
            }));
            input.mentions = Mentions::of_bicep(&file, &input.path);
            input.bicep = Some(Arc::new(file));
        }
        None => json(&mut input, &source),
    }
    if source.is_lossy() && input.kind != Kind::Other {
        let message = "some bytes are not valid in the encoding of this file and were replaced; save it as UTF-8";
        input.diagnostics.push(Diagnostic::at_path(Level::Warning, "encoding", &input.path, message));
    }
    input.source = Some(stored);
    input
}

fn json(input: &mut Input, source: &Arc<Source>) {
    let document = Document::parse(source);
    (input.kind, input.reason) = classify::json(&document);
    let diagnostics = document.problems().iter().cloned().map(Diagnostic::from);
    if input.kind != Kind::Other {
        input.diagnostics.extend(diagnostics);
        input.mentions = Mentions::of_json(&document, &input.path);
        input.document = Some(Arc::new(document));
        return;
    }
    // Broken JSON that is nothing we know may have been a template before it broke. One that was named, or that lies
    // among templates and holds the words of one, must not be passed over.
    if !document.has_errors() {
        return;
    }
    let level = if input.explicit { Level::Error } else { Level::Warning };
    let first = diagnostics.into_iter().find(|d| d.level == Level::Error);
    if let Some(mut first) = first {
        if let Place::Span(span) = first.place {
            let line = source.position(span.start).line;
            input.reason = format!("{}, and its JSON is broken (line {line})", input.reason);
        }
        first.level = level;
        input.diagnostics.push(first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax_is_kept_up_to_a_bound_and_is_there_again_when_it_is_asked_for() {
        let sources = Sources::new();
        let template = r#"{"contentVersion": "1.0.0.0", "resources": []}"#;
        let exported = r#"[{"type": "A.B/c", "name": "d"}]"#;
        let texts = [("a.json", template), ("b.json", template), ("c.bicep", "param p string"), ("d.json", exported)];
        let wanted = |path: &str| Wanted { path: path.into(), explicit: false, judged: true, bicep: false };
        let wanted: Vec<Wanted> = texts.iter().map(|(path, _)| wanted(path)).collect();
        let stored = |path: &str, text: &str| sources.stored(sources.add(path, text).id);
        let loaded = || texts.iter().filter_map(|(path, text)| stored(path, text).map(Ok)).collect();
        let read = |syntax| parse(wanted.clone(), loaded(), syntax, &|_, _| None);
        let has = |inputs: &[Input]| -> Vec<bool> {
            inputs.iter().map(|i| i.document.is_some() || i.bicep.is_some()).collect()
        };
        let all = read(Syntax::All);
        assert_eq!(has(&all), [true; 4]);
        let some = read(Syntax::UpTo(template.len()));
        assert_eq!(has(&some), [true, false, false, true], "exported resources are judged by their syntax itself");
        let told = |inputs: &[Input]| inputs.iter().map(|i| (i.kind, i.mentions.clone())).collect::<Vec<_>>();
        assert_eq!(told(&some), told(&all));
        assert!(some[1].syntax().is_some_and(|document| document.root().is_some()));
    }
}
