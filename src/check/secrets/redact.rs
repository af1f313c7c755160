//! The secrets of a run, and how they are kept out of what it has to say.

use std::borrow::Cow;
use std::cell::OnceCell;

use aho_corasick::{AhoCorasick, Anchored, MatchKind, StartKind};
use ecow::EcoString;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::quoted::Quoted;
use crate::check::CheckResult;
use crate::diagnostic::{Diagnostic, Place};
use crate::expand::known::secret::MASK;
use crate::model::Builtin;
use crate::model::format_string::{self, Piece};
use crate::read::bicep::unescape;
use crate::read::{FileId, Sources, Span};

/// Shorter texts are no secrets to look for in messages: they are parts of too many words.
const SHORTEST: usize = 4;

/// Up to this many bytes, a text is looked for as a whole word only.
const WORD: usize = 8;

/// What is looked for of a long secret; the rest is compared where it begins. (Messages cut long values.)
const LONGEST: usize = 24;

/// The secrets of a run.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    /// The texts that decide them; excerpts mask these.
    pub spans: FxHashSet<Span>,
    /// What they say; messages do not.
    texts: FxHashSet<EcoString>,
    /// Those of the texts that messages do not say, and whether each is one with holes.
    told: FxHashSet<(Span, bool)>,
    /// Those of the spans that are whatever stands on a line which could not be read.
    pub(super) regions: FxHashSet<Span>,
    /// The names of parameters, in parameter files, whose values are none.
    pub(super) clear: FxHashSet<Span>,
}

/// A part of a line that could not be read, and the words in it.
type Region = (Span, OnceCell<FxHashSet<EcoString>>);

impl Secrets {
    /// Adds a literal that decides a secret.
    pub(super) fn add(&mut self, span: Span, text: &EcoString) {
        self.spans.insert(span);
        self.told.insert((span, false));
        self.say_not(text);
    }

