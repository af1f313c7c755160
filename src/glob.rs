//! Globs that strangers write: the one place where they are compiled.
//!
//! A glob becomes a regular expression. The library that makes it bounds neither its nesting nor its size, and panics where
//! the expression is too large for its engine; so both are bounded here, before it is asked.

use globset::{GlobBuilder, GlobMatcher};

/// The bytes a glob may have: as long as a path may be on Linux.
const MAX_LENGTH: usize = 4_096;

/// Braces within braces; the engine of regular expressions refuses 250 groups in one another. Nobody writes more than two.
const MAX_BRACES: usize = 16;

/// Alternatives in all, and wildcards: each costs the engine room, and it has 10 MB of it. A range of letters (`[a-z]`)
/// is counted too.
const MAX_SPECIAL: usize = 512;

/// A glob that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a glob: {reason}", shown(glob))]
pub struct BadGlob {
    /// What was given.
    pub glob: String,
    /// What is wrong with it.
    pub reason: String,
}

/// As much of a glob as a message needs.
fn shown(glob: &str) -> String {
    const LONGEST: usize = 60;
    match glob.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &glob[..end]),
        None => glob.to_owned(),
    }
}

/// How a glob is held against a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Against {
    /// A path with `/` between its parts: `*` and `?` stay within one part.
    Path,
    /// A file name as it is.
    FileName,
    /// A name in which letters have no case: of a rule, of a resource.
    Name,
}

/// Compiles a glob.
///
/// # Errors
/// [`BadGlob`] if it cannot be read, or is larger than any that a person writes.
pub fn compile(glob: &str, against: Against) -> Result<GlobMatcher, BadGlob> {
    let bad = |reason: String| BadGlob { glob: glob.to_owned(), reason };
    bounded(glob).map_err(bad)?;
    GlobBuilder::new(glob)
        .literal_separator(against == Against::Path)
        .case_insensitive(against == Against::Name)
        .build()
        .map(|g| g.compile_matcher())
        .map_err(|e| bad(e.kind().to_string()))
}

/// Whether a text is a glob rather than a name.
pub fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

/// Compiles a name that may be a glob: what cannot be read as one is itself.
pub fn name(text: &str) -> Option<GlobMatcher> {
    compile(text, Against::Name).ok().or_else(|| literal(text))
}

/// Compiles a name in which nothing is a glob.
pub fn literal(text: &str) -> Option<GlobMatcher> {
    compile(&globset::escape(text), Against::Name).ok()
}

/// Refuses what is longer than a path may be.
pub fn short(glob: &str) -> Result<(), String> {
    match glob.len() > MAX_LENGTH {
        true => Err(format!("it has {} bytes; at most {MAX_LENGTH} are read", glob.len())),
        false => Ok(()),
    }
}

fn bounded(glob: &str) -> Result<(), String> {
    short(glob)?;
    let (mut open, mut special) = (0usize, 0usize);
    for c in glob.chars() {
        match c {
            '{' => open += 1,
            '}' => open = open.saturating_sub(1),
            _ => {}
        }
        special += usize::from(matches!(c, '{' | ',' | '*' | '?' | '['));
        if open > MAX_BRACES {
            return Err(format!("its braces are nested more than {MAX_BRACES} levels deep"));
        }
    }
    if special > MAX_SPECIAL {
        return Err(format!("it has more than {MAX_SPECIAL} wildcards and alternatives"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_braces_are_refused_not_met_with_a_panic() {
        for deep in [17, 100, 300, 2_000, 100_000] {
            let glob = format!("{}a{}", "{".repeat(deep), "}".repeat(deep));
            let error = compile(&glob, Against::Path).unwrap_err();
            assert!(error.to_string().len() < 200, "{error}");
            assert!(name(&glob).is_none_or(|m| m.is_match(&glob)));
        }
        let glob = format!("{}a{}", "{".repeat(16), "}".repeat(16));
        assert!(compile(&glob, Against::Path).unwrap().is_match("a"));
    }

    #[test]
    fn the_largest_globs_that_are_taken_compile() {
        let largest = ["*/", "{a,b}", "[a-z]", "?", "**/", "[!a-\u{10ffff}]", "{**/,[!a]*}"];
        for part in largest {
            for against in [Against::Path, Against::FileName, Against::Name] {
                for n in [10, 100, 170, 250, 500, 1_000, 4_000] {
                    // Refused or taken, but no panic.
                    let _ = compile(&part.repeat(n), against);
                }
            }
        }
    }

    #[test]
    fn letters_of_names_have_no_case() {
        assert!(name("azure.*").unwrap().is_match("Azure.Storage"));
        assert!(name("a[b").unwrap().is_match("A[B"));
        assert!(!compile("*.json", Against::Path).unwrap().is_match("a/b.json"));
        assert!(!compile("*.json", Against::FileName).unwrap().is_match("B.JSON"));
    }
}
