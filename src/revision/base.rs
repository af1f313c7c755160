//! Which revision is meant where nobody names one.

use serde_json::Value as Json;

use super::{Git, RevisionError};

/// The word for the revision that the surroundings name.
pub const AUTO: &str = "auto";

/// What surrounds a run: environment variables, and the event that started a workflow of GitHub.
pub struct Environment<'a> {
    /// An environment variable.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The text of a file: the event (`GITHUB_EVENT_PATH`).
    pub file: &'a dyn Fn(&str) -> Option<String>,
}

/// The commit to compare with, and what people read for it: on GitHub what the event names (the base of a pull request or of a
/// merge group, what was there before a push), elsewhere the merge base with the default branch.
///
/// # Errors
/// [`RevisionError`] if there is none, or it is not in this clone.
pub fn default(git: &Git, environment: &Environment<'_>) -> Result<(String, String), RevisionError> {
    match event(environment) {
        Some((name, event)) => of_event(git, &name, &event, environment),
        None => with_default_branch(git, None),
    }
}

fn event(environment: &Environment<'_>) -> Option<(String, Json)> {
    let name = (environment.variable)("GITHUB_EVENT_NAME").filter(|n| !n.is_empty())?;
    let path = (environment.variable)("GITHUB_EVENT_PATH").filter(|p| !p.is_empty());
    let text = path.and_then(|path| (environment.file)(&path));
    Some((name, text.and_then(|t| serde_json::from_str(&t).ok()).unwrap_or(Json::Null)))
}

fn of_event(
    git: &Git,
    name: &str,
    event: &Json,
    environment: &Environment<'_>,
) -> Result<(String, String), RevisionError> {
    let text = |pointer: &str| event.pointer(pointer).and_then(Json::as_str).filter(|t| !t.is_empty());
    match name {
        "pull_request" | "pull_request_target" | "pull_request_review" => {
            let branch = (environment.variable)("GITHUB_BASE_REF").filter(|b| !b.is_empty());
            let branch = branch.or_else(|| text("/pull_request/base/ref").map(str::to_owned));
            let words = branch.clone().unwrap_or_else(|| "the base of the pull request".to_owned());
            let head = git.commit("HEAD")?;
            // What is checked out is the merge of both sides, as long as nobody says otherwise: then what is new is what it
            // has beyond the first of them, also where the branch has moved on since the event.
            let parents = git.parents(&head)?;
            if let ([base, _], true) = (parents.as_slice(), text("/pull_request/head/sha") != Some(head.as_str())) {
                return there(git, base, &words).map(|base| (base, words));
            }
            let given = text("/pull_request/base/sha").map(str::to_owned);
            let known = given.filter(|sha| git.holds(sha).unwrap_or(false));
            let base = known.or_else(|| branch.and_then(|b| git.commit(&format!("refs/remotes/origin/{b}")).ok()));
            let base = base.ok_or_else(|| missing(git, &words))?;
            let common = git.merge_base(&base, &head)?.ok_or_else(|| missing(git, &words))?;
            Ok((common, words))
        }
        "merge_group" => {
            let base = text("/merge_group/base_sha").unwrap_or_default();
            let words = "the base of the merge group".to_owned();
            there(git, base, &words).map(|base| (base, words))
        }
        "push" => match text("/before").filter(|sha| sha.bytes().any(|b| b != b'0')) {
            Some(before) => {
                let words = "what was there before the push".to_owned();
                there(git, before, &words).map(|base| (base, words))
            }
            // A branch that is new.
            None => with_default_branch(git, text("/repository/default_branch")),
        },
        _ => with_default_branch(git, text("/repository/default_branch")),
    }
}

fn there(git: &Git, commit: &str, words: &str) -> Result<String, RevisionError> {
    if git.holds(commit)? { Ok(commit.to_owned()) } else { Err(missing(git, words)) }
}

fn missing(git: &Git, words: &str) -> RevisionError {
    RevisionError::Unknown { name: words.to_owned(), shallow: git.is_shallow() }
}

/// The merge base of `HEAD` and the default branch: what the remote says, else a branch that is called like one.
fn with_default_branch(git: &Git, named: Option<&str>) -> Result<(String, String), RevisionError> {
    let named = named.map(|n| [format!("refs/remotes/origin/{n}"), format!("refs/heads/{n}")]);
    let usual = ["refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master"];
    let local = ["refs/heads/main", "refs/heads/master"];
    let all = named.into_iter().flatten().chain(usual.into_iter().chain(local).map(str::to_owned));
    let head = git.commit("HEAD")?;
    for name in all {
        let Ok(commit) = git.commit(&name) else { continue };
        let short = name.trim_start_matches("refs/").trim_start_matches("remotes/").trim_start_matches("heads/");
        let base = git.merge_base(&commit, &head)?.ok_or_else(|| RevisionError::Apart {
            one: short.to_owned(),
            other: "HEAD".to_owned(),
            shallow: git.is_shallow(),
        })?;
        return Ok((base, short.to_owned()));
    }
    Err(RevisionError::NoBase(
        "there is no default branch to compare with (no origin/HEAD, main or master); name a revision".to_owned(),
    ))
}
