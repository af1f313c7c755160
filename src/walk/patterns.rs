//! Which files are looked at: built-in patterns, the user's globs, and gitignore-style lists.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use globset::GlobMatcher;

use super::path_ignore::PathSpec;
pub use crate::glob::BadGlob;
use crate::glob::{self, Against};
use crate::read::Span;
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
    /// Where it stands in an options file.
    span: Option<Span>,
    /// Whether a file was found that it is about.
    used: Arc<AtomicBool>,
}

impl Pattern {
    fn new(text: &str) -> Result<Self, BadGlob> {
        let trimmed = text.strip_prefix("./").unwrap_or(text);
        let by_name = !trimmed.contains('/');
        Ok(Pattern { text: text.to_owned(), matcher: compile(trimmed)?, by_name, span: None, used: Arc::default() })
    }

    /// Whether it matches a path, relative to where it starts; `None` is a path that lies elsewhere.
    fn holds(&self, relative: Option<&Path>, name: Option<&OsStr>) -> bool {
        let matches = match self.by_name {
            true => name.is_some_and(|n| self.matcher.is_match(n)),
            false => relative.is_some_and(|r| self.matcher.is_match(r)),
        };
        if matches {
            self.used.store(true, Ordering::Relaxed);
        }
        matches
    }

    fn matches(&self, relative: &Path) -> bool {
        self.holds(Some(relative), relative.file_name())
    }
}

/// Globs of an options file: they start at the folder of that file, and those without a slash are held against the names of files
/// in it, at any depth.
#[derive(Debug, Clone, Default)]
pub struct PathGlobs {
    folder: PathBuf,
    globs: Vec<Pattern>,
    /// Names are held against all files.
    anywhere: bool,
}

impl PathGlobs {
    /// No globs of a file in this folder, an absolute path.
    pub fn new(folder: &Path) -> Self {
        PathGlobs { folder: folder.to_path_buf(), ..PathGlobs::default() }
    }

    /// The same of an options file that lies elsewhere than all files that it can be about: names are held against all of them.
    #[must_use]
    pub fn anywhere(self, is_elsewhere: bool) -> Self {
        PathGlobs { anywhere: is_elsewhere, ..self }
    }

    /// Adds a glob, and where it stands.
    ///
    /// # Errors
    /// [`BadGlob`] if it cannot be read.
    pub fn add(&mut self, glob: &str, span: Option<Span>) -> Result<(), BadGlob> {
        self.globs.push(Pattern { span, ..Pattern::new(glob)? });
        Ok(())
    }

    /// Whether one of them matches an absolute path.
    pub fn holds(&self, path: &Path) -> bool {
        self.first(path).is_some()
    }

    /// Notes that there is a file at an absolute path: globs that match it are of use.
    pub fn see(&self, path: &Path) {
        let _ = self.first(path);
    }

    /// The first that matches an absolute path. All that do count as used.
    fn first(&self, path: &Path) -> Option<&Pattern> {
        let relative = path.strip_prefix(&self.folder).ok();
        let name = path.file_name().filter(|_| relative.is_some() || self.anywhere);
        let mut matching = self.globs.iter().filter(|g| g.holds(relative, name));
        let first = matching.next();
        matching.for_each(drop);
        first
    }

    /// The globs that no file matched so far, with their places. Nothing is known of them unless everything below the folder
    /// was looked at.
    pub fn unused(&self) -> impl Iterator<Item = (&str, Span)> {
        let unused = self.globs.iter().filter(|g| !g.used.load(Ordering::Relaxed));
        unused.filter_map(|g| Some((g.text.as_str(), g.span?)))
    }

    /// The folder that they start at.
    pub fn folder(&self) -> &Path {
        &self.folder
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
    /// The working directory, that paths are relative to where an options file has globs.
    base: PathBuf,
    /// `files.include` of options files.
    include_by_options: Vec<PathGlobs>,
    /// `files.exclude` of options files.
    exclude_by_options: Vec<PathGlobs>,
    ignore: Vec<Ignore>,
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
    /// Patterns from `--include` and `--exclude`.
    ///
    /// # Errors
    /// [`BadGlob`] names the first glob that cannot be read.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self, BadGlob> {
        Ok(Patterns { include: compiled(include)?, exclude: compiled(exclude)?, ..Patterns::default() })
    }

    /// The same with what options files say: globs of files to look at, of files to leave out, and lists in the style of
    /// gitignore. `base` is the working directory.
    #[must_use]
    pub fn with_options(self, base: &Path, include: &[PathGlobs], exclude: &[PathGlobs], ignore: &[Ignore]) -> Self {
        Patterns {
            base: base.to_path_buf(),
            include_by_options: include.to_vec(),
            exclude_by_options: exclude.to_vec(),
            ignore: ignore.to_vec(),
            ..self
        }
    }

