//! What is known of a string that is not known as a whole, as stretches one after the other. How they are cut, filled and written in
//! another way is in [`super::cut`], which texts they can be in [`super::fits`].

use std::ops::Deref;

use ecow::EcoString;

use super::alphabet::{Alphabet, Open};
use crate::expand::text::utf16;

/// A stretch of a string.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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

/// The most stretches of a string; of what follows only characters and length are kept. Names have a dozen, scripts some hundreds.
const MOST: usize = 512;

/// So many times the same character are as good as a text.
const SAME: usize = 64;

/// The stretches of a string. Each text of it has something of each stretch, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shape(Vec<Part>);

impl Deref for Shape {
    type Target = [Part];

    fn deref(&self) -> &[Part] {
        &self.0
    }
}

impl<'p> IntoIterator for &'p Shape {
    type Item = &'p Part;
    type IntoIter = std::slice::Iter<'p, Part>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl FromIterator<Part> for Shape {
    fn from_iter<T: IntoIterator<Item = Part>>(parts: T) -> Self {
        let mut out = Shape::default();
        parts.into_iter().for_each(|part| out.push(part));
        out
    }
}

impl From<Open> for Shape {
    fn from(open: Open) -> Self {
        Shape::from_iter([Part::Open(open)])
    }
}

impl Shape {
    /// A text of which nothing is known.
    pub(super) fn unknown() -> Self {
        Shape(vec![UNKNOWN])
    }

    /// A text that is known.
    pub(super) fn known(text: impl Into<EcoString>) -> Self {
        Shape::from_iter([Part::Known(text.into())])
    }

    /// Adds a stretch at the end.
    pub(super) fn push(&mut self, part: Part) {
        let full = self.0.len() >= MOST;
        match (self.0.last_mut(), settled(part)) {
            (_, Part::Known(s)) if s.is_empty() => {}
            (_, Part::Open(open)) if open.is_nothing() => {}
            (Some(Part::Known(before)), Part::Known(s)) => before.push_str(&s),
            // Of the same characters, the two are one.
            (Some(Part::Open(before)), Part::Open(open)) if before.chars == open.chars => *before = before.then(open),
            (Some(last), part) if full => *last = Part::Open(last.open().then(part.open())),
            (_, part) => self.0.push(part),
        }
    }

    /// Adds all of another one at the end.
    pub(super) fn append(&mut self, other: Shape) {
        other.0.into_iter().for_each(|part| self.push(part));
    }

    /// All of it as one stretch of which only characters and length are known.
    pub(super) fn blurred(&self) -> Open {
        blurred(&self.0)
    }

    /// Read from its end.
    pub(super) fn reversed(&self) -> Shape {
        let turned = |part: &Part| match part {
            Part::Known(s) => Part::Known(s.chars().rev().collect()),
            Part::Open(open) => Part::Open(*open),
        };
        self.0.iter().rev().map(turned).collect()
    }

    /// The text, if it is known after all.
    pub(super) fn text(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Known(s)] => Some(s),
            _ => None,
        }
    }

    /// What it begins with for certain.
    pub(super) fn start(&self) -> &str {
        certain(self.0.first())
    }

    /// What it ends with for certain.
    pub(super) fn end(&self) -> &str {
        certain(self.0.last())
    }

    /// What several have in common: how they begin and how they end.
    pub(super) fn either(all: Vec<Shape>) -> Shape {
        let Some((first, rest)) = all.split_first() else { return Shape::unknown() };
        if rest.iter().all(|r| r == first) {
            return first.clone();
        }
        let (mut prefix, mut suffix) = (first.start().to_owned(), first.end().to_owned());
        for r in rest {
            prefix = common(&prefix, r.start(), false);
            suffix = common(&suffix, r.end(), true);
        }
        // The two must not take hold of the same characters of the shortest choice.
        let shortest = all.iter().map(|p| known_bytes(p)).min().unwrap_or(0);
        let room = shortest.saturating_sub(prefix.len());
        while suffix.len() > room {
            suffix = suffix.chars().skip(1).collect();
        }
        let middle = all.iter().map(Shape::blurred).reduce(Open::or).unwrap_or(Open::ANYTHING);
        let edges = utf16::length(&prefix) + utf16::length(&suffix);
        let middle = Open {
            least: middle.least.saturating_sub(edges),
            most: middle.most.map(|m| m.saturating_sub(edges)),
            ..middle
        };
        Shape::from_iter([Part::Known(prefix.into()), Part::Open(middle), Part::Known(suffix.into())])
    }
}

/// Several stretches as one of which only characters and length are known.
pub(super) fn blurred(parts: &[Part]) -> Open {
    parts.iter().map(Part::open).reduce(Open::then).unwrap_or(Open::exactly(Alphabet::NONE, 0))
}

/// A stretch that can be one text only is known.
fn settled(part: Part) -> Part {
    if let Part::Open(open) = part
        && let Some(only) = open.chars.only()
        && open.most == Some(open.least)
        && open.least <= SAME
    {
        return Part::Known(std::iter::repeat_n(only, open.least).collect());
    }
    part
}

fn certain(part: Option<&Part>) -> &str {
    match part {
        Some(Part::Known(s)) => s,
        _ => "",
    }
}

fn known_bytes(parts: &[Part]) -> usize {
    parts.iter().map(|p| if let Part::Known(s) = p { s.len() } else { 0 }).sum()
}

/// What two texts have in common at the start, or at the end.
pub(super) fn common(a: &str, b: &str, from_end: bool) -> String {
    if from_end {
        let reversed: Vec<char> =
            a.chars().rev().zip(b.chars().rev()).take_while(|(x, y)| x == y).map(|(x, _)| x).collect();
        return reversed.into_iter().rev().collect();
    }
    a.chars().zip(b.chars()).take_while(|(x, y)| x == y).map(|(x, _)| x).collect()
}