    /// Adds a literal that may decide a secret: looked for elsewhere only if it looks like one.
    pub(super) fn add_doubtful(&mut self, span: Span, text: &EcoString) {
        self.spans.insert(span);
        let has = |f: fn(&u8) -> bool| text.as_bytes().iter().any(f);
        if text.len() >= WORD && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic) && !text.contains(' ') {
            self.told.insert((span, false));
            self.say_not(text);
        }
    }

    /// Adds a text with holes (`{0}`) that decides a secret.
    pub(super) fn add_format(&mut self, span: Span, format: &str) {
        self.spans.insert(span);
        self.told.insert((span, true));
        match format_string::pieces(format) {
            Ok(pieces) => pieces.iter().for_each(|piece| match piece {
                Piece::Text(text) => self.say_not(text),
                Piece::Hole { .. } => {}
            }),
            Err(_) => self.say_not(format),
        }
    }

    /// Adds what may be a secret: masked where it stands, but no text to look for elsewhere.
    pub(super) fn suspect(&mut self, span: Span) {
        self.spans.insert(span);
    }

    /// Adds what stands where a file could not be read, and may be a secret or the rest of one.
    pub(super) fn suspect_region(&mut self, span: Span) {
        self.spans.insert(span);
        self.regions.insert(span);
    }

    /// Notes the name of a parameter whose value, as its template says, is no secret.
    pub(super) fn clear(&mut self, name: Span) {
        self.clear.insert(name);
    }

    /// The files that were looked through, as far as something was found in them.
    pub fn files(&self) -> impl Iterator<Item = FileId> {
        self.spans.iter().chain(&self.clear).map(|span| span.file)
    }

    fn say_not(&mut self, text: &str) {
        for line in text.lines().map(str::trim).filter(|l| is_unmistakable(l)) {
            self.texts.insert(line.into());
            // As JSON would write it.
            let quoted = serde_json::Value::from(line).to_string();
            if let Some(inner) = quoted.get(1..quoted.len() - 1).filter(|inner| *inner != line) {
                self.texts.insert(inner.into());
            }
        }
    }

    /// Adds those of another part of the run.
    pub fn join(&mut self, other: Secrets) {
        self.spans.extend(other.spans);
        self.texts.extend(other.texts);
        self.told.extend(other.told);
        self.regions.extend(other.regions);
        self.clear.extend(other.clear);
    }

    /// Where the secrets stand, for somebody who keeps no secret: the texts that are masked, and those of them that are looked for
    /// elsewhere, each with whether it has holes. `None` if what they say cannot be read from there again.
    pub fn places(&self, sources: &Sources) -> Option<Places> {
        let places = Places {
            masked: self.spans.iter().copied().collect(),
            told: self.told.iter().copied().collect(),
            clear: self.clear.iter().copied().collect(),
        };
        let again = Secrets::at(&places, sources)?;
        (again.texts == self.texts).then_some(places)
    }

    /// The secrets that stand there.
    pub fn at(places: &Places, sources: &Sources) -> Option<Secrets> {
        let mut out = Secrets::default();
        out.spans.extend(places.masked.iter().copied());
        out.clear.extend(places.clear.iter().copied());
        for (span, holes) in &places.told {
            let source = sources.get(span.file)?;
            let bicep = source.is_bicep();
            let text = said(source.slice(*span), bicep, *holes)?;
            match holes {
                true => out.add_format(*span, &text),
                false => out.add(*span, &text),
            }
        }
        Some(out)
    }

    /// Adds what a rule has found to be a secret that is written there.
    pub fn reported(&mut self, span: Span, sources: &Sources) {
        let Some(source) = sources.get(span.file) else { return };
        let bicep = source.is_bicep();
        match said(source.slice(span), bicep, false).filter(|_| !self.spans.contains(&span)) {
            Some(text) => self.add(span, &text),
            None => self.suspect(span),
        }
    }

    /// Finds the secrets in other texts; `None` if there are none to find.
    pub fn finder(&self) -> Option<Finder> {
        Finder::new(&self.texts)
    }

    /// Leaves out what is said of pieces of lines that could not be read: the rest of a secret that was taken for a name.
    pub fn leave_out_fragments(&self, results: &mut Vec<CheckResult>, sources: &Sources) {
        if self.regions.is_empty() {
            return;
        }
        let words = |text: &str| -> FxHashSet<EcoString> {
            let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            words.filter(|w| !w.is_empty()).map(EcoString::from).collect()
        };
        let mut files: FxHashMap<FileId, Vec<Region>> = FxHashMap::default();
        for region in &self.regions {
            files.entry(region.file).or_default().push((*region, OnceCell::new()));
        }
        files.values_mut().for_each(|regions| regions.sort_by_key(|(region, _)| *region));
        results.retain(|r| {
            let Some(location) = &r.location else { return true };
            let at = location.span;
            let Some(regions) = files.get(&at.file) else { return true };
            let before = regions.partition_point(|(region, _)| region.start <= at.start);
            let here = before.checked_sub(1).and_then(|i| regions.get(i)).filter(|(region, _)| at.start < region.end);
            let (Some((region, known)), Some(source)) = (here, sources.get(at.file)) else { return true };
            let there = known.get_or_init(|| words(source.slice(*region)));
            [&r.message, &r.path, &location.pointer].iter().all(|text| words(text).is_disjoint(there))
        });
    }

    /// Takes the secrets out of what results and diagnostics say. Names and ids are left as they are: one that is made of a secret
    /// knows that itself, and one that only has the same letters tells nothing. What is said about a secret does not quote it,
    /// however short it is.
    pub fn redact(&self, results: &mut [CheckResult], diagnostics: &mut [Diagnostic], sources: &Sources) {
        if self.spans.is_empty() {
            return;
        }
        let finder = Finder::new(&self.texts);
        let quoted = Quoted::new(self, sources);
        // Whether nothing had to be taken out.
        let clean = |text: &mut EcoString| match redacted(finder.as_ref(), text) {
            Cow::Borrowed(_) => true,
            Cow::Owned(new) => {
                *text = new.into();
                false
            }
        };
        results.par_iter_mut().with_min_len(64).for_each_init(
            FxHashSet::default,
            |known: &mut FxHashSet<(*const u8, usize)>, r| {
                clean(&mut r.message);
                if let Some(new) = r.location.as_ref().and_then(|l| quoted.without(&r.message, l.span, false)) {
                    r.message = new.into();
                }
                for related in r.flow.iter_mut().chain(&mut r.related) {
                    // Results that came through one deployment share the words for it. Where nothing is taken out of them, they stay
                    // where they are, so nothing else can come to stand there.
                    let shared = (related.message.as_ptr(), related.message.len());
                    if !known.contains(&shared) && clean(&mut related.message) {
                        known.insert(shared);
                    }
                }
                if let Some(fix) = &mut r.fix {
                    clean(&mut fix.description);
                    let tells =
                        || quoted.is_hidden(fix.span) || matches!(redacted(finder.as_ref(), &fix.text), Cow::Owned(_));
                    fix.tells = !fix.text.is_empty() && tells();
                }
                if let Some(reason) = r.suppression.as_mut().and_then(|s| s.reason.as_mut()) {
                    clean(reason);
                }
            },
        );
        diagnostics.par_iter_mut().with_min_len(64).for_each(|d| {
            if let Cow::Owned(new) = redacted(finder.as_ref(), &d.message) {
                d.message = new;
            }
            if let Place::Span(span) = d.place
                && let Some(new) = quoted.without(&d.message, span, d.is_of_syntax())
            {
                d.message = new;
            }
        });
    }
}

