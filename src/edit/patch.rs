//! What was changed, as people and `git apply` read it.

use std::fmt::Write as _;
use std::ops::Range;

use similar::udiff::UnifiedDiffHunk;
use similar::{DiffOp, DiffTag, TextDiff};

use crate::report::escape::is_unsafe;

/// Lines around a change.
const CONTEXT: usize = 3;

/// A text, and where secrets stand in it: in order, none within another.
#[derive(Debug, Clone, Copy)]
pub struct Side<'t> {
    /// The text.
    pub text: &'t str,
    /// The bytes of it that nobody is shown.
    pub hidden: &'t [Range<usize>],
}

/// A unified diff of a file, whose name is relative to the folder where it will be applied, in the bytes that the system has for it;
/// empty if nothing is different.
pub fn plain(name: &[u8], before: &str, after: &str) -> String {
    let side = |text| Side { text, hidden: &[] };
    unified(name, side(before), side(after)).unwrap_or_default()
}

/// The same of texts that hold secrets: no line with one is in it. `None` where there is no such patch: such a line would change, or
/// stand where git needs one.
pub fn unified(name: &[u8], before: Side<'_>, after: Side<'_>) -> Option<String> {
    if before.text == after.text {
        return Some(String::new());
    }
    // What git takes for a line: a lone carriage return ends none.
    let lines = |text| str::split_inclusive(text, '\n').collect::<Vec<_>>();
    let (old_lines, new_lines) = (lines(before.text), lines(after.text));
    let diff = TextDiff::configure().newline_terminated(true).diff_slices(&old_lines, &new_lines);
    let mut out = format!("--- {}\n+++ {}\n", header("a/", name), header("b/", name));
    let (old, new) = (hidden_lines(&old_lines, before.hidden), hidden_lines(&new_lines, after.hidden));
    for hunk in hunks(diff.ops(), &old, &new)? {
        let _ = write!(out, "{}", UnifiedDiffHunk::new(hunk, &diff, true));
    }
    Some(out)
}

/// Whether a secret stands on each line.
fn hidden_lines(lines: &[&str], hidden: &[Range<usize>]) -> Vec<bool> {
    let (mut at, mut next) = (0, 0);
    let mut one = |line: &&str| {
        let (start, end) = (at, at + line.len());
        at = end;
        while hidden.get(next).is_some_and(|h| h.end <= start) {
            next += 1;
        }
        hidden.get(next).is_some_and(|h| h.start < end)
    };
    lines.iter().map(&mut one).collect()
}

/// The changes in groups, each with the lines around it, as far as these may be shown.
fn hunks(ops: &[DiffOp], old: &[bool], new: &[bool]) -> Option<Vec<Vec<DiffOp>>> {
    let is_hidden = |lines: &[bool], range: Range<usize>| lines.get(range).is_some_and(|l| l.contains(&true));
    let mut out: Vec<Vec<DiffOp>> = Vec::new();
    let mut hunk: Vec<DiffOp> = Vec::new();
    for (i, op) in ops.iter().enumerate() {
        let DiffOp::Equal { old_index, new_index, len } = *op else {
            if is_hidden(old, op.old_range()) || is_hidden(new, op.new_range()) {
                return None;
            }
            hunk.push(*op);
            continue;
        };
        let same =
            |skip: usize, len: usize| DiffOp::Equal { old_index: old_index + skip, new_index: new_index + skip, len };
        let (is_first, is_last) = (hunk.is_empty(), i + 1 == ops.len());
        if !is_first && !is_last && len <= 2 * CONTEXT && !is_hidden(old, old_index..old_index + len) {
            hunk.push(*op);
            continue;
        }
        let shown = |n: &usize| !old.get(old_index + n).is_some_and(|hidden| *hidden);
        if !is_first {
            let below = (0..len.min(CONTEXT)).take_while(shown).count();
            // Git takes a hunk that ends with a change for one at the end of the file.
            if below == 0 {
                return None;
            }
            hunk.push(same(0, below));
            // As many above: other tools look for fewer below at the end of the file.
            if let (Some(DiffOp::Equal { old_index, new_index, len }), true) =
                (hunk.first_mut(), below < len.min(CONTEXT))
            {
                let less = len.saturating_sub(below);
                (*old_index, *new_index, *len) = (*old_index + less, *new_index + less, *len - less);
            }
            out.push(std::mem::take(&mut hunk));
        }
        if !is_last {
            let above = (0..len.min(CONTEXT)).take_while(|n| shown(&(len - 1 - n))).count();
            if above > 0 {
                hunk.push(same(len - above, above));
            }
        }
    }
    if hunk.iter().any(|op| op.tag() != DiffTag::Equal) {
        out.push(hunk);
    }
    Some(out)
}

/// A name as it stands in a patch: as it is, or in quotes as in C, where it could not be told otherwise what belongs to it.
fn header(side: &str, name: &[u8]) -> String {
    let plain = std::str::from_utf8(name).ok().filter(|name| !name.contains(|c| is_unsafe(c) || c == '"' || c == '\\'));
    if let Some(name) = plain {
        // What follows a blank may be a date, unless a tab ends the name.
        return if name.contains(' ') { format!("{side}{name}\t") } else { format!("{side}{name}") };
    }
    let mut out = format!("\"{side}");
    for chunk in name.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                '\t' => out.push_str("\\t"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                c if is_unsafe(c) => octal(c.encode_utf8(&mut [0; 4]).as_bytes(), &mut out),
                c => out.push(c),
            }
        }
        octal(chunk.invalid(), &mut out);
    }
    out.push('"');
    out
}

