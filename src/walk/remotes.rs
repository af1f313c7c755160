//! What a repository is called on GitHub, as git's own configuration says. A pull request cannot change that.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::root::repository;
use crate::source::asked;

/// A longer configuration is not read.
const LONGEST: u64 = 1 << 20;

/// The remotes that say what a repository is: where it comes from, and what it was forked from.
const SAYING: [&str; 2] = ["origin", "upstream"];

/// The hosts of GitHub that serve repositories.
const GITHUB: [&str; 3] = ["github.com", "www.github.com", "ssh.github.com"];

/// A repository on the disk and where it comes from.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Remotes {
    /// The folder of the repository.
    pub root: PathBuf,
    /// Owner and name, in lower case, for each remote on GitHub.
    github: Vec<(String, String)>,
    /// There is one on another host.
    elsewhere: bool,
}

/// Whether a repository is the one of a name.
#[derive(Debug, PartialEq, Eq)]
pub enum Called {
    /// It is.
    So,
    /// It is another one.
    Otherwise,
    /// Nothing says what it is called.
    Nothing,
}

impl Remotes {
    /// Those of the repository that holds a folder; `None` if none does.
    pub fn of(folder: &Path) -> Option<Remotes> {
        let root = repository(folder)?;
        let config = configuration(&root).unwrap_or_default();
        Some(Remotes { root, ..Remotes::parse(&config) })
    }

    /// Whether this is the repository of that owner and name on GitHub.
    pub fn called(&self, owner: &str, name: &str) -> Called {
        let is_it = |(o, n): &(String, String)| o.eq_ignore_ascii_case(owner) && n.eq_ignore_ascii_case(name);
        match self.github.iter().any(is_it) {
            true => Called::So,
            false if self.github.is_empty() && !self.elsewhere => Called::Nothing,
            false => Called::Otherwise,
        }
    }

    fn parse(config: &str) -> Remotes {
        let mut remotes = Remotes::default();
        let mut says = false;
        // A backslash at the end of a line goes on in the next one.
        let config = config.replace("\\\r\n", "").replace("\\\n", "");
        for line in config.lines() {
            let mut line = line.trim();
            if let Some((header, rest)) = line.strip_prefix('[').and_then(|l| l.split_once(']')) {
                let name = header.split_once(char::is_whitespace).filter(|(s, _)| s.eq_ignore_ascii_case("remote"));
                says = name.is_some_and(|(_, name)| SAYING.contains(&name.trim().trim_matches('"')));
                line = rest.trim();
            }
            let url = line.split_once('=').filter(|(key, _)| says && key.trim().eq_ignore_ascii_case("url"));
            let Some((host, path)) = url.and_then(|(_, url)| host_and_path(value_of(url))) else {
                continue;
            };
            let low = host.to_ascii_lowercase();
            // GitHub's own advice for several deploy keys is an alias for each: `github.com-shop`.
            if GITHUB.contains(&low.as_str())
                || low.strip_prefix("github.com-").is_some_and(|alias| !alias.contains('.'))
            {
                let path = path.trim_matches('/');
                let parts = path.strip_suffix(".git").unwrap_or(path).split_once('/');
                remotes.github.extend(parts.map(|(owner, name)| (owner.to_owned(), name.to_owned())));
            } else {
                // A name without a dot is an alias of the user's, and numbers are those of a proxy.
                let last = host.rsplit_once('.').map(|(_, last)| last);
                remotes.elsewhere |= last.is_some_and(|l| l.starts_with(|c: char| c.is_ascii_alphabetic()));
            }
        }
        remotes
    }
}

/// A value of git's configuration, without quotes and without what is noted behind it.
fn value_of(written: &str) -> &str {
    let written = written.trim();
    match written.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or_default(),
        None => written.split(['#', ';']).next().unwrap_or_default().trim_end(),
    }
}

