//! Where secrets stand in texts that are changed: nobody is shown these.

use std::ops::Range;

use crate::check::secrets::{ByFile, by_file};
use crate::expand::known::secret::MASK;
use crate::read::FileId;
use crate::session::Verdicts;

/// The bytes of files that a run takes for secrets.
#[derive(Debug, Default)]
pub struct Hidden(ByFile);

impl Hidden {
    /// Those of a run.
    pub fn of(verdicts: &Verdicts) -> Self {
        Hidden(by_file(&verdicts.scanned().secrets.spans))
    }

    /// Those of a file: in order, none within another.
    pub fn in_file(&self, file: FileId) -> &[Range<usize>] {
        self.0.get(&file).map_or(&[], Vec::as_slice)
    }
}

/// A text, and the same after a change, with a mask for each secret: for somebody who decides whether to make it. `None` if the change
/// itself would show one.
pub fn masked(text: &str, range: &Range<usize>, new: &str, hidden: &[Range<usize>]) -> Option<(String, String)> {
    let (first, second): (Vec<_>, Vec<_>) = hidden.iter().partition(|h| h.end <= range.start);
    if second.first().is_some_and(|h| h.start < range.end) {
        return None;
    }
    let mask = |h| (h, MASK, MASK);
    let change = (range, text.get(range.clone())?, new);
    let pieces = first.into_iter().map(mask).chain([change]).chain(second.into_iter().map(mask));
    let (mut before, mut after, mut at) = (String::new(), String::new(), 0);
    for (piece, gone, come) in pieces {
        let same = text.get(at..piece.start)?;
        before.extend([same, gone]);
        after.extend([same, come]);
        at = piece.end;
    }
    let rest = text.get(at..)?;
    before.push_str(rest);
    after.push_str(rest);
    Some((before, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_shown_without_the_secrets_around_it() {
        let masked = |range: Range<usize>| masked("a x b y c", &range, "B", &[2..3, 6..7]);
        assert_eq!(masked(4..5), Some(("a (secret) b (secret) c".into(), "a (secret) B (secret) c".into())));
        assert_eq!(masked(4..7), None);
    }
}
