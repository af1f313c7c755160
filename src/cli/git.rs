//! What git knows of the revision that is scanned, read from its files: no process is started.

use std::fs;
use std::path::{Path, PathBuf};

use crate::report::Provenance;

/// The remote, revision and branch of a repository; GitHub's own words for them come first where an action runs.
pub fn provenance(repository: &Path, variable: impl Fn(&str) -> Option<String>) -> Option<Provenance> {
    let git = folder(repository)?;
    let head = read(&git.join("HEAD"))?;
    let reference = head.strip_prefix("ref: ").map(str::to_owned);
    let revision = match &reference {
        Some(name) => resolve(&git, name),
        None => Some(head),
    };
    let branch = reference.as_deref().and_then(|r| r.strip_prefix("refs/heads/")).map(str::to_owned);
    let github = || Some(format!("{}/{}", variable("GITHUB_SERVER_URL")?, variable("GITHUB_REPOSITORY")?));
    let remote = github().or_else(|| remote(&git))?;
    Provenance::new(&remote, revision.as_deref(), branch.or_else(|| variable("GITHUB_REF_NAME")).as_deref())
}

/// The folder that `.git` is or, in a worktree or submodule, names.
fn folder(repository: &Path) -> Option<PathBuf> {
    let git = repository.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    let named = read(&git)?;
    Some(repository.join(named.strip_prefix("gitdir: ")?))
}

/// The folder that worktrees share.
fn common(git: &Path) -> PathBuf {
    read(&git.join("commondir")).map_or_else(|| git.to_path_buf(), |shared| git.join(shared))
}

fn resolve(git: &Path, reference: &str) -> Option<String> {
    if !reference.starts_with("refs/") || reference.contains("..") {
        return None;
    }
    let common = common(git);
    read(&git.join(reference)).or_else(|| read(&common.join(reference))).or_else(|| {
        let packed = text(&common.join("packed-refs"))?;
        let line = packed.lines().find(|l| l.split_once(' ').is_some_and(|(_, name)| name == reference))?;
        Some(line.split_once(' ')?.0.to_owned())
    })
}

/// The URL of `origin`.
fn remote(git: &Path) -> Option<String> {
    let config = text(&common(git).join("config"))?;
    let lines = config.lines().map(str::trim).skip_while(|l| *l != r#"[remote "origin"]"#).skip(1);
    let mut section = lines.take_while(|l| !l.starts_with('['));
    section.find_map(|l| Some(l.strip_prefix("url")?.trim_start().strip_prefix('=')?.trim().to_owned()))
}

fn read(path: &Path) -> Option<String> {
    Some(text(path)?.trim().to_owned()).filter(|t| !t.is_empty())
}

/// The text of a file; a pipe in its place is not opened, since that may never end.
fn text(path: &Path) -> Option<String> {
    path.is_file().then(|| fs::read_to_string(path).ok()).flatten()
}
