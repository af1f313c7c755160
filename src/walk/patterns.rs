//! Which files are looked at: built-in patterns, the user's globs, and gitignore-style lists.

use std::ffi::OsStr;
use std::path::Path;

use globset::GlobMatcher;

pub use crate::glob::BadGlob;
use crate::glob::{self, Against};

use crate::read::reach::is_git;

/// File names that are looked at without being asked for.
const BUILT_IN: [&str; 4] = ["json", "jsonc", "bicep", "bicepparam"];

/// Folders that are not descended into, besides `.git`: the insides of version control, and packages of others that a package manager put
/// there. Build output (`bin`, `obj`, `out`, …) is not among them, because people do keep templates in such folders.
const EXCLUDED_FOLDERS: [&str; 4] = [".hg", ".svn", "node_modules", ".terraform"];

/// One glob with the text it was made from.
#[derive(Debug, Clone)]
struct Pattern {
    text: String,
    matcher: GlobMatcher,
    /// It has no slash, so it is held against names, not paths.
    by_name: bool,
}

impl Pattern {
    fn new(text: &str) -> Result<Self, BadGlob> {
        let trimmed = text.strip_prefix("./").unwrap_or(text);
        let by_name = !trimmed.contains('/');
        Ok(Pattern { text: text.to_owned(), matcher: compile(trimmed)?, by_name })
    }

    fn matches(&self, relative: &Path) -> bool {
        if self.by_name {
            return relative.file_name().is_some_and(|n| self.matcher.is_match(n));
        }
        self.matcher.is_match(relative)
    }
}

fn compile(glob: &str) -> Result<GlobMatcher, BadGlob> {
    glob::compile(glob, Against::Path)
}

fn compiled(globs: &[String]) -> Result<Vec<Pattern>, BadGlob> {
    globs.iter().map(|g| Pattern::new(g)).collect()
}

/// Which files of a folder are looked at.
#[derive(Debug, Clone, Default)]
pub struct Patterns {
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
    /// `files.exclude` of an options file.
    exclude_by_options: Vec<Pattern>,
    ignore: Ignore,
}

/// What the patterns say about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// It is looked at.
    Take,
    /// It is none of the files that are looked at.
    NotOurs,
    /// It would be looked at, but somebody said no; the text says who.
    Excluded(Excluder, String),
}

/// Who leaves a file out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excluder {
    /// `--exclude`
    CommandLine,
    /// The options file, which a pull request may change.
    Options,
}

impl Patterns {
    /// Patterns from `--include` (and its like in a configuration), `--exclude`, and a list in the style of gitignore.
    ///
    /// # Errors
    /// [`BadGlob`] names the first glob that cannot be read.
    pub fn new(include: &[String], exclude: &[String], ignore: &[String]) -> Result<Self, BadGlob> {
        let (include, exclude) = (compiled(include)?, compiled(exclude)?);
        Ok(Patterns { include, exclude, exclude_by_options: Vec::new(), ignore: Ignore::new(ignore)? })
    }

    /// The same with `files.exclude` of an options file.
    ///
    /// # Errors
    /// [`BadGlob`] names the first glob that cannot be read.
    pub fn with_options(self, exclude: &[String]) -> Result<Self, BadGlob> {
        Ok(Patterns { exclude_by_options: compiled(exclude)?, ..self })
    }

    /// What to do with a file found in a folder, named relative to the working directory.
    pub fn choose(&self, relative: &Path) -> Choice {
        let included = self.include.iter().any(|p| p.matches(relative));
        if !included && !built_in(relative) {
            return Choice::NotOurs;
        }
        if let Some((by, reason)) = self.excluded(relative) {
            return Choice::Excluded(by, reason);
        }
        match self.ignore.decides(relative) {
            Some(by) if !included => {
                Choice::Excluded(Excluder::Options, format!("excluded by input.pathIgnore `{by}`"))
            }
            _ => Choice::Take,
        }
    }

    /// Who excludes a file that was named on the command line: only `--exclude` and `files.exclude` do.
    pub fn excluded(&self, relative: &Path) -> Option<(Excluder, String)> {
        let by = |patterns: &[Pattern]| patterns.iter().find(|p| p.matches(relative)).map(|p| p.text.clone());
        if let Some(glob) = by(&self.exclude) {
            return Some((Excluder::CommandLine, format!("excluded by --exclude `{glob}`")));
        }
        let glob = by(&self.exclude_by_options)?;
        Some((Excluder::Options, format!("excluded by files.exclude `{glob}`")))
    }

    /// Why a folder is not descended into, if it is not. One that an `--include` names is, except for `.git`: an options file
    /// may include files, and what lies there is not for a pull request to look at.
    pub fn prunes(&self, name: &OsStr) -> Option<String> {
        if is_git(name) {
            return Some("the inside of version control, which is never looked into".to_owned());
        }
        let name = name.to_str()?;
        let included = || self.include.iter().any(|p| p.text.split('/').any(|part| part == name));
        (EXCLUDED_FOLDERS.contains(&name) && !included())
            .then(|| "a folder that is not looked into unless --include names it".to_owned())
    }
}