/// A text without what a finder finds.
fn redacted<'t>(finder: Option<&Finder>, text: &'t str) -> Cow<'t, str> {
    finder.map_or(Cow::Borrowed(text), |f| f.redacted(text))
}

/// Where secrets stand.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Places {
    /// The texts that excerpts mask.
    pub masked: Vec<Span>,
    /// Those that messages do not say, and whether each is one with holes.
    pub told: Vec<(Span, bool)>,
    /// The names of parameters whose values are none.
    pub clear: Vec<Span>,
}

/// What a literal says: `"JSON"`, `'an expression'`, `'Bicep'`; a text of Bicep that has holes, or is meant to have some, as `format`
/// has it. `None` for anything else. What it says is held against what was read ([`Secrets::places`]), so it may be wrong, but never
/// matters then.
pub(super) fn said(literal: &str, bicep: bool, holes: bool) -> Option<EcoString> {
    if let Some(text) = literal.strip_prefix("\'\'\'").and_then(|l| l.strip_suffix("\'\'\'")).filter(|_| bicep) {
        let text = text.strip_prefix('\n').or_else(|| text.strip_prefix("\r\n")).unwrap_or(text);
        return (!holes).then(|| text.into());
    }
    match literal.strip_prefix('\'').and_then(|l| l.strip_suffix('\'')) {
        Some(text) if bicep => of_bicep(text, holes),
        Some(text) => Some(text.replace("\'\'", "\'").into()),
        None => serde_json::from_str::<String>(literal).ok().map(EcoString::from),
    }
}

fn of_bicep(text: &str, holes: bool) -> Option<EcoString> {
    let mut out = EcoString::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        match c {
            '\\' => {
                let (character, escape) = unescape(rest)?;
                out.push(character);
                length = escape;
            }
            '$' if rest.starts_with("${") => {
                out.push_str("{0}");
                length = hole(rest);
            }
            '{' | '}' if holes => {
                out.push(c);
                out.push(c);
            }
            _ => out.push(c),
        }
        rest = rest.get(length..)?;
    }
    Some(out)
}

/// How long a hole is that a text begins with: to the brace that closes the first.
fn hole(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

/// Finds all secrets in a text at once.
#[derive(Debug)]
pub struct Finder {
    /// The secrets that begin alike, longest beginnings first.
    groups: Vec<Vec<EcoString>>,
    starts: AhoCorasick,
    beginnings: Beginnings,
}

/// The first letters of all secrets: hardly any place in a message has some of them, which is told in a fraction of the time that it
/// takes to look for the secrets.
#[derive(Debug)]
struct Beginnings {
    /// By a hash of theirs.
    bits: Vec<bool>,
    all: FxHashSet<[u8; SHORTEST]>,
}

impl Beginnings {
    /// So many bits of the hash are looked at.
    const BITS: u32 = 16;

    fn of<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let all: FxHashSet<_> = texts.filter_map(|text| text.as_bytes().first_chunk().copied()).collect();
        let mut bits = vec![false; 1 << Self::BITS];
        for letters in &all {
            if let Some(bit) = bits.get_mut(Self::place(*letters)) {
                *bit = true;
            }
        }
        Beginnings { bits, all }
    }

    fn place(letters: [u8; SHORTEST]) -> usize {
        (u32::from_le_bytes(letters).wrapping_mul(0x9e37_79b1) >> (u32::BITS - Self::BITS)) as usize
    }

    /// The places from one on at which a text has the first letters of one, in bytes.
    fn places<'b>(&'b self, text: &'b str, from: usize) -> impl Iterator<Item = usize> + 'b {
        let letters = text.as_bytes().windows(SHORTEST).enumerate().skip(from);
        letters.filter_map(|(at, letters)| {
            let letters = *letters.first_chunk()?;
            let may_be = self.bits.get(Self::place(letters)).is_some_and(|bit| *bit);
            (may_be && self.all.contains(&letters)).then_some(at)
        })
    }
}

