//! Which characters a text that is not known can have, and how many.

use crate::model::function_table::Letters;

/// A set of characters: each ASCII character by itself, all others together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Alphabet {
    ascii: u128,
    others: bool,
}

impl Alphabet {
    /// No character at all.
    pub const NONE: Alphabet = Alphabet { ascii: 0, others: false };
    /// Every character.
    pub const ANY: Alphabet = Alphabet { ascii: u128::MAX, others: true };

    /// The characters of a text.
    pub fn of(text: &str) -> Self {
        text.chars().fold(Alphabet::NONE, Alphabet::with)
    }

    /// Small letters, capitals and digits, and these characters.
    pub fn alphanumeric_and(more: &str) -> Self {
        Alphabet::ranges(&[('a', 'z'), ('A', 'Z'), ('0', '9')]).union(Alphabet::of(more))
    }

    /// The characters from the first to the second of each pair, which are ASCII.
    pub fn ranges(ranges: &[(char, char)]) -> Self {
        ranges.iter().flat_map(|(first, last)| *first..=*last).fold(Alphabet::NONE, Alphabet::with)
    }

    fn with(self, c: char) -> Self {
        match u32::from(c) {
            code @ 0..128 => Alphabet { ascii: self.ascii | 1 << code, ..self },
            _ => Alphabet { others: true, ..self },
        }
    }

    /// The characters of both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Alphabet { ascii: self.ascii | other.ascii, others: self.others || other.others }
    }

    /// Without an ASCII character.
    #[must_use]
    pub fn without(self, c: char) -> Self {
        match u32::from(c) {
            code @ 0..128 => Alphabet { ascii: self.ascii & !(1 << code), ..self },
            _ => self,
        }
    }

    /// Each character as a function makes it; characters beyond ASCII may become anything beyond ASCII, or ASCII.
    #[must_use]
    pub fn mapped(self, change: impl Fn(char) -> char) -> Self {
        // `K` (the Kelvin sign) has a small letter in ASCII, and `ſ` a capital one.
        let start = if self.others { Alphabet { others: true, ..Alphabet::of("ksKS") } } else { Alphabet::NONE };
        self.ascii().map(change).fold(start, Alphabet::with)
    }

    /// Whether it has a character.
    pub fn has(self, c: char) -> bool {
        match u32::from(c) {
            code @ 0..128 => self.ascii & (1 << code) != 0,
            _ => self.others,
        }
    }

    /// Whether the two have a character in common, or may have.
    pub fn meets(self, other: Self) -> bool {
        self.ascii & other.ascii != 0 || self.others && other.others
    }

    /// Whether it may have all characters of another one.
    pub fn covers(self, other: Self) -> bool {
        other.ascii & !self.ascii == 0 && (self.others || !other.others)
    }

    /// Those characters of it that another one does not have; of those beyond ASCII, all.
    #[must_use]
    pub fn except(self, other: Self) -> Self {
        Alphabet { ascii: self.ascii & !other.ascii, ..self }
    }

    /// The character, if there is one only and it is ASCII.
    pub fn only(self) -> Option<char> {
        let single = self.ascii.is_power_of_two() && !self.others;
        single.then(|| u8::try_from(self.ascii.trailing_zeros()).ok().map(char::from)).flatten()
    }

    /// Its ASCII characters.
    pub fn ascii(self) -> impl Iterator<Item = char> {
        (0..128u8).map(char::from).filter(move |c| self.has(*c))
    }

    /// Those of its characters that are beyond ASCII.
    #[must_use]
    pub fn others_only(self) -> Self {
        Alphabet { ascii: 0, others: self.others }
    }

    /// Whether there are characters beyond ASCII in it.
    pub fn has_others(self) -> bool {
        self.others
    }
}

/// A stretch of a text of which only the characters and their number are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Open {
    /// The characters it can have.
    pub chars: Alphabet,
    /// The fewest UTF-16 units.
    pub least: usize,
    /// The most UTF-16 units, if there is a bound.
    pub most: Option<usize>,
}

impl From<Letters> for Open {
    fn from(letters: Letters) -> Self {
        Open { chars: Alphabet::ranges(letters.ranges), least: letters.least, most: letters.most }
    }
}

impl Open {
    /// Nothing is known.
    pub const ANYTHING: Open = Open { chars: Alphabet::ANY, least: 0, most: None };

    /// From `least` to `most` of these characters.
    pub fn between(chars: Alphabet, least: usize, most: usize) -> Self {
        Open { chars, least, most: Some(most) }
    }

    /// As many of these characters.
    pub fn exactly(chars: Alphabet, length: usize) -> Self {
        Open::between(chars, length, length)
    }

    /// Whether it is empty, whatever it comes to.
    pub fn is_nothing(self) -> bool {
        self.most == Some(0) || self.chars == Alphabet::NONE
    }

    /// The number of UTF-16 units, if that is known.
    pub fn length(self) -> Option<usize> {
        self.most.filter(|most| *most == self.least)
    }

    /// As many of its characters, or fewer.
    #[must_use]
    pub fn or_fewer(self) -> Self {
        Open { least: 0, ..self }
    }

    /// This stretch, and then another one.
    #[must_use]
    pub fn then(self, next: Open) -> Self {
        Open {
            chars: self.chars.union(next.chars),
            least: self.least.saturating_add(next.least),
            most: self.most.zip(next.most).map(|(a, b)| a.saturating_add(b)),
        }
    }

    /// This stretch or another one.
    #[must_use]
    pub fn or(self, other: Open) -> Self {
        Open {
            chars: self.chars.union(other.chars),
            least: self.least.min(other.least),
            most: self.most.zip(other.most).map(|(a, b)| a.max(b)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_characters() {
        let hex = Alphabet::ranges(&[('0', '9'), ('a', 'f')]);
        assert!(hex.has('c') && !hex.has('g') && !hex.has('é'));
        assert!(hex.mapped(|c| c.to_ascii_uppercase()).has('C'));
        assert!(!hex.mapped(|c| c.to_ascii_uppercase()).has('c'));
        assert!(Alphabet::ANY.has('é'));
        assert!(!Alphabet::ANY.without('/').has('/'));
        assert_eq!(Alphabet::of("ba").ascii().collect::<String>(), "ab");
    }

    #[test]
    fn lengths_add_up() {
        let two = Open::exactly(Alphabet::of("a"), 2);
        assert_eq!(two.then(two).most, Some(4));
        assert_eq!(two.then(Open::ANYTHING).most, None);
        assert_eq!(two.or(Open::exactly(Alphabet::of("b"), 5)), Open::between(Alphabet::of("ab"), 2, 5));
    }
}