    /// The globs of the command line that no file matched.
    pub fn unused(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let include = self.include.iter().map(|p| ("--include", p));
        let all = include.chain(self.exclude.iter().map(|p| ("--exclude", p)));
        all.filter(|(_, p)| !p.used.load(Ordering::Relaxed)).map(|(option, p)| (option, p.text.as_str()))
    }

    /// What to do with a file found in a folder, named relative to the working directory.
    pub fn choose(&self, relative: &Path) -> Choice {
        let included = self.includes(relative);
        if !included && !built_in(relative) {
            return Choice::NotOurs;
        }
        match self.excluded(relative).or_else(|| self.ignored(relative).filter(|_| !included)) {
            Some((by, reason)) => Choice::Excluded(by, reason),
            None => Choice::Take,
        }
    }

    /// What to do with a file that a glob on the command line found, whatever it is called: who writes a glob has not seen each
    /// file, so what options files ignore is left out.
    pub fn choose_by_glob(&self, relative: &Path) -> Choice {
        match self.excluded(relative).or_else(|| self.ignored(relative).filter(|_| !self.includes(relative))) {
            Some((by, reason)) => Choice::Excluded(by, reason),
            None => Choice::Take,
        }
    }

    /// Whether somebody includes a file by a glob. All that match count as used.
    fn includes(&self, relative: &Path) -> bool {
        let by_options = |globs: &[PathGlobs]| globs.iter().any(|g| g.holds(&self.base.join(relative)));
        self.include.iter().filter(|p| p.matches(relative)).count() > 0 || by_options(&self.include_by_options)
    }

    /// Which list of an options file ignores a file.
    fn ignored(&self, relative: &Path) -> Option<(Excluder, String)> {
        let (name, by) = self.ignore.iter().find_map(|i| Some((i.name, i.decides(relative, &self.base)?)))?;
        Some((Excluder::Options, format!("excluded by {name} `{by}`")))
    }

    /// Who excludes a file that was named on the command line: only `--exclude` and `files.exclude` do.
    pub fn excluded(&self, relative: &Path) -> Option<(Excluder, String)> {
        // All that match count as used.
        let matching: Vec<&Pattern> = self.exclude.iter().filter(|p| p.matches(relative)).collect();
        if let Some(glob) = matching.first() {
            return Some((Excluder::CommandLine, format!("excluded by --exclude `{}`", glob.text)));
        }
        let glob = self.exclude_by_options.iter().find_map(|globs| globs.first(&self.base.join(relative)))?;
        Some((Excluder::Options, format!("excluded by files.exclude `{}`", glob.text)))
    }

    /// Why a folder is not descended into, if it is not. One that an `--include` names is, except for `.git`: an options file
    /// may include files, and what lies there is not for a pull request to look at.
    pub fn prunes(&self, name: &OsStr) -> Option<String> {
        if is_git(name) {
            return Some("the inside of version control, which is never looked into".to_owned());
        }
        let name = name.to_str()?;
        let of_options = self.include_by_options.iter().flat_map(|globs| &globs.globs);
        let included = || self.include.iter().chain(of_options).any(|p| p.text.split('/').any(|part| part == name));
        (EXCLUDED_FOLDERS.contains(&name) && !included())
            .then(|| "a folder that is not looked into unless --include names it".to_owned())
    }
}

/// Whether a folder of this name is not descended into, as long as nobody includes it.
pub fn is_left_out(name: &OsStr) -> bool {
    is_git(name) || name.to_str().is_some_and(|name| EXCLUDED_FOLDERS.contains(&name))
}

/// Whether the name is one of the built-in patterns.
pub fn built_in(path: &Path) -> bool {
    let ext = path.extension().and_then(|e| e.to_str()).unwrap_or("");
    BUILT_IN.iter().any(|b| b.eq_ignore_ascii_case(ext))
}

/// A list of patterns in the style of gitignore, or PSRule's: the last that matches decides, `!` takes back in.
#[derive(Debug, Clone, Default)]
pub struct Ignore {
    lines: Vec<IgnoreLine>,
    /// What it is called in options files.
    name: &'static str,
    /// What its paths start at; none for the working directory.
    folder: Option<PathBuf>,
}

#[derive(Debug, Clone)]
struct IgnoreLine {
    text: String,
    back_in: bool,
    matcher: Matcher,
}

#[derive(Debug, Clone)]
enum Matcher {
    /// What is ignored, and all below it.
    Globs(Vec<GlobMatcher>),
    /// A line of `input.pathIgnore`.
    Spec(PathSpec),
}

impl Matcher {
    fn is_match(&self, relative: &Path) -> bool {
        match self {
            Matcher::Globs(globs) => globs.iter().any(|g| g.is_match(relative)),
            Matcher::Spec(spec) => spec.matches(relative),
        }
    }
}