/// Of more secrets that begin alike nobody tries to tell which it is: all that follows goes.
const ALIKE: usize = 16;

impl Finder {
    /// `None` if there is nothing to look for.
    fn new(texts: &FxHashSet<EcoString>) -> Option<Self> {
        let mut texts: Vec<&EcoString> = texts.iter().collect();
        texts.sort_by_key(|t| (std::cmp::Reverse(start(t).len()), t.as_str()));
        let groups: Vec<Vec<EcoString>> =
            texts.chunk_by(|a, b| start(a) == start(b)).map(|g| g.iter().map(|t| (*t).clone()).collect()).collect();
        let starts = || groups.iter().filter_map(|g| g.first()).map(|t| start(t));
        let beginnings = Beginnings::of(starts());
        let mut builder = AhoCorasick::builder();
        let builder = builder.match_kind(MatchKind::LeftmostFirst).start_kind(StartKind::Anchored).prefilter(false);
        let starts = builder.build(starts()).ok()?;
        (!groups.is_empty()).then_some(Finder { groups, starts, beginnings })
    }

    /// A text with a mask for each secret in it.
    pub fn redacted<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let (mut out, mut done, mut from) = (String::new(), 0, 0);
        let find = |from| {
            let at = |place: usize| aho_corasick::Input::new(text).range(place..).anchored(Anchored::Yes);
            self.beginnings.places(text, from).find_map(|place| self.starts.find(at(place)))
        };
        while let Some(m) = find(from) {
            let group = self.groups.get(m.pattern().as_usize()).map_or(&[][..], Vec::as_slice);
            let there = text.get(m.start()..).unwrap_or_default();
            let same = match group.len() > ALIKE {
                true => there.len(),
                false => group.iter().map(|secret| common(there, secret)).max().unwrap_or_default(),
            };
            let end = m.start() + same.max(m.len());
            from = end;
            let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            let before = text.get(..m.start()).and_then(|t| t.chars().next_back());
            let part = inside(before) || inside(text.get(end..).and_then(|t| t.chars().next()));
            if m.len() <= WORD && same <= WORD && part {
                continue;
            }
            out.push_str(text.get(done..m.start()).unwrap_or_default());
            out.push_str(MASK);
            done = end;
        }
        if done == 0 {
            return Cow::Borrowed(text);
        }
        out.push_str(text.get(done..).unwrap_or_default());
        Cow::Owned(out)
    }
}

/// How many bytes two texts have in common where they begin.
fn common(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum()
}

/// Whether a text can be looked for: a word of letters alone (`management`, `Storage`) is a part of many messages, and so is a
/// short one with a hyphen at its end (`dep-`).
fn is_unmistakable(text: &str) -> bool {
    let lower = |s: &str| s.bytes().all(|b| b.is_ascii_lowercase());
    let short = if text.len() <= WORD { text.trim_matches(['-', '_', '.', '/']) } else { text };
    let capital = || short.len() <= WORD && short.starts_with(|c: char| c.is_ascii_uppercase());
    let is_word = || {
        lower(short) || short.bytes().all(|b| b.is_ascii_uppercase()) || capital() && short.get(1..).is_some_and(lower)
    };
    // Ends of host names and of paths, to which a secret is added: `.vault.azure.net`, `/resource`.
    let is_part =
        || text.starts_with(['/', '.']) && text.bytes().all(|b| b.is_ascii_lowercase() || b"/.-_".contains(&b));
    // Words of armlint's own (`resourceId`) are no less said for it.
    let is_function = || Builtin::named(text).is_some_and(|function| function.name() == text);
    text.len() >= SHORTEST && !is_word() && !is_part() && !is_function()
}