/// Host and path of the address of a remote: `https://user@host:1/path`, `user@host:path`; `None` for a folder.
fn host_and_path(url: &str) -> Option<(&str, &str)> {
    let without_user = |authority: &'_ str| authority.rfind('@').map_or(0, |at| at + 1);
    if let Some((scheme, rest)) = url.split_once("://") {
        let (authority, path) = rest.split_once('/')?;
        let host = authority.get(without_user(authority)..)?;
        let host = host.split(':').next()?;
        return (!scheme.eq_ignore_ascii_case("file")).then_some((host, path));
    }
    let (authority, path) = url.split_once(':')?;
    let host = authority.get(without_user(authority)..)?;
    // `C:` is a drive, and `./a:b` a folder.
    (host.len() > 1 && !authority.contains(['/', '\\'])).then_some((host, path))
}

/// What git's configuration of a repository says. In a worktree and in a submodule, `.git` is a file that says where it is.
fn configuration(root: &Path) -> Option<String> {
    let mut folder = root.join(".git");
    if folder.is_file() {
        let at = text(&folder)?;
        folder = root.join(at.strip_prefix("gitdir:")?.trim());
        if let Some(common) = text(&folder.join("commondir")) {
            folder = folder.join(common.trim());
        }
    }
    text(&folder.join("config"))
}

fn text(path: &Path) -> Option<String> {
    if !asked::is_file(path) {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(LONGEST).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_say_what_a_repository_is_called() {
        let of = |url: &str| Remotes::parse(&format!("[core]\n\turl = x\n[remote \"origin\"]\n\turl = {url}\n"));
        for url in [
            "https://github.com/Azure/Shop.git",
            "https://token:x@github.com/azure/shop",
            "git@github.com:Azure/shop.git",
            "ssh://git@ssh.github.com:443/Azure/shop.git/",
            "git@github.com-shop-0:Azure/shop.git",
            "git@github.com:\\\nAzure/shop ; ours",
            "\"https://github.com/azure/shop\" # ours",
        ] {
            assert_eq!(of(url).called("azure", "SHOP"), Called::So, "{url}");
            assert_eq!(of(url).called("evil", "shop"), Called::Otherwise, "{url}");
        }
        for url in ["https://dev.azure.com/azure/x/_git/shop", "git@gitlab.com:azure/shop.git"] {
            assert_eq!(of(url).called("azure", "shop"), Called::Otherwise, "{url}");
        }
        for url in [
            "/srv/git/azure/shop",
            "../shop",
            "C:/azure/shop",
            "git@work:azure/shop",
            "http://p@127.0.0.1:1/azure/shop",
        ] {
            assert_eq!(of(url).called("azure", "shop"), Called::Nothing, "{url}");
        }
        let fork = "[remote \"origin\"]\nurl=https://github.com/me/shop\n[remote \"upstream\"] url = https://github.com/azure/shop\n\
                    [remote \"evil\"]\nurl = https://github.com/evil/shop\n";
        let fork = Remotes::parse(fork);
        assert_eq!(
            ["me", "azure", "evil"].map(|o| fork.called(o, "shop")),
            [Called::So, Called::So, Called::Otherwise]
        );
    }

    #[test]
    fn a_worktree_is_called_as_its_repository() {
        let dir = tempfile::tempdir().unwrap();
        let at = |p: &str| dir.path().join(p);
        std::fs::create_dir_all(at("main/.git/worktrees/w")).unwrap();
        std::fs::create_dir_all(at("tree/in")).unwrap();
        std::fs::write(at("main/.git/config"), "[remote \"origin\"]\n\turl = git@github.com:azure/shop\n").unwrap();
        std::fs::write(at("main/.git/worktrees/w/commondir"), "../..\n").unwrap();
        std::fs::write(at("tree/.git"), format!("gitdir: {}\n", at("main/.git/worktrees/w").display())).unwrap();
        let remotes = Remotes::of(&at("tree/in")).unwrap();
        assert_eq!((remotes.called("azure", "shop"), &remotes.root), (Called::So, &at("tree")));
    }
}