impl Ignore {
    /// Reads the lines of `files.ignore`; empty ones and comments say nothing.
    ///
    /// # Errors
    /// [`BadGlob`] names the first line that cannot be read.
    pub fn new(lines: &[String]) -> Result<Self, BadGlob> {
        Ignore::of(lines, "files.ignore", |pattern| {
            let folder_only = pattern.ends_with('/');
            let pattern = pattern.trim_end_matches('/');
            let anchored = pattern.contains('/');
            let pattern = pattern.trim_start_matches('/');
            let full = if anchored { pattern.to_owned() } else { format!("**/{pattern}") };
            let mut matchers = vec![compile(&format!("{full}/**"))?];
            if !folder_only {
                matchers.push(compile(&full)?);
            }
            Ok(Matcher::Globs(matchers))
        })
    }

    /// Reads the lines of PSRule's `input.pathIgnore`.
    ///
    /// # Errors
    /// [`BadGlob`] names the first line that cannot be read.
    pub fn of_psrule(lines: &[String]) -> Result<Self, BadGlob> {
        Ignore::of(lines, "input.pathIgnore", |pattern| PathSpec::new(pattern).map(Matcher::Spec))
    }

    fn of(
        lines: &[String],
        name: &'static str,
        read: impl Fn(&str) -> Result<Matcher, BadGlob>,
    ) -> Result<Self, BadGlob> {
        let mut out = Vec::new();
        for text in lines {
            let line = text.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (back_in, pattern) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
            out.push(IgnoreLine { text: line.to_owned(), back_in, matcher: read(pattern)? });
        }
        Ok(Ignore { lines: out, name, folder: None })
    }

    /// The same in a file of a folder.
    #[must_use]
    pub fn in_folder(self, folder: &Path) -> Self {
        Ignore { folder: Some(folder.to_path_buf()), ..self }
    }

    /// The line that ignores this path, if the last that matches does not take it back in. The path is relative to `base`.
    pub(super) fn decides(&self, relative: &Path, base: &Path) -> Option<&str> {
        let full;
        let relative = match &self.folder {
            Some(folder) if folder != base => {
                full = base.join(relative);
                full.strip_prefix(folder).ok()?
            }
            _ => relative,
        };
        let line = self.lines.iter().rev().find(|l| l.matcher.is_match(relative))?;
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
        let p = Patterns::new(&globs(&["*.tpl"]), &globs(&["test/**", "*.skip.json"])).unwrap();
        assert_eq!(p.choose(Path::new("x/y.tpl")), Choice::Take);
        assert!(matches!(p.choose(Path::new("test/a/b.json")), Choice::Excluded(..)));
        assert_eq!(p.choose(Path::new("a/test/b.json")), Choice::Take);
        assert!(matches!(p.choose(Path::new("a/b.skip.json")), Choice::Excluded(..)));
    }

    #[test]
    fn an_ignore_list_is_read_like_gitignore() {
        let ignore = Ignore::new(&globs(&["*", "!infra/**/*.json", "/infra/old/", "bicepconfig.json"])).unwrap();
        let p = Patterns::default().with_options(Path::new("/r"), &[], &[], &[ignore]);
        assert!(matches!(p.choose(Path::new("a.json")), Choice::Excluded(..)));
        assert_eq!(p.choose(Path::new("infra/x/a.json")), Choice::Take);
        assert!(matches!(p.choose(Path::new("infra/old/a.json")), Choice::Excluded(..)));
        assert!(matches!(p.choose(Path::new("infra/x/bicepconfig.json")), Choice::Excluded(..)));
    }

    #[test]
    fn globs_of_a_file_start_at_its_folder_and_say_whether_they_are_of_use() {
        let mut globs = PathGlobs::new(Path::new("/r"));
        for glob in ["a/*.json", "*.x", "b/**"] {
            globs.add(glob, Some(Span { file: crate::read::FileId::new(0), start: 0, end: 1 })).unwrap();
        }
        let p = Patterns::default().with_options(Path::new("/r/a"), &[], &[globs.clone()], &[]);
        assert!(matches!(p.choose(Path::new("m.json")), Choice::Excluded(Excluder::Options, _)));
        assert_eq!(p.choose(Path::new("a/m.json")), Choice::Take);
        assert!(globs.holds(Path::new("/r/c/m.x")) && !globs.holds(Path::new("/b/x")));
        assert!(!globs.holds(Path::new("/elsewhere/m.x")));
        assert!(globs.clone().anywhere(true).holds(Path::new("/elsewhere/m.x")));
        assert_eq!(globs.unused().map(|(g, _)| g).collect::<Vec<_>>(), ["b/**"]);
    }

    #[test]
    fn an_include_opens_an_excluded_folder() {
        let prunes = |p: &Patterns, name: &str| p.prunes(OsStr::new(name)).is_some();
        assert!(prunes(&Patterns::default(), "node_modules"));
        assert!(!prunes(&Patterns::default(), "bin"));
        let including = Patterns::new(&globs(&["node_modules/@me/**/*.json", ".git/**"]), &[]).unwrap();
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
