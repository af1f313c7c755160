//! What there is to say about the input: each kind once, with its places.

use std::borrow::Cow;
use std::io::{self, Write};

use super::excerpt;
use super::paint::Paint;
use crate::diagnostic::Diagnostic;
use crate::report::finding;
use crate::report::mask::Masks;
use crate::report::place::{Place, Places};
use crate::report::{Report, cut, escape, words};

/// How much of a message is shown where it is only listed, in UTF-16 code units.
const MESSAGE: usize = 240;
/// How many further places of a kind are shown.
const ROWS: usize = 20;

type Said<'a> = (&'a Diagnostic, Option<Place>, String);

pub fn write(report: &Report, places: &Places, masks: &Masks, paint: &Paint, out: &mut impl Write) -> io::Result<()> {
    let mut kinds: Vec<Vec<Said>> = Vec::new();
    for said in finding::diagnostics(report, places) {
        let (level, code) = (said.0.level, said.0.code);
        match kinds.iter_mut().find(|kind| kind.first().is_some_and(|(d, ..)| (d.level, d.code) == (level, code))) {
            Some(kind) => kind.push(said),
            None => kinds.push(vec![said]),
        }
    }
    kinds.sort_by_key(|kind| kind.first().map(|(d, ..)| d.level));
    for kind in &kinds {
        let Some(((d, place, path), others)) = kind.split_first() else { continue };
        paint.header(d.level, d.code, &d.message, "", out)?;
        let gutter = match place {
            Some(place) => {
                excerpt::write(place, d.level, masks, paint, out)?;
                excerpt::gutter(place)
            }
            None => {
                if !path.is_empty() {
                    writeln!(out, "  {} {}", paint.frame("-->"), escape::visible(path))?;
                }
                1
            }
        };
        list(d, others, gutter, paint, out)?;
        writeln!(out)?;
    }
    Ok(())
}

/// The other places of a kind; what is said again is not repeated.
fn list(first: &Diagnostic, others: &[Said], gutter: usize, paint: &Paint, out: &mut impl Write) -> io::Result<()> {
    // What modules say in the same words at one call is one thing to mend.
    let at = |said: &Said| said.1.as_ref().map_or_else(|| said.2.clone(), Place::shown);
    let mut lines: Vec<(String, Cow<str>)> = others.iter().map(|said| (at(said), short(said.0))).collect();
    lines.dedup();
    if lines.is_empty() {
        return Ok(());
    }
    paint.note(gutter, "also", &words::count(lines.len(), "more place"), out)?;
    let limit = paint.screen.limit(ROWS);
    let mut last = short(first);
    let left = lines.len().saturating_sub(limit);
    for (at, message) in lines.into_iter().take(limit) {
        let words = if message == last { "" } else { &*message };
        let gap = if at.is_empty() || words.is_empty() { "" } else { "  " };
        paint.item(gutter + 5, &format!("{at}{gap}{words}"), out)?;
        last = message;
    }
    if left > 0 {
        paint.item(gutter + 5, &format!("and {left} more (--show-all)"), out)?;
    }
    Ok(())
}

fn short(d: &Diagnostic) -> Cow<'_, str> {
    cut::text(&d.message, MESSAGE).map_or(Cow::Borrowed(&*d.message), Cow::Owned)
}
