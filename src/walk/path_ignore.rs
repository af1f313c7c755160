//! Lines of PSRule's `input.pathIgnore`, which look like those of `.gitignore` and mean something else.
//!
//! A line starts where the run does, never at any depth: `out/` leaves `reports/out/` alone. Without a wildcard it is how paths
//! begin, so `mod` is about `modules/` too. `*` and `**` stand for any text, slashes included (`infra/*.bicep` goes into folders),
//! and `**/` may begin within a name. Behind them the rest is how paths end, or, behind `**`, a folder (`**/bin/`). `?` is one
//! letter or none. There are no brackets and no braces. `*` at the end is everything that follows, as PSRule's documentation has it.

use std::path::Path;

use regex::{Regex, RegexBuilder};

use crate::glob::{self, BadGlob};

/// As many letters that may be missing (`?`) are written down in both ways.
const MOST_ALTERNATIVES: usize = 3;

/// A line, compiled; without its `!`.
#[derive(Debug, Clone)]
pub struct PathSpec {
    expression: Regex,
}

/// A line has at most so many wildcards: no path has as many parts.
const MOST_WILDCARDS: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Letter(char),
    /// `?`
    Maybe,
    /// `*`, or `**` with the slash behind it.
    Any {
        deep: bool,
    },
}

/// The parts of a line, and whether anything may follow them.
fn parts(text: &str) -> (Vec<Part>, bool) {
    let mut out: Vec<Part> = Vec::new();
    let mut letters = text.chars().map(|c| if c == '\\' { '/' } else { c }).peekable();
    while let Some(c) = letters.next() {
        out.push(match c {
            '*' if letters.next_if_eq(&'*').is_some() => {
                letters.next_if_eq(&'/');
                Part::Any { deep: true }
            }
            '*' => Part::Any { deep: false },
            '?' => Part::Maybe,
            c => Part::Letter(c),
        });
    }
    let last_any = out.iter().rev().find_map(|p| if let Part::Any { deep } = p { Some(*deep) } else { None });
    let open = match (out.last(), last_any) {
        (_, None) | (Some(Part::Any { .. }), _) => true,
        (Some(Part::Letter('/')), Some(deep)) => deep,
        _ => false,
    };
    (out, open)
}

impl PathSpec {
    /// Reads a line.
    ///
    /// # Errors
    /// [`BadGlob`] if it is longer than any that a person writes.
    pub fn new(text: &str) -> Result<Self, BadGlob> {
        let bad = |reason: String| BadGlob { glob: text.to_owned(), reason };
        glob::short(text).map_err(bad)?;
        let (parts, open) = parts(text);
        if parts.iter().filter(|p| !matches!(p, Part::Letter(_))).count() > MOST_WILDCARDS {
            return Err(bad(format!("it has more than {MOST_WILDCARDS} wildcards")));
        }
        let mut expression = String::from(r"\A");
        for part in &parts {
            match part {
                Part::Letter(c) => expression.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
                Part::Maybe => expression.push_str("[^/]?"),
                Part::Any { .. } => expression.push_str(".*"),
            }
        }
        if !open {
            expression.push_str(r"\z");
        }
        let expression = RegexBuilder::new(&expression).dot_matches_new_line(true).build();
        Ok(PathSpec { expression: expression.map_err(|_| bad("it has too many wildcards".to_owned()))? })
    }

    /// Whether it is about a file, by its path from where the run starts.
    pub fn matches(&self, relative: &Path) -> bool {
        let path = relative.to_string_lossy();
        match path.contains('\\') {
            true => self.expression.is_match(&path.replace('\\', "/")),
            false => self.expression.is_match(&path),
        }
    }
}

/// What says the same in `files.ignore` as a line of `input.pathIgnore` does; none for one that says nothing.
pub fn as_ignored(line: &str) -> Vec<String> {
    let line = line.trim();
    let (back_in, text) = line.strip_prefix('!').map_or(("", line), |rest| ("!", rest));
    let (parts, open) = parts(text);
    let never = !open && parts.last() == Some(&Part::Letter('/')) || parts.first() == Some(&Part::Letter('/'));
    if parts.is_empty() || line.starts_with('#') || never {
        return Vec::new();
    }
    let maybe = parts.iter().filter(|p| **p == Part::Maybe).count().min(MOST_ALTERNATIVES);
    (0..1usize << maybe).map(|without| format!("{back_in}{}", glob_of(&parts, open, without))).collect()
}