/// What is looked for of a secret.
fn start(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(secrets: &[&str], text: &str) -> String {
        let mut all = Secrets::default();
        secrets.iter().for_each(|s| all.say_not(s));
        Finder::new(&all.texts).map_or_else(|| text.to_owned(), |f| f.redacted(text).into_owned())
    }

    #[test]
    fn literals_are_read_again_from_where_they_stand() {
        let of = |literal: &str, bicep, holes| said(literal, bicep, holes).map(|s| s.to_string());
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(of(r"'a\u{e9}\'\\b'", true, false), some("a\u{e9}'\\b"));
        assert_eq!(of("'a{b}-${f('{x}')}-c'", true, true), some("a{{b}}-{0}-c"));
        assert_eq!(of("'''\n\\n'''", true, false), some("\\n"));
        assert_eq!(of("'it''s'", false, false), some("it's"));
        assert_eq!(of(r#""a\"b""#, false, false), some("a\"b"));
        assert_eq!((of("'\\q'", true, false), of("x", true, false)), (None, None));
    }

    #[test]
    fn secrets_leave_messages() {
        assert_eq!(redacted(&["Blue-Harbor-77"], "`x` is \"Blue-Harbor-77\"; no"), "`x` is \"(secret)\"; no");
        assert_eq!(redacted(&["Blue-Harbor-77"], "a-Blue-Harbor-77b"), "a-(secret)b");
        assert_eq!(redacted(&["adm1n"], "the adm1nistrator is adm1n"), "the adm1nistrator is (secret)");
        assert_eq!(redacted(&["name"], "the name of it"), "the name of it");
        assert_eq!(redacted(&["Storage", "dep-"], "Microsoft.Storage, dep-a"), "Microsoft.Storage, dep-a");
        assert_eq!(
            redacted(&["/resource", ".azure.net"], "a/resourceGroups, b.azure.net"),
            "a/resourceGroups, b.azure.net"
        );
        assert_eq!(redacted(&["adm1-", "P@ss"], "adm1--, P@ss"), "(secret)-, (secret)");
        assert_eq!(redacted(&["a\"b\\c-long"], r#"is "a\"b\\c-long""#), r#"is "(secret)""#);
        assert_eq!(redacted(&["first line\nsecond line"], "x second line y"), "x (secret) y");
        assert_eq!(redacted(&["ab", ""], "ab"), "ab");
        // Ones that overlap, ones that are no longer than what is looked for first, and one after a part of a word.
        assert_eq!(redacted(&["Blue-Harbor-77", "Harbor-77-Green"], "Blue-Harbor-77-Green"), "(secret)-Green");
        let text = "B1-9Blue-Harbor-77 xB1-9 B1-9";
        assert_eq!(redacted(&["Blue-Harbor-77", "B1-9"], text), "B1-9(secret) xB1-9 (secret)");
        assert_eq!(redacted(&["p-1x", "p-1xyz"], "ap-1xb p-1x p-1xyz"), "ap-1xb (secret) (secret)");
        assert_eq!(redacted(&["resourceId", "listOf-7"], "[resourceId(1)] listOf-7"), "[resourceId(1)] (secret)");
        assert_eq!(redacted(&["Grüße-Grüße"], "ä Grüße-Grüße ö"), "ä (secret) ö");
    }

    #[test]
    fn what_a_format_writes_of_a_number_is_no_secret() {
        let mut found = Secrets::default();
        let nowhere = Span::new(crate::read::FileId::new(0), 0, 1);
        found.add_format(nowhere, "Blue-Harbor-{0:D3}-{{x}}");
        assert!(found.texts.contains("Blue-Harbor-") && found.texts.contains("-{x}"));
        assert!(found.texts.iter().all(|t| !t.contains("D3")));
    }

    #[test]
    fn long_secrets_leave_messages_that_cut_them() {
        let long = "0123456789".repeat(30);
        assert_eq!(redacted(&[&long], &format!("is {}…", &long[..120])), "is (secret)…");
        assert_eq!(redacted(&[&long], &format!("is {long}!")), "is (secret)!");
        let other = format!("{}-and-another-end", &long[..40]);
        assert_eq!(redacted(&[&long, &other], &format!("is {other}!")), "is (secret)!");
    }
}
