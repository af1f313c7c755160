//! Whether a word can be a text of which only the stretches are known, or can stand in it.
//!
//! The answer is no only if no text of the stretches has the word there. It is found in time that grows with the word and the stretches:
//! which part of the word the stretches so far can come to is kept for all of their texts at once.

use super::alphabet::Open;
use super::partial_text::Place;
use super::stretch::{Part, Shape};

/// The most comparisons; beyond them everything is possible.
const MOST: usize = 1 << 20;

/// Whether the word can be the whole text.
pub(super) fn can_be(shape: &Shape, word: &str, case_sensitive: bool) -> bool {
    Search::new(word, case_sensitive).is_none_or(|search| search.whole(shape).unwrap_or(true))
}

/// Whether the word can stand at a place of the text.
pub(super) fn can_have(shape: &Shape, word: &str, place: Place, case_sensitive: bool) -> bool {
    if place == Place::End {
        let reversed: String = word.chars().rev().collect();
        return can_have(&shape.reversed(), &reversed, Place::Start, case_sensitive);
    }
    let anywhere = place == Place::Anywhere;
    Search::new(word, case_sensitive).is_none_or(|search| search.begun(shape, anywhere).unwrap_or(true))
}

/// A word that is looked for.
struct Search {
    word: Vec<u16>,
    case_sensitive: bool,
    left: usize,
}

impl Search {
    /// `None` where letters beyond ASCII have no case: which of them become one is not for this to say.
    fn new(word: &str, case_sensitive: bool) -> Option<Self> {
        (case_sensitive || word.is_ascii()).then(|| Search {
            word: word.encode_utf16().collect(),
            case_sensitive,
            left: MOST,
        })
    }

    /// Whether a known unit can be one of the word.
    fn same(&self, known: u16, wanted: u16) -> bool {
        if self.case_sensitive {
            return known == wanted;
        }
        // `K` (the Kelvin sign) and its like have letters of ASCII as their other case.
        ascii(known).zip(ascii(wanted)).is_none_or(|(a, b)| a.eq_ignore_ascii_case(&b))
    }

    /// Whether an open stretch can have a unit of the word.
    fn open(&self, open: &Open, wanted: u16) -> bool {
        let has = |c: char| open.chars.has(c);
        match ascii(wanted) {
            Some(c) if self.case_sensitive => has(c),
            Some(c) => has(c.to_ascii_lowercase()) || has(c.to_ascii_uppercase()) || open.chars.has_others(),
            None => open.chars.has_others(),
        }
    }

    /// Takes some of the comparisons that are left.
    fn spend(&mut self, some: usize) -> Option<()> {
        self.left = self.left.checked_sub(some)?;
        Some(())
    }

    /// `None` where it takes too long.
    fn whole(mut self, shape: &Shape) -> Option<bool> {
        let mut reached = vec![false; self.word.len() + 1];
        reached[0] = true;
        for part in shape {
            reached = match part {
                Part::Known(s) => {
                    let units: Vec<u16> = s.encode_utf16().collect();
                    self.after_known(&reached, &units)?
                }
                Part::Open(open) => self.after_open(&reached, open, false)?,
            };
        }
        Some(reached.last().copied().unwrap_or_default())
    }

    /// Whether the word stands at the start, or anywhere. `None` where it takes too long.
    fn begun(mut self, shape: &Shape, anywhere: bool) -> Option<bool> {
        let n = self.word.len();
        let mut reached = vec![false; n + 1];
        reached[0] = true;
        for part in shape {
            if reached[n] || !reached.contains(&true) {
                break;
            }
            let ends = match part {
                Part::Known(s) => {
                    let units: Vec<u16> = s.encode_utf16().collect();
                    if self.ends_in_known(&reached, &units, anywhere)? {
                        return Some(true);
                    }
                    let mut after = self.after_known(&reached, &units)?;
                    if anywhere {
                        self.begins_in_known(&units, &mut after)?;
                    }
                    after
                }
                Part::Open(open) => {
                    if self.ends_in_open(&reached, open)? {
                        return Some(true);
                    }
                    self.after_open(&reached, open, anywhere)?
                }
            };
            reached = ends;
            reached[0] |= anywhere;
        }
        Some(reached[n])
    }

    /// Whether `units` go on as the word does from `at`, as far as both have more.
    fn agree(&mut self, units: &[u16], at: usize) -> Option<bool> {
        let word = self.word.get(at..).unwrap_or_default();
        let same = units.iter().zip(word).take_while(|(known, wanted)| self.same(**known, **wanted)).count();
        let both = units.len().min(word.len());
        self.spend(same + 1)?;
        Some(same == both)
    }

    fn after_known(&mut self, reached: &[bool], units: &[u16]) -> Option<Vec<bool>> {
        let mut after = vec![false; reached.len()];
        self.spend(reached.len())?;
        for at in (0..reached.len()).filter(|at| reached[*at]) {
            if at + units.len() < reached.len() && self.agree(units, at)? {
                after[at + units.len()] = true;
            }
        }
        Some(after)
    }

    /// The word begins within these units and goes on behind them.
    fn begins_in_known(&mut self, units: &[u16], after: &mut [bool]) -> Option<()> {
        let longest = units.len().min(self.word.len());
        for had in 1..=longest {
            if self.agree(&units[units.len() - had..], 0)? {
                after[had] = true;
            }
        }
        Some(())
    }