/// A glob for a path. The bits of `without` say which of the first letters that may be missing are.
fn glob_of(parts: &[Part], open: bool, without: usize) -> String {
    let mut out = String::new();
    let mut maybe = 0;
    let mut left = parts.iter().peekable();
    while let Some(part) = left.next() {
        match part {
            Part::Letter(c) => out.push_str(&globset::escape(c.encode_utf8(&mut [0; 4]))),
            Part::Maybe => {
                let is_there = maybe >= MOST_ALTERNATIVES || without & 1 << maybe == 0;
                maybe += 1;
                if is_there {
                    out.push('?');
                }
            }
            Part::Any { .. } => {
                while left.next_if(|p| matches!(p, Part::Any { .. })).is_some() {}
                let at_start = out.is_empty() || out.ends_with('/');
                out.push_str(match (at_start, left.peek()) {
                    (true, None) => "**",
                    (true, Some(_)) => "**/*",
                    (false, None) => "*",
                    (false, Some(_)) => "{*,*/**/*}",
                });
            }
        }
    }
    if open && !out.ends_with(['/', '*']) {
        out.push('*');
    }
    if out.starts_with("**") { out } else { format!("/{out}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::walk::patterns::Ignore;

    /// Lines, and which of some paths they ignore.
    const LINES: [(&[&str], &[&str]); 20] = [
        (&["out/"], &["out/a.bicep"]),
        (&["main.bicep"], &["main.bicep", "main.bicepparam"]),
        (&["mod"], &["modules/x/.tests/main.bicep", "modules/x/main.bicep"]),
        (&["infra/*.bicep"], &["infra/main.bicep", "infra/mod/deep.bicep"]),
        (&["*.bicepparam"], &["main.bicepparam"]),
        (&["**/tests/"], &["modules/x/.tests/main.bicep", "my-tests/b.bicep"]),
        (&["**/.tests/**"], &["modules/x/.tests/main.bicep"]),
        (&["**/deep.bicep"], &["infra/mod/deep.bicep"]),
        (&["**/deep"], &[]),
        (&["infra/**"], &["infra/main.bicep", "infra/mod/deep.bicep"]),
        (&["infra/*"], &["infra/main.bicep", "infra/mod/deep.bicep"]),
        (&["modules/**/m*.bicep"], &["modules/x/.tests/main.bicep", "modules/x/main.bicep"]),
        (&["mo*main.bicep"], &["modules/x/.tests/main.bicep", "modules/x/main.bicep"]),
        (&["*/mod/"], &[]),
        (&["/out/", "./infra/", "", "# infra/"], &[]),
        (&["infra?/mod?/"], &["infra/mod/deep.bicep"]),
        (&["infra\\mod\\"], &["infra/mod/deep.bicep"]),
        (&["[im]*/", "{infra}/", "INFRA/"], &[]),
        (
            &["*", "!**/main.bicep"],
            &["infra/mod/deep.bicep", "main.bicepparam", "my-tests/b.bicep", "out/a.bicep", "reports/out/a.bicep"],
        ),
        (&["infra/", "!infra/main.bicep"], &["infra/mod/deep.bicep"]),
    ];

    const PATHS: [&str; 9] = [
        "infra/main.bicep",
        "infra/mod/deep.bicep",
        "main.bicep",
        "main.bicepparam",
        "modules/x/.tests/main.bicep",
        "modules/x/main.bicep",
        "my-tests/b.bicep",
        "out/a.bicep",
        "reports/out/a.bicep",
    ];

    fn ignored(by: &Ignore) -> Vec<&'static str> {
        PATHS.into_iter().filter(|p| by.decides(Path::new(p), Path::new("/r")).is_some()).collect()
    }

    #[test]
    fn lines_are_read_as_psrule_reads_them_and_written_as_ours() {
        for (lines, wanted) in LINES {
            let lines: Vec<String> = lines.iter().map(|l| (*l).to_owned()).collect();
            assert_eq!(ignored(&Ignore::of_psrule(&lines).unwrap()), wanted, "{lines:?}");
            let ours: Vec<String> = lines.iter().flat_map(|l| as_ignored(l)).collect();
            assert_eq!(ignored(&Ignore::new(&ours).unwrap()), wanted, "{lines:?} {ours:?}");
        }
    }

    #[test]
    fn a_line_is_no_longer_than_anybody_writes() {
        assert!(PathSpec::new(&"a?*".repeat(2_000)).is_err());
        let spec = PathSpec::new(&"?*a".repeat(1_300));
        assert!(spec.is_err() || spec.is_ok_and(|s| !s.matches(Path::new(&"ab".repeat(1_200)))));
        assert_eq!(as_ignored("a????").len(), 8);
    }
}
