//! What is left of the stretches of a string when it is cut, filled, trimmed, split, or written in another way.
//!
//! Each function makes of the shape of a text the shape of what a template function makes of the text: whatever text is of the
//! former, the result is of the latter.

use super::alphabet::{Alphabet, Open};
use super::stretch::{Part, Shape, blurred};
use crate::expand::text::utf16;

/// The bytes that a shape may gain by what is put in place of something else; beyond them only characters and length are kept.
const MOST_GAINED: usize = 1 << 16;

/// The most units that are filled with a character one by one.
const MOST_FILL: usize = 1_000;

/// White space that is ASCII.
fn blanks() -> Alphabet {
    Alphabet::ranges(&[('\t', '\r'), (' ', ' ')])
}

impl Shape {
    /// The first units: as many as `count` says, or fewer where the text is shorter and that is no mistake.
    pub(super) fn taken(&self, count: usize, exact: bool) -> Shape {
        let whole = self.blurred();
        if whole.most.is_some_and(|most| most <= count) && (!exact || whole.least == count) {
            return self.clone();
        }
        let mut out = Shape::default();
        let mut left = count;
        for (i, part) in self.iter().enumerate() {
            let open = part.open();
            if left == 0 {
                break;
            }
            if open.length().is_some_and(|n| n <= left) {
                left -= open.least;
                out.push(part.clone());
                continue;
            }
            match part {
                Part::Known(s) => match utf16::slice(s, 0..left) {
                    Some(start) => out.push(Part::Known(start.into())),
                    None => out.push(Part::Open(Open::exactly(open.chars, left))),
                },
                Part::Open(_) => {
                    let rest = within(&self[i..], left);
                    let least = if exact { left } else { rest.least.min(left) };
                    let most = rest.most.filter(|_| !exact).map_or(left, |m| m.min(left));
                    out.push(Part::Open(Open::between(rest.chars, least, most)));
                }
            }
            break;
        }
        out
    }

    /// What follows the first units.
    pub(super) fn skipped(&self, count: usize) -> Shape {
        let mut out = Shape::default();
        let mut left = count;
        let mut parts = self.iter().enumerate();
        while let Some((i, part)) = parts.next().filter(|_| left > 0) {
            let open = part.open();
            if open.length().is_some_and(|n| n <= left) {
                left -= open.least;
                if left == 0 {
                    return self.rest_after(i + 1, out);
                }
                continue;
            }
            match part {
                Part::Known(s) => match utf16::slice(s, left..open.least) {
                    Some(rest) => out.push(Part::Known(rest.into())),
                    None => out.push(Part::Open(Open::exactly(open.chars, open.least - left))),
                },
                Part::Open(_) if open.length().is_some() => {
                    out.push(Part::Open(Open::exactly(open.chars, open.least - left)));
                }
                Part::Open(_) => {
                    // What stands behind so many units for certain is still there.
                    let (mut end, mut before) = (i, 0_usize);
                    while let Some(part) = self.get(end).filter(|_| before < left) {
                        before = before.saturating_add(part.open().least);
                        end += 1;
                    }
                    let cut = blurred(&self[i..end]);
                    let most = cut.most.map(|m| m.saturating_sub(left));
                    out.push(Part::Open(Open { least: cut.least.saturating_sub(left), most, ..cut }));
                    return self.rest_after(end, out);
                }
            }
            return self.rest_after(i + 1, out);
        }
        if count == 0 { self.clone() } else { out }
    }

    /// What stands from a stretch on, after what is there already.
    fn rest_after(&self, at: usize, mut out: Shape) -> Shape {
        self.get(at..).unwrap_or_default().iter().for_each(|part| out.push(part.clone()));
        out
    }

    /// The last unit.
    pub(super) fn last_unit(&self) -> Shape {
        self.reversed().taken(1, false).reversed()
    }

