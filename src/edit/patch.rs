//! What was changed, as people and `git apply` read it.

use std::fmt::Write as _;
use std::ops::Range;

use similar::{DiffTag, TextDiff};

use crate::report::escape::is_unsafe;

/// Lines around a change.
const CONTEXT: usize = 3;

/// A unified diff of a file, whose name is relative to the folder where it will be applied, in the bytes that the system has for it;
/// empty if nothing is different.
pub fn unified(name: &[u8], before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    // What git takes for a line: a lone carriage return ends none.
    let lines = |text| str::split_inclusive(text, '\n').collect::<Vec<_>>();
    let (old_lines, new_lines) = (lines(before), lines(after));
    let diff = TextDiff::configure().newline_terminated(true).diff_slices(&old_lines, &new_lines);
    let (old, new) = (header("a/", name), header("b/", name));
    diff.unified_diff().context_radius(CONTEXT).header(&old, &new).to_string()
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
        insta::assert_snapshot!(unified(
            b"infra/a.bicep",
            "one\ntwo\nthree\nfour\nfive\nsix",
            "one\ntwo\n3\nfour\nfive\nsix"
        ));
        assert_eq!(unified(b"a", "same", "same"), "");
        // Git takes no lone carriage return for the end of a line.
        let changed = unified(b"a", "one\ntwo\rthree\nfour\n", "one\n2\rthree\nfour\n");
        assert!(changed.contains("-two\rthree\n+2\rthree\n"), "{changed:?}");
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
