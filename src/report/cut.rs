//! How much of a text that strangers wrote a report repeats: enough for a person, and little enough that a template of a few
//! kilobytes whose names double makes no report of megabytes.
//!
//! Lengths are UTF-16 code units, which is what GitHub's limits count. What tells things apart (names, ids, pointers) keeps
//! doing so: a mark made from the whole text stands where the rest is left out.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use ecow::EcoString;
use unicode_width::UnicodeWidthChar;

use super::escape;
use crate::check::{CheckResult, Target};
use crate::diagnostic::Diagnostic;

/// A name, a type, a symbolic name: the length that GitHub gives to the name of a rule.
pub const NAME: usize = 255;
/// An id, a JSON pointer, the path of a property: room for any that Azure takes.
pub const ID: usize = 2_048;
/// A message: as much as GitHub gives to a description, four times over, as it may quote values.
pub const MESSAGE: usize = 4_000;

/// What stands before the mark of a text that was cut.
const MARK: &str = "…#";
/// Hexadecimal digits of a mark.
const DIGITS: usize = 12;

/// A text of at most `limit` units; one that is longer ends with `…`.
pub fn text(text: &str, limit: usize) -> Option<String> {
    let end = fitting(text, limit, 1)?;
    Some(format!("{}…", &text[..end]))
}

/// What is shown of a text: [`escape::visible`], of at most `limit` units.
pub fn visible(whole: &str, limit: usize) -> Cow<'_, str> {
    // Cut first, so that a value of megabytes costs nothing: what can be seen is never shorter.
    let seen = match text(whole, limit) {
        Some(cut) => Cow::Owned(escape::visible(&cut).into_owned()),
        None => escape::visible(whole),
    };
    match text(&seen, limit) {
        Some(cut) => Cow::Owned(cut),
        None => seen,
    }
}

/// The same for what tells things apart: two texts that differ still do. `None` if it need not be cut.
pub fn distinct(text: &str, limit: usize) -> Option<String> {
    let end = fitting(text, limit, MARK.chars().count() + DIGITS)?;
    let mut out = format!("{}{MARK}", &text[..end]);
    let _ = write!(out, "{:0DIGITS$x}", hash(text) >> (64 - 4 * DIGITS));
    Some(out)
}