    /// At least as long as `width` says, by characters in front; what is not known of both is not given.
    pub(super) fn padded(&self, width: Option<usize>, fill: Option<&str>) -> Shape {
        let whole = self.blurred();
        let chars = whole.chars.union(fill.map_or(Alphabet::ANY, Alphabet::of));
        let Some(width) = width else { return Open { chars, most: None, ..whole }.into() };
        if whole.least >= width {
            return self.clone();
        }
        match (whole.length(), fill) {
            (Some(length), Some(fill)) if width - length <= MOST_FILL => {
                let mut out = Shape::known(fill.repeat(width - length));
                out.append(self.clone());
                out
            }
            _ => Open { chars, least: width, most: whole.most.map(|m| m.max(width)) }.into(),
        }
    }

    /// With one text wherever another one stood.
    pub(super) fn replaced(&self, old: &str, new: &str) -> Shape {
        let mut out = Shape::default();
        let mut gained = 0_usize;
        let chars = Alphabet::of(old);
        for piece in apart(self, old) {
            match piece {
                _ if !blurred(piece).chars.covers(chars) => piece.iter().for_each(|part| out.push(part.clone())),
                [Part::Known(s)] => {
                    let hits = s.matches(old).count();
                    gained = gained.saturating_add(hits.saturating_mul(new.len()));
                    if gained <= MOST_GAINED {
                        out.push(Part::Known(s.replace(old, new)));
                    } else {
                        out.push(Part::Open(with(blurred(piece), old, new)));
                    }
                }
                _ => out.push(Part::Open(with(blurred(piece), old, new))),
            }
        }
        out
    }

    /// Without white space at both ends.
    pub(super) fn trimmed(&self) -> Shape {
        self.without_start().reversed().without_start().reversed()
    }

    /// Without white space at the start.
    fn without_start(&self) -> Shape {
        let mut out = Shape::default();
        // Whether all that stands before is gone for certain, or may be.
        let mut certain = true;
        for (i, part) in self.iter().enumerate() {
            match part {
                Part::Known(s) => {
                    let rest = s.trim_start();
                    let blank = &s[..s.len() - rest.len()];
                    if !certain && !blank.is_empty() {
                        out.push(Part::Open(Open::between(Alphabet::of(blank), 0, utf16::length(blank))));
                    }
                    if !rest.is_empty() {
                        out.push(Part::Known(rest.into()));
                        return self.rest_after(i + 1, out);
                    }
                }
                Part::Open(open) if open.chars.has_others() || open.chars.meets(blanks()) => {
                    out.push(Part::Open(open.or_fewer()));
                    certain = false;
                }
                Part::Open(open) => {
                    out.push(part.clone());
                    if open.least > 0 {
                        return self.rest_after(i + 1, out);
                    }
                    certain = false;
                }
            }
        }
        out
    }

    /// The items between separators.
    pub(super) fn split(&self, separators: &[&str]) -> Items {
        let chars = separators.iter().fold(Alphabet::NONE, |all, s| all.union(Alphabet::of(s)));
        let single = separators.iter().all(|s| s.chars().count() == 1);
        // In what has no character of a separator there is none, and beside it none begins if it is surely there.
        let holds_none = |part: &Part| match part {
            Part::Known(_) => true,
            Part::Open(open) => !open.chars.meets(chars) && (single || open.least > 0),
        };
        let first = self.iter().position(|part| !holds_none(part));
        let last = self.iter().rposition(|part| !holds_none(part));
        let (Some(first), Some(last)) = (first, last) else {
            return Items { front: pieces(self, separators), rest: None, back: Vec::new() };
        };
        let inner = |parts: &[Part]| {
            let open = blurred(parts).or_fewer();
            Open { chars: if single { open.chars.except(chars) } else { open.chars }, ..open }
        };
        if !single {
            // One may begin in a part that is known and end in one that is not.
            return Items { front: Vec::new(), rest: Some(inner(self)), back: Vec::new() };
        }
        let mut front = pieces(&self[..first], separators);
        let mut back = pieces(&self[last + 1..], separators);
        // The last of those before goes on, and the first of those behind began before.
        if let Some(begun) = front.last_mut() {
            begun.push(Part::Open(inner(&self[first..])));
        }
        if let Some(ends) = back.first_mut() {
            let mut whole = Shape::from(inner(&self[..=last]));
            whole.append(std::mem::take(ends));
            *ends = whole;
        }
        Items { front, rest: Some(inner(self)), back }
    }
}

