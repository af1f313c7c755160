//! Stretches of a string that is not known as a whole, and what is left of them when it is cut, filled, or written in another way.

use ecow::EcoString;

use super::alphabet::{Alphabet, Open};
use crate::expand::text::utf16;
use crate::expand::value::Value;

/// A stretch of a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// These characters, never none.
    Known(EcoString),
    /// Characters that are not known.
    Open(Open),
}

impl Part {
    /// What is known of it as if it were open.
    pub(super) fn open(&self) -> Open {
        match self {
            Part::Known(s) => Open::exactly(Alphabet::of(s), utf16::length(s)),
            Part::Open(open) => *open,
        }
    }
}

/// Nothing is known of these characters, not even whether there are any.
pub(super) const UNKNOWN: Part = Part::Open(Open::ANYTHING);

pub(super) fn push(out: &mut Vec<Part>, part: Part) {
    match (out.last_mut(), part) {
        (_, Part::Known(s)) if s.is_empty() => {}
        (Some(Part::Known(before)), Part::Known(s)) => before.push_str(&s),
        (_, Part::Open(Open { most: Some(0), .. })) => {}
        (Some(Part::Open(before)), Part::Open(open)) => *before = before.then(open),
        (_, part) => out.push(part),
    }
}

/// Several stretches as one of which only characters and length are known.
pub(super) fn blurred(parts: &[Part]) -> Open {
    parts.iter().map(Part::open).reduce(Open::then).unwrap_or(Open::exactly(Alphabet::NONE, 0))
}

/// The first units: as many as `count` says, or fewer where the text is shorter and that is no mistake.
pub(super) fn taken(parts: Vec<Part>, count: Option<usize>, exact: bool, out: &mut Vec<Part>) {
    let Some(mut left) = count else {
        let open = blurred(&parts);
        return push(out, Part::Open(Open { least: 0, ..open }));
    };
    for (i, part) in parts.iter().enumerate() {
        let open = part.open();
        if open.most != Some(open.least) || open.least > left {
            if let (Part::Known(s), true) = (part, open.least > left)
                && let Some(start) = utf16::slice(s, 0..left)
            {
                return push(out, Part::Known(start.into()));
            }
            let rest = blurred(&parts[i..]);
            let least = if exact { left } else { rest.least.min(left) };
            return push(out, Part::Open(Open::between(rest.chars, least, rest.most.map_or(left, |m| m.min(left)))));
        }
        left -= open.least;
        push(out, part.clone());
    }
}

/// What follows the first units.
pub(super) fn skipped(parts: Vec<Part>, count: Option<usize>, out: &mut Vec<Part>) {
    let Some(mut left) = count else {
        let open = blurred(&parts);
        return push(out, Part::Open(Open { least: 0, ..open }));
    };
    for (i, part) in parts.iter().enumerate() {
        let open = part.open();
        if left == 0 {
            return parts[i..].iter().for_each(|p| push(out, p.clone()));
        }
        if open.most == Some(open.least) && open.least <= left {
            left -= open.least;
            continue;
        }
        if let Part::Known(s) = part
            && let Some(rest) = utf16::slice(s, left..open.least)
        {
            push(out, Part::Known(rest.into()));
        } else if open.most == Some(open.least) {
            push(out, Part::Open(Open::exactly(open.chars, open.least - left)));
        } else {
            let rest = blurred(&parts[i..]);
            let most = rest.most.map(|m| m.saturating_sub(left));
            return push(out, Part::Open(Open { least: rest.least.saturating_sub(left), most, ..rest }));
        }
        return parts[i + 1..].iter().for_each(|p| push(out, p.clone()));
    }
}

pub(super) fn padded(parts: Vec<Part>, width: Option<usize>, fill: Option<&Value>, out: &mut Vec<Part>) {
    let whole = blurred(&parts);
    let fill = match fill {
        None => Alphabet::of(" "),
        Some(v) => v.as_str().map_or(Alphabet::ANY, |s| Alphabet::of(s)),
    };
    let Some(width) = width else {
        return push(out, Part::Open(Open { chars: whole.chars.union(fill), most: None, ..whole }));
    };
    if whole.least >= width {
        return parts.into_iter().for_each(|p| push(out, p));
    }
    let most = whole.most.map(|m| m.max(width));
    push(out, Part::Open(Open { chars: whole.chars.union(fill), least: width, most }));
}

pub(super) fn replaced(parts: Vec<Part>, old: &str, new: &str, out: &mut Vec<Part>) {
    let (removed, added) = (utf16::length(old), utf16::length(new));
    let most = |m: usize| if added <= removed { Some(m) } else { m.checked_mul(added.div_ceil(removed.max(1))) };
    let mut letters = old.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        // One character: it cannot stand across two stretches.
        for part in parts {
            push(
                out,
                match part {
                    Part::Known(s) => Part::Known(s.replace(old, new)),
                    Part::Open(o) if !o.chars.has(letter) => Part::Open(o),
                    Part::Open(o) => {
                        let chars =
                            if o.chars.has_others() && !letter.is_ascii() { o.chars } else { o.chars.without(letter) };
                        let least = if added < removed { 0 } else { o.least };
                        Part::Open(Open { chars: chars.union(Alphabet::of(new)), least, most: o.most.and_then(most) })
                    }
                },
            );
        }
        return;
    }
    let whole = blurred(&parts);
    let least = if added < removed { 0 } else { whole.least };
    let chars = whole.chars.union(Alphabet::of(new));
    push(out, Part::Open(Open { chars, least, most: whole.most.and_then(most) }));
}

/// White space goes from both ends as far as there may be nothing else before it, or after it.
pub(super) fn trimmed(inner: Vec<Part>, out: &mut Vec<Part>) {
    let solid = |p: &Part| matches!(p, Part::Known(s) if !s.trim().is_empty());
    let (Some(first), Some(last)) = (inner.iter().position(solid), inner.iter().rposition(solid)) else {
        return push(out, UNKNOWN);
    };
    for (i, part) in inner.into_iter().enumerate() {
        let Part::Known(s) = part else {
            push(out, UNKNOWN);
            continue;
        };
        if i < first || i > last {
            push(out, UNKNOWN);
            continue;
        }
        let t = if i == first { s.trim_start() } else { &s };
        let t = if i == last { t.trim_end() } else { t };
        push(out, Part::Known(t.into()));
    }
}

pub(super) fn known_bytes(parts: &[Part]) -> usize {
    parts.iter().map(|p| if let Part::Known(s) = p { s.len() } else { 0 }).sum()
}

pub(super) fn edge(parts: &[Part], last: bool) -> String {
    match if last { parts.last() } else { parts.first() } {
        Some(Part::Known(s)) => s.to_string(),
        _ => String::new(),
    }
}

pub(super) fn common(a: &str, b: &str, from_end: bool) -> String {
    if from_end {
        let reversed: Vec<char> =
            a.chars().rev().zip(b.chars().rev()).take_while(|(x, y)| x == y).map(|(x, _)| x).collect();
        return reversed.into_iter().rev().collect();
    }
    a.chars().zip(b.chars()).take_while(|(x, y)| x == y).map(|(x, _)| x).collect()
}