fn octal(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        let _ = write!(out, "\\{byte:03o}");
    }
}

/// What has to be replaced in a text to get another: bytes of the first, and what takes their place. Whole lines that are the same
/// stay, and so does the same beginning and end of those that differ.
pub fn replacements(before: &str, after: &str) -> Vec<(Range<usize>, String)> {
    let diff = TextDiff::from_lines(before, after);
    let starts = |lines: &[&str]| {
        let ends = lines.iter().scan(0, |at, line| {
            *at += line.len();
            Some(*at)
        });
        std::iter::once(0).chain(ends).collect::<Vec<usize>>()
    };
    let (old, new) = (starts(diff.old_slices()), starts(diff.new_slices()));
    let bytes = |starts: &[usize], lines: Range<usize>| {
        let at = |line: usize| starts.get(line).or(starts.last()).copied().unwrap_or(0);
        at(lines.start)..at(lines.end)
    };
    let changed = diff.ops().iter().filter(|op| op.tag() != DiffTag::Equal);
    let one = |op: &similar::DiffOp| {
        let (from, to) = (bytes(&old, op.old_range()), bytes(&new, op.new_range()));
        let (gone, come) = (before.get(from.clone()).unwrap_or_default(), after.get(to).unwrap_or_default());
        let same = |(a, b): &(char, char)| a == b;
        let head: usize = gone.chars().zip(come.chars()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
        let (gone, come) = (gone.get(head..).unwrap_or_default(), come.get(head..).unwrap_or_default());
        let tail: usize = gone.chars().rev().zip(come.chars().rev()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
        let text = come.get(..come.len() - tail).unwrap_or_default().to_owned();
        (from.start + head..from.end - tail, text)
    };
    changed.map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_has_the_form_of_git() {
        insta::assert_snapshot!(plain(
            b"infra/a.bicep",
            "one\ntwo\nthree\nfour\nfive\nsix",
            "one\ntwo\n3\nfour\nfive\nsix"
        ));
        assert_eq!(plain(b"a", "same", "same"), "");
        // Git takes no lone carriage return for the end of a line.
        let changed = plain(b"a", "one\ntwo\rthree\nfour\n", "one\n2\rthree\nfour\n");
        assert!(changed.contains("-two\rthree\n+2\rthree\n"), "{changed:?}");
    }

    #[test]
    fn no_line_with_a_secret_is_in_a_patch() {
        let text = |changed: &str| format!("one\ntwo\n{changed}\nfour\nHUSH\nsix\nHUSH\n");
        let (before, after) = (text("three"), text("3"));
        let hidden = |text: &str| text.match_indices("HUSH").map(|(at, m)| at..at + m.len()).collect::<Vec<_>>();
        let patch = |before: &str, after: &str| {
            let (old, new) = (hidden(before), hidden(after));
            unified(b"a", Side { text: before, hidden: &old }, Side { text: after, hidden: &new })
        };
        let wanted = "--- a/a\n+++ b/a\n@@ -2,3 +2,3 @@\n two\n-three\n+3\n four\n";
        assert_eq!(patch(&before, &after).as_deref(), Some(wanted));
        // A line changes that holds one; and git would look for the change at the end.
        assert_eq!(patch("HUSH a\n", "HUSH b\n"), None);
        assert_eq!(patch("a\nHUSH\nb\n", "A\nHUSH\nb\n"), None);
        assert_eq!(
            patch("HUSH\na", "HUSH\nb").as_deref(),
            Some("--- a/a\n+++ b/a\n@@ -2 +2 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n")
        );
    }

    #[test]
    fn names_are_quoted_as_git_does() {
        for (name, written) in [
            (&b"a/b.json"[..], "a/a/b.json"),
            ("\u{fc}'$.json".as_bytes(), "a/\u{fc}'$.json"),
            (b"a b.json", "a/a b.json\t"),
            (b"a\tb\nc\rd.json", r#""a/a\tb\nc\rd.json""#),
            (br#"a"b\c.json"#, r#""a/a\"b\\c.json""#),
            (b"\xff\x1b\xc3\xbc.json", "\"a/\\377\\033\u{fc}.json\""),
            ("\u{202e}.json".as_bytes(), r#""a/\342\200\256.json""#),
        ] {
            assert_eq!(header("a/", name), written);
        }
    }

    #[test]
    fn no_more_is_replaced_than_has_to_be() {
        let before = "one\r\ntls: 'é1'\r\nthree\r\nfour";
        let after = "one\r\ntls: 'é2'\r\n// new\r\nthree\r\n4";
        let replacements = replacements(before, after);
        assert_eq!(replacements.len(), 2, "{replacements:?}");
        assert!(replacements.iter().all(|(bytes, text)| bytes.len() < 5 && text.len() < 15), "{replacements:?}");
        let mut text = before.to_owned();
        replacements.into_iter().rev().for_each(|(bytes, new)| text.replace_range(bytes, &new));
        assert_eq!(text, after);
    }
}
