//! One change of a text, and which changes can be made together.

use std::ops::Range;
use std::path::PathBuf;

use ecow::EcoString;

use crate::check::result::Safety;

/// Which finding a change is for: it has to go.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct About {
    /// The rule.
    pub rule: EcoString,
    /// The type of the target.
    pub type_: EcoString,
    /// Its id, or its name where it has none.
    pub target: EcoString,
}

/// A change of one place of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The file.
    pub path: PathBuf,
    /// The bytes of its text that go; empty for an insertion.
    pub range: Range<usize>,
    /// What takes their place.
    pub text: EcoString,
    /// What it does, for people.
    pub description: EcoString,
    /// Whether it can be made unseen.
    pub safety: Safety,
    /// It accepts these findings, and mends nothing: no other finding may go by it.
    pub accepts: bool,
    /// The findings that it is for, each once, in order.
    pub about: Vec<About>,
}

impl Change {
    /// Whether both change the same bytes, or touch: what one puts in may be what the other is about.
    fn touches(&self, other: &Change) -> bool {
        self.path == other.path && self.range.start <= other.range.end && other.range.start <= self.range.end
    }
}

/// The same changes, one for all the findings that ask for it, by file and place.
pub fn merged(mut changes: Vec<Change>) -> Vec<Change> {
    fn place(c: &Change) -> (&PathBuf, usize, usize, &EcoString) {
        (&c.path, c.range.start, c.range.end, &c.text)
    }
    changes.sort_by(|a, b| place(a).cmp(&place(b)));
    let mut out: Vec<Change> = Vec::new();
    for change in changes {
        match out.last_mut() {
            Some(last) if last.path == change.path && last.range == change.range && last.text == change.text => {
                last.about.extend(change.about);
                // One that somebody should look at stays so.
                last.safety = last.safety.max(change.safety);
            }
            _ => out.push(change),
        }
    }
    for change in &mut out {
        change.about.sort();
        change.about.dedup();
    }
    out
}

/// Those of [`merged`] changes that do not touch each other, the first of each group; the others wait for the next round.
pub fn apart(changes: Vec<Change>) -> Vec<Change> {
    let mut out: Vec<Change> = Vec::new();
    for change in changes {
        if !out.iter().rev().take_while(|o| o.path == change.path).any(|o| o.touches(&change)) {
            out.push(change);
        }
    }
    out
}

/// A text after changes that do not touch each other. `None` if one does not fit it.
pub fn applied<'c>(text: &str, changes: impl IntoIterator<Item = &'c Change>) -> Option<String> {
    let mut changes: Vec<&Change> = changes.into_iter().collect();
    changes.sort_by_key(|c| c.range.start);
    let mut out = String::with_capacity(text.len() + changes.iter().map(|c| c.text.len()).sum::<usize>());
    let mut at = 0;
    for change in changes {
        out.push_str(text.get(at..change.range.start)?);
        out.push_str(&change.text);
        at = change.range.end;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &str, range: Range<usize>, text: &str, rule: &str, safety: Safety) -> Change {
        let about = vec![About { rule: rule.into(), type_: "t".into(), target: "n".into() }];
        Change { path: path.into(), range, text: text.into(), description: "".into(), safety, accepts: false, about }
    }

    #[test]
    fn what_two_rules_ask_for_is_done_once_and_as_carefully_as_one_of_them_says() {
        let one = change("b", 2..3, "x", "R1", Safety::Safe);
        let two = change("b", 2..3, "x", "R2", Safety::Review);
        let merged = merged(vec![two, change("a", 2..3, "x", "R1", Safety::Safe), one]);
        assert_eq!(merged.len(), 2);
        assert_eq!(merged[1].safety, Safety::Review);
        assert_eq!(merged[1].about.iter().map(|a| a.rule.as_str()).collect::<Vec<_>>(), ["R1", "R2"]);
    }

    #[test]
    fn changes_that_touch_are_not_made_together() {
        let c = |range: Range<usize>| change("a", range, "x", "R", Safety::Safe);
        let kept = |all: &[Range<usize>]| {
            let all = merged(all.iter().cloned().map(c).collect());
            apart(all).into_iter().map(|c| c.range).collect::<Vec<_>>()
        };
        assert_eq!(kept(&[0..2, 2..4, 5..6]), [0..2, 5..6]);
        assert_eq!(kept(&[3..3, 3..3, 4..4]), [3..3, 4..4]);
        assert_eq!(kept(&[0..9, 4..5, 10..11]), [0..9, 10..11]);
    }

    #[test]
    fn places_are_those_of_the_text_before() {
        let all = [change("a", 4..5, "55", "R", Safety::Safe), change("a", 0..1, "", "R", Safety::Safe)];
        assert_eq!(applied("1234567", &all).as_deref(), Some("2345567"));
        assert_eq!(applied("é", &[change("a", 1..1, "x", "R", Safety::Safe)]), None);
    }
}
