//! What was meant by a misspelt name, by the measure of the Bicep compiler: whether there is something near decides which of two
//! codes it reports.

/// The nearest of some names: one that differs in case only, else one with at most a letter wrong for every three.
pub fn suggestion<'n>(name: &str, candidates: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let upper: Vec<char> = name.chars().flat_map(char::to_uppercase).collect();
    // 0.34 letters for each.
    let few = upper.len() * 34 / 100;
    let mut most = few;
    let mut best: Option<(&str, usize)> = None;
    for candidate in candidates {
        let letters: Vec<char> = candidate.chars().flat_map(char::to_uppercase).collect();
        if letters.len().abs_diff(upper.len()) > few.min(2) {
            continue;
        }
        if letters == upper {
            return Some(candidate);
        }
        if letters.len() < 3 || best.is_some_and(|(_, d)| d < 2) {
            continue;
        }
        let d = distance(&upper, &letters);
        if d <= most {
            best = Some((candidate, d));
            most = d.saturating_sub(1);
        }
    }
    best.map(|(candidate, _)| candidate)
}

/// How many letters have to be put in, taken out or changed.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut before = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (y, above) in b.iter().zip(row.iter().skip(1)) {
            left = (before + usize::from(x != y)).min(left + 1).min(above + 1);
            before = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_suggested() {
        let of = |name: &str, list: &[&'static str]| suggestion(name, list.iter().copied());
        assert_eq!(of("minTlsVersion", &["minimumTlsVersion", "tier"]), None, "four letters are too many");
        assert_eq!(of("acessTier", &["supportsHttps", "accessTier"]), Some("accessTier"));
        assert_eq!(of("LOCATION", &["locations", "location"]), Some("location"));
        assert_eq!(of("ab", &["abc"]), None);
        assert_eq!((distance(&['a', 'b'], &['b']), distance(&['a'], &['a'])), (1, 0));
    }
}
