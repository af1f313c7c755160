//! What the files of a run say about findings: comments, Bicep's directives, and the metadata of JSON.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use ecow::EcoString;
use jiff::civil::Date;
use memchr::memmem::Finder;
use rustc_hash::FxHashMap;

use super::comment::{self, DIRECTIVE, Form, MARKERS, OWN_MARKER, Tool};
use super::metadata;
use super::outline::{Outline, each_container};
use crate::diagnostic::Diagnostic;
use crate::read::bicep::ast::{Directive, DirectiveKind, Name, StatementKind};
use crate::read::json::Document;
use crate::read::{Source, Span, bicep};
use crate::walk::classify::{self, Kind};

/// How it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A comment of ours.
    Comment,
    /// A directive of Bicep, whose codes may be those of the compiler as well.
    Directive,
    /// Metadata of JSON.
    Metadata,
    /// A comment for Checkov or Trivy.
    Peer(Tool),
}

/// A rule as it is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// An id, a reference, a glob, or the check of another tool.
    pub text: EcoString,
    /// Where it stands.
    pub span: Span,
}

/// One suppression in a file.
#[derive(Debug, Clone)]
pub struct Suppression {
    /// All of it.
    pub span: Span,
    /// The bytes of its file that it covers.
    pub covers: Range<usize>,
    /// The rules.
    pub rules: Vec<Named>,
    /// Why.
    pub reason: Option<EcoString>,
    /// The last day on which it counts.
    pub until: Option<Date>,
    /// How it is said.
    pub way: Way,
    /// What goes if it is taken away; `None` where that is more than a stretch of text.
    pub removal: Option<Span>,
}

/// What one file says.
#[derive(Debug, Default)]
pub struct Found {
    /// The suppressions, in the order of the text.
    pub said: Vec<Suppression>,
    /// What is meant for us and cannot be read.
    pub diagnostics: Vec<Diagnostic>,
    /// It takes parameters: what becomes of it hangs on who uses it.
    pub takes_parameters: bool,
}

/// Whether a text holds any of the words. Most do not, and are not looked at any further. `is_ours` tells the codes of directives
/// that are about rules of the run.
pub fn may_say(text: &str, is_ours: impl Fn(&str) -> bool) -> bool {
    static WORDS: LazyLock<[Finder<'static>; MARKERS.len()]> = LazyLock::new(|| MARKERS.map(Finder::new));
    let holds = |words: &Finder<'_>| {
        let mut places = words.find_iter(text.as_bytes());
        // Most directives are about what the compiler says.
        places.any(|at| {
            words.needle() != DIRECTIVE.as_bytes() || text.get(at..).is_none_or(|rest| may_name_ours(rest, &is_ours))
        })
    };
    WORDS.iter().any(holds) || names_us(text)
}

