//! The name that was meant.

use crate::rules::distance;

/// Longer names are no slips of a finger.
pub const LONGEST: usize = 80;

/// The name that differs by the fewest letters, if at least two thirds of them are right; not the name itself.
pub fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    if name.len() > LONGEST {
        return None;
    }
    let name = name.to_ascii_lowercase();
    names.filter_map(|n| slips(&name, n).map(|d| (d, n))).min_by_key(|(d, _)| *d).map(|(_, n)| n)
}

/// How many slips make one name, in lower case, of another, if at least two thirds of the letters are right; `None` for the name itself.
pub fn slips(name: &str, other: &str) -> Option<usize> {
    // As many letters are missing or too many at least.
    let longer = other.len().max(name.len());
    (other.len().abs_diff(name.len()) * 3 <= longer)
        .then(|| letters_apart(name, &other.to_ascii_lowercase()))
        .filter(|d| *d > 0 && d * 3 <= longer)
}

/// The name that a text was meant to be that may be right all the same: it differs by a slip, not in a number or an ending, as
/// a newer variant would. Of a catalogue of sizes nobody can tell.
pub fn slip<'n>(name: &str, names: &[&'n str]) -> Option<&'n str> {
    const CATALOGUE: usize = 20;
    let numbered = |s: &&&str| s.bytes().any(|b| b.is_ascii_digit());
    if names.iter().filter(numbered).count() > CATALOGUE {
        return None;
    }
    let letters = |s: &str| s.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
    let found = nearest(name, names.iter().copied())?;
    let (written, meant) = (letters(name), letters(found));
    let variant = written.starts_with(&meant) || meant.starts_with(&written);
    (written.len() >= 4 && !variant && letters_apart(&written, &meant) <= 1 + written.len() / 8).then_some(found)
}

/// How many slips make one text of the other. Two letters side by side that changed places are one, and not two.
fn letters_apart(a: &str, b: &str) -> usize {
    if is_swapped(a, b) { 1 } else { distance(a, b) }
}

fn is_swapped(a: &str, b: &str) -> bool {
    let wrong: Vec<usize> = a.bytes().zip(b.bytes()).enumerate().filter(|(_, (a, b))| a != b).map(|(i, _)| i).collect();
    let at = |text: &str, i: &usize| text.as_bytes().get(*i).copied();
    match &wrong[..] {
        [first, second] => {
            a.len() == b.len() && first + 1 == *second && at(a, first) == at(b, second) && at(a, second) == at(b, first)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_near() {
        let names = ["minimumTlsVersion", "name", "kind"];
        assert_eq!(nearest("minTlsVersion", names.into_iter()), Some("minimumTlsVersion"));
        assert_eq!(nearest("nmae", names.into_iter()), Some("name"));
        assert_eq!(nearest("nema", names.into_iter()), None);
        assert_eq!(nearest("names", names.into_iter()), Some("name"));
        assert_eq!(nearest("allowBlobPublicAccess", names.into_iter()), None);
        assert_eq!(nearest(&"n".repeat(1_000_000), names.into_iter()), None);
    }

    #[test]
    fn values_that_are_slips() {
        let names = ["Standard_LRS", "Standard_ZRS", "TLS1_2", "Hot", "StorageV2", "Premium"];
        assert_eq!(slip("Standrd_LRS", &names), Some("Standard_LRS"));
        assert_eq!(slip("Allwo", &["Allow", "Deny"]), Some("Allow"));
        assert_eq!(slip("Dynaimc", &["Static", "Dynamic"]), Some("Dynamic"));
        assert_eq!(slip("wolla", &["Allow", "Deny"]), None);
        for right in ["TLS1_3", "StorageV3", "PremiumV2", "Hut"] {
            assert_eq!(slip(right, &names), None, "{right}");
        }
        let sizes: Vec<String> = (0..30).map(|i| format!("Standard_D{i}s_v3")).collect();
        assert_eq!(slip("Standard_D16as_v3", &sizes.iter().map(String::as_str).collect::<Vec<_>>()), None);
    }
}