/// Whether a text was cut by [`distinct`].
pub fn is_cut(text: &str) -> bool {
    let mark = text.len().checked_sub(DIGITS).and_then(|at| Some((text.get(..at)?, text.get(at..)?)));
    mark.is_some_and(|(head, digits)| head.ends_with(MARK) && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Where to cut so that `room` units fit behind; `None` if all of it fits. No character is cut, nor what combines with one.
fn fitting(text: &str, limit: usize, room: usize) -> Option<usize> {
    // No unit has less than a byte.
    if text.len() <= limit {
        return None;
    }
    // An ASCII character is one unit and combines with nothing; most long texts are expressions made of them.
    if room <= limit && text.as_bytes().get(..=limit).is_some_and(<[u8]>::is_ascii) {
        return Some(limit - room);
    }
    let (mut units, mut end) = (0, 0);
    for (at, c) in text.char_indices() {
        if units + room <= limit && c.width() != Some(0) {
            end = at;
        }
        units += c.len_utf16();
        if units > limit {
            return Some(end);
        }
    }
    None
}

/// FNV-1a with a last stir, so that the upper digits hang on every byte: the same on every machine and for ever.
fn hash(text: &str) -> u64 {
    let fnv = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    (fnv ^ (fnv >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Cuts what results quote.
pub fn results(all: &mut [CheckResult]) {
    // The results on one target come one after the other, and go on sharing it.
    let mut last: Option<(Arc<Target>, Arc<Target>)> = None;
    for r in all {
        let cut = match last.take() {
            Some((whole, cut)) if Arc::ptr_eq(&whole, &r.target) => cut,
            _ => target(&r.target),
        };
        last = Some((std::mem::replace(&mut r.target, cut.clone()), cut));
        for id in [&mut r.path].into_iter().chain(r.location.as_mut().map(|l| &mut l.pointer)) {
            set(id, distinct(id, ID));
        }
        for message in
            [&mut r.message].into_iter().chain(r.flow.iter_mut().chain(&mut r.related).map(|s| &mut s.message))
        {
            set(message, text(message, MESSAGE));
        }
        if let Some(reason) = r.suppression.as_mut().and_then(|s| s.reason.as_mut()) {
            set(reason, text(reason, MESSAGE));
        }
    }
}

fn target(whole: &Arc<Target>) -> Arc<Target> {
    let fits = |text: &str, limit| distinct(text, limit).is_none();
    let names = [&whole.type_, &whole.name, &whole.label].into_iter().chain(&whole.symbol);
    if names.into_iter().all(|name| fits(name, NAME)) && fits(&whole.id, ID) {
        return whole.clone();
    }
    let mut cut = Target::clone(whole);
    for name in [&mut cut.type_, &mut cut.name, &mut cut.label].into_iter().chain(&mut cut.symbol) {
        set(name, distinct(name, NAME));
    }
    let id = distinct(&cut.id, ID);
    set(&mut cut.id, id);
    Arc::new(cut)
}

/// Cuts what diagnostics quote, and makes one line of what a library said in several.
pub fn diagnostics(all: &mut [Diagnostic]) {
    for d in all {
        if let Some(cut) = text(&d.message, MESSAGE) {
            d.message = cut;
        }
    }
}

fn set(place: &mut EcoString, cut: Option<String>) {
    if let Some(cut) = cut {
        *place = cut.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str) -> usize {
        text.encode_utf16().count()
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        for fits in ["", "abc", "é😀", &"é".repeat(255), &"😀".repeat(127)] {
            assert_eq!((text(fits, NAME), distinct(fits, NAME)), (None, None));
        }
    }

    #[test]
    fn units_are_counted_and_no_character_is_cut() {
        assert_eq!(text("abcdef", 4).as_deref(), Some("abc…"));
        assert_eq!(text("a😀😀😀", 4).as_deref(), Some("a😀…"));
        for rest in ["a", "é"] {
            assert_eq!(text(&("a".repeat(300) + rest), NAME), Some("a".repeat(254) + "…"));
            for start in ["ab\0", "\0\u{7f}\u{1b}"] {
                assert_eq!(text(&(start.to_owned() + rest), 3), Some(start[..2].to_owned() + "…"));
            }
            // Not even the mark fits.
            assert!(distinct(&("abc".to_owned() + rest), 3).is_some_and(|cut| cut.starts_with(MARK)));
        }
        // The accent stays with its letter.
        assert_eq!(text("abe\u{301}def", 4).as_deref(), Some("ab…"));
        for long in ["😀".repeat(200), "é".repeat(300), "a\u{301}".repeat(200)] {
            assert!(units(&text(&long, NAME).unwrap()) <= NAME && units(&distinct(&long, NAME).unwrap()) <= NAME);
        }
    }

    #[test]
    fn what_is_shown_is_as_short_after_it_can_be_seen() {
        assert_eq!(visible("abc", 3), "abc");
        assert_eq!(visible("abcd", 3), "ab…");
        assert_eq!(visible("a\n\n", 3), "a\\…");
        assert_eq!(visible(&"\u{1b}".repeat(1_000_000), 9), "\\u{1b}\\u…");
    }

    #[test]
    fn what_differs_goes_on_to_differ() {
        let (a, b) = ("x".repeat(80_000) + "a", "x".repeat(80_000) + "b");
        let (short_a, short_b) = (distinct(&a, NAME).unwrap(), distinct(&b, NAME).unwrap());
        assert_ne!(short_a, short_b);
        assert!(is_cut(&short_a) && !is_cut(&a) && !is_cut("…#abc") && !is_cut("é"));
        assert_eq!(distinct(&a, NAME), Some(short_a));
    }
}