/// Whether the name is one of the built-in patterns.
fn built_in(path: &Path) -> bool {
    let ext = path.extension().and_then(|e| e.to_str()).unwrap_or("");
    BUILT_IN.iter().any(|b| b.eq_ignore_ascii_case(ext))
}

/// A list of patterns in the style of gitignore: the last that matches decides, `!` takes back in.
#[derive(Debug, Clone, Default)]
pub struct Ignore {
    lines: Vec<IgnoreLine>,
}

#[derive(Debug, Clone)]
struct IgnoreLine {
    text: String,
    back_in: bool,
    matchers: Vec<GlobMatcher>,
}

impl Ignore {
    /// Reads the lines; empty ones and comments say nothing.
    ///
    /// # Errors
    /// [`BadGlob`] names the first line that cannot be read.
    pub fn new(lines: &[String]) -> Result<Self, BadGlob> {
        let mut out = Vec::new();
        for text in lines {
            let line = text.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (back_in, pattern) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
            let folder_only = pattern.ends_with('/');
            let pattern = pattern.trim_end_matches('/');
            let anchored = pattern.contains('/');
            let pattern = pattern.trim_start_matches('/');
            let full = if anchored { pattern.to_owned() } else { format!("**/{pattern}") };
            let mut matchers = vec![compile(&format!("{full}/**"))?];
            if !folder_only {
                matchers.push(compile(&full)?);
            }
            out.push(IgnoreLine { text: line.to_owned(), back_in, matchers });
        }
        Ok(Ignore { lines: out })
    }

    /// The line that ignores this path, if the last that matches does not take it back in.
    fn decides(&self, relative: &Path) -> Option<&str> {
        let line = self.lines.iter().rev().find(|l| l.matchers.iter().any(|m| m.is_match(relative)))?;
        (!line.back_in).then_some(line.text.as_str())
    }
}

/// Splits a glob into the folder before its first special character and a matcher for whole paths below that folder.
///
/// # Errors
/// [`BadGlob`] if it cannot be read.
pub fn split_glob(glob: &str) -> Result<(String, GlobMatcher), BadGlob> {
    let glob = glob.strip_prefix("./").unwrap_or(glob);
    let special = glob.find(['*', '?', '[', '{']).unwrap_or(glob.len());
    let cut = glob[..special].rfind('/').map_or(0, |i| i + 1);
    let folder = if cut == 0 { "." } else { &glob[..cut] };
    Ok((folder.to_owned(), compile(&glob[cut..])?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn globs(g: &[&str]) -> Vec<String> {
        g.iter().map(|s| (*s).to_owned()).collect()
    }

    #[test]
    fn built_in_names_regard_no_case() {
        let p = Patterns::default();
        assert_eq!(p.choose(Path::new("a/B.JSON")), Choice::Take);
        assert_eq!(p.choose(Path::new("a/b.jsonc")), Choice::Take);
        assert_eq!(p.choose(Path::new("a/b.yaml")), Choice::NotOurs);
    }

    #[test]
    fn globs_with_and_without_slash() {
        let p = Patterns::new(&globs(&["*.tpl"]), &globs(&["test/**", "*.skip.json"]), &[]).unwrap();
        assert_eq!(p.choose(Path::new("x/y.tpl")), Choice::Take);
        assert!(matches!(p.choose(Path::new("test/a/b.json")), Choice::Excluded(..)));
        assert_eq!(p.choose(Path::new("a/test/b.json")), Choice::Take);
        assert!(matches!(p.choose(Path::new("a/b.skip.json")), Choice::Excluded(..)));
    }

    #[test]
    fn an_ignore_list_is_read_like_gitignore() {
        let p = Patterns::new(&[], &[], &globs(&["*", "!infra/**/*.json", "/infra/old/", "bicepconfig.json"])).unwrap();
        assert!(matches!(p.choose(Path::new("a.json")), Choice::Excluded(..)));
        assert_eq!(p.choose(Path::new("infra/x/a.json")), Choice::Take);
        assert!(matches!(p.choose(Path::new("infra/old/a.json")), Choice::Excluded(..)));
        assert!(matches!(p.choose(Path::new("infra/x/bicepconfig.json")), Choice::Excluded(..)));
    }

    #[test]
    fn an_include_opens_an_excluded_folder() {
        let prunes = |p: &Patterns, name: &str| p.prunes(OsStr::new(name)).is_some();
        assert!(prunes(&Patterns::default(), "node_modules"));
        assert!(!prunes(&Patterns::default(), "bin"));
        let including = Patterns::new(&globs(&["node_modules/@me/**/*.json", ".git/**"]), &[], &[]).unwrap();
        assert!(!prunes(&including, "node_modules"));
        assert!(prunes(&including, ".git") && prunes(&including, ".GIT"));
    }

    #[test]
    fn a_glob_is_split_at_its_first_special_character() {
        let (folder, m) = split_glob("infra/*/main.json").unwrap();
        assert_eq!(folder, "infra/");
        assert!(m.is_match("a/main.json") && !m.is_match("a/b/main.json"));
        assert_eq!(split_glob("**/x.json").unwrap().0, ".");
        assert!(split_glob("a[").is_err());
    }
}
