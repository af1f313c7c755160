//! Git, as far as armlint makes use of it: plumbing that reads objects and the index.
//!
//! Why the system's git and no library: it reads every kind of repository there is (worktrees, alternates, partial clones,
//! SHA-256), whoever has a repository has it, and a library that does as much would be the largest dependency of the house.
//!
//! The repository may be a stranger's. So git is told to start nothing: no file system monitor, hooks, pagers, external diffs or
//! text conversions, no transport (a partial clone would fetch what it lacks), and only commands are used that compare the
//! working tree by the index and do not run its filters. Git itself refuses repositories that belong to somebody else
//! (`safe.directory`). Names of revisions never start with `-`.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::RevisionError;

/// Settings that keep git from starting programs.
const SETTINGS: [&str; 10] = [
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.untrackedCache=false",
    "core.pager=cat",
    "core.quotePath=false",
    "core.sshCommand=false",
    "core.askPass=",
    "credential.helper=",
    "diff.external=",
    "submodule.recurse=false",
];

/// Longer words are no names of revisions.
const LONGEST_NAME: usize = 1_000;

/// The repository of a working tree.
#[derive(Debug, Clone)]
pub struct Git {
    top: PathBuf,
}

impl Git {
    /// The repository that holds a folder (absolute).
    ///
    /// # Errors
    /// [`RevisionError`] if none does, or git refuses it or cannot be started.
    pub fn at(folder: &Path) -> Result<Self, RevisionError> {
        let top = crate::walk::root::repository(folder);
        let git = Git { top: top.ok_or_else(|| RevisionError::NoRepository(folder.to_path_buf()))? };
        // Git's own word: it knows whether the repository is whole, and whose it is.
        git.run(["rev-parse", "--git-dir"])?;
        Ok(git)
    }

