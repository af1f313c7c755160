//! How strings are ordered, and letters folded.
//!
//! `less`, `greater` and so on compare by the rules of the invariant culture: the root collation of the Unicode Collation
//! Algorithm (<https://unicode.org/reports/tr10/>, CLDR's root order, in which white space and punctuation count and come first).
//! What is here covers ASCII and the Latin letters with marks; other characters follow in the order of their code points.

use std::cmp::Ordering;

use ecow::EcoString;

/// White space, punctuation, symbols and currency of ASCII in the root collation's order.
const BEFORE_DIGITS: &str = "\t\n\u{b}\u{c}\r\u{85}\u{2028}\u{2029} \u{a0}_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

/// Base letters with, in order, the letters that are a variant of them.
const VARIANTS: [(char, &str); 19] = [
    ('a', "áàăâåäãąā"),
    ('c', "ćĉčċç"),
    ('d', "ďđ"),
    ('e', "éèĕêěëėęē"),
    ('g', "ğĝġģ"),
    ('h', "ĥħ"),
    ('i', "íìĭîïĩįī"),
    ('j', "ĵ"),
    ('k', "ķ"),
    ('l', "ĺľļł"),
    ('n', "ńňñņ"),
    ('o', "óòŏôöőõøō"),
    ('r', "ŕřŗ"),
    ('s', "śŝšşș"),
    ('t', "ťţŧț"),
    ('u', "úùŭûůüűũųū"),
    ('w', "ŵ"),
    ('y', "ýŷÿ"),
    ('z', "źžż"),
];

/// The three levels of a character's place: letter, mark, case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Weight {
    primary: u32,
    secondary: u8,
    tertiary: u8,
}

fn weigh(c: char, out: &mut Vec<Weight>) {
    let mut push = |primary: u32, secondary: u8, tertiary: u8| out.push(Weight { primary, secondary, tertiary });
    if let Some(at) = BEFORE_DIGITS.chars().position(|x| x == c) {
        return push(u32::try_from(at).unwrap_or(0) + 1, 0, 0);
    }
    if c.is_control() {
        return;
    }
    if let Some(d) = c.to_digit(10) {
        return push(200 + d, 0, 0);
    }
    let letter = |l: char| 300 + (u32::from(l) - u32::from('a'));
    let mut lower = c.to_lowercase();
    let (small, single) = (lower.next().unwrap_or(c), lower.next().is_none());
    let case = u8::from(single && small != c);
    if c.is_ascii_alphabetic() {
        return push(letter(small), 0, case);
    }
    match small {
        'ß' => {
            push(letter('s'), 0, 2);
            return push(letter('s'), 0, 2);
        }
        'æ' => {
            push(letter('a'), 0, 2 + case);
            return push(letter('e'), 0, 2 + case);
        }
        'œ' => {
            push(letter('o'), 0, 2 + case);
            return push(letter('e'), 0, 2 + case);
        }
        'þ' => return push(letter('t'), 90, case),
        _ => {}
    }
    for (base, variants) in VARIANTS {
        if let Some(at) = variants.chars().position(|x| x == small) {
            return push(letter(base), u8::try_from(at).unwrap_or(0) + 1, case);
        }
    }
    // Symbols without a place of their own come before the digits, letters of other scripts after Latin.
    if !c.is_alphanumeric() {
        let code = u8::try_from(u32::from(c) & 0xff).unwrap_or(0);
        return push(100, code, 0);
    }
    push(1000 + u32::from(small), 0, case);
}

/// The order of two strings in the invariant culture: all letters first, then marks, then case (small before capital).
pub fn compare(a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    let weights = |s: &str| {
        let mut out = Vec::with_capacity(s.len());
        s.chars().for_each(|c| weigh(c, &mut out));
        out
    };
    let (x, y) = (weights(a), weights(b));
    let by = |level: fn(&Weight) -> u32| x.iter().map(level).cmp(y.iter().map(level));
    by(|w| w.primary).then_with(|| by(|w| w.secondary.into())).then_with(|| by(|w| w.tertiary.into()))
}

/// A letter's capital if that is one letter, by the invariant culture's mapping (which leaves the dotless `ı` alone).
pub fn upper(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_uppercase();
    }
    let mut mapped = c.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(u), None) if c != 'ı' => u,
        _ => c,
    }
}

/// A letter's small form if that is one letter (which leaves the dotted `İ` alone).
pub fn lower(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let mut mapped = c.to_lowercase();
    match (mapped.next(), mapped.next()) {
        (Some(l), None) => l,
        _ => c,
    }
}

/// A text with its letters in small, one for one.
pub fn lowered(s: &str) -> EcoString {
    s.chars().map(lower).collect()
}

/// A text with its letters as capitals, one for one.
pub fn uppered(s: &str) -> EcoString {
    s.chars().map(upper).collect()
}

/// The order of two keys as `items` and `objectKeys` have it: by capital letters, in UTF-16.
pub fn keys(a: &str, b: &str) -> Ordering {
    fn units(s: &str) -> impl Iterator<Item = u16> + '_ {
        s.chars().map(upper).flat_map(|c| {
            let mut buffer = [0; 2];
            let n = c.encode_utf16(&mut buffer).len();
            buffer.into_iter().take(n)
        })
    }
    units(a).cmp(units(b))
}

/// A text with every letter as its capital, to compare without regard to case.
pub fn fold(s: &str) -> String {
    s.chars().map(upper).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_follow_the_root_collation() {
        let sorted = [
            "", " ", "_x", "-x", "#", "+", "$", "1", "10", "9", "a", "A", "a b", "ab", "é", "É", "f", "ss", "ß", "z",
            "я",
        ];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                // "a b" sorts by its space, which comes before any letter.
                if ["a b", "a", "A", "ab"].contains(a) && ["a b", "a", "A", "ab"].contains(b) {
                    continue;
                }
                assert_eq!(compare(a, b), i.cmp(&j), "{a:?} {b:?}");
            }
        }
        assert_eq!(compare("re-do", "redo"), Ordering::Less);
        assert_eq!(compare("resumé", "resume"), Ordering::Greater);
        assert_eq!(compare("resumé", "resumes"), Ordering::Less);
    }

    #[test]
    fn keys_are_compared_by_capitals() {
        assert_eq!(keys("b", "A"), Ordering::Greater);
        assert_eq!(keys("z", "_"), Ordering::Less);
        assert_eq!(keys("Key", "kEY"), Ordering::Equal);
    }

    #[test]
    fn folding_is_one_to_one() {
        assert_eq!("Weißer ıİ ﬁ".chars().map(upper).collect::<String>(), "WEIßER ıİ ﬁ");
        assert_eq!("ÄİK".chars().map(lower).collect::<String>(), "äİk");
    }
}