/// Whether a text holds our own marker, in any letters. It is looked for by two of its letters that seldom stand beside each other.
fn names_us(text: &str) -> bool {
    const RARE: &str = "ml";
    static PAIRS: LazyLock<[Finder<'static>; 4]> = LazyLock::new(|| ["ml", "mL", "Ml", "ML"].map(Finder::new));
    let before = OWN_MARKER.find(RARE).unwrap_or_default();
    let is_ours = |at: usize| {
        let marker = at.checked_sub(before).and_then(|start| text.as_bytes().get(start..start + OWN_MARKER.len()));
        marker.is_some_and(|marker| marker.eq_ignore_ascii_case(OWN_MARKER.as_bytes()))
    };
    PAIRS.iter().any(|pair| pair.find_iter(text.as_bytes()).any(is_ours))
}

/// Whether the directive that a text begins with may name a rule.
fn may_name_ours(directive: &str, is_ours: impl Fn(&str) -> bool) -> bool {
    // A comment may follow the codes.
    let end = memchr::memchr2(b'\n', b'/', directive.as_bytes()).unwrap_or(directive.len());
    directive.get(..end).is_none_or(|line| line.split_whitespace().skip(1).any(is_ours))
}

/// Finds what a Bicep or JSON file says.
pub fn read(source: &Arc<Source>) -> Found {
    match classify::of_bicep(source) {
        Some(kind) => of_bicep(source, kind),
        None => of_json(source),
    }
}

fn of_bicep(source: &Arc<Source>, kind: Kind) -> Found {
    let file = if kind == Kind::BicepParam { bicep::parse_params(source) } else { bicep::parse(source) };
    let skipped = file.comments.iter().copied().chain(file.directives.iter().map(|d| d.span));
    let outline = Outline::of_bicep(source, skipped);
    let takes = kind == Kind::Bicep && file.statements.iter().any(|s| matches!(s.kind, StatementKind::Param(_)));
    let mut found = Found { takes_parameters: takes, ..Found::default() };
    for comment in &file.comments {
        of_comment(source, *comment, &outline, &mut found);
    }
    of_directives(source, &file.directives, &file.comments, &outline, &mut found);
    for statement in &file.statements {
        if let StatementKind::Metadata { name, value } = &statement.kind
            && name.text.eq_ignore_ascii_case(OWN_MARKER)
        {
            metadata::of_statement(value, &mut found.said, &mut found.diagnostics);
        }
    }
    found.said.sort_by_key(|s| s.span);
    found
}

fn of_json(source: &Arc<Source>) -> Found {
    let document = Document::parse(source);
    let outline = Outline::of_json(&document);
    let mut found = Found::default();
    for comment in document.comments() {
        of_comment(source, *comment, &outline, &mut found);
    }
    if let Some(root) = document.root() {
        let template = root.get("resources").is_some();
        found.takes_parameters = template && root.get("parameters").is_some_and(|p| !p.is_empty());
        each_container(&document, |object| {
            let is_root = object.node.span() == root.span();
            metadata::read(object, is_root, &mut found.said, &mut found.diagnostics);
        });
    }
    found.said.sort_by_key(|s| s.span);
    found
}

fn of_comment(source: &Source, span: Span, outline: &Outline<'_>, found: &mut Found) {
    let text = source.slice(span);
    if !may_say(text, may_be_ours) {
        return;
    }
    let part =
        |range: &Range<usize>| Span::new(span.file, span.range().start + range.start, span.range().start + range.end);
    let (said, wrong) = comment::read(text);
    let alone = said.len() == 1 && wrong.is_empty() && !text.contains('\n');
    found
        .diagnostics
        .extend(wrong.into_iter().map(|w| Diagnostic::warning("suppression-syntax", part(&w.range), w.message)));
    for one in said {
        let covers = match one.form {
            Form::File => Some(0..usize::MAX),
            Form::Line => outline.line(span.range()),
            // Checkov takes a comment that stands nowhere for nothing.
            Form::Resource => outline.resource(span.range()),
        };
        let way = if one.tool == Tool::Armlint { Way::Comment } else { Way::Peer(one.tool) };
        let Some(covers) = covers else {
            if way == Way::Comment {
                let message = match one.form {
                    Form::Resource => "this has no effect: it stands neither in a resource or module nor before one",
                    _ => "this has no effect: no code follows it; `ignore-file` covers a whole file",
                };
                found.diagnostics.push(Diagnostic::warning("suppression-syntax", span, message));
            }
            continue;
        };
        let removal = alone.then(|| outline.removal(span.range())).map(|r| Span::new(span.file, r.start, r.end));
        found.said.push(Suppression {
            span,
            covers,
            rules: one.rules.into_iter().map(|n| Named { span: part(&n.range), text: n.text }).collect(),
            reason: one.reason,
            until: one.until,
            way,
            removal,
        });
    }
}

/// `#disable-next-line`, and the stretches between `#disable-diagnostics` and `#restore-diagnostics`. A comment at the end of the
/// line is the reason.
fn of_directives(
    source: &Source,
    directives: &[Directive],
    comments: &[Span],
    outline: &Outline<'_>,
    found: &mut Found,
) {
    // Where each code counts again, for what stands above.
    let mut restored: FxHashMap<EcoString, usize> = FxHashMap::default();
    for directive in directives.iter().rev() {
        let span = directive.span;
        let key = |name: &Name| name.text.to_ascii_lowercase();
        if directive.kind == DirectiveKind::Restore {
            restored.extend(directive.codes.iter().map(|c| (key(c), span.range().start)));
            continue;
        }
        let named = |c: &Name| Named { text: c.text.clone(), span: c.span };
        let covered: Vec<(Range<usize>, Vec<Named>)> = match directive.kind {
            DirectiveKind::Disable => {
                let until = |c: &Name| restored.get(&key(c)).copied().unwrap_or(usize::MAX);
                directive.codes.iter().map(|c| (span.range().end..until(c), vec![named(c)])).collect()
            }
            _ => {
                // What the compiler says is covered as by the compiler, for the line that follows alone; rules of ours are about what
                // is declared there.
                let (ours, theirs): (Vec<Named>, Vec<Named>) =
                    directive.codes.iter().map(named).partition(|c| may_be_ours(&c.text));
                let next = source.line_range(source.position(span.end).line + 1);
                let line = outline.line(span.range()).map(|line| (line, ours));
                let all = line.into_iter().chain([(span.range().end..next.end + 1, theirs)]);
                all.filter(|(_, rules)| !rules.is_empty()).collect()
            }
        };
        let removal = outline.removal(span.range());
        let removal = (covered.len() == 1).then(|| Span::new(span.file, removal.start, removal.end));
        let reason = reason_of(source, span, comments);
        found.said.extend(covered.into_iter().map(|(covers, rules)| Suppression {
            span,
            covers,
            rules,
            reason: reason.clone(),
            until: None,
            way: Way::Directive,
            removal,
        }));
    }
}

/// The comment behind a directive on its line.
fn reason_of(source: &Source, directive: Span, comments: &[Span]) -> Option<EcoString> {
    let comment = comments.get(comments.partition_point(|c| c.start < directive.end))?;
    let line = source.line_range(source.position(directive.end).line);
    let text = Some(source.slice(*comment)).filter(|_| comment.range().start < line.end)?;
    let text = text.trim_start_matches(['/', '*']).trim_end_matches("*/").trim().trim_start_matches("--").trim();
    (!text.is_empty()).then(|| text.into())
}

/// Whether a code can be the reference of a rule (`AZR-000200`), or the id of one (`Azure.Storage.MinTLS`).
pub fn may_be_ours(code: &str) -> bool {
    let reference = code.split_once('-').is_some_and(|(head, digits)| {
        !head.is_empty() && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    });
    reference || code.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_say(text: &str) -> bool {
        super::may_say(text, |code| may_be_ours(code) || code == "no-unused-vars")
    }

    #[test]
    fn our_marker_is_found_in_any_letters() {
        assert_eq!(OWN_MARKER.to_ascii_lowercase(), OWN_MARKER);
        for letters in 0..1 << OWN_MARKER.len() {
            let one = |(i, c): (usize, char)| if letters >> i & 1 == 1 { c.to_ascii_uppercase() } else { c };
            let marker: String = OWN_MARKER.chars().enumerate().map(one).collect();
            assert!(may_say(&format!("yaml {marker}")) && may_say(&marker), "{marker}");
        }
        assert!(!may_say("ml armlin rmlint armllint") && !may_say("ml"));
    }

    #[test]
    fn most_directives_are_about_the_compiler() {
        let line =
            |codes: &str| format!("param a string\r\n#disable-next-line {codes}\r\nvar b = 'Azure.Storage.MinTLS'\r\n");
        for codes in ["no-unused-params", "BCP081 no-hardcoded-location // Why. Azure.Storage.MinTLS", "", "a/* b.c */"]
        {
            assert!(!may_say(&line(codes)), "{codes}");
        }
        for codes in
            ["Azure.Storage.MinTLS", "no-unused-params AZR-000202", "a\tb.c", "Azure.*//x", "BCP036 no-unused-vars"]
        {
            assert!(may_say(&line(codes)), "{codes}");
        }
        let both = line("no-unused-params") + &line("Azure.Storage.MinTLS");
        assert!(may_say(&both));
        assert!(may_say(&format!("{}// checkov:skip=CKV_AZURE_1", line("BCP036"))));
        assert!(
            ["// armlint: x", "/*Armlint:*/", r#"{"ARMLINT": 1}"#].into_iter().all(may_say) && !may_say("arm-lint")
        );
        assert!(may_say("#disable-diagnostics Azure.A.B") && !may_say("#disable-") && !may_say("disable"));
    }
}