    fn ends_in_known(&mut self, reached: &[bool], units: &[u16], anywhere: bool) -> Option<bool> {
        let n = self.word.len();
        for at in (0..n).filter(|at| reached[*at]) {
            if n - at <= units.len() && self.agree(units, at)? {
                return Some(true);
            }
        }
        if anywhere && n <= units.len() {
            for from in 1..=units.len() - n {
                if self.agree(&units[from..], 0)? {
                    return Some(true);
                }
            }
        }
        Some(false)
    }

    /// How much of the word can be had after an open stretch. If it may begin anywhere, it may do so within the stretch.
    fn after_open(&mut self, reached: &[bool], open: &Open, anywhere: bool) -> Option<Vec<bool>> {
        self.spend(reached.len())?;
        let mut after = vec![false; reached.len()];
        // How many places before each are reached, and where the characters begin that the stretch can have.
        let mut before = Vec::with_capacity(reached.len() + 1);
        before.push(0_usize);
        let mut start = 0;
        for at in 0..reached.len() {
            before.push(before[at] + usize::from(reached[at]));
            if at > 0 && !self.open(open, self.word[at - 1]) {
                start = at;
            }
            let first = start.max(open.most.map_or(0, |most| at.saturating_sub(most)));
            let from_reached =
                at.checked_sub(open.least).is_some_and(|last| first <= last && before[last + 1] > before[first]);
            after[at] = from_reached || anywhere && first == 0;
        }
        Some(after)
    }

    /// Whether the word can end within an open stretch.
    fn ends_in_open(&mut self, reached: &[bool], open: &Open) -> Option<bool> {
        self.spend(reached.len())?;
        let n = self.word.len();
        let most = open.most.unwrap_or(n);
        let run = (0..n).rev().take_while(|at| self.open(open, self.word[*at])).count();
        Some((n - run.min(most)..=n).any(|at| reached[at]))
    }
}

fn ascii(unit: u16) -> Option<char> {
    u8::try_from(unit).ok().filter(u8::is_ascii).map(char::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::known::alphabet::Alphabet;

    fn shape(parts: &[Part]) -> Shape {
        parts.iter().cloned().collect()
    }

    fn known(text: &str) -> Part {
        Part::Known(text.into())
    }

    fn hex(least: usize, most: usize) -> Part {
        Part::Open(Open::between(Alphabet::ranges(&[('0', '9'), ('a', 'f')]), least, most))
    }

    #[test]
    fn what_a_text_can_be() {
        let id = shape(&[known("x-"), hex(2, 3), known("-y")]);
        for (word, yes) in [
            ("x-ab-y", true),
            ("x-a0f-y", true),
            ("x-a-y", false),
            ("x-abcd-y", false),
            ("x-ag-y", false),
            ("X-ab-y", false),
        ] {
            assert_eq!(can_be(&id, word, true), yes, "{word}");
        }
        assert!(can_be(&id, "X-AB-Y", false) && can_be(&shape(&[known("\u{212a}")]), "k", false));
        assert!(can_be(&Shape::unknown(), "", true) && !can_be(&shape(&[hex(1, 1)]), "", true));
    }

    #[test]
    fn what_can_stand_in_a_text() {
        let id = shape(&[known("x-"), hex(2, 3), known("-y")]);
        for (word, start, end, anywhere) in [
            ("x-a", true, false, true),
            ("-0", false, false, true),
            ("f-y", false, true, true),
            ("-", false, false, true),
            ("z", false, false, false),
            ("aaaa", false, false, false),
            ("aaa", false, false, true),
            ("x-ab-yz", false, false, false),
            ("x-ab-y", true, true, true),
            ("", true, true, true),
            ("y", false, true, true),
        ] {
            assert_eq!(can_have(&id, word, Place::Start, true), start, "start {word}");
            assert_eq!(can_have(&id, word, Place::End, true), end, "end {word}");
            assert_eq!(can_have(&id, word, Place::Anywhere, true), anywhere, "{word}");
        }
    }

    #[test]
    fn a_long_search_decides_nothing() {
        let long = shape(&[Part::Open(Open::ANYTHING), known(&"a".repeat(5_000)), known("b")]);
        assert!(can_have(&long, &format!("{}c", "a".repeat(4_000)), Place::Anywhere, true));
    }

    proptest::proptest! {
        #[test]
        fn no_text_of_the_stretches_is_denied(
            parts in proptest::collection::vec(("[ab]{0,3}", 0..2_usize, 0..2_usize, proptest::bool::ANY), 0..5),
            word in "[abAB]{0,3}", case_sensitive: bool,
        ) {
            let text: String = parts.iter().map(|p| p.0.as_str()).collect();
            let shape: Shape = parts.iter().map(|(text, fewer, more, open)| match open {
                true => Part::Open(Open::between(Alphabet::of(text), text.len().saturating_sub(*fewer), text.len() + more)),
                false => known(text),
            }).collect();
            let has = |place| super::super::partial_text::text_has(&text, &word, place, case_sensitive);
            for place in [Place::Start, Place::End, Place::Anywhere] {
                proptest::prop_assert!(can_have(&shape, &word, place, case_sensitive) || !has(place), "{:?} {:?}", shape, place);
            }
            proptest::prop_assert!(can_be(&shape, &text, case_sensitive));
        }
    }
}