/// The items that a text is split into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Items {
    /// Those from the start that are known by their number.
    pub front: Vec<Shape>,
    /// What any item may be, where nobody knows how many there are.
    pub rest: Option<Open>,
    /// Those from the end.
    pub back: Vec<Shape>,
}

impl Items {
    /// An item by its number, from the start or from the end, that counts from 0; `None` if there is none.
    pub fn at(mut self, at: usize, from_end: bool) -> Option<Shape> {
        let Some(rest) = self.rest else {
            let at = if from_end { self.front.len().checked_sub(at + 1)? } else { at };
            return (at < self.front.len()).then(|| self.front.swap_remove(at));
        };
        let at = if from_end { self.back.len().checked_sub(at + 1) } else { Some(at) };
        let known = if from_end { &mut self.back } else { &mut self.front };
        match at {
            Some(at) if at < known.len() => Some(known.swap_remove(at)),
            _ => Some(rest.into()),
        }
    }
}

/// Stretches that are split at separators which stand in known ones only: one item at least.
fn pieces(parts: &[Part], separators: &[&str]) -> Vec<Shape> {
    let mut out = Vec::new();
    let mut item = Shape::default();
    for part in parts {
        let Part::Known(s) = part else {
            item.push(part.clone());
            continue;
        };
        let (mut start, mut at) = (0, 0);
        while let Some(rest) = s.get(at..).filter(|r| !r.is_empty()) {
            match separators.iter().find(|d| !d.is_empty() && rest.starts_with(**d)) {
                Some(d) => {
                    item.push(Part::Known(s.get(start..at).unwrap_or_default().into()));
                    out.push(std::mem::take(&mut item));
                    at += d.len();
                    start = at;
                }
                None => at += rest.chars().next().map_or(1, char::len_utf8),
            }
        }
        item.push(Part::Known(s.get(start..).unwrap_or_default().into()));
    }
    out.push(item);
    out
}

/// The stretches in pieces such that a text which stands in the whole stands in one of them.
fn apart<'p>(parts: &'p [Part], text: &str) -> Vec<&'p [Part]> {
    let chars = Alphabet::of(text);
    if text.chars().count() == 1 {
        return parts.chunks(1).collect();
    }
    // What has none of its characters, and is surely there, keeps what stands before apart from what stands behind.
    let parts_them = |part: &Part| matches!(part, Part::Open(o) if !o.chars.meets(chars) && o.least > 0);
    parts.chunk_by(|a, b| !parts_them(a) && !parts_them(b)).collect()
}

/// An open stretch with one text wherever another one stood.
fn with(open: Open, old: &str, new: &str) -> Open {
    let (removed, added) = (utf16::length(old), utf16::length(new));
    let mut letters = old.chars();
    let kept = match (letters.next(), letters.next()) {
        (Some(letter), None) => open.chars.without(letter),
        _ => open.chars,
    };
    let least = if added < removed { 0 } else { open.least };
    let most = |m: usize| if added <= removed { Some(m) } else { m.checked_mul(added.div_ceil(removed.max(1))) };
    Open { chars: kept.union(Alphabet::of(new)), least, most: open.most.and_then(most) }
}

/// As many stretches as can stand in the first units, as one.
fn within(parts: &[Part], units: usize) -> Open {
    let (mut end, mut before) = (0, 0_usize);
    while let Some(part) = parts.get(end).filter(|_| before < units) {
        before = before.saturating_add(part.open().least);
        end += 1;
    }
    blurred(&parts[..end])
}