    /// The folder at the top of the working tree.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// The commit that a name means.
    ///
    /// # Errors
    /// [`RevisionError::Name`] and [`RevisionError::Unknown`].
    pub fn commit(&self, name: &str) -> Result<String, RevisionError> {
        let plain = |c: char| !c.is_control() && c != ' ';
        if name.is_empty() || name.starts_with('-') || name.len() > LONGEST_NAME || !name.chars().all(plain) {
            return Err(RevisionError::Name(name.to_owned()));
        }
        let wanted = format!("{name}^{{commit}}");
        let found = self.output(["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted])?;
        let text = String::from_utf8_lossy(&found.stdout).trim().to_owned();
        let is_hash = text.len() >= 40 && text.bytes().all(|b| b.is_ascii_hexdigit());
        // `rev-parse` believes in a whole hash without looking.
        if found.status.success() && is_hash && self.holds(&text)? {
            return Ok(text);
        }
        Err(RevisionError::Unknown { name: name.to_owned(), shallow: self.is_shallow() })
    }

    /// Whether the commit with a hash is in this clone.
    pub fn holds(&self, commit: &str) -> Result<bool, RevisionError> {
        let hash = commit.bytes().all(|b| b.is_ascii_hexdigit()) && commit.len() >= 40;
        Ok(hash && self.output(["cat-file", "-e", &format!("{commit}^{{commit}}")])?.status.success())
    }

    /// The best common ancestor of two commits.
    pub fn merge_base(&self, one: &str, other: &str) -> Result<Option<String>, RevisionError> {
        let found = self.output(["merge-base", one, other])?;
        let text = String::from_utf8_lossy(&found.stdout).trim().to_owned();
        Ok(found.status.success().then_some(text).filter(|t| !t.is_empty()))
    }

    /// The parents that a commit names, whether this clone holds them or not.
    pub fn parents(&self, commit: &str) -> Result<Vec<String>, RevisionError> {
        let text = self.run(["cat-file", "commit", commit])?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let header = text.lines().take_while(|l| !l.is_empty());
        Ok(header.filter_map(|l| l.strip_prefix("parent ")).map(str::to_owned).collect())
    }

    /// Whether the clone lacks history.
    pub fn is_shallow(&self) -> bool {
        self.run(["rev-parse", "--is-shallow-repository"]).is_ok_and(|out| out.trim_ascii() == b"true")
    }

    /// The answer of a command that must succeed.
    pub(super) fn run<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Result<Vec<u8>, RevisionError> {
        let args: Vec<&str> = args.into_iter().collect();
        let out = self.output(args.iter().copied())?;
        if out.status.success() { Ok(out.stdout) } else { Err(failed(&args, &out.stderr)) }
    }

    fn output<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Result<Output, RevisionError> {
        self.command(args).stdin(Stdio::null()).output().map_err(RevisionError::NoGit)
    }

    fn command<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new("git");
        command.arg("--no-pager").arg("--no-replace-objects").arg("--literal-pathspecs").arg("-C").arg(&self.top);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.args(args);
        let none: &OsStr = OsStr::new("");
        // No transport at all, whatever a promisor remote is set to.
        command.env("GIT_ALLOW_PROTOCOL", none).env("GIT_NO_LAZY_FETCH", "1").env("GIT_TERMINAL_PROMPT", "0");
        command.env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
        for variable in ["GIT_EXTERNAL_DIFF", "GIT_TRACE", "GIT_PAGER", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS"] {
            command.env_remove(variable);
        }
        command
    }

    /// The contents of objects, in order; `None` for one that is not there, is no file, or has more bytes than `limit`.
    pub(super) fn contents(&self, objects: &[&str], limit: u64) -> Result<Vec<Option<Vec<u8>>>, RevisionError> {
        if objects.is_empty() {
            return Ok(Vec::new());
        }
        let mut command = self.command(["cat-file", "--batch"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(RevisionError::NoGit)?;
        let (mut asked, answers) = (child.stdin.take(), child.stdout.take());
        let read = std::thread::scope(|scope| {
            // Both at once: git answers while it is asked, and either pipe may be full.
            scope.spawn(move || {
                let list: String = objects.iter().flat_map(|o| [*o, "\n"]).collect();
                // If git ends early, the answers tell.
                let _ = asked.as_mut().map(|pipe| pipe.write_all(list.as_bytes()));
            });
            let mut answers = answers.map(BufReader::new).ok_or_else(broken)?;
            objects.iter().map(|_| one(&mut answers, limit)).collect::<io::Result<Vec<_>>>()
        });
        let _ = child.kill();
        let _ = child.wait();
        read.map_err(|e| RevisionError::Failed { what: "cat-file".to_owned(), why: e.to_string() })
    }
}

/// Reads one answer of `cat-file --batch`: `<hash> <type> <size>`, the bytes, a line end; or `<hash> missing`.
fn one(answers: &mut impl BufRead, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut header = String::new();
    if answers.read_line(&mut header)? == 0 {
        return Err(broken());
    }
    let mut words = header.split_whitespace().skip(1);
    let (kind, size) = (words.next(), words.next().and_then(|s| s.parse::<u64>().ok()));
    let Some(size) = size else { return Ok(None) };
    let wanted = kind == Some("blob") && size <= limit;
    let mut bytes = Vec::new();
    let mut body = answers.take(size);
    if wanted {
        io::copy(&mut body, &mut bytes)?
    } else {
        io::copy(&mut body, &mut io::sink())?
    };
    answers.read_exact(&mut [0])?;
    Ok(wanted.then_some(bytes))
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "it ended before it had answered")
}

fn failed(args: &[&str], stderr: &[u8]) -> RevisionError {
    let said = String::from_utf8_lossy(stderr);
    let why = said.lines().map(str::trim).filter(|l| !l.is_empty()).take(3).collect::<Vec<_>>().join(" ");
    RevisionError::Failed { what: args.first().copied().unwrap_or_default().to_owned(), why }
}
